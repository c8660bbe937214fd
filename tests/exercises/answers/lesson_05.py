"""Answers to the exercises of lesson 05, written from its page alone."""

from fractions import Fraction
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import corr2d_multi_in_out, corr2d_multi_in_out_1x1
from tests.support.answers import right, wrong

# 5.1
WEIGHTS = torch.tensor([[1.0, 0.0, -1.0], [2.0, 1.0, 0.5]])
right("5.1", (-2, 5.5))
right("5.1", [-2.0, 5.5])
right("5.1", torch.tensor([-2, 5.5], dtype=torch.float64))
right("5.1", np.array([[1, 0, -1], [2, 1, 0.5]]) @ np.array([1, 2, 3]))
right("5.1", WEIGHTS @ torch.tensor([[1.0], [2.0], [3.0]]))
right("5.1", (Fraction(-2), Fraction(11, 2)))
right("5.1", [torch.tensor(-2.0), torch.tensor(5.5)])
wrong("5.1", "the two outputs in the wrong order", (5.5, -2))
wrong("5.1", "drops the minus sign of the weight", (4, 5.5))
wrong("5.1", "sign of the first output lost", (2, 5.5))
wrong("5.1", "rounds the second output to an integer", (-2, 6))
wrong("5.1", "integer division makes the weight 1/2 zero", (-2, 4))
wrong("5.1", "takes the weight 0.5 as 5", (-2, 19))
wrong("5.1", "reads the weights backward (flipped)", (2, 8.5))
wrong("5.1", "a ReLU that isn't there", (0, 5.5))
wrong("5.1", "mean instead of sum over the channels", (-2 / 3, 5.5 / 3))
wrong("5.1", "lists the products and doesn't add them up", [[1, 0, -3], [2, 2, 1.5]])
wrong("5.1", "adds the two outputs together", 3.5)
wrong("5.1", "only the first output", -2)
wrong("5.1", "sums the columns of the weights instead of the rows", (3, 1, -0.5))
wrong("5.1", "sums the weights and forgets the pixel's values", (0, 3.5))
wrong("5.1", "the outputs of the page's example", (6, 7))
wrong("5.1", "the weights in place of the outputs", [[1, 0, -1], [2, 1, 0.5]])
wrong("5.1", "no idea, the pixel back", (1, 2, 3))
wrong("5.1", "a sentence instead of numbers", "minus two and five and a half")

# 5.2
right("5.2", 278528)
right("5.2", 512 * 128 + 128 * 128 * 3 * 3 + 128 * 512)
right("5.2", 278_528.0)
right("5.2", np.int64(278528))
right("5.2", torch.tensor([512 * 128, 9 * 128**2, 128 * 512]).sum())
right("5.2", 17 * 2**14)
wrong("5.2", "forgets the kernel size 3x3 of the middle layer (or counts that layer only)", 147456)
wrong("5.2", "forgets the middle layer", 131072)
wrong("5.2", "forgets the layer that goes back to 512", 212992)
wrong("5.2", "counts 3 instead of 9 for the 3x3 kernel", 180224)
wrong("5.2", "a single 3x3 layer from 512 to 512", 2359296)
wrong("5.2", "the page's bottleneck", 69632)
wrong("5.2", "doubles the page's count because the channels double", 139264)
wrong("5.2", "adds biases", 279296)
wrong("5.2", "adds batch normalization", 280064)
wrong("5.2", "counts 3x3 for all three layers", 9 * (2 * 512 * 128 + 128 * 128))
wrong("5.2", "counts the output channels only, not the input channels", 128 + 9 * 128 + 512)
wrong("5.2", "middle layer goes from 128 straight to 512", 512 * 128 + 9 * 128 * 512 + 128 * 512)
wrong("5.2", "the three counts without adding them up", (65536, 147456, 65536))
wrong("5.2", "the ratio to a wide layer", 2359296 / 278528)
wrong("5.2", "counts multiplications on 56x56 maps", 278528 * 56 * 56)
wrong("5.2", "adds input and output channels instead of multiplying", 640 + 9 * 256 + 640)
wrong("5.2", "no idea", 42)
wrong("5.2", "text", "a lot fewer than without the bottleneck")


# 5.3
def with_bias(answer):
    """The layer made of the matrix product, or what the answer takes for it, on the pixels that the stride leaves."""
    return lambda X, K, bias, stride: answer(X[:, ::stride, ::stride], K) + bias[:, None, None]


@right("5.3")
@with_bias
def _(X, K):
    return (K.flatten(1) @ X.flatten(1)).reshape(K.shape[0], X.shape[1], X.shape[2])


@right("5.3")
@with_bias
def _(image, kernels):
    c_i, h, w = image.shape
    out = torch.zeros(len(kernels), h, w)
    for o in range(len(kernels)):
        for i in range(h):
            for j in range(w):
                for c in range(c_i):
                    out[o, i, j] += kernels[o, c, 0, 0] * image[c, i, j]
    return out


@right("5.3")
@with_bias
def _(X, K):
    rows = []
    for kernel in K[:, :, 0, 0].tolist():
        total = [[0.0] * X.shape[2] for _ in range(X.shape[1])]
        for weight, channel in zip(kernel, X.tolist(), strict=True):
            total = [[t + weight * x for t, x in zip(ts, xs, strict=True)] for ts, xs in zip(total, channel, strict=True)]
        rows.append(total)
    return torch.tensor(rows)


