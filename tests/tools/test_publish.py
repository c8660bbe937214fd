"""`tools.publish` writes the course's address everywhere, and `--undo` takes it out to the byte."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.site import Html
from tools import publish
from tools.as_on_colab import NO_COURSE

ROOT = Path(__file__).resolve().parent.parent.parent
FIRST, SECOND = ("owner/name", "v1.0"), ("some-where/Else.where", "v1.0.1-rc_2")


CHINESE = 'd2l_helpers.use_language("zh")'


def copied(to: Path) -> Path:
    """A copy of the course as it is, without the data."""
    ignored = lambda folder, names: [*NO_COURSE(folder, names), *(n for n in names if "-ubyte" in n)]  # noqa: E731
    return Path(shutil.copytree(ROOT, to, ignore=ignored))


@pytest.fixture
def committed(tmp_path) -> Path:
    """A copy of the course as it is."""
    return copied(tmp_path / "course")


@pytest.fixture
def course(committed) -> Path:
    """A copy of the course, unpublished."""
    run(committed, "--undo")
    return committed


@pytest.fixture(scope="module")
def unpublished(tmp_path_factory) -> Path:
    """The same for tests that change nothing."""
    course = copied(tmp_path_factory.mktemp("unpublished") / "course")
    run(course, "--undo")
    return course


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """The course as the first release, for tests that change nothing."""
    course = copied(tmp_path_factory.mktemp("published") / "course")
    assert run(course, *FIRST).returncode == 0
    return course


def run(course: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-B", "-m", "tools.publish", *arguments]
    return subprocess.run(command, cwd=course, capture_output=True, text=True, encoding="utf-8")


def contents(course: Path) -> dict[str, bytes]:
    return {path.relative_to(course).as_posix(): path.read_bytes() for path in course.rglob("*") if path.is_file()}


def notebooks(course: Path) -> dict[str, list]:
    """The cells of every notebook, by its path in the course."""
    paths = course.glob("notebooks/**/[0-9]*.ipynb")
    return {p.relative_to(course).as_posix(): json.loads(p.read_text(encoding="utf-8"))["cells"] for p in paths}


def bootstrap(cells: list) -> dict:
    return next(cell for cell in cells if cell["cell_type"] == "code")


def badges(repo: str, tag: str, notebook: str) -> list[str]:
    return [
        f"(https://colab.research.google.com/github/{repo}/blob/{tag}/{notebook})",
        f"(https://mybinder.org/v2/gh/{repo}/{tag}?urlpath=lab/tree/{notebook})",
    ]


def test_the_course_is_as_the_command_leaves_it(committed):
    before = contents(committed)
    project = tomllib.loads((committed / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project.get("urls", {}).get("Repository")
    cell = "".join(bootstrap(notebooks(committed)["notebooks/00_start_here.ipynb"])["source"])
    tag = address and re.search(r"/archive/refs/tags/(.+)\.tar\.gz$", cell)[1]
    done = run(committed, address.removeprefix("https://github.com/"), tag) if address else run(committed, "--undo")
    assert done.returncode == 0 and contents(committed) == before


def test_unpublished_the_bootstrap_imports_the_package_and_names_the_readme(unpublished):
    for name, cells in notebooks(unpublished).items():
        note, statement, *language = bootstrap(cells)["source"]
        assert statement.split("  #")[0].strip() == "import d2l_helpers"
        if "/zh/" in name:
            assert note == "# 找不到模块？安装方法见 README.zh-CN.md。\n", name
            assert language == ["\n", CHINESE]
        else:
            assert note == "# Not found? README.md says how to install the course.\n" and not language, name


def test_published_every_bootstrap_installs_the_release_and_is_folded(published):
    project = tomllib.loads((published / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["urls"] == {"Repository": "https://github.com/owner/name"}
    assert len(notebooks(published)) > 12
    book = (published / "requirements-d2l.txt").read_text(encoding="utf-8").split()[-1]
    pip = f"%pip install -q --no-deps {book} anywidget psygnal lazy_loader "
    for name, cells in notebooks(published).items():
        cell = bootstrap(cells)
        *lines, last = cell["source"][:4]
        assert lines[0].startswith("# @title ") and (cell["source"][4:] or [CHINESE])[-1] == CHINESE, name
        assert ("/zh/" in name) == (len(cell["source"]) > 4), name
        assert last.strip() == pip + "https://github.com/owner/name/archive/refs/tags/v1.0.tar.gz"
        assert cell["metadata"] == {"cellView": "form", "jupyter": {"source_hidden": True}}


def test_every_notebook_has_its_badges_before_the_bootstrap_cell(published):
    for name, cells in notebooks(published).items():
        first = next(i for i, cell in enumerate(cells) if cell["cell_type"] == "code")
        last_line = cells[first - 1]["source"][-1]
        assert re.findall(r"\]\((\S+?)\)\]", last_line) == [
            "https://colab.research.google.com/assets/colab-badge.svg",
            "https://mybinder.org/badge_logo.svg",
        ]
        assert re.findall(r"\)\](\(\S+\))", last_line) == badges(*FIRST, name)


def test_every_notebook_leads_to_the_others(published):
    assert "\n## The notebooks\n" in (published / "README.md").read_text(encoding="utf-8")
    for name, cells in notebooks(published).items():
        first = next(i for i, cell in enumerate(cells) if cell["cell_type"] == "code")
        link = " [All notebooks](https://github.com/owner/name/tree/v1.0#the-notebooks)"
        assert cells[first - 1]["source"][-1].endswith(link), name


def test_the_readme_has_a_column_of_badges(published):
    text = (published / "README.md").read_text(encoding="utf-8")
    header, rule, *rows = re.search(r"^\| lesson \|.*?(?=\n\n)", text, flags=re.M | re.S)[0].split("\n")
    assert header.endswith("| open in |") and len({row.count("|") for row in (header, rule, *rows)}) == 1
    listed = [name for name in notebooks(published) if re.fullmatch(r"notebooks/(0[1-9]|1\d)\w+\.ipynb", name)]
    assert len(rows) == len(listed) >= 12
    for name in listed:
        (row,) = [row for row in rows if f"({name})" in row]
        assert all(badge in row for badge in badges(*FIRST, name))
    assert all(badge in text for badge in badges(*FIRST, "notebooks/00_start_here.ipynb"))


def test_the_readme_and_the_citation_name_the_address(published):
    readme, citation = ((published / name).read_text(encoding="utf-8") for name in ("README.md", "CITATION.cff"))
    assert "git clone --depth 1 https://github.com/owner/name convolution" in readme
    assert "**Read it on the web at <https://owner.github.io/name/>.**" in readme
    chinese = (published / "README.zh-CN.md").read_text(encoding="utf-8")
    assert "**在网页上读（<https://owner.github.io/name/zh/>）。**" in chinese
    assert "git clone --depth 1 https://github.com/owner/name convolution" in chinese
    assert citation.endswith("\nrepository-code: https://github.com/owner/name\n")


def test_publishing_twice_changes_no_byte(course):
    run(course, *FIRST)
    once = contents(course)
    assert run(course, *FIRST).returncode == 0
    assert contents(course) == once


def test_another_release_replaces_the_first_cleanly(course):
    run(course, *SECOND)
    directly = contents(course)
    run(course, *FIRST)
    assert contents(course) != directly
    run(course, *SECOND)
    assert contents(course) == directly


@pytest.mark.parametrize("language, part", [("en", ""), ("zh", "zh/")])
def test_the_published_site_still_loads_nothing_from_elsewhere(published, tmp_path, language, part):
    """The badges' images would come from other hosts: they're in the README's table, and in a notebook."""
    chosen = f"site/{part}index.md,notebooks/{part}01*.ipynb"  # their links to the other pages are warnings here
    options = ["--quiet", "--tag", language, "--conf-dir", "site", "--define", f"include_patterns={chosen}"]
    command = [
        sys.executable,
        "-m",
        "sphinx",
        *options,
        "--doctree-dir",
        str(tmp_path / "trees"),
        ".",
        str(tmp_path / "html"),
    ]
    done = subprocess.run(command, cwd=published, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    pages = {path.name: Html(path) for path in (tmp_path / "html").glob("*.html")}
    assert {"index.html", "01_cross_correlation.html"} <= set(pages)
    assert not [(name, place) for name, page in pages.items() for place in page.loads if "//" in place]
    colab = badges(*FIRST, f"notebooks/{part}01_cross_correlation.ipynb")[0][1:-1]
    assert colab in pages["01_cross_correlation.html"].links


def test_unpublishing_gives_back_every_byte(course):
    before = contents(course)
    run(course, *FIRST)
    changed = {name for name, content in contents(course).items() if before[name] != content}
    assert changed == {"CITATION.cff", "README.md", "README.zh-CN.md", "pyproject.toml", *notebooks(course)}
    assert run(course, "--undo").returncode == 0
    assert contents(course) == before


def test_the_published_course_keeps_the_rules_of_notebooks(course):
    assert run(course, "o" * 30 + "/" + "n" * 36, "v" * 40).returncode == 0
    rules = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/notebooks/test_notebooks.py"]
    done = subprocess.run(rules, cwd=course, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ([], "Say where: python -m tools.publish owner/name v1.0"),
        (["", ""], "The repository must be owner/name as on GitHub, got ''"),
        (["https://github.com/owner/name", "v1"], "The repository must be owner/name as on GitHub, got 'https:"),
        (["owner", "v1"], "The repository must be owner/name as on GitHub, got 'owner'"),
        (["owner/na me", "v1"], "The repository must be owner/name as on GitHub, got 'owner/na me'"),
        (["owner/name", ""], "The tag must be the name of a release such as v1.0, got ''"),
        (["owner/name", "v1; rm"], "The tag must be the name of a release such as v1.0, got 'v1; rm'"),
        (["owner/name", "-v"], "The tag must be the name of a release such as v1.0, got '-v'"),
    ],
)
def test_wrong_names_are_told_in_one_sentence_and_change_nothing(unpublished, monkeypatch, arguments, sentence):
    monkeypatch.setattr(publish, "ROOT", unpublished)
    before = contents(unpublished)
    with pytest.raises(SystemExit) as told:
        publish.main(arguments)
    assert str(told.value).startswith(sentence) and "\n" not in str(told.value)
    assert contents(unpublished) == before
