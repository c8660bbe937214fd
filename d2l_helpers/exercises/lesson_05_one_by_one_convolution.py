"""Exercises of lesson 05, the 1×1 convolution."""

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional as F

from .._language import say
from ._clues import only_where
from ._comparing import as_tensor
from ._kinds import CONVOLUTIONS, Choice, Function, Value

PIXEL = torch.tensor([1.0, 2.0, 3.0])
WEIGHTS = torch.tensor([[1.0, 0.0, -1.0], [2.0, 1.0, 0.5]])
OUTPUTS = WEIGHTS @ PIXEL

# 5.1


def _one_output_is_right(got: Tensor) -> str:
    """Which of the two outputs isn't right, and how it's made."""
    if got.shape != OUTPUTS.shape:
        return ""
    first, second = (torch.isclose(got, OUTPUTS.double(), rtol=0, atol=1e-3)).tolist()
    if first:
        return "the first output is right, the second isn't: it adds up three products, with the weights 2, 1, and 0.5"
    if second:
        return "the second output is right, the first isn't: it adds up three products, with the weights 1, 0, and −1"
    return ""


# 5.2


def _weights(*layers: tuple[int, int, int]) -> int:
    """The weights of convolutions (c_i, c_o, kernel size), without biases."""
    return sum(c_i * c_o * size * size for c_i, c_o, size in layers)


_OUTER, _MIDDLE = 512 * 128, 128 * 128 * 9
# What a slip makes of the first or last layer, and of the middle one: what's wrong → the count.
_OUTER_SLIPS = {
    "": _OUTER,
    "is missing": 0,
    "has 1×1 kernels, not 3×3": 9 * _OUTER,
    "has weights for each pair of channels: multiply the two numbers": 512 + 128,
    "has no biases": _OUTER + 128,
    "has no biases, either": _OUTER + 512,
    "is counted twice": 2 * _OUTER,
    "doesn't have 512 channels on both sides": 512 * 512,
    "doesn't have 128 channels on both sides": 128 * 128,
}
_MIDDLE_SLIPS = {
    "": _MIDDLE,
    "is missing": 0,
    "has 3×3 kernels, not 1×1": 128 * 128,
    "has kernels of 3 · 3 = 9 weights, not 3": 128 * 128 * 3,
    "reads and writes 128 channels, not 512": 512 * 512 * 9,
    "has 128 channels on both sides, not 128 and 512": 128 * 512 * 9,
    "has weights for each pair of channels: multiply the two numbers": 9 * (128 + 128),
    "has a kernel slice for each of its 128 input channels": 9 * 128,
    "has no biases": _MIDDLE + 128,
}


def _wrong_layers(got: Tensor) -> str:
    """Which layers are counted wrongly, where at most two are and only one explanation leads to this number."""
    if got.dim():
        return ""
    extra = got.item() - (2 * _OUTER + _MIDDLE)
    if extra in (128, 256, 512, 640):
        return say("this is {0:.0f} too many: biases? None of the layers has any", extra)
    found: list[tuple[str, str, str]] = []
    for slips in product(_OUTER_SLIPS, _MIDDLE_SLIPS, _OUTER_SLIPS):
        total = _OUTER_SLIPS[slips[0]] + _MIDDLE_SLIPS[slips[1]] + _OUTER_SLIPS[slips[2]]
        if 0 < sum(map(bool, slips)) < 3 and total == got.item():
            found.append(slips)
    fewest = min((sum(map(bool, slips)) for slips in found), default=0)
    found = [slips for slips in found if sum(map(bool, slips)) == fewest]
    if len({(frozenset((first, last)), middle) for first, middle, last in found}) == 1:
        first, middle, last = found[0]
        outer = [say("the first or the last layer {0}", first or last)] if bool(first) != bool(last) else []
        outer += [say("the first layer {0}", first), say("the last layer {0}", last)] if first and last else []
        return say(", and ").join(outer + [say("the middle layer {0}", middle)] * bool(middle))
    if got > 0 and got % _weights((512, 128, 1), (128, 128, 3), (128, 512, 1)) == 0:
        return "this is a multiple of the number of weights: count each weight once, not once for each pixel"
    return ""


# 5.3

HELPERS = "corr2d", "corr2d_multi_in_out", "corr2d_multi_in_out_1x1"


