"""Exercises of notebook 11, LeNet."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from .._check import shown
from ..nets import modern_lenet
from ._kinds import Choice, Function, Value


def _features(channels: int, size: int, layers: list[tuple]) -> int:
    """Flatten's length, from the real layers."""
    modules, c_i = [], channels
    for kind, *numbers in layers:
        if kind == "conv":
            c_o, kernel, padding = numbers
            modules.append(nn.Conv2d(c_i, c_o, kernel, padding=padding))
            c_i = c_o
        else:
            modules.append(nn.MaxPool2d(*numbers))
    return nn.Sequential(*modules, nn.Flatten()).to("meta")(torch.empty(1, channels, size, size, device="meta")).shape[1]


def _along(channels: int, size: int, layers: list[tuple], conv, pool, count) -> int:
    """The same by formulas that a mistake may have changed."""
    for kind, *numbers in layers:
        if kind == "conv":
            channels, size = numbers[0], conv(size, *numbers[1:])
        else:
            size = pool(size, *numbers)
    return count(channels, size)


def _mistaken(*, conv=lambda n, k, p: n + 2 * p - k + 1, pool=lambda n, k: n // k, count=lambda c, n: c * n * n):
    return lambda channels, size, layers: _along(channels, size, layers, conv, pool, count)


def _networks(_generator: torch.Generator) -> list[tuple]:
    return [
        (1, 4, [("conv", 2, 3, 0)]),
        (3, 9, [("pool", 2)]),
        (1, 28, [("conv", 6, 5, 2), ("pool", 2), ("conv", 16, 5, 0), ("pool", 2)]),
        (3, 33, [("conv", 8, 3, 1), ("pool", 3), ("conv", 12, 4, 1), ("pool", 2)]),
    ]


def _scored_batches(generator: torch.Generator) -> list[tuple]:
    def batches(*sizes):
        return [(torch.randn(n, 3, generator=generator), torch.randint(3, (n,), generator=generator)) for n in sizes]

    return [(batches(4),), (batches(8, 8, 1),), (batches(16, 3),)]


def _mean_accuracy(batches: list[tuple]) -> float:
    y_hat, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return (y_hat.argmax(dim=1) == y).double().mean().item()


def _count(batches: list[tuple]) -> float:
    return _mean_accuracy(batches) * sum(len(y) for _, y in batches)


def _mean_of_means(batches: list[tuple]) -> float:
    return sum(_mean_accuracy([batch]) for batch in batches) / len(batches)


def _parameters(first: int, second: int, side: int) -> int:
    net = nn.Sequential(
        nn.Conv2d(1, 6, first),
        nn.Conv2d(6, 16, second),
        nn.Linear(16 * side * side, 120),
        nn.Linear(120, 84),
        nn.Linear(84, 10),
    )
    return sum(parameter.numel() for parameter in net.parameters())


def _reaches_80(settings) -> str:
    if not isinstance(settings, dict) or "lr" not in settings:
        return f"give a dict with at least lr, e.g. {{'lr': 0.1}}, not {shown(settings)}"
    if unknown := set(settings) - {"lr", "optimizer"}:
        return f"only lr and optimizer are asked for, not {', '.join(sorted(unknown))}"
    losses, score = _one_short_epoch(settings["lr"], settings.get("optimizer", torch.optim.SGD))
    if score >= 0.80:
        return ""
    if not math.isfinite(losses[-1]) or losses[-1] > losses[0]:
        return f"the loss went from {losses[0]:.2f} to {losses[-1]:.2f}: lr {settings['lr']} is too large here"
    speed = "slowly: the loss is still falling; try a larger lr" if losses[-1] > 0.8 else "roughly: try another lr, or Adam"
    return f"test accuracy {score:.3f}, the last loss {losses[-1]:.2f}: it learns, but too {speed}"


def _one_short_epoch(lr: float, optimizer) -> tuple[list[float], float]:
    """Losses and test accuracy of modern_lenet after 6,000 pictures in batches of 64."""
    from ..data import load_data_fashion_mnist
    from ..training import evaluate_accuracy_gpu

    train_iter, test_iter = load_data_fashion_mnist(64)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = modern_lenet()
    steps, losses = optimizer(net.parameters(), lr=lr), []
    for X, y in zip(train_iter.images[:6000].split(64), train_iter.labels[:6000].split(64), strict=True):
        steps.zero_grad()
        loss = F.cross_entropy(net(X[:, None].float() / 255), y)
        loss.backward()
        steps.step()
        losses.append(loss.item())
    return losses, evaluate_accuracy_gpu(net, test_iter)


EXERCISES = {
    "11.1": Value(
        reference=lambda: _features(1, 32, [("conv", 6, 5, 2), ("pool", 2), ("conv", 16, 5, 0), ("pool", 2)]),
        mistakes={
            "pooling halves: 12 becomes 6": lambda: 16 * 12 * 12,
            "one channel's cells; there are 16 channels": lambda: 6 * 6,
            "the first convolution has padding 2 and keeps 32": lambda: _features(
                1, 32, [("conv", 6, 5, 0), ("pool", 2), ("conv", 16, 5, 0), ("pool", 2)]
            ),
        },
        hints=[
            "Follow one side: it starts at 32. What is it after each layer?",
            "32 → 32 → 16 → 12 → 6, and there are 16 channels.",
        ],
        praise="32 → 32 → 16 → 12 → 6, so 16·6·6.",
    ),
    "11.2": Value(
        reference=lambda: _parameters(3, 3, (28 // 2 - 3 + 1) // 2),
        mistakes={
            "the first dense layer still has 400 inputs; 16·6·6 arrive now": lambda: _parameters(3, 3, 5),
            "this is the network with 5×5 kernels": lambda: _parameters(5, 5, 5),
            "the biases are missing": lambda: _parameters(3, 3, 6) - (6 + 16 + 120 + 84 + 10),
        },
        hints=[
            "First the shapes: 28 → 28 → 14 → 12 → 6. So the first dense layer has 16·6·6 inputs.",
            "6·(9 + 1), 16·(6·9 + 1), 120·(576 + 1), 84·(120 + 1), 10·(84 + 1).",
        ],
        praise="Smaller kernels, yet more parameters: the dense layer behind them grew from 400 to 576 inputs.",
    ),
    "11.3": Function(
        reference=_features,
        cases=_networks,
        mistakes={
            "padding counts on both sides: 2p": _mistaken(conv=lambda n, k, p: n + p - k + 1),
            "you took n − k; it is n + 2p − k + 1": _mistaken(conv=lambda n, k, p: n + 2 * p - k),
            "a pooling of 3 divides by 3, not by 2": _mistaken(pool=lambda n, k: n // 2),
            "the pooling rounds down, not up": _mistaken(pool=lambda n, k: -(-n // k)),
            "the result has height and width: channels · n · n": _mistaken(count=lambda c, n: c * n),
            "this is the side of the map; flatten delivers all channels of it": _mistaken(count=lambda c, n: n),
        },
        hints=[
            "Walk through the list with two variables, channels and size.",
            "conv: channels = c_o and size = size + 2·padding − kernel + 1; pool: size = size // window.",
        ],
        praise="Channels × height × width of what arrives: this is the number that other people look up.",
    ),
    "11.4": Function(
        reference=_mean_accuracy,
        cases=_scored_batches,
        mistakes={
            "this is still the mean of the batches' means: a small batch counts as much as a large one": _mean_of_means,
            "this is a count: divide by the number of examples": _count,
            "you divide by the number of batches": lambda batches: _count(batches) / len(batches),
            "you divide as if every batch were as large as the first": lambda batches: (
                _count(batches) / (len(batches) * len(batches[0][1]))
            ),
        },
        hints=[
            "Add up two numbers over the batches, and divide once.",
            "Sum the counts of accuracy(y_hat, y), and sum len(y).",
        ],
        praise="Sums first, one division at the end.",
    ),
    "11.5": Value(
        reference=lambda: F.cross_entropy(torch.zeros(1, 100), torch.tensor([0])).item(),
        tolerance=0.02,
        mistakes={
            "this is the loss of ten equal logits": lambda: math.log(10),
            "the loss is a logarithm: −ln(1/100)": lambda: 1 / 100,
            "natural logarithms: this is the one to base 10": lambda: math.log10(100),
            "the loss is −ln p, and so positive": lambda: -math.log(100),
        },
        hints=["Softmax makes 1/100 of each. What is the loss of a probability p?", "−ln p = ln 100."],
        praise="ln 100 = 4.61. A loss that starts there and stays has learnt nothing yet.",
    ),
    "11.6": Choice(
        test=_reaches_80,
        seconds=120.0,
        hints=[
            "94 steps are all there is. Plain SGD comes close at lr 0.1; which optimizer scales its own steps?",
            "Adam, with a learning rate near 0.001.",
        ],
        praise="With normalised layers the first hundred steps do most of the work.",
    ),
}
