"""JSON of SYGNE and FREGATA: an object per enrolment, in an array or one a line."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

Row = Mapping[str, Any]
GUARDIAN: Final = {
    "RESP1_NOM": "responsable.nom",
    "RESP1_PRENOM": "responsable.prenom",
    "RESP1_TEL": "responsable.telephone",
    "RESP1_MEL": "responsable.mel",
    "RESP2_NOM": "autreResponsable.nom",
    "RESP2_PRENOM": "autreResponsable.prenom",
    "RESP2_TEL": "autreResponsable.telephone",
    "RESP2_MEL": "autreResponsable.mel",
}
"""SYGNE's answers name no guardian: this file's do, at paths that its description tells."""
FREGATA_ORIGIN: Final = 1996


def write_objects(path: Path, frame: pl.DataFrame, shape: Callable[[Row], Row]) -> None:
    """Write the rows as objects: one a line where the name says `.jsonl`, else in an array."""
    lines = path.name.endswith((".jsonl", ".jsonl.gz"))
    body = _join(frame, shape, "\n" if lines else ",\n")
    with path.open("wb") as raw:
        out: Any = raw
        if path.suffix == ".gz":
            out = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)
        out.write(b"" if lines else b"[\n")
        for part in body:
            out.write(part)
        out.write(b"\n" if lines else b"\n]\n")
        if out is not raw:
            out.close()


def _join(frame: pl.DataFrame, shape: Callable[[Row], Row], sign: str) -> Iterator[bytes]:
    for start in range(0, frame.height, 20_000):
        rows = frame.slice(start, 20_000).iter_rows(named=True)
        told = sign.join(json.dumps(_without_nulls(shape(row)), ensure_ascii=False) for row in rows)
        yield ((sign if start else "") + told).encode()


def _without_nulls(value: Row) -> dict[str, Any]:
    told = {
        key: _without_nulls(held) if isinstance(held, dict) else held for key, held in value.items()
    }
    return {key: held for key, held in told.items() if held not in (None, {})}


def sygne(row: Row) -> Row:
    """Return a row of `scolarite` as SYGNE answers."""
    return {
        "ine": row["INE"],
        "nom": row["NOM_DE_FAMILLE"],
        "nomUsage": row["NOM_USAGE"],
        "prenom": row["PRENOM"],
        "prenom2": row["PRENOM2"],
        "prenom3": row["PRENOM3"],
        "dateNaissance": _iso(row["DATE_NAISS"]),
        "codeSexe": row["CODE_SEXE"],
        "inseePaysNaissance": row["CODE_PAYS_NAISS"],
        "inseeCommuneNaissance": row["CODE_COMMUNE_INSEE_NAISS"],
        "villeNaissance": row["VILLE_NAISS"],
        "scolarite": {
            "codeStatut": row["CODE_STATUT"],
            "codeMefRatt": row["CODE_MEF"],
            "codeUai": row["UAI"],
            "anneeScolaire": row["ANNEE_SCOLAIRE"][:4],
            "dateDebSco": _iso(row["DATE_ENTREE"]),
            "dateFinSco": _iso(row["DATE_SORTIE"]),
            "codeMotifSortie": row["CODE_MOTIF_SORTIE"],
        },
        "adrResidenceEle": {
            "adresseLigne1": row["LIGNE1_ADRESSE"],
            "adresseLigne2": row["LIGNE2_ADRESSE"],
            "codePostal": row["CODE_POSTAL"],
            "codeCommuneInsee": row["CODE_COMMUNE_INSEE"],
            "codePays": row["CODE_PAYS"],
        },
        "telephonePersonnel": row["TEL_PERSONNEL"],
        "telephonePortable": row["TEL_PORTABLE"],
        "mel": row["MEL"],
        **_guardians(row),
    }


def _guardians(row: Row) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {}
    for column, path in GUARDIAN.items():
        outer, inner = path.split(".")
        told.setdefault(outer, {})[inner] = row[column]
    return told


def _iso(day: str | None) -> str | None:
    return "-".join(reversed(day.split("/"))) if day else None


def fregata(row: Row) -> Row:
    """Return a row of `agricole` as FREGATA answers."""
    home = {
        "ligne4": row["adresseLigne1"],
        "ligne5": row["adresseLigne2"],
        "communeCodePostal": row["communeCodePostal"],
        "communeCodeInsee": row["communeCodeInsee"],
    }
    return {
        "apprenant": {
            "ine": row["ine"],
            "nomUsuel": row["nomUsuel"],
            "prenomUsuel": row["prenomUsuel"],
            "dateNaissance": row["dateNaissance"],
            "sexeId": row["sexeId"],
            "communeCodeInsee": row["communeNaissanceCodeInsee"],
            "paysCodeInsee": row["paysNaissanceCodeInsee"],
            "telephone": row["telephone"],
            "courriel": row["courriel"],
            "adressesApprenant": [
                {"estPrioritaire": False, "adresseIndividu": {"ligne4": "ANCIENNE ADRESSE"}},
                {"estPrioritaire": True, "adresseIndividu": _without_nulls(home)},
            ],
        },
        "statutApprenant": {"code": row["statutApprenant"]},
        "sectionReference": {"codeMef": row["codeMef"]},
        "division": {"anneeScolaireId": int(row["anneeScolaire"][:4]) - FREGATA_ORIGIN},
        "etablissement": {"uai": row["uai"]},
        "dateEntreeFormation": row["dateEntreeFormation"],
        "dateSortieFormation": row["dateSortieFormation"],
    }
