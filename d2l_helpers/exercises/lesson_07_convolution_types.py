"""Exercises of lesson 07, kinds of convolution."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._check import shown
from .._language import say
from ._comparing import as_tensor, looks_like
from ._kinds import Choice, Function, Outcome, Value
from ._seen import of_results


def _rows(value: Tensor) -> str:
    """What is wrong with this number of rows, where no known slip gives it."""
    rows = value.item()
    if rows != round(rows):
        return "a number of rows is an integer"
    if rows > 28:
        return "without padding, the output can't have more rows than the input has"
    if rows < 1:
        return "the kernel fits into the image, so there's at least one row of output"
    return (
        "count the rows that the kernel covers, from its first weight to its last, and then in how many rows it can start"
    )


def _weights(*layers: nn.Module) -> int:
    return sum(parameter.numel() for layer in layers for parameter in layer.parameters())


def _separable(c_i: int, c_o: int, k: int, bias: bool = False) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(c_i, c_i, k, groups=c_i, bias=bias), nn.Conv2d(c_i, c_o, 1, bias=bias)


def _number(value: Tensor) -> str:
    """What is wrong with this number of weights, where no known slip gives it."""
    weights = value.item()
    if weights != round(weights) or weights <= 0:
        return "a number of weights is a positive integer"
    if weights < 32 * 64:
        return "that's fewer than the pointwise half alone has; it connects every input channel to every output channel"
    if weights > 32 * 64 * 25:
        return "that's more than the ordinary layer has, and a separable one is meant to save weights"
    return "count each half by itself: how many kernels does it have, how many slices has each, and how large is a slice?"


def _halves(generator: torch.Generator) -> list[tuple]:
    """(K_depth, K_point) in float64, smallest first."""
    return [
        (
            torch.randn(c_i, 1, k, k, generator=generator, dtype=torch.float64),
            torch.randn(c_o, c_i, 1, 1, generator=generator, dtype=torch.float64),
        )
        for c_i, c_o, k in [(1, 1, 2), (2, 1, 2), (1, 3, 2), (2, 3, 2), (3, 2, 3), (3, 3, 3), (4, 4, 1)]
    ]


def _kernel_by_impulses(K_depth: Tensor, K_point: Tensor) -> Tensor:
    """The kernel of a separable layer, read off its outputs for one bright pixel in one channel: (c_o, c_i, k, k)."""
    c_i, _, k, _ = K_depth.shape
    impulses = F.pad(torch.eye(c_i, dtype=K_depth.dtype)[:, :, None, None], (k - 1,) * 4)
    outputs = F.conv2d(F.conv2d(impulses, K_depth, groups=c_i), K_point)
    return outputs.transpose(0, 1).flip(2, 3)


def _then(change: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """The kernel of a separable layer with a change made to it."""
    return lambda K_depth, K_point: change(_kernel_by_impulses(K_depth, K_point))


def _over(side: str) -> Callable[[Tensor, Tensor], Tensor]:
    """The kernel by two loops that both run over c_i, or both over c_o."""

    def kernel(K_depth, K_point):
        n = K_depth.shape[0] if side == "c_i" else K_point.shape[0]
        K = K_depth.new_zeros(n, n, *K_depth.shape[2:])
        for o in range(n):
            for i in range(n):
                K[o, i] = K_point[o, i, 0, 0] * K_depth[i, 0]
        return K

    return kernel


def _only_three(K_depth: Tensor, K_point: Tensor) -> Tensor:
    if K_depth.shape[-1] != 3:
        raise IndexError("the loops run to 3")
    return _kernel_by_impulses(K_depth, K_point)


def _all_but_the_last(K_depth: Tensor, K_point: Tensor) -> Tensor:
    kernel = _kernel_by_impulses(K_depth, K_point)
    kernel[:, -1] = 0
    return kernel


@of_results
def _wrong_slices(outcomes: Sequence[Outcome]) -> str:
    """Which slices of a kernel are wrong, and whether they are multiples of the right depthwise kernels."""
    pairs = [(as_tensor(outcome.got), outcome.expected) for outcome in outcomes]
    if any(got is None or got.dim() != 4 for got, _ in pairs):
        return ""
    for got, expected in pairs:
        if got.shape != expected.shape:
            sizes = say("c_o = {0}, c_i = {1}, and k = {2}", *expected.shape)
            return say("for {0}, the shape is {1}, but should be (c_o, c_i, k, k)", sizes, tuple(got.shape))
    right = [torch.isclose(got.double(), expected).flatten(2).all(2) for got, expected in pairs]  # (c_o, c_i) each
    if all(part[:, 0].all() for part in right) and max(part.shape[1] for part in right) > 1:
        return "the slices for input channel 0 are right, those for other input channels aren't"
    if all(part[0].all() for part in right) and max(part.shape[0] for part in right) > 1:
        return "the slices of output channel 0 are right, those of other output channels aren't"
    multiples = all(_is_multiple(got.double(), expected) for got, expected in pairs)
    return looks_like(pairs) or (
        "each slice is a multiple of the right depthwise kernel, but its factor isn't K_point[output, input]"
        if multiples
        else "the slice of output o and input i must be a multiple of input i's depthwise kernel; some of yours aren't"
    )


def _is_multiple(got: Tensor, expected: Tensor) -> bool:
    """Whether each slice is the right one times a number other than 0."""
    factor = (got * expected).sum((2, 3), keepdim=True) / (expected * expected).sum((2, 3), keepdim=True)
    return torch.allclose(got, factor * expected, rtol=1e-4, atol=1e-6) and bool((factor != 0).all())


def _reads_all(dilations) -> str:
    """Whether three 3×3 layers with these dilations see as far as three layers can without a hole."""
    if not isinstance(dilations, tuple) or len(dilations) != 3:
        return say("give three dilations, e.g. (1, 2, 3); yours is {0}", shown(dilations))
    if not all(isinstance(d, (int, float)) and d == round(d) and d >= 1 for d in dilations):
        return say("a dilation is an integer, 1 or larger; yours are {0}", shown(dilations))
    dilations = tuple(map(int, dilations))
    side = 1 + 2 * sum(dilations)
    if sum(dilations) > 50:
        return say(
            ("there are holes: the field would be {0} pixels wide, but along an axis there are only 3·3·3 paths"), side
        )
    line = torch.zeros(1, 1, side, dtype=torch.float64)
    line[..., side // 2] = 1
    for d in dilations:
        line = F.conv1d(line, torch.ones(1, 1, 3, dtype=torch.float64), padding=d, dilation=d)
    read = line[0, 0, side // 2 :] > 0
    if not read.all():
        missed = int((~read).nonzero()[0])
        why = say("the first pixel that's missed is {0} from the center, and no steps of −d, 0, or d add up to {0}", missed)
        return say("there are holes: along an axis, only {0} of {1} pixels are read; {2}", int((line > 0).sum()), side, why)
    farthest = 3 ** len(dilations)  # so many paths lead to one output, and each can start at a different pixel
    if side < farthest:
        twice = "several paths lead to the same pixel here, and each could lead to another one"
        return say(
            "no holes, but the receptive field is only {0}×{0} pixels; three layers can see farther: {1}", side, twice
        )
    return ""


_STEPS = torch.cartesian_prod(torch.arange(-1.0, 2), torch.arange(-1.0, 2))  # (9, 2): (dy, dx) from the window's center
_NAMES = [f"{row} {column}" for row in ("upper", "middle", "lower") for column in ("left", "center", "right")]


def _becomes_dilation_2(offsets) -> str:
    """Whether these 18 offsets turn a deformable 3×3 convolution into the one with dilation 2."""
    form = "the answer is a tensor of shape (18,), dy and dx for each of the nine positions"
    values = None if isinstance(offsets, (bool, str)) else as_tensor(offsets)
    if values is None:
        return say("{0}; yours is {1}", form, "text" if isinstance(offsets, str) else shown(offsets))
    if values.squeeze().shape != (18,):
        return say("{0}; the shape of yours is {1}", form, tuple(values.shape))
    offsets = values.squeeze().float()
    if not offsets.isfinite().all():
        return "an offset is a finite number"
    if torch.allclose(offsets, _STEPS.flatten(), atol=1e-3):
        return ""
    return _known_offsets(offsets) or _first_wrong_position(offsets)


def _known_offsets(offsets: Tensor) -> str:
    """What these offsets do, where it's a known slip."""
    corners = (_STEPS != 0).all(dim=1, keepdim=True)
    known = {
        "you put dx before dy; for each position, dy comes first": _STEPS.flip(1),
        "you listed all dy, then all dx; they should alternate, dy and dx of one position after the other": _STEPS.T,
        "you listed all dx, then all dy; they should alternate, dy and dx of one position after the other": _STEPS.flip(
            1
        ).T,
        "an offset is counted from where its position already is, not from the center: you made dilation 3": 2 * _STEPS,
        "the wrong direction: now all nine positions read the center": -_STEPS,
        "the spacing is right, but the window has moved down and to the right; its center must stay": _STEPS + 1,
        "the spacing is right, but the window has moved up and to the left; its center must stay": _STEPS - 1,
        "without offsets, this is the ordinary convolution": 0 * _STEPS,
        "each position moves only half as far as it should: this is dilation 1.5": _STEPS / 2,
        "the corners are right, but the positions between them must move outward, too": _STEPS * corners,
        "the positions between the corners are right, but the corners must move outward, too": _STEPS * ~corners,
        "the rows move apart, but the columns don't: dx is 0 everywhere": _STEPS * torch.tensor([1.0, 0]),
        "the columns move apart, but the rows don't: dy is 0 everywhere": _STEPS * torch.tensor([0.0, 1]),
        "the signs are lost: a position above the center moves up, so its dy is negative; likewise for dx": _STEPS.abs(),
        "these are where the dilated window reads, counted from its upper left corner; an offset is the way from where "
        "a position is to where it should read": 2 * (_STEPS + 1),
    }
    named = next((name for name, wrong in known.items() if torch.allclose(offsets, wrong.flatten(), atol=1e-3)), None)
    if not named and torch.allclose(offsets, offsets[:2].repeat(9), atol=1e-3):
        named = (
            "all positions move by the same offset, so the window moves as a whole and its pixels stay next to each other"
        )
    return named or ""


