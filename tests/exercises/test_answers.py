"""Answers made without the references: values by hand, functions written in other ways, choices right and wrong."""

import copy
from itertools import product
from math import prod

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import check
from d2l_helpers.exercises import Choice, Function, Value, exercises_of, find
from tests.support import longer_tasks
from tests.support.bugs import SPOT_THE_BUG

EXERCISES = {number: exercise for lesson in range(1, 14) for number, exercise in exercises_of(lesson).items()}


# Worked out by hand.
VALUES = {
    "1.1": (7 - 3 + 1, 9 - 2 + 1),
    "1.2": 1 * 4 + 2 * 3 + 4 * 2 + 5 * 1,
    "2.1": [0, -1, 0, 0, 1],
    "2.2": 2 / 10,
    "3.1": (6, 4),
    "3.2": (2, 1),
    "3.5": 1 + 2 + 2 * 3 + 6 * 6 + 12,
    "4.1": (7, 5, 3, 2),
    "4.2": 32 * 16 * 5 * 5 + 32,
    "4.3": 16 * 8 * 10 * 8 * 9,
    "5.1": [1 - 3, 2 + 2 + 1.5],
    "5.2": 512 * 128 + 128 * 128 * 9 + 128 * 512,
    "6.1": (12, 2, 3, 5),
    "6.2": 8 * 27 + 8 + 4 * 8,
    "6.3": 1 / 20,
    "7.1": 28 - 7 + 1,
    "7.2": 32 * 25 + 32 * 64,
    "7.7d": [1, 2, 5],
    "8.1": (3, 4),
    "8.2": [[0, 2, 0], [0, 0, 0], [1, 0, 1]],
    "8.6d": (1, 0.5),
    "9.1": (9, 13),
    "9.2": 1 * 8 + 2 * 7 + 3 * 6 + 4 * 5,
    "9.3": (3 * 3, 2 * 2),
    "10.1": 4 / 3,
    "10.2": [2, 4, 8, 9, 7, 6],
    "11.1": 16 * 6 * 6,
    "11.2": 6 * (9 + 1) + 16 * (6 * 9 + 1) + 120 * (576 + 1) + 84 * (120 + 1) + 10 * (84 + 1),
    "11.5": 4.61,
    "13.1": (12 * 8, 18 * 8),
    "13.2": 1 + (2 + 2 + 1) + (4 + 4 + 2) + (8 + 8 + 4) + (16 + 16),
}


@pytest.mark.parametrize("number", VALUES)
def test_the_value_worked_out_by_hand_is_right(number):
    verdict = check(number, VALUES[number])
    assert verdict, verdict


def kernel(*rows):
    return torch.tensor(rows, dtype=torch.float64)


class OnlyRegistered(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 1, 3)])

    def forward(self, X):
        for layer in self.layers:
            X = layer(X)
        return X


class Unregistered(OnlyRegistered):
    def __init__(self):
        nn.Module.__init__(self)
        self.layers = [nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 1, 3)]


class TooFew(nn.Module):
    def __init__(self):
        super().__init__()
        self.only = nn.Conv2d(1, 4, 3)


class Mended(OnlyRegistered):
    def forward(self, X):
        for layer in self.layers:
            X = layer(X).relu()
        return X


def gradient_check(loss, X, gradient, step=1e-5):
    for index in product(*map(range, X.shape)):
        up, down = X.clone(), X.clone()
        up[index] += step
        down[index] -= step
        if abs((loss(up) - loss(down)) / (2 * step) - gradient[index]) > 1e-3 * gradient.abs().max():
            return False
    return bool(gradient.any())


def backward_test(images=2, make=torch.randn, channels=((2, 2), (3, 4)), which=(0, 1, 2), close=1e-4):
    def test(backward):
        torch.manual_seed(0)
        for c_i, c_o in channels:
            X, weight, bias = make(images, c_i, 5, 4), make(c_o, c_i, 3, 2), make(c_o)
            tensors = [part.double().requires_grad_() for part in (X, weight, bias)]
            dY = make(images, c_o, 3, 3).double()
            right = torch.autograd.grad(F.conv2d(*tensors), tensors, dY)
            got = backward(*[part.detach() for part in tensors], dY)
            if not all(torch.allclose(got[i], right[i], rtol=close, atol=close) for i in which):
                return False
        return True

    return test


def as_convolution(dense, size, order=(0, 1, 2, 3)):
    conv = nn.Conv2d(size[0], dense.out_features, size[1:], bias=dense.bias is not None)
    shape = [dense.out_features, *[size[axis - 1] for axis in order[1:]]]
    conv.weight.data = dense.weight.detach().reshape(shape).permute([order.index(i) for i in range(4)]).clone()
    if dense.bias is not None:
        conv.bias.data = dense.bias.detach().clone()
    return conv


def scores_in_one_pass(net, crop, image):
    size = net[:-2](image[None, :, : crop[0], : crop[1]]).shape[1:]
    return as_convolution(net[-1], tuple(size))(net[:-2](image[None]))[0]


def scores_crop_by_crop(net, crop, image):
    rows, columns = (range(image.shape[i + 1] - crop[i] + 1) for i in (0, 1))
    scores = [net(image[None, :, i : i + crop[0], j : j + crop[1]])[0] for i, j in product(rows, columns)]
    return torch.stack(scores, 1).reshape(-1, len(rows), len(columns))


class Normalizing(nn.Module):
    unbiased = True

    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, X):
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = X.mean((0, 2, 3)), X.var((0, 2, 3), unbiased=False)
            kept = X.detach().var((0, 2, 3), unbiased=self.unbiased)
            self.running_mean = torch.lerp(self.running_mean, mean.detach(), self.momentum)
            self.running_var = torch.lerp(self.running_var, kept, self.momentum)
        scaled = (X - mean[:, None, None]) / (var[:, None, None] + self.eps) ** 0.5
        return scaled * self.weight[:, None, None] + self.bias[:, None, None]


class Biased(Normalizing):
    unbiased = False


