"""Python in a process of its own: with another environment, as an ordinary user, on other mounts, without a network."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

ROOT = Path(__file__).resolve().parent.parent.parent
QUIET = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def start(code: str, *arguments, before: Sequence[str] = (), env: dict | None = None, **options) -> subprocess.Popen:
    """Start Python on that code; `before`: the command that starts it, such as `unshare --net`."""
    command = [*before, sys.executable, "-c", code, *map(str, arguments)]
    environment = {**os.environ, **QUIET, **(env or {})}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=environment, cwd="/", **pipes, **options)


def run(code: str, *arguments, seconds: float = 120, **options) -> str:
    """What the code prints; AssertionError with its traceback where it fails."""
    with start(code, *arguments, **options) as child:
        try:
            printed, complaints = child.communicate(timeout=seconds)
        finally:
            child.kill()
    assert child.returncode == 0, complaints
    return printed


def can(*command: str, **options) -> bool:
    """Whether that command runs on this machine."""
    try:
        return subprocess.run(command, capture_output=True, **options).returncode == 0
    except OSError:
        return False


def unshared(what: str) -> list[str] | None:
    """The command that cuts a process off from this machine's mounts or network; None where that is not allowed."""
    choices = ["unshare", f"--{what}"], ["unshare", "--map-root-user", f"--{what}"]
    return next((choice for choice in choices if can(*choice, "true")), None)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that every user may enter, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="d2l-helpers-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        rmtree(folder)
