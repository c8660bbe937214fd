"""Curves, bars, dots, tables and diagrams: their data, scales and labels are those that were given."""

import io
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from PIL import Image

from d2l_helpers import History
from d2l_helpers.plotting import (
    plot_bars,
    plot_contours,
    plot_dots,
    plot_lines,
    show_confusion,
    show_course_map,
    show_flow,
)
from d2l_helpers.plotting.style import BLUE, OKABE_ITO, SKY
from tests.support.figures import contrast, texts


def ax():
    return plt.gca()


def test_curves_are_the_values_and_differ_by_more_than_color():
    plot_lines(range(1, 4), {"a": [1, 2, 3], "b$c": torch.tensor([3.0, 4.0])}, xlabel="x", ylabel="y", title="t")
    first, second = ax().lines
    assert list(first.get_xdata()) == [1, 2, 3] and list(first.get_ydata()) == [1, 2, 3]
    assert list(second.get_xdata()) == [1, 2] and list(second.get_ydata()) == [3, 4]
    assert (first.get_color(), second.get_color()) == OKABE_ITO[:2] and first.get_linestyle() != second.get_linestyle()
    assert first.get_marker() == "o" and {"x", "y", "t", "a", r"b\$c"} <= set(texts())
    assert all(float(tick).is_integer() for tick in ax().get_xticks())
    assert plt.gcf().get_size_inches() == pytest.approx([4.6, 2.8])


def test_one_curve_has_no_legend_many_points_no_markers_and_limits_hold():
    plot_lines(np.linspace(0, 1, 31), {"a": np.zeros(31)}, ylim=(-1, 2), size=(3, 2))
    assert ax().get_legend() is None and ax().lines[0].get_marker() == "" and ax().get_ylim() == (-1, 2)
    assert ax().get_xscale() == ax().get_yscale() == "linear" and plt.gcf().get_size_inches() == pytest.approx([3, 2])
    plot_lines(np.linspace(1, 9, 30), {"a": np.ones(30)}, log_x=True, log_y=True)
    assert ax().get_xscale() == ax().get_yscale() == "log" and ax().lines[0].get_marker() == "o"


def test_too_many_values_are_named():
    with pytest.raises(ValueError, match=r"curves\['a'\] must have at most 2 values, one per x, got 3"):
        plot_lines([1, 2], {"a": [1, 2, 3]})


@pytest.mark.parametrize("plot", [lambda x: plot_lines([1], x), plot_bars, plot_dots, lambda x: show_flow(x, [])])
def test_a_table_is_wanted(plot):
    for wrong, error in (([1, 2], TypeError), ({}, ValueError), ({1: [1]}, TypeError)):
        with pytest.raises(error, match=r"must map titles to values|must not be empty|must have strings as titles"):
            plot(wrong)


def test_a_history_plots_its_curves():
    History("cpu", loss=[2.0, 1.0], train_acc=[0.1, 0.5], test_acc=[0.2, 0.4]).plot()
    assert {"train loss", "train acc", "test acc", "epoch"} <= set(texts())
    assert [list(line.get_ydata()) for line in ax().lines] == [[2, 1], [0.1, 0.5], [0.2, 0.4]]
    assert list(ax().lines[0].get_xdata()) == [1, 2]


def test_bars_carry_their_values_from_top_to_bottom():
    plot_bars({"small": 1, "large": 2000}, xlabel="parameters")
    assert [bar.get_width() for bar in ax().patches] == [1, 2000] and to_hex(ax().patches[0].get_facecolor()) == SKY.lower()
    assert {"small", "large", "1", "2,000", "parameters"} <= set(texts()) and ax().yaxis.get_inverted()
    assert ax().get_xscale() == "linear" and plt.gcf().get_size_inches() == pytest.approx([5, 1.3])
    assert [bar.get_x() for bar in ax().patches] == [0, 0] and ax().get_xlim()[0] == 0


def test_a_negative_bar_has_its_value_at_its_end():
    plot_bars({"gain": 3, "loss": -2.5}, form=".1f")
    gain, loss = ax().texts
    assert (gain.get_text(), gain.get_ha(), loss.get_text(), loss.get_ha()) == ("3.0", "left", "−2.5", "right")
    assert loss.xy == (-2.5, 1) and ax().get_xlim()[0] < -2.5


