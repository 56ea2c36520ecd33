"""Why words were put right or not, and the names that are only suggested."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from functools import lru_cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len
from rich.console import Console

from trucewatch.cli import cli
from trucewatch.publish.explained import print_explanation
from trucewatch.reading import phones as ph
from trucewatch.reading import sounds
from trucewatch.reading.document import tokenise
from trucewatch.reading.explain import Explanation, align_phones, explain, find_words
from trucewatch.reading.model import Reading
from trucewatch.reading.pipeline import Pipeline, suggested_names
from trucewatch.score import Score
from trucewatch.transcript import from_text, load
from trucewatch.transcript.model import Transcript

SYRIA = Path(__file__).parents[1] / "examples" / "syria_2019-07-24.txt"


@lru_cache(maxsize=1)
def pipeline() -> Pipeline:
    return Pipeline()


@lru_cache(maxsize=1)
def syria() -> Transcript:
    return load(SYRIA)


@lru_cache(maxsize=16)
def of_words(words: str) -> Explanation:
    return explain(pipeline(), syria(), *find_words(syria().raw, words))


def run(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(cli, ["explain", *map(str, arguments)], prog_name="trucewatch")


def flat(text: str) -> str:
    return " ".join(text.split())


# ---------------------------------------------------------------- two sounds side by side


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("con shake hoon", "Khan Sheikhoun"),
        ("it lib", "Idlib"),
        ("sir", "Saraqib"),
        ("gauzy on tap", "Gaziantep"),
        ("a", "Oman"),
    ],
)
def test_two_sounds_side_by_side_cost_what_the_step_says_they_cost(heard: str, said: str) -> None:
    ours = tuple(p for t in tokenise(heard) for p in ph.token_phones(t.norm, t.dotted))
    for theirs in ph.name_phones(said):
        a, b = ph.encode(ours), ph.encode(theirs)
        aligned = align_phones(a, b)
        distance = float(ph.distances(ph.pad([a], 24), ph.pad([b], 24))[0])
        assert sum(aligned.cost) == pytest.approx(distance, abs=0.02)
        assert tuple(p for p in aligned.heard if p) == ours
        assert tuple(p for p in aligned.said if p) == theirs
        assert all(one or other for one, other in zip(aligned.heard, aligned.said, strict=True))
        assert aligned.scale == pytest.approx(
            float(max(ph.weight(ph.pad([a], 24))[0], ph.weight(ph.pad([b], 24))[0])), abs=0.01
        )


def test_a_sound_beside_itself_costs_nothing_and_has_no_gaps() -> None:
    code = ph.encode(ph.name_phones("Saraqib")[0])
    aligned = align_phones(code, code)
    assert not any(aligned.cost)
    assert aligned.heard == aligned.said


# ---------------------------------------------------------------- what an explanation holds


def test_an_explanation_says_what_the_reading_says_and_rests_on_the_same_figures() -> None:
    reading = pipeline().read(syria())
    mention = next(m for m in reading.mentions if m.heard == "con shake hoon")
    found = of_words("con shake hoon")
    (outcome,) = found.outcomes
    assert (outcome.what, outcome.step, outcome.reads, outcome.entity_id) == (
        "put right", "sounds", mention.name, mention.entity_id,
    )  # fmt: skip
    assert (outcome.start, outcome.end, outcome.why) == (mention.start, mention.end, mention.why)
    window = found.names.windows[0]
    best = window.options[0]
    assert (window.start, window.end, window.why_not) == (mention.start, mention.end, None)
    assert best.name == mention.name
    assert best.probability == pytest.approx(mention.confidence, abs=0.001)
    assert found.names.apply is not None
    assert best.probability >= found.names.apply
    weights = {ground.detail: ground.weight for ground in best.grounds}
    for reason in mention.why:
        if reason.kind == "sense" and reason.weight is not None:
            assert weights[reason.detail] == pytest.approx(reason.weight, abs=0.002)
        if reason.kind == "sound":
            assert weights["how alike they sound"] == pytest.approx(reason.weight, abs=0.002)
    heaviest = [abs(ground.weight) for ground in best.grounds]
    assert heaviest == sorted(heaviest, reverse=True)


def test_the_similarity_is_that_of_the_sounds_side_by_side() -> None:
    options = [o for w in of_words("con shake hoon").names.windows for o in w.options]
    assert len(options) > 2
    for option in options:
        shown = 1 - sum(option.aligned.cost) / option.aligned.scale
        assert option.similarity == pytest.approx(shown, abs=0.01)


def test_what_was_listened_to_is_what_the_step_listens_to_and_all_else_has_a_reason() -> None:
    raw = syria().raw
    found = explain(pipeline(), syria(), 0, len(raw))
    assert (found.start, found.end) == (tokenise(raw)[0].start, tokenise(raw)[-1].end)
    windows = found.names.windows
    assert windows
    assert all(w.why_not is None for w in windows), "over a long stretch only what was listened to is told"
    silent = 0
    for token in tokenise(raw)[3:130:8]:
        one = explain(pipeline(), syria(), token.start, token.end).names.windows
        own = next(w for w in one if (w.start, w.end) == (token.start, token.end))
        listened = any((w.start, w.end) == (token.start, token.end) for w in windows)
        assert (own.why_not is None) == listened, token.raw
        silent += not listened
        if own.why_not and (figure := re.search(r"surprise ([\d.]+)", own.why_not)):
            assert float(figure[1]) <= sounds.SURPRISE
        if own.why_not and "begin or end" in own.why_not:
            pytest.fail(f"one word cannot be said to begin or end on another: {token.raw}")
    assert 3 < silent < 16


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("morning", "expected here: surprise"),
        ("and", "only function words|too few"),
        ("Idlib", "stands there as Idlib"),
    ],
)
def test_where_nothing_was_listened_to_the_reason_is_told(words: str, why: str) -> None:
    text = "The army shelled Idlib in the morning and Aleppo, Damascus says. Syria denies it."
    found = explain(pipeline(), from_text(text), *find_words(text, words), "syria")
    own = next(w for w in found.names.windows if w.heard == words)
    assert own.why_not is not None
    assert re.search(why, own.why_not), own.why_not


def test_nearest_names_are_told_where_none_was_judged() -> None:
    text = "the rebels of zzyxor quamble said so in syria and idlib and aleppo"
    found = explain(pipeline(), from_text(text), *find_words(text, "quamble"), "syria")
    silent = [w for w in found.names.windows if not w.options and w.near]
    assert silent
    for window in silent:
        alike = [near.similarity for near in window.near]
        assert alike == sorted(alike, reverse=True)
        assert all(near.why_not for near in window.near)
        for near in window.near:
            assert (near.similarity < window.floor) == near.why_not.startswith("less alike") or window.why_not


def test_words_that_stand_as_names_say_which_step_found_them_and_how() -> None:
    text = "jets bombed idlib and the syrian army says nothing"
    found = explain(pipeline(), from_text(text), *find_words(text, "idlib"), "syria")
    (outcome,) = found.outcomes
    assert (outcome.what, outcome.step, outcome.reads) == ("spelled", "names", "Idlib")
    assert outcome.why


def test_an_ordinary_word_is_held_against_others_by_sound_and_sense() -> None:
    found = of_words("selling")
    own = next(w for w in found.words.windows if w.heard == "selling")
    assert "shelling" in {o.name for o in own.options} | {n.name for n in own.near}
    assert found.words.apply is not None
    options = [o for w in explain(pipeline(), syria(), 0, len(syria().raw)).words.windows for o in w.options]
    assert options
    for option in options:
        assert option.note is not None
        assert re.fullmatch(r"fits here \d+\.\d log-odds (better|worse) than what was heard", option.note)
        assert 1 - sum(option.aligned.cost) / option.aligned.scale == pytest.approx(option.similarity, abs=0.01)
        assert option.grounds


def test_words_that_sound_alike_but_were_not_judged_say_why() -> None:
    near = [n for w in of_words("selling").words.windows for n in w.near]
    assert near
    assert all("fits no better" in n.why_not or "others sound more alike" in n.why_not for n in near)


def test_between_words_the_next_one_is_meant_and_after_the_last_there_is_none() -> None:
    raw = "jets bombed idlib  "
    assert explain(pipeline(), from_text(raw), 4, 5).heard == "bombed"
    with pytest.raises(ValueError, match="no word stands at character 18"):
        explain(pipeline(), from_text(raw), 18, 19)
    with pytest.raises(ValueError, match="characters 0 to 18"):
        explain(pipeline(), from_text(raw), 19, 20)


def test_words_are_found_whole_first_in_any_case_over_any_space() -> None:
    raw = "Splitting it  Lib and it\nlib"
    assert find_words(raw, "IT LIB") == (10, 17)
    assert find_words("litter it", "it") == (7, 9)
    with pytest.raises(ValueError, match="does not stand in the text"):
        find_words(raw, "idlib")


def test_whoever_watches_sees_the_document_before_each_step() -> None:
    seen: list[tuple[str, int]] = []
    doc = pipeline().document(syria(), watch=lambda step, doc: seen.append((step, len(doc.names))))
    assert [step for step, _ in seen] == list(pipeline().steps)
    found = dict(seen)
    assert (found["words"], found["names"]) == (0, 0)
    assert 0 < found["sounds"] < found["worldplaces"] <= len(doc.names)


def test_the_same_words_are_explained_alike_twice() -> None:
    again = explain(pipeline(), syria(), *find_words(syria().raw, "con shake hoon"))
    assert again == of_words("con shake hoon")


# ---------------------------------------------------------------- suggested names


@pytest.fixture
def cautious(monkeypatch: pytest.MonkeyPatch) -> Reading:
    """The example read by a judge that puts hardly anything right, and so suggests."""
    judges = sounds.judge()
    assert judges is not None
    strict = dataclasses.replace(judges, together=dataclasses.replace(judges.together, apply=0.999))
    monkeypatch.setattr(sounds, "judge", lambda: strict)
    return pipeline().read(syria())


def test_what_is_not_sure_enough_is_suggested_and_stays_as_heard(cautious: Reading) -> None:
    usual = pipeline()
    suggestion = next(s for s in cautious.suggestions if s.heard == "con shake hoon")
    assert (suggestion.name, suggestion.level, suggestion.kind) == ("Khan Sheikhoun", "suggested", "place")
    assert suggestion.entity_id
    assert suggestion.why
    assert 0.2 < suggestion.confidence < 0.999
    assert cautious.raw[suggestion.start : suggestion.end] == suggestion.heard
    assert "con shake hoon" in cautious.text.lower()
    assert not any(m.recovered for m in cautious.mentions)
    assert not any("Khan Sheikhoun" in (*c.places, *c.actors) for c in cautious.claims)
    assert [s.id for s in cautious.suggestions] == [f"s{n}" for n in range(1, len(cautious.suggestions) + 1)]
    starts = [s.start for s in cautious.suggestions]
    assert starts == sorted(starts)
    assert usual.steps == cautious.reader.steps


def test_no_suggestion_stands_over_what_was_put_right_or_names_what_stands_there(cautious: Reading) -> None:
    assert len(cautious.suggestions) > 3
    for reading in (cautious, Pipeline().read(load(SYRIA.parent / "sudan_2023-06-11.en.vtt"))):
        for s in reading.suggestions:
            for m in reading.mentions:
                if m.start < s.end and s.start < m.end:
                    assert not m.recovered
                    assert m.entity_id != s.entity_id
            assert not any(c.start < s.end and s.start < c.end for c in reading.corrections)


def test_a_word_that_was_put_right_or_a_name_that_stands_there_ends_a_suggestion(cautious: Reading) -> None:
    doc = pipeline().document(syria())
    judged = suggested_names(doc)
    first, second, third = judged[:3]
    doc.suggested.reverse()
    assert suggested_names(doc) == judged
    doc.fixes[first.first] = (first.last, "shelling")
    doc.names.append(dataclasses.replace(second, recovered=False))
    doc.names.append(dataclasses.replace(third, entity=first.entity, recovered=True))
    assert suggested_names(doc) == judged[3:]


def test_suggestions_are_not_scored(cautious: Reading) -> None:
    gold = {"mentions": [{"start": s.start, "end": s.end, "heard": s.heard, "name": s.name, "kind": s.kind}
                         for s in cautious.suggestions], "corrections": [], "claims": [], "voices": []}  # fmt: skip
    results = []
    for reading in (cautious, cautious.model_copy(update={"suggestions": ()})):
        score = Score()
        score.one("x", reading.raw, gold, reading.model_dump(mode="json"))
        results.append(score.result())
    assert results[0] == results[1]


def test_a_suggestion_is_explained_as_one(cautious: Reading) -> None:
    suggestion = next(s for s in cautious.suggestions if s.heard == "con shake hoon")
    found = explain(pipeline(), syria(), suggestion.start, suggestion.end)
    (outcome,) = found.outcomes
    assert (outcome.what, outcome.reads, outcome.confidence) == ("suggested", suggestion.name, suggestion.confidence)
    told = printed(found, syria().raw)
    assert "“con shake hoon” was left; perhaps Khan Sheikhoun" in told
    assert re.search(r"1\. Khan Sheikhoun \(place\): \.\d\d alike; .*: suggested", told)


# ---------------------------------------------------------------- for people


def printed(found: Explanation, raw: str, width: int = 100) -> str:
    out = io.StringIO()
    print_explanation(found, raw, Console(file=out, width=width))
    return out.getvalue()


@pytest.mark.parametrize(
    "words", ["con shake hoon", "shake", "selling", "the strongest armed group in the province hi at"]
)
@pytest.mark.parametrize("width", [72, 100])
def test_no_line_is_wider_than_the_console_or_ends_in_space(words: str, width: int) -> None:
    told = printed(of_words(words), syria().raw, width).splitlines()
    assert max(cell_len(line) for line in told) <= width
    assert not [line for line in told if line != line.rstrip() and "^" not in line and told.index(line) > 0]


def test_the_words_are_marked_in_their_line() -> None:
    line, marks = printed(of_words("shake"), syria().raw).splitlines()[:2]
    at = marks.index("^")
    assert marks.strip() == "^" * len("shake")
    assert line[at : at + len("shake")] == "shake"


def test_sounds_stand_under_each_other_and_their_costs_under_them() -> None:
    told = printed(of_words("con shake hoon"), syria().raw).splitlines()
    at = next(n for n, line in enumerate(told) if line.strip().startswith("heard"))
    heard, said, cost, alike = told[at : at + 4]
    assert heard.split()[1:] == ["K", "AA", "N", "SH", "EY", "K", "HH", "UW", "N"]
    assert said.split()[1:] == ["K", "AA", "N", "SH", "EY", "K", "-", "UW", "N"]
    column = said.index("-")
    assert heard[column : column + 2] == "HH"
    assert re.match(r"\.\d\d", cost[column:])
    assert re.search(r"1 - \d\.\d\d / \d\.\d\d = \.?\d", alike)


def test_hostile_text_commands_nothing_and_is_no_markup() -> None:
    raw = "jets bombed \x1b[31m [bold red]sarakeb[/bold red] in syria \x07 today"
    told = printed(explain(pipeline(), from_text(raw), *find_words(raw, "sarakeb"), "syria"), raw)
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "[bold red]" in told


# ---------------------------------------------------------------- the command


def test_the_command_explains_words_and_offsets_alike() -> None:
    start, end = find_words(syria().raw, "con shake hoon")
    by_words, by_offsets = run(SYRIA, "--words", "Con Shake hoon"), run(SYRIA, "--at", f"{start}-{end}")
    assert by_words.exit_code == 0
    assert by_words.stdout == by_offsets.stdout
    told = flat(by_words.stdout)
    assert "was put right: Khan Sheikhoun (place, syria:sy-khan-sheikhoun), probability ." in told
    assert re.search(r"put right from \.\d\d, suggested from \.\d\d", told)
    assert max(map(len, by_words.stdout.splitlines())) <= 100
    inside = run(SYRIA, "--at", start + 5)
    assert f"characters {start + 4} to {start + 9} of" in inside.stdout


def test_the_command_gives_all_as_json() -> None:
    told = json.loads(run(SYRIA, "--words", "con shake hoon", "--json").stdout)
    found = of_words("con shake hoon")
    assert told["heard"] == "con shake hoon"
    assert told["outcomes"][0]["why"][0]["kind"] == "sound"
    assert len(told["names"]["windows"]) == len(found.names.windows)
    assert told["names"]["windows"][0]["options"][0]["aligned"]["cost"] == list(
        found.names.windows[0].options[0].aligned.cost
    )


def test_a_theatre_given_is_the_one_at_hand() -> None:
    told = json.loads(run(SYRIA, "--words", "con shake hoon", "--theatre", "ukraine", "--json").stdout)
    assert told["theatre"] == "ukraine"


def test_the_users_names_file_has_its_say(tmp_path: Path) -> None:
    names = tmp_path / "names.yaml"
    names.write_text("- never: [con shake hoon]\n- heard: so chee\n  entity: syria:sy-idlib\n", encoding="utf-8")
    told = flat(run(SYRIA, "--words", "con shake hoon", "--names", names).stdout)
    assert "your names file says that “con shake hoon” is never to be put right" in told
    assert "“con shake hoon” was left as heard" in told
    taught = flat(run(SYRIA, "--words", "so chee", "--names", names).stdout)
    assert "was put right: Idlib" in taught
    assert "(step taught)" in taught


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--at", "999999"], "character 999999 is not in the text, which has characters 0 to"),
        (["--at", "5-999999"], "characters 5 to 999999 are not in the text"),
        (["--at", "5-5"], "must be greater"),
        (["--at", "9-3"], "must be greater"),
        (["--at", "-3"], "give one offset"),
        (["--at", "here"], "give one offset"),
        (["--words", "no such words"], "does not stand in the text"),
        (["--words", " "], "no words are given"),
        ([], "give either --at OFFSET or --words WORDS"),
        (["--at", "5", "--words", "it"], "give either --at OFFSET or --words WORDS"),
        (["--at", "5", "--theatre", "atlantis"], "atlantis"),
        (["--at", "5", "--names", "none.yaml"], "none.yaml"),
    ],
)
def test_wrong_usage_is_told_in_a_line_and_exits_2(arguments: list[str], said: str) -> None:
    told = run(SYRIA, *arguments)
    assert told.exit_code == 2
    assert said in flat(told.stderr)
    assert told.stdout == ""


def test_a_file_that_cannot_be_read_exits_2_and_is_named_with_a_cure(tmp_path: Path) -> None:
    empty = tmp_path / "empty.srt"
    empty.write_text("")
    for path in (empty, tmp_path / "none.txt", tmp_path):
        told = run(path, "--at", "5")
        assert told.exit_code == 2, path
        assert str(path) in told.stderr.replace("\n", "")
        assert re.search(r": .+; .+", told.stderr)
