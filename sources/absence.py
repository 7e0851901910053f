"""Whether posts are still where they were published, for places that say so by their addresses alone."""

from collections.abc import Sequence
from urllib.parse import urldefrag, urlsplit

from sources.errors import RateLimited, SourceError, Unreachable
from sources.source import Held, Tools

GONE = (404, 410)


def gone_from(tools: Tools, posts: Sequence[Held]) -> frozenset[str]:
    """Return the ids of those whose address answers 404 or 410.

    Nothing else is proof: a page that leads elsewhere, asks to sign in, is in trouble or says "not found" with
    status 200 leaves a post where it was. A host in trouble is asked once.
    """
    answers: dict[str, bool] = {}
    in_trouble: set[str] = set()
    for post in posts:
        address = urldefrag(post.url).url
        host = urlsplit(address).netloc
        if address and address not in answers and host not in in_trouble:
            try:
                answers[address] = tools.client.get(address, allow_status=GONE).status in GONE
            except (Unreachable, RateLimited):
                in_trouble.add(host)
            except SourceError:
                answers[address] = False
    return frozenset(post.id for post in posts if answers.get(urldefrag(post.url).url))