class Unsaved(Normalizing):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__(channels, momentum, eps)
        del self.running_mean
        self.running_mean = torch.zeros(channels)


def folded(conv, norm, with_mean=True):
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    new, bias = copy.deepcopy(conv), 0 if conv.bias is None else conv.bias
    new.weight = nn.Parameter(conv.weight * factor[:, None, None, None])
    new.bias = nn.Parameter(norm.bias + factor * (bias - norm.running_mean * with_mean))
    return new


class Adding(nn.Module):
    def __init__(self, c_i, c_o=None, stride=1, project=False):
        super().__init__()
        c_o = c_o or c_i
        self.conv1 = nn.Conv2d(c_i, c_o, 3, stride, 1)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, 1, 1)
        needed = project or (c_i, stride) != (c_o, 1)
        self.path = nn.Conv2d(c_i, c_o, 1, stride) if needed else nn.Identity()

    def forward(self, X):
        return F.relu(self.path(X) + self.conv2(F.relu(self.conv1(X))))


class AlwaysProjecting(Adding):
    def __init__(self, c_i, c_o=None, stride=1):
        super().__init__(c_i, c_o, stride, project=True)


class Without(Adding):
    def forward(self, X):
        return F.relu(self.conv2(F.relu(self.conv1(X))))


class Linear(Adding):
    def forward(self, X):
        return self.path(X) + self.conv2(F.relu(self.conv1(X)))


STEPS = torch.tensor([[a, b] for a in (-1.0, 0.0, 1.0) for b in (-1.0, 0.0, 1.0)])
TENT = torch.outer(*[torch.tensor([0.25, 0.75, 0.75, 0.25])] * 2)
SQUARE = F.pad(torch.ones(2, 2), (1, 1, 1, 1))

SCORES = {"base": [20.2, 19.9, 20.0], "no ReLU": [19.6, 19.7, 19.8], "no skip": [19.1, 18.7, 19.2]}
SCORES |= {"1×1": [18.4, 18.5, 18.6], "1×1, as many weights": [18.5, 18.6, 18.4]}


def by_products(down, up, shape, draw=torch.randn, tolerance=1e-4):
    X = draw(shape, dtype=torch.float64)
    Y = draw(down(X).shape, dtype=torch.float64)
    first, second = down(X).double() * Y, X * up(Y).double()
    return (first.sum() - second.sum()).abs() <= tolerance * (first.abs().sum() + second.abs().sum())


# exercise → (right answers, wrong answers with a part of the diagnosis meant for each)
ONE_CALL = {"n": 2, "c_i": 4, "c_o": 6, "groups": 2, "size": (14, 17), "kernel": (3, 2)}
ONE_CALL |= {"stride": 2, "padding": 3, "dilation": 4}


def accepts(conv, tolerance=1e-3, images=(2, 1), unchanged=True):
    """A test of a convolution, or a weaker one."""
    generator = torch.Generator().manual_seed(1)
    for n in images:
        X, K = (torch.randn(*size, generator=generator, dtype=torch.float64) for size in ((n, 4, 14, 17), (6, 2, 3, 2)))
        expected, before = F.conv2d(X, K, None, 2, 3, 4, 2), X.clone()
        Y = conv(X, K, 2, 3, 4, 2)
        if (
            Y.shape != expected.shape
            or (Y - expected).abs().max() > tolerance
            or (unchanged and not torch.equal(X, before))
        ):
            return False
    return True


