"""The numbers in the figures of what windows read, against what torch's gradients say."""

import matplotlib.pyplot as plt
import pytest
import torch
from torch.nn import functional as F

from d2l_helpers.plotting import show_reads, show_receptive_field


def numbers() -> list[int]:
    """What stands in the cells of the last figure, in the order in which they were drawn."""
    return [int(text.get_text()) for text in plt.gca().texts if text.get_text().isdigit()]


def words() -> list[str]:
    return [text.get_text() for text in plt.gca().texts if any(letter.isalpha() for letter in text.get_text())]


CASES = [
    {"size": 4, "kernel": 3},
    {"size": (5, 7), "kernel": (4, 3), "padding": (2, 0)},
    {"size": 8, "kernel": (3, 5), "padding": (0, 1), "stride": (3, 4)},
    {"size": (6, 9), "kernel": 2, "dilation": (3, 2), "stride": (2, 3)},
    {"size": 7, "kernel": 1, "stride": 3},
]


@pytest.mark.parametrize("case", CASES)
def test_reads_are_the_gradient_of_a_kernel_of_ones(case):
    settings = dict(case)
    size, kernel = (settings.pop(name) for name in ("size", "kernel"))
    size, kernel = (value if isinstance(value, tuple) else (value, value) for value in (size, kernel))
    X = torch.zeros(1, 1, *size, requires_grad=True)
    Y = F.conv2d(X, torch.ones(1, 1, *kernel), **settings)
    (expected,) = torch.autograd.grad(Y.sum(), X)
    show_reads({"case": case})
    assert numbers() == expected.int().flatten().tolist()
    assert words() == [f"case\n{size[0]}×{size[1]} → {Y.shape[2]}×{Y.shape[3]}"]


def test_reads_of_many_cases_stand_in_one_figure():
    show_reads({str(case): case for case in CASES}, columns=2)
    assert len(plt.get_fignums()) == 1 and len(words()) == len(CASES)


STACKS = [
    ([{"kernel": 3}] * 3, 11, None),
    ([{"kernel": 3, "stride": 2, "padding": 1}, {"kernel": 3, "padding": 1}], 12, 0),
    ([{"kernel": 2, "dilation": 3}, {"kernel": 3, "stride": 2, "padding": 2}], 12, 1),
]


@pytest.mark.parametrize(("layers", "size", "at"), STACKS)
def test_the_receptive_field_is_the_gradients(layers, size, at):
    X = torch.zeros(1, 1, size, requires_grad=True)
    Y = X
    for layer in layers:
        rest = {name: value for name, value in layer.items() if name != "kernel"}
        Y = F.conv1d(Y, torch.ones(1, 1, layer["kernel"]), **rest)
    top = Y.shape[2] // 2 if at is None else at
    (expected,) = torch.autograd.grad(Y[0, 0, top], X)
    read = expected.flatten().nonzero()
    show_receptive_field({f"conv {i}": layer for i, layer in enumerate(layers)}, size, at=at)
    in_cells = expected.flatten()[expected.flatten() > 0].int().tolist()
    assert numbers()[: len(in_cells)] == in_cells
    assert words() == ["input", *(f"conv {i}" for i in range(len(layers))), f"sees {int(read[-1] - read[0]) + 1}"]
