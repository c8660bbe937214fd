"""Figures hold what they promise; live ones are one output that is updated in place."""

import matplotlib.pyplot as plt
import nbformat
import pytest
import torch
from tests.support.figures import texts
from nbclient import NotebookClient
from PIL import Image

from d2l_helpers import Animator, History, show_images
from d2l_helpers.plotting import (
    plot_bars,
    plot_dots,
    plot_lines,
    show_confusion,
    show_flow,
    show_grids,
    show_maps,
    show_window,
)


@pytest.mark.parametrize(
    "image",
    [
        torch.rand(4, 5),
        torch.rand(1, 4, 5),
        torch.rand(3, 4, 5),
        torch.rand(4, 5, 3),
        torch.rand(4, 5).numpy(),
        Image.new("RGB", (5, 4)),
    ],
)
def test_show_images_takes_what_learners_have(image):
    (axes,) = show_images([image], 1, 1)
    assert axes.images[0].get_array().shape[:2] == (4, 5)


def test_show_images_gives_flat_axes_with_titles():
    axes = show_images(torch.rand(3, 4, 4), 2, 2, ["a", "b", "c"])
    assert [ax.get_title() for ax in axes] == ["a", "b", "c", ""]
    with pytest.raises(ValueError, match="imgs holds 3 images, but 1 × 2"):
        show_images(torch.rand(3, 4, 4), 1, 2)


def test_a_grid_shows_its_numbers():
    show_grids({"X": torch.tensor([[1.0, -2.5]])}, caption="below")
    assert {"1", "-2.5", "X", "below"} <= {text.replace("−", "-") for text in texts()}


def test_the_window_s_arithmetic_is_written_out():
    show_window(torch.arange(9.0).reshape(3, 3), torch.tensor([[0.0, 1.0], [2.0, 3.0]]), at=(1, 0))
    assert "Y[1, 0] = 3·0 + 4·1 + 6·2 + 7·3 = 37" in texts()


def test_curves_bars_dots_tables_and_diagrams_carry_their_labels():
    plot_lines([1, 2], {"one": [1, 2], "two": [2, 1]}, xlabel="x label")
    assert {"one", "two", "x label"} <= set(texts())
    plot_bars({"small": 1, "large": 2000})
    assert {"small", "large", "2,000"} <= set(texts())
    plot_dots({"first": [0.1, 0.2], "second": [0.3]})
    assert {"first", "second"} <= set(texts())
    show_confusion(torch.tensor([[7, 0], [3, 9]]), ["cat", "dog"])
    assert {"7", "3", "9", "cat", "dog"} <= set(texts())
    show_flow({"start": (0, 0), "end": (2, 0)}, [("start", "end")])
    assert {"start", "end"} <= set(texts())
    show_maps([torch.randn(3, 3)] * 2, ["left", "right"])
    assert {"left", "right"} <= set(texts())


def test_figures_are_opaque_and_of_one_size_everywhere():
    plot_lines([1, 2], {"one": [1, 2]})
    assert plt.gcf().get_facecolor() == (1, 1, 1, 1) and plt.gcf().dpi == 110


def test_the_callers_style_is_left_alone():
    before = dict(plt.rcParams)
    plot_lines([1, 2], {"one": [1, 2]})
    Animator(legend=["a"]).add(1, 2)
    assert dict(plt.rcParams) == before


def test_animator_takes_points_as_the_book_does():
    animator = Animator(xlabel="epoch", legend=["a", "b"], xlim=[0, 3])
    animator.add(1, (0.5, None))
    animator.add(2, (0.25, 0.75))
    first, second = animator.figure.axes[0].lines
    assert list(first.get_xdata()) == [1, 2] and list(first.get_ydata()) == [0.5, 0.25]
    assert list(second.get_xdata()) == [2] and list(second.get_ydata()) == [0.75]
    assert animator.figure.axes[0].get_xlim() == (0, 3)


def test_a_single_curve_takes_plain_numbers():
    animator = Animator()
    animator.add(1, 5)
    assert list(animator.figure.axes[0].lines[0].get_ydata()) == [5]


def test_a_history_plots_its_curves():
    History("cpu", loss=[2.0, 1.0], train_acc=[0.1, 0.5], test_acc=[0.2, 0.4]).plot()
    assert {"train loss", "train acc", "test acc", "epoch"} <= set(texts())


LIVE = """
import time
from d2l_helpers import Animator
animator = Animator(xlabel="step")
for i in range(300):
    animator.add(i, i * i)
    time.sleep(0.005)
"""
TRAINING = """
import torch
from d2l_helpers import train6
batches = [(torch.randn(8, 4), torch.randint(3, (8,)))]
history = train6(torch.nn.Linear(4, 3), batches, batches, 3, 0.1, "cpu")
"""


@pytest.fixture(scope="module")
def executed():
    """A notebook run in a real kernel, and how often each cell changed its displays."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in (LIVE, TRAINING)])
    updates = []

    class Counting(NotebookClient):
        def process_message(self, message, cell, index):
            if message["msg_type"] in ("display_data", "update_display_data", "clear_output"):
                updates.append((index, message["msg_type"]))
            return super().process_message(message, cell, index)

    Counting(notebook, kernel_name="python3").execute()
    return notebook, updates


def test_live_curves_are_one_output_drawn_seldom(executed):
    notebook, updates = executed
    assert [output.output_type for output in notebook.cells[0].outputs] == ["display_data"]
    kinds = [kind for index, kind in updates if index == 0]
    assert kinds.count("display_data") == 1 and "clear_output" not in kinds
    assert 1 <= kinds.count("update_display_data") <= 20  # 300 points; the last one at the end of the cell


def test_train6_draws_in_a_notebook_and_prints_without_a_bar(executed):
    notebook, _ = executed
    kinds = [output.output_type for output in notebook.cells[1].outputs]
    assert kinds.count("display_data") == 1
    printed = "".join(output.text for output in notebook.cells[1].outputs if output.output_type == "stream")
    assert "training on cpu" in printed and "test acc" in printed
    assert not any(output.get("name") == "stderr" for output in notebook.cells[1].outputs)
