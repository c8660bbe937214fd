"""What a training run shows while it runs: curves in a notebook, a progress bar in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from .._check import as_number
from .._environment import in_notebook


class Animator:
    """Curves that grow while a loop runs: `add(x, y)`, y a number or one per curve (None: no point). Source: d2l.

    In a notebook one output is updated in place, rarely enough to cost little; elsewhere, save `figure`.
    Only the first of the nrows × ncols axes is drawn on, as in the book.
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
        from ..plotting.style import plain

        self._live = LiveFigure(nrows, ncols, figsize)
        self.figure = self._live.figure
        self._axes = self.figure.axes[0]
        self._axes.set(xlabel=plain(xlabel), ylabel=plain(ylabel), xscale=xscale, yscale=yscale)
        limits = {"xlim": xlim, "ylim": ylim}
        self._axes.set(**{name: limit for name, limit in limits.items() if limit is not None})
        self._legend = [plain(title) for title in ([legend] if isinstance(legend, str) else legend or [])]
        self._lines, self._fmts = [], fmts

    def add(self, x, y) -> None:
        """Add a point to each curve; TypeError or ValueError if x and y are not numbers, or not equally many."""
        xs, ys = _numbers("x", x), _numbers("y", y)
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
        self._live.update()

    def finish(self) -> None:
        """Draw what has not been drawn yet; at the end of a notebook cell this happens by itself."""
        self._live.update(force=True)


def _numbers(name: str, value) -> list[float | None]:
    """One number or several, as a list; None means no point."""
    values = list(value) if isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) == 1 else [value]
    if not values:
        raise ValueError(f"{name} must hold a number for at least one curve")
    return [None if one is None else as_number(name, one, finite=False) for one in values]


class Progress:
    """What `train6` shows: in a notebook curves with a point per epoch, elsewhere a progress bar per epoch."""

    def __init__(self, num_epochs: int):
        self._num_epochs, self._curves = num_epochs, None
        if in_notebook():
            legend, limits = ["train loss", "train acc", "test acc"], [0.7, max(num_epochs, 2) + 0.3]
            self._curves = Animator("epoch", legend=legend, xlim=limits, fmts=("o-", "s--", "^-."), figsize=(4.5, 3))

    def batches(self, loader: Iterable, epoch: int) -> Iterable:
        """The batches of `loader`, counted by a progress bar unless there are curves."""
        if self._curves:
            return loader
        from tqdm import tqdm

        return tqdm(loader, desc=f"epoch {epoch}/{self._num_epochs}", unit="batch", leave=False)

    def show(self, history) -> None:
        """Add the last epoch of `history` to the curves."""
        if self._curves:
            self._curves.add(len(history), (history.loss[-1], history.train_acc[-1], history.test_acc[-1]))

    def finish(self) -> None:
        """Draw the last points."""
        if self._curves:
            self._curves.finish()
