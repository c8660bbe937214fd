"""The longer tasks of lesson 03: an image processed by tiles, and the backward pass with padding and stride."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional as F

from .._language import message, say, spoken
from ._clues import clues, exactly
from ._comparing import as_tensor, plain
from ._judging import Implementation, judged
from ._kinds import Choice, Function, Outcome, _Calls

# Tiles


class Net:
    """A stack of layers (kernel, stride) with odd kernels, each with same padding and a ReLU; its weights are random.

    It takes a piece (h, w) of at most `most` pixels a side and returns ⌈h/s⌉ × ⌈w/s⌉ values, s the product of the strides.
    """

    def __init__(self, layers: list[tuple[int, int]], most: int, generator: torch.Generator):
        self.layers, self.most = layers, most
        self.kernels = [torch.randn(1, 1, k, k, generator=generator, dtype=torch.float64) for k, _ in layers]

    def whole(self, X: Tensor) -> Tensor:
        """The output for an image of any size."""
        X = X[None, None]
        for K, (k, s) in zip(self.kernels, self.layers, strict=True):
            X = F.conv2d(X, K.to(X.dtype), padding=k // 2, stride=s).relu()
        return X[0, 0]

    def __call__(self, piece: Tensor) -> Tensor:
        if piece.dim() != 2:
            raise ValueError(message("a piece must have shape (h, w), got {shape}", shape=tuple(piece.shape)))
        if max(piece.shape) > self.most:
            told = message("net takes at most {most} pixels a side, got {shape}", most=self.most, shape=tuple(piece.shape))
            raise ValueError(told)
        if not min(piece.shape):
            raise ValueError(message("a piece is empty: {shape}", shape=tuple(piece.shape)))
        return self.whole(piece if piece.is_floating_point() else piece.float())

    def __repr__(self) -> str:
        return say("net of {0}", say(", ").join(say("{0}×{0} with stride {1}", k, s) for k, s in self.layers))


def _halo(layers: list[tuple[int, int]]) -> int:
    """By the gradient: how far to the left one output looks."""
    line = torch.zeros(1, 1, 401, requires_grad=True)
    Y = line
    for k, s in layers:
        Y = F.conv1d(Y, torch.ones(1, 1, k), padding=k // 2, stride=s)
    distance = math.prod(s for _, s in layers)
    middle = 200 // distance
    seen = torch.autograd.grad(Y[0, 0, middle], line)[0].flatten().nonzero()
    return middle * distance - int(seen[0])


def _sum(rule: Callable[[int, int, int], float], whole: bool = True) -> Callable:
    """A halo that adds rule(k, s, strides before) for each layer."""

    def halo(layers):
        total, before = 0, 1
        for k, s in layers:
            total += rule(k, s, before)
            before *= s
        return int(total) if whole else total

    return halo


def _tiled(X: Tensor, net: Net, size: int, stride: int, before: int, after: int, skip: Callable | None = None) -> Tensor:
    """The output by tiles of size×size pixels with margins; `skip`: how many outputs to drop, given those of the margin."""
    rows = []
    for top in range(0, X.shape[0], size):
        tiles = []
        for left in range(0, X.shape[1], size):
            first = max(0, top - before), max(0, left - before)
            piece = X[first[0] : top + size + after, first[1] : left + size + after]
            wanted = [math.ceil(min(size, n - at) / stride) for n, at in zip(X.shape, (top, left), strict=True)]
            margin = [math.ceil((at - f) / stride) for f, at in zip(first, (top, left), strict=True)]
            a, b = map(skip, margin) if skip else margin
            tiles.append(net(piece)[a : a + wanted[0], b : b + wanted[1]])
        rows.append(torch.cat(tiles, dim=1))
    return torch.cat(rows)


def _uncut(X: Tensor, net: Net, halo: int, size: int) -> Tensor:
    rows = []
    for top in range(0, X.shape[0], size):
        tiles = [
            net(X[max(0, top - halo) : top + size + halo, max(0, left - halo) : left + size + halo])
            for left in range(0, X.shape[1], size)
        ]
        rows.append(torch.cat(tiles, dim=1))
    return torch.cat(rows)


def _all_added(X: Tensor, net: Net, halo: int, size: int) -> Tensor:
    out = torch.zeros_like(X)
    for top, left in product(range(0, X.shape[0], size), range(0, X.shape[1], size)):
        piece = slice(max(0, top - halo), top + size + halo), slice(max(0, left - halo), left + size + halo)
        out[piece] += net(X[piece])
    return out


def _always_cut(X: Tensor, net: Net, halo: int, size: int) -> Tensor:
    rows = []
    for top in range(0, X.shape[0], size):
        tiles = []
        for left in range(0, X.shape[1], size):
            Y = net(X[max(0, top - halo) : top + size + halo, max(0, left - halo) : left + size + halo])
            tiles.append(Y[halo : Y.shape[0] - halo, halo : Y.shape[1] - halo])
        rows.append(torch.cat(tiles, dim=1))
    return torch.cat(rows)


def _zeros_around(X: Tensor, net: Net, halo: int, size: int) -> Tensor:
    padded, rows = F.pad(X, (halo,) * 4), []
    for top in range(0, X.shape[0], size):
        tiles = []
        for left in range(0, X.shape[1], size):
            Y = net(padded[top : top + size + 2 * halo, left : left + size + 2 * halo])
            tiles.append(Y[halo : Y.shape[0] - halo, halo : Y.shape[1] - halo])
        rows.append(torch.cat(tiles, dim=1))
    return torch.cat(rows)


def _full_tiles(X: Tensor, size: int) -> Tensor:
    return X[: X.shape[0] // size * size, : X.shape[1] // size * size]


def _rounded(halo: int, stride: int) -> int:
    return math.ceil(halo / stride) * stride


def _tile_cases(generator: torch.Generator) -> list[tuple]:
    cases = []
    for shape, layers, size in [
        ((4, 4), [(3, 1)], 4),
        ((6, 4), [(3, 1)], 2),
        ((7, 10), [(3, 1)], 4),
        ((11, 8), [(5, 1)], 3),
        ((13, 17), [(3, 1), (5, 1)], 5),
        ((9, 20), [(3, 1)] * 3, 6),
    ]:
        halo = _halo(layers)
        X = torch.rand(shape, generator=generator, dtype=torch.float64).float()
        cases.append((X, Net(layers, size + 2 * halo, generator), halo, size))
    return cases


def _strided_cases(generator: torch.Generator) -> list[tuple]:
    cases = []
    for shape, layers, size in [
        ((4, 8), [(3, 2)], 4),
        ((9, 14), [(3, 2)], 4),
        ((15, 12), [(5, 2)], 6),
        ((21, 26), [(3, 2), (3, 1)], 6),
        ((19, 31), [(3, 2), (3, 2)], 8),
        ((25, 20), [(3, 3), (3, 1)], 9),
        ((14, 16), [(5, 2), (5, 1)], 6),
    ]:
        halo, stride = _halo(layers), math.prod(s for _, s in layers)
        X = torch.rand(shape, generator=generator, dtype=torch.float64).float()
        cases.append((X, Net(layers, size + 2 * _rounded(halo, stride), generator), halo, stride, size))
    return cases


class _Recorder(Net):
    """A network that writes down its pieces and takes any size."""

    def __init__(self, net: Net):
        self.layers, self.kernels, self.most = net.layers, net.kernels, net.most
        self.pieces: list[Tensor] = []

    def __call__(self, piece: Tensor) -> Tensor:
        self.pieces.append(piece.detach().clone())
        return self.whole(piece.float())


def _place(piece: Tensor, X: Tensor) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The rows and the columns of X in a piece, each (first, end); None if it's no part of X, which counts from 1."""
    if piece.dim() != 2 or not piece.numel():
        return None
    top, left = divmod(int(piece[0, 0]) - 1, X.shape[1])
    bottom, right = top + piece.shape[0], left + piece.shape[1]
    found = X[max(top, 0) : bottom, left:right]
    return ((top, bottom), (left, right)) if top >= 0 and torch.equal(found, piece) else None


