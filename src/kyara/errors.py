"""Errors that stop a run, each one line with what was found, what was expected and the next action.

A single bad item is never an error: it is a `Skip` (records.py) with one of the reasons there.
"""


class KyaraError(Exception):
    """Anything Kyara refuses to go on with; the command line prints it in one line and exits with `exit_code`."""

    exit_code = 2


class SettingsError(KyaraError):
    """A setting, option or configuration file that cannot be used."""


class VocabularyError(KyaraError):
    """A vocabulary file with a mistake: names file, key and remedy."""


class SourceError(KyaraError):
    """A source that cannot be read at all: absent, empty, or without the columns it needs."""


class OutputError(KyaraError):
    """An output folder that cannot be written, or that belongs to another run."""


class MissingExtraError(KyaraError):
    """A part whose optional dependencies are not installed: says which `pip install` line to run."""


class WeightsError(KyaraError):
    """Model files or a runtime that cannot be used: damaged, refused by the hub, or a device that is not there."""


class MissingWeightsError(WeightsError):
    """A model that is not on this machine: says which command fetches it."""


class ExtractorError(KyaraError):
    """An extractor that breaks its contract, or fails on everything it is asked."""


class CatalogueError(KyaraError):
    """A catalogue that cannot be opened, read or written: absent, locked, full, gone, or of another schema."""


class FusionError(KyaraError):
    """A learned fusion that cannot be used or made: broken, for another vocabulary, or taught by too little."""


class CacheError(KyaraError):
    """A cache that somebody asked about and that cannot be used; a run only goes slower for it."""


class BrokenAnswerError(Exception):
    """An answer that breaks its contract: wrong count, shape or numbers. It counts as the failure of who gave it."""


class UnreadableImageError(Exception):
    """One image that cannot be opened; the recipe turns it into a `Skip` with this reason and detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
