"""From people to decisions and lists."""

import logging

import polars as pl

from siei_match.decide import Observation
from siei_match.decide import decide as decide_personnes
from siei_match.livraison import Campagne, Livraison
from siei_match.nomenclatures import etablissements, load_psad
from siei_match.rights import rectify_listes
from siei_match.route import apply_transferts, assign_psad, build_listes, sort_listes
from siei_match.settings import load_key
from siei_match.steps.answers import (
    count_reponses,
    gather_reponses,
    note_reponses,
    warn_reponses,
)
from siei_match.steps.cohorts import CYCLES, follow_cohorts, note_profils
from siei_match.steps.earlier import earlier_signalements, name_signalements
from siei_match.steps.results import Liaison, Routage, Verdict, count_by, require_equal
from siei_match.steps.reviews import finish_doutes
from siei_match.steps.rights import RECTIFICATIONS, put_right
from siei_match.vocabulary import NON_AFFECTE
from siei_match.worksite import Worksite

logger = logging.getLogger(__name__)

NAISSANCE = ("naissance_annee", "naissance_mois", "naissance_jour")
TRAITS_DECIDE = ("rid", "extrait", *NAISSANCE, "commune")
TRAITS_ROUTE = ("rid", "extrait", "ine", "sexe", *NAISSANCE, "commune")
REPONDU = ("id_personne", "date_retour", "retour")
PARCOURS = tuple("rid extrait annee debut fin rupture uai cycle formation".split())
"""The columns of traits and parcours that a stage reads."""


def decide(chantier: Worksite, livraison: Livraison, liaison: Liaison) -> Verdict:
    """Decide everybody in scope, with the reason, and find everybody's platform."""
    campagne = livraison.campagne
    personnes = chantier.read("personnes", "rid", "id_personne")
    rectifications = put_right(chantier, personnes, chantier.read("redirections"))
    parcours = chantier.read("parcours", *PARCOURS)
    traits = chantier.read("traits", *TRAITS_DECIDE)
    reponses = gather_reponses(
        chantier, earlier_signalements(chantier, campagne), campagne.date_observation
    )
    observation = observe(campagne, chantier.reglages.delai_entree)
    with chantier.suivi.step("decide", 2) as avancee:
        decided = decide_personnes(
            personnes,
            parcours,
            chantier.read("titres", "rid", "niveau"),
            traits,
            reponses.reponses.select(REPONDU),
            chantier.read("doutes"),
            observation,
        )
        avancee.advance()
        psad = load_psad(chantier.reglages.psad)
        rows = (personnes, parcours, traits, psad.communes)
        placed = assign_psad(decided.decisions, *rows, etablissements(), observation.jour)
        moved = apply_transferts(
            placed, reponses.reponses, *rows, psad.zones["code"], observation.jour
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
    finish_doutes(chantier, decided.decisives)
    chantier.write(decided.explications.select("id_personne", "cycle_quitte"), CYCLES)
    follow_cohorts(
        chantier, campagne.code, *rows[:3], reponses.reponses.select(REPONDU), observation
    )
    note_reponses(chantier, reponses, decisions, moved.appliques, observation)
    comptes = count_reponses(reponses, moved.appliques)
    return Verdict(
        personnes=decisions.height,
        motifs=count_by(decisions, "statut", "motif"),
        reponses=comptes,
        avertissements=warn_reponses(comptes, moved.inconnus),
        rectifications=rectifications,
    )


def route(chantier: Worksite, livraison: Livraison, verdict: Verdict) -> Routage:
    """Write one row per sortant, on exactly one platform's list."""
    campagne = livraison.campagne
    decisions = chantier.read("decisions")
    sortants = decisions.filter(pl.col("statut") == "sortant")["id_personne"]
    # Few people are on a list: of the widest tables only their rows are kept.
    personnes = chantier.read("personnes", "rid", "id_personne").join(
        decisions.filter(statut="sortant").select("id_personne"), on="id_personne", how="semi"
    )
    earlier = earlier_signalements(chantier, campagne)
    psad = load_psad(chantier.reglages.psad)
    shown = name_signalements(sortants, earlier, load_key(chantier.reglages))
    with chantier.suivi.step("route", 1) as avancee:
        built = build_listes(
            decisions,
            personnes,
            chantier.read_rows("coordonnees", personnes),
            chantier.read_rows("parcours", personnes),
            chantier.read_rows("traits", personnes, *TRAITS_ROUTE),
            etablissements(),
            shown,
            earlier,
            campagne.code,
            campagne.date_observation,
        )
        avancee.advance()
    require_equal("rows over all lists", built.listes.height, "sortants", verdict.sortants)
    require_equal("signalements", built.signalements.height, "sortants", verdict.sortants)
    note_profils(chantier, built.signalements, built.listes, psad.zones)
    shown = rectify_listes(built.listes, built.signalements, chantier.read(RECTIFICATIONS))
    chantier.write(sort_listes(shown), "listes")
    chantier.write(built.signalements, "signalements")
    par_psad = count_by(built.listes, "psad")
    return Routage(
        lignes=built.listes.height,
        plateformes=len(set(par_psad) - {NON_AFFECTE}),
        non_affectes=par_psad.get(NON_AFFECTE, 0),
    )


def observe(campagne: Campagne, delai_entree: int) -> Observation:
    return Observation(
        jour=campagne.date_observation,
        annee=campagne.rentree,
        definition=campagne.definition,
        delai_entree=delai_entree,
    )
