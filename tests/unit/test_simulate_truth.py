"""The oracle of decisions against lives written by hand: one line of table, one life."""

from datetime import date

import polars as pl
import pytest

from siei_match.simulate import truth

JOUR = date(2026, 10, 15)
Sejour = tuple[str, int, str | None, str | None, str | None, str]
EN1: Sejour = ("scolarite", 2025, None, None, None, "baccalaureat")

# name, birth, enrolments (extract, year, in, out, broken contract, cycle), diplomas, decision
VIES: list[tuple[str, str, list[Sejour], list[str], tuple[str, str] | None]] = [
    ("left and nothing since", "2008-01-01", [EN1], [], ("sortant", "confirme")),
    ("still there", "2008-01-01", [EN1, ("scolarite", 2026, None, None, None, "baccalaureat")], [],
     ("en_formation", "scolarite")),
    ("left on the eve", "2008-01-01",
     [EN1, ("scolarite", 2026, None, "2026-10-14", None, "baccalaureat")], [],
     ("sortant", "confirme")),
    ("leaves on the day", "2008-01-01",
     [EN1, ("scolarite", 2026, None, "2026-10-15", None, "baccalaureat")], [],
     ("en_formation", "scolarite")),
    ("comes the day after", "2008-01-01",
     [EN1, ("agricole", 2026, "2026-10-16", None, None, "niveau_3")], [],
     ("sortant", "confirme")),
    ("an integration track counts in N", "2008-01-01",
     [EN1, ("scolarite", 2026, None, None, None, "insertion")], [],
     ("en_formation", "scolarite")),
    ("an integration track alone is out of scope", "2008-01-01",
     [("scolarite", 2025, None, None, None, "insertion")], [], None),
    ("higher education is out of scope", "2006-01-01",
     [("scolarite", 2025, None, None, None, "superieur")], [], None),
    ("14 days", "2008-01-01",
     [("scolarite", 2025, "2025-09-01", "2025-09-14", None, "niveau_3")], [], None),
    ("15 days", "2008-01-01",
     [("scolarite", 2025, "2025-09-01", "2025-09-15", None, "niveau_3")], [],
     ("sortant", "confirme")),
    ("8 + 7 days that touch", "2008-01-01",
     [("scolarite", 2025, "2025-09-01", "2025-09-08", None, "niveau_3"),
      ("agricole", 2025, "2025-09-09", "2025-09-15", None, "niveau_3")], [],
     ("sortant", "confirme")),
    ("8 + 7 days with a day between", "2008-01-01",
     [("scolarite", 2025, "2025-09-01", "2025-09-08", None, "niveau_3"),
      ("agricole", 2025, "2025-09-10", "2025-09-16", None, "niveau_3")], [], None),
    ("a short stay inside a long one", "2008-01-01",
     [("scolarite", 2025, "2025-09-01", "2025-09-30", None, "niveau_3"),
      ("agricole", 2025, "2025-09-02", "2025-09-03", None, "niveau_3")], [],
     ("sortant", "confirme")),
    ("16 tomorrow", "2010-10-16", [EN1], [], ("hors_champ", "age_moins_16")),
    ("16 today", "2010-10-15", [EN1], [], ("sortant", "confirme")),
    ("26 today", "2000-10-15", [EN1], [], ("hors_champ", "age_plus_25")),
    ("25 for a day more", "2000-10-16", [EN1], [], ("sortant", "confirme")),
    ("apprentice", "2008-01-01",
     [EN1, ("apprentissage", 2026, "2026-09-07", None, None, "niveau_3")], [],
     ("en_formation", "apprentissage")),
    ("contract broken in spring", "2008-01-01",
     [EN1, ("apprentissage", 2026, None, None, "2026-04-14", "niveau_3")], [],
     ("sortant", "confirme")),
    ("contract broken six months ago to the day", "2008-01-01",
     [EN1, ("apprentissage", 2026, None, None, "2026-04-15", "niveau_3")], [],
     ("en_formation", "apprentissage")),
    ("school before farm before CFA", "2008-01-01",
     [EN1, ("apprentissage", 2026, None, None, None, "niveau_3"),
      ("agricole", 2026, None, None, None, "niveau_3")], [], ("en_formation", "agricole")),
    ("bac", "2007-01-01", [EN1], ["niveau_3", "baccalaureat"], ("diplome", "baccalaureat")),
    ("CAP", "2007-01-01", [EN1], ["niveau_3"], ("diplome", "niveau_3")),
    ("BP", "2007-01-01", [EN1], ["niveau_4", "niveau_3"], ("diplome", "niveau_4")),
    ("BTS counts as a bac", "2007-01-01", [EN1], ["superieur"], ("diplome", "baccalaureat")),
    ("brevet does not count", "2009-01-01", [EN1], ["dnb", "cfg"], ("sortant", "confirme")),
    ("year N alone is out of scope", "2008-01-01",
     [("scolarite", 2026, None, None, None, "baccalaureat")], [], None),
]  # fmt: skip


