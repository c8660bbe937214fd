"""What a stepper is set to, checked: each value by itself, and all of them together."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .._tensors import require_tensor
from ..shapes import as_pair, conv_out_size, pool_out_size, shown, transposed_out_size

OPS = {
    "corr": "cross-correlation",
    "conv": "true convolution",
    "max": "max pooling",
    "avg": "average pooling",
    "transposed": "transposed convolution",
    "nearest": "nearest upsampling",
    "bilinear": "bilinear upsampling",
}
USES = {  # which settings an operation reads; the others are kept, and ignored
    "corr": ("K", "padding", "stride", "dilation"),
    "conv": ("K", "padding", "stride", "dilation"),
    "max": ("K", "padding", "stride", "dilation"),
    "avg": ("K", "padding", "stride"),
    "transposed": ("K", "padding", "stride", "dilation", "output_padding"),
    "nearest": ("scale_factor",),
    "bilinear": ("scale_factor", "align_corners"),
}
DEFAULTS = {
    "padding": 0,
    "stride": 1,
    "dilation": 1,
    "output_padding": 0,
    "scale_factor": 2,
    "align_corners": False,
}
AT_LEAST = {"padding": 0, "stride": 1, "dilation": 1, "output_padding": 0, "scale_factor": 1}
LARGEST = {"X": 16, "K": 7}
LARGEST_DRAWN = 40  # cells along one side of any grid, padding included
POOLING = ("max", "avg")
UPSAMPLING = ("nearest", "bilinear")

Pair = tuple[int, int]


@dataclass(frozen=True)
class Settings:
    """X: (H, W) and K: (h, w) in float32, one operation, its settings as pairs (height, width), and the cell in hand."""

    X: Tensor
    K: Tensor
    op: str
    padding: Pair
    stride: Pair
    dilation: Pair
    output_padding: Pair
    scale_factor: Pair
    align_corners: bool
    position: Pair = (0, 0)

    def uses(self, name: str) -> bool:
        return name in USES[self.op]

    @property
    def step_size(self) -> Pair:
        """The grid that `position` walks through: Y, or for the transposed convolution X."""
        return tuple(self.X.shape) if self.op == "transposed" else out_size(self)

    @property
    def ring(self) -> Pair:
        """Rows and columns of padding drawn around X."""
        return self.padding if self.uses("padding") and self.op != "transposed" else (0, 0)


def out_size(s: Settings) -> Pair:
    """The size of Y; ValueError says why there is none, or why it cannot be drawn."""
    size, kernel = tuple(s.X.shape), tuple(s.K.shape)
    if s.op in UPSAMPLING:
        out = (size[0] * s.scale_factor[0], size[1] * s.scale_factor[1])
    elif s.op == "transposed":
        out = transposed_out_size(
            size, kernel, padding=s.padding, stride=s.stride, dilation=s.dilation, output_padding=s.output_padding
        )
    else:
        formula = pool_out_size if s.op in POOLING else conv_out_size
        dilation = s.dilation if s.uses("dilation") else 1
        out = formula(size, kernel, padding=s.padding, stride=s.stride, dilation=dilation)
    _require_drawable("X", tuple(n + 2 * p for n, p in zip(size, s.ring, strict=True)))
    cut = s.padding if s.op == "transposed" else (0, 0)
    _require_drawable("Y", tuple(n + 2 * p for n, p in zip(out, cut, strict=True)))
    return out


def _require_drawable(name: str, size: Pair) -> None:
    if max(size) > LARGEST_DRAWN:
        side = LARGEST_DRAWN
        raise ValueError(f"{name} with its padding would be {size[0]}×{size[1]}, at most {side}×{side} cells can be drawn")


# Each value by itself


def checked(name: str, value, op: str):
    """The value as it is kept; TypeError or ValueError names the argument, what came and what was wanted."""
    if name == "X":
        return as_matrix("X", value)
    if name == "K":
        return as_kernel(value, op)
    if name == "op":
        return _as_op(value)
    if name == "align_corners":
        return _as_bool(name, value)
    if name == "position":
        return as_cell(value)
    pair = as_pair(name, value, at_least=AT_LEAST[name])
    return pair if isinstance(value, (tuple, list)) else pair[0]


def as_matrix(name: str, value) -> Tensor:
    """A tensor, an array or nested lists as a float32 tensor of its own, not larger than can be read."""
    if not isinstance(value, (list, tuple)) and not hasattr(value, "__array__"):
        raise TypeError(f"{name} must be a tensor or nested lists of numbers, got {type(value).__name__}")
    try:
        tensor = torch.as_tensor(value).detach()
    except (TypeError, ValueError, RuntimeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{name} must be a matrix of numbers, its rows equally long, got {shown(value)}") from error
    require_tensor(name, tensor, *("HW" if name == "X" else "hw"))
    if tensor.is_complex() or tensor.is_meta:
        raise TypeError(f"{name} must hold real numbers, got {tensor.dtype} on {tensor.device}")
    _require_small(name, tuple(tensor.shape))
    tensor = tensor.to("cpu", torch.float32, copy=True)
    if not tensor.isfinite().all():
        raise ValueError(f"{name} must hold finite numbers, got {tensor.tolist()}")
    return tensor


def as_kernel(value, op: str) -> Tensor:
    """K as a matrix; for pooling, where only its size counts, an int or (height, width) will do; None is a 2×2 window."""
    if value is None and "K" in USES[op] and op not in POOLING:
        raise TypeError(f"K must be given for op={op!r}: a tensor or nested lists of numbers")
    if value is None:
        return torch.ones(2, 2)
    if op in POOLING and _is_window(value):
        window = as_pair("K", value, at_least=1)
        _require_small("K", window)
        return torch.ones(window)
    return as_matrix("K", value)


def as_cell(value) -> Pair:
    """A position as (row, column)."""
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"position must be a pair (row, column), got {shown(value)}")
    return as_pair("position", value)


def _require_small(name: str, size: Pair) -> None:
    side = LARGEST[name]
    if max(size) > side:
        got = f"{size[0]}×{size[1]}"
        raise ValueError(f"{name} must have at most {side}×{side} cells, got {got}: show larger ones with show_images")


def _is_window(value) -> bool:
    if isinstance(value, (tuple, list)):
        return len(value) == 2 and not any(isinstance(side, (tuple, list)) for side in value)
    return isinstance(value, int)


def _as_op(value) -> str:
    if not isinstance(value, str):
        raise TypeError(f"op must be a string, one of {', '.join(OPS)}, got {shown(value)}")
    if value not in OPS:
        raise ValueError(f"op must be one of {', '.join(OPS)}, got {value!r}")
    return value


def _as_bool(name: str, value) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {shown(value)}")
    return value


# All of them together


def settings_of(values: dict) -> Settings:
    """Values that were checked one by one, settings turned into pairs."""
    pairs = {name: as_pair(name, values[name]) for name in AT_LEAST}
    return Settings(**values | pairs)


def require_meaning(op: str, values: dict) -> None:
    """A setting that the operation does not have must stay at its default."""
    for name, default in DEFAULTS.items():
        if name not in USES[op] and values[name] != default:
            wanted = ", ".join(USES[op])
            raise ValueError(f"{name} has no meaning for op={op!r}, which takes {wanted}: got {name}={values[name]!r}")


def require_inside(s: Settings) -> None:
    """Everything must fit together, and the position be a cell of the grid that it walks through."""
    out_size(s)
    height, width = s.step_size
    grid = "X" if s.op == "transposed" else "Y"
    if s.position[0] >= height or s.position[1] >= width:
        raise ValueError(f"position must be a cell of {grid}, which is {height}×{width}, got {s.position}")
