"""The sound index: how every name of some theatres is said, and which few could be meant by what was heard.

Saying all names takes a second or more for a theatre and several for what is listened for everywhere, so each part is
kept in the user's cache, under a digest of the data and the rules; where the cache cannot be written it is built anew.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from trucewatch.reading import phones as ph
from trucewatch.reading.lexicon import WORLD, Entry, Lexicon, keys_of, nothing_collected, spellings_of
from trucewatch.theatre import Entity
from trucewatch.theatre.files import cache_dir, write_atomically
from trucewatch.theatre.load import merge

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

# The world, and what matters most of every theatre: listened for whatever a transcript seems to be about.
ABROAD = "abroad"
MAX_PHONES = 24
# Least likeness of outlines (classes of sounds, unweighted) for a comparison phone by phone: keeps 95% of what passes it.
ROUGH = 0.6
PROMINENCE = 0.04  # what a step of importance is worth in similarity when names are ranked for judging
_SPELLINGS = 4  # of a place seldom reported, how many spellings are listened for
_ABROAD = 4  # of what is listened for whatever the theatre
_ALIKE = 0.78  # likeness from which one sound of a name stands for another
_NONE: Ints = np.zeros(0, dtype=np.int64)
_HEARD_WAYS = {"name", "adjective", "people", "capital", "acronym"}
AT_ONCE = 2000  # runs of phones that are compared at once, so that memory does not grow with the text


@dataclass(frozen=True, slots=True)
class Sound:
    """One way one name is said."""

    entry: Entry
    spelling: str
    code: tuple[int, ...]


class Skeletons:
    """Sounds under the skeleton of their consonants.

    From three consonants on they are kept under every skeleton with one left out too, so that a window's neighbours (a
    consonant more, less or other) are found by looking up a handful of keys.
    """

    def __init__(self, skeletons: list[str]) -> None:
        whole: dict[str, list[int]] = defaultdict(list)
        less: dict[str, list[int]] = defaultdict(list)
        for k, skeleton in enumerate(skeletons):
            whole[skeleton].append(k)
        # Under a shortened skeleton stand whole ones, not names: there are far fewer.
        self._whole = {key: np.array(ids, dtype=np.int64) for key, ids in whole.items()}
        self._keys = list(whole)
        for k, skeleton in enumerate(self._keys):
            for key in _one_less(skeleton):
                less[key].append(k)
        self._less = dict(less)

    def near(self, skeleton: str, shortest: int) -> Ints:
        """The sounds whose skeleton is within one change of a window's, in no order.

        A consonant for another only from ``shortest`` consonants on: in a shorter one it makes another word.
        """
        shorter, keys = _one_less(skeleton), self._keys
        found = {skeleton, *shorter}
        if len(skeleton) > 2:
            found.update([keys[k] for k in self._less.get(skeleton, ())])
        if len(skeleton) >= shortest:
            for key in shorter:
                found.update([keys[k] for k in self._less.get(key, ())])
        whole = self._whole
        ids = [whole[key] for key in sorted(found) if key in whole]
        return np.concatenate(ids) if ids else _NONE


@lru_cache(maxsize=65536)
def _one_less(skeleton: str) -> tuple[str, ...]:
    """The skeletons with one consonant left out; of one or two consonants none."""
    if len(skeleton) < 3:
        return ()
    return tuple(sorted({skeleton[:k] + skeleton[k + 1 :] for k in range(len(skeleton))}))


class Phonebook:
    """Words or names by how they are said; finds the few that could be meant by a run of phones.

    ``codes`` are the encoded phones of each, of shape (names, ``MAX_PHONES``), ``outlines`` their coarse forms,
    ``skeletons`` those of their consonants. Where consonants are fewer than ``shortest``, none may be heard as another.
    """

    def __init__(self, codes: ph.Ints, skeletons: list[str], outlines: list[str], shortest: int = 3) -> None:
        self._shortest = shortest
        self._skeletons = Skeletons(skeletons)
        self.codes = codes
        self.weights = ph.weight(self.codes)
        self.lengths = (self.codes > 0).sum(axis=1)
        self.outlines = np.array(outlines, dtype=object)
        self.known_outlines = set(outlines)
        self._near: dict[str, Ints] = {}

    def near(self, skeleton: str) -> Ints:
        """The names whose skeleton is within one change of a window's."""
        found = self._near.get(skeleton)
        if found is None:
            found = self._skeletons.near(skeleton, self._shortest)
            if len(self._near) < 50_000:
                self._near[skeleton] = found
        return found

    def alike(self, windows: Windows, floor: Floats) -> tuple[Ints, Ints, Floats]:
        """Pairs (window, name) at least as alike as each window's floor (0 to 1), and how alike they are."""
        starts = range(0, len(windows.skeletons), AT_ONCE) or [0]
        found = [self._alike(windows.part(at, at + AT_ONCE), floor[at : at + AT_ONCE]) for at in starts]
        return (
            np.concatenate([f[0] + at for f, at in zip(found, starts, strict=True)]),
            np.concatenate([f[1] for f in found]),
            np.concatenate([f[2] for f in found]),
        )

    def _alike(self, windows: Windows, floor: Floats) -> tuple[Ints, Ints, Floats]:
        near = [self.near(skeleton) for skeleton in windows.skeletons]
        at = np.repeat(np.arange(len(near)), [len(x) for x in near])
        names = np.concatenate(near) if near else np.zeros(0, dtype=np.int64)
        # The weights differ by at least what must be lost; names too long or too short cannot reach the floor.
        ours, theirs = windows.weights[at], self.weights[names]
        limit = np.minimum(ours, theirs) >= floor[at] * np.maximum(ours, theirs)
        at, names = at[limit], names[limit]
        rough = cpdist(
            windows.outlines[at],
            self.outlines[names],
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=ROUGH,
            workers=1,
            dtype=np.float32,
        )
        at, names = at[rough > 0], names[rough > 0]
        score = np.zeros(len(at), dtype=np.float32)
        width = np.maximum(windows.lengths[at], self.lengths[names])
        for low, high in ((0, 6), (6, 9), (9, 13), (13, MAX_PHONES)):
            rows = np.nonzero((width > low) & (width <= high))[0]
            if len(rows):
                distance = ph.distances(windows.codes[at[rows], :high], self.codes[names[rows], :high])
                score[rows] = 1 - distance / np.maximum(windows.weights[at[rows]], self.weights[names[rows]])
        good = score >= floor[at]
        return at[good], names[good], score[good]


