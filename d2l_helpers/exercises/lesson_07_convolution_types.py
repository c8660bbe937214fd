"""Exercises of lesson 07, kinds of convolution."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._check import shown
from ..ops.correlation import corr2d_multi_in_out
from ._kinds import Choice, Function, Value


def _weights(*layers: nn.Module) -> int:
    return sum(parameter.numel() for layer in layers for parameter in layer.parameters())


def _separable(c_i: int, c_o: int, k: int, bias: bool = False) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(c_i, c_i, k, groups=c_i, bias=bias), nn.Conv2d(c_i, c_o, 1, bias=bias)


def _halves(generator: torch.Generator) -> list[tuple]:
    """(K_depth, K_point) in float64, smallest first."""
    return [
        (
            torch.randn(c_i, 1, k, k, generator=generator, dtype=torch.float64),
            torch.randn(c_o, c_i, 1, 1, generator=generator, dtype=torch.float64),
        )
        for c_i, c_o, k in [(1, 1, 2), (2, 1, 2), (2, 3, 2), (3, 3, 3)]
    ]


def _kernel_by_impulses(K_depth: Tensor, K_point: Tensor) -> Tensor:
    """The kernel of a separable layer, read off its outputs for one bright pixel in one channel: (c_o, c_i, k, k)."""
    c_i, _, k, _ = K_depth.shape
    impulses = F.pad(torch.eye(c_i, dtype=K_depth.dtype)[:, :, None, None], (k - 1,) * 4)
    outputs = F.conv2d(F.conv2d(impulses, K_depth, groups=c_i), K_point)
    return outputs.transpose(0, 1).flip(2, 3)


def _reads_all(dilations) -> str:
    """Whether three 3×3 layers with these dilations see as far as three layers can without a hole."""
    dilations = dilations.tolist() if isinstance(dilations, Tensor) else dilations
    if not isinstance(dilations, (tuple, list)) or len(dilations) != 3:
        return f"give three dilations, e.g. (1, 2, 3); yours is {shown(dilations)}"
    if not all(type(d) is int and d >= 1 for d in dilations):
        return f"a dilation is an integer, 1 or larger; yours are {tuple(dilations)}"
    side = 1 + 2 * sum(dilations)
    if sum(dilations) > 50:
        return f"there are holes: the field would be {side} pixels wide, but along an axis there are only 3·3·3 paths"
    line = torch.zeros(1, 1, side, dtype=torch.float64)
    line[..., side // 2] = 1
    for d in dilations:
        line = F.conv1d(line, torch.ones(1, 1, 3, dtype=torch.float64), padding=d, dilation=d)
    read = int((line > 0).sum())
    if read < side:
        return f"there are holes: along an axis, only {read} of {side} pixels are read"
    farthest = 3 ** len(dilations)  # so many paths lead to one output, and each can start at a different pixel
    if side < farthest:
        return f"no holes, but the receptive field is only {side}×{side} pixels; three layers can see farther"
    return ""


_STEPS = torch.cartesian_prod(torch.arange(-1.0, 2), torch.arange(-1.0, 2))  # (9, 2): (dy, dx) from the window's center


def _becomes_dilation_2(offsets) -> str:
    """Whether these 18 offsets turn a deformable 3×3 convolution into the one with dilation 2."""
    from torchvision.ops import deform_conv2d

    try:
        offsets = torch.as_tensor(offsets, dtype=torch.float32).detach()
    except (TypeError, ValueError, RuntimeError):
        return f"give a tensor of shape (18,), not {type(offsets).__name__}"
    if offsets.shape != (18,):
        return f"the shape must be (18,), dy and dx for each of the nine positions; yours is {tuple(offsets.shape)}"
    generator = torch.Generator().manual_seed(0)
    X, K = (torch.randn(1, 1, size, size, generator=generator) for size in (9, 3))
    wanted = F.conv2d(X, K, padding=2, dilation=2)
    got = deform_conv2d(X, offsets[None, :, None, None].expand(1, 18, 9, 9).contiguous(), K, padding=1)
    if torch.allclose(got, wanted, atol=1e-4):
        return ""
    known = {
        "you put dx before dy; for each position, dy comes first": _STEPS.flip(1),
        "you listed all dy, then all dx; they should alternate, dy and dx of one position after the other": _STEPS.T,
        "an offset is counted from where its position already is, not from the center: you made dilation 3": 2 * _STEPS,
        "the wrong direction: now all nine positions read the center": -_STEPS,
        "the spacing is right, but the window has moved down and to the right; its center must stay": _STEPS + 1,
        "without offsets, this is the ordinary convolution": 0 * _STEPS,
    }
    named = next((name for name, wrong in known.items() if torch.allclose(offsets, wrong.flatten())), None)
    return named or "this isn't the dilated window: where is each of the nine positions, and where should it read?"


def _channels(generator: torch.Generator) -> list[tuple]:
    """(X, K, groups) in float64, smallest first."""
    return [
        (
            torch.randn(c_i, 2, 2, generator=generator, dtype=torch.float64),
            torch.randn(c_o, c_i // g, 2, 2, generator=generator, dtype=torch.float64),
            g,
        )
        for c_i, c_o, g in [(2, 2, 2), (2, 4, 2), (4, 2, 2), (4, 4, 2), (4, 8, 2), (6, 3, 3), (3, 2, 1)]
    ]


def _cut_by(input_part, kernel_part, join=torch.cat):
    """A grouped convolution; `input_part(X, K, groups, g)` and `kernel_part` cut out what group g works with."""

    def grouped(X, K, groups):
        arguments = [(X, K, groups, g) for g in range(groups)]
        return join([corr2d_multi_in_out(input_part(*each), kernel_part(*each)) for each in arguments])

    return grouped


def _x_part(X, K, groups, g):
    return X.chunk(groups)[g]


def _k_part(X, K, groups, g):
    return K.chunk(groups)[g]


def _run(tensor: Tensor, size: int, g: int) -> Tensor:
    return tensor[g * size : (g + 1) * size]


EXERCISES = {
    "7.1": Value(
        reference=lambda: F.conv2d(torch.zeros(1, 1, 28, 28), torch.zeros(1, 1, 3, 3), dilation=3).shape[2],
        mistakes={
            "this is the size for d = 1; the dilation is missing": lambda: 28 - 3 + 1,
            "the kernel covers d(k − 1) + 1 pixels, not d·k: nothing is skipped after the last": lambda: 28 - 3 * 3 + 1,
            "you subtracted what the kernel covers, but the first stop counts, too": lambda: 28 - (3 * 2 + 1),
            "this is the input's size, and there's no padding to keep it": lambda: 28,
        },
        hints=[
            "How many pixels are there from the kernel's first weight to its last, both included?",
            "It's d(k − 1) + 1 = 7. In how many rows can a window of 7 start?",
            "n − d(k − 1).",
        ],
        praise="The kernel covers 3·2 + 1 = 7 rows, and 28 − 7 + 1 = 22, as for an ordinary 7×7 kernel.",
    ),
    "7.2": Value(
        reference=lambda: _weights(*_separable(32, 64, 5)),
        mistakes={
            "this is the ordinary layer, c_i·c_o·k²": lambda: _weights(nn.Conv2d(32, 64, 5, bias=False)),
            "this is only the depthwise half; add the pointwise one": lambda: _weights(_separable(32, 64, 5)[0]),
            "this is only the pointwise half; add the depthwise one": lambda: _weights(_separable(32, 64, 5)[1]),
            "the depthwise half has one kernel per input channel, so 32, not 64": lambda: 64 * 25 + 32 * 64,
            "you counted biases, too, and there are none": lambda: _weights(*_separable(32, 64, 5, bias=True)),
            "the weights of the two halves add up; you multiplied them": lambda: 32 * 25 * 32 * 64,
        },
        hints=[
            "There are two layers. Count the weights of each, and add.",
            "Depthwise: one 5×5 kernel for each of the 32 channels. Pointwise: a 1×1 layer from 32 to 64 channels.",
            "32·25 + 32·64.",
        ],
        praise="800 + 2,048 = 2,848 instead of 51,200. The ratio is 1/64 + 1/25, and most weights are pointwise.",
    ),
    "7.3": Function(
        reference=_kernel_by_impulses,
        cases=_halves,
        mistakes={
            "K_depth is lined up with the output channels, but its kernels belong to the input channels": (
                lambda K_depth, K_point: K_point * K_depth
            ),
            "input and output channels are swapped: (c_o, c_i, k, k)": lambda K_depth, K_point: _kernel_by_impulses(
                K_depth, K_point
            ).transpose(0, 1),
            "you summed over the input channels; the convolution does that, and the kernel keeps them apart": (
                lambda K_depth, K_point: _kernel_by_impulses(K_depth, K_point).sum(1, keepdim=True)
            ),
            "you added the two kernels; one layer after the other multiplies their weights": (
                lambda K_depth, K_point: K_point + K_depth.transpose(0, 1)
            ),
            "the kernel is flipped, but cross-correlation doesn't flip": lambda K_depth, K_point: _kernel_by_impulses(
                K_depth, K_point
            ).flip(2, 3),
        },
        hints=[
            "Output channel o reads input channel i through one k×k slice. Which kernel is it, multiplied by what?",
            "kernel[o, i] = K_point[o, i] · K_depth[i, 0] for all o and i.",
            "K_depth.transpose(0, 1) has shape (1, c_i, k, k), which broadcasts with (c_o, c_i, 1, 1).",
        ],
        praise="For each input channel, the slices of all outputs are multiples of one kernel: that's the restriction.",
    ),
    "7.4": Choice(
        test=_reads_all,
        hints=[
            "Take one axis. The first layer, with d = 1, reads three pixels in a row. How far apart may such groups be?",
            "Groups of 3 pixels leave no gap if they're 3 apart, so d = 3 gives 9 pixels. And the third layer?",
            "Each dilation may be as wide as the receptive field of the layers before it.",
        ],
        praise="Along each axis, dilations 1, 3, and 9 see 27 = 3³ pixels, each on exactly one path.",
    ),
    "7.5": Choice(
        test=_becomes_dilation_2,
        hints=[
            "The upper left position is at (−1, −1) from the center and should read at (−2, −2). What's the difference?",
            "In row a and column b of the kernel, the offset is (a − 1, b − 1): dy, dx, position by position.",
            "The first six numbers are −1, −1, −1, 0, −1, 1.",
        ],
        praise="Dilation is one choice of offsets, the same everywhere. A deformable layer can learn this one and others.",
    ),
    "7.6": Function(
        reference=lambda X, K, groups: F.conv2d(X[None], K, groups=groups)[0],
        cases=_channels,
        mistakes={
            "the kernels are still cut into parts of c_i/g; there are c_o of them, so a part has c_o/g": _cut_by(
                _x_part, lambda X, K, groups, g: _run(K, len(X) // groups, g)
            ),
            "now the input is cut into parts of c_o/g, but its parts have c_i/g channels": _cut_by(
                lambda X, K, groups, g: _run(X, len(K) // groups, g), _k_part
            ),
            "every group uses all kernels, but each has c_o/g of its own": _cut_by(_x_part, lambda X, K, groups, g: K),
            "every group reads the first part of the input": _cut_by(lambda X, K, groups, g: X.chunk(groups)[0], _k_part),
            "you dealt out the channels in turn, but a group is a run of neighboring channels": _cut_by(
                lambda X, K, groups, g: X[g::groups], _k_part
            ),
            "you added the outputs of the groups; concatenate them": _cut_by(_x_part, _k_part, join=sum),
        },
        hints=[
            "Give it 4 input channels and 8 kernels, and print the shape of the output. How many channels should it have?",
            "The same slice cuts X and K. How many channels does X have, and how many kernels does K have?",
            "The kernels need a size of their own, K.shape[0] // groups.",
        ],
        praise="X is cut into parts of c_i/g, K into parts of c_o/g. With c_i = c_o, they're equal and the bug is hidden.",
    ),
}
