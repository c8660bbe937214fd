"""The longer tasks of notebook 01: a test that tells right from wrong, and finding a patch."""

# ruff: noqa: D103, the names of these functions say what they do

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .._language import say
from ..data import load_photograph
from ..ops.correlation import conv2d, corr2d
from ._clues import fails_where, matrices, scaled
from ._comparing import as_tensor, show
from ._kinds import Choice, Function, Raised

# 1.6: right and faulty versions of corr2d


def by_loops(X: Tensor, K: Tensor) -> Tensor:
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


def by_einsum(X: Tensor, K: Tensor) -> Tensor:
    return torch.einsum("ijab,ab->ij", X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1), K)


def by_conv2d(X: Tensor, K: Tensor) -> Tensor:
    return F.conv2d(X[None, None], K[None, None])[0, 0]


def by_im2col(X: Tensor, K: Tensor) -> Tensor:
    columns = F.unfold(X[None, None], tuple(K.shape))[0]
    return (K.reshape(1, -1) @ columns).reshape(X.shape[0] - K.shape[0] + 1, -1)


def in_double(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X.double(), K.double())


def in_another_order(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X.flip(0, 1), K.flip(0, 1)).flip(0, 1)


RIGHT = {
    "two loops; the output is float32 whatever the input is": by_loops,
    "einsum over all windows": by_einsum,
    "F.conv2d": by_conv2d,
    "im2col and one matrix product": by_im2col,
    "everything in float64, also for float32 inputs": in_double,
    "image and kernel flipped, and the output flipped back: the products are added up in another order": in_another_order,
}


def flipped(X: Tensor, K: Tensor) -> Tensor:
    return conv2d(X, K)


def transposed_kernel(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K.T)


def transposed_output(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K).T


def flipped_rows(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K.flip(0))


def flipped_columns(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K.flip(1))


def square_kernels_only(X: Tensor, K: Tensor) -> Tensor:
    h = K.shape[0]
    kept = torch.zeros_like(K)
    kept[:, :h] = K[:, :h]
    return corr2d(X, kept)


def square_images_only(X: Tensor, K: Tensor) -> Tensor:
    n = X.shape[0]
    return corr2d(X, K)[: n - K.shape[0] + 1, : n - K.shape[1] + 1]


def row_missing(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K)[:-1]


def column_missing(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K)[:, :-1]


def first_row_only(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K)[:1]


def all_zeros(X: Tensor, K: Tensor) -> Tensor:
    return 0 * corr2d(X, K)


def truncated(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K).trunc()


def no_negatives(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K).relu()


def averaged(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K) / K.numel()


def multiplied(X: Tensor, K: Tensor) -> Tensor:
    return (X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1) * K).flatten(2).prod(-1)


def last_weight_missing(X: Tensor, K: Tensor) -> Tensor:
    K = K.clone()
    K[-1, -1] = 0
    return corr2d(X, K)


def last_value_wrong(X: Tensor, K: Tensor) -> Tensor:
    Y = corr2d(X, K)
    Y[-1, -1] = 0
    return Y


def not_a_number(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K) * float("nan")


def changes_the_image(X: Tensor, K: Tensor) -> Tensor:
    Y = corr2d(X, K)
    X *= 2
    return Y


def changes_the_kernel(X: Tensor, K: Tensor) -> Tensor:
    Y = corr2d(X, K)
    K.copy_(K.flip(0, 1))
    return Y


def coarse(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K).to(torch.bfloat16).to(X.dtype)


def several_windows_only(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K) if X.shape != K.shape else torch.zeros(0, 0, dtype=X.dtype)


def single_precision_only(X: Tensor, K: Tensor) -> Tensor:
    if X.dtype != torch.float32:
        raise TypeError("X must be float32")
    return corr2d(X, K)


def hard_coded(X: Tensor, K: Tensor) -> Tensor:
    return corr2d(X, K[:2, :2])


def returns_nothing(X: Tensor, K: Tensor) -> None:
    corr2d(X, K)


def as_lists(X: Tensor, K: Tensor) -> list:
    return corr2d(X, K).tolist()


class _Remembers:
    """A cache with a key that is too short."""

    def __init__(self):
        self.known: dict = {}

    def __call__(self, X: Tensor, K: Tensor) -> Tensor:
        return self.known.setdefault((X.shape, K.shape), corr2d(X, K))


