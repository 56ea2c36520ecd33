"""A user's names file: what it teaches is followed, what is wrong in it is explained, and nobody can hang us with one."""

from __future__ import annotations

import json
import os
import re
import stat
from functools import lru_cache
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import trucewatch
from trucewatch.cli import cli
from trucewatch.reading.lexicon import Lexicon, lexicon
from trucewatch.reading.model import Mention, Reading
from trucewatch.reading.pipeline import Pipeline
from trucewatch.reading.usertable import UserTable
from trucewatch.theatre import TheatreError, load_theatre, world
from trucewatch.theatre.names import fold
from trucewatch.theatre.teaching import check_names, teach
from trucewatch.theatre.usernames import (
    KEYS,
    MAX_BYTES,
    UserNames,
    fault_of,
    find_names,
    load_names,
    parse_bytes,
    parse_names,
    users_names,
)
from trucewatch.transcript import from_text

DOCS = (Path(__file__).parents[1] / "docs" / "names.md").read_text(encoding="utf-8")
SAMPLE = "syrian jets bombed the town of {} yesterday killing five people the white helmets say"
TELL = "{name: Tell Example, kind: place, theatre: syria, lat: 35.5, lon: 36.5, heard: tell eggs ample}"


@pytest.fixture(autouse=True)
def _nobodys_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a folder of its own, and no names file but what it writes."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("TRUCEWATCH_NAMES", "TRUCEWATCH_THEATRES"):
        monkeypatch.delenv(name, raising=False)


def names_of(text: str, ending: str = ".yaml") -> UserNames:
    names, problems = parse_bytes(Path(f"names{ending}"), text.encode())
    assert not [problem for problem in problems if problem.level == "error"]
    return names


def problems_of(text: str | bytes, ending: str = ".yaml") -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    return [str(problem) for problem in parse_bytes(Path(f"names{ending}"), data)[1]]


@lru_cache(maxsize=8)
def taught(rows: str, theatres: tuple[str, ...] = ("syria",), off: tuple[str, ...] = ()) -> Pipeline:
    return Pipeline(lexicon(theatres, names_of(rows)), frozenset(off))


def read(rows: str, text: str, theatre: str | None = "syria", *, off: tuple[str, ...] = ()) -> Reading:
    theatres = ("syria",) if theatre == "syria" else ("syria", "libya", "lebanon")
    return taught(rows, theatres, off).read(from_text(text, id="test"), theatre)


def at(reading: Reading, words: str) -> list[Mention]:
    """The mentions that touch the words where they first stand."""
    start = reading.raw.index(words)
    return [m for m in reading.mentions if m.start < start + len(words) and start < m.end]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), prog_name="trucewatch")


# ---------------------------------------------------------------- what a row teaches


def test_a_spelling_names_its_entity_and_says_which_line_taught_it() -> None:
    rows = "# ours\n- spelling: [Qwertash, Blorgum]\n  entity: syria:sy-saraqib\n"
    text = SAMPLE.format("blorgum")
    assert not at(read("", text), "blorgum")
    (found,) = at(read(rows, text), "blorgum")
    assert (found.entity_id, found.name, found.heard) == ("syria:sy-saraqib", "Saraqib", "blorgum")
    assert (found.recovered, found.lat) == (False, 35.8645)
    assert found.confidence > 0.95
    assert any("your names file, line 2" in evidence.detail for evidence in found.why)


def test_a_known_mishearing_is_put_right_whatever_the_judge_says() -> None:
    rows = "- heard: purple monkey dishwasher\n  entity: syria:sy-saraqib\n"
    reading = read(rows, SAMPLE.format("purple monkey dishwasher"))
    (found,) = at(reading, "purple monkey dishwasher")
    assert (found.heard, found.name, found.recovered) == ("purple monkey dishwasher", "Saraqib", True)
    assert "the town of Saraqib yesterday" in reading.text
    assert "your names file, line 1" in found.why[0].detail


def test_a_mishearing_replaces_what_was_guessed_and_what_was_spelled_there() -> None:
    rows = "- heard: [italy, the town of aleppo]\n  entity: syria:sy-saraqib\n"
    (found,) = at(read("", SAMPLE.format("italy")), "italy")
    assert found.entity_id == "syria:sy-idlib"
    for words in ("italy", "the town of aleppo"):
        reading = read(rows, f"syrian jets bombed {words} yesterday")
        assert [m.entity_id for m in at(reading, words)] == ["syria:sy-saraqib"]


def test_a_mishearing_holds_in_its_own_war_only_unless_it_is_said_to_hold_always() -> None:
    text = "libyan forces of khalifa haftar shelled sirte and purple monkey near tripoli and misrata in libya"
    row = "- heard: purple monkey\n  entity: syria:sy-saraqib\n"
    assert not at(read(row, text, "libya"), "purple monkey")
    assert not at(read(row, text, None), "purple monkey")
    assert at(read(row, text, "syria"), "purple monkey")
    assert at(read(f"{row}  always: true\n", text, "libya"), "purple monkey")


def test_a_spelling_holds_everywhere_unless_it_is_said_not_to() -> None:
    row = "- spelling: Misrata\n  entity: lebanon:lb-tripoli\n"
    text = "haftar's forces shelled misrata yesterday"
    assert [m.entity_id for m in at(read(row, text, "libya"), "misrata")] == ["lebanon:lb-tripoli"]
    tamed = read(f"{row}  always: false\n", text, "libya")
    assert [m.entity_id for m in at(tamed, "misrata")] == ["libya:ly-misrata"]


