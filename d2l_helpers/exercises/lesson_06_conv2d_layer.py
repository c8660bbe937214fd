"""Exercises of lesson 06, the Conv2d layer and nn.Module."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.parameter import UninitializedParameter

from .._language import say, spoken
from ..window import Window
from ._clues import only_where
from ._comparing import show
from ._kinds import CONVOLUTIONS, Choice, Function, Value

# 6.1


def _wrong_sides(got: Tensor) -> str:
    """Which of the four numbers are wrong, and what they should count."""
    if got.shape != (4,):
        return ""
    meanings = [
        "the first number is the number of kernels, one for each output channel",
        "the second is how many input channels a kernel reads, those of its group",
        "the third is the kernel's height",
        "the last is the kernel's width",
    ]
    right = (12, 2, 3, 5)
    wrong = [meaning for meaning, a, b in zip(meanings, got.tolist(), right, strict=True) if a != b]
    return say("; ").join(map(spoken, wrong)) if len(wrong) < 4 else ""


# 6.2

_FIRST, _SECOND = 8 * 3 * 9, 4 * 8
_FIRST_SLIPS = {
    "": _FIRST,
    "the first layer has 8 kernels with 3 slices of 3 · 3 weights, and you counted only 8 · 9": 8 * 9,
    "the first layer's weights are missing": 0,
}
_BIAS_SLIPS = {
    "": 8,
    "the first layer's biases are missing": 0,
    "there's a bias for each output channel of the first layer, not for each input channel": 3,
    "a kernel has one bias, not one for each of its slices": 24,
    "a layer has a bias for each output channel, not one for all": 1,
}
_SECOND_SLIPS = {
    "": _SECOND,
    "the second layer is missing": 0,
    "the second layer has no biases: bias=False": _SECOND + 4,
    "the second layer's kernels are 1×1, not 3×3": _SECOND * 9,
    "the second layer's kernels are 1×1, not 3×3, and it has no biases": _SECOND * 9 + 4,
    "in the second layer, a kernel has a slice for each of its 8 input channels": 4,
    "the second layer reads 8 channels, those that the first one outputs": 4 * 3,
}


def _wrong_parts(got: Tensor) -> str:
    """Which parts of the count are wrong, where at most two are and only one explanation leads to this number."""
    if got.dim():
        return ""
    found = []
    for parts in product(_FIRST_SLIPS, _BIAS_SLIPS, _SECOND_SLIPS):
        if got.item() == _FIRST_SLIPS[parts[0]] + _BIAS_SLIPS[parts[1]] + _SECOND_SLIPS[parts[2]]:
            found.append([part for part in parts if part])
    fewest = min(map(len, found), default=3)
    found = [parts for parts in found if len(parts) == fewest]
    if fewest == 3 or len(found) > 2:
        return ""
    return say(", or else: ").join(say("; ").join(map(spoken, parts)) for parts in found)


# 6.3


def _another_fan_in(got: Tensor) -> str:
    """For which fan-in this number would be the bound."""
    if got.dim() or got <= 0:
        return ""
    if got >= 1:
        return "b is a small number: 1/√n_in"
    if torch.allclose(got, torch.tensor(0.05).double(), rtol=0.01, atol=0) or got < 1e-3:
        return ""
    return say(
        ("1/b² is the fan-in, and yours would be {0:.0f}; how many input values does an output value read?"),
        got.item() ** -2,
    )


# 6.4


def _forward(X: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    windows = X.unfold(-2, weight.shape[2], stride).unfold(-2, weight.shape[3], stride)
    Y = torch.einsum("...chwij,ocij->...ohw", windows, weight)
    return Y if bias is None else Y + bias[:, None, None]


def _batches(generator: torch.Generator) -> list[tuple]:
    """(X, weight, bias, stride) in float64: batches and a single image, with and without a bias, tall and wide."""
    shapes = [
        ((1, 1, 2, 2), (1, 1, 1, 1), 1, True),
        ((2, 1, 3, 4), (2, 1, 2, 2), 1, True),
        ((2, 2, 4, 3), (1, 2, 2, 2), 1, True),
        ((2, 2, 5, 5), (3, 2, 3, 3), 1, True),
        ((2, 2, 4, 5), (3, 2, 2, 3), 1, True),
        ((3, 2, 6, 7), (4, 2, 3, 2), 2, True),
        ((2, 3, 8, 6), (2, 3, 1, 3), 3, True),
        ((2, 2, 4, 5), (2, 2, 2, 3), 2, False),
        ((2, 4, 4), (3, 2, 2, 2), 1, True),
        ((1, 4, 7), (2, 1, 3, 2), 2, False),
    ]

    def random(*size: int) -> Tensor:
        return torch.randn(size, generator=generator, dtype=torch.float64)

    return [(random(*size), random(*kernel), random(kernel[0]) if bias else None, s) for size, kernel, s, bias in shapes]


def _adding(add: Callable[[Tensor, Tensor], Tensor]) -> Callable:
    """The layer with another way to add a bias."""
    return lambda X, weight, bias, stride: (
        _forward(X, weight, None, stride) if bias is None else add(_forward(X, weight, None, stride), bias)
    )


def _steps(rows: Callable[[int], int], columns: Callable[[int], int]) -> Callable:
    """The layer with other strides."""
    return lambda X, weight, bias, stride: _forward(X, weight, bias, 1)[..., :: rows(stride), :: columns(stride)]


def _is_batch(X: Tensor) -> bool:
    return X.dim() == 4


# What's wrong → a layer that does it, but takes single images and bias=None.
_SLIPS: dict[str, Callable] = {
    "the bias is missing": lambda X, weight, bias, stride: _forward(X, weight, None, stride),
    "the bias is subtracted instead of added": _adding(lambda Y, bias: Y - bias[:, None, None]),
    "the outputs are multiplied by the bias: add it instead": _adding(lambda Y, bias: Y * bias[:, None, None]),
    "every channel gets the sum of all biases": _adding(lambda Y, bias: Y + bias.sum()),
    "every channel gets the mean of all biases": _adding(lambda Y, bias: Y + bias.mean()),
    "every channel gets the bias of channel 0": _adding(lambda Y, bias: Y + bias[0]),
    "the bias is added along the columns: to belong to the channels, it needs two more axes at its end": _adding(
        lambda Y, bias: Y + bias
    ),
    "the bias is added along the rows: to belong to the channels, it needs two more axes at its end": _adding(
        lambda Y, bias: Y + bias[:, None]
    ),
    "the bias is added along the batch: it belongs to the channels, the third axis from the end": _adding(
        lambda Y, bias: Y + (bias[:, None, None, None] if _is_batch(Y) else bias[:, None, None])
    ),
    "the bias goes through integers and loses its decimals": _adding(lambda Y, bias: Y + bias.trunc()[:, None, None]),
    "the bias is added once for each input channel: add it after the sum": lambda X, weight, bias, stride: _forward(
        X, weight, None if bias is None else bias * weight.shape[1], stride
    ),
    "only the first image of the batch gets its bias": _adding(
        lambda Y, bias: torch.cat([Y[:1] + bias[:, None, None], Y[1:]]) if _is_batch(Y) else Y + bias[:, None, None]
    ),
    "the bias is added to the input: it belongs to the output": lambda X, weight, bias, stride: _forward(
        X if bias is None else X + bias.mean(), weight, None, stride
    ),
    "the stride isn't used": _steps(lambda s: 1, lambda s: 1),
    "the stride is used for the rows only": _steps(lambda s: s, lambda s: 1),
    "the stride is used for the columns only": _steps(lambda s: 1, lambda s: s),
    "the stride is always 2, whatever the argument says": _steps(lambda s: 2, lambda s: 2),
    "neither the bias nor the stride is used": lambda X, weight, bias, stride: _forward(X, weight, None, 1),
    "the stride skips input pixels before the sum: it should skip windows, and a window reads neighboring pixels": (
        lambda X, weight, bias, stride: _forward(X[..., ::stride, ::stride], weight, bias, 1)
    ),
    "the output has the size for this stride, but the window moves by 1": lambda X, weight, bias, stride: _cut(
        _forward(X, weight, bias, 1), _forward(X, weight, bias, stride)
    ),
    "the output is one row and one column too small: (n − k) // s + 1 windows fit, and the + 1 is missing": (
        lambda X, weight, bias, stride: _forward(X, weight, bias, stride)[..., :-1, :-1]
    ),
    "the kernel is flipped, but a layer computes a cross-correlation": lambda X, weight, bias, stride: _forward(
        X, weight.flip(2, 3), bias, stride
    ),
    "the kernel's rows and columns are swapped": lambda X, weight, bias, stride: _forward(X, weight.mT, bias, stride),
    "there's no ReLU in this layer: negative outputs stay negative": lambda X, weight, bias, stride: _forward(
        X, weight, bias, stride
    ).relu(),
    "the input is padded with a ring of zeros, and nobody asked for it": lambda X, weight, bias, stride: _forward(
        F.pad(X, (1, 1, 1, 1)), weight, bias, stride
    ),
    "only input channel 0 is read": lambda X, weight, bias, stride: _forward(X[..., :1, :, :], weight[:, :1], bias, stride),
    "this is the mean over the input channels: a layer adds them up": lambda X, weight, bias, stride: _forward(
        X, weight / weight.shape[1], bias, stride
    ),
    "only the first image of the batch is there": lambda X, weight, bias, stride: _forward(
        X[:1] if _is_batch(X) else X, weight, bias, stride
    ),
    "only the first image of the batch is there, without the batch axis": lambda X, weight, bias, stride: _forward(
        X[0] if _is_batch(X) else X, weight, bias, stride
    ),
    "the last image of the batch is missing": lambda X, weight, bias, stride: _forward(
        X[:-1] if len(X) > 1 and _is_batch(X) else X, weight, bias, stride
    ),
    "the images of the batch are added up": lambda X, weight, bias, stride: _added(X, weight, bias, stride),
    "the images are lined up along the channels: torch.stack makes a new axis, and torch.cat doesn't": (
        lambda X, weight, bias, stride: (
            _forward(X, weight, bias, stride).flatten(0, 1) if _is_batch(X) else _forward(X, weight, bias, stride)
        )
    ),
    "the batch axis comes second: stack the images along axis 0": lambda X, weight, bias, stride: (
        _forward(X, weight, bias, stride).transpose(0, 1) if _is_batch(X) else _forward(X, weight, bias, stride)
    ),
    "only output channel 0 is there": lambda X, weight, bias, stride: _forward(X, weight, bias, stride)[..., :1, :, :],
    "this gives the input back": lambda X, weight, bias, stride: X,
}


def _cut(Y: Tensor, like: Tensor) -> Tensor:
    return Y[..., : like.shape[-2], : like.shape[-1]]


def _added(X: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    Y = _forward(X, weight, None, stride)
    Y = Y.sum(0, keepdim=True) if _is_batch(X) else Y
    return Y if bias is None else Y + bias[:, None, None]


def _refusing(layer: Callable, image: bool, none: bool) -> Callable:
    """The same layer, except that it raises for a single image, for a bias of None, or for both."""

    def refuse(X: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
        if (image and not _is_batch(X)) or (none and bias is None):
            raise TypeError
        return layer(X, weight, bias, stride)

    return refuse


def _as_batches(layer: Callable) -> Callable:
    """A layer for batches, which takes a single image as a batch of one."""
    return lambda X, weight, bias, stride: (
        layer(X, weight, bias, stride) if _is_batch(X) else layer(X[None], weight, bias, stride)[0]
    )


def _raising(where: Callable[..., bool], layer: Callable = _forward) -> Callable:
    """A layer that raises where that holds of (X, weight, bias, stride)."""

    def run(*case: Any) -> Tensor:
        if where(*case):
            raise RuntimeError
        return layer(*case)

    return run


# Beside the slips above, these aren't combined with others.
_MORE: dict[str, Callable] = {
    "only the first image of the batch is returned": _as_batches(lambda X, *rest: _forward(X[0], *rest)),
    "torch.cat joins the images along the channels: a new axis for the batch is missing": _as_batches(
        lambda X, *rest: _forward(X, *rest).flatten(0, 1)
    ),
    "the images are stacked along axis 1, behind the channels: the batch axis comes first": _as_batches(
        lambda X, *rest: _forward(X, *rest).transpose(0, 1)
    ),
    "the bias goes along the batch axis: it belongs to the channels": _as_batches(
        _adding(lambda Y, bias: Y + bias[:, None, None, None])
    ),
    "the bias goes along the batch axis, and a bias of None isn't accepted": _raising(
        lambda X, weight, bias, stride: bias is None,
        _adding(lambda Y, bias: Y + bias[:, None, None, None]),
    ),
    "the last image of the batch is left out, so a batch of one is empty": _raising(
        lambda X, *rest: len(X) == 1 or not _is_batch(X), lambda X, *rest: _forward(X[:-1], *rest)
    ),
    "it raises an error where the kernel isn't square: height and width are two numbers": _raising(
        lambda X, weight, *rest: weight.shape[2] != weight.shape[3]
    ),
    "it raises an error where the stride doesn't divide evenly: (n − k)/s is rounded down": _raising(
        lambda X, weight, bias, stride: any((X.shape[i - 2] - weight.shape[i]) % stride for i in (2, 3))
    ),
    "the output is as wide as it's high: height and width are two numbers": lambda X, *rest: _squared(_forward(X, *rest)),
    "without a bias, something is added all the same": lambda X, weight, bias, stride: _forward(
        X, weight, torch.ones_like(weight[:, 0, 0, 0]) if bias is None else bias, stride
    ),
    "a tensor of several values is neither true nor false: ask whether the bias is None": (
        _raising(lambda X, weight, bias, stride: bias is not None and len(bias) > 1)
    ),
    "a single image gets no bias: one that isn't in a batch needs it, too": lambda X, weight, bias, stride: _forward(
        X, weight, bias if _is_batch(X) else None, stride
    ),
    "every image of the batch gets the output of the first one": lambda X, *rest: (
        _forward(X[:1], *rest).expand(len(X), -1, -1, -1) if _is_batch(X) else _forward(X, *rest)
    ),
    "the batch axis is lost if there's one image in the batch": lambda X, *rest: (
        _forward(X, *rest).squeeze(0) if _is_batch(X) else _forward(X, *rest)
    ),
}


def _squared(Y: Tensor) -> Tensor:
    if Y.shape[-2] > Y.shape[-1]:
        raise RuntimeError
    return Y[..., : Y.shape[-2]]


def _with_refusals() -> Iterator[tuple[str, Callable]]:
    """The slips; the right layer that takes no single image, no bias=None, or neither; the slips with these."""
    image = "a single image (c_i, H, W) isn't accepted: its output should be (c_o, H', W')"
    none = "a bias of None isn't accepted: then, nothing is added"
    yield from _SLIPS.items()
    yield from _MORE.items()
    yield (
        "a single image gets a batch axis in the output; it should have none, as it had none before",
        lambda X, *rest: _forward(X, *rest) if _is_batch(X) else _forward(X, *rest)[None],
    )
    yield image, _refusing(_forward, True, False)
    yield none, _refusing(_forward, False, True)
    yield say("{0}. Besides, {1}", image, none), _refusing(_forward, True, True)
    for slip, layer in _SLIPS.items():
        yield say("{0}. Besides, {1}", slip, image), _refusing(layer, True, False)
        yield say("{0}. Besides, {1}", slip, none), _refusing(layer, False, True)
        yield say("{0}. Besides, {1}, and {2}", slip, image, none), _refusing(layer, True, True)


# 6.5

SIZES = (20, 20), (21, 24), (9, 30)
ARGUMENTS = list(inspect.signature(nn.Conv2d).parameters)


def _wide_and_cheap(settings) -> str:
    """Whether these settings keep the size, read a 9×9 window, and need at most 25 weights."""
    layer = _layer_of(settings)
    if isinstance(layer, str):
        return layer
    if layer.weight.numel() == 0:
        return "kernel_size must be at least 1"
    if layer.weight.shape[:2] != (1, 1):
        return say(
            "there's one input channel and one output channel, but this weight has shape {0}", tuple(layer.weight.shape)
        )
    window = Window(layer.kernel_size, dilation=layer.dilation).extent
    if layer.weight.numel() > 25:
        return say("this kernel has {0} values, and at most 25 are allowed", layer.weight.numel())
    if window != (9, 9):
        return _wrong_window(layer, window)
    if layer.stride != (1, 1):
        return say("with a stride of {0}, the output can't be as large as the input for every size", layer.stride)
    like = {"device": layer.weight.device, "dtype": layer.weight.dtype}
    try:
        sizes = {n: tuple(layer(torch.zeros(1, 1, *n, **like)).shape[2:]) for n in SIZES}
    except RuntimeError as error:
        return say("for {0}, the layer raises an error: {1}", SIZES[-1], str(error).splitlines()[0])
    changed = next((say("{0} becomes {1}", n, got) for n, got in sizes.items() if got != n), "")
    return say("{0}: {1}", changed, _wrong_padding(layer)) if changed else ""


def _layer_of(settings) -> nn.Conv2d | str:
    """The layer with these settings, or what's wrong with them."""
    if isinstance(settings, nn.Module):
        return "give the settings in a dictionary, e.g. dict(kernel_size=3, padding=1), and not the layer itself"
    if not isinstance(settings, Mapping):
        return say("answer with a dictionary of arguments, e.g. dict(kernel_size=3, padding=1), not {0}", show(settings))
    unknown = [key for key in settings if key not in ARGUMENTS]
    if unknown:
        return say("nn.Conv2d has no argument {0!r}: its arguments are {1}", unknown[0], ", ".join(ARGUMENTS))
    if "kernel_size" not in settings:
        return "kernel_size is missing: it has no default"
    if "in_channels" in settings or "out_channels" in settings:
        return "the two numbers of channels are given already, nn.Conv2d(1, 1, **settings): leave them out"
    texts = [key for key, value in settings.items() if isinstance(value, str) and key not in ("padding", "padding_mode")]
    if texts or (isinstance(settings.get("padding"), str) and settings["padding"].isdigit()):
        return say("{0} is text: write the number without quotation marks", (texts or ["padding"])[0])
    try:
        return nn.Conv2d(1, 1, **settings)
    except (TypeError, ValueError, RuntimeError) as error:
        return say("nn.Conv2d(1, 1, **settings) raises an error: {0}", str(error).splitlines()[0])


