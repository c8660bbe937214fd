"""The book's Animator, and what train6 shows outside a notebook; test_kernel.py looks inside one."""

import matplotlib.pyplot as plt
import pytest
import torch

from d2l_helpers import Animator, History, train6
from d2l_helpers.training import progress
from tests.support.small_nets import batches, small_net


def axes(animator):
    return animator.figure.axes[0]


def test_animator_takes_points_as_the_book_does():
    animator = Animator(xlabel="epoch", ylabel="loss", legend=["a", "b"], xlim=[0, 3])
    animator.add(1, (0.5, None))
    animator.add((2, 4), (torch.tensor(0.25), 0.75))
    animator.add((None, 5), (9, None))  # no point
    first, second = axes(animator).lines
    assert list(first.get_xdata()) == [1, 2] and list(first.get_ydata()) == [0.5, 0.25]
    assert list(second.get_xdata()) == [4] and list(second.get_ydata()) == [0.75]
    assert [text.get_text() for text in axes(animator).get_legend().get_texts()] == ["a", "b"]
    assert (axes(animator).get_xlabel(), axes(animator).get_ylabel()) == ("epoch", "loss")


@pytest.mark.parametrize("given, other", [("x", "y"), ("y", "x")])
def test_animator_keeps_the_limits_it_was_given_and_fits_the_others(given, other):
    animator = Animator(**{f"{given}lim": [1, 3], f"{given}scale": "log"})
    for number in (2, 1000):
        animator.add(number, number)
        drawn = axes(animator).properties()
        assert drawn[f"{given}lim"] == (1, 3) and drawn[f"{other}lim"][1] >= number
    assert (drawn[f"{given}scale"], drawn[f"{other}scale"]) == ("log", "linear")


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
    assert "epoch 1/2" in bars and "epoch 2/2" in bars and "0/2" in bars and "batch/s" in bars


def test_a_notebook_shows_each_curve_under_its_name(monkeypatch):
    made = []

    def recorded(*args, **settings):
        made.append(Animator(*args, **settings))
        return made[-1]

    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr("d2l_helpers.plotting.Animator", recorded)
    shown, loader = progress.Progress(5), batches(8)
    assert shown.batches(loader, 1) is loader
    shown.show(History("cpu", loss=[2.0], train_acc=[0.1], test_acc=[0.2]))
    legend = [text.get_text() for text in axes(made[0]).get_legend().get_texts()]
    curves = dict(zip(legend, [list(line.get_ydata()) for line in axes(made[0]).lines], strict=True))
    assert curves == {"train loss": [2.0], "train acc": [0.1], "test acc": [0.2]}
