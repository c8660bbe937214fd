"""What the pages load beside the files of assets/: the widget's stepper, its words, a photograph. All scripts shrunk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from PIL import Image
from rjsmin import jsmin

from d2l_helpers._words import ENGLISH, translated
from d2l_helpers.data import load_photograph
from d2l_helpers.stepper.widget import HERE as STEPPER
from d2l_helpers.stepper.widget import page_module

FETCHED = 'await (await fetch(new URL("words.json", import.meta.url))).json()'
ASSETS = Path(__file__).parent / "assets"
HEIGHT = 256  # px of the photograph: one side of what the playground makes of an image of the reader's own


def write_parts(folder: Path) -> None:
    """All of it, into a folder that holds a copy of assets/; our scripts lose their comments and indentation."""
    (folder / "stepper.js").write_text(page_module(FETCHED), encoding="utf-8")
    (folder / "words.json").write_text(json.dumps(translated(ENGLISH), ensure_ascii=False), encoding="utf-8")
    shutil.copyfile(STEPPER / "stepper.css", folder / "stepper.css")
    for name in ["stepper.js", *(path.name for path in ASSETS.glob("*.js"))]:
        script = folder / name
        script.write_text(jsmin(script.read_text(encoding="utf-8")), encoding="utf-8")
    pixels = load_photograph(HEIGHT, grey=True).mul(255).round().byte()
    Image.fromarray(pixels.numpy()).save(folder / "photograph.png", optimize=True)
