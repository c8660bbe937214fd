"""Answers to the longer tasks of lesson 06, written from its page alone."""

import copy
import functools
from collections import OrderedDict
from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.support.answers import right, wrong

# 6.7a: normalize a batch


@right("6.7a")
def _(X, gamma, beta, eps):
    mean = X.mean(dim=(0, 2, 3), keepdim=True)
    variance = ((X - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
    return gamma.reshape(1, -1, 1, 1) * (X - mean) / torch.sqrt(variance + eps) + beta.reshape(1, -1, 1, 1)


@right("6.7a")
def _(batch, scale, shift, small):
    columns = []
    for c in range(batch.shape[1]):
        x = batch[:, c]
        mu = x.sum() / x.numel()
        spread = ((x - mu) * (x - mu)).sum() / x.numel()
        columns.append(scale[c] * (x - mu) / (spread + small) ** 0.5 + shift[c])
    return torch.stack(columns, dim=1)


@right("6.7a")
def _(X, gamma, beta, eps):
    rows = X.transpose(0, 1).flatten(1)  # (C, N·H·W)
    variance, mean = torch.var_mean(rows, dim=1, correction=0)
    factor = gamma * (variance + eps).rsqrt()
    return torch.einsum("nchw,c->nchw", X, factor) + (beta - factor * mean)[:, None, None]


@right("6.7a")
def _(X, gamma, beta, eps):
    x = X.detach().double().numpy()
    mu, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    y = (np.moveaxis(x, 1, -1) - mu) / np.sqrt(var + eps) * gamma.detach().numpy() + beta.detach().numpy()
    return torch.from_numpy(np.moveaxis(y, -1, 1)).to(X.dtype)


@right("6.7a")
def _(X, gamma, beta, eps):
    last = X.movedim(1, -1)
    n = last[..., 0].numel()
    mean = last.sum((0, 1, 2)) / n
    var = torch.std(last, dim=(0, 1, 2), unbiased=False) ** 2
    return ((last - mean) * torch.pow(var + eps, -0.5) * gamma + beta).movedim(-1, 1)


def _statistics(X, dim=(0, 2, 3), correction=0):
    return X.mean(dim=dim, keepdim=True), X.var(dim=dim, correction=correction, keepdim=True)


def _channelwise(v):
    return v.reshape(1, -1, 1, 1)


@wrong("6.7a", "divides the squares by n − 1")
def _(X, gamma, beta, eps):
    mean, var = _statistics(X, correction=1)
    return _channelwise(gamma) * (X - mean) / (var + eps).sqrt() + _channelwise(beta)


@wrong("6.7a", "adds eps outside the root")
def _(X, gamma, beta, eps):
    mean, var = _statistics(X)
    return _channelwise(gamma) * (X - mean) / (var.sqrt() + eps) + _channelwise(beta)


@wrong("6.7a", "takes the statistics of each image separately")
def _(X, gamma, beta, eps):
    mean, var = _statistics(X, dim=(2, 3))
    return _channelwise(gamma) * (X - mean) / (var + eps).sqrt() + _channelwise(beta)


@wrong("6.7a", "takes the statistics over the batch only, one for each position")
def _(X, gamma, beta, eps):
    mean, var = _statistics(X, dim=0)
    return _channelwise(gamma) * (X - mean) / (var + eps).sqrt() + _channelwise(beta)


@wrong("6.7a", "takes one mean and one variance over everything")
def _(X, gamma, beta, eps):
    mean, var = X.mean(), X.var(correction=0)
    return _channelwise(gamma) * (X - mean) / (var + eps).sqrt() + _channelwise(beta)


@wrong("6.7a", "divides by the variance, without a root")
def _(X, gamma, beta, eps):
    mean, var = _statistics(X)
    return _channelwise(gamma) * (X - mean) / (var + eps) + _channelwise(beta)


@wrong("6.7a", "lets gamma and beta run along the width")
def _(X, gamma, beta, eps):
    mean, var = _statistics(X)
    return gamma * (X - mean) / (var + eps).sqrt() + beta


@wrong("6.7a", "forgets gamma and beta")
def _(X, gamma, beta, eps):
    mean, var = _statistics(X)
    return (X - mean) / (var + eps).sqrt()


@wrong("6.7a", "adds beta before it multiplies by gamma")
def _(X, gamma, beta, eps):
    mean, var = _statistics(X)
    return _channelwise(gamma) * ((X - mean) / (var + eps).sqrt() + _channelwise(beta))


@wrong("6.7a", "leaves out eps, so a constant channel becomes NaN")
def _(X, gamma, beta, eps):
    mean, var = _statistics(X)
    return _channelwise(gamma) * (X - mean) / var.sqrt() + _channelwise(beta)


@wrong("6.7a", "takes the mean square in place of the variance")
def _(X, gamma, beta, eps):
    mean, square = X.mean((0, 2, 3), keepdim=True), (X**2).mean((0, 2, 3), keepdim=True)
    return _channelwise(gamma) * (X - mean) / (square + eps).sqrt() + _channelwise(beta)


@wrong("6.7a", "takes the mean distance from the mean in place of the root")
def _(X, gamma, beta, eps):
    mean = X.mean((0, 2, 3), keepdim=True)
    distance = (X - mean).abs().mean((0, 2, 3), keepdim=True)
    return _channelwise(gamma) * (X - mean) / (distance + eps) + _channelwise(beta)


@wrong("6.7a", "subtracts the mean from the input in place")
def _(X, gamma, beta, eps):
    mean, var = _statistics(X)
    X -= mean
    return _channelwise(gamma) * X / (var + eps).sqrt() + _channelwise(beta)


@wrong("6.7a", "calls PyTorch's own batch normalization")
def _(X, gamma, beta, eps):
    return F.batch_norm(X, None, None, gamma, beta, training=True, eps=eps)


@wrong("6.7a", "works with 1e-5, whatever eps is")
def _(X, gamma, beta, eps):
    mean, var = _statistics(X)
    return _channelwise(gamma) * (X - mean) / (var + 1e-5).sqrt() + _channelwise(beta)


# 6.7b: the module


@right("6.7b")
class _(nn.Module):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, X):
        if self.training:
            mean, var = X.mean((0, 2, 3)), X.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                n = X.numel() / X.shape[1]
                self.running_mean.mul_(1 - self.momentum).add_(self.momentum * mean)
                self.running_var.mul_(1 - self.momentum).add_(self.momentum * var * n / (n - 1))
        else:
            mean, var = self.running_mean, self.running_var
        scaled = (X - mean[:, None, None]) / (var + self.eps).sqrt()[:, None, None]
        return self.weight[:, None, None] * scaled + self.bias[:, None, None]


@right("6.7b")
class _(nn.Module):
    def __init__(self, c, momentum=0.1, eps=1e-5):
        super().__init__()
        self.register_buffer("running_var", torch.ones(c))
        self.register_buffer("running_mean", torch.zeros(c))
        self.bias = nn.Parameter(torch.zeros(c))
        self.weight = nn.Parameter(torch.ones(c))
        self.rate, self.small = momentum, eps

    def forward(self, X):
        rows = X.movedim(1, 0).flatten(1)
        if self.training:
            with torch.no_grad():
                self.running_mean = torch.lerp(self.running_mean, rows.mean(1), self.rate)
                self.running_var = torch.lerp(self.running_var, rows.var(1), self.rate)
            mu = rows.mean(1)
            var = (rows - mu[:, None]).square().mean(1)
        else:
            mu, var = self.running_mean, self.running_var
        factor = self.weight / torch.sqrt(var + self.small)
        offset = self.bias - factor * mu
        return X * factor.reshape(-1, 1, 1) + offset.reshape(-1, 1, 1)


@right("6.7b")
class _(nn.Module):
    running_mean: torch.Tensor
    running_var: torch.Tensor

    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        for name, value in {"weight": 1.0, "bias": 0.0}.items():
            self.register_parameter(name, nn.Parameter(torch.full((channels,), value)))
        for name, value in {"running_mean": 0.0, "running_var": 1.0}.items():
            self.register_buffer(name, torch.full((channels,), value))
        self.momentum = momentum
        self.eps = eps

    def forward(self, X):
        outputs = []
        for c in range(X.shape[1]):
            x = X[:, c]
            mu, var = self.running_mean[c], self.running_var[c]
            if self.training:
                mu, var = x.mean(), ((x - x.mean()) ** 2).sum() / x.numel()
                m, n = self.momentum, x.numel()
                self.running_mean[c] = (1 - m) * self.running_mean[c] + m * mu.item()
                self.running_var[c] = (1 - m) * self.running_var[c] + m * var.item() * n / (n - 1)
            outputs.append(self.weight[c] * (x - mu) / (var + self.eps) ** 0.5 + self.bias[c])
        return torch.stack(outputs, dim=1)


@right("6.7b")
class _(nn.Module):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.options = momentum, eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def normalized(self, X, mean, var):
        last = (X.permute(0, 2, 3, 1) - mean) * (var + self.options[1]).rsqrt()
        return (last * self.weight + self.bias).permute(0, 3, 1, 2)

    def forward(self, X):
        if not self.training:
            return self.normalized(X, self.running_mean, self.running_var)
        mean = X.mean((0, 2, 3))
        old = 1 - self.options[0]
        self.running_mean = old * self.running_mean + self.options[0] * mean.detach()
        self.running_var = old * self.running_var + self.options[0] * X.detach().var((0, 2, 3))
        return self.normalized(X, mean, X.var((0, 2, 3), correction=0))


class _Norm(nn.Module):
    """The parts that the wrong answers share; each overrides one of them."""

    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.start(channels)

    def start(self, channels):
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def update(self, X):
        with torch.no_grad():
            m = self.momentum
            self.running_mean.copy_((1 - m) * self.running_mean + m * X.mean((0, 2, 3)))
            self.running_var.copy_((1 - m) * self.running_var + m * X.var((0, 2, 3)))

    def statistics(self, X):
        return (X.mean((0, 2, 3)), X.var((0, 2, 3), correction=0)) if self.training else self.kept()

    def kept(self):
        return self.running_mean, self.running_var

    def forward(self, X):
        if self.training:
            self.update(X)
        mean, var = self.statistics(X)
        scaled = (X - _channelwise(mean)) / (_channelwise(var) + self.eps).sqrt()
        return _channelwise(self.weight) * scaled + _channelwise(self.bias)


@wrong("6.7b", "makes the running statistics parameters")
class _(_Norm):
    def start(self, channels):
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.running_mean = nn.Parameter(torch.zeros(channels))
        self.running_var = nn.Parameter(torch.ones(channels))


@wrong("6.7b", "keeps the running statistics as plain attributes")
class _(_Norm):
    def start(self, channels):
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.running_mean, self.running_var = torch.zeros(channels), torch.ones(channels)


@wrong("6.7b", "moves the buffer toward the variance divided by n")
class _(_Norm):
    def update(self, X):
        with torch.no_grad():
            m = self.momentum
            self.running_mean.copy_((1 - m) * self.running_mean + m * X.mean((0, 2, 3)))
            self.running_var.copy_((1 - m) * self.running_var + m * X.var((0, 2, 3), correction=0))


@wrong("6.7b", "normalizes the batch with the variance divided by n − 1")
class _(_Norm):
    def statistics(self, X):
        return (X.mean((0, 2, 3)), X.var((0, 2, 3))) if self.training else self.kept()


@wrong("6.7b", "exchanges momentum and 1 − momentum")
class _(_Norm):
    def update(self, X):
        with torch.no_grad():
            m = self.momentum
            self.running_mean.copy_(m * self.running_mean + (1 - m) * X.mean((0, 2, 3)))
            self.running_var.copy_(m * self.running_var + (1 - m) * X.var((0, 2, 3)))


@wrong("6.7b", "normalizes with the batch in evaluation mode, too")
class _(_Norm):
    def statistics(self, X):
        return X.mean((0, 2, 3)), X.var((0, 2, 3), correction=0)


@wrong("6.7b", "updates the buffers in evaluation mode, too")
class _(_Norm):
    def statistics(self, X):
        found = super().statistics(X)
        if not self.training:
            found = [statistic.clone() for statistic in found]
            self.update(X)
        return found


@wrong("6.7b", "normalizes with the buffers in training mode, too")
class _(_Norm):
    def statistics(self, X):
        return self.kept()


@wrong("6.7b", "cuts the gradient through the batch's mean and variance")
class _(_Norm):
    def statistics(self, X):
        return [statistic.detach() for statistic in super().statistics(X)]


@wrong("6.7b", "leaves the batch's graph in the buffers, so they require gradients")
class _(_Norm):
    def update(self, X):
        m = self.momentum
        self.running_mean = (1 - m) * self.running_mean + m * X.mean((0, 2, 3))
        self.running_var = (1 - m) * self.running_var + m * X.var((0, 2, 3))


@wrong("6.7b", "starts gamma at 0 and beta at 1")
class _(_Norm):
    def start(self, channels):
        super().start(channels)
        self.weight, self.bias = nn.Parameter(torch.zeros(channels)), nn.Parameter(torch.ones(channels))


@wrong("6.7b", "starts the running variance at 0")
class _(_Norm):
    def start(self, channels):
        super().start(channels)
        self.running_var.zero_()


@wrong("6.7b", "ignores the momentum that it's given")
class _(_Norm):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__(channels, 0.1, eps)


@wrong("6.7b", "ignores the eps that it's given")
class _(_Norm):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__(channels, momentum)


@wrong("6.7b", "keeps the standard deviation in running_var")
class _(_Norm):
    def update(self, X):
        with torch.no_grad():
            m = self.momentum
            self.running_mean.copy_((1 - m) * self.running_mean + m * X.mean((0, 2, 3)))
            self.running_var.copy_((1 - m) * self.running_var + m * X.std((0, 2, 3)))


@wrong("6.7b", "forgets the learned scale and shift in evaluation mode")
class _(_Norm):
    def forward(self, X):
        if self.training:
            return super().forward(X)
        return (X - _channelwise(self.running_mean)) / (_channelwise(self.running_var) + self.eps).sqrt()


@wrong("6.7b", "replaces the buffers by the latest batch's statistics")
class _(_Norm):
    def update(self, X):
        self.running_mean.copy_(X.detach().mean((0, 2, 3)))
        self.running_var.copy_(X.detach().var((0, 2, 3)))


wrong("6.7b", "gives a module of three channels instead of the class", _Norm(3))


# 6.7c: fold it into the convolution


@right("6.7c")
def _(conv, norm):
    folded = nn.Conv2d(
        conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding, conv.dilation, conv.groups
    )
    with torch.no_grad():
        factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        bias = 0 if conv.bias is None else conv.bias
        folded.weight.copy_(conv.weight * factor.reshape(-1, 1, 1, 1))
        folded.bias.copy_((bias - norm.running_mean) * factor + norm.bias)
    return folded


@right("6.7c")
def _(conv, norm):
    new = copy.deepcopy(conv)
    if new.bias is None:
        new.bias = nn.Parameter(torch.zeros(conv.out_channels))
    with torch.no_grad():
        factor = norm.weight * (norm.running_var + norm.eps).rsqrt()
        for o in range(conv.out_channels):
            new.weight[o] *= factor[o]
            new.bias[o] = factor[o] * (new.bias[o] - norm.running_mean[o]) + norm.bias[o]
    return new


@right("6.7c")
def _(layer, after):
    # the normalization is a·x + b in every channel: find b from 0 and a from 1
    settings = {name: getattr(layer, name) for name in ("stride", "padding", "dilation", "groups", "padding_mode")}
    result = nn.Conv2d(layer.in_channels, layer.out_channels, layer.kernel_size, **settings)
    with torch.no_grad():
        zeros = torch.zeros(1, layer.out_channels, 1, 1)
        b = after(zeros).flatten()
        a = after(zeros + 1).flatten() - b
        before = torch.zeros(layer.out_channels) if layer.bias is None else layer.bias
        weight = torch.einsum("o,ocij->ocij", a, layer.weight)
        result.load_state_dict({"weight": weight, "bias": a * before + b})
    return result


@right("6.7c")
def _(conv, norm):
    from torch.nn.utils.fusion import fuse_conv_bn_weights

    state = norm.state_dict()
    weight, bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, state["running_mean"], state["running_var"], norm.eps, state["weight"], state["bias"]
    )
    out = nn.Conv2d(conv.weight.shape[1] * conv.groups, len(bias), conv.kernel_size, groups=conv.groups)
    out.stride, out.padding, out.dilation = conv.stride, conv.padding, conv.dilation
    out.weight, out.bias = nn.Parameter(weight.detach().clone()), nn.Parameter(bias.detach().clone())
    return out


