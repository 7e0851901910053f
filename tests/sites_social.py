"""Scripted social networks, each in its own dialect."""

import html
from typing import Any

from scripted_site import FAULTS, Fault, Item, ScriptedSite, path_of, wanted
from social_answers import json_answer
from web_server import Answer, Asked

from sources.errors import Malformed, Refused


class Mastodon(ScriptedSite):
    """A server with one hashtag, which gives a page's successor in its Link header."""

    backlog = 150

    def table(self) -> dict[str, Any]:
        return {"url": "https://social.example", "tags": ["hollybush"]}

    def answer(self, asked: Asked) -> Answer:
        if path_of(asked) != "/api/v1/timelines/tag/hollybush":
            return Answer(status=404)
        older = wanted(asked).get("max_id")
        numbers = sorted((item.number for item in self.items), reverse=True)
        page = [n for n in numbers if not older or n < int(older)][:40]
        by_number = {item.number: item for item in self.items}
        link = f'<https://social.example{path_of(asked)}?limit=40&max_id={page[-1]}>; rel="next"' if page else ""
        return json_answer([status(by_number[n]) for n in page], **({"Link": link} if link else {}))


def status(item: Item) -> dict[str, Any]:
    """Return a status as Mastodon writes it."""
    return {
        "id": str(item.number),
        "uri": f"https://social.example/users/ann/statuses/{item.number}",
        "url": f"https://social.example/@ann/{item.number}",
        "created_at": item.at.isoformat().replace("+00:00", "Z"),
        "visibility": "public",
        "language": "en",
        "content": f"<p>{html.escape(item.title)}</p>{item.markup}",
        "account": {"username": "ann", "display_name": "Ann", "note": "<p>Baker</p>"},
        "media_attachments": [],
    }


class Bluesky(ScriptedSite):
    """An account's server: it signs in, renews sessions, and searches."""

    edits = False  #: an edit there is another post
    backlog = 250
    faults = FAULTS | {
        "wrong password": Fault(json_answer({"error": "AuthenticationRequired"}, 401), (Refused,)),
        "edge block": Fault(Answer(b"<html>403 Forbidden</html>", 403), (Refused,)),
        "odd question": Fault(json_answer({"error": "InvalidRequest", "message": "q"}, 400), (Malformed, Refused)),
    }

    def table(self) -> dict[str, Any]:
        return {"handle": "hollybush.bsky.social", "password": "abcd-efgh-ijkl", "queries": ["Hollybush"]}

    def hosts(self) -> tuple[str, ...]:
        return ("bsky.social", "pds.example")

    def answer(self, asked: Asked) -> Answer:
        method = path_of(asked).rpartition("/")[2]
        if method == "com.atproto.server.createSession":
            service = [{"id": "#atproto_pds", "serviceEndpoint": "https://pds.example"}]
            return json_answer({"accessJwt": "aaa.aaa", "refreshJwt": "rrr.rrr", "didDoc": {"service": service}})
        if asked.headers.get("authorization") != "Bearer aaa.aaa":
            return json_answer({"error": "AuthMissing"}, 401)
        start = int(wanted(asked).get("cursor", "0"))
        page = self.items[start : start + 100]
        return json_answer(
            {"posts": [skeet(item) for item in page]} | ({"cursor": f"{start + 100}"} if page else {})
        )


def skeet(item: Item) -> dict[str, Any]:
    """Return a post as Bluesky shows it."""
    return {
        "uri": f"at://did:plc:ann/app.bsky.feed.post/{item.number}",
        "author": {"did": "did:plc:ann", "handle": "ann.example", "displayName": "Ann"},
        "record": {"text": f"{item.title}\n{item.text}", "createdAt": item.at.isoformat(), "langs": ["en"]},
        "indexedAt": item.at.isoformat(),
    }
