"""Answers that learners give: right ones in many styles, wrong ones with the slip behind them.

tests/exercises/answers/ holds them, one module for each lesson, written from the lesson's page alone. Both functions take
the answer itself, or stand as a decorator over a function or a class that is the answer:

    right("3.1", [6, 4])
    wrong("3.1", "the padding is counted once", (5, 4))

    @wrong("3.3", "the stride is ignored")
    def _(n, k, p, s): ...
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "exercises" / "answers"


@dataclass(frozen=True)
class Answer:
    """An answer to an exercise: right if `slip` is ''."""

    exercise: str
    slip: str
    value: Any


def right(exercise: str, *value: Any) -> Any:
    """Keep a right answer."""
    return _keep(exercise, "", value)


def wrong(exercise: str, slip: str, *value: Any) -> Any:
    """Keep a wrong answer; `slip` says in words what its author did wrong."""
    return _keep(exercise, slip, value)


@functools.cache
def kept() -> list[Answer]:
    """All answers, in the order in which they stand in the files."""
    for path in sorted(FOLDER.glob("*.py")):
        spec = spec_from_file_location(f"answers_{path.stem}", path)
        spec.loader.exec_module(module_from_spec(spec))
    return _KEPT


_KEPT: list[Answer] = []


def _keep(exercise: str, slip: str, value: tuple) -> Callable:
    def keep(answer: Any) -> Any:
        _KEPT.append(Answer(exercise, slip, answer))
        return answer

    return keep(*value) if value else keep
