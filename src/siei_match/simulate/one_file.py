"""One file of a delivery: its rows shuffled, written in a form, and the truth of each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Literal

import numpy as np
import polars as pl

from siei_match.simulate import extracts, files, real, typed
from siei_match.simulate.dice import cast_dice
from siei_match.simulate.files import WrittenFile
from siei_match.simulate.records import readable_ine
from siei_match.simulate.siecle import RECALLED

WRONG_FIELDS: Final = "nombre_de_champs"
# Columns emptied so that a copied row breaks a rule of the contract that rejects.
INVALID: Final = {
    "scolarite": {
        WRONG_FIELDS: [],
        "sans_nom": ["NOM_DE_FAMILLE", "NOM_USAGE"],
        "sans_prenom": ["PRENOM", "PRENOM2", "PRENOM3"],
        "sans_annee": ["DATE_NAISS"],
        "sans_formation": ["UAI", "CODE_MEF"],
    },
    "agricole": {
        WRONG_FIELDS: [],
        "sans_nom": ["nomUsuel"],
        "sans_prenom": ["prenomUsuel"],
        "sans_annee": ["dateNaissance"],
        "sans_formation": ["uai", "codeMef"],
    },
    "apprentissage": {
        WRONG_FIELDS: [],
        "sans_nom": ["NOM", "NOM2"],
        "sans_prenom": ["PRENOM1", "PRENOM2", "PRENOM3"],
        "sans_annee": ["DATE_NAIS"],
    },
    "diplomes": {
        WRONG_FIELDS: [],
        "sans_nom": ["NOM_DE_FAMILLE"],
        "sans_prenom": ["PRENOM", "PRENOM2"],
        "sans_annee": ["DATE_NAISS"],
    },
    "contrats": {
        "sans_nom": ["nom", "nomUsage"],
        "sans_prenom": ["prenom"],
        "sans_annee": ["dateNaissance"],
    },
    "missions_locales": {
        "sans_nom": ["nomNaissance", "nomUsage"],
        "sans_prenom": ["prenom"],
        "sans_annee": ["dateNaissance"],
    },
}


Formats = Literal["contrat", "reels"]


@dataclass(frozen=True)
class DeliveredYear:
    """A campaign to deliver: its folder, its days and the forms of its files."""

    code: str
    dossier: Path
    extraction: date
    year: int  # September of the year N
    formats: Formats = "contrat"
    siecle: bool = False  # whether schools recalled and second guardians are delivered too


Write = Callable[[pl.DataFrame, np.random.Generator], pl.DataFrame]
FORMES_COLUMNS: Final = (
    "campagne", "extrait", "fichier", "ligne", "fichier_contrat", "ligne_contrat",
)  # fmt: skip


@dataclass(frozen=True)
class Recalled:
    """Rows of a school year that the next year's exports tell: their texts, their truth, their numbers."""

    frame: pl.DataFrame
    truth: pl.DataFrame
    numbers: pl.Series


@dataclass(frozen=True)
class WrittenDelivery:
    fichiers: list[WrittenFile] = field(default_factory=list)
    lignes: list[pl.DataFrame] = field(default_factory=list)  # truth: which row is whom
    events: list[pl.DataFrame] = field(default_factory=list)  # rows with an address, as truly so
    formes: list[pl.DataFrame] = field(default_factory=list)  # which row of the contract's form
    rappels: list[Recalled] = field(default_factory=list)  # rows that the next year's file tells


def deliver_file(
    delivery: WrittenDelivery,
    seed: int,
    campagne: DeliveredYear,
    rows: pl.DataFrame,
    extrait: str,
    name: str,
    *,
    rates: float,
    year: int | None = None,
    separator: str = ";",
    encodage: str | None = None,
) -> None:
    """Shuffle, write and describe one file of the contract, and tell the truth of its rows.

    In the providers' forms it becomes one file or several; the rows are the same, in the same order,
    but for those whose fault no other form can have.
    """
    rng = cast_dice(seed, "livraison", campagne.code, name)
    rows = rows[rng.permutation(rows.height)]
    text = _writer(extrait)(rows, rng)
    typos = INVALID[extrait.replace("_agricoles", "")]
    numbered = text.with_columns(personne__=rows["personne"])
    copies, rules = typed.spoil(rng, numbered, rates, typos)
    spoilt = copies.drop("personne__")
    n = text.height + copies.height
    recalls = RECALLED in rows.columns
    truth = pl.DataFrame(
        {
            "campagne": pl.Series([campagne.code]).new_from_index(0, n),
            "extrait": pl.Series([extrait]).new_from_index(0, n),
            "fichier": pl.Series([name]).new_from_index(0, n),
            "ligne": pl.Series(np.arange(1, n + 1)).cast(pl.UInt32),
            "personne": pl.concat([rows["personne"], copies["personne__"]]),
            "ine": readable_ine(_find_ine(rows, extrait)).extend_constant(None, copies.height),
            "invalide": pl.concat(
                [pl.Series([None], dtype=pl.String).new_from_index(0, text.height), rules]
            ),
        }
    )
    if campagne.formats == "reels" and extrait in real.EXTRACTS:
        numbers = rows[RECALLED].extend_constant(None, copies.height) if recalls else None
        _deliver_real(delivery, campagne, pl.concat([text, spoilt]), truth, year, numbers)
        return
    path = campagne.dossier / name
    if path.suffix == ".parquet":
        count = files.write_parquet(path, pl.concat([text, spoilt]))
    else:
        sifa = extrait == "apprentissage"
        count = files.write_csv(
            path, text, _spoilt_lines(spoilt, rules, separator, quoted=not sifa),
            separator=separator, heading=not sifa, quoted=not sifa, encodage=encodage or "utf-8",
        )  # fmt: skip
    delivery.fichiers.append(files.describe(path, extrait, count, year, encodage))
    _tell(delivery, truth, truth)


