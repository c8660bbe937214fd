"""The language in which the course speaks: English, or another one for which locale/ has a gettext catalog."""

from __future__ import annotations

import contextlib
import gettext
import os
import re
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "D2L_HELPERS_LANGUAGE"
LOCALE = Path(__file__).with_name("locale")
LANGUAGES = ("en", *sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir()))
_catalogs = {"en": gettext.NullTranslations()}
_present = ["en"]
JOINTS = re.compile("(; and |; or )")


def use_language(language: str) -> None:
    """Let checks, hints, steppers, and messages speak English ("en") or Chinese ("zh"); ValueError for another language.

    The environment variable D2L_HELPERS_LANGUAGE chooses the language with which a kernel begins.
    """
    if language not in LANGUAGES:
        told = message(
            "language must be one of {languages}, got {language!r}", languages=", ".join(LANGUAGES), language=language
        )
        raise ValueError(told)
    _present[0] = language


def language() -> str:
    """The present one, such as "en"."""
    return _present[0]


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """That language for a while."""
    before = _present[0]
    use_language(language)
    try:
        yield
    finally:
        use_language(before)


def _(text: str) -> str:
    """The text in the present language; in English where the catalog lacks it."""
    language = _present[0]
    if language not in _catalogs:
        _catalogs[language] = gettext.translation("d2l_helpers", LOCALE, [language])
    return _catalogs[language].gettext(text) if text else ""


def message(template: str, /, **values) -> str:
    """The template in the present language, with the values in place of {name} …; none of these is translated."""
    return _(template).format(**values)


def spoken(text: str) -> str:
    """A text of several lines, or of parts joined by "; and " or "; or ", each part in the present language."""
    return "\n".join("".join(map(_, JOINTS.split(line))) for line in text.split("\n"))


def say(template: str, *values) -> str:
    """The template in the present language, with the values in place of {0}, {1} …; words among these are translated."""
    return spoken(template).format(*(spoken(value) if isinstance(value, str) else value for value in values))


if os.environ.get(VARIABLE) in LANGUAGES:
    use_language(os.environ[VARIABLE])
