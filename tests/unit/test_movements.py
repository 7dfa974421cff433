"""The cause of each move as a table, what an act on a campaign makes of its moves, and their law."""

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.campaign.movements import _joined, _parted, find_absent
from siei_match.reference.contracts import conform, declaration
from siei_match.stages.publish.movements import name_movements
from siei_match.stages.route import WhatChanged, explain_moves, find_moves, settle_moves
from tests.examples import examples
from tests.publication import frame

LISTED = ("sortant", "confirme")
ENROLLED = ("en_formation", "scolarite")
APPRENTICE = ("en_formation", "apprentissage")
TITLED = ("diplome", "niveau_3")
ANSWERED = ("retour", "en_emploi")
YOUNG = ("hors_champ", "age_moins_16")
OLD = ("hors_champ", "age_plus_25")
NOBODY = None
X = ("x",)


def signalements(placed: dict[str, str], code: str = "2026-10") -> pl.DataFrame:
    rows = [
        {"id_signalement": f"s-{who}", "id_personne": who, "campagne": code, "psad": psad}
        for who, psad in placed.items()
    ]
    return frame("signalements", rows)


def decided(statut_motif: tuple[str, str] | None) -> pl.DataFrame:
    rows = [] if statut_motif is None else [
        {"id_personne": "x", "statut": statut_motif[0], "motif": statut_motif[1], "age": 18,
         "psad": "P", "suivi_mission_locale": False}
    ]  # fmt: skip
    return frame("decisions", rows)


def held(*extracts: str) -> pl.DataFrame:
    return pl.DataFrame({"id_personne": ["x"] * len(extracts), "extrait": list(extracts)})


CASES: list[tuple[str, Any, Any, dict[str, Any], str]] = [
    # where (before → now), decision before, decision now, what changed, cause
    ("P→", LISTED, ENROLLED, {}, "inscription"),
    ("P→", LISTED, TITLED, {}, "diplome"),
    ("P→", LISTED, ANSWERED, {}, "retour"),
    ("P→", LISTED, OLD, {}, "age"),
    ("P→", LISTED, NOBODY, {}, "hors_champ"),
    ("→P", ENROLLED, LISTED, {}, "inscription"),
    ("→P", TITLED, LISTED, {}, "diplome"),
    ("→P", ANSWERED, LISTED, {}, "retour"),
    ("→P", YOUNG, LISTED, {}, "age"),
    ("→P", NOBODY, LISTED, {}, "hors_champ"),
    ("P→Q", LISTED, LISTED, {}, "inscription"),
    ("P→Q", LISTED, LISTED, {"transferred": X}, "retour"),
    # What was put right: a birth date where an age decides, a commune where a platform changes.
    ("→P", YOUNG, LISTED, {"aged": X}, "rectification"),
    ("P→", LISTED, OLD, {"aged": X}, "rectification"),
    ("P→", LISTED, ENROLLED, {"aged": X}, "inscription"),
    ("P→Q", LISTED, LISTED, {"moved_home": X, "transferred": X}, "rectification"),
    ("P→", LISTED, TITLED, {"moved_home": X}, "diplome"),
    # A source that was there and is not, where what decided before rests on it.
    ("→P", ENROLLED, LISTED, {"absent": {("scolarite", 0)}}, "source_absente"),
    ("→P", ENROLLED, LISTED, {"absent": {("scolarite", -1)}}, "inscription"),
    ("→P", ENROLLED, LISTED, {"absent": {("agricole", 0)}}, "inscription"),
    ("→P", APPRENTICE, LISTED,
     {"absent": {("contrats", 0)}, "held": held("contrats")}, "source_absente"),
    ("→P", APPRENTICE, LISTED,
     {"absent": {("contrats", 0)}, "held": held("apprentissage")}, "inscription"),
    ("→P", TITLED, LISTED,
     {"absent": {("diplomes_agricoles", 0)}, "held": held("diplomes_agricoles")}, "source_absente"),
    ("→P", TITLED, LISTED,
     {"absent": {("diplomes_agricoles", 0)}, "held": held("diplomes")}, "diplome"),
    ("→P", ANSWERED, LISTED, {"absent": {("retours", 0)}, "delivered": X}, "source_absente"),
    ("→P", ANSWERED, LISTED, {"absent": {("retours", 0)}}, "retour"),
    ("P→", LISTED, NOBODY,
     {"absent": {("agricole", -1)}, "held": held("agricole")}, "source_absente"),
    ("P→", LISTED, NOBODY,
     {"absent": {("missions_locales", 0)}, "held": held("missions_locales")}, "hors_champ"),
    ("P→Q", LISTED, LISTED,
     {"absent": {("missions_locales", 0)}, "held": held("missions_locales")}, "source_absente"),
    ("P→Q", LISTED, LISTED, {"absent": {("missions_locales", 0)}}, "inscription"),
    ("P→", LISTED, ENROLLED,
     {"absent": {("agricole", -1)}, "held": held("agricole")}, "inscription"),
    # Who people are comes before everything.
    ("P→", LISTED, ENROLLED, {"regrouped": X}, "rapprochement"),
    ("→P", YOUNG, LISTED, {"regrouped": X, "aged": X}, "rapprochement"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "was", "today", "changed", "cause"), CASES)