def _wrong_window(layer: nn.Conv2d, window: tuple[int, int]) -> str:
    """Why a window doesn't span 9×9."""
    spans = say("each window spans {0}×{1}, not 9×9", window[0], window[1])
    k, d = layer.kernel_size, layer.dilation
    if 9 in window:
        return say("{0}: what's right along one axis is needed along both", spans)
    if layer.kernel_size == (1, 1):
        return say("{0}: a kernel with a single value reads one pixel, whatever the dilation", spans)
    if layer.dilation == (1, 1):
        return say("{0}: which argument lets a kernel skip values?", spans)
    if all(a * b == 9 for a, b in zip(k, d, strict=True)):
        return say("{0}: it isn't k · dilation values, because there's one gap less than there are values", spans)
    if all((a - 1) * (b + 1) + 1 == 9 for a, b in zip(k, d, strict=True)):
        return say("{0}: dilation d reads every d-th value, so it skips d − 1 between two", spans)
    return say("{0}: along each axis, it spans dilation · (k − 1) + 1 values", spans)


def _wrong_padding(layer: nn.Conv2d) -> str:
    """Why the padding of a layer whose windows span 9×9 doesn't keep the size."""
    if layer.padding == "valid":
        return "'valid' means no padding, and that's too little to keep the size"
    if layer.padding == (0, 0):
        return "there's no padding, and it takes some to keep the size"
    if layer.padding == (8, 8):
        return "8 are the zeros of both sides together, but padding counts one side"
    if layer.padding == tuple((k - 1) // 2 for k in layer.kernel_size):
        return "the padding fits the kernel without dilation, but a window spans more"
    if 4 in layer.padding:
        return "the padding is right along one axis and needed along both"
    return say("there's too {0} padding for a window that spans 9", "little" if min(layer.padding) < 4 else "much")


# 6.6

WANTED = sorted(shape for c_i, c_o in ((1, 4), (4, 4), (4, 1)) for shape in ((c_o, c_i, 3, 3), (c_o,)))


def _learns(network) -> str:
    """Whether this class registers its three layers, computes Conv → ReLU three times, and lets all of them learn."""
    net = _made(network)
    if isinstance(net, str):
        return net
    X = torch.randn(3, 1, 15, 18, generator=torch.Generator().manual_seed(0))
    got = _run(net, X)
    if isinstance(got, str):
        return got
    parameters = list(net.parameters())
    if sorted(tuple(parameter.shape) for parameter in parameters) != WANTED:
        return _wrong_parameters(net, X)
    if not all(parameter.requires_grad for parameter in parameters):
        return "all layers are registered, but requires_grad is off for some parameters, so they won't learn"
    _fill(net, X)
    now = _run(net, X)
    if isinstance(now, str):
        return now
    if now.shape == got.shape and torch.equal(now, got):
        return "the three layers are registered, but forward doesn't use these: it uses other layers"
    again = net(X)
    if again.shape == now.shape and not torch.equal(again, now):
        return "two calls on the same input differ: does forward create new layers? Then nothing that they learn lasts"
    said = _wrong_function(now, X, parameters)
    return said or _no_gradient(now, net)


def _made(network) -> nn.Module | str:
    """An object of the class, or what's wrong with the answer."""
    if isinstance(network, nn.Module):
        return "this is an object: assign the class itself to fixed, without parentheses"
    if network is nn.Module or not callable(network):
        return say("assign the class itself to fixed, not {0}", "nn.Module" if network is nn.Module else show(network))
    if isinstance(network, type) and not issubclass(network, nn.Module):
        return "the class isn't derived from nn.Module, so it registers nothing"
    torch.manual_seed(0)
    try:
        net = network()
    except AttributeError as error:
        if "before Module.__init__() call" in str(error):
            return "the first line of __init__ is missing: super().__init__() creates what a module registers things in"
        raise
    if not isinstance(net, nn.Module):
        return say("assign the class itself to fixed, not a function that gives {0}", show(net))
    return net


def _run(net: nn.Module, X: Tensor) -> Tensor | str:
    """The network's output, or what's wrong with its forward."""
    try:
        output = net(X)
    except NotImplementedError:
        return "the class has no forward: is its name misspelled, or is it indented too far?"
    except RuntimeError as error:
        text = str(error).splitlines()[0]
        cause = "does every layer read the output of the one before? " if "channels" in text else ""
        return say("forward raises an error; {0}{1}", cause, text)
    if not isinstance(output, Tensor):
        return say("forward returns {0} instead of a tensor: is the return missing?", type(output).__name__)
    return output


def _hidden(net: nn.Module) -> str:
    """The first attribute that holds modules or parameters in a list, a tuple, or a dictionary; '' if none does."""
    for name, value in (pair for module in net.modules() for pair in vars(module).items()):
        if not name.startswith("_") and isinstance(value, (list, tuple, dict, set)) and _any_module(value):
            return say("`{0}` is a Python {1}, and a module doesn't look inside it", name, type(value).__name__)
    return ""


def _any_module(value: Any) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple, set)):
        return any(map(_any_module, value))
    return isinstance(value, (nn.Module, nn.Parameter))


