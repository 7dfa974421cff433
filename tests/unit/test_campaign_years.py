"""School years swapped between files, and last campaign's file again."""

from datetime import date

import polars as pl
import pytest

from siei_match.campaign.progress import LogProgress
from siei_match.campaign.repeated import find_repeated, read_manifests
from siei_match.campaign.results import FileCount
from siei_match.campaign.steps.validate import check
from siei_match.output.manifest import Manifest
from siei_match.reference.errors import DeliveryError
from siei_match.reference.files import file_sha256
from siei_match.reference.settings import Settings
from siei_match.stages.extract import read_delivery
from siei_match.stages.validate.years import count_years, refuse_years
from tests.livraisons import CAMPAGNE, assert_says, deliver, fichier, rangee, texte, write


@pytest.mark.parametrize(
    ("extrait", "annee", "years", "stops"),
    [
        ("scolarite", "2025-2026", {2025: 10}, False),
        ("scolarite", "2025-2026", {2024: 5, 2025: 5}, False),
        ("scolarite", "2025-2026", {2024: 6, 2025: 5}, True),
        ("agricole", "2026-2027", {2025: 4}, False),  # told one by one
        ("agricole", "2026-2027", {2025: 5}, True),
        ("agricole", "2026-2027", {}, False),
        # Apprentices of several years, of that of the file above all.
        ("apprentissage", "2025-2026", {2023: 5, 2024: 40, 2025: 55}, False),
        ("apprentissage", "2025-2026", {2024: 80, 2025: 20}, False),
        ("apprentissage", "2025-2026", {2024: 45, 2025: 50, 2026: 5}, False),
        ("apprentissage", "2025-2026", {2025: 45, 2026: 55}, True),
        ("apprentissage", "2026-2027", {2024: 45, 2025: 55}, True),
        ("apprentissage", "2026-2027", {2025: 19}, False),
        ("diplomes", None, {}, False),
    ],
)
def test_a_file_that_tells_another_year_than_announced_stops(extrait, annee, years, stops) -> None:
    keys = {"annee_scolaire": annee} if annee else {}
    refused = refuse_years(fichier(extrait, **keys), years)
    assert (refused is not None) is stops
    if refused is not None:
        assert_says(refused, f"{extrait}.csv: announced for {annee}, but")


@pytest.mark.parametrize(
    ("entry", "contract", "year"),
    [
        (date(2025, 9, 1), date(2026, 9, 1), 2026),
        (date(2025, 9, 1), None, 2025),
        (None, date(2026, 6, 30), 2025),
        (None, date(2026, 7, 1), 2026),
        (None, None, None),
    ],
)
def test_an_apprentice_s_year_is_that_of_the_last_entry(entry, contract, year) -> None:
    frame = pl.DataFrame(
        {"DATE_ENTREE_CFA": [entry], "DATE_DEB_CONT": [contract]},
        schema={"DATE_ENTREE_CFA": pl.Date, "DATE_DEB_CONT": pl.Date},
    )
    assert count_years(frame, "apprentissage") == ({year: 1} if year else {})


def test_swapped_files_stop_the_delivery_though_each_of_them_reads_right(tmp_path) -> None:
    dossier = deliver(tmp_path)
    for announced, told in (("2025-2026", "2026-2027"), ("2026-2027", "2025-2026")):
        rows = [rangee("scolarite", ANNEE_SCOLAIRE=told, PRENOM=f"P{i}") for i in range(9)]
        write(dossier, f"scolarite_{announced}.csv", texte("scolarite", rows))
    refused = check(dossier, read_delivery(dossier), LogProgress(), Settings()).refused
    assert_says(refused[0].error, "scolarite_2025-2026.csv: announced for 2025-2026", "2026-2027")


def test_apprentices_of_the_year_after_stop_the_delivery(tmp_path) -> None:
    """SIFA has no column that tells its year."""
    dossier = deliver(tmp_path)
    rows = [rangee("apprentissage", DATE_DEB_CONT="01092026", NOM=f"NOM{i}") for i in range(30)]
    write(dossier, "apprentissage_2025-2026.csv", texte("apprentissage", rows))
    refused = check(dossier, read_delivery(dossier), LogProgress(), Settings()).refused
    assert_says(refused[0].error, "apprentissage_2025-2026.csv", "30 after it", "most: 2026-2027")


