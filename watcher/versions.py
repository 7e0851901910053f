"""Versions of what the service stands on, and those known to be faulty."""

import platform
import pyexpat
import sqlite3
from importlib.metadata import PackageNotFoundError, version

#: Name -> the first good version, and what is wrong before it.
FIRST_GOOD = {
    "SQLite": ("3.51.3", "two writers can damage a database; this service uses one"),
    "expat": ("2.8.0", "hostile XML can use much processor time; parsing is bounded"),
    "starlette": ("1.0.1", "a forged Host header can mislead it"),
    "urllib3": ("2.7.0", "compressed bombs"),
    "skops": ("0.13", "model files were not checked well"),
    "scikit-learn": ("1.5", "kept training words in models"),
}
_PACKAGES = ("httpx", "feedparser", "beautifulsoup4", "lxml", "scikit-learn", "skops", "apprise", "sqlalchemy")
_OTHERS = ("starlette", "urllib3")


def versions() -> dict[str, str]:
    """Return name -> version of everything that matters, this program first."""
    found = {
        "nursery-watcher": _installed("nursery-watcher"),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "expat": pyexpat.EXPAT_VERSION.removeprefix("expat_"),
    }
    return found | {name: _installed(name) for name in (*_PACKAGES, *_OTHERS)}


def known_bad(name: str, found: str) -> str:
    """Return what is wrong with a version and which would be right, or ""."""
    if name not in FIRST_GOOD:
        return ""
    good, fault = FIRST_GOOD[name]
    return "" if _parts(found) >= _parts(good) else f"before {good}: {fault}"


def _parts(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "0"
