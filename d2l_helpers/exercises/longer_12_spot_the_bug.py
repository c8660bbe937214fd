"""The longer tasks of lesson 12: a pipeline with four bugs, and tests that tell right programs from wrong ones."""

import copy
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

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


_ENCODINGS = {
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
        return f"give the function itself, check(…, fixed), not {show(answer)}"
    for sizes in ((4,), (6, 2), (5, 5, 1)):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(len(sizes))
            net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3)).double()
            parts = [(torch.randn(n, 3, dtype=torch.float64), torch.randint(3, (n,))) for n in sizes]
            F.cross_entropy(net(parts[0][0].flip(0)), parts[0][1]).backward()  # a gradient from before
        given = copy.deepcopy(net)
        for one, other in zip(given.parameters(), net.parameters(), strict=True):
            one.grad = other.grad.clone()
        optimizer = torch.optim.SGD(given.parameters(), lr=0.5)
        given_parts = copy.deepcopy(parts)
        result = plain(answer(given, given_parts, optimizer))
        if problem := _wrong_step(net, given, parts, result):
            return f"{problem}\nfor parts of {', '.join(map(str, sizes))} images"
    return ""


def _stepped(net: nn.Module, parts: list, weigh: Callable, *, clears: str = "first", every: bool = False) -> list[Tensor]:
    """The parameters after the step of a function that weighs each part's mean loss so, and clears gradients there."""
    net, gradients = copy.deepcopy(net), [parameter.grad.clone() for parameter in net.parameters()]
    for parameter, old in zip(net.parameters(), gradients, strict=True):
        parameter.grad = old if clears == "never" else None
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    count = sum(len(y) for _, y in parts)
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
        return "the parameters aren't those after one step on all images together"
    X, y = (torch.cat(some) for some in zip(*parts, strict=True))
    loss = F.cross_entropy(net(X), y).item()
    if result is None:
        return "the step is right; now return the mean loss before it"
    if not isinstance(result, (int, float)):
        return f"the step is right, but the mean loss should be one number, not {show(result)}"
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
    return f"the step is right, but this is {what}" if what else f"the step is right, but the mean loss isn't {result:.4f}"


def _equal(some: list[Tensor], others: list[Tensor]) -> bool:
    return all(torch.allclose(a, b, rtol=1e-6, atol=1e-9) for a, b in zip(some, others, strict=True))


# 12.13c: the state of the best epoch


def _keeps_the_best(answer: Any) -> str:
    if not callable(answer):
        return f"give the function itself, check(…, fixed), not {show(answer)}"
    for scores in ([0.5, 0.8, 0.6, 0.7], [0.6, 0.5, 0.4], [0.1, 0.2, 0.9], [0.4, 0.8, 0.8, 0.3]):
        net, states, trained = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), [], []

        def train_epoch(net, trained=trained, states=states):
            with torch.no_grad():
                for parameter in net.parameters():
                    parameter += 1
            net[1].running_mean += 1
            trained.append(1)
            states.append(copy.deepcopy(net.state_dict()))

        def validate(net, scores=scores, trained=trained):
            return scores[len(trained) - 1] if trained else 0.0

        start = copy.deepcopy(net.state_dict())
        result = answer(net, len(scores), train_epoch, validate)
        if problem := _wrong_state(result, states, scores, start):
            return f"{problem}\nfor the validation scores {scores}"
    return ""


