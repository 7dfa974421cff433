"""Formations: what a MEF or a diploma code leads to, and what a diploma obtained is worth.

The law stands in two tables that a lawyer can read, `cycles.csv` and `titres.csv`, dated row by
row. For one code the most precise rule wins: diploma, then dispositif, then level of diploma,
then the family that the first characters name, else `inconnu`.
"""

from datetime import date
from functools import cache

import polars as pl

from siei_match.reference.nomenclatures.places import read_csv

BY_DIPLOMA = "selon_diplome"
"""A mention complémentaire (010) is of level 3 or 4: its diploma tells which."""


@cache
def niveaux() -> pl.DataFrame:
    """Return the levels of diploma of the BCN: `niveau` (3 characters), `libelle`, `rncp`."""
    return read_csv("niveaux_formation_diplome.csv").select(
        niveau="NIVEAU_FORMATION_DIPLOME", libelle="LIBELLE_100", rncp="NIVEAU_QUALIFICATION_RNCP"
    )


@cache
def programmes() -> pl.DataFrame:
    """Return the tracks: `dispositif` (3 characters), `niveau` of their diploma, `libelle`."""
    return read_csv("dispositifs_formation.csv").select(
        dispositif="DISPOSITIF_FORMATION", niveau="NIVEAU_FORMATION_DIPLOME", libelle="LIBELLE_LONG"
    )


@cache
def diplomes() -> pl.DataFrame:
    """Return the diplomas: `diplome` (8 characters), `niveau`, `short_label`, `libelle`, `rncp`."""
    return read_csv("diplomes.csv").select(
        diplome="FORMATION_DIPLOME",
        niveau="NIVEAU_FORMATION_DIPLOME",
        short_label="LIBELLE_COURT",
        libelle="LIBELLE_LONG_200",
        rncp="NIVEAU_QUALIFICATION_RNCP",
    )


@cache
def mefs() -> pl.DataFrame:
    """Return the modules: `mef` (10 characters), `dispositif`, `diplome`, `duree`, `annee`, `libelle`."""
    return read_csv("mef.csv").select(
        mef="MEF",
        dispositif="DISPOSITIF_FORMATION",
        diplome="FORMATION_DIPLOME",
        duree="DUREE_DISPOSITIF",
        annee="ANNEE_DISPOSITIF",
        libelle=pl.col("LIBELLE_LONG").str.replace_all(r"\s+", " "),
    )


@cache
def _dated(name: str) -> pl.DataFrame:
    return read_csv(name).with_columns(pl.col("valide_du", "valide_au").str.to_date())


def _valid(name: str, le: date) -> pl.DataFrame:
    return _dated(name).filter(
        pl.col("valide_du") <= le, (pl.col("valide_au") >= le).fill_null(True)
    )


def cycle_rules(le: date) -> pl.DataFrame:
    """Return the rules of `cycles.csv` in force on a day: `nature`, `code`, `libelle`, `cycle`, …"""
    return _valid("cycles.csv", le)


def title_rules(le: date) -> pl.DataFrame:
    """Return the rules of `titres.csv` in force on a day: `nature`, `code`, `niveau`, `rang`, …"""
    return _valid("titres.csv", le).with_columns(pl.col("rang").cast(pl.Int8))


def titres_dip_obt(le: date) -> pl.DataFrame:
    """Return what SIFA's DIP_OBT is worth: `dip_obt`, `niveau`, `rang`."""
    rules = title_rules(le).filter(pl.col("nature") == "dip_obt")
    return rules.select("niveau", "rang", dip_obt="code")


def _look_up(rules: pl.DataFrame, nature: str, value: str, key: pl.Expr) -> pl.Expr:
    """Say what the rules of one nature give for `key`, null where none applies."""
    chosen = rules.filter(pl.col("nature") == nature)
    return key.replace_strict(
        chosen["code"], chosen[value], default=None, return_dtype=rules.schema[value]
    )


def _level_of_diploma() -> pl.Expr:
    """Level 3 or 4 of a diploma whose family holds both; the lower when the level is unknown."""
    rank_four = pl.col("rncp") == "04"
    return pl.when(rank_four).then(pl.lit("niveau_4")).otherwise(pl.lit("niveau_3"))


def _settle(column: str) -> pl.Expr:
    chosen = pl.col(column)
    return pl.when(chosen == BY_DIPLOMA).then(_level_of_diploma()).otherwise(chosen)


