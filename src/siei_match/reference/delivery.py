"""What a campagne.toml says: the campaign, and the files of its delivery (contract, section 1)."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

from siei_match.reference.description import check_description, read_date_formats
from siei_match.reference.errors import Notice
from siei_match.reference.vocabulary import AGRICOLE, ENROLMENT_EXTRACTS, SCOLARITE

Extrait = Literal[
    "scolarite",
    "diplomes",
    "agricole",
    "diplomes_agricoles",
    "apprentissage",
    "missions_locales",
    "contrats",
    "retours",
]
Encodage = Literal["utf-8", "iso-8859-15", "windows-1252"]
TEXTS: Final = (".csv", ".csv.gz", ".txt", ".txt.gz")
WORKBOOKS: Final = (".xlsx", ".ods")
JSON: Final = (".json", ".json.gz", ".jsonl", ".jsonl.gz")
XML: Final = (".xml", ".xml.gz", ".zip")
EXTENSIONS: Final = (*TEXTS, ".parquet", *WORKBOOKS, *JSON, *XML)
GUARDIANS: Final = re.compile(r"responsables(?:avec|sans)?(?:adresses)?", re.IGNORECASE)
"""How SIECLE's exports of guardians are named."""
JSON_EXTRACTS: Final = (SCOLARITE, AGRICOLE)
"""Extracts whose systems, SYGNE and FREGATA, answer in JSON."""
LONGEST_NAME: Final = 255
"""Bytes of a file's name, on every file system that we know."""


CODE: Final = r"[0-9]{4}-(0[1-9]|1[0-2])"


def is_code(text: str) -> bool:
    """True for what names a campaign: a year and a month."""
    return re.fullmatch(CODE, text) is not None


def is_annee_scolaire(text: str) -> bool:
    """True for two years that follow each other: 2025-2026."""
    years = re.fullmatch(r"([0-9]{4})-([0-9]{4})", text)
    return years is not None and int(years[2]) == int(years[1]) + 1


def _check_annee_scolaire(text: str) -> str:
    if not is_annee_scolaire(text):
        raise ValueError('must be two years that follow each other, such as "2025-2026"')
    return text


def _check_nom(name: str) -> str:
    # A name with a folder in it could reach files outside the delivery.
    if (
        not name
        or name.startswith(".")
        or any(c in name for c in "/\\:\0")
        or not name.isprintable()
    ):
        raise ValueError("must be the plain name of a file of the campaign's folder")
    if not name.lower().endswith(EXTENSIONS):
        raise ValueError(f"must end in {', '.join(EXTENSIONS)}")
    if len(name.encode()) > LONGEST_NAME:
        raise ValueError(f"must not be longer than {LONGEST_NAME} bytes")
    return name


AnneeScolaire = Annotated[str, AfterValidator(_check_annee_scolaire)]


