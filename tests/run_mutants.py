"""Try every deliberate fault of mutants.py in a copy of the package, with the tests of its module; `make mutants`.

Names of modules as arguments choose some. Exits with 1 where a fault survives that EXPLAINED does not explain, or fewer
than 95 % are caught.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mutants import EXPLAINED, MUTANTS

ROOT = Path(__file__).resolve().parent.parent
ALSO = {"training": ["test_plotting.py"]}  # the Animator's tests
SHARED = ["test_good_input.py", "test_bad_input.py"]
WANTED = 0.95
PROCESSES = 2
SECONDS = 900


def tests_pass(module: str, old: str = "", new: str = "") -> bool:
    """Whether the tests of the module pass on a copy in which the new text stands for the old one."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        for name in ("d2l_helpers", "tests"):
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__pycache__"))
        Path(folder, "data").symlink_to(ROOT / "data")
        source = Path(folder, "d2l_helpers", f"{module}.py")
        source.write_text(source.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
        files = [f"tests/{name}" for name in (f"test_{module}.py", *SHARED, *ALSO.get(module, []))]
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:nbval", "--override-ini", "addopts="]
        environment = os.environ | {"PYTHONPATH": folder, "HYPOTHESIS_PROFILE": "mutants", "OMP_NUM_THREADS": "1"}
        run = [sys.executable, "-m", "pytest", *options, *files]
        try:
            return subprocess.run(run, cwd=folder, env=environment, capture_output=True, timeout=SECONDS).returncode == 0
        except subprocess.TimeoutExpired:  # the fault made a loop without end
            return False


def main(modules: list[str]) -> int:
    for module in modules:
        if not tests_pass(module):
            print(f"{module}: its tests fail without any fault: mend that first")
            return 1
    faults = [(module, old, new) for module in modules for old, new in MUTANTS[module]]
    survived, unexplained = {}, 0
    with ThreadPoolExecutor(PROCESSES) as pool:
        for fault, alive in zip(faults, pool.map(lambda fault: tests_pass(*fault), faults), strict=True):
            survived[fault] = alive
            module, old, new = fault
            why = EXPLAINED.get((module, new), "")
            unexplained += alive and not why
            print(
                f"{'SURVIVED' if alive else 'caught'} {module}: {old.strip()!r} → {new.strip()!r} {why * alive}", flush=True
            )
    for module in modules:
        fates = [alive for (name, *_), alive in survived.items() if name == module]
        print(f"{module}: {fates.count(False)} of {len(fates)} caught")
    caught = sum(not alive for alive in survived.values())
    print(f"mutants caught: {caught} of {len(faults)}, {caught / len(faults):.1%}")
    return int(unexplained > 0 or caught / len(faults) < WANTED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(MUTANTS)))
