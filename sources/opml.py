"""OPML: the list of feeds that a feed reader exports."""

from lxml import etree

from sources.errors import Malformed
from sources.markup import line, web_link

MOST = 500


def read_opml(body: bytes) -> dict[str, str]:
    """Return the titles of the feeds by address. Raises Malformed where it is no such list."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Malformed("not a list of feeds (OPML)") from error
    if root is None or root.tag != "opml":
        raise Malformed("not a list of feeds (OPML)")
    found: dict[str, str] = {}
    for outline in root.iter("outline"):
        link = web_link(outline.get("xmlUrl"), "")
        if link and len(found) < MOST:
            found.setdefault(link, line(outline.get("title") or outline.get("text") or link))
    return found
