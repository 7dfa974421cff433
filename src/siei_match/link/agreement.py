"""How two values reach a level: one expression per trait, over the columns `<trait>_a`, `<trait>_b`."""

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
    days = [
        pl.datetime(*(pl.col(f"naissance_{p}_{s}") for p in ("annee", "mois", "jour"))).dt.epoch(
            "d"
        )
        for s in SIDES
    ]
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
        .when((days[0] - days[1]).abs() == 1)
        .then(level(code("un_jour")))
        .when(annee & first_january)
        .then(level(code("partiel")))
        .when(two_parts)
        .then(level(code("deux_elements")))
        .otherwise(level(code("different")))
    )


def departement(column: str) -> pl.Expr:
    return pl.col(column).str.head(2)


def niveau_lieu() -> pl.Expr:
    """Compare birthplaces: commune (or country), département; abroad is a département of its own."""
    same_departement = departement("naissance_lieu_a") == departement("naissance_lieu_b")
    return (
        pl.when(absent("naissance_lieu"))
        .then(level(ABSENT))
        .when(same("naissance_lieu"))
        .then(level(LIEU.code("egal")))
        .when(same_departement)
        .then(level(LIEU.code("departement")))
        .otherwise(level(LIEU.code("different")))
    )


def niveau_adresse(both: pl.DataFrame) -> pl.Series:
    """Compare residences: street in the same commune, then commune, then département."""
    same_commune = both.select(
        (same("commune") & ~absent("adresse")).fill_null(value=False).alias("x")
    )["x"]
    likeness = pl.Series([0.0], dtype=pl.Float32).new_from_index(0, both.height)
    near = both.filter(same_commune)
    likeness = likeness.scatter(
        same_commune.arg_true(), jaro_winkler(near["adresse_a"], near["adresse_b"])
    )
    return both.select(
        pl.when(absent("commune"))
        .then(level(ABSENT))
        .when(same("commune") & same("adresse").fill_null(value=False))
        .then(level(ADRESSE.code("egal")))
        .when(same("commune") & (pl.lit(likeness) >= SAME_STREET))
        .then(level(ADRESSE.code("proche")))
        .when(same("commune"))
        .then(level(ADRESSE.code("commune")))
        .when(departement("commune_a") == departement("commune_b"))
        .then(level(ADRESSE.code("departement")))
        .otherwise(level(ADRESSE.code("different")))
        .alias("adresse")
    )["adresse"]


def niveau_ine(both: pl.DataFrame) -> pl.Series:
    """Compare INE: equal, one typing error apart, or different."""
    other = both.select((pl.col("ine_a") != pl.col("ine_b")).fill_null(value=False).alias("x"))["x"]
    differing = both.filter(other)
    near = edits(differing["ine_a"], differing["ine_b"]) == 1
    neighbours = pl.Series([False]).new_from_index(0, both.height)
    neighbours = neighbours.scatter(other.arg_true(), pl.Series(near))
    return both.select(
        pl.when(absent("ine"))
        .then(level(ABSENT))
        .when(same("ine"))
        .then(level(INE.code("egal")))
        .when(pl.lit(neighbours))
        .then(level(INE.code("voisin")))
        .otherwise(level(INE.code("different")))
        .alias("ine")
    )["ine"]