def test_a_new_entity_is_read_put_on_the_map_and_listened_for() -> None:
    reading = read(f"- {TELL}\n", "shelling hit tell example and then tell eggs ample near idlib")
    spelled, misheard = at(reading, "tell example")[0], at(reading, "tell eggs ample")[0]
    for found in (spelled, misheard):
        assert (found.entity_id, found.kind, found.lat, found.lon) == ("syria:tell-example", "place", 35.5, 36.5)
        assert found.precision == "town"
    assert misheard.recovered
    row = "- {name: Jabalburg, kind: place, theatre: syria, lat: 35.5, lon: 36.5}\n"
    doc = taught(row).document(from_text(SAMPLE.format("jab all burg"), id="t"), "syria")
    heard = [name for name in (*doc.names, *doc.suggested) if name.entity.name == "Jabalburg"]
    assert any("jab all burg" in doc.quote(name.first, name.last) for name in heard), "its sound is known"


def test_a_new_entity_belongs_to_its_theatres_first_country_unless_the_row_says_another() -> None:
    lex = taught(f"- {TELL}\n- {{name: Iraqville, kind: place, theatre: syria, country: iq}}\n").lexicon
    assert lex.entities["syria:tell-example"].country == "SY"
    assert lex.entities["syria:iraqville"].country == "IQ"


def test_never_leaves_words_as_they_are_heard_and_known_names_stand_there_again() -> None:
    text = SAMPLE.format("italy")
    assert at(read("", text), "italy")[0].recovered
    (found,) = at(read("- never: Italy\n", text), "italy")
    assert (found.recovered, found.entity_id) == (False, "world:it-country")
    assert "southern italy" not in read("- never: Italy\n", text).text.lower()
    assert at(read("- {never: Italy, theatre: libya}\n", text), "italy")[0].recovered, "another war's rule"


def test_never_takes_back_corrections_too() -> None:
    text = "the strikes killed $200.00 people in idlib and 0ver there"
    assert [c.heard for c in read("", text).corrections] == ["$200.00", "0ver"]
    assert [c.heard for c in read("- never: over\n", text).corrections] == ["$200.00"]


def test_a_mishearing_takes_back_corrections_of_its_words() -> None:
    reading = read("- heard: 0ver there\n  entity: syria:sy-saraqib\n", "jets bombed idlib and 0ver there today")
    assert reading.corrections == ()
    assert "Saraqib today" in reading.text


def test_a_users_spelling_comes_back_where_a_longer_guess_swallowed_it() -> None:
    text = SAMPLE.format("moderate in norman")
    (guess,) = at(read("", text), "norman")
    assert (guess.heard, guess.recovered) == ("moderate in norman", True)
    rows = "- {spelling: Norman, entity: 'libya:ly-misrata'}\n"
    for off in ((), ("taught",)):
        doc = taught(rows, ("syria", "libya"), off).document(from_text(text, id="t"), "syria")
        found = [name.entity.id for name in doc.names if "norman" in doc.quote(name.first, name.last)]
        # A name of another war is listened to anew, so its sound alone would have given it to Maarat al-Numan.
        assert found == (["syria:sy-maarat-al-numan"] if off else ["libya:ly-misrata"])


def test_without_the_last_step_a_users_spelling_still_wins_over_the_same_spelling() -> None:
    rows = "- {spelling: Aleppo, entity: 'syria:sy-hama'}\n"
    assert [m.name for m in at(read(rows, SAMPLE.format("aleppo"), off=("taught",)), "aleppo")] == ["Hama"]


def test_a_longer_known_name_that_holds_the_users_words_whole_stays() -> None:
    rows = "- spelling: Idlib\n  entity: syria:sy-saraqib\n- heard: free syrian\n  entity: syria:sy-hama\n"
    reading = read(rows, "the free syrian army left idlib province for idlib")
    found = {m.heard: m.entity_id for m in reading.mentions}
    assert found["idlib province"] == "syria:sy-idlib-province"
    assert found["idlib"] == "syria:sy-saraqib"
    assert [m.name for m in at(reading, "free syrian army")] == ["Free Syrian Army"]


def test_of_two_rows_for_the_same_words_the_later_holds_and_the_check_says_so() -> None:
    rows = "- {spelling: Blorgum, entity: 'syria:sy-hama'}\n- {spelling: blorgum, entity: 'syria:sy-saraqib'}\n"
    assert [m.name for m in at(read(rows, SAMPLE.format("blorgum")), "blorgum")] == ["Saraqib"]
    (said,) = problems_of(rows)
    assert re.match(r"names.yaml:2: warning: 'blorgum' is syria:sy-hama's in line 1", said)


def test_a_state_is_the_place_or_the_government_by_where_it_stands() -> None:
    row = "- {spelling: Ruskonia, entity: 'syria:ru'}\n"
    (place,) = at(read(row, "people fled to the north and lived in ruskonia for years"), "ruskonia")
    (actor,) = at(read(row, "ruskonia says the ceasefire holds"), "ruskonia")
    assert (place.entity_id, actor.entity_id) == ("world:ru-country", "world:ru")


def test_mentions_that_rest_on_nothing_of_the_users_are_as_ever() -> None:
    text = SAMPLE.format("saraqib") + " and con shake hoon in southern italy was hit"
    plain = Pipeline(lexicon(("syria",))).read(from_text(text, id="t"), "syria")
    other = Pipeline(lexicon(("syria",), names_of("- {heard: zzz qqq, entity: 'syria:sy-hama'}\n- never: yyy\n")))
    assert other.read(from_text(text, id="t"), "syria").mentions == plain.mentions


