"""What the site does beyond Sphinx, MyST-NB and Furo: a notebook's folds, living steppers, formulas, addresses, and files.

An extension of Sphinx, loaded by conf.py.
"""

from __future__ import annotations

import html
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import imagesize
import nbformat
from docutils import nodes
from math_core import LatexToMathML
from nbformat import NotebookNode
from parts import write_parts
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from d2l_helpers.stepper.widget import MIME

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"].get("Repository")
ELSEWHERE = r"\[([^\]]+)\]\((?:\.\./)+([A-Z]+\.md)\)"  # README.md, CONTRIBUTING.md …

# Notebooks: what the editors fold, the site folds, too


def prepare(app: Sphinx, docname: str, content: list[str]) -> None:
    """A notebook as its page shows it: no set-up cell, predictions and checks folded, the settings of steppers kept."""
    content[0] = re.sub(ELSEWHERE, _in_repository, content[0])
    source = app.env.doc2path(docname)
    if source.suffix != ".ipynb":
        return
    notebook = nbformat.reads(content[0], as_version=4)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "deeper" in tags:
            cell.source += f"\n\n% {FOLD}"
        if cell.cell_type == "code":
            cell.metadata["tags"] = [*tags, *_folds(cell, tags)]
            cell.outputs = [part for output in cell.outputs for part in _with_settings(cell, output)]
        cell.source = re.sub(r"\[!\[(Open in \w+)\]\(\S+?\)\]", r"[\1]", cell.source)  # badges come from other hosts
    notebook.cells[0].source = re.sub(r"^# (.+?) · .+", rf"# {source.name[:2]} \1", notebook.cells[0].source)
    first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells[first - 1].source += f"\n\n{{download}}`Download this notebook <{source.name}>`"
    content[0] = nbformat.writes(notebook)


def _in_repository(link: re.Match) -> str:
    """A link to a file that is no page of the site leads to the repository, or nowhere before that is published."""
    return f"[{link[1]}]({REPOSITORY}/blob/main/{link[2]})" if REPOSITORY else link[1]


def _folds(cell: NotebookNode, tags: list[str]) -> list[str]:
    """MyST-NB's tags for a code cell; what a fold says is written into the cell's metadata."""
    if "proof" in tags:
        says, _, cell.source = cell.source.removeprefix("# ").partition("\n")
        return _folded(cell, says, "hide-input")
    if "predict" in tags:
        return _folded(cell, "Show the output", "hide-output")
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

FOLD = "folded section"


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
    self.body.append('<details class="deeper"><summary>Show this section</summary>\n')


def depart_details(self, node: details) -> None:
    """The end of what opens and closes."""
    self.body.append("</details>\n")


# Formulas in MathML, which browsers draw themselves

LATEX = LatexToMathML()


RELATIONS = tuple("=≈<>≤≥→↦+−")


def visit_math(self, node: nodes.math) -> None:
    """A formula in the text."""
    self.body.append("".join(_breakable(LATEX.convert_with_local_state(node.astext(), displaystyle=False))))
    raise nodes.SkipNode


def visit_math_block(self, node: nodes.math_block) -> None:
    """A formula on a line of its own."""
    formulas = "".join(_breakable(LATEX.convert_with_local_state(node.astext(), displaystyle=True)))
    self.body.append(f'<div class="math">{formulas}</div>\n')
    raise nodes.SkipNode


def _breakable(formula: str) -> Iterator[str]:
    """The formula in pieces, because browsers break no line inside a <math> element.

    In the text, a piece ends after = and the like; on a line of its own, at a wide space.
    """
    whole = ElementTree.fromstring(re.sub(r"&\w+;", _character, formula))
    pieces = [ElementTree.Element("math", whole.attrib)]
    for part in whole:
        is_wide = part.tag == "mspace" and part.get("width", "") in ("1em", "2em")
        if not (is_wide and whole.attrib):
            pieces[-1].append(part)
        is_relation = part.tag == "mo" and part.text in RELATIONS and len(pieces[-1]) > 1 and not whole.attrib
        if is_relation:
            part.set("form", "infix")
        if is_relation or is_wide:
            pieces.append(ElementTree.Element("math", whole.attrib))
    return (ElementTree.tostring(piece, encoding="unicode") for piece in pieces if len(piece))


def _character(entity: re.Match) -> str:
    """XML knows five of HTML's names for characters."""
    return entity[0] if entity[0] in ("&lt;", "&gt;", "&amp;") else html.unescape(entity[0])


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
            image["alt"] = image.get("alt") or "Figure: the output of the code above"


# Addresses and files


class CoursePages(StandaloneHTMLBuilder):
    """Pages at the top of the site, wherever their source is: 01_cross_correlation.html, solutions/…, questions.html."""

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        return quote(_address(docname)) + self.link_suffix

    def get_output_path(self, page_name: str, /) -> Path:
        return Path(self.outdir, _address(page_name) + self.out_suffix)

    def dump_search_index(self) -> None:
        """The index that the search page loads: it makes its links of these names."""
        freeze = self.indexer.freeze

        def frozen() -> dict:
            index = freeze()
            return index | {"docnames": tuple(map(_address, index["docnames"]))}

        self.indexer.freeze = frozen
        super().dump_search_index()


def _address(docname: str) -> str:
    return re.sub(r"^(site|notebooks|docs)/", "", docname)


def give_levels(app: Sphinx, pagename: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """A heading without a level is none for a screen reader."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def write(app: Sphinx, exception: Exception | None) -> None:
    """What the pages load, where the build went well."""
    if exception is None:
        write_parts(app.outdir / "_static")


def setup(app: Sphinx) -> dict:
    """Called by Sphinx."""
    nothing = (visit_math, None)
    app.add_html_math_renderer("mathml", nothing, (visit_math_block, None))
    app.add_node(details, html=(visit_details, depart_details))
    app.add_transform(FoldedSections)
    app.add_post_transform(LazyImages)
    app.add_builder(CoursePages, override=True)
    app.add_directive("cell", Cell)
    app.connect("source-read", prepare)
    app.connect("html-page-context", give_levels, priority=900)  # after Furo has drawn its table of contents
    app.connect("build-finished", write)
    app.add_js_file("lesson.js", type="module")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
