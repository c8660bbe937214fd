"""Exercises of lesson 10, down- and upsampling."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from .._language import say
from ..ops.transposed import bilinear_kernel
from ._clues import fails_where
from ._comparing import as_tensor
from ._kinds import Choice, Function, Value

ROW = torch.tensor([2.0, 10.0, 6.0], dtype=torch.float64)


def _resized(row: Tensor, m: int, **settings) -> Tensor:
    """A row (n,) resized to (m,) by PyTorch, linearly unless `settings` says otherwise."""
    return F.interpolate(row[None, None], size=m, **{"mode": "linear", **settings})[0, 0]


def _doubled(**settings) -> Tensor:
    return _resized(ROW, 6, **settings)


def _at(row: Tensor, position: Tensor, swapped: bool = False) -> Tensor:
    """The row read linearly at these positions, each neighbor kept inside the row; weights may be swapped."""
    lower = position.long()
    weight = position - lower
    weight = 1 - weight if swapped else weight
    last = len(row) - 1
    return (1 - weight) * row[lower.clamp(0, last)] + weight * row[(lower + 1).clamp(0, last)]


def _tents(row: Tensor) -> Tensor:
    """A row doubled by tents, with zeros beyond its ends."""
    tent = torch.tensor([0.25, 0.75, 0.75, 0.25], dtype=row.dtype)
    return F.conv_transpose1d(row[None, None], tent[None, None], stride=2, padding=1)[0, 0]


def _about_the_position(got: Tensor) -> str:
    """Where a position is that no mistake explains."""
    if not 0.5 < got < 1.5:
        side = "left" if got < 1 else "right"
        return say("output pixels 3, 4, and 5 cover the input pixel at 1, and that's too far {0} to be one of them", side)
    if got <= 1:
        return "output pixel 4 is at the center of the input pixel at 1; pixel 5 is right of it"
    return "that's right of the input pixel at 1, as it should be; how wide is one output pixel?"


def _about_the_six(got: Tensor) -> str:
    """What interpolation wouldn't do."""
    if got.min() < 2 or got.max() > 10:
        return "interpolation stays between the values of the row, and some of yours are outside"
    if got[0] != 2 or got[-1] != 6:
        return "the outermost positions move to the nearest pixels, so the first and the last value are those of the row"
    if not (got[1] < got[2] and got[3] > got[4]):
        return "from 2 to 10, the values rise, and from 10 to 6, they fall"
    return "between two pixels, the two values are ¼ and ¾ of the way from one to the other"


# 10.3


def _about_the_channels(answer: Callable, wrong) -> str:
    """What is wrong with the shape or with where the pixels are."""
    pairs = [(as_tensor(outcome.got), outcome.expected) for outcome in wrong if not outcome.fault]
    if not pairs or any(got is None for got, _ in pairs):
        return ""
    got, expected = pairs[0]
    if got.dim() != 3:
        return ""
    if got.shape != expected.shape:
        wanted = zip(("C·r² channels", "H rows", "W columns"), got.shape, expected.shape, strict=True)
        first = next((name, a, b) for name, a, b in wanted if a != b)
        return say("the result must have {0}, so {1} here, not {2}", first[0], first[2], first[1])
    if any(not torch.equal(*(part.double().flatten().sort()[0] for part in pair)) for pair in pairs):
        return "some pixels are missing, and others appear more than once or as 0: each should be there exactly once"
    own, right = ([channel.flatten().sort()[0].tolist() for channel in part.double()] for part in pairs[-1])
    if own == right:
        return "each channel has the right pixels, but in other places"
    if sorted(own) == sorted(right):
        return "the channels have the right pixels, but the channels are in another order"
    return "all pixels are there, but a channel has to hold the same place of every square, and here it mixes places"


def _large_images(generator: torch.Generator) -> list[tuple]:
    """(X, r) in float64, smallest first: X of shape (C, rH, rW)."""
    shapes = [((1, 2, 2), 2), ((1, 2, 4), 2), ((2, 4, 2), 2), ((3, 3, 6), 3), ((2, 4, 6), 1), ((1, 4, 8), 4)]
    return [(torch.randn(size, generator=generator, dtype=torch.float64), r) for size, r in shapes]


