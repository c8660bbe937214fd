"""Window: the cells it reads against torch's gradients, every output size against torch's own layers.

Sizes: all small settings, one by one, and where torch raises, a ValueError.

Tensors on the meta device have shapes and no numbers: torch runs its own shape rules, and 25,000 layers take seconds.
"""

import math
import re
from dataclasses import FrozenInstanceError
from itertools import product
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from d2l_helpers import conv_out_size, pool_out_size, same_padding, transposed_out_size
from d2l_helpers.window import Window
from tests.support.strategies import as_two, convolution_settings, pair, random_tensor
from tests.support.tally import tally

SIZES, KERNELS, PADDINGS, STRIDES, DILATIONS = range(1, 13), range(1, 6), range(4), range(1, 5), range(1, 4)
LINES = {n: torch.empty(1, 1, n, device="meta") for n in SIZES}
SQUARES = {n: torch.empty(1, 1, n, n, device="meta") for n in SIZES}
copies = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")  # torch says that it copies


def settings(*more: str) -> list[dict]:
    """Every combination of size, kernel, padding, stride, dilation and what else is named."""
    choices = {"size": SIZES, "kernel": KERNELS, "padding": PADDINGS, "stride": STRIDES, "dilation": DILATIONS}
    choices |= {name: {"ceil_mode": (False, True), "output_padding": range(4)}[name] for name in more}
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def outcome(function, **arguments):
    """The answer, or 'refused'. Where our side is asked, only ValueError counts as a refusal."""
    refusal = ValueError if function in (conv_out_size, pool_out_size, transposed_out_size) else (ValueError, RuntimeError)
    try:
        return function(**arguments)
    except refusal:
        return "refused"


def differences(ours, theirs, cases: list[dict]) -> list:
    """The first cases in which the two do not agree; both must answer and both must refuse somewhere."""
    pairs = [(outcome(ours, **case), outcome(theirs, **case)) for case in cases]
    tally["settings compared with torch's layers"] += len(cases)
    assert {isinstance(expected, int) for _, expected in pairs} == {True, False}
    return [(case, got, expected) for case, (got, expected) in zip(cases, pairs, strict=True) if got != expected][:5]


def torch_conv(size, kernel, padding, stride, dilation):
    return F.conv1d(LINES[size], LINES[kernel], None, stride, padding, dilation).shape[2]


def torch_max_pool(size, kernel, padding, stride, dilation, ceil_mode):
    return F.max_pool2d(SQUARES[size], kernel, stride, padding, dilation, ceil_mode).shape[2]


def torch_average_pool(size, kernel, padding, stride, dilation, ceil_mode):
    assert dilation == 1
    return F.avg_pool2d(SQUARES[size], kernel, stride, padding, ceil_mode).shape[2]


def torch_transposed(size, kernel, padding, stride, dilation, output_padding):
    X, K = SQUARES[size], SQUARES[kernel]
    if output_padding >= max(stride, dilation):  # torch 2.11 refuses that on a processor, and not on meta
        X, K = (torch.empty_like(tensor, device="cpu") for tensor in (X, K))
    return F.conv_transpose2d(X, K, None, stride, padding, output_padding, 1, dilation).shape[2]


def test_convolution_is_torchs():
    assert not differences(conv_out_size, torch_conv, settings())


def test_max_pooling_is_torchs():
    assert not differences(pool_out_size, torch_max_pool, settings("ceil_mode"))


def test_average_pooling_is_torchs():
    cases = [case for case in settings("ceil_mode") if case["dilation"] == 1]
    assert not differences(pool_out_size, torch_average_pool, cases)


def test_transposed_convolution_is_torchs():
    # Where nothing is left, torch refuses; only on a processor, with size 1, it sometimes gives an empty tensor.
    assert not differences(transposed_out_size, torch_transposed, settings("output_padding"))


def test_pooling_moves_by_its_window_unless_told():
    for n, k, ceil_mode in product(SIZES, KERNELS, (False, True)):
        theirs = outcome(lambda x, k, c: F.max_pool2d(x, k, ceil_mode=c).shape[2], x=SQUARES[n], k=k, c=ceil_mode)
        assert outcome(pool_out_size, size=n, kernel=k, ceil_mode=ceil_mode) == theirs
    assert pool_out_size((7, 9), (2, 3)) == tuple(F.max_pool2d(torch.empty(1, 7, 9, device="meta"), (2, 3)).shape[1:])


