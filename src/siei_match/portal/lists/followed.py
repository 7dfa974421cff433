"""Who of a platform works on whom: seen by its coordinators alone, forgotten with the lists."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from siei_match.portal.base import Base
from siei_match.portal.signin.accounts import Account


def find_followed(base: Base, psad: str) -> Mapping[str, tuple[int, str]]:
    """Return who works on whom, as (account, name): accounts that are open and still hold the platform, by signalement."""
    rows = base.rows(
        "select signalement, comptes.id, nom from suivis join comptes on comptes.id = suivis.compte "
        "join droits on droits.compte = comptes.id and droits.psad = suivis.psad "
        "where suivis.psad = ? and actif = 1",
        psad,
    )
    return {row["signalement"]: (row["id"], row["nom"]) for row in rows}


def take_on(
    base: Base, psad: str, signalement: str, account: Account, when: datetime, *, free: bool
) -> None:
    """Say that this account works on somebody; with `free`, only if nobody else does."""
    if free and signalement in find_followed(base, psad):
        return
    base.run(
        "insert or replace into suivis values (?, ?, ?, ?)",
        psad,
        signalement,
        account.id,
        when.isoformat(),
    )


def let_go(base: Base, psad: str, signalement: str) -> None:
    """Say that nobody works on somebody any more."""
    base.run("delete from suivis where psad = ? and signalement = ?", psad, signalement)


def forget_gone(base: Base, listed: Iterable[str]) -> int:
    """Forget those whom no released list names any more; return how many they were."""
    standing = set(listed)
    gone = [
        (row["signalement"],)
        for row in base.rows("select distinct signalement from suivis")
        if row["signalement"] not in standing
    ]
    with base.change() as connection:
        connection.executemany("delete from suivis where signalement = ?", gone)
    return len(gone)
