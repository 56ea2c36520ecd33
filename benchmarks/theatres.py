"""Which theatre? How often the reader settles the right one, for whole transcripts and for names inside round-ups.

    python benchmarks/theatres.py            # prints Markdown; about a minute on one core

Whole transcripts: gold says what each is about; of wars that no theatre covers, "none" is right. Round-ups: transcripts in
which no theatre has more than four in five of the names that gold marks. A name there is right where the stretch it
stands in was given to a theatre that holds it. Names that no theatre has, or six and more, say nothing and are left out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from trucewatch.reading.document import Document, fold
from trucewatch.reading.lexicon import Lexicon
from trucewatch.reading.pipeline import Pipeline
from trucewatch.reading.theatrechoice import chosen, likeliest
from trucewatch.score import Score, is_garbled, is_general, overlap
from trucewatch.transcript.model import Transcript

GOLD = Path(__file__).resolve().parent / "gold"
# What gold calls a war, where the theatre that covers it has another name.
COVERED_BY = {
    "drcongo": "drc", "congo": "drc", "mali": "sahel", "nigeria": "sahel", "southsudan": "south-sudan",
    "georgia": "karabakh", "armenia": "karabakh", "caucasus": "karabakh", "westbank": "gaza",
}  # fmt: skip
EVERYWHERE = frozenset({"US", "GB", "FR", "RU", "CN", "DE"})  # states that act in many wars say little of where one is
LATER = frozenset({"mishearings", "taught", "voices", "claims", "roles"})
MOST_HOMES, ROUND_UP = 5, 0.8


@dataclass
class Told:
    """A transcript as read up to the choice, the theatre that gold names (None: no theatre covers it), its gold."""

    name: str
    doc: Document
    right: str | None
    gold: dict[str, Any]


@dataclass
class Counted:
    """Right and all, by what was counted; and what was wrong."""

    right: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def told(folder: Path, pipeline: Pipeline) -> Iterator[Told]:
    """The gold transcripts of a folder, read as far as the step ``theatres``."""
    for path in sorted(folder.glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        about = gold["transcript"]
        day = about.get("air_date") or ""
        transcript = Transcript(
            id=path.stem, raw=path.with_suffix(".txt").read_bytes().decode("utf-8"), outlet=about.get("outlet"),
            air_date=date.fromisoformat(day) if len(day) == 10 else None,
        )  # fmt: skip
        theatre = COVERED_BY.get(about.get("theatre"), about.get("theatre"))
        right = theatre if theatre in pipeline.lexicon.theatres else None
        yield Told(path.stem, pipeline.document(transcript), right, gold)


def whole(rows: Iterable[Told]) -> Counted:
    """Transcripts given the right theatre: "covered" by one, and "not covered", where none is right."""
    out = Counted()
    for row in rows:
        kind = "covered" if row.right else "not covered"
        got = chosen(row.doc)
        out.total[kind] += 1
        if got == row.right:
            out.right[kind] += 1
        else:
            said = ", ".join(f"{theatre or 'none'} {chance:.2f}" for theatre, chance in likeliest(row.doc)[:3])
            out.wrong.append(f"{row.name}: {row.right or 'none'}; read as {said}")
    return out


def homes_of(mention: dict[str, Any], book: Lexicon) -> frozenset[str]:
    """The theatres that hold what a gold mention names, a state's own theatre with it; none where that says nothing."""
    homes: set[str] = set()
    for entry in book.entries(fold(mention["name"])):
        if entry.how in ("generic", "surname"):
            continue
        entity = entry.entity
        if entity.feature == "country" or entity.klass == "state":
            own = book.mains.get(entity.country or "")
            if own and entity.country not in EVERYWHERE:
                homes |= {own} | book.home.get(entity.id, set()) | book.home.get(f"{entity.id}-country", set())
        elif not entity.id.startswith("world:"):
            homes |= book.home.get(entity.id, set())
    return frozenset(homes) if len(homes) <= MOST_HOMES else frozenset()


def inside(rows: Iterable[Told], book: Lexicon) -> Counted:
    """Names in round-ups whose stretch was given to a theatre that holds them: those "heard rightly", and "misheard"."""
    out = Counted()
    for row in rows:
        marked = [(m, homes) for m in row.gold["mentions"] if (homes := homes_of(m, book))]
        alone = Counter(next(iter(homes)) for _, homes in marked if len(homes) == 1)
        top = alone.most_common(2)
        if len(top) < 2 or top[1][1] < 2 or top[0][1] > ROUND_UP * sum(alone.values()):
            continue
        first = {token.start: token.i for token in row.doc.tokens}
        missed: dict[str, list[str]] = defaultdict(list)
        for mention, homes in marked:
            at = first.get(mention["start"])
            if at is None:
                continue
            kind = "misheard" if mention.get("garbled") else "heard rightly"
            out.total[kind] += 1
            got = row.doc.local_theatre[at]
            if got in homes:
                out.right[kind] += 1
            else:
                missed[f"{'/'.join(sorted(homes))} read as {got}"].append(mention["heard"])
        out.total["transcripts"] += 1
        out.wrong += [f"{row.name}: {what}: {', '.join(words)}" for what, words in missed.items()]
    return out


