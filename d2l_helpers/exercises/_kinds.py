"""Three kinds of exercise: a value to predict, a function to write, settings to choose.

Each says of an answer what is wrong with it, '' if nothing. A wrong answer is recognized by comparing it with known wrong
ones: `mistakes` maps the diagnosis to what somebody who makes that mistake would answer.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from .._language import say, spoken
from ._comparing import as_tensor, difference, equal, looks_like, plain, show

CONVOLUTIONS = ("convolution", *(f"conv{kind}{d}d" for kind in ("", "_transpose") for d in (1, 2, 3)))


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """`hints`: two or three, each a step nearer; `praise`: what a right answer is told, one sentence that teaches.

    `seconds`: how long the check of an answer may take; `prepare`: called before that time runs.
    """

    hints: Sequence[str]
    praise: str
    seconds: float = 5.0
    prepare: Callable[[], Any] | None = None

    def problem(self, answer: Any) -> str:
        """What is wrong with the answer, '' if nothing."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Value(Exercise):
    """A prediction: a number, a shape, or a tensor. `reference` computes the truth when it is needed.

    Axes of size 1 don't matter. A number that isn't an integer may be off by `tolerance`. `otherwise` says what is wrong
    with values that no mistake explains, '' if it doesn't know.
    """

    reference: Callable[[], Any]
    mistakes: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    otherwise: Callable[[Tensor], str] = lambda got: ""
    tolerance: float = 1e-3

    def problem(self, answer: Any) -> str:
        expected = as_tensor(self.reference()).squeeze().double()
        got = None if isinstance(plain(answer), bool) else as_tensor(answer)
        if got is None:
            return say("{0}, not {1}", _wanted(expected), _form(answer))
        got = got.squeeze().double()
        if self._same(got, expected):
            return ""
        for diagnosis, wrong in self.mistakes.items():
            if self._same(got, as_tensor(wrong()).squeeze()):
                return diagnosis
        if got.isnan().any():
            return say("{0}, and NaN isn't a number", _wanted(expected))
        if got.shape != expected.shape:
            return say("{0}; yours is {1}", _wanted(expected), show(answer))
        known = self.otherwise(got) or say("{0} isn't right; try again, or ask for a hint", show(answer))
        return spoken(self._close(got, expected)) + spoken(known)

    def _same(self, got: Tensor, expected: Tensor) -> bool:
        whole = torch.equal(expected, expected.round())
        return got.shape == expected.shape and torch.allclose(
            got, expected.double(), rtol=0, atol=1e-4 if whole else self.tolerance
        )

    def _close(self, got: Tensor, expected: Tensor) -> str:
        """A line on what the wrong values have in common with the right ones, without naming these."""
        if torch.allclose(got, -expected):
            return "the size is right, the sign isn't: "
        near = torch.equal(got, expected.round()) or (got.dim() == 0 and torch.allclose(got, expected, rtol=0.01, atol=0))
        if near and not torch.equal(expected, expected.round()):
            return "this may be rounded too much, so give four digits or the expression itself: "
        if got.dim() and torch.allclose(got.flatten().sort()[0], expected.flatten().sort()[0]):
            return "the numbers are right, their order isn't: "
        right = torch.isclose(got, expected, rtol=0, atol=self.tolerance).flatten().tolist()
        wrong = [i + 1 for i in range(len(right)) if not right[i]]
        if got.numel() >= 2 * len(wrong) > 0:
            return (
                say("only number {0} is wrong: ", wrong[0])
                if len(wrong) == 1
                else say("numbers {0} are wrong: ", listed(wrong))
            )
        return ""


def listed(parts: Sequence) -> str:
    """Numbers or names in words, e.g. "2, 4 and 5"."""
    *most, last = map(str, parts)
    return say("{0} and {1}", say(", ").join(most), last) if most else last


def _wanted(expected: Tensor) -> str:
    """The form that an answer should have."""
    if expected.dim() == 0:
        return "the answer is one number"
    if expected.dim() == 1:
        return say("the answer is {0} numbers", len(expected))
    return say("the answer has shape {0}", tuple(expected.shape))


