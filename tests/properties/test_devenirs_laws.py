"""What has become of past lists: a naive oracle, one row each, and counts that hide the few."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.output.databases.cohorts import (
    CLE,
    DIMENSIONS,
    ENSEMBLE,
    count_cohortes,
)
from siei_match.reference.disclosure import SMALL_COUNT
from siei_match.stages.decide import follow_lists
from tests.examples import examples
from tests.properties.decide_mondes import Monde, build_tables, frame_of, mondes
from tests.properties.decide_oracle import LIANTES, ORDRE, age_of, enrolled, last_answer, settle
from tests.properties.test_decide_laws import COURT, SERRE

NIVEAUX = ("college", "niveau_3", "niveau_4", "baccalaureat")
# F and G have no row in the campaign; a person may be listed by several campaigns.
LISTES = st.lists(
    st.tuples(
        st.sampled_from(("2025-10", "2026-03", "2026-10")),
        st.sampled_from("ABCDEFG"),
        st.sampled_from(NIVEAUX),
    ),
    max_size=8,
    unique_by=lambda x: x[:2],
)


def profils_of(listes: list[tuple[str, str, str]]) -> pl.DataFrame:
    rows = [
        {"id_personne": p, "campagne": c, "psad": "P", "age": 17, "niveau": n} for c, p, n in listes
    ]
    return frame_of("tables/profils", rows).with_columns(id_now="id_personne")


def tell_naively(monde: Monde, personne: str, niveau: str) -> str:
    """What has become of one person, row by row."""
    o = monde.observation
    parcours = [li for li in monde.parcours if li["personne"] == personne]
    parcours = [li for li in parcours if li["extrait"] != "contrats" or li["debut"]]
    for extrait in ORDRE[:3]:
        told = {extrait, "contrats"} if extrait == "apprentissage" else {extrait}
        if any(li["extrait"] in told and enrolled(li, o) for li in parcours):
            return f"de_retour_{extrait}"
    rangs = {"niveau_3": 3, "niveau_4": 4, "baccalaureat": 4}
    requis = 3 if o.definition == "legale" else {"college": 3, **rangs}[niveau]
    titres = [li["niveau"] for li in monde.titres if li["personne"] == personne]
    if any(rangs.get(titre, 0) >= requis for titre in titres):
        return "diplome"
    derniere = last_answer([li for li in monde.reponses if li["personne"] == personne], o)
    if derniere in LIANTES:
        return "reponse_plateforme"
    for li in parcours:
        debut, fin = li["debut"], li["fin"]
        ouvert = (not debut or debut <= o.day) and (not fin or fin >= o.day)
        if li["extrait"] == "missions_locales" and ouvert:
            return "suivi_mission_locale"
    naissances = [li for li in monde.naissances if li["personne"] == personne]
    if not naissances:
        return "plus_vu"
    age = age_of(settle(naissances, o.day), o.day)
    return "toujours_sans_solution" if 16 <= age <= 25 else "sorti_du_champ"


@SERRE
@given(mondes(), LISTES)
def test_devenirs_are_those_of_the_naive_oracle(
    monde: Monde, listes: list[tuple[str, str, str]]
) -> None:
    t = build_tables(monde)
    found = follow_lists(profils_of(listes), t.people, t.titres, t.reponses, t.observation)
    # Everybody ever listed stands there exactly once per past list.
    told = {(row["campagne_liste"], row["id_personne"]): row for row in found.to_dicts()}
    assert len(told) == found.height == len(listes)
    for campagne, personne, niveau in listes:
        row = told[campagne, personne]
        assert row["devenir"] == tell_naively(monde, personne, niveau)
        assert (row["niveau"], row["age"], row["psad"]) == (niveau, 17, "P")


@COURT
@given(mondes())
def test_whom_an_identifier_redirects_to_is_looked_at(monde: Monde) -> None:
    t = build_tables(monde)
    profils = profils_of([("2026-03", "ancien", "niveau_3"), ("2026-10", "A", "niveau_3")])
    profils = profils.with_columns(id_now=pl.lit("A"))
    found = follow_lists(profils, t.people, t.titres, t.reponses, t.observation)
    assert found["id_personne"].to_list() == ["ancien", "A"]
    assert found["devenir"].n_unique() == 1


ZONES = frame_of(
    "tables/psad",
    [{"code": code, "nom": code, "departement": "01", "region": "R", "academie": "A",
      "synthetique": "non"} for code in "PQR"],
)  # fmt: skip
COMPTES = st.lists(
    st.tuples(
        st.sampled_from("PQR"),
        st.sampled_from((None, "M", "F")),
        st.sampled_from((16, 17)),
        st.sampled_from(("diplome", "plus_vu", "toujours_sans_solution")),
        st.integers(1, 9),
    ),
    max_size=8,
)


@settings(COURT, max_examples=examples(60))
@given(COMPTES)
def test_no_difference_in_a_row_or_a_column_is_a_small_count(
    comptes: list[tuple[str, str | None, int, str, int]],
) -> None:
    groupes = [g for g in comptes for _ in range(g[-1])]
    rows = [
        {"id_personne": str(n), "campagne_liste": "2026-10", "psad": psad, "academie": "A", "age": age,
         "sexe": sexe, "niveau": "niveau_3", "devenir": devenir}
        for n, (psad, sexe, age, devenir, _) in enumerate(groupes)
    ]  # fmt: skip
    found = count_cohortes({"2027-03": frame_of("tables/devenirs", rows)}, ZONES)
    assert found.select(CLE).is_duplicated().sum() == 0
    montre = {(r["dimension"], r["valeur"], r["devenir"]): r["personnes"] for r in found.to_dicts()}
    lignes = []
    for dimension in (ENSEMBLE, *DIMENSIONS):
        valeurs = {v for d, v, _ in montre if d == dimension}
        devenirs = {d for _, _, d in montre} - {ENSEMBLE}
        for v in valeurs:
            lignes.append([(dimension, v, ENSEMBLE), *((dimension, v, d) for d in devenirs)])
        if dimension != ENSEMBLE:
            for d in {*devenirs, ENSEMBLE} if valeurs else ():
                total = (ENSEMBLE, ENSEMBLE, d)
                lignes.append([total, *((dimension, v, d) for v in valeurs)])
    for total, *parts in lignes:
        cachees = [p for p in parts if montre[p] is None]
        assert all(montre[p] == 0 or montre[p] >= SMALL_COUNT for p in parts if p not in cachees)
        if montre[total] is None:
            assert cachees
            continue
        reste = montre[total] - sum(montre[p] for p in parts if p not in cachees)
        assert reste == 0 if not cachees else len(cachees) > 1 and reste >= SMALL_COUNT
    if sum(g[-1] for g in comptes) >= 50:
        assert any(n for n in montre.values()), "not everything is hidden"
