"""Why a text is refused at a row that cannot be meant; never a value of it."""

from typing import Final

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.reference.vocabulary import APPRENTISSAGE
from siei_match.stages.extract.records import LONGEST, Swallowed

LOOK: Final = (
    "Look there for a quote to close, to double or to remove, or ask its provider for a new file: "
    "other people's rows would become text of that one."
)


def refuse_row(fichier: Fichier, swallowed: Swallowed) -> DeliveryError:
    """Return the error of a quote that made one row of several lines of the file, or of a row without end."""
    row = swallowed.record - (fichier.extrait != APPRENTISSAGE)
    first, last = swallowed.first, swallowed.last
    which = f"row {row}" if row else "the heading"
    if swallowed.is_long:
        return DeliveryError(
            f"{fichier.nom}: {which} is longer than {LONGEST >> 20} MB: it holds a field of more than 10000 "
            "characters, or a line break is missing.",
            remedy="Look there for a separator, a quote or a line break that is missing; ask for a new file.",
            code="champ_trop_long",
        )
    if swallowed.is_open:
        return DeliveryError(
            f"{fichier.nom}: {which} opens a quote that is not closed in its field: "
            f"{last - first + 1} lines of the file, {first} to {last} at least, stand in one row.",
            remedy=LOOK,
            code="guillemet",
        )
    return DeliveryError(
        f"{fichier.nom}: {which} opens a quote that is not closed in its field: "
        f"{last - first + 1} lines of the file, {first} to {last}, were read as one row.",
        remedy=LOOK,
        code="guillemet",
    )
