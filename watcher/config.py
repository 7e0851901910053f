"""The configuration: one TOML file, read once, whole, and checked before anything starts.

`load` returns a `Config` or raises `ConfigError` with every mistake found, each naming the place, the value
and what would be right. Secrets come from the environment and never appear in a message.
"""

import hashlib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sources.keys import Fault, Key, read_table
from watcher import secrets
from watcher.contacts import Contact
from watcher.provider import Provider, faults_of, provider_of
from watcher.settings import (
    ALERTS,
    CHANNEL,
    DIGEST,
    ESCALATION,
    FEDERATION,
    HEALTH,
    NETWORK,
    OPENID,
    PERSON,
    RETENTION,
    REVIEW,
    SCHOOL,
    SOURCE,
    STEPS,
    STORE,
    initials,
)


class ConfigError(Exception):
    """The configuration cannot be used. `faults` holds one line per mistake."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class School:
    """One school of the federation."""

    name: str
    aliases: tuple[str, ...]  #: any of these is a mention
    ambiguous: tuple[str, ...]  #: short names that need company to count


@dataclass(frozen=True, slots=True)
class Federation:
    """Who is watched."""

    name: str
    timezone: ZoneInfo
    aliases: tuple[str, ...]
    places: tuple[str, ...]  #: speak for us when a name is ambiguous
    against: tuple[str, ...]  #: the file's `not`: speak against
    schools: tuple[School, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The formal names: the federation's and each school's."""
        return (self.name, *(school.name for school in self.schools))


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One `[[source]]`."""

    name: str
    kind: str
    every: timedelta
    settings: Mapping[str, Any] = field(repr=False)  #: the kind's own keys, checked
    address: str  #: what it asks, for people; a secret one only as a mark that changes with it


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach a person."""

    name: str
    url: str = field(repr=False)  #: an Apprise address; a secret
    concerns: tuple[str, ...]  #: what it is told of at once
    digest: bool  #: whether the weekly digest goes there
    backup: str  #: channel that takes over when this one fails; "" for none


@dataclass(frozen=True, slots=True)
class Quiet:
    """When what can wait, waits."""

    begins: time  #: naive, school time
    ends: time
    timezone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Alerts:
    """How people are told."""

    channels: tuple[Channel, ...]
    detail: str  #: redacted, reference
    sensitivity: str  #: careful, balanced, quiet
    reference: str  #: prefix of case references
    per_hour: int  #: messages per channel and hour before a storm is rolled up
    backup_after: timedelta  #: pause before a failing channel's backup is used
    quiet: Quiet | None = None
    contacts: tuple[Contact, ...] = ()  #: who holds which office
    weekly_test: bool = True  #: whether channels are proven by acknowledged messages


@dataclass(frozen=True, slots=True)
class DigestTime:
    """When the weekly digest is due, in school time."""

    weekday: int  #: 0 is Monday
    at: time  #: naive, school time


@dataclass(frozen=True, slots=True)
class Review:
    """Where the service answers."""

    host: str
    port: int
    base_url: str  #: as the head's browser sees it; no trailing slash
    key: str = field(default="", repr=False)  #: seals second factors; "": one that the store keeps
    openid: Provider | None = None  #: where else people have accounts they may sign in with


@dataclass(frozen=True, slots=True)
class Network:
    """How the polite client behaves."""

    allow: tuple[str, ...]  #: private addresses or networks that may be fetched
    notice_url: str  #: page that explains the watching, sent in the User-Agent; "" for none
    spacing: timedelta  #: pause between two requests to one host


@dataclass(frozen=True, slots=True)
class Retention:
    """How long texts are kept."""

    quiet: timedelta
    digest: timedelta
    dismissed: timedelta


@dataclass(frozen=True, slots=True)
class Health:
    """When blindness is told, and to whom."""

    report_after: timedelta
    channel: str  #: name of a channel; "" for the technician's, or everybody's where there is none
    ping: str  #: address asked while all is well, so that silence is noticed elsewhere; "" for none


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told when nobody acknowledges an alert, one after another, each after so much more working time."""

    after: timedelta
    to: str  #: name of the channel told first; "" for none
    closed: tuple[tuple[date, date], ...] = ()  #: first and last days on which the school is closed
    order: tuple[str, ...] = ()  #: offices told then


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration."""

    path: Path
    federation: Federation
    sources: tuple[SourceSettings, ...]
    alerts: Alerts
    digest: DigestTime
    review: Review
    store_url: str = field(repr=False)
    network: Network
    retention: Retention
    health: Health
    escalation: Escalation
    steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: a school's own, by concern

    def source(self, name: str) -> SourceSettings:
        """Return the source of that name."""
        return next(source for source in self.sources if source.name == name)

    def channel(self, name: str) -> Channel:
        """Return the channel of that name."""
        return next(channel for channel in self.alerts.channels if channel.name == name)


