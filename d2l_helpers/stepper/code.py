"""The present settings as a few lines of PyTorch. stepper.js writes the same lines."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from .._words import WORDS
from ..story import OPERATIONS, POOLING, Operation


def pytorch_code(o: Operation) -> str:
    """Code that computes Y from X (and K) with torch.nn.functional alone; PyTorch's defaults are left out."""
    call, settings = OPERATIONS[o.op]["call"], WORDS["settings"]
    values = {name: _written(o.setting(name)) for name in settings}
    given = [
        f", {name}={values[name]}"
        for name in ("stride", "padding", "dilation", "output_padding")
        if o.uses(name) and f"{{{name}}}" not in call and o.setting(name) != (settings[name]["default"],) * 2
    ]
    lines = ["import torch", "from torch.nn import functional as F", "", f"X = {_matrix(o.X)}"]
    if o.uses("K") and o.op not in POOLING:
        lines.append(f"K = {_matrix(o.K)}")
    call = call.format(K=_written(o.window.kernel), given="".join(given), **values)
    return "\n".join([*lines, f"Y = {call}[0, 0]", "print(Y)"])


def _written(value: tuple[int, int] | bool) -> str:
    return str(value if isinstance(value, bool) or value[0] != value[1] else value[0])


def _matrix(tensor: Tensor) -> str:
    rows = [f"[{', '.join(map(repr, row))}]" for row in as_lists(tensor)]
    if len(rows) == 1:
        return f"torch.tensor([{rows[0]}])"
    return "torch.tensor([\n" + "".join(f"    {row},\n" for row in rows) + "])"


def as_lists(tensor: Tensor) -> list[list[float]]:
    """Nested lists with the shortest decimals that give the same float32: 0.1, not 0.10000000149."""
    return [[float(str(value)) for value in row] for row in np.asarray(tensor, dtype=np.float32)]