right("5.3", lambda X, K, bias, s: (K * X[:, ::s, ::s]).sum(dim=1) + bias.reshape(-1, 1, 1))
right("5.3", with_bias(partial(torch.einsum, "chw,ocij->ohw")))
right("5.3", with_bias(lambda X, K: torch.tensordot(K.squeeze(-1).squeeze(-1), X, dims=1)))
right("5.3", lambda X, K, bias, s: F.linear(X.permute(1, 2, 0), K[:, :, 0, 0], bias).permute(2, 0, 1)[:, ::s, ::s])


@right("5.3")
@with_bias
def _(X, K):
    return torch.from_numpy(np.einsum("oc,chw->ohw", K.numpy()[..., 0, 0], X.numpy()))


@right("5.3")
class _:
    def __new__(cls, X, K, bias, stride):
        X = X[:, ::stride, ::stride]
        maps = [sum(k * x for k, x in zip(kernel.flatten(), X, strict=True)) for kernel in K]
        return torch.stack([map + b for map, b in zip(maps, bias, strict=True)])


class Pixelwise:
    def __call__(self, X, K, bias, stride):
        rows, columns = range(0, X.size(1), stride), range(0, X.size(2), stride)
        Y = X.new_zeros(K.size(0), len(rows), len(columns))
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                Y[:, i, j] = torch.mv(K[:, :, 0, 0], X[:, row, column]) + bias
        return Y


right("5.3", Pixelwise())


@right("5.3")
def _(X, K, bias, stride, relu=False):
    layer = nn.Linear(K.shape[1], K.shape[0]).to(X.dtype)
    layer.load_state_dict({"weight": K.reshape(K.shape[0], -1), "bias": bias})
    Y = layer(X[:, ::stride, ::stride].movedim(0, -1)).movedim(-1, 0)
    return Y.relu() if relu else Y


wrong("5.3", "calls F.conv2d", lambda X, K, bias, stride: F.conv2d(X[None], K, bias, stride)[0])
wrong(
    "5.3",
    "calls corr2d_multi_in_out, the convolution of lesson 04",
    lambda X, K, bias, stride: corr2d_multi_in_out(X, K, stride=stride) + bias[:, None, None],
)
wrong("5.3", "calls corr2d_multi_in_out_1x1, the function to be written", with_bias(corr2d_multi_in_out_1x1))
wrong(
    "5.3",
    "calls F.conv1d on the flattened pixels",
    with_bias(lambda X, K: F.conv1d(X.flatten(1), K[..., 0]).reshape(-1, *X.shape[1:])),
)


@wrong("5.3", "calls nn.Conv2d")
@with_bias
def _(X, K):
    layer = nn.Conv2d(K.shape[1], K.shape[0], 1, bias=False).to(X.dtype)
    layer.weight.data = K
    return layer(X[None])[0]


@wrong("5.3", "leaves the result flattened, no reshape")
def _(X, K, bias, stride):
    return K.flatten(1) @ X[:, ::stride, ::stride].flatten(1) + bias[:, None]


@wrong("5.3", "reshape instead of permute before the dense layer")
@with_bias
def _(X, K):
    c, h, w = X.shape
    return (X.reshape(h * w, c) @ K[:, :, 0, 0].T).T.reshape(-1, h, w)


@wrong("5.3", "reshapes the pixels-in-rows result without transposing it (right for one output channel)")
@with_bias
def _(X, K):
    c, h, w = X.shape
    return (X.permute(1, 2, 0).reshape(h * w, c) @ K[:, :, 0, 0].T).reshape(-1, h, w)


@wrong("5.3", "height and width swapped in the output (shape right for square images)")
@with_bias
def _(X, K):
    return (K.flatten(1) @ X.flatten(1)).reshape(len(K), X.shape[2], X.shape[1])


@wrong("5.3", "transposes the matrix of the weights (runs only if c_o equals c_i)")
@with_bias
def _(X, K):
    return (K.flatten(1).T @ X.flatten(1)).reshape(-1, *X.shape[1:])


@wrong("5.3", "doesn't sum over the input channels")
@with_bias
def _(X, K):
    return K * X


@wrong("5.3", "sums over the output channels instead of the input channels")
@with_bias
def _(X, K):
    return (K * X).sum(dim=0)


@wrong("5.3", "mean over the channels instead of the sum")
@with_bias
def _(X, K):
    return (K * X).mean(dim=1)


@wrong("5.3", "only the first kernel, output channel axis missing")
def _(X, K, bias, stride):
    return (K[0] * X[:, ::stride, ::stride]).sum(0) + bias[0]


@wrong("5.3", "only the last output channel, because return is inside the loop")
@with_bias
def _(X, K):
    out = torch.zeros(K.shape[0], X.shape[1], X.shape[2])
    for o in range(K.shape[0]):
        for c in range(K.shape[1]):
            out[o] += K[o, c, 0, 0] * X[c]
        return out


@wrong("5.3", "= instead of +=, so only the last input channel counts")
@with_bias
def _(X, K):
    out = torch.zeros(K.shape[0], X.shape[1], X.shape[2])
    for o in range(K.shape[0]):
        for c in range(K.shape[1]):
            out[o] = K[o, c, 0, 0] * X[c]
    return out


@wrong("5.3", "output has the shape of the input (zeros_like), works only if c_o equals c_i")
@with_bias
def _(X, K):
    out = torch.zeros_like(X)
    for o in range(len(K)):
        out[o] = (K[o] * X).sum(0)
    return out


@wrong("5.3", "range(w) for the rows and range(h) for the columns, works only for square images")
@with_bias
def _(X, K):
    _, h, w = X.shape
    Y = torch.zeros(len(K), h, w)
    for i in range(w):
        for j in range(h):
            Y[:, i, j] = K[:, :, 0, 0] @ X[:, i, j]
    return Y