def _wrong_parameters(net: nn.Module, X: Tensor) -> str:
    """Why the registered parameters aren't those of the three layers."""
    shapes = [tuple(p.shape) for p in net.parameters() if not isinstance(p, UninitializedParameter)]
    kernels = [shape for shape in shapes if len(shape) == 4]
    hidden = _hidden(net)
    if hidden:
        return say(
            "{0} of the three layers {1} registered: {2}",
            len(kernels) or "none",
            "are" if len(kernels) > 1 else "is",
            hidden,
        )
    if not shapes:
        if any(buffer.dim() == 4 for buffer in net.buffers()):
            return "parameters() is empty: the weights are buffers, which are saved, but not learned"
        if any(isinstance(value, Tensor) for value in vars(net).values()):
            return "parameters() is empty: a plain tensor isn't registered, only an nn.Parameter or a module is"
        if not torch.equal(net(X), net(X)):
            return "parameters() is empty: forward creates new layers in every call, so nothing it learned would last"
        return "parameters() is empty: is each layer in an attribute, or in a module that is one?"
    if len(kernels) == 3 and len(shapes) == 3:
        return "the layers have no biases, but those of ThreeLayers have them"
    wanted = [shape for shape in WANTED if len(shape) == 4]
    if len(kernels) < 3:
        return say("only {0} of the three layers {1} registered", len(kernels), "is" if len(kernels) == 1 else "are")
    if len(kernels) > 3:
        return say(
            "ThreeLayers has three convolutions, and {0} are registered: is each of them registered once?", len(kernels)
        )
    if [shape[2:] for shape in kernels] != [shape[2:] for shape in wanted]:
        return say("the kernels are {0}×{1}, but those of ThreeLayers are 3×3", kernels[0][2], kernels[0][3])
    if sorted(kernels) != wanted:
        return say(
            "the channels are others: ThreeLayers goes from 1 to 4 to 4 to 1, and yours has kernels with {0}", kernels
        )
    return say("ThreeLayers has 6 parameters, and {0} are registered: is there a layer too many?", len(shapes))


