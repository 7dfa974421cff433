"""All that is held of a person, as data: `siei personne show --format json`."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from siei_match.explain import Explanation


class _HeldRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HeldCampaign(_HeldRecord):
    """What a campaign holds of the person. `liste` is nominative: the line of the list."""

    explication: Explanation
    psad: str | None
    """The platform whose list has the person; null on no list."""
    liste: dict[str, Any] | None = None
    reponses: tuple[dict[str, Any], ...] = ()
    """What platforms answered, and whether it decided (tables/reponses)."""


class Fingerprints(_HeldRecord):
    """Keyed fingerprints by which the person is known again: how many of a kind."""

    genre: str
    nombre: int


class Exclusion(_HeldRecord):
    motif: str
    fin: date
    decidee_le: date


class Rectification(_HeldRecord):
    """A value put right; `valeur` is nominative."""

    colonne: str
    motif: str
    decidee_le: date
    valeur: str | None = None


class LogTrace(_HeldRecord):
    """A line of the audit log on the person, or on a list that names them."""

    n: int
    quand: str
    par: str
    acte: str
    sur_la_liste: bool


class HeldFile(_HeldRecord):
    """A file of the output folder that holds something of the person."""

    chemin: str
    contenu: str
    nominatif: bool


class Held(_HeldRecord):
    """Everything."""

    format: Literal[1] = 1
    id_personne: str
    autres_identifiants: tuple[str, ...]
    """Identifiers that now lead to this one."""
    nominative: bool
    campagnes: tuple[HeldCampaign, ...]
    empreintes: tuple[Fingerprints, ...]
    exclusion: Exclusion | None
    rectifications: tuple[Rectification, ...]
    traces: tuple[LogTrace, ...]
    fichiers: tuple[HeldFile, ...]
