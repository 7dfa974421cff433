"""Laws of routing, on random small worlds: every sortant on one list, whatever the rows' order."""

import random
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from siei_match.stages.route import BuiltLists, Numbering, assign_psad, build_lists
from tests.examples import examples
from tests.properties.decide_mondes import (
    INSCRIPTIONS,
    Ligne,
    Monde,
    build_tables,
    frame_of,
    mondes,
)
from tests.properties.decide_oracle import ORDRE
from tests.properties.decide_oracle import end as last_day

COURT = settings(max_examples=examples(30), deadline=None, suppress_health_check=list(HealthCheck))

PSAD_COMMUNES = pl.DataFrame(
    {"code_commune": ["75056", "13055"], "psad": ["PSAD Paris", "PSAD Marseille"]}
)
ETABLISSEMENTS = pl.DataFrame(
    {"uai": ["0750652B", "0590116F"], "nom": ["L1", "L2"], "commune": ["75056", "59350"]}
)
ZONES = dict(PSAD_COMMUNES.iter_rows())
UAI_COMMUNE = dict(ETABLISSEMENTS.select("uai", "commune").iter_rows())
AVANT_TOUT = date(1900, 1, 1)

CONTACTS = st.fixed_dictionaries(
    {
        "nom_naissance": st.sampled_from(("Élan", "elan", "Œuf", None)),
        "nom_usage": st.sampled_from(("Zola", None)),
        "prenoms": st.sampled_from(("Ana", "Ève", None)),
        "adresse": st.sampled_from(("1 rue Lune", "2 rue Cap", None)),
        "telephones": st.sampled_from((["06 1", "06 2"], ["06 2", "06 3"], [], None)),
        "courriel": st.sampled_from(("a@ex.fr", "b@ex.fr", None)),
        "responsable_nom": st.sampled_from(("Léa Roux", None)),
        "responsable_telephone": st.sampled_from(("06 9", None)),
    }
)


def route(monde: Monde, contacts: list[Ligne], graine: int = 0) -> tuple[pl.DataFrame, BuiltLists]:
    """Decide and route a world; `graine` renumbers and shuffles the rows.

    Every row of parcours has its contacts and its line of traits, as every row received has.
    """
    propres = [
        {**ligne, "contacts": contacts[n % len(contacts)]} for n, ligne in enumerate(monde.parcours)
    ]
    complet = Monde(**{**vars(monde), "parcours": propres})
    tables = build_tables(complet, graine)
    numeros = tables.people.enrolments["rid"].to_list()
    lignes = _in_order(complet, graine)
    traits = frame_of(
        "tables/traits",
        [
            {**li, "rid": rid, "naissance_annee": 2008}
            for rid, li in zip(numeros, lignes, strict=True)
        ],
    )
    coordonnees = frame_of(
        "tables/coordonnees",
        [{**li["contacts"], "rid": rid} for rid, li in zip(numeros, lignes, strict=True)],
    )
    if graine:
        tables = tables.shuffle(graine)
        # Not `reverse`: polars 2.1 forgets the type inside a column of absent lists.
        envers = list(range(traits.height - 1, -1, -1))
        traits, coordonnees = traits[envers], coordonnees[envers]
    people = replace(tables.people, traits=pl.concat([tables.people.traits, traits]))
    decisions = assign_psad(
        tables.decide().decisions,
        people,
        PSAD_COMMUNES,
        ETABLISSEMENTS,
        monde.observation.day,
    )
    listes = build_lists(
        decisions,
        people,
        coordonnees,
        ETABLISSEMENTS,
        Numbering(
            pl.DataFrame(
                [(p, f"s{p}") for p in ("A", "A0", *"BCDE")],
                schema=["id_personne", "id_signalement"],
                orient="row",
            ),
            frame_of("tables/signalements", []),
        ),
        campagne="2026-10",
        day=monde.observation.day,
    )
    return decisions, listes


def _in_order(monde: Monde, graine: int) -> list[Ligne]:
    """The rows of parcours in the order in which `build_tables` numbered them."""
    lignes = [
        *(("parcours", li) for li in monde.parcours),
        *(("autre", li) for li in monde.titres),
        *(("autre", li) for li in monde.naissances),
    ]
    if graine:
        random.Random(graine).shuffle(lignes)
    return [li for table, li in lignes if table == "parcours"]


def assign_naively(monde: Monde, personne: str, dernier_uai: str | None) -> str:
    def begin(li: Ligne) -> date:
        annee: Any = li.get("annee")
        return li["debut"] or (date(annee, 9, 1) if annee else AVANT_TOUT)

    def end(li: Ligne) -> date:
        annee = li.get("annee")
        if li["extrait"] == "contrats" and (li["debut"] or li["fin"]):
            return last_day(li)
        if annee and (li["fin"] is None or li["extrait"] == "apprentissage"):
            return date(annee + 1, 8, 31)
        return li["fin"] or date.max

    situees = [
        li
        for li in monde.parcours
        if li["personne"] == personne and li["commune"] and begin(li) <= monde.observation.day
    ]
    rangees = sorted(
        situees,
        key=lambda li: (
            -begin(li).toordinal(),
            ORDRE.index(li["extrait"]),
            -(li.get("annee") or 0),
            -end(li).toordinal(),
            li["commune"],
        ),
    )
    residence = ZONES.get(rangees[0]["commune"]) if rangees else None
    return residence or ZONES.get(UAI_COMMUNE.get(dernier_uai or "", ""), "non_affecte")


@COURT
@given(mondes(), st.lists(CONTACTS, min_size=1, max_size=4))
def test_every_sortant_is_on_one_list_and_nobody_else(monde: Monde, contacts: list[Ligne]) -> None:
    decisions, built = route(monde, contacts)
    sortants = decisions.filter(pl.col("statut") == "sortant")
    assert sorted(built.listes["id_signalement"]) == sorted("s" + sortants["id_personne"])
    par_signalement = dict(built.listes.select("id_signalement", "psad").iter_rows())
    for personne, psad in sortants.select("id_personne", "psad").iter_rows():
        assert par_signalement[f"s{personne}"] == psad
    assert built.signalements.height == sortants.height


@COURT
@given(mondes())
def test_platforms_are_those_of_the_naive_oracle(monde: Monde) -> None:
    decisions, _ = route(monde, [{}])
    for personne, uai, psad in decisions.select("id_personne", "dernier_uai", "psad").iter_rows():
        assert psad == assign_naively(monde, personne, uai)


@COURT
@given(mondes(), st.lists(CONTACTS, min_size=1, max_size=4), st.integers(1, 10**6))
def test_the_order_of_rows_changes_no_list(
    monde: Monde, contacts: list[Ligne], graine: int
) -> None:
    decisions, droites = route(monde, contacts)
    melees_decisions, melees = route(monde, contacts, graine)
    assert_frame_equal(decisions, melees_decisions)
    assert_frame_equal(droites.listes, melees.listes)
    assert_frame_equal(droites.signalements, melees.signalements)


@COURT
@given(mondes(), st.lists(INSCRIPTIONS, min_size=1, max_size=3))
def test_a_stranger_changes_nobody_elses_row(monde: Monde, autres: list[Ligne]) -> None:
    _, avant = route(monde, [{}])
    monde.parcours += [{**ligne, "personne": "A0"} for ligne in autres]
    monde.naissances.append({"personne": "A0", "extrait": "scolarite", "naissance_annee": 2008})
    _, apres = route(monde, [{}])
    assert_frame_equal(avant.listes, apres.listes.filter(pl.col("id_signalement") != "sA0"))
