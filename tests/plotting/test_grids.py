"""Figures of small matrices: every number, frame, mark and line of text is the story's."""

import math

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.patches import Rectangle
from matplotlib.textpath import TextPath

from d2l_helpers import trans_conv
from d2l_helpers._words import number
from d2l_helpers.plotting import show_channels, show_grids, show_pooling, show_stamp, show_window
from d2l_helpers.plotting.grids import story_figure
from d2l_helpers.plotting.style import cell_color
from d2l_helpers.story import Operation, tell
from d2l_helpers.window import Window
from tests.support.figures import texts

X3, X16 = torch.arange(9.0).reshape(3, 3), torch.arange(16.0).reshape(4, 4)
X2, K2 = torch.tensor([[0.0, 1.0], [2.0, 3.0]]), torch.tensor([[0.0, 1.0], [2.0, 4.0]])


def rectangles(wanted) -> list[Rectangle]:
    return [patch for patch in plt.gca().patches if wanted(patch)]


def frames() -> list[tuple]:
    """The thick frames of the last figure: (width, height)."""
    return [(f.get_width(), f.get_height()) for f in rectangles(lambda patch: patch.get_linewidth() > 2)]


def hatched() -> list[tuple]:
    return [patch.get_xy() for patch in rectangles(lambda patch: patch.get_hatch())]


def dotted() -> int:
    return sum(line.get_marker() == "." for line in plt.gca().lines)


def places() -> dict[tuple[float, float], str]:
    """What is written in the middle of each cell, by the cell's upper left corner."""
    cells = [t for t in plt.gca().texts if t.get_ha() == t.get_va() == "center" and t.get_fontsize() < 10]
    lefts = [(t.get_position()[0] - 0.5, t.get_position()[1] - 0.5, t.get_text()) for t in cells]
    return {(x, y if y % 0.5 == 0 else y + 0.2): text for x, y, text in lefts}  # a number above a note is raised


def shades() -> dict[tuple[float, float], tuple]:
    """The color of each cell, by its upper left corner."""
    return {patch.get_xy(): patch.get_facecolor() for patch in rectangles(lambda patch: patch.get_fill())}


def test_numbers_are_where_they_belong_and_shaded_by_size_and_sign():
    values = torch.tensor([[1.0, -2.5, 0.0], [5.0, math.inf, math.nan]])
    show_grids({"X": values}, caption="below")
    assert {"X", "below"} <= set(texts())
    ((left, top), *_) = sorted(places())
    assert places() == {(left + j, top + i): number(values[i, j].item()) for i in range(2) for j in range(3)}
    shade = {(x - left, y - top): value for (x, y), value in shades().items()}
    assert [shade[0, 0], shade[1, 0], shade[0, 1]] == [cell_color(0.2), cell_color(-0.5), cell_color(1)]
    assert shade[2, 0] == shade[1, 1] == shade[2, 1] == (1, 1, 1, 1)


def test_a_note_is_as_large_as_its_number_and_neither_leaves_the_cell():
    show_window(X3 - 4.25, K2 - 1.25)
    figure = plt.gcf()
    figure.draw_without_rendering()
    notes = [text for text in plt.gca().texts if text.get_text().startswith("·")]
    sizes = {text.get_text(): text.get_fontsize() for text in notes}
    assert set(sizes) == {"·−1.25", "·−0.25", "·0.75", "·2.75"} and min(sizes.values()) > 5.5
    cells = {patch.get_xy(): patch.get_window_extent() for patch in rectangles(lambda patch: patch.get_fill())}
    for note in notes:
        x, y = (value - 0.94 for value in note.get_position())
        (corner,) = [at for at in cells if at == pytest.approx((x, y))]
        (own,) = [t for t in plt.gca().texts if t.get_position() == pytest.approx((x + 0.5, y + 0.3))]
        assert own.get_fontsize() == note.get_fontsize()
        box, number_box, cell = note.get_window_extent(), own.get_window_extent(), cells[corner]
        assert cell.x0 <= min(box.x0, number_box.x0) and max(box.x1, number_box.x1) <= cell.x1


@pytest.mark.parametrize("value", [-12.25, -123.4, 99999, -1.2e6, 0.25, -1.5])
@pytest.mark.parametrize("scale", [0.3, 0.36])
def test_numbers_stay_inside_their_cells(value, scale):
    show_grids({"X": torch.tensor([[value] + [0.0] * 5] + [[0.0] * 6] * 5)}, scale=scale)
    plt.gcf().draw_without_rendering()
    cell = rectangles(lambda patch: patch.get_fill())[0]
    (text,) = [text for text in plt.gca().texts if text.get_text() == number(value)]
    inside, around = text.get_window_extent(), cell.get_window_extent()
    assert around.x0 <= inside.x0 and inside.x1 <= around.x1


