"""The Chinese edition follows the English one: the same programs, and no text whose English has changed since."""

import copy

import nbformat
import pytest

from tests.support.children import ROOT
from tools import editions

ENGLISH, CHINESE = next(editions.pairs("01"))


@pytest.fixture
def english():
    return nbformat.read(ENGLISH, as_version=4)


@pytest.fixture
def chinese():
    return nbformat.read(CHINESE, as_version=4)


def cell_of(notebook, kind: str, place: int = 3):
    return [cell for cell in notebook.cells if cell.cell_type == kind][place]


def test_every_notebook_is_there_in_chinese():
    names = {
        path.relative_to(ROOT / "notebooks" / "zh").as_posix() for path in (ROOT / "notebooks/zh").rglob("[0-9]*.ipynb")
    }
    found = {english.relative_to(ROOT / "notebooks").as_posix() for english, _ in editions.pairs()}
    assert names == found and len(names) >= 27


def test_nothing_is_stale():
    assert editions.report() == []


def test_changed_english_is_named(english, chinese):
    changed = cell_of(english, "markdown")
    changed.source += " One more claim."
    assert editions.stale(english, chinese) == [f"{changed.id}: the English has changed"]
    editions.mark_done(english, chinese)
    assert editions.stale(english, chinese) == []


def test_a_page_whose_english_changed_is_named(monkeypatch, tmp_path):
    assert {path.name for path, _ in editions.pages()} >= {"questions.md", "teachers.md", "installation.md", "index.md"}
    english, chinese = (tmp_path / name for name in ("page.md", "zh.md"))
    english.write_text("One claim.\n", encoding="utf-8")
    monkeypatch.setattr(editions, "ROOT", tmp_path)
    monkeypatch.setattr(editions, "pairs", lambda: [])
    monkeypatch.setattr(editions, "pages", lambda: [(english, chinese)])
    assert editions.report() == ["zh.md: missing"]
    chinese.write_text(editions.signed("一个结论。\n", english.read_text(encoding="utf-8")), encoding="utf-8")
    assert editions.report() == []
    english.write_text("Another claim.\n", encoding="utf-8")
    assert editions.report() == ["zh.md: the English has changed"]


def test_other_minutes_are_copied_and_no_change(english, chinese):
    english.cells[1].source = english.cells[1].source.replace("The core takes 26 minutes", "The core takes 33 minutes")
    assert editions.stale(english, chinese) == []
    assert "正文约 33 分钟" in editions.synced(english, chinese).cells[1].source


def test_another_program_is_named_and_copied(english, chinese):
    changed = cell_of(english, "code")
    changed.source += "\nX + 1"
    assert editions.stale(english, chinese) == [f"{changed.id}: another program"]
    synced = editions.synced(english, chinese)
    assert editions.stale(english, synced) == [] and cell_of(synced, "code").source == changed.source


def test_comments_may_differ(english, chinese):
    changed = cell_of(chinese, "code")
    changed.source = "# 另一条注释\n" + changed.source
    assert editions.stale(english, chinese) == []
    assert cell_of(editions.synced(english, chinese), "code").source == changed.source


def test_missing_new_and_moved_cells_are_named(english, chinese):
    new = nbformat.v4.new_markdown_cell("A new paragraph.", id="new")
    longer = copy.deepcopy(english)
    longer.cells.insert(5, new)
    assert editions.stale(longer, chinese) == ["new: missing"]
    assert editions.stale(english, editions.synced(longer, chinese)) == ["new: not in the English notebook"]
    assert editions.stale(longer, editions.synced(longer, chinese)) == ["new: the English has changed"]
    english.cells[7], english.cells[8] = english.cells[8], english.cells[7]
    assert editions.stale(english, chinese) == ["the cells have another order"]


def test_the_set_up_cell_chooses_the_language(chinese):
    assert cell_of(chinese, "code", 0).source.endswith('d2l_helpers.use_language("zh")')


def test_the_chinese_readme_has_the_lessons_of_its_start_page():
    def rows(text: str) -> list[str]:
        return [line.replace("(notebooks/zh/", "(") for line in text.splitlines() if line.startswith("| [")]

    start = nbformat.read(ROOT / "notebooks" / "zh" / "00_start_here.ipynb", as_version=4)
    (table,) = [cell.source for cell in start.cells if "| [01 " in cell.source]
    assert rows((ROOT / "README.zh-CN.md").read_text(encoding="utf-8")) == rows(table)
