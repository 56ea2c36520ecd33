"""Every format gives the words that its file holds, at the times that its file says."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transcript_files as files
from transcript_files import Caption
from trucewatch.transcript import Transcript, cues_in_order, detect, from_text, load

# Shared machines stall: how long one example takes says nothing here.
unhurried = settings(deadline=None)

# Words of any script; no white space, controls or noncharacters, which no format can carry as they are.
_letters = st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cn"), exclude_characters="\ufeff")
_words = st.one_of(
    st.sampled_from([word for sentence in files.SENTENCES for word in sentence.split()]),
    st.text(_letters, min_size=1, max_size=8),
    st.sampled_from(
        ["-->", "&amp;", "AT&T", "<", "a<b>c", "</p>", "12", "2019", "WEBVTT", "NOTE", "{", "[", '"', "\\n"]
    ),
)


@st.composite
def captions(draw: st.DrawFn, words: st.SearchStrategy[str] = _words, overlap: bool = True) -> list[Caption]:
    """Captions in order of time; some overlap the next, as captions do."""
    made: list[Caption] = []
    at = draw(st.integers(0, 5000))
    for said in draw(st.lists(st.lists(words, min_size=1, max_size=7), min_size=1, max_size=8)):
        length = draw(st.integers(len(said) * 20, 9000))
        made.append(files.evenly(" ".join(said), at, at + length))
        at += draw(st.integers(0, length)) if overlap and draw(st.booleans()) else length + draw(st.integers(0, 3000))
    return made


def quotes(transcript: Transcript) -> list[str]:
    return [transcript.raw[cue.start : cue.end] for cue in transcript.cues]


def begins(transcript: Transcript) -> list[int]:
    return [round(cue.begin_s * 1000) for cue in transcript.cues]


def assert_times_hold(transcript: Transcript) -> None:
    """Cues in order; time never runs back along the text, and stays within the cue that holds the character."""
    assert cues_in_order(transcript.cues, len(transcript.raw))
    before = 0.0
    for offset in range(len(transcript.raw) + 1):
        cue, time = transcript.cue_at(offset), transcript.time_at(offset)
        assert cue is not None
        assert time is not None
        assert cue.begin_s - 1e-6 <= time <= cue.end_s + 1e-6
        assert time >= before - 1e-6
        before = time


def assert_reads(data: bytes, texts: Sequence[str], starts: Sequence[int], format: str) -> Transcript:
    """The file is told for what it is, and its cues quote ``texts`` and begin at ``starts`` (milliseconds)."""
    assert detect(data) == format
    transcript = load(data)
    assert transcript.format == format
    assert quotes(transcript) == list(texts)
    assert transcript.raw == " ".join(texts)
    assert begins(transcript) == list(starts)
    assert_times_hold(transcript)
    return transcript


def by_caption(made: Sequence[Caption]) -> tuple[list[str], list[int]]:
    return [caption.text for caption in made], [caption.begin for caption in made]


def by_word(made: Sequence[Caption]) -> tuple[list[str], list[int]]:
    return [word for caption in made for word in caption.words], [at for caption in made for at in caption.begins]


@unhurried
@given(captions(), st.sampled_from(["\n", "\r\n", "\r"]))
def test_webvtt_quotes_its_captions(made: list[Caption], newline: str) -> None:
    transcript = assert_reads(files.webvtt(made, newline=newline), *by_caption(made), "webvtt")
    assert transcript.language == "en"
    assert transcript.warnings == ()


# SubRip has no way to write what looks like its own markup.
_srt_words = _words.filter(lambda word: not set(word) & set("<>&{"))


@unhurried
@given(captions(_srt_words), st.sampled_from(["\n", "\r\n"]), st.sampled_from([",", "."]), st.booleans(), st.booleans())
def test_srt_quotes_its_captions(made: list[Caption], newline: str, point: str, numbered: bool, bom: bool) -> None:
    data = files.srt(made, newline=newline, point=point, numbered=numbered, bom=bom)
    transcript = assert_reads(data, *by_caption(made), "srt")
    assert transcript.warnings == ()


@unhurried
@given(captions(overlap=False))
def test_json3_quotes_every_word_at_its_own_time(made: list[Caption]) -> None:
    assert_reads(files.json3(made), *by_word(made), "json3")


@unhurried
@given(captions(overlap=False))
def test_whisper_quotes_every_word_at_its_own_time(made: list[Caption]) -> None:
    assert_reads(files.whisper(made), *by_word(made), "whisper")


@unhurried
@given(captions())
def test_whisper_without_words_quotes_its_segments(made: list[Caption]) -> None:
    assert_reads(files.whisper(made, words=False), *by_caption(made), "whisper")


@unhurried
@given(captions(overlap=False))
def test_whisper_cpp_joins_tokens_to_words(made: list[Caption]) -> None:
    assert_reads(files.whisper_cpp(made), *by_word(made), "whisper")


@unhurried
@given(captions())
def test_whisper_cpp_without_tokens_quotes_its_segments(made: list[Caption]) -> None:
    assert_reads(files.whisper_cpp(made, tokens=False), *by_caption(made), "whisper")


@unhurried
@given(captions())
def test_ttml_quotes_its_paragraphs(made: list[Caption]) -> None:
    assert_reads(files.ttml(made), *by_caption(made), "ttml")


@unhurried
@given(captions(overlap=False))
def test_ttml_spans_have_their_own_times(made: list[Caption]) -> None:
    assert_reads(files.ttml(made, spans=True), *by_word(made), "ttml")


_minutes = st.lists(st.lists(_words, min_size=1, max_size=9).map(" ".join), min_size=2, max_size=6)


@unhurried
@given(_minutes, st.sampled_from([0, 12 * 60, 23 * 60 + 57]), st.booleans())
def test_archive_page_quotes_each_minute(minutes: list[str], start: int, links: bool) -> None:
    starts = [minute * 60_000 for minute in range(len(minutes))]
    transcript = assert_reads(files.archive_page(minutes, start=start, links=links), minutes, starts, "tvarchive")
    assert (transcript.outlet, transcript.programme) == ("Al Jazeera English", "Inside the Truce")
    assert str(transcript.air_date) == "2018-01-04"


@unhurried
@given(_minutes, st.sampled_from([0, 12 * 60, 23 * 60 + 57]))
def test_archive_page_as_text_quotes_each_minute(minutes: list[str], start: int) -> None:
    data = files.archive_text(minutes, start=start)
    assert_reads(data, minutes, [minute * 60_000 for minute in range(len(minutes))], "tvarchive")


@unhurried
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(lambda text: text.strip()))
def test_plain_text_is_kept_code_point_for_code_point(text: str) -> None:
    assert from_text(text).raw == text
    assert load(b"\xef\xbb\xbf" + text.encode(), format="text").raw == text


def test_plain_text_keeps_line_ends_and_trailing_space() -> None:
    text = "first line  \r\n\tsecond\rthird \u2028fourth\n\n  \n"
    transcript = load(text.encode())
    assert transcript.raw == text
    assert (transcript.format, transcript.cues, transcript.time_at(3)) == ("text", (), None)


@st.composite
def rolling_lines(draw: st.DrawFn) -> list[Caption]:
    """Lines as YouTube shows them, each from when the one before has ended; many of them alike."""
    words = st.one_of(
        st.sampled_from(["no", "no", "yes", "truce"]), _words.filter(lambda word: not set(word) & set("<>&{"))
    )
    made: list[Caption] = []
    at = 0
    for said in draw(st.lists(st.lists(words, min_size=1, max_size=5), min_size=2, max_size=12)):
        made.append(files.evenly(" ".join(said), at, at + 1000 + 100 * len(said)))
        at = made[-1].end
    return made


@settings(unhurried, max_examples=300)
@given(rolling_lines())
def test_rolling_captions_fold_to_each_word_once_at_its_time(made: list[Caption]) -> None:
    texts, starts = by_word(made)
    if not any(len(caption.words) > 1 for caption in made):
        texts, starts = by_caption(made)
    assert_reads(files.youtube_vtt(made), texts, starts, "webvtt")


def test_rolling_srt_folds_too() -> None:
    """Converters write YouTube's rolling captions as SubRip, without time tags."""
    lines = ["the shells fell", "near the market", "for an hour", "then it was quiet", "for an hour"]
    shown = [f"{a}\n{b}" for a, b in zip(["", *lines], lines, strict=False)]
    blocks = [
        f"{n}\n{files.clock(n * 1000, ',')} --> {files.clock(n * 1000 + 1000, ',')}\n{text.strip()}"
        for n, text in enumerate(shown, 1)
    ]
    transcript = load("\n\n".join(blocks).encode())
    assert quotes(transcript) == lines
    assert begins(transcript) == [1000, 2000, 3000, 4000, 5000]


