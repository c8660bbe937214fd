"""Exercises of notebook 03, padding and stride."""

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import product

import torch
from torch.nn import functional as F

from .._language import say
from ..ops.correlation import corr2d
from ..window import conv_out_size, same_padding
from ._clues import by_axis, clues, exactly
from ._kinds import Choice, Function, Outcome, Value

LAYER = {"kernel": (3, 5), "padding": (2, 1), "stride": (2, 3)}
AXES = ((10, 3, 2, 2), (13, 5, 1, 3))  # the same, one axis at a time: n, k, p, s
STACK = [(3, 3), (3, 2), (7, 2)]  # (kernel, stride) from the input on
APART = math.prod(stride for _, stride in STACK)


def _torch_size(size: tuple[int, int], kernel: tuple[int, int], **settings) -> tuple[int, int]:
    return tuple(F.conv2d(torch.zeros(1, 1, *size), torch.zeros(1, 1, *kernel), **settings).shape[2:])


def _both(rule: Callable[[int, int, int, int], float]) -> Callable[[], tuple[float, float]]:
    """What a rule for one axis gives for both axes of LAYER."""
    return lambda: tuple(rule(*axis) for axis in AXES)


SIZE_SLIPS: Mapping[str, Callable[[int, int, int, int], float]] = {
    "either it's rounded up, though a window that doesn't fit is dropped, or k isn't subtracted": lambda n, k, p, s: (
        math.ceil((n + 2 * p - k) / s) + 1
    ),
    "the first stop is missing: add 1 after the division": lambda n, k, p, s: (n + 2 * p - k) // s,
    "the padding is counted once, but it's added on both sides": lambda n, k, p, s: (n + p - k) // s + 1,
    "the padding is missing": lambda n, k, p, s: (n - k) // s + 1,
    "the stride is missing": lambda n, k, p, s: n + 2 * p - k + 1,
    "half a step doesn't count: round the quotient down": lambda n, k, p, s: (n + 2 * p - k) / s + 1,
    "the first window already covers k cells: subtract k before you divide": lambda n, k, p, s: (n + 2 * p) // s + 1,
    "either only k is divided by the stride, or this is the size of the padded input": lambda n, k, p, s: (
        n + 2 * p - k // s + 1
    ),
    "the first stop is counted by adding 1 after the division, on each axis": lambda n, k, p, s: (n + 2 * p - k + 1) // s,
    "this is the size of the input": lambda n, k, p, s: n,
    "padding and stride are missing": lambda n, k, p, s: n - k + 1,
}


def _padding_that_keeps(kernel: tuple[int, int]) -> tuple[int, int]:
    choices = [(a, b) for a in range(5) for b in range(5)]
    return next(padding for padding in choices if _torch_size((9, 9), kernel, padding=padding) == (9, 9))


def _padding_slips(kernel: int) -> dict[str, float]:
    return {
        "that's the book's total, and PyTorch counts one side": kernel - 1,
        "that's the kernel's size; the total is k − 1, half of it on each side": kernel,
        "half of the kernel is half a cell too much: the total is k − 1, not k": kernel / 2,
        "rounded up, half of the kernel is one too many: take half of k − 1": (kernel + 1) // 2,
        "that's the book's total doubled; it has to be halved": 2 * (kernel - 1),
        "without padding, the output shrinks": 0,
    }


def _is_read(n: int, k: int, p: int, s: int) -> torch.Tensor:
    """Which cells of one axis a window reads, by the gradient."""
    line = torch.zeros(1, 1, n, requires_grad=True)
    Y = F.conv1d(line, torch.ones(1, 1, k), padding=p, stride=s)
    return torch.autograd.grad(Y.sum(), line)[0].flatten() > 0


def _never_read(n: int, k: int, p: int, s: int) -> int:
    return int((~_is_read(n, k, p, s)).sum())


def _unread(n: int, k: int, starts) -> int:
    """How many of n pixels no window with one of these starts reads."""
    return len(set(range(n)) - {a + i for a in starts for i in range(k)})