# What a version does wrong → how to make one.
FAULTY: dict[str, Callable[[], Callable]] = {
    "flips the kernel, as true convolution does": lambda: flipped,
    "transposes the kernel": lambda: transposed_kernel,
    "transposes the output": lambda: transposed_output,
    "flips the rows of the kernel": lambda: flipped_rows,
    "flips the columns of the kernel": lambda: flipped_columns,
    "leaves weights out if the kernel is wider than high": lambda: square_kernels_only,
    "leaves outputs out if the image is wider than high": lambda: square_images_only,
    "uses only the first two rows and columns of the kernel": lambda: hard_coded,
    "leaves out the last row of the output": lambda: row_missing,
    "leaves out the last column of the output": lambda: column_missing,
    "returns only the first row of the output": lambda: first_row_only,
    "returns zeros": lambda: all_zeros,
    "cuts off the decimals": lambda: truncated,
    "turns negative outputs into 0": lambda: no_negatives,
    "divides by the number of weights": lambda: averaged,
    "multiplies the products where it should add them": lambda: multiplied,
    "never uses the last weight": lambda: last_weight_missing,
    "puts 0 in place of the last output": lambda: last_value_wrong,
    "returns NaN": lambda: not_a_number,
    "returns nothing": lambda: returns_nothing,
    "doubles X in place, after the output is computed": lambda: changes_the_image,
    "flips K in place, after the output is computed": lambda: changes_the_kernel,
    "is right to two digits only": lambda: coarse,
    "returns an empty tensor if the kernel is as large as the image": lambda: several_windows_only,
    "refuses float64": lambda: single_precision_only,
    "remembers its first output for every pair of shapes and returns it ever after": _Remembers,
}

# Faults that only 1.6b's cases have.
NO_TENSOR = {"returns nested lists, not a tensor": as_lists}

# The faults that one pair X, K can tell from the right version: 1.6a.
SEEN_BY_ONE_PAIR = {
    name: make()
    for name, make in FAULTY.items()
    if make()
    in (flipped, transposed_kernel, flipped_rows, flipped_columns, hard_coded, row_missing, truncated, no_negatives)
    or make() in (averaged, last_weight_missing, square_kernels_only, square_images_only, multiplied, last_value_wrong)
}


