"""The longer tasks of lesson 04: convolution as a matrix product, and the backward pass of a layer."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .._language import say, spoken
from ._clues import clues, exactly
from ._comparing import as_tensor
from ._judging import Implementation, judged
from ._kinds import Choice, Function, Outcome

# im2col


def _im2col(X: Tensor, k: tuple[int, int], padding: int, stride: int) -> Tensor:
    return F.unfold(X[None], k, padding=padding, stride=stride)[0]


def _col2im(columns: Tensor, size: tuple[int, int], k: tuple[int, int], padding: int, stride: int) -> Tensor:
    return F.fold(columns[None], size, k, padding=padding, stride=stride)[0]


SETTINGS = [  # of X, of a kernel, padding, stride
    ((1, 2, 2), (1, 1), 0, 1),
    ((1, 3, 3), (2, 2), 0, 1),
    ((2, 3, 2), (1, 2), 0, 1),
    ((2, 3, 4), (2, 3), 1, 1),
    ((1, 5, 4), (2, 2), 0, 2),
    ((3, 6, 5), (3, 2), 1, 2),
    ((2, 7, 8), (3, 3), 2, 3),
    ((2, 6, 7), (2, 1), 0, 3),
]


def _out_size(size: tuple[int, ...], k: tuple[int, int], padding: int, stride: int) -> tuple[int, int]:
    return tuple((n + 2 * padding - side) // stride + 1 for n, side in zip(size[-2:], k, strict=True))


def _random(generator: torch.Generator, *size: int) -> Tensor:
    return torch.randn(size, generator=generator, dtype=torch.float64).float()


def _images(generator: torch.Generator) -> list[tuple]:
    return [(_random(generator, *size), k, padding, stride) for size, k, padding, stride in SETTINGS]


def _column_cases(generator: torch.Generator) -> list[tuple]:
    found = []
    for (c, *size), k, padding, stride in SETTINGS:
        rows, columns = _out_size(size, k, padding, stride)
        found.append((_random(generator, c * k[0] * k[1], rows * columns), tuple(size), k, padding, stride))
    return found


def _batches(generator: torch.Generator) -> list[tuple]:
    """Columns of a batch, a weight, a bias, and the output's size."""
    found = []
    for images, kernels, (c, *_), k, out in [
        (1, 1, (1, 2, 2), (1, 1), (2, 2)),
        (1, 2, (2, 3, 2), (1, 2), (3, 1)),
        (2, 3, (1, 4, 3), (2, 2), (3, 2)),
        (3, 4, (2, 3, 5), (2, 3), (2, 3)),
        (2, 2, (3, 4, 4), (3, 1), (2, 4)),
        (2, 1, (2, 4, 3), (2, 2), (3, 2)),
    ]:
        columns = _random(generator, images, c * k[0] * k[1], out[0] * out[1])
        found.append((columns, _random(generator, kernels, c, *k), _random(generator, kernels), out))
    return found


def _product(columns: Tensor, weight: Tensor, bias: Tensor, size: tuple[int, int]) -> Tensor:
    return ((weight.flatten(1) @ columns) + bias[:, None]).unflatten(2, size)


def _reordered(columns: Tensor, c: int, k: tuple[int, int], order: tuple[int, int, int]) -> Tensor:
    """The rows of the columns, (channel, row, column), in another order."""
    return columns.unflatten(0, (c, *k)).permute(*order, 3).flatten(0, 2)


def _stops_by_columns(columns: Tensor, size: tuple[int, int]) -> Tensor:
    return columns.unflatten(1, size).transpose(1, 2).flatten(1)


def _last_stop_missing(X: Tensor, k: tuple[int, int], padding: int, stride: int) -> Tensor:
    """im2col by loops whose ranges end too early."""
    P = F.pad(X, (padding,) * 4)
    stops = product(range(0, P.shape[1] - k[0], stride), range(0, P.shape[2] - k[1], stride))
    return torch.stack([P[:, i : i + k[0], j : j + k[1]].flatten() for i, j in stops], dim=1)


def _same_numbers(outcome: Outcome) -> bool:
    """Whether a result has the right values in other places."""
    got = as_tensor(outcome.got)
    if got is None or got.numel() != outcome.expected.numel():
        return False
    return torch.allclose(got.double().flatten().sort()[0], outcome.expected.flatten().sort()[0], atol=1e-5)


def _axis_wrong(axis: int, axes: int) -> Callable[[Outcome], bool]:
    """Whether a result with that many axes has a wrong length along one of them, and only there."""

    def seen(outcome: Outcome) -> bool:
        got = getattr(outcome.got, "shape", ())
        wrong = [i for i in range(axes) if len(got) == axes and got[i] != outcome.expected.shape[i]]
        return wrong == [axis]

    return seen


COLUMN_CLUES: Mapping[str, Callable[[Outcome], bool]] = {
    "the number of rows is right, the number of columns isn't: there is one column for each stop": _axis_wrong(1, 2),
    "the number of columns is right, the number of rows isn't: there is one row for each cell of the block": _axis_wrong(
        0, 2
    ),
    "each value is there, but in another place: rows are ordered by channel, then row, then column": _same_numbers,
    "only cases with a stride larger than 1 are wrong": lambda o: o.case[-1] > 1,
    "only cases with padding are wrong": lambda o: o.case[-2] > 0,
    "only cases with padding or with a stride larger than 1 are wrong": lambda o: o.case[-2] > 0 or o.case[-1] > 1,
    "only cases whose kernel isn't square are wrong: are rows and columns exchanged?": lambda o: (
        len(set(o.case[1] if len(o.case) == 4 else o.case[2])) > 1
    ),
}


