"""Answers to the exercises of lesson 12, written from its page alone."""

import copy
import functools
import math
import random
from itertools import product

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from tests.support.answers import right, wrong


# 12.1
@right("12.1")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1)[None], size=(height, width))


@right("12.1")
def _(image, width, height):
    channels = torch.stack([image[:, :, c] for c in range(3)])
    return nn.Upsample(size=(height, width))(channels.unsqueeze(0))


@right("12.1")
def _(photo, width, height):
    batch = torch.from_numpy(np.ascontiguousarray(photo.numpy().transpose(2, 0, 1)[np.newaxis]))
    return F.interpolate(batch, (height, width), mode="nearest")


@right("12.1")
def _(photo, width, height):
    out = torch.zeros(1, 3, height, width, dtype=photo.dtype)
    for c in range(3):
        out[0, c] = F.interpolate(photo[None, None, :, :, c], size=(height, width))[0, 0]
    return out


right("12.1", lambda photo, width, height: F.interpolate(torch.einsum("hwc->chw", photo)[None], size=(height, width)))


@right("12.1")
def _(photo, width, height):
    rows_last = photo.transpose(0, 2)[None]  # (1, 3, width, height)
    return F.interpolate(rows_last, size=(width, height)).transpose(2, 3)


@wrong("12.1", "the channels are still reshaped, only the size is fixed")
def _(photo, width, height):
    return F.interpolate(photo.reshape(1, 3, photo.shape[0], photo.shape[1]), size=(height, width))


@wrong("12.1", "permutes correctly, but the size is still (width, height)")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1)[None], size=(width, height))


@wrong("12.1", "permute(2, 1, 0): height and width swapped, the picture lies on its side")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 1, 0)[None], size=(height, width))


@wrong("12.1", "view with the axes' sizes in a new order instead of a permutation")
def _(photo, width, height):
    h, w, c = photo.shape
    return F.interpolate(photo.contiguous().view(c, h, w).unsqueeze(0), size=(height, width))


@wrong("12.1", "the batch axis is missing in the result")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1)[None], size=(height, width))[0]


@wrong("12.1", "bilinear in place of the default mode")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1)[None], size=(height, width), mode="bilinear")


@wrong("12.1", "returns the channels last")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1)[None], size=(height, width)).permute(0, 2, 3, 1)


@wrong("12.1", "doesn't resize")
def _(photo, width, height):
    return photo.permute(2, 0, 1).unsqueeze(0)


@wrong("12.1", "no batch axis before interpolate, which then resizes something else")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1), size=(height, width))


@wrong("12.1", "hard-coded to the page's size")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1)[None], size=(120, 180))


@wrong("12.1", "the square of the height: works for square targets only")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1)[None], size=height)


@wrong("12.1", "reverses the colors, as for OpenCV")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1).flip(0)[None], size=(height, width))


@wrong("12.1", "divides by 255 once more")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1)[None] / 255, size=(height, width))


@wrong("12.1", "cuts out a piece instead of resizing")
def _(photo, width, height):
    return photo.permute(2, 0, 1)[None, :, :height, :width]


@wrong("12.1", "forgets the return")
def _(photo, width, height):
    F.interpolate(photo.permute(2, 0, 1)[None], size=(height, width))


wrong("12.1", "the corrected line as text", "photo.permute(2, 0, 1)[None]")

# 12.2
right("12.2", lambda X, K: F.conv2d(X, K.flip(2, 3)))


@right("12.2")
def _(images, kernels):
    return F.conv2d(images, torch.rot90(kernels, 2, dims=(-2, -1)))


@right("12.2")
def _(X, K):
    return F.conv2d(X.flip(2, 3), K).flip(2, 3)


@right("12.2")
def _(X, K):
    (n, _, H, W), (c_o, _, h, w) = X.shape, K.shape
    Y = torch.zeros(n, c_o, H - h + 1, W - w + 1)
    for a, b in product(range(h), range(w)):
        piece = X[:, :, h - 1 - a : H - a, w - 1 - b : W - b]
        Y += torch.einsum("nihw,oi->nohw", piece, K[:, :, a, b]).float()
    return Y


@right("12.2")
def _(X, K):
    h, w = K.shape[2:]
    columns = F.unfold(X, (h, w))
    flipped = K.flip(dims=[-1, -2]).reshape(len(K), -1)
    return (flipped @ columns).reshape(len(X), len(K), X.shape[2] - h + 1, X.shape[3] - w + 1)


@right("12.2")
def _(X, K):
    h, w = K.shape[2:]
    full = F.conv_transpose2d(X, K.transpose(0, 1))
    return full[:, :, h - 1 : X.shape[2], w - 1 : X.shape[3]]


@right("12.2")
def _(X, K):
    flipped = torch.from_numpy(K.detach().numpy()[:, :, ::-1, ::-1].copy())
    return nn.functional.conv2d(X, flipped, bias=None, stride=1, padding=0)


wrong("12.2", "unchanged: flips the channel axes", lambda X, K: F.conv2d(X, K.flip(0, 1)))
wrong("12.2", "no flip at all", F.conv2d)
wrong("12.2", "flips all four axes: right only for one channel", lambda X, K: F.conv2d(X, K.flip(0, 1, 2, 3)))
wrong("12.2", "flips the rows only", lambda X, K: F.conv2d(X, K.flip(2)))
wrong("12.2", "flips the columns only", lambda X, K: F.conv2d(X, K.flip(3)))
wrong("12.2", "flips axes 1 and 2 by counting from 1", lambda X, K: F.conv2d(X, K.flip(1, 2)))
wrong("12.2", "transposes the kernel instead of flipping it", lambda X, K: F.conv2d(X, K.transpose(2, 3)))
wrong("12.2", "turns the kernel by 90 degrees only", lambda X, K: F.conv2d(X, K.rot90(1, (2, 3))))
wrong("12.2", "flips the output too", lambda X, K: F.conv2d(X, K.flip(2, 3)).flip(2, 3))
wrong("12.2", "flips the output instead of the kernel", lambda X, K: F.conv2d(X, K).flip(2, 3))
wrong("12.2", "flips image and kernel", lambda X, K: F.conv2d(X.flip(2, 3), K.flip(2, 3)))
wrong("12.2", "flips the image and doesn't turn the result back", lambda X, K: F.conv2d(X.flip(2, 3), K))
wrong("12.2", "adds padding", lambda X, K: F.conv2d(X, K.flip(2, 3), padding="same"))
wrong("12.2", "full convolution, with padding", lambda X, K: F.conv_transpose2d(X, K.transpose(0, 1)))
wrong("12.2", "negates the kernel", lambda X, K: F.conv2d(X, -K))
wrong("12.2", "uses the first input channel only", lambda X, K: F.conv2d(X[:, :1], K[:, :1].flip(2, 3)))
wrong("12.2", "uses the first kernel only", lambda X, K: F.conv2d(X, K[:1].flip(2, 3)))
wrong("12.2", "the batch axis is gone", lambda X, K: F.conv2d(X, K.flip(2, 3))[0])


@wrong("12.2", "flips the caller's kernel in place")
def _(X, K):
    K[:] = K.flip(2, 3)
    return F.conv2d(X, K)


@wrong("12.2", "flip's result isn't assigned")
def _(X, K):
    K.flip(2, 3)
    return F.conv2d(X, K)


# 12.3
@right("12.3")
def _(n, layers):
    for kind, settings in layers:
        k, p = settings["kernel_size"], settings.get("padding", 0)
        s = settings.get("stride", 1 if kind == "conv" else k)
        n = (n + 2 * p - k) // s + 1
    return n


@right("12.3")
def _(n, layers):
    X = torch.zeros(1, n, n)
    for kind, settings in layers:
        X = (nn.Conv2d(1, 1, **settings) if kind == "conv" else nn.MaxPool2d(**settings))(X)
    return X.shape[-1]


@right("12.3")
def _(n, layers):
    def step(n, layer):
        kind, d = layer
        default = {"conv": 1, "pool": d["kernel_size"]}[kind]
        span = d.get("dilation", 1) * (d["kernel_size"] - 1)
        return math.floor((n + 2 * d.get("padding", 0) - span - 1) / d.get("stride", default)) + 1

    return functools.reduce(step, layers, n)


