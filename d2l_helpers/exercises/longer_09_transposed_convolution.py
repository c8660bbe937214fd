"""The longer tasks of lesson 09: a transposed convolution with every argument, its gradients, and a test for adjoints."""

import contextlib
import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .._language import say
from ._comparing import as_tensor, equal, plain
from ._kinds import Choice, Function

FORBIDDEN = ("conv_transpose2d", "conv_transpose1d", "conv_transpose3d", "trans_conv")


def _randn(generator: torch.Generator, *shape: int) -> Tensor:
    """Random float32 numbers with few binary digits, whose products and sums float32 doesn't round."""
    return (64 * torch.randn(shape, generator=generator, dtype=torch.float64)).round().div(64).float()


def _first_wrong(answer: Callable, reference: Callable, probes: dict[str, tuple]) -> str:
    """The name of the first probe that the answer gets wrong, '' if none."""
    for name, arguments in probes.items():
        try:
            right = equal(answer(*copy.deepcopy(arguments)), reference(*copy.deepcopy(arguments)))
        except Exception:
            right = False
        if not right:
            return name
    return ""


# 9.7a


def _about_the_pair(answer: Callable, wrong) -> str:
    """What a pair of settings that isn't right leads to, or the rule behind all such pairs."""
    pairs = [(outcome.case, plain(outcome.got)) for outcome in wrong if not outcome.fault]
    if pairs and all(_is_pair(pair) for _, pair in pairs):
        line = _rule_of(pairs) or _about_m(answer)
        if line:
            return line
    for outcome in wrong:
        n, m, k, s, d = outcome.case
        pair = plain(outcome.got)
        if outcome.fault:
            return ""
        if not isinstance(pair, tuple) or len(pair) != 2:
            return "the result is a pair, (padding, output_padding)"
        p, q = pair
        if not all(isinstance(value, (int, float)) and value == int(value) for value in pair):
            return "padding and output_padding are integers"
        if min(pair) < 0:
            return "neither of the two may be negative"
        if q >= s:
            return say("output_padding must be less than the stride, and for s = {0} you return {1}", s, q)
        size = (n - 1) * s - 2 * p + d * (k - 1) + q + 1
        if size != m:
            return say("with the pair {0}, {1} rows become {2}, not {3}", pair, n, size, m)
    return "the sizes are right, but a smaller output_padding would do"


def _is_pair(pair) -> bool:
    return isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(value, (int, float)) for value in pair)


def _rule_of(pairs: Sequence[tuple[tuple, tuple]]) -> str:
    """The wrong formula for the size that all these pairs, some of which lead to a wrong size, are right for."""
    rules = {
        "the last stamp starts in row (n − 1)s, not n·s": lambda n, m, k, s, d, p, q: (
            n * s + d * (k - 1) + 1 - 2 * p + q == m
        ),
        "2p − q rows have to go, because output_padding gives q back; yours would be right for 2p + q": (
            lambda n, m, k, s, d, p, q: _excess(n, m, k, s, d) == 2 * p + q
        ),
        "padding counts one side, so 2p rows go, not p": lambda n, m, k, s, d, p, q: _excess(n, m, k, s, d) == p - q,
        "n and m are swapped: your pairs belong to a transposed convolution that turns m rows into n": (
            lambda n, m, k, s, d, p, q: _excess(m, n, k, s, d) == 2 * p - q
        ),
        "the dilation is missing: a kernel spans d(k − 1) + 1 rows": lambda n, m, k, s, d, p, q: (
            _excess(n, m, k, s, 1) == 2 * p - q
        ),
        "the stride is missing: stamps are s rows apart": lambda n, m, k, s, d, p, q: _excess(n, m, k, 1, d) == 2 * p - q,
        "the kernel's size is missing: the last stamp has d(k − 1) + 1 rows": lambda n, m, k, s, d, p, q: (
            (n - 1) * s - m == 2 * p - q
        ),
    }
    if len(pairs) < 2 or all(_excess(*case) == 2 * p - q for case, (p, q) in pairs):
        return ""  # one pair fits many rules
    return next((line for line, holds in rules.items() if all(holds(*case, *pair) for case, pair in pairs)), "")


def _about_m(answer: Callable) -> str:
    """That the padding ignores the size that's wanted, or all arguments; '' if it doesn't."""
    try:
        pairs = [plain(answer(9, m, 5, 2, 1)) for m in range(15, 24)]
    except Exception:
        return ""
    if not all(map(_is_pair, pairs)) or len({p for p, _ in pairs}) > 1:
        return ""
    if len({*pairs, plain(answer(4, 12, 2, 3, 1)), plain(answer(3, 11, 1, 4, 1))}) == 1:
        return say("the pair is {0} whatever the arguments are", pairs[0])
    return "your padding doesn't depend on m, but the smaller m is, the more rows have to go"


def _fitting(n: int, m: int, k: int, s: int, d: int) -> tuple[int, int]:
    """(p, q) with the smallest q that turn n rows into m."""
    too_many = (n - 1) * s + d * (k - 1) + 1 - m
    q = max(-too_many, too_many % 2)
    return (too_many + q) // 2, q


def _sizes(generator: torch.Generator) -> list[tuple]:
    """(n, m, k, s, d): padding that comes out even, an odd row, no padding at all, dilation."""
    return [
        (2, 4, 2, 2, 1),
        (7, 14, 4, 2, 1),
        (7, 14, 3, 2, 1),
        (7, 21, 6, 3, 1),
        (4, 12, 2, 3, 1),
        (5, 7, 3, 1, 1),
        (5, 15, 3, 3, 2),
        (6, 12, 3, 2, 2),
        (3, 11, 1, 4, 1),
        (3, 10, 2, 4, 1),
        (9, 18, 5, 2, 3),
        (1, 8, 3, 8, 3),
    ]


