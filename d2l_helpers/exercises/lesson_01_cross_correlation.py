"""Exercises of notebook 01, cross-correlation."""

from collections.abc import Callable, Sequence
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional as F

from .._language import say
from ..ops.correlation import conv2d, corr2d
from ._clues import (
    fails_where,
    filled_partly,
    matrices,
    offset,
    roughly,
    scaled,
    size_off,
)
from ._comparing import as_tensor
from ._kinds import Choice, Function, Outcome, Value

X = torch.arange(9.0).reshape(3, 3)
K = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


def _pairs(generator: torch.Generator) -> list[tuple[Tensor, Tensor]]:
    """(X, K) in float64, smallest first: square, tall and wide, and a kernel as large as its input."""
    shapes = [
        ((2, 2), (1, 1)),
        ((2, 3), (1, 2)),
        ((3, 2), (3, 2)),
        ((3, 3), (2, 2)),
        ((5, 4), (3, 1)),
        ((4, 6), (2, 3)),
        ((6, 5), (3, 3)),
        ((4, 4), (2, 3)),
        ((5, 6), (4, 2)),
    ]
    return [
        tuple(torch.randn(size, generator=generator, dtype=torch.float64) for size in (input_size, kernel_size))
        for input_size, kernel_size in shapes
    ]


# 1.1


SIDES = {
    "n − k; the first position counts too": lambda n, k: n - k,
    "n − k + 2, one position too many": lambda n, k: n - k + 2,
    "n + k − 1, which is for a window that may hang over the edge": lambda n, k: n + k - 1,
    "n // k or n / k, for windows that don't overlap": lambda n, k: n // k,
    "n / k, for windows that don't overlap": lambda n, k: n / k,
    "n − k − 1: the first position counts, and so does the last": lambda n, k: n - k - 1,
    "n + k: a window has fewer positions than the input has rows or columns": lambda n, k: n + k,
    "n / 2, but it's the kernel's size that decides": lambda n, k: n / 2,
}


def _sizes() -> dict[str, Callable]:
    """Diagnosis → the size that somebody gives who makes this mistake with the input (7, 9) and the kernel (3, 2)."""
    found = {
        (7, 9): "this is the size of the input; the window has fewer positions than that",
        (3, 2): "this is the size of the kernel",
        (8, 5): "this is (width, height); shapes are (height, width)",
        (6, 7): "this is 7 − 2 + 1 and 9 − 3 + 1: the kernel's height goes with the input's height",
        (7, 6): "the kernel's height goes with the input's height, and the order is (height, width)",
        (24, 24): "this is the example on the page: here, the input is 7×9 and the kernel 3×2",
        (5, 9): "the columns get fewer as well: the kernel is 2 columns wide",
        (7, 8): "the rows get fewer as well: the kernel is 3 rows high",
    }
    for name, side in SIDES.items():
        found.setdefault((side(7, 3), 8), say("the columns are right, but the rows are {0}", name))
        found.setdefault((5, side(9, 2)), say("the rows are right, but the columns are {0}", name))
        found.setdefault((side(7, 3), side(9, 2)), say("both sizes are {0}", name))
    for name, side in SIDES.items():
        found.setdefault((side(9, 2), side(7, 3)), say("width comes after height, and both sizes are {0}", name))
        found.setdefault(
            (side(7, 2), side(9, 3)), say("the kernel's height goes with the input's height, and both are {0}", name)
        )
    return {name: lambda size=size: size for size, name in found.items()}


def _side(got: Tensor) -> str:
    if got[0] == 5:
        return "5 rows is, but count the positions of a window 2 columns wide on 9 columns"
    if got[1] == 8:
        return "8 columns is, but count the positions of a window 3 rows high on 7 rows"
    if (got > torch.tensor([7, 9])).any():
        return "a window can't have more positions than the input has rows or columns"
    return "for the rows, count the positions of a window of 3 rows on 7; for the columns, of 2 on 9"


# 1.2


def _weighted(got: Tensor) -> str:
    if got < 0:
        return "values and weights are positive, and so is their sum of products"
    if got < 10:
        return "it's too small: the window holds 1, 2, 4, 5, each value counts, and the weights add up to 10"
    if got > 50:
        return "it's too large: no value in the window is above 5, and the weights add up to 10"
    return "in the sum, each value of the window 1, 2, 4, 5 meets one weight of the flipped kernel; check the four products"


# 1.3 and 1.5


