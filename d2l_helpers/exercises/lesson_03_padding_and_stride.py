"""Exercises of notebook 03, padding and stride."""

import warnings
from collections.abc import Mapping

import torch
from torch.nn import functional as F

from ..ops.correlation import corr2d
from ..window import conv_out_size, same_padding
from ._kinds import Choice, Function, Value

LAYER = {"kernel": (3, 5), "padding": (2, 1), "stride": (2, 3)}
STACK = [(5, 2), (3, 2), (3, 3)]  # (kernel, stride) from the input on


def _torch_size(size: tuple[int, int], kernel: tuple[int, int], **settings) -> tuple[int, int]:
    return tuple(F.conv2d(torch.zeros(1, 1, *size), torch.zeros(1, 1, *kernel), **settings).shape[2:])


def _padding_that_keeps(kernel: tuple[int, int]) -> tuple[int, int]:
    choices = [(a, b) for a in range(5) for b in range(5)]
    return next(padding for padding in choices if _torch_size((9, 9), kernel, padding=padding) == (9, 9))


def _is_read(n: int, k: int, p: int, s: int) -> torch.Tensor:
    """Which cells of one axis a window reads, by the gradient."""
    line = torch.zeros(1, 1, n, requires_grad=True)
    Y = F.conv1d(line, torch.ones(1, 1, k), padding=p, stride=s)
    return torch.autograd.grad(Y.sum(), line)[0].flatten() > 0


def _never_read(n: int, k: int, p: int, s: int) -> int:
    return int((~_is_read(n, k, p, s)).sum())


def _never_read_with_padding(n: int, k: int, p: int, s: int) -> int:
    return _never_read(n + 2 * p, k, 0, s)


def _reads_everything(answer) -> str:
    """Whether these settings turn 28×28 into 7×7 with an odd kernel, and read each pixel."""
    wanted = {"kernel_size", "padding", "stride"}
    if not isinstance(answer, Mapping) or set(answer) != wanted:
        return "give a dict with the keys kernel_size, padding and stride, e.g. dict(kernel_size=3, padding=0, stride=4)"
    k, p, s = answer["kernel_size"], answer["padding"], answer["stride"]
    if not all(isinstance(number, int) for number in (k, p, s)):
        return "give one integer for each: the layer is square"
    if k % 2 == 0:
        return f"the kernel must be odd, yours is {k}"
    size = conv_out_size(28, k, padding=p, stride=s)
    if size != 7:
        return f"28×28 becomes {size}×{size}, not 7×7: ⌊(28 + 2·{p} − {k})/{s}⌋ + 1 = {size}"
    unread = 784 - int(_is_read(28, k, p, s).sum()) ** 2
    if unread:
        return f"the size is right, but {unread} of the 784 pixels are never read: draw it with show_reads"
    return f"a padding of {p} is not smaller than the kernel of {k}: some windows see only zeros" if p >= k else ""


def _field(layers: list[tuple[int, int]]) -> int:
    """How many input cells one output cell sees, by the gradient."""
    line = torch.zeros(1, 1, 80, requires_grad=True)
    Y = line
    for k, s in layers:
        Y = F.conv1d(Y, torch.ones(1, 1, k), stride=s)
    return int((torch.autograd.grad(Y[0, 0, 2], line)[0] != 0).sum())


