"""Longer tasks of lesson 05: a classifier becomes a detector, and a 1×1 convolution is fitted to pairs of pixels."""

import contextlib
import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._language import say, spoken
from ._comparing import as_tensor, equal, show
from ._kinds import Choice, Function, Outcome

# 5.6a: a dense layer as a convolution


def _converts(answer: Any) -> str:
    """Whether the function turns dense layers on (c, h, w) features into convolutions with the same outputs."""
    if not callable(answer):
        return say("give the function itself, not {0}", show(answer))
    for size, c_o, bias in (((1, 2, 2), 1, True), ((3, 2, 4), 2, True), ((2, 3, 3), 4, False)):
        torch.manual_seed(0)
        dense = nn.Linear(size[0] * size[1] * size[2], c_o, bias=bias)
        kept = copy.deepcopy(dense)
        case = say("for nn.Linear({0}, {1}, bias={2}) on features of shape {3}: ", dense.in_features, c_o, bias, size)
        try:
            layer = answer(dense, size)
        except Exception as error:
            return say("{0}it raised {1}{2}", case, _first_line(error), _why_no_layer(answer, size, c_o, bias))
        said = _wrong_layer(layer, kept, size)
        if said:
            return case + spoken(said)
        if any(not torch.equal(now, before) for now, before in zip(dense.parameters(), kept.parameters(), strict=True)):
            return say("{0}the dense layer's own parameters have changed: copy them", case)
    return ""


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {''.join(str(error).strip().splitlines()[:1])[:200]}"


def _why_no_layer(answer: Callable, size: tuple[int, int, int], c_o: int, bias: bool) -> str:
    """What a dense layer has that an answer can't convert: with this changed, it can."""
    c, h, _ = size
    others = {
        "; dense.bias is None here, and the new layer should have none, either": (size, True),
        "; it works on square features: the kernel's height and width are two numbers": ((c, h, h), bias),
    }
    for said, (other, with_bias) in others.items():
        dense = nn.Linear(c * other[1] * other[2], c_o, bias=with_bias)
        with contextlib.suppress(Exception):
            if not _wrong_layer(answer(dense, other), dense, other):
                return said
    return ""


def _wrong_layer(layer: Any, dense: nn.Linear, size: tuple[int, int, int]) -> str:
    """What's wrong with a convolution that should compute what the dense layer does, '' if nothing."""
    if layer is None:
        return "the function returned None: is the return missing?"
    if not isinstance(layer, nn.Conv2d):
        return say("the result should be an nn.Conv2d, and it's {0}", show(layer))
    c, h, w = size
    if layer.in_channels != c:
        return say(
            "the features aren't flattened anymore, so the layer reads {0} of their channels, not {1}", c, layer.in_channels
        )
    if layer.out_channels != dense.out_features:
        return say(
            "the dense layer has {0} outputs, so there are as many channels, not {1}",
            dense.out_features,
            layer.out_channels,
        )
    if layer.kernel_size != (h, w):
        swapped = (
            ": height and width are swapped" if layer.kernel_size == (w, h) else ", so that it sees all features at once"
        )
        return say("the kernel should be {0}×{1}, not {2}{3}", h, w, "×".join(map(str, layer.kernel_size)), swapped)
    X = torch.randn(5, *size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        got, expected = layer(X), dense(X.flatten(1))[:, :, None, None]
    if got.shape == expected.shape and torch.allclose(got, expected, atol=1e-5):
        return ""
    if got.shape != expected.shape:
        return say("the output for one crop should be 1×1, not {0}×{1}: is there padding?", got.shape[2], got.shape[3])
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
    single = nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU(), nn.Flatten(), nn.Linear(12, 2))
    sizes = (1, 6, 5), (1, 9, 11), (2, 14, 11)
    images = [torch.randn(size, generator=torch.Generator().manual_seed(2)) for size in sizes]
    smallest = [(flat, (4, 3), images[0], 1), (single, (4, 3), images[0], 1)]
    return [*smallest, (deep, (6, 8), images[1], 1), (pooled, (8, 8), images[2], 2)]


@torch.no_grad()
def _of_crops(net: nn.Sequential, crop: tuple[int, int], image: Tensor, step: int) -> Tensor:
    """The scores of all crops, one by one, step pixels apart."""
    rows, columns = (range(0, image.shape[i + 1] - crop[i] + 1, step) for i in (0, 1))
    scores = [net(image[None, :, i : i + crop[0], j : j + crop[1]])[0] for i in rows for j in columns]
    return torch.stack(scores, dim=1).reshape(-1, len(rows), len(columns))


