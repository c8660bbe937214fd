"""Write the course's address into the course, or take it out again, to the byte.

    python -m tools.publish owner/name v1.0
    python -m tools.publish --undo

The address is kept in pyproject.toml. The first code cell of every notebook, the badges for Colab and Binder in the
README and in every notebook, and the address in CITATION.cff follow from it and from the tag of the release.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tools.editions import SET_UP

ROOT = Path(__file__).resolve().parent.parent
HOST = "https://github.com/"
UNPUBLISHED = '# Repository = "https://…"   the one place for the course\'s address, once it is published'
FOLDED = {"jupyter": {"source_hidden": True}}  # JupyterLab's key; Colab's is cellView
AT_HOME = """\
# Not found? README.md says how to install the course.
import d2l_helpers  # noqa: F401"""
# --no-deps: Colab and Kaggle keep their own PyTorch and NumPy, whatever the course and the book's package ask for.
HOSTED = """\
# @title On Colab and Kaggle, install the course (at home, README.md says how)
variables = %env
if {{"COLAB_RELEASE_TAG", "KAGGLE_KERNEL_RUN_TYPE"}} & variables.keys():
    %pip install -q --no-deps {book} anywidget psygnal lazy_loader {archive}"""
LANGUAGE = """

import d2l_helpers

d2l_helpers.use_language("zh")"""  # the one line of a Chinese notebook's program that its English one lacks
COLAB, BINDER = "[![Open in Colab]", "[![Open in Binder]"
BADGES = re.escape(COLAB) + r"\S+ " + re.escape(BINDER) + r"\S+"
ALL = "[All notebooks]"


class Release(NamedTuple):
    """Where the course is published, and the tag that learners get."""

    address: str
    tag: str


def release_of(repo: str, tag: str) -> Release:
    """The release of a repository on GitHub; ends the program where GitHub or git would refuse the names."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+", repo):
        sys.exit(f"The repository must be owner/name as on GitHub, got {repo!r}")
    if not re.fullmatch(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*", tag):
        sys.exit(f"The tag must be the name of a release such as v1.0, got {tag!r}")
    return Release(HOST + repo, tag)


def publish(root: Path, release: Release | None) -> None:
    """Bring every file of the course in `root` to that release; None takes the address out."""
    book = (root / "requirements-d2l.txt").read_text(encoding="utf-8").splitlines()[-1]
    _rewrite(root / "pyproject.toml", lambda text: _project(text, release))
    _rewrite(root / "README.md", lambda text: _readme(text, release))
    _rewrite(root / "README.zh-CN.md", lambda text: _chinese_readme(text, release))
    _rewrite(root / "CITATION.cff", lambda text: _citation(text, release))
    for path in sorted(root.glob("notebooks/**/[0-9]*[a-z].ipynb")):
        name = path.relative_to(root).as_posix()
        set_up = chinese_set_up(book, release) if "/zh/" in name else bootstrap(book, release)
        _rewrite(path, lambda text, name=name, set_up=set_up: _notebook(text, name, set_up, release))


def bootstrap(book: str, release: Release | None) -> str:
    """The first code cell; `book` is what pip installs as the book's package."""
    if release is None:
        return AT_HOME
    return HOSTED.format(book=book, archive=f"{release.address}/archive/refs/tags/{release.tag}.tar.gz")


def chinese_set_up(book: str, release: Release | None) -> str:
    """The first code cell of a Chinese notebook."""
    return bootstrap(book, release) + LANGUAGE if release else SET_UP


def badges(release: Release, notebook: str) -> str:
    """Markdown that opens the notebook in Colab, and in JupyterLab on Binder."""
    repo, tag = release.address.removeprefix(HOST), release.tag
    colab = f"https://colab.research.google.com/github/{repo}/blob/{tag}/{notebook}"
    binder = f"https://mybinder.org/v2/gh/{repo}/{tag}?urlpath=lab/tree/{notebook}"
    return (
        f"{COLAB}(https://colab.research.google.com/assets/colab-badge.svg)]({colab}) "
        f"{BINDER}(https://mybinder.org/badge_logo.svg)]({binder})"
    )


def _rewrite(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def _project(text: str, release: Release | None) -> str:
    line = f'Repository = "{release.address}"' if release else UNPUBLISHED
    return re.sub(r"^(# )?Repository = .*$", lambda _: line, text, flags=re.M)


def _citation(text: str, release: Release | None) -> str:
    text = re.sub(r"^repository-code: .*\n", "", text, flags=re.M)
    return text + f"repository-code: {release.address}\n" if release else text


def _site(release: Release) -> str:
    """Where GitHub Pages serves the repository's site."""
    *_, owner, name = release.address.split("/")
    return f"https://{owner.lower()}.github.io/{name}/"


def _readme(text: str, release: Release | None) -> str:
    """The addresses of the site and of the clone; the table of notebooks with a column of badges, those of 00 above it."""
    at = f" at <{_site(release)}>" if release else ""
    text = re.sub(r"(\*\*Read it on the web)( at <\S+>)?\.", lambda found: found[1] + at + ".", text)
    text = re.sub(r"(git clone --depth 1 )\S+", rf"\g<1>{release.address if release else 'ADDRESS'}", text)
    text = re.sub(rf"^{BADGES}\n\n| {BADGES} \|$", "", text, flags=re.M)
    text = re.sub(r"^(\| lesson \|.*) open in \|\n(.*) --- \|$", r"\1\n\2", text, flags=re.M)
    if release is None:
        return text
    above = badges(release, "notebooks/00_start_here.ipynb")
    text = re.sub(r"^(\| lesson \|.*)\n(.*)$", rf"{above}\n\n\1 open in |\n\2 --- |", text, flags=re.M)
    row = re.compile(r"^\| \[.*?\]\((notebooks/\S+?\.ipynb)\) \|.*$", flags=re.M)
    return row.sub(lambda found: f"{found[0]} {badges(release, found[1])} |", text)


def _chinese_readme(text: str, release: Release | None) -> str:
    """The addresses of the site and of the clone."""
    at = f"（<{_site(release)}zh/>）" if release else ""
    text = re.sub(r"(\*\*在网页上读)(（<\S+>）)?", lambda found: found[1] + at, text)
    return re.sub(r"(git clone --depth 1 )\S+", rf"\g<1>{release.address if release else 'ADDRESS'}", text)


def _notebook(text: str, name: str, set_up: str, release: Release | None) -> str:
    """The first code cell; badges and a link to all notebooks at the end of the Markdown cell before it."""
    notebook = json.loads(text)
    cells = notebook["cells"]
    first = next(i for i, cell in enumerate(cells) if cell["cell_type"] == "code")
    prose = re.sub(rf"\n\n{BADGES} {re.escape(ALL)}\S+$", "", "".join(cells[first - 1]["source"]))
    if release:
        prose += f"\n\n{badges(release, name)} {ALL}({release.address}/tree/{release.tag}#the-notebooks)"
    cells[first - 1]["source"] = prose.splitlines(keepends=True)
    cells[first]["source"] = set_up.splitlines(keepends=True)
    cells[first]["metadata"] = {"cellView": "form"} | FOLDED if release else FOLDED
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Publish the course in this folder, or undo it."""
    if arguments == ["--undo"]:
        publish(ROOT, None)
    elif len(arguments) == 2:
        release = release_of(*arguments)
        publish(ROOT, release)
        print(f"Learners get it with: git commit -a, git tag {release.tag}, git push, git push --tags")
    else:
        sys.exit("Say where: python -m tools.publish owner/name v1.0")


if __name__ == "__main__":
    main(sys.argv[1:])
