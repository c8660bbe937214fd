"""Answers to the exercises of lesson 01, written from its page alone."""

import functools

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import conv2d, corr2d
from tests.support.answers import right, wrong

# 1.1
right("1.1", (5, 8))
right("1.1", [5, 8])
right("1.1", (7 - 3 + 1, 9 - 2 + 1))
right("1.1", torch.Size([5, 8]))
right("1.1", corr2d(torch.zeros(7, 9), torch.zeros(3, 2)).shape)
right("1.1", np.array([5, 8]))
right("1.1", torch.tensor([5, 8]))
right("1.1", (5.0, 8.0))
wrong("1.1", "forgets the + 1 on both axes", (4, 7))
wrong("1.1", "forgets the + 1 for the rows", (4, 8))
wrong("1.1", "forgets the + 1 for the columns", (5, 7))
wrong("1.1", "columns before rows", (8, 5))
wrong("1.1", "the kernel's height and width swapped", (6, 7))
wrong("1.1", "size of the full output: n + k - 1", (9, 10))
wrong("1.1", "the output as large as the input", (7, 9))
wrong("1.1", "+ 2 in place of + 1", [6, 9])
wrong("1.1", "the windows tile the input without overlap: n // k", (2, 4))
wrong("1.1", "only the number of rows", 5)
wrong("1.1", "the number of output values, not the shape", 40)
wrong("1.1", "batch and channel axes added, though the input is a matrix", (1, 1, 5, 8))
wrong("1.1", "an output in place of its shape", torch.zeros(5, 8))
wrong("1.1", "the page's 28 rows and 5 kernel rows", (24, 24))
wrong("1.1", "the kernel's shape", (3, 2))
wrong("1.1", "text in place of two numbers", "5x8")
wrong("1.1", "guess: the window must be smaller, so the input over two", (3.5, 4.5))
wrong("1.1", "no idea: None", None)

# 1.2
right("1.2", 23)
right("1.2", 23.0)
right("1.2", 4 * 1 + 3 * 2 + 2 * 4 + 1 * 5)
right("1.2", torch.tensor(23.0))
right("1.2", np.float32(23))
right("1.2", np.int64(23))
right("1.2", corr2d(torch.arange(9.0).reshape(3, 3), torch.tensor([[4.0, 3.0], [2.0, 1.0]]))[0, 1])
right("1.2", torch.tensor(23, dtype=torch.int64))
wrong("1.2", "cross-correlation: the kernel isn't flipped", 37)
wrong("1.2", "only the rows of the kernel flipped (upside down)", 25)
wrong("1.2", "only the columns flipped, or the kernel transposed", 35)
wrong("1.2", "value at row 0, column 0", 13)
wrong("1.2", "row and column swapped: value at row 1, column 0", 43)
wrong("1.2", "counted from one: value at row 1, column 1", 53.0)
wrong("1.2", "the first figure's kernel [[0, 1], [2, 3]] in place of [[1, 2], [3, 4]]", 11)
wrong("1.2", "the full convolution, with zeros outside the input", 1)
wrong("1.2", "the page's 25, cross-correlation with the first figure's kernel", torch.tensor(25.0))
wrong("1.2", "adds window and kernel without multiplying", 22)
wrong("1.2", "an arithmetic slip: the last product forgotten", 18)
wrong("1.2", "the wrong sign", -23)
wrong("1.2", "all the outputs in place of one", torch.tensor([[13.0, 23.0], [43.0, 53.0]]))
wrong("1.2", "the four products, not added up", [4, 6, 8, 5])
wrong("1.2", "the input's value there", 1.0)
wrong("1.2", "text in place of a number", "twenty-three")
wrong("1.2", "no idea: a guess", 42)