def _tells_apart(answer: Any) -> str:
    """Whether one pair of matrices gives another output with each of these faults."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return say("give two matrices, (X, K), not {0}", show(answer))
    X, K = map(as_tensor, answer)
    if X is None or K is None or X.dim() != 2 or K.dim() != 2 or not X.numel() or not K.numel():
        return "X and K must be matrices of numbers"
    X, K = X.double(), K.double()
    if not (X.isfinite().all() and K.isfinite().all()):
        return "the values must be finite"
    if X.shape[0] > 4 or X.shape[1] > 4:
        return say("X may have at most 4 rows and 4 columns, yours has shape {0}", tuple(X.shape))
    if K.shape[0] > X.shape[0] or K.shape[1] > X.shape[1]:
        sizes = say("a kernel of shape {0} doesn't fit into an image of shape {1}", tuple(K.shape), tuple(X.shape))
        return say("{0}: the image comes first, then the kernel", sizes)
    missed = [name for name, fault in SEEN_BY_ONE_PAIR.items() if _same_output(fault, X, K)]
    if not missed:
        return ""
    more = say("; nor does it show {0} of the other faults", len(missed) - 1) if len(missed) > 1 else ""
    return say("this pair doesn't show a version that {0}: its output is the right one{1}", missed[0], more)


def _same_output(version: Callable, X: Tensor, K: Tensor) -> bool:
    try:
        got = version(X.clone(), K.clone())
    except Exception:
        return False
    expected = corr2d(X, K)
    return got.shape == expected.shape and torch.allclose(got, expected)


def agrees(version: Callable, X: Tensor, K: Tensor) -> bool:
    """Whether a version gives the right output for this pair, to what float32 can hold, and leaves its inputs alone."""
    A, B = X.clone(), K.clone()
    try:
        got = version(A, B)
    except Exception:
        return False
    expected = corr2d(X, K).double()
    if not isinstance(got, Tensor) or got.shape != expected.shape:
        return False
    return torch.equal(A, X) and torch.equal(B, K) and torch.allclose(got.double(), expected, rtol=1e-4, atol=1e-5)


def _without_shapes(version: Callable, X: Tensor, K: Tensor) -> bool:
    got, expected = version(X.clone(), K.clone()), corr2d(X, K)
    return torch.allclose(got.double(), expected.double(), rtol=1e-4, atol=1e-5) if isinstance(got, Tensor) else False


def _exactly(version: Callable, X: Tensor, K: Tensor) -> bool:
    A, B = X.clone(), K.clone()
    try:
        got = version(A, B)
    except Exception:
        return False
    return (
        isinstance(got, Tensor)
        and torch.equal(got.double(), corr2d(X, K).double())
        and torch.equal(A, X)
        and torch.equal(B, K)
    )


def _changed_unseen(version: Callable, X: Tensor, K: Tensor) -> bool:
    try:
        got = version(X.clone(), K.clone())
    except Exception:
        return False
    expected = corr2d(X, K).double()
    return (
        isinstance(got, Tensor)
        and got.shape == expected.shape
        and torch.allclose(got.double(), expected, rtol=1e-4, atol=1e-5)
    )


def _kernel_unwatched(version: Callable, X: Tensor, K: Tensor) -> bool:
    A = X.clone()
    return _changed_unseen(version, X, K) and (version(A, K.clone()), torch.equal(A, X))[1]


def _image_unwatched(version: Callable, X: Tensor, K: Tensor) -> bool:
    B = K.clone()
    return _changed_unseen(version, X, K) and (version(X.clone(), B), torch.equal(B, K))[1]


def _coarsely(version: Callable, X: Tensor, K: Tensor) -> bool:
    A, B = X.clone(), K.clone()
    try:
        got = version(A, B)
    except Exception:
        return False
    expected = corr2d(X, K).double()
    same = isinstance(got, Tensor) and got.shape == expected.shape and torch.equal(A, X) and torch.equal(B, K)
    return same and torch.allclose(got.double(), expected, rtol=0.02, atol=0.02)


def _uncaught(version: Callable, X: Tensor, K: Tensor) -> bool:
    """An error in the version ends the comparison."""
    version(X.clone(), K.clone())
    return agrees(version, X, K)


def _dtypes_must_match(version: Callable, X: Tensor, K: Tensor) -> bool:
    return agrees(version, X, K) and version(X.clone(), K.clone()).dtype == X.dtype


def _version_cases(generator: torch.Generator) -> list[tuple]:
    """(version, X, K), right ones and faulty ones."""

    def pair(image: tuple, kernel: tuple, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
        return tuple(torch.randn(size, generator=generator, dtype=torch.float64).to(dtype) for size in (image, kernel))

    def large(image: Tensor, kernel: Tensor) -> tuple[Tensor, Tensor]:
        return 4 * image, kernel

    ones = torch.ones(3, 3, dtype=torch.float64), torch.ones(2, 2, dtype=torch.float64)
    return [
        (by_conv2d, *pair((3, 3), (2, 2))),
        (by_loops, *pair((3, 4), (2, 2))),
        (in_another_order, *pair((4, 5), (2, 3))),
        (in_double, *pair((3, 3), (2, 2), torch.float32)),
        (flipped, *pair((3, 3), (2, 2))),
        (first_row_only, *ones),
        (transposed_kernel, *pair((3, 4), (1, 2))),
        (not_a_number, *pair((3, 3), (2, 2))),
        (single_precision_only, *pair((2, 2), (2, 2))),
        (returns_nothing, *pair((2, 2), (1, 1))),
        (changes_the_image, *pair((3, 3), (2, 2))),
        (changes_the_kernel, *pair((3, 3), (2, 2))),
        (coarse, *large(*pair((4, 4), (2, 2)))),
        (last_value_wrong, *pair((4, 4), (2, 2))),
        (transposed_output, *pair((3, 3), (2, 2))),
        (as_lists, *pair((3, 3), (2, 2))),
    ]


def _judges(test: Any) -> str:
    """Run a test on right and faulty versions, and say which of them it takes for the other kind."""
    if not callable(test):
        return say("give the test itself, check(…, accepts), not {0}", show(test))
    seen: list[tuple[Tensor, Tensor]] = []

    def watched(X: Tensor, K: Tensor) -> Tensor:
        seen.append((X, K))
        return corr2d(X, K)

    accepted, said = _accepted(test, watched)
    if accepted is None:
        return said
    line = _of_inputs(seen)
    if line:
        return line
    refused = next((name for name, version in RIGHT.items() if not _accepted(test, version)[0]), "")
    if refused:
        return _too_strict(test, refused)
    passed = [name for name, make in FAULTY.items() if _accepted(test, make())[0]]
    if not passed:
        return ""
    if len(passed) == len(FAULTY):
        return say("your test accepts every version, {0} faulty ones too: what does it compare?", len(FAULTY))
    line = _few(seen) or _blind(lambda version: bool(_accepted(test, version)[0]))
    more = say("; {0} of {1} faulty versions pass", len(passed), len(FAULTY)) if len(passed) > 1 else ""
    return f"{line}\n" * bool(line) + say("your test accepts a version that {0}{1}", passed[0], more)


def _of_inputs(seen: Sequence[tuple[Tensor, Tensor]]) -> str:
    """What is wrong with the inputs that a test makes."""
    if not seen:
        return "your test never calls the version: give it images and kernels, and look at what comes back"
    for X, K in seen:
        if not all(isinstance(part, Tensor) and part.dim() == 2 for part in (X, K)):
            return "your test gives the version something other than two matrices, which are tensors with two axes"
        if K.shape[0] > X.shape[0] or K.shape[1] > X.shape[1]:
            sizes = say("{0} for an image of shape {1}", tuple(K.shape), tuple(X.shape))
            return say("your test tries a kernel of shape {0}: a version must handle only kernels that fit", sizes)
        if not (X.is_floating_point() and K.is_floating_point()):
            return say(
                "your test tries inputs of type {0} and {1}: a version must handle float32 and float64", X.dtype, K.dtype
            )
    return ""


def _few(seen: Sequence[tuple[Tensor, Tensor]]) -> str:
    """What the inputs of a test can't show: '' where they are several and not constant."""
    if len(seen) == 1:
        return "your test tries a single pair (does it return inside the loop?)"
    if all(bool((part == part.flatten()[0]).all()) for pair in seen for part in pair):
        return "all your images and kernels are constant, so a value in the wrong place can't show"
    return ""


