"""What can be said of a wrong answer that is no known mistake: by its parts, or by the cases that go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from torch import Tensor

from ._kinds import Outcome

Clues = Mapping[str, Callable[[Outcome], bool]]  # a line → whether it's true of a wrong outcome


def clues(all_cases: Clues, here: Clues = MappingProxyType({})) -> Callable[[Sequence[Outcome], Sequence[tuple]], str]:
    """An exercise's `otherwise`: the first line that's true of every wrong outcome, else one that's true of the first."""

    def otherwise(wrong: Sequence[Outcome], _cases: Sequence[tuple]) -> str:
        line = next((line for line, seen in all_cases.items() if all(map(seen, wrong))), "")
        return line or next((line for line, seen in here.items() if seen(wrong[0])), "")

    return otherwise


def by_axis(got: Tensor, right: Sequence[float], known: Sequence[Mapping[str, float]]) -> str:
    """What is wrong with a (height, width), axis by axis, or ''; `known`: for each axis, a slip → its value."""
    lines, found = [], False
    for name, value, expected, slips in zip(("height", "width"), got.tolist(), right, known, strict=True):
        slip = next((slip for slip, wrong in slips.items() if abs(value - wrong) < 1e-2), "")
        found = found or value == expected or bool(slip)
        lines.append(f"the {name} is right" if value == expected else f"the {name} isn't right" + f": {slip}" * bool(slip))
    return "\n".join(lines) if found else ""