# 1.3
@right("1.3")
def _(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            for a in range(h):
                for b in range(w):
                    Y[i, j] += X[i + a, j + b] * K[h - 1 - a, w - 1 - b]
    return Y


@right("1.3")
def _(image, kernel):
    h, w = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    output = image.new_zeros(rows, columns)
    for a in range(h):
        for b in range(w):
            output += kernel[-1 - a, -1 - b] * image[a : a + rows, b : b + columns]
    return output


@right("1.3")
def _(X, K):
    (n, m), (h, w) = X.shape, K.shape
    X, K = X.tolist(), [row[::-1] for row in K.tolist()[::-1]]
    spots = [(a, b) for a in range(h) for b in range(w)]
    return torch.tensor(
        [[sum(X[i + a][j + b] * K[a][b] for a, b in spots) for j in range(m - w + 1)] for i in range(n - h + 1)]
    )


@right("1.3")
def _(X, K):
    """Nested lists are returned as they are."""
    (n, m), (h, w) = X.shape, K.shape
    value = lambda i, j: sum(X[i + h - 1 - a, j + w - 1 - b] * K[a, b] for a in range(h) for b in range(w))  # noqa: E731
    return [[float(value(i, j)) for j in range(m - w + 1)] for i in range(n - h + 1)]


@right("1.3")
def _(X, K):
    h, w = K.shape
    backward = K[torch.arange(h - 1, -1, -1)][:, torch.arange(w - 1, -1, -1)]
    return corr2d(X, backward)


@right("1.3")
def _(X, K):
    windows = X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1)
    last = K.flatten()[list(range(K.numel()))[::-1]].reshape(K.shape)
    return torch.einsum("ijab,ab->ij", windows, last)


@right("1.3")
def _(X, K):
    x, k = X.numpy(), np.flip(K.numpy())
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    return torch.from_numpy((windows * k).sum(axis=(2, 3)))


@right("1.3")
def _(X, K):
    """Convolution theorem, cropped to where the window is inside."""
    (n, m), (h, w) = X.shape, K.shape
    size = (n + h - 1, m + w - 1)
    product = torch.fft.rfft2(X.double(), s=size) * torch.fft.rfft2(K.double(), s=size)
    return torch.fft.irfft2(product, s=size)[h - 1 : n, w - 1 : m]


class TrueConvolution:
    def __init__(self, operation):
        self.operation = operation

    def __call__(self, X, K):
        return self.operation(X, K.flatten()[range(K.numel() - 1, -1, -1)].reshape(K.shape))


right("1.3", TrueConvolution(corr2d))
wrong("1.3", "flips with flip, which the text rules out", lambda X, K: corr2d(X, K.flip(0, 1)))
wrong("1.3", "rotates with rot90, which the text rules out", lambda image, kernel: corr2d(image, torch.rot90(kernel, 2)))
wrong("1.3", "flips the image and the output", lambda X, K: corr2d(X.flip(0, 1), K).flip(0, 1))
wrong("1.3", "the course's conv2d, which the text rules out", conv2d)
wrong("1.3", "F.conv2d", lambda X, K: F.conv2d(X[None, None], K.flip(-1).flip(-2)[None, None]).squeeze(0).squeeze(0))
wrong("1.3", "the kernel isn't flipped: cross-correlation", lambda X, K: corr2d(X, K))
wrong("1.3", "only the rows are flipped (axis 0)", lambda X, K: corr2d(X, K.flip(0)))
wrong("1.3", "only the columns are flipped (axis 1)", lambda X, K: corr2d(X, K.flip(1)))
wrong("1.3", "the kernel transposed in place of flipped", lambda X, K: corr2d(X, K.T))
wrong("1.3", "flipped and also transposed, right for symmetric kernels", lambda X, K: corr2d(X, K.flip(0, 1).T))
wrong("1.3", "rotated by 90 degrees in place of 180", lambda X, K: corr2d(X, K.rot90()))
wrong("1.3", "flips the input and doesn't flip the output back", lambda X, K: corr2d(X.flip(0, 1), K))
wrong("1.3", "flips the output in place of the kernel", lambda X, K: corr2d(X, K).flip(0, 1))
wrong("1.3", "changes the sign in place of flipping", lambda X, K: corr2d(X, -K))
wrong("1.3", "flips twice, so not at all", lambda X, K: corr2d(X, K.flip(0, 1).flip(0).flip(1)))
wrong("1.3", "the arguments of corr2d swapped", lambda X, K: corr2d(K.flip(0, 1), X))
wrong("1.3", "K[::-1, ::-1] as in NumPy, which tensors don't allow", lambda X, K: corr2d(X, K[::-1, ::-1]))
wrong("1.3", "returns the flipped kernel, no output", lambda X, K: K.flip(0, 1))
wrong("1.3", "reverses all rows into one: the flipped kernel is a vector", lambda X, K: corr2d(X, K.flatten().flip(0)))
wrong("1.3", "averages in place of adding", lambda X, K: corr2d(X, K.flip(0, 1)) / K.numel())
wrong("1.3", "reshaped as if the kernel were square", lambda X, K: corr2d(X, K.flip(0, 1).reshape(len(K), len(K))))
wrong("1.3", "a result in place of a function", corr2d(torch.arange(9.0).reshape(3, 3), torch.tensor([[3.0, 2], [1, 0]])))
wrong("1.3", "the formula as text", "(X * K)[i, j] = sum X[i + a, j + b] K[h - 1 - a, w - 1 - b]")
wrong("1.3", "no idea: multiplies the matrices", lambda X, K: X @ K)


