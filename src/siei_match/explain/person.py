"""Put together what a campaign's tables say of one person."""

from pathlib import Path

import polars as pl

from siei_match.explain.model import (
    Decision,
    ExplainedAnswer,
    ExplainedRow,
    ExplainedRule,
    Explanation,
)
from siei_match.explain.pairs import build_pairs, read_pairs, read_thresholds
from siei_match.explain.sources import (
    PLACE,
    at_places,
    find_person,
)
from siei_match.explain.values import fill_values
from siei_match.output import PreparedCampaign, require_prepared
from siei_match.reference.errors import OutputError
from siei_match.reference.failures import shield
from siei_match.stages.decide.rules import REGLES


@shield
def explain_person(
    sortie: Path, campagne: str, identifier: str, *, dossier: Path | None = None
) -> Explanation:
    """Explain one person of a campaign, released or not.

    Args:
        sortie: the output folder of the runs.
        campagne: the campaign's code.
        identifier: an `id_personne`, or the `id_signalement` of any campaign of the folder.
        dossier: the campaign's input folder. If given, the rows' values are read again and the
            result is nominative: for the eyes of whoever asked, for no log and no file.

    Raises:
        SieiError: the campaign or the identifier is unknown, a table is missing, or the folder is
            not the one that the manifest seals. Never a value in it.
    """
    prepared = require_prepared(sortie, campagne)
    manifest = prepared.manifest()
    personne = find_person(sortie, prepared, identifier)
    rows = read_rows_of(prepared, personne)
    thresholds = read_thresholds(manifest)
    places = pl.DataFrame([{c: getattr(x, c) for c in PLACE} for x in rows])
    pairs, refusees, others = build_pairs(
        read_pairs(prepared, places), personne, rows, thresholds, manifest.modele
    )
    if dossier is not None:
        rows, others = fill_values(prepared, dossier, rows, others, refusees)
    return Explanation(
        campagne=prepared.code,
        date_observation=manifest.campagne.date_observation,
        definition=manifest.campagne.definition,
        id_personne=personne,
        id_signalement=read_signalement(prepared, personne),
        seuils=thresholds,
        nominative=dossier is not None,
        lignes=rows,
        autres_lignes=others,
        paires=pairs,
        refusees=refusees,
        decision=read_decision(prepared, personne),
        reponses=read_reponses(prepared, personne),
    )


def read_rows_of(prepared: PreparedCampaign, personne: str) -> tuple[ExplainedRow, ...]:
    """Return the rows of a person, in the order of the delivery, numbered from 1."""
    rows = prepared.rows("identites", pl.col("id_personne") == personne)
    emptied = (
        prepared.rows("rejets", at_places(rows))
        .with_columns(
            text=pl.format("{} ({})", "regle", pl.col("colonne").fill_null("ligne")),
        )
        .group_by(PLACE)
        .agg(avertissements=pl.col("text").unique().sort())
    )
    rows = rows.join(emptied, on=PLACE, how="left", maintain_order="left").with_columns(
        pl.col("avertissements").fill_null([])
    )
    return tuple(
        ExplainedRow(repere=str(rang), **row)
        for rang, row in enumerate(rows.iter_rows(named=True), start=1)
    )


def read_signalement(prepared: PreparedCampaign, personne: str) -> str | None:
    listed = prepared.rows("signalements", pl.col("id_personne") == personne)
    return str(listed["id_signalement"][0]) if listed.height else None


def read_decision(prepared: PreparedCampaign, personne: str) -> Decision | None:
    """Return the decision with the state of every rule, or None for a person out of scope."""
    found = prepared.rows("decisions", pl.col("id_personne") == personne)
    if found.is_empty():
        return None
    row = found.row(0, named=True)
    kept = {name: row[name] for name in Decision.model_fields if name in row}
    return Decision(**kept, regles=tried_rules(row["statut"], row["motif"]))


def read_reponses(prepared: PreparedCampaign, personne: str) -> tuple[ExplainedAnswer, ...]:
    """Return what platforms answered; nothing for a reader to whom that file is closed."""
    try:
        found = prepared.rows("reponses", pl.col("id_personne") == personne)
    except OutputError:
        return ()
    told = found.sort("date_retour", "origine", "fichier", "ligne").drop("id_personne")
    return tuple(ExplainedAnswer(**row) for row in told.iter_rows(named=True))


def tried_rules(statut: str, motif: str) -> tuple[ExplainedRule, ...]:
    """Tell of each rule, in order, whether it held: the first that holds decides."""
    names = [(rule.statut, rule.motif) for rule in REGLES]
    decided = names.index((statut, motif)) if (statut, motif) in names else len(names)
    return tuple(
        ExplainedRule(
            statut=rule.statut,
            motif=rule.motif,
            en_clair=rule.en_clair,
            source=rule.source,
            etat=(
                "ne_tient_pas" if rang < decided else "decide" if rang == decided
                else "non_examinee"
            ),
        )
        for rang, rule in enumerate(REGLES)
    )  # fmt: skip