class Windows:
    """Runs of phones to be looked up, with what every phonebook needs of them."""

    def __init__(self, phones: list[tuple[str, ...]]) -> None:
        self.codes = ph.pad([ph.encode(w) for w in phones], MAX_PHONES)
        self.weights = ph.weight(self.codes)
        self.lengths = np.array([len(w) for w in phones], dtype=np.int64)
        self.skeletons = [ph.skeleton(w) for w in phones]
        self.outlines = np.array([ph.outline(w) for w in phones], dtype=object)

    def part(self, first: int, end: int) -> Windows:
        """Some of the runs, from ``first`` up to ``end``."""
        if first == 0 and end >= len(self.skeletons):
            return self
        out = object.__new__(Windows)
        out.codes, out.weights, out.lengths = self.codes[first:end], self.weights[first:end], self.lengths[first:end]
        out.skeletons, out.outlines = self.skeletons[first:end], self.outlines[first:end]
        return out


@dataclass(frozen=True, slots=True)
class Columns:
    """How the names of a theatre are said, as the cache keeps it: a row for each sound, in the order of ``say_all``."""

    ids: list[str]
    hows: list[str]
    spellings: list[str]
    skeletons: list[str]
    outlines: list[str]
    importance: list[int]
    codes: ph.Ints


class Sounds(Sequence[Sound]):
    """The sounds of a theatre, each made when it is first asked for; ``whose`` gives an entity and its owner by id."""

    def __init__(self, columns: Columns, whose: Callable[[str], tuple[Entity, str]]) -> None:
        self._columns, self._whose = columns, whose
        self._made: dict[int, Sound] = {}
        self._entries: dict[tuple[str, str], Entry] = {}

    def __len__(self) -> int:
        return len(self._columns.ids)

    @overload
    def __getitem__(self, k: int) -> Sound: ...
    @overload
    def __getitem__(self, k: slice) -> list[Sound]: ...
    def __getitem__(self, k: int | slice) -> Sound | list[Sound]:
        if isinstance(k, slice):
            return [self[i] for i in range(*k.indices(len(self)))]
        made = self._made.get(k)
        if made is None:
            columns = self._columns
            which = columns.ids[k], columns.hows[k]
            entry = self._entries.get(which)
            if entry is None:
                entry = self._entries[which] = Entry(*self._whose(which[0]), which[1])
            code = tuple([c for c in columns.codes[k].tolist() if c])
            made = self._made[k] = Sound(entry, columns.spellings[k], code)
        return made