def _too_strict(test: Callable, refused: str) -> str:
    """Why a test refuses a right version."""
    verdict, said = _accepted(test, RIGHT[refused])
    if verdict is None:
        return said
    if _accepted(test, flipped)[0]:
        return "your test takes true convolution, which flips the kernel, for the right result: compare with corr2d"
    if _accepted(test, corr2d)[0]:
        return say(
            "your test refuses a right version ({0}){1}: rounding and dtype may differ, the values are right", refused, said
        )
    passed = [name for name, make in FAULTY.items() if _accepted(test, make())[0]]
    if passed:
        return say("your test refuses right versions, even corr2d itself{0}, and accepts one that {1}", said, passed[0])
    return say(("your test refuses every version, right or faulty, even corr2d itself{0}: when does it return True?"), said)


def _accepted(test: Callable, version: Callable) -> tuple[bool | None, str]:
    """Whether the test accepts the version, and what it raised; None where it gives no verdict."""
    try:
        verdict = test(version)
    except AssertionError as error:
        return False, say(" with “{0}”", str(error).strip().splitlines()[0][:80]) if str(error).strip() else ""
    except Exception as error:
        return False, say(" with {0}: {1}", type(error).__name__, str(error)[:80])
    if verdict is None:
        return None, "your test returned nothing for a version that it doesn't refuse: end with return True"
    value = as_tensor(verdict)
    if value is None or value.numel() != 1 or value.item() not in (0, 1):
        return None, say("your test returned {0}: return True or False, or let an assert fail", show(verdict)[:80])
    return bool(value.item()), ""


# 1.7: find a patch


def centered(X: Tensor, T: Tensor) -> Tensor:
    """For each window: its values minus their mean, times the patch minus its mean, added up."""
    return corr2d(X, T - T.mean())


def _window_norms(X: Tensor, T: Tensor) -> Tensor:
    """The length of each window whose mean is subtracted."""
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1).flatten(2)
    return (windows - windows.mean(-1, keepdim=True)).norm(dim=-1)


def _lengths(X: Tensor, T: Tensor) -> Tensor:
    """The length of each window, with its mean."""
    return X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1).flatten(2).norm(dim=-1)


def normalized(X: Tensor, T: Tensor) -> Tensor:
    """The centered score divided by both lengths; 0 where one of them is 0."""
    lengths = _window_norms(X, T) * (T - T.mean()).norm()
    flat = lengths < 1e-9
    return torch.where(flat, 0.0, centered(X, T) / torch.where(flat, 1.0, lengths))


def _guarded(score: Tensor, lengths: Tensor) -> Tensor:
    """The quotient, 0 where the lengths are almost 0."""
    flat = lengths < 1e-9
    return torch.where(flat, 0.0, score / torch.where(flat, 1.0, lengths))


def find_patch(X: Tensor, T: Tensor) -> tuple[int, int]:
    """The top-left corner of the window with the highest score."""
    score = normalized(X, T)
    return divmod(int(score.argmax()), score.shape[1])


def _corner(score: Tensor) -> tuple[int, int]:
    return divmod(int(score.argmax()), score.shape[1])


def _score_cases(generator: torch.Generator) -> list[tuple[Tensor, Tensor]]:
    sizes = [((3, 3), (2, 2)), ((3, 5), (1, 3)), ((6, 4), (3, 2)), ((5, 5), (5, 5)), ((7, 8), (3, 3))]
    return [tuple(3 + torch.randn(size, generator=generator, dtype=torch.float64) for size in pair) for pair in sizes]


def _flat_cases(generator: torch.Generator) -> list[tuple[Tensor, Tensor]]:
    """With constant windows, and a constant patch; the mean of many equal numbers is rounded, e.g. of 0.1."""
    cases = _score_cases(generator)
    flat = cases[-1][0].clone()
    flat[:4, :5], flat[4:, 5:] = 2.7, 0.7
    zero = cases[2][0].clone()
    zero[:3] = 0
    rounded = cases[-1][0].clone()
    rounded[:5, :5] = 0.1
    constant = torch.full((2, 2), 2.7, dtype=torch.float64), torch.full((3, 3), 0.1, dtype=torch.float64)
    return [
        *cases,
        (flat, cases[-1][1]),
        (zero, cases[2][1]),
        (cases[0][0], constant[0]),
        (rounded, cases[-1][1]),
        (rounded, constant[1]),
    ]


