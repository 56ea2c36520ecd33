"""The page: everything of the reading is on it, nothing of the transcript can act on it, nothing is fetched for it."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from html.parser import HTMLParser
from typing import Any

import lxml.html
import pytest

from sample_reading import RAW, sample_reading
from trucewatch.publish.marks import marks_of
from trucewatch.publish.page import render_page
from trucewatch.publish.seen import visible
from trucewatch.reading.model import Reading

HOSTILE = (
    '<script>alert(1)</script> "\' onmouseover=alert(2) x=" </style><img src=x onerror=alert(3)> {{ 7*7 }} {% raw %} '
    "]]> --> \u202egnp.exe\u202c \x00\x07\x1b[31m \u05e9\u05dc\u05d5\u05dd \u0625\u062f\u0644\u0628 &lt;b&gt; &amp; "
    "javascript:alert(4) </script><svg onload=alert(5)> \ufeff \U0001f600"
)
VOID = {"meta", "br", "hr", "img", "input", "link", "path", "circle", "rect"}


def page_of(reading: Reading) -> Any:
    return lxml.html.document_fromstring(render_page(reading))


def hostile_reading(text: str = HOSTILE) -> Reading:
    """The sample with ``text`` in every string of it that a transcript, a file name or a theatre could reach."""
    length = len(text)
    base = sample_reading().model_dump()
    base.update(raw=text, text=text, warnings=[text], sentences=[{"start": 0, "end": length, "text": text}])
    base["transcript"].update(
        id=text, outlet=text, programme=text, url=text, air_date=text, theatre=text, language=text
    )
    evidence = [{"kind": text, "detail": text, "weight": 1.0}]
    for mention in base["mentions"]:
        mention.update(start=0, end=length, heard=text, name=text, why=evidence)
        mention["candidates"] = [{"name": text, "confidence": 0.2}]
    for suggestion in base["suggestions"]:
        suggestion.update(start=1, end=length, heard=text, name=text, why=evidence)
        suggestion["candidates"] = [{"name": text, "confidence": 0.2}]
    for correction in base["corrections"]:
        correction.update(start=2, end=length + 5, heard=text, read=text)
    base["voices"] = [{"start": 0, "end": length, "role": "speaker", "name": text}]
    for claim in base["claims"]:
        claim.update(start=1, end=9, text=text, trigger=text, actors=[text], places=[text], source=text, purpose=text)
        claim.update(recipients=[text], why=evidence, voice=0)
        claim["date"] = {"earliest": text, "latest": text, "precision": "day"}
    return Reading.model_validate(base)


class Balance(HTMLParser):
    """Checks that every element is closed, by the element that was opened last."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.seen: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def parsed(page: str) -> Balance:
    balance = Balance()
    balance.feed(page)
    balance.close()
    return balance


@pytest.mark.parametrize("reading", [sample_reading(), hostile_reading()], ids=["sample", "hostile"])
def test_every_element_is_closed(reading: Reading) -> None:
    balance = parsed(render_page(reading))
    assert not balance.wrong
    assert not balance.open


def test_hostile_text_adds_no_element_and_no_attribute() -> None:
    benign = parsed(render_page(hostile_reading(re.sub(r"[^\w\s]", "·", HOSTILE))))
    hostile = parsed(render_page(hostile_reading()))
    shapes = [[(tag, sorted(name for name, _value in attrs)) for tag, attrs in page.seen] for page in (benign, hostile)]
    assert shapes[0] == shapes[1]
    names = {name for _tag, attrs in hostile.seen for name, _value in attrs}
    assert not [name for name in names if name.startswith("on") or name == "style"]


def test_hostile_text_is_shown_as_it_is_with_its_unseen_characters_made_visible() -> None:
    page = render_page(hostile_reading())
    raw = "".join(p.text_content() for p in page_of(hostile_reading()).iterfind(".//p[@class='raw']"))
    assert raw == visible(HOSTILE)
    for char in "\x00\x07\x1b\u202e":
        assert char not in page


def test_a_template_in_the_transcript_is_not_run() -> None:
    assert "{{ 7*7 }}" in render_page(hostile_reading())