def _tiles_seen(answer: Callable, wrong: Sequence[Outcome]) -> str:
    """What is wrong with the pieces that an answer sends through net, or with what it keeps, in the first wrong case."""
    outcome = wrong[0]
    X, net, halo, *_, size = outcome.case
    stride = outcome.case[3] if len(outcome.case) == 5 else 1
    numbered, recorder = torch.arange(1.0, X.numel() + 1).reshape(X.shape), _Recorder(net)
    stopped = True
    with contextlib.suppress(Exception):  # it may stop halfway, like the answer itself
        answer(numbered, recorder, *outcome.case[2:])
        stopped = False
    pieces = recorder.pieces
    if not pieces:
        return "net is never called: each tile has to go through it"
    if len(pieces) == 1 and pieces[0].shape == X.shape and size < max(X.shape):
        return "the whole image goes through net at once, and it's too large for that: cut it into tiles"
    if any(not piece.numel() for piece in pieces):
        return "a piece is empty: does a slice begin below 0, which Python counts from the end?"
    if any((piece == 0).any() for piece in pieces):
        return (
            "zeros are added around a piece: net should see the image's own pixels there, and where the image ends, nothing"
        )
    places = [_place(piece, numbered) for piece in pieces]
    if None in places:
        return "net gets a piece that isn't a rectangle cut out of X"
    if not any(place[0][0] == 0 and place[1][0] == 0 for place in places):
        return "no piece begins at row 0 and column 0: does a slice begin below 0, which Python counts from the end?"
    if sum(place[0] == places[0][0] for place in places) > math.ceil(X.shape[1] / size):
        return "there are more tiles side by side than X has columns for: height and width can differ"
    for axis, name in enumerate(("row", "column")):
        n = X.shape[axis]
        for first, end in dict.fromkeys(place[axis] for place in places):
            if first % stride:
                return say(
                    (
                        "a piece begins at {0} {1}, no multiple of the stride {2}, so net's outputs are centered on "
                        "other pixels there{3}"
                    ),
                    name,
                    first,
                    stride,
                    _too_few(outcome),
                )
            if end - first > net.most:
                what = "the halo is a number of pixels, not of outputs" if stride > 1 else "add the halo once on each side"
                return say("a piece has {0} {1}s, more than net takes: {2}", end - first, name, what)
        for tile in range(0, 0 if stopped else n, size):
            needed = max(0, tile - halo), min(n, tile + size + halo)
            if not any(first <= needed[0] and end >= needed[1] for first, end in (place[axis] for place in places)):
                if all(end <= tile for _, end in (place[axis] for place in places)):
                    return say(
                        "no piece reaches {0} {1}: go through all the tiles, also where height and width differ", name, tile
                    )
                return say(
                    (
                        "no piece has all the pixels that the outputs of the tile from {0} {1} on see: the halo before "
                        "it and the halo after it"
                    ),
                    name,
                    tile,
                )
    return _kept(outcome, stride)