def _added(columns: Tensor, size, k, padding, stride, *, over: bool = False, crop: bool = True) -> Tensor:
    """col2im by loops; `over`: written over what is there instead of added."""
    c = len(columns) // (k[0] * k[1])
    X = columns.new_zeros(c, size[0] + 2 * padding, size[1] + 2 * padding)
    rows, across = _out_size(size, k, padding, stride)
    for n, (i, j) in enumerate(product(range(rows), range(across))):
        place = X[:, i * stride : i * stride + k[0], j * stride : j * stride + k[1]]
        block = columns[:, n].reshape(c, *k)
        place.copy_(block if over else place + block)
    return X[:, padding : padding + size[0], padding : padding + size[1]] if crop else X


def _cells_over(columns: Tensor, size, k, padding, stride) -> Tensor:
    """col2im cell by cell of a block, written over what is there instead of added."""
    rows, across = _out_size(size, k, padding, stride)
    parts = columns.reshape(-1, *k, rows, across)
    X = columns.new_zeros(len(parts), size[0] + 2 * padding, size[1] + 2 * padding)
    for a, b in product(range(k[0]), range(k[1])):
        X[:, a : a + stride * rows : stride, b : b + stride * across : stride] = parts[:, a, b]
    return X[:, padding : padding + size[0], padding : padding + size[1]]


def _reached(X: Tensor, size, k, padding, stride) -> Tensor:
    """A padded image as far as the windows reach, without the padding."""
    bottom, right = ((n - 1) * stride + side for n, side in zip(_out_size(size, k, padding, stride), k, strict=True))
    return X[:, padding : bottom - padding, padding : right - padding]


