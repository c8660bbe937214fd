"""The interactive window-by-window view: `Stepper`, an anywidget made of Python, one ES module and a style sheet.

`widget` checks what comes in and ties it to the page, `code` writes it in PyTorch; sizes, values and words come from
`story`, the still image from `plotting`. `stepper.js` computes the same by itself, so it works without the kernel.
"""

from .widget import Stepper

__all__ = ["Stepper"]
