"""Lists encrypted for their transport with age: only the platform that holds the key opens one.

An age file (age-encryption.org/v1) is opened with `age -d -i KEYFILE`, or with any other
program of that format. The library is an extra, `chiffrement`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from siei_match.reference.errors import SettingsError
from siei_match.reference.extras import require_extra
from siei_match.reference.toml_text import parse_toml

EXTENSION: Final = ".age"
PUBLIC: Final = "age1"
SECRET: Final = "AGE-SECRET-KEY-"  # noqa: S105 - what a secret key begins with
REMEDY: Final = (
    'Give a public key (age1…), or a TOML file with `"code of a platform" = "age1…"` lines; '
    "`age-keygen` makes keys."
)


def read_keys(given: str, psads: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the public keys of each of `psads`.

    `given` is one public key, for all, or the path of a TOML file that gives each platform its
    key, or several of them.

    Raises:
        SettingsError: there is no such file, a platform has no key in it, or a key is no public
            one. A secret key given by mistake is not repeated.
    """
    if given.upper().startswith(SECRET):
        raise SettingsError(
            "This is a secret key: whoever has it reads the lists.",
            remedy="Give the public one (`age-keygen -y` prints it); make a new pair if others saw it.",
        )
    if given.startswith(PUBLIC):
        keys: dict[str, tuple[str, ...]] = dict.fromkeys(psads, (given,))
    else:
        keys = _read_file(Path(given), psads)
    for psad, recipients in keys.items():
        for key in recipients:
            _recipient(key, psad)
    return keys


def encrypt(content: bytes, recipients: Sequence[str]) -> bytes:
    """Return `content` as an age file that the holder of any of these keys can open."""
    sealed: bytes = _library().encrypt(content, [_recipient(key, "") for key in recipients])
    return sealed


def _read_file(path: Path, psads: Sequence[str]) -> dict[str, tuple[str, ...]]:
    try:
        found: Mapping[str, Any] = parse_toml(path.read_text(encoding="utf-8-sig"))
    except OSError as failure:
        raise SettingsError(
            f"The keys {path} cannot be read ({failure.strerror}).", remedy=REMEDY
        ) from None
    except ValueError:
        raise SettingsError(f"The keys {path} are not valid TOML.", remedy=REMEDY) from None
    without = [psad for psad in psads if not found.get(psad)]
    if without:
        raise SettingsError(
            f"{path} holds no key of {', '.join(without)}: nothing was exported.", remedy=REMEDY
        )
    return {psad: _listed(found[psad]) for psad in psads}


def _listed(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _recipient(key: str, psad: str) -> Any:
    library = _library()
    try:
        return library.x25519.Recipient.from_str(key)
    except library.RecipientError:
        # The key is not shown: it may be a secret one, mistyped.
        raise SettingsError(
            f"The key of {psad} is no public key of age (X25519).", remedy=REMEDY
        ) from None


def _library() -> Any:
    require_extra("chiffrement", "Lists cannot be encrypted")
    import pyrage

    return pyrage
