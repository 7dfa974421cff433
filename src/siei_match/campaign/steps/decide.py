"""Decide: everybody in scope, with the reason, and everybody's platform."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.campaign.answers import (
    count_answers,
    gather_answers,
    note_answers,
    warn_of_answers,
)
from siei_match.campaign.bac import list_bac_holders, write_bac_holders
from siei_match.campaign.by_people import cut_by_people
from siei_match.campaign.cohorts import CYCLES, follow_cohorts
from siei_match.campaign.earlier import earlier_signalements
from siei_match.campaign.judgements import write_doubts
from siei_match.campaign.results import IdentifiedPeople, Verdict, count_by, require_equal
from siei_match.campaign.rights import TRAITS_RECTIFIES, put_right, rectified
from siei_match.campaign.some_people import PARCOURS, TRAITS
from siei_match.campaign.unseen import note_unseen
from siei_match.campaign.worksite import Worksite
from siei_match.reference.delivery import Campagne, Delivery
from siei_match.reference.nomenclatures import Psad, load_psad, schools
from siei_match.reference.people import People
from siei_match.reference.settings import load_key
from siei_match.stages.decide import JoinedAnswers, Observation, count_hanging
from siei_match.stages.decide import decide as decide_people
from siei_match.stages.route import apply_transfers, assign_psad, find_split_rows

logger = logging.getLogger(__name__)

HANGING: Final = "decisions_tenues"
ANSWERED: Final = ("id_personne", "date_retour", "retour", "reception")
TABLES: Final[Mapping[str, Sequence[str]]] = {
    "personnes": ("rid", "id_personne"),
    "parcours": PARCOURS,
    "traits": TRAITS,
    "dates_douteuses": ("rid", "colonne", "au_plus_tot", "au_plus_tard"),
    "titres": ("rid", "niveau", "rang", "diplome"),
    "noyaux": ("rid", "noyau"),
    "morceaux": ("rid", "morceau"),
}
"""What is read of everybody, some people at a time."""
ADDRESSES: Final = ("rid", "code_postal")


@dataclass(frozen=True)
class Grounds:
    """What decides beside the files: what platforms answered, the day, the platforms' zones, doubts."""

    answers: JoinedAnswers
    observation: Observation
    psad: Psad
    pairs: pl.DataFrame
    """tables/paires_personnes."""


@dataclass(frozen=True)
class DecidedPart:
    """What is decided of some people. Tables of the staging folder, or what these are made of."""

    decisions: pl.DataFrame
    cycles: pl.DataFrame
    decisive: pl.DataFrame
    transfers: pl.DataFrame
    bac_general: pl.DataFrame
    hanging: pl.DataFrame
    unknown: int
    """Answers that name a platform there is not: of everybody, in each part."""


def decide(worksite: Worksite, delivery: Delivery, identified: IdentifiedPeople) -> Verdict:
    """Decide everybody in scope, with the reason, and find everybody's platform."""
    campagne = delivery.campagne
    rectifications = put_right(worksite, worksite.read("redirections"))
    observation = observe(campagne, worksite.reglages.delai_entree)
    grounds = Grounds(
        gather_answers(
            worksite, earlier_signalements(worksite, campagne), campagne.date_observation
        ),
        observation,
        load_psad(worksite.reglages.psad, observation.day),
        worksite.read("paires_personnes"),
    )
    decided = decide_by_parts(worksite, grounds)
    for avertissement in grounds.psad.avertissements:
        logger.warning("%s", avertissement)
    decisions = decided.decisions
    require_equal(
        "decided people", decisions["id_personne"].n_unique(), "decisions", decisions.height
    )
    require_equal("decisions", decisions.height, "people in scope", decided.cycles.height)
    worksite.write(decisions, "decisions")
    write_doubts(worksite, decided.decisive, load_key(worksite.reglages))
    worksite.write(decided.cycles, CYCLES)
    write_bac_holders(worksite, decided.bac_general)
    worksite.write_final(decided.hanging, HANGING)
    standing = grounds.answers.reponses.select(ANSWERED)
    follow_cohorts(worksite, campagne.code, standing, observation)
    note_unseen(worksite, campagne.code, standing)
    note_answers(worksite, grounds.answers, decisions, decided.transfers, observation)
    counts = count_answers(grounds.answers, decided.transfers)
    return Verdict(
        personnes=decisions.height,
        motifs=count_by(decisions, "statut", "motif"),
        reponses=counts,
        avertissements=warn_of_answers(counts, decided.unknown),
        rectifications=rectifications,
    )


