"""What the world published, as plain text."""

import hashlib
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Post:
    """One public post. Every field is hostile plain text: escape it on the way out."""

    id: str  #: stable within its source, at most LONGEST_ID characters; an edited post keeps it
    url: str  #: permalink, http(s) only; "" where there is none
    text: str  #: plain text without markup, at most MAX_TEXT characters
    title: str = ""  #: thread or article title
    author: str = ""  #: display name
    bio: str = ""  #: the author's public profile line
    platform: str = "other"  #: one of PLATFORMS
    published: datetime | None = None  #: aware, UTC; None where the site does not say or says nonsense
    language: str = ""  #: BCP 47 as the site declares it, else ""

    def __post_init__(self) -> None:
        """Have something stand for an id that is absurdly long, since ids are the site's own in most sources."""
        if len(self.id) > LONGEST_ID:
            digest = hashlib.blake2b(self.id.encode("utf-8", "replace"), digest_size=24)
            object.__setattr__(self, "id", digest.hexdigest())


PLATFORMS = (
    "facebook",
    "x",
    "mastodon",
    "bluesky",
    "reddit",
    "forum",
    "blog",
    "news",
    "youtube",
    "review",
    "wiki",
    "other",
)

MAX_TEXT = 20_000  #: characters kept of a post's text
LONGEST_ID = 500  #: characters; cursors and tables hold ids
