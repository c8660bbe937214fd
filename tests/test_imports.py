"""Imports inside the package point downward, and CONTRIBUTING draws them as they are."""

import re
from pathlib import Path

import grimp
from importlinter import cli

ROOT = Path(__file__).resolve().parent.parent


def test_the_contracts_in_pyproject_are_kept(monkeypatch):
    """Where one is broken, pytest shows what import-linter printed."""
    monkeypatch.chdir(ROOT)
    assert cli.lint_imports(no_cache=True) == cli.EXIT_STATUS_SUCCESS


def arrows_in_the_code() -> set[tuple[str, str]]:
    """(importer, imported) for the modules and folders of d2l_helpers that have public names."""
    graph = grimp.build_graph("d2l_helpers", cache_dir=None)
    tops = {module.rpartition(".")[2]: module for module in graph.find_children("d2l_helpers")}
    public = {name: {module, *graph.find_descendants(module)} for name, module in tops.items() if name[0] != "_"}
    imported = {
        name: {target for module in modules for target in graph.find_modules_directly_imported_by(module)}
        for name, modules in public.items()
    }
    return {(a, b) for a in public for b in public if a != b and imported[a] & public[b]}


def arrows_in_the_drawing() -> set[tuple[str, str]]:
    """Those of the Mermaid diagram in CONTRIBUTING.md whose both ends are in d2l_helpers."""
    (diagram,) = re.findall(r"```mermaid\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), flags=re.S)
    drawn = set()
    for line in diagram.splitlines():
        if "-->" in line:
            sources, targets = (side.split("&") for side in line.split("-->"))
            drawn |= {(a.strip(), b.strip()) for a in sources for b in targets}
    return drawn


def test_the_drawn_dependencies_are_those_of_the_code():
    drawn = arrows_in_the_drawing()
    assert {("notebooks", "d2l_helpers"), ("d2l_helpers", "torch")} <= drawn
    inside = drawn - {("notebooks", "d2l_helpers"), ("d2l_helpers", "torch")}
    assert inside == arrows_in_the_code()
