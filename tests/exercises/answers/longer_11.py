"""Answers to the longer tasks of lesson 11, written from its page alone after its replies."""

import math
import statistics
from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from tests.support.answers import right, wrong


# 11.7a
@right("11.7a")
def _(net, image):
    X = image[None].clone().requires_grad_()
    net(X).max().backward()
    return X.grad[0]


@right("11.7a")
def _(net, image):
    X = image.detach().unsqueeze(0).requires_grad_(True)
    logits = net(X)[0]
    (gradient,) = torch.autograd.grad(logits[logits.argmax()], X)
    return gradient.reshape(image.shape)


@right("11.7a")
def _(network, picture):
    return torch.func.grad(lambda x: network(x.unsqueeze(0)).amax())(picture)


@right("11.7a")
def _(net, image):
    with torch.no_grad():
        winner = int(net(image[None]).argmax())
    rows = torch.autograd.functional.jacobian(lambda x: net(x[None])[0], image.clone())
    return rows[winner]


class Saliency:
    def __call__(self, net, image):
        X = torch.stack([image]).requires_grad_()
        logits = net(X)
        one_hot = F.one_hot(logits.argmax(dim=1), logits.shape[1]).to(logits)
        logits.backward(one_hot)
        return X.grad.squeeze(0).clone()


right("11.7a", Saliency())


def winning_gradient(net, image, of=torch.max):
    X = image[None].clone().requires_grad_()
    return torch.autograd.grad(of(net(X)), X)[0][0]


@wrong("11.7a", "keeps the batch axis")
def _(net, image):
    return winning_gradient(net, image)[None]


@wrong("11.7a", "takes the absolute value")
def _(net, image):
    return winning_gradient(net, image).abs()


wrong("11.7a", "the gradient of the sum of all logits", partial(winning_gradient, of=torch.sum))
wrong("11.7a", "the gradient of the smallest logit", partial(winning_gradient, of=torch.min))


@wrong("11.7a", "the gradient of the largest probability")
def _(net, image):
    return winning_gradient(net, image, lambda logits: logits.softmax(dim=1).max())


@wrong("11.7a", "the gradient of the cross-entropy for the predicted class")
def _(net, image):
    return winning_gradient(net, image, lambda logits: F.cross_entropy(logits, logits.argmax(dim=1)))


@wrong("11.7a", "always the first logit")
def _(net, image):
    return winning_gradient(net, image, lambda logits: logits[0, 0])


@wrong("11.7a", "multiplies the gradient by the image")
def _(net, image):
    return winning_gradient(net, image) * image


@wrong("11.7a", "collects the gradient in the image itself, so it adds up from call to call")
def _(net, image):
    image.requires_grad_()
    net(image[None]).max().backward()
    return image.grad


@wrong("11.7a", "drops the channel axis")
def _(net, image):
    return winning_gradient(net, image)[0]


@wrong("11.7a", "divides by the largest absolute value")
def _(net, image):
    gradient = winning_gradient(net, image)
    return gradient / gradient.abs().max()


@wrong("11.7a", "the logit goes through item(), so no gradient arrives")
def _(net, image):
    X = image[None].clone().requires_grad_()
    logit = torch.tensor(net(X).max().item(), requires_grad=True)
    logit.backward()
    return X.grad