def _one_apart(columns: Tensor, size, k, padding, stride) -> Tensor:
    """col2im with windows one pixel apart."""
    rows, across = _out_size(size, k, padding, stride)
    X = columns.new_zeros(len(columns) // (k[0] * k[1]), size[0] + 2 * padding, size[1] + 2 * padding)
    for n, (i, j) in enumerate(product(range(rows), range(across))):
        X[:, i : i + k[0], j : j + k[1]] += columns[:, n].reshape(-1, *k)
    return X[:, padding : padding + size[0], padding : padding + size[1]]


def _folded(columns: Tensor, weight: Tensor, size, padding: int, stride: int) -> Tensor:
    return _col2im(columns, size, tuple(weight.shape[2:]), padding, stride)


def _padding_kept(dY: Tensor, weight: Tensor, size, padding: int, stride: int) -> Tensor:
    """The input's gradient with that of the padding around it."""
    larger = size[0] + 2 * padding, size[1] + 2 * padding
    return _folded(weight.flatten(1).T @ dY.flatten(1), weight, larger, 0, stride)


def _reads(columns: Tensor, *settings) -> Tensor:
    return _col2im(torch.ones_like(columns), *settings).clamp(min=1)


def _layer_gradient(dY: Tensor, weight: Tensor, size: tuple[int, int], padding: int, stride: int) -> Tensor:
    with torch.enable_grad():
        X = weight.new_zeros(weight.shape[1], *size).requires_grad_()
        return torch.autograd.grad(F.conv2d(X[None], weight, padding=padding, stride=stride)[0], X, dY)[0]


def _layer_cases(generator: torch.Generator) -> list[tuple]:
    found = []
    for i, ((c, *size), k, padding, stride) in enumerate(SETTINGS):
        kernels = (1, 2, 3, 1, 3, 2, 4, 2)[i]
        dY = _random(generator, kernels, *_out_size(size, k, padding, stride))
        found.append((dY, _random(generator, kernels, c, *k), tuple(size), padding, stride))
    return found


# The backward pass

AUTOGRAD = ("backward", "grad", "convolution_backward", "conv_transpose2d")


def _conv_gradients(X: Tensor, weight: Tensor, dY: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    with torch.enable_grad():
        X, weight = X.detach().requires_grad_(), weight.detach().requires_grad_()
        bias = weight.new_zeros(len(weight)).requires_grad_()
        return torch.autograd.grad(F.conv2d(X, weight, bias), (X, weight, bias), dY)


def _parameter_gradients(X: Tensor, dY: Tensor) -> tuple[Tensor, Tensor]:
    k = [n - m + 1 for n, m in zip(X.shape[2:], dY.shape[2:], strict=True)]
    return _conv_gradients(X, X.new_zeros(dY.shape[1], X.shape[1], *k), dY)[1:]


def _input_gradient(dY: Tensor, weight: Tensor) -> Tensor:
    size = [m + k - 1 for m, k in zip(dY.shape[2:], weight.shape[2:], strict=True)]
    return _conv_gradients(weight.new_zeros(len(dY), weight.shape[1], *size), weight, dY)[0]


SIZES = [  # of X, of the weight
    ((1, 1, 2, 2), (1, 1, 1, 1)),
    ((1, 2, 3, 3), (1, 2, 2, 2)),
    ((2, 1, 3, 4), (3, 1, 2, 1)),
    ((2, 2, 4, 3), (2, 2, 2, 2)),
    ((3, 2, 5, 4), (4, 2, 3, 2)),
    ((2, 3, 4, 6), (2, 3, 2, 4)),
]


def _sized(generator: torch.Generator) -> list[tuple[Tensor, Tensor, Tensor]]:
    """X, a weight, and dY."""
    found = []
    for size, weight in SIZES:
        out = size[0], weight[0], size[2] - weight[2] + 1, size[3] - weight[3] + 1
        found.append((_random(generator, *size), _random(generator, *weight), _random(generator, *out)))
    return found


def _changed(weight: Callable = lambda dW, X, dY: dW, bias: Callable = lambda db, X, dY: db) -> Callable:
    """The right gradients of the parameters, changed."""

    def gradients(X: Tensor, dY: Tensor) -> tuple[Tensor, Tensor]:
        dW, db = _parameter_gradients(X, dY)
        return weight(dW, X, dY), bias(db, X, dY)

    return gradients


def _part(i: int) -> Callable[[Outcome], bool]:
    """Whether only part i of a pair is wrong."""

    def seen(outcome: Outcome) -> bool:
        if outcome.fault or not isinstance(outcome.got, (tuple, list)) or len(outcome.got) != 2:
            return False
        same = []
        for got, expected in zip(outcome.got, outcome.expected, strict=True):
            got = as_tensor(got)
            same.append(
                got is not None and got.shape == expected.shape and torch.allclose(got.double(), expected, atol=1e-5)
            )
        return same == [j != i for j in range(2)]

    return seen


def _axes_of_one(outcome: Outcome) -> bool:
    """Whether both parts are right but for axes of size 1."""
    if outcome.fault or not isinstance(outcome.got, (tuple, list)) or len(outcome.got) != 2:
        return False
    pairs = [(as_tensor(got), expected) for got, expected in zip(outcome.got, outcome.expected, strict=True)]
    return all(
        got is not None
        and got.squeeze().shape == expected.squeeze().shape
        and torch.allclose(got.squeeze().double(), expected.squeeze(), rtol=1e-4, atol=1e-5)
        for got, expected in pairs
    )


def _weight_size_wrong(outcome: Outcome) -> bool:
    """Whether the weight's gradient has four axes, and rows or columns are too few or too many."""
    if outcome.fault or not isinstance(outcome.got, (tuple, list)) or len(outcome.got) != 2:
        return False
    got, expected = getattr(outcome.got[0], "shape", ()), outcome.expected[0].shape
    return len(got) == 4 and got[2:] != expected[2:]


def _unpadded(dY: Tensor, weight: Tensor) -> Tensor:
    return F.conv2d(dY, weight.flip(2, 3).transpose(0, 1))


def _same_size(dY: Tensor, weight: Tensor) -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns that an even kernel costs a copy
        return F.conv2d(dY, weight, padding="same")


def _full(dY: Tensor, weight: Tensor) -> Tensor:
    """The full cross-correlation of dY with kernels (c_i, c_o, h, w)."""
    return F.conv2d(dY, weight, padding=(weight.shape[2] - 1, weight.shape[3] - 1))


# A test of a backward pass: an implementation takes X, weight, bias, dY and returns dX, dW, db


def _right(X: Tensor, weight: Tensor, bias: Tensor, dY: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return _conv_gradients(X, weight, dY)


def _by_products(X: Tensor, weight: Tensor, bias: Tensor, dY: Tensor) -> tuple[Tensor, ...]:
    """With matrix products, so the last digits differ."""
    k = tuple(weight.shape[2:])
    columns, flat = F.unfold(X, k), dY.flatten(2)
    dW = torch.einsum("nol,nkl->ok", flat, columns).reshape(weight.shape)
    dX = F.fold(weight.flatten(1).T @ flat, tuple(X.shape[2:]), k)
    return dX, dW, flat.sum((0, 2))


def _single(X: Tensor, weight: Tensor, bias: Tensor, dY: Tensor) -> tuple[Tensor, ...]:
    """In float32, so with rounding errors."""
    return tuple(part.to(X.dtype) for part in _conv_gradients(X.float(), weight.float(), dY.float()))


def _faulty(change: Callable) -> Callable:
    """An implementation whose gradients are changed: change(dX, dW, db, X, weight, dY) → the three."""

    def backward(X, weight, bias, dY):
        return change(*_conv_gradients(X, weight, dY), X, weight, dY)

    return backward


def _weight_swapped(dW: Tensor) -> Tensor:
    """The channel axes exchanged where nobody notices by the shape."""
    return dW.transpose(0, 1) if dW.shape[0] == dW.shape[1] else dW


BACKWARDS = [
    Implementation(_right, why="it's the one that autograd gives"),
    Implementation(lambda *args: list(_right(*args)), why="it returns a list of the three gradients"),
    Implementation(
        _by_products,
        why="it uses matrix products, so the last digits are rounded in another way: allow errors up to 0.0001",
    ),
    Implementation(_single, why="it computes in float32, and errors up to 0.0001 are rounding"),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: (dX, dW, db / len(X))),
        "averages the bias's gradient over the batch",
        "a batch of one image can't show it",
    ),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: (dX, dW / len(X), db)),
        "averages the weight's gradient over the batch",
        "a batch of one image can't show it",
    ),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: (dX, _parameter_gradients(X[:1], dY[:1])[0], db)),
        "computes the weight's gradient from the first image only",
        "a batch of one image can't show it",
    ),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: (dX, dW, dY.mean(dim=(2, 3)).sum(0))),
        "averages the bias's gradient over the stops",
        "an output of one value can't show it, and a check of the weight alone can't either",
    ),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: (_full(dY, weight.transpose(0, 1)), dW, db)),
        "doesn't flip the kernels for the input's gradient",
        "symmetric kernels, such as all ones, can't show it",
    ),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: (dX, dW.flip(2, 3), db)),
        "flips the weight's gradient",
        "a 1×1 kernel can't show it, nor can a test that compares sums",
    ),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: (dX, _weight_swapped(dW), db)),
        "exchanges the weight gradient's channel axes where their numbers are equal",
        "different numbers of channels can't show it, so test equal ones, too",
    ),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: _conv_gradients(X, weight, torch.ones_like(dY))),
        "ignores dY and takes ones in its place",
        "a test whose dY is all ones can't show it",
    ),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: (F.pad(dX[..., 1:-1, 1:-1], (1, 1, 1, 1)), dW, db)),
        "leaves the border of the input's gradient at 0",
        "compare all elements of the input's gradient",
    ),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: (dX.flip(0), dW, db)),
        "gives each image the gradient of another one",
        "a batch of one image can't show it, nor can a sum over the batch",
    ),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: (dX, dW, db.flip(0))),
        "gives each output channel the bias gradient of another one",
        "a layer with one output channel can't show it, nor can a sum",
    ),
    Implementation(
        _faulty(lambda dX, dW, db, X, weight, dY: (1.02 * dX, dW, db)),
        "makes the input's gradient 2% too large",
        "a tolerance of 2% is far more than rounding",
    ),
]


