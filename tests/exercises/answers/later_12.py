"""Answers to lesson 12, written from its page alone after its replies."""

import copy
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.support.answers import right, wrong


# 12.1
@right("12.1")
def _(photo, width, height):
    batch = photo.permute(2, 0, 1).unsqueeze(0)
    return F.interpolate(batch, size=(height, width))


@right("12.1")
def _(photo, width, height):
    channels = np.moveaxis(np.asarray(photo), -1, 0)
    return F.interpolate(torch.tensor(channels)[None], (height, width), mode="nearest")


@wrong("12.1", "mends only the order of width and height")
def _(photo, width, height):
    batch = photo.reshape(1, 3, photo.shape[0], photo.shape[1])
    return F.interpolate(batch, size=(height, width))


@wrong("12.1", "mends only the order of the axes")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1)[None], size=(width, height))


@wrong("12.1", "turns the photo on its side, too")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 1, 0)[None], size=(height, width))


@wrong("12.1", "another mode, bilinear")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1)[None], size=(height, width), mode="bilinear")


@wrong("12.1", "returns the image without the batch axis")
def _(photo, width, height):
    return F.interpolate(photo.permute(2, 0, 1)[None], size=(height, width))[0]


# 12.2
@right("12.2")
def _(X, K):
    return F.conv2d(X, K.flip(-2, -1))


@right("12.2")
def _(images, kernels):
    return F.conv2d(images.flip([2, 3]), kernels).flip([2, 3])


@wrong("12.2", "flips all four axes")
def _(X, K):
    return F.conv2d(X, K.flip(0, 1, 2, 3))


@wrong("12.2", "flips the rows only")
def _(X, K):
    return F.conv2d(X, K.flip(2))


@wrong("12.2", "transposes the kernel instead of flipping it")
def _(X, K):
    return F.conv2d(X, K.transpose(2, 3))


@wrong("12.2", "flips the image but not the result")
def _(X, K):
    return F.conv2d(X.flip(2, 3), K)


@wrong("12.2", "pads so that the size stays")
def _(X, K):
    return F.conv2d(X, K.flip(2, 3), padding="same")


# 12.3
@right("12.3")
def _(n, layers):
    for kind, settings in layers:
        k = settings["kernel_size"]
        p = settings.get("padding", 0)
        s = settings.get("stride", 1 if kind == "conv" else k)
        n = (n + 2 * p - k) // s + 1
    return n


@right("12.3")
def _(n, layers):
    X = torch.zeros(1, 1, n, n)
    for kind, settings in layers:
        make = nn.MaxPool2d(**settings) if kind == "pool" else nn.Conv2d(1, 1, **settings)
        X = make(X.detach())
    return X.size(-1)


# Rounding down once, at the very end, gives the same: ⌊(⌊a⌋ + c) / s⌋ = ⌊(a + c) / s⌋.
@right("12.3")
def _(n, layers):
    for kind, settings in layers:
        k = settings["kernel_size"]
        p, s = settings.get("padding", 0), settings.get("stride", k if kind == "pool" else 1)
        n = (n + 2 * p - k) / s + 1
    return math.floor(n)


@wrong("12.3", "mends everything but the stride of the pooling")
def _(n, layers):
    for _, settings in layers:
        k = settings["kernel_size"]
        p, s = settings.get("padding", 0), settings.get("stride", 1)
        n = (n + 2 * p - k) // s + 1
    return n


@wrong("12.3", "the padding still counts once")
def _(n, layers):
    for kind, settings in layers:
        k = settings["kernel_size"]
        p, s = settings.get("padding", 0), settings.get("stride", k if kind == "pool" else 1)
        n = (n + p - k) // s + 1
    return n


@wrong("12.3", "rounds up")
def _(n, layers):
    for kind, settings in layers:
        k = settings["kernel_size"]
        p, s = settings.get("padding", 0), settings.get("stride", k if kind == "pool" else 1)
        n = math.ceil((n + 2 * p - k) / s) + 1
    return n


@wrong("12.3", "the pooling always has stride 2")
def _(n, layers):
    for kind, settings in layers:
        k = settings["kernel_size"]
        p, s = settings.get("padding", 0), settings.get("stride", 2 if kind == "pool" else 1)
        n = (n + 2 * p - k) // s + 1
    return n


@wrong("12.3", "writes the defaults into the settings that were passed in")
def _(n, layers):
    for kind, settings in layers:
        k = settings["kernel_size"]
        p = settings.setdefault("padding", 0)
        s = settings.setdefault("stride", k if kind == "pool" else 1)
        n = (n + 2 * p - k) // s + 1
    return n


