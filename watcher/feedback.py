"""What people decided on cases, as labelled examples. They stay with the school: nothing is written or sent."""

from collections.abc import Iterator

from classifiers.records import Example
from classifiers.text import Names, Text
from watcher.store import Store
from watcher.store.records import MentionRow

#: What a verdict says about a post, beside what was judged: (about, grades).
_SAID = {
    "not-a-concern": ("us", (0, 0, 0)),
    "fair-criticism": ("us", (0, 1, 0)),
    "not-us": ("other", (0, 0, 0)),
}
BATCH = "feedback"


def learned(store: Store, federation_id: int, names: Names) -> Iterator[Example]:
    """Yield an example for each mention of a closed case whose text is still held, in order of the cases."""
    for case in sorted(store.cases(federation_id), key=lambda case: case.id):
        if case.state == "closed" and case.verdict in ("useful", *_SAID):
            for mention in store.mentions_of(case.id):
                if mention.text.strip():
                    yield _example(mention, case.verdict, names)


def _example(mention: MentionRow, verdict: str, names: Names) -> Example:
    about, grades = mention.about, (mention.safeguarding, mention.defamation, mention.conduct)
    if verdict in _SAID:
        about, grades = _SAID[verdict]
    return Example(
        id=f"{BATCH}-{mention.id}",
        batch=BATCH,
        text=Text(mention.text, mention.title, mention.author, mention.bio, mention.platform),
        names=names,
        about=about,
        safeguarding=grades[0],
        defamation=grades[1],
        conduct=grades[2],
        tone="neutral" if about == "other" else mention.tone,
    )
