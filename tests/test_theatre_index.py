"""The prebuilt index of theatres: the same readings with it and without, rebuilt when data changes, never trusted blindly."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from theatre_samples import write_theatre
from trucewatch.cli import cli
from trucewatch.reading import lexicon as module
from trucewatch.reading.lexicon import KeptLexicon, Lexicon, kept_lexicon, lexicon, packed_lexicon
from trucewatch.reading.pipeline import Pipeline
from trucewatch.theatre import Entity, Theatre, TheatreError, load_theatre, world
from trucewatch.theatre import kept as keeping
from trucewatch.theatre.files import Folder, read_folder
from trucewatch.theatre.packed import Packed, Table, pack
from trucewatch.theatre.usernames import UserNames, parse_bytes
from trucewatch.transcript import from_text

TEXT = """\
the army has shelled con shake hoon and sarah kip in northern syria where russian jets hit idlib province on tuesday
the syrian observatory for human rights says at least eight civilians were killed near maarat al numan and the
government in damascus denies it while turkey has sent reinforcements and the rebels say the regime broke the truce
"""
EXAMPLE = Path(__file__).parents[1] / "examples" / "syria_2019-07-24.txt"
ROWS = (
    "- {spelling: Blorgum, entity: 'syria:sy-hama', always: true}\n- {heard: snorkel beach, entity: 'syria:sy-idlib'}\n"
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for indexes of theatres (what else is cached is as it was), and stamps relied on at once."""
    folder = tmp_path / "cache" / "trucewatch" / "theatres"
    monkeypatch.setattr(keeping, "kept_dir", lambda: folder)
    monkeypatch.setattr(keeping, "SETTLED_NS", -1_000_000_000)
    return folder


def opened(*names: str, users: UserNames | None = None) -> KeptLexicon:
    """The lexicon as a new process has it."""
    made = kept_lexicon.__wrapped__(names, users)
    assert isinstance(made, KeptLexicon)
    return made


def file_of(made: KeptLexicon) -> Path:
    assert made.path is not None
    return made.path


def content(book: Lexicon) -> list[object]:
    """All that a lexicon says, in its order."""
    return [
        [(key, book.entries(key)) for key in sorted(book.keys())],
        [(t.id, t.digest, t.period, t.countries, t.sources, tuple(t.entities)) for t in book.theatres.values()],
        [(identity, entity, book.home.get(identity)) for identity, entity in book.entities.items()],
        {theatre: dict(heard) for theatre, heard in book.mishearings.items()},
        (dict(book.countries), book.mains, book.recorded, book.digest, book.warnings),
    ]


# ---------------------------------------------------------------- the same with it and without


@lru_cache(maxsize=1)
def without() -> Lexicon:
    """Syria's lexicon, made without a file."""
    return Lexicon([load_theatre("syria")], world())


def test_the_index_says_what_the_theatres_say() -> None:
    assert opened("syria").anew
    again = opened("syria")
    assert not again.anew
    assert content(again.lexicon) == content(without())
    for theatre, loaded in ((again.lexicon.theatres["syria"], load_theatre("syria")), (again.lexicon.world, world())):
        assert tuple(theatre.entities) == loaded.entities
        assert replace(theatre, entities=loaded.entities) == loaded
        assert (dict(theatre.by_id), theatre.generic, theatre.mishearings) == (
            loaded.by_id, loaded.generic, loaded.mishearings,
        )  # fmt: skip


@pytest.mark.parametrize("text", [TEXT, EXAMPLE.read_text(encoding="utf-8")], ids=["invented", "example"])
def test_readings_are_the_same_bytes_with_the_index_and_without(text: str) -> None:
    opened("syria")
    with_it = Pipeline(opened("syria").lexicon).read(from_text(text, id="t")).to_json()
    assert with_it == Pipeline(without()).read(from_text(text, id="t")).to_json()
    assert json.loads(with_it)["reader"]["models"]["theatres.index"] == without().digest


