"""`watcher check`."""


def check() -> None:
    """To come."""
