"""Longer tasks of lesson 05: a classifier becomes a detector, and a 1×1 convolution is fitted to pairs of pixels."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._comparing import as_tensor, show
from ._kinds import Choice, Function

# 5.6a: a dense layer as a convolution


def _converts(answer: Any) -> str:
    """Whether the function turns dense layers on (c, h, w) features into convolutions with the same outputs."""
    if not callable(answer):
        return f"give the function itself, not {show(answer)}"
    for size, c_o, bias in (((1, 2, 2), 1, True), ((3, 2, 4), 2, True), ((2, 3, 3), 4, False)):
        torch.manual_seed(0)
        dense = nn.Linear(size[0] * size[1] * size[2], c_o, bias=bias)
        kept = copy.deepcopy(dense)
        layer = answer(dense, size)
        case = f"for nn.Linear({dense.in_features}, {c_o}, bias={bias}) on features of shape {size}: "
        said = _wrong_layer(layer, kept, size)
        if said:
            return case + said
        if any(not torch.equal(now, before) for now, before in zip(dense.parameters(), kept.parameters(), strict=True)):
            return f"{case}the dense layer's own parameters have changed: copy them"
    return ""


def _wrong_layer(layer: Any, dense: nn.Linear, size: tuple[int, int, int]) -> str:
    """What's wrong with a convolution that should compute what the dense layer does, '' if nothing."""
    if layer is None:
        return "the function returned None: is the return missing?"
    if not isinstance(layer, nn.Conv2d):
        return f"the result should be an nn.Conv2d, and it's {show(layer)}"
    c, h, w = size
    if (layer.in_channels, layer.out_channels) != (c, dense.out_features):
        return f"the layer should go from {c} to {dense.out_features} channels: one output channel for each output"
    if layer.kernel_size != (h, w):
        swapped = (
            ": height and width are swapped" if layer.kernel_size == (w, h) else ", so that it sees all features at once"
        )
        return f"the kernel should be {h}×{w}, not {'×'.join(map(str, layer.kernel_size))}{swapped}"
    X = torch.randn(5, *size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        got, expected = layer(X), dense(X.flatten(1))[:, :, None, None]
    if got.shape == expected.shape and torch.allclose(got, expected, atol=1e-5):
        return ""
    if got.shape != expected.shape:
        return f"the output for one crop should be 1×1, not {got.shape[2]}×{got.shape[3]}: is there padding?"
    W = dense.weight.detach()
    if torch.allclose(layer.weight, W.reshape(-1, c, h, w), atol=1e-6):
        if dense.bias is None:
            return "the dense layer has no bias, but the convolution adds one"
        return "the kernels are right, the bias isn't: copy it, too"
    known = {
        "the weights are in the order (h, w, c), but flatten puts the channels first": W.reshape(-1, h, w, c).permute(
            0, 3, 1, 2
        ),
        "the weights are in the order (c, w, h), but flatten puts the rows before the columns": W.reshape(-1, c, w, h).mT,
        "the kernels are flipped, but a layer computes a cross-correlation": W.reshape(-1, c, h, w).flip(2, 3),
        "the weights are transposed before the reshape: each output has a row of its own": W.T.reshape(-1, c, h, w),
    }
    for said, kernels in known.items():
        if torch.allclose(layer.weight, kernels, atol=1e-6):
            return said
    return "the kernels aren't the dense layer's weights: were they copied, and not only reshaped?"


# 5.6b: the scores of all crops


def _features(net: nn.Sequential, crop: tuple[int, int], channels: int) -> tuple[int, ...]:
    """The shape (c, h, w) that the layers before flattening give for a crop."""
    return tuple(net[:-2](torch.zeros(1, channels, *crop)).shape[1:])


def _score_map(net: nn.Sequential, crop: tuple[int, int], image: Tensor) -> Tensor:
    size = _features(net, crop, len(image))
    weight = net[-1].weight.reshape(-1, *size)
    return F.conv2d(net[:-2](image[None]), weight, net[-1].bias)[0]


def _nets() -> list[tuple[nn.Sequential, tuple[int, int], Tensor, int]]:
    """(network, crop, image, stride of its map), smallest first."""
    torch.manual_seed(0)
    flat = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
    deep = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 4 * 6, 4))
    pooled = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 3))
    sizes = (1, 6, 5), (1, 9, 11), (2, 14, 11)
    images = [torch.randn(size, generator=torch.Generator().manual_seed(2)) for size in sizes]
    return [(flat, (4, 3), images[0], 1), (deep, (6, 8), images[1], 1), (pooled, (8, 8), images[2], 2)]


