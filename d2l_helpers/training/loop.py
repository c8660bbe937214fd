"""The training loop, and the record of what it measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from .._check import as_device, as_int, as_number, require_labels, require_loader, require_net, require_scores
from .._language import message
from ..devices import try_gpu
from .metrics import Timer, checked_batches, evaluate_accuracy_gpu
from .progress import Progress


@dataclass
class History:
    """What `train6` measured: one entry per epoch, and the loss of every minibatch.

    `loss`: mean over the epoch's examples; `train_acc`, `test_acc`: fractions of 1; `seconds`: wall time of the epoch,
    including loading and evaluation; `examples`: training examples seen; `batch_loss`: one per iteration.
    `stopped` says why training ended early; it is empty if training did not.
    """

    device: str
    loss: list[float] = field(default_factory=list)
    train_acc: list[float] = field(default_factory=list)
    test_acc: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    examples: list[int] = field(default_factory=list)
    batch_loss: list[float] = field(default_factory=list, repr=False)
    stopped: str = ""

    def __len__(self) -> int:
        return len(self.loss)

    def __str__(self) -> str:
        if not self.loss:
            return message("no epoch completed")
        last = {"loss": self.loss[-1], "train_acc": self.train_acc[-1], "test_acc": self.test_acc[-1]}
        scores = message("loss {loss:.3f}, train acc {train_acc:.3f}, test acc {test_acc:.3f}", **last)
        speed = message("{rate:.1f} examples/sec on {device}", rate=self.examples_per_second, device=self.device)
        return f"{scores}\n{speed}"

    def add(self, measured: Tensor, sizes: list[int], test_acc: float, seconds: float) -> None:
        """Append one epoch: (loss, correct predictions) and size of each minibatch, the test accuracy and the time."""
        (batch_loss, correct), examples = measured.T.tolist(), sum(sizes)
        self.batch_loss += batch_loss
        self.loss.append(sum(l * n for l, n in zip(batch_loss, sizes, strict=True)) / examples)
        self.train_acc.append(sum(correct) / examples)
        self.test_acc.append(test_acc)
        self.seconds.append(seconds)
        self.examples.append(examples)
        for iteration, l in enumerate(batch_loss, start=1):
            if not self.stopped and not math.isfinite(l):
                self.stopped = message(
                    "stopped: the loss is {loss} in epoch {epoch}, iteration {iteration}; try a smaller lr",
                    loss=l,
                    epoch=len(self),
                    iteration=iteration,
                )

    @property
    def examples_per_second(self) -> float:
        """Training examples per second of wall time, including loading and evaluation."""
        return sum(self.examples) / sum(self.seconds)

    def plot(self) -> None:
        """Plot the loss and both accuracies over the epochs."""
        from ..plotting import plot_lines
        from ..plotting.style import label

        curves = {label("train loss"): self.loss, label("train acc"): self.train_acc, label("test acc"): self.test_acc}
        plot_lines(range(1, len(self) + 1), curves, xlabel=label("epoch"))


def xavier_init(module: nn.Module) -> None:
    """Draw the weights of a Linear or Conv2d layer by Xavier's uniform rule; for `net.apply`. Biases stay.

    Source: Glorot & Bengio 2010; d2l's training function does this to every network it is given.
    """
    if type(module) in (nn.Linear, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)


def train6(
    net: nn.Module, train_iter: Iterable[tuple[Tensor, Tensor]], test_iter: Iterable[tuple[Tensor, Tensor]],
    num_epochs: int, lr: float, device: torch.device | str | None = None, *,
    init: Callable[[nn.Module], None] | None = xavier_init,
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.SGD,
    scheduler: Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler] | None = None,
) -> History:  # fmt: skip
    """Train a classifier with cross-entropy and evaluate it after each epoch; print and return what was measured.

    `net`: X → logits (N, classes). The loaders give (X, y) with y int64 (N,), again in each epoch, in batches of any size.
    **`init` draws the weights anew** (Xavier, as in the book); with `init=None` training continues from the current ones.
    `device`: `try_gpu()` if None. `optimizer` is called with (parameters, lr=lr); `scheduler` is called with the optimizer
    and then steps once per iteration. Shows live curves in a notebook, a progress bar in a terminal. An interrupt, or a
    loss that is NaN or infinite, ends training early and keeps what was measured. Leaves the network in evaluation mode.
    All random numbers come from PyTorch's global generator: a seed before the call makes it repeatable on one machine.
    Raises TypeError or ValueError before the first step if an argument, a first batch or the network's output is wrong.
    Source: d2l, "Convolutional Neural Networks (LeNet)".
    """
    device, classes = _prepare(net, train_iter, test_iter, num_epochs, lr, device)
    if init is not None:
        net.apply(init)
    updater = optimizer(net.parameters(), lr=lr)
    schedule = scheduler(updater) if scheduler else None
    loss = nn.CrossEntropyLoss()
    history, progress = History(str(device)), Progress(num_epochs)
    print(message("training on {device}", device=device))
    try:
        for epoch in range(1, num_epochs + 1):
            timer, measured, sizes = Timer(), torch.empty(0, 2, device=device), []
            net.train()
            for X, y in checked_batches("train_iter", progress.batches(train_iter, epoch), classes):
                X, y = X.to(device), y.to(device)
                updater.zero_grad()
                y_hat = net(X)
                l = loss(y_hat, y)
                l.backward()
                updater.step()
                if schedule:
                    schedule.step()
                correct = (y_hat.argmax(dim=1) == y).sum()
                # On the device, so that no step waits; one tensor, because thousands of small ones take half a gigabyte.
                measured = torch.cat([measured, torch.stack((l.detach().float(), correct))[None]])
                sizes.append(len(y))
            test_acc = evaluate_accuracy_gpu(net, test_iter, device)
            history.add(measured, sizes, test_acc, timer.stop())
            progress.show(history)
            if history.stopped:
                break
    except KeyboardInterrupt:
        history.stopped = message("interrupted in epoch {epoch} of {epochs}", epoch=epoch, epochs=num_epochs)
    progress.finish()
    net.eval()
    if history.stopped:
        print(history.stopped)
    print(history)
    return history


train_ch6 = train6  # the book's name


def _prepare(net, train_iter, test_iter, num_epochs, lr, device) -> tuple[torch.device, int]:
    """Check everything, leaving weights, statistics and PyTorch's random state as they are: (device, number of classes)."""
    as_int("num_epochs", num_epochs)
    as_number("lr", lr, at_least=0)
    require_net(net, trainable=True)
    require_loader("train_iter", train_iter)
    require_loader("test_iter", test_iter)
    device = try_gpu() if device is None else as_device(device)
    with torch.random.fork_rng(devices=[]):
        X, y = next(checked_batches("test_iter", test_iter))
    net.to(device)
    net.eval()
    with torch.no_grad():
        y_hat = net(X.to(device))
    require_scores(y_hat, y)
    require_labels("test_iter", y, y_hat.shape[1])
    return device, y_hat.shape[1]
