"""What the lessons look at: Fashion-MNIST, a photograph, and stored trainings."""

from .fashion_mnist import CLASSES, Batches, get_fashion_mnist_labels, load_data_fashion_mnist
from .photograph import load_photograph
from .runs import load_kinds_runs, load_lenet_runs, load_scenes_runs

__all__ = [
    "CLASSES", "Batches", "get_fashion_mnist_labels", "load_data_fashion_mnist", "load_kinds_runs", "load_lenet_runs",
    "load_photograph", "load_scenes_runs",
]  # fmt: skip