@wrong("1.3", "K[-a, -b] in place of K[h - 1 - a, w - 1 - b]: off by one")
def _(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = sum(X[i + a, j + b] * K[-a, -b] for a in range(h) for b in range(w))
    return Y


@wrong("1.3", "K[h - a, w - b]: index out of range")
def _(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            for a in range(h):
                for b in range(w):
                    Y[i, j] += X[i + a, j + b] * K[h - a, w - b]
    return Y


@wrong("1.3", "forgets the + 1 in the output's size")
def _(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h, X.shape[1] - w)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K.flip(0, 1)).sum()
    return Y


@wrong("1.3", "works only for square kernels: the height used for both axes")
def _(X, K):
    h = K.shape[0]
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - h + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + h] * K.flip(0, 1)).sum()
    return Y


@wrong("1.3", "works only for square images: the number of rows used for both axes")
def _(X, K):
    (h, w), n = K.shape, X.shape[0]
    Y = torch.zeros(n - h + 1, n - w + 1, dtype=X.dtype)
    for i in range(n - h + 1):
        for j in range(n - w + 1):
            Y[i, j] = (X[i : i + h, j : j + w] * K.flip(0, 1)).sum()
    return Y


@wrong("1.3", "hard-coded to a 2×2 kernel")
def _(X, K):
    a, b, c, d = K[0, 0], K[0, 1], K[1, 0], K[1, 1]
    return d * X[:-1, :-1] + c * X[:-1, 1:] + b * X[1:, :-1] + a * X[1:, 1:]


@wrong("1.3", "the full convolution: zeros around the input")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (w - 1, w - 1, h - 1, h - 1)), K.flip(0, 1))


@wrong("1.3", "flips K in place, so the caller's kernel is changed")
def _(X, K):
    K[:] = K.flip(0, 1)
    return corr2d(X, K)


@wrong("1.3", "no return")
def _(X, K):
    K = K.flip(0, 1)
    corr2d(X, K)


@wrong("1.3", "print in place of return")
def _(X, K):
    print(corr2d(X, K.flip(0, 1)))


@wrong("1.3", "forgets that flip returns a new tensor")
def _(X, K):
    K.flip(0, 1)
    return corr2d(X, K)


@wrong("1.3", "an integer output cuts off the fractions")
def _(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1, dtype=torch.int64)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K.flip(0, 1)).sum()
    return Y


@wrong("1.3", "returns inside the loop")
def _(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K.flip(0, 1)).sum()
        return Y


# 1.4
def one_at(i, j, value=1.0, size=(3, 3)):
    kernel = torch.zeros(size)
    kernel[i, j] = value
    return kernel


