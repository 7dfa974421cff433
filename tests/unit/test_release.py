"""Release: who, in which state, what holds it back, and nothing half done."""

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from siei_match.output import audit
from siei_match.output.audit import Actor
from siei_match.output.manifest import Manifest
from siei_match.reference.errors import OutputError, SieiError
from siei_match.reference.settings import Settings
from siei_match.release import (
    ActRefusedError,
    archive,
    read_released,
    read_releases,
    release,
    situate,
    withdraw,
)
from siei_match.release import (
    released as parution,
)
from siei_match.release.permissions import RIGHTS, Permission, Role, permits
from siei_match.release.policies import allows
from siei_match.release.states import TRANSITIONS, Act, ReleaseState, draw, next_state
from siei_match.retention import purge_campaigns
from siei_match.stages.publish.gates import Volumes, check_gates
from tests.deliveries import KEY
from tests.publication import snapshot
from tests.releases import (
    ACTEUR,
    MALGRE,
    MOTIF,
    QUAND,
    REGLAGES,
    TENUES,
    copy,
    publish_campaign,
    release_campaign,
)

CODE = "2026-10"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_campaign(tmp_path_factory.mktemp("release") / "out")


@pytest.fixture
def sortie(prepared: Path, tmp_path: Path) -> Path:
    return copy(prepared, tmp_path / "out")


def frozen(sortie: Path) -> dict[str, bytes]:
    folder = sortie / "publiees"
    return snapshot(folder) if folder.exists() else {}


# States


@pytest.mark.parametrize(
    ("etat", "acte", "vers"),
    [
        ("preparee", "publier", "publiee"),
        ("preparee", "retirer", None),
        ("preparee", "archiver", None),
        ("publiee", "publier", "publiee"),
        ("publiee", "retirer", "preparee"),
        ("publiee", "archiver", "archivee"),
        ("archivee", "publier", None),
        ("archivee", "retirer", "preparee"),
        ("archivee", "archiver", None),
    ],
)
def test_what_leads_where(etat: str, acte: str, vers: str | None) -> None:
    assert next_state(ReleaseState(etat), Act(acte)) == vers


def test_every_state_can_be_reached_and_left() -> None:
    assert {t.to for t in TRANSITIONS} == set(ReleaseState) == {t.de for t in TRANSITIONS}
    assert all(f"{t.de} --> {t.to} : {t.acte}" in draw() for t in TRANSITIONS)


@pytest.mark.parametrize(
    ("etat", "seen"),
    [
        ("preparee", set()),
        ("publiee", {"voir_listes", "telecharger", "repondre", "voir_avancement"}),
        ("archivee", {"voir_listes", "repondre", "voir_avancement"}),
    ],
)
def test_what_a_platform_may_do_in_each_state(etat: str, seen: set[str]) -> None:
    assert {p for p in Permission if allows(p, ReleaseState(etat))} == seen


def test_a_role_has_its_rights_and_no_other() -> None:
    assert set(RIGHTS) == set(Role)
    assert not permits([], Permission.DOWNLOAD)
    assert not permits(["inconnu"], Permission.DOWNLOAD)
    assert permits(["relecteur", "coordonnateur"], Permission.DOWNLOAD)
    # Who releases reads no list; who reads a list releases none.
    assert not permits(["administrateur", "relecteur"], Permission.DOWNLOAD)
    assert not permits(["coordonnateur", "relecteur"], Permission.PUBLISH)


# Gates


def manifeste(**changed: object) -> Manifest:
    intervalle = {"estimation": 0.001, "bas": 0.0, "haut": 0.002}
    content = {
        "campagne": {
            "code": CODE, "date_observation": "2026-10-15", "annee_scolaire": "2026-2027",
            "definition": "legale",
        },
        "entrees": [entree(extrait) for extrait in (
            "scolarite", "diplomes", "agricole", "apprentissage", "missions_locales",
            "diplomes_agricoles",
        )],
        "reglages": {}, "cle": None, "avertissements": [], "modele": None, "fichiers": [],
        "etapes": {"listees": 100, "a_verifier": 3},
        "erreurs_estimees": {"personnes_testees": 900, "ensemble": {
            "methode": "ine_caches", "liens": 10, "personnes_testees": 900,
            "manques": intervalle, "taux_manques": intervalle, "faux": intervalle,
            "taux_faux": intervalle, "part_douteuse": None, "manques_attendus": 0,
            "faux_attendus": 0,
        }},
    }  # fmt: skip
    return Manifest.model_validate(content | changed)


