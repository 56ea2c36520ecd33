"""What start-up costs, part by part, in fresh processes: seconds, processor seconds and memory, with the index and without.

    python benchmarks/startup.py                # prints two tables; about two minutes (--rounds N)

Each figure is the median of ``--rounds`` processes on a warm disk. Memory is what a part adds to the resident set (of
which the index itself is shared between processes). ``with`` is a cache that holds the index, ``without`` one that
cannot be written, so that everything is made from the theatres' files. The last row is a whole reading of ten words; its
sound indexes come from the cache in both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PARTS = (
    ("the interpreter", "pass"),
    ("import of the lexicon", "import trucewatch.reading.lexicon"),
    ("all theatres loaded", "trucewatch.reading.lexicon.lexicon()"),
    ("import of the pipeline", "import trucewatch.reading.pipeline"),
    ("first reading, ten words", "trucewatch.reading.pipeline.read(TEXT, names=False)"),
)
TEXT = "the army says it has taken idlib from the rebels today"
_CODE = f"""
import json, time
TEXT = {TEXT!r}
def resident():
    rows = dict(line.split(":") for line in open("/proc/self/status"))
    return int(rows["VmRSS"].split()[0]) / 1000, int(rows["VmHWM"].split()[0]) / 1000
rows = []
for name, code in {PARTS!r}:
    wall, cpu, (before, _) = time.perf_counter(), time.process_time(), resident()
    exec(code)
    after, peak = resident()
    if name == "the interpreter":
        rows.append((name, 0.0, time.process_time(), after, peak))
    else:
        rows.append((name, time.perf_counter() - wall, time.process_time() - cpu, after - before, peak))
print(json.dumps(rows))
"""


def measured(cache: Path, rounds: int) -> list[tuple[str, float, float, float, float]]:
    """Of each part: seconds, processor seconds, MB added, and MB at most up to then; medians over fresh processes."""
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    runs = [
        json.loads(
            subprocess.run([sys.executable, "-c", _CODE], env=environment, capture_output=True, check=True).stdout
        )
        for _ in range(rounds)
    ]
    return [
        (rows[0][0], *(statistics.median(row[k] for row in rows) for k in range(1, 5)))
        for rows in zip(*runs, strict=True)
    ]


def table(rounds: int) -> list[str]:
    """The tables as lines of Markdown."""
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "with"
        measured(cache, 1)  # fills the cache: what is measured is not the first start of all
        kept = Path(folder) / "without" / "trucewatch"
        kept.mkdir(parents=True)
        (kept / "theatres").write_text("a file where the folder of indexes should be")
        for part in ("sounds", "gazetteer"):
            if (cache / "trucewatch" / part).exists():
                (kept / part).symlink_to(cache / "trucewatch" / part)
        size = sum(path.stat().st_size for path in (cache / "trucewatch" / "theatres").iterdir()) / 1e6
        for title, where in (("with", cache), ("without", kept.parent)):
            lines += [
                f"{title.capitalize()} the index" + (f" ({size:.1f} MB):" if title == "with" else ":"),
                "",
                "| part | s | processor s | MB more | MB at most |",
                "|---|---:|---:|---:|---:|",
            ]
            rows = measured(where, rounds)
            lines += [
                f"| {n} | {wall:.2f} | {cpu:.2f} | {more:.0f} | {peak:.0f} |" for n, wall, cpu, more, peak in rows
            ]
            lines += [
                f"| all | {sum(r[1] for r in rows):.2f} | {sum(r[2] for r in rows):.2f} | | {rows[-1][4]:.0f} |",
                "",
            ]
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5, help="processes for each figure")
    print("\n".join(table(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
