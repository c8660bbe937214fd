"""Exercises of lesson 04, channels."""

import functools
import math
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import combinations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from .._language import say, spoken
from ..ops.correlation import corr2d, corr2d_multi_in_out
from ._clues import clues, exactly
from ._comparing import as_tensor
from ._kinds import Choice, Function, Outcome, Value

GRAYS = {"black": (0.0, 0.0, 0.0), "gray": (0.5, 0.5, 0.5), "white": (1.0, 1.0, 1.0)}
PURE = {"red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0), "blue": (0.0, 0.0, 1.0)}
ROUNDED = 2e-3  # of the largest weight


def _parameters(layer: nn.Module) -> int:
    return sum(parameter.numel() for parameter in layer.parameters())


def _multiply_adds(layer: nn.Module, *input_shape: int) -> int:
    with FlopCounterMode(display=False) as counter:
        layer(torch.zeros(input_shape))
    return counter.get_total_flops() // 2


@functools.cache
def _products() -> int:
    return _multiply_adds(nn.Conv2d(8, 16, kernel_size=3), 1, 8, 10, 12)


# A number that is a product: each slip changes some factors, and two slips can come together.


def _slips(count: Callable[..., float], slips: Mapping[str, Mapping], *but: float) -> dict[str, Callable[[], float]]:
    """Diagnosis → value, for each slip and each pair of slips that change different factors, `but` no pair with these."""
    single = {slip: count(**factors) for slip, factors in slips.items()}
    pairs = {
        say("{0}; besides, {1}", a, b): count(**slips[a], **slips[b])
        for a, b in combinations(slips, 2)
        if not set(slips[a]) & set(slips[b])
    }
    often = Counter(pairs.values())
    taken = {count(), *single.values(), *but}
    clear = {slip: value for slip, value in pairs.items() if often[value] == 1 and value not in taken}
    return {slip: (lambda value=value: value) for slip, value in (single | clear).items()}


def _count_parameters(c_o=32, c_i=16, k=5 * 5, biases=32) -> float:
    return c_o * c_i * k + biases


PARAMETER_SLIPS = {
    "these are the weights; there is also a bias for each output channel": {"biases": 0},
    "there is one bias for each output channel, not for each input channel": {"biases": 16},
    "there is one bias for each output channel, not one for the whole layer": {"biases": 1},
    "there is one bias for each output channel, not for each pair of channels": {"biases": 16 * 32},
    "only output channels have a bias, input channels don't": {"biases": 16 + 32},
    "each output channel has one bias, not two": {"biases": 64},
    "the biases are parameters, too: add them, don't subtract them": {"biases": -32},
    "each kernel has a slice for each of the 16 input channels": {"c_i": 1},
    "this is one kernel with its bias; there is one for each output channel": {"c_o": 1, "biases": 1},
    "the kernels of all output channels have weights of their own": {"c_o": 1},
    "a slice of size 5 has 5·5 weights, not 5": {"k": 5},
    "a slice of size 5 has 5·5 weights, not 5 + 5": {"k": 10},
    "each pair of an input and an output channel has a slice, so the channels multiply; they don't add up": {
        "c_o": 16 + 32,
        "c_i": 1,
    },
}


def _count_products(c_o=16, c_i=8, k=3 * 3, h=8, w=10, extra=0, times=1) -> float:
    return times * (c_o * c_i * k * h * w + extra)


PRODUCT_SLIPS = {
    "without padding the output is smaller than the input: count the output's elements": {"h": 10, "w": 12},
    "an axis of n pixels has one stop more than n − k": {"h": 7, "w": 9},
    "an axis of n pixels has n − k + 1 stops, one less than here": {"h": 9, "w": 11},
    "the output isn't square: count its columns, too, not its rows twice": {"w": 8},
    "the output isn't square: count its rows, too, not its columns twice": {"h": 10},
    "each output element reads its window in all 8 input channels": {"c_i": 1},
    "there are 16 output channels, and each takes the same number": {"c_o": 1},
    "these are the weights: each is used once at every stop of the window": {"h": 1, "w": 1},
    "a slice of size 3 has 3·3 weights, not 3": {"k": 3},
    "a slice of size 3 has 3·3 weights, not 3 + 3": {"k": 6},
    "at each stop, a slice multiplies all its 3·3 weights": {"k": 1},
    "channels multiply: either they're added here, or the 8 are missing and the input's pixels are counted": {
        "c_o": 16 + 8,
        "c_i": 1,
    },
    "a bias is only added, so it costs no multiplication": {"extra": 16 * 80},
    "a multiplication and its addition count as one multiply-add": {"times": 2},
    "each product is one multiplication, so nothing has to be halved": {"times": 0.5},
}


def _axes(got: Tensor) -> str:
    """Which axes of a weight's shape are wrong."""
    right = (7, 5, 3, 2)
    counts = ("output channels", "input channels", "rows of the kernel", "columns of the kernel")
    wrong = [i for i in range(4) if got[i] != right[i]]
    known = "the four numbers are right, their order isn't" if sorted(got.tolist()) == sorted(right) else ""
    return known or say("; ").join(say("axis {0} counts the {1}, and not {2:g}", i, counts[i], got[i]) for i in wrong)


# Channels last


def _last(X: Tensor, K: Tensor) -> Tensor:
    return F.conv2d(X.permute(2, 0, 1)[None], K.permute(3, 2, 0, 1))[0].permute(1, 2, 0)


def _last_by(image: Callable, kernels: Callable, back: Callable = lambda Y: Y.permute(1, 2, 0)) -> Callable:
    """A version that moves the axes in its own way."""
    return lambda X, K: back(corr2d_multi_in_out(image(X), kernels(K)))


def _first(X: Tensor) -> Tensor:
    return X.permute(2, 0, 1)


def _kernels_first(K: Tensor) -> Tensor:
    return K.permute(3, 2, 0, 1)


def _reshaped(X: Tensor) -> Tensor:
    return X.reshape(X.shape[2], *X.shape[:2])


def _kernels_reshaped(K: Tensor) -> Tensor:
    return K.reshape(K.shape[3], K.shape[2], *K.shape[:2])


def _each_slice(X: Tensor, K: Tensor) -> Tensor:
    """The sum over the input channels left out: (H', W', c_i, c_o)."""
    maps = [torch.stack([corr2d(x, k) for x, k in zip(_first(X), kernel, strict=True)]) for kernel in _kernels_first(K)]
    return torch.stack(maps).permute(2, 3, 1, 0)


def _last_cases(generator: torch.Generator) -> list[tuple]:
    shapes = [
        ((2, 2, 1), (1, 1, 1, 2)),
        ((2, 3, 2), (1, 2, 2, 1)),
        ((3, 3, 2), (2, 2, 2, 2)),
        ((5, 4, 3), (3, 2, 3, 4)),
        ((4, 6, 3), (2, 3, 3, 2)),
        ((4, 3, 3), (2, 1, 3, 3)),
        ((3, 2, 1), (2, 1, 1, 1)),
    ]
    return [
        tuple(torch.randn(size, generator=generator, dtype=torch.float64).float() for size in sizes) for sizes in shapes
    ]


def _is_reordered(outcome: Outcome) -> bool:
    """Whether a result has the right values in other places."""
    got = as_tensor(outcome.got)
    if got is None or got.dim() != 3 or got.numel() != outcome.expected.numel():
        return False
    return torch.allclose(got.double().flatten().sort()[0], outcome.expected.flatten().sort()[0], atol=1e-5)


def _axis_lost(axis: int) -> Callable[[Outcome], bool]:
    """Whether a result has the right shape, only without this axis."""
    return lambda o: tuple(getattr(o.got, "shape", ())) == (*o.expected.shape[:axis], *o.expected.shape[axis + 1 :])


def _sides_wrong(rows: int, columns: int) -> Callable[[Outcome], bool]:
    """Whether exactly the axes of rows and columns have a wrong length."""

    def seen(outcome: Outcome) -> bool:
        got, expected = getattr(outcome.got, "shape", ()), outcome.expected.shape
        wrong = {i for i in range(3) if len(got) == 3 and got[i] != expected[i]}
        return bool(wrong) and wrong <= {rows, columns}

    return seen


def _wrong_channels(axis: int) -> Callable[[Outcome], bool]:
    """Whether the number of output channels, on that axis, is wrong."""
    return lambda o: len(getattr(o.got, "shape", ())) == 3 and o.got.shape[axis] != o.expected.shape[axis]


def _off_by_channel(axis: int) -> Callable[[Outcome], bool]:
    """Whether each output channel, on that axis, is off by one amount."""

    def seen(outcome: Outcome) -> bool:
        got = as_tensor(outcome.got)
        if got is None or got.shape != outcome.expected.shape:
            return False
        off = (got.double() - outcome.expected).movedim(axis, 0).flatten(1)
        return torch.allclose(off, off[:, :1].expand(off.shape), atol=1e-5)

    return seen


def _kernel_not_square(outcome: Outcome) -> bool:
    return outcome.case[1].shape[0] != outcome.case[1].shape[1]


def _shares_channel(outcome: Outcome) -> bool:
    """Whether the first output channel, on axis 0, is right and others aren't."""
    got = as_tensor(outcome.got)
    same = got is not None and got.shape == outcome.expected.shape and len(got) > 1
    return same and torch.allclose(got[0].double(), outcome.expected[0], atol=1e-5)


# A color


def _half_as_blue(weights) -> str:
    """Whether these weights of a 1×1 kernel give 0 for gray and respond to red twice as strongly as to blue."""
    values = as_tensor(weights)
    if values is None:
        return "give three numbers, the weights for red, green, and blue"
    values = values.double().flatten()
    if values.shape != (3,):
        return say("give three weights, one each for red, green, and blue; your answer has {0}", values.numel())
    if not values.isfinite().all():
        return "each weight must be a finite number"
    if not values.any():
        return "if all weights are 0, the kernel doesn't respond to red either"
    kernel = values.reshape(1, 3, 1, 1)
    responses = {
        name: F.conv2d(torch.tensor(color, dtype=torch.float64).reshape(1, 3, 1, 1), kernel).item()
        for name, color in (GRAYS | PURE).items()
    }
    seen = say(", ").join(say("{0} {1:g}", name, round(response, 4) + 0.0) for name, response in responses.items())
    allowed = ROUNDED * values.abs().max().item() + 1e-12
    red, half_off = responses["red"], responses["blue"] - responses["red"] / 2
    lines = []
    if abs(responses["white"]) > allowed:
        lines.append("the response to gray and white must be 0: what must the three weights add up to?")
    if red <= 0:
        lines.append("the response to pure red must be positive")
    elif abs(half_off) > allowed:
        lines.append(
            say("the response to pure blue must be half of that to pure red, {0:g}{1}", red / 2, _order(responses))
        )
    return "\n".join([*map(spoken, lines), say("({0})", seen)]) if lines else ""


def _order(responses: Mapping[str, float]) -> str:
    red, green, blue = (responses[name] for name in PURE)
    if math.isclose(green, red / 2, rel_tol=1e-3):
        return ": green has what blue should have; the order is red, green, blue"
    if math.isclose(blue, 2 * red, rel_tol=1e-3):
        return ", not twice as large; is the order red, green, blue?"
    return ", and positive, too" if blue <= 0 else ""


# A total


def _layer(X: Tensor, K: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(X[None], K, bias)[0]


def _layer_cases(generator: torch.Generator) -> list[tuple]:
    shapes = [((2, 2, 2), (2, 2, 1, 1)), ((1, 3, 2), (3, 1, 2, 1)), ((3, 4, 5), (2, 3, 2, 3)), ((2, 5, 4), (4, 2, 3, 2))]
    shapes += [((3, 3, 3), (1, 3, 2, 2)), ((1, 4, 3), (1, 1, 2, 2))]
    return [
        tuple(torch.randn(size, generator=generator, dtype=torch.float64).float() for size in (image, kernel, kernel[:1]))
        for image, kernel in shapes
    ]


def _sums(X: Tensor, K: Tensor) -> Tensor:
    return corr2d_multi_in_out(X, K)


def _column(values: Tensor) -> Tensor:
    return values[:, None, None]


TOTALS: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "both bugs are still there: the total is never reset, and the bias is added once for each input channel": (
        lambda X, K, bias: (_sums(X, K) + len(X) * _column(bias)).cumsum(0)
    ),
    "the total is reset now, but the bias is still added once for each input channel": lambda X, K, bias: (
        _sums(X, K) + len(X) * _column(bias)
    ),
    "each output channel still contains the ones before it; the bias is right now": lambda X, K, bias: (
        _sums(X, K).cumsum(0) + _column(bias)
    ),
    "each output channel still contains the ones before it, with their biases": lambda X, K, bias: (
        _sums(X, K) + _column(bias)
    ).cumsum(0),
    "the bias is missing": lambda X, K, bias: _sums(X, K),
    "each output channel still contains the ones before it, and the bias is missing": lambda X, K, bias: _sums(X, K).cumsum(
        0
    ),
    "each kernel has its own bias; here all get the first one's": lambda X, K, bias: _sums(X, K) + bias[0],
    "each kernel has its own bias; here all get the last one's": lambda X, K, bias: _sums(X, K) + bias[-1],
    "each kernel has its own bias; here every channel gets all of them": lambda X, K, bias: _sums(X, K) + bias.sum(),
    "a bias is added once more for each input channel: once for each kernel is enough": lambda X, K, bias: (
        _sums(X, K) + (len(X) + 1) * _column(bias)
    ),
    "each kernel has its own bias; here every channel gets the mean of all": lambda X, K, bias: _sums(X, K) + bias.mean(),
    "here the biases meet the columns of the output; each belongs to a whole output channel": lambda X, K, bias: (
        _sums(X, K) + bias
    ),
    "the biases of the kernels before are still added, too": lambda X, K, bias: _sums(X, K) + _column(bias.cumsum(0)),
    "the output has a batch axis that X doesn't have": lambda X, K, bias: (_sums(X, K) + _column(bias))[None],
    "the bias is subtracted": lambda X, K, bias: _sums(X, K) - _column(bias),
    "the bias is added to each sum of products twice": lambda X, K, bias: _sums(X, K) + 2 * _column(bias),
    "only the last input channel is in the sum": lambda X, K, bias: _sums(X[-1:], K[:, -1:]) + _column(bias),
    "only the last input channel is in the sum, and the bias is missing": lambda X, K, bias: _sums(X[-1:], K[:, -1:]),
    "only the first input channel is in the sum": lambda X, K, bias: _sums(X[:1], K[:, :1]) + _column(bias),
    "the first input channel is added twice": lambda X, K, bias: _sums(X, K) + _sums(X[:1], K[:, :1]) + _column(bias),
    "the output channels are added together; stack them": lambda X, K, bias: (_sums(X, K) + _column(bias)).sum(0),
    "the output channels are concatenated along the rows; stack them along a new axis": lambda X, K, bias: (
        _sums(X, K) + _column(bias)
    ).flatten(0, 1),
    "all the output channels are the last one: the list holds one tensor several times": lambda X, K, bias: (
        _sums(X, K)[-1:] + bias[-1]
    ).expand(len(K), -1, -1),
    "all output channels are the same tensor, because += changes it in place": lambda X, K, bias: (
        (_sums(X, K) + _column(bias)).sum(0).expand(len(K), -1, -1)
    ),
    "only the first output channel comes back: is the return inside the loop?": lambda X, K, bias: (
        _sums(X, K[:1]) + bias[0]
    ),
    "only the last output channel is left: is the list emptied for each kernel?": lambda X, K, bias: (
        _sums(X, K[-1:]) + bias[-1]
    ),
    "each partial sum is kept as an output channel: keep the total once for each kernel": lambda X, K, bias: torch.stack(
        [part + b for kernel, b in zip(K, bias, strict=True) for part in _partial(X, kernel)]
    ),
    "each partial sum is kept, too, with one more bias each: keep the total once for each kernel": (
        lambda X, K, bias: torch.stack(
            [part + (i + 1) * b for kernel, b in zip(K, bias, strict=True) for i, part in enumerate(_partial(X, kernel))]
        )
    ),
    "the total is divided, but it has to start at 0 for each kernel": lambda X, K, bias: (
        _sums(X, K).cumsum(0) / _column(torch.arange(1.0, len(K) + 1)) + _column(bias)
    ),
    "channels 0 and 1 are right; from channel 2 on, an output channel still contains channels before it": (
        lambda X, K, bias: _less_first(_sums(X, K).cumsum(0)) + _column(bias)
    ),
    "the kernel is flipped; neither PyTorch nor this course flips it": lambda X, K, bias: (
        _sums(X, K.flip(2, 3)) + _column(bias)
    ),
    "each slice of a kernel belongs to the input channel with its index": lambda X, K, bias: (
        _sums(X, K.flip(1)) + _column(bias)
    ),
    "the input channels are averaged; a convolution adds them": lambda X, K, bias: _sums(X, K) / len(X) + _column(bias),
    "the loops are exchanged: there must be one sum for each kernel, not for each input channel (with the last bias)": (
        lambda X, K, bias: _sums_by_input(X, K) + bias[-1]
    ),
    "the loops are exchanged: there must be one sum for each kernel, not for each input channel": (
        lambda X, K, bias: _sums_by_input(X, K)
    ),
    "the loops are exchanged: there must be one sum for each kernel, not for each input channel (with all biases)": (
        lambda X, K, bias: _sums_by_input(X, K) + bias.sum()
    ),
}


def _partial(X: Tensor, kernel: Tensor) -> Tensor:
    """The sum after each input channel."""
    return torch.stack([corr2d(x, k) for x, k in zip(X, kernel, strict=True)]).cumsum(0)


def _less_first(Y: Tensor) -> Tensor:
    return torch.cat([Y[:1], Y[1:] - Y[:1]])


def _sums_by_input(X: Tensor, K: Tensor) -> Tensor:
    return torch.stack([sum(corr2d(x, kernel[c]) for kernel in K) for c, x in enumerate(X)])


CHANNEL_CLUES: Mapping[str, Callable[[Outcome], bool]] = {
    "each output channel is off by one amount of its own: is its own bias added, and once?": _off_by_channel(0),
    "the output has one axis too few: stack the output channels along a new first axis": _axis_lost(0),
    "output channel 0 is right, the others aren't: does something of one kernel reach the next?": _shares_channel,
    "the output has the wrong number of channels: one for each kernel": _wrong_channels(0),
    "each output channel has the wrong number of rows or columns: without padding, n − k + 1": _sides_wrong(1, 2),
    "each of the values is there, but in another place": _is_reordered,
    "only cases with several input channels are wrong": (lambda o: len(o.case[0]) > 1),
    "only cases with several kernels are wrong": lambda o: len(o.case[1]) > 1,
}

EXERCISES = {
    "4.1": Value(
        reference=lambda: tuple(nn.Conv2d(5, 7, kernel_size=(3, 2)).weight.shape),
        mistakes={
            "output channels come first: (c_o, c_i, h, w)": lambda: (5, 7, 3, 2),
            "kernel_size is (height, width), and so are the last two axes": lambda: (7, 5, 2, 3),
            "both pairs are in the wrong order: output channels come first, and height comes before width": lambda: (
                5,
                7,
                2,
                3,
            ),
            "in a weight, the two channel axes come first": lambda: (3, 2, 5, 7),
            "the two channel axes come first in a weight, output channels before input channels": lambda: (3, 2, 7, 5),
            "the input channels come second: weight[o] is one kernel, a stack of slices": lambda: (7, 3, 2, 5),
            "each of the 7 kernels has a slice for each of the 5 input channels": lambda: (7, 3, 2),
            "there are 7 kernels, one for each output channel": lambda: (5, 3, 2),
            "this is a single slice; how many are there in a kernel, and how many kernels?": lambda: (3, 2),
            "a weight has no batch axis": lambda: (1, 7, 5, 3, 2),
            "the kernel isn't square: kernel_size=(3, 2) means 3 rows and 2 columns": lambda: (7, 5, 3, 3),
            "the kernel isn't square: kernel_size=(3, 2) means 3 rows, 2 columns": lambda: (7, 5, 2, 2),
            "rows and columns are two axes: don't multiply them": lambda: (7, 5, 6),
            "this is the number of weights, not the shape": lambda: 7 * 5 * 3 * 2,
            "this is the number of parameters, not the shape of the weight": lambda: 7 * 5 * 3 * 2 + 7,
            "this is the number of axes; how long is each?": lambda: 4,
            "this is the shape of the bias": lambda: 7,
            "these are the channels alone; each pair of them has a slice with rows and columns": lambda: (7, 5),
            "this is the weight itself; its shape is asked": lambda: torch.zeros(7, 5, 3, 2),
        },
        otherwise=_axes,
        hints=[
            "How many kernels are there, and how many slices does each have?",
            "All the kernels come first, then the slices of one kernel, then the rows and columns of one slice.",
        ],
        praise="7 kernels, each a block of 5 slices with 3 rows and 2 columns.",
    ),
    "4.2": Value(
        reference=lambda: _parameters(nn.Conv2d(16, 32, kernel_size=5)),
        mistakes=_slips(_count_parameters, PARAMETER_SLIPS)
        | {
            "this is the shape of the weight; how many weights are in it?": lambda: (32, 16, 5, 5),
            "give one number: the weights and the biases together": lambda: (12800, 32),
            "a comma makes two numbers in Python: write one thousand as 1000 or 1_000": lambda: (12, 832),
            "a comma makes two numbers in Python, and the biases are missing": lambda: (12, 800),
            "these are the two tensors; count the numbers in them": lambda: 2,
            "this is the memory in bytes; count the parameters": lambda: 4 * 12832,
            "these are the parameters of the layer in the text, nn.Conv2d(3, 64, kernel_size=3)": lambda: 1792,
            "a layer with kernels has parameters": lambda: 0,
            "these are the biases alone": lambda: 32,
        },
        otherwise=lambda got: _unlikely_count(got.item(), 12832),
        hints=[
            "First the weights: the product of the four axes.",
            "Each kernel has 16 slices of 5·5 weights, and each kernel comes with a bias.",
        ],
        praise="32·16·5·5 weights and 32 biases, whatever the size of the image.",
    ),
    "4.3": Value(
        prepare=_products,  # the first count of a process loads modules for seconds
        reference=_products,
        mistakes={
            "this is the number of elements in the output; how many products is each the sum of?": lambda: 16 * 8 * 10,
            "this is the number of stops; at each, every weight of every kernel multiplies": lambda: 8 * 10,
            "these are the products for one element of the output": lambda: 8 * 9,
            "these are the parameters; each weight is used at every stop, and a bias is only added": lambda: (
                16 * 8 * 9 + 16
            ),
            "this is the shape of the output": lambda: (16, 8, 10),
            "a comma makes two numbers in Python: write one thousand as 1000 or 1_000": lambda: (92, 160),
        }
        | _slips(_count_products, PRODUCT_SLIPS, 16 * 8 * 10, 8 * 10, 8 * 9, 16 * 8 * 9 + 16),
        otherwise=lambda got: _unlikely_count(got.item(), 92160),
        hints=[
            "How many elements does the output have in all channels, and how many multiplications does each take?",
            "Without padding, 10 rows and 12 columns leave fewer stops. Each element sums over all input channels.",
        ],
        praise="16·8·10 = 1,280 elements with 8·9 = 72 multiply-adds each: 92,160.",
    ),
    "4.4": Function(
        reference=exactly(_last),
        cases=_last_cases,
        mistakes={
            "the output still has its channels first; move them back to the last axis": _last_by(
                _first, _kernels_first, lambda Y: Y
            ),
            "reshape doesn't move an axis, it cuts the values of X up differently: permute": _last_by(
                _reshaped, _kernels_first
            ),
            "reshape doesn't move an axis, it cuts the values of K up differently: permute": _last_by(
                _first, _kernels_reshaped
            ),
            "reshape doesn't move an axis, it cuts the values of X and K up differently: permute": _last_by(
                _reshaped, _kernels_reshaped
            ),
            "reshape doesn't move the output's channels to the end, it cuts the values up differently: permute": _last_by(
                _first, _kernels_first, lambda Y: Y.reshape(*Y.shape[1:], len(Y))
            ),
            "none of the three reshapes moves an axis, they cut the values up differently: permute": _last_by(
                _reshaped, _kernels_reshaped, lambda Y: Y.reshape(*Y.shape[1:], len(Y))
            ),
            "the axes of K are (h, w, c_i, c_o): the output channels are the last of them": _last_by(
                _first, lambda K: K.permute(2, 3, 0, 1)
            ),
            "the axes of K are (h, w, c_i, c_o): the output channels are the last (and the output's, too)": _last_by(
                _first, lambda K: K.permute(2, 3, 0, 1), lambda Y: Y
            ),
            "rows and columns of the kernels are exchanged, or those of X and of the output": _last_by(
                _first, lambda K: K.permute(3, 2, 1, 0)
            ),
            "rows and columns of X are exchanged": _last_by(lambda X: X.permute(2, 1, 0), _kernels_first),
            "rows and columns of the output are exchanged": _last_by(_first, _kernels_first, lambda Y: Y.permute(2, 1, 0)),
            "the rows of the output come last; the order is (rows, columns, channels)": _last_by(
                _first, _kernels_first, lambda Y: Y.permute(2, 0, 1)
            ),
            "the sum over the input channels is missing": _each_slice,
            "the sum over the input channels is missing, and their axis comes last": lambda X, K: _each_slice(
                X, K
            ).transpose(2, 3),
            "the output channels are added, too: each kernel makes its own channel": lambda X, K: _last(X, K).sum(-1),
            "only the first kernel is used": lambda X, K: _last(X, K[..., :1]),
            "only the first kernel is used, and the channel axis is missing": lambda X, K: _last(X, K[..., :1])[..., 0],
            "only the first input channel is read": lambda X, K: _last(X[..., :1], K[:, :, :1]),
            "only the last input channel is read": lambda X, K: _last(X[..., -1:], K[:, :, -1:]),
            "the input channels are averaged; a convolution adds them": lambda X, K: _last(X, K) / X.shape[2],
            "the channels are added before they meet their slices; multiply first": lambda X, K: _last(
                X.sum(2, keepdim=True), K.sum(2, keepdim=True)
            ),
            "each slice belongs to the input channel with its index; here their order is reversed": lambda X, K: _last(
                X, K.flip(2)
            ),
            "the kernels are flipped; a cross-correlation doesn't flip them": lambda X, K: _last(X, K.flip(0, 1)),
            "each output channel still contains the ones before it": lambda X, K: _last(X, K).cumsum(-1),
            "the output channels are in the opposite order": lambda X, K: _last(X, K).flip(-1),
            "the output has a batch axis that X doesn't have": lambda X, K: _last(X, K)[None],
            "the output has a batch axis that X doesn't have, and its channels come first": lambda X, K: _last(
                X, K
            ).permute(2, 0, 1)[None],
            "X and K are read as if their channels came first": corr2d_multi_in_out,
            "X is moved, but K is still read as if its channels came first": _last_by(_first, lambda K: K),
            "K is moved, but X is still read as if its channels came first": _last_by(lambda X: X, _kernels_first),
            "one row and one column are missing: there are n − k + 1 stops along an axis": lambda X, K: _last(X, K)[
                :-1, :-1
            ],
        },
        otherwise=clues(
            {
                "each value of the output is there, but in another place: one of the axes was moved wrongly": _is_reordered,
                "the output has no channel axis; it must be (H', W', c_o)": _axis_lost(2),
                "the output's height or width is wrong: without padding, it's n − k + 1": _sides_wrong(0, 1),
                "each output channel is off by one amount of its own: is a bias added?": _off_by_channel(2),
                "the output must have one channel for each kernel, and K's last axis counts the kernels": _wrong_channels(
                    2
                ),
                "the result has 4 axes: add up the products of each window, over all input channels": lambda o: (
                    len(getattr(o.got, "shape", ())) == 4
                ),
                "only cases whose kernel isn't square are wrong: are its rows and columns exchanged?": _kernel_not_square,
                "only cases with several input channels are wrong": (lambda o: o.case[0].shape[2] > 1),
                "only cases with several kernels are wrong": (lambda o: o.case[1].shape[3] > 1),
            },
            here={
                "in this case, the number of channels is wrong: one for each kernel, which K's last axis counts": (
                    _wrong_channels(2)
                ),
                "in this case, the height or the width is wrong: without padding, it's n − k + 1": _sides_wrong(0, 1),
            },
        ),
        hints=[
            "The functions of this lesson want the channels first. Which axes of X and K have to move where?",
            "permute takes the old axes in their new order. For an image, permute(2, 0, 1) puts the channels first.",
            "In K, the last axis has to come first, then the third. In the output, the first axis has to come last.",
        ],
        praise="Only the order of the axes is different: the sum runs over c_i, and c_o stays, now as the last axis.",
    ),
    "4.5": Choice(
        test=_half_as_blue,
        hints=[
            "White is (1, 1, 1), so the response to it is the sum of the three weights. Pure red gives the first alone.",
            "Choose the weight for red and take half of it for blue. Which weight for green makes the sum 0?",
        ],
        praise="Pure red gives the first weight and pure blue the third; green has to cancel both, so that gray gives 0.",
    ),
    "4.6": Function(
        reference=exactly(_layer),
        cases=_layer_cases,
        mistakes=TOTALS,
        otherwise=clues(
            CHANNEL_CLUES,
            here={"in this case, the number of output channels is wrong: one for each kernel": _wrong_channels(0)},
        ),
        hints=[
            "Try one input channel and two kernels, then two input channels and one kernel. Each shows one bug.",
            "What does output channel 1 contain besides its own sum? And how often is each bias added?",
            "One line belongs inside the outer loop, and one term belongs outside the inner loop.",
        ],
        praise="The sum starts again at 0 for every output channel, and the bias is added to it once.",
    ),
}


def _unlikely_count(number: float, right: int) -> str:
    """What can be said of a wrong count that no slip explains."""
    if number != round(number) or number < 0:
        return "a count is a positive integer"
    if abs(number - right) <= 0.005 * right:
        return "this is very near: check the arithmetic, and count exactly, without rounding"
    return ""