def test_the_cause_of_a_move(where: str, was: Any, today: Any, changed: Any, cause: str) -> None:
    former, _, current = where.partition("→")
    moves = find_moves(
        signalements({"x": former} if former else {}),
        signalements({"x": current} if current else {}, "2027-03"),
    )
    known = {**changed, "absent": frozenset(changed.get("absent", ()))}
    told = explain_moves(moves, decided(was), decided(today), WhatChanged(**known), "2026-10")
    assert told["cause"].to_list() == [cause]
    kind = "changement" if former and current else "sortie" if former else "entree"
    assert told["mouvement"].to_list() == [kind]
    assert told["campagne_avant"].to_list() == ["2026-10"]


PLACED = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("PQR"), max_size=6)


@settings(max_examples=examples(100), deadline=None)
@given(PLACED, PLACED, PLACED, PLACED)
def test_the_moves_explain_the_difference_also_after_an_act(
    before: dict[str, str], now: dict[str, str], before_2: dict[str, str], now_2: dict[str, str]
) -> None:
    """An act changes some of both campaigns; the moves of the others keep their cause."""
    lists = [signalements(p, c) for p, c in ((before, "2026-10"), (now, "2027-03"))]
    moves = find_moves(*lists)
    none = decided(None)
    told = explain_moves(moves, none, none, WhatChanged(), "2026-10")
    require_law(told, before, now)
    changed = {
        f"s-{who}"
        for one, other in ((before, before_2), (now, now_2))
        for who in "abcdef"
        if one.get(who) != other.get(who)
    }
    settled = settle_moves(
        told, "2026-10", signalements(before_2), signalements(now_2, "2027-03"), changed
    )
    require_law(settled, before_2, now_2)
    kept = settled.filter(~pl.col("id_signalement").is_in(sorted(changed)))
    assert kept.equals(told.filter(~pl.col("id_signalement").is_in(sorted(changed))))
    assert {*settled["cause"]} <= {*told["cause"], "rectification"}


def require_law(told: pl.DataFrame, before: dict[str, str], now: dict[str, str]) -> None:
    conform(told, "tables/mouvements")
    for psad in "PQR":
        was = {f"s-{who}" for who, where in before.items() if where == psad}
        entered = {*told.filter(psad=psad)["id_signalement"]}
        left = {*told.filter(psad_avant=psad)["id_signalement"]}
        assert {f"s-{who}" for who, where in now.items() if where == psad} == was - left | entered
        assert left <= was
        assert not entered & was


def prints(*rows: tuple[str, int, str, str]) -> pl.DataFrame:
    told = [
        {"id_personne": f"p{who:0>31}", "genre": "ine", "empreinte": number, "cle": "k",
         "campagne": first, "derniere": last}
        for who, number, first, last in rows
    ]  # fmt: skip
    return pl.DataFrame(told, schema=declaration("tables/registre").polars_schema)


