"""What ``make demo`` prints: one of its readings in short, and where to look. usage: show_demo.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from trucewatch import Reading
from trucewatch.publish import words
from trucewatch.publish.align import align
from trucewatch.publish.marks import claim_texts
from trucewatch.publish.seen import visible_line

SHOWN = "syria_2019-07-24"
CLAIMS, WORDS = 8, 32
"""How many claims are shown of one reading, and how many words of each quotation."""


def main(folder: Path) -> None:
    """Show one reading of those in the folder, then what else is there."""
    console = Console(highlight=False)
    shown = folder / f"{SHOWN}.json"
    show(Reading.model_validate_json(shown.read_bytes()), console)
    console.print()
    console.print(Text("Where to look", style="bold"))
    for page in sorted(folder.glob("*.html")):
        reading = Reading.model_validate_json(page.with_suffix(".json").read_bytes())
        counts = f"{words.counted(len(reading.claims), 'claim')}, {words.counted(len(reading.mentions), 'name')}"
        theatre = f"theatre {words.theatre_words(reading) or 'not settled'}"
        console.print(Text(f"  {page}  {counts}, {theatre}"), soft_wrap=True)
    console.print("Open a page in a browser; the JSON of each is beside it. The transcripts are invented (examples/).")


def show(reading: Reading, console: Console) -> None:
    """A reading in short: the beginning of what was heard, names put right, the first claims."""
    console.print(Text(f"examples/{SHOWN}.txt, as the captions have it", style="bold"))
    console.print(_quoted(reading.raw, 2))
    console.print(Text("\nNames put right", style="bold"))
    for mention in reading.mentions:
        if mention.recovered:
            console.print(Text(f"  {visible_line(mention.heard)} -> {mention.name}"))
    console.print(Text(f"\nClaims ({min(CLAIMS, len(reading.claims))} of {len(reading.claims)})", style="bold"))
    for claim, text in list(zip(reading.claims, claim_texts(reading, align(reading)), strict=True))[:CLAIMS]:
        by = words.attribution(claim, words.voice_of(claim, reading))
        console.print(Text(f"  {words.title(claim.type)}, {claim.stance}: ", style="bold") + Text(by))
        console.print(_quoted(f"“{text}”", 4))


def _quoted(text: str, indent: int) -> Padding:
    """The first words of a text, set in."""
    heard = visible_line(text).split()
    return Padding(Text(" ".join(heard[:WORDS]) + (" …" if len(heard) > WORDS else "")), (0, 0, 0, indent))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