class TheatreSounds(Phonebook):
    """One theatre's names by how they are said."""

    def __init__(self, columns: Columns, whose: Callable[[str], tuple[Entity, str]], shortest: int) -> None:
        super().__init__(columns.codes, columns.skeletons, columns.outlines, shortest)
        self.sounds = Sounds(columns, whose)
        # Of names that sound about alike the more often reported one is judged first.
        self.prior = [PROMINENCE * (importance - 1) for importance in columns.importance]
        self.full_names: dict[str, list[int]] = defaultdict(list)
        self.by_entity: dict[str, list[int]] = defaultdict(list)
        long = (self.lengths >= 6).tolist()
        for k, identity in enumerate(columns.ids):
            self.by_entity[identity].append(k)
            if long[k] and columns.hows[k] == "name":
                self.full_names[identity].append(k)


class SoundIndex:
    """The names of several theatres by how they are said. A name's number counts through all parts."""

    def __init__(self, parts: list[TheatreSounds]) -> None:
        self.parts = parts
        self._offsets = np.cumsum([0, *(len(part.sounds) for part in parts)]).tolist()

    def __len__(self) -> int:
        return int(self._offsets[-1])

    def _where(self, number: int) -> tuple[TheatreSounds, int]:
        k = bisect_right(self._offsets, number) - 1
        return self.parts[k], number - self._offsets[k]

    def sound(self, number: int) -> Sound:
        """The name of a number."""
        part, k = self._where(number)
        return part.sounds[k]

    def prior(self, number: int) -> float:
        """How much a name's importance is worth in similarity."""
        part, k = self._where(number)
        return part.prior[k]

    def codes(self, numbers: list[int]) -> npt.NDArray[np.int16]:
        """Encoded phones of some names. Shape (names, MAX_PHONES)."""
        return np.array([part.codes[k] for part, k in map(self._where, numbers)], dtype=np.int16)

    def of_entity(self, identity: str, *, full: bool = False) -> list[int]:
        """The names of an entity; only its full names where asked."""
        return [
            k + offset
            for part, offset in zip(self.parts, self._offsets, strict=False)
            for k in (part.full_names if full else part.by_entity).get(identity, ())
        ]

    def has_outline(self, outline: str) -> bool:
        """Whether some name sounds so, but for its vowels and the like."""
        return any(outline in part.known_outlines for part in self.parts)

    def alike(self, windows: list[tuple[str, ...]], floor: Floats) -> tuple[Ints, Ints, Floats]:
        """Pairs (window, name) at least as alike as each window's floor (0 to 1), and how alike they are."""
        looked = Windows(windows)
        found = [part.alike(looked, floor) for part in self.parts]
        return (
            np.concatenate([f[0] for f in found]),
            np.concatenate([f[1] + offset for f, offset in zip(found, self._offsets, strict=False)]),
            np.concatenate([f[2] for f in found]),
        )


def _whose(lexicon: Lexicon, theatre: str, identity: str) -> tuple[Entity, str]:
    """An entity as a part of the index has it, and the theatre that its entry is said to be of.

    What several theatres have and is listened for everywhere is one entity there.
    """
    if theatre != ABROAD:
        return lexicon.theatres[theatre].by_id[identity], theatre
    known = lexicon.world.by_id.get(identity)
    found = (known, WORLD) if known is not None and known.kind != "person" else None
    for source in lexicon.theatres.values():
        entity = source.by_id.get(identity)
        if entity is not None and entity.kind != "person" and (entity.importance > 2 or found):
            found = (merge(found[0], entity), WORLD) if found else (entity, source.id)
    if found is None:
        raise KeyError(identity)
    return found


def _listed(lexicon: Lexicon, theatre: str) -> list[tuple[Entity, str]]:
    """The entities whose sounds make a part of the index, each with the theatre that its entry is said to be of.

    The world's own are all listened for everywhere, but for its people, who are where a theatre holds them; of the
    theatres' own what matters most.
    """
    if theatre != ABROAD:
        own = lexicon.theatres[theatre].entities
        return [(e, theatre) for e in own if not e.id.startswith(f"{WORLD}:") or e.kind == "person"]
    ids = [e.id for e in lexicon.world.entities if e.kind != "person"]
    ids += [e.id for t in lexicon.theatres.values() for e in t.entities if e.kind != "person" and e.importance > 2]
    return [_whose(lexicon, theatre, identity) for identity in dict.fromkeys(ids)]