def named(rows: Iterable[Told]) -> dict[str, tuple[Score, Score]]:
    """Names by the theatre that gold gives ("none" where none covers it), counted as ``trucewatch score`` counts.

    First all names; then only those that are spelled out: of gold those of which a spelling or a word of it stands there,
    and of the reader's those that are not general phrases ("the army"). A phrase in the one and a name in the other are
    left out of both.
    """
    out: dict[str, tuple[Score, Score]] = defaultdict(lambda: (Score(), Score()))
    for row in rows:
        starts, ends = [t.start for t in row.doc.tokens], [t.end for t in row.doc.tokens]
        found = [
            {"start": starts[n.first], "end": ends[n.last], "heard": row.doc.quote(n.first, n.last), "name": n.name,
             "kind": n.kind, "recovered": n.recovered, "how": n.how}
            for n in row.doc.names
        ]  # fmt: skip
        every, spelled = out[row.right or "none"]
        every.mentions(row.name, row.gold, {"mentions": found})
        loose = [m for m in row.gold["mentions"] if not is_garbled(m) and not _spelled_out(m)]
        golds = [m for m in row.gold["mentions"] if m not in loose]
        plain = [m for m in found if m["how"] != "generic" and not any(overlap(m, g) for g in loose)]
        golds = [g for g in golds if not any(overlap(g, m) for m in found if m["how"] == "generic")]
        spelled.mentions(row.name, {"mentions": golds}, {"mentions": plain})
    return dict(sorted(out.items()))


def _spelled_out(mention: dict[str, Any]) -> bool:
    """Whether a spelling of the name, or a word of one, stands in what was heard."""
    return not is_garbled({k: v for k, v in mention.items() if k != "garbled"}) and not is_general(mention)


def section(folders: dict[str, Path], wrong: bool = False) -> str:
    """The figures as Markdown, by folder of gold; with what was ``wrong`` if asked."""
    pipeline = Pipeline(off=LATER)
    lines = ["| gold | transcripts of a theatre | of none | round-ups | their names | heard rightly | misheard |"]
    lines.append("|---|---|---|---:|---|---|---|")
    notes: list[str] = []
    tables: list[str] = []
    for name, folder in folders.items():
        rows = list(told(folder, pipeline))
        all_, stories = whole(rows), inside(rows, pipeline.lexicon)
        kinds = ("heard rightly", "misheard")
        right, total = sum(stories.right[k] for k in kinds), sum(stories.total[k] for k in kinds)
        cells = [_of(all_.right[k], all_.total[k]) for k in ("covered", "not covered")]
        cells += [str(stories.total["transcripts"]), _of(right, total)]
        cells += [_of(stories.right[k], stories.total[k]) for k in kinds]
        lines.append(f"| {name} | {' | '.join(cells)} |")
        notes += [f"- {line}" for line in (*all_.wrong, *stories.wrong)]
        tables += [f"Names on {name} by theatre:", "", *_names_table(named(rows)), ""]
    return "\n".join([*lines, "", *tables, *(notes if wrong else [])])


def _names_table(scores: dict[str, tuple[Score, Score]]) -> list[str]:
    head = "| theatre | names | all: P | R | F1 | heard rightly: P | R | F1 | of these spelled out: P | R | F1 |"
    lines = [head, "|---|" + "---:|" * 10]
    for theatre, (score, spelled) in scores.items():
        counts = (score.names, score.clean, spelled.clean)
        cells = [f"{count.figures()[figure]:.3f}" for count in counts for figure in ("precision", "recall", "f1")]
        lines.append(f"| {theatre} | {score.names.tp + score.names.fn} | {' | '.join(cells)} |")
    return lines


def _of(right: int, total: int) -> str:
    return f"{right} of {total} ({right / total:.1%})" if total else "0"


def main() -> None:
    parser = argparse.ArgumentParser(description="How often the right theatre is settled.")
    parser.add_argument("--wrong", action="store_true", help="list what was wrong as well")
    options = parser.parse_args()
    print(section({"train": GOLD / "train", "dev": GOLD / "dev"}, options.wrong))


if __name__ == "__main__":
    main()
