"""Release: a person shows a campaign's lists to the platforms, takes them back, closes them.

    release(sortie, "2027-03", reglages, par="…", quand=…)     preparee → publiee
    withdraw(…), archive(…), situate(…)

Modules: `states` (what leads where), `second` and `asking` (two people), `permissions` (who), `policies` (when), `gates` (what holds a
release back), `released` (the frozen folder), `counts`, `acts` (the story), `export/` (one released
list handed out).
"""

from siei_match.release.acts import Situation, archive, release, situate, withdraw
from siei_match.release.asking import ask_release, confirm_release, takes_two
from siei_match.release.foresight import Foresight, foresee
from siei_match.release.policies import ActRefusedError
from siei_match.release.released import Released, read_released, read_releases
from siei_match.release.second import Asked, find_asked, list_asked, of_campaign, refuse_asked
from siei_match.release.states import Act, ReleaseState
from siei_match.stages.publish.gates import Gate

__all__ = [
    "Act",
    "ActRefusedError",
    "Asked",
    "Foresight",
    "Gate",
    "ReleaseState",
    "Released",
    "Situation",
    "archive",
    "ask_release",
    "confirm_release",
    "find_asked",
    "foresee",
    "list_asked",
    "of_campaign",
    "read_released",
    "read_releases",
    "refuse_asked",
    "release",
    "situate",
    "takes_two",
    "withdraw",
]
