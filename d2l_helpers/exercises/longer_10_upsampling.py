"""The longer tasks of lesson 10: resizing to any size by matrices, and an ablation that changes one thing at a time."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .._language import say, spoken
from ._clues import fails_where
from ._comparing import as_tensor, equal, plain
from ._kinds import Choice, Function

FORBIDDEN = ("interpolate", "upsample_bilinear", "upsample_trilinear")


# 10.7


def _about_a_matrix(got: Tensor | None, expected: Tensor) -> str:
    """What is wrong with a matrix of weights, whatever the rule."""
    if got is None or got.dim() != 2:
        return "the result is a matrix, one row for each output pixel"
    if got.shape != expected.shape:
        return say(
            "the matrix is {0}×{1}, a row for each output pixel, not {2}×{3}",
            len(expected),
            expected.shape[1],
            len(got),
            got.shape[1],
        )
    if not torch.allclose(got.double().sum(1), torch.ones(len(got), dtype=torch.float64), atol=1e-4):
        return "not every row adds up to 1, so an even gray would change"
    if got.min() < -1e-6:
        return "some weights are negative, and linear interpolation has none"
    return ""


def _about_the_weights(answer: Callable, wrong) -> str:
    """Which of the two conventions is wrong, and for which sizes."""
    if any(outcome.fault for outcome in wrong):
        return ""
    seen = _about_lost_weights(wrong)
    if seen:
        return seen
    sides = {outcome.case[2] for outcome in wrong}
    which = say("with align_corners={0}, ", sides.pop()) if len(sides) == 1 else ""
    seen = _about_a_matrix(as_tensor(wrong[0].got), wrong[0].expected)
    if seen:
        return which + spoken(seen)
    sizes = [outcome.case[:2] for outcome in wrong]
    if all(1 in size for size in sizes):
        return say("{0}only rows of one pixel are wrong", which)
    if all(n > m for n, m in sizes):
        return say("{0}the row is right unless it shrinks", which)
    if all(n < m for n, m in sizes):
        return say("{0}the row is right unless it grows", which)
    n, m = sizes[0]
    own, right = ((W.double() @ torch.arange(n, dtype=torch.float64)) for W in (as_tensor(wrong[0].got), wrong[0].expected))
    i = int((own - right).abs().argmax())
    return say(
        "{0}output pixel {1} of {2} is read at {3:.3g} among {4} pixels, not at {5:.3g}", which, i, m, own[i], n, right[i]
    )


def _about_lost_weights(wrong) -> str:
    """What is wrong with the weights of all the wrong matrices, if it's the same in all of them."""
    pairs = [(as_tensor(outcome.got), outcome.expected) for outcome in wrong]
    if any(got is None or got.shape != expected.shape for got, expected in pairs):
        return ""
    pairs = [(got.double(), expected) for got, expected in pairs]
    if all(bool(((got == 0) | (got == 1)).all()) and torch.equal(got.sum(1), torch.ones(len(got))) for got, _ in pairs):
        return "each output reads one pixel only: where's the neighbor with the weight w?"
    lost = [(expected - got).where((expected - got).abs() > 1e-5, torch.zeros(())) for got, expected in pairs]
    at_one_pixel = [(expected > 1e-5).sum(1) == 1 for _, expected in pairs]
    if not all(
        bool(missing.any() and (missing >= 0).all() and single[missing.any(1)].all() and not missing[:, 1:-1].any())
        for missing, single in zip(lost, at_one_pixel, strict=True)
    ):
        return ""
    if all(bool((got.abs().sum(1) < 1e-6)[missing.any(1)].all()) for (got, _), missing in zip(pairs, lost, strict=True)):
        return (
            "some outputs have no weight left: where lower and upper are the same pixel, the second weight overwrites the "
            "first, so add it"
        )
    return "the outermost outputs lose weight: the weight of a neighbor beyond the ends belongs to the outermost pixel"


def _whole_factor(wrong, cases: Sequence[tuple]) -> str:
    lines = {
        "with align_corners=False, it's right only if m is a multiple of n: is the factor m/n rounded?": (
            lambda n, m, align_corners: m % n and not align_corners
        ),
        "it's right only if m is a multiple of n: is the factor m/n rounded?": lambda n, m, align_corners: m % n,
    }
    return fails_where(wrong, cases, lines)


