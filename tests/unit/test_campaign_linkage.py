"""What a run notes of its linkage comes back as it was, and becomes the manifest's keys."""

import ast
from dataclasses import asdict, replace

import pytest
from pydantic import TypeAdapter

from siei_match.campaign.linkage import (
    describe_counts,
    describe_errors,
    describe_judgements,
    describe_pass,
    describe_thresholds,
)
from siei_match.campaign.results import JudgementsHeard, LinkageResult, StandingJudgements
from siei_match.stages.link import LinkageCounts, link
from siei_match.stages.link.blocks.blocking import PassCounts
from siei_match.stages.link.measure.measuring import measure
from siei_match.stages.link.measure.rates import (
    CoupleMissed,
    CoupleRates,
    ExpectedErrors,
    Interval,
    Rates,
    SecondEstimate,
)
from siei_match.stages.link.measure.thresholds import Thresholds, Tolerances
from siei_match.stages.link.model.recalibration import Band, Recalibration
from siei_match.stages.link.people.constraints import BoundCounts
from tests.worlds import small_world

PASS = PassCounts(name="noms", records=9, blocks=4, pairs=8, largest_block=3, pairs_left_out=2)
COUNTS = LinkageCounts(
    rows=12,
    records=11,
    fillers=1,
    identifier_pairs=7,
    identifier_conflicts=2,
    trait_pairs=3,
    candidate_pairs=8,
    passes=(PASS,),
    weighed_pairs=6,
    doubts=5,
    people=4,
    judgements=BoundCounts(binding=2, unclear=1),
)
RATES = Rates(
    method="hidden",
    links=20,
    people_tested=40,
    missed=Interval(2.0, 1.0, 4.0),
    missed_rate=Interval(0.1, 0.05, 0.2),
    false=Interval(0.5, 0.1, 1.0),
    false_rate=Interval(0.025, 0.005, 0.05),
    doubtful_share=0.5,
    missed_expected=1.5,
    false_expected=0.4,
)
SECOND = SecondEstimate(
    people=30,
    sought=20,
    missed=Interval(6.0, 4.5, 9.0),
    unmet=Interval(1.0, 0.0, 3.0),
    false=Interval(0.5, 0.0, 2.0),
    couples=(CoupleMissed("scolarite", "missions_locales", Interval(6.0, 4.5, 9.0)),),
)
LIAISON = LinkageResult(
    groupes=4,
    counts=COUNTS,
    thresholds=Thresholds(
        link=0.99, doubt=0.2, chosen=True, false=0.01, missed=0.02, out_of_reach=("missed", "false")
    ),
    errors=ExpectedErrors(
        people_tested=40,
        second=SECOND,
        whole=replace(RATES, method="both", doubtful_share=None),
        measured=RATES,
        couples=(
            CoupleRates("scolarite", "agricole", RATES),
            CoupleRates("scolarite", "missions_locales", replace(RATES, method="model")),
        ),
    ),
    judgements=JudgementsHeard(
        standing=StandingJudgements(
            pairs=6,
            same=3,
            other=2,
            contested=1,
            bands=(Band(low=0.25, high=0.5, judgements=4, same=1, expected=1.4),),
            recalibration=Recalibration(
                judgements=4, shift=-0.5, applied=True, seuil_lien=0.95, seuil_doute=0.3
            ),
        ),
        bound=BoundCounts(binding=2, unclear=1),
        contradictions=1,
    ),
)
INTERVALS = {
    "manques": {"estimation": 2.0, "bas": 1.0, "haut": 4.0},
    "taux_manques": {"estimation": 0.1, "bas": 0.05, "haut": 0.2},
    "faux": {"estimation": 0.5, "bas": 0.1, "haut": 1.0},
    "taux_faux": {"estimation": 0.025, "bas": 0.005, "haut": 0.05},
}
TOLD = {"liens": 20, "personnes_testees": 40, "manques_attendus": 1.5, "faux_attendus": 0.4}
TOLD |= INTERVALS


def taken_up(liaison: LinkageResult) -> LinkageResult:
    """Return a result as a run that is taken up reads it (`campaign.resume`)."""
    return TypeAdapter(LinkageResult).validate_python(ast.literal_eval(repr(asdict(liaison))))


@pytest.mark.parametrize(
    "liaison",
    [
        LIAISON,
        replace(LIAISON, errors=None, judgements=None),
        replace(LIAISON, errors=ExpectedErrors(reason="too_few_people")),
        replace(LIAISON, counts=replace(COUNTS, judgements=None, passes=())),
    ],
    ids=["all", "nothing measured or judged", "a reason", "no pass"],
)
def test_what_is_noted_comes_back_as_it_was(liaison: LinkageResult) -> None:
    assert taken_up(liaison) == liaison


