"""Answers as platforms' interfaces send them."""

import json
from typing import Any

from web_server import Answer


def json_answer(document: Any, status: int = 200, **headers: str) -> Answer:
    """Return a document as JSON."""
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(body, status, {"Content-Type": "application/json; charset=utf-8"} | headers)


def google_error(status: int, reason: str) -> Answer:
    """Return a failure as Google's interfaces write it."""
    errors = [{"reason": reason, "domain": "youtube", "message": "m"}]
    return json_answer({"error": {"code": status, "message": "m", "errors": errors}}, status)


def problem(status: int, name: str, message: str = "") -> Answer:
    """Return a failure as X's interface writes it."""
    document = {"title": name, "type": f"https://api.x.com/2/problems/{name}", "detail": "d"}
    return json_answer(document | ({"errors": [{"message": message}]} if message else {}), status)
