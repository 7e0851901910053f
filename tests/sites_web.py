"""Scripted websites, blogs, wikis and forums, each in its own dialect."""

import html
from typing import Any

from scripted_site import Item, ScriptedSite, path_of
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