def _same(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns that an even kernel costs a copy
        return F.conv2d(X[None, None], K[None, None], padding="same")[0, 0]


def _padded(X: torch.Tensor, K: torch.Tensor, *, swapped: bool = False, before: bool = False) -> torch.Tensor:
    """`same` with the pairs for F.pad in the wrong order, or with the extra cell before."""
    rows, columns = same_padding(tuple(K.shape))
    rows, columns = (rows[::-1], columns[::-1]) if before else (rows, columns)
    return corr2d(F.pad(X, (*rows, *columns) if swapped else (*columns, *rows)), K)


def _even_too_large(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    h, w = K.shape
    return corr2d(F.pad(X, (w // 2, w // 2, h // 2, h // 2)), K)


def _even_too_small(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    h, w = K.shape
    return corr2d(X, K, padding=((h - 1) // 2, (w - 1) // 2))


EXERCISES = {
    "3.1": Value(
        reference=lambda: _torch_size((10, 14), **LAYER),
        mistakes={
            "PyTorch's padding counts one side: it adds 2·2 rows and 2·1 columns": lambda: conv_out_size(
                (12, 15), LAYER["kernel"], stride=LAYER["stride"]
            ),
            "you forgot the padding": lambda: conv_out_size((10, 14), LAYER["kernel"], stride=LAYER["stride"]),
            "you rounded up; a window that does not fit is left out, so round down": lambda: (7, 5),
            "the first stop is missing: + 1 after the division": lambda: (5, 3),
            "every pair is (height, width); you took the width first": lambda: conv_out_size(
                (10, 14), (5, 3), padding=(1, 2), stride=(3, 2)
            ),
            "this is (width, height); shapes are (height, width)": lambda: _torch_size((10, 14), **LAYER)[::-1],
        },
        hints=[
            "Do the height by itself: 10 rows, a kernel of 3, two rows of zeros on either side, steps of 2.",
            "⌊(n + 2p − k)/s⌋ + 1, once with (10, 3, 2, 2) and once with (14, 5, 1, 3).",
        ],
        praise="⌊(10 + 4 − 3)/2⌋ + 1 = 6 rows and ⌊(14 + 2 − 5)/3⌋ + 1 = 4 columns.",
    ),
    "3.2": Value(
        reference=lambda: _padding_that_keeps((5, 3)),
        mistakes={
            "these are the book's totals; PyTorch's number counts one side": lambda: (4, 2),
            "the order is (height, width)": lambda: (1, 2),
            "these are the book's totals, and in the wrong order": lambda: (2, 4),
            "half of the kernel, rounded up, is too much: it is (k − 1)/2": lambda: (3, 2),
        },
        hints=[
            "The book's 4 rows are shared between top and bottom.",
            "Half of the total on each side, height first.",
        ],
        praise="Half of each total: (k − 1)/2 on either side, two rows and one column.",
    ),
    "3.3": Function(
        reference=_never_read,
        cases=lambda generator: [
            (5, 3, 0, 1),
            (8, 3, 0, 2),
            (8, 3, 1, 2),
            (8, 3, 0, 4),
            (9, 2, 0, 3),
            (10, 2, 1, 4),
            (11, 5, 1, 4),
            (28, 3, 0, 5),
        ],
        mistakes={
            "you also counted padding that is not read; count pixels only": _never_read_with_padding,
            "you forgot that padding moves the first window to the left": lambda n, k, p, s: _never_read(n, k, 0, s),
            "the end is right, but if the stride is larger than the kernel, pixels between two windows are missed too": (
                lambda n, k, p, s: max(0, (n + 2 * p - k) % s - p)
            ),
            "you counted the pixels that are read": lambda n, k, p, s: n - _never_read(n, k, p, s),
        },
        hints=[
            "A window that starts at a reads a, a + 1, …, a + k − 1. The first starts at −p, the next one s later.",
            "Collect all indices that are read in a set. The answer is n minus the number of those between 0 and n − 1.",
            "read = {a + i for a in range(-p, n + p - k + 1, s) for i in range(k)}; return n - len(read & set(range(n)))",
        ],
        praise="Your count agrees with the gradient, which is zero exactly where no window reads.",
    ),
    "3.4": Choice(
        test=_reads_everything,
        hints=[
            "28/4 = 7, so stride 4 is a natural start. Other strides work too.",
            "With stride 4, a kernel of 3 leaves gaps. Take the next odd kernel, and look for the padding.",
            "⌊(28 + 2p − 5)/4⌋ + 1 = 7 holds for p = 1 and p = 2. With one of them the last row and column are never read.",
        ],
        praise="7×7, and every pixel is read: the kernel is at least as wide as the stride, and the floor leaves out "
        "nothing but padding.",
    ),
    "3.5": Value(
        reference=lambda: _field(STACK),
        mistakes={
            "three layers of stride 1 would see this; behind a strided layer, a step covers more pixels": lambda: _field(
                [(k, 1) for k, _ in STACK]
            ),
            "a layer's own stride does not widen its own window, only the windows of the layers above it": lambda: (
                1 + 4 * 2 + 2 * 4 + 2 * 12
            ),
            "you counted only the first stride; a step of the third layer covers 2·2 pixels": lambda: _field(
                [(5, 2), (3, 1), (3, 1)]
            ),
            "kernel sizes do not add up: a layer adds k − 1, times the strides below it": lambda: sum(k for k, _ in STACK),
            "kernel sizes do not multiply": lambda: 5 * 3 * 3,
        },
        hints=[
            "The first layer sees 5. Its outputs are 2 pixels apart, so the next layer, with 3, adds 2·2 pixels.",
            "1 + 4·1 + 2·2 + 2·4: each layer adds (k − 1) times the product of the strides below it.",
        ],
        praise="1 + 4·1 + 2·2 + 2·4 = 17; the last stride, 3, would matter only to a layer above it.",
    ),
    "3.6": Function(
        reference=_same,
        cases=lambda generator: [
            tuple(torch.randn(size, generator=generator, dtype=torch.float64) for size in sizes)
            for sizes in [((2, 2), (1, 1)), ((2, 3), (1, 3)), ((3, 3), (2, 2)), ((5, 4), (5, 3)), ((6, 5), (4, 2))]
        ],
        mistakes={
            "the order is right now, but even kernels still give one row and one column too many": _even_too_large,
            "an even kernel now gives one row and one column too few": _even_too_small,
            "the size is right, but PyTorch puts the extra row and column at the bottom and on the right": (
                lambda X, K: _padded(X, K, before=True)
            ),
            "even kernels are right now, but F.pad still gets the rows where it expects the columns": (
                lambda X, K: _padded(X, K, swapped=True)
            ),
        },
        hints=[
            "F.pad's order is left, right, top, bottom: the width comes first.",
            "The total is k − 1. For k = 2 that is 1: nothing before, 1 after.",
            "top, left = (h - 1) // 2, (w - 1) // 2; the rest, h - 1 - top and w - 1 - left, goes after.",
        ],
        praise="For odd and even, tall and wide kernels: the size stays, and every value is where PyTorch has it.",
    ),
}
