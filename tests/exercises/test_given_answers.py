"""Answers written from a lesson's page and nothing else: the right ones pass, the wrong ones are told why.

tests/exercises/answers/ holds them, lesson by lesson.
"""

from collections import Counter

import pytest

from d2l_helpers.exercises import check, exercises_of
from tests.support.answers import kept

FEWEST = 12
LESSONS = range(1, 13)


@pytest.mark.parametrize("answer", [pytest.param(a, id=f"{a.exercise} {a.slip or 'right'}"[:80]) for a in kept()])
def test_an_answer_gets_its_verdict(answer):
    verdict = check(answer.exercise, answer.value)
    assert verdict.state in (("wrong", "open") if answer.slip else ("right",)), verdict


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_has_answers_of_both_kinds(lesson):
    given = Counter((answer.exercise, bool(answer.slip)) for answer in kept())
    for number in exercises_of(lesson):
        assert given[number, False] >= 3 and given[number, False] + given[number, True] >= FEWEST, number
