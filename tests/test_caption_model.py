"""The caption model's own parts: words, windows, trees. What it reads is measured by ``benchmarks/caption.py``."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trucewatch
from trucewatch.reading import captions as captions_step
from trucewatch.reading.captionmodel import (
    ABOUT,
    LONGEST_WORD,
    MODEL,
    OVERLAP,
    PIECES,
    TOKENS,
    WINDOW,
    CaptionModel,
    CaptionModelError,
    caption_model,
    chosen,
    tree,
    window_plan,
)
from trucewatch.reading.captionwords import pieces_of
from trucewatch.reading.model import Reading
from trucewatch.reading.resources import resource
from trucewatch.transcript import from_text

GOLD = Path(__file__).parents[1] / "benchmarks" / "gold" / "train"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("don't", ["do", "n't"]),
        ("Assad’s", ["assad", "'s"]),
        ("fighters'", ["fighters", "'"]),
        ("we'll", ["we", "'ll"]),
        ("CANNOT", ["can", "not"]),
        ("o'clock", ["o'clock"]),
        ("n't", ["n't"]),
        ("'s", ["'s"]),
        ("2,000", ["2,000"]),
    ],
)
def test_clitics_stand_apart(raw: str, words: list[str]) -> None:
    assert [piece.word for piece in pieces_of(raw)] == words


@given(st.text(alphabet="abcsnt'’", min_size=1, max_size=12))
def test_the_pieces_of_a_token_are_the_token(raw: str) -> None:
    pieces = list(pieces_of(raw))
    assert "".join(piece.raw for piece in pieces) == raw
    assert pieces[0].start == 0
    assert all(raw[p.start : p.end] == p.raw for p in pieces)


@settings(max_examples=200)
@given(st.lists(st.integers(1, LONGEST_WORD), max_size=1200))
def test_windows_cover_every_word_once_and_never_hold_too_much(lengths: list[int]) -> None:
    plan = list(window_plan(lengths))
    assert [i for _, _, own, end in plan for i in range(own, end)] == list(range(len(lengths)))
    for first, end, own, own_end in plan:
        assert first <= own < own_end <= end
        assert sum(lengths[first:end]) <= WINDOW
    for (_, end, _, own_end), (first, _, own, _) in itertools.pairwise(plan):
        assert own == own_end
        shared = sum(lengths[first:end])
        assert shared <= OVERLAP + 2 * LONGEST_WORD
        assert first < end  # each word is seen with words on both sides


def best_tree(arcs: np.ndarray, root: np.ndarray) -> float:
    """The score of the best tree with one root, of all there are."""
    n, best = len(root), -np.inf
    for heads in itertools.product(range(-1, n), repeat=n):
        if heads.count(-1) != 1 or any(h == i for i, h in enumerate(heads)):
            continue
        reached = []
        for i in range(n):
            at, steps = i, 0
            while heads[at] >= 0 and steps <= n:
                at, steps = heads[at], steps + 1
            reached.append(heads[at] < 0)
        if all(reached):
            best = max(best, sum(root[i] if h < 0 else arcs[i, h] for i, h in enumerate(heads)))
    return float(best)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_parsed_is_a_tree_and_a_best_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = random.Random(seed).randint(1, 4)
    arcs, root = rng.normal(size=(n, n)).astype(np.float32) * 3, rng.normal(size=n).astype(np.float32) * 3
    heads, sure = tree(arcs, root)
    assert (heads < 0).sum() == 1
    for i in range(n):
        at = i
        for _ in range(n):
            at = int(heads[at]) if heads[at] >= 0 else at
        assert heads[at] < 0
    assert ((sure > 0) & (sure <= 1)).all()
    got = sum(float(root[i] if h < 0 else arcs[i, h]) for i, h in enumerate(heads.tolist()))
    top = int(np.nonzero(heads < 0)[0][0])
    # The root is settled first, by how much each word loses as one; under it the tree is the best there is.
    held = np.full(n, -1e6, dtype=np.float64)
    held[top] = root[top]
    assert got == pytest.approx(best_tree(arcs, held), abs=1e-3)


def test_a_chain_of_cycles_is_opened() -> None:
    arcs = np.full((6, 6), -5.0, np.float32)
    for a, b in ((0, 1), (1, 0), (2, 3), (3, 2), (4, 5), (5, 4)):
        arcs[a, b] = 5.0
    arcs[0, 2] = arcs[2, 4] = 1.0
    root = np.array([-9, -9, -9, -9, 0, -9], np.float32)
    heads, _ = tree(arcs, root)
    assert heads.tolist() == [2, 0, 4, 2, -1, 4]


def test_no_mark_counts_for_less_where_told() -> None:
    likely = np.array([[0.6, 0.4, 0.0], [0.9, 0.1, 0.0]], np.float32)
    assert chosen(likely, 1.0).tolist() == [0, 0]
    assert chosen(likely, 0.5).tolist() == [1, 0]


# ------------------------------------------------------------------ the packaged model, in the pipeline

SPOKEN = (
    "good evening government forces have taken the town of saraqib after three weeks of fighting the russian defense "
    "ministry says its jets did not take part is that what people there are telling you no they say planes hit the market "
    "twice on tuesday doctors count nineteen dead and more than forty wounded"
)


@pytest.fixture(scope="module")
def spoken() -> Reading:
    return trucewatch.read(SPOKEN, theatre="syria")


def test_bare_words_become_text_that_can_be_read(spoken: Reading) -> None:
    shown = [s.text for s in spoken.sentences]
    assert len(shown) >= 4
    assert all(s[0].isupper() and s[-1] in ".?" for s in shown)
    assert any(s.startswith("Is that what people") and s.endswith("?") for s in shown)
    assert "Tuesday" in spoken.text
    assert "nineteen dead and more than forty wounded." in spoken.text.replace(",", "")
    assert "Russian" in spoken.text
    assert "," in spoken.text


def test_sentences_know_who_does_what_to_whom() -> None:
    doc = trucewatch.Pipeline().document(from_text("the rebels shelled the airport and soldiers fled"))
    assert doc.captions is not None
    said = {doc.tokens[i].lower: (doc.captions.relation(i), doc.captions.head(i)) for i in range(len(doc.tokens))}
    where = {t.lower: t.i for t in doc.tokens}
    assert said["rebels"] == ("nsubj", where["shelled"])
    assert said["airport"] == ("obj", where["shelled"])
    assert said["soldiers"] == ("nsubj", where["fled"])
    assert [doc.captions.tag(where[w]) for w in ("the", "rebels", "shelled", "and")] == ["DET", "NOUN", "VERB", "CCONJ"]


def test_a_name_put_right_is_parsed_as_what_it_is() -> None:
    doc = trucewatch.Pipeline().document(from_text("jets hit moderate in norman again this morning"), theatre="syria")
    assert [n.name for n in doc.names if n.recovered] == ["Maarat al-Numan"]
    assert doc.captions is not None
    first, last = next((n.first, n.last) for n in doc.names if n.recovered)
    assert {doc.captions.tag(i) for i in range(first, last + 1)} == {"PROPN"}
    assert doc.captions.head(first) == next(t.i for t in doc.tokens if t.lower == "hit")


def test_what_is_read_does_not_depend_on_threads() -> None:
    model = caption_model()
    assert model is not None
    words = [w for _ in range(9) for w in SPOKEN.split()]
    (one, windows, said), (two, others, again) = model.read(words, threads=1), model.read(words, threads=3)
    for name in ("marks", "cases", "start", "turn", "tag", "mark", "case"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
    assert len(windows) > 2
    assert np.array_equal(said.rows, again.rows)
    assert all(np.array_equal(a.arcs, b.arcs) for a, b in zip(windows, others, strict=True))
    readings = [trucewatch.read(" ".join(words), threads=n).model_dump_json() for n in (1, 2)]
    assert readings[0] == readings[1]


def test_a_window_says_the_same_wherever_it_stands_in_a_programme() -> None:
    """What comes long after a passage does not change how it is read."""
    model = caption_model()
    assert model is not None
    words = [w for _ in range(9) for w in SPOKEN.split()]
    alone, *_ = model.read(words, threads=1)
    longer, *_ = model.read([*words, *(["and", "now", "the", "weather", "it", "will", "be", "dry"] * 60)], threads=1)
    sure = len(words) - WINDOW
    assert np.array_equal(alone.marks[:sure], longer.marks[:sure])


def test_without_its_file_rules_stand_in_and_the_reading_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captions_step, "caption_model", lambda: None)
    reading = trucewatch.read(SPOKEN, theatre="syria")
    assert [w for w in reading.warnings if "caption model" in w] == [captions_step.MISSING]
    assert len(reading.sentences) >= 2
    assert reading.claims


def test_another_versions_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (MODEL, PIECES, TOKENS, ABOUT, "caption_labels.npz"):
        (tmp_path / name).write_bytes(resource(name).read_bytes())
    about = json.loads((tmp_path / ABOUT).read_text(encoding="utf-8"))
    (tmp_path / ABOUT).write_text(json.dumps({**about, "tags": about["tags"][1:]}), encoding="utf-8")
    with pytest.raises(CaptionModelError, match="other tags than this version has"):
        CaptionModel(tmp_path)
    (tmp_path / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    (tmp_path / MODEL).write_bytes(b"cut short")
    with pytest.raises(CaptionModelError, match=r"caption\.onnx cannot be opened"):
        CaptionModel(tmp_path)
    (tmp_path / MODEL).write_bytes(resource(MODEL).read_bytes())
    for name in (PIECES, TOKENS, "caption_labels.npz", ABOUT):  # cut short, then missing
        (tmp_path / name).write_bytes(resource(name).read_bytes()[:50])
        with pytest.raises(CaptionModelError, match=f"{name} cannot be opened"):
            CaptionModel(tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(CaptionModelError, match=f"{name} cannot be opened"):
            CaptionModel(tmp_path)
        (tmp_path / name).write_bytes(resource(name).read_bytes())
    (tmp_path / MODEL).write_bytes(b"cut short")

    def broken() -> CaptionModel:
        return CaptionModel(tmp_path)

    monkeypatch.setattr(captions_step, "caption_model", broken)
    reading = trucewatch.read("the army says it has taken the town")
    assert [w for w in reading.warnings if "cannot be opened" in w]
    assert reading.sentences


def test_the_model_is_of_the_size_promised() -> None:
    assert sum(resource(name).stat().st_size for name in (MODEL, PIECES)) <= 30_000_000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_three_hours_of_talk_are_read_in_bounded_memory(tmp_path: Path) -> None:
    """Three hours at 150 words a minute on four conflicts; in a process of its own, whose peak counts everything."""
    words: list[str] = []
    for gold in sorted(GOLD.glob("*.json")):
        if json.loads(gold.read_text(encoding="utf-8"))["transcript"]["theatre"] in {
            "syria",
            "gaza",
            "ukraine",
            "sudan",
        }:
            words += gold.with_suffix(".txt").read_text(encoding="utf-8").split()
    text = words[:27_000]
    assert len(text) == 27_000
    path = tmp_path / "programme.txt"
    path.write_text(" ".join(text), encoding="utf-8")
    code = (
        "import sys, re, trucewatch; r = trucewatch.read(sys.argv[1]); "
        "print(len(r.claims), re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read()).group(1))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    claims, peak = map(int, done.stdout.split())
    assert claims > 300
    assert peak / 1024 <= 700
