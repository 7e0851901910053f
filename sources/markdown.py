"""Markdown as forums' people write it, turned into plain text. Pure."""

import re

from sources.markup import to_text

_IMAGE = re.compile(r"!\[([^\]\n]{0,500})\]\(([^()\s]{0,2000})[^()\n]{0,200}\)")
_LINK = re.compile(r"\[([^\]\n]{1,500})\]\(([^()\s]{1,2000})[^()\n]{0,200}\)")
_RULES = (
    (re.compile(r"^ {0,3}(```|~~~).*$", re.MULTILINE), ""),  # fences of code
    (re.compile(r"^ {0,3}:{3,}[ \t]*(spoiler\b)?[ \t]*", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}#{1,6}\s+", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}(>\s?)+", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}[*+]\s+", re.MULTILINE), "- "),
    (re.compile(r"(\*\*|__|~~)(?=[^\s*_~])(.{1,2000}?\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*\\])([*_])(?=\S)([^*_\n]{1,500}?\S)\1(?![\w*])"), r"\2"),
    (re.compile(r"`([^`\n]{1,500})`"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!~>-])"), r"\1"),
)


def markdown_text(markdown: str) -> str:
    """Return what Markdown says, with addresses of links and descriptions of pictures in words."""
    said = _IMAGE.sub(lambda found: f"[image: {found[1]}]" if found[1].strip() else "", markdown)
    said = _LINK.sub(lambda found: found[2] if found[1] == found[2] else f"{found[1]} ({found[2]})", said)
    for rule, plain in _RULES:
        said = rule.sub(plain, said)
    return to_text(said)
