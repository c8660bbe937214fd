"""Exercises of notebook 10, down- and upsampling."""

import torch
from torch import Tensor
from torch.nn import functional as F

from ..ops.transposed import bilinear_kernel
from ._kinds import Choice, Function, Value

ROW = torch.tensor([2.0, 10.0, 6.0], dtype=torch.float64)


def _linear(row: Tensor, s: int, align_corners: bool = False) -> Tensor:
    """A row (n,) enlarged to (s·n,) by PyTorch."""
    return F.interpolate(row[None, None], scale_factor=s, mode="linear", align_corners=align_corners)[0, 0]


def _at(row: Tensor, position: Tensor, swapped: bool = False) -> Tensor:
    """The row read linearly at these positions, each neighbour kept inside the row; weights may be swapped."""
    lower = position.long()
    weight = position - lower
    weight = 1 - weight if swapped else weight
    last = len(row) - 1
    return (1 - weight) * row[lower.clamp(max=last)] + weight * row[(lower + 1).clamp(max=last)]


def _cells(row: Tensor, s: int) -> Tensor:
    return torch.arange(s * len(row), dtype=row.dtype)


def _tents(row: Tensor) -> Tensor:
    """A row enlarged twice by tents, with nothing beyond its ends."""
    tent = torch.tensor([0.25, 0.75, 0.75, 0.25], dtype=row.dtype)
    return F.conv_transpose1d(row[None, None], tent[None, None], stride=2, padding=1)[0, 0]


def _large_pictures(generator: torch.Generator) -> list[tuple]:
    """(X, r) in float64, smallest first: X of shape (C, rH, rW)."""
    shapes = [((1, 2, 2), 2), ((1, 2, 4), 2), ((2, 4, 2), 2), ((3, 3, 6), 3), ((2, 4, 6), 1)]
    return [(torch.randn(size, generator=generator, dtype=torch.float64), r) for size, r in shapes]


def _rows(generator: torch.Generator) -> list[tuple]:
    """(row, s) in float64, smallest first."""
    sizes = [(2, 2), (3, 2), (4, 3), (1, 3), (5, 4)]
    return [(torch.randn(n, generator=generator, dtype=torch.float64), s) for n, s in sizes]


