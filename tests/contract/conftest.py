"""One way to run a campaign: the Python function behind `siei run`, with a key of the tests."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from siei_match.campaign.story import run_campaign
from siei_match.reference.settings import Settings
from tests.contract.livraison import Livraison, Resultat
from tests.zones import write_zones

Lancer = Callable[..., Resultat]


@pytest.fixture(scope="session", autouse=True)
def cle() -> Iterator[None]:
    """Only the key is set: a variable of this machine must not change a result."""
    with pytest.MonkeyPatch.context() as patch:
        for nom in [n for n in os.environ if n.startswith("SIEI_")]:
            patch.delenv(nom)
        patch.setenv("SIEI_CLE", "0123456789" * 4)
        yield


@pytest.fixture(scope="session")
def lancer(tmp_path_factory: pytest.TempPathFactory, cle: None) -> Lancer:
    """Return a function that writes a delivery, runs it, and gives what it published.

    With sixteen platforms, unless `psad=None` asks for all that ship.
    """
    peu = write_zones(tmp_path_factory.mktemp("zones"))

    def lance(livraison: Livraison, sortie: Path | None = None, **reglages: object) -> Resultat:
        dossier = livraison.ecrire(tmp_path_factory.mktemp("livraison") / livraison.code)
        sortie = sortie or tmp_path_factory.mktemp("sortie")
        run_campaign(dossier, sortie, Settings(**{"psad": peu} | reglages))  # type: ignore[arg-type]
        return Resultat(sortie, livraison.code)

    return lance