right("1.4", torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
right("1.4", torch.tensor([[0, 0, 0], [1, 0, 0], [0, 0, 0]]))
right("1.4", one_at(1, 0))
right("1.4", torch.eye(9).reshape(9, 3, 3)[3])
right("1.4", np.array([[0.0, 0, 0], [1, 0, 0], [0, 0, 0]]))
right("1.4", [[0, 0, 0], [1, 0, 0], [0, 0, 0]])
right("1.4", torch.outer(torch.tensor([0.0, 1, 0]), torch.tensor([1.0, 0, 0])))
right("1.4", F.pad(torch.ones(1, 1, dtype=torch.float64), (0, 2, 1, 1)))
wrong("1.4", "moves left: the 1 on the right of the center", one_at(1, 2))
wrong("1.4", "leaves the image where it is: the 1 in the center", one_at(1, 1))
wrong("1.4", "rows and columns swapped: moves down", one_at(0, 1))
wrong("1.4", "moves up", one_at(2, 1))
wrong("1.4", "moves right and down: the 1 in the corner", one_at(0, 0))
wrong("1.4", "the 1 in the right column and the wrong row", one_at(2, 0))
wrong("1.4", "a whole column of ones: adds three rows", torch.tensor([[1.0, 0.0, 0.0]] * 3))
wrong("1.4", "keeps the image and adds the moved one", one_at(1, 0) + one_at(1, 1))
wrong("1.4", "subtracts the image: an edge kernel", one_at(1, 0) - one_at(1, 1))
wrong("1.4", "the wrong sign: the image becomes negative", one_at(1, 0, -1.0))
wrong("1.4", "averages: a third in place of 1", one_at(1, 0, 1 / 3))
wrong("1.4", "a column mean, right only if all rows are equal", torch.tensor([[1 / 3, 0.0, 0.0]] * 3))
wrong("1.4", "only 1×3, not 3×3", torch.tensor([[1.0, 0.0, 0.0]]))
wrong("1.4", "5×5 in place of 3×3: moves two pixels", one_at(2, 0, size=(5, 5)))
wrong("1.4", "the wanted output of the impulse in place of the kernel", one_at(1, 2).tolist())
wrong("1.4", "the lesson's edge kernel", torch.tensor([[1.0, -1.0]]))
wrong("1.4", "flat list of nine weights", [0, 0, 0, 1, 0, 0, 0, 0, 0])
wrong("1.4", "all zeros", torch.zeros(3, 3))
wrong("1.4", "the position of the 1 in place of the kernel", (1, 0))
wrong("1.4", "a function that moves the image, no kernel", lambda X: torch.roll(X, 1, dims=1))
wrong("1.4", "no idea: the page's K9", torch.arange(1.0, 10).reshape(3, 3))


# 1.5
@right("1.5")
def _(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1, dtype=X.dtype)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


@right("1.5")
def _(X, K):
    h, w = K.shape
    Y = torch.zeros((X.shape[0] - (h - 1), X.shape[1] - (w - 1)))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = torch.sum(X[i : i + h, j : j + w] * K)
    return Y


@right("1.5")
def _(image, kernel):
    h, w = kernel.shape
    rows, columns = image.size(0) - h + 1, image.size(1) - w + 1
    output = image.new_zeros(rows, columns)
    for a in range(h):
        for b in range(w):
            output += kernel[a, b] * image[a : a + rows, b : b + columns]
    return output


@right("1.5")
def _(X, K):
    h, w = K.shape
    tops, lefts = range(X.shape[0] - h + 1), range(X.shape[1] - w + 1)
    return torch.stack([torch.stack([(X[i : i + h, j : j + w] * K).sum() for j in lefts]) for i in tops])


@right("1.5")
def _(X, K):
    windows = X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1)
    return torch.tensordot(windows, K, dims=2)


@right("1.5")
def _(X, K):
    """The dense layer's matrix, row by row."""
    (n, m), (h, w) = X.shape, K.shape
    rows = []
    for i in range(n - h + 1):
        for j in range(m - w + 1):
            rows.append(F.pad(K, (j, m - w - j, i, n - h - i)).flatten())
    return (torch.stack(rows) @ X.flatten()).reshape(n - h + 1, m - w + 1)


right("1.5", lambda X, K: F.conv2d(X[None, None], K[None, None])[0, 0])
right("1.5", lambda X, K, stride=1: F.conv2d(X.unsqueeze(0), K[None, None], stride=stride)[0])


@right("1.5")
def _(X, K):
    h, w = K.shape
    columns = F.unfold(X[None, None], (h, w))[0]
    return (K.reshape(1, -1) @ columns).view(X.shape[0] - h + 1, -1)


def loops(X, K, rows, columns, **options):
    """The page's loops with an output of rows×columns."""
    (h, w), Y = K.shape, torch.zeros(rows, columns, **options)
    for i in range(rows):
        for j in range(columns):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


def fits(X, K):
    return X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1