def _about_the_images(answer: Callable, wrong) -> str:
    """Which axis isn't resized rightly, or where the axes have gone."""
    shapes = [(tuple(outcome.got.shape), tuple(outcome.expected.shape)) for outcome in wrong if _has_shape(outcome.got)]
    for got, expected in shapes:
        if len(got) != 4 and math.prod(got) == math.prod(expected):
            return say(
                "the result must have four axes, as X has, and one has {0}: {1} instead of {2}", len(got), got, expected
            )
    eye, X = torch.eye(3, dtype=torch.float64), torch.arange(9.0, dtype=torch.float64).reshape(1, 1, 3, 3)
    probes = {
        "it should leave an image as it is if both matrices are the identity": (X, eye, eye),
        "the rows aren't resized as they should be": (X, _weights(3, 5), eye),
        "the columns aren't resized as they should be": (X, eye, _weights(3, 5)),
        "one image with one channel is right, but several aren't": (X.repeat(2, 3, 1, 1), _weights(3, 5), _weights(3, 2)),
    }
    for name, arguments in probes.items():
        try:
            right = equal(answer(*(value.clone() for value in arguments)), _resize(*arguments))
        except Exception:
            right = False
        if not right:
            return name
    return ""


def _has_shape(value: Any) -> bool:
    return isinstance(getattr(value, "shape", None), tuple)


def _about_the_tents(answer: Callable, wrong) -> str:
    """What the rows of the matrix show: sums, reach, symmetry."""
    if any(outcome.fault for outcome in wrong):
        return ""
    matrices = [as_tensor(outcome.got) for outcome in wrong]
    if all(
        got is not None
        and got.shape == outcome.expected.shape
        and torch.allclose(got.sum(0), torch.ones_like(got[0]))
        and not torch.allclose(got.sum(1), torch.ones_like(got[:, 0]))
        for got, outcome in zip(matrices, wrong, strict=True)
    ):
        return "each column adds up to 1, but it's the rows that have to: a row holds the weights of one output"
    for outcome in wrong:
        seen = _about_a_matrix(as_tensor(outcome.got), outcome.expected)
        if seen:
            return seen
    if all(outcome.case[0] < outcome.case[1] for outcome in wrong):
        return "it's right unless the row grows: how wide is the tent then?"
    got = as_tensor(wrong[0].got).double()
    if not torch.allclose(got, got.flip(0, 1), atol=1e-5):
        return "the weights of the last output should mirror those of the first: are the centers half a pixel off?"
    for outcome in wrong:
        own, right = ((values.abs() > 1e-6).sum(1).max() for values in (as_tensor(outcome.got), outcome.expected))
        if own != right:
            return say(
                "from {0} pixels, an output reads up to {1} instead of {2}",
                say(" to ").join(map(str, outcome.case)),
                own,
                right,
            )
    if not float(got.shape[1] / len(got)).is_integer():
        return "it's right for integer factors only: n/m is a fraction here"
    return "each output reads the right pixels, but not with the weights of a tent"


def _weights(n: int, m: int, align_corners: bool = False) -> Tensor:
    """(m, n): the weights with which each output reads a row of n pixels."""
    one_each = torch.eye(n, dtype=torch.float64)[None]
    return F.interpolate(one_each, size=m, mode="linear", align_corners=align_corners)[0].T


def _sharp_or_wide(n: int, m: int) -> Tensor:
    """(m, n): the same with antialias=True."""
    one_each = torch.eye(n, dtype=torch.float64)[None, None]
    return F.interpolate(one_each, size=(n, m), mode="bilinear", antialias=True)[0, 0].T


def _read_at(n: int, position: Tensor) -> Tensor:
    """(m, n): linear weights at these positions, indices beyond the ends moved to them."""
    lower = position.floor()
    weight = (position - lower)[:, None]
    columns = torch.arange(n)
    first, second = (columns == index.clamp(0, n - 1)[:, None] for index in (lower, lower + 1))
    return (1 - weight) * first + weight * second


def _steps(m: int, plus: float = 0.0) -> Tensor:
    return torch.arange(m, dtype=torch.float64) + plus


def _positions(rule: Callable[[int, int], Tensor], other: bool | None = None) -> Callable:
    """The weights at positions by `rule` for one convention, which `other` is not, or for both where it is None."""

    def weights(n, m, align_corners):
        return _weights(n, m, align_corners) if align_corners is other else _read_at(n, rule(n, m))

    return weights


def _continued(n: int, m: int, align_corners: bool) -> Tensor:
    """Weights below 0 and above 1, where a position is beyond the outermost pixels."""
    if align_corners or n == 1:
        return _weights(n, m, align_corners)
    position = _steps(m, 0.5) * n / m - 0.5
    lower = position.long().clamp(max=n - 1)
    weight = (position - lower)[:, None]
    columns = torch.arange(n)
    return (1 - weight) * (columns == lower[:, None]) + weight * (columns == (lower + 1).clamp(max=n - 1)[:, None])


def _tents(n: int, m: int, plus: float = 0.5, width: float | None = None, normalized: bool = True) -> Tensor:
    """(m, n): tents of a width around each output's center, divided by their sums."""
    width = max(n / m, 1) if width is None else width
    distance = _steps(n, plus) - _steps(m, plus)[:, None] * n / m
    tents = (1 - distance.abs() / width).clamp(min=0)
    return tents / tents.sum(1, keepdim=True) if normalized else tents / width


