"""Answers to the longer tasks of lessons 10 and 11."""

import itertools
import math
import statistics

import numpy as np
import torch
from torch.nn import functional as F

from tests.support.answers import right, wrong

# 10.7a: linear weights


@right("10.7a")
def _(n, m, align_corners):
    W = torch.zeros(m, n)
    for i in range(m):
        if align_corners:
            p = i * (n - 1) / (m - 1) if m > 1 else 0
        else:
            p = min(max((i + 0.5) * n / m - 0.5, 0), n - 1)
        lower = math.floor(p)
        upper = min(lower + 1, n - 1)
        w = p - lower
        W[i, lower] += 1 - w
        W[i, upper] += w
    return W


@right("10.7a")
def _(n, m, align_corners):
    i = torch.arange(m, dtype=torch.float64)
    if not align_corners:
        p = (i + 0.5) * n / m - 0.5
    elif m == 1:
        p = torch.zeros(1, dtype=torch.float64)
    else:
        p = i * (n - 1) / (m - 1)
    p = p.clamp(0, n - 1)
    distance = (p[:, None] - torch.arange(n)).abs()
    return (1 - distance).clamp(min=0).float()


@wrong("10.7a", "assigns both weights with =, so at the last pixel, where both indices are equal, the 0 replaces the 1")
def _(n, m, align_corners):
    W = torch.zeros(m, n)
    for i in range(m):
        if align_corners:
            p = i * (n - 1) / (m - 1) if m > 1 else 0
        else:
            p = min(max((i + 0.5) * n / m - 0.5, 0), n - 1)
        lower = math.floor(p)
        upper = min(lower + 1, n - 1)
        w = p - lower
        W[i, lower] = 1 - w
        W[i, upper] = w
    return W


@wrong("10.7a", "doesn't move positions beyond the ends, so a negative index writes into the last column")
def _(n, m, align_corners):
    W = torch.zeros(m, n)
    for i in range(m):
        if align_corners:
            p = 0 if m == 1 else i * (n - 1) / (m - 1)
        else:
            p = (i + 0.5) * n / m - 0.5
        lower = math.floor(p)
        upper = min(lower + 1, n - 1)
        W[i, lower] += 1 - (p - lower)
        W[i, upper] += p - lower
    return W


@wrong("10.7a", "forgets m = 1 with align_corners=True and divides by zero")
def _(n, m, align_corners):
    W = torch.zeros(m, n)
    for i in range(m):
        p = i * (n - 1) / (m - 1) if align_corners else (i + 0.5) * n / m - 0.5
        p = min(max(p, 0), n - 1)
        lower = int(p)
        w = p - lower
        W[i, lower] += 1 - w
        if w > 0:
            W[i, lower + 1] += w
    return W


@wrong("10.7a", "leaves out both halves with align_corners=False: position i·n/m")
def _(n, m, align_corners):
    i = torch.arange(m).float()
    p = i * (n - 1) / max(m - 1, 1) if align_corners else i * n / m
    p = p.clamp(0, n - 1)
    return (1 - (p[:, None] - torch.arange(n)).abs()).clamp(min=0)


# 10.7b: both axes


@right("10.7b")
def _(X, rows, columns):
    return rows @ X @ columns.T


@right("10.7b")
def _(X, rows, columns):
    return torch.einsum("ih,nchw,jw->ncij", rows, X, columns)


@wrong("10.7b", "doesn't transpose columns")
def _(X, rows, columns):
    return rows @ X @ columns


@wrong("10.7b", "applies rows to the width and columns to the height")
def _(X, rows, columns):
    return columns @ X @ rows.T


@wrong("10.7b", "transposes the images for the second axis and doesn't transpose them back")
def _(X, rows, columns):
    taller = rows @ X
    return columns @ taller.transpose(2, 3)


@wrong("10.7b", "uses reshape instead of a transpose to bring the width to the front and back")
def _(X, rows, columns):
    taller = rows @ X
    N, C, H, W = taller.shape
    return (columns @ taller.reshape(N, C, W, H)).reshape(N, C, H, len(columns))


# 10.7c: antialiased weights


@right("10.7c")
def _(n, m):
    reach = max(n / m, 1)
    W = torch.zeros(m, n)
    for i in range(m):
        center = (i + 0.5) * n / m - 0.5
        for j in range(n):
            W[i, j] = max(0, 1 - abs(j - center) / reach)
    return W / W.sum(dim=1, keepdim=True)


