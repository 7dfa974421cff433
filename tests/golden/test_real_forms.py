"""One campaign in the contract's form and as providers' systems deliver it: the same people and lists."""

import pytest

from bench.forms import compare_forms
from siei_match.simulate import SimulatedRates
from tests.golden.conftest import EXPLOITANT

DIFFERENCES = (
    "lignes_autres", "groupes_autres", "decisions_autres", "listes_autres", "coordonnees_autres",
)  # fmt: skip


def compare(folder, people, settings, rates=None):
    told = compare_forms(folder, people, 5, settings, EXPLOITANT, rates)
    assert told["listes"] > 1
    assert told["lignes"] > 2 * people
    return told


def test_a_small_campaign_is_the_same_in_both_forms(settings, tmp_path) -> None:
    told = compare(tmp_path, 600, settings)
    assert {name: told[name] for name in DIFFERENCES} == dict.fromkeys(DIFFERENCES, 0)
    # SIECLE's schools beside the nine files of the other systems.
    assert told["fichiers"] > 10


def test_what_only_siecle_tells_is_the_same_in_both_forms(settings, tmp_path) -> None:
    """Where one pupil in six is told in XML: last year's schools and second guardians."""
    told = compare(tmp_path, 800, settings, SimulatedRates(departements=("974", "13", "59")))
    assert {name: told[name] for name in DIFFERENCES} == dict.fromkeys(DIFFERENCES, 0)
    assert told["rappels"] > 50
    assert told["seconds_responsables"] > 5


@pytest.mark.slow
def test_a_campaign_of_twenty_thousand_is_the_same_in_both_forms(settings, tmp_path) -> None:
    told = compare(tmp_path, 20_000, settings)
    assert {name: told[name] for name in DIFFERENCES} == dict.fromkeys(DIFFERENCES, 0)
    assert told["nommes_par_fichier"] < told["personnes"] // 1000
