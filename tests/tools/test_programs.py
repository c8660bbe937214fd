"""The programs in tools/ start; mutation testing draws the same faults each time and knows which tests to run."""

import ast
import importlib
from pathlib import Path

import pytest

from tools import mutants

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = sorted(path for path in (ROOT / "d2l_helpers").rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "tools").glob("*.py")))
def test_a_program_finds_everything_that_it_imports(name):
    importlib.import_module(f"tools.{name}")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_has_tests_of_its_own(path):
    """Beside those that call every function of the package."""
    found = mutants.tests_of(path.relative_to(ROOT).as_posix())
    assert set(found) - set(mutants.EVERYWHERE)
    assert all((ROOT / name).is_file() for name in found)


def test_every_place_with_tests_that_is_named_exists():
    named = {name for names in mutants.ALSO.values() for name in names} | set(mutants.EVERYWHERE)
    assert all((ROOT / name).exists() for name in named)
    assert all((ROOT / "d2l_helpers" / f"{module}.py").exists() for module in mutants.ALSO)


def test_the_same_faults_are_drawn_each_time_and_each_changes_the_module():
    path = ROOT / "d2l_helpers" / "nets.py"
    drawn = mutants.faults(path, 10)
    assert drawn == mutants.faults(path, 10) and len(set(drawn)) == 10
    original = ast.dump(ast.parse(path.read_text(encoding="utf-8")))
    assert all(ast.dump(ast.parse(fault.source)) != original for fault in drawn)
    assert all(fault.diff().count("\n-") >= 1 for fault in drawn)


def test_decorated_functions_and_tables_get_faults_too():
    """mutmut's own runner leaves these out."""
    source = "@decorator\ndef double(x: int = 1) -> int:\n    return 2 * x\n\n\nTABLE = {'kernel': 3}\n"
    found = {fault.source for fault in mutants.faults_in(source, "package/example.py", 100)}
    assert source.replace("2 * x", "2 / x") in found and source.replace("3}", "4}") in found
    assert not any("-> None" in fault or "x: None" in fault for fault in found)