# A part of an exception's message → what it means here.
ERRORS = {
    "shapes cannot be multiplied": "a matrix product adds up over the first matrix's columns and the second's rows: "
    "both must be the input channels",
    "is invalid for input of size": "that many values don't fill this shape: is it right for every number of channels, "
    "and for images that aren't square?",
    "out of bounds": "an index is too large: is it right for every number of channels, and for images that aren't square?",
    "at non-singleton dimension": "these two shapes can't be broadcast: which axis of one belongs to which of the other?",
    "Expected size for first two dimensions": "with three axes, @ multiplies batches of matrices: merge two axes first",
}


def _layer(X: Tensor, K: Tensor, bias: Tensor, stride: int) -> Tensor:
    X, K, bias = X.double(), K.double(), bias.double()  # an answer in either type is near
    return torch.einsum("oc,chw->ohw", K[:, :, 0, 0], X[:, ::stride, ::stride]) + bias[:, None, None]


def _layers(generator: torch.Generator) -> list[tuple]:
    """(X, K, bias, stride) in float32, like nn.Linear, smallest first: tall and wide, also where a stride leaves a rest."""
    shapes = [
        ((2, 1, 1), 1, 1),
        ((2, 1, 3), 2, 1),
        ((3, 3, 3), 2, 2),
        ((2, 4, 3), 5, 1),
        ((2, 4, 2), 1, 1),
        ((1, 5, 7), 3, 3),
        ((2, 3, 5), 1, 2),
        ((3, 8, 6), 3, 4),
    ]

    def random(*size: int) -> Tensor:
        return torch.randn(size, generator=generator, dtype=torch.float64).float()

    return [(random(*size), random(c_o, size[0], 1, 1), random(c_o), stride) for size, c_o, stride in shapes]


def _with_other(step: Callable[[Tensor, Tensor], Tensor]) -> Callable:
    """The layer with another way from (the pixels that the stride leaves, the matrix of weights) to the maps."""
    return lambda X, K, bias, stride: step(X[:, ::stride, ::stride], K[:, :, 0, 0]) + bias[:, None, None]


def _with_bias(add: Callable[[Tensor, Tensor], Tensor]) -> Callable:
    """The layer with another way to add the bias."""
    return lambda X, K, bias, stride: add(_layer(X, K, 0 * bias, stride), bias)


def _with_pixels(choose: Callable[[Tensor, int], Tensor]) -> Callable:
    """The layer on other pixels than every stride-th."""
    return lambda X, K, bias, stride: _layer(choose(X, stride), K, bias, 1)


def _reshaped(X: Tensor, W: Tensor) -> Tensor:
    return (X.reshape(-1, len(X)) @ W.T).T.reshape(-1, *X.shape[1:])


def _pixels_in_rows(X: Tensor, W: Tensor) -> Tensor:
    return (X.permute(1, 2, 0).reshape(-1, len(X)) @ W.T).reshape(-1, *X.shape[1:])


def _only(X: Tensor, W: Tensor, output: int) -> Tensor:
    Y = X.new_zeros(len(W), *X.shape[1:])
    Y[output] = torch.einsum("c,chw->hw", W[output], X)
    return Y


def _filled(Y: Tensor) -> Tensor:
    """Output channel 0 alone, the others 0."""
    return torch.cat([Y[:1], torch.zeros_like(Y[1:])])


def _flat_steps(X: Tensor, K: Tensor, bias: Tensor, stride: int) -> Tensor:
    """Every stride²-th of the flattened pixels, as many as a layer with that stride has outputs."""
    rows, columns = (len(range(0, n, stride)) for n in X.shape[1:])
    Y = _layer(X, K, bias, 1).flatten(1)[:, :: stride * stride]
    return Y[:, : rows * columns].reshape(len(K), rows, columns)


def _swapped(Y: Tensor) -> Tensor:
    """Each map cut into rows as long as it's high."""
    return Y.reshape(*Y.shape[:-2], Y.shape[-1], Y.shape[-2])


# 5.4


