"""How two values reach a level: one expression per trait, over the columns `<trait>_a`, `<trait>_b`."""

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.levels import ABSENT, ADRESSE, COURRIEL, INE, LIEU, NAISSANCE, SEXE, TELEPHONE
from siei_match.link.likeness import edits, jaro_winkler

SAME_STREET = 0.92
SIDES = ("a", "b")


def absent(*columns: str) -> pl.Expr:
    """True where one side of one of the columns is null."""
    return pl.any_horizontal(pl.col(f"{c}_{s}").is_null() for c in columns for s in SIDES)


def same(column: str) -> pl.Expr:
    return pl.col(f"{column}_a") == pl.col(f"{column}_b")


def level(code: int) -> pl.Expr:
    return pl.lit(code, pl.UInt8)


def equality(column: str, equal: int, different: int) -> pl.Expr:
    return (
        pl.when(absent(column))
        .then(level(ABSENT))
        .when(same(column))
        .then(level(equal))
        .otherwise(level(different))
    )


def niveau_sexe() -> pl.Expr:
    return equality("sexe", SEXE.code("egal"), SEXE.code("different"))


def niveau_telephone() -> pl.Expr:
    return any_in_common("telephones", TELEPHONE.code("egal"), TELEPHONE.code("different"))


def niveau_courriel() -> pl.Expr:
    return any_in_common("courriels", COURRIEL.code("egal"), COURRIEL.code("different"))


def any_in_common(column: str, equal: int, different: int) -> pl.Expr:
    left, right = (pl.col(f"{column}_{side}") for side in SIDES)
    lacking = (left.list.len().fill_null(0) == 0) | (right.list.len().fill_null(0) == 0)
    return (
        pl.when(lacking)
        .then(level(ABSENT))
        .when(left.list.set_intersection(right).list.len() > 0)
        .then(level(equal))
        .otherwise(level(different))
    )


def _digits(side: str) -> list[pl.Expr]:
    parts = []
    for column, width in (("naissance_annee", 4), ("naissance_mois", 2), ("naissance_jour", 2)):
        value = pl.col(f"{column}_{side}").cast(pl.Int32)
        parts += [(value // 10**k) % 10 for k in range(width)]
    return parts


def niveau_naissance() -> pl.Expr:
    """Compare birth dates by their parts; the year is always known.

    A date on 1 January may stand for an unknown day (births abroad, judgments in lieu of a
    certificate: matchID), so it agrees with any date of its year as a partial date does.
    """
    annee, mois, jour = (same(f"naissance_{p}") for p in ("annee", "mois", "jour"))
    partial = absent("naissance_mois", "naissance_jour")
    mois_ok, jour_ok = mois.fill_null(value=True), jour.fill_null(value=True)
    first_january = pl.any_horizontal(
        (pl.col(f"naissance_mois_{s}") == 1) & (pl.col(f"naissance_jour_{s}") == 1) for s in SIDES
    ).fill_null(value=False)
    swapped = (
        annee
        & (pl.col("naissance_mois_a") == pl.col("naissance_jour_b"))
        & (pl.col("naissance_jour_a") == pl.col("naissance_mois_b"))
    )
    wrong_digits = pl.sum_horizontal(
        (a != b).cast(pl.UInt8) for a, b in zip(_digits("a"), _digits("b"), strict=True)
    )
    days_apart = (pl.col("naissance_epoque_a") - pl.col("naissance_epoque_b")).abs()
    two_parts = pl.sum_horizontal(e.cast(pl.UInt8) for e in (annee, mois, jour)) == 2
    code = NAISSANCE.code
    return (
        pl.when(partial)
        .then(
            pl.when(annee & mois_ok & jour_ok)
            .then(level(code("partiel")))
            .otherwise(level(code("different")))
        )
        .when(annee & mois & jour)
        .then(level(code("egal")))
        .when(swapped)
        .then(level(code("inversion")))
        .when(wrong_digits == 1)
        .then(level(code("un_chiffre")))
        .when(days_apart == 1)
        .then(level(code("un_jour")))
        .when(annee & first_january)
        .then(level(code("partiel")))
        .when(two_parts)
        .then(level(code("deux_elements")))
        .otherwise(level(code("different")))
    )


def niveau_lieu() -> pl.Expr:
    """Compare birthplaces: commune (or country), département; abroad is one more of these."""
    return (
        pl.when(absent("lieu"))
        .then(level(ABSENT))
        .when(same("lieu"))
        .then(level(LIEU.code("egal")))
        .when(same("lieu_departement"))
        .then(level(LIEU.code("departement")))
        .otherwise(level(LIEU.code("different")))
    )


def niveau_adresse(both: pl.DataFrame, rues: pl.Series) -> pl.Series:
    """Compare residences: street in the same commune, then commune, then département.

    `rues`: the street of each fiche, to compare the letters of those that are not the same.
    """
    alike = both.select(
        (same("commune") & (pl.col("rue_a") != pl.col("rue_b"))).fill_null(value=False).alias("x")
    )["x"]
    pairs = both.filter(alike)
    near = jaro_winkler(rues[pairs["a"]], rues[pairs["b"]]) >= SAME_STREET
    return both.select(
        pl.when(absent("commune"))
        .then(level(ABSENT))
        .when(same("commune") & same("rue").fill_null(value=False))
        .then(level(ADRESSE.code("egal")))
        .when(same("commune") & spread(alike, near))
        .then(level(ADRESSE.code("proche")))
        .when(same("commune"))
        .then(level(ADRESSE.code("commune")))
        .when(same("commune_departement"))
        .then(level(ADRESSE.code("departement")))
        .otherwise(level(ADRESSE.code("different")))
        .alias("adresse")
    )["adresse"]


def niveau_ine(both: pl.DataFrame, ines: pl.Series) -> pl.Series:
    """Compare INE: equal, one typing error apart, or different. `ines`: that of each fiche."""
    other = both.select((pl.col("ine_a") != pl.col("ine_b")).fill_null(value=False).alias("x"))["x"]
    pairs = both.filter(other)
    near = edits(ines[pairs["a"]], ines[pairs["b"]]) == 1
    return both.select(
        pl.when(absent("ine"))
        .then(level(ABSENT))
        .when(same("ine"))
        .then(level(INE.code("egal")))
        .when(spread(other, near))
        .then(level(INE.code("voisin")))
        .otherwise(level(INE.code("different")))
        .alias("ine")
    )["ine"]


def spread(rows: pl.Series, values: npt.NDArray[np.bool_]) -> pl.Expr:
    """Put values computed for the rows that are true back in their place, false elsewhere."""
    everywhere = pl.zeros(len(rows), dtype=pl.Boolean, eager=True)
    return pl.lit(everywhere.scatter(rows.arg_true(), pl.Series(values)))