@torch.no_grad()
def _of_crops(net: nn.Sequential, crop: tuple[int, int], image: Tensor, step: int) -> Tensor:
    """The scores of all crops, one by one, step pixels apart."""
    rows, columns = (range(0, image.shape[i + 1] - crop[i] + 1, step) for i in (0, 1))
    scores = [net(image[None, :, i : i + crop[0], j : j + crop[1]])[0] for i in rows for j in columns]
    return torch.stack(scores, dim=1).reshape(-1, len(rows), len(columns))


def _maps(answer: Any) -> str:
    """Whether the function gives the scores of all crops, in one pass through the network."""
    if not callable(answer):
        return f"give the function itself, not {show(answer)}"
    for net, crop, image, stride in _nets():
        calls: list[nn.Module] = []
        used, kept = copy.deepcopy(net), image.clone()
        for layer in used:
            layer.register_forward_hook(lambda layer, *_, calls=calls: calls.append(layer))
        with torch.no_grad():
            got = as_tensor(answer(used, crop, image))
        pooling = "with a pooling layer" if stride > 1 else "without a pooling layer"
        case = f"for a network {pooling}, crops of {crop[0]}×{crop[1]}, and an image of shape {tuple(image.shape)}: "
        said = _wrong_map(got, net, crop, image, stride)
        if said:
            return case + said
        if not torch.equal(image, kept):
            return f"{case}the image has changed: work on a copy"
        if len(calls) > 2 * len(used):
            return f"{case}the scores are right, but the network ran once for each crop: let every layer run once"
    return ""


def _wrong_map(got: Tensor | None, net: nn.Sequential, crop: tuple[int, int], image: Tensor, stride: int) -> str:
    """What's wrong with a map of scores, '' if nothing."""
    if got is None:
        return "the function should return a tensor: is the return missing?"
    with torch.no_grad():
        expected = _score_map(net, crop, image)
    if got.shape == expected.shape and torch.allclose(got.float(), expected, atol=1e-4):
        return ""
    every = _of_crops(net, crop, image, 1)
    if got.dim() == 4 and got.shape[1:] == expected.shape:
        return "the map has a batch axis, but its shape should be (classes, H', W')"
    if stride > 1 and got.shape == every.shape:
        return "pooling with stride 2 makes the features coarser, so the map has the scores of every second crop only"
    if got.shape == expected.mT.shape and torch.allclose(got.float(), expected.mT, atol=1e-4):
        return "rows and columns of the map are swapped"
    if got.shape != expected.shape:
        return f"the map should have shape {tuple(expected.shape)}, and yours has {tuple(got.shape)}"
    known = {
        "the bias of the dense layer is missing": expected - net[-1].bias[:, None, None],
        "these are probabilities: the scores themselves are asked for": expected.softmax(0),
        "negative scores have become 0: there's no ReLU after the dense layer": expected.relu(),
    }
    size = _features(net, crop, len(image))
    other = net[-1].weight.reshape(-1, *size[1:], size[0]).permute(0, 3, 1, 2)
    known["the weights are in the order (h, w, c), but flatten puts the channels first"] = F.conv2d(
        net[:-2](image[None]), other, net[-1].bias
    )[0]
    known["a layer before nn.Flatten is missing: is the ReLU in?"] = F.conv2d(
        nn.Sequential(*(layer for layer in net[:-2] if not isinstance(layer, nn.ReLU)))(image[None]),
        net[-1].weight.reshape(-1, *size),
        net[-1].bias,
    )[0]
    for said, wrong in known.items():
        if torch.allclose(got.float(), wrong, atol=1e-4):
            return said
    i, j = divmod((got.float() - expected).abs().amax(0).argmax().item(), expected.shape[2])
    at = f"({i * stride}, {j * stride})"
    return (
        f"the scores aren't those of the crops; the crop that begins at pixel {at} has {show(expected[:, i, j].tolist())}"
    )


