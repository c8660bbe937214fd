"""The Chinese edition: the program of the English one, with other words. `nox -s chinese` lists what is stale.

    python -m tools.editions             # what is stale
    python -m tools.editions sync 03     # bring programs, tags, and minutes up to date; new cells come in English
    python -m tools.editions done 03     # its Chinese says again what the English says

A notebook in notebooks/zh/ has the cells of its English one, by their ids. A Markdown cell keeps a digest of the English
text that it renders (metadata `english`); a code cell may have other comments, nothing else. Other pages, such as
docs/zh/teachers.md, keep the digest in their last line: `done teachers` renews it.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
CHINESE = NOTEBOOKS / "zh"
README = ROOT / "README.zh-CN.md"
SIGNATURE = r"\n<!-- english: \w+ -->\n$"
SET_UP = """\
# 找不到模块？安装方法见 README.zh-CN.md。
import d2l_helpers

d2l_helpers.use_language("zh")"""
# Minutes follow from the English text; they are copied and do not count as a change.
MINUTES = re.compile(
    r"\d+(?= minutes?\b)|\d+(?= 分钟)|(?<=\| )\d+(?: \+ \d+)+(?= \|)|(?<=about )\d+(?= hours)|(?<=约 )\d+(?= 小时)"
)


def pairs(number: str = "") -> Iterator[tuple[Path, Path]]:
    """The English and the Chinese notebooks, of one lesson or of all."""
    for folder in (NOTEBOOKS, NOTEBOOKS / "solutions"):
        for english in sorted(folder.glob(f"{number or '[0-9]'}*.ipynb")):
            yield english, CHINESE / english.relative_to(NOTEBOOKS)


def pages(name: str = "*") -> Iterator[tuple[Path, Path]]:
    """The English and the Chinese pages that are no notebooks, all or those of that name."""
    for folder in (NOTEBOOKS, ROOT / "docs", ROOT / "site"):
        for english in sorted(folder.glob(f"{name}.md")):
            yield english, folder / "zh" / english.name


def digest(text: str) -> str:
    """What a Chinese cell remembers of the English text that it renders."""
    unpublished = text.split("\n\n[![Open in")[0]  # tools.publish adds the badges to both editions
    return hashlib.sha256(MINUTES.sub("…", unpublished).encode()).hexdigest()[:12]


def program(source: str) -> str:
    """A code cell without its comments, and without the lines that choose the language."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    language = ("import d2l_helpers", "d2l_helpers.use_language('zh')")
    return ast.dump(ast.Module([line for line in tree.body if ast.unparse(line) not in language], []))


def stale(english: NotebookNode, chinese: NotebookNode) -> list[str]:
    """What in the Chinese notebook does not follow the English one, a line for each cell."""
    ours = {cell.id: cell for cell in chinese.cells}
    found = [f"{cell.id}: not in the English notebook" for cell in chinese.cells if cell.id not in ids(english)]
    for cell in english.cells:
        other = ours.get(cell.id)
        if other is None or other.cell_type != cell.cell_type:
            found.append(f"{cell.id}: missing")
        elif cell.cell_type == "code" and program(cell.source) != program(other.source):
            found.append(f"{cell.id}: another program")
        elif cell.cell_type == "markdown" and other.metadata.get("english") != digest(cell.source):
            found.append(f"{cell.id}: the English has changed")
    if not found and ids(english) != ids(chinese):
        found.append("the cells have another order")
    return found


def ids(notebook: NotebookNode) -> list[str]:
    """The ids of the cells, in order."""
    return [cell.id for cell in notebook.cells]


def synced(english: NotebookNode, chinese: NotebookNode) -> NotebookNode:
    """The English notebook with the Chinese texts and comments that there are; a new text stays English, and stale."""
    theirs = {cell.id: cell for cell in chinese.cells}
    result = nbformat.v4.new_notebook(metadata=english.metadata)
    for cell in english.cells:
        other = theirs.get(cell.id, cell)
        merged = nbformat.from_dict(dict(cell))
        if cell.cell_type == "markdown":
            merged.source = _with_minutes(other.source, cell.source)
            merged.metadata["english"] = other.metadata.get("english", "")
        else:
            is_same = program(cell.source) == program(other.source)
            merged.source = other.source if is_same else cell.source
            merged.outputs = other.outputs if is_same else []
            merged.execution_count = other.execution_count if is_same else None
        result.cells.append(merged)
    return result


def _with_minutes(chinese: str, english: str) -> str:
    numbers = MINUTES.findall(english)
    if len(numbers) != len(MINUTES.findall(chinese)):
        return chinese
    given = iter(numbers)
    return MINUTES.sub(lambda _: next(given), chinese)


def mark_done(english: NotebookNode, chinese: NotebookNode) -> None:
    """Every Chinese text renders the present English one."""
    texts = {cell.id: cell.source for cell in english.cells}
    for cell in chinese.cells:
        if cell.cell_type == "markdown":
            cell.metadata["english"] = digest(texts[cell.id])


def signed(chinese: str, english: str) -> str:
    """The Chinese page, whose last line says that it renders the present English one."""
    return f"{re.sub(SIGNATURE, '', chinese).rstrip()}\n\n<!-- english: {digest(english)} -->\n"


def fill_readme() -> None:
    """Copy the rows of the Chinese start page's table of lessons into the Chinese README."""
    start = nbformat.read(CHINESE / "00_start_here.ipynb", as_version=4)
    text = README.read_text(encoding="utf-8")
    for row in re.findall(r"^\| \[.+ \|$", "\n".join(cell.source for cell in start.cells), flags=re.M):
        linked = row.replace("](", "](notebooks/zh/", 1)
        name = re.search(r"\((\S+)\)", linked)[1]
        text = re.sub(rf"^\| \[.*?\]\({re.escape(name)}\) .*$", lambda _, linked=linked: linked, text, flags=re.M)
    README.write_text(text, encoding="utf-8", newline="\n")


def report() -> list[str]:
    """All that is stale."""
    lines = []
    for english, chinese in pairs():
        name = chinese.relative_to(ROOT)
        if not chinese.exists():
            lines.append(f"{name}: missing")
            continue
        lines += [f"{name}, {line}" for line in stale(*(nbformat.read(path, as_version=4) for path in (english, chinese)))]
    for english, chinese in pages():
        text = chinese.read_text(encoding="utf-8") if chinese.exists() else ""
        if text != signed(text, english.read_text(encoding="utf-8")):
            lines.append(f"{chinese.relative_to(ROOT)}: {'the English has changed' if text else 'missing'}")
    return lines


def main(arguments: list[str]) -> None:
    """List what is stale, or change the notebooks of a lesson."""
    if not arguments:
        print("\n".join(report()) or "Nothing is stale.")
        return
    if len(arguments) != 2 or arguments[0] not in ("sync", "done"):
        sys.exit("Say what to do with which lesson: python -m tools.editions sync 03")
    action, number = arguments
    if not number.isdigit():
        for path, chinese_path in pages(number):
            text = signed(chinese_path.read_text(encoding="utf-8"), path.read_text(encoding="utf-8"))
            chinese_path.write_text(text, encoding="utf-8", newline="\n")
        return
    for path, chinese_path in pairs(number):
        english, chinese = (nbformat.read(each, as_version=4) for each in (path, chinese_path))
        if action == "sync":
            chinese = synced(english, chinese)
        else:
            mark_done(english, chinese)
        nbformat.write(chinese, chinese_path)
    fill_readme()


if __name__ == "__main__":
    main(sys.argv[1:])
