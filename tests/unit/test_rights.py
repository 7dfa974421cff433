"""Exclusions and rectifications, case by case, on small frames."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from siei_match.output.memory import (
    UnknownPersonError,
    all_ids,
    current_id,
    excluded_on,
    find_person,
    rectify_lists,
    rectify_traits,
    reject_rows,
    spread,
    without_rows,
)
from siei_match.reference.contracts import declaration
from tests.publication import publish, resultats

A, B, C, D = (f"p{digit * 31}" for digit in "abcd")


def of(table: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, declaration(f"tables/{table}").polars_schema)


def exclusion(id_personne: str, fin: date) -> dict[str, object]:
    told = {"motif": "opposition", "decidee_le": date(2026, 11, 2), "par": "dpo"}
    return {"id_personne": id_personne, "fin": fin, **told}


@pytest.mark.parametrize(
    ("jour", "out"),
    [
        (date(2026, 10, 15), [A, B]),
        (date(2027, 3, 15), [A, B]),
        (date(2027, 3, 16), [B]),
        (date(2028, 1, 2), []),
    ],
)
def test_an_exclusion_holds_until_its_last_day_included(jour: date, out: list[str]) -> None:
    told = of("exclusions", [exclusion(A, date(2027, 3, 15)), exclusion(B, date(2028, 1, 1))])
    assert excluded_on(told, jour).to_list() == out


def test_rows_of_the_excluded_are_rejected_where_they_stood() -> None:
    columns = ("extrait", "fichier", "ligne", "gravite", "regle", "colonne")
    rejets = of("rejets", [
        dict(zip(columns, row, strict=True))
        for row in [
            ("scolarite", "z.csv", 2, "avertissement", "ine_lisible", "INE"),
            ("scolarite", "z.csv", 9, "rejet", "nom_present", None),
            ("agricole", "a.csv", 1, "rejet", "nom_present", None),
        ]
    ])  # fmt: skip
    lignes = pl.DataFrame(
        {"extrait": ["agricole", "scolarite"], "fichier": ["a.csv", "z.csv"], "ligne": [4, 2]}
    )
    assert reject_rows(rejets, lignes, ["z.csv", "a.csv"]).rows() == [
        ("scolarite", "z.csv", 2, "avertissement", "ine_lisible", "INE"),
        ("scolarite", "z.csv", 2, "rejet", "personne_exclue", None),
        ("scolarite", "z.csv", 9, "rejet", "nom_present", None),
        ("agricole", "a.csv", 1, "rejet", "nom_present", None),
        ("agricole", "a.csv", 4, "rejet", "personne_exclue", None),
    ]
    assert reject_rows(rejets, lignes.clear(), ["z.csv", "a.csv"]).equals(rejets)


def test_a_pair_goes_with_either_of_its_rows() -> None:
    sides = [("x", 1, "y", 1), ("x", 2, "y", 1), ("y", 3, "x", 2), ("y", 3, "x", 4)]
    liens = pl.DataFrame(
        [("e", f, n, "e", g, m) for f, n, g, m in sides],
        ["extrait_a", "fichier_a", "ligne_a", "extrait_b", "fichier_b", "ligne_b"],
        orient="row",
    )
    lignes = pl.DataFrame({"extrait": ["e"], "fichier": ["x"], "ligne": [2]})
    assert without_rows(liens, lignes).select("ligne_a", "ligne_b").rows() == [(1, 1), (3, 4)]


def rectification(
    id_personne: str, colonne: str, valeur: str | None, le: int = 2
) -> dict[str, object]:
    told = {"motif": "faute de frappe", "decidee_le": date(2026, 11, le), "par": "dpo"}
    return {"id_personne": id_personne, "colonne": colonne, "valeur": valeur, **told}


TRAITS = pl.DataFrame(
    {
        "rid": [0, 1, 2, 3],
        "naissance_annee": [2000, 2001, 2000, 2002],
        "naissance_mois": [1, None, 2, 3],
        "naissance_jour": [1, None, 2, 3],
        "commune": ["29019", None, None, "76351"],
    },
    schema_overrides={"rid": pl.UInt32, "naissance_annee": pl.Int16, "naissance_mois": pl.Int8,
                      "naissance_jour": pl.Int8},
)  # fmt: skip
PERSONNES = pl.DataFrame(
    {"rid": [0, 1, 2, 3], "id_personne": [A, A, B, C]}, schema_overrides={"rid": pl.UInt32}
)


@pytest.mark.parametrize(
    ("told", "births", "places"),
    [
        ([], [(2000, 1, 1), (2001, None, None), (2000, 2, 2), (2002, 3, 3)],
         ["29019", None, None, "76351"]),
        ([rectification(A, "date_naissance", "2009-05-31")],
         [(2009, 5, 31), (2009, 5, 31), (2000, 2, 2), (2002, 3, 3)],
         ["29019", None, None, "76351"]),
        ([rectification(B, "date_naissance", "2009-05"), rectification(C, "date_naissance", "2009")],
         [(2000, 1, 1), (2001, None, None), (2009, 5, None), (2009, None, None)],
         ["29019", None, None, "76351"]),
        ([rectification(A, "commune", "35238"), rectification(B, "commune", "2A004")],
         [(2000, 1, 1), (2001, None, None), (2000, 2, 2), (2002, 3, 3)],
         ["35238", None, "2A004", "76351"]),
        ([rectification(A, "prenoms", "ZOÉ")],
         [(2000, 1, 1), (2001, None, None), (2000, 2, 2), (2002, 3, 3)],
         ["29019", None, None, "76351"]),
    ],
    ids=["nothing", "whole date", "partial dates", "communes", "shown only"],
)  # fmt: skip
def test_traits_put_right(told, births, places) -> None:
    found = rectify_traits(TRAITS, PERSONNES, of("rectifications", told))
    assert found.schema == TRAITS.schema
    assert found.select("^naissance_.*$").rows() == births
    assert found["commune"].to_list() == places


def test_a_list_shows_the_right_value_and_no_other_person_s() -> None:
    made = resultats("2026-10")
    one, other = made.signalements["id_personne"].to_list()[:2]
    told = of("rectifications", [
        rectification(one, "nom_naissance", "KERVADEC"),
        rectification(one, "telephones", None),
        rectification(one, "commune", "29019"),
        rectification(C, "prenoms", "Zoé"),
    ])  # fmt: skip
    found = rectify_lists(made.listes, made.signalements, told)
    mine = made.signalements.filter(id_personne=one)["id_signalement"][0]
    changed = {
        (row["id_signalement"], name): row[name]
        for row, before in zip(found.to_dicts(), made.listes.to_dicts(), strict=True)
        for name in row
        if row[name] != before[name]
    }
    assert changed[mine, "nom_naissance"] == "KERVADEC"
    assert changed.get((mine, "telephones")) is None
    assert found.filter(id_signalement=mine)["commune"][0] == "Brest"
    assert {who for who, _ in changed} == {mine}
    assert other != one
    assert found.schema == made.listes.schema


@pytest.fixture(scope="module")
def sortie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A became B in the first campaign, B became C in the second; to be read only."""
    sortie = tmp_path_factory.mktemp("identifiers")
    for code, old, new in (("2026-10", A, B), ("2027-03", B, C)):
        publish(sortie, code)
        told = {"campagne": [code], "id_ancien": [old], "id_personne": [new]}
        pl.DataFrame(told).write_parquet(sortie / "campagnes" / code / "redirections.parquet")
    return sortie


