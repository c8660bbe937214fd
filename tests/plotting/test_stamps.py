"""The figure of a stamp holds the right numbers, frames and strokes; and a notebook shows every figure."""

import matplotlib.pyplot as plt
import nbformat
import pytest
import torch
from tests.support.figures import texts
from matplotlib.patches import Rectangle
from nbclient import NotebookClient

from d2l_helpers import trans_conv
from d2l_helpers.plotting import show_stamp

X = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
K = torch.tensor([[0.0, 1.0], [2.0, 4.0]])


def patches(wanted) -> list[Rectangle]:
    return [patch for patch in plt.gcf().findobj(Rectangle) if wanted(patch)]


def frames() -> list[Rectangle]:
    return patches(lambda patch: patch.get_linewidth() > 2)


def test_numbers_and_caption():
    show_stamp(X, K, at=(1, 0), stride=2)
    found = texts()
    assert "2·K" in found and "X 2×2" in found and "Y 4×4" in found
    assert "X[1, 0] = 2: its stamp begins in row 1·2 = 2 and column 0·2 = 0" in found
    cells = [float(text) for text in found if text.lstrip("-").isdigit()]
    wanted = [X, K, 2 * K, trans_conv(X, K, stride=2)]
    assert cells == torch.cat([grid.flatten() for grid in wanted]).tolist()


@pytest.mark.parametrize(
    ("settings", "cut"), [({}, 0), ({"padding": 1}, 8), ({"stride": 3, "padding": 1, "output_padding": 2}, 11)]
)
def test_strokes_mark_what_padding_cuts_off(settings, cut):
    show_stamp(X, K, **settings)
    struck = patches(lambda patch: patch.get_hatch() == "////")
    assert len(struck) == cut


def test_a_frame_for_the_window_or_for_each_cell():
    show_stamp(X, K, at=(0, 1))
    (cell, window) = frames()
    assert (cell.get_width(), window.get_width(), window.get_height()) == (1, 2, 2)
    plt.close("all")
    show_stamp(X, K, dilation=2)
    assert [frame.get_width() for frame in frames()] == [1] * 5


def test_bad_settings_are_named():
    with pytest.raises(ValueError, match="padding 2 removes the whole output"):
        show_stamp(X, K, padding=2)


def test_a_notebook_shows_every_figure_not_the_first_alone():
    draw = 'show_grids({"ones": torch.ones(2, 2)})'
    first = f"import torch\nfrom d2l_helpers.plotting import show_grids\n{draw}"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in (first, draw, draw)])
    NotebookClient(notebook, timeout=300).execute()
    assert [["image/png" in output.data for output in cell.outputs] for cell in notebook.cells] == [[True]] * 3
