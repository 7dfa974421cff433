"""Last campaign's file, delivered again: nothing in it is wrong, and nothing in it is new."""

from collections.abc import Iterator
from typing import Final

from siei_match.campaign.results import FileCount
from siei_match.campaign.worksite import Worksite
from siei_match.output import PreparedCampaign, prepared_campaigns
from siei_match.reference.delivery import Campagne, Fichier
from siei_match.reference.errors import DeliveryError, Notice
from siei_match.reference.files import file_sha256
from siei_match.reference.vocabulary import ENROLMENT_EXTRACTS

FEWEST: Final = 20
"""Rows below which a file may be the same by chance: it is told."""


def find_repeated(
    worksite: Worksite, campagne: Campagne, fichier: Fichier, counted: FileCount
) -> Iterator[Notice]:
    """Tell a file that an earlier campaign was given too, known by its rows, then its SHA-256.

    A school year that was over by then may well come again as it was.

    Raises:
        DeliveryError: it holds the enrolments of year N, of which it knows none since then.
    """
    earlier = prepared_campaigns(worksite.staging.sortie)
    for code in sorted((code for code in earlier if code < campagne.code), reverse=True):
        if counted.rows_read and _was_given(earlier[code], fichier, counted, worksite):
            year_then = earlier[code].manifest().campagne.annee_scolaire
            if fichier.extrait in ENROLMENT_EXTRACTS:
                is_current = fichier.annee_scolaire == campagne.annee_scolaire
                if is_current and counted.rows_read >= FEWEST:
                    raise _stale(fichier, code)
                if not is_current and fichier.annee_scolaire != year_then:
                    return
            yield _tell(fichier, code)
            return


def _was_given(
    campaign: PreparedCampaign, fichier: Fichier, counted: FileCount, worksite: Worksite
) -> bool:
    alike = {
        entry.sha256
        for entry in campaign.manifest().entrees
        if entry.extrait == fichier.extrait and entry.lignes == counted.rows_read
    }
    return bool(alike) and file_sha256(worksite.dossier / fichier.nom) in alike


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
