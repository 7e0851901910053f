"""The outside of what sites answered, kept beside a post for whoever must prove later what was seen.

    with receipts() as kept:
        source.fetch(cursor)
    for receipt in kept: ...

A few headers of each good answer, cleaned and cut; never a cookie. Only the thread that asks for receipts gets any.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urldefrag

HEADERS = ("date", "last-modified", "etag", "content-type", "content-language", "server", "age")
LONGEST_VALUE = 200  #: characters
MOST = 40  #: receipts of one fetch
MOST_CARRIERS = 5  #: of one post

_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\xff]+")
_kept: ContextVar["list[Receipt] | None"] = ContextVar("receipts", default=None)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One good answer, from the outside."""

    host: str
    status: int
    at: datetime  #: when it had come; aware, UTC
    headers: tuple[tuple[str, str], ...]  #: of HEADERS; names in lower case
    size: int  #: bytes of the body, decompressed
    sha256: str  #: of that body
    url: str = field(default="", repr=False)  #: only during the fetch, since it may hold a secret


@contextmanager
def receipts() -> Iterator[list[Receipt]]:
    """Gather the receipts of what this thread asks meanwhile, oldest first."""
    kept: list[Receipt] = []
    token = _kept.set(kept)
    try:
        yield kept
    finally:
        _kept.reset(token)


def keep_receipt(url: str, host: str, status: int, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
    """Keep a receipt of a good answer, where anybody gathers them."""
    kept = _kept.get()
    if kept is None or len(kept) >= MOST:
        return
    few = tuple((name, _cleaned(headers[name])) for name in HEADERS if name in headers)
    kept.append(Receipt(host, status, at, few, len(body), hashlib.sha256(body).hexdigest(), url))


def carriers(url: str, kept: Sequence[Receipt]) -> tuple[Receipt, ...]:
    """Return the receipts of which one is of the answer that held a post: its own page's, else the last few."""
    own = [receipt for receipt in kept if url and urldefrag(receipt.url).url == urldefrag(url).url]
    return tuple((own or list(kept))[-MOST_CARRIERS:])


def _cleaned(value: str) -> str:
    return _UNPRINTABLE.sub(" ", value).strip()[:LONGEST_VALUE]