# 5.6c: where the object is


def _locate(scores: Tensor, label: int, crop: tuple[int, int], stride: int) -> tuple[int, int, int, int]:
    return _box(scores.softmax(0)[label], crop, stride)


def _box(values: Tensor, crop: tuple[int, int], stride: int) -> tuple[int, int, int, int]:
    i, j = divmod(int(values.argmax()), values.shape[1])
    return stride * i, stride * j, stride * i + crop[0], stride * j + crop[1]


def _scores(generator: torch.Generator) -> list[tuple]:
    """(scores, label, crop, stride): tall and wide maps, in which a class's largest score isn't its most probable place."""
    shapes = [((2, 1, 2), 0, (4, 4), 1), ((3, 4, 6), 2, (5, 3), 1), ((3, 5, 3), 1, (8, 6), 2), ((3, 3, 7), 1, (6, 9), 4)]
    cases = []
    for size, label, crop, stride in shapes:
        scores = torch.randn(size, generator=generator, dtype=torch.float64)
        if size[1] > 1:
            other = (label + 1) % size[0]
            scores[:, 0, -1] += 6  # the label's score is large here, but another class is more probable
            scores[other, 0, -1] += 4
            scores[other, -1, 0] += 12  # another class is most probable of all
            scores[:, -1, -1] = 0  # the label is least probable
            scores[label, -1, -1] = -20
        cases.append((scores, label, crop, stride))
    return cases


# 5.7: a color transform


def _pixels(X: Tensor) -> Tensor:
    """A pixel in each row, and a 1 after its values."""
    rows = X.flatten(1).T
    return torch.cat([rows, torch.ones_like(rows[:, :1])], dim=1)


def _least_squares(X: Tensor, Y: Tensor) -> tuple[Tensor, Tensor]:
    solution = torch.linalg.lstsq(_pixels(X), Y.flatten(1).T).solution
    return solution[:-1].T, solution[-1]


def _through_zero(X: Tensor, Y: Tensor) -> tuple[Tensor, Tensor]:
    W = torch.linalg.lstsq(X.flatten(1).T, Y.flatten(1).T).solution.T
    return W, torch.zeros_like(W[:, 0])


def _pairs(generator: torch.Generator) -> list[tuple]:
    """(X, Y): pairs of images; Y is a noisy mixture of X's channels with an offset, so no transform fits all pixels."""
    cases = []
    for c_i, c_o, h, w in ((1, 1, 2, 3), (3, 3, 4, 5), (3, 2, 7, 3), (2, 4, 5, 5)):
        X = torch.rand(c_i, h, w, generator=generator, dtype=torch.float64)
        W, b = (torch.randn(*size, generator=generator, dtype=torch.float64) for size in ((c_o, c_i), (c_o,)))
        noise = torch.randn(c_o, h, w, generator=generator, dtype=torch.float64) / 10
        cases.append((X, torch.einsum("oc,chw->ohw", W, X) + b[:, None, None] + noise))
    return cases


def _descent(
    X: Tensor, Y: Tensor, steps: int, lr: float, factor: float = 2.0, rate_b: float = 1.0, total: bool = False
) -> tuple[Tensor, Tensor]:
    rows, targets = X.flatten(1), Y.flatten(1)
    W, b = rows.new_zeros(len(targets), len(rows)), rows.new_zeros(len(targets))
    for _ in range(steps):
        error = (W @ rows + b[:, None] - targets) * factor / (1 if total else targets.numel())
        W, b = W - lr * error @ rows.T, b - rate_b * lr * error.sum(1)
    return W, b