def _like(conv, bias=True, **changes):
    names = ("kernel_size", "stride", "padding", "dilation", "groups")
    settings = {name: getattr(conv, name) for name in names} | changes
    return nn.Conv2d(conv.in_channels, conv.out_channels, bias=bias, **settings)


def _folded(conv, norm, new, factor=None, bias=None):
    """Fold, with another factor or another bias if they're given."""
    with torch.no_grad():
        if factor is None:
            factor = norm.weight / (norm.running_var + norm.eps).sqrt()
        if bias is None:
            old = torch.zeros(conv.out_channels) if conv.bias is None else conv.bias
            bias = (old - norm.running_mean) * factor + norm.bias
        new.weight.copy_(conv.weight * _channelwise(factor).reshape(-1, 1, 1, 1))
        new.bias.copy_(bias)
    return new


@wrong("6.7c", "leaves out the stride")
def _(conv, norm):
    return _folded(conv, norm, _like(conv, stride=1))


@wrong("6.7c", "leaves out the padding")
def _(conv, norm):
    return _folded(conv, norm, _like(conv, padding=0))


@wrong("6.7c", "leaves out the dilation")
def _(conv, norm):
    return _folded(conv, norm, _like(conv, dilation=1))


@wrong("6.7c", "leaves out the groups, so the weight's one slice is copied into all")
def _(conv, norm):
    return _folded(conv, norm, _like(conv, groups=1))


