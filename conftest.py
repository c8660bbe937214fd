"""What `make test` leaves out: Chinese notebooks that train for minutes. Their programs are the English ones, which run."""

from pathlib import Path

TRAINING = {"04", "10", "11", "13"}  # to run one: python -m pytest notebooks/zh/11_lenet.ipynb


def pytest_ignore_collect(collection_path: Path, config) -> bool | None:
    """Only when it's named."""
    is_training = collection_path.match("notebooks/zh/[0-9]*.ipynb") and collection_path.name[:2] in TRAINING
    is_named = str(collection_path) in {str(Path(argument).resolve()) for argument in config.args}
    return True if is_training and not is_named else None
