"""A file that is put in another's place while a run reads is told, even where the first is put back."""

import os
import shutil
from pathlib import Path

import pytest

from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract import read_delivery, require_unchanged
from tests.deliveries import CODES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / "sample_data" / CODES[0], tmp_path / CODES[0])


def rewrite(path: Path) -> None:
    path.write_bytes(path.read_bytes())


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\n")


def swap_and_put_back(path: Path) -> None:
    """Put another in its place, then the first again, with its old times."""
    before = path.stat()
    kept = path.with_name("kept")
    path.rename(kept)
    path.write_bytes(b"another")
    kept.replace(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("harm", [rewrite, append, swap_and_put_back, Path.unlink])
def test_a_file_that_changed_meanwhile_is_refused(dossier: Path, harm) -> None:
    delivery = read_delivery(dossier)
    require_unchanged(dossier, delivery.states, delivery.states)
    harm(dossier / delivery.fichiers[0].nom)
    with pytest.raises(DeliveryError, match="changed while the run read it") as told:
        require_unchanged(dossier, delivery.states, delivery.states)
    assert told.value.code == "sha256"
    assert delivery.fichiers[0].nom in str(told.value)


def test_what_is_only_read_has_not_changed(dossier: Path) -> None:
    delivery = read_delivery(dossier)
    for fichier in delivery.fichiers:
        (dossier / fichier.nom).read_bytes()
    require_unchanged(dossier, delivery.states, delivery.states)
    assert len(delivery.states) >= len(delivery.fichiers)


def test_a_run_whose_file_is_swapped_while_it_reads_places_nothing(
    dossier, tmp_path, monkeypatch
) -> None:
    """Hashed as announced, another read, the first put back before the manifest hashes it again."""
    from siei_match.campaign.steps import validate as module
    from siei_match.campaign.story import run_campaign
    from siei_match.reference.settings import load_settings
    from tests.deliveries import KEY

    monkeypatch.setenv("SIEI_CLE", KEY)
    sort_rows = module.sort_rows

    def swapping(folder: Path, fichier, *more, **named):
        told = sort_rows(folder, fichier, *more, **named)
        swap_and_put_back(folder / fichier.nom)
        return told

    monkeypatch.setattr(module, "sort_rows", swapping)
    with pytest.raises(DeliveryError, match="changed while the run read it"):
        run_campaign(dossier, tmp_path / "out", load_settings())
    assert not (tmp_path / "out" / "campagnes").exists() or not any(
        (tmp_path / "out" / "campagnes").iterdir()
    )
