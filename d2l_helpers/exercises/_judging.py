"""Tests that learners write, run on right and faulty implementations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .._language import say
from ._comparing import plain


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
            kind = (
                say("an implementation that {0}", implementation.fault)
                if implementation.fault
                else "a right implementation"
            )
            return say("with {0}, your test raised {1}: {2}", kind, type(error).__name__, str(error)[:200])
        if said is None or said is Ellipsis:
            return "your test returned nothing: return True for a right implementation, False for a wrong one"
        if said not in (True, False):
            return say("return True or False, not {0!r:.80}", said)
        passed.append(bool(said))
    if all(passed):
        return "your test accepts all of them, so it finds no fault"
    if not any(passed):
        return "your test refuses all of them, even the right ones: is the comparison too strict, or the wrong way round?"
    for implementation, accepted in zip(implementations, passed, strict=True):
        if not implementation.fault and not accepted:
            return say("your test refuses a right implementation: {0}", implementation.why)
    missed = [one for one, accepted in zip(implementations, passed, strict=True) if one.fault and accepted]
    others = say("\n({0} faults pass in all)", len(missed)) if len(missed) > 1 else ""
    return (
        say("your test accepts an implementation that {0}: {1}{2}", missed[0].fault, missed[0].why, others)
        if missed
        else ""
    )
