"""The README's images in docs/: `nox -s pictures`; needs chromium.

`stepper.gif` and `diagnosis.png` show a real JupyterLab: the stepper of notebook 03 on its way through the output, and
a wrong answer of notebook 00 with its reply. `lenet.png` is the figure that notebook 11 stores.
"""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
DOCS, NOTEBOOKS = ROOT / "docs", ROOT / "notebooks"
CHROMIUM = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync".split()
A_STOP, THE_LAST = 500, 2500  # milliseconds that a frame of the animation is shown


@contextmanager
def jupyterlab() -> Iterator[str]:
    """The address of a JupyterLab on a copy of the notebooks, which it may save."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        notebooks = shutil.copytree(NOTEBOOKS, Path(folder) / "notebooks")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        options = [f"--port={port}", "--no-browser", "--IdentityProvider.token=", f"--ServerApp.root_dir={notebooks}"]
        command = [sys.executable, "-m", "jupyter", "lab", *root, *options]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{port}/api")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def wait_for(address: str) -> None:
    """Return as soon as the server responds."""
    for _ in range(60):
        try:
            urllib.request.urlopen(address, timeout=1)
            return
        except OSError:
            time.sleep(1)
    raise TimeoutError(f"no JupyterLab at {address}")


@contextmanager
def opened(address: str, notebook: str, scale: float) -> Iterator[Page]:
    """A notebook in a browser, with its kernel running."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1000, "height": 1000}, device_scale_factor=scale)
        page.goto(f"{address}/doc/tree/{notebook}")
        page.get_by_text("Python 3 (ipykernel)").first.wait_for(timeout=60_000)
        time.sleep(5)
        yield page
        browser.close()


def run_cells(page: Page, count: int) -> None:
    """Run that many cells, from the first."""
    page.locator(".jp-Notebook .jp-Cell").first.click()
    for _ in range(count):
        page.keyboard.press("Shift+Enter")


def cells_up_to(notebook: str, code: str) -> int:
    """How many cells there are up to the one with that line of code."""
    cells = json.loads((NOTEBOOKS / notebook).read_text(encoding="utf-8"))["cells"]
    return 1 + next(i for i, cell in enumerate(cells) if code in "".join(cell["source"]))


def animate_stepper(address: str, path: Path) -> None:
    """The stepper of notebook 03, stop by stop, as an animated GIF."""
    notebook = "03_padding_and_stride.ipynb"
    with opened(address, notebook, scale=1) as page:
        run_cells(page, cells_up_to(notebook, "Stepper("))
        stepper = page.locator(".jp-OutputArea-output", has=page.locator(".d2l-stepper")).first
        stepper.get_by_role("button", name="first", exact=True).click(timeout=60_000)
        frames, forward = [photograph(stepper)], stepper.get_by_role("button", name="forward", exact=True)
        for _ in range(24):  # to the last of 5×5 stops
            forward.click()
            frames.append(photograph(stepper))
    durations = [A_STOP] * (len(frames) - 1) + [THE_LAST]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)


def photograph(part: Locator) -> Image.Image:
    """What a part of the page shows, in the 64 colors that are enough for it."""
    time.sleep(0.3)
    return Image.open(io.BytesIO(part.screenshot())).convert("RGB").quantize(64, dither=Image.Dither.NONE)


def photograph_diagnosis(address: str, path: Path) -> None:
    """The cell of notebook 00 whose answer is wrong, and the reply below it."""
    notebook, code = "00_start_here.ipynb", "mistaken = 37"
    with opened(address, notebook, scale=2) as page:
        run_cells(page, 1 + cells_up_to(notebook, code))  # the selected cell is marked, and not this one
        cell = page.locator(".jp-CodeCell", has_text=code).first
        cell.get_by_text("✘").wait_for(timeout=60_000)
        time.sleep(2)
        cell.screenshot(path=path)


def copy_training_figure(path: Path) -> None:
    """The figure under the cell of notebook 11 that trains LeNet."""
    notebook = json.loads((NOTEBOOKS / "11_lenet.ipynb").read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if "history = train6(" in "".join(cell["source"]))
    figure = next(output["data"]["image/png"] for output in cell["outputs"] if "image/png" in output.get("data", {}))
    path.write_bytes(base64.b64decode(figure))


if __name__ == "__main__":
    copy_training_figure(DOCS / "lenet.png")
    with jupyterlab() as address:
        animate_stepper(address, DOCS / "stepper.gif")
        photograph_diagnosis(address, DOCS / "diagnosis.png")