def _larger_of_two(answer) -> str:
    """Whether 1×1, ReLU, 1×1 with these two weights (c, 2) and (1, c) gives the larger of two channels, both ≥ 0."""
    weights = _both_weights(answer)
    if isinstance(weights, str):
        return weights
    W1, W2 = weights
    X = torch.rand(2, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    X[0, :2], X[1, 2:4], X[1, 4] = 0, 0, X[0, 4]
    Y = (W2 @ (W1 @ X.flatten(1)).relu())[0].reshape(X.shape[1:])
    a, b = X
    if torch.allclose(Y, torch.maximum(a, b)):
        return ""
    if not W2.any() or not W1.any():
        return say("the output is 0 everywhere, because all weights in {0} are 0", "W1" if W2.any() else "W2")
    for diagnosis, wanted in _KNOWN_OUTPUTS.items():
        if torch.allclose(Y, wanted(a, b)):
            return diagnosis
    return _by_regions(X, Y)


_KNOWN_OUTPUTS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "this is the smaller of the two": torch.minimum,
    "this is the distance between the two, |a − b|": lambda a, b: (a - b).abs(),
    "this is half the distance between the two, |a − b|/2": lambda a, b: (a - b).abs() / 2,
    "this is a + b": lambda a, b: a + b,
    "this is the mean of the two, (a + b)/2": lambda a, b: (a + b) / 2,
    "this is relu(b − a), the amount by which b is larger: now add a": lambda a, b: (b - a).relu(),
    "this is relu(a − b), the amount by which a is larger: now add b": lambda a, b: (a - b).relu(),
    "this is a alone": lambda a, b: a,
    "this is b alone": lambda a, b: b,
    "this is twice the larger value: halve the weights of one layer": lambda a, b: 2 * torch.maximum(a, b),
    "this is half the larger value: double the weights of one layer": lambda a, b: torch.maximum(a, b) / 2,
    "this is the larger value with its sign changed: look at the signs in W2": lambda a, b: -torch.maximum(a, b),
    "this is 0 everywhere: does the ReLU set every middle channel to 0, or do they cancel?": lambda a, b: 0 * a,
}


def _both_weights(answer) -> tuple[Tensor, Tensor] | str:
    """The two matrices in an answer, or what's wrong with their form."""
    if isinstance(answer, str) or callable(answer) or not isinstance(answer, (tuple, list)):
        return "give the weights of both layers, (W1, W2), as lists or tensors of numbers"
    if len(answer) == 4:
        return "the layers have no biases: give two matrices, (W1, W2)"
    if len(answer) != 2:
        return say("give the weights of both layers, (W1, W2), and not {0} of them", len(answer))
    W1, W2 = map(as_tensor, answer)
    if W1 is None or W2 is None:
        return "W1 and W2 must be tables of numbers, with equally long rows"
    if W1.dim() <= 1 and W2.shape == W1.shape:
        return "this is a single matrix: give the weights of both layers, (W1, W2)"
    W1, W2 = (W.double().flatten(1) if W.dim() == 4 and W.shape[2:] == (1, 1) else W.double() for W in (W1, W2))
    W1, W2 = (W[None] if W.dim() == 1 else W for W in (W1, W2))
    if not (W1.isfinite().all() and W2.isfinite().all()):
        return "every weight must be a finite number, and one of yours is NaN or infinite"
    return _misfit(tuple(W1.shape), tuple(W2.shape)) or (W1, W2)


def _misfit(first: tuple[int, ...], second: tuple[int, ...]) -> str:
    """What's wrong with the shapes of two weights, '' if nothing."""
    yours = say("the shapes must be (c, 2) and (1, c), and yours are {0} and {1}", first, second)
    if len(first) != 2 or len(second) != 2:
        return yours
    if first[1] == 2 and second == (1, first[0]):
        return ""
    if second[1] == 2 and first == (1, second[0]):
        return say("W1 and W2 are in the wrong order: {0}", yours)
    if first[1] == 2 and second == (first[0], 1):
        return say("W2 is a column, but a layer with one output has one row of weights: {0}", yours)
    if first[1] == 2 and second[0] == 1:
        return say("W1 makes {0} middle channels, so W2 needs {0} weights, one for each: {1}", first[0], yours)
    if first[1] == 3 and second == (1, first[0]):
        return say("W1 has three columns, but there are two input channels and no bias: {0}", yours)
    if first[0] == 2 and second == (1, first[1]):
        return say("W1 is transposed: it has a row for each middle channel and a column for each input channel; {0}", yours)
    if first[1] == 2:
        return say("the second layer has one output, so W2 has one row: {0}", yours)
    return yours


