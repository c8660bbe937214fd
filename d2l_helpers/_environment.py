"""Where Python runs."""


def in_notebook() -> bool:
    """Whether the code runs in a Jupyter kernel."""
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")
