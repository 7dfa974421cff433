"""The life of a secret key, in order: made, another tried, renewed, forgotten, lost, restored."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from siei_match.campaign.keys import count_keys, find_needs
from siei_match.campaign.same_key import require_same_key
from siei_match.campaign.story import run_campaign
from siei_match.cli.options import name_actor
from siei_match.cli.program import main
from siei_match.output import audit
from siei_match.output.audit import Actor
from siei_match.output.memory import read_exclusions
from siei_match.reference.errors import SettingsError
from siei_match.reference.settings import Settings, key_id, key_path, load_keys
from siei_match.retention import exclude, lever
from tests.deliveries import CODES

OLD, NEW = CODES
WHO = Actor("exploitant", datetime(2026, 11, 2, 9, tzinfo=UTC))
FIN = date(2029, 8, 31)


def table(sortie: Path, code: str, name: str) -> pl.DataFrame:
    return pl.read_parquet(sortie / "campagnes" / code / f"{name}.parquet")


def siei(*words: str | Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Give a command, and return its exit code with what it says."""
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out + said.err


@pytest.fixture
def own_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key is given: it is made at first use, in a home of its own."""
    monkeypatch.delenv("SIEI_CLE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.mark.usefixtures("own_key")
def test_the_life_of_a_key(deliveries, few_zones, tmp_path, capsys, monkeypatch) -> None:
    sortie, settings = tmp_path / "out", Settings(psad=few_zones)

    def run(code: str) -> None:
        run_campaign(deliveries[code], sortie, settings, actor=WHO)

    def held() -> list[tuple[str, str]]:
        return [(key.nom, key.place) for key in count_keys(sortie, settings)]

    # Made by the first run.
    run(OLD)
    [first] = (key_id(key) for key in load_keys(settings))
    listed = table(sortie, OLD, "signalements")
    shutil.copytree(tmp_path / "config", tmp_path / "backup")

    # A platform answers for one of the listed, another is excluded.
    answered, opposed = listed.sort("id_personne")["id_signalement"].head(2).to_list()
    answers = tmp_path / "retours.csv"
    answers.write_text(f"id_signalement;retour;date_retour\n{answered};en_formation;2026-11-20\n")
    assert siei("collect", answers, "--sortie", sortie, capsys=capsys)[0] == 0
    exclude(sortie, opposed, "opposition", FIN, name_actor("dpo"))
    kept = listed.filter(pl.col("id_signalement") != opposed)

    # Lost: the only campaign is not run again under another key, neither made nor given.
    key_path().unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        run(OLD)
    assert not key_path().exists()
    key_path().write_text("0" * 64)
    with pytest.raises(SettingsError, match=f"that campaign {OLD} was last run with"):
        run(OLD)
    with pytest.raises(SettingsError, match=f"of campaign {OLD}"):
        run(NEW)

    # Restored, then renewed; not to be forgotten before a run knows people by the new one.
    shutil.copytree(tmp_path / "backup", tmp_path / "config", dirs_exist_ok=True)
    require_same_key(sortie, OLD, settings)
    assert siei("cle", "renew", "--sortie", sortie, capsys=capsys)[0] == 0
    second = key_id(load_keys(settings)[0])
    assert held() == [(second, "in force"), (first, "replaced")]
    for anyway in ([], ["--anyway"]):
        code, said = siei("cle", "forget", first, "--sortie", sortie, *anyway, capsys=capsys)
        assert (code, "is that of the newest campaign" in said) == (1, True)
    # What a list has shown stays, when its campaign is run again under the new key.
    run(OLD)
    assert table(sortie, OLD, "signalements").equals(kept)
    run(NEW)
    # The answer finds whom it is about.
    about = table(sortie, NEW, "reponses")["id_personne"].to_list()
    assert about == listed.filter(id_signalement=answered)["id_personne"].to_list()
    assert opposed not in table(sortie, NEW, "signalements")["id_signalement"]

    # Forgotten: later runs go on, the older campaign's too.
    assert siei("cle", "forget", first, "--sortie", sortie, capsys=capsys)[0] == 0
    assert held() == [(second, "in force")]
    after = table(sortie, NEW, "signalements")
    for again in (NEW, OLD):
        run(again)
    assert table(sortie, OLD, "signalements").equals(kept)
    assert table(sortie, NEW, "signalements").equals(after)
    # The name that was on a list before the renewal finds who is excluded, if its key is given.
    monkeypatch.setenv("SIEI_CLE", "\n".join(
        key.decode() for key in (*load_keys(settings), *_keys(tmp_path / "backup"))))  # fmt: skip
    lever(sortie, opposed, name_actor("dpo"))
    assert read_exclusions(sortie).is_empty()
    monkeypatch.delenv("SIEI_CLE")

    # The log holds the seals of both keys, and says what was done.
    told = audit.verify(sortie, key=load_keys(settings)[0], replaced=_keys(tmp_path / "backup"))
    assert told.whole
    acts = [entry.details for entry in audit.read_entries(sortie) if entry.acte == "cle"]
    assert acts == [{"en_vigueur": second, "remplacee": first}, {"oubliee": first}]


def _keys(config: Path) -> list[bytes]:
    return (config / "siei-match" / "cle").read_bytes().split()


@pytest.mark.slow
@pytest.mark.usefixtures("own_key")
def test_who_is_known_under_an_old_key_alone(deliveries, few_zones, tmp_path, capsys) -> None:
    """A person is seen once, answered for, and the key is renewed; then only others are seen."""
    sortie, settings = tmp_path / "out", Settings(psad=few_zones)
    run_campaign(deliveries[OLD], sortie, settings, actor=WHO)
    [first] = load_keys(settings)
    someone = table(sortie, OLD, "signalements").sort("id_personne").row(0, named=True)
    answers = tmp_path / "retours.csv"
    answers.write_text(f"id_signalement;retour\n{someone['id_signalement']};injoignable\n")
    assert siei("collect", answers, "--sortie", sortie, capsys=capsys)[0] == 0
    siei("cle", "renew", "--sortie", sortie, capsys=capsys)
    run_campaign(deliveries[NEW], sortie, settings, actor=WHO)
    forget_prints(sortie, someone["id_personne"], key_id(load_keys(settings)[0]))

    needs = find_needs(sortie, key_id(first), load_keys(settings), WHO.quand.date())
    assert (needs.latest, needs.people, needs.answered, needs.excluded) == (False, 1, 1, 0)
    code, said = siei("cle", "forget", key_id(first), "--sortie", sortie, capsys=capsys)
    assert (code, "1 people were answered for by a platform under it alone" in said) == (1, True)

    # The old key's line is lost: a run says whose it was, and how to go on without it.
    lines = key_path().read_text().splitlines()
    key_path().write_text(lines[0] + "\n")
    with pytest.raises(SettingsError, match=f"siei cle forget {key_id(first)}"):
        run_campaign(deliveries[NEW], sortie, settings, actor=WHO)
    command = ("cle", "forget", key_id(first), "--sortie", sortie, "--anyway")
    assert siei(*command, capsys=capsys)[0] == 0
    assert audit.read_entries(sortie)[-1].details == {
        "oubliee": key_id(first), "personnes": 1, "retours": 1,
    }  # fmt: skip
    assert (
        f"{key_id(first)}   forgotten" in siei("cle", "list", "--sortie", sortie, capsys=capsys)[1]
    )
    require_same_key(sortie, NEW, settings)


def forget_prints(sortie: Path, who: str, cle: str) -> None:
    """Take the prints of a person under a key out of the newest register, as if not seen since."""
    path = sortie / "campagnes" / NEW / "registre.parquet"
    theirs = (pl.col("id_personne") == who) & (pl.col("cle").cast(pl.String) == cle)
    pl.read_parquet(path).filter(~theirs).write_parquet(path)


@pytest.mark.usefixtures("own_key")
def test_what_is_no_key_is_not_forgotten(published, few_zones, tmp_path, capsys) -> None:
    sortie = Path(shutil.copytree(published[0], tmp_path / "out"))
    key_path().parent.mkdir(parents=True)
    key_path().write_text("tests" * 8)
    code, said = siei("cle", "forget", "0badf00d", "--sortie", sortie, capsys=capsys)
    assert (code, "is no key that is held" in said) == (1, True)
    in_force = key_id(load_keys(Settings())[0])
    code, said = siei("cle", "forget", in_force, "--sortie", sortie, capsys=capsys)
    assert (code, "is no replaced key" in said) == (1, True)
    assert not (sortie / "memoire" / "cles.json").exists()
