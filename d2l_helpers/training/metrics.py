"""How well a network does, and how long it takes: accuracy, running sums, a stopwatch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from statistics import median_high

import torch
from torch import Tensor, nn

from .. import _check
from .._language import message


def accuracy(y_hat: Tensor, y: Tensor) -> float:
    """Count the correct predictions. As in the book, this is a count, not a fraction.

    `y_hat`: scores (N, classes) or predicted classes (N,); `y`: classes (N,). Raises TypeError if one of them is not a
    tensor of numbers or `y` does not hold integers, ValueError if their lengths differ. Source: d2l, "Softmax Regression".
    """
    _check.require_predictions(y_hat, y)
    if y_hat.dim() > 1:
        y_hat = y_hat.argmax(dim=1)
    if y_hat.shape != y.shape:
        told = message(
            "y_hat and y must have the same length, got {y_hat} and {y}", y_hat=tuple(y_hat.shape), y=tuple(y.shape)
        )
        raise ValueError(told)
    return float((y_hat.to(y.dtype) == y).sum())


def evaluate_accuracy_gpu(
    net: nn.Module, data_iter: Iterable[tuple[Tensor, Tensor]], device: torch.device | str | None = None
) -> float:
    """The fraction of examples that `net` classifies correctly, between 0 and 1.

    `device`: where the parameters are, if None. Puts the network in evaluation mode and leaves it there, as in the book.
    Raises ValueError if `data_iter` is empty. Source: d2l, "Convolutional Neural Networks (LeNet)".
    """
    _check.require_net(net)
    _check.require_loader("data_iter", data_iter, every_epoch=False)
    net.eval()
    if device is None:
        device = next((parameter.device for parameter in net.parameters()), None)
    right, count = [], 0
    with torch.inference_mode():
        for X, y in checked_batches("data_iter", data_iter):
            y_hat = net(X.to(device))
            _check.require_scores(y_hat, y)
            right.append((y_hat.argmax(dim=1) == y.to(device)).sum())
            count += len(y)
    return torch.stack(right).sum().item() / count


def checked_batches(name: str, loader: Iterable, classes: int | None = None) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of `loader`, each checked before it is used; ValueError if there is none.

    Labels on a GPU are compared with `classes` in the first batch only: each comparison waits for the GPU.
    """
    number = 0
    for number, batch in enumerate(loader, start=1):
        _check.require_batch(name, batch)
        if classes is not None and (number == 1 or batch[1].is_cpu):
            _check.require_labels(name, batch[1], classes)
        yield batch
    if not number:
        told = message("{name} gave no examples: a loader must give at least one (X, y), again in every epoch", name=name)
        raise ValueError(told)


class Accumulator:
    """`n` running sums: `add(a, b, …)`, read with `[i]`, back to zero with `reset()`. Source: d2l."""

    def __init__(self, n: int):
        self.data = [0.0] * _check.as_int("n", n)

    def add(self, *args: float) -> None:
        """Add one number to each sum; ValueError if there are not n of them, TypeError if one is not a number."""
        if len(args) != len(self.data):
            told = message("add takes {wanted} numbers, one per sum, got {came}", wanted=len(self.data), came=len(args))
            raise ValueError(told)
        numbers = [_check.as_number(message("each argument of add"), number, finite=False) for number in args]
        self.data = [total + number for total, number in zip(self.data, numbers, strict=True)]

    def reset(self) -> None:
        self.data = [0.0] * len(self.data)

    def __getitem__(self, idx: int) -> float:
        return self.data[idx]


class Timer:
    """A stopwatch that records times in seconds in `times`; creating it starts it. Source: d2l."""

    def __init__(self):
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        self._started = time.perf_counter()

    def stop(self) -> float:
        """Record the seconds since `start` and return them."""
        self.times.append(time.perf_counter() - self._started)
        return self.times[-1]

    def avg(self) -> float:
        """The mean of the recorded times; ValueError if there is none yet."""
        if not self.times:
            raise ValueError(message("avg needs times: call stop first"))
        return self.sum() / len(self.times)

    def sum(self) -> float:
        return sum(self.times)

    def cumsum(self) -> list[float]:
        return list(accumulate(self.times))


def milliseconds(function: Callable, *args, repeat: int = 7) -> float:
    """The median time of `function(*args)` in milliseconds, over `repeat` calls after one that warms up."""
    repeat = _check.as_int("repeat", repeat)
    function(*args)
    timer = Timer()
    for _ in range(repeat):
        timer.start()
        function(*args)
        timer.stop()
    return 1000 * median_high(timer.times)