def _one_after_the_other(X: Tensor, Y: Tensor, steps: int, lr: float) -> tuple[Tensor, Tensor]:
    rows, targets = X.flatten(1), Y.flatten(1)
    W, b = rows.new_zeros(len(targets), len(rows)), rows.new_zeros(len(targets))
    for _ in range(steps):
        W = W - 2 * lr * (W @ rows + b[:, None] - targets) @ rows.T / targets.numel()
        b = b - 2 * lr * (W @ rows + b[:, None] - targets).sum(1) / targets.numel()
    return W, b


def _of_absolute_errors(X: Tensor, Y: Tensor, steps: int, lr: float) -> tuple[Tensor, Tensor]:
    rows, targets = X.flatten(1), Y.flatten(1)
    W, b = rows.new_zeros(len(targets), len(rows)), rows.new_zeros(len(targets))
    for _ in range(steps):
        error = (W @ rows + b[:, None] - targets).sign() / targets.numel()
        W, b = W - lr * error @ rows.T, b - lr * error.sum(1)
    return W, b


def _accumulated(X: Tensor, Y: Tensor, steps: int, lr: float) -> tuple[Tensor, Tensor]:
    """Descent whose gradients are never set back to zero."""
    rows, targets = X.flatten(1), Y.flatten(1)
    W, b = rows.new_zeros(len(targets), len(rows)), rows.new_zeros(len(targets))
    of_W, of_b = torch.zeros_like(W), torch.zeros_like(b)
    for _ in range(steps):
        error = 2 * (W @ rows + b[:, None] - targets) / targets.numel()
        of_W, of_b = of_W + error @ rows.T, of_b + error.sum(1)
        W, b = W - lr * of_W, b - lr * of_b
    return W, b


