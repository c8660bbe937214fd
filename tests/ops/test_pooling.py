"""Pooling and unpooling against torch and their own definitions."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.nn import functional as F

from d2l_helpers import corr2d, max_unpool2d, pool2d
from tests.support.strategies import as_two, pair, random_tensor, seeds

TORCHS = {"max": F.max_pool2d, "avg": F.avg_pool2d}


@st.composite
def pooling_settings(draw) -> dict:
    """size, window, padding and stride that fit: the window into the padded input, the padding into half the window."""
    size = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    window, stride = draw(pair(1, 5)), draw(pair(1, 4))
    k = as_two(window)
    padding = (draw(st.integers(0, k[0] // 2)), draw(st.integers(0, k[1] // 2)))
    padding = padding[0] if padding[0] == padding[1] and draw(st.booleans()) else padding
    p = as_two(padding)
    assume(all(size[i] + 2 * p[i] >= k[i] for i in (0, 1)))
    return {"size": size, "window": window, "settings": {"padding": padding, "stride": stride}, "seed": draw(seeds)}


@given(pooling_settings())
def test_max_is_torchs(case):
    X = random_tensor(case["seed"], *case["size"])
    expected = F.max_pool2d(X[None], case["window"], **case["settings"])[0]
    torch.testing.assert_close(pool2d(X, case["window"], **case["settings"]), expected, rtol=0, atol=0)


@given(pooling_settings())
def test_average_is_torchs(case):
    X = random_tensor(case["seed"], *case["size"])
    expected = F.avg_pool2d(X[None], case["window"], **case["settings"])[0]
    torch.testing.assert_close(pool2d(X, case["window"], "avg", **case["settings"]), expected)


@pytest.mark.parametrize("mode", TORCHS)
@given(case=pooling_settings())
def test_gradients_are_torchs_even_where_maxima_tie(mode, case):
    X = random_tensor(case["seed"], *case["size"]).round().requires_grad_()
    Y = pool2d(X, case["window"], mode, **case["settings"])
    weights = random_tensor(case["seed"] + 1, *Y.shape)
    (ours,) = torch.autograd.grad(Y, X, weights)
    (torchs,) = torch.autograd.grad(TORCHS[mode](X[None], case["window"], **case["settings"])[0], X, weights)
    torch.testing.assert_close(ours, torchs)


@given(pooling_settings(), st.integers(0, 3))
def test_unpooling_is_torchs(case, channels):
    shape = (channels, *case["size"]) if channels else case["size"]
    X = random_tensor(case["seed"], *shape).reshape(-1, *case["size"])
    Y, indices = F.max_pool2d(X, case["window"], **case["settings"], return_indices=True)
    expected = torch.zeros(len(X), X[0].numel(), dtype=X.dtype)
    for channel, flat in enumerate(expected):
        for place, value in zip(indices[channel].flatten(), Y[channel].flatten(), strict=True):
            flat[place] = value
    expected = expected.reshape(X.shape)
    Y, indices, expected = (Y, indices, expected) if channels else (Y[0], indices[0], expected[0])
    assert torch.equal(max_unpool2d(Y, indices, case["size"]), expected)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), seeds)
def test_unpooling_is_torchs_function(channels, height, width, seed):
    X = random_tensor(seed, channels, 2 * height, 2 * width)
    Y, indices = F.max_pool2d(X, 2, return_indices=True)
    assert torch.equal(max_unpool2d(Y, indices, X.shape[1:]), F.max_unpool2d(Y, indices, 2))


@given(pooling_settings())
def test_inputs_stay_as_they_are(case):
    X = random_tensor(case["seed"], *case["size"])
    before = X.clone()
    for mode in TORCHS:
        pool2d(X, case["window"], mode, **case["settings"])
    Y, indices = F.max_pool2d(X[None], case["window"], **case["settings"], return_indices=True)
    Y_before, indices_before = Y.clone(), indices.clone()
    max_unpool2d(Y, indices, case["size"])
    assert torch.equal(X, before) and torch.equal(Y, Y_before) and torch.equal(indices, indices_before)


@pytest.mark.parametrize("mode", TORCHS)
def test_a_window_of_one_gives_a_copy(mode):
    X = torch.rand(3, 4)
    Y = pool2d(X, 1, mode)
    Y += 1
    assert torch.equal(Y, X + 1)


def test_the_numbers_of_the_lesson():
    X = torch.arange(9.0).reshape(3, 3)
    assert pool2d(X, (2, 2)).tolist() == [[4, 5], [7, 8]]
    assert pool2d(X, (2, 2), "avg").tolist() == [[2, 3], [5, 6]]
    X = torch.arange(16.0).reshape(4, 4)
    assert pool2d(X, 2, stride=2).tolist() == [[5, 7], [13, 15]]
    assert pool2d(X, 2, "avg", stride=2).tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert pool2d(X, 3, stride=3).tolist() == [[10]]
    assert pool2d(X, 3, padding=1, stride=2).tolist() == [[5, 7], [13, 15]]
    assert pool2d(X, (2, 3), stride=(2, 3), padding=(0, 1)).tolist() == [[5, 7], [13, 15]]
    assert pool2d(X + 1, 2, stride=2).tolist() == [[6, 8], [14, 16]]
    Y, indices = F.max_pool2d(X[None], 2, return_indices=True)
    assert max_unpool2d(Y[0], indices[0], (4, 4)).tolist() == [[0, 0, 0, 0], [0, 5, 0, 7], [0, 0, 0, 0], [0, 13, 0, 15]]


def test_an_impulse_becomes_a_window():
    impulse = torch.zeros(5, 5)
    impulse[2, 2] = 1
    assert torch.equal(pool2d(impulse, 2, padding=1), F.pad(torch.ones(2, 2), (2, 2, 2, 2)))
    torch.testing.assert_close(pool2d(impulse, 3, "avg"), torch.full((3, 3), 1 / 9))


def test_the_average_is_a_correlation():
    X = random_tensor(0, 6, 7)
    kernel = torch.full((2, 3), 1 / 6, dtype=X.dtype)
    torch.testing.assert_close(pool2d(X, (2, 3), "avg", stride=2), corr2d(X, kernel, stride=2))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.int64, torch.float16, torch.bfloat16])
def test_max_takes_any_real_numbers_and_never_the_padding(dtype):
    X = torch.tensor([[1, 0], [0, 0]], dtype=dtype) - (0 if dtype == torch.uint8 else 5)
    Y = pool2d(X, 2, padding=1)
    assert Y.dtype == dtype
    assert torch.equal(Y, X[:1, :1] - F.pad(torch.ones(2, 2, dtype=dtype), (0, 1, 0, 1)).neg().add(1))


def test_nan_and_infinity_pass_through():
    X = torch.tensor([[1.0, torch.nan, 2.0], [-torch.inf, -torch.inf, torch.inf]])
    for window in ((1, 2), (2, 1)):
        torch.testing.assert_close(pool2d(X, window), F.max_pool2d(X[None], window, 1)[0], equal_nan=True)


@pytest.mark.parametrize("mode", TORCHS)
def test_gradients_are_right(mode):
    X = random_tensor(0, 5, 6).requires_grad_()
    assert gradcheck(lambda X: pool2d(X, (2, 3), mode, padding=1, stride=2), (X,))


def test_gradients_of_unpooling_are_right():
    Y, indices = F.max_pool2d(random_tensor(0, 2, 4, 6), 2, return_indices=True)
    assert gradcheck(lambda Y: max_unpool2d(Y, indices, (4, 6)), (Y.requires_grad_(),))


def test_an_index_may_come_twice_and_the_output_may_be_larger():
    X = torch.tensor([[0.0, 0, 0], [0, 9, 0], [0, 0, 0]])
    Y, indices = F.max_pool2d(X[None], 2, stride=1, return_indices=True)
    assert torch.equal(max_unpool2d(Y[0], indices[0], 3), X)
    assert max_unpool2d(torch.tensor([[7.0]]), torch.tensor([[4]]), (2, 4)).tolist() == [[0, 0, 0, 0], [7, 0, 0, 0]]


X34, Y12, I12 = torch.ones(3, 4), torch.ones(1, 2), torch.tensor([[0, 4]])


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "X must be a tensor .* got list", lambda: pool2d([[1]], 2)),
        (TypeError, "X must hold real numbers, got torch.bool: convert it", lambda: pool2d(X34 > 0, 2)),
        (TypeError, "X must hold floats, got torch.int64: convert it, e.g. X.float", lambda: pool2d(I12, 1, "avg")),
        (TypeError, "X must hold real numbers, got torch.complex64", lambda: pool2d(X34 * 1j, 2)),
        (ValueError, r"X must have shape \(H, W\), got 3 .*\(1, 3, 4\)", lambda: pool2d(X34[None], 2)),
        (ValueError, "X must not be empty", lambda: pool2d(torch.ones(0, 4), 2)),
        (ValueError, "mode must be one of max, avg, got 'mean'", lambda: pool2d(X34, 2, "mean")),
        (ValueError, "mode must be one of max, avg, got 2", lambda: pool2d(X34, 2, 2)),
        (ValueError, "pool_size must be at least 1, got 0", lambda: pool2d(X34, 0)),
        (TypeError, "pool_size must be an int .* got 2.0", lambda: pool2d(X34, 2.0)),
        (ValueError, "kernel covers 4 cells, .* padded input has .3", lambda: pool2d(X34, 4)),
        (ValueError, "padding must be at most half the .* of 3, got 2", lambda: pool2d(X34, 3, padding=2)),
        (ValueError, "padding must be at least 0, got -1", lambda: pool2d(X34, 2, padding=-1)),
        (ValueError, "stride must be at least 1, got 0", lambda: pool2d(X34, 2, stride=0)),
        (ValueError, "stride must be an int or a pair", lambda: pool2d(X34, 2, stride=(1, 1, 1))),
        (TypeError, "Y must be a tensor .* got list", lambda: max_unpool2d([[1.0]], I12, 3)),
        (TypeError, "indices must be a tensor .* got list", lambda: max_unpool2d(Y12, [[0, 5]], 3)),
        (TypeError, "indices must be torch.int64, got torch.int32", lambda: max_unpool2d(Y12, I12.int(), 3)),
        (TypeError, "indices must be torch.int64, got torch.float32", lambda: max_unpool2d(Y12, I12.float(), 3)),
        (ValueError, r"indices must have the shape of Y, \(1, 2\), got \(2, 1\)", lambda: max_unpool2d(Y12, I12.T, 3)),
        (ValueError, r"indices must have shape \(H', W'\), got 3", lambda: max_unpool2d(Y12, I12[None], 3)),
        (ValueError, r"Y must have shape \(H', W'\), got 1", lambda: max_unpool2d(Y12[0], I12[0], 3)),
        (ValueError, "Y must not be empty", lambda: max_unpool2d(Y12[:0], I12[:0], 3)),
        (ValueError, "Y and indices must be on one device", lambda: max_unpool2d(Y12, I12.to("meta"), 3)),
        (ValueError, "indices must lie between 0 and 3 for 2×2, got 4", lambda: max_unpool2d(Y12, I12, 2)),
        (ValueError, "indices must lie between 0 and 8 for 3×3, got -1", lambda: max_unpool2d(Y12, I12 - 1, 3)),
        (ValueError, "output_size must be an int or a pair", lambda: max_unpool2d(Y12, I12, (1, 3, 4))),
        (ValueError, "output_size must be at least 1, got 0", lambda: max_unpool2d(Y12, I12, 0)),
    ],
)  # fmt: skip
def test_bad_input_is_named(error, message, call):
    with pytest.raises(error, match=message):
        call()
