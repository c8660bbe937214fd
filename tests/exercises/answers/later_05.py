"""More answers to the exercises of lesson 05, written from its page alone."""

from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.support.answers import right, wrong

right("5.1", (Fraction(-2), Fraction(11, 2)))
right("5.1", torch.tensor([[1, 0, -1], [2, 1, 0.5]]) @ torch.tensor([1.0, 2, 3]))
wrong("5.1", "takes the last weight of the first kernel as +1", [4, 5.5])
wrong("5.1", "multiplies by the channel's place counted from 0, not by its value", (-2, 2.0))
wrong("5.1", "keeps the products and never adds them up", [[1, 0, -3], [2, 2, 1.5]])
wrong("5.1", "gives the outputs in the opposite order", np.array([5.5, -2]))
wrong("5.1", "averages over the three channels", [-2 / 3, 5.5 / 3])

right("5.2", np.int64(512 * 128 * 2 + 9 * 128**2))
right("5.2", Fraction(278528, 1))
wrong("5.2", "leaves out the 3×3 layer", 2 * 512 * 128)
wrong("5.2", "leaves out the layer that goes back to 512", 512 * 128 + 9 * 128 * 128)
wrong("5.2", "takes the 3×3 layer as 3 weights per pair, not 9", 131072 + 3 * 128 * 128)
wrong("5.2", "lets the 3×3 layer read 512 channels", 512 * 128 + 9 * 512 * 128 + 128 * 512)
wrong("5.2", "copies the page's bottleneck from 256 to 64", 69_632)


@right("5.3")
def _(image, kernel, offsets, step):
    kept = image.numpy()[:, ::step, ::step]
    values = np.tensordot(kernel.numpy()[:, :, 0, 0], kept, axes=1) + offsets.numpy()[:, None, None]
    return torch.from_numpy(values)


@right("5.3")
def _(X, K, bias, stride):
    dense = nn.Linear(K.shape[1], K.shape[0])
    with torch.no_grad():
        dense.weight.copy_(K.flatten(1))
        dense.bias.copy_(bias)
        return dense(X.movedim(0, -1))[::stride, ::stride].movedim(-1, 0)


@wrong("5.3", "output size is h // stride, which drops the last row and column of odd sizes")
def _(X, K, bias, stride):
    h, w = X.shape[1] // stride, X.shape[2] // stride
    Y = torch.zeros(len(K), h, w)
    for i in range(h):
        for j in range(w):
            Y[:, i, j] = K[:, :, 0, 0] @ X[:, i * stride, j * stride] + bias
    return Y


@wrong("5.3", "strides over the rows only")
def _(X, K, bias, stride):
    return torch.einsum("oc,chw->ohw", K[:, :, 0, 0], X[:, ::stride]) + bias[:, None, None]


@wrong("5.3", "adds the mean of the biases to all channels")
def _(X, K, bias, stride):
    return torch.einsum("oc,chw->ohw", K[:, :, 0, 0], X[:, ::stride, ::stride]) + bias.mean()


@wrong("5.3", "subsamples the flattened pixels, so the stride runs across row ends")
def _(X, K, bias, stride):
    c, h, w = X.shape
    h2, w2 = (h - 1) // stride + 1, (w - 1) // stride + 1
    Y = K.flatten(1) @ X.flatten(1) + bias[:, None]
    return Y[:, :: stride * stride][:, : h2 * w2].reshape(len(K), h2, w2)


@wrong("5.3", "adds the bias before the weights are applied, by changing K in place")
def _(X, K, bias, stride):
    K += bias.reshape(-1, 1, 1, 1)
    return torch.einsum("oc,chw->ohw", K[:, :, 0, 0], X[:, ::stride, ::stride])


right("5.4", (torch.tensor([[0.0, 1.0], [1.0, -1.0]]), torch.ones(1, 2)))
right("5.4", [[[1, 1], [1, -1], [-1, 1]], [[1 / 2] * 3]])
wrong("5.4", "forgets the halves: twice the larger value", ([[1, 1], [1, -1], [-1, 1]], [[1, 1, 1]]))
wrong("5.4", "subtracts the difference: the smaller value", ([[1, 1], [1, -1], [-1, 1]], [[0.5, -0.5, -0.5]]))
wrong("5.4", "adds a's lead over b to a, not to b", ([[1, 0], [1, -1]], [[1, 1]]))
wrong("5.4", "one half of the difference only, which is never added back to b", ([[1, -1]], [[1]]))
wrong("5.4", "negates the second layer", ([[1, -1], [0, 1]], [[-1, -1]]))


@right("5.5")
def _(X, K):
    n, c_i, h, w = X.shape
    return (K.flatten(1) @ X.reshape(n, c_i, h * w)).view(n, -1, h, w)


@right("5.5")
def _(batch, kernel):
    rows = batch.movedim(1, -1)
    return F.linear(rows, kernel.squeeze(-1).squeeze(-1)).movedim(-1, 1)


@wrong("5.5", "transposes the output and then reshapes, which is right for one image only")
def _(X, K):
    n, c_i, h, w = X.shape
    samples = X.permute(0, 2, 3, 1).reshape(n * h * w, c_i)
    return (samples @ K[:, :, 0, 0].T).T.reshape(n, -1, h, w)


@wrong("5.5", "reads the output back with rows and columns exchanged")
def _(X, K):
    n, c_i, h, w = X.shape
    samples = X.permute(0, 2, 3, 1).reshape(n * h * w, c_i)
    return (samples @ K[:, :, 0, 0].T).reshape(n, w, h, -1).permute(0, 3, 2, 1)


@wrong("5.5", "leaves the channels last")
def _(X, K):
    return X.permute(0, 2, 3, 1) @ K[:, :, 0, 0].T


@wrong("5.5", "repairs the reshape of the input instead: drops the permute")
def _(X, K):
    n, c_i, h, w = X.shape
    outputs = X.reshape(n * h * w, c_i) @ K[:, :, 0, 0].T
    return outputs.reshape(n, h, w, -1).permute(0, 3, 1, 2)


@wrong("5.5", "computes only the first output channel and repeats it")
def _(X, K):
    first = torch.einsum("c,nchw->nhw", K[0, :, 0, 0], X)
    return torch.stack([first] * len(K), dim=1)