def _maps(answer: Any) -> str:
    """Whether the function gives the scores of all crops, in one pass through the network."""
    if not callable(answer):
        return say("give the function itself, not {0}", show(answer))
    for net, crop, image, stride in _nets():
        calls: list[nn.Module] = []
        used, kept = copy.deepcopy(net), image.clone()
        for layer in used:
            layer.register_forward_hook(lambda layer, *_, calls=calls: calls.append(layer))
        layers = ", ".join(type(layer).__name__ for layer in net)
        case = say(
            "for the layers {0}, crops of {1}×{2}, and an image of shape {3}: ",
            layers,
            crop[0],
            crop[1],
            tuple(image.shape),
        )
        try:
            with torch.no_grad():
                got = as_tensor(answer(used, crop, image))
        except Exception as error:
            return say("{0}it raised {1}{2}", case, _first_line(error), _why_no_map(answer, net, crop, image))
        said = _wrong_map(got, net, crop, image, stride)
        if said:
            return case + spoken(said)
        if not torch.equal(image, kept):
            return say("{0}the image has changed: work on a copy", case)
        if len(calls) > 2 * len(used):
            return say("{0}the scores are right, but the network ran once for each crop: let every layer run once", case)
    return ""


def _why_no_map(answer: Callable, net: nn.Sequential, crop: tuple[int, int], image: Tensor) -> str:
    """Where an answer that raises for this network and image would raise nothing."""
    with contextlib.suppress(Exception), torch.no_grad():
        answer(copy.deepcopy(net), crop, image[:, : crop[0], : crop[1]].clone())
        return "; it raises nothing if the image is as large as a crop, so: does the kernels' size depend on the image?"
    if _features(net, crop, len(image))[1:] != tuple(crop):
        return "; the kernels are as large as the features of a crop, and these are smaller here than the crop itself"
    return ""


def _one_pass(body: nn.Sequential, image: Tensor, weight: Tensor, bias: Tensor) -> Tensor | None:
    """The scores with other layers before flattening, or None where that doesn't work."""
    try:
        return F.conv2d(body(image[None]), weight, bias)[0]
    except RuntimeError:
        return None


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
        shapes = say("the map should have shape {0}, and yours has {1}", tuple(expected.shape), tuple(got.shape))
        return shapes + spoken(_why_this_size(got, net, crop, image))
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
    known["the kernels are flipped, but a layer computes a cross-correlation"] = F.conv2d(
        net[:-2](image[None]), net[-1].weight.reshape(-1, *size).flip(2, 3), net[-1].bias
    )[0]
    known["the layers before nn.Flatten are skipped"] = _one_pass(
        nn.Sequential(), image, net[-1].weight.reshape(-1, *size), net[-1].bias
    )
    for said, wrong in known.items():
        if wrong is not None and wrong.shape == got.shape and torch.allclose(got.float(), wrong, atol=1e-4):
            return said
    i, j = divmod((got.float() - expected).abs().amax(0).argmax().item(), expected.shape[2])
    at = f"({i * stride}, {j * stride})"
    return say(
        "the scores aren't those of the crops; the crop that begins at pixel {0} has {1}",
        at,
        show(expected[:, i, j].tolist()),
    )


@torch.no_grad()
def _why_this_size(got: Tensor, net: nn.Sequential, crop: tuple[int, int], image: Tensor) -> str:
    """Why a map of scores has another size than it should."""
    size = _features(net, crop, len(image))
    weight, bias = net[-1].weight.reshape(-1, *size), net[-1].bias
    expected = _score_map(net, crop, image)
    if got.shape[1:] == (1, 1):
        return ": there's a single place; each crop of the large image has one of its own"
    coarse = expected[:, ::2, ::2]
    if got.shape == coarse.shape and torch.allclose(got.float(), coarse, atol=1e-4):
        return ": every second place is missing; the dense layer's kernels move by 1 on the features"
    unpooled = nn.Sequential(*(layer for layer in net[:-2] if not isinstance(layer, nn.MaxPool2d)))
    without = _one_pass(unpooled, image, weight, bias)
    if without is not None and got.shape == without.shape and torch.allclose(got.float(), without, atol=1e-4):
        return ": the pooling layer is left out"
    turned = tuple(image.shape[i + 1] - crop[1 - i] + 1 for i in (0, 1))
    if len(net) == 2 and got.shape[1:] == turned:
        return ": crop is (height, width), and here, the two are swapped"
    return ""


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
            scores[label, 1, 1:] -= 9  # in its row, the first score is by far the largest
        cases.append((scores, label, crop, stride))
    return cases


