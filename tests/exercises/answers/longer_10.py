"""Answers to the longer tasks of lesson 10, written from its page alone after its replies."""

import collections
import copy
import math
import statistics
from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.support.answers import right, wrong

# 10.7a: linear interpolation from n pixels to m, as a matrix


@right("10.7a")
def _(n, m, align_corners):
    A = torch.zeros(m, n)
    for i in range(m):
        if align_corners:
            p = i * (n - 1) / (m - 1) if m > 1 else 0.0
        else:
            p = min(max((i + 0.5) * n / m - 0.5, 0), n - 1)
        lower = min(math.floor(p), n - 1)
        w = p - lower
        A[i, lower] += 1 - w
        A[i, min(lower + 1, n - 1)] += w
    return A


@right("10.7a")
def _(n, m, align_corners):
    # a tent of width 1 around each position
    i = torch.arange(m, dtype=torch.float64)
    p = i * (n - 1) / max(m - 1, 1) if align_corners else ((i + 0.5) * n / m - 0.5).clamp(0, n - 1)
    return (1 - (p[:, None] - torch.arange(n)).abs()).clamp(min=0)


@right("10.7a")
def _(n_in, n_out, corners):
    def at(i):
        if corners:
            return Fraction(i * (n_in - 1), n_out - 1) if n_out > 1 else Fraction(0)
        return min(max(Fraction(2 * i + 1, 2) * n_in / n_out - Fraction(1, 2), Fraction(0)), Fraction(n_in - 1))

    rows = [[float(max(0, 1 - abs(at(i) - j))) for j in range(n_in)] for i in range(n_out)]
    return torch.tensor(rows)


@right("10.7a")
def _(n, m, align_corners):
    i = torch.arange(m)
    if align_corners:
        p = torch.zeros(1) if m == 1 else i * (n - 1) / (m - 1)
    else:
        p = torch.clip((2 * i + 1) * n / (2 * m) - 0.5, 0, n - 1)
    lower = p.long().clamp(max=max(n - 2, 0))
    upper = torch.clamp(lower + 1, max=n - 1)
    w = (p - lower)[:, None]
    one_hot = F.one_hot
    return (1 - w) * one_hot(lower, n) + w * one_hot(upper, n)


@right("10.7a")
def _(n, m, align_corners):
    # np.interp of the unit vectors would be ready-made; these are the rows of the identity, mixed
    eye = np.eye(n)
    p = np.arange(m) * ((n - 1) / (m - 1) if m > 1 else 0) if align_corners else (np.arange(m) + 0.5) * n / m - 0.5
    p = np.clip(p, 0, n - 1)
    lower = np.floor(p).astype(int)
    upper = np.minimum(lower + 1, n - 1)
    w = (p - lower).reshape(-1, 1)
    return (1 - w) * eye[lower] + w * eye[upper]


def _positions(n, m, align_corners):
    """The positions as the exercise gives them, each moved to the nearest pixel."""
    i = torch.arange(m, dtype=torch.float64)
    p = i * (n - 1) / max(m - 1, 1) if align_corners else (i + 0.5) * n / m - 0.5
    return p.clamp(0, n - 1)


def _tents(p, n):
    return (1 - (p[:, None] - torch.arange(n)).abs()).clamp(min=0)


@wrong("10.7a", "returns the matrix with one column for each output")
def _(n, m, align_corners):
    return _tents(_positions(n, m, align_corners), n).T


@wrong("10.7a", "loses the weight of pixels beyond the ends")
def _(n, m, align_corners):
    i = torch.arange(m, dtype=torch.float64)
    p = i * (n - 1) / max(m - 1, 1) if align_corners else (i + 0.5) * n / m - 0.5
    return _tents(p, n)


@wrong("10.7a", "divides by zero for one aligned output")
def _(n, m, align_corners):
    i = torch.arange(m, dtype=torch.float64)
    p = i * ((n - 1) / (m - 1)) if align_corners else ((i + 0.5) * n / m - 0.5).clamp(0, n - 1)
    return _tents(p, n)