def _first_wrong_position(offsets: Tensor) -> str:
    """The first position that reads in the wrong place."""
    wrong = ~torch.isclose(offsets.reshape(9, 2), _STEPS, atol=1e-3).all(dim=1)
    place = int(wrong.nonzero()[0])
    dy, dx = (_STEPS + offsets.reshape(9, 2))[place].tolist()
    return say(
        (
            "{0} of the nine positions read in the wrong place. The first is the {1} one: it reads at row "
            "{2:+g}, column {3:+g} from the center, and in the dilated window, neighbors are 2 apart"
        ),
        int(wrong.sum()),
        _NAMES[place],
        dy,
        dx,
    )


def _groups(generator: torch.Generator) -> list[tuple]:
    """(X, groups) in float64, smallest first: channels that hold their own numbers, then random ones."""
    sizes = [(4, 2), (6, 2), (6, 3), (8, 2), (9, 3), (12, 4), (12, 3), (5, 1), (5, 5)]
    numbered = [(torch.arange(float(c), dtype=torch.float64).reshape(c, 1, 1), g) for c, g in sizes]
    return numbered + [(torch.randn(c, 2, 3, generator=generator, dtype=torch.float64), g) for c, g in sizes[1:7]]


def _shuffled(X: Tensor, groups: int) -> Tensor:
    """The first channel of each group, then the second of each, and so on."""
    size = X.shape[0] // groups
    return X[[g * size + i for i in range(size) for g in range(groups)]]


