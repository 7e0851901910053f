"""Scripted websites, blogs, wikis and forums, each in its own dialect."""

import html
from typing import Any

from scripted_site import Item, ScriptedSite, path_of, wanted
from social_answers import json_answer
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
        found = next((item for item in self.items if path == f"/news/{item.number}"), None)
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
        offset = int(wanted(asked).get("gsroffset", 0))
        found = self.items[offset : offset + 50]
        pages = [
            {
                "pageid": item.number,
                "title": item.title,
                "fullurl": f"https://wiki.example/wiki/Item_{item.number}",
                "revisions": [
                    {
                        "user": "Ann",
                        "timestamp": item.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                        "slots": {"main": {"content": item.text}},
                    }
                ],
            }
            for item in found
        ]
        answer: dict[str, Any] = {"batchcomplete": True, "query": {"pages": pages}}
        if offset + 50 < len(self.items):
            answer["continue"] = {"gsroffset": offset + 50, "continue": "gsroffset||"}
        return json_answer(answer)


class Discourse(ScriptedSite):
    """A forum that shows its posts in windows of fifty ids."""

    backlog = 120

    def table(self) -> dict[str, Any]:
        return {"url": "https://forum.example"}

    def answer(self, asked: Asked) -> Answer:
        before = int(wanted(asked).get("before", 10**9))
        numbered = sorted((item for item in self.items if item.number < before), key=lambda item: -item.number)
        rows = [
            {
                "id": item.number,
                "username": "ann",
                "created_at": item.at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "cooked": item.markup,
                "topic_title": item.title,
                "post_url": f"/t/topic/1/{item.number}",
            }
            for item in numbered[:50]
        ]
        return json_answer({"latest_posts": rows})
