"""Random operations of the stepper whose settings fit together."""

import math

import torch
from hypothesis import strategies as st

from d2l_helpers.story import OPERATIONS, Operation
from d2l_helpers.window import Window
from tests.support.strategies import as_two, pair

X3, X4 = torch.arange(9.0).reshape(3, 3), torch.arange(16.0).reshape(4, 4)
K2 = torch.tensor([[0.0, 1.0], [2.0, 3.0]])


@st.composite
def operations(draw, ops=tuple(OPERATIONS)) -> tuple[Operation, tuple[int, int]]:
    """Any operation whose settings fit, small integers in it, and one of its cells."""

    def matrix(most):
        size = draw(st.tuples(st.integers(1, most), st.integers(1, most)))
        numbers = draw(st.lists(st.integers(-4, 4), min_size=math.prod(size), max_size=math.prod(size)))
        return torch.tensor(numbers, dtype=torch.float64).reshape(size)

    op, X, K = draw(st.sampled_from(ops)), matrix(6), matrix(3)
    uses = OPERATIONS[op]["uses"]
    chosen = {"padding": pair(0, 2), "stride": pair(1, 3), "dilation": pair(1, 2)}
    window = Window(tuple(K.shape), **{name: draw(strategy) for name, strategy in chosen.items() if name in uses})
    extra = as_two(draw(pair(0, 1))) if op == "transposed" else (0, 0)
    scale = as_two(draw(pair(1, 4)))
    o = Operation(op, X, K, window, extra, scale, draw(st.booleans()) if op == "bilinear" else False)
    try:
        _ = o.out_size
    except ValueError:
        o = Operation(op, X4, K2, Window((2, 2)))
    _, (height, width) = o.walk
    return o, (draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1)))
