"""Run the course as Colab does: each notebook alone in an empty folder, where only its bootstrap cell knows the course.

`make test-colab` runs all notebooks so, with the Python and the packages of .venv-colab; ARGS=11 runs those whose name
holds 11. A clone of this folder stands in for the published release.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from importlib.metadata import version
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from tools.publish import ROOT, Release, publish

TAG = "v0-local"
NO_COURSE = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "build", "dist")  # what is not part of the course
# anywidget asks google.colab.output for these two where it runs on Colab.
COLAB_OUTPUT = """
def enable_custom_widget_manager():
    pass


class _widgets:
    _installed_url = None
"""


class OneKernel(KernelSpecManager):
    """Knows a single kernel: that Python, whatever a notebook asks for."""

    def __init__(self, python: Path):
        super().__init__()
        self.python = python

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(argv=[str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"], language="python")


def local_release(folder: Path) -> Path:
    """A git repository in `folder` that holds the course, published at the repository's own address with the tag TAG."""
    shutil.copytree(ROOT, folder, ignore=NO_COURSE)
    publish(folder, Release(folder.as_uri(), TAG))
    git = ["git", "-C", str(folder), "-c", "user.name=course", "-c", "user.email=course@localhost"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "The course"], ["tag", TAG]):
        subprocess.run([*git, *command], check=True)
    return folder


def stand_in(folder: Path, *, colab: bool = True) -> Path:
    """A Python with the packages of this one but without the course; with `colab` it has what marks Colab, too.

    Only the packages' folder is named, so the link to the course that an editable installation put there is not followed.
    """
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    places = {name: Path(sysconfig.get_path(name, "venv", {"base": str(folder)})) for name in ("purelib", "scripts")}
    lines = [sysconfig.get_path("purelib")]
    if colab:
        package = places["purelib"] / "google" / "colab"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "output.py").write_text(COLAB_OUTPUT, encoding="utf-8")
        lines.append("import google.colab.output")
    (places["purelib"] / "stand_in.pth").write_text("\n".join(lines), encoding="utf-8")
    return places["scripts"] / "python"


def environment() -> dict[str, str]:
    """This process's environment without what could show the way to the course."""
    hints = ("PYTHONPATH", "VIRTUAL_ENV", "D2L_HELPERS_STATIC", "D2L_HELPERS_DATA")
    return {name: value for name, value in os.environ.items() if name not in hints} | {"PYTHONNOUSERSITE": "1"}


def run_alone(notebook: nbformat.NotebookNode, python: Path, folder: Path) -> None:
    """Execute the notebook in place, its kernel that Python in that folder; CellExecutionError where a cell fails."""
    asyncio.run(_run_alone(notebook, python, folder))


async def _run_alone(notebook: nbformat.NotebookNode, python: Path, folder: Path) -> None:
    manager = AsyncKernelManager(kernel_spec_manager=OneKernel(python))
    client = NotebookClient(notebook, km=manager, timeout=1800, resources={"metadata": {"path": str(folder)}})
    try:
        await client.async_execute(env=environment(), stderr=subprocess.DEVNULL)  # the kernel's chatter about itself
    finally:
        await manager.shutdown_kernel(now=True)  # nbclient leaves that to whoever brought the manager


def said_first(notebook: nbformat.NotebookNode) -> str:
    """What the bootstrap cell printed."""
    bootstrap = next(cell for cell in notebook.cells if cell.cell_type == "code")
    return "".join(output.get("text", "") for output in bootstrap.outputs)


def report(course: Path, name: str, python: Path) -> bool:
    """Run one notebook, print one line about it, and say whether it ran to its end with the course it fetched."""
    started, notebook = time.monotonic(), nbformat.read(course / name, as_version=4)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            run_alone(notebook, python, Path(folder))
            fetched = said_first(notebook).startswith(f"The course is in {Path(folder, f'course-{TAG}').resolve()}; ")
            remark = said_first(notebook).strip().split("; ")[-1]
        except CellExecutionError as error:
            fetched, remark = False, f"{error.ename}: {error.evalue}"
        except (CellTimeoutError, DeadKernelError) as error:
            fetched, remark = False, str(error).splitlines()[0]
    print(f"{'ok' if fetched else 'FAILED':6} {name:52} {time.monotonic() - started:6.1f} s  {remark}", flush=True)
    return fetched


def main(chosen: str = "") -> int:
    """Run the notebooks whose path in the course holds `chosen`; 0 where every one of them ran."""
    packages = ("ipython", "ipykernel", "ipywidgets", "anywidget", "numpy", "torch", "torchvision")
    print("Python", sys.version.split()[0], *(f"· {name} {version(name)}" for name in packages))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        release, python = local_release(Path(folder, "release")), stand_in(Path(folder, "python"))
        names = sorted(path.relative_to(release).as_posix() for path in release.glob("notebooks/**/*.ipynb"))
        ran = [report(release, name, python) for name in names if chosen in name]
    print(f"{sum(ran)} of {len(ran)} notebooks ran as on Colab")
    return 0 if ran and all(ran) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