WORDS = st.text(st.sampled_from("abdeghiklmnorstuz'"), min_size=1, max_size=9)
KNOWN = st.sampled_from(
    ["Idlib", "Damascus", "Russia", "Aleppo province", "the rebels", "members", "Italy", "hope", "M5"]
)
PHRASES = st.one_of(KNOWN, st.lists(WORDS, min_size=1, max_size=4).map(" ".join)).filter(lambda t: not fault_of(t))
FEWER = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@MANY
@given(phrase=PHRASES, capital=st.booleans())
def test_a_users_spelling_always_wins(phrase: str, capital: bool) -> None:
    rows = json.dumps([{"spelling": phrase, "entity": "syria:sy-saraqib"}])
    said = phrase.upper() if capital else phrase
    text = f"syrian jets were over , {said} , yesterday"
    lex = Lexicon([load_theatre("syria")], world(), names_of(rows))
    reading = Pipeline(lex, frozenset({"sounds", "voices", "claims", "roles"})).read(from_text(text, id="t"), "syria")
    start = text.index(said)
    assert [m.entity_id for m in reading.mentions if m.start < start + len(said) and start < m.end] == [
        "syria:sy-saraqib"
    ]


@FEWER
@given(phrase=PHRASES)
def test_a_users_mishearing_always_wins_over_sound_and_sense(phrase: str) -> None:
    names = names_of(json.dumps([{"heard": phrase, "entity": "syria:sy-saraqib"}]))
    pipeline = taught("- never: nothing of the kind\n", off=("voices", "claims", "roles"))
    # One lexicon for all examples: with another, the sounds of all names would be read from disk each time.
    pipeline.lexicon.taught = UserTable(teach([load_theatre("syria")], world(), names).lessons, ())
    text = f"syrian jets were over , {phrase} , yesterday near italy"
    reading = pipeline.read(from_text(text, id="t"), "syria")
    start = text.index(f", {phrase} ,") + 2
    assert [m.entity_id for m in reading.mentions if m.start < start + len(phrase) and start < m.end] == [
        "syria:sy-saraqib"
    ]


@FEWER
@given(
    words=st.lists(
        st.sampled_from(
            [*["italy", "saraqib", "con", "shake", "hoon", "jets", "hit", "0ver", "it", "lib", "the"], "$30.00"]
        ),
        max_size=15,
    )
)
def test_what_is_never_put_right_never_is(words: list[str]) -> None:
    text = "syrian forces shelled " + " ".join(words)
    reading = read("- never: [italy, shake, over, $30.00, it lib]\n", text, off=("voices", "claims", "roles"))
    left = [m.span() for m in re.finditer(r"\b(italy|shake|0ver|it lib)\b|\$30\.00", text)]
    changed = [(m.start, m.end) for m in reading.mentions if m.recovered]
    changed += [(c.start, c.end) for c in reading.corrections]
    assert not [(a, b) for a, b in changed for first, last in left if a < last and first < b]


# ---------------------------------------------------------------- traceable, and free where there is none


def test_a_reading_says_with_which_names_it_was_made(tmp_path: Path) -> None:
    text, file = SAMPLE.format("blorgum"), tmp_path / "n.yaml"
    plain = trucewatch.read(text, theatre="syria")
    digests = [plain.reader.theatres]
    for row in ("- never: members\n", "- never: others\n"):
        file.write_text(row)
        reading = trucewatch.read(text, theatre="syria", names=file)
        assert reading.reader.models["names"] == load_names(file).digest
        assert reading.reader.models == plain.reader.models | {"names": load_names(file).digest}
        digests.append(reading.reader.theatres)
        assert trucewatch.read(text, theatre="syria", names=file).to_json() == reading.to_json()
    for theatre in ("syria", "world"):
        assert len({told[theatre] for told in digests}) == 3
        assert all(re.fullmatch("[0-9a-f]{64}", told[theatre]) for told in digests)
    assert "names" not in plain.reader.models


def test_only_theatres_that_a_row_adds_to_are_made_anew() -> None:
    """Sounds are kept under these digests; a new mishearing must not have every name said again."""
    plain = Lexicon([load_theatre("syria"), load_theatre("libya")], world())
    heard = Lexicon([load_theatre("syria"), load_theatre("libya")], world(), names_of("- never: members\n"))
    spelled = Lexicon(
        [load_theatre("syria"), load_theatre("libya")],
        world(),
        names_of("- {spelling: Blorgum, entity: 'syria:sy-hama'}\n"),
    )
    assert heard.digests == plain.digests
    assert spelled.digests["libya"] == plain.digests["libya"]
    assert spelled.digests["syria"] != plain.digests["syria"]
    assert "Blorgum" not in load_theatre("syria").by_id["syria:sy-hama"].spellings, "the theatre itself is not changed"


def test_without_a_names_file_there_is_nothing_to_pay_for() -> None:
    assert users_names() is None
    assert Pipeline.taught().lexicon is lexicon()
    assert lexicon().taught is None
    assert lexicon().recorded == lexicon().digests
    assert trucewatch.read("shelling in idlib").to_json() == Pipeline().read(from_text("shelling in idlib")).to_json()


# ---------------------------------------------------------------- which file


def test_the_file_given_wins_over_the_variable_over_this_folder_over_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config" / "trucewatch").mkdir(parents=True)
    files = {key: tmp_path / f"{key}.yaml" for key in ("given", "variable")}
    files |= {"here": Path("trucewatch-names.yaml"), "config": tmp_path / "config/trucewatch/trucewatch-names.yaml"}
    for path in files.values():
        path.write_text("")
    monkeypatch.setenv("TRUCEWATCH_NAMES", str(files["variable"]))
    for key in files:
        found = find_names(files["given"] if key == "given" else None)
        assert found is not None
        assert found.path == files[key]
        files[key].unlink()
        if key == "variable":
            monkeypatch.delenv("TRUCEWATCH_NAMES")
    assert find_names() is None