def test_roll_up_of_three_lines_folds() -> None:
    lines = [f"line number {n}" for n in range(1, 8)]
    blocks = ["WEBVTT"]
    for n in range(len(lines)):
        shown = "\n".join(lines[max(n - 2, 0) : n + 1])
        blocks.append(f"{files.clock(n * 2000)} --> {files.clock(n * 2000 + 2000)}\n{shown}")
    assert quotes(load("\n\n".join(blocks).encode())) == lines


def test_a_repeated_caption_in_a_file_that_does_not_roll_stays() -> None:
    said = ["thank you", "thank you", "♪ ♪", "♪ ♪", "and now the news", "from the north"]
    made = [files.evenly(text, n * 1000, n * 1000 + 1000) for n, text in enumerate(said)]
    assert quotes(load(files.srt(made))) == said


def test_voice_tags_mark_speaker_changes() -> None:
    cues = [("<v Samar Odeh>we left at night", 1), ("<v Samar Odeh>with nothing", 3), ("<v.loud Host>who fired?", 5)]
    body = "\n\n".join(f"00:0{at}.000 --> 00:0{at + 1}.000\n{text}" for text, at in cues)
    transcript = load(f"WEBVTT\n\n{body}\n".encode())
    assert transcript.raw == ">> we left at night with nothing >> who fired?"
    assert "Samar Odeh, Host" in transcript.warnings[0]


