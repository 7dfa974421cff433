"""What platforms answered: the delivery's extract and the files collected since, joined."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from siei_match.campaign.results import require_equal
from siei_match.campaign.worksite import Worksite, part_name
from siei_match.output.memory.answers import read_collected
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.errors import Notice
from siei_match.reference.vocabulary import AVERTISSEMENT, RETOURS
from siei_match.stages.decide import JoinedAnswers, Observation, join_answers, keep_decisive
from siei_match.stages.route import find_own

logger = logging.getLogger(__name__)

REPONSES = "reponses"
OWN = "psad_destination_autre"
"""The rule that a transfer to one's own platform breaks, in `rejets`."""
AFTER_ALL = part_name(9999)
"""The part of `rejets` that only this step can tell, after those of every file."""
PLACE = ("origine", "fichier", "ligne")


def gather_answers(worksite: Worksite, signalements: pl.DataFrame, day: date) -> JoinedAnswers:
    """Join every answer there is to the person it is about, whoever brought it.

    `signalements`: who was listed where before this campaign, by today's identifiers. An answer
    collected without a date is of the day on which it was collected. What platforms send themselves
    comes after what the delivery says for them: of two answers of one day, theirs is the last.
    """
    delivered = worksite.read("retours").with_columns(
        psad=pl.lit(None, dtype=pl.String),
        origine=pl.lit("livraison"),
        jour_ecrit=pl.lit(value=True),
    )
    collected = read_collected(worksite.staging.sortie).with_columns(
        jour_ecrit=pl.col("date_retour").is_not_null(),
        date_retour=pl.coalesce("date_retour", "date_collecte"),
        origine=pl.lit("collecte"),
    )
    retours = pl.concat([delivered, collected.select(delivered.columns)])
    answers = join_answers(retours, signalements, day)
    joined = sum(f.height for f in vars(answers).values())
    require_equal("answers joined or not", joined, "answers", retours.height)
    return empty_own(worksite, answers)


def empty_own(worksite: Worksite, answers: JoinedAnswers) -> JoinedAnswers:
    """Empty the transfers to the platform that answers; those of the delivery go to `rejets`."""
    own = find_own(answers.reponses)
    is_own = pl.col("reception").is_in(own.implode())
    emptied = answers.reponses.filter(is_own, origine="livraison").select(
        extrait=pl.lit(RETOURS),
        fichier="fichier",
        ligne="ligne",
        gravite=pl.lit(AVERTISSEMENT),
        regle=pl.lit(OWN),
        colonne=pl.lit("psad_destination"),
    )
    worksite.write(emptied.sort("fichier", "ligne"), "rejets", AFTER_ALL)
    if own.len():
        logger.warning(
            "%d answers transfer to the platform that answers: nobody is moved.", own.len()
        )
    return replace(
        answers,
        reponses=answers.reponses.with_columns(
            psad_destination=pl.when(~is_own).then("psad_destination")
        ),
    )


def note_answers(
    worksite: Worksite,
    answers: JoinedAnswers,
    decisions: pl.DataFrame,
    transfers: pl.DataFrame,
    observation: Observation,
) -> None:
    """Write what the campaign did of each answer: the annex `answers`, for explanations."""
    returned = decisions.filter(statut="retour").select("id_personne")
    decisive = (
        keep_decisive(answers.reponses, "id_personne", observation)
        .join(returned, on="id_personne", how="semi")
        .select(*PLACE, decide=pl.lit(value=True))
    )
    # Of several answers that say the same transfer on the same day, the first is told.
    passed_on = (
        answers.reponses.with_columns(cle=pl.col("psad_destination").str.to_lowercase())
        .join(
            transfers.with_columns(cle=pl.col("psad_destination").str.to_lowercase()),
            on=["id_personne", "date_retour", "cle"],
            how="semi",
        )
        .sort(*PLACE)
        .unique("id_personne", keep="first", maintain_order=True)
        .select(*PLACE, transfere=pl.lit(value=True))
    )
    noted = (
        pl.concat(
            frame.with_columns(annulee=pl.lit(taken))
            for frame, taken in (
                (answers.reponses, False),
                (answers.too_late, False),
                (answers.taken_back, True),
            )
        )
        .join(decisive, on=PLACE, how="left")
        .join(passed_on, on=PLACE, how="left")
        .with_columns(pl.col("decide", "transfere").fill_null(value=False))
        .sort("id_personne", "date_retour", *PLACE)
    )
    table = f"tables/{REPONSES}"
    worksite.write_final(conform(noted.select(declaration(table).columns), table), REPONSES)


def count_answers(answers: JoinedAnswers, transfers: pl.DataFrame) -> dict[str, int]:
    """Count the answers for the manifest, by what could be done with them."""
    every = pl.concat(frame.select("origine", "date_retour") for frame in vars(answers).values())
    return {
        "retours_livres": every.filter(origine="livraison").height,
        "retours_collectes": every.filter(origine="collecte").height,
        "retours_inconnus": answers.unknown.height,
        "retours_autre_plateforme": answers.others.height,
        "retours_apres_le_jour": answers.too_late.height,
        "transferts": transfers.height,
        # Said where there are some: most campaigns have none.
        **({"retours_annules": n} if (n := answers.taken_back.height) else {}),
    }


def warn_of_answers(counts: Mapping[str, int], destinations: int) -> tuple[Notice, ...]:
    """Warn of answers that change nothing here, and of unknown destinations."""
    said = []
    if n := counts["retours_apres_le_jour"]:
        said.append(
            Notice(
                f"{n} answers were collected after the day of observation: they count next time.",
                f"Réponses reçues des plateformes et datées d’après le jour d’observation : {n}. "
                "Elles comptent à partir de la campagne suivante.",
            )
        )
    if destinations:
        said.append(
            Notice(
                f"{destinations} answers name a platform that does not exist: nobody was moved.",
                f"Transferts vers une plateforme inconnue : {destinations}. Personne n’a été "
                "déplacé ; corriger le code et renvoyer la réponse.",
            )
        )
    for avertissement in said:
        logger.warning("%s", avertissement)
    return tuple(said)
