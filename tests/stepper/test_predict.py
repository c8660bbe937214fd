"""Predict mode in a real browser: whole rounds by keyboard, hints that are true and tell no value, nothing given away."""

import random
import re

import pytest

from d2l_helpers import Stepper
from d2l_helpers._words import WORDS, number
from d2l_helpers.story import OPERATIONS
from tests.support.lab import chromium, needs_chromium, served
from tests.support.slips import named, shown_as, wrongs
from tests.support.stepper_page import FRESH, numbers, read, write_page

pytestmark = needs_chromium
WORDS = WORDS["predict"]
X3, K2 = [[1, -2, 3], [0, 5, -1], [2, 4, 7]], [[1, -3], [2, 0.5]]
# X has decimals, so that a value of Y is no index, no setting and no count
ODD = [[1.13, -2.47, 3.31, 0.77], [4.59, 5.83, -6.29, 2.71], [-1.97, 0.43, 8.19, -3.67], [2.23, 7.41, 1.61, 9.07]]
SHORT = {op: {"op": op, "X": X3, "K": K2, "padding": 0} for op in OPERATIONS}
SHORT["max"] |= {"padding": 1, "stride": 2}
SHORT["avg"] |= {"padding": [1, 0], "stride": [2, 1]}
SHORT["transposed"] |= {"X": [[1, -2], [3, 4]], "padding": [1, 0], "stride": 2}
SHORT["nearest"] |= {"X": [[1.5, -2]], "scale_factor": [3, 2]}
SHORT["bilinear"] |= {"X": [[1, -2], [4, 3]], "scale_factor": [1, 3]}


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """One page for all tests; no error may reach it."""
    folder = tmp_path_factory.mktemp("page")
    write_page(folder, FRESH | {"predict": True})
    with chromium() as browser, served(folder) as address:
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        page.set_default_timeout(10_000)
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(address)
        page.locator(".d2l-answer").wait_for()
        yield page


@pytest.fixture
def page(tab):
    """A round that begins: cross-correlation of X3 and K2."""
    tab.emulate_media(reduced_motion="reduce")
    tab.mouse.move(990, 790)
    begin(tab)
    yield tab
    assert not tab.faults


def begin(page, **values) -> Stepper:
    """A fresh round with these settings, and the same in Python."""
    given = FRESH | SHORT["corr"] | {"position": [0, 0]} | values
    page.evaluate(
        "(values) => { const v = view(); v.change({...values, predict: false}); v.draw();"
        " v.change({predict: true}); v.draw(); document.activeElement.blur(); }",
        given,
    )
    return stepper(given)


def stepper(given: dict) -> Stepper:
    s = Stepper(given["X"], given["K"], op="nearest", scale_factor=1)
    s.set_state({name: value for name, value in given.items() if name != "predict"} | {"predict": True})
    return s


def hint(page) -> str:
    return page.locator(".d2l-hint").text_content()


