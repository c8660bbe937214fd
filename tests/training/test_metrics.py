"""Accuracy, running sums and the stopwatch: the book's values, and what is said where something does not fit."""

import time

import pytest
import torch
from d2l import torch as d2l
from torch import nn

from d2l_helpers import Accumulator, Timer, accuracy, evaluate_accuracy_gpu
from d2l_helpers.training import milliseconds
from tests.support.small_nets import Watching, batches, small_net


def test_accuracy_is_a_count_as_in_the_book():
    y_hat, y = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]), torch.tensor([1, 1, 1])
    assert accuracy(y_hat, y) == d2l.accuracy(y_hat, y) == 2
    assert accuracy(torch.tensor([1, 0, 0]), y) == d2l.accuracy(torch.tensor([1, 0, 0]), y) == 1
    assert accuracy(y_hat[:0], y[:0]) == 0


SCORES, CLASSES = torch.zeros(3, 2), torch.tensor([1, 0, 1])


@pytest.mark.parametrize(
    "y_hat, y, message",
    [
        (SCORES, CLASSES[:2], r"y_hat and y must have the same length, got \(3,\) and \(2,\)"),
        (SCORES.tolist(), CLASSES, "y_hat must be a tensor, got list"),
        (SCORES, [1, 0, 1], "y must be a tensor, got list"),
        (SCORES, CLASSES.float(), "y must hold integers, got torch.float32"),
        (SCORES > 0, CLASSES, "y_hat must hold real numbers, got torch.bool"),
        (SCORES, CLASSES.to("meta"), "y_hat and y must be on one device, got cpu and meta"),
    ],
)
def test_accuracy_names_what_is_wrong(y_hat, y, message):
    with pytest.raises((TypeError, ValueError), match=message):
        accuracy(y_hat, y)


def test_evaluation_gives_the_fraction_of_all_examples():
    net, data = small_net(), batches(5, 3, 1)
    correct = sum(int((net(X).argmax(dim=1) == y).sum()) for X, y in data)
    assert 0 < correct < 9
    assert evaluate_accuracy_gpu(net, data) == evaluate_accuracy_gpu(net, iter(data), "cpu") == correct / 9
    assert d2l.evaluate_accuracy_gpu(net, data) == pytest.approx(correct / 9)


def test_evaluation_is_in_evaluation_mode_and_keeps_no_gradients():
    net = Watching().train()
    evaluate_accuracy_gpu(net, batches(7))
    assert net.seen == [(False, False)] and not net.training


@pytest.mark.parametrize(
    "net, data, message",
    [
        (3, batches(8), "net must be an nn.Module"),
        (small_net(), [], "data_iter gave no examples"),
        (small_net(), 3, r"data_iter must give batches \(X, y\) when iterated over, got int"),
        (small_net(), [3], r"data_iter must give pairs \(X, y\)"),
        (nn.Unflatten(1, (2, 2)), batches(8), r"net must give scores \(N, classes\)"),
    ],
)
def test_evaluation_names_what_is_wrong(net, data, message):
    with pytest.raises((TypeError, ValueError), match=message):
        evaluate_accuracy_gpu(net, data)


def test_accumulator_is_the_books():
    ours, theirs = Accumulator(2), d2l.Accumulator(2)
    for sums in (ours, theirs):
        sums.add(1, 2.5)
        sums.add(3, torch.tensor(4.0))
    assert ours[0] == theirs[0] == 4 and ours[1] == theirs[1] == 6.5
    ours.reset()
    assert ours.data == [0, 0]


def test_accumulator_names_what_is_wrong():
    sums = Accumulator(2)
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        Accumulator(0)
    with pytest.raises(ValueError, match="add takes 2 numbers, one per sum, got 1"):
        sums.add(1)
    with pytest.raises(TypeError, match="each argument of add must be a number, got '2'"):
        sums.add(1, "2")
    assert sums.data == [0, 0]


def test_timer_records_seconds():
    timer = Timer()
    time.sleep(0.02)
    assert 0.02 <= timer.stop() == timer.times[0] < 5
    timer.start()
    assert timer.stop() == timer.times[1] < timer.times[0]


def test_timer_sums_and_averages_as_the_book_does():
    ours, theirs = Timer(), d2l.Timer()
    ours.times = theirs.times = [1.0, 3.0, 0.5]
    assert (ours.sum(), ours.avg(), ours.cumsum()) == (theirs.sum(), theirs.avg(), theirs.cumsum())
    with pytest.raises(ValueError, match="avg needs times: call stop first"):
        Timer().avg()


def test_milliseconds_is_a_median_without_the_first_call():
    waits = iter([0.4, 0, 0.4, 0.04])
    assert 40 <= milliseconds(lambda factor: time.sleep(factor * next(waits)), 1, repeat=3) < 400
    with pytest.raises(ValueError, match="repeat must be at least 1, got 0"):
        milliseconds(len, "a", repeat=0)
