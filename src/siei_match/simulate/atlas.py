"""Reference data, arranged for drawing: communes by population, establishments by département."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from siei_match.reference.contracts import schemas_root
from siei_match.simulate.dice import Floats, Ints


@dataclass(frozen=True)
class Communes:
    """Today's communes, with the codes that they were or are also known by."""

    code: pl.Series
    nom: pl.Series
    departement: pl.Series
    arrondissement: pl.Series
    code_postal: pl.Series
    population: Floats
    variants: pl.DataFrame  # rang, variante: old, delegated codes and arrondissements
    earlier: pl.DataFrame  # rang, ancienne, fin: communes of their own until `fin`
    departement_rank: Ints


@dataclass(frozen=True)
class Schools:
    """Establishments sorted by département, with where each département starts."""

    uai: pl.Series
    debut: Ints
    nombre: Ints


def _read(name: str, separator: str = ",") -> pl.DataFrame:
    path = schemas_root() / "nomenclatures" / name
    return pl.read_csv(path, separator=separator, infer_schema=False)


@cache
def communes() -> Communes:
    every = pl.read_parquet(schemas_root() / "nomenclatures" / "communes_2026.parquet", glob=False)
    current = every.filter(
        (pl.col("type") == "commune-actuelle")
        & pl.col("zone").is_in(["metro", "drom"])
        & (pl.col("codes_postaux") != "")
        & (pl.col("population") > 0)
    ).sort("code")
    ranks = current.select("code").with_row_index("rang")
    attached = every.filter(pl.col("type") != "commune-actuelle").select(
        variante="code", code="code_parent"
    )
    history = pl.read_parquet(
        schemas_root() / "nomenclatures" / "communes_historique.parquet", glob=False
    )
    earlier = (
        history.filter(
            (pl.col("statut") == "COM")
            & (pl.col("code") != pl.col("code_2026"))
            & (pl.col("date_fin") >= "1999-01-01")
        )
        .group_by("code", "code_2026")
        .agg(pl.col("date_fin").max().str.to_date().alias("fin"))
        .rename({"code": "ancienne", "code_2026": "code"})
    )
    variants = pl.concat([attached, earlier.select(variante="ancienne", code="code")])
    departements = current["departement"]
    return Communes(
        code=current["code"],
        nom=current["nom"],
        departement=departements,
        arrondissement=current["arrondissement"].fill_null(""),
        code_postal=current["codes_postaux"].str.split(",").list.first(),
        population=current["population"].to_numpy(),
        variants=variants.unique()
        .filter(pl.col("variante") != pl.col("code"))
        .join(ranks, on="code")
        .select("rang", "variante")
        .sort("rang", "variante"),
        earlier=earlier.join(ranks, on="code")
        .select("rang", "ancienne", "fin")
        .sort("rang", "ancienne"),
        departement_rank=_rank_departements(departements),
    )


@cache
def _departements() -> tuple[str, ...]:
    return tuple(sorted(set(_read("departements.csv")["code"])))


def _rank_departements(codes: pl.Series) -> Ints:
    known = _departements()
    return codes.replace_strict(known, range(len(known)), return_dtype=pl.Int64).to_numpy()


def key_uai(seven_digits: pl.Series) -> pl.Series:
    """Return seven digits with their control letter (int % 23 in 23 letters)."""
    letters = pl.Series(list("ABCDEFGHJKLMNPRSTUVWXYZ"))
    rest = (seven_digits.cast(pl.Int64) % 23).cast(pl.UInt32)
    return seven_digits + letters.gather(rest)


def _arrange(uai: pl.Series, departement: pl.Series) -> Schools:
    rang = _rank_departements(departement)
    order = np.lexsort((uai.to_numpy(), rang))
    number = np.bincount(rang, minlength=len(_departements()))
    return Schools(uai.gather(order), np.cumsum(number) - number, number)


@cache
def schools(genre: str) -> Schools:
    """Return the establishments of a kind: `college`, `lycee`, `agricole` or `cfa`."""
    if genre == "cfa":
        cfa = _read("cfa.csv").filter(pl.col("date_fermeture").is_null())
        return _from_postal(cfa["numero_uai"], cfa["code_postal_uai"])
    lycees = _read("lycees.csv").filter(
        (pl.col("pays") == "FR") & pl.col("dep_code").is_in(_departements())
    )
    agricole = pl.col("nom").str.to_uppercase().str.contains("AGRICOLE|HORTICOLE|VITICOLE|FOREST")
    if genre == "agricole":
        lycees = lycees.filter(agricole)
    elif genre == "lycee":
        lycees = lycees.filter(~agricole)
    else:
        return _invent_colleges(lycees)
    lycees = lycees.filter(pl.col("uai").str.contains(r"^\d{7}[A-Z]$")).unique("uai")
    return _arrange(lycees["uai"], lycees["dep_code"])


def _from_postal(uai: pl.Series, postal: pl.Series) -> Schools:
    overseas = pl.col("p").str.starts_with("97")
    table = pl.DataFrame({"u": uai, "p": postal}).with_columns(
        d=pl.when(overseas).then(pl.col("p").str.head(3))
        .when(pl.col("p").str.starts_with("20")).then(pl.lit("2A"))
        .otherwise(pl.col("p").str.head(2))
    )  # fmt: skip
    table = table.filter(
        pl.col("d").is_in(_departements()) & pl.col("u").str.contains(r"^\d{7}[A-Z]$")
    ).unique("u")
    return _arrange(table["u"], table["d"])


def _invent_colleges(lycees: pl.DataFrame) -> Schools:
    # No table of collèges is shipped: two for each lycée, numbered from 9000 up, key right.
    by_departement = lycees.group_by("dep_code").len().sort("dep_code")
    number = by_departement["len"].to_numpy() * 2
    departement = by_departement["dep_code"].gather(np.repeat(np.arange(len(number)), number))
    rang = np.concatenate([np.arange(n) for n in number])
    prefix = departement.replace({"2A": "620", "2B": "720"}).str.zfill(3)
    digits = prefix + pl.Series(9000 + rang % 1000).cast(pl.String)
    return _arrange(key_uai(digits), departement)


@cache
def mefs(dispositif: str, year: str, *, agricole: bool = False) -> pl.DataFrame:
    """Return the open MEF of a track and year: `mef` (10 characters) and `diplome` (8)."""
    table = _read("mef.csv", ";").filter(
        (pl.col("DISPOSITIF_FORMATION") == dispositif)
        & (pl.col("ANNEE_DISPOSITIF") == year)
        & pl.col("DATE_FERMETURE").is_null()
    )
    if dispositif == "103":
        agri = pl.col("LIBELLE_LONG").str.contains("AGRICOL")
        table = table.filter(agri if agricole else ~agri)
    return table.select(mef="MEF", diplome="FORMATION_DIPLOME").sort("mef")


@cache
def pays() -> pl.DataFrame:
    return _read("pays.csv").select(code="COG", nom="LIBCOG").sort("code")