@wrong("10.7a", "never aligns the corners")
def _(n, m, align_corners):
    return _tents(_positions(n, m, False), n)


@wrong("10.7a", "always aligns the corners")
def _(n, m, align_corners):
    return _tents(_positions(n, m, True), n)


@wrong("10.7a", "exchanges the weights of the two neighbors")
def _(n, m, align_corners):
    A, p = torch.zeros(m, n), _positions(n, m, align_corners)
    for i in range(m):
        lower = int(p[i])
        w = p[i].item() - lower
        A[i, lower] += w
        A[i, min(lower + 1, n - 1)] += 1 - w
    return A


@wrong("10.7a", "assigns the second weight, which erases the first one at the last pixel")
def _(n, m, align_corners):
    A, p = torch.zeros(m, n), _positions(n, m, align_corners)
    for i in range(m):
        lower = int(p[i])
        w = p[i].item() - lower
        A[i, lower] = 1 - w
        A[i, min(lower + 1, n - 1)] = w
    return A


@wrong("10.7a", "measures positions with m/n instead of n/m")
def _(n, m, align_corners):
    i = torch.arange(m, dtype=torch.float64)
    p = i * (m - 1) / max(n - 1, 1) if align_corners else (i + 0.5) * m / n - 0.5
    return _tents(p.clamp(0, n - 1), n)


@wrong("10.7a", "leaves out the halves")
def _(n, m, align_corners):
    i = torch.arange(m, dtype=torch.float64)
    p = i * (n - 1) / max(m - 1, 1) if align_corners else i * n / m
    return _tents(p.clamp(0, n - 1), n)


@wrong("10.7a", "copies the nearest pixel")
def _(n, m, align_corners):
    return F.one_hot(_positions(n, m, align_corners).round().long(), n).double()


@wrong("10.7a", "extrapolates with negative weights")
def _(n, m, align_corners):
    i = torch.arange(m, dtype=torch.float64)
    p = i * (n - 1) / max(m - 1, 1) if align_corners else (i + 0.5) * n / m - 0.5
    lower = p.long().clamp(max=max(n - 2, 0))
    w = (p - lower)[:, None]
    return (1 - w) * F.one_hot(lower, n) + w * F.one_hot((lower + 1).clamp(max=n - 1), n)


@wrong("10.7a", "feeds the identity to PyTorch's interpolation")
def _(n, m, align_corners):
    eye = torch.eye(n)[None]
    return F.interpolate(eye, size=m, mode="linear", align_corners=align_corners)[0].T


