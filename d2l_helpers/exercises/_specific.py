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


@dataclass(frozen=True)
class Implementation:
    """Something to be tested; `fault`: what is wrong with it, '' if nothing; `why`: why it's right, or how it hides."""

    function: Callable
    fault: str = ""
    why: str = ""


def judged(test: Any, implementations: Sequence[Implementation]) -> str:
    """What is wrong with a learner's test: which fault it lets pass, or which right one it refuses; '' if nothing.

    A test takes an implementation and returns True or False, or raises AssertionError in place of False.
    """
    if not callable(test):
        return "give the test itself, a function that takes what it tests and returns True or False"
    passed = []
    for implementation in implementations:
        try:
            said = plain(test(implementation.function))
        except AssertionError:
            said = False
        except Exception as error:
            kind = f"an implementation that {implementation.fault}" if implementation.fault else "a right implementation"
            return f"with {kind}, your test raised {type(error).__name__}: {str(error)[:200]}"
        if said is None or said is Ellipsis:
            return "your test returned nothing: return True for a right implementation, False for a wrong one"
        if said not in (True, False):
            return f"return True or False, not {said!r:.80}"
        passed.append(bool(said))
    if all(passed):
        return "your test accepts all of them, so it finds no fault"
    if not any(passed):
        return "your test refuses all of them, even the right ones: is the comparison too strict, or the wrong way round?"
    for implementation, accepted in zip(implementations, passed, strict=True):
        if not implementation.fault and not accepted:
            return f"your test refuses a right implementation: {implementation.why}"
    missed = [one for one, accepted in zip(implementations, passed, strict=True) if one.fault and accepted]
    others = f"\n({len(missed)} faults pass in all)" if len(missed) > 1 else ""
    return f"your test accepts an implementation that {missed[0].fault}: {missed[0].why}{others}" if missed else ""
