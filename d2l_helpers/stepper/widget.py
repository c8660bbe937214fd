"""The widget: its traits, what may be assigned to them, and what a notebook shows of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import anywidget
import torch
import traitlets
from torch import Tensor

from .._check import Pair, Size, as_bool, as_cell, as_matrix, as_pair, require_choice, require_small
from .._language import message, speaking
from .._words import ENGLISH, WORDS, number, times, translated
from ..story import OPERATIONS, POOLING, Operation, ask, tell, title
from ..window import Window
from .code import as_lists, pytorch_code

SETTINGS, LIMITS, HIDDEN = WORDS["settings"], WORDS["limits"], WORDS["predict"]["hidden"]
NAMES = ("X", "K", "op", *SETTINGS, "position", "predict")
MIME = "application/vnd.d2l-stepper+json"  # in an output, what the stepper was called with: the site makes it live again
STATIC = "D2L_HELPERS_STATIC"  # set to 1 where a notebook is executed to be stored: its outputs then hold the PNG alone
HERE = Path(__file__).parent


def page_module(words: str | None = None) -> str:
    """stepper.js and predict.js as one module; `words`: the table that they share with Python, in JavaScript."""
    table = words or json.dumps(translated(ENGLISH), ensure_ascii=False)
    parts = [(HERE / name).read_text(encoding="utf-8") for name in ("stepper.js", "predict.js")]
    return "\n".join([f"const WORDS = {table};", *parts])


class Checked(traitlets.TraitType):
    """A trait that keeps what `_checked` makes of a value, and refuses what does not fit with the others."""

    def validate(self, obj, value):
        op = value if self.name == "op" else obj._trait_values.get("op", "corr")
        value = _checked(self.name, value, op)
        if obj._ready and not obj._from_page:
            _require_fit(obj._values(**{self.name: value}), position=self.name == "position")
        return value


class Matrix(Checked):
    """A tensor here, nested lists in the page. Reading it gives a copy: assign a new one to change it."""

    def __init__(self):
        super().__init__()
        self.tag(sync=True, to_json=lambda value, _: as_lists(value), from_json=self._as_floats)

    def _as_floats(self, rows, _):
        return [[float(value) for value in row] for row in rows]  # 1e20 comes as an integer that no tensor can hold

    def get(self, obj, cls=None):
        return super().get(obj, cls).clone()


class Stepper(anywidget.AnyWidget):
    """Watch a window move over your own numbers: what one output cell is made of, live in the notebook.

    X: (H, W), at most 16×16, and K: (h, w), at most 7×7, are tensors or nested lists. `op` is 'corr', 'conv' (the
    kernel flipped), 'max', 'avg', 'transposed', 'nearest' or 'bilinear'. For pooling only the size of K counts: an int
    or a pair will do, and None is a 2×2 window. `padding`, `stride`, `dilation`, `output_padding` and `scale_factor` are
    ints or pairs (height, width). `position` is (row, column) of the current output cell; for 'transposed' of the input
    cell that is added to the output. `predict=True` hides Y: you type its values, cell by cell, and a wrong one gets a
    hint; `position` is then a cell of Y for every `op`.

    Everything can be assigned and read at any time, whether it was changed here or in the page: `s.padding = 1`; `s.X`,
    `s.K` and the output `s.Y` are tensors in float32. `s.code` is the present setting in PyTorch.
    Raises TypeError or ValueError where an argument cannot be used, also where the settings do not fit together.
    """

    _esm = property(lambda self: page_module())  # in the language of the moment
    _css = HERE / "stepper.css"
    _ipython_display_ = None  # ipywidgets 7 would display past _repr_mimebundle_
    _ready = False  # traits are checked against one another from the end of __init__ on
    _from_page = False  # what the page sends may not fit for a while: the page says so itself

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
    predict = Checked().tag(sync=True)

    def __init__(
        self, X: Tensor, K: Tensor | Size | None = None, *, op: str = "corr", padding: Size = 0, stride: Size = 1,
        dilation: Size = 1, output_padding: Size = 0, scale_factor: Size = 2, align_corners: bool = False,
        position: Pair = (0, 0), predict: bool = False,
    ):  # fmt: skip
        given = {"op": op, "X": X, "K": K, "padding": padding, "stride": stride, "dilation": dilation}
        given |= {"output_padding": output_padding, "scale_factor": scale_factor, "align_corners": align_corners}
        given |= {"position": position, "predict": predict}
        values = {name: _checked(name, value, op) for name, value in given.items()}
        _require_used(values)
        _require_fit(values, position=True)
        super().__init__(**values)
        self._ready = True

    @property
    def Y(self) -> Tensor:
        """The output, (H', W') in float32; ValueError says why there is none while the page's settings do not fit."""
        return self._operation().output(torch.float32)

    @property
    def code(self) -> str:
        """The present setting as lines of PyTorch that compute and print Y."""
        return pytorch_code(self._operation())

    def __repr__(self) -> str:
        try:
            return f"Stepper({title(self._operation())})"
        except (AttributeError, TypeError, traitlets.TraitError):  # not set up yet, or closed
            return "Stepper()"

    def _values(self, **changed) -> dict:
        return {name: changed.get(name, self._trait_values.get(name)) for name in NAMES}

    def _operation(self) -> Operation:
        return _operation(self._values())

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
        try:
            _, size = _walk(self._operation(), self.predict)
        except ValueError:
            return
        inside = tuple(min(i, n - 1) for i, n in zip(self.position, size, strict=True))
        if inside != tuple(self.position):
            self.position = inside

    def _settings(self) -> dict:
        """The traits as the page gets them."""
        return {name: as_lists(value) if name in ("X", "K") else value for name, value in self._values().items()}

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        """The live view, and for pages without widgets a PNG, the settings, and a text that is the same in every run."""
        live = self.comm is not None and os.environ.get(STATIC) != "1"  # a closed widget has no view left
        data, metadata = super()._repr_mimebundle_(**kwargs) if live else ({}, {})
        from ..plotting.grids import story_png  # loads matplotlib

        o = self._operation()
        lines = [f"Stepper, {title(o)}"]
        try:
            telling = ask if self.predict else tell
            shown = [[HIDDEN if self.predict else number(value) for value in row] for row in o.output().tolist()]
            rows = ", ".join(f"[{', '.join(row)}]" for row in shown)
            lines += [f"Y {times(o.out_size)}: [{rows}]", telling(o, tuple(self.position)).arithmetic]
            with speaking("en"):  # figures have no font for other languages
                data["image/png"] = story_png(telling(o, tuple(self.position)))
        except ValueError as misfit:
            lines.append(str(misfit))
        return data | {MIME: self._settings(), "text/plain": "\n".join(lines)}, metadata