def load(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Read and check the file. Secrets are looked up in `environment` (the process's own by default)."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path.name}: not a TOML file: {error}"]) from error
    return _Reader(path, os.environ if environment is None else environment).config(table)


class _Reader:
    """Reads one file's tables and gathers its mistakes."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self._path = path
        self._environment = environment
        self._faults: list[str] = []
        self._contacts: tuple[Contact, ...] = ()

    def config(self, table: dict[str, Any]) -> Config:
        """Return the checked configuration or raise every fault at once."""
        sections = dict(table)
        federation = self._federation(self._take(sections, "federation"))
        found_sources = self._sources(sections.pop("source", []))
        alerts = self._alerts(self._take(sections, "alerts"), federation)
        openid = self._openid(sections.get("review"))
        parts = {
            name: self._read(f"[{name}]", self._take(sections, name), keys)
            for name, keys in (
                ("digest", DIGEST),
                ("review", REVIEW),
                ("store", STORE),
                ("network", NETWORK),
                ("retention", RETENTION),
                ("health", HEALTH),
                ("escalation", ESCALATION),
                ("steps", STEPS),
            )
        }
        for name in sections:
            self._fault(f"[{name}]", Fault(name, "no such table", "this table"))
        channels = [channel.name for channel in alerts.channels] if alerts else []
        self._known_channel("[health]", "channel", parts["health"].get("channel"), channels)
        self._known_channel("[escalation]", "to", parts["escalation"].get("to"), channels)
        if self._faults or federation is None or alerts is None:
            raise ConfigError(self._faults)
        host, port = parts["review"].pop("listen")
        return Config(
            path=self._path,
            federation=federation,
            sources=found_sources,
            alerts=alerts,
            digest=DigestTime(parts["digest"]["day"], parts["digest"]["time"]),
            review=Review(host=host, port=port, openid=openid, **parts["review"]),
            store_url=self._beside(parts["store"]["url"]),
            network=Network(**parts["network"]),
            retention=Retention(**parts["retention"]),
            health=Health(**parts["health"]),
            escalation=Escalation(**parts["escalation"]),
            steps=parts["steps"],
        )

    def _federation(self, table: dict[str, Any]) -> Federation | None:
        self._contacts = self._people(table)
        schools = self._tables("[[federation.school]]", table.pop("school", []))
        read_schools = [self._read(place, school, SCHOOL) for place, school in schools]
        values = self._read("[federation]", table, FEDERATION)
        self._unique("[[federation.school]]", [school.get("name") for school in read_schools])
        if self._faults:
            return None
        values["against"] = values.pop("not")
        return Federation(**values, schools=tuple(School(**school) for school in read_schools))

    def _people(self, table: dict[str, Any]) -> tuple[Contact, ...]:
        tables = self._tables("[[federation.person]]", table.pop("person", []))
        people = [self._read(place, person, PERSON) for place, person in tables]
        return tuple(Contact(**person) for person in people if len(person) == len(PERSON))

    def _sources(self, tables: Any) -> tuple[SourceSettings, ...]:
        found = []
        for place, table in self._tables("[[source]]", tables):
            own: dict[str, Any] = {name: table.pop(name) for name in ("name", "kind", "every") if name in table}
            found.append(self._source(place, own, table))
        self._unique("[[source]]", [source.name for source in found if source])
        return tuple(source for source in found if source)

    def _source(self, place: str, own: dict[str, Any], rest: dict[str, Any]) -> SourceSettings | None:
        # Imported here: a kind's module loads feedparser or lxml, which `watcher --help` has no use for.
        from sources.registry import KINDS

        values = self._read(place, own, SOURCE)
        if "kind" not in values:
            return None
        kind = KINDS.get(values["kind"])
        if kind is None:
            self._fault(place, Fault("kind", f"one of {', '.join(sorted(KINDS))}", values["kind"]))
            return None
        settings = self._read(place, rest, kind.keys)
        if "name" not in values or "every" not in values:
            return None
        settings = {key: self._absolute(value) for key, value in settings.items()}
        address = shown_address(settings, kind.keys)
        return SourceSettings(values["name"], kind.name, values["every"] or kind.every, settings, address)

    def _alerts(self, table: dict[str, Any], federation: Federation | None) -> Alerts | None:
        channels = [
            self._read(place, channel, CHANNEL)
            for place, channel in self._tables("[[alerts.channel]]", table.pop("channel", []))
        ]
        values = self._read("[alerts]", table, ALERTS)
        names = [channel.get("name") for channel in channels]
        self._unique("[[alerts.channel]]", names)
        if not channels:
            self._fault("[[alerts.channel]]", Fault("channel", "at least one channel to tell people", "none"))
        for channel in channels:
            place = f'[[alerts.channel]] "{channel.get("name")}"'
            self._known_channel(place, "backup", channel.get("backup"), names)
        for contact in self._contacts:
            self._known_channel(f"[[federation.person]] {contact.role}", "channel", contact.channel, names)
        if self._faults or federation is None:
            return None
        values["reference"] = values["reference"] or initials(federation.name)
        hours = values.pop("quiet_hours")
        return Alerts(
            channels=tuple(Channel(**channel) for channel in channels),
            quiet=Quiet(hours[0], hours[1], federation.timezone) if hours else None,
            contacts=self._contacts,
            **values,
        )

    def _openid(self, review: Any) -> Provider | None:
        if not isinstance(review, dict) or "openid" not in review:
            return None
        values = self._read("[review.openid]", self._take(review, "openid"), OPENID)
        if len(values) < len(OPENID):
            return None
        for fault in faults_of(values):
            self._fault("[review.openid]", fault)
        return provider_of(values)

    def _read(self, place: str, table: dict[str, Any], keys: tuple[Key, ...]) -> dict[str, Any]:
        """Fill in secrets, read the table, and note faults with the value as the file has it."""
        filled, faults = secrets.fill(table, self._environment)
        missing = {fault.key for fault in faults}
        values, wrong = read_table({k: v for k, v in filled.items() if k not in missing}, keys)
        for fault in (*faults, *(fault for fault in wrong if fault.key not in missing)):
            got = secrets.shown(fault.key, table[fault.key], keys) if fault.key in table else fault.got
            self._fault(place, Fault(fault.key, fault.expected, got))
        return values

    def _take(self, sections: dict[str, Any], name: str) -> dict[str, Any]:
        table = sections.pop(name, {})
        if isinstance(table, dict):
            return dict(table)
        self._fault(f"[{name}]", Fault(name, f"a table [{name}]", secrets.HIDDEN))
        return {}

    def _tables(self, place: str, tables: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._fault(place, Fault(place.strip("[]"), f"tables {place}", secrets.HIDDEN))
            return
        for number, table in enumerate(tables, 1):
            name = table.get("name")
            yield f'{place} "{name}"' if isinstance(name, str) else f"{place} number {number}", dict(table)

    def _unique(self, place: str, names: list[Any]) -> None:
        for name in sorted({name for name in names if name and names.count(name) > 1}):
            self._fault(f'{place} "{name}"', Fault("name", "a name used once", name))

    def _known_channel(self, place: str, key: str, name: Any, names: list[Any]) -> None:
        if name and name not in names:
            known = ", ".join(f'"{known}"' for known in names)
            self._fault(place, Fault(key, f"the name of a channel ({known})", name))

    def _fault(self, place: str, fault: Fault) -> None:
        self._faults.append(f"{self._path.name} {place}, {fault}")

    def _absolute(self, value: Any) -> Any:
        return self._path.parent / value if isinstance(value, Path) else value

    def _beside(self, url: str) -> str:
        prefix = "sqlite:///"
        if not url.startswith(prefix):
            return url
        return prefix + str((self._path.parent / url.removeprefix(prefix)).absolute())


def shown_address(settings: Mapping[str, Any], keys: tuple[Key, ...]) -> str:
    """Return what a source asks; a secret address only as a mark that tells it from another."""
    name = next((name for name in ("url", "path") if settings.get(name)), "")
    address = str(settings.get(name) or "")
    if any(key.secret for key in keys if key.name == name):
        return f"secret address {hashlib.blake2b(address.encode(), digest_size=4).hexdigest()}"
    return address
