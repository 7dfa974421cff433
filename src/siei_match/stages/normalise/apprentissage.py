"""CFA (SIFA): apprentices on 31 December, with the diploma that they held on entry."""

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.nomenclatures import titres_dip_obt
from siei_match.stages.normalise.apprentices import build_apprenticeships
from siei_match.stages.normalise.columns import ProviderColumns
from siei_match.stages.normalise.tables import (
    NormalisedTables,
    NumberedRows,
    build_coordonnees,
    build_traits,
    read_rows,
    rules_day,
    school_year,
)

# SIFA's instructions: NOM is the name of birth, NOM2 the name of usage.
COLUMNS = ProviderColumns(
    nom_naissance="NOM",
    nom_usage="NOM2",
    prenoms=("PRENOM1", "PRENOM2", "PRENOM3"),
    sexe="SEXE",
    ine="INE_RNIE",
    commune_naissance="LIEU_NAIS",
    uai="NUMERO_UAI",
    address=("ADRESSE",),
    code_postal="COD_POST",
    commune="COM_RESID",
    telephones=("TEL_JEUNE",),
    courriels=("MAIL_JEUNE",),
    # SIFA names no guardian: the second's are shown where the first gives none.
    guardian_phones=(
        "TEL_RESP1_PERSO",
        "TEL_RESP1_PRO",
        "TEL_RESP2_PERSO",
        "TEL_RESP2_PRO",
    ),
    second_phones=("TEL_RESP2_PERSO", "TEL_RESP2_PRO"),
    second_mails=("MAIL_RESP2",),
    guardian_mails=("MAIL_RESP1", "MAIL_RESP2"),
)

WITHOUT_DIPLOMA = ("01", "99")
"""DIP_OBT: no diploma, and unknown. CFG and DNB are diplomas, of no level."""


def normalise_apprentissage(
    valides: pl.DataFrame, fichier: Fichier, premier_rid: int = 0
) -> NormalisedTables:
    """Take a file of `apprentissage` to the four tables."""
    lecture = read_rows(valides, fichier, premier_rid, COLUMNS)
    parcours = build_apprenticeships(
        lecture, "DIPLOME", annee=school_year(None, fichier), debut=pl.col("DATE_ENTREE_CFA")
    )
    parcours = parcours.with_columns(formation=_with_year(parcours, lecture))
    return NormalisedTables(
        build_traits(lecture), parcours, _titres(lecture), build_coordonnees(lecture)
    )


def _with_year(parcours: pl.DataFrame, lecture: NumberedRows) -> pl.Series:
    """Add the year of the course (AN_FORM) to the label of a diploma prepared in several."""
    frame = parcours.select("formation").with_columns(an=lecture.lignes["AN_FORM"])
    # SIFA's own codes are 1A to 4A; some CFA leave the letter out, or write a zero before it.
    year = pl.col("an").str.extract(r"(?i)^0?([1-4])(?:A|\.0)?$")
    ordinal = pl.when(year == "1").then(pl.lit("1re")).otherwise(year + "e")
    known = year.is_not_null() & pl.col("formation").is_not_null()
    return frame.select(
        formation=pl.when(known)
        .then(pl.format("{}, {} année", "formation", ordinal))
        .otherwise("formation")
    )["formation"]


def _titres(lecture: NumberedRows) -> pl.DataFrame:
    """The diploma held on entry, as DIP_OBT tells it: its level, neither its code nor its year."""
    held = lecture.lignes.select("rid", dip_obt=pl.col("DIP_OBT").str.pad_start(2, "0")).filter(
        ~pl.col("dip_obt").is_in(WITHOUT_DIPLOMA)
    )
    worth = titres_dip_obt(rules_day(lecture.fichier))
    return (
        held.join(worth, on="dip_obt", how="inner", maintain_order="left")
        .with_columns(diplome=pl.lit(None, pl.String), session=pl.lit(None, pl.Int16))
        .select(declaration("tables/titres").columns)
    )
