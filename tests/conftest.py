"""Every test draws into no window and leaves no figure behind."""

import matplotlib
import matplotlib.pyplot as plt
import pytest

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def no_figures_left():
    yield
    plt.close("all")