def test_none_means_no_names_file_and_false_does_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("trucewatch-names.yml").write_text("- {spelling: Blorgum, entity: 'syria:sy-saraqib'}\n")
    text = SAMPLE.format("blorgum")
    assert at(trucewatch.read(text, theatre="syria"), "blorgum")
    assert not at(trucewatch.read(text, theatre="syria", names=False), "blorgum")
    assert not at(trucewatch.read(text, theatre="syria", names="none"), "blorgum")
    assert find_names("none") is None
    monkeypatch.setenv("TRUCEWATCH_NAMES", "none")
    assert find_names() is None


def test_a_file_that_is_not_there_and_two_in_one_folder_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TheatreError, match=r"gone.yaml: no such names file \(given\)\. Check the path"):
        find_names("gone.yaml")
    monkeypatch.setenv("TRUCEWATCH_NAMES", "gone.yaml")
    with pytest.raises(TheatreError, match="named by TRUCEWATCH_NAMES"):
        find_names()
    monkeypatch.delenv("TRUCEWATCH_NAMES")
    for ending in (".yaml", ".csv"):
        Path(f"trucewatch-names{ending}").write_text("")
    with pytest.raises(TheatreError, match=r"trucewatch-names.yaml and trucewatch-names.csv\. Keep one"):
        find_names()


def test_the_command_line_reads_with_a_names_file(tmp_path: Path) -> None:
    clip, own = tmp_path / "clip.txt", tmp_path / "our names.yaml"
    clip.write_text(SAMPLE.format("blorgum"))
    own.write_text("- {spelling: Blorgum, entity: 'syria:sy-saraqib'}\n")
    told = run("read", clip, "--theatre", "syria", "--json", "--names", own)
    assert at(Reading.model_validate_json(told.stdout), "blorgum")[0].entity_id == "syria:sy-saraqib"
    own.write_text("- {spelling: Blorgum, entity: 'syria:sy-saraqueb'}\n")
    told = run("read", clip, "--json", "--names", own)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "our names.yaml, line 1: there is no entity 'syria:sy-saraqueb'. Perhaps syria:sy-saraqib" in told.stderr


# ---------------------------------------------------------------- bad files


