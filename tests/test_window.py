"""Every output size against torch's own layers: all small settings, one by one, and where torch raises, a ValueError.

Tensors on the meta device have shapes and no numbers: torch runs its own shape rules, and 25,000 layers take seconds.
"""

from itertools import product
from random import Random

import numpy as np
import pytest
import torch
from tests.support.strategies import random_tensor
from tests.support.tally import tally
from torch.nn import functional as F

from d2l_helpers import conv_out_size, pool_out_size, same_padding, transposed_out_size
from d2l_helpers.window import as_pair

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
    assert as_pair("size", whole) == (8, 8)


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
    with pytest.raises(ValueError, match=r"is the pair .*, but (size|kernel) is the single number \d: give a pair too"):
        call()


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ValueError, "size must be at least 1, got 0", lambda: conv_out_size(0, 1)),
        (ValueError, r"size must be at least 1, got \(3, -1\)", lambda: pool_out_size((3, -1), 1)),
        (ValueError, "kernel must be at least 1, got 0", lambda: conv_out_size(3, 0)),
        (ValueError, "kernel must be at least 1, got 0", lambda: same_padding(0)),
        (ValueError, "padding must be at least 0, got -1", lambda: conv_out_size(3, 1, padding=-1)),
        (ValueError, "stride must be at least 1, got 0", lambda: pool_out_size(3, 1, stride=0)),
        (ValueError, "dilation must be at least 1, got 0", lambda: transposed_out_size(3, 1, dilation=0)),
        (ValueError, "output_padding must be at least 0", lambda: transposed_out_size(3, 1, output_padding=-1)),
        (ValueError, "output_padding must be smaller", lambda: transposed_out_size(3, 1, output_padding=1)),
        (ValueError, "kernel covers 5 cells, more than .* has .4.", lambda: conv_out_size(4, 3, dilation=2)),
        (ValueError, "kernel covers 3 cells, more than .* has .2.", lambda: pool_out_size(2, 3)),
        (ValueError, "padding must be at most half the kernel of 3, got 2", lambda: pool_out_size(9, 3, padding=2)),
        (ValueError, "half the kernel of 3, got 2", lambda: pool_out_size(9, 3, padding=2, dilation=2)),
        (ValueError, "padding 2 removes the whole output", lambda: transposed_out_size(2, 3, padding=2)),
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
