"""Reading a stream of messages over a WebSocket for a bounded time. The one door to websockets (extra `stream`)."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sources.answers import trouble
from sources.client import Client
from sources.errors import Malformed, Refused, SourceError, Unreachable

if TYPE_CHECKING:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import ClientConnection

LARGEST_MESSAGE = 1024 * 1024  #: bytes, after decompression
OPEN_WITHIN = 10.0  #: seconds
SILENCE = 5.0  #: seconds without a message after which a poll ends


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a stream is read in one poll."""

    seconds: float
    messages: int


def read_stream(client: Client, url: str, bounds: Bounds, is_last: Callable[[str], bool]) -> list[str]:
    """Return messages as they come until one `is_last`, the bounds, silence, or the server's end.

    Raises SourceError where the stream cannot be opened, or breaks off before its first message.
    """
    try:
        from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
        from websockets.sync.client import connect
    except ImportError as error:
        raise Refused("streams need a further library: pip install 'nursery-watcher[stream]'") from error
    place = urlsplit(url).hostname or url
    try:
        wire, trust = client.dial(url.replace("ws", "http", 1), OPEN_WITHIN)
        opened = connect(
            url,
            sock=wire,
            ssl=trust,
            open_timeout=OPEN_WITHIN,
            close_timeout=1.0,
            ping_interval=None,
            max_size=LARGEST_MESSAGE,
            user_agent_header=client.user_agent,
            proxy=None,
        )
        with opened as stream:
            return _messages(stream, bounds, is_last)
    except InvalidStatus as error:
        raise _refusal(error, place) from error
    except InvalidHandshake as error:
        if isinstance(error.__cause__, EOFError | OSError):
            raise Unreachable(f"{place} closed the connection without an answer") from error
        raise Malformed(f"{place} does not speak as a stream does") from error
    except (ConnectionClosed, OSError, EOFError) as error:
        raise Unreachable(f"the stream of {place} broke off: {type(error).__name__}") from error


def _messages(stream: "ClientConnection", bounds: Bounds, is_last: Callable[[str], bool]) -> list[str]:
    from websockets.exceptions import ConnectionClosed, ConnectionClosedOK

    messages: list[str] = []
    ends = time.monotonic() + bounds.seconds
    with suppress(TimeoutError):  # silence
        while len(messages) < bounds.messages and time.monotonic() < ends:
            try:
                message = stream.recv(timeout=SILENCE)
            except ConnectionClosedOK:
                break
            except ConnectionClosed:
                if messages:
                    break  # what came is whole; the next poll goes on from there
                raise
            if not isinstance(message, str):
                raise Malformed("the stream sent something that is no text")
            messages.append(message)
            if is_last(message):
                break
    return messages


def _refusal(error: "InvalidStatus", place: str) -> SourceError:
    """Return what a server means that answers like a website instead of opening the stream."""
    headers = {name.lower(): content for name, content in error.response.headers.raw_items()}
    found = trouble(error.response.status_code, headers, place, datetime.now(UTC))
    return found or Malformed(f"{place} sent a web page where a stream was expected")
