"""The longer tasks of notebook 11: a saliency map and its sanity check; a fair search and a fair ablation."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from .._language import message, say
from ._comparing import as_tensor, plain, show
from ._kinds import Choice, Exercise, Function
from ._slips import apart, of_slips

# 11.7: what the network looks at


def _nets(generator: torch.Generator, shapes: tuple = ((4, 4, 3), (4, 6, 4), (8, 6, 5))) -> list[tuple]:
    """(net, image) in float64, in evaluation mode; the sides of the images differ."""
    cases = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for height, width, classes in shapes:
            side = (height - 2) * (width - 2)
            net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * side, classes)).double().eval()
            cases.append((net, torch.rand(1, height, width, generator=generator, dtype=torch.float64)))
    return cases


def _saliency(
    *, target: Callable = lambda logits: logits.max(), form: Callable = lambda gradient, image: gradient
) -> Callable[[nn.Module, Tensor], Tensor]:
    def saliency(net: nn.Module, image: Tensor) -> Tensor:
        image = image.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(target(net(image[None])[0]), image)
        return form(gradient, image.detach())

    return saliency


_SALIENCY_SLIPS = {
    "target": {
        "this is the gradient of the sum of all logits; only the largest one is asked for": lambda logits: logits.sum(),
        "this is the gradient of the first logit, whichever class wins": lambda logits: logits[0],
        "this is the gradient of the last logit, whichever class wins": lambda logits: logits[-1],
        "this is the gradient of the smallest logit; the winning class has the largest": lambda logits: logits.min(),
        "this is the gradient of the winning probability; the logit is asked for, before the softmax": (
            lambda logits: logits.softmax(dim=0).max()
        ),
        "this is the gradient of the loss or the log-probability; the logit is asked for": (
            lambda logits: logits.log_softmax(dim=0).max()
        ),
        "this is the gradient of the loss, whose sign is opposite, too; the logit is asked for": (
            lambda logits: -logits.log_softmax(dim=0).max()
        ),
        "the sign is wrong: the logit should grow along the gradient": lambda logits: -logits.max(),
        "this is the gradient of the mean of the logits; only the largest one is asked for": lambda logits: logits.mean(),
    },
    "form": {
        "the signs are gone: return the gradient itself, not its absolute value": lambda gradient, image: gradient.abs(),
        "this is gradient times image; the gradient alone is asked for": lambda gradient, image: gradient * image,
        "the gradient is scaled to a largest value of 1; return it as it is": lambda gradient, image: (
            gradient / gradient.abs().max()
        ),
        "the channel axis is missing: the result should have the shape of the image": lambda gradient, image: gradient[0],
        "the batch axis is still there: the result should have the shape of the image": lambda gradient, image: gradient[
            None
        ],
        "the gradient is added to the image; return the gradient alone": lambda gradient, image: image + gradient,
    },
}


_NO_GRADIENT = "is the return missing?"
_OR_CUT_OFF = (
    "is the return missing? Or does no gradient reach the tensor whose grad is returned? item(), detach(), and "
    "torch.tensor cut a number off from the image, and grad is filled in only where requires_grad is on"
)


@dataclass(frozen=True, kw_only=True)
class _Saliency(Function):
    """A function whose image should come back without a gradient: it would be added to the next one."""

    def problem(self, answer: Any) -> str:
        if said := super().problem(answer):
            return said.replace(say(_NO_GRADIENT), say(_OR_CUT_OFF))
        net, image = self.cases(torch.Generator().manual_seed(0))[0]
        answer(net, image)
        if image.grad is not None:
            return "the gradient is right, but it's left in image.grad, and a second call would add to it: work on a copy"
        if image.requires_grad:
            return "the gradient is right, but image asks for gradients from now on, requires_grad is True: work on a copy"
        return ""


def _patches(generator: torch.Generator) -> list[tuple]:
    nets = _nets(generator, ((4, 4, 3), (4, 6, 4), (6, 9, 5)))
    return [(net, image, size) for (net, image), size in zip(nets, (2, 2, 3), strict=True)]


def _occlusion(
    *,
    score: Callable = lambda logits, winner: logits[winner],
    drop: Callable = lambda whole, occluded: whole - occluded,
    winner: Callable = lambda whole, occluded: whole.argmax(),
    fill: Callable = lambda image: 0.0,
    place: Callable = lambda i, j, size: (i * size, j * size),
    keeps: bool = False,
    part: Callable = lambda size: size,
    rest: bool = False,
    slides: bool = False,
) -> Callable[[nn.Module, Tensor, int], Tensor]:
    def occlusion(net: nn.Module, image: Tensor, size: int) -> Tensor:
        with torch.no_grad():
            rows, columns = (n - size + 1 if slides else n // size for n in image.shape[1:])
            found, whole, covered = image.new_zeros(rows, columns), net(image[None])[0], image.clone()
            for i, j in itertools.product(range(rows), range(columns)):
                covered = covered if keeps else image.clone()
                a, b = (i, j) if slides else place(i, j, size)
                covered[:, a : a + part(size), b : b + part(size)] = fill(image)
                covered = image - covered if rest else covered
                logits = net(covered[None])[0]
                k = winner(whole, logits)
                found[i, j] = drop(score(whole, k), score(logits, k))
            return found

    return occlusion


_OCCLUSION_SLIPS = {
    "score": {
        "this is the drop of the probability; that of the logit is asked for": lambda logits, winner: logits.softmax(dim=0)[
            winner
        ],
        "this is the drop of the first logit, whichever class wins": lambda logits, winner: logits[0],
        "this is the drop of the sum of all logits; the winning one is asked for": lambda logits, winner: logits.sum(),
        "the largest logit of the covered image may belong to another class; follow the class that won at first": (
            lambda logits, winner: logits.max()
        ),
    },
    "drop": {
        "the sign is wrong: a patch that the network needs should have a positive value": lambda whole, occluded: (
            occluded - whole
        ),
        "this is the logit with the patch covered; the drop from the whole image is asked for": lambda whole, occluded: (
            occluded
        ),
        "the signs are gone: a patch that speaks against the class has a negative value": lambda whole, occluded: (
            whole - occluded
        ).abs(),
        "negative drops have become 0: a patch that speaks against the class has a negative value": (
            lambda whole, occluded: (whole - occluded).clamp(min=0)
        ),
        "this is the drop as a share of the logit; the difference is asked for": lambda whole, occluded: (
            (whole - occluded) / whole
        ),
    },
    "winner": {
        "the winning class is looked up again for each covered image; it's the one of the whole image": (
            lambda whole, occluded: occluded.argmax()
        ),
    },
    "fill": {
        "the patch is filled with 1, not with 0": lambda image: 1.0,
        "the patch is filled with the image's mean, not with 0": lambda image: image.mean(),
    },
    "keeps": {"the patches stay covered: start from a copy of the whole image each time": True},
    "part": {
        "only one pixel of each patch is covered": lambda size: 1,
        "the patch is too small by 1 in each direction: a slice leaves out its end": lambda size: size - 1,
        "the patch is too large by 1": lambda size: size + 1,
    },
    "place": {
        "rows and columns are exchanged": lambda i, j, size: (j * size, i * size),
        "patch number i starts at row i; side by side, it's row i · size": lambda i, j, size: (i, j),
    },
    "rest": {"everything except the patch is covered; it should be the patch alone": True},
    "slides": {"the patches slide by one pixel and overlap; they should lie side by side": True},
}


def _pairs_of_maps(generator: torch.Generator) -> list[tuple]:
    a = torch.tensor([[1.0, 2.0, 4.0]], dtype=torch.float64)
    cases = [(a, torch.tensor([[10.0, 5.0, 20.0]], dtype=torch.float64))]
    for height, width in ((3, 4), (5, 5)):
        a = torch.randn(height, width, generator=generator, dtype=torch.float64)
        noise = torch.randn(height, width, generator=generator, dtype=torch.float64)
        cases.append((a, (a + noise).exp()))  # exp bends the values and leaves their order as it is
    return [*cases, (a, (noise - a).exp())]


def _ranks(a: Tensor) -> Tensor:
    return a.flatten().argsort().argsort().double()


def _correlation(a: Tensor, b: Tensor) -> float:
    return torch.corrcoef(torch.stack([a.flatten().double(), b.flatten().double()]))[0, 1].item()


def _rank_distance(a: Tensor, b: Tensor) -> float:
    """What is subtracted from 1 in Spearman's formula."""
    return (6 * (a - b).square().sum() / (len(a) * (len(a) ** 2 - 1))).item()


