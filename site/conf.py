"""The web edition: Sphinx with MyST-NB and Furo, from the notebooks as they are committed. `make site` builds it.

Once in English, and with `--tag zh` in Chinese. Nothing is executed and nothing is fetched, neither by the build nor by the
pages. course.py holds what is our own.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

IS_CHINESE = tags.has("zh")  # noqa: F821, Sphinx defines `tags`
PART = "zh/" if IS_CHINESE else ""

project = "逐窗理解卷积" if IS_CHINESE else "Convolution, window by window"
language = "zh_CN" if IS_CHINESE else "en"
html_title = project
extensions = ["myst_nb", "sphinx_copybutton", "course"]

# The pages. Sphinx would look into every folder of the repository.
include_patterns = [
    f"site/{PART}*.md",
    f"notebooks/{PART}[0-9]*.ipynb",
    f"notebooks/{PART}solutions/[0-9]*.ipynb",
    f"notebooks/{PART}questions.md",
    f"docs/{PART}*.md",
]
exclude_patterns = [".*", "*/.*", "tests", "d2l_helpers", "data", "tools", "benchmarks", "build", "site/_build"]
root_doc = f"site/{PART}index"

nb_execution_mode = "off"
nb_merge_streams = True
nb_number_source_lines = False
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
myst_heading_slug_func = "lessons.anchor"

html_theme = "furo"
html_scaled_image_link = False
html_math_renderer = "mathml"
html_static_path = ["assets"]
html_css_files = ["stepper.css", "course.css"]
html_copy_source = False
html_use_index = False
html_favicon = "assets/favicon.svg"
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"navigation_with_keys": False}
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "language.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
templates_path = ["templates"]
