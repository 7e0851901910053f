"""Scripted websites, blogs, wikis and forums, each in its own dialect."""

import html
from typing import Any

from scripted_site import Item, ScriptedSite, path_of, wanted
from social_answers import atom, json_answer
from web_server import Answer, Asked

PAGE = {"Content-Type": "text/html; charset=utf-8"}


class Website(ScriptedSite):
    """A school's website whose first page leads to the others, as its sitemap does."""

    backlog = 35
    most_requests = 45

    def table(self) -> dict[str, Any]:
        return {"url": "https://www.school.example/"}

    def answer(self, asked: Asked) -> Answer:
        path = path_of(asked)
        if path == "/":
            links = "".join(f"<a href='/news/{item.number}'>{item.title}</a>" for item in self.items)
            return Answer(
                f"<html><title>School</title><body><nav>{links}<a href='/'>Home</a></nav></body></html>".encode(),
                headers=dict(PAGE),
            )
        found = self.shown(path.removeprefix("/news/"))
        return Answer(self._page(found), headers=dict(PAGE)) if found else Answer(status=404)

    def _page(self, item: Item) -> bytes:
        return (
            f"<html><head><title>{item.title}</title>"
            f"<meta property='article:published_time' content='{item.at.isoformat()}'></head>"
            f"<body><header>{html.escape('Menu & more')}</header><main>{item.markup}</main></body></html>"
        ).encode()


