"""Decide: everybody in scope, with the reason, and everybody's platform."""

import logging
from functools import partial

from siei_match.campaign.answers import (
    count_answers,
    gather_answers,
    note_answers,
    warn_of_answers,
)
from siei_match.campaign.bac import note_bac_holders
from siei_match.campaign.cohorts import CYCLES, follow_cohorts
from siei_match.campaign.earlier import earlier_signalements
from siei_match.campaign.judgements import write_doubts
from siei_match.campaign.results import IdentifiedPeople, Verdict, count_by, require_equal
from siei_match.campaign.rights import put_right, read_rectified
from siei_match.campaign.unseen import note_unseen
from siei_match.campaign.worksite import Worksite
from siei_match.reference.delivery import Campagne, Delivery
from siei_match.reference.nomenclatures import load_psad, schools
from siei_match.reference.people import People
from siei_match.reference.settings import load_key
from siei_match.stages.decide import Observation, count_hanging
from siei_match.stages.decide import decide as decide_people
from siei_match.stages.route import apply_transfers, assign_psad, find_split_rows

logger = logging.getLogger(__name__)

NAISSANCE = ("naissance_annee", "naissance_mois", "naissance_jour")
HANGING = "decisions_tenues"
TRAITS_DECIDE = ("rid", "extrait", *NAISSANCE, "commune")
ANSWERED = ("id_personne", "date_retour", "retour", "reception")
PARCOURS = tuple("rid extrait annee debut fin rupture uai cycle formation situation".split())
"""The columns of traits and parcours that a stage reads."""


def decide(worksite: Worksite, delivery: Delivery, identified: IdentifiedPeople) -> Verdict:
    """Decide everybody in scope, with the reason, and find everybody's platform."""
    campagne = delivery.campagne
    members = worksite.read("personnes", "rid", "id_personne")
    rectifications = put_right(worksite, members, worksite.read("redirections"))
    people = People(
        members,
        worksite.read("parcours", *PARCOURS),
        read_rectified(worksite, *TRAITS_DECIDE),
        worksite.read("dates_douteuses"),
    )
    answers = gather_answers(
        worksite, earlier_signalements(worksite, campagne), campagne.date_observation
    )
    observation = observe(campagne, worksite.reglages.delai_entree)
    with worksite.progress.step("decide", 2) as bar:
        decided = decide_people(
            people,
            worksite.read("titres", "rid", "niveau"),
            answers.reponses.select(ANSWERED),
            worksite.read("paires_personnes"),
            observation,
            cores=worksite.read("noyaux"),
        )
        bar.advance()
        psad = load_psad(worksite.reglages.psad, observation.day)
        placed = assign_psad(
            decided.decisions, people, psad.communes, schools(), observation.day,
            find_split_rows(people.traits, psad.split, partial(worksite.read, "coordonnees")),
        )  # fmt: skip
        moved = apply_transfers(
            placed,
            answers.reponses,
            people,
            psad.communes,
            psad.zones["code"],
            observation.day,
        )
        decisions = moved.decisions
        bar.advance()
    for avertissement in psad.avertissements:
        logger.warning("%s", avertissement)
    require_equal("decisions", decisions.height, "people in scope", decided.decisions.height)
    require_equal(
        "decided people", decisions["id_personne"].n_unique(), "decisions", decisions.height
    )
    worksite.write(decisions, "decisions")
    write_doubts(worksite, decided.decisive, load_key(worksite.reglages))
    worksite.write(decided.explications.select("id_personne", "cycle_quitte"), CYCLES)
    standing = answers.reponses.select(ANSWERED)
    follow_cohorts(worksite, campagne.code, people, standing, observation)
    note_bac_holders(worksite, people, answers, observation, psad)
    note_unseen(worksite, campagne.code, people, standing)
    hanging = count_hanging(
        decisions,
        worksite.read("morceaux"),
        (people, worksite.read("titres", "rid", "niveau"), standing),
        observation,
    )
    worksite.write_final(hanging, HANGING)
    note_answers(worksite, answers, decisions, moved.appliques, observation)
    counts = count_answers(answers, moved.appliques)
    return Verdict(
        personnes=decisions.height,
        motifs=count_by(decisions, "statut", "motif"),
        reponses=counts,
        avertissements=warn_of_answers(counts, moved.unknown),
        rectifications=rectifications,
    )


def observe(campagne: Campagne, delai_entree: int) -> Observation:
    return Observation(
        day=campagne.date_observation,
        year=campagne.start_year,
        definition=campagne.definition,
        delai_entree=delai_entree,
    )
