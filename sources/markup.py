"""Markup turned into plain text, as a reader would see it. Runs in the parser pool: the markup is hostile."""

import html
import re
from urllib.parse import urljoin, urlsplit

import lxml.html
from lxml import etree

from sources.post import MAX_TEXT

LONGEST_LINK = 4096  #: characters

_MARKUP = re.compile(r"<[a-zA-Z/!]|&(#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]\w*);")
_UNSEEN = frozenset(("script", "style", "template", "noscript", "head", "iframe", "object", "svg", "math"))
_BLOCK_TAGS = """
    address article aside blockquote br dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header
    hr li main nav ol p pre section table tr ul
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_EMPTY_LINES = re.compile(r"\n{3,}")
#: Absolute addresses that stay as they are, whatever they are joined to.
_PLAIN_LINK = re.compile(
    r"https?://[A-Za-z0-9.-]+(:\d+)?(/[\w.~%+=@,!$*/:&'()-]*)?(\?[\w.~%+=@,!$*/:&'()?-]+)?(#[\w.~%+=/:&!-]+)?",
    re.ASCII,
)
_SIGN = re.compile(r"\b(emoji|smil(ie|ey)s?)\b")  #: the class of a picture that stands for one sign of the text
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def to_text(markup: str) -> str:
    """Return the text of an HTML fragment: blocks on lines of their own, pictures by their alt text."""
    if not _MARKUP.search(markup):
        return tidy(markup)
    if "<" not in markup:
        return tidy(html.unescape(markup))
    try:
        root = lxml.html.fragment_fromstring(_CONTROL.sub(" ", markup), create_parent="div")
    except (etree.ParserError, ValueError):
        return tidy(html.unescape(re.sub(r"<[^>]*>", " ", markup)))
    return tidy(element_text(root))


def element_text(root: lxml.html.HtmlElement) -> str:
    """Return the visible text below an element, not yet tidied."""
    pieces: list[str] = []
    depth_hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "comment" or not isinstance(element.tag, str):
            pieces.append(element.tail or "")
            continue
        hidden = element.tag in _UNSEEN
        if event == "start":
            depth_hidden += hidden
            if not depth_hidden:
                pieces.extend(_opening(element))
            continue
        depth_hidden -= hidden
        if element.tag in _BLOCKS and element.tag != "br":
            pieces.append("\n")
        if not depth_hidden and element is not root:
            pieces.append(element.tail or "")
    return "".join(pieces)


def _opening(element: lxml.html.HtmlElement) -> list[str]:
    pieces = ["\n"] if element.tag in _BLOCKS else []
    alt = element.get("alt") if element.tag in ("img", "area") else None
    if alt and alt.strip():
        is_sign = _SIGN.search(element.get("class") or "")
        pieces.append(alt.strip() if is_sign else f" [image: {alt.strip()}] ")
    pieces.append(element.text or "")
    return pieces


def tidy(text: str) -> str:
    """Return text without control characters and with single spaces, at most MAX_TEXT long."""
    cleaned = _CONTROL.sub(" ", text[: MAX_TEXT * 4])
    lines = (" ".join(line.split()) for line in cleaned.splitlines())
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()[:MAX_TEXT]


def line(text: str) -> str:
    """Return text on one line, for titles and names."""
    return " ".join(to_text(text).split())[:500]


def is_plain_link(link: str) -> bool:
    """Tell whether a link is absolute, http(s), and needs no mending."""
    return _PLAIN_LINK.fullmatch(link) is not None


def web_link(link: str | None, base: str) -> str:
    """Return an absolute http(s) address, or "" for anything else (javascript:, data:, endless ones ...)."""
    if not link or len(link) > LONGEST_LINK:
        return ""
    if is_plain_link(link):
        return link
    try:
        address = urljoin(base, link.strip())
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s<>\"\x00-\x1f]", address):
        return ""
    return address
