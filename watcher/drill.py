"""A planted post, once a week: would the names and the model of today still lead to an alert? Pure.

It is matched, judged and decided upon like any other and then dropped: nothing is stored, nobody is told but of a
failure. With the weekly test of the channels it proves the whole way behind the sources.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from sources.post import Post
from watcher.config import Federation
from watcher.messages import planted_text

if TYPE_CHECKING:
    from watcher.pipeline import Pipeline


def unrecognised(pipeline: "Pipeline", federation: Federation, now: datetime) -> tuple[str, ...]:
    """Return the schools about which a grave post would not be told at once, by name; none where all is well."""
    names = [school.name for school in federation.schools] or [federation.name]
    posts = [Post(id=name, url="", text=planted_text(name), platform="forum", published=now) for name in names]
    told = {
        filed.post_id for filed in pipeline.file(posts, now) if filed.decision == "alert" and filed.safeguarding
    }
    return tuple(name for name in names if name not in told)
