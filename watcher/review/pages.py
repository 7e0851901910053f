"""Pages turned into HTML: every value escaped, every time told in school time. Words live in templates/page/."""

from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment

from watcher import messages
from watcher.review.roles import ROLES, may


def render(template: str, **values: Any) -> str:
    """Return a page's HTML; `federation` tells the time zone."""
    zone: ZoneInfo = values["federation"].timezone
    values["at"] = lambda moment: messages.school_time(moment, zone)
    return _environment().get_template(f"page/{template}.html.jinja").render(**values)


@cache
def static(name: str) -> bytes:
    """Return the one style sheet, or the one picture."""
    return files("watcher").joinpath(f"templates/page/{name}").read_bytes()


@cache
def _environment() -> Environment:
    environment = messages.environment()
    environment.globals |= {"may": may, "roles": ROLES}
    environment.filters |= {"sentence": lambda text: text[:1].upper() + text[1:]}
    return environment


def web_address(url: str) -> str:
    """Return an address that may stand in a link, or "" for any that is not of the web."""
    return url if url.startswith(("https://", "http://")) else ""
