"""Helpers of the course *Convolution, window by window*; each public name loads its module when first used.

The names stand once, in `__init__.pyi`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
