"""The stepper in a real JupyterLab: both ways with Python, pointer, keyboard, themes. Without a kernel: test_page.py."""

import os
from pathlib import Path

import nbformat
import pytest
from jupyter_client import BlockingKernelClient

from tests.support.lab import TOKEN, chromium, jupyterlab, needs_chromium, wait_for
from tests.support.stepper_page import FRESH, VIEW, change, numbers, read

pytestmark = needs_chromium
OPS = ("corr", "conv", "max", "avg", "transposed", "nearest", "bilinear")


# A JupyterLab of our own, a page in it, and its kernel


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A notebook with a stepper."""
    folder = tmp_path_factory.mktemp("lab")
    used = ", ".join(f"{name}={FRESH[name]}" for name in ("padding", "position"))
    cell = f"from d2l_helpers import Stepper\ns = Stepper({FRESH['X']}, {FRESH['K']}, {used})\ns"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (folder / "notebooks").mkdir()
    nbformat.write(notebook, folder / "notebooks" / "stepper.ipynb")
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with jupyterlab(folder) as address:
        yield address


@pytest.fixture(scope="module")
def lab(server):
    """The notebook opened, its cell run: the page with a living stepper, and what went wrong in it."""
    with chromium() as browser:
        yield opened(browser, server)


def opened(browser, server):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto(f"{server}/doc/tree/stepper.ipynb?token={TOKEN}")
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    page.evaluate("""async () => {
        const session = jupyterapp.shell.currentWidget.sessionContext;
        await session.ready;
        await session.session.kernel.info;
        await jupyterapp.commands.execute('notebook:run-all-cells');
    }""")
    page.locator(".d2l-stepper .d2l-matrix-Y .d2l-cell").first.wait_for()
    page.add_script_tag(content=VIEW)
    return page


@pytest.fixture(scope="module")
def kernel(lab, folder):
    """A second client of the notebook's kernel: asks Python without touching the page."""
    connection = max((folder / "runtime").glob("kernel-*.json"), key=lambda path: path.stat().st_mtime)
    client = BlockingKernelClient(connection_file=str(connection))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def ask(expression: str, code: str = ""):
        reply = client.execute_interactive(
            code, user_expressions={"it": expression}, store_history=False, timeout=60, output_hook=lambda _: None
        )["content"]
        assert reply["status"] == "ok", reply
        found = reply["user_expressions"]["it"]
        assert found["status"] == "ok", found
        return eval(found["data"]["text/plain"], {"__builtins__": {}, "tensor": list})

    yield ask
    client.stop_channels()


@pytest.fixture
def page(lab, kernel):
    """The page, its stepper as it was at the start, and Python agreeing: no message of an earlier test is on its way."""
    lab.faults.clear()
    lab.mouse.move(2, 2)
    lab.evaluate(
        """(fresh) => {
        const v = view();
        v.play(false); v.setPinned(false); v.panel.hidden = true;
        v.x.active = v.k.active = [0, 0];
        v.change({...fresh, position: [4, 4]}); v.draw();
        document.activeElement.blur();
    }""",
        FRESH,
    )
    wait_for(lambda: kernel("s.position") == (4, 4))
    lab.evaluate("() => { view().moveTo([0, 2]); view().draw(); }")
    wait_for(lambda: kernel("s.position") == (0, 2))
    yield lab
    assert not lab.faults


# Both ways with Python


def test_python_moves_the_view(page, kernel):
    kernel("None", "s.padding = 0\ns.position = (2, 1)")
    page.wait_for_function("document.querySelector('.d2l-stepper .d2l-sum').textContent.startsWith('Y[2, 1]')")
    assert numbers(read(page)["Y"]).tolist() == [[10, 12, 12], [18, 16, 16], [13, 9, 3]]
    kernel("None", "s.op = 'transposed'\ns.stride = (2, 1)\ns.K = [[1, -1]]")
    page.wait_for_function("document.querySelector('.d2l-stepper .d2l-matrix-Y .d2l-title').textContent === 'Y 9×6'")
    assert numbers(read(page)["Y"]).tolist() == kernel("s.Y.tolist()")


