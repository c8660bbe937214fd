"""The book's Animator, and what train6 shows outside a notebook; test_kernel.py looks inside one."""

import matplotlib.pyplot as plt
import pytest
import torch

from d2l_helpers import Animator, train6
from tests.support.small_nets import batches, small_net


def axes(animator):
    return animator.figure.axes[0]


def test_animator_takes_points_as_the_book_does():
    animator = Animator(xlabel="epoch", ylabel="loss", legend=["a", "b"], xlim=[0, 3])
    animator.add(1, (0.5, None))
    animator.add((2, 4), (torch.tensor(0.25), 0.75))
    first, second = axes(animator).lines
    assert list(first.get_xdata()) == [1, 2] and list(first.get_ydata()) == [0.5, 0.25]
    assert list(second.get_xdata()) == [4] and list(second.get_ydata()) == [0.75]
    assert [text.get_text() for text in axes(animator).get_legend().get_texts()] == ["a", "b"]
    assert (axes(animator).get_xlabel(), axes(animator).get_ylabel()) == ("epoch", "loss")


def test_animator_keeps_the_limits_it_was_given_and_fits_the_others():
    animator = Animator(xlim=[0, 3], yscale="log")
    for x, y in ((1, 10), (8, 1000)):
        animator.add(x, y)
    low, high = axes(animator).get_ylim()
    assert axes(animator).get_xlim() == (0, 3) and axes(animator).get_yscale() == "log"
    assert low <= 10 and high >= 1000


def test_a_curve_without_a_format_is_not_drawn():
    animator = Animator(fmts=("r:",))
    animator.add(1, (5, 6))
    [line] = axes(animator).lines
    assert list(line.get_ydata()) == [5] and (line.get_color(), line.get_linestyle()) == ("r", ":")


@pytest.mark.parametrize(
    "x, y, message",
    [
        ((1, 2, 3), (1, 2), "x must be one number, or one per curve, 2, got 3"),
        (1, (), "y must hold a number for at least one curve"),
        ("1", 1, "x must be a number, got '1'"),
        (1, (1, "2"), "y must be a number, got '2'"),
    ],
)
def test_a_point_that_does_not_fit_is_named(x, y, message):
    animator = Animator()
    with pytest.raises((TypeError, ValueError), match=message):
        animator.add(x, y)
    assert not axes(animator).lines


def test_one_title_needs_no_list():
    animator = Animator(legend="loss")
    animator.add(1, 5)
    assert [text.get_text() for text in axes(animator).get_legend().get_texts()] == ["loss"]


def test_the_callers_style_is_left_alone():
    before = dict(plt.rcParams)
    Animator(legend=["a"]).add(1, 2)
    assert dict(plt.rcParams) == before


def test_a_terminal_shows_a_bar_per_epoch(capsys):
    train6(small_net(), batches(8, 8), batches(7), 2, 0.1, "cpu")
    bars = capsys.readouterr().err
    assert "epoch 1/2" in bars and "epoch 2/2" in bars and "0/2" in bars