def test_on_a_logarithmic_axis_there_are_dots_and_no_bars():
    plot_bars({"a": 0.5, "b": 0.25, "c": 1000}, log=True, form=".2f", width=3, xlabel="ms (logarithmic)")
    assert not ax().findobj(lambda artist: isinstance(artist, Rectangle) and artist is not ax().patch)
    (dots,) = ax().lines
    assert (dots.get_marker(), dots.get_linestyle()) == ("o", "None")
    assert list(dots.get_xdata()) == [0.5, 0.25, 1000] and list(dots.get_ydata()) == [0, 1, 2]
    assert [label.get_text() for label in ax().get_yticklabels()] == ["a", "b", "c"] and ax().yaxis.get_inverted()
    assert ax().get_xscale() == "log" and {"0.50", "0.25", "1000.00", "ms (logarithmic)"} <= set(texts())
    assert plt.gcf().get_size_inches() == pytest.approx([3, 1.6])


def test_dots_are_the_values_with_their_mean():
    plot_dots({"first": [0.1, 0.3], "second": [0.4]}, xlabel="accuracy", band=(0.2, 0.25), xlim=(0, 1))
    dots, mean, *others = ax().lines
    assert list(dots.get_xdata()) == [0.1, 0.3] and list(dots.get_ydata()) == [0, 0] and dots.get_color() == BLUE
    assert list(mean.get_xdata()) == [pytest.approx(0.2)] and list(mean.get_ydata()) == [0] and mean.get_marker() == "|"
    assert list(others[0].get_ydata()) == [1] and ax().get_xlim() == (0, 1) and ax().get_ylim() == (1.5, -0.5)
    (band,) = ax().patches
    assert (band.get_x(), band.get_width()) == (0.2, pytest.approx(0.05))
    assert [label.get_text() for label in ax().get_yticklabels()] == ["first", "second"] and "accuracy" in texts()
    plot_dots({"a": [1, 2]})
    assert not ax().patches and plt.gcf().get_size_inches() == pytest.approx([6, 1])


def test_contours_surround_the_lowest_place():
    seen = {}

    def height(x, y):
        seen["shapes"] = (x.shape, y.shape)
        assert (x[0] == x[1]).all() and (y[:, 0] == y[:, 1]).all()
        return (x - 1) ** 2 + y**2

    paths = {"slow": torch.tensor([[0.0, 1.0], [0.5, 0.5]]), "fast": torch.tensor([[3.0, 0.0], [1.0, 0.0]])}
    plot_contours(height, paths, goal=(1, 0), labels=("w0", "w1"))
    slow, fast, goal = ax().lines
    assert list(slow.get_xdata()) == [0, 0.5] and list(slow.get_ydata()) == [1, 0.5]
    assert slow.get_marker() == "o" and fast.get_marker() == "s"
    assert (list(goal.get_xdata()), list(goal.get_ydata()), goal.get_marker()) == ([1], [0], "x")
    assert seen["shapes"] == ((120, 120), (120, 120)) and {"w0", "w1", "slow", "fast"} <= set(texts())
    levels = ax().collections[0].levels
    assert len(levels) == 9 and levels[-1] / levels[0] == pytest.approx(300)
    assert ax().margins() == (0.15, 0.15) and ax().get_aspect() == 1
    ratios = levels[1:] / levels[:-1]
    assert ratios.max() == pytest.approx(ratios.min())


def test_a_confusion_matrix_shows_its_counts():
    show_confusion(torch.tensor([[7, 0], [300, 9]]), ["cat", "dog"])
    plt.sca(plt.gcf().axes[0])
    cells = {text.get_position(): (text.get_text(), text.get_color()) for text in ax().texts}
    assert cells == {(0, 0): ("7", "black"), (0, 1): ("300", "white"), (1, 1): ("9", "black")}
    image = ax().images[0]
    assert np.array_equal(image.get_array(), [[7, 0], [300, 9]])
    assert np.allclose(image.norm([0, 7, 9, 300]), np.log1p([0, 7, 9, 300]) / np.log1p(300))
    assert ax().get_xlabel() == "predicted" and ax().get_ylabel() == "true"
    assert [label.get_text() for label in ax().get_xticklabels()] == ["cat", "dog"]
    assert [label.get_text() for label in ax().get_yticklabels()] == ["cat", "dog"]
    assert plt.gcf().get_size_inches() == pytest.approx([3.0, 1.84])
    bar = image.colorbar
    assert bar.ax.get_ylabel() == "images" and list(bar.get_ticks()) == [0, 1, 10, 100]
    assert (bar.vmin, bar.vmax) == pytest.approx((0, 300))
    with pytest.raises(ValueError, match=r"counts must have shape \(2, 2\), one row and column .* got \(3, 3\)"):
        show_confusion(torch.ones(3, 3), ["a", "b"])