@wrong("1.5", "unchanged: the height counts the kernel's columns as well")
def _(X, K):
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for a in range(h):
        for b in range(h):
            Y += K[a, b] * X[a : a + rows, b : b + columns]
    return Y


@wrong("1.5", "both loops run over the width now")
def _(X, K):
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for a in range(w):
        for b in range(w):
            Y += K[a, b] * X[a : a + rows, b : b + columns]
    return Y


@wrong("1.5", "the two loops are exchanged")
def _(X, K):
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for a in range(w):
        for b in range(h):
            Y += K[a, b] * X[a : a + rows, b : b + columns]
    return Y


@wrong("1.5", "the + 1 missing on both axes")
def _(X, K):
    return loops(X, K, X.shape[0] - K.shape[0], X.shape[1] - K.shape[1], dtype=X.dtype)


@wrong("1.5", "the + 1 only for the rows")
def _(X, K):
    return loops(X, K, X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1], dtype=X.dtype)


@wrong("1.5", "the + 1 only for the columns")
def _(X, K):
    return loops(X, K, X.shape[0] - K.shape[0], X.shape[1] - K.shape[1] + 1, dtype=X.dtype)


@wrong("1.5", "+ 1 inside the parentheses: n - (k + 1)")
def _(X, K):
    return loops(X, K, X.shape[0] - (K.shape[0] + 1), X.shape[1] - (K.shape[1] + 1))


@wrong("1.5", "the kernel's height and width swapped in the output's size")
def _(X, K):
    w, h = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1, dtype=X.dtype)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


@wrong("1.5", "right shape, but the loops still stop one early, so the last row and column are 0")
def _(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1, dtype=X.dtype)
    for i in range(X.shape[0] - h):
        for j in range(X.shape[1] - w):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


@wrong("1.5", "the old output with a row and a column of zeros added: the last values are missing")
def _(X, K):
    h, w = K.shape
    return F.pad(loops(X, K, X.shape[0] - h, X.shape[1] - w, dtype=X.dtype), (0, 1, 0, 1))


@wrong("1.5", "the output as large as the input, with a zero border")
def _(X, K):
    Y, (rows, columns) = torch.zeros_like(X), fits(X, K)
    Y[:rows, :columns] = loops(X, K, rows, columns)
    return Y


@wrong("1.5", "works only for square kernels: the height used for both axes")
def _(X, K):
    h = K.shape[0]
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - h + 1, dtype=X.dtype)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + h] * K).sum()
    return Y


@wrong("1.5", "works only for square images: the number of rows used for both axes")
def _(X, K):
    n = len(X)
    return loops(X, K, n - K.shape[0] + 1, n - K.shape[1] + 1)


@wrong("1.5", "the shape is right, but the kernel is flipped as well")
def _(X, K):
    return loops(X, K.flip(0, 1), *fits(X, K))


@wrong("1.5", "+ 2: one row and one column too many")
def _(X, K):
    rows, columns = fits(X, K)
    Y = torch.zeros(rows + 1, columns + 1, dtype=X.dtype)
    Y[:rows, :columns] = loops(X, K, rows, columns)
    return Y


@wrong("1.5", "rows and columns of the output swapped")
def _(X, K):
    return loops(X, K, *fits(X, K)).T


@wrong("1.5", "an integer output cuts off the fractions")
def _(X, K):
    return loops(X, K, *fits(X, K), dtype=torch.long)


@wrong("1.5", "the mean in place of the sum")
def _(X, K):
    return loops(X, K, *fits(X, K)) / K.numel()


@wrong("1.5", "no return")
def _(X, K):
    Y = loops(X, K, *fits(X, K))
    Y.shape  # noqa: B018


@wrong("1.5", "print in place of return")
def _(X, K):
    print(loops(X, K, *fits(X, K)))


@wrong("1.5", "returns the output's shape in place of the output")
def _(X, K):
    return fits(X, K)


@wrong("1.5", "the multiplication changes the caller's input in place")
def _(X, K):
    (h, w), (rows, columns) = K.shape, fits(X, K)
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for i in range(rows):
        for j in range(columns):
            Y[i, j] = X[i : i + h, j : j + w].mul_(K).sum()
    return Y


