"""Every kind of source. A new kind is a module and a line here."""

from sources import (
    blogger,
    bluesky,
    discourse,
    feed,
    forum,
    gdelt,
    imap,
    jetstream,
    lemmy,
    mastodon,
    mediawiki,
    meta,
    page,
    reddit,
    replay,
    roblox,
    site,
    telegram,
    wordpress,
    x,
    youtube_channel,
    youtube_search,
)
from sources.source import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        blogger.KIND,
        bluesky.KIND,
        discourse.KIND,
        *feed.KINDS,
        forum.KIND,
        gdelt.KIND,
        imap.KIND,
        jetstream.KIND,
        lemmy.KIND,
        mastodon.KIND,
        mediawiki.KIND,
        *meta.KINDS,
        page.KIND,
        reddit.KIND,
        replay.KIND,
        roblox.KIND,
        site.KIND,
        telegram.KIND,
        wordpress.KIND,
        x.KIND,
        youtube_channel.KIND,
        youtube_search.KIND,
    )
}
