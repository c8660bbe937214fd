"""The story of one cell: its sizes, values, marks and arithmetic are PyTorch's."""

import math
import re

import pytest
import torch
from hypothesis import given, settings
from torch.nn import functional as F

from d2l_helpers.story import Operation, size_line, tell, tell_channels, title, unread_line
from d2l_helpers.window import Window
from tests.support.operations import K2, X3, X4, operations

WINDOWED = ("corr", "conv", "max", "avg")


def by_torch(o: Operation, X: torch.Tensor) -> torch.Tensor:
    """Y by PyTorch alone."""
    given = {"stride": o.window.stride, "padding": o.window.padding}
    X, K = X[None, None].double(), o.K[None, None].double()
    if o.op in ("corr", "conv"):
        return F.conv2d(X, K.flip(2, 3) if o.op == "conv" else K, dilation=o.window.dilation, **given)[0, 0]
    if o.op == "max":
        return F.max_pool2d(X, o.window.kernel, dilation=o.window.dilation, **given)[0, 0]
    if o.op == "avg":
        return F.avg_pool2d(X, o.window.kernel, **given)[0, 0]
    if o.op == "transposed":
        return F.conv_transpose2d(X, K, output_padding=o.output_padding, dilation=o.window.dilation, **given)[0, 0]
    corners = {"align_corners": o.align_corners} if o.op == "bilinear" else {}
    return F.interpolate(X, scale_factor=tuple(map(float, o.scale_factor)), mode=o.op, **corners)[0, 0]


def value_of(line: str) -> float:
    return float(re.split("[=≈] ", line.split("\n")[0])[-1].replace("−", "-").replace("∞", "inf"))


def inner(panel, size):
    """The part of a drawn matrix that is not padding, or not cropped."""
    inside = panel.values[~panel.outside]
    return inside.reshape(size)


@settings(max_examples=200)
@given(operations())
def test_matrices_are_torchs(case):
    o, at = case
    x, *_, y = tell(o, at).panels
    expected = by_torch(o, o.X)
    assert tuple(expected.shape) == o.out_size
    torch.testing.assert_close(inner(y, o.out_size), expected)
    torch.testing.assert_close(o.output(torch.float32), expected.float())
    assert torch.equal(inner(x, tuple(o.X.shape)), o.X.double())
    border = -math.inf if o.op == "max" else 0
    assert (x.values[x.outside] == border).all()
    assert x.values.shape == tuple(n + 2 * p for n, p in zip(o.X.shape, o.padding, strict=True))


@settings(max_examples=200)
@given(operations())
def test_arithmetic_ends_in_the_value_and_its_terms_are_right(case):
    o, at = case
    line = tell(o, at).arithmetic.split("\n")[0]
    if o.op != "transposed":
        assert line.startswith(f"Y[{at[0]}, {at[1]}] = ")
        assert value_of(line) == pytest.approx(by_torch(o, o.X)[at].item(), abs=0.0051)
    if o.op in ("corr", "conv", "avg"):
        written = line.split(" = ", 1)[1].rsplit(" ", 2)[0]
        computed = eval(written.replace("·", "*").replace("−", "-"))
        assert computed == pytest.approx(by_torch(o, o.X)[at].item())
        assert written.count("·" if o.op != "avg" else "+") == math.prod(o.window.kernel) - (o.op == "avg")
    if o.op == "max":
        assert line.count(",") == math.prod(o.window.kernel)  # those of the maximum, and one in Y[i, j]


@settings(max_examples=150)
@given(operations(("transposed",)))
def test_what_an_input_cell_adds_is_the_change_of_the_output(case):
    o, at = case
    alone = torch.zeros_like(o.X)
    alone[at] = o.X[at]
    expected = by_torch(o, alone)
    added = torch.zeros_like(expected)
    parts = re.findall(r"[=≈] (−?[\d.e-]+) → (?:Y\[(\d+), (\d+)\]|cut off)", tell(o, at).arithmetic)
    assert len(parts) == o.K.numel()
    for value, row, column in parts:
        if row:
            added[int(row), int(column)] += float(value.replace("−", "-"))
    torch.testing.assert_close(added, expected)
    *_, stamp, y = tell(o, at).panels
    torch.testing.assert_close(stamp.values, o.X[at].double() * o.K.double())
    assert stamp.title.endswith("·K")
    framed = [(r, c) for r, c, h, w in y.frames for r, c in [(r + a, c + b) for a in range(h) for b in range(w)]]
    assert set(y.notes) == set(framed) and len(framed) == o.K.numel()
    for (row, column), note in y.notes.items():
        i, j = row - o.window.padding[0], column - o.window.padding[1]
        if 0 <= i < expected.shape[0] and 0 <= j < expected.shape[1]:
            assert float(note.replace("−", "-")) == pytest.approx(expected[i, j].item())


