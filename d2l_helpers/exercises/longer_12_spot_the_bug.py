"""The longer tasks of lesson 12: a pipeline with four bugs, and tests that tell right programs from wrong ones."""

import copy
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._language import say, spoken
from ._comparing import plain, show
from ._kinds import Choice, Exercise, Function, warm_up
from ._slips import apart

# 12.13a: numbers for names


def _names(_generator: torch.Generator) -> list[tuple]:
    return [
        (["shirt", "bag", "coat"], ["coat", "shirt"]),
        (["bag", "coat", "bag", "dress", "shirt"], ["shirt", "bag", "bag"]),
        (["sandal", "boot"], ["boot", "cap", "sandal"]),
        (["dress", "boot", "sandal", "coat"], ["zebra", "coat", "apple", "dress"]),
    ]


def _encoded(
    order: Callable[[list[str], list[str]], list[str]] = lambda train, test: sorted(set(train)),
    other: Callable[[list[str], list[str]], list[str]] | None = None,
    unknown: Callable[[list[str]], int | None] = lambda known: -1,
    first: int = 0,
) -> Callable[[list[str], list[str]], tuple[list[int], list[int]]]:
    """`order`: the names that are numbered for the training set, `other`: for the test set, if others."""

    def encode(train_names: list[str], test_names: list[str]) -> tuple[list[int], list[int]]:
        found = []
        for names, known in (
            (train_names, order(train_names, test_names)),
            (test_names, (other or order)(train_names, test_names)),
        ):
            numbers = [known.index(name) + first if name in known else unknown(known) for name in names]
            found.append([number for number in numbers if number is not None])
        return found[0], found[1]

    return encode


def _own(train: list[str], test: list[str]) -> list[str]:
    return sorted(set(test))


def _known_by_test_numbers(train_names: list[str], test_names: list[str]) -> tuple[list[int], list[int]]:
    train, test = _encoded(other=_own)(train_names, test_names)
    return train, [number if name in train_names else -1 for name, number in zip(test_names, test, strict=True)]


def _with_none(train_names: list[str], test_names: list[str]) -> tuple[list[int], list[int | None]]:
    train, test = _encoded()(train_names, test_names)
    return train, [None if number == -1 else number for number in test]


_UNKNOWN_NAME = "a test name may be missing from the training set; its number is −1"
_ENCODINGS = {
    "only the names that aren't in the training set are right: the others still have their numbers among the test names": (
        _known_by_test_numbers
    ),
    "a test name that isn't in the training set gets None; −1 is asked for": _with_none,
    "each set still has its own numbers: the same name gets another one in the test set": _encoded(other=_own),
    "the test names take part in the numbering, so a new test set would change the numbers of the training set": _encoded(
        order=lambda train, test: sorted({*train, *test})
    ),
    "the numbers follow the names' first appearance, not their alphabetical order": _encoded(
        order=lambda train, test: list(dict.fromkeys(train))
    ),
    "each set is numbered by first appearance, and by itself": _encoded(
        order=lambda train, test: list(dict.fromkeys(train)), other=lambda train, test: list(dict.fromkeys(test))
    ),
    "the order is reversed": _encoded(order=lambda train, test: sorted(set(train), reverse=True)),
    "names that occur twice use up two numbers": _encoded(order=lambda train, test: sorted(train)),
    "the numbers start at 1; they should start at 0": _encoded(first=1),
    "a test name that isn't in the training set is left out, so the labels no longer fit the images": _encoded(
        unknown=lambda known: None
    ),
    "a test name that isn't in the training set gets 0, which is another class's number": _encoded(unknown=lambda known: 0),
    "a test name that isn't in the training set gets a number of its own; −1 is asked for": _encoded(unknown=len),
    "both sets are numbered by the test names": _encoded(order=_own),
}


# 12.13b: one step for several parts


def _accumulates(answer: Any) -> str:
    if not callable(answer):
        return say("give the function itself, check(…, fixed), not {0}", show(answer))
    for sizes in ((4,), (6, 2), (5, 5, 1)):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(len(sizes))
            net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3)).double()
            parts = [(torch.randn(n, 3, dtype=torch.float64), torch.randint(3, (n,))) for n in sizes]
            F.cross_entropy(net(parts[0][0].flip(0)), parts[0][1]).backward()  # a gradient from before
        given = copy.deepcopy(net)
        for one, other in zip(given.parameters(), net.parameters(), strict=True):
            one.grad = other.grad.clone()
        optimizer, at_once = torch.optim.SGD(given.parameters(), lr=0.5), []
        given.register_forward_pre_hook(lambda _, inputs, at_once=at_once: at_once.append(len(inputs[0])))
        given_parts = copy.deepcopy(parts)
        result = plain(answer(given, given_parts, optimizer))
        if problem := _wrong_step(net, given, parts, result):
            return say("{0}\nfor parts of {1} images", problem, ", ".join(map(str, sizes)))
        if max(at_once, default=0) > max(sizes):
            return say(
                (
                    "the step is right, but {0} images go through the network at once, and the largest part has "
                    "{1}: the parts are too large to be joined"
                ),
                max(at_once),
                max(sizes),
            )
    return ""


