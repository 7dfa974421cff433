"""Last campaign's file, delivered again: nothing in it is wrong, and nothing in it is new."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from siei_match.campaign.results import FileCount
from siei_match.output import prepared_campaigns
from siei_match.output.manifest import Manifest
from siei_match.reference.delivery import Campagne, Fichier
from siei_match.reference.errors import DeliveryError, Notice
from siei_match.reference.files import file_sha256
from siei_match.reference.vocabulary import ENROLMENT_EXTRACTS

FEWEST: Final = 20
"""Rows below which a file may be the same by chance: it is told."""


def read_manifests(sortie: Path, code: str) -> list[Manifest]:
    """Return the manifests of the campaigns before one, the newest first."""
    earlier = prepared_campaigns(sortie)
    return [earlier[known].manifest() for known in sorted(earlier, reverse=True) if known < code]


def find_repeated(
    earlier: Sequence[Manifest],
    dossier: Path,
    campagne: Campagne,
    fichier: Fichier,
    counted: FileCount,
) -> Iterator[Notice]:
    """Tell a file that an earlier campaign was given too, known by its rows, then its SHA-256.

    A school year that was over by then may well come again as it was.

    Raises:
        DeliveryError: it holds the enrolments of year N, of which it knows none since then.
    """
    for manifest in earlier:
        if counted.rows_read and _was_given(manifest, dossier, fichier, counted):
            if fichier.extrait in ENROLMENT_EXTRACTS:
                is_current = fichier.annee_scolaire == campagne.annee_scolaire
                if is_current and counted.rows_read >= FEWEST:
                    raise _stale(fichier, manifest.campagne.code)
                if not is_current and fichier.annee_scolaire != manifest.campagne.annee_scolaire:
                    return
            yield _tell(fichier, manifest.campagne.code)
            return


def _was_given(manifest: Manifest, dossier: Path, fichier: Fichier, counted: FileCount) -> bool:
    alike = {
        entry.sha256
        for entry in manifest.entrees
        if entry.extrait == fichier.extrait and entry.lignes == counted.rows_read
    }
    return bool(alike) and file_sha256(dossier / fichier.nom) in alike


def _stale(fichier: Fichier, code: str) -> DeliveryError:
    return DeliveryError(
        f"{fichier.nom}: is the very file of campaign {code}, announced for "
        f"{fichier.annee_scolaire}: whoever enrolled since then would be listed.",
        remedy="Ask its provider for an extract of this campaign.",
    )


def _tell(fichier: Fichier, code: str) -> Notice:
    return Notice(
        f"{fichier.nom} is the very file of campaign {code}: nothing in it is new.",
        f"Le fichier {fichier.nom} est celui de la campagne {code}, à l’octet près : "
        "il n’apporte rien de nouveau.",
    )