def _frames(
    naissance: str, sejours: list[Sejour], titres: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    def jour(texte: str | None) -> date | None:
        return date.fromisoformat(texte) if texte else None

    personnes = pl.DataFrame({"personne": [1], "naissance": [jour(naissance)]})
    inscriptions = pl.DataFrame(
        [(1, e, a, jour(d), jour(f), jour(r), c) for e, a, d, f, r, c in sejours],
        orient="row",
        schema={
            "personne": pl.Int64,
            "extrait": pl.String,
            "annee": pl.Int16,
            "debut": pl.Date,
            "fin": pl.Date,
            "rupture": pl.Date,
            "cycle": pl.String,
        },
    )
    obtenus = pl.DataFrame(
        {"personne": [1] * len(titres), "titre": titres},
        schema={"personne": pl.Int64, "titre": pl.String},
    )
    return personnes, inscriptions, obtenus


@pytest.mark.parametrize(
    ("naissance", "sejours", "titres", "attendu"),
    [pytest.param(*vie[1:], id=vie[0]) for vie in VIES],
)
def test_a_life_has_its_decision(
    naissance: str, sejours: list[Sejour], titres: list[str], attendu: tuple[str, str] | None
) -> None:
    personnes, inscriptions, obtenus = _frames(naissance, sejours, titres)
    decisions = truth.decide_truth(personnes, inscriptions, obtenus, None, annee_n=2026, day=JOUR)
    assert decisions.select("statut", "motif").rows() == ([attendu] if attendu else [])


@pytest.mark.parametrize(
    ("cycle", "titre", "statut"),
    [
        ("baccalaureat", "niveau_3", "sortant"),
        ("baccalaureat", "niveau_4", "diplome"),
        ("niveau_3", "niveau_3", "diplome"),
        ("niveau_4", "niveau_3", "sortant"),
        ("college", "niveau_3", "diplome"),
    ],
)
def test_the_operational_definition_asks_for_the_level_left(
    cycle: str, titre: str, statut: str
) -> None:
    personnes, inscriptions, obtenus = _frames(
        "2007-01-01", [("scolarite", 2025, None, None, None, cycle)], [titre]
    )
    decisions = truth.decide_truth(
        personnes, inscriptions, obtenus, None, annee_n=2026, day=JOUR, definition="operationnelle"
    )
    assert decisions["statut"].to_list() == [statut]


@pytest.mark.parametrize(
    ("retour", "attendu"),
    [("en_emploi", ("retour", "en_emploi")), ("suivi", ("sortant", "confirme"))],
)
def test_only_some_answers_take_off_the_list(retour: str, attendu: tuple[str, str]) -> None:
    personnes, inscriptions, obtenus = _frames("2007-01-01", [EN1], [])
    retours = pl.DataFrame({"personne": [1], "retour": [retour]})
    decisions = truth.decide_truth(
        personnes, inscriptions, obtenus, retours, annee_n=2026, day=JOUR
    )
    assert decisions.select("statut", "motif").rows() == [attendu]


def test_residence_is_the_last_begun_not_after_the_day() -> None:
    lignes = pl.DataFrame(
        {
            "personne": [1, 1, 1, 1],
            "extrait": ["apprentissage", "scolarite", "missions_locales", "scolarite"],
            "annee": pl.Series([2026, 2026, None, 2025], dtype=pl.Int16),
            "debut": [date(2026, 9, 1), None, date(2026, 10, 16), None],
            "commune": ["A", "B", "C", "D"],
        }
    )
    assert truth.find_residence(lignes, JOUR).rows() == [(1, "B")]
