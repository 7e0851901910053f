"""The evidence pack of one case: a ZIP that a solicitor or a helpline accepts. Pure: rows in, bytes out.

Everything in it is named with its SHA-256 in manifest.json; the manifest's own hash stands in the audit log, so
that a changed pack is known. Pictures are never in it, because they are never fetched.
"""

import hashlib
import io
import json
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from watcher import __version__
from watcher.messages import concern_words, environment, place_words, printable
from watcher.paper import paper
from watcher.settings import CONCERNS
from watcher.store.records import AuditRow, CaseRow, Comment, MentionRow, Version


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that is held of a case."""

    federation: str
    zone: ZoneInfo
    case: CaseRow
    mentions: Sequence[MentionRow]
    versions: Sequence[Version]
    comments: Sequence[Comment]
    history: Sequence[AuditRow]
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A finished pack."""

    content: bytes
    manifest: str  #: SHA-256 of manifest.json


@dataclass(frozen=True, slots=True)
class Route:
    """How a platform takes reports."""

    name: str
    how: str
    rule: str


def pack(dossier: Dossier) -> Pack:
    """Return the ZIP of a case."""
    pieces = {"case.json": _json(_case(dossier)), "history.json": _json(_history(dossier))}
    for number, mention in enumerate(dossier.mentions, 1):
        pieces[f"post-{number}/post.json"] = _json(_post(dossier, mention))
        for version in dossier.versions:
            if version.mention_id == mention.id:
                pieces[f"post-{number}/version-{version.version}.txt"] = _text(version)
                pieces[f"post-{number}/http-{version.version}.txt"] = _http(dossier, version)
    for platform in dict.fromkeys(mention.platform for mention in dossier.mentions):
        pieces[f"referral-{platform}.txt"] = referral(dossier, platform).encode()
    ending, printed = paper(_pages(dossier), dossier.made_at)
    pieces[f"case.{ending}"] = printed
    pieces["README.txt"] = _rendered("evidence.txt.jinja", dossier).encode()
    manifest = _json(_manifest(dossier, pieces))
    return Pack(_zip(pieces | {"manifest.json": manifest}, dossier.made_at), hashlib.sha256(manifest).hexdigest())


def referral(dossier: Dossier, platform: str) -> str:
    """Return a text to report a case's posts on one platform with; a person sends it, never the watcher."""
    there = [mention for mention in dossier.mentions if mention.platform == platform]
    posts = [(mention, both_times(mention.first_seen_at, dossier.zone)) for mention in there]
    return _rendered("referral.txt.jinja", dossier, posts=posts, place=place_words(platform), route=route(platform))


def route(platform: str) -> Route:
    """Return how a platform takes reports."""
    known = _routes()
    return Route(**known.get(platform, known["other"]))


def both_times(moment: datetime | None, zone: ZoneInfo) -> str:
    """Write a moment in UTC and in school time; "" for None."""
    if moment is None:
        return ""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC ({moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z})"


@cache
def _routes() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("watcher").joinpath("data/routes.toml").read_text(encoding="utf-8"))


def _rendered(template: str, dossier: Dossier, **values: Any) -> str:
    concerns = [concern_words(concern) for concern in CONCERNS if getattr(dossier.case, concern)]
    made = both_times(dossier.made_at, dossier.zone)
    return environment().get_template(template).render(dossier=dossier, concerns=concerns, made=made, **values)


def _case(dossier: Dossier) -> dict[str, Any]:
    case = dossier.case
    return {
        "reference": case.reference,
        "federation": dossier.federation,
        "state": case.state,
        "verdict": case.verdict,
        "grades": {concern: getattr(case, concern) for concern in CONCERNS},
        "opened": both_times(case.opened_at, dossier.zone),
        "seen": both_times(case.acknowledged_at, dossier.zone),
        "seen_by": case.acknowledged_by,
        "closed": both_times(case.closed_at, dossier.zone),
        "notes": [
            {"at": both_times(note.at, dossier.zone), "who": note.who, "text": note.text}
            for note in dossier.comments
        ],
    }


def _history(dossier: Dossier) -> list[dict[str, Any]]:
    return [
        {"at": both_times(row.at, dossier.zone), "who": row.who, "did": row.action, "detail": dict(row.detail)}
        for row in dossier.history
    ]


def _post(dossier: Dossier, mention: MentionRow) -> dict[str, Any]:
    return {
        "address": mention.url,
        "place": place_words(mention.platform),
        "found_by": mention.source,
        "signed": mention.author,
        "published": both_times(mention.published_at, dossier.zone),
        "first_seen": both_times(mention.first_seen_at, dossier.zone),
        "found_deleted": both_times(mention.gone_at, dossier.zone),
        "versions": mention.version,
        "because": list(mention.because),
    }


def _text(version: Version) -> bytes:
    """Return a version as it was seen, to the letter."""
    return (f"{version.title}\n\n{version.text}" if version.title else version.text).encode()


def _http(dossier: Dossier, version: Version) -> bytes:
    """Return what is recorded of the answers in which a version came."""
    return _rendered("evidence-http.txt.jinja", dossier, version=version, both_times=both_times).encode()


def _manifest(dossier: Dossier, pieces: dict[str, bytes]) -> dict[str, Any]:
    return {
        "case": dossier.case.reference,
        "made": both_times(dossier.made_at, dossier.zone),
        "made_by": dossier.made_by,
        "program": f"nursery-watcher {__version__}",
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(pieces.items())},
    }


def _pages(dossier: Dossier) -> list[tuple[str, str]]:
    """Return the paper's sections: a heading and a text each."""
    case = dossier.case
    sections = [(f"Case {case.reference}", _rendered("evidence-head.txt.jinja", dossier))]
    for number, mention in enumerate(dossier.mentions, 1):
        facts = _post(dossier, mention).items()
        told = "\n".join(f"{name}: {value}" for name, value in facts if value and name != "because")
        sections.append((f"Post {number}", told))
        for version in dossier.versions:
            if version.mention_id == mention.id:
                sections.extend(_version_pages(dossier, f"Post {number}, version {version.version}", version))
    who = "\n".join(f"{row['at']}: {row['who']}: {row['did']}" for row in _history(dossier))
    return [*sections, ("Who looked and decided", who or "Nobody yet.")]


def _version_pages(dossier: Dossier, name: str, version: Version) -> list[tuple[str, str]]:
    """Return the sections of one version: its text, and how it was answered, each with the hash of its file."""
    text, http = _text(version), _http(dossier, version)
    return [
        (f"{name}, seen {both_times(version.seen_at, dossier.zone)}", f"{text.decode()}\n\n{_hash_line(text)}"),
        (f"{name}, as it was answered", f"{http.decode()}\n{_hash_line(http)}"),
    ]


def _hash_line(piece: bytes) -> str:
    return f"SHA-256 of the file: {hashlib.sha256(piece).hexdigest()}"


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False).encode()


def _zip(pieces: dict[str, bytes], made_at: datetime) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pieces.items():
            entry = zipfile.ZipInfo(printable(name), made_at.astimezone(UTC).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return target.getvalue()
