"""Answers given one by one: a log that grows, of which what stands is what the run will decide by."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from siei_match.collect import SingleAnswer, append_answers, collect
from siei_match.output import audit, locked
from siei_match.output.audit import Actor
from siei_match.output.memory.answers import RETOURS, read_collected
from siei_match.reference.errors import ContractError, OutputError
from siei_match.stages.decide.standing import find_standing
from tests.publication import IDS, PSADS
from tests.releases import copy, publish_campaign

MINE = f"s{IDS[0][1:]}"
PSAD = PSADS[1]
DAY = date(2027, 3, 20)
ME = Actor("coord@exemple.invalid", datetime(2027, 3, 20, 9, tzinfo=UTC))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_campaign(tmp_path_factory.mktemp("single") / "out")


@pytest.fixture
def sortie(published: Path, tmp_path: Path) -> Path:
    return copy(published, tmp_path / "out")


def say(sortie: Path, *retours: str, day: date = DAY, **more: object) -> None:
    for retour in retours:
        seen = read_collected(sortie).filter(id_signalement=MINE).height
        assert append_answers(
            sortie, [SingleAnswer(MINE, retour, day, **more)], PSAD, ME, seen=seen
        )  # type: ignore[arg-type]


def standing(sortie: Path) -> list[str]:
    told = read_collected(sortie).with_row_index("reception").with_columns(
        sender="psad", origine=pl.lit("collecte"), jour_ecrit=pl.lit(value=True)
    )  # fmt: skip
    return told.filter(pl.col("reception").is_in(find_standing(told).implode()))["retour"].to_list()


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        # Two calls of one day are two attempts.
        (["contacte_sans_reponse", "contacte_sans_reponse"], ["contacte_sans_reponse"] * 2),
        (["contacte_sans_reponse", "en_formation"], ["contacte_sans_reponse", "en_formation"]),
        # One taken back: the one before counts again; twice the same day, both are.
        (["suivi", "en_formation", "annule"], ["suivi"]),
        (["suivi", "en_formation", "annule", "annule"], []),
        (["en_formation", "annule", "refus"], ["refus"]),
        (["annule"], []),
    ],
)
def test_what_stands_of_a_day_on_the_page(sortie, said, stands) -> None:
    say(sortie, *said)
    assert read_collected(sortie)["retour"].to_list() == said, "nothing is overwritten"
    assert standing(sortie) == stands


def test_the_workbook_sent_back_with_what_the_page_filled_in_counts_once(sortie, tmp_path) -> None:
    say(sortie, "contacte_sans_reponse", "suivi")
    path = tmp_path / "r.csv"
    path.write_text(f"id;retour;date\n{MINE};suivi;20/03/2027\n", "utf-8")
    collect(sortie, path, ME, psad=PSAD)
    assert standing(sortie).count("suivi") == 1
    assert standing(sortie)[-1] == "suivi"
    say(sortie, "refus")
    assert standing(sortie)[-1] == "refus", "what comes after a file comes after it"


def test_an_answer_is_kept_with_its_next_call_noted_without_a_name(sortie) -> None:
    say(sortie, "coordonnees_incorrectes", rappel=date(2027, 3, 27), contacts="0123456789abcdef")
    (kept,) = read_collected(sortie).to_dicts()
    assert (kept["rappel"], kept["psad"], kept["rang"]) == (date(2027, 3, 27), PSAD, 1)
    (path,) = (sortie / RETOURS).glob("*.parquet")
    assert path.stat().st_mode & 0o777 == 0o600
    entry = audit.read_entries(sortie)[-1]
    assert (entry.acte, entry.details["reponses"]) == ("collecte", 1)
    assert audit.verify(sortie).whole


def test_of_two_people_who_answer_at_once_the_second_is_told(sortie) -> None:
    say(sortie, "suivi")
    late = [SingleAnswer(MINE, "refus", DAY)]
    assert not append_answers(sortie, late, PSAD, ME, seen=0)
    assert read_collected(sortie)["retour"].to_list() == ["suivi"]


def test_nothing_is_written_while_a_run_works_nor_of_what_is_no_answer(sortie) -> None:
    with locked(sortie), pytest.raises(OutputError):
        append_answers(sortie, [SingleAnswer(MINE, "suivi", DAY)], PSAD, ME, seen=0)
    with pytest.raises(ContractError):
        append_answers(sortie, [SingleAnswer(MINE, "licorne", DAY)], PSAD, ME, seen=0)
    assert read_collected(sortie).is_empty()


def test_files_of_earlier_versions_are_read(sortie) -> None:
    say(sortie, "suivi")
    (path,) = (sortie / RETOURS).glob("*.parquet")
    pl.read_parquet(path).drop("rappel", "contacts").write_parquet(path)
    assert read_collected(sortie)["rappel"].to_list() == [None]
    say(sortie, "refus")
    assert read_collected(sortie)["retour"].to_list() == ["suivi", "refus"]
