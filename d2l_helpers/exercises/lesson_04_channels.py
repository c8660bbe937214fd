"""Exercises of lesson 04, channels."""

from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from ..ops.correlation import corr2d_multi_in, corr2d_multi_in_out
from ._kinds import Choice, Function, Value

COLORS = {
    "black": (0.0, 0.0, 0.0),
    "gray": (0.5, 0.5, 0.5),
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


def _responds_to_red(weights) -> str:
    """Whether these weights of a 1×1 kernel respond to red alone: 0 for every gray, at most 0 for green and blue."""
    weights = torch.as_tensor(weights, dtype=torch.float64).flatten()
    if weights.shape != (3,):
        return f"give three weights, one each for R, G, and B; your answer has {weights.numel()}"
    if not weights.any():
        return "if all weights are 0, the kernel doesn't respond to red either"
    responses = {
        name: F.conv2d(torch.tensor(color, dtype=torch.float64).reshape(1, 3, 1, 1), weights.reshape(1, 3, 1, 1)).item()
        for name, color in COLORS.items()
    }
    seen = ", ".join(f"{name} {response:g}" for name, response in responses.items())
    if abs(responses["white"]) > 1e-9:
        return f"the response to white and gray must be 0: what must the three weights add up to? ({seen})"
    if responses["red"] <= 0:
        return f"the response to red must be greater than 0 ({seen})"
    for name in ("green", "blue"):
        if responses[name] > 0:
            return f"the kernel responds to {name}, too ({seen})"
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
        hints=["How many kernels are there, and how many slices does each have?", "(c_o, c_i, k_h, k_w)."],
        praise="7 kernels, each a block of 5 slices with 3 rows and 2 columns.",
    ),
    "4.2": Value(
        reference=lambda: _parameters(nn.Conv2d(16, 32, kernel_size=5)),
        mistakes={
            "these are the weights; there is also a bias for each output channel": lambda: prod((32, 16, 5, 5)),
            "there is one bias for each output channel, not for each input channel": lambda: prod((32, 16, 5, 5)) + 16,
            "there is one bias for each output channel, not for each pair of channels": lambda: 32 * 16 * (5 * 5 + 1),
            "each kernel has a slice for each of the 16 input channels": lambda: 32 * 5 * 5 + 32,
            "a slice of size 5 has 5·5 weights": lambda: 32 * 16 * 5 + 32,
        },
        hints=["First the weights: the product of the four axes.", "32·16·5·5, and then one bias per output channel."],
        praise="32·16·5·5 weights and 32 biases, whatever the size of the image.",
    ),
    "4.3": Value(
        reference=lambda: _multiply_adds(nn.Conv2d(8, 16, kernel_size=3), 1, 8, 10, 12),
        mistakes={
            "without padding the output is smaller than the input: count the output's elements": lambda: (
                16 * 10 * 12 * 8 * 9
            ),
            "each output element reads its window in all 8 input channels": lambda: 16 * 8 * 10 * 9,
            "there are 16 output channels, and each takes the same number": lambda: 8 * 10 * 8 * 9,
            "these are the weights: each is used once at every stop of the window": lambda: 16 * 8 * 9,
            "a multiplication and its addition count as one multiply-add": lambda: 2 * 16 * 8 * 10 * 8 * 9,
        },
        hints=[
            "How many elements does the output have in all channels, and how many multiplications does each take?",
            "The output is 16 × 8 × 10. Each element takes 8 channels of 3·3.",
        ],
        praise="16·8·10 = 1,280 elements with 8·9 = 72 multiply-adds each: 92,160.",
    ),
    "4.4": Function(
        reference=corr2d_multi_in_out,
        cases=_pairs,
        mistakes={
            "the sum over the input channels is missing": lambda X, K: torch.stack(
                [torch.stack([corr2d_multi_in(x[None], k[None]) for x, k in zip(X, kernel, strict=True)]) for kernel in K]
            ),
            "the output channels are added, too: stack them": lambda X, K: corr2d_multi_in_out(X, K).sum(0),
            "only the first input channel is read": lambda X, K: corr2d_multi_in_out(X[:1], K[:, :1]),
            "the input channels are averaged; a convolution adds them": lambda X, K: corr2d_multi_in_out(X, K) / len(X),
            "the axes of K are (c_o, c_i, h, w): output channels come first": lambda X, K: corr2d_multi_in_out(
                X, K.transpose(0, 1)
            ),
            "the output has one axis too many: it should be (c_o, H', W'), without a batch": lambda X, K: (
                corr2d_multi_in_out(X, K)[None]
            ),
        },
        hints=[
            "K[o] is one kernel, a block of shape (c_i, h, w). It makes one output channel.",
            "One output channel is sum(corr2d(x, k) for x, k in zip(X, K[o])).",
            "torch.stack([… for kernel in K]) stacks the output channels.",
        ],
        praise="The inner sum runs over the input channels, the outer stack over the output channels.",
    ),
    "4.5": Choice(
        test=_responds_to_red,
        hints=[
            "White is (1, 1, 1), so the response to it is the sum of the three weights.",
            "Start with a weight of 1 for red, and let the other two together subtract as much.",
        ],
        praise="The weights add up to 0, so the response to every gray is 0, and green and blue only lower it.",
    ),
    "4.6": Function(
        reference=lambda X, K: F.conv2d(X[None], K)[0],
        cases=_pairs,
        mistakes={
            "each output channel still contains the ones before it": _never_reset,
            "the output channels are still added together": lambda X, K: corr2d_multi_in_out(X, K).sum(0),
            "all output channels are the same tensor, because += changes it in place": lambda X, K: (
                corr2d_multi_in_out(X, K).sum(0).repeat(len(K), 1, 1)
            ),
            "only the last input channel is in the sum": lambda X, K: corr2d_multi_in_out(X[-1:], K[:, -1:]),
        },
        hints=[
            "Channel 0 of the output is right, and channel 1 is not. What does channel 1 contain besides its own sum?",
            "The sum must start at 0 for each output channel.",
            "Move `total = 0` into the outer loop.",
        ],
        praise="The sum over the input channels starts again at 0 for every output channel.",
    ),
}