@pytest.mark.parametrize(
    ("register", "parted"),
    [
        # What A was known by is B's from this campaign on: rows of one person are two people's.
        ([("a", 1, "2026-10", "2026-10"), ("b", 1, "2027-03", "2027-03")], {"a", "b"}),
        # A still has it: a namesake's, or a number that two share.
        ([("a", 1, "2026-10", "2027-03"), ("b", 1, "2027-03", "2027-03")], set()),
        # A had not been seen in the campaign before.
        ([("a", 1, "2026-03", "2026-03"), ("b", 1, "2027-03", "2027-03")], set()),
        # B had it already.
        ([("a", 1, "2026-10", "2026-10"), ("b", 1, "2026-10", "2027-03")], set()),
    ],
)
def test_rows_that_changed_hands_show_in_the_register(
    tmp_path: Any, register: list[tuple[str, int, str, str]], parted: set[str]
) -> None:
    path = tmp_path / "registre.parquet"
    prints(*register).write_parquet(path)
    worksite: Any = SimpleNamespace(find=lambda _: path, staging=SimpleNamespace(code="2027-03"))
    before: Any = SimpleNamespace(code="2026-10")
    people = pl.DataFrame({"id_personne": [f"p{who:0>31}" for who in "ab"]})
    assert {who[-1] for who in _parted(worksite, before, people)} == parted


def test_two_people_of_the_campaign_before_are_one_now() -> None:
    rows = [{"id_personne": who, "extrait": "scolarite", "fichier": "f", "ligne": n, "methode": "seul"}
            for n, who in enumerate("ab", start=1)]  # fmt: skip
    identites = frame("identites", rows)
    before: Any = SimpleNamespace(rows=lambda _, where: identites.filter(where))
    told = pl.DataFrame({"campagne": "2027-03", "id_ancien": ["b", "z"], "id_personne": ["a", "c"]})
    people = pl.DataFrame({"id_personne": ["a", "c"]})
    # z is of a campaign further back: nobody of the campaign before was joined.
    assert {*_joined(before, told, people)} == {"a"}


def test_sources_are_compared_by_their_year_counted_from_n() -> None:
    def entry(extract: str, year: str | None, rows: int = 5) -> Any:
        return SimpleNamespace(extrait=extract, annee_scolaire=year, lignes=rows)

    before: Any = SimpleNamespace(
        manifest=lambda: SimpleNamespace(
            campagne=SimpleNamespace(annee_scolaire="2025-2026"),
            entrees=[entry("scolarite", "2024-2025"), entry("scolarite", "2025-2026"),
                     entry("retours", None), entry("missions_locales", None, 0)],
        )
    )  # fmt: skip
    traits = pl.DataFrame({"extrait": ["scolarite"]})
    retours = pl.DataFrame({"ligne": []})
    worksite: Any = SimpleNamespace(
        read=lambda name, _: retours, distinct=lambda name, column: {*traits[column]}
    )
    delivery: Any = SimpleNamespace(
        campagne=SimpleNamespace(start_year=2026),
        fichiers=[entry("scolarite", "2025-2026"), entry("retours", None)],
    )
    assert find_absent(worksite, delivery, before) == {("scolarite", 0), ("retours", 0)}


def test_who_left_is_named_by_the_list_before_alone() -> None:
    moves = find_moves(signalements({"x": "P", "y": "P"}), signalements({"y": "Q"}, "2027-03"))
    none = decided(None)
    told = explain_moves(moves, none, none, WhatChanged(), "2026-10")
    row = dict.fromkeys(declaration("tables/liste").columns)
    common = {"campagne": "2027-03", "age": 17, "suivi_mission_locale": "non", "psad": "Q",
              "public": "obligation_formation", "situation": "confirme",
              "premier_signalement": "2026-10", "nombre_signalements": 2}  # fmt: skip
    now = frame("liste", [row | common | {"id_signalement": "s-y", "nom_naissance": "NEUF"}])
    names = pl.DataFrame(
        [{"id_signalement": f"s-{who}", "nom_naissance": "VIEUX", "nom_usage": None,
          "prenoms": None, "date_naissance": None} for who in "xy"],
        schema_overrides=dict.fromkeys(("nom_usage", "prenoms", "date_naissance"), pl.String),
    )  # fmt: skip
    before: Any = SimpleNamespace(lists=lambda *columns: names.select(columns))
    shown = name_movements(told, "2027-03", now, before)
    assert shown.select("psad", "mouvement", "autre_psad", "nom_naissance").rows() == [
        ("P", "sortie", None, "VIEUX"),
        ("P", "sortie", "Q", "VIEUX"),
        ("Q", "entree", "P", "NEUF"),
    ]
