"""Exercises of lesson 02, learning an edge kernel."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .._check import shown
from .._language import say, spoken
from ..ops.correlation import conv2d, corr2d
from ..window import conv_out_size
from ._clues import explains, fails_where, matrices, size_off
from ._comparing import as_tensor, equal
from ._kinds import Choice, Function, Outcome, Value

ROW = torch.tensor([[0.0, 0.0, 1.0, 1.0, 1.0, 0.0]])
EDGE = torch.tensor([[1.0, -1.0]])


def _limit(picture: Tensor) -> float:
    """2/λ for the largest eigenvalue of the Hessian that a sum of squares and a 1×2 kernel have on this picture."""

    def loss(kernel: Tensor) -> Tensor:
        return (F.conv2d(picture[None, None], kernel) ** 2).sum()

    hessian = torch.autograd.functional.hessian(loss, torch.zeros(1, 1, 1, 2, dtype=torch.float64)).reshape(2, 2)
    return 2 / torch.linalg.eigvalsh(hessian)[-1].item()


def _bars() -> Tensor:
    return torch.tensor([[1.0, 0.0, 0.0, 1.0]], dtype=torch.float64).expand(5, 4)


def _step(X: Tensor, Y: Tensor, K: Tensor, lr: float) -> Tensor:
    return K - lr * _gradient(X, Y, K)


def _learn(X: Tensor, Y: Tensor, start: Tensor, lr: float, steps: int, zero: bool = True) -> Tensor:
    """Gradient descent by autograd on the sum of squares."""
    kernel = start.clone().requires_grad_()
    for _ in range(steps):
        if zero:
            kernel.grad = None
        ((F.conv2d(X[None, None], kernel[None, None])[0, 0] - Y) ** 2).sum().backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.detach()


def _learn_from_zeros(X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    return _learn(X, Y, torch.zeros(size, dtype=X.dtype), lr, steps)


def _pile_up(X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    return _learn(X, Y, torch.zeros(size, dtype=X.dtype), lr, steps, zero=False)


def _pictures(generator: torch.Generator) -> list[tuple[Tensor, Tensor, tuple[int, int]]]:
    """(X, Y, kernel size) in float64, smallest first; Y is random, so that no kernel explains it wholly."""
    sizes = [((2, 2), (1, 1)), ((2, 4), (1, 2)), ((5, 4), (2, 2)), ((6, 7), (3, 2)), ((4, 6), (2, 3)), ((3, 4), (3, 1))]
    return [
        (
            torch.randn(n, generator=generator, dtype=torch.float64),
            4 * torch.randn(conv_out_size(n, k), generator=generator, dtype=torch.float64),
            k,
        )
        for n, k in sizes
    ]


RATES = (0.01, 0.02, 0.005, 0.01, 0.008, 0.05)


def _step_cases(generator: torch.Generator) -> list[tuple]:
    return [
        (X, Y, torch.randn(size, generator=generator, dtype=torch.float64), lr)
        for (X, Y, size), lr in zip(_pictures(generator), RATES, strict=True)
    ]


def _learning_cases(generator: torch.Generator) -> list[tuple]:
    """The last target is 0 everywhere, so a kernel of zeros never moves."""
    return [
        (X, Y if steps < 6 else 0 * Y, size, lr, steps)
        for (X, Y, size), lr, steps in zip(_pictures(generator), RATES, (1, 2, 3, 5, 4, 6), strict=True)
    ]


def _load_optimizers() -> None:
    """PyTorch loads a large part of itself with the first optimizer."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)


# 2.1


PAIRS = ((0, 0), (0, 1), (1, 1), (1, 1), (1, 0))


def _first_wrong_pair(got: Tensor) -> str:
    """Which of the five outputs are wrong, without the values that they should have."""
    wrong = [i for i, (left, right) in enumerate(PAIRS) if abs(got[i].item() - (left - right)) > 1e-4]
    left, right = PAIRS[wrong[0]]
    more = say(", and {0} more", len(wrong) - 1) if len(wrong) > 1 else ""
    return say(
        "look at output {0} (counted from 0{1}), left pixel {2}, right pixel {3}: left minus right",
        wrong[0],
        more,
        left,
        right,
    )


# 2.2


def _beside_the_limit(got: Tensor) -> str:
    lr = got.item()
    if lr <= 0:
        return "a learning rate is positive: at 0 nothing changes, and below 0 every step leads away"
    factor = say("one step multiplies k₀ − 1 by 1 − 10·lr = {0:.3g}", 1 - 10 * lr)
    if lr < 0.2:
        return say("it converges at this rate, but larger ones do, too, and the limit is asked for: {0}", factor)
    return say("at this rate, it diverges: {0}", factor)


# 2.3


