"""Accounts: who may come in, with which roles, for which platforms."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from siei_match.portal.base import Base
from siei_match.portal.signin.passwords import hash_password, verify_password
from siei_match.release.permissions import Permission, Role, permits

COURRIEL: Final = re.compile(r"[^@\s<>\"']{1,64}@[A-Za-z0-9.-]{1,190}")
NOM_MAX: Final = 80


@dataclass(frozen=True)
class Account:
    """An account as it stands now: read again at each request."""

    id: int
    courriel: str
    nom: str
    roles: frozenset[str]
    psads: frozenset[str]
    actif: bool
    a_changer: bool
    local: bool

    def may(self, permission: Permission) -> bool:
        return self.actif and not self.a_changer and permits(self.roles, permission)


class CompteRefuseError(ValueError):
    """What was asked of an account makes no sense; the message is French and shown."""


def find_account(base: Base, *, id: int | None = None, courriel: str = "") -> Account | None:  # noqa: A002
    row = base.row(
        "select * from comptes where id = ? or courriel = ?", id, normalise_courriel(courriel)
    )
    return _read(base, row) if row else None


def list_accounts(base: Base) -> list[Account]:
    return [_read(base, row) for row in base.rows("select * from comptes order by courriel")]


def _read(base: Base, row: Any) -> Account:
    droits = base.rows("select psad from droits where compte = ?", row["id"])
    return Account(
        row["id"],
        row["courriel"],
        row["nom"],
        frozenset(row["roles"].split()),
        frozenset(found["psad"] for found in droits),
        bool(row["actif"]),
        bool(row["a_changer"]),
        row["hachage"] is not None,
    )


def normalise_courriel(courriel: str) -> str:
    return courriel.strip().casefold()


def create_account(
    base: Base,
    courriel: str,
    nom: str,
    roles: Iterable[str],
    psads: Iterable[str],
    *,
    local: bool,
) -> tuple[Account, str | None]:
    """Make an account; return it with its first password, to be changed at once, if it is local.

    Raises:
        CompteRefuseError: the address is none or taken, the name is missing, a role is unknown.
    """
    courriel, nom = normalise_courriel(courriel), nom.strip()
    if not COURRIEL.fullmatch(courriel):
        raise CompteRefuseError("Cette adresse électronique n'en est pas une.")
    if not 0 < len(nom) <= NOM_MAX or not nom.isprintable():
        raise CompteRefuseError("Il faut un nom, sur une ligne.")
    if find_account(base, courriel=courriel):
        raise CompteRefuseError("Un compte a déjà cette adresse.")
    password = secrets.token_urlsafe(12) if local else None
    base.run(
        "insert into comptes (courriel, nom, roles, hachage, a_changer) values (?, ?, ?, ?, ?)",
        courriel,
        nom,
        _roles(roles),
        hash_password(password) if password else None,
        int(local),
    )
    compte = find_account(base, courriel=courriel)
    if compte is None:
        raise CompteRefuseError("Le compte n'a pas pu être créé.")
    return set_rights(base, compte, roles, psads), password


def set_rights(base: Base, compte: Account, roles: Iterable[str], psads: Iterable[str]) -> Account:
    """Give an account these roles and platforms, and no other.

    Raises:
        CompteRefuseError: a role is unknown.
    """
    with base.change() as connection:
        connection.execute("update comptes set roles = ? where id = ?", (_roles(roles), compte.id))
        connection.execute("delete from droits where compte = ?", (compte.id,))
        connection.executemany(
            "insert into droits values (?, ?)", [(compte.id, psad) for psad in sorted(set(psads))]
        )
    return find_account(base, id=compte.id) or compte


def set_active(base: Base, compte: Account, *, actif: bool) -> None:
    """Open or close an account; closed, its sessions end at once."""
    with base.change() as connection:
        connection.execute("update comptes set actif = ? where id = ?", (int(actif), compte.id))
        if not actif:
            connection.execute("delete from sessions where compte = ?", (compte.id,))


def reset_password(base: Base, compte: Account) -> str:
    """Give an account a new first password, to be changed at once; its sessions end."""
    password = secrets.token_urlsafe(12)
    _set_password(base, compte, password, a_changer=True)
    return password


def change_password(base: Base, compte: Account, password: str) -> None:
    """Give an account the password that its owner chose; its other sessions end."""
    _set_password(base, compte, password, a_changer=False)


def _set_password(base: Base, compte: Account, password: str, *, a_changer: bool) -> None:
    hachage = hash_password(password)
    with base.change() as connection:
        connection.execute(
            "update comptes set hachage = ?, a_changer = ?, echecs = 0, bloque = null where id = ?",
            (hachage, int(a_changer), compte.id),
        )
        connection.execute("delete from sessions where compte = ?", (compte.id,))


def sign_in(
    base: Base, courriel: str, password: str, *, quand: datetime, essais: int, blocage: int
) -> Account | None:
    """Return the account whose password this is, None otherwise; wrong ones in a row lock it.

    What is answered, and the time it takes, are the same for no account, a locked one and a wrong
    password: nobody learns who has an account.
    """
    row = base.row("select * from comptes where courriel = ?", normalise_courriel(courriel))
    good = verify_password(row["hachage"] if row else None, password)
    if row is None:
        return None
    locked = row["bloque"] is not None and row["bloque"] > quand.isoformat()
    if locked or not row["actif"]:
        return None
    if good:
        base.run(
            "update comptes set echecs = 0, bloque = null, vu = ? where id = ?",
            quand.isoformat(),
            row["id"],
        )
        return find_account(base, id=row["id"])
    base.run("update comptes set echecs = echecs + 1 where id = ?", row["id"])
    until = (quand + timedelta(minutes=blocage)).isoformat()
    base.run(
        "update comptes set echecs = 0, bloque = ? where id = ? and echecs >= ?",
        until,
        row["id"],
        essais,
    )
    return None


def _roles(roles: Iterable[str]) -> str:
    asked = set(roles)
    if asked - set(Role):
        raise CompteRefuseError("Ce rôle n'existe pas.")
    return " ".join(sorted(asked))
