"""Longer tasks of lesson 06: batch normalization and residual blocks, built from parameters, buffers, and modules."""

import contextlib
import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._language import say, spoken
from ._comparing import as_tensor, equal, show
from ._comparing import plain as in_python
from ._kinds import Choice, Function, Outcome, listed

# 6.7a: in training mode


def _over(*axes: int) -> Callable:
    """Normalization with the mean and the variance over these axes."""

    def normalize(X: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
        centered = X - X.mean(axes, keepdim=True)
        scaled = centered / (centered.square().mean(axes, keepdim=True) + eps).sqrt()
        return scaled * gamma[:, None, None] + beta[:, None, None]

    return normalize


_normalize = _over(0, 2, 3)


def _divided(by: Callable[[Tensor, float], Tensor]) -> Callable:
    """Normalization that divides by something else; it gets the centered values and eps."""
    return lambda X, gamma, beta, eps: (
        (X - X.mean((0, 2, 3), keepdim=True)) / by(X - X.mean((0, 2, 3), keepdim=True), eps) * gamma[:, None, None]
        + beta[:, None, None]
    )


def _mean_square(X: Tensor) -> Tensor:
    return X.square().mean((0, 2, 3), keepdim=True)


def _by_plain_squares(X: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
    scaled = (X - X.mean((0, 2, 3), keepdim=True)) / (_mean_square(X) + eps).sqrt()
    return scaled * gamma[:, None, None] + beta[:, None, None]


def _activations(generator: torch.Generator) -> list[tuple]:
    """(X, gamma, beta, eps): channels of different means and sizes, one image and several; eps can be seen."""
    cases = []
    sizes = [(2, 1, 1, 2, 0.1), (2, 2, 2, 3, 0.5), (4, 3, 1, 5, 0.01), (3, 4, 3, 4, 0.2), (1, 2, 4, 3, 0.1)]
    for n, c, h, w, eps in sizes:
        scale, shift, gamma, beta = (torch.randn(c, generator=generator, dtype=torch.float64) for _ in range(4))
        X = torch.randn(n, c, h, w, generator=generator, dtype=torch.float64)
        cases.append((X * scale[:, None, None].exp() + 3 * shift[:, None, None], gamma, beta, eps))
    return cases


# 6.7b: the module

KEYS = ["weight", "bias", "running_mean", "running_var"]


def _is_batch_norm(answer: Any) -> str:
    """Whether the class behaves as nn.BatchNorm2d does."""
    if isinstance(answer, nn.Module) or not (isinstance(answer, type) and issubclass(answer, nn.Module)):
        return say("give the class itself, derived from nn.Module, not {0}", show(answer))
    if issubclass(answer, nn.modules.batchnorm._NormBase):
        return "this is PyTorch's own class: write yours from nn.Module"
    for settings in ({}, {"momentum": 0.3, "eps": 0.05}):
        torch.manual_seed(0)
        mine, real = answer(3, **settings), nn.BatchNorm2d(3, **settings)
        said = _wrong_state(mine) or _wrong_behavior(mine, real)
        if said:
            return spoken(said) + (say(" (with {0})", settings) if settings else "")
    return ""


def _wrong_state(norm: nn.Module) -> str:
    """What's wrong with a new module's parameters and buffers."""
    parameters, buffers = dict(norm.named_parameters()), dict(norm.named_buffers())
    for name in KEYS[:2]:
        if name not in parameters:
            what = "a buffer" if name in buffers else "a plain tensor" if hasattr(norm, name) else ""
            return say("`{0}` should be learned, so make it an nn.Parameter", name) + (
                say("; it's {0} now", what) if what else ""
            )
    for name in KEYS[2:]:
        if name in parameters:
            return say("`{0}` isn't learned by gradient descent: register it as a buffer, not as a parameter", name)
        if name not in buffers:
            missing = "is a plain attribute, so it's neither saved nor moved" if hasattr(norm, name) else "is missing"
            return say("`{0}` {1}: register it as a buffer", name, missing)
        if name not in norm.state_dict():
            return say("`{0}` isn't saved: it's a buffer with persistent=False", name)
    extra = [name for name in norm.state_dict() if name not in (*KEYS, "num_batches_tracked")]
    if extra:
        return say("state_dict() has more than the four names: {0}", ", ".join(extra))
    for name, value in zip(KEYS, (1.0, 0.0, 0.0, 1.0), strict=True):
        tensor = norm.state_dict()[name]
        if tensor.shape != (3,):
            return say(
                "`{0}` should have a value for each of the 3 channels, and its shape is {1}", name, tuple(tensor.shape)
            )
        if not torch.equal(tensor, torch.full((3,), value)):
            return say("`{0}` should start as {1:g} in every channel", name, value)
    return ""


def _batch(seed: int, n: int = 4) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(n, 3, 3, 2, generator=generator)
    return X * torch.tensor([0.5, 2.0, 4.0])[:, None, None] + torch.tensor([3.0, -1.0, 0.5])[:, None, None]


def _wrong_behavior(mine: nn.Module, real: nn.BatchNorm2d) -> str:
    """What differs from PyTorch's module in training, in evaluation, or in the gradients."""
    with torch.no_grad():
        for norm in (mine, real):
            norm.weight.copy_(torch.tensor([1.5, -0.5, 2.0]))
            norm.bias.copy_(torch.tensor([0.1, 0.2, -0.3]))
    for i, n in enumerate((4, 2)):
        X = _batch(i, n)
        got, expected = mine(X), real(X)
        said = _wrong_output(got, expected, X, real)
        if said:
            return say("in training mode, {0}", said)
        said = _wrong_statistics(mine, real, X, first=i == 0)
        if said:
            return say("after {0} training {1}, {2}", i + 1, "batch" if i == 0 else "batches", said)
    said = _wrong_gradient(mine, real)
    if said:
        return said
    mine.eval(), real.eval()
    before = {name: mine.state_dict()[name].clone() for name in KEYS}
    X = _batch(7)
    got, expected = mine(X), real(X)
    if not _near(got, expected):
        real.train()
        if _near(got, real(X)):
            return "in evaluation mode, the output still depends on the batch: use the running statistics"
        deviation = (mine.running_var + real.eps).sqrt()[:, None, None]
        if _near(got, (X - mine.running_mean[:, None, None]) / deviation):
            return "in evaluation mode, weight and bias are missing"
        return "in evaluation mode, the output isn't (X − running_mean)/√(running_var + eps) · weight + bias"
    if any(not torch.equal(mine.state_dict()[name], before[name]) for name in KEYS):
        return "in evaluation mode, the running statistics change: they should only in training mode"
    return ""


def _near(a: Any, b: Tensor) -> bool:
    return isinstance(a, Tensor) and a.shape == b.shape and torch.allclose(a, b, atol=1e-4)


def _wrong_output(got: Any, expected: Tensor, X: Tensor, real: nn.BatchNorm2d) -> str:
    if not isinstance(got, Tensor):
        return say("forward returns {0} instead of a tensor: is the return missing?", type(got).__name__)
    if _near(got, expected):
        return ""
    if got.shape != expected.shape:
        return say("the output's shape should be that of the input, {0}, and it's {1}", tuple(X.shape), tuple(got.shape))
    known = {
        "the output is normalized with the running statistics: use the batch's own": F.batch_norm(
            X, torch.zeros(3), torch.ones(3), real.weight, real.bias, eps=real.eps
        ),
        "the output is normalized with the updated running statistics: use the batch's own": F.batch_norm(
            X, real.running_mean, real.running_var, real.weight, real.bias, eps=real.eps
        ),
        "weight and bias are missing": F.batch_norm(X, None, None, training=True, eps=real.eps),
        say("eps is always 1e-5: use the argument, here {0:g}", real.eps): F.batch_norm(
            X, None, None, real.weight, real.bias, training=True
        ),
        "the variance is divided by n − 1: the output is normalized with the mean of the squares": (
            (expected - real.bias[:, None, None]) * (1 - 3 / X.numel()) ** 0.5 + real.bias[:, None, None]
        ),
        "each image is normalized alone: take the mean over the batch, too": F.instance_norm(
            X, weight=real.weight, bias=real.bias, eps=real.eps
        ),
    }
    return next((said for said, wrong in known.items() if _near(got, wrong)), "the output isn't that of nn.BatchNorm2d")


def _wrong_statistics(mine: nn.Module, real: nn.BatchNorm2d, X: Tensor, first: bool) -> str:
    if _near(mine.running_mean, real.running_mean) and _near(mine.running_var, real.running_var):
        return ""
    if torch.equal(mine.running_mean, torch.zeros(3)):
        return "the running statistics haven't changed"
    if not first:
        return (
            "the running statistics are others than those of nn.BatchNorm2d: is the old value multiplied by 1 − momentum?"
        )
    m, n = real.momentum, X.numel() // 3
    mean, var = X.mean((0, 2, 3)), X.var((0, 2, 3), unbiased=False)
    if m != 0.1 and _near(mine.running_mean, 0.1 * mean):
        return say("momentum is always 0.1: use the argument, here {0:g}", m)
    if _near(mine.running_mean, mean):
        return "the running mean is the batch's: move it only a part of the way, momentum"
    if _near(mine.running_mean, (1 - m) * mean):
        return "momentum is the weight of the new value, and 1 − momentum that of the old one"
    if _near(mine.running_mean, real.running_mean):
        if _near(mine.running_var, (1 - m) + m * var):
            return say(
                ("running_var should collect the variance divided by n − 1 (PyTorch's choice), here n = {0}, not by n"), n
            )
        if _near(mine.running_var, (1 - m) + m * (var * n / (n - 1)).sqrt()):
            return "running_var collects standard deviations: it should be variances"
        return "running_mean is right, running_var isn't"
    return "running_mean isn't (1 − momentum) · running_mean + momentum · (the batch's mean)"


def _wrong_gradient(mine: nn.Module, real: nn.BatchNorm2d) -> str:
    X, factors = _batch(3), torch.linspace(-1, 2, 72).reshape(4, 3, 3, 2)
    inputs = X.clone().requires_grad_(), X.clone().requires_grad_()
    for norm, values in zip((mine, real), inputs, strict=True):
        norm.zero_grad()
        (norm(values) * factors).sum().backward()
    if any(getattr(mine, name).requires_grad for name in KEYS[2:]):
        return "the running statistics keep the graph of every batch: update them under torch.no_grad()"
    if inputs[0].grad is None or not _near(inputs[0].grad, inputs[1].grad):
        return "the gradient with respect to the input is wrong: does it flow through the mean and the variance, too?"
    for name in KEYS[:2]:
        if getattr(mine, name).grad is None or not _near(getattr(mine, name).grad, getattr(real, name).grad):
            return say("no right gradient reaches `{0}`", name)
    return ""


# 6.7c: folded into the convolution before it


def _convolutions() -> list[tuple[str, nn.Conv2d]]:
    return [
        ("nn.Conv2d(2, 3, 3)", nn.Conv2d(2, 3, 3)),
        ("nn.Conv2d(2, 3, 3, bias=False)", nn.Conv2d(2, 3, 3, bias=False)),
        ("nn.Conv2d(3, 3, (1, 3), stride=2, padding=1)", nn.Conv2d(3, 3, (1, 3), stride=2, padding=1)),
        ("nn.Conv2d(4, 4, 3, dilation=2, groups=2)", nn.Conv2d(4, 4, 3, dilation=2, groups=2)),
    ]


def _folds(answer: Any) -> str:
    """Whether the function gives one convolution that does what a convolution and batch normalization do in evaluation."""
    if not callable(answer):
        return say("give the function itself, not {0}", show(answer))
    torch.manual_seed(0)
    for name, conv in _convolutions():
        norm = nn.BatchNorm2d(conv.out_channels, eps=0.05)
        with torch.no_grad():
            for tensor in (norm.weight, norm.bias, norm.running_mean):
                tensor.copy_(torch.randn(conv.out_channels))
            norm.running_var.copy_(torch.rand(conv.out_channels) + 0.2)
        norm.eval()
        given = copy.deepcopy(conv), copy.deepcopy(norm)
        try:
            with torch.no_grad():
                folded = answer(*given)
        except Exception as error:
            return say("for {0}: it raised {1}{2}", name, _first_line(error), _why_no_fold(answer, conv, norm))
        with torch.no_grad():
            said = _wrong_fold(folded, conv, norm)
        if said:
            return say("for {0}: {1}", name, said)
        pairs = [(now, before) for one, two in zip(given, (conv, norm), strict=True) for now, before in _pairs(one, two)]
        if any(not torch.equal(now, before) for now, before in pairs):
            return say("for {0}: the layers that were given have changed: make a new one", name)
    return ""


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {''.join(str(error).strip().splitlines()[:1])[:200]}"


def _why_no_fold(answer: Callable, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> str:
    """What a convolution has that an answer can't fold: with this changed, it can."""
    settings = {"kernel_size": conv.kernel_size, "stride": conv.stride, "padding": conv.padding, "dilation": conv.dilation}
    settings |= {"groups": conv.groups, "bias": conv.bias is not None}
    others = {
        "; conv.bias is None here, and it counts as 0": {"bias": True},
        say("; it raises nothing for groups=1: does the new layer have {0} groups, too?", conv.groups): {"groups": 1},
    }
    for said, other in others.items():
        changed = nn.Conv2d(conv.in_channels, conv.out_channels, **(settings | other))
        with contextlib.suppress(Exception), torch.no_grad():
            if not _wrong_fold(answer(copy.deepcopy(changed), copy.deepcopy(norm)), changed, norm):
                return said
    return ""


def _pairs(one: nn.Module, two: nn.Module) -> list[tuple[Tensor, Tensor]]:
    return list(zip(one.state_dict().values(), two.state_dict().values(), strict=True))


def _wrong_fold(folded: Any, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> str:
    if folded is None:
        return "the function returned None: is the return missing?"
    if not isinstance(folded, nn.Conv2d):
        return say("the result should be a single nn.Conv2d, and it's {0}", show(folded))
    for name in ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups"):
        if getattr(folded, name) != getattr(conv, name):
            return say(
                "the new layer's {0} is {1}, and the old one has {2}", name, getattr(folded, name), getattr(conv, name)
            )
    X = torch.randn(2, conv.in_channels, 8, 9, generator=torch.Generator().manual_seed(1))
    expected, got = norm(conv(X)), folded(X)
    if _near(got, expected):
        return ""
    if folded.bias is None:
        return "the new layer needs a bias even if the old one has none: normalization adds a constant"
    deviation = (norm.running_var + norm.eps).sqrt()
    factor = norm.weight / deviation
    bias = 0 if conv.bias is None else conv.bias
    weights = {
        "": conv.weight * factor[:, None, None, None],
        "the weights aren't scaled": conv.weight,
        "the weights are scaled without gamma (norm.weight)": conv.weight / deviation[:, None, None, None],
        "the weights are scaled by gamma only: divide by √(running_var + eps), too": (
            conv.weight * norm.weight[:, None, None, None]
        ),
        "eps is missing under the root": conv.weight * (norm.weight / norm.running_var.sqrt())[:, None, None, None],
        "the weights are divided by the variance: take its square root": (
            conv.weight * (norm.weight / (norm.running_var + norm.eps))[:, None, None, None]
        ),
    }
    for said, wrong in weights.items():
        if said and torch.allclose(folded.weight, wrong, atol=1e-5):
            return said
    if not torch.allclose(folded.weight, weights[""], atol=1e-5):
        return "the weights are wrong: each kernel is multiplied by one number, that of its output channel"
    biases = {
        "the bias is only norm.bias: the mean has to be subtracted": norm.bias + 0 * factor,
        "the convolution's own bias is missing": norm.bias - norm.running_mean * factor,
        "the convolution's own bias isn't scaled": norm.bias + bias - norm.running_mean * factor,
        "the mean is subtracted without being scaled": norm.bias + bias * factor - norm.running_mean,
        "the mean isn't subtracted": norm.bias + bias * factor,
        "norm.bias is missing": (bias - norm.running_mean) * factor,
        "the mean is added instead of subtracted": norm.bias + (bias + norm.running_mean) * factor,
        "norm.bias is scaled, but it's added after the scaling": (norm.bias + bias - norm.running_mean) * factor,
        "the bias is still the old one": bias + 0 * factor,
    }
    found = [said for said, wrong in biases.items() if torch.allclose(folded.bias, wrong, atol=1e-5)]
    return say(
        "the weights are right, but {0}", found[0] if found else "the bias is wrong: what does the norm do to a constant?"
    )


# 6.8: residual blocks


def _residual(answer: Any) -> str:
    """Whether the class is relu(X + conv2(relu(conv1(X))))."""
    block = _block_of(answer, 3)
    if isinstance(block, str):
        return block
    said = _wrong_convolutions(block, 3, 3, 1)
    if said:
        return said
    without = [name for name in ("conv1", "conv2") if getattr(block, name).bias is None]
    if without:
        return say("{0} should have a bias", listed(without))
    X = torch.randn(2, 3, 5, 6, generator=torch.Generator().manual_seed(0))
    return _wrong_block(block, X, X)


def _projecting(answer: Any) -> str:
    """Whether the class adds a projection where the shape changes, and only there."""
    for c_i, c_o, stride in ((4, 4, 1), (4, 8, 1), (4, 4, 2), (3, 6, 2)):
        block = _block_of(answer, c_i, c_o, stride)
        if isinstance(block, str):
            return block
        case = say("for c_i={0}, c_o={1}, stride={2}: ", c_i, c_o, stride)
        said = _wrong_convolutions(block, c_i, c_o, stride)
        if said:
            return case + spoken(said)
        others = [module for module in block.modules() if isinstance(module, nn.Conv2d)]
        others = [module for module in others if module not in (block.conv1, block.conv2)]
        needed = c_i != c_o or stride != 1
        if not needed and any(True for other in others for _ in other.parameters()):
            return say("{0}the shape doesn't change, so the input itself is added, and no projection is needed", case)
        if needed and len(others) != 1:
            return case + spoken(_wrong_number(block, c_i, len(others)))
        X = torch.randn(2, c_i, 7, 10, generator=torch.Generator().manual_seed(0))
        if needed:
            projection = others[0]
            if projection.kernel_size != (1, 1) or projection.stride != (stride, stride):
                k, s = projection.kernel_size, projection.stride
                return say(
                    "{0}the projection should be a 1×1 convolution with stride {1}; yours is {2}, stride {3}",
                    case,
                    stride,
                    k,
                    s,
                )
            if (projection.in_channels, projection.out_channels) != (c_i, c_o):
                reads = say("from {0} to {1} channels, and yours goes from {2}", c_i, c_o, projection.in_channels)
                return say("{0}the projection takes the block's input {1} to {2}", case, reads, projection.out_channels)
            if any(projection.padding) and projection.padding != "valid":
                return say(
                    "{0}the projection needs no padding: a 1×1 kernel fits everywhere, and yours adds a border", case
                )
        with torch.no_grad():
            said = _wrong_block(block, X, projection(X) if needed else X)
        if said:
            return case + spoken(said)
    return ""


def _wrong_number(block: nn.Module, c_i: int, number: int) -> str:
    """What's wrong where a block doesn't have exactly one convolution besides conv1 and conv2."""
    if number > 1:
        return say("besides conv1 and conv2, one convolution is enough, a projection of the input; yours has {0}", number)
    for name, value in vars(block).items():
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
        if not name.startswith("_") and any(isinstance(part, nn.Module) for part in parts):
            return say("`{0}` is a Python {1}, and a module doesn't register what's in it", name, type(value).__name__)
    X = torch.randn(2, c_i, 7, 10, generator=torch.Generator().manual_seed(0))
    with contextlib.suppress(Exception), torch.no_grad():
        if not torch.equal(block(X), block(X)):
            return "two calls on the same input differ: does forward create a new projection? Create it in __init__"
    return "the shape changes, so the block needs one more convolution, a projection of the input"


def _block_of(answer: Any, *arguments: int) -> nn.Module | str:
    if isinstance(answer, nn.Module) or not (isinstance(answer, type) and issubclass(answer, nn.Module)):
        return say("give the class itself, derived from nn.Module, not {0}", show(answer))
    torch.manual_seed(0)
    try:
        return answer(*arguments)
    except AttributeError as error:
        if "before Module.__init__() call" in str(error):
            return "the first line of __init__ is missing: super().__init__()"
        raise


def _wrong_convolutions(block: nn.Module, c_i: int, c_o: int, stride: int) -> str:
    for name, reads, moves in (("conv1", c_i, stride), ("conv2", c_o, 1)):
        conv = getattr(block, name, None)
        if not isinstance(conv, nn.Conv2d):
            return say("the block needs an nn.Conv2d named {0}", name)
        wanted = {
            "in_channels": reads,
            "out_channels": c_o,
            "kernel_size": (3, 3),
            "stride": (moves, moves),
            "padding": (1, 1),
        }
        for setting, value in wanted.items():
            if getattr(conv, setting) != value and (setting, conv.padding) != ("padding", "same"):
                return say("{0}'s {1} should be {2}, and it's {3}", name, setting, value, getattr(conv, setting))
    if block.conv1 is block.conv2:
        return "conv1 and conv2 are the same layer: create two"
    return ""


@torch.no_grad()
def _wrong_block(block: nn.Module, X: Tensor, shortcut: Tensor) -> str:
    """What the block computes in place of relu(shortcut + conv2(relu(conv1(X)))), '' if that."""
    kept = X.clone()
    got = block(X)
    if not isinstance(got, Tensor):
        return say("forward returns {0} instead of a tensor: is the return missing?", type(got).__name__)
    if not torch.equal(X, kept):
        return "the block changes its input in place: write X + Y, not X += Y or an in-place ReLU on X"
    inner = block.conv1(X)
    Y = block.conv2(inner.relu())
    expected = (shortcut + Y).relu()
    if _near(got, expected):
        return ""
    known = {
        "the shortcut is missing: nothing is added": Y.relu(),
        "there's a ReLU too many, between conv2 and the addition": (shortcut + Y.relu()).relu(),
        "the shortcut and the last ReLU are missing": Y,
        "the last ReLU is missing": shortcut + Y,
        "the last ReLU comes before the addition: add first": shortcut + Y.relu(),
        "the ReLU between the two convolutions is missing": (shortcut + block.conv2(inner)).relu(),
        "there's no ReLU at all: one is needed between the convolutions and one after the addition": (
            shortcut + block.conv2(inner)
        ),
        "the shortcut is subtracted": (Y - shortcut).relu(),
        "the shortcut goes through a ReLU before it's added": (shortcut.relu() + Y).relu(),
        "the shortcut is multiplied by the output instead of added": (shortcut * Y).relu(),
        "the shortcut is added twice": (2 * shortcut + Y).relu(),
        "the mean of shortcut and output is taken: add them": ((shortcut + Y) / 2).relu(),
    }
    if inner.shape == Y.shape:
        known["the shortcut begins after conv1: add the block's input"] = (inner.relu() + Y).relu()
        known["conv2 isn't used"] = (shortcut + inner.relu()).relu()
    if X.shape == Y.shape:
        known["conv1 is used twice, and conv2 isn't"] = (shortcut + block.conv1(inner.relu())).relu()
        known["conv2 runs before conv1"] = (shortcut + block.conv1(block.conv2(X).relu())).relu()
    if got.shape != expected.shape:
        return say("the output should have shape {0}, and it has {1}", tuple(expected.shape), tuple(got.shape))
    found = next((said for said, wrong in known.items() if _near(got, wrong)), "")
    return found or "the output isn't relu(shortcut + conv2(relu(conv1(X))))"


# 6.8c, d: the gradient


class _Two(nn.Module):
    """Two 3×3 convolutions with fixed weights, with or without a shortcut around them."""

    def __init__(self, channels: int, shortcut: bool):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.shortcut = shortcut
        self.apply(_fixed)

    def forward(self, X: Tensor) -> Tensor:
        Y = self.conv2(F.relu(self.conv1(X)))
        return F.relu(X + Y if self.shortcut else Y)


def plain() -> nn.Module:
    """A block without a shortcut."""
    return _Two(2, False)


def residual() -> nn.Module:
    """A block with a shortcut."""
    return _Two(2, True)


def _fixed(module: nn.Module, factor: float = 1 / 3, phase: float = 0.0) -> None:
    """Weights that aren't random, so that a network is the same whatever was drawn before."""
    if isinstance(module, nn.Conv2d):
        with torch.no_grad():
            values = torch.arange(module.weight.numel(), dtype=module.weight.dtype) + phase
            module.weight.copy_((factor * values.sin() + 0.02).reshape(module.weight.shape))
            module.bias.fill_(0.01)


def waves(module: nn.Module) -> None:
    """An initialization."""
    _fixed(module, factor=0.3, phase=1.0)


def small_waves(module: nn.Module) -> None:
    """An initialization with smaller weights."""
    _fixed(module, factor=0.15, phase=2.0)


def _trained(
    make_block: Callable,
    initialize: Callable,
    depth: int,
    X: Tensor,
    loss: Callable[[Tensor], Tensor] = lambda Y: Y.square().mean(),
    shared: bool = False,
) -> list[nn.Parameter]:
    """The parameters of a stack of blocks, with the gradients of a loss."""
    net = nn.Sequential(*([make_block()] * depth if shared else (make_block() for _ in range(depth))))
    net.apply(initialize)
    with torch.enable_grad():
        loss(net(X)).backward()
    return list(net.parameters())


def _ratio(
    *case: Any, size: Callable[[Tensor], Tensor] = torch.norm, first: int = 0, last: int = -2, **settings: Any
) -> float:
    parameters = _trained(*case, **settings)
    return (size(parameters[first].grad) / size(parameters[last].grad)).item()


def _gradient_ratio(make_block: Callable, initialize: Callable, depth: int, X: Tensor) -> float:
    return _ratio(make_block, initialize, depth, X)


def _both_norms(*case: Any) -> tuple[float, float]:
    parameters = _trained(*case)
    return parameters[0].grad.norm().item(), parameters[-2].grad.norm().item()


def _element_by_element(*case: Any) -> float:
    parameters = _trained(*case)
    return (parameters[0].grad / parameters[-2].grad).norm().item()


def _without_input(answer: Callable, wrong: Sequence[Outcome]) -> str:
    """Whether the result is the same for another X, or another one in a second call."""
    make_block, initialize, depth, X = wrong[0].case
    first, second = (answer(make_block, initialize, depth, values.clone()) for values in (X, X.flip(0, 1, 2) + 0.5))
    if as_tensor(first) is not None and equal(first, second):
        return "the result doesn't depend on X: is the network called with it?"
    if not equal(first, answer(make_block, initialize, depth, X.clone())):
        return "two calls with the same arguments differ: is everything random set by initialize, and the input X?"
    return ""


def _stacks(generator: torch.Generator) -> list[tuple]:
    X = torch.randn(2, 2, 5, 6, generator=generator)
    return [(residual, waves, 1, X), (plain, waves, 2, X), (residual, small_waves, 3, X), (residual, waves, 4, X)]


# Medians over 15 seeds, and how far another median may be away from them.
MEASURED = {"plain, default": 1e-17, "plain, Kaiming": 4.6, "residual, default": 0.3, "residual, Kaiming": 0.45}
FACTORS = torch.tensor([300.0, 12.0, 8.0, 8.0], dtype=torch.float64)


def _fits(values: Tensor) -> Tensor:
    """Which of four medians have the right magnitude."""
    ratios = values / torch.tensor(list(MEASURED.values()), dtype=torch.float64)
    return (ratios > 1 / FACTORS) & (ratios < FACTORS)


def _measured(answer: Any) -> str:
    """Whether four medians have the right magnitudes."""
    if isinstance(answer, dict):
        if set(answer) != set(MEASURED):
            return say("the dictionary's keys are {0}", ", ".join(map(repr, MEASURED)))
        answer = tuple(answer[name] for name in MEASURED)
    values = None if isinstance(answer, (str, bool)) or callable(answer) else as_tensor(in_python(answer))
    if values is None or values.shape != (4,):
        return "answer with four numbers: plain with both initializations, then residual with both"
    values = values.double()
    if not values.isfinite().all():
        return "every ratio is a finite number: was the last layer's gradient rounded to 0?"
    if (values < 0).any():
        return "a ratio of norms is positive: if these are exponents, write 1e-3 for an exponent of −3"
    if (values == 0).any():
        return "a ratio of norms is positive: 0 would mean that the first gradient was rounded to 0 or never computed"
    fits = _fits(values)
    if fits.all():
        return ""
    for order, said in (
        ((1, 0, 3, 2), "the two initializations are swapped: first the default, then Kaiming"),
        ((2, 3, 0, 1), "plain and residual are swapped: first the plain blocks"),
        ((0, 2, 1, 3), "the order is another one: first plain with both initializations, then residual with both"),
    ):
        if _fits(values[list(order)]).all():
            return said
    if _fits(1 / values).all():
        return "these are the last layer's gradients divided by the first layer's"
    if _fits(values.sqrt()).all():
        return "these are ratios of squared norms"
    if (values[:2] / values[2:]).log10().abs().max() < 1:
        return "plain and residual blocks give nearly the same: is the shortcut there in one of them only?"
    if (values[0] / values[1]).log10().abs() < 1:
        return "with plain blocks, both initializations give nearly the same: is Kaiming's applied in one case only?"
    wrong = [name for name, right in zip(MEASURED, fits.tolist(), strict=True) if not right]
    right = list(MEASURED.values())[list(MEASURED).index(wrong[0])]
    direction = "small" if values[list(MEASURED).index(wrong[0])] < right else "large"
    reasons = {
        "plain, default": "are there 20 blocks, and thus 40 layers, and do the biases stay as they are?",
        "plain, Kaiming": "do all 40 layers get weights from kaiming_normal_ and biases of 0, and is nothing added?",
        "residual, default": "is the input added in each of the 20 blocks, and is nothing initialized anew?",
        "residual, Kaiming": "is the input added in each block, and do all layers get Kaiming's weights and biases of 0?",
    }
    return say("{0}: measured, it's far from this, which is too {1}; {2}", wrong[0], direction, reasons[wrong[0]])


EXERCISES = {
    "6.7a": Function(
        reference=_normalize,
        cases=_activations,
        without=("batch_norm", "instance_norm", "layer_norm", "group_norm"),
        mistakes={
            "each image is normalized alone: the mean is over the batch, too": _over(2, 3),
            "each position is normalized alone: the mean is over rows and columns, too": _over(0),
            "all channels share one mean and one variance: each has its own": _over(0, 1, 2, 3),
            "each image is normalized over all of its channels: a channel has one mean for the whole batch": _over(1, 2, 3),
            "the mean is over the channels of a pixel": _over(1),
            "the variance is divided by n − 1: here it's the mean of the squares (unbiased=False)": _divided(
                lambda X, eps: (_mean_square(X) * (X[:, 0].numel() / (X[:, 0].numel() - 1)) + eps).sqrt()
            ),
            "eps is missing under the root": _divided(lambda X, eps: _mean_square(X).sqrt()),
            "eps is added to the standard deviation: add it to the variance, under the root": _divided(
                lambda X, eps: _mean_square(X).sqrt() + eps
            ),
            "this divides by the variance: take its square root": _divided(lambda X, eps: _mean_square(X) + eps),
            "this divides by the root of the mean square: the variance is the mean square after subtracting the mean": (
                _by_plain_squares
            ),
            "this divides by the mean distance from the mean: take the root of the mean square": _divided(
                lambda X, eps: X.abs().mean((0, 2, 3), keepdim=True) + eps
            ),
            "eps is always 1e-5: use the argument": lambda X, gamma, beta, eps: _normalize(X, gamma, beta, 1e-5),
            "only the mean is subtracted: divide by the standard deviation, too": _divided(lambda X, eps: torch.ones(1)),
            "gamma is missing": lambda X, gamma, beta, eps: _normalize(X, gamma**0, beta, eps),
            "beta is missing": lambda X, gamma, beta, eps: _normalize(X, gamma, 0 * beta, eps),
            "gamma and beta are missing": lambda X, gamma, beta, eps: _normalize(X, gamma**0, 0 * beta, eps),
            "gamma multiplies beta, too: scale first, then shift": lambda X, gamma, beta, eps: _normalize(
                X, gamma, gamma * beta, eps
            ),
            "gamma and beta are swapped": lambda X, gamma, beta, eps: _normalize(X, beta, gamma, eps),
            "gamma and beta are used along the columns: to belong to the channels, they need two more axes": (
                lambda X, gamma, beta, eps: _normalize(X, gamma**0, 0 * beta, eps) * gamma + beta
            ),
            "the mean isn't subtracted": lambda X, gamma, beta, eps: (
                X / (_mean_square(X - X.mean((0, 2, 3), keepdim=True)) + eps).sqrt() * gamma[:, None, None]
                + beta[:, None, None]
            ),
        },
        hints=[
            "A channel's mean is taken over all images, rows, and columns: which axes are these in (N, C, H, W)?",
            "With keepdim=True, a mean of shape (1, C, 1, 1) can be subtracted from X. The variance works in the same way.",
            "gamma and beta have shape (C,). Give each of them two more axes at its end.",
        ],
        praise="After this, each channel has mean beta and about the standard deviation |gamma|, whatever came in.",
    ),
    "6.7b": Choice(
        test=_is_batch_norm,
        hints=[
            "gamma and beta are nn.Parameters named weight and bias. The running statistics come from register_buffer.",
            "self.training says in which mode the module is. Update the running statistics in training mode only.",
            "new = (1 − momentum) · old + momentum · batch. PyTorch collects the variance that is divided by n − 1.",
        ],
        praise="It's trained, saved, and loaded like nn.BatchNorm2d, down to the division by n − 1.",
    ),
    "6.7c": Choice(
        test=_folds,
        hints=[
            "In evaluation mode, normalization multiplies each channel by a number and adds one. Write both down.",
            "A factor after the convolution can go into its kernels. Which axis of the weight belongs to the outputs?",
            "The new bias is what the normalization makes of the old one. An old bias of None counts as 0.",
        ],
        praise="One layer in place of two, with the same outputs: in evaluation mode, batch normalization costs nothing.",
    ),
    "6.8a": Choice(
        test=_residual,
        hints=[
            "What padding does a 3×3 convolution need so that X and Y have the same size?",
            "There are two ReLUs: one between the convolutions, and one after the addition.",
            "Keep the input until the end: forward needs it twice.",
        ],
        praise="If conv2 outputs 0, the block passes on a nonnegative input as it is.",
    ),
    "6.8b": Choice(
        test=_projecting,
        hints=[
            "Only conv1 has the stride, so conv2 keeps the size. Which layer makes an input of the same shape?",
            "Of the layers from lesson 05: a 1×1 convolution with the same stride changes both the channels and the size.",
            "Where the shape doesn't change, nn.Identity can take the projection's place: it has no parameters.",
        ],
        praise="The projection has the stride of conv1, so both paths read every second pixel and meet in the same shape.",
    ),
    "6.8c": Function(
        reference=_gradient_ratio,
        cases=_stacks,
        probe=_without_input,
        errors={"is not a Module subclass": "make_block is a function: call it, once for each block"},
        mistakes={
            "this is the last layer's gradient divided by the first layer's": lambda *case: 1 / _ratio(*case),
            "this is the ratio of the squared norms": lambda *case: _ratio(*case) ** 2,
            "this is the norm of the first layer's gradient: divide it by that of the last layer": lambda *case: (
                _trained(*case)[0].grad.norm().item()
            ),
            "these are the gradients of the biases: take those of the weights": lambda *case: _ratio(
                *case, first=1, last=-1
            ),
            "the last convolution is conv2 of the last block, not its conv1": lambda *case: _ratio(*case, last=-4),
            "the first convolution is conv1 of the first block, not its conv2": lambda *case: _ratio(*case, first=2),
            "the initialization isn't applied": lambda make_block, initialize, *rest: _ratio(
                make_block, lambda module: None, *rest
            ),
            "the same block is used again and again: call make_block for each of them": lambda *case: _ratio(
                *case, shared=True
            ),
            "there's a block too few": lambda make_block, initialize, depth, X: _ratio(
                make_block, initialize, depth - 1, X
            ),
            "there's a block too many": lambda make_block, initialize, depth, X: _ratio(
                make_block, initialize, depth + 1, X
            ),
            "the loss is the mean of the outputs: take the mean of their squares": lambda *case: _ratio(
                *case, loss=lambda Y: Y.mean()
            ),
            "these are means of absolute values, and a norm is the root of the sum of squares": lambda *case: _ratio(
                *case, size=lambda gradient: gradient.abs().mean()
            ),
            "these are the largest entries, and a norm is the root of the sum of squares": lambda *case: _ratio(
                *case, size=lambda gradient: gradient.abs().max()
            ),
            "this is a ratio of means, in which signs cancel, and a norm is the root of the sum of squares": lambda *case: (
                _ratio(*case, size=torch.mean)
            ),
            "there are always 20 blocks: depth says how many": lambda make_block, initialize, depth, X: _ratio(
                make_block, initialize, 20, X
            ),
            "these are both norms: divide the first by the second": _both_norms,
            "the gradients are divided element by element: take their norms first": _element_by_element,
            "this is a ratio of the weights: take that of their gradients": lambda *case: (
                _trained(*case)[0].norm() / _trained(*case)[-2].norm()
            ).item(),
        },
        hints=[
            "nn.Sequential takes the blocks, one call of make_block for each, and apply calls initialize for every module.",
            "After loss.backward(), each weight has its gradient in weight.grad.",
            "The first block's conv1 and the last block's conv2: net[0] and net[-1].",
        ],
        praise="A ratio of gradients doesn't depend on the size of the loss, only on what happens between the two layers.",
    ),
    "6.8d": Choice(
        test=_measured,
        hints=[
            "The default needs no initialization: pass a function that does nothing.",
            "One network is one seed. For each of the four combinations, take at least five and their median.",
            "A ratio may be tiny: print it in scientific notation, with .0e, before you suspect an error.",
        ],
        praise="With the default, it takes the shortcut to keep the gradient. With Kaiming's weights, plain blocks do.",
    ),
}
