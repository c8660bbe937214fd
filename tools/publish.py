"""Write the course's address into the course, or take it out again, to the byte.

    python tools/publish.py owner/name v1.0
    python tools/publish.py --undo

The address stands in pyproject.toml; the bootstrap cells, and the Colab and Binder badges of the README and of every
notebook, follow from it and from the tag of the release.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
HOST = "https://github.com/"
UNPUBLISHED = '# Repository = "https://…"   the one place for the course\'s address, once it is published'
LONGEST_REPO, LONGEST_TAG = 57, 40  # so that the bootstrap cell's lines keep to 88 characters
COLAB, BINDER = "[![Open in Colab]", "[![Open in Binder]"
BADGES = re.compile(re.escape(COLAB) + r"\S+ " + re.escape(BINDER) + r"\S+")
ALL = "[All notebooks]"
TABLE, COLUMN = re.compile(r"^\| notebook \|.*?(?=\n\n)", flags=re.M | re.S), " open in |"


class Release(NamedTuple):
    """Where the course is published, and the tag that learners get."""

    address: str
    tag: str


def publish(root: Path, release: Release | None) -> None:
    """Bring every file of the course in `root` to that release; None takes the address out."""
    _rewrite(root / "pyproject.toml", lambda text: _project(text, release))
    _rewrite(root / "README.md", lambda text: _readme(text, release))
    for path in sorted(root.glob("notebooks/**/[0-9]*[a-z].ipynb")):
        name = path.relative_to(root).as_posix()
        _rewrite(path, lambda text, name=name: _notebook(text, name, release))


def release_of(repo: str, tag: str) -> Release:
    """The release of a repository on GitHub; ValueError where the names cannot be right."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+", repo) or len(repo) > LONGEST_REPO:
        raise ValueError(f"REPO must be owner/name as on GitHub, at most {LONGEST_REPO} characters, got {repo!r}")
    if not re.fullmatch(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*", tag) or len(tag) > LONGEST_TAG:
        raise ValueError(f"TAG must be the name of a release such as v1.0, at most {LONGEST_TAG} characters, got {tag!r}")
    return Release(HOST + repo, tag)


def badges(release: Release, notebook: str) -> str:
    """Markdown that opens the notebook in Colab, and in JupyterLab on Binder."""
    repo, tag = release.address.removeprefix(HOST), release.tag
    colab = f"https://colab.research.google.com/github/{repo}/blob/{tag}/{notebook}"
    binder = f"https://mybinder.org/v2/gh/{repo}/{tag}?urlpath=lab/tree/{notebook}"
    return (
        f"{COLAB}(https://colab.research.google.com/assets/colab-badge.svg)]({colab}) "
        f"{BINDER}(https://mybinder.org/badge_logo.svg)]({binder})"
    )


def _rewrite(path: Path, change) -> None:
    old = path.read_text(encoding="utf-8")
    new = change(old)
    if new != old:
        path.write_text(new, encoding="utf-8", newline="\n")


def _project(text: str, release: Release | None) -> str:
    line = f'Repository = "{release.address}"' if release else UNPUBLISHED
    return re.sub(r"^(# )?Repository = .*$", lambda _: line, text, flags=re.M)


def _readme(text: str, release: Release | None) -> str:
    """The table of the notebooks with badges, and those of 00 above it."""
    text = re.sub(rf"^{BADGES.pattern}\n\n(?=\| notebook \|)", "", text, flags=re.M)
    above = f"{badges(release, 'notebooks/00_start_here.ipynb')}\n\n" if release else ""
    return TABLE.sub(lambda table: above + _table(table[0], release), text)


def _table(text: str, release: Release | None) -> str:
    rows = text.split("\n")
    if rows[0].endswith(COLUMN):
        rows = [row[: row.rindex("|", 0, -1) + 1] for row in rows]
    if release:
        names = [re.search(r"\((notebooks/\S+?\.ipynb)\)", row)[1] for row in rows[2:]]
        cells = [COLUMN, " --- |", *(f" {badges(release, name)} |" for name in names)]
        rows = [row + cell for row, cell in zip(rows, cells, strict=True)]
    return "\n".join(rows)


def _notebook(text: str, name: str, release: Release | None) -> str:
    """The bootstrap cell's two names; badges and a link to all notebooks at the end of the Markdown cell before it."""
    notebook = json.loads(text)
    cells = notebook["cells"]
    first = next(i for i, cell in enumerate(cells) if cell["cell_type"] == "code")
    head, bootstrap = cells[first - 1], cells[first]
    address, tag = release or ("", "")
    source = re.sub(r'^ADDRESS = ".*"$', lambda _: f'ADDRESS = "{address}"', "".join(bootstrap["source"]), flags=re.M)
    source = re.sub(r'^RELEASE = ".*"$', lambda _: f'RELEASE = "{tag}"', source, flags=re.M)
    bootstrap["source"] = source.splitlines(keepends=True)
    prose = re.sub(rf"\n\n{BADGES.pattern} {re.escape(ALL)}\S+$", "", "".join(head["source"]))
    prose += f"\n\n{badges(release, name)} {ALL}({address}/tree/{tag}#the-notebooks)" if release else ""
    head["source"] = prose.splitlines(keepends=True)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> str:
    """What to say at the end; ValueError says what is wrong with the arguments."""
    if arguments == ["--undo"]:
        publish(ROOT, None)
        return "The address is taken out."
    if len(arguments) != 2:
        raise ValueError("Say where: make publish REPO=owner/name TAG=v1.0")
    release = release_of(*arguments)
    publish(ROOT, release)
    push = f"git commit -a, git tag {release.tag}, git push, git push --tags"
    return f"{release.address} is written. Learners get it with: {push}"


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except ValueError as error:
        sys.exit(str(error))