@wrong("1.5", "the loop variable is never increased: endless")
def _(X, K):
    (h, w), (rows, columns) = K.shape, fits(X, K)
    Y, i = torch.zeros(rows, columns), 0
    while i < rows:
        for j in range(columns):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


wrong("1.5", "hard-coded to the page's 3×3 kernel", lambda X, K: loops(X, K, X.shape[0] - 2, X.shape[1] - 2, dtype=X.dtype))
wrong(
    "1.5",
    "random weights: a new layer, the kernel unused",
    lambda X, K: nn.Conv2d(1, 1, K.shape)(X[None])[0].detach(),
)
wrong("1.5", "the repair as text", "X.shape[0] - h + 1, X.shape[1] - w + 1")
wrong("1.5", "the function called in place of assigned", loops(torch.ones(3, 3), torch.ones(2, 2), 2, 2))
wrong("1.5", "no idea: the right size only", lambda X, K: torch.zeros(fits(X, K), dtype=X.dtype))


# 1.6a
WIDE = [[1.5, -2, 0.3, 1], [2, 1, -1, 0.7], [0.2, 3, 1, -1.2]]
UNEVEN = [[1.25, -2, 0.5], [-0.7, 1.1, 2.3]]
torch.manual_seed(1)
right("1.6a", (WIDE, UNEVEN))
right("1.6a", (torch.tensor(WIDE), torch.tensor(UNEVEN)))
right("1.6a", [np.array(WIDE), np.array(UNEVEN)])
right("1.6a", (2 * torch.tensor(WIDE), -torch.tensor(UNEVEN)))
wrong("1.6a", "ones hide every flip", (torch.ones(3, 4), torch.ones(2, 3)))
wrong("1.6a", "a square kernel", (torch.randn(3, 4), torch.randn(2, 2)))
wrong("1.6a", "integers have no decimals to lose", (torch.arange(12.0).reshape(3, 4), torch.arange(6.0).reshape(2, 3)))
wrong("1.6a", "no negative output", (torch.rand(3, 4), torch.rand(2, 3)))
wrong("1.6a", "a square image", (torch.randn(4, 4), torch.randn(2, 3)))
wrong("1.6a", "a symmetric kernel", (torch.randn(3, 4), torch.tensor([[0.5, -1.5, 0.5], [0.5, -1.5, 0.5]])))
wrong("1.6a", "the last weight is 0", (WIDE, [[1.25, -2, 0.5], [-0.7, 1.1, 0]]))
wrong("1.6a", "larger than allowed", (torch.randn(5, 6), torch.randn(2, 3)))
wrong("1.6a", "the kernel doesn't fit", (UNEVEN, WIDE))
wrong("1.6a", "only the image", WIDE)
wrong("1.6a", "a function in place of matrices", corr2d)


# 1.6b
def compare(version, X, K, tolerance=1e-4, shapes=True, inputs=True, catch=True):
    """A comparison with parts that can be left out."""
    A, B = X.clone(), K.clone()
    try:
        Y = version(A, B)
    except Exception:
        if catch:
            return False
        raise
    expected = corr2d(X, K)
    if not torch.is_tensor(Y) or (shapes and Y.shape != expected.shape):
        return False
    if inputs and not ((A == X).all() and (B == K).all()):
        return False
    return bool(((Y.double() - expected.double()).abs() <= tolerance).all())


right("1.6b", compare)
right("1.6b", lambda version, X, K: int(compare(version, X, K, 1e-5)) == 1)


@right("1.6b")
def _(version, X, K):
    A, B = X.detach().clone(), K.detach().clone()
    try:
        Y = version(A, B)
        torch.testing.assert_close(Y, corr2d(X, K), rtol=1e-4, atol=1e-4, check_dtype=False)
        torch.testing.assert_close(A, X, rtol=0, atol=0)
        torch.testing.assert_close(B, K, rtol=0, atol=0)
    except Exception:
        return False
    return True


@right("1.6b")
def _(version, X, K):
    A, B = X.clone(), K.clone()
    try:
        Y = version(A, B).double().numpy()
    except Exception:
        return False
    expected = corr2d(X, K).numpy()
    same = Y.shape == expected.shape and np.allclose(Y, expected, rtol=1e-4, atol=1e-5)
    return bool(same and torch.equal(A, X) and torch.equal(B, K))


