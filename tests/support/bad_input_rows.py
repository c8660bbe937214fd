"""A good call of every public name, and which kinds of bad values (bad_values.py) each of its arguments must refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

import d2l_helpers as h
from d2l_helpers import plotting
from d2l_helpers.data import Batches, load_photograph
from d2l_helpers.exercises import expect_error
from d2l_helpers.training import milliseconds
from tests.support.bad_values import Bad, cell, entry, flag, size, table, tensor, unlike, values, whole
from tests.support.strategies import random_tensor

REAL = {"wrong": (torch.bool, torch.complex64)}
FLOATS = {"wrong": (torch.bool, torch.complex64, torch.int64, torch.uint8)}
ANY = {"wrong": ()}


@dataclass
class Row:
    """A good call, and for each argument the kinds of values that it must refuse."""

    call: Callable
    good: dict[str, Any] = field(default_factory=dict)
    bad: dict[str, Bad | tuple[Bad, ...]] = field(default_factory=dict)
    instead: dict[str, str] = field(default_factory=dict)  # the argument that a misfit is named after


def numbers(*shape: int) -> torch.Tensor:
    return random_tensor(sum(shape), *shape)


LINE = {"size": size(), "kernel": size(), "padding": size(0), "stride": size(), "dilation": size()}
WINDOW = {"padding": size(0), "stride": size()}
SETTINGS = WINDOW | {"dilation": size()}
PLAIN = {"padding": 0, "stride": 1, "dilation": 1}
X56, K23 = numbers(5, 6), numbers(2, 3)
Y23, PLACES = numbers(2, 3), torch.tensor([[0, 3, 5], [12, 20, 29]])
KERNEL = (tensor(2), unlike)
SCALE = {"scale_factor": whole()}
AT = {"at": cell}
PAIRS = {"a": [1, 2, 3], "b": [3, 2]}
NET = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
BATCHES = [(torch.ones(2, 4), torch.tensor([0, 2]))]

EXERCISE_NUMBERS = values(None, 1.1, 1, "", "1", "99.1", "1.99", "a.b", "-1.1")

ROWS = {
    "conv_out_size": Row(h.conv_out_size, {"size": (8, 9), "kernel": 2, **PLAIN}, LINE),
    "pool_out_size": Row(
        h.pool_out_size,
        {"size": (8, 9), "kernel": 2, **PLAIN, "ceil_mode": True},
        LINE | {"stride": size(none=True), "ceil_mode": flag},
    ),
    "transposed_out_size": Row(
        h.transposed_out_size,
        {"size": (8, 9), "kernel": 2, **PLAIN, "output_padding": 0},
        LINE | {"output_padding": size(0)},
    ),
    "same_padding": Row(h.same_padding, {"kernel": (3, 4), "dilation": 2}, {"kernel": size(), "dilation": size()}),
    "corr2d": Row(h.corr2d, {"X": X56, "K": K23, **PLAIN}, {"X": (tensor(2), unlike), "K": KERNEL, **SETTINGS}),
    "conv2d": Row(h.conv2d, {"X": X56, "K": K23, **PLAIN}, {"X": (tensor(2), unlike), "K": KERNEL, **SETTINGS}),
    "corr2d_multi_in": Row(
        h.corr2d_multi_in,
        {"X": numbers(2, 5, 6), "K": numbers(2, 2, 3), **PLAIN},
        {"X": (tensor(3), unlike), "K": (tensor(3), unlike), **SETTINGS},
    ),
    "corr2d_multi_in_out": Row(
        h.corr2d_multi_in_out,
        {"X": numbers(4, 5, 6), "K": numbers(6, 2, 2, 3), **PLAIN, "groups": 2},
        {"X": (tensor(3), unlike), "K": (tensor(4), unlike), **SETTINGS, "groups": whole()},
    ),
    "corr2d_multi_in_out_1x1": Row(
        h.corr2d_multi_in_out_1x1,
        {"X": numbers(2, 5, 6), "K": numbers(3, 2, 1, 1)},
        {"X": (tensor(3), unlike), "K": (tensor(4), unlike)},
    ),
    "comp_conv2d": Row(
        h.comp_conv2d,
        {"conv2d": nn.Conv2d(1, 1, 3, dtype=torch.float64), "X": X56},
        {
            "X": (tensor(2), lambda X: iter([X.float(), X.long()])),
            "conv2d": values(None, 3, "corr2d", K23),
        },
    ),
    "Conv2D": Row(h.Conv2D, {"kernel_size": (2, 3)}, {"kernel_size": size()}),
    "Conv2D.forward": Row(h.Conv2D((2, 3)).double(), {"X": X56}, {"X": (tensor(2), unlike)}),
    "pool2d": Row(
        h.pool2d,
        {"X": X56, "pool_size": 2, "mode": "max", "padding": 1, "stride": 1},
        {"X": (tensor(2, **REAL),), "pool_size": size(), "mode": values(None, 3, "mean", "MAX")} | WINDOW,
    ),
    "max_unpool2d": Row(
        h.max_unpool2d,
        {"Y": Y23, "indices": PLACES, "output_size": (5, 6)},
        {
            "Y": (tensor(2), lambda Y: iter([Y.T, Y[:, :2]])),
            "indices": (tensor(2), unlike, lambda I: iter([I.T, I[:1], I - 1, I + 1, I.int()])),
            "output_size": (size(), values(5, (2, 3))),
        },
        instead={"Y": "indices", "output_size": "indices"},
    ),
    "trans_conv": Row(
        h.trans_conv,
        {"X": X56, "K": K23, **PLAIN, "output_padding": 0},
        {"X": (tensor(2), unlike), "K": KERNEL, **SETTINGS, "output_padding": size(0)},
    ),
    "kernel2matrix": Row(
        h.kernel2matrix,
        {"K": K23, "input_size": (5, 6), "padding": 0, "stride": 1},
        {"K": (tensor(2),), "input_size": size(), **WINDOW},
    ),
    "bilinear_kernel": Row(
        h.bilinear_kernel,
        {"in_channels": 2, "out_channels": 2, "kernel_size": 4},
        {"in_channels": whole(), "out_channels": whole(), "kernel_size": whole()},
    ),
    "upsample_nearest": Row(
        h.upsample_nearest, {"X": numbers(2, 5, 6), "scale_factor": 2}, {"X": (tensor(2, leading=True, **ANY),), **SCALE}
    ),
    "upsample_bilinear": Row(
        h.upsample_bilinear,
        {"X": numbers(2, 5, 6), "scale_factor": 2, "align_corners": False},
        {"X": (tensor(2, leading=True, **FLOATS),), **SCALE, "align_corners": flag},
    ),
    "upsample_trilinear": Row(
        h.upsample_trilinear,
        {"X": numbers(2, 3, 4, 5), "scale_factor": 2, "align_corners": True},
        {"X": (tensor(3, leading=True, **FLOATS),), **SCALE, "align_corners": flag},
    ),
    "pixel_shuffle": Row(
        h.pixel_shuffle, {"X": numbers(2, 8, 3, 4), "r": 2}, {"X": (tensor(3, leading=True, **ANY),), "r": whole()}
    ),
    "pixel_unshuffle": Row(
        h.pixel_unshuffle, {"X": numbers(2, 8, 6, 4), "r": 2}, {"X": (tensor(3, leading=True, **ANY),), "r": whole()}
    ),
    "try_gpu": Row(
        h.try_gpu,
        {"i": 0},
        {"i": whole(0)},
    ),
    "show_images": Row(
        h.show_images,
        {"imgs": [X56, X56], "num_rows": 1, "num_cols": 2, "titles": ["a", "b"], "scale": 1.5},
        {
            "imgs": (
                values(None, 3, "abc", [], X56[0][0], [1, 2], ["a"], [None], [X56[None, None]], [X56[:0]], [X56] * 3),
                values([X56 + 1j], [X56.expand(5, 5, 6)]),
            ),
            "num_rows": whole(),
            "num_cols": whole(),
        },
    ),
    "Stepper": Row(
        h.Stepper,
        {"X": X56, "K": K23, "op": "corr", **PLAIN, "position": (0, 0)},
        {
            "X": (
                values(None, 3, "X", [], [[]], [1, 2], [[1, 2], [3]], [["a"]], [[None]], [[True]], torch.ones(17, 1)),
                lambda X: iter([X[0], X[None], X[:0], X > 0, X + 1j, X * torch.nan, X / 0]),
            ),
            "K": (lambda K: iter([None, 2, "K", [], K[0], K > 0, K + 1j, torch.ones(8, 8), K * torch.nan]),),
            "op": values(None, 3, "sobel", "CORR"),
            "position": cell,
            "predict": values(None, 1, "yes"),
        }
        | SETTINGS,
    ),
    "check": Row(h.check, {"exercise": "1.1", "answer": 3}, {"exercise": EXERCISE_NUMBERS}),
    "hint": Row(h.hint, {"exercise": "1.1"}, {"exercise": EXERCISE_NUMBERS}),
    "use_language": Row(h.use_language, {"language": "en"}, {"language": values(None, 3, "xx", "EN", ["zh"])}),
    "exercises.expect_error": Row(
        lambda kind: expect_error(kind).__enter__(),
        {"kind": ValueError},
        {"kind": values(None, 3, "ValueError", int, ValueError("no"), (ValueError, TypeError), KeyboardInterrupt)},
    ),
}

GRIDS = {"X": X56, "K": K23}
GRID_VALUES = (None, 3, "ab", [[1, 2]], X56.numpy(), X56[0], X56[None], X56[:0], torch.ones(41, 2))
CASES = {"half": {"size": 5, "kernel": 3, "padding": 1}}
WRONG = ({"kernel": 6}, {"size": 5.0}, {"size": 41}, {"padding": 99}, {"stride": 0})
CASE_VALUES = ({}, {"size": 5}, {"kernel": 3}, *({"size": 5, "kernel": 3} | wrong for wrong in WRONG))
LAYERS = {"conv 1": {"kernel": 3, "stride": 2}, "conv 2": {"kernel": 3}}
LAYER_VALUES = ({}, {"kernel": 0}, {"kernel": 99}, {"kernel": 3, "padding": 99}, {"kernel": 3, "stride": 1.5})
POINTS = torch.tensor([[0.0, 1.0], [2.0, 3.5]])
POINT_VALUES = (3, "ab", [[1, 2, 3]], POINTS[0], POINTS[:0], POINTS + 1j, [["a", "b"]])
WINDOW_AT = {"X": (tensor(2, **REAL), unlike)} | AT
NOT_IMAGES = (None, 3, "ab", X56[0], X56[None, None], X56[:0], X56 + 1j, X56.expand(5, 5, 6))

# Sizes, limits and labels of a figure are matplotlib's to judge.
FIGURES = {
    "plotting.plot_bars": Row(plotting.plot_bars, {"values": {"a": 1, "b": 2.5}}, {"values": table}),
    "plotting.plot_contours": Row(
        plotting.plot_contours,
        {"height": lambda x, y: x**2 + y**2, "paths": {"a": POINTS}, "goal": (1, -1), "labels": ("x", "y")},
        {"paths": table},
    ),
    "plotting.plot_dots": Row(plotting.plot_dots, {"values": PAIRS, "band": (1, 2)}, {"values": table}),
    "plotting.plot_lines": Row(
        plotting.plot_lines, {"x": range(3), "curves": PAIRS}, {"curves": (table, entry([1, 2, 3, 4]))}
    ),
    "plotting.show_channels": Row(
        plotting.show_channels,
        {"X": numbers(2, 4, 5), "K": numbers(2, 2, 2), "at": (0, 1)},
        {"X": (tensor(3, **REAL), unlike), "K": (tensor(3), unlike), **AT},
    ),
    "plotting.show_confusion": Row(
        plotting.show_confusion,
        {"counts": torch.tensor([[7, 0], [3, 9]]), "names": ["cat", "dog"]},
        {"counts": lambda c: iter([c[0], c[None], c[:1]]), "names": values([], ["cat"])},
    ),
    "plotting.show_flow": Row(
        plotting.show_flow, {"boxes": {"start": (0, 0), "end": (2, 0)}, "arrows": [("start", "end")]}, {"boxes": table}
    ),
    "plotting.show_grids": Row(
        plotting.show_grids,
        {"grids": GRIDS, "boxes": {"X": [(0, 0, 1, 1)]}, "dotted": {"X": X56 > 0}, "hatched": {"K": K23 > 0}},
        {"grids": (table, entry(*GRID_VALUES))} | {name: values({"Y": X56 > 0}) for name in ("boxes", "dotted", "hatched")},
    ),
    "plotting.show_images": Row(plotting.show_images, ROWS["show_images"].good, ROWS["show_images"].bad),
    "plotting.show_maps": Row(
        plotting.show_maps,
        {"maps": [X56, X56], "titles": ["a", "b"], "columns": 2, "gray": [1]},
        {
            "maps": values(None, 3, "abc", [], X56[0][0], [1, 2], ["a"], [None], [X56[:0]], [X56.expand(3, 5, 6)]),
            "columns": whole(),
            "gray": values([-1], [1.5], ["a"]),
        },
    ),
    "plotting.show_points": Row(
        plotting.show_points,
        {"image": X56, "points": {"a": POINTS}, "start": POINTS},
        {
            "image": values(*NOT_IMAGES),
            "points": (table, entry(None, *POINT_VALUES)),
            "start": values(*POINT_VALUES, POINTS[:1]),
        },
    ),
    "plotting.show_pooling": Row(plotting.show_pooling, ROWS["pool2d"].good | {"at": (0, 1)}, ROWS["pool2d"].bad | AT),
    "plotting.show_positions": Row(
        plotting.show_positions, {"n": 3, "positions": {"a": torch.tensor([0.25, 0.75])}}, {"positions": table}
    ),
    "plotting.show_reads": Row(
        plotting.show_reads,
        {"cases": CASES, "columns": 4},
        {"cases": (table, entry(*CASE_VALUES))},
        instead={"cases": "size|kernel|stride|input"},
    ),
    "plotting.show_receptive_field": Row(
        plotting.show_receptive_field,
        {"layers": LAYERS, "size": 11, "at": 1},
        {"layers": (table, entry(*LAYER_VALUES)), "size": (whole(), values(41))},
        instead={"layers": "kernel|stride|input", "size": "layer's input"},
    ),
    "plotting.show_stamp": Row(
        plotting.show_stamp,
        {"X": X56, "K": K23, "at": (0, 1), **PLAIN, "output_padding": 0},
        ROWS["trans_conv"].bad | WINDOW_AT,
    ),
    "plotting.show_volumes": Row(
        plotting.show_volumes,
        {"volumes": {"maps": X56.expand(3, 5, 6), "flat": X56[0]}},
        {"volumes": (table, entry(None, "abc", [], X56, X56[0][0], X56[None, None], X56.expand(3, 5, 6)[:0]))},
    ),
    "plotting.show_window": Row(
        plotting.show_window, {"X": X56, "K": K23, "at": (0, 1), **PLAIN}, ROWS["corr2d"].bad | WINDOW_AT
    ),
}

ODD = (None, 3, "ab")
NOT_BATCHES = (*ODD, [], [None], [3], [(1,)], [(X56, None)], [(X56, X56)])


# What training, data and their small tools refuse; their own tests say more.
def _used_timer() -> h.Timer:
    timer = h.Timer()
    timer.stop()
    return timer


OTHERS = {
    "train6": Row(
        h.train6,
        {"net": NET, "train_iter": BATCHES, "test_iter": BATCHES, "num_epochs": 1, "lr": 0.1, "device": "cpu"},
        {
            "net": values(*ODD, nn.Linear, lambda X: X, nn.Flatten()),
            "train_iter": values(*NOT_BATCHES, iter(BATCHES)),
            "test_iter": values(*NOT_BATCHES, iter(BATCHES)),
            "num_epochs": whole(),
            "lr": values(-1, "0.1", None, True, [0.1], float("nan"), float("inf")),
        },
    ),
    "evaluate_accuracy_gpu": Row(
        h.evaluate_accuracy_gpu,
        {"net": NET, "data_iter": BATCHES},
        {"net": values(*ODD, nn.Linear), "data_iter": values(*NOT_BATCHES)},
    ),
    "accuracy": Row(
        h.accuracy,
        {"y_hat": torch.tensor([[0.1, 0.9], [0.8, 0.2]]), "y": torch.tensor([1, 1])},
        {
            "y_hat": (lambda p: iter([p[0, 0], p[None], p[:1], p.tolist(), p.numpy(), p + 1j, p > 0, None]),),
            "y": (
                lambda y: iter(
                    [y[0], y[None], y[:1], y[:, None], y.tolist(), y.numpy(), y.to("meta"), y.float(), y > 0, None]
                ),
            ),
        },
    ),
    "Accumulator": Row(h.Accumulator, {"n": 2}, {"n": whole()}),
    "Accumulator.add": Row(
        lambda add: h.Accumulator(2).add(*add),
        {"add": (1, 2.5)},
        {"add": values((), (1,), (1, 2, 3), (1, "2"), (None, 1), (1, [2]), (True, 1))},
    ),
    "Timer.avg": Row(lambda avg: avg.avg(), {"avg": _used_timer()}, {"avg": lambda good: iter([h.Timer()])}),
    "milliseconds": Row(milliseconds, {"function": lambda: None}, {"repeat": whole()}),
    "Animator.add": Row(
        lambda x, y: h.Animator().add(x, y),
        {"x": 1, "y": (0.5, None)},
        {
            "x": values("ab", "1", {}, (), (1, 2, 3), True, [None, "b"]),
            "y": values("ab", "1", {}, (), (1, "2"), True, [[1], [2]]),
        },
    ),
    "Batches": Row(
        Batches,
        {"images": torch.zeros(3, 2, 2, dtype=torch.uint8), "labels": torch.tensor([0, 1, 2]), "batch_size": 2},
        {
            "images": values(*ODD, torch.zeros(3, 2, 2), torch.zeros(3, 4, dtype=torch.uint8)),
            "labels": values(*ODD, torch.zeros(3), torch.zeros(3) > 0, torch.tensor([0, 1]), torch.tensor(0)),
            "batch_size": whole(),
            "resize": size(none=True),
            "shuffle": flag,
        },
    ),
    "load_photograph": Row(load_photograph, {"height": 20}, {"height": (whole(), values(601))}),
    "Animator": Row(h.Animator, {"nrows": 1, "ncols": 1, "figsize": (3, 2)}),
    "load_data_fashion_mnist": Row(
        h.load_data_fashion_mnist,
        {"batch_size": 10_000, "resize": None},
        {
            "batch_size": whole(),
            "resize": size(none=True),
        },
    ),
    "get_fashion_mnist_labels": Row(
        h.get_fashion_mnist_labels,
        {"labels": [9, 0]},
        {"labels": values([10], [-1], [0, 99], torch.tensor([3, 10]), [True], torch.tensor([1.0]), ["1"], [None], 3, None)},
    ),
}
# Nothing can be given to these, or everything is taken: a record that train6 fills.
NOTHING_TO_REFUSE = {"try_all_gpus", "lenet", "modern_lenet", "Timer", "History"}