class WordPress(ScriptedSite):
    """A blog whose comments are all below one post."""

    backlog = 120

    def table(self) -> dict[str, Any]:
        return {"url": "https://blog.example/"}

    def answer(self, asked: Asked) -> Answer:
        if path_of(asked) == "/wp-json/wp/v2/posts":
            return self._page(asked, [])
        if path_of(asked) == "/wp-json/wp/v2/comments":
            return self._page(asked, [wordpress_comment(item) for item in self.items])
        return Answer(status=404)

    def _page(self, asked: Asked, rows: list[dict[str, Any]]) -> Answer:
        if "include" in wanted(asked):
            rows = [row for row in rows if str(row["id"]) in wanted(asked)["include"].split(",")]
        number, size = int(wanted(asked)["page"]), int(wanted(asked)["per_page"])
        total = -(-len(rows) // size)
        if number > max(total, 1):
            return json_answer({"code": "rest_post_invalid_page_number", "data": {"status": 400}}, 400)
        return json_answer(rows[(number - 1) * size : number * size], **{"X-WP-TotalPages": str(total)})


def wordpress_comment(item: Item) -> dict[str, Any]:
    return {
        "id": item.number,
        "post": 7,
        "parent": 0,
        "author_name": "Ann",
        "date_gmt": item.at.strftime("%Y-%m-%dT%H:%M:%S"),
        "content": {"rendered": item.markup},
        "link": f"https://blog.example/fair/#comment-{item.number}",
        "_embedded": {"up": [{"title": {"rendered": item.title}}]},
    }


class MediaWiki(ScriptedSite):
    """A wiki in which a search finds every page, in the order of its relevance."""

    backlog = 120

    def table(self) -> dict[str, Any]:
        return {"url": "https://wiki.example/w/api.php", "queries": ["Hollybush"]}

    def answer(self, asked: Asked) -> Answer:
        query = wanted(asked)
        if query.get("gsrwhat") == "title":
            return json_answer({"batchcomplete": True})
        if query.get("gsrwhat") == "text":
            return self._pages([wiki_page(item) for item in self.items])
        numbers = query["pageids"].split("|")
        missing = [{"pageid": int(number), "missing": True} for number in numbers if not self.shown(number)]
        there = [wiki_page(item) | wiki_text(item) for item in self.items if str(item.number) in numbers]
        return self._pages([*there, *missing])

    def _pages(self, pages: list[dict[str, Any]]) -> Answer:
        return json_answer({"batchcomplete": True, "query": {"pages": pages}})


def wiki_page(item: Item) -> dict[str, Any]:
    """Return what a list says of a page."""
    return {"pageid": item.number, "title": item.title, "lastrevid": item.number * 2 + bool(item.said)}


def wiki_text(item: Item) -> dict[str, Any]:
    """Return what is added where its text was asked for."""
    at = item.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    revision = {"user": "Ann", "timestamp": at, "slots": {"main": {"content": item.text}}}
    return {"fullurl": f"https://wiki.example/wiki/Item_{item.number}", "revisions": [revision]}


class Discourse(ScriptedSite):
    """A forum that shows its posts in windows of fifty ids."""

    backlog = 120

    def table(self) -> dict[str, Any]:
        return {"url": "https://forum.example"}

    def answer(self, asked: Asked) -> Answer:
        if path_of(asked) != "/posts.json":
            item = self.shown(path_of(asked).removeprefix("/posts/").removesuffix(".json"))
            return json_answer(discourse_post(item)) if item else json_answer({"error_type": "not_found"}, 404)
        before = int(wanted(asked).get("before", 10**9))
        numbered = sorted((item for item in self.items if item.number < before), key=lambda item: -item.number)
        return json_answer({"latest_posts": [discourse_post(item) for item in numbered[:50]]})


def discourse_post(item: Item) -> dict[str, Any]:
    """Return a post as Discourse writes it."""
    return {
        "id": item.number,
        "username": "ann",
        "created_at": item.at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "cooked": item.markup,
        "topic_title": item.title,
        "post_url": f"/t/topic/1/{item.number}",
    }


class Blogger(ScriptedSite):
    """A blog's feed of comments, which gives fewer than asked for."""

    backlog = 60
    deletes = False  #: the page of a comment is that of its post

    def table(self) -> dict[str, Any]:
        return {"url": "https://parents.blogspot.com"}

    def answer(self, asked: Asked) -> Answer:
        if not path_of(asked).startswith("/feeds/"):
            return Answer(b"<html>A post with its comments</html>")
        start = int(wanted(asked)["start-index"]) - 1
        shown = self.items[start : start + 25] if path_of(asked) == "/feeds/comments/default" else []
        return atom(
            f"<entry><id>tag:blogger.com,1999:blog-1.post-{item.number}</id><title type='text'>{item.title}</title>"
            f"<published>{item.at.isoformat()}</published><updated>{item.at.isoformat()}</updated>"
            f"<link rel='alternate' href='https://parents.blogspot.com/2026/11/fair.html?showComment={item.number}'/>"
            f"<content type='html'>{html.escape(item.markup)}</content><author><name>Ann</name></author></entry>"
            for item in shown
        )


class Forum(ScriptedSite):
    """A phpBB board, which counts the views below each post."""

    backlog = 15
    views = 0

    def table(self) -> dict[str, Any]:
        return {"url": "https://board.example/community/"}

    def answer(self, asked: Asked) -> Answer:
        if path_of(asked) == "/community/":
            return Answer(b"<html><body id=\"phpbb\"><a href='./viewforum.php?f=1'>Town</a></body></html>")
        if path_of(asked) == "/community/viewtopic.php":
            return self.page_of(wanted(asked)["p"])
        if path_of(asked) != "/community/app.php/feed":
            return Answer(status=404)
        self.views += 1
        return atom(
            f"<entry><id>https://board.example/community/viewtopic.php?p={item.number}#p{item.number}</id>"
            f"<link href='https://board.example/community/viewtopic.php?p={item.number}#p{item.number}'/>"
            f"<title type='html'>Town • Re: {item.title}</title><updated>{item.at.isoformat()}</updated>"
            f"<author><name>Ann</name></author><content type='html'>"
            f"{html.escape(f'{item.markup}<p>Statistics: Posted by Ann — {self.views} Views</p><hr />')}</content></entry>"
            for item in self.items
        )


class Gdelt(ScriptedSite):
    """The search of online news; without a find it answers with an empty object."""

    backlog = 200
    deletes = False  #: its finds stand on sites that nobody configured

    def table(self) -> dict[str, Any]:
        return {"queries": ["Hollybush Nursery"]}

    def hosts(self) -> tuple[str, ...]:
        return ("api.gdeltproject.org",)

    def answer(self, asked: Asked) -> Answer:
        rows = [
            {
                "url": f"https://daily.example/{item.number}",
                "title": item.text,
                "seendate": item.at.strftime("%Y%m%dT%H%M%SZ"),
                "domain": "daily.example",
                "language": "English",
            }
            for item in self.items[:250]
        ]
        return json_answer({"articles": rows} if rows else {})