def _stepped(
    net: nn.Module, parts: list, weigh: Callable, *, clears: str = "first", every: bool = False, like: int | None = None
) -> list[Tensor]:
    """The parameters after the step of a function that weighs each part's mean loss so, and clears gradients there.

    `like`: the number of the part that all are taken to be as large as.
    """
    net, gradients = copy.deepcopy(net), [parameter.grad.clone() for parameter in net.parameters()]
    for parameter, old in zip(net.parameters(), gradients, strict=True):
        parameter.grad = old if clears == "never" else None
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    count = sum(len(y) for _, y in parts) if like is None else len(parts) * len(parts[like][1])
    for X, y in parts:
        if clears == "each":
            optimizer.zero_grad()
        (F.cross_entropy(net(X), y) * weigh(len(y), count, len(parts))).backward()
        if every:
            optimizer.step()
    if not every:
        optimizer.step()
    return [parameter.detach() for parameter in net.parameters()]


_STEPS: Mapping[str, dict[str, Any]] = {
    "the parts' mean losses are added up, so the step is as many times too large as there are parts": {
        "weigh": lambda n, count, parts: 1
    },
    "each part counts alike, though they differ in size: weigh each by its number of images": {
        "weigh": lambda n, count, parts: 1 / parts
    },
    "the losses are summed over the images and never divided, so the step is too large": {
        "weigh": lambda n, count, parts: n
    },
    "the gradients are cleared for each part, so only the last one counts": {
        "weigh": lambda n, count, parts: n / count, "clears": "each"
    },
    "the gradients are cleared for each part, so only the last one counts, and as a whole": {
        "weigh": lambda n, count, parts: 1, "clears": "each"
    },
    "the gradients are cleared for each part, so only the last one counts, divided by the number of parts": {
        "weigh": lambda n, count, parts: 1 / parts, "clears": "each"
    },
    "the gradients from before are still there: clear them once, before the first part": {
        "weigh": lambda n, count, parts: n / count, "clears": "never"
    },
    "the gradients from before are still there, and the parts' mean losses are added up": {
        "weigh": lambda n, count, parts: 1, "clears": "never"
    },
    "the gradients from before are still there, and each part counts alike": {
        "weigh": lambda n, count, parts: 1 / parts, "clears": "never"
    },
    "there's a step after each part; one step for all of them is asked for": {
        "weigh": lambda n, count, parts: n / count, "every": True
    },
    "there's a whole step after each part; one step for all of them is asked for": {
        "weigh": lambda n, count, parts: 1, "every": True, "clears": "each"
    },
    "there's a step after each part, and old gradients stay in the next": {
        "weigh": lambda n, count, parts: 1, "every": True
    },
    "every part is taken to be as large as the first when the sum is divided": {
        "weigh": lambda n, count, parts: n / count, "like": 0
    },
    "every part is taken to be as large as the last when the sum is divided": {
        "weigh": lambda n, count, parts: n / count, "like": -1
    },
    "the gradients point uphill: the sign is wrong": {"weigh": lambda n, count, parts: -n / count},
}  # fmt: skip


def _wrong_step(net: nn.Module, stepped: nn.Module, parts: list, result: Any) -> str:
    """What is wrong with the parameters after the step, and with the loss that was returned."""
    got = [parameter.detach() for parameter in stepped.parameters()]
    if not _equal(got, _stepped(net, parts, lambda n, count, parts: n / count)):
        if _equal(got, list(net.parameters())):
            return "the parameters are the same as before: is there a step?"
        for diagnosis, slip in _STEPS.items():
            if _equal(got, _stepped(net, parts, **slip)):
                return diagnosis
        return say("the parameters aren't those after one step on all images together{0}", _longer(net, parts, got))
    X, y = (torch.cat(some) for some in zip(*parts, strict=True))
    loss = F.cross_entropy(net(X), y).item()
    if result is None:
        return "the step is right; now return the mean loss before it"
    if not isinstance(result, (int, float)):
        return say("the step is right, but the mean loss should be one number, not {0}", show(result))
    if math.isclose(result, loss, rel_tol=1e-5):
        return ""
    means = [F.cross_entropy(net(part), labels).item() for part, labels in parts]
    other = {
        "the sum of the parts' losses, not the mean over the images": sum(means),
        "the mean of the parts' means, in which a small part counts as much as a large one": sum(means) / len(means),
        "the last part's loss": means[-1],
        "the sum over the images, not the mean": loss * len(y),
        "the loss after the step": F.cross_entropy(stepped(X), y).item(),
    }
    what = next((name for name, value in other.items() if math.isclose(result, value, rel_tol=1e-5)), "")
    return (
        say("the step is right, but this is {0}", what)
        if what
        else say("the step is right, but the mean loss isn't {0:.4f}", result)
    )


