"""When rights end: a year after somebody looked at them; an account, after six months without use; a given password, after a week.

A right that nobody reviews outlives the task that it was given for. The terms are settings of the page.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from siei_match.portal.base import Base
from siei_match.portal.config import PortalSettings
from siei_match.portal.signin.accounts import Account, Withheld, list_accounts, set_active
from siei_match.release.permissions import Role

FAR: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""Of an account whose terms have not begun."""
SOON: Final = timedelta(days=60)
"""Before its term, what ends is told on the page of the review."""


def hold(account: Account, settings: PortalSettings, when: datetime) -> Account:
    """Return the account with what holds all its permissions back now, if anything does."""
    if is_owed(account, settings):
        return replace(account, held=Withheld.SECOND)
    if account.reviewed and rights_end(account, settings) <= when:
        return replace(account, held=Withheld.LAPSED)
    return account


def is_owed(account: Account, settings: PortalSettings) -> bool:
    """Say whether an account must put a second factor in place before anything else."""
    return account.local and not account.enrolled and bool(
        account.roles & (settings.second_facteur or frozenset())
    )  # fmt: skip


def rights_end(account: Account, settings: PortalSettings) -> datetime:
    """Return when an account's rights open nothing any more."""
    return (account.reviewed or FAR) + timedelta(days=settings.droits_jours)


def closes_at(account: Account, settings: PortalSettings) -> datetime:
    """Return when an account closes unless it is used before."""
    return (account.used or FAR) + timedelta(days=settings.inutilise_jours)


def begin_terms(base: Base, when: datetime) -> None:
    """Let the terms of accounts that have none yet begin now: new ones, and those of before."""
    told = when.isoformat()
    base.run("insert or ignore into echeances select id, ?, ? from comptes", told, told)


def renew(base: Base, account: Account, when: datetime) -> None:
    """Let both terms of an account begin anew: somebody looked at its rights."""
    told = when.isoformat()
    base.run("insert or replace into echeances values (?, ?, ?)", account.id, told, told)


def begin_given(base: Base, account: Account, when: datetime) -> None:
    """Let the time begin in which a password that somebody gave is to be changed by its owner."""
    base.run("insert or replace into donnes values (?, ?)", account.id, when.isoformat())


def is_given_lapsed(base: Base, account: Account, settings: PortalSettings, when: datetime) -> bool:
    """Say whether an account's password was given, and not changed in time; one given before this rule has its time from now on."""
    if not account.must_change:
        return False
    base.run("insert or ignore into donnes values (?, ?)", account.id, when.isoformat())
    row = base.row("select quand from donnes where compte = ?", account.id)
    since = datetime.fromisoformat(row["quand"]) if row else when
    return since + timedelta(days=settings.premier_mot_de_passe_jours) <= when


def note_use(base: Base, account: Account, when: datetime) -> None:
    base.run("update comptes set vu = ? where id = ?", when.isoformat(), account.id)


def close_unused(
    base: Base, settings: PortalSettings, when: datetime, tell: Callable[[Account], None]
) -> list[Account]:
    """Close the accounts that nobody used for so long; `tell` notes each before it is closed.

    Of the administrators one stays open, the last to have come: somebody must open the others again.
    """
    if not _is_any_unused(base, when - timedelta(days=settings.inutilise_jours)):
        return []
    begin_terms(base, when)
    active = [account for account in list_accounts(base) if account.active]
    unused = [account for account in active if closes_at(account, settings) <= when]
    administrators = [a for a in active if Role.ADMINISTRATOR in a.roles]
    kept = max(administrators, key=lambda a: (a.used or when, -a.id), default=None)
    closed = [account for account in unused if account != kept]
    for account in closed:
        tell(account)
        set_active(base, account, active=False)
    return closed


def _is_any_unused(base: Base, since: datetime) -> bool:
    """Say whether an open account was not used since, or has no term yet: asked at each sign-in."""
    return bool(base.rows(
        "select 1 from comptes left join echeances on compte = id where actif and"
        " (echeances.vu is null or max(coalesce(comptes.vu, ''), echeances.vu) <= ?) limit 1",
        since.isoformat(),
    ))  # fmt: skip


def list_ending(base: Base, settings: PortalSettings, when: datetime) -> list[Account]:
    """Return the open accounts that end soon, or whose rights have ended, the first to end first."""
    begin_terms(base, when)
    ends = {
        account: min(rights_end(account, settings), closes_at(account, settings))
        for account in list_accounts(base)
        if account.active
    }
    return sorted(
        (account for account, end in ends.items() if end <= when + SOON), key=lambda a: ends[a]
    )
