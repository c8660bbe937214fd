"""Exercises of notebook 07, kinds of convolution."""

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
    """The kernel of a separable layer, read off its answers to one bright pixel in one channel: (c_o, c_i, k, k)."""
    c_i, _, k, _ = K_depth.shape
    impulses = F.pad(torch.eye(c_i, dtype=K_depth.dtype)[:, :, None, None], (k - 1,) * 4)
    answers = F.conv2d(F.conv2d(impulses, K_depth, groups=c_i), K_point)
    return answers.transpose(0, 1).flip(2, 3)


def _reads_all(rates) -> str:
    """Whether three 3×3 layers with these rates see as far as three layers can without a hole."""
    rates = rates.tolist() if isinstance(rates, Tensor) else rates
    if not isinstance(rates, (tuple, list)) or len(rates) != 3:
        return f"give three rates, e.g. (1, 2, 3); yours is {shown(rates)}"
    if not all(type(d) is int and d >= 1 for d in rates):
        return f"a rate is a whole number from 1 on; yours are {tuple(rates)}"
    if sum(rates) > 50:
        return f"the rates {tuple(rates)} reach {1 + 2 * sum(rates)} cells: 3·3·3 ways along an axis cannot fill that"
    side = 1 + 2 * sum(rates)
    line = torch.zeros(1, 1, side, dtype=torch.float64)
    line[..., side // 2] = 1
    for d in rates:
        line = F.conv1d(line, torch.ones(1, 1, 3, dtype=torch.float64), padding=d, dilation=d)
    read = int((line > 0).sum())
    if read < side:
        return f"holes: of {side} cells along an axis only {read} are read"
    farthest = 3 ** len(rates)  # so many ways lead to one output cell; each can serve another input cell
    if side < farthest:
        return f"no hole, and {side}×{side} cells are read; three layers can reach farther"
    return ""


_STEPS = torch.cartesian_prod(torch.arange(-1.0, 2), torch.arange(-1.0, 2))  # (9, 2): (dy, dx) from the window's centre


def _becomes_rate_2(offsets) -> str:
    """Whether these 18 offsets turn a deformable 3×3 convolution into the one with dilation 2."""
    from torchvision.ops import deform_conv2d

    try:
        offsets = torch.as_tensor(offsets, dtype=torch.float32).detach()
    except (TypeError, ValueError, RuntimeError):
        return f"give a tensor of shape (18,), not {type(offsets).__name__}"
    if offsets.shape != (18,):
        return f"the shape must be (18,): dy and dx for each of nine cells; yours is {tuple(offsets.shape)}"
    generator = torch.Generator().manual_seed(0)
    X, K = (torch.randn(1, 1, size, size, generator=generator) for size in (9, 3))
    wanted = F.conv2d(X, K, padding=2, dilation=2)
    got = deform_conv2d(X, offsets[None, :, None, None].expand(1, 18, 9, 9).contiguous(), K, padding=1)
    if torch.allclose(got, wanted, atol=1e-4):
        return ""
    known = {
        "this order is dx, dy for each cell; it must be dy, dx": _STEPS.flip(1),
        "this is all dy, then all dx; it must be dy, dx for one cell after the other": _STEPS.T,
        "these are places, counted from the centre, not offsets; a cell goes on from where it stands: you made rate 3": 2
        * _STEPS,
        "the wrong way: all nine cells now read the centre": -_STEPS,
        "the spread is right, but the window hangs from its top left cell; the centre must stay": _STEPS + 1,
        "no offset, so this is the ordinary convolution": 0 * _STEPS,
    }
    named = next((name for name, wrong in known.items() if torch.allclose(offsets, wrong.flatten())), None)
    return named or "the result is not the dilated one: where does each of the nine cells stand, and where shall it read?"


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
            "the dilation is left out: this is the size for d = 1": lambda: 28 - 3 + 1,
            "the kernel covers d(k − 1) + 1 cells, not d·k: after its last cell nothing is skipped": lambda: 28 - 3 * 3 + 1,
            "you took n minus what the kernel covers; the first stop counts too": lambda: 28 - (3 * 2 + 1),
            "this is the size of the input: there is no padding": lambda: 28,
        },
        hints=[
            "How many cells are there from the first cell that the kernel reads to the last, both included?",
            "d(k − 1) + 1 = 7. On how many rows can a window of 7 begin?",
            "n − d(k − 1).",
        ],
        praise="The kernel covers 3·2 + 1 = 7 cells, and 28 − 7 + 1 = 22: as an ordinary 7×7 kernel would leave.",
    ),
    "7.2": Value(
        reference=lambda: _weights(*_separable(32, 64, 5)),
        mistakes={
            "this is the ordinary layer, c_i·c_o·k²": lambda: _weights(nn.Conv2d(32, 64, 5, bias=False)),
            "this is the depthwise half; the pointwise one is missing": lambda: _weights(_separable(32, 64, 5)[0]),
            "this is the pointwise half; the depthwise one is missing": lambda: _weights(_separable(32, 64, 5)[1]),
            "the depthwise half has a kernel per input channel, 32 and not 64": lambda: 64 * 25 + 32 * 64,
            "the biases are counted too": lambda: _weights(*_separable(32, 64, 5, bias=True)),
            "the halves are added, not multiplied": lambda: 32 * 25 * 32 * 64,
        },
        hints=[
            "Two layers: count each, and add.",
            "Depthwise: one 5×5 kernel for each of 32 channels. Pointwise: a 1×1 kernel from 32 to 64 channels.",
            "32·25 + 32·64.",
        ],
        praise="800 + 2,048 = 2,848, a share of 1/64 + 1/25 of 51,200: most of what is left sits in the pointwise half.",
    ),
    "7.3": Function(
        reference=_kernel_by_impulses,
        cases=_halves,
        mistakes={
            "K_depth lies along the output channels; its kernels belong to the input channels": lambda K_depth, K_point: (
                K_point * K_depth
            ),
            "input and output channels have changed places: (c_o, c_i, k, k)": lambda K_depth, K_point: _kernel_by_impulses(
                K_depth, K_point
            ).transpose(0, 1),
            "the input channels are summed; that is the convolution's work, the kernel keeps them apart": (
                lambda K_depth, K_point: _kernel_by_impulses(K_depth, K_point).sum(1, keepdim=True)
            ),
            "one after the other means multiplied, not added": lambda K_depth, K_point: K_point + K_depth.transpose(0, 1),
            "the kernel is flipped; correlation does not flip": lambda K_depth, K_point: _kernel_by_impulses(
                K_depth, K_point
            ).flip(2, 3),
        },
        hints=[
            "Output channel o reads input channel i through one k×k kernel. Which, and times which number?",
            "kernel[o, i] = K_point[o, i] · K_depth[i, 0], for all o and i.",
            "K_depth.transpose(0, 1) has shape (1, c_i, k, k), and multiplies with (c_o, c_i, 1, 1).",
        ],
        praise="All c_o kernels are multiples of the same c_i pictures: this is what a separable layer gives up.",
    ),
    "7.4": Choice(
        test=_reads_all,
        hints=[
            "Two layers first, along one axis. Rate 1 reads the cells −1, 0, 1. How far apart may copies of them lie?",
            "Three cells fill a gap of three: the second rate is 3, and the field 9 cells. And the third?",
            "Each rate may be as large as the field before it.",
        ],
        praise="1, 3, 9: a field of 27 = 3³, each cell read in one way only; 1, 2, 3 reads its centre in nine.",
    ),
    "7.5": Choice(
        test=_becomes_rate_2,
        hints=[
            "The top left cell stands at (−1, −1) from the centre and shall read at (−2, −2). What is the difference?",
            "For the kernel's cell (a, b) the offset is (a − 1, b − 1): dy first, then dx, cell by cell.",
            "The first six numbers are −1, −1, −1, 0, −1, 1.",
        ],
        praise="Dilation is one fixed set of offsets; a deformable layer can learn it, and any other.",
    ),
    "7.6": Function(
        reference=lambda X, K, groups: F.conv2d(X[None], K, groups=groups)[0],
        cases=_channels,
        mistakes={
            "the kernels are still cut into parts of c_i/g; there are c_o of them, so a part has c_o/g": _cut_by(
                _x_part, lambda X, K, groups, g: _run(K, len(X) // groups, g)
            ),
            "now the input is cut into parts of c_o/g; its parts have c_i/g channels": _cut_by(
                lambda X, K, groups, g: _run(X, len(K) // groups, g), _k_part
            ),
            "every group gets all kernels; each has c_o/g of its own": _cut_by(_x_part, lambda X, K, groups, g: K),
            "every group reads the first part of the input": _cut_by(lambda X, K, groups, g: X.chunk(groups)[0], _k_part),
            "the channels are dealt out in turn; a group is a run of neighbours": _cut_by(
                lambda X, K, groups, g: X[g::groups], _k_part
            ),
            "the groups are added; lay them one behind the other": _cut_by(_x_part, _k_part, join=sum),
        },
        hints=[
            "Print the shape of the answer for 4 channels in and 8 out. How many channels are there?",
            "The same slice cuts X and K. How many channels has X, and how many kernels has K?",
            "A second size, K.shape[0] // groups, for the kernels.",
        ],
        praise="X is cut by c_i/g, K by c_o/g: with c_i = c_o the two are the same number, and the mistake stays unseen.",
    ),
}