def _longer(net: nn.Module, parts: list, got: list[Tensor]) -> str:
    """By what a step differs from the right one, where it has the same direction."""
    start = torch.cat([parameter.detach().flatten() for parameter in net.parameters()])
    right = torch.cat([p.flatten() for p in _stepped(net, parts, lambda n, count, parts: n / count)]) - start
    step = torch.cat([parameter.flatten() for parameter in got]) - start
    factor = (step @ right / (right @ right)).item()
    if not torch.allclose(step, factor * right, rtol=1e-5, atol=1e-8):
        return ": the parts' gradients don't have the weights that they should have, or others are among them"
    return say(": the step has the right direction, and {0:.3g} times the right length", factor)


def _equal(some: list[Tensor], others: list[Tensor]) -> bool:
    return all(torch.allclose(a, b, rtol=1e-6, atol=1e-9) for a, b in zip(some, others, strict=True))


# 12.13c: the state of the best epoch


# Each way of choosing chooses another epoch in one of them.
_SCORES = ([0.6, 0.8, 0.5, 0.7], [0.6, 0.5, 0.4], [0.1, 0.2, 0.9], [0.4, 0.8, 0.8, 0.3], [0.0, 0.0])


@dataclass
class _Kept:
    """What was returned for these scores, and what the network's state was before the first epoch and after each."""

    scores: list[float]
    states: list[Mapping]
    result: Any = None
    shared: bool = False  # with the network's own tensors
    restarts: int = 0  # the first epoch that didn't go on from the one before, 0 if none

    def epoch(self) -> list[int]:
        """The epochs, from 1, after which the state was this; 0: before the first."""
        return [i for i, state in enumerate(self.states) if _same_state(self.result, state)]


def _trained(answer: Callable, scores: list[float]) -> _Kept:
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    kept = _Kept(scores, [copy.deepcopy(net.state_dict())])

    def train_epoch(net: nn.Module) -> None:
        if not kept.restarts and not _same_state(net.state_dict(), kept.states[-1]):
            kept.restarts = len(kept.states)
        with torch.no_grad():
            for parameter in net.parameters():
                parameter += 1
        net[1].running_mean += 1
        kept.states.append(copy.deepcopy(net.state_dict()))

    def validate(_net: nn.Module) -> float:
        return scores[min(len(kept.states) - 1, len(scores)) - 1] if len(kept.states) > 1 else 0.0

    result = answer(net, len(scores), train_epoch, validate)
    if isinstance(result, Mapping) and all(isinstance(value, Tensor) for value in result.values()):
        own = {value.data_ptr() for value in net.state_dict().values()}
        kept.shared = any(value.data_ptr() in own for value in result.values())
    kept.result = result
    return kept


def _keeps_the_best(answer: Any) -> str:
    if not callable(answer):
        return say("give the function itself, check(…, fixed), not {0}", show(answer))
    runs = []
    for scores in _SCORES:
        try:
            runs.append(_trained(answer, scores))
        except UnboundLocalError as error:
            if any(scores):
                raise
            return say("an accuracy of 0 in every epoch: no state is kept then, {0}", str(error)[:150])
        if problem := _no_state(runs[-1]):
            return say("{0}\nfor the validation scores {1}", problem, scores)
    wrong = [run for run in runs if _best(run.scores) not in run.epoch()]
    return say("{0}\nfor the validation scores {1}", _wrong_epoch(wrong[0], runs), wrong[0].scores) if wrong else ""


def _no_state(run: _Kept) -> str:
    """What is wrong with the form of a result, or with the training."""
    result, names = run.result, set(run.states[0])
    if result is None:
        return (
            "it returned None: is the return missing?"
            if any(run.scores)
            else "it returned None: no state is kept if all scores are 0"
        )
    if isinstance(result, nn.Module):
        return "it returns the network, which has been trained on since; return the state of the best epoch"
    if isinstance(result, (tuple, list)) and any(isinstance(part, Mapping) for part in result):
        return say("it returns {0} values; the state_dict alone is asked for", len(result))
    if not isinstance(result, Mapping) or not all(isinstance(value, Tensor) for value in result.values()):
        return say("it should return a state_dict of the network, not {0}", show(result))
    if len(run.states) - 1 != len(run.scores):
        return say("{0} epochs are asked for; it trained {1}", len(run.scores), len(run.states) - 1)
    if set(result) != names:
        missing = ", ".join(sorted(names - set(result)))
        return (
            say("a part of the state is missing: {0}", missing)
            if missing
            else "there are more entries than the network has"
        )
    if run.restarts:
        return say(
            (
                "epoch {0} doesn't go on from epoch {1}, but starts from another state: train one network from "
                "epoch to epoch, and copy only what is kept"
            ),
            run.restarts,
            run.restarts - 1,
        )
    return ""


def _best(scores: list[float]) -> int:
    """The first of the best epochs, from 1."""
    return scores.index(max(scores)) + 1


def _last_rise(scores: list[float]) -> int:
    return max(i for i, (before, now) in enumerate(zip([-1.0, *scores], scores, strict=False), start=1) if now > before)


