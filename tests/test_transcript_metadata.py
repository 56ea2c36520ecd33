"""What a name or a page tells about a broadcast is used where it is certain, and never over what the caller says."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path

import pytest

import transcript_files as files
from trucewatch.transcript import Transcript, from_text, load

SAID = b"1\n00:00:01,000 --> 00:00:02,000\nthe truce holds\n"


def named(name: str, data: bytes = SAID) -> Transcript:
    return load(data, name=name)


@pytest.mark.parametrize(
    "name",
    [
        "ALJAZ_20180104_110000_News.srt",
        "ALJAZ_20180104_110000_News.cc5.srt",
        "ALJAZ_20180104_110000_News.align.srt",
        "archive/ALJAZ_20180104_110000_News.vtt",
        "C:\\captions\\ALJAZ_20180104_110000_News.txt",
    ],
)
def test_an_archive_identifier_names_its_broadcast(name: str) -> None:
    transcript = named(name)
    assert transcript.id == "ALJAZ_20180104_110000_News"
    assert (transcript.outlet, transcript.programme) == ("Al Jazeera English", "News")
    assert transcript.air_date == date(2018, 1, 4)
    assert transcript.url == "https://archive.org/details/ALJAZ_20180104_110000_News"


def test_identifiers_of_channels_not_listed_give_no_outlet() -> None:
    transcript = named("QQTV_20180104_110000_The_Late_View.srt")
    assert (transcript.outlet, transcript.programme) == (None, "The Late View")


@pytest.mark.parametrize("name", ["ALJAZ_20181304_110000_News.srt", "aljaz_20180104_news.srt", "x_20180104_110000.srt"])
def test_what_only_looks_like_an_identifier_tells_nothing(name: str) -> None:
    transcript = named(name)
    assert (transcript.id, transcript.outlet, transcript.air_date) == (name[:-4], None, None)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("report_2019-08-06_final.txt", date(2019, 8, 6)),
        ("2019-08-06.srt", date(2019, 8, 6)),
        ("2019-08-06_2019-08-06.srt", date(2019, 8, 6)),
        ("2019-08-06_to_2019-08-07.srt", None),
        ("report_2019-02-30.srt", None),
        ("case-2019-08-06-12.srt", None),
        ("x12019-08-06.srt", None),
        ("20190806.srt", None),
    ],
)
def test_a_single_iso_date_in_a_name_is_the_air_date(name: str, day: date | None) -> None:
    assert named(name).air_date == day


@pytest.mark.parametrize(
    ("name", "id", "language"),
    [
        ("The truce, day one [a1B2c3D4e5F].en.vtt", "a1B2c3D4e5F", "en"),
        ("The truce [a1B2c3D4e5F].en-orig.json3", "a1B2c3D4e5F", "en"),
        ("The truce [a1B2c3D4e5F].pt-BR.srt", "a1B2c3D4e5F", "pt-BR"),
        ("The truce [transcripts].vtt", "The truce [transcripts]", None),
        ("The truce [12345678901].vtt", "The truce [12345678901]", None),
        ("a1B2c3D4e5F.en.vtt", "a1B2c3D4e5F", "en"),
        ("report.qq.srt", "report.qq", None),
        ("part.1.srt", "part.1", None),
    ],
)
def test_youtube_names(name: str, id: str, language: str | None) -> None:
    transcript = named(name)
    assert (transcript.id, transcript.language) == (id, language)
    address = f"https://www.youtube.com/watch?v={id}" if name.startswith("The truce") and id == "a1B2c3D4e5F" else None
    assert transcript.url == address


def test_arguments_win_over_content_and_content_over_names(tmp_path: Path) -> None:
    path = tmp_path / "BBCNEWS_20180106_110000_World.de.vtt"
    path.write_bytes(files.webvtt([files.evenly("the truce holds", 0, 1000)]))
    found = load(path)
    assert (found.id, found.language, found.path) == ("BBCNEWS_20180106_110000_World", "en", str(path))
    told = load(path, id="a", outlet="b", programme="c", air_date="2020-02-29", url="d", language="fr", name="e.vtt")
    assert (told.id, told.outlet, told.programme, told.air_date) == ("a", "b", "c", date(2020, 2, 29))
    assert (told.url, told.language, told.path) == ("d", "fr", str(path))


def test_content_tells_where_nothing_else_does() -> None:
    assert load(b'{"language": "ar", "segments": [{"start": 0, "end": 1, "text": "a"}]}').language == "ar"
    assert load(b'{"params": {"language": "ar"}, "transcription": [{"text": "a"}]}').language == "ar"
    assert load(b'<tt xml:lang="uk"><p begin="1s">a</p></tt>').language == "uk"
    assert load(b'<tt xml:lang="?!"><p begin="1s">a</p></tt>').language is None


def test_an_archive_page_tells_of_its_broadcast() -> None:
    transcript = load(files.archive_page(["the truce holds", "so far"]))
    assert transcript.id == "ALJAZ_20180104_120000_Inside_the_Truce"
    assert transcript.url == "https://archive.org/details/ALJAZ_20180104_120000_Inside_the_Truce"
    assert (transcript.outlet, transcript.programme) == ("Al Jazeera English", "Inside the Truce")
    assert transcript.air_date == date(2018, 1, 4)
    assert transcript.warnings == ()


def test_an_identifier_in_the_name_tells_the_channel_that_a_heading_leaves_open() -> None:
    transcript = load(files.archive_text(["the truce", "holds"]), name="ALJAZ_20180105_000000_Other.txt")
    assert (transcript.id, transcript.outlet) == ("ALJAZ_20180105_000000_Other", "Al Jazeera English")
    assert (transcript.programme, transcript.air_date) == ("Inside the Truce", date(2018, 1, 4))


def test_the_headings_day_is_taken_over_the_identifiers_utc_day() -> None:
    page = files.archive_page(["the truce holds", "so far"]).replace(b"20180104_120000", b"20180105_000000")
    transcript = load(page)
    assert transcript.air_date == date(2018, 1, 4)
    assert transcript.warnings == (
        "the heading says 2018-01-04, the identifier 2018-01-05 (UTC); the heading's day is taken",
    )


@pytest.mark.parametrize(
    ("heading", "programme", "outlet"),
    [
        ("tv   Inside the Truce  Al Jazeera  January 4, 2018 12:00pm-12:31pm GMT", "Inside the Truce", "Al Jazeera"),
        ("tv Inside the Truce Al Jazeera January 4, 2018 12:00pm-12:31pm GMT", "Inside the Truce", "Al Jazeera"),
        ("tv BBC News BBC News January 4, 2018 12:00pm-12:31pm GMT", "BBC News", "BBC News"),
        ("tv The Late View Channel Q January 4, 2018 12:00pm-12:31pm GMT", "The Late View Channel Q", None),
    ],
)
def test_headings_of_pages_as_text(heading: str, programme: str, outlet: str | None) -> None:
    transcript = load(f"{heading}\n12:01 pm\nthe truce holds\n12:02 pm\nso far\n".encode())
    assert (transcript.programme, transcript.outlet) == (programme, outlet)
    assert transcript.air_date == date(2018, 1, 4)
    assert [cue.begin_s for cue in transcript.cues] == [60, 120]


def test_a_page_without_heading_counts_from_its_first_clock_line() -> None:
    transcript = load(b"11:59 pm\nthe truce\n12:00 am\nholds\n12:01 am\nso far\n")
    assert [cue.begin_s for cue in transcript.cues] == [0, 60, 120]
    assert transcript.warnings == ("has no heading with the programme's start: times count from its first clock line",)


def test_without_a_name_the_digest_is_the_id() -> None:
    transcript = load(SAID)
    assert transcript.id == (transcript.source_sha256 or "")[:12]
    assert from_text("the truce holds").source_sha256 is None
    assert from_text("the truce holds", name="a_2019-08-06.txt").air_date == date(2019, 8, 6)
    assert from_text(SAID.decode(), format="srt").raw == "the truce holds"


def test_a_transcript_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        load(SAID).raw = "other"  # type: ignore[misc]
