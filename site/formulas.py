"""Formulas in MathML, which browsers draw themselves: no script, no image."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from docutils import nodes
from math_core import LatexToMathML

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
