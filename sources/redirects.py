"""Links that lead through somebody who counts the clicks, turned into where they lead. Pure."""

import re
from urllib.parse import parse_qs, urlsplit

from sources.markup import web_link

#: Hosts and paths that only lead on, with the parameters that hold where to.
_GATES = (
    (re.compile(r"www\.google\.(com?\.)?[a-z]{2,3}/url"), ("url", "q")),
    (re.compile(r"lm?\.(facebook|instagram)\.com/l\.php|l\.instagram\.com/"), ("u",)),
    (re.compile(r"[\w.-]+\.safelinks\.protection\.outlook\.com/"), ("url",)),
    (re.compile(r"www\.youtube\.com/redirect"), ("q",)),
)


def unwrapped(link: str) -> str:
    """Return where a link leads in the end; the link itself where it leads nowhere else."""
    for _ in range(3):  # a mail server may have wrapped what a search engine had wrapped
        further = _further(link)
        if not further:
            return link
        link = further
    return link


def _further(link: str) -> str:
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    place = f"{parts.hostname or ''}{parts.path}"
    wanted = next((names for gate, names in _GATES if gate.fullmatch(place)), ())
    query = parse_qs(parts.query)
    return next((web_link(query[name][0], link) for name in wanted if name in query), "")
