"""Route: one row per sortant, on exactly one platform's list."""

import logging

import polars as pl

from siei_match.campaign.cohorts import note_profils
from siei_match.campaign.earlier import earlier_signalements, name_signalements
from siei_match.campaign.results import Routage, Verdict, count_by, require_equal
from siei_match.campaign.rights import RECTIFICATIONS, read_rectified
from siei_match.campaign.worksite import Worksite
from siei_match.output.memory import rectify_listes
from siei_match.reference.delivery import Livraison
from siei_match.reference.nomenclatures import etablissements, load_psad
from siei_match.reference.people import People
from siei_match.reference.settings import load_key
from siei_match.reference.vocabulary import NON_AFFECTE
from siei_match.stages.route import Numbering, build_listes, sort_listes

logger = logging.getLogger(__name__)

NAISSANCE = ("naissance_annee", "naissance_mois", "naissance_jour")
TRAITS_ROUTE = ("rid", "extrait", "ine", "sexe", *NAISSANCE, "commune")
"""The columns of traits that routing reads."""


def route(chantier: Worksite, livraison: Livraison, verdict: Verdict) -> Routage:
    """Write one row per sortant, on exactly one platform's list."""
    campagne = livraison.campagne
    decisions = chantier.read("decisions")
    sortants = decisions.filter(pl.col("statut") == "sortant")["id_personne"]
    # Few people are on a list: of the widest tables only their rows are kept.
    members = chantier.read("personnes", "rid", "id_personne").join(
        decisions.filter(statut="sortant").select("id_personne"), on="id_personne", how="semi"
    )
    earlier = earlier_signalements(chantier, campagne)
    psad = load_psad(chantier.reglages.psad)
    ids = name_signalements(sortants, earlier, load_key(chantier.reglages))
    people = People(
        members,
        chantier.read_rows("parcours", members),
        read_rectified(chantier, *TRAITS_ROUTE, rows=members),
    )
    with chantier.suivi.step("route", 1) as avancee:
        built = build_listes(
            decisions,
            people,
            chantier.read_rows("coordonnees", members),
            etablissements(),
            Numbering(ids, earlier),
            campagne=campagne.code,
            jour=campagne.date_observation,
        )
        avancee.advance()
    require_equal("rows over all lists", built.listes.height, "sortants", verdict.sortants)
    require_equal("signalements", built.signalements.height, "sortants", verdict.sortants)
    note_profils(chantier, built.signalements, built.listes, psad.zones)
    shown = rectify_listes(built.listes, built.signalements, chantier.read(RECTIFICATIONS))
    chantier.write(sort_listes(shown), "liste")
    chantier.write(built.signalements, "signalements")
    par_psad = count_by(built.listes, "psad")
    return Routage(
        lignes=built.listes.height,
        plateformes=len(set(par_psad) - {NON_AFFECTE}),
        non_affectes=par_psad.get(NON_AFFECTE, 0),
    )
