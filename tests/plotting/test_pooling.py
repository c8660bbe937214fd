"""The picture of a pooling window: its numbers and its arithmetic are those of torch."""

import matplotlib.pyplot as plt
import pytest
import torch
from tests.support.figures import texts

from d2l_helpers.plotting import show_pooling

X16 = torch.arange(16.0).reshape(4, 4)


@pytest.mark.parametrize(
    ("arguments", "settings", "caption"),
    [
        ((2,), {"stride": 2, "at": (1, 0)}, "Y[1, 0] = max(8, 9, 12, 13) = 13"),
        ((2, "avg", (0, 1)), {}, "Y[0, 1] = (1 + 2 + 5 + 6) / 4 = 3.5"),
        (((2, 3),), {"stride": (2, 3), "padding": (0, 1), "at": (0, 1)}, "Y[0, 1] = max(2, 3, −∞, 6, 7, −∞) = 7"),
        ((2, "avg"), {"padding": 1}, "Y[0, 0] = (0 + 0 + 0 + 0) / 4 = 0"),
    ],
)
def test_caption_is_the_arithmetic_of_the_cell(arguments, settings, caption):
    show_pooling(X16, *arguments, **settings)
    assert caption in texts()


@pytest.mark.parametrize(("size", "stride", "struck"), [(2, 2, 0), (3, 3, 7), (2, 1, 0), (1, 2, 12)])
def test_cells_that_no_window_reads_have_strokes(size, stride, struck):
    show_pooling(X16, size, stride=stride)
    assert sum(patch.get_hatch() == "////" for patch in plt.gca().patches) == struck
