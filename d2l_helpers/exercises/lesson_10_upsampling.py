"""Exercises of lesson 10, down- and upsampling."""

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
    """The row read linearly at these positions, each neighbor kept inside the row; weights may be swapped."""
    lower = position.long()
    weight = position - lower
    weight = 1 - weight if swapped else weight
    last = len(row) - 1
    return (1 - weight) * row[lower.clamp(max=last)] + weight * row[(lower + 1).clamp(max=last)]


def _indices(row: Tensor, s: int) -> Tensor:
    return torch.arange(s * len(row), dtype=row.dtype)


def _tents(row: Tensor) -> Tensor:
    """A row doubled by tents, with zeros beyond its ends."""
    tent = torch.tensor([0.25, 0.75, 0.75, 0.25], dtype=row.dtype)
    return F.conv_transpose1d(row[None, None], tent[None, None], stride=2, padding=1)[0, 0]


def _large_images(generator: torch.Generator) -> list[tuple]:
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
    """Whether a kernel of three weights removes stripes of period 2 and leaves an even gray as it is."""
    kernel = torch.as_tensor(kernel, dtype=torch.float64)
    if kernel.shape != (3,):
        return f"the answer has three numbers, but yours has the shape {tuple(kernel.shape)}"

    def blurred(row):
        return F.conv1d(row[None, None], kernel[None, None])[0, 0]

    gray = blurred(torch.ones(8, dtype=torch.float64))[0].item()
    if abs(gray - 1) > 1e-3:
        return f"a uniform gray of 1 becomes {gray:.3g}: the three weights must add up to 1"
    stripes = blurred(torch.tensor([0.0, 1.0], dtype=torch.float64).repeat(4))
    left = (stripes.max() - stripes.min()).item()
    if abs(left - 1) < 1e-3:
        return "the stripes keep all their contrast: what does the kernel output on 0 1 0, and what on 1 0 1?"
    if left > 1e-3:
        return f"stripes remain: the values alternate between {stripes.min():.3g} and {stripes.max():.3g}, not 0.5 and 0.5"
    return ""