def describe_mefs(codes: pl.Series, le: date) -> pl.DataFrame:
    """Say what each MEF leads to, known or not, one row per distinct code.

    Args:
        codes: MEF codes of 10 or 11 characters (SIECLE adds one at the end); nulls are skipped.
        le: the day on which the rules must be in force.

    Returns:
        `mef` as given, `diplome` prepared (of the MEF, or composed as the BCN composes it when
        that gives a known diploma), `cycle`, `formation` (label, absent if nothing is known).
    """
    rules = cycle_rules(le)
    known = (
        codes.drop_nulls()
        .unique()
        .sort()
        .to_frame("mef")
        .with_columns(mef10=pl.col("mef").str.slice(0, 10))
    )
    tracks = programmes().select(
        "dispositif", niveau_dispositif="niveau", libelle_dispositif="libelle"
    )
    described = (
        known.join(
            mefs().rename({"mef": "mef10", "libelle": "libelle_mef"}), on="mef10", how="left"
        )
        .with_columns(dispositif=pl.col("mef10").str.slice(0, 3))
        .join(tracks, on="dispositif", how="left")
        .with_columns(
            # Vocational MEF: dispositif (3), characters 4 to 8 of the diploma, duration, year.
            diplome=pl.coalesce(
                "diplome", pl.col("niveau_dispositif") + pl.col("mef10").str.slice(3, 5)
            )
        )
        .join(diplomes(), on="diplome", how="left")
    )
    dispositif, niveau = pl.col("dispositif"), pl.coalesce("niveau", "niveau_dispositif")
    cycle = pl.coalesce(
        _look_up(rules, "diplome", "cycle", pl.col("diplome")),
        _look_up(rules, "dispositif", "cycle", dispositif),
        _look_up(rules, "niveau_formation_diplome", "cycle", niveau),
        _look_up(rules, "prefixe_dispositif", "cycle", dispositif.str.slice(0, 2)),
        _look_up(rules, "prefixe_dispositif", "cycle", dispositif.str.slice(0, 1)),
        pl.lit("inconnu"),
    )
    return described.with_columns(cycle=cycle).select(
        "mef",
        diplome=pl.when(pl.col("niveau").is_not_null()).then(pl.col("diplome")),
        cycle=_settle("cycle"),
        formation=_label_mef(),
    )


def _label_diplome() -> pl.Expr:
    """`PRET-A-PORTER (CAP)`: the official label, its sigle added where the label does not say it."""
    label, short_label = pl.col("libelle"), pl.col("short_label")
    return (
        pl.when(label.str.contains("(", literal=True))
        .then(label)
        .otherwise(pl.format("{} ({})", label, short_label))
    )


def _label_mef() -> pl.Expr:
    """A general course by its own label (`3EME`), a vocational one by its diploma and year."""
    year, duration = pl.col("annee"), pl.col("duree")
    ordinal = pl.when(year == "1").then(pl.lit("1re")).otherwise(year + "e")
    # A duration of 9 means "not specified"; a course of one year needs no year.
    year_known = duration.is_in(["2", "3", "4"]) & year.is_in(["1", "2", "3", "4"])
    with_year = pl.when(year_known).then(pl.format("{}, {} année", _label_diplome(), ordinal))
    # Collège (6xx), bacs général and technologique (47x, 43x) and tracks without diploma (x8x,
    # x99): the diploma's label says less than the module's.
    general = pl.col("niveau").str.contains(r"^(6|47|43|.8|.99)")
    return pl.coalesce(
        pl.when(general).then(pl.col("libelle_mef")),
        with_year,
        _label_diplome(),
        "libelle_mef",
        "libelle_dispositif",
    )


def describe_diplomes(codes: pl.Series, le: date) -> pl.DataFrame:
    """Say what each diploma code is worth, known or not, one row per distinct code.

    Args:
        codes: diploma codes of 8 characters; nulls are skipped.
        le: the day on which the rules must be in force.

    Returns:
        `diplome` as given, `cycle` that prepares it, `niveau` and `rang` of who obtained it
        (as in the table titres), `formation` (label, absent if unknown).
    """
    cycles, titres = cycle_rules(le), title_rules(le)
    described = (
        codes.drop_nulls()
        .unique()
        .sort()
        .to_frame("diplome")
        .join(diplomes().rename({"niveau": "niveau_bcn"}), on="diplome", how="left")
    )
    code = pl.col("diplome")
    three, one = code.str.slice(0, 3), code.str.slice(0, 1)

    def resolve(rules: pl.DataFrame, value: str) -> pl.Expr:
        return pl.coalesce(
            _look_up(rules, "diplome", value, code),
            _look_up(rules, "niveau_formation_diplome", value, three),
            _look_up(rules, "prefixe_diplome", value, one),
        )

    return described.with_columns(
        cycle=resolve(cycles, "cycle").fill_null("inconnu"),
        niveau=resolve(titres, "niveau").fill_null("aucun"),
        rang=resolve(titres, "rang").fill_null(0),
    ).select(
        "diplome",
        cycle=_settle("cycle"),
        niveau=_settle("niveau"),
        rang=pl.when(pl.col("niveau") == BY_DIPLOMA)
        .then(_level_of_diploma().str.tail(1).cast(pl.Int8))
        .otherwise(pl.col("rang")),
        formation=_label_diplome(),
    )