def _gradient(X: Tensor, Y: Tensor, K: Tensor) -> Tensor:
    return 2 * corr2d(X, corr2d(X, K) - Y)


def _weight_by_weight(X: Tensor, Y: Tensor, K: Tensor, lr: float) -> Tensor:
    """Each weight's derivative is computed with the new values of those before it."""
    K = K.clone()
    for a in range(K.shape[0]):
        for b in range(K.shape[1]):
            K[a, b] -= lr * _gradient(X, Y, K)[a, b]
    return K


def _several_steps(X: Tensor, Y: Tensor, K: Tensor, lr: float, steps: int) -> Tensor:
    for _ in range(steps):
        K = K - lr * _gradient(X, Y, K)
    return K


def _of_a_step(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
    """What wrong steps have in common; the parts of a case are X, Y, K, and the rate."""
    raised = [outcome for outcome in wrong if outcome.fault]
    where = fails_where(
        wrong,
        cases,
        {
            "it's right only for square kernels: the kernel's height and width differ": (
                lambda X, Y, K, lr: K.shape[0] != K.shape[1]
            ),
            "it's right only for kernels with one row: K has any number of rows": lambda X, Y, K, lr: K.shape[0] > 1,
            "it's right only for kernels with one column: K has any number of columns": lambda X, Y, K, lr: K.shape[1] > 1,
            "it's right only for 1×1 kernels: each weight has a derivative of its own": lambda X, Y, K, lr: K.numel() > 1,
            "it's right only for 1×2 kernels, such as the lesson's: K has any size": lambda X, Y, K, lr: K.shape != (1, 2),
            "it's right only for lr = 0.01: the rate is an argument": lambda X, Y, K, lr: lr != 0.01,
            "it fails for kernels that are wider than high": lambda X, Y, K, lr: K.shape[1] > K.shape[0],
            "it fails for kernels that are higher than wide": lambda X, Y, K, lr: K.shape[0] > K.shape[1],
        },
    )
    if where or raised:
        return where
    for steps in range(3, 21):
        if explains(wrong, lambda X, Y, K, lr, n=steps: _several_steps(X, Y, K, lr, n)):
            return say("these are {0} steps: one is asked for", steps)
    if all(isinstance(o.got, (tuple, list)) and len(o.got) > 1 and equal(o.got[0], o.expected) for o in wrong):
        return "the kernel is right, but return it alone, without anything else"
    pairs = matrices(wrong)
    if not pairs or any(got.shape != expected.shape for got, expected in pairs):
        sizes = {tuple(got.shape) for got, _ in pairs}
        fixed = next(iter(sizes)) if len(sizes) == 1 and len(pairs) == len(cases) else ()
        if fixed:
            return say("the result is always {0}×{1}, but it must be as large as K", fixed[0], fixed[1])
        return "the result must be as large as K, and so must the gradient" if pairs else ""
    if all(torch.allclose(got, expected.round(decimals=2), atol=1e-9) for got, expected in pairs):
        return "the values are rounded to two decimals"
    factors = [
        _factor(got - outcome.case[2], expected - outcome.case[2])
        for (got, expected), outcome in zip(pairs, wrong, strict=True)
    ]
    if None in factors or len(wrong) < len(cases):
        return ""
    for line, factor in {
        "the learning rate is missing": lambda X, Y, K, lr: 1 / lr,
        "the learning rate is multiplied in twice": lambda X, Y, K, lr: lr,
        "the steps are too large because the gradient is multiplied by the number of outputs": lambda X, Y, K, lr: (
            Y.numel()
        ),
        "each step is divided by the number of weights: the loss is a sum": lambda X, Y, K, lr: 1 / K.numel(),
        "each step is divided by the number of pixels: the loss is a sum": lambda X, Y, K, lr: 1 / X.numel(),
        "the factor of 2 is missing, and the mean is taken: the loss is a sum of squares": lambda X, Y, K, lr: (
            0.5 / Y.numel()
        ),
        "the factor of 2 and the learning rate are missing": lambda X, Y, K, lr: 0.5 / lr,
    }.items():
        for sign in (1, -1):
            if all(math.isclose(f, sign * factor(*o.case), rel_tol=1e-3) for f, o in zip(factors, wrong, strict=True)):
                return spoken(line) + spoken(", and the sign is wrong: subtract the gradient" if sign < 0 else "")
    rates = [f * outcome.case[3] for f, outcome in zip(factors, wrong, strict=True)]
    if max(rates) - min(rates) < 1e-3 * abs(rates[0]):
        return say("the rate is always {0:.3g}: use the argument lr", rates[0])
    if max(factors) - min(factors) < 1e-3 * abs(factors[0]):
        return (
            say("the direction of each step is right, but it is {0:.3g} times as long as it should be", factors[0])
            if (factors[0] > 0)
            else say("each step leads in the opposite direction and is {0:.3g} times as long as it should be", -factors[0])
        )
    return "each step has the right direction, but not the right length: it's lr times the gradient"


def _factor(got: Tensor, expected: Tensor) -> float | None:
    """c where got = c · expected, else None."""
    factor = ((got * expected).sum() / (expected**2).sum()).item()
    return factor if torch.allclose(got, factor * expected, rtol=1e-4, atol=1e-7) else None


# 2.4


ROWS, BUDGET = 7, 14  # of the image in exercise 2.4, and the steps that it allows


def _is_fast(lr) -> str:
    """Whether 14 steps with this learning rate bring every start of `nn.Conv2d` below a loss of 10⁻⁶.

    The image has seven rows of 0, 1, 1, 0, so the Hessian's eigenvalues are 14 along [1, −1] and 42 along [1, 1].
    """
    if isinstance(lr, (tuple, list)) and len(lr) == 1:
        lr = lr[0]
    if isinstance(lr, bool) or not isinstance(lr, (int, float)) or not math.isfinite(lr):
        return say("a learning rate is one finite number, got {0}", shown(lr))
    if lr <= 0:
        return "the learning rate must be positive: at 0 the kernel never changes, and below 0 the loss rises"
    lr = float(lr)
    slow, steep = abs(1 - 2 * ROWS * lr), abs(1 - 6 * ROWS * lr)
    bound = 0.5**0.5
    starts = torch.tensor([[a, b] for a in (-bound, bound) for b in (-bound, bound)], dtype=torch.float64)
    contrast = (starts[:, 0] - starts[:, 1] - 2) / 2**0.5
    brightness = (starts[:, 0] + starts[:, 1]) / 2**0.5
    grown = [min(factor ** (2 * BUDGET), 1e300) if factor < 1e10 else 1e300 for factor in (slow, steep)]
    worst = (ROWS * contrast**2 * grown[0] + 3 * ROWS * brightness**2 * grown[1]).max().item()
    if worst < 1e-6:
        return ""
    facts = say("after {0} steps, the worst start has a loss of {1:.1e}", BUDGET, worst)
    if math.isclose(steep, 1):
        return say("at lr = 1/{0} the kernel jumps back and forth between two points forever\n{1}", 3 * ROWS, facts)
    if steep > 1:
        return say("the loss diverges: the kernel overshoots farther with each step\n{0}", facts)
    if steep > slow:
        return say("the loss converges, but each step overshoots: try a slightly smaller rate\n{0}", facts)
    return say("the loss converges, but too slowly: try a larger rate\n{0}", facts)


# 2.5


def _all_pairs(X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    """The function to repair: the loss compares each output with each target."""
    kernel = torch.zeros(size, dtype=X.dtype)
    for _ in range(steps):
        outputs = corr2d(X, kernel)
        kernel = kernel - lr * 2 * corr2d(X, outputs * Y.numel() - Y.sum())
    return kernel


def _momentum(share: float, X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    """A share of each gradient stays for the next step."""
    kernel, sum_of_all = torch.zeros(size, dtype=X.dtype), 0
    for _ in range(steps):
        sum_of_all = share * sum_of_all + _gradient(X, Y, kernel)
        kernel = kernel - lr * sum_of_all
    return kernel


def _running_mean(X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    """The sum of all gradients so far, divided by how many there are or by how many there will be."""
    kernel, total = torch.zeros(size, dtype=X.dtype), 0
    for step in range(steps):
        total = total + _gradient(X, Y, kernel)
        kernel = kernel - lr * total / (step + 1)
    return kernel


def _divided(X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    """What has piled up is divided in place by the number of the step, and piles up further."""
    kernel, total = torch.zeros(size, dtype=X.dtype), 0
    for step in range(steps):
        total = (total + _gradient(X, Y, kernel)) / (step + 1)
        kernel = kernel - lr * total
    return kernel


def _by_loss(loss: Callable, X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    """Gradient descent on another function of the errors."""
    kernel = torch.zeros(size, dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(loss(F.conv2d(X[None, None], kernel[None, None])[0, 0] - Y), kernel)
        kernel = (kernel - lr * gradient).detach().requires_grad_()
    return kernel.detach()


def _best_kernel(X: Tensor, Y: Tensor, size: tuple[int, int]) -> Tensor:
    windows = F.unfold(X[None, None], size)[0].T
    return torch.linalg.lstsq(windows, Y.reshape(-1, 1)).solution.reshape(size)


def _pile_up_all_pairs(X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    kernel, total = torch.zeros(size, dtype=X.dtype), 0
    for _ in range(steps):
        total = total + 2 * corr2d(X, corr2d(X, kernel) * Y.numel() - Y.sum())
        kernel = kernel - lr * total
    return kernel


def _with(optimizer: Callable, X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    kernel = torch.zeros(size, dtype=X.dtype, requires_grad=True)
    steps_of = optimizer([kernel], lr=lr)
    for _ in range(steps):
        kernel.grad = _gradient(X, Y, kernel.detach())
        steps_of.step()
    return kernel.detach()


def _cleared_every_second_step(X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    kernel, total = torch.zeros(size, dtype=X.dtype), 0
    for step in range(steps):
        total = _gradient(X, Y, kernel) + (0 if step % 2 else total)
        kernel = kernel - lr * total
    return kernel


def _other_parity(X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    kernel, total = torch.zeros(size, dtype=X.dtype), 0
    for step in range(steps):
        total = _gradient(X, Y, kernel) + (total if step % 2 else 0)
        kernel = kernel - lr * total
    return kernel


def _of_learning(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
    """What wrong kernels have in common; the parts of a case are X, Y, the size, the rate, and the number of steps."""
    faults = [outcome.fault for outcome in wrong if outcome.fault]
    sizes = {tuple(outcome.got.shape) for outcome in wrong if isinstance(outcome.got, Tensor) and outcome.got.dim() == 2}
    if len(sizes) == 1 and len(wrong) == sum(case[2] not in sizes for case in cases):
        ((h, w),) = sizes
        return say("the kernel is always {0}×{1}: use the argument size", h, w)
    for said, line in ERRORS.items():
        if faults and len(faults) == len(wrong) and all(said in fault for fault in faults):
            return line
    if faults:
        return ""
    pairs = matrices(wrong)
    if not pairs:
        return ""
    if any(got.shape != expected.shape for got, expected in pairs):
        return size_off(wrong)
    if any(got.isnan().any() for got, _ in pairs):
        return "there are NaNs in the kernel: is something divided by 0, or is the root of 0 taken?"
    if all(torch.allclose(got, expected.round(decimals=2), atol=1e-9) for got, expected in pairs):
        return "the learned weights are rounded to two decimals"
    counts = [_steps_taken(outcome) for outcome in wrong]
    if None not in counts:
        return _of_counts(counts, [outcome.case[4] for outcome in wrong])
    for factor in (0.5, 2, 0.1, 10, -0.5, -2, 100, 0.01):
        if explains(wrong, lambda X, Y, size, lr, steps, c=factor: _learn_from_zeros(X, Y, size, c * lr, steps)):
            sign = "" if factor > 0 else ", in the wrong direction"
            return say("each step is {0:g} times as long as lr times the gradient{1}", abs(factor), sign)
        if explains(wrong, lambda X, Y, size, lr, steps, c=factor: _all_pairs(X, Y, size, c * lr, steps)):
            return say(
                "each step is {0:g} times as long, and the loss still compares each output with every target", abs(factor)
            )
        if explains(wrong, lambda X, Y, size, lr, steps, c=factor: _pile_up(X, Y, size, c * lr, steps)):
            return say(
                "the gradients pile up, and each step is {0:g} times as long: another rate is no repair", abs(factor)
            )
    for rate in (0.03, 0.01, 0.1, 0.001, 0.02, 0.003):
        if explains(wrong, lambda X, Y, size, lr, steps, rate=rate: _learn_from_zeros(X, Y, size, rate, steps)):
            return say("the rate is always {0:g}: use the argument lr", rate)
    if any(not outcome.case[1].any() for outcome in wrong):
        return "with targets of 0, a kernel of zeros never moves, but yours isn't 0: where does it start?"
    if len(wrong) == sum(case[4] > 1 and bool(case[1].any()) for case in cases) and all(o.case[4] > 1 for o in wrong):
        return "the first step is right, but the later ones aren't"
    return ""


ERRORS = {
    "does not require grad": "the loss isn't recorded: is the kernel detached, is it a new tensor, or is no_grad too wide?",
    "leaf Variable": "the step itself must not be recorded: take it under torch.no_grad()",
    "has no attribute 'zero_'": "before the first backward(), .grad is None, which has nothing to set to zero",
    "'NoneType'": "the gradient is None when the step needs it: clear it before backward(), not after it",
    "second time": "backward() needs a loss that is computed anew in each step",
}


def _steps_taken(outcome: Outcome) -> int | None:
    """After how many steps the kernel is the one that came, None if after no number up to 40."""
    X, Y, size, lr, _ = outcome.case
    kernel, got = torch.zeros(size, dtype=X.dtype), as_tensor(outcome.got)
    for steps in range(41):
        if equal(got, kernel):
            return steps
        kernel = kernel - lr * _gradient(X, Y, kernel)
    return None


def _of_counts(counts: list[int], asked: list[int]) -> str:
    off = {taken - steps for taken, steps in zip(counts, asked, strict=True)}
    if len(set(counts)) == 1 and len(counts) > 1:
        return (
            "that's the kernel after 1 step, whatever the argument says (or each step starts from zeros again)"
            if counts[0] == 1
            else say("that's the kernel after {0} steps, whatever the argument says", counts[0])
        )
    if len(off) == 1:
        by = off.pop()
        off = ("{0} step too many", "{0} step too few") if abs(by) == 1 else ("{0} steps too many", "{0} steps too few")
        return say(off[by < 0], abs(by))
    return say("the number of steps is wrong: {0} instead of {1}", counts[0], asked[0])


EXERCISES = {
    "2.1": Value(
        reference=lambda: F.conv2d(ROW[None, None], EDGE[None, None]).flatten(),
        mistakes={
            "that's right minus left: the kernel's 1 multiplies the left pixel": lambda: -corr2d(ROW, EDGE).flatten(),
            "edges have a sign: where black changes to white, the output is −1": lambda: corr2d(ROW, EDGE).abs().flatten(),
            "six pixels and a window of two: there are 6 − 2 + 1 = 5 outputs": lambda: F.conv2d(
                ROW[None, None], EDGE[None, None], padding=(0, 1)
            ).flatten()[1:],
            "that's the row itself: the kernel outputs differences between neighbors": lambda: ROW.flatten(),
            "that's the row without its last pixel: the kernel outputs differences between neighbors": lambda: (
                ROW.flatten()[:-1]
            ),
            "that's the row without its first pixel: the kernel outputs differences between neighbors": lambda: (
                ROW.flatten()[1:]
            ),
            "edges have a sign: where white changes to black, the output is positive": lambda: [0, -1, 0, 0, -1],
            "each edge is one place too far to the right: output 0 belongs to pixels 0 and 1": lambda: [0, 0, -1, 0, 0],
            "the second edge is one place too early: pixels 3 and 4 are both 1": lambda: [0, -1, 0, 1, 0],
            "the first edge is one place too late: pixels 1 and 2 differ": lambda: [0, 0, -1, 0, 1],
            "the edges are one place too early, counted from the left": lambda: [-1, 0, 0, 1, 0],
            "the last window is missing: there are 6 − 2 + 1 outputs": lambda: [0, -1, 0, 0],
            "the last window is missing, and the signs are reversed": lambda: [0, 1, 0, 0],
            "the outputs are in the opposite order: output 0 belongs to pixels 0 and 1": lambda: [1, 0, 0, -1, 0],
            "those are the sums of the neighbors: the weight of the right one is −1": lambda: [0, 1, 2, 2, 1],
            "those are the means of the neighbors: subtract the right one instead": lambda: [0, 0.5, 1, 1, 0.5],
            "those are the products of the neighbors: subtract the right one instead": lambda: [0, 0, 1, 1, 0],
            "the second edge is missing: the row ends with 1 0": lambda: [0, -1, 0, 0, 0],
            "the first edge is missing: the row begins with 0 0 1": lambda: [0, 0, 0, 0, 1],
            "with all outputs 0, there would be no edge in the row": lambda: [0, 0, 0, 0, 0],
            "a row of 6 pixels has 6 − 2 + 1 outputs; the lesson's X has more pixels in a row": lambda: [
                0,
                1,
                0,
                0,
                0,
                -1,
                0,
            ],
            "six pixels and a window of two give five outputs; and it's left minus right": lambda: [0, 1, 0, 0, -1, 0],
            "there are five outputs: the window doesn't hang over the left edge": lambda: [0, 0, -1, 0, 0, 1],
            "zeros have been put around the row: the window stays inside": lambda: [0, 0, -1, 0, 0, 1, 0],
            "that's the kernel: give its five outputs": lambda: [1, -1],
            "that's the sum of the outputs: give all five": lambda: 0,
            "that's how many outputs there are: give their values": lambda: 5,
        },
        otherwise=_first_wrong_pair,
        hints=[
            "For each pair of neighbors, subtract the right pixel from the left one.",
            "There are five pairs: 0 0, 0 1, 1 1, 1 1, and 1 0.",
        ],
        praise="0 − 1 = −1 where black changes to white, and 1 − 0 = 1 where white changes to black.",
    ),
    "2.2": Value(
        reference=lambda: _limit(_bars()),
        mistakes={
            "at this rate, one step is enough, so the limit is larger (or have you counted ten windows for each weight? "
            "only five have an edge that it meets)": lambda: _limit(_bars()) / 2,
            "the derivative of a square has a factor of 2": lambda: 2 * _limit(_bars()),
            "that's for one row: there are five": lambda: 5 * _limit(_bars()),
            "that's the limit for the lesson's image: this one is different": lambda: 2 / 60,
            "that's the factor between the error of a weight and its derivative: the limit is 2 divided by it": lambda: (
                2 / _limit(_bars())
            ),
            "that's half the factor 10: the limit is 2 divided by the factor": lambda: 5,
            "that's for the mean of the 15 squared errors: the loss is their sum": lambda: 3,
            "each weight meets an edge in five of the 15 windows; in the others, its pixel is 0": lambda: 2 / 30,
            "this image has five rows": lambda: 2 / 12,
            "that's the best rate for the lesson's image: this one is different": lambda: 1 / 36,
            "that's the rate of the lesson's runs: it converges here, too, but the limit is larger": lambda: 0.03,
            "that's the limit in percent: give the rate itself": lambda: 20,
            "the rate is positive: check the signs of 1 − 10·lr > −1": lambda: -0.2,
            "the limit is above 0: at 0, the kernel never changes": lambda: 0,
            "both weights have the same limit, so one number is asked for": lambda: [0.2, 0.2],
            "both weights have the same limit, so give one number; and the derivative of a square has a factor of 2": (
                lambda: [0.2, 0.4]
            ),
        },
        otherwise=_beside_the_limit,
        hints=[
            "Each row has three windows: 1 0, 0 0, and 0 1. Which weights does each of them use?",
            "The loss is 5(k₀ − 1)² + 5(k₁ + 1)². Its derivative with respect to k₀ is 10(k₀ − 1).",
            "One step multiplies k₀ − 1 by a factor that contains lr. It must lie between −1 and 1.",
        ],
        praise="Each step multiplies k₀ − 1 and k₁ + 1 by 1 − 10·lr, which is above −1 if lr < 2/10.",
    ),
    "2.3": Function(
        reference=_step,
        cases=_step_cases,
        without=("backward", "grad"),
        mistakes={
            "the factor of 2 from the derivative of a square is missing": lambda X, Y, K, lr: (
                K - lr * corr2d(X, corr2d(X, K) - Y)
            ),
            "this step raises the loss: subtract the gradient": lambda X, Y, K, lr: (
                K + 2 * lr * corr2d(X, corr2d(X, K) - Y)
            ),
            "that's the gradient of the mean: the loss is the sum": lambda X, Y, K, lr: (
                K - 2 * lr * corr2d(X, corr2d(X, K) - Y) / Y.numel()
            ),
            "that's only the step: return the new kernel, K − step": lambda X, Y, K, lr: (
                2 * lr * corr2d(X, corr2d(X, K) - Y)
            ),
            "the errors are flipped: the gradient is a cross-correlation, not a convolution": lambda X, Y, K, lr: (
                K - 2 * lr * conv2d(X, corr2d(X, K) - Y)
            ),
            "the error is the output minus Y, not the output alone": lambda X, Y, K, lr: (
                K - 2 * lr * corr2d(X, corr2d(X, K))
            ),
            "the kernel hasn't changed: return the new one": lambda X, Y, K, lr: K,
            "that's only the step with its sign: return K plus that": lambda X, Y, K, lr: -lr * _gradient(X, Y, K),
            "that's the gradient: return the new kernel, K − lr times it": lambda X, Y, K, lr: _gradient(X, Y, K),
            "that's the gradient without its factor of 2: return the new kernel": lambda X, Y, K, lr: (
                _gradient(X, Y, K) / 2
            ),
            "the learning rate is missing": lambda X, Y, K, lr: K - _gradient(X, Y, K),
            "that's right only for a kernel of zeros: the error is the output of K minus Y": lambda X, Y, K, lr: (
                K + 2 * lr * corr2d(X, Y)
            ),
            "that's half right only for a kernel of zeros: the error is the output of K minus Y": lambda X, Y, K, lr: (
                K + lr * corr2d(X, Y)
            ),
            "the error is the output minus Y: they are added here": lambda X, Y, K, lr: (
                K - 2 * lr * corr2d(X, corr2d(X, K) + Y)
            ),
            "the gradient is flipped: it belongs to the weights in the order in which they stand": lambda X, Y, K, lr: (
                K - lr * _gradient(X, Y, K).flip(0, 1)
            ),
            "the kernel is flipped in the output: it's a cross-correlation": lambda X, Y, K, lr: (
                K - 2 * lr * corr2d(X, conv2d(X, K) - Y)
            ),
            "the errors are squared: the derivative of e² is 2e": lambda X, Y, K, lr: (
                K - 2 * lr * corr2d(X, (corr2d(X, K) - Y) ** 2)
            ),
            "the errors are squared, and the factor of 2 is missing: the derivative of e² is 2e": lambda X, Y, K, lr: (
                K - lr * corr2d(X, (corr2d(X, K) - Y) ** 2)
            ),
            "that's for the sum of the absolute errors: the loss squares them": lambda X, Y, K, lr: (
                K - lr * corr2d(X, (corr2d(X, K) - Y).sign())
            ),
            "the sign of the errors alone isn't enough: a large error has a large derivative": lambda X, Y, K, lr: (
                K - 2 * lr * corr2d(X, (corr2d(X, K) - Y).sign())
            ),
            "the sizes of the errors lose their signs: no absolute value": lambda X, Y, K, lr: (
                K - 2 * lr * corr2d(X, (corr2d(X, K) - Y).abs())
            ),
            "the same number is subtracted from every weight: multiply each error by a pixel": lambda X, Y, K, lr: (
                K - 2 * lr * (corr2d(X, K) - Y).sum()
            ),
            "the sum of the errors is the same for every weight, and the factor of 2 is missing": lambda X, Y, K, lr: (
                K - lr * (corr2d(X, K) - Y).sum()
            ),
            "the loss is subtracted: subtract its gradient": lambda X, Y, K, lr: K - lr * ((corr2d(X, K) - Y) ** 2).sum(),
            "the errors are the kernel that moves over the image, but here the image moves over the errors": (
                lambda X, Y, K, lr: K - 2 * lr * corr2d(corr2d(X, K) - Y, X)
            ),
            "the errors meet the kernel: they must meet the image": lambda X, Y, K, lr: (
                K - 2 * lr * corr2d(corr2d(X, K) - Y, K)
            ),
            "the parameters come in another order: X, Y, K, lr": lambda K, X, Y, lr: (
                K - 2 * lr * corr2d(X, corr2d(X, K) - Y)
            ),
            "Y and X have changed places": lambda Y, X, K, lr: K - 2 * lr * corr2d(X, corr2d(X, K) - Y),
            "these are two steps: one is asked for": lambda X, Y, K, lr: _learn(X, Y, K, lr, 2),
            "the first weight has changed when the error of the next is computed: compute all derivatives first": (
                _weight_by_weight
            ),
            "the gradient is transposed": lambda X, Y, K, lr: K - lr * _gradient(X, Y, K).T,
            "the same derivative is used for every weight: each weight has its own": lambda X, Y, K, lr: (
                K - lr * _gradient(X, Y, K)[0, 0]
            ),
            "the derivatives are averaged: each weight has its own": lambda X, Y, K, lr: K - lr * _gradient(X, Y, K).mean(),
            "the derivatives are added up: each weight has its own": lambda X, Y, K, lr: K - lr * _gradient(X, Y, K).sum(),
            "the errors must meet the image, not the target": lambda X, Y, K, lr: K - 2 * lr * corr2d(Y, corr2d(X, K) - Y),
            "the rate multiplies the gradient; here, both are subtracted": lambda X, Y, K, lr: K - lr - _gradient(X, Y, K),
            "the kernel itself shrinks, too: that's weight decay": lambda X, Y, K, lr: (
                K * (1 - lr) - lr * _gradient(X, Y, K)
            ),
            "that's the error: multiply it by the pixels, and take the step": lambda X, Y, K, lr: corr2d(X, K) - Y,
            "that's the output: the step is missing": lambda X, Y, K, lr: corr2d(X, K),
            "that's the loss: return the new kernel": lambda X, Y, K, lr: ((corr2d(X, K) - Y) ** 2).sum(),
        },
        otherwise=_of_a_step,
        hints=[
            "The errors are corr2d(X, K) − Y. Which pixels does the weight K[a, b] multiply, and in which windows?",
            "In the window at (i, j), it's X[i + a, j + b]. So the sum is a cross-correlation of X with the errors.",
            "In the definition of cross-correlation, the errors are in the place of the kernel.",
        ],
        praise="Your step agrees with autograd's on six random images, and it needed only cross-correlation.",
    ),
    "2.4": Choice(
        test=_is_fast,
        hints=[
            "Try 0.03 and 0.04. Both miss: with one the steps are too short, and with the other they overshoot.",
            "Along one diagonal of the plane of k₀ and k₁, the loss is three times as steep as along the other. "
            "A good rate makes both shrink equally fast.",
        ],
        praise="At 1/28, the best rate, every step halves both parts of the error, so 14 steps divide the loss by 2²⁸.",
    ),
    "2.5": Function(
        reference=_learn_from_zeros,
        cases=_learning_cases,
        prepare=_load_optimizers,
        mistakes={
            "that's still the function to repair: what shape has the difference in its loss?": _all_pairs,
            "the first step is right, but the later ones aren't: what does backward() do to kernel.grad?": _pile_up,
            "the kernel never changes, or it's set back to zeros: in which order are backward(), the step, and clearing?": (
                lambda X, Y, size, lr, steps: torch.zeros(size, dtype=X.dtype)
            ),
            "this step raises the loss: subtract the gradient": lambda X, Y, size, lr, steps: _learn_from_zeros(
                X, Y, size, -lr, steps
            ),
            "that's for the mean of the squared errors: the loss is their sum": lambda X, Y, size, lr, steps: (
                _learn_from_zeros(X, Y, size, lr / Y.numel(), steps)
            ),
            "the loss is divided by the number of outputs, but its outputs are still compared with every target": (
                lambda X, Y, size, lr, steps: _all_pairs(X, Y, size, lr / Y.numel(), steps)
            ),
            "the loss still compares each output with every target, and now the mean is taken": (
                lambda X, Y, size, lr, steps: _all_pairs(X, Y, size, lr / Y.numel() ** 2, steps)
            ),
            "each step is half as long as it should be: the derivative of e² is 2e": lambda X, Y, size, lr, steps: (
                _learn_from_zeros(X, Y, size, lr / 2, steps)
            ),
            "the gradients pile up in every second step: clear them in each one": _cleared_every_second_step,
            "the gradients pile up now and then: clear them in each step": _other_parity,
            "half of the old gradient stays: clear all of it": lambda *case: _momentum(0.5, *case),
            "this is momentum: each step may use only its own gradient": lambda *case: _momentum(0.9, *case),
            "the old gradients stay, and the sum is divided by their number: use only the last one": _running_mean,
            "the gradients pile up, and dividing them by the number of steps doesn't separate them": (
                lambda *case: _pile_up(*case[:3], case[3] / case[4], case[4])
            ),
            "those are the losses: return the kernel": lambda X, Y, size, lr, steps: [
                ((corr2d(X, _learn_from_zeros(X, Y, size, lr, step)) - Y) ** 2).sum().item() for step in range(steps)
            ],
            "that's the last loss: return the kernel": lambda X, Y, size, lr, steps: (
                ((corr2d(X, _learn_from_zeros(X, Y, size, lr, steps - 1)) - Y) ** 2).sum().item()
            ),
            "the old gradients stay, divided by the number of the step: use only the last one": _divided,
            "the absolute errors are added up: the loss squares them": lambda *case: _by_loss(
                lambda errors: errors.abs().sum(), *case
            ),
            "the errors are added up before they're squared, so they cancel": lambda *case: _by_loss(
                lambda errors: errors.sum() ** 2, *case
            ),
            "the mean is taken along the rows: the loss is a sum": lambda X, Y, size, lr, steps: _learn_from_zeros(
                X, Y, size, lr / Y.shape[1], steps
            ),
            "the mean is taken along the columns: the loss is a sum": lambda X, Y, size, lr, steps: _learn_from_zeros(
                X, Y, size, lr / Y.shape[0], steps
            ),
            "that's where gradient descent would end: take only as many steps as are asked for": lambda *case: _best_kernel(
                *case[:3]
            ),
            "the loss still compares each output with every target, and the gradients pile up besides": lambda *case: (
                _pile_up_all_pairs(*case)
            ),
            "there are twice as many steps as asked for": lambda X, Y, size, lr, steps: _learn_from_zeros(
                X, Y, size, lr, 2 * steps
            ),
            "this is Adam: the task is plain gradient descent": lambda *case: _with(torch.optim.Adam, *case),
            "this is Adagrad: the task is plain gradient descent": lambda *case: _with(torch.optim.Adagrad, *case),
            "this is RMSprop: the task is plain gradient descent": lambda *case: _with(torch.optim.RMSprop, *case),
            "the weights are rounded at the end": lambda *case: _learn_from_zeros(*case).round(),
            "that's the lesson's kernel: it must be learned from X and Y": lambda *case: torch.tensor([[1.0, -1.0]]),
            "that's the last gradient: return the kernel": lambda X, Y, size, lr, steps: _gradient(
                X, Y, _learn_from_zeros(X, Y, size, lr, steps - 1)
            ),
            "the targets have the wrong sign in the errors": lambda X, Y, size, lr, steps: _learn_from_zeros(
                X, -Y, size, lr, steps
            ),
            "that's the output of the learned kernel: return the kernel": lambda X, Y, size, lr, steps: corr2d(
                X, _learn_from_zeros(X, Y, size, lr, steps)
            ),
            "the kernel is flipped: it's learned for a cross-correlation": lambda *case: _learn_from_zeros(*case).flip(
                0, 1
            ),
        },
        otherwise=_of_learning,
        hints=[
            "With one output and one target, it's right. With 15 of each, how many squares does the loss add up?",
            "Print the shape of `outputs - targets`.",
            "Broadcasting pairs a row of n values with a column of n values to n² differences. Give both the same shape.",
        ],
        praise="Each output is now compared with its own target. A loss that falls is no proof that it's the right loss.",
    ),
}
