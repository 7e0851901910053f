"""Technical trouble, told once a day to whoever can mend it: blind sources, failing channels, a full disk."""

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from watcher.assembly import Parts
from watcher.health import to_report
from watcher.proofs import MORNING_AFTER, is_tested
from watcher.recipients import in_trouble
from watcher.schedule import digest_due
from watcher.store import file_of
from watcher.store.records import NewDelivery, SourceRow
from watcher.telling import LATER

FAILING_AFTER = timedelta(hours=1)  #: a message that has not left by then is worth a word
LOW_SHARE, LOW_BYTES = 0.10, 5 * 1024**3  #: both must be short: a tenth of a large disk is plenty


def report_troubles(parts: Parts) -> None:
    """Tell of everything that is wrong and was not told today."""
    report_blindness(parts)
    report_failing_channels(parts)
    report_full_disk(parts, room_on_disk)
    report_unproven(parts)


def report_blindness(parts: Parts) -> None:
    """Tell of sources that have been blind for long."""
    now = parts.now()
    blind = to_report(parts.store.sources(parts.federation_id), now, parts.config.health.report_after)
    if blind:
        ids = [source.id for source in blind]
        parts.store.report_blind(ids, messages(parts, f"health:{_state_of(blind)}", {"sources": ids}), now)


def _state_of(blind: Sequence[SourceRow]) -> str:
    """Return a key that two processes share where both are about to tell of the same blindness."""
    said = (f"{source.id} {source.failing_since} {source.reported_blind_at}" for source in blind)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]


def report_failing_channels(parts: Parts) -> None:
    """Tell of channels that do not take their messages, by the others."""
    now = parts.now()
    failing = parts.store.failing_channels(parts.federation_id, now - FAILING_AFTER)
    if failing:
        key, names = f"channels:{now:%Y-%m-%d}", [name for name, _ in failing]
        wanted = messages(parts, key, {"channels": [list(one) for one in failing]}, names)
        parts.store.add_deliveries(parts.federation_id, wanted, now)


def report_full_disk(parts: Parts, room: Callable[[Path], tuple[int, int]]) -> None:
    """Tell of a disk with little room left under a SQLite store; a database server looks after its own."""
    file, now = file_of(parts.config.store_url), parts.now()
    if file is None:
        return
    total, free = room(file.parent)
    if free < LOW_SHARE * total and free < LOW_BYTES:
        wanted = messages(parts, f"disk:{now:%Y-%m-%d}", {"disk": free // 1024**2})
        parts.store.add_deliveries(parts.federation_id, wanted, now)


def room_on_disk(folder: Path) -> tuple[int, int]:
    """Return the size of the disk that holds a folder, and what is free of it; bytes."""
    found = shutil.disk_usage(folder)
    return found.total, found.free


def report_unproven(parts: Parts) -> None:
    """Tell, the morning after, of channels whose weekly test nobody has acknowledged; once for each week."""
    config, store, federation_id, now = parts.config, parts.store, parts.federation_id, parts.now()
    week, due = digest_due(now, config.digest.weekday, config.digest.at, config.federation.timezone)
    key = f"unproven:{week}"
    if now < due + MORNING_AFTER or store.was_queued(federation_id, key):
        return
    channels = store.unproven(federation_id, week) if is_tested(config, store, federation_id) else []
    if channels:
        store.add_deliveries(federation_id, messages(parts, key, {"unproven": channels}, channels), now)


def report_unrecognised(parts: Parts, week: str, schools: Sequence[str]) -> None:
    """Tell of schools about which the planted post of a week was not recognised."""
    if schools:
        wanted = messages(parts, f"drill:{week}", {"unrecognised": list(schools)})
        parts.store.add_deliveries(parts.federation_id, wanted, parts.now())


def messages(parts: Parts, key: str, payload: Mapping[str, Any], failing: Sequence[str] = ()) -> list[NewDelivery]:
    """Return one message for each channel that hears of trouble."""
    now, alerts = parts.now(), parts.config.alerts
    return [
        NewDelivery(channel=name, kind="health", key=key, payload=payload, urgency=LATER, due_at=now)
        for name in in_trouble(alerts, parts.config.health.channel, failing)
    ]
