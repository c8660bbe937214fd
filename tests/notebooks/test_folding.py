"""A lesson in a real JupyterLab: what its tags fold is folded when it opens, and a click unfolds it."""

import nbformat
import pytest

from tests.support.lab import TOKEN, chromium, jupyterlab, needs_chromium, wait_for
from tools.anatomy import fold

pytestmark = needs_chromium


def lesson():
    """One cell of each kind, folded by the tool, small enough that JupyterLab has all of it on the page."""
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        markdown("What is the sum?"),
        code("print(19 + 6)", metadata={"tags": ["predict"]}),
        code("# Check: the sum is right\nassert 19 + 6 == 25", metadata={"tags": ["proof"]}),
        markdown("## Deeper: why\n\n*1 minute.* The reason.", metadata={"tags": ["deeper"]}),
        markdown("Hidden at first."),
        markdown("## Next"),
    ]
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="25\n")]
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    fold(notebook)
    return notebook


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    (folder / "notebooks").mkdir()
    nbformat.write(lesson(), folder / "notebooks" / "lesson.ipynb")
    with jupyterlab(folder) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 1400})
        page.set_default_timeout(30_000)
        page.goto(f"{address}/doc/tree/lesson.ipynb?token={TOKEN}")
        page.get_by_role("heading", name="Next").wait_for()
        yield page


def test_a_prediction_is_open_until_its_output_is_opened(page):
    output = page.locator(".jp-Cell-outputArea", has_text="25")
    placeholder = page.locator(".jp-OutputPlaceholder")
    assert placeholder.count() == 1 and not output.is_visible()
    placeholder.click()
    wait_for(output.is_visible, 10)


def test_a_proof_is_folded(page):
    placeholder = page.locator(".jp-InputPlaceholder")
    assert placeholder.count() == 1 and not page.get_by_text("assert 19").is_visible()
    placeholder.click()
    wait_for(page.locator(".jp-CodeCell .cm-content", has_text="assert").is_visible, 10)


def test_a_deeper_section_is_folded_to_its_heading_and_its_minutes(page):
    hidden = page.locator("p", has_text="Hidden at first.")
    assert (
        page.get_by_role("emphasis").get_by_text("1 minute.").is_visible()
        and page.get_by_role("heading", name="Next").is_visible()
    )
    assert not hidden.is_visible()
    page.locator(".jp-showHiddenCellsButton").click()  # "1 cell hidden"
    wait_for(hidden.is_visible, 10)
