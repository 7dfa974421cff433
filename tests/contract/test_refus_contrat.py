"""Deliveries that must be refused: exit code 1, file and remedy named, nothing written or shown."""

import gzip
import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from siei_match.cli import main
from tests.contract.livraison import COLONNES, EXTRAITS, Livraison, Personne, octets, personnes

SECRET = Personne("SECRETNOM", "Secretprenom", "2008-05-12", "123456789AB", tel="0698213547")
SIEI = (sys.executable, "-c", "import sys; from siei_match.cli import main; sys.exit(main())")


def livraison() -> Livraison:
    faite = Livraison(vides=EXTRAITS[:4])
    faite.ajoute("scolarite", SECRET.scolarite())
    faite.ajoute("scolarite", next(personnes()).scolarite())
    faite.ajoute("apprentissage", SECRET.apprentissage(), annee="2025-2026")
    return faite


def toml(dossier: Path, avant: str, apres: str) -> None:
    fichier = dossier / "campagne.toml"
    texte = fichier.read_text("utf-8")
    assert avant in texte
    fichier.write_text(texte.replace(avant, apres, 1), "utf-8")


S = "scolarite_2025-2026.csv"
NOM_S = f'nom = "{S}"\n'


def change(avant: bytes, apres: bytes, nom: str = S) -> Callable[[Path], None]:
    def geste(dossier: Path) -> None:
        brut = (dossier / nom).read_bytes()
        assert avant in brut
        (dossier / nom).write_bytes(brut.replace(avant, apres))

    return geste


def sans_extrait(extrait: str) -> Callable[[Path], None]:
    def geste(dossier: Path) -> None:
        fichier = dossier / "campagne.toml"
        tete, *parties = fichier.read_text("utf-8").split("\n[[fichiers]]\n")
        gardees = [p for p in parties if not p.startswith(f'extrait = "{extrait}"')]
        assert len(gardees) < len(parties)
        fichier.write_text("\n[[fichiers]]\n".join([tete, *gardees]), "utf-8")

    return geste


REFUS: dict[str, tuple[Callable[[Path], object], str]] = {
    "fichier absent": (lambda d: (d / S).unlink(), S),
    "sha256 faux": (lambda d: toml(d, NOM_S, NOM_S + f'sha256 = "{"0" * 64}"\n'), S),
    "lignes fausses": (lambda d: toml(d, NOM_S, NOM_S + "lignes = 3\n"), S),
    "colonne inconnue": (change(b"CODE_STATUT", b"INCONNUE"), S),
    "colonne manquante": (change(b";RESP1_MEL\r\n", b"\r\n"), S),
    "octet illisible": (change(b"SECRETNOM", b"SECRET\xff\xfeNOM"), S),
    "zéro octet": (lambda d: (d / S).write_bytes(b""), S),
    "faux gzip": (lambda d: (
        toml(d, NOM_S, NOM_S.replace(".csv", ".csv.gz")), (d / S).rename(d / f"{S}.gz")), S),
    "gzip coupé": (lambda d: (
        toml(d, NOM_S, NOM_S.replace(".csv", ".csv.gz")),
        (d / f"{S}.gz").write_bytes(gzip.compress((d / S).read_bytes())[:-20])), S),
    "sans campagne.toml": (lambda d: (d / "campagne.toml").unlink(), "campagne.toml"),
    "toml illisible": (lambda d: (d / "campagne.toml").write_text("[campagne"), "campagne.toml"),
    "code faux": (lambda d: toml(d, '"2026-10"', '"octobre"'), "campagne.toml"),
    "extrait inconnu": (lambda d: toml(d, '"diplomes"', '"brevets"'), "campagne.toml"),
    "définition inconnue": (lambda d: toml(d, '"legale"', '"autre"'), "campagne.toml"),
    "trop de rejets": (change(b"SECRETNOM", b""), S),
    **{f"sans {e}": (sans_extrait(e), e)
       for e in ("scolarite", "diplomes", "agricole", "apprentissage")},
}  # fmt: skip


