"""Run the course as Colab does: each notebook alone in an empty folder, with what its first cell installs and no more.

    python -m tools.as_on_colab        every notebook, with the packages of this Python; `nox -s colab` gives it Colab's
    python -m tools.as_on_colab 03     those whose path contains 03

A file on this machine stands in for the release's archive: pip builds the wheel from it and installs that, as it does on
Colab. The course's data/ stands in for the download of Fashion-MNIST.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
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
ON_COLAB = {"COLAB_RELEASE_TAG": "stand-in"}
NO_COURSE = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "build", "dist")  # what is not part of the course
WHERE = "import d2l_helpers\n\nprint(d2l_helpers.__file__)"
# anywidget asks google.colab.output for these two if it runs on Colab.
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
    """The course, published at the address of `folder`, which has its archive where GitHub would have it."""
    course, archive = folder / "course", folder / "archive" / "refs" / "tags" / f"{TAG}.tar.gz"
    shutil.copytree(ROOT, course, ignore=lambda place, names: {*NO_COURSE(place, names), *without_data(place, names)})
    publish(course, Release(folder.as_uri().replace("file:///", "file://localhost/"), TAG))  # setuptools wants a host
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
        packed.add(course, f"course-{TAG}")
    return course


def without_data(place: str, names: list[str]) -> set[str]:
    """The names of Fashion-MNIST's files: 30 MB that pip unpacks and never installs."""
    return {name for name in names if "-ubyte" in name}


def stand_in(folder: Path) -> Path:
    """A Python with the packages of this one, without the course, and with what marks Colab for anywidget.

    Only the packages' folder is named, so the link to the course that an editable installation put there is not followed.
    """
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    places = {name: Path(sysconfig.get_path(name, "venv", {"base": str(folder)})) for name in ("purelib", "scripts")}
    package = places["purelib"] / "google" / "colab"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "output.py").write_text(COLAB_OUTPUT, encoding="utf-8")
    lines = [sysconfig.get_path("purelib"), "import google.colab.output"]
    (places["purelib"] / "stand_in.pth").write_text("\n".join(lines), encoding="utf-8")
    return places["scripts"] / "python"


def environment() -> dict[str, str]:
    """This process's environment without what could show the way to the course."""
    hints = ("PYTHONPATH", "VIRTUAL_ENV", "D2L_HELPERS_STATIC", "D2L_HELPERS_DATA")
    return {name: value for name, value in os.environ.items() if name not in hints} | {"PYTHONNOUSERSITE": "1"}


def run_alone(notebook: nbformat.NotebookNode, python: Path, folder: Path, **variables: str) -> str:
    """Execute the notebook in place, its kernel that Python in that folder; CellExecutionError where a cell fails.

    Returns the file from which d2l_helpers was imported.
    """
    notebook.cells.append(nbformat.v4.new_code_cell(WHERE))
    asyncio.run(_run_alone(notebook, python, folder, environment() | variables))
    return notebook.cells.pop().outputs[0].text.strip()


async def _run_alone(notebook: nbformat.NotebookNode, python: Path, folder: Path, variables: dict[str, str]) -> None:
    manager = AsyncKernelManager(kernel_spec_manager=OneKernel(python))
    client = NotebookClient(notebook, km=manager, timeout=1800, resources={"metadata": {"path": str(folder)}})
    try:
        await client.async_execute(env=variables, stderr=subprocess.DEVNULL)  # the kernel's chatter about itself
    finally:
        await manager.shutdown_kernel(now=True)  # nbclient leaves that to the manager's owner


def said_first(notebook: nbformat.NotebookNode) -> str:
    """What the bootstrap cell printed: pip's complaints, if it had any."""
    bootstrap = next(cell for cell in notebook.cells if cell.cell_type == "code")
    return "".join(output.get("text", "") for output in bootstrap.outputs)


def report(course: Path, name: str) -> bool:
    """Run one notebook on a fresh stand-in, print one line, and say whether it ran to its end with what it installed."""
    started, notebook = time.monotonic(), nbformat.read(course / name, as_version=4)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        python, empty = stand_in(Path(folder, "python")), Path(folder, "empty")
        empty.mkdir()
        try:
            found = run_alone(notebook, python, empty, D2L_HELPERS_DATA=str(ROOT / "data"), **ON_COLAB)
            problem = "" if Path(folder).resolve() in Path(found).resolve().parents else f"the course came from {found}"
        except CellExecutionError as error:
            problem = f"{error.ename}: {error.evalue}\n{said_first(notebook)}"
        except (CellTimeoutError, DeadKernelError) as error:
            problem = str(error).splitlines()[0]
    print(f"{'FAILED' if problem else 'ok':6} {name:52} {time.monotonic() - started:6.1f} s  {problem}", flush=True)
    return not problem


def main(chosen: str = "") -> int:
    """Run the notebooks whose path in the course contains `chosen`; 0 if every one of them ran."""
    packages = ("ipython", "ipykernel", "ipywidgets", "anywidget", "numpy", "torch", "torchvision")
    print("Python", sys.version.split()[0], *(f"· {name} {version(name)}" for name in packages))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        course = local_release(Path(folder))
        names = sorted(path.relative_to(course).as_posix() for path in course.glob("notebooks/**/*.ipynb"))
        ran = [report(course, name) for name in names if chosen in name]
    print(f"{sum(ran)} of {len(ran)} notebooks ran as on Colab")
    return 0 if ran and all(ran) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
