"""The web edition in a real browser: every page, with nothing behind it but a server of files."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from d2l_helpers.story import OPERATIONS
from tests.support.lab import ROOT, served
from tests.support.site import Html, build
from tests.support.stepper_page import VIEW, assert_equals_python, fitting

LESSONS = [path.stem for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))]
STEPPERS = ["index", "00_start_here", "01_cross_correlation", "03_padding_and_stride", "08_pooling"]
STEPPERS += ["09_transposed_convolution", "10_upsampling", "zh/03_padding_and_stride"]
OWN_SCRIPTS = ("stepper.js", "model.js", "lesson.js", "playground.js", "image.js")


# What can be scrolled sideways; figures, tables, and printed outputs may be.
SIDEWAYS = """() => [...document.querySelectorAll('html, article *')]
  .filter((e) => e === document.documentElement || /auto|scroll/.test(getComputedStyle(e).overflowX))
  .filter((e) => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
  .filter((e) => !e.closest('.d2l-stepper, .table-wrapper, .cell_output, #playground'))
  .map((e) => `${e.localName}.${e.className} ${e.textContent.slice(0, 60)}`)"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the site, and the seconds that its build took."""
    folder = tmp_path_factory.mktemp("site") / "html"
    return folder, build(folder)


@pytest.fixture(scope="module")
def site(built):
    return built[0]


@pytest.fixture(scope="module")
def pages(site):
    """Each page's address in the site, and what is in it."""
    return {path.relative_to(site).as_posix(): Html(path) for path in sorted(site.rglob("*.html"))}


@pytest.fixture(scope="module")
def address(site):
    with served(site) as address:
        yield address


@pytest.fixture
def opened(browser, address):
    """Open a page of the site. No error may reach its console and no request may leave the site."""
    contexts, faults = [], []

    def open_page(name: str, wait_until: str = "networkidle", **context):
        contexts.append(browser.new_context(**{"viewport": {"width": 1200, "height": 900}} | context))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append((name, str(error))))
        page.on("console", lambda said: faults.append((name, said.text)) if said.type in ("error", "warning") else None)
        page.on("request", lambda sent: faults.append((name, sent.url)) if not is_own(sent.url) else None)
        page.on("requestfailed", lambda sent: faults.append((name, "failed", sent.url)))
        page.goto(f"{address}/{name}", wait_until=wait_until)
        return page

    def is_own(url: str) -> bool:
        return url.startswith((address, "data:", "blob:"))

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


# The files


def test_it_builds_in_a_minute(built):
    assert built[1] < 60


def test_every_lesson_and_every_page_beside_them_is_there(pages):
    beside = ["index", "glossary", "solutions", "questions", "playground", "teachers", "installation", "helpers", "search"]
    solutions = [f"solutions/{path.stem}" for path in (ROOT / "notebooks" / "solutions").glob("*.ipynb")]
    assert {f"{name}.html" for name in [*LESSONS, *beside, *solutions]} <= set(pages)
    chinese = [*LESSONS, *solutions, "index", "glossary", "solutions", "playground", "search"]
    assert {f"zh/{name}.html" for name in chinese} <= set(pages)


def test_links_and_anchors_lead_somewhere(site, pages):
    broken = []
    for name, page in pages.items():
        for target in page.links:
            parts = urlsplit(target)
            if parts.scheme:
                continue
            there = (site / name).parent / unquote(parts.path) if parts.path else site / name
            found = pages.get(there.resolve().relative_to(site.resolve()).as_posix())
            is_anchor = not parts.fragment or (found and unquote(parts.fragment) in found.ids)
            if not there.exists() or not is_anchor:
                broken.append((name, target))
    assert not broken


def test_everything_that_a_page_loads_is_the_sites_own(pages):
    away = [(name, target) for name, page in pages.items() for target in page.loads if re.match(r"(https?:)?//", target)]
    assert not away


def test_our_scripts_are_small(site):
    sizes = {name: (site / "_static" / name).stat().st_size for name in OWN_SCRIPTS}
    assert sum(sizes.values()) < 80_000, sizes


# Every page


def test_no_page_has_an_error_or_scrolls_sideways_on_a_phone(pages, opened):
    """Figures, tables, and printed outputs may scroll in a box of their own; the page and its code may not."""
    found = {}
    for name in pages:
        page = opened(name, wait_until="load", viewport={"width": 390, "height": 800})
        page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
        if wide := page.evaluate(SIDEWAYS):
            found[name] = wide
        page.context.close()
    assert not found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "03_padding_and_stride", "playground", "zh/01_cross_correlation"])
