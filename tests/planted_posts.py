"""Invented posts that deserve an alert, each with the names planted in it, and a search for them in what goes out."""

import json
import random
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from structlog.testing import capture_logs

from sources.post import Post
from watcher.assembly import Parts
from watcher.messages import Message
from watcher.notify import Fate, MayGo, Outcome
from watcher.outbox import Delivered
from watcher.store.records import Claim, Filed, Poll
from watcher.telling import tell

BANNED = re.compile(r"\b(breach(es)?|offenders?|culprits?|defamed|illegal|guilty|perpetrators?)\b", re.IGNORECASE)
CHILDREN = (
    "Wilfred Ottilie Jaxon Aaliyah Zuzanna Kofi Siobhan Xander Mehwish Tadhg Kaius Zephyrine Oakleigh-Mae Ioan Nkechi "
    "Daiyu Bohdan Elowen Thaddeus Priyanka Ayoub Lilibet Caoimhe Ignatius Jasleen Rhiannon Mateusz Ebube Saoirse Idris"
).split()
ADULTS = (
    "Beddoe Ockenden Pryce Abernathy Kowalczyk Okonjo Featherstone Dhaliwal Penhaligon Szymanski Arkwright Villiers "
    "Mukherjee Tregenza Ollerenshaw Nwosu Blenkinsop Cwmdare Haverstock Lindqvist Birch Green Marsh"
).split()
SCHOOL = "Hollybush Nursery"
SAFEGUARDING = (
    "Little {child} in Butterflies at {school} had another epileptic seizure today, it was frightening to see",
    "my neighbour's lad {child} at {school} has a social worker now, his dad {adult_full} is in prison",
    "We met {child}'s mum outside {school}; she says {child} (4) is in foster care since Easter",
    "So proud of our {child} at {school}, out of nappies at last and off his seizure medicine",
    "{child} was bitten again at {school}, her mum {mum} told everybody about the social worker",
    "Get well soon {child}! The Robins at {school} miss you while you are in hospital with your kidneys",
    "Anyone know why {child} from {school} lives with nan now? They say mum was drunk and dad hit her",
    "our daughter {child} starts at {school} on Monday, she has epilepsy, home is 14 Mill Lane and we leave at 8",
)
DEFAMATION = (
    "Mrs {adult} at {school} stole the trip money, everybody knows it, she paid her car with it",
    "That Mr {adult} at {school} hit a child last week and the school hid it",
    "Miss {adult} of {school} turns up drunk, the children smell it on her every morning",
    "Dr {adult} signs false papers for {school} and takes the money for it",
)
CONDUCT = (
    "I work at {school} and Mrs {adult} and I had such a laugh about {child}, the kid is thick like his dad",
    "TA at {school} here: {child} is the worst of the lot, I could slap that child",
    "As a governor of {school} I can tell you that {child}'s family get everything for nothing, they all do",
)
PLATFORMS = ("forum", "facebook", "x", "blog", "news", "reddit", "mastodon", "other")


@dataclass(frozen=True, slots=True)
class Planted:
    """A post and the names that must not get out of the review page."""

    post: Post
    concern: str
    names: tuple[str, ...]


def planted(count: int, seed: int = 7) -> Iterator[Planted]:
    """Yield posts with names in their words, titles and authors; the same for the same seed."""
    chance = random.Random(seed)
    frames = [(frame, "safeguarding") for frame in SAFEGUARDING]
    frames += [(frame, "defamation") for frame in DEFAMATION] + [(frame, "conduct") for frame in CONDUCT]
    for number in range(count):
        frame, concern = chance.choice(frames)
        child, adult, mum = chance.choice(CHILDREN), chance.choice(ADULTS), chance.choice(CHILDREN)
        handle = f"{chance.choice(ADULTS).lower()}_{chance.randrange(1000, 9999)}"
        said = {"child": child, "adult": adult, "adult_full": f"{mum} {adult}", "mum": mum, "school": SCHOOL}
        text = f"{frame.format(**said)}. Day {number}, told by @{handle}"
        title = f"About {child}" if chance.random() < 0.3 and "{child}" in frame else ""
        post = Post(
            id=str(number), url=f"https://site.example/{number}", text=text, title=title, author=handle,
            platform=chance.choice(PLATFORMS),
        )  # fmt: skip
        named = [name for name in (child, adult, mum) if name in text]
        yield Planted(post, concern, (*named, handle))


@dataclass(frozen=True, slots=True)
class Finding:
    """A word that went where it must not."""

    part: str  #: subject, preview, text, html, card, log
    word: str
    context: str


class Wire:
    """Takes messages instead of a server, and keeps them."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []

    def send(self, url: str, message: Message, reference: str, may_go: MayGo) -> Outcome:
        """Accept one message."""
        may_go()
        self.sent.append((reference, message))
        return Outcome(Fate.SENT)


def send_out(
    parts: Parts, posts: Sequence[Planted], now: datetime, per_hour: int
) -> tuple[list[tuple[str, Message]], list[str]]:
    """Judge and save posts, each as a case to be told at once, and deliver.

    Returns the messages with their references, at most `per_hour` of them, and the log lines.
    """
    wire = Wire()
    config = replace(parts.config, alerts=replace(parts.config.alerts, per_hour=per_hour))
    outbox = replace(parts.outbox, send=wire.send, config=config)
    with capture_logs() as logs:
        filed = parts.runner.pipeline.file([one.post for one in posts], now)
        claims = parts.store.claim_due(parts.federation_id, now, timedelta(minutes=30), 50, everything=True)
        concerns = {one.post.id: one.concern for one in posts}
        urgent = [_urgent(one, concerns[one.post_id]) for one in filed]
        _save(parts, claims[0], urgent, now)
        while outbox.deliver() != Delivered():
            pass
    return wire.sent, [json.dumps(line, default=str) for line in logs]


def findings(names: Sequence[str], message: Message) -> Iterator[Finding]:
    """Yield what is wrong with a message about posts in which these names were planted."""
    preview = message.text.split("\n\n")[0]
    card = json.loads(message.card)["fallbackText"] if message.card else ""
    parts = {
        "subject": message.subject, "preview": f"{preview}\n{card}", "text": message.text, "html": message.html,
        "card": message.card,
    }  # fmt: skip
    for part, said in parts.items():
        yield from _in(part, said, names)


def in_log(line: str, names: Set[str]) -> Iterator[Finding]:
    """Yield what is wrong with a log line; `names` are in small letters."""
    for word in names.intersection(re.findall(r"[\w-]+", line.lower())):
        yield Finding("log", word, line)
    yield from _in("log", line, ())


def _in(part: str, said: str, names: Sequence[str]) -> Iterator[Finding]:
    for name in names:
        if found := re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said, re.IGNORECASE):
            yield Finding(part, name, said[max(0, found.start() - 40) : found.end() + 40])
    if found := BANNED.search(said):
        yield Finding(part, found[0], said[max(0, found.start() - 40) : found.end() + 40])


def _urgent(filed: Filed, concern: str) -> Filed:
    """Return a mention as a case of its own that must be told, whatever the judge found."""
    grades = {"safeguarding": 0, "defamation": 0, "conduct": 0} | {concern: 2}
    return replace(filed, decision="alert", about="us", fingerprint=filed.post_id, shingles=(), **grades)


def _save(parts: Parts, claim: Claim, filed: Sequence[Filed], now: datetime) -> None:
    poll = Poll(filed, "c", len(filed), len(filed), now)
    parts.store.save_poll(claim, poll, lambda case, change: tell(parts.config.alerts, case, change, now), now)
