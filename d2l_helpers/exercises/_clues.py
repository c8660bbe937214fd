"""What can be said of a wrong answer that is no known mistake: by its parts, or by the cases that go wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

from .._language import say
from ._comparing import as_tensor, equal
from ._kinds import Outcome

Clues = Mapping[str, Callable[[Outcome], bool]]  # a line → whether it's true of a wrong outcome


def clues(all_cases: Clues, here: Clues = MappingProxyType({})) -> Callable[[Sequence[Outcome], Sequence[tuple]], str]:
    """An exercise's `otherwise`: the first line that's true of every wrong outcome, else one that's true of the first."""

    def otherwise(wrong: Sequence[Outcome], _cases: Sequence[tuple]) -> str:
        line = next((line for line, seen in all_cases.items() if all(map(seen, wrong))), "")
        return line or next((line for line, seen in here.items() if seen(wrong[0])), "")

    return otherwise


def exactly(reference: Callable) -> Callable:
    """A reference that computes in float64, whatever the case: a case in float32 may be answered in either."""

    @functools.wraps(reference)
    def computed(*case):
        return reference(*(value.double() if isinstance(value, Tensor) else value for value in case))

    return computed


def by_axis(got: Tensor, right: Sequence[float], known: Sequence[Mapping[str, float]]) -> str:
    """What is wrong with a (height, width), axis by axis, or ''; `known`: for each axis, a slip → its value."""
    lines, found = [], False
    for name, value, expected, slips in zip(("height", "width"), got.tolist(), right, known, strict=True):
        slip = next((slip for slip, wrong in slips.items() if abs(value - wrong) < 1e-2), "")
        found = found or value == expected or bool(slip)
        lines.append(
            say("the {0} is right", name)
            if value == expected
            else say("the {0} isn't right: {1}", name, slip)
            if slip
            else say("the {0} isn't right", name)
        )
    return "\n".join(lines) if found else ""


def fails_where(wrong: Sequence[Outcome], cases: Sequence[tuple], lines: Mapping[str, Callable[..., bool]]) -> str:
    """The first line whose condition holds in the wrong cases and in no others."""
    for line, holds in lines.items():
        affected = [case for case in cases if holds(*case)]
        if len(affected) == len(wrong) < len(cases) and all(holds(*outcome.case) for outcome in wrong):
            return line
    return ""


def only_where(properties: Mapping[str, Callable[..., bool]]) -> Callable[[Sequence[Outcome], Sequence[tuple]], str]:
    """An exercise's `otherwise`: says which property, of a case's arguments, tells the wrong cases from the right ones."""

    def otherwise(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
        lines = {say("it's wrong exactly where {0}", name): holds for name, holds in properties.items()}
        return fails_where(wrong, cases, lines)

    return otherwise


def matrices(wrong: Sequence[Outcome]) -> list[tuple[Tensor, Tensor]]:
    """(got, expected) where all the results are matrices of numbers, else []."""
    pairs = [(as_tensor(outcome.got), outcome.expected.double()) for outcome in wrong if not outcome.fault]
    if len(pairs) < len(wrong) or any(got is None or got.dim() != 2 for got, _ in pairs):
        return []
    return [(got.double(), expected) for got, expected in pairs]


# Rows, columns; too many, too few
OFF = (("{0} rows too many", "{0} rows too few"), ("{0} columns too many", "{0} columns too few"))
ONE_OFF = (("{0} row too many", "{0} row too few"), ("{0} column too many", "{0} column too few"))


def size_off(wrong: Sequence[Outcome]) -> str:
    """How many rows and columns too many or too few there are, if all the results agree on that."""
    pairs = matrices(wrong)
    off = {tuple(a - b for a, b in zip(got.shape, expected.shape, strict=True)) for got, expected in pairs}
    if len(off) != 1 or off == {(0, 0)}:
        return ""
    said = [
        say((one if abs(n) == 1 else more)[n < 0], abs(n))
        for n, one, more in zip(off.pop(), ONE_OFF, OFF, strict=True)
        if n
    ]
    return say("the output has {0}", say(" and ").join(said))


def filled_partly(wrong: Sequence[Outcome]) -> str:
    """Which values have stayed 0, where all the others are right."""
    pairs = [pair for pair in matrices(wrong) if pair[0].shape == pair[1].shape]
    if len(pairs) < len(wrong) or not pairs or not any(got.any() for got, _ in pairs):
        return ""
    zero = [~torch.isclose(got, expected, rtol=1e-4, atol=1e-5) for got, expected in pairs]
    if any(got[where].any() for (got, _), where in zip(pairs, zero, strict=True)):
        return ""
    if all(torch.allclose(got, expected.clamp(min=0), rtol=1e-4, atol=1e-5) for got, expected in pairs):
        return "the negative values have become 0"
    lines = {
        "only the first row is filled in: does the function return before the loops have ended?": _all_but_first_row,
        "only the first value is filled in: does the function return before the loops have ended?": _all_but_first,
        "the last row and the last column are still 0: the loops stop one position too early": _last_of_both,
        "the last row is still 0: its loop stops one position too early": _last_row,
        "the last column is still 0: its loop stops one position too early": lambda where: _last_row(where.T),
        "the first row and the first column are still 0: positions count from 0": lambda where: _last_of_both(
            where.flip(0, 1)
        ),
    }
    return next(
        (line for line, seen in lines.items() if all(map(seen, zero))), "some values are still 0: is each one computed?"
    )


def _all_but_first_row(where: Tensor) -> bool:
    return bool(where[1:].all()) and not where[0].any()


def _all_but_first(where: Tensor) -> bool:
    return int(where.sum()) == where.numel() - 1 and not where[0, 0]


def _last_of_both(where: Tensor) -> bool:
    return bool(where[-1].all() and where[:, -1].all()) and not where[:-1, :-1].any()


def _last_row(where: Tensor) -> bool:
    return bool(where[-1].all()) and not where[:-1].any()


def scaled(wrong: Sequence[Outcome]) -> float | None:
    """The factor by which every value of all the results is too large, None if there's none."""
    pairs = matrices(wrong)
    if not pairs or any(got.shape != expected.shape for got, expected in pairs):
        return None
    got, expected = (torch.cat([part.flatten() for part in parts]) for parts in zip(*pairs, strict=True))
    factor = (got @ expected / (expected @ expected)).item()
    return factor if torch.allclose(got, factor * expected, rtol=1e-4, atol=1e-6) else None


def offset(wrong: Sequence[Outcome]) -> float | None:
    """What is added to every value of all the results, None if there's no such number."""
    pairs = matrices(wrong)
    if not pairs or any(got.shape != expected.shape for got, expected in pairs):
        return None
    off = torch.cat([(got - expected).flatten() for got, expected in pairs])
    return off[0].item() if torch.allclose(off, off[:1].expand_as(off), rtol=1e-4, atol=1e-5) else None


def roughly(wrong: Sequence[Outcome]) -> bool:
    """Whether every value is right to about two digits."""
    pairs = matrices(wrong)
    return bool(pairs) and all(
        got.shape == expected.shape and torch.allclose(got, expected, rtol=0.02, atol=0.006) for got, expected in pairs
    )


def explains(wrong: Sequence[Outcome], other: Callable) -> bool:
    """Whether a function gives what came, in each of the wrong cases."""
    return all(not outcome.fault and equal(outcome.got, other(*outcome.case)) for outcome in wrong)
