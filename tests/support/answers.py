"""Answers that learners give: right ones in many styles, wrong ones with the slip behind them.

tests/exercises/answers/ holds them, one module for each lesson, written from the lesson's page alone. Both functions take
the answer itself, or stand as a decorator over a function or a class that is the answer:

    right("3.1", [6, 4])
    wrong("3.1", "the padding is counted once", (5, 4), says="one side")

    @wrong("3.3", "the stride is ignored")
    def _(n, k, p, s): ...
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """An answer to an exercise: right if `slip` is ''; `says`: what the reply to a wrong one must contain."""

    exercise: str
    slip: str
    value: Any
    says: str = ""


KEPT: list[Answer] = []


def right(exercise: str, *value: Any) -> Any:
    """Keep a right answer."""
    return _keep(exercise, "", value, "")


def wrong(exercise: str, slip: str, *value: Any, says: str = "") -> Any:
    """Keep a wrong answer; `slip` says in words what its author did wrong."""
    return _keep(exercise, slip, value, says)


def _keep(exercise: str, slip: str, value: tuple, says: str) -> Any:
    def keep(answer: Any) -> Any:
        KEPT.append(Answer(exercise, slip, answer, says))
        return answer

    return keep(*value) if value else keep
