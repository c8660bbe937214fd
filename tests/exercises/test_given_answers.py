"""Answers written from a lesson's page and nothing else: the right ones pass, the wrong ones are told why.

tests/exercises/answers/ holds them, lesson by lesson.
"""

import json
from collections import Counter

import pytest

from d2l_helpers.exercises import check, exercises_of
from tests.support.answers import kept
from tools.replies import TOLD, first_line, verdict_on

FEWEST = 12
LESSONS = range(1, 14)
STORED = json.loads(TOLD.read_text(encoding="utf-8"))


def given(answers):
    return pytest.mark.parametrize("answer", [pytest.param(a, id=f"{a.exercise} {a.slip}"[:80]) for a in answers])


@given(answer for answer in kept() if not answer.slip)
def test_a_right_answer_is_right_in_every_style(answer):
    verdict = check(answer.exercise, answer.value)
    assert verdict, verdict


@given(answer for answer in kept() if answer.slip)
def test_a_wrong_answer_is_told_what_was_read(answer):
    """`nox -s replies` writes the lines down again."""
    verdict = verdict_on(answer)
    assert not verdict and first_line(verdict) in STORED[answer.exercise][answer.slip]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_has_answers_of_both_kinds(lesson):
    given = Counter((answer.exercise, bool(answer.slip)) for answer in kept())
    for number in exercises_of(lesson):
        assert given[number, False] >= 3 and given[number, False] + given[number, True] >= FEWEST, number
