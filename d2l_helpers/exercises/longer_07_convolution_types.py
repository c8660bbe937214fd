"""Longer tasks of lesson 07: kernels as rows and columns, and a test that tells right convolutions from faulty ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .._check import shown
from .._language import message, say
from ._comparing import as_tensor, plain
from ._kinds import Choice, Function, Outcome, Value
from ._seen import SeenThrough, of_results

# 7.7: a kernel as a row and a column


def _kernels(generator: torch.Generator) -> list[tuple]:
    """(K,) in float64, smallest first: one that is a product, then random ones, square, tall and wide."""
    product = torch.tensor([[1.0, 2], [-3, -6]], dtype=torch.float64)
    sizes = [(2, 2), (3, 3), (2, 3), (4, 3), (3, 5), (5, 5)]
    return [(product,)] + [(torch.randn(size, generator=generator, dtype=torch.float64),) for size in sizes]


def _best_pair(K: Tensor) -> tuple[Tensor, Tensor]:
    U, S, Vh = torch.linalg.svd(K)
    return U[:, 0] * S[0], Vh[0]


def _product(pair: Any) -> Tensor:
    """The kernel that a column and a row make together."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError(message("return two things, the column u and the row v, not {value}", value=shown(pair)))
    u, v = map(as_tensor, pair)
    if u is None or v is None:
        raise TypeError(message("return two things, the column u and the row v, two tensors"))
    if u.dim() != 1 or v.dim() != 1:
        told = message(
            "return two things, the column u and the row v, each with one axis; yours have the shapes {u} and {v}. "
            "An index such as 0 drops an axis, :1 doesn't",
            u=tuple(u.shape),
            v=tuple(v.shape),
        )
        raise TypeError(told)
    return torch.outer(u.double(), v.double())


@of_results
def _how_far(outcomes: Sequence[Outcome]) -> str:
    """How much farther from the kernel the product of a wrong pair is than it needs to be."""
    if any(outcome.got.shape != outcome.expected.shape for outcome in outcomes):
        return "u has as many values as K has rows, and v as many as K has columns"
    pairs = [(outcome.got, outcome.expected) for outcome in outcomes]
    factors = [((got * best).sum() / (best * best).sum(), got, best) for got, best in pairs]
    if all(torch.allclose(got, factor * best, atol=1e-6) and factor != 0 for factor, got, best in factors):
        return "row and column have the right directions, but the size of their product isn't right"
    off = [
        ((K - got).norm().item(), (K - best).norm().item())
        for (got, best), K in zip(pairs, [o.case[0] for o in outcomes], strict=True)
    ]
    return say(
        (
            "some pair comes closer: your product differs from K by {0:.3f} (the root of the sum of "
            "squares), and {1:.3f} is possible"
        ),
        off[0][0],
        off[0][1],
    )


@of_results
def _about_the_error(outcomes: Sequence[Outcome]) -> str:
    """What is impossible about a relative error."""
    pairs = [(as_tensor(outcome.got), outcome) for outcome in outcomes]
    if any(got is None or got.dim() for got, _ in pairs):
        return "the result is one number"
    ratios = [got.item() / outcome.expected.item() for got, outcome in pairs if outcome.expected > 1e-9]
    if len(ratios) == len(pairs) and max(ratios) - min(ratios) < 1e-3 * abs(max(ratios)):
        return say("each result is {0:.4g} times as large as it should be", ratios[0])
    for got, outcome in pairs:
        K, r = outcome.case
        if r == 0:
            return say(
                "with r = 0, nothing is subtracted from K, so the relative error is 1, but yours is {0:.4g}", got.item()
            )
        if r >= min(K.shape):
            return say(
                "with r = {0}, all terms of a {1}×{2} kernel are subtracted, so nothing is left: 0", r, len(K), K.shape[1]
            )
    values = ", ".join(f"{value:.4g}" for value in torch.linalg.svdvals(pairs[0][1].case[0]).tolist())
    return say("here the singular values are {0}; which of them are left, and how do their squares add up?", values)


