"""The scripted site of every kind of source. A new kind is a class in a module and a line here."""

import sites_feeds
from scripted_site import ScriptedSite

SITES: dict[str, type[ScriptedSite]] = {
    "feed": sites_feeds.Feed,
    "google-alerts": sites_feeds.GoogleAlerts,
    "google-news": sites_feeds.GoogleNews,
    "page": sites_feeds.Page,
    "replay": sites_feeds.Replay,
}