def test_the_digest_in_a_reading_is_of_the_data(tmp_path: Path) -> None:
    digests = [opened("syria").lexicon.digest, opened("libya").lexicon.digest, opened("syria", "libya").lexicon.digest]
    assert len({*digests}) == 3
    here, elsewhere = write_theatre(tmp_path / "a"), write_theatre(tmp_path / "b")
    assert opened(str(here)).lexicon.digest == opened(str(elsewhere)).lexicon.digest, "wherever the theatre lies"
    write_theatre(tmp_path / "b", {"places.csv": ("Adlib", "Adlip")})
    assert opened(str(here)).lexicon.digest != opened(str(elsewhere)).lexicon.digest


def found_one_by_one(book: Lexicon, words: Sequence[str]) -> list[tuple[int, int, str]]:
    """What ``find`` should find, by looking up every run of words."""
    runs = [(a, b, " ".join(words[a : b + 1])) for a in range(len(words)) for b in range(a, len(words))]
    best: dict[int, tuple[int, int, str]] = {}
    for first, last, key in runs:
        if book.entries(key):
            best[first] = (first, last, key)  # the longer ones come later
    out: list[tuple[int, int, str]] = []
    for run in sorted(best.values(), key=lambda r: (r[0] - r[1], r[0])):
        if all(run[1] < other[0] or other[1] < run[0] for other in out):
            out.append(run)
    return sorted(out)


def test_find_finds_the_longest_spellings() -> None:
    book = without()
    dice = random.Random(7)
    keys = sorted(book.keys())
    assert max(len(key.split()) for key in keys) > 4
    for _ in range(150):
        words = " ".join(dice.choices(keys, k=5)).split()
        words = [*words[dice.randrange(2) : len(words) - dice.randrange(3)], "the"]
        assert [(f.first, f.last, f.key) for f in book.find(words)] == found_one_by_one(book, words)
    assert book.find([]) == book.find([""]) == book.find(["zzz", "qqq"]) == []


@given(st.dictionaries(st.text(max_size=6), st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4), max_size=30))
def test_a_table_gives_back_what_was_packed_into_it(rows: dict[str, list[int]]) -> None:
    table = Table(memoryview(Table.packed(rows)))
    assert {text: [*table.get(text)] for text in table} == rows
    assert len(table) == len(rows)
    assert [table.get(text + "?") for text in rows if text + "?" not in rows] == [()] * sum(
        t + "?" not in rows for t in rows
    )


def test_texts_of_one_checksum_are_told_apart() -> None:
    table = Table(memoryview(Table.packed({"plumless": [1], "buckeroo": [2]})))  # both have the CRC-32 4ddb0c25
    assert (table.get("plumless"), table.get("buckeroo")) == ((1,), (2,))


@given(
    st.lists(
        st.builds(
            Entity, st.text(max_size=8), st.text(), st.just("place"), st.text(), st.tuples(st.text()),
            lat=st.none() | st.floats(-90, 90), importance=st.integers(1, 3), valid_from=st.none() | st.dates(),
            valid_to=st.none() | st.dates(), country=st.none() | st.just(""), parties=st.tuples() | st.tuples(st.text()),
        ),
        max_size=5,
    )
)  # fmt: skip
def test_any_entity_comes_back_as_it_was(entities: list[Entity]) -> None:
    theatre = Theatre("t", "", Path("t"), (None, None), (), (), (), {}, tuple(entities), "0" * 64)
    block = Packed(pack([theatre], {}, None), [Path("t")])
    assert list(block.theatres[0].entities) == entities
    assert {identity: e.id for identity, e in block.by_id().items()} == {e.id: e.id for e in entities}


# ---------------------------------------------------------------- when data changes


def test_no_file_is_read_where_none_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(write_theatre(tmp_path))
    assert opened(folder).anew
    monkeypatch.setattr(module, "read_folder", lambda path: pytest.fail(f"{path} was read"))
    assert not opened(folder).anew


