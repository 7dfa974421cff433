"""Settings of a run: defaults, then a TOML file, then `SIEI_*` variables, then arguments.

The secret key of the identifiers is a setting apart: `load_key` finds it, or makes it once.
"""

import hmac
import logging
import os
import secrets
import stat
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from siei_match.errors import SettingsError

logger = logging.getLogger(__name__)

KEY_BYTES: Final = 32
"""256 bits: the size of the HMAC-SHA-256 that the key feeds."""
KEY_CHARACTERS_MIN: Final = 32
"""A shorter key could be found by trying; it is refused."""


class Settings(BaseSettings):
    """Everything that a run can be told, besides its input and output folders.

    The fields keep the contract's French names. A variable is the field's name in capitals after
    `SIEI_`: `SIEI_TAUX_REJET_MAX=0.05`.
    """

    model_config = SettingsConfigDict(
        env_prefix="SIEI_", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    taux_rejet_max: float = Field(default=0.02, ge=0, le=1)
    """Share of a file's rows that may be rejected before the run stops."""
    delai_entree: int = Field(default=0, ge=0, le=365)
    """Days after the day of observation within which an enrolment still counts as one."""
    seuil_lien: float = Field(default=0.95, gt=0, lt=1)
    """Probability from which a pair of rows is one person."""
    seuil_doute: float = Field(default=0.25, gt=0, lt=1)
    """Probability from which a pair that is not linked is in doubt (`a_verifier`)."""
    tolerance_faux: float | None = Field(default=None, gt=0, le=0.5)
    """Share of false links allowed: chooses the link threshold from the run's own measure."""
    tolerance_manques: float | None = Field(default=None, gt=0, le=0.5)
    """Share of links that may be lost without even a doubt: chooses the doubt threshold."""
    population: int | None = Field(default=None, gt=0)
    """People of these ages whom the extracts are drawn from; absent: France's, eight million."""
    mesure: float = Field(default=1.0, ge=0, le=1)
    """Share of the people with an INE (8,000 at most) on whom a run measures its errors; 0: none."""
    psad: Path | None = None
    """A folder with psad.csv and psad_communes.csv, which replace the synthetic zones."""
    garde_rejets: float = Field(default=0.01, ge=0, le=1)
    """Share of a file's rows rejected above which a release is held back."""
    garde_volume: float = Field(default=0.4, gt=0)
    """Difference with the last campaign, all platforms together, above which it is held back."""
    garde_volume_psad: float = Field(default=0.6, gt=0)
    """The same for one platform, where either campaign lists `garde_effectif` people."""
    garde_effectif: int = Field(default=20, ge=1)
    """People listed below which one platform's difference says nothing."""
    garde_a_verifier: float = Field(default=0.05, ge=0, le=1)
    """Share of `a_verifier` among the listed above which a release is held back."""
    garde_faux: float = Field(default=0.01, ge=0, le=1)
    """Estimated share of false links above which a release is held back."""
    garde_manques: float = Field(default=0.05, ge=0, le=1)
    """Estimated share of missed links above which a release is held back."""
    cle: SecretStr | None = None
    """The key of the identifiers, from the variable `SIEI_CLE` only."""
    cle_fichier: Path | None = None
    """A file that holds the key of the identifiers; it comes before `cle`."""

    @model_validator(mode="after")
    def order_thresholds(self) -> "Settings":
        if self.seuil_doute > self.seuil_lien:
            raise ValueError("seuil_doute must not exceed seuil_lien")
        stated = self.tolerance_faux is not None or self.tolerance_manques is not None
        if stated and not self.mesure:
            raise ValueError("a tolerance needs the run's measure: mesure must be above 0")
        return self

    def public(self) -> dict[str, Any]:
        """Return the settings that a manifest may show: those that change the results."""
        gardes = {name for name in type(self).model_fields if name.startswith("garde_")}
        return self.model_dump(mode="json", exclude={"cle", "cle_fichier", "psad", *gardes})


def load_settings(fichier: Path | None = None, **arguments: Any) -> Settings:
    """Read the settings; arguments that are None are left to the variables and the file.

    Raises:
        SettingsError: the file cannot be read, or a setting is unknown or makes no sense. The
            message names the settings, never their values: one of them is a secret.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    _warn_unknown_variables()
    try:
        from_environment = set(_environment_names())
        from_file = {k: v for k, v in _read_toml(fichier).items() if k not in from_environment}
        return Settings(**{**from_file, **given})
    except ValidationError as failure:
        found = "; ".join(
            f"{'.'.join(str(part) for part in error['loc']) or 'settings'}: "
            + ("unknown setting" if error["type"] == "extra_forbidden" else error["msg"])
            for error in failure.errors(include_input=False, include_context=False)
        )
        where = f" ({fichier} or SIEI_* variables)" if fichier else " (SIEI_* variables)"
        raise SettingsError(
            f"Settings refused{where}: {found}.",
            remedy="Correct them; `siei run --help` and README.md list the settings.",
        ) from None


def _warn_unknown_variables() -> None:
    known = {f"SIEI_{name.upper()}" for name in Settings.model_fields}
    # The page has variables of its own.
    named = (name for name in os.environ if name.startswith("SIEI_") and name not in known)
    unknown = sorted(name for name in named if not name.startswith("SIEI_PORTAIL_"))
    for name in unknown:
        logger.warning("The variable %s is no setting of siei: it is ignored.", name)


def _environment_names() -> list[str]:
    return [name for name in Settings.model_fields if f"SIEI_{name.upper()}" in os.environ]


def _read_toml(fichier: Path | None) -> dict[str, Any]:
    if fichier is None:
        return {}
    try:
        found = tomllib.loads(fichier.read_text(encoding="utf-8"))
    except OSError as failure:
        raise SettingsError(
            f"The settings file {fichier} cannot be read ({failure.strerror}).",
            remedy="Check the path given with --reglages.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise SettingsError(
            f"The settings file {fichier} is not valid TOML.",
            remedy="Write one `name = value` a line, text between double quotes.",
        ) from None
    found.pop("portail", None)  # the page's own (portal/config.py)
    if "cle" in found:
        raise SettingsError(
            f"The settings file {fichier} holds the secret key itself.",
            remedy="Move it to a file of mode 0600 and name that file as cle_fichier.",
        )
    return found


def load_keys(reglages: Settings, *, make: bool = True) -> tuple[bytes, ...]:
    """Return the secret keys: the one in force, then those that it replaced (`renew_key`).

    From `cle_fichier`, else `SIEI_CLE`, else ours: one a line. Without any, a key is made at first
    use in the user's configuration folder, if `make`. Whoever loses it loses the link between
    campaigns; whoever has it can recognise a person.

    Raises:
        SettingsError: the key cannot be read or made, or is too short to be safe.
    """
    if reglages.cle_fichier is not None:
        return _checked(_read_key(reglages.cle_fichier), f"the file {reglages.cle_fichier}")
    if reglages.cle is not None:
        return _checked(reglages.cle.get_secret_value(), "the variable SIEI_CLE")
    fichier = key_path()
    if make and not fichier.exists():
        _make_key(fichier)
    return _checked(_read_key(fichier), f"the file {fichier}")


def load_key(reglages: Settings, *, make: bool = True) -> bytes:
    """Return the secret key in force: see `load_keys`."""
    return load_keys(reglages, make=make)[0]


def renew_key(reglages: Settings) -> tuple[bytes, bytes]:
    """Put a new key in force, before those that stand in the key's file; return it and the last.

    The next run makes its fingerprints with it, and still recognises people by the old ones.

    Raises:
        SettingsError: the key does not stand in a file, or that file cannot be written.
    """
    if reglages.cle_fichier is None and reglages.cle is not None:
        raise SettingsError(
            "The key in force comes from the variable SIEI_CLE, which a command cannot change.",
            remedy="Write a new key as the first line of its value, the old one after it.",
        )
    fichier = reglages.cle_fichier or key_path()
    held = load_keys(reglages, make=False)
    new = secrets.token_hex(KEY_BYTES).encode()
    _write_keys(fichier, (new, *held))
    return new, held[0]


def forget_key(reglages: Settings, nom: str) -> None:
    """Remove a replaced key, by its name (`key_id`), from the key's file.

    Who is known by its fingerprints alone is no longer recognised.

    Raises:
        SettingsError: no replaced key has that name, or the key does not stand in a file.
    """
    if reglages.cle_fichier is None and reglages.cle is not None:
        raise SettingsError(
            "The keys come from the variable SIEI_CLE, which a command cannot change.",
            remedy="Remove the line of that key from its value.",
        )
    held = load_keys(reglages, make=False)
    kept = tuple(key for key in held if key_id(key) != nom)
    if len(kept) == len(held) or held[0] not in kept:
        replaced = ", ".join(key_id(key) for key in held[1:]) or "none"
        raise SettingsError(
            f"{nom!r} is no replaced key. Replaced keys: {replaced}.",
            remedy="`siei cle etat` names the keys; the one in force must be renewed first.",
        )
    _write_keys(reglages.cle_fichier or key_path(), kept)


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
        draft = fichier.with_name(f"{fichier.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(key + b"\n" for key in keys)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(fichier)
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
            remedy="Restore it from its back-up: with another key every identifier changes.",
        ) from None


@cache
def _warn_open_key(fichier: Path) -> None:
    # Said once: a run reads its key several times.
    logger.warning("The key file %s can be read by others: chmod 600 it.", fichier)


def _make_key(fichier: Path) -> None:
    try:
        fichier.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written apart then linked: another run never reads half a key, nor overwrites ours.
        draft = fichier.with_name(f"{fichier.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
        try:
            os.link(draft, fichier)
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


def key_id(cle: bytes) -> str:
    """Return a short name that tells two keys apart and helps nobody to find either."""
    return hmac.new(cle, b"siei-match key", "sha256").hexdigest()[:8]
