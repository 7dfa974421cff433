"""Two people for a release: one asks, another confirms, and the log is the only register of it."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from siei_match.cli import main
from siei_match.output import audit
from siei_match.output.audit import Actor
from siei_match.reference.settings import Settings
from siei_match.release import (
    ActRefusedError,
    Asked,
    ask_release,
    confirm_release,
    find_asked,
    list_asked,
    read_released,
    refuse_asked,
    release,
    takes_two,
)
from tests.deliveries import KEY
from tests.releases import ACTEUR, MALGRE, QUAND, copy, publish_campaign

CODE = "2026-10"
SECRET = b"k" * 64
TWO = Settings(cle=KEY, deux_personnes=frozenset({"publier"}))
ONE = Settings(cle=KEY)
ANNE = Actor("a.martin", QUAND, SECRET)
BASILE = Actor("b.leroy", QUAND + timedelta(hours=1), SECRET)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_campaign(tmp_path_factory.mktemp("two") / "out")


@pytest.fixture
def sortie(prepared: Path, tmp_path: Path) -> Path:
    return copy(prepared, tmp_path / "out")


def ask(sortie: Path, actor: Actor = ANNE, **more: str) -> Asked:
    return ask_release(sortie, CODE, TWO, actor=actor, despite=MALGRE, **more)


def confirm(sortie: Path, asked: Asked, actor: Actor = BASILE, **more):
    return confirm_release(sortie, CODE, asked.id, TWO, actor=actor, **more)


@pytest.mark.parametrize(
    ("said", "despite", "two"),
    [
        (None, {}, False),
        (["publier"], {}, True),
        (["publier"], MALGRE, True),
        (["lever"], {}, False),
        (["lever"], MALGRE, True),
        (["administrateur"], MALGRE, False),
    ],
)
def test_what_takes_two_people_is_what_the_setting_says(said, despite, two) -> None:
    settings = Settings(cle=KEY, deux_personnes=said)
    assert takes_two(settings, despite) is two


def test_one_asks_another_confirms_and_both_are_in_the_log(sortie) -> None:
    with pytest.raises(ActRefusedError, match="two people"):
        release(sortie, CODE, TWO, actor=ANNE, despite=MALGRE)
    asked = ask(sortie)
    assert read_released(sortie, CODE) is None
    made = confirm(sortie, find_asked(sortie, asked.id, TWO, BASILE))
    assert (made.par, made.demandee_par) == ("b.leroy", "a.martin")
    assert {levee.garde for levee in made.levees} == set(MALGRE)
    told = [(e.acte, e.par, e.details.get("demande")) for e in audit.read_entries(sortie)]
    assert told == [("demande", "a.martin", asked.id), ("release", "b.leroy", asked.id)]
    assert audit.verify(sortie, key=SECRET).whole
    with pytest.raises(ActRefusedError, match="Nothing waits"):
        confirm(sortie, asked)


@pytest.mark.parametrize(
    ("actor", "more"),
    [
        (ANNE, {}),
        (replace(ANNE, par=" A.MARTIN "), {}),
        (BASILE, {"seat": "uid 7"}),
        (BASILE, {"alike": {"a.martin"}}),
    ],
    ids=["oneself", "oneself in capitals", "the same user of the system", "an account alike"],
)
def test_who_asked_confirms_under_no_name(sortie, actor, more) -> None:
    asked = ask(sortie, seat="uid 7")
    with pytest.raises(ActRefusedError, match="cannot confirm"):
        confirm(sortie, asked, actor, **more)
    assert read_released(sortie, CODE) is None
    assert audit.read_entries(sortie)[-1].details == {"issue": "refusee", "essai": asked.id}
    assert confirm(sortie, asked, seat="uid 8").etat == "publiee", "somebody else still may"


def test_what_was_asked_ends_by_its_age_or_a_refusal(sortie) -> None:
    first = ask(sortie)
    last_moment = replace(BASILE, quand=first.quand + timedelta(hours=72, seconds=-1))
    assert [one.id for one in list_asked(sortie, TWO, last_moment)] == [first.id]
    late = replace(BASILE, quand=first.quand + timedelta(hours=72))
    with pytest.raises(ActRefusedError, match="Nothing waits"):
        confirm(sortie, first, late)
    second = ask(sortie, replace(ANNE, quand=late.quand))
    refuse_asked(sortie, second, late)
    with pytest.raises(ActRefusedError, match="Nothing waits"):
        confirm(sortie, second, late)
    assert read_released(sortie, CODE) is None


def test_what_is_confirmed_is_the_run_that_was_looked_at(sortie) -> None:
    asked = ask(sortie)
    manifest = sortie / "campagnes" / CODE / "manifeste.json"
    manifest.write_text(manifest.read_text("utf-8") + "\n")
    with pytest.raises(ActRefusedError, match="run again"):
        confirm(sortie, asked)


def test_words_put_in_what_was_asked_are_refused(sortie) -> None:
    asked = find_asked(sortie, ask(sortie).id, TWO, BASILE)
    for forged in (replace(asked, par="c.petit"), replace(asked, despite={})):
        with pytest.raises(ActRefusedError):
            release(sortie, CODE, TWO, actor=BASILE, despite=forged.despite, asked=forged)
    assert read_released(sortie, CODE) is None


def test_who_writes_the_log_without_the_key_asks_in_nobody_s_name(sortie) -> None:
    """The attack: a line in another's name, then an honest-looking confirmation of one's own."""
    forged = ask(sortie, Actor("c.petit", QUAND, None))
    with pytest.raises(ActRefusedError, match="Nothing waits"):
        confirm(sortie, forged)
    # Where no process has the key, nothing tells such a line: SECURITY.md says so.
    assert list_asked(sortie, TWO, replace(BASILE, cle=None)) != []


def test_one_person_is_enough_where_nothing_else_is_said(sortie) -> None:
    assert release(sortie, CODE, ONE, actor=ACTEUR, despite=MALGRE).demandee_par == ""


def test_the_command_asks_and_another_user_of_the_system_confirms(
    sortie, tmp_path, monkeypatch, capsys
) -> None:
    settings = tmp_path / "siei.toml"
    settings.write_text('deux_personnes = ["lever"]\n')
    monkeypatch.setenv("SIEI_CLE", KEY)
    common = [CODE, "--sortie", str(sortie), "--reglages", str(settings)]
    despite = [w for gate, why in MALGRE.items() for w in ("--malgre", gate, "--motif", why)]
    assert main(["release", *common, *despite, "--par", "A. Martin"]) == 0
    said = capsys.readouterr().out
    asked = next(line.split()[0] for line in said.splitlines() if "asked for by A. Martin" in line)
    assert "Nothing is released yet" in said
    # Another name on the same seat of the system.
    assert main(["release", *common, "--confirm", asked, "--par", "B. Leroy"]) == 1
    assert read_released(sortie, CODE) is None
    monkeypatch.setattr("siei_match.cli.releases.system_user", lambda: "uid 4242")
    assert main(["release", *common, "--confirm", asked, "--archive"]) == 2
    assert main(["release", *common, "--confirm", asked, "--par", "B. Leroy"]) == 0
    released = read_released(sortie, CODE)
    assert (released.par, released.demandee_par) == ("B. Leroy", "A. Martin")
    assert "asked for by A. Martin" in capsys.readouterr().out
    assert main(["release", *common, "--refuse", asked]) == 1


def test_the_release_says_who_asked_where_it_stands(sortie) -> None:
    confirm(sortie, ask(sortie))
    etat = json.loads((sortie / "publiees" / CODE / "etat.json").read_text("utf-8"))
    assert etat["demandee_par"] == "a.martin"
