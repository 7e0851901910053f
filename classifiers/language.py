"""In which language a text is, by its script and its commonest words."""

import re
from collections import Counter, defaultdict
from functools import cache
from importlib.resources import files

#: Scripts that tell a language of English towns by themselves.
_SCRIPTS = (
    ("pa", re.compile("[\u0a00-\u0a7f]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("gu", re.compile("[\u0a80-\u0aff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("am", re.compile("[\u1200-\u137f]")),
)
_ARABIC = re.compile("[\u0600-\u06ff]")
_URDU = re.compile("[\u0679\u0688\u0691\u06ba\u06be\u06c1\u06d2\u06cc\u06a9]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_UKRAINIAN = re.compile("[\u0404\u0406\u0407\u0454\u0456\u0457\u0490\u0491]")
_WORD = re.compile(r"[^\W\d_]+")

#: Languages in which at least ten grave posts were measured and three fifths of them found (docs/model-card.md).
#: Others go to the digest as "not judged" where nothing grave was found.
JUDGED = frozenset(("en", "ar", "bn", "lt", "pa", "pl", "pt", "ro", "so", "ur"))


def can_judge(language: str) -> bool:
    """Tell whether judgements in a language can be relied upon."""
    return language in JUDGED


def tell_language(text: str) -> str:
    """Return a BCP 47 code; "en" where nothing speaks against it."""
    words = _WORD.findall(text)
    script = "" if text.isascii() else _by_script(text, len(words) or 1)
    if script:
        return script
    speaking = _speaking()
    hits = Counter({"en": 0})
    for word in words:
        hits.update(speaking.get(word.lower(), ()))
    best, most = hits.most_common(1)[0]
    return best if most >= 3 and most > 1.5 * hits["en"] else "en"


def _by_script(text: str, words: int) -> str:
    """Return the language that the script of most words tells; "" for none."""
    for code, script in _SCRIPTS:
        if len(script.findall(text)) > 2 * words / 3:
            return code
    if len(_ARABIC.findall(text)) > 2 * words / 3:
        return "ur" if _URDU.search(text) else "ar"
    if len(_CYRILLIC.findall(text)) > 2 * words / 3:
        return "uk" if _UKRAINIAN.search(text) else "ru"
    return ""


@cache
def _speaking() -> dict[str, tuple[str, ...]]:
    """Return the commonest words with the languages that have them."""
    content = files("classifiers").joinpath("data/common-words.txt").read_text(encoding="utf-8")
    languages: dict[str, list[str]] = defaultdict(list)
    for line in content.splitlines():
        if line and not line.startswith("#"):
            code, *words = line.split()
            for word in set(words):
                languages[word].append(code.rstrip(":"))
    return {word: tuple(codes) for word, codes in languages.items()}