def _with_size(rows: Callable[..., int]) -> Callable:
    """The right rule for a wrong number of rows before padding."""

    def fitting(n, m, k, s, d):
        too_many = rows(n, k, s, d) - m
        q = max(-too_many, too_many % 2)
        return (too_many + q) // 2, q

    return fitting


def _excess(n: int, m: int, k: int, s: int, d: int) -> int:
    return (n - 1) * s + d * (k - 1) + 1 - m


# 9.7b


def _stamps(X: Tensor, K: Tensor) -> Tensor:
    """(N, c_o, H, W, h, w): the stamp of each pixel, over all input channels."""
    return torch.einsum("ncij,coab->noijab", X, K)


def _stamp_cases(generator: torch.Generator) -> list[tuple]:
    sizes = [((1, 1, 1, 2), (1, 1, 2, 2)), ((1, 2, 2, 1), (2, 1, 1, 2)), ((2, 1, 2, 3), (1, 3, 3, 2))]
    sizes += [((2, 2, 2, 3), (2, 2, 3, 1)), ((3, 4, 3, 2), (4, 2, 2, 3))]
    return [(_randn(generator, *size), _randn(generator, *kernel)) for size, kernel in sizes]


def _about_all_stamps(answer: Callable, wrong) -> str:
    """Which axis or which values aren't right."""
    names = "images", "output channels", "rows of pixels", "columns of pixels", "rows of K", "columns of K"
    for outcome in wrong:
        got = as_tensor(outcome.got)
        if outcome.fault or got is None:
            return ""
        if got.dim() != 6:
            return say("the result has six axes, (N, c_o, H, W, h, w), not {0}", got.dim())
        for name, own, right in zip(names, got.shape, outcome.expected.shape, strict=True):
            if own != right:
                return say("the axis for the {0} has the size {1} instead of {2}", name, own, right)
        first, second = (values.double().flatten(-2).sort(-1)[0] for values in (got, outcome.expected))
        if not torch.allclose(first, second, atol=1e-5):
            if _same_values(got, outcome.expected):
                return (
                    "all values are there, but in the wrong stamps: a reshape can't change the order of axes, permute can"
                )
            return "S[n, o, i, j] isn't the sum, over the input channels, of X[n, c, i, j]·K[c, o]"
    return "each stamp has the right values, but in another order"


def _same_values(got: Tensor, expected: Tensor) -> bool:
    first, second = (values.double().flatten().sort()[0] for values in (got, expected))
    return torch.allclose(first, second, atol=1e-5)


# 9.7c


def _about_the_arguments(answer: Callable, wrong) -> str:
    """The first argument that it gets wrong by itself."""
    generator = torch.Generator().manual_seed(1)
    X, K, none = _randn(generator, 1, 1, 3, 3), _randn(generator, 1, 1, 3, 3), torch.zeros(1)
    several = _randn(generator, 1, 2, 3, 2), _randn(generator, 2, 3, 2, 3), torch.zeros(3)
    probes = {
        "already with one channel, no bias, and stride 1, the result is wrong": (X, K, none, 1, 0, 0, 1),
        "with several channels, it's wrong, whatever the settings": (*several, 1, 0, 0, 1),
        "with two images, it's wrong, whatever the settings": (X.repeat(2, 1, 1, 1), K, none, 1, 0, 0, 1),
        "the bias is wrong, whatever the settings": (*several[:2], _randn(generator, 3), 1, 0, 0, 1),
        "a stride of 2 alone is wrong": (X, K, none, 2, 0, 0, 1),
        "padding alone is wrong": (X, K, none, 1, 1, 0, 1),
        "a dilation of 2 alone is wrong": (X, K, none, 1, 0, 0, 2),
        "output_padding is wrong: with stride 2 and padding 1, for example": (X, K, none, 2, 1, 1, 1),
        "output_padding without padding is wrong": (X, K, none, 2, 0, 1, 1),
    }
    return _first_wrong(answer, _full, probes) or "each setting is right by itself, but not all of them together"


def _full(X, K, bias, stride=1, padding=0, output_padding=0, dilation=1) -> Tensor:
    return F.conv_transpose2d(X, K, bias, stride, padding, output_padding, dilation=dilation)


def _full_cases(generator: torch.Generator) -> list[tuple]:
    """(X, K, bias, stride, padding, output_padding, dilation), smallest first."""
    settings = [
        ((1, 1, 1, 2), (1, 1, 2, 2), (1, 0, 0, 1)),
        ((1, 1, 2, 2), (1, 1, 2, 2), (2, 0, 0, 1)),
        ((1, 1, 2, 3), (1, 1, 3, 2), (1, 1, 0, 1)),
        ((2, 1, 2, 2), (1, 2, 3, 3), (2, 1, 1, 1)),
        ((1, 2, 3, 2), (2, 2, 2, 3), (3, 0, 2, 1)),
        ((1, 2, 2, 3), (2, 3, 2, 2), (1, 1, 0, 3)),
        ((2, 3, 3, 4), (3, 2, 3, 2), (2, 1, 1, 2)),
        ((1, 2, 4, 2), (2, 2, 4, 3), (3, 2, 2, 1)),
    ]
    return [
        (_randn(generator, *size), _randn(generator, *kernel), _randn(generator, kernel[1]), *numbers)
        for size, kernel, numbers in settings
    ]