def test_the_policy_lets_only_the_pages_own_script_and_style_work() -> None:
    page = render_page(hostile_reading())
    policy = page_of(hostile_reading()).find(".//meta[@http-equiv]").get("content")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        bodies = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert len(bodies) == 1
        digest = base64.b64encode(hashlib.sha256(bodies[0].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy


@pytest.mark.parametrize("reading", [sample_reading(), hostile_reading()], ids=["sample", "hostile"])
def test_nothing_on_the_page_is_fetched_or_leads_away(reading: Reading) -> None:
    page = render_page(reading)
    attributes = [(n, v or "") for _tag, attrs in parsed(page).seen for n, v in attrs]
    assert [v for n, v in attributes if n in {"src", "srcset", "action", "data", "poster", "xlink:href"}] == []
    assert {v for n, v in attributes if n == "href"} == {"#claims"}
    own = "".join(re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", page, re.DOTALL))
    assert not re.search(r"https?:|//[a-z]|@import|url\(|fetch\(|XMLHttp|innerHTML|eval\(", own)


def test_the_address_of_the_broadcast_is_text_not_a_link() -> None:
    page = page_of(sample_reading())
    assert "https://archive.example/newsline?id=7&t=2" in page.text_content()


def test_the_same_reading_gives_the_same_bytes() -> None:
    assert render_page(sample_reading()) == render_page(sample_reading())


def test_the_head_says_what_was_read_and_by_what() -> None:
    head = page_of(sample_reading()).find(".//header").text_content()
    told = " ".join(head.split())
    for needed in (
        "Newsline International: Newsline at Nine",
        "6 December 2024",
        "sudan",
        "newsline-2024-12-06",
        sample_reading().transcript.sha256[:12],
        "trucewatch 0.1.0",
        "24 claims",
        "11 names put right",
    ):
        assert needed in told
    assert "the file has no times" in head


def test_every_mention_correction_and_suggestion_is_marked_in_both_columns_and_has_a_card() -> None:
    reading, page = sample_reading(), page_of(sample_reading())
    assert len(marks_of(reading)) == len(reading.mentions) + len(reading.corrections) + len(reading.suggestions)
    for number, mark in enumerate(marks_of(reading)):
        for column in ("raw", "restored"):
            holders = page.xpath(f".//p[@class='{column}']//span[contains(concat(' ', @data-m, ' '), ' {number} ')]")
            assert holders, (column, mark.heard)
        raw = page.xpath(f".//p[@class='raw']//span[contains(concat(' ', @data-m, ' '), ' {number} ')]")
        assert "".join(h.text_content() for h in raw) == mark.heard
        card = page.xpath(f".//div[@class='about'][@data-m='{number}']")[0].text_content()
        assert mark.heard in card
        assert all(reason.detail in card for reason in mark.why)


def test_runners_up_and_confidence_are_on_the_card() -> None:
    card = next(
        c for c in page_of(sample_reading()).xpath(".//div[@class='about'][@data-m]") if "kuh tomb" in c.text_content()
    )
    told = " ".join(card.text_content().split())
    assert "Khartoum 14%" in told
    assert "Confidence 73%" in told
    assert "+1.9" in told
    assert "put right" in told


def test_a_suggestion_is_shown_quietly_counted_explained_and_changes_no_word() -> None:
    page = page_of(sample_reading())
    for column in ("raw", "restored"):
        (marked,) = page.xpath(f".//p[@class='{column}']//span[contains(@class, 'maybe')]")
        assert marked.text_content() == "a nurse"
        assert marked.get("class") == "m maybe"
    (card,) = page.xpath(".//div[@class='about'][@data-m][contains(., 'left as heard')]")
    told = " ".join(card.text_content().split())
    for needed in ("Perhaps En Nahud place", "Heard a nurse , which may be En Nahud", "27%", "Nasir 6%", "+0.7"):
        assert needed in told.replace("nurse,", "nurse ,")
    assert "1 name perhaps misheard" in " ".join(page.find(".//header").text_content().split())
    assert "perhaps a name, left as heard" in page.xpath(".//p[@class='key']")[0].text_content()
    assert "En Nahud" not in page.xpath(".//section[@class='put-right']")[0].text_content()


def test_without_suggestions_the_legend_does_not_speak_of_them() -> None:
    page = page_of(sample_reading().model_copy(update={"suggestions": ()}))
    assert "left as heard" not in page.xpath(".//p[@class='key']")[0].text_content()
    assert not page.xpath(".//*[contains(@class, 'maybe')]")


def test_a_suggestion_over_a_mention_keeps_the_mentions_look_and_adds_its_own() -> None:
    reading = sample_reading()
    chad = next(m for m in reading.mentions if m.heard == "chad")
    over = reading.suggestions[0].model_copy(update={"start": chad.start, "end": chad.end, "heard": "chad"})
    page = page_of(reading.model_copy(update={"suggestions": (over,)}))
    (marked,) = page.xpath(".//p[@class='restored']//span[contains(@class, 'maybe')]")
    assert (marked.get("class"), marked.text_content()) == ("m k-place maybe", "Chad")


def test_a_name_put_right_shows_what_was_heard_struck_before_it() -> None:
    fixed = page_of(sample_reading()).xpath(".//p[@class='restored']//span[contains(@class, 'fix')]")
    shown = [(f.findtext("del"), f.find("ins").text_content()) for f in fixed]
    assert ("el fashion", "El Fasher") in shown
    assert ("truth", "truce") in shown
    assert len(shown) == 13


def test_every_claim_is_listed_with_its_stance_its_teller_and_its_words() -> None:
    reading, page = sample_reading(), page_of(sample_reading())
    items = page.xpath(".//li[contains(@class, 'claim ')]")
    assert len(items) == len(reading.claims)
    for number, (claim, item) in enumerate(zip(reading.claims, items, strict=True)):
        told = " ".join(item.text_content().split())
        assert claim.stance in item.xpath(".//span[contains(@class, 'badge')]")[0].text_content()
        assert (claim.source or "by") in item.xpath("./p[@class='by']")[0].text_content()
        assert claim.text in told
        for name in (*claim.actors, *claim.places):
            assert name in told
        for column in ("raw", "restored"):
            path = f".//p[@class='{column}']//span[contains(concat(' ', @data-c, ' '), ' {number} ')]"
            assert page.xpath(path), (column, claim.text)
        words = page.xpath(f".//p[@class='raw']//span[contains(concat(' ', @data-c, ' '), ' {number} ')]")
        assert "".join(w.text_content() for w in words) == claim.text


def test_figures_are_in_words() -> None:
    told = page_of(sample_reading()).text_content()
    assert "more than 100 shells a day" in told
    assert "tens of thousands trapped" in told


def test_voices_are_named_over_their_words() -> None:
    turns = page_of(sample_reading()).xpath(".//section[contains(@class, 'turn')]")
    kinds = [turn.get("class") for turn in turns]
    assert kinds == ["turn v-presenter", "turn v-reporter", "turn v-speaker", "turn v-reporter"]
    assert "Mariam Okello" in turns[1].findtext(".//h3/bdi")
    assert "we left at night" in turns[2].text_content()
    assert "we left at night" not in turns[1].text_content()


def test_filters_offer_what_there_is() -> None:
    page = page_of(sample_reading())
    actors = [o.text_content() for o in page.xpath(".//select[@id='by-actor']/option")]
    assert actors == ["all actors", "Rapid Support Forces", "Sudanese army"]
    chips = [c.get("data-stance") for c in page.xpath(".//button[@data-stance]")]
    assert set(chips) == {claim.stance for claim in sample_reading().claims}


def test_an_empty_reading_is_still_a_page() -> None:
    base = sample_reading().model_dump(include={"transcript", "reader"})
    page = page_of(Reading.model_validate({**base, "raw": "", "text": ""})).text_content()
    assert "No claim was found" in page
    assert "No place in this text has coordinates" in page


def test_marks_that_cross_sentences_and_each_other_keep_the_text_whole() -> None:
    base = sample_reading().model_dump()
    for number, mention in enumerate(base["mentions"]):
        mention.update(start=number * 3, end=number * 3 + 120)
    page = page_of(Reading.model_validate(base))
    assert "".join(p.text_content() for p in page.iterfind(".//p[@class='raw']")) == RAW


def test_fifty_thousand_words_make_a_page_in_seconds() -> None:
    one = sample_reading()
    times = 50_000 // len(one.raw.split()) + 1
    step = len(one.raw) + 1
    base = one.model_dump()
    for key in ("sentences", "mentions", "suggestions", "corrections", "voices", "claims"):
        base[key] = [
            {**item, "start": item["start"] + n * step, "end": item["end"] + n * step}
            for n in range(times)
            for item in base[key]
        ]
    base.update(raw=" ".join([one.raw] * times), text=" ".join([one.text] * times))
    reading = Reading.model_validate(base)
    began = time.perf_counter()
    page = render_page(reading)
    assert time.perf_counter() - began < 30
    assert page.count('<li class="claim ') == len(one.claims) * times
    assert page.count('class="about" data-m') == len(marks_of(one)) * times
