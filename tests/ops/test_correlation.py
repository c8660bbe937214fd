"""Cross-correlation and its relatives against torch, d2l and their own definitions."""

import pytest
import torch
from d2l import torch as d2l
from hypothesis import given
from torch.autograd import gradcheck
from torch.nn import functional as F

from d2l_helpers import (
    Conv2D,
    comp_conv2d,
    conv2d,
    corr2d,
    corr2d_multi_in,
    corr2d_multi_in_out,
    corr2d_multi_in_out_1x1,
)
from tests.support.strategies import convolution_settings, random_tensor


def inputs(case, *, in_channels=(), kernel_channels=()):
    X = random_tensor(case["seed"], *in_channels, *case["size"])
    K = random_tensor(case["seed"] + 1, *kernel_channels, *case["kernel"])
    return X, K


@given(convolution_settings())
def test_corr2d_is_torchs(case):
    X, K = inputs(case)
    expected = F.conv2d(X[None, None], K[None, None], **case["settings"])[0, 0]
    torch.testing.assert_close(corr2d(X, K, **case["settings"]), expected)


@given(convolution_settings())
def test_conv2d_is_torchs_with_the_kernel_flipped(case):
    X, K = inputs(case)
    expected = F.conv2d(X[None, None], K.flip(0, 1)[None, None], **case["settings"])[0, 0]
    torch.testing.assert_close(conv2d(X, K, **case["settings"]), expected)


@given(convolution_settings(channels=True))
def test_multi_in_is_torchs(case):
    c_i = case["c_i"]
    X, K = inputs(case, in_channels=(c_i,), kernel_channels=(c_i,))
    torch.testing.assert_close(corr2d_multi_in(X, K, **case["settings"]), F.conv2d(X, K[None], **case["settings"])[0])


