"""Code, day, school years and dates of extraction agree; a released campaign is not replaced unasked."""

from datetime import date
from pathlib import Path

import pytest

from siei_match.campaign.agreement import require_replaceable
from siei_match.campaign.worksite import Worksite
from siei_match.output import Staging
from siei_match.reference.delivery import Campagne, Delivery
from siei_match.reference.errors import DeliveryError, SettingsError
from siei_match.release import withdraw
from siei_match.stages.extract import read_delivery
from siei_match.stages.extract.agreement import (
    DAYS_AFTER,
    DAYS_FRESH,
    require_agreement,
    warn_of_dates,
)
from tests.livraisons import deliver, fichier
from tests.releases import ACTEUR, REGLAGES, publish_campaign, release_campaign

DAY = date(2026, 10, 15)


def delivery(
    code: str = "2026-10", day: date = DAY, extrait: str = "diplomes", **keys: object
) -> Delivery:
    """Declare a campaign of one file."""
    made = fichier(extrait).model_copy(update=keys)
    campagne = Campagne(
        code=code, date_observation=day, annee_scolaire="2026-2027", definition="legale"
    )
    return Delivery(campagne=campagne, fichiers=(made,))


# A campagne.toml that disagrees with itself


@pytest.mark.parametrize(
    ("code", "day", "agrees"),
    [
        ("2026-10", "2026-10-15", True),
        ("2026-10", "2026-09-30", True),
        ("2026-10", "2026-11-30", True),
        ("2027-01", "2026-12-31", True),
        ("2026-12", "2027-01-02", True),
        # Last time's code, the month of another campaign, another year.
        ("2026-10", "2027-03-15", False),
        ("2027-03", "2026-10-15", False),
        ("2026-10", "2026-12-01", False),
        ("2025-10", "2026-10-15", False),
    ],
)
def test_a_campaign_is_named_by_the_month_that_it_observes(
    code: str, day: str, agrees: bool
) -> None:
    observed = date.fromisoformat(day)
    told = delivery(code, observed, date_extraction=observed)
    if agrees:
        require_agreement(told, "campagne.toml")
        return
    with pytest.raises(DeliveryError) as refusal:
        require_agreement(told, "campagne.toml")
    assert f"the code is {code} and date_observation {day}" in refusal.value.what


@pytest.mark.parametrize(
    ("extrait", "annee", "extraction", "said"),
    [
        ("diplomes", None, "2026-07-12", None),
        ("diplomes", None, "2025-10-16", None),
        ("diplomes", None, "2025-10-15", "a year or more before"),
        ("scolarite", "2025-2026", "2025-10-10", "a year or more before"),
        ("scolarite", "2026-2027", "2025-10-10", "a year or more before"),
        # SIFA's yearly survey of N-1, and what is extracted weeks after the day.
        ("apprentissage", "2025-2026", "2026-02-20", None),
        ("scolarite", "2026-2027", "2026-12-01", None),
        ("scolarite", "2026-2027", "2027-02-12", None),
        ("scolarite", "2026-2027", "2027-03-10", "more than 120 days after"),
        # The day's own year, announced of a file of last spring; a year that is to come.
        ("scolarite", "2026-2027", "2026-03-10", "before anybody was enrolled for 2026-2027"),
        ("scolarite", "2027-2028", "2026-10-10", "before anybody was enrolled for 2027-2028"),
    ],
)
def test_an_extraction_belongs_to_its_day_and_its_school_year(
    extrait: str, annee: str | None, extraction: str, said: str | None
) -> None:
    told = delivery(
        extrait=extrait, annee_scolaire=annee, date_extraction=date.fromisoformat(extraction)
    )
    if said is None:
        require_agreement(told, "campagne.toml")
        return
    with pytest.raises(DeliveryError) as refusal:
        require_agreement(told, "campagne.toml")
    assert f"{extrait}.csv: extracted on {extraction}, {said}" in refusal.value.what


def test_the_other_campaign_s_extracts_are_out_of_reach() -> None:
    # What the bound is for: October and March, 146 days apart.
    assert (date(2027, 3, 10) - DAY).days > DAYS_AFTER


