"""A small correct theatre to write to a folder, for tests to spoil one thing in it."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "theatre.yaml": """\
format: trucewatch.theatre/1
id: sample
title: A sample
period: {from: 2011-03-15, to: null}
countries: [SY]
languages: [ar]
cues: [barrel bomb]
sources: {geonames: "GeoNames, CC BY 4.0", editor: editors' knowledge}
note: For tests.
""",
    "places.csv": """\
id,name,kind,feature,local_name,spellings,lat,lon,precision,country,admin1,importance,source,note
sy-idlib-province,Idlib province,place,province,,Idlib governorate|Idleb province,35.8000,36.7000,region,SY,,3,geonames,
sy-aleppo-province,Aleppo province,place,province,,Aleppo governorate,36.2000,37.5000,region,SY,,3,geonames,
sy-idlib,Idlib,place,city,إدلب,Idleb|Adlib,35.9306,36.6339,town,SY,Idlib province,3,geonames,
sy-hmeimim,Hmeimim,facility,base,,Khmeimim,35.4100,35.9490,exact,SY,,2,editor,
sy-m5,M5,road,road,,M5 highway,35.5000,36.8000,region,SY,,2,editor,
""",
    "actors.yaml": """\
- id: government
  name: Syrian government
  kind: actor
  class: government
  country: SY
  side: government
  backers: [RU, ir]
  forces: [Syrian army, Syrian Arab Army]
  spellings: [Assad regime]
  adjectives: [Syrian]
  generic: [the regime, government forces]
  leaders: [Hafez Sample]
  represents: SY
  source: editor
- id: front
  name: Sample Front
  kind: actor
  class: armed_group
  country: SY
  side: opposition
  spellings: [Jabhat Sample]
  acronyms: [SFR]
  valid: {from: 2012-01, to: 2017}
  links: [{to: brigade, kind: merged_into, from: 2017-01-28, verified: true}]
  source: editor
- id: brigade
  name: Sample Brigade
  kind: actor
  class: armed_group
  backers: [tr, government]
  source: editor
- id: ru
  name: Russia
  kind: actor
  class: state
  forces: [Russian Sample Group]
  generic: [the ally]
  source: editor
""",
    "people.csv": """\
id,name,role,actor,outlet,spellings,from,to,source,note
hafez-sample,Hafez Sample,leader,government,,al-Sample,2000,2024-12-08,editor,
zeina-sample,Zeina Sample,correspondent,,Al Jazeera English,,2011,,editor,
""",
    "agreements/sochi-sample.yaml": """\
id: sochi-sample
name: Sochi sample
spellings: [Sochi sample deal]
date: 2018-09-17
parties: [government, RU]
source: editor
""",
}


def write_theatre(folder: Path, replace: dict[str, tuple[str, str]] | None = None) -> Path:
    """Write the sample to ``folder/sample``; ``replace`` maps a file to ``(old, new)``: one spoiled place in it."""
    target = folder / "sample"
    for name, text in FILES.items():
        if replace and name in replace:
            old, new = replace[name]
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
            text = text.replace(old, new)
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return target
