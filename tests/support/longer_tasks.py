"""Right and wrong answers to the longer tasks of lessons 11 and 12, written from their texts."""

import copy

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

# 11.7


def by_finite_differences(net, image):
    """Central differences in float64, pixel by pixel."""
    logits = net(image[None])[0]
    k, found = logits.argmax().item(), torch.zeros_like(image)
    for place in np.ndindex(*image.shape):
        step = torch.zeros_like(image)
        step[place] = 1e-5
        found[place] = (net((image + step)[None])[0, k] - net((image - step)[None])[0, k]).item() / 2e-5
    return torch.round(found, decimals=7).float()


def by_masks(net, image, size):
    """All covered images in one batch."""
    rows, columns = image.shape[1] // size, image.shape[2] // size
    masks = 1 - torch.eye(rows * columns, dtype=image.dtype).reshape(-1, 1, rows, columns)
    masks = masks.repeat_interleave(size, 2).repeat_interleave(size, 3)
    whole = net(image[None])[0]
    return (whole.max() - net(image * masks)[:, whole.argmax()]).reshape(rows, columns)


def by_counting(a, b):
    """A rank is the number of smaller values; the formula for ranks without ties."""
    ranks = [(m.flatten()[:, None] > m.flatten()).sum(dim=1).double() for m in (a, b)]
    n = a.numel()
    return 1 - 6 * (ranks[0] - ranks[1]).square().sum() / (n * (n * n - 1))


# 11.8


def all_first(build, fit, score, rates):
    nets = {rate: build() for rate in rates}
    for rate, net in nets.items():
        fit(net, rate)
    best = max(nets, key=lambda rate: score(nets[rate], "val"))
    return best, score(nets[best], "test")


def trained_again(build, fit, score, rates):
    def trained(rate):
        net = build()
        fit(net, rate)
        return net

    vals = [score(trained(rate), "val") for rate in rates]
    best = rates[int(np.argmax(vals))]
    return [best, torch.tensor(score(trained(best), "test"))]


def by_the_test_set(build, fit, score, rates):
    nets = [build() for _ in rates]
    for net, rate in zip(nets, rates, strict=True):
        fit(net, rate)
    tests = [score(net, "test") for net in nets]
    _ = [score(net, "val") for net in nets]
    return rates[int(np.argmax(tests))], max(tests)


def one_net_for_all(build, fit, score, rates):
    net, best = build(), (-1, 0)
    for rate in rates:
        fit(net, rate)
        best = max(best, (score(net, "val"), rate))
    return best[1], score(net, "test")


def with_its_validation_accuracy(build, fit, score, rates):
    best, _ = all_first(build, fit, score, rates)
    net = build()
    fit(net, best)
    return best, score(net, "val")


def without_the_test_set(build, fit, score, rates):
    best = (-1, 0)
    for rate in rates:
        net = build()
        fit(net, rate)
        best = max(best, (score(net, "val"), rate))
    return best[::-1]


def with_numpy(a, b):
    difference = np.mean(b) - np.mean(a)
    error = np.hypot(np.std(a, ddof=1) / len(a) ** 0.5, np.std(b, ddof=1) / len(b) ** 0.5)
    return difference, error, np.abs(difference) > 2 * error


def own_rates(build, fit, score, variants, rates, seeds):
    def accuracies(variant, rate, part):
        nets = [build(variant, seed) for seed in seeds]
        for net in nets:
            fit(net, rate)
        return [score(net, part) for net in nets]

    best = {v: max(rates, key=lambda rate, v=v: np.mean(accuracies(v, rate, "val"))) for v in variants}
    return {v: np.array(accuracies(v, best[v], "test")) for v in variants}


def ablation(tuned_for=None, part="test", count=1, shown="test"):
    def ablate(build, fit, score, variants, rates, seeds):
        def trained(variant, rate, seed):
            net = build(variant, seed)
            fit(net, rate)
            return net

        found = {}
        for variant in variants:

            def quality(rate, variant=variant):
                return sum(score(trained(tuned_for or variant, rate, seed), part) for seed in seeds[:count])

            best = max(rates, key=quality)
            found[variant] = [score(trained(variant, best, seed), shown) for seed in seeds]
        return found

    return ablate


