"""The README's images in docs/: `nox -s pictures`.

`stepper.png` is a screenshot of a real JupyterLab, `lenet.png` is the figure that notebook 11 stores.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
DOCS, NOTEBOOKS = ROOT / "docs", ROOT / "notebooks"
CHROMIUM = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync".split()


def capture_stepper(path: Path) -> None:
    """Open notebook 03, run its first cells, and take a screenshot of the stepper."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    options = [
        f"--port={address.rsplit(':')[-1]}",
        "--no-browser",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={NOTEBOOKS}",
    ]
    command = [sys.executable, "-m", "jupyter", "lab", *root, *options]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"{address}/api")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
            page = browser.new_page(viewport={"width": 1150, "height": 1000}, device_scale_factor=1.5)
            page.goto(f"{address}/doc/tree/03_padding_and_stride.ipynb")
            page.get_by_text("Python 3 (ipykernel)").first.wait_for(timeout=60_000)
            time.sleep(5)
            page.locator(".jp-Notebook .jp-Cell").first.click()
            for _ in range(6):
                page.keyboard.press("Shift+Enter")
            stepper = page.locator(".jp-OutputArea-output", has=page.locator("[class*='d2l-']")).first
            stepper.wait_for(timeout=60_000)
            time.sleep(2)
            stepper.screenshot(path=path)
            browser.close()
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


def copy_training_figure(path: Path) -> None:
    """The figure under the cell of notebook 11 that trains LeNet."""
    notebook = json.loads((NOTEBOOKS / "11_lenet.ipynb").read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if "history = train6(" in "".join(cell["source"]))
    figure = next(output["data"]["image/png"] for output in cell["outputs"] if "image/png" in output.get("data", {}))
    path.write_bytes(base64.b64decode(figure))


if __name__ == "__main__":
    copy_training_figure(DOCS / "lenet.png")
    capture_stepper(DOCS / "stepper.png")
