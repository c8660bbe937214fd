"""The web edition: Sphinx with MyST-NB and Furo, from the notebooks as they are committed. `make site` builds it.

Nothing is executed and nothing is fetched, neither by the build nor by the pages. course.py holds what is our own.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

project = "Convolution, window by window"
html_title = project
extensions = ["myst_nb", "sphinx_copybutton", "course"]

# The pages. Sphinx would look into every folder of the repository.
include_patterns = [
    "site/*.md",
    "notebooks/[0-9]*.ipynb",
    "notebooks/solutions/[0-9]*.ipynb",
    "notebooks/questions.md",
    "docs/*.md",
]
exclude_patterns = [".*", "*/.*", "tests", "d2l_helpers", "data", "tools", "benchmarks", "build", "site/_build"]
root_doc = "site/index"

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
templates_path = ["templates"]
