"""What a reader who makes a known slip would type in predict mode, computed by torch: the words of the hint → the value."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from d2l_helpers._words import number
from d2l_helpers.ops.resampling import sampled_at
from d2l_helpers.story import Operation, border

Cell = tuple[int, int]
SIDES = {
    "one column to the right": (0, 1),
    "one column to the left": (0, -1),
    "one row below": (1, 0),
    "one row above": (-1, 0),
}


def shown_as(typed: float, value: float) -> bool:
    """Whether the page takes one for the other: the same digits, or half of the last digit off."""
    unit = 0.01 if abs(value) < 100 else 0.1 if abs(value) < 1000 else 1
    is_near = 0.01 <= abs(value) < 1e5 and abs(typed - value) <= unit / 2 + 2e-6
    return is_near or number(typed) == number(value)


def outputs(o: Operation, at: Cell) -> Iterator[tuple[str, Operation]]:
    """Slips that are another setting."""
    window = o.window
    if o.op in ("corr", "transposed"):
        yield "the value with K flipped", replace(o, K=o.K.flip(0, 1))
    if o.op == "conv":
        yield "the value without flipping K", replace(o, op="corr")
    if o.op == "bilinear":
        yield f"the value for align_corners={not o.align_corners}", replace(o, align_corners=not o.align_corners)
        yield "the value of nearest upsampling", replace(o, op="nearest")
    if o.op == "nearest":
        yield "the value of bilinear upsampling", replace(o, op="bilinear")
    if o.op == "avg":
        yield "the value of max pooling", replace(o, op="max")
    for name, value in (("stride", 1), ("dilation", 1), ("padding", 0)):
        if o.uses(name):
            plain = o if name == "padding" else replace(o, output_padding=(0, 0))
            yield f"the value for {name} {value}", replace(plain, window=replace(window, **{name: value}))


def at_cell(Y: Tensor, at: Cell) -> float | None:
    return Y[at].item() if all(0 <= i < n for i, n in zip(at, Y.shape, strict=True)) else None


def parts(o: Operation, at: Cell) -> dict[Cell, float]:
    """What each cell of X adds to Y[at], padding and cells that take no part left out; with K and X of ones, who does."""
    found = {}
    for cell in [(i, j) for i in range(o.X.shape[0]) for j in range(o.X.shape[1])]:
        alone, one = torch.zeros_like(o.X), torch.zeros_like(o.X)
        alone[cell], one[cell] = o.X[cell], 1
        if replace(o, X=one, K=torch.ones_like(o.K)).output()[at]:
            found[cell] = replace(o, X=alone).output()[at].item()
    return found


def wrongs(o: Operation, at: Cell) -> dict[str, float | list[float] | None]:
    """Every slip by the words that name it, with the value or the values that it leads to."""
    found: dict = {}
    for what, other in outputs(o, at):
        try:
            found[what] = at_cell(other.output(), at)
        except ValueError:
            continue
    Y = o.output()
    for side, (down, right) in SIDES.items():
        i, j = at[0] + down, at[1] + right
        found[f"Y[{i}, {j}], {side}"] = at_cell(Y, (i, j))
    if o.op in ("corr", "conv", "max", "avg"):
        found |= _of_window(o, at)
    if o.op == "nearest":
        found |= _of_copy(o, at)
    if o.op == "bilinear":
        found |= _of_mixture(o, at)
    if o.op in ("corr", "conv", "avg", "transposed", "bilinear"):
        added = parts(o, at)
        for (i, j), value in added.items():
            found[f"the value without X[{i}, {j}]"] = Y[at].item() - value
            found[f"the value with the wrong sign for X[{i}, {j}]"] = Y[at].item() - 2 * value
        if o.op == "transposed" and added:
            found[f"the last of the {len(added)} products"] = list(added.values())[-1]
    return found


def _of_window(o: Operation, at: Cell) -> dict:
    cells = o.window.reads(at)
    outside, P = border(o.X.shape, o.padding), o.padded_input()
    xs = [P[cell].item() for cell in cells if not outside[cell]]
    if o.op == "max":
        return {
            "the mean of the window": [sum(xs) / len(part) for part in (xs, cells) if part],
            "the sum of the window": sum(xs),
            "the maximum with zeros as padding": None if len(xs) == len(cells) else max([0, *xs]),
            "the largest absolute value": max(map(abs, xs), default=None),
            "the minimum": min(xs, default=None),
        }
    p_h, p_w = o.padding
    X = F.pad(o.X[None, None].double(), (p_w, p_w, p_h, p_h), mode="replicate")[0, 0]
    repeated = at_cell(replace(o, X=X, window=replace(o.window, padding=0)).output(), at)
    found = {"the value with the edge of X repeated as padding": repeated}
    if o.op == "avg":
        return found | {"the sum of the window": sum(xs), "the mean without padding": sum(xs) / len(xs) if xs else None}
    return found | {"the sum of the values without their weights": sum(xs)}


def _of_copy(o: Operation, at: Cell) -> dict:
    up = tuple(math.ceil(i / scale) for i, scale in zip(at, o.scale_factor, strict=True))
    found = {"the value with the indices rounded up": at_cell(o.X, up)}
    for side, (down, right) in SIDES.items():
        i, j = at[0] // o.scale_factor[0] + down, at[1] // o.scale_factor[1] + right
        found[f"X[{i}, {j}], {side} of the cell that is copied"] = at_cell(o.X, (i, j))
    return found


def _of_mixture(o: Operation, at: Cell) -> dict:
    places = [
        min(max(sampled_at(i, n, scale, o.align_corners), 0), n - 1)
        for i, n, scale in zip(at, o.X.shape, o.scale_factor, strict=True)
    ]
    firsts = [math.floor(place) for place in places]
    square = o.X.double()[firsts[0] : firsts[0] + 2, firsts[1] : firsts[1] + 2]
    taken = [1 + (place > first) for place, first in zip(places, firsts, strict=True)]
    near = square[: taken[0], : taken[1]]  # without the cells whose weight is 0

    def mixed(swap: tuple[bool, bool]) -> float:
        sides = [torch.tensor([1 - place + first, place - first]) for place, first in zip(places, firsts, strict=True)]
        rows, columns = (side.flip(0) if swapped else side for side, swapped in zip(sides, swap, strict=True))
        whole = square.repeat(3 - square.shape[0], 3 - square.shape[1])  # at the edge, both neighbors are the same cell
        return (rows[:, None] * columns * whole).sum().item()

    swaps = [mixed(swap) for swap in ((True, True), (True, False), (False, True))]
    return {
        "the value with weights swapped": swaps,
        "the plain mean of the cells in the frame": [square.mean().item(), near.mean().item()],
    }


TERM = re.compile(r"(the value (?:without|with the wrong sign for)) [\d.·]*(X\[\d+, \d+\])(?:·K\[\d+, \d+\])?(?=[.,])")


def named(hint: str, known: dict) -> list[str]:
    """The slips that a hint names, as keys of `known`; AssertionError where it names another one."""
    text = TERM.sub(r"\1 \2", hint.removeprefix("That is "))
    for a in known:
        if text.startswith(f"{a}. "):
            return [a]
        for b in known:
            if text.startswith(f"{a}, or {b}. "):
                return [a, b]
    raise AssertionError(f"no known slip: {hint}")
