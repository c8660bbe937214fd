"""The sliding window: its size, padding, stride and dilation, and from these every size and every index of the course.

Sizes and settings are ints or pairs (height, width). Padding counts one side, as in PyTorch. Nothing here is a tensor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from ._check import Pair, Size, as_bool, as_pair, shown
from ._language import message
from ._words import WORDS, number

FORMULAS, REASONS = WORDS["formulas"], WORDS["reasons"]
Axis = tuple[int, int, int, int]  # kernel, padding, stride, dilation


@dataclass(frozen=True)
class Window:
    """A window that slides over cells: kernel size, padding per side, stride and dilation, each (height, width).

    An int stands for both axes. Positions are (row, column) in the padded input, so none is negative.
    Raises TypeError or ValueError where a setting is not an int or a pair of ints, or is too small.
    """

    kernel: Size
    padding: Size = 0
    stride: Size = 1
    dilation: Size = 1

    def __post_init__(self):
        for name, least in (("kernel", 1), ("padding", 0), ("stride", 1), ("dilation", 1)):
            object.__setattr__(self, name, as_pair(name, getattr(self, name), at_least=least))

    @property
    def axes(self) -> Iterator[Axis]:
        """Kernel, padding, stride and dilation along the height, then along the width."""
        return zip(self.kernel, self.padding, self.stride, self.dilation, strict=True)

    @property
    def extent(self) -> Pair:
        """The cells from the window's first to its last: d(k − 1) + 1."""
        return tuple(_covers(k, d) for k, _, _, d in self.axes)

    # Which cells

    def along(self, axis: int, i: int) -> range:
        """The rows (axis 0) or columns (axis 1) that window number `i` along that axis reads."""
        first = i * self.stride[axis]
        return range(first, first + self.extent[axis], self.dilation[axis])

    def reads(self, at: Pair) -> list[Pair]:
        """The cells that the window of output cell `at` reads, in the order of the kernel's cells.

        For a transposed convolution: the output cells, before cropping, to which input cell `at` adds.
        """
        return [(row, column) for row in self.along(0, at[0]) for column in self.along(1, at[1])]

    def taps(self, count: Pair) -> Iterator[tuple[Pair, tuple[slice, slice]]]:
        """For each kernel cell (a, b): the rows and columns that it meets, one per window, as slices.

        `count`: how many windows there are along each axis.
        """
        rows, columns = (
            [slice(first, first + (windows - 1) * stride + 1, stride) for first in self.along(axis, 0)]
            for axis, (windows, stride) in enumerate(zip(count, self.stride, strict=True))
        )
        for (a, row), (b, column) in product(enumerate(rows), enumerate(columns)):
            yield (a, b), (row, column)

    def read_counts(self, size: Pair, out: Pair) -> tuple[list[int], list[int]]:
        """How many of the `out` windows read each row, and each column, of the padded input of that size.

        A cell is read by the product of its row's and its column's count.
        """
        counts = []
        for axis, n in enumerate(size):
            read = Counter(cell for i in range(out[axis]) for cell in self.along(axis, i))
            counts.append([read[cell] for cell in range(n + 2 * self.padding[axis])])
        return tuple(counts)

    # Which size

    def out_size(self, size: Pair) -> Pair:
        """The output size of a convolution; ValueError where the kernel covers more than the padded input."""
        return tuple(_convolved(n, *axis) for n, axis in zip(size, self.axes, strict=True))

    def pooled_size(self, size: Pair, *, ceil_mode: bool = False) -> Pair:
        """The output size of a pooling layer; ValueError where no window fits or half of one may be padding."""
        return tuple(_pooled(n, *axis, ceil_mode) for n, axis in zip(size, self.axes, strict=True))

    def transposed_size(self, size: Pair, *, output_padding: Pair = (0, 0)) -> Pair:
        """The output size of a transposed convolution; ValueError if `output_padding` is too large or nothing is left."""
        return tuple(_transposed(n, *axis, more) for n, axis, more in zip(size, self.axes, output_padding, strict=True))

    def size_formula(self, formula: str, size: Pair, out: Pair, **others: Pair) -> tuple[str, str, str]:
        """That formula (a key of FORMULAS) in symbols, and with its numbers along the height and along the width.

        A setting that changes nothing, such as stride 1 along both axes, is left out; the symbols are "" where all are.
        `others`: `extra` (output_padding) or `scale` (scale_factor).
        """
        letters = {"n": size, "k": self.kernel, "p": self.padding, "s": self.stride, "d": self.dilation} | others
        neutral = {letter: (value, value) for letter, value in FORMULAS["neutral"].items()}
        true = {letter if letters.get(letter, value) != value else f"!{letter}" for letter, value in neutral.items()}
        pieces = [piece for piece in FORMULAS[formula] if true.issuperset(piece[0].split())]
        matters = any(when and not when.startswith("!") for when, *_ in pieces)
        symbols = "".join(symbol for _, symbol, _ in pieces) if matters else ""
        lines = []
        for axis, (n, (k, p, s, d)) in enumerate(zip(size, self.axes, strict=True)):
            over = n + 2 * p - _covers(k, d)
            floored = FORMULAS["floored"].format(quotient=number(over / s)) if formula == "conv" and over % s else ""
            numbers = {letter: value[axis] for letter, value in letters.items()}
            lines.append("".join(form for *_, form in pieces).format(**numbers) + f"{floored} = {out[axis]}")
        return symbols, *lines


