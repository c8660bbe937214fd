"""Exercises of notebook 06, the Conv2d layer and nn.Module."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._check import shown
from ..window import Window
from ._kinds import Choice, Function, Value


def _two_layers(first_bias: bool = True, second_bias: bool = False) -> int:
    """The parameters of the network of 6.2."""
    net = nn.Sequential(nn.Conv2d(3, 8, 3, bias=first_bias), nn.ReLU(), nn.Conv2d(8, 4, 1, bias=second_bias))
    return sum(parameter.numel() for parameter in net.parameters())


def _batches(generator: torch.Generator) -> list[tuple]:
    """(X, weight, bias, stride) in float64, smallest first."""
    shapes = [
        ((1, 1, 2, 2), (1, 1, 1, 1), 1),
        ((2, 1, 3, 4), (2, 1, 2, 2), 1),
        ((2, 2, 5, 5), (3, 2, 3, 3), 1),
        ((3, 2, 6, 7), (4, 2, 3, 2), 2),
    ]
    return [
        (
            torch.randn(size, generator=generator, dtype=torch.float64),
            torch.randn(kernel, generator=generator, dtype=torch.float64),
            torch.randn(kernel[0], generator=generator, dtype=torch.float64),
            stride,
        )
        for size, kernel, stride in shapes
    ]


def _forward(X: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    return F.conv2d(X, weight, bias, stride)


def _wide_and_cheap(settings) -> str:
    """Whether these settings keep the size, read a 9×9 window, and need at most 25 weights."""
    if not isinstance(settings, dict):
        return f"give a dictionary of arguments, e.g. dict(kernel_size=3, padding=1), not {shown(settings)}"
    try:
        layer = nn.Conv2d(1, 1, **settings)
        sizes = {n: tuple(layer(torch.zeros(1, 1, *n)).shape[2:]) for n in ((20, 20), (21, 24))}
    except (TypeError, ValueError, RuntimeError) as error:
        return f"nn.Conv2d(1, 1, **settings) says: {str(error).splitlines()[0]}"
    if layer.weight.shape[:2] != (1, 1):
        return f"one channel in, one out; this weight has shape {tuple(layer.weight.shape)}"
    window = Window(layer.kernel_size, dilation=layer.dilation).extent
    if layer.weight.numel() > 25:
        return f"this kernel has {layer.weight.numel()} numbers; at most 25 are allowed: let its cells stand apart"
    if window != (9, 9):
        return f"each output reads a window of {window[0]}×{window[1]}, not 9×9: it covers dilation·(k − 1) + 1 cells"
    wrong = next((f"{n} becomes {got}" for n, got in sizes.items() if got != n), "")
    if wrong and layer.stride != (1, 1):
        return f"a stride makes the output smaller: {wrong}"
    return f"the output is not as large as the input: {wrong}; how much padding does a window of 9 need?" if wrong else ""


def _learns(network) -> str:
    """Whether this class registers its three layers and computes Conv → ReLU, three times."""
    if not (isinstance(network, type) and issubclass(network, nn.Module)):
        return f"give the class itself, check(…, Mended), not {shown(network)}"
    torch.manual_seed(0)
    net = network()
    shapes = [tuple(parameter.shape) for parameter in net.parameters()]
    wanted = [shape for c_i, c_o in ((1, 4), (4, 4), (4, 1)) for shape in ((c_o, c_i, 3, 3), (c_o,))]
    if not shapes:
        return "parameters() is still empty: a Python list hides the layers; which class is a list that registers them?"
    if shapes != wanted:
        return f"the three layers have 6 parameters, {wanted}; registered are {shapes}"
    X = torch.randn(2, 1, 9, 9)
    got, expected, without_relu = net(X), X, X
    parameters = list(net.parameters())
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        expected = F.relu(F.conv2d(expected, weight, bias))
        without_relu = F.conv2d(without_relu, weight, bias)
    if not isinstance(got, Tensor):
        return f"forward returns {type(got).__name__}: is the return missing?"
    if got.shape == expected.shape and torch.allclose(got, expected, atol=1e-6):
        return ""
    if got.shape == expected.shape and torch.allclose(got, without_relu, atol=1e-6):
        return "all layers are registered, but the ReLU after each of them is gone"
    return f"all layers are registered, but forward computes something else now; its answer has shape {tuple(got.shape)}"


EXERCISES = {
    "6.1": Value(
        reference=lambda: tuple(nn.Conv2d(6, 12, (3, 5), groups=3).weight.shape),
        mistakes={
            "this is the shape without groups; a kernel is only c_i/groups deep": lambda: tuple(
                nn.Conv2d(6, 12, (3, 5)).weight.shape
            ),
            "this is the layout of a transposed convolution, (c_i, c_o/groups, …)": lambda: tuple(
                nn.ConvTranspose2d(6, 12, (3, 5), groups=3).weight.shape
            ),
            "pairs are (height, width), in the weight as in kernel_size": lambda: tuple(
                nn.Conv2d(6, 12, (5, 3), groups=3).weight.shape
            ),
            "only the input channels are divided; there are still 12 kernels": lambda: (4, 2, 3, 5),
            "the output channels come first": lambda: (2, 12, 3, 5),
        },
        hints=[
            "One kernel per output channel. How many input channels does one kernel read, if three groups share six?",
            "(c_o, c_i/groups, height, width).",
        ],
        praise="12 kernels, each 6/3 = 2 deep, 3 high and 5 wide: (12, 2, 3, 5).",
    ),
    "6.2": Value(
        reference=_two_layers,
        mistakes={
            "the first layer has 8 biases too": lambda: _two_layers(first_bias=False),
            "the second layer has bias=False": lambda: _two_layers(second_bias=True),
            "a kernel is as deep as its input: 3·9 numbers in the first layer, 8·1 in the second": lambda: 8 * 9 + 8 + 4,
            "this is the first layer alone": lambda: 8 * 27 + 8,
        },
        hints=[
            "A layer has c_o · c_i · height · width weights, and c_o biases where it has any.",
            "First layer: 8 · 3 · 9 + 8. ReLU: none. Second layer: 4 · 8 · 1.",
        ],
        praise="8 · 27 + 8 = 224, and 4 · 8 = 32: together 256.",
    ),
    "6.3": Value(
        reference=lambda: nn.Conv2d(16, 32, 5).weight[0].numel() ** -0.5,
        mistakes={
            "this is 1/fan_in; take the square root": lambda: 1 / 400,
            "this counts the output channels; fan_in is what one output cell reads, 16 · 25": lambda: (32 * 25) ** -0.5,
            "this forgets the 16 channels: one output cell reads 16 · 25 numbers": lambda: 1 / 5,
            "this is the bound for ReLU, √(6/fan_in); the default is √6 times smaller": lambda: (6 / 400) ** 0.5,
            "this is the standard deviation, bound/√3; asked is the bound": lambda: (3 * 400) ** -0.5,
        },
        hints=[
            "The bound is 1/√fan_in. How many numbers does one output cell read?",
            "fan_in = 16 · 5 · 5 = 400.",
        ],
        praise="1/√400 = 0.05, and the bias has the same bound.",
    ),
    "6.4": Function(
        reference=_forward,
        cases=_batches,
        mistakes={
            "the bias is missing": lambda X, weight, bias, stride: _forward(X, weight, None, stride),
            "the bias is subtracted": lambda X, weight, bias, stride: _forward(X, weight, -bias, stride),
            "the stride is not used": lambda X, weight, bias, stride: _forward(X, weight, bias, 1),
            "only the first picture of the batch is there": lambda X, weight, bias, stride: _forward(
                X[:1], weight, bias, stride
            ),
            "the bias is added along the columns; reshape it to (-1, 1, 1)": lambda X, weight, bias, stride: (
                _forward(X, weight, None, stride) + bias
            ),
        },
        hints=[
            "A loop over the pictures of the batch, then torch.stack.",
            "The bias has shape (c_o,), a picture (c_o, H', W'): the bias needs two more axes behind.",
            "torch.stack([corr2d_multi_in_out(picture, weight, stride=stride) for picture in X]) + bias.reshape(-1, 1, 1)",
        ],
        praise="Your forward equals F.conv2d on four random batches.",
    ),
    "6.5": Choice(
        test=_wide_and_cheap,
        hints=[
            "A full 9×9 kernel has 81 numbers. Which argument spreads a small kernel over a larger window?",
            "A window covers dilation · (k − 1) + 1 cells: 9 = 2 · (5 − 1) + 1.",
            "To keep the size, a window of 9 needs (9 − 1)/2 cells of padding on each side.",
        ],
        praise="The kernel's cells stand apart: few numbers, a wide window; the padding is that of the window.",
    ),
    "6.6": Choice(
        test=_learns,
        hints=[
            "Print list(Mended().parameters()).",
            "A module registers modules that are its attributes, and does not look into a Python list.",
            "self.layers = nn.ModuleList([…])",
        ],
        praise="nn.ModuleList registers what it holds: all six parameters are learned, saved and moved.",
    ),
}
