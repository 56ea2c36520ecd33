"""Ordinary words stay as they are, though each is what some name is misheard as; and the benchmark that counts such things."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest

from trucewatch.reading.lexicon import heard_key
from trucewatch.reading.model import Correction, Mention, Reader, Reading, TranscriptInfo
from trucewatch.theatre import load_theatre

ROOT = Path(__file__).resolve().parents[1]


def _benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("names_benchmark", ROOT / "benchmarks" / "names.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


bench = _benchmark()
TRAPS = bench.traps_in()


# The traps that are still sprung: faults that are known and counted in docs/results.md. One that is mended must leave the
# list (the second test), and none may join it unseen (the first).
FAULTS = {tuple(line.split("\t")) for line in (ROOT / "tests/data/traps_sprung.tsv").read_text("utf-8").splitlines()}


@cache
def sprung_in(theatre: str) -> dict[tuple[str, str], str]:
    return {
        (theatre, str(change).split(" (")[0]): f"{change} in: {trap.text}"
        for trap in TRAPS
        if trap.theatre == theatre
        for change in bench.sprung(trap, bench.read(bench.shipped(), trap.text, theatre))
    }


@pytest.mark.parametrize("theatre", sorted({trap.theatre for trap in TRAPS}))
def test_ordinary_words_are_not_made_into_names_or_other_words(theatre: str) -> None:
    new = [text for key, text in sprung_in(theatre).items() if key not in FAULTS]
    assert not new, "\n" + "\n".join(new)


def test_faults_that_are_mended_leave_the_list() -> None:
    sprung = {key for theatre in {trap.theatre for trap in TRAPS} for key in sprung_in(theatre)}
    assert sprung >= FAULTS, f"no longer sprung: {sorted(FAULTS - sprung)}"
    assert len(FAULTS) < 0.05 * sum(len(trap.words) for trap in TRAPS)


# ---------------------------------------------------------------- readings made up for the benchmark


def named(text: str, heard: str, name: str, *, recovered: bool = True, confidence: float = 0.9) -> Mention:
    start = text.index(heard)
    return Mention(
        id="m1", start=start, end=start + len(heard), heard=heard, name=name, kind="place", recovered=recovered, confidence=confidence
    )  # fmt: skip


def corrected(text: str, heard: str, read: str) -> Correction:
    start = text.index(heard)
    return Correction(start=start, end=start + len(heard), heard=heard, read=read, confidence=0.8)


def reading(text: str, *items: Mention | Correction, warnings: tuple[str, ...] = ()) -> Reading:
    return Reading(
        transcript=TranscriptInfo(id="t", sha256=""),
        raw=text,
        text=text,
        mentions=tuple(i for i in items if isinstance(i, Mention)),
        corrections=tuple(i for i in items if isinstance(i, Correction)),
        reader=Reader(name="made up", version="0", steps=()),
        warnings=warnings,
    )


Say = Callable[..., None]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """Makes the benchmark see these readings, by their text, whatever reads."""

    def say(*made: Reading) -> None:
        known = {r.raw: r for r in made}
        monkeypatch.setattr(bench, "read", lambda pipeline, text, theatre: known[text])

    return say


# ---------------------------------------------------------------- neutral sentences


def garble(text: str, heard: str, meant: str, kind: str = "place") -> Any:
    return bench.Garble("syria", heard, meant, kind, text)


def count(*garbles: Any) -> Any:
    return bench.count_neutral(garbles, bench.shipped(), True)


def test_a_name_is_right_in_any_spelling_that_its_theatre_knows() -> None:
    right = bench.accepted(bench.shipped().lexicon, "ethiopia", "Tigray")
    assert {"tigray", "tigray region"} <= right
    assert "addis ababa" not in right
    assert bench.accepted(bench.shipped().lexicon, "syria", "Nowhere at all") == {"nowhere at all"}


def test_names_put_right_and_wrong_changes_are_counted(say: Say) -> None:
    text = "they drove to a leopard and on to homes by night"
    first, second = garble(text, "a leopard", "Aleppo"), garble(text, "homes", "Homs")
    say(reading(text, named(text, "leopard", "Aleppo"), corrected(text, "night", "light")))
    counts = count(first, second)
    assert (counts.asked["place"], counts.right["place"]) == (2, 1)
    # In the first the correction is wrong; in the second the name, which is not what was asked there, is wrong as well.
    assert (counts.good, counts.bad) == (1, 3)


def test_a_word_is_right_where_the_corrections_over_it_together_read_as_meant(say: Say) -> None:
    text = "the general staff if that the harsher avenge would come"
    first = garble(text, "if that", "says that", "word")
    second = garble(text, "harsher avenge", "harsh revenge", "word")
    say(
        reading(
            text,
            corrected(text, "if", "says"),
            corrected(text, "harsher", "harsh"),
            corrected(text, "avenge", "revenge"),
        )
    )
    counts = count(first, second)
    assert counts.right["word"] == 2
    say(reading(text, corrected(text, "if", "says"), corrected(text, "harsher", "harsh")))
    assert count(first, second).right["word"] == 1


def test_a_correction_that_takes_in_more_than_the_garble_is_right_only_where_the_rest_stays(say: Say) -> None:
    text = "more air stripes were reported"
    say(reading(text, corrected(text, "air stripes", "air strikes")))
    assert count(garble(text, "stripes", "strikes", "word")).right["word"] == 1
    say(reading(text, corrected(text, "air stripes", "strikes")))
    assert count(garble(text, "stripes", "strikes", "word")).right["word"] == 0


def test_a_name_that_takes_in_more_than_the_garble_is_right_where_it_reads_as_meant(say: Say) -> None:
    text = "fighters of the axis of assistance said so"
    for name, right in (("Axis of Resistance", 1), ("Resistance Committees", 0)):
        say(reading(text, named(text, "the axis of assistance", name)))
        counts = count(garble(text, "assistance", "resistance", "word"))
        assert (counts.right["word"], counts.good) == (right, right)


def test_without_the_list_only_its_rows_are_gone() -> None:
    theatre = load_theatre("syria")
    kept = bench.without_source(theatre, "editor").mishearings
    assert set(kept) < set(theatre.mishearings)
    assert bench.without_source(theatre, "no such source").mishearings == theatre.mishearings
    listed = [g for g in bench.garbles_in() if g.kind != bench.WORD]
    full, rest = bench.shipped().lexicon.mishearings, bench.unlisted().lexicon.mishearings
    assert any(heard_key(g.heard) in full[g.theatre] and heard_key(g.heard) not in rest[g.theatre] for g in listed)
    assert all(rest[name].items() <= full[name].items() for name in full)


def test_the_table_of_neutral_sentences_has_every_way_of_reading(say: Say) -> None:
    text = "they drove to a leopard by night"
    say(reading(text, named(text, "a leopard", "Aleppo")))
    table = bench.neutral([garble(text, "a leopard", "Aleppo")], misses=True)
    assert table.count("| 1.00 (1/1) | 1.00 (1/1) | – | – | – | – | – | 1.00 (1/1) |") == 4
    assert "Changed wrongly" not in table
    assert "“a leopard” for" not in table


def test_wrong_changes_are_listed_and_misses_on_request(say: Say) -> None:
    text = "they drove to a leopard by night"
    say(reading(text, named(text, "a leopard", "Lebanon")))
    table = bench.neutral([garble(text, "a leopard", "Aleppo")], misses=True)
    assert "- syria: “a leopard” → Lebanon (name, 0.90); misheard there: “a leopard” for Aleppo (every way)" in table
    assert "- syria: “a leopard” for Aleppo in: they drove" in table
    assert "in: they drove" not in bench.neutral([garble(text, "a leopard", "Aleppo")])


# ---------------------------------------------------------------- traps


def test_a_trap_is_sprung_by_another_name_or_word_but_not_by_its_own_name() -> None:
    text = "the minister of italy met members in rome"
    trap = bench.Trap("syria", text, ("italy", "members"))
    for harmless in (
        named(text, "italy", "Italy", recovered=False),
        named(text, "italy", "Italy"),
        named(text, "rome", "Homs"),
        corrected(text, "met members", "meant members"),
    ):
        assert bench.sprung(trap, reading(text, harmless)) == []
    for harm in (
        named(text, "italy", "Idlib"),
        named(text, "met members", "Manbij"),
        corrected(text, "members", "ministers"),
    ):
        assert [c.read for c in bench.sprung(trap, reading(text, harm))] in (["Idlib"], ["Manbij"], ["ministers"])


def test_the_section_on_traps_counts_and_lists_them(say: Say) -> None:
    text = "members of the council met members of the press"
    say(
        reading(
            text, named(text, "members", "Manbij", confidence=0.61), named(text, "press", "Press TV", recovered=False)
        )
    )
    section = bench.traps([bench.Trap("syria", text, ("members", "press"))])
    assert "Of 3 ordinary words in 1 sentences" in section
    assert "1 with the theatre given, 1 with the theatre worked out" in section
    assert "“members” → Manbij (name, 0.61): theatre given and worked out" in section
    assert "Not counted, found as names that are spelled so: “press” (Press TV)." in section


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("syria\thomes stood empty\troofs", "line 2: 'roofs' is not in its text"),
        ("syria\thomes stood empty", "line 2: 2 cells"),
    ],
)
def test_a_bad_row_of_traps_is_named(tmp_path: Path, row: str, complaint: str) -> None:
    path = tmp_path / "traps.tsv"
    path.write_text(f"theatre\ttext\twords\n{row}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        bench.traps_in(path)


def test_a_garble_of_an_unknown_kind_or_not_in_its_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "neutral.tsv"
    for row, complaint in (
        ("syria\ta\tA\ttown\ta b", "kind is 'town'"),
        ("syria\ta\tA\tplace\tb c", "not in its text"),
    ):
        path.write_text(f"theatre\theard\tmeant\tkind\ttext\n{row}\n", encoding="utf-8")
        with pytest.raises(ValueError, match=complaint):
            bench.garbles_in(path)


def test_nothing_is_measured_without_the_models() -> None:
    class Modelless:
        def read(self, transcript: Any, theatre: str | None) -> Reading:
            return reading(transcript.raw, warnings=("the model for misheard names is missing (x.npz)",))

    with pytest.raises(ValueError, match="the model for misheard names is missing"):
        bench.read(Modelless(), "they drove on", None)


# ---------------------------------------------------------------- quiet English

CONLLU = """\
# newdoc id = GUM_news_harbour
# sent_id = 1
1\tTom\tTom\tPROPN\tNNP\t_\t2\tnsubj\t_\t_
2-3\tdidn't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdid\tdo\tAUX\tVBD\t_\t4\taux\t_\t_
3\tn't\tnot\tPART\tRB\t_\t4\tadvmod\t_\t_
4\tpay\tpay\tVERB\tVB\t_\t0\troot\t_\t_
4.1\tit\tit\tPRON\tPRP\t_\t_\t_\t_\t_
5\t$\t$\tSYM\t$\t_\t4\tobj\t_\tSpaceAfter=No
6\t40\t40\tNUM\tCD\t_\t5\tnummod\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t.\t_\t4\tpunct\t_\t_