CHOICES = {
    "1.4": (
        [kernel([0, 0, 0], [1, 0, 0], [0, 0, 0])],
        [
            (kernel([0, 0, 0], [0, 0, 1], [0, 0, 0]), "moves the image left"),
            (kernel([0, 1, 0], [0, 0, 0], [0, 0, 0]), "moves the image down"),
            (kernel([0, 0, 0], [0, 1, 0], [0, 0, 0]), "where it is"),
            (kernel([1, 0], [0, 0]), "must be 3×3"),
        ],
    ),
    "2.4": (
        [2 / 56, 0.035],
        [(0.05, "diverges"), (1 / 21, "forever"), (0.04, "slightly smaller"), (0.01, "larger"), (0, "must be positive")],
    ),
    "3.4": (
        [{"kernel_size": k, "padding": p, "stride": s} for k, p, s in [(5, 1, 4), (7, 2, 4), (11, 1, 3), (5, 4, 5)]],
        [
            ({"kernel_size": 4, "padding": 0, "stride": 4}, "must be odd"),
            ({"kernel_size": 3, "padding": 0, "stride": 4}, "never read"),
            ({"kernel_size": 3, "padding": 1, "stride": 2}, "not 7×7"),
            ({"kernel_size": 3}, "with the keys"),
        ],
    ),
    "3.8c": (
        [gradient_check],
        [
            (lambda loss, X, gradient: True, "accepts all"),
            (lambda loss, X, gradient: False, "refuses all"),
            (lambda loss, X, gradient: gradient_check(loss, X, gradient) and loss(X) < 100, "refuses a right gradient"),
            (lambda loss, X, gradient: gradient_check(loss, X[:2], gradient[:2]) and gradient.any(), "right gradient"),
            (lambda loss, X, gradient: gradient.shape, "return True or False"),
            (lambda loss, X, gradient: loss(X) > gradient.foo, "raised AttributeError"),
        ],
    ),
    "4.8c": (
        [backward_test(), backward_test(images=3)],
        [
            (backward_test(images=1), "over the batch"),
            (backward_test(make=torch.ones), ""),
            (backward_test(channels=((3, 4),)), "numbers are equal"),
            (backward_test(which=(0, 1)), "bias's gradient"),
            (backward_test(close=0.05), "2% too large"),
            (backward_test(close=1e-12), "float32"),
            (lambda backward: [].clear(), "returned nothing"),
        ],
    ),
    "4.5": (
        [[2, -3, 1], [1, -1.5, 0.5]],
        [
            ([2, 0, 1], "gray and white"),
            ([1, -3, 2], "is the order"),
            ([-2, 3, -1], "to pure red must be positive"),
            ([2, -1, -1], "and positive, too"),
            ([0, 0, 0], "respond to red either"),
        ],
    ),
    "5.4": (
        [([[1, 0], [-1, 1]], [[1, 1]])],
        [
            (([[1, 1]], [[1]]), "a + b"),
            (([[1, -1], [-1, 1]], [[1, 1]]), "|a − b|"),
            (([[1, 0], [1, -1]], [[1, -1]]), "the smaller"),
            (([[-1, 1]], [[1]]), "now add a"),
        ],
    ),
    "6.5": (
        [{"kernel_size": 5, "dilation": 2, "padding": 4}, {"kernel_size": 3, "dilation": 4, "padding": "same"}],
        [
            ({"kernel_size": 9, "padding": 4}, "at most 25"),
            ({"kernel_size": 3, "padding": 1}, "3×3, not 9×9"),
            ({"kernel_size": 5, "dilation": 2, "padding": 2}, "without dilation"),
            ({"kernel_size": 5, "dilation": 2, "padding": 4, "stride": 2}, "stride"),
        ],
    ),
    "6.6": (
        [Mended],
        [
            (Unregistered, "is a Python list"),
            (OnlyRegistered, "the ReLU"),
            (TooFew, "no forward"),
            (Mended(), "the class itself"),
        ],
    ),
    "5.6a": (
        [as_convolution],
        [
            (lambda dense, size: as_convolution(dense, size, (0, 2, 3, 1)), "(h, w, c)"),
            (lambda dense, size: dense, "an nn.Conv2d"),
            (lambda dense, size: nn.Conv2d(size[0], dense.out_features, size[1:]), "were they copied"),
        ],
    ),
    "5.6b": (
        [scores_in_one_pass],
        [
            (scores_crop_by_crop, "once for each crop"),
            (lambda *case: scores_in_one_pass(*case)[None], "batch axis"),
            (lambda *case: scores_in_one_pass(*case).softmax(0), "probabilities"),
        ],
    ),
    "6.7b": (
        [Normalizing],
        [
            (Biased, "divided by n − 1"),
            (Unsaved, "register it as a buffer"),
            (nn.BatchNorm2d, "write yours"),
            (Normalizing(3), "the class itself"),
        ],
    ),
    "6.7c": (
        [folded],
        [
            (lambda conv, norm: folded(conv, norm, False), "the mean isn't subtracted"),
            (lambda conv, norm: copy.deepcopy(conv), "aren't scaled"),
            (nn.Sequential, "a single nn.Conv2d"),
        ],
    ),
    "6.8a": (
        [Adding],
        [(Without, "the shortcut is missing"), (Linear, "the last ReLU is missing"), (Adding(3), "the class itself")],
    ),
    "6.8b": (
        [Adding],
        [
            (AlwaysProjecting, "no projection is needed"),
            (Without, "nothing is added"),
            (Linear, "the last ReLU is missing"),
        ],
    ),
    "6.8d": (
        [(1e-17, 4, 0.3, 0.5)],
        [
            ((4, 1e-17, 0.5, 0.3), "swapped"),
            ((1e17, 0.25, 3, 2), "divided by the first"),
            ((1e-17, 4, 2e-17, 4), "nearly the same"),
        ],
    ),
    "7.4": (
        [(1, 3, 9), (9, 3, 1)],
        [
            ((2, 2, 2), "holes"),
            ((1, 2, 3), "farther"),
            ((1, 10, 100), "3·3·3 paths"),
            ((1, 2), "three dilations"),
            ((0, 1, 2), "integer"),
        ],
    ),
    "7.5": (
        [STEPS.flatten()],
        [
            (STEPS.flip(1).flatten(), "dx before dy"),
            (STEPS.T.flatten(), "all dy, then all dx"),
            (2 * STEPS.flatten(), "dilation 3"),
            (torch.zeros(18), "ordinary"),
        ],
    ),
    "7.8a": (
        [ONE_CALL],
        [
            ({**ONE_CALL, "stride": 1}, "ignores the stride"),
            ({**ONE_CALL, "padding": 1}, "pads at most one pixel"),
            ({**ONE_CALL, "n": 1}, "only the first image"),
            ({**ONE_CALL, "size": (14, 14), "kernel": (3, 3)}, "faulty implementations"),
            ({**ONE_CALL, "groups": 3}, "multiples of groups"),
            ({**ONE_CALL, "size": (2, 1)}, "refuses these settings"),
            ({"n": 1}, "with the keys"),
        ],
    ),
    "7.8b": (
        [accepts],
        [
            (lambda conv: True, "ignores the stride"),
            (lambda conv: False, "PyTorch's own"),
            (lambda conv: print(end=""), "returned None"),
            (lambda conv: accepts(conv, tolerance=1e-9), "refuses a right implementation"),
            (lambda conv: accepts(conv, tolerance=0.02), "adds 0.01"),
            (lambda conv: accepts(conv, images=(2,)), "drops the batch axis"),
            (lambda conv: accepts(conv, unchanged=False), "changes X"),
            (True, "the test itself"),
        ],
    ),
    "8.4": (
        [{"kernel_size": 4, "stride": 3, "padding": 1}],
        [
            ({"kernel_size": 3, "stride": 3, "padding": 1}, "don't overlap"),
            ({"kernel_size": 4, "stride": 3}, "8 becomes 2"),
            ({"kernel_size": 2, "stride": 3, "padding": 2}, "refuses"),
            ({"kernel_size": 4, "stride": 3, "ceil_mode": True}, "only the keys"),
            ([4, 3, 1], "dictionary"),
        ],
    ),
    "8.7d": (
        ["ac", ["C", "A"], {"a", "c"}],
        [
            ("abc", "claim b doesn't follow"),
            ("acd", "claim d doesn't follow"),
            ("a", "one more claim"),
            ("e", "only the claims"),
            (2, "letters of the claims"),
        ],
    ),
    "9.5": (
        [{"kernel_size": 9, "stride": 3, "padding": 3}],
        [
            ({"kernel_size": 5, "stride": 3, "padding": 1}, "checkerboard"),
            ({"kernel_size": (9, 5), "stride": 3, "padding": (3, 1)}, "along the columns"),
            ({"kernel_size": 2, "stride": 3, "output_padding": 1}, "leaves gaps"),
            ({"kernel_size": 3, "stride": 3}, "separate tiles"),
            ({"kernel_size": 6, "stride": 3}, "not into 21×21: 3 too many"),
            ({"kernel_size": 6, "stride": 3, "padding": 3}, "on each of the two sides"),
            ({"kernel_size": 6, "stride": 3, "padding": 2}, "output_padding can add"),
            ({"kernel_size": 6, "stride": 3, "padding": -1}, "can't be negative"),
            ({"kernel_size": 6}, "no stride"),
            ({"kernel": 6}, "keys"),
        ],
    ),
    "10.4": (
        [[-0.125, 0.25, 0.75, 0.25, -0.125], [0, 0.25, 0.75, 0.25, -0.25]],
        [
            ([1, 4, 6, 4, 1], "add up to 1"),
            ([0, 0, 1, 0, 0], "all their contrast"),
            ([0.2] * 5, "some contrast is left"),
            ([0, 0.25, 0.5, 0.25, 0], "lose contrast, too"),
            ([-0.125, 0.2, 0.75, 0.3, -0.125], "change, too"),
            ([0.25, 0.25, 0.25, 0.25, 0], "but so are"),
            ([0.75, 0.25, -0.25, 0.25, 0], "they move"),
            ([0.25, 0.5, 0.25], "five numbers"),
        ],
    ),
    "10.5": (
        [SQUARE],
        [
            (TENT, "bilinear"),
            (torch.ones(4, 4), "overlap"),
            (SQUARE.roll((1, 1), (0, 1)), "shifted"),
            (SQUARE / 4, "brightness is 0.25"),
            (torch.ones(4, 4) / 4, "neighbors are mixed"),
            (torch.eye(4), "1, 0; 0, 1"),
            (torch.ones(2, 2), "must be 4×4"),
        ],
    ),
    "9.8c": (
        [by_products],
        [
            (lambda down, up, shape: by_products(down, up, shape, torch.ones), "flipped kernel"),
            (lambda down, up, shape: by_products(down, up, shape, torch.rand), "are all your random values positive"),
            (lambda down, up, shape: by_products(down, up, shape, tolerance=0.3), "tolerance narrow enough"),
            (lambda down, up, shape: by_products(down, up, shape, tolerance=0), "up to rounding"),
            (lambda down, up, shape: {}.get(shape), "is the return missing?"),
            (lambda down, up, shape: down(torch.zeros(2, 3, 7)), "raised"),
            (True, "the function itself"),
        ],
    ),
    "10.8d": (
        [SCORES],
        [
            ({**SCORES, "no skip": SCORES["base"]}, "exactly like the base"),
            ({**SCORES, "no ReLU": [20.3, 20.4, 20.5]}, "swapped"),
            ({**SCORES, "1×1": [18.4] * 3}, "all seeds"),
            ({**SCORES, "1×1": [18.4]}, "three seeds"),
            ({**SCORES, "1×1": [0.01, 0.011, 0.012]}, "mean squared errors"),
            ({**SCORES, "1×1": [18.4, 18.5, float("nan")]}, "isn't a number"),
            ({**SCORES, "1×1, as many weights": [19.4, 19.5, 19.6]}, "Is the kernel size still 1?"),
            ({"base": SCORES["base"]}, "has no 'no ReLU'"),
            ([20, 19], "give the dictionary"),
        ],
    ),
    "11.6": (
        [{"lr": 0.001, "optimizer": torch.optim.Adam}],
        [
            ({"lr": 1e-5}, "too small"),
            ({"lr": 10.0}, "too large"),
            ({"lr": 0.001, "momentum": 0.9}, "not momentum"),
            ("fast", "give a dict"),
        ],
    ),
    "13.5": (
        [(6, 1, 0), [6, 2, 2], torch.tensor([9, 3, 1])],
        [
            ((3, 0, 1), "no stamp"),
            ((2, 0, 2), "without any stamp"),
            ((4, 0, 0), "between 1 and 2 stamps"),
            ((6, 0, 0), "give 66×66"),
            ((64, 32, 4), "smaller than the stride"),
            ((6.0, 1, 0), "three integers"),
            ((6, -1, 0), "at least 0"),
            ((6, 1), "three integers"),
        ],
    ),
    **SPOT_THE_BUG,
    **longer_tasks.CHOICES,
}


