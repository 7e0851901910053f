"""The messages people get. Pure: values in, subject, plain text and HTML out.

Subject and preview carry a reference, the concern and the kind of place, nothing else; words live in
templates/.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

if TYPE_CHECKING:
    from watcher.digest import DigestView

#: Characters that could forge a header, reorder a line or hide in one.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]+")
_MARKDOWN = re.compile(r"([\\\[\]()*_#<>@`|~])")
EXCERPT = 400  #: characters of a post shown in a message, at most


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready to send."""

    subject: str  #: neutral: no word of a post, no name of a person
    text: str
    html: str
    card: str = ""  #: an Adaptive Card for Teams (JSON); "" where the plain text will do


@dataclass(frozen=True, slots=True)
class ConcernWords:
    """How a concern is spoken of."""

    name: str  #: "safeguarding"
    title: str  #: "safeguarding concern"
    clause: str
    meaning: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case as a message shows it."""

    reference: str
    concerns: tuple[ConcernWords, ...]  #: those of the highest grade, safeguarding first
    place: str  #: "a public forum"
    source: str  #: the source's configured name
    seen: str  #: school time
    published: str  #: school time, or ""
    excerpt: str  #: redacted, or "" where alerts.detail is "reference"
    because: tuple[str, ...]  #: empty where alerts.detail is "reference"
    url: str  #: the post, or ""
    review_url: str
    repeats: int  #: further places where it stands
    how_often: tuple[str, ...] = ()  #: how often such alerts were right, in sentences

    @property
    def title(self) -> str:
        """What it may be, in a few words."""
        return f"possible {' and '.join(concern.title for concern in self.concerns)}"

    @property
    def steps(self) -> tuple[str, ...]:
        """First steps for its concerns, each once."""
        return tuple(dict.fromkeys(step for concern in self.concerns for step in concern.steps))


@dataclass(frozen=True, slots=True)
class BlindSource:
    """A source that cannot be read, in words."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Troubles:
    """What is technically wrong."""

    blind: tuple[BlindSource, ...] = ()
    recovered: tuple[str, ...] = ()  #: sources that can be read again
    channels: tuple[tuple[str, str], ...] = ()  #: channels that take no messages, and why
    disk: int | None = None  #: MiB left, where that is little
    unproven: tuple[tuple[str, str], ...] = ()  #: channels whose test nobody acknowledged; since when, or ""
    unrecognised: tuple[str, ...] = ()  #: schools about which a planted post was not recognised

    @property
    def heading(self) -> str:
        """The gravest of it, in a few words."""
        if self.unrecognised:
            return "A planted post was not recognised"
        if self.disk is not None:
            return "The disk is nearly full"
        if self.channels:
            return f"{len(self.channels)} {_plural(len(self.channels), 'channel')} cannot be reached"
        if self.unproven:
            return f"{len(self.unproven)} {_plural(len(self.unproven), 'channel')} not proven"
        if self.blind:
            return f"{len(self.blind)} {_plural(len(self.blind), 'source')} cannot be read"
        return "All sources can be read again"


def alert(case: CaseView, *, change: str = "alert", repeat: bool = False) -> Message:
    """Tell of one case at once; `change` is "alert", "raised" (graver than when told before) or "escalated"."""
    before = {"raised": "More serious: ", "escalated": "Nobody has answered: "}.get(change, "")
    heading = before + case.title if before else f"{case.title[0].upper()}{case.title[1:]}"
    subject = f"{heading} on {case.place} (ref {case.reference})"
    message = _message("alert", _marked(subject, repeat), case=case, heading=heading, change=change)
    return replace(message, card=_card(case, message.subject, heading))


def gone(case: CaseView, *, repeat: bool = False) -> Message:
    """Tell that everything a case is about has gone from its pages."""
    return _message("gone", _marked(f"Gone from its page (ref {case.reference})", repeat), case=case)


def changed(case: CaseView, *, repeat: bool = False) -> Message:
    """Tell that a post was changed after people were told of it."""
    return _message("changed", _marked(f"The post was changed (ref {case.reference})", repeat), case=case)


def rollup(cases: Sequence[CaseView], reference: str, *, repeat: bool = False) -> Message:
    """Tell of many cases in one message; they come most urgent first."""
    safeguarding = any(concern.clause == "4.5" for case in cases for concern in case.concerns)
    heading = f"{len(cases)} new cases{', safeguarding among them' if safeguarding else ''}"
    steps = tuple(dict.fromkeys(step for case in cases for step in case.steps))
    subject = _marked(f"{heading} (ref {reference})", repeat)
    return _message("rollup", subject, cases=cases, heading=heading, steps=steps)


