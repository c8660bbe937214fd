"""Side by side with d2l and PyTorch: `nox -s bench` prints one table and writes it to benchmarks/results/.

Each row is a ratio measured in one run: the two sides take turns, and the median of each is compared; the spread is the
range of the rounds' own ratios. Parts can be chosen: `nox -s bench -- training helpers`.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

import d2l_helpers
from d2l_helpers import lenet, load_data_fashion_mnist, train6, try_gpu

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
ROUNDS = 5


@dataclass
class Row:
    """One comparison. `goal` is what was aimed at, in words."""

    what: str
    ours: str
    theirs: str
    ratio: str
    spread: str
    goal: str


def take_turns(ours: Callable[[], object], theirs: Callable[[], object], rounds: int = ROUNDS) -> tuple[list, list]:
    """Seconds of each side, round by round, after one call of each that warms up."""
    times: tuple[list, list] = ([], [])
    for turn in range(-1, rounds):
        for side, function in enumerate((ours, theirs)):
            start = time.perf_counter()
            function()
            synchronize()
            if turn >= 0:
                times[side].append(time.perf_counter() - start)
    return times


def synchronize() -> None:
    """Wait for the GPU, where there is one."""
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()


def row(what: str, times: tuple[list, list], goal: str, *, faster: bool = True) -> Row:
    """Compare medians: how many times faster ours is, or (`faster=False`) how many times as long it takes."""
    a, b = map(statistics.median, times)
    rounds = sorted((y / x if faster else x / y) for x, y in zip(*times, strict=True))
    ratio = f"{rounded(b / a)}× faster" if faster else f"{rounded(a / b)}× the time"
    return Row(what, seconds(a), seconds(b), ratio, f"{rounded(rounds[0])}–{rounded(rounds[-1])}", goal)


def rounded(ratio: float) -> str:
    """Two decimals below 10, two significant digits above: the rounds differ by more than the rest."""
    return f"{ratio:.2f}" if ratio < 10 else f"{float(f'{ratio:.2g}'):g}"


def seconds(value: float) -> str:
    """A time with a unit that suits it."""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.2f} ms"


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Nothing printed, no bars."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


@contextlib.contextmanager
def books_loaders(batch_size: int) -> Iterator[tuple]:
    """The book's loaders, which look for the data in ../data: in a temporary folder that has it."""
    from d2l import torch as d2l

    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "data" / "FashionMNIST", Path(folder, "data", "FashionMNIST"))
        Path(folder, "here").mkdir()
        os.chdir(Path(folder, "here"))
        try:
            yield d2l.load_data_fashion_mnist(batch_size)
        finally:
            os.chdir(before)


def bare_loop(batches: list[tuple[torch.Tensor, torch.Tensor]], lr: float, device: torch.device) -> None:
    """Forward, backward and SGD of LeNet on batches that are ready, and nothing else."""
    net = lenet().to(device)
    sgd = torch.optim.SGD(net.parameters(), lr=lr)
    loss = nn.CrossEntropyLoss()
    for X, y in batches:
        sgd.zero_grad()
        loss(net(X), y).backward()
        sgd.step()


def training() -> Iterator[Row]:
    """An epoch of train6 against the book's, and against a loop with nothing around it."""
    import matplotlib

    matplotlib.use("agg")
    from d2l import torch as d2l

    device = try_gpu()
    ours = load_data_fashion_mnist(256, device=device)
    batches = [(X, y) for X, y in ours[0]]

    with quiet():
        against_bare = take_turns(lambda: train6(lenet(), *ours, 1, 0.9, device), lambda: bare_loop(batches, 0.9, device))
    goal = "at most 1.11× (0.90 of its speed) on a CPU"
    yield row("train6, one epoch, against a bare loop without loading and evaluation", against_bare, goal, faster=False)
    with quiet(), books_loaders(256) as theirs:
        against_book = take_turns(
            lambda: train6(lenet(), *ours, 1, 0.9, device), lambda: d2l.train_ch6(lenet(), *theirs, 1, 0.9, device)
        )
    yield row(
        "train6, one epoch, against d2l.train_ch6 with d2l's loaders", against_book, "≥ 5× on two cores, ≥ 20× on a GPU"
    )