def _spoilt_lines(
    spoilt: pl.DataFrame, rules: pl.Series, separator: str, *, quoted: bool
) -> list[str]:
    lines = files.csv_bytes(
        spoilt, separator=separator, heading=False, quoted=quoted, encodage="utf-8"
    ).decode().splitlines()  # fmt: skip
    return [
        row + separator + "X" if rule == WRONG_FIELDS else row
        for row, rule in zip(lines, rules.to_list(), strict=True)
    ]


def _deliver_real(
    delivery: WrittenDelivery,
    campagne: DeliveredYear,
    frame: pl.DataFrame,
    truth: pl.DataFrame,
    year: int | None,
    numbers: pl.Series | None,
) -> None:
    """Write rows as their provider's system does: a row of too many fields has no form but text.

    `numbers` are those of the rows that the next year's exports tell; in these, of the rows that tell one.
    """
    kept = truth["invalide"].ne_missing(WRONG_FIELDS)
    frame, truth = frame.filter(kept), truth.filter(kept)
    if numbers is not None:
        last = year == campagne.year
        frame, truth = _move_recalled(delivery, frame, truth, numbers.filter(kept), last=last)
    extrait, sound = str(truth["extrait"][0]), truth["invalide"].is_null().head(frame.height)
    for written in real.write_files(campagne.dossier, extrait, frame, year, sound):
        delivery.fichiers.append(written.fichier)
        ours = truth[written.rows]
        told = ours.with_columns(
            fichier=pl.lit(written.fichier.nom),
            ligne=pl.Series(np.arange(1, ours.height + 1)).cast(pl.UInt32),
        )
        _tell(delivery, told, ours)


def _move_recalled(
    delivery: WrittenDelivery,
    frame: pl.DataFrame,
    truth: pl.DataFrame,
    numbers: pl.Series,
    *,
    last: bool,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take the rows that the next year's exports tell out of their year; in the last, say which row tells which.

    Returns:
        The frame and its truth. In the last year the frame has `former_uai` and `former_place`, the row of the truth that
        is told of the school before; those stand after the frame's own.
    """
    if not last:
        told = numbers.is_not_null()
        delivery.rappels.append(
            Recalled(frame.filter(told), truth.filter(told), numbers.filter(told))
        )
        return frame.filter(~told), truth.filter(~told)
    (recalled,) = delivery.rappels
    places = pl.DataFrame(
        {
            "number": recalled.numbers,
            "former_place": np.arange(frame.height, frame.height + recalled.frame.height),
            "former_uai": recalled.frame["UAI"],
        }
    )
    here = pl.DataFrame({"number": numbers}).join(
        places, on="number", how="left", maintain_order="left"
    )
    return frame.hstack(here.drop("number")), pl.concat([truth, recalled.truth])


def _tell(delivery: WrittenDelivery, truth: pl.DataFrame, of_contract: pl.DataFrame) -> None:
    delivery.lignes.append(truth)
    places = of_contract.select(fichier_contrat="fichier", ligne_contrat="ligne")
    delivery.formes.append(truth.hstack(places).select(FORMES_COLUMNS))


def _find_ine(rows: pl.DataFrame, extrait: str) -> pl.Series:
    empty = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    return empty if extrait == "missions_locales" else rows["ine"]


def _writer(extrait: str) -> Write:
    write: dict[str, Write] = {
        "scolarite": lambda rows, rng: extracts.write_scolarite(rows),
        "agricole": lambda rows, rng: extracts.write_agricole(rows),
        "apprentissage": extracts.write_apprentissage,
        "diplomes": lambda rows, rng: extracts.write_diplomes(rows),
        "missions_locales": extracts.write_missions_locales,
        "contrats": lambda rows, rng: extracts.write_contracts(rows),
    }
    return write[extrait.replace("_agricoles", "")]
