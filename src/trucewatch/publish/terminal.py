"""A reading in a terminal, or in a plain pipe: the restored text, what may be misheard in it, then the claims.

What carries meaning is carried by words and signs, never by colour alone: in a pipe, a name that was put right is
still followed by what was heard, and every claim still says whose it is. Transcript text is never taken for markup, and
control characters in it (which could move the cursor or retitle the window) are shown as signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from trucewatch.publish import words
from trucewatch.publish.align import align
from trucewatch.publish.marks import Mark, Unit, claim_texts, marks_of, rows
from trucewatch.publish.seen import visible_line
from trucewatch.reading.model import Claim, Reading, Stance

STANCE_STYLE: dict[Stance, str] = {
    "asserted": "bold", "reported": "bold blue", "alleged": "bold magenta", "denied": "bold red",
    "negated": "bold red", "demanded": "bold green", "planned": "bold green", "possible": "italic",
}  # fmt: skip
"""Colours that can be read on light and dark ground alike."""

_LONGEST_QUOTE = 60
"""Words of a claim shown in full."""

_NARROW = 100
"""Columns below which a claim's facts stand under its words instead of beside them."""


_MOST_SUGGESTIONS = 6
"""Suggested names listed, the likeliest first; the page and the JSON hold all."""


def print_reading(reading: Reading, console: Console) -> None:
    """Print a reading for a person: heading, text by voices, suggested names, claims, what the signs mean.

    Fits 80 columns and more. Colour and width are the console's; one made for a pipe gets plain text.
    """
    alignments = align(reading)
    _heading(reading, console)
    marks = marks_of(reading)
    for voice, together in groupby(rows(reading, alignments), key=lambda row: row.voice):
        turn = reading.voices[voice] if voice is not None else None
        console.print()
        console.print(Text(_capital(words.voice_words(turn)) if turn else "Voice not known", style="bold underline"))
        text = Text(" ").join(_stripped(_restored(row.restored, marks)) for row in together if row.restored)
        console.print(Padding(text, (0, 0, 0, 2)), highlight=False)
    _suggestions(reading, console)
    console.print()
    _claims(reading, claim_texts(reading, alignments), console)
    _legend(reading, console)


def _heading(reading: Reading, console: Console) -> None:
    """Outlet, date, theatre, file and counts."""
    info = reading.transcript
    console.print(Text(visible_line(words.heading(reading)), style="bold"), highlight=False)
    put_right = sum(mark.changed for mark in marks_of(reading))
    facts = [
        words.date_words(info.air_date) or "date not known",
        f"theatre {words.theatre_words(reading) or 'not settled'}",
        info.id,
        f"sha-256 {info.sha256[:12]}",
        f"{reading.reader.name} {reading.reader.version}",
    ]
    counts = [
        words.counted(len(reading.raw.split()), "word"),
        words.counted(len(reading.claims), "claim"),
        words.counted(len(reading.mentions), "name"),
        f"{put_right:,} put right",
    ]
    console.print(Text(visible_line(" · ".join(facts)), style="dim"), highlight=False)
    console.print(Text(" · ".join(counts), style="dim"), highlight=False)
    for warning in reading.warnings:
        console.print(Text(visible_line(f"Note: {warning}"), style="magenta"), highlight=False)


def _capital(text: str) -> str:
    return visible_line(text[:1].upper() + text[1:])


def _restored(units: Sequence[Unit], marks: Sequence[Mark]) -> Text:
    """A row's restored text; a name that was put right is bold, with what was heard after it."""
    out = Text()
    for number, unit in enumerate(units):
        text = visible_line("".join(part.text for part in unit.parts))
        changed = any(marks[mark].changed for mark in unit.marks)
        named = any(not marks[mark].suggested for mark in unit.marks)
        out.append(text, style="bold underline" if changed else ("bold" if named else ""))
        if unit.heard is not None and not _goes_on(units, number):
            out.append(f" [heard: {visible_line(unit.heard)}]", style="dim")
        elif changed and _heard_before(units, number):
            out.append(f" [heard: {visible_line(_heard_before(units, number))}]", style="dim")
    return out


def _stripped(text: Text) -> Text:
    """A text without the white space at its end."""
    text.rstrip()
    return text


def _goes_on(units: Sequence[Unit], number: int) -> bool:
    """Whether the name that begins in a unit runs on into the next one."""
    return number + 1 < len(units) and bool(set(units[number].marks) & set(units[number + 1].marks))