class _Declaration(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Campagne(_Declaration):
    """A campaign: its code, its day of observation, its school year N and its definition."""

    code: str = Field(pattern=f"^{CODE}$")
    date_observation: date
    annee_scolaire: AnneeScolaire
    definition: Literal["legale", "operationnelle"]
    controles: Literal["arret", "publication"] = "arret"
    """What implausible columns, years and volumes do: stop the run, or hold its release."""

    @property
    def start_year(self) -> int:
        """The year in which school year N starts."""
        return int(self.annee_scolaire[:4])

    @property
    def year(self) -> int:
        """The campaign's calendar year: nobody on its rows was born later."""
        return self.date_observation.year

    @model_validator(mode="after")
    def observe_within_year(self) -> "Campagne":
        # Outside its year every enrolment would be over, and everybody a sortant.
        debut, fin = date(self.start_year, 9, 1), date(self.start_year + 1, 8, 31)
        if not debut <= self.date_observation <= fin:
            raise ValueError(f"date_observation must lie within annee_scolaire, {debut} to {fin}")
        return self


class Fichier(_Declaration):
    """One file of a delivery."""

    extrait: Extrait
    nom: Annotated[str, AfterValidator(_check_nom)]
    annee_scolaire: AnneeScolaire | None = None
    date_extraction: date
    lignes: int | None = Field(default=None, ge=0)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-fA-F]{64}$")
    encodage: Encodage = "utf-8"
    separateur: Literal[";", ",", "\t", "|"] | None = None
    feuille: str | None = Field(default=None, min_length=1, max_length=255)
    formats_dates: tuple[str, ...] = ()
    """What its dates look like, beside the extract's own format: JJ, MM, AAAA or AA, and what parts them."""
    colonnes: Mapping[str, str] = Field(default_factory=dict)
    """The file's heading of a column of the contract; empty where the file has no such column."""
    valeurs: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    """By column of the contract: the file's word, and the contract's."""

    @property
    def format(self) -> Literal["csv", "parquet", "classeur", "json", "xml"]:
        name = self.nom.lower()
        if name.endswith(WORKBOOKS):
            return "classeur"
        if name.endswith(JSON):
            return "json"
        if name.endswith(XML):
            return "xml"
        return "parquet" if name.endswith(".parquet") else "csv"

    @property
    def is_compressed(self) -> bool:
        return self.nom.lower().endswith(".gz")

    @property
    def is_read_beside(self) -> bool:
        """Guardians of SIECLE are columns of their pupils' rows: listed, such a file holds no row."""
        return self.format == "xml" and GUARDIANS.match(self.nom) is not None

    @model_validator(mode="after")
    def describe(self) -> "Fichier":
        if self.separateur is not None and self.format != "csv":
            raise ValueError("separateur has a meaning for text alone: remove it")
        if self.feuille is not None and self.format != "classeur":
            raise ValueError("feuille has a meaning for workbooks alone: remove it")
        if self.format == "json" and self.extrait not in JSON_EXTRACTS:
            raise ValueError(f"JSON is read of {' and '.join(JSON_EXTRACTS)} alone")
        if self.format == "xml" and self.extrait != SCOLARITE:
            raise ValueError("XML is read of scolarite alone: it is SIECLE's")
        if self.format == "xml" and (self.colonnes or self.encodage != "utf-8"):
            raise ValueError("XML says its own encoding and columns: remove encodage, colonnes")
        check_description(self.extrait, self.colonnes, self.valeurs)
        read_date_formats(self.formats_dates)
        return self

    @model_validator(mode="after")
    def place_in_year(self) -> "Fichier":
        if self.extrait in ENROLMENT_EXTRACTS and self.annee_scolaire is None:
            raise ValueError(f"annee_scolaire is missing: {self.extrait} holds enrolments")
        if self.extrait not in ENROLMENT_EXTRACTS and self.annee_scolaire is not None:
            raise ValueError(f"annee_scolaire has no meaning for {self.extrait}: remove it")
        return self


def former_years(fichier: Fichier) -> list[str]:
    """Name the school years that a file tells besides its own: SIECLE's export recalls the last one."""
    if fichier.format != "xml" or fichier.annee_scolaire is None:
        return []
    start = int(fichier.annee_scolaire[:4])
    return [f"{start - 1}-{start}"]


class Delivery(_Declaration):
    """A delivery that was checked: the campaign, its files in order, and what it lacks."""

    campagne: Campagne
    fichiers: tuple[Fichier, ...]
    avertissements: tuple[Notice, ...] = ()
    _states: Mapping[str, tuple[int, ...] | None] = PrivateAttr(default_factory=dict)

    @property
    def states(self) -> Mapping[str, tuple[int, ...] | None]:
        """What the system said of each file before it was looked at; of no file where nobody asked."""
        return self._states

    def seen(self, states: Mapping[str, tuple[int, ...] | None]) -> "Delivery":
        """Return the delivery with that."""
        made = self.model_copy()
        made._states = dict(states)
        return made
