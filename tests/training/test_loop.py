"""train6 against a plain loop, on any loader, and when something goes wrong."""

import math

import matplotlib.pyplot as plt
import pytest
import torch
from d2l import torch as d2l
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from d2l_helpers import History, evaluate_accuracy_gpu, train6, train_ch6
from d2l_helpers.training import xavier_init
from tests.support.small_nets import Watching, batches, plain_loop, small_net


def test_counts_every_example_of_a_net_in_half_precision():
    net = nn.Linear(4, 3).to(torch.bfloat16)  # which cannot hold 257
    nn.init.zeros_(net.weight)
    net.bias.data = torch.tensor([1, 0, 0], dtype=torch.bfloat16)
    batch = torch.zeros(257, 4, dtype=torch.bfloat16), torch.zeros(257, dtype=torch.int64)
    assert train6(net, [batch], [batch], 1, 0, "cpu", init=None).train_acc == [1.0]


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


def test_a_history_plots_its_curves():
    History("cpu", loss=[2.0, 1.0], train_acc=[0.1, 0.5], test_acc=[0.2, 0.4]).plot()
    drawn = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in plt.gca().lines}
    assert drawn == {
        "train loss": ([1, 2], [2.0, 1.0]),
        "train acc": ([1, 2], [0.1, 0.5]),
        "test acc": ([1, 2], [0.2, 0.4]),
    }


def test_prints_what_the_book_prints(capsys):
    history = train6(small_net(), batches(8), batches(7), 2, 0.1, "cpu")
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "training on cpu",
        f"loss {history.loss[-1]:.3f}, train acc {history.train_acc[-1]:.3f}, test acc {history.test_acc[-1]:.3f}",
        f"{history.examples_per_second:.1f} examples/sec on cpu",
    ]


def test_scores_are_those_of_evaluation(capsys):
    net, test_iter = small_net(), batches(30, 11)
    history = train6(net, batches(16), test_iter, 2, 0.1, "cpu")
    assert history.test_acc[-1] == evaluate_accuracy_gpu(net, test_iter) == d2l.evaluate_accuracy_gpu(net, test_iter)
    assert not net.training


def test_learns_what_can_be_learned(capsys):
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


def numbers_read(steps):
    """How many numbers an epoch of that many steps reads from tensors: on a GPU, each one makes the program wait."""
    read = []

    class Counting(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            read.extend([function] * (function is torch.ops.aten._local_scalar_dense.default))
            return function(*args, **(kwargs or {}))

    with Counting():
        train6(small_net(), batches(*[4] * steps), batches(7), 1, 0.1, "cpu")
    return len(read)


def test_no_step_waits_for_its_loss_or_accuracy(capsys):
    labels = 2  # the smallest and the largest label of each batch, read only if they are on the CPU
    assert numbers_read(11) - numbers_read(1) == 10 * labels


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
    poisoned = batches(8, 8, 8)  # all that comes after is no number either
    poisoned[1][0][0, 0] = float("nan")
    history = train6(small_net(), poisoned, batches(7), 5, 0.1, "cpu")
    assert len(history) == 1 and "epoch 1, iteration 2" in history.stopped and "smaller lr" in history.stopped


def replaced(position, value):
    """One batch with its X (0) or y (1) replaced."""
    batch = [*batches(8)[0]]
    batch[position] = value
    return [tuple(batch)]


class Twice(nn.Linear):
    """A net that outputs two tensors."""

    def forward(self, X):
        return X, super().forward(X)


BAD_ARGUMENTS = {
    "no epochs": ({"num_epochs": 0}, "num_epochs must be at least 1, got 0"),
    "half epochs": ({"num_epochs": 1.5}, "num_epochs must be an int, got 1.5"),
    "negative lr": ({"lr": -0.1}, "lr must be at least 0, got -0.1"),
    "lr nan": ({"lr": float("nan")}, "lr must be finite"),
    "lr inf": ({"lr": float("inf")}, "lr must be finite"),
    "lr in words": ({"lr": "0.1"}, "lr must be a number"),
    "no net": ({"net": lambda X: X}, "net must be an nn.Module, got function"),
    "net without parameters": ({"net": nn.Sequential(nn.Flatten())}, "net must have parameters that require a gradient"),
    "frozen net": ({"net": small_net().requires_grad_(False)}, "net must have parameters that require a gradient"),
    "scores of a whole image": (
        {"net": nn.Sequential(nn.Linear(4, 4), nn.Unflatten(1, (2, 2)))},
        r"net must give scores \(N, classes\) .* got \(7, 2, 2\)",
    ),
    "two outputs": ({"net": Twice(4, 3)}, "net must give scores .* got tuple"),
    "too few outputs": ({"net": nn.Linear(4, 2)}, "test_iter must give labels from 0 to 1, as the net has 2 outputs"),
    "no such device": ({"device": "gpu"}, "device must be one that works here, .* got 'gpu'"),
    "empty training": ({"train_iter": []}, "train_iter gave no examples"),
    "empty test": ({"test_iter": []}, "test_iter gave no examples"),
    "a generator": (
        {"train_iter": (batch for batch in batches(8))},
        "train_iter must give its batches again in every epoch",
    ),
    "an iterator": ({"test_iter": iter(batches(8))}, "test_iter must give its batches again in every epoch"),
    "no loader": ({"train_iter": 3}, r"train_iter must give batches \(X, y\)"),
    "X alone": ({"train_iter": [torch.zeros(8, 4)]}, r"train_iter must give pairs \(X, y\) of tensors, got Tensor"),
    "lists": ({"test_iter": [([[0.0]], [1])]}, r"test_iter must give pairs \(X, y\) of tensors, got tuple"),
    "labels as floats": ({"train_iter": replaced(1, torch.zeros(8))}, "labels y of dtype torch.int64, got torch.float32"),
    "one-hot labels": ({"train_iter": replaced(1, torch.zeros(8, 3).long())}, r"got \(8, 4\) and \(8, 3\)"),
    "more labels than images": ({"train_iter": replaced(1, torch.zeros(9).long())}, r"got \(8, 4\) and \(9,\)"),
    "a batch of none": ({"train_iter": [(torch.zeros(0, 4), torch.zeros(0).long())]}, "N at least 1"),
    "label too high": ({"train_iter": replaced(1, torch.full((8,), 3))}, "train_iter must give labels from 0 to 2"),
    "negative label": ({"test_iter": replaced(1, torch.full((8,), -1))}, "test_iter must give labels from 0 to 2"),
}


@pytest.mark.parametrize("case", BAD_ARGUMENTS)
def test_bad_arguments_are_named_before_any_step(case, capsys):
    changes, message = BAD_ARGUMENTS[case]
    arguments = {"net": small_net(), "train_iter": batches(8), "test_iter": batches(7), "num_epochs": 2, "lr": 0.1}
    arguments |= {"device": "cpu"} | changes
    steps = []

    class Counting(torch.optim.SGD):
        def step(self, *args):
            steps.append(1)

    with pytest.raises((TypeError, ValueError), match=message):
        train6(**arguments, optimizer=Counting)
    assert not steps


def test_a_label_out_of_range_is_named_in_a_later_batch_too(capsys):
    late = batches(8) + replaced(1, torch.full((8,), 7))
    with pytest.raises(ValueError, match=r"train_iter must give labels from 0 to 2, .* got labels from 7 to 7"):
        train6(small_net(), late, batches(7), 1, 0.1, "cpu")


def test_the_trial_before_training_leaves_no_trace(capsys):
    def net():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3))

    class Drawing(list):
        def __iter__(self):
            torch.rand(3)
            return super().__iter__()

    plain, ours = net(), net()
    torch.manual_seed(1)
    losses = plain_loop(plain.train(), batches(8, 8), 1, 0.1)
    torch.manual_seed(1)
    history = train6(ours, batches(8, 8), Drawing(batches(7)), 1, 0.1, "cpu", init=None)
    torch.testing.assert_close(history.batch_loss, losses)
    torch.testing.assert_close(ours.state_dict(), plain.state_dict())


