"""docs/configuration.md, written from the keys themselves so that it cannot be wrong.

`python -m watcher.reference > docs/configuration.md` writes it anew; a test fails where it was forgotten.
"""

import sys
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sources.keys import Key
from sources.registry import KINDS
from watcher.settings import TABLES, WEEKDAYS

HEAD = """# Configuration

One TOML file, read once and checked whole before anything starts: an unknown key or a wrong value is refused
with its place, its value and what would be right. Secrets come from the environment: `"${NAME}"` anywhere in a
value is read from the variable `NAME`, or from the file that `NAME_FILE` names. Relative paths are relative to
the file. `watcher init` writes one by asking; `watcher check` says whether everything it names answers.
"""
KIND_HEAD = """
## Keys of each kind of source

Beside `kind`, `name` and `every`. [sources.md](sources.md) says what each kind sees.
"""


def page() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for table, keys in TABLES.items():
        parts.append(f"\n## `{table}`\n\n{_rows(keys)}")
    parts.append(KIND_HEAD)
    for name, kind in sorted(KINDS.items()):
        if kind.keys:
            parts.append(f"\n### `{name}`\n\n{_rows(kind.keys)}")
    return "".join(parts)


def _rows(keys: tuple[Key, ...]) -> str:
    rows = [f"| `{key.name}` | {key.doc} | {_default(key)} | {_code(key.example)} |\n" for key in keys]
    return "| key | what it is | default | example |\n| --- | --- | --- | --- |\n" + "".join(rows)


def _default(key: Key) -> str:
    return "required" if key.required else _code(_written(key.name, key.default))


def _written(name: str, value: Any) -> str:
    """Write a checked value as it would stand in the file."""
    match value:
        case timedelta():
            return _duration(value)
        case time():
            return f"{value:%H:%M}"
        case ZoneInfo():
            return value.key
        case (str(host), int(port)):
            return f"{host}:{port}"
        case int() if name == "day":
            return WEEKDAYS[value]
        case bool():
            return str(value).lower()
        case tuple():
            return "[" + ", ".join(f'"{item}"' for item in value) + "]"
        case _:
            return "" if value is None else str(value)


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


if __name__ == "__main__":
    sys.stdout.write(page())
