"""The interactive window-by-window view: `Stepper`, an anywidget made of Python, one ES module and a style sheet.

`settings` checks what comes in, `compute` makes the output, `words` and `code` say it, `picture` draws it where no widget
can run, `widget` ties them to the page. `stepper.js` computes the same by itself, so that it answers without the kernel.
"""

from .._missing import needed_for

with needed_for("Stepper"):
    from .widget import Stepper

__all__ = ["Stepper"]
