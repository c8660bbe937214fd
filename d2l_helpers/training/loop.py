"""Training and evaluating a classifier, and the small tools around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ..devices import try_gpu
from .._missing import needed_for
from ._notebook import in_notebook
from .._check import as_device, as_int, as_number, require_loader, require_net, require_scores, shown
from ._input import (
    checked,
    count_classes,
    require_comparable,
    require_loaders,
    require_net,
    require_scores,
    require_settings,
)


@dataclass
class History:
    """What `train6` measured: one entry per epoch, and every minibatch's loss.

    `loss`: mean over the epoch's examples; `train_acc`, `test_acc`: fractions of 1; `seconds`: wall time of the epoch with
    loading, training and evaluation; `examples`: training examples seen; `batch_loss`: one per iteration.
    `stopped` says why training ended early, and is empty where it did not.
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
            return "no epoch completed"
        scores = f"loss {self.loss[-1]:.3f}, train acc {self.train_acc[-1]:.3f}, test acc {self.test_acc[-1]:.3f}"
        return f"{scores}\n{self.examples_per_second:.1f} examples/sec on {self.device}"

    def add(self, batch_loss: list[float], sizes: list[int], right: int, test_acc: float, seconds: float) -> None:
        """One more epoch: the loss and the size of each minibatch, how many training examples were right, and the rest."""
        examples = sum(sizes)
        self.batch_loss += batch_loss
        self.loss.append(sum(l * n for l, n in zip(batch_loss, sizes, strict=True)) / examples)
        self.train_acc.append(right / examples)
        self.test_acc.append(test_acc)
        self.seconds.append(seconds)
        self.examples.append(examples)
        self.stopped = _not_a_number(batch_loss, len(self))

    @property
    def examples_per_second(self) -> float:
        """Training examples per second of wall time, loading and evaluation included."""
        return sum(self.examples) / sum(self.seconds)

    def plot(self) -> None:
        """Loss and both accuracies over the epochs."""
        from ..plotting import plot_lines

        curves = {"train loss": self.loss, "train acc": self.train_acc, "test acc": self.test_acc}
        plot_lines(range(1, len(self) + 1), curves, xlabel="epoch")


def xavier_init(module: nn.Module) -> None:
    """Draw the weights of a Linear or Conv2d layer by Xavier's uniform rule; for `net.apply`. Biases stay.

    Source: Glorot & Bengio 2010; d2l's training function does this to every network it is given.
    """
    if type(module) in (nn.Linear, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)


def train6(
    net: nn.Module,
    train_iter: Iterable[tuple[Tensor, Tensor]],
    test_iter: Iterable[tuple[Tensor, Tensor]],
    num_epochs: int,
    lr: float,
    device: torch.device | str | None = None,
    *,
    init: Callable[[nn.Module], None] | None = xavier_init,
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.SGD,
    scheduler: Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler] | None = None,
) -> History:
    """Train a classifier with cross-entropy and evaluate it after each epoch; prints and returns what it measured.

    `net`: X → logits (N, classes). The loaders give (X, y) with y int64 (N,), again in each epoch, in batches of any size.
    **The weights are drawn anew** by `init` (Xavier, as in the book); `init=None` goes on from the weights that are there.
    `device`: `try_gpu()` if None. `optimizer` is called with (parameters, lr=lr); `scheduler` with the optimizer, and then
    steps once per iteration. Live curves in a notebook, a progress bar in a terminal. An interrupt, or a loss that is no
    number, ends the training early and keeps what was measured. The network is left in evaluation mode.
    Random numbers come from PyTorch's global generator, so that a seed before the call makes it repeatable on one machine.
    TypeError or ValueError, before any training, where an argument, the first batches or the net's answer do not fit.
    Source: d2l, "Convolutional Neural Networks (LeNet)".
    """
    require_settings(num_epochs, lr)
    require_net(net)
    require_loaders(train_iter=train_iter, test_iter=test_iter)
    device = try_gpu() if device is None else as_device(device)
    net.to(device)
    classes = count_classes(net, test_iter, device)
    if init is not None:
        net.apply(init)
    sgd = optimizer(net.parameters(), lr=lr)
    schedule = scheduler(sgd) if scheduler else None
    loss = nn.CrossEntropyLoss()

    def step(X: Tensor, y: Tensor) -> Tensor:
        """One step downhill: (loss, number right), still a tensor, so that nobody waits for the device."""
        sgd.zero_grad()
        y_hat = net(X)
        l = loss(y_hat, y)
        l.backward()
        sgd.step()
        return torch.stack((l.detach().float(), (y_hat.argmax(dim=1) == y).sum()))

    history = History(str(device))
    print("training on", device)
    with _progress(num_epochs) as progress:
        try:
            for epoch in range(1, num_epochs + 1):
                start = time.perf_counter()
                net.train()
                answers, sizes = torch.empty(0, 2, device=device), []
                for X, y in checked("train_iter", progress.batches(train_iter, epoch), classes):
                    answers = torch.cat([answers, step(X.to(device), y.to(device))[None]])
                    sizes.append(len(y))
                    if schedule:
                        schedule.step()
                losses, right = answers.T.tolist()  # here the host waits, once an epoch
                test_acc = evaluate_accuracy_gpu(net, test_iter, device)
                history.add(losses, sizes, round(sum(right)), test_acc, time.perf_counter() - start)
                progress.show(history)
                if history.stopped:
                    break
        except KeyboardInterrupt:
            history.stopped = f"interrupted in epoch {epoch} of {num_epochs}"
    net.eval()
    if history.stopped:
        print(history.stopped)
    print(history)
    return history


