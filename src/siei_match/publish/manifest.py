"""What a run says of itself: the manifest, and what the story gives to make it.

No clock, no key, no path of the machine: the same inputs, code and settings give the same bytes.
"""

from datetime import date
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

from siei_match import __version__
from siei_match.files import dump_json

FORMAT: Final = 1
Sha256 = Field(pattern="^[0-9a-f]{64}$")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Campagne(_Record):
    """The campaign, as its campagne.toml says."""

    code: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}$")
    date_observation: date
    annee_scolaire: str
    definition: Literal["legale", "operationnelle"]


class FichierRecu(_Record):
    """A file of the delivery, and what became of its rows."""

    extrait: str
    nom: str
    sha256: str = Sha256
    lignes: NonNegativeInt
    valides: NonNegativeInt
    rejetees: NonNegativeInt

    @model_validator(mode="after")
    def balance(self) -> "FichierRecu":
        if self.valides + self.rejetees != self.lignes:
            raise ValueError("valides + rejetees must be lignes")
        return self


class Execution(_Record):
    """What the story knows of its run and no table says. Counts and names, never a value."""

    campagne: Campagne
    entrees: tuple[FichierRecu, ...]
    reglages: dict[str, Any]
    """The settings that change results; never the key (`Settings.public()`)."""
    cle: str | None = None
    """The key's identifier, which tells two keys apart and gives none away."""
    etapes: dict[str, NonNegativeInt] = {}
    """Counts of the steps that no published table shows, e.g. `paires_comparees`."""
    avertissements: tuple[str, ...] = ()
    """In French: the report shows them as they are."""
    modele: dict[str, Any] | None = None
    """The weights that the linkage learnt."""


class FichierPublie(_Record):
    """A file of the campaign's folder; `lignes` where it is a table."""

    chemin: str
    sha256: str = Sha256
    lignes: NonNegativeInt | None = None


class Manifeste(_Record):
    """manifeste.json, the proof of a campaign (schemas/manifeste.schema.json)."""

    format: Literal[1] = FORMAT
    version: str = __version__
    campagne: Campagne
    entrees: tuple[FichierRecu, ...]
    reglages: dict[str, Any]
    cle: str | None
    etapes: dict[str, NonNegativeInt]
    avertissements: tuple[str, ...]
    modele: dict[str, Any] | None
    fichiers: tuple[FichierPublie, ...]

    def text(self) -> str:
        """Return the file's text."""
        return dump_json(self.model_dump(mode="json"))