@right("10.7c")
def _(n, m):
    scale = n / m
    center = (torch.arange(m, dtype=torch.float64) + 0.5) * scale
    pixel = torch.arange(n) + 0.5
    tent = F.relu(1 - (center.unsqueeze(1) - pixel).abs() / max(scale, 1.0))
    return F.normalize(tent, p=1, dim=1).float()


@wrong("10.7c", "reach n/m even if the row grows, so the tent becomes narrower than 1")
def _(n, m):
    center = (torch.arange(m) + 0.5) * n / m - 0.5
    tent = (1 - (center[:, None] - torch.arange(n)).abs() * m / n).clamp(min=0)
    return tent / tent.sum(dim=1, keepdim=True)


@wrong("10.7c", "divides by the reach instead of the sum of the row")
def _(n, m):
    reach = max(n / m, 1)
    center = (torch.arange(m) + 0.5) * n / m - 0.5
    tent = (1 - (center[:, None] - torch.arange(n)).abs() / reach).clamp(min=0)
    return tent / reach


@wrong("10.7c", "a box instead of a tent: all pixels within the reach count the same")
def _(n, m):
    reach = max(n / m, 1)
    center = (torch.arange(m) + 0.5) * n / m - 0.5
    box = ((center[:, None] - torch.arange(n)).abs() < reach).float()
    return box / box.sum(dim=1, keepdim=True)


@wrong("10.7c", "centers the tents at i·n/m, without the halves")
def _(n, m):
    reach = max(n / m, 1)
    center = torch.arange(m) * n / m
    tent = (1 - (center[:, None] - torch.arange(n)).abs() / reach).clamp(min=0)
    return tent / tent.sum(dim=1, keepdim=True)


# 10.8a: the list of experiments


@right("10.8a")
def _(base, changes):
    return {"base": dict(base)} | {name: base | change for name, change in changes.items()}


@right("10.8a")
def _(base, changes):
    networks = {"base": base.copy()}
    for name in changes:
        settings = base.copy()
        for key, value in changes[name].items():
            settings[key] = value
        networks[name] = settings
    return networks


@wrong("10.8a", "keeps the changes of the earlier variants, so they add up")
def _(base, changes):
    settings = dict(base)
    networks = {"base": dict(base)}
    for name, change in changes.items():
        settings.update(change)
        networks[name] = dict(settings)
    return networks


@wrong("10.8a", "gives each variant only the settings that it changes")
def _(base, changes):
    return {"base": dict(base), **changes}


@wrong("10.8a", "merges in the wrong order, so the base's settings replace the changes")
def _(base, changes):
    networks = {"base": dict(base)}
    for name, change in changes.items():
        networks[name] = {**change, **base}
    return networks


@wrong("10.8a", "updates base itself without a copy, so all names share one changed dictionary")
def _(base, changes):
    networks = {"base": base}
    for name, change in changes.items():
        settings = base
        settings.update(change)
        networks[name] = settings
    return networks


# 10.8b: the report


@right("10.8b")
def _(scores):
    rows = []
    base = None
    for name, values in scores.items():
        if base is None:
            base, word = values, "base"
        elif min(values) > max(base):
            word = "higher"
        elif max(values) < min(base):
            word = "lower"
        else:
            word = "overlap"
        rows.append((name, sum(values) / len(values), min(values), max(values), word))
    return rows


@right("10.8b")
def _(scores):
    names = list(scores)
    base = scores[names[0]]

    def word(name):
        if name == names[0]:
            return "base"
        if all(x > y for x in scores[name] for y in base):
            return "higher"
        return "lower" if all(x < y for x in scores[name] for y in base) else "overlap"

    return [(name, statistics.fmean(scores[name]), min(scores[name]), max(scores[name]), word(name)) for name in names]


@wrong("10.8b", "compares the means instead of all the scores")
def _(scores):
    rows = []
    base = next(iter(scores.values()))
    base_mean = sum(base) / len(base)
    for i, (name, values) in enumerate(scores.items()):
        mean = sum(values) / len(values)
        word = "higher" if mean > base_mean else "lower" if mean < base_mean else "overlap"
        rows.append((name, mean, min(values), max(values), "base" if i == 0 else word))
    return rows


@wrong("10.8b", "compares seed with seed (zip) instead of each score with all of the base's")
def _(scores):
    rows = []
    base = next(iter(scores.values()))
    for i, (name, values) in enumerate(scores.items()):
        if i == 0:
            word = "base"
        elif all(x > y for x, y in zip(values, base, strict=False)):
            word = "higher"
        elif all(x < y for x, y in zip(values, base, strict=False)):
            word = "lower"
        else:
            word = "overlap"
        rows.append((name, sum(values) / len(values), min(values), max(values), word))
    return rows