def _agreeing_pairs(a: Tensor, b: Tensor) -> float:
    signs = (a[:, None] - a).sign() * (b[:, None] - b).sign()
    return (signs.sum() / (len(a) * (len(a) - 1))).item()


def _by(first: Callable[[Tensor], Tensor], second: Callable[[Tensor], Tensor] | None = None, of: Callable = _correlation):
    return lambda a, b: of(first(a), (second or first)(b))


_RANK_CORRELATIONS = {
    "this is the correlation of the values; that of their ranks is asked for": _by(lambda a: a),
    "argsort gives the places of the sorted values, not the ranks: the rank of each value takes one more step": _by(
        lambda a: a.flatten().argsort()
    ),
    "only one of the two maps is replaced by its ranks": _by(_ranks, lambda b: b),
    "only the second map is replaced by its ranks": _by(lambda a: a, _ranks),
    "one of the maps is ranked from the largest, the other from the smallest value": _by(_ranks, lambda b: -_ranks(b)),
    "the ranks' mean isn't subtracted": _by(
        _ranks, of=lambda a, b: torch.nn.functional.cosine_similarity(a + 1, b + 1, dim=0).item()
    ),
    "the ranks' mean isn't subtracted, and they start at 0": _by(
        _ranks, of=lambda a, b: torch.nn.functional.cosine_similarity(a, b, dim=0).item()
    ),
    "this is the covariance of the ranks; divide by both deviations": _by(
        _ranks, of=lambda a, b: torch.cov(torch.stack([a, b]))[0, 1].item()
    ),
    "the covariance and the deviations don't divide by the same number, n here and n − 1 there": _by(
        _ranks, of=lambda a, b: _correlation(a, b) * (len(a) - 1) / len(a)
    ),
    "this is the formula with the squared rank differences, but they're divided by n² − 1; n · (n² − 1) is right": _by(
        _ranks, of=lambda a, b: 1 - _rank_distance(a, b) * len(a)
    ),
    "this is the formula with the squared rank differences, but they're divided by n³; n · (n² − 1) is right": _by(
        _ranks, of=lambda a, b: 1 - _rank_distance(a, b) * (1 - len(a) ** -2)
    ),
    "this is the formula with the squared rank differences, without its 1 −: it's 0 for equal orders": _by(
        _ranks, of=lambda a, b: _rank_distance(a, b)
    ),
    "this is the whole matrix of correlations; the one number between the two maps is asked for": _by(
        _ranks, of=lambda a, b: torch.corrcoef(torch.stack([a, b]))
    ),
    "this counts pairs of pixels in the same and in the opposite order, which is Kendall's correlation; that of the ranks "
    "is asked for": _by(_ranks, of=lambda a, b: _agreeing_pairs(a, b)),
    "this is the square of the rank correlation": _by(_ranks, of=lambda a, b: _correlation(a, b) ** 2),
    "the sign is gone: opposite orders have the correlation −1": _by(_ranks, of=lambda a, b: abs(_correlation(a, b))),
    "each row is ranked by itself; the ranks should go through the whole map": _by(
        lambda a: a.argsort(dim=1).argsort(dim=1)
    ),
    "the absolute values are ranked; the maps' values as they are should be": _by(lambda a: _ranks(a.abs())),
    "this is the share of places with equal ranks": _by(_ranks, of=lambda a, b: (a == b).double().mean().item()),
}


