"""Training and evaluating a classifier, and the small tools around it."""

from .loop import History, train6, train_ch6, xavier_init
from .metrics import Accumulator, Timer, accuracy, evaluate_accuracy_gpu, milliseconds

__all__ = [
    "Accumulator", "History", "Timer", "accuracy", "evaluate_accuracy_gpu", "milliseconds", "train6", "train_ch6",
    "xavier_init",
]  # fmt: skip
