"""The stepper's page: a document in which it runs without a kernel, and what it shows, read as text."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import torch

from d2l_helpers import Stepper
from d2l_helpers.stepper.widget import HERE, page_module
from d2l_helpers.story import tell, title
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


# The same numbers, words and marks as torch and Python


VALUES = (-3, -2, -1, 0, 0.5, 1, 2, 3, 7.25)


def random_settings(op: str, chance: random.Random, values: Sequence[float] = VALUES) -> dict:
    """Anything the controls can be set to, whether it fits or not."""

    def matrix(side: int) -> list:
        rows, columns = chance.randint(1, side), chance.randint(1, side)
        return [[chance.choice(values) for _ in range(columns)] for _ in range(rows)]

    def size(low: int, high: int):
        return chance.choice([chance.randint(low, high), [chance.randint(low, high), chance.randint(low, high)]])

    found = {"X": matrix(9), "K": matrix(4), "op": op, "position": [chance.randrange(12), chance.randrange(12)]}
    found |= {"padding": size(0, 2), "stride": size(1, 3), "dilation": size(1, 2), "output_padding": size(0, 1)}
    return found | {"scale_factor": size(1, 4), "align_corners": chance.random() < 0.5}


def as_stepper(settings: dict) -> Stepper:
    """The same settings sent as the page sends them, so the position is moved inside; ValueError if they do not fit."""
    s = Stepper(settings["X"], settings["K"], op="nearest", scale_factor=1)
    s.set_state(settings)
    _ = s.Y
    return s


def fitting(op: str, count: int) -> list[tuple[dict, Stepper]]:
    """Settings that fit together, with the same in Python."""
    chance, found = random.Random(op), []
    while len(found) < count:
        settings = random_settings(op, chance)
        try:
            s = as_stepper(settings)
        except ValueError:
            continue
        found.append((settings | {"position": list(s.position)}, s))
    return found


def show_all(page, cases: list[dict]) -> list[dict]:
    """What the page shows for each of these settings, set through its model."""
    return page.evaluate(
        """(cases) => cases.map((settings) => {
        const v = view();
        for (const [name, value] of Object.entries(settings)) v.model.set(name, value);
        v.draw();
        v.copy();
        return {...(READ)(), code: v.code.textContent};
    })""".replace("READ", READ),
        cases,
    )


def assert_equals_python(page, cases: list[tuple[dict, Stepper]]) -> None:
    """The page's numbers are torch's, its words are Python's, for each of these settings."""
    for (settings, s), shown in zip(cases, show_all(page, [settings for settings, _ in cases]), strict=True):
        o = s._operation()
        told = tell(o, s.position)
        same = {"atol": 0.00501, "rtol": 0.005, "msg": lambda message, settings=settings: f"{settings}\n{message}"}
        torch.testing.assert_close(numbers(shown["Y"]), s.Y, **same)
        assert "\n".join(filter(None, [shown["sum"], shown["more"]])) == told.arithmetic, settings
        assert (shown["size"], shown["note"]) == (told.size, told.unread), settings
        assert shown["titles"] == [panel.title for panel in told.panels], settings
        assert (shown["name"], shown["code"]) == (f"Stepper, {title(o)}", s.code)
        assert not shown["reason"] and not shown["stale"]
