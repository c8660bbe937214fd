"""Answers made without the references: values by hand, functions written in other ways, choices right and wrong."""

from itertools import product

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import check
from d2l_helpers.exercises import Choice, Function, Value, exercises_of, find
from tests.support import longer_tasks
from tests.support.bugs import SPOT_THE_BUG

EXERCISES = {number: exercise for lesson in range(1, 13) for number, exercise in exercises_of(lesson).items()}


# Worked out by hand.
VALUES = {
    "1.1": (7 - 3 + 1, 9 - 2 + 1),
    "1.2": 1 * 4 + 2 * 3 + 4 * 2 + 5 * 1,
    "2.1": [0, -1, 0, 0, 1],
    "2.2": 2 / 10,
    "3.1": (6, 4),
    "3.2": (2, 1),
    "3.5": 17,
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
    "8.1": (3, 4),
    "8.2": [[0, 2, 0], [0, 0, 0], [1, 0, 1]],
    "9.1": (9, 13),
    "9.2": 1 * 8 + 2 * 7 + 3 * 6 + 4 * 5,
    "9.3": (3 * 3, 2 * 2),
    "10.1": 4 / 3,
    "10.2": [2, 4, 8, 9, 7, 6],
    "11.1": 16 * 6 * 6,
    "11.2": 6 * (9 + 1) + 16 * (6 * 9 + 1) + 120 * (576 + 1) + 84 * (120 + 1) + 10 * (84 + 1),
    "11.5": 4.61,
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


STEPS = torch.tensor([[a, b] for a in (-1.0, 0.0, 1.0) for b in (-1.0, 0.0, 1.0)])
TENT = torch.outer(*[torch.tensor([0.25, 0.75, 0.75, 0.25])] * 2)
SQUARE = F.pad(torch.ones(2, 2), (1, 1, 1, 1))

# exercise → (right answers, wrong answers with a part of the diagnosis meant for each)
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
        [2 / 72, 0.028],
        [(0.04, "diverges"), (1 / 30, "forever"), (0.03, "slightly smaller"), (0.01, "larger"), (0, "must be positive")],
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
    "4.5": (
        [[2, -1, -1], [1, -0.5, -0.5]],
        [
            ([1, 0, 0], "white and gray"),
            ([1, -2, 1], "responds to blue"),
            ([-2, 1, 1], "to red must be greater"),
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
            ({"kernel_size": 5, "dilation": 2, "padding": 2}, "how much padding"),
            ({"kernel_size": 5, "dilation": 2, "padding": 4, "stride": 2}, "stride"),
        ],
    ),
    "6.6": (
        [Mended],
        [
            (Unregistered, "still empty"),
            (OnlyRegistered, "the ReLU"),
            (TooFew, "6 parameters"),
            (Mended(), "the class itself"),
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
    "8.4": (
        [{"kernel_size": 3, "stride": 2, "padding": 1}],
        [
            ({"kernel_size": 2, "stride": 2, "ceil_mode": True}, "don't overlap"),
            ({"kernel_size": 3, "stride": 2}, "28×28 becomes 13×13"),
            ({"kernel_size": 2, "padding": 2}, "refuses"),
            ([3, 2, 1], "dictionary"),
        ],
    ),
    "9.5": (
        [{"kernel_size": 8, "stride": 4, "padding": 2}],
        [
            ({"kernel_size": 5, "stride": 4, "padding": 1, "output_padding": 1}, "checkerboard"),
            ({"kernel_size": 4, "stride": 4}, "separate tiles"),
            ({"kernel_size": 8, "stride": 4}, "not into 28×28"),
            ({"kernel": 8}, "keys"),
        ],
    ),
    "10.4": (
        [[0.25, 0.5, 0.25]],
        [
            ([1, 2, 1], "add up to 1"),
            ([0, 1, 0], "all their contrast"),
            ([0.3, 0.4, 0.3], "stripes remain"),
            ([0.5, 0.5], "three numbers"),
        ],
    ),
    "10.5": (
        [SQUARE],
        [
            (TENT, "bilinear"),
            (torch.ones(4, 4), "overlap"),
            (SQUARE.roll((1, 1), (0, 1)), "shifted"),
            (SQUARE / 4, "brightness is 0.25"),
            (torch.ones(2, 2), "must be 4×4"),
        ],
    ),
    "11.6": (
        [{"lr": 0.001, "optimizer": torch.optim.Adam}],
        [({"lr": 1e-5}, "too slowly"), ({"lr": 0.001, "momentum": 0.9}, "not momentum"), ("fast", "give a dict")],
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


@pytest.mark.parametrize("correlate", [by_loops, by_windows, by_im2col, by_layer])
def test_right_functions_are_accepted_however_they_are_written(correlate):
    assert check("1.5", correlate)
    assert check("1.3", lambda X, K: correlate(X, K.flip(0, 1)))


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


def pixel_by_pixel(X, K):
    Y = X.new_zeros(len(K), *X.shape[1:])
    for i, j in product(*map(range, X.shape[1:])):
        Y[:, i, j] = K[:, :, 0, 0] @ X[:, i, j]
    return Y


def layer_by_windows(X, weight, bias, stride):
    windows = X.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("ncijab,ocab->noij", windows, weight) + bias[:, None, None]


def group_by_group(X, K, groups):
    c_i, kernels = K.shape[1], len(K) // groups
    parts = [X[o // kernels * c_i : (o // kernels + 1) * c_i] for o in range(len(K))]
    return torch.cat([channel_by_channel(part, kernel[None]) for part, kernel in zip(parts, K, strict=True)])


def mean_of_real_cells(X, k, p):
    starts = [range(-p, n + p - k + 1) for n in X.shape]
    means = [X[max(i, 0) : i + k, max(j, 0) : j + k].mean() for i, j in product(*starts)]
    return torch.stack(means).reshape(*map(len, starts))


def largest_of_real_cells(X):
    starts = [range(-1, n - 1, 2) for n in X.shape]
    largest = [X[max(i, 0) : i + 3, max(j, 0) : j + 3].max() for i, j in product(*starts)]
    return torch.stack(largest).reshape(*map(len, starts))


def by_stamps(X, K, stride):
    (H, W), (h, w) = X.shape, K.shape
    Y = X.new_zeros((H - 1) * stride + h, (W - 1) * stride + w)
    for i, j in product(range(H), range(W)):
        Y[i * stride : i * stride + h, j * stride : j * stride + w] += X[i, j] * K
    return Y


def every_rth_pixel(X, r):
    return torch.stack([X[:, a::r, b::r] for a in range(r) for b in range(r)], dim=1).flatten(0, 1)


def interpolated(row, s):
    positions = (np.arange(s * len(row)) + 0.5) / s - 0.5
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


# Written from the exercise's text, without the package.
FUNCTIONS = {
    "1.3": lambda X, K: by_loops(X, K.flip(0, 1)),
    "1.5": by_loops,
    "2.3": descend,
    "2.5": lambda X, Y, size, lr, steps: descend(X, Y, X.new_zeros(size), lr, steps),
    "3.3": never_read,
    "3.6": padded_to_the_same_size,
    "4.4": channel_by_channel,
    "4.6": channel_by_channel,
    "5.3": pixel_by_pixel,
    "5.5": lambda X, K: torch.einsum("chw,oc->ohw", X, K[:, :, 0, 0]),
    "6.4": layer_by_windows,
    "7.3": lambda K_depth, K_point: K_point * K_depth.transpose(0, 1),
    "7.6": group_by_group,
    "8.3": mean_of_real_cells,
    "8.5": largest_of_real_cells,
    "9.4": by_stamps,
    "9.6": lambda n, k, p, s: (n + 2 * p - k) % s,
    "10.3": every_rth_pixel,
    "10.6": interpolated,
    "11.3": features,
    "11.4": share_right,
    "12.1": one_photo,
    "12.2": batch_by_batch,
    "12.3": real_side,
    "12.5": losses_by_hand,
    "12.8": by_columns,
    "12.10": epoch_means,
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
    assert {number for number, exercise in EXERCISES.items() if isinstance(exercise, kind)} == set(answers)
