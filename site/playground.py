"""What the playground's page is served with, besides its own files: the stepper and a photograph."""

from __future__ import annotations

import shutil
from pathlib import Path

from PIL import Image

from d2l_helpers.data import load_photograph
from d2l_helpers.stepper.widget import HERE as STEPPER
from d2l_helpers.stepper.widget import page_module

ASSETS = Path(__file__).parent / "assets"
FILES = ("model.js", "playground.js", "image.js", "playground.css", "embed.html")
HEIGHT = 256  # px of the photograph: one side of what the playground makes of an image of the reader's own


def write_playground(folder: Path) -> None:
    """All that the playground needs into one folder, which need not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(ASSETS / name, folder / name)
    (folder / "stepper.js").write_text(page_module(), encoding="utf-8")
    shutil.copyfile(STEPPER / "stepper.css", folder / "stepper.css")
    write_photograph(folder / "photograph.png")


def write_photograph(path: Path) -> None:
    """The course's photograph as an 8-bit grayscale PNG."""
    pixels = load_photograph(HEIGHT, grey=True).mul(255).round().byte()
    Image.fromarray(pixels.numpy()).save(path, optimize=True)
