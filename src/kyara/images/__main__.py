"""The child's side of child.py: decodes the picture on standard input and says how that went, unless it dies of it."""

from __future__ import annotations

import json
import os
import sys

from kyara.errors import UnreadableImageError
from kyara.images.child import READY
from kyara.images.header import Limits, probe
from kyara.images.picture import JPEG_SCALES, Picture


def main() -> None:
    """Writes READY, then `{}` or the reason and detail of the failure, in one line of JSON."""
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a death that is expected needs no core file
    limits = Limits(**json.loads(sys.argv[1]))
    data = sys.stdin.buffer.read()
    sys.stdout.buffer.write(READY)
    sys.stdout.flush()
    verdict = {}
    try:
        header = probe(data, limits)
        shorter = min(header.width, header.height)
        for scale in (1, *(scale for scale in JPEG_SCALES if header.format == "JPEG" and scale <= shorter)):
            Picture(data, header, limits).decode(scale)
    except UnreadableImageError as error:
        verdict = {"reason": error.reason, "detail": error.detail}
    print(json.dumps(verdict))


if __name__ == "__main__":
    main()
