"""Which hub is asked (HF_ENDPOINT, HF_HUB_OFFLINE, read at every call), and what each of its refusals means.

Everything huggingface_hub may raise becomes one line with the next action. Knows no files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from kyara.errors import MissingWeightsError, WeightsError
from kyara.weights.known import nearest


class UnreachableHubError(MissingWeightsError):
    """No way to the hub: no network, or HF_HUB_OFFLINE."""


def endpoint() -> str:
    """The address of the hub; huggingface_hub itself reads HF_ENDPOINT only when it is imported."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def is_offline() -> bool:
    """True when HF_HUB_OFFLINE forbids to ask any hub."""
    return (os.environ.get("HF_HUB_OFFLINE") or "").upper() in ("1", "ON", "YES", "TRUE")


@contextmanager
def refusals_said(name: str, revision: str) -> Iterator[None]:
    """Every way the hub can refuse, as one line with the next action."""
    import httpx2
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    page = f"{endpoint()}/{name}"
    try:
        if is_offline():
            raise OfflineModeIsEnabled("HF_HUB_OFFLINE is set")
        yield
    except GatedRepoError as error:
        raise WeightsError(
            f"model {name!r} is gated: accept its terms at {page}, then set HF_TOKEN to a token of that account"
        ) from error
    except RepositoryNotFoundError as error:
        status = error.response.status_code
        token = "; is it private or gated, accept its terms at {page} and set HF_TOKEN" if status == 401 else ""
        raise WeightsError(
            f"{endpoint()} has no model {name!r} ({status}); did you mean {nearest(name)}?{token.format(page=page)}"
        ) from error
    except RevisionNotFoundError as error:
        raise WeightsError(f"model {name!r} has no revision {revision!r}; look at {page}/commits/main") from error
    except HFValidationError as error:
        raise WeightsError(f"{name!r} is neither a folder nor a hub id such as {nearest(name)}") from error
    except (httpx2.TransportError, OfflineModeIsEnabled, LocalEntryNotFoundError) as error:
        reason = str(error).splitlines()[0] or type(error).__name__
        raise UnreachableHubError(
            f"cannot reach {endpoint()} for model {name!r} ({reason}); "
            f"where there is network, run `kyara models pull {name}`"
        ) from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        action = "set HF_TOKEN to a valid token, or unset it" if status in (401, 403) else "try again later"
        raise WeightsError(f"{endpoint()} answered {status} for model {name!r}; {action}") from error