# 11.8: a search and an ablation


@dataclass
class _Net:
    """Stands for a network: remembers how it was made and with which rates it was trained."""

    variant: str = ""
    seed: int = 0
    rates: list[float] = field(default_factory=list)


@dataclass
class _Bench:
    """Builds such networks, trains and scores them by a table, and writes down what happens."""

    table: dict[tuple, float]
    nets: list[_Net] = field(default_factory=list)
    scored: list[tuple] = field(default_factory=list)
    looked_at: dict[str, list[int]] = field(default_factory=lambda: {"val": [], "test": []})  # the nets' ids

    def build(self, variant: str = "", seed: int = 0) -> _Net:
        self.nets.append(_Net(variant, seed))
        return self.nets[-1]

    def fit(self, net: _Net, rate: float) -> None:
        net.rates.append(float(rate))

    def score(self, net: _Net, part: str) -> float:
        if part not in ("val", "test"):
            raise ValueError(message("part must be 'val' or 'test', got {part!r}", part=part))
        self.scored.append((net.variant, net.rates[-1] if net.rates else None, net.seed, part))
        self.looked_at[part].append(id(net))
        if not net.rates:
            return 0.1
        return self.table[net.variant, net.rates[-1], net.seed, part] - 0.05 * (len(net.rates) - 1)

    def wrong_training(self, what: str) -> str:
        if any(len(net.rates) > 1 for net in self.nets):
            return say("one network is trained with several rates in a row; {0} needs a new one from build", what)
        if any(scored[1] is None for scored in self.scored):
            return "a network is scored before it's trained"
        return ""


