"""Functions whose results are right in many forms, and what is said of results only."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ._kinds import Function, Outcome, Raised


def of_results(explain: Callable[[Sequence[Outcome]], str]) -> Callable[[Sequence[Outcome], Sequence[tuple]], str]:
    """An `otherwise` that explains the wrong outcomes where all of them are results: an exception explains itself."""

    @functools.wraps(explain)
    def otherwise(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
        return "" if any(outcome.got is Raised for outcome in wrong) else explain(wrong)

    return otherwise


@dataclass(frozen=True, kw_only=True)
class SeenThrough(Function):
    """A function to write; `through(result)` of an answer is compared with the same of the reference and the mistakes.

    It raises a TypeError whose message says which form a result should have.
    """

    through: Callable[[Any], Any]

    def problem(self, answer: Any) -> str:
        if not callable(answer):
            return super().problem(answer)
        mistakes = {name: self._seen(wrong) for name, wrong in self.mistakes.items()}
        shared = {field.name: getattr(self, field.name) for field in dataclasses.fields(Function)}
        shared |= {"reference": self._seen(self.reference), "mistakes": mistakes}
        return Function(**shared).problem(self._seen(answer))

    def _seen(self, function: Callable) -> Callable:
        def seen(*case):
            result = function(*case)
            return result if result is None or result is Ellipsis else self.through(result)

        return functools.wraps(self.reference)(seen)
