"""What the site does beyond Sphinx, MyST-NB and Furo: an extension of Sphinx, loaded by conf.py."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from formulas import visit_math, visit_math_block
from lessons import Cell, FoldedSections, LazyImages, depart_details, details, prepare, prepare_included, visit_details
from parts import write_parts
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.search.zh import SearchChinese

from d2l_helpers._language import speaking


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
    """zh/, which the Chinese pages have in the repository, is on the site the folder that their build writes to."""
    return re.sub(r"^(site|notebooks|docs)/(zh/)?", "", docname)


class ChineseSearch(SearchChinese):
    """Every two neighboring characters are a word, in the pages and in the query: no dictionary has the course's terms."""

    lang = "zh_CN"
    language_name = "English"  # of the stemmer that the page loads: only Latin words are stemmed
    js_splitter_code = """
var splitQuery = (query) => (query.match(/\\p{Script=Han}+|[\\p{Letter}\\p{Number}_]+/gu) ?? []).flatMap((part) =>
  /\\p{Script=Han}{2}/u.test(part) ? [...part].slice(1).map((after, i) => [...part][i] + after) : part);
"""

    def split(self, text: str) -> list[str]:
        latin = self.latin1_letters.findall(text)
        self.latin_terms.update(latin)
        runs = re.findall(r"[\u4e00-\u9fff]{2,}", text)
        return latin + [run[i : i + 2] for run in runs for i in range(len(run) - 1)]


OTHER = {"en": ("zh", "zh-CN", "中文版"), "zh_CN": ("..", "en", "English")}  # where, its code, what the link says


def finish(app: Sphinx, pagename: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """The page in the other language; what only the playground loads; a level for headings, which screen readers need."""
    folder, code, name = OTHER[app.config.language]
    address = _address(pagename)
    there = address if pagename.startswith(("notebooks/", "site/", "docs/")) else "index"
    up = "../" * address.count("/")
    context |= {"other_page": f"{up}{folder}/{there}.html", "other_language": code, "other_name": name}
    if address == "playground":
        app.add_css_file("playground.css")
        app.add_js_file("playground.js", type="module")
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def write(app: Sphinx, exception: Exception | None) -> None:
    """What the pages load, where the build went well."""
    if exception is None:
        with speaking("zh" if app.config.language == "zh_CN" else "en"):
            write_parts(app.outdir / "_static")


def setup(app: Sphinx) -> dict:
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.add_node(details, html=(visit_details, depart_details))
    app.add_transform(FoldedSections)
    app.add_post_transform(LazyImages)
    app.add_builder(CoursePages, override=True)
    app.add_directive("cell", Cell)
    app.add_search_language(ChineseSearch)
    app.connect("source-read", prepare)
    app.connect("include-read", prepare_included)
    app.connect("html-page-context", finish, priority=900)  # after Furo has drawn its table of contents
    app.connect("build-finished", write)
    app.add_js_file("lesson.js", type="module")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
