"""Stays of apprentices, whoever tells them: SIFA on 31 December, contracts through the year."""

import polars as pl

from siei_match.reference.nomenclatures import describe_diplomes
from siei_match.stages.normalise.dates import CONTRACTS, own_break
from siei_match.stages.normalise.tables import NumberedRows, build_parcours, rules_day


def build_apprenticeships(lecture: NumberedRows, diplome: str, **columns: pl.Expr) -> pl.DataFrame:
    """Enrolments of apprentices: `tables/parcours`, with what the diploma prepared is, and the break of this contract.

    Args:
        lecture: the file's rows.
        diplome: the column of the diploma prepared.
        columns: what else the file says of the stay, as `build_parcours` takes it.
    """
    described = describe_diplomes(lecture.lignes[diplome], rules_day(lecture.fichier))
    return build_parcours(
        lecture,
        described.select("diplome", "cycle", "formation"),
        rupture=own_break(CONTRACTS[lecture.fichier.extrait]),
        uai=pl.col(str(lecture.colonnes.uai)),
        diplome=pl.col(diplome),
        **columns,
    )
