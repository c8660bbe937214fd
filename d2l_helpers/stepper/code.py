"""The present settings as a few lines of PyTorch. stepper.js writes the same lines."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from .._check import Pair
from .._words import WORDS
from ..story import Operation


def pytorch_code(o: Operation) -> str:
    """Code that computes Y from X (and K) with torch.nn.functional alone."""
    lines = ["import torch", "from torch.nn import functional as F", "", f"X = {_matrix(o.X)}"]
    if o.uses("K") and not o.is_pooling:
        lines.append(f"K = {_matrix(o.K)}")
    return "\n".join([*lines, f"Y = {_call(o)}[0, 0]", "print(Y)"])


def _call(o: Operation) -> str:
    if o.is_pooling:
        window = f"{_tuple(o.window.kernel)}, stride={_tuple(o.window.stride)}"
        return f"F.{o.op}_pool2d(X[None, None], {window}{_given(o, 'padding', 'dilation')})"
    if o.uses("scale_factor"):
        corners = f", align_corners={o.align_corners}" if o.op == "bilinear" else ""
        return f"F.interpolate(X[None, None], scale_factor={_tuple(o.scale_factor)}, mode='{o.op}'{corners})"
    given = _given(o, "stride", "padding", "dilation", "output_padding")
    if o.is_transposed:
        return f"F.conv_transpose2d(X[None, None], K[None, None]{given})"
    kernel = "K.flip(0, 1)[None, None]" if o.op == "conv" else "K[None, None]"
    return f"F.conv2d(X[None, None], {kernel}{given})"


def _given(o: Operation, *names: str) -> str:
    """The settings that differ from PyTorch's defaults, as keyword arguments."""
    parts = []
    for name in names:
        value = o.output_padding if name == "output_padding" else getattr(o.window, name)
        if o.uses(name) and value != (WORDS["settings"][name]["default"],) * 2:
            parts.append(f", {name}={_tuple(value)}")
    return "".join(parts)


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
