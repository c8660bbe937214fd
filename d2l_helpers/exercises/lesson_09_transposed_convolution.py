"""Exercises of lesson 09, transposed convolution."""

from collections.abc import Callable
from itertools import combinations, product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._language import say
from ._comparing import as_tensor, equal, plain
from ._kinds import Choice, Function, Value

X = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
K = torch.tensor([[5.0, 6.0], [7.0, 8.0]])
TIMES = "(n − 1) · stride"


def _trans_conv(X: Tensor, K: Tensor, stride: tuple[int, int] = (1, 1), **settings: int) -> Tensor:
    return F.conv_transpose2d(X[None, None], K[None, None], stride=stride, **settings)[0, 0]


def _shape(n_h: int = 5, n_w: int = 7, **settings: int) -> tuple[int, ...]:
    """The output shape of the layer in 9.1, or of another one."""
    return tuple(_trans_conv(torch.zeros(n_h, n_w), torch.zeros(3, 3), **{"stride": 2, "padding": 1, **settings}).shape)


def _sides(formula: Callable[[int], float]) -> Callable[[], tuple[float, ...]]:
    """What a formula for the size gives for 5 rows and 7 columns."""
    return lambda: (formula(5), formula(7))


def _inner_overlaps(k: int, s: int) -> tuple[int, int]:
    """(most, fewest) stamps along one axis that meet on one output away from the border."""
    along = F.conv_transpose1d(torch.ones(1, 1, 3 * k), torch.ones(1, 1, k), stride=s)[0, 0]
    inner = along[k : k + s]
    return int(inner.max()), int(inner.min())


def _about_the_size(got: Tensor) -> str:
    """What is wrong with a size that no mistake explains."""
    rows, columns = got.tolist()
    if not torch.equal(got, got.round()):
        return "a size is a whole number of rows"
    if rows > columns:
        return "there are fewer rows than columns in the input, and so in the output"
    if columns - rows != 4:
        return "two more columns mean two more stamps, which are 2 apart: the output has 4 columns more than rows"
    off = int(rows - 9)
    return say("each side is {0} too {1}", abs(off), "long" if off > 0 else "short")


# 9.2


def _about_the_middle(got: Tensor) -> str:
    if (got - 60).abs() <= 3:
        return "that's close: check the four products and their sum"
    return "the middle gets one product from each of the four stamps, and four such products don't add up to that"


def _parts_of_the_middle() -> dict[str, Callable[[], int]]:
    """What fewer than four stamps add there; the sums that have another cause too are named elsewhere."""
    adds, found = {1: 8, 2: 14, 3: 18, 4: 20}, {}
    elsewhere = {22, 32, 40, 52, 26}
    for stamps in (chosen for number in (1, 2, 3) for chosen in combinations(adds, number)):
        total = sum(adds[value] for value in stamps)
        if total not in elsewhere and total not in (wrong() for wrong in found.values()):
            names = " and ".join(map(str, stamps)) if len(stamps) < 3 else "{}, {} and {}".format(*stamps)
            alone = (
                say("the stamp of the {0} alone adds", names) if len(stamps) == 1 else say("the stamps of {0} add", names)
            )
            found[say("that's what {0} there, and all four stamps reach the middle", alone)] = lambda total=total: total
    return found


# 9.3


def _about_the_counts(got: Tensor) -> str:
    """Which of the two counts can't be one."""
    for count in got.tolist():
        if count not in (2, 3, 4, 6, 9):
            return say(
                "a count is the product of two counts along one axis, and away from the border, {0:g} isn't one", count
            )
    if got[0] < got[1]:
        return "the larger count comes first"
    return "where both axes have their most, and where both have their fewest, the counts multiply"


# 9.4


