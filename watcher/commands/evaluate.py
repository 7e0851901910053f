"""`watcher evaluate`."""


def evaluate() -> None:
    """To come."""
