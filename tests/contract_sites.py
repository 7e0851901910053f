"""The scripted site of every kind of source. A new kind is a class in a module and a line here."""

import sites_feeds
import sites_mail
import sites_meta
import sites_social
import sites_stream
import sites_web
from scripted_site import ScriptedSite

SITES: dict[str, type[ScriptedSite]] = {
    "blogger": sites_web.Blogger,
    "bluesky": sites_social.Bluesky,
    "bluesky-jetstream": sites_stream.Jetstream,
    "discourse": sites_web.Discourse,
    "facebook": sites_meta.Facebook,
    "feed": sites_feeds.Feed,
    "forum-feed": sites_web.Forum,
    "gdelt": sites_web.Gdelt,
    "google-alerts": sites_feeds.GoogleAlerts,
    "google-news": sites_feeds.GoogleNews,
    "imap": sites_mail.Mailbox,
    "instagram": sites_meta.Instagram,
    "lemmy": sites_social.Lemmy,
    "mastodon": sites_social.Mastodon,
    "mediawiki": sites_web.MediaWiki,
    "page": sites_feeds.Page,
    "reddit": sites_social.Reddit,
    "replay": sites_feeds.Replay,
    "roblox": sites_social.Roblox,
    "site": sites_web.Website,
    "telegram": sites_social.Telegram,
    "wordpress": sites_web.WordPress,
    "x": sites_social.X,
    "youtube-channel": sites_social.YouTubeChannel,
    "youtube-search": sites_social.YouTube,
}