# 12.13


def by_bisection(train_names, test_names):
    known = np.unique(train_names)
    return tuple(
        np.where(known[np.searchsorted(known, names).clip(max=len(known) - 1)] == names, np.searchsorted(known, names), -1)
        for names in map(np.array, (train_names, test_names))
    )


def by_own_gradients(net, parts, optimizer):
    """The sums of all images' losses, divided at the end."""
    count = sum(len(X) for X, _ in parts)
    net.zero_grad()
    total = 0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y, reduction="sum")
        loss.backward()
        total += loss.detach()
    for parameter in net.parameters():
        parameter.grad /= count
    optimizer.step()
    return total / count


def by_shares(net, parts, optimizer):
    optimizer.zero_grad()
    shares = torch.tensor([float(len(y)) for _, y in parts])
    shares /= shares.sum()
    losses = [share * F.cross_entropy(net(X), y) for share, (X, y) in zip(shares.tolist(), parts, strict=True)]
    sum(losses).backward()
    optimizer.step()
    return sum(loss.item() for loss in losses)


def accumulated(weigh=lambda n, count, parts: n / count, clears="once", steps=True, returns=True):
    def accumulate(net, parts, optimizer):
        count, total = sum(len(y) for _, y in parts), 0.0
        if clears == "once":
            optimizer.zero_grad()
        for X, y in parts:
            if clears == "each":
                optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            (loss * weigh(len(y), count, len(parts))).backward()
            total += loss.item() * len(y) / count
        if steps:
            optimizer.step()
        return total if returns else None

    return accumulate


def kept(copied=copy.deepcopy, better=lambda score, best: score > best, result=lambda net, state: state):
    def best_state(net, epochs, train_epoch, validate):
        state, best = None, None
        for _ in range(epochs):
            train_epoch(net)
            score = validate(net)
            if best is None or better(score, best):
                best, state = score, copied(net.state_dict())
        return result(net, state)

    return best_state


def cloned(state):
    return {name: value.detach().clone() for name, value in state.items()}


def one_by_one(net, images):
    return [net(image[None])[0].argmax().item() for image in images]


# 12.14


def tests_top_k(top_k):
    logits = torch.tensor([[0.0, -3.0, 5.0, 1.0, 2.0], [7.0, 6.0, 5.0, 4.0, 3.0], [-1.0, -2.0, -3.0, -4.0, 0.0]])
    y = torch.tensor([4, 2, 3])  # second, third, last
    for k, right in ((1, 0), (2, 1), (3, 2), (4, 2), (5, 3)):
        given = logits.clone()
        assert abs(float(top_k(given, y, k)) - right / 3) < 1e-5, k
        assert torch.equal(given, logits), "changed"


def tests_first_place_only(top_k):
    return abs(float(top_k(torch.eye(4), torch.arange(4), 1)) - 1) < 1e-5


def tests_train_step(train_step):
    net = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 4))
    X, y = torch.randn(7, 3), torch.randint(4, (7,))
    for evaluated in (True, False):
        net.train()
        other = copy.deepcopy(net)
        F.cross_entropy(net(X + 1), y).backward()
        net.load_state_dict(other.state_dict())
        net.train(not evaluated)
        loss = F.cross_entropy(other(X), y)
        loss.backward()
        torch.optim.SGD(other.parameters(), lr=0.1).step()
        got = train_step(net, X, y, torch.optim.SGD(net.parameters(), lr=0.1))
        assert abs(float(got) - loss.item()) < 1e-5
        for a, b in zip(net.parameters(), other.parameters(), strict=True):
            assert torch.allclose(a, b, atol=1e-6)


def tests_that_the_loss_falls(train_step):
    net = nn.Linear(3, 4)
    X, y = torch.randn(7, 3), torch.randint(4, (7,))
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    return float(train_step(net, X, y, sgd)) > float(train_step(net, X, y, sgd))