def entree(extrait: str, lignes: int = 1000, rejetees: int = 10) -> dict[str, object]:
    return {
        "extrait": extrait, "nom": f"{extrait}.csv", "sha256": "0" * 64, "lignes": lignes,
        "valides": lignes - rejetees, "rejetees": rejetees,
    }  # fmt: skip


def constat(genre: str) -> dict[str, object]:
    return {
        "genre": genre, "extrait": "scolarite", "annee_scolaire": "2026-2027", "fichier": None,
        "colonne": None, "part": 0.5, "usuel": 0.7, "constat": "scolarite 2026-2027 : coupée.",
    }  # fmt: skip


def erreurs(**taux: float) -> dict[str, object]:
    found = manifeste().erreurs_estimees
    assert found is not None
    content = json.loads(found.model_dump_json())
    for name, value in taux.items():
        content["ensemble"][name] = {"estimation": value, "bas": 0.0, "haut": 1.0}
    return content


AVANT = Volumes("2026-03", {"A": 50, "B": 40, "C": 10}, frozenset({"scolarite"}))
EGAL = {"A": 50, "B": 40, "C": 10}


@pytest.mark.parametrize(
    ("changed", "effectifs", "held"),
    [
        ({}, EGAL, set()),
        # Exactly at the limit passes, one row more does not.
        ({"entrees": [*map(entree, ("diplomes", "agricole", "apprentissage", "missions_locales",
                                   "diplomes_agricoles")), entree("scolarite", 1000, 11)]},
         EGAL, {"rejets"}),
        ({"etapes": {"listees": 100, "a_verifier": 5}}, EGAL, set()),
        ({"etapes": {"listees": 100, "a_verifier": 6}}, EGAL, {"a_verifier"}),
        ({}, {"A": 70, "B": 56, "C": 14}, set()),
        ({}, {"A": 71, "B": 56, "C": 14}, {"volume"}),
        ({}, {"A": 30, "B": 20, "C": 9}, {"volume"}),
        # One platform's list is lost; a small one's says nothing.
        ({}, {"A": 50, "B": 15, "C": 10}, {"volume_psad"}),
        ({}, {"A": 50, "C": 10, "D": 40}, {"volume_psad"}),
        ({}, {"A": 50, "B": 40, "C": 0}, set()),
        ({"erreurs_estimees": erreurs(taux_faux=0.011)}, EGAL, {"erreurs"}),
        ({"erreurs_estimees": erreurs(taux_manques=0.051)}, EGAL, {"erreurs"}),
        ({"erreurs_estimees": {"motif": "mesure_desactivee"}}, EGAL, {"erreurs"}),
        ({"erreurs_estimees": {"motif": "trop_peu_de_personnes"}}, EGAL, set()),
        ({"entrees": [entree("diplomes")]}, EGAL, {"sources"}),
        ({"entrees": [*map(entree, ("scolarite", "diplomes", "agricole", "apprentissage",
                                   "diplomes_agricoles")), entree("missions_locales", 0, 0)]},
         EGAL, {"sources"}),
        ({"invraisemblances": [constat("colonnes")]}, EGAL, {"colonnes"}),
        ({"invraisemblances": [constat("annees")] * 7 + [constat("extraits")]},
         EGAL, {"annees", "extraits"}),
    ],
)  # fmt: skip
def test_which_gate_holds(changed, effectifs, held) -> None:
    gardes = check_gates(manifeste(**changed), Volumes(CODE, effectifs), AVANT, REGLAGES)
    assert {garde.nom for garde in gardes if garde.held} == held
    assert all(garde.finding.endswith(".") for garde in gardes)