def answer(page, text: str) -> str:
    """Type this into the field that has the focus; what the page says to it."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    return page.evaluate("async () => { await 0; return view().predict.hint.textContent; }")


def focused(page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")


def tab_to(page, label: str) -> None:
    for _ in range(30):
        if focused(page) == label:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {label}")


# A round


@pytest.mark.parametrize("op", OPERATIONS)
def test_a_whole_round_by_keyboard_alone(page, op):
    s = begin(page, **SHORT[op])
    rows, columns = s.Y.shape
    tab_to(page, "Y row 0, column 0")
    ways = [lambda y: number(y), lambda y: str(y).replace(".", ","), lambda y: f"{y * 3}/3"]
    for index, y in enumerate(s.Y.flatten().tolist()):
        place = f"Y row {index // columns}, column {index % columns}"
        assert focused(page) == place
        if index == 1:
            assert answer(page, "77").startswith("Not 77. ")
            assert focused(page) == place
        if index == 2:
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")  # reveal
            assert hint(page).startswith("Revealed: Y[")
            continue
        said = answer(page, ways[index % 3](y))
        if index + 1 < rows * columns:
            assert said.startswith(f"Right: Y[{index // columns}, {index % columns}] ")
            assert said.count("\nNext: Y row ") == 1
    wanted = f"Done: {rows * columns - 2} of {rows * columns} right on the first try, 1 after a hint, 1 revealed."
    assert said == hint(page) == wanted and focused(page) == "start again"
    assert read(page)["Y"] == [[number(value) for value in row] for row in s.Y.tolist()]
    page.keyboard.press("Enter")
    assert focused(page) == "Y row 0, column 0" and read(page)["Y"] == [["?"] * columns] * rows
    size = rows * columns
    assert page.locator(".d2l-score").text_content() == f"0 of {size} right on the first try, {size} to go"


def test_what_is_right_tells_its_arithmetic(page):
    page.get_by_label("Y row 0, column 0").focus()
    assert answer(page, "9,5") == "Right: Y[0, 0] = 1·1 + (−2)·(−3) + 0·2 + 5·0.5 = 9.5\nNext: Y row 0, column 1."
    assert page.locator(".d2l-score").text_content() == "1 of 4 right on the first try, 3 to go"
    assert page.evaluate("state.position") == [0, 1]
    page.locator(".d2l-matrix-Y .d2l-cell").first.click()
    assert read(page)["sum"] == "Y[0, 0] = 1·1 + (−2)·(−3) + 0·2 + 5·0.5 = 9.5"
    assert not page.locator(".d2l-answer").is_visible()


@pytest.mark.parametrize(
    ("value", "right", "wrong"),
    [
        (1 / 3, ["1/3", "0.33", "0,33", ".3333", " 2 / 6 "], ["0.3", "0.34", "1"]),
        (-0.5, ["−0.5", "-1/2", "-,5"], ["0.5", "−0.49"]),
        (0.125, ["1/8", "0.13", "0.12"], ["0.1", "0.14"]),
        (1234.4, ["1234", "1234.4"], ["1233", "1236"]),
        (0, ["0", "-0", "0/5"], ["0.01", "1e-3"]),
    ],
)
def test_what_rounds_to_the_shown_value_is_right(page, value, right, wrong):
    for text in [*right, *wrong]:
        begin(page, X=[[value, 99]], K=[[1]])
        page.get_by_label("Y row 0, column 0").focus()
        assert answer(page, text).startswith("Right" if text in right else f"Not {text}"), text


def test_what_is_no_number_is_no_attempt(page):
    page.get_by_label("Y row 0, column 0").focus()
    for text in ("two", "1/0", "<b>1</b>"):
        assert answer(page, text).startswith(f"“{text}” is not a number.")
        assert focused(page) == "Y row 0, column 0"
    assert answer(page, "9.5").startswith("Right") and page.locator(".d2l-first").count() == 1


def test_any_cell_can_be_answered_first(page):
    page.locator(".d2l-matrix-Y .d2l-cell").nth(3).click()
    assert focused(page) == "Y row 1, column 1"
    answer(page, number(stepper(page.evaluate("state")).Y[1, 1]))
    assert focused(page) == "Y row 0, column 0", "after the last cell, the first that is open"
    page.locator(".d2l-matrix-Y .d2l-cell").nth(1).click()
    answer(page, number(stepper(page.evaluate("state")).Y[0, 1]))
    assert focused(page) == "Y row 1, column 0", "before that, the next one"
    page.locator(".d2l-matrix-Y .d2l-cell").first.click()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === view().y.body"), "Escape leads out of the field"
    for key in ("ArrowDown", "9"):
        page.keyboard.press(key)
    assert focused(page) == "Y row 1, column 0" and page.locator(".d2l-answer").input_value() == "9"
    page.keyboard.press("Escape")
    for key in ("ArrowUp", " ", "Enter"):
        page.keyboard.press(key)
    assert focused(page) == "Y row 0, column 0" and page.locator(".d2l-answer").input_value() == ""
    assert page.evaluate("view().timer") == 0


def test_revealing_the_rest(page):
    page.get_by_label("Y row 0, column 0").focus()
    answer(page, "9.5")
    page.get_by_role("button", name="reveal all").click()
    assert hint(page) == "Done: 1 of 4 right on the first try, 3 revealed."
    assert numbers(read(page)["Y"]).tolist() == stepper(page.evaluate("state")).Y.tolist()
    assert page.locator(".d2l-seen").count() == 3 and page.get_by_role("button", name="reveal all").is_disabled()


# A new round


def test_another_setting_starts_the_round_again(page):
    page.get_by_label("Y row 0, column 0").focus()
    answer(page, "9.5")
    page.get_by_label("padding", exact=True).fill("7, 99")  # fits nothing: the round waits
    assert read(page)["Y"][0][0] == "9.5" and not page.locator(".d2l-answer").is_visible()
    page.get_by_label("padding", exact=True).fill("0")
    assert read(page)["Y"] == [["9.5", "?"], ["?", "?"]]
    page.get_by_label("padding", exact=True).fill("1")
    assert {text for row in read(page)["Y"] for text in row} == {"?"}
    assert hint(page).startswith("X, K, or a setting has changed, so a new round starts. ")
    page.locator(".d2l-matrix-X .d2l-cell:not(.d2l-ring)").first.dblclick()
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    assert page.locator(".d2l-score").text_content() == "0 of 16 right on the first try, 16 to go"


def test_predict_can_be_switched_off_and_on(page):
    shown = stepper(page.evaluate("state")).Y.tolist()
    for values, visible in (({"predict": False}, False), ({"predict": True}, True)):
        page.evaluate("(values) => { view().change(values); view().draw(); }", values)
        for name in (".d2l-answer", ".d2l-check", ".d2l-score", ".d2l-hint"):
            assert page.locator(name).is_visible() == visible, name
        assert page.get_by_role("button", name="play").is_visible() != visible
        assert page.get_by_role("button", name="pin").is_visible() != visible
        assert read(page)["Y"] == [["?"] * 2] * 2 if visible else numbers(read(page)["Y"]).tolist() == shown


# Nothing gives a hidden value away

LEFT = """() => {
  const root = document.querySelector('.d2l-stepper').cloneNode(true);
  for (const part of root.querySelectorAll('.d2l-matrix-X, .d2l-matrix-K, .d2l-code, [hidden]')) part.remove();
  const parts = [root, ...root.querySelectorAll('*')];
  const isWord = ({name}) => !/^(style|d|id|aria-labelledby|max)$/.test(name);
  const words = parts.flatMap((part) => [...part.attributes].filter(isWord).map(({value}) => value));
  return [root.textContent, ...words].join('\\n').replace(/[XY]\\[[^\\]]*\\]/g, '');
}"""
TOKEN = re.compile(r"−?\d+(?:\.\d+)?(?:e−?\d+)?")


@pytest.mark.parametrize("op", OPERATIONS)
def test_no_hidden_value_is_anywhere_on_the_page(page, op):
    s = begin(page, op=op, X=ODD, K=[[1.3, -0.7], [2.9, 0.3]], stride=2 if op == "transposed" else 1, padding=0)
    page.evaluate("view().copy()")
    hidden = {number(y) for y in s.Y.flatten().tolist() if "." in number(y)}  # 1 and 2 are indices and settings too
    assert len(hidden) >= 5
    cells = page.locator(".d2l-matrix-Y .d2l-cell")
    seen = []
    for index in (0, 1, s.Y.numel() - 1, s.Y.numel() - 2):
        cells.nth(index).hover()
        seen.append(page.evaluate(LEFT))
        cells.nth(index).click()
        seen.append(page.evaluate(LEFT))
        for wrong in ("88.88", "99.99", "77.77"):
            answer(page, wrong)
            given = "(Start with|These are all|Add|Find the weights)[^\n]*"  # values of X and K, and the dot
            seen.append(re.sub(given, "", page.evaluate(LEFT)))
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowLeft")
        seen.append(page.evaluate(LEFT))
    assert not page.locator(".d2l-best").count()
    if op in ("nearest", "bilinear"):
        assert not page.locator(".d2l-matrix-X .d2l-held, [data-note]:not([data-note=''])").count()
        assert page.locator(".d2l-matrix-X .d2l-frame").is_visible() == (op == "bilinear")
        assert set(page.locator(".d2l-matrix-weights .d2l-cell:visible").all_text_contents()) <= {"?"}
    for text in seen:
        assert not hidden & set(TOKEN.findall(text)), hidden & set(TOKEN.findall(text))
    page.evaluate("view().moveTo([0, 0]); view().draw()")
    page.get_by_role("button", name="reveal", exact=True).click()
    assert number(s.Y[0, 0]) in TOKEN.findall(page.evaluate(LEFT)), "this test reads what is shown"


def test_cropped_cells_of_a_transposed_convolution_are_empty_until_the_end(page):
    begin(page, **SHORT["transposed"] | {"padding": 1, "stride": 1})
    ring = page.locator(".d2l-matrix-Y .d2l-ring")
    assert set(ring.all_text_contents()) == {""}
    page.get_by_role("button", name="reveal all").click()
    assert all(ring.all_text_contents())


# Hints

SLIPS = """(cases) => cases.map(([settings, at, typed, attempt]) => slips(solve(settings), at, typed, attempt))"""
ODD2 = {"X": ODD, "K": [[1.3, -0.7], [2.9, 0.3]]}
EXAMPLES = [
    ("corr", {}, (1, 1), "the value with K flipped", "Only true convolution flips the kernel."),
    ("corr", {"stride": 2}, (1, 1), "the value for stride 1", "The stride here is 2."),
    ("corr", {"dilation": 2}, (1, 1), "the value for dilation 1", "The dilation here is 2."),
    ("corr", {"padding": 1}, (1, 1), "the value for padding 0",
     "Here the padding is 1, and the first window starts in it."),
    ("corr", {"padding": 1}, (0, 0), "the value with the edge of X repeated as padding", "The padding here is zeros."),
    ("corr", {}, (1, 1), "Y[1, 2], one column to the right", "The cell asked for is Y[1, 1]."),
    ("corr", {}, (1, 1), "Y[1, 0], one column to the left", "The cell asked for is Y[1, 1]."),
    ("corr", {}, (1, 1), "Y[2, 1], one row below", "The cell asked for is Y[1, 1]."),
    ("corr", {}, (1, 1), "Y[0, 1], one row above", "The cell asked for is Y[1, 1]."),
    ("corr", {}, (1, 1), "the value without X[2, 1]", "Add this term too."),
    ("corr", {}, (1, 1), "the value with the wrong sign for X[1, 2]", "Check the signs."),
    ("corr", {}, (1, 1), "the sum of the values without their weights", "Multiply each value by its weight first."),
    ("conv", {}, (1, 1), "the value without flipping K", "True convolution flips the kernel first."),
    ("conv", {"stride": 2, "padding": 1}, (1, 1), "the value for stride 1", "The stride here is 2."),
    ("conv", {"padding": 1}, (0, 1), "the value with the edge of X repeated as padding", "The padding here is zeros."),
    ("conv", {}, (1, 1), "the value without X[2, 1]", "Add this term too."),
    ("max", {}, (1, 1), "the mean of the window", "Max pooling takes the largest value."),
    ("max", {}, (1, 1), "the sum of the window", "Max pooling takes the largest value."),
    ("max", {"X": [[-3, -4]], "K": [[1, 1], [1, 1]], "padding": 1}, (0, 1), "the maximum with zeros as padding",
     "Max pooling pads with −∞, so padding never wins."),
    ("max", {}, (0, 1), "the largest absolute value", "Negative values are less than positive ones."),
    ("max", {}, (2, 0), "the minimum", "Max pooling takes the largest value."),
    ("max", {"stride": 2}, (1, 1), "the value for stride 1", "The stride here is 2."),
    ("max", {"dilation": 2}, (0, 0), "the value for dilation 1", "The dilation here is 2."),
    ("avg", {}, (1, 1), "the value of max pooling", "Average pooling takes the mean."),
    ("avg", {}, (1, 1), "the sum of the window", "Divide it by the number of cells, 4."),
    ("avg", {"padding": 1}, (0, 1), "the mean without padding", "The zeros of the padding count too, so divide by 4."),
    ("avg", {}, (1, 1), "the value without X[2, 1]", "Add this term too."),
    ("avg", {}, (1, 1), "the value with the wrong sign for X[1, 2]", "Check the signs."),
    ("transposed", {}, (1, 1), "the value with K flipped", "Only true convolution flips the kernel."),
    ("transposed", {}, (1, 1), "the last of the 4 products", "Where stamps overlap, their products are added."),
    ("transposed", {}, (1, 1), "the value without X[0, 1]", "Add this term too."),
    ("transposed", {"padding": 1}, (1, 1), "the value for padding 0", "Here padding crops 1 from each side of Y."),
    ("transposed", {"stride": 2}, (2, 3), "the value for stride 1", "The stride here is 2."),
    ("transposed", {"dilation": 2}, (2, 3), "the value for dilation 1", "The dilation here is 2."),
    ("nearest", {"scale_factor": 3}, (2, 4), "the value with the indices rounded up", "They are rounded down."),
    ("nearest", {}, (2, 3), "the value of bilinear upsampling", "Nearest upsampling copies a single value."),
    ("nearest", {"scale_factor": 3}, (4, 4), "X[1, 0], one column to the left of the cell that is copied",
     "Divide by scale_factor and round down."),
    ("bilinear", {}, (2, 3), "the value for align_corners=True", "Here align_corners is False."),
    ("bilinear", {"align_corners": True}, (2, 3), "the value for align_corners=False", "Here align_corners is True."),
    ("bilinear", {}, (2, 3), "the value of nearest upsampling", "Bilinear upsampling mixes up to four values."),
    ("bilinear", {}, (2, 3), "the value with weights swapped", "The closer a cell is to the dot, the more it weighs."),
    ("bilinear", {}, (2, 3), "the plain mean of the cells in the frame",
     "The closer a cell is to the dot, the more it weighs."),
    ("bilinear", {}, (2, 3), "the value without X[1, 1]", "Add this term too."),
    ("bilinear", {}, (2, 3), "Y[2, 4], one column to the right", "The cell asked for is Y[2, 3]."),
]  # fmt: skip


def test_every_slip_is_recognized(page):
    cases, wanted = [], []
    for op, settings, at, what, why in EXAMPLES:
        given = FRESH | {"padding": 0} | ODD2 | settings | {"op": op, "position": list(at)}
        values = wrongs(stepper(given)._operation(), at)[what]
        for value in values if isinstance(values, list) else [values]:
            cases.append([given, at, value, 1])
            wanted.append((what, why))
    for case, (what, why), said in zip(cases, wanted, page.evaluate(SLIPS, cases), strict=True):
        known = wrongs(stepper(case[0])._operation(), case[1])
        assert what in named(said, known), (case, what, said)
        assert said.endswith(why) or ", or " in said, said
    kinds = {kind for kind, slip in WORDS["slips"].items() if "{" not in slip["what"]}
    assert {WORDS["slips"][kind]["what"] for kind in kinds} <= {what for what, _ in wanted}, "every kind has an example"
    alone = [said for said in page.evaluate(SLIPS, cases) if ", or " not in said]
    assert len(alone) >= 0.7 * len(cases), "most examples are of one slip alone"


def odd_settings(op: str, chance: random.Random) -> dict:
    """Anything that the controls can be set to, with decimals in X and K."""

    def matrix(side: int) -> list:
        rows, columns = chance.randint(1, side), chance.randint(1, side)
        return [[chance.choice(values) for _ in range(columns)] for _ in range(rows)]

    def size(low: int, high: int):
        return chance.choice([chance.randint(low, high), [chance.randint(low, high), chance.randint(low, high)]])

    values = chance.choice([[-2, -1, 0, 1, 2, 3], [-3.17, -1.43, 1.19, 2.71, 4.39, 5.83]])
    found = {"X": matrix(4), "K": matrix(3), "op": op, "padding": size(0, 1), "stride": size(1, 2), "dilation": size(1, 2)}
    found |= {"output_padding": size(0, 1), "scale_factor": size(1, 3), "align_corners": chance.random() < 0.5}
    return found | {"position": [0, 0], "is_odd": 5.83 in values}


@pytest.mark.parametrize("op", OPERATIONS)
def test_hints_are_true_and_tell_no_value(page, op):
    chance, cases, rights, known = random.Random(op), [], [], []
    while len(cases) < 400:
        settings = odd_settings(op, chance)
        s = stepper(settings)
        try:
            at = tuple(chance.randrange(n) for n in s.Y.shape)
        except ValueError:
            continue
        right, slipped = s._operation().output()[at].item(), wrongs(s._operation(), at)
        values = [value for found in slipped.values() for value in (found if isinstance(found, list) else [found])]
        tried = [value for value in values if value is not None] + [chance.randint(-9, 9), right + 1, -right]
        for typed in [value for value in tried if abs(value) < 1e30 and not shown_as(value, right)]:
            cases.append([settings, at, typed, chance.randint(1, 5)])
            rights.append(right)
            known.append(slipped)
    is_slip = 0
    for case, right, slipped, said in zip(cases, rights, known, page.evaluate(SLIPS, cases), strict=True):
        settings, _, typed, _ = case
        if said.startswith("That is "):
            is_slip += 1
            for what in named(said, slipped):
                values = slipped[what] if isinstance(slipped[what], list) else [slipped[what]]
                assert any(value is not None and shown_as(typed, value) for value in values), (case, said, slipped[what])
        if settings["is_odd"] and number(right) != "0":  # 0 and 1 are also settings
            told = TOKEN.findall(re.sub(r"[XYK]\[[^\]]*\]", "", said.split("Find the weights")[0]))
            given = {number(x) for row in settings["X"] for x in row if op not in ("max", "nearest")}
            assert number(right) not in told or number(right) in given, (case, right, said)
    assert is_slip > len(cases) / 3, "slips were among what was tried"
    same = [[settings, at, right, 1] for (settings, at, *_), right in zip(cases, rights, strict=True)]
    assert not any(said.startswith("That is ") for said in page.evaluate(SLIPS, same)), "a slip that changes nothing"


def test_what_several_terms_would_explain_is_not_named(page):
    given = FRESH | {"X": [[1, 1, 0], [1, -1, 0]], "K": [[1, 1], [1, 1]], "padding": 0}
    said = page.evaluate(SLIPS, [[given, [0, 0], typed, 1] for typed in (1, 3, 4)])
    assert said[0].startswith("Start with this product"), "each of three products would explain 1"
    assert said[1] == "That is the value without X[1, 1]·K[1, 1]. Add this term too."
    assert said[2] == "That is the value with the wrong sign for X[1, 1]·K[1, 1]. Check the signs."


def test_products_that_are_zero_are_no_help_and_all_of_them_are_said_to_be_all(page):
    given = FRESH | {"X": [[0, 2], [3, 4]], "K": [[5, 0], [6, 7]], "padding": 0}
    said = page.evaluate(SLIPS, [[given, [0, 0], 88, attempt] for attempt in (1, 2, 5)])
    assert said[0] == "Start with this product: X[1, 0]·K[1, 0] = 3·6"
    both = "X[1, 0]·K[1, 0] + X[1, 1]·K[1, 1] = 3·6 + 4·7"
    assert said[1:] == [f"These are all the products that aren’t zero: {both}. Add them again."] * 2
    mean = given | {"op": "avg"}
    assert page.evaluate(SLIPS, [[mean, [0, 0], 88, 4]]) == [
        "Add X[0, 0] + X[0, 1] + X[1, 0] + X[1, 1] = 0 + 2 + 3 + 4, then divide by 4."
    ]


def test_what_the_digits_on_the_page_give_is_right(page):
    begin(page, op="corr", X=[[0, 0, 0], [0, 16, 0], [0, 0, 0]], K=[[0.0625, 0.125], [0.125, 0.25]], padding=0)
    page.get_by_label("Y row 0, column 0").focus()
    assert answer(page, "4").startswith("Right")
    page.evaluate("view().moveTo([1, 1]); view().draw()")
    assert answer(page, "0.96").startswith("Right")  # 16·0.06, as K shows it; 1 with all digits
    begin(page, op="avg", X=[[9, 9], [9, 9]], K=[[1, 1, 1]] * 3, padding=1)
    page.get_by_label("Y row 0, column 0").focus()
    assert answer(page, "3.96").startswith("Right") and answer(page, "3").startswith("Not 3")


def test_nothing_typed_is_no_answer(page):
    before = hint(page)
    page.get_by_label("Y row 0, column 0").focus()
    page.keyboard.press("Enter")
    assert hint(page) == before


def test_the_mean_of_two_values_between_four_is_known(page):
    given = FRESH | {"op": "bilinear", "X": [[0, 12], [24, 36]]}
    said = page.evaluate(SLIPS, [[given, [1, 0], 12, 1]])[0]
    assert said.startswith("That is the plain mean of the cells in the frame"), said


def test_without_a_slip_each_attempt_tells_one_term_more(page):
    wanted = [
        "Not 88. Start with this product: X[0, 0]·K[0, 0] = 1·1",
        "Not 89. Start with these products: X[0, 0]·K[0, 0] + X[0, 1]·K[0, 1] = 1·1 + (−2)·(−3)",
    ]
    page.get_by_label("Y row 0, column 0").focus()
    assert [answer(page, text) for text in ("88", "89")] == wanted
    s = begin(page, **SHORT["conv"])
    page.get_by_label("Y row 0, column 0").focus()
    assert answer(page, "88") == "Not 88. Start with this product: X[0, 0]·K[1, 1] = 1·0.5"
    begin(page, **SHORT["max"])
    page.get_by_label("Y row 0, column 0").focus()
    said = [answer(page, text) for text in ("88", "89")]
    assert said == ["Not 88. Compare the values in the window one by one.", "Not 89. The largest value is in row 0 of X."]
    s = begin(page, **SHORT["avg"] | {"padding": 1})
    page.get_by_label("Y row 0, column 0").focus()
    said = [answer(page, text) for text in ("88", "89")]
    assert said[0] == "Not 88. Add the values, then divide by 4. The sum starts X[0, 0] = 1", s
    begin(page, **SHORT["nearest"])
    page.get_by_label("Y row 0, column 0").focus()
    said = [answer(page, text) for text in ("88", "89")]
    assert said[0] == "Not 88. Divide both indices by scale_factor and round down: X[⌊0/3⌋, ⌊0/2⌋]"
    assert said[1] == "Not 89. It is a copy of X[0, 0]."
    begin(page, **SHORT["bilinear"] | {"position": [0, 2]})
    page.get_by_label("Y row 0, column 2").focus()
    said = [answer(page, text) for text in ("88", "89")]
    assert said[0].startswith("Not 88. Find the weights first: along each axis, 1 minus the distance to the dot.")
    assert said[0].endswith(" The dot is at row (0 + ½)/1 − ½ = 0, column (2 + ½)/3 − ½ ≈ 0.33")
    assert said[1] == "Not 89. Start with this product: 1·0.67·X[0, 0] ≈ 1·0.67·1"
    begin(page, op="transposed", X=[[1]], K=[[1]], stride=2, padding=0, output_padding=1, position=[1, 1])
    page.get_by_label("Y row 1, column 1").focus()
    assert answer(page, "88") == "Not 88. No value of X takes part here."


# For everyone


def test_a_screen_reader_is_told_what_is_asked_and_how_it_went(page):
    field = page.get_by_role("textbox", name="Y row 0, column 0", exact=True)
    status = page.locator(".d2l-hint")
    assert status.get_attribute("role") == "status" and status.get_attribute("aria-atomic") == "true"
    assert status.text_content() == WORDS["intro"]
    field.focus()
    answer(page, "88")
    assert field.get_attribute("aria-invalid") == "true"
    answer(page, "9.5")
    field = page.get_by_role("textbox", name="Y row 0, column 1", exact=True)
    assert field.get_attribute("aria-invalid") == "false" and page.locator(".d2l-score").text_content().startswith("0 of 4")
    for name in ("check", "reveal", "reveal all", "start again"):
        assert page.get_by_role("button", name=name, exact=True).get_attribute("data-lm-suppress-shortcuts") == "true"
    assert field.get_attribute("data-lm-suppress-shortcuts") == "true"
    reached = page.evaluate(
        "() => { window.reached = 0; document.body.addEventListener('keydown', () => reached++); return reached; }"
    )
    page.keyboard.type("dd")
    assert page.evaluate("reached") == reached == 0, "no key gets past the stepper"


def test_words_are_readable_on_a_phone_in_both_schemes(page):
    page.set_viewport_size({"width": 320, "height": 700})
    page.get_by_label("Y row 0, column 0").focus()
    answer(page, "88")
    root = page.locator(".d2l-stepper")
    assert root.evaluate("root => root.scrollWidth <= root.clientWidth")
    assert page.locator(".d2l-answer").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 16
    page.set_viewport_size({"width": 1000, "height": 800})