# sent_id = 2
1\tWell\twell\tADV\tRB\t_\t3\tadvmod\t_\tSpaceAfter=No
2\t-\t-\tPUNCT\tHYPH\t_\t3\tpunct\t_\tSpaceAfter=No
3\tknwon\tknow\tVERB\tVBN\tTypo=Yes\t0\troot\t_\t_
4\thomes\thome\tNOUN\tNNS\t_\t3\tobj\t_\t_
5\twww.homes.example/a\thomes\tX\tADD\t_\t3\tdep\t_\t_
6\thoʊmz\thomes\tX\tFW\t_\t3\tdep\t_\t_

# newdoc id = reviews-0001
1\t!\t!\tPUNCT\t.\t_\t0\troot\t_\t_

# newdoc id = reviews-0002
1\tHomes\thome\tNOUN\tNNS\t_\t0\troot\t_\t_
2\there\there\tADV\tRB\t_\t1\tadvmod\t_\t_
"""


def test_a_treebank_becomes_what_captions_would_have() -> None:
    first, second = bench.passages(CONLLU.splitlines())
    assert (first.genre, first.text) == ("news", "tom didn't pay $40 well knwon homes")
    assert [first.text[a:b] for a, b in first.odd] == ["tom", "knwon"]
    assert (second.genre, second.text, second.odd) == ("reviews", "homes here", ())


def test_false_changes_are_counted_by_genre_and_theatre(say: Say) -> None:
    first, second = bench.passages(CONLLU.splitlines())
    say(
        reading(first.text, named(first.text, "knwon", "Qana"), named(first.text, "homes", "Homs")),
        reading(second.text),
    )
    section = bench.quiet(None, [first, second])
    assert "2 documents, 9 words" in section
    assert "| news | 7 |" + " 285.71 (2) |" * 5 in section
    assert "| reviews | 2 |" + " 0.00 (0) |" * 5 in section
    assert "| all, over ordinary words | 9 |" + " 111.11 (1) |" * 5 in section
    assert "- “homes” → Homs (name): every way; 0.90" in section
    assert "- “knwon” → Qana (name, over a name or misspelling): every way; 0.90" in section


def test_without_the_treebanks_the_section_says_how_to_get_them(tmp_path: Path) -> None:
    assert "--ud FOLDER" in bench.quiet(None)
    with pytest.raises(ValueError, match=r"no \*test\*\.conllu"):
        bench.quiet(tmp_path)
    (tmp_path / "en-test.conllu").write_text(CONLLU, encoding="utf-8")
    assert [p.genre for p in bench.passages_in(tmp_path)] == ["news", "reviews"]


# ---------------------------------------------------------------- reliability


def predictions(*rows: tuple[float, bool, str]) -> list[Any]:
    return [bench.HeldOut(*row) for row in rows]


def test_predictions_fall_into_tenths_with_the_upper_end_in_the_last() -> None:
    bins = bench.binned(predictions((0.7, True, "a"), (0.79, False, "a"), (1.0, True, "a"), (0.3, False, "a")))
    assert [(b.low, b.count, b.right) for b in bins] == [(0.3, 1, 0), (0.7, 2, 1), (0.9, 1, 1)]
    assert bench.off_by(bins) == pytest.approx((0.3 + 2 * 0.245 + 0.0) / 4)
    low, high = bins[1].interval
    assert 0 < low < 0.5 < high < 1


def test_reliability_has_a_row_for_each_bin_of_each_level_and_draws_it(tmp_path: Path) -> None:
    svg = tmp_path / "docs" / "drawn.svg"
    rows = predictions((0.9, True, "applied"), (0.94, False, "applied"), (0.21, False, "suggested <1>"))
    table = bench.reliability(rows, svg)
    assert "| applied | 0.9 to 1.0 | 2 | 0.92 | 0.50 |" in table
    assert "| suggested <1> | 0.2 to 0.3 | 1 | 0.21 | 0.00 |" in table
    assert "](drawn.svg)" in table
    circles = ElementTree.parse(svg).getroot().iter("{http://www.w3.org/2000/svg}circle")
    assert len(list(circles)) == 2


def test_reliability_says_where_its_predictions_come_from_when_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "HELD_OUT", tmp_path / "held-out-names.csv")
    assert "training/train_sounds.py" in bench.reliability(svg=None)
    (tmp_path / "held-out-names.csv").write_text("probability,right,level\n0.850,1,applied\n", encoding="utf-8")
    assert "| applied | 0.8 to 0.9 | 1 | 0.85 | 1.00 |" in bench.reliability(svg=None)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("p,right,level\n", "line 1: the columns are"),
        ("probability,right,level\n1.2,1,applied\n", "line 2: probability is '1.2'"),
        ("probability,right,level\n0.2,1,applied\nnan,0,applied\n", "line 3: probability is 'nan'"),
        ("probability,right,level\n0.2,yes,applied\n", "line 2: right is 'yes'"),
    ],
)
def test_a_bad_row_of_predictions_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "held-out-names.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        bench.held_out_in(path)