# 5.7: a color transform


def _pixels(X: Tensor) -> Tensor:
    """A pixel in each row, and a 1 after its values; in float64, so that an answer in either type is near."""
    rows = X.flatten(1).T.double()
    return torch.cat([rows, torch.ones_like(rows[:, :1])], dim=1)


def _least_squares(X: Tensor, Y: Tensor) -> tuple[Tensor, Tensor]:
    solution = torch.linalg.lstsq(_pixels(X), Y.flatten(1).T.double()).solution
    return solution[:-1].T, solution[-1]


def _through_zero(X: Tensor, Y: Tensor) -> tuple[Tensor, Tensor]:
    W = torch.linalg.lstsq(X.flatten(1).T.double(), Y.flatten(1).T.double()).solution.T
    return W, torch.zeros_like(W[:, 0])


def _rolled(X: Tensor, Y: Tensor) -> tuple[Tensor, Tensor]:
    """The last row of the solution as the bias, where the ones are the first column."""
    W, b = _least_squares(X, Y)
    return torch.cat([b[:, None], W[:, :-1]], dim=1), W[:, -1]


def _of_the_mean(X: Tensor, Y: Tensor) -> tuple[Tensor, Tensor]:
    W, b = _least_squares(X.mean(0, keepdim=True), Y)
    return W.expand(-1, len(X)) / len(X), b


def _channel_by_channel(X: Tensor, Y: Tensor) -> tuple[Tensor, Tensor]:
    W, b = X.new_zeros(len(Y), len(X)), X.new_zeros(len(Y))
    for o in range(min(len(X), len(Y))):
        W[o, o], b[o] = (value.squeeze() for value in _least_squares(X[o : o + 1], Y[o : o + 1]))
    return W, b


def _not_the_smallest(wrong: Sequence[Outcome], _cases: Sequence[tuple]) -> str:
    """Whether a pair (W, b) lies between 0 and the solution, or how large its error is."""
    solutions = [_as_solution(outcome) for outcome in wrong]
    if any(solution is None for solution in solutions):
        return ""
    if all(_on_the_way(outcome.case, solution) for outcome, solution in zip(wrong, solutions, strict=True)):
        return (
            "W and b are somewhere between 0 and the solution: does something pull them toward 0, or are they approached "
            "step by step? Solve for them at once"
        )
    X, Y = wrong[0].case
    rows, targets = _pixels(X), Y.flatten(1).T.double()
    yours, best = ((rows @ S - targets).square().mean() for S in (solutions[0], torch.linalg.lstsq(rows, targets).solution))
    return say("the mean squared error is {0:.3g}, and the smallest is {1:.3g}", yours, best)


def _as_solution(outcome: Outcome) -> Tensor | None:
    """W and b as the solution of the least-squares problem, None where they haven't the right form."""
    if outcome.fault or not isinstance(outcome.got, (tuple, list)) or len(outcome.got) != 2:
        return None
    W, b = map(as_tensor, outcome.got)
    if W is None or b is None or (W.shape, b.shape) != tuple(part.shape for part in outcome.expected):
        return None
    return torch.cat([W.double(), b.double()[:, None]], dim=1).T


def _on_the_way(case: tuple, S: Tensor) -> bool:
    """Whether S is a shrunk solution, more where the pixels vary less: by a penalty or by descent from 0."""
    rows, targets = _pixels(case[0]), case[1].flatten(1).T.double()
    _, axes = torch.linalg.eigh(rows.T @ rows)
    mine, best = axes.T @ S, axes.T @ torch.linalg.lstsq(rows, targets).solution
    share = (mine * best).sum(1) / best.square().sum(1)
    near = torch.allclose(mine, share[:, None] * best, rtol=1e-3, atol=1e-3)
    return near and bool((share > -1e-3).all() and (share < 1.001).all() and (share.diff() > -1e-3).all())


def _pairs(generator: torch.Generator) -> list[tuple]:
    """(X, Y): pairs of images; Y is a noisy mixture of X's channels with an offset, so no transform fits all pixels."""
    cases = []
    for c_i, c_o, h, w in ((1, 1, 2, 3), (3, 3, 4, 5), (3, 2, 7, 3), (2, 4, 5, 5)):
        X = torch.rand(c_i, h, w, generator=generator)
        W, b = (torch.randn(*size, generator=generator) for size in ((c_o, c_i), (c_o,)))
        noise = torch.randn(c_o, h, w, generator=generator) / 10
        cases.append((X, torch.einsum("oc,chw->ohw", W, X) + b[:, None, None] + noise))
    return cases


