"""Upsampling and pixel shuffle against torch and their own definitions."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.nn import functional as F

from d2l_helpers import pixel_shuffle, pixel_unshuffle, upsample_bilinear, upsample_nearest, upsample_trilinear
from tests.support.strategies import random_tensor, seeds

leading = st.lists(st.integers(1, 2), max_size=3).map(tuple)  # the axes in front, none to three of them
factors = st.integers(1, 5)


def axes(count: int, largest: int):
    """The sizes of `count` axes, 1 cell among them."""
    return st.tuples(*[st.integers(1, largest)] * count)


def torchs(X, scale_factor, mode, axes=2, **settings):
    """F.interpolate for any number of leading axes."""
    batch = X.reshape(1, -1, *X.shape[-axes:])
    Y = F.interpolate(batch, scale_factor=scale_factor, mode=mode, **settings)
    return Y.reshape(*X.shape[:-axes], *Y.shape[-axes:])


@given(leading, axes(2, 9), factors, seeds)
def test_nearest_is_torchs(front, size, s, seed):
    X = random_tensor(seed, *front, *size)
    assert torch.equal(upsample_nearest(X, s), torchs(X, s, "nearest"))


@given(leading, axes(2, 9), factors, st.booleans(), seeds)
def test_bilinear_is_torchs(front, size, s, align_corners, seed):
    X = random_tensor(seed, *front, *size)
    expected = torchs(X, s, "bilinear", align_corners=align_corners)
    torch.testing.assert_close(upsample_bilinear(X, s, align_corners=align_corners), expected)


@given(leading, axes(3, 4), st.integers(1, 4), st.booleans(), seeds)
def test_trilinear_is_torchs(front, size, s, align_corners, seed):
    X = random_tensor(seed, *front, *size)
    expected = torchs(X, s, "trilinear", axes=3, align_corners=align_corners)
    torch.testing.assert_close(upsample_trilinear(X, s, align_corners=align_corners), expected)


@given(leading, st.integers(1, 3), axes(2, 5), factors, seeds)
def test_shuffle_is_torchs(front, channels, size, r, seed):
    X = random_tensor(seed, *front, channels * r * r, *size)
    assert torch.equal(pixel_shuffle(X, r), F.pixel_shuffle(X, r))


@given(leading, st.integers(1, 3), axes(2, 5), factors, seeds)
def test_unshuffle_is_torchs_and_the_inverse(front, channels, size, r, seed):
    X = random_tensor(seed, *front, channels, size[0] * r, size[1] * r)
    assert torch.equal(pixel_unshuffle(X, r), F.pixel_unshuffle(X, r))
    assert torch.equal(pixel_shuffle(pixel_unshuffle(X, r), r), X)


@given(axes(2, 6), factors, st.booleans(), seeds)
def test_interpolation_stays_between_the_input_values_and_keeps_a_constant(size, s, align_corners, seed):
    X = random_tensor(seed, *size)
    Y = upsample_bilinear(X, s, align_corners=align_corners)
    assert X.min() - 1e-12 <= Y.min() and Y.max() <= X.max() + 1e-12
    torch.testing.assert_close(upsample_bilinear(torch.ones(size), s, align_corners=align_corners), torch.ones(Y.shape))


@given(axes(2, 6), factors, st.booleans(), seeds)
def test_inputs_stay_as_they_are_and_no_memory_is_shared(size, s, align_corners, seed):
    X = random_tensor(seed, 2 * s * s, *size)
    before = X.clone()
    results = [
        upsample_nearest(X, s),
        upsample_bilinear(X, s, align_corners=align_corners),
        upsample_trilinear(X, s, align_corners=align_corners),
        pixel_shuffle(X, s),
        pixel_unshuffle(pixel_shuffle(X, s), s),
        pixel_unshuffle(X, 1),
    ]
    for result in results:
        result.zero_()
    assert torch.equal(X, before)


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("s", [1, 2, 3])
def test_a_single_pixel_stays_what_it_is(s, align_corners):
    X = torch.full((1, 1, 1), 7.0)
    assert torch.equal(upsample_bilinear(X[0], s, align_corners=align_corners), torch.full((s, s), 7.0))
    assert torch.equal(upsample_trilinear(X, s, align_corners=align_corners), torch.full((s, s, s), 7.0))


def test_aligned_corners_coincide_and_others_repeat_the_edge():
    X = random_tensor(0, 3, 4)
    corners = ([0, 0, -1, -1], [0, -1, 0, -1])
    for align_corners in (False, True):
        torch.testing.assert_close(upsample_bilinear(X, 4, align_corners=align_corners)[corners], X[corners])
    row = torch.tensor([[0.0, 1.0]])
    assert upsample_bilinear(row, 2)[0].tolist() == [0, 0.25, 0.75, 1]
    torch.testing.assert_close(upsample_bilinear(row, 2, align_corners=True)[0], torch.tensor([0, 1 / 3, 2 / 3, 1]))


def test_impulse_gives_the_tent():
    impulse = torch.zeros(3, 3)
    impulse[1, 1] = 1
    tent = torch.tensor([0, 0.25, 0.75, 0.75, 0.25, 0])
    assert torch.equal(upsample_bilinear(impulse, 2), torch.outer(tent, tent))
    assert torch.equal(upsample_nearest(impulse, 2), torch.kron(impulse, torch.ones(2, 2)))
    cube = torch.zeros(3, 3, 3)
    cube[1, 1, 1] = 1
    assert torch.equal(upsample_trilinear(cube, 2), torch.einsum("i,j,k->ijk", tent, tent, tent))
    channels = torch.zeros(8, 2, 3)
    channels[5, 1, 2] = 1  # channel 5 = 1·4 + 0·2 + 1: output channel 1, row 2·1 + 0, column 2·2 + 1
    assert pixel_shuffle(channels, 2).nonzero().tolist() == [[1, 2, 5]]


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda X: upsample_nearest(X, 3), (2, 2, 3)),
        (lambda X: upsample_bilinear(X, 3), (2, 3, 2)),
        (lambda X: upsample_bilinear(X, 2, align_corners=True), (3, 2)),
        (lambda X: upsample_trilinear(X, 2), (2, 3, 2)),
        (lambda X: upsample_trilinear(X, 2, align_corners=True), (2, 1, 2)),
        (lambda X: pixel_shuffle(X, 2), (2, 4, 2, 3)),
        (lambda X: pixel_unshuffle(X, 2), (2, 4, 6)),
    ],
)
def test_gradients_are_right(function, shape):
    assert gradcheck(function, random_tensor(0, *shape).requires_grad_())


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.bool, torch.float16, torch.complex64])
def test_copying_keeps_any_dtype(dtype):
    X = torch.arange(16).reshape(4, 2, 2).to(dtype)
    assert upsample_nearest(X, 2).dtype == pixel_shuffle(X, 2).dtype == pixel_unshuffle(X, 2).dtype == dtype
    assert torch.equal(pixel_unshuffle(pixel_shuffle(X, 2), 2), X)
    assert torch.equal(upsample_nearest(X, 2)[..., ::2, 1::2], X)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_interpolation_keeps_any_float(dtype):
    X = random_tensor(0, 1, 1, 3, 4).to(dtype)
    expected = F.interpolate(X.double(), scale_factor=2, mode="bilinear")
    assert upsample_bilinear(X, 2).dtype == upsample_trilinear(X, 2).dtype == dtype
    rounding = 4 * torch.finfo(dtype).eps  # each of the two steps rounds, float64 does not
    torch.testing.assert_close(upsample_bilinear(X, 2).double(), expected, atol=rounding, rtol=rounding)


X34, X434 = torch.ones(3, 4), torch.ones(4, 3, 4)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "X must be a tensor .* got list", lambda: upsample_nearest([[1]], 2)),
        (TypeError, r"X must be a tensor of shape \(..., H, W\), got ndarray", lambda: upsample_bilinear(X34.numpy(), 2)),
        (TypeError, "X must be a tensor .* got list", lambda: pixel_shuffle([[1]], 2)),
        (ValueError, r"X must have shape \(..., H, W\), got 1", lambda: upsample_nearest(torch.ones(3), 2)),
        (ValueError, r"X must have shape \(..., H, W\), got 1", lambda: upsample_bilinear(torch.ones(3), 2)),
        (ValueError, r"X must have shape \(..., D, H, W\), got 2", lambda: upsample_trilinear(X34, 2)),
        (ValueError, r"X must have shape \(..., C·r², H, W\), got 2", lambda: pixel_shuffle(X34, 2)),
        (ValueError, r"X must have shape \(..., C, rH, rW\), got 2", lambda: pixel_unshuffle(X34, 2)),
        (ValueError, "X must not be empty", lambda: upsample_nearest(torch.ones(0, 4), 2)),
        (ValueError, "X must not be empty", lambda: upsample_bilinear(torch.ones(4, 0), 2)),
        (ValueError, "X must not be empty", lambda: pixel_unshuffle(torch.ones(0, 4, 4), 2)),
        (TypeError, "X must hold floats, got torch.int64: convert it", lambda: upsample_bilinear(X34.long(), 2)),
        (TypeError, "X must hold floats, got torch.bool", lambda: upsample_trilinear(X434 > 0, 2)),
        (TypeError, "X must hold floats, got torch.complex64", lambda: upsample_bilinear(X34 + 1j, 2)),
        (ValueError, "scale_factor must be at least 1, got 0", lambda: upsample_nearest(X34, 0)),
        (ValueError, "scale_factor must be at least 1, got -2", lambda: upsample_bilinear(X34, -2)),
        (TypeError, "scale_factor must be an int, got 1.5", lambda: upsample_nearest(X34, 1.5)),
        (TypeError, "scale_factor must be an int, got 2.0", lambda: upsample_bilinear(X34, 2.0)),
        (TypeError, "scale_factor must be an int, got True", lambda: upsample_bilinear(X34, True)),
        (TypeError, r"scale_factor must be an int, got \(2, 2\)", lambda: upsample_trilinear(X434, (2, 2))),
        (TypeError, "scale_factor must be an int, got None", lambda: upsample_bilinear(X34, None)),
        (TypeError, "align_corners must be True or False, got None", lambda: upsample_bilinear(X34, 2, align_corners=None)),
        (TypeError, "r must be an int, got '2'", lambda: pixel_shuffle(X434, "2")),
        (ValueError, "r must be at least 1, got 0", lambda: pixel_unshuffle(X434, 0)),
        (ValueError, "channels that r² = 9 divides, got 4", lambda: pixel_shuffle(X434, 3)),
        (ValueError, "channels that r² = 4 divides, got 6", lambda: pixel_shuffle(torch.ones(6, 3, 4), 2)),
        (ValueError, "height and a width that r = 2 divides", lambda: pixel_unshuffle(X434, 2)),
        (ValueError, "height and a width that r = 3 divides", lambda: pixel_unshuffle(X434, 3)),
    ],
)  # fmt: skip
def test_bad_input_is_named(error, message, call):
    with pytest.raises(error, match=message):
        call()