def _heard_before(units: Sequence[Unit], number: int) -> str:
    """What was heard for a name that began in an earlier unit and ends in this one; empty where it does not."""
    if _goes_on(units, number) or units[number].heard is not None:
        return ""
    at = number
    while at > 0 and set(units[at].marks) & set(units[at - 1].marks):
        at -= 1
        if units[at].heard is not None:
            return units[at].heard or ""
    return ""


def _suggestions(reading: Reading, console: Console) -> None:
    """The likeliest of the names that words may have been misheard for, the same once; nothing where there are none."""
    best: dict[tuple[str, str], list[float]] = {}
    for s in reading.suggestions:
        best.setdefault((s.heard.casefold(), s.name), []).append(s.confidence)
    if not best:
        return
    heard = {(s.heard.casefold(), s.name): s.heard for s in reversed(reading.suggestions)}
    ranked = sorted(best, key=lambda key: -max(best[key]))
    told = [
        f"“{heard[key]}”{f' ×{len(best[key])}' if len(best[key]) > 1 else ''} may be {key[1]} "
        f"({words.probability(max(best[key]))})"
        for key in ranked[:_MOST_SUGGESTIONS]
    ]
    more = len(ranked) - len(told)
    text = Text("Perhaps misheard, left as heard: ", style="bold")
    text.append(visible_line("; ".join(told)), style="not bold")
    text.append(f"; and {more:,} more (--json or --html has them)" if more else "", style="not bold dim")
    console.print()
    console.print(text, highlight=False)


def _claims(reading: Reading, texts: Sequence[str], console: Console) -> None:
    """The claims as a table: what and how surely, whose words, and the facts in them."""
    if not reading.claims:
        console.print("No claim was found in this text.", style="dim")
        return
    narrow = console.width < _NARROW
    table = Table(box=box.HORIZONTALS, pad_edge=False, show_lines=True, expand=False, highlight=False)
    table.add_column("Claim", ratio=None, min_width=15, max_width=19, overflow="fold")
    table.add_column("In whose words", ratio=3, overflow="fold")
    if not narrow:
        table.add_column("Who, where, with what", ratio=2, overflow="fold")
    for claim, text in zip(reading.claims, texts, strict=True):
        kind = Text(words.title(claim.type), style="bold")
        kind.append(f"\n{words.STANCE_SIGN[claim.stance]} {claim.stance}", style=STANCE_STYLE[claim.stance])
        said = Text(f"“{_shortened(visible_line(text))}”")
        said.append(f"\n{_capital(words.attribution(claim, words.voice_of(claim, reading)))}", style="italic")
        facts = _facts(claim, text)
        if narrow:
            said.append(f"\n{facts}" if facts else "", style="dim")
            table.add_row(kind, said)
        else:
            table.add_row(kind, said, Text(facts))
    console.print(table)


def _shortened(text: str) -> str:
    """A quotation without the middle of what is too long for a table; the page and the JSON hold all of it."""
    heard = text.split(" ")
    if len(heard) <= _LONGEST_QUOTE:
        return text
    return " ".join([*heard[: _LONGEST_QUOTE * 3 // 4], "…", *heard[-_LONGEST_QUOTE // 4 :]])


def _facts(claim: Claim, text: str) -> str:
    """A claim's actors and targets, its figures, and where, with what and when, a line each."""
    setting = (
        f"in {', '.join(claim.places)}" if claim.places else "",
        f"with {', '.join(map(words.label, claim.weapons))}" if claim.weapons else "",
        words.date_range_words(claim.date) if claim.date else "",
    )
    lines = (
        words.who_to_whom(claim),
        "; ".join(words.figure_words(figure, text) for figure in claim.figures),
        " · ".join(part for part in setting if part),
    )
    return "\n".join(visible_line(line) for line in lines if line)


def _legend(reading: Reading, console: Console) -> None:
    """What the signs mean that this reading uses."""
    used = [stance for stance in words.STANCES if any(claim.stance == stance for claim in reading.claims)]
    legend = [f"{words.STANCE_SIGN[stance]} {stance}: {words.STANCE_MEANING[stance]}" for stance in used]
    if any(mark.changed for mark in marks_of(reading)):
        legend.append("[heard: …]: the words as they were recognised; the name or word before it was put right")
    console.print(Text("\n".join(legend), style="dim"), highlight=False)
    console.print(
        Text("Nothing here says that an event happened. Each claim says who said so.", style="dim"), highlight=False
    )
