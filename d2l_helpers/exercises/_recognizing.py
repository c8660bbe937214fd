"""What can be said of a wrong answer that is no known mistake: where it is right, and how it differs where it isn't."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ._comparing import as_tensor, equal
from ._kinds import Function, Outcome, Raised, Value

UNKNOWN = "isn't right; try again, or ask for a hint"


@dataclass(frozen=True, kw_only=True)
class AdvisedValue(Value):
    """`otherwise`: what a wrong answer of the right form is told when no mistake explains it, '' for nothing."""

    otherwise: Callable[[Tensor], str]

    def problem(self, answer: Any) -> str:
        said = super().problem(answer)
        advice = self.otherwise(as_tensor(answer).squeeze().double()) if said.endswith(UNKNOWN) else ""
        return said.removesuffix(UNKNOWN) + f"isn't right: {advice}" if advice else said


@dataclass(frozen=True, kw_only=True)
class AdvisedFunction(Function):
    """`recognize(wrong, cases)`: a line on the wrong outcomes when no mistake explains all of them, '' for nothing."""

    recognize: Callable[[Sequence[Outcome], Sequence[tuple]], str]

    def _unnamed(self, wrong: Sequence[Outcome], cases: int) -> str:
        returned = all(not outcome.fault or outcome.got is Raised for outcome in wrong)
        line = self.recognize(wrong, self.cases(torch.Generator().manual_seed(0))) if returned else ""
        if not line:
            return super()._unnamed(wrong, cases)
        count = f"{cases - len(wrong)} of {cases} cases are right; the first that isn't:\n" * (len(wrong) < cases)
        return f"{line}\n{count}{wrong[0].fault or wrong[0].facts()}"


def fails_where(wrong: Sequence[Outcome], cases: Sequence[tuple], lines: Mapping[str, Callable[..., bool]]) -> str:
    """The first line whose condition holds in the wrong cases and in no others."""
    for line, holds in lines.items():
        affected = [case for case in cases if holds(*case)]
        if len(affected) == len(wrong) < len(cases) and all(holds(*outcome.case) for outcome in wrong):
            return line
    return ""


def matrices(wrong: Sequence[Outcome]) -> list[tuple[Tensor, Tensor]]:
    """(got, expected) where all the results are matrices of numbers, else []."""
    pairs = [(as_tensor(outcome.got), outcome.expected.double()) for outcome in wrong if not outcome.fault]
    if len(pairs) < len(wrong) or any(got is None or got.dim() != 2 for got, _ in pairs):
        return []
    return [(got.double(), expected) for got, expected in pairs]


def size_off(wrong: Sequence[Outcome]) -> str:
    """How many rows and columns too many or too few there are, if all the results agree on that."""
    pairs = matrices(wrong)
    off = {tuple(a - b for a, b in zip(got.shape, expected.shape, strict=True)) for got, expected in pairs}
    if len(off) != 1 or off == {(0, 0)}:
        return ""
    said = [
        f"{abs(n)} {name}{'s' * (abs(n) > 1)} too {'many' if n > 0 else 'few'}"
        for n, name in zip(off.pop(), ("row", "column"), strict=True)
        if n
    ]
    return "the output has " + " and ".join(said)


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
