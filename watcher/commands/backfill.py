"""`watcher backfill`: what would you have been told?"""

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, out, read_config

if TYPE_CHECKING:
    from rich.table import Table

    from watcher.backfill import Past
    from watcher.store.records import Filed


def backfill(
    since: Annotated[datetime, typer.Option("--since", formats=["%Y-%m-%d"], help="The first day to look at.")],
    config: ConfigOption = CONFIG,
) -> None:
    """Read the past, where platforms keep it, and report what you would have been told.

    What is found is filed and stands on the review page; nobody is alerted of posts older than a day.

    Example: watcher backfill --since 2026-09-01
    """
    from watcher.assembly import assembled
    from watcher.backfill import look_back
    from watcher.logs import log_to_stderr

    settings = read_config(config)
    if since > datetime.now():  # noqa: DTZ005  # the technician's own calendar
        raise Stop("--since: expected a day in the past", code=2)
    log_to_stderr(logging.WARNING)
    with assembled(settings) as parts:
        past = look_back(parts, since.replace(tzinfo=settings.federation.timezone).astimezone(UTC))
    _report(past)


def _report(past: "list[Past]") -> None:
    for source in past:
        out.print(f"{source.source}: {_words(source)}", markup=False)
    told = sorted(
        ((source.source, one) for source in past for one in source.filed if one.decision != "quiet"),
        key=lambda item: item[1].published_at or datetime.min.replace(tzinfo=UTC),
    )
    if told:
        out.print(_table(told))
    at_once = sum(one.decision == "alert" for _, one in told)
    out.print(f"you would have been told of {at_once} at once, and of {len(told) - at_once} in the weekly digest")
    failed = [f"not read: {source.source}" for source in past if source.error]
    if failed:
        raise Stop(*failed)


def _words(source: "Past") -> str:
    if not source.able:
        return "its past cannot be read; it begins with the first poll"
    return source.error or f"{source.posts} posts, {len(source.filed)} about us"


def _table(told: "list[tuple[str, Filed]]") -> "Table":
    from rich.table import Table

    table = Table("day", "source", "concern", "told", "address")
    for source, one in told:
        day = f"{one.published_at:%Y-%m-%d}" if one.published_at else ""
        grades = {name: getattr(one, name) for name in ("safeguarding", "defamation", "conduct")}
        concern = ", ".join(f"{name} {grade}" for name, grade in grades.items() if grade) or one.tone
        table.add_row(day, source, concern, "at once" if one.decision == "alert" else "digest", one.url)
    return table