wrong("1.6b", "accepts everything", lambda version, X, K: True)
wrong("1.6b", "refuses everything", lambda version, X, K: False)
wrong("1.6b", "no tolerance", functools.partial(compare, tolerance=0))
wrong("1.6b", "a tolerance of 0.1", functools.partial(compare, tolerance=0.1))
wrong("1.6b", "shapes broadcast", functools.partial(compare, shapes=False))
wrong("1.6b", "the inputs aren't watched", functools.partial(compare, inputs=False))
wrong("1.6b", "errors aren't caught", functools.partial(compare, catch=False))
wrong("1.6b", "allclose of two dtypes", lambda version, X, K: torch.allclose(version(X.clone(), K.clone()), corr2d(X, K)))
wrong("1.6b", "the version gets the originals", lambda version, X, K: bool((version(X, K) == corr2d(X, K)).all()))
wrong("1.6b", "the difference in place of a verdict", lambda version, X, K: corr2d(X, K) - corr2d(X, K))
wrong("1.6b", "a verdict as text", lambda version, X, K: "right" if compare(version, X, K) else "wrong")


# 1.6c
PAIRS = [((3, 3), (3, 3)), ((2, 3), (1, 1)), ((4, 6), (2, 3)), ((6, 4), (3, 2)), ((5, 5), (3, 3))]


def judge(version, pairs=PAIRS, times=2, dtypes=(torch.float32, torch.float64), draw=torch.randn, **options):
    for dtype in dtypes:
        for image, kernel in pairs * times:
            if not compare(version, draw(image).to(dtype), draw(kernel).to(dtype), **options):
                return False
    return True


right("1.6c", judge)
right("1.6c", lambda version: np.bool_(judge(version, times=3)))


@right("1.6c")
def _(version):
    for _ in range(60):
        n, m = torch.randint(1, 7, (2,)).tolist()
        h, w = torch.randint(1, n + 1, ()).item(), torch.randint(1, m + 1, ()).item()
        assert compare(version, torch.randn(n, m), torch.randn(h, w))
    assert judge(version)
    return True


wrong("1.6c", "accepts everything", lambda version: True)
wrong("1.6c", "refuses everything", lambda version: False)
wrong("1.6c", "one pair", functools.partial(judge, pairs=PAIRS[2:3], times=1))
wrong("1.6c", "each pair of shapes once", functools.partial(judge, times=1, dtypes=(torch.float64,)))
wrong("1.6c", "square kernels only", functools.partial(judge, pairs=[((4, 5), (2, 2)), ((3, 3), (3, 3))]))
wrong("1.6c", "float32 only", functools.partial(judge, dtypes=(torch.float32,)))
wrong("1.6c", "no tolerance", functools.partial(judge, tolerance=0))
wrong("1.6c", "a tolerance of 0.1", functools.partial(judge, tolerance=0.1))
wrong("1.6c", "ones", functools.partial(judge, draw=torch.ones))
wrong("1.6c", "positive values", functools.partial(judge, draw=torch.rand))
wrong("1.6c", "the inputs aren't watched", functools.partial(judge, inputs=False))
wrong("1.6c", "text for a verdict", lambda version: "right")


# 1.7a
def all_windows(X, T):
    return X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)


def both_centered(X, T):
    windows = all_windows(X, T)
    return windows - windows.mean(dim=(2, 3), keepdim=True), T - T.mean()


right("1.7a", lambda X, T: corr2d(X, T - T.mean()))
right("1.7a", lambda X, T: torch.einsum("ijab,ab->ij", *both_centered(X, T)))
right("1.7a", lambda X, T: corr2d(X, T) - T.mean() * corr2d(X, torch.ones_like(T)))


@right("1.7a")
def _(X, T):
    (h, w), t = T.shape, T - T.mean()
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            window = X[i : i + h, j : j + w]
            Y[i, j] = ((window - window.mean()) * t).sum()
    return Y