@settings(max_examples=150)
@given(operations(WINDOWED))
def test_frames_surround_what_the_gradient_says_is_read(case):
    o, at = case
    padded = F.pad(torch.zeros(tuple(o.X.shape)), (o.padding[1], o.padding[1], o.padding[0], o.padding[0]))
    padded.requires_grad_()
    ones = torch.ones(1, 1, *o.window.kernel)
    Y = F.conv2d(padded[None, None], ones, stride=o.window.stride, dilation=o.window.dilation)[0, 0]
    (read,) = torch.autograd.grad(Y[at], padded, retain_graph=True)
    x, *_, y = tell(o, at).panels
    framed = torch.zeros(padded.shape)
    for row, column, height, width in x.frames:
        framed[row : row + height, column : column + width] += 1
    assert torch.equal(framed, read)
    assert y.frames == [(*at, 1, 1)]
    (all_reads,) = torch.autograd.grad(Y.sum(), padded)
    assert torch.equal(x.unread, all_reads == 0)
    inside = x.unread[~x.outside].sum().item()
    said = re.match(r"no window reads (\d+) of the (\d+)", tell(o, at).unread)
    assert (int(said[1]), int(said[2])) == (inside, o.X.numel()) if inside else said is None


@given(operations(("corr", "conv")))
def test_notes_are_the_kernel_as_it_lies_on_the_window(case):
    o, at = case
    x = tell(o, at).panels[0]
    total = sum(x.values[cell].item() * float(note.removeprefix("·").replace("−", "-")) for cell, note in x.notes.items())
    assert total == pytest.approx(by_torch(o, o.X)[at].item()) and len(x.notes) == o.K.numel()


@given(operations(("bilinear",)))
def test_bilinear_weights_make_the_value(case):
    o, at = case
    x, weights, y = tell(o, at).panels
    assert weights.values.sum().item() == pytest.approx(1) and y.frames == [(*at, 1, 1)]
    ((top, left, height, width),) = x.frames
    assert all(top <= row < top + height and left <= column < left + width for row, column in x.notes)
    if all(weight * 16 == int(weight * 16) for weight in weights.values.flatten().tolist()):
        total = sum(float(note[1:]) * x.values[cell].item() for cell, note in x.notes.items())
        assert total == pytest.approx(y.values[at].item(), abs=0.04)


def test_bilinear_says_where_it_samples():
    o = Operation("bilinear", X3, K2, Window((2, 2)))
    assert (
        tell(o, (0, 2)).arithmetic.split("\n")[1] == "row (0 + ½)/2 − ½ = −0.25, clamped to 0, column (2 + ½)/2 − ½ = 0.75"
    )
    o = Operation("bilinear", X3, K2, Window((2, 2)), align_corners=True)
    line = tell(o, (1, 5)).arithmetic
    assert line.split("\n")[1] == "row 1·(3 − 1)/(6 − 1) = 0.4, column 5·(3 − 1)/(6 − 1) = 2"
    assert line.split("\n")[0] == "Y[1, 5] = 0.6·1·2 + 0.6·0·2 + 0.4·1·5 + 0.4·0·5 = 3.2"
    one = Operation("bilinear", X3[:1, :1], K2, Window((2, 2)), scale_factor=(1, 1), align_corners=True)
    assert tell(one, (0, 0)).arithmetic.split("\n")[1] == "row 0 = 0, column 0 = 0"


@given(operations(("nearest",)))
def test_nearest_frames_the_cell_that_is_copied(case):
    o, at = case
    x, y = tell(o, at).panels
    ((row, column, height, width),) = x.frames
    assert (height, width) == (1, 1) and x.values[row, column] == y.values[at]
    assert f"= X[{row}, {column}] = " in tell(o, at).arithmetic


@settings(max_examples=150)
@given(operations())
def test_the_size_formula_ends_in_the_sizes(case):
    o, _ = case
    lines = size_line(o).split("\n")
    ends = [int(line.split("= ")[-1]) for line in lines if re.search(r"= \d+$", line)]
    assert ends == ([o.out_size[0]] if len(lines) == 1 else list(o.out_size))
    names = [line.split(": ")[0] for line in lines]
    assert names in (["size"], ["height", "width"], ["size", "height", "width"])


