"""How words and names sound, and how far two sounds are apart.

Phones are ARPAbet without stress. English words are looked up; everything else, transliterated names above all, goes
through letter rules, with a second reading where spelling leaves room (Kh as K or H, J as in Jordan or Dijon).
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from trucewatch.reading.document import fold
from trucewatch.reading.english import pronouncing
from trucewatch.reading.resources import resource

Ints = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]

VOWELS = ["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"]
CONSONANTS = [
    "B",
    "CH",
    "D",
    "DH",
    "F",
    "G",
    "HH",
    "JH",
    "K",
    "L",
    "M",
    "N",
    "NG",
    "P",
    "R",
    "S",
    "SH",
    "T",
    "TH",
    "V",
    "W",
    "Y",
    "Z",
    "ZH",
]
# "XR" is an r before no vowel: British newsreaders do not say it, recognisers write it where nobody did ("anchor are").
CODA_R = "XR"
PHONES = ["_", *VOWELS, *CONSONANTS, CODA_R]
_VOWELS = frozenset(VOWELS)
INDEX = {p: i for i, p in enumerate(PHONES)}

LETTERS = {
    "a": "EY",
    "b": "B IY",
    "c": "S IY",
    "d": "D IY",
    "e": "IY",
    "f": "EH F",
    "g": "JH IY",
    "h": "EY CH",
    "i": "AY",
    "j": "JH EY",
    "k": "K EY",
    "l": "EH L",
    "m": "EH M",
    "n": "EH N",
    "o": "OW",
    "p": "P IY",
    "q": "K Y UW",
    "r": "AA R",
    "s": "EH S",
    "t": "T IY",
    "u": "Y UW",
    "v": "V IY",
    "w": "D AH B AH L Y UW",
    "x": "EH K S",
    "y": "W AY",
    "z": "Z IY",
    "0": "OW",
}
_DIGITS = {
    "0": "Z IH R OW",
    "1": "W AH N",
    "2": "T UW",
    "3": "TH R IY",
    "4": "F AO R",
    "5": "F AY V",
    "6": "S IH K S",
    "7": "S EH V AH N",
    "8": "EY T",
    "9": "N AY N",
}

# Letter rules, longest first: (letters, readings). Own work, for Latin transliterations of Arabic, Slavic, Hebrew,
# Ge'ez, Burmese and French-spelled names as English newsreaders say them.
_RULES: list[tuple[str, tuple[str, ...]]] = [
    ("tch", ("CH",)),
    ("sch", ("SH",)),
    ("shch", ("SH",)),
    ("eigh", ("EY",)),
    ("ough", ("OW",)),
    ("igh", ("AY",)),
    ("kh", ("K", "HH")),
    ("gh", ("G",)),
    ("sh", ("SH",)),
    ("ch", ("CH", "K", "SH")),
    ("th", ("TH", "T")),
    ("dh", ("D", "DH")),
    ("zh", ("ZH",)),
    ("ph", ("F",)),
    ("ts", ("T S",)),
    ("tz", ("T S",)),
    ("dj", ("JH",)),
    ("ck", ("K",)),
    ("qu", ("K W", "K")),
    ("ng", ("NG",)),
    ("ny", ("N Y",)),
    ("wh", ("W",)),
    ("wr", ("R",)),
    ("kn", ("K N",)),
    ("dge", ("JH",)),
    ("gu", ("G",)),
    ("aa", ("AA",)),
    ("ae", ("EY",)),
    ("ai", ("AY", "EY")),
    ("ay", ("AY", "EY")),
    ("ei", ("EY", "AY")),
    ("ey", ("EY",)),
    ("au", ("AW", "AO")),
    ("aw", ("AW", "AO")),
    ("ao", ("AW",)),
    ("ou", ("UW", "AW")),
    ("oo", ("UW",)),
    ("oi", ("OY",)),
    ("oy", ("OY",)),
    ("oa", ("OW",)),
    ("oe", ("OW",)),
    ("ow", ("OW", "AW")),
    ("ee", ("IY",)),
    ("ea", ("IY",)),
    ("eu", ("Y UW",)),
    ("ew", ("Y UW",)),
    ("ie", ("IY",)),
    ("ia", ("IY AH",)),
    ("io", ("IY OW",)),
    ("iy", ("IY",)),
    ("ui", ("UW IY",)),
    ("uu", ("UW",)),
    ("ya", ("Y AA",)),
    ("ye", ("Y EH",)),
    ("yi", ("Y IH",)),
    ("yo", ("Y OW",)),
    ("yu", ("Y UW",)),
    ("er", ("ER",)),
    ("ir", ("IH R",)),
    ("ur", ("ER",)),
    ("ar", ("AA R",)),
    ("or", ("AO R",)),
    ("a", ("AA", "AE")),
    ("b", ("B",)),
    ("c", ("K",)),
    ("d", ("D",)),
    ("e", ("EH",)),
    ("f", ("F",)),
    ("g", ("G",)),
    ("h", ("HH",)),
    ("i", ("IH",)),
    ("j", ("JH", "ZH")),
    ("k", ("K",)),
    ("l", ("L",)),
    ("m", ("M",)),
    ("n", ("N",)),
    ("o", ("OW",)),
    ("p", ("P",)),
    ("q", ("K",)),
    ("r", ("R",)),
    ("s", ("S",)),
    ("t", ("T",)),
    ("u", ("UW",)),
    ("v", ("V",)),
    ("w", ("W",)),
    ("x", ("K S",)),
    ("y", ("IY",)),
    ("z", ("Z",)),
]
_BY_FIRST: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
for _letters, _readings in sorted(_RULES, key=lambda r: -len(r[0])):
    _BY_FIRST.setdefault(_letters[0], []).append((_letters, _readings))


@lru_cache(maxsize=65536)
def spell_out(word: str, reading: int = 0) -> tuple[str, ...]:
    """Phones of a word by letter rules; ``reading`` 1 takes the second reading wherever there is one."""
    text = fold(word).replace(" ", "")
    out: list[str] = []
    i = 0
    while i < len(text):
        ch = text[i]
        if ch.isdigit():
            out.extend(_DIGITS[ch].split() if ch in _DIGITS else [])
            i += 1
            continue
        for letters, readings in _BY_FIRST.get(ch, []):
            if text.startswith(letters, i):
                if letters == "c" and i + 1 < len(text) and text[i + 1] in "eiy":
                    readings = ("S",)
                if letters == "h" and i == len(text) - 1 and i > 0:
                    readings = ("",)  # a written end, not a sound: "Saqqah"
                if letters == "e" and i == len(text) - 1 and i > 1 and text[i - 1] not in "aeiouy":
                    readings = ("EH", "")
                out.extend(readings[min(reading, len(readings) - 1)].split())
                i += len(letters)
                if len(letters) == 1 and letters not in "aeiou" and i < len(text) and text[i] == letters:
                    i += 1  # doubled consonants sound once
                break
        else:
            i += 1
    return tuple(out)


def marked(phones: tuple[str, ...]) -> tuple[str, ...]:
    """Phones with every r before no vowel as ``CODA_R``."""
    return tuple(
        CODA_R if p == "R" and not (i + 1 < len(phones) and phones[i + 1] in _VOWELS) else p
        for i, p in enumerate(phones)
    )


@lru_cache(maxsize=65536)
def word_phones(word: str) -> tuple[str, ...]:
    """Phones of a word as a recogniser would have meant it: looked up, else by letters."""
    return marked(_word_phones(word))


def _word_phones(word: str) -> tuple[str, ...]:
    if len(word) == 1 and word in LETTERS:
        return ("AH",) if word == "a" else tuple(LETTERS[word].split())
    found = pronouncing().get(word)
    if found is not None:
        return tuple(found.split())
    if word.isalpha() and len(word) <= 4 and not re.search(r"[aeiouy]", word):
        return tuple(p for ch in word if ch in LETTERS for p in LETTERS[ch].split())
    return spell_out(word)


def token_phones(norm: str, dotted: bool) -> tuple[str, ...]:
    """Phones of a token: letters parted by dots are said one by one."""
    return tuple(p for ch in norm for p in word_phones(ch)) if dotted else word_phones(norm)


def name_phones(spelling: str) -> list[tuple[str, ...]]:
    """The ways a name may be said, at most four: looked up word by word where English knows the word, and by letters."""
    letters = re.sub(r"[^A-Za-z0-9]", "", spelling)
    if letters.isupper() and letters.isalpha() and 2 <= len(letters) <= 6:
        spelled = tuple(p for ch in letters.lower() for p in LETTERS[ch].split())
        said = spell_out(letters.lower())
        return [marked(spelled)] + ([marked(said)] if re.search(r"[AEIOU]", letters) and len(letters) > 3 else [])
    words = fold(spelling).split()
    table = pronouncing()
    known = tuple(p for w in words for p in (table[w].split() if w in table and len(w) > 2 else spell_out(w)))
    first = tuple(p for w in words for p in spell_out(w))
    second = tuple(p for w in words for p in spell_out(w, 1))
    return [said for said in dict.fromkeys(marked(x) for x in (known, first, second)) if said]


# ---------------------------------------------------------------- how far sounds are apart

COSTS = "phone_costs.npz"


class Costs:
    """What it costs to hear one phone for another, learned from misheard names (``training/train_phones.py``).

    ``substitution`` (heard, said), ``extra`` (a phone heard that was not said) and ``lost`` (one said and not heard), by
    index into ``PHONES``; ``weight`` is the mean of the last two: the scale that distances are measured against.
    """

    def __init__(self, substitution: Floats, extra: Floats, lost: Floats) -> None:
        self.substitution = np.ascontiguousarray(substitution, dtype=np.float32)
        self.extra = np.ascontiguousarray(extra, dtype=np.float32)
        self.lost = np.ascontiguousarray(lost, dtype=np.float32)
        self.weight = (self.extra + self.lost) / 2


@lru_cache(maxsize=1)
def costs() -> Costs:
    """The learned costs, loaded once."""
    with np.load(resource(COSTS)) as data:
        return Costs(data["substitution"], data["extra"], data["lost"])


def encode(phones: tuple[str, ...]) -> tuple[int, ...]:
    """Phones as numbers (index into ``PHONES``)."""
    return tuple(INDEX[p] for p in phones)


def pad(sequences: list[tuple[int, ...]], width: int) -> Ints:
    """Encoded phones as one array of shape (len(sequences), width), 0 where there is none; longer ones are cut."""
    out = np.zeros((len(sequences), width), dtype=np.int16)
    for i, sequence in enumerate(sequences):
        out[i, : min(len(sequence), width)] = sequence[:width]
    return out


def distances(a: Ints, b: Ints, by: Costs | None = None) -> Floats:
    """Cost of hearing each row of ``a`` for the name in the same row of ``b``; both (n, width), 0 as padding. Shape (n,)."""
    by = by or costs()
    n, width_a = a.shape
    width_b = b.shape[1]
    # Columns lie together in memory, since every step below works on a whole column.
    lost = np.ascontiguousarray(by.lost[b].T)
    row = np.zeros((width_b + 1, n), dtype=np.float32)
    np.cumsum(lost, axis=0, out=row[1:])
    b_columns = np.ascontiguousarray(b.T)
    for i in range(width_a):
        phone = a[:, i]
        live = phone > 0
        if not live.any():
            break
        new = row + by.extra[phone]
        subs = by.substitution[phone, b_columns]
        subs += row[:-1]
        np.minimum(new[1:], subs, out=new[1:])
        for j in range(width_b):
            np.minimum(new[j + 1], new[j] + lost[j], out=new[j + 1])
        row = new if live.all() else np.where(live, new, row)
    row = row.T
    return row[:, -1]  # padding of b costs nothing, so the last column is the distance to the whole of b


def weight(a: Ints, by: Costs | None = None) -> Floats:
    """How much every phone of each row weighs: the scale that distances are measured against. Shape (n,)."""
    total: Floats = (by or costs()).weight[a].sum(axis=1)
    return total


# ---------------------------------------------------------------- coarse sounds, to find candidates quickly

_CLASS = {
    p: c
    for c, group in {
        "P": "P B F V",
        "T": "T D TH DH",
        "S": "S Z SH ZH CH JH",
        "K": "K G",
        "N": "M N NG",
        "L": "L",
        "R": "R",
        "W": "W",
    }.items()
    for p in group.split()
}


def skeleton(phones: tuple[str, ...]) -> str:
    """The consonant classes of some phones in order: "SRKP" for Saraqib.

    As in speech without r: an r before no vowel is not heard ("Qatar", "cutter"), h never is; a consonant doubled counts once.
    """
    out = ""
    before = ""
    for p in phones:
        c = _CLASS.get(p, "")
        if c and c != before:
            out += c
        before = c
    return out


def outline(phones: tuple[str, ...]) -> str:
    """Some phones as one letter each, consonants by class, all vowels alike: for quick comparison."""
    return "".join(_CLASS.get(p) or ("a" if p in _VOWELS else "") for p in phones)