def group(mine: float, rest: float, spread: float, dimension: str = "sexe") -> dict[str, object]:
    def interval(rate: float) -> dict[str, float]:
        return {"estimation": rate, "bas": max(0.0, rate - spread), "haut": rate + spread}

    return {
        "dimension": dimension, "groupe": "F", "personnes": 500, "rapprochees": 50, "doutes": 10,
        "decidees": 300, "sortants": 40, "a_verifier": None, "personnes_testees": 200,
        "taux_manques": interval(mine), "taux_manques_ailleurs": interval(rest),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "held"),
    [
        (group(0.08, 0.02, 0.01), True),
        # Intervals that overlap tell nothing apart, nor does a small difference that they do tell.
        (group(0.08, 0.02, 0.04), False),
        (group(0.05, 0.02, 0.001), False),
        # A group that does better than the others is nobody's harm.
        (group(0.02, 0.2, 0.01), False),
        # A source is no group of people.
        (group(0.08, 0.02, 0.01, "extrait"), False),
    ],
)
def test_a_group_far_from_the_others_holds_the_release(told: dict[str, object], held: bool) -> None:
    gates = check_gates(manifeste(groupes=[told]), Volumes(CODE, EGAL), AVANT, REGLAGES)
    [gate] = [gate for gate in gates if gate.nom == "equite"]
    assert gate.held == held
    assert ("sexe « F » : manqués 8,0 %, 2,0 % ailleurs" in gate.finding) == held


@pytest.mark.parametrize(
    ("desaccords", "held"), [([], False), (["manques"], True), (["faux"], True)]
)
def test_two_estimates_that_exclude_each_other_hold_the_release(
    desaccords: list[str], held: bool
) -> None:
    again = {"estimation": 30.0, "bas": 20.0, "haut": 44.0}
    told = erreurs()
    told["seconde"] = {
        "personnes": 9, "cherchees": 9, "manques": again, "jamais_comparees": again,
        "faux": again, "desaccords": desaccords,
    }  # fmt: skip
    gates = check_gates(manifeste(erreurs_estimees=told), Volumes(CODE, EGAL), AVANT, REGLAGES)
    [gate] = [gate for gate in gates if gate.nom == "estimations"]
    assert gate.held == held
    assert "20 à 44 paires par la seconde estimation" in gate.finding


def test_a_gate_shows_some_findings_and_counts_the_others() -> None:
    found = [constat("annees") | {"constat": f"constat {i}."} for i in range(7)]
    gardes = check_gates(manifeste(invraisemblances=found), Volumes(CODE, EGAL), AVANT, REGLAGES)
    [said] = [garde.finding for garde in gardes if garde.nom == "annees"]
    assert said == (
        "constat 0. constat 1. constat 2. constat 3. constat 4. Et 2 autres, voir le rapport."
    )


def test_a_first_campaign_is_compared_to_nothing_but_must_list_somebody() -> None:
    def held(effectifs: dict[str, int]) -> set[str]:
        gardes = check_gates(manifeste(), Volumes(CODE, effectifs), None, REGLAGES)
        return {garde.nom for garde in gardes if garde.held}

    assert held({"A": 500}) == set()
    assert held({"A": 0}) == {"volume"}


def test_thresholds_are_settings() -> None:
    strict = Settings(garde_a_verifier=0.02, garde_rejets=0.001, garde_faux=0.0001)
    gardes = check_gates(manifeste(), Volumes(CODE, EGAL), AVANT, strict)
    assert {garde.nom for garde in gardes if garde.held} == {"a_verifier", "rejets", "erreurs"}


def test_small_files_are_judged_by_their_source_where_a_setting_lets_a_few_rows_of_each_pass() -> (
    None
):
    def is_held(few: int, *files: tuple[int, int]) -> bool:
        parts = [entree("scolarite", *file) | {"nom": f"{i}.csv"} for i, file in enumerate(files)]
        strict = Settings(rejets_toleres=few, garde_rejets=0.01)
        gates = check_gates(manifeste(entrees=parts), Volumes(CODE, EGAL), AVANT, strict)
        return next(gate.held for gate in gates if gate.nom == "rejets")

    assert is_held(0, (30, 1), (970, 0))
    assert not is_held(1, (30, 1), (970, 0))
    assert is_held(1, (30, 2), (970, 0))
    assert is_held(1, (30, 1), (30, 1))
    assert is_held(1, (1, 1), (970, 0))


# Acts