@wrong("6.7c", "fails for a convolution without a bias")
def _(conv, norm):
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    return _folded(conv, norm, _like(conv), bias=(conv.bias - norm.running_mean) * factor + norm.bias)


@wrong("6.7c", "drops the convolution's own bias")
def _(conv, norm):
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    return _folded(conv, norm, _like(conv), bias=norm.bias - norm.running_mean * factor)


@wrong("6.7c", "doesn't scale the convolution's own bias")
def _(conv, norm):
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    old = 0 if conv.bias is None else conv.bias
    return _folded(conv, norm, _like(conv), bias=old + norm.bias - norm.running_mean * factor)


@wrong("6.7c", "doesn't scale the running mean")
def _(conv, norm):
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    old = 0 if conv.bias is None else conv.bias
    return _folded(conv, norm, _like(conv), bias=old * factor + norm.bias - norm.running_mean)


@wrong("6.7c", "forgets gamma")
def _(conv, norm):
    return _folded(conv, norm, _like(conv), factor=1 / (norm.running_var + norm.eps).sqrt())


@wrong("6.7c", "forgets beta")
def _(conv, norm):
    new = _folded(conv, norm, _like(conv))
    with torch.no_grad():
        new.bias -= norm.bias
    return new


@wrong("6.7c", "divides by the variance, not by its root")
def _(conv, norm):
    return _folded(conv, norm, _like(conv), factor=norm.weight / (norm.running_var + norm.eps))


