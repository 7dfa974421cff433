"""Accounts from a CSV: read whole, all opened or none, each line that is wrong told by its number."""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import PurePath
from typing import Final

from siei_match.collect.files import decode
from siei_match.collect.words import fold
from siei_match.portal.administration.withheld import withhold
from siei_match.portal.base import Base
from siei_match.portal.signin.accounts import (
    LONGEST_NAME,
    MAIL,
    Account,
    create_account,
    find_account,
    normalise_mail,
)
from siei_match.reference.errors import DeliveryError
from siei_match.reference.settings import Settings
from siei_match.release.permissions import Role

HEADINGS: Final = ("courriel", "nom", "roles", "plateformes")
ROWS_MAX: Final = 2_000
EXAMPLE: Final = "courriel;nom;roles;plateformes"


@dataclass(frozen=True)
class AskedAccount:
    """A line of the file: the account that it asks for."""

    line: int
    courriel: str
    nom: str
    roles: tuple[str, ...]
    psads: tuple[str, ...]


@dataclass(frozen=True)
class AccountsReading:
    """What a file asks: accounts to open, addresses that have one already, lines that are wrong."""

    asked: tuple[AskedAccount, ...]
    known: tuple[int, ...]
    """Lines whose address has an account: it is left as it is."""
    wrong: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Made:
    """An account that a file opened, its first password if it is local."""

    account: Account
    password: str | None
    waits: bool
    """Another administrator is to confirm that it is one's too."""


def read_accounts(
    content: bytes, name: str, base: Base, platforms: Collection[str]
) -> AccountsReading:
    """Read a CSV of accounts, separated by ; or , or tabs.

    Raises:
        DeliveryError: it is no text, or has not the columns of `HEADINGS`.
    """
    text = decode(content, PurePath(name).name)
    separator = max(";,\t", key=text.partition("\n")[0].count)
    rows = list(csv.reader(StringIO(text), delimiter=separator))
    heading = [fold(cell) for cell in rows[0]] if rows else []
    if set(HEADINGS) - set(heading) or len(rows) > ROWS_MAX:
        raise DeliveryError(
            f"{PurePath(name).name}: no file of accounts, or more than {ROWS_MAX} lines.",
            remedy=f"Its first line is {EXAMPLE}.",
        )
    places = {name: heading.index(name) for name in HEADINGS}
    asked, known, wrong, seen = [], [], [], set()
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
        one = AskedAccount(
            line, normalise_mail(cells["courriel"]), cells["nom"],
            tuple(cells["roles"].replace(",", " ").split()),
            tuple(cells["plateformes"].replace(",", " ").split()),
        )  # fmt: skip
        faults = [
            *_find_faults(one, platforms),
            *(["adresse écrite deux fois"] if one.courriel in seen else []),
        ]
        seen.add(one.courriel)
        if faults:
            wrong.append((line, " ; ".join(faults)))
        elif find_account(base, courriel=one.courriel):
            known.append(line)
        else:
            asked.append(one)
    return AccountsReading(tuple(asked), tuple(known), tuple(wrong))


def _find_faults(one: AskedAccount, platforms: Collection[str]) -> Iterator[str]:
    if not MAIL.fullmatch(one.courriel):
        yield "adresse électronique illisible"
    if not 0 < len(one.nom) <= LONGEST_NAME or not one.nom.isprintable():
        yield "nom absent ou trop long"
    if not one.roles or set(one.roles) - set(Role):
        yield f"rôles possibles : {', '.join(Role)}"
    if set(one.psads) - set(platforms):
        yield "plateforme inconnue"


def open_accounts(
    base: Base, asked: Collection[AskedAccount], settings: Settings, *, local: bool
) -> list[Made]:
    """Open the accounts that a file asks for, each with the roles that one person may give.

    Raises:
        AccountRefusedError: an address was taken meanwhile.
    """
    made = []
    for one in asked:
        roles, waits = withhold(settings, one.roles, frozenset())
        opened = create_account(base, one.courriel, one.nom, roles, one.psads, local=local)
        made.append(Made(*opened, waits))
    return made