@pytest.mark.parametrize(
    ("extrait", "annee", "days", "warned"),
    [
        ("scolarite", "2026-2027", DAYS_FRESH, False),
        ("scolarite", "2026-2027", DAYS_FRESH + 1, True),
        ("missions_locales", None, DAYS_FRESH + 1, True),
        ("scolarite", "2025-2026", 200, False),
        ("diplomes", None, 200, False),
    ],
)
def test_an_old_extract_of_what_is_in_progress_is_told(
    extrait: str, annee: str | None, days: int, warned: bool
) -> None:
    extraction = date.fromordinal(DAY.toordinal() - days)
    told = delivery(extrait=extrait, annee_scolaire=annee, date_extraction=extraction)
    said = [notice.rapport for notice in warn_of_dates(told)]
    assert [f"{extrait}.csv a été extrait {days} jours avant" in one for one in said] == (
        [True] * warned
    )


@pytest.mark.parametrize(
    ("name", "warned"),
    [("2026-10", False), ("2027-03", True), ("reçus", False), ("2027-03 bis", False)],
)
def test_a_folder_named_like_another_campaign_is_told(
    tmp_path: Path, name: str, warned: bool
) -> None:
    (tmp_path / name).mkdir()
    said = [n.journal for n in read_delivery(deliver(tmp_path / name)).avertissements]
    assert [f"The folder is named {name} and holds campaign 2026-10" in one for one in said] == (
        [True] * warned
    )


def test_a_copied_campagne_toml_stops_before_anything_is_read(tmp_path: Path) -> None:
    dossier = deliver(tmp_path)
    toml = dossier / "campagne.toml"
    toml.write_text(toml.read_text("utf-8").replace("2026-10-15", "2027-03-15"), "utf-8")
    for file in dossier.glob("*.csv"):
        file.unlink()
    with pytest.raises(DeliveryError, match="the code is 2026-10"):
        read_delivery(dossier)


# What is released under the code


@pytest.fixture
def recus(tmp_path: Path) -> Path:
    """A folder of files whose bytes are not those of the released campaign."""
    (tmp_path / "recus").mkdir()
    (tmp_path / "recus" / "diplomes.csv").write_bytes(b"autre")
    return tmp_path / "recus"


def worksite(dossier: Path, sortie: Path, **asked: bool) -> Worksite:
    return Worksite(dossier, Staging(sortie, "2026-10"), REGLAGES, **asked)


def test_a_prepared_campaign_is_run_again_with_what_one_likes(tmp_path: Path, recus: Path) -> None:
    sortie = publish_campaign(tmp_path / "out")
    require_replaceable(worksite(recus, sortie), delivery())


def test_other_inputs_under_a_released_code_ask_to_be_told(tmp_path: Path, recus: Path) -> None:
    sortie = publish_campaign(tmp_path / "out")
    release_campaign(sortie)
    with pytest.raises(SettingsError, match="--replace") as refusal:
        require_replaceable(worksite(recus, sortie), delivery())
    # The file that changed, and those of the release that are no longer there.
    assert "different: diplomes.csv, scolarite.csv, agricole.csv, missions_locales.csv" in str(
        refusal.value
    )
    require_replaceable(worksite(recus, sortie, replace=True), delivery())
    require_replaceable(worksite(recus, sortie, dry=True), delivery())
    withdraw(sortie, "2026-10", actor=ACTEUR)
    require_replaceable(worksite(recus, sortie), delivery())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, None),
        ({"definition": "operationnelle"}, "different: definition"),
        ({"date_observation": date(2026, 10, 16)}, "different: date_observation"),
    ],
)
def test_the_same_files_are_run_again_the_same_day_and_definition(
    tmp_path: Path, recus: Path, changed: dict[str, object], said: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    sortie = publish_campaign(tmp_path / "out")
    release_campaign(sortie)
    # The released manifest says that each of its files has the checksum 000…
    monkeypatch.setattr("siei_match.campaign.agreement.file_sha256", lambda path: "0" * 64)
    names = ("scolarite", "diplomes", "agricole", "missions_locales")
    told = delivery().model_copy(update={"fichiers": tuple(fichier(name) for name in names)})
    campagne = told.campagne.model_copy(update=changed)
    told = told.model_copy(update={"campagne": campagne})
    if said is None:
        require_replaceable(worksite(recus, sortie), told)
        return
    with pytest.raises(SettingsError, match=said):
        require_replaceable(worksite(recus, sortie), told)