@pytest.mark.parametrize("sign", ["⋆", "∗", "·", "⋆ᵀ", "=", "→", "+"])
def test_signs_are_large_and_stay_between_the_matrices(sign):
    show_grids({"A": X2, "B": X2}, signs=[sign])
    plt.gcf().draw_without_rendering()
    (text,) = [text for text in plt.gca().texts if text.get_text() == sign]
    inked = TextPath((0, 0), sign, size=text.get_fontsize()).get_extents()
    digit = TextPath((0, 0), "8", size=9).get_extents()
    assert sign == "·" or max(inked.width, inked.height) >= 1.4 * digit.height, "smaller than the digits beside it"
    cells = [patch.get_window_extent() for patch in rectangles(lambda patch: patch.get_fill())]
    left, right = max(cell.x1 for cell in cells[:4]), min(cell.x0 for cell in cells[4:])
    assert left <= text.get_window_extent().x0 and text.get_window_extent().x1 <= right


def test_matrices_stand_side_by_side_centered_with_signs_between():
    show_grids({"A": X3, "B": X2}, signs=["⋆"])
    rows = {text.get_text(): text.get_position() for text in plt.gca().texts}
    assert rows["A"][0] < rows["⋆"][0] < rows["B"][0]
    assert rows["⋆"][0] == pytest.approx(3.6) and rows["⋆"][1] == pytest.approx(1.5)
    corners = sorted(places())
    assert corners[0] == (0, 0) and min(y for x, y in corners if x > 3.6) == pytest.approx(0.5)
    assert min(x for x, y in corners if x > 3.6) == pytest.approx(4.2)
    wide, tall = plt.gcf().get_size_inches()
    assert wide == pytest.approx((3 + 1.2 + 2) * 0.36 + 0.2) and tall == pytest.approx(4 * 0.36 + 0.2)


def test_no_sign_in_a_title_is_smaller_than_its_letters():
    show_grids({"X ⋆ K": X2, "X ∗ K": X2})
    titles = [text for text in plt.gca().texts if text.get_text().startswith("X")]
    letter = TextPath((0, 0), "X", size=9).get_extents().height
    for title in titles:
        assert TextPath((0, 0), title.get_text()[2], size=title.get_fontsize()).get_extents().height >= 0.75 * letter


def test_long_titles_and_captions_get_room():
    show_grids({"a very long title indeed": X2}, caption="one\ntwo")
    wide, tall = plt.gcf().get_size_inches()
    assert wide == pytest.approx(24 * 0.075 + 0.2) and tall == pytest.approx((2 + 1 + 1.5) * 0.36 + 0.2)
    show_grids({"X": X2}, caption="x" * 100, scale=0.5)
    assert plt.gcf().get_size_inches() == pytest.approx((100 * 0.075 + 0.2, 4 * 0.5 + 0.2))


def test_boxes_dots_and_strokes():
    mask = torch.tensor([[True, False], [False, True]])
    show_grids({"X": X2}, boxes={"X": [(0, 1, 2, 1)]}, dotted={"X": mask}, hatched={"X": ~mask})
    assert frames() == [(1, 2)] and dotted() == 2 and hatched() == [(1, 0), (0, 1)]
    (frame,) = rectangles(lambda patch: patch.get_linewidth() > 2)
    assert frame.get_xy() == (1, 0)
    dots = [list(zip(*line.get_data(), strict=True)) for line in plt.gca().lines]
    assert dots[0] == [(0.15, 0.15), (0.85, 0.15), (0.15, 0.85), (0.85, 0.85)] and dots[1][0] == (1.15, 1.15)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ValueError, "boxes must have the titles of grids, got 'Y'", lambda: show_grids({"X": X2}, boxes={"Y": []})),
        (ValueError, "hatched must have the titles", lambda: show_grids({"X": X2}, hatched={"Z": X2 > 0})),
        (TypeError, "grids must map titles to values", lambda: show_grids([X2])),
        (TypeError, r"grids\['X'\] must be a tensor", lambda: show_grids({"X": [[1]]})),
        (ValueError, r"grids\['X'\] must have shape \(H, W\)", lambda: show_grids({"X": X2[0]})),
        (ValueError, r"grids\['X'\] would be 41×1, at most 40×40", lambda: show_grids({"X": torch.ones(41, 1)})),
        (ValueError, "at must be a cell of Y, which is 2×2", lambda: show_window(X3, K2, at=(2, 0))),
        (ValueError, "X with its padding would be 43×43", lambda: show_window(X3, K2, padding=20)),
        (ValueError, "at must be a cell of X, which is 2×2", lambda: show_stamp(X2, K2, at=(0, 2))),
        (ValueError, "padding 2 removes the whole output", lambda: show_stamp(X2, K2, padding=2)),
        (ValueError, "pool_size must be at least 1", lambda: show_pooling(X3, 0)),
        (ValueError, "mode must be one of max, avg, got 'mean'", lambda: show_pooling(X3, 2, "mean")),
        (ValueError, "K must have c_i/groups", lambda: show_channels(X3[None], K2.expand(2, 2, 2))),
        (TypeError, r"at must be a pair \(row, column\), got 1", lambda: show_channels(X3[None], K2[None], at=1)),
    ],
)
def test_bad_arguments_are_named(error, message, call):
    with pytest.raises(error, match=message):
        call()


