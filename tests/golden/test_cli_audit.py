"""The commands leave their trace, and `siei audit` checks and shows it."""

import shutil
from datetime import UTC, datetime

import pytest

from siei_match.cli import main
from siei_match.cli.options import name_actor
from siei_match.output.audit import read_entries
from siei_match.output.audit.entry import make_body
from siei_match.reference.files import file_sha256

CODE = "2026-10"


@pytest.fixture(scope="module")
def noted(published, tmp_path_factory):
    """An output folder in which two runs, then an export were asked for."""
    sortie = shutil.copytree(published[0], tmp_path_factory.mktemp("audit") / "out")
    command = ["export", CODE, "--unreleased", "--psad", "non_affecte", "--sortie", str(sortie)]
    assert main([*command, "--vers", str(sortie.parent), "--par", "diffusion"]) == 0
    return sortie


def test_each_command_leaves_who_what_and_which_file(noted) -> None:
    run, export = read_entries(noted)[0], read_entries(noted)[-1]
    manifeste = f"campagnes/{CODE}/manifeste.json"
    assert (run.acte, run.par, run.details) == ("run", "exploitant", {"campagne": CODE})
    assert run.fichiers == {manifeste: file_sha256(noted / manifeste)}
    assert run.sceau
    assert (export.acte, export.par) == ("export", "diffusion")
    made = noted.parent / f"liste-{CODE}-non_affecte.xlsx"
    assert export.fichiers == {made.name: file_sha256(made)}
    # Anybody may give any name: it is told as declared, beside who the system says they are.
    assert export.details == {
        "campagne": CODE, "psad": "non_affecte", "publiee": "non",
        "utilisateur_systeme": name_actor(None).par,
    }  # fmt: skip


def test_a_name_of_one_s_own_is_not_marked_as_declared(monkeypatch) -> None:
    monkeypatch.setattr("siei_match.reference.seat.user_name", lambda: "a.martin@domaine")
    assert name_actor(None).sign({}) == {} == name_actor("a.martin@domaine").sign({})
    declared = name_actor("DPO").sign({})
    # A user of a domain has an @, which the log takes for an address.
    body = make_body("run", "DPO", datetime.now(UTC), declared, {})
    assert body.details == {"utilisateur_systeme": "a.martin chez domaine"}


def test_a_name_that_a_variable_gives_is_nobodys(monkeypatch) -> None:
    """Whoever gives the command sets its variables: who they are is asked of the kernel."""
    monkeypatch.setenv("LOGNAME", "dpo")
    mine = name_actor(None)
    assert mine.par != "dpo"
    assert name_actor("dpo").sign({}) == {"utilisateur_systeme": mine.par}


def test_verify_says_whole_then_which_line_was_altered(noted, tmp_path, capsys) -> None:
    sortie = shutil.copytree(noted, tmp_path / "out")
    assert main(["audit", "verify", "--sortie", str(sortie)]) == 0
    said = capsys.readouterr().out
    first, last = read_entries(sortie)[0], read_entries(sortie)[-1]
    assert "entier" in said
    assert last.empreinte in said
    assert f"Scellé par la clé jusqu’à la ligne {last.n}" in said
    for attendu, outcome in ((first.empreinte, 0), ("0" * 64, 1)):
        command = ["audit", "verify", "--sortie", str(sortie), "--attendu", attendu]
        assert main(command) == outcome
    capsys.readouterr()
    log = sortie / "memoire" / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b"exploitant", b"quelquun"))
    assert main(["audit", "verify", "--sortie", str(sortie)]) == 1
    said = capsys.readouterr().out
    assert "BRISÉ" in said
    assert "lignes 1 à 2, chacune : son contenu" in said


def test_show_chooses_acts_and_days(noted, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["audit", "show", "--sortie", str(noted)]) == 0
    whole = capsys.readouterr().out
    assert "exploitant" in whole
    assert "campagne 2026-10, psad non_affecte" in whole
    assert main(["audit", "show", "--sortie", str(noted), "--acte", "export"]) == 0
    assert "exploitant" not in capsys.readouterr().out
    assert main(["audit", "show", "--sortie", str(noted), "--depuis", "2999-01-01"]) == 0
    assert "Aucune ligne" in capsys.readouterr().out


def test_a_run_that_cannot_be_noted_publishes_nothing(published, deliveries, tmp_path, capsys):
    sortie = tmp_path / "out"
    (sortie / "memoire").mkdir(parents=True)
    (sortie / "memoire" / "audit.jsonl").write_text("not a log\n")
    assert main(["run", str(deliveries[CODE]), "--sortie", str(sortie)]) == 1
    assert "siei audit verify" in capsys.readouterr().err
    assert not (sortie / "campagnes").exists()


def test_an_explanation_is_noted_before_it_is_shown(noted, tmp_path, capsys) -> None:
    import polars as pl

    sortie = shutil.copytree(noted, tmp_path / "out")
    personne = pl.read_parquet(sortie / "campagnes" / CODE / "identites.parquet")["id_personne"][0]
    command = ["explain", CODE, personne, "--sortie", str(sortie), "--par", "dpo"]
    assert main(command) == 0
    last = read_entries(sortie)[-1]
    assert (last.acte, last.par) == ("explication", "dpo")
    assert last.details == {
        "campagne": CODE, "id_personne": personne, "nominative": "non",
        "utilisateur_systeme": name_actor(None).par,
    }  # fmt: skip
    capsys.readouterr()
    (sortie / "memoire" / "audit.jsonl").write_text("not a log\n")
    assert main(command) == 1
    assert personne not in capsys.readouterr().out
