"""Explanations of answers that are no known mistake, and verdicts on tests that learners write."""

import pytest
import torch
from torch.nn import functional as F

from d2l_helpers import corr2d
from d2l_helpers.exercises import Function, check
from d2l_helpers.exercises._clues import by_axis, clues
from d2l_helpers.exercises._judging import Implementation, judged


def test_an_axis_is_told_apart_from_the_other():
    said = by_axis(torch.tensor([6.0, 5.0]), (6, 4), [{}, {"rounded up": 5}])
    assert said == "the height is right\nthe width isn't right: rounded up"
    assert by_axis(torch.tensor([9.0, 9.0]), (6, 4), [{}, {"rounded up": 5}]) == ""


def double(numbers, lines, here):
    return Function(
        hints=["", ""],
        praise="",
        reference=lambda x: 2 * x,
        cases=lambda generator: [(x,) for x in numbers],
        otherwise=clues(lines, here),
    )


def test_a_clue_is_said_only_if_it_is_true_of_every_wrong_case():
    task = double((1, -2, -3), {"only negative numbers are wrong": lambda outcome: outcome.case[0] < 0}, {})
    assert task.problem(lambda x: 2 * abs(x)).startswith("only negative numbers")
    assert "only negative" not in task.problem(lambda x: 7)
    assert task.problem(lambda x: 2 * x) == ""


def test_a_line_about_the_case_shown_is_said_where_no_clue_is():
    task = double((1, 2), {}, {"in this case, it's too large": lambda outcome: outcome.got > outcome.expected})
    assert task.problem(lambda x: 3).startswith("in this case, it's too large\nfor 1")
    assert "too large" not in task.problem(lambda x: 0)


RIGHT = Implementation(lambda: 4, why="4 is even")
FAULTY = Implementation(lambda: 3, "is odd", "look at the remainder")


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (lambda number: number() % 2 == 0, ""),
        (lambda number: torch.tensor(number() % 2 == 0), ""),
        (lambda number: True, "accepts all"),
        (lambda number: False, "refuses all"),
        (lambda number: number() % 2 == 1, "refuses a right implementation: 4 is even"),
        (lambda number: None, "returned nothing"),
        (lambda number: "yes", "return True or False"),
        (lambda number: 1 // 0, "raised ZeroDivisionError"),
        (3, "give the test itself"),
    ],
)
def test_a_learners_test_is_judged(test, said):
    found = judged(test, [RIGHT, FAULTY])
    assert said in found if said else found == ""


def test_an_assertion_error_means_no():
    def asserts(number):
        assert number() % 2 == 0
        return True

    assert judged(asserts, [RIGHT, FAULTY]) == ""
    assert "is odd: look at the remainder" in judged(lambda n: n() < 5, [RIGHT, FAULTY, Implementation(lambda: 9, "is 9")])


def test_a_right_way_in_which_the_reference_alone_calls_a_forbidden_function():
    def same(X, K):
        h, w = K.shape
        return corr2d(F.pad(X, ((w - 1) // 2, w // 2, (h - 1) // 2, h // 2)), K)

    assert check("3.6", same)