def test_lazy_layers_learn_their_shape_before_their_weights_are_drawn(capsys):
    torch.manual_seed(5)
    net = nn.Sequential(nn.LazyLinear(3))
    train6(net, batches(8), batches(7), 1, 1e-12, "cpu")
    assert net[0].weight.abs().max() <= (6 / (4 + 3)) ** 0.5 + 1e-6 and net[0].weight.abs().max() > 0.5


def test_an_interrupt_in_the_middle_keeps_whole_epochs(capsys):
    class Interrupted(list):
        passes = 0

        def __iter__(self):
            self.passes += 1
            yield from list.__iter__(self)
            if self.passes == 3:  # the trial, the first epoch, and now the second
                raise KeyboardInterrupt

    history = train6(small_net(), batches(8), Interrupted(batches(7)), 5, 0.1, "cpu")
    lengths = {
        len(values) for values in (history.loss, history.train_acc, history.test_acc, history.seconds, history.examples)
    }
    assert lengths == {1} and len(history.batch_loss) == 1 and "epoch 2 of 5" in history.stopped


def test_the_fraction_of_right_training_examples_counts_every_example(capsys):
    net, train_iter = small_net(), batches(8, 5, 3)
    history = train6(net, train_iter, batches(7), 1, 1e-12, "cpu", init=None)
    assert history.train_acc == [evaluate_accuracy_gpu(net, train_iter)]


def test_the_callers_init_draws_the_weights(capsys):
    net = small_net()
    train6(
        net, batches(8), batches(7), 1, 1e-12, "cpu", init=lambda module: [nn.init.zeros_(p) for p in module.parameters()]
    )
    assert all(p.abs().max() < 1e-6 for p in net.parameters())


@pytest.mark.parametrize("layer", [nn.Linear(40, 60), nn.Conv2d(4, 6, 5)])
def test_xavier_is_uniform_within_its_bound(layer):
    fan_in, fan_out = layer.weight[0].numel(), layer.weight[:, 0].numel()
    bias, bound = layer.bias.clone(), (6 / (fan_in + fan_out)) ** 0.5
    weight = layer.weight.data.fill_(9)
    xavier_init(layer)
    assert 0.95 * bound < weight.abs().max() <= bound and torch.equal(layer.bias, bias)
    assert weight.abs().mean().item() == pytest.approx(bound / 2, rel=0.1)


def test_the_callers_optimizer_takes_the_steps(capsys):
    used = []

    class Counting(torch.optim.Adam):
        def step(self, *args):
            used.append(self.param_groups[0]["lr"])
            super().step(*args)

    train6(small_net(), batches(8, 8), batches(7), 2, 0.25, "cpu", optimizer=Counting)
    assert used == [0.25] * 4


def test_each_epoch_trains_in_training_mode_and_an_interrupt_leaves_evaluation_mode(capsys):
    def dry():
        yield from batches(8)
        raise KeyboardInterrupt

    class Interrupted(list):
        passes = 0

        def __iter__(self):
            self.passes += 1
            return dry() if self.passes == 2 else super().__iter__()

    net = Watching()
    train6(net, Interrupted(batches(8)), batches(7), 3, 0.1, "cpu")
    steps = [mode for mode, gradients in net.seen if gradients]
    assert steps == [True, True] and not net.training