def _by_regions(X: Tensor, Y: Tensor) -> str:
    """What the output is where a is larger and where b is, in terms of a and b; else one pixel at which it's wrong."""
    a, b = (channel.flatten() for channel in X)
    sides = {}
    for name, chosen in {"a": a > b, "b": b > a}.items():
        inputs, outputs = X.flatten(1)[:, chosen].T, Y.flatten()[chosen]
        factors = torch.linalg.lstsq(inputs, outputs[:, None]).solution
        sides[name] = factors.flatten().tolist() if torch.allclose(inputs @ factors, outputs[:, None], atol=1e-6) else None
    right = {"a": [1.0, 0.0], "b": [0.0, 1.0]}
    wrong = [
        name for name in sides if sides[name] is None or not torch.allclose(*map(torch.tensor, (sides[name], right[name])))
    ]
    told = [
        say("where {0} is larger, the output is {1}, not {0}", name, _in_words(*sides[name]))
        for name in wrong
        if sides[name]
    ]
    if told:
        return say("; ").join(told)
    i, j = divmod((Y - X.amax(0)).abs().argmax().item(), X.shape[2])
    at = say("a = {0:.2f} and b = {1:.2f}", X[0, i, j], X[1, i, j])
    return say("the output isn't the larger value everywhere: for {0}, it's {1:.2f}", at, Y[i, j])


def _in_words(p: float, q: float) -> str:
    """p·a + q·b, e.g. 2a − b."""
    terms = [(round(factor, 2), name) for factor, name in ((p, "a"), (q, "b")) if round(factor, 2)]
    words = [f"{'+−'[factor < 0]} {'' if abs(factor) == 1 else f'{abs(factor):g}·'}{name}" for factor, name in terms]
    text = " ".join(words) or "0"
    return text[2:] if text.startswith("+") else text.replace("− ", "−", 1) if text.startswith("−") else text


# 5.5


def _dense(X: Tensor, K: Tensor) -> Tensor:
    return torch.einsum("oc,nchw->nohw", K[:, :, 0, 0], X)


def _batches(generator: torch.Generator) -> list[tuple]:
    """(X, K) in float64, smallest first: one image and several, as many images as output channels, tall and wide."""
    shapes = [
        ((1, 2, 1, 1), 1),
        ((1, 2, 1, 3), 2),
        ((1, 3, 3, 3), 2),
        ((2, 2, 1, 2), 1),
        ((2, 3, 3, 2), 1),
        ((2, 2, 4, 3), 2),
        ((3, 2, 2, 3), 5),
        ((2, 3, 3, 3), 3),
    ]
    return [
        tuple(torch.randn(part, generator=generator, dtype=torch.float64) for part in (size, (c_o, size[1], 1, 1)))
        for size, c_o in shapes
    ]


def _rows(X: Tensor, K: Tensor) -> Tensor:
    """The outputs of 5.5, with a pixel in each row."""
    return X.permute(0, 2, 3, 1).reshape(-1, X.shape[1]) @ K[:, :, 0, 0].T


def _back(move: Callable[[Tensor, int, int, int], Tensor]) -> Callable:
    """5.5 with another way from the outputs, a pixel in each row, to the result; it gets n, h, and w."""
    return lambda X, K: move(_rows(X, K), X.shape[0], *X.shape[2:])