def _cells_read(n: int, k: int, p: int, s: int) -> set[int]:
    return {a + i for a in range(-p, n + p - k + 1, s) for i in range(k)}


def _gaps(n: int, k: int, p: int, s: int) -> int:
    return (n + 2 * p - k) // s * max(s - k, 0)


def _left(n: int, k: int, p: int, s: int) -> int:
    return (n + 2 * p - k) % s


GAPS = "if the stride is larger than the kernel, pixels between two windows are missed, too"
NEVER_READ_SLIPS: Mapping[str, Callable] = {
    f"the end is right, but {GAPS}": lambda n, k, p, s: max(0, _left(n, k, p, s) - p),
    f"the remainder also counts padding that is left over, and {GAPS}": _left,
    f"where more padding than leftovers is at the end, this gets negative, and {GAPS}": lambda n, k, p, s: (
        _left(n, k, p, s) - p
    ),
    "where all the leftovers are padding, no pixel is left over: a difference below 0 must not be added": (
        lambda n, k, p, s: _gaps(n, k, p, s) + _left(n, k, p, s) - p
    ),
    "at the end, only p cells of padding can be left over, not 2p": lambda n, k, p, s: (
        _gaps(n, k, p, s) + max(_left(n, k, p, s) - 2 * p, 0)
    ),
    f"at the end, only p cells of padding can be left over, not 2p; and {GAPS}": lambda n, k, p, s: max(
        _left(n, k, p, s) - 2 * p, 0
    ),
    "gaps in the padding are counted, too: where p is large, whole windows are in the padding": lambda n, k, p, s: (
        _gaps(n, k, p, s) + max(_left(n, k, p, s) - p, 0)
    ),
    "the leftovers at the end are missing: only the gaps between windows are counted": _gaps,
    "where windows overlap, s − k is negative, but there is no gap, not a negative one": lambda n, k, p, s: (
        (n + 2 * p - k) // s * (s - k) + max(_left(n, k, p, s) - p, 0)
    ),
    "you also counted padding that is not read; count pixels only": lambda n, k, p, s: _never_read(n + 2 * p, k, 0, s),
    "you forgot the padding: with it, the first window starts at −p, and the last one may end in the padding": (
        lambda n, k, p, s: _never_read(n, k, 0, s)
    ),
    "what is read includes padding: only the indices from 0 to n − 1 are pixels": lambda n, k, p, s: (
        n - len(_cells_read(n, k, p, s))
    ),
    "the last window can be missing: the end of a range is not in the range": lambda n, k, p, s: _unread(
        n, k, range(-p, n + p - k, s)
    ),
    "one stop is missing: the number of stops is one more than the number of steps": lambda n, k, p, s: _unread(
        n, k, [-p + i * s for i in range((n + 2 * p - k) // s)]
    ),
    "a window that doesn't fit any more is dropped; here it still reads": lambda n, k, p, s: _unread(
        n, k, range(-p, n + p, s)
    ),
    "each window reads k pixels from its start on, not its start alone": lambda n, k, p, s: _unread(
        n, 1, range(-p, n + p - k + 1, s)
    ),
    "the first window starts in the padding, at −p, not at the first pixel": lambda n, k, p, s: _unread(
        n, k, range(0, n + p - k + 1, s)
    ),
    "windows may also end in the padding behind the last pixel: up to n + p": lambda n, k, p, s: _unread(
        n, k, range(-p, n - k + 1, s)
    ),
    "the indices of the padded line begin with the padding: pixel 0 is at index p": lambda n, k, p, s: _unread(
        n, k, range(0, n + 2 * p - k + 1, s)
    ),
    "you counted the pixels that are read": lambda n, k, p, s: n - _never_read(n, k, p, s),
    "you counted all the cells that are read, padding included": lambda n, k, p, s: len(_cells_read(n, k, p, s)),
    "these are the unread pixels themselves; how many are there?": lambda n, k, p, s: sorted(
        set(range(n)) - _cells_read(n, k, p, s)
    ),
    "this is the set of unread pixels; how many are there?": lambda n, k, p, s: set(range(n)) - _cells_read(n, k, p, s),
    "say how many pixels are never read, not whether there are any": lambda n, k, p, s: _never_read(n, k, p, s) > 0,
    "say how many pixels are never read, not whether all are read": lambda n, k, p, s: _never_read(n, k, p, s) == 0,
    "only the first window is looked at: is the return inside the loop?": lambda n, k, p, s: _unread(n, k, [-p]),
    "count along one axis, not in a whole n×n image": lambda n, k, p, s: n * n - (n - _never_read(n, k, p, s)) ** 2,
    "padding and stride are exchanged: the arguments are n, k, p, s": lambda n, k, p, s: _unread(
        n, k, range(-s, n + s - k + 1, p)
    ),
    "this is the number of stops": lambda n, k, p, s: (n + 2 * p - k) // s + 1,
    "this is the part of a step that the floor drops; the answer is a number of pixels": lambda n, k, p, s: (
        _left(n, k, p, s) / s
    ),
    "windows can overlap, so the pixels read aren't k for each stop": lambda n, k, p, s: n - k * ((n + 2 * p - k) // s + 1),
    "windows can overlap and can read padding, so the pixels read aren't k for each stop": lambda n, k, p, s: max(
        0, n - k * ((n + 2 * p - k) // s + 1)
    ),
    "0 every time: a window that moves by s instead of 1 can leave pixels out, at the end and between two stops": (
        lambda n, k, p, s: 0
    ),
    "1 is right in some settings only: it has to depend on n, k, p, and s": lambda n, k, p, s: 1,
}
NEVER_READ_CLUES: Mapping[str, Callable[[Outcome], bool]] = {
    "return one number: how many pixels are never read": lambda o: not o.fault and _no_number(o.got),
    "only cases whose stride is larger than the kernel are wrong: are the pixels between two windows counted right?": (
        lambda o: o.case[3] > o.case[1]
    ),
    "only cases with padding are wrong: the first window starts at −p, and only pixels count": (lambda o: o.case[2] > 0),
    "the number of pixels can't be negative": lambda o: _number(o.got) < 0,
    "there can't be more unread pixels than pixels: is padding counted?": lambda o: _number(o.got) > o.case[0],
}


def _number(value) -> float:
    if isinstance(value, str):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return math.nan


def _no_number(value) -> bool:
    return math.isnan(_number(value))


def _reads_everything(answer) -> str:
    """Whether these settings turn 28×28 into 7×7 with an odd kernel, and read each pixel."""
    wanted = {"kernel_size", "padding", "stride"}
    if isinstance(answer, Mapping) and wanted < set(answer):
        return say(
            "give the three keys kernel_size, padding, and stride, without {0}", ", ".join(map(str, set(answer) - wanted))
        )
    if not isinstance(answer, Mapping) or set(answer) != wanted:
        other = ", not size or kernel" if isinstance(answer, Mapping) and {"size", "kernel"} & set(answer) else ""
        return say(
            ("give a dict with the keys kernel_size, padding, and stride{0}: dict(kernel_size=…, padding=…, stride=…)"),
            other,
        )
    settings = {name: _square(answer[name]) for name in ("kernel_size", "padding", "stride")}
    for name, number in settings.items():
        least = 0 if name == "padding" else 1
        if number is None:
            return say("{0} must be one integer, for both axes; yours is {1!r}", name, answer[name])
        if number < least:
            return say("{0} must be at least {1}, yours is {2}", name, least, number)
    k, p, s = settings.values()
    if k > 28 + 2 * p:
        return say("a kernel of {0} doesn't fit into 28 + 2·{1} = {2} cells", k, p, 28 + 2 * p)
    size = conv_out_size(28, k, padding=p, stride=s)
    even = say("the kernel must be odd, yours is {0}", k) if k % 2 == 0 else ""
    if size != 7:
        wrong = say("28×28 becomes {0}×{0}, not 7×7: ⌊(28 + 2·{1} − {2})/{3}⌋ + 1 = {0}", size, p, k, s)
        return say("{0}; besides, {1}", even, wrong) if even else wrong
    if even:
        return even
    unread = 784 - int(_is_read(28, k, p, s).sum()) ** 2
    if unread:
        why = "the stride is larger than the kernel, so there are gaps" if s > k else "the last window ends too early"
        return say("the size is right, but {0} of the 784 pixels are never read: {1}; draw it with show_reads", unread, why)
    return (
        say("a padding of {0} is not smaller than the kernel of {1}: some windows see only zeros", p, k) if p >= k else ""
    )


def _square(value) -> int | None:
    """The integer that a setting means for both axes, None if there is none."""
    if isinstance(value, (tuple, list)) and len(value) == 2 and value[0] == value[1]:
        value = value[0]
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return int(value) if whole and value == int(value) else None


def _field(layers: list[tuple[int, int]], outputs: int = 1) -> int:
    """How many input cells neighboring outputs see together, by the gradient."""
    line = torch.zeros(1, 1, 200, requires_grad=True)
    Y = line
    for k, s in layers:
        Y = F.conv1d(Y, torch.ones(1, 1, k), stride=s)
    return int((torch.autograd.grad(Y[0, 0, 2 : 2 + outputs].sum(), line)[0] != 0).sum())


def _seen(first: int, growth: Callable[[int, int, int, int], int], apart: int = APART) -> Callable[[], int]:
    """The pixels seen if each layer adds growth(k, s, product of the strides before, stride before)."""

    def total() -> int:
        field, distance, before = first, 1, 1
        for kernel, stride in STACK:
            field += growth(kernel, stride, distance, before)
            distance, before = distance * stride, stride
        return field + apart

    return total


def _unlikely_field(pixels: float) -> str:
    """What can be said of a wrong number of pixels that two neighboring outputs see."""
    if pixels != round(pixels):
        return "a number of pixels is a whole number"
    if pixels < _field(STACK):
        return "one output alone sees more pixels than that: each layer adds k − 1 times the strides before it"
    if pixels > 2 * _field(STACK):
        return "two fields can't cover that many pixels: each layer adds k − 1 times the strides before it"
    return "two overlapping fields cover one field and the distance to the next: one of the two is wrong, or one is missing"


def _same(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns that an even kernel costs a copy
        return F.conv2d(X[None, None], K[None, None], padding="same")[0, 0]


def _padded(X: torch.Tensor, K: torch.Tensor, *, swapped: bool = False, before: bool = False) -> torch.Tensor:
    """`same` with the pairs for F.pad in the wrong order, or with the extra cell before."""
    rows, columns = same_padding(tuple(K.shape))
    rows, columns = (rows[::-1], columns[::-1]) if before else (rows, columns)
    return corr2d(F.pad(X, (*rows, *columns) if swapped else (*columns, *rows)), K)


def _by(amounts: Callable[[int, int], tuple[int, ...]]) -> Callable:
    """A version of `same_by_hand` with these amounts for F.pad, given the kernel's height and width."""
    return lambda X, K: corr2d(F.pad(X, amounts(*K.shape)), K)


def _filled(mode: str) -> Callable:
    """The right amounts, but filled from the image."""

    def same(X, K):
        (top, bottom), (left, right) = same_padding(tuple(K.shape))
        return corr2d(F.pad(X[None, None], (left, right, top, bottom), mode=mode)[0, 0], K)

    return same


def _padded_afterwards(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    (top, bottom), (left, right) = same_padding(tuple(K.shape))
    return F.pad(corr2d(X, K), (left, right, top, bottom))


def _padded_only(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    (top, bottom), (left, right) = same_padding(tuple(K.shape))
    return F.pad(X, (left, right, top, bottom))


def _even(outcome: Outcome) -> bool:
    return any(side % 2 == 0 for side in outcome.case[1].shape)


def _shapes(outcome: Outcome) -> Iterator[tuple[int, int]]:
    """The sides of a result and of the expected one, () where the result is no matrix."""
    got = getattr(outcome.got, "shape", ())
    return zip(got, outcome.expected.shape, strict=True) if len(got) == 2 else iter(())


def _sides_are(*right: bool) -> Callable[[Outcome], bool]:
    """Whether height and width are right or wrong, as said."""
    return lambda outcome: [a == b for a, b in _shapes(outcome)] == list(right)


def _shifted(outcome: Outcome) -> bool:
    """Whether a result of the right size is the right map, shifted by a few rows or columns."""
    if not _sides_are(True, True)(outcome):
        return False
    X, K = outcome.case
    full = corr2d(F.pad(X, (9, 9, 9, 9)), K)
    got = torch.as_tensor(outcome.got, dtype=full.dtype)
    places = product(range(full.shape[0] - X.shape[0] + 1), range(full.shape[1] - X.shape[1] + 1))
    return any(torch.allclose(full[i : i + X.shape[0], j : j + X.shape[1]], got, atol=1e-5) for i, j in places)


EXERCISES = {
    "3.1": Value(
        reference=lambda: _torch_size((10, 13), **LAYER),
        mistakes={
            "PyTorch's padding counts one side: it adds 2·2 rows and 2·1 columns": _both(
                lambda n, k, p, s: (n + p - k) // s + 1
            ),
            "every pair is (height, width); you took the width first": lambda: conv_out_size(
                (10, 13), (5, 3), padding=(1, 2), stride=(3, 2)
            ),
            "a pair is (height, width): either the padding or the kernel's size was taken the other way round": lambda: (
                conv_out_size((10, 13), (3, 5), padding=(1, 2), stride=(2, 3))
            ),
            "every pair is (height, width): either the shape or the strides are the other way round": lambda: _torch_size(
                (10, 13), **LAYER
            )[::-1],
            "give height and width, not their product": lambda: math.prod(_torch_size((10, 13), **LAYER)),
            "this is one of the two numbers; give both, as (height, width)": lambda: _torch_size((10, 13), **LAYER)[0],
            "this is one of the two numbers; give both, (height, width)": lambda: _torch_size((10, 13), **LAYER)[1],
            "this is the whole shape, with batch and channels; only (height, width) is asked": lambda: (
                1,
                1,
                *_torch_size((10, 13), **LAYER),
            ),
        }
        | {slip: _both(rule) for slip, rule in SIZE_SLIPS.items() if "counted once" not in slip},
        otherwise=lambda got: by_axis(
            got,
            _torch_size((10, 13), **LAYER),
            [{slip: rule(*axis) for slip, rule in SIZE_SLIPS.items()} for axis in AXES],
        ),
        hints=[
            "Do the height by itself: 10 rows, a kernel of 3, two rows of zeros on either side, steps of 2.",
            "How many steps fit after the first window? A part of a step doesn't count. Then the same for the width.",
        ],
        praise="⌊(10 + 4 − 3)/2⌋ + 1 = 6 rows and ⌊(13 + 2 − 5)/3⌋ + 1 = 4 columns.",
    ),
    "3.2": Value(
        reference=lambda: _padding_that_keeps((5, 3)),
        mistakes={
            "these are the book's totals; PyTorch's number counts one side": lambda: (4, 2),
            "the order is (height, width)": lambda: (1, 2),
            "these are the book's totals, and in the wrong order": lambda: (2, 4),
            "halve each total; to subtract 1 is the same only for the width, by chance": lambda: (3, 1),
            "half of the kernel, rounded up, is too much: it is (k − 1)/2": lambda: (3, 2),
            "half of the kernel is too much, and padding is a whole number: it is (k − 1)/2": lambda: (2.5, 1.5),
            "this is the kernel's size; the padding replaces only what the window cuts off": lambda: (5, 3),
            "the totals are to be halved, not doubled": lambda: (8, 4),
            "padding adds rows and columns, so it can't be negative": lambda: (-2, -1),
            "one integer sets both axes alike, but the kernel isn't square: give a pair, height first": lambda: 2,
            "one integer sets both axes alike, and the kernel isn't square: give a pair, height first": lambda: 1,
            "height and width each get their own padding: don't add the two totals": lambda: 3,
            "`padding` takes one number for each axis, not four: top and bottom get the same": lambda: (2, 2, 1, 1),
            "four amounts, width first, are what F.pad takes; `padding` takes one number for each axis, height first": (
                lambda: (1, 1, 2, 2)
            ),
        },
        otherwise=lambda got: by_axis(
            got,
            (2, 1),
            [
                {"that's the width's": 1} | _padding_slips(5),
                {"you gave the width the padding of the height": 2} | _padding_slips(3),
            ],
        ),
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
            (6, 1, 3, 3),
            (12, 3, 1, 5),
            (9, 4, 3, 5),
            (7, 2, 3, 2),
            (13, 6, 2, 6),
            (28, 3, 0, 5),
        ],
        mistakes=NEVER_READ_SLIPS,
        otherwise=clues(NEVER_READ_CLUES),
        hints=[
            "A window that starts at a reads a, a + 1, …, a + k − 1. The first starts at −p, the next one s later.",
            "Which is the last start at which the window still fits? It must not end beyond the padding, at n + p.",
            "Collect all the indices that are read in a set. Which of the indices from 0 to n − 1 are missing from it?",
        ],
        praise="Your count agrees with the gradient, which is zero exactly where no window reads.",
    ),
    "3.4": Choice(
        test=_reads_everything,
        hints=[
            "28/4 = 7, so stride 4 is a natural start. Other strides work too.",
            "With stride 4, a kernel of 3 leaves gaps. Take the next odd kernel, and look for the padding.",
            "Two paddings give 7×7 with a kernel of 5 and stride 4. One of them leaves the last row and column unread.",
        ],
        praise="7×7, and every pixel is read: the kernel is at least as wide as the stride, and the floor leaves out "
        "nothing but padding.",
    ),
    "3.5": Value(
        reference=lambda: _field(STACK, outputs=2),
        mistakes={
            "this is what one output sees; its neighbor's field begins farther to the right": lambda: _field(STACK),
            "their fields overlap: count the pixels that both see only once": lambda: 2 * _field(STACK),
            "the next field begins farther to the right: the last stride counts outputs of the second layer, not pixels": (
                _seen(1, lambda k, s, d, b: (k - 1) * d, STACK[-1][1])
            ),
            "the next field begins farther to the right: between two outputs, the last layer's stride counts, too": (
                _seen(1, lambda k, s, d, b: (k - 1) * d, APART // STACK[-1][1])
            ),
            "one output's field is right, but its neighbor's begins more than 1 pixel farther to the right": (
                _seen(1, lambda k, s, d, b: (k - 1) * d, 1)
            ),
            "the strides multiply to the distance of two neighbors; they don't add up": _seen(
                1, lambda k, s, d, b: (k - 1) * d, sum(s for _, s in STACK)
            ),
            "the next field begins farther to the right than by the first stride: multiply all three": _seen(
                1, lambda k, s, d, b: (k - 1) * d, STACK[0][1]
            ),
            "either this is how far apart the two fields begin, or no stride is counted": _seen(
                1, lambda k, s, d, b: k - 1, 1
            ),
            "this is what one output sees if no stride is counted, and two outputs are asked": _seen(
                1, lambda k, s, d, b: k - 1, 0
            ),
            "the distance of the neighbors is right, but in each field a layer's k − 1 is to be multiplied by the strides "
            "before it": _seen(1, lambda k, s, d, b: k - 1),
            "a layer's own stride doesn't widen its own window, only the windows of the layers after it": _seen(
                1, lambda k, s, d, b: (k - 1) * d * s
            ),
            "a layer's own stride doesn't widen its own window, and two neighboring outputs are asked": _seen(
                1, lambda k, s, d, b: (k - 1) * d * s, 0
            ),
            "each layer's k − 1 is multiplied by its own stride instead of the strides before it": _seen(
                1, lambda k, s, d, b: (k - 1) * s
            ),
            "each layer adds k − 1 steps, not k": _seen(1, lambda k, s, d, b: k * d),
            "each layer adds k − 1 steps, not k (and the 1 is missing)": _seen(0, lambda k, s, d, b: k * d),
            "one too few: a field starts with 1 pixel, and each layer adds to it": _seen(0, lambda k, s, d, b: (k - 1) * d),
            "one too many: the pixel that each field starts with is counted once, not twice": _seen(
                2, lambda k, s, d, b: (k - 1) * d
            ),
            "either these are the pixels that both see, or the third layer ignores the first one's stride": _seen(
                1, lambda k, s, d, b: (k - 1) * b
            ),
            "you went through the layers from the last to the first": lambda: _field(STACK[::-1]) + APART,
            "you went through the layers from the last to the first, and two neighboring outputs are asked": lambda: _field(
                STACK[::-1]
            ),
            "kernel sizes do not add up: a layer adds k − 1, times the strides before it": lambda: sum(k for k, _ in STACK),
            "the neighbor's distance is right, but in a field, a layer adds k − 1 times the strides before it": (
                lambda: sum(k for k, _ in STACK) + APART
            ),
            "kernel sizes do not multiply": lambda: math.prod(k for k, _ in STACK),
            "along one axis, not in the whole area": lambda: _field(STACK, outputs=2) ** 2,
            "this is what one output sees in the whole area; two are asked, along one axis": lambda: _field(STACK) ** 2,
            "these are the two fields one by one; how many pixels do they cover together?": lambda: [_field(STACK)] * 2,
            "these are the layers; how many pixels do two neighboring outputs see?": lambda: STACK,
            "these are the fields of one output after each layer; two neighbors of the last layer are asked": lambda: [
                _field(STACK[: i + 1]) for i in range(3)
            ],
        },
        otherwise=lambda got: _unlikely_field(got.item()),
        hints=[
            "First, how many pixels does one output see? Each layer adds k − 1 steps, in pixels.",
            "How far apart, in pixels, are two neighbors after the first layer? After the second? After the third?",
            "The two fields overlap, so together they cover one field plus the distance between them.",
        ],
        praise="One output sees 1 + 2·1 + 2·3 + 6·6 = 45 pixels, and its neighbor begins 3·2·2 = 12 pixels later: 57.",
    ),
    "3.6": Function(
        reference=exactly(_same),
        without=("conv2d",),
        cases=lambda generator: [
            tuple(torch.randn(size, generator=generator, dtype=torch.float64).float() for size in sizes)
            for sizes in [
                ((2, 2), (1, 1)),
                ((2, 3), (1, 3)),
                ((3, 3), (2, 2)),
                ((5, 4), (5, 3)),
                ((6, 5), (4, 2)),
                ((4, 6), (3, 4)),
                ((5, 7), (2, 5)),
            ]
        ],
        mistakes={
            "both bugs are still there: F.pad takes the width first, and an even kernel gets one zero too many": _by(
                lambda h, w: (h // 2, h // 2, w // 2, w // 2)
            ),
            "the order is right now, but even kernels still give one row and one column too many": _by(
                lambda h, w: (w // 2, w // 2, h // 2, h // 2)
            ),
            "an even kernel now gives one row and one column too few": _by(
                lambda h, w: ((w - 1) // 2, (w - 1) // 2, (h - 1) // 2, (h - 1) // 2)
            ),
            "an even kernel now gives too few rows and columns, and F.pad still gets the rows first": _by(
                lambda h, w: ((h - 1) // 2, (h - 1) // 2, (w - 1) // 2, (w - 1) // 2)
            ),
            "the size is right, but PyTorch puts the extra row and column at the bottom and on the right": (
                lambda X, K: _padded(X, K, before=True)
            ),
            "even kernels are right now, but F.pad still gets the rows where it expects the columns": (
                lambda X, K: _padded(X, K, swapped=True)
            ),
            "F.pad expects the columns first, and the extra zero goes at the end, not at the beginning": (
                lambda X, K: _padded(X, K, swapped=True, before=True)
            ),
            "the columns are right, but PyTorch puts the extra row at the bottom, not on top": _by(
                lambda h, w: ((w - 1) // 2, w // 2, h // 2, (h - 1) // 2)
            ),
            "the rows are right, but PyTorch puts the extra column on the right, not on the left": _by(
                lambda h, w: (w // 2, (w - 1) // 2, (h - 1) // 2, h // 2)
            ),
            "the size is right, but only an odd zero goes to the end; the others are shared between both sides": _by(
                lambda h, w: (0, w - 1, 0, h - 1)
            ),
            "the size is right, but all the zeros are on top and on the left; they're shared between both sides": _by(
                lambda h, w: (w - 1, 0, h - 1, 0)
            ),
            "k − 1 zeros are needed in total, not on each side": _by(lambda h, w: (w - 1, w - 1, h - 1, h - 1)),
            "k zeros in total are one too many: a window of k cells takes away k − 1": _by(
                lambda h, w: (w // 2, w - w // 2, h // 2, h - h // 2)
            ),
            "k zeros in total, one too many, and the larger half is on top and on the left": _by(
                lambda h, w: (w - w // 2, w // 2, h - h // 2, h // 2)
            ),
            "even kernels are right, but odd ones now get one zero too few": _by(
                lambda h, w: (w // 2 - 1, w // 2, h // 2 - 1, h // 2)
            ),
            "the padding is always 1 on each side, whatever the kernel's size": _by(lambda h, w: (1, 1, 1, 1)),
            "the padding is always that of a 2×2 kernel": _by(lambda h, w: (0, 1, 0, 1)),
            "only columns are added; rows are needed, too": _by(lambda h, w: ((w - 1) // 2, w // 2)),
            "only rows are added; columns are needed, too": _by(lambda h, w: (0, 0, (h - 1) // 2, h // 2)),
            "no zeros are added": corr2d,
            "F.pad takes both sides of the last axis first: left, right, then top, bottom": _by(
                lambda h, w: ((w - 1) // 2, (h - 1) // 2, w // 2, h // 2)
            ),
            "F.pad takes left, right, top, bottom; here top comes first": _by(
                lambda h, w: ((h - 1) // 2, (w - 1) // 2, h // 2, w // 2)
            ),
            "the kernel is flipped, and the function it should imitate, F.conv2d, doesn't flip it": lambda X, K: _same(
                X, K.flip(0, 1)
            ),
            "the border is filled by repeating edge pixels; it should be zeros": _filled("replicate"),
            "the border is filled from the opposite side; it should be zeros": _filled("circular"),
            "the amounts for the width are used for the height, too": _by(lambda h, w: ((w - 1) // 2, w // 2) * 2),
            "the amounts for the height are used for the width, too": _by(lambda h, w: ((h - 1) // 2, h // 2) * 2),
            "the amounts must come from the kernel's shape, not from the input's": lambda X, K: corr2d(
                F.pad(X, ((X.shape[1] - 1) // 2, X.shape[1] // 2, (X.shape[0] - 1) // 2, X.shape[0] // 2)),
                K,
            ),
            "this is the padded input; the kernel still has to slide over it": _padded_only,
            "the zeros are added to the output; they belong around the input, where windows at the border read them": (
                _padded_afterwards
            ),
            "this is the input itself: it has the right size, but no kernel has read it": lambda X, K: X,
        },
        otherwise=clues(
            {
                "the number of rows is right, the number of columns isn't": _sides_are(True, False),
                "the number of columns is right, the number of rows isn't": _sides_are(False, True),
                "the size is right, but the output is shifted: the zeros are on the wrong sides": _shifted,
                "only kernels with an even side are wrong: they need an odd number of zeros in total": _even,
                "the output has the wrong size: along each axis, the zeros on both sides must add up to k − 1": (
                    lambda o: _sides_are(False, False)(o)
                ),
            }
        ),
        hints=[
            "F.pad's order is left, right, top, bottom: the width comes first.",
            "The total is k − 1. For k = 2 that is 1: nothing before, 1 after.",
            "Along each axis, round half of the total down for the side before. The rest of the total goes after.",
        ],
        praise="For odd and even, tall and wide kernels: the size stays, and every value is where PyTorch has it.",
    ),
}