def _boxes(n: int, m: int) -> Tensor:
    return F.adaptive_avg_pool1d(torch.eye(n, dtype=torch.float64)[None], m)[0].T


def _images(generator: torch.Generator) -> list[tuple]:
    """(X, rows, columns) in float64: taller and wider, smaller along one axis, several images and channels.

    In the last case, all matrices are square, so that no wrong order of them raises an exception.
    """
    found = []
    for size, (height, width) in [
        ((1, 1, 1, 2), (1, 4)),
        ((1, 1, 2, 3), (4, 3)),
        ((1, 2, 3, 2), (2, 5)),
        ((2, 1, 4, 4), (4, 2)),
        ((2, 3, 5, 4), (3, 6)),
    ]:
        X = torch.randn(size, generator=generator, dtype=torch.float64)
        found.append((X, _weights(size[2], height), _weights(size[3], width)))
    square = torch.randn(1, 1, 3, 3, generator=generator, dtype=torch.float64)
    return [*found, (square, _weights(3, 5)[1:4], _weights(3, 4)[:3])]


def _resize(X: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    return rows @ X @ columns.T


def _reshaped(X: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The columns resized, and then a reshape in place of the swap of axes that the rows need."""
    wide = X @ columns.T
    return (wide.reshape(-1, X.shape[2]) @ rows.T).reshape(*X.shape[:2], len(rows), len(columns))


def _swapped(n: int, m: int, align_corners: bool) -> Tensor:
    """1 − w and w in each other's place."""
    position = _steps(m) * (n - 1) / max(m - 1, 1) if align_corners else (_steps(m, 0.5) * n / m - 0.5).clamp(0, n - 1)
    lower = position.long()
    weight = (position - lower)[:, None]
    columns = torch.arange(n)
    return weight * (columns == lower[:, None]) + (1 - weight) * (columns == (lower + 1).clamp(max=n - 1)[:, None])


# 10.8


def _all_of(changes: dict) -> dict:
    return {key: value for change in changes.values() for key, value in change.items()}


def _one_at_a_time(base: dict, changes: dict) -> dict:
    return {"base": dict(base)} | {name: {**base, **change} for name, change in changes.items()}


class _BaseFirst(Function):
    """A function whose result has "base" as its first key, which a comparison of dictionaries doesn't see."""

    def problem(self, answer: Any) -> str:
        problem = super().problem(answer)
        results = [] if problem else [answer(*copy.deepcopy(case)) for case in self.cases(torch.Generator())]
        if any(next(iter(result)) != "base" for result in results):
            return 'the entries are right, but "base" must come first: the report takes the first network for the base'
        return problem


def _about_the_variants(answer: Callable, wrong) -> str:
    """Which name, or which setting of a variant, isn't right."""
    for outcome in wrong:
        if isinstance(outcome.got, dict) and len({id(settings) for settings in outcome.got.values()}) < len(outcome.got):
            return "several names have the same dictionary, so a later change shows in all of them: make a copy for each"
    for outcome in wrong:
        got, expected = outcome.got, outcome.expected
        if outcome.fault:
            return ""
        if not isinstance(got, dict):
            return "the result is a dictionary, name → settings"
        missing = [name for name in expected if name not in got]
        if missing:
            return say("the result has no {0!r}", missing[0])
        if len(got) > len(expected):
            return "there are more entries than the base and the variants"
        for name, settings in expected.items():
            if not isinstance(got[name], dict):
                return say("{0!r} must map to a dictionary of settings", name)
            for key, value in settings.items():
                if got[name].get(key) != value:
                    return say("in {0!r}, {1!r} should be {2!r}, and it is {3!r}", name, key, value, got[name].get(key))
            if len(got[name]) > len(settings):
                return say("{0!r} has settings that neither the base nor its changes have", name)
    return ""


def _piled_up(base: dict, changes: dict) -> dict:
    found, settings = {"base": dict(base)}, dict(base)
    for name, change in changes.items():
        settings = {**settings, **change}
        found[name] = settings
    return found


def _changes(generator: torch.Generator) -> list[tuple]:
    base = {"relu": True, "skip": True, "kernel_size": 3}
    return [
        ({"relu": True}, {"no ReLU": {"relu": False}}),
        (base, {"no ReLU": {"relu": False}, "no skip": {"skip": False}}),
        (base, {"1×1": {"kernel_size": 1}, "5×5": {"kernel_size": 5}, "no ReLU": {"relu": False}}),
        (base, {"wider": {"channels": 64}, "1×1, wider": {"kernel_size": 1, "channels": 64}, "1×1": {"kernel_size": 1}}),
        (base, {}),
    ]


def _report(scores: dict) -> list[tuple]:
    """(name, mean, lowest, highest, word) for each network, the first of which is the base."""
    base, *_ = scores.values()
    return [(name, *_summary(own), _word(own, base, i)) for i, (name, own) in enumerate(scores.items())]


def _summary(own: list) -> tuple[float, float, float]:
    return sum(own) / len(own), min(own), max(own)


def _word(own: list, base: list, i: int) -> str:
    if i == 0:
        return "base"
    return "higher" if min(own) > max(base) else "lower" if max(own) < min(base) else "overlap"


def _about_the_report(answer: Callable, wrong) -> str:
    """Which part of the tuples isn't right."""
    results = [plain(outcome.got) for outcome in wrong if not outcome.fault]
    if len(results) == len(wrong) and all(map(_are_lines, results)):
        for own, outcome in zip(results, wrong, strict=True):
            if own != outcome.expected and equal(sorted(own, key=repr), sorted(outcome.expected, key=repr)):
                return "the tuples are right, but in another order: keep that of scores"
    for outcome in wrong:
        got, expected = plain(outcome.got), outcome.expected
        if outcome.fault:
            return ""
        if not isinstance(got, tuple) or len(got) != len(expected):
            return "the result is a list with one tuple for each network, in the order of scores"
        for own in got:
            if not isinstance(own, tuple) or len(own) != 5:
                return "each tuple has five parts: name, mean, lowest, highest, word"
        for i, part in enumerate(("names", "means", "lowest scores", "highest scores", "words")):
            for own, right in zip(got, expected, strict=True):
                if not equal(own[i], right[i]):
                    rounded = " (they mustn't be rounded)" if i == 1 and abs(own[1] - right[1]) < 0.5 else ""
                    return say(
                        "the {0} aren't all right{1}: for {2!r}, {3!r} should be {4}",
                        part,
                        rounded,
                        right[0],
                        own[i],
                        _short(right[i]),
                    )
    return ""


def _are_lines(result: Any) -> bool:
    return isinstance(result, tuple) and all(isinstance(line, tuple) and len(line) == 5 for line in result)


def _short(value) -> str:
    return f"{value:.4f}" if isinstance(value, float) else repr(value)


def _with_word(word: Callable[[list, list, int], str]) -> Callable:
    """The report with another rule for the last word."""

    def report(scores):
        base, *_ = scores.values()
        return [(name, *_summary(own), word(own, base, i)) for i, (name, own) in enumerate(scores.items())]

    return report


def _by_mean(own: list, base: list, i: int) -> str:
    a, b = sum(own) / len(own), sum(base) / len(base)
    return "base" if i == 0 else "higher" if a > b else "lower" if a < b else "overlap"


def _touching(own: list, base: list, i: int) -> str:
    return "base" if i == 0 else "higher" if min(own) >= max(base) else "lower" if max(own) <= min(base) else "overlap"


def _seed_by_seed(own: list, base: list, i: int) -> str:
    pairs = list(zip(own, base, strict=False))
    higher, lower = all(a > b for a, b in pairs), all(a < b for a, b in pairs)
    return "base" if i == 0 else "higher" if higher else "lower" if lower else "overlap"


def _by_extremes(own: list, base: list, i: int) -> str:
    return "base" if i == 0 else "higher" if max(own) > max(base) else "lower" if min(own) < min(base) else "overlap"


def _by_both_ends(own: list, base: list, i: int) -> str:
    above, below = min(own) > min(base) and max(own) > max(base), min(own) < min(base) and max(own) < max(base)
    return "base" if i == 0 else "higher" if above else "lower" if below else "overlap"


def _mean_outside(own: list, base: list, i: int) -> str:
    mean = sum(own) / len(own)
    return "base" if i == 0 else "higher" if mean > max(base) else "lower" if mean < min(base) else "overlap"


def _scores(generator: torch.Generator) -> list[tuple]:
    """Scores with ranges apart, overlapping, touching, ordered seed by seed, and numbers of seeds that differ."""
    return [
        ({"base": [20.0, 20.5], "other": [19.0, 19.5]},),
        ({"base": [20.0, 20.4, 20.1], "no ReLU": [19.5, 19.7, 19.6], "wider": [20.3, 20.9, 20.6]},),
        ({"base": [18.0, 19.0, 20.0], "a": [18.1, 19.1, 20.1], "b": [21.0, 22.5, 20.5], "c": [19.2, 18.2, 19.9]},),
        ({"base": [10.0, 12.0], "a": [12.0, 13.0], "b": [9.0, 10.0], "c": [12.5, 15.0, 14.0], "d": [10.0, 11.0, 12.0]},),
        ({"plain": [7.0], "a": [7.5], "b": [6.5, 8.5]},),
    ]


def _parameters(channels: int, kernel_size: int) -> int:
    """Of two layers with biases, 1 → channels → 4."""
    return kernel_size**2 * channels + channels + 4 * kernel_size**2 * channels + 4


def _matching(channels: int, kernel_size: int, other_size: int, rounded: Callable = round) -> int:
    wanted = _parameters(channels, kernel_size)
    return max(1, rounded((wanted - 4) / (5 * other_size**2 + 1)))


def _nets(generator: torch.Generator) -> list[tuple]:
    return [(6, 1, 1), (2, 1, 7), (16, 3, 1), (16, 3, 5), (8, 5, 3), (10, 1, 3), (32, 3, 7), (20, 7, 1), (25, 3, 2)]


def _about_the_channels(answer: Callable, wrong) -> str:
    """How many parameters the network would have."""
    for outcome in wrong:
        (channels, kernel_size, other), got = outcome.case, plain(outcome.got)
        if outcome.fault:
            return ""
        if not isinstance(got, (int, float)) or got != int(got) or got < 1:
            return "a number of channels is an integer, at least 1"
    given = [plain(answer(*case)) for case in _nets(torch.Generator())]
    if len(set(given)) == 1:
        return say("the result is {0} whatever the arguments are", given[0])
    for outcome in wrong:
        (channels, kernel_size, other), got = outcome.case, plain(outcome.got)
        base, own = _parameters(channels, kernel_size), _parameters(int(got), other)
        return say("with {0:g} channels, the network would have {1:,} parameters, and the base has {2:,}", got, own, base)
    return ""


NAMES = ("base", "no ReLU", "no skip", "1×1", "1×1, as many weights")


def _measured(answer) -> str:
    """Whether a dictionary of PSNRs is what an ablation of the small upsampler measures."""
    if not isinstance(answer, Mapping):
        return "give the dictionary of scores, name → list of the scores of its seeds"
    missing = [name for name in NAMES if name not in answer]
    if missing:
        return say("the dictionary has no {0!r}; its keys are {1}", missing[0], ", ".join(map(repr, NAMES)))
    scores = {name: answer[name] for name in NAMES}
    for name, own in scores.items():
        if not isinstance(own, (list, tuple)) or len(own) < 3:
            return say("{0!r} needs the scores of three seeds or more, in a list", name)
        if not all(isinstance(score, Real) and math.isfinite(score) for score in own):
            return say("a score of {0!r} isn't a number", name)
        if max(own) < 0:
            return say(
                ("the scores of {0!r} are negative: the PSNR is −10·log₁₀ of the mean squared error; where's the minus?"),
                name,
            )
        if max(own) < 1:
            return say("the scores of {0!r} look like mean squared errors; give the PSNR in dB", name)
        if len(set(own)) == 1:
            return say(
                "all seeds give {0!r} the same score: does the seed reach the network, or is one score repeated?", name
            )
    means = {name: sum(own) / len(own) for name, own in scores.items()}
    for name in NAMES[1:]:
        if list(scores[name]) == list(scores["base"]):
            return say("{0!r} scores exactly like the base: does its change reach the network?", name)
    for name in NAMES:
        if not 12 < means[name] < 26:
            return say(
                "{0!r} has a mean of {1:.1f} dB, far from what these networks score on the test images", name, means[name]
            )
    return _order_of(means)


def _order_of(means: Mapping[str, float]) -> str:
    """What is implausible about the means."""
    full = means["base"]
    if means["1×1, as many weights"] >= full:
        return (
            "'1×1, as many weights' scores no less than the base, and in our runs it does: are its kernels 1×1, or "
            "still 3×3?"
        )
    for name in ("no skip", "1×1", "1×1, as many weights", "no ReLU"):
        if means[name] >= full:
            return say(
                ("{0!r} scores no less than the base, and in our runs it does: are two names or two settings swapped?"),
                name,
            )
    small, large = means["1×1"], means["1×1, as many weights"]
    if small > means["no skip"] and abs(means["no skip"] - large) < 0.2:
        return "'no skip' scores like the control, and '1×1' scores more: are the scores of 'no skip' and '1×1' swapped?"
    if abs(large - small) > 0.5:
        return say(
            (
                "more channels change the 1×1 network by {0:+.1f} dB; in our runs, they hardly change it. Is "
                "the kernel size still 1? Does each variant start from the base again, with its own changes "
                "only?"
            ),
            large - small,
        )
    if small > means["no skip"]:
        return "'1×1' scores more than 'no skip', and in our runs it scores less: does it train on the same batches?"
    if full - small < 0.8:
        return say(
            ("'1×1' is only {0:.1f} dB below the base, in our runs over 1 dB: do both layers have 1×1 kernels?"),
            full - small,
        )
    return ""


EXERCISES = {
    "10.7a": Function(
        reference=_weights,
        otherwise=_whole_factor,
        probe=_about_the_weights,
        cases=lambda generator: [
            (n, m, corners)
            for n, m in [(2, 4), (3, 5), (4, 2), (5, 3), (7, 4), (1, 3), (3, 1), (4, 4), (6, 9)]
            for corners in (False, True)
        ],
        without=FORBIDDEN,
        mistakes={
            "the two conventions are swapped": lambda n, m, corners: _weights(n, m, not corners),
            "align_corners has no effect: this is always False": lambda n, m, corners: _weights(n, m),
            "align_corners has no effect: this is always True": lambda n, m, corners: _weights(n, m, True),
            "the matrix is transposed: it has a row for each output pixel": lambda n, m, corners: _weights(n, m, corners).T,
            "both half pixels are missing with align_corners=False": _positions(lambda n, m: _steps(m) * n / m, True),
            "the second half pixel is missing with align_corners=False": _positions(
                lambda n, m: (_steps(m, 0.5) * n / m).clamp(max=n - 1), True
            ),
            "with align_corners=True, the steps are (n − 1)/(m − 1) wide, not n/m": _positions(
                lambda n, m: (_steps(m) * n / m).clamp(max=n - 1), False
            ),
            "with align_corners=True, the steps are (n − 1)/(m − 1) wide, not (n − 1)/m": _positions(
                lambda n, m: _steps(m) * (n - 1) / m, False
            ),
            "positions beyond the outermost pixels have to move to them, or weights become negative": _continued,
            "with a single output pixel and align_corners=True, m − 1 is 0: its position is 0": lambda n, m, corners: (
                _weights(n, m, corners) * (1 // (not (corners and m == 1)))
            ),
            "each output reads one pixel only: where's the neighbor with the weight w?": lambda n, m, corners: _weights(
                n, m, corners
            ).round(),
            "the weights of the two neighbors are swapped": lambda n, m, corners: _swapped(n, m, corners),
            "with align_corners=False, one step of the output is n/m pixels of the input, not m/n": _positions(
                lambda n, m: (_steps(m, 0.5) * m / n - 0.5).clamp(0, n - 1), True
            ),
            "n and m are swapped in the positions: one output is n/m input pixels wide, or a step (n − 1)/(m − 1)": (
                lambda n, m, corners: _read_at(
                    n, (_steps(m) * (m - 1) / max(n - 1, 1) if corners else _steps(m, 0.5) * m / n - 0.5).clamp(0, n - 1)
                )
            ),
            "the first half pixel is missing with align_corners=False": _positions(
                lambda n, m: (_steps(m) * n / m - 0.5).clamp(0, n - 1), True
            ),
        },
        hints=[
            "Compute all m positions first, then the lower neighbor and w of each.",
            "Row i has 1 − w in the column of the lower neighbor. What if lower and upper are the same pixel?",
            "Adding to a matrix of zeros handles that: two weights in one place add up.",
        ],
        praise="Each row adds up to 1, so an even gray stays as it is, whatever the two sizes are.",
    ),
    "10.7b": Function(
        reference=_resize,
        probe=_about_the_images,
        cases=_images,
        without=FORBIDDEN,
        mistakes={
            "the rows are resized, the columns aren't": lambda X, rows, columns: rows @ X,
            "the columns are resized, the rows aren't": lambda X, rows, columns: X @ columns.T,
            "height and width of the result are swapped": lambda X, rows, columns: _resize(X, rows, columns).mT,
            "the two matrices are swapped: rows has a column for each row of X": lambda X, rows, columns: _resize(
                X, columns, rows
            ),
            "the second matrix isn't transposed": lambda X, rows, columns: rows @ X @ columns,
            "the products are taken elementwise; a matrix product adds up over the pixels": lambda X, rows, columns: (
                rows * X * columns
            ),
            "only the first image or channel comes back": lambda X, rows, columns: _resize(X[:1, :1], rows, columns),
            "the first matrix is transposed instead of the second": lambda X, rows, columns: rows.T @ X @ columns,
            "a reshape scrambles the pixels: to multiply along the rows, the axes have to be swapped, e.g. by X.mT": (
                _reshaped
            ),
            "two images, each resized along one axis, are mixed; one axis has to be resized after the other": (
                lambda X, rows, columns: (rows @ X + X @ columns.T) / 2
            ),
            "two images, each resized along one axis, are added; one axis has to be resized after the other": (
                lambda X, rows, columns: rows @ X + X @ columns.T
            ),
            "the channels are added up; each is resized by itself": lambda X, rows, columns: _resize(
                X.sum(1, keepdim=True), rows, columns
            ),
            "the images are added up; each is resized by itself": lambda X, rows, columns: _resize(
                X.sum(0, keepdim=True), rows, columns
            ),
            "only the first image comes back: does the function return inside a loop?": lambda X, rows, columns: _resize(
                X[:1], rows, columns
            ),
            "only the first channel comes back": lambda X, rows, columns: _resize(X[:, :1], rows, columns),
            "axes of size 1 are gone; keep all four": lambda X, rows, columns: _resize(X, rows, columns).squeeze(),
            "images and channels share one axis; give it back its two": lambda X, rows, columns: _resize(
                X, rows, columns
            ).flatten(0, 1),
            "the channels are averaged; each is resized by itself": lambda X, rows, columns: _resize(
                X.mean(1, keepdim=True), rows, columns
            ),
        },
        hints=[
            "rows @ X resizes every column of an image: row i of the product is a mix of its rows.",
            "For the other axis, transpose, multiply, and transpose back. Can you do it with one product?",
        ],
        praise="Two matrix products resize a whole batch. They're linear, so the gradient is their transpose.",
    ),
    "10.7c": Function(
        reference=_sharp_or_wide,
        probe=_about_the_tents,
        cases=lambda generator: [(4, 2), (6, 2), (8, 4), (7, 3), (5, 5), (9, 4), (5, 4), (10, 1), (3, 6), (4, 7), (1, 3)],
        without=FORBIDDEN,
        mistakes={
            "this is without antialiasing: the tent isn't widened, so each output reads two pixels": lambda n, m: _weights(
                n, m
            ),
            "the rows don't add up to 1 at the border: divide each by its sum, not by its width": lambda n, m: _tents(
                n, m, normalized=False
            ),
            "the tents aren't divided by their sums": lambda n, m: _tents(n, m, normalized=False) * max(n / m, 1),
            "the tent is too wide by a factor of 2": lambda n, m: _tents(n, m, width=2 * max(n / m, 1)),
            "the tent is too narrow by a factor of 2": lambda n, m: _tents(n, m, width=max(n / m, 1) / 2),
            "if the row grows, the tent keeps its width of one pixel": lambda n, m: _tents(n, m, width=n / m),
            "the half pixels are missing: compare the centers, i + ½ and j + ½": lambda n, m: _tents(n, m, plus=0),
            "the tent's reach is n/m, a fraction for some sizes, and yours is rounded down": lambda n, m: _tents(
                n, m, width=max(n // m, 1)
            ),
            "the tent's reach is n/m, a fraction for some sizes, and yours is rounded up": lambda n, m: _tents(
                n, m, width=max(math.ceil(n / m), 1)
            ),
            "the tent's reach is n/m, and yours is m/n": lambda n, m: _tents(n, m, width=max(m / n, 1)),
            "all pixels under the tent weigh the same; the weight falls with the distance": lambda n, m: F.normalize(
                (_tents(n, m) > 0).double(), p=1, dim=1
            ),
            "these are means of equal weights; a tent weighs the middle more": _boxes,
            "the matrix is transposed: it has a row for each output pixel": lambda n, m: _sharp_or_wide(n, m).T,
        },
        hints=[
            "Measured in input pixels, output i has its center at (i + ½)·n/m from the edge, and pixel j at j + ½.",
            "The tent is 1 at distance 0 and falls linearly to 0 at a distance of n/m, or of 1 if the row doesn't shrink.",
            "At the border, part of the tent has nothing to read. What must each row add up to?",
        ],
        praise="The tent covers as many pixels as an output stands for, and that's all that antialias=True does.",
    ),
    "10.8a": _BaseFirst(
        reference=_one_at_a_time,
        probe=_about_the_variants,
        cases=_changes,
        mistakes={
            "the changes pile up: each variant starts from the base again": _piled_up,
            "the base itself is missing": lambda base, changes: {n: {**base, **c} for n, c in changes.items()},
            "the variants hold their changes only; the other settings are those of the base": lambda base, changes: {
                "base": base,
                **changes,
            },
            "the base's settings win over the changes": lambda base, changes: {
                "base": base,
                **{name: {**change, **base} for name, change in changes.items()},
            },
            "the settings that a variant changes are gone; they have to get their new values": lambda base, changes: {
                "base": base,
                **{name: {k: v for k, v in base.items() if k not in change} for name, change in changes.items()},
            },
            "only the first variant is there: does the function return inside the loop?": lambda base, changes: (
                _one_at_a_time(base, dict(list(changes.items())[:1]))
            ),
            "every variant has all changes": lambda base, changes: {
                "base": base,
                **{name: {**base, **_all_of(changes)} for name in changes},
            },
        },
        hints=[
            "Each variant is a copy of the base with a few keys replaced. What happens if it isn't a copy?",
            "{**a, **b} is a new dictionary. Which of the two wins where both have a key?",
        ],
        praise="One change at a time, and the base is still what it was.",
    ),
    "10.8b": Function(
        reference=_report,
        probe=_about_the_report,
        cases=_scores,
        mistakes={
            "the word compares means; ranges that overlap show no difference": _with_word(_by_mean),
            "ranges that touch aren't apart: a score that both have is overlap": _with_word(_touching),
            "the word compares seed by seed, but seed 0 of two networks has nothing in common: compare the ranges": (
                _with_word(_seed_by_seed)
            ),
            "the word compares highest with highest, or lowest with lowest; compare the ends that face each other": (
                _with_word(_by_extremes)
            ),
            "the word compares the mean with the base's range; compare both ranges": _with_word(_mean_outside),
            "the word compares highest with highest and lowest with lowest; compare the ends that face each other": (
                _with_word(_by_both_ends)
            ),
            "each network is compared with the one before it; compare all with the base": lambda scores: [
                (*line[:4], _word(own, before, i))
                for i, (line, own, before) in enumerate(
                    zip(_report(scores), scores.values(), [[], *scores.values()], strict=False)
                )
            ],
            "what isn't higher is called lower; if the ranges overlap, it's neither": _with_word(
                lambda own, base, i: {"overlap": "lower"}.get(_word(own, base, i), _word(own, base, i))
            ),
            "what isn't lower is called higher; if the ranges overlap, it's neither": _with_word(
                lambda own, base, i: {"overlap": "higher"}.get(_word(own, base, i), _word(own, base, i))
            ),
            "each sum is divided by the base's number of seeds; each network may have its own": lambda scores: [
                (name, mean * len(scores[name]) / len(next(iter(scores.values()))), *rest)
                for name, mean, *rest in _report(scores)
            ],
            "the means, the lowest, and the highest scores are rounded; give them as they are": (
                lambda scores: [(line[0], *(round(x, 2) for x in line[1:4]), line[4]) for line in _report(scores)]
            ),
            "'higher' and 'lower' are swapped": _with_word(
                lambda own, base, i: {"higher": "lower", "lower": "higher"}.get(_word(own, base, i), _word(own, base, i))
            ),
            "the first network is the base; its word is 'base'": _with_word(lambda own, base, i: _word(own, base, 1)),
            "the base is missing in the report": lambda scores: _report(scores)[1:],
            "lowest and highest are swapped": lambda scores: [(n, a, c, b, word) for n, a, b, c, word in _report(scores)],
            "that's the median; give the mean": lambda scores: [
                (name, sorted(own)[len(own) // 2] if len(own) % 2 else sum(sorted(own)[len(own) // 2 - 1 :][:2]) / 2, *rest)
                for (name, _, *rest), own in zip(_report(scores), scores.values(), strict=True)
            ],
            "give a list of tuples, not a dictionary": lambda scores: {
                name: tuple(rest) for name, *rest in _report(scores)
            },
            "the word is missing": lambda scores: [entry[:4] for entry in _report(scores)],
        },
        hints=[
            "The base is the first entry: next(iter(scores.values())) are its scores.",
            "When are two ranges apart? Compare the end of one with the beginning of the other.",
        ],
        praise="A difference counts only if no run of the one reaches a run of the other.",
    ),
    "10.8c": Function(
        reference=_matching,
        probe=_about_the_channels,
        cases=_nets,
        mistakes={
            "the size of the kernel enters squared: a 3×3 kernel has nine weights": lambda c, k, other: max(
                1, round(c * (5 * k + 1) / (5 * other + 1))
            ),
            "the biases of the first layer are missing: there's one for each channel": lambda c, k, other: max(
                1, round(c * k**2 / other**2)
            ),
            "only the first layer is counted, or too many biases: the second one has 4 in all": lambda c, k, other: max(
                1, round(c * (k**2 + 1) / (other**2 + 1))
            ),
            "rounded down, the number isn't always the closest": lambda c, k, other: _matching(c, k, other, math.floor),
            "rounded up, the number isn't always the closest": lambda c, k, other: _matching(c, k, other, math.ceil),
            "0 channels make no network: where even one channel is too many, the answer is 1": lambda c, k, other: round(
                (_parameters(c, k) - 4) / (5 * other**2 + 1)
            ),
            "the second layer has 4 output channels, so each of its input channels has 4 kernels": lambda c, k, other: max(
                1, round(c * (2 * k**2 + 1) / (2 * other**2 + 1))
            ),
            "the two kernel sizes are swapped: the answer is for other_size": lambda c, k, other: (
                _matching(c, other, k) if k != other else c
            ),
            "the number of channels has to be an integer": lambda c, k, other: c * (5 * k**2 + 1) / (5 * other**2 + 1),
            "the number of channels stays the same, so the number of parameters doesn't": lambda c, k, other: c,
            "that's the number of parameters; how many channels need as many?": lambda c, k, other: _parameters(c, k),
            "the four biases of the second layer have to go on both sides": lambda c, k, other: max(
                1, round(_parameters(c, k) / (5 * other**2 + 1))
            ),
        },
        hints=[
            "Count the parameters of the base: two layers, each with weights and biases.",
            "As a function of the channels c, the number is a·c + 4. What is a for each of the two kernel sizes?",
            "Solve for c, and take the nearest integer.",
        ],
        praise="With as many parameters, a difference between the two can't be due to their number.",
    ),
    "10.8d": Choice(
        test=_measured,
        hints=[
            "For each name, and for each seed, call score_of once. Two comprehensions, one inside the other, do that.",
            "The settings of '1×1, as many weights' are those of '1×1' and the channels from the previous step.",
        ],
        praise="Your runs show what ours did: without the skip, the ReLU, or the 3×3 windows, the network scores less.",
    ),
}
