"""The report in a real Chromium, driven over its debugging pipe: nothing overflows, nothing is fetched, keys work."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kyara.exports.report import write_report
from kyara.records import Sample
from kyara.results.folder import ResultFolder
from kyara.vocabulary import load_vocabulary

QUIET = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars"),
]


class Chromium:
    """One page of a headless Chromium; `call` sends a DevTools command, `events` gathers what the page says."""

    def __init__(self, program: str, profile: Path) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # It reads commands from file descriptor 3 and writes answers to 4.
        wired = f'exec "$0" "$@" 3</dev/fd/{theirs_in} 4>/dev/fd/{theirs_out}'
        self._process = subprocess.Popen(
            ["sh", "-c", wired, program, *QUIET, "--remote-debugging-pipe", f"--user-data-dir={profile}"],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.events: list[dict[str, Any]] = []
        self._unread, self._number, self._session = b"", 0, ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            chunk = os.read(self._in, 1 << 16)
            if not chunk:
                raise EOFError(f"Chromium went away (exit code {self._process.wait()})")
            self._unread += chunk
        message, _, self._unread = self._unread.partition(b"\0")
        return dict(json.loads(message))

    def show(self, page: Path, width_px: int, scheme: str = "light") -> None:
        """Open `page` in a window that wide, as a phone would when it is narrow."""
        size = {"width": width_px, "height": 900, "deviceScaleFactor": 1, "mobile": width_px < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events.clear()
        self.call("Page.navigate", url=page.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._read())

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression on the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def close(self) -> None:
        os.close(self._out)
        os.close(self._in)
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        reason = "no Chromium on this machine; install it with: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    browser = Chromium(program, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def page(tmp_path: Path, samples: list[Sample], result: Callable[..., ResultFolder]) -> Path:
    path = tmp_path / "report.html"
    write_report(result(samples), path, load_vocabulary())
    return path


TOO_WIDE = """[...document.querySelectorAll('body *')]
  .filter(e => !e.closest('.unseen, .skip-link, svg') && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.outerHTML.slice(0, 120))"""
SPILLED = """[...document.querySelectorAll('.tile, .card, .panel, .figures div')]
  .filter(e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)
  .map(e => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("width_px", [1280, 390])
def test_nothing_overflows_even_with_every_answer_open(chromium: Chromium, page: Path, width_px: int) -> None:
    chromium.show(page, width_px)
    for _ in ("closed", "open"):
        assert chromium.ask("document.documentElement.scrollWidth") == width_px
        assert chromium.ask(TOO_WIDE) == []
        assert chromium.ask(SPILLED) == []
        chromium.ask("document.querySelectorAll('details').forEach(d => { d.open = true; })")


def test_the_page_fetches_nothing_and_runs_no_script(chromium: Chromium, page: Path) -> None:
    chromium.show(page, 1280)
    asked = [e["params"]["request"]["url"] for e in chromium.events if e.get("method") == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith("data:")] == [page.as_uri()]
    assert not [e for e in chromium.events if e.get("method") in ("Log.entryAdded", "Page.javascriptDialogOpening")]
    assert chromium.ask("document.scripts.length") == 0


def test_boxes_lie_on_the_thumbnail_where_they_lie_in_the_picture(chromium: Chromium, page: Path) -> None:
    chromium.show(page, 1280)
    place = "e => { const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; }"
    image = chromium.ask(f"({place})(document.querySelector('.frame img'))")
    head = chromium.ask(f"({place})(document.querySelector('.frame .head .line'))")
    expected = (120 / 640, 60 / 600, 160 / 640, 160 / 600)  # the first head of both.png, as a share of the picture
    found = ((head[0] - image[0]) / image[2], (head[1] - image[1]) / image[3], head[2] / image[2], head[3] / image[3])
    assert found == pytest.approx(expected, abs=0.02)
    near = "[...document.images].filter(i => i.getBoundingClientRect().top < innerHeight)"
    assert chromium.ask(f"{near}.length") > 0
    assert chromium.ask(f"{near}.every(i => i.complete && i.naturalWidth > 0)")


def test_an_answer_opens_by_keyboard(chromium: Chromium, page: Path) -> None:
    chromium.show(page, 1280)
    chromium.ask("document.querySelector('details.tile summary').focus()")
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
    chromium.call("Input.dispatchKeyEvent", type="keyDown", **enter)
    chromium.call("Input.dispatchKeyEvent", type="keyUp", **enter)
    assert chromium.ask("document.querySelector('details.tile').open")


CONTRAST = """(() => {
  const lum = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$|transparent/.test(c)) return c; } return 'rgb(255,255,255)'; };
  const words = [...document.querySelectorAll('body *')].filter(e => !e.closest('svg, .unseen, .skip-link')
    && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
  return words.map(e => { const a = lum(getComputedStyle(e).color), b = lum(ground(e));
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.className || e.tagName]; })
    .filter(([ratio]) => ratio < 4.5).map(([ratio, name]) => `${name} ${ratio.toFixed(2)}`);
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_are_legible_by_day_and_night(chromium: Chromium, page: Path, scheme: str) -> None:
    chromium.show(page, 1280, scheme)
    assert chromium.ask("matchMedia('(prefers-color-scheme: dark)').matches") == (scheme == "dark")
    assert chromium.ask(CONTRAST) == []  # WCAG AA: 4.5 to 1


def test_histograms_show_every_answer_and_thumbnails_wait(chromium: Chromium, page: Path) -> None:
    chromium.show(page, 390)
    titles = (
        "[...document.querySelectorAll('.histogram title')].map(t => t.textContent.match(/(\\d+) decided, (\\d+)/))"
    )
    counted = chromium.ask(f"{titles}.reduce((sum, t) => sum + Number(t[1]) + Number(t[2]), 0)")
    assert counted == 26  # of the values of all sightings none is missing
    tall = "[...document.querySelectorAll('.histogram .sure')].map(r => r.getBoundingClientRect().height)"
    assert max(chromium.ask(tall)) > 30
    assert chromium.ask("[...document.images].every(i => i.loading === 'lazy')")


def test_odd_characters_reach_the_reader(
    chromium: Chromium, naughty_samples: list[Sample], result: Callable[..., ResultFolder], tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    write_report(result(naughty_samples), path, load_vocabulary())
    chromium.show(path, 1280)
    shown = chromium.ask("[...document.querySelectorAll('.card blockquote')].map(e => e.textContent)")
    keys = chromium.ask("[...document.querySelectorAll('.card h3 bdi')].map(e => e.textContent)")
    for sample, words, key in zip(naughty_samples, shown, keys, strict=True):
        expected = sample.key.replace("\0", "␀")  # no page can hold a NUL
        assert words == expected or (words.startswith(expected[:1200]) and len(expected) > 1200)
        assert key == expected or key == expected[:119] + "…"