_EPOCHS: Mapping[str, Callable[[list[float]], int]] = {
    "two epochs have the same best score; keep the first of them": lambda scores: (
        len(scores) - scores[::-1].index(max(scores))
    ),
    "this is the state of the epoch with the lowest score; the highest one is the best": lambda scores: (
        scores.index(min(scores)) + 1
    ),
    "this is the state before the best epoch; copy it after that epoch's training": lambda scores: _best(scores) - 1,
    "this is the last state whose score rose from one epoch to the next: compare with the best score so far, and not with "
    "that of the epoch before": _last_rise,
    "this is always the state after the first epoch": lambda scores: 1,
    "this is always the state before the first epoch": lambda scores: 0,
}


def _wrong_epoch(wrong: _Kept, runs: list[_Kept]) -> str:
    """What is wrong where a state isn't that of the best epoch; it should explain all the runs."""
    if all(len(run.scores) in run.epoch() for run in runs):
        return (
            "this is the state after the last epoch, not after the best one: state_dict() returns the network's own "
            "tensors, which are trained on"
            if wrong.shared
            else "this is the state after the last epoch, not after the best one: either no scores were compared, or the "
            "copy was made only at the end; state_dict() returns the network's own tensors, which are trained on until "
            "they're copied"
        )
    for diagnosis, epoch in _EPOCHS.items():
        if all(epoch(run.scores) in run.epoch() for run in runs):
            return diagnosis
    if not wrong.epoch():
        return "some tensors are those of the best epoch, others were trained on: copy each of them, buffers, too"
    return say(
        "this is the state after epoch {0}; the best score is that of epoch {1}", wrong.epoch()[0], _best(wrong.scores)
    )


def _same_state(some: Mapping, other: Mapping) -> bool:
    return all(torch.allclose(some[name].double(), other[name].double()) for name in other)


# 12.13d: images of several sizes


def _images_of_sizes(generator: torch.Generator) -> list[tuple]:
    cases = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4)).double()
        for weight in (net[0].weight, net[4].weight):
            nn.init.normal_(weight)
    net.eval()
    for sides in ((5, 4), (6, 4, 5, 4, 6, 3), (4, 7, 5, 6, 3, 5, 7, 4, 6)):
        images = [3 * torch.randn(1, side, side, generator=generator, dtype=torch.float64) for side in sides]
        cases.append((net, images))
    return cases


def _predicted(
    back: Callable[[Tensor, Tensor], Tensor], classes: Callable[[Tensor], Tensor] = lambda logits: logits.argmax(dim=1)
) -> Callable[[nn.Module, list[Tensor]], Tensor]:
    def predictions(net: nn.Module, images: list[Tensor]) -> Tensor:
        sides = torch.tensor([image.shape[1] for image in images])
        order = sides.argsort(stable=True)
        with torch.no_grad():
            sorted_logits = torch.cat([net(images[i][None]) for i in order.tolist()])
        return back(classes(sorted_logits), order)

    return predictions


def _put_back(values: Tensor, order: Tensor) -> Tensor:
    found = torch.empty_like(values)
    found[order] = values
    return found


def _of_one_size(change: Callable[[list[Tensor]], Sequence[Tensor]]) -> Callable[[nn.Module, list[Tensor]], Tensor]:
    """The predictions for images that were all brought to one size first."""

    def predictions(net: nn.Module, images: list[Tensor]) -> Tensor:
        with torch.no_grad():
            return net(torch.stack(list(change(images)))).argmax(dim=1)

    return predictions


