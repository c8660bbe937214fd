"""Exercises of lesson 05, the 1×1 convolution."""

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
    """Rows by a bare reshape, which hold neighbors and not channels."""
    pixels = X.reshape(-1, X.shape[0])
    return (pixels @ K[:, :, 0, 0].T).T.reshape(-1, *X.shape[1:])


def _no_permute_back(X: Tensor, K: Tensor) -> Tensor:
    pixels = X.permute(1, 2, 0).reshape(-1, X.shape[0])
    return (pixels @ K[:, :, 0, 0].T).reshape(-1, *X.shape[1:])


def _larger_of_two(answer) -> str:
    """Whether 1×1, ReLU, 1×1 with these two weights (c, 2) and (1, c) gives the larger of two channels, both ≥ 0."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return "give the weights of both layers, (W1, W2)"
    W1, W2 = (torch.as_tensor(weight, dtype=torch.float64) for weight in answer)
    if W1.dim() != 2 or W1.shape[1] != 2 or W2.shape != (1, W1.shape[0]):
        return f"the shapes must be (c, 2) and (1, c), and yours are {tuple(W1.shape)} and {tuple(W2.shape)}"
    X = torch.rand(2, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    Y = F.conv2d(F.conv2d(X, W1[:, :, None, None]).relu(), W2[:, :, None, None])[0]
    a, b = X
    known = {
        "": torch.maximum(a, b),
        "this is the smaller of the two": torch.minimum(a, b),
        "this is the distance between the two, |a − b|": (a - b).abs(),
        "this is a + b": a + b,
        "this is relu(b − a), the amount by which b is larger: now add a": (b - a).relu(),
        "this is relu(a − b), the amount by which a is larger: now add b": (a - b).relu(),
        "this is a alone": a,
        "this is b alone": b,
    }
    for diagnosis, wanted in known.items():
        if torch.allclose(Y, wanted):
            return diagnosis
    i, j = divmod((Y - known[""]).abs().argmax().item(), X.shape[2])
    return f"for a = {a[i, j]:.2f} and b = {b[i, j]:.2f}, the output is {Y[i, j]:.2f}"


EXERCISES = {
    "5.1": Value(
        reference=lambda: F.conv2d(PIXEL.reshape(1, 3, 1, 1), WEIGHTS[:, :, None, None]).flatten(),
        mistakes={
            "these are plain sums of the channels: multiply each value by its weight first": lambda: PIXEL.sum().repeat(2),
            "the two outputs are swapped: row 0 of the weights makes output channel 0": lambda: (WEIGHTS @ PIXEL).flip(0),
            "the weight −1 subtracts the third channel": lambda: WEIGHTS.abs() @ PIXEL,
            "these are the sums of the weights: multiply each weight by its value first": lambda: WEIGHTS.sum(1),
        },
        hints=["Each row of weights makes one output from the pixel's three values.", "Output 0: 1·1 + 0·2 + (−1)·3."],
        praise="1·1 + 0·2 − 1·3 = −2 and 2·1 + 1·2 + 0.5·3 = 5.5: two weighted sums of the same three values.",
    ),
    "5.2": Value(
        reference=lambda: _weights((512, 128, 1), (128, 128, 3), (128, 512, 1)),
        mistakes={
            "the last layer, from 128 to 512 channels, has weights, too": lambda: _weights((512, 128, 1), (128, 128, 3)),
            "the kernels of the first and the last layer are 1×1, not 3×3": lambda: _weights(
                (512, 128, 3), (128, 128, 3), (128, 512, 3)
            ),
            "this is a single 3×3 layer on 512 channels, without a bottleneck": lambda: _weights((512, 512, 3)),
            "the 3×3 layer works on 128 channels, not on 512": lambda: _weights(
                (512, 128, 1), (512, 512, 3), (128, 512, 1)
            ),
            "the kernels of the middle layer are 3×3": lambda: _weights((512, 128, 1), (128, 128, 1), (128, 512, 1)),
        },
        hints=[
            "There are three layers. Each has c_o · c_i · k · k weights.",
            "The first has 512·128, the second 128·128·9. And the third?",
        ],
        praise="65,536 + 147,456 + 65,536. A 3×3 layer on 512 channels has 2,359,296, about 8.5 times as many.",
    ),
    "5.3": Function(
        reference=corr2d_multi_in_out_1x1,
        cases=_pairs,
        mistakes={
            "this is the plain sum of the channels, without the weights": lambda X, K: X.sum(0).repeat(len(K), 1, 1),
            "channels and pixels are mixed up: keep axis 0 of X as it is, and merge only the others": lambda X, K: (
                K[:, :, 0, 0] @ X.reshape(-1, X.shape[0]).T
            ).reshape(-1, *X.shape[1:]),
            "the output is still a matrix: split its last axis into rows and columns again": lambda X, K: (
                K[:, :, 0, 0] @ X.reshape(X.shape[0], -1)
            ),
            "the output has a batch axis, but its shape should be (c_o, H, W)": lambda X, K: F.conv2d(X[None], K),
            "the output has its channels last, not first": lambda X, K: X.permute(1, 2, 0) @ K[:, :, 0, 0].T,
        },
        hints=[
            "Without its two axes of size 1, the kernel is a (c_o, c_i) matrix: K.flatten(1).",
            "X.flatten(1) is a (c_i, H·W) matrix with a pixel in each column.",
            "(K.flatten(1) @ X.flatten(1)).reshape(-1, *X.shape[1:])",
        ],
        praise="Right on all inputs. One matrix product is enough: K.flatten(1) @ X.flatten(1).",
    ),
    "5.4": Choice(
        test=_larger_of_two,
        hints=[
            "The larger value is a plus something that is 0 unless b is larger than a.",
            "max(a, b) = a + relu(b − a). And since a ≥ 0, relu(a) is a.",
            "The first layer computes the channels a and b − a. The second adds them after the ReLU.",
        ],
        praise="max(a, b) = relu(a) + relu(b − a). A single 1×1 layer can't do that, however you choose its weights.",
    ),
    "5.5": Function(
        reference=lambda X, K: F.conv2d(X[None], K)[0],
        cases=_pairs,
        mistakes={
            "the samples are right, but the outputs still have a pixel in each row: reshape doesn't move the channels": (
                _no_permute_back
            ),
            "the outputs are in the right order now, but a row of samples isn't a pixel anymore: permute X first": (
                _no_permute_in
            ),
            "neither reshape moves an axis: the channels must go last before the product, and first again after it": (
                lambda X, K: (X.reshape(-1, X.shape[0]) @ K[:, :, 0, 0].T).reshape(-1, *X.shape[1:])
            ),
            "height and width are swapped": lambda X, K: F.conv2d(X[None], K)[0].transpose(1, 2),
        },
        hints=[
            "What's in a row of `samples`, and what's in a row of `outputs`? Print the shapes.",
            "`outputs` has a row for each pixel, but the result needs one for each channel. reshape doesn't move an axis.",
            "Transpose `outputs` before you reshape it.",
        ],
        praise="The channels go last before the product and first again after it. Only then is it safe to reshape.",
    ),
}