def test_a_voice_that_has_its_mark_already_gets_no_second_one() -> None:
    assert load(b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>>> hello there").raw == ">> hello there"


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("<i>so</i> far", "so far"),
        ("<c.yellow.bg>so</c> far", "so far"),
        ("<ruby>so<rt>oh</rt></ruby> far", "sooh far"),
        ("<lang en-GB>so</lang> far", "so far"),
        ("so<br>far", "so far"),
        ("so&nbsp;far &amp; no &lt;further&gt;&#33;", "so far & no <further>!"),
        ("R&D, AT&T and Q&A", "R&D, AT&T and Q&A"),
        ("{\\an8}so far", "so far"),
        ("<inaudible> so far", "<inaudible> so far"),
        ("<x-note>so</x-note> <mark>far</mark>", "<x-note>so</x-note> far"),
        ("5 < 6 > 4", "5 < 6 > 4"),
        ("mail <bob@example.org>", "mail <bob@example.org>"),
        ("so <00:01.500>far", "so far"),
        ("syn<00:01.500>chron", "synchron"),
    ],
)
def test_markup_in_captions(markup: str, plain: str) -> None:
    assert load(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{markup}\n".encode()).raw == plain
    assert load(f"1\n00:00:01,000 --> 00:00:02,000\n{markup}\n".encode()).raw == plain


def test_time_tags_outside_their_cue_are_not_believed() -> None:
    transcript = load(b"WEBVTT\n\n00:01.000 --> 00:02.000\na <00:09.000>b <00:01.600>c <00:01.200>d")
    assert quotes(transcript) == ["a b", "c d"]
    assert begins(transcript) == [1000, 1600]


def test_srt_without_indexes_keeps_a_number_that_is_said() -> None:
    data = b"00:01,000 --> 00:02,000\nit began in\n\n00:03,000 --> 00:04,000\n2011\n\n00:05,000 --> 00:06,000\nor so\n"
    assert quotes(load(data)) == ["it began in", "2011", "or so"]


def test_srt_without_blank_lines() -> None:
    data = b"1\n0:00:01,0 --> 0:00:02,0\none\n2\n0:00:03,0 --> 0:00:04,0\ntwo\n3\n0:00:05,0 --> 0:00:06,0\n3\n"
    assert quotes(load(data)) == ["one", "two", "3"]


def test_text_after_a_blank_line_is_not_lost() -> None:
    data = b"1\n00:00:01,000 --> 00:00:02,000\nfirst\n\nsecond\n\n2\n00:00:03,000 --> 00:00:04,000\nthird\n"
    transcript = load(data)
    assert quotes(transcript) == ["first second", "third"]
    assert transcript.warnings == ("line 5: text after a blank line is kept with the caption before it",)


def test_a_caption_with_an_unreadable_time_keeps_its_text_between_its_neighbours() -> None:
    data = b"WEBVTT\n\n00:01.000 --> 00:02.000\none\n\n00:0x.000 --> 00:04.000\ntwo\n\n00:06.000 --> 00:07.000\nthree\n"
    transcript = load(data)
    assert quotes(transcript) == ["one", "two", "three"]
    assert [(cue.begin_s, cue.end_s) for cue in transcript.cues] == [(1, 2), (2, 6), (6, 7)]
    assert transcript.warnings[0].startswith("line 6: caption without a readable time")


def test_captions_a_little_out_of_order_are_put_in_order() -> None:
    made = [
        files.evenly(text, at, at + 900) for text, at in (("one", 1000), ("three", 3000), ("two", 2000), ("four", 4000))
    ]
    transcript = load(files.srt(made))
    assert quotes(transcript) == ["one", "two", "three", "four"]
    assert "put in order of time" in transcript.warnings[0]


def test_times_in_every_ttml_notation() -> None:
    times = ["00:00:01", "00:00:02.5", "00:00:03:10", "4s", "5000ms", "0.1m", "0.002h", "200f", "90t"]
    paragraphs = "".join(f'<p begin="{time}" dur="10ms">p{n}</p>' for n, time in enumerate(times))
    parameters = 'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ttp:frameRate="25" ttp:tickRate="10"'
    transcript = load(f'<tt xmlns="http://www.w3.org/ns/ttml" {parameters}><body>{paragraphs}</body></tt>'.encode())
    assert begins(transcript) == [1000, 2500, 3400, 4000, 5000, 6000, 7200, 8000, 9000]


def test_ttml_times_count_from_their_parent_and_in_sequences_from_the_one_before() -> None:
    data = (
        b'<tt xmlns="http://www.w3.org/2006/10/ttaf1"><body begin="10s">'
        b'<div begin="1s"><p begin="1s" end="2s">a</p></div>'
        b'<div begin="5s" timeContainer="seq"><p dur="2s">b</p><p dur="3s">c</p></div></body></tt>'
    )
    transcript = load(data)
    assert [(cue.begin_s, cue.end_s) for cue in transcript.cues] == [(12, 13), (15, 17), (17, 20)]


def test_drop_frame_rates_use_their_multiplier() -> None:
    data = (
        b'<tt xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001">'
        b'<body><p begin="30f" dur="1s">a</p></body></tt>'
    )
    assert load(data).cues[0].begin_s == pytest.approx(1.001)


def test_whisperx_words_without_times_take_their_neighbours() -> None:
    words = [
        {"word": "about", "start": 1.0, "end": 1.4},
        {"word": "200"},
        {"word": "shells.", "start": 2.0, "end": 2.5},
    ]
    segment = {"start": 1.0, "end": 2.5, "text": " about 200 shells.", "words": words, "speaker": "SPEAKER_01"}
    transcript = load(json.dumps({"segments": [segment], "word_segments": words}).encode())
    assert quotes(transcript) == [">> about", "200", "shells."]
    assert [(cue.begin_s, cue.end_s) for cue in transcript.cues] == [(1.0, 1.4), (1.4, 2.0), (2.0, 2.5)]


def test_a_bare_list_of_segments_and_transformers_chunks() -> None:
    assert quotes(load(b'[{"start": 0, "end": 1, "text": " a truce"}]')) == ["a truce"]
    assert load(b'[{"start": 1, "duration": 2.5, "text": "a truce"}]').cues[0].end_s == 3.5
    assert quotes(load(b'{"text": "a", "chunks": [{"timestamp": [0.0, null], "text": " a truce"}]}')) == ["a truce"]


def test_words_that_do_not_spell_the_segment_leave_it_whole() -> None:
    segment = {"start": 0, "end": 2, "text": " the truce holds", "words": [{"word": "elephant", "start": 0, "end": 1}]}
    transcript = load(json.dumps({"segments": [segment]}).encode())
    assert quotes(transcript) == ["the truce holds"]
    assert "words do not spell the segment's text" in transcript.warnings[0]


def test_punctuation_between_words_is_kept() -> None:
    words = [{"word": "No", "start": 0, "end": 1}, {"word": "truce", "start": 1, "end": 2}]
    transcript = load(
        json.dumps({"segments": [{"start": 0, "end": 2, "text": "«No»,  truce!", "words": words}]}).encode()
    )
    assert quotes(transcript) == ["«No»,", "truce!"]


def test_appended_segments_go_on_where_the_last_left_off() -> None:
    events = [
        {"tStartMs": 0, "dDurationMs": 2000, "segs": [{"utf8": "cease"}]},
        {"tStartMs": 500, "dDurationMs": 2000, "aAppend": 1, "segs": [{"utf8": "fire"}]},
        {"tStartMs": 1000, "aAppend": 1, "segs": [{"utf8": "\n"}]},
        {"tStartMs": 1500, "dDurationMs": 100, "segs": [{"utf8": "now"}]},
    ]
    assert load(json.dumps({"events": events}).encode()).raw == "ceasefire now"


def test_json3_numbers_written_as_text() -> None:
    data = b'{"events": [{"tStartMs": "1500", "dDurationMs": "500", "segs": [{"utf8": "a truce"}]}]}'
    assert [(cue.begin_s, cue.end_s) for cue in load(data).cues] == [(1.5, 2.0)]


def test_a_blank_line_between_timing_and_text_is_no_reason_to_warn() -> None:
    """Editors take the blank out of the empty line that YouTube writes on top."""
    transcript = load(b"WEBVTT\n\n00:01.000 --> 00:02.000\n\nthe truce\n\n00:02.000 --> 00:03.000\nholds\n")
    assert (quotes(transcript), transcript.warnings) == (["the truce", "holds"], ())


def test_escapes_that_are_no_characters_become_the_replacement_character() -> None:
    transcript = load(b'{"segments": [{"start": 0, "end": 1, "text": "a\\ud83d b\\u0000 \\ud83d\\ude00"}]}')
    assert transcript.raw == "a\ufffd b\ufffd \U0001f600"
    assert len(transcript.warnings) == 2


_WRITERS: list[tuple[str, Callable[[Sequence[Caption]], bytes]]] = [
    ("webvtt", files.webvtt),
    ("srt", files.srt),
    ("json3", files.json3),
    ("whisper", files.whisper),
    ("whisper", files.whisper_cpp),
    ("ttml", files.ttml),
    ("webvtt", files.youtube_vtt),
]


@pytest.mark.parametrize(("format", "write"), _WRITERS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_the_same_transcript_from_any_unicode_encoding(
    format: str, write: Callable[[Sequence[Caption]], bytes], encoding: str
) -> None:
    made = [files.evenly(text, n * 4000, n * 4000 + 4000) for n, text in enumerate(files.SENTENCES)]
    data = write(made)
    recoded = load(data.decode().encode(encoding))
    plain = load(data)
    assert (recoded.raw, recoded.cues, recoded.format) == (plain.raw, plain.cues, format)
    assert recoded.sha256 == plain.sha256
    assert recoded.source_sha256 != plain.source_sha256


@pytest.mark.parametrize(
    "text",
    [
        "[music] the truce holds",
        "{sighs} no",
        "[[inaudible]] he said",
        "<inaudible> he said",
        "we meet at 10:00 am\n10:30 am\nor later",
        "arrows --> are not times",
        "WEBVTTX is no header",
        "1\n2\n3",
    ],
)
def test_plain_text_is_not_taken_for_a_format(text: str) -> None:
    assert load(text.encode()).raw == text
    assert detect(text.encode()) == "text"
