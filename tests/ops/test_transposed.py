"""Transposed convolution against torch, against its other three definitions, and the matrix of a convolution."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.nn import functional as F

from d2l_helpers import bilinear_kernel, corr2d, kernel2matrix, trans_conv, transposed_out_size
from tests.support.strategies import as_two, convolution_settings, pair, random_tensor, seeds


@st.composite
def transposed_settings(draw) -> dict:
    """n, k (pairs), padding, stride, dilation and output_padding that leave at least one cell."""
    size = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    chosen = {"padding": draw(pair(0, 3)), "stride": draw(pair(1, 3)), "dilation": draw(pair(1, 3))}
    chosen["output_padding"] = draw(pair(0, 2))
    p, s, d, extra = (as_two(value) for value in chosen.values())
    assume(all(extra[i] < max(s[i], d[i]) for i in (0, 1)))
    assume(all((size[i] - 1) * s[i] + d[i] * (kernel[i] - 1) + extra[i] + 1 > 2 * p[i] for i in (0, 1)))
    return {"size": size, "kernel": kernel, "settings": chosen, "seed": draw(seeds)}


def inputs(case):
    return random_tensor(case["seed"], *case["size"]), random_tensor(case["seed"] + 1, *case["kernel"])


def torchs(X, K, **settings):
    return F.conv_transpose2d(X[None, None], K[None, None], **settings)[0, 0]


def without_dilation(case):
    return {name: case["settings"][name] for name in ("padding", "stride")}


def fitting_output_padding(case):
    """The output_padding with which a transposed convolution gives the convolution's input size back."""
    p, s, d = (as_two(case["settings"][name]) for name in ("padding", "stride", "dilation"))
    n, k = case["size"], case["kernel"]
    return tuple((n[i] + 2 * p[i] - d[i] * (k[i] - 1) - 1) % s[i] for i in (0, 1))


@given(transposed_settings())
def test_trans_conv_is_torchs(case):
    X, K = inputs(case)
    Y = trans_conv(X, K, **case["settings"])
    torch.testing.assert_close(Y, torchs(X, K, **case["settings"]))
    assert tuple(Y.shape) == transposed_out_size(case["size"], case["kernel"], **case["settings"])


@given(transposed_settings())
def test_trans_conv_is_zeros_inserted_and_a_flipped_kernel(case):
    X, K = inputs(case)
    p, s, d, extra = (as_two(value) for value in case["settings"].values())
    spread = X.new_zeros([(n - 1) * step + 1 for n, step in zip(X.shape, s, strict=True)])
    spread[:: s[0], :: s[1]] = X
    before = [d[i] * (K.shape[i] - 1) - p[i] for i in (0, 1)]
    ring = (before[1], before[1] + extra[1], before[0], before[0] + extra[0])  # negative numbers cut off
    padded = F.pad(spread, ring)
    torch.testing.assert_close(
        corr2d(padded, K.flip(0, 1), dilation=case["settings"]["dilation"]), trans_conv(X, K, **case["settings"])
    )


@given(convolution_settings())
def test_trans_conv_is_the_gradient_of_a_convolution(case):
    image, K = inputs(case)
    image.requires_grad_()
    Y = corr2d(image, K, **case["settings"])
    upstream = random_tensor(case["seed"] + 2, *Y.shape)
    (gradient,) = torch.autograd.grad(Y, image, upstream)
    back = trans_conv(upstream, K, **case["settings"], output_padding=fitting_output_padding(case))
    torch.testing.assert_close(back, gradient)


@given(convolution_settings())
def test_the_matrix_is_the_convolution(case):
    X, K = inputs(case)
    settings = without_dilation(case)
    Y = corr2d(X, K, **settings)
    M = kernel2matrix(K, case["size"], **settings)
    assert M.shape == (Y.numel(), X.numel()) and M.dtype == K.dtype
    torch.testing.assert_close(M @ X.flatten(), Y.flatten())


@given(convolution_settings())
def test_the_matrix_transposed_is_the_transposed_convolution(case):
    image, K = inputs(case)
    settings = without_dilation(case)
    case = {**case, "settings": {**settings, "dilation": 1}}
    X = random_tensor(case["seed"] + 2, *corr2d(image, K, **settings).shape)
    back = kernel2matrix(K, case["size"], **settings).T @ X.flatten()
    expected = trans_conv(X, K, **settings, output_padding=fitting_output_padding(case))
    torch.testing.assert_close(back.reshape(case["size"]), expected)


