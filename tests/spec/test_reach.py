"""How to reach those who are listed and both guardians: each contact with its source and its date."""

from datetime import date

import polars as pl
import pytest

from siei_match.reference.people import People
from siei_match.stages.route import list_contacts
from tests.spec.ascii_tables import build_table

SIGNALEMENTS = build_table(
    "tables/signalements",
    [{"id_signalement": "sA", "id_personne": "A", "campagne": "2026-10", "psad": "ouest"}],
)
NOBODY = pl.DataFrame(schema={"id_personne": pl.String, "colonne": pl.String})
ROWS = [
    {"rid": "0", "extrait": "scolarite", "annee": "2025", "debut": "2025-09-01", "telephones": ["06 11 11 11 11"],
     "courriel": "a@exemple.fr", "adresse": "3 rue des Œillets", "code_postal": "01000", "commune": "Bourg",
     "responsable_nom": "QUELVENNEC Anne", "responsable_telephone": "02 98 00 00 01", "responsable2_nom": "AUTRE Luc",
     "responsable2_telephone": "02 98 00 00 02", "responsable2_courriel": "luc@exemple.fr"},
    {"rid": "1", "extrait": "missions_locales", "debut": "2026-06-01",
     "telephones": ["06 11 11 11 11", "06 22 22 22 22"], "responsable_nom": None},
    {"rid": "2", "extrait": "diplomes", "telephones": None},
    {"rid": "3", "extrait": "scolarite", "annee": "2025", "telephones": ["06 99 99 99 99"]},
]  # fmt: skip


def world() -> tuple[People, pl.DataFrame]:
    members = pl.DataFrame(
        {"rid": range(4), "id_personne": ["A", "A", "A", "B"]},
        {"rid": pl.UInt32, "id_personne": pl.String},
    )
    traits = build_table("tables/traits", [{k: r.get(k) for k in ("rid", "extrait")} for r in ROWS])
    stays = [
        {k: r.get(k) for k in ("rid", "extrait", "annee", "debut")}
        for r in ROWS
        if r["extrait"] != "diplomes"
    ]
    schema = build_table("tables/coordonnees", []).schema
    shown = pl.DataFrame(
        [{name: int(r["rid"]) if name == "rid" else r.get(name) for name in schema} for r in ROWS],
        schema,
    )
    return People(members, build_table("tables/parcours", stays), traits), shown


def test_every_contact_is_told_once_by_the_row_that_began_last() -> None:
    told = list_contacts(SIGNALEMENTS, *world(), NOBODY)
    june, september = date(2026, 6, 1), date(2025, 9, 1)
    assert told.select("de_qui", "nom", "nature", "valeur", "source", "depuis").rows() == [
        ("jeune", None, "telephone", "06 11 11 11 11", "missions_locales", june),
        ("jeune", None, "telephone", "06 22 22 22 22", "missions_locales", june),
        ("jeune", None, "courriel", "a@exemple.fr", "scolarite", september),
        ("jeune", None, "adresse", "3 rue des Œillets, 01000 Bourg", "scolarite", september),
        ("responsable", "QUELVENNEC Anne", "telephone", "02 98 00 00 01", "scolarite", september),
        ("second_responsable", "AUTRE Luc", "telephone", "02 98 00 00 02", "scolarite", september),
        ("second_responsable", "AUTRE Luc", "courriel", "luc@exemple.fr", "scolarite", september),
    ]
    assert set(told["id_signalement"]) == {"sA"}, "B is on no list"


@pytest.mark.parametrize(
    ("column", "left"), [("telephones", 0), ("commune", 0), ("date_naissance", 7)]
)
def test_of_who_had_a_contact_put_right_the_list_alone_tells(column: str, left: int) -> None:
    rectified = pl.DataFrame({"id_personne": ["A"], "colonne": [column]})
    assert list_contacts(SIGNALEMENTS, *world(), rectified).height == left
