"""The score, on tiny groups counted by hand, and pairs against a naive count."""

import itertools
import json
import random
from pathlib import Path

import polars as pl
import pytest

from siei_match.reference.errors import OutputError
from siei_match.simulate import pairs
from siei_match.simulate import score as scoring


def _lignes(rangs: list[tuple[str, int, str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        rangs,
        orient="row",
        schema={
            "extrait": pl.String,
            "personne": pl.UInt32,
            "id_personne": pl.String,
            "ine": pl.String,
        },
    )


def test_pairs_of_a_split_and_a_merge_counted_by_hand() -> None:
    # Person 1 has three rows, one apart; person 2 shares a group with person 1.
    lignes = _lignes(
        [
            ("scolarite", 1, "a", "I"),
            ("scolarite", 1, "a", "I"),
            ("agricole", 1, "b", None),
            ("agricole", 2, "a", "J"),
        ]
    )
    liens = pairs.score_pairs(lignes)
    assert (liens["toutes"]["vraies"], liens["toutes"]["proposees"]) == (3, 3)
    assert liens["toutes"]["justes"] == 1
    assert liens["toutes"]["precision"] == pytest.approx(1 / 3)
    # The one pair with a common INE is set apart: nothing right remains.
    assert liens["sans INE commun"]["vraies"] == 2
    assert liens["sans INE commun"]["justes"] == 0
    assert liens["scolarite x scolarite"]["f1"] == 1.0
    assert liens["scolarite x agricole"]["vraies"] == 2


def test_counts_equal_a_naive_enumeration() -> None:
    des = random.Random(5)
    rangs = [
        (
            des.choice(["scolarite", "agricole", "missions_locales"]),
            des.randrange(6),
            des.choice("abcde"),
            des.choice([None, "I", "J", "K"]),
        )
        for _ in range(60)
    ]
    liens = pairs.score_pairs(_lignes(rangs))
    attendu = {"vraies": 0, "proposees": 0, "justes": 0}
    for x, y in itertools.combinations(rangs, 2):
        if x[3] is not None and x[3] == y[3]:
            continue
        attendu["vraies"] += x[1] == y[1]
        attendu["proposees"] += x[2] == y[2]
        attendu["justes"] += x[1] == y[1] and x[2] == y[2]
    trouve = liens["sans INE commun"]
    assert {k: trouve[k] for k in attendu} == attendu


@pytest.fixture
def monde(tmp_path: Path) -> tuple[Path, Path]:
    """Six people: 1 found, 2 hidden by a false link with 5, 3 in doubt, 4 falsely listed."""
    verite, sortie = tmp_path / "verite", tmp_path / "out"
    campagne = sortie / "campagnes" / "2026-10"
    verite.mkdir()
    campagne.mkdir(parents=True)
    personnes = [1, 1, 2, 3, 4, 4, 5, 5, 6]
    ids = ["a", "b", "e", "c", "d", "d", "e", "e", "f"]
    cles = {
        "extrait": ["scolarite"] * 9,
        "fichier": ["s.csv"] * 9,
        "ligne": pl.Series(range(1, 10), dtype=pl.UInt32),
    }
    pl.DataFrame(
        {
            "campagne": ["2026-10"] * 9,
            **cles,
            "personne": pl.Series(personnes, dtype=pl.UInt32),
            "ine": pl.Series([None] * 9, dtype=pl.String),
            "invalide": pl.Series([None] * 9, dtype=pl.String),
        }
    ).write_parquet(verite / "lignes.parquet")
    pl.DataFrame(
        {
            "campagne": ["2026-10"] * 6,
            "personne": pl.Series([1, 2, 3, 4, 5, 6], dtype=pl.UInt32),
            "statut": ["sortant"] * 3 + ["en_formation", "diplome", "sortant"],
            "motif": ["confirme"] * 3 + ["agricole", "niveau_3", "confirme"],
            "sortant": [True, True, True, False, False, True],
            "psad": ["P1", "P1", "P2", "P1", "P1", "P2"],
        }
    ).write_parquet(verite / "situations.parquet")
    pl.DataFrame({"id_personne": ids, **cles}).write_parquet(campagne / "identites.parquet")
    pl.DataFrame(
        {
            "id_personne": ["a", "b", "c", "d", "e"],
            "statut": ["sortant", "diplome", "sortant", "sortant", "diplome"],
            "motif": ["confirme", "niveau_3", "a_verifier", "confirme", "niveau_3"],
            "psad": ["P1", "P1", "P9", "P1", "P1"],
        }
    ).write_parquet(campagne / "decisions.parquet")
    return verite, sortie


def test_people_counted_by_hand(monde: tuple[Path, Path]) -> None:
    resultat = scoring.score(*monde, "2026-10")
    gens = resultat["sortants"]
    assert gens["vrais_sortants"] == 4
    assert gens["part_listes"] == pytest.approx(2 / 4)  # 1 by its first half, 3 in doubt
    assert (gens["caches"], gens["caches_par_faux_lien"]) == (2, 1)
    assert (gens["confirmes"], gens["faux_confirmes"]) == (2, 1)
    assert gens["part_a_verifier"] == pytest.approx(1 / 3)
    assert gens["part_bonne_plateforme"] == pytest.approx(1 / 2)
    cases = {(c["vrai"], c["rendu"]): c["personnes"] for c in resultat["confusion"]}
    assert cases["en_formation/agricole", "sortant/confirme"] == 1
    assert cases["sortant/confirme", "absent"] == 2
    texte = scoring.render(resultat)
    assert "part_listes" in texte
    assert "50.000 %" in texte
    assert json.loads(json.dumps(resultat))["campagne"] == "2026-10"


def test_answers_move_a_true_sortant_off_the_lists(monde: tuple[Path, Path]) -> None:
    verite, sortie = monde
    pl.DataFrame(
        {
            "personne": pl.Series([2, 3], dtype=pl.UInt32),
            "retour": ["en_emploi", "suivi"],
            "campagne": ["2026-10"] * 2,
            "liant": [True, False],
            "psad_destination": [None, "P9"],
        }
    ).write_parquet(verite / "retours.parquet")
    gens = scoring.score(verite, sortie, "2026-10")["sortants"]
    assert (gens["vrais_sortants"], gens["caches_par_faux_lien"]) == (3, 0)
    assert gens["part_bonne_plateforme"] == 1, "3 was handed over to P9, and 1 is where 1 lives"


def test_the_majority_owns_a_mixed_group() -> None:
    lignes = _lignes([("scolarite", 7, "x", None)] * 1 + [("scolarite", 8, "x", None)] * 2)
    assert scoring.find_owners(lignes).rows() == [("x", 8, True)]


def test_nothing_to_score_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="siei run"):
        scoring.score(tmp_path, tmp_path, "2026-10")


def test_the_command_prints_and_writes(
    monde: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verite, sortie = monde
    fichier = tmp_path / "score.json"
    scoring.main([str(verite), str(sortie), "2026-10", "--json", str(fichier)])
    assert "Sortants" in capsys.readouterr().out
    assert json.loads(fichier.read_text("utf-8"))["sortants"]["caches"] == 2