def _picks_a_rate(answer: Any) -> str:
    if not callable(answer):
        return say("give the function itself, check(…, pick_rate), not {0}", show(answer))
    scores = {  # rate → (validation accuracy, test accuracy)
        "small": {0.01: (0.61, 0.60), 0.1: (0.84, 0.82), 1.0: (0.83, 0.85)},
        "falling": {0.001: (0.90, 0.88), 0.01: (0.88, 0.89), 0.1: (0.70, 0.71), 1.0: (0.10, 0.12)},
        "rising": {1.0: (0.30, 0.33), 0.3: (0.75, 0.80), 0.1: (0.79, 0.77), 0.03: (0.81, 0.76)},
    }
    for rates in scores.values():
        bench = _Bench(
            {("", rate, 0, part): pair[i] for rate, pair in rates.items() for i, part in enumerate(("val", "test"))}
        )
        result = plain(answer(bench.build, bench.fit, bench.score, list(rates)))
        if problem := _wrong_search(bench, rates, result):
            return problem
    return ""


def _wrong_search(bench: _Bench, rates: dict[float, tuple[float, float]], result: Any) -> str:
    if result is None:
        return "it returned None: is the return missing?"
    if not isinstance(result, tuple) or len(result) != 2 or as_tensor(result) is None:
        return say("it should return two numbers, the rate and the test accuracy, not {0}", show(result))
    if problem := bench.wrong_training("each rate"):
        return problem
    tried = {scored[1] for scored in bench.scored if scored[3] == "val"}
    tests = [scored[1] for scored in bench.scored if scored[3] == "test"]
    if not tried:
        why = ": the test set must not choose the rate" if len(tests) > 1 else ", so no comparison has chosen the rate"
        return say("nothing is scored on the validation set{0}", why)
    if len(tests) > 1:
        return say("the test set is scored {0} times; it's there for one score, of the network that's chosen", len(tests))
    if missing := sorted(set(rates) - tried):
        return say("not every rate is tried: {0} never gets to the validation set", ", ".join(map(str, missing)))
    best = max(rates, key=lambda rate: rates[rate][0])
    rate, accuracy = map(float, result)
    if not tests:
        return "the test set is never scored: the validation accuracy of the winner is too optimistic, because it won by it"
    if rate != best and best == accuracy:
        return "the test accuracy comes first in the result; the rate should"
    if rate != best and rate == float(list(rates).index(best)):
        return "the first of the two numbers is the place of the best rate in the list; the rate itself is asked for"
    if rate == min(rates, key=lambda rate: rates[rate][0]):
        return say("{0:g} has the lowest validation accuracy; the highest one wins", rate)
    if rate != best:
        return say("the rate {0:g} isn't the one with the highest validation accuracy, which is {1}", rate, rates[best][0])
    if accuracy == rates[best][0]:
        return "the second number is the winner's validation accuracy; its test accuracy is asked for"
    if abs(accuracy - rates[best][1]) > 1e-6:
        at = say("at {0:g}, ", tests[0]) if tests[0] != best else ""
        return say(
            "the test accuracy is that of another network: {0}{1:.3f}; the winner has {2:.3f}", at, accuracy, rates[best][1]
        )
    if bench.looked_at["test"][0] not in bench.looked_at["val"]:
        return (
            "the network that is tested isn't the one that won, but a new one, trained with the same rate: "
            "in real training, it would be another network with another accuracy, so keep the winner"
        )
    return ""