def _form(answer: Any) -> str:
    """How to name an answer that isn't made of numbers."""
    if isinstance(answer, str):
        if len(answer) >= 40:
            return "text"
        numbers = re.fullmatch(r"[-\d\s.,+*/()\[\]]*\d[-\d\s.,+*/()\[\]]*", answer)
        return say("text: {0} needs no quotation marks", show(answer)) if numbers else say("the text {0}", show(answer))
    return "a function or a class" if callable(answer) else show(answer)


@dataclass(frozen=True)
class Outcome:
    """What a function gave for a case, and what it should have given; `fault`: what it did otherwise, '' if nothing.

    `changed`: the fault is that it changed an argument.
    """

    case: tuple
    expected: Any
    got: Any
    fault: str = ""
    changed: bool = False

    @property
    def right(self) -> bool:
        return not self.fault and equal(self.got, self.expected)

    def facts(self) -> str:
        """The case, what was expected, and what came."""
        return f"{_call(self.case)}\n{difference(self.got, self.expected)}"


class Raised:
    """In place of a result: the function raised an exception."""


@dataclass(frozen=True, kw_only=True)
class Function(Exercise):
    """A function to write. `cases(generator)` gives argument tuples, smallest first; `reference` answers them rightly.

    `also_right`: functions whose answers differ from those of `reference` and are right all the same. When no known mistake
    explains an answer, `otherwise(wrong, cases)` says what the wrong outcomes, of all these cases, have in common, and
    `probe(answer, wrong)` what it finds out by calling the answer; '' if they don't know. `without`: the names of functions
    that an answer must not call: PyTorch's, e.g. "conv2d" for F.conv2d and nn.Conv2d, and those of d2l_helpers. `errors`: a
    part of an exception's message → what it means here.
    """

    reference: Callable
    cases: Callable[[torch.Generator], list[tuple]]
    mistakes: Mapping[str, Callable] = field(default_factory=dict)
    also_right: Sequence[Callable] = ()
    otherwise: Callable[[Sequence[Outcome], Sequence[tuple]], str] = lambda wrong, cases: ""
    probe: Callable[[Callable, Sequence[Outcome]], str] = lambda answer, wrong: ""
    without: Sequence[str] = ()
    errors: Mapping[str, str] = field(default_factory=dict)

    def problem(self, answer: Any) -> str:
        if not callable(answer):
            return say("give the function itself, check(…, my_function), not {0}", _form(answer))
        calls = _Calls(self.without)
        outcomes = [self._outcome(answer, case, calls) for case in self.cases(torch.Generator().manual_seed(0))]
        wrong = [outcome for outcome in outcomes if not outcome.right]
        if not wrong or any(all(_agrees(outcome, other) for outcome in outcomes) for other in self.also_right):
            return (
                say("the result is right, but the exercise asks you to do it without {0}", calls.found)
                if calls.found
                else ""
            )
        returned = any(outcome.got is not Raised for outcome in outcomes)  # who only raises may have any mistake
        same = (name for name, other in self.mistakes.items() if all(_agrees(o, other) for o in outcomes))
        named = next(same, None) if returned else None
        if named:
            return f"{named}\n{wrong[0].fault or wrong[0].facts()}"
        return self._unnamed(answer, wrong, [outcome.case for outcome in outcomes])

    def _unnamed(self, answer: Callable, wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
        """What to say of a mistake that isn't known."""
        returned = all(not outcome.fault or outcome.got is Raised for outcome in wrong)
        line = self.otherwise(wrong, cases) if returned else ""
        if not line:
            with contextlib.suppress(Exception):  # an answer may raise anything
                line = self.probe(answer, wrong)
        if not line and not any(outcome.fault for outcome in wrong):
            line = looks_like([(outcome.got, outcome.expected) for outcome in wrong])
            if not line and isinstance(wrong[0].expected, Tensor):
                line = _wrong_shape(wrong[0].got, wrong[0].expected)
        right = len(cases) - len(wrong)
        count = (
            say("1 of {0} cases is right; the first that isn't:", len(cases))
            if right == 1
            else say("{0} of {1} cases are right; the first that isn't:", right, len(cases)) * bool(right)
        )
        return "\n".join([part for part in (line, count) if part] + [wrong[0].fault or wrong[0].facts()])

    def _outcome(self, answer: Callable, case: tuple, calls: _Calls) -> Outcome:
        expected, given = self.reference(*_copied(case)), _copied(case)
        try:
            with calls:  # the reference may call what an answer must not
                got = answer(*given)
        except Exception as error:
            message = "".join(str(error).strip().splitlines()[:1])
            means = next((f"\n{text}" for part, text in self.errors.items() if part in message), "")
            return Outcome(
                case,
                expected,
                Raised,
                say("{0} raised {1}: {2}{3}", _call(case), type(error).__name__, message[:200], means),
            )
        if got is None or got is Ellipsis:
            return Outcome(case, expected, got, say("{0} returned {1!r}: is the return missing?", _call(case), got))
        changed = [i for i, (now, before) in enumerate(zip(given, case, strict=True)) if not _untouched(now, before)]
        fault = (
            say("the function changes {0} in place: work on a copy", self._argument(changed[0], case)) if changed else ""
        )
        return Outcome(case, expected, got, fault, bool(changed))

    def _argument(self, i: int, case: tuple) -> str:
        """How to name argument number i."""
        try:
            name = list(inspect.signature(self.reference).parameters)[i]
        except (ValueError, TypeError, IndexError):
            return say("argument {0}", i + 1)
        return (
            say("its argument {0}, e.g. with {0} -= …,", name)
            if isinstance(case[i], Tensor)
            else say("its argument {0}", name)
        )


@dataclass(frozen=True, kw_only=True)
class Choice(Exercise):
    """Settings to choose so that something happens: `test` runs them and says what is wrong, '' if nothing.

    It gets numbers and sequences as Python's own (see `plain`), and functions, classes and networks as they are.
    """

    test: Callable[[Any], str]

    def problem(self, answer: Any) -> str:
        return self.test(plain(answer))


class _Calls(TorchFunctionMode):
    """Watches PyTorch's functions being called, and the course's as they call them; `found`: the first with such a name."""

    def __init__(self, names: Sequence[str]):
        super().__init__()
        self.names, self.found = names, ""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if self.names and not self.found:
            called = [getattr(function, "__name__", ""), *_course_functions()]
            self.found = next((name for name in called if name in self.names), "")
        return function(*args, **(kwargs or {}))


def _course_functions() -> Iterator[str]:
    """The names of the functions of d2l_helpers.ops that are running now."""
    frame = inspect.currentframe()
    while frame:
        if frame.f_globals.get("__name__", "").startswith("d2l_helpers.ops"):
            yield frame.f_code.co_name
        frame = frame.f_back


def _agrees(outcome: Outcome, other: Callable) -> bool:
    """Whether another function gives the same for this case, or raises where it raised."""
    try:
        given = other(*_copied(outcome.case))
    except Exception:
        given = Raised
    return outcome.got is given or equal(_without_nan(outcome.got), _without_nan(given))


def _without_nan(value: Any) -> Any:
    """A tensor with a number in place of NaN, which equals nothing; anything else as it is."""
    return torch.nan_to_num(value, nan=1e30) if isinstance(value, Tensor) and value.is_floating_point() else value


def _wrong_shape(got: Any, expected: Tensor) -> str:
    """A line on a result that has another form than the expected tensor, '' where it has the same."""
    values = as_tensor(got)
    if values is None:
        return "the result must be a tensor"
    if values.dim() != expected.dim():
        return say("the result has {0} axes, not {1}", values.dim(), expected.dim())
    return (
        ""
        if values.shape == expected.shape
        else say("the shape is {0}, not {1}", tuple(values.shape), tuple(expected.shape))
    )


def _untouched(now: Any, before: Any) -> bool:
    """Whether the tensors in an argument have the values that they had; networks may have been trained."""
    if isinstance(before, Tensor):
        return now.shape == before.shape and bool(((now == before) | ((now != now) & (before != before))).all())
    if isinstance(before, (list, tuple)):
        return len(now) == len(before) and all(map(_untouched, now, before))
    return isinstance(before, nn.Module) or not isinstance(before, (int, float, str, dict)) or now == before


def _copied(case: tuple) -> tuple:
    """A copy that an answer may change without harm: tensors, lists and networks too."""
    return copy.deepcopy(case)


def _call(case: tuple) -> str:
    return say("for {0}", say("; ").join(show(value) for value in case))


def warm_up() -> None:
    """One step of an optimizer: a process's first one loads modules of PyTorch, which can take seconds."""
    parameter = torch.zeros(1, requires_grad=True)
    parameter.grad = torch.zeros(1)
    torch.optim.SGD([parameter], lr=0.1).step()
