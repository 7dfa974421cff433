"""One campaign in the contract's form and as providers' systems deliver it: the same people and lists."""

import pytest

from bench.forms import compare_forms
from tests.golden.conftest import EXPLOITANT

DIFFERENCES = ("lignes_autres", "groupes_autres", "decisions_autres", "listes_autres")


def compare(folder, people, settings):
    told = compare_forms(folder, people, 5, settings, EXPLOITANT)
    assert told["listes"] > 1
    assert told["lignes"] > 2 * people
    return told


def test_a_small_campaign_is_the_same_in_both_forms(settings, tmp_path) -> None:
    told = compare(tmp_path, 600, settings)
    assert {name: told[name] for name in DIFFERENCES} == dict.fromkeys(DIFFERENCES, 0)
    # SIECLE's schools beside the nine files of the other systems.
    assert told["fichiers"] > 10


@pytest.mark.slow
def test_a_campaign_of_twenty_thousand_is_the_same_in_both_forms(settings, tmp_path) -> None:
    told = compare(tmp_path, 20_000, settings)
    assert {name: told[name] for name in DIFFERENCES} == dict.fromkeys(DIFFERENCES, 0)
    assert told["nommes_par_fichier"] < told["personnes"] // 1000