def _accuracies(_generator: torch.Generator) -> list[tuple]:
    return [
        ([0.80, 0.82], [0.86, 0.88]),
        ([0.80, 0.84, 0.82], [0.83, 0.81, 0.85, 0.83]),
        ([0.90, 0.91, 0.92, 0.91, 0.90], [0.80, 0.84]),
        ([0.70, 0.78, 0.74], [0.785, 0.795, 0.79]),
        ([0.70, 0.72, 0.71, 0.73], [0.733, 0.728, 0.719]),
        ([0.70, 0.72, 0.71, 0.73, 0.69], [0.74, 0.70, 0.72, 0.73]),
    ]


def _compared(
    *,
    difference: Callable = lambda a, b: b.mean() - a.mean(),
    error: Callable = lambda a, b: (a.var() / len(a) + b.var() / len(b)).sqrt(),
    decide: Callable = lambda difference, error: abs(difference) > 2 * error,
    result: Callable = lambda difference, error, decision: (difference, error, decision),
) -> Callable[[list[float], list[float]], Any]:
    def compare(a: list[float], b: list[float]) -> Any:
        a, b = torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
        d, e = difference(a, b).item(), error(a, b).item()
        return result(d, e, bool(decide(d, e)))

    return compare


_COMPARISON_SLIPS = {
    "difference": {
        "the difference should be positive where b is better: mean of b minus mean of a": lambda a, b: a.mean() - b.mean(),
        "the sign of the difference is gone": lambda a, b: (b.mean() - a.mean()).abs(),
        "this is the difference of the best runs; that of the means is asked for": lambda a, b: b.max() - a.max(),
        "this is the difference of the medians; that of the means is asked for": lambda a, b: (
            b.quantile(0.5) - a.quantile(0.5)
        ),
        "the difference is divided by the mean of a; it's asked for as it is": lambda a, b: (
            (b.mean() - a.mean()) / a.mean()
        ),
        "this is the difference of the first runs; that of the means is asked for": lambda a, b: b[0] - a[0],
    },
    "error": {
        "the variances divide by n; with so few runs, n − 1 makes a difference": lambda a, b: (
            a.var(unbiased=False) / len(a) + b.var(unbiased=False) / len(b)
        ).sqrt(),
        "this is the spread of single runs; the mean of n runs varies less": lambda a, b: (a.var() + b.var()).sqrt(),
        "the standard errors are added; for independent runs, their squares add up": lambda a, b: (
            a.std() / math.sqrt(len(a)) + b.std() / math.sqrt(len(b))
        ),
        "the root is missing: this is the square of the standard error": lambda a, b: a.var() / len(a) + b.var() / len(b),
        "the deviations are divided by n, not by the root of n": lambda a, b: (
            (a.std() / len(a)) ** 2 + (b.std() / len(b)) ** 2
        ).sqrt(),
        "there are standard deviations under the root; their squares, the variances, belong there": lambda a, b: (
            a.std() / len(a) + b.std() / len(b)
        ).sqrt(),
        "only the spread of a is in the standard error": lambda a, b: (a.var() / len(a)).sqrt(),
        "only the spread of b is in the standard error": lambda a, b: (b.var() / len(b)).sqrt(),
        "both sets are taken to have as many runs as a": lambda a, b: ((a.var() + b.var()) / len(a)).sqrt(),
        "both sets are taken to have as many runs as b": lambda a, b: ((a.var() + b.var()) / len(b)).sqrt(),
        "the runs of both sets are thrown together, so their difference is in the spread": lambda a, b: (
            torch.cat([a, b]).std() / math.sqrt(len(a) + len(b))
        ),
        "the two deviations are subtracted; spreads of independent runs add up": lambda a, b: (a.std() - b.std()).abs(),
    },
    "decide": {
        "a b that is clearly worse differs, too: compare the absolute value": lambda difference, error: (
            difference > 2 * error
        ),
        "the difference has to exceed two standard errors, not one": lambda difference, error: abs(difference) > error,
        "the answer is the wrong way around: True means that the difference exceeds two standard errors": (
            lambda difference, error: abs(difference) <= 2 * error
        ),
        "every difference counts, however small": lambda difference, error: difference != 0,
        "the difference has to exceed two standard errors, not three": lambda difference, error: (
            abs(difference) > 3 * error
        ),
    },
    "result": {
        "only the decision is returned; three values are asked for": lambda difference, error, decision: decision,
        "the decision is missing from the result": lambda difference, error, decision: (difference, error),
        "two standard errors are returned; one is asked for": lambda difference, error, decision: (
            difference,
            2 * error,
            decision,
        ),
        "the standard error comes first; the difference should": lambda difference, error, decision: (
            error,
            difference,
            decision,
        ),
    },
}


