"""Every key of the configuration but those of the source kinds: name, check, default and what it is for."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from ipaddress import ip_network
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sources.keys import Key, Wrong, boolean, choice, duration, secret, text, web_address, whole_number, words
from watcher.contacts import OFFICES

SHORTEST_POLL = timedelta(minutes=5)
CONCERNS = ("safeguarding", "defamation", "conduct")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Apprise addresses that run programs, write files or speak to this computer's own desktop.
NOT_A_CHANNEL = frozenset(
    {"file", "exec", "script", "syslog", "dbus", "gnome", "kde", "qt", "glib", "windows", "macosx"}
)


def timezone(value: Any) -> ZoneInfo:
    """A time zone by its name."""
    try:
        return ZoneInfo(text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Wrong('a time zone like "Europe/London"') from None


def weekday(value: Any) -> int:
    """A day of the week; Monday is 0."""
    if not isinstance(value, str) or value.strip().lower() not in WEEKDAYS:
        raise Wrong('a day like "monday"')
    return WEEKDAYS.index(value.strip().lower())


def time_of_day(value: Any) -> time:
    """A time like 07:30."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value.strip()) if isinstance(value, str) else None
    if not found:
        raise Wrong('a time of day like "07:30"')
    return time(int(found[1]), int(found[2]))


def listen(value: Any) -> tuple[str, int]:
    """An address and port to listen on."""
    found = (
        re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:\s]+):(\d{1,5})", value.strip()) if isinstance(value, str) else None
    )
    if not found or not 0 <= int(found[2]) <= 65535:
        raise Wrong('an address and port like "127.0.0.1:8787"')
    return found[1].strip("[]"), int(found[2])


def base_url(value: Any) -> str:
    """A web address without the slash at its end."""
    return web_address(value).rstrip("/")


def tenant(value: Any) -> str:
    """The ID of a directory at Entra; the shared ones, "common" among them, would let everybody in."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value):
        raise Wrong("the directory (tenant) ID of your own school, like 8d3f0c5e-1b7a-4f0e-9a51-2f6d1c0b7e44")
    return value.lower()


def store_url(value: Any) -> str:
    """A database address."""
    if not isinstance(value, str) or not re.match(r"(sqlite:///|postgresql\+psycopg://).+", value):
        raise Wrong("a database like sqlite:///watcher.db or postgresql+psycopg://user@host/name")
    return value


def channel_url(value: Any) -> str:
    """An Apprise address."""
    found = re.match(r"([a-z][a-z0-9+.-]*)://\S", value) if isinstance(value, str) else None
    if not found:
        raise Wrong("an Apprise address like mailtos://user:password@example.org or workflows://...")
    if found[1] == "msteams":
        raise Wrong("workflows://... for Teams (Microsoft has closed the connectors behind msteams://)")
    if found[1] in NOT_A_CHANNEL:
        raise Wrong("an Apprise address that reaches a person, such as mailtos:// or workflows://")
    return str(value)


def networks(value: Any) -> tuple[str, ...]:
    """A list of addresses and networks."""
    for item in words(value):
        try:
            ip_network(item, strict=False)
        except ValueError:
            raise Wrong('addresses or networks like ["127.0.0.1", "10.1.0.0/16"]') from None
    return words(value)


def concerns(value: Any) -> tuple[str, ...]:
    """Some of the three concerns."""
    if not isinstance(value, list) or not set(map(str, value)) <= set(CONCERNS):
        raise Wrong("some of " + ", ".join(f'"{concern}"' for concern in CONCERNS))
    return tuple(concern for concern in CONCERNS if concern in value)


def offices(value: Any) -> tuple[str, ...]:
    """Some offices, in an order."""
    if not isinstance(value, list) or not set(map(str, value)) <= set(OFFICES):
        raise Wrong("some of " + ", ".join(f'"{office}"' for office in OFFICES))
    return tuple(dict.fromkeys(value))


def quiet_hours(value: Any) -> tuple[time, time]:
    """A time of day with its end, like 18:00-07:00."""
    parts = value.split("-") if isinstance(value, str) else []
    try:
        begins, ends = (time_of_day(part) for part in parts)
    except ValueError:  # Wrong is one, and so is another number of parts
        raise Wrong('a time like "18:00-07:00"') from None
    return begins, ends


def days(value: Any) -> tuple[tuple[date, date], ...]:
    """A list of days and stretches of days."""
    try:
        stretches = [[date.fromisoformat(day.strip()) for day in item.split("..")] for item in words(value)]
        return tuple((stretch[0], stretch[1] if len(stretch) == 2 else stretch[0]) for stretch in stretches)
    except ValueError:
        raise Wrong('days like ["2026-10-26..2026-10-30", "2027-01-04"]') from None


def or_empty(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A reader that also takes an empty text."""
    return lambda value: "" if value == "" else read(value)