# 12.4
@right("12.4")
def _(x, y, steps=500, lr=0.1):
    line = nn.Linear(1, 1, dtype=x.dtype)
    optimizer = torch.optim.SGD(line.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(line(x[:, None]), y[:, None])
        loss.backward()
        optimizer.step()
    return line.weight.item(), line.bias.item()


@right("12.4")
def _(x, y, steps=500, lr=0.1):
    slope, height = np.polyfit(x.numpy(), y.numpy(), 1)
    return slope, height


@wrong("12.4", "gives y a row axis, y[None]")
def _(x, y, steps=500, lr=0.1):
    line = nn.Linear(1, 1, dtype=x.dtype)
    optimizer = torch.optim.SGD(line.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (line(x[:, None]) - y[None]).square().mean()
        loss.backward()
        optimizer.step()
    return line.weight.item(), line.bias.item()


@wrong("12.4", "mends nothing but takes 2,000 steps")
def _(x, y, steps=500, lr=0.1):
    line = nn.Linear(1, 1, dtype=x.dtype)
    optimizer = torch.optim.SGD(line.parameters(), lr=lr)
    for _ in range(2000):
        optimizer.zero_grad()
        loss = (line(x[:, None]) - y).square().mean()
        loss.backward()
        optimizer.step()
    return line.weight.item(), line.bias.item()


@wrong("12.4", "returns the height first and the slope second")
def _(x, y, steps=500, lr=0.1):
    slope, height = np.polyfit(x.numpy(), y.numpy(), 1)
    return height, slope


@wrong("12.4", "the line through the first and the last point")
def _(x, y, steps=500, lr=0.1):
    slope = (y[-1] - y[0]) / (x[-1] - x[0])
    return slope.item(), (y[0] - slope * x[0]).item()


@wrong("12.4", "returns the mean of y as the height at 0")
def _(x, y, steps=500, lr=0.1):
    dx, dy = x - x.mean(), y - y.mean()
    return (dx * dy).sum().item() / dx.square().sum().item(), y.mean().item()


# 12.5
@right("12.5")
def _(X, Y, steps, lr):
    K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
    optimizer = torch.optim.SGD([K], lr=lr)
    losses = []
    for _ in range(steps):
        loss = (F.conv2d(X, K) - Y).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


@right("12.5")
def _(X, Y, steps, lr):
    K, losses = torch.zeros(2, dtype=X.dtype), []
    left, far = X[..., :-1], X[..., 1:]
    for _ in range(steps):
        error = K[0] * left + K[1] * far - Y
        losses.append(float((error**2).mean()))
        K = K - lr * 2 * torch.stack([(error * left).mean(), (error * far).mean()])
    return losses


@wrong("12.5", "sets the gradient to zero between the backward pass and the step")
def _(X, Y, steps, lr):
    K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
    optimizer = torch.optim.SGD([K], lr=lr)
    losses = []
    for _ in range(steps):
        loss = (F.conv2d(X, K) - Y).square().mean()
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("12.5", "the loss after each step")
def _(X, Y, steps, lr):
    K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
    optimizer = torch.optim.SGD([K], lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        (F.conv2d(X, K) - Y).square().mean().backward()
        optimizer.step()
        losses.append((F.conv2d(X, K) - Y).square().mean().item())
    return losses


@wrong("12.5", "treats the symptom with Adam")
def _(X, Y, steps, lr):
    K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
    optimizer = torch.optim.Adam([K], lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (F.conv2d(X, K) - Y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("12.5", "starts again from zeros in each step")
def _(X, Y, steps, lr):
    losses = []
    for _ in range(steps):
        K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
        optimizer = torch.optim.SGD([K], lr=lr)
        loss = (F.conv2d(X, K) - Y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("12.5", "the factor 2 of the gradient is missing")
def _(X, Y, steps, lr):
    K = torch.zeros(1, 1, 1, 2, dtype=X.dtype, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = (F.conv2d(X, K) - Y).square().mean()
        (gradient,) = torch.autograd.grad(loss / 2, K)
        with torch.no_grad():
            K -= lr * gradient
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
    pairs = torch.utils.data.TensorDataset(images, labels)
    return torch.utils.data.DataLoader(pairs, batch_size=batch_size, shuffle=True)


@wrong("12.6", "shuffles images and labels separately")
def _(images, labels, batch_size):
    images, labels = images[torch.randperm(len(images))], labels[torch.randperm(len(labels))]
    yield from zip(images.split(batch_size), labels.split(batch_size), strict=True)


@wrong("12.6", "shuffles the order of the batches, not the images")
def _(images, labels, batch_size):
    parts = list(zip(images.split(batch_size), labels.split(batch_size), strict=True))
    for i in torch.randperm(len(parts)).tolist():
        yield parts[i]


@wrong("12.6", "the same random order each time")
def _(images, labels, batch_size):
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    for chosen in order.split(batch_size):
        yield images[chosen], labels[chosen]


@wrong("12.6", "drops the last, smaller batch")
def _(images, labels, batch_size):
    order = torch.randperm(len(labels))
    for i in range(len(labels) // batch_size):
        chosen = order[i * batch_size : (i + 1) * batch_size]
        yield images[chosen], labels[chosen]


@wrong("12.6", "draws with replacement")
def _(images, labels, batch_size):
    for chosen in torch.randint(len(labels), (len(labels),)).split(batch_size):
        yield images[chosen], labels[chosen]


# 12.7
@right("12.7")
def _(net, images, labels, batch_size):
    was_training = net.training
    net.eval()
    right_ones = 0
    with torch.no_grad():
        for chosen in torch.arange(len(labels)).split(batch_size):
            right_ones += (net(images[chosen]).argmax(dim=1) == labels[chosen]).sum().item()
    net.train(was_training)
    return right_ones / len(labels)


@right("12.7")
@torch.inference_mode()
def _(net, images, labels, batch_size):
    twin = copy.deepcopy(net).eval()
    hits = [twin(X).argmax(1) == y for X, y in zip(images.split(batch_size), labels.split(batch_size), strict=True)]
    return torch.cat(hits).double().mean()


def share_right(net, images, labels, batch_size):
    with torch.no_grad():
        hits = [net(X).argmax(1) == y for X, y in zip(images.split(batch_size), labels.split(batch_size), strict=True)]
    return torch.cat(hits).double().mean().item()


@wrong("12.7", "leaves the network in evaluation mode")
def _(net, images, labels, batch_size):
    net.eval()
    return share_right(net, images, labels, batch_size)


@wrong("12.7", "leaves the network in training mode, however it came")
def _(net, images, labels, batch_size):
    net.eval()
    share = share_right(net, images, labels, batch_size)
    net.train()
    return share


@wrong("12.7", "the mean of the batches' accuracies, though the last batch is smaller")
def _(net, images, labels, batch_size):
    mode = net.training
    net.eval()
    shares, starts = [], range(0, len(labels), batch_size)
    for i in starts:
        shares.append(share_right(net, images[i : i + batch_size], labels[i : i + batch_size], batch_size))
    net.train(mode)
    return sum(shares) / len(shares)


@wrong("12.7", "freezes the parameters and leaves them frozen")
def _(net, images, labels, batch_size):
    mode = net.training
    net.eval().requires_grad_(False)
    share = share_right(net, images, labels, batch_size)
    net.train(mode)
    return share


@wrong("12.7", "restores the state afterward but evaluates in training mode")
def _(net, images, labels, batch_size):
    state = copy.deepcopy(net.state_dict())
    share = share_right(net, images, labels, batch_size)
    net.load_state_dict(state)
    return share


# 12.8
@right("12.8")
def _(train, test):
    mean, deviation = train.mean(dim=0), train.std(dim=0) + 0.01
    return (train - mean) / deviation, (test - mean) / deviation


@right("12.8")
def _(a, b):
    var, mu = torch.var_mean(a, dim=0, correction=0, keepdim=True)
    return [x.sub(mu).div(var.sqrt() + 0.01) for x in (a, b)]


@wrong("12.8", "mean and deviation of training and test images together")
def _(train, test):
    both = torch.cat([train, test])
    mean, deviation = both.mean(dim=0), both.std(dim=0) + 0.01
    return (train - mean) / deviation, (test - mean) / deviation


@wrong("12.8", "one mean and one deviation for all pixels")
def _(train, test):
    mean, deviation = train.mean(), train.std() + 0.01
    return (train - mean) / deviation, (test - mean) / deviation


@wrong("12.8", "the mean comes from the training images, the deviation doesn't")
def _(train, test):
    mean = train.mean(dim=0)
    return (train - mean) / (train.std(dim=0) + 0.01), (test - mean) / (test.std(dim=0) + 0.01)


@wrong("12.8", "leaves out the 0.01, so constant pixels become NaN")
def _(train, test):
    mean, deviation = train.mean(dim=0), train.std(dim=0)
    return (train - mean) / deviation, (test - mean) / deviation


@wrong("12.8", "scales the images in place")
def _(train, test):
    mean, deviation = train.mean(dim=0), train.std(dim=0) + 0.01
    return train.sub_(mean).div_(deviation), test.sub_(mean).div_(deviation)


# 12.9
@right("12.9")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(8 * 7 * 7, 10)
        self.convs = nn.ModuleList([nn.Conv2d(c_i, 8, 3, stride=2, padding=1) for c_i in (1, 8)])

    def forward(self, X):
        for conv in self.convs:
            X = conv(X).relu()
        return self.dense(X.flatten(1))


@right("12.9")
class _(nn.Sequential):
    def __init__(self):
        first, second = (nn.Conv2d(c_i, 8, 3, stride=2, padding=1) for c_i in (1, 8))
        super().__init__(first, nn.ReLU(), second, nn.ReLU(), nn.Flatten(), nn.Linear(392, 10))


@wrong("12.9", "a tuple in place of the list")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = tuple(nn.Conv2d(c_i, 8, 3, stride=2, padding=1) for c_i in (1, 8))
        self.dense = nn.Linear(8 * 7 * 7, 10)

    def forward(self, X):
        for conv in self.convs:
            X = conv(X).relu()
        return self.dense(X.flatten(1))


class Mended(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(c_i, 8, 3, stride=2, padding=1) for c_i in (1, 8))
        self.dense = nn.Linear(8 * 7 * 7, 10)

    def forward(self, X):
        for conv in self.convs:
            X = conv(X).relu()
        return self.dense(X.flatten(1))


wrong("12.9", "an instance instead of the class", Mended())


@wrong("12.9", "registers only the second convolution")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = [nn.Conv2d(c_i, 8, 3, stride=2, padding=1) for c_i in (1, 8)]
        self.last = self.convs[-1]
        self.dense = nn.Linear(8 * 7 * 7, 10)

    def forward(self, X):
        for conv in self.convs:
            X = conv(X).relu()
        return self.dense(X.flatten(1))


@wrong("12.9", "the ReLUs got lost")
class _(Mended):
    def forward(self, X):
        for conv in self.convs:
            X = conv(X)
        return self.dense(X.flatten(1))


@wrong("12.9", "the first convolution is lost, the second pools instead of striding")
class _(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(392, 10)
        )


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
    means = []
    for _ in range(epochs):
        each = []
        for X, y in batches:
            losses = F.cross_entropy(net(X), y, reduction="none")
            gradients = torch.autograd.grad(losses.mean(), list(net.parameters()))
            with torch.no_grad():
                for p, g in zip(net.parameters(), gradients, strict=True):
                    p -= lr * g
            each += losses.tolist()
        means.append(np.mean(each))
    return means


def epoch_losses(net, batches, optimizer):
    for X, y in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(X), y)
        loss.backward()
        optimizer.step()
        yield loss.item(), len(y)


@wrong("12.10", "the mean of the batches' means, though the last batch is smaller")
def _(net, batches, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    losses = [[loss for loss, _ in epoch_losses(net, batches, optimizer)] for _ in range(epochs)]
    return [sum(each) / len(each) for each in losses]


@wrong("12.10", "the total isn't reset either, so the means run over all epochs")
def _(net, batches, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    means, total, seen = [], 0.0, 0
    for _ in range(epochs):
        for loss, n in epoch_losses(net, batches, optimizer):
            total += loss * n
            seen += n
        means.append(total / seen)
    return means


@wrong("12.10", "divides the sum over the images by the number of batches")
def _(net, batches, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    means = []
    for _ in range(epochs):
        pairs = list(epoch_losses(net, batches, optimizer))
        means.append(sum(loss * n for loss, n in pairs) / len(pairs))
    return means


@wrong("12.10", "counts only the images of the last batch")
def _(net, batches, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    means = []
    for _ in range(epochs):
        pairs = list(epoch_losses(net, batches, optimizer))
        means.append(sum(loss * n for loss, n in pairs) / pairs[-1][1])
    return means


@wrong("12.10", "measures the loss after the epoch, with the trained network")
def _(net, batches, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    means = []
    for _ in range(epochs):
        for _ in epoch_losses(net, batches, optimizer):
            pass
        with torch.no_grad():
            pairs = [(F.cross_entropy(net(X), y).item(), len(y)) for X, y in batches]
        means.append(sum(loss * n for loss, n in pairs) / sum(n for _, n in pairs))
    return means


# 12.11
def with_copies(images):
    shifts = [(1, 1), (-1, 1), (1, 2), (-1, 2)]  # pixels, axis
    return torch.cat([images, *(images.roll(*shift) for shift in shifts)])


@right("12.11")
def _(images, labels, seed=0):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    val, train = order[: len(order) // 5], order[len(order) // 5 :]
    return with_copies(images[train]), labels[train].repeat(5), images[val], labels[val]


@right("12.11")
def _(images, labels, seed=0):
    n = len(images)
    is_val = torch.zeros(n, dtype=torch.bool)
    is_val[np.random.default_rng(seed).choice(n, n // 5, replace=False)] = True
    X = images[~is_val]
    copies = [X, X.roll(1, 1), X.roll(-1, 1), X.roll(1, 2), X.roll(-1, 2)]
    return torch.cat(copies), torch.cat([labels[~is_val]] * 5), images[is_val], labels[is_val]


def order_of(labels, seed):
    return torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))


@wrong("12.11", "repeats each label five times in a row")
def _(images, labels, seed=0):
    order = order_of(labels, seed)
    val, train = order[: len(order) // 5], order[len(order) // 5 :]
    return with_copies(images[train]), labels[train].repeat_interleave(5), images[val], labels[val]


@wrong("12.11", "copies of the validation images, too")
def _(images, labels, seed=0):
    order = order_of(labels, seed)
    val, train = order[: len(order) // 5], order[len(order) // 5 :]
    return (
        with_copies(images[train]),
        labels[train].repeat(5),
        with_copies(images[val]),
        labels[val].repeat(5),
    )


@wrong("12.11", "trains on copies of all images, those of the validation set included")
def _(images, labels, seed=0):
    val = order_of(labels, seed)[: len(labels) // 5]
    return with_copies(images), labels.repeat(5), images[val], labels[val]


@wrong("12.11", "leaves the copies out altogether")
def _(images, labels, seed=0):
    order = order_of(labels, seed)
    val, train = order[: len(order) // 5], order[len(order) // 5 :]
    return images[train], labels[train], images[val], labels[val]


@wrong("12.11", "always the first fifth, whatever the seed")
def _(images, labels, seed=0):
    n = len(images) // 5
    return with_copies(images[n:]), labels[n:].repeat(5), images[:n], labels[:n]


# 12.12
def make_net(*last):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(
                *(nn.Conv2d(1, 8, kernel_size=5, stride=2), nn.BatchNorm2d(8), nn.ReLU()),
                *(nn.Conv2d(8, 16, kernel_size=3, stride=2), nn.BatchNorm2d(16), nn.ReLU()),
                *(nn.Flatten(), nn.Linear(16 * 5 * 5, 10), *(layer(dim=1) for layer in last)),
            )

        def forward(self, X):
            return self.layers(X)

    return Net


def fit_epoch(net, images, labels, orders, optimizer):
    losses = []
    for i, j in zip(orders[0].split(64), orders[1].split(64), strict=True):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images[i]), labels[j])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@torch.no_grad()
def share_of(net, test_images, test_labels, scale):
    net.eval()
    predicted = net(test_images[:, None].float() / scale).argmax(dim=1)
    return (predicted == test_labels).float().mean().item()


def trainer(order, scale):
    def train_and_test(net, images, labels, test_images, test_labels):
        images = images[:, None].float() / 255
        optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
        for epoch in range(2):
            mean = fit_epoch(net, images, labels, order(epoch, len(labels)), optimizer)
        return mean, share_of(net, test_images, test_labels, scale)

    return train_and_test


def new_order(epoch, n):
    return [torch.randperm(n)] * 2


def mended_script(net, images, labels, test_images, test_labels):
    images, test_images = (x[:, None].float() / 255 for x in (images, test_images))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    for _ in range(2):
        losses, order = [], torch.randperm(len(labels))
        for X, y in zip(images[order].split(64), labels[order].split(64), strict=True):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        predicted = net(test_images).argmax(dim=1)
    return sum(losses) / len(losses), (predicted == test_labels).float().mean().item()


right("12.12", (make_net(), mended_script))
right("12.12", [make_net(nn.LogSoftmax), trainer(new_order, 255.0)])
wrong("12.12", "the softmax is still there", (make_net(nn.Softmax), trainer(new_order, 255)))
wrong("12.12", "the test images are still from 0 to 255", (make_net(), trainer(new_order, 1)))
wrong(
    "12.12",
    "images and labels still have orders of their own",
    (make_net(), trainer(lambda epoch, n: [torch.randperm(n), torch.randperm(n)], 255)),
)
wrong(
    "12.12",
    "no shuffling at all anymore",
    (make_net(), trainer(lambda epoch, n: [torch.arange(n)] * 2, 255)),
)
wrong("12.12", "the mended function alone, without the class", mended_script)