def _paired(a: list[float], b: list[float]) -> tuple[float, float, bool]:
    differences = torch.tensor([y - x for x, y in zip(a, b, strict=False)], dtype=torch.float64)
    difference, error = differences.mean().item(), (differences.var() / len(differences)).sqrt().item()
    return difference, error, abs(difference) > 2 * error


def _relative(a: list[float], b: list[float]) -> tuple[float, float, bool]:
    difference, error, decision = _compared()(a, b)
    return difference / (sum(a) / len(a)), error, decision


_COMPARISONS = {
    "the runs are compared pair by pair, and those without a partner are left out; but the runs are independent": (_paired),
    "the difference is divided by the mean of a in the result; it's asked for as it is": _relative,
    **of_slips(_compared, _COMPARISON_SLIPS),
}


_RATES, _SEEDS, _VARIANTS = [0.01, 0.03, 0.1, 1.0, 3.0], [3, 4, 5], ["plain", "normalized"]


def _runs() -> dict[tuple, float]:
    """A table in which each way of choosing chooses something else."""
    val = {
        ("plain", 0.01): (0.86, 0.69, 0.7),
        ("plain", 0.03): (0.66, 0.65, 0.62),
        ("plain", 0.1): (0.85, 0.63, 0.8),
        ("plain", 1.0): (0.84, 0.9, 0.58),
        ("plain", 3.0): (0.75, 0.58, 0.72),
        ("normalized", 0.01): (0.59, 0.61, 0.9),
        ("normalized", 0.03): (0.74, 0.75, 0.73),
        ("normalized", 0.1): (0.8, 0.85, 0.87),
        ("normalized", 1.0): (0.9, 0.82, 0.7),
        ("normalized", 3.0): (0.89, 0.85, 0.82),
    }
    test = {
        ("plain", 0.01): (0.79, 0.59, 0.84),
        ("plain", 0.03): (0.9, 0.87, 0.88),
        ("plain", 0.1): (0.81, 0.86, 0.83),
        ("plain", 1.0): (0.61, 0.72, 0.87),
        ("plain", 3.0): (0.61, 0.89, 0.86),
        ("normalized", 0.01): (0.67, 0.87, 0.64),
        ("normalized", 0.03): (0.74, 0.7, 0.69),
        ("normalized", 0.1): (0.67, 0.81, 0.75),
        ("normalized", 1.0): (0.68, 0.81, 0.84),
        ("normalized", 3.0): (0.83, 0.61, 0.85),
    }
    parts = {"val": val, "test": test}
    return {
        (*key, seed, part): scores[i]
        for part, table in parts.items()
        for key, scores in table.items()
        for i, seed in enumerate(_SEEDS)
    }


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _chosen(
    part: str = "val",
    of: Callable = _mean,
    searched: Callable[[str], list[str]] = lambda variant: [variant],
    each: bool = False,
    shown: str = "test",
    first_only: bool = False,
) -> dict:
    """The result of an ablation that chooses in that way: by which scores, from which of them, with which variants."""
    table = _runs()

    def best(variants: list[str], seeds: list[int]) -> float:
        return max(_RATES, key=lambda rate: of([_mean([table[v, rate, seed, part] for v in variants]) for seed in seeds]))

    result = {}
    for variant in _VARIANTS:
        rates = [best(searched(variant), [seed] if each else _SEEDS) for seed in _SEEDS]
        result[variant] = [table[variant, rate, seed, shown] for rate, seed in zip(rates, _SEEDS, strict=True)]
        if first_only:
            result[variant] = result[variant][:1] * len(_SEEDS)
    return result