def _too_few(outcome: Outcome) -> str:
    few = getattr(outcome.got, "shape", ()) and outcome.got.numel() < outcome.expected.numel()
    return "; besides, fewer outputs are kept than a tile has" if few else ""


def _kept(outcome: Outcome, stride: int) -> str:
    """What is wrong with the outputs that are kept, if net got the right pieces."""
    got, expected = as_tensor(outcome.got), outcome.expected
    right = "net gets the right pieces, but "
    if got is None or got.dim() != 2:
        return say("{0}what is kept of its outputs doesn't fit: how many rows and columns belong to the tile?", right)
    if got.numel() == expected.numel() and torch.allclose(
        got.double().flatten().sort()[0], expected.double().flatten().sort()[0], rtol=1e-4, atol=1e-5
    ):
        return say("{0}the tiles' outputs are put together in other places: tiles of a row belong side by side", right)
    if any(a < b for a, b in zip(got.shape, expected.shape, strict=True)):
        return say("{0}too little of its outputs is kept: where the image ends, a piece has no margin to cut off", right)
    if got.shape != expected.shape:
        per = say(", and a tile of n pixels has n/{0} of them", stride) if stride > 1 else ""
        return say("{0}too many of its outputs are kept: those of the margin must go{1}", right, per)
    if stride > 1:
        return say(
            "{0}other outputs than the tile's are kept: {1} pixels of margin are only one output to skip", right, stride
        )
    return say(("{0}other outputs than the tile's are kept: count those of the margin, and skip or drop just them"), right)


# The backward pass


def _forward(X: Tensor, K: Tensor, padding: int, stride: int) -> Tensor:
    return F.conv2d(X[None, None], K[None, None], padding=padding, stride=stride)[0, 0]


def _gradients(X: Tensor, K: Tensor, dY: Tensor, padding: int, stride: int) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        X, K = X.detach().requires_grad_(), K.detach().requires_grad_()
        return torch.autograd.grad(_forward(X, K, padding, stride), (X, K), dY)


def _kernel_gradient(X: Tensor, dY: Tensor, size: tuple[int, int], padding: int, stride: int) -> Tensor:
    return _gradients(X, X.new_zeros(size), dY, padding, stride)[1]


def _input_gradient(K: Tensor, dY: Tensor, size: tuple[int, int], padding: int, stride: int) -> Tensor:
    return _gradients(K.new_zeros(size), K, dY, padding, stride)[0]


SETTINGS = [  # of X, of K, padding, stride
    ((2, 2), (1, 1), 0, 1),
    ((3, 4), (2, 2), 0, 1),
    ((4, 3), (2, 3), 1, 1),
    ((5, 5), (2, 2), 0, 2),
    ((6, 7), (3, 2), 1, 2),
    ((8, 5), (3, 3), 2, 3),
    ((7, 8), (2, 3), 0, 3),
    ((4, 4), (1, 3), 2, 1),
]


def _with_kernel_size(generator: torch.Generator) -> list[tuple]:
    cases = []
    for size, kernel, p, s in SETTINGS:
        X = torch.randn(size, generator=generator, dtype=torch.float64)
        dY = torch.randn(_forward(X, X.new_zeros(kernel), p, s).shape, generator=generator, dtype=torch.float64)
        cases.append((X.float(), dY.float(), kernel, p, s))
    return cases


def _with_input_size(generator: torch.Generator) -> list[tuple]:
    cases = []
    for size, kernel, p, s in SETTINGS:
        K = torch.randn(kernel, generator=generator, dtype=torch.float64)
        dY = torch.randn(_forward(K.new_zeros(size), K, p, s).shape, generator=generator, dtype=torch.float64)
        cases.append((K.float(), dY.float(), size, p, s))
    return cases


def _by_cells(X: Tensor, dY: Tensor, size: tuple[int, int], step: int) -> Tensor:
    """The kernel's gradient without padding, with stops `step` apart."""
    dK = X.new_zeros(size)
    for a, b in product(*map(range, size)):
        seen = X[a : a + step * len(dY) : step, b : b + step * dY.shape[1] : step]
        dK[a, b] = (seen[: len(dY), : dY.shape[1]] * dY).sum()
    return dK


def _stamped(
    K: Tensor,
    dY: Tensor,
    size: tuple[int, int],
    padding: int,
    stride: int,
    crop: bool = True,
    over: bool = False,
) -> Tensor:
    """The input's gradient by stamping dY[i, j]·K into zeros; `over`: written over what is there instead of added."""
    dX = dY.new_zeros(size[0] + 2 * padding, size[1] + 2 * padding)
    h, w = K.shape
    for i, j in product(*map(range, dY.shape)):
        place = dX[i * stride : i * stride + h, j * stride : j * stride + w]
        place.copy_(dY[i, j] * K if over else place + dY[i, j] * K)
    return dX[padding : padding + size[0], padding : padding + size[1]] if crop else dX


