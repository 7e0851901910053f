"""The way of a post: is it about us, what is it, what follows. Acts on nothing; the store saves what comes out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from classifiers.judgement import Judge, Judgement
from classifiers.text import Names, Text
from sources.post import Post
from sources.seen import content_hash
from watcher.cases import canonical_url, fingerprint, shingles
from watcher.decision import decide
from watcher.involvement import Involves, nobody
from watcher.matching import Match, Matcher
from watcher.store.records import Filed


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Everything that turns posts into filed mentions of one federation."""

    matcher: Matcher
    judge: Judge
    federation: int  #: index of the federation in the matcher
    names: Names
    involves: Involves = nobody  #: who of those that decide stands in a post themselves

    def file(self, posts: Sequence[Post], now: datetime) -> tuple[Filed, ...]:
        """Match, judge and decide; posts that are no mention fall away."""
        matched = [(post, match) for post in posts if (match := self._match(post))]
        texts = [
            Text(text=post.text, title=post.title, author=post.author, bio=post.bio, platform=post.platform)
            for post, _ in matched
        ]
        judgements = self.judge.judge(texts, [self.names] * len(texts))
        return tuple(
            self._with_involved(_filed(post, match, judgement, self.judge.model), judgement)
            for (post, match), judgement in zip(matched, judgements, strict=True)
        )

    def _with_involved(self, filed: Filed, judgement: Judgement) -> Filed:
        who = self.involves(f"{filed.title} {filed.text}", judgement)
        return replace(
            filed, concerns_head=who.accuses_head, concerns_dsl=who.accuses_dsl, names_head=who.names_head
        )

    def _match(self, post: Post) -> Match | None:
        matches = self.matcher.match(post.title, post.text, post.author, post.bio)
        return next((match for match in matches if match.federation == self.federation), None)


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _storable(text: str) -> str:
    """Return text that every database takes: without NUL and without halves of signs."""
    return _UNSTORABLE.sub("", text)


def _filed(post: Post, match: Match, judgement: Judgement, model: str) -> Filed:
    decision = decide(judgement)
    return Filed(
        post_id=_storable(post.id),
        url=post.url,
        canonical_url=canonical_url(post.url),
        platform=post.platform,
        title=_storable(post.title),
        author=_storable(post.author),
        bio=_storable(post.bio),
        text=_storable(post.text),
        language=judgement.language,
        published_at=post.published,
        content_hash=content_hash(post),
        fingerprint=fingerprint(post.title, post.text),
        shingles=shingles(post.text or post.title),
        matched=match.words,
        decision=decision.action,
        about=judgement.about,
        safeguarding=judgement.safeguarding,
        defamation=judgement.defamation,
        conduct=judgement.conduct,
        tone=judgement.tone,
        judged=judgement.judged,
        model=model,
        scores=dict(judgement.scores),
        because=judgement.because,
        evidence=judgement.evidence,
    )
