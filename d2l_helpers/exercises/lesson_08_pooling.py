"""Exercises of lesson 08, pooling."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._language import say
from ..ops.pooling import pool2d
from ._comparing import as_tensor
from ._kinds import Choice, Function, Outcome, Value
from ._seen import of_results

NINE = torch.tensor([[1.0, 7, 0], [2, 3, 4], [8, 0, 5]])
WINNERS = {(0, 1): 2, (2, 0): 1, (2, 2): 1}  # the maxima of its four windows, and of how many


def _shape(*args, **settings) -> tuple:
    return tuple(nn.MaxPool2d(*args, **settings)(torch.zeros(1, 7, 12)).shape[1:])


# What somebody with one slip in the formula computes along an axis of n pixels.
_AXIS: dict[str, Callable[[int], float]] = {
    "that's for stride 1; if no stride is given, it's the window's size, 3": lambda n: n,
    "that's for stride 2; if no stride is given, it's the window's size, 3": lambda n: (n + 2 - 3) // 2 + 1,
    "that's without the padding, or with it on one side only; there's one row or column on each side": lambda n: n // 3,
    "that's for stride 1 and without the padding; the stride is the window's size, 3, and each side has padding": (
        lambda n: n - 2
    ),
    "the first window counts, too: it's one more than the steps that the window makes": lambda n: (n - 1) // 3,
    "that's rounded up; without ceil_mode the size is rounded down": lambda n: math.ceil((n - 1) / 3) + 1,
    "a size is an integer: the division is rounded down": lambda n: (n - 1) / 3 + 1,
    "that's the padded input, and pooling makes it smaller": lambda n: n + 2,
    "that's the padded input with padding on one side only, and pooling makes it smaller": lambda n: n + 1,
    "that's the window, not the output": lambda n: 3,
    "that's half of the input, as for a 2×2 window; here the window is 3×3, and so is the default stride": lambda n: n // 2,
    "the padded size is divided by 3, and the first window is counted once more": lambda n: (n + 2) // 3 + 1,
    "that's the position where the last window may begin in the padded input; how many steps of 3 lead there?": (
        lambda n: n - 1
    ),
    "that's a third of the input, not rounded": lambda n: n / 3,
    "that's 1: does a single window cover the whole input?": lambda n: 1,
}


def _shapes() -> dict[str, Callable[[], tuple]]:
    """Wrong shapes for 7×12: a slip along both axes, along the height, or along the width."""
    found = {}
    for height, width, line in ((True, True, ""), (True, False, "about the height: "), (False, True, "about the width: ")):
        for slip, size in _AXIS.items():
            shape = (size(7) if height else 3, size(12) if width else 4)
            if all(not _near(shape, other) for other in [(3, 4), (4, 3), *found.values()]):
                found[f"{line}{slip}"] = shape
    return {line: lambda shape=shape: shape for line, shape in found.items()}


def _near(shape: tuple, other: tuple) -> bool:
    return all(math.isclose(a, b, abs_tol=1e-3) for a, b in zip(shape, other, strict=True))


def _size(values: Tensor) -> str:
    """What is wrong with these two sizes, where no slip explains them."""
    sizes = values.tolist()
    if any(size != round(size) or size < 1 for size in sizes):
        return "both sizes are positive integers: the division is rounded down"
    if any(size > n + 2 for size, n in zip(sizes, (7, 12), strict=True)):
        return "there are 7 rows and 12 columns, and one more on each side, so the output can't be larger than that"
    return "along each axis, a window of 3 moves in steps of its own width over the padded pixels; how often does it fit?"


def _gradient(pool) -> Tensor:
    numbers = NINE.clone().requires_grad_()
    return torch.autograd.grad(pool(numbers[None]).sum(), numbers)[0]


def _maximal() -> Tensor:
    return _gradient(lambda X: F.max_pool2d(X, 2, stride=1))


def _at_the_nine(values: Tensor) -> str:
    """Where a 3×3 gradient is wrong."""
    for place, value in ((divmod(i, 3), NINE.flatten()[i]) for i in range(9)):
        if values[place] != 0 and place not in WINNERS:
            return say(
                "the {0:g} in row {1}, column {2} isn't the maximum of any window, so its gradient is 0",
                value,
                place[0],
                place[1],
            )
    for place in WINNERS:
        if values[place] == 0:
            return say(
                "the {0:g} in row {1}, column {2} is a window's maximum, so its gradient isn't 0",
                NINE[place],
                place[0],
                place[1],
            )
    if values.sum() != 4:
        return say(
            (
                "the right elements, but each of the four windows passes on a gradient of 1, so all of them add "
                "up to 4; yours add up to {0:g}"
            ),
            values.sum(),
        )
    return "the right elements; of how many windows is each of them the maximum?"


def _padded_matrices(generator: torch.Generator) -> list[tuple]:
    """(X, k, p) in float32, as torch.ones has it, smallest first; one has zeros, which are pixels like others."""
    sizes = [((2, 2), 2, 0), ((2, 2), 2, 1), ((2, 3), 3, 1), ((4, 3), 3, 1), ((3, 5), 2, 1), ((5, 6), 5, 2), ((4, 6), 4, 1)]
    random = [(torch.randn(size, generator=generator, dtype=torch.float64).float(), k, p) for size, k, p in sizes]
    zeros = torch.tensor([[0.0, 2, 0, 1], [3, 0, 0, 4], [0, 0, 5, 0]])
    return [*random, (zeros, 3, 1), (zeros, 3, 0)]


def _ones(X: Tensor, k: int, p: int) -> Tensor:
    """The share of real pixels in each window."""
    return pool2d(torch.ones_like(X), k, "avg", padding=p)


def _mean_padded(mode: str = "constant", value: float = 0.0) -> Callable[[Tensor, int, int], Tensor]:
    """Average pooling in which the padding counts, with that padding."""
    options = {"value": value} if mode == "constant" else {}
    return lambda X, k, p: pool2d(F.pad(X[None], (p,) * 4, mode=mode, **options)[0], k, "avg")


def _one_side(first: bool) -> Callable[[Tensor, int, int], Tensor]:
    """The mean of the real pixels with padding only above and on the left, or only below and on the right."""

    def mean(X, k, p):
        sides = (p, 0, p, 0) if first else (0, p, 0, p)
        return pool2d(F.pad(X, sides), k, "avg") / pool2d(F.pad(torch.ones_like(X), sides), k, "avg")

    return mean


def _only_corners(X: Tensor, k: int, p: int) -> Tensor:
    Y = pool2d(X, k, "avg", padding=p)
    for i in (0, -1):
        for j in (0, -1):
            Y[i, j] *= k * k / (k - p) ** 2
    return Y


def _without_zeros(X: Tensor, k: int, p: int) -> Tensor:
    return pool2d(X, k, "avg", padding=p) / pool2d((X != 0).to(X.dtype), k, "avg", padding=p)


def _strided(X: Tensor, k: int, p: int) -> Tensor:
    return pool2d(X, k, "avg", padding=p, stride=k) / pool2d(torch.ones_like(X), k, "avg", padding=p, stride=k)


def _always(k: int | None = None, p: int | None = None) -> Callable[[Tensor, int, int], Tensor]:
    """The right mean, for a window or a padding that doesn't depend on the arguments."""

    def mean(X, given_k, given_p):
        window, padding = k or given_k, given_p if p is None else p
        sides = (padding,) * 4
        return pool2d(F.pad(X, sides), window, "avg") / pool2d(F.pad(torch.ones_like(X), sides), window, "avg")

    return mean


