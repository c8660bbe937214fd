"""Exercises of notebook 05, the 1×1 convolution."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..ops.correlation import corr2d_multi_in_out_1x1
from ._kinds import Choice, Function, Value

PIXEL = torch.tensor([1.0, 2.0, 3.0])
WEIGHTS = torch.tensor([[1.0, 0.0, -1.0], [2.0, 1.0, 0.5]])


def _weights(*layers: tuple[int, int, int]) -> int:
    """The weights of convolutions (c_i, c_o, kernel size), without biases."""
    return sum(nn.Conv2d(c_i, c_o, size, bias=False).weight.numel() for c_i, c_o, size in layers)


def _pairs(generator: torch.Generator) -> list[tuple]:
    """(X, K) in float64, smallest first; one with as many kernels as channels, one with three equal axes."""
    shapes = [((2, 1, 1), (1, 2, 1, 1)), ((2, 1, 3), (2, 2, 1, 1)), ((3, 3, 3), (2, 3, 1, 1)), ((2, 4, 3), (5, 2, 1, 1))]
    return [
        tuple(torch.randn(size, generator=generator, dtype=torch.float64) for size in (input_size, kernel_size))
        for input_size, kernel_size in shapes
    ]


def _no_permute_in(X: Tensor, K: Tensor) -> Tensor:
    """Rows by a bare reshape, which hold neighbours and not channels."""
    pixels = X.reshape(-1, X.shape[0])
    return (pixels @ K[:, :, 0, 0].T).T.reshape(-1, *X.shape[1:])


def _no_permute_back(X: Tensor, K: Tensor) -> Tensor:
    pixels = X.permute(1, 2, 0).reshape(-1, X.shape[0])
    return (pixels @ K[:, :, 0, 0].T).reshape(-1, *X.shape[1:])


def _larger_of_two(answer) -> str:
    """Whether 1×1, ReLU, 1×1 with these two weights (c, 2) and (1, c) gives the larger of two channels, both ≥ 0."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return "give both weights, (W1, W2)"
    W1, W2 = (torch.as_tensor(weight, dtype=torch.float64) for weight in answer)
    if W1.dim() != 2 or W1.shape[1] != 2 or W2.shape != (1, W1.shape[0]):
        return f"W1 must have shape (c, 2) and W2 (1, c); yours have {tuple(W1.shape)} and {tuple(W2.shape)}"
    X = torch.rand(2, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    Y = F.conv2d(F.conv2d(X, W1[:, :, None, None]).relu(), W2[:, :, None, None])[0]
    a, b = X
    known = {
        "": torch.maximum(a, b),
        "this is the smaller of the two": torch.minimum(a, b),
        "this is how far the two lie apart, |a − b|": (a - b).abs(),
        "this is a + b": a + b,
        "this is relu(b − a): how far b lies above a; now add a": (b - a).relu(),
        "this is relu(a − b): how far a lies above b; now add b": (a - b).relu(),
        "this is a alone": a,
        "this is b alone": b,
    }
    for diagnosis, wanted in known.items():
        if torch.allclose(Y, wanted):
            return diagnosis
    i, j = divmod((Y - known[""]).abs().argmax().item(), X.shape[2])
    return f"for a = {a[i, j]:.2f} and b = {b[i, j]:.2f} it gives {Y[i, j]:.2f}"


EXERCISES = {
    "5.1": Value(
        reference=lambda: F.conv2d(PIXEL.reshape(1, 3, 1, 1), WEIGHTS[:, :, None, None]).flatten(),
        mistakes={
            "these are plain sums of the channels: multiply by the weights first": lambda: PIXEL.sum().repeat(2),
            "the two output channels are swapped: row 0 of the weights makes channel 0": lambda: (WEIGHTS @ PIXEL).flip(0),
            "a weight of −1 takes the third channel away": lambda: WEIGHTS.abs() @ PIXEL,
            "these are the sums of the weights; the pixel has not been read": lambda: WEIGHTS.sum(1),
        },
        hints=["Each row of the weights meets the pixel's three numbers.", "Channel 0: 1·1 + 0·2 + (−1)·3."],
        praise="1·1 + 0·2 − 1·3 = −2 and 2·1 + 1·2 + 0.5·3 = 5.5: two weighted sums of the same three numbers.",
    ),
    "5.2": Value(
        reference=lambda: _weights((512, 128, 1), (128, 128, 3), (128, 512, 1)),
        mistakes={
            "the way back, from 128 to 512 channels, has weights too": lambda: _weights((512, 128, 1), (128, 128, 3)),
            "the first and the last kernel have 1 cell, not 9": lambda: _weights(
                (512, 128, 3), (128, 128, 3), (128, 512, 3)
            ),
            "this is the 3×3 layer without a bottleneck": lambda: _weights((512, 512, 3)),
            "between the two 1×1 layers there are only 128 channels": lambda: _weights(
                (512, 128, 1), (512, 512, 3), (128, 512, 1)
            ),
            "the middle kernel has 3·3 cells": lambda: _weights((512, 128, 1), (128, 128, 1), (128, 512, 1)),
        },
        hints=["Three layers: count each as c_o · c_i · k · k.", "512·128 + 128·128·9 + 128·512."],
        praise="65,536 + 147,456 + 65,536: eight times fewer than the 2,359,296 of a 3×3 layer on 512 channels.",
    ),
    "5.3": Function(
        reference=corr2d_multi_in_out_1x1,
        cases=_pairs,
        mistakes={
            "this is the plain sum of the channels, without the weights": lambda X, K: X.sum(0).repeat(len(K), 1, 1),
            "channels and places are mixed: axis 0 of X must stay whole, X.reshape(c_i, -1)": lambda X, K: (
                K[:, :, 0, 0] @ X.reshape(-1, X.shape[0]).T
            ).reshape(-1, *X.shape[1:]),
            "the result is still a matrix: give the picture its two axes back": lambda X, K: (
                K[:, :, 0, 0] @ X.reshape(X.shape[0], -1)
            ),
            "the result has a batch axis too many: (c_o, H, W)": lambda X, K: F.conv2d(X[None], K),
            "the channels came out last: (c_o, H, W) is wanted": lambda X, K: X.permute(1, 2, 0) @ K[:, :, 0, 0].T,
        },
        hints=[
            "The kernel without its two axes of 1 is a matrix (c_o, c_i): K.flatten(1).",
            "The picture as a matrix (c_i, H·W) has a pixel in each column: X.flatten(1).",
            "(K.flatten(1) @ X.flatten(1)).reshape(-1, *X.shape[1:])",
        ],
        praise="One matrix product does every pixel at once.",
    ),
    "5.4": Choice(
        test=_larger_of_two,
        hints=[
            "The larger of the two is a, plus what b has more than a, if it has more.",
            "max(a, b) = a + relu(b − a). Since a ≥ 0, relu(a) is a.",
            "The first layer makes the two channels a and b − a; the second adds them.",
        ],
        praise="max(a, b) = relu(a) + relu(b − a): no single 1×1 layer can choose, two with a ReLU between them can.",
    ),
    "5.5": Function(
        reference=lambda X, K: F.conv2d(X[None], K)[0],
        cases=_pairs,
        mistakes={
            "a row of samples is not a pixel: a bare reshape reads on along a row of the picture, within one channel": (
                _no_permute_in
            ),
            "the way in is mended; on the way back the channels must come first again": _no_permute_back,
            "neither way is a bare reshape: channels go last on the way in, and first again on the way back": (
                lambda X, K: (X.reshape(-1, X.shape[0]) @ K[:, :, 0, 0].T).reshape(-1, *X.shape[1:])
            ),
            "height and width are swapped": lambda X, K: F.conv2d(X[None], K)[0].transpose(1, 2),
        },
        hints=[
            "Give it X with channel c filled with the number c. Every row of `samples` should read 0, 1, 2.",
            "A sample is one pixel with all its channels: first X.permute(1, 2, 0), then reshape.",
        ],
        praise="Move the channels last, then reshape: now each row is one pixel.",
    ),
}
