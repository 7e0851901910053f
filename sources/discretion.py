"""Keeping secrets out of what is told about a failure."""

from collections.abc import Iterator
from contextlib import contextmanager

from sources.errors import RateLimited, SourceError

HIDDEN = "…"


@contextmanager
def discreet(*secrets: str) -> Iterator[None]:
    """Let a SourceError through with every secret in its message hidden, and nothing of what caused it."""
    try:
        yield
    except SourceError as error:
        raise _hidden(error, secrets) from None


def _hidden(error: SourceError, secrets: tuple[str, ...]) -> SourceError:
    message = str(error)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        message = message.replace(secret, HIDDEN)
    if isinstance(error, RateLimited):
        return RateLimited(message, error.retry_after)
    return type(error)(message)