# 11.7b
@right("11.7b")
def _(net, image, size):
    _, height, width = image.shape
    result = torch.zeros(height // size, width // size)
    with torch.no_grad():
        logits = net(image[None])[0]
        best = logits.argmax()
        for i in range(height // size):
            for j in range(width // size):
                covered = image.clone()
                covered[:, i * size : (i + 1) * size, j * size : (j + 1) * size] = 0
                result[i, j] = logits[best] - net(covered[None])[0, best]
    return result


@right("11.7b")
@torch.no_grad()
def _(net, image, size):
    rows, columns = image.shape[1] // size, image.shape[2] // size
    small = 1 - torch.eye(rows * columns).reshape(-1, 1, rows, columns)
    masks = small.repeat_interleave(size, dim=2).repeat_interleave(size, dim=3)
    before = net(image[None])[0]
    after = net(image * masks)
    winner = before.argmax()
    return (before[winner] - after[:, winner]).reshape(rows, columns)


@right("11.7b")
def _(network, x, s):
    h, w = x.shape[-2] // s, x.shape[-1] // s
    old, winner = network(x.unsqueeze(0)).detach().squeeze(0).max(dim=0)
    patches = torch.arange(h * w).reshape(h, w)
    number = torch.tensor(np.kron(patches.numpy(), np.ones((s, s), dtype=int)))
    drops = []
    for patch in range(h * w):
        new = network(x.masked_fill(number == patch, 0.0).unsqueeze(0)).detach()
        drops.append((old - new[0, winner]).item())
    return torch.tensor(drops).view(h, w)


@right("11.7b")
def _(net, image, size):
    c, height, width = image.shape
    n = (height // size) * (width // size)
    pieces = F.unfold(image[None], size, stride=size).repeat(n, 1, 1)
    pieces[torch.arange(n), :, torch.arange(n)] = 0
    covered = F.fold(pieces, (height, width), size, stride=size)
    with torch.inference_mode():
        logits = net(torch.cat([image[None], covered]))
    best = logits[0].argmax().item()
    return logits[0, best] - logits[1:, best].reshape(height // size, -1)


def occluded(net, image, size, fill=0.0, old="logit", cover=None):
    """The winner, the logits before, and those after, (rows, columns, classes)."""
    rows, columns = image.shape[1] // size, image.shape[2] // size
    with torch.no_grad():
        before = net(image[None])[0]
        after = torch.zeros(rows, columns, len(before))
        for i in range(rows):
            for j in range(columns):
                X = image.clone()
                if cover is None:
                    X[:, i * size : (i + 1) * size, j * size : (j + 1) * size] = fill
                else:
                    cover(X, i, j)
                after[i, j] = net(X[None])[0]
    return before.argmax(), before, after


@wrong("11.7b", "the new logit minus the old one")
def _(net, image, size):
    best, before, after = occluded(net, image, size)
    return after[..., best] - before[best]


@wrong("11.7b", "the logit of whichever class wins after covering")
def _(net, image, size):
    best, before, after = occluded(net, image, size)
    return before[best] - after.amax(dim=2)


@wrong("11.7b", "the patches stay covered, one after the other")
def _(net, image, size):
    rows, columns = image.shape[1] // size, image.shape[2] // size
    result, covered = torch.zeros(rows, columns), image.clone()
    with torch.no_grad():
        logits = net(image[None])[0]
        best = logits.argmax()
        for i in range(rows):
            for j in range(columns):
                covered[:, i * size : (i + 1) * size, j * size : (j + 1) * size] = 0
                result[i, j] = logits[best] - net(covered[None])[0, best]
    return result


@wrong("11.7b", "covers the image that was passed in")
def _(net, image, size):
    rows, columns = image.shape[1] // size, image.shape[2] // size
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        logits = net(image[None])[0]
        best = logits.argmax()
        for i in range(rows):
            for j in range(columns):
                image[:, i * size : (i + 1) * size, j * size : (j + 1) * size] = 0
                result[i, j] = logits[best] - net(image[None])[0, best]
    return result


@wrong("11.7b", "covers with the image's mean instead of 0")
def _(net, image, size):
    best, before, after = occluded(net, image, size, fill=image.mean())
    return before[best] - after[..., best]


@wrong("11.7b", "probabilities instead of logits")
def _(net, image, size):
    best, before, after = occluded(net, image, size)
    return before.softmax(dim=0)[best] - after.softmax(dim=2)[..., best]


@wrong("11.7b", "rows and columns exchanged")
def _(net, image, size):
    best, before, after = occluded(net, image, size)
    return (before[best] - after[..., best]).T


@wrong("11.7b", "the patches slide by one pixel and overlap")
def _(net, image, size):
    rows, columns = image.shape[1] - size + 1, image.shape[2] - size + 1
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        logits = net(image[None])[0]
        best = logits.argmax()
        for i in range(rows):
            for j in range(columns):
                X = image.clone()
                X[:, i : i + size, j : j + size] = 0
                result[i, j] = logits[best] - net(X[None])[0, best]
    return result


@wrong("11.7b", "covers one pixel too few in each direction")
def _(net, image, size):
    def cover(X, i, j):
        X[:, i * size : (i + 1) * size - 1, j * size : (j + 1) * size - 1] = 0

    best, before, after = occluded(net, image, size, cover=cover)
    return before[best] - after[..., best]


@wrong("11.7b", "covers everything except the patch")
def _(net, image, size):
    def cover(X, i, j):
        window = slice(i * size, (i + 1) * size), slice(j * size, (j + 1) * size)
        kept = X[:, window[0], window[1]].clone()
        X[:] = 0
        X[:, window[0], window[1]] = kept

    best, before, after = occluded(net, image, size, cover=cover)
    return before[best] - after[..., best]


@wrong("11.7b", "takes the absolute value of the drop")
def _(net, image, size):
    best, before, after = occluded(net, image, size)
    return (before[best] - after[..., best]).abs()


@wrong("11.7b", "forgets to multiply the patch's start by the size")
def _(net, image, size):
    def cover(X, i, j):
        X[:, i : i + size, j : j + size] = 0

    best, before, after = occluded(net, image, size, cover=cover)
    return before[best] - after[..., best]


# 11.7c
@right("11.7c")
def _(a, b):
    ranks = [x.flatten().argsort().argsort().double() for x in (a, b)]
    return torch.corrcoef(torch.stack(ranks))[0, 1]


@right("11.7c")
def _(a, b):
    a, b = np.asarray(a.detach()).ravel(), np.asarray(b.detach()).ravel()
    n = a.size
    d = np.argsort(np.argsort(a)) - np.argsort(np.argsort(b))
    return 1 - 6 * np.sum(d.astype(float) ** 2) / (n * (n**2 - 1))


@right("11.7c")
def _(first, second):
    def places(values):
        order = sorted(range(len(values)), key=values.__getitem__)
        result = [0] * len(values)
        for place, index in enumerate(order):
            result[index] = place + 1
        return result

    u, v = places(first.flatten().tolist()), places(second.flatten().tolist())
    mu, mv = sum(u) / len(u), sum(v) / len(v)
    above = sum((p - mu) * (q - mv) for p, q in zip(u, v, strict=True))
    return above / math.sqrt(sum((p - mu) ** 2 for p in u) * sum((q - mv) ** 2 for q in v))


@right("11.7c")
def _(a, b):
    def ranks(x):
        x = x.reshape(-1)
        r = torch.searchsorted(x.sort().values, x).double()
        return (r - r.mean()) / r.std(correction=0)

    return (ranks(a) * ranks(b)).mean().item()


@right("11.7c")
def _(a, b):
    a, b = a.ravel(), b.ravel()
    ra = (a[:, None] > a).sum(dim=1).float()
    rb = (b[:, None] > b).sum(dim=1).float()
    return F.cosine_similarity(ra - ra.mean(), rb - rb.mean(), dim=0)


def ranks_of(x):
    return x.flatten().argsort().argsort().double()


def correlation(x, y):
    return torch.corrcoef(torch.stack([x, y]))[0, 1].item()


@wrong("11.7c", "the correlation of the values, not of their ranks")
def _(a, b):
    return correlation(a.flatten().double(), b.flatten().double())


@wrong("11.7c", "takes the order of one argsort for the ranks")
def _(a, b):
    return correlation(a.flatten().argsort().double(), b.flatten().argsort().double())


@wrong("11.7c", "ranks within each row only")
def _(a, b):
    return correlation(*(x.argsort(dim=-1).argsort(dim=-1).double().flatten() for x in (a, b)))


@wrong("11.7c", "the formula divides by n² − 1, without the factor n")
def _(a, b):
    d = ranks_of(a) - ranks_of(b)
    return (1 - 6 * d.square().sum() / (len(d) ** 2 - 1)).item()


@wrong("11.7c", "the formula without the 1 −")
def _(a, b):
    d, n = ranks_of(a) - ranks_of(b), a.numel()
    return (6 * d.square().sum() / (n * (n**2 - 1))).item()


@wrong("11.7c", "the cosine of the ranks, without subtracting their mean")
def _(a, b):
    return F.cosine_similarity(ranks_of(a), ranks_of(b), dim=0).item()


@wrong("11.7c", "the absolute value of the correlation")
def _(a, b):
    return abs(correlation(ranks_of(a), ranks_of(b)))


@wrong("11.7c", "ranks the second map from large to small")
def _(a, b):
    return correlation(ranks_of(a), ranks_of(-b))


@wrong("11.7c", "the covariance of the ranks")
def _(a, b):
    return torch.cov(torch.stack([ranks_of(a), ranks_of(b)]))[0, 1].item()


@wrong("11.7c", "the whole 2×2 matrix of correlations")
def _(a, b):
    return torch.corrcoef(torch.stack([ranks_of(a), ranks_of(b)]))


@wrong("11.7c", "Kendall's share of agreeing pairs")
def _(a, b):
    a, b = a.flatten(), b.flatten()
    signs = (a[:, None] - a).sign() * (b[:, None] - b).sign()
    return (signs.sum() / (len(a) * (len(a) - 1))).item()


@wrong("11.7c", "the share of values whose ranks are equal")
def _(a, b):
    return (ranks_of(a) == ranks_of(b)).double().mean().item()


# 11.8a
@right("11.8a")
def _(build, fit, score, rates):
    best, best_net, best_rate = -1, None, None
    for rate in rates:
        net = build()
        fit(net, rate)
        accuracy = score(net, "val")
        if accuracy > best:
            best, best_net, best_rate = accuracy, net, rate
    return best_rate, score(best_net, "test")


@right("11.8a")
def _(build, fit, score, rates):
    nets = {}
    for rate in rates:
        nets[rate] = build()
        fit(nets[rate], rate)
    accuracies = {rate: score(net, "val") for rate, net in nets.items()}
    chosen = max(accuracies, key=accuracies.get)
    return [chosen, score(nets[chosen], "test")]


@right("11.8a")
def _(make, train, evaluate, lrs):
    lrs = list(lrs)
    networks = [make() for _ in lrs]
    for network, lr in zip(networks, lrs, strict=True):
        train(network, lr)
    i = int(np.argmax([evaluate(network, "val") for network in networks]))
    return lrs[i], evaluate(networks[i], "test")


@right("11.8a")
def _(build, fit, score, rates):
    def run(rate):
        net = build()
        fit(net, rate)
        return score(net, "val"), rate, net

    _, rate, net = max(map(run, rates), key=lambda result: result[0])
    return rate, score(net, "test")


def trained_net(build, fit, rate):
    net = build()
    fit(net, rate)
    return net


@wrong("11.8a", "picks the rate by the test accuracy")
def _(build, fit, score, rates):
    results = [(score(trained_net(build, fit, rate), "test"), rate) for rate in rates]
    accuracy, rate = max(results)
    return rate, accuracy


@wrong("11.8a", "trains one and the same network with all rates")
def _(build, fit, score, rates):
    net, results = build(), []
    for rate in rates:
        fit(net, rate)
        results.append((score(net, "val"), rate))
    return max(results)[1], score(net, "test")


@wrong("11.8a", "scores every network on the test set")
def _(build, fit, score, rates):
    results = []
    for rate in rates:
        net = trained_net(build, fit, rate)
        results.append((score(net, "val"), rate, score(net, "test")))
    return max(results)[1:]


@wrong("11.8a", "returns the validation accuracy of the best")
def _(build, fit, score, rates):
    accuracy, rate = max((score(trained_net(build, fit, rate), "val"), rate) for rate in rates)
    return rate, accuracy


@wrong("11.8a", "tests the network that was trained last")
def _(build, fit, score, rates):
    best = -1
    for rate in rates:
        net = trained_net(build, fit, rate)
        accuracy = score(net, "val")
        if accuracy > best:
            best, best_rate = accuracy, rate
    return best_rate, score(net, "test")


@wrong("11.8a", "trains another network with the best rate and tests that one")
def _(build, fit, score, rates):
    best = max(rates, key=lambda rate: score(trained_net(build, fit, rate), "val"))
    return best, score(trained_net(build, fit, best), "test")


@wrong("11.8a", "the test accuracy first, then the rate")
def _(build, fit, score, rates):
    nets = {rate: trained_net(build, fit, rate) for rate in rates}
    best = max(nets, key=lambda rate: score(nets[rate], "val"))
    return score(nets[best], "test"), best


@wrong("11.8a", "forgets to train")
def _(build, fit, score, rates):
    nets = {rate: build() for rate in rates}
    best = max(nets, key=lambda rate: score(nets[rate], "val"))
    return best, score(nets[best], "test")


@wrong("11.8a", "the lowest validation accuracy wins")
def _(build, fit, score, rates):
    nets = {rate: trained_net(build, fit, rate) for rate in rates}
    best = min(nets, key=lambda rate: score(nets[rate], "val"))
    return best, score(nets[best], "test")


@wrong("11.8a", "returns the place of the rate in the list")
def _(build, fit, score, rates):
    nets = [trained_net(build, fit, rate) for rate in rates]
    values = [score(net, "val") for net in nets]
    best = values.index(max(values))
    return best, score(nets[best], "test")


@wrong("11.8a", "returns the rate alone")
def _(build, fit, score, rates):
    return max(rates, key=lambda rate: score(trained_net(build, fit, rate), "val"))


@wrong("11.8a", "the pair of the largest rate, without a comparison")
def _(build, fit, score, rates):
    nets = {rate: trained_net(build, fit, rate) for rate in rates}
    return max(nets), score(nets[max(nets)], "test")


# 11.8b
@right("11.8b")
def _(a, b):
    difference = statistics.mean(b) - statistics.mean(a)
    error = math.sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))
    return difference, error, abs(difference) > 2 * error


@right("11.8b")
def _(a, b):
    a, b = np.array(a), np.array(b)
    d = b.mean() - a.mean()
    se = np.hypot(a.std(ddof=1) / a.size**0.5, b.std(ddof=1) / b.size**0.5)
    return d, se, np.abs(d) > 2 * se


@right("11.8b")
def _(old, new):
    old, new = (torch.tensor(x, dtype=torch.float64) for x in (old, new))
    gain = new.mean() - old.mean()
    error = torch.sqrt(old.var() / len(old) + new.var() / len(new))
    return [gain, error, bool(not (-2 * error <= gain <= 2 * error))]


@right("11.8b")
def _(a, b):
    def summary(x):
        m = sum(x) / len(x)
        return m, sum((v - m) ** 2 for v in x) / (len(x) - 1) / len(x)

    (mean_a, var_a), (mean_b, var_b) = summary(a), summary(b)
    squared = var_a + var_b
    return mean_b - mean_a, squared**0.5, (mean_b - mean_a) ** 2 > 4 * squared


def mean(x):
    return sum(x) / len(x)


def var(x, less=1):
    return sum((value - mean(x)) ** 2 for value in x) / (len(x) - less)


def verdict(difference, error, factor=2):
    return difference, error, abs(difference) > factor * error


@wrong("11.8b", "the mean of a minus the mean of b")
def _(a, b):
    return verdict(mean(a) - mean(b), math.sqrt(var(a) / len(a) + var(b) / len(b)))


@wrong("11.8b", "variances that divide by n")
def _(a, b):
    return verdict(mean(b) - mean(a), math.sqrt(var(a, 0) / len(a) + var(b, 0) / len(b)))


@wrong("11.8b", "sees only improvements, not losses")
def _(a, b):
    difference, error = mean(b) - mean(a), math.sqrt(var(a) / len(a) + var(b) / len(b))
    return difference, error, difference > 2 * error


@wrong("11.8b", "the root is missing")
def _(a, b):
    return verdict(mean(b) - mean(a), var(a) / len(a) + var(b) / len(b))


@wrong("11.8b", "the variances aren't divided by the numbers of runs")
def _(a, b):
    return verdict(mean(b) - mean(a), math.sqrt(var(a) + var(b)))


@wrong("11.8b", "divides both variances by the number of runs of a")
def _(a, b):
    return verdict(mean(b) - mean(a), math.sqrt((var(a) + var(b)) / len(a)))


@wrong("11.8b", "standard deviations under the root instead of variances")
def _(a, b):
    return verdict(mean(b) - mean(a), math.sqrt(var(a) ** 0.5 / len(a) + var(b) ** 0.5 / len(b)))


@wrong("11.8b", "one standard error is enough")
def _(a, b):
    return verdict(mean(b) - mean(a), math.sqrt(var(a) / len(a) + var(b) / len(b)), 1)


@wrong("11.8b", "adds the two standard errors without squaring")
def _(a, b):
    return verdict(mean(b) - mean(a), math.sqrt(var(a) / len(a)) + math.sqrt(var(b) / len(b)))


@wrong("11.8b", "compares the runs pair by pair")
def _(a, b):
    differences = [y - x for x, y in zip(a, b, strict=False)]
    return verdict(mean(differences), math.sqrt(var(differences) / len(differences)))


@wrong("11.8b", "medians instead of means")
def _(a, b):
    difference = statistics.median(b) - statistics.median(a)
    return verdict(difference, math.sqrt(var(a) / len(a) + var(b) / len(b)))


@wrong("11.8b", "the difference relative to the mean of a")
def _(a, b):
    difference, error = mean(b) - mean(a), math.sqrt(var(a) / len(a) + var(b) / len(b))
    return difference / mean(a), error, abs(difference) > 2 * error


@wrong("11.8b", "says True when the difference stays within two standard errors")
def _(a, b):
    difference, error = mean(b) - mean(a), math.sqrt(var(a) / len(a) + var(b) / len(b))
    return difference, error, abs(difference) <= 2 * error


# 11.8c
@right("11.8c")
def _(build, fit, score, variants, rates, seeds):
    def trained(variant, rate, seed):
        net = build(variant, seed)
        fit(net, rate)
        return net

    def quality(variant, rate):
        return sum(score(trained(variant, rate, seed), "val") for seed in seeds) / len(seeds)

    result = {}
    for variant in variants:
        best = max(rates, key=lambda rate: quality(variant, rate))  # noqa: B023
        result[variant] = [score(trained(variant, best, seed), "test") for seed in seeds]
    return result


@right("11.8c")
def _(build, fit, score, variants, rates, seeds):
    result = {}
    for variant in variants:
        best_mean, best_nets = float("-inf"), []
        for rate in rates:
            nets = []
            for seed in seeds:
                net = build(variant, seed)
                fit(net, rate)
                nets.append(net)
            mean_val = statistics.fmean(score(net, "val") for net in nets)
            if mean_val > best_mean:
                best_mean, best_nets = mean_val, nets
        result[variant] = [score(net, "test") for net in best_nets]
    return result


@right("11.8c")
def _(build, fit, score, variants, rates, seeds):
    nets = {(v, r, s): build(v, s) for v in variants for r in rates for s in seeds}
    for (_, rate, _), net in nets.items():
        fit(net, rate)
    val = {key: score(net, "val") for key, net in nets.items()}
    table = np.array([[[val[v, r, s] for s in seeds] for r in rates] for v in variants])
    best = table.mean(axis=2).argmax(axis=1)
    return {v: [score(nets[v, rates[best[i]], s], "test") for s in seeds] for i, v in enumerate(variants)}


class Ablation:
    """Sums in place of means: the number of seeds is the same for every rate."""

    def __call__(self, build, fit, score, names, lrs, seeds):
        self.build, self.fit = build, fit
        return {name: self.tested(name, score, lrs, seeds) for name in names}

    def net(self, name, lr, seed):
        network = self.build(name, seed)
        self.fit(network, lr)
        return network

    def tested(self, name, score, lrs, seeds):
        runs = [[self.net(name, lr, seed) for seed in seeds] for lr in lrs]
        sums = torch.tensor([[score(net, "val") for net in nets] for nets in runs], dtype=torch.float64)
        return [score(net, "test") for net in runs[sums.sum(dim=1).argmax()]]


right("11.8c", Ablation())


def seeded(build, fit, variant, rate, seed):
    net = build(variant, seed)
    fit(net, rate)
    return net


def ablated(build, fit, score, variants, seeds, rate_of, part="test"):
    """The form of the result, with a function that says which rate a variant gets."""
    result = {}
    for v in variants:
        rate = rate_of(v)
        result[v] = [score(seeded(build, fit, v, rate, seed), part) for seed in seeds]
    return result


@wrong("11.8c", "a rate for each variant, but chosen on the test set")
def _(build, fit, score, variants, rates, seeds):
    def rate_of(v):
        return max(rates, key=lambda r: sum(score(seeded(build, fit, v, r, s), "test") for s in seeds))

    return ablated(build, fit, score, variants, seeds, rate_of)


@wrong("11.8c", "the validation set, but the rate still comes from the first variant")
def _(build, fit, score, variants, rates, seeds):
    first = variants[0]
    best = max(rates, key=lambda r: sum(score(seeded(build, fit, first, r, s), "val") for s in seeds))
    return ablated(build, fit, score, variants, seeds, lambda v: best)


@wrong("11.8c", "chooses with the first seed alone")
def _(build, fit, score, variants, rates, seeds):
    def rate_of(v):
        return max(rates, key=lambda r: score(seeded(build, fit, v, r, seeds[0]), "val"))

    return ablated(build, fit, score, variants, seeds, rate_of)


@wrong("11.8c", "a rate of its own for each seed")
def _(build, fit, score, variants, rates, seeds):
    def one(v, s):
        best = max(rates, key=lambda r: score(seeded(build, fit, v, r, s), "val"))
        return score(seeded(build, fit, v, best, s), "test")

    return {v: [one(v, s) for s in seeds] for v in variants}


@wrong("11.8c", "one rate for all, by the mean over the variants")
def _(build, fit, score, variants, rates, seeds):
    def quality(r):
        return sum(score(seeded(build, fit, v, r, s), "val") for v in variants for s in seeds)

    best = max(rates, key=quality)
    return ablated(build, fit, score, variants, seeds, lambda v: best)


@wrong("11.8c", "the best seed decides, not the mean")
def _(build, fit, score, variants, rates, seeds):
    def rate_of(v):
        return max(rates, key=lambda r: max(score(seeded(build, fit, v, r, s), "val") for s in seeds))

    return ablated(build, fit, score, variants, seeds, rate_of)


@wrong("11.8c", "returns the validation accuracies")
def _(build, fit, score, variants, rates, seeds):
    def rate_of(v):
        return max(rates, key=lambda r: sum(score(seeded(build, fit, v, r, s), "val") for s in seeds))

    return ablated(build, fit, score, variants, seeds, rate_of, "val")


@wrong("11.8c", "scores all rates on the test set and keeps those of the best")
def _(build, fit, score, variants, rates, seeds):
    result = {}
    for v in variants:
        rows = []
        for r in rates:
            nets = [seeded(build, fit, v, r, s) for s in seeds]
            rows.append((sum(score(n, "val") for n in nets), [score(n, "test") for n in nets]))
        result[v] = max(rows)[1]
    return result


@wrong("11.8c", "returns one mean for each variant instead of a list")
def _(build, fit, score, variants, rates, seeds):
    def rate_of(v):
        return max(rates, key=lambda r: sum(score(seeded(build, fit, v, r, s), "val") for s in seeds))

    return {k: sum(x) / len(x) for k, x in ablated(build, fit, score, variants, seeds, rate_of).items()}


@wrong("11.8c", "trains the same networks on, from rate to rate")
def _(build, fit, score, variants, rates, seeds):
    result = {}
    for v in variants:
        nets, best = [build(v, s) for s in seeds], -1
        for r in rates:
            for net in nets:
                fit(net, r)
            mean_val = sum(score(net, "val") for net in nets) / len(nets)
            if mean_val > best:
                best, best_nets = mean_val, list(nets)
        result[v] = [score(net, "test") for net in best_nets]
    return result


@wrong("11.8c", "all runs of a variant with the first seed")
def _(build, fit, score, variants, rates, seeds):
    def rate_of(v):
        return max(rates, key=lambda r: sum(score(seeded(build, fit, v, r, s), "val") for s in seeds))

    return {v: [score(seeded(build, fit, v, rate_of(v), seeds[0]), "test") for _ in seeds] for v in variants}


@wrong("11.8c", "the rate with the lowest mean validation accuracy")
def _(build, fit, score, variants, rates, seeds):
    def rate_of(v):
        return min(rates, key=lambda r: sum(score(seeded(build, fit, v, r, s), "val") for s in seeds))

    return ablated(build, fit, score, variants, seeds, rate_of)
