"""Columns that decide and school years, beside the last campaign's: what was implausible is marked."""

from typing import Any

from siei_match.output.manifest import Execution
from siei_match.reference.tallies import learn_shares, place_year
from siei_match.stages.publish.report.previous import PreviousCounts


def compare_columns(execution: Execution, previous: PreviousCounts | None) -> list[dict[str, Any]]:
    """Return one line per file and column that decides: shares of its rows, now and before.

    `alarm` where the run found the column implausible.
    """
    before = learn_shares(previous.tallies if previous else None)
    marked = {(said.fichier, said.colonne) for said in execution.invraisemblances}
    now = execution.campagne.annee_scolaire
    return [
        {
            "fichier": file.nom,
            "colonne": column.colonne,
            "vides": column.vides / file.valides,
            "illisibles": column.illisibles / file.valides,
            "inconnues": column.inconnues / file.valides,
            "conflits": column.conflits / file.valides,
            "missing": min(1.0, column.missing / file.valides),
            "before": before.get(
                (file.extrait, place_year(file.annee_scolaire, now), column.colonne), (None, "")
            )[0],
            "alarm": (file.nom, column.colonne) in marked,
        }
        for file in execution.entrees
        if file.valides
        for column in file.colonnes
    ]


def compare_years(execution: Execution, previous: PreviousCounts | None) -> list[dict[str, Any]]:
    """Return one line per extract and school year: rows now and before, establishments, people seen.

    `alarm` where the run found the year implausible.
    """
    tallies = previous.tallies.annees if previous else ()
    before = {(tally.extrait, tally.annee_scolaire): tally.lignes for tally in tallies}
    marked = {
        (said.extrait, said.annee_scolaire)
        for said in execution.invraisemblances
        if said.colonne is None
    }
    return [
        {
            "extrait": tally.extrait,
            "annee_scolaire": tally.annee_scolaire,
            "lignes": tally.lignes,
            "before": before.get((tally.extrait, tally.annee_scolaire)),
            "etablissements": tally.etablissements,
            "retrouves": tally.retrouves,
            "alarm": (tally.extrait, tally.annee_scolaire) in marked,
        }
        for tally in execution.annees
    ]
