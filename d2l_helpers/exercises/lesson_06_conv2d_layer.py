"""Exercises of lesson 06, the Conv2d layer and nn.Module."""

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
        return f"answer with a dictionary of arguments, e.g. dict(kernel_size=3, padding=1), not {shown(settings)}"
    try:
        layer = nn.Conv2d(1, 1, **settings)
        sizes = {n: tuple(layer(torch.zeros(1, 1, *n)).shape[2:]) for n in ((20, 20), (21, 24))}
    except (TypeError, ValueError, RuntimeError) as error:
        return f"nn.Conv2d(1, 1, **settings) raises an error: {str(error).splitlines()[0]}"
    if layer.weight.shape[:2] != (1, 1):
        return f"there's one input channel and one output channel, but this weight has shape {tuple(layer.weight.shape)}"
    window = Window(layer.kernel_size, dilation=layer.dilation).extent
    if layer.weight.numel() > 25:
        return f"this kernel has {layer.weight.numel()} values, and at most 25 are allowed"
    if window != (9, 9):
        return f"each window spans {window[0]}×{window[1]}, not 9×9: along each axis, it spans dilation·(k − 1) + 1 values"
    wrong = next((f"{n} becomes {got}" for n, got in sizes.items() if got != n), "")
    if wrong and layer.stride != (1, 1):
        return f"a stride above 1 makes the output smaller: {wrong}"
    return f"the size changes: {wrong}; how much padding does a window that spans 9 need?" if wrong else ""


def _learns(network) -> str:
    """Whether this class registers its three layers and computes Conv → ReLU, three times."""
    if not (isinstance(network, type) and issubclass(network, nn.Module)):
        return f"assign the class itself to fixed, not {shown(network)}"
    torch.manual_seed(0)
    net = network()
    shapes = [tuple(parameter.shape) for parameter in net.parameters()]
    wanted = [shape for c_i, c_o in ((1, 4), (4, 4), (4, 1)) for shape in ((c_o, c_i, 3, 3), (c_o,))]
    if not shapes:
        return "parameters() is still empty: which class behaves like a list and registers the modules in it?"
    if shapes != wanted:
        return f"the three layers have 6 parameters with the shapes {wanted}, but the registered ones have {shapes}"
    X = torch.randn(2, 1, 9, 9)
    got, expected, without_relu = net(X), X, X
    parameters = list(net.parameters())
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        expected = F.relu(F.conv2d(expected, weight, bias))
        without_relu = F.conv2d(without_relu, weight, bias)
    if not isinstance(got, Tensor):
        return f"forward returns {type(got).__name__}: did you forget to return X?"
    if got.shape == expected.shape and torch.allclose(got, expected, atol=1e-6):
        return ""
    if got.shape == expected.shape and torch.allclose(got, without_relu, atol=1e-6):
        return "all layers are registered, but the ReLU after each of them is missing"
    return f"all layers are registered, but forward computes a different function; its output has shape {tuple(got.shape)}"


