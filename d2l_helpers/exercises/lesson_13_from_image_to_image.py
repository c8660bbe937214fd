"""Exercises of lesson 13, from image to image: semantic segmentation."""

import contextlib
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._language import message, say
from ._clues import fails_where
from ._comparing import as_tensor, equal
from ._kinds import Choice, Function, Outcome, Raised, Value, _agrees, _copied
from ._seen import SeenThrough
from ._slips import of_slips

STAGE = [(3, 1), (3, 1), (2, 2)]  # kernel and stride of two convolutions and a pooling
BOTTLENECK = [(3, 1), (3, 1)]


def _size_after(rows: int, columns: int, *, up: int = 3, ceil_mode: bool = False) -> tuple[int, ...]:
    """The size of a map after three poolings and `up` doublings."""
    X = torch.zeros(1, 1, rows, columns)
    for _ in range(3):
        X = F.max_pool2d(X, 2, ceil_mode=ceil_mode)
    for _ in range(up):
        X = F.interpolate(X, scale_factor=2)
    return tuple(X.shape[2:])


def _of_sides(got: Tensor) -> str:
    """What is wrong with the rows and the columns, each by itself."""
    lines = []
    for name, value, n in zip(("rows", "columns"), got.tolist(), (100, 150), strict=True):
        known = {
            n: say("the {0} shrink, too: each pooling halves them and rounds down", name),
            math.ceil(n / 8) * 8: say("a pooling drops {0} that don't fit, so round down each time", name),
            n // 4 * 4: say("the {0} go through three poolings and three doublings, not two of each", name),
            n // 8: say("those are the {0} at the bottleneck; the decoder doubles them three times", name),
        }
        if value == n // 8 * 8:
            continue
        if value in known:
            lines.append(known[value])
        elif value in (2**power for power in range(3, 10)):
            lines.append(say("the {0} needn't be a power of two: halve {1} three times, then double three times", name, n))
        elif value % 8:
            lines.append(say("for the {0}, three doublings give a multiple of 8, and {1:g} isn't one", name, value))
        else:
            lines.append(
                say("for the {0}, halve {1} three times and round down each time, then double three times", name, n)
            )
    return "\n".join(lines)


def _field(layers: list[tuple[int, int]]) -> int:
    """How many pixels along one axis can change an output, counted by their gradients."""
    line = torch.zeros(1, 1, 400, dtype=torch.float64, requires_grad=True)
    Y = line
    for kernel, stride in layers:
        Y = F.conv1d(Y, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride)
    (gradient,) = torch.autograd.grad(Y[0, 0, 2], line)
    return int((gradient > 0).sum())


def _nan_in_words(result: Any) -> Any:
    """A number that is nan as text, because nan equals nothing."""
    number = as_tensor(result)
    return "nan" if number is not None and number.dim() == 0 and number.isnan() else result


def _by_share(both: float, of: float, occurs: float) -> float:
    """A class's score: nan where it doesn't occur, and 0 where it does and the divisor is 0."""
    return both / of if of else 0.0 if occurs else math.nan


def _mean(values: Sequence[float]) -> float:
    """The mean of those that are numbers, nan if none is."""
    numbers = [value for value in values if not math.isnan(value)]
    return sum(numbers) / len(numbers) if numbers else math.nan


def _scorer(*, pixels=None, share=None, among=None, number=None, images=None, form=None) -> Callable:
    """The mean IoU, or what comes instead: each argument takes the place of one of its steps.

    `pixels(predicted, true, ignore)`: the pixels of both masks that count; `share(p, t, both)`: a class's score, from how
    many pixels have it in each mask and in both; `among([(score, p, t, both), …])`: the result.
    """
    pixels = pixels or (lambda predicted, true, ignore: (predicted[true != ignore], true[true != ignore]))
    share = share or (lambda p, t, both: _by_share(both, p + t - both, p + t))
    among = among or (lambda rows: _mean([row[0] for row in rows]))
    number, form = number or (lambda classes: classes), form or (lambda score: score)

    def one(predicted, true, classes, ignore):
        p, t = pixels(predicted, true, ignore)
        areas = [[where.sum().item() for where in (p == c, t == c, (p == c) & (t == c))] for c in range(number(classes))]
        return among([(share(*area), *area) for area in areas])

    def score(predicted: Tensor, true: Tensor, classes: int, ignore: int = 255) -> float:
        if images and true.dim() == 3:
            return form(images([one(p, t, classes, ignore) for p, t in zip(predicted, true, strict=True)]))
        return form(one(predicted, true, classes, ignore))

    return score


_mean_iou = _scorer()


def _with_absent_as(value: float) -> Callable:
    return lambda rows: sum(value if math.isnan(row[0]) else row[0] for row in rows) / len(rows)


