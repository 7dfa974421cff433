"""No run without a door: an API of Prefect that asks nobody who they are is refused.

Prefect's API runs commands: a deployment has steps (`run_shell_script`) and variables that its
worker executes as itself. Whoever reaches an API without a password, every user of the machine
where it listens on the loopback, has the account of the worker, here the owner of the lists.
"""

import os
import secrets
from typing import Final

import httpx
from prefect.context import refresh_global_settings_context
from prefect.settings import get_current_settings

from siei_match.reference.errors import SettingsError

ASKED: Final = "flows/count"
"""What the API tells to whoever may ask; `health` it tells to all."""
CLOSED: Final = frozenset({401, 403})
WAIT: Final = 10.0
SECRET_BYTES: Final = 32


def require_closed_api() -> None:
    """Make sure that the API in use answers nobody who does not say who they are.

    Where none is named (PREFECT_API_URL, a profile), Prefect starts a server of its own on the
    loopback: that one gets a password which only this process and its children know.

    Raises:
        SettingsError: the API answers without a password, or cannot be asked.
    """
    url = get_current_settings().api.url
    if url is None:
        close_own_server()
        return
    try:
        # No secret is sent: a certificate that this machine does not know says nothing here.
        answer = httpx.post(f"{url}/{ASKED}", json={}, timeout=WAIT, verify=False)  # noqa: S501
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        raise SettingsError(
            f"Prefect's API at {url} does not answer ({type(failure).__name__}).",
            remedy="Start its server, or correct PREFECT_API_URL (docs/prefect.md).",
        ) from None
    if answer.status_code not in CLOSED:
        raise SettingsError(
            f"Prefect's API at {url} answers without a password: any user who reaches it could run "
            "commands as the owner of the lists.",
            remedy="Start the server with PREFECT_SERVER_API_AUTH_STRING and give the same to "
            "PREFECT_API_AUTH_STRING here (docs/prefect.md, 2). Nothing was run.",
        )


def close_own_server() -> None:
    """Give the server that Prefect starts for this process a password, unless it has one.

    The environment of a process is readable by its own user alone (/proc/PID/environ, 0400).
    """
    held = os.environ.get("PREFECT_SERVER_API_AUTH_STRING") or os.environ.get(
        "PREFECT_API_AUTH_STRING"
    )
    held = held or f"siei:{secrets.token_urlsafe(SECRET_BYTES)}"
    os.environ["PREFECT_SERVER_API_AUTH_STRING"] = held
    os.environ["PREFECT_API_AUTH_STRING"] = held
    refresh_global_settings_context()


if get_current_settings().api.url is None:
    # Whoever calls the flow from Python makes Prefect start its server before the flow's first line.
    close_own_server()