def test_the_arithmetic_of_a_window_is_written_out():
    show_window(X3, torch.tensor([[0.0, 1.0], [2.0, 3.0]]), at=(1, 0))
    assert "Y[1, 0] = 3·0 + 4·1 + 6·2 + 7·3 = 37" in texts() and frames() == [(2, 2), (1, 1)]
    assert {"·0", "·1", "·2", "·3"} <= set(texts())


def test_a_dilated_window_has_a_frame_for_each_cell():
    show_window(X16, K2, padding=(0, 1), dilation=2)
    assert frames() == [(1, 1)] * 5 and dotted() == 8 and not hatched()


def test_long_arithmetic_is_wrapped():
    show_window(torch.ones(7, 7), torch.full((5, 5), -1.5))
    (caption,) = [text for text in texts() if text.startswith("Y[0, 0]")]
    assert 3 <= len(caption.split("\n")) <= 4 and max(map(len, caption.split("\n"))) <= 110


@pytest.mark.parametrize(
    ("arguments", "settings", "caption"),
    [
        ((2,), {"stride": 2, "at": (1, 0)}, "Y[1, 0] = max(8, 9, 12, 13) = 13"),
        ((2, "avg", (0, 1)), {}, "Y[0, 1] = (1 + 2 + 5 + 6)/4 = 3.5"),
        (((2, 3),), {"stride": (2, 3), "padding": (0, 1), "at": (0, 1)}, "Y[0, 1] = max(2, 3, −∞, 6, 7, −∞) = 7"),
        ((2, "avg"), {"padding": 1}, "Y[0, 0] = (0 + 0 + 0 + 0)/4 = 0"),
    ],
)
def test_the_arithmetic_of_a_pooling_window(arguments, settings, caption):
    show_pooling(X16, *arguments, **settings)
    assert caption in texts()


@pytest.mark.parametrize(("size", "stride", "struck"), [(2, 2, 0), (3, 3, 7), (2, 1, 0), (1, 2, 12)])
def test_cells_that_no_window_reads_have_strokes(size, stride, struck):
    show_pooling(X16, size, stride=stride)
    assert len(hatched()) == struck


def test_a_stamp_shows_its_product_and_where_it_is_added():
    show_stamp(X2, K2, at=(1, 0), stride=2)
    found = texts()
    assert {"2·K", "X 2×2", "K 2×2", "Y 4×4"} <= set(found) and frames() == [(1, 1), (2, 2)]
    assert "X[1, 0] adds 2·0 = 0 → Y[2, 0]; 2·1 = 2 → Y[2, 1]; 2·2 = 4 → Y[3, 0]; 2·4 = 8 → Y[3, 1]" in found
    in_cells = sorted(float(text) for text in places().values())
    wanted = [X2, K2, 2 * K2, trans_conv(X2, K2, stride=2)]
    assert in_cells == sorted(torch.cat([grid.flatten() for grid in wanted]).tolist())


@pytest.mark.parametrize(
    ("settings", "cropped"), [({}, 0), ({"padding": 1}, 8), ({"stride": 3, "padding": 1, "output_padding": 2}, 11)]
)
def test_dots_mark_what_padding_crops(settings, cropped):
    show_stamp(X2, K2, **settings)
    assert dotted() == cropped
    noted = {text.get_position() for text in plt.gca().texts if text.get_text().startswith("+")}
    for line in plt.gca().lines:
        corners = list(zip(*line.get_data(), strict=True))
        x, y = (low - 0.15 for low in corners[0])
        has_note = any(at == pytest.approx((x + 0.94, y + 0.94)) for at in noted)
        assert len(corners) == (3 if has_note else 4), "a dot after a number reads as a decimal point"


def test_channels_have_a_window_each():
    show_channels(torch.ones(2, 3, 3), torch.ones(2, 2, 2), at=(1, 0))
    assert frames() == [(2, 2), (2, 2), (1, 1)]
    assert {"X[0]", "K[1]", "⋆", "+", "="} <= set(texts())
    assert any(text.startswith("Y[1, 0] = (1·1 + 1·1") and text.endswith("= 4 + 4 = 8") for text in texts())


def test_a_story_is_drawn_with_its_size_and_its_unread_cells():
    told = tell(Operation("max", X16, torch.ones(3, 3), Window((3, 3), 0, 2)), (0, 0))
    figure = story_figure(told)
    (caption,) = [t.get_text() for t in figure.axes[0].texts if t.get_text().startswith("Y[0, 0]")]
    assert caption.split("\n") == [told.arithmetic, told.size, told.unread] and not plt.get_fignums()
    small, large = (Operation("nearest", torch.ones(n, n), K2, Window((2, 2))) for n in (9, 10))
    scales = [story_figure(tell(o, (0, 0))).get_size_inches()[1] / (o.out_size[0] + 2.5) for o in (small, large)]
    assert scales[0] > 0.36 > scales[1] > 0.3


def test_figures_have_the_courses_look():
    show_grids({"X": X2})
    assert plt.gcf().get_facecolor() == (1, 1, 1, 1) and plt.gcf().dpi == 110 and not plt.gca().axison
