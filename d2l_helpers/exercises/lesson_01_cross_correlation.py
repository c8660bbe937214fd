"""Exercises of notebook 01, cross-correlation."""

import torch
from torch.nn import functional as F

from ..ops.correlation import conv2d, corr2d
from ._kinds import Choice, Function, Value

X = torch.arange(9.0).reshape(3, 3)
K = torch.tensor([[0.0, 1.0], [2.0, 3.0]])


def _pairs(generator: torch.Generator) -> list[tuple]:
    """(X, K) in float64, smallest first."""
    shapes = [((2, 2), (1, 1)), ((2, 3), (1, 2)), ((3, 3), (2, 2)), ((4, 6), (2, 3)), ((6, 5), (3, 3))]
    return [
        tuple(torch.randn(size, generator=generator, dtype=torch.float64) for size in (input_size, kernel_size))
        for input_size, kernel_size in shapes
    ]


def _shifts_right(kernel) -> str:
    """Whether correlating with this 3×3 kernel moves a picture one pixel to the right."""
    kernel = torch.as_tensor(kernel, dtype=torch.float64)
    if kernel.shape != (3, 3):
        return f"the kernel must be 3×3, yours has shape {tuple(kernel.shape)}"
    picture = torch.randn(6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    shifted = corr2d(picture, kernel)
    wanted = {"right": picture[1:-1, :-2], "left": picture[1:-1, 2:], "up": picture[2:, 1:-1], "down": picture[:-2, 1:-1]}
    for direction, target in wanted.items():
        if torch.allclose(shifted, target):
            wrong = f"this kernel moves the picture {direction}: each place must get its left neighbour"
            return "" if direction == "right" else wrong
    if torch.allclose(shifted, picture[1:-1, 1:-1]):
        return "this kernel leaves the picture where it is"
    return "each place must get its left neighbour: one 1 in the kernel, all other numbers 0"


EXERCISES = {
    "1.1": Value(
        reference=lambda: tuple(F.conv2d(torch.zeros(1, 1, 7, 9), torch.zeros(1, 1, 3, 2)).shape[2:]),
        mistakes={
            "this is (width, height); shapes are (height, width)": lambda: (8, 5),
            "you took n − k; the first position counts too: n − k + 1": lambda: (4, 7),
            "this is the size of the input": lambda: (7, 9),
        },
        hints=[
            "On how many rows can the top edge of a window of 3 rows lie, in an input of 7?",
            "n − k + 1 along each axis.",
        ],
        praise="7 − 3 + 1 = 5 rows and 9 − 2 + 1 = 8 columns.",
    ),
    "1.2": Value(
        reference=lambda: conv2d(X, K)[0, 1].item(),
        mistakes={
            "this is the cross-correlation; true convolution flips the kernel first": lambda: corr2d(X, K)[0, 1].item(),
            "flip along both axes, not the rows alone": lambda: corr2d(X, K.flip(0))[0, 1].item(),
            "flip along both axes, not the columns alone": lambda: corr2d(X, K.flip(1))[0, 1].item(),
        },
        hints=[
            "Write the kernel upside down, and then from right to left.",
            "The flipped kernel is [[3, 2], [1, 0]]; the window is [[1, 2], [4, 5]].",
        ],
        praise="1·3 + 2·2 + 4·1 + 5·0 = 11.",
    ),
    "1.3": Function(
        reference=conv2d,
        cases=_pairs,
        mistakes={
            "this is cross-correlation: the kernel is not flipped": corr2d,
            "only the rows of the kernel are flipped": lambda X, K: corr2d(X, K.flip(0)),
            "only the columns of the kernel are flipped": lambda X, K: corr2d(X, K.flip(1)),
            "the kernel is transposed; that is not the flip": lambda X, K: corr2d(X, K.T),
            "the output is flipped, not the kernel": lambda X, K: corr2d(X, K).flip(0, 1),
            "one row and one column are missing: the output has n − k + 1": lambda X, K: conv2d(X, K)[:-1, :-1],
        },
        hints=[
            "Everything is there already: true convolution is cross-correlation with another kernel.",
            "K.flip(0, 1) turns a kernel by half a turn.",
            "return corr2d(X, K.flip(0, 1))",
        ],
        praise="Your function agrees with the reference on five random inputs.",
    ),
    "1.4": Choice(
        test=_shifts_right,
        hints=[
            "Each output cell shall be a copy of one input cell: how many numbers of the kernel are not 0?",
            "The window's centre lies at the output cell. To fetch the left neighbour, the 1 stands left of the centre.",
        ],
        praise="A 1 left of the centre fetches the left neighbour, so the picture moves right.",
    ),
    "1.5": Function(
        reference=lambda X, K: F.conv2d(X[None, None], K[None, None])[0, 0],
        cases=_pairs,
        mistakes={
            "the last row and column are still missing": lambda X, K: corr2d(X, K)[:-1, :-1],
            "the last row is still missing": lambda X, K: corr2d(X, K)[:-1],
            "the last column is still missing": lambda X, K: corr2d(X, K)[:, :-1],
            "height and width of the kernel are still swapped": lambda X, K: corr2d(X, K.T),
        },
        hints=[
            "Ask for the shape it gives for a 3×3 input and a 2×2 kernel, and for the one that you expect.",
            "The number of positions is n − k + 1, along both axes.",
        ],
        praise="Both loops now visit every position.",
    ),
}
