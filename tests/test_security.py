"""What a learner writes stays text, nothing of it is run, and nothing is sent anywhere."""

import ast
import html.parser
import re
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import torch

import d2l_helpers.plotting as plotting
from d2l_helpers import check, hint
from d2l_helpers.exercises import Verdict
from d2l_helpers.stepper.widget import page_module
from tests.support import children

PACKAGE = children.ROOT / "d2l_helpers"
MODULES = sorted(PACKAGE.rglob("*.py"))
HOSTILE = [
    "<img src=x onerror=\"document.title='hit'\">",
    "<script>document.title='hit'</script>",
    "</div><svg onload=\"document.title='hit'\"></svg>",
    '" onmouseover="document.title=\'hit\'" x="',
    "<a href=\"javascript:document.title='hit'\">click</a>",
    "&lt;img src=x onerror=document.title='hit'&gt;",
]


# What a check answers


class Hostile:
    """An answer that shows itself in every way that Jupyter knows, and is called like a tag."""

    def __init__(self, text: str):
        self.text = text
        self.__name__ = text

    def __repr__(self):
        return self.text

    _repr_html_ = _repr_markdown_ = _repr_javascript_ = _repr_latex_ = __str__ = __repr__

    def __call__(self, *_, **__):
        raise ValueError(self.text)


class Unspeakable(Exception):
    """An error whose message raises."""

    def __str__(self):
        raise RuntimeError("no")


class Rude:
    """An answer that raises whatever is asked of it."""

    def __getattribute__(self, name):
        raise Unspeakable

    def __repr__(self):
        raise Unspeakable

    def __eq__(self, other):
        raise Unspeakable

    __hash__ = None


def raises_the_unspeakable(*_):
    raise Unspeakable


def named(text: str):
    def answer(*_):
        raise type(text, (Exception,), {})(text)

    answer.__name__ = answer.__qualname__ = text
    return answer


def returns(value):
    return lambda *_: value


def answers(text: str) -> list:
    return [text, Hostile(text), named(text), returns(text), returns(Hostile(text)), [text], {text: text}, (Hostile(text),)]


class Tags(html.parser.HTMLParser):
    def __init__(self, page: str):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, [name for name, _ in attributes]))


EXERCISES = ("1.1", "1.2", "3.2", "6.1", "8.1", "9.1", "11.1", "12.1")
OWN_TAGS = {("div", ("style",)), ("b", ()), ("br", ())}


@pytest.mark.parametrize("text", HOSTILE)
def test_replies_hold_no_tag_but_their_own(text):
    for exercise in EXERCISES:
        for answer in answers(text):
            verdict = check(exercise, answer)
            assert {(tag, tuple(names)) for tag, names in Tags(verdict._repr_html_()).found} <= OWN_TAGS
    for state in ("right", "wrong", "open"):
        assert {(tag, tuple(names)) for tag, names in Tags(Verdict(text, state, text)._repr_html_()).found} <= OWN_TAGS


@pytest.mark.parametrize("exercise", EXERCISES)
def test_answers_that_raise_whatever_is_asked_get_a_reply(exercise):
    for answer in (Rude(), returns(Rude()), [Rude()], Rude, raises_the_unspeakable):
        assert check(exercise, answer).state == "wrong"


