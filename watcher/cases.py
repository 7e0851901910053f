"""Which mentions are one matter. Pure. A wrong merge is worse than a missed one.

A mention joins a case when it repeats a mention of it: the same words, the same address saying nearly the same, or
nearly the same long text. Texts that differ in a name are different matters, however alike the rest is.
"""

import hashlib
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from classifiers.plain import plain

LONG = 12  #: words from which on a text can be nearly the same as another; shorter ones must be equal
_ALIKE = ((48, 0.8), (200, 0.85), (10**9, 0.9))  #: Jaccard similarity needed, by number of words
_CONTAINED = 0.97  #: share of a snippet's word groups that the full text must have
_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|igsh|ref|ref_src|ref_url|si|spm|cmpid|ocid|__twitter.*)$"
)
_REPOST = re.compile(r"^\s*(rt|via|repost|reposted|shared)\b[^:\n]{0,40}:\s*", re.IGNORECASE)
_LINK = re.compile(r"https?://\S+")
_MEANINGLESS = frozenset(("", "/"))


@dataclass(frozen=True, slots=True)
class Placing:
    """What is compared of a mention."""

    url: str  #: canonical
    title: str
    author: str
    text: str
    fingerprint: str
    shingles: frozenset[int]


@dataclass(frozen=True, slots=True)
class Known:
    """A mention that belongs to a case."""

    case_id: int
    placing: Placing


def place(new: Placing, known: Iterable[Known]) -> int | None:
    """Return the case that `new` repeats, or None."""
    return next((candidate.case_id for candidate in known if repeats(new, candidate.placing)), None)


def repeats(new: Placing, old: Placing) -> bool:
    """Tell whether two mentions say the same."""
    first, second = _words(new), _words(old)
    if first == second:
        return len(first) >= LONG or _same_place(new, old)
    if min(len(first), len(second)) < LONG or _differ_in_a_name(new, old):
        return False
    return _contained(new, old, len(first), len(second)) or _alike(new, old, min(len(first), len(second)))


def canonical_url(url: str) -> str:
    """Return the address by which the same page is known again: no tracking, no www, no trailing slash."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    except ValueError:
        return url
    host = re.sub(r"^(www|m|mobile|amp)\.", "", (parts.hostname or "").lower()) + port
    kept = sorted((name, value) for name, value in parse_qsl(parts.query) if not _TRACKING.match(name.lower()))
    path = re.sub(r"/(amp/?)?$", "", parts.path)
    fragment = f"#{parts.fragment}" if re.search(r"\d", parts.fragment) else ""
    if path in _MEANINGLESS and not kept and not fragment:
        return host
    return f"{host}{path}{'?' + urlencode(kept) if kept else ''}{fragment}"


def fingerprint(title: str, text: str) -> str:
    """Return a hash that equal words share, whatever their case, signs, links or repost marks."""
    return hashlib.sha256(" ".join(_said(text or title)).encode()).hexdigest()


def shingles(text: str) -> tuple[int, ...]:
    """Return the sorted hashes of a text's groups of three words; none for a short text."""
    words = _said(text)
    if len(words) < LONG:
        return ()
    groups = {" ".join(words[at : at + 3]) for at in range(len(words) - 2)}
    return tuple(sorted(zlib.crc32(group.encode()) for group in groups))


def _said(text: str) -> list[str]:
    return plain(_REPOST.sub("", _LINK.sub(" ", text))).split()


def _words(placing: Placing) -> list[str]:
    return _said(placing.text or placing.title)


def _same_place(new: Placing, old: Placing) -> bool:
    """Tell whether equal short words come from one person or one page: "Happy birthday!" alone says nothing."""
    if new.url and new.url == old.url:
        return True
    same_author = bool(new.author) and plain(new.author) == plain(old.author)
    same_thread = plain(new.title) == plain(old.title)
    return same_author and same_thread


def _contained(new: Placing, old: Placing, first: int, second: int) -> bool:
    """Tell whether one is a snippet of the other."""
    small, large = (new, old) if first <= second else (old, new)
    return len(small.shingles & large.shingles) >= _CONTAINED * len(small.shingles) > 0


def _alike(new: Placing, old: Placing, words: int) -> bool:
    union = len(new.shingles | old.shingles)
    if not union:
        return False
    needed = next(share for most, share in _ALIKE if words <= most)
    return len(new.shingles & old.shingles) / union >= needed


def _differ_in_a_name(new: Placing, old: Placing) -> bool:
    """Tell whether each says a capitalised word that the other has nowhere: another child, another matter."""
    first, second = set(_words(new)), set(_words(old))
    return bool(_capitalised(new.text) & (first - second)) and bool(_capitalised(old.text) & (second - first))


def _capitalised(text: str) -> set[str]:
    return {plain(word) for word in re.findall(r"\b[^\W\d_][\w'\u2019-]*", text) if word[0].isupper()}