def _reached(K: Tensor, dY: Tensor, size: tuple[int, int], padding: int, stride: int) -> Tensor:
    """The input's gradient as far as the windows reach."""
    reach = [(m - 1) * stride + k for m, k in zip(dY.shape, K.shape, strict=True)]
    dP = _stamped(K, dY, size, padding, stride, crop=False)[: reach[0], : reach[1]]
    return dP[padding : reach[0] - padding, padding : reach[1] - padding]


def _slid(X: Tensor, dY: Tensor, padding: int, **settings: int) -> Tensor:
    """dY slides over X."""
    return F.conv2d(X[None, None], dY[None, None], padding=padding, **settings)[0, 0]


def _read_counts(K: Tensor, dY: Tensor, size: tuple[int, int], padding: int, stride: int) -> Tensor:
    return _stamped(torch.ones_like(K), torch.ones_like(dY), size, padding, stride).clamp(min=1)


BACKWARD_CLUES: Mapping[str, Callable[[Outcome], bool]] = {
    "only cases with a stride larger than 1 are wrong: how far apart are the windows of neighboring outputs, and which "
    "pixels does none read?": lambda o: o.case[4] > 1,
    "only cases with padding are wrong: windows begin in the zeros, at −p, and end in them, too": lambda o: o.case[3] > 0,
    "only cases with padding or with a stride larger than 1 are wrong": lambda o: o.case[3] > 0 or o.case[4] > 1,
    "the gradient must have the shape of what it belongs to, the size that is given": lambda o: (
        not o.fault and getattr(o.got, "shape", None) != o.expected.shape
    ),
}
SIMPLE = ("conv2d", "conv_transpose2d", "convolution", "backward", "grad", "convolution_backward", "unfold", "fold")

# A gradient check


def _loss(X: Tensor) -> Tensor:
    """A loss that isn't linear in X: a convolution with padding 1 and stride 2, squared."""
    K = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]], dtype=X.dtype)
    return (F.conv2d(X[None, None], K[None, None], padding=1, stride=2) ** 2).sum()


def _curved(X: Tensor) -> Tensor:
    return (X.sin() * torch.arange(1.0, X.numel() + 1, dtype=X.dtype).reshape(X.shape)).sum()


def _large(X: Tensor) -> Tensor:
    return 1e8 * _loss(X)


def _true_gradient(loss: Callable, X: Tensor) -> Tensor:
    with torch.enable_grad():
        X = X.detach().clone().requires_grad_()
        return torch.autograd.grad(loss(X), X)[0]


def _one_off(gradient: Tensor, at: tuple[int, int]) -> Tensor:
    changed = gradient.clone()
    changed[at] *= 1.05
    return changed


def _last_missing(gradient: Tensor) -> Tensor:
    changed = gradient.clone()
    changed[-1] = 0
    return changed


Case = tuple[Callable, Tensor, Tensor]


def _checks() -> list[tuple[Implementation, Case]]:
    """Gradients, right and wrong, with their loss and the place X."""
    generator = torch.Generator().manual_seed(1)
    X, square = (torch.randn(size, generator=generator, dtype=torch.float64) for size in ((4, 5), (4, 4)))
    right, curved, large = _true_gradient(_loss, X), _true_gradient(_curved, square), _true_gradient(_large, X)
    noise = torch.randn(right.shape, generator=generator, dtype=torch.float64)
    small = 1e-5 * X
    found: list[tuple[str, str, Callable, Tensor, Tensor]] = [
        ("", "it's the gradient that autograd computes", _loss, X, right),
        ("", "this gradient belongs to a loss with sines, at a square X", _curved, square, curved),
        ("", "its errors are those of rounding, a billionth of the largest value", _loss, X, right + 1e-9 * noise),
        ("", "the loss is 100 million times as large, and rounding errors are, too: compare with the gradient's size",
         _large, X, large),
        ("", "X is small, about 0.00001, and so is the gradient", _loss, small, _true_gradient(_loss, small)),
        ("is twice as large as it should be", "compare the values, not only their direction", _loss, X, 2 * right),
        ("has the wrong sign", "compare values, not absolute values or sizes", _loss, X, -right),
        ("is off by 5% in the last element alone", "compare the elements one by one", _loss, X, _one_off(right, (-1, -1))),
        ("is off by 5% in one element in the middle", "a mean over all the elements hides it", _loss, X,
         _one_off(right, (2, 2))),
        ("is transposed", "the sum of the elements is the same, so compare each with its own difference", _curved, square,
         curved.T.contiguous()),
        ("is 0 in the last row", "move each element, those at the border, too", _loss, X, _last_missing(right)),
        ("is 0 everywhere", "a gradient of zeros must be compared, too", _loss, X, torch.zeros_like(right)),
        ("has its values in another order", "all the values are there, at other places", _loss, X, right.flip(0)),
        ("is off by 1%", "finite differences in float64 are much more exact than 1%", _loss, X, 1.01 * right),
        ("is off by 5% where X is small", "compare relative to the gradient's size: all its values are small here", _loss,
         small, 1.05 * _true_gradient(_loss, small)),
    ]  # fmt: skip
    return [(Implementation(lambda: None, fault, why), case) for fault, why, *case in found]