def _checked(name: str, value, op: str):
    """The value of one trait as it is kept; TypeError or ValueError names the argument, what came and what was wanted."""
    if name == "X":
        return as_matrix("X", value, largest=LIMITS["X"])
    if name == "K":
        return _as_kernel(value, op)
    if name == "op":
        require_choice("op", value, OPERATIONS)
        return value
    if name in ("align_corners", "predict"):
        return as_bool(name, value)
    if name == "position":
        return as_cell(name, value)
    pair = as_pair(name, value, at_least=SETTINGS[name]["at_least"])
    return pair if isinstance(value, (tuple, list)) else pair[0]


def _as_kernel(value, op: str) -> Tensor:
    """K as a matrix; for pooling, where only its size counts, an int or (height, width) will do; None is a 2×2 window."""
    is_pooling = op in POOLING
    if value is None and "K" in OPERATIONS[op]["uses"] and not is_pooling:
        raise TypeError(message("K must be given for op={op!r}: a tensor or nested lists of numbers", op=op))
    sides = value if isinstance(value, (tuple, list)) else [value]
    if (is_pooling and all(isinstance(side, int) for side in sides)) or value is None:
        window = as_pair("K", 2 if value is None else value, at_least=1)
        require_small("K", window, LIMITS["K"])
        return torch.ones(window)
    return as_matrix("K", value, largest=LIMITS["K"])


def _operation(values: dict) -> Operation:
    """What the traits say, checked one by one."""
    uses = OPERATIONS[values["op"]]["uses"]
    window = {name: values[name] for name in ("padding", "stride", "dilation") if name in uses}
    scale, more = (as_pair(name, values[name]) for name in ("scale_factor", "output_padding"))
    X, K = values["X"], values["K"]
    return Operation(values["op"], X, K, Window(tuple(K.shape), **window), more, scale, values["align_corners"])


def _require_used(values: dict) -> None:
    """A setting that the operation does not have must stay at its default."""
    uses = OPERATIONS[values["op"]]["uses"]
    for name, setting in SETTINGS.items():
        if name not in uses and values[name] != setting["default"]:
            told = message(
                "{name} has no meaning for op={op!r}, which takes {wanted}: got {name}={value!r}",
                name=name,
                op=values["op"],
                wanted=", ".join(uses),
                value=values[name],
            )
            raise ValueError(told)


def _require_fit(values: dict, *, position: bool) -> None:
    """The settings must fit together, and the position be a cell of the grid that it walks through."""
    o = _operation(values)
    _ = o.out_size
    if position:
        as_cell("position", values["position"], *_walk(o, values["predict"]))


def _walk(o: Operation, predict: bool) -> tuple[str, Pair]:
    """The grid that `position` walks through, by name and size: in predict mode always Y."""
    return ("Y", o.out_size) if predict else o.walk
