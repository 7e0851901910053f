"""Asking a platform's interface for programs, and reading what it says where it says no."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sources.answers import Response, trouble
from sources.errors import Malformed
from sources.source import Tools

#: Failures whose body is read, because platforms say there what a person must do.
TELLING = (400, 401, 403, 404, 422, 501)

#: Takes status, body and the host's name; raises SourceError, or returns where the status alone says enough.
Explain = Callable[[int, bytes, str], None]


def ask(
    tools: Tools,
    url: str,
    query: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    *,
    explain: Explain,
    token: str = "",
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    telling: Sequence[int] = TELLING,
    kept: Sequence[int] = (),
) -> Response:
    """Ask, with a POST where there is `json`, and return the answer. Raises SourceError.

    `telling` lists the failures that `explain` gets to see, `kept` those that are returned.
    """
    pairs = query.items() if isinstance(query, Mapping) else query
    asked = urlencode([(name, value) for name, value in pairs if value], quote_via=quote)
    own = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
    response = tools.client.request(
        "GET" if json is None else "POST",
        f"{url}?{asked}" if asked else url,
        headers=own,
        json=json,
        allow_status=(*telling, *kept),
    )
    if response.status in kept or response.status not in telling:
        return response
    place = urlsplit(url).hostname or url
    tools.parsers.run(explain, response.status, response.body, place)
    error = trouble(response.status, response.headers, place, tools.now())
    raise error or Malformed(f"{place} answered {response.status}, which was not expected")
