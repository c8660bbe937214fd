"""Languages: what is said in which, and that a catalog has every message."""

import io
import json
import re
import subprocess
import sys
import warnings

import pytest
import torch
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from d2l_helpers import Stepper, check, corr2d, corr2d_multi_in_out, hint, use_language
from d2l_helpers._language import LANGUAGES, LOCALE, message, say, speaking, spoken
from d2l_helpers._words import ENGLISH, WORDS, translated
from d2l_helpers.data import Batches
from d2l_helpers.exercises import Choice, find
from d2l_helpers.plotting import show_window
from d2l_helpers.stepper.widget import page_module
from tests.support import bad_input_rows
from tests.support.answers import kept
from tests.support.children import ROOT
from tools import catalog
from tools.replies import verdict_on

OTHERS = [language for language in LANGUAGES if language != "en"]
SLOW = {
    "1.6c",
    "1.7c",
    "2.6d",
    "3.8c",
    "6.6",
    "11.6",
    "12.4",
    "12.14b",
}  # exercises whose checks take longer than the others
# Code, what is quoted, and the words of PyTorch and Python about an error
NOT_OURS = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|“[^”]*”|(\w*(Error|Exception)\b|报错|不接受这些设置|可是).*")
PLACES = re.compile(r"(?<!\{)\{[^{}]*\}(?!\})")


@pytest.fixture(autouse=True)
def english_again():
    yield
    use_language("en")


@pytest.fixture(scope="module")
def messages():
    return catalog.messages()


def read(language: str):
    return read_po(io.BytesIO(catalog.catalog_of(language).read_bytes()))


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated(language, messages):
    known = {message.id for message in read(language) if message.id and message.string}
    assert not [text for text in messages if text not in known], "run `nox -s catalog` and translate what is new"


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_over(language, messages):
    assert not [message.id for message in read(language) if message.id and message.id not in messages]


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_are_the_same(language):
    wrong = [m.id for m in read(language) if m.id and sorted(PLACES.findall(m.id)) != sorted(PLACES.findall(m.string))]
    assert not wrong


@pytest.mark.parametrize("language", OTHERS)
def test_what_gettext_reads_is_the_catalog(language):
    compiled = io.BytesIO()
    write_mo(compiled, read(language))
    assert compiled.getvalue() == catalog.catalog_of(language).with_suffix(".mo").read_bytes(), "run `nox -s catalog`"


def test_a_check_and_a_hint_in_chinese():
    use_language("zh")
    assert "互相关" in check("1.2", 37).message and "有误" in repr(check("1.2", 37))
    assert "还没有作答" in repr(check("1.2", ...))
    assert "提示" in hint("1.2")
    use_language("en")
    assert "cross-correlation" in check("1.2", 37).message


def test_the_stepper_in_chinese():
    with speaking("zh"):
        told = Stepper([[1, 2], [3, 4]], [[1, 0]])._repr_mimebundle_()[0]
        assert "互相关" in told["text/plain"] and "互相关" in page_module()
        assert WORDS["page"]["play"] == translated(ENGLISH)["page"]["play"] == "播放"
    assert WORDS["page"]["play"] == "play" and json.dumps(translated(ENGLISH)) == json.dumps(ENGLISH)


def test_an_error_in_chinese():
    X, K = torch.ones(3, 3), torch.ones(2, 2)
    use_language("zh")
    with pytest.raises(TypeError, match=r"^padding 必须是整数或一对整数 \(height, width\)，得到 1\.5$"):
        corr2d(X, K, padding=1.5)
    with pytest.raises(TypeError, match=r"^images 必须是形状为 "):  # also a word that is translated elsewhere
        Batches(3, K, 2)
    with pytest.raises(ValueError, match=r"^at 必须是 Y（大小 2×2）中的格子"):  # though the figure's words are English
        show_window(X, K, at=(2, 0))


def test_an_exercise_knows_our_own_errors_in_chinese_too():
    use_language("zh")
    assert "corr2d_multi_in_out 一次处理一张图像" in check("6.4", lambda X, K, *_: corr2d_multi_in_out(X, K)).message


def refusals():
    """What is said of the first bad value of each kind that each argument of each public name must refuse."""
    for title, row in (bad_input_rows.ROWS | bad_input_rows.FIGURES | bad_input_rows.OTHERS).items():
        for name, kinds in row.bad.items():
            for kind in kinds if isinstance(kinds, tuple) else (kinds,):
                with pytest.raises((TypeError, ValueError)) as refused, warnings.catch_warnings(action="ignore"):
                    row.call(**row.good | {name: next(kind(row.good.get(name)))})
                yield title, name, str(refused.value)


def test_every_public_name_refuses_in_chinese():
    use_language("zh")
    told = [refusal for refusal in refusals() if "required positional argument" not in refusal[-1]]  # Python's own
    assert len(told) > 150 and not [refusal for refusal in told if not re.search("[一-鿿]", refusal[-1])]


def test_replies_to_wrong_answers_are_chinese():
    """A part that is joined to a text before it's translated stays English. Most joins are in the replies of a Choice."""
    wrong = [answer for answer in kept() if answer.slip and answer.exercise not in SLOW]
    quick = [answer for answer in wrong if not callable(answer.value) or type(find(answer.exercise)) is Choice]
    use_language("zh")
    told = {NOT_OURS.sub("", verdict_on(answer).message): answer.exercise for answer in quick}
    runs = {(number, *re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}", text)) for text, number in told.items()}
    english = sorted(run for run in runs if len(run) > 1)
    assert not english and len(told) > 1000


def test_templates_lines_and_parts():
    with speaking("zh"):
        assert say("{0}, not {1}", "the answer is one number", "x") == "答案是一个数，而不是 x"
        assert spoken("the kernel is flipped") == "the kernel is flipped", "what no catalog has stays English"
        assert say("no such {0}", 3) == "no such 3"
        assert message("{name} must not be empty", name="images") == "images 不能为空", "a value is no word"
    assert say("{0}, not {1}", "a", "b") == "a, not b" and message("no {what}", what="one") == "no one"


def test_a_language_that_is_not_there():
    with pytest.raises(ValueError, match="language must be one of en, zh, got 'xx'"):
        use_language("xx")


def test_the_environment_chooses():
    code = "from d2l_helpers import check, use_language; print(check('1.2', 37))"
    code += "; use_language('en'); print(check('1.1', (4, 8)))"
    environment = {"D2L_HELPERS_LANGUAGE": "zh", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, encoding="utf-8")
    assert "互相关" in done.stdout, done.stderr
    assert "the rows are n − k" in done.stdout, "a text made when an exercise is loaded has no language yet"


def test_catalogs_are_where_gettext_looks():
    assert OTHERS and all((LOCALE / language / "LC_MESSAGES" / "d2l_helpers.mo").is_file() for language in OTHERS)