def _warm_up() -> None:
    """A process's first optimizer loads modules for seconds."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0).step()


def _descents(generator: torch.Generator) -> list[tuple]:
    return [
        (*pair, steps, lr) for pair, steps, lr in zip(_pairs(generator), (1, 2, 5, 3), (0.1, 0.1, 0.3, 0.2), strict=True)
    ]


def _kernel_error(X: Tensor, Y: Tensor, k: int, bias: bool = True, padded: bool = True) -> float:
    return _errors(X, Y, k, bias, padded).square().mean().item()


def _errors(X: Tensor, Y: Tensor, k: int, bias: bool = True, padded: bool = True) -> Tensor:
    windows = F.unfold(X[None], k, padding=k // 2)[0]
    rows = _pixels(windows) if bias else windows.T
    targets = Y.flatten(1).T
    error = rows @ torch.linalg.lstsq(rows, targets).solution - targets
    if not padded:
        error = error.reshape(*Y.shape[1:], -1)[k // 2 : Y.shape[1] - k // 2, k // 2 : Y.shape[2] - k // 2]
    return error


def _neighborhoods(generator: torch.Generator) -> list[tuple]:
    """(X, Y, k): Y depends on neighbors, so a 3×3 kernel fits it better than a 1×1 kernel does."""
    cases = []
    for c_i, c_o, h, w, k in ((1, 1, 3, 4, 1), (2, 1, 8, 7, 1), (2, 2, 8, 9, 3), (1, 2, 9, 11, 5)):
        X = torch.rand(c_i, h, w, generator=generator, dtype=torch.float64)
        K = torch.randn(c_o, c_i, 3, 3, generator=generator, dtype=torch.float64)
        noise = torch.randn(c_o, h, w, generator=generator, dtype=torch.float64) / 10
        cases.append((X, F.conv2d(X[None], K, padding=1)[0] + 1 + noise, k))
    return cases


def _shuffled(X: Tensor, order: Tensor) -> Tensor:
    return X.flatten(1)[:, order].reshape(X.shape)


def _control(X: Tensor, Y: Tensor, k: int, order: Tensor) -> tuple[float, float]:
    return _kernel_error(X, Y, k), _kernel_error(_shuffled(X, order), _shuffled(Y, order), k)


def _controls(generator: torch.Generator) -> list[tuple]:
    return [(X, Y, k, torch.randperm(X[0].numel(), generator=generator)) for X, Y, k in _neighborhoods(generator)]


def _after(shuffle: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]) -> Callable:
    """The control with another way to shuffle."""
    return lambda X, Y, k, order: (_kernel_error(X, Y, k), _kernel_error(*shuffle(X, Y, order), k))


EXERCISES = {
    "5.6a": Choice(
        test=_converts,
        hints=[
            "nn.Flatten reads (c, h, w) in the order of the axes, so a row of the dense layer's weight does, too.",
            "A kernel as large as the features has a single window. What must the shape of the layer's weight be?",
            "Create the layer, with or without a bias, and copy both parameters under torch.no_grad().",
        ],
        praise="One window, one output: on features of its own size, the convolution is the dense layer.",
    ),
    "5.6b": Choice(
        test=_maps,
        hints=[
            "net[:-2] has the layers before nn.Flatten. They take an image of any size.",
            "What's the shape of the features of a single crop? That's the size of the kernels.",
            "Send the large image through net[:-2], then through the dense layer as a convolution (F.conv2d will do).",
        ],
        praise="All crops in one pass: what they have in common is computed once.",
    ),
    "5.6c": Function(
        reference=_locate,
        cases=_scores,
        mistakes={
            "this is where the score is largest, but another class may score higher there: compare probabilities": (
                lambda scores, label, crop, stride: _box(scores[label], crop, stride)
            ),
            "the position counts places in the map: how many pixels apart are they?": lambda scores, label, crop, stride: (
                _box(scores.softmax(0)[label], crop, 1)
            ),
            "rows and columns are swapped": lambda scores, label, crop, stride: _turned(
                _locate(scores, label, crop, stride)
            ),
            "the index of the largest value is split by the map's height: divide by the number of places in a row": (
                lambda scores, label, crop, stride: _split_by_height(scores.softmax(0)[label], crop, stride)
            ),
            "the last two numbers are the first row below the crop and the first column to its right": (
                lambda scores, label, crop, stride: _less(_locate(scores, label, crop, stride))
            ),
            "the last two numbers are the crop's size: give the row and the column where it ends": (
                lambda scores, label, crop, stride: (*_locate(scores, label, crop, stride)[:2], *crop)
            ),
            "the crop's height and width are swapped": lambda scores, label, crop, stride: _locate(
                scores, label, crop[::-1], stride
            ),
            "the stride doesn't stretch the crop: it's always as large as the classifier's input": (
                lambda scores, label, crop, stride: _locate(scores, label, (crop[0] * stride, crop[1] * stride), stride)
            ),
            "this is where any class is most probable: look at the map of the given one": (
                lambda scores, label, crop, stride: _box(scores.softmax(0).amax(0), crop, stride)
            ),
            "this is only the crop's first pixel: where does the crop end?": lambda *case: _locate(*case)[:2],
            "this is where the class is least probable": lambda scores, label, crop, stride: _box(
                -scores.softmax(0)[label], crop, stride
            ),
        },
        hints=[
            "Softmax along the class axis turns the scores at each place into probabilities.",
            "argmax gives one index into the flattened map. divmod by the map's width makes a row and a column of it.",
            "A place in the map stands for a crop. Its first pixel is the place times the stride.",
        ],
        praise="A place in the map is a crop, the stride gives its first pixel, and softmax compares the classes there.",
    ),
    "5.7a": Function(
        reference=_least_squares,
        cases=_pairs,
        mistakes={
            "the bias is 0: give each pixel a fourth value that's always 1, and its weight is the bias": _through_zero,
            "the weights are transposed: W has a row for each output channel": lambda X, Y: (
                _least_squares(X, Y)[0].T,
                _least_squares(X, Y)[1],
            ),
            "W and b are in the wrong order": lambda X, Y: _least_squares(X, Y)[::-1],
            "this is the transform from Y to X": lambda X, Y: _least_squares(Y, X),
            "W is fitted without a bias, and b only adds what is missing in the mean: fit both at once": lambda X, Y: (
                _through_zero(X, Y)[0],
                Y.mean((1, 2)) - _through_zero(X, Y)[0] @ X.mean((1, 2)),
            ),
            "the pixels are mixed up: flatten keeps the channels on axis 0, and transposing makes rows of pixels": (
                lambda X, Y: _least_squares(X.reshape(-1, len(X)).T[:, :, None], Y.reshape(-1, len(Y)).T[:, :, None])
            ),
            "the bias has the wrong sign": lambda X, Y: (_least_squares(X, Y)[0], -_least_squares(X, Y)[1]),
            "b is missing: return the pair (W, b)": lambda X, Y: _least_squares(X, Y)[0],
            "W should have two axes, (c_o, c_i)": lambda X, Y: (
                _least_squares(X, Y)[0][:, :, None, None],
                _least_squares(X, Y)[1],
            ),
            "W and b should be two results: the last column is b": lambda X, Y: torch.cat(
                [_least_squares(X, Y)[0], _least_squares(X, Y)[1][:, None]], dim=1
            ),
        },
        hints=[
            "Each pixel is an equation: its values, times the weights, plus the bias, should be its new values.",
            "Write the pixels into the rows of a matrix, with a column of ones for the bias, and use torch.linalg.lstsq.",
            "The solution has a row for each input value and one for the ones. W is the transpose of the first rows.",
        ],
        praise="The best weights and the best bias at once, because the bias is the weight of a value that's always 1.",
    ),
    "5.7b": Function(
        reference=_descent,
        cases=_descents,
        prepare=_warm_up,
        mistakes={
            "the loss is the sum of the squares: take their mean": lambda X, Y, steps, lr: _descent(
                X, Y, steps, lr, total=True
            ),
            "the gradient is half as large as it should be: the derivative of a square has a factor of 2": (
                lambda X, Y, steps, lr: _descent(X, Y, steps, lr, factor=1)
            ),
            "the bias stays 0: it has a gradient, too": lambda X, Y, steps, lr: _descent(X, Y, steps, lr, rate_b=0),
            "the gradients add up from step to step: set them back to zero": _accumulated,
            "the bias's gradient is computed with the new weights: compute both gradients first": _one_after_the_other,
            "there's a step too many": lambda X, Y, steps, lr: _descent(X, Y, steps + 1, lr),
            "there's a step too few": lambda X, Y, steps, lr: _descent(X, Y, steps - 1, lr),
            "this climbs: subtract the gradient": lambda X, Y, steps, lr: _descent(X, Y, steps, -lr),
            "the loss is the mean over the pixels only: divide by the number of output channels, too": (
                lambda X, Y, steps, lr: _descent(X, Y, steps, lr * len(Y))
            ),
            "b is missing: return the pair (W, b)": lambda *case: _descent(*case)[0],
            "W and b are in the wrong order": lambda *case: _descent(*case)[::-1],
            "the loss is the mean of the absolute errors: take their squares": _of_absolute_errors,
            "this is the least-squares solution: take only as many steps as asked": lambda X, Y, steps, lr: _least_squares(
                X, Y
            ),
        },
        hints=[
            "W and b start as zeros that require gradients. What does the layer output for all pixels?",
            "F.mse_loss is the mean over all values. Its gradients can be had from loss.backward() or torch.autograd.grad.",
            "Change W and b under torch.no_grad(), and don't let a gradient of an earlier step add to the next one.",
        ],
        praise="Step by step the same as by hand: each gradient is a sum over all pixels, whatever their order.",
    ),
    "5.7c": Function(
        reference=_kernel_error,
        cases=_neighborhoods,
        mistakes={
            "the bias is missing: add a column of ones": lambda X, Y, k: _kernel_error(X, Y, k, bias=False),
            "this is the root of the mean square": lambda X, Y, k: _kernel_error(X, Y, k) ** 0.5,
            "this is the sum of the squares: take their mean": lambda X, Y, k: _kernel_error(X, Y, k) * Y.numel(),
            "this is always the error of a 1×1 kernel: where do the neighbors come in?": lambda X, Y, k: _kernel_error(
                X, Y, 1
            ),
            "this is the mean over the pixels only: divide by the number of output channels, too": lambda X, Y, k: (
                _kernel_error(X, Y, k) * len(Y)
            ),
            "this is one number for each output channel: take the mean over them": lambda X, Y, k: (
                _errors(X, Y, k).square().mean(0)
            ),
            "this is the mean of the absolute errors: take their squares": lambda X, Y, k: (
                _errors(X, Y, k).abs().mean().item()
            ),
            "the pixels at the border are missing in the mean": lambda X, Y, k: _kernel_error(X, Y, k, padded=False),
            "this is the spread of Y: subtract what the kernel outputs, not the mean": lambda X, Y, k: (
                (Y - Y.mean((1, 2), keepdim=True)).square().mean().item()
            ),
        },
        hints=[
            "F.unfold writes each window into a column: (1, c_i, h, w) becomes (1, c_i·k·k, h·w) with enough padding.",
            "With windows in place of pixels, it's the same least-squares problem as for a 1×1 kernel.",
            "A padding of k // 2 makes as many windows as Y has pixels.",
        ],
        praise="A k×k kernel is a 1×1 kernel on windows: c_i·k·k values in place of c_i.",
    ),
    "5.7d": Function(
        reference=_control,
        cases=_controls,
        mistakes={
            "only X is shuffled, so its pixels meet other targets": _after(lambda X, Y, order: (_shuffled(X, order), Y)),
            "only Y is shuffled, so the pixels meet other targets": _after(lambda X, Y, order: (X, _shuffled(Y, order))),
            "nothing is shuffled before the second fit": _after(lambda X, Y, order: (X, Y)),
            "Y is shuffled back instead of in the same way as X": _after(
                lambda X, Y, order: (_shuffled(X, order), _shuffled(Y, order.argsort()))
            ),
            "the two errors are in the wrong order: first the one before the shuffling": lambda X, Y, k, order: _control(
                X, Y, k, order
            )[::-1],
            "this is only the error after the shuffling": lambda X, Y, k, order: _control(X, Y, k, order)[1],
            "this is the difference of the two errors: return both": lambda *case: _control(*case)[1] - _control(*case)[0],
            "both fits have a 1×1 kernel: use k": lambda X, Y, k, order: _control(X, Y, 1, order),
            "these are the roots of the errors": lambda X, Y, k, order: tuple(e**0.5 for e in _control(X, Y, k, order)),
        },
        hints=[
            "X.flatten(1)[:, order] puts pixel order[n] at place n, in all channels alike.",
            "A pixel and its target must stay together. So what has to happen to Y?",
            "Reshape both to what they were before, and fit again with your function (or the one from the solutions).",
        ],
        praise="For k = 1, both errors are equal. For k = 3 and 5, the neighbors are gone, and the fit is worse.",
    ),
}


def _turned(box: tuple[int, ...]) -> tuple[int, ...]:
    return box[1], box[0], box[3], box[2]


def _less(box: tuple[int, ...]) -> tuple[int, ...]:
    return box[0], box[1], box[2] - 1, box[3] - 1


def _split_by_height(values: Tensor, crop: tuple[int, int], stride: int) -> tuple[int, ...]:
    i, j = divmod(int(values.argmax()), values.shape[0])
    return stride * i, stride * j, stride * i + crop[0], stride * j + crop[1]