def _cropped(X, K, bias, stride, padding, output_padding, dilation, first, last) -> Tensor:
    """All stamps in room for them and output_padding, so many rows and columns cut off at the start and the end."""
    Y = F.conv_transpose2d(X, K, None, stride, 0, 0, dilation=dilation)
    Y = F.pad(Y, (0, output_padding, 0, output_padding)) + bias[:, None, None]
    return Y[..., first : Y.shape[-2] - last, first : Y.shape[-1] - last]


def _zeros_after(X, K, bias, stride, padding, output_padding, dilation) -> Tensor:
    """Zeros added after padding was cut off."""
    Y = F.conv_transpose2d(X, K, bias, stride, padding, 0, dilation=dilation)
    return F.pad(Y, (0, output_padding, 0, output_padding))


def _bias_after(X, K, bias, stride, padding, output_padding, dilation) -> Tensor:
    """Zeros added after padding was cut off, then the bias."""
    Y = F.conv_transpose2d(X, K, None, stride, padding, 0, dilation=dilation)
    return F.pad(Y, (0, output_padding, 0, output_padding)) + bias[:, None, None]


def _without_bias_in_the_rest(X, K, bias, stride, padding, output_padding, dilation) -> Tensor:
    """The bias only where stamps may be."""
    Y = F.conv_transpose2d(X, K, bias, stride, 0, 0, dilation=dilation)
    Y = F.pad(Y, (0, output_padding, 0, output_padding))
    return Y[..., padding : Y.shape[-2] - padding, padding : Y.shape[-1] - padding]


def _overwritten(X, K, bias, stride, padding, output_padding, dilation) -> Tensor:
    """Each stamp replaces what was there."""
    (N, _, H, W), (_, c_o, h, w) = X.shape, K.shape
    height, width = (
        _full(X, K, bias, stride, 0, output_padding, dilation).shape[2:]
        if output_padding < max(stride, dilation)
        else (0, 0)
    )
    Y, stamps = X.new_zeros(N, c_o, height, width), _stamps(X, K)
    for i in range(H):
        for j in range(W):
            rows = slice(i * stride, i * stride + dilation * (h - 1) + 1, dilation)
            columns = slice(j * stride, j * stride + dilation * (w - 1) + 1, dilation)
            Y[:, :, rows, columns] = stamps[:, :, i, j]
    return Y[:, :, padding : height - padding, padding : width - padding] + bias[:, None, None]


# 9.8a and b


def _through(X: Tensor, K: Tensor, G: Tensor, stride: int, padding: int) -> tuple[Tensor, Tensor]:
    """The gradients with respect to X and K of a transposed convolution whose output has the gradient G."""
    X, K = X.clone().requires_grad_(), K.clone().requires_grad_()
    extra = G.shape[2] - ((X.shape[2] - 1) * stride + K.shape[2] - 2 * padding)
    Y = F.conv_transpose2d(X, K, stride=stride, padding=padding, output_padding=extra)
    return torch.autograd.grad(Y, (X, K), G)


def _input_gradient(G: Tensor, K: Tensor, stride: int, padding: int) -> Tensor:
    return F.conv2d(G, K, stride=stride, padding=padding)


def _gradient_cases(generator: torch.Generator) -> list[tuple]:
    """(X, G, K, stride, padding), smallest first; the third and the last G come from an output_padding of 1."""
    settings = [
        ((1, 1, 1, 2), (1, 1, 1, 2), 1, 0, 0),
        ((1, 1, 2, 2), (1, 1, 2, 2), 2, 0, 0),
        ((1, 1, 2, 3), (1, 1, 3, 3), 2, 1, 1),
        ((2, 2, 3, 2), (2, 2, 2, 3), 1, 0, 0),
        ((2, 1, 3, 4), (1, 2, 3, 2), 2, 1, 0),
        ((3, 2, 3, 4), (2, 3, 4, 3), 3, 1, 1),
    ]
    found = []
    for size, kernel, stride, padding, extra in settings:
        X, K = _randn(generator, *size), _randn(generator, *kernel)
        Y = F.conv_transpose2d(X, K, stride=stride, padding=padding, output_padding=extra)
        found.append((X, _randn(generator, *Y.shape), K, stride, padding))
    return found


def _kernel_gradient(X: Tensor, G: Tensor, size: tuple[int, int], stride: int, padding: int) -> Tensor:
    return _through(X, X.new_zeros(X.shape[1], G.shape[1], *size), G, stride, padding)[1]


def _size_cases(generator: torch.Generator) -> list[tuple]:
    return [(X, G, tuple(K.shape[2:]), stride, padding) for X, G, K, stride, padding in _gradient_cases(generator)]


def _correlated(X: Tensor, G: Tensor, size: tuple[int, int], stride: int, padding: int) -> Tensor:
    """X slid over G, its values `stride` apart, cut to the kernel's size; padding may be too small or negative."""
    around = F.pad(G, (padding,) * 4)
    return F.conv2d(around.transpose(0, 1), X.transpose(0, 1), dilation=stride).transpose(0, 1)[:, :, : size[0], : size[1]]


def _per_image(X, G, size, stride, padding) -> Tensor:
    return _kernel_gradient(X[:1], G[:1], size, stride, padding)