def say_all(lexicon: Lexicon, theatre: str) -> list[Sound]:
    """The ways the names of a theatre are said that differ enough to be told apart, in a fixed order."""
    out: list[Sound] = []
    at_home = theatre != ABROAD
    for entity, owner in _listed(lexicon, theatre):
        kept: dict[str, list[tuple[int, ...]]] = defaultdict(list)
        heard = 0
        for number, (spelling, how) in enumerate(spellings_of(entity)):
            if number >= _SPELLINGS and entity.importance == 1 and entity.kind != "actor":
                break
            if how not in _HEARD_WAYS and not (how == "force" and spelling.isupper()):
                continue
            if how == "acronym" and len(spelling) < 3:
                continue
            key = next(iter(keys_of(spelling, how)), "")
            if len(key) < 3 or (len(key) < 4 and how != "acronym" and not spelling.isupper()):
                continue
            if how == "name":
                heard += 1
                if heard > _ABROAD and not at_home:
                    continue
            for said in ph.name_phones(spelling):
                code = ph.encode(said)
                if not 3 <= len(code) <= MAX_PHONES:
                    continue
                # Sounds that differ in a vowel or two are found by either; two of an outline are enough.
                same = kept[ph.outline(said)]
                if not same or (len(same) < 2 and code != same[0] and _likeness(code, same[0]) < _ALIKE):
                    same.append(code)
                    out.append(Sound(Entry(entity, owner, how), spelling, code))
    return out


def _shortest(theatre: str) -> int:
    """From how many consonants on one may be heard as another: fewer for names that are at home."""
    return 5 if theatre == ABROAD else 3


def _likeness(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    x, y = ph.pad([a], MAX_PHONES), ph.pad([b], MAX_PHONES)
    return float(1 - ph.distances(x, y)[0] / np.maximum(ph.weight(x)[0], ph.weight(y)[0]))


def _key(lexicon: Lexicon, theatre: str) -> str:
    """What a theatre's sounds depend on: its data, the world's, and the rules for saying names."""
    here = Path(__file__).parent
    rules = b"".join((here / f).read_bytes() for f in ("phones.py", "soundindex.py", "lexicon.py", "document.py"))
    digests = lexicon.digests.values() if theatre == ABROAD else (lexicon.digests[theatre], lexicon.digests[WORLD])
    text = "|".join((*digests, hashlib.sha256(rules).hexdigest()))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def sounds_of(lexicon: Lexicon, theatre: str) -> TheatreSounds:
    """A theatre's sounds, from the cache where it holds them."""
    path = cache_dir() / "sounds" / f"{theatre}-{_key(lexicon, theatre)}.npz"
    columns = _kept(path)
    if columns is None:
        columns = _columns(say_all(lexicon, theatre))
        _keep(path, columns)
    return TheatreSounds(columns, partial(_whose, lexicon, theatre), _shortest(theatre))


def _columns(sounds: list[Sound]) -> Columns:
    spoken = [tuple(ph.PHONES[c] for c in s.code) for s in sounds]
    return Columns(
        ids=[s.entry.entity.id for s in sounds],
        hows=[s.entry.how for s in sounds],
        spellings=[s.spelling for s in sounds],
        skeletons=[ph.skeleton(s) for s in spoken],
        outlines=[ph.outline(s) for s in spoken],
        importance=[s.entry.entity.importance for s in sounds],
        codes=ph.pad([s.code for s in sounds], MAX_PHONES),
    )


_TEXTS = ("ids", "hows", "spellings", "skeletons", "outlines")


def _keep(path: Path, columns: Columns) -> None:
    buffer = io.BytesIO()
    texts = {name: "\n".join(getattr(columns, name)).encode() for name in _TEXTS}
    np.savez(
        buffer,
        allow_pickle=False,
        importance=np.array(columns.importance, dtype=np.uint8),
        codes=columns.codes.astype(np.uint8),
        **{name: np.frombuffer(text, dtype=np.uint8) for name, text in texts.items()},
    )
    with suppress(OSError):  # a read-only home: built anew next time
        write_atomically(path, buffer.getvalue())


def _kept(path: Path) -> Columns | None:
    """The sounds in a cache file; None where there is none or it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as data:
            codes = data["codes"].astype(np.int16)
            importance = data["importance"].tolist()
            texts = {name: bytes(data[name]).decode().split("\n") if len(codes) else [] for name in _TEXTS}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if any(len(column) != len(codes) for column in (importance, *texts.values())):
        return None
    return Columns(importance=importance, codes=codes, **texts)


@lru_cache(maxsize=64)
def _part(lexicon: Lexicon, theatre: str) -> TheatreSounds:
    with nothing_collected():
        return sounds_of(lexicon, theatre)


@lru_cache(maxsize=32)
def sound_index(lexicon: Lexicon, theatres: tuple[str, ...]) -> SoundIndex:
    """The sound index of some theatres, made once for each combination of them."""
    return SoundIndex([_part(lexicon, theatre) for theatre in theatres])
