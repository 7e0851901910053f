"""Scripted social networks, each in its own dialect."""

import html
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scripted_site import CHALLENGE, FAULTS, Fault, Item, ScriptedSite, path_of, wanted
from social_answers import atom, google_error, json_answer, problem
from web_server import Answer, Asked

from sources.errors import Malformed, RateLimited, Refused

HTML = {"Content-Type": "text/html; charset=utf-8"}


class Mastodon(ScriptedSite):
    """A server with one hashtag, which gives a page's successor in its Link header."""

    backlog = 150

    def table(self) -> dict[str, Any]:
        return {"url": "https://social.example", "tags": ["hollybush"]}

    def answer(self, asked: Asked) -> Answer:
        if path_of(asked) == "/api/v1/apps/verify_credentials":
            return json_answer({"name": "Watcher", "website": None})
        if path_of(asked) != "/api/v1/timelines/tag/hollybush":
            item = self.shown(path_of(asked).removeprefix("/api/v1/statuses/"))
            return json_answer(status(item)) if item else json_answer({"error": "Record not found"}, 404)
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
        if method == "com.atproto.server.getSession":
            return json_answer({"handle": "hollybush.bsky.social", "did": "did:plc:hollybush"})
        if method == "app.bsky.feed.getPosts":
            asked_for = parse_qs(urlsplit(asked.path).query)["uris"]
            found = (self.shown(uri.rpartition("/")[2]) for uri in asked_for)
            return json_answer({"posts": [skeet(item) for item in found if item]})
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


class Reddit(ScriptedSite):
    """Search as a feed, for those who bring a feed token."""

    backlog = 250
    faults = FAULTS | {"blocked": Fault(Answer(CHALLENGE, 200, {"Content-Type": "text/html"}), (Refused,))}

    def table(self) -> dict[str, Any]:
        return {"user": "hollybush_reader", "token": "feedfeedfeed", "queries": ["Hollybush"]}

    def hosts(self) -> tuple[str, ...]:
        return ("www.reddit.com",)

    def answer(self, asked: Asked) -> Answer:
        if wanted(asked).get("feed") != "feedfeedfeed":
            return Answer(status=403)
        if path_of(asked) != "/search.rss":
            number = path_of(asked).split("/")[2]
            return atom([submission(self.shown(number) or Item(int(number), said="[deleted]"))])
        ids = [f"t3_{item.number}" for item in self.items]
        start = ids.index(wanted(asked)["after"]) + 1 if "after" in wanted(asked) else 0
        return atom(map(submission, self.items[start : start + 100]))


def submission(item: Item) -> str:
    """Return a post as Reddit's feed writes it."""
    link = f"https://www.reddit.com/r/Walsall/comments/{item.number}/x/"
    tail = f'submitted by <a href="x">/u/ann</a> to <a href="y">r/Walsall</a> <a href="{link}">[link]</a>'
    markup = "<p>[deleted]</p>" if item.said == "[deleted]" else item.markup
    said = f'<!-- SC_OFF --><div class="md">{markup}</div><!-- SC_ON --> {tail}'
    return (
        f'<entry><author><name>/u/ann</name></author><id>t3_{item.number}</id><link href="{link}"/>'
        f"<title>{item.title}</title><published>{item.at.isoformat()}</published>"
        f'<content type="html">{html.escape(said)}</content></entry>'
    )


class Telegram(ScriptedSite):
    """The page of a channel, twenty messages at a time, oldest first."""

    backlog = 90

    def table(self) -> dict[str, Any]:
        return {"channels": ["hollybushnews"]}

    def hosts(self) -> tuple[str, ...]:
        return ("t.me",)

    def answer(self, asked: Asked) -> Answer:
        before = int(wanted(asked).get("before", "999999"))
        page = sorted((item for item in self.items if item.number < before), key=lambda item: item.number)[-20:]
        more = f'<a class="tme_messages_more" data-before="{page[0].number}"></a>' if page else ""
        shown = f'<section class="tgme_channel_history">{more}{"".join(map(message, page))}</section>'
        head = '<div class="tgme_channel_info"><div class="tgme_channel_info_header_title">Local</div></div>'
        return Answer(f"<!doctype html><html><body>{head}{shown}</body></html>".encode(), headers=HTML)


