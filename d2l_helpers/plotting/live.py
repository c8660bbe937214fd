"""Figures that change while a cell runs."""

from __future__ import annotations

import io
import time

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from .._environment import in_notebook
from .style import STYLE


class LiveFigure:
    """A figure shown once in a notebook and updated in place, at most one fiftieth of the time spent on drawing."""

    def __init__(self, nrows: int, ncols: int, figsize: tuple[float, float]):
        with plt.rc_context(STYLE):
            self.figure = Figure(figsize=figsize, layout="constrained")
            self.figure.subplots(nrows, ncols)
        self._handle, self._next, self._stale = None, 0.0, False
        if in_notebook():
            from IPython import get_ipython

            get_ipython().events.register("post_run_cell", self._at_end_of_cell)

    def update(self, *, force: bool = False) -> None:
        """Redraw, unless the last drawing was too recent."""
        self._stale = True
        if in_notebook() and (force or time.perf_counter() >= self._next):
            self._draw()

    def _draw(self) -> None:
        from IPython.display import Image, display

        start = time.perf_counter()
        png = io.BytesIO()
        with plt.rc_context(STYLE):
            self.figure.savefig(png, format="png", dpi=STYLE["figure.dpi"])
        picture = Image(png.getvalue())
        if self._handle is None:
            self._handle = display(picture, display_id=True)
        else:
            self._handle.update(picture)
        self._stale = False
        self._next = time.perf_counter() + max(0.2, 50 * (time.perf_counter() - start))

    def _at_end_of_cell(self, _result) -> None:
        from IPython import get_ipython

        if self._stale:
            self._draw()
        get_ipython().events.unregister("post_run_cell", self._at_end_of_cell)
