"""Figures while the course speaks Chinese: Chinese curves where a font has the letters, and never a box in place of one."""

import io
import warnings

import matplotlib.pyplot as plt
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from d2l_helpers import History, Stepper
from d2l_helpers._language import speaking
from d2l_helpers.plotting import show_course_map, style
from d2l_helpers.training import progress
from tests.support.bad_input_rows import FIGURES, ROWS
from tests.support.figures import texts

ENGLISH = {"train loss", "train acc", "test acc", "epoch"}
CHINESE = {"训练损失", "训练准确率", "测试准确率", "轮次"}
DRAW = FIGURES | {"show_images": ROWS["show_images"]}


@pytest.fixture(autouse=True)
def fonts(monkeypatch):
    """Chinese, matplotlib's own fonts alone, and a missing letter is an error."""
    installed = font_manager.fontManager.ttflist
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [font for font in installed if font.name.startswith("DejaVu")])
    style._chinese.cache_clear()
    with speaking("zh"), warnings.catch_warnings():
        warnings.filterwarnings("error", "Glyph .* missing")
        yield
    style._chinese.cache_clear()


@pytest.fixture
def chinese_font(tmp_path, monkeypatch):
    """A font whose Chinese letters are squares."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 800), (800, 800), (800, 0)):
        pen.lineTo(corner)
    pen.closePath()
    letters = {f"u{ord(letter):x}": ord(letter) for letter in set("".join(CHINESE))}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *letters])
    builder.setupCharacterMap({code: name for name, code in letters.items()})
    builder.setupGlyf(dict.fromkeys([".notdef", *letters], pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *letters], (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Course Squares", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "squares.ttf")
    font_manager.fontManager.addfont(tmp_path / "squares.ttf")
    monkeypatch.setattr(style, "CHINESE", ("Not There", "Course Squares"))


def history():
    return History("cpu", loss=[2.0, 1.0], train_acc=[0.1, 0.5], test_acc=[0.2, 0.4])


def live(monkeypatch):
    """The figure in which train6 shows its curves."""
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    shown = progress.Progress(2)
    shown.show(history())
    return shown._curves.figure


def test_train6_and_its_history_label_their_curves_in_chinese(chinese_font, monkeypatch):
    history().plot()
    assert CHINESE <= set(texts()) and not ENGLISH & set(texts())
    figure = live(monkeypatch)
    figure.savefig(io.BytesIO())
    legend = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert legend | {figure.axes[0].get_xlabel()} == CHINESE


def test_without_a_font_for_them_the_labels_stay_english(monkeypatch):
    history().plot()
    assert ENGLISH <= set(texts()) and not CHINESE & set(texts())
    figure = live(monkeypatch)
    figure.savefig(io.BytesIO())
    assert figure.axes[0].get_xlabel() == "epoch"


def test_no_figure_needs_a_chinese_font():
    for row in DRAW.values():
        row.call(**row.good)
        plt.gcf().savefig(io.BytesIO())
    show_course_map()
    plt.gcf().savefig(io.BytesIO())
    Stepper([[1, 2], [3, 4]], [[1, 0]])._repr_mimebundle_()


def test_in_english_nobody_looks_for_a_font():
    with speaking("en"):
        history().plot()
    assert plt.gca().xaxis.label.get_fontfamily() == plt.rcParams["font.family"]
    assert not style._chinese.cache_info().currsize