@right("12.3")
def _(n, layers=()):
    side = float(n)
    for kind, settings in layers:
        k = settings["kernel_size"]
        stride = settings["stride"] if "stride" in settings else k if kind == "pool" else 1
        side = (side + 2 * settings.get("padding", 0) - k) / stride + 1
    return int(side)  # rounding down once is enough: floor(x / s) = floor(floor(x) / s)


@right("12.3")
def recursive_side(n, layers):
    if not layers:
        return n
    (kind, d), *others = layers
    k = d["kernel_size"]
    positions = range(0, n + 2 * d.get("padding", 0) - k + 1, d.get("stride") or (k if kind == "pool" else 1))
    return recursive_side(len(positions), others)


@right("12.3")
def _(n, layers):
    with torch.device("meta"):
        net = nn.Sequential(*[nn.Conv2d(1, 1, **d) if kind == "conv" else nn.MaxPool2d(**d) for kind, d in layers])
        side = net(torch.empty(1, 1, n, n)).size(3)
    return torch.tensor(side)


def _side(n, layers, side=lambda n, k, p, s: (n + 2 * p - k) // s + 1, conv=lambda k: 1, pool=lambda k: k):
    for kind, settings in layers:
        k = settings["kernel_size"]
        default = conv(k) if kind == "conv" else pool(k)
        n = side(n, k, settings.get("padding", 0), settings.get("stride", default))
    return n


_with = functools.partial(functools.partial, _side)
wrong("12.3", "padding still counted once", _with(side=lambda n, k, p, s: (n + p - k) // s + 1))
wrong("12.3", "still not rounded down", _with(side=lambda n, k, p, s: (n + 2 * p - k) / s + 1))
wrong("12.3", "pooling's default stride still 1", _with(pool=lambda k: 1))
wrong("12.3", "pooling's default stride is always 2", _with(pool=lambda k: 2))
wrong("12.3", "the kernel is the default stride for convolutions too", _with(conv=lambda k: k))
wrong("12.3", "rounds up", _with(side=lambda n, k, p, s: math.ceil((n + 2 * p - k) / s) + 1))
wrong("12.3", "rounds to the nearest", _with(side=lambda n, k, p, s: round((n + 2 * p - k) / s + 1)))
wrong("12.3", "forgets the + 1", _with(side=lambda n, k, p, s: (n + 2 * p - k) // s))
wrong("12.3", "divides after adding 1", _with(side=lambda n, k, p, s: (n + 2 * p - k + 1) // s))
wrong("12.3", "ignores the stride", _with(side=lambda n, k, p, s: n + 2 * p - k + 1))
wrong("12.3", "ignores the padding", _with(side=lambda n, k, p, s: (n - k) // s + 1))
wrong("12.3", "missing parentheses: // only on k", _with(side=lambda n, k, p, s: n + 2 * p - k // s + 1))
wrong("12.3", "unchanged", _with(side=lambda n, k, p, s: (n + p - k) / s + 1, pool=lambda k: 1))
wrong("12.3", "hard-coded to the page's answer", lambda n, layers: 2)


@wrong("12.3", "ignores the listed stride of a pooling layer")
def _(n, layers):
    for kind, settings in layers:
        k = settings["kernel_size"]
        s = k if kind == "pool" else settings.get("stride", 1)
        n = (n + 2 * settings.get("padding", 0) - k) // s + 1
    return n


@wrong("12.3", "returns after the first layer")
def _(n, layers):
    for kind, settings in layers:
        k = settings["kernel_size"]
        s = settings.get("stride", k if kind == "pool" else 1)
        return (n + 2 * settings.get("padding", 0) - k) // s + 1


@wrong("12.3", "the stride of the layer before is kept where none is listed")
def _(n, layers):
    s = 1
    for kind, settings in layers:
        k = settings["kernel_size"]
        s = settings.get("stride", k if kind == "pool" else s)
        n = (n + 2 * settings.get("padding", 0) - k) // s + 1
    return n


@wrong("12.3", "starts from n again in each layer, so only the last one counts")
def _(n, layers):
    for kind, settings in layers:
        k = settings["kernel_size"]
        s = settings.get("stride", k if kind == "pool" else 1)
        side = (n + 2 * settings.get("padding", 0) - k) // s + 1
    return side


@wrong("12.3", "pops the settings, so the caller's dictionaries are empty afterward")
def _(n, layers):
    for kind, settings in layers:
        k = settings.pop("kernel_size")
        p, s = settings.pop("padding", 0), settings.pop("stride", k if kind == "pool" else 1)
        n = (n + 2 * p - k) // s + 1
    return n


@wrong("12.3", "returns the map's whole shape")
def _(n, layers):
    net = nn.Sequential(*[nn.Conv2d(1, 1, **d) if kind == "conv" else nn.MaxPool2d(**d) for kind, d in layers])
    return tuple(net(torch.zeros(1, 1, n, n)).shape)


# 12.4
def _fit(x, y, steps, lr, loss_of, bias=True, optimizer=torch.optim.SGD, zero=True, dtype=None):
    line = nn.Linear(1, 1, dtype=dtype or x.dtype, bias=bias)
    updater = optimizer(line.parameters(), lr=lr)
    for _ in range(steps):
        if zero:
            updater.zero_grad()
        loss_of(line(x[:, None]), y).backward()
        updater.step()
    return line.weight.item(), line.bias.item() if bias else 0.0


def fit_with(loss_of, **others):
    def fit_line(x, y, steps=500, lr=0.1):
        return _fit(x, y, steps, lr, loss_of, **others)

    return fit_line


right("12.4", fit_with(lambda y_hat, y: (y_hat - y[:, None]).square().mean()))
right("12.4", fit_with(lambda y_hat, y: (y_hat.squeeze(1) - y).square().mean()))
right("12.4", fit_with(lambda y_hat, y: F.mse_loss(y_hat.flatten(), y)))
right("12.4", fit_with(lambda y_hat, y: ((y_hat.T - y) ** 2).mean()))


@right("12.4")
def _(x, y, steps=500, lr=0.1):
    slope, height = np.polyfit(x.numpy(), y.numpy(), 1)
    return slope, height


@right("12.4")
def _(x, y, steps=500, lr=0.1):
    A = torch.stack([x, torch.ones_like(x)], dim=1)
    return torch.linalg.lstsq(A, y[:, None]).solution[:, 0]


@right("12.4")
def _(x, y, *args, **kwargs):
    dx = x - x.mean()
    slope = (dx * (y - y.mean())).sum() / (dx * dx).sum()
    return [slope, y.mean() - slope * x.mean()]


@right("12.4")
def _(x, y, steps=500, lr=0.1):
    w = b = 0.0
    for _ in range(steps):
        error = w * x + b - y
        w, b = w - lr * 2 * (error * x).mean().item(), b - lr * 2 * error.mean().item()
    return w, b


wrong("12.4", "unchanged", fit_with(lambda y_hat, y: (y_hat - y).square().mean()))
wrong("12.4", "y − y_hat instead of y_hat − y, still broadcast", fit_with(lambda y_hat, y: ((y - y_hat) ** 2).mean()))
wrong("12.4", "adds the axis on the wrong side", fit_with(lambda y_hat, y: (y_hat - y[None]).square().mean()))
wrong("12.4", "the mean first, then the square", fit_with(lambda y_hat, y: (y_hat[:, 0] - y).mean().square()))
wrong("12.4", "sum instead of mean: the steps are too large", fit_with(lambda y_hat, y: (y_hat[:, 0] - y).square().sum()))
wrong("12.4", "absolute instead of squared error", fit_with(lambda y_hat, y: (y_hat[:, 0] - y).abs().mean()))
wrong("12.4", "no square at all", fit_with(lambda y_hat, y: (y_hat[:, 0] - y).mean()))
wrong("12.4", "fits through the origin", fit_with(lambda y_hat, y: F.mse_loss(y_hat[:, 0], y), bias=False))
wrong("12.4", "zero_grad removed", fit_with(lambda y_hat, y: F.mse_loss(y_hat[:, 0], y), zero=False))
wrong("12.4", "the sign of the loss", fit_with(lambda y_hat, y: -F.mse_loss(y_hat[:, 0], y)))
wrong("12.4", "always float32", fit_with(lambda y_hat, y: F.mse_loss(y_hat[:, 0], y), dtype=torch.float32))
wrong("12.4", "the gradient is cut", fit_with(lambda y_hat, y: F.mse_loss(y_hat.detach()[:, 0], y).requires_grad_()))
wrong("12.4", "y.mean() as target", fit_with(lambda y_hat, y: F.mse_loss(y_hat[:, 0], y.mean().expand(len(y)))))
wrong("12.4", "hard-coded to the page's line", lambda x, y, steps=500, lr=0.1: (3.0, 1.0))


@wrong("12.4", "returns height and slope in the wrong order")
def _(x, y, steps=500, lr=0.1):
    return _fit(x, y, steps, lr, lambda y_hat, y: F.mse_loss(y_hat[:, 0], y))[::-1]


@wrong("12.4", "returns the slope only")
def _(x, y, steps=500, lr=0.1):
    return _fit(x, y, steps, lr, lambda y_hat, y: F.mse_loss(y_hat[:, 0], y))[0]


@wrong("12.4", "the line through the first and the last point: right only without noise")
def _(x, y, steps=500, lr=0.1):
    slope = (y[-1] - y[0]) / (x[-1] - x[0])
    return slope.item(), (y[0] - slope * x[0]).item()


@wrong("12.4", "more steps and a smaller rate in place of a fix")
def _(x, y, steps=500, lr=0.1):
    return _fit(x, y, 2 * steps, lr / 2, lambda y_hat, y: (y_hat - y).square().mean())


@wrong("12.4", "takes the mean of y as the height, which holds only where the mean of x is 0")
def _(x, y, steps=500, lr=0.1):
    dx = x - x.mean()
    return ((dx * y).sum() / (dx * dx).sum()).item(), y.mean().item()


@wrong("12.4", "adds the axis to the caller's y in place")
def _(x, y, steps=500, lr=0.1):
    y.unsqueeze_(1)
    return _fit(x, y, steps, lr, lambda y_hat, y: (y_hat - y).square().mean())


# 12.5
@right("12.5")
def _(X, Y, steps, lr):
    K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
    optimizer = torch.optim.SGD([K], lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (F.conv2d(X, K) - Y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@right("12.5")
def _(X, Y, steps, lr):
    K = nn.Parameter(X.new_zeros(1, 1, 1, 2))
    losses = np.zeros(steps)
    for i in range(steps):
        loss = F.mse_loss(F.conv2d(X, K), Y)
        (gradient,) = torch.autograd.grad(loss, K)
        with torch.no_grad():
            K -= lr * gradient
        losses[i] = loss.item()
    return losses


@right("12.5")
def _(X, Y, steps, lr):
    a = b = 0.0
    left, right_, losses = X[..., :-1], X[..., 1:], []
    for _ in range(steps):
        error = a * left + b * right_ - Y
        losses.append((error**2).mean())
        a = a - lr * 2 * (error * left).mean()
        b = b - lr * 2 * (error * right_).mean()
    return torch.stack(losses)


@right("12.5")
def _(X, Y, steps, lr):
    conv = nn.Conv2d(1, 1, (1, 2), bias=False, dtype=X.dtype)
    nn.init.zeros_(conv.weight)
    sgd = torch.optim.SGD(conv.parameters(), lr)

    def one_step():
        loss = (conv(X) - Y).pow(2).mean()
        loss.backward()
        sgd.step()
        sgd.zero_grad()
        return loss.item()

    return tuple(one_step() for _ in range(steps))


@right("12.5")
def _(X, Y, steps, lr):
    K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
    losses = []
    for _ in range(steps):
        K.grad = None
        losses.append((F.conv2d(X, K) - Y).square().mean())
        losses[-1].backward()
        K.data -= lr * K.grad
    return [float(loss) for loss in losses]


def _learn(X, Y, steps, lr, zero="first", sign=1, start=0.0, optimizer=torch.optim.SGD, after=False, norm=torch.mean):
    K = torch.full((1, 1, 1, 2), start, dtype=X.dtype, requires_grad=True)
    updater, losses = optimizer([K], lr=lr), []
    for i in range(steps):
        if zero == "first" or (zero == "second" and i % 2):
            updater.zero_grad()
        loss = norm((F.conv2d(X, K) - Y).square())
        (sign * loss).backward()
        if zero == "before the step":
            updater.zero_grad()
        updater.step()
        losses.append(norm((F.conv2d(X, K) - Y).square()).item() if after else loss.item())
    return losses


_learned = functools.partial(functools.partial, _learn)
wrong("12.5", "unchanged: gradients add up", _learned(zero="never"))
wrong("12.5", "zero_grad between backward and step, so nothing is learned", _learned(zero="before the step"))
wrong("12.5", "zero_grad only in every second step", _learned(zero="second"))
wrong("12.5", "the loss after each step instead of before it", _learned(after=True))
wrong("12.5", "the sign: climbs", _learned(sign=-1))
wrong("12.5", "starts with ones", _learned(start=1.0))
wrong("12.5", "Adam in place of gradient descent", _learned(optimizer=torch.optim.Adam))
wrong("12.5", "sum instead of mean", _learned(norm=torch.sum))
wrong(
    "12.5",
    "momentum in place of the fix's plain gradient descent",
    _learned(optimizer=functools.partial(torch.optim.SGD, momentum=0.9)),
)
wrong("12.5", "halves the gradient", lambda X, Y, steps, lr: _learn(X, Y, steps, lr / 2))
wrong("12.5", "a smaller rate instead of zero_grad", lambda X, Y, steps, lr: _learn(X, Y, steps, lr / 10, zero="never"))
wrong("12.5", "the last loss only", lambda X, Y, steps, lr: _learn(X, Y, steps, lr)[-1])
wrong("12.5", "one loss too many", lambda X, Y, steps, lr: _learn(X, Y, steps + 1, lr))
wrong("12.5", "starts with the solution, so all losses are 0", lambda X, Y, steps, lr: [0.0] * steps)
wrong("12.5", "ignores the parameters and uses the page's", lambda X, Y, steps, lr: _learn(X, Y, 150, 0.03))


@wrong("12.5", "returns the kernel")
def _(X, Y, steps, lr):
    K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(F.mse_loss(F.conv2d(X, K), Y), K)
        K = (K - lr * gradient).detach().requires_grad_()
    return K.detach()


@wrong("12.5", "creates the kernel inside the loop")
def _(X, Y, steps, lr):
    losses = []
    for _ in range(steps):
        K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
        optimizer = torch.optim.SGD([K], lr=lr)
        optimizer.zero_grad()
        loss = (F.conv2d(X, K) - Y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("12.5", "a new optimizer in each step, but the gradients still add up")
def _(X, Y, steps, lr):
    K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
    losses = []
    for _ in range(steps):
        optimizer = torch.optim.SGD([K], lr=lr)
        loss = (F.conv2d(X, K) - Y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("12.5", "stops early when the loss is small")
def _(X, Y, steps, lr):
    losses = _learn(X, Y, steps, lr)
    return [loss for loss in losses if loss > losses[0] / 10]


@wrong("12.5", "zero_grad without parentheses")
def _(X, Y, steps, lr):
    K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
    optimizer = torch.optim.SGD([K], lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad  # noqa: B018
        loss = (F.conv2d(X, K) - Y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# 12.6
@right("12.6")
def _(images, labels, batch_size):
    order = torch.randperm(len(labels))
    for chosen in order.split(batch_size):
        yield images[chosen], labels[chosen]


@right("12.6")
def _(images, labels, batch_size):
    order = torch.randperm(len(labels))
    return zip(images[order].split(batch_size), labels[order].split(batch_size), strict=True)


@right("12.6")
def _(images, labels, batch_size):
    yield from DataLoader(TensorDataset(images, labels), batch_size=batch_size, shuffle=True)


@right("12.6")
def _(images, labels, batch_size):
    indices = list(range(len(images)))
    random.shuffle(indices)
    for i in range(0, len(indices), batch_size):
        part = indices[i : i + batch_size]
        yield torch.stack([images[j] for j in part]), torch.stack([labels[j] for j in part])


@right("12.6")
def _(images, labels, batch_size):
    order = torch.from_numpy(np.random.default_rng().permutation(len(labels)))
    return [(images[i], labels[i]) for i in torch.split(order, batch_size)]


@right("12.6")
def _(images, labels, size):
    images, labels = (t[order] for order in [torch.rand(len(labels)).argsort()] for t in (images, labels))
    start = 0
    while start < len(labels):
        yield images[start : start + size], labels[start : start + size]
        start += size


@wrong("12.6", "unchanged: shuffles within each batch")
def _(images, labels, batch_size):
    for X, y in zip(images.split(batch_size), labels.split(batch_size), strict=True):
        order = torch.randperm(len(y))
        yield X[order], y[order]


@wrong("12.6", "shuffles the batches, but each still holds one class")
def _(images, labels, batch_size):
    parts = list(zip(images.split(batch_size), labels.split(batch_size), strict=True))
    for i in torch.randperm(len(parts)):
        yield parts[i]


@wrong("12.6", "images and labels in two different orders")
def _(images, labels, batch_size):
    images, labels = images[torch.randperm(len(images))], labels[torch.randperm(len(labels))]
    yield from zip(images.split(batch_size), labels.split(batch_size), strict=True)


@wrong("12.6", "the labels aren't shuffled along")
def _(images, labels, batch_size):
    images = images[torch.randperm(len(images))]
    yield from zip(images.split(batch_size), labels.split(batch_size), strict=True)


@wrong("12.6", "a fixed seed: the same order each time")
def _(images, labels, batch_size):
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    for chosen in order.split(batch_size):
        yield images[chosen], labels[chosen]


@wrong("12.6", "drawn with replacement: some twice, some never")
def _(images, labels, batch_size):
    for chosen in torch.randint(len(labels), (len(labels),)).split(batch_size):
        yield images[chosen], labels[chosen]


@wrong("12.6", "drops the last incomplete batch")
def _(images, labels, batch_size):
    yield from DataLoader(TensorDataset(images, labels), batch_size, shuffle=True, drop_last=True)


@wrong("12.6", "a DataLoader without shuffle")
def _(images, labels, batch_size):
    yield from DataLoader(TensorDataset(images, labels), batch_size)


@wrong("12.6", "a new random order for each batch, so images come twice or never")
def _(images, labels, batch_size):
    for _ in range(0, len(labels), batch_size):
        chosen = torch.randperm(len(labels))[:batch_size]
        yield images[chosen], labels[chosen]


@wrong("12.6", "return in place of yield: the first batch only")
def _(images, labels, batch_size):
    order = torch.randperm(len(labels))
    for chosen in order.split(batch_size):
        return images[chosen], labels[chosen]


@wrong("12.6", "yields the images without their labels")
def _(images, labels, batch_size):
    for chosen in torch.randperm(len(labels)).split(batch_size):
        yield images[chosen]


@wrong("12.6", "labels before images")
def _(images, labels, batch_size):
    for chosen in torch.randperm(len(labels)).split(batch_size):
        yield labels[chosen], images[chosen]


@wrong("12.6", "mixes the classes by a fixed stride, without chance")
def _(images, labels, batch_size):
    count = math.ceil(len(labels) / batch_size)
    for i in range(count):
        yield images[i::count], labels[i::count]


@wrong("12.6", "range to len // batch_size leaves out the rest")
def _(images, labels, batch_size):
    order = torch.randperm(len(labels))
    for i in range(len(labels) // batch_size):
        chosen = order[i * batch_size : (i + 1) * batch_size]
        yield images[chosen], labels[chosen]


@wrong("12.6", "single images: the batch size is ignored")
def _(images, labels, batch_size):
    for i in torch.randperm(len(labels)):
        yield images[i], labels[i]


@wrong("12.6", "chunk instead of split: batch_size batches")
def _(images, labels, batch_size):
    for chosen in torch.randperm(len(labels)).chunk(batch_size):
        yield images[chosen], labels[chosen]


@wrong("12.6", "one batch with everything")
def _(images, labels, batch_size):
    order = torch.randperm(len(labels))
    yield images[order], labels[order]


@wrong("12.6", "never ends, as Keras generators do")
def _(images, labels, batch_size):
    while True:
        for chosen in torch.randperm(len(labels)).split(batch_size):
            yield images[chosen], labels[chosen]


wrong("12.6", "no idea: shuffle as text", "shuffle=True")


# 12.7
def _count(net, images, labels, batch_size):
    hits = 0
    for chosen in torch.arange(len(labels)).split(batch_size):
        hits += (net(images[chosen]).argmax(dim=1) == labels[chosen]).sum().item()
    return hits


@right("12.7")
def _(net, images, labels, batch_size):
    was_training = net.training
    net.eval()
    with torch.no_grad():
        share = _count(net, images, labels, batch_size) / len(labels)
    net.train(was_training)
    return share


@right("12.7")
def _(net, images, labels, batch_size):
    modes = {module: module.training for module in net.modules()}
    net.eval()
    try:
        with torch.inference_mode():
            parts = zip(images.split(batch_size), labels.split(batch_size), strict=True)
            return sum((net(X).argmax(1) == y).sum() for X, y in parts) / len(labels)
    finally:
        for module, mode in modes.items():
            module.training = mode


@right("12.7")
@torch.no_grad()
def _(net, images, labels, batch_size):
    judge = copy.deepcopy(net).eval()
    return (
        torch.cat([judge(X).argmax(dim=1) == y for X, y in DataLoader(TensorDataset(images, labels), batch_size)])
        .float()
        .mean()
    )


@right("12.7")
def _(net, images, labels, batch_size):
    before = [module.training for module in net.modules()]
    with torch.no_grad():
        net.eval()
        logits = torch.cat([net(X) for X in images.split(batch_size)])
        for module, mode in zip(net.modules(), before, strict=True):
            module.training = mode
    return np.mean(logits.numpy().argmax(axis=1) == labels.numpy())


class _Score:
    def __call__(self, network, images, labels, batch_size=64):
        training = [m for m in network.modules() if m.training]
        network.eval()
        hits = 0
        with torch.no_grad():
            for i in range(0, len(images), batch_size):
                z = network(images[i : i + batch_size])
                for row, label in zip(z.tolist(), labels[i : i + batch_size].tolist(), strict=True):
                    hits += row.index(max(row)) == label
        for m in training:
            m.training = True
        return hits / len(images)


right("12.7", _Score())


@wrong("12.7", "unchanged: stays in training mode")
@torch.no_grad()
def _(net, images, labels, batch_size):
    return _count(net, images, labels, batch_size) / len(labels)


@wrong("12.7", "leaves the network in evaluation mode")
@torch.no_grad()
def _(net, images, labels, batch_size):
    net.eval()
    return _count(net, images, labels, batch_size) / len(labels)


@wrong("12.7", "always leaves the network in training mode, even if it was evaluating")
@torch.no_grad()
def _(net, images, labels, batch_size):
    net.eval()
    share = _count(net, images, labels, batch_size) / len(labels)
    net.train()
    return share


@wrong("12.7", "eval after the loop")
@torch.no_grad()
def _(net, images, labels, batch_size):
    share = _count(net, images, labels, batch_size) / len(labels)
    net.eval()
    return share


@wrong("12.7", "train and eval in the wrong order")
@torch.no_grad()
def _(net, images, labels, batch_size):
    net.train()
    share = _count(net, images, labels, batch_size) / len(labels)
    net.train(False)
    return share


@wrong("12.7", "back to training mode after the return, which is never reached")
@torch.no_grad()
def _(net, images, labels, batch_size):
    net.eval()
    return _count(net, images, labels, batch_size) / len(labels)
    net.train()


@wrong("12.7", "restores the running statistics, but still evaluates with each batch's own")
@torch.no_grad()
def _(net, images, labels, batch_size):
    state = copy.deepcopy(net.state_dict())
    share = _count(net, images, labels, batch_size) / len(labels)
    net.load_state_dict(state)
    return share


@wrong("12.7", "one batch with all images: no effect of the batch size, but still the batch's statistics")
@torch.no_grad()
def _(net, images, labels, batch_size):
    return (net(images).argmax(dim=1) == labels).float().mean().item()


@wrong("12.7", "only batch normalization is switched, dropout isn't")
@torch.no_grad()
def _(net, images, labels, batch_size):
    norms = [m for m in net.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)) and m.training]
    for m in norms:
        m.eval()
    share = _count(net, images, labels, batch_size) / len(labels)
    for m in norms:
        m.train()
    return share


@wrong("12.7", "averages the batches' accuracies, so a smaller last batch counts too much")
@torch.no_grad()
def _(net, images, labels, batch_size):
    was = net.training
    net.eval()
    parts = zip(images.split(batch_size), labels.split(batch_size), strict=True)
    shares = [(net(X).argmax(1) == y).float().mean() for X, y in parts]
    net.train(was)
    return torch.stack(shares).mean().item()


@wrong("12.7", "returns the count")
@torch.no_grad()
def _(net, images, labels, batch_size):
    was = net.training
    net.eval()
    hits = _count(net, images, labels, batch_size)
    net.train(was)
    return hits


@wrong("12.7", "drops the last incomplete batch")
@torch.no_grad()
def _(net, images, labels, batch_size):
    was = net.training
    net.eval()
    kept = len(labels) // batch_size * batch_size
    hits = _count(net, images[:kept], labels[:kept], batch_size)
    net.train(was)
    return hits / len(labels)


@wrong("12.7", "freezes the parameters for good")
def _(net, images, labels, batch_size):
    was = net.training
    net.eval().requires_grad_(False)
    share = _count(net, images, labels, batch_size) / len(labels)
    net.train(was)
    return share


@wrong("12.7", "batch normalization's running statistics are switched off for good")
@torch.no_grad()
def _(net, images, labels, batch_size):
    for m in net.modules():
        if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):
            m.track_running_stats, m.running_mean, m.running_var = False, None, None
    return _count(net, images, labels, batch_size) / len(labels)


@wrong("12.7", "argmax over the batch axis")
@torch.no_grad()
def _(net, images, labels, batch_size):
    was = net.training
    net.eval()
    hits = sum((net(X).argmax(dim=0)[:1] == y).sum().item() for X, y in _pairs(images, labels, batch_size))
    net.train(was)
    return hits / len(labels)


def _pairs(images, labels, batch_size):
    return zip(images.split(batch_size), labels.split(batch_size), strict=True)


@wrong("12.7", "forgets the return")
@torch.no_grad()
def _(net, images, labels, batch_size):
    was = net.training
    net.eval()
    _ = _count(net, images, labels, batch_size) / len(labels)
    net.train(was)


@wrong("12.7", "prints instead of returning")
@torch.no_grad()
def _(net, images, labels, batch_size):
    was = net.training
    print(_count(net.eval(), images, labels, batch_size) / len(labels))
    net.train(was)


wrong("12.7", "fixed batch size as an answer", 250)


# 12.8
@right("12.8")
def _(train, test):
    mean, std = train.mean(dim=0), train.std(dim=0)
    return (train - mean) / (std + 0.01), (test - mean) / (std + 0.01)


@right("12.8")
def _(train, test):
    std, mean = torch.std_mean(train, dim=0, keepdim=True)
    return [(images - mean).div(std + 0.01) for images in (train, test)]


@right("12.8")
def _(train, test):
    both = torch.cat([train, test])
    scaled = (both - train.mean(0)) / (train.std(0) + 1e-2)
    return scaled[: len(train)], scaled[len(train) :]


@right("12.8")
def _(a, b):
    A, B = a.numpy(), b.numpy()
    scale = A.std(axis=0, ddof=1) + 0.01
    return torch.from_numpy((A - A.mean(axis=0)) / scale), torch.from_numpy((B - A.mean(axis=0)) / scale)


@right("12.8")
def _(train, test):
    scaled = [torch.zeros_like(train), torch.zeros_like(test)]
    for j in range(train.shape[1]):
        m = sum(train[:, j]) / len(train)
        s = (((train[:, j] - m) ** 2).sum() / (len(train) - 1)).sqrt()
        for out, images in zip(scaled, (train, test), strict=True):
            out[:, j] = (images[:, j] - m) / (s + 0.01)
    return tuple(scaled)


@right("12.8")
def _(train, test):
    class Scaler:
        def fit(self, X):
            self.mean, self.scale = X.mean(dim=0), X.std(dim=0, correction=0) + 0.01  # as scikit-learn does it
            return self

        def __call__(self, X):
            return (X - self.mean) / self.scale

    scaler = Scaler().fit(train)
    return scaler(train), scaler(test)


def _scale(images, mean_from, std_from=None):
    return (images - mean_from.mean(dim=0)) / ((mean_from if std_from is None else std_from).std(dim=0) + 0.01)


wrong("12.8", "unchanged: the test images by their own mean", lambda a, b: (_scale(a, a), _scale(b, b)))
wrong("12.8", "the training mean, but the test images' standard deviation", lambda a, b: (_scale(a, a), _scale(b, a, b)))
wrong("12.8", "the test images' mean with the training deviation", lambda a, b: (_scale(a, a), _scale(b, b, a)))
wrong("12.8", "mean and deviation of all images together", lambda a, b: tuple(_scale(x, torch.cat([a, b])) for x in (a, b)))
wrong("12.8", "the test images' numbers for both", lambda a, b: (_scale(a, b), _scale(b, b)))
wrong("12.8", "train and test swapped in the result", lambda a, b: (_scale(b, a), _scale(a, a)))
wrong("12.8", "leaves the training images as they were", lambda a, b: (a, _scale(b, a)))
wrong("12.8", "leaves the test images as they were", lambda a, b: (_scale(a, a), b))
wrong("12.8", "returns the test images only", lambda a, b: _scale(b, a))
wrong("12.8", "subtracts the mean only", lambda a, b: (a - a.mean(0), b - a.mean(0)))


@wrong("12.8", "one mean and deviation over all pixels")
def _(train, test):
    m, s = train.mean(), train.std() + 0.01
    return (train - m) / s, (test - m) / s


@wrong("12.8", "mean over the pixels of each image, dim=1")
def _(train, test):
    def scaled(x):
        return (x - x.mean(dim=1, keepdim=True)) / (x.std(dim=1, keepdim=True) + 0.01)

    return scaled(train), scaled(test)


@wrong("12.8", "without the 0.01: NaN for a pixel that's always the same")
def _(train, test):
    m, s = train.mean(0), train.std(0)
    return (train - m) / s, (test - m) / s


@wrong("12.8", "missing parentheses: adds 0.01 after the division")
def _(train, test):
    m, s = train.mean(0), train.std(0).clamp(min=1e-6)
    return (train - m) / s + 0.01, (test - m) / s + 0.01


@wrong("12.8", "the variance instead of the standard deviation")
def _(train, test):
    m, v = train.mean(0), train.var(0)
    return (train - m) / (v + 0.01), (test - m) / (v + 0.01)


@wrong("12.8", "scales to 0…1 by minimum and maximum")
def _(train, test):
    low, span = train.amin(0), train.amax(0) - train.amin(0) + 0.01
    return (train - low) / span, (test - low) / span


@wrong("12.8", "the mean of the training images that were already scaled")
def _(train, test):
    train = (train - train.mean(0)) / (train.std(0) + 0.01)
    test = (test - train.mean(0)) / (train.std(0) + 0.01)
    return train, test


@wrong("12.8", "changes the training images in place, before the test images use their mean")
def _(train, test):
    train -= train.mean(0)
    test -= train.mean(0)
    s = train.std(0) + 0.01
    return train / s, test / s


@wrong("12.8", "prints instead of returning")
def _(train, test):
    print(_scale(train, train), _scale(test, train))


# 12.9
@right("12.9")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(c_i, 8, 3, stride=2, padding=1) for c_i in (1, 8)])
        self.dense = nn.Linear(8 * 7 * 7, 10)

    def forward(self, X):
        for conv in self.convs:
            X = conv(X).relu()
        return self.dense(X.flatten(1))


@right("12.9")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(392, 10)
        self.conv2 = nn.Conv2d(8, 8, 3, stride=2, padding=1)
        self.conv1 = nn.Conv2d(1, 8, 3, stride=2, padding=1)

    def forward(self, X):
        X = F.relu(self.conv1(X))
        X = F.relu(self.conv2(X))
        return self.dense(torch.flatten(X, start_dim=1))


@right("12.9")
class _(nn.Module):
    def __init__(self):
        nn.Module.__init__(self)
        layers = []
        for c_i in 1, 8:
            layers += [nn.Conv2d(c_i, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1)), nn.ReLU()]
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(8 * 49, 10))

    def forward(self, X):
        return self.net(X)


@right("12.9")
class _(nn.Sequential):
    def __init__(self):
        first, second = (nn.Conv2d(c, 8, 3, 2, 1) for c in (1, 8))
        super().__init__(first, nn.ReLU(), second, nn.ReLU(), nn.Flatten(), nn.Linear(392, 10))


@right("12.9")
class _(nn.Module):
    def __init__(self, channels=(1, 8, 8)):
        super().__init__()
        self.convs = []
        for i, (a, b) in enumerate(zip(channels, channels[1:], strict=False)):
            self.convs.append(nn.Conv2d(a, b, 3, stride=2, padding=1))
            self.add_module(f"conv{i}", self.convs[-1])
        self.dense = nn.Linear(channels[-1] * 7 * 7, 10)

    def forward(self, X):
        for conv in self.convs:
            X = conv(X).clamp(min=0)
        return self.dense(X.reshape(len(X), -1))


@right("12.9")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleDict({f"c{c}": nn.Conv2d(c, 8, 3, stride=2, padding=1) for c in (1, 8)})
        self.parts["dense"] = nn.LazyLinear(10)
        self(torch.zeros(1, 1, 28, 28))

    def forward(self, X):
        return self.parts["dense"](self.parts["c8"](self.parts["c1"](X).relu()).relu().flatten(1))


class _Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(self.make())
        self.dense = nn.Linear(8 * 7 * 7, 10)

    def make(self):
        return [nn.Conv2d(c_i, 8, 3, stride=2, padding=1) for c_i in (1, 8)]

    def forward(self, X):
        for conv in self.convs:
            X = conv(X).relu()
        return self.dense(X.flatten(1))


@wrong("12.9", "unchanged: a plain list")
class _(_Base):
    def __init__(self):
        nn.Module.__init__(self)
        self.convs = self.make()
        self.dense = nn.Linear(8 * 7 * 7, 10)


@wrong("12.9", "a tuple in place of the list: still not registered")
class _(_Base):
    def __init__(self):
        nn.Module.__init__(self)
        self.convs = tuple(self.make())
        self.dense = nn.Linear(8 * 7 * 7, 10)


@wrong("12.9", "a plain dictionary: still not registered")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = {"a": nn.Conv2d(1, 8, 3, 2, 1), "b": nn.Conv2d(8, 8, 3, 2, 1)}
        self.dense = nn.Linear(392, 10)

    def forward(self, X):
        return self.dense(self.layers["b"](self.layers["a"](X).relu()).relu().flatten(1))


@wrong("12.9", "registers only the first convolution")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.rest = nn.Conv2d(1, 8, 3, 2, 1), [nn.Conv2d(8, 8, 3, 2, 1)]
        self.dense = nn.Linear(392, 10)

    def forward(self, X):
        return self.dense(self.rest[0](self.first(X).relu()).relu().flatten(1))


@wrong("12.9", "registers copies, and forward still uses the list")
class _(_Base):
    def __init__(self):
        super().__init__()
        self.hidden = [self.make()]

    def forward(self, X):
        for conv in self.hidden[0]:
            X = conv(X).relu()
        return self.dense(X.flatten(1))


@wrong("12.9", "makes new convolutions in every forward pass")
class _(_Base):
    def forward(self, X):
        for conv in self.make():
            X = conv(X).relu()
        return self.dense(X.flatten(1))


@wrong("12.9", "the ReLUs are gone")
class _(_Base):
    def forward(self, X):
        return self.dense(nn.Sequential(*self.convs)(X).flatten(1))


@wrong("12.9", "the ReLU only after the second convolution")
class _(_Base):
    def forward(self, X):
        return self.dense(self.convs[1](self.convs[0](X)).relu().flatten(1))


@wrong("12.9", "a ReLU at the very end, too")
class _(_Base):
    def forward(self, X):
        return super().forward(X).relu()


@wrong("12.9", "sigmoid in place of ReLU")
class _(_Base):
    def forward(self, X):
        for conv in self.convs:
            X = conv(X).sigmoid()
        return self.dense(X.flatten(1))


@wrong("12.9", "a softmax at the end")
class _(_Base):
    def forward(self, X):
        return super().forward(X).softmax(dim=1)


@wrong("12.9", "convolutions without bias")
class _(_Base):
    def make(self):
        return [nn.Conv2d(c_i, 8, 3, stride=2, padding=1, bias=False) for c_i in (1, 8)]


@wrong("12.9", "5×5 kernels with padding 2: not the same layers")
class _(_Base):
    def make(self):
        return [nn.Conv2d(c_i, 8, 5, stride=2, padding=2) for c_i in (1, 8)]


@wrong("12.9", "forgets the stride, so dense doesn't fit")
class _(_Base):
    def make(self):
        return [nn.Conv2d(c_i, 8, 3, padding=1) for c_i in (1, 8)]


@wrong("12.9", "flattens the batch axis too")
class _(_Base):
    def forward(self, X):
        for conv in self.convs:
            X = conv(X).relu()
        return self.dense(X.flatten())


@wrong("12.9", "the maps are detached: the convolutions never learn")
class _(_Base):
    def forward(self, X):
        for conv in self.convs:
            X = conv(X).relu()
        return self.dense(X.detach().flatten(1))


@wrong("12.9", "forgets super().__init__()")
class _(nn.Module):
    def __init__(self):
        self.convs = nn.ModuleList([nn.Conv2d(1, 8, 3, 2, 1), nn.Conv2d(8, 8, 3, 2, 1)])
        self.dense = nn.Linear(392, 10)

    def forward(self, X):
        return self.dense(self.convs[1](self.convs[0](X).relu()).relu().flatten(1))


@wrong("12.9", "forward forgets the return")
class _(_Base):
    def forward(self, X):
        for conv in self.convs:
            X = conv(X).relu()
        self.dense(X.flatten(1))


@wrong("12.9", "no list at all, but also only one convolution with pooling")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.dense = nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.Linear(392, 10)

    def forward(self, X):
        return self.dense(F.max_pool2d(self.conv(X).relu(), 2).flatten(1))


wrong("12.9", "an instance instead of the class", _Base())
wrong("12.9", "the name of the class instead of the class", "nn.ModuleList")


# 12.10
@right("12.10")
def _(net, batches, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    means = []
    for _ in range(epochs):
        total, seen = 0.0, 0
        for X, y in batches:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            seen += len(y)
        means.append(total / seen)
    return means


@right("12.10")
def _(net, batches, epochs, lr):
    def epoch():
        losses = []
        for X, y in batches:
            each = F.cross_entropy(net(X), y, reduction="none")
            net.zero_grad()
            each.mean().backward()
            with torch.no_grad():
                for p in net.parameters():
                    p -= lr * p.grad
            losses.append(each.detach())
        return torch.cat(losses).mean()

    return torch.stack([epoch() for _ in range(epochs)])


@right("12.10")
def _(net, batches, epochs, lr):
    optimizer, means = torch.optim.SGD(net.parameters(), lr=lr), np.empty(epochs)
    for i in range(epochs):
        losses, sizes = [], []
        for X, y in batches:
            loss = F.cross_entropy(net(X), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            sizes.append(len(y))
        means[i] = np.average(losses, weights=sizes)
    return means


@right("12.10")
def _(net, batches, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    means, total, seen = [], 0.0, 0
    for _ in range(epochs):
        total_before, seen_before = total, seen
        for X, y in batches:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            seen += len(y)
        means.append((total - total_before) / (seen - seen_before))
    return means


@right("12.10")
def _(net, batches, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr)
    criterion = nn.CrossEntropyLoss()
    means = []
    for _ in range(epochs):
        mean = n = 0
        for X, y in batches:
            optimizer.zero_grad()
            loss = criterion(net(X), y)
            loss.backward()
            optimizer.step()
            n += y.numel()
            mean += (loss.item() - mean) * y.numel() / n  # a running mean
        means.append(mean)
    return tuple(means)


def _means(net, batches, epochs, lr, mean=lambda losses, sizes: np.dot(losses, sizes) / sum(sizes), after=False, **others):
    zero, step = others.get("zero", True), others.get("step", True)
    optimizer, means = others.get("optimizer", torch.optim.SGD)(net.parameters(), lr=lr), []
    for _ in range(epochs):
        losses, sizes = [], []
        for X, y in batches:
            if zero:
                optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            if step:
                optimizer.step()
            losses.append((F.cross_entropy(net(X), y) if after else loss).item())
            sizes.append(len(y))
        means.append(mean(losses, sizes))
    return means


_reported = functools.partial(functools.partial, _means)
wrong("12.10", "averages over batches, whatever their sizes", _reported(mean=lambda losses, sizes: np.mean(losses)))
wrong("12.10", "divides the sum of batch losses by the images", _reported(mean=lambda losses, n: sum(losses) / sum(n)))
wrong("12.10", "divides by the number of batches", _reported(mean=lambda losses, n: np.dot(losses, n) / len(n)))
wrong("12.10", "the sum instead of the mean", _reported(mean=lambda losses, n: np.dot(losses, n)))
wrong("12.10", "the last batch's loss", _reported(mean=lambda losses, n: losses[-1]))
wrong("12.10", "takes all batches to be as large as the first", _reported(mean=lambda z, n: np.dot(z, n) / n[0] / len(n)))
wrong("12.10", "a fixed batch size of 64", _reported(mean=lambda losses, n: np.dot(losses, n) / (64 * len(n))))
wrong("12.10", "measures after the step", _reported(after=True))
wrong("12.10", "zero_grad is gone", _reported(zero=False))
wrong("12.10", "no step: doesn't train", _reported(step=False))
wrong("12.10", "Adam in place of SGD", _reported(optimizer=torch.optim.Adam))
wrong("12.10", "ignores lr", lambda net, batches, epochs, lr: _means(net, batches, epochs, 0.1))
wrong("12.10", "one epoch too few", lambda net, batches, epochs, lr: _means(net, batches, epochs - 1, lr))
wrong("12.10", "only the last epoch's mean", lambda net, batches, epochs, lr: _means(net, batches, epochs, lr)[-1])


@wrong("12.10", "unchanged: seen isn't reset")
def _(net, batches, epochs, lr):
    sizes = []
    return _means(net, batches, epochs, lr, mean=lambda losses, n: (sizes.extend(n), np.dot(losses, n) / sum(sizes))[1])


@wrong("12.10", "total isn't reset either: the mean over all epochs so far")
def _(net, batches, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    means, seen, total = [], 0, 0.0
    for _ in range(epochs):
        for X, y in batches:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            seen += len(y)
        means.append(total / seen)
    return means


@wrong("12.10", "seen is reset, but total no longer is")
def _(net, batches, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    means, total = [], 0.0
    for _ in range(epochs):
        seen = 0
        for X, y in batches:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            seen += len(y)
        means.append(total / seen)
    return means


@wrong("12.10", "resets in the batch loop, so only the last batch counts")
def _(net, batches, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    means = []
    for _ in range(epochs):
        for X, y in batches:
            total, seen = 0.0, 0
            optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            seen += len(y)
        means.append(total / seen)
    return means


@wrong("12.10", "appends in the batch loop: one value per batch")
def _(net, batches, epochs, lr):
    means = []
    _means(net, batches, epochs, lr, mean=lambda losses, sizes: means.extend(losses))
    return means


@wrong("12.10", "evaluates the network after each epoch instead")
def _(net, batches, epochs, lr):
    def evaluate(*_):
        with torch.no_grad():
            pairs = [(F.cross_entropy(net(X), y).item(), len(y)) for X, y in batches]
        return sum(a * n for a, n in pairs) / sum(n for _, n in pairs)

    return _means(net, batches, epochs, lr, mean=evaluate)


@wrong("12.10", "return inside the epoch loop")
def _(net, batches, epochs, lr):
    return _means(net, batches, 1, lr)


# 12.11
def with_copies(images):
    shifts = [(1, 1), (-1, 1), (1, 2), (-1, 2)]
    return torch.cat([images, *(images.roll(*shift) for shift in shifts)])


def _order(n, seed):
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed))


@right("12.11")
def _(images, labels, seed=0):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    val, train = order[: len(order) // 5], order[len(order) // 5 :]
    return with_copies(images[train]), labels[train].repeat(5), images[val], labels[val]


@right("12.11")
def _(images, labels, seed=0):
    chosen = np.random.default_rng(seed).choice(len(labels), len(labels) // 5, replace=False)
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    held_out[torch.from_numpy(chosen)] = True
    X, y = images[~held_out], labels[~held_out]
    return with_copies(X), torch.cat([y] * 5), images[held_out], labels[held_out]


@right("12.11")
def _(images, labels, seed=0):
    order = _order(len(labels), seed)
    images, labels = images[order], labels[order]
    fifth = len(labels) // 5
    X_train, X_val = images[fifth:], images[:fifth]
    shifted = torch.cat([X_train, X_train.roll(1, 1), X_train.roll(-1, 1), X_train.roll(1, 2), X_train.roll(-1, 2)])
    return [shifted, labels[fifth:].tile(5), X_val, labels[:fifth]]


@right("12.11")
def _(images, labels, seed=0):
    n, generator = len(labels), torch.Generator().manual_seed(seed)
    data = TensorDataset(images, labels)
    train, val = torch.utils.data.random_split(data, [n - n // 5, n // 5], generator=generator)
    X, y = data[train.indices]
    return with_copies(X), y.repeat(5), *data[val.indices]


@right("12.11")
def _(images, labels, seed=0):
    copies = with_copies(images).unflatten(0, (5, len(images)))
    order = torch.rand(len(labels), generator=torch.Generator().manual_seed(seed)).argsort()
    train, val = order[len(order) // 5 :], order[: len(order) // 5]
    X = copies[:, train].transpose(0, 1).flatten(0, 1)  # each image next to its copies
    return X, labels[train].repeat_interleave(5), copies[0, val], labels[val]


@right("12.11")
def _(images, labels, seed=0):
    indices = list(range(len(labels)))
    random.Random(seed).shuffle(indices)
    val, train = indices[: len(labels) // 5], indices[len(labels) // 5 :]
    order = _order(5 * len(train), seed)  # the training set once more in a random order
    return with_copies(images[train])[order], labels[train].repeat(5)[order], images[val], labels[val]


def _parts(images, seed):
    order = _order(len(images), seed)
    return order[len(order) // 5 :], order[: len(order) // 5]


@wrong("12.11", "unchanged: copies first, then the split")
def _(images, labels, seed=0):
    images, labels = with_copies(images), labels.repeat(5)
    train, val = _parts(images, seed)
    return images[train], labels[train], images[val], labels[val]


@wrong("12.11", "copies of the validation images too")
def _(images, labels, seed=0):
    train, val = _parts(images, seed)
    return with_copies(images[train]), labels[train].repeat(5), with_copies(images[val]), labels[val].repeat(5)


@wrong("12.11", "copies of all images, validation included, in the training set")
def _(images, labels, seed=0):
    _, val = _parts(images, seed)
    return with_copies(images), labels.repeat(5), images[val], labels[val]


@wrong("12.11", "labels repeated in the wrong order: repeat_interleave")
def _(images, labels, seed=0):
    train, val = _parts(images, seed)
    return with_copies(images[train]), labels[train].repeat_interleave(5), images[val], labels[val]


@wrong("12.11", "labels not repeated")
def _(images, labels, seed=0):
    train, val = _parts(images, seed)
    return with_copies(images[train]), labels[train], images[val], labels[val]


@wrong("12.11", "no copies at all")
def _(images, labels, seed=0):
    train, val = _parts(images, seed)
    return images[train], labels[train], images[val], labels[val]


@wrong("12.11", "the first fifth instead of a random one")
def _(images, labels, seed=0):
    n = len(labels) // 5
    return with_copies(images[n:]), labels[n:].repeat(5), images[:n], labels[:n]


@wrong("12.11", "training and validation swapped: trains on a fifth")
def _(images, labels, seed=0):
    val, train = _parts(images, seed)
    return with_copies(images[train]), labels[train].repeat(5), images[val], labels[val]


@wrong("12.11", "returns the validation set first")
def _(images, labels, seed=0):
    train, val = _parts(images, seed)
    return images[val], labels[val], with_copies(images[train]), labels[train].repeat(5)


@wrong("12.11", "images, images, labels, labels, as in scikit-learn")
def _(images, labels, seed=0):
    train, val = _parts(images, seed)
    return with_copies(images[train]), images[val], labels[train].repeat(5), labels[val]


@wrong("12.11", "the validation images drawn anew, so they're partly in the training set")
def _(images, labels, seed=0):
    train, _ = _parts(images, seed)
    _, val = _parts(images, seed + 1)
    return with_copies(images[train]), labels[train].repeat(5), images[val], labels[val]


@wrong("12.11", "drops the originals from the training set")
def _(images, labels, seed=0):
    train, val = _parts(images, seed)
    return with_copies(images[train])[len(train) :], labels[train].repeat(4), images[val], labels[val]


@wrong("12.11", "five plain repetitions, not shifted")
def _(images, labels, seed=0):
    train, val = _parts(images, seed)
    return images[train].repeat(5, 1, 1), labels[train].repeat(5), images[val], labels[val]


@wrong("12.11", "copies of the copies: 25 times")
def _(images, labels, seed=0):
    train, val = _parts(images, seed)
    return with_copies(with_copies(images[train])), labels[train].repeat(25), images[val], labels[val]


@wrong("12.11", "two orders, so the labels don't belong to the images")
def _(images, labels, seed=0):
    train, val = _parts(images, seed)
    other_train, other_val = _parts(images, seed + 1)
    return with_copies(images[train]), labels[other_train].repeat(5), images[val], labels[other_val]


@wrong("12.11", "a tenth instead of a fifth")
def _(images, labels, seed=0):
    order = _order(len(labels), seed)
    val, train = order[: len(order) // 10], order[len(order) // 10 :]
    return with_copies(images[train]), labels[train].repeat(5), images[val], labels[val]


@wrong("12.11", "a fifth of the enlarged size: everything is validation")
def _(images, labels, seed=0):
    order, n = _order(len(labels), seed), 5 * len(labels) // 5
    return with_copies(images[order[n:]]), labels[order[n:]].repeat(5), images[order[:n]], labels[order[:n]]


@wrong("12.11", "takes the validation originals out, but leaves their shifted copies in")
def _(images, labels, seed=0):
    X, y = with_copies(images), labels.repeat(5)
    _, val = _parts(images, seed)
    train = torch.ones(len(y), dtype=torch.bool)
    train[val] = False
    return X[train], y[train], images[val], labels[val]


@wrong("12.11", "a dictionary in place of the four parts")
def _(images, labels, seed=0):
    train, val = _parts(images, seed)
    return {"train": (with_copies(images[train]), labels[train].repeat(5)), "val": (images[val], labels[val])}


# 12.12
def make_net(*last):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(
                nn.Conv2d(1, 8, kernel_size=5, stride=2), nn.BatchNorm2d(8), nn.ReLU(),
                nn.Conv2d(8, 16, kernel_size=3, stride=2), nn.BatchNorm2d(16), nn.ReLU(),
                nn.Flatten(), nn.Linear(16 * 5 * 5, 10), *last,
            )  # fmt: skip

        def forward(self, X):
            return self.layers(X)

    return Net


Net, OldNet = make_net(), make_net(nn.Softmax(dim=1))


class OtherNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(1, 8, 5, 2), nn.BatchNorm2d(8)
        self.conv2, self.norm2 = nn.Conv2d(8, 16, 3, 2), nn.BatchNorm2d(16)
        self.dense = nn.Linear(400, 10)

    def forward(self, X):
        X = F.relu(self.norm1(self.conv1(X)))
        X = F.relu(self.norm2(self.conv2(X)))
        return self.dense(X.flatten(1))


def one_order(images, labels):
    order = torch.randperm(len(labels))
    return images[order], labels[order]


def script(mix=one_order, scale=255, test_scale=255, loss_of=F.cross_entropy, zero=True, once=False):
    def train_and_test(net, images, labels, test_images, test_labels):
        images = images[:, None].float() / scale
        optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
        if once:
            images, labels = one_order(images, labels)
        for _ in range(2):
            losses = []
            X_mixed, y_mixed = (images, labels) if once else mix(images, labels)
            for X, y in zip(X_mixed.split(64), y_mixed.split(64), strict=True):
                if zero:
                    optimizer.zero_grad()
                loss = loss_of(net(X), y)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        net.eval()
        with torch.no_grad():
            predicted = net(test_images[:, None].float() / test_scale).argmax(dim=1)
        return sum(losses) / len(losses), (predicted == test_labels).float().mean().item()

    return train_and_test


def shuffled(values):
    return values[torch.randperm(len(values))]


def two_orders(images, labels):
    return shuffled(images), shuffled(labels)


right("12.12", (Net, script()))
right("12.12", [OtherNet, script()])


def _with_loader(net, images, labels, test_images, test_labels):
    def prepare(images):
        return images.unsqueeze(1).float() / 255

    loader = DataLoader(TensorDataset(prepare(images), labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    net.train()
    for _ in range(2):
        losses = []
        for X, y in loader:
            loss = nn.CrossEntropyLoss()(net(X), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        share = (net(prepare(test_images)).argmax(1) == test_labels).float().mean()
    return np.mean(losses), share


right("12.12", (Net, _with_loader))


def _in_pieces(net, images, labels, test_images, test_labels):
    images, test_images = images[:, None] / 255, test_images[:, None] / 255
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    for _ in range(2):
        losses = []
        pairs = [(images[i], labels[i]) for i in torch.randperm(len(labels)).split(64)]
        for X, y in pairs:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    net.eval()
    with torch.inference_mode():
        predicted = torch.cat([net(X).argmax(dim=1) for X in test_images.split(100)])
    return sum(losses) / len(losses), (predicted == test_labels).sum().item() / len(test_labels)


right("12.12", (OtherNet, _in_pieces))
right("12.12", (make_net(nn.LogSoftmax(dim=1)), script(loss_of=F.nll_loss)))
right("12.12", (make_net(nn.Identity()), script()))

wrong("12.12", "the softmax stays, the other two are fixed", (OldNet, script()))
wrong("12.12", "images and labels are still shuffled apart, the other two are fixed", (Net, script(mix=two_orders)))
wrong("12.12", "the test images still aren't divided by 255, the other two are fixed", (Net, script(test_scale=1)))
wrong("12.12", "fixes only the scale of the test images", (OldNet, script(mix=two_orders)))
wrong("12.12", "fixes only the softmax", (Net, script(mix=two_orders, test_scale=1)))
wrong("12.12", "fixes only the order", (OldNet, script(test_scale=1)))
wrong("12.12", "nothing fixed", (OldNet, script(mix=two_orders, test_scale=1)))
wrong("12.12", "no shuffling at all", (Net, script(mix=lambda images, labels: (images, labels))))
wrong("12.12", "shuffled once, before the epochs", (Net, script(once=True)))
wrong("12.12", "only the images are shuffled", (Net, script(mix=lambda a, b: (shuffled(a), b))))
wrong("12.12", "softmax over the batch, dim=0, instead of none", (make_net(nn.Softmax(dim=0)), script()))
wrong("12.12", "a ReLU in place of the softmax", (make_net(nn.ReLU()), script()))
wrong("12.12", "a sigmoid in place of the softmax", (make_net(nn.Sigmoid()), script()))
wrong("12.12", "nll_loss on plain logits", (Net, script(loss_of=F.nll_loss)))
wrong("12.12", "the test images divided twice", (Net, script(test_scale=255**2)))
wrong("12.12", "zero_grad got lost", (Net, script(zero=False)))
wrong("12.12", "the pair in the wrong order", (script(), Net))
wrong("12.12", "an instance of the network", (Net(), script()))
wrong("12.12", "the network alone", Net)
wrong("12.12", "the function alone", script())
wrong("12.12", "the result in place of the function", (Net, (0.62, 0.8)))


def _returns_accuracy(*args):
    return script()(*args)[1]


wrong("12.12", "returns only the share, without the loss", (Net, _returns_accuracy))
wrong("12.12", "a list of the bugs instead of the corrected pair", "softmax, two orders, / 255")
