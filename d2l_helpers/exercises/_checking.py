"""Exercise checks: accept an answer, or say what is wrong with it; and the errors that a lesson provokes."""

from __future__ import annotations

import contextlib
import ctypes
import html
import pkgutil
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import FunctionType, MethodType
from typing import Any

from .._check import shown
from .._language import message, say, speaking, spoken
from ._kinds import Exercise


def exercises_of(lesson: int) -> dict[str, Exercise]:
    """The exercises of notebook number `lesson`, then the steps of its longer tasks, number → Exercise, e.g. "1.2", "1.6a".

    {} where there is no such lesson.
    """
    found = {}
    for module in sorted(module.name for module in pkgutil.iter_modules(import_module(__package__).__path__)):
        if module.startswith((f"lesson_{lesson:02d}_", f"longer_{lesson:02d}_")):
            with speaking("en"):  # what is said when a module is loaded is a key, which is translated when it is shown
                found |= import_module(f".{module}", __package__).EXERCISES
    return found


def find(number: str) -> Exercise:
    """The exercise of that number, e.g. "1.2"; ValueError where there is none."""
    lesson = re.match(r"(\d{1,2})\.", number) if isinstance(number, str) else None
    exercises = exercises_of(int(lesson[1])) if lesson else {}
    if not exercises:
        raise ValueError(message("exercise must be a number such as '1.2', got {value}", value=shown(number)))
    if number not in exercises:
        told = message(
            "exercise must be one of {exercises}, got {value}", exercises=", ".join(exercises), value=shown(number)
        )
        raise ValueError(told)
    return exercises[number]


@dataclass(frozen=True)
class Verdict:
    """The reply to an answer; true where the answer is right. `state` is 'right', 'wrong' or 'open'."""

    exercise: str
    state: str
    message: str

    def __bool__(self) -> bool:
        return self.state == "right"

    def _head(self) -> str:
        return f"{_ICONS[self.state]} {say(_HEADS[self.state], self.exercise)}"

    def __repr__(self) -> str:
        return say("{0}: {1}", self._head(), self.message)

    def _repr_html_(self) -> str:
        color = {"right": "#009E73", "wrong": "#D55E00", "open": "#777777"}[self.state]
        head = html.escape(self._head())
        body = html.escape(self.message).replace("\n", "<br>")
        return (
            f'<div style="border-left:4px solid {color};padding:2px 10px">'
            f'<b>{head}</b><div style="font-family:monospace;white-space:pre-wrap">{body}</div></div>'
        )


_ICONS = {"right": "✔", "wrong": "✘", "open": "○"}
_HEADS = {"right": "{0} right", "wrong": "{0} wrong", "open": "{0} open"}


def check(exercise: str, answer: Any) -> Verdict:
    """Compare an answer with the reference of that exercise, e.g. `check("1.2", my_function)`.

    `answer`: what the exercise asks for: a number, a shape, a tensor, True or False, or a function, which is then called on
    random cases. `...`, None, or a function whose body is `...` means: not attempted yet.
    Returns a Verdict and never raises because of an answer; a function that takes longer than the exercise allows, five
    seconds as a rule, is stopped. Raises ValueError where there is no such exercise.
    """
    task = find(exercise)
    if answer is None or answer is Ellipsis or _is_empty(answer):
        return Verdict(exercise, "open", message("not attempted yet"))
    if task.prepare:
        task.prepare()
    try:
        problem = _within(task.seconds, lambda: task.problem(answer))
    except TimeoutError:
        problem = say("it ran for more than {0:g} seconds and was stopped: does a loop never end?", task.seconds)
    except BaseException as error:
        problem = say("it raised {0}", _short(error))
    if problem:
        return Verdict(exercise, "wrong", spoken(problem))
    return Verdict(exercise, "right", spoken(task.praise))


def hint(exercise: str) -> str:
    """The next hint of that exercise, each a step nearer; after the last one, it says so and begins again."""
    task: Exercise = find(exercise)
    before = _given.get(exercise, 0)
    number = _given[exercise] = before % len(task.hints) + 1
    again = "that was the last hint; from the start: " if number <= before else ""
    return say("{0}{1}, hint {2} of {3}: {4}", again, exercise, number, len(task.hints), task.hints[number - 1])


_given: dict[str, int] = {}


@contextlib.contextmanager
def expect_error(kind: type[Exception]) -> Iterator[None]:
    """Run lines that must raise `kind` and print the message in place of the traceback; AssertionError where none comes."""
    if not isinstance(kind, type) or not issubclass(kind, Exception):
        raise TypeError(message("kind must be a class of errors, e.g. ValueError, got {value}", value=shown(kind)))
    try:
        yield
    except kind as error:
        print(_short(error))
    else:
        raise AssertionError(message("{kind} was expected, but nothing was raised", kind=kind.__name__))


def _is_empty(answer: Any) -> bool:
    """Whether the answer is a function whose body is still `...`."""

    def empty(): ...

    if type(answer) not in (FunctionType, MethodType):  # others may raise whatever they are asked for
        return False
    code = answer.__code__
    return (code.co_code, code.co_consts) == (empty.__code__.co_code, empty.__code__.co_consts)


def _short(error: BaseException, lines: int = 3) -> str:
    """The error's type and the first lines of its message."""
    try:
        text = "\n".join(str(error).strip().splitlines()[:lines])
    except Exception:  # a learner's own error may have a faulty __str__
        text = message("its message cannot be shown")
    return f"{type(error).__name__}: {text[:400]}"


def _within(seconds: float, work: Callable[[], Any]) -> Any:
    """The result of `work()`, or what it raises; TimeoutError where it takes longer, and the work is stopped."""
    outcome: dict[str, Any] = {}

    def target() -> None:
        try:
            outcome["result"] = work()
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        # CPython's way to end a thread that runs Python code: an exception put into it from outside.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        raise TimeoutError
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]