def _only_where(counts: Callable) -> Callable:
    """The mean over the classes of which (p, t, both) are as wanted."""
    return lambda rows: _mean([row[0] for row in rows if counts(*row[1:])])


def _of_all(part: Callable, of: Callable) -> Callable:
    """One share of the sums over all classes."""

    def share(rows):
        whole = sum(of(*row[1:]) for row in rows)
        return sum(part(*row[1:]) for row in rows) / whole if whole else math.nan

    return share


def _weighted(rows) -> float:
    whole = sum(row[2] for row in rows)
    return sum(row[0] * row[2] for row in rows if row[2]) / whole if whole else math.nan


SCORE_SLIPS = {
    "pixels": {
        "pixels to ignore still count in the union, where something is predicted for them": lambda p, t, ignore: (p, t),
        "the argument ignore says which pixels don't count, and it isn't always 255": (
            lambda p, t, ignore: (p[t != 255], t[t != 255])
        ),
        "you turn the pixels to ignore into ground: leave them out of both masks instead": (
            lambda p, t, ignore: (p, torch.where(t == ignore, 0, t))
        ),
        "you turn the pixels to ignore into ground in both masks, so they count as right: leave them out": (
            lambda p, t, ignore: (torch.where(t == ignore, 0, p), torch.where(t == ignore, 0, t))
        ),
    },
    "share": {
        "the union isn't the sum of both areas, which counts the intersection twice": (
            lambda p, t, both: _by_share(both, p + t, p + t)
        ),
        "that's the Dice score, twice the intersection divided by the sum of both areas": (
            lambda p, t, both: _by_share(2 * both, p + t, p + t)
        ),
        "that's the recall: you divide by the true pixels of a class, not by the union": (
            lambda p, t, both: _by_share(both, t, p + t)
        ),
        "that's the precision: you divide by the predicted pixels of a class, not by the union": (
            lambda p, t, both: _by_share(both, p, p + t)
        ),
    },
    "among": {
        "that's pixel accuracy: large classes dominate it": _of_all(lambda p, t, both: both, lambda p, t, both: t),
        "a class that occurs in neither mask must be left out, not counted as 0": _with_absent_as(0),
        "a class that occurs in neither mask must be left out, not counted as 1": _with_absent_as(1),
        "a class that occurs in neither mask gives 0/0, which turns the whole mean into nan: leave it out": (
            _with_absent_as(math.nan)
        ),
        "a class that was predicted but isn't in the true mask occurs, too: its IoU is 0": _only_where(
            lambda p, t, both: t
        ),
        "a class of the true mask that isn't predicted occurs, too: its IoU is 0": _only_where(lambda p, t, both: p),
        "you leave out the classes whose IoU is 0; leave out only those that occur in neither mask": _only_where(
            lambda p, t, both: both
        ),
        "you add up all intersections and all unions, so large classes dominate: average the IoUs of the classes": _of_all(
            lambda p, t, both: both, lambda p, t, both: p + t - both
        ),
        "you weight each class by its area; all classes that occur count the same": _weighted,
        "the ground, class 0, is a class like the others": lambda rows: _mean([row[0] for row in rows[1:]]),
        "you add up the IoUs; divide by the number of classes that occur": (
            lambda rows: _mean([row[0] for row in rows]) * sum(not math.isnan(row[0]) for row in rows)
        ),
    },
    "number": {
        "the last class, classes − 1, is missing": lambda classes: classes - 1,
        "the argument classes says how many classes there are, and it isn't always 5": lambda classes: 5,
    },
    "images": {
        "each image is scored by itself here; count the pixels of the whole batch first": _mean,
        "each image is scored by itself here, even one without any class; count the pixels of the whole batch first": (
            lambda scores: sum(scores) / len(scores)
        ),
        "only the first image of a batch is scored": lambda scores: scores[0],
    },
    "form": {
        "don't round the result": lambda score: round(score, 2),
        "don't round the result, not even to three decimals": lambda score: round(score, 3),
        "return a number from 0 to 1, not a percentage": lambda score: 100 * score,
    },
}


