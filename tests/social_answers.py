"""Answers as platforms send them: documents of their interfaces, feeds, and what they say where they refuse."""

import json
from collections.abc import Iterable
from typing import Any

from web_server import Answer


def json_answer(document: Any, status: int = 200, **headers: str) -> Answer:
    """Return a document as JSON."""
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(body, status, {"Content-Type": "application/json; charset=utf-8"} | headers)


def rss(entries: Iterable[str]) -> Answer:
    """Return an RSS document of the given entries."""
    document = f"<rss version='2.0'><channel><title>T</title>{''.join(entries)}</channel></rss>"
    return Answer(document.encode(), headers={"Content-Type": "application/rss+xml; charset=utf-8"})


def atom(entries: Iterable[str]) -> Answer:
    """Return an Atom document of the given entries."""
    document = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{''.join(entries)}</feed>"
    return Answer(document.encode(), headers={"Content-Type": "application/atom+xml; charset=utf-8"})


def google_error(status: int, reason: str) -> Answer:
    """Return a failure as Google's interfaces write it."""
    errors = [{"reason": reason, "domain": "youtube", "message": "m"}]
    return json_answer({"error": {"code": status, "message": "m", "errors": errors}}, status)


def problem(status: int, name: str, message: str = "") -> Answer:
    """Return a failure as X's interface writes it."""
    document = {"title": name, "type": f"https://api.x.com/2/problems/{name}", "detail": "d"}
    return json_answer(document | ({"errors": [{"message": message}]} if message else {}), status)