_FIRST = {"searched": lambda variant: _VARIANTS[:1]}
_ABLATIONS = {
    "one rate for both variants, the best one for the first variant, and still chosen on the test set": {
        "part": "test", **_FIRST
    },
    "both variants still get the rate that is best for the first one; each needs its own search": _FIRST,
    "each variant has its own rate now, but it's still chosen on the test set": {"part": "test"},
    "each variant has its own rate now, but it's chosen by the first seed alone": {"of": lambda scores: scores[0]},
    "both variants still get the rate that is best for the first one, by the first seed alone": {
        "of": lambda scores: scores[0], **_FIRST
    },
    "each variant has its own rate now, but it's chosen by the last seed alone": {"of": lambda scores: scores[-1]},
    "both variants get one rate, the best one for both together; each needs its own search": {
        "searched": lambda variant: _VARIANTS
    },
    "both variants get the rate that is best for the last one; each needs its own search": {
        "searched": lambda variant: _VARIANTS[-1:]
    },
    "each variant gets the rate with the lowest mean validation accuracy; the highest one wins": {
        "of": lambda scores: -_mean(scores)
    },
    "each variant has its best rate, but all its runs are those of the first seed; each seed needs a run of its own": {
        "first_only": True
    },
    "the rate is chosen by the luckiest seed, not by the mean": {"of": max},
    "the rate is chosen by the worst seed, not by the mean": {"of": min},
    "each seed gets the rate that is best for itself; a variant needs one rate, chosen by the mean": {"each": True},
    "the validation accuracies are returned; those on the test set are asked for": {"shown": "val"},
}  # fmt: skip


def _is_a_fair_ablation(answer: Any) -> str:
    if not callable(answer):
        return say("give the function itself, check(…, fixed), not {0}", show(answer))
    bench = _Bench(_runs())
    result = answer(bench.build, bench.fit, bench.score, list(_VARIANTS), list(_RATES), list(_SEEDS))
    if result is None:
        return "it returned None: is the return missing?"
    if not isinstance(result, dict) or set(result) != set(_VARIANTS):
        return say("it should return a dict with one entry for each variant, not {0}", show(result))
    result = {variant: plain(scores) for variant, scores in result.items()}
    if problem := bench.wrong_training("each variant, rate, and seed"):
        return problem
    if {net.seed for net in bench.nets} != set(_SEEDS):
        return say(
            "the networks are built with the seeds {0}, not with all of {1}",
            sorted({net.seed for net in bench.nets}),
            _SEEDS,
        )
    for variant, scores in result.items():
        if not isinstance(scores, tuple) or len(scores) != len(_SEEDS):
            return say(
                "for {0!r}, there should be a test accuracy for each of the {1} seeds, not {2}",
                variant,
                len(_SEEDS),
                show(scores),
            )
    if _alike(result, _chosen()):
        looked = {(variant, rate) for variant, rate, _, part in bench.scored if part == "test"}
        return "" if len(looked) == len(_VARIANTS) else "the test set is scored for rates that aren't chosen, too"
    for diagnosis, changes in _ABLATIONS.items():
        if _alike(result, _chosen(**changes)):
            return diagnosis
    wrong = next(variant for variant in _VARIANTS if not _alike(result, _chosen(), variant))
    return say(
        "for {0!r}, these aren't the test accuracies at its best rate, seed by seed: {1}", wrong, show(result[wrong])
    )


