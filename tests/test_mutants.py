"""The list of deliberate faults is not stale; `make mutants` tries them."""

from pathlib import Path

import pytest
from mutants import EXPLAINED, MUTANTS

PACKAGE = Path(__file__).resolve().parent.parent / "d2l_helpers"
FAULTS = [(module, old, new) for module, faults in MUTANTS.items() for old, new in faults]


@pytest.mark.parametrize(("module", "old", "new"), FAULTS)
def test_what_a_fault_replaces_stands_there_once(module, old, new):
    source = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")
    assert source.count(old) == 1 and old != new
    compile(source.replace(old, new), module, "exec")


def test_each_module_has_its_faults_and_each_explanation_its_fault():
    assert all(len(set(faults)) == len(faults) >= 12 for faults in MUTANTS.values())
    assert set(EXPLAINED) <= {(module, new) for module, _, new in FAULTS} and all(EXPLAINED.values())