def test_a_changed_file_is_seen_even_with_its_old_size_and_time(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path)
    before = opened(str(folder)).lexicon
    assert before.entries("adlib")
    assert not before.entries("adlip")
    times = (folder / "places.csv").stat()
    write_theatre(tmp_path, {"places.csv": ("Adlib", "Adlip")})
    os.utime(folder / "places.csv", ns=(times.st_atime_ns, times.st_mtime_ns))
    after = opened(str(folder))
    assert after.anew
    assert after.lexicon.entries("adlip")
    assert not after.lexicon.entries("adlib")
    assert after.lexicon.digest != before.digest
    assert not opened(str(folder)).anew


@pytest.mark.parametrize("change", ["new", "gone", "renamed"])
def test_a_file_that_comes_or_goes_is_seen(tmp_path: Path, change: str) -> None:
    folder = write_theatre(tmp_path)
    opened(str(folder))
    people = folder / "people.csv"
    if change == "new":
        (folder / "mishearings.csv").write_text("heard,id,source\nit lip,sy-idlib,editor\n", encoding="utf-8")
    elif change == "gone":
        people.unlink()
    else:
        people.rename(folder / "persons.csv")
    after = opened(str(folder))
    assert after.anew
    assert bool(after.lexicon.entries("hafez sample")) == (change == "new")
    assert ("it lip" in after.lexicon.mishearings["sample"]) == (change == "new")


def test_files_only_touched_or_written_again_keep_the_index(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path)
    first = opened(str(folder))
    write_theatre(tmp_path)
    os.utime(folder / "actors.yaml")
    again = opened(str(folder))
    assert not again.anew
    assert again.lexicon.digest == first.lexicon.digest


def test_a_stamp_taken_just_after_a_change_is_not_relied_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_theatre(tmp_path)
    assert keeping.stamp_of([folder]).settled
    monkeypatch.setattr(keeping, "SETTLED_NS", 3_000_000_000)
    assert not keeping.stamp_of([folder]).settled
    opened(str(folder))
    seen: list[Path] = []

    def read(path: Path) -> Folder:
        seen.append(path)
        return read_folder(path)

    monkeypatch.setattr(module, "read_folder", read)
    assert not opened(str(folder)).anew
    assert folder in seen


def test_what_is_made_while_a_file_changes_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_theatre(tmp_path)

    def slowly(theatres: Sequence[Theatre], base: Theatre, names: UserNames | None = None) -> bytes:
        write_theatre(tmp_path, {"places.csv": ("Adlib", "Adlip")})
        return packed_lexicon(theatres, base, names)

    monkeypatch.setattr(module, "packed_lexicon", slowly)
    assert opened(str(folder)).path is None
    monkeypatch.setattr(module, "packed_lexicon", packed_lexicon)
    assert opened(str(folder)).lexicon.entries("adlip")


def test_a_theatre_that_became_faulty_is_refused_not_remembered(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path)
    opened(str(folder))
    write_theatre(tmp_path, {"places.csv": ("35.9306", "north")})
    with pytest.raises(TheatreError, match=r"places\.csv"):
        opened(str(folder))


