"""Every kind of source. A new kind is a module and a line here."""

from sources import feed, page, replay
from sources.source import Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (*feed.KINDS, page.KIND, replay.KIND)}