def _copies_squares(kernel) -> str:
    """Whether a 4×4 kernel with stride 2 and padding 1 makes a transposed convolution copy each pixel into a 2×2 block."""
    kernel = torch.as_tensor(kernel, dtype=torch.float64)
    if kernel.shape != (4, 4):
        return f"the kernel must be 4×4, but yours has the shape {tuple(kernel.shape)}"
    X = torch.randn(1, 1, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def enlarged(weight):
        return F.conv_transpose2d(X, weight[None, None], stride=2, padding=1)

    wanted = F.interpolate(X, scale_factor=2, mode="nearest")
    got = enlarged(kernel)
    if torch.allclose(got, wanted):
        return ""
    if torch.allclose(got, enlarged(bilinear_kernel(1, 1, 4)[0, 0].double())):
        return "this kernel gives bilinear upsampling"
    if torch.allclose(got, enlarged(torch.ones(4, 4, dtype=torch.float64))):
        return "blocks of 4×4 that start 2 pixels apart overlap: an output pixel is now the sum of up to four input pixels"
    shifts = [(di, dj) for di in (-1, 0, 1) for dj in (-1, 0, 1)]
    if any(torch.allclose(got[..., 1:-1, 1:-1], wanted.roll(shift, (-2, -1))[..., 1:-1, 1:-1]) for shift in shifts):
        return (
            "these are copies, but shifted: padding 1 cuts a row and a column off each side, so put the block in the middle"
        )
    factor = (got * wanted).sum() / wanted.square().sum()
    if factor.abs() > 1e-9 and torch.allclose(got, factor * wanted):
        return f"the blocks are right, but their brightness is {factor:.3g} times that of the pixel; a copy needs 1"
    return "each input pixel must be copied, unchanged, into one 2×2 block and nowhere else"


EXERCISES = {
    "10.1": Value(
        reference=lambda: (5 + 0.5) / 3 - 0.5,
        mistakes={
            "that's the position with align_corners=True": lambda: 5 * 3 / 11,
            "both half pixels are missing: a pixel is where its center is": lambda: 5 / 3,
            "the center of input pixel 0 is at position 0 but half a pixel from the edge: subtract ½": lambda: 5.5 / 3,
            "the center of output pixel 5 is 5½ of its own widths from the edge, not 5": lambda: 5 / 3 - 0.5,
        },
        hints=[
            "How many output pixels from the left edge is the center of output pixel 5? Three make up one input pixel.",
            "(i + ½)/s − ½ with i = 5 and s = 3.",
        ],
        praise="5½ output pixels are 1.83 input pixels, and the first input center is half a pixel from the edge: 4/3.",
        tolerance=0.006,
    ),
    "10.2": Value(
        reference=lambda: _linear(ROW, 2),
        mistakes={
            "that's the result with align_corners=True": lambda: _linear(ROW, 2, align_corners=True),
            "that's nearest-neighbor upsampling: each value is copied": lambda: ROW.repeat_interleave(2),
            "the weights are swapped: the nearer neighbor counts ¾": lambda: torch.tensor([2.0, 8, 4, 7, 9, 6]),
            "beyond its ends, the row doesn't fall to 0: the outermost value counts in full there": lambda: _tents(ROW),
            "the half pixels are missing: you read at 0, ½, 1, …": lambda: _at(ROW, _indices(ROW, 2) / 2),
        },
        hints=[
            "The positions are −¼, ¼, ¾, 1¼, 1¾, and 2¼. The first is moved to 0 and the last to 2.",
            "At ¼, the value is ¾ · 2 + ¼ · 10 = 4.",
        ],
        praise="The ends keep their values, and the others are ¾ of the nearer neighbor plus ¼ of the farther one.",
    ),
    "10.3": Function(
        reference=lambda X, r: F.pixel_unshuffle(X, r),
        cases=_large_images,
        mistakes={
            "a reshape alone isn't enough: it cuts the rows into pieces, not the image into squares of r×r pixels": (
                lambda X, r: X.reshape(X.shape[0] * r * r, X.shape[1] // r, X.shape[2] // r)
            ),
            "rows and columns are swapped inside the squares: channel a·r + b holds row a and column b": (
                lambda X, r: _unshuffle(X, r, "cbahw")
            ),
            "the new channels that come from one old channel must stay together: channel c·r² + a·r + b": (
                lambda X, r: _unshuffle(X, r, "abchw")
            ),
            "that's the shuffle itself, not the way back": lambda X, r: F.pixel_shuffle(X, r),
            "this cuts the image into r×r large tiles; take every r-th pixel instead": (
                lambda X, r: torch.cat([part for rows in X.chunk(r, 1) for part in rows.chunk(r, 2)])
            ),
        },
        hints=[
            "X[:, a::r, b::r] is every r-th pixel, starting at row a and column b: one new channel for each old one.",
            "Start with zeros of the right shape and dtype. Y[a·r + b :: r²] selects the channels with the same a and b.",
            "Inside two loops over range(r): Y[a * r + b :: r**2] = X[:, a::r, b::r].",
        ],
        praise="Each square of r² pixels becomes r² channels, and a shuffle brings it back.",
    ),
    "10.4": Choice(
        test=_quiets_stripes,
        hints=[
            "On the stripes, the kernel [a, b, c] outputs b at one pixel and a + c at the next. What must both be?",
            "a + c = b and a + b + c = 1.",
        ],
        praise="b = ½ and a + c = ½, so every output is ½: the stripes are gone before a pixel is dropped.",
    ),
    "10.5": Choice(
        test=_copies_squares,
        hints=[
            "With stride 2, the kernel of pixel (i, j) starts in row 2i. Padding 1 then removes one row from each side.",
            "Afterward, the block must fill rows 2i and 2i + 1. They come from rows 1 and 2 of the kernel.",
        ],
        praise="Ones in the middle and zeros around them: nearest-neighbor upsampling is a transposed convolution, too.",
    ),
    "10.6": Function(
        reference=_linear,
        cases=_rows,
        mistakes={
            "the half pixels are still missing: (i + ½)/s − ½": lambda row, s: _at(row, _indices(row, s) / s),
            "the first positions are below 0: without clamp(min=0), the row is continued beyond its start": (
                lambda row, s: _at(row, (_indices(row, s) + 0.5) / s - 0.5)
            ),
            "that's the result with align_corners=True": lambda row, s: _linear(row, s, align_corners=True),
            "the second half pixel is missing: subtract ½ at the end": (
                lambda row, s: _at(row, ((_indices(row, s) + 0.5) / s).clamp(max=len(row) - 1))
            ),
            "the weights are swapped: w belongs to the upper neighbor": (
                lambda row, s: _at(row, ((_indices(row, s) + 0.5) / s - 0.5).clamp(min=0), swapped=True)
            ),
        },
        hints=[
            "At which positions does the function read the row 0, 1 for s = 2? Compare them with the formula.",
            "position = (i + 0.5) / s - 0.5. But where does a position of −0.25 belong?",
            "position = ((i + 0.5) / s - 0.5).clamp(min=0)",
        ],
        praise="The positions are right now, and none is outside the row, so the image no longer shifts.",
    ),
}