def health(troubles: Troubles, *, repeat: bool = False) -> Message:
    """Tell of what is technically wrong, or no longer."""
    heading = troubles.heading
    return _message("health", _marked(f"Watcher: {heading}", repeat), troubles=troubles, heading=heading)


def trial(federation: str, channel: str) -> Message:
    """Prove that a channel works."""
    heading = "Test message from the watcher"
    return _message("test", f"{heading} to {channel}", heading=heading, federation=federation)


def with_proof(message: Message, link: str) -> Message:
    """Add to a message the link by which somebody says that it has reached them."""
    asked = _templates().get_template("proof.html.jinja").render(link=link)
    html = message.html.replace("</main>", f"{asked}</main>", 1)
    text = message.text + _templates().get_template("proof.txt.jinja").render(link=link)
    return replace(message, text=text, html=html)


def digest_message(digest: "DigestView") -> Message:
    """Tell of a week."""
    blind, all_of_them = len(digest.blind), len(digest.blind) + len(digest.sees)
    unseen = f"{blind} of {all_of_them} {_plural(all_of_them, 'source')} could not be read, " if blind else ""
    heading = f"{unseen}{_count(digest.mentions, 'mention')}, {_count(len(digest.open_cases), 'open case')}"
    return _message("digest", f"Weekly digest: {heading}", digest=digest, heading=heading)


def concern_words(concern: str, steps: Sequence[str] = ()) -> ConcernWords:
    """Return how a concern is spoken of; `steps` are a school's own first steps, in place of ours."""
    words = _words()["concern"][concern]
    first = tuple(steps or words["steps"])
    return ConcernWords(words["name"], words["title"], words["clause"], words["meaning"], first)


def usefulness_words(sentence: str, **values: Any) -> str:
    """Return how it is said how often alerts were right; `alerts` names the concern they were about."""
    if "alerts" in values:
        values["alerts"] = _words()["concern"][values["alerts"]]["alerts"]
    return str(_words()["usefulness"][sentence].format(**values))


def planted_text(school: str) -> str:
    """Return the words of the post that is planted about a school once a week."""
    return str(_words()["drill"]["text"].format(school=school))


def place_words(platform: str) -> str:
    """Return what a platform is called: "forum" is "a public forum"."""
    places: Mapping[str, str] = _words()["place"]
    return places.get(platform, places["other"])


def language_words(code: str) -> str:
    """Return what a language is called: "pl" is "Polish"."""
    languages: Mapping[str, str] = _words()["language"]
    return languages.get(code, languages["other"])


def school_time(moment: datetime | None, zone: ZoneInfo) -> str:
    """Write a moment as people at the school say it: "Tue 3 Nov 2026, 14:05"; "" for None."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def school_day(moment: datetime | None, zone: ZoneInfo) -> str:
    """Write a day as people at the school say it: "9 November"; "" for None."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B}"


def excerpt(redacted: str) -> str:
    """Shorten a redacted text for a message, at a word's end."""
    text = printable(redacted)
    if len(text) <= EXCERPT:
        return text
    return text[:EXCERPT].rsplit(" ", 1)[0] + " ..."


def printable(text: str) -> str:
    """Return text on one line without control, direction or invisible characters."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def environment() -> Environment:
    """Return the templates, every value escaped in HTML and XML ones and none in plain ones."""
    return Environment(
        loader=PackageLoader("watcher", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html", "html.jinja", "xml.jinja")),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


@cache
def _templates() -> Environment:
    return environment()


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files("watcher").joinpath("templates/words.toml").read_text(encoding="utf-8"))


def _message(template: str, subject: str, **values: Any) -> Message:
    safe = printable(subject)
    html = _templates().get_template(f"{template}.html.jinja").render(subject=safe, **values)
    text = _templates().get_template(f"{template}.txt.jinja").render(subject=safe, **values)
    return Message(safe, re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", html)


def _card(case: CaseView, subject: str, heading: str) -> str:
    """Return an Adaptive Card. Its template holds words; every value goes in as JSON with Markdown disarmed."""
    environment = _templates().overlay(autoescape=False)
    environment.filters["said"] = lambda text: json.dumps(_MARKDOWN.sub(r"\\\1", printable(text)))
    environment.filters["address"] = json.dumps
    return environment.get_template("alert.card.jinja").render(case=case, subject=subject, heading=heading)


def _marked(subject: str, repeat: bool) -> str:
    return f"(possible repeat) {subject}" if repeat else subject


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def _count(count: int, noun: str) -> str:
    return f"{count or 'no'} {_plural(count, noun)}"
