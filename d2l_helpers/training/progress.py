"""What a training run shows while it runs."""

from __future__ import annotations

from collections.abc import Iterable

from .._environment import in_notebook
from .._language import message


class Progress:
    """What `train6` shows: in a notebook curves with a point per epoch, elsewhere a progress bar per epoch."""

    def __init__(self, num_epochs: int):
        self._num_epochs, self._curves = num_epochs, None
        if in_notebook():
            from ..plotting import Animator
            from ..plotting.style import label

            legend, limits = [label("train loss"), label("train acc"), label("test acc")], [0.7, max(num_epochs, 2) + 0.3]
            self._curves = Animator(label("epoch"), legend=legend, xlim=limits, fmts=("o-", "s--", "^-."), figsize=(4.5, 3))

    def batches(self, loader: Iterable, epoch: int) -> Iterable:
        """The batches of `loader`, counted by a progress bar unless there are curves."""
        if self._curves:
            return loader
        from tqdm import tqdm

        told = message("epoch {epoch}/{epochs}", epoch=epoch, epochs=self._num_epochs)
        return tqdm(loader, desc=told, unit="batch", leave=False)

    def show(self, history) -> None:
        """Add the last epoch of `history` to the curves."""
        if self._curves:
            self._curves.add(len(history), (history.loss[-1], history.train_acc[-1], history.test_acc[-1]))

    def finish(self) -> None:
        """Draw the last points."""
        if self._curves:
            self._curves.finish()
