"""A hub on 127.0.0.1: a local directory in the hub's URL layout, with switches for everything that goes wrong.

Answers what huggingface_hub 2.4 asks: `api/models/ID/revision/REV?blobs=True` and HEAD and GET of
`ID/resolve/COMMIT/FILE`; LFS files are redirected to another host, as to the real CDN.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

LFS = (".onnx", ".safetensors", ".bin")


class FakeHub(ThreadingHTTPServer):
    """Serves `root/ORG/NAME/COMMIT/FILE`. Use as a context manager."""

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.root = root
        self.main: dict[str, str] = {}
        self.cards: dict[str, dict[str, str]] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.refusal: tuple[int, str] | None = None  # status and X-Error-Code of every answer
        self.token: str | None = None  # only who sends it is let in
        self.busy = 0  # so many bodies are answered 503 first
        self.cuts: list[int] = []  # after so many bytes the connection breaks, one number a body
        self.flip = False  # bytes come wrong
        self.ranges = True
        self.throttle_s = 0.0  # per 64 KiB
        self.meanwhile: Callable[[], object] = lambda: None  # called before a body is sent

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def publish(self, name: str, files: dict[str, bytes], commit: str | None = None, **card: str) -> str:
        """A new commit of `name` on main."""
        commit = commit or hashlib.sha1(repr((self.main.get(name), sorted(files.items()))).encode()).hexdigest()
        for path, content in files.items():
            place = self.root / name / commit / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        self.main[name], self.cards[name] = commit, card
        return commit

    def bodies(self) -> list[dict[str, str]]:
        """Headers of the requests that asked for the content of an LFS file."""
        return [headers for method, path, headers in self.requests if method == "GET" and path.startswith("/cdn/")]

    def __enter__(self) -> FakeHub:
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: FakeHub

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub, path = self.server, unquote(urlsplit(self.path).path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        hub.requests.append((self.command, path, headers))
        if path.startswith("/cdn/"):
            return self._body(next(p for p in hub.root.rglob("*") if p.is_file() and _sha256(p) == path[5:]))
        if hub.refusal is not None:
            return self._refuse(*hub.refusal)
        if hub.token is not None and headers.get("authorization") != f"Bearer {hub.token}":
            return self._refuse(401, "RepoNotFound")
        if path.startswith("/api/models/"):
            return self._describe(*path.removeprefix("/api/models/").split("/revision/"))
        name, _, rest = path[1:].partition("/resolve/")
        return self._resolve(name, *rest.split("/", 1))

    def _describe(self, name: str, revision: str = "main") -> None:
        hub = self.server
        if name not in hub.main:
            return self._refuse(404, "RepoNotFound")
        commit = hub.main[name] if revision == "main" else revision
        folder = hub.root / name / commit
        if not folder.is_dir():
            return self._refuse(404, "RevisionNotFound")
        files = [_listed(path, folder) for path in sorted(folder.rglob("*")) if path.is_file()]
        card = hub.cards[name] or None
        return self._send(200, json.dumps({"id": name, "sha": commit, "siblings": files, "cardData": card}).encode())

    def _resolve(self, name: str, commit: str, file: str) -> None:
        commit = self.server.main[name] if commit == "main" else commit
        path = self.server.root / name / commit / file
        if not path.is_file():
            return self._refuse(404, "EntryNotFound")
        own = {"X-Repo-Commit": commit, "ETag": f'"{_etag(path)}"', "Accept-Ranges": "bytes"}
        if path.suffix in LFS:
            linked = {"X-Linked-Size": str(path.stat().st_size), "X-Linked-Etag": f'"{_sha256(path)}"'}
            return self._send(
                302, b"", own | linked | {"Location": f"http://localhost:{self.server.server_port}/cdn/{_sha256(path)}"}
            )
        return self._body(path, own)

    def _body(self, path: Path, headers: dict[str, str] | None = None) -> None:
        hub, content = self.server, path.read_bytes()
        headers = headers or {}
        if self.command == "GET" and hub.busy:
            hub.busy -= 1
            return self._refuse(503, "")
        if hub.flip:
            content = bytes(byte ^ 1 for byte in content)
        asked = self.headers.get("Range")
        if asked and hub.ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            headers = headers | {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
            return self._send(206, content[start:], headers)
        return self._send(200, content, headers)

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, b'{"error": "refused"}', {"X-Error-Code": code} if code else {})

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        hub = self.server
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if status in (200, 206) and self.path.startswith("/cdn/"):
            hub.meanwhile()
            content = content[: hub.cuts.pop(0)] if hub.cuts else content
        try:
            piece = 1 << 16 if hub.throttle_s else max(1, len(content))
            for start in range(0, len(content), piece):
                self.wfile.write(content[start : start + piece])
                time.sleep(hub.throttle_s)
        except ConnectionError:
            pass  # the other side went away, which some tests are about


def _listed(path: Path, folder: Path) -> dict[str, object]:
    size = path.stat().st_size
    lfs = {"lfs": {"sha256": _sha256(path), "size": size, "pointerSize": 134}} if path.suffix in LFS else {}
    return {"rfilename": path.relative_to(folder).as_posix(), "size": size, "blobId": _git(path)} | lfs


def _etag(path: Path) -> str:
    return _sha256(path) if path.suffix in LFS else _git(path)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _git(path: Path) -> str:
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
