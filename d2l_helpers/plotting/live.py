"""Curves that grow while a cell runs."""

from __future__ import annotations

import io
import time

from matplotlib.figure import Figure

from .._check import as_number
from .._environment import in_notebook
from .._language import message
from .style import STYLE, plain, styled


class Animator:
    """Curves that grow while a loop runs: `add(x, y)`, y a number or one per curve (None: no point). Source: d2l.

    In a notebook one output is updated in place, in at most a fiftieth of the time; elsewhere, save `figure`.
    Only the first of the nrows × ncols axes is drawn on, as in the book.
    """

    def __init__(
        self, xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None, xscale="linear", yscale="linear",
        fmts=("-", "m--", "g-.", "r:"), nrows=1, ncols=1, figsize=(3.5, 2.5),
    ):  # fmt: skip
        with styled():
            self.figure = Figure(figsize=figsize, layout="constrained")
            self._axes = self.figure.subplots(nrows, ncols, squeeze=False)[0, 0]
        self._axes.set(xlabel=plain(xlabel), ylabel=plain(ylabel), xscale=xscale, yscale=yscale)
        self._limits = {name: limit for name, limit in (("xlim", xlim), ("ylim", ylim)) if limit is not None}
        titles = [legend] if isinstance(legend, str) else legend or []
        self._legend, self._fmts, self._lines = list(map(plain, titles)), fmts, []
        self._handle, self._next, self._is_stale = None, 0.0, False
        if in_notebook():
            from IPython import get_ipython

            get_ipython().events.register("post_run_cell", self._at_end_of_cell)

    def add(self, x, y) -> None:
        """Add a point to each curve; TypeError or ValueError if x and y are not numbers, or not equally many."""
        xs, ys = _numbers("x", x), _numbers("y", y)
        xs = xs * len(ys) if len(xs) == 1 else xs
        if len(xs) != len(ys):
            told = message("x must be one number, or one per curve, {curves}, got {came}", curves=len(ys), came=len(xs))
            raise ValueError(told)
        if not self._lines:
            self._lines = [self._axes.plot([], [], fmt)[0] for fmt, _ in zip(self._fmts, ys, strict=False)]
            if self._legend:
                letters = {"family": self._axes.xaxis.label.get_fontfamily()}
                self._axes.legend(self._lines, self._legend, prop=letters)
        for line, a, b in zip(self._lines, xs, ys, strict=False):
            if a is not None and b is not None:
                line.set_data([*line.get_xdata(), a], [*line.get_ydata(), b])
        self._axes.relim()
        self._axes.autoscale_view()
        self._axes.set(**self._limits)
        self._is_stale = True
        if time.perf_counter() >= self._next:
            self.finish()

    def finish(self) -> None:
        """Draw what has not been drawn yet; at the end of a notebook cell this happens by itself."""
        if not (self._is_stale and in_notebook()):
            return
        from IPython.display import Image, display

        start, png = time.perf_counter(), io.BytesIO()
        with styled():
            self.figure.savefig(png, format="png", dpi=STYLE["figure.dpi"])
        if self._handle is None:
            self._handle = display(Image(png.getvalue()), display_id=True)
        else:
            self._handle.update(Image(png.getvalue()))
        self._is_stale = False
        self._next = time.perf_counter() + max(0.2, 50 * (time.perf_counter() - start))

    def _at_end_of_cell(self, _result) -> None:
        from IPython import get_ipython

        self.finish()
        get_ipython().events.unregister("post_run_cell", self._at_end_of_cell)


def _numbers(name: str, value) -> list[float | None]:
    """One number or several, as a list; None means no point."""
    values = list(value) if isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) == 1 else [value]
    if not values:
        raise ValueError(message("{name} must hold a number for at least one curve", name=name))
    return [None if one is None else as_number(name, one, finite=False) for one in values]