def test_editing_a_cell_changes_python(page, kernel):
    cell = page.locator(".d2l-matrix-X .d2l-cell:not(.d2l-ring)").nth(7)
    cell.click()
    cell.click()
    page.keyboard.type("1/4")
    page.keyboard.press("Enter")
    page.wait_for_function("view().model.get('X')[1][2] === 0.25")
    wait_for(lambda: kernel("s.X[1, 2].item()") == 0.25)
    assert numbers(read(page)["Y"]).tolist() == kernel("s.Y.tolist()")
    page.locator(".d2l-matrix-K .d2l-cell").first.dblclick()
    page.keyboard.type("−2,5")
    page.locator(".d2l-help").click()
    wait_for(lambda: kernel("s.K[0, 0].item()") == -2.5)
    page.locator(".d2l-matrix-K .d2l-cell").first.dblclick()
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    assert read(page)["reason"] == "“two” is not a number: K[0, 0] stays −2.5."
    assert kernel("s.K[0, 0].item()") == -2.5


def test_controls_change_python(page, kernel):
    page.get_by_role("button", name="padding minus one").click()
    page.get_by_label("stride", exact=True).fill("2, 1")
    page.get_by_label("op", exact=True).select_option("conv")
    wait_for(lambda: kernel("(s.padding, s.stride, s.op)") == (0, (2, 1), "conv"))
    assert numbers(read(page)["Y"]).tolist() == kernel("s.Y.tolist()")
    page.get_by_label("stride", exact=True).fill("none")
    page.keyboard.press("Tab")
    assert read(page)["reason"].startswith("stride is an integer from 1 on, or a pair like 1, 2")
    assert page.get_by_label("stride", exact=True).input_value() == "2, 1"
    page.get_by_label("op", exact=True).select_option("bilinear")
    page.get_by_role("checkbox", name="align_corners").check()
    wait_for(lambda: kernel("s.align_corners") is True)
    page.get_by_label("op", exact=True).select_option("max")
    page.get_by_role("button", name="kernel plus one").click()
    wait_for(lambda: kernel("s.K.shape[0]") == 4)


def test_copied_code_gives_what_is_shown(page, kernel):
    page.get_by_role("button", name="copy as PyTorch").click()
    page.get_by_text("copied").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    names = {}
    exec(text.replace("print(Y)", ""), names)
    assert names["Y"].tolist() == numbers(read(page)["Y"]).tolist() == kernel("s.Y.tolist()")
    assert text == kernel("s.code")


# Pointer


def test_hover_looks_click_pins(page, kernel):
    cells = page.locator(".d2l-matrix-Y .d2l-cell")
    cells.nth(12).hover()
    assert read(page)["sum"].startswith("Y[2, 2] = ")
    page.mouse.move(2, 2)
    assert read(page)["sum"].startswith("Y[0, 2] = ")
    cells.nth(12).click()
    cells.nth(20).hover()
    assert read(page)["sum"].startswith("Y[2, 2] = "), "a pinned cell stays"
    assert page.get_by_role("button", name="pin").get_attribute("aria-pressed") == "true"
    wait_for(lambda: kernel("s.position") == (2, 2))
    held = page.locator(".d2l-matrix-X .d2l-held")
    assert held.all_text_contents() == ["1", "2", "3", "2", "1", "0", "2", "3", "1"]
    cells.nth(12).click()
    cells.nth(20).hover()
    assert read(page)["sum"].startswith("Y[4, 0] = ")