def answers(which: int):
    return [(number, answer) for number, choice in CHOICES.items() for answer in choice[which]]


@pytest.mark.parametrize(("number", "answer"), answers(0))
def test_a_right_choice_is_accepted(number, answer):
    verdict = check(number, answer)
    assert verdict, verdict


@pytest.mark.parametrize(("number", "wrong"), answers(1))
def test_a_wrong_choice_is_told_what_is_wrong(number, wrong):
    answer, diagnosis = wrong
    verdict = check(number, answer)
    assert verdict.state == "wrong" and diagnosis in verdict.message, verdict


def test_every_choice_has_at_least_three_wrong_answers():
    assert all(len(wrong) >= 3 for _, wrong in CHOICES.values())


def by_loops(X, K):
    h, w = K.shape
    rows, columns = range(X.shape[0] - h + 1), range(X.shape[1] - w + 1)
    return torch.stack([torch.stack([(X[i : i + h, j : j + w] * K).sum() for j in columns]) for i in rows])


def by_windows(X, K):
    return torch.einsum("ijab,ab->ij", X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1), K)


def by_im2col(X, K):
    shape = X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1
    return (K.flatten() @ F.unfold(X[None, None], tuple(K.shape))[0]).reshape(shape)


def by_layer(X, K):
    layer = nn.Conv2d(1, 1, tuple(K.shape), bias=False, dtype=X.dtype)
    layer.weight.data = K[None, None]
    return layer(X[None, None])[0, 0].detach()


