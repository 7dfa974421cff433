"""An account's second factor: put in place, asked for, spent, taken away.

Wrong codes in a row lock it, as wrong passwords lock an account; a try is counted before its code is
looked at, so that a hundred at once are no more than a hundred in a row.
"""

import base64
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from siei_match.portal.base import Base
from siei_match.portal.signin.accounts import Account
from siei_match.portal.signin.totp import find_step, new_secret
from siei_match.reference.files import bytes_sha256

SPARES: Final = 10
"""Codes of one use, for a telephone that is lost."""
SPARE_BYTES: Final = 10
"""80 bits: what is kept of a code is its plain hash, and nobody tries that many."""
WAITING: Final = timedelta(minutes=5)
"""What a person has to give the code after the password."""


def prepare_factor(base: Base, account: Account) -> str:
    """Give an account a secret that waits for its first code; one in force stays so until then."""
    secret = new_secret()
    base.run(
        "insert into seconds (compte, attente) values (?, ?)"
        " on conflict (compte) do update set attente = excluded.attente",
        account.id,
        base.vault.seal_text(secret),
    )
    return secret


def waiting_secret(base: Base, account: Account) -> str | None:
    """Return the secret that waits for its first code, if one does."""
    row = base.row("select attente from seconds where compte = ?", account.id)
    return base.vault.open_text(row["attente"]) if row and row["attente"] else None


def confirm_factor(
    base: Base, account: Account, code: str, *, when: datetime, tries: int, lock: int
) -> list[str] | None:
    """Put the waiting secret in force by its first code; return the spare codes, told this once.

    None: the code is wrong, or too many were. Every other session of the account ends.
    """
    row = _take_try(base, account, when, tries, lock)
    if row is None or row["attente"] is None:
        return None
    step = find_step(base.vault.open_text(row["attente"]), code, when, 0)
    if step is None:
        return None
    spares = [_new_spare() for _ in range(SPARES)]
    with base.change() as connection:
        connection.execute(
            "update seconds set secret = attente, attente = null, pas = ?, echecs = 0, bloque = null"
            " where compte = ?",
            (step, account.id),
        )
        connection.execute("delete from secours where compte = ?", (account.id,))
        connection.executemany(
            "insert into secours values (?, ?)", [(account.id, _digest(one)) for one in spares]
        )
        connection.execute("delete from sessions where compte = ?", (account.id,))
    return spares


def check_code(
    base: Base, account: Account, code: str, *, when: datetime, tries: int, lock: int
) -> str | None:
    """Say by what a code opens: `totp`, `secours`; None if by nothing. It opens once."""
    row = _take_try(base, account, when, tries, lock)
    if row is None or row["secret"] is None:
        return None
    means = "totp" if _spend_step(base, account, row, code, when) else None
    if means is None and _spend_spare(base, account, code):
        means = "secours"
    if means:
        base.run("update seconds set echecs = 0, bloque = null where compte = ?", account.id)
    return means


def _spend_step(base: Base, account: Account, row: Any, code: str, when: datetime) -> bool:
    step = find_step(base.vault.open_text(row["secret"]), code, when, row["pas"])
    if step is None:
        return False
    # Two requests with one code: the second finds the step taken.
    taken = "update seconds set pas = ? where compte = ? and pas < ?"
    return base.run(taken, step, account.id, step) == 1


def _spend_spare(base: Base, account: Account, code: str) -> bool:
    gone = "delete from secours where compte = ? and empreinte = ?"
    return base.run(gone, account.id, _digest(code)) == 1


def _take_try(base: Base, account: Account, when: datetime, tries: int, lock: int) -> Any:
    """Count a try before its code is looked at; return the account's factor, None while locked."""
    until = (when + timedelta(minutes=lock)).isoformat()
    with base.change() as connection:
        row = connection.execute("select * from seconds where compte = ?", (account.id,)).fetchone()
        if row is None or (row["bloque"] or "") > when.isoformat():
            return None
        full = row["echecs"] + 1 >= tries
        connection.execute(
            "update seconds set echecs = ?, bloque = ? where compte = ?",
            (0 if full else row["echecs"] + 1, until if full else None, account.id),
        )
    return row


def remove_factor(base: Base, account: Account) -> None:
    """Take an account's second factor away, its spare codes too; its sessions end."""
    with base.change() as connection:
        for table in ("seconds", "secours", "sessions"):
            connection.execute(f"delete from {table} where compte = ?", (account.id,))  # noqa: S608


def count_spares(base: Base, account: Account) -> int:
    row = base.row("select count(*) as n from secours where compte = ?", account.id)
    return int(row["n"]) if row else 0


def open_passage(base: Base, account: Account, entree: str, when: datetime) -> None:
    """Note that this browser gave the account's password, and owes its code."""
    base.run("delete from passages where cree <= ?", (when - WAITING).isoformat())
    base.run(
        "insert or replace into passages values (?, ?, ?)",
        bytes_sha256(entree.encode()),
        account.id,
        when.isoformat(),
    )


def find_passage(base: Base, entree: str, when: datetime) -> int | None:
    """Return the account whose password this browser gave, if not too long ago."""
    row = base.row(
        "select compte from passages where entree = ? and cree > ?",
        bytes_sha256(entree.encode()),
        (when - WAITING).isoformat(),
    )
    return int(row["compte"]) if row else None


def close_passage(base: Base, entree: str) -> None:
    base.run("delete from passages where entree = ?", bytes_sha256(entree.encode()))


def _new_spare() -> str:
    text = base64.b32encode(secrets.token_bytes(SPARE_BYTES)).decode("ascii").lower()
    return "-".join(text[n : n + 4] for n in range(0, len(text), 4))


def _digest(code: str) -> str:
    kept = "".join(c for c in code.lower() if c.isalnum())
    return bytes_sha256(kept.encode())
