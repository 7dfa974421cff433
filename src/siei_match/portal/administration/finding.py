"""Finding among many: accounts by a word, a role or a state; pages of fifty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlencode

from siei_match.collect.words import fold
from siei_match.portal.signin.accounts import Account

PAGE: Final = 50
OPEN: Final = {"ouvert": True, "ferme": False}
T = TypeVar("T")


@dataclass(frozen=True)
class Slice:
    """A page of rows: which one, of how many, and how to ask for another of the same."""

    page: int
    pages: int
    total: int
    asked: Mapping[str, str]

    def query(self, page: int) -> str:
        return urlencode(
            {name: value for name, value in self.asked.items() if value} | {"page": str(page)}
        )


def cut(rows: Sequence[T], asked: Mapping[str, str], *names: str) -> tuple[Sequence[T], Slice]:
    """Return one page of rows; `names`: the filters of the address that its neighbours keep."""
    told = asked.get("page", "1")
    pages = max(-(-len(rows) // PAGE), 1)
    page = min(max(int(told) if told.isdecimal() and len(told) < 6 else 1, 1), pages)
    kept = {name: asked.get(name, "") for name in names}
    return rows[(page - 1) * PAGE : page * PAGE], Slice(page, pages, len(rows), kept)


def find_accounts(
    accounts: Sequence[Account], asked: Mapping[str, str], words: str
) -> list[Account]:
    """Return the accounts of a role, a state, a platform, in which every word stands."""
    role, state, psad = (asked.get(name, "") for name in ("role", "etat", "psad"))
    wanted = fold(words.casefold()).split()
    return [
        account
        for account in accounts
        if (not role or role in account.roles)
        and (state not in OPEN or account.active == OPEN[state])
        and (not psad or psad in account.psads)
        and all(word in fold(f"{account.nom} {account.courriel}".casefold()) for word in wanted)
    ]
