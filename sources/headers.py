"""HTTP headers as text and as bytes. Pure.

Text is Latin-1, so that a value a site sent, sent back, has the very same bytes.
"""

import re
from collections.abc import Iterable, Mapping

from sources.errors import Refused

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def own_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return a caller's headers with lower-case names. Raises Refused where they cannot be sent."""
    own = {name.lower(): value for name, value in (headers or {}).items()}
    for name, value in own.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Refused(f"the header {name[:40]!r} or its value has characters that no header may have")
    return own


def conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """Return the headers that ask whether something changed; what no header may hold is left out."""
    found = {"if-none-match": etag, "if-modified-since": last_modified}
    return {name: value for name, value in found.items() if value and _VALUE.fullmatch(value)}


def encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers as they travel."""
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


def decoded(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers that came, with lower-case names; values of the same name are joined by commas."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def as_utf8(value: str) -> str:
    """Return a value as what its bytes mean where they are UTF-8, as in many a Location."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