@pytest.mark.parametrize(
    ("text", "line", "what", "cure"),
    [
        ("- spelling: A town\n", 1, "none of entity, name and never", "Give `entity`"),
        ("\n- entity: syria:sy-hama\n", 2, "teaches nothing", "Give `spelling` or `heard`"),
        ("- spelling: Hamma\n  entity: sy-hama\n", 2, "entity is 'sy-hama'", "Give the id in full"),
        ("- spelling: 1999\n  entity: syria:sy-hama\n", 1, "holds 1999, not a text", "quotes"),
        ("- spelling: [Hamma, {a: b}]\n  entity: syria:sy-hama\n", 1, "holds a mapping", "quotes"),
        ("- spelling:\n  entity: syria:sy-hama\n", 1, "spelling is empty", "Write the words"),
        ("- spelling: ab\n  entity: syria:sy-hama\n", 1, "'ab' is too short", "three letters"),
        ("- spelling: '???'\n  entity: syria:sy-hama\n", 1, "holds no letter", "Write the words"),
        ("- spelling: 'Ham\u200bma'\n  entity: syria:sy-hama\n", 1, "cannot be seen", "Type it anew"),
        ("- heard: a|b c\n  entity: syria:sy-hama\n", 1, "looks like a list", "[one, two]"),
        (f"- heard: {'abc ' * 50}\n  entity: syria:sy-hama\n", 1, "too long", "at most 12 words"),
        ("- heard: Hamma\n  entity: syria:sy-hama\n  always: maybe\n", 3, "always is 'maybe'", "true or false"),
        ("- heard: Hamma\n  entity: syria:sy-hama\n  allways: true\n", 3, "unknown key 'allways'", "always"),
        ("- heard: Hamma\n  entity: syria:sy-hama\n  lat: 3\n", 3, "'lat' does not go with entity", "spelling"),
        ("- heard: Hamma\n  entity: syria:sy-hama\n  never: x\n", 1, "entity and never", "Give `entity`"),
        ("- heard: Hamma\n  entity: [syria]\n", 2, "entity is a list", "quotes"),
        ("- heard: Hamma\n  entity: syria:sy-hama\n  theatre: libya\n", 3, "theatre is 'libya'", "Leave it out"),
        ("- never: ''\n", 1, "not a text", "quotes"),
        ("- never: '!!'\n", 1, "holds no letter", "Write the words"),
        ("- name: Tell\n  kind: plaice\n  theatre: syria\n", 1, "kind of Tell is 'plaice'", "place, actor"),
        ("- name: Tell\n  kind: place\n", 1, "has no theatre", "trucewatch theatre list"),
        ("- {name: Tell, kind: place, theatre: syria, lat: 35.9}\n", 1, "lat, lon are 35.9, nothing", "both"),
        ("- {name: Tell, kind: place, theatre: syria, lat: 95, lon: 3}\n", 1, "lat, lon are 95, 3", "decimal"),
        ("- {name: Tell, kind: place, theatre: syria, lat: .nan, lon: 3}\n", 1, "lat, lon are nan", "decimal"),
        ("- {name: Tell, kind: place, theatre: syria, lat: true, lon: 3}\n", 1, "lat, lon are True", "decimal"),
        ("- {name: Tell, kind: place, theatre: syria, country: Syria}\n", 1, "country is 'SYRIA'", "two-letter"),
        ("- {name: Tell, kind: place, theatre: syria, precision: near}\n", 1, "precision is 'near'", "exact"),
        ("- {name: Tell, kind: place, theatre: syria, importance: 9}\n", 1, "importance is '9'", "1, 2, 3"),
        ("- {name: حلب, kind: place, theatre: syria}\n", 1, "id is ''", "Give an `id`"),
        ("spelling: Hamma\nentity: syria:sy-hama\n", 1, "not a list of rows", "Begin every row with `- `"),
        ("# ours\n- Hamma\n", 2, "a row is not `key: value`", "Write `- spelling: ...`"),
        ("- spelling: [Hamma\n  entity: x\n", 2, "not YAML", "quotes, colons and indentation"),
        ("- never: a word\n  never: b word\n", 2, "stands twice", "Keep one"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_its_cure(text: str, line: int, what: str, cure: str) -> None:
    said = [s for s in problems_of(text) if what in s]
    assert said, problems_of(text)
    assert said[0].startswith(f"names.yaml:{line}: error: ")
    assert cure in said[0].partition(what)[2]
    path = Path("names.yaml")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TheatreError, match=r"^names\.yaml(, line \d+)?: .+\. .+"):
        load_names(path)


@pytest.mark.parametrize(
    ("text", "line", "what", "cure"),
    [
        ("spelling;entity\nHamma;syria:sy-hama\n", 1, "not parted by commas", "Save as CSV with commas"),
        ("spelling,entitty\n", 1, "unknown column 'entitty'", "Use some of: spelling"),
        ("spelling,entity,spelling\n", 1, "names a column twice", "Use some of"),
        ("spelling,entity\nHamma,syria:sy-hama,more\n", 2, "3 cells where the header has 2", "Quote cells"),
        ("spelling,entity\nHamma,syria:sy-hama\nab,syria:sy-hama\n", 3, "too short", "three letters"),
        ('spelling,entity\n"Hamma,syria:sy-hama\n', 2, "not CSV", "Close every quote"),
    ],
)
def test_mistakes_in_a_spreadsheet_are_told_too(text: str, line: int, what: str, cure: str) -> None:
    said = [s for s in problems_of(text, ".csv") if what in s]
    assert said, problems_of(text, ".csv")
    assert said[0].startswith(f"names.csv:{line}: error: ")
    assert cure in said[0]


def test_a_spreadsheet_says_the_same_as_yaml() -> None:
    rows = (
        "note,spelling,heard,entity,never,always,name,kind,theatre,lat,lon\r\n"
        ',"Hamma|Hamah town",,syria:sy-hama,,no,,,,,\r\n'
        ",,hammer time,syria:sy-hama,,YES,,,,,\r\n\r\n"
        ",,,,members,,,,,,\r\n"
        ",,,,,,Tell Example,place,syria,35.5,36.5\r\n"
    )
    told = names_of("\ufeff" + rows, ".csv")
    same = names_of(
        "- {spelling: [Hamma, Hamah town], entity: 'syria:sy-hama', always: false}\n"
        "- {heard: hammer time, entity: 'syria:sy-hama', always: true}\n\n"
        "- never: members\n"
        "- {name: Tell Example, kind: place, theatre: syria, lat: 35.5, lon: 36.5}\n"
    )
    for rows in ("lessons", "never"):
        assert [row.text for row in getattr(told, rows)] == [row.text for row in getattr(same, rows)]
    assert [lesson.entity for lesson in told.lessons] == [lesson.entity for lesson in same.lessons]
    assert [lesson.always for lesson in told.lessons] == [lesson.always for lesson in same.lessons]
    assert [entity for _, entity in told.entities] == [entity for _, entity in same.entities]
    assert [lesson.line for lesson in told.lessons][:3] == [2, 2, 3]


def test_references_that_lead_nowhere_are_told_and_only_another_machines_theatre_is_passed_over() -> None:
    lost = "- {spelling: Hamma, entity: 'syria:sy-hamah'}\n"
    with pytest.raises(
        TheatreError, match=r"line 1: there is no entity 'syria:sy-hamah'\. Perhaps syria:sy-hama \(Hama\)"
    ):
        taught(lost)
    taken = "- {name: Idlib, id: sy-idlib, kind: place, theatre: syria}\n"
    with pytest.raises(TheatreError, match="the id 'syria:sy-idlib' is Idlib's"):
        taught(taken)
    far = "- {spelling: Hamma, entity: 'mars:hama'}\n- {name: Olympus, kind: place, theatre: mars}\n- never: members\n"
    reading = read(far, "shelling in idlib")
    assert [w for w in reading.warnings if "no theatre 'mars' here" in w] == list(reading.warnings)
    assert [w.partition(":")[0] for w in reading.warnings] == ["your names file, line 1", "your names file, line 2"]
    known_elsewhere = "- {spelling: Goma Town, entity: 'drc:cd-goma'}\n"
    assert not read(known_elsewhere, "shelling in idlib").warnings, "a theatre that is there and not wanted is no fault"


def test_the_check_warns_of_what_is_probably_not_meant() -> None:
    path = Path("n.yaml")
    path.write_text(
        "- {spelling: Aleppo, entity: 'syria:sy-idlib'}\n"
        "- {spelling: hope, entity: 'syria:sy-idlib'}\n"
        "- {name: Swapped, kind: place, theatre: syria, lat: 36.5, lon: 15.5}\n"
        "- {never: members, theatre: atlantis}\n"
        "- {spelling: Goma Town, entity: 'drc:nowhere-at-all'}\n"
    )
    said = {problem.line: problem for problem in check_names(path, {"hope"})}
    assert "is also a name of Aleppo (syria:sy-aleppo)" in said[1].what
    assert "everyday word" in said[2].what
    assert "lies outside SY" in said[3].what
    assert "no theatre 'atlantis'" in said[4].what
    assert [said[line].level for line in range(1, 6)] == ["warning"] * 4 + ["error"]
    assert all(problem.cure for problem in said.values())


# ---------------------------------------------------------------- hostile files


BOMB = "- &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"- &{new} [{', '.join(['*' + old] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "hostile",
    [
        BOMB.encode(),
        b"- {never: &w members, theatre: *w}\n- never: &l [a word]\n- never: *l\n",
        b"[" * 50_000,
        b"- " * 50_000,
        b"{a: " * 20_000,
        b"!!python/object/apply:os.system ['touch pwned']\n",
        b"- {never: !!python/name:os.system x}\n",
        b"- {never: !!timestamp soon}\n",
        b"- {never: !!bool soon}\n",
        b"- {never: !!int soon}\n",
        b"- {never: !!binary '%%%'}\n",
        b"- {never: " + b"9" * 10_000 + b"}\n",
        b"- {<<: {never: members}}\n",
        b"- ? [a, b]\n  : c\n",
        b"- never: a\n---\n- never: b\n",
        b"%YAML 9.9\n---\n- never: a\n",
        b"\x00\x01\x02",
        b"- never: \xff\xfe\n",
        "- never: members\n".encode("utf-16"),
        b"- never: \x1b[31mred\n",
        b"true\n",
        b"42\n",
        b"- 42\n- null\n- [1]\n",
        b"- {name: {a: b}, kind: [place], theatre: 3, lat: {}, lon: [], id: {}, importance: {}, spelling: {}}\n",
        b"- {entity: {}, spelling: null}\n",
    ],
)
def test_hostile_yaml_is_an_error_in_words(hostile: bytes) -> None:
    path = Path("hostile.yaml")
    path.write_bytes(hostile)
    names, problems = parse_names(path)
    assert [problem for problem in problems if problem.level == "error"]
    assert all(problem.what and problem.cure and len(str(problem)) < 500 for problem in problems)
    with pytest.raises(TheatreError):
        load_names(path)
    told = run("theatre", "names", "--file", path)
    assert told.exit_code == 1
    assert told.exception is None or isinstance(told.exception, SystemExit)
    assert not Path("pwned").exists()
    assert len(names.never) <= 2


@pytest.mark.parametrize("empty", ["", "# nothing yet\n", "[]\n", "null\n", "---\n"])
def test_an_empty_file_teaches_nothing_and_is_no_mistake(empty: str) -> None:
    assert problems_of(empty) == []
    assert names_of(empty).lessons == ()


@MANY
@given(
    data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)),
    ending=st.sampled_from([".yaml", ".csv"]),
)
def test_no_bytes_do_more_than_fail_in_words(data: bytes, ending: str) -> None:
    for problem in parse_bytes(Path(f"n{ending}"), data)[1]:
        assert problem.what
        assert problem.cure


VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


@MANY
@given(rows=st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6), max_size=4))
def test_wrong_types_in_any_key_fail_in_words(rows: list[dict[str, object]]) -> None:
    data = yaml.safe_dump(rows, allow_unicode=True).encode("utf-8", "replace")
    names, problems = parse_bytes(Path("n.yaml"), data)
    assert all(problem.what and problem.cure for problem in problems)
    for lesson in names.lessons:
        assert isinstance(lesson.text, str)
        assert fold(lesson.text)
    for _, entity in names.entities:
        assert (entity.lat is None) == (entity.lon is None)