@given(convolution_settings(channels=True))
def test_multi_in_out_is_torchs(case):
    c_i, c_o, groups = case["c_i"], case["c_o"], case["groups"]
    X, K = inputs(case, in_channels=(c_i,), kernel_channels=(c_o, c_i // groups))
    expected = F.conv2d(X, K, groups=groups, **case["settings"])
    torch.testing.assert_close(corr2d_multi_in_out(X, K, groups=groups, **case["settings"]), expected)


@given(convolution_settings(channels=True))
def test_1x1_is_torchs(case):
    X = random_tensor(case["seed"], case["c_i"], *case["size"])
    K = random_tensor(case["seed"] + 1, case["c_o"], case["c_i"], 1, 1)
    torch.testing.assert_close(corr2d_multi_in_out_1x1(X, K), F.conv2d(X, K))


@given(convolution_settings())
def test_corr2d_is_linear(case):
    X, K = inputs(case)
    other = random_tensor(case["seed"] + 2, *case["size"])
    both = corr2d(2 * X - 3 * other, K, **case["settings"])
    torch.testing.assert_close(both, 2 * corr2d(X, K, **case["settings"]) - 3 * corr2d(other, K, **case["settings"]))


@given(convolution_settings())
def test_inputs_stay_as_they_are(case):
    X, K = inputs(case)
    X_before, K_before = X.clone(), K.clone()
    corr2d(X, K, **case["settings"])
    conv2d(X, K, **case["settings"])
    assert torch.equal(X, X_before) and torch.equal(K, K_before)


def test_the_numbers_of_the_lesson():
    X, K = torch.arange(9).reshape(3, 3), torch.tensor([[0, 1], [2, 3]])
    assert corr2d(X, K).tolist() == [[19, 25], [37, 43]]
    assert conv2d(X, K).tolist() == [[5, 11], [23, 29]]
    two = torch.stack([X, X + 1])
    kernels = torch.stack([K, K + 1])
    assert corr2d_multi_in(two, kernels).tolist() == [[56, 72], [104, 120]]
    many = corr2d_multi_in_out(two, torch.stack([kernels, kernels + 1, kernels + 2]))
    assert many.tolist() == [[[56, 72], [104, 120]], [[76, 100], [148, 172]], [[96, 128], [192, 224]]]


def test_corr2d_is_the_books():
    X, K = random_tensor(0, 8, 7).float(), random_tensor(1, 3, 2).float()
    torch.testing.assert_close(corr2d(X, K), d2l.corr2d(X, K))


def test_impulse_gives_the_flipped_kernel():
    impulse = torch.zeros(5, 5)
    impulse[2, 2] = 1
    K = torch.arange(1.0, 10).reshape(3, 3)
    assert torch.equal(corr2d(impulse, K), K.flip(0, 1))
    assert torch.equal(conv2d(impulse, K), K)
    many = corr2d_multi_in_out(impulse.expand(2, 5, 5), torch.stack([K, 2 * K]).expand(3, 2, 3, 3))
    assert torch.equal(many, (3 * K.flip(0, 1)).expand(3, 3, 3))


def test_a_shifted_input_shifts_the_output():
    X, K = random_tensor(0, 9, 9), random_tensor(1, 3, 3)
    moved = torch.roll(X, (2, 1), dims=(0, 1))
    assert torch.equal(corr2d(moved, K)[2:, 1:], corr2d(X, K)[:-2, :-1])


@pytest.mark.parametrize(
    ("function", "x_shape", "k_shape"),
    [
        (corr2d, (4, 5), (2, 3)),
        (conv2d, (4, 5), (2, 3)),
        (corr2d_multi_in, (2, 4, 5), (2, 2, 3)),
        (lambda X, K: corr2d_multi_in_out(X, K, groups=2, stride=2, padding=1), (4, 4, 5), (2, 2, 2, 3)),
        (corr2d_multi_in_out_1x1, (2, 3, 4), (3, 2, 1, 1)),
    ],
)
def test_gradients_are_right(function, x_shape, k_shape):
    X, K = random_tensor(0, *x_shape).requires_grad_(), random_tensor(1, *k_shape).requires_grad_()
    assert gradcheck(function, (X, K))


def test_layer_learns_kernel_and_bias():
    layer = Conv2D((2, 3))
    assert {name: tuple(p.shape) for name, p in layer.named_parameters()} == {"weight": (2, 3), "bias": (1,)}
    assert layer.bias.item() == 0 and 0 <= layer.weight.min() and layer.weight.max() < 1
    layer.bias.data.fill_(5)
    X = torch.rand(4, 4)
    torch.testing.assert_close(layer(X), corr2d(X, layer.weight) + 5)
    assert Conv2D(3).weight.shape == (3, 3)


def test_comp_conv2d_adds_and_removes_the_axes():
    X = torch.rand(8, 8)
    layer = torch.nn.LazyConv2d(1, kernel_size=(3, 5), padding=(0, 1), stride=(3, 4))
    Y = comp_conv2d(layer, X)
    assert Y.shape == (2, 2)
    torch.testing.assert_close(Y, layer(X[None, None])[0, 0])


X34, K22 = torch.ones(3, 4), torch.ones(2, 2)
X234, K3222 = torch.ones(2, 3, 4), torch.ones(3, 2, 2, 2)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "X must be a tensor .* got list", lambda: corr2d([[1]], K22)),
        (TypeError, "K must be a tensor .* got ndarray", lambda: corr2d(X34, K22.numpy())),
        (TypeError, "X must hold numbers, got torch.bool: convert it", lambda: corr2d(X34 > 0, K22)),
        (TypeError, "X and K must have one dtype", lambda: corr2d(X34, K22.double())),
        (ValueError, "X and K must be on one device", lambda: corr2d(X34, K22.to("meta"))),
        (ValueError, r"X must have shape \(H, W\), got 3", lambda: corr2d(X234, K22)),
        (ValueError, r"K must have shape \(h, w\), got 1", lambda: conv2d(X34, torch.ones(2))),
        (ValueError, "X must not be empty", lambda: corr2d(torch.ones(0, 4), K22)),
        (ValueError, "K must not be empty", lambda: corr2d(X34, torch.ones(2, 0))),
        (ValueError, "kernel covers 4 cells, .* padded input has .3", lambda: corr2d(X34, torch.ones(4, 2))),
        (ValueError, "kernel covers 4 cells", lambda: corr2d(X34, K22, dilation=3)),
        (ValueError, "padding must be at least 0, got -1", lambda: corr2d(X34, K22, padding=-1)),
        (ValueError, "stride must be at least 1, got 0", lambda: corr2d(X34, K22, stride=0)),
        (ValueError, r"dilation must be at least 1, got \(1, 0\)", lambda: corr2d(X34, K22, dilation=(1, 0))),
        (TypeError, "stride must be an int .* got 1.5", lambda: corr2d(X34, K22, stride=1.5)),
        (TypeError, "padding must be an int .* got True", lambda: corr2d(X34, K22, padding=True)),
        (TypeError, "padding must be an int .* got 'same'", lambda: corr2d(X34, K22, padding="same")),
        (ValueError, "stride must be an int or a pair", lambda: corr2d(X34, K22, stride=(1, 1, 1))),
        (ValueError, "channels per kernel, got 2", lambda: corr2d_multi_in(torch.ones(3, 3, 3), torch.ones(2, 2, 2))),
        (ValueError, "channels per kernel, got 1", lambda: corr2d_multi_in_out(X234, torch.ones(3, 1, 2, 2))),
        (ValueError, r"K must have shape \(c_o, c_i/groups, h, w\)", lambda: corr2d_multi_in_out(X234, K22)),
        (ValueError, "groups must divide both 2 input and 3 output", lambda: corr2d_multi_in_out(X234, K3222, groups=2)),
        (ValueError, "groups must be at least 1, got 0", lambda: corr2d_multi_in_out(X234, K3222, groups=0)),
        (TypeError, "groups must be an int, got 1.0", lambda: corr2d_multi_in_out(X234, K3222, groups=1.0)),
        (ValueError, "both 3 input and 4 output",
         lambda: corr2d_multi_in_out(torch.ones(3, 2, 2), torch.ones(4, 1, 1, 1), groups=2)),
        (ValueError, "K must be a 1×1 kernel", lambda: corr2d_multi_in_out_1x1(X234, K3222)),
        (ValueError, "K must be a 1×1 kernel", lambda: corr2d_multi_in_out_1x1(X234, torch.ones(2, 2, 1, 2))),
        (ValueError, "= 2/1 = 2 channels per kernel, got 3", lambda: corr2d_multi_in_out_1x1(X234, torch.ones(2, 3, 1, 1))),
        (TypeError, "conv2d must be a layer or a function, got int", lambda: comp_conv2d(3, X34)),
        (TypeError, "conv2d's output must be a tensor .* got list", lambda: comp_conv2d(lambda X: [X], X34)),
        (ValueError, r"conv2d's output must have shape \(1, 1, H', W'\), got 3", lambda: comp_conv2d(lambda X: X[0], X34)),
        (ValueError, r"conv2d must output one channel, shape \(1, 1, H', W'\), got \(1, 2, 3, 4\)",
         lambda: comp_conv2d(lambda X: X.expand(1, 2, 3, 4), X34)),
        (ValueError, r"conv2d must take \(1, 1, H, W\), but it refused X of shape \(3, 4\) and torch.float32: ",
         lambda: comp_conv2d(torch.nn.Conv2d(2, 1, 3), X34)),
        (ValueError, "kernel_size must be at least 1", lambda: Conv2D((0, 2))),
        (TypeError, "kernel_size must be an int", lambda: Conv2D("3")),
    ],
)  # fmt: skip
def test_bad_input_is_named(error, message, call):
    with pytest.raises(error, match=message):
        call()


def test_the_axes_of_each_argument_are_named():
    one, two = torch.ones(1), torch.ones(2, 2)
    for call, form in [
        (lambda: corr2d(one, two), r"X must have shape \(H, W\)"),
        (lambda: corr2d(two, one), r"K must have shape \(h, w\)"),
        (lambda: conv2d(two, one), r"K must have shape \(h, w\)"),
        (lambda: corr2d_multi_in(one, two[None]), r"X must have shape \(c_i, H, W\)"),
        (lambda: corr2d_multi_in(two[None], two), r"K must have shape \(c_i, h, w\)"),
        (lambda: corr2d_multi_in_out(two, two[None, None]), r"X must have shape \(c_i, H, W\)"),
        (lambda: corr2d_multi_in_out(two[None], two), r"K must have shape \(c_o, c_i/groups, h, w\)"),
        (lambda: corr2d_multi_in_out_1x1(two, two[None, None]), r"X must have shape \(c_i, H, W\)"),
        (lambda: corr2d_multi_in_out_1x1(two[None], two), r"K must have shape \(c_o, c_i, 1, 1\)"),
        (lambda: comp_conv2d(torch.relu, one), r"X must have shape \(H, W\)"),
    ]:
        with pytest.raises(ValueError, match=form):
            call()
