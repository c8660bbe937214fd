"""Every test draws into no window and leaves no figure behind; the run ends with what it has counted."""

import functools

import matplotlib
import matplotlib.pyplot as plt
import pytest

from tests.support.lab import chromium
from tests.support.tally import tally

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def no_figures_left():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def pytest_itemcollected(item):
    """Count the examples that a property test really runs; those that `assume` turns away are none."""
    handle = getattr(getattr(item, "obj", None), "hypothesis", None)
    if handle is None or hasattr(handle.inner_test, "counted"):
        return
    inner = handle.inner_test

    @functools.wraps(inner)
    def counted(*args, **kwargs):
        inner(*args, **kwargs)
        tally["random examples of properties"] += 1

    counted.counted = True
    handle.inner_test = counted


def pytest_sessionfinish(session):
    """A worker sends what it has counted to the process that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tally"] = dict(tally)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    tally.update(getattr(node, "workeroutput", {}).get("tally", {}))


def pytest_terminal_summary(terminalreporter):
    if tally:
        terminalreporter.section("counted")
    for what, number in tally.items():
        terminalreporter.write_line(f"{what}: {number:,}")