def test_dragging_walks_along(page, kernel):
    first, last = (page.locator(".d2l-matrix-Y .d2l-cell").nth(i).bounding_box() for i in (0, 4))
    page.mouse.move(first["x"] + 8, first["y"] + 8)
    page.mouse.down()
    page.mouse.move(last["x"] + 8, last["y"] + 8, steps=12)
    page.mouse.up()
    wait_for(lambda: kernel("s.position") == (0, 4))


# Keyboard alone


def focus_on(page, name: str) -> None:
    """Tab from the notebook until the element is reached."""
    for _ in range(40):
        if page.evaluate("(name) => document.activeElement.matches('.d2l-stepper ' + name)", name):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {name}")


def test_keyboard_alone(page, kernel):
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Escape")
    focus_on(page, ".d2l-matrix-X .d2l-grid")
    for key in ("ArrowRight", "ArrowDown", "x", "7", ".", "5", "Enter"):  # x would cut the cell
        page.keyboard.press(key)
    wait_for(lambda: kernel("s.X[1, 1].item()") == 7.5)
    focus_on(page, ".d2l-matrix-K .d2l-grid")
    for key in ("End", "F2", "Control+A", "-", "1", "Escape", "Delete", "4", "Tab"):
        page.keyboard.press(key)
    wait_for(lambda: kernel("s.K[0, 2].item()") == 4)
    focus_on(page, ".d2l-matrix-Y .d2l-grid")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "focus must be seen"
    for key in ("ArrowDown", "ArrowDown", "ArrowLeft", "d", "d", "Enter"):  # d d would delete the cell
        page.keyboard.press(key)
    wait_for(lambda: kernel("s.position") == (2, 1))
    assert page.evaluate("view().pinned")
    page.keyboard.press("Escape")
    assert not page.evaluate("view().pinned")
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    wait_for(lambda: kernel("s.position") == (0, 0))
    page.evaluate("view().speed = 8")
    page.keyboard.press("Space")
    page.wait_for_function("view().model.get('position')[1] >= 2")
    page.keyboard.press("Space")
    assert page.evaluate("view().timer") == 0
    for name, key in ((".d2l-icon[title=last]", "Enter"), (".d2l-icon[title='back']", "Space")):
        page.evaluate("document.querySelector('.d2l-stepper .d2l-matrix-Y .d2l-grid').focus()")
        focus_on(page, name)
        page.keyboard.press(key)
    wait_for(lambda: kernel("s.position") == (4, 3))
    focus_on(page, ".d2l-position")
    page.keyboard.press("ArrowRight")
    focus_on(page, ".d2l-op")
    page.keyboard.press("ArrowDown")
    focus_on(page, "[aria-label=padding]")
    page.keyboard.press("ArrowDown")
    wait_for(lambda: kernel("(s.op, s.padding)") == ("conv", 0))
    focus_on(page, ".d2l-copy")
    page.keyboard.press("Enter")
    page.get_by_text("copied").wait_for()
    assert page.locator(".jp-CodeCell").count() == 1, "no key reached JupyterLab"


def test_a_round_of_predict_mode_in_jupyterlab(page, kernel):
    kernel("None", "s.X, s.K, s.padding, s.position, s.predict = [[1, 2], [3, 4]], [[1]], 0, (0, 0), True")
    try:
        page.get_by_role("textbox", name="Y row 0, column 0", exact=True).click()
        for key in ("x", "d", "d", "Enter", "1", "Enter"):  # x would cut the cell, d d delete it
            page.keyboard.press(key)
        page.get_by_role("textbox", name="Y row 0, column 1", exact=True).wait_for()
        assert page.locator(".d2l-hint").text_content() == "Right: Y[0, 0] = 1·1 = 1\nNext: Y row 0, column 1."
        wait_for(lambda: kernel("s.position") == (0, 1))
        kernel("None", "s.K = [[2]]")
        page.locator(".d2l-hint").get_by_text("a new round starts").wait_for()
        assert read(page)["Y"] == [["?", "?"], ["?", "?"]]
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowDown")
        wait_for(lambda: kernel("s.position") == (1, 1))
        assert page.locator(".jp-CodeCell").count() == 1, "no key reached JupyterLab"
    finally:
        kernel("None", "s.predict = False")
    page.wait_for_function("document.querySelector('.d2l-stepper .d2l-matrix-Y').textContent.endsWith('2468')")