train_ch6 = train6  # the book's name


def evaluate_accuracy_gpu(
    net: nn.Module, data_iter: Iterable[tuple[Tensor, Tensor]], device: torch.device | str | None = None
) -> float:
    """The fraction of examples that `net` classifies rightly, between 0 and 1.

    `device`: where the parameters are, if None. Puts the network into evaluation mode and leaves it there, as in the book.
    Raises ValueError where `data_iter` is empty. Source: d2l, "Convolutional Neural Networks (LeNet)".
    """
    require_net(net)
    net.eval()
    if device is None:
        device = next((parameter.device for parameter in net.parameters()), None)
    right, count = [], 0
    with torch.inference_mode():
        for X, y in checked("data_iter", data_iter):
            y_hat = net(X.to(device))
            require_scores(y_hat, y)
            right.append((y_hat.argmax(dim=1) == y.to(device)).sum())
            count += len(y)
    return torch.stack(right).sum().item() / count


def accuracy(y_hat: Tensor, y: Tensor) -> float:
    """How many predictions are right: a count, as in the book, not a fraction.

    `y_hat`: scores (N, classes), or predicted classes (N,); `y`: classes (N,). Raises TypeError where one is no tensor of
    numbers or `y` holds no whole ones, ValueError where the lengths differ.
    """
    require_comparable(y_hat, y)
    if y_hat.dim() > 1:
        y_hat = y_hat.argmax(dim=1)
    if y_hat.shape != y.shape:
        raise ValueError(f"y_hat and y must have the same length, got {tuple(y_hat.shape)} and {tuple(y.shape)}")
    return float((y_hat.to(y.dtype) == y).sum())


class Accumulator:
    """`n` running sums: `add(a, b, …)`, read with `[i]`, back to zero with `reset()`. Source: d2l."""

    def __init__(self, n: int):
        n = as_int("n", n)
        self.data = [0.0] * n

    def add(self, *args: float) -> None:
        """Add one number to each sum; ValueError where their number is not n, TypeError where one is no number."""
        if len(args) != len(self.data):
            raise ValueError(f"add takes {len(self.data)} numbers, one per sum, got {len(args)}")
        numbers = [as_number("what add takes", number, finite=False) for number in args]
        self.data = [total + number for total, number in zip(self.data, numbers, strict=True)]

    def reset(self) -> None:
        self.data = [0.0] * len(self.data)

    def __getitem__(self, idx: int) -> float:
        return self.data[idx]


class Timer:
    """A stopwatch that remembers its times, in seconds; it starts when made. Source: d2l."""

    def __init__(self):
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        self._started = time.perf_counter()

    def stop(self) -> float:
        """Note the seconds since `start` and return them."""
        self.times.append(time.perf_counter() - self._started)
        return self.times[-1]

    def avg(self) -> float:
        """Seconds per time; ValueError where there is none yet."""
        if not self.times:
            raise ValueError("avg needs times: call stop first")
        return sum(self.times) / len(self.times)

    def sum(self) -> float:
        return sum(self.times)

    def cumsum(self) -> list[float]:
        return torch.tensor(self.times, dtype=torch.float64).cumsum(0).tolist()


