"""The page as text: everything escaped and counted, nothing fetched, no picture or sample needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kyara.errors import OutputError
from kyara.exports.report import percent, spread_evenly, write_report
from kyara.records import Reason, Sample, Skip
from kyara.results.folder import ResultFolder
from kyara.vocabulary import load_vocabulary

Make = Callable[..., ResultFolder]
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """Every element with its attributes, the words by element, and that each end tag ends what was begun last."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._begun: list[str] = []
        self.feed(html)
        self.close()
        assert self._begun == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._begun.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._begun.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._begun:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def having(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of class `name`."""
        return [given for _, given in self.elements if name in (given.get("class") or "").split()]


def written(folder: ResultFolder, most: int = 60) -> str:
    path = folder.path.parent / "report.html"
    write_report(folder, path, load_vocabulary(), most)
    return path.read_bytes().decode()


def test_hostile_words_stay_words(samples: list[Sample], result: Make) -> None:
    html = written(result(samples))
    page = Page(html)
    assert "<script>" not in html
    assert not [tag for tag, _ in page.elements if tag == "script"]
    assert not [given for _, given in page.elements if any(name.startswith("on") for name in given)]
    assert page.text.count("{{ 7*7 }}") > 5
    assert "\0" not in html
    assert "␀" in html
    assert "pictures <b>and</b> notes" in page.text


def test_the_page_refers_to_nothing_outside_itself(samples: list[Sample], result: Make) -> None:
    html = written(result(samples))
    page = Page(html)
    for tag, given in page.elements:
        assert tag not in ("script", "iframe", "object", "embed", "base", "form", "video", "audio", "source")
        for name in ("src", "href", "srcset", "xlink:href", "action", "poster", "background"):
            assert (given.get(name) or "#").startswith(("data:", "#"))
        assert "url(" not in (given.get("style") or "")
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "//" not in style
    policy = next(given["content"] for _, given in page.elements if given.get("http-equiv"))
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_every_sample_is_counted_and_every_described_one_has_a_card(samples: list[Sample], result: Make) -> None:
    page = Page(written(result(samples)))
    assert "samples10 sightings8 skipped2 of 26 values decided81%" in page.text
    assert len(page.having("card")) == 8
    assert "2 of 10 samples went no further" in page.text
    for key in ("cut.jpg", "evil.png"):
        assert key in page.text


def test_undecided_answers_look_and_read_otherwise(samples: list[Sample], result: Make) -> None:
    page = Page(written(result(samples[:1])))
    tiles = [given for tag, given in page.elements if tag == "details" and "tile" in (given.get("class") or "")]
    assert [given["class"] for given in tiles].count("tile open-question") == 2
    assert len(tiles) == 7
    assert "teen? undecided" in page.text
    assert "not glasses" in page.text  # decided, and the answer is that there are none


def test_the_trail_says_who_said_what_on_which_words(samples: list[Sample], result: Make) -> None:
    page = Page(written(result(samples[:1])))
    assert "for tags pink 95% from pink_hair" in page.text
    assert "against histogram purple 70%, pink 20% from top of the head" in page.text
    assert "but histogram: purple 70%" in page.text


def test_boxes_are_percents_of_the_picture(samples: list[Sample], result: Make) -> None:
    page = Page(written(result(samples[:1])))
    lines = [tuple(given[name] for name in ("x", "y", "width", "height")) for given in page.having("line")]
    assert lines == [
        ("12.5%", "8.33%", "37.5%", "88.34%"),
        ("18.75%", "10.0%", "25.0%", "26.67%"),
        ("65.62%", "13.33%", "21.88%", "25.0%"),
    ]
    image = next(given for tag, given in page.elements if tag == "img" and given["alt"])
    assert (image["width"], image["height"]) == ("320", "300")
    assert image["alt"] == "both.png, 2 sightings"


def test_moved_and_changed_pictures_leave_a_place(samples: list[Sample], result: Make) -> None:
    page = Page(written(result(samples)))
    assert "Picture moved or deleted since the run" in page.text
    assert "Picture changed since the run" in page.text
    assert len(page.having("frame")) == 2


@pytest.mark.parametrize("only", ["nothing", "skips"])
def test_a_run_that_described_nothing_is_still_a_page(only: str, samples: list[Sample], result: Make) -> None:
    page = Page(written(result([] if only == "nothing" else samples[-2:])))
    assert "No sample was described" in page.text
    assert "No value to count" in page.text
    assert ("Nothing was skipped" in page.text) == (only == "nothing")


def test_a_large_run_shows_evenly_spread_samples_and_counts_all(samples: list[Sample], result: Make) -> None:
    many = [replace(samples[4], key=f"text {i}") for i in range(90)]
    for i in range(0, 90, 3):
        many[i] = replace(many[i], sightings=(), skip=Skip("open", Reason.NO_CONTENT, "empty"))
    page = Page(written(result(many), most=6))
    assert "6 of 60 described samples" in page.text
    assert len(page.having("card")) == 6
    described = [sample.key for sample in many if sample.skip is None]
    assert all(described[i] in page.words for i in range(0, 60, 10))


def test_the_same_results_give_the_same_page(samples: list[Sample], result: Make) -> None:
    folder = result(samples)
    assert written(folder) == written(folder)


def test_a_folder_without_a_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not a result"):
        write_report(ResultFolder(tmp_path), tmp_path / "report.html", load_vocabulary())


def test_spread_evenly() -> None:
    assert spread_evenly(3, 60) == {0, 1, 2}
    assert spread_evenly(10, 5) == {0, 2, 4, 6, 8}
    assert len(spread_evenly(100_001, 60)) == 60
    assert spread_evenly(5, 0) == frozenset()


def test_only_certainty_is_a_hundred_percent() -> None:
    assert [percent(p) for p in (0.0, 0.001, 0.5, 0.994, 0.9999, 1.0)] == ["0%", "<1%", "50%", "99%", ">99%", "100%"]
