"""Every public name with everything that a learner may feed it: one clear error each, in time, and nothing changed.

bad_input_rows.py holds a good call of each name and the kinds of bad values that each argument must refuse. A new public
name without a row fails.
"""

from __future__ import annotations

import copy
import inspect
import re
import time
import warnings

import pytest
import torch
from tests.support.bad_input_rows import FIGURES, NOTHING_TO_REFUSE, OTHERS, ROWS, X56, Row, numbers
from tests.support.tally import tally
from torch import Tensor, nn

import d2l_helpers as h
from d2l_helpers import plotting

LONGEST = 700  # letters of a message
SLOWEST = 6.0  # seconds until it comes, first imports included
ALL = ROWS | FIGURES | OTHERS
ARGUMENTS = [pytest.param(row, name, id=f"{title}: {name}") for title, row in ALL.items() for name in row.bad]
GOOD = [pytest.param(row, id=title) for title, row in ALL.items()]


def refusal(call) -> str:
    """The message of the TypeError or ValueError that `call` raises in time; anything else is an AssertionError."""
    tally["bad inputs refused"] += 1
    start = time.perf_counter()
    try:
        with warnings.catch_warnings(action="ignore"):
            call()
    except (TypeError, ValueError) as error:
        message = str(error)
    except BaseException as error:
        raise AssertionError(f"{type(error).__name__}: {error}") from error
    else:
        raise AssertionError("it was accepted")
    assert time.perf_counter() - start < SLOWEST, f"it took too long to say: {message}"
    assert len(message) < LONGEST and "\n" not in message, f"too long: {message}"
    return message


def complaint(row: Row, name: str, value) -> str:
    """What is wrong with how a bad value is refused, '' if nothing."""
    try:
        message = refusal(lambda: row.call(**row.good | {name: value}))
    except AssertionError as error:
        return str(error)
    named = re.search(rf"\b({name}|{row.instead.get(name, name)})\b", message)
    return "" if named else f"the message does not name {name}: {message}"


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors", "ignore:ComplexHalf support")
@pytest.mark.parametrize(("row", "name"), ARGUMENTS)
def test_a_bad_value_is_named(row, name, capsys):
    kinds = row.bad[name] if isinstance(row.bad[name], tuple) else (row.bad[name],)
    tried = [(value, complaint(row, name, value)) for kind in kinds for value in kind(row.good.get(name))]
    problems = [f"{name}={value!r:.120}: {problem:.300}" for value, problem in tried if problem]
    assert tried and not problems, "\n".join(problems)


def test_every_public_name_has_a_row():
    rows = {title.split(".")[0] for title in ALL} | NOTHING_TO_REFUSE
    assert set(h.__all__) - {"train_ch6"} <= rows and h.train_ch6 is h.train6
    assert {f"plotting.{name}" for name in plotting.__all__} <= set(ALL)


@pytest.mark.parametrize("title", [title for title in ALL if title in h.__all__])
def test_every_tensor_and_size_is_tried(title):
    """An argument may go untried where anything will do: a title, a colour, a loader's seed."""
    free = {"generator", "device", "root", "seed", "init", "optimizer", "scheduler", "answer", "align_corners"}
    free |= {"output_padding", "scale_factor"} if title == "Stepper" else set()
    free |= set(inspect.signature(h.Animator).parameters) if title == "Animator" else set()
    assert set(inspect.signature(ALL[title].call).parameters) - free <= set(ALL[title].bad)