_POLL = duration(SHORTEST_POLL, "30m")
_PERIOD = duration(timedelta(hours=1), "14d")

FEDERATION = (
    Key(
        "name",
        text,
        "The federation's full name.",
        example='"Sandbank and Valley Nursery Schools Federation"',
    ),
    Key("timezone", timezone, "School time.", ZoneInfo("Europe/London"), '"Europe/London"'),
    Key("aliases", words, "Other names, hashtags, handles; any of these is a mention.", (), '["SVNSF"]'),
    Key("places", words, "Local words that speak for the federation.", (), '["Bloxwich", "WS3"]'),
    Key("not", words, "Words of namesakes that speak against it.", (), '["garden centre"]'),
)
SCHOOL = (
    Key("name", text, "The school's full name.", example='"Sandbank Nursery School"'),
    Key("aliases", words, "Other sure names of the school.", (), '["Sandbank Nursery"]'),
    Key("ambiguous", words, "Short names that need company to count.", (), '["Sandbank"]'),
)
PERSON = (
    Key(
        "role",
        choice(*OFFICES),
        "Their office: head, deputy, dsl (designated safeguarding lead), chair (of governors) or technician.",
        example='"head"',
    ),
    Key(
        "names",
        words,
        "How posts may name them; what is alleged of the head goes to the chair, of the dsl to the head.",
        (),
        '["Mrs Archer"]',
    ),
    Key("channel", or_empty(text), "The channel that reaches them.", "", '"chair"'),
)
SOURCE = (
    Key("kind", text, "What it is; `watcher sources` lists the kinds.", example='"feed"'),
    Key("name", text, "How people will see it named.", example='"Local paper"'),
    Key("every", _POLL, "Pause between polls, at least 5m; the default fits the kind.", None, '"30m"'),
)
ALERTS = (
    Key("detail", choice("redacted", "reference"), "Whether alerts carry a redacted excerpt.", "redacted"),
    Key(
        "sensitivity",
        choice("careful", "balanced", "quiet"),
        "How many needless alerts a hundred harmless mentions may bring: `careful` 20, `balanced` 6, `quiet` 3.",
        "balanced",
    ),
    Key("reference", or_empty(text), "Prefix of case references; the initials by default.", "", '"SV"'),
    Key("quiet_hours", quiet_hours, "When what can wait, waits; safeguarding never does.", None, '"18:00-07:00"'),
    Key("per_hour", whole_number(1, 60), "Messages per channel and hour; more are rolled up.", 3),
    Key(
        "backup_after",
        duration(timedelta(minutes=1), "15m"),
        "Pause before a backup is used.",
        timedelta(minutes=15),
    ),
    Key(
        "weekly_test",
        boolean,
        "Whether somebody is to acknowledge each channel once a week, in the digest or a test; needs accounts.",
        True,
    ),
)
CHANNEL = (
    Key("name", text, "How people will see it named.", example='"head"'),
    Key("url", channel_url, "Any Apprise address.", example='"${HEAD_MAIL_URL}"', secret=True),
    Key("concerns", concerns, "What it is told of at once.", CONCERNS, '["safeguarding"]'),
    Key("digest", boolean, "Whether the weekly digest goes there.", True),
    Key("backup", or_empty(text), "The channel used when this one fails.", "", '"deputy"'),
)
DIGEST = (
    Key("day", weekday, "Day of the weekly digest.", 0, '"monday"'),
    Key("time", time_of_day, "Its time, school time.", time(7, 30), '"07:30"'),
)
REVIEW = (
    Key("listen", listen, "Where the service answers.", ("127.0.0.1", 8787), '"127.0.0.1:8787"'),
    Key(
        "key",
        or_empty(text),
        "Secret that seals second factors; by default one kept in the database.",
        "",
        secret=True,
    ),
    Key("base_url", base_url, "The same as the head's browser sees it.", "http://127.0.0.1:8787"),
)
OPENID = (
    Key("provider", choice("entra", "google", "other"), "Whose accounts people have.", example='"entra"'),
    Key(
        "tenant",
        or_empty(tenant),
        "Entra: the directory (tenant) ID of your school; nobody else's people can enter.",
        "",
        '"8d3f0c5e-1b7a-4f0e-9a51-2f6d1c0b7e44"',
    ),
    Key("domain", or_empty(text), "Google: the Workspace domain of your school.", "", '"school.example"'),
    Key("issuer", or_empty(web_address), "Another provider's issuer; Entra and Google have theirs.", ""),
    Key("name", or_empty(text), "How people call another provider.", "", '"your council account"'),
    Key("client_id", text, "What the provider calls this service.", example='"1c2d..."'),
    Key("passwords", boolean, "Whether passwords of this page still do beside these accounts.", True),
    Key("client_secret", secret, "What proves it.", example='"${OPENID_SECRET}"', secret=True),
)
STORE = (Key("url", store_url, "The database.", "sqlite:///watcher.db", '"sqlite:///watcher.db"', secret=True),)
NETWORK = (
    Key("allow", networks, "Private addresses or networks that may be fetched.", (), '["127.0.0.1"]'),
    Key("notice_url", or_empty(web_address), "Page that explains the watching; sites are shown it.", ""),
    Key("spacing", duration(), "Pause between two requests to one host.", timedelta(seconds=1), '"1s"'),
)
RETENTION = (
    Key("quiet", _PERIOD, "How long the text of a quiet post is kept.", timedelta(days=14), '"14d"'),
    Key("digest", _PERIOD, "How long the text of a digest item is kept.", timedelta(days=60), '"60d"'),
    Key("dismissed", _PERIOD, "How long the text of a dismissed case is kept.", timedelta(days=30), '"30d"'),
)
HEALTH = (
    Key(
        "report_after",
        _PERIOD,
        "How long a source may be blind before people are told.",
        timedelta(days=1),
        '"24h"',
    ),
    Key(
        "channel",
        or_empty(text),
        "Who is told of technical trouble beside the technician; without either, every channel but the chair's.",
        "",
    ),
    Key(
        "ping",
        or_empty(web_address),
        "Asked every minute while all is well, for a dead-man's switch.",
        "",
        secret=True,
    ),
)
ESCALATION = (
    Key(
        "after",
        _PERIOD,
        "Working time an alert may stay unacknowledged (8 to 17, no bank holidays).",
        timedelta(hours=4),
        '"4h"',
    ),
    Key("to", or_empty(text), "The channel told then; by default the first office of `order`.", "", '"deputy"'),
    Key(
        "order",
        offices,
        "The offices told next, each after as much time again, where they were not told at once.",
        ("deputy", "dsl"),
        '["deputy", "dsl", "chair"]',
    ),
    Key(
        "closed",
        days,
        "When the school is closed: safeguarding alone is escalated.",
        (),
        '["2026-12-21..2027-01-01"]',
    ),
)

STEPS = tuple(
    Key(concern, words, f"First steps told with a {concern} concern, in place of those that come along.", ())
    for concern in CONCERNS
)

#: Tables of the file by the name people know them by; the documentation is checked against this.
TABLES: dict[str, tuple[Key, ...]] = {
    "[federation]": FEDERATION,
    "[[federation.school]]": SCHOOL,
    "[[federation.person]]": PERSON,
    "[[source]]": SOURCE,
    "[alerts]": ALERTS,
    "[[alerts.channel]]": CHANNEL,
    "[digest]": DIGEST,
    "[review]": REVIEW,
    "[review.openid]": OPENID,
    "[store]": STORE,
    "[network]": NETWORK,
    "[retention]": RETENTION,
    "[health]": HEALTH,
    "[escalation]": ESCALATION,
    "[steps]": STEPS,
}


def initials(name: str) -> str:
    """Return the first two capitals of a name: "Sandbank and Valley ..." gives "SV"."""
    found = [word[0] for word in name.split() if word[:1].isupper()]
    return "".join(found[:2]).upper() or "W"