def test_a_diagram_has_boxes_and_arrows():
    show_flow({"start": (0, 0), "end": (2, 1)}, [("start", "end")], size=(4, 2))
    places = {text.get_text(): text.get_position() for text in ax().texts}
    assert places == {"start": (0, 0), "end": (2, 1)}
    (arrow,) = [patch for patch in ax().patches if isinstance(patch, FancyArrowPatch)]
    boxes = [patch for patch in ax().patches if isinstance(patch, FancyBboxPatch)]
    assert arrow._posA_posB == [(0, 0), (2, 1)] and [arrow.patchA, arrow.patchB] == boxes
    assert ax().get_xlim() == (-0.6, 2.6) and ax().get_ylim() == (1.5, -0.5)
    assert plt.gcf().get_size_inches() == pytest.approx([4, 2])
    show_flow({"start": (0, 0), "end": (2, 1)}, [])
    assert plt.gcf().get_size_inches() == pytest.approx([8, 3])


def test_counts_are_readable_on_their_color():
    show_confusion(torch.tensor([[1, 2, 5], [12, 30, 60], [150, 400, 1000]]), list("abc"))
    axes = plt.gcf().axes[0]
    drawn = axes.images[0]
    for text in axes.texts:
        column, row = text.get_position()
        cell = drawn.to_rgba(drawn.get_array()[row, column])
        assert contrast(text.get_color(), cell) >= 4.5, text.get_text()


def distance(point, box) -> float:
    """From a point to the nearest edge of a box, in pixels."""
    x, y = np.clip(point, box.min, box.max)
    inside = min(point[0] - box.x0, box.x1 - point[0], point[1] - box.y0, box.y1 - point[1])
    return inside if inside > 0 else float(np.hypot(point[0] - x, point[1] - y))


FLOWS = {
    "the map of the course": show_course_map,
    "steep and long": lambda: show_flow(
        {"image\n28×28": (0, 0), "conv": (1.5, 0), "a very long label": (3.5, 0.7), "up": (1.5, 1)},
        pairwise(["image\n28×28", "up", "conv", "a very long label"]),
    ),
    "small": lambda: show_flow({"a": (0, 0), "b": (1, 0)}, [("a", "b")], size=(2, 1)),
}


@pytest.mark.parametrize("draw", FLOWS.values(), ids=FLOWS)
def test_arrows_begin_and_end_at_the_edges_of_their_boxes(draw):
    draw()
    figure, drawn = plt.gcf(), io.BytesIO()
    figure.savefig(drawn, bbox_inches="tight")  # as a notebook does: it moves everything after a first drawing
    figure.draw_without_rendering()
    boxes = [text.get_window_extent().padded(0.4 * 9 * figure.dpi / 72) for text in ax().texts]
    arrows = [patch for patch in ax().patches if isinstance(patch, FancyArrowPatch)]
    assert arrows
    for arrow in arrows:
        (shaft, head), _ = arrow._get_path_in_displaycoord()
        ends = shaft.vertices[0], head.vertices[1]
        for end in ends:
            assert min(distance(end, box) for box in boxes) <= 2, f"{arrow._posA_posB}: {end} hangs in the air"


def test_an_arrow_touches_its_boxes_where_the_page_scales_and_crops_it():
    show_flow({"left": (0, 0), "right": (1, 0)}, [("left", "right")], size=(4, 1))
    for options in ({"dpi": 80}, {"dpi": 200, "bbox_inches": "tight"}):
        drawn = io.BytesIO()
        plt.gcf().savefig(drawn, **options)
        pixels = np.asarray(Image.open(drawn).convert("L"))
        middle = pixels.shape[0] // 2
        dark = np.flatnonzero(pixels[middle - 2 : middle + 3].min(axis=0) < 170)
        gap = np.diff(dark).max() * 72 / options["dpi"]
        assert gap < 8, f"{options}: a gap of {gap:.1f} points, wider than between two letters and around them"


def test_the_callers_style_is_left_alone():
    before = dict(plt.rcParams)
    plot_lines([1, 2], {"one": [1, 2]})
    assert dict(plt.rcParams) == before
