"""The commands release, account and portal, as they are typed."""

import re

import pytest

from siei_match.cli import main
from siei_match.output import audit
from siei_match.portal import PortalSettings, load_portal_settings, open_portal
from siei_match.portal.base import open_base
from siei_match.portal.opening import MARK
from siei_match.portal.signin.accounts import find_account
from siei_match.reference.errors import SettingsError
from siei_match.release import read_released
from tests.deliveries import KEY
from tests.portal.conftest import PASSWORD
from tests.releases import MOTIF, REGLAGES, TENUES
from tools.make_demo import mark as mark_demonstration


@pytest.fixture(autouse=True)
def own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIEI_CLE", KEY)


def test_a_release_is_held_back_then_overridden(sortie, capsys) -> None:
    command = ["release", "2027-03", "--sortie", str(sortie), "--par", "B. Durand"]
    assert main([*command, "--withdraw"]) == 0
    assert "is preparee" in capsys.readouterr().out
    assert main(command) == 1
    told = capsys.readouterr().err
    assert "stays preparee" in told
    assert all(f"{nom} : " in told for nom in TENUES)
    malgre = [word for nom in TENUES for word in ("--malgre", nom, "--motif", MOTIF)]
    assert main([*command, *malgre[:-2]]) == 2
    assert main([*command, *malgre]) == 0
    told = capsys.readouterr().out
    assert "is publiee" in told
    assert f"overridden: {TENUES[0]} ({MOTIF})" in told
    assert read_released(sortie, "2027-03").par == "B. Durand"
    assert main([*command, "--archive"]) == 0
    assert "is archivee" in capsys.readouterr().out
    assert audit.read_entries(sortie)[-1].sceau, "sealed by the key"


def test_the_first_administrator_is_made_from_here(sortie, capsys) -> None:
    command = ["account", "Chef@Exemple.invalid", "Chef", "--role", "administrateur", "--local",
               "--sortie", str(sortie), "--par", "root"]  # fmt: skip
    assert main(command) == 0
    assert re.search(r"first password   \S{16}", capsys.readouterr().out)
    base = open_base(sortie)
    compte = find_account(base, courriel="chef@exemple.invalid")
    base.close()
    assert compte.roles == {"administrateur"}
    assert compte.must_change
    assert audit.read_entries(sortie)[-1].details["geste"] == "creation"
    assert main(command) == 1


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('url = "https://exemple.fr"', "nobody could sign in"),
        ("comptes_locaux = false", "nobody could sign in"),
        ('url = "http://exemple.fr"\ncomptes_locaux = true', "must be https"),
        ('oidc_emetteur = "https://idp.invalid"', "go together"),
        ('oidc_emetteur = "http://idp.invalid"\noidc_client = "siei"', "must be https"),
        ('oidc_secret = "x"', "holds the client secret itself"),
        ("inconnu = 1", "inconnu"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path, toml, said) -> None:
    path = tmp_path / "siei.toml"
    path.write_text(f"taux_rejet_max = 0.05\n[portail]\n{toml}\n")
    with pytest.raises(SettingsError, match=said):
        load_portal_settings(path)


def test_on_this_very_machine_local_accounts_are_the_way_in() -> None:
    assert load_portal_settings().comptes_locaux
    oidc = {"oidc_emetteur": "https://idp.invalid", "oidc_client": "siei"}
    assert not load_portal_settings(**oidc).comptes_locaux


def test_a_variable_comes_before_the_file(tmp_path, monkeypatch) -> None:
    path = tmp_path / "siei.toml"
    path.write_text("[portail]\ncomptes_locaux = true\ninactivite = 10\nduree = 20\n")
    monkeypatch.setenv("SIEI_PORTAIL_DUREE", "60")
    found = load_portal_settings(path)
    assert (found.inactivite, found.duree) == (10, 60)


def test_a_demonstration_serves_a_marked_folder_alone(sortie, clock) -> None:
    """A folder without accounts may well hold real people."""
    reglages = PortalSettings()
    with pytest.raises(SettingsError, match="not marked as a demonstration"):
        open_portal(sortie, reglages, REGLAGES, clock=clock, demo=PASSWORD)
    (sortie / MARK).write_text("fictive")
    made = open_portal(sortie, reglages, REGLAGES, clock=clock, demo=PASSWORD)
    made.base.close()
    assert made.demo
    assert not (sortie / "memoire" / "portail.sqlite").exists(), "its accounts live in memory"


def test_making_a_demonstration_marks_its_own_folder_alone(sortie, tmp_path) -> None:
    with pytest.raises(SystemExit, match="no demonstration made"):
        mark_demonstration(sortie)
    assert not (sortie / MARK).exists()
    mark_demonstration(tmp_path / "new")
    mark_demonstration(tmp_path / "new")
    assert (tmp_path / "new" / MARK).is_file()