@wrong("6.7c", "leaves out eps")
def _(conv, norm):
    return _folded(conv, norm, _like(conv), factor=norm.weight / norm.running_var.sqrt())


@wrong("6.7c", "scales the input channels instead of the kernels")
def _(conv, norm):
    new = _folded(conv, norm, _like(conv))
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    with torch.no_grad():
        new.weight.copy_(conv.weight * factor[: conv.weight.shape[1]].reshape(1, -1, 1, 1))
    return new


@wrong("6.7c", "changes the given convolution and returns it")
def _(conv, norm):
    if conv.bias is None:
        conv.bias = nn.Parameter(torch.zeros(conv.out_channels))
    return _folded(conv, norm, conv)


@wrong("6.7c", "returns the two modules in a Sequential")
def _(conv, norm):
    return nn.Sequential(copy.deepcopy(conv), copy.deepcopy(norm))


@wrong("6.7c", "adds no bias to a convolution that had none")
def _(conv, norm):
    if conv.bias is not None:
        return _folded(conv, norm, _like(conv))
    new = _like(conv, bias=False)
    with torch.no_grad():
        new.weight.copy_(conv.weight * (norm.weight / (norm.running_var + norm.eps).sqrt()).reshape(-1, 1, 1, 1))
    return new


# 6.8a: a residual block


