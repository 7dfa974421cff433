"""Who holds the bac général alone, is followed by a mission locale and enrolled nowhere: small tables, counted people."""

from datetime import date

import polars as pl
import pytest

from siei_match.reference.people import People
from siei_match.stages.decide import Observation, find_bac_holders
from siei_match.stages.publish.report.bac import describe_bac
from siei_match.stages.route import place_people
from tests.publication import frame
from tests.spec.ascii_tables import build_table, read_table

DAY = Observation(date(2026, 10, 15), 2026)
FOLLOWED = "A | missions_locales |      | 2026-06-01 |            | 2006 |"
PASSED = "A | diplomes         |      |            |            | 2006 | 47010005"
NO_ANSWERS = pl.DataFrame(
    schema={
        "id_personne": pl.String,
        "date_retour": pl.Date,
        "retour": pl.String,
        "reception": pl.UInt32,
    }
)
HEADING = "personne | extrait | annee | debut | fin | naissance_annee | diplome\n"


def world(
    lines: tuple[str, ...], levels: dict[str, tuple[str, int]]
) -> tuple[People, pl.DataFrame]:
    rows = [{**r, "rid": str(n)} for n, r in enumerate(read_table(HEADING + "\n".join(lines)))]
    members = pl.DataFrame(
        {"rid": range(len(rows)), "id_personne": [r["personne"] for r in rows]},
        {"rid": pl.UInt32, "id_personne": pl.String},
    )
    stays = [{**r, "diplome": None} for r in rows if r["extrait"] != "diplomes"]
    exams = [r for r in rows if r["diplome"] and r["extrait"] in {"diplomes", "apprentissage"}]
    titles = [
        {"rid": r["rid"], "diplome": None if r["diplome"] == "?" else r["diplome"],
         "niveau": levels[r["diplome"]][0], "rang": str(levels[r["diplome"]][1])}
        for r in exams
    ]  # fmt: skip
    people = People(
        members, build_table("tables/parcours", stays), build_table("tables/traits", rows)
    )
    return people, build_table("tables/titres", titles)


LEVELS = {
    "47010005": ("baccalaureat", 4),
    "40025214": ("baccalaureat", 4),
    "50025219": ("niveau_3", 3),
    "32031212": ("baccalaureat", 5),
    "67110003": ("aucun", 0),
    "?": ("baccalaureat", 4),
}


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ((), True),
        # A DNB is no vocational diploma, nor is the same bac as SIFA tells it.
        (("A | diplomes | | | | 2006 | 67110003",), True),
        (("A | apprentissage | 2025 | 2025-09-01 | | 2006 | ?",), True),
        # Not alone: a CAP, a bac professionnel, a BTS.
        (("A | diplomes | | | | 2006 | 50025219",), False),
        (("A | diplomes | | | | 2006 | 40025214",), False),
        (("A | diplomes | | | | 2006 | 32031212",), False),
        # Enrolled on the day, or once.
        (("A | scolarite | 2026 | 2026-09-02 | | 2006 |",), False),
        (("A | contrats | | 2026-09-02 | 2027-08-31 | 2006 |",), False),
        (("A | scolarite | 2025 | 2025-09-02 | 2026-07-01 | 2006 |",), True),
    ],
)
def test_who_holds_the_bac_general_alone(more: tuple[str, ...], found: bool) -> None:
    people, titres = world((FOLLOWED, PASSED, *more), LEVELS)
    assert (
        find_bac_holders(people, titres, NO_ANSWERS, DAY)["id_personne"].to_list() == ["A"] * found
    )


@pytest.mark.parametrize(
    ("born", "until", "found"),
    # Of a year alone the youngest possible: born in 2000 they may be 25 still, in 2010 they are 15.
    [("1999", "", False), ("2000", "", True), ("2009", "", True), ("2010", "", False), ("2006", "2026-10-14", False)],
)  # fmt: skip
def test_of_which_age_and_followed_on_the_day(born: str, until: str, found: bool) -> None:
    lines = (
        FOLLOWED.replace("2006", born).replace("|            |", f"| {until} |"),
        PASSED.replace("2006", born),
    )
    people, titres = world(lines, LEVELS)
    assert find_bac_holders(people, titres, NO_ANSWERS, DAY).height == int(found)


def test_they_are_placed_by_residence_or_nowhere() -> None:
    people, _ = world((FOLLOWED,), LEVELS)
    living = People(
        people.members, people.enrolments, people.traits.with_columns(commune=pl.lit("75056"))
    )
    zones = pl.DataFrame({"code_commune": ["75056"], "psad": ["Paris"]})
    holders = pl.DataFrame({"id_personne": ["A"]})
    assert place_people(holders, living, zones, DAY.day)["psad"].to_list() == ["Paris"]
    assert place_people(holders, people, zones, DAY.day)["psad"].to_list() == ["non_affecte"]


def test_small_counts_are_hidden_by_academie_and_platform() -> None:
    academies = {"a": "Nord", "b": "Nord", "c": "Sud", "d": "Est"}
    psad = frame("psad", [
        {"code": code, "nom": code.upper(), "academie": academie, "region": academie,
         "departement": code, "synthetique": "non"}
        for code, academie in academies.items()
    ])  # fmt: skip
    counts = {"a": 9, "b": 2, "c": 3, "d": 40}
    holders = [psad for psad, n in counts.items() for _ in range(n)]
    people = [{"id_personne": f"{n:032x}", "psad": psad} for n, psad in enumerate(holders)]
    told = describe_bac(frame("bac_general", people), psad)
    assert told["total"] == 54
    # 3 is small, and the smallest other goes with it: the total would give it back.
    assert told["academies"] == [
        {"academie": "Est", "personnes": 40},
        {"academie": "Nord", "personnes": None},
        {"academie": "Sud", "personnes": None},
    ]
    assert [(p["psad"], p["personnes"]) for p in told["platforms"]] == [("d", 40)]
