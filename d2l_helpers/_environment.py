"""What Python offers here: optional packages, and a notebook to display in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

PACKAGES = {
    "PIL": "pillow",
    "ipywidgets": "anywidget",
    "traitlets": "anywidget",
}  # module → package, where the names differ


@contextmanager
def needed_for(what: str) -> Iterator[None]:
    """Import inside this block; a missing package raises ModuleNotFoundError that says what to install for `what`."""
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").split(".")[0]
        if module in ("", "d2l_helpers"):
            raise
        package = PACKAGES.get(module, module)
        sentence = f"{what} needs {package}: run `pip install {package}`, then restart the kernel"
        raise ModuleNotFoundError(sentence, name=error.name) from error


def in_notebook() -> bool:
    """Whether the code runs in a Jupyter kernel."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")