@wrong("5.3", "hard-coded to the page's 3 channels in and 2 out")
@with_bias
def _(X, K):
    W = K.reshape(2, 3)
    return (W @ X.reshape(3, -1)).reshape(2, *X.shape[1:])


@wrong("5.3", "last row and last column left out")
@with_bias
def _(X, K):
    Y = torch.zeros(len(K), *X.shape[1:])
    for i in range(X.shape[1] - 1):
        for j in range(X.shape[2] - 1):
            Y[:, i, j] = K[:, :, 0, 0] @ X[:, i, j]
    return Y


@wrong("5.3", "multiplies the input in place, so it's changed and the second kernel sees other values")
def _(X, K, bias, stride):
    Y = []
    for kernel in K:
        X *= kernel
        Y.append(X[:, ::stride, ::stride].sum(0))
    return torch.stack(Y) + bias[:, None, None]


@wrong("5.3", "missing return")
def _(X, K, bias, stride):
    Y = K[:, :, 0, 0] @ X[:, ::stride, ::stride].flatten(1) + bias[:, None]  # noqa: F841


@wrong("5.3", "prints instead of returning")
def _(X, K, bias, stride):
    print((K * X[:, ::stride, ::stride]).sum(1) + bias[:, None, None])


@wrong("5.3", "adds a batch axis that nobody asked for")
@with_bias
def _(X, K):
    return (K.flatten(1) @ X.flatten(1)).reshape(1, len(K), *X.shape[1:])


@wrong("5.3", "channels last in the output")
def _(X, K, bias, stride):
    return X[:, ::stride, ::stride].permute(1, 2, 0) @ K[:, :, 0, 0].T + bias


@wrong("5.3", "integer output, decimals lost")
def _(X, K, bias, stride):
    return ((K * X[:, ::stride, ::stride]).sum(1) + bias[:, None, None]).to(torch.int64)


@wrong("5.3", "reads the channels backward (flipped kernel)")
@with_bias
def _(X, K):
    return (K.flip(1) * X).sum(1)


@wrong("5.3", "the matrix product without flattening, batch-multiplies rows (error)")
@with_bias
def _(X, K):
    return K @ X


@wrong("5.3", "a ReLU at the end")
def _(X, K, bias, stride):
    return ((K * X[:, ::stride, ::stride]).sum(1) + bias[:, None, None]).relu()


@wrong("5.3", "endless loop, the counter is never raised")
@with_bias
def _(X, K):
    Y, o = X.new_zeros(len(K), *X.shape[1:]), 0
    while o < len(K):
        Y[o] = (K[o] * X).sum(0)
    return Y


@wrong("5.3", "squeeze() drops the channel axis, too, where there is one channel only")
@with_bias
def _(X, K):
    W = K.squeeze()
    return (W @ X.flatten(1)).reshape(W.shape[0], *X.shape[1:])


wrong("5.3", "the result for some tensors instead of the function", torch.full((2, 3, 3), 6.0))
wrong("5.3", "no idea, gives the input back", lambda X, K, bias, stride: X)


def product_of(X, K, bias, stride):
    return (K.flatten(1) @ X[:, ::stride, ::stride].flatten(1)).reshape(len(K), *X[0, ::stride, ::stride].shape)


wrong("5.3", "the page's function, without bias and stride", lambda X, K, bias, stride: product_of(X, K, bias, 1))
wrong("5.3", "forgets the bias", product_of)
wrong("5.3", "forgets the stride", lambda X, K, bias, stride: product_of(X, K, bias, 1) + bias[:, None, None])
wrong("5.3", "the bias without its axes", lambda X, K, bias, stride: product_of(X, K, bias, stride) + bias)
wrong("5.3", "the bias along the rows", lambda X, K, bias, stride: product_of(X, K, bias, stride) + bias[:, None])
wrong("5.3", "the stride along the rows only", lambda X, K, b, s: product_of(X[:, ::s], K, b, 1) + b[:, None, None])
wrong("5.3", "the stride along the channels", lambda X, K, b, s: product_of(X[::s], K[:, ::s], b, 1) + b[:, None, None])


@wrong("5.3", "the output's size rounded down")
def _(X, K, bias, stride):
    h, w = X.shape[1] // stride, X.shape[2] // stride
    return product_of(X, K, bias, stride)[:, :h, :w] + bias[:, None, None]


@wrong("5.3", "a mean over stride × stride pixels in place of the stride")
def _(X, K, bias, stride):
    return product_of(F.avg_pool2d(X, stride, ceil_mode=True), K, bias, 1) + bias[:, None, None]