class TestIdentifiersPutTogether:
    @pytest.mark.parametrize("known", [A, B, C])
    def test_every_identifier_of_a_person_leads_to_all_of_them(self, sortie, known) -> None:
        assert all_ids(sortie, pl.Series([known])).to_list() == [A, B, C]
        assert current_id(sortie, known) == C
        assert all_ids(sortie, pl.Series([D])).to_list() == [D]

    def test_a_run_not_published_yet_counts(self, sortie) -> None:
        told = pl.DataFrame({"campagne": ["2027-10"], "id_ancien": [D], "id_personne": [A]})
        # A was redirected before: in the order of time D becomes A, which stays A from there.
        assert D in all_ids(sortie, pl.Series([D]), told).to_list()
        late = pl.DataFrame({"campagne": ["2027-10"], "id_ancien": [C], "id_personne": [D]})
        assert all_ids(sortie, pl.Series([A]), late).to_list() == [A, B, C, D]

    def test_the_newest_rectification_of_a_column_holds_under_every_identifier(
        self, sortie
    ) -> None:
        told = of("rectifications", [
            rectification(A, "prenoms", "Zoé", le=2),
            rectification(C, "prenoms", "Chloé", le=9),
            rectification(B, "sexe", "F", le=1),
            rectification(D, "sexe", "M", le=1),
        ])  # fmt: skip
        assert spread(sortie, told).select("id_personne", "colonne", "valeur").rows() == [
            *((who, column, value) for who in (A, B, C)
              for column, value in (("prenoms", "Chloé"), ("sexe", "F"))),
            (D, "sexe", "M"),
        ]  # fmt: skip


def test_a_person_is_found_by_either_identifier_or_not_at_all(tmp_path: Path) -> None:
    publish(tmp_path, "2026-10")
    row = resultats("2026-10").signalements.row(0, named=True)
    assert find_person(tmp_path, row["id_signalement"]) == row["id_personne"]
    assert find_person(tmp_path, row["id_personne"]) == row["id_personne"]
    with pytest.raises(UnknownPersonError, match="holds a person"):
        find_person(tmp_path, D)
