"""Live figures are one output that is updated in place, seldom; and a notebook shows every figure."""

import matplotlib.pyplot as plt
import nbformat
import pytest
import torch
from nbclient import NotebookClient

from d2l_helpers import Animator

LIVE = """
import time
from d2l_helpers import Animator
animator = Animator(xlabel="step")
for i in range(300):
    animator.add(i, i * i)
    time.sleep(0.005)
"""
TRAINING = """
import torch
from d2l_helpers import train6
batches = [(torch.randn(8, 4), torch.randint(3, (8,)))]
history = train6(torch.nn.Linear(4, 3), batches, batches, 3, 0.1, "cpu")
"""
GRID = 'show_grids({"ones": torch.ones(2, 2)})'
FIRST = f"import torch\nfrom d2l_helpers.plotting import show_grids\n{GRID}"


@pytest.fixture(scope="module")
def executed():
    """A notebook run in a real kernel, and how often each cell changed its displays."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in (LIVE, TRAINING, FIRST, GRID, GRID)])
    updates = []

    class Counting(NotebookClient):
        def process_message(self, message, cell, index):
            if message["msg_type"] in ("display_data", "update_display_data", "clear_output"):
                updates.append((index, message["msg_type"]))
            return super().process_message(message, cell, index)

    Counting(notebook, kernel_name="python3").execute()
    return notebook, updates


def test_live_curves_are_one_output_drawn_seldom(executed):
    notebook, updates = executed
    assert [output.output_type for output in notebook.cells[0].outputs] == ["display_data"]
    kinds = [kind for index, kind in updates if index == 0]
    assert kinds.count("display_data") == 1 and "clear_output" not in kinds
    assert 1 <= kinds.count("update_display_data") <= 20  # 300 points; the last one at the end of the cell


def test_train6_draws_in_a_notebook_and_prints_without_a_bar(executed):
    notebook, _ = executed
    kinds = [output.output_type for output in notebook.cells[1].outputs]
    assert kinds.count("display_data") == 1
    printed = "".join(output.text for output in notebook.cells[1].outputs if output.output_type == "stream")
    assert "training on cpu" in printed and "test acc" in printed
    assert not any(output.get("name") == "stderr" for output in notebook.cells[1].outputs)


def test_a_notebook_shows_every_figure_not_the_first_alone(executed):
    notebook, _ = executed
    assert [["image/png" in output.data for output in cell.outputs] for cell in notebook.cells[2:]] == [[True]] * 3


def test_outside_a_notebook_a_live_figure_can_be_saved_and_is_not_pyplots(tmp_path):
    live = Animator(nrows=1, ncols=2, figsize=(4, 3))
    live.add(1, 2)
    live.finish()
    assert len(live.figure.axes) == 2 and live.figure.get_size_inches().tolist() == [4, 3]
    live.figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 1000 and not plt.get_fignums()


class FakeShell:
    """What IPython offers a live figure, without IPython: its events, and the displays."""

    def __init__(self):
        self.callbacks, self.shown = [], []
        self.events = self

    def register(self, name, callback):
        self.callbacks.append((name, callback))

    def unregister(self, name, callback):
        self.callbacks.remove((name, callback))


@pytest.fixture
def shell(monkeypatch):
    shell = FakeShell()

    class Handle:
        def update(self, image):
            shell.shown.append("update")

    def display(image, display_id):
        shell.shown.append("display")
        return Handle()

    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("d2l_helpers.plotting.live.in_notebook", lambda: True)
    return shell


def test_the_next_drawing_waits_fifty_times_as_long_as_one_takes(shell, monkeypatch):
    times = iter([0.0, 0.0, 0.1, 0.1, 3.0, 5.1, 5.1, 5.2, 5.2])
    monkeypatch.setattr("d2l_helpers.plotting.live.time.perf_counter", lambda: next(times))
    live = Animator(figsize=(1, 1))
    live.add(1, 1)  # asks at 0.0, draws from 0.0 to 0.1: the next one at 0.1 + 5.0
    live.add(2, 1)  # at 3.0: too soon
    assert shell.shown == ["display"]
    live.add(3, 1)  # at 5.1
    assert shell.shown == ["display", "update"]


def test_the_end_of_the_cell_draws_what_was_left_and_stops_listening(shell):
    live = Animator(figsize=(1, 1))
    live.add(1, 1)
    live.add(2, 1)  # too soon
    ((name, at_end),) = shell.callbacks
    assert name == "post_run_cell"
    at_end(None)
    assert shell.shown == ["display", "update"] and not shell.callbacks
    quiet = Animator(figsize=(1, 1))
    shell.callbacks[0][1](None)
    assert shell.shown == ["display", "update"] and quiet.figure


# The book's arguments


def axes(animator):
    return animator.figure.axes[0]


def test_animator_takes_points_as_the_book_does():
    animator = Animator(xlabel="epoch", ylabel="loss", legend=["a", "b"], xlim=[0, 3])
    animator.add(1, (0.5, None))
    animator.add((2, 4), (torch.tensor(0.25), 0.75))
    animator.add((None, 5), (9, None))  # no point
    first, second = axes(animator).lines
    assert list(first.get_xdata()) == [1, 2] and list(first.get_ydata()) == [0.5, 0.25]
    assert list(second.get_xdata()) == [4] and list(second.get_ydata()) == [0.75]
    assert [text.get_text() for text in axes(animator).get_legend().get_texts()] == ["a", "b"]
    assert (axes(animator).get_xlabel(), axes(animator).get_ylabel()) == ("epoch", "loss")


@pytest.mark.parametrize("given, other", [("x", "y"), ("y", "x")])
def test_animator_keeps_the_limits_it_was_given_and_fits_the_others(given, other):
    animator = Animator(**{f"{given}lim": [1, 3], f"{given}scale": "log"})
    for number in (2, 1000):
        animator.add(number, number)
        drawn = axes(animator).properties()
        assert drawn[f"{given}lim"] == (1, 3) and drawn[f"{other}lim"][1] >= number
    assert (drawn[f"{given}scale"], drawn[f"{other}scale"]) == ("log", "linear")


def test_a_curve_without_a_format_is_not_drawn():
    animator = Animator(fmts=("r:",))
    animator.add(1, (5, 6))
    [line] = axes(animator).lines
    assert list(line.get_ydata()) == [5] and (line.get_color(), line.get_linestyle()) == ("r", ":")


@pytest.mark.parametrize(
    "x, y, message",
    [
        ((1, 2, 3), (1, 2), "x must be one number, or one per curve, 2, got 3"),
        (1, (), "y must hold a number for at least one curve"),
        ("1", 1, "x must be a number, got '1'"),
        (1, (1, "2"), "y must be a number, got '2'"),
    ],
)
def test_a_point_that_does_not_fit_is_named(x, y, message):
    animator = Animator()
    with pytest.raises((TypeError, ValueError), match=message):
        animator.add(x, y)
    assert not axes(animator).lines


def test_one_title_needs_no_list():
    animator = Animator(legend="loss")
    animator.add(1, 5)
    assert [text.get_text() for text in axes(animator).get_legend().get_texts()] == ["loss"]


def test_the_callers_style_is_left_alone():
    before = dict(plt.rcParams)
    Animator(legend=["a"]).add(1, 2)
    assert dict(plt.rcParams) == before