# 5.4
right("5.4", ([[1, -1], [0, 1]], [[1, 1]]))
right("5.4", [[[1, 0], [-1, 1]], [[1, 1]]])
right("5.4", (torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]]), torch.full((1, 3), 0.5)))
right("5.4", (np.array([[1, 0], [0, 1], [1, -1], [-1, 1]]), np.array([[0.5, 0.5, 0.5, 0.5]])))
right("5.4", (((3, -3), (0, 3)), ((1 / 3, 1 / 3),)))
right("5.4", (torch.tensor([[1, -1], [0, 1], [7, 7]]), torch.tensor([[1, 1, 0]])))
right("5.4", ([[1, 1], [1, 0], [0.5, -0.5], [-1, 1]], [[1, -1, 2, 0]]))
right("5.4", (torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]], dtype=torch.float64), [[0, 1, 1]]))
wrong("5.4", "the XOR layers as they are, |a - b|", ([[1, -1], [-1, 1]], [[1, 1]]))
wrong("5.4", "the sum a + b", ([[1, 0], [0, 1]], [[1, 1]]))
wrong("5.4", "the mean of a and b", ([[1, 0], [0, 1]], [[0.5, 0.5]]))
wrong("5.4", "the smaller instead of the larger value", ([[1, 0], [1, -1]], [[1, -1]]))
wrong("5.4", "forgets the factor 1/2, twice the maximum", ([[1, 1], [1, -1], [-1, 1]], [[1, 1, 1]]))
wrong("5.4", "forgets b - a, right only where a is at least b", ([[1, 1], [1, -1]], [[0.5, 0.5]]))
wrong("5.4", "right for values 0 and 1 only", ([[2, -1], [-1, 2]], [[0.5, 0.5]]))
wrong("5.4", "always a, right only where a is larger", ([[1, 0]], [[1]]))
wrong("5.4", "a + b instead of a - b in the first channel, a + 2b", ([[1, 1], [0, 1]], [[1, 1]]))
wrong("5.4", "subtracts relu(a - b) instead of adding it", ([[1, -1], [0, 1]], [[-1, 1]]))
wrong("5.4", "the maximum with the sign reversed", ([[1, -1], [0, 1]], [[-1, -1]]))
wrong("5.4", "integer division makes the weights of the second layer 0", ([[1, 1], [1, -1], [-1, 1]], [[1 // 2] * 3]))
wrong("5.4", "W1 and W2 in the wrong order", ([[1, 1]], [[1, -1], [0, 1]]))
wrong("5.4", "W2 written as a column", ([[1, -1], [0, 1]], [[1], [1]]))
wrong("5.4", "W1 transposed, a column for each middle channel", ([[1, 1, -1], [1, -1, 1]], [[0.5, 0.5, 0.5]]))
wrong("5.4", "W2 has a weight too few for the middle channels", ([[1, 1], [1, -1], [-1, 1]], [[0.5, 0.5]]))
wrong("5.4", "W1 has a third column for a bias", ([[1, -1, 0], [0, 1, 0]], [[1, 1]]))
wrong("5.4", "only the first layer's weights", [[1, -1], [0, 1]])
wrong("5.4", "a function instead of weights", lambda a, b: torch.maximum(a, b))
wrong("5.4", "an explanation instead of weights", "b + relu(a - b)")
wrong("5.4", "relu(b - a) added to b instead of a", ([[-1, 1], [0, 1]], [[1, 1]]))
wrong("5.4", "no idea, all zeros", ([[0, 0], [0, 0]], [[0, 0]]))
wrong("5.4", "NaN in the weights", ([[float("nan"), -1], [0, 1]], [[1, 1]]))
wrong("5.4", "doubles the difference, right only where b is at least a", ([[2, -2], [0, 1]], [[1, 1]]))


# 5.5
@right("5.5")
def dense_at_each_pixel(X, K):
    n, c_i, h, w = X.shape
    samples = X.permute(0, 2, 3, 1).reshape(n * h * w, c_i)
    outputs = samples @ K[:, :, 0, 0].T
    return outputs.reshape(n, h, w, -1).permute(0, 3, 1, 2)


@right("5.5")
def _(X, K):
    n, c_i, h, w = X.shape
    samples = X.permute(0, 2, 3, 1).reshape(n * h * w, c_i)
    outputs = samples @ K[:, :, 0, 0].T
    return outputs.T.reshape(-1, n, h, w).transpose(0, 1)


@right("5.5")
def _(X, K):
    n, c_i, h, w = X.shape
    samples = X.transpose(0, 1).reshape(c_i, -1)
    return (K[:, :, 0, 0] @ samples).reshape(len(K), n, h, w).transpose(0, 1)


right("5.5", lambda X, K: (X.permute(0, 2, 3, 1) @ K[:, :, 0, 0].T).permute(0, 3, 1, 2))
right("5.5", lambda maps, weight: F.linear(maps.movedim(1, 3), weight.flatten(1)).movedim(3, 1).contiguous())
right("5.5", lambda X, K: (K.flatten(1) @ X.flatten(2)).unflatten(2, X.shape[2:]))
right("5.5", lambda X, K: F.conv2d(X, K))


@right("5.5")
def _(X, K):
    n, c_i, h, w = X.shape
    samples = X.permute(0, 3, 2, 1).reshape(n * w * h, c_i)
    return (samples @ K[:, :, 0, 0].T).reshape(n, w, h, len(K)).permute(0, 3, 2, 1)


@right("5.5")
def _(X, K):
    images = []
    for image in X:
        outputs = image.flatten(1).T @ K[:, :, 0, 0].T
        images.append(outputs.T.reshape(-1, *image.shape[1:]))
    return torch.stack(images)


@right("5.5")
def _(X, K):
    outputs = torch.zeros(len(X), K.shape[0], X.shape[2], X.shape[3])
    for i in range(X.shape[2]):
        for j in range(X.shape[3]):
            outputs[:, :, i, j] = F.linear(X[:, :, i, j], K[:, :, 0, 0])
    return outputs


@right("5.5")
def _(X, K):
    outputs = np.tensordot(np.moveaxis(X.numpy(), 1, -1), K.numpy()[:, :, 0, 0], axes=(3, 1))
    return np.moveaxis(outputs, -1, 1)


def outputs_in_rows(X, K):
    return X.permute(0, 2, 3, 1).reshape(-1, X.shape[1]) @ K[:, :, 0, 0].T


def apart(X, K):
    return outputs_in_rows(X, K).reshape(len(X), *X.shape[2:], -1)


wrong("5.5", "unchanged", lambda X, K: outputs_in_rows(X, K).reshape(len(X), -1, *X.shape[2:]))
wrong(
    "5.5",
    "contiguous() added, same order as before",
    lambda X, K: outputs_in_rows(X, K).contiguous().view(len(X), -1, *X.shape[2:]),
)
wrong(
    "5.5",
    "the repair for one image: transposed, then reshaped",
    lambda X, K: outputs_in_rows(X, K).T.reshape(len(X), -1, *X.shape[2:]),
)
wrong(
    "5.5",
    "transposed, and the images left behind the channels",
    lambda X, K: outputs_in_rows(X, K).T.reshape(-1, len(X), *X.shape[2:]),
)
wrong("5.5", "channels left at the end", apart)
wrong("5.5", "maps transposed by permute(0, 3, 2, 1)", lambda X, K: apart(X, K).permute(0, 3, 2, 1))
wrong("5.5", "permute that moves the width in front of the height", lambda X, K: apart(X, K).permute(0, 2, 3, 1))
wrong("5.5", "permute that moves the height to the end", lambda X, K: apart(X, K).transpose(1, 3))
wrong("5.5", "swaps channels and width", lambda X, K: apart(X, K).transpose(2, 3))
wrong("5.5", "moves the channels in front of the images", lambda X, K: apart(X, K).permute(3, 0, 1, 2))
wrong("5.5", "no reshape at the end", outputs_in_rows)
wrong("5.5", "no reshape after the transpose", lambda X, K: outputs_in_rows(X, K).T)


@wrong("5.5", "height and width swapped in the last reshape, right shape only for square images")
def _(X, K):
    return dense_at_each_pixel(X, K).reshape(len(X), -1, X.shape[3], X.shape[2])


@wrong("5.5", "reads (h, w) as (w, h), so every map is scrambled or transposed")
def _(X, K):
    n, _, h, w = X.shape
    return outputs_in_rows(X, K).reshape(n, w, h, -1).permute(0, 3, 2, 1)


@wrong("5.5", "repairs the end but replaces permute by reshape at the start")
def _(X, K):
    n, c_i, h, w = X.shape
    outputs = X.reshape(n * h * w, c_i) @ K[:, :, 0, 0].T
    return outputs.reshape(n, h, w, -1).permute(0, 3, 1, 2)


@wrong("5.5", "changes the input's permute to (0, 3, 2, 1) and leaves the end as it is")
def _(X, K):
    n, c_i, h, w = X.shape
    samples = X.permute(0, 3, 2, 1).reshape(n * h * w, c_i)
    return (samples @ K[:, :, 0, 0].T).reshape(n, -1, h, w)


@wrong("5.5", "leaves out the transpose of the weights (runs only if c_o equals c_i)")
def _(X, K):
    n, c_i, h, w = X.shape
    outputs = X.permute(0, 2, 3, 1).reshape(n * h * w, c_i) @ K[:, :, 0, 0]
    return outputs.reshape(n, h, w, -1).permute(0, 3, 1, 2)


@wrong("5.5", "hard-coded to two output channels")
def _(X, K):
    outputs = apart(X, K)
    return torch.stack([outputs[..., 0], outputs[..., 1]], dim=1)


wrong(
    "5.5",
    "uses only the first kernel, for all channels",
    lambda X, K: dense_at_each_pixel(X, K[:1]).repeat(1, len(K), 1, 1),
)
wrong("5.5", "output channels in reverse order", lambda X, K: dense_at_each_pixel(X, K.flip(0)))
wrong("5.5", "only the first image", lambda X, K: dense_at_each_pixel(X[:1], K))
wrong("5.5", "images in reverse order", lambda X, K: dense_at_each_pixel(X, K).flip(0))


@wrong("5.5", "transposes and transposes back, so nothing changes")
def _(X, K):
    return outputs_in_rows(X, K).T.contiguous().T.reshape(len(X), -1, *X.shape[2:])


@wrong("5.5", "return inside the loop over the images")
def _(X, K):
    for image in X:
        outputs = image.flatten(1).T @ K[:, :, 0, 0].T
        return outputs.T.reshape(1, -1, *image.shape[1:])


@wrong("5.5", "no return")
def _(X, K):
    apart(X, K).permute(0, 3, 1, 2)


@wrong("5.5", "prints instead of returning")
def _(X, K):
    print(apart(X, K).permute(0, 3, 1, 2))


wrong("5.5", "adds an axis", lambda X, K: dense_at_each_pixel(X, K)[None])
wrong("5.5", "mean over the output channels", lambda X, K: dense_at_each_pixel(X, K).mean(1, keepdim=True))
wrong("5.5", "an explanation instead of a function", "reshape doesn't move axes; the outputs must be transposed first")
wrong("5.5", "the function's result instead of the function", torch.ones(2, 3, 3))
wrong("5.5", "the weights swapped for random ones", lambda X, K: dense_at_each_pixel(X, torch.rand_like(K)))


# 5.6a
def converted(order=lambda W, c, h, w: W.reshape(-1, c, h, w), bias=lambda b: b, **settings):
    def convert(dense, size):
        c, h, w = size
        layer = nn.Conv2d(c, dense.out_features, (h, w), bias=dense.bias is not None, **settings)
        with torch.no_grad():
            layer.weight.copy_(order(dense.weight, c, h, w))
            if dense.bias is not None:
                layer.bias.copy_(bias(dense.bias))
        return layer

    return convert


right("5.6a", converted())
right("5.6a", converted(lambda W, c, h, w: W.unflatten(1, (c, h, w)).contiguous()))


@right("5.6a")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.weight.shape[0], size[1:])
    conv.weight = nn.Parameter(dense.weight.detach().clone().view(-1, *size))
    conv.bias = None if dense.bias is None else nn.Parameter(dense.bias.detach().clone())
    return conv


@right("5.6a")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.out_features, kernel_size=size[1:], bias=dense.bias is not None)
    state = {name: value.reshape(conv.state_dict()[name].shape) for name, value in dense.state_dict().items()}
    conv.load_state_dict(state)
    return conv


@right("5.6a")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.out_features, kernel_size=size[1:])
    with torch.no_grad():
        conv.weight[:] = dense.weight.reshape(conv.weight.shape)
        conv.bias[:] = 0 if dense.bias is None else dense.bias
    return conv


wrong("5.6a", "features as (h, w, c)", converted(lambda W, c, h, w: W.reshape(-1, h, w, c).permute(0, 3, 1, 2)))
wrong("5.6a", "columns before rows", converted(lambda W, c, h, w: W.reshape(-1, c, w, h).mT))
wrong("5.6a", "kernels flipped", converted(lambda W, c, h, w: W.reshape(-1, c, h, w).flip(2, 3)))
wrong("5.6a", "weights transposed first", converted(lambda W, c, h, w: W.T.reshape(-1, c, h, w)))
wrong("5.6a", "bias 0", converted(bias=lambda b: 0 * b))
wrong("5.6a", "padding 1", converted(padding=1))
wrong("5.6a", "nothing copied", lambda dense, size: nn.Conv2d(size[0], dense.out_features, size[1:]))
wrong("5.6a", "1×1 kernels", lambda dense, size: nn.Conv2d(size[0], dense.out_features, 1))
wrong("5.6a", "height and width swapped", lambda dense, size: nn.Conv2d(size[0], dense.out_features, size[:0:-1]))
wrong("5.6a", "the weight instead of a layer", lambda dense, size: dense.weight.reshape(-1, *size))
wrong("5.6a", "one output channel", lambda dense, size: nn.Conv2d(size[0], 1, size[1:]))
wrong("5.6a", "no return", lambda dense, size: None)
wrong("5.6a", "a layer instead of a function", nn.Flatten())


@wrong("5.6a", "leaves the random bias of a layer whose dense layer has none")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.out_features, size[1:])
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(conv.weight.shape))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "sets the dense layer's weight to zero on the way")
def _(dense, size):
    conv = converted()(dense, size)
    with torch.no_grad():
        dense.weight.zero_()
    return conv