def earlier(sortie, code, annee, extrait, path, lignes=20) -> None:
    """Leave the manifest of a campaign that was given a file."""
    entry = {"extrait": extrait, "nom": "x.csv", "sha256": file_sha256(path), "lignes": lignes,
             "valides": lignes, "rejetees": 0}  # fmt: skip
    campaign = {"code": code, "date_observation": date(2026, 10, 15), "annee_scolaire": annee,
                "definition": "legale"}  # fmt: skip
    manifest = Manifest(
        campagne=campaign, entrees=(entry,), reglages={}, cle=None, etapes={}, avertissements=(),
        modele=None, fichiers=(),
    )  # fmt: skip
    folder = sortie / "campagnes" / code
    folder.mkdir(parents=True)
    (folder / "manifeste.json").write_text(manifest.text(), "utf-8")


@pytest.mark.parametrize(
    ("extrait", "annee", "code", "then", "said"),
    [
        # The enrolments of year N that were delivered half a year ago.
        ("scolarite", "2026-2027", "2026-05", "2026-2027", "stops"),
        ("scolarite", "2026-2027", "2026-05", "2025-2026", "stops"),
        # Year N-1 as it was when it was year N; then as it was when it was over.
        ("scolarite", "2025-2026", "2026-03", "2025-2026", "told"),
        ("scolarite", "2025-2026", "2026-09", "2026-2027", "nothing"),
        ("diplomes", None, "2026-03", "2025-2026", "told"),
        # A campaign is run again on the same files; a later one says nothing of it.
        ("scolarite", "2026-2027", "2026-10", "2026-2027", "nothing"),
        ("scolarite", "2026-2027", "2027-03", "2026-2027", "nothing"),
        ("diplomes_agricoles", None, "2026-03", "2025-2026", "nothing"),
    ],
)
def test_last_campaign_s_file_again(tmp_path, extrait, annee, code, then, said) -> None:
    path = write(tmp_path, "f.csv", "x")
    given = "diplomes" if extrait == "diplomes_agricoles" else extrait
    earlier(tmp_path / "out", code, then, given, path)
    keys = {"annee_scolaire": annee} if annee else {}
    declared = fichier(extrait, "f.csv", **keys)
    manifests = read_manifests(tmp_path / "out", CAMPAGNE.code)
    counted = FileCount(extrait, "f.csv", 20, 20, 0, 1, {})
    if said == "stops":
        with pytest.raises(DeliveryError) as refused:
            list(find_repeated(manifests, tmp_path, CAMPAGNE, declared, counted))
        assert_says(refused.value, f"f.csv: is the very file of campaign {code}")
        return
    told = list(find_repeated(manifests, tmp_path, CAMPAGNE, declared, counted))
    assert len(told) == (said == "told")
    other = FileCount(extrait, "f.csv", 21, 21, 0, 1, {})
    assert list(find_repeated(manifests, tmp_path, CAMPAGNE, declared, other)) == []
    write(tmp_path, "f.csv", "y")
    assert list(find_repeated(manifests, tmp_path, CAMPAGNE, declared, counted)) == []


def test_a_few_rows_may_be_the_same_by_chance(tmp_path) -> None:
    path = write(tmp_path, "f.csv", "x")
    earlier(tmp_path / "out", "2026-05", "2026-2027", "apprentissage", path, lignes=2)
    manifests = read_manifests(tmp_path / "out", CAMPAGNE.code)
    declared = fichier("apprentissage", "f.csv", annee_scolaire="2026-2027")
    counted = FileCount("apprentissage", "f.csv", 2, 2, 0, 1, {})
    (said,) = find_repeated(manifests, tmp_path, CAMPAGNE, declared, counted)
    assert said.journal == "f.csv is the very file of campaign 2026-05: nothing in it is new."