@wrong("10.8b", "rounds mean, lowest, and highest to two decimals")
def _(scores):
    rows = []
    base = next(iter(scores.values()))
    for i, (name, values) in enumerate(scores.items()):
        low, high = min(values), max(values)
        word = "higher" if low > max(base) else "lower" if high < min(base) else "overlap"
        numbers = (round(x, 2) for x in (sum(values) / len(values), low, high))
        rows.append((name, *numbers, word if i else "base"))
    return rows


@wrong("10.8b", "≥ and ≤ instead of > and <, so scores that touch the base's range count as higher or lower")
def _(scores):
    rows = []
    base = next(iter(scores.values()))
    for i, (name, values) in enumerate(scores.items()):
        low, high = min(values), max(values)
        word = "higher" if low >= max(base) else "lower" if high <= min(base) else "overlap"
        rows.append((name, sum(values) / len(values), low, high, word if i else "base"))
    return rows


# 10.8c: the control


@right("10.8c")
def _(channels, kernel_size, other_size):
    def count(c, k):
        return (c * k * k + c) + (4 * c * k * k + 4)

    target = count(channels, kernel_size)
    c = 1
    while abs(count(c + 1, other_size) - target) < abs(count(c, other_size) - target):
        c += 1
    return c


@right("10.8c")
def _(channels, kernel_size, other_size):
    return max(1, round(channels * (5 * kernel_size**2 + 1) / (5 * other_size**2 + 1)))