@copies
@pytest.mark.parametrize("dilation", DILATIONS)
@pytest.mark.parametrize("kernel", [*KERNELS, 6, 7])
def test_same_padding_is_where_torch_puts_it(kernel, dilation):
    X, K = random_tensor(0, 1, 1, 12), random_tensor(1, 1, 1, kernel)
    padded = F.pad(X, same_padding(kernel, dilation=dilation))
    expected = F.conv1d(X, K, padding="same", dilation=dilation)
    torch.testing.assert_close(F.conv1d(padded, K, dilation=dilation), expected)


@copies
@pytest.mark.parametrize("kernel", [(1, 2), (2, 1), (4, 3), (3, 6), (2, 2)])
@pytest.mark.parametrize("dilation", [1, 2, (3, 1), (1, 2)])
def test_same_padding_of_a_pair(kernel, dilation):
    X, K = random_tensor(0, 1, 1, 9, 11), random_tensor(1, 1, 1, *kernel)
    rows, columns = same_padding(kernel, dilation=dilation)
    expected = F.conv2d(X, K, padding="same", dilation=dilation)
    torch.testing.assert_close(F.conv2d(F.pad(X, (*columns, *rows)), K, dilation=dilation), expected)


def test_same_padding_keeps_the_size_by_the_formula():
    for k, d, n in product(KERNELS, DILATIONS, SIZES):
        before, after = same_padding(k, dilation=d)
        assert 0 <= after - before <= 1
        assert conv_out_size(n + before + after, k, dilation=d) == n