@wrong("10.7a", "uses a whole factor, so sizes that aren't multiples go wrong")
def _(n, m, align_corners):
    i = torch.arange(m, dtype=torch.float64)
    p = i * (n - 1) / max(m - 1, 1) if align_corners else (i + 0.5) / max(m // n, 1) - 0.5
    return _tents(p.clamp(0, n - 1), n)


# 10.7b: both axes of a batch

right("10.7b", lambda X, rows, columns: rows @ X @ columns.T)
right("10.7b", lambda X, R, C: torch.einsum("ih,nchw,jw->ncij", R, X, C))


@right("10.7b")
def _(X, rows, columns):
    wide = F.linear(X, columns)
    return F.linear(wide.transpose(2, 3), rows).transpose(2, 3)


@right("10.7b")
def _(X, rows, columns):
    Y = torch.zeros(*X.shape[:2], len(rows), len(columns), dtype=X.dtype)
    for n in range(len(X)):
        for c in range(X.shape[1]):
            Y[n, c] = rows.mm(X[n, c]).mm(columns.t())
    return Y


@right("10.7b")
def _(images, vertical, horizontal):
    Y = np.tensordot(images.numpy(), vertical.numpy(), axes=(2, 1))  # N, C, W, H'
    return torch.from_numpy(np.tensordot(Y, horizontal.numpy(), axes=(2, 1)))


@right("10.7b")
def _(X, rows, columns):
    N, C, H, W = X.shape
    both = torch.kron(rows, columns)  # one large matrix for the flattened images
    return (X.reshape(N * C, H * W) @ both.T).reshape(N, C, len(rows), len(columns))


@wrong("10.7b", "doesn't transpose the matrix of the columns")
def _(X, rows, columns):
    return rows @ X @ columns


@wrong("10.7b", "exchanges the two matrices")
def _(X, rows, columns):
    return columns @ X @ rows.T


@wrong("10.7b", "resizes the rows only")
def _(X, rows, columns):
    return rows @ X


@wrong("10.7b", "resizes the columns only")
def _(X, rows, columns):
    return X @ columns.T


@wrong("10.7b", "returns the images transposed")
def _(X, rows, columns):
    return torch.einsum("ih,nchw,jw->ncji", rows, X, columns)


@wrong("10.7b", "reshapes the product of the columns, which scrambles it")
def _(X, rows, columns):
    N, C, H, W = X.shape
    wide = X @ columns.T
    return (wide.reshape(N * C * len(columns), H) @ rows.T).reshape(N, C, len(rows), len(columns))


@wrong("10.7b", "adds up the channels")
def _(X, rows, columns):
    return torch.einsum("ih,nchw,jw->nij", rows, X, columns)[:, None]


@wrong("10.7b", "returns inside the loop after the first image")
def _(X, rows, columns):
    for image in X:
        return (rows @ image @ columns.T)[None]


@wrong("10.7b", "transposes the matrix of the rows instead of that of the columns")
def _(X, rows, columns):
    return rows.T @ X @ columns


@wrong("10.7b", "adds the two resized versions of a square image")
def _(X, rows, columns):
    return (rows @ X + X @ columns.T) / 2


@wrong("10.7b", "removes the axes of a single image or a single channel")
def _(X, rows, columns):
    return (rows @ X @ columns.T).squeeze()


@wrong("10.7b", "flattens channels into the batch and leaves them there")
def _(X, rows, columns):
    return rows @ X.flatten(0, 1) @ columns.T


# 10.7c: with antialiasing


@right("10.7c")
def _(n, m):
    A, reach = torch.zeros(m, n), max(n / m, 1)
    for i in range(m):
        center = (i + 0.5) * n / m - 0.5
        for j in range(n):
            A[i, j] = max(0, 1 - abs(j - center) / reach)
        A[i] /= A[i].sum()
    return A


@right("10.7c")
def _(n, m):
    center = (torch.arange(m, dtype=torch.float64) + 0.5) * n / m - 0.5
    distance = (torch.arange(n) - center[:, None]).abs()
    tent = F.relu(1 - distance / max(n / m, 1))
    return tent / tent.sum(dim=1, keepdim=True)


@right("10.7c")
def _(n, m):
    i, j = np.mgrid[:m, :n]
    reach = max(n, m)  # everything measured in 1/m of an input pixel
    twice = np.abs((2 * j + 1) * m - (2 * i + 1) * n)
    A = np.maximum(2 * reach - twice, 0)
    return A / A.sum(axis=1)[:, None]


@right("10.7c")
def _(n, m):
    reach = Fraction(n, m) if n > m else Fraction(1)
    table = []
    for i in range(m):
        center = Fraction((2 * i + 1) * n - m, 2 * m)
        row = [max(Fraction(0), reach - abs(j - center)) for j in range(n)]
        table.append([float(x / sum(row)) for x in row])
    return torch.tensor(table)


@right("10.7c")
def _(n, m):
    edges = torch.arange(n) + 0.5
    middle = (torch.arange(m) + 0.5) * (n / m)
    scale = n / m if n > m else 1.0
    tent = torch.where((edges - middle[:, None]).abs() < scale, 1 - (edges - middle[:, None]).abs() / scale, 0.0)
    return F.normalize(tent, p=1, dim=1)


def _tent_matrix(n, m, reach):
    center = (torch.arange(m, dtype=torch.float64) + 0.5) * n / m - 0.5
    return (1 - (torch.arange(n) - center[:, None]).abs() / reach).clamp(min=0)


@wrong("10.7c", "doesn't divide the rows by their sums")
def _(n, m):
    return _tent_matrix(n, m, max(n / m, 1))


@wrong("10.7c", "divides everything by n/m instead of each row by its sum")
def _(n, m):
    return _tent_matrix(n, m, max(n / m, 1)) / max(n / m, 1)


@wrong("10.7c", "lets the tent become narrower than 1 when the row grows")
def _(n, m):
    A = _tent_matrix(n, m, n / m)
    return A / A.sum(dim=1, keepdim=True)


@wrong("10.7c", "never widens the tent")
def _(n, m):
    A = _tent_matrix(n, m, 1)
    return A / A.sum(dim=1, keepdim=True)


@wrong("10.7c", "divides each column by its sum")
def _(n, m):
    A = _tent_matrix(n, m, max(n / m, 1))
    return A / A.sum(dim=0, keepdim=True)


@wrong("10.7c", "takes the whole width of the tent for its reach")
def _(n, m):
    A = _tent_matrix(n, m, max(n / m, 1) / 2)
    return A / A.sum(dim=1, keepdim=True)


@wrong("10.7c", "rounds the reach down to whole pixels")
def _(n, m):
    A = _tent_matrix(n, m, max(n // m, 1))
    return A / A.sum(dim=1, keepdim=True)


@wrong("10.7c", "gives all pixels under the tent the same weight")
def _(n, m):
    A = (_tent_matrix(n, m, max(n / m, 1)) > 0).double()
    return A / A.sum(dim=1, keepdim=True)


@wrong("10.7c", "puts the centers at i n/m without the halves")
def _(n, m):
    center = torch.arange(m, dtype=torch.float64) * n / m
    A = (1 - (torch.arange(n) - center[:, None]).abs() / max(n / m, 1)).clamp(min=0)
    return A / A.sum(dim=1, keepdim=True)


@wrong("10.7c", "returns n rows and m columns")
def _(n, m):
    A = _tent_matrix(n, m, max(n / m, 1))
    return (A / A.sum(dim=1, keepdim=True)).T


@wrong("10.7c", "measures from the centers to the left edges of the pixels")
def _(n, m):
    center = (torch.arange(m, dtype=torch.float64) + 0.5) * n / m
    A = (1 - (torch.arange(n) - center[:, None]).abs() / max(n / m, 1)).clamp(min=0)
    return A / A.sum(dim=1, keepdim=True)


@wrong("10.7c", "widens the tent by m/n, so it grows when the row does")
def _(n, m):
    A = _tent_matrix(n, m, max(m / n, 1))
    return A / A.sum(dim=1, keepdim=True)


@wrong("10.7c", "takes the matrix from PyTorch's interpolation")
def _(n, m):
    eye = torch.eye(n)[None, None]
    return F.interpolate(eye, size=(n, m), mode="bilinear", antialias=True)[0, 0].T


# 10.8a: the list of experiments


@right("10.8a")
def _(base, changes):
    return {"base": dict(base), **{name: {**base, **change} for name, change in changes.items()}}


@right("10.8a")
def _(base, changes):
    experiments = {"base": copy.deepcopy(base)}
    for name in changes:
        settings = copy.deepcopy(base)
        settings.update(changes[name])
        experiments[name] = settings
    return experiments


@right("10.8a")
def _(base, changes):
    return {"base": base | {}} | {name: base | change for name, change in changes.items()}


@right("10.8a")
def _(default, variants):
    names = ["base", *variants]
    settings = [dict(collections.ChainMap(variants.get(name, {}), default)) for name in names]
    return collections.OrderedDict(zip(names, settings, strict=True))


@right("10.8a")
def _(base, changes):
    everything = {}
    for name, change in [("base", {}), *changes.items()]:
        everything[name] = {}
        for key in list(base) + [k for k in change if k not in base]:
            everything[name][key] = change[key] if key in change else base[key]
    return everything


@wrong("10.8a", "changes add up from variant to variant")
def _(base, changes):
    settings = dict(base)
    result = {"base": dict(base)}
    for name, change in changes.items():
        settings.update(change)
        result[name] = dict(settings)
    return result


@wrong("10.8a", "updates the base itself")
def _(base, changes):
    result = {"base": dict(base)}
    for name, change in changes.items():
        base.update(change)
        result[name] = dict(base)
    return result


@wrong("10.8a", "all names share one dictionary")
def _(base, changes):
    settings = dict(base)
    result = {"base": settings}
    for name, change in changes.items():
        settings.update(change)
        result[name] = settings
    return result


@wrong("10.8a", "lists only what each variant changes")
def _(base, changes):
    return {"base": dict(base), **{name: dict(change) for name, change in changes.items()}}


@wrong("10.8a", "leaves the base out")
def _(base, changes):
    return {name: {**base, **change} for name, change in changes.items()}


@wrong("10.8a", "puts the base last")
def _(base, changes):
    result = {name: {**base, **change} for name, change in changes.items()}
    result["base"] = dict(base)
    return result


@wrong("10.8a", "lets the base win over the changes")
def _(base, changes):
    return {"base": dict(base), **{name: {**change, **base} for name, change in changes.items()}}


@wrong("10.8a", "returns a list without names")
def _(base, changes):
    return [dict(base)] + [{**base, **change} for change in changes.values()]


@wrong("10.8a", "writes the base's settings into the changes")
def _(base, changes):
    result = {"base": dict(base)}
    for name, change in changes.items():
        for key, value in base.items():
            change.setdefault(key, value)
        result[name] = change
    return result


@wrong("10.8a", "makes one experiment for each combination of two variants, too")
def _(base, changes):
    result = {"base": dict(base)}
    for name, change in changes.items():
        result[name] = {**base, **change}
        for other, more in changes.items():
            if other != name:
                result[f"{name}, {other}"] = {**base, **change, **more}
    return result


@wrong("10.8a", "drops the settings that are changed")
def _(base, changes):
    result = {"base": dict(base)}
    for name, change in changes.items():
        result[name] = {key: value for key, value in base.items() if key not in change}
    return result


@wrong("10.8a", "returns after the first variant")
def _(base, changes):
    result = {"base": dict(base)}
    for name, change in changes.items():
        result[name] = {**base, **change}
        return result
    return result


# 10.8b: the report


@right("10.8b")
def _(scores):
    rows, base = [], None
    for name, values in scores.items():
        mean, low, high = sum(values) / len(values), min(values), max(values)
        if base is None:
            base, word = (low, high), "base"
        elif low > base[1]:
            word = "higher"
        elif high < base[0]:
            word = "lower"
        else:
            word = "overlap"
        rows.append((name, mean, low, high, word))
    return rows


@right("10.8b")
def _(scores):
    first = next(iter(scores))

    def word(name):
        if name == first:
            return "base"
        if all(a > b for a in scores[name] for b in scores[first]):
            return "higher"
        return "lower" if all(a < b for a in scores[name] for b in scores[first]) else "overlap"

    return [(name, statistics.fmean(v), min(v), max(v), word(name)) for name, v in scores.items()]


@right("10.8b")
def _(scores):
    arrays = {name: np.array(values, dtype=float) for name, values in scores.items()}
    names = list(arrays)
    base = arrays[names[0]]
    out = []
    for k, name in enumerate(names):
        a = arrays[name]
        word = "base" if k == 0 else ("overlap", "higher", "lower")[int(a.min() > base.max()) - int(a.max() < base.min())]
        out.append((name, a.mean(), a.min(), a.max(), word))
    return out


@right("10.8b")
def _(scores):
    Line = collections.namedtuple("Line", "name mean lowest highest word")
    ordered = {name: sorted(values) for name, values in scores.items()}
    (base, reference), *others = ordered.items()
    lines = [Line(base, statistics.mean(reference), reference[0], reference[-1], "base")]
    for name, v in others:
        above, below = v[0] > reference[-1], v[-1] < reference[0]
        word = {(True, False): "higher", (False, True): "lower"}.get((above, below), "overlap")
        lines.append(Line(name, statistics.mean(v), v[0], v[-1], word))
    return lines


@right("10.8b")
def _(scores):
    table = [(name, torch.tensor(values, dtype=torch.float64)) for name, values in scores.items()]
    reference = table[0][1]
    words = ["base"]
    for _, t in table[1:]:
        larger = (t[:, None] > reference).all()
        words.append("higher" if larger else "lower" if (t[:, None] < reference).all() else "overlap")
    return [
        (name, t.mean().item(), t.min().item(), t.max().item(), word) for (name, t), word in zip(table, words, strict=True)
    ]


def _lines(scores, word):
    """The report with a word that is chosen from the scores of the base and those of the other network."""
    base = next(iter(scores.values()))
    result = []
    for k, (name, v) in enumerate(scores.items()):
        result.append((name, sum(v) / len(v), min(v), max(v), word(base, v) if k else "base"))
    return result


def _word(base, v):
    return "higher" if min(v) > max(base) else "lower" if max(v) < min(base) else "overlap"


@wrong("10.8b", "compares the means")
def _(scores):
    def word(base, v):
        a, b = sum(v) / len(v), sum(base) / len(base)
        return "higher" if a > b else "lower" if a < b else "overlap"

    return _lines(scores, word)


@wrong("10.8b", "counts a tie as above or below")
def _(scores):
    return _lines(scores, lambda b, v: "higher" if min(v) >= max(b) else "lower" if max(v) <= min(b) else "overlap")


@wrong("10.8b", "compares seed by seed, and stops at the shorter list")
def _(scores):
    def word(base, v):
        pairs = list(zip(base, v, strict=False))
        return "higher" if all(y > x for x, y in pairs) else "lower" if all(y < x for x, y in pairs) else "overlap"

    return _lines(scores, word)


@wrong("10.8b", "rounds to two decimals")
def _(scores):
    return [(name, round(a, 2), round(b, 2), round(c, 2), word) for name, a, b, c, word in _lines(scores, _word)]


@wrong("10.8b", "sorts the networks by their mean")
def _(scores):
    return sorted(_lines(scores, _word), key=lambda line: -line[1])


@wrong("10.8b", "compares lowest with lowest and highest with highest")
def _(scores):
    def word(b, v):
        if min(v) > min(b) and max(v) > max(b):
            return "higher"
        return "lower" if min(v) < min(b) and max(v) < max(b) else "overlap"

    return _lines(scores, word)


@wrong("10.8b", "reports the median instead of the mean")
def _(scores):
    return [(line[0], statistics.median(scores[line[0]]), *line[2:]) for line in _lines(scores, _word)]


@wrong("10.8b", "exchanges the lowest and the highest score")
def _(scores):
    return [(a, b, d, c, e) for a, b, c, d, e in _lines(scores, _word)]


@wrong("10.8b", "leaves out the line of the base")
def _(scores):
    return _lines(scores, _word)[1:]


@wrong("10.8b", "says of the base what it is compared with the variant")
def _(scores):
    return _lines(scores, lambda b, v: _word(v, b))


@wrong("10.8b", "calls the base an overlap, since it's compared with itself")
def _(scores):
    base = next(iter(scores.values()))
    return [(name, sum(v) / len(v), min(v), max(v), _word(base, v)) for name, v in scores.items()]


@wrong("10.8b", "divides every sum by the base's number of seeds")
def _(scores):
    count = len(next(iter(scores.values())))
    return [(line[0], sum(scores[line[0]]) / count, *line[2:]) for line in _lines(scores, _word)]


@wrong("10.8b", "takes the highest of the base alone as the border between higher and lower")
def _(scores):
    return _lines(scores, lambda b, v: "higher" if min(v) > max(b) else "lower")


@wrong("10.8b", "compares each network with the one before it")
def _(scores):
    names, lines = list(scores), _lines(scores, _word)
    return [lines[0]] + [
        (*line[:4], _word(scores[before], scores[line[0]])) for before, line in zip(names, lines[1:], strict=False)
    ]


# 10.8c: as many parameters with another kernel size


@right("10.8c")
def _(channels, kernel_size, other_size):
    def parameters(c, k):
        return (c * k * k + c) + (4 * c * k * k + 4)

    target = parameters(channels, kernel_size)
    return min(range(1, target + 1), key=lambda c: abs(parameters(c, other_size) - target))


@right("10.8c")
def _(channels, kernel_size, other_size):
    return max(1, round(channels * (5 * kernel_size**2 + 1) / (5 * other_size**2 + 1)))


@right("10.8c")
def _(channels, kernel_size, other_size):
    wanted, each = channels * (5 * kernel_size**2 + 1), 5 * other_size**2 + 1
    few, rest = divmod(wanted, each)
    return max(few + (2 * rest > each), 1)


@right("10.8c")
def _(channels, k, other):
    # counts real layers, and stops when the distance grows
    def count(c, size):
        net = nn.Sequential(nn.Conv2d(1, c, size), nn.Conv2d(c, 4, size))
        return sum(p.numel() for p in net.parameters())

    target, one, two = count(channels, k), count(1, other), count(2, other)
    start = max(int((target - one) / (two - one)), 1)
    return sorted((abs(count(c, other) - target), c) for c in (start, start + 1, start + 2))[0][1]


@right("10.8c")
def _(channels, kernel_size, other_size):
    c = np.arange(1, channels * kernel_size**2 * 2 + 2)
    numbers = c * other_size**2 + c + 4 * c * other_size**2 + 4
    target = channels * kernel_size**2 * 5 + channels + 4
    return c[np.abs(numbers - target).argmin()]


@wrong("10.8c", "forgets the biases")
def _(channels, kernel_size, other_size):
    return max(1, round(channels * kernel_size**2 / other_size**2))


@wrong("10.8c", "rounds down")
def _(channels, kernel_size, other_size):
    return max(1, channels * (5 * kernel_size**2 + 1) // (5 * other_size**2 + 1))


@wrong("10.8c", "rounds up")
def _(channels, kernel_size, other_size):
    return math.ceil(channels * (5 * kernel_size**2 + 1) / (5 * other_size**2 + 1))


@wrong("10.8c", "returns 0 if even one channel is too many")
def _(channels, kernel_size, other_size):
    return round(channels * (5 * kernel_size**2 + 1) / (5 * other_size**2 + 1))


@wrong("10.8c", "counts only the first convolution")
def _(channels, kernel_size, other_size):
    return max(1, round(channels * (kernel_size**2 + 1) / (other_size**2 + 1)))


@wrong("10.8c", "takes both convolutions for layers with one channel at one end")
def _(channels, kernel_size, other_size):
    return max(1, round(channels * (2 * kernel_size**2 + 1) / (2 * other_size**2 + 1)))


@wrong("10.8c", "takes k instead of k squared")
def _(channels, kernel_size, other_size):
    return max(1, round(channels * (5 * kernel_size + 1) / (5 * other_size + 1)))


@wrong("10.8c", "returns a number that isn't whole")
def _(channels, kernel_size, other_size):
    return channels * (5 * kernel_size**2 + 1) / (5 * other_size**2 + 1)


@wrong("10.8c", "returns the number of parameters instead of channels")
def _(channels, kernel_size, other_size):
    return channels * (5 * kernel_size**2 + 1) + 4


wrong("10.8c", "the page's example, whatever the arguments", lambda channels, kernel_size, other_size: 123)


@wrong("10.8c", "exchanges the two kernel sizes")
def _(channels, kernel_size, other_size):
    return max(1, round(channels * (5 * other_size**2 + 1) / (5 * kernel_size**2 + 1)))


@wrong("10.8c", "gives the second convolution one bias for each input channel")
def _(channels, kernel_size, other_size):
    return max(1, round(channels * (5 * kernel_size**2 + 5) / (5 * other_size**2 + 5)))


@wrong("10.8c", "takes the first size that has at least as many parameters")
def _(channels, kernel_size, other_size):
    target, c = channels * (5 * kernel_size**2 + 1), 1
    while c * (5 * other_size**2 + 1) < target:
        c += 1
    return c


# 10.8d: scores of real runs, seeds 0 to 4

_BASE = [20.2244, 19.9020, 20.0311, 19.9427, 19.8649]
_NO_RELU = [19.6211, 19.6590, 19.7445, 19.6653, 19.7107]
_NO_SKIP = [19.1720, 19.1796, 18.6635, 18.9637, 19.2444]
_ONE = [18.4375, 18.4773, 18.4993, 18.4780, 18.4915]
_CONTROL = [18.4949, 18.4800, 18.4991, 18.4840, 18.4993]
_NEITHER = [18.7919, 19.1209, 18.6857]
_NEITHER_ONE = [13.3287, 17.5820, 17.3737]
_NEITHER_CONTROL = [17.9543, 17.9546, 17.9539]
_WIDE = [21.1072, 20.9203, 21.0187]
_NAMES = ("base", "no ReLU", "no skip", "1×1", "1×1, as many weights")
_ALL = dict(zip(_NAMES, (_BASE, _NO_RELU, _NO_SKIP, _ONE, _CONTROL), strict=True))

right("10.8d", {name: values[:3] for name, values in _ALL.items()})
right("10.8d", {name: np.array(values) for name, values in _ALL.items()})
right("10.8d", collections.OrderedDict((name, tuple(round(x, 2) for x in _ALL[name][1:])) for name in _NAMES))
right("10.8d", {name: torch.tensor(_ALL[name][:4]) for name in reversed(_NAMES)})
right("10.8d", {**_ALL, "base": _BASE[2:], "1×1": [Fraction(str(x)) for x in _ONE]})

wrong("10.8d", "only two seeds", {name: values[:2] for name, values in _ALL.items()})
wrong("10.8d", "the control is missing", {name: _ALL[name] for name in _NAMES[:4]})
wrong("10.8d", "the base is missing", {name: _ALL[name] for name in _NAMES[1:]})
wrong("10.8d", "the mean instead of the list of scores", {name: sum(v) / len(v) for name, v in _ALL.items()})
wrong("10.8d", "the same seed three times", {name: values[:1] * 3 for name, values in _ALL.items()})
wrong("10.8d", "every variant was trained with the base's settings", {name: _BASE[:3] for name in _NAMES})
wrong(
    "10.8d",
    "each variant keeps the changes of the one before",
    dict(zip(_NAMES, (_BASE[:3], _NO_RELU[:3], _NEITHER, _NEITHER_ONE, _NEITHER_CONTROL), strict=True)),
)
wrong("10.8d", "the control has many channels but 3×3 kernels", {**_ALL, "1×1, as many weights": _WIDE})
wrong("10.8d", "the mean squared errors instead of the PSNR", {n: [10 ** (-x / 10) for x in v] for n, v in _ALL.items()})
wrong("10.8d", "a list of lists without names", [values[:3] for values in _ALL.values()])
wrong("10.8d", "exchanges the scores of no skip and 1×1", {**_ALL, "no skip": _ONE, "1×1": _NO_SKIP})
wrong("10.8d", "leaves the sign out that makes decibels of the logarithm", {n: [-x for x in v] for n, v in _ALL.items()})
wrong(
    "10.8d",
    "a single seed for every network but the base",
    {**{n: v[:1] for n, v in _ALL.items()}, "base": _BASE},
)
wrong("10.8d", "guesses round numbers", {name: [30.0 - k, 30.5 - k, 31.0 - k] for k, name in enumerate(_NAMES)})
wrong(
    "10.8d",
    "writes the scores as text",
    {name: [f"{x:.2f} dB" for x in v] for name, v in _ALL.items()},
)
