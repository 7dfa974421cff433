"""Who may do what: roles and what each allows. In which state it is possible: `policies`.

Nothing is allowed that does not stand here. An administrator releases lists without reading them:
only who coordinates a platform downloads its list.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What an account is for; one account may have several."""

    COORDONNATEUR = "coordonnateur"
    RELECTEUR = "relecteur"
    ADMINISTRATEUR = "administrateur"


class Permission(StrEnum):
    """What a page or a command asks for."""

    VOIR_LISTES = "voir_listes"
    """Counts of one's own platforms."""
    TELECHARGER = "telecharger"
    """The list, which names people."""
    REPONDRE = "repondre"
    RELIRE = "relire"
    PUBLIER = "publier"
    """Release, withdraw, archive."""
    GERER_COMPTES = "gerer_comptes"
    VOIR_AUDIT = "voir_audit"


DROITS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.COORDONNATEUR: frozenset(
        {Permission.VOIR_LISTES, Permission.TELECHARGER, Permission.REPONDRE}
    ),
    Role.RELECTEUR: frozenset({Permission.RELIRE}),
    Role.ADMINISTRATEUR: frozenset(
        {Permission.PUBLIER, Permission.GERER_COMPTES, Permission.VOIR_AUDIT}
    ),
}


def permits(roles: Iterable[str], permission: Permission) -> bool:
    """Say whether one of these roles has the permission; an unknown role has none."""
    known = {str(role): droits for role, droits in DROITS.items()}
    return any(permission in known.get(str(role), frozenset()) for role in roles)