# 5.6b
def mapped(
    finish=lambda scores: scores, features=lambda net: net[:-2], bias=lambda b: b, order=lambda W, s: W.reshape(-1, *s)
):
    def score_map(net, crop, image):
        size = net[:-2](torch.zeros(1, image.shape[0], *crop)).shape[1:]
        return finish(F.conv2d(features(net)(image[None]), order(net[-1].weight, size), bias(net[-1].bias))[0])

    return score_map


right("5.6b", mapped())


@right("5.6b")
def _(net, crop, image):
    *layers, _, dense = net
    one, whole = image[None, :, : crop[0], : crop[1]], image[None]
    for layer in layers:
        one, whole = layer(one), layer(whole)
    return converted()(dense, tuple(one.shape[1:]))(whole).squeeze(0).tolist()


@right("5.6b")
def _(net, crop, image):
    size = net[:-2](image[None, :, : crop[0], : crop[1]]).shape[1:]
    windows = F.unfold(net[:-2](image[None]), size[1:])
    whole = net[:-2](image[None]).shape
    scores = net[-1](windows[0].T).T
    return scores.reshape(-1, whole[2] - size[1] + 1, whole[3] - size[2] + 1)


def one_by_one(step):
    def score_map(net, crop, image):
        rows = range(0, image.shape[1] - crop[0] + 1, step(net))
        columns = range(0, image.shape[2] - crop[1] + 1, step(net))
        maps = [[net(image[None, :, i : i + crop[0], j : j + crop[1]])[0] for j in columns] for i in rows]
        return torch.stack([torch.stack(row, 1) for row in maps], 1)

    return score_map


