"""The interactive window-by-window view: `Stepper`, an anywidget made of Python, one ES module and a style sheet.

`settings` checks what comes in, `compute` makes the output, `words` and `code` say it, `picture` draws it where no widget
can run, `widget` ties them to the page. `stepper.js` computes the same by itself, so that it answers without the kernel.
"""

try:
    from .widget import Stepper
except ImportError as error:
    if (error.name or "").split(".")[0] not in ("anywidget", "ipywidgets", "traitlets"):
        raise
    raise ImportError("Stepper needs anywidget: run `pip install anywidget`, then restart the kernel") from error

__all__ = ["Stepper"]
