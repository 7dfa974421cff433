"""Route: one row per sortant, on exactly one platform's list."""

import logging

from siei_match.campaign.cohorts import note_profils
from siei_match.campaign.earlier import (
    earlier_signalements,
    given_signalements,
    name_signalements,
)
from siei_match.campaign.movements import note_movements
from siei_match.campaign.results import Routed, Verdict, count_by, require_equal
from siei_match.campaign.rights import RECTIFICATIONS, read_rectified
from siei_match.campaign.worksite import Worksite
from siei_match.output.memory import rectify_lists
from siei_match.reference.delivery import Delivery
from siei_match.reference.nomenclatures import load_psad, schools
from siei_match.reference.people import People
from siei_match.reference.settings import load_key
from siei_match.reference.vocabulary import UNPLACED
from siei_match.stages.route import (
    Numbering,
    build_lists,
    describe_studies,
    list_contacts,
    sort_lists,
)

logger = logging.getLogger(__name__)

CONTACTS = "coordonnees_liste"
STUDIES = "scolarites"
NAISSANCE = ("naissance_annee", "naissance_mois", "naissance_jour")
TRAITS_ROUTE = ("rid", "extrait", "ine", "sexe", *NAISSANCE, "commune")
"""The columns of traits that routing reads."""


def route(worksite: Worksite, delivery: Delivery, verdict: Verdict) -> Routed:
    """Write one row per sortant, on exactly one platform's list."""
    campagne = delivery.campagne
    # Few people are on a list: of the others' decisions none is asked for.
    listed = worksite.open("decisions").scan().filter(statut="sortant").collect()
    sortants = listed["id_personne"]
    # Of the widest tables too only their rows are kept.
    members = worksite.read_rows(
        "personnes", sortants.to_frame(), "rid", "id_personne", on=["id_personne"]
    )
    earlier = earlier_signalements(worksite, campagne)
    psad = load_psad(worksite.reglages.psad, campagne.date_observation)
    given = given_signalements(worksite)
    ids = name_signalements(sortants, given, load_key(worksite.reglages))
    people = People(
        members,
        worksite.read_rows("parcours", members),
        read_rectified(worksite, *TRAITS_ROUTE, rows=members),
    )
    with worksite.progress.step("route", 1) as bar:
        built = build_lists(
            listed,
            people,
            worksite.read_rows("coordonnees", members),
            schools(),
            Numbering(ids, earlier),
            campagne=campagne.code,
            day=campagne.date_observation,
        )
        bar.advance()
    require_equal("rows over all lists", built.listes.height, "sortants", verdict.sortants)
    require_equal("signalements", built.signalements.height, "sortants", verdict.sortants)
    note_profils(worksite, built.signalements, built.listes, psad.zones)
    studies = describe_studies(listed, people, schools(), campagne.date_observation)
    worksite.write_final(studies, STUDIES)
    rectified = worksite.read(RECTIFICATIONS)
    shown = rectify_lists(built.listes, built.signalements, rectified)
    worksite.write(sort_lists(shown), "liste")
    worksite.write(built.signalements, "signalements")
    contacts = list_contacts(
        built.signalements, people, worksite.read_rows("coordonnees", members), rectified
    )
    worksite.write(contacts, CONTACTS)
    note_movements(worksite, delivery)
    by_psad = count_by(built.listes, "psad")
    return Routed(
        lignes=built.listes.height,
        platforms=len(set(by_psad) - {UNPLACED}),
        unplaced=by_psad.get(UNPLACED, 0),
    )