def _descent(
    X: Tensor,
    Y: Tensor,
    steps: int,
    lr: float,
    factor: float = 2.0,
    rate_b: float = 1.0,
    total: bool = False,
    start: float = 0.0,
) -> tuple[Tensor, Tensor]:
    rows, targets = X.flatten(1).double(), Y.flatten(1).double()
    W, b = rows.new_full((len(targets), len(rows)), start), rows.new_full((len(targets),), start)
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


def _pixel_by_pixel(X: Tensor, Y: Tensor, steps: int, lr: float) -> tuple[Tensor, Tensor]:
    """Descent whose step n reads pixel n only."""
    W, b = X.new_zeros(len(Y), len(X)), X.new_zeros(len(Y))
    for n in range(steps):
        x, y = (Z.flatten(1)[:, n % Z[0].numel()] for Z in (X, Y))
        error = 2 * (W @ x + b - y) / len(y)
        W, b = W - lr * torch.outer(error, x), b - lr * error
    return W, b


def _first_steps(answer: Callable, wrong: Sequence[Outcome]) -> str:
    """What's seen when an answer takes no step or one."""
    X, Y, _, lr = wrong[0].case
    start, again = (answer(X.clone(), Y.clone(), 0, lr) for _ in range(2))
    if any(as_tensor(part).any() for part in start):
        random = not all(map(equal, start, map(as_tensor, again)))
        return (
            "before the first step, W and b are random: they start as zeros" if random else "W and b don't start as zeros"
        )
    moved = torch.cat([as_tensor(part).flatten() for part in answer(X.clone(), Y.clone(), 1, lr)]).abs()
    if torch.allclose(moved, torch.full_like(moved, lr), rtol=1e-3):
        return "in the first step, every number moves by lr, whatever its gradient is: subtract lr times the gradient"
    return ""


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
    windows = F.unfold(X[None].double(), k, padding=k // 2)[0]
    rows = _pixels(windows) if bias else windows.T
    targets = Y.flatten(1).T.double()
    error = rows @ torch.linalg.lstsq(rows, targets).solution - targets
    if not padded:
        error = error.reshape(*Y.shape[1:], -1)[k // 2 : Y.shape[1] - k // 2, k // 2 : Y.shape[2] - k // 2]
    return error


def _error_of(windows: Tensor, Y: Tensor) -> float:
    """The error of the best fit where each column is a window."""
    rows, targets = _pixels(windows), Y.flatten(1).T.double()
    return (rows @ torch.linalg.lstsq(rows, targets).solution - targets).square().mean().item()


def _reshaped_windows(X: Tensor, k: int) -> Tensor:
    return F.unfold(X[None], k, padding=k // 2)[0].reshape(X[0].numel(), -1).T


def _by_halves(X: Tensor, Y: Tensor, k: int) -> float:
    rows, targets = _pixels(F.unfold(X[None], k, padding=k // 2)[0]), Y.flatten(1).T.double()
    half = len(rows) // 2
    solution = torch.linalg.lstsq(rows[:half], targets[:half]).solution
    return (rows[half:] @ solution - targets[half:]).square().mean().item()


def _no_number(wrong: Sequence[Outcome], _cases: Sequence[tuple]) -> str:
    """Whether the results are tensors or several numbers."""
    results = [as_tensor(outcome.got) for outcome in wrong if not outcome.fault]
    if len(results) < len(wrong) or any(result is None for result in results) or not any(r.numel() > 1 for r in results):
        return ""
    kernels = all(
        tuple(result.shape) == (len(outcome.case[1]), len(outcome.case[0]), outcome.case[2], outcome.case[2])
        for result, outcome in zip(results, wrong, strict=True)
    )
    return "this is the kernel: return its mean squared error" if kernels else "the error is one number, not several"


def _too_large_or_random(answer: Callable, wrong: Sequence[Outcome]) -> str:
    """What an error that is no known one has to do with the smallest, where all results are numbers."""
    errors = [as_tensor(outcome.got) for outcome in wrong if not outcome.fault]
    if len(errors) < len(wrong) or any(error is None or error.numel() != 1 for error in errors):
        return ""
    X, Y, k = wrong[0].case
    if not equal(answer(X.clone(), Y.clone(), k), errors[0].item()):
        return (
            "two calls with the same images give different errors: the best kernel needs no random start, so solve for it"
        )
    if all(error < outcome.expected for error, outcome in zip(errors, wrong, strict=True)):
        return "no k×k kernel with one bias gets that close: are pixels left out, windows larger, or does the bias vary?"
    if all(error > outcome.expected for error, outcome in zip(errors, wrong, strict=True)):
        return "this isn't the smallest error: a k×k kernel with a bias gets closer"
    return ""


def _neighborhoods(generator: torch.Generator) -> list[tuple]:
    """(X, Y, k): Y depends on neighbors, so a 3×3 kernel fits it better than a 1×1 kernel does."""
    cases = []
    for c_i, c_o, h, w, k in ((1, 1, 3, 4, 1), (2, 1, 8, 7, 1), (2, 2, 8, 9, 3), (1, 2, 9, 11, 5)):
        X = torch.rand(c_i, h, w, generator=generator)
        K = torch.randn(c_o, c_i, 3, 3, generator=generator)
        noise = torch.randn(c_o, h, w, generator=generator) / 3
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


def _kept_kernel(X: Tensor, Y: Tensor, k: int, order: Tensor) -> tuple[float, float]:
    before, after = (
        (_pixels(F.unfold(A[None], k, padding=k // 2)[0]), B.flatten(1).T.double())
        for A, B in ((X, Y), (_shuffled(X, order), _shuffled(Y, order)))
    )
    solution = torch.linalg.lstsq(*before).solution
    first, second = ((rows @ solution - targets).square().mean().item() for rows, targets in (before, after))
    return first, second


def _another_order(answer: Callable, wrong: Sequence[Outcome]) -> str:
    """Whether the errors are the same whatever the order is, or random."""
    X, Y, k, order = wrong[0].case
    results = [answer(X.clone(), Y.clone(), k, other) for other in (order.clone(), order.clone(), order.flip(0))]
    if not equal(results[0], results[1]):
        return "two calls with the same arguments differ: shuffle with the order that is given"
    if k > 1 and equal(results[0], results[2]):
        return "another order gives the same errors: shuffle with the order that is given"
    return ""


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
            "this is where the class has its largest score, which a softmax over the places doesn't change: compare it "
            "with the other classes' scores at the same place": (
                lambda scores, label, crop, stride: _box(scores[label], crop, stride)
            ),
            "the softmax is taken over each row of the map: take it over the classes, axis 0": (
                lambda scores, label, crop, stride: _box(scores.softmax(-1)[label], crop, stride)
            ),
            "the scores are divided by their sum: softmax takes powers of e first": lambda scores, label, crop, stride: (
                _box((scores / scores.sum(0))[label], crop, stride)
            ),
            "top and left are swapped: the row of the map gives the top": lambda scores, label, crop, stride: (
                _placed_at_column(scores.softmax(0)[label], crop, stride)
            ),
            "the order is (top, left, bottom, right), and yours is (top, bottom, left, right)": lambda *case: tuple(
                _locate(*case)[i] for i in (0, 2, 1, 3)
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
        otherwise=_not_the_smallest,
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
                Y.mean((1, 2)) - _through_zero(X, Y)[0] @ X.double().mean((1, 2)),
            ),
            "the pixels are mixed up: flatten keeps the channels on axis 0, and transposing makes rows of pixels": (
                lambda X, Y: _least_squares(X.reshape(-1, len(X)).T[:, :, None], Y.reshape(-1, len(Y)).T[:, :, None])
            ),
            "the ones are the first column, so the bias is the first row of the solution, not the last": _rolled,
            "b is the mean of Y, which is right only if X has mean 0, too: subtract the mean of both": lambda X, Y: (
                _through_zero(X, Y - Y.mean((1, 2), keepdim=True))[0],
                Y.mean((1, 2)),
            ),
            "only the mean over X's channels is read: each channel has a weight of its own": _of_the_mean,
            "all output channels have the same bias, the mean: each has its own": lambda X, Y: (
                _least_squares(X, Y)[0],
                _least_squares(X, Y)[1].mean().repeat(len(Y)),
            ),
            "only the first row of pixels is used": lambda X, Y: _least_squares(X[:, :1], Y[:, :1]),
            "only the first column of pixels is used": lambda X, Y: _least_squares(X[:, :, :1], Y[:, :, :1]),
            "each output channel reads only the input channel with the same number: it has a weight for all of them": (
                _channel_by_channel
            ),
            "this is the whole solution: its first rows, transposed, are W, and its last row is b": lambda X, Y: torch.cat(
                [_least_squares(X, Y)[0].T, _least_squares(X, Y)[1][None]]
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
        probe=_first_steps,
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
            "W and b start as ones, not as zeros": lambda *case: _descent(*case, start=1.0),
            "each step reads a single pixel: the loss is the mean over all of them": _pixel_by_pixel,
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
        otherwise=_no_number,
        probe=_too_large_or_random,
        prepare=_warm_up,
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
            "the windows that reach over the border are left out: pad the image with zeros": lambda X, Y, k: _error_of(
                F.unfold(X[None], k)[0], Y[:, k // 2 : Y.shape[1] - k // 2, k // 2 : Y.shape[2] - k // 2]
            ),
            "the image is padded with mirrored pixels: pad it with zeros": lambda X, Y, k: _error_of(
                F.unfold(F.pad(X[None], (k // 2,) * 4, mode="reflect"), k)[0], Y
            ),
            "the image is padded with its border pixels: pad it with zeros": lambda X, Y, k: _error_of(
                F.unfold(F.pad(X[None], (k // 2,) * 4, mode="replicate"), k)[0], Y
            ),
            "the columns of F.unfold are reshaped into rows, which mixes up the windows: transpose them": lambda X, Y, k: (
                _error_of(_reshaped_windows(X, k), Y)
            ),
            "the kernel is fitted to the upper half and measured on the lower half: use all pixels for both": _by_halves,
            "only the mean over the input channels is read: a kernel has a slice for each of them": lambda X, Y, k: (
                _kernel_error(X.mean(0, keepdim=True), Y, k)
            ),
            "nothing is fitted: this is the mean squared difference of X and Y": lambda X, Y, k: (
                (X.mean(0) - Y).square().mean().item()
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
        probe=_another_order,
        mistakes={
            "only X is shuffled, so its pixels meet other targets": _after(lambda X, Y, order: (_shuffled(X, order), Y)),
            "only Y is shuffled, so the pixels meet other targets": _after(lambda X, Y, order: (X, _shuffled(Y, order))),
            "the second error is that of the given images: shuffle first, then cut out the windows and fit": _after(
                lambda X, Y, order: (X, Y)
            ),
            "Y is shuffled back instead of in the same way as X": _after(
                lambda X, Y, order: (_shuffled(X, order), _shuffled(Y, order.argsort()))
            ),
            "pixel n moves to position order[n]: pixel order[n] should move to position n": _after(
                lambda X, Y, order: (_shuffled(X, order.argsort()), _shuffled(Y, order.argsort()))
            ),
            "the pixels are counted column by column: count them row by row": _after(
                lambda X, Y, order: (_shuffled(X.mT, order).mT, _shuffled(Y.mT, order).mT)
            ),
            "the pixels are mixed up by a reshape to (h·w, channels), which doesn't move the channels": _after(
                lambda X, Y, order: tuple(Z.reshape(-1, len(Z))[order].reshape(Z.shape) for Z in (X, Y))
            ),
            "both fits have a 3×3 kernel: use k": lambda X, Y, k, order: _control(X, Y, 3, order),
            "these are the errors of a 1×1 and a k×k kernel, and nothing is shuffled": lambda X, Y, k, order: (
                _kernel_error(X, Y, 1),
                _kernel_error(X, Y, k),
            ),
            "the kernel from before the shuffling is measured on the new images: fit it anew": _kept_kernel,
            "these are the ratios of the two errors: return the errors themselves": lambda *case: (
                _control(*case)[1] / _control(*case)[0],
                _control(*case)[0] / _control(*case)[1],
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


def _placed_at_column(values: Tensor, crop: tuple[int, int], stride: int) -> tuple[int, ...]:
    i, j = divmod(int(values.argmax()), values.shape[1])
    return stride * j, stride * i, stride * j + crop[0], stride * i + crop[1]


def _turned(box: tuple[int, ...]) -> tuple[int, ...]:
    return box[1], box[0], box[3], box[2]


def _less(box: tuple[int, ...]) -> tuple[int, ...]:
    return box[0], box[1], box[2] - 1, box[3] - 1


def _split_by_height(values: Tensor, crop: tuple[int, int], stride: int) -> tuple[int, ...]:
    i, j = divmod(int(values.argmax()), values.shape[0])
    return stride * i, stride * j, stride * i + crop[0], stride * j + crop[1]
