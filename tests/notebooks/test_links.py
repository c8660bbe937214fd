"""Every link in a notebook and in a Markdown file leads to a file of the repository, and to a heading that is there."""

import re
import subprocess
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import mistune
import nbformat
import pytest

from tests.support.children import ROOT

LISTED = subprocess.run(["git", "ls-files", "*.md", "*.ipynb"], cwd=ROOT, capture_output=True, text=True, check=True)
PAGES = [name for name in LISTED.stdout.splitlines() if (ROOT / name).exists()]
# mistune takes the colon of "…#Deeper:-A-title" for a protocol that might do harm
renderer = mistune.HTMLRenderer(escape=False, allow_harmful_protocols=True)
to_html = mistune.create_markdown(renderer=renderer, plugins=["table", "footnotes"])


class Page(HTMLParser):
    """The targets of a page's links and images, and the anchors of its headings, named as JupyterLab or GitHub does."""

    def __init__(self, path: Path):
        super().__init__()
        self.targets, self.anchors = [], set()
        self.heading = None
        self.is_notebook = path.suffix == ".ipynb"
        if self.is_notebook:
            cells = nbformat.read(path, as_version=4).cells
            text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        else:
            text = path.read_text(encoding="utf-8")
        self.feed(to_html(text))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.targets += [attributes[name] for name in ("href", "src") if name in attributes]
        self.anchors |= {attributes[name] for name in ("id", "name") if name in attributes}
        if re.fullmatch("h[1-6]", tag):
            self.heading = ""

    def handle_data(self, data):
        if self.heading is not None:
            self.heading += data

    def handle_endtag(self, tag):
        if re.fullmatch("h[1-6]", tag):
            words = self.heading if self.is_notebook else re.sub(r"[^\w\- ]", "", self.heading.lower())
            self.anchors.add(words.strip().replace(" ", "-"))
            self.heading = None


read = cache(Page)


def broken_links(path: Path) -> list[str]:
    """The targets that lead nowhere; those on other hosts are not tried."""
    broken = []
    for target in read(path).targets:
        if re.match("[a-z]+:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.exists() or (anchor and anchor not in read(there).anchors):
            broken.append(target)
    return broken


def test_there_are_pages():
    assert {"README.md", "notebooks/00_start_here.ipynb"} <= set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    assert broken_links(ROOT / name) == []


def test_a_broken_link_is_found(tmp_path):
    cell = nbformat.v4.new_markdown_cell("## By hand\n[a](b.md#two-words-more), [b](#By-hand), [c](#by-hand)")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "a.ipynb")
    (tmp_path / "b.md").write_text(
        """# Two *words*, more
        [a](a.ipynb#By-hand) [b](https://no.such.host/) [c](a.ipynb#from-scratch) [d](gone.md) [e]

        [e]: also_gone.md

        <img src="gone.png"> `[f](code.md)` [g](#two-words-more) [h](b.md#three)
        """.replace("\n        ", "\n"),
        encoding="utf-8",
    )
    assert broken_links(tmp_path / "a.ipynb") == ["#by-hand"]
    assert broken_links(tmp_path / "b.md") == ["a.ipynb#from-scratch", "gone.md", "also_gone.md", "gone.png", "b.md#three"]
