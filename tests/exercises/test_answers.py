"""What learners answer: choices right and wrong, each wrong one with its diagnosis; right functions written otherwise."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import check


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
            (kernel([0, 0, 0], [0, 0, 1], [0, 0, 0]), "moves the picture left"),
            (kernel([0, 1, 0], [0, 0, 0], [0, 0, 0]), "moves the picture down"),
            (kernel([0, 0, 0], [0, 1, 0], [0, 0, 0]), "where it is"),
            (kernel([1, 0], [0, 0]), "must be 3×3"),
        ],
    ),
    "2.4": (
        [2 / 72, 0.028],
        [(0.04, "explodes"), (1 / 30, "for ever"), (0.03, "a little smaller"), (0.01, "larger"), (0, "lr ≤ 0")],
    ),
    "3.4": (
        [{"kernel_size": 5, "padding": 1, "stride": 4}],
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
            ([1, 0, 0], "white and grey"),
            ([1, -2, 1], "blue answers"),
            ([-2, 1, 1], "red must"),
            ([0, 0, 0], "nothing answers"),
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
            ((1, 10, 100), "cannot fill"),
            ((1, 2), "three rates"),
            ((0, 1, 2), "whole"),
        ],
    ),
    "7.5": (
        [STEPS.flatten()],
        [
            (STEPS.flip(1).flatten(), "dy, dx"),
            (STEPS.T.flatten(), "all dy, then all dx"),
            (2 * STEPS.flatten(), "rate 3"),
            (torch.zeros(18), "ordinary"),
        ],
    ),
    "8.4": (
        [{"kernel_size": 3, "stride": 2, "padding": 1}],
        [
            ({"kernel_size": 2, "stride": 2, "ceil_mode": True}, "do not overlap"),
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
            (SQUARE.roll((1, 1), (0, 1)), "moved"),
            (SQUARE / 4, "brightness is 0.25"),
            (torch.ones(2, 2), "must be 4×4"),
        ],
    ),
    "11.6": (
        [{"lr": 0.001, "optimizer": torch.optim.Adam}],
        [({"lr": 1e-5}, "too slowly"), ({"lr": 0.001, "momentum": 0.9}, "not momentum"), ("fast", "give a dict")],
    ),
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
    assert check("12.1", lambda X, K: correlate(X, torch.rot90(K, 2)))


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (
            "11.4",
            lambda batches: sum((s.argmax(1) == y).sum().item() for s, y in batches) / sum(y.numel() for _, y in batches),
        ),
        ("12.3", lambda n, k, p, s: len(range(0, n + 2 * p - k + 1, s))),
        ("12.8", lambda epochs: [torch.tensor(batches, dtype=torch.float64).mean().item() for batches in epochs]),
        (
            "12.10",
            lambda X: F.adaptive_max_pool2d(
                X[..., : X.shape[2] // 2 * 2, : X.shape[3] // 2 * 2], (X.shape[2] // 2, X.shape[3] // 2)
            ),
        ),
        ("12.11", lambda y_hat, y: F.nll_loss(y_hat.log_softmax(dim=1), y)),
    ],
)
def test_other_right_functions_too(number, answer):
    verdict = check(number, answer)
    assert verdict, verdict
