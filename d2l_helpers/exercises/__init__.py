"""Exercises: `check` an answer, ask for a `hint`; one module of references, wrong answers and hints per notebook."""

from ._checks import Verdict, check, expect_error, hint
from ._kinds import Choice, Exercise, Function, Value
from ._topics import TOPICS, find

__all__ = ["TOPICS", "Choice", "Exercise", "Function", "Value", "Verdict", "check", "expect_error", "find", "hint"]
