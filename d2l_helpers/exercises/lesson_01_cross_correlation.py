"""Exercises of notebook 01, cross-correlation."""

import torch
from torch.nn import functional as F

from ..ops.correlation import conv2d, corr2d
from ._kinds import Choice, Function, Value

X = torch.arange(9.0).reshape(3, 3)
K = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


def _pairs(generator: torch.Generator) -> list[tuple]:
    """(X, K) in float64, smallest first."""
    shapes = [((2, 2), (1, 1)), ((2, 3), (1, 2)), ((3, 3), (2, 2)), ((4, 6), (2, 3)), ((6, 5), (3, 3))]
    return [
        tuple(torch.randn(size, generator=generator, dtype=torch.float64) for size in (input_size, kernel_size))
        for input_size, kernel_size in shapes
    ]


def _shifts_right(kernel) -> str:
    """What is wrong with a 3×3 kernel that should move an image one pixel to the right; "" if nothing is."""
    kernel = torch.as_tensor(kernel, dtype=torch.float64)
    if kernel.shape != (3, 3):
        return f"the kernel must be 3×3, yours has shape {tuple(kernel.shape)}"
    image = torch.randn(6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    shifted = corr2d(image, kernel)
    wanted = {"right": image[1:-1, :-2], "left": image[1:-1, 2:], "up": image[2:, 1:-1], "down": image[:-2, 1:-1]}
    for direction, target in wanted.items():
        if torch.allclose(shifted, target):
            wrong = f"this kernel moves the image {direction}: each output must get its left neighbor"
            return "" if direction == "right" else wrong
    if torch.allclose(shifted, image[1:-1, 1:-1]):
        return "this kernel leaves the image where it is"
    return "each output must get its left neighbor: a single 1 in the kernel, all other weights 0"


EXERCISES = {
    "1.1": Value(
        reference=lambda: tuple(F.conv2d(torch.zeros(1, 1, 7, 9), torch.zeros(1, 1, 3, 2)).shape[2:]),
        mistakes={
            "this is (width, height); shapes are (height, width)": lambda: (8, 5),
            "you took n − k; the first position counts too: n − k + 1": lambda: (4, 7),
            "this is the size of the input": lambda: (7, 9),
        },
        hints=[
            "On how many rows of the 7 can the top edge of a window of 3 rows be?",
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
            "Write the rows of the kernel in the opposite order, then the columns.",
            "The flipped kernel is [[4, 3], [2, 1]]; the window is [[1, 2], [4, 5]].",
        ],
        praise="1·4 + 2·3 + 4·2 + 5·1 = 23.",
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
            "K.flip(0, 1) rotates a kernel by 180°.",
            "return corr2d(X, K.flip(0, 1))",
        ],
        praise="Your function agrees with the reference on five random inputs.",
    ),
    "1.4": Choice(
        test=_shifts_right,
        hints=[
            "Each output should be a copy of one input value: how many weights of the kernel are not 0?",
            "The output belongs to the center of the window. On which side of the center is the value to copy?",
        ],
        praise="A 1 to the left of the center fetches the left neighbor, so the image moves right.",
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
            "Try a 3×3 input and a 2×2 kernel: which shape do you get, and which do you expect?",
            "The number of positions is n − k + 1, along both axes.",
        ],
        praise="Both loops now visit every position.",
    ),
}
