"""The table of theatres in ``docs/theatres.md``: what each holds, and how much of it a second source bears out.

    python tools/theatre_table.py            write the table between its markers
    python tools/theatre_table.py --check    exit 1 if the table is not what the data and reports say now

Rows are counted in the data; the shares are read from the "Counts" of ``docs/coordinates-THEATRE.md``, which
``tools/check_coordinates.py`` writes. A report made of another number of places than there are now is marked: its share
is of the rows of that time.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

from trucewatch.theatre.files import read_folder, rows
from trucewatch.theatre.load import MISHEARING_COLUMNS, PEOPLE_COLUMNS, PLACE_COLUMNS, SHIPPED, WORLD, load_theatre
from trucewatch.theatre.load import world as load_world
from trucewatch.theatre.model import Theatre

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGE = DOCS / "theatres.md"
BEGIN, END = "<!-- theatres:begin -->", "<!-- theatres:end -->"
_ROWS = re.compile(r"^- rows: ([\d,]+); of these ([\d,]+) with a point of their own", re.MULTILINE)
_SECOND = re.compile(r"^- second source, independent: ([\d,]+) of ([\d,]+)", re.MULTILINE)
_EITHER = re.compile(r"^- either: ([\d,]+) of ", re.MULTILINE)
_BORNE = re.compile(r"^- rows that lie at a point with a second source.*?: ([\d,]+) of ([\d,]+)", re.MULTILINE)


class Share(NamedTuple):
    """From a report: places it was made of, and of their points those that a second source has.

    ``independent`` and ``either`` (of any origin) count of ``points``, ``borne`` (at their own checked point, or at that
    of another row) of the ``located``.
    """

    places: int
    points: int
    independent: int
    either: int
    borne: int
    located: int


def share_of(report: str) -> Share | None:
    """The counts of a report's text; None where it has none."""
    every, second, either, borne = (p.search(report) for p in (_ROWS, _SECOND, _EITHER, _BORNE))
    if every is None or second is None or either is None or borne is None:
        return None
    cells = (every[1], second[2], second[1], either[1], borne[1], borne[2])
    return Share(*(_number(cell) for cell in cells))


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def line_of(theatre: Theatre, docs: Path) -> str:
    """The table's line for a theatre."""
    folder = read_folder(theatre.path)
    places = sum(1 for _ in rows(folder, "places.csv", PLACE_COLUMNS))
    people = sum(1 for _ in rows(folder, "people.csv", PEOPLE_COLUMNS))
    heard = sum(1 for _ in rows(folder, "mishearings.csv", MISHEARING_COLUMNS))
    agreements = len(folder.names("agreements/", ".yaml"))
    actors = sum(1 for entity in theatre.entities if entity.kind in ("actor", "organisation"))
    report = docs / f"coordinates-{theatre.id}.md"
    share = share_of(report.read_text(encoding="utf-8")) if report.is_file() else None
    if share is None or not share.points:
        checked = "no report | |"
    else:
        checked = f"[{100 * share.either / share.points:.0f}%]({report.name}) of {share.points:,}"
        if share.places != places:
            checked += f" (of {share.places:,} places then)"
        checked += f" | {100 * share.independent / share.points:.0f}%"
        checked += f" | {100 * share.borne / share.located:.0f}% of {share.located:,}"
    first, last = theatre.period
    years = f"{first.year if first else ''}–{last.year if last else ''}"
    title = theatre.title.replace("|", "/")
    return (
        f"| `{theatre.id}` | {title} | {years} | {places:,} | {actors:,} | {people:,} | {agreements:,} | {heard:,} "
        f"| {checked} |"
    )


def table(docs: Path = DOCS) -> str:
    """The whole table, Markdown: the shipped theatres in the order of their ids, then the built-in world."""
    folders = sorted(path.parent for path in SHIPPED.glob("*/theatre.yaml") if path.parent.name != WORLD)
    theatres = [*(load_theatre(folder) for folder in folders), load_world()]
    head = (
        "| id | what | years | places | actors | people | agreements | mishearings | points with a second source "
        "| with an independent one | places at a checked point |"
    )
    return "\n".join([head, "|---|---|---|" + "---:|" * 8, *(line_of(theatre, docs) for theatre in theatres)])


def filled(page: str, new: str) -> str:
    """The page with the table between its markers. Raises ValueError where they are not there once each, in order."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"the page needs the markers {BEGIN} and {END}, once each")
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{new}\n{END}{rest.split(END)[1]}"


def main() -> int:
    """Write or check the table; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the table is out of date")
    parser.add_argument("--page", type=Path, default=PAGE, help="the Markdown page (default: docs/theatres.md)")
    options = parser.parse_args()
    old = options.page.read_text(encoding="utf-8")
    try:
        new = filled(old, table())
    except ValueError as error:
        print(f"{options.page}: {error}", file=sys.stderr)
        return 2
    if new == old:
        return 0
    if options.check:
        print(f"{options.page}: the table is out of date. Run: python tools/theatre_table.py", file=sys.stderr)
        return 1
    options.page.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
