"""SIECLE's XML: the exports of each school of one académie, of the three kinds in which they come."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.simulate import files
from siei_match.simulate.real.model import RealFile

ENCODING: Final = "iso-8859-15"
ADDRESS: Final = (
    "LIGNE1_ADRESSE",
    "LIGNE2_ADRESSE",
    "CODE_POSTAL",
    "CODE_COMMUNE_INSEE",
    "CODE_PAYS",
)
GUARDIANS: Final = {
    rank: {
        "NOM_DE_FAMILLE": f"RESP{rank}_NOM",
        "PRENOM": f"RESP{rank}_PRENOM",
        "TEL_PORTABLE": f"RESP{rank}_TEL",
        "MEL": f"RESP{rank}_MEL",
    }
    for rank in (1, 2)
}
"""What a document of guardians says of those of each rank (RESP_LEGAL)."""
FORMER: Final = "former_uai"
PUPIL: Final = {
    "INE_RNIE": "INE",
    "NOM_DE_FAMILLE": "NOM_DE_FAMILLE",
    "NOM_USAGE": "NOM_USAGE",
    "PRENOM": "PRENOM",
    "PRENOM2": "PRENOM2",
    "PRENOM3": "PRENOM3",
    "DATE_NAISS": "DATE_NAISS",
    "CODE_SEXE": "CODE_SEXE",
    "CODE_PAYS": "CODE_PAYS_NAISS",
    "CODE_COMMUNE_INSEE_NAISS": "CODE_COMMUNE_INSEE_NAISS",
    "VILLE_NAISS": "VILLE_NAISS",
    "DATE_ENTREE": "DATE_ENTREE",
    "DATE_SORTIE": "DATE_SORTIE",
    "CODE_MOTIF_SORTIE": "CODE_MOTIF_SORTIE",
    "TEL_PERSONNEL": "TEL_PERSONNEL",
    "TEL_PORTABLE": "TEL_PORTABLE",
    "MEL": "MEL",
    "CODE_MEF": "CODE_MEF",
    "CODE_STATUT": "CODE_STATUT",
}
Row = Mapping[str, Any]


def write_exports(folder: Path, frame: pl.DataFrame, year: int) -> Iterator[RealFile]:
    """Write the export of each school, as one zip, as two documents, or as three.

    Args:
        folder: where to.
        frame: rows of `scolarite`, all with a UAI, and `place`, their number in the extract; `former_uai` and
            `former_place`, the school of the year before and the number that it has, may be there.
        year: in which the school year starts.
    """
    schools = frame.partition_by("UAI", as_dict=True, maintain_order=True)
    for rank, ((uai,), pupils) in enumerate(sorted(schools.items())):
        name, kind = f"{uai}_{year}.xml", rank % 3
        rows = pupils.to_dicts()
        own = f"<UAJ>{escape(str(uai))}</UAJ><ANNEE_SCOLAIRE>{year}</ANNEE_SCOLAIRE>"
        documents = {
            f"ElevesAvecAdresses_{name}": _pupils(own, rows),
            f"ResponsablesAvecAdresses_{name}": _guardians(own, rows),
        }
        listed = f"ElevesAvecAdresses_{name}"
        if kind == 2:
            listed = f"ElevesSansAdresses_{name}"
            documents[listed] = _document("ELEVES", own, {"ELEVES": _each_pupil(rows)})
        if kind == 0:
            listed = f"siecle_{uai}_{year}.zip"
            _write_zip(folder / listed, documents)
        else:
            for title, octets in documents.items():
                (folder / title).write_bytes(octets)
        places = _list_places(pupils)
        fichier = files.describe(folder / listed, "scolarite", len(places), year)
        yield RealFile(fichier, places)
        if kind == 1:
            # Guardians are read beside their pupils; listed too, they have a checksum and no row.
            beside = files.describe(
                folder / f"ResponsablesAvecAdresses_{name}", "scolarite", 0, year
            )
            yield RealFile(beside, np.arange(0))


def _list_places(pupils: pl.DataFrame) -> npt.NDArray[np.int64]:
    """Return what the rows of an export are: each pupil, then the school of the year before where one is told."""
    told = [name for name in ("place", "former_place") if name in pupils.columns]
    each = pupils.select(pl.concat_list(pl.col(told).cast(pl.Int64)).list.drop_nulls().alias("all"))
    return each["all"].explode().to_numpy().astype(np.int64)


def _write_zip(path: Path, documents: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for title, octets in documents.items():
            # No clock: the same rows give the same bytes.
            archive.writestr(zipfile.ZipInfo(title), octets, zipfile.ZIP_DEFLATED)


def _pupils(own: str, rows: Sequence[Row]) -> bytes:
    homes = (
        f'<ADRESSE ADRESSE_ID="{i}">{_parts(row, dict(zip(ADDRESS, ADDRESS, strict=True)))}</ADRESSE>'
        for i, row in enumerate(rows, 1)
    )
    return _document("ELEVES", own, {"ELEVES": _each_pupil(rows), "ADRESSES": homes})


def _each_pupil(rows: Sequence[Row]) -> Iterator[str]:
    for i, row in enumerate(rows, 1):
        yield (
            f'<ELEVE ELEVE_ID="{i}" ELENOET="{i}">{_parts(row, PUPIL)}<ADRESSE_ID>{i}</ADRESSE_ID>'
            f"{_last_year(row.get(FORMER))}</ELEVE>"
        )


def _last_year(uai: str | None) -> str:
    """Return the school of the year before, as exports tell it: without dates, mostly without a MEF."""
    if uai is None:
        return ""
    return (
        "<SCOLARITE_AN_DERNIER><CODE_STRUCTURE>3A</CODE_STRUCTURE>"
        f"<CODE_RNE>{escape(uai)}</CODE_RNE><SIGLE>ETAB</SIGLE></SCOLARITE_AN_DERNIER>"
    )


def _guardians(own: str, rows: Sequence[Row]) -> bytes:
    named = [
        (i, rank, told)
        for i, row in enumerate(rows, 1)
        for rank, columns in GUARDIANS.items()
        if (told := _parts(row, columns))
    ]
    people = (f'<PERSONNE PERSONNE_ID="{i}{rank}">{told}</PERSONNE>' for i, rank, told in named)
    links = (
        f"<RESPONSABLE_ELEVE><ELEVE_ID>{i}</ELEVE_ID><PERSONNE_ID>{i}{rank}</PERSONNE_ID>"
        f"<RESP_LEGAL>{rank}</RESP_LEGAL></RESPONSABLE_ELEVE>"
        for i, rank, _ in named
    )
    return _document("RESPONSABLES", own, {"PERSONNES": people, "RESPONSABLES": links})


def _parts(row: Row, named: Mapping[str, str]) -> str:
    told = ((name, row.get(column)) for name, column in named.items())
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in told if text)


def _document(kind: str, own: str, parts: Mapping[str, Iterator[str]]) -> bytes:
    lines = ("\n".join([f"<{part}>", *each, f"</{part}>\n"]) for part, each in parts.items())
    body = "".join(lines)
    text = (
        f'<?xml version="1.0" encoding="{ENCODING.upper()}"?>\n<BEE_{kind} VERSION="2.1">\n'
        f"<PARAMETRES>{own}</PARAMETRES>\n<DONNEES>\n{body}</DONNEES>\n</BEE_{kind}>\n"
    )
    return text.encode(ENCODING, "xmlcharrefreplace")