@of_results
def _order(outcomes: Sequence[Outcome]) -> str:
    """Which of the input's channels a wrong result lists, in which order."""
    X, groups = outcomes[0].case
    got = as_tensor(outcomes[0].got)
    if got is None or got.dim() != 3:
        return ""
    if got.shape[1:] != X.shape[1:]:
        return say(
            "every channel keeps its {0}×{1} pixels, but yours have {2}×{3}",
            X.shape[1],
            X.shape[2],
            got.shape[1],
            got.shape[2],
        )
    same = torch.isclose(got.double()[:, None], X).flatten(2).all(2)  # (channels of the result, channels of X)
    if not same.any(1).all():
        place = int((~same.any(1)).nonzero()[0])
        return say("output channel {0} isn't one of the input's channels; a shuffle only changes their order", place)
    order = same.int().argmax(1).tolist()
    if sorted(order) != list(range(len(X))):
        lost = sorted(set(range(len(X))) - set(order))
        return say(
            "your output consists of the channels {0}, so {1} ", order, "channel" if len(lost) == 1 else "channels"
        ) + (say("{0} of the input {1} lost", say(", ").join(map(str, lost)), "is" if len(lost) == 1 else "are"))
    size = len(X) // groups
    starts = [g * size for g in range(groups)]
    if order[:groups] == starts and size > 1:
        seconds = [start + 1 for start in starts]
        return say(
            (
                "your output lists the channels {0}; it begins with the first of each group, {1}, but then the "
                "second of each, {2}, must come next, and so on"
            ),
            order,
            starts,
            seconds,
        )
    return say(
        ("your output lists the channels {0}; the groups begin with {1}, and these must come first, in this order"),
        order,
        starts,
    )


