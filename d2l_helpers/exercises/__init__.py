"""Exercises: `check` an answer, ask for a `hint`.

`_checking` compares answers with the references, `_kinds` knows the kinds of exercises, and `lesson_NN_…` holds the
references, known mistakes and hints of notebook NN.
"""

from ._checking import Verdict, check, exercises_of, expect_error, find, hint
from ._kinds import Choice, Exercise, Function, Value

__all__ = ["Choice", "Exercise", "Function", "Value", "Verdict", "check", "exercises_of", "expect_error", "find", "hint"]
