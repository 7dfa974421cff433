"""Who may do what: roles and what each allows. In which state it is possible: `policies`.

Nothing is allowed that does not stand here. An administrator releases lists without reading them:
only who coordinates a platform downloads its list; who steers a region sees counts.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What an account is for; one account may have several."""

    COORDINATOR = "coordonnateur"
    REVIEWER = "relecteur"
    REGION = "region"
    ADMINISTRATOR = "administrateur"


class Permission(StrEnum):
    """What a page or a command asks for."""

    SEE_LISTS = "voir_listes"
    """Counts of one's own platforms."""
    DOWNLOAD = "telecharger"
    """The list, which names people."""
    ANSWER = "repondre"
    SEE_PROGRESS = "voir_avancement"
    """How far the platforms of one's territory are: counts, the small ones hidden."""
    REVIEW = "relire"
    PUBLISH = "publier"
    """Release, withdraw, archive."""
    MANAGE_ACCOUNTS = "gerer_comptes"
    SEE_AUDIT = "voir_audit"


RIGHTS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.COORDINATOR: frozenset({Permission.SEE_LISTS, Permission.DOWNLOAD, Permission.ANSWER}),
    Role.REVIEWER: frozenset({Permission.REVIEW}),
    Role.REGION: frozenset({Permission.SEE_PROGRESS}),
    Role.ADMINISTRATOR: frozenset(
        {Permission.PUBLISH, Permission.MANAGE_ACCOUNTS, Permission.SEE_AUDIT}
    ),
}


def permits(roles: Iterable[str], permission: Permission) -> bool:
    """Say whether one of these roles has the permission; an unknown role has none."""
    known = {str(role): rights for role, rights in RIGHTS.items()}
    return any(permission in known.get(str(role), frozenset()) for role in roles)
