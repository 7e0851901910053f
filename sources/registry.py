"""Every kind of source. A new kind is a module and a line here."""

from sources import (
    bluesky,
    feed,
    jetstream,
    lemmy,
    mastodon,
    meta,
    page,
    reddit,
    replay,
    roblox,
    site,
    telegram,
    x,
    youtube_search,
)
from sources.source import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        bluesky.KIND,
        *feed.KINDS,
        jetstream.KIND,
        lemmy.KIND,
        mastodon.KIND,
        *meta.KINDS,
        page.KIND,
        reddit.KIND,
        replay.KIND,
        roblox.KIND,
        site.KIND,
        telegram.KIND,
        x.KIND,
        youtube_search.KIND,
    )
}