def test_words_of_known_cells():
    o = Operation("corr", X3, K2, Window((2, 2)))
    told = tell(o, (0, 0))
    assert told.arithmetic == "Y[0, 0] = 0·0 + 1·1 + 3·2 + 4·3 = 19"
    assert told.size == "size: 3 − 2 + 1 = 2"
    assert size_line(Operation("corr", X3[:2], K2, Window((2, 2)))) == "height: 2 − 2 + 1 = 1\nwidth: 3 − 2 + 1 = 2"
    assert [panel.title for panel in told.panels] == ["X 3×3", "K 2×2", "Y 2×2"]
    assert title(o) == "cross-correlation: X 3×3, K 2×2, padding 0, stride 1, dilation 1"
    o = Operation("avg", X4, torch.ones(3, 3), Window((3, 3), 0, 2))
    assert unread_line(o) == "no window reads 7 of the 16 input cells" and "= ⌊0.5⌋ + 1 = 1" in size_line(o)
    assert title(o) == "average pooling: X 4×4, window 3×3, padding 0, stride 2"
    assert torch.equal(tell(o, (0, 0)).panels[1].values, torch.full((3, 3), 1 / 9))
    o = Operation("conv", X3, K2, Window((2, 2), (1, 0)))
    told = tell(o, (1, 0))
    assert [panel.title for panel in told.panels] == ["X 3×3, padding 1, 0", "K 2×2", "K flipped", "Y 4×2"]
    assert torch.equal(told.panels[2].values, K2.flip(0, 1)) and told.arithmetic.endswith("= 5")
    assert told.size == "size: n + 2p − k + 1\nheight: 3 + 2·1 − 2 + 1 = 4\nwidth: 3 + 2·0 − 2 + 1 = 2"
    o = Operation("transposed", X3, K2, Window((2, 2), 1, 2), output_padding=(1, 1))
    told = tell(o, (1, 1))
    assert [panel.title for panel in told.panels] == ["X 3×3", "K 2×2", "4·K", "Y 5×5, padding 1 cut off"]
    assert told.arithmetic == "X[1, 1] adds 4·0 = 0 → Y[1, 1]; 4·1 = 4 → Y[1, 2]; 4·2 = 8 → Y[2, 1]; 4·3 = 12 → Y[2, 2]"
    assert title(o).endswith("padding 1, stride 2, dilation 1, output_padding 1")
    o = Operation("bilinear", X3, K2, Window((2, 2)), scale_factor=(2, 3))
    assert title(o) == "bilinear upsampling: X 3×3, scale_factor 2, 3, align_corners False"


def test_input_cells_that_add_to_nothing_are_counted():
    o = Operation("transposed", X3, torch.ones(1, 1), Window((1, 1), 1))
    assert unread_line(o) == "no output cell takes 8 of the 9 input cells"
    assert o.unread().sum() == 8 and not o.unread()[1, 1]


def test_sizes_that_cannot_be_drawn_are_refused():
    with pytest.raises(ValueError, match="X with its padding would be 43×23, at most 40×40 cells can be drawn"):
        _ = Operation("corr", X3, K2, Window((2, 2), (20, 10))).out_size
    with pytest.raises(ValueError, match="Y with its padding would be 62×62"):
        _ = Operation("transposed", X3, K2, Window((2, 2), 0, 30)).out_size
    assert Operation("nearest", torch.ones(4, 4), K2, Window((2, 2)), scale_factor=(10, 10)).out_size == (40, 40)
    with pytest.raises(ValueError, match="Y with its padding would be 44×4"):
        _ = Operation("nearest", torch.ones(4, 4), K2, Window((2, 2)), scale_factor=(11, 1)).out_size


def test_channels_are_summed():
    generator = torch.Generator().manual_seed(0)
    X, K = (torch.randint(-3, 4, size, generator=generator).float() for size in ((3, 4, 5), (3, 2, 3)))
    told = tell_channels(X, K, (1, 2))
    Y = F.conv2d(X[None], K[None])[0, 0]
    assert [panel.title for panel in told.panels] == ["X[0]", "K[0]", "X[1]", "K[1]", "X[2]", "K[2]", "Y 3×3"]
    assert list(told.signs) == ["⋆", "+", "⋆", "+", "⋆", "="]
    assert all(panel.frames == [(1, 2, 2, 3)] for panel in told.panels[:-1:2]) and told.panels[-1].frames == [(1, 2, 1, 1)]
    assert torch.equal(told.panels[-1].values, Y.double())
    products, sums, value = re.fullmatch(r"Y\[1, 2\] = (.*) = (.*) = (\S+)", told.arithmetic).groups()
    for written in (products, sums, value):
        assert eval(written.replace("·", "*").replace("−", "-")) == Y[1, 2].item()
    assert products.count("·") == 18 and sums.count(" + ") == 2


def test_channels_of_a_1x1_kernel_need_no_sums():
    X, K = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]]), torch.tensor([[[2.0]], [[-1.0]]])
    assert tell_channels(X, K, (0, 1)).arithmetic == "Y[0, 1] = 2·2 + 4·(−1) = 0"
    X[0] = 1 / 3
    assert tell_channels(X, K, (0, 1)).arithmetic == "Y[0, 1] = 0.33·2 + 4·(−1) ≈ −3.33"