def milliseconds(function: Callable, *args, repeat: int = 7) -> float:
    """The median time of `function(*args)` in milliseconds, over `repeat` calls after one that warms up."""
    if not callable(function):
        raise TypeError(f"function must be one, got {shown(function)}")
    repeat = as_int("repeat", repeat)
    function(*args)
    timer = Timer()
    for _ in range(repeat):
        timer.start()
        function(*args)
        timer.stop()
    return 1000 * sorted(timer.times)[repeat // 2]


class Animator:
    """Curves that grow while a loop runs: `add(x, y)`, y a number or one per curve (None: no point). Source: d2l.

    In a notebook one output is updated in place, seldom enough to cost little; elsewhere `figure` can be saved.
    Only the first of nrows × ncols axes is drawn on, as in the book.
    """

    def __init__(
        self,
        xlabel=None,
        ylabel=None,
        legend=None,
        xlim=None,
        ylim=None,
        xscale="linear",
        yscale="linear",
        fmts=("-", "m--", "g-.", "r:"),
        nrows=1,
        ncols=1,
        figsize=(3.5, 2.5),
    ):
        from ..plotting import LiveFigure
        from .._check import require_choice, require_titles, require_two
        from ..plotting.style import SCALES, plain

        require_titles("fmts", fmts, 1)
        require_titles("legend", legend or [], 0)
        require_choice("xscale", xscale, SCALES)
        require_choice("yscale", yscale, SCALES)
        limits = {name: limit for name, limit in (("xlim", xlim), ("ylim", ylim)) if limit is not None}
        self._limits = {name: require_two(name, limit) for name, limit in limits.items()}
        self._live = LiveFigure(nrows, ncols, figsize)
        self.figure = self._live.figure
        self._axes = self.figure.axes[0]
        self._axes.set(xlabel=plain(xlabel), ylabel=plain(ylabel), xscale=xscale, yscale=yscale)
        self._legend, self._fmts = [plain(title) for title in legend or []], fmts
        self._lines = []

    def add(self, x, y) -> None:
        """Add a point to each curve; TypeError or ValueError where x and y are not numbers, or not as many."""
        ys = _points("y", y)
        xs = _points("x", x)
        xs = xs * len(ys) if len(xs) == 1 else xs
        if len(xs) != len(ys):
            raise ValueError(f"x must be one number, or one per curve, {len(ys)}, got {len(xs)}")
        if not self._lines:
            self._lines = [self._axes.plot([], [], fmt)[0] for fmt, _ in zip(self._fmts, ys, strict=False)]
            if self._legend:
                self._axes.legend(self._lines, self._legend)
        for line, a, b in zip(self._lines, xs, ys, strict=False):
            if a is not None and b is not None:
                line.set_data([*line.get_xdata(), a], [*line.get_ydata(), b])
        self._axes.relim()
        self._axes.autoscale_view()
        self._axes.set(**self._limits)
        self._live.update()

    def finish(self) -> None:
        """Draw what has not been drawn yet; at the end of a notebook cell this happens by itself."""
        self._live.update(force=True)


def _points(name: str, value) -> list[float | None]:
    """One number or several, None for no point."""
    values = list(value) if isinstance(value, list | tuple) or getattr(value, "ndim", 0) == 1 else [value]
    if not values:
        raise ValueError(f"{name} must hold a number for at least one curve")
    return [None if one is None else as_number(name, one, finite=False) for one in values]


class _Curves:
    """Progress in a notebook: an Animator with a point per epoch."""

    def __init__(self, num_epochs: int):
        legend = ["train loss", "train acc", "test acc"]
        limits = [0.7, max(num_epochs, 2) + 0.3]
        self._animator = Animator("epoch", legend=legend, xlim=limits, fmts=("o-", "s--", "^-."), figsize=(4.5, 3))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._animator.finish()

    def batches(self, loader, epoch):
        return loader

    def show(self, history: History) -> None:
        self._animator.add(len(history), (history.loss[-1], history.train_acc[-1], history.test_acc[-1]))


class _Bar:
    """Progress in a terminal: a tqdm bar per epoch."""

    def __init__(self, num_epochs: int):
        self._num_epochs = num_epochs

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def batches(self, loader, epoch):
        with needed_for("The progress bar"):
            from tqdm import tqdm

        return tqdm(loader, desc=f"epoch {epoch}/{self._num_epochs}", unit="batch", leave=False)

    def show(self, history: History) -> None:
        pass


def _progress(num_epochs: int) -> _Curves | _Bar:
    return _Curves(num_epochs) if in_notebook() else _Bar(num_epochs)


def _not_a_number(batch_loss: list[float], epoch: int) -> str:
    """What to tell the learner where a loss is NaN or infinite, else ''."""
    bad = next((i for i, value in enumerate(batch_loss, start=1) if not abs(value) < float("inf")), None)
    if bad is None:
        return ""
    return f"stopped: the loss is {batch_loss[bad - 1]} in epoch {epoch}, iteration {bad}; try a smaller lr"
