"""Reading a stream of messages for a bounded time."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sources.client import Client
from sources.errors import Refused, Unreachable
from sources.wire import Wire

if TYPE_CHECKING:
    from sources.websocket import WebSocket

CONNECT_WITHIN = 10.0  #: seconds


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a stream is read in one poll."""

    seconds: float  #: from the moment the server is reached until we leave
    messages: int
    size: int  #: bytes on the wire, and characters of all messages
    silence: float = 5.0  #: seconds without a word after which a poll ends


def read_stream(client: Client, url: str, bounds: Bounds, is_last: Callable[[str], bool]) -> list[str]:
    """Return messages as they come until one `is_last`, the bounds, silence, or the server's end.

    Raises SourceError where the stream cannot be opened, or breaks off before its first message.
    """
    try:
        from sources.websocket import WebSocket  # needs an extra
    except ImportError as error:
        raise Refused("streams need a further library: pip install 'nursery-watcher[stream]'") from error
    sock = client.dial(url.replace("ws", "http", 1), CONNECT_WITHIN)
    trust = client.trust() if url.startswith("wss:") else None
    with closing(WebSocket(Wire(sock, bounds.seconds, bounds.size), url, bounds.silence)) as stream:
        stream.open(trust, client.user_agent)
        return _messages(stream, bounds, is_last)


def _messages(stream: "WebSocket", bounds: Bounds, is_last: Callable[[str], bool]) -> list[str]:
    messages: list[str] = []
    size = 0
    try:
        for message in stream.messages():
            messages.append(message)
            size += len(message)
            if is_last(message) or len(messages) >= bounds.messages or size >= bounds.size:
                break
    except Unreachable:
        if not messages:
            raise
        # what came is whole; the next poll goes on from there
    return messages
