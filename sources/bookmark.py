"""How far a folder of mails has been read: the inside of a mailbox's cursor. Pure."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sources.documents import number, string, table, value
from sources.mail_posts import STRANGER, TAKEN, UNPROVEN, UNREADABLE, Reading
from sources.mailbox import Raw

OVERLAP = 50  #: UIDs below the last in which mails may still turn up: some servers number two at once
REMEMBERED = 2000  #: mails that are not read twice, should the server number them anew
TOLD_FOR = timedelta(days=7)  #: how long people are told of a mail that did not count


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where in a folder a poll got to."""

    epoch: str = ""  #: changes with account, folder, and when the server numbers its mails anew
    last: int = 0  #: the highest UID read
    near: tuple[int, ...] = ()  #: UIDs at or little below it that lay there
    marks: tuple[str, ...] = ()  #: of the mails read, oldest first
    day: date | None = None  #: when it was read
    told: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  #: by day, mails that did not count
    checker: str = ""  #: who vouched, or not, for the last one of them, by its own words

    @classmethod
    def read(cls, extra: Mapping[str, Any]) -> "Bookmark":
        """Open what a cursor holds."""
        near, marks = value(extra, "near"), value(extra, "marks")
        return cls(
            epoch=string(extra, "epoch"),
            last=number(extra, "last"),
            near=tuple(near) if isinstance(near, list) else (),
            marks=tuple(marks) if isinstance(marks, list) else (),
            day=date.fromisoformat(string(extra, "day")) if string(extra, "day") else None,
            told={day: dict(counts) for day, counts in table(extra, "told").items()},
            checker=string(extra, "checker"),
        )

    def write(self) -> dict[str, Any]:
        """Close it again."""
        return {
            "epoch": self.epoch,
            "last": self.last,
            "near": list(self.near),
            "marks": list(self.marks[-REMEMBERED:]),
            "day": self.day.isoformat() if self.day else "",
            "told": {day: dict(counts) for day, counts in self.told.items()},
            "checker": self.checker,
        }


@dataclass(frozen=True, slots=True)
class Collected:
    """What was read of a folder."""

    count: int  #: mails in it
    epoch: str
    raws: tuple[Raw, ...]  #: not read before, ascending
    there: tuple[int, ...]  #: UIDs in the neighbourhood of the last
    last: int  #: up to where nothing is missing once `raws` are read


def moved(bookmark: Bookmark, collected: Collected, readings: Mapping[int, Reading], now: datetime) -> Bookmark:
    """Return where the folder has been read to."""
    same = collected.epoch == bookmark.epoch
    whole = len(readings) == len(collected.raws)
    unread = {raw.uid for raw in collected.raws} - readings.keys()
    last = max([*readings, collected.last if whole or same else 0])
    near = tuple(uid for uid in collected.there if last - OVERLAP < uid <= last and uid not in unread)
    new = {mark(one): one for one in readings.values() if mark(one) not in bookmark.marks}
    day = now.date()
    told = {past: counts for past, counts in bookmark.told.items() if past > (day - TOLD_FOR).isoformat()}
    counts = Counter(told.get(day.isoformat(), {}))
    counts.update(one.verdict for one in new.values() if one.verdict != TAKEN)
    unproven = [one.server for one in new.values() if one.verdict == UNPROVEN]
    return Bookmark(
        epoch=collected.epoch,
        last=last,
        near=near,
        marks=(*bookmark.marks, *new),
        day=day,
        told=told | ({day.isoformat(): dict(counts)} if counts else {}),
        checker=unproven[-1] if unproven else bookmark.checker,
    )


def mark(reading: Reading) -> str:
    """Return a mark of a mail; one that nobody vouches for cannot take the place of another with its Message-ID."""
    return hashlib.blake2b(f"{reading.verdict}\x1f{reading.mail_id}".encode(), digest_size=6).hexdigest()


def remarked(bookmark: Bookmark, server: str) -> tuple[str, bool]:
    """Return in words what became of mails that did not count, and whether any should have counted."""
    counts = Counter[str]()
    for one in bookmark.told.values():
        counts.update(one)
    checker = f"{bookmark.checker!r} vouched for them" if bookmark.checker else "no server vouched for them"
    said = {
        UNPROVEN: f"not proven to be of the sender they name ({checker}, {server!r} should have)",
        UNREADABLE: "not readable",
        STRANGER: "of other senders, left alone",
    }
    found = [f"{counts[verdict]} {words}" for verdict, words in said.items() if counts[verdict]]
    remark = f"mails of the last {TOLD_FOR.days} days: {'; '.join(found)}" if found else ""
    return remark, bool(counts[UNPROVEN] or counts[UNREADABLE])