@pytest.mark.parametrize(
    ("function", "more"),
    [(conv_out_size, ()), (pool_out_size, ("ceil_mode",)), (transposed_out_size, ("output_padding",))],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_pair_is_each_axis_by_itself(function, more):
    cases = Random(0).sample(settings(*more), 2000)
    for rows, columns in zip(cases[::2], cases[1::2], strict=True):
        columns = columns | {"ceil_mode": rows["ceil_mode"]} if "ceil_mode" in rows else columns
        both = {name: (value, columns[name]) for name, value in rows.items() if name != "ceil_mode"}
        both |= {"ceil_mode": rows["ceil_mode"]} if "ceil_mode" in rows else {}
        expected = outcome(function, **rows), outcome(function, **columns)
        assert outcome(function, **both) == ("refused" if "refused" in expected else expected), both


def test_pairs_are_height_then_width_as_in_torch():
    draw = Random(0)
    for _ in range(300):
        size, kernel = draw.choices(range(9, 21), k=2), draw.choices(range(1, 4), k=2)
        pair = {"padding": draw.choices(PADDINGS, k=2), "stride": draw.choices(STRIDES, k=2)}
        pair["dilation"] = draw.choices(DILATIONS, k=2)
        X, K = torch.empty(1, 1, *size, device="meta"), torch.empty(1, 1, *kernel, device="meta")
        assert conv_out_size(size, kernel, **pair) == tuple(F.conv2d(X, K, **pair).shape[2:])
        extra = tuple(max(s, d) - 1 for s, d in zip(pair["stride"], pair["dilation"], strict=True))
        theirs = F.conv_transpose2d(X, K, output_padding=extra, **pair)
        assert transposed_out_size(size, kernel, output_padding=extra, **pair) == tuple(theirs.shape[2:])
        pair["padding"] = tuple(min(p, k // 2) for p, k in zip(pair["padding"], kernel, strict=True))
        assert pool_out_size(size, kernel, **pair) == tuple(F.max_pool2d(X, kernel, **pair).shape[2:])


def test_the_answer_has_the_form_of_the_size():
    assert conv_out_size(8, 3, padding=1, stride=2) == 4
    assert conv_out_size((8, 8), 3, padding=1, stride=2) == (4, 4)
    assert conv_out_size([8, 8], (5, 3), padding=(2, 1)) == (8, 8)
    assert conv_out_size(torch.empty(8, 9).shape, 3) == (6, 7)
    assert pool_out_size((4, 4), 2) == (2, 2) and pool_out_size(4, 2) == 2
    assert transposed_out_size((3, 2), (2, 3), stride=(2, 1)) == (6, 4)
    assert same_padding(4) == (1, 2) and same_padding((4, 3)) == ((1, 2), (1, 1))


def test_the_numbers_of_the_lesson():
    assert conv_out_size((3, 3), 2) == (2, 2)
    assert conv_out_size((8, 8), 3, padding=1) == (8, 8)
    assert conv_out_size((8, 8), (5, 3), padding=(2, 1)) == (8, 8)
    assert conv_out_size((8, 8), 3, padding=1, stride=2) == (4, 4)
    assert conv_out_size((8, 8), (3, 5), padding=(0, 1), stride=(3, 4)) == (2, 2)
    assert [conv_out_size(n, 5, padding=2, stride=3) for n in (16, 17, 18)] == [6, 6, 6]
    assert [transposed_out_size(6, 5, padding=2, stride=3, output_padding=o) for o in range(3)] == [16, 17, 18]


@pytest.mark.parametrize("whole", [np.int64(8), torch.tensor(8)], ids=["numpy", "torch"])
def test_whole_numbers_of_other_libraries_are_ints(whole):
    answer = conv_out_size(whole, 3)
    assert answer == 6 and type(answer) is int
    assert {type(number) for number in (*Window(whole).kernel, *Window((whole, 3)).kernel)} == {int}


# The cells that a window reads


def window_and_size(case) -> tuple[Window, tuple[int, int]]:
    """The window of such settings and the size of its padded input."""
    window = Window(case["kernel"], **case["settings"])
    return window, tuple(n + 2 * p for n, p in zip(case["size"], window.padding, strict=True))


def distinct(kernel) -> torch.Tensor:
    """A kernel whose cells all differ: 1, 2, 3, …"""
    return torch.arange(1.0, math.prod(kernel) + 1).reshape(1, 1, *kernel)


def output_cells(out) -> list[tuple[int, int]]:
    return list(product(*map(range, out)))


@given(convolution_settings(), st.data())
def test_a_window_reads_the_cells_that_have_a_gradient(case, data):
    window, padded = window_and_size(case)
    X, K = torch.zeros(1, 1, *padded, requires_grad=True), distinct(case["kernel"])
    Y = F.conv2d(X, K, stride=window.stride, dilation=window.dilation)[0, 0]
    at = data.draw(st.sampled_from(output_cells(Y.shape)))
    expected = torch.autograd.grad(Y[at], X)[0][0, 0]
    found = torch.zeros(padded)
    for cell, weight in zip(window.reads(at), K.flatten(), strict=True):
        found[cell] += weight
    assert torch.equal(found, expected)
    assert window.reads(at) == list(product(window.along(0, at[0]), window.along(1, at[1])))


@given(convolution_settings(), st.data())
def test_an_input_cell_of_a_transposed_convolution_adds_to_the_cells_of_its_window(case, data):
    window, K = Window(case["kernel"], **case["settings"]), distinct(case["kernel"])
    at = data.draw(st.sampled_from(output_cells(case["size"])))
    impulse = torch.zeros(1, 1, *case["size"])
    impulse[0, 0][at] = 1
    expected = F.conv_transpose2d(impulse, K, stride=window.stride, dilation=window.dilation)[0, 0]
    found = torch.zeros(expected.shape)
    for cell, weight in zip(window.reads(at), K.flatten(), strict=True):
        found[cell] += weight
    assert torch.equal(found, expected)


@given(convolution_settings())
def test_taps_meet_what_the_windows_read(case):
    window, padded = window_and_size(case)
    out = window.out_size(case["size"])
    cells = torch.cartesian_prod(*(torch.arange(n + 9) for n in padded)).unflatten(0, [n + 9 for n in padded])
    taps = list(window.taps(out))
    assert [tap for tap, _ in taps] == output_cells(case["kernel"])
    met = torch.stack([cells[place].reshape(*out, 2) for _, place in taps], dim=2)
    reads = torch.tensor([window.reads(at) for at in output_cells(out)])
    assert torch.equal(met, reads.unflatten(0, out))


@given(convolution_settings(), st.data())
def test_read_counts_are_the_gradient_of_the_sum(case, data):
    window, padded = window_and_size(case)
    out = tuple(data.draw(st.integers(1, n)) for n in window.out_size(case["size"]))
    X = torch.zeros(1, 1, *padded, requires_grad=True)
    Y = F.conv2d(X, torch.ones(1, 1, *case["kernel"]), stride=window.stride, dilation=window.dilation)[0, 0]
    (expected,) = torch.autograd.grad(Y[: out[0], : out[1]].sum(), X)
    rows, columns = window.read_counts(case["size"], out)
    assert torch.equal(torch.outer(torch.tensor(rows), torch.tensor(columns)), expected[0, 0].long())


@given(convolution_settings())
def test_the_extent_goes_from_the_first_cell_to_the_last(case):
    window = Window(case["kernel"], **case["settings"])
    first, *_, last = window.reads((0, 0)) * 2
    assert window.extent == tuple(end - start + 1 for start, end in zip(first, last, strict=True))


def test_the_cells_of_one_window():
    window = Window((3, 2), padding=(0, 4), stride=(2, 5), dilation=(2, 3))
    assert window.extent == (5, 4)
    assert list(window.along(0, 1)) == [2, 4, 6] and list(window.along(1, 2)) == [10, 13]
    assert window.reads((1, 2)) == [(2, 10), (2, 13), (4, 10), (4, 13), (6, 10), (6, 13)]
    assert dict(window.taps((2, 3)))[2, 1] == (slice(4, 7, 2), slice(3, 14, 5))
    assert window.read_counts((8, 3), (2, 2)) == ([1, 0, 2, 0, 2, 0, 1, 0], [1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0])


# The value


def test_an_int_stands_for_both_axes():
    assert Window(3) == Window((3, 3), (0, 0), (1, 1), (1, 1)) == Window([3, 3])
    assert hash(Window(3, padding=1)) == hash(Window(3, padding=(1, 1))) and Window(3) != Window(3, padding=1)
    window = Window((5, 3), 2, [4, 3], dilation=1)
    assert (window.kernel, window.padding, window.stride, window.dilation) == ((5, 3), (2, 2), (4, 3), (1, 1))
    assert list(window.axes) == [(5, 2, 4, 1), (3, 2, 3, 1)]


@pytest.mark.parametrize("name", ["kernel", "padding", "stride", "dilation"])
def test_a_window_stays_as_it_was_made_and_names_what_is_wrong(name):
    with pytest.raises(FrozenInstanceError):
        setattr(Window(3), name, (2, 2))
    least = 0 if name == "padding" else 1
    for wrong, error in ((least - 1, ValueError), ((2, least - 1), ValueError), (1.5, TypeError), ((1, 2, 3), ValueError)):
        with pytest.raises(error, match=f"{name} must be"):
            Window(**{"kernel": 3, name: wrong})
    assert getattr(Window(**{"kernel": 3, name: least}), name) == (least, least)


# The formulas


def value_of(formula: str, **variables) -> int:
    """What a formula says, written with ⌊ ⌋, · and −, and without signs of multiplication between letters."""
    formula = re.sub(r"(?<=[\d\w)]) ?(?=\()|(?<=\))(?=[a-z])|(?<=\d)(?=[a-z])", "*", formula)
    for sign, python in (("⌊", "floor("), ("⌋", ")"), ("·", "*"), ("−", "-")):
        formula = formula.replace(sign, python)
    return eval(formula, {"floor": math.floor}, variables)


def check_formula(key: str, window: Window, size, out, extra=(0, 0)) -> None:
    symbols, *lines = window.size_formula(key, size, out, extra=extra)
    settings = {"p": window.padding, "s": window.stride, "d": window.dilation, "output_padding": extra}
    matter = {name for name, value in settings.items() if value != ((1, 1) if name in "sd" else (0, 0))}
    assert set(re.findall(r"output_padding|[psd]", symbols)) == matter, symbols
    for line, n, (k, p, s, d), more, result in zip(lines, size, window.axes, extra, out, strict=True):
        steps = line.split(" = ")
        assert [value_of(step) for step in steps] == [result] * len(steps), line
        assert not matter or value_of(symbols, n=n, k=k, p=p, s=s, d=d, output_padding=more) == result
        rounded = key != "transposed" and (n + 2 * p - d * (k - 1) - 1) % s != 0
        assert len(steps) == (3 if rounded else 2) and steps[-1] == str(result), line


@given(convolution_settings())
def test_the_formula_in_numbers_gives_the_size(case):
    window = Window(case["kernel"], **case["settings"])
    check_formula("conv", window, case["size"], window.out_size(case["size"]))


@given(convolution_settings(), pair(0, 2))
def test_the_transposed_formula_in_numbers_gives_the_size(case, extra):
    window = Window(case["kernel"], 0, case["settings"]["stride"], case["settings"]["dilation"])
    most = [max(s, d) - 1 for _, _, s, d in window.axes]
    extra = tuple(map(min, as_two(extra), most))
    check_formula("transposed", window, case["size"], window.transposed_size(case["size"], output_padding=extra), extra)


def test_the_formula_of_the_lesson():
    window = Window((3, 5), padding=(0, 1), stride=(3, 4))
    symbols, rows, columns = window.size_formula("conv", (8, 8), (2, 2))
    assert symbols == "⌊(n + 2p − k)/s⌋ + 1"
    assert rows == "⌊(8 + 2·0 − 3)/3⌋ + 1 = ⌊1.67⌋ + 1 = 2"
    assert columns == "⌊(8 + 2·1 − 5)/4⌋ + 1 = ⌊1.25⌋ + 1 = 2"
    assert Window(2).transposed_size((3, 3)) == (4, 4)
    assert Window(2).size_formula("transposed", (3, 3), (4, 4), extra=(0, 0)) == ("", "3 − 1 + 2 = 4", "3 − 1 + 2 = 4")
    window = Window(5, padding=2, stride=3, dilation=2)
    symbols, rows, _ = window.size_formula("transposed", (6, 6), (22, 22), extra=(2, 2))
    assert symbols == "(n − 1)s − 2p + d(k − 1) + 1 + output_padding"
    assert rows == "(6 − 1)·3 − 2·2 + 2·(5 − 1) + 1 + 2 = 22"


SHORT = {
    ("conv", (7, 3), ()): ("", "7 − 3 + 1 = 5"),
    ("conv", (7, 3), ("padding",)): ("n + 2p − k + 1", "7 + 2·2 − 3 + 1 = 9"),
    ("conv", (7, 3), ("stride",)): ("⌊(n − k)/s⌋ + 1", "⌊(7 − 3)/2⌋ + 1 = 3"),
    ("conv", (7, 3), ("dilation",)): ("n − d(k − 1)", "7 − 2·(3 − 1) = 3"),
    ("conv", (9, 3), ("stride", "dilation")): ("⌊(n − d(k − 1) − 1)/s⌋ + 1", "⌊(9 − 2·(3 − 1) − 1)/2⌋ + 1 = 3"),
    ("conv", (7, 2), ("stride",)): ("⌊(n − k)/s⌋ + 1", "⌊(7 − 2)/2⌋ + 1 = ⌊2.5⌋ + 1 = 3"),
    ("transposed", (3, 2), ("stride",)): ("(n − 1)s + k", "(3 − 1)·2 + 2 = 6"),
}


@pytest.mark.parametrize(("case", "wanted"), SHORT.items())
def test_what_changes_nothing_is_left_out_of_the_formula(case, wanted):
    formula, (n, kernel), changed = case
    window = Window(kernel, **{name: 2 for name in changed})
    measure = window.transposed_size if formula == "transposed" else window.out_size
    symbols, rows, columns = window.size_formula(formula, (n, n), measure((n, n)))
    assert (symbols, rows) == wanted and rows == columns
    other = Window(kernel, **{name: (2, 1) for name in changed})
    measure = other.transposed_size if formula == "transposed" else other.out_size
    assert other.size_formula(formula, (n, n), measure((n, n)))[0] == symbols, "one axis is enough"


def test_the_factor_is_the_formula_of_upsampling():
    assert Window(2).size_formula("scaled", (3, 4), (6, 8), scale=(2, 2)) == ("n · scale_factor", "3·2 = 6", "4·2 = 8")
    assert Window(2).size_formula("scaled", (3, 3), (3, 3), scale=(1, 1)) == ("", "3 = 3", "3 = 3")


# What is refused


@pytest.mark.parametrize(
    "call",
    [
        lambda: conv_out_size(8, (3, 3)),
        lambda: conv_out_size(8, 3, padding=(1, 1)),
        lambda: conv_out_size(8, 3, stride=[2, 2]),
        lambda: conv_out_size(8, 3, dilation=(1, 1)),
        lambda: pool_out_size(8, (2, 2)),
        lambda: pool_out_size(8, 2, stride=(2, 2)),
        lambda: transposed_out_size(8, 3, output_padding=(0, 0)),
        lambda: same_padding(3, dilation=(1, 1)),
    ],
)
def test_one_axis_with_a_setting_for_two_is_refused(call):
    with pytest.raises(
        ValueError, match=r"is the pair [(\[]\d, \d[)\]], but (size|kernel) is the single number \d: give a pair too"
    ):
        call()


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ValueError, r"size must be at least 1, got \(3, -1\)", lambda: pool_out_size((3, -1), 1)),
        (ValueError, "kernel must be at least 1, got 0", lambda: conv_out_size(3, 0)),
        (ValueError, "kernel must be at least 1, got 0", lambda: same_padding(0)),
        (ValueError, "padding must be at least 0, got -1", lambda: conv_out_size(3, 1, padding=-1)),
        (ValueError, "stride must be at least 1, got 0", lambda: pool_out_size(3, 1, stride=0)),
        (ValueError, "dilation must be at least 1, got 0", lambda: transposed_out_size(3, 1, dilation=0)),
        (ValueError, "output_padding must be at least 0", lambda: transposed_out_size(3, 1, output_padding=-1)),
        (ValueError, "output_padding must be smaller than stride 2 or dilation 3, got 4",
         lambda: transposed_out_size(3, 1, stride=2, dilation=3, output_padding=4)),
        (ValueError, r"kernel covers 7 cells, more than the padded input has \(6\)",
         lambda: conv_out_size(4, 4, padding=1, dilation=2)),
        (ValueError, r"kernel covers 7 cells, more than the padded input has \(4\)",
         lambda: pool_out_size(2, 4, padding=1, dilation=2)),
        (ValueError, "padding must be at most half the kernel of 3, got 2", lambda: pool_out_size(9, 3, padding=2)),
        (ValueError, "half the kernel of 3, got 2", lambda: pool_out_size(9, 3, padding=2, dilation=2)),
        (ValueError, "padding 5 removes the whole output: -4", lambda: transposed_out_size(2, 4, padding=5, stride=2)),
        (ValueError, "size must be at least 1, got 0", lambda: conv_out_size(0, 1, padding=1)),
        (ValueError, "size must be an int or a pair", lambda: conv_out_size((1, 8, 8), 3)),
        (ValueError, "kernel must be an int or a pair", lambda: conv_out_size((8, 8), (3,))),
        (TypeError, "size must be an int .* got 8.0", lambda: conv_out_size(8.0, 3)),
        (TypeError, r"size must be an int .* got tensor\(8.\)", lambda: conv_out_size(torch.tensor(8.0), 3)),
        (TypeError, "kernel must be an int .* got None", lambda: conv_out_size(8, None)),
        (TypeError, r"kernel must be an int .* got \(3, '3'\)", lambda: conv_out_size((8, 8), (3, "3"))),
        (TypeError, "padding must be an int .* got 'same'", lambda: conv_out_size(8, 3, padding="same")),
        (TypeError, "stride must be an int .* got True", lambda: conv_out_size(8, 3, stride=True)),
        (TypeError, "positional", lambda: conv_out_size(8, 3, 1)),
    ],
)  # fmt: skip
def test_bad_input_is_named(error, message, call):
    with pytest.raises(error, match=message):
        call()


def test_a_pair_beside_a_single_number_is_named():
    for call, name in [
        (lambda: conv_out_size(5, 3, padding=(1, 2)), "padding"),
        (lambda: conv_out_size(5, (3, 3)), "kernel"),
        (lambda: pool_out_size(5, 3, stride=(1, 2)), "stride"),
        (lambda: transposed_out_size(5, 3, stride=2, output_padding=(0, 1)), "output_padding"),
        (lambda: same_padding(3, dilation=(1, 2)), "dilation"),
    ]:
        with pytest.raises(
            ValueError, match=rf"^{name} is the pair \(.*\), but \w+ is the single number \d: give a pair too$"
        ):
            call()
