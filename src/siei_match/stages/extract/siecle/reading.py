"""One reading of an export: addresses and guardians first, as columns; then the pupils, as they come."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError, Notice
from siei_match.stages.extract.headings import readable_columns
from siei_match.stages.extract.limits import check_fields
from siei_match.stages.extract.siecle.files import (
    Document,
    open_addresses,
    open_guardians,
    open_pupils,
    require_read_beside,
)
from siei_match.stages.extract.siecle.records import Keep, Record, read_records

LOT: Final = 20_000
PUPILS_ROOT: Final = "BEE_ELEVES"
GUARDIANS_ROOT: Final = "BEE_RESPONSABLES"
GUARDIANS: Final = ("1", "2")
"""RESP_LEGAL of the legal guardians, first and second."""

ADDRESS: Final = (
    "LIGNE1_ADRESSE",
    "LIGNE2_ADRESSE",
    "CODE_POSTAL",
    "CODE_COMMUNE_INSEE",
    "CODE_PAYS",
)
PERSON: Final[dict[str, Sequence[str]]] = {
    "NOM": ("NOM_DE_FAMILLE", "NOM", "NOM_USAGE"),
    "PRENOM": ("PRENOM",),
    "TEL": ("TEL_PORTABLE", "TEL_PERSONNEL", "TEL_PROFESSIONNEL"),
    "MEL": ("MEL",),
}
"""What `RESP1_` and `RESP2_` say of a guardian."""
FORMER: Final = {
    "UAI": "SCOLARITE_AN_DERNIER/CODE_RNE",
    "CODE_MEF": "SCOLARITE_AN_DERNIER/CODE_MEF",
}
"""Last year's enrolment, as this year's export tells it: no dates, and rarely a MEF."""
OF_ENROLMENT: Final = ("CODE_STATUT", "DATE_ENTREE", "DATE_SORTIE", "CODE_MOTIF_SORTIE")
"""What is this year's alone."""
DIVISION: Final = "STRUCTURE/CODE_STRUCTURE"
INACTIVE: Final = "inactif"
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
FORMERLY: Final = "former "
END: Final = object()
KEYS: Final = ("ELEVE_ID", "ADRESSE_ID")


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


class SiecleReading:
    """Iterate over the frames of an export, all text, with `ligne`: each pupil, then their last year's school.

    `notices` says, once it is read, what is to be known of the whole.

    Raises:
        DeliveryError: while iterating, when it is no export of SIECLE's pupils, is of another school year
            than announced, is damaged or cut, or holds what no export does.
    """

    def __init__(self, dossier: Path, fichier: Fichier) -> None:
        self._dossier, self._fichier = dossier, fichier
        self._own = Record()
        self._pupils = Table([*KEYS, *PUPIL, *(f"{FORMERLY}{name}" for name in FORMER)])
        self._inactive: set[str] = set()
        self._staying: list[pl.Series] = []
        self.notices: tuple[Notice, ...] = ()

    def __iter__(self) -> Iterator[pl.DataFrame]:
        dossier, fichier = self._dossier, self._fichier
        if require_read_beside(dossier, fichier):
            # Listed for its checksum: its rows are columns of its pupils'.
            nothing = dict.fromkeys(readable_columns(fichier.extrait), pl.String)
            yield _numbered(pl.DataFrame(schema=nothing), 1, fichier)
            return
        homes, guardians = _read_addresses(dossier, fichier), _read_guardians(dossier, fichier)
        columns = readable_columns(fichier.extrait)
        first = 1
        with open_pupils(dossier, fichier) as document:
            names = ("PARAMETRES", "ELEVE", "STRUCTURES_ELEVE")
            for pause in chain(_read(document, names, self._keep, PUPILS_ROOT), [END]):
                if pause is END or len(self._pupils) >= LOT:
                    frame = _frame(self._take(), self._year(), self._own.get("UAJ"))
                    told = frame.join(
                        homes, on="ADRESSE_ID", how="left", maintain_order="left"
                    ).join(guardians, on="ELEVE_ID", how="left", maintain_order="left")
                    yield _numbered(told.select(columns), first, fichier)
                    first += told.height
        self.notices = tuple(self._tell_inactive())

    def _keep(self, name: str, record: Record) -> None:
        if name == "PARAMETRES":
            self._own.update(record)
        elif name == "STRUCTURES_ELEVE":
            if record.get(DIVISION, "").lower().startswith(INACTIVE):
                self._inactive.add(record.get("ELEVE_ID", ""))
        else:
            keys = (record.get(key) for key in KEYS)
            former = (record.get(path) for path in FORMER.values())
            self._pupils.add([*keys, *_told(record, PUPIL), *former])

    def _take(self) -> pl.DataFrame:
        pupils = self._pupils.take()
        self._staying.append(pupils.filter(pl.col("DATE_SORTIE").is_null())["ELEVE_ID"])
        return pupils

    def _year(self) -> int | None:
        """Return the year in which the export's school year starts."""
        told, announced = _told_year(self._own), self._fichier.annee_scolaire
        if told is None:
            return int(announced[:4]) if announced else None
        if announced and int(announced[:4]) != told:
            raise DeliveryError(
                f"{self._fichier.nom}: announced for {announced}, but says itself that it is of "
                f"{told}-{told + 1}.",
                remedy="Correct annee_scolaire in campagne.toml, or ask its provider for the export of that year.",
            )
        return told

    def _tell_inactive(self) -> Iterator[Notice]:
        staying = sum(series.is_in(list(self._inactive)).sum() for series in self._staying)
        if staying:
            name = self._fichier.nom
            yield Notice(
                f"{name}: {staying} pupils of a division of inactive ones have no date of exit: they are read "
                "as enrolled.",
                f"Dans {name}, {staying} élèves d’une division d’inactifs n’ont pas de date de sortie : ils "
                "comptent comme inscrits.",
            )


