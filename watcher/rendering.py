"""A delivery turned into the message it carries, from what the store holds at that moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from classifiers.redaction import redact, redact_reasons
from watcher import messages, proofs
from watcher.config import Config
from watcher.health import sight
from watcher.matching import names_of
from watcher.messages import CaseView, Message, Troubles, school_time
from watcher.models import measured_precision
from watcher.settings import CONCERNS
from watcher.store import Store
from watcher.store.records import CaseRow, Delivery, MentionRow
from watcher.telling import urgent_concerns
from watcher.usefulness import JUDGED, LATELY, how_often


@dataclass(frozen=True, slots=True)
class Renderer:
    """Knows how to read everything a message needs."""

    config: Config
    store: Store
    federation_id: int
    now: Callable[[], datetime]

    def render(self, delivery: Delivery) -> Message:
        """Return the message of a delivery."""
        kinds = {
            "alert": self._alert,
            "raised": self._alert,
            "escalated": self._alert,
            "gone": self._gone,
            "changed": self._changed,
            "rollup": self._rollup,
            "digest": self._digest,
            "health": self._health,
            "test": self._test,
        }
        return kinds[delivery.kind](delivery)

    def case_view(self, reference: str) -> CaseView:
        """Return what a message shows of a case."""
        case = self.store.case(self.federation_id, reference)
        if case is None:
            raise LookupError(f"there is no case {reference}")
        view = _case_view(self.config, case, self.store.mentions_of(case.id))
        return replace(view, how_often=self.how_often(concerns_of(case)))

    def how_often(self, concerns: Sequence[str]) -> tuple[str, ...]:
        """Say how often alerts of such concerns were right."""
        newest = partial(self.store.newest_verdicts, self.federation_id, kinds=JUDGED, limit=LATELY)
        return how_often({concern: newest(concern) for concern in concerns}, measured_precision(self.config))

    def _alert(self, delivery: Delivery) -> Message:
        view = self.case_view(delivery.payload["reference"])
        return messages.alert(view, change=delivery.kind, repeat=delivery.repeat)

    def _gone(self, delivery: Delivery) -> Message:
        return messages.gone(self.case_view(delivery.payload["reference"]), repeat=delivery.repeat)

    def _changed(self, delivery: Delivery) -> Message:
        return messages.changed(self.case_view(delivery.payload["reference"]), repeat=delivery.repeat)

    def _rollup(self, delivery: Delivery) -> Message:
        views = [self.case_view(reference) for reference in delivery.payload["references"]]
        return messages.rollup(views, delivery.reference, repeat=delivery.repeat)

    def _digest(self, delivery: Delivery) -> Message:
        digest = self.store.digest(self.federation_id, delivery.payload["week"])
        if digest is None:
            raise LookupError(f"there is no digest {delivery.payload['week']}")
        mark = "(possible repeat) " if delivery.repeat else ""
        message = Message(mark + digest.subject, digest.text, digest.html)
        return self._provable(message, delivery)

    def _health(self, delivery: Delivery) -> Message:
        zone = self.config.federation.timezone
        wanted = set(delivery.payload.get("sources", ()))
        rows = [row for row in self.store.sources(self.federation_id) if row.id in wanted]
        seen = [sight(row, zone) for row in rows]
        return messages.health(
            Troubles(
                blind=tuple(messages.BlindSource(one.name, one.words) for one in seen if not one.sees),
                recovered=tuple(one.name for one in seen if one.sees),
                channels=tuple((name, error) for name, error in delivery.payload.get("channels", ())),
                disk=delivery.payload.get("disk"),
                unrecognised=tuple(delivery.payload.get("unrecognised", ())),
                unproven=proofs.unproven_words(
                    delivery.payload.get("unproven", ()), self.store.last_proofs(self.federation_id), zone
                ),
            ),
            repeat=delivery.repeat,
        )

    def _test(self, delivery: Delivery) -> Message:
        return self._provable(messages.trial(self.config.federation.name, delivery.channel), delivery)

    def _provable(self, message: Message, delivery: Delivery) -> Message:
        """Add the link of the weekly test, where there is somebody to follow it."""
        week = delivery.payload.get("week")
        if not week or not proofs.is_tested(self.config, self.store, self.federation_id):
            return message
        test = proofs.WeeklyTest(self.federation_id, delivery.channel, week)
        return messages.with_proof(message, proofs.link(self.config, self.store, test))


def concerns_of(case: CaseRow) -> tuple[str, ...]:
    """Return the concerns a case is told for, safeguarding first."""
    return urgent_concerns(case) or tuple(concern for concern in CONCERNS if getattr(case, concern))


def _case_view(config: Config, case: CaseRow, mentions: list[MentionRow]) -> CaseView:
    """Show a case by its gravest mention."""
    zone = config.federation.timezone
    main = mentions[0]
    told = config.alerts.detail == "redacted"
    names = names_of(config.federation)
    concerns = concerns_of(case)
    said = f"{main.title}\n{main.text}" if main.title and main.title not in main.text else main.text
    link = main.url if told else ""
    return CaseView(
        reference=case.reference,
        concerns=tuple(messages.concern_words(concern, config.steps.get(concern, ())) for concern in concerns),
        place=messages.place_words(main.platform),
        source=main.source,
        seen=school_time(main.first_seen_at, zone),
        published=school_time(main.published_at, zone),
        excerpt=messages.excerpt(redact(said, names)) if told else "",
        because=redact_reasons(main.because, said, names) if told else (),
        url=link if link.startswith(("https://", "http://")) else "",
        review_url=f"{config.review.base_url}/cases/{case.reference}",
        repeats=len(mentions) - 1,
    )
