"""The sound index: how every name of some theatres is said, and which few could be meant by what was heard.

Saying all names of a theatre takes about a second, so each theatre's index is kept in the user's cache, under a digest of
the theatre, the world and the rules; where the cache cannot be written it is built anew each time.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from trucewatch.reading import phones as ph
from trucewatch.reading.lexicon import Entry, Lexicon, keys_of, spellings_of
from trucewatch.theatre.files import cache_dir, write_atomically

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

MAX_PHONES = 24
# Least likeness of outlines (classes of sounds, unweighted) for a comparison phone by phone: keeps 95% of what passes it.
ROUGH = 0.5
PROMINENCE = 0.04  # what a step of importance is worth in similarity when names are ranked for judging
_SPELLINGS = 4  # of a place seldom reported, how many spellings are listened for
_HEARD_WAYS = {"name", "adjective", "people", "capital", "acronym"}


@dataclass(frozen=True, slots=True)
class Sound:
    """One way one name is said."""

    entry: Entry
    spelling: str
    code: tuple[int, ...]


class TheatreSounds:
    """One theatre's names by how they are said.

    Names are kept under the skeleton of their consonants and, from three consonants on, under every skeleton with one
    left out, so that a window's neighbours (a consonant more, less or other) are found by looking up a handful of keys.
    """

    def __init__(self, sounds: list[Sound], skeletons: list[str], outlines: list[str]) -> None:
        self.sounds = sounds
        self.outlines = outlines
        whole: dict[str, list[int]] = defaultdict(list)
        less: dict[str, list[int]] = defaultdict(list)
        shorter: dict[str, tuple[str, ...]] = {}
        for k, skeleton in enumerate(skeletons):
            whole[skeleton].append(k)
            if skeleton not in shorter:
                shorter[skeleton] = _one_less(skeleton)
            for key in shorter[skeleton]:
                less[key].append(k)
        self.whole, self.less = dict(whole), dict(less)

    def near(self, skeleton: str) -> set[int]:
        """The names whose skeleton is within one change of a window's."""
        shorter = _one_less(skeleton)
        found = set(self.whole.get(skeleton, ()))
        for key in shorter:
            found.update(self.whole.get(key, ()))
        if len(skeleton) > 2:
            found.update(self.less.get(skeleton, ()))
        if len(skeleton) > 4:  # in a short name another consonant is another name
            for key in shorter:
                found.update(self.less.get(key, ()))
        return found


def _one_less(skeleton: str) -> tuple[str, ...]:
    """The skeletons with one consonant left out; of one or two consonants none."""
    if len(skeleton) < 3:
        return ()
    return tuple(sorted({skeleton[:k] + skeleton[k + 1 :] for k in range(len(skeleton))}))


class SoundIndex:
    """The names of several theatres by how they are said; finds the few that could be meant by a run of phones."""

    def __init__(self, parts: list[TheatreSounds]) -> None:
        self.parts = parts
        self.sounds = [sound for part in parts for sound in part.sounds]
        self.offsets = np.cumsum([0, *(len(part.sounds) for part in parts)]).tolist()
        self.codes = ph.pad([s.code for s in self.sounds], MAX_PHONES)
        self.weights = ph.weight(self.codes)
        self.lengths = np.array([len(s.code) for s in self.sounds], dtype=np.int64)
        self.outlines = np.array([o for part in parts for o in part.outlines], dtype=object)
        # Of names that sound about alike the more often reported one is judged first.
        self.prior = [PROMINENCE * (s.entry.entity.importance - 1) for s in self.sounds]
        self.full_names: dict[str, list[int]] = defaultdict(list)
        self.by_entity: dict[str, list[int]] = defaultdict(list)
        for k, sound in enumerate(self.sounds):
            self.by_entity[sound.entry.entity.id].append(k)
            if sound.entry.how == "name" and len(sound.code) >= 6:
                self.full_names[sound.entry.entity.id].append(k)
        self._near: dict[str, Ints] = {}

    def near(self, skeleton: str) -> Ints:
        """The names whose skeleton is within one change of a window's, in order."""
        found = self._near.get(skeleton)
        if found is None:
            ids = [
                k + offset
                for part, offset in zip(self.parts, self.offsets, strict=False)
                for k in sorted(part.near(skeleton))
            ]
            found = np.array(ids, dtype=np.int64)
            if len(self._near) < 50_000:
                self._near[skeleton] = found
        return found

    def alike(self, windows: list[tuple[str, ...]], floor: Floats) -> tuple[Ints, Ints, Floats]:
        """Pairs (window, name) at least as alike as each window's floor (0 to 1), and how alike they are."""
        codes = ph.pad([ph.encode(w) for w in windows], MAX_PHONES)
        weights = ph.weight(codes)
        lengths = np.array([len(w) for w in windows], dtype=np.int64)
        near = [self.near(ph.skeleton(w)) for w in windows]
        at = np.repeat(np.arange(len(windows)), [len(x) for x in near])
        names = np.concatenate(near) if near else np.zeros(0, dtype=np.int64)
        # The weights differ by at least what must be lost; names too long or too short cannot reach the floor.
        limit = np.minimum(weights[at], self.weights[names]) >= floor[at] * np.maximum(weights[at], self.weights[names])
        at, names = at[limit], names[limit]
        outlines = np.array([ph.outline(w) for w in windows], dtype=object)
        rough = cpdist(
            outlines[at],
            self.outlines[names],
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=ROUGH,
            workers=1,
            dtype=np.float32,
        )
        at, names = at[rough > 0], names[rough > 0]
        score = np.zeros(len(at), dtype=np.float32)
        width = np.maximum(lengths[at], self.lengths[names])
        for low, high in ((0, 6), (6, 9), (9, 13), (13, MAX_PHONES)):
            rows = np.nonzero((width > low) & (width <= high))[0]
            if len(rows):
                distance = ph.distances(codes[at[rows], :high], self.codes[names[rows], :high])
                score[rows] = 1 - distance / np.maximum(weights[at[rows]], self.weights[names[rows]])
        good = score >= floor[at]
        return at[good], names[good], score[good]


