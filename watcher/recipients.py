"""Which channels may and which must carry a case. Pure.

Whoever is accused is never told; whoever is named is never told alone; somebody is always told.
"""

from collections.abc import Sequence

from watcher.config import Alerts, Channel
from watcher.contacts import channel_of, kept_apart
from watcher.store.records import CaseRow


def barred(alerts: Alerts, case: CaseRow) -> frozenset[str]:
    """Return the channels that must not carry a case because of who is accused in it."""
    everybody = frozenset(channel.name for channel in alerts.channels)
    chair, lead = channel_of(alerts.contacts, "chair"), channel_of(alerts.contacts, "dsl")
    if case.concerns_head and chair:
        return everybody - {chair}
    accused = frozenset({lead} if case.concerns_dsl and lead else ())
    return accused if accused != everybody else frozenset()


def told_at_once(alerts: Alerts, case: CaseRow, concerns: Sequence[str]) -> list[Channel]:
    """Return the channels told of a case with these concerns, in the file's order."""
    closed, apart, needed = barred(alerts, case), kept_apart(alerts.contacts), _needed(alerts, case)
    able = [channel for channel in alerts.channels if channel.name not in closed]
    asked = [
        channel
        for channel in able
        if channel.name in needed or (channel.name not in apart and set(channel.concerns) & set(concerns))
    ]
    if asked or not closed:
        return asked
    return [channel for channel in able if channel.name not in apart] or able


def _needed(alerts: Alerts, case: CaseRow) -> frozenset[str]:
    """Return the channels that are told whatever they asked for: who judges in an involved person's stead."""
    chair = case.concerns_head or case.names_head
    wanted = {"chair": chair, "head": case.concerns_dsl}
    return frozenset(channel_of(alerts.contacts, role) for role, needed in wanted.items() if needed) - {""}


def backup_of(alerts: Alerts, channel: Channel, closed: Sequence[str]) -> Channel | None:
    """Return what takes over from a failing channel: its named backup, or else the next in the file's order.

    Never one of `closed`, and unless it is named never into or out of a channel kept apart.
    """
    apart = kept_apart(alerts.contacts)
    if channel.backup:
        wanted = [other for other in alerts.channels if other.name == channel.backup]
    elif channel.name in apart:
        return None
    else:
        wanted = [other for other in alerts.channels if other.name not in (channel.name, *apart)]
    return next((other for other in wanted if other.name not in closed), None)


def next_people(alerts: Alerts, case: CaseRow, first: str, order: Sequence[str], told: Sequence[str]) -> list[str]:
    """Return the channels that a case nobody answers goes to, one after another.

    `first` is told even where it was before; then the offices of `order` that were not among `told`.
    """
    closed = barred(alerts, case)
    by_office = (channel_of(alerts.contacts, role) for role in order)
    steps = [first, *(name for name in by_office if name not in told)]
    return list(dict.fromkeys(name for name in steps if name and name not in closed))


def in_trouble(alerts: Alerts, configured: str, failing: Sequence[str] = ()) -> list[str]:
    """Return the channels told of technical trouble: the configured one and the technician's, or else everybody's.

    `failing` channels are passed over as long as any other can carry it.
    """
    technician = channel_of(alerts.contacts, "technician")
    apart = kept_apart(alerts.contacts)
    everybody = [channel.name for channel in alerts.channels]
    usual = [name for name in everybody if name not in apart] or everybody
    if technician:
        wanted = list(dict.fromkeys((configured or usual[0], technician)))
    else:
        wanted = [configured] if configured else usual
    sound = [name for name in wanted if name not in failing]
    return sound or [name for name in usual if name not in failing] or wanted