def _about_the_stamps(answer: Callable, wrong) -> str:
    """Which stamp is the first that isn't where it should be."""
    if any(outcome.changed for outcome in wrong):
        return ""
    one, K = torch.ones(1, 1), torch.tensor([[1.0, 2.0], [3.0, 4.0]])

    def given(X: Tensor, stride: tuple[int, int]) -> Tensor | None:
        try:
            return as_tensor(answer(X.clone(), K.clone(), stride))
        except Exception:
            return None

    def right(got: Tensor | None, X: Tensor, stride: tuple[int, int]) -> bool:
        return got is not None and equal(got, _trans_conv(X, K, stride))

    single = given(one, (1, 1))
    if single is None:
        return ""
    if not right(single, one, (1, 1)):
        return "for X = [[1]], the output should be K itself, and it isn't"
    for i, j in ((1, 0), (0, 1)):
        X = torch.zeros(2, 2)
        X[i, j] = 1
        got = given(X, (2, 3))
        if got is None:
            return "with 2×2 matrices and the stride (2, 3), it fails: do all stamps fit into the output?"
        if not right(got, X, (2, 3)):
            sizes = (
                ""
                if got.shape == (4, 5)
                else say(" (and the output is {0}, not 4 by 5)", say(" by ").join(map(str, got.shape)))
            )
            return say(
                "the stamp of X[{0}, {1}] isn't where it should be at stride (2, 3): row {2}, column {3}{4}",
                i,
                j,
                2 * i,
                3 * j,
                sizes,
            )
    ones = torch.ones(2, 2)
    if not right(given(ones, (1, 1)), ones, (1, 1)):
        return "each stamp is right by itself, but together they don't add up"
    wide = torch.ones(2, 3)
    if not right(given(wide, (1, 1)), wide, (1, 1)) or not right(given(wide.T, (1, 1)), wide.T, (1, 1)):
        return "it's right for square matrices: are rows and columns mixed up somewhere?"
    return ""


def _new_zeros(X: Tensor, K: Tensor, stride: tuple) -> Tensor:
    """Only the last stamp, because the output is made anew for each."""
    last = torch.zeros_like(X)
    last[-1, -1] = X[-1, -1]
    return _trans_conv(last, K, stride)


def _first_row(X: Tensor, K: Tensor, stride: tuple) -> Tensor:
    """The stamps of the first row of X alone."""
    first = torch.zeros_like(X)
    first[0] = X[0]
    return _trans_conv(first, K, stride)


def _endless_slices(X: Tensor, K: Tensor, stride: tuple) -> Tensor:
    """Loops over the weights whose slices have a start and a step but no end."""
    Y = torch.zeros_like(_trans_conv(X, K, stride))
    for a, b in product(range(K.shape[0]), range(K.shape[1])):
        Y[a :: stride[0], b :: stride[1]] += K[a, b] * X
    return Y


def _read_across(X: Tensor, K: Tensor, stride: tuple) -> Tensor:
    """X[j, i] in place of X[i, j]."""
    across = torch.stack([torch.stack([X[j, i] for j in range(X.shape[1])]) for i in range(X.shape[0])])
    return _trans_conv(across, K, stride)


def _loops(
    X: Tensor, K: Tensor, stride: tuple, *, inputs=None, kernel=None, size=None, overwrite=False, whole=False
) -> Tensor:
    """Stamps in two loops, with what learners get wrong in them: sizes, the sum, the dtype."""
    (n, m), (h, w), (s, t) = inputs or X.shape, kernel or K.shape, stride
    height, width = size or ((n - 1) * s + h, (m - 1) * t + w)
    Y = torch.zeros(height, width, dtype=torch.int64 if whole else X.dtype)
    for i, j in product(range(n), range(m)):
        stamp = (X[i, j] * K).to(Y.dtype)
        window = slice(i * s, i * s + h), slice(j * t, j * t + w)
        Y[window] = stamp if overwrite else Y[window] + stamp
    return Y


def _mean_of_stamps(X: Tensor, K: Tensor, stride: tuple) -> Tensor:
    return _trans_conv(X, K, stride) / _trans_conv(torch.ones_like(X), torch.ones_like(K), stride).clamp(min=1)


def _ringed(X: Tensor, K: Tensor, stride: tuple) -> Tensor:
    """The flipped kernel over the stretched input with one ring of zeros, whatever the kernel."""
    stretched = X.new_zeros((len(X) - 1) * stride[0] + 1, (X.shape[1] - 1) * stride[1] + 1)
    stretched[:: stride[0], :: stride[1]] = X
    return F.conv2d(stretched[None, None], K.flip(0, 1)[None, None], padding=1)[0, 0]