def _unshuffle(X: Tensor, r: int, order: str = "cabhw", split: str = "chawb") -> Tensor:
    """(C, rH, rW) cut into five axes and joined in another order: c, rows h and a (within a square), columns w and b."""
    C, height, width = X.shape
    sizes = {"c": C, "h": height // r, "a": r, "w": width // r, "b": r}
    parts = X.reshape([sizes[letter] for letter in split])
    joined = parts.permute([split.index(letter) for letter in order])
    return joined.reshape(C * r * r, height // r, width // r)


def _first_squares(X: Tensor, r: int, rows: int, columns: int) -> Tensor:
    """The channels of only so many places in a square, zeros for the others."""
    Y = F.pixel_unshuffle(X, r).unflatten(0, (len(X), r, r)).clone()
    Y[:, rows:] = 0
    Y[:, :, columns:] = 0
    return Y.flatten(0, 2)


def _for_squares_of(X: Tensor, r: int, height: Callable[[Tensor], int]) -> Tensor:
    """Channels put into zeros whose sides are both taken from one axis of X."""
    side = height(X) // r
    Y = X.new_zeros(len(X) * r * r, side, side)
    for a in range(r):
        for b in range(r):
            Y[a * r + b :: r * r] = X[:, a::r, b::r]
    return Y


def _every_other(X: Tensor, r: int) -> Tensor:
    return torch.stack([channel[a::2, b::2] for channel in X for a in (0, 1) for b in (0, 1)])


# 10.4


def _sharpens_the_cut(kernel) -> str:
    """Whether five weights remove stripes of period 2 and leave gray and stripes of period 4 as they are."""
    weights = as_tensor(kernel)
    if weights is None or isinstance(kernel, str):
        return "the answer is five numbers, e.g. [0, 0, 1, 0, 0]"
    weights = weights.double()
    if weights.shape != (5,):
        return say("the answer is five numbers, but yours has the shape {0}", tuple(weights.shape))
    if not weights.isfinite().all():
        return "every weight must be a number: something was divided by 0"

    def blurred(*pattern):
        row = torch.tensor(pattern, dtype=torch.float64).repeat(6)
        return F.conv1d(row[None, None], weights[None, None])[0, 0][: len(pattern)]

    gray, narrow, wide = blurred(1.0)[0].item(), blurred(0.0, 1.0), blurred(0.0, 0.0, 1.0, 1.0)
    if abs(gray - 1) > 1e-3:
        return say("a uniform gray of 1 becomes {0:.3g}: the five weights must add up to 1", gray)
    if (narrow - 0.5).abs().max() > 1e-3:
        kept = (narrow.max() - narrow.min()).item()
        low, high = narrow.min().item(), narrow.max().item()
        if abs(kept - 1) < 1e-3:
            return "the stripes 0, 1 keep all their contrast: what does the kernel output where its middle is on a 1?"
        return say(
            "of the stripes 0, 1, some contrast is left: the values alternate between {0:.3g} and {1:.3g}", low, high
        )
    wanted = torch.tensor(
        [1.0, 1.0, 0.0, 0.0], dtype=torch.float64
    )  # of the first windows: their middles are on 1, 1, 0, 0
    if (wide - wanted).abs().max() < 1e-3:
        return ""
    if any((wide - wanted.roll(steps)).abs().max() < 1e-3 for steps in (1, 2, 3)):
        return "the stripes 0, 0, 1, 1 keep their contrast, but they move: an output belongs to the middle of its window"
    low, high = wide.min().item(), wide.max().item()
    if high - low < 1e-3:
        return "the stripes 0, 1 are gone, but so are the stripes 0, 0, 1, 1"
    values = ", ".join(f"{value:.3g}" for value in wide.roll(2).tolist())
    weaker = "lose contrast" if high - low < 1 - 1e-3 else "change"
    return say("the stripes 0, 1 are gone, but the stripes 0, 0, 1, 1 {0}, too: they become {1}", weaker, values)


# 10.5


def _copies_squares(kernel) -> str:
    """Whether a 4×4 kernel with stride 2 and padding 1 makes a transposed convolution copy each pixel into a 2×2 block."""
    weights = as_tensor(kernel)
    if weights is None or isinstance(kernel, str):
        return "the answer is a 4×4 tensor of weights"
    weights = weights.double()
    if weights.shape != (4, 4):
        return say("the kernel must be 4×4, but yours has the shape {0}", tuple(weights.shape))
    if not weights.isfinite().all():
        return "every weight must be a number"
    block, outside = weights[1:3, 1:3], weights.clone()
    outside[1:3, 1:3] = 0

    def like(other):
        return torch.allclose(weights, torch.as_tensor(other, dtype=torch.float64), atol=1e-6)

    ones = torch.ones(2, 2, dtype=torch.float64)
    if like(F.pad(ones, (1, 1, 1, 1))):
        return ""
    if like(bilinear_kernel(1, 1, 4)[0, 0]):
        return "this kernel gives bilinear upsampling"
    if like(torch.ones(4, 4)):
        return "blocks of 4×4 that start 2 pixels apart overlap: an output pixel is now the sum of up to four input pixels"
    if any(like(F.pad(ones, (j, 2 - j, i, 2 - i))) for i in (0, 1, 2) for j in (0, 1, 2)):
        return (
            "these are copies, but shifted: padding 1 cuts a row and a column off each side, so put the block in the middle"
        )
    if not weights.any():
        return "with a kernel of zeros, every output is 0"
    spread = int((outside.abs() > 1e-6).sum())
    if not spread and torch.allclose(block, block[0, 0].expand(2, 2)):
        return say(
            "the blocks are right, but their brightness is {0:.3g} times that of the pixel; a copy needs 1", block[0, 0]
        )
    if not spread:
        return say("of its four outputs, a pixel reaches only some unchanged: a 1 becomes {0}", _rows(block))
    one, more = (
        "a pixel also reaches 1 output outside of its 2×2 block",
        "a pixel also reaches {0} outputs outside of its 2×2 block",
    )
    beside = say(one if spread == 1 else more, spread)
    sums = torch.stack([weights[a::2, b::2].sum() for a in (0, 1) for b in (0, 1)])
    if torch.allclose(sums, torch.ones(4, dtype=torch.float64), atol=1e-4):
        return say("a flat area keeps its brightness, but neighbors are mixed: {0}", beside)
    if torch.allclose(block, ones):
        return say("the 2×2 block is right, but {0}", beside)
    return say("a 1 becomes {0} in its own 2×2 block instead of four ones, and {1}", _rows(block), beside)


def _rows(block: Tensor) -> str:
    return "; ".join(", ".join(f"{value:.3g}" for value in row) for row in block.tolist())


# 10.6


def _lengths(generator: torch.Generator) -> list[tuple]:
    """(row, m) in float64, smallest first: longer, shorter, as long as before, and one pixel alone."""
    sizes = [(2, 4), (3, 6), (4, 7), (1, 3), (6, 3), (5, 5), (7, 3), (4, 12), (9, 4), (5, 8)]
    return [(torch.randn(n, generator=generator, dtype=torch.float64), m) for n, m in sizes]


def _read(row: Tensor, m: int, plus=0.5, minus=0.5, scale=None, low=0, high=None, swapped=False) -> Tensor:
    """The row read at m positions of which something may be wrong."""
    scale = len(row) / m if scale is None else scale
    position = (torch.arange(m, dtype=row.dtype) + plus) * scale - minus
    return _at(row, position.clamp(min=low).clamp(max=len(row) - 1 if high is None else high), swapped=swapped)


def _unclamped(row: Tensor, m: int, plus=0.5, minus=0.5) -> Tensor:
    """Positions below 0 are rounded up, so the line is continued beyond the first pixel."""
    return _at(row, (torch.arange(m, dtype=row.dtype) + plus) * len(row) / m - minus)


def _wrapped(row: Tensor, m: int) -> Tensor:
    """Index −1 reads the last pixel."""
    position = (torch.arange(m, dtype=row.dtype) + 0.5) * len(row) / m - 0.5
    lower = position.floor().long()
    weight = position - lower
    return (1 - weight) * row[lower] + weight * row[(lower + 1).clamp(max=len(row) - 1)]


def _beyond_the_end(row: Tensor, m: int) -> Tensor:
    """The upper neighbor isn't kept inside the row."""
    position = ((torch.arange(m, dtype=row.dtype) + 0.5) * len(row) / m - 0.5).clamp(min=0)
    lower = position.long()
    return (1 - position + lower) * row[lower] + (position - lower) * row[lower + 1]


def _rounded(row: Tensor, m: int) -> Tensor:
    """The lower neighbor is the nearest one, so weights may be negative."""
    position = ((torch.arange(m, dtype=row.dtype) + 0.5) * len(row) / m - 0.5).clamp(0, len(row) - 1)
    lower = position.round().long()
    weight = position - lower
    return (1 - weight) * row[lower] + weight * row[(lower + 1).clamp(max=len(row) - 1)]


def _about_the_row(answer: Callable, wrong) -> str:
    """What the function does to an even gray and to a ramp, which shows its positions."""
    gray, ramp = torch.ones(4, dtype=torch.float64), torch.arange(12, dtype=torch.float64)
    even = as_tensor(answer(gray.clone(), 6))
    if even is None or even.dim() != 1:
        return ""
    if even.shape != (6,):
        return say("a row of 4 pixels should become 6, and it becomes {0}", len(even))
    if not torch.allclose(even.double(), torch.ones(6, dtype=torch.float64), atol=1e-5):
        return "a row of ones doesn't stay a row of ones: the two weights of a pixel must add up to 1"
    for m, name in ((24, "doubled"), (6, "halved")):
        got, right = as_tensor(answer(ramp.clone(), m)), _resized(ramp, m)
        if got is None or got.shape != right.shape:
            return ""
        off = got.double() - right
        if off.abs().max() < 1e-4:
            continue
        inner = off[1:-1]
        if inner.abs().max() < 1e-4:
            return say(
                ("if the row 0, 1, …, 11 is {0}, only the first or last pixel is wrong: where do positions outside go?"),
                name,
            )
        if (inner - inner[0]).abs().max() < 1e-4:
            side = "right" if inner[0] > 0 else "left"
            return say(
                "if a row is {0}, pixels are read {1:.3g} of a pixel too far {2}: check both halves",
                name,
                inner[0].abs(),
                side,
            )
        places = say("the second pixel at {0:.3g}, not {1:.3g}", got[1], right[1])
        return say("the row 0, 1, …, 11 shows where you read it: if it's {0}, {1}", name, places)
    return "it's right for twice and half as many pixels; which other numbers of pixels did you try?"


def _where_sizes(wrong, cases) -> str:
    lines = {
        "it's right only if m is a multiple of the row's length: is a factor rounded to an integer?": (
            lambda row, m: m % len(row)
        ),
        "it's right only if m or the row's length is a multiple of the other: is a factor rounded to an integer?": (
            lambda row, m: m % len(row) and len(row) % m
        ),
    }
    return fails_where(wrong, cases, lines)


EXERCISES = {
    "10.1": Value(
        reference=lambda: (5 + 0.5) / 3 - 0.5,
        otherwise=_about_the_position,
        mistakes={
            "that's the position with align_corners=True": lambda: 5 * 3 / 11,
            "both half pixels are missing: a pixel is where its center is": lambda: 5 / 3,
            "the center of input pixel 0 is at position 0 but half a pixel from the edge: subtract ½": lambda: 5.5 / 3,
            "the center of output pixel 5 is 5½ of its own widths from the edge, not 5": lambda: 5 / 3 - 0.5,
            "half an output pixel is subtracted; its center is half a width farther from the edge": lambda: 4.5 / 3,
            "½ is added at the end; the first center is half a pixel from the edge, so subtract it": lambda: 5.5 / 3 + 0.5,
            "½ is added after the division; add it before, and subtract ½ after": lambda: 5 / 3 + 0.5,
            "that's the left neighbor, or 4½ output pixels where 5½ belong: counting starts at 0": lambda: 1,
            "that's the right neighbor, or output pixel 7; the position is between two pixels": lambda: 2,
            "you divide by n; how many output pixels make up one input pixel is s": lambda: 5.5 / 4 - 0.5,
            "that's 5/n, or 5 steps of (n − 1)/(sn): divide by s, and mind the half pixels": lambda: 5 / 4,
            "that's the other direction, from the input to the output": lambda: 5.5 * 3 - 0.5,
            "you multiply by s; an output pixel is only 1/s as wide as an input pixel": lambda: 5 * 3,
            "that's the distance from the left neighbor, which is w; the position is that of the neighbor plus w": (
                lambda: 1 / 3
            ),
            "that's the weight of the left neighbor; where is the pixel?": lambda: 2 / 3,
            "that's a share of the whole row; count in input pixels from the first center": lambda: 5.5 / 12,
            "that's a share of the row; count in input pixels": lambda: 5 / 12,
            "those are the two neighbors; the position is between them": lambda: [1, 2],
            "those are the positions of all 12 output pixels; give the one of pixel 5": lambda: [
                (i + 0.5) / 3 - 0.5 for i in range(12)
            ],
        },
        hints=[
            "How many output pixels from the left edge is the center of output pixel 5? Three make up one input pixel.",
            "Positions are counted from the first input pixel's center. How far is that from the left edge?",
        ],
        praise="5½ output pixels are 1.83 input pixels, and the first input center is half a pixel from the edge: 4/3.",
        tolerance=0.006,
    ),
    "10.2": Value(
        reference=_doubled,
        otherwise=_about_the_six,
        mistakes={
            "that's the result with align_corners=True": lambda: _doubled(align_corners=True),
            "that's nearest-neighbor upsampling: each value is copied": lambda: ROW.repeat_interleave(2),
            "the weights are swapped: the nearer neighbor counts ¾": lambda: [2, 8, 4, 7, 9, 6],
            "beyond its ends, the row doesn't fall to 0: the outermost value counts in full there": lambda: _tents(ROW),
            "the half pixels are missing: you read at 0, ½, 1, …": lambda: [2, 6, 10, 8, 6, 6],
            "the half pixels are missing, and six values are asked: you read at 0, ½, 1, 1½, and 2": lambda: [
                2,
                6,
                10,
                8,
                6,
            ],
            "½ is missing at the end: you read half a pixel too far right": lambda: _read(ROW, 6, minus=0),
            "½ is missing before the division: you read ¼ of a pixel too far left": lambda: _read(ROW, 6, plus=0),
            "both weights are ½; at −¼, ¼, ¾, …, the nearer neighbor counts more": lambda: [2, 6, 6, 8, 8, 6],
            "the weights are ⅔ and ⅓; how far is the position from each neighbor?": lambda: [
                2,
                14 / 3,
                22 / 3,
                26 / 3,
                22 / 3,
                6,
            ],
            "the ends are continued along the line: the first and last position move to the nearest center": lambda: [
                0,
                4,
                8,
                9,
                7,
                5,
            ],
            "the first position moves to the nearest center; only the last one has done that": lambda: [0, 4, 8, 9, 7, 6],
            "the last position moves to the nearest center; only the first one has done that": lambda: [2, 4, 8, 9, 7, 5],
            "the outermost positions are missing; they get the values of the nearest pixels": lambda: [4, 8, 9, 7],
            "those are zeros between the values; interpolation fills the gaps": lambda: [2, 0, 10, 0, 6, 0],
            "that doubles the values; double the number of pixels": lambda: 2 * ROW,
            "those are the positions; what does the row have there?": lambda: [0, 0.25, 0.75, 1.25, 1.75, 2],
            "those are the positions, and the outermost ones still have to move": lambda: [
                -0.25,
                0.25,
                0.75,
                1.25,
                1.75,
                2.25,
            ],
        },
        hints=[
            "The positions are −¼, ¼, ¾, 1¼, 1¾, and 2¼. The first is moved to 0 and the last to 2.",
            "At ¼, the pixel with the value 2 is nearer than the one with 10, so it counts ¾. Now the other neighbor.",
        ],
        praise="The ends keep their values, and the others are ¾ of the nearer neighbor plus ¼ of the farther one.",
    ),
    "10.3": Function(
        reference=lambda X, r: F.pixel_unshuffle(X, r),
        cases=_large_images,
        probe=_about_the_channels,
        without=("pixel_unshuffle",),
        mistakes={
            "a reshape alone isn't enough: it cuts the rows into pieces, not the image into squares of r×r pixels": (
                lambda X, r: X.reshape(X.shape[0] * r * r, X.shape[1] // r, X.shape[2] // r)
            ),
            "rows and columns are swapped inside the squares: channel a·r + b holds row a and column b": (
                lambda X, r: _unshuffle(X, r, "cbahw")
            ),
            "the new channels that come from one old channel must stay together, from c·r² on": (
                lambda X, r: _unshuffle(X, r, "abchw")
            ),
            "rows and columns are swapped inside the squares, and the channels of one old channel don't stay together": (
                lambda X, r: _unshuffle(X, r, "bachw")
            ),
            "that's the shuffle itself, not the way back": lambda X, r: F.pixel_shuffle(X, r),
            "this cuts the image into r×r large tiles; take every r-th pixel instead": (
                lambda X, r: torch.cat([part for rows in X.chunk(r, 1) for part in rows.chunk(r, 2)])
            ),
            "this cuts the image into r×r large tiles, channel by channel; take every r-th pixel instead": (
                lambda X, r: _unshuffle(X, r, "cabhw", "cahbw")
            ),
            "the pixels are joined column by column; the maps' rows come before their columns": lambda X, r: _unshuffle(
                X, r, "cabwh"
            ),
            "the axes for the rows and columns inside a square come last; they belong to the channels, before height and "
            "width": lambda X, r: _unshuffle(X, r, "chwab"),
            "height and width of each map are swapped": lambda X, r: F.pixel_unshuffle(X, r).mT,
            "this keeps one pixel of each square; where are the other ones?": lambda X, r: X[:, ::r, ::r],
            "all new channels hold the same pixel of each square": lambda X, r: X[:, ::r, ::r].repeat_interleave(r * r, 0),
            "all new channels hold the mean of each square; every pixel should be in one of them": lambda X, r: (
                F.avg_pool2d(X, r).repeat_interleave(r * r, 0)
            ),
            "this takes the mean of each square; every pixel should be in one of the new channels": lambda X, r: (
                F.avg_pool2d(X, r)
            ),
            "this takes the maximum of each square; every pixel should be in one of the new channels": lambda X, r: (
                F.max_pool2d(X, r)
            ),
            "the maps are still flat: give them rows and columns again": lambda X, r: F.unfold(X[None], r, stride=r)[0],
            "this is for r = 2 only": _every_other,
            "only the first old channel is in the result": lambda X, r: F.pixel_unshuffle(X[:1], r),
            "the height of the maps is used as their width, too": lambda X, r: _for_squares_of(X, r, lambda X: X.shape[1]),
            "the width of the maps is used as their height, too": lambda X, r: _for_squares_of(X, r, lambda X: X.shape[2]),
            "only the first row of each square is in the result: is the return inside the outer loop?": (
                lambda X, r: _first_squares(X, r, 1, r)
            ),
            "only the first pixel of each square is in the result: is the return inside the loops?": (
                lambda X, r: _first_squares(X, r, 1, 1)
            ),
            "the sizes are those of the 4×4 example": lambda X, r: (
                X.reshape(1, 2, 2, 2, 2).permute(0, 2, 4, 1, 3).reshape(4, 2, 2)
            ),
        },
        hints=[
            "X[:, a::r, b::r] is every r-th pixel, starting at row a and column b: one new channel for each old one.",
            "For one a and b, which new channels are these? Channels that come from neighboring old ones are r² apart.",
            "Look at the loops of the shuffle. What has to change so that the values go the other way?",
        ],
        praise="Each square of r² pixels becomes r² channels, and a shuffle brings it back.",
    ),
    "10.4": Choice(
        test=_sharpens_the_cut,
        hints=[
            "On the stripes 0, 1, the kernel outputs b + d at one pixel and a + c + e at the next. What must both be?",
            "On the stripes 0, 0, 1, 1, two of the four windows have their middle on a 1. Which weights meet ones there?",
            "So b equals d, and the stripes 0, 1 say how large both are. To add up to 1, some weight has to be negative.",
        ],
        praise="b = d = ¼, c = ¾, and a + e = −¼. With a negative weight, what should pass can pass whole.",
    ),
    "10.5": Choice(
        test=_copies_squares,
        hints=[
            "With stride 2, the kernel of pixel (i, j) starts in row 2i. Padding 1 then removes one row from each side.",
            "Afterward, the block must fill rows 2i and 2i + 1. Which rows of the kernel are there?",
        ],
        praise="Ones in the middle and zeros around them: nearest-neighbor upsampling is a transposed convolution, too.",
    ),
    "10.6": Function(
        reference=_resized,
        cases=_lengths,
        otherwise=_where_sizes,
        probe=_about_the_row,
        without=("interpolate", "upsample_bilinear", "upsample_trilinear"),
        mistakes={
            "both half pixels are still missing: a pixel is where its center is": lambda row, m: _read(row, m, 0, 0),
            "the first positions may be below 0: unless they move to 0, the line is continued there": _unclamped,
            "the index −1 reads the last pixel: the first positions are below 0": _wrapped,
            "the index runs out of the row: the last pixel has no upper neighbor": _beyond_the_end,
            "that's the result with align_corners=True": lambda row, m: _resized(row, m, align_corners=True),
            "the second half pixel is missing: the first center is half a pixel from the edge": lambda row, m: _read(
                row, m, minus=0
            ),
            "the first half pixel is missing: an output's center is half of its own width from where it starts": (
                lambda row, m: _read(row, m, plus=0)
            ),
            "the first half pixel is missing, and positions below 0 have to move to 0": lambda row, m: _unclamped(
                row, m, plus=0
            ),
            "half an output pixel is subtracted instead of added, and the half pixel at the end is missing": (
                lambda row, m: _read(row, m, -0.5, 0)
            ),
            "half an output pixel is subtracted instead of added": lambda row, m: _read(row, m, -0.5),
            "the half pixel at the end is added instead of subtracted": lambda row, m: _read(row, m, 0.5, -0.5),
            "half an input pixel is added at the end, but none belongs there": lambda row, m: _read(row, m, 0, -0.5),
            "a shift of ¼ is right only if the row is doubled": lambda row, m: _read(row, m, 0, 0.25),
            "1 is added and ½ subtracted; it's half a pixel both times": lambda row, m: _read(row, m, 1),
            "1 is subtracted at the end; it's half a pixel": lambda row, m: _read(row, m, 0.5, 1),
            "positions end at 1, which fits a row of two pixels only": lambda row, m: _read(row, m, high=1),
            "the scale is upside down: one output pixel is n/m input pixels wide": lambda row, m: _read(
                row, m, scale=m / len(row)
            ),
            "the row comes back as it is": lambda row, m: row,
            "m is the number of pixels of the result, not the factor": lambda row, m: _resized(row, m * len(row)),
            "each pixel is copied, and m is taken for the factor": lambda row, m: row.repeat_interleave(m),
            "a factor of 2 is built in; the row should have m pixels": lambda row, m: _resized(row, 2 * len(row)),
            "the weights are swapped: w belongs to the upper neighbor": lambda row, m: _read(row, m, swapped=True),
            "the weights are swapped, and both half pixels are missing": lambda row, m: _read(row, m, 0, 0, swapped=True),
            "each pixel is copied from a neighbor; interpolation weighs two": lambda row, m: _resized(
                row, m, mode="nearest"
            ),
            "each pixel is copied from the nearest one, and w has no effect: are the positions rounded?": lambda row, m: (
                _resized(row, m, mode="nearest-exact")
            ),
            "lower is the nearest pixel instead of the one below the position": _rounded,
            "this is the anti-aliased result; without antialias, each output reads two pixels": lambda row, m: (
                F.interpolate(row[None, None, None].expand(1, 1, 2, -1), size=(2, m), mode="bilinear", antialias=True)[
                    0, 0, 0
                ]
            ),
            "this takes the mean of an area; without antialias, each output reads two pixels": lambda row, m: _resized(
                row, m, mode="area"
            ),
            "the row is shifted by a whole pixel at the end; it's the positions that are wrong": lambda row, m: _read(
                row, m, 0, 0
            ).roll(1),
            "the values are divided by the scale, but interpolation keeps the brightness": lambda row, m: (
                _resized(row, m) * len(row) / m
            ),
        },
        hints=[
            "At which positions does the function read the row 0, 1 for m = 4? Compare them with those of the lesson.",
            "The lesson's formula divides by s. By how many pixels of the row does one step of the output move on here?",
            "Then look at the ends: where does a position of −0.25 belong?",
        ],
        praise="The positions are right for any two sizes, and none is outside the row, so the image no longer shifts.",
    ),
}
