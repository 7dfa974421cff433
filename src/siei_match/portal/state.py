"""What the page is made of, given to every request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from siei_match.output import audit
from siei_match.output.audit import Actor, LogFollower
from siei_match.portal.answers.log import AnswerLog
from siei_match.portal.base import Base
from siei_match.portal.config import PortalSettings
from siei_match.portal.door.limits import DailyLimit, RateLimit, Thinned
from siei_match.portal.lists.keeping import Kept
from siei_match.portal.lists.reader import ListReader
from siei_match.portal.signin.oidc import IdentityProvider
from siei_match.reference.settings import Settings

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Portal:
    """One page over one output folder. Nobody but the command line reads the clock."""

    sortie: Path
    reglages: PortalSettings
    gates: Settings
    base: Base
    clock: Clock
    reader: ListReader
    answers: AnswerLog
    provider: IdentityProvider | None
    sign_ins: RateLimit
    downloads: RateLimit
    deposits: DailyLimit
    refusals: Thinned
    """How many refused sign-ins are lines of the audit log: anybody makes as many as they like."""
    log: LogFollower
    cle: bytes | None = None
    """The key that seals audit entries, where this process is given it."""
    replaced: tuple[bytes, ...] = ()
    """The keys before it: lines of the log may be sealed by them."""
    demo: bool = False
    """In demonstration: the first page names its accounts; the terminal has their password."""
    sending: set[int] = field(default_factory=set)
    """Accounts of which a file is being read."""

    worked: Kept[pl.DataFrame] = field(default_factory=Kept)
    """Lists with how far their platforms are (`Desk`), until either changes."""

    def forget_gone(self) -> None:
        """Keep no name in memory of a list that was withdrawn, archived or made anew."""
        self.worked.keep_only(self.reader.forget_gone())

    def actor(self, par: str) -> Actor:
        return Actor(par, self.clock(), self.cle, self.replaced, self.gates.ancre_audit)

    def note_refusal(self, par: str, details: dict[str, str | int]) -> None:
        """Note a refused sign-in; of many in a minute, how many more there were."""
        untold = self.refusals.take(par, self.clock())
        if untold is not None:
            more: dict[str, str | int] = {"non_notees": untold} if untold else {}
            self.note("connexion", par, details | more)

    def note(
        self,
        acte: str,
        par: str,
        details: dict[str, str | int],
        fichiers: dict[str, str] | None = None,
    ) -> None:
        """Write an entry in the audit log; what it tells of may happen only after that."""
        audit.append(
            self.sortie,
            acte,
            self.actor(par),
            details=details,
            fichiers=fichiers or {},
        )