def _matrices(generator: torch.Generator) -> list[tuple]:
    """(X, K, stride) in float32, smallest first: tall and wide, stamps that overlap, touch, and leave gaps.

    The numbers have few binary digits, so float32 doesn't round their products and sums.
    """
    shapes = [
        ((1, 2), (1, 2), (1, 1)),
        ((2, 2), (2, 2), (1, 1)),
        ((2, 3), (3, 2), (2, 1)),
        ((3, 2), (2, 4), (1, 3)),
        ((3, 4), (2, 1), (3, 2)),
        ((4, 2), (3, 3), (2, 2)),
        ((2, 3), (1, 3), (2, 4)),
    ]

    def numbers(size: tuple[int, int]) -> Tensor:
        return (64 * torch.randn(size, generator=generator, dtype=torch.float64)).round().div(64).float()

    return [(numbers(size), numbers(kernel), stride) for size, kernel, stride in shapes]


# 9.5


def _settings_of(answer) -> dict[str, tuple[int, int]] | str:
    """The layer's settings as pairs; a text where they aren't settings."""
    names = {"kernel_size", "stride", "padding", "output_padding"}
    if not isinstance(answer, dict):
        return 'give a dictionary, e.g. {"kernel_size": 3, "stride": 2}'
    if {"k", "s"} & set(answer):
        return "the keys are the names of PyTorch's arguments, kernel_size rather than k"
    unknown = [key for key in answer if key not in names]
    if unknown:
        other = say("{0!r} isn't one of the keys to choose from", unknown[0])
        return say("{0}, which are kernel_size, stride, padding, and output_padding", other)
    missing = [name for name in ("kernel_size", "stride") if name not in answer]
    if missing:
        return say("the dictionary has no {0}, and a layer needs kernel_size and stride", missing[0])
    pairs = {}
    for name, value in answer.items():
        values = value if isinstance(value, tuple) else (value, value)
        if isinstance(value, str):
            return say("{0} must be a number: a transposed convolution doesn't know {1!r}", name, value)
        if len(values) != 2 or any(type(part) not in (int, float) or part != int(part) for part in values):
            return say("{0} must be an integer, or a pair of integers for rows and columns, not {1!r}", name, value)
        pairs[name] = tuple(map(int, values))
    negative = [name for name, values in pairs.items() if min(values) < 0]
    return say("{0} can't be negative", negative[0]) if negative else pairs


def _enlarges_evenly(answer) -> str:
    """Whether a layer with these settings turns 7×7 into 21×21, inner outputs under equally many stamps, two or more."""
    settings = _settings_of(answer)
    if isinstance(settings, str):
        return settings
    Y = nn.ConvTranspose2d(1, 1, **settings)(torch.zeros(1, 1, 7, 7))
    if Y.shape[2:] != (21, 21):
        return say(
            "this layer turns 7×7 into {0}×{1}, not into 21×21{2}",
            Y.shape[2],
            Y.shape[3],
            _why_not_21(settings, Y.shape[2:]),
        )
    most, fewest = 1, 1
    for axis, k, s in zip(("rows", "columns"), settings["kernel_size"], settings["stride"], strict=True):
        high, low = _inner_overlaps(k, s)
        if low == 0:
            return say("a {0}-wide kernel leaves gaps at stride {1}: some {2} of the output are under no stamp", k, s, axis)
        if low != high:
            counts = say("along the {0}, an output is under {1} or {2} of them", axis, low, high)
            return say("stamps that are {0} wide and {1} apart overlap unevenly, as in a checkerboard: {2}", k, s, counts)
        most, fewest = most * high, fewest * low
    if most == 1:
        return "only one stamp reaches each output, so the output falls into separate tiles; choose a larger kernel"
    return ""


def _why_not_21(settings: dict, shape: tuple[int, int]) -> str:
    """What the wrong size says about the settings."""
    (padding, _), (extra, _) = settings.get("padding", (0, 0)), settings.get("output_padding", (0, 0))
    if shape[0] != shape[1]:
        return ""
    k, s, off = settings["kernel_size"][0], settings["stride"][0], shape[0] - 21
    if off > 0:
        return say(": {0} too many along each axis, and padding removes an even number", off)
    if padding and 6 * s + k + extra - 21 == padding:
        return ": padding removes that many rows on each of the two sides"
    return (
        ": output_padding can add what's missing" if -off < s and not extra else say(": {0} too few along each axis", -off)
    )


