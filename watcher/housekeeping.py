"""What is due now and then: the weekly digest, a word on troubles, and forgetting."""

from dataclasses import asdict
from datetime import datetime, timedelta

import structlog

from watcher.assembly import Parts
from watcher.digest import write_digest
from watcher.drill import unrecognised
from watcher.schedule import digest_due
from watcher.telling import afterwards, escalations
from watcher.troubles import report_troubles, report_unrecognised

FORGET_EVERY = timedelta(hours=6)
log = structlog.get_logger()


def keep_house(parts: Parts) -> None:
    """Do whatever is due; each task says by itself whether it is."""
    send_digest(parts)
    report_troubles(parts)
    escalate(parts)
    report_gone(parts)
    report_changed(parts)
    forget(parts)


def send_digest(parts: Parts) -> bool:
    """Write the newest due digest exactly once, with what became of a planted post; True where it was."""
    config, now = parts.config, parts.now()
    week, due = digest_due(now, config.digest.weekday, config.digest.at, config.federation.timezone)
    if parts.store.has_digest(parts.federation_id, week) or not _began_before(parts, due):
        return False
    missed = unrecognised(parts.runner.pipeline, config.federation, now)
    report_unrecognised(parts, week, missed)
    return write_digest(parts, week, due, missed)


def _began_before(parts: Parts, due: datetime) -> bool:
    """A service installed after a digest's hour owes none for it."""
    return parts.store.federation_since(parts.federation_id) <= due


def escalate(parts: Parts) -> None:
    """Tell the next person of cases that nobody has acknowledged; each once."""
    now = parts.now()
    waiting = parts.store.unacknowledged(parts.federation_id)
    told = [message for case in waiting for message in escalations(parts.config, case, now)]
    if told:
        parts.store.add_deliveries(parts.federation_id, told, now)


def report_gone(parts: Parts) -> None:
    """Tell everybody who was told of a case that its posts are gone; once, and not at night."""
    now, alerts, store = parts.now(), parts.config.alerts, parts.store
    for case, told in store.gone_cases(parts.federation_id):
        store.add_deliveries(parts.federation_id, afterwards(alerts, case, told, "gone", now), now)


def report_changed(parts: Parts) -> None:
    """Tell everybody who was told of a case that a post of it reads otherwise now; once until somebody looks."""
    now, alerts, store = parts.now(), parts.config.alerts, parts.store
    for case, told in store.changed_cases(parts.federation_id):
        word = f"changed:{now:%Y-%m-%dT%H:%M:%S}"
        store.tell_change(case, afterwards(alerts, case, told, word, now), now)


def forget(parts: Parts) -> None:
    """Let go of texts whose time is over."""
    now = parts.now()
    if not parts.store.forget_due(parts.federation_id, now, FORGET_EVERY):
        return
    keep = parts.config.retention
    forgotten = parts.store.purge(
        parts.federation_id, now, quiet=keep.quiet, digest=keep.digest, dismissed=keep.dismissed
    )
    log.info("texts forgotten", **asdict(forgotten))