def _by_formula(X: Tensor, K: Tensor) -> Tensor:
    """True convolution as its formula says it, without a flip."""
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    terms = (K[h - 1 - a, w - 1 - b] * X[a : a + rows, b : b + columns] for a, b in product(range(h), range(w)))
    return sum(terms, torch.zeros(rows, columns, dtype=X.dtype))


def _shapes(operation: Callable) -> dict[str, Callable]:
    """Mistakes with the output's size, given the operation that would be right."""

    def padded(X: Tensor, K: Tensor, by: int) -> Tensor:
        h, w = (by * (side - 1) for side in K.shape)
        return operation(F.pad(X, (w, w, h, h)), K)

    def in_the_size_of_the_input(X: Tensor, K: Tensor) -> Tensor:
        Y = operation(X, K)
        return F.pad(Y, (0, X.shape[1] - Y.shape[1], 0, X.shape[0] - Y.shape[0]))

    return {
        "one row and one column are missing: the output has n − k + 1": lambda X, K: operation(X, K)[:-1, :-1],
        "the last row is missing: the window also fits at row n − k": lambda X, K: operation(X, K)[:-1],
        "the last column is missing: the window also fits at column m − w": lambda X, K: operation(X, K)[:, :-1],
        "the output is as large as the input, with zeros where no window fits: leave these out": in_the_size_of_the_input,
        "the window must stay inside the input: you've put zeros around it": lambda X, K: padded(X, K, 1),
        "the output is transposed: rows and columns have been swapped": lambda X, K: operation(X, K).T,
        "the input is transposed: rows and columns have been swapped": lambda X, K: operation(X.T, K),
        "the two arguments are swapped: the kernel moves over the input, not the input over the kernel": (
            lambda X, K: operation(K, X)
        ),
        "only the size is right: every value is 0": lambda X, K: torch.zeros_like(operation(X, K)),
        "each output is divided by the number of weights: the products are added up, not averaged": (
            lambda X, K: operation(X, K) / K.numel()
        ),
        "each output is divided by the sum of the weights: the products are only added up": (
            lambda X, K: operation(X, K) / K.sum()
        ),
        "the absolute value is taken: outputs may be negative": lambda X, K: operation(X, K).abs(),
        "the weights' signs are lost: absolute values are taken": lambda X, K: operation(X, K.abs()),
        "the kernel's weights aren't used: each output is the sum of its window": (
            lambda X, K: operation(X, torch.ones_like(K))
        ),
        "the input and the weights are added, not multiplied": lambda X, K: operation(X, torch.ones_like(K)) + K.sum(),
        "the products are squared": lambda X, K: operation(X**2, K**2),
        "each output is the product of the window with itself: where is the kernel?": lambda X, K: operation(
            X**2, torch.ones_like(K)
        ),
    }


def _products(X: Tensor, K: Tensor) -> Tensor:
    """All the products of each window with the kernel, (rows, columns, h, w)."""
    return X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1) * K


def _indexed(weight: Callable, pixel: Callable = lambda i, j, a, b: (i + a, j + b)) -> Callable:
    """A function of X and K with loops over i, j, a, b, whose indices are given: weight(a, b, h, w), pixel(i, j, a, b)."""

    def result(X: Tensor, K: Tensor) -> Tensor:
        h, w = K.shape
        Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1, dtype=X.dtype)
        for i, j, a, b in product(range(Y.shape[0]), range(Y.shape[1]), range(h), range(w)):
            Y[i, j] += X[pixel(i, j, a, b)] * K[weight(a, b, h, w)]
        return Y

    return result


def _from_the_end(a: int, b: int, h: int, w: int) -> tuple[int, int]:
    return h - 1 - a, w - 1 - b


def _without(X: Tensor, K: Tensor, rows: slice, columns: slice, operation: Callable) -> Tensor:
    """The operation with only some of the kernel's weights, the others 0."""
    kept = torch.zeros_like(K)
    kept[rows, columns] = K[rows, columns]
    return operation(X, kept)


def _left_out(operation: Callable) -> dict[str, Callable]:
    """Mistakes with the range of the loops over the kernel; the operation decides which weight is met."""
    most, rest, every = slice(None, -1), slice(1, None), slice(None)
    parts = {
        "the last row and column of the kernel": (most, most),
        "the last row of the kernel": (most, every),
        "the last column of the kernel": (every, most),
        "the first row and column of the kernel": (rest, rest),
        "the first row of the kernel": (rest, every),
        "the first column of the kernel": (every, rest),
    }
    return {
        say("the loops over the kernel never reach {0}", part): (
            lambda X, K, where=where: _without(X, K, *where, operation)
        )
        for part, where in parts.items()
    }