def tests_split(split):
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    sets = [[set(map(int, part)) for part in split(24, 0.3, seed)] for seed in (0, 5, 5, 6, 7)]
    if not torch.equal(torch.rand(3), expected) or sets[1] != sets[2] or sets[0] == sets[1] == sets[3]:
        return False
    lengths = [len(part) for part in split(24, 0.3, 0)]
    for train, val in sets:
        if train & val or train | val != set(range(24)) or len(val) != 7 or lengths != [17, 7]:
            return False
    ones = [sum((i + 1) % 24 in val for i in val) for _, val in sets]
    return min(ones) < 6


def tests_the_sizes(split):
    train, val = split(20, 0.25, 1)
    return len(train) == 15 and len(val) == 5


# exercise → a right function
FUNCTIONS = {
    "11.7a": by_finite_differences,
    "11.7b": by_masks,
    "11.7c": by_counting,
    "11.8b": with_numpy,
    "12.13a": by_bisection,
    "12.13d": one_by_one,
}
# exercise → (right answers, wrong answers with a part of the diagnosis meant for each)
CHOICES = {
    "11.8a": (
        [all_first],
        [
            (trained_again, "isn't the one that won"),
            (by_the_test_set, "the test set is scored 3 times"),
            (one_net_for_all, "several rates in a row"),
            (with_its_validation_accuracy, "the winner's validation accuracy"),
            (without_the_test_set, "never scored"),
            (lambda build, fit, score, rates: rates[0], "two numbers"),
        ],
    ),
    "11.8c": (
        [own_rates, ablation(part="val", count=3)],
        [
            (ablation(tuned_for="plain"), "one rate for both variants"),
            (ablation(tuned_for="plain", part="val", count=3), "best for the first one"),
            (ablation(count=3), "still chosen on the test set"),
            (ablation(part="val"), "by the first seed alone"),
            (ablation(part="val", count=3, shown="val"), "validation accuracies"),
            (lambda *arguments: [], "a dict"),
        ],
    ),
    "12.13b": (
        [by_own_gradients, by_shares, accumulated()],
        [
            (accumulated(lambda n, count, parts: 1), "as many times too large"),
            (accumulated(lambda n, count, parts: 1 / parts), "each part counts alike"),
            (accumulated(clears="each"), "only the last one counts"),
            (accumulated(clears="never"), "gradients from before"),
            (accumulated(steps=False), "is there a step"),
            (accumulated(returns=False), "now return the mean loss"),
        ],
    ),
    "12.13c": (
        [kept(), kept(cloned)],
        [
            (kept(lambda state: state), "after the last epoch"),
            (kept(dict), "after the last epoch"),
            (kept(better=lambda score, best: score < best), "the lowest score"),
            (kept(better=lambda score, best: score >= best), "keep the first of them"),
            (kept(result=lambda net, state: net), "the network, which"),
            (kept(result=lambda net, state: None), "is the return missing"),
        ],
    ),
    "12.14a": (
        [tests_top_k],
        [
            (tests_first_place_only, "this one passes: k is ignored"),
            (lambda top_k: False, "never calls"),
            (lambda top_k: top_k(torch.eye(2), torch.arange(2), 1) > 200, "refuses all implementations"),
            (lambda top_k: top_k(torch.eye(2), torch.arange(2), 1), "True or False"),
            (lambda top_k: True, "never calls"),
            (lambda top_k: top_k(torch.eye(2), torch.arange(2), 1) < 9, "accepts all of them"),
        ],
    ),
    "12.14b": (
        [tests_train_step],
        [
            (tests_that_the_loss_falls, "this one passes"),
            (lambda train_step: train_step(nn.Linear(2, 2)), "refuses a right implementation"),
            (lambda train_step: True, "never calls"),
        ],
    ),
    "12.14c": (
        [tests_split],
        [
            (tests_the_sizes, "this one passes"),
            (lambda split: torch.equal(split(9, 0.5, 0)[0], split(9, 0.5, 0)[0]), "refuses a right implementation"),
            (lambda split: True, "never calls"),
        ],
    ),
}