def _photo_cases(generator: torch.Generator) -> list[tuple[Tensor, Tensor]]:
    """A photograph and a part of it, in another light and with a little noise."""
    photo = load_photograph(height=72, grey=True).double()
    found = []
    for (top, left, h, w), contrast, brightness in [
        ((30, 25, 12, 16), 1.0, 0.0),
        ((40, 8, 14, 10), 0.4, 0.5),
        ((20, 26, 15, 9), 0.25, 0.0),
        ((45, 33, 8, 20), 2.0, -0.4),
    ]:
        patch = photo[top : top + h, left : left + w]
        noise = 0.005 * torch.randn(h, w, generator=generator, dtype=torch.float64)
        found.append((photo, contrast * patch + brightness + noise))
    return found


def _of_versions(compare: Callable, wrong: Sequence) -> str:
    """What a comparison does wrong: from its verdicts, and from versions made to find it out."""
    spoiled = [outcome.case[0] for outcome in wrong if outcome.changed]
    if spoiled and all(version in (changes_the_image, changes_the_kernel) for version in spoiled):
        return "the version gets X and K themselves, and one that changes them spoils yours: give it clones"
    verdicts = [None if outcome.fault else as_tensor(outcome.got) for outcome in wrong]
    if any(outcome.got is Raised for outcome in wrong):
        return "an error ends the comparison: where a version raises it, the answer is False; dtypes and shapes may differ"
    if any(outcome.fault for outcome in wrong):
        return ""
    if any(verdict is None or verdict.numel() != 1 or verdict.item() not in (0, 1) for verdict in verdicts):
        return "return True or False"
    line = _blind(lambda version: bool(as_tensor(compare(version, *map(torch.clone, PLAIN))).item()))
    if line:
        return line
    version = wrong[0].case[0]
    known = RIGHT | NO_TENSOR | {name: make() for name, make in FAULTY.items()}
    name = next(name for name, other in known.items() if other is version)
    if wrong[0].expected:
        return say("a right version is refused ({0}): its values differ only by rounding", name)
    return say("a version is accepted that {0}", name)


PLAIN = torch.tensor([[1.5, -2.0, 0.3, 1.0], [2.0, 1.0, -1.0, 0.7], [0.2, 3.0, 1.0, -1.2]]), torch.tensor([[1.25, -2.0]])


def _blind(accepts: Callable[[Callable], bool]) -> str:
    """What a comparison or a test doesn't look at, '' if it sees these faults of the values; `accepts(version)`."""
    right, above, below = (accepts(lambda X, K, off=off: corr2d(X, K) + off) for off in (0.0, 1.0, -1.0))
    if not right and above and below:
        return "True and False are exchanged: the right output is refused, and wrong ones are accepted"
    if not right:
        return ""
    if above and below:
        return "outputs are accepted to which 1 is added: the values aren't compared with corr2d's, or not narrowly enough"
    if above or below:
        which = "large" if above else "small"
        return say("outputs that are too {0} are accepted: is abs() missing from the difference?", which)
    if accepts(lambda X, K: corr2d(X, K).flip(0, 1)):
        return "an output whose values have changed places is accepted: compare value by value, not the totals"
    return ""


def _windows(X: Tensor, T: Tensor) -> Tensor:
    """All windows as large as the patch, (rows, columns, h, w)."""
    return X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)


def _of_centered(wrong, cases) -> str:
    if any(outcome.fault for outcome in wrong):
        return ""
    factor = scaled(wrong)
    if factor and len(wrong) == len(cases):
        return (
            "the sign is wrong"
            if abs(factor + 1) < 1e-6
            else say("every score is {0:.4g} times as large as it should be", factor)
        )
    if all(value is not None and value.numel() == 1 for value in (as_tensor(outcome.got) for outcome in wrong)):
        return "that's one number: return a score for every position of the window"
    return fails_where(
        wrong,
        cases,
        {
            "it's right only for square patches": lambda X, T: T.shape[0] != T.shape[1],
            "it's right only for patches with one row: is a mean taken along the rows, not over all values?": (
                lambda X, T: T.shape[0] > 1
            ),
        },
    )


def _constant(X: Tensor, T: Tensor) -> bool:
    return bool((T - T.mean()).norm() < 1e-9)


def _added_below(wrong) -> float | None:
    """The number that is added to the product of the lengths, None if there's none."""
    found = []
    for outcome in wrong:
        X, T = outcome.case
        got, lengths = as_tensor(outcome.got), _window_norms(X, T) * (T - T.mean()).norm()
        if got is None or got.shape != lengths.shape:
            return None
        where = (lengths > 1e-6) & (got.abs() > 1e-3)
        found.append((centered(X, T) / got - lengths)[where].double())
    added = torch.cat(found)
    same = len(added) > 1 and torch.allclose(added, added[:1].expand_as(added), rtol=1e-4, atol=1e-9)
    return added[0].item() if same and added[0] > 1e-7 else None


