"""Accounts from the command line: the first administrator's, and whoever has no administrator left."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from siei_match.output import audit
from siei_match.output.audit import Actor
from siei_match.portal.administration.withheld import has_enough, withhold
from siei_match.portal.base import open_base
from siei_match.portal.signin import terms
from siei_match.portal.signin.accounts import (
    AccountRefusedError,
    create_account,
    find_account,
    set_active,
    set_rights,
)
from siei_match.reference.errors import SettingsError
from siei_match.reference.settings import Settings
from siei_match.release.second import Matter, ask


@dataclass(frozen=True)
class Opened:
    """What became of an account."""

    password: str | None
    """Its first one, where it is local and new."""
    waits: bool
    """An administrator of the page is to confirm that it is one's too."""


def open_account(
    sortie: Path,
    courriel: str,
    name: str,
    roles: Sequence[str],
    psads: Sequence[str],
    *,
    local: bool,
    actor: Actor,
    settings: Settings,
    renew: bool = False,
    seat: str = "",
) -> Opened:
    """Open an account, or with `renew` give one that stands these rights for another year.

    Where a new administrator takes two people, the role is asked for once two stand; the first two are
    opened by this command alone.

    Raises:
        SettingsError: what was asked makes no sense.
        OutputError: the page's memory or the audit log cannot be written.
    """
    base = open_base(sortie)
    try:
        audit.require_writable(sortie)
        standing = find_account(base, courriel=courriel) if renew else None
        if renew and standing is None:
            raise AccountRefusedError("Aucun compte n'a cette adresse.")
        current = standing.roles if standing and standing.active else frozenset()
        now, waits = withhold(settings, roles, current) if has_enough(base) else (roles, False)
        if standing is None:
            account, password = create_account(base, courriel, name, now, psads, local=local)
        else:
            account, password = set_rights(base, standing, now, psads), None
        details: dict[str, str | int] = {
            "geste": "revue" if renew else "creation", "compte": account.id,
            "roles": " ".join(sorted(account.roles)),
        }  # fmt: skip
        audit.append(sortie, "compte", actor, details=details, fichiers={})
        set_active(base, account, active=True)
        terms.renew(base, account, actor.quand)
        if password is not None:
            terms.begin_given(base, account, actor.quand)
        if waits:
            number = str(account.id)
            ask(sortie, Matter.ADMINISTRATOR, number, actor, seat=seat)
    except AccountRefusedError as refusal:
        raise SettingsError(str(refusal), remedy="Correct it, and try again.") from None
    finally:
        base.close()
    return Opened(password, waits)
