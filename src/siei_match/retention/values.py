"""What a rectified value may be: read and written as the extracts' own values are."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

import polars as pl

from siei_match.reference.errors import SieiError
from siei_match.reference.nomenclatures import communes
from siei_match.stages.normalise.contacts import normalise_mails, read_phones, show_phones
from siei_match.stages.normalise.places import resolve_communes

LONGEST: Final = 200
REQUIRED: Final = ("nom_naissance", "prenoms", "date_naissance", "commune")
"""What a person cannot be without; any other value may be emptied."""


class RectificationError(SieiError):
    """A rectified value cannot be read, or says nothing."""

    CODE = "personne"


def read_value(column: str, text: str) -> str | None:
    """Return a value as it is kept, None for one to be emptied.

    Args:
        column: a column of the lists.
        text: what was given; empty to empty the value.

    Raises:
        RectificationError: it cannot be read as that column's; the message never repeats it.
    """
    if column not in READERS:
        raise RectificationError(
            f"{column!r} cannot be rectified.", remedy=f"Choose among {', '.join(READERS)}."
        )
    clean = " ".join(text.split())
    if not clean:
        if column in REQUIRED:
            raise RectificationError(
                f"{column} cannot be emptied.", remedy="Give the right value, or exclude them."
            )
        return None
    value = READERS[column](clean)
    if value is None or len(value) > LONGEST or not value.isprintable():
        raise RectificationError(f"The value cannot be read as {column}.", remedy=EXPECTED[column])
    return value


def _text(text: str) -> str | None:
    return text if any(character.isalnum() for character in text) else None


def _sexe(text: str) -> str | None:
    return text.upper() if text.upper() in ("M", "F") else None


def _date(text: str) -> str | None:
    """A date AAAA-MM-JJ or JJ/MM/AAAA, or its year, with its month or alone."""
    parts = text.split("-") if "-" in text else text.split("/")[::-1]
    try:
        year, month, day = (int(part) for part in [*parts, "1", "1"][:3])
        date(year, month, day)
    except ValueError:
        return None
    whole = len(parts[0]) == 4 and len(parts) <= 3 and year >= 1900
    return "-".join([parts[0], *(part.zfill(2) for part in parts[1:])]) if whole else None


def _commune(text: str) -> str | None:
    """An INSEE code, or a label followed by its postal code: `Le Havre 76600`."""
    label, _, last = text.rpartition(" ")
    postal = last.strip("()")
    code, name, post = (text, None, None) if not label else (None, label, postal)
    found = resolve_communes(*(pl.Series([value], dtype=pl.String) for value in (code, name, post)))
    known: str | None = found[0]
    return known if known in communes()["code"] else None


def _postal(text: str) -> str | None:
    return text if text.isascii() and text.isdigit() and len(text) == 5 else None


def _phones(text: str) -> str | None:
    """One number or several, separated by commas; shown as lists show them."""
    numbers = read_phones(pl.Series(text.split(","), dtype=pl.String))
    return (
        None
        if numbers.null_count()
        else ", ".join(show_phones(numbers).unique(maintain_order=True))
    )


def _phone(text: str) -> str | None:
    return None if "," in text else _phones(text)


def _mail(text: str) -> str | None:
    found: str | None = normalise_mails(pl.Series([text]))[0]
    return found


READERS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "nom_naissance": _text,
    "nom_usage": _text,
    "prenoms": _text,
    "sexe": _sexe,
    "date_naissance": _date,
    "adresse": _text,
    "code_postal": _postal,
    "commune": _commune,
    "telephones": _phones,
    "courriel": _mail,
    "responsable_nom": _text,
    "responsable_telephone": _phone,
    "responsable_courriel": _mail,
}
"""The columns that can be rectified, in the order of the lists."""

_TEXT: Final = f"Letters or digits, {LONGEST} characters at most."
EXPECTED: Final[Mapping[str, str]] = dict.fromkeys(READERS, _TEXT) | {
    "sexe": "Give M or F.",
    "date_naissance": "Give AAAA-MM-JJ or JJ/MM/AAAA; AAAA-MM or AAAA if that is all there is.",
    "code_postal": "Give five digits.",
    "commune": "Give the INSEE code, or the name followed by the postal code: Le Havre 76600.",
    "telephones": "Give telephone numbers, separated by commas.",
    "responsable_telephone": "Give one telephone number.",
    "courriel": "Give one e-mail address.",
    "responsable_courriel": "Give one e-mail address.",
}
