"""Sitemaps: the list of pages a site keeps for search engines. Runs in the parser pool."""

from dataclasses import dataclass

from lxml import etree

from sources.errors import Malformed
from sources.markup import web_link

MOST_ADDRESSES = 5000


@dataclass(frozen=True, slots=True)
class Sitemap:
    """One sitemap."""

    pages: dict[str, str]  #: address: what the site says of its last change, verbatim; "" where it says nothing
    maps: tuple[str, ...]  #: further sitemaps, where this one is an index


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """Read a sitemap or an index of sitemaps. Raises Malformed where it is neither."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Malformed("the sitemap cannot be read") from error
    if root is None or etree.QName(root).localname not in ("urlset", "sitemapindex"):
        raise Malformed("the sitemap is none")
    entries = {
        link: _said(entry, "lastmod")
        for entry in list(root)[:MOST_ADDRESSES]
        if isinstance(entry.tag, str) and (link := web_link(_said(entry, "loc"), url))
    }
    if etree.QName(root).localname == "sitemapindex":
        return Sitemap({}, tuple(entries))
    return Sitemap(entries, ())


def _said(entry: etree._Element, name: str) -> str:
    found = next(
        (part for part in entry if isinstance(part.tag, str) and etree.QName(part).localname == name), None
    )
    return (found.text or "").strip()[:2000] if found is not None else ""
