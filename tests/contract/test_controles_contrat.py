"""`controles`: what nobody should believe of a delivery stops the run, or holds its release."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from siei_match.cli.program import main
from tests.contract.livraison import Livraison, octets, personnes
from tests.zones import write_zones

AVANT, CETTE = "2025-2026", "2026-2027"
ROWS = 60


@pytest.fixture(autouse=True, scope="module")
def few_zones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Sixteen platforms: a list less to write is two files less."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIEI_PSAD", str(write_zones(tmp_path_factory.mktemp("zones"))))
        yield


def complete(controles: str = "arret", rows: int = ROWS) -> Livraison:
    """Both years of every enrolment extract: pupils of N-1 who are there again in N, with a diploma."""
    faite = Livraison(controles=controles)
    gens = personnes()
    for _, qui in zip(range(rows), gens, strict=False):
        faite.ajoute("scolarite", qui.scolarite(annee=AVANT, entree="2025-09-01", sortie=""))
        faite.ajoute("scolarite", qui.scolarite(annee=CETTE, entree="2026-09-01", sortie=""))
        faite.ajoute("diplomes", qui.diplome())
    for _, qui in zip(range(4), gens, strict=False):
        for annee, entree in ((AVANT, "2025-09-01"), (CETTE, "2026-09-01")):
            faite.ajoute("agricole", qui.agricole(annee=annee, entree=entree))
            faite.ajoute("apprentissage", qui.apprentissage(entree=entree), annee=annee)
    return faite


def without(extrait: str, annee: str) -> Callable[[Livraison], None]:
    return lambda faite: faite.lignes.pop((extrait, annee)) and None


def every(extrait: str, annee: str, **valeurs: str) -> Callable[[Livraison], None]:
    def change(faite: Livraison) -> None:
        for ligne in faite.lignes[extrait, annee]:
            assert isinstance(ligne, dict)
            ligne.update(valeurs)

    return change


def rowless(extrait: str, annee: str) -> Callable[[Livraison], None]:
    return lambda faite: faite.lignes[extrait, annee].clear()


FAULTS = {
    "no N of scolarite": (without("scolarite", CETTE), ["scolarite 2026-2027"]),
    "no N-1 of agricole": (without("agricole", AVANT), ["agricole 2025-2026"]),
    "no N of apprentissage": (without("apprentissage", CETTE), ["apprentissage 2026-2027"]),
    "agricole N without rows": (rowless("agricole", CETTE), [f"agricole_{CETTE}.csv"]),
    "diplomes without rows": (rowless("diplomes", ""), ["diplomes.csv"]),
    "MEF of a spreadsheet": (
        every("scolarite", AVANT, CODE_MEF="2,41252E+10"),
        [f"scolarite_{AVANT}.csv", "CODE_MEF"],
    ),
    "diploma of a spreadsheet": (
        every("diplomes", "", CODE_DIPLOME="5,003E+07"),
        ["diplomes.csv", "CODE_DIPLOME"],
    ),
    "results in other words": (
        every("diplomes", "", RESULTAT="REÇU"),
        ["diplomes.csv", "RESULTAT"],
    ),
    "no residence": (
        every("scolarite", CETTE, CODE_COMMUNE_INSEE=""),
        [f"scolarite_{CETTE}.csv", "CODE_COMMUNE_INSEE"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_stops_the_run(fault: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    spoil, named = FAULTS[fault]
    faite = complete()
    spoil(faite)
    dossier, sortie = faite.ecrire(tmp_path / "2026-10"), tmp_path / "sortie"
    assert main(["run", str(dossier), "--sortie", str(sortie)]) == 1
    dit = capfd.readouterr().err
    assert all(name in dit for name in [*named, 'controles = "publication"'])
    assert not sortie.exists() or not octets(sortie)
    assert main(["check", str(dossier)]) == 1
    assert "siei run would stop" in capfd.readouterr().out


def test_it_stops_by_default(tmp_path: Path) -> None:
    faite = complete()
    without("agricole", CETTE)(faite)
    dossier = faite.ecrire(tmp_path / "2026-10")
    toml = dossier / "campagne.toml"
    toml.write_text(toml.read_text("utf-8").replace('controles = "arret"\n', ""), "utf-8")
    assert main(["check", str(dossier)]) == 1


def test_it_is_one_of_two_words(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(complete(controles="jamais").ecrire(tmp_path / "2026-10"))]) == 1
    assert "controles" in capfd.readouterr().err


@pytest.mark.parametrize("rows", [6, ROWS])
def test_a_whole_delivery_goes_through(rows: int, tmp_path: Path) -> None:
    assert main(["check", str(complete(rows=rows).ecrire(tmp_path / "2026-10"))]) == 0


def test_a_few_rows_are_too_few_to_judge_a_column(tmp_path: Path) -> None:
    faite = complete(rows=12)
    every("scolarite", AVANT, CODE_COMMUNE_INSEE="")(faite)
    assert main(["check", str(faite.ecrire(tmp_path / "2026-10"))]) == 0


def test_for_publication_it_holds_the_release(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    faite = complete(controles="publication")
    every("diplomes", "", RESULTAT="REÇU")(faite)
    without("agricole", CETTE)(faite)
    dossier, sortie = faite.ecrire(tmp_path / "2026-10"), tmp_path / "sortie"
    assert main(["check", str(dossier)]) == 0
    assert main(["run", str(dossier), "--sortie", str(sortie)]) == 0
    manifeste = json.loads((sortie / "campagnes/2026-10/manifeste.json").read_text("utf-8"))
    said = {(s["genre"], s["extrait"], s["colonne"]) for s in manifeste["invraisemblances"]}
    assert said == {("colonnes", "diplomes", "RESULTAT"), ("annees", "agricole", None)}
    rapport = (sortie / "campagnes/2026-10/rapport.html").read_text("utf-8")
    assert all(s["constat"] in rapport for s in manifeste["invraisemblances"])
    capfd.readouterr()
    assert main(["release", "2026-10", "--sortie", str(sortie)]) == 1
    dit = capfd.readouterr().err
    assert "colonnes : diplomes.csv, colonne RESULTAT" in dit
    assert "annees : agricole 2026-2027" in dit


@pytest.mark.slow
def test_a_year_is_compared_with_the_last_campaign(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sortie = tmp_path / "sortie"
    assert main(["run", str(complete().ecrire(tmp_path / "2026-10")), "--sortie", str(sortie)]) == 0
    avant = octets(sortie)
    mars = complete()
    mars.code, mars.jour = "2027-03", "2027-03-15"
    for annee in (AVANT, CETTE):
        del mars.lignes["scolarite", annee][ROWS // 2 :]
    dossier = mars.ecrire(tmp_path / "2027-03")
    assert main(["check", str(dossier)]) == 0  # both years are cut alike: it takes the last to tell
    capfd.readouterr()
    assert main(["run", str(dossier), "--sortie", str(sortie)]) == 1
    dit = capfd.readouterr().err
    assert f"scolarite {AVANT}: 30 rows, 60 rows in campaign 2026-10" in dit
    assert octets(sortie) == avant
