"""A notebook as a page: what folds in the editors folds here, too, and a stepper's settings go with its image."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import imagesize
import nbformat
from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from d2l_helpers.stepper.widget import MIME

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"].get("Repository")
FOLD = "folded section"
SAID = {
    "en": {
        "output": "Show the output",
        "section": "Show this section",
        "download": "Download this notebook",
        "figure": "Figure: the output of the code above",
    },
    "zh_CN": {
        "output": "显示输出",
        "section": "展开这一节",
        "download": "下载这个 notebook",
        "figure": "图：上面代码的输出",
    },
}
ELSEWHERE = r"\[([^\]]+)\]\((?:\.\./)+((?:hub/)?[A-Z]+\.md)\)"  # README.md, CONTRIBUTING.md …


def prepare(app: Sphinx, docname: str, content: list[str]) -> None:
    """A notebook as its page shows it: no set-up cell, predictions and checks folded, the settings of steppers kept."""
    content[0] = re.sub(ELSEWHERE, _in_repository, content[0])
    source = app.env.doc2path(docname)
    if source.suffix != ".ipynb":
        return
    notebook = nbformat.reads(content[0], as_version=4)
    said = SAID[app.config.language]
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "deeper" in tags:
            cell.source += f"\n\n% {FOLD}"
        if cell.cell_type == "code":
            cell.metadata["tags"] = [*tags, *_folds(cell, tags, said)]
            cell.outputs = [part for output in cell.outputs for part in _with_settings(cell, output)]
        cell.source = without_badges(cell.source)
    notebook.cells[0].source = re.sub(r"^# (.+?) · .+", rf"# {source.name[:2]} \1", notebook.cells[0].source)
    first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells[first - 1].source += f"\n\n{{download}}`{said['download']} <{source.name}>`"
    content[0] = nbformat.writes(notebook)


def without_badges(text: str) -> str:
    """Links in words: the badges' images come from other hosts."""
    return re.sub(r"\[!\[(Open in \w+)\]\(\S+?\)\]", r"[\1]", text)


def prepare_included(app: Sphinx, path: Path, docname: str, content: list[str]) -> None:
    """A part of the README, which has a column of badges once the course is published."""
    content[0] = without_badges(content[0])


def _in_repository(link: re.Match) -> str:
    """A link to a file that is no page of the site leads to the repository, or nowhere before that is published."""
    return f"[{link[1]}]({REPOSITORY}/blob/main/{link[2]})" if REPOSITORY else link[1]


def _folds(cell: NotebookNode, tags: list[str], said: dict[str, str]) -> list[str]:
    """MyST-NB's tags for a code cell; what a fold says is written into the cell's metadata."""
    if "proof" in tags:
        says, _, cell.source = cell.source.removeprefix("# ").partition("\n")
        return _folded(cell, says, "hide-input")
    if "predict" in tags:
        return _folded(cell, said["output"], "hide-output")
    is_set_up = cell.metadata.get("jupyter", {}).get("source_hidden", False)
    return ["remove-cell"] if is_set_up else []


def _folded(cell: NotebookNode, says: str, *tags: str) -> list[str]:
    cell.metadata["mystnb"] = {"code_prompt_show": says, "code_prompt_hide": says}
    return list(tags)


def _with_settings(cell: NotebookNode, output: NotebookNode) -> list[NotebookNode]:
    """A stepper's image, and after it the settings, with which lesson.js puts a live stepper in the image's place."""
    settings = output.get("data", {}).pop(MIME, None)
    if settings is None:
        return [output]
    cell.metadata["mystnb"] = {"image": {"alt": output.data["text/plain"]}}
    script = f'<script type="{MIME}">{json.dumps(settings)}</script>'
    return [output, nbformat.v4.new_output("display_data", {"text/html": script})]


def anchor(title: str) -> str:
    """A heading's anchor as JupyterLab writes it."""
    return title.strip().replace(" ", "-")


class Cell(SphinxDirective):
    """`{cell} ../notebooks/00_start_here.ipynb` and a heading: the text below that heading of the notebook."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        _, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        heading = f"## {self.content[0]}\n"
        text = next(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.source.startswith(heading))
        return self.parse_text_to_nodes(text.removeprefix(heading))


# Sections that open and close


class FoldedSections(SphinxTransform):
    """Put what follows the first cell of a deeper section into <details>."""

    default_priority = 880  # after the sections' links and titles were found

    def apply(self) -> None:
        for mark in [node for node in self.document.findall(nodes.comment) if node.astext() == FOLD]:
            section, inside = mark.parent, []
            for node in section.children[section.index(mark) + 1 :]:
                section.remove(node)
                inside.append(node)
            section.replace(mark, details("", *inside))


class details(nodes.General, nodes.Element):
    """A part of a section that opens and closes."""


def visit_details(self, node: details) -> None:
    """Sphinx passes its translator as self."""
    self.body.append(f'<details class="deeper"><summary>{SAID[self.config.language]["section"]}</summary>\n')


def depart_details(self, node: details) -> None:
    """The end of what opens and closes."""
    self.body.append("</details>\n")


# Images are loaded when they are scrolled to; their size is known before, so that nothing jumps


class LazyImages(SphinxPostTransform):
    """Give every image its size and loading="lazy"."""

    default_priority = 900  # after MyST-NB has chosen the outputs that are shown

    def run(self, **options) -> None:
        for image in self.document.findall(nodes.image):
            path = next((path for path in (Path(image["uri"]), self.env.srcdir / image["uri"]) if path.exists()), None)
            if path and (size := imagesize.get(path)) != (-1, -1):
                image["width"], image["height"] = map(str, size)
            image["loading"] = "lazy"
            image["alt"] = image.get("alt") or SAID[self.config.language]["figure"]