def _says(answer: Callable, loss: Callable, X: Tensor, gradient: Tensor) -> bool | None:
    """What a check says of a gradient; None if it raises an exception."""
    try:
        return bool(answer(loss, X.clone(), gradient.clone()))
    except AssertionError:
        return False
    except Exception:
        return None


def _check_seen(answer: Callable) -> str:
    """What is wrong with a check, by the points at which it asks for the loss and by more gradients."""
    (_, (loss, X, right)), *_ = cases = _checks()
    steps: list[float] = []

    def watched(Z: Tensor) -> Tensor:
        steps.append((Z.detach() - X).abs().max().item() if Z.shape == X.shape else 0.0)
        return loss(Z)

    accepts = {name: _says(answer, loss, X, gradient) for name, gradient in {
        "right": right, "double": 2 * right, "half": right / 2, "negative": -right,
        "above": right + right.abs().max(), "below": right - right.abs().max(), "1%": 1.01 * right,
    }.items()}  # fmt: skip
    _says(answer, watched, X, right)
    said = [(one.fault, _says(answer, *case)) for one, case in cases]
    if not steps:
        answers = {yes for _, yes in said}
        all_of_them = {(True,): "accepts all of them and ", (False,): "refuses all of them and "}.get(tuple(answers), "")
        return say(
            "your test {0}never calls loss: only the change of the loss tells whether a gradient is right", all_of_them
        )
    if not any(yes for fault, yes in said if not fault) and all(yes for fault, yes in said if fault):
        return "it's the wrong way round: your test returns False for right gradients and True for wrong ones"
    if accepts["right"] is False:
        return _quotient_seen(accepts, [step for step in steps if step])
    exact = accepts["right"] and not accepts["double"] and not accepts["negative"]
    if accepts["right"] and accepts["above"] != accepts["below"]:
        large, small = ("large", "small") if accepts["above"] else ("small", "large")
        return say(
            (
                "a gradient whose values are too {0} passes, and one whose values are too {1} doesn't: a "
                "difference may be negative, so compare absolute values"
            ),
            large,
            small,
        )
    return _element_seen(answer, loss, X, right, lax=bool(accepts["1%"])) if exact else ""


def _quotient_seen(accepts: Mapping[str, bool | None], steps: Sequence[float]) -> str:
    """Why the difference quotient isn't the derivative."""
    for name, line in {
        "double": "your difference quotient is twice the derivative: from x − ε to x + ε, the way is 2ε",
        "half": "your difference quotient is half the derivative: divide by the way from one point to the other",
        "negative": "your difference quotient has the wrong sign: it's the loss farther on less the loss before",
    }.items():
        if accepts[name]:
            return line
    if steps and max(steps) < 1e-9:
        return say(
            "a step of about {0:.0e} is too small: the losses differ by little more than rounding errors", max(steps)
        )
    if steps and max(steps) > 1e-2:
        return say("a step of about {0:.2g} is too large: the loss isn't straight over such a distance", max(steps))
    return ""


def _element_seen(answer: Callable, loss: Callable, X: Tensor, right: Tensor, *, lax: bool) -> str:
    """Why an element that is off by 5% isn't noticed."""
    for at, name in {(-1, -1): "the last element", (2, 2): "an element in the middle"}.items():
        far = right.clone()
        far[at] += 100 * right.abs().max()
        if not _says(answer, loss, X, _one_off(right, at)):
            continue
        if _says(answer, loss, X, far):
            return say("your test doesn't look at {0}: any value passes there", name)
        why = "a gradient that's 1% off everywhere passes, too" if lax else "is it a mean over all the elements?"
        return say(
            "your test notices a very wrong value in {0}, but 5% pass, so the tolerance is too large ({1})", name, why
        )
    return ""


def _gradient_check(answer) -> str:
    """Whether a function (loss, X, gradient) → bool tells right gradients from wrong ones."""
    if not callable(answer):
        return "give the function itself: it takes a loss, X, and a gradient, and returns True or False"
    implementations, changed = [], []
    for one, (loss, X, gradient) in _checks():
        before = X.clone()

        def case(loss=loss, X=X, gradient=gradient):
            return loss, X, gradient

        implementations.append(Implementation(case, one.fault, one.why))
        changed.append((X, before))
    with _Calls(("backward", "grad")) as calls:
        said = spoken(judged(lambda case: answer(*case()), implementations))
    if calls.found:
        return "your test asks autograd, and a check of a gradient should be independent of it: use central differences"
    if any(not torch.equal(X, before) for X, before in changed):
        return "X has other values afterwards: move a copy of it, or put each value back"
    seen = _check_seen(answer) if said.startswith(say("your test")) else ""
    said = said.replace(say("an implementation that"), say("a gradient that"))
    return seen or said.replace(say("implementation"), say("gradient"))