# Looks


@pytest.mark.parametrize("op", OPS)
def test_320_pixels_are_enough(page, op):
    big = [[(i * j) % 7 for j in range(16)] for i in range(16)]
    page.evaluate(
        """async ([op, X]) => {
        const v = view();
        v.root.parentElement.style.width = '320px';
        v.change({op, X, padding: 1, stride: 1}); v.draw();
        await new Promise((done) => setTimeout(done, 100));
    }""",
        [op, big],
    )
    try:
        root = page.locator(".d2l-stepper")
        assert root.evaluate("root => [root.clientWidth, root.scrollWidth]") == [320, 320]
        right = root.evaluate("""root => {
            const parts = [...root.querySelectorAll('.d2l-matrix, .d2l-controls *, .d2l-telling *')];
            const shown = parts.filter((part) => part.getClientRects().length);
            return Math.max(...shown.map((e) => e.getBoundingClientRect().right)) - root.getBoundingClientRect().left;
        }""")
        assert right <= 320.5
    finally:
        page.evaluate("view().root.parentElement.style.width = ''")


CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (...layers) => { // colors painted over one another
    canvas.clearRect(0, 0, 1, 1);
    for (const color of layers) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (c) => c.map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const root = document.querySelector('.d2l-stepper');
  const paper = getComputedStyle(root).getPropertyValue('--jp-layout-color0');
  const cells = ['X', 'K', 'Y'].map((name) => `.d2l-matrix-${name} .d2l-cell`);
  return ['.d2l-sum', '.d2l-size', '.d2l-title', '.d2l-name', '.d2l-help', '.d2l-count', ...cells].map((name) => {
    const ratios = [...root.querySelectorAll(name)].map((element) => {
      const style = getComputedStyle(element);
      const back = rgb(paper, style.backgroundColor);
      const front = rgb(paper, style.backgroundColor, style.color);
      const [a, b] = [light(back), light(front)].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    });
    return [name, Math.min(...ratios)];
  });
}"""


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_both_themes_are_readable(page, theme, tmp_path):
    page.evaluate("(theme) => jupyterapp.commands.execute('apputils:change-theme', {theme: `JupyterLab ${theme}`})", theme)
    page.wait_for_function("(theme) => document.body.dataset.jpThemeLight === String(theme === 'Light')", arg=theme)
    page.wait_for_timeout(300)
    shown = {
        "corr": {"padding": 1},
        "floor": {"padding": 0, "stride": 3},
        "max": {"op": "max", "padding": 1, "stride": 2, "position": [1, 1]},
        "transposed": {"op": "transposed", "X": [[0, -1], [2, 3]], "stride": 2, "padding": 1, "position": [1, 0]},
        "bilinear": {"op": "bilinear", "X": [[0, 1], [2, 3]], "scale_factor": 3, "position": [2, 3]},
    }
    try:
        for name, values in shown.items():
            change(page, **FRESH | values)
            page.wait_for_timeout(200)
            target = Path(os.environ.get("STEPPER_SHOTS", tmp_path)) / f"{theme.lower()}_{name}.png"
            page.locator(".d2l-stepper").screenshot(path=target)
            assert target.stat().st_size > 5_000
            for what, ratio in page.evaluate(CONTRAST):
                assert ratio >= 4.5, f"{theme}, {name}: {what} has a contrast of {ratio:.1f}"
    finally:
        page.evaluate("jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")


def test_nothing_was_fetched_from_elsewhere(page, server):
    names = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert all(name.startswith((server, "blob:", "data:")) for name in names), names