def test_hints_and_exercises_are_text():
    assert type(hint("1.1")) is str
    with pytest.raises(ValueError, match="<img"):
        check(HOSTILE[0], 1)


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no chromium was found: install it (Debian: apt install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """An empty page in a real browser, without the sanitizer that Jupyter has besides."""
    page = browser.new_page()
    page.set_content("<title>calm</title>")
    yield page
    page.close()


def was_hit(page) -> bool:
    page.wait_for_timeout(300)
    return page.title() == "hit" or bool(page.locator("img, script, a, svg[onload]").count())


def test_replies_do_nothing_in_a_browser(page):
    replies = [check("1.2", answer)._repr_html_() for text in HOSTILE for answer in answers(text)]
    page.set_content(f"<title>calm</title>{''.join(replies)}")
    assert not was_hit(page)
    page.set_content(f"<title>calm</title>{''.join(HOSTILE)}")
    assert was_hit(page), "the page would not have noticed"


STATE = {"X": [[1, 2, 3], [4, 5, 6], [7, 8, 9]], "K": [[1, 0], [0, 1]], "op": "corr", "align_corners": False}
STATE |= {"padding": 1, "stride": 1, "dilation": 1, "output_padding": 0, "scale_factor": 2, "position": [0, 0]}
STATE |= {"predict": False}
SHOW = """async ([source, state]) => {
    const stepper = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
    const model = {get: (name) => state[name], set: (name, value) => { state[name] = value; },
                   on() {}, off() {}, save_changes() {}};
    stepper.default.render({model, el: document.body});
}"""


def show_stepper(page, **settings) -> None:
    """Show a stepper with these settings, some of which Python would never send, as a page without a kernel does."""
    page.evaluate(SHOW, [page_module(), STATE | settings])


@pytest.mark.parametrize("text", HOSTILE)
def test_the_stepper_shows_what_is_typed_as_text(page, text):
    show_stepper(page)
    fields = page.locator("input:visible:not([type=range]):not([type=checkbox])")
    assert fields.count() >= 3
    for field in fields.all():
        field.fill(text)
        field.press("Enter")
    for matrix in "XK":
        page.locator(f".d2l-matrix-{matrix} .d2l-cell:not(.d2l-ring)").first.dblclick()
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    assert "is not a number" in page.inner_text("body") and text[:5] in page.inner_text("body")
    assert not was_hit(page)


@pytest.mark.parametrize("name", STATE)
def test_the_stepper_puts_in_no_html_from_its_settings(page, name):
    """A page may break over such settings, and shows them as text at the most."""
    try:
        show_stepper(page, **{name: HOSTILE[0] if name not in "XK" else [[HOSTILE[0]] * 3] * 3})
    except Exception as error:
        assert "Error" in str(error) and "is not defined" not in str(error)
    assert not was_hit(page)


# What figures write

DOLLARS = ["a$b", r"$\frac$", r"\$5", "costs $5 and $6", r"$\undefined{x}$"]
X, POINTS = torch.arange(9.0).reshape(3, 3), torch.tensor([[0.0, 1.0], [1.0, 2.0]])
FIGURES = {
    "show_images": lambda t: plotting.show_images([X], 1, 1, titles=[t]),
    "show_maps": lambda t: plotting.show_maps([X], titles=[t]),
    "show_volumes": lambda t: plotting.show_volumes({t: torch.rand(2, 3, 3), "flat": torch.rand(5)}),
    "show_points": lambda t: plotting.show_points(X, {t: POINTS}),
    "show_grids": lambda t: plotting.show_grids({t: X}, caption=t),
    "show_positions": lambda t: plotting.show_positions(3, {t: torch.tensor([0.0, 1.0, 2.0])}),
    "show_receptive_field": lambda t: plotting.show_receptive_field({t: {"kernel": 3}}, 5),
    "show_reads": lambda t: plotting.show_reads({t: {"size": 4, "kernel": 3}}),
    "show_flow": lambda t: plotting.show_flow({t: (0, 0), "end": (1, 1)}, [(t, "end")]),
    "show_confusion": lambda t: plotting.show_confusion(torch.eye(2), [t, "other"]),
    "plot_lines": lambda t: plotting.plot_lines([1, 2], {t: [1, 2], "b": [2, 1]}, xlabel=t, ylabel=t, title=t),
    "plot_bars": lambda t: plotting.plot_bars({t: 1.0}, xlabel=t),
    "plot_dots": lambda t: plotting.plot_dots({t: [1.0, 2.0]}, xlabel=t),
    "plot_contours": lambda t: plotting.plot_contours(
        lambda x, y: x**2 + y**2 + 1, {t: POINTS}, goal=(0, 0), labels=(t, t)
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_write_dollars_as_they_are(name):
    for text in DOLLARS:
        FIGURES[name](text)
        figure = plt.gcf()
        figure.canvas.draw()
        drawn = [artist._preprocess_math(artist.get_text()) for artist in figure.findobj(plt.Text)]
        assert any(written.startswith(text) and not formula for written, formula in drawn), (text, drawn)
        plt.close(figure)


# What the package contains


def test_there_are_modules():
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_run_or_unpickled(path):
    assert forbidden(path.read_text(encoding="utf-8")) == ALLOWED.get(path.name, [])


def forbidden(source: str) -> list[str]:
    """Calls and imports that run text, load pickles, start programs, or open connections."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [name.name for name in node.names] + [getattr(node, "module", None) or ""]
            found += [name for name in names if name.split(".")[0] in FORBIDDEN_MODULES]
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            unsafe_load = called == "torch.load" and "weights_only=True" not in map(ast.unparse, node.keywords)
            if called in FORBIDDEN_CALLS or unsafe_load:
                found.append(called)
    return found


FORBIDDEN_MODULES = {"pickle", "dill", "joblib", "marshal", "shelve", "subprocess", "socket", "requests", "ftplib"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "input"}
ALLOWED = {"_files.py": ["socket"]}  # the time limit of a download
DANGEROUS = """eval('1')|exec(x)|compile('1', '', 'eval')|import pickle|from pickle import loads|import subprocess as s
|import socket|os.system('x')|torch.load(f)|torch.load(f, weights_only=False)"""


@pytest.mark.parametrize("source", DANGEROUS.replace("\n", "").split("|"))
def test_the_search_finds_what_it_looks_for(source):
    assert forbidden(source) and not forbidden("torch.load(f, weights_only=True)")


def test_connections_are_opened_in_one_place():
    ways = r"urllib|http\.client|urlopen|download_url|download=True|socket"
    users = [path.name for path in MODULES if re.search(ways, path.read_text(encoding="utf-8"))]
    assert users == ["_files.py"]


def test_the_page_of_the_stepper_sends_nothing_and_runs_nothing():
    scripts = sorted((PACKAGE / "stepper").glob("*.js"))
    source = "\n".join(path.read_text(encoding="utf-8") for path in scripts).replace("http://www.w3.org/2000/svg", "")
    assert len(scripts) == 2
    style = (PACKAGE / "stepper" / "stepper.css").read_text(encoding="utf-8")
    sends = r"https?:|fetch\(|XMLHttp|WebSocket|EventSource|sendBeacon|importScripts|import\(|^import "
    writes = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|setAttribute\(.on"
    runs = r"\beval\b|\bFunction\(|localStorage|sessionStorage|document\.cookie"
    assert not re.search(f"{sends}|{writes}|{runs}", source, flags=re.M)
    assert not re.search(r"https?:|@import|url\(", style)


# What leaves the machine

SESSION = """
import sys
reached = []
def watch(event, details):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname", "urllib.Request"):
        address = details[1] if event in ("socket.connect", "socket.sendto") else details[0]
        reached.append((event, str(address)))
        raise ConnectionError(f"{event} {address}")
sys.addaudithook(watch)

import torch
from d2l_helpers import Stepper, check, hint, lenet, load_data_fashion_mnist, train6
from d2l_helpers.data import load_photograph
from d2l_helpers.plotting import show_images

train_iter, test_iter = load_data_fashion_mnist(256, seed=0)
stepper = Stepper(torch.ones(4, 4), torch.ones(2, 2))
stepper.padding = 1
stepper._repr_mimebundle_()
show_images([load_photograph(50)], 1, 1)
check("1.2", lambda X, K: X), hint("1.2")
history = train6(lenet(), [next(iter(train_iter))], [next(iter(test_iter))], 1, 0.1, "cpu")
history.plot()
assert len(history) == 1 and not reached, reached

import socket
try:
    socket.create_connection(("127.0.0.1", 9))
except ConnectionError:
    print("watched", len(reached))
"""


def test_a_session_opens_no_connection():
    """Import, data, stepper, figures, checks and training; then one connection, which the guard must see."""
    assert children.run(SESSION, env={"MPLBACKEND": "agg"}).splitlines()[-1] == "watched 1"


def test_the_course_asks_nobody_for_leave_to_count():
    """No word of telemetry in what the course itself is made of."""
    for path in [*MODULES, *Path(children.ROOT, "notebooks").glob("*.ipynb")]:
        assert not re.search(r"telemetry|analytics|sentry_sdk|tracking\.", path.read_text(encoding="utf-8")), path