wrong("1.7a", "nothing is subtracted", corr2d)
wrong("1.7a", "only the image's mean is subtracted", lambda X, T: corr2d(X - X.mean(), T))
wrong("1.7a", "both means added", lambda X, T: corr2d(X, T + T.mean()))
wrong("1.7a", "divided by the number of values", lambda X, T: corr2d(X, T - T.mean()) / T.numel())
wrong("1.7a", "flipped", lambda X, T: corr2d(X, (T - T.mean()).flip(0, 1)))
wrong("1.7a", "the sum is subtracted", lambda X, T: corr2d(X, T - T.sum()))
wrong("1.7a", "the median is subtracted", lambda X, T: corr2d(X, T - T.median()))
wrong("1.7a", "the wrong sign", lambda X, T: -corr2d(X, T - T.mean()))
wrong("1.7a", "the windows, not their sums", lambda X, T: both_centered(X, T)[0] * both_centered(X, T)[1])
wrong("1.7a", "one score for all", lambda X, T: (X - X.mean()).sum() * T.mean())


# 1.7b
def ncc(X, T, limit=1e-9, flat=0.0, power=1.0):
    windows, t = both_centered(X, T)
    products = (windows * t).sum(dim=(2, 3))
    lengths = windows.square().sum(dim=(2, 3)).sqrt() * t.square().sum().sqrt()
    return torch.where(lengths > limit, products / lengths**power, flat)


right("1.7b", ncc)
right("1.7b", lambda X, T: ncc(X, T).tolist())


@right("1.7b")
def _(X, T):
    """With two calls of corr2d for the lengths."""
    n, ones = T.numel(), torch.ones_like(T)
    sums, squares = corr2d(X, ones), corr2d(X**2, ones)
    lengths = (squares - sums**2 / n).clamp(min=0).sqrt()
    t = T - T.mean()
    length = t.norm()
    flat = (lengths < 1e-7) | (length < 1e-9)
    return torch.where(flat, torch.zeros_like(lengths), corr2d(X, t) / (lengths * length).clamp(min=1e-12))


wrong("1.7b", "constant windows give NaN", functools.partial(ncc, limit=-1))
wrong("1.7b", "constant windows score 1", functools.partial(ncc, flat=1.0))
wrong("1.7b", "the product of the squares", functools.partial(ncc, power=2.0))
right("1.7b", functools.partial(ncc, limit=1e-6))
wrong("1.7b", "no division", lambda X, T: corr2d(X, T - T.mean()))
wrong("1.7b", "the window's length is missing", lambda X, T: corr2d(X, T - T.mean()) / max((T - T.mean()).norm(), 1e-9))
wrong("1.7b", "absolute values", lambda X, T: ncc(X, T).abs())
wrong("1.7b", "the number of values too often", lambda X, T: ncc(X, T) / T.numel())
wrong("1.7b", "from 0 to 1", lambda X, T: (ncc(X, T) + 1) / 2)
wrong("1.7b", "nothing is returned", lambda X, T: None if ncc(X, T) is None else None)


# 1.7c
def corner(score):
    return divmod(int(score.argmax()), score.shape[1])


right("1.7c", lambda X, T: corner(ncc(X, T)))
right("1.7c", lambda X, T: torch.tensor(corner(ncc(X, T))))
right("1.7c", lambda X, T: np.unravel_index(ncc(X, T).argmax().item(), ncc(X, T).shape))
right("1.7c", lambda X, T: list((ncc(X, T) == ncc(X, T).max()).nonzero()[0]))
wrong("1.7c", "plain cross-correlation", lambda X, T: corner(corr2d(X, T)))
wrong("1.7c", "centered only", lambda X, T: corner(corr2d(X, T - T.mean())))
wrong("1.7c", "column first", lambda X, T: corner(ncc(X, T))[::-1])
wrong("1.7c", "the flat position", lambda X, T: int(ncc(X, T).argmax()))
wrong("1.7c", "divides by the width of the image", lambda X, T: divmod(int(ncc(X, T).argmax()), X.shape[1]))
wrong("1.7c", "the center of the window", lambda X, T: tuple(p + s // 2 for p, s in zip(corner(ncc(X, T)), T.shape)))
wrong("1.7c", "the worst match", lambda X, T: corner(-ncc(X, T)))
wrong("1.7c", "the score in place of the place", lambda X, T: ncc(X, T).max())
wrong("1.7c", "counts from 1", lambda X, T: tuple(p + 1 for p in corner(ncc(X, T))))
