"""Answers written from a lesson's page and nothing else: the right ones pass, the wrong ones are told why.

tests/exercises/answers/ holds them, lesson by lesson.
"""

from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from d2l_helpers.exercises import check, exercises_of
from tests.support.answers import KEPT

FEWEST = 12
FILES = sorted((Path(__file__).parent / "answers").glob("lesson_*.py"))


def load(path):
    spec = spec_from_file_location(f"answers_{path.stem}", path)
    spec.loader.exec_module(module_from_spec(spec))


for path in FILES:
    load(path)
EACH = [pytest.param(answer, id=f"{answer.exercise} {answer.slip or 'right'}"[:80]) for answer in KEPT]


@pytest.mark.parametrize("answer", EACH)
def test_an_answer_gets_its_verdict_and_its_reply(answer, capsys):
    verdict = check(answer.exercise, answer.value)
    if not answer.slip:
        assert verdict, verdict
    elif answer.value is None or answer.value is ... or verdict.state == "open":
        assert "not attempted" in verdict.message
    else:
        assert verdict.state == "wrong" and answer.says in verdict.message, verdict


@pytest.mark.parametrize("lesson", [int(path.stem.split("_")[1]) for path in FILES])
def test_every_exercise_has_answers_of_both_kinds(lesson):
    given = Counter((answer.exercise, bool(answer.slip)) for answer in KEPT)
    for number in exercises_of(lesson):
        assert given[number, False] >= 3 and given[number, False] + given[number, True] >= FEWEST, number
