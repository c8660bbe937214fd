"""The widget: its traits, what Python may assign to them, and what a notebook shows of it."""

from __future__ import annotations

import os
from pathlib import Path

import anywidget
import traitlets
from torch import Tensor

from .._missing import needed_for
from ..shapes import Size
from . import settings, words
from .code import as_lists, pytorch_code
from .compute import output
from .settings import DEFAULTS, Settings

NAMES = ("X", "K", "op", *DEFAULTS, "position")
STATIC = "D2L_HELPERS_STATIC"  # set to 1 where a notebook is executed to be stored: its outputs then hold the picture alone
HERE = Path(__file__).parent


class Checked(traitlets.TraitType):
    """A trait that keeps what `settings.checked` makes of a value, and refuses what does not fit with the others."""

    def validate(self, obj, value):
        op = value if self.name == "op" else obj._trait_values.get("op", "corr")
        value = settings.checked(self.name, value, op)
        obj._require_fit(self.name, value)
        return value


class Matrix(Checked):
    """A tensor here, nested lists in the page. Reading it gives a copy: assign a new one to change it."""

    def __init__(self):
        super().__init__()
        self.tag(sync=True, to_json=lambda value, _: as_lists(value), from_json=lambda value, _: _as_floats(value))

    def get(self, obj, cls=None):
        return super().get(obj, cls).clone()


def _as_floats(rows: list) -> list:
    """Nested lists from the page, where 1e20 arrives as an integer that no tensor can hold."""
    return [[float(value) for value in row] for row in rows]


class Stepper(anywidget.AnyWidget):
    """Watch a window move over your own numbers: what one output cell is made of, live in the notebook.

    X: (H, W), at most 16×16, and K: (h, w), at most 7×7, are tensors or nested lists. `op` is 'corr', 'conv' (the
    kernel flipped), 'max', 'avg', 'transposed', 'nearest' or 'bilinear'. For pooling only the size of K counts: an int
    or a pair will do, and None is a 2×2 window. `padding`, `stride`, `dilation`, `output_padding` and `scale_factor` are
    ints or pairs (height, width). `position` is (row, column) of the output cell in hand; for 'transposed' of the input
    cell that scatters.

    Everything can be assigned and read at any time, whether it was changed here or in the page: `s.padding = 1`; `s.X`,
    `s.K` and the output `s.Y` are tensors in float32. `s.code` is the present setting in PyTorch.
    Raises TypeError or ValueError where an argument cannot be used, also where the settings do not fit together.
    """

    _esm = HERE / "stepper.js"
    _css = HERE / "stepper.css"
    _ipython_display_ = None  # ipywidgets 7 would display past _repr_mimebundle_
    _ready = False  # traits are checked against one another from the end of __init__ on
    _from_page = False  # what the page sends may not fit for a while: it says so itself

    X = Matrix()
    K = Matrix()
    op = Checked().tag(sync=True)
    padding = Checked().tag(sync=True)
    stride = Checked().tag(sync=True)
    dilation = Checked().tag(sync=True)
    output_padding = Checked().tag(sync=True)
    scale_factor = Checked().tag(sync=True)
    align_corners = Checked().tag(sync=True)
    position = Checked().tag(sync=True)

    def __init__(
        self,
        X: Tensor,
        K: Tensor | Size | None = None,
        *,
        op: str = "corr",
        padding: Size = 0,
        stride: Size = 1,
        dilation: Size = 1,
        output_padding: Size = 0,
        scale_factor: Size = 2,
        align_corners: bool = False,
        position: tuple[int, int] = (0, 0),
    ):
        given = {"op": op, "X": X, "K": K, "padding": padding, "stride": stride, "dilation": dilation}
        given |= {"output_padding": output_padding, "scale_factor": scale_factor, "align_corners": align_corners}
        values = {name: settings.checked(name, value, op) for name, value in (given | {"position": position}).items()}
        settings.require_meaning(op, values)
        settings.require_inside(settings.settings_of(values))
        super().__init__(**values)
        self._ready = True

    @property
    def Y(self) -> Tensor:
        """The output, (H', W') in float32; ValueError says why there is none while the page's settings do not fit."""
        return output(self._settings())

    @property
    def code(self) -> str:
        """The present setting as lines of PyTorch that compute and print Y."""
        return pytorch_code(self._settings())

    def __repr__(self) -> str:
        try:
            return f"Stepper({words.title(self._settings())})"
        except (AttributeError, traitlets.TraitError):  # not set up yet, or closed
            return "Stepper()"

    def _settings(self, **changed) -> Settings:
        return settings.settings_of({name: changed.get(name, self._trait_values.get(name)) for name in NAMES})

    # Changes

    def _require_fit(self, name: str, value) -> None:
        if self._ready and not self._from_page:
            wanted = self._settings(**{name: value})
            settings.require_inside(wanted) if name == "position" else settings.out_size(wanted)

    def set_state(self, sync_data):
        self._from_page = True
        try:
            super().set_state(sync_data)
        finally:
            self._from_page = False

    @traitlets.observe(*NAMES)
    def _keep_position_inside(self, _):
        if not self._ready:
            return
        now = self._settings()
        try:
            height, width = now.step_size
        except ValueError:
            return
        row, column = now.position
        inside = min(row, height - 1), min(column, width - 1)
        if inside != tuple(now.position):
            self.position = inside

    # What a notebook shows

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        """The live view, and for pages without widgets a PNG and a text that is the same in every run."""
        live = self.comm is not None and os.environ.get(STATIC) != "1"  # a closed widget has no view left
        data, metadata = super()._repr_mimebundle_(**kwargs) if live else ({}, {})
        with needed_for("Stepper"):
            from .picture import png  # loads matplotlib

        now = self._settings()
        try:
            data |= {"text/plain": words.described(now), "image/png": png(now)}
        except ValueError as misfit:
            data |= {"text/plain": f"Stepper, {words.title(now)}\n{misfit}"}
        return data, metadata
