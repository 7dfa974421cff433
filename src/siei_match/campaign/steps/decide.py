"""Decide: everybody in scope, with the reason, and everybody's platform."""

import logging

from siei_match.campaign.answers import (
    count_reponses,
    gather_reponses,
    note_reponses,
    warn_reponses,
)
from siei_match.campaign.cohorts import CYCLES, follow_cohorts
from siei_match.campaign.earlier import earlier_signalements
from siei_match.campaign.judgements import write_doutes
from siei_match.campaign.results import IdentifiedPeople, Verdict, count_by, require_equal
from siei_match.campaign.rights import put_right, read_rectified
from siei_match.campaign.worksite import Worksite
from siei_match.reference.delivery import Campagne, Livraison
from siei_match.reference.nomenclatures import etablissements, load_psad
from siei_match.reference.people import People
from siei_match.reference.settings import load_key
from siei_match.stages.decide import Observation
from siei_match.stages.decide import decide as decide_personnes
from siei_match.stages.route import apply_transferts, assign_psad

logger = logging.getLogger(__name__)

NAISSANCE = ("naissance_annee", "naissance_mois", "naissance_jour")
TRAITS_DECIDE = ("rid", "extrait", *NAISSANCE, "commune")
REPONDU = ("id_personne", "date_retour", "retour")
PARCOURS = tuple("rid extrait annee debut fin rupture uai cycle formation".split())
"""The columns of traits and parcours that a stage reads."""


def decide(chantier: Worksite, livraison: Livraison, identite: IdentifiedPeople) -> Verdict:
    """Decide everybody in scope, with the reason, and find everybody's platform."""
    campagne = livraison.campagne
    members = chantier.read("personnes", "rid", "id_personne")
    rectifications = put_right(chantier, members, chantier.read("redirections"))
    people = People(
        members, chantier.read("parcours", *PARCOURS), read_rectified(chantier, *TRAITS_DECIDE)
    )
    reponses = gather_reponses(
        chantier, earlier_signalements(chantier, campagne), campagne.date_observation
    )
    observation = observe(campagne, chantier.reglages.delai_entree)
    with chantier.suivi.step("decide", 2) as avancee:
        decided = decide_personnes(
            people,
            chantier.read("titres", "rid", "niveau"),
            reponses.reponses.select(REPONDU),
            chantier.read("paires_personnes"),
            observation,
        )
        avancee.advance()
        psad = load_psad(chantier.reglages.psad)
        placed = assign_psad(
            decided.decisions, people, psad.communes, etablissements(), observation.jour
        )
        moved = apply_transferts(
            placed,
            reponses.reponses,
            people,
            psad.communes,
            psad.zones["code"],
            observation.jour,
        )
        decisions = moved.decisions
        avancee.advance()
    for avertissement in psad.avertissements:
        logger.warning("%s", avertissement)
    require_equal("decisions", decisions.height, "people in scope", decided.decisions.height)
    require_equal(
        "decided people", decisions["id_personne"].n_unique(), "decisions", decisions.height
    )
    chantier.write(decisions, "decisions")
    write_doutes(chantier, decided.decisives, load_key(chantier.reglages))
    chantier.write(decided.explications.select("id_personne", "cycle_quitte"), CYCLES)
    follow_cohorts(chantier, campagne.code, people, reponses.reponses.select(REPONDU), observation)
    note_reponses(chantier, reponses, decisions, moved.appliques, observation)
    comptes = count_reponses(reponses, moved.appliques)
    return Verdict(
        personnes=decisions.height,
        motifs=count_by(decisions, "statut", "motif"),
        reponses=comptes,
        avertissements=warn_reponses(comptes, moved.inconnus),
        rectifications=rectifications,
    )


def observe(campagne: Campagne, delai_entree: int) -> Observation:
    return Observation(
        jour=campagne.date_observation,
        annee=campagne.rentree,
        definition=campagne.definition,
        delai_entree=delai_entree,
    )
