"""notebooks/questions.md: each question has its source, and a link to a section with an executed cell that answers it."""

import re
from typing import NamedTuple
from urllib.parse import unquote

import nbformat
import pytest

from tests.support.children import ROOT

PAGE = ROOT / "notebooks" / "questions.md"
GENERAL = "Setting up"
FEWEST = {**{f"{lesson:02}": 15 for lesson in range(14)}, GENERAL: 20}
ENTRY = re.compile(
    r"\*\*(?P<question>[^*]+)\*\*\n(?P<answer>.+?)\n"
    r"→ \[[^\]]+\]\((?P<notebook>[\w.]+)#(?P<anchor>[^)]+)\)(?:, cell |，单元格 )`(?P<code>[^`]+)`"
    r" · (?:asked in|提问见) \[(?P<title>.+?)\]\((?P<source>https://[^)\s]+)\)\n",
    flags=re.S,
)


class Question(NamedTuple):
    question: str
    answer: str
    notebook: str
    anchor: str
    code: str
    title: str
    source: str


PARTS = re.split(rf"^## (\d\d|{GENERAL})\b.+\n", PAGE.read_text(encoding="utf-8"), flags=re.M)
ASKED = {
    number: [Question(*entry) for entry in ENTRY.findall(text)]
    for number, text in zip(PARTS[1::2], PARTS[2::2], strict=True)
}
ALL = [question for questions in ASKED.values() for question in questions]


def answering_cells(question):
    """The executed code cells of the section, or subsection, to which the question's link leads."""
    found, level = [], 0
    for cell in nbformat.read(ROOT / "notebooks" / question.notebook, as_version=4).cells:
        for marks, title in re.findall(r"^(#+) (.+)$", cell.source, flags=re.M) if cell.cell_type == "markdown" else ():
            if title.replace("`", "").replace(" ", "-") == unquote(question.anchor):
                level = len(marks)
            elif len(marks) <= level:
                level = 0
        if level and cell.cell_type == "code" and cell.execution_count and question.code in cell.source:
            found.append(cell)
    return found


@pytest.mark.parametrize("part", FEWEST)
def test_each_lesson_has_questions_of_different_people(part):
    asked = ASKED[part]
    assert len(asked) >= FEWEST[part]
    assert len({question.source for question in asked}) >= FEWEST[part]


def test_no_entry_is_written_otherwise():
    assert len(ALL) == PAGE.read_text(encoding="utf-8").count("\n→ ") and len({entry.question for entry in ALL}) == len(ALL)


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.question[:40])
def test_each_question_is_answered_by_an_executed_cell(question):
    assert answering_cells(question), f"{question.notebook}#{question.anchor} has no executed cell with {question.code}"


def test_a_missing_cell_is_noticed():
    lost = ALL[0]._replace(code="no_such_function(")
    assert answering_cells(ALL[0]) and not answering_cells(lost) and not answering_cells(ALL[0]._replace(anchor="Nowhere"))


def test_the_chinese_page_has_the_same_questions_and_leads_to_the_same_cells():
    """That its links lead to headings is in test_links."""
    chinese = [Question(*entry) for entry in ENTRY.findall((PAGE.parent / "zh" / PAGE.name).read_text(encoding="utf-8"))]
    assert [(q.notebook, q.code, q.source) for q in chinese] == [(q.notebook, q.code, q.source) for q in ALL]
    assert not [q.question for q in chinese if not re.search("[\u4e00-\u9fff]", q.question + q.answer)]
