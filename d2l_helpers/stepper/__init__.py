"""The interactive window-by-window view: `Stepper`, an anywidget made of Python, one ES module and a style sheet.

`stepper.js` computes everything by itself, so it works without the kernel; Python takes it from `story` and `plotting`.
"""

from .widget import Stepper

__all__ = ["Stepper"]
