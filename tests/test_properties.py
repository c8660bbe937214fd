"""Laws that hold for any numbers and settings: gradients as torch's, linearity, shifts, and each example once an epoch.

What each helper computes is compared with torch in the tests of its module.
"""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

import d2l_helpers as h
from d2l_helpers.data import Batches
from tests.support.strategies import as_two, convolution_settings, pair, random_tensor, seeds

small = st.integers(1, 6)
factors = st.integers(1, 4)
sizes = st.tuples(small, small)


def require_the_same_gradients(ours, torchs, *inputs) -> None:
    """Both functions must pull random numbers back to the same gradients."""
    inputs = [X.requires_grad_() for X in inputs]
    Y, expected = ours(*inputs), torchs(*inputs)
    upstream = random_tensor(0, *Y.shape)
    pairs = (torch.autograd.grad(answer, inputs, upstream) for answer in (Y, expected))
    for got, wanted in zip(*pairs, strict=True):
        torch.testing.assert_close(got, wanted)


def require_linear(function, X, other) -> None:
    """A sum of inputs must give the sum of the answers."""
    torch.testing.assert_close(function(2 * X - 3 * other), 2 * function(X) - 3 * function(other))


def many(case: dict) -> tuple[torch.Tensor, torch.Tensor]:
    """X: (c_i, H, W) and K: (c_o, c_i/groups, h, w)."""
    c_i, c_o, groups = case["c_i"], case["c_o"], case["groups"]
    X = random_tensor(case["seed"], c_i, *case["size"])
    return X, random_tensor(case["seed"] + 1, c_o, c_i // groups, *case["kernel"])


def one(case: dict) -> tuple[torch.Tensor, torch.Tensor]:
    return random_tensor(case["seed"], *case["size"]), random_tensor(case["seed"] + 1, *case["kernel"])


# Gradients


@given(convolution_settings())
def test_gradients_of_correlation_and_convolution(case):
    X, K = one(case)
    flips = {h.corr2d: lambda K: K, h.conv2d: lambda K: K.flip(0, 1)}
    for ours, flip in flips.items():

        def torchs(X, K, flip=flip):
            return F.conv2d(X[None, None], flip(K)[None, None], **case["settings"])[0, 0]

        require_the_same_gradients(lambda X, K, ours=ours: ours(X, K, **case["settings"]), torchs, X, K)


@given(convolution_settings(channels=True))
def test_gradients_of_channels_and_groups(case):
    settings = case["settings"] | {"groups": case["groups"]}
    X, K = many(case)
    ours, torchs = (lambda X, K, f=f: f(X, K, **settings) for f in (h.corr2d_multi_in_out, F.conv2d))
    require_the_same_gradients(ours, torchs, X, K)


@given(convolution_settings(channels=True))
def test_gradients_of_channels_summed_and_of_1x1(case):
    X, K = many(case | {"groups": 1, "c_o": 1})
    one_by_one = random_tensor(case["seed"] + 2, case["c_o"], case["c_i"], 1, 1)
    settings = case["settings"]

    def torchs(X, K):
        return F.conv2d(X, K[None], **settings)[0]

    require_the_same_gradients(lambda X, K: h.corr2d_multi_in(X, K, **settings), torchs, X, K[0])
    require_the_same_gradients(h.corr2d_multi_in_out_1x1, F.conv2d, X.detach(), one_by_one)


@given(convolution_settings(), pair(0, 2))
def test_gradients_of_the_transposed_convolution(case, extra):
    X, K = one(case)
    s, d = as_two(case["settings"]["stride"]), as_two(case["settings"]["dilation"])
    extra = tuple(min(e, max(s[i], d[i]) - 1) for i, e in enumerate(as_two(extra)))
    settings = {"stride": s, "dilation": d, "output_padding": extra}

    def torchs(X, K):
        return F.conv_transpose2d(X[None, None], K[None, None], **settings)[0, 0]

    require_the_same_gradients(lambda X, K: h.trans_conv(X, K, **settings), torchs, X, K)


@given(convolution_settings())
def test_gradients_of_the_matrix(case):
    X, K = one(case)
    settings = {name: case["settings"][name] for name in ("padding", "stride")}

    def torchs(K):
        return F.conv2d(X[None, None], K[None, None], **settings).flatten()

    require_the_same_gradients(lambda K: h.kernel2matrix(K, case["size"], **settings) @ X.flatten(), torchs, K)


@given(sizes, factors, st.booleans(), seeds)
def test_gradients_of_upsampling(size, s, align_corners, seed):
    X = random_tensor(seed, 2, *size)
    for ours, mode, corners in ((h.upsample_nearest, "nearest", {}), (h.upsample_bilinear, "bilinear", {"align_corners"})):
        named = dict.fromkeys(corners, align_corners)

        def torchs(X, mode=mode, named=named):
            return F.interpolate(X[None], scale_factor=s, mode=mode, **named)[0]

        require_the_same_gradients(lambda X, ours=ours, named=named: ours(X, s, **named), torchs, X)


@given(st.tuples(*[st.integers(1, 3)] * 3), st.integers(1, 3), st.booleans(), seeds)
def test_gradients_of_trilinear_upsampling(size, s, align_corners, seed):
    def torchs(X):
        return F.interpolate(X[None, None], scale_factor=s, mode="trilinear", align_corners=align_corners)[0, 0]

    def ours(X):
        return h.upsample_trilinear(X, s, align_corners=align_corners)

    require_the_same_gradients(ours, torchs, random_tensor(seed, *size))


@given(sizes, st.integers(1, 3), factors, seeds)
def test_gradients_of_pixel_shuffles(size, channels, r, seed):
    X = random_tensor(seed, channels * r * r, *size)
    require_the_same_gradients(lambda X: h.pixel_shuffle(X, r), lambda X: F.pixel_shuffle(X, r), X)
    X = random_tensor(seed, channels, size[0] * r, size[1] * r)
    require_the_same_gradients(lambda X: h.pixel_unshuffle(X, r), lambda X: F.pixel_unshuffle(X, r), X)


@given(sizes, st.integers(1, 3), seeds)
def test_gradients_of_unpooling(size, channels, seed):
    X = random_tensor(seed, channels, 2 * size[0], 2 * size[1])
    Y, indices = F.max_pool2d(X, 2, return_indices=True)

    def torchs(Y):
        return F.max_unpool2d(Y, indices, 2)

    require_the_same_gradients(lambda Y: h.max_unpool2d(Y, indices, X.shape[1:]), torchs, Y)


# Linearity


@given(convolution_settings(channels=True))
def test_channels_and_groups_are_linear_in_input_and_kernel(case):
    X, K = many(case)
    settings = case["settings"] | {"groups": case["groups"]}
    require_linear(lambda X: h.corr2d_multi_in_out(X, K, **settings), X, random_tensor(1, *X.shape))
    require_linear(lambda K: h.corr2d_multi_in_out(X, K, **settings), K, random_tensor(2, *K.shape))


@given(convolution_settings())
def test_kernels_are_linear_too(case):
    X, K = one(case)
    other, settings = random_tensor(1, *K.shape), case["settings"]
    require_linear(lambda K: h.conv2d(X, K, **settings), K, other)
    require_linear(lambda K: h.trans_conv(X, K, stride=settings["stride"]), K, other)
    require_linear(lambda K: h.kernel2matrix(K, case["size"], padding=settings["padding"]), K, other)


@given(sizes, factors, st.booleans(), seeds)
def test_averages_and_enlargements_are_linear(size, s, align_corners, seed):
    X, other = random_tensor(seed, 4, *size), random_tensor(seed + 1, 4, *size)
    require_linear(lambda X: h.pool2d(X[0], (1, min(s, size[1])), "avg", stride=s), X, other)
    require_linear(lambda X: h.upsample_nearest(X, s), X, other)
    require_linear(lambda X: h.upsample_bilinear(X, s, align_corners=align_corners), X, other)
    require_linear(lambda X: h.upsample_trilinear(X, 2, align_corners=align_corners), X, other)
    require_linear(lambda X: h.pixel_shuffle(X, 2), X, other)


@given(sizes, small, seeds)
def test_the_maximum_follows_scale_and_offset(size, k, seed):
    X, window = random_tensor(seed, *size), (min(k, size[0]), min(k, size[1]))
    torch.testing.assert_close(h.pool2d(3 * X + 2, window), 3 * h.pool2d(X, window) + 2)


# Shifts


@given(convolution_settings(channels=True), st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_a_shift_by_strides_shifts_the_correlation(case, cells):
    """Zeros in front of a picture are zeros, or nothing, in front of the answer: then come the same numbers."""
    X, K = many(case)
    s = as_two(case["settings"]["stride"])
    rows, columns = cells
    settings = case["settings"] | {"padding": 0, "groups": case["groups"]}
    padded = F.pad(X, [side for p in reversed(as_two(case["settings"]["padding"])) for side in (p, p)])
    moved = F.pad(padded, (columns * s[1], 0, rows * s[0], 0))
    Y, later = (h.corr2d_multi_in_out(one, K, **settings) for one in (padded, moved))
    torch.testing.assert_close(later[:, rows:, columns:], Y)


@pytest.mark.parametrize("mode", ["max", "avg"])
@given(size=sizes, window=sizes, stride=sizes, cells=sizes, seed=seeds)
def test_a_shift_by_strides_shifts_the_pooling(mode, size, window, stride, cells, seed):
    X = random_tensor(seed, size[0] + window[0], size[1] + window[1])
    moved = F.pad(X, (cells[1] * stride[1], 0, cells[0] * stride[0], 0))
    Y, later = (h.pool2d(one, window, mode, stride=stride) for one in (X, moved))
    torch.testing.assert_close(later[cells[0] :, cells[1] :], Y)


@given(convolution_settings(), sizes)
def test_a_shift_by_one_shifts_the_transposed_convolution_by_its_stride(case, cells):
    X, K = one(case)
    s = as_two(case["settings"]["stride"])
    settings = {"stride": s, "dilation": case["settings"]["dilation"]}
    Y, later = (h.trans_conv(one, K, **settings) for one in (X, F.pad(X, (cells[1], 0, cells[0], 0))))
    torch.testing.assert_close(later[cells[0] * s[0] :, cells[1] * s[1] :], Y)
    assert not later[: cells[0] * s[0]].any() and not later[:, : cells[1] * s[1]].any()


@given(sizes, sizes, factors, seeds)
def test_a_shift_shifts_the_enlargement(size, cells, s, seed):
    X = random_tensor(seed, 1, *size)
    moved = F.pad(X, (cells[1], 0, cells[0], 0), mode="constant")
    inside = (
        0,
        slice((cells[0] + 1) * s, None),
        slice((cells[1] + 1) * s, None),
    )  # bilinear mixes the first row with zeros
    first = (0, slice(s, None), slice(s, None))
    for enlarge in (h.upsample_nearest, h.upsample_bilinear):
        torch.testing.assert_close(enlarge(moved, s)[inside], enlarge(X, s)[first])


# The loader


@given(st.integers(1, 60), st.integers(1, 70), st.booleans(), seeds)
def test_each_example_once_an_epoch_with_its_label(count, batch_size, shuffle, seed):
    images = torch.arange(count, dtype=torch.uint8).reshape(-1, 1, 1).expand(count, 2, 3)
    generator = torch.Generator().manual_seed(seed)
    batches = Batches(images, torch.arange(count), batch_size, shuffle=shuffle, generator=generator)
    for _ in range(2):
        epoch = list(batches)
        assert len(epoch) == len(batches) and [len(y) for _, y in epoch[:-1]] == [batch_size] * (len(epoch) - 1)
        labels = torch.cat([y for _, y in epoch])
        assert torch.equal(labels.sort().values, torch.arange(count))
        assert shuffle or torch.equal(labels, torch.arange(count))
        for X, y in epoch:
            assert X.shape == (len(y), 1, 2, 3) and torch.equal((X[:, 0, 1, 2] * 255).round().long(), y)


@given(st.integers(2, 60), st.integers(1, 70), seeds)
def test_a_seed_gives_one_order_whatever_else_is_drawn(count, batch_size, seed):
    images, orders = torch.zeros(count, 1, 1, dtype=torch.uint8), []
    for elsewhere in (0, 1):
        torch.manual_seed(elsewhere)
        generator = torch.Generator().manual_seed(seed)
        batches = Batches(images, torch.arange(count), batch_size, shuffle=True, generator=generator)
        orders.append(torch.cat([y for _ in range(2) for _, y in batches]))
    assert torch.equal(*orders)
