"""Which other accounts may be the same human's: nobody confirms what they asked, from any of them.

It can be known by one name, by one mailbox (what stands after a `+` is the same box), and by hands: an
account whose password, second factor or opening somebody gave within days of the asking is also theirs.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from siei_match.output import audit
from siei_match.output.audit import Entry
from siei_match.portal.signin.accounts import Account, list_accounts
from siei_match.portal.state import Portal
from siei_match.release.second import Asked, fold

DAYS: Final = timedelta(days=7)
"""Long enough for the owner of an account to find that somebody else took it."""
HANDLED: Final = frozenset({"creation", "mot_de_passe", "second_facteur_retire", "ouverture"})
"""What gives whoever does it a way into another's account."""


def alike(portal: Portal, account: Account, asked: Asked) -> set[str]:
    """Return the addresses of the accounts that may be the same human's as this one."""
    accounts = list_accounts(portal.base)
    since = (asked.quand - DAYS).isoformat(timespec="milliseconds")
    entries = audit.read_entries(portal.sortie, holding=b'"geste"')
    ties = [*_by_hand(entries, accounts, since), *_by_name(accounts)]
    return _reach(account.courriel, ties)


def mailbox(courriel: str) -> str:
    name, _, host = courriel.partition("@")
    return f"{name.partition('+')[0]}@{host.casefold()}"


def _by_name(accounts: list[Account]) -> Iterable[tuple[str, str]]:
    first: dict[str, str] = {}
    for account in accounts:
        for sign in (fold(account.nom), mailbox(account.courriel)):
            yield account.courriel, first.setdefault(sign, account.courriel)


def _by_hand(
    entries: list[Entry], accounts: list[Account], since: str
) -> Iterable[tuple[str, str]]:
    by_number = {account.id: account.courriel for account in accounts}
    addresses = set(by_number.values())
    for entree in entries:
        told = entree.details
        given = entree.acte == "compte" and told.get("geste") in HANDLED and entree.quand >= since
        number = told.get("compte")
        whose = by_number.get(number) if given and isinstance(number, int) else None
        if whose and entree.par in addresses:
            yield entree.par, whose


def _reach(start: str, ties: list[tuple[str, str]]) -> set[str]:
    """Return what is tied to `start`, through others too."""
    reached, before = {start}, 0
    while before < len(reached):
        before = len(reached)
        for one, other in ties:
            if {one, other} & reached:
                reached |= {one, other}
    return reached