def _fill(net: nn.Module, X: Tensor) -> None:
    """Other values in all parameters, such that the last ReLU has both positive and negative values to read."""
    for seed in range(1, 100):
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator) / parameter[0].numel() ** 0.5)
        before = [_chain(X, layers, [F.relu, F.relu, _same]) for layers in _orders(list(net.parameters()))]
        if all(0.2 < (Y > 0).double().mean() < 0.8 for Y in before):
            return


def _orders(parameters: list[nn.Parameter]) -> list[list[tuple[Tensor, Tensor]]]:
    """The three layers as (weight, bias), in both orders of the two biases that have the same shape."""
    weights = {tuple(p.shape[:2]): p.detach() for p in parameters if p.dim() == 4}
    fours = [p.detach() for p in parameters if p.shape == (4,)]
    last = next(p.detach() for p in parameters if p.shape == (1,))
    kernels = [weights[4, 1], weights[4, 4], weights[1, 4]]
    return [list(zip(kernels, [*biases, last], strict=True)) for biases in (fours, fours[::-1])]


Activation = Callable[[Tensor], Tensor]


def _chain(X: Tensor, layers: list[tuple[Tensor, Tensor]], activations: list[Activation], padding: int = 0) -> Tensor:
    for (weight, bias), activation in zip(layers, activations, strict=True):
        X = activation(F.conv2d(X, weight, bias, padding=padding))
    return X