@of_results
def _whether_it_pays(outcomes: Sequence[Outcome]) -> str:
    """Why a number of pairs isn't the largest that pays."""
    if all(isinstance(plain(outcome.got), bool) for outcome in outcomes):
        return "that's True or False; how many pairs pay?"
    (h, w), got = outcomes[0].case, as_tensor(outcomes[0].got)
    answers = {plain(outcome.got) for outcome in outcomes if isinstance(plain(outcome.got), (int, float))}
    if len(answers) == 1 and len(outcomes) > 5:
        return say("you return {0:g} for kernels of very different sizes: does it depend on h and w?", answers.pop())
    if got is None or got.numel() != 1 or got.item() != round(got.item()):
        return "the answer is one integer"
    r = int(got.item())
    if r < 0:
        return "a number of pairs can't be negative: if none pays, it's 0"
    if r * (h + w) >= h * w and r > 0:
        return say(
            "{0}·({1} + {2}) = {3} multiply-adds aren't fewer than the {1}·{2} = {4} of the kernel",
            r,
            h,
            w,
            r * (h + w),
            h * w,
        )
    more = f"{r + 1}·({h} + {w}) = {(r + 1) * (h + w)}"
    return say(
        "one pair more would still pay: {0} multiply-adds are fewer than the {1}·{2} = {3} of the kernel", more, h, w, h * w
    )


