"""All that is wrong with a delivery's folder at once: what a check tells, where a run stops."""

from pathlib import Path

from siei_match.reference.delivery import Delivery, Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.delivery import list_checks, read_declaration, warned

Fault = tuple[Fichier | None, DeliveryError]
"""What is wrong with a delivery, and the file that it is about if it is one."""


def survey_delivery(dossier: Path) -> tuple[Delivery, list[Fault]]:
    """Do as `read_delivery`, but go on after what is wrong, and return it: all of it at once.

    Raises:
        DeliveryError: campagne.toml cannot be read, or the folder: there is nothing to go on with.
    """
    delivery = read_declaration(dossier)
    faults: list[Fault] = []
    for fichier, check in list_checks(dossier, delivery):
        try:
            check()
        except DeliveryError as error:
            faults.append((fichier, error))
    return warned(dossier, delivery), faults
