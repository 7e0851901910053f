"""Addresses of private persons. People are never followed: topics and places are."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sources.keys import Wrong, web_address

_ORGANISATION = "a page about a topic, a place or an organisation; people's own profiles are never followed"

#: First path segments that are not a person's name, by site.
_NOT_A_PERSON = {
    "x.com": {"search", "hashtag", "explore", "i", "home", "intent"},
    "twitter.com": {"search", "hashtag", "explore", "i", "home", "intent"},
    "instagram.com": {"explore", "p", "reel", "reels", "tv"},
    "facebook.com": {
        "groups",
        "events",
        "pages",
        "hashtag",
        "watch",
        "p",
        "story.php",
        "permalink.php",
        "public",
    },
}

#: Path beginnings that are a person, by site.
_PERSON = {
    "linkedin.com": r"/(in|pub)/",
    "reddit.com": r"/(u|user)/",
    "tiktok.com": r"/@",
    "threads.net": r"/@",
    "threads.com": r"/@",
    "snapchat.com": r"/(add|@)",
    "bsky.app": r"/profile/",
    "bsky.social": r"/profile/",
    "pinterest.co.uk": r"/[^/]+/?$",
    "pinterest.com": r"/[^/]+/?$",
    "nextdoor.co.uk": r"/profile/",
    "nextdoor.com": r"/profile/",
    "vk.com": r"/(id\d|[^/]+/?$)",
    "flickr.com": r"/(people|photos)/",
    "quora.com": r"/profile/",
    "ask.fm": r"/[^/]+",
    "onlyfans.com": r"/[^/]+",
    "roblox.com": r"/users/",
    "mumsnet.com": r"/(profile|u)/",
    "steamcommunity.com": r"/(id|profiles)/",
    "t.me": r"/\+",
    "medium.com": r"/@",
}
_FORUM_MEMBER = re.compile(
    r"/(members?|users?|profiles?|u|authors?)/[^/?]+|/(memberlist|member|profile)\.php\?|action=profile",
    re.IGNORECASE,
)


def public_page(value: Any) -> str:
    """Read a web address that is not a private person's profile or timeline."""
    address = web_address(value)
    if is_profile(address):
        raise Wrong(_ORGANISATION)
    return address


def is_profile(address: str) -> bool:
    """Tell whether an address is a person's profile or timeline on a known kind of site."""
    parts = urlsplit(address)
    host = re.sub(r"^(www|m|mobile|old|new|en-gb|nitter|mbasic|web|l|uk)\.", "", (parts.hostname or "").lower())
    path = parts.path or "/"
    if host == "fb.com":
        host = "facebook.com"
    first = path.strip("/").split("/")[0].lower()
    if host in _NOT_A_PERSON:
        return bool(first) and first not in _NOT_A_PERSON[host]
    if host in _PERSON:
        return bool(re.match(_PERSON[host], path, re.IGNORECASE))
    if re.match(r"/(@[^/]+|users/[^/]+)(\.rss|\.atom|/|$)", path) and host not in ("youtube.com",):
        return True  # the fediverse's way of naming people
    wanted = parse_qs(parts.query)
    if "author" in wanted or "search_author" in wanted:
        return True
    return bool(_FORUM_MEMBER.search(path if not parts.query else f"{path}?{parts.query}"))
