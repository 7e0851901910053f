"""The cut: which package may import which, and the one door of each outside library. Read from the imports."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("sources", "classifiers", "watcher")

#: What of ours each package may import.
MAY_IMPORT = {
    "sources": {"sources"},
    "classifiers": {"classifiers"},
    "watcher": {"sources", "classifiers", "watcher"},
}
#: Where an outside library may be imported: a file, or a folder with everything in it.
DOORS = {
    "httpx": ("sources/client.py",),
    "httpcore": ("sources/client.py", "sources/connections.py"),
    "feedparser": ("sources/feed.py",),
    "bs4": ("sources/",),
    "lxml": ("sources/",),
    "protego": ("sources/robots.py",),
    "pypdf": ("sources/pdf.py",),
    "websockets": ("sources/websocket.py",),
    "imaplib": ("sources/mailbox.py",),
    "sklearn": ("classifiers/",),
    "skops": ("classifiers/",),
    "numpy": ("classifiers/",),
    "scipy": ("classifiers/",),
    "ahocorasick": ("watcher/matching.py", "classifiers/"),
    "sqlalchemy": ("watcher/store/",),
    "alembic": ("watcher/store/",),
    "psycopg": ("watcher/store/",),
    "apprise": ("watcher/notify.py",),
    "requests": ("watcher/notify.py",),
    "smtplib": ("watcher/notify.py",),
    "starlette": ("watcher/review/",),
    "uvicorn": ("watcher/review/",),
    "prometheus_client": ("watcher/review/metrics.py",),
    "argon2": ("watcher/review/accounts.py",),
    "cryptography": ("watcher/review/accounts.py",),
    "pyotp": ("watcher/review/accounts.py",),
    "authlib": ("watcher/review/openid.py",),
    "joserfc": ("watcher/review/openid.py",),
    "segno": ("watcher/review/entry.py",),
    "holidays": ("watcher/workdays.py",),
    "fpdf": ("watcher/paper.py",),
    "typer": ("watcher/commands/",),
    "rich": ("watcher/commands/",),
    "aiosmtpd": ("watcher/demo/",),
    "urllib.request": (),
    "procrastinate": ("watcher/tasks.py",),
    "pickle": ("sources/parcels.py",),
    "joblib": (),
}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_of(name: str, library: str) -> bool:
    return name == library or name.startswith(library + ".")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_must_import_only_what_the_cut_allows(package: str) -> None:
    forbidden = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imported(path)
        if name.partition(".")[0] in {*PACKAGES, "tests", "bench"} - MAY_IMPORT[package]
    ]
    assert forbidden == []


@pytest.mark.parametrize("library", DOORS)
def test_an_outside_library_must_have_one_door(library: str) -> None:
    strays = [
        f"{path.relative_to(ROOT)} imports {name}"
        for package in PACKAGES
        for path in modules(package)
        for name in imported(path)
        if is_of(name, library) and not _is_behind(path.relative_to(ROOT).as_posix(), DOORS[library])
    ]
    assert strays == []


def test_every_door_must_be_used() -> None:
    """A door that nobody uses any more is a line to remove here."""
    files = {path.relative_to(ROOT).as_posix() for package in PACKAGES for path in modules(package)}
    for doors in DOORS.values():
        assert [door for door in doors if not any(name.startswith(door) for name in files)] == []


def test_pure_modules_must_know_no_clock_network_or_database() -> None:
    acting = ("sqlalchemy", "httpx", "socket", "time", "threading", "watcher.store.store", "os", "requests")
    for name in ("matching", "decision", "schedule", "messages", "telling", "cases", "health", "workdays"):
        found = [each for each in imported(ROOT / "watcher" / f"{name}.py") if any(is_of(each, a) for a in acting)]
        assert found == [], name


def _is_behind(path: str, doors: tuple[str, ...]) -> bool:
    return any(path == door or (door.endswith("/") and path.startswith(door)) for door in doors)
