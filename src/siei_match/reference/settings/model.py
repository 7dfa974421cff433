"""Settings of a run: defaults, then a TOML file, then `SIEI_*` variables, then arguments.

The secret key of the identifiers is a setting apart: `load_key` finds it, or makes it once.
"""

import logging
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from siei_match.reference.errors import SettingsError
from siei_match.reference.toml_text import parse_toml

logger = logging.getLogger(__name__)


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
    rejets_toleres: int = Field(default=0, ge=0, le=20)
    """Rows that may be rejected of any file, whatever their share and never all, while all files of its extract and
    school year together keep to `taux_rejet_max`: for sources that come in many small files."""
    taux_vide_max: dict[str, Annotated[float, Field(ge=0, le=1)]] | None = None
    """By `extrait.COLONNE`: share of its rows that may have no usable value, in place of the
    declaration's (schemas/extraits)."""
    taux_illisible_max: float = Field(default=0.25, ge=0, le=1)
    """Share of a deciding column's values that may be unreadable or in no nomenclature."""
    ecart_vide_max: float = Field(default=0.15, ge=0, le=1)
    """How far a share may move from the last campaign's: values missing, people found again."""
    delai_entree: int = Field(default=0, ge=0, le=365)
    """Days after the day of observation within which an enrolment still counts as one."""
    seuil_lien: float = Field(default=0.9, gt=0, lt=1)
    """Probability from which a pair of rows is one person."""
    seuil_decision: float = Field(default=0.95, gt=0, lt=1)
    """Probability from which a link may take a person off a list; below it the person is `a_verifier`."""
    seuil_doute: float = Field(default=0.25, gt=0, lt=1)
    """Probability from which a pair that is not linked is in doubt (`a_verifier`)."""
    seuil_maintien: float = Field(default=0.7, gt=0, lt=1)
    """Probability below which rows that were one person last time are parted; above `seuil_lien` it
    changes nothing."""
    second_clerc: bool = True
    """Whether a clerk's "same person" that alone would take somebody off a list awaits a second clerk."""
    tolerance_faux: float | None = Field(default=None, gt=0, le=0.5)
    """Share of false links allowed: chooses the link threshold from the run's own measure."""
    tolerance_manques: float | None = Field(default=None, gt=0, le=0.5)
    """Share of links that may be lost without even a doubt: chooses the doubt threshold."""
    population: int | None = Field(default=None, gt=0)
    """People of these ages whom the extracts are drawn from; absent: France's, eight million."""
    mesure: float = Field(default=1.0, ge=0, le=1)
    """Share of the people with an INE (8,000 at most) on whom a run measures its errors; 0: none."""
    grossierete: int = Field(default=10, ge=1)
    """How many people must share all that siei.duckdb shows of one's schooling; 1 hides nothing."""
    modele: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of an approved model that runs apply instead of learning their own (`siei train`)."""
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
    garde_equite: float = Field(default=0.05, ge=0, le=1)
    """By how much a group's estimated errors may exceed everybody else's before a release is held."""
    ancre_audit: str | None = None
    """Where each entry's hash of the audit log is noted besides: a file elsewhere, or `syslog`."""
    deux_personnes: frozenset[Literal["publier", "lever", "administrateur", "modele"]] | None = None
    """What one person asks and another confirms: any release, one that lifts a gate, a new administrator, a model."""
    deux_personnes_heures: int = Field(default=72, ge=1, le=720)
    """Hours after which what was asked, and nobody confirmed, is void."""
    cle: SecretStr | None = None
    """The key of the identifiers, from the variable `SIEI_CLE` only."""
    cle_fichier: Path | None = None
    """A file that holds the key of the identifiers; it comes before `cle`."""

    @model_validator(mode="after")
    def order_thresholds(self) -> "Settings":
        if self.seuil_doute > self.seuil_lien:
            raise ValueError("seuil_doute must not exceed seuil_lien")
        if self.seuil_maintien < self.seuil_doute:
            raise ValueError("seuil_maintien must not be below seuil_doute")
        stated = self.tolerance_faux is not None or self.tolerance_manques is not None
        if stated and not self.mesure:
            raise ValueError("a tolerance needs the run's measure: mesure must be above 0")
        return self

    def public(self) -> dict[str, Any]:
        """Return the settings that a manifest may show: those that change the results."""
        gates = {
            name
            for name in type(self).model_fields
            if name.startswith(("garde_", "deux_personnes"))
        }
        return self.model_dump(
            mode="json", exclude={"cle", "cle_fichier", "ancre_audit", "psad", *gates}
        )


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
            remedy="Correct them; docs/exploitation.md lists the settings.",
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
        found = parse_toml(fichier.read_text(encoding="utf-8"))
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