def _common(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
    """What the wrong outputs of a function of X and K have in common."""
    partly = filled_partly(wrong)
    if partly:
        return partly
    raised = [outcome.fault for outcome in wrong if outcome.fault]
    if raised and all("negative" in fault for fault in raised) and len(raised) < len(wrong):
        return size_off([outcome for outcome in wrong if not outcome.fault])
    if len(raised) == len(wrong) and all("mat1" in fault or "mat2" in fault for fault in raised):
        return "this is the matrix product, which pairs rows with columns: the window moves over the input instead"
    if len(raised) == len(wrong) and all("step must be greater than zero" in fault for fault in raised):
        return "a tensor can't be read in reverse order with [::-1]: index from the end instead"
    where = fails_where(
        wrong,
        cases,
        {
            "it's right only for square kernels: the height h belongs to the rows, the width w to the columns": (
                lambda X, K: K.shape[0] != K.shape[1]
            ),
            "it's right only for square inputs: rows and columns have sizes of their own": (
                lambda X, K: X.shape[0] != X.shape[1]
            ),
            "it's right only for 1×1 kernels: with more weights, which value does each one meet?": lambda X, K: (
                K.numel() > 1
            ),
            "it's right only for 2×2 kernels: take the kernel's size from K.shape": lambda X, K: K.shape != (2, 2),
            "it's right only for 3×3 kernels: take the kernel's size from K.shape": lambda X, K: K.shape != (3, 3),
            "it fails for kernels wider than high: does the loop over the columns run as far as w?": (
                lambda X, K: K.shape[1] > K.shape[0]
            ),
            "it fails for kernels higher than wide: does the loop over the rows run as far as h?": (
                lambda X, K: K.shape[0] > K.shape[1]
            ),
            "it fails for kernels with several rows": lambda X, K: K.shape[0] > 1,
            "it fails for kernels with several columns": lambda X, K: K.shape[1] > 1,
            "it fails for wide inputs: height and width have different roles": lambda X, K: X.shape[1] > X.shape[0],
            "it fails for high inputs: height and width have different roles": lambda X, K: X.shape[0] > X.shape[1],
            "it's right only where the output has a single value": lambda X, K: X.shape != K.shape,
            "it's wrong where the kernel is as large as the input: then there's one window": lambda X, K: (
                X.shape == K.shape
            ),
        },
    )
    if where or raised:
        outside = len(raised) == len(wrong) and all("IndexError" in fault for fault in raised)
        return where or ("an index leaves its matrix: the last row has the index h − 1, not h" if outside else "")
    factor = scaled(wrong)
    if factor is not None and len(wrong) == len(cases) and factor not in (0, 1):
        return (
            "the sign is wrong: every value is the negative of the right one"
            if abs(factor + 1) < 1e-6
            else (say("every value is {0:.4g} times as large as it should be", factor))
        )
    added = offset(wrong) if len(wrong) == len(cases) else None
    if added:
        off = say("too {0} by {1:.3g}", "large" if added > 0 else "small", abs(added))
        return say("every value is {0}: is something added, such as a bias?", off)
    if roughly(wrong):
        return "the values are only roughly right: are they rounded, or is their dtype too coarse?"
    return size_off(wrong) or _form(wrong)


def _form(wrong: Sequence[Outcome]) -> str:
    """A line on results that aren't an output at all."""
    values = [as_tensor(outcome.got) for outcome in wrong]
    if all(isinstance(outcome.got, (tuple, list, torch.Size)) for outcome in wrong) and all(
        value is not None and value.tolist() == list(outcome.expected.shape)
        for value, outcome in zip(values, wrong, strict=True)
    ):
        return "that's the shape of the output: return the output itself"
    if all(isinstance(outcome.got, Tensor) and outcome.got.dtype == torch.bool for outcome in wrong):
        return "those are truth values: return the sums themselves"
    if all(value is not None and value.dim() == 0 for value in values):
        return "that's a single number: each position of the window gives one value of the output"
    pairs = matrices(wrong)
    if pairs and all(
        torch.allclose(got, expected.round(decimals=2), atol=1e-9) for got, expected in pairs if got.shape == expected.shape
    ):
        return (
            "the values are rounded to two decimals" if all(got.shape == expected.shape for got, expected in pairs) else ""
        )
    return ""


def _half_right(X: Tensor, K: Tensor) -> Tensor:
    """The function to repair in 1.5: the loop over the kernel's columns runs as far as its height."""
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for a, b in product(range(h), range(h)):
        Y += K[a, b] * X[a : a + rows, b : b + columns]
    return Y


def _columns_twice(X: Tensor, K: Tensor) -> Tensor:
    """Both loops run as far as the kernel's width."""
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for a, b in product(range(w), range(w)):
        Y += K[a, b] * X[a : a + rows, b : b + columns]
    return Y


def _short_loops(X: Tensor, K: Tensor) -> Tensor:
    """The loops over the kernel stop at min(h, w)."""
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for a, b in product(range(min(h, w)), range(min(h, w))):
        Y += K[a, b] * X[a : a + rows, b : b + columns]
    return Y


# 1.4


def _shifts_right(kernel) -> str:
    """What is wrong with a 3×3 kernel that should move an image one pixel to the right; "" if nothing is."""
    values = as_tensor(kernel)
    if values is None:
        kind = "a function" if callable(kernel) else "this" if not isinstance(kernel, str) else "text"
        return say("the answer is a kernel, a tensor or a list of three rows with three numbers each, not {0}", kind)
    values = values.double()
    if values.dim() > 2 and values.shape[:-2].numel() == 1:
        values = values.reshape(values.shape[-2:])
    if values.shape != (3, 3):
        return say("the kernel must be 3×3, yours has shape {0}", tuple(values.shape))
    if not values.isfinite().all():
        return "each weight must be a finite number"
    weights = {(i - 1, j - 1): values[i, j].item() for i, j in product(range(3), range(3)) if values[i, j].abs() > 1e-6}
    if not weights:
        return "with all weights 0, every output is 0: one weight must fetch a pixel"
    if len(weights) > 1:
        return _several(weights)
    ((down, right), weight), *_ = weights.items()
    if weight < 0:
        return "a negative weight turns bright into dark: a pixel that only moves keeps its value"
    if abs(weight - 1) > 1e-5:
        return say("each output is {0:.3g} times a pixel: a pixel that only moves keeps its value", weight)
    if (down, right) == (0, -1):
        return ""
    if (down, right) == (0, 0):
        return "this kernel leaves the image where it is: each output is the pixel at the center of its window"
    moves = ["up" if down > 0 else "down"] * (down != 0) + ["left" if right > 0 else "right"] * (right != 0)
    return say("this kernel moves the image {0}: each output must get its left neighbor", " and ".join(moves))


def _several(weights: dict[tuple[int, int], float]) -> str:
    """What a kernel with more than one weight does instead of moving the image."""
    if abs(sum(weights.values())) < 1e-6:
        return "this kernel subtracts pixels from each other, as an edge kernel does: to move, copy a single pixel"
    if (0, -1) in weights and (0, 0) in weights and len(weights) == 2:
        return "this kernel adds the moved image to the one that stayed: only one weight may be different from 0"
    return say("each output mixes {0} pixels: to move the image, copy a single one", len(weights))


EXERCISES = {
    "1.1": Value(
        reference=lambda: tuple(F.conv2d(torch.zeros(1, 1, 7, 9), torch.zeros(1, 1, 3, 2)).shape[2:]),
        mistakes=_sizes()
        | {
            "that's only the number of rows: a shape has two numbers": lambda: 5,
            "that's only the number of columns: a shape has two numbers": lambda: 8,
            "that's the number of values in the output: a shape names its rows and its columns": lambda: 40,
            "a matrix has no batch and channel axes: give two numbers": lambda: (1, 1, 5, 8),
            "that's an output: give its shape, two numbers": lambda: torch.zeros(5, 8),
        },
        otherwise=_side,
        hints=[
            "On how many rows of the 7 can the top edge of a window of 3 rows be?",
            "n − k + 1 along each axis.",
        ],
        praise="7 − 3 + 1 = 5 rows and 9 − 2 + 1 = 8 columns.",
    ),
    "1.2": Value(
        reference=lambda: conv2d(X, K)[0, 1].item(),
        mistakes={
            "this is the cross-correlation; true convolution flips the kernel first": (lambda: corr2d(X, K)[0, 1].item()),
            "flip along both axes, not the rows alone (or have you taken the kernel of the first figure?)": lambda: corr2d(
                X, K.flip(0)
            )[0, 1].item(),
            "flip along both axes: this is a kernel with only its columns flipped, or transposed": lambda: corr2d(
                X, K.flip(1)
            )[0, 1].item(),
            "this is the value at row 0, column 0: counting starts at 0": lambda: 13,
            "this is the value at row 1, column 0: the row comes first (flipping the input gives the same)": lambda: 43,
            "this is the value at row 1, column 1: counting starts at 0": lambda: 53,
            "this is the cross-correlation at row 0, column 0": lambda: 27,
            "this is the cross-correlation at row 1, column 0": lambda: 57,
            "this is the cross-correlation at row 1, column 1": lambda: 67,
            "the kernel here is [[1, 2], [3, 4]], not the one of the first figure": lambda: 11,
            "that's the first output with the first figure's kernel: here, it's [[1, 2], [3, 4]]": lambda: 5,
            "the window stays inside the input, without padding (or is this the input's value there?)": lambda: 1,
            "window and kernel are added here: multiply them value by value, then add the products": lambda: 22,
            "that's the sum of the window times the sum of the kernel: multiply value by value": lambda: 120,
            "that's the sum of the window alone: multiply by the weights": lambda: 12,
            "that's the sum of the weights alone: multiply them by the window": lambda: 10,
            "that's the average of the four products: add them up": lambda: 5.75,
            "the product 1 · 4 is missing (or is that the first figure, at row 0, column 0?)": lambda: 19,
            "a product is missing: 2 · 3": lambda: 17,
            "a product is missing: 4 · 2": lambda: 15,
            "a product is missing: 5 · 1": lambda: 18,
            "that's the largest product: add up all four": lambda: 8,
            "these are all the outputs: give the one at row 0, column 1": lambda: conv2d(X, K),
            "these are the outputs of the cross-correlation: flip the kernel, and give one value": lambda: corr2d(X, K),
            "these are the four products: add them up": lambda: [4, 6, 8, 5],
            "these are the four products as they stand in the window: add them up": lambda: [[4, 6], [8, 5]],
            "these are the products with the kernel that isn't flipped: flip it, then add them up": lambda: [1, 4, 12, 20],
            "that's a row of the output: give its value in column 1": lambda: [13, 23],
        },
        otherwise=_weighted,
        hints=[
            "Write the rows of the kernel in the opposite order, then the columns.",
            "The flipped kernel is [[4, 3], [2, 1]]; which four values of X does the window at row 0, column 1 hold?",
        ],
        praise="1·4 + 2·3 + 4·2 + 5·1 = 23.",
    ),
    "1.3": Function(
        reference=_by_formula,
        cases=_pairs,
        without=("conv2d", "conv_transpose2d", "flip", "fliplr", "flipud", "rot90"),
        mistakes={
            "this is cross-correlation: true convolution reads the kernel from the end": corr2d,
            "only the rows of the kernel are reversed": lambda X, K: corr2d(X, K.flip(0)),
            "only the columns of the kernel are reversed": lambda X, K: corr2d(X, K.flip(1)),
            "the kernel is transposed; that doesn't reverse its rows and columns": lambda X, K: corr2d(X, K.T),
            "the kernel is reversed and transposed: only reverse it": lambda X, K: corr2d(X, K.flip(0, 1).T),
            "the kernel is rotated by 90°: it must be rotated by 180°": lambda X, K: corr2d(X, K.rot90()),
            "the kernel is rotated by −90°: it must be rotated by 180°": lambda X, K: corr2d(X, K.rot90(-1)),
            "the output is reversed, not the kernel": lambda X, K: corr2d(X, K).flip(0, 1),
            "the input is reversed, not the kernel, so the output comes in the opposite order": lambda X, K: corr2d(
                X.flip(0, 1), K
            ),
            "the output comes in the opposite order": lambda X, K: conv2d(X, K).flip(0, 1),
            "the kernel's weights change their sign; they should change their place": lambda X, K: corr2d(X, -K),
            "the sign is wrong: every value is the negative of the right one": lambda X, K: -conv2d(X, K),
            "K[-a, -b] begins with K[0, 0]: the last weight has the index h − 1, w − 1": lambda X, K: corr2d(
                X, K.flip(0, 1).roll((1, 1), (0, 1))
            ),
            "that's the reversed kernel: apply it to the input": lambda X, K: K.flip(0, 1),
            "that's the kernel: apply it to the input": lambda X, K: K,
            "that's the input: nothing has been computed yet": lambda X, K: X,
            "only the last product is kept: add each one to those before it": lambda X, K: _products(X, K.flip(0, 1))[
                ..., -1, -1
            ],
            "only the first product is kept: add up all of them": lambda X, K: _products(X, K.flip(0, 1))[..., 0, 0],
            "these are all the products: add up those of each window": lambda X, K: _products(X, K.flip(0, 1)),
            "each output is the product of the products: add them up": lambda X, K: (
                _products(X, K.flip(0, 1)).prod(-1).prod(-1)
            ),
            "each output is the largest product: add all of them up": lambda X, K: _products(X, K.flip(0, 1)).amax(
                (-1, -2)
            ),
            "a and b are exchanged in the index of K or of X: a counts the rows, b the columns": _indexed(
                lambda a, b, h, w: (w - 1 - b, h - 1 - a)
            ),
            "every window's first value meets all the weights: a and b belong into the index of X, too": _indexed(
                _from_the_end, lambda i, j, a, b: (i, j)
            ),
            "the same weight meets every value: a and b belong into the index of K, too": _indexed(
                lambda a, b, h, w: (h - 1, w - 1)
            ),
            "X[i − a, j − b] reads before the window: the formula has X[i + a, j + b]": _indexed(
                lambda a, b, h, w: (a, b), lambda i, j, a, b: (i - a, j - b)
            ),
            "the index of X has row and column exchanged": _indexed(_from_the_end, lambda i, j, a, b: (j + b, i + a)),
        }
        | _left_out(conv2d)
        | _shapes(conv2d)
        | {f"{line}; and the kernel isn't read from the end": wrong for line, wrong in list(_shapes(corr2d).items())[:6]},
        otherwise=_common,
        hints=[
            "Start from `corr2d_by_loops` and put two more loops, over a and b, in place of the slice.",
            "Which weight meets X[i + a, j + b]? In a kernel with 2 rows, a = 0 must meet row 1, and a = 1 row 0.",
            "The formula has the weight K with the indices h − 1 − a and w − 1 − b.",
        ],
        praise="Your function agrees with the reference on nine random inputs, and it flips only by counting from the end.",
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
        reference=corr2d,
        cases=_pairs,
        mistakes={
            "that's the function to repair: try a kernel of 2×3, and then one of 3×1": _half_right,
            "both loops now run over the width: what happens for kernels of 2×3 and of 3×1?": (_columns_twice),
            "no error is left, but some weights of kernels that aren't square are never used": _short_loops,
            "height and width of the kernel are still swapped": lambda X, K: corr2d(X, K.T),
            "the shape is right, but the kernel is flipped as well": conv2d,
            "only the last product is kept: add each one to those before it": lambda X, K: _products(X, K)[..., -1, -1],
            "only the first product is kept: add up all of them": lambda X, K: _products(X, K)[..., 0, 0],
            "that's the input: nothing has been computed yet": lambda X, K: X,
            "the sign is wrong: every value is the negative of the right one": lambda X, K: -corr2d(X, K),
            "these are all the products: add up those of each window": _products,
            "the output comes in the opposite order": lambda X, K: corr2d(X, K).flip(0, 1),
            "the shapes are n − k − 1, which is too small: it's n − k + 1": lambda X, K: corr2d(X, K)[:-2, :-2],
            "a and b are exchanged in the index of K or of X: a counts the rows, b the columns": _indexed(
                lambda a, b, h, w: (b, a)
            ),
            "the slice of X doesn't move: it must begin at row a and column b": _indexed(
                lambda a, b, h, w: (a, b), lambda i, j, a, b: (i, j)
            ),
            "X[i − a, j − b] reads before the window": _indexed(
                lambda a, b, h, w: (a, b), lambda i, j, a, b: (i - a, j - b)
            ),
            "the same weight meets every value": _indexed(lambda a, b, h, w: (0, 0)),
        }
        | _left_out(corr2d)
        | _shapes(corr2d),
        otherwise=_common,
        hints=[
            "Compare it with corr2d for kernels of 2×2, 2×3, and 3×2.",
            "Which weights of a kernel with 2 rows and 3 columns do the two loops reach? And with 3 rows and 1 column?",
            "One of the two loops runs over the wrong axis of the kernel.",
        ],
        praise="Each weight is now used once. Square kernels would never have shown the mistake.",
    ),
}