def _halo_clues(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
    given = [plain(outcome.got) for outcome in wrong if not outcome.fault]
    if len(given) == len(wrong) > 2 and len(set(map(str, given))) == 1:
        return say("it's {0} for every stack: work it out from `layers`", given[0])
    return HALO_CLUES(wrong, cases)


HALO_CLUES = clues(
    {
        "the halo is one integer": lambda o: not o.fault and not isinstance(plain(o.got), (int, float)),
        "only cases with strides larger than 1 are wrong: how many pixels long is one step of each layer?": (
            lambda o: any(s > 1 for _, s in o.case[0])
        ),
        "only cases with several layers are wrong: how much does each layer add, and do the strides before it multiply?": (
            lambda o: len(o.case[0]) > 1
        ),
    }
)

EXERCISES = {
    "3.7a": Function(
        reference=_halo,
        cases=lambda generator: [
            ([(3, 1)],),
            ([(1, 1)],),
            ([(5, 1), (3, 1)],),
            ([(3, 2)],),
            ([(3, 1), (3, 2), (5, 1)],),
            ([(7, 2), (3, 2), (3, 1)],),
            ([(3, 3), (5, 1), (3, 2)],),
            ([(3, 2)] * 4,),
        ],
        mistakes={
            "an output looks to two sides: half of each k − 1 goes to the left, half to the right": _sum(
                lambda k, s, before: (k - 1) * before
            ),
            "this is the width of the whole field; how far does it reach to one side of its middle?": lambda layers: (
                2 * _halo(layers) + 1
            ),
            "behind a layer with stride s, one step covers s pixels: multiply by the strides before the layer": _sum(
                lambda k, s, before: (k - 1) // 2
            ),
            "a layer's own stride doesn't widen its window, only those of the layers after it": _sum(
                lambda k, s, before: (k - 1) // 2 * before * s
            ),
            "each layer is multiplied by its own stride; it should be by those of the layers before it": _sum(
                lambda k, s, before: (k - 1) // 2 * s
            ),
            "half of k is one half too much; on each side of the middle, a window has (k − 1)/2 cells": _sum(
                lambda k, s, before: k / 2 * before, whole=False
            ),
            "rounded up, half of k is too much; on each side of the middle, a window has (k − 1)/2 cells": _sum(
                lambda k, s, before: (k + 1) // 2 * before
            ),
            "the halves of all layers add up, not only the largest": lambda layers: max(
                (_halo(layers[i : i + 1]) for i in range(len(layers))), default=0
            ),
            "half of the whole field also counts half of the middle pixel, so it's no integer": lambda layers: (
                _halo(layers) + 0.5
            ),
            "the strides of all the layers before a layer count, not only that of the one before it": lambda layers: sum(
                (k - 1) // 2 * s for (k, _), s in zip(layers, [1, *(s for _, s in layers)], strict=False)
            ),
            "the strides before a layer multiply; here they're added": lambda layers: sum(
                (k - 1) // 2 * max(1, sum(s for _, s in layers[:i])) for i, (k, _) in enumerate(layers)
            ),
            "the strides before multiply; here they're added to the 1": lambda layers: sum(
                (k - 1) // 2 * (1 + sum(s for _, s in layers[:i])) for i, (k, _) in enumerate(layers)
            ),
            "only the first layer is counted": lambda layers: _halo(layers[:1]),
            "the strides before a layer count, not those after it: the layers come input first": lambda layers: _halo(
                layers[::-1]
            ),
            "the middle pixel itself is not part of the halo": lambda layers: _halo(layers) + 1,
        },
        otherwise=_halo_clues,
        hints=[
            "A window of 3 reaches 1 cell to each side of its middle, a window of 5 reaches 2.",
            "A cell of the second layer's input is as many pixels away from the next as the first layer's stride.",
            "It's the receptive field of the lesson, without its middle pixel, and one side of it.",
        ],
        praise="Each layer adds (k − 1)/2 steps, and a step is as long as the product of the strides before it.",
    ),
    "3.7b": Function(
        reference=exactly(lambda X, net, halo, size: net.whole(X)),
        cases=_tile_cases,
        mistakes={
            "each tile is computed by itself: at its edges, net pads with zeros where the image goes on": (
                lambda X, net, halo, size: _tiled(X, net, size, 1, 0, 0)
            ),
            "pieces reach over the tile's edge above and on the left, but not below and on the right": (
                lambda X, net, halo, size: _tiled(X, net, size, 1, halo, 0)
            ),
            "pieces reach over the tile's edge below and on the right, but not above and on the left": (
                lambda X, net, halo, size: _tiled(X, net, size, 1, 0, halo)
            ),
            "the margin is one pixel too narrow": lambda X, net, halo, size: _tiled(X, net, size, 1, halo - 1, halo - 1),
            "half of the halo isn't enough: an output looks that far to each side": lambda X, net, halo, size: _tiled(
                X, net, size, 1, halo // 2, halo // 2
            ),
            "pieces overlap, and their outputs are added together: keep of each only what belongs to its tile": _all_added,
            "the outputs of the margin are still there: cut them off before you put the tiles together": _uncut,
            "the same amount is cut off on all sides, but where the image ends, there's no margin to cut": _always_cut,
            "zeros around the image aren't what net's later layers see there: let the piece end where the image ends": (
                _zeros_around
            ),
            "the last tiles, which aren't full, are left out": lambda X, net, halo, size: net.whole(X)[
                : X.shape[0] // size * size, : X.shape[1] // size * size
            ],
            "the last tiles, which aren't full, stay 0": lambda X, net, halo, size: F.pad(
                net.whole(X)[: X.shape[0] // size * size, : X.shape[1] // size * size],
                (0, X.shape[1] % size, 0, X.shape[0] % size),
            ),
            "the last tiles, which aren't full, are left out, and their pixels aren't in the margin of the others": (
                lambda X, net, halo, size: net.whole(_full_tiles(X, size))
            ),
            "each tile's output is taken from the start of its piece; skip the margin first": (
                lambda X, net, halo, size: _tiled(X, net, size, 1, halo, halo, lambda margin: 0)
            ),
        },
        probe=_tiles_seen,
        hints=[
            "Go through the tiles by their first row and column. Which rows of X does net need for the rows of one tile?",
            "A slice may not begin before 0. Where the image ends, the piece ends, and net pads there.",
            "How many rows of the piece are above the tile? The same number of rows of net's output isn't wanted.",
        ],
        praise="An output depends on nothing farther away than the halo, so a piece that includes it gives the same.",
    ),
    "3.7c": Function(
        reference=exactly(lambda X, net, halo, stride, size: net.whole(X)),
        cases=_strided_cases,
        mistakes={
            "each tile is computed by itself: its pieces have no margin": lambda X, net, halo, stride, size: _tiled(
                X, net, size, stride, 0, 0
            ),
            "the margin is as wide as the halo, so some pieces begin between two stops of net: round it to the stride": (
                lambda X, net, halo, stride, size: _tiled(X, net, size, stride, halo, halo)
            ),
            "the margin is rounded down to a multiple of the stride, so it's narrower than the halo": (
                lambda X, net, halo, stride, size: _tiled(
                    X, net, size, stride, halo // stride * stride, halo // stride * stride
                )
            ),
            "too many outputs are skipped: the margin has a stride's worth of pixels for each of its outputs": (
                lambda X, net, halo, stride, size: _tiled(
                    X, net, size, stride, _rounded(halo, stride), _rounded(halo, stride), lambda margin: margin * stride
                )
            ),
            "the outputs of the margin aren't skipped: each tile's output is taken from the start of its piece": (
                lambda X, net, halo, stride, size: _tiled(
                    X, net, size, stride, _rounded(halo, stride), _rounded(halo, stride), lambda margin: 0
                )
            ),
            "pieces have no margin above and on the left": lambda X, net, halo, stride, size: _tiled(
                X, net, size, stride, 0, _rounded(halo, stride)
            ),
            "pieces have no margin below and on the right": lambda X, net, halo, stride, size: _tiled(
                X, net, size, stride, _rounded(halo, stride), 0
            ),
            "with same padding, n pixels give n/s outputs rounded up, not down: the last row or column is missing": (
                lambda X, net, halo, stride, size: net.whole(X)[: X.shape[0] // stride, : X.shape[1] // stride]
            ),
            "the last tiles, which aren't full, are left out": lambda X, net, halo, stride, size: net.whole(X)[
                : X.shape[0] // size * size // stride, : X.shape[1] // size * size // stride
            ],
        },
        probe=_tiles_seen,
        hints=[
            "net's windows are centered on pixels 0, s, 2s, … of a piece. When are they the same as in the whole image?",
            "A piece must begin at a multiple of the stride, and at least the halo before the tile.",
            "Of net's output, skip as many rows as there are strides between the beginning of the piece and the tile.",
        ],
        praise="Pieces that begin at a multiple of the stride keep net's grid, so every output is where it was.",
    ),
    "3.8a": Function(
        reference=exactly(_kernel_gradient),
        cases=_with_kernel_size,
        without=SIMPLE,
        mistakes={
            "the kernel's cells moved over the padded input; the padding is missing here": (
                lambda X, dY, size, padding, stride: _by_cells(F.pad(X, (0, 2 * padding, 0, 2 * padding)), dY, size, stride)
            ),
            "all the padding is on top and on the left; it's on all four sides": lambda X, dY, size, padding, stride: (
                _by_cells(F.pad(X, (2 * padding, 0, 2 * padding, 0)), dY, size, stride)
            ),
            "dY slides over X in steps of the stride; but the stride is between the pixels that neighboring outputs read, "
            "and neighboring weights read neighboring pixels": lambda X, dY, size, padding, stride: _slid(
                X, dY, padding, stride=stride
            )[: size[0], : size[1]],
            "there are more rows or columns than the kernel has: pixels at the end that no window reads add them, so cut "
            "to `size`": lambda X, dY, size, padding, stride: _slid(X, dY, padding, dilation=stride),
            "the stride is missing: two neighboring outputs read pixels that are a stride apart": (
                lambda X, dY, size, padding, stride: _by_cells(F.pad(X, (padding,) * 4), dY, size, 1)
            ),
            "the gradient is flipped: K[a, b] met the pixel a rows and b columns after a window's start": (
                lambda X, dY, size, padding, stride: _kernel_gradient(X, dY, size, padding, stride).flip(0, 1)
            ),
            "rows and columns are exchanged": lambda X, dY, size, padding, stride: (
                _kernel_gradient(X, dY, size, padding, stride).T
            ),
            "dY is missing: it says how much each output matters": lambda X, dY, size, padding, stride: _kernel_gradient(
                X, torch.ones_like(dY), size, padding, stride
            ),
            "a weight works at every stop, and what it does there adds up; it isn't averaged": (
                lambda X, dY, size, padding, stride: _kernel_gradient(X, dY, size, padding, stride) / dY.numel()
            ),
            "only the last stop is counted: add up the stops": lambda X, dY, size, padding, stride: _kernel_gradient(
                X, F.pad(dY[-1:, -1:], (dY.shape[1] - 1, 0, len(dY) - 1, 0)), size, padding, stride
            ),
            "only the first stop is counted: is the return inside the loop?": lambda X, dY, size, padding, stride: (
                _kernel_gradient(X, F.pad(dY[:1, :1], (0, dY.shape[1] - 1, 0, len(dY) - 1)), size, padding, stride)
            ),
            "the sign is that of a step downhill; the gradient itself points uphill": (
                lambda X, dY, size, padding, stride: -_kernel_gradient(X, dY, size, padding, stride)
            ),
        },
        otherwise=clues(BACKWARD_CLUES),
        hints=[
            "K[a, b] is a factor in every output. By which pixel is it multiplied in output (i, j)?",
            "In the padded input, it's row i·stride + a, column j·stride + b. The chain rule multiplies by dY[i, j].",
            "Slices with a step collect the pixels that one weight meets at all the stops.",
        ],
        praise="Each weight collects, from every stop, the pixel it met times how much that output matters.",
    ),
    "3.8b": Function(
        reference=exactly(_input_gradient),
        cases=_with_input_size,
        without=SIMPLE,
        mistakes={
            "the gradient of the padding is still around it: cut it off": lambda K, dY, size, padding, stride: _stamped(
                K, dY, size, padding, stride, crop=False
            ),
            "the padding is cut off at one end only, so the gradient is shifted": lambda K, dY, size, padding, stride: (
                _stamped(K, dY, size, padding, stride, crop=False)[: size[0], : size[1]]
            ),
            "where windows overlap, a pixel gets a part from each of them: add, don't overwrite": (
                lambda K, dY, size, padding, stride: _stamped(K, dY, size, padding, stride, over=True)
            ),
            "the kernel is the wrong way round: output (i, j) gives back to the pixels that it read, in their order": (
                lambda K, dY, size, padding, stride: _stamped(K.flip(0, 1), dY, size, padding, stride)
            ),
            "the stride is missing: two neighboring outputs give back to places that are a stride apart": (
                lambda K, dY, size, padding, stride: _stamped(K, dY, size, padding, 1)
            ),
            "with padding 0, a slice like [p:-p] is [0:-0], which is empty": lambda K, dY, size, padding, stride: _stamped(
                K, dY, size, padding, stride, crop=False
            )[padding:-padding, padding:-padding],
            "pixels at the end that no window reads are missing; they get 0, and the result has the shape `size`": (
                lambda K, dY, size, padding, stride: _reached(K, dY, size, padding, stride)
            ),
            "rows and columns of the kernel are exchanged": lambda K, dY, size, padding, stride: _stamped(
                K.T, dY, size, padding, stride
            ),
            "pixels that no window reads get 0, not NaN": lambda K, dY, size, padding, stride: _stamped(
                K, dY, size, padding, stride
            ).where(_stamped(torch.ones_like(K), torch.ones_like(dY), size, padding, stride) > 0, torch.nan),
            "the parts of all windows add up; they aren't averaged": lambda K, dY, size, padding, stride: (
                _stamped(K, dY, size, padding, stride) / _read_counts(K, dY, size, padding, stride)
            ),
            "dY is missing: it says how much each output matters": lambda K, dY, size, padding, stride: _stamped(
                K, torch.ones_like(dY), size, padding, stride
            ),
            "the weights are missing: a pixel's part in an output is dY times the weight that met it": (
                lambda K, dY, size, padding, stride: _stamped(torch.ones_like(K), dY, size, padding, stride)
            ),
            "only the first stop gives back: is the return inside the loop?": lambda K, dY, size, padding, stride: _stamped(
                K, dY * F.pad(torch.ones_like(dY[:1, :1]), (0, dY.shape[1] - 1, 0, len(dY) - 1)), size, padding, stride
            ),
            "the sign is that of a step downhill; the gradient itself points uphill": (
                lambda K, dY, size, padding, stride: -_stamped(K, dY, size, padding, stride)
            ),
        },
        otherwise=clues(BACKWARD_CLUES),
        hints=[
            "Begin with zeros of the padded input's size. Which cells did output (i, j) read, and with which weights?",
            "Each output adds its dY times the kernel to the cells of its window. Windows overlap, so the parts add up.",
            "Padding was never part of X. What remains of the padded gradient belongs to X.",
        ],
        praise="The forward pass reads a window, the backward pass adds to it: the same indices, in the other direction.",
    ),
    "3.8c": Choice(
        test=_gradient_check,
        hints=[
            "Move one element of X up and down by a small step. The loss changes by the step times the derivative, twice.",
            "Compare element by element. Which tolerance lets rounding pass, but not an error of 1%?",
            "A fixed tolerance is too strict for large gradients and too lax for small ones: take a share of the largest.",
        ],
        praise="Rounding passes and a fault of 1% doesn't, whether the gradient is large or small.",
    ),
}
