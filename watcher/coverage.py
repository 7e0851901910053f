"""What is covered and what nobody can cover: one table for docs/coverage.md and for the digest.

`python -m watcher.coverage > docs/coverage.md` writes the page anew; a test fails where it was forgotten.
"""

import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

HEAD = """# Coverage

Where schools are spoken of, and whether this service can see it. "How" names the kinds of source, which
[sources.md](sources.md) explains. Where nobody outside can look, the page says so, with the route that remains; the
digest repeats it every week, so that silence is never taken for safety.
"""
POLICY_HEAD = "\n## What the Social Networking Policy names\n\n"
OTHERS_HEAD = "\n## Everywhere else\n\n"
KINDS_HEAD = """
## The kinds of source, measured

Requests are those of a poll that finds nothing new, unless said otherwise. A post of an open case is looked at
again every six hours; "address" means that one which answers 404 or 410 is gone, and that nothing else is proof.

| kind | tested against | requests per poll | cursor | deletions | known limits |
| --- | --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class System:
    """A place where people speak."""

    name: str
    today: str  #: what it is today
    kinds: tuple[str, ...]  #: the kinds of source that reach it; empty where none does
    how: str  #: how it is covered, or why it cannot be
    route: str  #: what remains to a school; "" where nothing need
    digest: str = ""  #: words for the digest, where it is not covered
    policy: bool = False  #: whether the policy names it


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a kind of source."""

    tested: str  #: against what
    requests: str  #: per poll
    cursor: str  #: what it remembers
    limits: str
    deleted: str  #: how it is noticed that a post of an open case is gone


@dataclass(frozen=True, slots=True)
class Coverage:
    """The whole table."""

    systems: tuple[System, ...]
    kinds: dict[str, Measured]

    @property
    def never(self) -> tuple[str, ...]:
        """What the digest names as never covered."""
        return tuple(system.digest for system in self.systems if system.digest)


@cache
def coverage() -> Coverage:
    """Read the table."""
    table = tomllib.loads(resources.files("watcher").joinpath("data/coverage.toml").read_text(encoding="utf-8"))
    systems = tuple(System(**row | {"kinds": tuple(row["kinds"])}) for row in table["system"])
    return Coverage(systems, {name: Measured(**row) for name, row in table["kind"].items()})


def page() -> str:
    """Return docs/coverage.md."""
    table = coverage()
    named = [system for system in table.systems if system.policy]
    others = [system for system in table.systems if not system.policy]
    rows = "".join(
        f"| `{name}` | {kind.tested} | {kind.requests} | {kind.cursor} | {kind.deleted} | {kind.limits} |\n"
        for name, kind in sorted(table.kinds.items())
    )
    return HEAD + POLICY_HEAD + _rows(named) + OTHERS_HEAD + _rows(others) + KINDS_HEAD + rows


def _rows(systems: list[System]) -> str:
    rows = [
        f"| {system.name} | {system.today} | {_sources(system)} | {system.how} {system.route} |\n"
        for system in systems
    ]
    return "| place | today | sources | how, or why not |\n| --- | --- | --- | --- |\n" + "".join(rows)


def _sources(system: System) -> str:
    return ", ".join(f"`{kind}`" for kind in system.kinds) or "none"


if __name__ == "__main__":
    sys.stdout.write(page())