wrong("5.6b", "crop by crop", one_by_one(lambda net: 2 if len(net) == 5 else 1))
wrong("5.6b", "crop by crop, at every pixel", one_by_one(lambda net: 1))
wrong("5.6b", "with a batch axis", mapped(lambda scores: scores[None]))
wrong("5.6b", "without the bias", mapped(bias=lambda b: None))
wrong("5.6b", "probabilities", mapped(lambda scores: scores.softmax(0)))
wrong("5.6b", "a ReLU at the end", mapped(lambda scores: scores.relu()))
wrong("5.6b", "rows and columns swapped", mapped(lambda scores: scores.mT))
wrong("5.6b", "features as (h, w, c)", mapped(order=lambda W, s: W.reshape(-1, *s[1:], s[0]).permute(0, 3, 1, 2)))
wrong(
    "5.6b",
    "the ReLU left out",
    mapped(features=lambda net: nn.Sequential(*(m for m in net[:-2] if type(m) is not nn.ReLU))),
)
wrong("5.6b", "the best class only", mapped(lambda scores: scores.argmax(0)))
wrong("5.6b", "the whole network on the whole image", lambda net, crop, image: net(image[None])[0])
wrong("5.6b", "no return", lambda net, crop, image: None)
wrong("5.6b", "scores of the first crop only", lambda net, crop, image: net(image[None, :, : crop[0], : crop[1]])[0])


