"""Exercises: `check` an answer, ask for a `hint`.

`_checking` gives the verdict and stops what doesn't end, `_kinds` knows the kinds of exercises, and `_comparing` says when
two results are the same. `lesson_NN_…` holds the references, known mistakes and hints of notebook NN, `longer_NN_…` those
of its longer tasks, step by step.
"""

from ._checking import Verdict, check, exercises_of, expect_error, find, hint
from ._kinds import Choice, Exercise, Function, Value

__all__ = ["Choice", "Exercise", "Function", "Value", "Verdict", "check", "exercises_of", "expect_error", "find", "hint"]