def _same(Y: Tensor) -> Tensor:
    return Y


def _wrong_function(got: Tensor, X: Tensor, parameters: list[nn.Parameter]) -> str:
    """What the network computes other than Conv → ReLU, three times; '' where it computes that."""
    orders = _orders(parameters)

    def computes(function: Callable[[list], Tensor]) -> bool:
        outputs = [function(layers) for layers in orders]
        return any(got.shape == Y.shape and torch.allclose(got, Y, atol=1e-5) for Y in outputs)

    relu = F.relu
    if computes(lambda layers: _chain(X, layers, [relu] * 3)):
        return ""
    where = {
        "the ReLU after each of them is missing": [_same] * 3,
        "the ReLU after the last one is missing": [relu, relu, _same],
        "the ReLUs after the first two are missing": [_same, _same, relu],
        "the ReLU after the second one is missing": [relu, _same, relu],
        "the ReLU after the first one is missing": [_same, relu, relu],
        "the ReLUs after the last two are missing": [relu, _same, _same],
        "the ReLUs after the first and the last one are missing": [_same, relu, _same],
    }
    others: dict[str, Activation] = {
        "leaky ReLU": F.leaky_relu,
        "a sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "the absolute value": torch.abs,
        "GELU": F.gelu,
        "ELU": F.elu,
        "SiLU": F.silu,
        "softplus": F.softplus,
        "ReLU6": F.relu6,
    }
    for said, activations in where.items():
        if computes(lambda layers, activations=activations: _chain(X, layers, activations)):
            return say("all layers are registered, but {0}", said)
    for said, other in others.items():
        if computes(lambda layers, other=other: _chain(X, layers, [other] * 3)):
            return say("all layers are registered, but the activation after them is {0}, not ReLU", said)
    if computes(lambda layers: _chain(X.relu(), layers, [relu, relu, _same])):
        return "all layers are registered, but each ReLU comes before its convolution, not after it"
    if any(computes(lambda layers, p=p: _chain(X, layers, [relu] * 3, padding=p)) for p in (1, 2)):
        return say(
            "all layers are registered, but they have padding: {0} should become 9×12, not {1}", _size(X), _size(got)
        )
    for depth, name in ((1, "first layer"), (2, "first two layers")):
        if computes(lambda layers, depth=depth: _chain(X, layers[:depth], [relu] * depth)):
            return say("all layers are registered, but only the {0} of the three ran: does the loop end too early?", name)
    right = _chain(X, orders[0], [relu] * 3)
    if got.shape == right.shape and torch.allclose(got, right + X[:, :, 3:-3, 3:-3], atol=1e-5):
        return "all layers are registered, but the input is added to the output, and ThreeLayers has no such shortcut"
    if got.shape != right.shape:
        shapes = say("for {0}, the output is {1}, not {2}", tuple(X.shape), tuple(got.shape), tuple(right.shape))
        return say("all layers are registered, but {0}", shapes)
    return "all layers are registered, but forward does something else between or after the layers than a ReLU"