def _square_mask(X: Tensor, k: int, p: int) -> Tensor:
    mask = torch.ones(len(X), len(X), dtype=X.dtype)
    return pool2d(X, k, "avg", padding=p) / pool2d(mask, k, "avg", padding=p)


def _wrong_size(pairs: Sequence[tuple[Tensor | None, Outcome]]) -> str:
    """Along which axis the results have the wrong size, where they are matrices."""
    if any(got is None or got.dim() != 2 for got, _ in pairs):
        return ""
    right = [[got.shape[axis] == outcome.expected.shape[axis] for got, outcome in pairs] for axis in (0, 1)]
    if all(right[0]) and not all(right[1]):
        return "the output's height is right, its width isn't: the width depends on the input's width"
    if all(right[1]) and not all(right[0]):
        return "the output's width is right, its height isn't: the height depends on the input's height"
    if all(got.shape == outcome.expected.shape[::-1] for got, outcome in pairs):
        return "height and width are swapped"
    if any(got.numel() == outcome.expected.numel() != 1 for got, outcome in pairs if got.shape != outcome.expected.shape):
        return ""
    larger = [got.numel() > outcome.expected.numel() for got, outcome in pairs if got.shape != outcome.expected.shape]
    if larger and all(larger):
        return "the output is too large: is there too much padding, or does the window move less than it should?"
    if larger and not any(larger):
        return "the output is too small: is the padding on all four sides, and does every window count that fits?"
    return ""