def _twice(build: Callable, slips: dict, reference: Callable, through: Callable = lambda result: result) -> Callable:
    """An `otherwise` that recognizes two slips at a time, from what they do in all the cases."""

    def otherwise(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
        right = [case for case in cases if not any(case is outcome.case for outcome in wrong)]
        expected = [through(reference(*_copied(case))) for case in right]
        outcomes = [*wrong, *(Outcome(case, result, result) for case, result in zip(right, expected, strict=True))]
        if all(outcome.got is Raised for outcome in wrong):
            return ""  # too many slips would explain that
        for names, function in of_slips(build, slips).items():
            if "; and " in names and all(_agrees(o, lambda *case, f=function: through(f(*case))) for o in outcomes):
                return names.replace("; and ", "\n")
        return ""

    return otherwise


_two_of_the_score = _twice(_scorer, SCORE_SLIPS, _mean_iou, _nan_in_words)


def _of_scores(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
    """In which cases the score is wrong, or which two slips explain it."""
    if all(outcome.got is Raised for outcome in wrong):
        raised = {
            "it fails for a batch, (N, H, W): the pixels that count may come from several images": (
                lambda predicted, *rest: predicted.dim() == 3
            ),
            "it fails for a single mask, (H, W)": lambda predicted, *rest: predicted.dim() == 2,
            "it fails if no class occurs, where there's nothing to divide by: return nan": _nothing_counts,
        }
        return fails_where(wrong, cases, raised)
    if any(outcome.got is Raised for outcome in wrong):
        return ""
    found = [as_tensor(outcome.got) for outcome in wrong]
    if all(scores is not None and scores.dim() > 0 for scores in found):
        return "return one number: the mean over the classes that occur"
    nothing = {"if no class occurs, there's nothing to average: return nan": _nothing_counts}
    return fails_where(wrong, cases, nothing) or _two_of_the_score(wrong, cases)


def _nothing_counts(predicted: Tensor, true: Tensor, classes: int, ignore: int = 255) -> bool:
    return bool((true == ignore).all())


def _masks(generator: torch.Generator) -> list[tuple]:
    """(predicted, true, classes) or with ignore, smallest first; some pixels are ignored, some classes absent."""

    def mask(size: tuple[int, ...], among: list[int]) -> Tensor:
        chosen = torch.randint(len(among), size, generator=generator)
        return torch.tensor(among)[chosen]

    hand = torch.tensor([[0, 1, 1]]), torch.tensor([[0, 1, 0]])
    cases = [
        (*hand, 2),
        (*hand, 4),
        (torch.tensor([[0, 1, 1, 0]]), torch.tensor([[0, 1, 255, 255]]), 2),
        (torch.tensor([[0], [2], [1]]), torch.tensor([[0], [0], [1]]), 3),
    ]
    cases += [
        (mask((3, 5), [0, 1, 3]), mask((3, 5), [0, 1, 2, 255]), 5),
        (mask((2, 6, 4), [0, 1, 2]), mask((2, 6, 4), [0, 1, 2, 255]), 4),
        (mask((4, 2), [0, 1]), mask((4, 2), [0, 1, -1]), 2, -1),
    ]
    batch = mask((3, 4, 4), [0, 1, 2]), mask((3, 4, 4), [0, 0, 1, 255])
    batch[1][1] = 255  # an image without any pixel that counts
    cases += [(*batch, 3), (*(one.to(torch.uint8) for one in batch), 3)]
    cases += [(mask((3, 3), [0, 5, 6]), mask((3, 3), [0, 4, 6]), 7)]
    return [*cases, (torch.tensor([[0, 1]]), torch.tensor([[255, 255]]), 2)]


def _joiner(*, enlarge=None, join=None) -> Callable:
    """X enlarged and joined with the maps, or something else in place of one of the two steps."""
    enlarge = enlarge or (lambda X, maps: F.interpolate(X, size=maps.shape[2:]))
    join = join or (lambda X, maps: torch.cat([X, maps], dim=1))

    def joined(X: Tensor, maps: Tensor) -> Tensor:
        return join(enlarge(X, maps), maps)

    return joined


_joined = _joiner()


def _padded(X: Tensor, maps: Tensor, mode: str = "constant") -> Tensor:
    """X doubled, then filled up at the bottom and on the right."""
    X = F.interpolate(X, scale_factor=2)
    return F.pad(X, (0, maps.shape[3] - X.shape[3], 0, maps.shape[2] - X.shape[2]), mode=mode)


def _tiled(X: Tensor, maps: Tensor) -> Tensor:
    return X.repeat(1, 1, 3, 3)[:, :, : maps.shape[2], : maps.shape[3]]


def _cropped(X: Tensor, maps: Tensor) -> Tensor:
    return torch.cat([X, maps[:, :, : X.shape[2], : X.shape[3]]], dim=1)


JOIN_SLIPS = {
    "enlarge": {
        "odd sizes fail: doubling misses the row or column that the pooling dropped": (
            lambda X, maps: F.interpolate(X, scale_factor=2)
        ),
        "you fill the missing row or column with zeros; let interpolate enlarge X to the size of the maps": _padded,
        "you double and copy the last row or column again; let interpolate enlarge X to the size of the maps": (
            lambda X, maps: _padded(X, maps, "replicate")
        ),
        "the size isn't (H, W), as in maps.shape[2:]: are the two swapped, or is it one number for both?": (
            lambda X, maps: F.interpolate(X, size=(maps.shape[3], maps.shape[2]))
        ),
        "H and W can be even, too: the size is that of the maps, not always 2h + 1 and 2w + 1": (
            lambda X, maps: F.interpolate(X, size=(2 * X.shape[2] + 1, 2 * X.shape[3] + 1))
        ),
        "that's bilinear interpolation; the default mode is nearest": (
            lambda X, maps: F.interpolate(X, size=maps.shape[2:], mode="bilinear")
        ),
        "that's the mode nearest-exact, which copies other pixels for odd sizes; the default mode is nearest": (
            lambda X, maps: F.interpolate(X, size=maps.shape[2:], mode="nearest-exact")
        ),
        "you put whole copies of X side by side; each pixel must be copied to its neighbors": _tiled,
    },
    "join": {
        "dimension 0 is the batch: concatenate the channels, dim=1": lambda X, maps: torch.cat([X, maps]),
        "dimension 2 is that of the rows: concatenate the channels, dim=1": lambda X, maps: torch.cat([X, maps], dim=2),
        "dimension 3 is that of the columns: concatenate the channels, dim=1": (
            lambda X, maps: torch.cat([X, maps], dim=3)
        ),
        "the order is X first, then the maps": lambda X, maps: torch.cat([maps, X], dim=1),
        "the maps aren't added but concatenated": lambda X, maps: X + maps,
        "the maps are missing: concatenate them behind the channels of X": lambda X, maps: X,
        "X is missing: its channels come before those of the maps": lambda X, maps: maps,
        "you cut the maps to the size of X; enlarge X to the size of the maps instead": _cropped,
        "you shrink the maps to the size of X; enlarge X to the size of the maps instead": (
            lambda X, maps: torch.cat([X, F.interpolate(maps, size=X.shape[2:])], dim=1)
        ),
    },
}
AS_IT_WAS = "that's the function as it was: look at the size of X for odd H or W, and at the axis that torch.cat takes"


def _join_mistakes() -> dict[str, Callable]:
    """Single slips, and what the maps become when they're made as small as X."""
    both = {name: function for slips in JOIN_SLIPS.values() for name, function in slips.items()}
    double = next(iter(JOIN_SLIPS["enlarge"].values()))
    cut, shrink = list(JOIN_SLIPS["join"])[-2:]
    mistakes = {AS_IT_WAS: _joiner(enlarge=double, join=lambda X, maps: torch.cat([X, maps]))}
    mistakes |= of_slips(_joiner, JOIN_SLIPS, together=1)
    mistakes |= {cut: _joiner(enlarge=double, join=both[cut])}
    mistakes |= {shrink: _joiner(enlarge=lambda X, maps: X, join=both[shrink])}
    return mistakes


def _stages(generator: torch.Generator) -> list[tuple]:
    """(X, maps) in float64, smallest first: tall and wide, even and odd."""
    sizes = [((1, 1, 2, 2), (1, 1, 4, 4)), ((1, 2, 1, 2), (1, 1, 2, 5)), ((2, 2, 3, 1), (2, 2, 7, 3))]
    sizes += [((2, 3, 2, 4), (2, 1, 5, 8)), ((3, 1, 4, 3), (3, 2, 8, 6)), ((2, 2, 3, 3), (2, 1, 7, 7))]
    return [tuple(torch.randn(size, generator=generator, dtype=torch.float64) for size in pair) for pair in sizes]


def _brings_back(settings) -> str:
    """Whether a transposed convolution with stride 3 turns 21×21 into 64×64 with evenly overlapping stamps."""
    form = "the answer has three integers: kernel_size, padding, and output_padding"
    numbers = settings.tolist() if isinstance(settings, Tensor) else settings
    if not isinstance(numbers, (tuple, list)) or len(numbers) != 3:
        return form
    if any(isinstance(number, bool) or not isinstance(number, int) for number in numbers):
        return form
    kernel, padding, output_padding = numbers
    if _unfit(*numbers) and not all(_unfit(*other) for other in itertools.permutations(numbers)):
        return "these numbers would do in another order, which is kernel_size, padding, output_padding"
    return _unfit(kernel, padding, output_padding)


def _unfit(kernel: int, padding: int, output_padding: int) -> str:
    """The same for three integers."""
    if kernel < 1 or kernel > 64 or padding < 0 or output_padding < 0:
        return "kernel_size is from 1 to 64, and the paddings are at least 0"
    if output_padding >= 3:
        return say("PyTorch wants output_padding smaller than the stride, 3; yours is {0}", output_padding)
    size = 20 * 3 + kernel - 2 * padding + output_padding
    if size != 64:
        return say("21 stamps of size {0}, three pixels apart, with these paddings, give {1}×{1}, not 64×64", kernel, size)
    ones, stamp = (torch.ones(1, 1, n, dtype=torch.float64) for n in (21, kernel))
    counts = F.conv_transpose1d(ones, stamp, stride=3, padding=padding, output_padding=output_padding)[0, 0]
    if kernel < 3:
        return say(
            ("the size is right, but stamps of size {0} that start 3 pixels apart leave outputs without any stamp"), kernel
        )
    if (counts == 0).any():
        return (
            "the size is right, but along each axis, the last output gets no stamp: output_padding adds a row, not a stamp"
        )
    inner = counts[8:-8]
    if inner.min() != inner.max() and kernel % 3 == 0:
        return say(
            (
                "the size is right, but a kernel of {0} is too wide: even 8 pixels from the border, outputs "
                "miss stamps that would come from beyond it, so try a smaller multiple of the stride"
            ),
            kernel,
        )
    if inner.min() != inner.max():
        return say(
            (
                "the size is right, but along one axis, outputs away from the border get between {0:.0f} and "
                "{1:.0f} stamps: when do stamps three pixels apart overlap evenly?"
            ),
            inner.min(),
            inner.max(),
        )
    return ""


class _Strict(nn.Module):
    """Logits of seven classes that depend on where the 8×8 blocks begin, how large the input is, and what fills it."""

    def __init__(self, rounded: bool):
        super().__init__()
        self.rounded = rounded
        generator = torch.Generator().manual_seed(13)
        self.weights = torch.randn(7, 1, 3, 3, generator=generator, dtype=torch.float64)
        self.given: list[Tensor] = []

    def forward(self, X: Tensor) -> Tensor:
        self.given.append(X.detach().clone())
        height, width = X.shape[2:]
        if height % 8 or width % 8 or not height or not width:
            raise ValueError(message("the sides must be multiples of 8, got {height}×{width}", height=height, width=width))
        X = X.double()  # float32 wouldn't give the same for an image as for its batch
        of_block = F.interpolate(F.avg_pool2d(X, 8), scale_factor=8)
        speed = torch.arange(1, 8, dtype=X.dtype)[:, None, None]
        phase = 20 * speed * of_block + 30 * speed * X.mean(dim=(2, 3), keepdim=True)
        logits = torch.sin(F.conv2d(X, self.weights, padding=1) + phase)
        return (logits.round() if self.rounded else logits).float()


def _pads(X: Tensor) -> tuple[int, int]:
    """How many rows and columns are missing."""
    return _missing(*X.shape[2:])


def _segment(net: nn.Module, X: Tensor) -> Tensor:
    rows, columns = _pads(X)
    return net(F.pad(X, (0, columns, 0, rows))).argmax(dim=1)[:, : X.shape[2], : X.shape[3]]


def _at_top_left(net: nn.Module, X: Tensor) -> Tensor:
    rows, columns = _pads(X)
    return net(F.pad(X, (columns, 0, rows, 0))).argmax(dim=1)[:, rows:, columns:]


def _on_both_sides(net: nn.Module, X: Tensor) -> Tensor:
    rows, columns = _pads(X)
    top, left = rows // 2, columns // 2
    classes = net(F.pad(X, (left, columns - left, top, rows - top))).argmax(dim=1)
    return classes[:, top : top + X.shape[2], left : left + X.shape[3]]


def _eight_more(net: nn.Module, X: Tensor) -> Tensor:
    rows, columns = 8 - X.shape[2] % 8, 8 - X.shape[3] % 8
    return net(F.pad(X, (0, columns, 0, rows))).argmax(dim=1)[:, : X.shape[2], : X.shape[3]]


def _swapped(net: nn.Module, X: Tensor) -> Tensor:
    rows, columns = _pads(X)
    return net(F.pad(X, (0, rows, 0, columns))).argmax(dim=1)[:, : X.shape[2], : X.shape[3]]


def _scenes(generator: torch.Generator) -> list[tuple]:
    """(net, X) in float32, smallest first; one net rounds its logits, so that many are equal."""
    sizes = [(1, 1, 8, 8), (1, 1, 7, 8), (1, 1, 8, 13), (2, 1, 1, 3), (3, 1, 17, 6), (1, 1, 16, 24), (2, 1, 11, 30)]
    sizes += [(1, 1, 13, 13), (1, 1, 4, 12), (1, 1, 12, 9)]
    cases = [(_Strict(False), torch.rand(size, generator=generator)) for size in sizes]
    return [*cases, (_Strict(True), torch.rand(2, 1, 9, 15, generator=generator))]


def _missing(H: int, W: int) -> tuple[int, int]:
    return -H % 8, -W % 8


def _up_to(multiple: int) -> Callable[[int, int], tuple[int, int]]:
    return lambda H, W: (-H % multiple, -W % multiple)


# What is wrong with the size of net's input → how many rows and columns are added then.
SIZES = {
    "the image reaches net without any padding": lambda H, W: (0, 0),
    "H % 8 says how many rows there are too many, not how many are missing (and W % 8 for the columns)": (
        lambda H, W: (H % 8, W % 8)
    ),
    "F.pad starts with the last axis: (left, right, top, bottom)": lambda H, W: (-W % 8, -H % 8),
    "you pad the width only; the height must be a multiple of 8, too": lambda H, W: (0, -W % 8),
    "you pad the height only; the width must be a multiple of 8, too": lambda H, W: (-H % 8, 0),
    "a side that's already a multiple of 8 needs no padding, but 8 − H % 8 gives 8": (lambda H, W: (8 - H % 8, 8 - W % 8)),
    "you pad to a square; each side needs only its own next multiple of 8": (
        lambda H, W: (max(H + -H % 8, W + -W % 8) - H, max(H + -H % 8, W + -W % 8) - W)
    ),
    "you always pad to 64×64; pad to the next multiples of 8": lambda H, W: (64 - H, 64 - W),
    "you pad to multiples of 16; 8 is enough": _up_to(16),
    "you add 8 rows and 8 columns to every image; add only what's missing": lambda H, W: (8, 8),
    "you add 7 rows and 7 columns to every image; add only what's missing": lambda H, W: (7, 7),
}


def _images(given: Sequence[Tensor], X: Tensor) -> Tensor | None:
    """What net got, of one pass over the batch or one pass per image; None if that can't be told."""
    if any(one.dim() != 4 for one in given) or len({one.shape[1:] for one in given}) != 1:
        return None
    whole = torch.cat(list(given))
    return whole if len(whole) == len(X) else None


def _filled_wrongly(X: Tensor, padded: Tensor) -> str:
    """What is wrong with a padded image of the right size."""
    (H, W), (rows, columns) = X.shape[2:], _pads(X)
    if not torch.equal(padded[:, :, :H, :W], X):
        for top, left in itertools.product(range(rows + 1), range(columns + 1)):
            if torch.equal(padded[:, :, top : top + H, left : left + W], X):
                at_end = top in (0, rows) and left in (0, columns)
                both = "" if at_end else ", not on both sides"
                return say("the zeros belong {0}at the bottom and on the right{1}", "" if at_end else "only ", both)
        return "don't resize the image or change its pixels: pad it, and cut the result to size"
    if torch.equal(padded, F.pad(X, (0, columns, 0, rows), mode="replicate")):
        return "pad with zeros, not with copies of the border" if rows + columns else ""
    added = torch.cat([padded[:, :, H:].flatten(), padded[:, :, :H, W:].flatten()])
    if not len(added) or not added.any():
        return ""
    value = added[0].item()
    return (
        say("pad with zeros, not with {0:g}", value) if (added == value).all() else "pad with zeros, not with other values"
    )


def _read_wrongly(logits: Tensor, H: int, W: int) -> dict[str, Tensor]:
    """What somebody would return who reads the classes off in a wrong way."""
    classes, rows, columns = logits.argmax(dim=1), -H % 8, -W % 8
    mine = logits[:, :, :H, :W]
    last = logits.shape[1] - 1 - logits.flip(1).argmax(dim=1)
    return {
        "the classes of the padding must be cut off again": classes,
        "those are the logits; a pixel's class is the argmax over the channels, dim=1": mine,
        "those are the logits, even those of the padding; take the argmax over the channels, and cut": logits,
        "those are the largest logits; argmax says to which class they belong": mine.amax(dim=1),
        "those are probabilities; a pixel's class is the argmax over the channels": mine.softmax(dim=1),
        "the mask has no axis for the channel: (N, H, W)": mine.argmax(dim=1, keepdim=True),
        "dimension 0 is the batch: take the argmax over the channels, dim=1": mine.argmax(dim=0),
        "dimension 2 is that of the rows: take the argmax over the channels, dim=1": mine.argmax(dim=2),
        "dimension 3 is that of the columns: take the argmax over the channels, dim=1": mine.argmax(dim=3),
        "that's the class with the smallest logit": mine.argmin(dim=1),
        "where logits are equal, the first class counts, not the last": last[:, :H, :W],
        "cut to H rows and W columns: the two are swapped": classes[:, :W, :H],
        "you cut the rows only, not the columns": classes[:, :H],
        "you cut the columns only, not the rows": classes[:, :, :W],
        "the padding is at the bottom and on the right, so keep the top left corner": classes[:, rows:, columns:],
        "where nothing is padded, the slice :-0 is empty: cut with :H and :W": classes[:, :-rows, :-columns],
        "that's only the first image of the batch": classes[0, :H, :W],
        "the classes count from 0, as argmax gives them": classes[:, :H, :W] + 1,
    }


def _of_segments(answer: Callable, wrong: Sequence[Outcome]) -> str:
    """What is wrong with net's input, or with what is made of its output."""
    if any(outcome.fault and outcome.got is not Raised for outcome in wrong):
        return ""  # nothing returned, or an argument changed
    passes = []  # an outcome, X, and what net got
    for outcome in wrong:
        net, X = _copied(outcome.case)
        with contextlib.suppress(Exception):  # an answer may raise anything
            answer(net, X.clone())
        if net.given:
            passes.append((outcome, X, _images(net.given, X)))
        elif outcome.got is not Raised:
            return "your function doesn't call net"
    if not passes or any(given is None for _, _, given in passes):
        return ""
    sizes = [(given.shape[2] - X.shape[2], given.shape[3] - X.shape[3], *X.shape[2:]) for _, X, given in passes]
    off = [size for size in sizes if size[:2] != _missing(*size[2:])]
    if off:
        line = next((line for line, added in SIZES.items() if all(added(*size[2:]) == size[:2] for size in sizes)), "")
        rows, columns, H, W = off[0]
        by = _missing(H, W)
        return line or say(
            "from {0}×{1}, net gets {2}×{3} instead of {4}×{5}", H, W, H + rows, W + columns, H + by[0], W + by[1]
        )
    line = next(filter(None, (_filled_wrongly(X, given) for _, X, given in passes)), "")
    if line or any(outcome.got is Raised for outcome in wrong):
        return line
    read = [_read_wrongly(outcome.case[0](given), *X.shape[2:]) for outcome, X, given in passes]
    return next(
        (name for name in read[0] if all(equal(o.got, one[name]) for o, one in zip(wrong, read, strict=True))),
        "net gets the right input, but what you make of its logits isn't right",
    )


EXERCISES = {
    "13.1": Value(
        reference=lambda: _size_after(100, 150),
        mistakes={
            "a 2×2 window that doesn't fit is dropped: pooling rounds down, so a row or column can get lost": (
                lambda: _size_after(100, 150, ceil_mode=True)
            ),
            "that's the size of the input, but the poolings meet odd sizes on the way down": lambda: (100, 150),
            "rows come first": lambda: _size_after(150, 100),
            "a 3×3 convolution with padding 1 keeps the size; only the poolings shrink the maps": lambda: (80, 136),
            "there are three poolings and three doublings, not two of each": lambda: (100, 148),
            "that's the size of the page's scenes; this image has 100 rows and 150 columns": lambda: (64, 64),
            "give only the rows and columns, without the axes of the batch and the logits": lambda: (1, 5, 96, 144),
            "that's the size at the bottleneck; the decoder doubles it three times": lambda: _size_after(100, 150, up=0),
            "the decoder doubles the size three times, not twice": lambda: _size_after(100, 150, up=2),
        },
        otherwise=_of_sides,
        hints=[
            "Follow both sides through three poolings, rounding down each time. Convolutions with padding 1 keep the size.",
            "100 → 50 → 25 → 12, and 150 → 75 → 37 → 18. What does the decoder make of these?",
        ],
        praise="Twelve rows become 96, and 18 columns become 144: what the poolings dropped doesn't come back.",
    ),
    "13.2": Value(
        reference=lambda: _field(3 * STAGE + BOTTLENECK),
        mistakes={
            "the poolings see more, too: a 2×2 window adds 2 − 1 times the strides before it": (
                lambda: 1 + sum(4 * stride for stride in (1, 2, 4, 8))
            ),
            "a pooling's stride counts only for the layers after it, not for its own window": (
                lambda: 1 + sum(4 * stride for stride in (1, 2, 4, 8)) + 2 + 4 + 8
            ),
            "that's the field before the bottleneck, whose two convolutions see more": lambda: _field(3 * STAGE),
            "that's the lesson's network, with one convolution before each pooling": (
                lambda: _field(3 * STAGE[1:] + BOTTLENECK)
            ),
            "the bottleneck has two convolutions": lambda: _field(3 * STAGE + BOTTLENECK[:1]),
            "without the poolings' strides, the field grows too slowly: each pooling doubles all later steps": (
                lambda: 1 + 8 * 2 + 3
            ),
            "the poolings count, too: without them, eight convolutions see 17 pixels": lambda: 1 + 8 * 2,
            "a layer adds k − 1, not k, times the strides before it: a window's first pixel is there already": (
                lambda: 1 + sum(8 * stride for stride in (1, 2, 4)) + 6 * 8
            ),
            "the strides multiply: values are 1, 2, 4, and then 8 pixels apart": lambda: 1 + 5 * (1 + 2 + 3) + 4 * 4,
            "the strides multiply: values are 1, 2, 4, and 8 pixels apart, not 1, 2, 4, and 6": lambda: 1 + 5 * 7 + 4 * 6,
            "the bottleneck has two convolutions, not four": lambda: _field(3 * STAGE + 2 * BOTTLENECK),
            "only the convolutions before the poolings are doubled, so the field doesn't double": lambda: 2 * 54,
            "that's the area of a square; give the pixels along one axis": lambda: 68**2,
            "that's the size of a scene; the layers alone say how large the field is": lambda: 64,
            "the sum starts with 1: even without any layer, a value sees one pixel": (
                lambda: _field(3 * STAGE + BOTTLENECK) - 1
            ),
        },
        otherwise=lambda got: say(
            ("{0:g} isn't right: to a field of 1, each layer adds k − 1 times the product of the strides before it"),
            got.item(),
        ),
        hints=[
            "Write down the eleven layers. Each adds (k − 1) times the product of the strides before it to a field of 1.",
            "The first stage adds 2 + 2 + 1 and doubles the distance. What does the second one add?",
            "The stages add 5, 10, and 20. In the bottleneck, neighboring values are 8 pixels apart.",
        ],
        praise="1 + 5 + 10 + 20 + 2 · 16 = 68: more than the 64 pixels of a scene.",
    ),
    "13.3": SeenThrough(
        reference=_mean_iou,
        cases=_masks,
        through=_nan_in_words,
        mistakes=of_slips(_scorer, SCORE_SLIPS, together=1),
        otherwise=_of_scores,
        hints=[
            "First keep only the pixels that count, in both masks: predicted[true != ignore] and true[true != ignore].",
            "For each class, count the pixels in both masks and in at least one. If the second count is 0, skip the class.",
            "Collect both / either in a list, and divide its sum by its length.",
        ],
        praise="One pair of counts per class over the whole batch, and absent classes are left out.",
    ),
    "13.4": Function(
        reference=_joined,
        cases=_stages,
        mistakes=_join_mistakes(),
        otherwise=_twice(_joiner, JOIN_SLIPS, _joined),
        errors={"must have the same number of spatial dimensions": "the size is two numbers, (H, W)"},
        hints=[
            "Two things are wrong: the size for odd H or W, and the axis along which the maps are concatenated.",
            "F.interpolate takes size=(H, W) in place of scale_factor, and torch.cat takes dim.",
        ],
        praise="The maps say how large the result must be, and the channels of both are side by side.",
    ),
    "13.5": Choice(
        test=_brings_back,
        hints=[
            "21 stamps that start 3 pixels apart cover 20 · 3 + k pixels. Then 2p are cut off and output_padding added.",
            "Stamps overlap evenly if the kernel's size is a multiple of the stride. Try 3 and 6.",
            "With k = 3, only output_padding could supply the missing row, but no stamp reaches it.",
        ],
        praise="The kernel's size is a multiple of 3, so the stamps overlap evenly, and their paddings make it 64 exactly.",
    ),
    "13.6": Function(
        reference=_segment,
        cases=_scenes,
        mistakes={
            "a side that's already a multiple of 8 needs no padding, but 8 − H % 8 gives 8": _eight_more,
            "the zeros belong at the bottom and on the right": _at_top_left,
            "the zeros belong only at the bottom and on the right, not on both sides": _on_both_sides,
            "F.pad starts with the last axis: (left, right, top, bottom)": _swapped,
            "the classes of the padding must be cut off again": (
                lambda net, X: net(F.pad(X, (0, _pads(X)[1], 0, _pads(X)[0]))).argmax(dim=1)
            ),
            "don't cut the image: pixels at the border would get no class": (
                lambda net, X: net(X[:, :, : X.shape[2] // 8 * 8, : X.shape[3] // 8 * 8]).argmax(dim=1)
            ),
            "pad with zeros, not with copies of the border": (
                lambda net, X: net(F.pad(X, (0, _pads(X)[1], 0, _pads(X)[0]), mode="replicate")).argmax(dim=1)[
                    :, : X.shape[2], : X.shape[3]
                ]
            ),
        },
        probe=_of_segments,
        hints=[
            "How many rows are missing? For H = 13 it's 3, and for H = 16 it's 0: -H % 8 in Python.",
            "F.pad(X, (0, columns, 0, rows)) adds columns on the right and rows at the bottom.",
            "After argmax over the channels, keep [:, :H, :W].",
        ],
        praise="It works for every size, and the padding leaves no trace in the shape.",
    ),
}
