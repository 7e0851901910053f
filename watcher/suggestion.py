"""Sources that fit a federation, and how a source is written into the configuration. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from watcher.config import Federation


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A source worth having."""

    kind: str
    name: str
    keys: Mapping[str, Any]  #: as they would stand in the file
    why: str  #: one sentence


def suggest(federation: Federation, configured: Iterable[str]) -> list[Suggestion]:
    """Return the sources that fit the federation, without those of kinds that are configured already."""
    have = set(configured)
    place = federation.places[0] if federation.places else ""
    found = [
        Suggestion("google-news", "Google News", {}, "News articles that name the schools."),
        Suggestion(
            "google-alerts",
            "Google Alerts",
            {"url": "${GOOGLE_ALERT_URL}"},
            "Forums and blogs nobody listed; make the alert by hand at google.com/alerts and put its feed here.",
        ),
        Suggestion(
            "imap",
            "Alerts mailbox",
            {
                "url": "imaps://imap.school.example",
                "user": "${IMAP_USER}",
                "password": "${IMAP_PASSWORD}",
                "authserv_id": "mx.school.example",
                "forwarders": ("office@school.example",),
            },
            "Google Alerts by mail, notifications of platforms, what staff forward; a mailbox for this alone.",
        ),
        Suggestion("gdelt", "World news", {}, "Articles whose text names the schools, not only the headline."),
        Suggestion(
            "mediawiki", "Wikipedia", {"url": "https://en.wikipedia.org/w/api.php"}, "Pages that name the schools."
        ),
        Suggestion("mastodon", "Mastodon", {"url": "https://mastodon.social"}, "Hashtags with the schools' names."),
        Suggestion("roblox", "Roblox", {}, "Games and groups that use the schools' names."),
        Suggestion(
            "site",
            "Our own website",
            {"url": "https://www.school.example/"},
            "Children named by accident in a newsletter; put the site's address here.",
        ),
    ]
    if place:
        words = f"{place} news feed"
        why = f"What is written in {place}; search the web for «{words}» and put the feed's address here."
        found.append(Suggestion("feed", f"{place} news", {"url": "https://news.example/feed"}, why))
    return [one for one in found if one.kind not in have]


def written(kind: str, name: str, keys: Mapping[str, Any]) -> str:
    """Return a source as it stands in the file."""
    rows = {"kind": kind, "name": name, **keys}
    return "[[source]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in rows.items())


def _toml(value: Any) -> str:
    """Write a value; TOML's texts, numbers and lists are JSON's."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
