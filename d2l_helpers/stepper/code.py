"""The present settings as a few lines of PyTorch. stepper.js writes the same lines."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from .settings import POOLING, UPSAMPLING, Pair, Settings


def pytorch_code(s: Settings) -> str:
    """Code that computes Y from X (and K) with torch.nn.functional alone."""
    lines = ["import torch", "from torch.nn import functional as F", "", f"X = {_matrix(s.X)}"]
    if s.uses("K") and s.op not in POOLING:
        lines.append(f"K = {_matrix(s.K)}")
    return "\n".join([*lines, f"Y = {_call(s)}[0, 0]", "print(Y)"])


def _call(s: Settings) -> str:
    window = f"{_tuple(tuple(s.K.shape))}, stride={_tuple(s.stride)}"
    if s.op in POOLING:
        return f"F.{s.op}_pool2d(X[None, None], {window}{_given(s, 'padding', 'dilation')})"
    if s.op in UPSAMPLING:
        corners = f", align_corners={s.align_corners}" if s.op == "bilinear" else ""
        scale = f"scale_factor={_tuple(s.scale_factor)}, mode='{s.op}'{corners}"
        return f"F.interpolate(X[None, None], {scale})"
    names = ("stride", "padding", "dilation", "output_padding")
    if s.op == "transposed":
        return f"F.conv_transpose2d(X[None, None], K[None, None]{_given(s, *names)})"
    kernel = "K.flip(0, 1)[None, None]" if s.op == "conv" else "K[None, None]"
    return f"F.conv2d(X[None, None], {kernel}{_given(s, *names)})"


def _given(s: Settings, *names: str) -> str:
    """The settings that differ from PyTorch's defaults, as keyword arguments."""
    plain = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "output_padding": (0, 0)}
    used = [name for name in names if s.uses(name) and getattr(s, name) != plain[name]]
    return "".join(f", {name}={_tuple(getattr(s, name))}" for name in used)


def _tuple(pair: Pair) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"({pair[0]}, {pair[1]})"


def _matrix(tensor: Tensor) -> str:
    rows = [f"[{', '.join(map(repr, row))}]" for row in as_lists(tensor)]
    if len(rows) == 1:
        return f"torch.tensor([{rows[0]}])"
    return "torch.tensor([\n" + "".join(f"    {row},\n" for row in rows) + "])"


def as_lists(tensor: Tensor) -> list[list[float]]:
    """Nested lists with the shortest decimals that give the same float32: 0.1, not 0.10000000149."""
    return [[float(str(value)) for value in row] for row in np.asarray(tensor, dtype=np.float32)]