@given(transposed_settings())
def test_trans_conv_is_linear(case):
    X, K = inputs(case)
    other = random_tensor(case["seed"] + 2, *case["size"])
    both = trans_conv(2 * X - 3 * other, K, **case["settings"])
    each = [trans_conv(one, K, **case["settings"]) for one in (X, other)]
    torch.testing.assert_close(both, 2 * each[0] - 3 * each[1])


@given(transposed_settings())
def test_output_padding_adds_no_values_of_its_own(case):
    X, K = inputs(case)
    rest = {name: value for name, value in case["settings"].items() if name != "output_padding"}
    (p_h, p_w), (e_h, e_w) = as_two(rest["padding"]), as_two(case["settings"]["output_padding"])
    Y = trans_conv(X, K, **case["settings"])
    uncut = F.pad(trans_conv(X, K, **{**rest, "padding": 0}), (0, e_w, 0, e_h))
    torch.testing.assert_close(Y, uncut[p_h : p_h + Y.shape[0], p_w : p_w + Y.shape[1]])


@given(convolution_settings())
def test_inputs_stay_as_they_are(case):
    X, K = inputs(case)
    X_before, K_before = X.clone(), K.clone()
    Y = trans_conv(X, K, stride=2)
    M = kernel2matrix(K, case["size"], **without_dilation(case))
    Y += 1
    M += 1
    assert torch.equal(X, X_before) and torch.equal(K, K_before)


def test_the_numbers_of_the_lesson():
    X = K = torch.tensor([[0, 1], [2, 3]])
    assert trans_conv(X, K).tolist() == [[0, 0, 1], [0, 4, 6], [4, 12, 9]]
    assert trans_conv(X, K, padding=1).tolist() == [[4]]
    assert trans_conv(X, K, stride=2).tolist() == [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]
    assert kernel2matrix(K).tolist() == [
        [0, 1, 0, 2, 3, 0, 0, 0, 0],
        [0, 0, 1, 0, 2, 3, 0, 0, 0],
        [0, 0, 0, 0, 1, 0, 2, 3, 0],
        [0, 0, 0, 0, 0, 1, 0, 2, 3],
    ]
    for size, extra in [(16, 0), (17, 1), (18, 2)]:
        six = corr2d(torch.ones(size, size), torch.ones(5, 5), padding=2, stride=3)
        assert six.shape == (6, 6)
        back = trans_conv(six, torch.ones(5, 5), padding=2, stride=3, output_padding=extra)
        assert back.shape == (size, size)


def test_an_impulse_gives_the_kernel_upright():
    impulse = torch.zeros(3, 3)
    impulse[1, 1] = 1
    K = torch.arange(1.0, 10).reshape(3, 3)
    assert torch.equal(trans_conv(impulse, K), F.pad(K, (1, 1, 1, 1)))
    assert torch.equal(trans_conv(impulse, K, padding=1), K)


def test_kernel2matrix_keeps_dtype_and_takes_an_int():
    for dtype in (torch.int64, torch.float16, torch.float64):
        assert kernel2matrix(torch.ones(2, 2, dtype=dtype)).dtype == dtype
    K = torch.rand(2, 3)
    assert torch.equal(kernel2matrix(K, 4), kernel2matrix(K, (4, 4)))
    assert kernel2matrix(K, (4, 5)).shape == (3 * 3, 4 * 5)


def test_gradients_are_right():
    X, K = random_tensor(0, 3, 4).requires_grad_(), random_tensor(1, 2, 3).requires_grad_()
    settings = {"padding": 1, "stride": (2, 3), "dilation": (2, 1), "output_padding": (1, 2)}
    assert gradcheck(lambda X, K: trans_conv(X, K, **settings), (X, K))
    assert gradcheck(lambda K: kernel2matrix(K, (4, 5), padding=1, stride=2), (K,))