def _alike(result: dict, expected: dict, *variants: str) -> bool:
    return all(
        abs(a - b) < 1e-6
        for variant in variants or expected
        for a, b in zip(result[variant], expected[variant], strict=True)
    )


def _first(cases: Callable) -> list[tuple]:
    return cases(torch.Generator().manual_seed(0))


EXERCISES: dict[str, Exercise] = {
    "11.7a": _Saliency(
        reference=_saliency(),
        cases=_nets,
        mistakes=apart(of_slips(_saliency, _SALIENCY_SLIPS), _saliency(), _first(_nets)),
        errors={
            "does not require grad": "gradients lead only to tensors that ask for them: does the image?",
            "can be implicitly created only for scalar outputs": "a gradient needs one number: which of the logits is it?",
            "modified by an inplace": "work on a copy of the image",
        },
        hints=[
            "The image plays the part that the weights have in training: it's what the gradient is taken for.",
            "A copy of the image can ask for a gradient with requires_grad_(). Which number do you go back from?",
            "The network wants a batch, and the result should have the image's shape again.",
        ],
        praise="One backward pass, and each pixel knows how strongly the winning logit would react to it.",
    ),
    "11.7b": Function(
        reference=_occlusion(),
        cases=_patches,
        mistakes=apart(of_slips(_occlusion, _OCCLUSION_SLIPS, together=1), _occlusion(), _first(_patches)),
        hints=[
            "First, without a patch: which class wins, and with which logit?",
            "Then two loops over the patches. What has to be new in each round?",
        ],
        praise="No gradient needed: this map asks the network itself, once for each patch.",
    ),
    "11.7c": Function(
        reference=_by(_ranks),
        cases=_pairs_of_maps,
        mistakes=apart(_RANK_CORRELATIONS, _by(_ranks), _first(_pairs_of_maps)),
        hints=[
            "Replace each value by its rank, from 0 for the smallest; then it's an ordinary correlation.",
            "argsort says which value comes first, second, …. The rank is the inverse of that order.",
            "torch.corrcoef takes the two as rows of one matrix.",
        ],
        praise="Ranks don't care how the values are scaled or bent, so maps of two networks can be compared.",
    ),
    "11.8a": Choice(
        test=_picks_a_rate,
        hints=[
            "A fresh network for each rate, and a validation accuracy for each network.",
            "Keep the network of the best rate, so that it can be scored once more at the end.",
        ],
        praise="The validation set chooses, and the test set reports, once.",
    ),
    "11.8b": Function(
        reference=_compared(),
        cases=_accuracies,
        mistakes=apart(_COMPARISONS, _compared(), _first(_accuracies)),
        hints=[
            "How much does a mean of n runs vary if a single run has the variance v?",
            "The variance of a difference of two independent means is the sum of their variances.",
            "The decision is about the size of the difference, whichever of the two is better.",
        ],
        praise="A difference is worth a sentence when it stands out from what the seeds alone would change.",
    ),
    "11.8c": Choice(
        test=_is_a_fair_ablation,
        hints=[
            "Which of the arguments does the search use for the second variant?",
            "What does the search know about the test set, and about the seeds after the first?",
            "Give each variant a search of its own: the mean validation accuracy over all seeds, for each rate.",
        ],
        praise="Same candidates, same seeds, same kind of search: what differs now is the variant.",
    ),
}