def test_a_release_freezes_the_lists_and_says_who(sortie: Path) -> None:
    made = release_campaign(sortie)
    assert (made.etat, made.par, made.quand) == ("publiee", "a.martin", QUAND)
    assert read_released(sortie, CODE) == made
    files = frozen(sortie)
    campagne = snapshot(sortie / "campagnes" / CODE)
    listes = {name for name in campagne if name.startswith("listes/")}
    decided = {"decisions.parquet", "mouvements.parquet", "signalements.parquet"}
    classeurs = {n.replace(".csv", ".xlsx") for n in listes if n.endswith("liste.csv")}
    assert {n.removeprefix(f"{CODE}/") for n in files} == {
        "etat.json", "manifeste.json", "comptes.parquet", *decided, *listes, *classeurs,
    }  # fmt: skip
    counted = pl.read_parquet(sortie / "publiees" / CODE / "comptes.parquet")
    sealed = dict(counted.select("psad", "classeur_sha256").iter_rows())
    assert {f"{CODE}/listes/psad={psad}/liste.xlsx": sha for psad, sha in sealed.items()} == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if name.endswith(".xlsx")
    }
    assert all(files[f"{CODE}/{name}"] == campagne[name] for name in listes | decided)
    modes = {p.stat().st_mode & 0o077 for p in (sortie / "publiees" / CODE).rglob("*")}
    assert modes == {0}


def test_a_later_run_changes_nothing_until_it_is_released(sortie: Path) -> None:
    release_campaign(sortie)
    before = frozen(sortie)
    # The same campaign, with nobody in it any more: another manifest, other lists.
    other = sortie / "campagnes" / CODE / "listes" / "psad=PSAD-029-01" / "liste.csv"
    publish_campaign(sortie)
    assert frozen(sortie) == before
    manifest = sortie / "campagnes" / CODE / "manifeste.json"
    assert not situate(sortie, CODE, REGLAGES).waiting
    manifest.write_text(manifest.read_text("utf-8").replace('"k1"', '"k2"'), "utf-8")
    assert situate(sortie, CODE, REGLAGES).waiting
    release_campaign(sortie)
    assert not situate(sortie, CODE, REGLAGES).waiting
    assert frozen(sortie) != before
    assert other.exists()


def test_a_list_that_is_not_the_manifest_s_is_not_released(sortie: Path) -> None:
    liste = sortie / "campagnes" / CODE / "listes" / "psad=PSAD-029-01" / "liste.csv"
    liste.write_bytes(liste.read_bytes() + b"x")
    with pytest.raises(OutputError, match="not the file of its manifest"):
        release_campaign(sortie)
    assert frozen(sortie) == {}


@pytest.mark.parametrize(
    ("malgre", "said"),
    [
        ({}, "stays preparee. rejets : "),
        ({k: v for k, v in MALGRE.items() if k != "erreurs"}, "erreurs : les erreurs du rapp"),
        (MALGRE | {"volume": MOTIF}, "volume does not hold it back"),
        (MALGRE | {"inconnue": MOTIF}, "inconnue does not hold it back"),
        (MALGRE | {"rejets": "parce que"}, "one line of 10 to 300"),
        (MALGRE | {"rejets": "deux\nlignes de motif"}, "one line of 10 to 300"),
    ],
)
def test_a_gate_is_overridden_by_name_with_a_reason(sortie: Path, malgre, said: str) -> None:
    with pytest.raises(ActRefusedError) as told:
        release(sortie, CODE, REGLAGES, actor=ACTEUR, despite=malgre)
    assert said in told.value.what
    assert frozen(sortie) == {}
    entry = audit.read_entries(sortie)[-1]
    assert (entry.acte, entry.details["issue"]) == ("release", "refusee")
    assert entry.details["gardes"] == " ".join(TENUES)


def test_each_act_is_audited_with_the_manifest_it_is_about(sortie: Path) -> None:
    release_campaign(sortie)
    archive(sortie, CODE, actor=Actor("b", QUAND + timedelta(days=1)))
    assert read_releases(sortie)[CODE].etat == "archivee"
    withdraw(sortie, CODE, actor=Actor("c", QUAND + timedelta(days=2)))
    assert (frozen(sortie), read_released(sortie, CODE)) == ({}, None)
    entries = audit.read_entries(sortie)
    assert [(e.acte, e.par) for e in entries] == [
        ("release", "a.martin"), ("archivage", "b"), ("retrait", "c"),
    ]  # fmt: skip
    assert entries[0].details["levee_rejets"] == MOTIF
    assert len({tuple(e.fichiers.values()) for e in entries}) == 1
    assert audit.verify(sortie).whole


