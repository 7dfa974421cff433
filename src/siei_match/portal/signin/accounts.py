"""Accounts: who may come in, with which roles, for which platforms."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from siei_match.portal.base import Base
from siei_match.portal.signin.passwords import hash_password, verify_password
from siei_match.release.permissions import Permission, Role, permits

MAIL: Final = re.compile(r"[^@\s<>\"']{1,64}@[A-Za-z0-9.-]{1,190}")
LONGEST_NAME: Final = 80
LARGEST: Final = (1 << 63) - 1
"""The largest integer of SQLite."""


class Withheld(StrEnum):
    """Why an account that stands may do nothing now (`terms.hold`)."""

    NO = ""
    SECOND = "second_facteur"
    LAPSED = "droits_expires"


@dataclass(frozen=True)
class Account:
    """An account as it stands now: read again at each request."""

    id: int
    courriel: str
    nom: str
    roles: frozenset[str]
    psads: frozenset[str]
    active: bool
    must_change: bool
    local: bool
    enrolled: bool
    """A second factor is in force."""
    used: datetime | None
    """When it was opened or used last; with `reviewed`, none before its terms began."""
    reviewed: datetime | None
    held: Withheld = Withheld.NO

    def may(self, permission: Permission) -> bool:
        free = self.active and not self.must_change and self.held == Withheld.NO
        return free and permits(self.roles, permission)


class AccountRefusedError(ValueError):
    """What was asked of an account makes no sense; the message is French and shown."""


ROWS: Final = """
select comptes.*, seconds.secret is not null as second, echeances.vu as ouvert, echeances.revu
from comptes left join seconds on seconds.compte = comptes.id
left join echeances on echeances.compte = comptes.id
"""


def find_account(base: Base, *, id: int | None = None, courriel: str = "") -> Account | None:  # noqa: A002
    if id is not None and id > LARGEST:
        return None
    row = base.row(f"{ROWS} where id = ? or courriel = ?", id, normalise_mail(courriel))
    return _read(base, row) if row else None


def list_accounts(base: Base) -> list[Account]:
    return [_read(base, row) for row in base.rows(f"{ROWS} order by courriel")]


def _read(base: Base, row: Any) -> Account:
    rights = base.rows("select psad from droits where compte = ?", row["id"])
    return Account(
        row["id"],
        row["courriel"],
        row["nom"],
        frozenset(row["roles"].split()),
        frozenset(found["psad"] for found in rights),
        bool(row["actif"]),
        bool(row["a_changer"]),
        row["hachage"] is not None,
        bool(row["second"]),
        _later(row["vu"], row["ouvert"]),
        _later(row["revu"]),
    )


def _later(*told: str | None) -> datetime | None:
    return max((datetime.fromisoformat(one) for one in told if one), default=None)


def normalise_mail(courriel: str) -> str:
    """Return an address as accounts are known by it: ASCII capitals alone are small letters.

    What Unicode folds (ß, ſ, the Kelvin sign) would make one address of two people's.
    """
    return "".join(c.lower() if c.isascii() else c for c in courriel.strip())


def create_account(
    base: Base,
    courriel: str,
    name: str,
    roles: Iterable[str],
    psads: Iterable[str],
    *,
    local: bool,
) -> tuple[Account, str | None]:
    """Make an account; return it with its first password, to be changed at once, if it is local.

    Raises:
        CompteRefuseError: the address is none or taken, the name is missing, a role is unknown.
    """
    courriel, name = normalise_mail(courriel), name.strip()
    if not MAIL.fullmatch(courriel):
        raise AccountRefusedError("Cette adresse électronique n'en est pas une.")
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise AccountRefusedError("Il faut un nom, sur une ligne.")
    if find_account(base, courriel=courriel):
        raise AccountRefusedError("Un compte a déjà cette adresse.")
    password = secrets.token_urlsafe(12) if local else None
    base.run(
        "insert into comptes (courriel, nom, roles, hachage, a_changer) values (?, ?, ?, ?, ?)",
        courriel,
        name,
        _roles(roles),
        hash_password(password) if password else None,
        int(local),
    )
    account = find_account(base, courriel=courriel)
    if account is None:
        raise AccountRefusedError("Le compte n'a pas pu être créé.")
    return set_rights(base, account, roles, psads), password


def set_rights(base: Base, account: Account, roles: Iterable[str], psads: Iterable[str]) -> Account:
    """Give an account these roles and platforms, and no other.

    Raises:
        CompteRefuseError: a role is unknown.
    """
    with base.change() as connection:
        connection.execute("update comptes set roles = ? where id = ?", (_roles(roles), account.id))
        connection.execute("delete from droits where compte = ?", (account.id,))
        connection.executemany(
            "insert into droits values (?, ?)", [(account.id, psad) for psad in sorted(set(psads))]
        )
    return find_account(base, id=account.id) or account


def set_active(base: Base, account: Account, *, active: bool) -> None:
    """Open or close an account; closed, its sessions end at once."""
    with base.change() as connection:
        connection.execute("update comptes set actif = ? where id = ?", (int(active), account.id))
        if not active:
            connection.execute("delete from sessions where compte = ?", (account.id,))


def reset_password(base: Base, account: Account) -> str:
    """Give an account a new first password, to be changed at once; its sessions end."""
    password = secrets.token_urlsafe(12)
    _set_password(base, account, password, must_change=True)
    return password


def change_password(base: Base, account: Account, password: str) -> None:
    """Give an account the password that its owner chose; its other sessions end."""
    _set_password(base, account, password, must_change=False)


def _set_password(base: Base, account: Account, password: str, *, must_change: bool) -> None:
    hashed = hash_password(password)
    with base.change() as connection:
        connection.execute(
            "update comptes set hachage = ?, a_changer = ?, echecs = 0, bloque = null where id = ?",
            (hashed, int(must_change), account.id),
        )
        connection.execute("delete from sessions where compte = ?", (account.id,))


def sign_in(
    base: Base, courriel: str, password: str, *, when: datetime, essais: int, blocage: int
) -> Account | None:
    """Return the account whose password this is, None otherwise; wrong ones in a row lock it.

    What is answered, and the time it takes, are the same for no account, a locked one and a wrong
    password: nobody learns who has an account.
    """
    row, allowed = _take_try(base, normalise_mail(courriel), when, essais, blocage)
    good = verify_password(row["hachage"] if row else None, password)
    if row is None or not allowed or not good:
        return None
    base.run("update comptes set echecs = 0, bloque = null where id = ?", row["id"])
    return find_account(base, id=row["id"])


def _take_try(
    base: Base, courriel: str, when: datetime, essais: int, blocage: int
) -> tuple[Any, bool]:
    """Count a try before its password is looked at; return its account, and whether it may count.

    In one transaction: of a hundred tries at once, no more are looked at than of a hundred in a row.
    """
    until = (when + timedelta(minutes=blocage)).isoformat()
    with base.change() as connection:
        row = connection.execute("select * from comptes where courriel = ?", (courriel,)).fetchone()
        if row is None or not row["actif"] or (row["bloque"] or "") > when.isoformat():
            # A write that waits for the disk takes longer than none: that would tell who has an account.
            connection.execute("insert or replace into secrets values ('essai', ?)", (until,))
            return row, False
        taken = row["echecs"] + 1
        full = taken >= essais
        connection.execute(
            "update comptes set echecs = ?, bloque = ? where id = ?",
            (0 if full else taken, until if full else None, row["id"]),
        )
    return row, True


def _roles(roles: Iterable[str]) -> str:
    asked = set(roles)
    if asked - set(Role):
        raise AccountRefusedError("Ce rôle n'existe pas.")
    return " ".join(sorted(asked))