PARTS = ("input's", "weight's", "bias's")


def _with_part(i: int, change: Callable[[Tensor], Tensor]) -> Callable:
    """An implementation with gradient i changed."""

    def backward(X, weight, bias, dY):
        parts = list(_right(X, weight, bias, dY))
        parts[i] = change(parts[i])
        return tuple(parts)

    return backward


def _says(test: Callable, function: Callable) -> bool | None:
    """What a test says of an implementation; None if it raises an exception."""
    try:
        return bool(test(function))
    except AssertionError:
        return False
    except Exception:
        return None


def _backward_test(answer: Any) -> str:
    said = spoken(judged(answer, BACKWARDS))
    if not callable(answer) or not said.startswith(say("your test")):
        return said
    return _test_seen(answer, {one.fault: _says(answer, one.function) for one in BACKWARDS if one.fault}) or said


def _test_seen(test: Callable, faults: Mapping[str, bool | None]) -> str:
    """What is wrong with a test that accepts right implementations, by its inputs and by what it says of more faults."""
    weights, called = [], []

    def watched(X, weight, bias, dY):
        called.append(True)
        weights.append(weight)
        return _right(X, weight, bias, dY)

    if not _says(test, watched):
        all_wrong = called and all(faults.values()) and _says(test, _right) is False
        return "it's the wrong way round: your test accepts the wrong ones and refuses the right ones" if all_wrong else ""
    if not called:
        return "your test never calls the implementation that it gets"
    noise = [bool(_says(test, _with_part(i, lambda part: part + torch.rand_like(part) + 1))) for i in range(3)]
    constant = lambda X, weight, bias, dY: tuple(part * 0 + 7 for part in _right(X, weight, bias, dY))  # noqa: E731
    if _says(test, constant):
        if not _says(test, lambda *args: (torch.zeros(1),) * 3):
            return "your test looks at the shapes only, so any values pass: compare the values"
        if not _says(test, lambda *args: tuple(part + torch.rand_like(part) for part in _right(*args))):
            return "your test accepts what comes out the same twice: compare with gradients that come from somewhere else"
        return "your test calls the implementation, but accepts whatever comes back: is the comparison's result returned?"
    if all(noise):
        return "your test asks for one right gradient of the three: all three must be right"
    if any(noise):
        passing = say(" and the ").join(spoken(name) for name, passes in zip(PARTS, noise, strict=True) if passes)
        return say("your test doesn't look at the {0} gradient: it accepts any values there", passing)
    if all(_says(test, _with_part(i, lambda part: part.flatten().flip(0).reshape(part.shape))) for i in range(3)):
        return "your test accepts gradients whose values are in another order: compare element by element, not sums"
    if all(weight.shape[2:] == (1, 1) for weight in weights) and faults["flips the weight's gradient"]:
        return "all your kernels are 1×1, and they can't show whether something is flipped: take larger ones"
    return ""