# 5.6c
def placed(value=lambda scores, label: scores.softmax(0)[label], split=lambda v: v.shape[1]):
    def locate(scores, label, crop, stride):
        values = value(scores, label)
        i, j = divmod(int(values.flatten().argmax()), split(values))
        return i * stride, j * stride, i * stride + crop[0], j * stride + crop[1]

    return locate


right("5.6c", placed())


@right("5.6c")
def _(scores, label, crop, stride):
    p = torch.exp(scores) / torch.exp(scores).sum(dim=0, keepdim=True)
    corner = (p[label] == p[label].max()).nonzero()[0] * stride
    return torch.cat([corner, corner + torch.tensor(crop)])


@right("5.6c")
def _(scores, label, crop, stride):
    log = F.log_softmax(scores, dim=0)[label].numpy()
    row, column = (stride * int(i) for i in np.unravel_index(log.argmax(), log.shape))
    return [row, column, row + crop[0], column + crop[1]]


wrong("5.6c", "the largest score", placed(lambda scores, label: scores[label]))
wrong(
    "5.6c",
    "softmax over the places instead of the classes",
    placed(lambda s, label: s.flatten(1).softmax(1).view_as(s)[label]),
)
wrong("5.6c", "any class", placed(lambda scores, label: scores.softmax(0).amax(0)))
wrong("5.6c", "the least probable place", placed(lambda scores, label: -scores.softmax(0)[label]))
wrong("5.6c", "divides by the height", placed(split=lambda v: v.shape[0]))
wrong("5.6c", "no stride", lambda scores, label, crop, stride: placed()(scores, label, crop, 1))
wrong("5.6c", "crop's sides swapped", lambda scores, label, crop, stride: placed()(scores, label, crop[::-1], stride))
wrong("5.6c", "size instead of the end", lambda s, label, crop, stride: placed()(s, label, crop, stride)[:2] + tuple(crop))
wrong("5.6c", "the last pixel included", lambda *case: tuple(x - (i > 1) for i, x in enumerate(placed()(*case))))
wrong("5.6c", "columns first", lambda *case: tuple(placed()(*case)[i] for i in (1, 0, 3, 2)))
wrong("5.6c", "only the corner", lambda *case: placed()(*case)[:2])
wrong("5.6c", "the map's place", lambda scores, label, crop, stride: int(scores[label].argmax()))


# 5.7a
def rows_of(X):
    return torch.cat([X.flatten(1), torch.ones(1, X[0].numel(), dtype=X.dtype)]).T


@right("5.7a")
def _(X, Y):
    S = torch.linalg.lstsq(rows_of(X), Y.flatten(1).T).solution
    return S[: len(X)].T, S[len(X)]


@right("5.7a")
def _(X, Y):
    x, y = X.flatten(1), Y.flatten(1)
    centered = x - x.mean(1, keepdim=True)
    W = (y - y.mean(1, keepdim=True)) @ centered.T @ torch.linalg.inv(centered @ centered.T)
    return W, y.mean(1) - W @ x.mean(1)


@right("5.7a")
def _(X, Y):
    S = np.linalg.lstsq(rows_of(X).numpy(), Y.flatten(1).T.numpy(), rcond=None)[0]
    return [S[:-1].T, S[-1]]


def by_squares(X, Y):
    S = torch.linalg.pinv(rows_of(X)) @ Y.flatten(1).T
    return S[:-1].T, S[-1]


def without_bias(X, Y):
    W = torch.linalg.lstsq(X.flatten(1).T, Y.flatten(1).T).solution.T
    return W, torch.zeros(len(Y), dtype=X.dtype)


right("5.7a", by_squares)
wrong("5.7a", "no bias", without_bias)
wrong(
    "5.7a",
    "bias from the means after a fit without it",
    lambda X, Y: (without_bias(X, Y)[0], (Y - torch.einsum("oc,chw->ohw", without_bias(X, Y)[0], X)).mean((1, 2))),
)
wrong("5.7a", "transposed weights", lambda X, Y: (by_squares(X, Y)[0].T, by_squares(X, Y)[1]))
wrong("5.7a", "b before W", lambda X, Y: by_squares(X, Y)[::-1])
wrong("5.7a", "from Y to X", lambda X, Y: by_squares(Y, X))
wrong("5.7a", "one matrix", lambda X, Y: torch.cat([by_squares(X, Y)[0], by_squares(X, Y)[1][:, None]], 1))
wrong("5.7a", "only W", lambda X, Y: by_squares(X, Y)[0])
wrong("5.7a", "bias negated", lambda X, Y: (by_squares(X, Y)[0], -by_squares(X, Y)[1]))
wrong("5.7a", "W as a kernel with four axes", lambda X, Y: (by_squares(X, Y)[0][:, :, None, None], by_squares(X, Y)[1]))
wrong("5.7a", "no return", lambda X, Y: None)


# 5.7b
def descended(loss=F.mse_loss, zero=True, rates=(1, 1), more=0):
    def descend(X, Y, steps, lr):
        W = torch.zeros(len(Y), len(X), dtype=X.dtype, requires_grad=True)
        b = torch.zeros(len(Y), dtype=X.dtype, requires_grad=True)
        for _ in range(steps + more):
            if zero:
                W.grad = b.grad = None
            loss(W @ X.flatten(1) + b[:, None], Y.flatten(1)).backward()
            with torch.no_grad():
                W -= rates[0] * lr * W.grad
                b -= rates[1] * lr * b.grad
        return W.detach(), b.detach()

    return descend


right("5.7b", descended())