def test_an_act_that_the_state_forbids_changes_nothing(sortie: Path) -> None:
    for act in (withdraw, archive):
        with pytest.raises(ActRefusedError, match="is preparee"):
            act(sortie, CODE, actor=ACTEUR)
    release_campaign(sortie)
    archive(sortie, CODE, actor=ACTEUR)
    before = frozen(sortie)
    with pytest.raises(ActRefusedError, match="is archivee"):
        release_campaign(sortie)
    assert frozen(sortie) == before


@pytest.mark.parametrize("code", ["2026-04", "../campagnes", "2026-10/.."])
def test_an_unknown_campaign_is_told(sortie: Path, code: str) -> None:
    with pytest.raises(SieiError):
        release(sortie, code, REGLAGES, actor=ACTEUR)
    assert frozen(sortie) == {}


# Crashes


class Killed(BaseException):
    """What stops a command at once."""


def kill_at(n: int, patch: pytest.MonkeyPatch, *, exchanges: bool) -> None:
    """Stop at the n-th call that touches what readers see."""
    left = [n]

    def counted(real):
        def call(*args, **kwargs):
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return real(*args, **kwargs)

        return call

    patch.setattr(Path, "rename", counted(Path.rename))
    patch.setattr(Path, "replace", counted(Path.replace))
    patch.setattr(Path, "hardlink_to", counted(Path.hardlink_to))
    patch.setattr(parution, "flush", counted(parution.flush))
    real = parution.exchange if exchanges else lambda one, other: False
    patch.setattr(parution, "exchange", counted(real))
    # Nothing is tidied up after a kill.
    patch.setattr("siei_match.output.staging.remove_leftovers", lambda *_: None)


@pytest.mark.parametrize("exchanges", [True, False], ids=["exchange", "plain"])
def test_a_release_stopped_anywhere_shows_the_old_or_the_new(
    sortie: Path, tmp_path: Path, exchanges: bool
) -> None:
    release_campaign(sortie)
    later = Actor("plus tard", QUAND + timedelta(days=1))
    done = copy(sortie, tmp_path / "done")
    release(done, CODE, REGLAGES, actor=later, despite=MALGRE)
    old, new = frozen(sortie), frozen(done)
    assert old != new
    seen, n = [], 0
    while True:
        place = copy(sortie, tmp_path / f"n{n}")
        with pytest.MonkeyPatch.context() as patch:
            kill_at(n, patch, exchanges=exchanges)
            try:
                release(place, CODE, REGLAGES, actor=later, despite=MALGRE)
            except Killed:
                n += 1
            else:
                break
        # What a reader sees now, before anybody has repaired anything.
        folder = parution.folder_of(place, CODE)
        found = {f"{CODE}/{name}": content for name, content in snapshot(folder).items()}
        assert found in (old, new), n
        seen.append(found == new)
        release(place, CODE, REGLAGES, actor=later, despite=MALGRE)
        assert frozen(place) == new
        assert not list(place.glob(".en-cours*"))
    assert frozen(place) == new
    assert len(seen) > 10
    assert (seen[0], seen[-1]) == (False, True)


def test_a_purge_passes_where_a_newer_run_waits_for_its_release(tmp_path: Path) -> None:
    sortie = publish_campaign(tmp_path / "out")
    later = "2027-03"
    publish_campaign(sortie, later)
    release(sortie, later, Settings(cle=KEY, garde_volume=9), actor=ACTEUR, despite=MALGRE)
    manifest = sortie / "campagnes" / later / "manifeste.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"k1"', '"k2"'), "utf-8")
    before = frozen(sortie)
    # What a purge takes out of a campaign that stays is in none of its lists.
    purge_campaigns(sortie, date(2027, 1, 1), ACTEUR)
    assert frozen(sortie) == before
