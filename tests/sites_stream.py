"""A scripted Jetstream: a WebSocket that sends what it has and says goodbye."""

import base64
import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scripted_site import Item, ScriptedSite, wanted
from web_server import Answer, Asked

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
BEGINNING = datetime(2026, 11, 24, 8, 57, tzinfo=UTC)


def stream_answer(asked: Asked, messages: Iterable[str], *, goodbye: bool = True) -> Answer:
    """Return the whole conversation of a server: the handshake, the messages, and a goodbye."""
    accept = base64.b64encode(hashlib.sha1(asked.headers["sec-websocket-key"].encode() + MAGIC).digest()).decode()  # noqa: S324  # as RFC 6455 wants it
    head = f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"
    frames = b"".join(frame(1, message.encode()) for message in messages)
    return Answer(f"{head}\r\n\r\n".encode() + frames + (frame(8, b"\x03\xe8") if goodbye else b""), raw=True)


def frame(kind: int, content: bytes) -> bytes:
    """Return one frame as a server sends it: 1 is text, 2 bytes, 8 a goodbye."""
    size = bytes([len(content)]) if len(content) < 126 else b"\x7e" + len(content).to_bytes(2, "big")
    return bytes([0x80 | kind]) + size + content


def micros(at: datetime) -> int:
    """Return a time as the stream counts it."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def commit(number: int, at: int, operation: str = "create", **record: Any) -> str:
    """Return a message on one post."""
    said = {"operation": operation, "collection": "app.bsky.feed.post", "rkey": str(number), "rev": "r", "cid": "c"}
    if record:
        said["record"] = {"$type": "app.bsky.feed.post", **record}
    return json.dumps({"did": "did:plc:ann", "time_us": at, "kind": "commit", "commit": said})


def account(did: str, at: int, *, active: bool) -> str:
    """Return a message on an account."""
    return json.dumps({"did": did, "time_us": at, "kind": "account", "account": {"active": active, "did": did}})


class Jetstream(ScriptedSite):
    """A stream whose events stand in the order in which they arrived."""

    edits = False
    deletes = False  #: the stream says so by itself
    backlog = 200

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._arrived: dict[int, Item] = {}

    def table(self) -> dict[str, Any]:
        return {"url": "wss://stream.example/subscribe", "queries": ["words of item"]}

    def show(self, shown: Iterable[Item]) -> None:
        super().show(shown)
        for item in sorted(self.items, key=lambda one: one.at):
            self._arrived.setdefault(item.number, item)

    def answer(self, asked: Asked) -> Answer:
        since = int(wanted(asked)["cursor"])
        events = [
            (micros(BEGINNING) + place * 100_000, item)
            for place, item in enumerate(self._arrived.values(), start=1)
        ]
        return stream_answer(
            asked,
            [
                commit(
                    item.number, at, text=f"{item.title}\n{item.text}", createdAt=item.at.isoformat(), langs=["en"]
                )
                for at, item in events
                if at >= since
            ],
        )