def conv_out_size(size: Size, kernel: Size, *, padding: Size = 0, stride: Size = 1, dilation: Size = 1) -> Size:
    """Output size of a convolution: ⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1 along each axis.

    Raises ValueError where the dilated kernel is larger than the padded input, TypeError for anything but ints.
    Source: PyTorch, `torch.nn.Conv2d`; Dumoulin & Visin 2016, arXiv:1603.07285.
    """
    settings = {"kernel": kernel, "padding": padding, "stride": stride, "dilation": dilation}
    return _in_the_form_of("size", size, lambda n: Window(**settings).out_size(n), settings)


def pool_out_size(
    size: Size, kernel: Size, *, padding: Size = 0, stride: Size | None = None, dilation: Size = 1, ceil_mode: bool = False
) -> Size:
    """Output size of a pooling layer; `stride=None` means the kernel size, as in PyTorch.

    ⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1; with `ceil_mode` ⌈…⌉ + 1, less one where the last window would start beyond the
    input and its left padding. Raises ValueError where no window fits or padding exceeds half the kernel size.
    Source: PyTorch, `torch.nn.MaxPool2d`.
    """
    as_bool("ceil_mode", ceil_mode)
    stride = kernel if stride is None else stride
    settings = {"kernel": kernel, "padding": padding, "stride": stride, "dilation": dilation}
    return _in_the_form_of("size", size, lambda n: Window(**settings).pooled_size(n, ceil_mode=ceil_mode), settings)


def transposed_out_size(
    size: Size, kernel: Size, *, padding: Size = 0, stride: Size = 1, dilation: Size = 1, output_padding: Size = 0
) -> Size:
    """Output size of a transposed convolution: (n − 1)s − 2p + d(k − 1) + output_padding + 1 along each axis.

    Raises ValueError where `output_padding` is not smaller than stride or dilation, or nothing is left.
    Source: PyTorch, `torch.nn.ConvTranspose2d`.
    """
    settings = {"kernel": kernel, "padding": padding, "stride": stride, "dilation": dilation}
    more = as_pair("output_padding", output_padding)
    named = settings | {"output_padding": output_padding}
    return _in_the_form_of("size", size, lambda n: Window(**settings).transposed_size(n, output_padding=more), named)


def same_padding(kernel: Size, *, dilation: Size = 1) -> tuple:
    """(before, after): the padding that keeps the size at stride 1; a pair of such pairs for a pair of kernel sizes.

    The two differ where d(k − 1) is odd; PyTorch's `padding='same'` then puts the extra cell after (bottom, right).
    """

    def around(kernel: Pair) -> tuple[Pair, ...]:
        totals = [covers - 1 for covers in Window(kernel, dilation=dilation).extent]
        return tuple((total // 2, total - total // 2) for total in totals)

    return _in_the_form_of("kernel", kernel, around, {"dilation": dilation})


def _in_the_form_of(name: str, size: Size, measure: Callable[[Pair], tuple], settings: dict[str, Size]):
    """What `measure` says of (height, width): for both axes where `size` is a pair, else for one."""
    if isinstance(size, (tuple, list)):
        return measure(as_pair(name, size, at_least=1))
    for setting, value in settings.items():
        if isinstance(value, (tuple, list)):
            told = message(
                "{setting} is the pair {pair}, but {name} is the single number {number}: give a pair too",
                setting=setting,
                pair=shown(value),
                name=name,
                number=shown(size),
            )
            raise ValueError(told)
    return measure(as_pair(name, size, at_least=1))[0]


def _covers(k: int, d: int) -> int:
    """How many cells a window of k cells, d apart, covers."""
    return d * (k - 1) + 1


def _convolved(n: int, k: int, p: int, s: int, d: int) -> int:
    covers = _covers(k, d)
    if n + 2 * p < covers:
        raise ValueError(REASONS["covers"].format(covers=covers, has=n + 2 * p))
    return (n + 2 * p - covers) // s + 1


def _pooled(n: int, k: int, p: int, s: int, d: int, ceil_mode: bool) -> int:
    covers = _covers(k, d)
    if 2 * p > k:
        raise ValueError(REASONS["half"].format(k=k, p=p))
    out = (n + 2 * p - covers + (s - 1 if ceil_mode else 0)) // s + 1
    if ceil_mode and (out - 1) * s >= n + p:
        out -= 1
    if out < 1:
        raise ValueError(REASONS["covers"].format(covers=covers, has=n + 2 * p))
    return out


def _transposed(n: int, k: int, p: int, s: int, d: int, extra: int) -> int:
    if extra >= max(s, d):
        raise ValueError(REASONS["extra"].format(s=s, d=d, extra=extra))
    out = (n - 1) * s - 2 * p + _covers(k, d) + extra
    if out < 1:
        raise ValueError(REASONS["removed"].format(p=p, out=out))
    return out