def tell_year(dossier: Path, fichier: Fichier) -> str | None:
    """Return the school year that an export says itself to be of; None where it says none.

    Raises:
        DeliveryError: it cannot be read so far.
    """
    own = Record()
    with open_pupils(dossier, fichier) as document:
        names = ("PARAMETRES",)
        for _ in _read(document, names, lambda _, record: own.update(record), PUPILS_ROOT):
            if own:
                break
    year = _told_year(own)
    return None if year is None else f"{year}-{year + 1}"


def _told_year(own: Record) -> int | None:
    told = own.get("ANNEE_SCOLAIRE", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) == 4 else None


def _read(document: Document, names: Sequence[str], keep: Keep, root: str) -> Iterator[object]:
    roots: list[str] = []
    for _ in read_records(document.source, names, keep, document.name, roots):
        if roots and roots[0] != root:
            raise DeliveryError(
                f"{document.name}: is no export of SIECLE: it begins with another element than {root}.",
                remedy="List ElevesAvecAdresses.xml or ElevesSansAdresses.xml; ResponsablesAvecAdresses.xml "
                "is read beside it, under the same name but for that word.",
                code="format",
            )
        yield None


def _read_addresses(dossier: Path, fichier: Fichier) -> pl.DataFrame:
    """Read the addresses, which stand after the pupils in their document, or in another."""
    table = Table(["ADRESSE_ID", *ADDRESS])

    def keep(_: str, record: Record) -> None:
        table.add([record.get("ADRESSE_ID"), *(record.get(column) for column in ADDRESS)])

    with open_addresses(dossier, fichier) as document:
        for _ in _read(document, ("ADRESSE",), keep, PUPILS_ROOT) if document else ():
            pass
    return _unique(table.take(), "ADRESSE_ID")


def _read_guardians(dossier: Path, fichier: Fichier) -> pl.DataFrame:
    """Read the two legal guardians of each pupil: ELEVE_ID and what `scolarite` says of them."""
    people = Table(["PERSONNE_ID", *PERSON])
    links = Table(["ELEVE_ID", "PERSONNE_ID", "RESP_LEGAL"])

    def keep(name: str, record: Record) -> None:
        if name == "PERSONNE":
            people.add([record.get("PERSONNE_ID"), *_told(record, PERSON)])
        elif record.get("RESP_LEGAL") in GUARDIANS:
            links.add([record.get(name) for name in links.columns])

    with open_guardians(dossier, fichier) as document:
        names = ("PERSONNE", "RESPONSABLE_ELEVE")
        for _ in _read(document, names, keep, GUARDIANS_ROOT) if document else ():
            pass
    links_, people_ = links.take(), _unique(people.take(), "PERSONNE_ID")
    pupils = links_.select("ELEVE_ID").drop_nulls().unique(maintain_order=True)
    for rank in GUARDIANS:
        own = _unique(links_.filter(pl.col("RESP_LEGAL") == rank), "ELEVE_ID").drop("RESP_LEGAL")
        named = own.join(people_, on="PERSONNE_ID", how="inner").drop("PERSONNE_ID")
        named = named.rename({name: f"RESP{rank}_{name}" for name in PERSON})
        pupils = pupils.join(named, on="ELEVE_ID", how="left", maintain_order="left")
    return pupils


def _unique(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    return frame.drop_nulls(key).unique(key, keep="first", maintain_order=True)


def _told(record: Record, named: dict[str, Sequence[str]]) -> Iterator[str | None]:
    for names in named.values():
        yield next((record[name] for name in names if name in record), None)


def _frame(pupils: pl.DataFrame, year: int | None, uai: str | None) -> pl.DataFrame:
    """Give pupils their establishment and school year, and after each, the school of the year before."""
    own = pupils.with_columns(
        ANNEE_SCOLAIRE=_spelled(year), UAI=pl.lit(uai, dtype=pl.String)
    ).with_row_index("rank")
    former = own.filter(pl.col(f"{FORMERLY}UAI").is_not_null()).with_columns(
        *(pl.lit(None, dtype=pl.String).alias(name) for name in OF_ENROLMENT),
        *(pl.col(f"{FORMERLY}{name}").alias(name) for name in FORMER),
        ANNEE_SCOLAIRE=_spelled(None if year is None else year - 1),
    )
    return pl.concat([own, former]).sort("rank", maintain_order=True)


def _spelled(year: int | None) -> pl.Expr:
    return pl.lit(None if year is None else f"{year}-{year + 1}", dtype=pl.String)


def _numbered(frame: pl.DataFrame, first: int, fichier: Fichier) -> pl.DataFrame:
    numbered = frame.with_row_index("ligne", offset=first)
    check_fields(numbered, fichier)
    return numbered