def _rounded_only(wrong) -> bool:
    """Whether every wrong value is a number and belongs to a constant window or patch."""
    for outcome in wrong:
        X, T = outcome.case
        got, lengths = as_tensor(outcome.got), _window_norms(X, T) * (T - T.mean()).norm()
        if got is None or got.shape != lengths.shape or got.isnan().any():
            return False
        off = ~torch.isclose(got.double(), outcome.expected.double(), rtol=1e-4, atol=1e-5)
        if (off & (lengths > 1e-9)).any() or (got[off].double() - 1).abs().max() < 1e-9:
            return False
    return True


def _of_scores(wrong, cases) -> str:
    """What wrong normalized scores have in common."""
    if any(outcome.fault for outcome in wrong):
        return ""
    if _rounded_only(wrong):
        return (
            "only scores of constant windows or patches are wrong: after rounding, such a length isn't 0 but tiny, "
            "and one from a difference of two sums may even be above 1e-9"
        )
    where = fails_where(
        wrong,
        cases,
        {
            "it's wrong only if the patch is constant: its length is 0 (or almost, after rounding), so all scores are 0": (
                _constant
            ),
            "it's wrong only where a window or the patch is constant: there, the length is 0 (or almost, after rounding)": (
                lambda X, T: bool((_window_norms(X, T) < 1e-9).any() or (T - T.mean()).norm() < 1e-9)
            ),
            "it's right only for square patches": lambda X, T: T.shape[0] != T.shape[1],
        },
    )
    if where:
        return where
    pairs = matrices(wrong)
    if any(got.isnan().any() for got, _ in pairs):
        what = "patch" if all(_constant(*outcome.case) for outcome in wrong) else "window"
        return say("there are NaNs: a constant {0} has length 0, and 0/0 is NaN", what)
    added = _added_below(wrong)
    if added:
        return say(
            ("{0:.3g} is added to the product of the lengths: this changes every score, not only the constant windows'"),
            added,
        )
    factor = scaled(wrong)
    if factor and len(wrong) >= len(cases) - 1:
        return (
            "the sign is wrong"
            if abs(factor + 1) < 1e-6
            else say("every score is {0:.4g} times as large as it should be", factor)
        )
    if pairs and all(got.shape == expected.shape and (got.abs() > 1 + 1e-6).any() for got, expected in pairs):
        return "scores must lie between −1 and 1: divide by the length of the window and by that of the patch"
    return ""


def _of_places(wrong, cases) -> str:
    """What wrong places have in common: the parts of a case are the image and the patch."""
    places = [as_tensor(outcome.got) for outcome in wrong if not outcome.fault]
    if len(places) < len(wrong) or any(place is None or place.numel() != 2 for place in places):
        return "return two numbers, (row, column)" if not any(outcome.fault for outcome in wrong) else ""
    pairs = [tuple(int(part) for part in place.flatten()) for place in places]
    if len(pairs) == len(cases) and len(set(pairs)) == 1:
        return "the place is the same for every patch: compute it from X and T"
    score = normalized(*wrong[0].case)
    (row, column), best = pairs[0], score.max().item()
    if not (0 <= row < score.shape[0] and 0 <= column < score.shape[1]):
        return say("no window begins there: the scores have shape {0}", tuple(score.shape))
    there = score[row, column].item()
    return say("the window that begins there has a normalized score of {0:.2f}, the best one of {1:.2f}", there, best)


