"""The stepper's page: a document in which it runs without a kernel, and what it shows, read as text."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from d2l_helpers.stepper.widget import HERE, page_module
from tests.support.playground_page import ASSETS

FRESH = {
    "X": [[1, 2, 0, 3, 1], [0, 1, 2, 3, 1], [1, 2, 1, 0, 0], [5, 2, 3, 1, 1], [2, 1, 0, 1, 1]],
    "K": [[1, 2, 1], [0, 1, 0], [2, 1, 0]],
    "op": "corr",
    "padding": 1,
    "stride": 1,
    "dilation": 1,
    "output_padding": 0,
    "scale_factor": 2,
    "align_corners": False,
    "position": [0, 2],
}

VIEW = "window.view = () => document.querySelector('.d2l-stepper').stepper;"

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Stepper</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="stepper.css"></head>
<body><script type="module">
import { slips, solve, story } from "./stepper.js";
import { mount } from "./model.js";
const { state, handlers, view } = mount(document.body, STATE);
Object.assign(window, {state, handlers, slips, solve, story, close: () => view.destroy()});
VIEW
</script></body></html>
"""

READ = """() => {
  const root = document.querySelector('.d2l-stepper');
  const text = (name) => { const e = root.querySelector(name); return e.hidden ? '' : e.textContent; };
  const titles = [...root.querySelectorAll('.d2l-matrix:not([hidden]) .d2l-title')].map((title) => title.textContent);
  const Y = [...root.querySelectorAll('.d2l-matrix-Y .d2l-row')]
    .map((row) => [...row.querySelectorAll('.d2l-cell:not(.d2l-ring)')].map((cell) => cell.textContent))
    .filter((row) => row.length);
  return {Y, titles, sum: text('.d2l-sum'), more: text('.d2l-more'), size: text('.d2l-size'), note: text('.d2l-note'),
          reason: text('.d2l-reason'), name: root.getAttribute('aria-label'),
          stale: root.querySelector('.d2l-matrix-Y').classList.contains('d2l-stale')};
}"""

CHANGE = "(values) => { view().change(values); view().draw(); }"


def write_page(folder: Path, state: dict | None = None) -> None:
    """index.html with a stepper that has no kernel, its module and its style sheet."""
    document = PAGE.replace("STATE", json.dumps(FRESH if state is None else state)).replace("VIEW", VIEW)
    (folder / "index.html").write_text(document, encoding="utf-8")
    (folder / "stepper.js").write_text(page_module(), encoding="utf-8")
    (folder / "model.js").write_text((ASSETS / "model.js").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "stepper.css").write_text((HERE / "stepper.css").read_text(encoding="utf-8"), encoding="utf-8")


def read(page) -> dict:
    """What the stepper on the page shows, as text."""
    return page.evaluate(READ)


def change(page, **values) -> None:
    """Set these traits as the page does, and draw."""
    page.evaluate(CHANGE, values)


def numbers(rows: list) -> torch.Tensor:
    """The numbers that a matrix shows."""
    return torch.tensor([[float(text.replace("−", "-").replace("∞", "inf")) for text in row] for row in rows])
