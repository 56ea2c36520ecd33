"""Step ``voices``: who is speaking, from the words alone: turns, hand-overs, first person, sign-offs.

A linear-chain model over words (``training/train_claims.py``) tells presenter, reporter and speaker apart; names come
from sign-offs and introductions.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pycrfsuite

from trucewatch.reading.boundaries import boundaries
from trucewatch.reading.claimbranch import VOICES
from trucewatch.reading.document import BREAK_SENTENCE, BREAK_TURN, Document
from trucewatch.reading.english import word_vectors
from trucewatch.reading.model import Evidence, Voice, VoiceRole
from trucewatch.reading.resources import resource
from trucewatch.reading.tagfeatures import View, odds, view

_FIRST_PERSON = frozenset(
    ["i", "we", "my", "our", "us", "me", "i'm", "we're", "i've", "we've", "i'd", "we'd", "mine", "ours", "im", "ive"]
)
_SECOND = frozenset(["you", "your", "you're"])
# What people say of their own mind, and reporters seldom do.
_OPINION = frozenset(
    [
        "must",
        "should",
        "actually",
        "because",
        "really",
        "think",
        "know",
        "want",
        "need",
        "cannot",
        "never",
        "maybe",
        "also",
        "everybody",
        "everyone",
        "anyone",
        "please",
    ]
)
_ROLES: dict[str, VoiceRole] = {"presenter": "presenter", "reporter": "reporter", "speaker": "speaker"}
# Words after and before a word that are looked over for first person, second person, questions and people's names.
_WINDOWS = ((1, 6, "n"), (6, 16, "nn"), (16, 40, "nnn"), (-6, 0, "p"), (-16, -6, "pp"), (-40, -16, "ppp"))
# Their features' names, made once: counts of first and second person, questions, people, words of opinion.
_NAMES = {
    lo: (
        tuple(f"fp{mark}={k}" for k in range(4)),
        tuple(f"sp{mark}={k}" for k in range(3)),
        (f"q{mark}",),
        (f"person{mark}",),
        tuple(f"op{mark}={k}" for k in range(4)),
    )
    for lo, _, mark in _WINDOWS
}
_SLACK = 6  # words by which a change of voice is moved to the beginning of a sentence; held out, 4 to 8 are alike
_SHORTEST = 7  # words; a voice shorter than this joins the one before it


def seen(doc: Document) -> View:
    """The document as the voice model sees it: with the rules' word on where sentences begin.

    The caption model's makes it worse (held out, .84 of words right against .87): it has seen the training transcripts.
    """
    items = view(doc)
    return items if doc.captions is None else replace(items, edge=boundaries(items.lm), syntax=[])


def voice_features(doc: Document, items: View, *, bare: bool = False) -> list[list[str]]:
    """Features of each item for the voice model; ``bare`` leaves out question marks, as a caption without them would."""
    n = len(items.words)
    first = [w in _FIRST_PERSON for w in items.lm]
    second = [w in _SECOND for w in items.lm]
    turn = 0
    since_turn, question = [], []
    for i in range(n):
        if items.brk[i] >= BREAK_TURN:
            turn += 1
        since_turn.append(turn)
        question.append(not bare and "?" in doc.raw[doc.tokens[items.last[i]].end : doc.tokens[items.last[i]].end + 2])
    out = []
    vectors = word_vectors()
    person = [k == "person" for k in items.kind]
    opinion = [w in _OPINION for w in items.lm]
    sums = [list(itertools.accumulate(marks, initial=0)) for marks in (first, second, question, person, opinion)]
    said = _branch_features(items)
    for i in range(n):
        row = [
            *said[i],
            "bias",
            f"w={items.words[i]}",
            f"pos={min(i * 8 // max(n, 1), 7)}",
            f"turn={min(since_turn[i], 6)}",
            f"parity={since_turn[i] % 2}",
        ]
        for lo, hi, _ in _WINDOWS:
            low, high = i + lo, i + hi
            low, high = (low if low > 0 else 0), (high if high < n else n)
            names = _NAMES[lo]
            if high <= low:
                row += (names[0][0], names[1][0])
                continue
            row.append(names[0][min(sums[0][high] - sums[0][low], 3)])
            row.append(names[1][min(sums[1][high] - sums[1][low], 2)])
            if sums[2][high] > sums[2][low]:
                row.append(names[2][0])
            if sums[3][high] > sums[3][low]:
                row.append(names[3][0])
            opinions = sums[4][high] - sums[4][low]
            if opinions:
                row.append(names[4][min(opinions, 3)])
        for offset in (-2, -1, 1, 2):
            j = i + offset
            if 0 <= j < n:
                row.append(f"{offset}w={items.words[j]}")
                found = vectors.clusters(items.words[j])
                if found:
                    row.append(f"{offset}{found[0]}")
        found = vectors.clusters(items.words[i])
        if found:
            row += [found[0], found[1]]
        brk = items.brk[i]
        row.append(f"brk={brk}")
        row.append(f"e={max(-5, min(5, round(items.edge[i] / 2)))}")
        if brk >= BREAK_SENTENCE or items.edge[i] > 0:
            row.append("start")
            row.append(f"start:{items.words[i]}|{items.words[i + 1] if i + 1 < n else ''}")
        if "al jazeera" in " ".join(items.lm[max(0, i - 5) : i + 5]):
            row.append("sign_off")
        row.append(f"punct={doc.punctuated and not bare}")
        row.append(f"multi={since_turn[-1] > 3}")
        out.append(row)
    return out


_NEAR = 12  # items on either side over which the claim branch's word on the voice is averaged


def _branch_features(items: View) -> list[list[str]]:
    """What the claim branch says of who speaks, at each item and around it."""
    if items.branch is None:
        return [[] for _ in items.words]
    shares = items.branch.shares("voice", np.array(items.word))
    sums = np.vstack([np.zeros((1, len(VOICES)), np.float32), np.cumsum(shares, axis=0)])
    here = np.arange(len(items.words))
    out: list[list[str]] = [[] for _ in items.words]
    for mark, low, high in (
        ("", here, here + 1),
        ("n", here, np.minimum(here + _NEAR, len(here))),
        ("p", np.maximum(here - _NEAR, 0), here),
    ):
        means = ((sums[high] - sums[low]) / np.maximum(high - low, 1)[:, None]).astype(np.float32)
        for row, bins in zip(out, odds(means).tolist(), strict=True):
            row += [f"nv{mark}={role}:{k}" for role, k in zip(VOICES, bins, strict=True)]
    return out


@lru_cache(maxsize=1)
def _tagger() -> pycrfsuite.Tagger | None:
    path = resource("voices.crfsuite")
    if not path.exists():
        return None
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return tagger


def voices(doc: Document, tagger: pycrfsuite.Tagger | None = None) -> Document:
    """Fill in the voices; they cover the transcript without gaps. Another ``tagger`` may stand in for the packaged one."""
    if not doc.tokens:
        doc.voices = [Voice(start=0, end=len(doc.raw), role="reporter")] if doc.raw else []
        return doc
    items = seen(doc)
    edges = view(doc).edge  # the caption model's, where there is one, unlike what the voice model sees
    tagger = tagger or _tagger()
    tags = _likeliest(tagger, voice_features(doc, items)) if tagger is not None else ["reporter"] * len(items.words)
    runs: list[tuple[int, str]] = []
    for k, tag in enumerate(tags):
        if not runs or runs[-1][1] != tag or items.brk[k] >= BREAK_TURN:
            at = _sentence_start(items, edges, k) if runs and items.brk[k] < BREAK_TURN else k
            if not runs or items.token[at] > runs[-1][0]:
                runs.append((items.token[at], tag))
            else:
                runs[-1] = (runs[-1][0], tag)
    merged: list[tuple[int, str]] = []
    for at, (start, tag) in enumerate(runs):
        end = runs[at + 1][0] if at + 1 < len(runs) else len(doc.tokens)
        if merged and end - start < _SHORTEST and doc.tokens[start].brk < BREAK_TURN:
            continue
        if merged and merged[-1][1] == tag and doc.tokens[start].brk < BREAK_TURN:
            continue
        merged.append((start, tag))
    doc.voices = [_voice(doc, merged, at, tagger is not None) for at in range(len(merged))]
    return doc


def _likeliest(tagger: pycrfsuite.Tagger, rows: list[list[str]]) -> list[str]:
    """The likeliest role of each word by itself; steadier than the best path, which holds on to a role too long."""
    tagger.set(rows)
    labels: list[str] = sorted(tagger.labels())
    return [max(labels, key=lambda label: tagger.marginal(label, i)) for i in range(len(rows))]


def _sentence_start(items: View, edges: list[float], k: int) -> int:
    """The likeliest beginning of a sentence within a few words of item ``k``: nobody takes over in mid-sentence."""
    near = range(max(1, k - _SLACK), min(len(items.words), k + _SLACK + 1))
    return max(near, key=lambda j: (items.brk[j] >= BREAK_SENTENCE, edges[j], -abs(j - k)))


def _voice(doc: Document, runs: list[tuple[int, str]], at: int, learned: bool) -> Voice:
    start, role = runs[at]
    last = (runs[at + 1][0] if at + 1 < len(runs) else len(doc.tokens)) - 1
    begin = 0 if at == 0 else doc.tokens[start].start
    end = len(doc.raw) if last == len(doc.tokens) - 1 else doc.tokens[last + 1].start
    name, how = _speaker_name(doc, start, last, role)
    detail = (
        "turns, first person and wording, by the voice model" if learned else "no voice model: taken for the reporter"
    )
    why = [Evidence(kind="wording", detail=detail)]
    if how:
        why.append(Evidence(kind="name", detail=how))
    return Voice(start=begin, end=end, role=_ROLES.get(role, "reporter"), name=name, why=tuple(why))


def _speaker_name(doc: Document, first: int, last: int, role: str) -> tuple[str | None, str]:
    """The reporter's name from a sign-off ("X, Al Jazeera, Beirut") at the end of what they say."""
    if role != "reporter":
        return None, ""
    for name in reversed(doc.names):
        if name.kind == "person" and name.entity.role in {"correspondent", "presenter"} and first <= name.first <= last:
            tail = " ".join(t.norm for t in doc.tokens[name.last + 1 : name.last + 4])
            if last - name.last <= 8 or tail.startswith(("al jazeera", "bbc", "sky news", "cnn", "reporting")):
                return name.name, f"signs off as “{doc.quote(name.first, name.last)}”"
    return None, ""
