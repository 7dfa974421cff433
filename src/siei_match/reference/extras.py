"""What a plain install leaves out: extras of the package, asked for by who needs them."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Final

from siei_match.reference.errors import SettingsError

EXTRAS: Final[Mapping[str, Sequence[str]]] = {
    "chiffrement": ("pyrage",),
    "dask": ("cryptography", "distributed"),
    "portal": ("argon2", "httpx", "joserfc", "python_multipart", "starlette", "uvicorn"),
}
"""The modules that each extra of pyproject.toml brings."""


def require_extra(extra: str, what: str) -> None:
    """Let who has an extra installed go on; `what` says what cannot be done without it.

    Raises:
        SettingsError: a module of it is missing; the remedy is the line to type.
    """
    missing = [module for module in EXTRAS[extra] if not _is_there(module)]
    if missing:
        raise SettingsError(
            f"{what}: the extra `{extra}` is not installed (missing: {', '.join(missing)}).",
            remedy=f"pip install 'siei-match[{extra}]', or '.[{extra}]' in a checkout.",
            code="complement_absent",
            complement=extra,
        )


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:
        # A module that stands in sys.modules as None may not be imported.
        return False