def _middle(K: Tensor) -> tuple[Tensor, Tensor]:
    row, column = K[len(K) // 2], K[:, K.shape[1] // 2]
    return column, row / column[len(K) // 2]


def _ranked(generator: torch.Generator) -> list[tuple]:
    """(K, r) in float64, smallest first."""
    sizes = [((2, 2), 1), ((3, 3), 1), ((3, 3), 2), ((4, 6), 2), ((6, 4), 3), ((5, 5), 0), ((3, 4), 3)]
    return [(torch.randn(size, generator=generator, dtype=torch.float64), r) for size, r in sizes]


def _left_over(K: Tensor, r: int) -> Tensor:
    S = torch.linalg.svdvals(K)
    return (S[r:] ** 2).sum().sqrt() / (S**2).sum().sqrt()


def _from_values(change: Callable[[Tensor, int], Tensor]) -> Callable[[Tensor, int], Tensor]:
    """Something computed from the singular values and r."""
    return lambda K, r: change(torch.linalg.svdvals(K), r)


def _sides(generator: torch.Generator) -> list[tuple]:
    """(h, w), smallest first."""
    return [(1, 1), (2, 2), (3, 3), (1, 7), (2, 5), (5, 5), (7, 7), (3, 6), (11, 4), (15, 15), (4, 12)]


def three_kernels() -> dict[str, Tensor]:
    """The three 15×15 kernels of 7.7d, in float64."""
    steps = torch.arange(-7.0, 8, dtype=torch.float64)
    rows, columns = steps[:, None], steps
    bell = torch.exp(-(rows**2 + columns**2) / 18)
    return {
        "Gaussian": bell,
        "diagonal waves": bell * torch.cos(0.9 * (rows + columns)),
        "disk": (rows**2 + columns**2 <= 49).double(),
    }


def _needed(limit: float, error: Callable[[Tensor, int], Tensor] = _left_over) -> list[int]:
    """How many pairs each of the three kernels needs so that no more than `limit` is left."""
    return [next(r for r in range(16) if error(K, r) <= limit) for K in three_kernels().values()]


# 7.8: a test that separates


class Setting(NamedTuple):
    """The sizes and settings of one call of a convolution."""

    n: int
    c_i: int
    c_o: int
    groups: int
    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: int
    padding: int
    dilation: int

    def case(self) -> tuple:
        """Random arguments for such a call, in float64."""
        generator = torch.Generator().manual_seed(0)
        X = torch.randn(self.n, self.c_i, *self.size, generator=generator, dtype=torch.float64)
        K = torch.randn(self.c_o, self.c_i // self.groups, *self.kernel, generator=generator, dtype=torch.float64)
        return X, K, self.stride, self.padding, self.dilation, self.groups


def _with_settings(change: Callable[..., dict]) -> Callable:
    """A convolution that uses other settings than it's given; `change` gets these and returns those."""

    def conv(X, K, stride, padding, dilation, groups):
        settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        return F.conv2d(X, K, **settings | change(**settings))

    return conv


def _with_input(change: Callable[[Tensor], Tensor]) -> Callable:
    return lambda X, K, stride, padding, dilation, groups: F.conv2d(change(X), K, None, stride, padding, dilation, groups)


def _with_kernel(change: Callable[[Tensor], Tensor]) -> Callable:
    return lambda X, K, stride, padding, dilation, groups: F.conv2d(X, change(K), None, stride, padding, dilation, groups)


def _with_output(change: Callable[[Tensor], Tensor]) -> Callable:
    return lambda *call: change(F.conv2d(call[0], call[1], None, *call[2:]))


def _padded(sides: Callable[[int], tuple], value: float = 0.0) -> Callable:
    """A convolution whose padding has these widths: left, right, above, below."""

    def conv(X, K, stride, padding, dilation, groups):
        return F.conv2d(F.pad(X, sides(padding), value=value), K, None, stride, 0, dilation, groups)

    return conv


def _rounded_up(X, K, stride, padding, dilation, groups):
    sizes = zip(X.shape[2:], K.shape[2:], strict=True)
    more = [-(n + 2 * padding - dilation * (k - 1) - 1) % stride for n, k in sizes]
    return F.conv2d(
        F.pad(X, (padding, padding + more[1], padding, padding + more[0])), K, None, stride, 0, dilation, groups
    )


def _in_turn(X, K, stride, padding, dilation, groups):
    """Output channels are dealt out to the groups in turn."""
    parts, order = X.chunk(groups, dim=1), range(len(K))
    maps = [F.conv2d(parts[o % groups], K[o : o + 1], None, stride, padding, dilation) for o in order]
    return torch.cat(maps, dim=1)


def _cut_by_inputs(X, K, stride, padding, dilation, groups):
    """The slice that cuts the input channels of a group also cuts its kernels."""
    size = X.shape[1] // groups
    parts = [
        F.conv2d(X[:, g * size :][:, :size], K[g * size :][:size], None, stride, padding, dilation)
        for g in range(groups)
        if len(K[g * size :][:size])
    ]
    return torch.cat(parts, dim=1)


def _first_group(X, K, stride, padding, dilation, groups):
    """Every group reads the first part of the input."""
    return F.conv2d(X[:, : K.shape[1]], K, None, stride, padding, dilation)


def _first_image(X, K, *settings):
    return F.conv2d(X[:1], K, None, *settings).expand(len(X), -1, -1, -1)


def _width_from_height(X, K, stride, padding, dilation, groups):
    """The right output, cut or filled up with zeros to a width that's computed from the image's height."""
    Y = F.conv2d(X, K, None, stride, padding, dilation, groups)
    width = (X.shape[2] + 2 * padding - dilation * (K.shape[3] - 1) - 1) // stride + 1
    return F.pad(Y, (0, width - Y.shape[3]))


def _changing_its_input(X, K, *settings):
    Y = F.conv2d(X, K, None, *settings)
    X.clamp_(min=0)
    return Y


def _last_column_missing(X, K, *settings):
    Y = F.conv2d(X, K, None, *settings)
    Y[..., -1] = 0
    return Y


def _column_stride_missing(X, K, stride, padding, dilation, groups):
    return F.conv2d(X, K, None, (stride, 1), padding, dilation, groups)


# What is wrong with an implementation → the implementation. Whether it shows depends on the sizes and settings of a call.
BY_SETTING: Mapping[str, Callable] = {
    "ignores the stride": _with_settings(lambda **settings: {"stride": 1}),
    "ignores the padding": _with_settings(lambda **settings: {"padding": 0}),
    "ignores the dilation": _with_settings(lambda **settings: {"dilation": 1}),
    "pads at most one pixel, whatever the padding is": _with_settings(lambda padding, **rest: {"padding": min(padding, 1)}),
    "multiplies the stride by the dilation": _with_settings(lambda stride, dilation, **rest: {"stride": stride * dilation}),
    "takes stride and dilation for each other": _with_settings(
        lambda stride, dilation, **rest: {"stride": dilation, "dilation": stride}
    ),
    "takes stride and padding for each other": _with_settings(
        lambda stride, padding, **rest: {"stride": max(1, padding), "padding": stride}
    ),
    "puts the whole padding above and on the left": _padded(lambda p: (2 * p, 0, 2 * p, 0)),
    "pads only left and right": _padded(lambda p: (p, p, 0, 0)),
    "applies the stride only to the rows": _column_stride_missing,
    "rounds the output's size up instead of down": _rounded_up,
    "computes the output's width from the image's height": _width_from_height,
    "computes only the first image and repeats its output for the others": _first_image,
    "deals the output channels out to the groups in turn": _in_turn,
    "cuts the kernels into parts as large as those of the input": _cut_by_inputs,
    "lets every group read the first group's input channels": _first_group,
    "flips the kernel": _with_kernel(lambda K: K.flip(2, 3)),
    "exchanges the rows and columns of each kernel": _with_kernel(lambda K: K.mT),
}
FAULTY: Mapping[str, Callable] = {
    **BY_SETTING,
    "drops the batch axis if there's only one image": _with_output(lambda Y: Y.squeeze(0)),
    "treats negative inputs as 0": _with_input(torch.relu),
    "treats negative weights as 0": _with_kernel(torch.relu),
    "replaces negative outputs with 0": _with_output(torch.relu),
    "rounds its results to one decimal": _with_output(lambda Y: torch.round(Y, decimals=1)),
    "adds 0.01 to every output": _with_output(lambda Y: Y + 0.01),
    "leaves the last column of its output at 0": _last_column_missing,
    "changes X, although its output is right": _changing_its_input,
    "returns zeros of the right shape": _with_output(torch.zeros_like),
}


def _by_columns(X, K, stride, padding, dilation, groups):
    """By F.unfold and a product of matrices for each group."""
    (n, _, H, W), (c_o, _, h, w) = X.shape, K.shape
    high, wide = ((m + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for m, k in ((H, h), (W, w)))
    columns = F.unfold(X, (h, w), dilation, padding, stride).unflatten(1, (groups, -1))
    return torch.einsum("ngkl,gok->ngol", columns, K.reshape(groups, c_o // groups, -1)).reshape(n, c_o, high, wide)


def _by_stops(X, K, stride, padding, dilation, groups):
    """Loops over the weights of a kernel."""
    (H, W), (c_o, c, h, w) = X.shape[2:], K.shape
    high, wide = ((m + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for m, k in ((H, h), (W, w)))
    padded = F.pad(X, (padding,) * 4)
    Y = X.new_zeros(len(X), c_o, high, wide)
    for a in range(h):
        for b in range(w):
            view = padded[:, :, a * dilation :: stride, b * dilation :: stride][:, :, :high, :wide]
            parts = view.unflatten(1, (groups, c))
            weights = K[:, :, a, b].unflatten(0, (groups, -1))
            Y = Y + torch.einsum("ngchw,goc->ngohw", parts, weights).flatten(1, 2)
    return Y


def _in_float32(X, K, *settings):
    return F.conv2d(X.float(), K.float(), None, *settings)


def _through_fourier(X, K, stride, padding, dilation, groups):
    """A product of Fourier transforms, computed in single precision."""
    padded = F.pad(X, (padding,) * 4).to(torch.complex64)
    large = K.new_zeros(*K.shape[:2], *((k - 1) * dilation + 1 for k in K.shape[2:]))
    large[..., ::dilation, ::dilation] = K
    size = padded.shape[2:]
    kernels = torch.fft.fft2(large.to(torch.complex64), s=size).conj().unflatten(0, (groups, -1))
    parts = torch.fft.fft2(padded).unflatten(1, (groups, -1))
    full = torch.fft.ifft2(torch.einsum("ngchw,gochw->ngohw", parts, kernels)).real.flatten(1, 2)
    fits = [n - k + 1 for n, k in zip(size, large.shape[2:], strict=True)]
    return full[:, :, : fits[0] : stride, : fits[1] : stride]


RIGHT: Mapping[str, tuple[Callable, str]] = {
    "PyTorch's own": (_with_settings(lambda **settings: {}), "it's F.conv2d itself"),
    "one with F.unfold": (_by_columns, "it multiplies matrices, which rounds a little differently"),
    "one with loops over the weights": (_by_stops, "it adds in another order, which rounds a little differently"),
    "one in float32": (_in_float32, "it's right up to float32's rounding, and its result needn't have the dtype of X"),
    "one with a Fourier transform": (_through_fourier, "its error is about 1e-6, as usual in single precision"),
}


def _one_call(answer: Any) -> str:
    """Whether one random call with these sizes and settings separates all faulty implementations from the right one."""
    if not isinstance(answer, dict) or set(answer) != set(Setting._fields):
        return say("give a dictionary with the keys {0}", ", ".join(Setting._fields))
    pairs = {key for key in ("size", "kernel") if not (isinstance(answer[key], tuple) and len(answer[key]) == 2)}
    if pairs:
        return say("{0} is a pair, (height, width)", min(pairs))
    numbers = [part for value in answer.values() for part in (value if isinstance(value, tuple) else (value,))]
    if not all(isinstance(number, (int, float)) and number == round(number) and 0 <= number <= 50 for number in numbers):
        return "all numbers are integers from 0 to 50"
    whole = {key: tuple(map(int, value)) if isinstance(value, tuple) else int(value) for key, value in answer.items()}
    setting = Setting(**whole)
    if min(*setting.size, *setting.kernel, setting.n, setting.c_i, setting.c_o, setting.stride, setting.dilation) < 1:
        return "only the padding may be 0"
    if setting.groups < 1 or setting.c_i % setting.groups or setting.c_o % setting.groups:
        return "c_i and c_o must be multiples of groups"
    case = setting.case()
    try:
        expected = F.conv2d(case[0], case[1], None, *case[2:])
    except RuntimeError as error:
        return say("F.conv2d refuses these settings: {0:.150}", str(error).splitlines()[0])
    passed = [fault for fault, conv in BY_SETTING.items() if _gives(conv, case, expected)]
    if not passed:
        return ""
    gives = "gives" if len(passed) == 1 else "give"
    single = "Your output is 1×1, a single window, so the window never moves. " if expected.shape[2:].numel() == 1 else ""
    return say(
        (
            "{0}{1} of {2} faulty implementations {3} the right result here. One of them {4}: for which "
            "settings does that make a difference?"
        ),
        single,
        len(passed),
        len(BY_SETTING),
        gives,
        passed[0],
    )


def _gives(conv: Callable, case: tuple, expected: Tensor) -> bool:
    """Whether an implementation gives that result; one that raises doesn't."""
    try:
        got = conv(case[0].clone(), *case[1:])
    except (RuntimeError, IndexError, ValueError):
        return False
    return got.shape == expected.shape and torch.allclose(got.double(), expected)


def _separates(test: Any) -> str:
    """Whether a test accepts every right implementation and refuses every faulty one."""
    if not callable(test):
        return say("give the test itself, a function that takes an implementation, not {0}", shown(test))
    for name, (conv, why) in RIGHT.items():
        said = _accepts(test, conv)
        if isinstance(said, BaseException):
            first = (str(said).strip().splitlines() or [""])[0][:150]
            return say(
                "your test refuses a right implementation, {0}, with {1}: {2}\n{3}", name, type(said).__name__, first, why
            )
        if said is None:
            return "your test returned None and raised nothing: return True or False"
        if not said:
            return say("your test refuses a right implementation, {0}: {1}{2}", name, why, _or_inverted(test))
    passed = [fault for fault, conv in FAULTY.items() if _accepts(test, conv) is True]
    return _what_passed(passed) if passed else ""


def _or_inverted(test: Callable) -> str:
    """What is said of a test that refuses every right implementation, '' of any other."""
    if any(_accepts(test, conv) is True for conv, _ in RIGHT.values()):
        return ""
    if any(_accepts(test, conv) is True for conv in FAULTY.values()):
        return ".\nIt accepts faulty ones and none of the right ones: is its result the wrong way round?"
    return ".\nIt refuses every implementation, right or faulty: what does it return if all calls agree?"


_LOOK_AT = {  # a fault → what a test has to look at to find it
    "rounds its results to one decimal": "how large is the difference that your test lets pass?",
    "adds 0.01 to every output": "how large is the difference that your test lets pass?",
    "changes X, although its output is right": "does it look at X again after the call?",
}
_ALIKE = {"flips the kernel", "treats negative inputs as 0", "treats negative weights as 0"}


def _what_passed(passed: Sequence[str]) -> str:
    """What is wrong with a test that accepts these faulty implementations."""
    if len(passed) == len(FAULTY):
        return say(
            (
                "your test accepts every implementation, all {0} faulty ones, too, e.g. one that {1}: can it "
                "ever return False?"
            ),
            len(FAULTY),
            passed[0],
        )
    others = say(" and {0} more", len(passed) - 1) if len(passed) > 1 else ""
    if "returns zeros of the right shape" in passed:
        last = "returns zeros of the right shape"
        return say(
            "your test accepts an implementation that {0}{1}: does it compare the values with F.conv2d's?", last, others
        )
    ask = _LOOK_AT.get(passed[0], "which call would show it?")
    if set(passed) >= _ALIKE:
        ask = "are all your values the same? Take random ones of both signs, and compare value by value"
    return say("your test accepts an implementation that {0}{1}: {2}", passed[0], others, ask)


def _accepts(test: Callable, conv: Callable) -> bool | BaseException | None:
    """What a test says of an implementation: True or False, None if nothing, or the exception it raised."""
    try:
        said = test(conv)
    except Exception as error:
        return error
    return None if said is None or said is Ellipsis else bool(said)


EXERCISES = {
    "7.7a": SeenThrough(
        reference=_best_pair,
        through=_product,
        cases=_kernels,
        otherwise=_how_far,
        mistakes={
            "the largest singular value is missing: columns of U and rows of Vh have length 1": (
                lambda K: (torch.linalg.svd(K)[0][:, 0], torch.linalg.svd(K)[2][0])
            ),
            "that's the pair with the smallest singular value; the values come in descending order": (
                lambda K: (
                    torch.linalg.svd(K, full_matrices=False)[0][:, -1] * torch.linalg.svdvals(K)[-1],
                    torch.linalg.svd(K, full_matrices=False)[2][-1],
                )
            ),
            "the singular value is in both factors, so it counts twice": (
                lambda K: (_best_pair(K)[0], _best_pair(K)[1] * torch.linalg.svdvals(K)[0])
            ),
            "u is a column of U, but you took a row": (
                lambda K: (torch.linalg.svd(K)[0][0] * torch.linalg.svdvals(K)[0], torch.linalg.svd(K)[2][0])
            ),
            "v is a row of Vh, but you took a column: Vh is transposed already": (
                lambda K: (_best_pair(K)[0], torch.linalg.svd(K)[2][:, 0])
            ),
            "that's the second pair; the first has the largest singular value": (
                lambda K: (torch.linalg.svd(K)[0][:, 1] * torch.linalg.svdvals(K)[1], torch.linalg.svd(K)[2][1])
            ),
            "the root of the singular value is in one factor only; one factor needs all of it, or each of them its root": (
                lambda K: (_best_pair(K)[0] / torch.linalg.svdvals(K)[0].sqrt(), _best_pair(K)[1])
            ),
            "row and column are exchanged: u has as many values as K has rows": lambda K: _best_pair(K)[::-1],
            "the middle column and the middle row give a kernel that's right in the middle only": _middle,
            "the means of the rows and of the columns give a pair, but not the closest one": (
                lambda K: (K.mean(1), K.mean(0) / K.mean())
            ),
            "the signs are lost": lambda K: tuple(part.abs() for part in _best_pair(K)),
        },
        hints=[
            "torch.linalg.svd(K) returns three tensors. Which part of each belongs to the largest singular value?",
            "U's columns and Vh's rows have length 1, so one of your two factors has to carry the singular value.",
        ],
        praise="The first singular vectors, one of them times the singular value, are the closest pair (Eckart and Young).",
    ),
    "7.7b": Function(
        reference=_left_over,
        cases=_ranked,
        otherwise=_about_the_error,
        mistakes={
            "that's the square of the error: the root is missing": _from_values(
                lambda S, r: (S[r:] ** 2).sum() / (S**2).sum()
            ),
            "that's what the r pairs keep, not what they leave": _from_values(
                lambda S, r: (S[:r] ** 2).sum().sqrt() / (S**2).sum().sqrt()
            ),
            "that's the share of squares that the r pairs keep": _from_values(
                lambda S, r: (S[:r] ** 2).sum() / (S**2).sum()
            ),
            "the singular values add up in squares, not by themselves": _from_values(lambda S, r: S[r:].sum() / S.sum()),
            "that's the error itself; divide it by the size of K": _from_values(lambda S, r: (S[r:] ** 2).sum().sqrt()),
            "you divided by the largest singular value, but the size of K comes from all of them": _from_values(
                lambda S, r: (S[r:] ** 2).sum().sqrt() / S[0]
            ),
            "that's one pair too many: the first r singular values are kept": _from_values(
                lambda S, r: (S[r + 1 :] ** 2).sum().sqrt() / S.norm()
            ),
            "that's one pair too few: the first r singular values are kept": _from_values(
                lambda S, r: (S[max(r - 1, 0) :] ** 2).sum().sqrt() / S.norm()
            ),
            "only the next singular value is counted, but all that are left make up the error": _from_values(
                lambda S, r: (S[r] if r < len(S) else 0 * S[0]) / S.norm()
            ),
            "you divided the next singular value by the largest; the error and K's size come from several": _from_values(
                lambda S, r: S[r] / S[0]  # raises an exception if nothing is left, as such an answer does
            ),
            "you kept the last r singular values; those that are left over begin after the first r": _from_values(
                lambda S, r: S[-r:].norm() / S.norm()
            ),
            "the root is missing below: you divided by the sum of squares of K": _from_values(
                lambda S, r: S[r:].norm() / S.square().sum()
            ),
            "the root is missing above: the squares of what's left are divided by the root for K": _from_values(
                lambda S, r: S[r:].square().sum() / S.norm()
            ),
            "you divided by the sum of K's values; its size is the root of the sum of their squares": lambda K, r: (
                torch.linalg.svdvals(K)[r:].norm() / K.sum()
            ),
            "you took the values on the diagonal of K, which aren't its singular values": lambda K, r: (
                K.diagonal().abs().sort(descending=True).values[r:].norm() / K.diagonal().norm()
            ),
            "1 minus the part that's kept isn't the part that's left: the squares add up": _from_values(
                lambda S, r: 1 - (S[:r] ** 2).sum().sqrt() / S.norm()
            ),
        },
        hints=[
            "What is the sum of the squares of all values of K, in terms of the singular values? Try it on an example.",
            "The pairs that are left out are orthogonal to each other, so their squares add up.",
            "It's a root of a ratio: squares of what's left over squares of everything.",
        ],
        praise="You know the error of every rank before you build a single pair, from the singular values alone.",
    ),
    "7.7c": Function(
        reference=lambda h, w: (h * w - 1) // (h + w),
        cases=_sides,
        otherwise=_whether_it_pays,
        mistakes={
            "with that many pairs, some kernels take exactly as many multiply-adds, and the question asks for fewer": (
                lambda h, w: h * w // (h + w)
            ),
            "that's the ratio, which needn't be an integer": lambda h, w: h * w / (h + w),
            "a ratio that's rounded up gives a number of pairs that no longer pays": lambda h, w: math.ceil(
                h * w / (h + w)
            ),
            "that's one pair too few": lambda h, w: max((h * w - 1) // (h + w) - 1, 0),
            "a ratio that's rounded to the nearest integer is sometimes too large: which integers are below it?": (
                lambda h, w: round(h * w / (h + w))
            ),
            "the fraction is upside down: r(h + w) has to be less than hw": lambda h, w: (h + w) // (h * w),
            "your result is never 0, but for small kernels, even one pair doesn't pay": lambda h, w: max(
                1, (h * w - 1) // (h + w)
            ),
            "you subtracted h + w from hw; r pairs take r times as much": lambda h, w: max(0, h * w - h - w - 1),
            "that's how many pairs make any kernel exactly; do that many pay?": lambda h, w: min(h, w),
            "you took the kernel to be square": lambda h, w: (h - 1) // 2,
            "that counts a single row and column: each of the r pairs takes h + w multiply-adds": (
                lambda h, w: h * w - h - w
            ),
        },
        hints=[
            "How many multiply-adds per output does a 1×w kernel take, and an h×1 kernel after it?",
            "r pairs take r times as much. For which r is that less than h·w? Mind equality.",
        ],
        praise="r(h + w) < hw: for 3×3, one pair pays, and for 15×15, up to seven do.",
    ),
    "7.7d": Value(
        reference=lambda: _needed(0.1),
        mistakes={
            "that's for 10% of the squares, but 10% is the limit of the error of 7.7b, which has a root": lambda: _needed(
                0.1, lambda K, r: _left_over(K, r) ** 2
            ),
            "that's how many pairs give the kernel exactly, or to 5%; an error of 10% is allowed": lambda: _needed(1e-6),
            "that's one pair more than needed for each: is your first r 0 or 1?": lambda: [r + 1 for r in _needed(0.1)],
            "that's one pair fewer than needed for each: is your first r 0 or 1?": lambda: [r - 1 for r in _needed(0.1)],
            "that's for a limit of 20%": lambda: _needed(0.2),
            "that's the most pairs that pay, from 7.7c; how many are needed for an error of at most 0.1?": lambda: [
                7,
                7,
                7,
            ],
        },
        otherwise=lambda got: (
            "a number of pairs is an integer; are these errors?"
            if not torch.equal(got, got.round())
            else "the answers are for the Gaussian, the waves, and the disk, one after the other"
            if torch.equal(got.sort()[0], torch.tensor(_needed(0.1)).to(got).sort()[0])
            else "a Gaussian is a product of a function of the row and one of the column; how many pairs is that?"
            if got[0] != 1
            else "cos(a + b) = cos a · cos b − sin a · sin b: how many products is that?"
            if got[1] != 2
            else "the first two are right; about the disk: take the first r for which 7.7b gives at most 0.1"
        ),
        hints=[
            "Compute the error of 7.7b for r = 1, 2, 3, … and stop at the first that is at most 0.1.",
            "The Gaussian and the waves can be worked out on paper: write each as a sum of products of rows and columns.",
        ],
        praise="1, 2, and 5: how complicated a kernel looks doesn't decide. All three pay, since up to seven pairs do.",
    ),
    "7.8a": Choice(
        test=_one_call,
        seconds=20.0,
        hints=[
            "A fault stays hidden where it happens to use the right value, such as a stride of 1 or a square image.",
            "Choose sizes and settings that are all different. Even the numbers of channels in a group should differ.",
            "The output's size has to be rounded down along both axes, and each group needs several outputs.",
        ],
        praise="A single call finds all of them if what a fault confuses differs in it, such as the image's sides, or "
        "stride and dilation, and if what it ignores has an effect. Tidy sizes make weak tests.",
    ),
    "7.8b": Choice(
        test=_separates,
        seconds=40.0,
        hints=[
            "Start with the call of 7.8a and compare with F.conv2d: first the shape, then the values, with a tolerance.",
            "Which faults depend on something else than the settings: on one image, on signs, on the arguments afterward?",
            "The tolerance must be above float32's rounding and below the smallest fault, which changes outputs by 0.01.",
        ],
        praise="It separates all 27. Each fault that passed on the way pointed to a call that was missing.",
    ),
}
