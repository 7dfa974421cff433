"""Files of answers that wait for their sender to confirm: an hour at most, theirs alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from siei_match.output import MEMOIRE
from siei_match.output.holdings import DEPOTS
from siei_match.portal.base import Base
from siei_match.portal.signin.accounts import Account

WAITING: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Deposit:
    """A file that waits: of which platform, and what its bytes were."""

    psad: str
    sha256: str


def put_down(
    base: Base, token: str, account: Account, psad: str, sha256: str, *, when: datetime
) -> None:
    base.run(
        "insert into depots values (?, ?, ?, ?, ?)",
        token,
        account.id,
        psad,
        sha256,
        when.isoformat(),
    )


def take_up(base: Base, token: str, account: Account, *, when: datetime) -> Deposit | None:
    """Return what waits under this name, to the account that sent it, if not too late."""
    row = base.row(
        "select * from depots where jeton = ? and compte = ? and cree > ?",
        token,
        account.id,
        (when - WAITING).isoformat(),
    )
    return Deposit(row["psad"], row["sha256"]) if row else None


def count_waiting(base: Base, account: Account) -> int:
    """Return how many files of an account wait."""
    row = base.row("select count(*) as n from depots where compte = ?", account.id)
    return int(row["n"]) if row else 0


def forget(base: Base, token: str) -> None:
    base.run("delete from depots where jeton = ?", token)


def sweep(base: Base, sortie: Path, *, when: datetime) -> None:
    """Remove the files that nobody confirmed."""
    base.run("delete from depots where cree <= ?", (when - WAITING).isoformat())
    # Files first: one that is written meanwhile is announced before it is there.
    standing = list((sortie / MEMOIRE / DEPOTS).glob("*"))
    waiting = {row["jeton"] for row in base.rows("select jeton from depots")}
    for path in standing:
        if path.stem not in waiting:
            path.unlink(missing_ok=True)
