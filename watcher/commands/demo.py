"""`watcher demo`."""


def demo() -> None:
    """To come."""