EXERCISES = {
    "1.6a": Choice(
        test=_tells_apart,
        hints=[
            "A symmetric kernel hides flips. What else does a square kernel hide? And an image that is square?",
            "Integers hide cut decimals, positive values hide a clipped sign, and a 0 hides a weight that is never used.",
            "Take a kernel that is wider than high, with more than two columns, and an image that is wider than high.",
        ],
        praise="One pair with unequal sides, unequal weights, both signs, and decimals shows all these faults.",
    ),
    "1.6b": Function(
        reference=agrees,
        cases=_version_cases,
        probe=_of_versions,
        mistakes={
            "it accepts everything": lambda version, X, K: True,
            "it refuses everything": lambda version, X, K: False,
            "an error in the version must not end your comparison: it means False": _uncaught,
            "rounding differs between right versions: compare with a tolerance": _exactly,
            "a version that changes one of its inputs isn't right: compare these with what they were": _changed_unseen,
            "a version that changes K isn't right: you've looked only at X": _kernel_unwatched,
            "a version that changes X isn't right: you've looked only at K": _image_unwatched,
            "the tolerance is too large: 0.02 hides real faults": _coarsely,
            "a right version may return another dtype": _dtypes_must_match,
            "torch.allclose broadcasts, so it accepts a wrong shape; and an error must not end it": _without_shapes,
        },
        hints=[
            "Call the version on clones, inside try. What must be true of its result before you compare values?",
            "torch.allclose broadcasts, and it raises an error if the dtypes differ. Compare shapes first, then convert.",
            "At the end, compare the two clones with X and K.",
        ],
        praise="It compares shape, values and inputs, and it bears errors, other dtypes, and rounding.",
    ),
    "1.6c": Choice(
        test=_judges,
        seconds=30,
        hints=[
            "Use what 1.6b does for many pairs: which shapes should they have, and which dtypes?",
            "Include a kernel as large as its image, a 1×1 kernel, high and wide ones; and each shape more than once.",
            "A version that remembers is caught by two different pairs of the same shapes.",
        ],
        praise="Your test accepts six right versions and refuses 26 faulty ones.",
    ),
    "1.7a": Function(
        reference=centered,
        cases=_score_cases,
        otherwise=_of_centered,
        mistakes={
            "no mean is subtracted": corr2d,
            "the mean of the whole image is subtracted, but the patch keeps its own": lambda X, T: corr2d(X - X.mean(), T),
            "the patch loses its mean value twice, or its sum is subtracted": lambda X, T: corr2d(X, T - T.sum()),
            "each score is divided by the number of values: add the products up": lambda X, T: centered(X, T) / T.numel(),
            "it's divided by the lengths already, which is the next step": lambda X, T: normalized(X, T),
            "the patch is flipped: this is no true convolution": lambda X, T: conv2d(X, T - T.mean()),
            "the mean of the patch is added: subtract it": lambda X, T: corr2d(X, T + T.mean()),
            "that's the median of the patch: subtract its mean": lambda X, T: corr2d(X, T - T.median()),
            "the mean of the patch is subtracted from the image": lambda X, T: corr2d(X - T.mean(), T),
            "the mean of the scores is subtracted: subtract a mean from the values before you multiply": lambda X, T: (
                corr2d(X, T) - corr2d(X, T).mean()
            ),
            "a mean of each column is subtracted, of the patch or of a window: take one mean, over all values": (
                lambda X, T: corr2d(X, T - T.mean(0))
            ),
            "a mean of each row is subtracted, of the patch or of a window: take one mean, over all values": (
                lambda X, T: corr2d(X, T - T.mean(1, keepdim=True))
            ),
            "the product of the two means is subtracted once, but it's in the sum once for each value": lambda X, T: (
                corr2d(X, T) - corr2d(X, torch.ones_like(T)) / T.numel() * T.mean()
            ),
            "the patch is divided by its standard deviation besides: only subtract its mean": lambda X, T: (
                centered(X, T) / T.std()
            ),
            "the patch is divided by its standard deviation (that of all values) besides: only subtract its mean": (
                lambda X, T: centered(X, T) / T.std(correction=0)
            ),
            "the patch is divided by its length besides, which belongs to the next step": lambda X, T: (
                centered(X, T) / (T - T.mean()).norm()
            ),
            "that's the best score: return the score for every position": lambda X, T: centered(X, T).max(),
        },
        hints=[
            "Write Tʹ for the patch minus its mean. What is the sum of Tʹ?",
            "A constant c in the window adds c times the sum of Tʹ to the score. So which mean makes no difference?",
        ],
        praise="The patch without its mean adds up to 0, so the mean of each window drops out on its own.",
    ),
    "1.7b": Function(
        reference=normalized,
        cases=_flat_cases,
        otherwise=_of_scores,
        mistakes={
            "the window's length is missing": lambda X, T: (
                centered(X, T) / (T - T.mean()).norm() if (T - T.mean()).norm() > 1e-9 else 0 * centered(X, T)
            ),
            "no mean is subtracted: that's the cosine of the angle between window and patch": lambda X, T: torch.nan_to_num(
                corr2d(X, T) / (_lengths(X, T) * T.norm()), 0, 0, 0
            ),
            "the mean isn't subtracted before the window's length is taken": lambda X, T: torch.nan_to_num(
                centered(X, T) / (_lengths(X, T) * (T - T.mean()).norm()), 0, 0, 0
            ),
            "the lengths are squared: take the root": lambda X, T: (
                normalized(X, T) / (_window_norms(X, T) * (T - T.mean()).norm()).clamp(min=1e-9)
            ),
            "it's divided by the number of values besides": lambda X, T: normalized(X, T) / T.numel(),
            "the score goes from −1 to 1, not from 0 to 1": lambda X, T: (normalized(X, T) + 1) / 2,
            "the patch's length is missing": lambda X, T: normalized(X, T) * (T - T.mean()).norm(),
            "there's no division yet": centered,
            "constant windows match everything: their score must be 0, not 1": lambda X, T: torch.where(
                (_window_norms(X, T) < 1e-9) | ((T - T.mean()).norm() < 1e-9), 1.0, normalized(X, T)
            ),
            "the sign is lost: −1 means that bright and dark are exchanged": lambda X, T: normalized(X, T).abs(),
            "negative scores have become 0: −1 means that bright and dark are exchanged": lambda X, T: normalized(
                X, T
            ).clamp(min=0),
            "both lengths are taken before the means are subtracted: take those of the centered values": lambda X, T: (
                _guarded(centered(X, T), _lengths(X, T) * T.norm())
            ),
            "the mean isn't subtracted from the patch before its length is taken": lambda X, T: _guarded(
                centered(X, T), _window_norms(X, T) * T.norm()
            ),
            "the mean of the whole image is subtracted: each window has a mean of its own": lambda X, T: _guarded(
                corr2d(X - X.mean(), T - T.mean()), _lengths(X - X.mean(), T) * (T - T.mean()).norm()
            ),
            "std divides by n − 1 under the root, and the score by both, so it's n − 1 times too large: take the roots of "
            "the sums": lambda X, T: normalized(X, T) * (T.numel() - 1),
            "std divides by n under the root, so the score is n times too large: take the roots of the sums": (
                lambda X, T: normalized(X, T) * T.numel()
            ),
            "as soon as one window is constant, all scores are 0: only the scores of constant windows are": lambda X, T: (
                normalized(X, T) * bool((_window_norms(X, T) * (T - T.mean()).norm() > 1e-9).all())
            ),
            "it's divided by the largest score: divide by the length of the window and by that of the patch": (
                lambda X, T: _guarded(centered(X, T), centered(X, T).abs().max().expand_as(centered(X, T)))
            ),
            "the length is that of all windows together: each window has a length of its own": lambda X, T: _guarded(
                centered(X, T), (_window_norms(X, T).norm() * (T - T.mean()).norm()).expand_as(centered(X, T))
            ),
        },
        hints=[
            "A window's length is the root of the sum of its squares, after its mean is subtracted.",
            "Get all windows with unfold, X.unfold(0, h, 1).unfold(1, w, 1), and subtract from each its own mean.",
            "After rounding, the length of a constant window needn't be exactly 0. Compare it with a small number, 1e-9.",
        ],
        praise="Brightness and contrast drop out: each score is the correlation coefficient of a window and the patch.",
    ),
    "1.7c": Function(
        reference=find_patch,
        cases=_photo_cases,
        otherwise=_of_places,
        seconds=20,
        mistakes={
            "that's what plain corr2d finds: the place where the photograph is brightest": lambda X, T: _corner(
                corr2d(X, T)
            ),
            "subtracting the mean isn't enough: windows of high contrast win": lambda X, T: _corner(centered(X, T)),
            "row and column are exchanged": lambda X, T: find_patch(X, T)[::-1],
            "that's the center of the window: give its top-left corner": lambda X, T: tuple(
                place + side // 2 for place, side in zip(find_patch(X, T), T.shape, strict=True)
            ),
            "that's the position in the flattened scores: turn it into a row and a column": lambda X, T: int(
                normalized(X, T).argmax()
            ),
            "the width of the scores isn't that of the image": lambda X, T: divmod(
                int(normalized(X, T).argmax()), X.shape[1]
            ),
            "rows and columns count from 0": lambda X, T: tuple(place + 1 for place in find_patch(X, T)),
            "that's the highest score: return where it is": lambda X, T: normalized(X, T).max(),
            "the lowest score is the worst match": lambda X, T: _corner(-normalized(X, T)),
            "the scores are divided by the length of the window with its mean, so dark windows win": lambda X, T: _corner(
                centered(X, T) / _lengths(X, T)
            ),
            "without the means, windows as uniform as the patch win": lambda X, T: _corner(corr2d(X, T) / _lengths(X, T)),
            "the position in the flattened scores is divided by the number of rows: divide by that of the columns": (
                lambda X, T: divmod(int((score := normalized(X, T)).argmax()), score.shape[0])
            ),
            "that's the window whose raw values differ least: a change of light changes all values, so normalize": (
                lambda X, T: _corner(-(_windows(X, T) - T).square().sum((2, 3)))
            ),
            "that's the window whose raw values differ least in size: a change of light changes them all, so normalize": (
                lambda X, T: _corner(-(_windows(X, T) - T).abs().sum((2, 3)))
            ),
            "that's the score closest to 0, which means no resemblance at all: the best match has the highest": (
                lambda X, T: _corner(-normalized(X, T).abs())
            ),
            "that's where the flipped patch fits best: don't flip it": lambda X, T: find_patch(X, T.flip(0, 1)),
        },
        hints=[
            "argmax counts through the scores row by row. How many scores are there in a row?",
            "divmod gives the quotient and the remainder at once.",
        ],
        praise="You found it in another light and with noise. Plain correlation finds only what is bright.",
    ),
}