EXERCISES = {
    "6.1": Value(
        reference=lambda: tuple(nn.Conv2d(6, 12, (3, 5), groups=3).weight.shape),
        mistakes={
            "this is the shape without groups; with them, each kernel reads only c_i/groups channels": lambda: tuple(
                nn.Conv2d(6, 12, (3, 5)).weight.shape
            ),
            "this is the order of a transposed convolution, (c_i, c_o/groups, k_h, k_w)": lambda: tuple(
                nn.ConvTranspose2d(6, 12, (3, 5), groups=3).weight.shape
            ),
            "pairs are (height, width), in the weight's shape as well as in kernel_size": lambda: tuple(
                nn.Conv2d(6, 12, (5, 3), groups=3).weight.shape
            ),
            "you divided both numbers; there are still 12 kernels, one for each output channel": lambda: (4, 2, 3, 5),
            "in the weight's shape, the output channels come first": lambda: (2, 12, 3, 5),
        },
        hints=[
            "There are 12 kernels. If three groups share six input channels, how many channels does one kernel read?",
            "The shape is (c_o, c_i/groups, k_h, k_w).",
        ],
        praise="There are 12 kernels, and each has 6/3 = 2 slices with 3 rows and 5 columns.",
    ),
    "6.2": Value(
        reference=_two_layers,
        mistakes={
            "you left out the biases of the first layer": lambda: _two_layers(first_bias=False),
            "the second layer has no biases: bias=False": lambda: _two_layers(second_bias=True),
            "a kernel has a slice for each input channel: 3 slices in the first layer, 8 in the second": lambda: (
                8 * 9 + 8 + 4
            ),
            "these are only the parameters of the first layer": lambda: 8 * 27 + 8,
        },
        hints=[
            "A convolution has c_o · c_i · k_h · k_w weights and, unless bias=False, c_o biases.",
            "The first layer has 8 · 3 · 9 + 8 parameters, ReLU has none, and the second layer has 4 · 8 · 1.",
        ],
        praise="8 · 27 + 8 = 224 in the first layer and 4 · 8 = 32 in the second make 256.",
    ),
    "6.3": Value(
        reference=lambda: nn.Conv2d(16, 32, 5).weight[0].numel() ** -0.5,
        mistakes={
            "this is 1/n_in; take the square root of n_in first": lambda: 1 / 400,
            "you counted the output channels; the fan-in counts the input values of one output value": lambda: (
                (32 * 25) ** -0.5
            ),
            "you left out the channels: one output value is computed from all 16 of them": lambda: 1 / 5,
            "this is the bound of Kaiming initialization, √(6/n_in); the default is √6 times smaller": lambda: (
                (6 / 400) ** 0.5
            ),
            "this is the standard deviation, b/√3; the question asks for b": lambda: (3 * 400) ** -0.5,
        },
        hints=[
            "b = 1/√n_in, where n_in is the fan-in. How many input values enter one output value?",
            "n_in = 16 · 5 · 5 = 400.",
        ],
        praise="1/√400 = 0.05. The biases are drawn from the same range.",
    ),
    "6.4": Function(
        reference=_forward,
        cases=_batches,
        mistakes={
            "the bias is missing": lambda X, weight, bias, stride: _forward(X, weight, None, stride),
            "the bias is subtracted instead of added": lambda X, weight, bias, stride: _forward(X, weight, -bias, stride),
            "the stride isn't used": lambda X, weight, bias, stride: _forward(X, weight, bias, 1),
            "only the first image of the batch is there": lambda X, weight, bias, stride: _forward(
                X[:1], weight, bias, stride
            ),
            "the bias is added along the columns: it needs two more axes at the end": lambda X, weight, bias, stride: (
                _forward(X, weight, None, stride) + bias
            ),
        },
        hints=[
            "Compute the output of each image in a loop, then combine them with torch.stack.",
            "The bias has shape (c_o,), an image's output (c_o, H', W'): the bias needs two more axes at the end.",
            "torch.stack([corr2d_multi_in_out(image, weight, stride=stride) for image in X]) + bias.reshape(-1, 1, 1)",
        ],
        praise="Your function agrees with F.conv2d on four random batches.",
    ),
    "6.5": Choice(
        test=_wide_and_cheap,
        hints=[
            "A 9×9 kernel has 81 values. Which argument lets a small kernel span a larger window?",
            "A window spans dilation · (k − 1) + 1 values along each axis, and 9 = 2 · (5 − 1) + 1.",
            "To keep the size, a window that spans 9 needs a padding of (9 − 1)/2 on each side.",
        ],
        praise="Dilation spreads a few weights over a large window, and the padding depends on what the window spans.",
    ),
    "6.6": Choice(
        test=_learns,
        hints=[
            "Print list(ThreeLayers().parameters()).",
            "A module registers attributes that are modules or parameters, and it doesn't look into a Python list.",
            "self.layers = nn.ModuleList([…])",
        ],
        praise="All six parameters are registered now, so they'll be learned, saved, and moved along with the module.",
    ),
}
