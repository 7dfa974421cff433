"""The columns of a file against those of its extract's declaration."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from siei_match.reference.contracts import Declaration, declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError

MOST_OTHERS: Final = 3
"""Unknown columns above which a line is more, or else, than a header."""
MOST_LISTED: Final = 10
_COLUMN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


def declare(fichier: Fichier) -> Declaration:
    """Return the declaration of the file's extract."""
    return declaration(f"extraits/{fichier.extrait}")


def read_columns(declared: Declaration) -> list[str]:
    """Name the columns that may be read: all but those declared `jamais_lu`."""
    return [f["name"] for f in declared.fields if f["siei"]["kind"] != "jamais_lu"]


def check_columns(found: Sequence[str], fichier: Fichier, *, expected: Sequence[str]) -> None:
    """Refuse a file whose columns are not those of its extract; `expected` must all be there.

    Raises:
        DeliveryError: names the columns missing, unknown or double. Where the line may be no
            header, or hold a row besides, unknown names are numbers: they would be a person's.
    """
    declared = declare(fichier)
    missing = [column for column in expected if column not in found]
    unknown = [column for column in found if column not in declared.columns]
    double = [column for column, n in Counter(found).items() if n > 1]
    if not (missing or unknown or double):
        return
    if len(missing) > len(expected) / 2:
        raise DeliveryError(
            f"{fichier.nom}: its first line is not the header of {fichier.extrait}: of "
            f"{len(expected)} columns, {len(expected) - len(missing)} are there.",
            remedy=f"It must name, separated by `;`: {', '.join(declared.columns)}.",
            code="entete",
            present=len(expected) - len(missing),
            expected=len(expected),
        )
    few = len(unknown) <= MOST_OTHERS and len(found) <= len(declared.columns) + MOST_OTHERS
    problems = {
        "missing": missing,
        "unknown": [_name(column, found, shown=few) for column in unknown],
        "twice": [_name(column, found, shown=column in declared.columns) for column in double],
    }
    told = "; ".join(f"{what}: {_list(names)}" for what, names in problems.items() if names)
    raise DeliveryError(
        f"{fichier.nom}: its columns are not those of {fichier.extrait} ({told}).",
        remedy=f"Ask its provider for the columns of schemas/extraits/{fichier.extrait}.json.",
        code="colonnes",
        **{what: _list(names) for what, names in problems.items() if names},
    )


def _list(names: list[str]) -> str:
    others = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {others} more" if others > 0 else "")


def _name(column: str, found: Sequence[str], *, shown: bool) -> str:
    return (
        column
        if shown and _COLUMN_NAME.fullmatch(column)
        else f"column number {list(found).index(column) + 1}"
    )
