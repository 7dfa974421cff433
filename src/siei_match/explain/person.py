"""Put together what a campaign's tables say of one person."""

from datetime import date
from pathlib import Path

import polars as pl

from siei_match.explain.model import Decision, ExplainedRule, Explanation, Ligne, Reponse
from siei_match.explain.pairs import build_pairs, read_pairs, read_seuils
from siei_match.explain.sources import (
    PLACE,
    Published,
    at_places,
    damaged,
    find_person,
    open_campaign,
)
from siei_match.explain.values import fill_values
from siei_match.output import MANIFESTE
from siei_match.reference.errors import OutputError
from siei_match.reference.failures import shield
from siei_match.stages.decide.rules import REGLES


@shield
def explain_person(
    sortie: Path, campagne: str, identifiant: str, *, dossier: Path | None = None
) -> Explanation:
    """Explain one person of a prepared campaign.

    Args:
        sortie: the output folder of the runs.
        campagne: the campaign's code.
        identifiant: an `id_personne`, or the `id_signalement` of any campaign of the folder.
        dossier: the campaign's input folder. If given, the rows' values are read again and the
            result is nominative: for the eyes of whoever asked, for no log and no file.

    Raises:
        SieiError: the campaign or the identifier is unknown, a table is missing, or the folder is
            not the one that the manifest seals. Never a value in it.
    """
    publiee = open_campaign(sortie, campagne)
    personne = find_person(publiee, identifiant)
    lignes = read_rows_of(publiee, personne)
    seuils = read_seuils(publiee)
    places = pl.DataFrame([{c: getattr(x, c) for c in PLACE} for x in lignes])
    paires, refusees, autres = build_pairs(
        read_pairs(publiee, places), personne, lignes, seuils, publiee.manifeste.get("modele")
    )
    if dossier is not None:
        lignes, autres = fill_values(publiee, dossier, lignes, autres, refusees)
    jour, definition = read_campaign(publiee)
    return Explanation(
        campagne=publiee.code,
        date_observation=jour,
        definition=definition,
        id_personne=personne,
        id_signalement=read_signalement(publiee, personne),
        seuils=seuils,
        nominative=dossier is not None,
        lignes=lignes,
        autres_lignes=autres,
        paires=paires,
        refusees=refusees,
        decision=read_decision(publiee, personne),
        reponses=read_reponses(publiee, personne),
    )


def read_campaign(publiee: Published) -> tuple[date, str]:
    """Return the day and the definition of the campaign, from its manifest."""
    try:
        described = publiee.manifeste["campagne"]
        return date.fromisoformat(described["date_observation"]), str(described["definition"])
    except (KeyError, TypeError, ValueError):
        raise damaged(publiee.dossier / MANIFESTE) from None


def read_rows_of(publiee: Published, personne: str) -> tuple[Ligne, ...]:
    """Return the rows of a person, in the order of the delivery, numbered from 1."""
    rows = publiee.rows("identites", pl.col("id_personne") == personne)
    emptied = (
        publiee.rows("rejets", at_places(rows))
        .with_columns(
            texte=pl.format("{} ({})", "regle", pl.col("colonne").fill_null("ligne")),
        )
        .group_by(PLACE)
        .agg(avertissements=pl.col("texte").unique().sort())
    )
    rows = rows.join(emptied, on=PLACE, how="left", maintain_order="left").with_columns(
        pl.col("avertissements").fill_null([])
    )
    return tuple(
        Ligne(repere=str(rang), **row)
        for rang, row in enumerate(rows.iter_rows(named=True), start=1)
    )


def read_signalement(publiee: Published, personne: str) -> str | None:
    listed = publiee.rows("signalements", pl.col("id_personne") == personne)
    return str(listed["id_signalement"][0]) if listed.height else None


def read_decision(publiee: Published, personne: str) -> Decision | None:
    """Return the decision with the state of every rule, or None for a person out of scope."""
    found = publiee.rows("decisions", pl.col("id_personne") == personne)
    if found.is_empty():
        return None
    row = found.row(0, named=True)
    kept = {name: row[name] for name in Decision.model_fields if name in row}
    return Decision(**kept, regles=tried_rules(row["statut"], row["motif"]))


def read_reponses(publiee: Published, personne: str) -> tuple[Reponse, ...]:
    """Return what platforms answered; nothing for a reader to whom that file is closed."""
    try:
        found = publiee.rows("reponses", pl.col("id_personne") == personne)
    except OutputError:
        return ()
    told = found.sort("date_retour", "origine", "fichier", "ligne").drop("id_personne")
    return tuple(Reponse(**row) for row in told.iter_rows(named=True))


def tried_rules(statut: str, motif: str) -> tuple[ExplainedRule, ...]:
    """Tell of each rule, in order, whether it held: the first that holds decides."""
    names = [(regle.statut, regle.motif) for regle in REGLES]
    decided = names.index((statut, motif)) if (statut, motif) in names else len(names)
    return tuple(
        ExplainedRule(
            statut=regle.statut,
            motif=regle.motif,
            en_clair=regle.en_clair,
            source=regle.source,
            etat=(
                "ne_tient_pas" if rang < decided else "decide" if rang == decided
                else "non_examinee"
            ),
        )
        for rang, regle in enumerate(REGLES)
    )  # fmt: skip
