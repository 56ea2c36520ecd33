"""Names made comparable: case, accents, apostrophes and hyphens do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

# Letters that Unicode does not take apart, and marks that captions drop inside a word.
_LETTERS = str.maketrans(
    {
        "ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ħ": "h",
        "ə": "a", "'": "", "’": "", "‘": "", "ʼ": "", "ʻ": "", "ʿ": "", "ʾ": "", "`": "", "´": "", "ˈ": "", ".": "",
    }
)  # fmt: skip
_GAP = re.compile(r"[\W_]+")


def fold(name: str) -> str:
    """``"Ma‘arrat an-Nu’mān"`` -> ``"maarrat an numan"``: what two writings of one name have in common.

    Letters of any script are kept; a name of marks only folds to "".
    """
    lowered = name.lower()
    if lowered.isascii():
        if lowered.isalpha():
            return lowered
        return _GAP.sub(" ", lowered.replace("'", "").replace(".", "").replace("`", "")).strip()
    lowered = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c)).lower()
    return _GAP.sub(" ", lowered.translate(_LETTERS)).strip()


@lru_cache(maxsize=1024)
def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")


def is_latin(name: str) -> bool:
    """Whether every letter of the name is a Latin one."""
    return name.isascii() or all(_is_latin(letter) for letter in name if letter.isalpha())


def everyday_words() -> Collection[str]:
    """Everyday English words, which the reading knows; imported here since loading theatres does not need them."""
    from trucewatch.reading.commonwords import common_words

    return common_words()
