"""Scripted feeds, pages and files."""

import html
import json
from collections.abc import Iterable
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scripted_site import FAULTS, Item, ScriptedSite, path_of
from social_answers import atom, rss
from web_server import Answer, Asked

FILE_FAULTS = {"no answer": FAULTS["no answer"], "malformed": FAULTS["malformed"]}


class Feed(ScriptedSite):
    """A newspaper's feed."""

    backlog = 100

    def table(self) -> dict[str, Any]:
        return {"url": "https://paper.example/feed"}

    def answer(self, asked: Asked) -> Answer:
        if path_of(asked) != "/feed":
            return self.page_of(path_of(asked).strip("/"))
        return rss(self._entry(item) for item in self.items)

    def _entry(self, item: Item) -> str:
        return (
            f"<item><guid isPermaLink='false'>item-{item.number}</guid><title>{item.title}</title>"
            f"<link>{self.table()['url'].removesuffix('feed')}{item.number}</link><pubDate>{format_datetime(item.at)}</pubDate>"
            f"<description>{html.escape(item.markup)}</description></item>"
        )


class GoogleAlerts(ScriptedSite):
    """A saved search whose finds lead through Google."""

    backlog = 20
    deletes = False  #: its finds stand on sites that nobody configured

    def table(self) -> dict[str, Any]:
        return {"url": "https://www.google.com/alerts/feeds/01234567890123456789/9876543210"}

    def answer(self, asked: Asked) -> Answer:
        return atom(self._entry(item) for item in self.items)

    def _entry(self, item: Item) -> str:
        target = quote(f"https://found.example/?p={item.number}", safe="")
        return (
            f"<entry><id>tag:google.com,2013:googlealerts/feed:{item.number}</id>"
            f"<title type='html'>&lt;b&gt;Item&lt;/b&gt; {item.number}</title>"
            f"<link href='https://www.google.com/url?rct=j&amp;url={target}&amp;ct=ga'/>"
            f"<published>{item.at.isoformat()}</published>"
            f"<content type='html'>{html.escape(item.markup)}</content></entry>"
        )


class GoogleNews(ScriptedSite):
    """A search for headlines."""

    backlog = 100
    deletes = False  #: its links lead through Google, whatever became of the article

    def table(self) -> dict[str, Any]:
        return {"queries": ["Hollybush Nursery"]}

    def hosts(self) -> tuple[str, ...]:
        return ("news.google.com",)

    def answer(self, asked: Asked) -> Answer:
        return rss(self._entry(item) for item in self.items)

    def _entry(self, item: Item) -> str:
        return (
            f"<item><guid isPermaLink='false'>CBMi{item.number}</guid><title>{html.escape(item.text)}</title>"
            f"<link>https://news.google.com/rss/articles/CBMi{item.number}</link>"
            f"<pubDate>{format_datetime(item.at)}</pubDate>"
            "<source url='https://paper.example'>The Paper</source></item>"
        )


class Page(ScriptedSite):
    """A page of reviews that describes itself."""

    backlog = 100
    deletes = False  #: one that left the page may have gone to the next

    def table(self) -> dict[str, Any]:
        return {"url": "https://reviews.example/hollybush", "platform": "review"}

    def answer(self, asked: Asked) -> Answer:
        things = [
            {
                "@type": "Review",
                "@id": f"https://reviews.example/hollybush#{item.number}",
                "name": item.title,
                "reviewBody": item.text,
                "author": {"name": "Ann"},
                "datePublished": item.at.isoformat(),
            }
            for item in self.items
        ]
        described = json.dumps({"@type": "Preschool", "name": "Hollybush", "review": things}).replace(
            "<", "\\u003c"
        )
        page = f"<html><script type='application/ld+json'>{described}</script><p>Reviews</p></html>"
        return Answer(page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


class Replay(ScriptedSite):
    """A file of posts."""

    backlog = 100
    deletes = False  #: a file is not the world
    faults = FILE_FAULTS

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._path = folder / "posts.jsonl"
        self.show([])

    def table(self) -> dict[str, Any]:
        return {"path": str(self._path)}

    def show(self, shown: Iterable[Item]) -> None:
        super().show(shown)
        lines = [
            {"id": f"item-{item.number}", "title": item.title, "text": item.text, "published": item.at.isoformat()}
            for item in reversed(self.items)
        ]
        self._path.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")

    def fail(self, name: str) -> None:
        match name:
            case "no answer":
                self._path.unlink()
            case "malformed":
                self._path.write_text('{"half": [')
            case _:
                self.show(self.items)
