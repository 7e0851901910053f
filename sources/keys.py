"""The keys of a configuration table, each with the check that reads it.

A reader takes the raw TOML value and returns the checked one, or raises `Wrong` saying what would be right.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Reader = Callable[[Any], Any]


class Wrong(ValueError):
    """A value that will not do. The message completes "expected ..."."""


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED = _Required()  #: the default of a key that must be given


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table."""

    name: str
    read: Reader
    doc: str  #: one sentence for a technician
    default: Any = REQUIRED  #: already checked; not passed through `read`
    example: str = ""  #: as it would stand in the TOML file
    secret: bool = False  #: never shown: not in messages, not as an address

    @property
    def required(self) -> bool:
        """Whether the file must give it."""
        return self.default is REQUIRED


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one key of a table."""

    key: str
    expected: str
    got: Any = None

    def __str__(self) -> str:
        return f"{self.key}: expected {self.expected}; got {self.got!r}"


def read_table(table: Mapping[str, Any], keys: tuple[Key, ...]) -> tuple[dict[str, Any], list[Fault]]:
    """Read every key; return the values by name and all faults, unknown keys included."""
    known = {key.name for key in keys}
    faults = [
        Fault(name, f"no such key; known here: {', '.join(sorted(known))}", value)
        for name, value in table.items()
        if name not in known
    ]
    values: dict[str, Any] = {}
    for key in keys:
        if key.name not in table:
            if key.required:
                faults.append(Fault(key.name, f"a value ({key.doc.rstrip('.')})", "nothing"))
            else:
                values[key.name] = key.default
            continue
        try:
            values[key.name] = key.read(table[key.name])
        except Wrong as wrong:
            faults.append(Fault(key.name, str(wrong), table[key.name]))
    return values, faults


def text(value: Any) -> str:
    """A string with something in it."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong("some text in quotes")
    return value.strip()


def boolean(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Wrong("true or false")
    return value


def words(value: Any) -> tuple[str, ...]:
    """A list of strings."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise Wrong('a list of texts like ["one", "two"]')
    return tuple(item.strip() for item in value)


def whole_number(low: int, high: int) -> Reader:
    """A reader of whole numbers from `low` to `high`."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Wrong(f"a whole number from {low} to {high}")
        return value

    return read


def choice(*allowed: str) -> Reader:
    """A reader of one of the given words."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise Wrong("one of " + ", ".join(f'"{word}"' for word in allowed))
        return str(value)

    return read


def web_address(value: Any) -> str:
    """An http or https address."""
    expected = "a web address like https://example.org/feed"
    if not isinstance(value, str):
        raise Wrong(expected)
    try:
        parts = urlsplit(value.strip())
        _ = parts.port
    except ValueError:
        raise Wrong(expected) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", value.strip()):
        raise Wrong(expected)
    if parts.username or parts.password:
        raise Wrong("a web address without a user name or password in it")
    return value.strip()


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(shortest: timedelta = timedelta(0), example: str = "30m") -> Reader:
    """A reader of times like 90s, 30m, 2h, 7d."""
    expected = f"a time like {example}" + (f", at least {spell_duration(shortest)}" if shortest else "")

    def read(value: Any) -> timedelta:
        found = re.fullmatch(r"\s*(\d{1,6})\s*([smhdw])\s*", value) if isinstance(value, str) else None
        span = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
        if span is None or span < shortest:
            raise Wrong(expected)
        return span

    return read


def spell_duration(span: timedelta) -> str:
    """Write a time the way the configuration does: 30m, 2h, 7d."""
    seconds = int(span.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def file_path(value: Any) -> Path:
    """A path; the configuration makes a relative one absolute beside its own file."""
    return Path(text(value))


def secret(value: Any) -> str:
    """A key or password; it comes from the environment, and no message shows it."""
    if not isinstance(value, str) or not value.strip() or re.search(r"[^\x21-\x7e]", value.strip()):
        raise Wrong('a key from the environment like "${PLATFORM_TOKEN}", without spaces in it')
    return value.strip()


def server(value: Any) -> str:
    """The address of a whole server: scheme, host and port, without a path."""
    address = web_address(value)
    parts = urlsplit(address)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Wrong("the address of a server like https://example.org, without a path")
    return f"{parts.scheme}://{parts.netloc}"


def tags(value: Any) -> tuple[str, ...]:
    """A list of hashtags, with or without the #."""
    found = tuple(tag.removeprefix("#") for tag in words(value))
    if not all(re.fullmatch(r"\w{1,100}", tag) for tag in found):
        raise Wrong('a list of hashtags without spaces or signs like ["hollybushnursery"]')
    return found


def tags_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names as people write them in hashtags: without spaces and signs."""
    return tuple(dict.fromkeys(re.sub(r"\W", "", name).lower() for name in names))
