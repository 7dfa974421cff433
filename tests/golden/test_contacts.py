"""Contacts beside each list, from a run to the workbook and the page; rights go over them."""

import io
from datetime import date

import polars as pl
import pytest
from openpyxl import load_workbook

from siei_match.output import CampaignFolder, PreparedCampaign
from siei_match.reference.files import file_sha256
from siei_match.release import release, situate
from siei_match.release.released import released_folder
from siei_match.retention import exclude, rectifier
from siei_match.stages.publish.workbooks import render_list
from tests.deliveries import CODES, copy_delivery
from tests.golden.conftest import EXPLOITANT

NEW = CODES[1]
END = date(2030, 1, 1)


def folder(sortie) -> PreparedCampaign:
    return PreparedCampaign(NEW, sortie / "campagnes" / NEW)


@pytest.fixture
def sortie(published, settings, tmp_path):
    out = copy_delivery(published[0], tmp_path / "out")
    held = {gate.nom: "essai" for gate in situate(out, NEW, settings).gates if gate.held}
    release(out, NEW, settings, actor=EXPLOITANT, despite=held)
    return out


def test_contacts_are_of_those_on_the_list_and_hold_what_it_shows(published) -> None:
    made = folder(published[0])
    contacts, lists = made.contacts(), made.lists()
    assert contacts.height > 20
    assert contacts.join(lists, on=["id_signalement", "psad"], how="anti").is_empty()
    phones = lists.select("id_signalement", valeur=pl.col("telephones").str.split(", ")).explode(
        "valeur"
    )
    told = contacts.filter(de_qui="jeune", nature="telephone")
    assert phones.drop_nulls().join(told, on=["id_signalement", "valeur"], how="anti").is_empty()
    sealed = {f.chemin: f.lignes for f in made.manifest().fichiers}
    assert (
        sum(n or 0 for name, n in sealed.items() if name.endswith("coordonnees.parquet"))
        == contacts.height
    )


def test_the_workbook_has_a_sheet_of_them(published) -> None:
    made = folder(published[0])
    psad = made.with_contacts()[0]
    book = load_workbook(io.BytesIO(render_list(made, psad)))
    rows = list(book["Coordonnées"].iter_rows(values_only=True))
    assert rows[0][2:6] == ("De qui", "Nom du responsable", "Nature", "Coordonnée")
    mine = made.contacts(psad)
    assert len(rows) - 1 == mine.height
    assert {row[5] for row in rows[1:]} == set(mine["valeur"])


def holding(frame: pl.DataFrame, one: str) -> int:
    return frame.filter(id_signalement=one).height


def test_who_is_excluded_leaves_no_contact_in_the_run_nor_in_the_release(sortie) -> None:
    made, frozen = folder(sortie), released_folder(sortie, NEW)
    assert frozen.contacts().equals(made.contacts())
    named = made.contacts()["id_signalement"][0]
    person = made.table("signalements").filter(id_signalement=named)["id_personne"][0]
    others = made.contacts().filter(pl.col("id_signalement") != named)
    exclude(sortie, person, "opposition", END, EXPLOITANT)
    for left in (folder(sortie), released_folder(sortie, NEW)):
        assert holding(left.contacts(), named) == 0
        assert left.contacts().equals(others)
        check_seals(left)


def test_who_has_a_phone_put_right_is_reached_by_the_list_alone(sortie) -> None:
    named = folder(sortie).contacts().filter(nature="telephone")["id_signalement"][0]
    person = folder(sortie).table("signalements").filter(id_signalement=named)["id_personne"][0]
    rectifier(sortie, person, "telephones", "06 00 11 22 33", "demande", EXPLOITANT)
    for left in (folder(sortie), released_folder(sortie, NEW)):
        assert holding(left.contacts(), named) == 0
        assert left.contacts().height > 0
        check_seals(left)


def check_seals(campaign: CampaignFolder) -> None:
    for sealed in campaign.manifest().fichiers:
        if sealed.chemin.endswith("coordonnees.parquet"):
            assert file_sha256(campaign.folder / sealed.chemin) == sealed.sha256
