"""Mutation testing: put faults into d2l_helpers, one at a time, and see whether the tests of that module catch them.

`nox -s mutants` tries a sample of 400 from the whole package; `nox -s mutants -- ops window --sample 50`, 50 from these.
It ends with the faults that no test caught, as diffs. mutmut's operators decide what a fault is. mutmut's own runner is not
used: it leaves out decorated functions and everything at a module's top level, which is four tenths of this package.
"""

from __future__ import annotations

import argparse
import difflib
import multiprocessing
import os
import queue
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import libcst
from mutmut.mutation.mutators import mutation_operators

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "d2l_helpers"
COPIED, LINKED = ("d2l_helpers", "tests", "tools"), ("data", "notebooks", "pyproject.toml")
NO_FAULTS = (libcst.Annotation, libcst.Import, libcst.ImportFrom)
PRELOADED = ["pytest", "hypothesis", "torch", "torchvision", "matplotlib.pyplot", "anywidget", "nbformat"]
OPTIONS = "-x -q -o addopts=--import-mode=importlib -p no:cacheprovider -p no:nbval -p no:xdist".split()
OPTIONS += ["-k", "not nbval and not million"]  # half a minute and gigabytes, for nothing that the other tests miss
# Which tests may catch a fault: those of its folder, those named here, and the last ones, which call every function.
ALSO = {
    "_check": ("tests/ops", "tests/plotting", "tests/training", "tests/stepper"),
    "_environment": ("tests/plotting", "tests/training"),
    "_words": ("tests/test_window.py", "tests/plotting", "tests/stepper"),
    "story": ("tests/plotting", "tests/stepper"),
    "window": ("tests/ops",),
}
NEAREST = {"_check": "tests/test_bad_input.py"}  # else the module's own test file
EVERYWHERE = ("tests/test_good_input.py", "tests/test_bad_input.py", "tests/test_properties.py", "tests/test_api.py")
NEVER = ("test_browser.py", "test_page.py", "test_kernel.py")  # they start a browser or a kernel: too slow
SAMPLE, SEED = 400, 0
WORKERS = min(os.cpu_count() or 1, 4)


class Fault(NamedTuple):
    """A module's path in the repository, its source, and what the source becomes."""

    path: str
    original: str
    source: str

    def diff(self) -> str:
        """The lines that change, with the path above them."""
        before, after = self.original.splitlines(), self.source.splitlines()
        return "\n".join(difflib.unified_diff(before, after, self.path, self.path, n=1, lineterm=""))


class _Places(libcst.CSTVisitor):
    """Collects (node, replacement) for whatever mutmut knows how to break."""

    def __init__(self) -> None:
        self.found: list[tuple[libcst.CSTNode, libcst.CSTNode]] = []

    def on_visit(self, node: libcst.CSTNode) -> bool:
        if isinstance(node, NO_FAULTS):
            return False
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                self.found += [(node, replacement) for replacement in operator(node)]
        return True


def faults(path: Path, number: int) -> list[Fault]:
    """That many faults of a module, or all that it has."""
    return faults_in(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix(), number)


def faults_in(original: str, path: str, number: int) -> list[Fault]:
    """Faults of that source, drawn at random but the same ones each time."""
    module, places = libcst.parse_module(original), _Places()
    module.visit(places)
    random.Random(f"{SEED} {path}").shuffle(places.found)
    drawn: dict[Fault, None] = {}
    for node, replacement in places.found:
        if len(drawn) == number:
            break
        source = module.deep_replace(node, replacement).code
        if source != original and compiles(source):
            drawn[Fault(path, original, source)] = None
    return list(drawn)


def compiles(source: str) -> bool:
    """Whether Python accepts the source."""
    try:
        compile(source, "fault", "exec")
    except SyntaxError:
        return False
    return True


def sample(modules: list[Path], total: int) -> list[Fault]:
    """Faults spread over the modules by their length, three at the least from each."""
    lengths = {path: path.stat().st_size for path in modules}
    share = total / sum(lengths.values())
    return [fault for path, length in lengths.items() for fault in faults(path, max(3, round(share * length)))]


def tests_of(path: str) -> list[str]:
    """The files with tests that may catch a fault in that module, the nearest first."""
    inside = Path(path).relative_to("d2l_helpers")
    nearest = NEAREST.get(inside.stem) or Path("tests", inside.parent, f"test_{inside.stem.strip('_')}.py").as_posix()
    folder = [] if inside.parent == Path() else [f"tests/{inside.parts[0]}"]
    files = []
    for name in (nearest, *folder, *ALSO.get(inside.stem, ()), *EVERYWHERE):
        place = ROOT / name
        files += sorted(place.glob("test_*.py")) if place.is_dir() else [place] if place.exists() else []
    return [file.relative_to(ROOT).as_posix() for file in dict.fromkeys(files) if file.name not in NEVER]


def run_tests(folder: str, tests: list[str]) -> None:
    """Run the tests in that copy of the course and exit with pytest's status; in a process of its own."""
    import pytest

    os.setsid()
    os.chdir(folder)
    sys.path.insert(0, folder)
    os.environ |= {"PYTHONPATH": folder, "HYPOTHESIS_PROFILE": "mutants"}
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.exit(pytest.main([*OPTIONS, *tests]))