EXERCISES = {
    "4.7a": Function(
        reference=exactly(_im2col),
        cases=_images,
        without=("unfold", "im2col"),
        mistakes={
            "rows and columns of the matrix are exchanged: one column for each stop": lambda X, k, padding, stride: (
                _im2col(X, k, padding, stride).T
            ),
            "the padding is missing": lambda X, k, padding, stride: _im2col(X, k, 0, stride),
            "the stride is missing": lambda X, k, padding, stride: _im2col(X, k, padding, 1),
            "padding and stride are missing": lambda X, k, padding, stride: _im2col(X, k, 0, 1),
            "the channel is the slowest index of a row, not the fastest: channel, row, column": (
                lambda X, k, padding, stride: _reordered(_im2col(X, k, padding, stride), len(X), k, (1, 2, 0))
            ),
            "in a window, rows come before columns: channel, row, column": lambda X, k, padding, stride: _reordered(
                _im2col(X, k, padding, stride), len(X), k, (0, 2, 1)
            ),
            "the stops go row by row, from left to right, not column by column": lambda X, k, padding, stride: (
                _stops_by_columns(_im2col(X, k, padding, stride), _out_size(X.shape, k, padding, stride))
            ),
            "the window is flipped": lambda X, k, padding, stride: (
                _im2col(X, k, padding, stride).unflatten(0, (len(X), *k)).flip(1, 2).flatten(0, 2)
            ),
            "each block is right, but a reshape doesn't make it a column: put the flattened blocks side by side": (
                lambda X, k, padding, stride: _im2col(X, k, padding, stride).T.reshape(len(X) * k[0] * k[1], -1)
            ),
            "the last stop of each axis is missing: the end of a range is not in the range": _last_stop_missing,
            "k is (height, width); here it's taken the other way round": lambda X, k, padding, stride: _im2col(
                X, k[::-1], padding, stride
            ),
            "there are zeros on top and on the left only; they belong on all four sides": lambda X, k, padding, stride: (
                _im2col(F.pad(X, (padding, 0, padding, 0)), k, 0, stride)
            ),
            "there are zeros at the bottom and on the right only; they belong on all four sides": (
                lambda X, k, padding, stride: _im2col(F.pad(X, (0, padding, 0, padding)), k, 0, stride)
            ),
            "only the first channel is in it": lambda X, k, padding, stride: _im2col(X[:1], k, padding, stride),
            "the channels are added; each has rows of its own": lambda X, k, padding, stride: _im2col(
                X.sum(0, keepdim=True), k, padding, stride
            ),
            "there is an axis for the batch, but X is a single image": lambda X, k, padding, stride: _im2col(
                X, k, padding, stride
            )[None],
            "the blocks aren't flattened: one column for each, of shape (c·h·w,)": lambda X, k, padding, stride: _im2col(
                X, k, padding, stride
            ).unflatten(0, (len(X), *k)),
        },
        otherwise=clues(COLUMN_CLUES),
        hints=[
            "At each stop, the window is a block of shape (c, h, w). Its values become a column, in the order of flatten.",
            "Pad first. Then two loops over the stops, with the stride as the step, collect the blocks.",
            "torch.stack has an argument that says along which axis the columns are put side by side.",
        ],
        praise="Each stop is a column: c·h·w values, of which neighboring stops share many.",
    ),
    "4.7b": Function(
        reference=exactly(_product),
        cases=_batches,
        without=("conv1d", "conv2d", "conv3d", "convolution", "conv_transpose2d"),
        mistakes={
            "the bias is missing": lambda columns, weight, bias, size: _product(columns, weight, 0 * bias, size),
            "the output has to have height and width again, (N, c_o, H', W')": lambda columns, weight, bias, size: _product(
                columns, weight, bias, size
            ).flatten(2),
            "each output channel has one bias; here it's added along the stops": lambda columns, weight, bias, size: (
                weight.flatten(1) @ columns + bias
            ).unflatten(2, size),
            "height and width are exchanged": lambda columns, weight, bias, size: _product(
                columns, weight, bias, size
            ).reshape(len(columns), len(weight), *size[::-1]),
            "the stops are laid out column by column; they come row by row": lambda columns, weight, bias, size: _product(
                columns, weight, bias, size[::-1]
            ).transpose(2, 3),
            "the values of a kernel are in the wrong order: flatten (c_i, h, w) as they are": (
                lambda columns, weight, bias, size: _product(columns, weight.transpose(2, 3), bias, size)
            ),
            "the kernels are flipped; a cross-correlation doesn't flip them": lambda columns, weight, bias, size: _product(
                columns, weight.flip(2, 3), bias, size
            ),
            "the output channels come first, then the images; it should be (N, c_o, H', W')": (
                lambda columns, weight, bias, size: _product(columns, weight, bias, size).transpose(0, 1)
            ),
            "images and output channels are mixed up by a reshape": lambda columns, weight, bias, size: (
                _product(columns, weight, bias, size).transpose(0, 1).reshape(len(columns), len(weight), *size)
            ),
            "only the first image is computed": lambda columns, weight, bias, size: _product(
                columns[:1], weight, bias, size
            ),
            "the images are added together": lambda columns, weight, bias, size: _product(
                columns.sum(0, keepdim=True), weight, bias, size
            ),
            "the bias is subtracted": lambda columns, weight, bias, size: _product(columns, weight, -bias, size),
            "the weight's channel axes are exchanged before it's flattened: each row must be one kernel, weight[o]": (
                lambda columns, weight, bias, size: _product(
                    columns, weight.transpose(0, 1).reshape(weight.shape), bias, size
                )
            ),
            "a reshape to (c·h·w, c_o) doesn't bring the kernels into columns: flatten each kernel into a row": (
                lambda columns, weight, bias, size: _product(
                    columns, weight.reshape(-1, len(weight)).T.reshape(weight.shape), bias, size
                )
            ),
            "in a column, the channel comes first, (c, h, w), and in your kernels it comes last": (
                lambda columns, weight, bias, size: _product(
                    columns, weight.permute(0, 2, 3, 1).reshape(weight.shape), bias, size
                )
            ),
            "the bias is added to each weight; it belongs to the sum of the products, once": (
                lambda columns, weight, bias, size: _product(columns, weight + bias[:, None, None, None], 0 * bias, size)
            ),
            "the products are averaged over the block; they add up": lambda columns, weight, bias, size: _product(
                columns, weight / columns.shape[1], bias, size
            ),
        },
        otherwise=clues(
            {
                "each value is there, but in another place: check the last reshape": _same_numbers,
                "every case that's wrong has several images": lambda o: len(o.case[0]) > 1,
                "only cases with several kernels are wrong: is each row of your matrix one kernel?": lambda o: (
                    len(o.case[1]) > 1
                ),
                "only cases with several values in a block are wrong: are a kernel's values in the order of a column's?": (
                    lambda o: o.case[0].shape[1] > 1
                ),
            }
        ),
        hints=[
            "One kernel and one column are two lists of c·h·w numbers. Where does a matrix product add up products?",
            "The kernels become the rows of a matrix. @ multiplies it by each image's columns, for the whole batch.",
            "The product is (N, c_o, stops). The bias has one value for each row, and the stops become H' rows of W'.",
        ],
        praise="Kernels as rows, stops as columns: the whole layer is one matrix product, as in many fast libraries.",
    ),
    "4.7c": Function(
        reference=exactly(_col2im),
        cases=_column_cases,
        without=("fold", "col2im"),
        mistakes={
            "where windows overlap, the values add up; here the last one overwrites the others": functools.partial(
                _added, over=True
            ),
            "where windows overlap, the values add up; here the last cell of a block overwrites the others": _cells_over,
            "the padding is still around it: cut it off": functools.partial(_added, crop=False),
            "with padding 0, a slice like [p:-p] is [0:-0], which is empty": (
                lambda columns, size, k, padding, stride: _added(columns, size, k, padding, stride, crop=False)[
                    :, padding:-padding, padding:-padding
                ]
            ),
            "pixels at the end that no window reads are missing: the result has the size that is given, with zeros there": (
                lambda columns, size, k, padding, stride: _reached(
                    _added(columns, size, k, padding, stride, crop=False), size, k, padding, stride
                )
            ),
            "the channels are added into one; each has rows of its own in the matrix": lambda columns, *settings: _col2im(
                columns, *settings
            ).sum(0, keepdim=True),
            "the stride is missing: neighboring windows are a stride apart": lambda columns, size, k, padding, stride: (
                _one_apart(columns, size, k, padding, stride)
            ),
            "the padding is cut off at one end only, so everything is shifted": (
                lambda columns, size, k, padding, stride: _added(columns, size, k, padding, stride, crop=False)[
                    :, : size[0], : size[1]
                ]
            ),
            "the values are averaged where windows overlap; they add up": lambda columns, *settings: (
                _col2im(columns, *settings) / _reads(columns, *settings)
            ),
            "a column is a block (c, h, w), flattened in this order: the channel comes first": (
                lambda columns, size, k, padding, stride: _col2im(
                    columns.unflatten(0, (*k, -1)).permute(2, 0, 1, 3).flatten(0, 2), size, k, padding, stride
                )
            ),
            "in a block, rows come before columns": lambda columns, size, k, padding, stride: _col2im(
                columns.unflatten(0, (-1, *k[::-1])).transpose(1, 2).flatten(0, 2), size, k, padding, stride
            ),
            "the stops go row by row, not column by column": lambda columns, size, k, padding, stride: _col2im(
                columns.unflatten(1, _out_size(size, k, padding, stride)[::-1]).transpose(1, 2).flatten(1),
                size,
                k,
                padding,
                stride,
            ),
            "the blocks are flipped": lambda columns, size, k, padding, stride: _col2im(
                columns.unflatten(0, (-1, *k)).flip(1, 2).flatten(0, 2), size, k, padding, stride
            ),
            "only the first block is put back: is the return inside the loop?": (
                lambda columns, size, k, padding, stride: _col2im(
                    torch.cat([columns[:, :1], torch.zeros_like(columns[:, 1:])], dim=1), size, k, padding, stride
                )
            ),
            "there is an axis for the batch, but the columns are those of one image": lambda columns, *settings: _col2im(
                columns, *settings
            )[None],
        },
        otherwise=clues(
            {line: seen for line, seen in COLUMN_CLUES.items() if "number of" not in line and "ordered by" not in line}
            | {
                "the result must have the shape of the image, (c, H, W)": lambda o: (
                    not o.fault and getattr(o.got, "shape", None) != o.expected.shape
                )
            }
        ),
        hints=[
            "Begin with zeros of the padded image's size, and go through the stops in the order of im2col.",
            "Column n becomes a block (c, h, w) again, and is added to the window that it came from.",
            "How many stops are there in a row of them? From n, that gives the stop's row and column.",
        ],
        praise="Every value goes back to where im2col took it, and a pixel that was read four times gets four values.",
    ),
    "4.7d": Function(
        reference=exactly(_layer_gradient),
        cases=_layer_cases,
        without=("conv2d", *AUTOGRAD),
        mistakes={
            "the gradient of a product W·columns with respect to the columns is Wᵀ·dY: the transpose is missing": (
                lambda dY, weight, size, padding, stride: F.fold(
                    weight.flatten(1) @ dY.flatten(1), size, tuple(weight.shape[2:]), padding=padding, stride=stride
                )
            ),
            "the kernels are flipped; fold puts each weight back where it was": lambda dY, weight, *settings: (
                _layer_gradient(dY, weight.flip(2, 3), *settings)
            ),
            "a reshape doesn't transpose the matrix of the kernels: its rows are weight[o], flattened": (
                lambda dY, weight, *settings: _folded(weight.reshape(-1, len(weight)) @ dY.flatten(1), weight, *settings)
            ),
            "where blocks overlap, the parts add up; they aren't averaged": lambda dY, weight, *settings: (
                _layer_gradient(dY, weight, *settings)
                / _layer_gradient(torch.ones_like(dY[:1]), torch.ones_like(weight[:1]), *settings).clamp(min=1)
            ),
            "the columns are in the order of F.unfold, stops row by row; here dY is flattened column by column": (
                lambda dY, weight, *settings: _folded(
                    weight.flatten(1).T @ dY.transpose(1, 2).flatten(1), weight, *settings
                )
            ),
            "where blocks overlap, the values add up; here the last one overwrites the others": (
                lambda dY, weight, size, padding, stride: _added(
                    weight.flatten(1).T @ dY.flatten(1), size, tuple(weight.shape[2:]), padding, stride, over=True
                )
            ),
            "the padding is cut off at one end only: it's on all four sides": lambda dY, weight, size, padding, stride: (
                _padding_kept(dY, weight, size, padding, stride)[:, : size[0], : size[1]]
            ),
            "the gradient of the padding is still around it: cut it off": _padding_kept,
            "these are the gradients of the columns; a pixel's gradient is the sum over its copies in them": (
                lambda dY, weight, *settings: weight.flatten(1).T @ dY.flatten(1)
            ),
            "padding and stride are missing": lambda dY, weight, size, padding, stride: F.fold(
                (weight.flatten(1).T @ dY.flatten(1))[None], size, tuple(weight.shape[2:])
            )[0],
            "dY is missing: it says how much each output matters": lambda dY, weight, *settings: _layer_gradient(
                torch.ones_like(dY), weight, *settings
            ),
            "only the first output channel gives something back": lambda dY, weight, *settings: _layer_gradient(
                dY[:1], weight[:1], *settings
            ),
            "the parts of the output channels add up; they aren't averaged": lambda dY, weight, *settings: (
                _layer_gradient(dY, weight, *settings) / len(dY)
            ),
            "rows and columns of the kernels are exchanged": lambda dY, weight, size, padding, stride: F.fold(
                (weight.transpose(2, 3).flatten(1).T @ dY.flatten(1))[None],
                size,
                tuple(weight.shape[2:]),
                padding=padding,
                stride=stride,
            )[0],
            "there is an axis for the batch, but dY belongs to a single image": lambda dY, weight, *settings: (
                _layer_gradient(dY, weight, *settings)[None]
            ),
            "the sign is that of a step downhill": lambda dY, weight, *settings: -_layer_gradient(dY, weight, *settings),
        },
        otherwise=clues(
            {
                "only cases with a stride larger than 1 are wrong": lambda o: o.case[4] > 1,
                "only cases with padding are wrong": lambda o: o.case[3] > 0,
                "only cases with several output channels are wrong": lambda o: len(o.case[0]) > 1,
                "only cases with several input channels are wrong": lambda o: o.case[1].shape[1] > 1,
                "the gradient must have the shape of the input, (c_i, H, W)": lambda o: (
                    not o.fault and getattr(o.got, "shape", None) != o.expected.shape
                ),
            }
        ),
        hints=[
            "Forward: output = weights @ columns. If dY is the gradient of the output, what is that of the columns?",
            "The transposed matrix of the kernels, times dY with its stops in one axis, has the shape of the columns.",
            "The columns are copies of pixels. A pixel's gradient is the sum over its copies: which function adds them?",
        ],
        praise="A matrix product goes backward with its transpose, and im2col with col2im.",
    ),
    "4.8a": Function(
        reference=exactly(_parameter_gradients),
        cases=lambda generator: [(X, dY) for X, _, dY in _sized(generator)],
        without=AUTOGRAD,
        mistakes={
            "both gradients are averaged over the batch; they add up": _changed(
                lambda dW, X, dY: dW / len(X), lambda db, X, dY: db / len(X)
            ),
            "the weight's gradient is averaged over the batch; the images' gradients add up": _changed(
                weight=lambda dW, X, dY: dW / len(X)
            ),
            "the bias's gradient is averaged over the batch; the images' gradients add up": _changed(
                bias=lambda db, X, dY: db / len(X)
            ),
            "the bias's gradient is averaged over images and stops; they add up": _changed(
                bias=lambda db, X, dY: dY.mean((0, 2, 3))
            ),
            "the bias's gradient is averaged over the stops; they add up": _changed(
                bias=lambda db, X, dY: dY.mean((2, 3)).sum(0)
            ),
            "both gradients still have an axis for the batch: the images' gradients add up": lambda X, dY: (
                torch.stack([_parameter_gradients(X[i : i + 1], dY[i : i + 1])[0] for i in range(len(X))]),
                dY.sum((2, 3)),
            ),
            "the weight's gradient still has an axis for the batch: the images' gradients add up": lambda X, dY: (
                torch.stack([_parameter_gradients(X[i : i + 1], dY[i : i + 1])[0] for i in range(len(X))]),
                dY.sum((0, 2, 3)),
            ),
            "in the weight's gradient, the input channels are added together: each slice meets its own channel": _changed(
                weight=lambda dW, X, dY: dW.sum(1, keepdim=True).expand_as(dW)
            ),
            "the bias's gradient still has an axis for the batch: each bias is added to every image": _changed(
                bias=lambda db, X, dY: dY.sum((2, 3))
            ),
            "the bias's gradient still has axes for rows and columns": _changed(bias=lambda db, X, dY: dY.sum(0)),
            "a bias's gradient is a sum of dY, of one number for each output channel": _changed(
                bias=lambda db, X, dY: dY.sum()
            ),
            "the bias is 1 for every output, so its gradient isn't 1 but the sum of dY": _changed(
                bias=lambda db, X, dY: torch.ones_like(db)
            ),
            "the weight's gradient is flipped": _changed(weight=lambda dW, X, dY: dW.flip(2, 3)),
            "the weight's gradient has the input channels first; it must be (c_o, c_i, h, w)": _changed(
                weight=lambda dW, X, dY: dW.transpose(0, 1)
            ),
            "only the first image counts in the weight's gradient": _changed(
                weight=lambda dW, X, dY: _parameter_gradients(X[:1], dY[:1])[0]
            ),
            "only the last image counts in the weight's gradient": _changed(
                weight=lambda dW, X, dY: _parameter_gradients(X[-1:], dY[-1:])[0]
            ),
            "only the first image counts": lambda X, dY: _parameter_gradients(X[:1], dY[:1]),
            "only the last image counts": lambda X, dY: _parameter_gradients(X[-1:], dY[-1:]),
            "in the weight's gradient, dY is missing": _changed(
                weight=lambda dW, X, dY: _parameter_gradients(X, torch.ones_like(dY))[0]
            ),
            "the order is: first the weight's gradient, then the bias's": lambda X, dY: _parameter_gradients(X, dY)[::-1],
            "return both gradients, as a pair: the weight's and the bias's": lambda X, dY: _parameter_gradients(X, dY)[0],
        },
        otherwise=clues(
            {
                "the values are right, but a gradient has the shape of what it belongs to: (c_o, c_i, h, w) and (c_o,)": (
                    _axes_of_one
                ),
                "the weight's gradient has the wrong shape: n pixels and m outputs on an axis mean a kernel of n − m + 1": (
                    _weight_size_wrong
                ),
                "the bias's gradient is right, the weight's isn't": _part(0),
                "the weight's gradient is right, the bias's isn't": _part(1),
                "return a pair, the weight's gradient and the bias's": lambda o: (
                    not o.fault and not (isinstance(o.got, (tuple, list)) and len(o.got) == 2)
                ),
                "every case that's wrong has several images": lambda o: len(o.case[0]) > 1,
            }
        ),
        hints=[
            "A bias is added at every stop of every image. What does the chain rule collect for it?",
            "K[o, c, a, b] meets pixel (i + a, j + b) of channel c and works for output channel o: multiply and add.",
            "For one a and one b, the pixels that a weight met are a slice of X as large as dY. Sum over images and stops.",
        ],
        praise="A parameter that is used many times collects the gradient of every use: over the stops and over the batch.",
    ),
    "4.8b": Function(
        reference=exactly(_input_gradient),
        cases=lambda generator: [(dY, weight) for _, weight, dY in _sized(generator)],
        without=AUTOGRAD,
        mistakes={
            "the kernels must be flipped for the way back, unless you add each output's block": lambda dY, weight: _full(
                dY, weight.transpose(0, 1)
            ),
            "the kernels are flipped along the channels, too": lambda dY, weight: _full(
                dY, weight.flip(0, 1, 2, 3).transpose(0, 1)
            ),
            "only the rows of the kernels are flipped": lambda dY, weight: _full(dY, weight.flip(2).transpose(0, 1)),
            "only the columns of the kernels are flipped": lambda dY, weight: _full(dY, weight.flip(3).transpose(0, 1)),
            "the output channels go in and the input channels come out: exchange the weight's first two axes": (
                lambda dY, weight: _full(dY, weight.flip(2, 3))
            ),
            "the gradient is smaller than X: dY needs a full padding, k − 1 on each side": _unpadded,
            "F.pad takes the last axis first: the columns' padding, then the rows'": lambda dY, weight: F.conv2d(
                F.pad(dY, (weight.shape[2] - 1,) * 2 + (weight.shape[3] - 1,) * 2), weight.flip(2, 3).transpose(0, 1)
            ),
            "rows and columns get the same padding, that of the kernel's height; the kernel needn't be square": (
                lambda dY, weight: F.conv2d(dY, weight.flip(2, 3).transpose(0, 1), padding=weight.shape[2] - 1)
            ),
            "rows and columns get the same padding, that of the kernel's width; the kernel needn't be square": (
                lambda dY, weight: F.conv2d(dY, weight.flip(2, 3).transpose(0, 1), padding=weight.shape[3] - 1)
            ),
            "same padding keeps the size of dY, but X is larger: dY needs a full padding, k − 1 on each side": (
                lambda dY, weight: _same_size(dY, weight.flip(2, 3).transpose(0, 1))
            ),
            "k zeros on each side are one too many: a full padding is k − 1": lambda dY, weight: F.conv2d(
                dY, weight.flip(2, 3).transpose(0, 1), padding=tuple(weight.shape[2:])
            ),
            "only the first output channel gives something back": lambda dY, weight: _input_gradient(dY[:, :1], weight[:1]),
            "the output channels' parts add up; they aren't averaged": lambda dY, weight: (
                _input_gradient(dY, weight) / len(weight)
            ),
            "the input's gradient isn't averaged over the batch: each image has its own": lambda dY, weight: (
                _input_gradient(dY, weight) / len(dY)
            ),
            "the gradients of the images are added together: each image has its own": lambda dY, weight: _input_gradient(
                dY.sum(0, keepdim=True), weight
            ),
            "only the first image gets a gradient": lambda dY, weight: _input_gradient(dY[:1], weight),
            "dY is missing": lambda dY, weight: _input_gradient(torch.ones_like(dY), weight),
            "where windows overlap, the parts add up; here the last one overwrites the others": (
                lambda dY, weight: _overwritten(dY, weight)
            ),
        },
        otherwise=clues(
            {
                "the gradient must have the shape of X: as many rows as dY plus k − 1, and c_i channels": lambda o: (
                    not o.fault and getattr(o.got, "shape", None) != o.expected.shape
                ),
                "every case that's wrong has several images": lambda o: len(o.case[0]) > 1,
                "only cases with several output channels are wrong": lambda o: len(o.case[1]) > 1,
                "only cases with several input channels are wrong": lambda o: o.case[1].shape[1] > 1,
            }
        ),
        hints=[
            "Output (o, i, j) read the block X[:, i : i + h, j : j + w] with the weights K[o]. What does it give back?",
            "Add dY times its kernel to every window. Or ask which outputs read one pixel, and with which weights.",
            "The second way is a cross-correlation of dY, padded by k − 1, with flipped kernels, from c_o to c_i channels.",
        ],
        praise="The way back is a convolution, too: the kernels flipped, the channels exchanged, and dY padded by k − 1.",
    ),
    "4.8c": Choice(
        test=_backward_test,
        hints=[
            "Which inputs hide a fault? One image hides what's wrong over the batch. What do all ones hide? One channel?",
            "Take random inputs with several images, get the three gradients from autograd, and compare each of them.",
            "Use two sizes: one with as many input channels as output channels, and one with different numbers.",
        ],
        praise="Several images, random values, equal and different numbers of channels: your test finds all twelve faulty "
        "implementations.",
    ),
}


def _overwritten(dY: Tensor, weight: Tensor) -> Tensor:
    """The input's gradient, each block written over what is there."""
    h, w = weight.shape[2:]
    dX = torch.zeros_like(_input_gradient(dY, weight))
    for i, j in product(range(dY.shape[2]), range(dY.shape[3])):
        dX[:, :, i : i + h, j : j + w] = torch.einsum("no,ochw->nchw", dY[:, :, i, j], weight)
    return dX
