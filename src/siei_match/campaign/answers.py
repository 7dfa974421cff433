"""What platforms answered: the delivery's extract and the files collected since, joined."""

import logging
from collections.abc import Mapping
from datetime import date

import polars as pl

from siei_match.campaign.results import require_equal
from siei_match.campaign.worksite import Worksite
from siei_match.output.memory.answers import read_collected, settle_corrections
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.errors import Avertissement
from siei_match.stages.decide import Observation, Reponses, join_reponses, keep_decisives

logger = logging.getLogger(__name__)

REPONSES = "reponses"
PLACE = ("origine", "fichier", "ligne")


def gather_reponses(chantier: Worksite, signalements: pl.DataFrame, jour: date) -> Reponses:
    """Join every answer there is to the person it is about, whoever brought it.

    `signalements`: who was listed where before this campaign, by today's identifiers. An answer collected without a date is of the day on which it was collected.
    """
    livrees = chantier.read("retours").with_columns(
        psad=pl.lit(None, dtype=pl.String), origine=pl.lit("livraison")
    )
    collectees = settle_corrections(read_collected(chantier.staging.sortie)).with_columns(
        date_retour=pl.coalesce("date_retour", "date_collecte"), origine=pl.lit("collecte")
    )
    retours = pl.concat([livrees, collectees.select(livrees.columns)])
    reponses = join_reponses(retours, signalements, jour)
    jointes = sum(f.height for f in vars(reponses).values())
    require_equal("answers joined or not", jointes, "answers", retours.height)
    return reponses


def note_reponses(
    chantier: Worksite,
    reponses: Reponses,
    decisions: pl.DataFrame,
    transferts: pl.DataFrame,
    observation: Observation,
) -> None:
    """Write what the campaign did of each answer: the annex `reponses`, for explanations."""
    retournees = decisions.filter(statut="retour").select("id_personne")
    decisives = (
        keep_decisives(reponses.reponses, "id_personne", observation)
        .join(retournees, on="id_personne", how="semi")
        .select(*PLACE, decide=pl.lit(value=True))
    )
    # Of several answers that say the same transfer on the same day, the first is told.
    transmises = (
        reponses.reponses.with_columns(cle=pl.col("psad_destination").str.to_lowercase())
        .join(
            transferts.with_columns(cle=pl.col("psad_destination").str.to_lowercase()),
            on=["id_personne", "date_retour", "cle"],
            how="semi",
        )
        .sort(*PLACE)
        .unique("id_personne", keep="first", maintain_order=True)
        .select(*PLACE, transfere=pl.lit(value=True))
    )
    notees = (
        pl.concat([reponses.reponses, reponses.tardives])
        .join(decisives, on=PLACE, how="left")
        .join(transmises, on=PLACE, how="left")
        .with_columns(pl.col("decide", "transfere").fill_null(value=False))
        .sort("id_personne", "date_retour", *PLACE)
    )
    table = f"tables/{REPONSES}"
    chantier.write_final(conform(notees.select(declaration(table).columns), table), REPONSES)


def count_reponses(reponses: Reponses, transferts: pl.DataFrame) -> dict[str, int]:
    """Count the answers for the manifest, by what could be done with them."""
    toutes = pl.concat(frame.select("origine", "date_retour") for frame in vars(reponses).values())
    return {
        "retours_livres": toutes.filter(origine="livraison").height,
        "retours_collectes": toutes.filter(origine="collecte").height,
        "retours_inconnus": reponses.inconnues.height,
        "retours_autre_plateforme": reponses.etrangeres.height,
        "retours_apres_le_jour": reponses.tardives.height,
        "transferts": transferts.height,
    }


def warn_reponses(comptes: Mapping[str, int], destinations: int) -> tuple[Avertissement, ...]:
    """Warn of answers that change nothing here, and of unknown destinations."""
    said = []
    if n := comptes["retours_apres_le_jour"]:
        said.append(
            Avertissement(
                f"{n} answers were collected after the day of observation: they count next time.",
                f"Réponses reçues des plateformes et datées d’après le jour d’observation : {n}. "
                "Elles comptent à partir de la campagne suivante.",
            )
        )
    if destinations:
        said.append(
            Avertissement(
                f"{destinations} answers name a platform that does not exist: nobody was moved.",
                f"Transferts vers une plateforme inconnue : {destinations}. Personne n’a été "
                "déplacé ; corriger le code et renvoyer la réponse.",
            )
        )
    for avertissement in said:
        logger.warning("%s", avertissement)
    return tuple(said)
