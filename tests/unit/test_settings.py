"""Settings: their order, their refusals, and the key that never shows."""

import stat
from pathlib import Path

import pytest

from siei_match.reference.errors import SettingsError
from siei_match.reference.settings import (
    Settings,
    forget_key,
    key_id,
    key_path,
    load_key,
    load_keys,
    load_settings,
    renew_key,
)

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SIEI_{name.upper()}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def write_toml(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "siei.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_those_of_the_contract() -> None:
    settings = load_settings()
    assert (settings.taux_rejet_max, settings.delai_entree) == (0.02, 0)


def test_an_argument_comes_before_a_variable_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = write_toml(tmp_path, "taux_rejet_max = 0.1\ndelai_entree = 1\n")
    assert load_settings(toml).taux_rejet_max == 0.1
    monkeypatch.setenv("SIEI_TAUX_REJET_MAX", "0.2")
    assert load_settings(toml).taux_rejet_max == 0.2
    assert load_settings(toml, taux_rejet_max=0.3).taux_rejet_max == 0.3
    assert load_settings(toml, taux_rejet_max=None).delai_entree == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("taux_rejet_max = 2", "taux_rejet_max"),
        ("taux_rejet = 0.1", "taux_rejet"),
        ("seuil_lien = 0.3\nseuil_doute = 0.6", "seuil_doute"),
        ("delai_entree = ", "not valid TOML"),
        (f'cle = "{SECRET}"', "secret key"),
    ],
    ids=["out of range", "unknown", "thresholds crossed", "not TOML", "key in the file"],
)
def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings(write_toml(tmp_path, text))
    assert named in refusal.value.what
    assert SECRET not in str(refusal.value)


def test_a_missing_settings_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load_settings(tmp_path / "nowhere.toml")


def test_the_key_is_made_once_private_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = load_key(load_settings())
    assert key_path() == tmp_path / "config" / "siei-match" / "cle"
    assert stat.S_IMODE(key_path().stat().st_mode) == 0o600
    assert len(bytes.fromhex(first.decode())) == 32
    assert [str(key_path()) in record.getMessage() for record in caplog.records] == [True]
    assert first.decode() not in caplog.text
    caplog.clear()
    assert load_key(load_settings()) == first
    assert not caplog.records
    assert [path.name for path in key_path().parent.iterdir()] == ["cle"]


def test_the_key_file_comes_before_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIEI_CLE", SECRET)
    assert load_key(load_settings()) == SECRET.encode()
    assert not key_path().exists()
    file = tmp_path / "cle"
    file.write_text(SECRET[::-1] + "\n")
    file.chmod(0o600)
    assert load_key(load_settings(cle_fichier=file)) == SECRET[::-1].encode()


def test_a_variable_that_is_no_setting_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SIEI_TAUX_REJET_MAXI", "0.777")
    assert load_settings().taux_rejet_max == 0.02
    assert "SIEI_TAUX_REJET_MAXI" in caplog.text
    assert "0.777" not in caplog.text


def test_a_key_that_others_can_read_is_warned_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "cle"
    file.write_text(SECRET)
    file.chmod(0o644)
    for _ in range(3):
        load_key(load_settings(cle_fichier=file))
    assert caplog.text.count("can be read by others") == 1
    assert SECRET not in caplog.text


@pytest.mark.parametrize("text", ["", "court"])
def test_a_short_key_is_refused_unseen(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cle"
    file.write_text(text)
    with pytest.raises(SettingsError) as refusal:
        load_key(load_settings(cle_fichier=file))
    assert str(file) in refusal.value.what
    assert not text or text not in refusal.value.what.replace(str(file), "")


def test_a_missing_key_file_is_never_replaced_by_another_key(tmp_path: Path) -> None:
    # A new key in silence would give every known person another identifier.
    with pytest.raises(SettingsError, match="cannot be read"):
        load_key(load_settings(cle_fichier=tmp_path / "perdue"))
    assert not key_path().exists()


def test_the_key_shows_in_no_rendering_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIEI_CLE", SECRET)
    settings = load_settings()
    for rendering in (repr(settings), str(settings), settings.model_dump_json(), settings.public()):
        assert SECRET not in str(rendering)
    assert "cle" not in settings.public()


def test_a_renewed_key_comes_first_and_the_old_ones_stay_until_forgotten(tmp_path: Path) -> None:
    first = load_key(load_settings())
    new, old = renew_key(load_settings())
    assert old == first
    assert load_keys(load_settings()) == (new, first)
    assert stat.S_IMODE(key_path().stat().st_mode) == 0o600
    newest, _ = renew_key(load_settings())
    forget_key(load_settings(), key_id(new))
    assert load_keys(load_settings()) == (newest, first)
    assert [path.name for path in key_path().parent.iterdir()] == ["cle"]


@pytest.mark.parametrize("which", ["in force", "unknown"])
def test_only_a_replaced_key_can_be_forgotten(which: str) -> None:
    load_key(load_settings())
    new, old = renew_key(load_settings())
    with pytest.raises(SettingsError, match=f"Replaced keys: {key_id(old)}"):
        forget_key(load_settings(), key_id(new) if which == "in force" else "0badf00d")
    assert load_keys(load_settings()) == (new, old)


def test_a_key_of_a_variable_is_not_renewed_by_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIEI_CLE", SECRET)
    with pytest.raises(SettingsError, match="SIEI_CLE"):
        renew_key(load_settings())
    monkeypatch.setenv("SIEI_CLE", f"{SECRET}\n{SECRET[::-1]}")
    assert load_keys(load_settings()) == (SECRET.encode(), SECRET[::-1].encode())
