"""Answers to lesson 13, written from its page alone."""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.support.answers import right, wrong

# 13.1: the size of the mask

right("13.1", (96, 144))
right("13.1", [96, 144])
right("13.1", torch.tensor([96, 144]))
right("13.1", np.array([96, 144]))
right("13.1", torch.Size([96, 144]))
right("13.1", (96.0, 144.0))
right("13.1", (100 // 8 * 8, 150 // 8 * 8))
right("13.1", tuple(n // 2 // 2 // 2 * 2**3 for n in (100, 150)))
right("13.1", (torch.tensor(96), np.int64(144)))

wrong("13.1", "thinks that the doublings undo the poolings exactly", (100, 150))
wrong("13.1", "rounds up at every pooling", (104, 152))
wrong("13.1", "rounds to the nearest at the smallest size", (96, 152))
wrong("13.1", "columns before rows", (144, 96))
wrong("13.1", "gives the size of the bottleneck", (12, 18))
wrong("13.1", "stops after two of the three doublings", (48, 72))
wrong("13.1", "counts only two poolings and two doublings", (100, 148))
wrong("13.1", "forgets the padding of the convolutions on the way down", (80, 136))
wrong("13.1", "adds the batch and the logits' axis", (1, 5, 96, 144))
wrong("13.1", "counts the pixels instead of giving the two sides", 96 * 144)
wrong("13.1", "gives the size of a scene of the page", (64, 64))
wrong("13.1", "gives only the rows", 96)
wrong("13.1", "rounds the columns down to a power of two", (96, 128))
wrong("13.1", "shrinks the rows and forgets the columns", (96, 150))

# 13.2: the receptive field

right("13.2", 68)
right("13.2", 68.0)
right("13.2", torch.tensor(68))
right("13.2", np.int64(68))
right("13.2", Fraction(68))
right("13.2", np.array(68.0))
right("13.2", 1 + (2 + 2 + 1) + 2 * (2 + 2 + 1) + 4 * (2 + 2 + 1) + 8 * (2 + 2))
right("13.2", 54 + sum(2 * 2**i for i in range(3)))
right("13.2", torch.tensor([2, 2, 1] * 3 + [2, 2]) @ torch.tensor([1] * 3 + [2] * 3 + [4] * 3 + [8] * 2) + 1)

wrong("13.2", "gives the page's field, with one convolution before each pooling", 54)
wrong("13.2", "ignores the poolings altogether", 17)
wrong("13.2", "lets the poolings stride but adds nothing for their kernels", 61)
wrong("13.2", "stops before the bottleneck", 36)
wrong("13.2", "only one convolution in the bottleneck", 52)
wrong("13.2", "starts with a field of 0", 67)
wrong("13.2", "adds k instead of k - 1", 1 + 7 * (3 + 3 + 2) + 8 * 6)
wrong("13.2", "counts each pooling's own stride already for its kernel", 75)
wrong("13.2", "adds up the strides instead of multiplying them", 1 + 5 * (1 + 2 + 3) + 4 * 4)
wrong("13.2", "doubles the convolutions of the bottleneck, too", 100)
wrong("13.2", "doubles the page's number", 108)
wrong("13.2", "gives the area instead of one axis", 68 * 68)
wrong("13.2", "text instead of a number", "68 pixels")
wrong("13.2", "guesses that it sees the whole scene", 64)
wrong("13.2", "every layer at distance 1", 1 + 3 * 5 + 4)

# 13.3: the mean IoU


@right("13.3")
def mean_iou_of(predicted, true, classes, ignore=255):
    counts = true != ignore
    predicted, true = predicted[counts], true[counts]
    ious = []
    for c in range(classes):
        both = ((predicted == c) & (true == c)).sum().item()
        either = ((predicted == c) | (true == c)).sum().item()
        if either:
            ious.append(both / either)
    return sum(ious) / len(ious) if ious else math.nan


@right("13.3")
def _(P, T, n, ignore=255):  # plain loops over Python numbers
    both, either = [0] * n, [0] * n
    for p, t in zip(P.flatten().tolist(), T.flatten().tolist(), strict=True):
        if t == ignore:
            continue
        for c in range(n):
            both[c] += p == c and t == c
            either[c] += p == c or t == c
    scores = [b / e for b, e in zip(both, either, strict=True) if e > 0]
    if not scores:
        return float("nan")
    return sum(scores) / len(scores)


@right("13.3")
def _(predicted, true, classes, ignore=255):  # confusion matrix, everything else in a last row and column
    keep = true != ignore
    p, t = predicted[keep].long(), true[keep].long()
    p = torch.where((p >= 0) & (p < classes), p, classes)
    t = torch.where((t >= 0) & (t < classes), t, classes)
    m = torch.bincount(t * (classes + 1) + p, minlength=(classes + 1) ** 2).reshape(classes + 1, classes + 1)
    both = m.diag()[:classes]
    either = (m.sum(0) + m.sum(1))[:classes] - both
    return (both[either > 0] / either[either > 0]).mean()


@right("13.3")
def _(predicted, true, classes, ignore=255):  # NumPy
    p, t = np.asarray(predicted), np.asarray(true)
    p, t = p[t != ignore], t[t != ignore]
    c = np.arange(classes)[:, None]
    both = np.logical_and(p == c, t == c).sum(axis=1)
    either = np.logical_or(p == c, t == c).sum(axis=1)
    occurs = either > 0
    return np.mean(both[occurs] / either[occurs]) if occurs.any() else np.nan


@right("13.3")
def _(predicted, true, classes, ignore=255):  # 0/0 is nan, and nanmean leaves it out
    valid = true.ne(ignore)
    values = []
    for c in range(classes):
        a, b = predicted.eq(c) & valid, true.eq(c) & valid
        values.append((a & b).sum() / (a | b).sum())
    return torch.stack(values).nanmean()


@right("13.3")
def _(predicted, true, classes, ignore=255):  # sets of positions
    p, t = predicted.reshape(-1).tolist(), true.reshape(-1).tolist()
    good = [i for i in range(len(t)) if t[i] != ignore]
    total, number = 0.0, 0
    for c in range(classes):
        P, T = {i for i in good if p[i] == c}, {i for i in good if t[i] == c}
        if P | T:
            total += len(P & T) / len(P | T)
            number += 1
    return total / number if number else math.nan


@right("13.3")
def _(guess, target, k, ignore=255):  # inclusion and exclusion, in float32
    w = (target != ignore).float()
    both, size_p, size_t = torch.zeros(k), torch.zeros(k), torch.zeros(k)
    for c in range(k):
        p, t = (guess == c).float() * w, (target == c).float() * w
        both[c], size_p[c], size_t[c] = (p * t).sum(), p.sum(), t.sum()
    union = size_p + size_t - both
    return (both[union != 0] / union[union != 0]).mean().item()


class _MeanIoU:
    def __call__(self, predicted, true, classes, ignore=255):
        keep = (true != ignore).flatten()
        c = torch.arange(classes)
        p = (predicted.flatten()[keep, None] == c).double()
        t = (true.flatten()[keep, None] == c).double()
        both = torch.einsum("nc,nc->c", p, t)
        either = torch.maximum(p, t).sum(dim=0)
        return torch.nanmean(both / either)


right("13.3", _MeanIoU())


def _ious(predicted, true, classes):
    both = [((predicted == c) & (true == c)).sum().item() for c in range(classes)]
    either = [((predicted == c) | (true == c)).sum().item() for c in range(classes)]
    return [b / e for b, e in zip(both, either, strict=True) if e]


def _mean(values):
    return sum(values) / len(values) if values else math.nan


@wrong("13.3", "doesn't leave out the ignored pixels")
def _(predicted, true, classes, ignore=255):
    return _mean(_ious(predicted, true, classes))


@wrong("13.3", "always ignores 255, whatever `ignore` is")
def _(predicted, true, classes, ignore=255):
    keep = true != 255
    return _mean(_ious(predicted[keep], true[keep], classes))


@wrong("13.3", "divides by the number of all classes")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    return sum(_ious(predicted[keep], true[keep], classes)) / classes


@wrong("13.3", "averages only over the classes of the true mask")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    p, t = predicted[keep], true[keep]
    return _mean([_ious(p == c, t == c, 2)[-1] for c in range(classes) if (t == c).any()])


@wrong("13.3", "averages only over the classes that are in both masks")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    p, t = predicted[keep], true[keep]
    return _mean([v for v in _ious(p, t, classes) if v > 0])


@wrong("13.3", "an absent class gets an IoU of 1")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    found = _ious(predicted[keep], true[keep], classes)
    return (sum(found) + classes - len(found)) / classes


@wrong("13.3", "scores each image by itself and averages the scores")
def _(predicted, true, classes, ignore=255):
    if true.dim() == 2:
        predicted, true = predicted[None], true[None]
    scores = []
    for p, t in zip(predicted, true, strict=True):
        keep = t != ignore
        scores.append(_mean(_ious(p[keep], t[keep], classes)))
    return sum(scores) / len(scores)


@wrong("13.3", "the union counts the intersection twice")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    p, t = predicted[keep], true[keep]
    values = []
    for c in range(classes):
        union = (p == c).sum() + (t == c).sum()
        if union > 0:
            values.append((((p == c) & (t == c)).sum() / union).item())
    return _mean(values)


@wrong("13.3", "divides by the true pixels of the class only (recall)")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    p, t = predicted[keep], true[keep]
    shares = []
    for c in range(classes):
        if (t == c).any():
            shares.append((p[t == c] == c).float().mean().item())
        elif (p == c).any():
            shares.append(0.0)
    return _mean(shares)


@wrong("13.3", "pixel accuracy instead of the mean IoU")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    return (predicted[keep] == true[keep]).float().mean().item()


@wrong("13.3", "all intersections over all unions, so large classes count more")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    p, t = predicted[keep], true[keep]
    both = sum(((p == c) & (t == c)).sum().item() for c in range(classes))
    either = sum(((p == c) | (t == c)).sum().item() for c in range(classes))
    return both / either if either else math.nan


@wrong("13.3", "fails with a division by zero if no class occurs")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    values = _ious(predicted[keep], true[keep], classes)
    return sum(values) / len(values)


@wrong("13.3", "returns 0 if no class occurs")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    values = _ious(predicted[keep], true[keep], classes)
    return sum(values) / max(len(values), 1)


@wrong("13.3", "returns nan as soon as one class is absent")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    p, t = predicted[keep], true[keep]
    c = torch.arange(classes)[:, None]
    return (((p == c) & (t == c)).sum(1) / ((p == c) | (t == c)).sum(1)).mean().item()


@wrong("13.3", "relabels the ignored pixels as ground instead of dropping them")
def _(predicted, true, classes, ignore=255):
    return _mean(_ious(predicted, torch.where(true == ignore, 0, true), classes))


@wrong("13.3", "leaves out the ground")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    p, t = predicted[keep], true[keep]
    return _mean(_ious(p - 1, t - 1, classes - 1))


@wrong("13.3", "forgets the last class")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    return _mean(_ious(predicted[keep], true[keep], classes - 1))


@wrong("13.3", "asks the prediction, not the true mask, which pixels to ignore")
def _(predicted, true, classes, ignore=255):
    keep = predicted != ignore
    return _mean(_ious(predicted[keep], true[keep], classes))


@wrong("13.3", "always five classes")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    return _mean(_ious(predicted[keep], true[keep], 5))


@wrong("13.3", "returns the IoUs without averaging")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    return _ious(predicted[keep], true[keep], classes)


@wrong("13.3", "rounds the score to two decimals")
def _(predicted, true, classes, ignore=255):
    keep = true != ignore
    return round(_mean(_ious(predicted[keep], true[keep], classes)), 2)


@wrong("13.3", "loops over rows and columns, so it takes no batch")
def _(predicted, true, classes, ignore=255):
    (h, w), both, either = true.shape, [0] * classes, [0] * classes
    for i in range(h):
        for j in range(w):
            for c in range(classes if true[i, j] != ignore else 0):
                p, t = bool(predicted[i, j] == c), bool(true[i, j] == c)
                both[c], either[c] = both[c] + (p and t), either[c] + (p or t)
    return _mean([b / e for b, e in zip(both, either, strict=True) if e])


# 13.4: a stage with a skip connection


@right("13.4")
def fixed(X, maps):
    X = F.interpolate(X, size=maps.shape[2:])
    return torch.cat([X, maps], dim=1)


right("13.4", lambda A, B: torch.cat((nn.Upsample(size=tuple(B.shape[-2:]), mode="nearest")(A), B), 1))


@right("13.4")
def _(X, maps):  # index arithmetic
    (h, w), (H, W) = X.shape[2:], maps.shape[2:]
    rows, columns = torch.arange(H) * h // H, torch.arange(W) * w // W
    return torch.cat([X[:, :, rows][..., columns], maps], dim=1)


@right("13.4")
def _(X, maps):  # fills a prepared tensor
    n, c, _, _ = X.shape
    _, d, H, W = maps.shape
    out = X.new_zeros(n, c + d, H, W)
    out[:, :c] = F.interpolate(X, (H, W), mode="nearest")
    out[:, c:] = maps
    return out


def _enlarge_and_join(X, maps, mode, dim):
    return torch.cat([F.interpolate(X, size=list(maps.shape[-2:]), mode=mode), maps], dim=dim)


right("13.4", partial(_enlarge_and_join, mode="nearest", dim=-3))


class _Join(nn.Module):
    def forward(self, small, large):
        height, width = large.size(2), large.size(3)
        return torch.hstack([F.interpolate(small, (height, width)), large])


right("13.4", _Join())


@right("13.4")
def _(X, maps):  # one image at a time, one axis at a time
    joined = []
    for x, m in zip(X, maps, strict=True):
        x = F.interpolate(x, size=m.shape[2])
        x = F.interpolate(x.transpose(1, 2), size=m.shape[1]).transpose(1, 2)
        joined.append(torch.cat([x, m]))
    return torch.stack(joined)


@right("13.4")
def _(X, maps):  # two matrices that select rows and columns
    (h, w), (H, W) = X.shape[2:], maps.shape[2:]
    A = F.one_hot(torch.arange(H) * h // H, h).to(X.dtype)
    B = F.one_hot(torch.arange(W) * w // W, w).to(X.dtype)
    return torch.cat([torch.einsum("ih,nchw,jw->ncij", A, X, B), maps], dim=1)


def _joined(X, maps):
    X = F.interpolate(X, scale_factor=2)
    return torch.cat([X, maps])


wrong("13.4", "hands in the function as it was", _joined)


@wrong("13.4", "repairs the axis, but still doubles the size")
def _(X, maps):
    return torch.cat([F.interpolate(X, scale_factor=2), maps], dim=1)


@wrong("13.4", "repairs the size, but still joins along the batch")
def _(X, maps):
    return torch.cat([F.interpolate(X, size=maps.shape[2:]), maps])


@wrong("13.4", "the maps come first")
def _(X, maps):
    return torch.cat([maps, F.interpolate(X, size=maps.shape[2:])], dim=1)


@wrong("13.4", "bilinear instead of nearest neighbor")
def _(X, maps):
    return torch.cat([F.interpolate(X, size=maps.shape[2:], mode="bilinear"), maps], dim=1)


@wrong("13.4", "passes one side only, so it works for squares alone")
def _(X, maps):
    return torch.cat([F.interpolate(X, size=maps.shape[-1]), maps], dim=1)


@wrong("13.4", "swaps height and width in the size")
def _(X, maps):
    H, W = maps.shape[2:]
    return torch.cat([F.interpolate(X, size=(W, H)), maps], dim=1)


@wrong("13.4", "cuts the maps to twice the size of X")
def _(X, maps):
    X = F.interpolate(X, scale_factor=2)
    return torch.cat([X, maps[:, :, : X.shape[2], : X.shape[3]]], dim=1)


@wrong("13.4", "doubles and fills the missing row and column with zeros")
def _(X, maps):
    X = F.interpolate(X, scale_factor=2)
    X = F.pad(X, (0, maps.shape[3] - X.shape[3], 0, maps.shape[2] - X.shape[2]))
    return torch.cat([X, maps], dim=1)


@wrong("13.4", "doubles and repeats the last row and column")
def _(X, maps):
    X = X.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    X = F.pad(X, (0, maps.shape[3] - X.shape[3], 0, maps.shape[2] - X.shape[2]), mode="replicate")
    return torch.cat([X, maps], dim=1)


@wrong("13.4", "shrinks the maps to the size of X")
def _(X, maps):
    return torch.cat([X, F.interpolate(maps, size=X.shape[2:])], dim=1)


@wrong("13.4", "adds instead of concatenating")
def _(X, maps):
    return F.interpolate(X, size=maps.shape[2:]) + maps


@wrong("13.4", "joins along the columns")
def _(X, maps):
    return torch.cat([F.interpolate(X, size=maps.shape[2:]), maps], dim=3)


@wrong("13.4", "always enlarges to 2h + 1 and 2w + 1")
def _(X, maps):
    X = F.interpolate(X, size=(2 * X.shape[2] + 1, 2 * X.shape[3] + 1))
    return torch.cat([X, maps], dim=1)


@wrong("13.4", "passes the whole shape as the size")
def _(X, maps):
    return torch.cat([F.interpolate(X, size=maps.shape), maps], dim=1)


@wrong("13.4", "no return")
def _(X, maps):
    X = F.interpolate(X, size=maps.shape[2:])
    torch.cat([X, maps], dim=1)


@wrong("13.4", "tiles X instead of copying each pixel to its neighbors")
def _(X, maps):
    H, W = maps.shape[2:]
    return torch.cat([X.repeat(1, 1, 3, 3)[:, :, :H, :W], maps], dim=1)


@wrong("13.4", "forgets the maps")
def _(X, maps):
    return F.interpolate(X, size=maps.shape[2:])


wrong("13.4", "a result instead of a function", fixed(torch.ones(1, 2, 3, 3), torch.ones(1, 1, 7, 6)))

# 13.5: from 21×21 to 64×64, evenly

right("13.5", (6, 1, 0))
right("13.5", [6, 2, 2])
right("13.5", torch.tensor([9, 3, 1]))
right("13.5", np.array([6, 1, 0]))
right("13.5", (12, 4, 0))
right("13.5", (12, 5, 2))
right("13.5", (15, 6, 1))
right("13.5", [18, 7, 0])
right("13.5", (np.int64(9), torch.tensor(3), 1))
right("13.5", tuple((2 * 3, 1, 64 - (20 * 3 - 2 * 1 + 2 * 3))))

wrong("13.5", "adds the last row and column by output padding, where no stamp reaches", (3, 0, 1))
wrong("13.5", "kernel of 4 that fits the size but overlaps unevenly", (4, 0, 0))
wrong("13.5", "undoes the pooling only, which gives 63", (3, 0, 0))
wrong("13.5", "two stamps per pixel but no padding, which gives 66", (6, 0, 0))
wrong("13.5", "counts the padding on one side only", (6, 2, 0))
wrong("13.5", "kernel of 5, uneven though the size is right", (5, 1, 1))
wrong("13.5", "takes a kernel of 8 for even because it's an even number", (8, 2, 0))
wrong("13.5", "copies the 4×4 layer of the page", (4, 1, 0))
wrong("13.5", "kernel smaller than the stride, so there are gaps", (2, 0, 2))
wrong("13.5", "output padding not below the stride", (6, 3, 4))
wrong("13.5", "padding and output padding swapped", (6, 0, 1))
wrong("13.5", "kernel last instead of first", (1, 0, 6))
wrong("13.5", "kernel so wide that its border reaches the middle", (24, 10, 0))
wrong("13.5", "output padding left out", (6, 1))
wrong("13.5", "the stride is among the numbers", (6, 3, 1, 0))
wrong("13.5", "text instead of three integers", "kernel_size=6, padding=1")
wrong("13.5", "negative output padding", (9, 2, -1))
wrong("13.5", "guesses a kernel of 7", (7, 2, 1))

# 13.6: an image of any size


@right("13.6")
def segment(net, X):
    H, W = X.shape[2:]
    padded = F.pad(X, (0, -W % 8, 0, -H % 8))
    return net(padded).argmax(dim=1)[:, :H, :W]


@right("13.6")
@torch.no_grad()
def _(net, images):  # copies into a larger tensor of zeros
    n, _, h, w = images.shape
    canvas = torch.zeros(n, 1, math.ceil(h / 8) * 8, math.ceil(w / 8) * 8)
    canvas[:, :, :h, :w] = images
    logits = net(canvas)[:, :, :h, :w]
    return logits.max(dim=1).indices


@right("13.6")
def _(f, X):  # concatenates rows, then columns
    N, C, H, W = X.shape
    down, across = (8 - H % 8) % 8, (8 - W % 8) % 8
    X = torch.cat([X, X.new_zeros(N, C, down, W)], dim=2)
    X = torch.cat([X, X.new_zeros(N, C, H + down, across)], dim=3)
    return torch.argmax(f(X), 1).narrow(1, 0, H).narrow(2, 0, W)


@right("13.6")
def _(net, X):  # argmax in NumPy
    H, W = X.shape[-2:]
    layer = nn.ZeroPad2d((0, (W + 7) // 8 * 8 - W, 0, (H + 7) // 8 * 8 - H))
    logits = net(layer(X)).detach().cpu().numpy()
    return torch.from_numpy(np.argmax(logits, axis=1)[:, :H, :W].copy())


@right("13.6")
def _(net, X):  # a loop over the classes keeps the first of equal logits
    H, W = X.shape[2], X.shape[3]
    down = across = 0
    while (H + down) % 8:
        down += 1
    while (W + across) % 8:
        across += 1
    logits = net(F.pad(X, [0, across, 0, down], value=0.0))[..., :H, :W]
    best, classes = logits[:, 0], torch.zeros(logits[:, 0].shape, dtype=torch.int64)
    for c in range(1, logits.shape[1]):
        classes = torch.where(logits[:, c] > best, c, classes)
        best = torch.maximum(best, logits[:, c])
    return classes


@right("13.6")
def _(net, X):  # pads only if there's something to pad
    height, width = X.shape[2:]
    if height % 8 != 0:
        X = F.pad(X, (0, 0, 0, 8 - height % 8))
    if width % 8 != 0:
        X = F.pad(X, (0, 8 - width % 8))
    return net(X)[:, :, :height, :width].argmax(1).int()


class _Segment:
    def __call__(self, net, X):
        with torch.no_grad():
            out = net(F.pad(X, (0, self.missing(X.size(3)), 0, self.missing(X.size(2)))))
        return out.permute(0, 2, 3, 1)[:, : X.size(2), : X.size(3)].argmax(dim=-1)

    @staticmethod
    def missing(n):
        return 8 * ((n - 1) // 8 + 1) - n


right("13.6", _Segment())


def _pad8(X):
    return F.pad(X, (0, -X.shape[3] % 8, 0, -X.shape[2] % 8))


right("13.6", lambda net, X: net(_pad8(X)).argmax(1)[:, : X.shape[2], : X.shape[3]])


@wrong("13.6", "pads 8 more where the side is a multiple of 8 already")
def _(net, X):
    H, W = X.shape[2:]
    X = F.pad(X, (0, 8 - W % 8, 0, 8 - H % 8))
    return net(X).argmax(dim=1)[:, :H, :W]


@wrong("13.6", "pads H % 8 instead of what's missing")
def _(net, X):
    H, W = X.shape[2:]
    return net(F.pad(X, (0, W % 8, 0, H % 8))).argmax(dim=1)[:, :H, :W]


@wrong("13.6", "pads the height by the width's number and the reverse")
def _(net, X):
    H, W = X.shape[2:]
    return net(F.pad(X, (0, -H % 8, 0, -W % 8))).argmax(dim=1)[:, :H, :W]


@wrong("13.6", "pads at the top and on the left")
def _(net, X):
    H, W = X.shape[2:]
    classes = net(F.pad(X, (-W % 8, 0, -H % 8, 0))).argmax(dim=1)
    return classes[:, -H:, -W:]


@wrong("13.6", "pads at the top and on the left, and then keeps the wrong corner")
def _(net, X):
    H, W = X.shape[2:]
    return net(F.pad(X, (-W % 8, 0, -H % 8, 0))).argmax(dim=1)[:, :H, :W]


@wrong("13.6", "pads half on each side")
def _(net, X):
    H, W = X.shape[2:]
    b, r = -H % 8, -W % 8
    classes = net(F.pad(X, (r // 2, r - r // 2, b // 2, b - b // 2))).argmax(dim=1)
    return classes[:, b // 2 : b // 2 + H, r // 2 : r // 2 + W]


@wrong("13.6", "returns the classes of the padded image")
def _(net, X):
    return net(_pad8(X)).argmax(dim=1)


@wrong("13.6", "returns the logits")
def _(net, X):
    return net(_pad8(X))[:, :, : X.shape[2], : X.shape[3]]


@wrong("13.6", "returns the largest logits instead of their classes")
def _(net, X):
    return net(_pad8(X)).amax(dim=1)[:, : X.shape[2], : X.shape[3]]


@wrong("13.6", "keeps an axis for the channel")
def _(net, X):
    return net(_pad8(X)).argmax(dim=1, keepdim=True)[..., : X.shape[2], : X.shape[3]]


@wrong("13.6", "argmax along the batch")
def _(net, X):
    return net(_pad8(X)).argmax(dim=0)[:, : X.shape[2], : X.shape[3]]


@wrong("13.6", "takes the last of equal logits")
def _(net, X):
    logits = net(_pad8(X))[:, :, : X.shape[2], : X.shape[3]]
    return logits.shape[1] - 1 - logits.flip(1).argmax(dim=1)


@wrong("13.6", "cuts the image down to multiples of 8")
def _(net, X):
    return net(X[:, :, : X.shape[2] // 8 * 8, : X.shape[3] // 8 * 8]).argmax(dim=1)


@wrong("13.6", "repeats the border instead of padding with zeros")
def _(net, X):
    H, W = X.shape[2:]
    return net(F.pad(X, (0, -W % 8, 0, -H % 8), mode="replicate")).argmax(dim=1)[:, :H, :W]


@wrong("13.6", "pads to a square")
def _(net, X):
    H, W = X.shape[2:]
    side = math.ceil(max(H, W) / 8) * 8
    return net(F.pad(X, (0, side - W, 0, side - H))).argmax(dim=1)[:, :H, :W]


@wrong("13.6", "always pads to 64×64")
def _(net, X):
    H, W = X.shape[2:]
    return net(F.pad(X, (0, 64 - W, 0, 64 - H))).argmax(dim=1)[:, :H, :W]


@wrong("13.6", "stretches the image by interpolation")
def _(net, X):
    H, W = X.shape[2:]
    logits = net(F.interpolate(X, size=(H + -H % 8, W + -W % 8), mode="bilinear"))
    return F.interpolate(logits, size=(H, W)).argmax(dim=1)


@wrong("13.6", "pads the width only")
def _(net, X):
    W = X.shape[3]
    return net(F.pad(X, (0, -W % 8))).argmax(dim=1)[:, :, :W]


@wrong("13.6", "returns the first image's mask only")
def _(net, X):
    return net(_pad8(X))[0].argmax(dim=0)[: X.shape[2], : X.shape[3]]


@wrong("13.6", "cuts height and width the wrong way round")
def _(net, X):
    H, W = X.shape[2:]
    return net(_pad8(X)).argmax(dim=1)[:, :W, :H]


@wrong("13.6", "calls the network without padding")
def _(net, X):
    return net(X).argmax(dim=1)


@wrong("13.6", "cuts off the padding with a negative index, which is empty if there's none")
def _(net, X):
    b, r = -X.shape[2] % 8, -X.shape[3] % 8
    return net(F.pad(X, (0, r, 0, b))).argmax(dim=1)[:, :-b, :-r]


@wrong("13.6", "pads with ones")
def _(net, X):
    H, W = X.shape[2:]
    return net(F.pad(X, (0, -W % 8, 0, -H % 8), value=1.0)).argmax(dim=1)[:, :H, :W]


@wrong("13.6", "no return statement")
def _(net, X):
    H, W = X.shape[2:]
    classes = net(F.pad(X, (0, -W % 8, 0, -H % 8))).argmax(dim=1)
    classes = classes[:, :H, :W]