@wrong("10.8c", "rounds down instead of to the closest number")
def _(channels, kernel_size, other_size):
    return max(1, channels * (5 * kernel_size**2 + 1) // (5 * other_size**2 + 1))


@wrong("10.8c", "compares the weights only and forgets the biases")
def _(channels, kernel_size, other_size):
    return max(1, round(channels * kernel_size**2 / other_size**2))


@wrong("10.8c", "counts the parameters of the first convolution only")
def _(channels, kernel_size, other_size):
    target = channels * (kernel_size**2 + 1)
    return max(1, round(target / (other_size**2 + 1)))


@wrong("10.8c", "doesn't keep to at least 1 channel and returns 0 for a much larger kernel")
def _(channels, kernel_size, other_size):
    target = channels * (5 * kernel_size**2 + 1) + 4
    return round((target - 4) / (5 * other_size**2 + 1))


# 10.8d: the scores of the experiment

right(
    "10.8d",
    {
        "base": [20.2244, 19.902, 20.0311],
        "no ReLU": [19.6211, 19.659, 19.7445],
        "no skip": [19.172, 19.1796, 18.6635],
        "1×1": [18.4375, 18.4773, 18.4993],
        "1×1, as many weights": [18.4949, 18.48, 18.4991],
    },
)

right(
    "10.8d",
    {
        "no skip": torch.tensor([19.172, 19.1796, 18.6635, 18.9637, 19.2444]),
        "no ReLU": torch.tensor([19.6211, 19.659, 19.7445, 19.6653, 19.7107]),
        "no ReLU, no skip": torch.tensor([18.7919, 19.1209, 18.6857]),
        "1×1": torch.tensor([18.4375, 18.4773, 18.4993, 18.478, 18.4915]),
        "1×1, as many weights": torch.tensor([18.4949, 18.48, 18.4991, 18.484, 18.4993]),
        "base": torch.tensor([20.2244, 19.902, 20.0311, 19.9427, 19.8649]),
    },
)

wrong(
    "10.8d",
    "only two seeds",
    {
        "base": [20.2244, 19.902],
        "no ReLU": [19.6211, 19.659],
        "no skip": [19.172, 19.1796],
        "1×1": [18.4375, 18.4773],
        "1×1, as many weights": [18.4949, 18.48],
    },
)

wrong(
    "10.8d",
    "passes seed 0 in all three runs, so each score occurs three times",
    {
        "base": [20.2244, 20.2244, 20.2244],
        "no ReLU": [19.6211, 19.6211, 19.6211],
        "no skip": [19.172, 19.172, 19.172],
        "1×1": [18.4375, 18.4375, 18.4375],
        "1×1, as many weights": [18.4949, 18.4949, 18.4949],
    },
)

wrong(
    "10.8d",
    "the control has the 123 channels but still 3×3 kernels",
    {
        "base": [20.2244, 19.902, 20.0311],
        "no ReLU": [19.6211, 19.659, 19.7445],
        "no skip": [19.172, 19.1796, 18.6635],
        "1×1": [18.4375, 18.4773, 18.4993],
        "1×1, as many weights": [21.1072, 20.9203, 21.0187],
    },
)

wrong(
    "10.8d",
    "the changes add up: the 1×1 networks lack the ReLU and the skip connection, too",
    {
        "base": [20.2244, 19.902, 20.0311],
        "no ReLU": [19.6211, 19.659, 19.7445],
        "no skip": [18.7919, 19.1209, 18.6857],
        "1×1": [13.3287, 17.582, 17.3737],
        "1×1, as many weights": [17.9543, 17.9546, 17.9539],
    },
)


# 11.7a: saliency


@right("11.7a")
def _(net, image):
    X = image.clone()[None].requires_grad_(True)
    largest = net(X)[0].max()
    return torch.autograd.grad(largest, X)[0][0]


@right("11.7a")
def _(net, image):
    x = image.detach().clone()
    x.requires_grad = True
    logits = net(x.unsqueeze(0)).squeeze(0)
    winner = logits.argmax()
    logits[winner].backward()
    return x.grad


@wrong("11.7a", "takes the absolute value of the gradient")
def _(net, image):
    x = image.clone().requires_grad_(True)
    net(x[None]).max().backward()
    return x.grad.abs()


@wrong("11.7a", "turns requires_grad on for image itself and leaves it on, with a grad")
def _(net, image):
    image.requires_grad_(True)
    net(image[None]).max().backward()
    return image.grad


@wrong("11.7a", "gradient of the sum of all logits instead of the largest")
def _(net, image):
    x = image.clone().requires_grad_(True)
    net(x[None]).sum().backward()
    return x.grad


@wrong("11.7a", "gradient of the largest probability, after a softmax, instead of the logit")
def _(net, image):
    x = image.clone().requires_grad_(True)
    net(x[None]).softmax(dim=1).max().backward()
    return x.grad


# 11.7b: occlusion


@right("11.7b")
def _(net, image, size):
    _, height, width = image.shape
    drops = torch.zeros(height // size, width // size)
    with torch.no_grad():
        logits = net(image[None])[0]
        winner = logits.argmax()
        for i in range(height // size):
            for j in range(width // size):
                covered = image.clone()
                covered[:, i * size : (i + 1) * size, j * size : (j + 1) * size] = 0
                drops[i, j] = logits[winner] - net(covered[None])[0, winner]
    return drops


@right("11.7b")
@torch.no_grad()
def _(net, image, size):
    h, w = image.shape[1] // size, image.shape[2] // size
    keep = 1 - torch.eye(h * w).reshape(h * w, 1, h, w)
    keep = keep.repeat_interleave(size, dim=2).repeat_interleave(size, dim=3)
    old = net(image.unsqueeze(0)).squeeze(0)
    new = net(image * keep)
    return (old.max() - new[:, old.argmax()]).reshape(h, w)


@wrong("11.7b", "takes the largest logit of each covered image, even if another class wins there")
def _(net, image, size):
    _, height, width = image.shape
    drops = torch.zeros(height // size, width // size)
    with torch.no_grad():
        old = net(image[None]).max()
        for i in range(height // size):
            for j in range(width // size):
                covered = image.clone()
                covered[:, i * size : (i + 1) * size, j * size : (j + 1) * size] = 0
                drops[i, j] = old - net(covered[None]).max()
    return drops


@wrong("11.7b", "copies the image only once, so the earlier patches stay covered")
def _(net, image, size):
    _, height, width = image.shape
    drops = torch.zeros(height // size, width // size)
    covered = image.clone()
    with torch.no_grad():
        logits = net(image[None])[0]
        winner = logits.argmax()
        for i, j in itertools.product(range(height // size), range(width // size)):
            covered[:, i * size : (i + 1) * size, j * size : (j + 1) * size] = 0
            drops[i, j] = logits[winner] - net(covered[None])[0, winner]
    return drops


@wrong("11.7b", "new logit minus old one, so the signs are reversed")
def _(net, image, size):
    _, height, width = image.shape
    changes = torch.zeros(height // size, width // size)
    with torch.no_grad():
        logits = net(image[None])[0]
        winner = logits.argmax()
        for i in range(height // size):
            for j in range(width // size):
                covered = image.clone()
                covered[:, i * size : (i + 1) * size, j * size : (j + 1) * size] = 0
                changes[i, j] = net(covered[None])[0, winner] - logits[winner]
    return changes


@wrong("11.7b", "the drop of the probability, after a softmax, instead of the logit")
def _(net, image, size):
    _, height, width = image.shape
    drops = torch.zeros(height // size, width // size)
    with torch.no_grad():
        old = net(image[None]).softmax(dim=1)[0]
        winner = old.argmax()
        for i in range(height // size):
            for j in range(width // size):
                covered = image.clone()
                covered[:, i * size : (i + 1) * size, j * size : (j + 1) * size] = 0
                drops[i, j] = old[winner] - net(covered[None]).softmax(dim=1)[0, winner]
    return drops


# 11.7c: rank correlation


@right("11.7c")
def _(a, b):
    ranks = [m.flatten().argsort().argsort().double() for m in (a, b)]
    return torch.corrcoef(torch.stack(ranks))[0, 1]


@right("11.7c")
def _(a, b):
    def ranks_of(m):
        flat = np.asarray(m).ravel()
        ranks = np.empty(len(flat))
        ranks[np.argsort(flat)] = np.arange(1, len(flat) + 1)
        return ranks

    d = ranks_of(a) - ranks_of(b)
    n = len(d)
    return 1 - 6 * float((d**2).sum()) / (n * (n**2 - 1))


@wrong("11.7c", "a single argsort, which gives the order and not the ranks")
def _(a, b):
    orders = [m.flatten().argsort().float() for m in (a, b)]
    return torch.corrcoef(torch.stack(orders))[0, 1].item()


@wrong("11.7c", "correlates the values themselves, without ranks")
def _(a, b):
    return torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1].item()


@wrong("11.7c", "ranks along the last axis, within each row instead of the whole map")
def _(a, b):
    ranks = [m.argsort().argsort().flatten().float() for m in (a, b)]
    return torch.corrcoef(torch.stack(ranks))[0, 1].item()


@wrong("11.7c", "doesn't subtract the means: the cosine between the ranks, never negative")
def _(a, b):
    rank_a = a.flatten().argsort().argsort().float()
    rank_b = b.flatten().argsort().argsort().float()
    return (rank_a @ rank_b / (rank_a.norm() * rank_b.norm())).item()


# 11.8a: the search


@right("11.8a")
def _(build, fit, score, rates):
    best_rate, best_net, best_accuracy = None, None, -math.inf
    for rate in rates:
        net = build()
        fit(net, rate)
        accuracy = score(net, "val")
        if accuracy > best_accuracy:
            best_rate, best_net, best_accuracy = rate, net, accuracy
    return best_rate, score(best_net, "test")


@right("11.8a")
def _(build, fit, score, rates):
    rates = list(rates)
    nets = [build() for _ in rates]
    for net, rate in zip(nets, rates, strict=True):
        fit(net, rate)
    results = [score(net, "val") for net in nets]
    k = results.index(max(results))
    return rates[k], score(nets[k], "test")


@wrong("11.8a", "picks the rate by the test accuracy")
def _(build, fit, score, rates):
    best = (None, -1)
    for rate in rates:
        net = build()
        fit(net, rate)
        accuracy = score(net, "test")
        if accuracy > best[1]:
            best = (rate, accuracy)
    return best


@wrong("11.8a", "builds one network before the loop and trains it on with each rate")
def _(build, fit, score, rates):
    net = build()
    best_rate, best_accuracy = None, -1
    for rate in rates:
        fit(net, rate)
        accuracy = score(net, "val")
        if accuracy > best_accuracy:
            best_rate, best_accuracy = rate, accuracy
    return best_rate, score(net, "test")


@wrong("11.8a", "builds and trains another network with the best rate for the test")
def _(build, fit, score, rates):
    def quality(rate):
        net = build()
        fit(net, rate)
        return score(net, "val")

    best = max(rates, key=quality)
    net = build()
    fit(net, best)
    return best, score(net, "test")


@wrong("11.8a", "scores every network on the test set, not only the winner")
def _(build, fit, score, rates):
    results = []
    for rate in rates:
        net = build()
        fit(net, rate)
        results.append((score(net, "val"), rate, score(net, "test")))
    _, rate, test = max(results, key=lambda result: result[0])
    return rate, test


# 11.8b: the comparison


@right("11.8b")
def _(a, b):
    gain = statistics.mean(b) - statistics.mean(a)
    error = math.sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))
    return gain, error, abs(gain) > 2 * error


@right("11.8b")
def _(a, b):
    a, b = np.array(a), np.array(b)
    gain = b.mean() - a.mean()
    error = np.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
    return gain, error, (gain > 2 * error) | (gain < -2 * error)


@wrong("11.8b", "variances that divide by n, NumPy's default")
def _(a, b):
    gain = np.mean(b) - np.mean(a)
    error = np.sqrt(np.var(a) / len(a) + np.var(b) / len(b))
    return gain, error, abs(gain) > 2 * error


@wrong("11.8b", "mean of a minus mean of b")
def _(a, b):
    a, b = torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
    gain = (a.mean() - b.mean()).item()
    error = (a.var() / len(a) + b.var() / len(b)).sqrt().item()
    return gain, error, abs(gain) > 2 * error


@wrong("11.8b", "no absolute value, so a clear drop counts as not clear")
def _(a, b):
    gain = statistics.mean(b) - statistics.mean(a)
    error = math.sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))
    return gain, error, gain > 2 * error


@wrong("11.8b", "adds the two standard errors instead of their squares")
def _(a, b):
    gain = statistics.mean(b) - statistics.mean(a)
    error = statistics.stdev(a) / math.sqrt(len(a)) + statistics.stdev(b) / math.sqrt(len(b))
    return gain, error, abs(gain) > 2 * error


# 11.8c: the ablation, repaired


@right("11.8c")
def _(build, fit, score, variants, rates, seeds):
    def trained(variant, rate, seed):
        net = build(variant, seed)
        fit(net, rate)
        return net

    result = {}
    for variant in variants:

        def quality(rate, variant=variant):
            return sum(score(trained(variant, rate, seed), "val") for seed in seeds) / len(seeds)

        best = max(rates, key=quality)
        result[variant] = [score(trained(variant, best, seed), "test") for seed in seeds]
    return result


@right("11.8c")
def _(build, fit, score, variants, rates, seeds):
    accuracies = {}
    for variant in variants:
        best_mean, best_nets = -1.0, None
        for rate in rates:
            nets = []
            for seed in seeds:
                net = build(variant, seed)
                fit(net, rate)
                nets.append(net)
            mean = statistics.fmean(float(score(net, "val")) for net in nets)
            if mean > best_mean:
                best_mean, best_nets = mean, nets
        accuracies[variant] = [score(net, "test") for net in best_nets]
    return accuracies


@wrong("11.8c", "one rate for all variants, still chosen for the first variant only, though by validation")
def _(build, fit, score, variants, rates, seeds):
    def trained(variant, rate, seed):
        net = build(variant, seed)
        fit(net, rate)
        return net

    def quality(rate):
        return sum(score(trained(variants[0], rate, seed), "val") for seed in seeds) / len(seeds)

    best = max(rates, key=quality)
    return {variant: [score(trained(variant, best, seed), "test") for seed in seeds] for variant in variants}


@wrong("11.8c", "chooses each variant's rate by the first seed only")
def _(build, fit, score, variants, rates, seeds):
    def trained(variant, rate, seed):
        net = build(variant, seed)
        fit(net, rate)
        return net

    def best_rate(variant):
        return max(rates, key=lambda rate: score(trained(variant, rate, seeds[0]), "val"))

    result = {}
    for variant in variants:
        best = best_rate(variant)
        result[variant] = [score(trained(variant, best, seed), "test") for seed in seeds]
    return result


@wrong("11.8c", "gives each variant its own rate but still chooses it by the test set")
def _(build, fit, score, variants, rates, seeds):
    def tests(variant, rate):
        found = []
        for seed in seeds:
            net = build(variant, seed)
            fit(net, rate)
            found.append(score(net, "test"))
        return found

    return {variant: max((tests(variant, rate) for rate in rates), key=statistics.mean) for variant in variants}


@wrong("11.8c", "chooses a rate of its own for each seed instead of one for the variant")
def _(build, fit, score, variants, rates, seeds):
    result = {variant: [] for variant in variants}
    for variant in variants:
        for seed in seeds:
            best_net, best_accuracy = None, -1
            for rate in rates:
                net = build(variant, seed)
                fit(net, rate)
                accuracy = score(net, "val")
                if accuracy > best_accuracy:
                    best_net, best_accuracy = net, accuracy
            result[variant].append(score(best_net, "test"))
    return result