@right("6.8a")
class _(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)

    def forward(self, X):
        Y = F.relu(self.conv1(X))
        Y = self.conv2(Y)
        return F.relu(X + Y)


@right("6.8a")
class _(nn.Sequential):
    def __init__(self, c):
        conv1, conv2 = (nn.Conv2d(c, c, (3, 3), padding="same") for _ in range(2))
        super().__init__(OrderedDict(conv1=conv1, relu=nn.ReLU(inplace=True), conv2=conv2))

    def forward(self, inputs):
        return super().forward(inputs).add(inputs).clamp(min=0)


@right("6.8a")
class _(nn.Module):
    def __init__(self, channels):
        super().__init__()
        make = functools.partial(nn.Conv2d, channels, channels, 3, stride=1, padding=(1, 1))
        self.conv2 = make()
        self.conv1 = make()
        self.relu = nn.ReLU()

    def forward(self, X):
        Y = X.clone()
        Y += self.conv2(self.relu(self.conv1(X)))
        return self.relu(Y)


@right("6.8a")
class _(nn.ModuleDict):
    def __init__(self, n):
        super().__init__({f"conv{i}": nn.Conv2d(n, n, 3, 1, 1, bias=True) for i in (1, 2)})

    def forward(self, X):
        hidden = torch.maximum(self["conv1"](X), torch.tensor(0.0))
        total = torch.stack([X, self["conv2"](hidden)]).sum(0)
        return torch.where(total > 0, total, torch.zeros_like(total))


class _Block(nn.Module):
    def __init__(self, channels, **settings):
        super().__init__()
        settings = {"kernel_size": 3, "padding": 1} | settings
        self.conv1 = nn.Conv2d(channels, channels, **settings)
        self.conv2 = nn.Conv2d(channels, channels, **settings)


@wrong("6.8a", "forgets the addition")
class _(_Block):
    def forward(self, X):
        return F.relu(self.conv2(F.relu(self.conv1(X))))


@wrong("6.8a", "adds after the last ReLU")
class _(_Block):
    def forward(self, X):
        return X + F.relu(self.conv2(F.relu(self.conv1(X))))


@wrong("6.8a", "leaves out the last ReLU")
class _(_Block):
    def forward(self, X):
        return X + self.conv2(F.relu(self.conv1(X)))


@wrong("6.8a", "leaves out the ReLU between the convolutions")
class _(_Block):
    def forward(self, X):
        return F.relu(X + self.conv2(self.conv1(X)))


@wrong("6.8a", "one more ReLU before the addition")
class _(_Block):
    def forward(self, X):
        return F.relu(X + F.relu(self.conv2(F.relu(self.conv1(X)))))


@wrong("6.8a", "adds into the input in place")
class _(_Block):
    def forward(self, X):
        Y = self.conv2(F.relu(self.conv1(X)))
        X += Y
        return F.relu(X)


@wrong("6.8a", "applies ReLU to the input in place")
class _(_Block):
    def forward(self, X):
        Y = self.conv2(F.relu(self.conv1(X)))
        return F.relu(F.relu(X, inplace=True) + Y)


@wrong("6.8a", "uses conv1 twice")
class _(_Block):
    def forward(self, X):
        return F.relu(X + self.conv1(F.relu(self.conv1(X))))


@wrong("6.8a", "runs conv2 before conv1")
class _(_Block):
    def forward(self, X):
        return F.relu(X + self.conv1(F.relu(self.conv2(X))))


@wrong("6.8a", "no biases")
class _(_Block):
    def __init__(self, channels):
        super().__init__(channels, bias=False)

    def forward(self, X):
        return F.relu(X + self.conv2(F.relu(self.conv1(X))))


@wrong("6.8a", "no padding, and the input cropped to fit")
class _(_Block):
    def __init__(self, channels):
        super().__init__(channels, padding=0)

    def forward(self, X):
        return F.relu(X[:, :, 2:-2, 2:-2] + self.conv2(F.relu(self.conv1(X))))


@wrong("6.8a", "takes 1×1 kernels, so the size stays by itself")
class _(_Block):
    def __init__(self, channels):
        super().__init__(channels, kernel_size=1, padding=0)

    def forward(self, X):
        return F.relu(X + self.conv2(F.relu(self.conv1(X))))


@wrong("6.8a", "keeps the convolutions in a list")
class _(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.convs = [nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2)]

    def forward(self, X):
        conv1, conv2 = self.convs
        return F.relu(X + conv2(F.relu(conv1(X))))


@wrong("6.8a", "one convolution under both names")
class _(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, X):
        return F.relu(X + self.conv2(F.relu(self.conv1(X))))


@wrong("6.8a", "adds the output of the first ReLU instead of the input")
class _(_Block):
    def forward(self, X):
        Y = F.relu(self.conv1(X))
        return F.relu(Y + self.conv2(Y))


@wrong("6.8a", "is made for 8 channels")
class _(_Block):
    def __init__(self, channels=8):
        super().__init__(8)

    def forward(self, X):
        return F.relu(X + self.conv2(F.relu(self.conv1(X))))


# 6.8b: a block that changes the shape


@right("6.8b")
class _(nn.Module):
    def __init__(self, c_i, c_o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_i, c_o, 3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, padding=1)
        self.conv3 = None
        if c_i != c_o or stride != 1:
            self.conv3 = nn.Conv2d(c_i, c_o, 1, stride=stride)

    def forward(self, X):
        Y = self.conv2(F.relu(self.conv1(X)))
        if self.conv3 is not None:
            X = self.conv3(X)
        return F.relu(X + Y)


