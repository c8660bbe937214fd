"""What Colab and Kaggle lack: the bootstrap cell, which has fetched the course there, calls `set_up`."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.util import find_spec

from .data import COURSE

NEEDED = {"d2l": "-rrequirements-d2l.txt", "anywidget": "anywidget", "psygnal": "psygnal"}  # module → what pip is told


def set_up() -> None:
    """Install what is missing, without dependencies so that nothing else changes, and say in one line what was done.

    Raises OSError with pip's last line where pip fails.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *(NEEDED[name] for name in missing)]
        done = subprocess.run(pip, cwd=COURSE, capture_output=True, text=True)
        if done.returncode:
            raise OSError(f"{', '.join(missing)} could not be installed: {done.stderr.strip().splitlines()[-1]}")
        importlib.invalidate_caches()
    print(f"The course is in {COURSE}; installed beside it: {', '.join(missing) or 'nothing'}.")
