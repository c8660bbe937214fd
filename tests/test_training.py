"""train6 against a plain loop, on any loader, and when something goes wrong; and the small tools beside it."""

import math

import pytest
import torch
from d2l import torch as d2l
from torch import nn
from torch.nn import functional as F

from d2l_helpers import Accumulator, Timer, accuracy, evaluate_accuracy_gpu, train6, train_ch6
from d2l_helpers.training import milliseconds, xavier_init


def batches(*sizes, seed=0, classes=3):
    generator = torch.Generator().manual_seed(seed)
    return [(torch.randn(n, 4, generator=generator), torch.randint(classes, (n,), generator=generator)) for n in sizes]


def small_net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))


def plain_loop(net, train_iter, num_epochs, lr):
    """What train6 must do, without anything around it."""
    losses = []
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for _ in range(num_epochs):
        for X, y in train_iter:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def test_does_what_a_plain_loop_does(capsys):
    train_iter, test_iter = batches(8, 8, 5), batches(7)
    ours, plain = small_net(), small_net()
    history = train6(ours, train_iter, test_iter, 3, 0.5, "cpu", init=None)
    losses = plain_loop(plain, train_iter, 3, 0.5)
    torch.testing.assert_close(history.batch_loss, losses)
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    last_epoch = sum(n * l for n, l in zip((8, 8, 5), losses[-3:], strict=True)) / 21
    assert math.isclose(history.loss[-1], last_epoch, rel_tol=1e-6)


def test_weights_are_drawn_anew_as_in_the_book(capsys):
    ours, books = small_net(), small_net()
    torch.manual_seed(5)
    train6(ours, batches(4), batches(4), 1, 1e-12, "cpu")
    torch.manual_seed(5)
    books.apply(xavier_init)
    for a, b in zip(ours.parameters(), books.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    assert not torch.equal(ours[0].weight, small_net()[0].weight)


def test_history_holds_one_entry_per_epoch(capsys):
    history = train6(small_net(), batches(8, 5), batches(7, 2), 4, 0.1, "cpu")
    assert len(history) == 4 and not history.stopped
    for values in (history.loss, history.train_acc, history.test_acc, history.seconds, history.examples):
        assert len(values) == 4
    assert len(history.batch_loss) == 8 and history.examples == [13] * 4
    assert all(0 <= value <= 1 for value in history.train_acc + history.test_acc)
    assert history.examples_per_second == pytest.approx(52 / sum(history.seconds))


def test_prints_what_the_book_prints(capsys):
    history = train6(small_net(), batches(8), batches(7), 2, 0.1, "cpu")
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "training on cpu",
        f"loss {history.loss[-1]:.3f}, train acc {history.train_acc[-1]:.3f}, test acc {history.test_acc[-1]:.3f}",
        f"{history.examples_per_second:.1f} examples/sec on cpu",
    ]


def test_shows_a_bar_in_a_terminal(capsys):
    train6(small_net(), batches(8), batches(7), 1, 0.1, "cpu")
    assert "epoch 1/1" in capsys.readouterr().err


def test_scores_are_those_of_evaluation(capsys):
    net, test_iter = small_net(), batches(30, 11)
    history = train6(net, batches(16), test_iter, 2, 0.1, "cpu")
    assert history.test_acc[-1] == evaluate_accuracy_gpu(net, test_iter) == d2l.evaluate_accuracy_gpu(net, test_iter)
    assert not net.training


def test_learns_what_can_be_learnt(capsys):
    X = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    data = [(X, (X[:, 0] > 0).long())]
    history = train6(small_net(), data, data, 40, 1.0, "cpu")
    assert history.test_acc[-1] > 0.95 and history.loss[-1] < history.loss[0]


def test_same_seed_same_history(capsys):
    runs = []
    for _ in range(2):
        net = small_net()
        torch.manual_seed(1)
        runs.append(train6(net, batches(8, 8), batches(7), 2, 0.1, "cpu").batch_loss)
    assert runs[0] == runs[1]


def test_optimizer_and_scheduler_are_used(capsys):
    rates = []

    def halve(optimizer):
        class Halving(torch.optim.lr_scheduler.ExponentialLR):
            def step(self, *args):
                super().step(*args)
                rates.append(self.get_last_lr()[0])

        return Halving(optimizer, 0.5)

    train6(small_net(), batches(8, 8), batches(7), 1, 0.1, "cpu", optimizer=torch.optim.Adam, scheduler=halve)
    assert rates[-2:] == pytest.approx([0.05, 0.025])


def test_the_books_name_is_the_same_function():
    assert train_ch6 is train6


def test_an_interrupt_keeps_what_was_measured(capsys):
    class Interrupted(list):
        passes = 0

        def __iter__(self):
            self.passes += 1
            if self.passes == 3:
                raise KeyboardInterrupt
            return super().__iter__()

    net = small_net()
    history = train6(net, Interrupted(batches(8)), batches(7), 5, 0.1, "cpu")
    assert len(history) == 2 and history.stopped == "interrupted in epoch 3 of 5"
    assert history.stopped in capsys.readouterr().out
    assert net(torch.zeros(1, 4)).shape == (1, 3)


def test_a_loss_that_is_no_number_stops_with_its_place(capsys):
    poisoned = batches(8, 8)
    poisoned[1][0][0, 0] = float("nan")
    history = train6(small_net(), poisoned, batches(7), 5, 0.1, "cpu")
    assert len(history) == 1 and "epoch 1, iteration 2" in history.stopped and "smaller lr" in history.stopped


@pytest.mark.parametrize("num_epochs", [0, -1, 1.5, "2", True])
def test_bad_epochs_are_named(num_epochs):
    with pytest.raises((TypeError, ValueError), match="num_epochs must be"):
        train6(small_net(), batches(8), batches(7), num_epochs, 0.1, "cpu")


def test_empty_loaders_are_named(capsys):
    with pytest.raises(ValueError, match="train_iter gave no examples"):
        train6(small_net(), [], batches(7), 1, 0.1, "cpu")
    with pytest.raises(ValueError, match="data_iter gave no examples"):
        train6(small_net(), batches(7), [], 1, 0.1, "cpu")


def test_a_generator_that_runs_dry_is_named(capsys):
    with pytest.raises(ValueError, match="again in every epoch"):
        train6(small_net(), (batch for batch in batches(8)), batches(7), 2, 0.1, "cpu")


def test_accuracy_is_a_count():
    y_hat = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    y = torch.tensor([1, 1, 1])
    assert accuracy(y_hat, y) == 2 and accuracy(torch.tensor([1, 0, 1]), y) == 2
    with pytest.raises(ValueError, match="same length"):
        accuracy(y_hat, torch.tensor([1, 1]))


def test_accumulator_and_timer_are_the_books():
    ours, theirs = Accumulator(2), d2l.Accumulator(2)
    for sums in (ours, theirs):
        sums.add(1, 2.5)
        sums.add(3, torch.tensor(4.0))
    assert ours[0] == theirs[0] == 4 and ours[1] == theirs[1] == 6.5
    ours.reset()
    assert ours.data == [0, 0]
    with pytest.raises(ValueError, match="add takes 2 numbers"):
        ours.add(1)
    timer = Timer()
    timer.times = [1.0, 3.0]
    assert (timer.sum(), timer.avg(), timer.cumsum()) == (4.0, 2.0, [1.0, 4.0])
    timer.start()
    assert timer.stop() == timer.times[-1] >= 0


def test_milliseconds_is_a_median():
    waits = iter([0, 0.001, 0.05, 0.002])
    assert 1 <= milliseconds(lambda: __import__("time").sleep(next(waits)), repeat=3) < 20