def test_axe_finds_nothing_serious(opened, name, scheme):
    page = opened(f"{name}.html", color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    found = Axe().run(page).response["violations"]
    serious = [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")]
    assert not serious


# A lesson


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_loads_little(browser, address, name):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    sizes = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    page.goto(f"{address}/{name}.html", wait_until="networkidle")
    assert sum(sizes.values()) < 1_500_000, sorted(sizes.items(), key=lambda item: -item[1])[:5]
    context.close()


@pytest.mark.parametrize("name", STEPPERS)
def test_a_stepper_lives_where_its_image_was(opened, name):
    page = opened(f"{name}.html")
    for stepper in page.locator(".d2l-stepper").all():
        before = stepper.inner_text()
        stepper.locator(".d2l-icon").nth(3).click()  # one step forward
        assert stepper.inner_text() != before
    assert page.locator(".cell_output:has(.d2l-stepper) img").count() == 0


@pytest.mark.parametrize("op", OPERATIONS)
def test_a_lessons_stepper_equals_torch(opened, op):
    page = opened("01_cross_correlation.html")
    page.add_script_tag(content=VIEW)
    assert_equals_python(page, fitting(op, 10))


def test_predict_mode_is_played_to_the_end_by_keyboard(opened):
    page = opened("01_cross_correlation.html")
    place = page.locator(".stepper-place", has=page.locator(".d2l-predict:visible"))
    place.locator(".d2l-matrix-Y .d2l-grid").focus()
    hint = place.locator(".d2l-hint")
    for value in ("19", "5", "11", "23", "29"):  # true convolution; 19 is cross-correlation's
        page.keyboard.type(value)
        page.keyboard.press("Enter")
        if value == "19":
            assert "without flipping K" in hint.text_content()
    assert hint.text_content() == "Done: 3 of 4 right on the first try, 1 after a hint."


def test_a_lesson_leads_to_the_playground_with_what_is_typed(opened):
    page = opened("03_padding_and_stride.html")
    page.locator(".d2l-matrix-X .d2l-grid").first.focus()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    Y = page.locator(".d2l-matrix-Y").first.text_content()
    page.locator(".stepper-place > a").first.click()
    page.wait_for_url("**/playground.html#x=7,*")
    page.locator(".d2l-matrix-Y .d2l-cell").first.wait_for()
    assert page.locator(".d2l-matrix-Y").first.text_content() == Y


def test_without_javascript_the_image_is_there(opened):
    page = opened("03_padding_and_stride.html", java_script_enabled=False)
    script = page.locator('script[type="application/vnd.d2l-stepper+json"]').first
    image = page.locator(".cell_output", has=script).locator("img").first
    image.scroll_into_view_if_needed()
    assert image.is_visible()


def test_what_is_typed_stays(opened):
    page = opened("01_cross_correlation.html")
    page.locator(".d2l-matrix-X .d2l-grid").first.focus()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.locator(".theme-toggle:visible").first.click()
    page.locator("details.deeper summary").first.click()
    assert page.locator(".d2l-matrix-X .d2l-cell").first.text_content() == "7"


def test_predictions_checks_and_deeper_sections_open(opened):
    page = opened("01_cross_correlation.html")
    for part in (".tag_predict details", ".tag_proof details", "details.deeper"):
        details = page.locator(part).first
        inside = details.locator(":scope > :not(summary)").first
        assert not inside.is_visible()
        details.locator(":scope > summary").click()
        inside.wait_for(state="visible")


def test_a_link_into_a_folded_section_opens_it(opened, pages):
    anchor = min(name for name in pages["09_transposed_convolution.html"].ids if name.lower().startswith("deeper"))
    page = opened(f"09_transposed_convolution.html#{anchor}")
    assert page.locator("details.deeper[open]").count() == 1


@pytest.mark.parametrize("name", ["index", "03_padding_and_stride", "solutions/03_padding_and_stride", "playground"])
def test_the_other_language_is_one_click_away(opened, name):
    page = opened(f"{name}.html")
    page.locator(".other-language").click()
    page.wait_for_url(f"**/zh/{name}.html")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.locator(".other-language").click()
    page.wait_for_url(lambda url: url.endswith(f"/{name}.html") and "/zh/" not in url)


def test_a_chinese_page_is_chinese(opened):
    page = opened("zh/01_cross_correlation.html")
    assert page.title().startswith("01 互相关")
    assert page.get_by_role("button", name="播放").count() and page.get_by_text("显示输出").count()


@pytest.mark.parametrize("words", ["转置卷积", "步幅", "output_padding"])
def test_search_finds_chinese(opened, words):
    page = opened(f"zh/search.html?q={words}")
    page.locator("#search-results li").first.wait_for()
    assert {"转置卷积": "09", "步幅": "03", "output_padding": "09"}[words] in page.locator("#search-results").text_content()


def test_search_finds_a_setting(opened):
    page = opened("search.html?q=output_padding")
    page.locator("#search-results li p").first.wait_for()  # the summary comes from the page that was found
    page.locator("#search-results").get_by_role("link", name="09 Transposed convolution", exact=True).click()
    page.wait_for_url("**/09_transposed_convolution.html*")
    assert page.title().startswith("09 Transposed convolution")
