"""The numbers in the figures of what windows read, against torch's gradients."""

import matplotlib.pyplot as plt
import pytest
import torch
from torch.nn import functional as F

from d2l_helpers.plotting import show_positions, show_reads, show_receptive_field
from d2l_helpers.plotting.style import cell_color


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


def test_reads_show_padding_the_first_window_and_the_last():
    show_reads({"half": {"size": 5, "kernel": 3, "padding": 1, "stride": 2}}, scale=0.3)
    patches = plt.gca().patches
    last, first = (patch for patch in patches if patch.get_linewidth() > 1.5)
    assert (first.get_width(), first.get_height(), last.get_width()) == (3, 3, 3)
    assert first.get_linestyle() == "solid" and last.get_linestyle() not in ("solid", "-")
    assert plt.gca().get_xlim()[0] == 0 and plt.gca().get_ylim()[1] == 0
    assert (last.get_x() - first.get_x(), last.get_y() - first.get_y()) == (4, 4)
    dots = [text for text in plt.gca().texts if text.get_text() == "·"]
    assert len(dots) == 7 * 7 - 5 * 5
    shades = [patch.get_facecolor() for patch in patches if patch.get_fill() and patch.get_facecolor()[3]]
    assert {cell_color(1), cell_color(0.2 + 0.8 / 4)} <= set(shades) and len(shades) == 25


def test_unread_cells_have_strokes_and_unread_padding_no_dot():
    show_reads({"a": {"size": 3, "kernel": 1, "padding": 1, "stride": 2}})
    hatched = [patch for patch in plt.gca().patches if patch.get_hatch()]
    assert len(hatched) == 25 - 9
    assert sum(text.get_text() == "·" for text in plt.gca().texts) == 8


def test_panels_do_not_overlap():
    show_reads({"a": {"size": 4, "kernel": 3}, "b": {"size": 6, "kernel": 3}, "c": {"size": 3, "kernel": 3}}, columns=2)
    heads = {text.get_text()[0]: text.get_position() for text in plt.gca().texts if text.get_text()[0] in "abc"}
    assert heads["a"][1] == heads["b"][1] < heads["c"][1] and heads["a"][0] < heads["b"][0]
    assert heads["b"][0] - heads["a"][0] >= 5 + 1.2 and heads["c"][1] - heads["a"][1] == pytest.approx(6 + 0.42 / 0.21)


def test_a_receptive_field_is_drawn_level_by_level():
    show_receptive_field({"conv": {"kernel": 3, "padding": 1}}, 4, at=0)
    ax = plt.gca()
    tops = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert tops["input"] > tops["conv"]
    lines = [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in ax.lines]
    assert len(lines) == 3 and all(y[1] > y[0] for _, y in lines)
    assert sorted(x[1] - x[0] for x, _ in lines) == [-1, 0, 1]
    assert sum(text.get_text() == "·" for text in ax.texts) == 1  # the padding that the first cell reads


def test_positions_are_drawn_where_they_sample():
    show_positions(2, {"half": torch.tensor([-0.25, 0.25, 0.75, 1.25])}, scale=1)
    ax = plt.gca()
    found = [text.get_text() for text in ax.texts]
    assert found == ["half", "X[0]", "X[1]", "−0.25\n→ 0", "0.25", "0.75", "1.25\n→ 1"]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [dot.get_xdata()[0] for dot in dots] == [-0.25, 0.25, 0.75, 1.25]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [True, False, False, True]
    links = [line.get_xdata() for line in ax.lines if line.get_linestyle() == "-"]
    assert [list(link) for link in links] == [[-0.25, 0], [0.25, 0.25], [0.75, 0.75], [1.25, 1]]
    ends = [line.get_ydata() for line in ax.lines if line.get_linestyle() == "-"]
    assert all(list(end) == pytest.approx([0.76, 0.45]) for end in ends)
    sides = [patch.get_width() for patch in ax.patches if patch.get_height() == 0.16]
    assert sides == [0.5] * 4 and plt.gcf().get_size_inches() == pytest.approx([2.3, 1.1])


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "cases must map titles to values", lambda: show_reads([{"size": 4, "kernel": 3}])),
        (ValueError, "kernel covers 5 cells", lambda: show_reads({"a": {"size": 4, "kernel": 5}})),
        (
            ValueError,
            "the input with its padding would be 44×44",
            lambda: show_reads({"a": {"size": 4, "kernel": 5, "padding": 20}}),
        ),
        (TypeError, "stride must be an int", lambda: show_reads({"a": {"size": 4, "kernel": 5, "stride": 1.5}})),
        (
            ValueError,
            "a layer's input with its padding would be 1×41",
            lambda: show_receptive_field({"a": {"kernel": 3}}, 41),
        ),
        (TypeError, "size must be an int", lambda: show_receptive_field({"a": {"kernel": 3}}, "9")),
        (
            ValueError,
            "at must be a cell of the last layer, 0 to 6, got 7",
            lambda: show_receptive_field({"a": {"kernel": 3}}, 9, at=7),
        ),
        (ValueError, "at must be at least 0", lambda: show_receptive_field({"a": {"kernel": 3}}, 9, at=-1)),
        (ValueError, "positions must not be empty", lambda: show_positions(3, {})),
    ],
)
def test_bad_arguments_are_named(error, message, call):
    with pytest.raises(error, match=message):
        call()