class Copies:
    """Copies of the course in a temporary folder, one for each worker, in which faults are tried."""

    def __init__(self, parent: Path):
        self.processes = multiprocessing.get_context("forkserver")
        self.processes.set_forkserver_preload(PRELOADED)  # so that a run starts with torch loaded
        self.free: queue.Queue[Path] = queue.Queue()
        self.broken: list[str] = []  # tests that fail without a fault
        for number in range(WORKERS):
            folder = parent / str(number)
            for name in COPIED:
                shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            for name in LINKED:
                (folder / name).symlink_to(ROOT / name)
            self.free.put(folder)

    def passes(self, tests: list[str], fault: Fault | None = None, seconds: float = 1800) -> tuple[bool, str]:
        """Whether the tests pass with that fault in the package, within that time; and pytest's last lines."""
        folder = self.free.get()
        try:
            if fault:
                self._write(folder / fault.path, fault.source)
            process = self.processes.Process(target=run_tests, args=(str(folder), tests))
            process.start()
            process.join(seconds)
            if process.is_alive():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.join()
            return process.exitcode == 0, (folder / "output.txt").read_text(errors="replace")[-1500:]
        finally:
            if fault:
                self._write(folder / fault.path, fault.original)
            self.free.put(folder)

    def _write(self, path: Path, source: str) -> None:
        path.write_text(source, encoding="utf-8")
        shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)  # Python may take it for up to date


def seconds_without_fault(copies: Copies, file: str) -> float | None:
    """How long the tests in that file take; None where they fail."""
    started = time.monotonic()
    passed, output = copies.passes([file])
    took = time.monotonic() - started
    if passed:
        print(f"{took:4.0f} s  {file}", flush=True)
        return took
    print(f"{output}\nnot used, since it fails without a fault: {file}", flush=True)
    copies.broken.append(file)
    return None


def try_all(copies: Copies, chosen: list[Fault]) -> Iterator[tuple[Fault, bool | None]]:
    """Each fault, and whether it was caught; None where no tests can tell."""
    plans = {path: tests_of(path) for path in dict.fromkeys(fault.path for fault in chosen)}
    files = list(dict.fromkeys(file for plan in plans.values() for file in plan))

    def caught(fault: Fault) -> bool | None:
        nearest, *_ = plans[fault.path]  # first, then the quickest: pytest stops at the first failure
        plan = [file for file in plans[fault.path] if seconds[file] is not None]
        plan.sort(key=lambda file: (file != nearest, seconds[file]))
        limit = 60 + 4 * sum(seconds[file] for file in plan)  # beyond that, the fault has made a loop endless
        return not copies.passes(plan, fault, limit)[0] if plan else None

    with ThreadPoolExecutor(WORKERS) as pool:
        seconds = dict(zip(files, pool.map(lambda file: seconds_without_fault(copies, file), files), strict=True))
        yield from zip(chosen, pool.map(caught, chosen), strict=True)


def modules(names: list[str]) -> list[Path]:
    """The modules and folders with these names, such as `window`, `ops` or `ops/pooling`; all of them without names."""
    found = [PACKAGE / f"{name}.py" if (PACKAGE / f"{name}.py").exists() else PACKAGE / name for name in names or [""]]
    paths = [path for place in found for path in ([place] if place.suffix else sorted(place.rglob("*.py")))]
    if not paths:
        raise SystemExit(f"d2l_helpers has no module {' '.join(names)}")
    return paths


def main() -> int:
    """Try the sample, print what was caught and the faults that were not; 1 where tests fail without a fault."""
    parser = argparse.ArgumentParser(prog="nox -s mutants --", description="Put faults into the helpers, one at a time.")
    parser.add_argument("modules", nargs="*", help="such as window, ops, ops/pooling; all of them where none is named")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="how many faults to try (default: %(default)s)")
    arguments = parser.parse_args()
    chosen = sample(modules(arguments.modules), arguments.sample)
    print(f"{len(chosen)} faults in {len({fault.path for fault in chosen})} modules", flush=True)
    counts, survivors = {path: Counter() for path in dict.fromkeys(fault.path for fault in chosen)}, []
    with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:
        copies = Copies(Path(folder))
        for number, (fault, caught) in enumerate(try_all(copies, chosen), start=1):
            word = {True: "caught", False: "SURVIVED", None: "not tried"}[caught]
            counts[fault.path][word] += 1
            survivors += [fault] if caught is False else []
            print(f"{number:4} {word:9} {fault.path}", flush=True)
    report(counts, survivors)
    if copies.broken:
        print(f"Fix what fails without a fault, and try again: {', '.join(copies.broken)}")
    return 1 if copies.broken else 0


def report(counts: dict[str, Counter], survivors: list[Fault]) -> None:
    """Print the survivors, a line for each module and the sum."""
    for fault in survivors:
        print(f"\n{fault.diff()}")
    print()
    for path, words in counts.items():
        print(f"{path:50} {', '.join(f'{number} {word}' for word, number in sorted(words.items()))}")
    total = sum(counts.values(), Counter())
    tried = total["caught"] + total["SURVIVED"]
    print(f"{total['caught']} of {tried} faults caught, {total['caught'] / max(tried, 1):.1%}")


if __name__ == "__main__":
    sys.exit(main())