def test_a_huge_file_a_folder_and_a_pipe_are_refused_at_once() -> None:
    huge, pipe = Path("huge.yaml"), Path("pipe.yaml")
    with huge.open("wb") as file:
        file.truncate(50 * MAX_BYTES)  # sparse: nothing is written
    Path("folder.yaml").mkdir()
    refused: list[tuple[Path, str]] = [(huge, "too large"), (Path("folder.yaml"), "no plain file")]
    if hasattr(os, "mkfifo"):
        os.mkfifo(pipe)
        refused.append((pipe, "no plain file"))
    for path, said in refused:
        with pytest.raises(TheatreError, match=said):
            load_names(path)
        assert said in run("theatre", "names", "--file", path).output
    assert find_names(huge) is not None


# ---------------------------------------------------------------- add-spelling


def test_the_first_spelling_makes_a_file_that_explains_itself_and_the_next_are_added() -> None:
    file = Path("trucewatch-names.yaml")
    told = run("theatre", "add-spelling", "syria", "Saraqib", "Sarakeeb", "Sa:ra #keeb")
    assert (told.exit_code, told.output.count("->")) == (0, 2)
    assert file.read_text().startswith("# Names that you taught Trucewatch.")
    before = file.read_text() + "# my own note"
    file.write_text(before)
    assert run("theatre", "add-spelling", "syria", "sy-saraqib", "Sarah could", "--heard").exit_code == 0
    assert file.read_text().startswith(before), "what stood there stands there still"
    lessons = [(lesson.text, lesson.how, lesson.entity) for lesson in load_names(file).lessons]
    assert lessons == [
        ("Sarakeeb", "spelling", "syria:sy-saraqib"),
        ("Sa:ra #keeb", "spelling", "syria:sy-saraqib"),
        ("Sarah could", "heard", "syria:sy-saraqib"),
    ]
    assert at(trucewatch.read(SAMPLE.format("sarah could"), theatre="syria"), "sarah could")[0].recovered