EXERCISES = {
    "5.1": Value(
        reference=lambda: OUTPUTS,
        mistakes={
            "these are plain sums of the channels: multiply each value by its weight first": lambda: PIXEL.sum().repeat(2),
            "the channels' numbers, 0, 1, and 2, are multiplied: take the pixel's values, 1, 2, and 3": lambda: (
                WEIGHTS @ (PIXEL - 1)
            ),
            "the two outputs are swapped: row 0 of the weights makes output channel 0": lambda: OUTPUTS.flip(0),
            "the weight −1 subtracts the third channel": lambda: WEIGHTS.abs() @ PIXEL,
            "these are the sums of the weights: multiply each weight by its value first": lambda: WEIGHTS.sum(1),
            "check the sign of the first output: what it subtracts is more than what it adds": lambda: (
                2,
                5.5,
            ),
            "an output needn't be an integer: don't round the second one": lambda: (-2, 6),
            "an output needn't be an integer: don't cut off the decimals of the second one": lambda: (-2, 5),
            "in the second output, the third value is missing: its weight is 0.5, not 0": lambda: (-2, 4),
            "the last weight is 0.5, not 5": lambda: (-2, 19),
            "the weights are read backward: the first weight of each row belongs to the first value": lambda: (
                WEIGHTS.flip(1) @ PIXEL
            ),
            "this layer isn't followed by a ReLU, so an output may be negative": lambda: OUTPUTS.relu(),
            "these are means of three products: a layer adds them up and doesn't divide": lambda: OUTPUTS / 3,
            "these are the products: add up those of each row": lambda: WEIGHTS * PIXEL,
            "you added the two outputs: each row of weights makes an output of its own": lambda: 3.5,
            "this is the first output only: the second row of weights makes another one": lambda: -2,
            "this is the second output only: the first row of weights makes another one": lambda: 5.5,
            "these are the sums of the columns: each row of weights makes an output": lambda: WEIGHTS.sum(0),
            "these are the outputs of the lesson's example: here, the values and the weights are others": lambda: (6, 7),
            "these are the weights: multiply them by the values and add up the products of each row": lambda: WEIGHTS,
            "this is the pixel itself: each of the two rows of weights turns its three values into one output": lambda: (
                PIXEL
            ),
            "the weights are added to the values: multiply them instead": lambda: (WEIGHTS + PIXEL).sum(1),
        },
        otherwise=_one_output_is_right,
        hints=[
            "Each row of weights makes one output from the pixel's three values.",
            "For the first output, multiply 1 by 1, 0 by 2, and −1 by 3. What do you do with the three products?",
        ],
        praise="1·1 + 0·2 − 1·3 = −2 and 2·1 + 1·2 + 0.5·3 = 5.5: two weighted sums of the same three values.",
    ),
    "5.2": Value(
        reference=lambda: _weights((512, 128, 1), (128, 128, 3), (128, 512, 1)),
        mistakes={
            "one of the two 1×1 layers is missing: each has weights between 512 and 128 channels": lambda: _weights(
                (512, 128, 1), (128, 128, 3)
            ),
            "the kernels of the first and the last layer are 1×1, not 3×3": lambda: _weights(
                (512, 128, 3), (128, 128, 3), (128, 512, 3)
            ),
            "this is a single 3×3 layer on 512 channels, without a bottleneck": lambda: _weights((512, 512, 3)),
            "the 3×3 layer works on 128 channels, not on 512": lambda: _weights(
                (512, 128, 1), (512, 512, 3), (128, 512, 1)
            ),
            "either only the 3×3 layer is counted, or its kernels are taken to be 1×1: both give this number": lambda: (
                _MIDDLE
            ),
            "the 3×3 layer in the middle is missing": lambda: 2 * _OUTER,
            "the two 1×1 layers have 2 · 512 · 128 weights together, not 512 · 512": lambda: 512 * 512 + _MIDDLE,
            "a 3×3 kernel has 9 weights in each slice, not 3": lambda: 2 * _OUTER + 3 * 128 * 128,
            "this is the lesson's bottleneck, from 256 channels to 64": lambda: _weights(
                (256, 64, 1), (64, 64, 3), (64, 256, 1)
            ),
            "twice as many channels in and out mean four times as many weights, not twice": lambda: 2 * 69632,
            "the layers have no biases, but you counted 128 + 128 + 512 of them": lambda: 278528 + 768,
            "there's no batch normalization here, but you counted two parameters for each channel": lambda: 278528 + 1536,
            "each kernel has a slice for every input channel: multiply by the input channels, too": lambda: (
                128 + 9 * 128 + 512
            ),
            "each layer has a weight for every pair of an input and an output channel: multiply the two numbers": lambda: (
                640 + 9 * 256 + 640
            ),
            "the middle layer goes from 128 channels to 128, and only the last one to 512": lambda: _weights(
                (512, 128, 1), (128, 512, 3), (128, 512, 1)
            ),
            "these are the three layers one by one: add them up": lambda: (_OUTER, _MIDDLE, _OUTER),
            "this is how many times as many weights the single wide layer has: give the bottleneck's weights": lambda: (
                2359296 / 278528
            ),
            "this is a quarter of the single wide layer, which isn't how a bottleneck saves": lambda: 2359296 / 4,
        },
        otherwise=_wrong_layers,
        hints=[
            "There are three layers. Each has c_o · c_i · k · k weights.",
            "The first has 512·128 weights. Only in the second is k larger than 1.",
        ],
        praise="65,536 + 147,456 + 65,536. A 3×3 layer on 512 channels has 2,359,296, about 8.5 times as many.",
    ),
    "5.3": Function(
        reference=_layer,
        cases=_layers,
        without=(*CONVOLUTIONS, *HELPERS),
        otherwise=only_where(
            {
                "the stride is above 1": lambda X, K, bias, stride: stride > 1,
                "there are several output channels": lambda X, K, bias, stride: len(K) > 1,
                "there are several input channels": lambda X, K, bias, stride: len(X) > 1,
                "the image isn't square": lambda X, K, bias, stride: X.shape[1] != X.shape[2],
                "the output isn't square": lambda X, K, bias, stride: len(set(_layer(X, K, bias, stride).shape[1:])) > 1,
                "the stride doesn't divide the image's size": lambda X, K, bias, stride: bool(
                    X.shape[1] % stride or X.shape[2] % stride
                ),
                "the numbers of input and output channels differ": lambda X, K, bias, stride: len(X) != len(K),
            }
        ),
        errors=ERRORS,
        mistakes={
            "the bias is missing": lambda X, K, bias, stride: _layer(X, K, 0 * bias, stride),
            "the stride isn't used": _with_pixels(lambda X, s: X),
            "neither the bias nor the stride is used": lambda X, K, bias, stride: _layer(X, K, 0 * bias, 1),
            "the bias is subtracted instead of added": _with_bias(lambda Y, bias: Y - bias[:, None, None]),
            "the outputs are multiplied by the bias: add it instead": _with_bias(lambda Y, bias: Y * bias[:, None, None]),
            "the bias is added along the columns: to belong to the channels, it needs two more axes": _with_bias(
                lambda Y, bias: Y + bias
            ),
            "the bias is added along the rows: to belong to the channels, it needs two more axes at its end": _with_bias(
                lambda Y, bias: Y + bias[:, None]
            ),
            "every output channel gets the bias of channel 0": _with_bias(lambda Y, bias: Y + bias[0]),
            "every output channel gets the sum of all biases": _with_bias(lambda Y, bias: Y + bias.sum()),
            "every output channel gets the mean of all biases": _with_bias(lambda Y, bias: Y + bias.mean()),
            "the stride counts flattened pixels, across the ends of rows: skip rows and columns": _flat_steps,
            "the bias is added once for each input channel: add it after the sum": lambda X, K, bias, stride: _layer(
                X, K, len(X) * bias, stride
            ),
            "this is the mean of stride × stride pixels, but a stride skips pixels": _with_pixels(
                lambda X, s: F.avg_pool2d(X, s, ceil_mode=True)
            ),
            "the stride is used for the rows only": _with_pixels(lambda X, s: X[:, ::s]),
            "the stride is used for the columns only": _with_pixels(lambda X, s: X[:, :, ::s]),
            "the first window starts at pixel (0, 0), however large the stride is": _with_pixels(
                lambda X, s: X[:, s - 1 :: s, s - 1 :: s]
            ),
            "where the stride doesn't divide the size, the last row or column is missing: a window that fits counts": (
                _with_pixels(lambda X, s: X[:, : X.shape[1] // s * s : s, : X.shape[2] // s * s : s])
            ),
            "the last row and the last column are missing": _with_pixels(lambda X, s: X[:, ::s, ::s][:, :-1, :-1]),
            "the last row and the last column hold nothing but the bias": _with_other(
                lambda X, W: F.pad(torch.einsum("oc,chw->ohw", W, X)[:, :-1, :-1], (0, 1, 0, 1))
            ),
            "the last row and the last column are 0: are they left out by a range?": lambda X, K, bias, stride: F.pad(
                _layer(X, K, bias, stride)[:, :-1, :-1], (0, 1, 0, 1)
            ),
            "this is the plain sum of the channels, without the weights": _with_other(
                lambda X, W: X.sum(0).repeat(len(W), 1, 1)
            ),
            "this is the mean over the channels: a layer adds them up": _with_other(
                lambda X, W: torch.einsum("oc,chw->ohw", W, X) / len(X)
            ),
            "channels and pixels are mixed up: keep axis 0 of X, and merge only the others": _with_other(_reshaped),
            "the outputs have a pixel in each row, and reshape doesn't move the channels to the front": _with_other(
                _pixels_in_rows
            ),
            "the output is still a matrix: split its last axis into rows and columns again": lambda X, K, bias, stride: (
                _layer(X, K, bias, stride).flatten(1)
            ),
            "the output has a batch axis, but its shape should be (c_o, H', W')": lambda X, K, bias, stride: _layer(
                X, K, bias, stride
            )[None],
            "the output has its channels last, not first": lambda X, K, bias, stride: _layer(X, K, bias, stride).permute(
                1, 2, 0
            ),
            "height and width are swapped": lambda X, K, bias, stride: _layer(X, K, bias, stride).transpose(1, 2),
            "the values are right, but they're cut into rows of the wrong length: height and width are swapped": (
                lambda X, K, bias, stride: _swapped(_layer(X, K, bias, stride))
            ),
            "the matrix of weights is transposed: its rows belong to the output channels": _with_other(
                lambda X, W: (W.T @ X.flatten(1)).reshape(-1, *X.shape[1:])
            ),
            "the products aren't added up: each output adds up all input channels": lambda X, K, bias, stride: (
                K * X[:, ::stride, ::stride] + bias[:, None, None]
            ),
            "this adds up the products of all kernels; add up those of all input channels, for each kernel": _with_other(
                lambda X, W: W.sum(0)[:, None, None] * X
            ),
            "the weights are read backward: the first weight of a kernel belongs to channel 0": _with_other(
                lambda X, W: torch.einsum("oc,chw->ohw", W.flip(1), X)
            ),
            "only the last input channel is in the result: add up all of them": _with_other(
                lambda X, W: W[:, -1, None, None] * X[-1]
            ),
            "only the first input channel is in the result: add up all of them": _with_other(
                lambda X, W: W[:, 0, None, None] * X[0]
            ),
            "only the first kernel is used, and the output channels are missing": lambda X, K, bias, stride: _layer(
                X, K[:1], bias[:1], stride
            )[0],
            "only the first kernel is used: there's one output channel for each kernel": lambda X, K, bias, stride: _layer(
                X, K[:1], bias[:1], stride
            ),
            "every output channel comes from the first kernel": _with_other(
                lambda X, W: torch.einsum("c,chw->hw", W[0], X).repeat(len(W), 1, 1)
            ),
            "only output channel 0 is filled in: does the loop end too early?": lambda X, K, bias, stride: _filled(
                _layer(X, K, bias, stride)
            ),
            "the other output channels hold nothing but the bias: does the loop end too early?": _with_other(
                lambda X, W: _only(X, W, 0)
            ),
            "there's no ReLU in this layer: negative outputs stay negative": lambda X, K, bias, stride: _layer(
                X, K, bias, stride
            ).relu(),
            "this gives the input back": lambda X, K, bias, stride: X,
        },
        hints=[
            "Without its two axes of size 1, the kernel is a (c_o, c_i) matrix.",
            "With stride s, only the outputs at every s-th row and column are computed. Which pixels of X do they read?",
            "Choose these pixels first. The rest is a matrix product as in the lesson, and a bias for each of its rows.",
        ],
        praise="Right for all strides: a 1×1 layer with stride s is the layer without stride on every s-th pixel.",
    ),
    "5.4": Choice(
        test=_larger_of_two,
        hints=[
            "Start with the two layers that computed XOR. What do they output if a and b are any numbers?",
            "The larger value is a plus something that is 0 unless b is larger than a. And since a ≥ 0, relu(a) is a.",
            "One middle channel holds a. The other holds how much larger b is, if it's larger at all. Then add the two.",
        ],
        praise="max(a, b) = relu(a) + relu(b − a). A single 1×1 layer can't do that, however you choose its weights.",
    ),
    "5.5": Function(
        reference=_dense,
        cases=_batches,
        errors=ERRORS,
        otherwise=only_where(
            {
                "there are several images": lambda X, K: len(X) > 1,
                "there are several output channels": lambda X, K: len(K) > 1,
                "there are several images and several output channels": lambda X, K: len(X) > 1 and len(K) > 1,
                "the image isn't square": lambda X, K: X.shape[2] != X.shape[3],
                "the image has more than one row": lambda X, K: X.shape[2] > 1,
            }
        ),
        mistakes={
            "the samples are right, but each row of outputs is still a pixel: reshape doesn't move the channels": _back(
                lambda outputs, n, h, w: outputs.reshape(n, -1, h, w)
            ),
            "right for one image; with several, each row of the transposed outputs holds the pixels of all images": _back(
                lambda outputs, n, h, w: outputs.T.reshape(n, -1, h, w)
            ),
            "the output channels come before the images: the shape should be (n, c_o, h, w)": _back(
                lambda outputs, n, h, w: outputs.T.reshape(-1, n, h, w)
            ),
            "the channels are still last: the shape should be (n, c_o, h, w)": _back(
                lambda outputs, n, h, w: outputs.reshape(n, h, w, -1)
            ),
            **{
                f"the axes are in the wrong order: from (n, h, w, c_o), you move them to {named}": _back(
                    lambda outputs, n, h, w, order=order: outputs.reshape(n, h, w, -1).permute(order)
                )
                for order, named in (
                    ((0, 2, 3, 1), "(n, w, c_o, h)"),
                    ((0, 1, 3, 2), "(n, h, c_o, w)"),
                    ((0, 2, 1, 3), "(n, w, h, c_o)"),
                )
            },
            "the images of the batch are in the opposite order": lambda X, K: _dense(X, K).flip(0),
            "the output is still a matrix with a pixel in each row": _rows,
            "the output is still a matrix with a channel in each row": lambda X, K: _rows(X, K).T,
            "height and width are swapped": _back(
                lambda outputs, n, h, w: outputs.reshape(n, h, w, -1).permute(0, 3, 2, 1)
            ),
            "the pixels are cut into rows of the wrong length: in the reshape, h comes before w": (
                lambda X, K: _swapped(_dense(X, K))
            ),
            "the outputs are split into (w, h) instead of (h, w) before the axes are moved": _back(
                lambda outputs, n, h, w: outputs.reshape(n, w, h, -1).permute(0, 3, 2, 1)
            ),
            "the way back is right now, but a row of samples isn't a pixel anymore: permute X first": lambda X, K: (
                (X.reshape(-1, X.shape[1]) @ K[:, :, 0, 0].T).reshape(len(X), *X.shape[2:], len(K)).permute(0, 3, 1, 2)
            ),
            "neither reshape moves an axis: the channels must go last before the product and to axis 1 again after it": (
                lambda X, K: (X.reshape(-1, X.shape[1]) @ K[:, :, 0, 0].T).reshape(len(X), -1, *X.shape[2:])
            ),
            "X is permuted to (n, w, h, c) instead of (n, h, w, c), and each row of outputs is still a pixel": (
                lambda X, K: _rows(X.transpose(2, 3), K).reshape(len(X), -1, *X.shape[2:])
            ),
            "the weights aren't transposed: each row of samples must meet the weights of one output channel": lambda X, K: (
                X.permute(0, 2, 3, 1) @ K[:, :, 0, 0]
            ).permute(0, 3, 1, 2),
            "every output channel comes from the first kernel": lambda X, K: _dense(X, K[:1]).repeat(1, len(K), 1, 1),
            "only the first output channel is there": lambda X, K: _dense(X, K[:1]),
            "the output channels are in the opposite order": lambda X, K: _dense(X, K.flip(0)),
            "only the first image of the batch is there": lambda X, K: _dense(X[:1], K),
            "the images of the batch are added up": lambda X, K: _dense(X, K).sum(0),
            "the output has an axis too many": lambda X, K: _dense(X, K)[None],
            "this is the mean over the output channels: each of them should be there": lambda X, K: _dense(X, K).mean(
                1, keepdim=True
            ),
        },
        hints=[
            "What's in a row of `samples`, and what's in a row of `outputs`? Print the shapes.",
            "`outputs` has a row for each pixel of each image. Which four axes can you split these rows and columns into?",
            "Give images, rows, columns, and channels an axis each. Only then move the channels.",
        ],
        praise="The channels go last before the product and to axis 1 after it, and reshape does neither of the two.",
    ),
}