def _two_at_a_time(X: Tensor, groups: int) -> Tensor:
    return torch.stack(X.chunk(2), 1).flatten(0, 1)


EXERCISES = {
    "7.1": Value(
        reference=lambda: F.conv2d(torch.zeros(1, 1, 28, 28), torch.zeros(1, 1, 3, 3), dilation=3).shape[2],
        mistakes={
            "this is the size for d = 1; the dilation is missing": lambda: 28 - 3 + 1,
            "either you took the kernel to cover 3·3 rows, or to skip three rows between its weights; with d = 3, it skips "
            "two between two weights, and none after the last": lambda: 28 - 3 * 3 + 1,
            "you subtracted what the kernel covers, but the first stop counts, too": lambda: 28 - (3 * 2 + 1),
            "the gaps alone make 6 rows; from its first weight to its last, the kernel covers one more": lambda: 28 - 6 + 1,
            "this is the input's size, and there's no padding to keep it": lambda: 28,
            "9 rows come from moving the window by 3, or from dividing 28 by 3; but the 3 is the dilation, and the window "
            "still moves by 1": lambda: 9,
            "the covered rows are right, but the 3 isn't the stride, too: the window moves by 1": lambda: 8,
            "this is how many rows the kernel covers; in how many rows can it start?": lambda: 7,
            "this is the number of all output values; the question asks for the rows": lambda: 22 * 22,
            "the kernel's rows are subtracted twice, but it fits into the image as a whole": lambda: 28 - 2 * 7,
            "what the kernel covers beyond one row makes the output smaller, not larger": lambda: 28 + 6,
            "this would be the size for d = 2, or for d = 3 with a padding of 1": lambda: 28 - 2 * 2,
            "the dilation doesn't divide the size: the window still moves by 1": lambda: 28 / 3,
            "the dilation doesn't divide the size, and nothing is rounded up": lambda: 10,
            "the dilation is missing, and so is the first stop": lambda: 28 - 3,
            "a kernel of three weights with spacing 3 covers fewer than 9 rows, and the first stop counts, too": lambda: (
                28 - 9
            ),
            "the answer is the number of rows only": lambda: (22, 22),
            "the answer is the number of rows only, and this is the input's size": lambda: (28, 28),
            "the rows are right, but give their number alone, not the whole shape": lambda: (1, 1, 22, 22),
        },
        otherwise=_rows,
        hints=[
            "How many pixels are there from the kernel's first weight to its last, both included?",
            "Three weights have two gaps, and each step is 3. In how many rows can a window start that covers so many?",
            "The section By hand has a formula for the output size; here the padding is 0 and the stride 1.",
        ],
        praise="The kernel covers 3·2 + 1 = 7 rows, and 28 − 7 + 1 = 22, as for an ordinary 7×7 kernel.",
    ),
    "7.2": Value(
        reference=lambda: _weights(*_separable(32, 64, 5)),
        mistakes={
            "this is what the ordinary layer has, or 800·64: the two halves aren't multiplied by each other": lambda: 51200,
            "this is only the depthwise half; add the pointwise one": lambda: _weights(_separable(32, 64, 5)[0]),
            "this is only the pointwise half; add the depthwise one": lambda: _weights(_separable(32, 64, 5)[1]),
            "the depthwise half has one kernel per input channel, so 32, not 64": lambda: 64 * 25 + 32 * 64,
            "you counted biases, too, and there are none": lambda: _weights(*_separable(32, 64, 5, bias=True)),
            "you counted the biases of the pointwise half, too, and there are none": lambda: 2848 + 64,
            "you counted the biases of the depthwise half, too, and there are none": lambda: 2848 + 32,
            "the weights of the two halves add up; you multiplied them": lambda: 32 * 25 * 32 * 64,
            "a depthwise kernel is 5×5, so it has more than 5 weights": lambda: 32 * 5 + 32 * 64,
            "a kernel of the depthwise half has a single slice, not one for each of the 32 channels": (
                lambda: 32 * 32 * 25 + 32 * 64
            ),
            "each input channel has a depthwise kernel of its own; you counted one for all": lambda: 25 + 32 * 64,
            "each input channel has a depthwise kernel of its own (you counted one for all), and a 5×5 kernel has more "
            "than 5 weights": lambda: 5 + 32 * 64,
            "this is the ratio to the ordinary layer; the question asks for the number of weights": lambda: 1 / 64 + 1 / 25,
            "this is how many times more weights the ordinary layer has, rounded down": lambda: 51200 // 2848,
            "this is how many times more weights the ordinary layer has": lambda: 51200 / 2848,
            "this is how many times more weights the ordinary layer has, rounded": lambda: 18,
            "this is for a 3×3 kernel, and here it's 5×5": lambda: 32 * 9 + 32 * 64,
            "the pointwise half has 1×1 kernels; only the depthwise half is 5×5": lambda: 32 * 25 + 32 * 64 * 25,
            "these are the weights saved; how many are left?": lambda: 51200 - 2848,
            "this is the page's example with 4 channels and a 3×3 kernel": lambda: 52,
            "the pointwise half reads the depthwise half's outputs, and there are 32 of them, not 64": lambda: (
                800 + 64 * 64
            ),
            "the depthwise half keeps 32 channels, so it has 32 kernels, and the pointwise half reads 32": (
                lambda: 64 * 25 + 64 * 64
            ),
            "the pointwise half makes 64 channels out of 32; you counted 32 to 32": lambda: 800 + 32 * 32,
            "a pointwise kernel has one weight for each of the 32 channels it reads; you counted one in all": lambda: (
                800 + 64
            ),
            "a pointwise layer connects each of 32 inputs to each of 64 outputs; you counted only one side": lambda: (
                800 + 32
            ),
            "this is only a depthwise half, and with 64 kernels: there's one per input channel": lambda: 64 * 25,
            "the numbers of channels are swapped: 32 come in, 64 go out": lambda: 64 * 25 + 64 * 32 + 32,
            "the pointwise half has 1×1 kernels, and each reads 32 channels; you counted 5×5 weights for one": (
                lambda: 32 * 25 + 64 * 25
            ),
            "these are the weights of both halves; add them up": lambda: (800, 2048),
            "this is 32·64·5: neither half has 5 weights for each pair of channels": lambda: 32 * 64 * 5,
            "the channels multiply in the pointwise half, they don't add up": lambda: 800 + 32 + 64,
        },
        otherwise=_number,
        hints=[
            "There are two layers. Count the weights of each, and add.",
            "Depthwise: one 5×5 kernel for each of the 32 channels. Pointwise: a 1×1 layer from 32 to 64 channels.",
            "The section What separating saves has a formula for each half.",
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
            "input and output channels are swapped: (c_o, c_i, k, k)": _then(lambda kernel: kernel.transpose(0, 1)),
            "you summed over the input channels; the convolution does that, and the kernel keeps them apart": _then(
                lambda kernel: kernel.sum(1, keepdim=True)
            ),
            "the input channels are summed, but the kernel must keep them apart: the convolution does that sum": _then(
                lambda kernel: kernel.sum(1)
            ),
            "the input channels are summed up, as a convolution with K_point does, but the kernel keeps them apart": _then(
                lambda kernel: kernel.sum(1)[None]
            ),
            "you averaged over the input channels, but the kernel keeps them apart": _then(
                lambda kernel: kernel.mean(1, keepdim=True)
            ),
            "you added the two kernels; one layer after the other multiplies their weights": (
                lambda K_depth, K_point: K_point + K_depth.transpose(0, 1)
            ),
            "the kernel is flipped, but cross-correlation doesn't flip": _then(lambda kernel: kernel.flip(2, 3)),
            "rows and columns of each slice are swapped": _then(lambda kernel: kernel.mT),
            "every input channel has a depthwise kernel of its own; you used the first one for all of them": (
                lambda K_depth, K_point: K_point * K_depth[:1]
            ),
            "each input channel has a weight of its own in K_point; you used those of the first channel for all of them": (
                lambda K_depth, K_point: K_point[:, :1] * K_depth.transpose(0, 1)
            ),
            "each output channel has its own weights in K_point; you used those of the first output for all of them": (
                lambda K_depth, K_point: (K_point[:1] * K_depth.transpose(0, 1)).expand(len(K_point), -1, -1, -1)
            ),
            "K_point is left out: its weights multiply the depthwise kernels": (
                lambda K_depth, K_point: K_depth.transpose(0, 1).expand(len(K_point), -1, -1, -1)
            ),
            "K_depth is left out: the slices are its kernels, multiplied by a weight each": (
                lambda K_depth, K_point: K_point.expand(-1, -1, *K_depth.shape[2:])
            ),
            "the weights of K_point are in the wrong order: K_point[o, i] belongs to output o and input i, and reshape "
            "doesn't transpose": lambda K_depth, K_point: (
                K_point.reshape(K_point.shape[1], -1).T[:, :, None, None] * K_depth.transpose(0, 1)
            ),
            "there's no ReLU between the halves; a kernel can have negative weights": lambda K_depth, K_point: (
                K_point * K_depth.transpose(0, 1).relu()
            ),
            "there's no ReLU; the kernel has negative weights, too": _then(torch.relu),
            "the kernels aren't divided by the number of input channels: a convolution takes the sum, not the mean": (
                lambda K_depth, K_point: K_point * K_depth.transpose(0, 1) / len(K_depth)
            ),
            "only one weight of each depthwise kernel is used, the upper left one": lambda K_depth, K_point: (
                K_point * K_depth[:, 0, 0, 0].reshape(1, -1, 1, 1)
            ).expand(-1, -1, *K_depth.shape[2:]),
            "the slices of the last input channel are 0: does a loop end one too early?": _all_but_the_last,
            "this works only for k = 3, and a kernel can have any size": _only_three,
            "both loops run over c_i, but there are c_o output channels, and c_o and c_i can differ": _over("c_i"),
            "both loops run over c_o, but there are c_i input channels, and c_o and c_i can differ": _over("c_o"),
            "the axes are in the wrong order: (c_o, c_i, k, k)": _then(lambda kernel: kernel.permute(2, 3, 0, 1)),
        },
        otherwise=_wrong_slices,
        hints=[
            "Output channel o reads input channel i through one k×k slice. Which kernel is it, multiplied by what?",
            "Each slice is a depthwise kernel times a pointwise weight. Which of them depends on o, and which only on i?",
            "Without loops: bring K_depth's input channels to the axis where K_point has them, and broadcast.",
        ],
        praise="For each input channel, the slices of all outputs are multiples of one kernel: that's the restriction.",
    ),
    "7.4": Choice(
        test=_reads_all,
        hints=[
            "Take one axis. The first layer, with d = 1, reads three pixels in a row. How far apart may such groups be?",
            "Groups of three pixels leave no gap if they're three pixels apart. How wide is the field then, and what about "
            "the third layer?",
            "Each dilation may be as wide as the receptive field of the layers before it.",
        ],
        praise="Along each axis, dilations 1, 3, and 9 see 27 = 3³ pixels, each on exactly one path.",
    ),
    "7.5": Choice(
        test=_becomes_dilation_2,
        hints=[
            "The upper left position is at (−1, −1) from the center. Where should it read, and what's the difference?",
            "The difference depends only on how far a position is from the center, in rows and in columns.",
            "Every position should end up twice as far from the center as it was.",
        ],
        praise="Dilation is one choice of offsets, the same everywhere. A deformable layer can learn this one and others.",
    ),
    "7.6": Function(
        reference=_shuffled,
        cases=_groups,
        without=("channel_shuffle", "native_channel_shuffle"),
        mistakes={
            "this takes every g-th channel, or cuts the channels into c/g groups of g; there are g groups of c/g, and with "
            "c = g², that makes no difference": lambda X, groups: torch.cat([X[g::groups] for g in range(groups)]),
            "the order of the channels hasn't changed": lambda X, groups: X.clone(),
            "the channels are in reverse order, but only their groups should be dealt out": lambda X, groups: X.flip(0),
            "the first channels of the groups come first, but in reverse order: start with the first group": (
                lambda X, groups: torch.stack(X.chunk(groups)[::-1], 1).flatten(0, 1)
            ),
            "each group is reversed, or the last channels of the groups come first: begin with the first of each": (
                lambda X, groups: torch.stack(X.chunk(groups), 1).flip(0).flatten(0, 1)
            ),
            "the groups are in reverse order, and each is still in one piece": (
                lambda X, groups: torch.cat(X.chunk(groups)[::-1])
            ),
            "the channels within each group are reversed, and the groups are still in one piece": (
                lambda X, groups: torch.cat([part.flip(0) for part in X.chunk(groups)])
            ),
            "only the first channel of each group is left; the others have to follow": (
                lambda X, groups: X[:: len(X) // groups]
            ),
            "the order is right, but join the first two axes again: the shape is (c, h, w)": (
                lambda X, groups: torch.stack(X.chunk(groups), 1)
            ),
            "the groups are on an axis of their own, in their old order; interleave their channels and join the axes": (
                lambda X, groups: torch.stack(X.chunk(groups))
            ),
            "this always makes two groups, whatever groups is": _two_at_a_time,
            "the channels moved around in a circle, but the groups should be interleaved": (
                lambda X, groups: X.roll(len(X) // groups, 0)
            ),
            "the channels moved around in a circle by one, but the groups should be interleaved": (
                lambda X, groups: X.roll(1, 0)
            ),
            "the pixels are rearranged, too, but each channel must keep its pixels together": (
                lambda X, groups: X.reshape(groups, -1).T.reshape(X.shape)
            ),
        },
        otherwise=_order,
        hints=[
            "Give it 6 channels that hold the numbers 0 to 5, and two groups. Which order should come out, and which does?",
            "Before the transpose, which axis should be as long as there are groups?",
            "It cuts the channels into c/g pieces of g. How many groups are there, and how long is each?",
        ],
        praise="There are g groups of c/g channels. With c = g², both numbers are equal, and the bug is hidden.",
    ),
}