def test_adding_twice_says_so_and_changes_nothing() -> None:
    first = run("theatre", "add-spelling", "syria", "Saraqib", "Sarakeeb")
    held = Path("trucewatch-names.yaml").read_bytes()
    for again in ("Sarakeeb", "SARAKEEB", " sarakeeb "):
        told = run("theatre", "add-spelling", "syria", "syria:sy-saraqib", again)
        assert (told.exit_code, "already there" in told.output) == (0, True)
    built_in = run("theatre", "add-spelling", "syria", "Saraqib", "Sarakeb")
    assert (built_in.exit_code, "already a name of Saraqib" in built_in.output) == (0, True)
    assert first.exit_code == 0
    assert Path("trucewatch-names.yaml").read_bytes() == held


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["siria", "Saraqib", "Sarakeeb"], "no theatre 'siria'. There are: "),
        (["syria", "Saraqb", "Sarakeeb"], "no entity 'Saraqb' in syria. Perhaps syria:sy-saraqib (Saraqib)"),
        (["syria", "sy-saraquib", "Sarakeeb"], "Perhaps syria:sy-saraqib (Saraqib)"),
        (["syria", "???", "Sarakeeb"], "no entity '???'"),
        (["syria", "Saraqib", "Aleppo"], "'Aleppo' is a name of Aleppo (syria:sy-aleppo)"),
        (["syria", "Saraqib", "Misrata"], "(libya:ly-misrata)"),
        (["syria", "Saraqib", "Italy"], "(world:it-country)"),
        (["syria", "Saraqib", "it lib", "--heard"], "known as a mishearing of Idlib (syria:sy-idlib)"),
        (["syria", "Saraqib", ""], "holds no letter"),
        (["syria", "Saraqib", "sa"], "too short"),
        (["syria", "Saraqib", "one|two"], "looks like a list"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_no_file_is_made(arguments: list[str], said: str) -> None:
    told = run("theatre", "add-spelling", *arguments)
    assert told.exit_code == 1
    assert said in told.output
    assert not list(Path().iterdir())


def test_force_takes_a_spelling_over_from_a_theatre_and_from_another_row() -> None:
    assert run("theatre", "add-spelling", "syria", "Saraqib", "Aleppo", "--force").exit_code == 0
    refused = run("theatre", "add-spelling", "syria", "Hama", "aleppo")
    assert refused.exit_code == 1
    assert re.search(r"is syria:sy-saraqib's in trucewatch-names.yaml, line \d+\. Give --force", refused.output)
    assert run("theatre", "add-spelling", "syria", "Hama", "aleppo", "--force").exit_code == 0
    assert "already there" in run("theatre", "add-spelling", "syria", "Hama", "aleppo").output
    assert [m.name for m in trucewatch.read("jets bombed aleppo", theatre="syria").mentions] == ["Hama"]


def test_one_bad_spelling_does_not_keep_the_good_ones_out() -> None:
    told = run("theatre", "add-spelling", "syria", "Saraqib", "x", "Sarakeeb")
    assert told.exit_code == 1
    assert [lesson.text for lesson in load_names(Path("trucewatch-names.yaml")).lessons] == ["Sarakeeb"]


def test_a_name_that_several_things_bear_is_asked_about() -> None:
    rows = "- {name: %s, spelling: Twin Hill, kind: place, theatre: syria}\n"
    Path("trucewatch-names.yaml").write_text(rows % "Upper Hill" + rows % "Lower Hill")
    told = run("theatre", "add-spelling", "syria", "twin hill", "Blorgum")
    assert told.exit_code == 1
    assert "may be several: syria:upper-hill (place), syria:lower-hill (place). Give one of these ids" in told.output
    assert run("theatre", "add-spelling", "syria", "lower-hill", "Blorgum").exit_code == 0


def test_an_everyday_word_is_added_with_a_word_of_warning() -> None:
    told = run("theatre", "add-spelling", "syria", "Saraqib", "hope")
    assert told.exit_code == 0
    assert "everyday word" in told.stderr


def test_an_entity_of_the_users_own_can_be_taught_too() -> None:
    Path("trucewatch-names.yaml").write_text(f"- {TELL}\n")
    told = run("theatre", "add-spelling", "syria", "Tell Example", "Tal Eksampel")
    assert told.exit_code == 0
    assert load_names(Path("trucewatch-names.yaml")).lessons[-1].entity == "syria:tell-example"


@pytest.mark.parametrize(
    ("ending", "before"),
    [
        (".yaml", "  - never: members # indented\n"),
        (".yaml", "- never: members\r\n# Windows\r\n"),
        (".yaml", "\ufeff- never: members"),
        (".yaml", "---\n- never: [members,\n    others]\n"),
        (".csv", "note,spelling,entity,never\r\n,,,members\r\n"),
        (".csv", "\ufeffnever,spelling,entity\nmembers,,"),
    ],
)
def test_files_of_every_form_are_added_to_without_loss(ending: str, before: str) -> None:
    file = Path(f"own{ending}")
    file.write_bytes(before.encode())
    file.chmod(0o640)
    told = run("theatre", "add-spelling", "syria", "Saraqib", "Sara, keeb", "--file", file)
    assert told.exit_code == 0, told.output
    assert file.read_bytes().startswith(before.encode())
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    names = load_names(file)
    assert (names.never[0].text, names.lessons[0].text) == ("members", "Sara, keeb")
    newlines = set(re.findall(rb"\r?\n", file.read_bytes()))
    assert len(newlines) == 1, "line endings are as they were"


@pytest.mark.parametrize(
    ("ending", "before", "said"),
    [
        (".yaml", "[{never: members}]\n", "Write it in yourself: - spelling: "),
        (".csv", "never\nmembers\n", "Write it in yourself"),
        (".yaml", "- never: 3\n", "line 1: never holds 3"),
        (".yaml", "- never: members\n...\n", "Write it in yourself"),
    ],
)
def test_a_file_that_cannot_be_added_to_is_left_as_it_is(ending: str, before: str, said: str) -> None:
    file = Path(f"own{ending}")
    file.write_text(before)
    told = run("theatre", "add-spelling", "syria", "Saraqib", "Sarakeeb", "--file", file)
    assert told.exit_code == 1
    assert said in told.output
    assert file.read_text() == before
    assert [path.name for path in Path().iterdir()] == [file.name], "nothing is left lying about"


def test_a_link_to_a_shared_file_stays_a_link() -> None:
    Path("shared.yaml").write_text("- never: members\n")
    Path("trucewatch-names.yaml").symlink_to("shared.yaml")
    assert run("theatre", "add-spelling", "syria", "Saraqib", "Sarakeeb").exit_code == 0
    assert Path("trucewatch-names.yaml").is_symlink()
    assert "Sarakeeb" in Path("shared.yaml").read_text()


@FEWER
@given(text=st.text(max_size=30).map(lambda t: " ".join(t.split())).filter(lambda t: not fault_of(t)))
def test_whatever_is_added_is_read_back_letter_for_letter(text: str) -> None:
    from trucewatch.theatre.adding import add

    file = Path("round.yaml")
    file.unlink(missing_ok=True)
    syria = load_theatre("syria")
    add(file, syria, syria.by_id["syria:sy-saraqib"], text, "heard", force=True)
    assert [lesson.text for lesson in load_names(file).lessons] == [text]


# ---------------------------------------------------------------- theatre names


def test_the_file_is_listed_with_lines_and_where_it_was_found() -> None:
    assert "no names file" in run("theatre", "names").output
    Path("trucewatch-names.yaml").write_text(
        f"- {{spelling: Sarakeeb, entity: 'syria:sy-saraqib'}}\n- {{never: members, theatre: syria}}\n- {TELL}\n"
    )
    told = run("theatre", "names")
    assert told.exit_code == 0
    assert "trucewatch-names.yaml (in the current folder)" in told.output
    for line in (
        r"line 1 +spelling +Sarakeeb +-> +syria:sy-saraqib",
        r"line 2 +never +members +-> +left as it is where syria is at hand",
        r"line 3 +new +Tell Example +-> +place syria:tell-example at 35.5, 36.5",
        r"line 3 +heard +tell eggs ample +-> +syria:tell-example",
        r"no mistakes found",
    ):
        assert re.search(line, told.output), line
    plain = json.loads(run("theatre", "names", "--json").stdout)
    assert [row["line"] for row in plain["rows"]] == sorted(row["line"] for row in plain["rows"])
    assert (plain["how"], plain["problems"]) == ("in the current folder", [])


def test_mistakes_are_listed_all_at_once_and_end_in_status_1() -> None:
    file = Path("n.yaml")
    file.write_text("- {spelling: ab, entity: 'syria:sy-hama'}\n- {spelling: Hamma, entity: 'syria:sy-hamah'}\n")
    told = run("theatre", "names", "--file", file)
    assert told.exit_code == 1
    assert re.search(r"n.yaml:1: error: .*too short", told.output)
    assert re.search(r"n.yaml:2: error: there is no entity .* Perhaps syria:sy-hama \(Hama\)", told.output)
    file.write_text("- {spelling: Aleppo, entity: 'syria:sy-hama'}\n")
    assert [run("theatre", "names", "--file", file, *more).exit_code for more in ((), ("--strict",))] == [0, 1]


# ---------------------------------------------------------------- the manual


def _commands() -> list[list[str]]:
    import shlex

    lines = re.findall(r"^trucewatch theatre .*", DOCS, re.MULTILINE)
    return [shlex.split(line, comments=True)[1:] for line in lines]


def test_every_command_of_the_manual_works_as_it_stands() -> None:
    assert len(_commands()) >= 4
    for arguments in _commands():
        told = run(*arguments)
        assert told.exit_code == 0, (arguments, told.output)
    assert {lesson.how for lesson in load_names(Path("trucewatch-names.yaml")).lessons} == {"spelling", "heard"}


@pytest.mark.parametrize("form", ["yaml", "csv"])
def test_every_example_of_the_manual_is_a_right_file(form: str) -> None:
    examples = re.findall(rf"```{form}\n(.*?)```", DOCS, re.DOTALL)
    assert examples
    for example in examples:
        path = Path(f"example.{form}")
        path.write_text(example, encoding="utf-8")
        assert [p for p in check_names(path) if p.level == "error"] == []
        names = load_names(path)
        assert names.lessons or names.never


def test_every_key_and_every_option_is_in_the_manual() -> None:
    for key in KEYS:
        assert re.search(rf"\b{key}\b", DOCS), key
    group = cli.get_command(click.Context(cli), "theatre")
    assert isinstance(group, click.Group)
    given = {option for command in ("add-spelling", "names") for option in _options(group, command)}
    assert set(re.findall(r"`(--[a-z-]+)", DOCS)) <= given | {"--names"}


def _options(group: click.Group, command: str) -> set[str]:
    return {name for parameter in group.commands[command].params for name in parameter.opts if name.startswith("--")}