def decide_by_parts(worksite: Worksite, grounds: Grounds) -> DecidedPart:
    """Decide everybody, some people at a time: whoever a pair in doubt may join, together."""
    # Few communes are split between platforms: where none is, no address is read.
    tables = {**TABLES, **({} if grounds.psad.split.is_empty() else {"coordonnees": ADDRESSES})}
    changed = worksite.read(TRAITS_RECTIFIES, *TRAITS)
    with (
        cut_by_people(worksite, tables, worksite.read("paires_groupes")) as cut,
        worksite.progress.step("decide", cut.count) as bar,
    ):
        done = []
        for rows in cut:
            done.append(decide_part(rows, changed, grounds))
            bar.advance()
    return join_parts(done)


def decide_part(
    rows: Mapping[str, pl.DataFrame], changed: pl.DataFrame, grounds: Grounds
) -> DecidedPart:
    """Decide some people, and find their platforms.

    Args:
        rows: theirs, by table (`TABLES`).
        changed: tables/traits_rectifies.
        grounds: what decides beside them.
    """
    observation, psad = grounds.observation, grounds.psad
    traits = rectified(rows["traits"], changed)
    people = People(rows["personnes"], rows["parcours"], traits, rows["dates_douteuses"])
    titres, standing = rows["titres"], grounds.answers.reponses.select(ANSWERED)
    levels = titres.select("rid", "niveau")
    decided = decide_people(
        people, levels, standing, grounds.pairs, observation, cores=rows["noyaux"]
    )
    split = find_split_rows(
        traits, psad.split, lambda *columns: rows["coordonnees"].select(columns)
    )
    placed = assign_psad(
        decided.decisions, people, psad.communes, schools(), observation.day, split
    )
    moved = apply_transfers(
        placed, grounds.answers.reponses, people, psad.communes, psad.zones["code"], observation.day
    )
    require_equal("decisions", moved.decisions.height, "people in scope", placed.height)
    files = (people, levels, standing)
    return DecidedPart(
        decisions=moved.decisions,
        cycles=decided.explications.select("id_personne", "cycle_quitte"),
        decisive=decided.decisive,
        transfers=moved.appliques,
        bac_general=list_bac_holders(people, titres, standing, observation, psad, split),
        hanging=count_hanging(moved.decisions, rows["morceaux"], files, observation),
        unknown=moved.unknown,
    )


def join_parts(done: Sequence[DecidedPart]) -> DecidedPart:
    """Put together what was decided part by part, in the order of identifiers."""

    def join(table: str, *order: str) -> pl.DataFrame:
        frames: list[pl.DataFrame] = [getattr(part, table) for part in done]
        return pl.concat(frames).sort(order)

    return DecidedPart(
        decisions=join("decisions", "id_personne"),
        cycles=join("cycles", "id_personne"),
        decisive=join("decisive", "id_a", "id_b"),
        transfers=join("transfers", "id_personne"),
        bac_general=join("bac_general", "id_personne"),
        hanging=join("hanging", "id_personne"),
        unknown=done[0].unknown,
    )


def observe(campagne: Campagne, delai_entree: int) -> Observation:
    return Observation(
        day=campagne.date_observation,
        year=campagne.start_year,
        definition=campagne.definition,
        delai_entree=delai_entree,
    )
