"""The command that a timer asks, apart from what runs campaigns: did the expected run take place?"""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import Parameter

from siei_match.cli.options import Sortie, say

PARIS = ZoneInfo("Europe/Paris")


def expected(
    campagne: Annotated[
        str | None, Parameter(help="The campaign's code; by default this month's, in Paris.")
    ] = None,
    /,
    *,
    sortie: Sortie,
) -> None:
    """Say whether a campaign that should have run by now is there; exit code 1 where it is not.

    A scheduler that is down tells nobody. Ask from something else, a day after the run was due: a
    systemd timer or a crontab that writes a mail when this fails (docs/exploitation.md).

    Example: `siei expected 2026-10 --sortie out`
    """
    from siei_match.output import require_prepared
    from siei_match.release.released import read_released

    code = campagne or f"{datetime.now(PARIS):%Y-%m}"
    require_prepared(sortie, code)
    standing = read_released(sortie, code)
    say(
        [
            f"Campaign {code} is {standing.etat if standing else 'prepared, and waits for its release'}."
        ]
    )
