"""How numbers and sizes are written, and the table that Python shares with the page."""

import math
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_helpers._words import WORDS, equals, factor, is_exact, number, pair, times

SHORT = {3: "3", -1.5: "−1.5", 1 / 3: "0.33", 0.125: "0.13", -0.125: "−0.13", 2.9999999: "3", -1e-9: "0", 0: "0"}
SHORT |= {0.004: "4e-3", 0.01: "0.01", 0.0099: "1e-2", 99.994: "99.99", 99.999: "100", 123.46: "123.5", 100.05: "100.1"}
SHORT |= {999.96: "1000", 1234.5: "1235", 99999: "99999", 100000: "1e5", 123456: "1.2e5", -2e-6: "−2e-6"}
SHORT |= {math.inf: "∞", -math.inf: "−∞", math.nan: "NaN", 1e-6: "1e-6", 9.99e-7: "0"}


@pytest.mark.parametrize(("value", "text"), SHORT.items())
def test_numbers_are_short(value, text):
    assert number(value) == text


@given(st.floats(-1e12, 1e12) | st.floats(1e-6, 0.01))
def test_a_written_number_is_near_the_number(value):
    text = number(value)
    assert len(text) <= 8
    size = abs(value)
    near = {"rel": 0.06} if size >= 1e5 else {"abs": 0.5001 if size >= 100 else 0.005001}
    if 1e-6 <= size < 0.01:  # one digit: 4e-3
        near = {"abs": 0.5001 * 10 ** math.floor(math.log10(size))}
    assert float(text.replace("−", "-")) == pytest.approx(value, **near)


EXACT = [0, 1, -1.5, 0.25, 0.01, 99.99, 100.5, 1234, 1e5, 1.2e5, math.inf, -math.inf, 1e-9, 0.1 + 0.2]
ROUNDED = [1 / 3, 0.125, 0.004, 100.25, 1234.5, 123456, 99.994]


def test_exact_is_what_is_written_without_rounding():
    assert all(map(is_exact, EXACT)) and not any(map(is_exact, ROUNDED))
    assert equals(1, 0.25) == "=" and equals(1, 1 / 3) == equals(1 / 3, 1) == "≈" and equals() == "="


def test_factors_sizes_and_pairs():
    assert (factor(-2), factor(2), factor(0)) == ("(−2)", "2", "0")
    assert (times((3, 4)), pair((2, 2)), pair((1, 2))) == ("3×4", "2", "1, 2")


def sentences(part, path=()):
    """Every text of the table with its path."""
    if isinstance(part, str):
        yield path, part
    for key, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield from sentences(value, (*path, key))


def test_every_place_in_a_sentence_has_a_name():
    for path, text in sentences(WORDS):
        names = [name for _, name, spec, conversion in string.Formatter().parse(text) if name is not None]
        assert all(re.fullmatch(r"[A-Za-z_]+", name) for name in names), path


def test_the_table_is_consistent():
    for name, operation in WORDS["operations"].items():
        assert operation["formula"] in WORDS["formulas"], name
        assert set(operation["uses"]) <= {"K", *WORDS["settings"]}, name
        assert operation["signs"], name