def _about_the_gradient(reference: Callable, arguments: Callable) -> Callable:
    """What says which setting a gradient gets wrong by itself; `arguments(X, G, K, stride, padding)` orders a case."""

    def about(answer: Callable, wrong) -> str:
        first = as_tensor(wrong[0].got)
        if first is not None and first.shape != wrong[0].expected.shape:
            return say("the result has the shape {0} instead of {1}", tuple(first.shape), tuple(wrong[0].expected.shape))
        generator = torch.Generator().manual_seed(1)

        def case(images=1, c_i=1, c_o=1, stride=1, padding=0, extra=0):
            X, K = _randn(generator, images, c_i, 3, 4), _randn(generator, c_i, c_o, 3, 2)
            Y = F.conv_transpose2d(X, K, stride=stride, padding=padding, output_padding=extra)
            return arguments(X, _randn(generator, *Y.shape), K, stride, padding)

        probes = {
            "already with one image, one channel, and stride 1, it's wrong": case(),
            "with several channels, it's wrong, whatever the settings": case(c_i=2, c_o=3),
            "with two images, it's wrong, whatever the settings": case(images=2),
            "a stride of 2 alone is wrong": case(stride=2),
            "padding alone is wrong": case(padding=1),
            "if G comes from an output_padding, it's wrong": case(stride=2, extra=1),
        }
        return _first_wrong(answer, reference, probes) or "each setting is right by itself, but not all of them together"

    return about


# 9.8c


class _Pair:
    """A convolution and its transpose, or something else in its place."""

    def __init__(self, stride=1, padding=0, k=3, dtype=torch.float64, scale=1.0, seed=0):
        generator = torch.Generator().manual_seed(seed)
        self.K = (scale * torch.randn(2, 3, k, k, generator=generator, dtype=torch.float64)).to(dtype)
        self.settings = {"stride": stride, "padding": padding}
        self.dtype = dtype

    def down(self, X: Tensor) -> Tensor:
        return F.conv2d(X.to(self.dtype), self.K, **self.settings)

    def up(self, Y: Tensor, K: Tensor | None = None, extra: int = 0) -> Tensor:
        K = self.K if K is None else K
        return F.conv_transpose2d(Y.to(self.dtype), K, output_padding=extra, **self.settings)