def from_the_end(K):
    return K[range(len(K) - 1, -1, -1)][:, range(K.shape[1] - 1, -1, -1)]


@pytest.mark.parametrize("correlate", [by_loops, by_windows, by_im2col, by_layer])
def test_right_functions_are_accepted_however_they_are_written(correlate):
    assert check("1.5", correlate)
    assert bool(check("1.3", lambda X, K: correlate(X, from_the_end(K)))) == (correlate is not by_layer)


def channel_by_channel(X, K):
    return torch.stack([sum(map(by_loops, X, kernel)) for kernel in K])


def descend(X, Y, K, lr, steps=1):
    for _ in range(steps):
        K = K - 2 * lr * by_loops(X, by_loops(X, K) - Y)
    return K


def never_read(n, k, p, s):
    read = {a + i for a in range(-p, n + p - k + 1, s) for i in range(k)}
    return n - len(read & set(range(n)))


def padded_to_the_same_size(X, K):
    h, w = K.shape
    Z = X.new_zeros(X.shape[0] + h - 1, X.shape[1] + w - 1)
    Z[(h - 1) // 2 :, (w - 1) // 2 :][: X.shape[0], : X.shape[1]] = X
    return by_loops(Z, K)


def pixel_by_pixel(X, K, bias, stride):
    rows, columns = (range(0, n, stride) for n in X.shape[1:])
    Y = X.new_zeros(len(K), len(rows), len(columns))
    for (i, row), (j, column) in product(enumerate(rows), enumerate(columns)):
        Y[:, i, j] = K[:, :, 0, 0] @ X[:, row, column] + bias
    return Y


def layer_by_windows(X, weight, bias, stride):
    if X.dim() == 3:
        return layer_by_windows(X[None], weight, bias, stride)[0]
    windows = X.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("ncijab,ocab->noij", windows, weight) + (0 if bias is None else bias[:, None, None])


def most_probable_crop(scores, label, crop, stride):
    odds = scores.exp()[label] / scores.exp().sum(0)
    i, j = max(product(*map(range, odds.shape)), key=lambda place: odds[place])
    return i * stride, j * stride, i * stride + crop[0], j * stride + crop[1]


def normal_equations(X, Y):
    A = torch.cat([X.flatten(1), torch.ones(1, X[0].numel(), dtype=X.dtype)])
    solution = torch.linalg.solve(A @ A.T, A @ Y.flatten(1).T)
    return solution[:-1].T, solution[-1]


def descent_on_pixels(X, Y, steps, lr):
    W, b = torch.zeros(len(Y), len(X), dtype=X.dtype), torch.zeros(len(Y), dtype=X.dtype)
    for _ in range(steps):
        error = torch.einsum("oc,chw->ohw", W, X) + b[:, None, None] - Y
        W = W - 2 * lr * torch.einsum("ohw,chw->oc", error, X) / Y.numel()
        b = b - 2 * lr * error.sum((1, 2)) / Y.numel()
    return W, b


def smallest_error(X, Y, k):
    padded = F.pad(X, [k // 2] * 4)
    shifted = [padded[:, i : i + X.shape[1], j : j + X.shape[2]] for i, j in product(range(k), range(k))]
    W, b = normal_equations(torch.cat(shifted), Y)
    return ((W @ torch.cat(shifted).flatten(1) + b[:, None] - Y.flatten(1)) ** 2).mean().item()


def errors_before_and_after(X, Y, k, order):
    both = torch.cat([X, Y]).flatten(1)[:, order].reshape(-1, *X.shape[1:])
    return smallest_error(X, Y, k), smallest_error(both[: len(X)], both[len(X) :], k)


def normalized_by_rows(X, gamma, beta, eps):
    rows = X.transpose(0, 1).flatten(1)
    scaled = (rows - rows.mean(1, keepdim=True)) / (rows.var(1, unbiased=False, keepdim=True) + eps) ** 0.5
    return (scaled * gamma[:, None] + beta[:, None]).reshape(-1, len(X), *X.shape[2:]).transpose(0, 1)


def ratio_of_gradients(make_block, initialize, depth, X):
    blocks = [make_block().apply(initialize) for _ in range(depth)]
    Y = X
    for block in blocks:
        Y = block(Y)
    weights = blocks[0].conv1.weight, blocks[-1].conv2.weight
    first, last = (gradient.square().sum() for gradient in torch.autograd.grad((Y**2).mean(), weights))
    return (first / last) ** 0.5


def dealt_out(X, groups):
    order = sorted(range(len(X)), key=lambda c: c % (len(X) // groups))
    return torch.stack([X[c] for c in order])


def mean_of_real_cells(X, k, p):
    starts = [range(-p, n + p - k + 1) for n in X.shape]
    means = [X[max(i, 0) : i + k, max(j, 0) : j + k].mean() for i, j in product(*starts)]
    return torch.stack(means).reshape(*map(len, starts))


def smallest_of_real_cells(X, k, stride, padding):
    starts = [range(-padding, n + padding - k + 1, stride) for n in X.shape]
    smallest = [X[max(i, 0) : i + k, max(j, 0) : j + k].min() for i, j in product(*starts)]
    return torch.stack(smallest).reshape(*map(len, starts))


def by_stamps(X, K, stride):
    (H, W), (h, w), (s, t) = X.shape, K.shape, stride
    Y = X.new_zeros((H - 1) * s + h, (W - 1) * t + w)
    for i, j in product(range(H), range(W)):
        Y[i * s : i * s + h, j * t : j * t + w] += X[i, j] * K
    return Y


def settings_by_trying(n, m, k, s, d):
    return next((p, q) for q in range(s) for p in range(99) if (n - 1) * s - 2 * p + d * (k - 1) + q + 1 == m)


def stamps_pixel_by_pixel(X, K):
    (N, _, H, W), (_, c_o, h, w) = X.shape, K.shape
    Y = X.new_zeros(N, c_o, H, W, h, w)
    for n, i, j in product(range(N), range(H), range(W)):
        Y[n, :, i, j] = (X[n, :, i, j, None, None, None] * K).sum(0)
    return Y


def scattered(X, K, bias, stride, padding, output_padding, dilation):
    stamps = stamps_pixel_by_pixel(X, K)
    size = [(n - 1) * stride + dilation * (k - 1) + 1 for n, k in zip(X.shape[2:], K.shape[2:], strict=True)]
    Y = X.new_zeros(len(X), K.shape[1], *(n + output_padding for n in size))
    for i, j, a, b in product(*map(range, stamps.shape[2:])):
        Y[:, :, i * stride + a * dilation, j * stride + b * dilation] += stamps[:, :, i, j, a, b]
    crop = slice(padding, Y.shape[2] - padding), slice(padding, Y.shape[3] - padding)
    return Y[:, :, crop[0], crop[1]] + bias[None, :, None, None]


def back_through_stamps(G, K, stride, padding):
    """Each window of the padded gradient, weighted by the kernels."""
    windows = F.pad(G, (padding,) * 4).unfold(2, K.shape[2], stride).unfold(3, K.shape[3], stride)
    return torch.einsum("noijab,coab->ncij", windows, K)


def back_to_the_kernel(X, G, size, stride, padding):
    windows = F.pad(G, (padding,) * 4).unfold(2, size[0], stride).unfold(3, size[1], stride)
    return torch.einsum("ncij,noijab->coab", X, windows)


def hats(n, m, align_corners):
    """Row i holds 1 minus the distance of each pixel, where that isn't negative."""
    i = np.arange(m)
    position = i * (n - 1) / max(m - 1, 1) if align_corners else np.clip((i + 0.5) * n / m - 0.5, 0, n - 1)
    return np.maximum(1 - np.abs(position[:, None] - np.arange(n)), 0)


def wide_hats(n, m):
    rows = []
    for i in range(m):
        own = [max(0, 1 - abs(j + 0.5 - (i + 0.5) * n / m) / max(1, n / m)) for j in range(n)]
        rows.append([weight / sum(own) for weight in own])
    return rows


def reported(scores):
    names = list(scores)
    first, lines = scores[names[0]], [(names[0], np.mean(scores[names[0]]), *np.sort(scores[names[0]])[[0, -1]], "base")]
    for name in names[1:]:
        low, high = min(scores[name]), max(scores[name])
        word = "higher" if low > max(first) else "lower" if high < min(first) else "overlap"
        lines.append((name, np.mean(scores[name]), low, high, word))
    return lines


def closest_number(channels, kernel_size, other_size):
    def parameters(c, k):
        return c * k * k + c + 4 * c * k * k + 4

    return min(range(1, 1300), key=lambda c: abs(parameters(c, other_size) - parameters(channels, kernel_size)))


def every_rth_pixel(X, r):
    return torch.stack([X[:, a::r, b::r] for a in range(r) for b in range(r)], dim=1).flatten(0, 1)


def interpolated(row, m):
    positions = (np.arange(m) + 0.5) * len(row) / m - 0.5
    return torch.from_numpy(np.interp(positions, np.arange(len(row)), row))


def features(channels, size, layers):
    for kind, *numbers in layers:
        if kind == "conv":
            channels, kernel, padding = numbers
            size += 2 * padding - kernel + 1
        else:
            size //= numbers[0]
    return channels * size * size


def share_right(batches):
    return sum((s.argmax(1) == y).sum().item() for s, y in batches) / sum(y.numel() for _, y in batches)


def one_photo(photo, width, height):
    """Nearest neighbors, pixel by pixel."""
    rows = [i * photo.shape[0] // height for i in range(height)]
    columns = [j * photo.shape[1] // width for j in range(width)]
    return torch.stack([photo[rows][:, columns, color] for color in range(3)])[None]


def batch_by_batch(X, K):
    return torch.stack([channel_by_channel(image, torch.rot90(K, 2, (2, 3))) for image in X])


def real_side(n, layers):
    modules = [nn.Conv2d(1, 1, **settings) if kind == "conv" else nn.MaxPool2d(**settings) for kind, settings in layers]
    return nn.Sequential(*modules)(torch.zeros(1, n, n)).shape[1]


def losses_by_hand(X, Y, steps, lr):
    """A mean of squares has the gradient 2/n times the errors, read at both pixels."""
    left, right, Y = X[0, 0, :, :-1], X[0, 0, :, 1:], Y[0, 0]
    a, b, losses = torch.tensor(0.0).double(), torch.tensor(0.0).double(), []
    for _ in range(steps):
        error = a * left + b * right - Y
        losses.append((error**2).mean().item())
        a, b = a - 2 * lr * (error * left).mean(), b - 2 * lr * (error * right).mean()
    return losses


def by_columns(train, test):
    both = train.clone(), test.clone()
    for j, column in enumerate(train.T):
        for images in both:
            images[:, j] = (images[:, j] - column.mean()) / (0.01 + column.std())
    return both


def epoch_means(net, batches, epochs, lr):
    means = []
    for _ in range(epochs):
        losses = []
        for X, y in batches:
            each = F.cross_entropy(net(X), y, reduction="none")
            gradients = torch.autograd.grad(each.mean(), list(net.parameters()))
            with torch.no_grad():
                for parameter, gradient in zip(net.parameters(), gradients, strict=True):
                    parameter -= lr * gradient
            losses += each.tolist()
        means.append(sum(losses) / len(losses))
    return means


def by_power_iteration(K):
    """The largest singular value's vectors, found by multiplying many times."""
    v = torch.ones(K.shape[1], dtype=K.dtype) + torch.arange(K.shape[1]) / 7
    for _ in range(2000):
        v = K.T @ (K @ v)
        v = v / v.norm()
    return K @ v, v


def error_of_sum(K, r):
    U, S, Vh = torch.linalg.svd(K, full_matrices=False)
    return ((K - (U[:, :r] * S[:r]) @ Vh[:r]).norm() / K.norm()).item()


def most_pairs(h, w):
    return max(r for r in range(h * w) if r == 0 or r * (h + w) < h * w)


def max_backward(X, dY, k, stride):
    dX = torch.zeros_like(X)
    for i, j in product(*map(range, dY.shape)):
        places = product(range(i * stride, i * stride + k), range(j * stride, j * stride + k))
        dX[max(places, key=lambda place: X[place].item())] += dY[i, j]
    return dX


def mean_backward(dY, size, k, stride, padding):
    dX = dY.new_zeros(size)
    for i, j, a, b in product(*map(range, (*dY.shape, k, k))):
        row, column = i * stride + a - padding, j * stride + b - padding
        if 0 <= row < size[0] and 0 <= column < size[1]:
            dX[row, column] += dY[i, j] / k**2
    return dX


def by_differences(f, X, dY):
    dX = np.zeros(tuple(X.shape))
    for place in product(*map(range, X.shape)):
        up, down = X.clone(), X.clone()
        up[place] += 1e-4
        down[place] -= 1e-4
        dX[place] = ((f(up) * dY).sum() - (f(down) * dY).sum()).item() / 2e-4
    return dX


def blur_by_slices(X, taps, stride):
    half, (H, W) = len(taps) // 2, X.shape[2:]
    padded = F.pad(X, (half,) * 4, mode="reflect")
    rows = sum(tap * padded[:, :, a : a + H] for a, tap in enumerate(taps))
    both = sum(tap * rows[:, :, :, b : b + W] for b, tap in enumerate(taps))
    return (both / taps.sum() ** 2)[:, :, ::stride, ::stride]


def sensitivity(view, X):
    shares = []
    for image in X:
        A, B = view(image[None, :, :, :-1]), view(image[None, :, :, 1:])
        shares.append(((B - A) ** 2).sum().sqrt() / ((A - A.mean()) ** 2).sum().sqrt())
    return torch.stack(shares)


def pattern_left(view, X, pattern):
    change = (view(X + pattern) - view(X)).numpy()
    return change.std() / pattern.numpy().std()


def by_pieces(X, net, halo, stride, size):
    margin = -(-halo // stride) * stride
    Y = X.new_zeros([-(-n // stride) for n in X.shape])
    for top, left in product(range(0, X.shape[0], size), range(0, X.shape[1], size)):
        a, b = max(top - margin, 0), max(left - margin, 0)
        part = net(X[a : top + size + margin, b : left + size + margin])
        part = part[(top - a) // stride :, (left - b) // stride :][: size // stride, : size // stride]
        i, j = top // stride, left // stride
        Y[i : i + part.shape[0], j : j + part.shape[1]] = part
    return Y


def weights_by_hand(X, dY, size, padding, stride):
    dK = X.new_zeros(size)
    for i, j, a, b in product(*map(range, (*dY.shape, *size))):
        row, column = i * stride + a - padding, j * stride + b - padding
        if 0 <= row < X.shape[0] and 0 <= column < X.shape[1]:
            dK[a, b] += dY[i, j] * X[row, column]
    return dK


def pixels_by_hand(K, dY, size, padding, stride):
    dX = K.new_zeros(size)
    for i, j, a, b in product(*map(range, (*dY.shape, *K.shape))):
        row, column = i * stride + a - padding, j * stride + b - padding
        if 0 <= row < size[0] and 0 <= column < size[1]:
            dX[row, column] += dY[i, j] * K[a, b]
    return dX


def grown(dY, K):
    return [m + k - 1 for m, k in zip(dY.shape, K.shape, strict=True)]


def columns_by_loops(X, k, padding, stride):
    padded = X.new_zeros(len(X), *[n + 2 * padding for n in X.shape[1:]])
    padded[:, padding : padding + X.shape[1], padding : padding + X.shape[2]] = X
    stops = product(*[range(0, n - side + 1, stride) for n, side in zip(padded.shape[1:], k, strict=True)])
    return torch.stack([padded[:, i : i + k[0], j : j + k[1]].flatten() for i, j in stops], dim=1)


def image_from_columns(columns, size, k, padding, stride):
    channels = columns.reshape(-1, *k, columns.shape[1])
    width = (size[1] + 2 * padding - k[1]) // stride + 1
    dX = columns.new_zeros(len(channels), *size)
    for a, b, n in product(range(k[0]), range(k[1]), range(columns.shape[1])):
        row, column = n // width * stride + a - padding, n % width * stride + b - padding
        if 0 <= row < size[0] and 0 <= column < size[1]:
            dX[:, row, column] += channels[:, a, b, n]
    return dX


def parameters_by_hand(X, dY):
    h, w = X.shape[2] - dY.shape[2] + 1, X.shape[3] - dY.shape[3] + 1
    weight = torch.stack(
        [
            torch.stack(
                [
                    sum(weights_by_hand(x[c], y[o], (h, w), 0, 1) for x, y in zip(X, dY, strict=True))
                    for c in range(X.shape[1])
                ]
            )
            for o in range(dY.shape[1])
        ]
    )
    return weight, sum(y.sum((1, 2)) for y in dY)


def by_confusion(predicted, true, classes, ignore=255):
    counts = np.zeros((classes, classes), dtype=int)
    for p, t in zip(predicted.flatten().tolist(), true.flatten().tolist(), strict=True):
        if t != ignore:
            counts[t, p] += 1
    both = np.diag(counts)
    either = counts.sum(axis=0) + counts.sum(axis=1) - both
    return (both[either > 0] / either[either > 0]).mean()


def pixel_copied(X, maps):
    (h, w), (H, W) = X.shape[2:], maps.shape[2:]
    rows, columns = [i * h // H for i in range(H)], [j * w // W for j in range(W)]
    return torch.cat((X[:, :, rows][:, :, :, columns], maps), 1)


def on_a_larger_canvas(net, X):
    N, _, H, W = X.shape
    canvas = X.new_zeros(N, 1, (H + 7) // 8 * 8, (W + 7) // 8 * 8)
    canvas[:, :, :H, :W] = X
    return net(canvas)[:, :, :H, :W].argmax(1)


# Written from the exercise's text, without the package.
FUNCTIONS = {
    "1.3": lambda X, K: by_loops(X, from_the_end(K)),
    "1.5": by_loops,
    "2.3": descend,
    "2.5": lambda X, Y, size, lr, steps: descend(X, Y, X.new_zeros(size), lr, steps),
    "3.3": never_read,
    "3.6": padded_to_the_same_size,
    "3.7a": lambda layers: sum(k // 2 * prod(s for _, s in layers[:i]) for i, (k, _) in enumerate(layers)),
    "3.7b": lambda X, net, halo, size: by_pieces(X, net, halo, 1, size),
    "3.7c": by_pieces,
    "3.8a": weights_by_hand,
    "3.8b": pixels_by_hand,
    "4.4": lambda X, K: channel_by_channel(X.permute(2, 0, 1), K.permute(3, 2, 0, 1)).permute(1, 2, 0),
    "4.6": lambda X, K, bias: channel_by_channel(X, K) + bias[:, None, None],
    "4.7a": columns_by_loops,
    "4.7b": lambda columns, weight, bias, size: torch.stack(
        [(weight.flatten(1) @ one + bias[:, None]).reshape(-1, *size) for one in columns]
    ),
    "4.7c": image_from_columns,
    "4.7d": lambda dY, weight, size, padding, stride: sum(
        image_from_columns(torch.outer(kernel.flatten(), one.flatten()), size, tuple(kernel.shape[1:]), padding, stride)
        for kernel, one in zip(weight, dY, strict=True)
    ),
    "4.8a": parameters_by_hand,
    "4.8b": lambda dY, weight: torch.stack(
        [
            torch.stack(
                [
                    sum(pixels_by_hand(K[c], one, grown(one, K[c]), 0, 1) for K, one in zip(weight, each, strict=True))
                    for c in range(weight.shape[1])
                ]
            )
            for each in dY
        ]
    ),
    "5.3": pixel_by_pixel,
    "5.5": lambda X, K: torch.einsum("nchw,oc->nohw", X, K[:, :, 0, 0]),
    "5.6c": most_probable_crop,
    "5.7a": normal_equations,
    "5.7b": descent_on_pixels,
    "5.7c": smallest_error,
    "5.7d": errors_before_and_after,
    "6.4": layer_by_windows,
    "6.7a": normalized_by_rows,
    "6.8c": ratio_of_gradients,
    "7.3": lambda K_depth, K_point: K_point * K_depth.transpose(0, 1),
    "7.6": dealt_out,
    "7.7a": by_power_iteration,
    "7.7b": error_of_sum,
    "7.7c": most_pairs,
    "8.3": mean_of_real_cells,
    "8.5": smallest_of_real_cells,
    "8.6a": max_backward,
    "8.6b": mean_backward,
    "8.6c": by_differences,
    "8.7a": blur_by_slices,
    "8.7b": sensitivity,
    "8.7c": pattern_left,
    "9.4": by_stamps,
    "9.6": lambda n, k, p, s: (n + 2 * p - k) % s,
    "9.7a": settings_by_trying,
    "9.7b": stamps_pixel_by_pixel,
    "9.7c": scattered,
    "9.8a": back_through_stamps,
    "9.8b": back_to_the_kernel,
    "10.3": every_rth_pixel,
    "10.6": interpolated,
    "10.7a": hats,
    "10.7b": lambda X, rows, columns: torch.einsum("ia,ncab,jb->ncij", rows, X, columns),
    "10.7c": wide_hats,
    "10.8a": lambda base, changes: {"base": base, **{name: base | changes[name] for name in changes}},
    "10.8b": reported,
    "10.8c": closest_number,
    "11.3": features,
    "11.4": share_right,
    "12.1": one_photo,
    "12.2": batch_by_batch,
    "12.3": real_side,
    "12.5": losses_by_hand,
    "12.8": by_columns,
    "12.10": epoch_means,
    "13.3": by_confusion,
    "13.4": pixel_copied,
    "13.6": on_a_larger_canvas,
    **longer_tasks.FUNCTIONS,
}


@pytest.mark.parametrize("number", FUNCTIONS)
def test_a_function_written_in_another_way_is_right(number):
    verdict = check(number, FUNCTIONS[number])
    assert verdict, verdict


@pytest.mark.parametrize(
    "deviation",
    [
        lambda train: train.std(dim=0, unbiased=False) + 0.01,
        lambda train: torch.maximum(train.std(dim=0), torch.tensor(0.01)),
        lambda train: (train.std(dim=0) ** 2 + 1e-4) ** 0.5,
    ],
)
def test_other_deviations_that_are_never_0_are_right(deviation):
    def standardized(train, test):
        mean, by = train.mean(dim=0), deviation(train)
        return (train - mean) / by, (test - mean) / by

    assert check("12.8", standardized)
    assert not check("12.8", lambda train, test: standardized(train.sub_(0), test.mul_(2)))


@pytest.mark.parametrize("number", ["12.5", "12.10"])
def test_losses_may_be_tensors(number):
    right = find(number).reference
    assert check(number, lambda *case: torch.tensor(right(*case)))
    assert check(number, lambda *case: [torch.tensor(loss) for loss in right(*case)])
    assert not check(number, lambda *case: torch.tensor(right(*case)) + 0.1)
    assert not check(number, lambda *case: torch.tensor(right(*case))[None])


@pytest.mark.parametrize(("kind", "answers"), [(Value, VALUES), (Function, FUNCTIONS), (Choice, CHOICES)])
def test_every_exercise_has_an_answer_here(kind, answers):
    """Those of longer tasks are in tests/exercises/answers/ at the least."""
    numbers = {number for number, exercise in EXERCISES.items() if isinstance(exercise, kind)}
    assert {number for number in numbers if number[-1].isdigit()} <= set(answers) <= numbers