def test_what_a_linkage_says_of_itself_is_plain_data() -> None:
    traits, parcours, _ = small_world(600, 3)
    tolerances = Tolerances(false=0.001, missed=0.01)
    found = link(
        traits, parcours, seuil_lien=0.9, seuil_doute=0.1, measure=measure, tolerances=tolerances
    )
    liaison = LinkageResult(found.counts.people, found.counts, found.thresholds, found.errors)
    assert found.thresholds.chosen
    assert found.errors is not None
    assert found.errors.whole is not None
    assert taken_up(liaison) == liaison


def test_counts_and_passes_have_the_keys_of_the_manifest() -> None:
    assert describe_counts(COUNTS) == {
        "rapprochement_lignes": 12,
        "rapprochement_fiches": 11,
        "rapprochement_ine_de_remplissage": 1,
        "rapprochement_paires_ine": 7,
        "rapprochement_conflits_ine": 2,
        "rapprochement_paires_traits": 3,
        "rapprochement_paires_candidates": 8,
        "rapprochement_paires_examinees": 6,
        "rapprochement_doutes": 5,
        "rapprochement_personnes": 4,
        "rapprochement_revues_liantes": 2,
        "rapprochement_revues_ambigues": 1,
    }
    without = describe_counts(replace(COUNTS, judgements=None))
    assert not [key for key in without if "revues" in key]
    assert describe_pass(PASS).model_dump() == {
        "nom": "noms",
        "fiches": 9,
        "blocs": 4,
        "paires": 8,
        "plus_grand_bloc": 3,
        "paires_laissees": 2,
    }


AGAIN = {"estimation": 6.0, "bas": 4.5, "haut": 9.0}


def test_errors_have_the_keys_of_the_manifest() -> None:
    assert describe_errors(LIAISON.errors).model_dump() == {
        "motif": None,
        "personnes_testees": 40,
        "ensemble": TOLD | {"methode": "ine_caches_et_modele", "part_douteuse": None},
        "mesurees": TOLD | {"methode": "ine_caches", "part_douteuse": 0.5},
        "couples": (
            TOLD
            | {"methode": "ine_caches", "part_douteuse": 0.5}
            | {"extrait_a": "scolarite", "extrait_b": "agricole"},
            TOLD
            | {"methode": "modele", "part_douteuse": 0.5}
            | {"extrait_a": "scolarite", "extrait_b": "missions_locales"},
        ),
        "seconde": {
            "personnes": 30,
            "cherchees": 20,
            "manques": AGAIN,
            "jamais_comparees": {"estimation": 1.0, "bas": 0.0, "haut": 3.0},
            "faux": {"estimation": 0.5, "bas": 0.0, "haut": 2.0},
            # From 1 to 4 the one says, from 4,5 to 9 the other.
            "desaccords": ("manques",),
            "couples": (
                {"extrait_a": "scolarite", "extrait_b": "missions_locales", "manques": AGAIN},
            ),
        },
    }


@pytest.mark.parametrize(
    ("errors", "motif"),
    [
        (None, "mesure_desactivee"),
        (ExpectedErrors(reason="no_identifier"), "aucun_ine"),
        (ExpectedErrors(reason="too_few_people"), "trop_peu_de_personnes"),
    ],
)
def test_without_an_estimate_the_manifest_says_why(
    errors: ExpectedErrors | None, motif: str
) -> None:
    told = describe_errors(errors)
    assert (told.motif, told.ensemble, told.couples) == (motif, None, ())


def test_thresholds_have_the_keys_of_the_manifest() -> None:
    assert describe_thresholds(LIAISON.thresholds).model_dump() == {
        "lien": 0.99,
        "doute": 0.2,
        "origine": "tolerances",
        "faux": 0.01,
        "manques": 0.02,
        "hors_portee": ("manques", "faux"),
    }
    assert describe_thresholds(Thresholds(0.95, 0.25)).origine == "reglages"


def test_judgements_have_the_keys_of_the_manifest() -> None:
    found = describe_judgements(LIAISON.judgements)
    assert found is not None
    assert found.model_dump() == {
        "paires": 6,
        "meme": 3,
        "autre": 2,
        "contestees": 1,
        "a_confirmer": 0,
        "perimees": 0,
        "liantes": 2,
        "ambigues": 1,
        "introuvables": 3,
        "contradictions": 1,
        "bandes": ({"de": 0.25, "a": 0.5, "reponses": 4, "meme": 1, "attendues": 1.4},),
        "recalage": {
            "reponses": 4,
            "decalage": -0.5,
            "applique": True,
            "seuil_lien": 0.95,
            "seuil_doute": 0.3,
        },
    }
    assert describe_judgements(None) is None
