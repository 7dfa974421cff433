"""A link may hold less than it decides: below `seuil_decision` nobody leaves a list by it alone."""

from datetime import date

import polars as pl
import pytest

from siei_match.reference.people import People
from siei_match.stages.decide import Observation, decide
from siei_match.stages.link import link
from tests.spec.ascii_tables import build_table
from tests.spec.test_link_cases import LUCAS, MILO, NOTHING, ZOE
from tests.spec.test_link_sure import table

DAY = date(2026, 10, 15)
PUPIL = {
    "extrait": "scolarite", "annee": "2025", "debut": "2025-09-01", "fin": "2026-07-01",
    "cycle": "niveau_3", "uai": "0750001A",
}  # fmt: skip
NOW = {"annee": "2026", "debut": "2026-09-01", "fin": "2027-07-01"}
APPRENTICE = {**PUPIL, **NOW, "extrait": "apprentissage"}
STILL_THERE = {**PUPIL, **NOW}
FOLLOWED = {"extrait": "missions_locales", "debut": "2026-09-01"}
ANSWERS = {
    "id_personne": pl.String,
    "date_retour": pl.Date,
    "retour": pl.String,
    "reception": pl.UInt32,
}
NOBODY = pl.DataFrame(schema={"id_a": pl.String, "id_b": pl.String})


def decided(
    rows: list[dict[str, str]], pieces: list[int], born: str = "2008", title: int | None = None
) -> tuple[str, str, bool]:
    """Decide one person, whose rows stand in numbered pieces; `title`: the piece that has a CAP."""
    numbered = [{"rid": str(rid), **row} for rid, row in enumerate(rows)]
    places = [*pieces] + ([] if title is None else [title])
    traits = [
        {"rid": str(rid), "extrait": "scolarite", "naissance_annee": born, "naissance_mois": "3",
         "naissance_jour": "14"}
        for rid in range(len(places))
    ]  # fmt: skip
    titres = [] if title is None else [{"rid": str(len(rows)), "rang": "0", "niveau": "niveau_3"}]
    members = pl.DataFrame(
        {"rid": range(len(places)), "id_personne": "A"},
        schema={"rid": pl.UInt32, "id_personne": pl.String},
    )
    several = len(set(places)) > 1
    cores = pl.DataFrame(
        {"rid": range(len(places)), "noyau": places} if several else {"rid": [], "noyau": []},
        schema={"rid": pl.UInt32, "noyau": pl.UInt32},
    )
    found = decide(
        People(
            members, build_table("tables/parcours", numbered), build_table("tables/traits", traits)
        ),
        build_table("tables/titres", titres),
        pl.DataFrame(schema=ANSWERS),
        NOBODY,
        Observation(DAY, 2026),
        cores=cores,
    ).decisions
    return found.select("statut", "motif", "suivi_mission_locale").row(0)


@pytest.mark.parametrize(
    ("rows", "pieces", "expected"),
    [
        ([PUPIL, APPRENTICE], [0, 0], ("en_formation", "apprentissage")),
        # The apprentice may be somebody else.
        ([PUPIL, APPRENTICE], [0, 1], ("sortant", "a_verifier")),
        # The school's own row says it too: the weak link decides nothing.
        ([PUPIL, STILL_THERE, APPRENTICE], [0, 0, 1], ("en_formation", "scolarite")),
        # A mission locale's row takes nobody off a list, however weak its link.
        ([PUPIL, FOLLOWED], [0, 1], ("sortant", "confirme")),
    ],
)
def test_who_hangs_on_a_weak_link(
    rows: list[dict[str, str]], pieces: list[int], expected: tuple[str, str]
) -> None:
    assert decided(rows, pieces)[:2] == expected


def test_a_diploma_by_a_weak_link() -> None:
    assert decided([PUPIL], [0], title=0)[:2] == ("diplome", "niveau_3")
    assert decided([PUPIL], [0], title=1)[:2] == ("sortant", "a_verifier")


def test_nobody_under_16_is_listed_whatever_the_links() -> None:
    assert decided([PUPIL, APPRENTICE], [0, 1], born="2011")[:2] == ("hors_champ", "age_moins_16")


def test_the_follow_up_of_all_rows_is_told() -> None:
    assert decided([PUPIL, APPRENTICE, FOLLOWED], [0, 1, 1]) == ("sortant", "a_verifier", True)


def cores(rows: list[dict[str, object]], seuil_decision: float) -> tuple[list[int], list[int]]:
    """Return the person of each row, and the rows that stand in pieces."""
    found = link(table(rows), None, seuil_lien=0.5, seuil_doute=0.25, seuil_decision=seuil_decision)
    return found.groupes.sort("rid")["personne"].to_list(), found.cores["rid"].to_list()


def test_pieces_are_what_surer_links_would_leave() -> None:
    bare = {**MILO, **NOTHING}
    doubtful = [LUCAS, bare]
    assert cores(doubtful, 0.95) == ([0, 0], [0, 1])
    assert cores(doubtful, 0.5) == ([0, 0], [])
    assert cores([LUCAS, MILO], 0.95) == ([0, 0], [])
    # Zoé, whom nothing doubts, stands in one piece.
    assert cores([*doubtful, ZOE, {**ZOE, "extrait": "diplomes"}], 0.95)[1] == [0, 1]