@torch.inference_mode()
def helpers() -> Iterator[Row]:
    """Helpers against torch's own operations, and corr2d against the book's."""
    from d2l import torch as d2l

    X, K = torch.rand(512, 512), torch.rand(7, 7)
    goal = "≥ 400×"
    times = take_turns(lambda: d2l_helpers.corr2d(X, K), lambda: d2l.corr2d(X, K))
    yield row("corr2d, 512×512 and 7×7, against d2l.corr2d", times, goal)
    image, maps = torch.rand(256, 256), torch.rand(8, 256, 256)
    K3, K8 = torch.rand(3, 3), torch.rand(8, 8, 3, 3)
    batch = image[None, None]
    pairs = {
        "corr2d, 512×512 and 7×7": (
            lambda: d2l_helpers.corr2d(X, K),
            lambda: F.conv2d(X[None, None], K[None, None]),
            2,
        ),
        "corr2d_multi_in_out, 8→8 channels, 3×3": (
            lambda: d2l_helpers.corr2d_multi_in_out(maps, K8),
            lambda: F.conv2d(maps, K8),
            5,
        ),
        "pool2d, 3×3 maximum": (
            lambda: d2l_helpers.pool2d(image, (3, 3)),
            lambda: F.max_pool2d(batch, 3, stride=1),
            5,
        ),
        "trans_conv, 3×3, stride 2": (
            lambda: d2l_helpers.trans_conv(image, K3, stride=2),
            lambda: F.conv_transpose2d(batch, K3[None, None], stride=2),
            5,
        ),
        "upsample_bilinear, twice": (
            lambda: d2l_helpers.upsample_bilinear(image, 2),
            lambda: F.interpolate(batch, scale_factor=2, mode="bilinear"),
            5,
        ),
    }
    for what, (ours, theirs, most) in pairs.items():
        size = "" if "512" in what else ", 256×256"
        yield row(f"{what}{size}, against torch", take_turns(ours, theirs, 51), f"at most {most}×", faster=False)


def imports() -> Iterator[Row]:
    """The time to import the package, against torch alone, each in a new process."""

    def load(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    times = take_turns(lambda: load("import d2l_helpers"), lambda: load("import torch"), 7)
    yield row("import d2l_helpers, against import torch", times, "at most 1.1×", faster=False)


MEMORY = """
from pathlib import Path
import torch

def megabytes(field):
    status = Path("/proc/self/status").read_text()
    return int(status.split(field + ":")[1].split()[0]) // 1024

Path("/proc/self/clear_refs").write_text("5")  # the peak so far, that of the import, is forgotten
before = megabytes("VmRSS")
from d2l_helpers import lenet, load_data_fashion_mnist, train6
train6(lenet(), *load_data_fashion_mnist(256), 1, 0.9, "cpu")
print(before, megabytes("VmHWM"))
"""


def memory() -> Iterator[Row]:
    """What loading the data and one epoch add, at their peak, to the memory that `import torch` leaves in use."""
    if not Path("/proc/self/clear_refs").exists():
        return
    added, before = [], []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
        start, peak = map(int, done.stdout.split()[-2:])
        added.append(peak - start)
        before.append(start)
    yield Row(
        "peak memory of loading the data and one epoch of train6, over what import torch leaves in use",
        f"{statistics.median(added):.0f} MB",
        f"{statistics.median(before):.0f} MB",
        "",
        f"{min(added)}–{max(added)} MB",
        "at most 350 MB",
    )


def live_shares() -> list[float]:
    """The share of three trainings that goes into their live curves; to be called in a notebook's kernel."""
    from d2l_helpers import Animator

    drawn, finish = [], Animator.finish

    def timed(animator: Animator) -> None:
        start = time.perf_counter()
        finish(animator)
        drawn.append(time.perf_counter() - start)

    Animator.finish = timed
    loaders, shares = load_data_fashion_mnist(256), []
    for _ in range(3):
        drawn.clear()
        start = time.perf_counter()
        train6(lenet(), *loaders, 10, 0.9)
        shares.append(sum(drawn) / (time.perf_counter() - start))
        assert sum(drawn) > 0, "no curves were drawn"
    return sorted(shares)


def live_plot() -> Iterator[Row]:
    """The share of a training in a notebook that goes into its live curves."""
    import nbclient
    import nbformat

    code = "from tools.bench import live_shares; print('shares', *live_shares())"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(ROOT)}}).execute()
    printed = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    shares = [float(share) for share in printed.split("shares")[1].split()]
    yield Row(
        "live curves of train6 in a notebook, ten epochs: share of the time",
        f"{shares[1]:.2%}",
        "",
        "",
        f"{shares[0]:.2%}–{shares[-1]:.2%}",
        "under 2 %",
    )


PARTS = {"training": training, "live": live_plot, "helpers": helpers, "imports": imports, "memory": memory}


def about() -> str:
    """Date, versions and machine."""
    apples = "no GPU" if try_gpu().type == "cpu" else try_gpu().type
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else apples
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {device}"
    return f"{datetime.date.today()} · Python {platform.python_version()} · torch {torch.__version__} · {machine}"


def machine_name() -> str:
    """What the files in results/ are named after."""
    return "gpu" if torch.accelerator.is_available() else f"cpu-{os.cpu_count()}-cores"


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    head = "| what | ours | theirs | ratio | spread of the rounds | goal |\n| --- | --- | --- | --- | --- | --- |"
    return "\n".join([head, *(f"| {r.what} | {r.ours} | {r.theirs} | {r.ratio} | {r.spread} | {r.goal} |" for r in rows)])


def main(parts: list[str]) -> None:
    """Measure the parts named, or all of them; only a run of all is written down."""
    chosen = parts or list(PARTS)
    rows = []
    for part in chosen:
        for result in PARTS[part]():
            print(
                f"{result.what}: {result.ours} | {result.theirs} | {result.ratio} ({result.spread}; {result.goal})",
                flush=True,
            )
            rows.append(result)
    if set(chosen) == set(PARTS):
        (RESULTS / f"{machine_name()}.md").write_text(f"{about()}\n\n{table(rows)}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