def say_all(lexicon: Lexicon, theatre: str) -> list[Sound]:
    """Every way every name of a theatre is said, in a fixed order, the same sound of the same entity once."""
    source = lexicon.world if theatre == "world" else lexicon.theatres[theatre]
    out: list[Sound] = []
    seen: set[tuple[str, tuple[int, ...]]] = set()
    for entity in source.entities:
        if theatre == "world" and (entity.kind == "person" or (entity.importance < 2 and entity.feature != "country")):
            continue  # too many, and too seldom misheard
        if theatre != "world" and entity.id.startswith("world:"):
            continue  # the world has its sounds already
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
            for said in ph.name_phones(spelling):
                code = ph.encode(said)
                if 3 <= len(code) <= MAX_PHONES and (entity.id, code) not in seen:
                    seen.add((entity.id, code))
                    out.append(Sound(Entry(entity, theatre, how), spelling, code))
    return out


def _key(lexicon: Lexicon, theatre: str) -> str:
    """What a theatre's sounds depend on: its data, the world's, and the rules for saying names."""
    here = Path(__file__).parent
    rules = b"".join((here / f).read_bytes() for f in ("phones.py", "soundindex.py", "lexicon.py", "document.py"))
    text = "|".join((lexicon.digests[theatre], lexicon.digests["world"], hashlib.sha256(rules).hexdigest()))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def sounds_of(lexicon: Lexicon, theatre: str) -> TheatreSounds:
    """A theatre's sounds, from the cache where it holds them."""
    path = cache_dir() / "sounds" / f"{theatre}-{_key(lexicon, theatre)}.npz"
    kept = _kept(lexicon, theatre, path)
    if kept is not None:
        return kept
    sounds = say_all(lexicon, theatre)
    spoken = [tuple(ph.PHONES[c] for c in s.code) for s in sounds]
    skeletons, outlines = [ph.skeleton(s) for s in spoken], [ph.outline(s) for s in spoken]
    rows = "\n".join(
        "\t".join((s.entry.entity.id, s.entry.how, s.spelling, k, o))
        for s, k, o in zip(sounds, skeletons, outlines, strict=True)
    )
    buffer = io.BytesIO()
    np.savez(
        buffer,
        rows=np.frombuffer(rows.encode(), dtype=np.uint8),
        codes=ph.pad([s.code for s in sounds], MAX_PHONES).astype(np.uint8),
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, buffer.getvalue())
    except OSError:
        pass  # a read-only home: built anew next time
    return TheatreSounds(sounds, skeletons, outlines)


def _kept(lexicon: Lexicon, theatre: str, path: Path) -> TheatreSounds | None:
    """The sounds in a cache file; None where there is none or it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as data:
            rows = bytes(data["rows"]).decode().split("\n")
            codes = data["codes"].tolist()
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    source = lexicon.world if theatre == "world" else lexicon.theatres[theatre]
    entities = {e.id: e for e in source.entities}
    entries: dict[tuple[str, str], Entry] = {}
    sounds, skeletons, outlines = [], [], []
    for row, code in zip(rows, codes, strict=True):
        if not row:
            continue
        identity, how, spelling, skeleton, outline = row.split("\t")
        entry = entries.get((identity, how))
        if entry is None:
            entry = entries[identity, how] = Entry(entities[identity], theatre, how)
        sounds.append(Sound(entry, spelling, tuple(c for c in code if c)))
        skeletons.append(skeleton)
        outlines.append(outline)
    return TheatreSounds(sounds, skeletons, outlines)


@lru_cache(maxsize=64)
def _part(lexicon: Lexicon, theatre: str) -> TheatreSounds:
    return sounds_of(lexicon, theatre)


@lru_cache(maxsize=32)
def sound_index(lexicon: Lexicon, theatres: tuple[str, ...]) -> SoundIndex:
    """The sound index of some theatres, made once for each combination of them."""
    return SoundIndex([_part(lexicon, theatre) for theatre in theatres])