def _pairs() -> tuple[list, list]:
    """(right, faulty): what a pair is, why it's right, its two functions, and the shape that the first reads."""
    plain, strided, padded = _Pair(), _Pair(stride=2), _Pair(stride=2, padding=1)
    single, large, small = _Pair(dtype=torch.float32), _Pair(scale=1e6, dtype=torch.float32), _Pair(scale=1e-6)
    positive = _Pair()
    positive.K = positive.K.abs()
    M = torch.randn(6, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    shape = (2, 3, 7, 7)
    right = [
        ("a convolution and its transpose", "its two products agree up to rounding", plain.down, plain.up, shape),
        ("a convolution with stride 2 and its transpose", "", strided.down, strided.up, shape),
        ("stride 2 and padding 1", "", padded.down, padded.up, shape),
        (
            "stride 2 on an even size, with output_padding=1",
            "output_padding brings back the size that the convolution read",
            padded.down,
            lambda Y: padded.up(Y, extra=1),
            (1, 3, 8, 8),
        ),
        (
            "a pair in float32",
            "its two products differ by rounding only, so compare with a tolerance",
            single.down,
            single.up,
            shape,
        ),
        (
            "a pair with weights around a million",
            "rounding grows with the values, so the tolerance must be relative",
            large.down,
            large.up,
            shape,
        ),
        (
            "a matrix and its transpose",
            "nothing in the definition says that the functions convolve or that there are four axes",
            lambda x: M @ x.double(),
            lambda y: M.T @ y.double(),
            (8,),
        ),
        (
            "taking every other pixel, and putting pixels back with zeros between them",
            "both products are the sum over the pixels that are kept",
            lambda X: X[..., ::2, ::2],
            _zeros_between,
            (1, 1, 5, 5),
        ),
    ]
    faulty = [
        ("the way up uses the flipped kernel", plain.down, lambda Y: plain.up(Y, plain.K.flip(2, 3)), shape),
        ("the way up uses the kernel with rows and columns swapped", plain.down, lambda Y: plain.up(Y, plain.K.mT), shape),
        ("the way up gives twice the right values", plain.down, lambda Y: 2 * plain.up(Y), shape),
        ("the way up gives the negative of the right values", plain.down, lambda Y: -plain.up(Y), shape),
        (
            "the way up gives 1 % too much",
            plain.down,
            lambda Y: 1.01 * plain.up(Y),
            shape,
        ),
        ("the way up is shifted by one pixel", strided.down, lambda Y: strided.up(Y).roll(1, -1), shape),
        (
            "the way up is wrong in its outermost rows and columns only",
            padded.down,
            lambda Y: F.pad(padded.up(Y)[..., 1:-1, 1:-1], (1, 1, 1, 1)),
            shape,
        ),
        (
            "the way up is wrong in a single corner",
            plain.down,
            lambda Y: _changed(plain.up(Y), (..., 0, 0)),
            shape,
        ),
        (
            "the way up is wrong for one channel",
            plain.down,
            lambda Y: _changed(plain.up(Y), (slice(None), 2)),
            shape,
        ),
        (
            "the way up is wrong for the second image of a batch",
            plain.down,
            lambda Y: _changed(plain.up(Y), (1,)),
            shape,
        ),
        ("the convolution adds a bias", lambda X: plain.down(X) + 0.5, plain.up, shape),
        ("a ReLU follows the convolution", lambda X: positive.down(X).relu(), positive.up, shape),
        ("the weights are around a millionth, and the way up is wrong", small.down, lambda Y: -small.up(Y), shape),
        (
            "the way up is the inverse of the matrix instead of its transpose",
            lambda x: M[:, :6] @ x.double(),
            lambda y: torch.linalg.solve(M[:, :6], y.double()),
            (6,),
        ),
    ]
    return right, faulty


def _zeros_between(Y: Tensor) -> Tensor:
    Z = Y.new_zeros(*Y.shape[:-2], 2 * Y.shape[-2] - 1, 2 * Y.shape[-1] - 1)
    Z[..., ::2, ::2] = Y
    return Z


def _changed(X: Tensor, index) -> Tensor:
    X = X.clone()
    X[index] += 1
    return X


def _separates_pairs(answer) -> str:
    """Whether a test accepts every right pair and refuses every faulty one."""
    if not callable(answer):
        return "give the function itself, check(…, my_function)"
    right, faulty = _pairs()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        verdicts = [(name, why, _verdict(answer, *pair)) for name, why, *pair in right]
        refused = [(name, _verdict(answer, *pair)) for name, *pair in faulty]
        said = [verdict for *_, verdict in (*verdicts, *refused)]
        if all(verdict is None for verdict in said):
            return "your function returned None for every pair: is the return missing?"
        if all(verdict is True for verdict in said):
            return say("your test accepts every pair, the faulty ones too{0}", _tried(answer, *right[0][2:]) or _COMPARED)
        if all(verdict is False for verdict in said) and not _accepts(answer, [_nothing_done()]):
            return "your test refuses every pair, even two functions that return what they get: does it ever return True?"
        return _about_the_right(answer, verdicts) or _about_the_faulty(refused, lambda: _tried(answer, *right[0][2:]))


_COMPARED = ": are the two products compared, and with a narrow tolerance?"


def _about_the_right(answer: Callable, verdicts: Sequence[tuple]) -> str:
    """What is wrong with the first right pair that isn't accepted."""
    for i, (name, why, said) in enumerate(verdicts):
        if isinstance(said, str):
            other = "; X has the shape that your test is given, and Y has that of down(X)" if "must match" in said else ""
            return say(
                "for a right pair ({0}), your function {1}{2}",
                name,
                said,
                other or (say("; {0}", why) if "matrix" in name else ""),
            )
        if said is None:
            return say("for a right pair ({0}), your function returned None: does every branch end in a return?", name)
        if said is False:
            reason = (i == 0 and _why_refused(answer)) or why
            return say("your test refuses a right pair: {0}{1}{2}", name, ": " if reason else "", reason)
    return ""


def _why_refused(answer: Callable) -> str:
    """What a test that refuses right pairs asks for instead, found out with other pairs."""
    M = torch.randn(6, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    inverse = (lambda x: M @ x.double(), lambda y: torch.linalg.solve(M, y.double()), (6,))
    if _accepts(answer, [inverse] * 3):
        return "your test accepts a matrix and its inverse; a transpose needn't undo anything, so compare the two products"
    generator = torch.Generator().manual_seed(3)
    K = torch.randn(3, 3, 3, 3, generator=generator, dtype=torch.float64)
    as_many = (
        lambda X: F.conv2d(X.double(), K, padding=1),
        lambda Y: F.conv_transpose2d(Y.double(), K, padding=1),
        (2, 3, 7, 7),
    )
    if _accepts(answer, [as_many] * 5):
        return "it's accepted only if X and Y have equally many values: add the products up instead of averaging them"
    return ""


def _about_the_faulty(refused: Sequence[tuple], tried: Callable[[], str]) -> str:
    """What is wrong with the first faulty pair that isn't refused."""
    if all(said is not False for _, said in refused):
        return say("your test accepts every faulty pair{0}", tried() or _COMPARED)
    for name, said in refused:
        if said is None:
            return say("for a faulty pair ({0}), your function returned None: does every branch end in a return?", name)
        if isinstance(said, str):
            return say("for a faulty pair ({0}), your function {1}", name, said)
        if said is not False:
            return say("your test accepts a faulty pair: {0}{1}", name, tried() or _how_it_passed(name))
    return ""


def _nothing_done() -> tuple:
    return (lambda X: X), (lambda Y: Y), (2, 3, 7, 7)


def _accepts(answer: Callable, pairs: Sequence[tuple]) -> bool:
    return all(_verdict(answer, *pair) is True for pair in pairs)


def _tried(answer: Callable, down: Callable, up: Callable, shape: tuple) -> str:
    """What the tensors that a test gives to the functions have in common and shouldn't, with a colon before it."""
    seen = []

    def recorded(function: Callable) -> Callable:
        def recording(V):
            seen.append(as_tensor(V))
            return function(V)

        return recording

    with contextlib.suppress(Exception):
        answer(recorded(down), recorded(up), shape)
    if not seen:
        return ": it never calls the two functions"
    if any(V is None for V in seen):
        return ""
    lines = {
        ": it tries only zeros, and then both products are 0, whatever the functions do": lambda V: not V.any(),
        ": it tries only constant values, and with these, a flipped kernel gives the same products": (
            lambda V: bool((V == V.flatten()[0]).all())
        ),
        ": all but one of the values that it tries are 0, so most faults can't show": lambda V: int((V != 0).sum()) < 2,
        ": it tries no negative values (are all your random values positive?), so a fault such as a ReLU can hide": (
            lambda V: bool((V >= 0).all())
        ),
    }
    return next((line for line, holds in lines.items() if all(map(holds, seen))), "")


def _how_it_passed(name: str) -> str:
    if "ReLU" in name:
        return "; are all your random values positive, or is your tolerance too wide?"
    if "negative of" in name:
        return "; the two products must have the same sign, too, so don't compare their absolute values"
    if "millionth" in name:
        return "; both products are tiny there, so how close they are has to be judged by their size"
    if "1 %" in name or "bias" in name or "corner" in name:
        return "; your tolerance may be too wide"
    return "; do your values differ from place to place and in sign, and is your tolerance narrow enough?"


def _verdict(answer: Callable, down: Callable, up: Callable, shape: tuple) -> bool | str | None:
    """What a test says of a pair: True, False, None where it returned nothing; a text where it failed."""
    try:
        said = plain(answer(down, up, shape))
    except AssertionError:
        return False
    except Exception as error:
        return say("raised {0}: {1}", type(error).__name__, str(error).splitlines()[0][:150] if str(error) else "")
    if said is None or said is Ellipsis:
        return None
    if isinstance(said, float) or said not in (True, False):
        return say("returned {0!r:.60}, and it should return True or False: compare the difference with a tolerance", said)
    return bool(said)


EXERCISES = {
    "9.7a": Function(
        reference=_fitting,
        probe=_about_the_pair,
        cases=_sizes,
        mistakes={
            "the dilation is missing: a kernel spans d(k − 1) + 1 rows": _with_size(lambda n, k, s, d: (n - 1) * s + k),
            "a dilated kernel spans d(k − 1) + 1 rows, not d·k": _with_size(lambda n, k, s, d: (n - 1) * s + d * k),
            "the last stamp starts in row (n − 1)s, not n·s": _with_size(lambda n, k, s, d: n * s + d * (k - 1) + 1),
            "padding counts one side, so p is half of what has to go": lambda n, m, k, s, d: (
                max(_excess(n, m, k, s, d), 0),
                max(-_excess(n, m, k, s, d), 0),
            ),
            "where an odd number of rows has to go, remove one more and let output_padding bring it back": (
                lambda n, m, k, s, d: (max(_excess(n, m, k, s, d), 0) // 2, max(-_excess(n, m, k, s, d), 0))
            ),
            "where rows are missing, padding must not be negative: output_padding adds them": lambda n, m, k, s, d: (
                (_excess(n, m, k, s, d) + 1) // 2,
                _excess(n, m, k, s, d) % 2,
            ),
            "p isn't as small as it could be: output_padding only has to make an odd number even": lambda n, m, k, s, d: (
                next(
                    (p, p * 2 - _excess(n, m, k, s, d))
                    for p in range(50, -1, -1)
                    if 0 <= p * 2 - _excess(n, m, k, s, d) < max(s, 2)
                )
            ),
            "the order is padding, then output_padding": lambda n, m, k, s, d: _fitting(n, m, k, s, d)[::-1],
        },
        hints=[
            "How many rows are there before anything is cut off? Compare that with m.",
            "2p − q rows have to go. If that's an even number, q can be 0.",
            "If it's odd, which q is the smallest? And what if it's negative?",
        ],
        praise="Padding removes rows in pairs. Unless rows are missing, output_padding only has to give one back.",
    ),
    "9.7b": Function(
        reference=_stamps,
        probe=_about_all_stamps,
        cases=_stamp_cases,
        mistakes={
            "the input channels have to be added up: each output channel gets one stamp for a pixel": lambda X, K: (
                torch.einsum("ncij,coab->ncoijab", X, K)
            ),
            "the input channels are averaged; they have to be added up": lambda X, K: _stamps(X, K) / X.shape[1],
            "only the first input channel is used": lambda X, K: _stamps(X[:, :1], K[:1]),
            "the kernel's first two axes are swapped: input channels come first": lambda X, K: torch.einsum(
                "ncij,ocab->noijab", X, K
            ),
            "the kernel is flipped; a stamp has K as it is": lambda X, K: _stamps(X, K.flip(2, 3)),
            "the axes are in another order: the pixel's row and column come before those of the kernel": lambda X, K: (
                torch.einsum("ncij,coab->noabij", X, K)
            ),
            "the output channel belongs right after the batch axis": lambda X, K: torch.einsum("ncij,coab->nijoab", X, K),
            "the output channel belongs right after the batch axis, and it's last here": lambda X, K: torch.einsum(
                "ncij,coab->nijabo", X, K
            ),
            "the images of the batch are added up; each has its own stamps": lambda X, K: _stamps(X, K).sum(
                0, keepdim=True
            ),
            "the images of the batch are added up, and each gets the same sum; each has its own stamps": lambda X, K: (
                _stamps(X, K).sum(0, keepdim=True).expand(len(X), -1, -1, -1, -1, -1)
            ),
            "the channels of X and of K are added up before they're multiplied; multiply channel by channel, then add": (
                lambda X, K: _stamps(X.sum(1, keepdim=True), K.sum(0, keepdim=True))
            ),
            "rows and columns of the pixels are swapped": lambda X, K: _stamps(X.mT, K),
            "rows and columns of the kernel are swapped: S ends with (h, w)": lambda X, K: _stamps(X, K.mT),
        },
        hints=[
            "One pixel has c_i values. Each is multiplied by a kernel of its own. What does output channel o get in all?",
            "Give X and K axes of size 1 so that they broadcast to (N, c_i, c_o, H, W, h, w). Which axis is summed?",
        ],
        praise="A pixel's stamp is a sum over input channels, so the first axis of K has to be theirs.",
    ),
    "9.7c": Function(
        reference=_full,
        probe=_about_the_arguments,
        cases=_full_cases,
        without=FORBIDDEN,
        mistakes={
            "the bias is missing": lambda X, K, bias, *rest: _full(X, K, None, *rest),
            "the stride is missing": lambda X, K, bias, s, p, q, d: (
                _full(X, K, bias, 1, p, 0, d) if q == 0 else _cropped(X, K, bias, 1, p, q, d, p, p)
            ),
            "the dilation is missing: the weights of a stamp are dilation rows and columns apart": (
                lambda X, K, bias, s, p, q, d: _cropped(X, K, bias, s, p, q, 1, p, p)
            ),
            "the padding is missing": lambda X, K, bias, s, p, q, d: _full(X, K, bias, s, 0, q, d),
            "the padding is removed at the top and on the left only": lambda X, K, bias, s, p, q, d: _full(
                X, K, bias, s, 0, q, d
            )[..., p:, p:],
            "a slice such as [p:-p] is empty for p = 0: count the end from the beginning": lambda X, K, bias, s, p, q, d: (
                _full(X, K, bias, s, 0, q, d)[..., p:-p, p:-p]
            ),
            "output_padding is missing": lambda X, K, bias, s, p, q, d: _full(X, K, bias, s, p, 0, d),
            "output_padding adds zeros after the crop; it should leave what the stamps put there": _zeros_after,
            "output_padding adds only the bias after the crop; it should leave what the stamps put there": (_bias_after),
            "the bias is missing in the rows and columns that no stamp reaches": _without_bias_in_the_rest,
            "output_padding adds rows at the top and on the left; they belong at the bottom and on the right": (
                lambda X, K, bias, s, p, q, d: (
                    F.pad(_full(X, K, None, s, 0, 0, d), (q, 0, q, 0))[
                        ...,
                        p : (X.shape[2] - 1) * s + d * (K.shape[2] - 1) + 1 + q - p,
                        p : (X.shape[3] - 1) * s + d * (K.shape[3] - 1) + 1 + q - p,
                    ]
                    + bias[:, None, None]
                )
            ),
            "stamps overwrite one another; they have to be added": _overwritten,
            "the kernel is flipped; a stamp has K as it is": lambda X, K, *rest: _full(X, K.flip(2, 3), *rest),
            "the bias is added by every stamp; each output gets it once": lambda X, K, bias, s, p, q, d: (
                _full(X, K, None, s, p, q, d)
                + bias[:, None, None] * _full(torch.ones_like(X[:1, :1]), torch.ones_like(K[:1, :1]), None, s, p, q, d)
            ),
            "output_padding adds a row, but no column; it counts for both axes": lambda X, K, bias, s, p, q, d: _full(
                X, K, bias, s, p, q, d
            )[..., : -q or None],
            "output_padding adds a column, but no row; it counts for both axes": lambda X, K, bias, s, p, q, d: _full(
                X, K, bias, s, p, q, d
            )[..., : -q or None, :],
            "only the first image of the batch comes back": lambda X, K, *rest: _full(X[:1], K, *rest),
            "the images of the batch are added up; each has its own output": lambda X, K, bias, *rest: (
                _full(X, K, None, *rest).sum(0, keepdim=True) + bias[:, None, None]
            ),
            "only the first input channel is used; the stamps of all channels add up": lambda X, K, *rest: _full(
                X[:, :1], K[:1], *rest
            ),
            "the bias is added once for each input channel; each output gets it once": lambda X, K, bias, *rest: _full(
                X, K, X.shape[1] * bias, *rest
            ),
        },
        hints=[
            "First make room for all stamps and for output_padding, at the bottom and on the right. Crop at the end.",
            "A slice with the step dilation selects where the weights of one stamp go.",
            "Where no stamp reaches, the output is the bias. So when is the bias added?",
        ],
        praise="Eight settings, and your scatter agrees with PyTorch's: that's the whole layer.",
    ),
    "9.8a": Function(
        reference=_input_gradient,
        probe=_about_the_gradient(_input_gradient, lambda X, G, K, s, p: (G, K, s, p)),
        cases=lambda generator: [(G, K, s, p) for _, G, K, s, p in _gradient_cases(generator)],
        without=FORBIDDEN,
        mistakes={
            "the kernel is flipped: what a stamp wrote, a window reads back in the same order": lambda G, K, s, p: F.conv2d(
                G, K.flip(2, 3), stride=s, padding=p
            ),
            "the stride is missing: windows are as far apart as the stamps": lambda G, K, s, p: F.conv2d(G, K, padding=p),
            "the padding is missing: it cut off a border, and what was cut off has gradient 0": lambda G, K, s, p: F.conv2d(
                G, K, stride=s
            ),
            "the stride and the padding are missing": lambda G, K, s, p: F.conv2d(G, K),
            "that's another transposed convolution; the way back makes the map smaller": lambda G, K, s, p: (
                F.conv_transpose2d(G, K.transpose(0, 1), stride=s, padding=p)
            ),
            "the kernel's first two axes are swapped: G has the output channels, which K has second": lambda G, K, s, p: (
                F.conv2d(G, K.transpose(0, 1), stride=s, padding=p)
            ),
            "the padding is subtracted instead of added": lambda G, K, s, p: F.conv2d(
                F.pad(G, (-p, -p, -p, -p)), K, stride=s
            ),
            "all weights count alike here; the gradient is weighted by K": lambda G, K, s, p: F.conv2d(
                G, torch.ones_like(K), stride=s, padding=p
            ),
            "rows and columns of the kernel are swapped": lambda G, K, s, p: F.conv2d(G, K.mT, stride=s, padding=p),
            "the stride is used as the dilation: the windows are s rows apart, but their rows are neighbors": (
                lambda G, K, s, p: F.conv2d(G, K, padding=p, dilation=s)
            ),
            "the images are added up; each has its own gradient": lambda G, K, s, p: F.conv2d(
                G, K, stride=s, padding=p
            ).sum(0, keepdim=True),
            "the result is divided by the number of images; each has its own gradient": lambda G, K, s, p: (
                F.conv2d(G, K, stride=s, padding=p) / len(G)
            ),
            "only the first output channel is read; X reached all of them, so their gradients add up": lambda G, K, s, p: (
                F.conv2d(G[:, :1], K[:, :1], stride=s, padding=p)
            ),
            "only the first image is there": lambda G, K, s, p: F.conv2d(G[:1], K, stride=s, padding=p),
            "zeros are put around G at the top and on the left only; padding cut off all four sides": (
                lambda G, K, s, p: F.conv2d(F.pad(G, (p, 0, p, 0)), K, stride=s)
            ),
            "zeros are put around G at the bottom and on the right only; padding cut off all four sides": (
                lambda G, K, s, p: F.conv2d(F.pad(G, (0, p, 0, p)), K, stride=s)
            ),
            "k − 1 − p zeros around G and a flipped kernel belong to the gradient of an ordinary convolution": (
                lambda G, K, s, p: F.conv2d(G, K.flip(2, 3), stride=s, padding=(K.shape[2] - 1 - p, K.shape[3] - 1 - p))
            ),
            "k − 1 − p zeros around G belong to the gradient of an ordinary convolution; padding cut off p here": (
                lambda G, K, s, p: F.conv2d(G, K, stride=s, padding=(K.shape[2] - 1 - p, K.shape[3] - 1 - p))
            ),
        },
        hints=[
            "X[i, j] was multiplied by each weight of K and added to a window of Y. Which values of G belong to it?",
            "So the gradient is a sum over that window, weighted by K as it is. What kind of layer does that?",
        ],
        praise="The way back through a transposed convolution is the convolution with the same settings.",
    ),
    "9.8b": Function(
        reference=_kernel_gradient,
        probe=_about_the_gradient(_kernel_gradient, lambda X, G, K, s, p: (X, G, tuple(K.shape[2:]), s, p)),
        cases=_size_cases,
        without=FORBIDDEN,
        mistakes={
            "only the first image counts; the gradients of all images add up": _per_image,
            "the gradients of the images are averaged; they add up": lambda X, G, *rest: (
                _kernel_gradient(X, G, *rest) / len(X)
            ),
            "the result is flipped along both axes": lambda X, G, *rest: _kernel_gradient(X, G, *rest).flip(2, 3),
            "the first two axes are swapped: input channels come first": lambda X, G, *rest: _kernel_gradient(
                X, G, *rest
            ).transpose(0, 1),
            "rows and columns of each kernel are swapped": lambda X, G, *rest: _kernel_gradient(X, G, *rest).mT,
            "the stride is missing: neighboring values of X wrote stamps that are stride rows apart": (
                lambda X, G, size, s, p: _correlated(X, G, size, 1, p)
            ),
            "the padding is missing: stamps start in the border that was cut off": lambda X, G, size, s, p: _correlated(
                X, G, size, s, 0
            ),
            "zeros belong around G, where padding cut off a border, and they're missing": lambda X, G, size, s, p: (
                _correlated(X, G, size, s, -p)
            ),
            "the last rows and columns are too many: cut the result to size, because output_padding made G larger": (
                lambda X, G, size, s, p: _correlated(X, G, (None, None), s, p)
            ),
            "what output_padding made too large is cut off at the top and on the left; it's at the bottom and on the "
            "right": lambda X, G, size, s, p: _correlated(X, G, (None, None), s, p)[:, :, -size[0] :, -size[1] :],
            "the kernel's height is used for its width, too": lambda X, G, size, s, p: _correlated(
                X, F.pad(G, (0, 9, 0, 9)), (size[0], size[0]), s, p
            ),
            "the kernel's width is used for its height, too": lambda X, G, size, s, p: _correlated(
                X, F.pad(G, (0, 9, 0, 9)), (size[1], size[1]), s, p
            ),
            "X slides with the stride s over G; its values are s rows apart, so that's the dilation": (
                lambda X, G, size, s, p: F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=p, stride=s).transpose(
                    0, 1
                )[:, :, : size[0], : size[1]]
            ),
            "zeros are put around G at the bottom and on the right only; padding cut off all four sides": (
                lambda X, G, size, s, p: _correlated(X, F.pad(G, (0, 2 * p, 0, 2 * p)), size, s, 0)
            ),
            "zeros are put around G at the top and on the left only; padding cut off all four sides": (
                lambda X, G, size, s, p: _correlated(X, F.pad(G, (2 * p, 0, 2 * p, 0)), size, s, 0)
            ),
            "that's G added up over windows; each value has to be multiplied by the X that wrote the stamp": (
                lambda X, G, *rest: _kernel_gradient(torch.ones_like(X), G, *rest)
            ),
            "the input channels are added up; each has its own kernels": lambda X, G, *rest: _kernel_gradient(
                X, G, *rest
            ).sum(0, keepdim=True),
        },
        hints=[
            "K[a, b] was multiplied by every X[i, j] and added to row i·s + a − p. Which value of G is there?",
            "Put padding of zeros around G. For one (a, b), a slice with the step stride holds the values that meet X.",
            "Multiply that slice by X for each pair of channels, and add up over the images and the pixels.",
        ],
        praise="Each weight's gradient is X met by a strided piece of G: a convolution again, with X as the kernel.",
    ),
    "9.8c": Choice(
        test=_separates_pairs,
        hints=[
            "Draw a random X of that shape, run it through the first function, and you know the shape that Y must have.",
            "A pair is right if the equation holds for all X and Y. Random values of both signs make luck unlikely.",
            "Rounding grows with the values. So compare the difference of the two products with something of their size.",
        ],
        praise="Your test passes eight right pairs, float32 and large weights among them, and catches 14 faults.",
    ),
}
