"""Exercises that also explain answers that are no known mistake: by their parts, or by the cases that go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ._comparing import as_tensor, plain
from ._kinds import Function, Outcome, Value


@dataclass(frozen=True, kw_only=True)
class ExplainedValue(Value):
    """A prediction; `explain` says what is wrong with an answer of the right shape that is no known mistake, or ''."""

    explain: Callable[[Tensor], str]

    def problem(self, answer: Any) -> str:
        said = super().problem(answer)
        got = as_tensor(answer) if said and not isinstance(plain(answer), bool) else None
        known = any(said == diagnosis for diagnosis in self.mistakes)
        if got is None or known or got.squeeze().shape != as_tensor(self.reference()).squeeze().shape:
            return said
        return (not got.isnan().any() and self.explain(got.squeeze().double())) or said


@dataclass(frozen=True, kw_only=True)
class ExplainedFunction(Function):
    """A function to write; `clues`: a line → whether it's true of a wrong outcome; it is said if it's true of them all.

    `here`: the same for lines that speak of the first wrong case alone; one is said where no clue is.
    """

    clues: Mapping[str, Callable[[Outcome], bool]] = field(default_factory=dict)
    here: Mapping[str, Callable[[Outcome], bool]] = field(default_factory=dict)

    def _unnamed(self, wrong: Sequence[Outcome], cases: int) -> str:
        line = next((line for line, seen in self.clues.items() if all(map(seen, wrong))), "")
        line = line or next((line for line, seen in self.here.items() if seen(wrong[0])), "")
        return f"{line}\n{wrong[0].fault or wrong[0].facts()}" if line else super()._unnamed(wrong, cases)


def by_axis(got: Tensor, right: Sequence[float], known: Sequence[Mapping[str, float]]) -> str:
    """What is wrong with a (height, width), axis by axis, or ''; `known`: for each axis, a slip → its value."""
    lines, found = [], False
    for name, value, expected, slips in zip(("height", "width"), got.tolist(), right, known, strict=True):
        slip = next((slip for slip, wrong in slips.items() if abs(value - wrong) < 1e-2), "")
        found = found or value == expected or bool(slip)
        lines.append(f"the {name} is right" if value == expected else f"the {name} isn't right" + f": {slip}" * bool(slip))
    return "\n".join(lines) if found else ""
