"""The playground in a folder of its own, and what a test asks of it."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent.parent / "site"
ASSETS = SITE / "assets"

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Playground</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="stepper.css"><link rel="stylesheet" href="playground.css">
<style>body { background: Canvas; font: 16px/1.65 system-ui; margin: 8px; }</style></head>
<body><main><h1 id="heading">Playground</h1><div id="playground"></div></main>
<script type="module" src="playground.js"></script></body></html>
"""


def write_parts(folder: Path) -> None:
    """assets/, and what site/parts.py adds; site/ is no package, because the standard library has a module `site`."""
    spec = importlib.util.spec_from_file_location("site_parts", SITE / "parts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shutil.copytree(ASSETS, folder, dirs_exist_ok=True)
    module.write_parts(folder)


def write_page(folder: Path) -> None:
    """playground.html and everything that it needs."""
    write_parts(folder)
    (folder / "playground.html").write_text(PAGE, encoding="utf-8")
