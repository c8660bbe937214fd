"""Exercises of notebook 04, several input and output channels."""

from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from ..ops.correlation import corr2d_multi_in, corr2d_multi_in_out
from ._kinds import Choice, Function, Value

COLOURS = {
    "black": (0.0, 0.0, 0.0),
    "grey": (0.5, 0.5, 0.5),
    "white": (1.0, 1.0, 1.0),
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
}


def _parameters(layer: nn.Module) -> int:
    return sum(parameter.numel() for parameter in layer.parameters())


def _multiply_adds(layer: nn.Module, *input_shape: int) -> int:
    with FlopCounterMode(display=False) as counter:
        layer(torch.zeros(input_shape))
    return counter.get_total_flops() // 2


def _pairs(generator: torch.Generator) -> list[tuple]:
    """(X, K) in float64, smallest first; one of them with as many kernels as channels."""
    shapes = [((1, 2, 2), (2, 1, 1, 1)), ((2, 2, 3), (1, 2, 1, 2)), ((2, 3, 3), (2, 2, 2, 2)), ((3, 5, 4), (4, 3, 3, 2))]
    return [
        tuple(torch.randn(size, generator=generator, dtype=torch.float64) for size in (input_size, kernel_size))
        for input_size, kernel_size in shapes
    ]


def _answers_to_red(weights) -> str:
    """Whether these three weights of a 1×1 kernel answer to red alone: 0 for every grey, at most 0 for green and blue."""
    weights = torch.as_tensor(weights, dtype=torch.float64).flatten()
    if weights.shape != (3,):
        return f"give three weights, one for each of R, G, B; yours has {weights.numel()}"
    if not weights.any():
        return "with all weights 0 nothing answers, red neither"
    answers = {
        name: F.conv2d(torch.tensor(colour, dtype=torch.float64).reshape(1, 3, 1, 1), weights.reshape(1, 3, 1, 1)).item()
        for name, colour in COLOURS.items()
    }
    seen = ", ".join(f"{name} {answer:g}" for name, answer in answers.items())
    if abs(answers["white"]) > 1e-9:
        return f"white and grey must answer with 0: what must the three weights add up to? ({seen})"
    if answers["red"] <= 0:
        return f"red must answer with more than 0 ({seen})"
    for name in ("green", "blue"):
        if answers[name] > 0:
            return f"{name} answers too ({seen})"
    return ""


def _never_reset(X: Tensor, K: Tensor) -> Tensor:
    return corr2d_multi_in_out(X, K).cumsum(0)


