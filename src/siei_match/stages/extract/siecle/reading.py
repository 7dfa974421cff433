"""One reading of an export: addresses and guardians first, as columns; then the pupils, as they come."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.headings import readable_columns
from siei_match.stages.extract.limits import check_fields
from siei_match.stages.extract.siecle.files import open_guardians, open_pupils
from siei_match.stages.extract.siecle.records import Keep, Record, Records
from siei_match.stages.extract.xml import Readable, parse_xml

LOT: Final = 20_000
PUPILS_ROOT: Final = "BEE_ELEVES"
GUARDIANS_ROOT: Final = "BEE_RESPONSABLES"
WITHOUT_ADDRESSES: Final = "sansadresses"
FIRST_GUARDIAN: Final = "1"
"""RESP_LEGAL of the first legal guardian."""

ADDRESS: Final = (
    "LIGNE1_ADRESSE",
    "LIGNE2_ADRESSE",
    "CODE_POSTAL",
    "CODE_COMMUNE_INSEE",
    "CODE_PAYS",
)
PERSON: Final[dict[str, Sequence[str]]] = {
    "RESP1_NOM": ("NOM_DE_FAMILLE", "NOM", "NOM_USAGE"),
    "RESP1_PRENOM": ("PRENOM",),
    "RESP1_TEL": ("TEL_PORTABLE", "TEL_PERSONNEL", "TEL_PROFESSIONNEL"),
    "RESP1_MEL": ("MEL",),
}
PUPIL: Final[dict[str, Sequence[str]]] = {
    "INE": ("INE_RNIE", "ID_NATIONAL", "INE_BEA"),
    "NOM_DE_FAMILLE": ("NOM_DE_FAMILLE", "NOM"),
    "NOM_USAGE": ("NOM_USAGE",),
    "PRENOM": ("PRENOM",),
    "PRENOM2": ("PRENOM2",),
    "PRENOM3": ("PRENOM3",),
    "DATE_NAISS": ("DATE_NAISS",),
    "CODE_SEXE": ("CODE_SEXE",),
    "CODE_PAYS_NAISS": ("CODE_PAYS",),
    "CODE_COMMUNE_INSEE_NAISS": ("CODE_COMMUNE_INSEE_NAISS",),
    "VILLE_NAISS": ("VILLE_NAISS",),
    "CODE_MEF": ("CODE_MEF",),
    "CODE_STATUT": ("CODE_STATUT",),
    "DATE_ENTREE": ("DATE_ENTREE",),
    "DATE_SORTIE": ("DATE_SORTIE",),
    "CODE_MOTIF_SORTIE": ("CODE_MOTIF_SORTIE",),
    "TEL_PERSONNEL": ("TEL_PERSONNEL",),
    "TEL_PORTABLE": ("TEL_PORTABLE",),
    "MEL": ("MEL",),
}
"""What each column of `scolarite` is called in an export: the first that says something."""
KEYS: Final = ("ELEVE_ID", "ADRESSE_ID", "PERSONNE_ID", "RESP_LEGAL")


class Table:
    """Rows gathered as columns, in parts: a text of a column takes a tenth of what a Python row does."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self._rows: list[list[str | None]] = []
        self._parts: list[pl.DataFrame] = []

    def add(self, row: list[str | None]) -> None:
        """Take a row."""
        self._rows.append(row)
        if len(self._rows) >= LOT:
            self._close()

    def _close(self) -> None:
        schema = dict.fromkeys(self.columns, pl.String)
        self._parts.append(pl.DataFrame(self._rows, schema=schema, orient="row"))
        self._rows = []

    def take(self) -> pl.DataFrame:
        """Return what was gathered, and begin anew."""
        self._close()
        parts, self._parts = self._parts, []
        return pl.concat(parts)

    def __len__(self) -> int:
        return len(self._rows) + sum(part.height for part in self._parts)