def _padded(before: bool) -> Callable[[list[Tensor]], list[Tensor]]:
    def padded(images: list[Tensor]) -> list[Tensor]:
        side = max(image.shape[1] for image in images)
        free = [side - image.shape[1] for image in images]
        first = [n // 2 if before else 0 for n in free]
        return [F.pad(image, (a, n - a, a, n - a)) for image, n, a in zip(images, free, first, strict=True)]

    return padded


def _resized(side: Callable[[list[Tensor]], int], **settings: Any) -> Callable[[list[Tensor]], list[Tensor]]:
    return lambda images: [F.interpolate(image[None], (side(images), side(images)), **settings)[0] for image in images]


def _cropped(images: list[Tensor]) -> list[Tensor]:
    side = min(image.shape[1] for image in images)
    return [image[:, :side, :side] for image in images]


def _over_images(net: nn.Module, images: list[Tensor]) -> Tensor:
    """argmax along the wrong axis of each batch."""
    sides = sorted({image.shape[1] for image in images})
    with torch.no_grad():
        logits = [net(torch.stack([image for image in images if image.shape[1] == side])) for side in sides]
    return torch.cat([each.argmax(dim=0) for each in logits])


_SIZES = {
    f"all images are {what}, which changes what the network sees; each should be classified in its own size": (
        _of_one_size(change)
    )
    for what, change in {
        "padded with zeros to the largest size": _padded(before=False),
        "padded with zeros to the largest size, on all sides": _padded(before=True),
        "cropped to the smallest size": _cropped,
        "resized to the size of the first": _resized(lambda images: images[0].shape[1]),
        "resized to the largest size": _resized(lambda images: max(image.shape[1] for image in images)),
        "resized to the smallest size": _resized(lambda images: min(image.shape[1] for image in images)),
        "resized to the size of the first, bilinearly": _resized(lambda images: images[0].shape[1], mode="bilinear"),
        "resized to the largest size, bilinearly": _resized(
            lambda images: max(image.shape[1] for image in images), mode="bilinear"
        ),
    }.items()
}
_PREDICTIONS = {
    **_SIZES,
    "this looks up the sorted predictions at the places in `order`; each should go back to where its image came from": (
        _predicted(lambda values, order: values[order])
    ),
    "the predictions are in the order of the sizes, not of the images": _predicted(lambda values, order: values),
    "this looks up the sorted predictions in the reversed order of `order`; each should go back to where its image came "
    "from, which is the inverse": _predicted(lambda values, order: values[order.flip(0)]),
    "this applies `order` twice; it should be undone": _predicted(lambda values, order: values[order][order]),
    "the order comes back along with the predictions; these alone are asked for": _predicted(
        lambda values, order: (_put_back(values, order), order)
    ),
    "only the images of the first one's size are classified": lambda net, images: _predicted(_put_back)(
        net, [image for image in images if image.shape == images[0].shape]
    ),
    "the largest value is looked for along axis 0, over the images; the classes are axis 1": _over_images,
    "the predictions are reversed": _predicted(lambda values, order: _put_back(values, order).flip(0)),
    "these are logits; the classes are asked for": _predicted(_put_back, lambda logits: logits),
    "these are the largest logits, not their classes": _predicted(_put_back, lambda logits: logits.amax(dim=1)),
    "this is the class with the smallest logit": _predicted(_put_back, lambda logits: logits.argmin(dim=1)),
    "these are one-hot rows; the classes are asked for": _predicted(
        _put_back, lambda logits: F.one_hot(logits.argmax(dim=1), logits.shape[1])
    ),
    "the predictions were sorted themselves, so they belong to no image anymore": _predicted(
        lambda values, order: values.sort().values
    ),
}


# 12.14: tests that tell right from wrong


def _separates(
    right: Mapping[str, Callable], faulty: Mapping[str, Callable], *, tempting: Mapping[str, Callable], together: str
) -> Callable[[Any], str]:
    """The check of a test: it should let these implementations pass and stop those.

    `right`: why it's right → the implementation; `faulty`: what is wrong with it → the implementation; `tempting`: the same
    for some that only tell what a test demands that refuses right ones; `together`: a question for a test that refuses all.
    """

    def problem(answer: Any) -> str:
        if not callable(answer):
            return say("give the test itself, check(…, my_test), not {0}", show(answer))
        calls, passes, said = [], {}, {}
        for name, function in {**right, **faulty, **tempting}.items():
            passed, said[name] = _verdict(answer, _counting(function, calls))
            if isinstance(passed, str):
                return passed
            passes[name] = passed
        if not calls:
            return "your test never calls the implementation that it's given, so it can't tell one from another"
        refused = [name for name in right if not passes[name]]
        demanded = [name for name in (*faulty, *tempting) if passes[name]]
        if refused:
            return _too_strict(refused, right, demanded, faulty, said) or say(
                "{0}; {1}{2}", _REFUSES_ALL, together, said[refused[0]]
            )
        missed = [fault for fault in faulty if passes[fault]]
        if len(missed) == len(faulty):
            return say(
                "your test calls the implementation, but accepts all of them, e.g. one with this fault: {0}", missed[0]
            )
        caught = say("{0} of {1} faults are caught; this one passes", len(faulty) - len(missed), len(faulty))
        return say("{0}: {1}", caught, missed[0]) if missed else ""

    return problem


_REFUSES_ALL = "your test refuses all implementations, right and faulty ones"


def _counting(function: Callable, calls: list) -> Callable:
    """The function, whose calls are counted."""

    @functools.wraps(function)
    def counted(*arguments, **named):
        calls.append(1)
        return function(*arguments, **named)

    return counted


def _too_strict(refused: list[str], right: Mapping, demanded: list[str], faulty: Mapping, said: Mapping[str, str]) -> str:
    """What a test demands that refuses right implementations, '' if that's unknown."""
    if len(refused) < len(right):
        return say("your test refuses a right implementation: {0}{1}", refused[0], said[refused[0]])
    if not demanded and all(spoken("; it raised {0}: {1}").partition("{0}")[0] in what for what in said.values()):
        return say("your test refuses a right implementation, and each of the others, too{0}", said[refused[0]])
    if len(demanded) > len(faulty) / 2:
        return "your test has it the wrong way round: it refuses the right implementations and accepts faulty ones"
    if demanded:
        some = "one with this fault" if len(demanded) == 1 else "those with these faults"
        return say(
            "your test refuses the right implementations and accepts {0}: {1}{2}",
            some,
            say("; ").join(map(spoken, demanded[:3])),
            said[refused[0]],
        )
    return ""


def _verdict(test: Callable, function: Callable) -> tuple[bool | str, str]:
    """Whether the function passes the test, and what the test said; a text in place of the first if it gives no verdict."""
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            result = test(function)
    except AssertionError as error:
        return False, say("; it says {0!r}", str(error).strip().splitlines()[0][:120]) if str(error).strip() else ""
    except Exception as error:
        message = str(error).strip().splitlines()
        return False, say("; it raised {0}: {1}", type(error).__name__, message[0][:150] if message else "")
    if result is None:
        return True, ""
    result = plain(result)
    if not isinstance(result, bool):
        return say("the test should return True or False, or use assert; it returned {0}", show(result)), ""
    return result, ""


# 12.14a: the share of images whose label is among the k largest logits


def _top_k(logits: Tensor, y: Tensor, k: int) -> float:
    return (logits.topk(k, dim=1).indices == y[:, None]).any(dim=1).double().mean().item()


def _by_sorting(logits: Tensor, y: Tensor, k: int) -> float:
    order = logits.argsort(dim=1, descending=True)[:, :k].tolist()
    return sum(label in row for label, row in zip(y.tolist(), order, strict=True)) / len(y)


def _by_ranks(logits: Tensor, y: Tensor, k: int) -> Tensor:
    own = logits.gather(1, y[:, None])
    return ((logits > own).sum(dim=1) < k).float().mean()


def _changes_its_input(logits: Tensor, y: Tensor, k: int) -> float:
    result = _top_k(logits, y, k)
    logits.copy_(logits.sort(dim=1, descending=True).values)
    return result


_RIGHT_SCORES = {
    "it takes topk's indices": _top_k,
    "it sorts each row and looks for the label among the first k": _by_sorting,
    "it counts the logits above the label's own and returns a tensor of float32": _by_ranks,
}
_FAULTY_SCORES = {
    "k is ignored: it's always the usual accuracy": lambda logits, y, k: _top_k(logits, y, 1),
    "it looks at k + 1 logits": lambda logits, y, k: _top_k(logits, y, min(k + 1, logits.shape[1])),
    "it looks at k − 1 logits, but at least at one": lambda logits, y, k: _top_k(logits, y, max(k - 1, 1)),
    "it takes the k smallest logits": lambda logits, y, k: _top_k(-logits, y, k),
    "it returns the count, not the share": lambda logits, y, k: _top_k(logits, y, k) * len(y),
    "it returns the share of wrong ones": lambda logits, y, k: 1 - _top_k(logits, y, k),
    "it asks whether the label is smaller than k": lambda logits, y, k: (y < k).double().mean().item(),
    "it only asks whether the k-th largest logit is the label's": lambda logits, y, k: (
        (logits.topk(k, dim=1).indices[:, -1] == y).double().mean().item()
    ),
    "it divides by k, too": lambda logits, y, k: _top_k(logits, y, k) / k,
    "it takes absolute values before it compares": lambda logits, y, k: _top_k(logits.abs(), y, k),
    "it leaves out the last image": lambda logits, y, k: (
        _top_k(logits[:-1], y[:-1], k) if len(y) > 1 else _top_k(logits, y, k)
    ),
    "it changes the logits that were passed in": _changes_its_input,
    "it always looks at two logits": lambda logits, y, k: _top_k(logits, y, min(2, logits.shape[1])),
}


_TEMPTING_SCORES = {
    "it returns a percentage": lambda logits, y, k: 100 * _top_k(logits, y, k),
    "it returns the largest share of all k": lambda logits, y, k: 1.0,
}


# 12.14b: a training step


def _train_step(
    net: nn.Module,
    X: Tensor,
    y: Tensor,
    optimizer: torch.optim.Optimizer,
    *,
    clears: str = "before",
    steps: int = 1,
    loss_of: Callable = F.cross_entropy,
    sign: int = 1,
    after: bool = False,
    mode: bool | None = True,
    result: Callable[[Tensor], Any] = lambda loss: loss.item(),
    detached: bool = False,
) -> Any:
    if mode is not None:
        net.train(mode)
    if clears == "before":
        optimizer.zero_grad()
    logits = net(X)
    if detached:
        logits = logits.detach().requires_grad_()
    loss = loss_of(logits, y)
    (sign * loss).backward()
    if clears == "between":
        optimizer.zero_grad()
    for _ in range(steps):
        optimizer.step()
    if clears == "afterward":
        optimizer.zero_grad()
    return result(F.cross_entropy(net(X), y) if after else loss)


def _steps_with(**changes: Any) -> Callable:
    return lambda net, X, y, optimizer: _train_step(net, X, y, optimizer, **changes)


def _clears_after(net: nn.Module, X: Tensor, y: Tensor, optimizer: torch.optim.Optimizer) -> Tensor:
    """Right as well: whoever comes first clears what was there before, and what's left is cleared, too."""
    net.zero_grad(set_to_none=True)
    net.train()
    loss = F.nll_loss(F.log_softmax(net(X), dim=1), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach()


def _only_the_last(net: nn.Module, X: Tensor, y: Tensor, optimizer: torch.optim.Optimizer) -> float:
    """Only the last parameters get a gradient."""
    net.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(net(X), y)
    loss.backward()
    for parameter in list(net.parameters())[:-2]:
        parameter.grad = None
    optimizer.step()
    return loss.item()


_RIGHT_STEPS = {
    "it's the step of lesson 11, after which the gradients are still there": _steps_with(),
    "it clears the gradients before and after, and returns the loss as a tensor": _clears_after,
    "it puts the network into training mode and clears the gradients right before backward": lambda net, X, y, optimizer: (
        _late_clearing(net, X, y, optimizer)
    ),
}


def _late_clearing(net: nn.Module, X: Tensor, y: Tensor, optimizer: torch.optim.Optimizer) -> float:
    net.train()
    loss = nn.CrossEntropyLoss()(net(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach().numpy()


_FAULTY_STEPS = {
    "the gradients are never cleared, so old ones are in the step": _steps_with(clears="never"),
    "the gradients are cleared between backward and the step, so nothing is learned": _steps_with(clears="between"),
    "there's no step": _steps_with(steps=0),
    "there are two steps": _steps_with(steps=2),
    "the loss that is returned was measured after the step": _steps_with(after=True),
    "the loss is a sum over the images": _steps_with(loss_of=lambda logits, y: F.cross_entropy(logits, y, reduction="sum")),
    "there's a softmax in front of cross-entropy": _steps_with(
        loss_of=lambda logits, y: F.cross_entropy(logits.softmax(dim=1), y)
    ),
    "the step goes uphill": _steps_with(sign=-1),
    "the logits are detached, so no gradient reaches the network": _steps_with(detached=True),
    "only the last layer learns": _only_the_last,
    "it trains in evaluation mode": _steps_with(mode=False),
    "it doesn't care for the mode, so a network that was just evaluated goes on in evaluation mode": _steps_with(mode=None),
    "it returns 0 in place of the loss": _steps_with(result=lambda loss: 0.0),
}


_TEMPTING_STEPS = {
    "it trains in evaluation mode and returns the loss after the step": _steps_with(mode=False, after=True),
    "the gradients are cleared after the step, and not before it": _steps_with(clears="afterward"),
    "the loss is a sum, and so is what it returns": _steps_with(
        loss_of=lambda logits, y: F.cross_entropy(logits, y, reduction="sum")
    ),
}


# 12.14c: training and validation numbers


def _split(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    held_out = int(count * share)
    return order[held_out:], order[:held_out]


def _sorted_lists(count: int, share: float, seed: int) -> tuple[list[int], list[int]]:
    train, val = _split(count, share, seed + 1)
    return sorted(train.tolist()), sorted(val.tolist())


def _by_keys(count: int, share: float, seed: int) -> list[Tensor]:
    keys = torch.rand(count, generator=torch.Generator().manual_seed(seed))
    order = keys.argsort()
    return [order[: count - int(count * share)], order[count - int(count * share) :]]


def _with_the_global_seed(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
    torch.manual_seed(seed)
    order = torch.randperm(count)
    return order[int(count * share) :], order[: int(count * share)]


def _overlapping(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
    train, val = _split(count, share, seed)
    return torch.cat([train, val[:1]]), val


def _two_draws(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
    return _split(count, share, seed)[0], _split(count, share, seed + 1)[1]


def _repeated(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
    train, val = _split(count, share, seed)
    return torch.cat([train[:-1], train[:1]]), val


def _unseeded(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
    order = torch.randperm(count)
    return order[int(count * share) :], order[: int(count * share)]


_RIGHT_SPLITS = {
    "it returns tensors in random order": _split,
    "it returns sorted lists; the order within a set isn't promised": _sorted_lists,
    "it sorts random keys, takes the end as validation set, and returns a list of both": _by_keys,
}
_FAULTY_SPLITS = {
    "one number is in both sets": _overlapping,
    "the two sets come from two different draws": _two_draws,
    "a training number comes twice, and another never": _repeated,
    "the last number is in no set": lambda count, share, seed: _split(count - 1, share, seed),
    "the sets come in the opposite order": lambda count, share, seed: _split(count, share, seed)[::-1],
    "nothing is random: the first numbers are the validation set": lambda count, share, seed: (
        torch.arange(int(count * share), count),
        torch.arange(int(count * share)),
    ),
    "the seed is ignored, so it's the same division for every seed": lambda count, share, seed: _split(count, share, 0),
    "the seed is ignored, so it's another division in each call": _unseeded,
    "the share is ignored: it's always a fifth": lambda count, share, seed: _split(count, 0.2, seed),
    "the numbers start at 1": lambda count, share, seed: tuple(part + 1 for part in _split(count, share, seed)),
    "it sets the seed of PyTorch's global generator, so the caller's random numbers start again": _with_the_global_seed,
    "the validation set is chosen at random, but in one piece": lambda count, share, seed: _in_one_piece(
        count, share, seed
    ),
}


def _in_one_piece(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
    start = torch.randint(count, (1,), generator=torch.Generator().manual_seed(seed)).item()
    order = (torch.arange(count) + start) % count
    return order[int(count * share) :], order[: int(count * share)]


def _rounded_share(count: int, share: float, seed: int, up: Callable[[float], int] = round) -> tuple[Tensor, Tensor]:
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    held_out = up(count * share)
    return order[held_out:], order[:held_out]


def _never_again(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
    held_out = int(count * share)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0)).roll(seed * held_out)
    return order[held_out:], order[:held_out]


_TEMPTING_SPLITS = {
    "the validation set's size is rounded to the nearest integer; int cuts it off": lambda count, share, seed: (
        _rounded_share(count, share, seed, lambda value: int(value + 0.5))
    ),
    "the validation set's size is rounded; int cuts it off": _rounded_share,
    "the validation set's size is rounded up; int cuts it off": lambda count, share, seed: _rounded_share(
        count, share, seed, math.ceil
    ),
    "the validation sets of two seeds have no number in common; by chance, they may": _never_again,
}


def _first(cases: Callable) -> list[tuple]:
    return cases(torch.Generator().manual_seed(0))


EXERCISES: dict[str, Exercise] = {
    "12.13a": Function(
        reference=_encoded(),
        cases=_names,
        mistakes=apart(_ENCODINGS, _encoded(), _first(_names)),
        errors={
            "is not in list": _UNKNOWN_NAME,
            **{f"'{name}'": _UNKNOWN_NAME for name in ("cap", "zebra", "apple")},  # a dict's KeyError
        },
        hints=[
            'Encode ["shirt", "bag"] as the training set and ["shirt"] as the test set. Which number is a shirt?',
            "There's one mapping from names to numbers. Which of the two sets may decide about it?",
        ],
        praise="The mapping is learned from the training set, like a scale: the test set only uses it.",
    ),
    "12.13b": Choice(
        test=_accumulates,
        prepare=warm_up,
        hints=[
            "Take parts of 6 and 2 images. What does each image count in the mean over all 8, and what in this code?",
            "backward() adds, which is just what's wanted here. What has to be the sum of all that's added?",
            "A part's mean loss, times its share of the images, is its contribution to the mean over all.",
        ],
        praise="Several small parts, one step: the gradient is the one of the whole batch, whatever the sizes.",
    ),
    "12.13c": Choice(
        test=_keeps_the_best,
        hints=[
            "Print one weight from the state that's kept, right away and after one more epoch.",
            "What does state_dict() hand over: values, or the very tensors that the optimizer changes?",
        ],
        praise="A state_dict is a view of the network. What should survive the next step has to be copied.",
    ),
    "12.13d": Function(
        reference=_predicted(_put_back),
        cases=_images_of_sizes,
        mistakes=apart(_PREDICTIONS, _predicted(_put_back), _first(_images_of_sizes)),
        errors={"stack expects each tensor to be equal size": "only images of one size fit into a batch"},
        hints=[
            "Try three images whose order is [2, 0, 1]. Where does the first sorted prediction belong?",
            "order[i] says where the i-th sorted image came from. So which side of an assignment does it belong on?",
        ],
        praise="Sorting is easy to undo and easy to undo wrongly: with two images, both ways give the same.",
    ),
    "12.14a": Choice(
        test=_separates(
            _RIGHT_SCORES,
            _FAULTY_SCORES,
            tempting=_TEMPTING_SCORES,
            together="is your own result for the example right, and is a number compared with a number?",
        ),
        hints=[
            "Work out one small example by hand: three or four images, four classes, k = 1, 2, and 3.",
            "Let the label be on each place once, first, second, third, and last, and let some logits be negative.",
            "What should be the same after the call as before?",
        ],
        praise="One example, worked out by hand, in which everything differs, catches most of these faults.",
    ),
    "12.14b": Choice(
        test=_separates(
            _RIGHT_STEPS,
            _FAULTY_STEPS,
            tempting=_TEMPTING_STEPS,
            together="do both steps that you compare start from the same weights, each in a network of its own?",
        ),
        prepare=warm_up,
        seconds=20.0,
        hints=[
            "Take a copy of the network and make the step by hand: new weight = old weight − lr · gradient.",
            "What if there's an old gradient, or if the network was just evaluated?",
            "A network with batch normalization or dropout shows its mode.",
        ],
        praise="The same step in two ways, from a state that's as untidy as a real one.",
    ),
    "12.14c": Choice(
        test=_separates(
            _RIGHT_SPLITS,
            _FAULTY_SPLITS,
            tempting=_TEMPTING_SPLITS,
            together="is something demanded that the specification leaves open, such as a size, a form, or an order?",
        ),
        hints=[
            "Properties are enough: what must be true of the two sets together, and of each by itself?",
            "Call it twice with one seed, then with several seeds. What should be equal, and what shouldn't?",
            "Draw a random number after the call, with and without the call, from the same state of the generator.",
        ],
        praise="No example here: the test asks for what must hold of every result.",
    ),
}
