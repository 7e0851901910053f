"""JSON documents as platforms send them: hostile, so a field is only ever asked for by what it must be. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

from sources.errors import Malformed, Refused

_WEB_PAGE = re.compile(rb"<(!doctype html|html|head|body)\b", re.IGNORECASE)


def read_json(body: bytes, host: str) -> Any:
    """Read a document. Raises Malformed, or Refused where a web page came that keeps programs out."""
    if is_web_page(body):
        raise Refused(f"{host} sent a web page where data was expected; it may keep programs out")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        what = "data that cannot be read" if body.strip() else "nothing"
        raise Malformed(f"{host} sent {what}") from error


def is_web_page(body: bytes) -> bool:
    """Tell whether a web page came."""
    return bool(_WEB_PAGE.search(body[:2000]))


def value(node: Any, *path: str) -> Any:
    """Return what stands at a path of names; None where nothing does."""
    for name in path:
        if not isinstance(node, Mapping):
            return None
        node = node.get(name)
    return node


def string(node: Any, *path: str) -> str:
    """Return a text, or a number as text; "" for anything else."""
    found = value(node, *path)
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def number(node: Any, *path: str) -> int:
    """Return a whole number; 0 for anything else."""
    found = value(node, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def table(node: Any, *path: str) -> Mapping[str, Any]:
    """Return an object; an empty one for anything else."""
    found = value(node, *path)
    return found if isinstance(found, Mapping) else {}


def tables(node: Any, *path: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list; none for anything else."""
    found = value(node, *path)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def texts(node: Any, *path: str) -> list[str]:
    """Return the texts of a list; none for anything else."""
    found = value(node, *path)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def listing(node: Any, host: str, *path: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list that must be there. Raises Malformed: "0 posts" must be said by the site."""
    if not isinstance(value(node, *path), list):
        where = f"a list {path[-1]!r}" if path else "a list"
        raise Malformed(f"{host} sent no {where.removeprefix('a ')}; its interface may have changed")
    return tables(node, *path)