def message(item: Item) -> str:
    """Return a message as a channel's page shows it."""
    return (
        f'<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="news/{item.number}">'
        '<a class="tgme_widget_message_owner_name">Local</a>'
        f'<div class="tgme_widget_message_text js-message_text">{item.title}<br/>{item.markup}</div>'
        f'<a class="tgme_widget_message_date"><time datetime="{item.at.isoformat()}">07:00</time></a></div></div>'
    )


class Lemmy(ScriptedSite):
    """A server of version 0.19, which answers 400 to whoever asks too often."""

    backlog = 120
    faults = FAULTS | {
        "too often": Fault(json_answer({"error": "rate_limit_error"}, 400), (RateLimited,)),
        "not a lemmy": Fault(json_answer({"hello": "world"}), (Malformed,)),
    }

    def table(self) -> dict[str, Any]:
        return {"url": "https://lemmy.example", "queries": ["Hollybush"]}

    def answer(self, asked: Asked) -> Answer:
        if path_of(asked) == "/api/v3/post":
            item = self.shown(wanted(asked)["id"])
            return (
                json_answer({"post_view": lemmy_post(item)}) if item else json_answer({"error": "not_found"}, 404)
            )
        if path_of(asked) != "/api/v3/search":
            return json_answer({"error": "not_found"}, 404)
        page = int(wanted(asked).get("page", "1"))
        shown = self.items[(page - 1) * 50 : page * 50]
        return json_answer({"type_": "All", "posts": [lemmy_post(item) for item in shown], "comments": []})


def lemmy_post(item: Item) -> dict[str, Any]:
    """Return a post as Lemmy shows it; what would be a mark of Markdown is escaped."""
    post = {
        "id": item.number,
        "name": item.title,
        "body": item.text.replace("<", "\\<").replace("&", "&amp;").replace("\\<", "&lt;"),
        "published": item.at.isoformat(),
        "ap_id": f"https://lemmy.example/post/{item.number}",
        "deleted": False,
        "removed": False,
    }
    return {"post": post, "creator": {"name": "ann"}, "community": {"name": "walsall"}}


class YouTube(ScriptedSite):
    """A search for videos, none of which has comments."""

    backlog = 250
    faults = FAULTS | {
        "wrong key": Fault(google_error(400, "keyInvalid"), (Refused,)),
        "allowance used up": Fault(google_error(403, "quotaExceeded"), (RateLimited,)),
    }

    def table(self) -> dict[str, Any]:
        return {"key": "AIzaKEY", "queries": ["Hollybush"]}

    def hosts(self) -> tuple[str, ...]:
        return ("www.googleapis.com",)

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("x-goog-api-key") != "AIzaKEY":
            return google_error(403, "forbidden")
        if path_of(asked).endswith("commentThreads"):
            return google_error(403, "commentsDisabled")
        if path_of(asked).endswith("/videos"):
            there = [one for one in wanted(asked)["id"].split(",") if self.shown(one.removeprefix("v"))]
            return json_answer({"items": [{"id": one} for one in there]})
        start = int(wanted(asked).get("pageToken", "0"))
        more = {"nextPageToken": str(start + 50)} if start + 50 < len(self.items) else {}
        return json_answer({"items": [found_video(item) for item in self.items[start : start + 50]]} | more)


class YouTubeChannel(ScriptedSite):
    """A channel whose uploads come fifty at a time, without comments."""

    backlog = 250
    faults = FAULTS | {
        "wrong key": Fault(google_error(400, "keyInvalid"), (Refused,)),
        "allowance used up": Fault(google_error(403, "quotaExceeded"), (RateLimited,)),
    }

    def table(self) -> dict[str, Any]:
        return {"key": "AIzaCHANNEL", "channel": "@hollybushnursery", "url": "https://channel.example/youtube/v3"}

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("x-goog-api-key") != "AIzaCHANNEL":
            return google_error(403, "forbidden")
        match path_of(asked).rpartition("/")[2]:
            case "channels":
                return json_answer({"items": [{"id": "UC" + "x" * 22, "snippet": {"title": "Hollybush"}}]})
            case "commentThreads":
                return json_answer({"items": []})
            case "videos":
                there = [one for one in wanted(asked)["id"].split(",") if self.shown(one.removeprefix("v"))]
                return json_answer({"items": [{"id": one} for one in there]})
        start = int(wanted(asked).get("pageToken", "0"))
        more = {"nextPageToken": str(start + 50)} if start + 50 < len(self.items) else {}
        return json_answer({"items": [uploaded_video(item) for item in self.items[start : start + 50]]} | more)