# 9.6


def _about_the_remainder(answer: Callable, wrong) -> str:
    """Which property of a remainder the result doesn't have."""
    if any(outcome.fault for outcome in wrong):
        return ""
    for outcome in wrong:
        n, k, p, s = outcome.case
        got = plain(outcome.got)
        if isinstance(got, bool) or not isinstance(got, (int, float)) or got != int(got):
            return "output_padding is an integer"
        if not 0 <= got < s:
            return say("output_padding is at least 0 and less than s, and for s = {0} you return {1:g}", s, got)
    n, k, p, s = 40, 5, 2, 7
    start = plain(answer(n, k, p, s))
    for change, step, text in (((1, 0, 0), 1, "n"), ((0, 1, 0), -1, "k"), ((0, 0, 1), 2, "p")):
        now = plain(answer(n + change[0], k + change[1], p + change[2], s))
        if (now - start - step) % s:
            more = {1: "one more row is left over", -1: "one row fewer is left over", 2: "two more rows are left over"}[
                step
            ]
            return say(
                "if {0} grows by 1, {1} (unless that makes a full step), but your result goes from {2} to {3}",
                text,
                more,
                start,
                now,
            )
    return "the result changes as it should with n, k, and p, but it's off by a fixed number"


def _fitting_output_padding(n: int, k: int, p: int, s: int) -> int:
    """The output_padding that brings a convolution's output back to n rows, found by trying."""
    smaller = F.conv1d(torch.ones(1, 1, n), torch.ones(1, 1, k), stride=s, padding=p)
    sizes = [
        F.conv_transpose1d(smaller, torch.ones(1, 1, k), stride=s, padding=p, output_padding=extra).shape[2]
        for extra in range(s)
    ]
    return sizes.index(n)


_REMAINDERS = {
    "the convolution has padding on both sides; you count one": lambda n, k, p, s: (n + p - k) % s,
    "the padding of the convolution is still missing": lambda n, k, p, s: (n - k) % s,
    "padding makes the convolution's input larger: add it instead of subtracting it": lambda n, k, p, s: (
        (n - 2 * p - k) % s
    ),
    "padding makes the convolution's input larger, on both sides: you subtract it once": lambda n, k, p, s: (n - p - k) % s,
    "the kernel size is missing: the first window already takes k rows": lambda n, k, p, s: (n + 2 * p) % s,
    "the kernel size and the padding are missing": lambda n, k, p, s: n % s,
    "the kernel size is added, but the first window takes k rows away": lambda n, k, p, s: (n + 2 * p + k) % s,
    "you add 1 before you take the remainder: the 1 of the size formula doesn't belong here": lambda n, k, p, s: (
        (n + 2 * p - k + 1) % s
    ),
    "you subtract 1 before you take the remainder: the first window takes k rows, not k + 1": lambda n, k, p, s: (
        (n + 2 * p - k - 1) % s
    ),
    "the padding counts once, and the 1 of the size formula doesn't belong here": lambda n, k, p, s: (n + p - k + 1) % s,
    "the padding is missing, and the 1 of the size formula doesn't belong here": lambda n, k, p, s: (n - k + 1) % s,
    "the names k and p are swapped": lambda n, k, p, s: (n + 2 * k - p) % s,
    "that's how many steps fit, not what's left over": lambda n, k, p, s: (n + 2 * p - k) // s,
    "that's how many steps fit without the padding, not what's left over": lambda n, k, p, s: (n - k) // s,
    "that's the output size of the convolution, not what the floor drops from it": lambda n, k, p, s: (
        (n + 2 * p - k) // s + 1
    ),
    "that's how many rows are missing to the next step, not how many are left over from the last one": (
        lambda n, k, p, s: -(n + 2 * p - k) % s
    ),
    "you subtract the remainder from s; the remainder itself is what was left over": lambda n, k, p, s: (
        s - (n + 2 * p - k) % s
    ),
    "0 is right only if n + 2p − k is divisible by s": lambda n, k, p, s: 0,
    "1 is right only if one row is left over": lambda n, k, p, s: 1,
    "s − 1 is the largest output_padding there is, and not every size needs it": lambda n, k, p, s: s - 1,
    "the remainder has to be that of a division by s, and you divide by 2": lambda n, k, p, s: (n + 2 * p - k) % 2,
    "the remainder has to be that of a division by s, and you divide by k": lambda n, k, p, s: (n + 2 * p - k) % k,
    "that's the size without output_padding; how many rows are missing to n?": lambda n, k, p, s: (
        (n + 2 * p - k) // s * s + k - 2 * p
    ),
    "how many rows were left over is what's asked, not which part of a step that is": lambda n, k, p, s: (
        (n + 2 * p - k) / s % 1
    ),
    "nothing is taken as a remainder here: that's the division alone": lambda n, k, p, s: (n + 2 * p - k) / s,
    "that's what the window moves over; the remainder is still missing": lambda n, k, p, s: n + 2 * p - k,
    "% binds more strongly than + and −, so only k is divided by s: put the sum in parentheses": lambda n, k, p, s: (
        n + 2 * p - k % s
    ),
    "% binds more strongly than + and −, so only k is divided by s, and the padding is missing": lambda n, k, p, s: (
        n - k % s
    ),
    "n is the size before the convolution; the size formula needs that of the smaller map": lambda n, k, p, s: (
        n - ((n - 1) * s + k - 2 * p)
    ),
    "padding doesn't come back by itself: that's p, not a remainder": lambda n, k, p, s: p,
}


