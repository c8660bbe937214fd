"""How cost grows, and what the limit is: plots and a table beside those of bench.py.

`nox -s bench` runs this after the comparisons and writes growth-….png and limit-….md to benchmarks/results/.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import torch
from d2l import torch as d2l
from matplotlib.ticker import LogLocator
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from d2l_helpers import corr2d, lenet, load_data_fashion_mnist, train6, try_gpu
from d2l_helpers.data import Batches
from d2l_helpers.plotting.style import STYLE
from d2l_helpers.training import milliseconds
from tools.bench import RESULTS, about, machine_name, quiet, synchronize

DEVICE = try_gpu()
Curves = dict[str, dict[int, float]]


def ms(function: Callable[[], object], repeat: int = 15) -> float:
    """Milliseconds of a call, the GPU's work included."""

    def whole() -> None:
        function()
        synchronize()

    return milliseconds(whole, repeat=repeat)


def epoch(images: torch.Tensor, labels: torch.Tensor, batch_size: int) -> float:
    """Milliseconds of an epoch of train6 on these examples, evaluated on 100."""
    test = Batches(images[:100], labels[:100], 100)
    train = Batches(images, labels, batch_size, shuffle=True)
    return statistics.median(1000 * train6(lenet(), train, test, 1, 0.9, DEVICE).seconds[0] for _ in range(3))


def by_examples() -> Curves:
    """An epoch, batches of 256."""
    train, _ = load_data_fashion_mnist(256, device=DEVICE)
    sizes = (1_875, 3_750, 7_500, 15_000, 30_000, 60_000)
    return {"train6": {n: epoch(train.images[:n], train.labels[:n], 256) for n in sizes}}


def by_batch_size() -> Curves:
    """An epoch on 7,500 examples."""
    train, _ = load_data_fashion_mnist(256, device=DEVICE)
    sizes = (8, 16, 32, 64, 128, 256, 512, 1024)
    return {"train6": {n: epoch(train.images[:7_500], train.labels[:7_500], n) for n in sizes}}


def correlations(X: torch.Tensor, K: torch.Tensor, *, book: bool) -> dict[str, float]:
    """Milliseconds of one correlation: ours, torch's, and the book's where it does not take minutes."""
    times = {"corr2d": ms(lambda: corr2d(X, K)), "F.conv2d": ms(lambda: F.conv2d(X[None, None], K[None, None]))}
    return times | ({"d2l.corr2d": ms(lambda: d2l.corr2d(X, K), repeat=1)} if book else {})


def transposed(rows: dict[int, dict[str, float]]) -> Curves:
    """size → name → time, turned into name → size → time."""
    names = dict.fromkeys(name for row in rows.values() for name in row)
    return {name: {size: row[name] for size, row in rows.items() if name in row} for name in names}


@torch.inference_mode()
def by_image_size() -> Curves:
    """One correlation with a 7×7 kernel."""
    K = torch.rand(7, 7)
    sizes = (16, 32, 64, 128, 256, 512, 1024, 2048)
    return transposed({n: correlations(torch.rand(n, n), K, book=n <= 256) for n in sizes})


@torch.inference_mode()
def by_kernel_size() -> Curves:
    """One correlation on 256×256."""
    X = torch.rand(256, 256)
    return transposed({k: correlations(X, torch.rand(k, k), book=k <= 3) for k in (1, 3, 5, 7, 11, 15, 21, 31)})


PANELS = {
    "examples in an epoch": by_examples,
    "batch size, 7,500 examples": by_batch_size,
    "image size n of n×n, kernel 7×7": by_image_size,
    "kernel size k of k×k, image 256×256": by_kernel_size,
}


@plt.rc_context(STYLE)
def plot(panels: dict[str, Curves]) -> None:
    """Four panels, both axes logarithmic."""
    figure, axes = plt.subplots(2, 2, figsize=(9, 6.5), layout="constrained")
    for ax, (label, curves) in zip(axes.flat, panels.items(), strict=True):
        for (name, points), marker in zip(curves.items(), "os^", strict=False):
            ax.loglog(list(points), list(points.values()), marker=marker, label=name)
        ax.set(xlabel=label, ylabel="milliseconds")
        ticks = list(next(iter(curves.values())))
        ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks], fontsize=7)
        low, high = ax.get_ylim()
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high > 10 * low else (1, 1.5, 2, 3, 4, 5, 6, 8)))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.minorticks_off()
        ax.legend()
    figure.savefig(RESULTS / f"growth-{machine_name()}.png", dpi=100)


def peak_flops() -> float:
    """Floating-point operations per second in the product of two 2048×2048 matrices: the most the machine gives."""
    A = torch.rand(2048, 2048, device=DEVICE)
    return 2 * 2048**3 / ms(lambda: A @ A) * 1000


def peak_bytes() -> float:
    """Bytes per second of a copy of 256 MB, read and written."""
    A = torch.rand(64 * 2**20, device=DEVICE)
    B = torch.empty_like(A)
    return 2 * A.numel() * 4 / ms(lambda: B.copy_(A)) * 1000


def step_of_lenet() -> tuple[Callable[[], None], int, int]:
    """One training step on 256 images, its operations and its bytes.

    Bytes: each layer reads its input and writes its output, and backwards reads both gradients' places and the input again.
    """
    net = lenet().to(DEVICE)
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    X, y = torch.rand(256, 1, 28, 28, device=DEVICE), torch.randint(10, (256,), device=DEVICE)

    def step() -> None:
        sgd.zero_grad()
        nn.functional.cross_entropy(net(X), y).backward()
        sgd.step()

    with FlopCounterMode(display=False) as counted:
        step()
    moved, inputs = 0, X
    for layer in net:
        outputs = layer(inputs)
        moved += 4 * (3 * inputs.numel() + 2 * outputs.numel())
        inputs = outputs
    return step, counted.get_total_flops(), moved


def middle(times: Sequence[float]) -> str:
    """The median of some milliseconds, and their range."""
    return f"{statistics.median(times):.2f} ms ({min(times):.2f}–{max(times):.2f})"


def limit() -> str:
    """A table: one step of LeNet against what the machine could do at best, measured in turns."""
    step, flops, moved = step_of_lenet()
    rounds = [(1000 * flops / peak_flops(), 1000 * moved / peak_bytes(), ms(step)) for _ in range(9)]
    by_operations, by_bytes, measured = zip(*rounds, strict=True)
    rows = [
        ("operations", f"{flops / 1e6:,.0f} million", middle(by_operations)),
        ("bytes moved between layers", f"{moved / 1e6:,.0f} MB", middle(by_bytes)),
        ("the step itself", "", middle(measured)),
    ]
    head = "| one training step of LeNet, batch 256 | counted | time, at the measured peak |\n| --- | --- | --- |"
    return "\n".join([head, *(f"| {what} | {count} | {time} |" for what, count, time in rows)])


def main() -> None:
    """Measure, print, and write down."""
    table = limit()
    print(table, flush=True)
    (RESULTS / f"limit-{machine_name()}.md").write_text(f"{about()}\n\n{table}\n", encoding="utf-8")
    with quiet():
        panels = {label: measure() for label, measure in PANELS.items()}
    plot(panels)
    for label, curves in panels.items():
        for name, points in curves.items():
            print(f"{label} · {name}:", ", ".join(f"{x:,}: {y:.3g} ms" for x, y in points.items()))


if __name__ == "__main__":
    main()