@pytest.mark.parametrize("scale", [1, 2, 3, 4, 5])
def test_bilinear_kernel_upsamples_bilinearly_inside(scale):
    kernel_size = 2 * scale - scale % 2
    weight = bilinear_kernel(3, 3, kernel_size).double()
    X = random_tensor(0, 1, 3, 5, 6)
    Y = F.conv_transpose2d(X, weight, stride=scale, padding=scale // 2)
    expected = F.interpolate(X, scale_factor=scale, mode="bilinear", align_corners=False)
    inside = (..., slice(scale, -scale), slice(scale, -scale))
    assert Y.shape == expected.shape
    torch.testing.assert_close(Y[inside], expected[inside], rtol=1e-6, atol=1e-6)


def test_bilinear_kernel_as_in_the_book():
    weight = bilinear_kernel(2, 2, 3)
    tent = torch.tensor([[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]])
    assert weight.dtype == torch.float32 and weight.shape == (2, 2, 3, 3)
    assert torch.equal(weight[0, 0], tent) and torch.equal(weight[1, 1], tent)
    assert not weight[0, 1].any() and not weight[1, 0].any()
    line = torch.tensor([0.25, 0.75, 0.75, 0.25])
    assert torch.equal(bilinear_kernel(1, 1, 4)[0, 0], torch.outer(line, line))
    assert torch.equal(bilinear_kernel(1, 2, 3), tent.expand(1, 2, 3, 3))
    assert torch.equal(bilinear_kernel(2, 1, 3), tent.expand(2, 1, 3, 3))


X34, K22 = torch.ones(3, 4), torch.ones(2, 2)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "X must be a tensor .* got list", lambda: trans_conv([[1]], K22)),
        (TypeError, "K must be a tensor .* got ndarray", lambda: trans_conv(X34, K22.numpy())),
        (TypeError, "X must hold numbers, got torch.bool: convert it", lambda: trans_conv(X34 > 0, K22)),
        (TypeError, "X and K must have one dtype", lambda: trans_conv(X34, K22.double())),
        (ValueError, "X and K must be on one device", lambda: trans_conv(X34, K22.to("meta"))),
        (ValueError, r"X must have shape \(H, W\), got 4", lambda: trans_conv(X34[None, None], K22)),
        (ValueError, r"K must have shape \(h, w\), got 1", lambda: trans_conv(X34, torch.ones(2))),
        (ValueError, "X must not be empty", lambda: trans_conv(torch.ones(0, 4), K22)),
        (ValueError, "K must not be empty", lambda: trans_conv(X34, torch.ones(2, 0))),
        (ValueError, "padding 2 removes the whole output: 0 cells", lambda: trans_conv(X34, K22, padding=2)),
        (ValueError, "output_padding must be smaller than stride 2 or dil.* got 2",
         lambda: trans_conv(X34, K22, stride=2, output_padding=2)),
        (ValueError, "output_padding must be smaller", lambda: trans_conv(X34, K22, output_padding=1)),
        (ValueError, "output_padding must be at least 0", lambda: trans_conv(X34, K22, output_padding=-1)),
        (ValueError, "padding must be at least 0, got -1", lambda: trans_conv(X34, K22, padding=-1)),
        (ValueError, "stride must be at least 1, got 0", lambda: trans_conv(X34, K22, stride=0)),
        (ValueError, r"dilation must be at least 1, got \(1, 0\)", lambda: trans_conv(X34, K22, dilation=(1, 0))),
        (TypeError, "stride must be an int .* got 1.5", lambda: trans_conv(X34, K22, stride=1.5)),
        (ValueError, "padding must be an int or a pair", lambda: trans_conv(X34, K22, padding=(1, 1, 1))),
        (TypeError, "K must be a tensor .* got list", lambda: kernel2matrix([[1.0]])),
        (ValueError, r"K must have shape \(h, w\)", lambda: kernel2matrix(torch.ones(1, 1, 2, 2))),
        (ValueError, "input_size must be at least 1", lambda: kernel2matrix(K22, (0, 3))),
        (ValueError, "input_size must be an int or a pair", lambda: kernel2matrix(K22, (3, 3, 3))),
        (ValueError, "kernel covers 4 cells", lambda: kernel2matrix(torch.ones(4, 4))),
        (ValueError, "stride must be at least 1", lambda: kernel2matrix(K22, stride=0)),
        (TypeError, "kernel_size must be an int, got 2.0", lambda: bilinear_kernel(1, 1, 2.0)),
        (TypeError, "in_channels must be an int, got True", lambda: bilinear_kernel(True, 1, 2)),
        (ValueError, "kernel_size must be at least 1, got 0", lambda: bilinear_kernel(1, 1, 0)),
        (ValueError, "out_channels must equal in_channels, .* got 2 and 3", lambda: bilinear_kernel(2, 3, 4)),
    ],
)  # fmt: skip
def test_bad_input_is_named(error, message, call):
    with pytest.raises(error, match=message):
        call()
