"""What the lessons look at: Fashion-MNIST, a photograph, and stored trainings of LeNet."""

from .fashion_mnist import CLASSES, Batches, get_fashion_mnist_labels, load_data_fashion_mnist
from .lenet_runs import load_lenet_runs
from .photograph import load_photograph

__all__ = [
    "CLASSES", "Batches", "get_fashion_mnist_labels", "load_data_fashion_mnist", "load_lenet_runs", "load_photograph",
]  # fmt: skip