EXERCISES = {
    "9.1": Value(
        reference=_shape,
        otherwise=_about_the_size,
        mistakes={
            "that's (width, height); shapes are (height, width)": lambda: _shape()[::-1],
            "rows or columns too many: padding removes some here, and n rows of stamps have n − 1 strides between them": (
                _sides(lambda n: n * 2 + 3)
            ),
            "either the padding isn't removed yet, or you counted n strides, and there are n − 1": lambda: _shape(
                padding=0
            ),
            "padding adds nothing here, and it counts on both sides": _sides(lambda n: (n - 1) * 2 + 3 + 1),
            "either padding is removed on one side only, or you expect stride 2 to double the size, and it doesn't here": (
                lambda: _shape(output_padding=1)
            ),
            "that's the output size of a convolution, which makes a map smaller": _sides(lambda n: (n + 2 - 3) // 2 + 1),
            "that's the output size of a convolution, without its padding": _sides(lambda n: (n - 3) // 2 + 1),
            "stride 2 is missing: stamps are two rows or columns apart": lambda: _shape(stride=1),
            "stride 2 and the padding are missing": lambda: _shape(stride=1, padding=0),
            "stride 2 is missing, and padding removes rows and columns here": _sides(lambda n: n - 1 + 3 + 2),
            "stride 2 is missing, and the padding is removed on one side only": _sides(lambda n: n - 1 + 3 - 1),
            "the kernel is missing: the last stamp covers 3 rows from where it starts": _sides(lambda n: (n - 1) * 2 - 2),
            "each side is one too small: that's where the last stamp starts, counted from 0": _sides(lambda n: (n - 1) * 2),
            "each side is two too small: is the padding removed twice, or the last stamp counted as one row?": (
                _sides(lambda n: (n - 1) * 2 - 1)
            ),
            "the input has 7 columns, not 5": lambda: _shape(5, 5),
            "the input has 5 rows, not 7": lambda: _shape(7, 7),
            "at stride 3, the stamps would lie side by side and cover that; here they overlap": _sides(lambda n: 3 * n),
            "that's how many values the output has; what's its shape?": lambda: 9 * 13,
            "batch and channels aren't asked: give rows and columns": lambda: (1, 1, 9, 13),
        },
        hints=[
            "In which row does the last of the 5 stamps start, and in which does it end? After that, apply the padding.",
            f"{TIMES} is the row in which the last stamp starts. It's 3 rows high, and padding counts on both sides.",
        ],
        praise="(5 − 1)·2 + 3 − 2 = 9 rows and (7 − 1)·2 + 3 − 2 = 13 columns, one less than double in each direction.",
    ),
    "9.2": Value(
        reference=lambda: _trans_conv(X, K)[1, 1].item(),
        otherwise=_about_the_middle,
        mistakes={
            "that's the cross-correlation of the two, in which the kernel isn't flipped": lambda: (X * K).sum().item(),
            "you transposed the kernel; it's the matrix of the convolution that is transposed": lambda: _trans_conv(X, K.T)[
                1, 1
            ].item(),
            "all four stamps are there, but with swapped weights: the 1 meets the last weight, the 4 the first": lambda: (
                (X * K.T).sum().item()
            ),
            "the kernel is flipped along its rows only; it has to be flipped along both axes": lambda: (
                (X * K.flip(0)).sum().item()
            ),
            "the kernel is flipped along its columns only; it has to be flipped along both axes": lambda: (
                (X * K.flip(1)).sum().item()
            ),
            **_parts_of_the_middle(),
            "that's the sum of the weights, or the stamps of 1 and 3 alone; the middle gets all four stamps": lambda: 26,
            "that's the output left of the middle, or the stamps of 1 and 2 alone": lambda: 22,
            "that's the bottom-right output, or the stamps of 2 and 3 alone": lambda: 32,
            "that's the output right of the middle, or the 4's stamp is missing": lambda: 40,
            "that's the output below the middle, or the 1's stamp is missing": lambda: 52,
            "that's the output above the middle": lambda: 16,
            "that's the top-left corner of the output": lambda: 5,
            "that's the top-right corner of the output": lambda: 12,
            "that's the bottom-left corner of the output": lambda: 21,
            "that's the sum of the input times the sum of the weights, but each value meets one weight there": lambda: (
                X.sum() * K.sum()
            ).item(),
            "stamps are added up, not averaged": lambda: 15,
            "that's how many stamps meet there, or the value of the page's example": lambda: 4,
            "that's the sum of the input; where are the weights?": lambda: 10,
            "that's the whole output; which value is in its middle?": lambda: _trans_conv(X, K),
            "give the sum of the four products": lambda: [8, 14, 18, 20],
        },
        hints=[
            "All four stamps cover the middle. The stamp of X[0, 0] reaches it with its last value, X[0, 0]·K[1, 1].",
            "Which weight of its stamp does the 2 reach the middle with? Go through the four stamps and add up.",
        ],
        praise="1·8 + 2·7 + 3·6 + 4·5 = 60. The values of X meet the flipped kernel.",
    ),
    "9.3": Value(
        reference=lambda: [n**2 for n in _inner_overlaps(5, 2)],
        otherwise=_about_the_counts,
        mistakes={
            "those are the counts along one axis; on two axes, they multiply": lambda: _inner_overlaps(5, 2),
            "give the larger count first": lambda: [n**2 for n in _inner_overlaps(5, 2)][::-1],
            "those are the counts along one axis, the smaller first; on two axes, they multiply": lambda: _inner_overlaps(
                5, 2
            )[::-1],
            "those are the counts for a 3×3 kernel": lambda: (4, 1),
            "those are the counts for a 4×4 kernel; 5 isn't a multiple of the stride": lambda: (4, 4),
            "those are the counts for a 6×6 kernel; 5 isn't a multiple of the stride": lambda: (9, 9),
            "those are the counts for stride 1": lambda: (25, 25),
            "only the corner of the output is under a single stamp; away from the border, it's more": lambda: (9, 1),
            "6 stamps meet where one axis has the most and the other the fewest; both can have the fewest": lambda: (9, 6),
            "6 is where one axis has the most and the other the fewest, or a sum; both axes can have the most": lambda: (
                6,
                4,
            ),
            "the fewest is counted along one axis only; a second axis multiplies it": lambda: (9, 2),
            "the most is counted along one axis only; a second axis multiplies it": lambda: (3, 4),
            "not all 25 weights meet on one output: at stride 2, every other one does, along each axis": lambda: (25, 4),
            "not all 25 weights meet on one output, and only a corner is under a single stamp": lambda: (25, 1),
            "an output is under whole stamps: 5/2 lies between the two counts along one axis": lambda: (2.5, 2.5),
            "6.25 is the mean of the counts; no output is under a quarter of a stamp": lambda: (6.25, 6.25),
            "one stamp too many along each axis": lambda: (16, 9),
            "of these four counts, give the largest and the smallest": lambda: (9, 6, 6, 4),
            "of these counts, give the largest and the smallest": lambda: (9, 6, 4),
            "those are the kernel size and the stride": lambda: (5, 2),
        },
        hints=[
            "Along one axis, stamps start at 0, 2, 4, … and are 5 long. How many of them cover 8? How many cover 9?",
            "A stamp covers an output if it covers its row and its column.",
        ],
        praise="3·3 = 9 and 2·2 = 4. Some outputs are under more than twice as many stamps as others.",
    ),
    "9.4": Function(
        reference=_trans_conv,
        cases=_matrices,
        probe=_about_the_stamps,
        without=("conv_transpose2d", "conv_transpose1d", "conv_transpose3d", "trans_conv"),
        mistakes={
            "a stamp overwrites what was there instead of being added to it": lambda X, K, stride: _loops(
                X, K, stride, overwrite=True
            ),
            "the stride is missing: a stamp starts in row i·stride[0] and column j·stride[1]": lambda X, K, stride: (
                _trans_conv(X, K)
            ),
            "the two strides are swapped: the first is that of the rows": lambda X, K, stride: _trans_conv(
                X, K, stride[::-1]
            ),
            "the stride of the rows is used for the columns, too": lambda X, K, stride: _trans_conv(X, K, stride[:1] * 2),
            "the stride of the columns is used for the rows, too": lambda X, K, stride: _trans_conv(X, K, stride[1:] * 2),
            "the rows have their stride, the columns have none": lambda X, K, stride: _trans_conv(X, K, (stride[0], 1)),
            "the columns have their stride, the rows have none": lambda X, K, stride: _trans_conv(X, K, (1, stride[1])),
            "one zero too many between neighbors: a stride of s inserts s − 1": lambda X, K, stride: _trans_conv(
                X, K, (stride[0] + 1, stride[1] + 1)
            ),
            "the kernel is flipped, but a stamp is X[i, j]·K with K as it is (slide the flipped K, not K itself)": (
                lambda X, K, stride: _trans_conv(X, K.flip(0, 1), stride)
            ),
            "along the columns, the kernel is in the wrong order: sliding needs it flipped along both axes, stamps along "
            "none": lambda X, K, stride: _trans_conv(X, K.flip(1), stride),
            "along the rows, the kernel is in the wrong order: sliding needs it flipped along both axes, stamps along "
            "none": lambda X, K, stride: _trans_conv(X, K.flip(0), stride),
            "the kernel is flipped, and the stride is missing": lambda X, K, stride: _trans_conv(X, K.flip(0, 1)),
            "the kernel is flipped, and a stamp overwrites what was there": lambda X, K, stride: _loops(
                X, K.flip(0, 1), stride, overwrite=True
            ),
            "that's a convolution; here the output is at least as large as the input": lambda X, K, stride: F.conv2d(
                X[None, None], K[None, None], stride=stride
            )[0, 0],
            "the kernel's height and width are swapped": lambda X, K, stride: _trans_conv(X, K.T, stride),
            "rows and columns of the output are swapped": lambda X, K, stride: _trans_conv(X, K, stride).T,
            f"the last row and column are missing: the last stamp starts at {TIMES} and is k long": lambda X, K, stride: (
                _trans_conv(X, K, stride)[:-1, :-1]
            ),
            f"the output is too large: {TIMES}, not n · stride, is where the last stamp starts": lambda X, K, stride: F.pad(
                _trans_conv(X, K, stride), (0, stride[1], 0, stride[0])
            ),
            "the output is one row and one column too large": lambda X, K, stride: F.pad(
                _trans_conv(X, K, stride), (0, 1, 0, 1)
            ),
            "there's no room for the stamps: the size of the output needs the stride, too": lambda X, K, stride: _loops(
                X, K, stride, size=(X.shape[0] + K.shape[0] - 1, X.shape[1] + K.shape[1] - 1)
            ),
            "the stamps stand side by side, as if stride and kernel size were equal": lambda X, K, stride: torch.kron(X, K),
            "only the last stamp is left: are the zeros created again for each stamp?": _new_zeros,
            "only the stamps of the first row of X are there: is the return inside the outer loop?": _first_row,
            "slices without an end take too much: K[a, b] reaches as many rows and columns as X has": _endless_slices,
            "you read X[j, i]: i counts rows and comes first": _read_across,
            "the last row and column of the input are left out": lambda X, K, stride: _loops(
                X, K, stride, inputs=(X.shape[0] - 1, X.shape[1] - 1), size=_trans_conv(X, K, stride).shape
            ),
            "the number of rows of X is used for its columns, too": lambda X, K, stride: _loops(
                X, K, stride, inputs=(len(X), len(X))
            ),
            "the number of columns of X is used for its rows, too": lambda X, K, stride: _loops(
                X, K, stride, inputs=(X.shape[1], X.shape[1])
            ),
            "the kernel's height is used for its width, too": lambda X, K, stride: _loops(
                X, K, stride, kernel=(len(K), len(K))
            ),
            "the kernel's width is used for its height, too": lambda X, K, stride: _loops(
                X, K, stride, kernel=(K.shape[1], K.shape[1])
            ),
            "this fits a 2×2 input only: count over the rows and columns of X": lambda X, K, stride: _loops(
                X, K, stride, inputs=(2, 2)
            ),
            "this fits a 2×2 input and a 2×2 kernel only": lambda X, K, stride: _loops(
                X, K, stride, inputs=(2, 2), kernel=(2, 2)
            ),
            "one ring of zeros fits a 2×2 kernel only: along each axis, it takes k − 1": _ringed,
            "a border is cut off: that's padding, and there is none here": lambda X, K, stride: _trans_conv(
                X, K, stride, padding=(stride[0] - 1, stride[1] - 1)
            ),
            "where stamps overlap, they're averaged; they should be added": _mean_of_stamps,
            "the decimals of each stamp are cut off: give the zeros the dtype of X": lambda X, K, stride: _loops(
                X, K, stride, whole=True
            ),
        },
        hints=[
            f"Create the output first: zeros of size {TIMES} + k along each axis, with the stride of that axis.",
            "Which outputs does the weight K[0, 0] reach? They're as far apart as the stamps: every stride[0]-th row and "
            "every stride[1]-th column.",
            "A slice with a step, `first : last + 1 : step`, selects them, and K[a, b]·X is as large as that slice.",
        ],
        praise="Your function agrees with PyTorch for seven pairs of matrices, tall and wide, and six pairs of strides.",
    ),
    "9.5": Choice(
        test=_enlarges_evenly,
        hints=[
            "21 is three times 7. Which kernel sizes have even counts at stride 3, with more than one stamp on an output?",
            "Without padding, that makes more than 21 rows. Padding removes an even number of them.",
            "If the number of rows to remove is odd, remove one more and get it back with output_padding.",
        ],
        praise="If k is a multiple of s, all inner outputs are under equally many stamps. With k = 2s, they overlap.",
    ),
    "9.6": Function(
        reference=_fitting_output_padding,
        probe=_about_the_remainder,
        cases=lambda generator: [
            (11, 4, 0, 4),
            (16, 5, 2, 3),
            (17, 5, 2, 3),
            (18, 5, 2, 3),
            (28, 3, 1, 2),
            (27, 3, 1, 2),
            (12, 3, 1, 1),
            (23, 7, 3, 4),
            (30, 4, 1, 5),
            (19, 2, 3, 5),
            (9, 1, 2, 4),
            (40, 6, 1, 7),
        ],
        mistakes=_REMAINDERS,
        hints=[
            "With k = 5, p = 2, and s = 3, the sizes 16, 17, and 18 need 0, 1, and 2. What does the function return?",
            "How many rows does the padded input have, and how many of them does no window read?",
        ],
        praise="The remainder that the floor drops from the convolution's size is what output_padding adds back.",
    ),
}
