"""Every text, case and known mistake of the exercises is the one that was read: `nox -s replies` writes them down again."""

import json

import pytest
import torch

from tools import replies

STORED = json.loads(replies.FILE.read_text(encoding="utf-8"))
NOW = replies.replies()


def test_no_exercise_is_missing():
    assert list(STORED) == list(NOW) and len(NOW) > 70


@pytest.mark.parametrize("number", STORED)
def test_texts_cases_and_mistakes_are_those_that_were_read(number):
    assert json.loads(json.dumps(NOW[number])) == STORED[number]


def test_a_summary_sees_values_order_and_dtype():
    X = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    others = [X + 1, X.T, X.flatten(), X.double(), [X], 2.5]
    assert replies.summary(X) == replies.summary(X.clone())
    assert all(replies.summary(other) != replies.summary(X) for other in others)