def uploaded_video(item: Item) -> dict[str, Any]:
    """Return a video as the list of uploads writes it."""
    snippet = {"title": item.title, "description": item.text, "channelTitle": "Hollybush"}
    return {
        "snippet": snippet,
        "contentDetails": {"videoId": f"v{item.number}", "videoPublishedAt": item.at.isoformat()},
    }


def found_video(item: Item) -> dict[str, Any]:
    """Return a video as the search writes it."""
    snippet = {
        "publishedAt": item.at.isoformat(),
        "title": html.escape(item.title),
        "description": item.text,
        "channelTitle": "Ann",
    }
    return {"id": {"kind": "youtube#video", "videoId": f"v{item.number}"}, "snippet": snippet}


class X(ScriptedSite):
    """A search that knows the names of fields in use since July 2026 only."""

    backlog = 250
    faults = FAULTS | {
        "no credits": Fault(problem(402, "credits"), (Refused,)),
        "not approved": Fault(problem(403, "client-forbidden"), (Refused,)),
    }

    def table(self) -> dict[str, Any]:
        return {"token": "AAAAtoken", "approved": True, "dollars": 100, "queries": ["Hollybush"]}

    def hosts(self) -> tuple[str, ...]:
        return ("api.x.com",)

    def answer(self, asked: Asked) -> Answer:
        query = wanted(asked)
        if asked.headers.get("authorization") != "Bearer AAAAtoken":
            return problem(401, "unauthorized")
        if "ids" in query:
            return json_answer(self._looked_up(query["ids"].split(",")))
        if "tweet.fields" in query:
            return problem(400, "invalid-request", "The query parameter [tweet.fields] is not one of [post.fields]")
        start = int(query.get("next_token", "0"))
        most = int(query["max_results"])
        since = datetime.fromisoformat(query["start_time"])
        found = [item for item in self.items if item.at >= since]
        more = {"next_token": str(start + most)} if start + most < len(found) else {}
        page = [post_on_x(item) for item in found[start : start + most]]
        return json_answer({"data": page, "meta": {"result_count": len(page)} | more})

    def _looked_up(self, ids: list[str]) -> dict[str, Any]:
        there = {one: item for one in ids if (item := self.shown(int(one) - 10_000))}
        missing = [{"resource_id": one, "title": "Not Found Error"} for one in ids if one not in there]
        return {"data": [post_on_x(item) for item in there.values()], "errors": missing}


def post_on_x(item: Item) -> dict[str, Any]:
    """Return a post as X writes it; an edited one has a new id and names its first."""
    number = 10_000 + item.number
    said = html.escape(f"{item.title}\n{item.text}", quote=False)
    edited = bool(item.said)
    return {
        "id": str(number + 50_000 * edited),
        "edit_history_post_ids": [str(number), str(number + 50_000)][: 1 + edited],
        "text": said[:200],
        "note_post": {"text": said},
        "created_at": item.at.isoformat(),
        "lang": "en",
    }


class Roblox(ScriptedSite):
    """A search for groups, and one for experiences that finds nothing."""

    backlog = 250
    deletes = False  #: only a search is asked, and a find may sink

    def table(self) -> dict[str, Any]:
        return {"queries": ["Hollybush"]}

    def hosts(self) -> tuple[str, ...]:
        return ("groups.roblox.com", "apis.roblox.com")

    def answer(self, asked: Asked) -> Answer:
        if path_of(asked) == "/search-api/omni-search":
            return json_answer({"searchResults": [], "nextPageToken": ""})
        start = int(wanted(asked).get("cursor", "0"))
        more = str(start + 100) if start + 100 < len(self.items) else None
        page = [group(item) for item in self.items[start : start + 100]]
        return json_answer({"previousPageCursor": None, "nextPageCursor": more, "data": page})


def group(item: Item) -> dict[str, Any]:
    """Return a group as the search writes it."""
    created = item.at.isoformat()
    return {"id": item.number, "name": item.title, "description": item.text, "memberCount": 3, "created": created}
