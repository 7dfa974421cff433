"""Put the page together over an output folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

from siei_match.output import MEMOIRE, PreparedCampaign, newest_prepared
from siei_match.output.audit import LogFollower
from siei_match.portal.answers.log import AnswerLog
from siei_match.portal.base import FICHIER, Base, open_base
from siei_match.portal.config import PortalSettings
from siei_match.portal.door.limits import DailyLimit, RateLimit, Thinned
from siei_match.portal.lists.followed import forget_gone
from siei_match.portal.lists.reader import ListReader
from siei_match.portal.signin.accounts import (
    change_password,
    create_account,
    find_account,
    list_accounts,
)
from siei_match.portal.signin.oidc import IdentityProvider
from siei_match.portal.state import Clock, Portal
from siei_match.portal.vault import read_vault
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.reference.settings import Settings
from siei_match.release.permissions import Role

REFUSALS_NOTED: Final = 20
"""Refused sign-ins that are lines of the audit log, of a minute, for each account and for all who have none."""
MARK: Final = "DEMONSTRATION"
"""A file of a folder whose people are all fictive: `make demo` puts it there, nothing else does."""
DEMO: Final[Mapping[str, tuple[str, Role]]] = {
    "coordination@demo.invalid": ("Camille Exemple", Role.COORDINATOR),
    "collegue@demo.invalid": ("Sacha Exemple", Role.COORDINATOR),
    "region@demo.invalid": ("Alix Exemple", Role.REGION),
    "relecture@demo.invalid": ("Robin Exemple", Role.REVIEWER),
    "administration@demo.invalid": ("Dominique Exemple", Role.ADMINISTRATOR),
}


def open_portal(
    sortie: Path,
    settings: PortalSettings,
    gates: Settings,
    *,
    clock: Clock,
    keys: Sequence[bytes] = (),
    demo: str | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Portal:
    """Open the page's memory and the provider.

    Args:
        sortie: the output folder, DIR.
        settings: the page's settings.
        gates: the gates' thresholds, for whoever releases on the page.
        clock: the time, with its time zone.
        keys: the one that seals audit entries, then those that it replaced; none without it.
        demo: make the accounts of a demonstration, of this password.
        transport: how to reach the provider, in tests.

    Raises:
        OutputError: DIR is no output folder, or cannot be written.
        SettingsError: the provider's secret is missing, or a demonstration of a page that people use.
    """
    newest = newest_prepared(sortie)
    if newest is None:
        raise OutputError(
            f"No campaign stands in {sortie}.", remedy="Check --sortie, or run a campaign first."
        )
    # Whoever saw the terminal knows a demonstration's password: its accounts must not outlive it.
    if demo is not None:
        _require_fictive(sortie)
        _require_no_accounts(sortie)
    vault = read_vault(settings.chiffrement_cle, sortie)
    base = open_base(sortie, kept=demo is None, vault=vault)
    base.seal_all()
    if demo is not None:
        _make_demo(base, newest, demo)
    reader = ListReader(sortie)
    forget_gone(
        base,
        (
            one
            for code in reader.publications()
            for one in reader.all_listed(code)["id_signalement"]
        ),
    )
    return Portal(
        sortie=sortie,
        reglages=settings,
        gates=gates,
        base=base,
        clock=clock,
        reader=reader,
        answers=AnswerLog(sortie),
        provider=IdentityProvider(settings, transport) if settings.oidc_emetteur else None,
        sign_ins=RateLimit(settings.connexions_par_minute),
        downloads=RateLimit(settings.telechargements_par_minute),
        deposits=DailyLimit(settings.depots_par_jour),
        refusals=Thinned(REFUSALS_NOTED),
        log=LogFollower(sortie, keys),
        cle=next(iter(keys), None),
        replaced=tuple(keys[1:]),
        demo=demo is not None,
    )


def _require_fictive(sortie: Path) -> None:
    """Refuse a demonstration on a folder that is not marked as one: its lists may be of real people.

    Raises:
        SettingsError: the mark is not there.
    """
    if not (sortie / MARK).is_file():
        raise SettingsError(
            f"{sortie} is not marked as a demonstration: it would show its lists to whoever sees the "
            "terminal.",
            remedy=f"Use --demo on fictive data: `make demo` marks its folder by a file {MARK}. Leave "
            "--demo out to serve this folder.",
        )


def _require_no_accounts(sortie: Path) -> None:
    """Refuse a demonstration on the folder of a page that people use: its lists are of real people.

    Raises:
        SettingsError: somebody opened accounts there.
    """
    if not (sortie / MEMOIRE / FICHIER).exists():
        return
    base = open_base(sortie)
    try:
        if list_accounts(base):
            raise SettingsError(
                f"{sortie} is the folder of a page that has accounts: a demonstration would show its "
                "lists to whoever sees the terminal.",
                remedy="Use --demo on fictive data (`make demo`); leave it out to serve this folder.",
            )
    finally:
        base.close()


def _make_demo(base: Base, newest: PreparedCampaign, password: str) -> None:
    """Make the accounts of the demonstration; the coordinator's has the longest lists."""
    longest = longest_lists(newest)
    for courriel, (name, role) in DEMO.items():
        if find_account(base, courriel=courriel) is None:
            psads = {Role.COORDINATOR: longest, Role.REGION: newest.platforms()}.get(role, ())
            account, _ = create_account(base, courriel, name, [role], psads, local=True)
            change_password(base, account, password)


def longest_lists(campaign: PreparedCampaign, n: int = 2) -> list[str]:
    """Return the platforms with the longest lists of a campaign."""
    sizes = {psad: campaign.list_path(psad, "csv").stat().st_size for psad in campaign.platforms()}
    return sorted(sizes, key=lambda psad: (-sizes[psad], psad))[:n]
