"""The ways to reach somebody whom a list names: as links, the wrong ones last and struck out."""

import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

import polars as pl

from siei_match.collect.words import fold

WRONG: Final = "coordonnees_incorrectes"
KEY_NAME: Final = "contacts"
"""The name of the page's secret that keys the fingerprints: a number has few enough values to try."""
PRINT: Final = 16
HELD: Final = (
    ("telephones", "Téléphone", "du jeune"),
    ("responsable_telephone", "Téléphone", "du responsable légal"),
    ("courriel", "Courriel", "du jeune"),
    ("responsable_courriel", "Courriel", "du responsable légal"),
)
KINDS: Final = {"telephone": "Téléphone", "courriel": "Courriel", "adresse": "Adresse"}
OF_WHOM: Final = {
    "jeune": "du jeune",
    "responsable": "du responsable légal",
    "second_responsable": "du second responsable",
}


@dataclass(frozen=True)
class Contact:
    """A number or an address of the list; `link` is what a click does, `wrong` what was answered."""

    kind: str
    whose: str
    value: str
    link: str
    fingerprint: str
    wrong: bool = False
    holder: str = ""
    """The guardian's name, where it is known."""
    source: str = ""
    """The extract that gives it."""
    since: date | None = None
    """When what gives it began."""


def gather_contacts(row: Mapping[str, Any], key: bytes) -> list[Contact]:
    """Return the contacts of a row of tables/liste, in the order of the list; the address last."""
    return [*_numbers(row, key), *_address(row, key)]


def _numbers(row: Mapping[str, Any], key: bytes) -> Iterator[Contact]:
    for column, kind, whose in HELD:
        for value in filter(None, (row[column] or "").split(", ")):
            is_number = kind == "Téléphone"
            link = f"tel:{_digits(value)}" if is_number else f"mailto:{value}"
            same = _digits(value) if is_number else value.casefold()
            yield Contact(kind, whose, value, link, _fingerprint(key, same))


def _address(row: Mapping[str, Any], key: bytes) -> Iterator[Contact]:
    town = " ".join(filter(None, (row["code_postal"], row["commune"])))
    if row["adresse"]:
        value = ", ".join(filter(None, (row["adresse"], town)))
        yield Contact("Adresse", "du jeune", value, "", _fingerprint(key, fold(value)))


def add_sources(
    contacts: Sequence[Contact], told: Iterable[Mapping[str, Any]], key: bytes
) -> list[Contact]:
    """Say where each contact of the list comes from, and add those that the list has no room for, the second guardian's.

    Args:
        contacts: those of the list, in its order.
        told: rows of tables/coordonnees_liste about the same young person.
        key: of the fingerprints.
    """
    every = [_told(row, key) for row in told]
    known = {(c.kind, c.whose, c.fingerprint): c for c in reversed(every)}
    listed = [known.get((c.kind, c.whose, c.fingerprint), c) for c in contacts]
    held = {(c.kind, c.whose, c.fingerprint) for c in listed}
    return [*listed, *(c for c in every if (c.kind, c.whose, c.fingerprint) not in held)]


def _told(row: Mapping[str, Any], key: bytes) -> Contact:
    kind, value, link = KINDS[row["nature"]], row["valeur"], ""
    same = fold(value) if kind == "Adresse" else value.casefold()
    if kind == "Téléphone":
        same = _digits(value)
        link = f"tel:{same}"
    elif kind == "Courriel":
        link = f"mailto:{value}"
    return Contact(
        kind, OF_WHOM[row["de_qui"]], value, link, _fingerprint(key, same),
        holder=row["nom"] or "", source=row["source"], since=row["depuis"],
    )  # fmt: skip


def call_links(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the numbers of a row, the young person's first, with their links."""
    held = (row[column] for column, kind, _ in HELD if kind == "Téléphone")
    numbers = (number for numbers in held if numbers for number in numbers.split(", ") if number)
    return [(number, f"tel:{_digits(number)}") for number in numbers]


def strike_wrong(
    contacts: Sequence[Contact],
    answers: pl.DataFrame,
    about: pl.Expr,
    before: Collection[str] = (),
) -> list[Contact]:
    """Mark the contacts that an answer which stands says are wrong, and put them last.

    Input: the answers on this young person (`AnswerLog.of_list`); `about`, whether one is about this
    list. An answer that does not say which are wrong is about all that its list held: this one's
    contacts, or those of `before`, fingerprints from the earlier list that such an answer was about.
    """
    said = answers.filter("stands", retour=WRONG)
    named = {*before, *(p for prints in said["contacts"].drop_nulls() for p in prints.split())}
    every = said.filter(about, pl.col("contacts").is_null()).height > 0
    marked = [replace(c, wrong=every or c.fingerprint in named) for c in contacts]
    return sorted(marked, key=lambda contact: contact.wrong)


def join_prints(contacts: Sequence[Contact], chosen: Collection[str]) -> str | None:
    """Return the fingerprints that an answer keeps: those chosen among the contacts, else all."""
    known = [c.fingerprint for c in contacts]
    kept = [one for one in known if one in chosen] or known
    return " ".join(dict.fromkeys(kept)) or None


def _digits(number: str) -> str:
    return ("+" if number.startswith("+") else "") + "".join(c for c in number if c.isdigit())


def _fingerprint(key: bytes, value: str) -> str:
    return hmac.new(key, value.encode(), sha256).hexdigest()[:PRINT]
