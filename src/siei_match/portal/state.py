"""What the page is made of, given to every request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from siei_match.output import audit
from siei_match.output.audit import Acteur
from siei_match.portal.base import Base
from siei_match.portal.config import ReglagesPortail
from siei_match.portal.door.limits import Limite
from siei_match.portal.lists.reader import Lecteur
from siei_match.portal.signin.oidc import Fournisseur
from siei_match.reference.settings import Settings

Horloge = Callable[[], datetime]


@dataclass(frozen=True)
class Portail:
    """One page over one output folder. Nobody but the command line reads the clock."""

    sortie: Path
    reglages: ReglagesPortail
    gardes: Settings
    base: Base
    horloge: Horloge
    lecteur: Lecteur
    fournisseur: Fournisseur | None
    connexions: Limite
    telechargements: Limite
    cle: bytes | None = None
    """The key that seals audit entries, where this process is given it."""
    demo: str | None = None
    """In demonstration: the password of its accounts, shown on the first page."""

    def acteur(self, par: str) -> Acteur:
        return Acteur(par, self.horloge(), self.cle)

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
            self.acteur(par),
            details=details,
            fichiers=fichiers or {},
        )