@of_results
def _where_means_differ(outcomes: Sequence[Outcome]) -> str:
    """Whether the wrong values are all at windows that reach into the padding, or elsewhere, too."""
    pairs = [(as_tensor(outcome.got), outcome) for outcome in outcomes]
    if any(got is None or got.shape != outcome.expected.shape for got, outcome in pairs):
        return _wrong_size(pairs)
    wrong = [~torch.isclose(got.double(), outcome.expected, rtol=1e-4, atol=1e-6) for got, outcome in pairs]
    inside = [torch.isclose(_ones(*outcome.case).double(), torch.ones(()).double()) for _, outcome in pairs]
    if any(got.isnan().any() for got, _ in pairs):
        return "some means are NaN: a NaN in a window makes its sum NaN, and 0/0 is NaN, too"
    if not any((bad & whole).any() for bad, whole in zip(wrong, inside, strict=True)):
        return "windows without padding are right, those that reach into it aren't: by how many pixels is each sum divided?"
    if all((bad | ~whole).all() for bad, whole in zip(wrong, inside, strict=True)):
        return "even a window without any padding gives a wrong mean"
    return "some windows without any padding already give a wrong mean"


def _minima(generator: torch.Generator) -> list[tuple]:
    """(X, k, stride, padding) in float64: positive, negative, mixed, beyond any finite padding, and with zeros."""
    sizes = [
        ((2, 2), 2, 1, 1),
        ((2, 2), 3, 2, 1),
        ((4, 5), 3, 2, 1),
        ((5, 4), 2, 2, 1),
        ((5, 6), 3, 1, 1),
        ((6, 7), 4, 3, 2),
    ]
    sizes += [((4, 5), 2, 1, 0), ((3, 6), 2, 1, 1), ((7, 5), 5, 2, 2)]
    shifts = [0.1, 1.0, -0.5, 300.0, 0.0, -2.0, 0.3, 1e12, -0.2]
    random = [
        (shift + (abs(shift) + 1) * torch.rand(size, generator=generator, dtype=torch.float64), k, stride, padding)
        for (size, k, stride, padding), shift in zip(sizes, shifts, strict=True)
    ]
    zeros = torch.tensor([[0.0, 2, 3, 1], [3, 0, 5, 4], [7, 6, 5, 0]], dtype=torch.float64)
    return [*random, (zeros, 3, 2, 1)]


def _smallest(X: Tensor, k: int, stride: int, padding: int) -> Tensor:
    return -F.max_pool2d(-X[None], k, stride, padding)[0]


def _minimum_padded(value: Callable[[Tensor], float], ring: Sequence[int] = (1, 1, 1, 1)) -> Callable:
    """Min pooling with a ring of that value, as a function of X; `ring`: which sides have it, and zeros on the others."""

    def pooled(X, k, stride, padding):
        padded = F.pad(X, [padding * side for side in ring], value=value(X))
        padded = F.pad(padded, [padding * (1 - side) for side in ring])
        return -pool2d(-padded, k, stride=stride)

    return pooled


def _minimum_of(window: int | None, ring: Sequence[int] = (1, 1, 1, 1)) -> Callable:
    """Min pooling with a window of that size, whatever k is, and padding on these sides only."""

    def pooled(X, k, stride, padding):
        return -pool2d(-F.pad(X, [padding * side for side in ring], value=math.inf), window or k, stride=stride)

    return pooled


def _without_zero_pixels(X: Tensor, k: int, stride: int, padding: int) -> Tensor:
    return _smallest(X.masked_fill(X == 0, math.inf), k, stride, padding)


def _with(operation: Callable, **fixed) -> Callable:
    """Some pooling with PyTorch, in place of min pooling; `fixed`: settings that don't depend on the arguments."""

    def pooled(X, k, stride, padding):
        settings = {"kernel_size": k, "stride": stride, "padding": padding} | fixed
        return operation(X[None], **settings)[0]

    return pooled