@right("6.8b")
class _(nn.Module):
    def __init__(self, channels_in, channels_out, step):
        super().__init__()
        same = (channels_in, 1) == (channels_out, step)
        self.shortcut = nn.Identity() if same else nn.Conv2d(channels_in, channels_out, 1, step, bias=False)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, step, 1)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding="same")

    def forward(self, X):
        return (self.shortcut(X) + self.conv2(self.conv1(X).relu())).relu()


@right("6.8b")
class _(nn.Sequential):
    def __init__(self, c_i, c_o, stride):
        super().__init__()
        self.add_module("conv1", nn.Conv2d(c_i, c_o, (3, 3), (stride, stride), (1, 1)))
        self.add_module("act", nn.ReLU())
        self.add_module("conv2", nn.Conv2d(c_o, c_o, (3, 3), padding=(1, 1)))
        side = [nn.Conv2d(c_i, c_o, kernel_size=1, stride=stride)] if stride > 1 or c_i != c_o else []
        self.side = nn.Sequential(*side)

    def forward(self, X):
        return self.act(self.side(X) + self.conv2(self.act(self.conv1(X))))


@right("6.8b")
class _(nn.Module):
    def __init__(self, c_i, c_o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_i, c_o, 3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, stride=1, padding=1)
        self.extra = nn.ModuleList(nn.Conv2d(c_i, c_o, 1, stride) for _ in range(int(c_i != c_o or stride != 1)))

    def forward(self, X):
        added = X
        for projection in self.extra:
            added = projection(X)
        return torch.clamp_min(added + self.conv2(torch.clamp_min(self.conv1(X), 0)), 0)


class _To(nn.Module):
    """The parts that the wrong answers share; each overrides one of them."""

    def __init__(self, c_i, c_o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_i, c_o, 3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, padding=1)
        self.side = self.project(c_i, c_o, stride)

    def project(self, c_i, c_o, stride):
        return nn.Conv2d(c_i, c_o, 1, stride=stride) if c_i != c_o or stride != 1 else nn.Identity()

    def forward(self, X):
        return F.relu(self.side(X) + self.conv2(F.relu(self.conv1(X))))


@wrong("6.8b", "projects only where the channels differ")
class _(_To):
    def project(self, c_i, c_o, stride):
        return nn.Conv2d(c_i, c_o, 1, stride=stride) if c_i != c_o else nn.Identity()


@wrong("6.8b", "projects only where the stride isn't 1")
class _(_To):
    def project(self, c_i, c_o, stride):
        return nn.Conv2d(c_i, c_o, 1, stride=stride) if stride != 1 else nn.Identity()


@wrong("6.8b", "always projects")
class _(_To):
    def project(self, c_i, c_o, stride):
        return nn.Conv2d(c_i, c_o, 1, stride=stride)


@wrong("6.8b", "projects only where both channels and size change")
class _(_To):
    def project(self, c_i, c_o, stride):
        return nn.Conv2d(c_i, c_o, 1, stride=stride) if c_i != c_o and stride != 1 else nn.Identity()


@wrong("6.8b", "gives the projection no stride")
class _(_To):
    def project(self, c_i, c_o, stride):
        return nn.Conv2d(c_i, c_o, 1) if c_i != c_o or stride != 1 else nn.Identity()


@wrong("6.8b", "projects with a 3×3 kernel")
class _(_To):
    def project(self, c_i, c_o, stride):
        return nn.Conv2d(c_i, c_o, 3, stride, 1) if c_i != c_o or stride != 1 else nn.Identity()


@wrong("6.8b", "pads the 1×1 projection by 1")
class _(_To):
    def project(self, c_i, c_o, stride):
        return nn.Conv2d(c_i, c_o, 1, stride, 1) if c_i != c_o or stride != 1 else nn.Identity()


@wrong("6.8b", "strides in conv2 instead of conv1")
class _(_To):
    def __init__(self, c_i, c_o, stride):
        super().__init__(c_i, c_o, stride)
        self.conv1 = nn.Conv2d(c_i, c_o, 3, padding=1)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, stride=stride, padding=1)


@wrong("6.8b", "strides in both convolutions")
class _(_To):
    def __init__(self, c_i, c_o, stride):
        super().__init__(c_i, c_o, stride)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, stride=stride, padding=1)