EXERCISES = {
    "4.1": Value(
        reference=lambda: tuple(nn.Conv2d(5, 7, kernel_size=(3, 2)).weight.shape),
        mistakes={
            "output channels come first: (c_o, c_i, h, w)": lambda: (5, 7, 3, 2),
            "kernel_size is (height, width), and so are the last two axes": lambda: (7, 5, 2, 3),
            "each of the 7 kernels has a slice for each of the 5 input channels": lambda: (7, 3, 2),
            "there are 7 kernels, one for each output channel": lambda: (5, 3, 2),
            "a weight has no batch axis": lambda: (1, 7, 5, 3, 2),
        },
        hints=["How many kernels are there, and how many slices has each?", "(c_o, c_i, k_h, k_w)."],
        praise="7 kernels, each a block of 5 slices with 3 rows and 2 columns.",
    ),
    "4.2": Value(
        reference=lambda: _parameters(nn.Conv2d(16, 32, kernel_size=5)),
        mistakes={
            "these are the weights; there is a bias for each output channel too": lambda: prod((32, 16, 5, 5)),
            "there is one bias for each output channel, not for each input channel": lambda: prod((32, 16, 5, 5)) + 16,
            "there is one bias for each output channel, not for each pair of channels": lambda: 32 * 16 * (5 * 5 + 1),
            "each kernel has a slice for each of the 16 input channels": lambda: 32 * 5 * 5 + 32,
            "a kernel of size 5 has 5·5 cells": lambda: 32 * 16 * 5 + 32,
        },
        hints=["First the weights: the product of the four axes.", "32·16·5·5, and then one bias per output channel."],
        praise="32·16·5·5 weights and 32 biases; the size of the picture does not enter.",
    ),
    "4.3": Value(
        reference=lambda: _multiply_adds(nn.Conv2d(8, 16, kernel_size=3), 1, 8, 10, 12),
        mistakes={
            "without padding the output is smaller than the input: count output cells": lambda: 16 * 10 * 12 * 8 * 9,
            "each output cell reads its window in all 8 input channels": lambda: 16 * 8 * 10 * 9,
            "there are 16 output channels, and each costs as much": lambda: 8 * 10 * 8 * 9,
            "these are the weights: each is used once for every output cell": lambda: 16 * 8 * 9,
            "a multiplication and its addition count as one multiply-add": lambda: 2 * 16 * 8 * 10 * 8 * 9,
        },
        hints=[
            "How many output cells are there in all channels, and what does one cost?",
            "The output is 16 × 8 × 10. One cell costs 8 channels of 3·3.",
        ],
        praise="16·8·10 = 1,280 output cells at 8·9 = 72 multiply-adds each: 92,160.",
    ),
    "4.4": Function(
        reference=corr2d_multi_in_out,
        cases=_pairs,
        mistakes={
            "the sum over the input channels is missing": lambda X, K: torch.stack(
                [torch.stack([corr2d_multi_in(x[None], k[None]) for x, k in zip(X, kernel, strict=True)]) for kernel in K]
            ),
            "all output channels are added too: stack them": lambda X, K: corr2d_multi_in_out(X, K).sum(0),
            "only the first input channel is read": lambda X, K: corr2d_multi_in_out(X[:1], K[:, :1]),
            "the channels are averaged; they are added": lambda X, K: corr2d_multi_in_out(X, K) / len(X),
            "the axes of K are (c_o, c_i, h, w): output channels come first": lambda X, K: corr2d_multi_in_out(
                X, K.transpose(0, 1)
            ),
            "the output has an axis too many: (c_o, H', W'), without a batch": lambda X, K: corr2d_multi_in_out(X, K)[None],
        },
        hints=[
            "K[o] is one kernel, a block of shape (c_i, h, w). It makes one output channel.",
            "One output channel is sum(corr2d(x, k) for x, k in zip(X, K[o])).",
            "torch.stack([…for kernel in K]) puts the output channels on one another.",
        ],
        praise="A sum inside, over input channels; a stack outside, over output channels.",
    ),
    "4.5": Choice(
        test=_answers_to_red,
        hints=[
            "White is (1, 1, 1): its answer is the sum of the three weights.",
            "Start from a weight of 1 for red, and take the same away from the other two together.",
        ],
        praise="The weights add up to 0, so no grey answers; what is left tells red from the other two.",
    ),
    "4.6": Function(
        reference=lambda X, K: F.conv2d(X[None], K)[0],
        cases=_pairs,
        mistakes={
            "each output channel still holds the ones before it": _never_reset,
            "the output channels are still added into one": lambda X, K: corr2d_multi_in_out(X, K).sum(0),
            "all output channels are one and the same tensor: += changes it in place": lambda X, K: (
                corr2d_multi_in_out(X, K).sum(0).repeat(len(K), 1, 1)
            ),
            "only the last input channel is left": lambda X, K: corr2d_multi_in_out(X[-1:], K[:, -1:]),
        },
        hints=[
            "Channel 0 of the answer is right, channel 1 is not. What does channel 1 hold besides its own sum?",
            "A sum must start at 0 for each output channel.",
            "Move `total = 0` into the outer loop.",
        ],
        praise="The sum over input channels begins anew for every output channel.",
    ),
}
