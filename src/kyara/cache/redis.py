"""The cache backend on a Redis server, which several machines share: entries expire, and the server minds its memory.

Not answering, it costs one time-out of a second now and then, never the run. How much it holds and what it drops first
is the server's own setting (docs/cache.md); nothing of Redis is imported before a store is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from threading import Lock
from typing import Any
from urllib.parse import quote, unquote

from kyara.cache.address import hidden
from kyara.cache.health import PAUSE_S, Health
from kyara.cache.pruning import DAY_S, Census, Gone, Plan
from kyara.cache.store import SEAL, Kind, seal, unseal
from kyara.errors import SettingsError
from kyara.extras import need

TTL_S = 30 * DAY_S
TIMEOUT_S = 1.0
AT_ONCE = 256  # entries of 2 kB in one answer, well within the time-out on a network of 10 Mbit/s
SCAN = 1000
PREFIX, HITS, ASKED = "kyara", "kyara-hits", "kyara-asked"


class RedisCache:
    """Entries by key on the server at `url`; each lives `ttl_s` seconds from when it was written."""

    def __init__(self, url: str, ttl_s: int = TTL_S, pause_s: float = PAUSE_S) -> None:
        """Does not connect. Raises MissingExtraError, and SettingsError for an address that is none."""
        need("redis", "a cache on a Redis server")
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self.name, self._ttl_s = hidden(url), ttl_s
        once = Retry(NoBackoff(), 0)  # trying again is left to Health
        try:
            self._client: Any = redis.Redis.from_url(
                url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=once
            )
        except (ValueError, TypeError) as error:
            raise SettingsError(f"cache {self.name}: {error}; write redis://host:6379/0") from None
        self._health = Health(self.name, pause_s, words=_fault)
        self._lock = Lock()
        self._hits: Counter[Kind] = Counter()
        self._asked: Counter[Kind] = Counter()

    @property
    def lost(self) -> Mapping[str, int]:
        return self._health.lost

    def get(self, kind: Kind, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}
        found = self._health.attempt("reading", partial(self._get, kind, wanted), None, len(wanted))
        if found is None:
            return {}
        with self._lock:
            self._hits[kind] += len(found)
            self._asked[kind] += len(wanted)
        return found

    def _get(self, kind: Kind, wanted: list[bytes]) -> dict[bytes, bytes]:
        prefix, found = _prefix(kind), {}
        for some in _in_portions(wanted):
            for key, sealed in zip(some, self._client.mget([prefix + key for key in some]), strict=True):
                if sealed is not None and (data := unseal(key, sealed)) is not None:
                    found[key] = data
        return found

    def put(self, kind: Kind, entries: Mapping[bytes, bytes]) -> None:
        if entries:
            self._health.attempt("writing", partial(self._put, kind, entries), None, len(entries))

    def _put(self, kind: Kind, entries: Mapping[bytes, bytes]) -> None:
        prefix = _prefix(kind)
        for some in _in_portions(entries):
            with self._client.pipeline(transaction=False) as pipe:
                for key in some:
                    pipe.set(prefix + key, seal(key, entries[key]), ex=self._ttl_s)
                pipe.execute()

    def close(self) -> None:
        """Write down how often there was an answer, and let go of the connections."""
        with self._lock:
            hits, asked = self._hits, self._asked
            self._hits, self._asked = Counter(), Counter()
        if asked:
            self._health.attempt("writing", partial(self._count, hits, asked), None)
        self._client.close()

    def _count(self, hits: Counter[Kind], asked: Counter[Kind]) -> None:
        with self._client.pipeline(transaction=False) as pipe:
            for kind, n in asked.items():
                pipe.hincrby(ASKED, _prefix(kind), n)
                pipe.hincrby(HITS, _prefix(kind), hits[kind])
            pipe.execute()

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the server."""
        self.limits()
        return self._health.faults

    def census(self) -> tuple[Census, ...]:
        """What there is, by kind; it asks for the length of every entry, 100,000 in some seconds."""
        return self._health.attempt("reading", self._census, ())

    def _census(self) -> tuple[Census, ...]:
        entries: Counter[Kind] = Counter()
        size: Counter[Kind] = Counter()
        for keys in self._keys(None):
            with self._client.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.strlen(key)
                for key, length in zip(keys, pipe.execute(), strict=True):
                    entries[_kind(key)] += 1
                    size[_kind(key)] += max(0, length - SEAL)
        hits, asked = ({_kind(f): int(n) for f, n in self._client.hgetall(of).items()} for of in (HITS, ASKED))
        kinds = sorted(entries.keys() | asked.keys())
        return tuple(Census(k, entries[k], size[k], hits.get(k, 0), asked.get(k, 0)) for k in kinds)

    def limits(self) -> tuple[int, int, str]:
        """What the server uses in all, what it may use (0: no limit), in bytes, and what it then drops."""
        return self._health.attempt("reading", self._limits, (0, 0, ""))

    def _limits(self) -> tuple[int, int, str]:
        told = self._client.info("memory")
        return told["used_memory"], told["maxmemory"], told["maxmemory_policy"]

    def prune(self, plan: Plan, dry: bool = False) -> Gone:
        """Remove what `plan` says (`dry`: only count it). `to_bytes` is not looked at: that is the server's affair."""
        return self._health.attempt("pruning", partial(self._prune, plan, dry), Gone())

    def _prune(self, plan: Plan, dry: bool) -> Gone:
        gone = Gone()
        for keys in self._keys(plan.extractor):
            with self._client.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.strlen(key)
                    pipe.object("IDLETIME", key) if plan.older_than_days is not None else pipe.exists(key)
                told = pipe.execute()
            least = (plan.older_than_days or 0) * DAY_S
            old = plan.older_than_days is None
            chosen = [
                (key, length)
                for key, length, idle in zip(keys, told[::2], told[1::2], strict=True)
                if old or (idle is not None and idle >= least)
            ]
            if chosen and not dry:
                self._client.unlink(*(key for key, _ in chosen))
            gone += Gone(len(chosen), sum(max(0, length - SEAL) for _, length in chosen))
        return gone

    def _keys(self, extractor: str | None) -> Iterator[list[bytes]]:
        """All keys of ours, a portion at a time."""
        pattern = f"{PREFIX}:{_quoted(extractor)}:*" if extractor is not None else f"{PREFIX}:*"
        found = iter(self._client.scan_iter(match=pattern, count=SCAN))
        while keys := list(islice(found, SCAN)):
            yield keys


def _fault(error: Exception) -> str:
    """However a server is gone, reading and writing say so in the same words: it is told once."""
    from redis import AuthenticationError, ConnectionError, TimeoutError

    gone = isinstance(error, OSError | ConnectionError | TimeoutError) and not isinstance(error, AuthenticationError)
    return "no answer" if gone else str(error)


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _prefix(kind: Kind) -> bytes:
    return f"{PREFIX}:{_quoted(kind.name)}:{_quoted(kind.version)}:".encode()


def _kind(key: bytes) -> Kind:
    _, name, version, _ = key.split(b":", 3)
    return Kind(unquote(name.decode()), unquote(version.decode()))


def _in_portions(keys: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = iter(keys)
    while some := list(islice(rest, AT_ONCE)):
        yield some