def _wrong_state(result: Any, states: list[dict], scores: list[float], start: dict) -> str:
    if result is None:
        return "it returned None: is the return missing?"
    if isinstance(result, nn.Module):
        return "it returns the network, which has been trained on since; return the state of the best epoch"
    if not isinstance(result, Mapping) or not all(isinstance(value, Tensor) for value in result.values()):
        return f"it should return a state_dict of the network, not {show(result)}"
    if len(states) != len(scores):
        return f"{len(scores)} epochs are asked for; it trained {len(states)}"
    if set(result) != set(start):
        missing = ", ".join(sorted(set(start) - set(result)))
        return f"a part of the state is missing: {missing}" if missing else "there are more entries than the network has"
    best = scores.index(max(scores))
    which = [i for i, state in enumerate(states) if _same_state(result, state)]
    if best in which:
        return ""
    if which and scores[which[0]] == scores[best]:
        return "two epochs have the same best score; keep the first of them"
    if len(states) - 1 in which:
        return (
            "this is the state after the last epoch, not after the best one: "
            "state_dict() returns the network's own tensors, which are trained on; or nobody looked at the scores"
        )
    if which and scores[which[0]] == min(scores):
        return "this is the state of the epoch with the lowest score; the highest one is the best"
    if which:
        return f"this is the state after epoch {which[0] + 1}; the best score is that of epoch {best + 1}"
    if _same_state(result, start):
        return "this is the state before the first epoch"
    return "some tensors are those of the best epoch, others were trained on: copy each of them, buffers, too"


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


_PREDICTIONS = {
    "this looks up the sorted predictions at the places in `order`; each should go back to where its image came from": (
        _predicted(lambda values, order: values[order])
    ),
    "the predictions are in the order of the sizes, not of the images": _predicted(lambda values, order: values),
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


def _separates(right: Mapping[str, Callable], faulty: Mapping[str, Callable]) -> Callable[[Any], str]:
    """The check of a test: it should let these implementations pass and stop those.

    `right`: why it's right → the implementation; `faulty`: what is wrong with it → the implementation.
    """

    def problem(answer: Any) -> str:
        if not callable(answer):
            return f"give the test itself, check(…, my_test), not {show(answer)}"
        for why, function in right.items():
            passed, said = _verdict(answer, function)
            if isinstance(passed, str):
                return passed
            if not passed:
                return f"your test refuses a right implementation: {why}{said}"
        missed = []
        for fault, function in faulty.items():
            passed, _ = _verdict(answer, function)
            if isinstance(passed, str):
                return passed
            if passed:
                missed.append(fault)
        caught = f"{len(faulty) - len(missed)} of {len(faulty)} faults are caught; this one passes"
        return f"{caught}: {missed[0]}" if missed else ""

    return problem


def _verdict(test: Callable, function: Callable) -> tuple[bool | str, str]:
    """Whether the function passes the test, and what the test said; a text in place of the first if it gives no verdict."""
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            result = test(function)
    except AssertionError as error:
        return False, f"; it says {str(error).strip().splitlines()[0][:120]!r}" if str(error).strip() else ""
    except Exception as error:
        message = str(error).strip().splitlines()
        return False, f"; it raised {type(error).__name__}: {message[0][:150] if message else ''}"
    if result is None:
        return True, ""
    result = plain(result)
    if not isinstance(result, bool):
        return f"the test should return True or False, or use assert; it returned {show(result)}", ""
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
    "it's the step of lesson 11": _steps_with(),
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


def _first(cases: Callable) -> list[tuple]:
    return cases(torch.Generator().manual_seed(0))


EXERCISES: dict[str, Exercise] = {
    "12.13a": Function(
        reference=_encoded(),
        cases=_names,
        mistakes=apart(_ENCODINGS, _encoded(), _first(_names)),
        errors={
            "is not in list": "a test name may be missing from the training set; its number is −1",
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
        test=_separates(_RIGHT_SCORES, _FAULTY_SCORES),
        hints=[
            "Work out one small example by hand: three or four images, four classes, k = 1, 2, and 3.",
            "Let the label be on each place once, first, second, third, and last, and let some logits be negative.",
            "What should be the same after the call as before?",
        ],
        praise="One example, worked out by hand, in which everything differs, catches most of these faults.",
    ),
    "12.14b": Choice(
        test=_separates(_RIGHT_STEPS, _FAULTY_STEPS),
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
        test=_separates(_RIGHT_SPLITS, _FAULTY_SPLITS),
        hints=[
            "Properties are enough: what must be true of the two sets together, and of each by itself?",
            "Call it twice with one seed, then with several seeds. What should be equal, and what shouldn't?",
            "Draw a random number after the call, with and without the call, from the same state of the generator.",
        ],
        praise="No example here: the test asks for what must hold of every result.",
    ),
}
