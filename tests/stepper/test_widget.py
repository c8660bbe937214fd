"""The stepper's Python side: what it accepts, computes, says and shows. test_browser.py tests its page."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from torch.nn import functional as F

from d2l_helpers import Stepper
from d2l_helpers._words import ENGLISH, WORDS, number
from d2l_helpers.plotting.grids import story_figure
from d2l_helpers.stepper.widget import MIME, NAMES, page_module
from d2l_helpers.story import OPERATIONS, ask, tell
from tests.support.operations import operations

ROOT = Path(__file__).resolve().parent.parent.parent
X3 = torch.arange(9.0).reshape(3, 3)
X4 = torch.arange(16.0).reshape(4, 4)
K2 = [[0.0, 1.0], [2.0, 3.0]]
NEEDS_K = ("corr", "conv", "transposed")


@st.composite
def steppers(draw) -> Stepper:
    """Any stepper whose settings fit, small integers in it."""
    o, position = draw(operations())
    used = {name: getattr(o.window, name) for name in ("padding", "stride", "dilation") if o.uses(name)}
    used |= {name: getattr(o, name) for name in ("output_padding", "scale_factor", "align_corners") if o.uses(name)}
    return Stepper(o.X, o.K, op=o.op, position=position, **used)


# What it computes


def test_numbers_of_the_course():
    assert Stepper(X3, K2).Y.tolist() == [[19, 25], [37, 43]]
    assert Stepper(X3, K2, op="conv").Y.tolist() == [[5, 11], [23, 29]]
    assert Stepper(X3, 2, op="max").Y.tolist() == [[4, 5], [7, 8]]
    assert Stepper(X3, (2, 2), op="avg").Y.tolist() == [[2, 3], [5, 6]]
    assert Stepper(K2, K2, op="transposed", stride=2).Y.tolist() == [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]
    assert Stepper(X4, 3, op="max", padding=1, stride=2).Y.tolist() == [[5, 7], [13, 15]]
    assert Stepper([[1, 2]], op="nearest").Y.tolist() == [[1, 1, 2, 2]] * 2


def test_bilinear_is_interpolate_for_both_settings():
    for corners in (False, True):
        wanted = F.interpolate(X3[None, None], scale_factor=(2, 3), mode="bilinear", align_corners=corners)[0, 0]
        torch.testing.assert_close(Stepper(X3, op="bilinear", scale_factor=(2, 3), align_corners=corners).Y, wanted)


@settings(max_examples=80)
@given(steppers())
def test_copied_code_gives_the_same_output(s):
    names = {}
    exec(s.code.replace("print(Y)", ""), names)
    torch.testing.assert_close(names["Y"], s.Y)


@settings(max_examples=6)
@given(steppers())
def test_the_same_settings_give_the_same_text_and_picture(s):
    used = {name: getattr(s, name) for name in ("op", "position", *OPERATIONS[s.op]["uses"]) if name != "K"}
    shown = [one._repr_mimebundle_()[0] for one in (s, Stepper(s.X, s.K, **used))]
    assert shown[0]["text/plain"] == shown[1]["text/plain"] and shown[0]["image/png"] == shown[1]["image/png"]


# Both ways


def test_assignment_and_reading():
    s = Stepper(X3, K2)
    assert s.X.dtype == s.K.dtype == s.Y.dtype == torch.float32 and s.position == (0, 0)
    s.padding, s.stride = (1, 0), 2
    assert (s.padding, s.stride, tuple(s.Y.shape)) == ((1, 0), 2, (2, 1))
    s.X = X4.int()
    s.K = [[1, -1]]
    assert s.Y.shape == (3, 2) and s.X.tolist() == X4.tolist()


def test_reading_gives_copies_and_the_given_tensor_stays_mine():
    X = X3.clone()
    s = Stepper(X, K2)
    s.X[0, 0] = 100
    X[0, 0] = 100
    assert s.X[0, 0] == 0


def test_position_stays_inside():
    s = Stepper(X3, K2, position=(1, 1))
    s.padding = 1
    s.position = (3, 3)
    s.padding = 0
    assert s.position == (1, 1)
    s.op = "transposed"
    s.position = (2, 2)
    s.op = "corr"
    assert s.position == (1, 1)


def test_every_setting_reaches_the_page():
    s = Stepper(X3, K2, op="transposed", padding=1, stride=(2, 1), output_padding=(1, 0), position=(1, 2))
    names = ["X", "K", "op", *WORDS["settings"], "position", "predict"]
    state = s.get_state()
    assert set(names) <= set(state)
    assert (state["output_padding"], state["stride"], state["position"]) == ((1, 0), (2, 1), (1, 2))
    with_pool = Stepper(X3, None, op="max")
    assert with_pool.K.tolist() == [[1, 1], [1, 1]] and Stepper(X3, op="nearest").K.shape == (2, 2)


def test_state_is_plain_json():
    state = Stepper([[0.1, 2]], K2, op="nearest").get_state(["X", "K", "op", "padding", "position", "scale_factor"])
    assert json.loads(json.dumps(state))["X"] == [[0.1, 2.0]]


def test_what_the_page_sends_may_not_fit_and_python_says_so():
    s = Stepper(X3, 2, op="max")
    s.set_state({"padding": 2})
    assert s.padding == 2
    with pytest.raises(ValueError, match="padding must be at most half the kernel of 2, got 2"):
        _ = s.Y
    assert "padding must be at most half" in s._repr_mimebundle_()[0]["text/plain"]
    s.set_state({"padding": [1, 0], "position": [9, 9]})
    assert s.padding == (1, 0) and s.position == (3, 1)


# What it refuses


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"X": torch.zeros(17, 3)}, ValueError, r"X must have at most 16×16 cells, got 17×3.*show_images"),
        ({"K": torch.zeros(8, 8)}, ValueError, r"K must have at most 7×7 cells, got 8×8.*show_images"),
        ({"X": torch.zeros(1, 3, 3)}, ValueError, r"X must have shape \(H, W\), got 3 dimension"),
        ({"X": torch.zeros(0, 3)}, ValueError, "X must not be empty"),
        ({"X": [[1, 2], [3]]}, ValueError, "X must be a matrix of numbers, its rows equally long"),
        ({"X": [["a"]]}, (TypeError, ValueError), "X must be a matrix of numbers"),
        ({"X": "abc"}, TypeError, "X must be a tensor or nested lists of numbers, got str"),
        ({"X": 3}, TypeError, "X must be a tensor or nested lists of numbers, got int"),
        ({"X": [[True, False]]}, TypeError, "X must hold real numbers, got torch.bool"),
        ({"X": torch.zeros(3, 3, dtype=torch.cfloat)}, TypeError, "X must hold real numbers"),
        ({"X": [[float("nan")] * 3] * 3}, ValueError, "X must hold finite numbers"),
        ({"K": None}, TypeError, "K must be given for op='corr'"),
        ({"K": 2}, TypeError, "K must be a tensor or nested lists of numbers, got int"),
        ({"K": 9, "op": "max"}, ValueError, "K must have at most 7×7 cells, got 9×9"),
        ({"K": 0, "op": "max"}, ValueError, "K must be at least 1, got 0"),
        ({"K": (2, 0), "op": "avg"}, ValueError, r"K must be at least 1, got \(2, 0\)"),
        ({"op": "sobel"}, ValueError, "op must be one of corr, .*got 'sobel'"),
        ({"op": 3}, ValueError, "op must be one of corr, .*got 3"),
        ({"padding": -1}, ValueError, "padding must be at least 0, got -1"),
        ({"stride": 0}, ValueError, "stride must be at least 1, got 0"),
        ({"dilation": 1.5}, TypeError, "dilation must be an int or a pair"),
        ({"stride": (1, 2, 3)}, ValueError, "stride must be an int or a pair"),
        ({"op": "nearest", "scale_factor": 0}, ValueError, "scale_factor must be at least 1"),
        ({"op": "bilinear", "align_corners": 1}, TypeError, "align_corners must be True or False, got 1"),
        ({"position": 3}, TypeError, r"position must be a pair \(row, column\), got 3"),
        ({"position": (2, 0)}, ValueError, r"position must be a cell of Y, which is 2×2, got \(2, 0\)"),
        ({"K": torch.ones(4, 4)}, ValueError, "kernel covers 4 cells, more than the padded input has"),
        ({"op": "max", "padding": 2}, ValueError, "padding must be at most half the kernel"),
        ({"op": "transposed", "output_padding": 1}, ValueError, "output_padding must be smaller than stride"),
        ({"op": "transposed", "padding": 3}, ValueError, "padding 3 removes the whole output"),
        ({"op": "avg", "dilation": 2}, ValueError, "dilation has no meaning for op='avg', which takes K, padding, stride"),
        ({"output_padding": 1}, ValueError, "output_padding has no meaning for op='corr'"),
        ({"padding": 20}, ValueError, "X with its padding would be 43×43, at most 40×40 cells can be drawn"),
        ({"op": "transposed", "stride": 30}, ValueError, "Y with its padding would be 62×62"),
    ],
)
def test_refuses(arguments, error, says):
    with pytest.raises(error, match=says):
        Stepper(**({"X": X3, "K": K2} | arguments))


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("X", torch.zeros(20, 20), ValueError),
        ("X", None, TypeError),
        ("K", torch.ones(5, 5), ValueError),
        ("padding", "1", TypeError),
        ("stride", -1, ValueError),
        ("op", "none", ValueError),
        ("position", (5, 5), ValueError),
    ],
)
def test_refused_assignments_change_nothing(name, value, error):
    s = Stepper(X3, K2)
    before = repr(s), s.Y.tolist()
    with pytest.raises(error, match=name if name != "K" else "kernel"):
        setattr(s, name, value)
    assert (repr(s), s.Y.tolist()) == before


# What a notebook shows


def test_one_output_holds_the_live_view_a_picture_and_a_text():
    data, _ = Stepper(X3, K2)._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", MIME, "text/plain"}
    assert data["image/png"].startswith(b"\x89PNG") and len(data["image/png"]) < 40_000
    assert data["text/plain"].split("\n") == [
        "Stepper, cross-correlation: X 3×3, K 2×2, padding 0, stride 1, dilation 1",
        "Y 2×2: [[19, 25], [37, 43]]",
        "Y[0, 0] = 0·0 + 1·1 + 3·2 + 4·3 = 19",
    ]
    assert repr(Stepper(X3, K2)) == "Stepper(cross-correlation: X 3×3, K 2×2, padding 0, stride 1, dilation 1)"


@pytest.mark.parametrize("op", OPERATIONS)
def test_every_operation_has_a_picture(op):
    s = Stepper(X3 - 4, K2 if op in NEEDS_K else None, op=op, position=(1, 1))
    pictures = {s._repr_mimebundle_()[0]["image/png"] for s.position in ((0, 0), (1, 1))}
    assert len(pictures) == 2, "the picture does not follow the position"


def test_pictures_open_no_figure():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    Stepper(X3, K2)._repr_mimebundle_()
    assert plt.get_fignums() == before


def test_stored_notebooks_hold_the_picture_and_the_settings(monkeypatch):
    monkeypatch.setenv("D2L_HELPERS_STATIC", "1")
    assert set(Stepper(X3, K2)._repr_mimebundle_()[0]) == {"image/png", MIME, "text/plain"}


def test_the_settings_in_an_output_make_the_same_stepper():
    s = Stepper(X3, [[0.1, 2], [1, 0]], padding=(1, 0), position=(2, 1))
    settings = json.loads(json.dumps(s._repr_mimebundle_()[0][MIME]))
    assert repr(Stepper(**{name: settings[name] for name in ("X", "K", "padding", "position")})) == repr(s)
    assert set(settings) == set(NAMES)


def test_no_stored_notebook_holds_a_widget():
    for path in sorted((ROOT / "notebooks").rglob("[0-9]*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        assert "widgets" not in notebook.metadata, f"{path.name}: execute it with `nox -s notebook`"
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                kinds = output.get("data", {})
                assert "application/vnd.jupyter.widget-view+json" not in kinds, (
                    f"{path.name}: execute it with `nox -s notebook`"
                )


def test_nbval_passes_on_executed_notebooks(tmp_path):
    code = f"import torch\nfrom d2l_helpers import Stepper\ns = Stepper({X3.tolist()}, {K2}, padding=1)\ns"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code), nbformat.v4.new_code_cell("s.Y")])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "D2L_HELPERS_STATIC": ""}
    paths = {static: tmp_path / f"stepper{static}.ipynb" for static in ("", "1")}
    convert = "jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.store_widget_state=False".split()
    for static, path in paths.items():
        nbformat.write(notebook, path)
        chosen = environment | {"D2L_HELPERS_STATIC": static}
        subprocess.run([sys.executable, "-m", *convert, str(path)], check=True, capture_output=True, env=chosen)
        stored = nbformat.read(path, as_version=4)
        assert "widgets" not in stored.metadata and path.stat().st_size < 30_000
        (output,) = stored.cells[0].outputs
        assert ("application/vnd.jupyter.widget-view+json" in output.data) == (static == "")
        assert {"image/png", "text/plain"} <= set(output.data)
    run = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider", str(tmp_path)]
    found = subprocess.run(run, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert found.returncode == 0 and "4 passed" in found.stdout, found.stdout


# Predict mode


@pytest.mark.parametrize("op", OPERATIONS)
def test_predict_mode_hides_y_in_the_text_and_in_the_picture(op):
    X = [[1.13, -2.47], [4.59, 5.83]]
    K = [[1.3, -0.7], [2.9, 0.3]] if op in NEEDS_K else None
    s = Stepper(X, K, op=op, predict=True, **({"padding": 1} if op in ("corr", "conv", "max", "avg") else {}))
    for s.position in ((0, 1), (1, 1)):
        data, _ = s._repr_mimebundle_()
        rows, columns = s.Y.shape
        named = f"Y[{s.position[0]}, {s.position[1]}] = ?"
        hidden = ", ".join([f"[{', '.join('?' * columns)}]"] * rows)
        assert data["text/plain"].split("\n")[1:] == [f"Y {rows}×{columns}: [{hidden}]", named]
        texts = [text.get_text() for text in story_figure(ask(s._operation(), s.position)).findobj(Text)]
        assert texts.count("?") == rows * columns + (4 if op == "bilinear" else 0)
        given = {number(value) for value in [*s.X.flatten().tolist(), *s.K.flatten().tolist()]}
        answers = {number(value) for value in s.Y.flatten().tolist()} - given - {"0"}
        assert not answers & set(texts) and (answers or op in ("max", "nearest"))
    s.predict = False
    assert "?" not in s._repr_mimebundle_()[0]["text/plain"]
    assert s._repr_mimebundle_()[0]["image/png"] != data["image/png"]


def test_what_is_to_be_worked_out_is_not_marked():
    nearest, bilinear = (Stepper(X3, op=op, predict=True)._operation() for op in ("nearest", "bilinear"))
    assert not ask(nearest, (1, 2)).panels[0].frames and tell(nearest, (1, 2)).panels[0].frames
    x, weights, _ = ask(bilinear, (1, 2)).panels
    assert x.frames and not x.notes and weights.is_hidden


def test_predict_mode_walks_over_y():
    s = Stepper(X3, K2, op="transposed", stride=2, position=(4, 5), predict=True)
    x, k, y = ask(s._operation(), s.position).panels
    assert (x.frames, x.notes, y.frames) == ([(2, 2, 1, 1)], {(2, 2): "·1"}, [(4, 5, 1, 1)]) and k.values.tolist() == K2
    with pytest.raises(ValueError, match=r"position must be a cell of Y, which is 6×6, got \(6, 0\)"):
        s.position = (6, 0)
    s.predict = False
    assert s.position == (2, 2), "a cell of X again"
    with pytest.raises(ValueError, match=r"position must be a cell of X, which is 3×3, got \(4, 5\)"):
        s.position = (4, 5)
    with pytest.raises(ValueError, match="position must be a cell of X"):
        Stepper(X3, K2, op="transposed", stride=2, position=(4, 5))


def test_the_input_cells_that_meet_in_an_output_cell_are_marked():
    x, *_, y = ask(Stepper(X3, K2, op="transposed", padding=1, predict=True)._operation(), (1, 0)).panels
    assert x.notes == {(1, 0): "·3", (1, 1): "·2", (2, 0): "·1", (2, 1): "·0"} and y.frames == [(2, 1, 1, 1)]


def test_predict_is_a_setting_like_the_others():
    s = Stepper(X3, K2)
    assert s.predict is False and s.get_state()["predict"] is False
    s.predict = True
    assert s.get_state()["predict"] is True and s.Y.tolist() == [[19, 25], [37, 43]]
    for value in (1, None, "yes"):
        with pytest.raises(TypeError, match="predict must be True or False"):
            s.predict = value
        with pytest.raises(TypeError, match="predict must be True or False"):
            Stepper(X3, K2, predict=value)
    assert s.predict is True


# The package


def test_the_page_fetches_nothing_and_puts_in_no_html():
    without_namespace = page_module().replace("http://www.w3.org/2000/svg", "")
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "fetch(", "import(", "http://", "https://", "eval("):
        assert forbidden not in without_namespace, forbidden


def test_the_page_gets_the_table_of_words():
    first, module = page_module().split(";\n", 1)
    assert json.loads(first.removeprefix("const WORDS = ")) == ENGLISH
    sources = [(ROOT / "d2l_helpers/stepper" / name).read_text(encoding="utf-8") for name in ("stepper.js", "predict.js")]
    assert module == "\n".join(sources)
    assert Stepper(X3, K2)._esm == page_module()