@pytest.mark.parametrize("cas", REFUS)
def test_refused(
    cas: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    geste, nomme = REFUS[cas]
    dossier = livraison().ecrire(tmp_path / "2026-10")
    geste(dossier)
    sortie = tmp_path / "sortie"
    with caplog.at_level(logging.DEBUG):
        assert main(["run", str(dossier), "--sortie", str(sortie)]) == 1
    dit = capfd.readouterr()
    texte = dit.out + dit.err + caplog.text
    assert nomme in dit.err
    assert "Traceback" not in texte
    for secret in (SECRET.nom, SECRET.prenom, SECRET.ine, SECRET.tel, "12/05/2008", "SECRET"):
        assert secret not in texte, secret
    assert not sortie.exists() or not octets(sortie)
    assert main(["check", str(dossier)]) == 1


def test_accepted_with_announced_rows_and_checksum(tmp_path: Path) -> None:
    dossier = livraison().ecrire(tmp_path / "2026-10")
    sha = hashlib.sha256((dossier / S).read_bytes()).hexdigest()
    toml(dossier, NOM_S, NOM_S + f'lignes = 2\nsha256 = "{sha}"\n')
    assert main(["check", str(dossier)]) == 0


def test_what_may_be_absent_is_a_warning(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    faite = livraison()
    faite.vides = ("diplomes", "agricole")
    assert main(["check", str(faite.ecrire(tmp_path / "2026-10"))]) == 0
    dit = capfd.readouterr()
    for extrait in ("missions_locales", "diplomes_agricoles", "retours"):
        assert extrait in dit.out + dit.err


@pytest.mark.parametrize("usage", [["run"], ["run", "x"], ["rien"], ["run", "x", "--sortie"]])
def test_wrong_usage(usage: list[str], tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert main(usage) == 2


def test_taux_rejet_max_is_a_limit_not_to_pass(tmp_path: Path) -> None:
    """One row in fifty is 2 %: accepted. One in forty-nine is more: refused."""
    for bonnes, code in ((49, 0), (48, 1)):
        faite = Livraison()
        gens = personnes()
        faite.ajoute("scolarite", *(next(gens).scolarite() for _ in range(bonnes)))
        faite.ajoute("scolarite", next(gens).scolarite() | {"PRENOM": ""})
        assert main(["check", str(faite.ecrire(tmp_path / f"c{code}"))]) == code


def test_a_setting_lets_a_few_rows_of_small_files_pass_while_their_source_keeps_to_the_limit(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Sources that come school by school: one bad row of thirty no longer refuses the whole delivery."""
    reglages = tmp_path / "r.toml"
    reglages.write_text("rejets_toleres = 1\n")
    for good, bad, code in ((120, 1, 0), (120, 2, 1), (40, 1, 1)):
        faite, gens = Livraison(), personnes()
        faite.ajoute("scolarite", *(next(gens).scolarite() for _ in range(good)))
        faite.ajoute("scolarite", *(next(gens).scolarite() | {"PRENOM": ""} for _ in range(bad)))
        dossier = faite.ecrire(tmp_path / f"c{good}{bad}")
        split_school(dossier, 2 + bad)
        assert main(["check", str(dossier)]) == 1
        assert "more than 2.0% rejected in ecole.csv." in capfd.readouterr().out
        assert main(["check", str(dossier), "--reglages", str(reglages)]) == code
        told = capfd.readouterr().out
        if code:
            named = "ecole.csv" if bad > 1 else "scolarite 2025-2026"
            assert f"more than 2.0% rejected in {named}." in told


def split_school(dossier: Path, rows: int) -> None:
    """Put the last rows of `scolarite` into a file of their own."""
    (whole,) = dossier.glob("scolarite*.csv")
    lines = whole.read_text("utf-8").splitlines(keepends=True)
    whole.write_text("".join(lines[:-rows]), "utf-8")
    (dossier / "ecole.csv").write_text("".join([lines[0], *lines[-rows:]]), "utf-8")
    toml = dossier / "campagne.toml"
    parts = toml.read_text("utf-8").split("[[fichiers]]")
    own = next(part for part in parts if f'"{whole.name}"' in part)
    kept = [line for line in own.splitlines() if not line.startswith(("sha256", "lignes"))]
    school = "\n".join(kept).replace(whole.name, "ecole.csv") + "\n"
    parts = [("\n".join(kept) + "\n") if part is own else part for part in parts]
    toml.write_text("[[fichiers]]".join([*parts, school]), "utf-8")


def test_a_refused_rerun_leaves_what_was_published(tmp_path: Path) -> None:
    dossier, sortie = livraison().ecrire(tmp_path / "2026-10"), tmp_path / "sortie"
    assert main(["run", str(dossier), "--sortie", str(sortie)]) == 0
    avant = octets(sortie)
    change(b"CODE_STATUT", b"INCONNUE")(dossier)
    assert main(["run", str(dossier), "--sortie", str(sortie)]) == 1
    assert octets(sortie) == avant


def test_the_command_itself(tmp_path: Path) -> None:
    """A process of its own: exit code and messages as a shell sees them."""
    dossier = livraison().ecrire(tmp_path / "2026-10")
    change(b"CODE_STATUT", b"INCONNUE")(dossier)
    commande = [*SIEI, "run", str(dossier), "--sortie", str(tmp_path / "s")]
    fini = subprocess.run(commande, capture_output=True, text=True, check=False, env={**os.environ})
    assert fini.returncode == 1
    assert S in fini.stderr
    assert "CODE_STATUT" in fini.stderr
    assert "Traceback" not in fini.stderr


def test_columns_are_those_of_the_contract() -> None:
    assert len(COLONNES["apprentissage"]) == 47