@right("5.7b")
def _(X, Y, steps, lr):
    layer = nn.Conv2d(len(X), len(Y), 1, dtype=X.dtype)
    nn.init.zeros_(layer.weight), nn.init.zeros_(layer.bias)
    sgd = torch.optim.SGD(layer.parameters(), lr=lr)
    for _ in range(steps):
        sgd.zero_grad()
        F.mse_loss(layer(X[None])[0], Y).backward()
        sgd.step()
    return layer.weight.data[:, :, 0, 0], layer.bias.data


@right("5.7b")
def _(X, Y, steps, lr):
    x, y = X.flatten(1).numpy(), Y.flatten(1).numpy()
    W, b = np.zeros((len(y), len(x))), np.zeros((len(y), 1))
    for _ in range(steps):
        error = 2 / y.size * (W @ x + b - y)
        W, b = W - lr * error @ x.T, b - lr * error.sum(1, keepdims=True)
    return W, b[:, 0]


wrong("5.7b", "sum of squares", descended(lambda a, b: F.mse_loss(a, b, reduction="sum")))
wrong("5.7b", "absolute errors", descended(F.l1_loss))
wrong("5.7b", "half the loss", descended(lambda a, b: F.mse_loss(a, b) / 2))
wrong("5.7b", "mean over pixels, sum over channels", descended(lambda a, b: (a - b).square().sum(0).mean()))
wrong("5.7b", "gradients add up", descended(zero=False))
wrong("5.7b", "the bias isn't learned", descended(rates=(1, 0)))
wrong("5.7b", "uphill", descended(rates=(-1, -1)))
wrong("5.7b", "one step too many", descended(more=1))
wrong("5.7b", "one step too few", descended(more=-1))
wrong("5.7b", "least squares", lambda X, Y, steps, lr: by_squares(X, Y))
wrong("5.7b", "only W", lambda *case: descended()(*case)[0])
wrong("5.7b", "W and b swapped", lambda *case: descended()(*case)[::-1])


# 5.7c
def best(X, Y, k, ones=True):
    rows = F.unfold(X[None], k, padding=k // 2)[0].T
    rows = torch.cat([rows, torch.ones(len(rows), 1, dtype=X.dtype)], 1) if ones else rows
    return rows @ torch.linalg.lstsq(rows, Y.flatten(1).T).solution - Y.flatten(1).T


right("5.7c", lambda X, Y, k: best(X, Y, k).square().mean())
right("5.7c", lambda X, Y, k: best(X, Y, k).square().mean().item())


@right("5.7c")
def _(X, Y, k):
    X, (_, h, w) = F.pad(X, [k // 2] * 4), Y.shape
    shifted = [c[i : i + h, j : j + w].flatten() for c in X for i in range(k) for j in range(k)]
    A = torch.stack([*shifted, torch.ones(h * w, dtype=X.dtype)], 1).numpy()
    y = Y.flatten(1).T.numpy()
    return ((A @ (np.linalg.pinv(A) @ y) - y) ** 2).mean()


wrong("5.7c", "no bias", lambda X, Y, k: best(X, Y, k, ones=False).square().mean())
wrong("5.7c", "root", lambda X, Y, k: best(X, Y, k).square().mean().sqrt())
wrong("5.7c", "sum", lambda X, Y, k: best(X, Y, k).square().sum())
wrong("5.7c", "mean of absolute errors", lambda X, Y, k: best(X, Y, k).abs().mean())
wrong("5.7c", "k left out", lambda X, Y, k: best(X, Y, 1).square().mean())
wrong("5.7c", "sum over the channels", lambda X, Y, k: best(X, Y, k).square().sum(1).mean())
wrong("5.7c", "one number for each channel", lambda X, Y, k: best(X, Y, k).square().mean(0))
wrong("5.7c", "the variance of Y", lambda X, Y, k: (Y - Y.mean((1, 2), keepdim=True)).square().mean())
wrong("5.7c", "no padding", lambda X, Y, k: torch.linalg.lstsq(F.unfold(X[None], k)[0].T, Y.flatten(1).T).residuals.mean())
wrong("5.7c", "the kernel instead of the error", lambda X, Y, k: by_squares(X, Y))


# 5.7d
def controlled(shuffle, kernel=lambda k: k):
    def control(X, Y, k, order):
        moved = shuffle(X, Y, order)
        return best(X, Y, kernel(k)).square().mean().item(), best(*moved, kernel(k)).square().mean().item()

    return control


def moved(X, order):
    return X.flatten(1)[:, order].view_as(X)


together = controlled(lambda X, Y, order: (moved(X, order), moved(Y, order)))
right("5.7d", together)
right("5.7d", lambda X, Y, k, order: torch.tensor(together(X, Y, k, order)))
right("5.7d", controlled(lambda X, Y, order: moved(torch.cat([X, Y]), order).split([len(X), len(Y)])))
wrong("5.7d", "only X", controlled(lambda X, Y, order: (moved(X, order), Y)))
wrong("5.7d", "only Y", controlled(lambda X, Y, order: (X, moved(Y, order))))
wrong("5.7d", "nothing", controlled(lambda X, Y, order: (X, Y)))
wrong("5.7d", "Y the other way", controlled(lambda X, Y, order: (moved(X, order), moved(Y, order.argsort()))))
wrong("5.7d", "always 1×1", controlled(lambda X, Y, order: (moved(X, order), moved(Y, order)), lambda k: 1))
wrong("5.7d", "after, before", lambda *case: together(*case)[::-1])
wrong("5.7d", "only after", lambda *case: together(*case)[1])
wrong("5.7d", "the difference", lambda *case: together(*case)[1] - together(*case)[0])
wrong("5.7d", "roots", lambda *case: [e**0.5 for e in together(*case)])