def read_siecle(dossier: Path, fichier: Fichier) -> Iterator[pl.DataFrame]:
    """Read the frames of an export, all text, with `ligne`: a row per pupil, in the file's order.

    Raises:
        DeliveryError: it is no export of SIECLE's pupils, is damaged or cut, or holds what no export does.
    """
    addresses = _read_addresses(dossier, fichier)
    guardians = _read_guardians(dossier, fichier)
    columns = readable_columns(fichier.extrait)
    first, own = 1, Record()
    pupils = Table([*KEYS[:2], *PUPIL])

    def keep(name: str, record: Record) -> None:
        if name == "PARAMETRES":
            own.update(record)
        else:
            pupils.add([*(record.get(key) for key in KEYS[:2]), *_told(record, PUPIL)])

    with open_pupils(dossier, fichier) as source:
        for _ in _read(source, ("PARAMETRES", "ELEVE"), keep, fichier, PUPILS_ROOT):
            if len(pupils) >= LOT:
                frame = _frame(pupils.take(), own, addresses, guardians).select(columns)
                yield _numbered(frame, first, fichier)
                first += frame.height
    frame = _frame(pupils.take(), own, addresses, guardians).select(columns)
    yield _numbered(frame, first, fichier)


def _read(
    source: Readable, names: Sequence[str], keep: Keep, fichier: Fichier, root: str
) -> Iterator[None]:
    roots: list[str] = []
    for _ in parse_xml(source, Records(names, keep, roots), fichier.nom):
        if roots and roots[0] != root:
            raise DeliveryError(
                f"{fichier.nom}: is no export of SIECLE: it begins with another element than {root}.",
                remedy="List ElevesAvecAdresses.xml or ElevesSansAdresses.xml; ResponsablesAvecAdresses.xml "
                "is read beside it.",
                code="format",
            )
        yield


def _read_addresses(dossier: Path, fichier: Fichier) -> pl.DataFrame:
    """Read the addresses that stand in the pupils' document, after the pupils."""
    table = Table(["ADRESSE_ID", *ADDRESS])

    def keep(_: str, record: Record) -> None:
        table.add([record.get("ADRESSE_ID"), *(record.get(column) for column in ADDRESS)])

    if WITHOUT_ADDRESSES in fichier.nom.lower():
        return _unique(table.take(), "ADRESSE_ID")
    with open_pupils(dossier, fichier) as source:
        for _ in _read(source, ("ADRESSE",), keep, fichier, PUPILS_ROOT):
            pass
    return _unique(table.take(), "ADRESSE_ID")


def _read_guardians(dossier: Path, fichier: Fichier) -> pl.DataFrame:
    """Read the first legal guardian of each pupil: ELEVE_ID and what `scolarite` says of them."""
    people = Table(["PERSONNE_ID", *PERSON])
    links = Table(["ELEVE_ID", "PERSONNE_ID"])

    def keep(name: str, record: Record) -> None:
        if name == "PERSONNE":
            people.add([record.get("PERSONNE_ID"), *_told(record, PERSON)])
        elif record.get("RESP_LEGAL") == FIRST_GUARDIAN:
            links.add([record.get("ELEVE_ID"), record.get("PERSONNE_ID")])

    with open_guardians(dossier, fichier) as source:
        names = ("PERSONNE", "RESPONSABLE_ELEVE")
        for _ in _read(source, names, keep, fichier, GUARDIANS_ROOT) if source else ():
            pass
    told = _unique(links.take(), "ELEVE_ID")
    return told.join(_unique(people.take(), "PERSONNE_ID"), on="PERSONNE_ID", how="inner").drop(
        "PERSONNE_ID"
    )


def _unique(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    return frame.drop_nulls(key).unique(key, keep="first", maintain_order=True)


def _told(record: Record, named: dict[str, Sequence[str]]) -> Iterator[str | None]:
    for names in named.values():
        yield next((record[name] for name in names if name in record), None)


def _frame(
    pupils: pl.DataFrame, own: Record, addresses: pl.DataFrame, guardians: pl.DataFrame
) -> pl.DataFrame:
    """Put beside pupils where they live and whose they are, the establishment and its school year."""
    year = own.get("ANNEE_SCOLAIRE", "")
    spelled = f"{year}-{int(year) + 1}" if year.isdigit() and len(year) == 4 else year or None
    return (
        pupils.join(addresses, on="ADRESSE_ID", how="left", maintain_order="left")
        .join(guardians, on="ELEVE_ID", how="left", maintain_order="left")
        .with_columns(
            ANNEE_SCOLAIRE=pl.lit(spelled, dtype=pl.String),
            UAI=pl.lit(own.get("UAJ"), dtype=pl.String),
        )
    )


def _numbered(frame: pl.DataFrame, first: int, fichier: Fichier) -> pl.DataFrame:
    numbered = frame.with_row_index("ligne", offset=first)
    check_fields(numbered, fichier)
    return numbered
