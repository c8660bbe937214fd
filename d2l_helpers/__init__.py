"""Helpers of the course *Convolution, window by window*: the names in __init__.pyi, each loaded when first used."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
