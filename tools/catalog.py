"""The messages of the package and their translations: `nox -s catalog` brings d2l_helpers/locale/ up to date.

New messages come in without a translation, those that are no longer said go out. Editors of gettext catalogs open the .po.
"""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from d2l_helpers._language import JOINTS, LOCALE
from d2l_helpers._words import CODE
from d2l_helpers.exercises import exercises_of

PACKAGE = LOCALE.parent
LESSONS = range(1, 14)
TEXTS = ("reasons", "told", "page", "predict", "playground")  # of words.json; and the names of operations
SPEAKING = ("say", "message", "label")  # the functions that translate what they're given
NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # a date would change the file at each run
# Words that a variable puts into a template
FILLED = (
    "rows",
    "columns",
    "left",
    "right",
    "up",
    "down",
    "up and left",
    "up and right",
    "down and left",
    "down and right",
    "doubled",
    "halved",
    "change",
    "more",
    "fewer",
    "patch",
    "give",
    "gives",
    "backward",
    "upper center",
    "upper right",
    "middle left",
    "middle center",
    "middle right",
    "lower left",
    "lower center",
    "lower right",
    "names",
    "means",
    "words",
    "input's",
    "weight's",
    "bias's",
    "input's and the weight's",
    "input's and the bias's",
    "weight's and the bias's",
    "images",
    "black",
    "gray",
    "white",
    "red",
    "green",
    "blue",
    "this",
    "training",
    "validation",
    "evaluation",
)
IS_TEXT = re.compile(r"^(?=.*[A-Za-z]{2})(?=.* )|[A-Za-z]{2,}.*[,:;.]$|^(height|width|row|column)$", re.S)


def messages() -> dict[str, str]:
    """Every text that the package may show → where it's from."""
    found: dict[str, str] = {}
    for place, text in [*_words(), *_calls(), *_exercises(), *_constants(), *(("say", word) for word in FILLED)]:
        is_whole = place in ("message", "label", "hint", "words.json")
        for part in [text] if is_whole else re.split("\n|" + JOINTS.pattern, text):
            if part and (is_whole or place == "say" or IS_TEXT.search(part) or JOINTS.fullmatch(part)):
                found.setdefault(part, place)
    return found


def _words() -> Iterator[tuple[str, str]]:
    """The texts of words.json."""
    table = json.loads((PACKAGE / "words.json").read_text(encoding="utf-8"))
    for operation in table["operations"].values():
        yield "words.json", operation["name"]
    for part in TEXTS:
        yield from (("words.json", text) for text in _leaves(table[part]) if re.search("[A-Za-z]{2}", text))


def _leaves(value) -> Iterator[str]:
    if isinstance(value, dict):
        value = [part for name, part in value.items() if name not in CODE]
    parts = value if isinstance(value, list) else []
    yield from ([value] if isinstance(value, str) else (leaf for part in parts for leaf in _leaves(part)))


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _calls() -> Iterator[tuple[str, str]]:
    """The templates of say(…), with the words that are put into these, and of message(…), and the texts of label(…)."""
    for _, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPEAKING:
                for part in (part for value in node.args for part in _chosen(value)):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield node.func.id, part.value


def _chosen(value: ast.expr) -> Iterator[ast.expr]:
    """What an expression such as `"large" if n > 1 else "small"` may give."""
    if isinstance(value, ast.IfExp):
        yield from [*_chosen(value.body), *_chosen(value.orelse)]
    elif isinstance(value, ast.BoolOp):
        yield from (part for option in value.values for part in _chosen(option))
    else:
        yield value


def _exercises() -> Iterator[tuple[str, str]]:
    """Hints, praise, diagnoses, and what exceptions mean, also where they're put together when a module is loaded."""
    for lesson in LESSONS:
        for number, task in exercises_of(lesson).items():
            yield from (("hint", hint) for hint in task.hints)
            texts = [task.praise, *getattr(task, "mistakes", ()), *getattr(task, "errors", {}).values()]
            yield from ((f"exercise {number}", text) for text in texts)


def _constants() -> Iterator[tuple[str, str]]:
    """What the exercises' functions return or choose from."""
    for name, tree in _sources():
        if not name.startswith("exercises/"):
            continue
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        inside = {
            id(part) for node in ast.walk(tree) if isinstance(node, (ast.JoinedStr, ast.Raise)) for part in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | inside:
                if IS_TEXT.search(node.value):
                    yield name, node.value


def catalog_of(language: str) -> Path:
    """The catalog that translators open."""
    return LOCALE / language / "LC_MESSAGES" / "d2l_helpers.po"


def updated(language: str) -> Catalog:
    """The catalog with the present messages, in order, and the translations that there are."""
    path = catalog_of(language)
    before = read_po(io.BytesIO(path.read_bytes())) if path.exists() else Catalog()
    result = Catalog(locale=language, project="d2l_helpers", fuzzy=False, creation_date=NEVER, revision_date=NEVER)
    for text, place in messages().items():
        old = before.get(text)
        result.add(text, old.string if old else "", auto_comments=[place])
    return result


def write(language: str) -> None:
    """The catalog, and what gettext reads of it."""
    catalog = updated(language)
    path = catalog_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=120, omit_header=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)
    missing = sum(not message.string for message in catalog if message.id)
    print(f"{path.relative_to(PACKAGE.parent)}: {len(catalog)} messages, {missing} without a translation")


def main() -> None:
    """Bring all catalogs up to date."""
    for folder in sorted(LOCALE.iterdir()):
        if folder.is_dir():
            write(folder.name)


if __name__ == "__main__":
    main()