def _unshuffle(X: Tensor, r: int, order: str) -> Tensor:
    """(C, rH, rW) → (C·r², H, W) with the four new axes c, a, b, and the pixels, in the given order."""
    C, height, width = X.shape
    parts = X.reshape(C, height // r, r, width // r, r)
    axes = {"c": 0, "h": 1, "a": 2, "w": 3, "b": 4}
    return parts.permute([axes[letter] for letter in order]).reshape(C * r * r, height // r, width // r)


def _quiets_stripes(kernel) -> str:
    """Whether a row of three numbers removes stripes of period 2 and leaves an even grey as it is."""
    kernel = torch.as_tensor(kernel, dtype=torch.float64)
    if kernel.shape != (3,):
        return f"the answer has three numbers, yours has shape {tuple(kernel.shape)}"

    def blurred(row):
        return F.conv1d(row[None, None], kernel[None, None])[0, 0]

    grey = blurred(torch.ones(8, dtype=torch.float64))[0].item()
    if abs(grey - 1) > 1e-3:
        return f"an even grey of 1 becomes {grey:.3g}: the three numbers must add up to 1"
    stripes = blurred(torch.tensor([0.0, 1.0], dtype=torch.float64).repeat(4))
    left = (stripes.max() - stripes.min()).item()
    if abs(left - 1) < 1e-3:
        return "the stripes pass with all their contrast; look at the kernel's answer to 0 1 0 and to 1 0 1"
    if left > 1e-3:
        return f"stripes remain: they now go from {stripes.min():.3g} to {stripes.max():.3g}; both must be 0.5"
    return ""


def _copies_squares(kernel) -> str:
    """Whether a 4×4 kernel with stride 2 and padding 1 makes a transposed convolution copy each pixel into a 2×2 square."""
    kernel = torch.as_tensor(kernel, dtype=torch.float64)
    if kernel.shape != (4, 4):
        return f"the kernel must be 4×4, yours has shape {tuple(kernel.shape)}"
    X = torch.randn(1, 1, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def enlarged(weight):
        return F.conv_transpose2d(X, weight[None, None], stride=2, padding=1)

    wanted = F.interpolate(X, scale_factor=2, mode="nearest")
    got = enlarged(kernel)
    if torch.allclose(got, wanted):
        return ""
    if torch.allclose(got, enlarged(bilinear_kernel(1, 1, 4)[0, 0].double())):
        return "this is the tent: it gives bilinear upsampling"
    if torch.allclose(got, enlarged(torch.ones(4, 4, dtype=torch.float64))):
        return "squares of 4×4 at every second pixel overlap: each output cell is now the sum of four pixels"
    shifts = [(di, dj) for di in (-1, 0, 1) for dj in (-1, 0, 1)]
    if any(torch.allclose(got[..., 1:-1, 1:-1], wanted.roll(shift, (-2, -1))[..., 1:-1, 1:-1]) for shift in shifts):
        return "copies, but moved: padding 1 takes one row and one column from each side; put the square in the middle"
    factor = (got * wanted).sum() / wanted.square().sum()
    if factor.abs() > 1e-9 and torch.allclose(got, factor * wanted):
        return f"the squares are right, their brightness is {factor:.3g} times the pixel's: a copy needs 1"
    return "each pixel must be written, times 1, into one 2×2 square and nowhere else"


EXERCISES = {
    "10.1": Value(
        reference=lambda: (5 + 0.5) / 3 - 0.5,
        mistakes={
            "this is the position with align_corners=True": lambda: 5 * 3 / 11,
            "the two half pixels are missing: a cell lies where its centre lies": lambda: 5 / 3,
            "the centre of input cell 0 has position 0, but lies half a cell from the edge: take ½ away": lambda: 5.5 / 3,
            "output cell 5 has its centre at 5½ of its own widths": lambda: 5 / 3 - 0.5,
        },
        hints=[
            "How many output cells from the left edge is the centre of output cell 5? Three of them make an input cell.",
            "(i + ½)/s − ½ with i = 5 and s = 3.",
        ],
        praise="5½ small cells are 1.83 large ones from the edge, and input centres lie at ½, 1½, …: position 4/3.",
        tolerance=0.006,
    ),
    "10.2": Value(
        reference=lambda: _linear(ROW, 2),
        mistakes={
            "this is align_corners=True": lambda: _linear(ROW, 2, align_corners=True),
            "this is nearest: each number copied": lambda: ROW.repeat_interleave(2),
            "the weights are swapped: ¾ belongs to the nearer neighbour": lambda: torch.tensor([2.0, 8, 4, 7, 9, 6]),
            "beyond the ends the row does not go to 0: the last number counts in full there": lambda: _tents(ROW),
            "the half pixels are missing: you read at 0, ½, 1, …": lambda: _at(ROW, _cells(ROW, 2) / 2),
        },
        hints=[
            "The positions are −¼, ¼, ¾, 1¼, 1¾, 2¼; the first is taken as 0, the last as 2.",
            "At ¼ it is ¾ · 2 + ¼ · 10 = 4.",
        ],
        praise="Ends keep their number, all others are ¾ of the nearer and ¼ of the farther neighbour.",
    ),
    "10.3": Function(
        reference=lambda X, r: F.pixel_unshuffle(X, r),
        cases=_large_pictures,
        mistakes={
            "a reshape alone does not do it: it cuts rows into pieces, not the picture into r×r squares": (
                lambda X, r: X.reshape(X.shape[0] * r * r, X.shape[1] // r, X.shape[2] // r)
            ),
            "rows and columns are swapped inside the squares: channel a·r + b holds row a, column b": (
                lambda X, r: _unshuffle(X, r, "cbahw")
            ),
            "the channels of the picture must stay together: new channel c·r² + a·r + b": (
                lambda X, r: _unshuffle(X, r, "abchw")
            ),
            "this is the shuffle, the way up": lambda X, r: F.pixel_shuffle(X, r),
            "this cuts the picture into r×r large tiles; take every r-th pixel instead": (
                lambda X, r: torch.cat([part for rows in X.chunk(r, 1) for part in rows.chunk(r, 2)])
            ),
        },
        hints=[
            "X[:, a::r, b::r] holds every r-th pixel from row a and column b on: one new channel for each old one.",
            "Begin with zeros of shape (C·r², H/r, W/r), dtype=X.dtype; channels with the same a, b are Y[a·r + b :: r²].",
            "Y[a * r + b :: r**2] = X[:, a::r, b::r] inside two loops over range(r).",
        ],
        praise="Nothing is lost: r² pixels become r² channels, and the shuffle brings them back.",
    ),
    "10.4": Choice(
        test=_quiets_stripes,
        hints=[
            "On the stripes the kernel [a, b, c] answers a + c in one place and b in the next. What must hold?",
            "a + c = b, and a + b + c = 1.",
        ],
        praise="b = ½ and a + c = ½: both answers are ½, so the stripes are grey before a pixel is dropped.",
    ),
    "10.5": Choice(
        test=_copies_squares,
        hints=[
            "With stride 2, pixel (i, j) writes from row 2i and column 2j on; padding 1 cuts one row off each side.",
            "After the cut its square is to fill rows 2i and 2i + 1: these are the kernel's rows 1 and 2.",
        ],
        praise="Ones in the middle, zeros around: nearest upsampling is a transposed convolution as well.",
    ),
    "10.6": Function(
        reference=_linear,
        cases=_rows,
        mistakes={
            "the half pixels are still missing: (i + ½)/s − ½": lambda row, s: _at(row, _cells(row, s) / s),
            "the first positions are below 0: without clamp(min=0) the row is continued beyond its end": (
                lambda row, s: _at(row, (_cells(row, s) + 0.5) / s - 0.5)
            ),
            "this is align_corners=True": lambda row, s: _linear(row, s, align_corners=True),
            "only the first half pixel is there: take ½ away at the end": (
                lambda row, s: _at(row, ((_cells(row, s) + 0.5) / s).clamp(max=len(row) - 1))
            ),
            "the weights are swapped: `weight` belongs to the upper neighbour": (
                lambda row, s: _at(row, ((_cells(row, s) + 0.5) / s - 0.5).clamp(min=0), swapped=True)
            ),
        },
        hints=[
            "Enlarge the row [0, 1] and compare with F.interpolate(…, mode='linear'): which positions does it read?",
            "position = (i + 0.5) / s - 0.5; and what does a position of −0.25 mean?",
            "position = ((i + 0.5) / s - 0.5).clamp(min=0)",
        ],
        praise="Read at the centres, and held inside the row: a picture no longer moves when it grows.",
    ),
}
