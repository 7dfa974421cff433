"""The administrator's role, withheld until a second administrator confirms it."""

from collections.abc import Iterable

from siei_match.portal.base import Base
from siei_match.portal.door.visit import Visit
from siei_match.portal.signin.accounts import Account, list_accounts
from siei_match.reference.settings import Settings
from siei_match.release.permissions import Role
from siei_match.release.second import Matter, ask

FEW = 2
"""Administrators without whom nobody could confirm: up to then the command line opens them alone."""


def withhold(
    settings: Settings, roles: Iterable[str], current: frozenset[str]
) -> tuple[list[str], bool]:
    """Return the roles that may be given now, and whether the administrator's is to be asked for."""
    asked = list(roles)
    two = Matter.ADMINISTRATOR in (settings.deux_personnes or ())
    new = Role.ADMINISTRATOR in asked and Role.ADMINISTRATOR not in current
    if not (two and new):
        return asked, False
    return [role for role in asked if role != Role.ADMINISTRATOR], True


def ask_administrator(visit: Visit, target: Account) -> None:
    """Ask that an account be an administrator's; another administrator confirms."""
    portal = visit.portal
    actor = portal.actor(visit.known.account.courriel)
    ask(portal.sortie, Matter.ADMINISTRATOR, str(target.id), actor)


def has_enough(base: Base) -> bool:
    """Say whether there are administrators who can confirm one another."""
    standing = (a for a in list_accounts(base) if a.active and Role.ADMINISTRATOR in a.roles)
    return sum(1 for _ in standing) >= FEW
