"""The best of a window: of pictures taken one after another, the one worth describing. A film recipe's shard step.

Pure. Windows are cut from moments and never cross a shot; a picture without a moment is a window of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from kyara.records import Sample


def best_of_window(samples: Sequence[Sample], window_s: float) -> list[bool]:
    """For each sample whether it is the best of its `window_s` seconds: by score, then the earlier; skipped ones never.

    Raises ValueError where `window_s` is not above 0.
    """
    if not window_s > 0:
        raise ValueError(f"a window of {window_s} s holds nothing; expected more than 0")
    best: dict[object, int] = {}
    for number, sample in enumerate(samples):
        if sample.skip is None:
            moment = sample.moment
            where = (moment.film, moment.shot, int(moment.seconds // window_s)) if moment else number
            if where not in best or _score(sample) > _score(samples[best[where]]):
                best[where] = number
    kept = set(best.values())
    return [number in kept for number in range(len(samples))]


def _score(sample: Sample) -> float:
    return sample.quality.score if sample.quality is not None else 0.0