def _minimum(X: Tensor, **settings) -> Tensor:
    return -F.max_pool2d(-X, **settings)


def _minimum_around(mode: str) -> Callable:
    def pooled(X, k, stride, padding):
        return -pool2d(-F.pad(X[None], (padding,) * 4, mode=mode)[0], k, stride=stride)

    return pooled


def _of_first_size(X: Tensor, k: int, stride: int, padding: int) -> Tensor:
    """Min pooling whose output has the size that's right for a 3×3 window with padding 1."""
    rows, columns = ((n - 1) // stride + 1 for n in X.shape)
    return _smallest(X, k, stride, padding)[:rows, :columns]


@of_results
def _where_minima_differ(outcomes: Sequence[Outcome]) -> str:
    """Whether the wrong minima are too small or too large, and whether only windows at the border have them."""
    pairs = [(as_tensor(outcome.got), outcome) for outcome in outcomes]
    if any(got is None or got.shape != outcome.expected.shape for got, outcome in pairs):
        return _wrong_size(pairs)
    if any(got.isnan().any() for got, _ in pairs):
        return "some minima are NaN: a NaN in a window is passed on as its minimum"
    off = [
        torch.where(outcome.expected.isclose(got.double(), rtol=1e-4), 0, got - outcome.expected) for got, outcome in pairs
    ]
    touch = [
        F.max_pool2d(F.pad(torch.zeros_like(X), (p,) * 4, value=1.0)[None], k, stride)[0] > 0
        for X, k, stride, p in (outcome.case for _, outcome in pairs)
    ]
    where = (
        "windows that reach into the padding"
        if all((part == 0)[~at].all() for part, at in zip(off, touch, strict=True))
        else ""
    )
    if all((part <= 0).all() for part in off):
        only = where and say(", only in {0}", where)
        return say("some outputs are smaller than every pixel of their window{0}: where do these values come from?", only)
    if all((part >= 0).all() for part in off):
        return say(
            "some outputs are larger than the smallest pixel of their window{0}", where and say(", only in {0}", where)
        )
    return say("only outputs of {0} are wrong", where) if where else "even windows without any padding give a wrong minimum"


_KEYS = ("kernel_size", "stride", "padding")
_EXAMPLE = '{"kernel_size": 2, "stride": 1, "padding": 0}'


def _as_pair(value) -> tuple[int, int] | None:
    """One number or two, whole floats included, as (height, width); None for anything else."""
    pair = value if isinstance(value, tuple) else (value, value)
    fits = len(pair) == 2 and all(isinstance(n, (int, float)) and not isinstance(n, bool) and n == round(n) for n in pair)
    return tuple(map(int, pair)) if fits else None


def _overlaps_and_shrinks(settings) -> str:
    """Whether a max pooling with these settings brings 30 to 10 and 8 to 3 with windows that overlap along both axes."""
    if not isinstance(settings, dict):
        return say("give a dictionary with three keys, e.g. {0}, not {1}", _EXAMPLE, type(settings).__name__)
    unknown = [key for key in settings if key not in _KEYS]
    if unknown:
        return say("use only the keys {0}, not {1}", ", ".join(_KEYS), unknown[0])
    if "kernel_size" not in settings:
        return "kernel_size is missing: how large is the window?"
    pairs = {key: _as_pair(value) for key, value in settings.items()}
    bad = next((key for key, pair in pairs.items() if pair is None), None)
    if bad:
        return say("{0} must be an integer or two of them, (height, width); yours is {1!r:.60}", bad, settings[bad])
    kernel, padding = pairs["kernel_size"], pairs.get("padding", (0, 0))
    stride = pairs.get("stride", kernel)
    for axis, name in enumerate(("height", "width")):
        said = _about_axis(kernel[axis], stride[axis], padding[axis], "stride" in pairs)
        if said:
            return said if len({*kernel}) == len({*stride}) == len({*padding}) == 1 else say("{0}: {1}", name, said)
    return ""


def _about_axis(k: int, s: int, p: int, given: bool) -> str:
    """What is wrong with these settings along one axis."""
    if k < 1 or s < 1:
        return say("{0} must be at least 1", "kernel_size" if k < 1 else "stride")
    if p < 0 or 2 * p > k:
        return say("nn.MaxPool2d refuses a padding of {0} for a window of {1}: it may be half the window at most", p, k)
    sizes = [(n + 2 * p - k) // s + 1 if n + 2 * p >= k else 0 for n in (30, 8)]
    if sizes == [10, 3]:
        return (
            ""
            if k > s
            else say("the sizes are right, but windows of {0} that move by {1} don't overlap: no pixel is read twice", k, s)
        )
    said = say(" and ").join(say("{0} becomes {1}", n, size) for n, size in zip((30, 8), sizes, strict=True))
    if min(sizes) < 1:
        return say("a window of {0} doesn't fit into 8 pixels with a padding of {1}", k, p)
    if s != 3:
        default = "" if given else ", because no stride is given and it's the window's size,"
        return say("{0}: the window moves by {1}{2} and a third of 30 needs another step", said, s, default)
    if sizes[0] < 10 or sizes[1] < 3:
        apart = "" if k > s else say(", and to overlap, a window has to be larger than its stride, {0}", s)
        return say(
            ("{0}, but should become 10 and 3: the last window is missing, so a window of {1} needs more padding{2}"),
            said,
            k,
            apart,
        )
    return say(
        ("{0}, but should become 10 and 3: there's a window too many, so a window of {1} needs less padding"), said, k
    )


EXERCISES = {
    "8.1": Value(
        reference=lambda: _shape(3, padding=1),
        mistakes={
            "this is (width, height); shapes are (height, width)": lambda: _shape(3, padding=1)[::-1],
            **_shapes(),
            "this is (width, height), and for stride 1; the default stride is the window's size, 3": lambda: (12, 7),
            "give only the output's height and width, not its channels": lambda: (1, 3, 4),
            "give the height and the width, not the number of all outputs, 12, or only one of the two": lambda: 12,
            "this is only the height; give the width, too": lambda: 3,
            "this is only the width; give the height, too": lambda: 4,
        },
        otherwise=_size,
        hints=[
            "How far does the window move between two stops if you don't set the stride?",
            "Use lesson 03's formula for each axis, with p = 1. What's s here?",
            "The padding adds one row above and one below. How many windows of 3, side by side, fit into that height?",
        ],
        praise="⌊6 / 3⌋ + 1 = 3 rows, and ⌊11 / 3⌋ + 1 = 4 columns: the default stride is the window's size.",
    ),
    "8.2": Value(
        reference=_maximal,
        mistakes={
            "that's the gradient of the mean; the maximum passes all of it to the largest value": lambda: _gradient(
                lambda X: F.avg_pool2d(X, 2, stride=1)
            ),
            "that's for stride 2, with a single window; with stride 1 there are four": lambda: _gradient(
                lambda X: F.max_pool2d(X, 2)
            ),
            "the right elements, but one of them is the maximum of two windows, and its gradients add up": lambda: (
                _maximal().sign()
            ),
            "8 is the largest of the nine, but only one window contains it; each window has a maximum of its own": lambda: (
                4.0 * (NINE == 8)
            ),
            "only the largest of the nine has a gradient here, but each of the four windows has a maximum of its own": (
                lambda: 1.0 * (NINE == 8)
            ),
            "that counts how many windows read each element; only the maximum gets a gradient": lambda: (
                4 * _gradient(lambda X: F.avg_pool2d(X, 2, stride=1))
            ),
            "these are the outputs; the gradient says how much their sum changes with each of the nine values": lambda: (
                pool2d(NINE, 2)
            ),
            "this is the sum of the outputs; its gradient has a value for each of the nine": lambda: 27.0,
            "these are the maxima in their places; the gradient doesn't depend on how large they are": lambda: (
                NINE * _maximal().sign()
            ),
            "the gradient of a maximum is 1 for each of its windows; don't multiply by the value itself": lambda: (
                NINE * _maximal()
            ),
            "rows and columns are swapped": lambda: _maximal().T,
            "that's the gradient of the mean of the outputs; here they're added up": lambda: _maximal() / 4,
            "that's for min pooling: the smallest value of each window gets the gradient": lambda: _gradient(
                lambda X: -F.max_pool2d(-X, 2, stride=1)
            ),
            "this is one value per output; the gradient has one for each of the nine inputs": lambda: torch.ones(2, 2),
            "the values are right; arrange them in a 3×3 tensor": lambda: _maximal().flatten(),
            "that would be the gradient of the sum of the nine values themselves": lambda: torch.ones(3, 3),
            "this is the input; its gradient says how much the outputs' sum changes with each value": lambda: NINE.clone(),
        },
        otherwise=_at_the_nine,
        hints=[
            "There are four windows. What is the maximum of each?",
            "An element gets 1 from each window of which it is the maximum, and 0 from the others.",
        ],
        praise="The 7 is the maximum of two windows and gets 2, the 8 and the 5 of one window each, and the rest get 0.",
    ),
    "8.3": Function(
        reference=lambda X, k, p: F.avg_pool2d(X[None].double(), k, 1, p, count_include_pad=False)[0],
        cases=_padded_matrices,
        without=("avg_pool2d",),
        mistakes={
            "the padding is still counted: at the border, too, the sum is divided by k²": _mean_padded(),
            "the padding is missing: the output must have n + 2p − k + 1 rows": lambda X, k, p: pool2d(X, k, "avg"),
            "this is the sum of the real pixels; it still has to be divided by their number": lambda X, k, p: (
                k * k * pool2d(X, k, "avg", padding=p)
            ),
            "divide the mean by the share of real pixels, or the sum by their number, but not the mean by their number": (
                lambda X, k, p: pool2d(X, k, "avg", padding=p) / (k * k * _ones(X, k, p))
            ),
            "this is the maximum": lambda X, k, p: pool2d(X, k, padding=p),
            "this is the minimum": lambda X, k, p: -pool2d(-X, k, padding=p),
            "the padding counts as ones; it shouldn't count at all": _mean_padded(value=1.0),
            "the padding is filled with the mean of the image, which still counts; it shouldn't count at all": (
                lambda X, k, p: pool2d(F.pad(X, (p,) * 4, value=X.mean().item()), k, "avg")
            ),
            "the border pixels are repeated as padding, so they count more than once": _mean_padded("replicate"),
            "the image is mirrored at the border, so some pixels count twice": _mean_padded("reflect"),
            "the padding comes from the opposite side of the image; it shouldn't count at all": _mean_padded("circular"),
            "infinite padding makes every mean that touches it infinite; it has to be left out of the sum": _mean_padded(
                value=-math.inf
            ),
            "there's padding only above and on the left; the output must have n + 2p − k + 1 rows": _one_side(True),
            "there's padding only below and on the right; the output must have n + 2p − k + 1 rows": _one_side(False),
            "zeros in the image are pixels, too; only the padding must not count": _without_zeros,
            "the window moves by its own size; here the stride is 1": _strided,
            "the mean is multiplied by the share of real pixels; that makes the border even darker": lambda X, k, p: (
                pool2d(X, k, "avg", padding=p) * _ones(X, k, p)
            ),
            "the mean is divided by the share of real pixels twice": lambda X, k, p: (
                pool2d(X, k, "avg", padding=p) / _ones(X, k, p) ** 2
            ),
            "only the corners are corrected, as if every other window were without padding": _only_corners,
            "every sum is divided by the number of real pixels in a corner; how many there are depends on the place": (
                lambda X, k, p: pool2d(X, k, "avg", padding=p) * k**2 / (k - p) ** 2
            ),
            "this works only for square inputs: is something as wide as it is high?": _square_mask,
            "the padding is always 1, whatever p is": _always(p=1),
            "the window is always 3×3, whatever k is": _always(k=3),
            "the means are rounded down: a division of integers loses the rest": lambda X, k, p: (
                k * k * pool2d(X, k, "avg", padding=p) // (k * k * _ones(X, k, p)).round()
            ),
            "the sum is divided by k, and the window has up to k² pixels": lambda X, k, p: (
                k * pool2d(X, k, "avg", padding=p)
            ),
        },
        otherwise=_where_means_differ,
        hints=[
            "With the padding counted, a corner's mean is too small by some factor. Which? It depends only on the place.",
            "Pool a matrix of ones in the same way. What does each output say about its window?",
            "The share of real pixels is what the counted padding makes the mean too small by.",
        ],
        praise="The mean with the padding, divided by the share of real pixels, is the mean of the real pixels.",
    ),
    "8.4": Choice(
        test=_overlaps_and_shrinks,
        hints=[
            "30 to 10 is a third, which decides the stride. How large must a window be so that it overlaps the next?",
            "The last window of the 8 pixels must fit. How many pixels do three windows cover that overlap?",
            "Try the smallest window that overlaps, first without padding. Which of the two sizes is wrong?",
        ],
        praise="Stride 3 keeps a third, neighboring windows share pixels, and the padding makes up for the wider window.",
    ),
    "8.5": Function(
        reference=_smallest,
        cases=_minima,
        mistakes={
            "if all pixels of a window are positive, a zero from the padding is the minimum": _minimum_padded(
                lambda X: 0.0
            ),
            "a padding of 1 is smaller than some pixels, so it becomes the minimum": _minimum_padded(lambda X: 1.0),
            "a padding of 255 is smaller than some pixels: not every matrix is an image": _minimum_padded(lambda X: 255.0),
            "no finite number is large enough for every matrix": _minimum_padded(lambda X: 1e9),
            "−∞ is right for the maximum; it's smaller than every pixel, so it always becomes the minimum": _minimum_padded(
                lambda X: -math.inf
            ),
            "the padding contains the smallest pixel, so it becomes the minimum": _minimum_padded(lambda X: X.min().item()),
            "the padding contains the mean, which is smaller than some pixels and becomes their minimum": _minimum_padded(
                lambda X: X.mean().item()
            ),
            "this helps only if no pixel is below 0; a matrix with both signs has windows of positive pixels, too": (
                _minimum_padded(lambda X: math.inf if X.min() > 0 else 0.0)
            ),
            "some sides still have zeros as padding: it needs the new value above, below, left, and right": _minimum_padded(
                lambda X: math.inf, (1, 1, 0, 0)
            ),
            "the sides above and below have the new padding, left and right still have zeros": _minimum_padded(
                lambda X: math.inf, (0, 0, 1, 1)
            ),
            "this is the maximum; the page's layer computes that already": _with(F.max_pool2d),
            "the sign has to change twice, before pooling and after it: these are the maxima, negated": lambda *case: (
                -_with(F.max_pool2d)(*case)
            ),
            "the sign has to change twice, before pooling and after it: these are the minima, negated": lambda *case: (
                -_smallest(*case)
            ),
            "this is the mean": _with(F.avg_pool2d),
            "the sign is lost: the minimum isn't the value closest to zero": lambda X, *rest: _smallest(X.abs(), *rest),
            "the padding is missing": _with(_minimum, padding=0),
            "the padding is always 1, whatever padding says": _with(_minimum, padding=1),
            "the stride is ignored: the window moves by 1": _with(_minimum, stride=1),
            "the stride is ignored: the window moves by its own size": _with(_minimum, stride=None),
            "the window is always 3×3, whatever k is": _minimum_of(3),
            "the window is always 2×2, whatever k is": _minimum_of(2),
            "there's padding only above and on the left": _minimum_of(None, (1, 0, 1, 0)),
            "there's padding only below and on the right": _minimum_of(None, (0, 1, 0, 1)),
            "a pixel can be 0, too, so zeros mustn't be left out": _without_zero_pixels,
            "the decimals are cut off: do the values go through an integer tensor?": lambda *case: _smallest(*case).trunc(),
            "the size is rounded up: only windows that fit count": _with(_minimum, ceil_mode=True),
            "the output has the size that's right for a 3×3 window with padding 1; use k and padding in the formula": (
                _of_first_size
            ),
            "the padding comes from the opposite side, where pixels can be smaller": _minimum_around("circular"),
            "the image is mirrored at the border, and a mirrored pixel needn't be in the window": _minimum_around(
                "reflect"
            ),
            "every minimum starts at 0, so it never becomes positive": lambda *case: _smallest(*case).clamp(max=0),
            "the smallest pixel is subtracted but never added again": lambda X, *rest: _smallest(X - X.min(), *rest),
        },
        otherwise=_where_minima_differ,
        hints=[
            "In a photograph no value is below 0. Which outputs are wrong there, and where do they come from?",
            "Which number in the ring could never be the minimum, whatever the pixels are?",
            "For the maximum, it's −∞. Or think of how the minimum of some numbers is the maximum of others.",
        ],
        praise="+∞ is larger than every number, so the padding is never the minimum. The minimum of X is −max(−X), too.",
    ),
}
