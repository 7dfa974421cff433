"""The secret keys of the identifiers: read, made at first use, renewed, forgotten."""

import hmac
import logging
import os
import secrets
import stat
from functools import cache
from pathlib import Path
from typing import Final

from siei_match.reference.errors import SettingsError
from siei_match.reference.files import PRIVATE, create, draft_path, flush, replacing
from siei_match.reference.settings.model import Settings

logger = logging.getLogger(__name__)

KEY_BYTES: Final = 32
"""256 bits: the size of the HMAC-SHA-256 that the key feeds."""
KEY_CHARACTERS_MIN: Final = 32
"""A shorter key could be found by trying; it is refused."""


def load_keys(settings: Settings, *, make: bool = True) -> tuple[bytes, ...]:
    """Return the secret keys: the one in force, then those that it replaced (`renew_key`).

    From `cle_fichier`, else `SIEI_CLE`, else ours: one a line. Without any, a key is made at first
    use in the user's configuration folder, if `make`. Whoever loses it loses the link between
    campaigns; whoever has it can recognise a person.

    Raises:
        SettingsError: the key cannot be read or made, or is too short to be safe.
    """
    if settings.cle_fichier is not None:
        return _checked(_read_key(settings.cle_fichier), f"the file {settings.cle_fichier}")
    if settings.cle is not None:
        return _checked(settings.cle.get_secret_value(), "the variable SIEI_CLE")
    fichier = key_path()
    if make and not fichier.exists():
        _make_key(fichier)
    return _checked(_read_key(fichier), f"the file {fichier}")


def load_key(settings: Settings, *, make: bool = True) -> bytes:
    """Return the secret key in force: see `load_keys`."""
    return load_keys(settings, make=make)[0]


def renew_key(settings: Settings) -> tuple[bytes, bytes]:
    """Put a new key in force, before those that stand in the key's file; return it and the last.

    The next run makes its fingerprints with it, and still recognises people by the old ones.

    Raises:
        SettingsError: the key does not stand in a file, or that file cannot be written.
    """
    if settings.cle_fichier is None and settings.cle is not None:
        raise SettingsError(
            "The key in force comes from the variable SIEI_CLE, which a command cannot change.",
            remedy="Write a new key as the first line of its value, the old one after it.",
        )
    fichier = settings.cle_fichier or key_path()
    held = load_keys(settings, make=False)
    new = secrets.token_hex(KEY_BYTES).encode()
    _write_keys(fichier, (new, *held))
    return new, held[0]


def forget_key(settings: Settings, name: str, *, dry: bool = False) -> None:
    """Remove a replaced key, by its name (`key_id`), from the key's file; `dry`: say if it could be.

    Who is known by its fingerprints alone is no longer recognised.

    Raises:
        SettingsError: no replaced key has that name, or the key does not stand in a file.
    """
    if settings.cle_fichier is None and settings.cle is not None:
        raise SettingsError(
            "The keys come from the variable SIEI_CLE, which a command cannot change.",
            remedy="Remove the line of that key from its value, then say so: `siei cle forget`.",
        )
    held = load_keys(settings, make=False)
    kept = tuple(key for key in held if key_id(key) != name)
    if len(kept) == len(held) or held[0] not in kept:
        replaced = ", ".join(key_id(key) for key in held[1:]) or "none"
        raise SettingsError(
            f"{name!r} is no replaced key. Replaced keys: {replaced}.",
            remedy="`siei cle list` names the keys; the one in force must be renewed first.",
        )
    if not dry:
        _write_keys(settings.cle_fichier or key_path(), kept)


def key_path() -> Path:
    """Return where the key stands when no setting says otherwise (XDG base directories)."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "siei-match" / "cle"


def _checked(text: str, where: str) -> tuple[bytes, ...]:
    keys = [line.strip() for line in text.splitlines() if line.strip()]
    if not keys or min(map(len, keys)) < KEY_CHARACTERS_MIN:
        raise SettingsError(
            f"The key in {where} has fewer than {KEY_CHARACTERS_MIN} characters.",
            remedy="Restore the key of the earlier campaigns, or make one: openssl rand -hex 32.",
        )
    return tuple(key.encode("utf-8") for key in keys)


def _write_keys(fichier: Path, keys: tuple[bytes, ...]) -> None:
    try:
        # No lock keeps out another command that renews or forgets: each writes its own draft.
        with replacing(fichier, PRIVATE, whose=f".{os.getpid()}") as draft:
            draft.write_bytes(b"".join(key + b"\n" for key in keys))
    except OSError as failure:
        raise SettingsError(
            f"The key file {fichier} cannot be written ({failure.strerror}).",
            remedy="Nothing changed: correct its folder's rights and try again.",
        ) from None


def _read_key(fichier: Path) -> str:
    try:
        if stat.S_IMODE(fichier.stat().st_mode) & 0o077:
            _warn_open_key(fichier)
        return fichier.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        reason = getattr(failure, "strerror", None) or "it is not text"
        raise SettingsError(
            f"The key file {fichier} cannot be read ({reason}).",
            remedy="Give the key with cle_fichier in the settings file or SIEI_CLE, or restore that file "
            "from its back-up: with another key every identifier changes.",
        ) from None


@cache
def _warn_open_key(fichier: Path) -> None:
    # Said once: a run reads its key several times.
    logger.warning("The key file %s can be read by others: chmod 600 it.", fichier)


def _make_key(fichier: Path) -> None:
    try:
        fichier.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written apart then linked: another run never reads half a key, nor overwrites ours.
        draft = create(draft_path(fichier, f".{os.getpid()}"), PRIVATE)
        draft.write_text(secrets.token_hex(KEY_BYTES) + "\n", encoding="utf-8")
        flush(draft)
        try:
            fichier.hardlink_to(draft)
        except FileExistsError:
            return
        finally:
            draft.unlink()
    except OSError as failure:
        raise SettingsError(
            f"The key file {fichier} cannot be made ({failure.strerror}).",
            remedy="Give a key with cle_fichier or SIEI_CLE.",
        ) from None
    logger.warning(
        "A secret key was made in %s. Back it up: without it the next campaign cannot recognise "
        "the people of this one.",
        fichier,
    )


def key_id(key: bytes) -> str:
    """Return a short name that tells two keys apart and helps nobody to find either."""
    return hmac.new(key, b"siei-match key", "sha256").hexdigest()[:8]