@wrong("6.8b", "changes the channels in conv2")
class _(_To):
    def __init__(self, c_i, c_o, stride):
        super().__init__(c_i, c_o, stride)
        self.conv1 = nn.Conv2d(c_i, c_i, 3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(c_i, c_o, 3, padding=1)


@wrong("6.8b", "puts a ReLU after the projection")
class _(_To):
    def project(self, c_i, c_o, stride):
        plain = super().project(c_i, c_o, stride)
        return nn.Sequential(plain, nn.ReLU()) if isinstance(plain, nn.Conv2d) else plain


@wrong("6.8b", "keeps the projection in a list, where it isn't registered")
class _(_To):
    def project(self, c_i, c_o, stride):
        return [super().project(c_i, c_o, stride)]

    def forward(self, X):
        return F.relu(self.side[0](X) + self.conv2(F.relu(self.conv1(X))))


@wrong("6.8b", "creates the projection anew in every forward")
class _(_To):
    def project(self, c_i, c_o, stride):
        return c_i, c_o, stride

    def forward(self, X):
        return F.relu(super().project(*self.side)(X) + self.conv2(F.relu(self.conv1(X))))


@wrong("6.8b", "skips pixels and fills up with zero channels instead of a convolution")
class _(_To):
    def project(self, c_i, c_o, stride):
        return nn.Identity()

    def forward(self, X):
        Y = self.conv2(F.relu(self.conv1(X)))
        step = -(-X.shape[2] // Y.shape[2])
        X = X[:, : Y.shape[1], ::step, ::step]
        X = F.pad(X, (0, 0, 0, 0, 0, Y.shape[1] - X.shape[1]))
        return F.relu(X + Y)


@wrong("6.8b", "leaves out the shortcut where the shape changes")
class _(_To):
    def forward(self, X):
        Y = self.conv2(F.relu(self.conv1(X)))
        return F.relu(Y if isinstance(self.side, nn.Conv2d) else X + Y)


@wrong("6.8b", "projects the block's output once more, not its input")
class _(_To):
    def project(self, c_i, c_o, stride):
        return nn.Conv2d(c_o, c_o, 1) if c_i != c_o or stride != 1 else None

    def forward(self, X):
        Y = self.conv2(F.relu(self.conv1(X)))
        return F.relu(X + Y if self.side is None else Y + self.side(Y))


@wrong("6.8b", "adds the projection after the last ReLU")
class _(_To):
    def forward(self, X):
        return self.side(X) + F.relu(self.conv2(F.relu(self.conv1(X))))


# 6.8c: the ratio of two gradients


@right("6.8c")
def _(make_block, initialize, depth, X):
    net = nn.Sequential(*[make_block() for _ in range(depth)])
    net.apply(initialize)
    loss = (net(X) ** 2).mean()
    loss.backward()
    return (net[0].conv1.weight.grad.norm() / net[-1].conv2.weight.grad.norm()).item()


@right("6.8c")
def _(build, fill, count, images):
    chain = nn.Sequential()
    for i in range(count):
        chain.add_module(f"block{i}", build())
    chain = chain.apply(fill)
    first, *_, last = chain if count > 1 else [chain[0], chain[0]]
    output = chain(images)
    grads = torch.autograd.grad(F.mse_loss(output, torch.zeros_like(output)), [first.conv1.weight, last.conv2.weight])
    a, b = (torch.linalg.vector_norm(grad.double()) for grad in grads)
    return a / b


@right("6.8c")
def _(make_block, initialize, depth, X):
    blocks = []
    while len(blocks) < depth:
        blocks.append(make_block())
    net = nn.Sequential(*blocks).apply(initialize)
    net(X).square().mean().backward()
    first, last = blocks[0].conv1.weight.grad.numpy(), blocks[depth - 1].conv2.weight.grad.numpy()
    return np.linalg.norm(first.ravel()) / np.linalg.norm(last.ravel())


@right("6.8c")
def _(make_block, initialize, depth, X):
    net = nn.Sequential(OrderedDict((str(n), make_block()) for n in range(depth)))
    net.apply(initialize)
    torch.mean(net(X).pow(2)).backward()
    grads = {name: parameter.grad for name, parameter in net.named_parameters()}
    top, bottom = grads["0.conv1.weight"], grads[f"{depth - 1}.conv2.weight"]
    return float(top.pow(2).sum().sqrt()) / float(bottom.pow(2).sum().sqrt())


def _network(make_block, initialize, depth, X, loss=lambda Y: Y.square().mean()):
    net = nn.Sequential(*[make_block() for _ in range(depth)]).apply(initialize)
    loss(net(X)).backward()
    return net


def _grads(net):
    return net[0].conv1.weight.grad, net[-1].conv2.weight.grad


@wrong("6.8c", "divides the last by the first")
def _(make_block, initialize, depth, X):
    first, last = _grads(_network(make_block, initialize, depth, X))
    return (last.norm() / first.norm()).item()


@wrong("6.8c", "never initializes the network")
def _(make_block, initialize, depth, X):
    first, last = _grads(_network(make_block, lambda module: None, depth, X))
    return (first.norm() / last.norm()).item()


@wrong("6.8c", "calls initialize once with the whole network")
def _(make_block, initialize, depth, X):
    net = nn.Sequential(*[make_block() for _ in range(depth)])
    initialize(net)
    net(X).square().mean().backward()
    first, last = _grads(net)
    return (first.norm() / last.norm()).item()


@wrong("6.8c", "repeats one block depth times")
def _(make_block, initialize, depth, X):
    net = nn.Sequential(*[make_block()] * depth).apply(initialize)
    net(X).square().mean().backward()
    first, last = _grads(net)
    return (first.norm() / last.norm()).item()


@wrong("6.8c", "takes the mean of the outputs without squares")
def _(make_block, initialize, depth, X):
    first, last = _grads(_network(make_block, initialize, depth, X, loss=torch.mean))
    return (first.norm() / last.norm()).item()


@wrong("6.8c", "takes the last block's conv1")
def _(make_block, initialize, depth, X):
    net = _network(make_block, initialize, depth, X)
    return (net[0].conv1.weight.grad.norm() / net[-1].conv1.weight.grad.norm()).item()


@wrong("6.8c", "takes the first block's conv2")
def _(make_block, initialize, depth, X):
    net = _network(make_block, initialize, depth, X)
    return (net[0].conv2.weight.grad.norm() / net[-1].conv2.weight.grad.norm()).item()


@wrong("6.8c", "compares the weights, not their gradients")
def _(make_block, initialize, depth, X):
    net = _network(make_block, initialize, depth, X)
    return (net[0].conv1.weight.norm() / net[-1].conv2.weight.norm()).item()


@wrong("6.8c", "compares the gradients of the biases")
def _(make_block, initialize, depth, X):
    net = _network(make_block, initialize, depth, X)
    return (net[0].conv1.bias.grad.norm() / net[-1].conv2.bias.grad.norm()).item()


@wrong("6.8c", "divides the squared norms")
def _(make_block, initialize, depth, X):
    first, last = _grads(_network(make_block, initialize, depth, X))
    return (first.square().sum() / last.square().sum()).item()


@wrong("6.8c", "takes mean absolute gradients in place of norms")
def _(make_block, initialize, depth, X):
    first, last = _grads(_network(make_block, initialize, depth, X))
    return (first.abs().mean() / last.abs().mean()).item()


@wrong("6.8c", "takes the means of the gradients, where signs cancel")
def _(make_block, initialize, depth, X):
    first, last = _grads(_network(make_block, initialize, depth, X))
    return (first.mean() / last.mean()).item()


@wrong("6.8c", "builds one block fewer")
def _(make_block, initialize, depth, X):
    first, last = _grads(_network(make_block, initialize, depth - 1, X))
    return (first.norm() / last.norm()).item()


@wrong("6.8c", "always builds the 20 blocks of the next step")
def _(make_block, initialize, depth, X):
    first, last = _grads(_network(make_block, initialize, 20, X))
    return (first.norm() / last.norm()).item()


@wrong("6.8c", "returns the first norm without dividing")
def _(make_block, initialize, depth, X):
    return _grads(_network(make_block, initialize, depth, X))[0].norm().item()


@wrong("6.8c", "returns both norms instead of their ratio")
def _(make_block, initialize, depth, X):
    return tuple(grad.norm().item() for grad in _grads(_network(make_block, initialize, depth, X)))


@wrong("6.8c", "divides the two gradients element by element and takes the norm")
def _(make_block, initialize, depth, X):
    first, last = _grads(_network(make_block, initialize, depth, X))
    return (first / last).norm().item()


@wrong("6.8c", "uses inputs of its own and ignores X")
def _(make_block, initialize, depth, X):
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(X.shape, generator=generator)
    first, last = _grads(_network(make_block, initialize, depth, noise))
    return (first.norm() / last.norm()).item()


@wrong("6.8c", "takes the gradient's largest value as its norm")
def _(make_block, initialize, depth, X):
    first, last = _grads(_network(make_block, initialize, depth, X))
    return (first.abs().max() / last.abs().max()).item()


@wrong("6.8c", "passes make_block itself instead of calling it")
def _(make_block, initialize, depth, X):
    net = nn.Sequential(*[make_block for _ in range(depth)])
    net.apply(initialize)
    net(X).square().mean().backward()
    return (net[0].conv1.weight.grad.norm() / net[-1].conv2.weight.grad.norm()).item()


# 6.8d: plain/default, plain/Kaiming, residual/default, residual/Kaiming
right("6.8d", (1.8e-17, 4.6, 0.18, 0.39))
right("6.8d", [5e-18, 1.3, 0.25, 0.35])
right("6.8d", np.array([3e-17, 6.0, 0.16, 0.46]))
right("6.8d", torch.tensor([1e-17, 5.0, 0.2, 0.4]))
right("6.8d", (Fraction(2, 10**17), Fraction(5), Fraction(3, 10), Fraction(2, 5)))
wrong("6.8d", "divides the last block's norm by the first's", (5.4e16, 0.22, 5.7, 2.6))
wrong("6.8d", "exchanges plain and residual", (0.18, 0.39, 1.8e-17, 4.6))
wrong("6.8d", "sorts by initialization first", (1.8e-17, 0.18, 4.6, 0.39))
wrong("6.8d", "gives Kaiming before the default", [4.6, 1.8e-17, 0.39, 0.18])
wrong("6.8d", "used residual blocks in all four cases", (0.18, 0.39, 0.18, 0.39))
wrong("6.8d", "used plain blocks in all four cases", (1.8e-17, 4.6, 1.8e-17, 4.6))
wrong("6.8d", "never applied Kaiming initialization", (1.8e-17, 1.8e-17, 0.18, 0.18))
wrong("6.8d", "applied Kaiming initialization everywhere", (4.6, 4.6, 0.39, 0.39))
wrong("6.8d", "built 20 layers, not 20 blocks", (2e-9, 2.0, 0.4, 0.6))
wrong("6.8d", "guesses that only a shortcut lets the gradient through", (1e-17, 1e-10, 1, 1))
wrong("6.8d", "guesses that the gradient explodes with Kaiming's weights", (1e-17, 1e9, 0.2, 1e9))
wrong("6.8d", "leaves out the plain blocks", (0.18, 0.39))