def tensors(value) -> list[Tensor]:
    """Every tensor inside, those of a layer's parameters too."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, nn.Module):
        return list(value.parameters())
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [tensor for part in inside for tensor in tensors(part)]


@pytest.mark.parametrize("row", [one for one in GOOD if one.id != "train6"])  # train6 is there to change its net
def test_good_arguments_are_accepted_and_stay_as_they_are(row):
    given = tensors(row.good)
    before, versions = copy.deepcopy(given), [tensor._version for tensor in given]
    row.call(**row.good)
    assert all(torch.equal(tensor, old) for tensor, old in zip(given, before, strict=True))
    assert [tensor._version for tensor in given] == versions


ONE, ONES = torch.ones(1, 1), torch.ones(2, 2)
HUGE = [
    ("padding", lambda n: h.corr2d(ONES, ONE, padding=n)),
    ("padding", lambda n: h.conv2d(ONES, ONE, padding=(n, n))),
    ("padding", lambda n: h.corr2d_multi_in(ONES[None], ONE[None], padding=n)),
    ("padding", lambda n: h.corr2d_multi_in_out(ONES[None], ONE[None, None], padding=n)),
    ("kernel|dilation", lambda n: h.corr2d(ONES, ONES, dilation=n)),
    ("groups", lambda n: h.corr2d_multi_in_out(ONES[None], ONE[None, None], groups=n)),
    ("kernel_size", lambda n: h.Conv2D(n)),
    ("pool_size", lambda n: h.pool2d(ONES, (2, 50 * n), padding=(0, 25 * n))),
    ("kernel|padding", lambda n: h.pool2d(ONES, (1, 2**20), padding=(0, n))),
    ("kernel|pool_size", lambda n: h.pool2d(ONES, n)),
    ("output_size", lambda n: h.max_unpool2d(ONES, torch.ones(2, 2, dtype=torch.int64), n)),
    ("stride", lambda n: h.trans_conv(ONES, ONES, stride=n)),
    ("dilation", lambda n: h.trans_conv(ONES, ONES, dilation=n)),
    ("output_padding", lambda n: h.trans_conv(ONES, ONES, output_padding=n)),
    ("padding", lambda n: h.trans_conv(ONES, ONES, padding=n)),
    ("input_size", lambda n: h.kernel2matrix(ONES, n)),
    ("padding", lambda n: h.kernel2matrix(ONES, padding=n)),
    ("kernel_size", lambda n: h.bilinear_kernel(1, 1, n)),
    ("in_channels", lambda n: h.bilinear_kernel(n, n, 2)),
    ("scale_factor", lambda n: h.upsample_nearest(ONES, n)),
    ("scale_factor", lambda n: h.upsample_bilinear(ONES, n)),
    ("scale_factor", lambda n: h.upsample_trilinear(ONES[None], n)),
    ("r²|r", lambda n: h.pixel_shuffle(ONES[None], n)),
    ("r", lambda n: h.pixel_unshuffle(ONES[None], n)),
    ("num_rows", lambda n: h.show_images([ONES], n, 1)),
    ("num_cols", lambda n: h.show_images([ONES], 1, n)),
    ("ncols", lambda n: h.Animator(ncols=n)),
    ("figsize", lambda n: h.Animator(figsize=(n, 1))),
    ("scale", lambda n: plotting.show_grids({"X": ONES}, scale=n)),
    ("scale", lambda n: plotting.show_images([ONES] * 40, 1, 40, scale=59 if n > 10**6 else 6)),
    ("padding", lambda n: h.Stepper(ONES, ONES, padding=n)),
    ("Y|stride", lambda n: h.Stepper(ONES, ONES, op="transposed", stride=n)),
]


@pytest.mark.parametrize("size", [2 * 10**5, 10**9, 10**15])
@pytest.mark.parametrize(("name", "call"), HUGE, ids=[f"{i} {name}" for i, (name, _) in enumerate(HUGE)])
def test_what_no_memory_holds_is_refused_at_once(name, call, size):
    assert re.search(rf"\b({name})\b", refusal(lambda: call(size)))


def test_a_huge_stride_leaves_one_window():
    for stride in (10**9, 2**31 - 1):
        assert torch.equal(h.corr2d(X56, X56[:2, :2], stride=stride), h.corr2d(X56, X56[:2, :2], stride=9))
        assert torch.equal(h.pool2d(X56, 2, stride=stride), h.pool2d(X56, 2, stride=9))
        assert h.trans_conv(X56[:1, :1], ONES.double(), stride=stride).shape == (2, 2)
        assert h.kernel2matrix(ONES, stride=stride).shape == (1, 9)


MISFITS = [
    ("kernel covers 6 cells", lambda: h.corr2d(X56, numbers(6, 1))),
    ("kernel covers 7 cells", lambda: h.corr2d(X56, numbers(1, 7))),
    ("K must have c_i/groups = 4/2 = 2 channels",
     lambda: h.corr2d_multi_in_out(numbers(4, 5, 5), numbers(2, 4, 2, 2), groups=2)),
    ("groups must divide both 4 input and 3",
     lambda: h.corr2d_multi_in_out(numbers(4, 5, 5), numbers(3, 2, 2, 2), groups=2)),
    ("groups must divide both 3 input and 4",
     lambda: h.corr2d_multi_in_out(numbers(3, 5, 5), numbers(4, 2, 2, 2), groups=2)),
    (r"channels per kernel, got 3", lambda: h.corr2d_multi_in_out_1x1(numbers(2, 5, 5), numbers(2, 3, 1, 1))),
    ("K must be a 1×1 kernel", lambda: h.corr2d_multi_in_out_1x1(numbers(2, 5, 5), numbers(2, 2, 1, 2))),
    ("conv2d must answer with one channel", lambda: h.comp_conv2d(lambda X: X.expand(1, 2, 5, 6), X56)),
    ("conv2d's answer must be a tensor", lambda: h.comp_conv2d(lambda X: [X], X56)),
    ("conv2d's answer must have shape", lambda: h.comp_conv2d(lambda X: X[0], X56)),
    ("conv2d must take .* refused X of shape", lambda: h.comp_conv2d(nn.Conv2d(2, 1, 3).double(), X56)),
    ("conv2d must take .* refused X of shape", lambda: h.comp_conv2d(nn.Conv2d(1, 1, 7).double(), X56)),
    ("padding must be at most half", lambda: h.pool2d(X56, (2, 3), padding=(1, 2))),
    ("X must hold floating-point numbers for mode 'avg'", lambda: h.pool2d(X56.long(), 2, "avg")),
    ("padding 3 removes the whole output", lambda: h.trans_conv(X56[:3, :3], numbers(2, 2), padding=(3, 0))),
    ("out_channels must equal in_channels", lambda: h.bilinear_kernel(3, 2, 4)),
    ("r² = 9 divides, got 8", lambda: h.pixel_shuffle(numbers(8, 2, 2), 3)),
    ("that r = 4 divides", lambda: h.pixel_unshuffle(numbers(2, 4, 6), 4)),
    ("that r = 4 divides", lambda: h.pixel_unshuffle(numbers(2, 6, 4), 4)),
    ("curves.'a'. must have at most 2 values", lambda: plotting.plot_lines([1, 2], {"a": [1, 2, 3]})),
    ("counts must have shape", lambda: plotting.show_confusion(torch.ones(3, 3), ["a", "b"])),
    ("start must have one point for each", lambda: plotting.show_points(X56, {"a": numbers(3, 2)}, numbers(2, 2))),
    ("at must be a cell of Y, which is 4×4", lambda: plotting.show_window(X56, numbers(2, 3), at=(4, 0))),
    ("at must be a cell of X, which is 5×6", lambda: plotting.show_stamp(X56, numbers(2, 3), at=(0, 6))),
    ("at must be at least 0", lambda: plotting.show_pooling(X56, 2, at=(-1, 0))),
    ("padded input would have|its padding would have", lambda: plotting.show_window(X56, numbers(2, 3), padding=20)),
]  # fmt: skip


@pytest.mark.parametrize(("message", "call"), MISFITS, ids=[f"{i} {message}" for i, (message, _) in enumerate(MISFITS)])
def test_what_does_not_fit_together_is_named(message, call):
    assert re.search(message, refusal(call))


ANSWERS = [None, ..., 3, -1, 0.5, float("nan"), True, "yes", b"", [], (), {}, {1}, [[1, 2], [3]], [None], object(), int, 1j]
ANSWERS += [
    X56,
    X56 > 0,
    X56.to("meta"),
    X56.to_sparse(),
    X56.numpy(),
    torch.Size([2]),
    lambda: None,
    lambda *a: a,
    nn.Conv2d,
]
ANSWERS += [
    lambda *a: 1 / 0,
    lambda *a: exit(),
    len,
    print,
    10**400,
    "x" * 10**5,
    [0] * 10**4,
    Exception,
    h.corr2d,
    nn.ReLU(),
]


@pytest.mark.parametrize("exercise", ["1.1", "3.1", "4.2", "7.1", "8.2", "9.3", "10.1", "12.1"])
def test_a_check_answers_whatever_it_is_given(exercise, capsys):
    for answer in ANSWERS:
        verdict = h.check(exercise, answer)
        assert verdict.state in ("right", "wrong", "open") and len(repr(verdict)) < 3 * LONGEST, answer
