"""Do one command in this process and kill it at its n-th change of the file system.

    python bench/recovery_crash.py run|release|purge CAMPAGNE_DIR SORTIE N

With N = -1 nothing is killed, and the number of changes is printed.
"""

import os
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from siei_match import release
from siei_match.campaign.story import run_campaign
from siei_match.output.audit import Actor
from siei_match.reference.settings import Settings, load_key
from siei_match.retention import purge_campaigns

DAY = datetime(2027, 3, 16, 8, 30, tzinfo=UTC)
CHANGES = frozenset("os.rename os.mkdir os.remove os.rmdir os.link os.chmod os.truncate".split())
WRITES = os.O_WRONLY | os.O_RDWR


def who() -> Actor:
    """Return who acts, with the key: a sealed log takes no entry without it."""
    return Actor("exploitant", DAY, load_key(Settings()))


class Counter:
    """Python tells every change before it is made."""

    def __init__(self, sortie: str, at: int) -> None:
        self.sortie, self.at, self.count = sortie, at, 0

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
        if event in CHANGES or (opened and self.sortie in str(arguments[0])):
            if self.count == self.at:
                os.kill(os.getpid(), signal.SIGKILL)
            self.count += 1


def act_on(sortie: Path, code: str) -> None:
    """Release a campaign over the gates that hold it."""
    held = [g.nom for g in release.situate(sortie, code, Settings()).gates if g.held]
    malgre = dict.fromkeys(held, "essai de reprise après une panne")
    release.release(sortie, code, Settings(), actor=who(), despite=malgre)


def main() -> None:
    command, dossier, sortie, at = sys.argv[1:]
    counter = Counter(sortie, int(at))
    sys.addaudithook(counter.hear)
    if command == "run":
        run_campaign(Path(dossier), Path(sortie), Settings(delai_entree=30), actor=who())
    elif command == "purge":
        purge_campaigns(Path(sortie), date(2027, 1, 1), who())
    else:
        act_on(Path(sortie), Path(dossier).name)
    print(counter.count)


if __name__ == "__main__":
    main()