def test_other_code_makes_another_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(write_theatre(tmp_path))
    opened(folder)
    monkeypatch.setattr(module, "_rules", lambda: "other")
    assert opened(folder).anew


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("spoil", ["empty", "short", "head", "block", "tail", "magic", "longer", "nonsense", "folder"])
def test_a_damaged_file_is_built_anew(tmp_path: Path, spoil: str) -> None:
    folder = str(write_theatre(tmp_path))
    made = opened(folder)
    path = file_of(made)
    data = path.read_bytes()
    at = {"head": 40, "block": len(data) // 2, "tail": len(data) - 1, "magic": 3}.get(spoil)
    if spoil == "folder":
        path.unlink()
        path.mkdir()
    elif at is not None:
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    else:
        path.write_bytes(
            {"empty": b"", "short": data[:-100], "longer": data + b"\0", "nonsense": keeping.MAGIC + b"[]\n"}[spoil]
        )
    after = opened(folder)
    assert after.anew
    assert after.lexicon.digest == made.lexicon.digest
    if spoil != "folder":
        assert path.read_bytes() == data
        assert not opened(folder).anew


def test_several_processes_may_build_at_once(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = str(write_theatre(tmp_path))
    code = "import sys; from trucewatch.reading.lexicon import lexicon; print(lexicon((sys.argv[1],)).digest)"
    running = [
        subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = {process.communicate(timeout=300)[0].strip() for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    kept = opened(folder)
    assert not kept.anew
    assert said == {kept.lexicon.digest}
    assert [path.name for path in cache.iterdir()] == [file_of(kept).name], "nothing else is left behind"


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(write_theatre(tmp_path))
    there = opened(folder).lexicon
    (tmp_path / "file").write_text("a file where the cache folder should be")
    monkeypatch.setattr(keeping, "kept_dir", lambda: tmp_path / "file" / "theatres")
    monkeypatch.setattr(module, "available", lambda: {"sample": Path(folder), "world": world().path})
    kept_lexicon.cache_clear()
    made = opened(folder)
    assert made.anew
    assert made.path is None
    assert content(made.lexicon) == content(there)
    result = CliRunner().invoke(cli, ["theatre", "build", "--names", "none"])
    kept_lexicon.cache_clear()
    assert result.exit_code == 1
    assert "XDG_CACHE_HOME" in result.output


def test_each_combination_has_its_own_file_and_few_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_FILES", 2)
    folders = [str(write_theatre(tmp_path / str(k))) for k in range(keeping.MOST_FILES + 2)]
    paths = [file_of(opened(folder)) for folder in folders]
    assert len({*paths}) == len(paths)
    assert sum(path.exists() for path in paths) == keeping.MOST_FILES
    assert paths[-1].exists()
    assert opened("syria").lexicon.theatres.keys() == {"syria"}


def test_a_users_theatre_is_indexed_with_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUCEWATCH_THEATRES", str(write_theatre(tmp_path)))
    monkeypatch.setattr(module, "available", lambda: {"sample": tmp_path / "sample", "world": world().path})
    made = kept_lexicon.__wrapped__(None, None)
    assert made.lexicon.theatres.keys() == {"sample"}
    assert made.lexicon.entries("sample front")


# ---------------------------------------------------------------- a user's names


def names_of(rows: str) -> UserNames:
    return parse_bytes(Path("names.yaml"), rows.encode())[0]


def test_a_users_names_have_their_own_index() -> None:
    users = names_of(ROWS)
    plain, first = opened("syria"), opened("syria", users=users)
    again = opened("syria", users=users)
    assert (first.anew, again.anew) == (True, False)
    assert file_of(first) != file_of(plain)
    in_memory = Lexicon([load_theatre("syria")], world(), users)
    assert content(again.lexicon) == content(in_memory)
    text = "they fled blorgum for snorkel beach near aleppo in syria where the army shelled hama"
    readings = [Pipeline(book).read(from_text(text, id="t"), "syria") for book in (again.lexicon, in_memory)]
    assert readings[0].to_json() == readings[1].to_json()
    assert {"Hama", "Idlib"} <= {mention.name for mention in readings[0].mentions}
    assert opened("syria", users=names_of(ROWS + "- {never: zzz}\n")).anew


def test_a_mistaken_names_file_is_refused_every_time() -> None:
    users = names_of("- {spelling: Blorgum, entity: 'syria:no-such-place'}\n")
    for _ in range(2):
        with pytest.raises(TheatreError, match="no-such-place"):
            opened("syria", users=users)


# ---------------------------------------------------------------- the command


def test_build_makes_the_index_and_says_where(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "available", lambda: {"syria": load_theatre("syria").path, "world": world().path})
    kept_lexicon.cache_clear()
    try:
        first = CliRunner().invoke(cli, ["theatre", "build", "--names", "none"])
        kept_lexicon.cache_clear()
        again = CliRunner().invoke(cli, ["theatre", "build", "--names", "none"])
        digest = lexicon().digest
    finally:
        kept_lexicon.cache_clear()
    assert (first.exit_code, again.exit_code) == (0, 0)
    (path,) = cache.iterdir()
    assert str(path) in first.output
    assert f"digest {digest}" in first.output
    assert "built in" in first.output
    assert "already there" in again.output