def _size(Y: Tensor) -> str:
    return "×".join(map(str, Y.shape[2:]))


def _no_gradient(output: Tensor, net: nn.Module) -> str:
    """Which parameters no gradient reaches, '' if it reaches all."""
    if not output.requires_grad:
        return "all layers are registered, but no gradient reaches them: is there a no_grad or a detach in forward?"
    output.sum().backward()
    without = [name for name, parameter in net.named_parameters() if parameter.grad is None]
    if without:
        return say(
            "all layers are registered, but no gradient reaches {0}: is there a detach in forward?", ", ".join(without)
        )
    return ""


EXERCISES = {
    "6.1": Value(
        reference=lambda: (12, 2, 3, 5),
        mistakes={
            "this is the shape without groups; with them, each kernel reads only c_i/groups channels": lambda: (
                12,
                6,
                3,
                5,
            ),
            "this is the order of a transposed convolution, (c_i, c_o/groups, k_h, k_w)": lambda: (6, 4, 3, 5),
            "pairs are (height, width), in the weight's shape as well as in kernel_size": lambda: (12, 2, 5, 3),
            "you divided both numbers; there are still 12 kernels, one for each output channel": lambda: (4, 2, 3, 5),
            "in the weight's shape, the output channels come first": lambda: (2, 12, 3, 5),
            "you divided the wrong number: there are still 12 kernels, and each reads fewer input channels": lambda: (
                4,
                6,
                3,
                5,
            ),
            "the output channels come first, and with groups, a kernel reads only c_i/groups channels": lambda: (
                6,
                12,
                3,
                5,
            ),
            "the second number isn't the number of groups, but the number of channels in one": lambda: (12, 3, 3, 5),
            "groups share the input channels, so divide by their number instead of multiplying": lambda: (12, 18, 3, 5),
            "a kernel would read a single channel if there were 6 groups; there are 3": lambda: (12, 1, 3, 5),
            "the groups aren't an axis: the weight has four, and all kernels are in the first": lambda: (3, 4, 2, 3, 5),
            "the kernel isn't square: its height is 3 and its width is 5": lambda: (12, 2, 3, 3),
            "the kernel's height and width are missing": lambda: (12, 2),
            "how many slices a kernel has is missing: one for each channel that it reads": lambda: (12, 3, 5),
            "the kernel's height and width are the last two numbers, not the first": lambda: (3, 5, 2, 12),
            "this is how many values the weight has; the question asks for its shape": lambda: 360,
            "this is the shape of the bias; the weight has four axes": lambda: (12,),
            "this is the shape of the lesson's example, with other arguments": lambda: (8, 3, 5, 3),
        },
        otherwise=_wrong_sides,
        hints=[
            "There are 12 kernels. If three groups share six input channels, how many channels does one kernel read?",
            "The shape is (c_o, c_i/groups, k_h, k_w).",
        ],
        praise="There are 12 kernels, and each has 6/3 = 2 slices with 3 rows and 5 columns.",
    ),
    "6.2": Value(
        reference=lambda: _FIRST + 8 + _SECOND,
        mistakes={
            "you left out the biases of the first layer": lambda: _FIRST + _SECOND,
            "the second layer has no biases: bias=False": lambda: _FIRST + 8 + _SECOND + 4,
            "a kernel has a slice for each input channel: 3 slices in the first layer, 8 in the second": lambda: (
                8 * 9 + 8 + 4
            ),
            "these are only the parameters of the first layer": lambda: _FIRST + 8,
            "these are only the weights of the first layer": lambda: _FIRST,
            "these are only the parameters of the second layer": lambda: _SECOND,
            "ReLU has no parameters": lambda: _FIRST + 8 + _SECOND + 1,
            "ReLU has no parameters, and you counted one for each of its 8 channels": lambda: _FIRST + 8 + 8 + _SECOND,
            "this is the number of parameter tensors; the question asks how many values they hold": lambda: 3,
            "these are the parts one by one: add them up": lambda: (_FIRST + 8, _SECOND),
            "these are the layers one by one: add them up": lambda: (_FIRST + 8, 0, _SECOND),
            "the layers' counts are multiplied: add them": lambda: (_FIRST + 8) * _SECOND,
            "the weights are multiplied by the number of biases: add it": lambda: _FIRST * 8 + _SECOND,
            "this is the count of the lesson's network": lambda: 910,
        },
        otherwise=_wrong_parts,
        hints=[
            "A convolution has c_o · c_i · k_h · k_w weights and, unless bias=False, c_o biases.",
            "The first layer has 8 kernels with 3 slices of 9 weights each, and ReLU has no parameters.",
        ],
        praise="8 · 27 + 8 = 224 in the first layer and 4 · 8 = 32 in the second make 256.",
    ),
    "6.3": Value(
        reference=lambda: 1 / 20,
        mistakes={
            "this is 1/n_in; take the square root of n_in first": lambda: 1 / 400,
            "you counted the output channels; the fan-in counts the input values of one output value": lambda: 800**-0.5,
            "you left out the channels: one output value is computed from all 16 of them": lambda: 1 / 5,
            "this is the bound of Kaiming initialization, √(6/n_in); the default is √6 times smaller": lambda: (
                (6 / 400) ** 0.5
            ),
            "this is the standard deviation, b/√3; the question asks for b": lambda: 1200**-0.5,
            "this is the root of the fan-in: take its reciprocal": lambda: 20,
            "this is the fan-in: the bound is 1 over its square root": lambda: 400,
            "you left out the kernel: one output value is computed from a whole window in each channel": lambda: 1 / 4,
            "a window has 5 · 5 pixels, not 5": lambda: 80**-0.5,
            "this counts all weights; the fan-in counts those of one kernel": lambda: 12800**-0.5,
            "this is the lower end, −b": lambda: -1 / 20,
            "this is the width of the range from −b to b": lambda: 1 / 10,
            "this is Kaiming's standard deviation, √(2/n_in); the question asks about PyTorch's default": lambda: (
                (2 / 400) ** 0.5
            ),
            "0 would mean that all weights are 0: does an integer division round the result down?": lambda: 0,
            "one decimal place got lost on the way: 1/20 isn't 0.5": lambda: 0.5,
            "multiply the channels by the pixels of a window instead of adding them": lambda: 41**-0.5,
            "multiply the kernel's height and width instead of adding them": lambda: 160**-0.5,
            "this is the bound of the lesson's layer, with a fan-in of 45": lambda: 45**-0.5,
            "the biases aren't input values: leave them out of the fan-in": lambda: 432**-0.5,
            "the bias isn't an input value: leave it out of the fan-in": lambda: 401**-0.5,
            "this is the variance of the weights, b²/3; the question asks for b": lambda: 1 / 1200,
            "every weight is smaller than that: b is 1/√n_in": lambda: 1,
        },
        tolerance=1e-5,
        otherwise=_another_fan_in,
        hints=[
            "b = 1/√n_in, where n_in is the fan-in. How many input values enter one output value?",
            "One output value reads a window of 5 · 5 pixels, in how many channels?",
        ],
        praise="1/√400 = 0.05. The biases are drawn from the same range.",
    ),
    "6.4": Function(
        reference=_forward,
        cases=_batches,
        without=CONVOLUTIONS,
        otherwise=only_where(
            {
                "X is a single image": lambda X, weight, bias, stride: X.dim() == 3,
                "X is a batch": lambda X, weight, bias, stride: X.dim() == 4,
                "the bias is None": lambda X, weight, bias, stride: bias is None,
                "there is a bias": lambda X, weight, bias, stride: bias is not None,
                "the stride is above 1": lambda X, weight, bias, stride: stride > 1,
                "there are several images": lambda X, weight, bias, stride: X.dim() == 4 and len(X) > 1,
                "the kernel isn't square": lambda X, weight, bias, stride: weight.shape[2] != weight.shape[3],
                "the image isn't square": lambda X, weight, bias, stride: X.shape[-1] != X.shape[-2],
                "there are several input channels": lambda X, weight, bias, stride: weight.shape[1] > 1,
                "there are several output channels": lambda X, weight, bias, stride: len(weight) > 1,
            }
        ),
        errors={
            "(c_i, H, W)": "corr2d_multi_in_out takes one image at a time: call it for each",
            "at non-singleton dimension": "these two shapes can't be broadcast: is the bias added along another axis than "
            "the channels, is a height taken for a width, or does a window begin where it doesn't fit?",
            "Boolean value of Tensor": "a tensor of several values is neither true nor false: ask whether it is None",
            "non-empty TensorList": "there's no image left in this batch of one",
        },
        mistakes=dict(_with_refusals()),
        hints=[
            "First write it for a batch: the output of each image in a loop, combined with torch.stack.",
            "The bias has shape (c_o,), an image's output (c_o, H', W'): the bias needs two more axes at its end.",
            "A single image is a batch of one. What do you do to it before, and to the result after?",
        ],
        praise="Your function agrees with the layer on batches and on single images, with and without a bias.",
    ),
    "6.5": Choice(
        test=_wide_and_cheap,
        hints=[
            "A 9×9 kernel has 81 values. Which argument lets a small kernel span a larger window?",
            "A window spans dilation · (k − 1) + 1 values along each axis. For which k and dilation is that 9?",
            "To keep the size, the padding on both sides together must be one less than what a window spans.",
        ],
        praise="Dilation spreads a few weights over a large window, and the padding depends on what the window spans.",
    ),
    "6.6": Choice(
        test=_learns,
        seconds=10.0,
        hints=[
            "Print list(ThreeLayers().parameters()).",
            "A module registers attributes that are modules or parameters. It looks into no dictionary and no list.",
            "Every layer has to be an attribute, or in a module that is one. Is there such a module for dictionaries?",
        ],
        praise="All six parameters are registered now, so they'll be learned, saved, and moved along with the module.",
    ),
}
