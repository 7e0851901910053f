"""`watcher init`."""


def init() -> None:
    """To come."""
