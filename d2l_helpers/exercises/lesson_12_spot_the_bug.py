"""Exercises of notebook 12: twelve programs to fix."""

import torch
from torch import nn
from torch.nn import functional as F

from ..ops.correlation import conv2d, corr2d
from ..ops.transposed import kernel2matrix
from ..window import conv_out_size
from ._kinds import Exercise, Function

Cases = list[tuple]


def _normal(generator: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def _pictures_and_kernels(generator: torch.Generator) -> Cases:
    return [(_normal(generator, n, n + 1), _normal(generator, k, k)) for n, k in ((4, 1), (5, 3), (7, 5))]


def _sizes(_generator: torch.Generator) -> Cases:
    return [(n, k, p, s) for n, k, p, s in ((5, 3, 0, 1), (5, 2, 0, 2), (28, 5, 2, 3), (8, 3, 1, 2))]


def _channels(generator: torch.Generator) -> Cases:
    return [(_normal(generator, 1, c_i, 4, 5), _normal(generator, c_o, c_i, 3, 2)) for c_i, c_o in ((1, 1), (2, 3), (3, 1))]


def _batches_of_pictures(generator: torch.Generator) -> Cases:
    return [(_normal(generator, 1, 1, 4, 6), width, height) for width, height in ((8, 8), (12, 8), (3, 9))]


def _invertible(generator: torch.Generator) -> Cases:
    """Kernels with a large centre: their convolution with padding 1 can be undone."""
    cases = []
    for n in (3, 4):
        K = 0.1 * _normal(generator, 3, 3)
        K[1, 1] = 1.0
        cases.append((corr2d(_normal(generator, n, n), K, padding=1), K))
    return cases


def _recover(Y: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    M = kernel2matrix(K, tuple(Y.shape), padding=1)
    return torch.linalg.solve(M, Y.flatten()).reshape(Y.shape)


def _transpose(Y: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    return F.conv_transpose2d(Y[None, None], K[None, None], padding=1)[0, 0]


def _losses(generator: torch.Generator) -> Cases:
    def epochs(count: int, batches: int) -> list[list[float]]:
        return torch.rand(count, batches, generator=generator, dtype=torch.float64).tolist()

    return [(epochs(2, 1),), (epochs(2, 3),), (epochs(4, 5),)]


def _mean_per_epoch(epochs: list[list[float]]) -> list[float]:
    return [sum(batches) / len(batches) for batches in epochs]


def _never_reset(epochs: list[list[float]], *, count_too: bool = False) -> list[float]:
    total, count, means = 0.0, 0, []
    for batches in epochs:
        total, count = total + sum(batches), count + len(batches)
        means.append(total / (count if count_too else len(batches)))
    return means


def _networks(generator: torch.Generator) -> Cases:
    """Networks with dropout and with batch normalisation, left in training mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        nets = [
            nn.Sequential(nn.Flatten(), nn.Linear(9, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)).double(),
            nn.Sequential(nn.Flatten(), nn.Linear(9, 8), nn.Dropout(0.9), nn.Linear(8, 3)).double(),
        ]
    return [(net.train(), _normal(generator, 40, 3, 3)) for net in nets]


def _predicted(net: nn.Module, X: torch.Tensor) -> torch.Tensor:
    net.eval()
    with torch.no_grad():
        return net(X)


def _in_training_mode(net: nn.Module, X: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(1)
    with torch.no_grad():
        return net.train()(X)


def _scores(generator: torch.Generator) -> Cases:
    return [(_normal(generator, n, 4), torch.randint(4, (n,), generator=generator)) for n in (2, 5, 8)]


def _even_pictures(generator: torch.Generator) -> Cases:
    return [(_normal(generator, 1, 1, n, m),) for n, m in ((2, 2), (4, 6), (7, 5))]


def _seeded_orders(_generator: torch.Generator) -> Cases:
    return [(n, epochs, seed) for n, epochs, seed in ((4, 2, 0), (10, 3, 1), (30, 2, 2))]


def _orders(n: int, epochs: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randperm(n, generator=generator) for _ in range(epochs)])


EXERCISES: dict[str, Exercise] = {
    "12.1": Function(
        reference=conv2d,
        cases=_pictures_and_kernels,
        mistakes={
            "this is still cross-correlation: the kernel is not flipped": corr2d,
            "only the rows are flipped": lambda X, K: corr2d(X, K.flip(0)),
            "only the columns are flipped": lambda X, K: corr2d(X, K.flip(1)),
        },
        hints=["Notebook 01: what does F.conv2d really compute?", "Turn the kernel by half a turn: K.flip(0, 1)."],
        praise="F.conv2d is cross-correlation; for a kernel that is given, the flip is yours to do.",
    ),
    "12.2": Function(
        reference=lambda X, K: corr2d(X, K, padding=K.shape[0] // 2),
        cases=_pictures_and_kernels,
        mistakes={
            "still the total, given as if it were per side: the output is larger than the input": lambda X, K: corr2d(
                X, K, padding=K.shape[0] - 1
            ),
            "without padding the output is smaller than the input": corr2d,
            "half of k is not half of k − 1 in every language: here one ring is too much": lambda X, K: corr2d(
                X, K, padding=(K.shape[0] + 1) // 2
            ),
        },
        hints=["Print the shape of the result for a 5×6 picture.", "PyTorch's padding counts one side: (k − 1) / 2."],
        praise="k − 1 in total is (k − 1)/2 on each side, and PyTorch counts sides.",
    ),
    "12.3": Function(
        reference=lambda n, k, p, s: conv_out_size(n, k, padding=p, stride=s),
        cases=_sizes,
        mistakes={
            "still a fraction where the stride does not divide": lambda n, k, p, s: (n + 2 * p - k) / s + 1,
            "rounded up: a window that hangs over the edge is not counted": lambda n, k, p, s: -(-(n + 2 * p - k) // s) + 1,
            "the padding is on both sides: 2p": lambda n, k, p, s: (n + p - k) // s + 1,
            "the first window counts too: + 1": lambda n, k, p, s: (n + 2 * p - k) // s,
        },
        hints=["Try n = 5, k = 2, s = 2: how many windows fit?", "Python's // rounds down."],
        praise="A window that does not fit is not there: round down.",
    ),
    "12.4": Function(
        reference=lambda X, K: F.conv2d(X, K),
        cases=_channels,
        mistakes={
            "there is still something added to every cell": lambda X, K: F.conv2d(X, K) + 0.25,
            "a constant is subtracted from every cell": lambda X, K: F.conv2d(X, K) - F.conv2d(X, K).mean(),
            "this is true convolution; a layer does not flip": lambda X, K: F.conv2d(X, K.flip(2, 3)),
        },
        hints=["Call it twice: is the result the same?", "The layer draws a random bias. Switch it off: bias=False."],
        praise="A layer has a bias unless you say bias=False, and it starts random.",
    ),
    "12.5": Function(
        reference=lambda X, K: (F.conv2d(X, K), K.shape[1], K.shape[0]),
        cases=_channels,
        mistakes={
            "the layer still names its channels the wrong way round": lambda X, K: (F.conv2d(X, K), K.shape[0], K.shape[1]),
            "only the first input channel is used": lambda X, K: (F.conv2d(X[:, :1], K[:, :1]), K.shape[1], K.shape[0]),
            "the channels are averaged; a convolution sums them": lambda X, K: (
                F.conv2d(X, K) / K.shape[1],
                K.shape[1],
                K.shape[0],
            ),
        },
        hints=[
            "Print the layer for a K of shape (3, 2, 3, 2), and layer.weight.shape before and after the assignment.",
            "A weight is (c_o, c_i, h, w), but the layer's arguments begin with c_i.",
        ],
        praise="Conv2d(c_i, c_o, …) has a weight of shape (c_o, c_i, h, w), and .data lets any other shape in.",
    ),
    "12.6": Function(
        reference=lambda X, width, height: F.interpolate(X, size=(height, width)),
        cases=_batches_of_pictures,
        mistakes={
            "width and height are still exchanged": lambda X, width, height: F.interpolate(X, size=(width, height)),
            "the result is a square": lambda X, width, height: F.interpolate(X, size=height),
            "the picture lies on its side: exchange the sizes, not the axes": lambda X, width, height: F.interpolate(
                X.transpose(2, 3), size=(height, width)
            ),
        },
        hints=["Ask for 12 wide and 8 high, and print the shape.", "PyTorch's pairs are (height, width)."],
        praise="Pairs are (height, width), like the axes of a tensor; only picture libraries say (width, height).",
    ),
    "12.7": Function(
        reference=_recover,
        cases=_invertible,
        mistakes={
            "this has the shape of X, not its values: transposing a matrix does not invert it": _transpose,
            "the transposed convolution, scaled, is still no inverse": lambda Y, K: _transpose(Y, K) / (K**2).sum(),
            "convolving once more does not undo it": lambda Y, K: corr2d(Y, K, padding=1),
        },
        hints=[
            "The convolution is Y = M X with M = kernel2matrix(K, shape, padding=1). Which X solves it?",
            "torch.linalg.solve(M, Y.flatten()), then back into the shape.",
        ],
        praise="The inverse of a convolution is the solution of a linear system, where there is one.",
    ),
    "12.8": Function(
        reference=_mean_per_epoch,
        cases=_losses,
        mistakes={
            "the sum still runs on over all epochs": _never_reset,
            "sum and count both run on: this is the mean since the beginning": lambda epochs: _never_reset(
                epochs, count_too=True
            ),
            "these are sums, not means": lambda epochs: [sum(batches) for batches in epochs],
        },
        hints=["Feed it losses that are all 1. What must come out?", "Set the sum to 0 at the beginning of each epoch."],
        praise="Each epoch begins to count at 0.",
    ),
    "12.9": Function(
        reference=_predicted,
        cases=_networks,
        mistakes={
            "the network is still in training mode": _in_training_mode,
            "these are probabilities, and logits are asked for": lambda net, X: _predicted(net, X).softmax(dim=1),
            "these are classes, and logits are asked for": lambda net, X: _predicted(net, X).argmax(dim=1).double(),
        },
        hints=["Call it twice with the same picture.", "net.eval() first; torch.no_grad() alone does not change the mode."],
        praise="eval() changes what dropout and batch normalisation do; no_grad() only saves memory.",
    ),
    "12.10": Function(
        reference=lambda X: F.max_pool2d(X, 2),
        cases=_even_pictures,
        mistakes={
            "the windows still overlap: the picture is not halved": lambda X: F.max_pool2d(X, 2, stride=1),
            "this is the mean of each window, not its maximum": lambda X: F.avg_pool2d(X, 2),
            "every second pixel is not the largest of four": lambda X: X[:, :, :-1:2, :-1:2],
        },
        hints=["What shape has the result for a 4×6 picture?", "To halve, the window moves by its own size: stride 2."],
        praise="In torch the default stride of a pooling is its window; the book's pool2d moves by 1.",
    ),
    "12.11": Function(
        reference=F.cross_entropy,
        cases=_scores,
        mistakes={
            "the softmax is still taken twice": lambda y_hat, y: F.cross_entropy(y_hat.softmax(dim=1), y),
            "nll_loss wants logarithms of probabilities, not scores": F.nll_loss,
            "this is the sum over the batch, not its mean": lambda y_hat, y: F.cross_entropy(y_hat, y) * len(y),
        },
        hints=[
            "What does a perfect prediction cost? Try scores of 100 and 0.",
            "cross_entropy takes logits, not probabilities.",
        ],
        praise="cross_entropy contains the softmax.",
    ),
    "12.12": Function(
        reference=_orders,
        cases=_seeded_orders,
        mistakes={
            "every epoch still has the same order": lambda n, epochs, seed: _orders(n, 1, seed).repeat(epochs, 1),
            "nothing is shuffled": lambda n, epochs, seed: torch.arange(n).repeat(epochs, 1),
            "pictures are drawn with replacement: some come twice, some never": lambda n, epochs, seed: torch.randint(
                n, (epochs, n), generator=torch.Generator().manual_seed(seed)
            ),
        },
        hints=["Print the orders of two epochs.", "Seed once, before the loop; draw a new permutation in each epoch."],
        praise="One generator, seeded once, gives a new order in each epoch, and the same orders in each run.",
    ),
}
