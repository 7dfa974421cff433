"""Release: a person shows a campaign's lists to the platforms, takes them back, closes them.

    release(sortie, "2027-03", reglages, par="…", quand=…)     preparee → publiee
    withdraw(…), archive(…), situate(…)

Modules: `states` (what leads where), `permissions` (who), `policies` (when), `gates` (what holds a
release back), `parution` (the frozen folder), `counts`, `acts` (the story).
"""

from siei_match.release.acts import Situation, archive, release, situate, withdraw
from siei_match.release.gates import Garde
from siei_match.release.policies import ActRefusedError
from siei_match.release.released import Parution, read_parution, read_parutions
from siei_match.release.states import Acte, ReleaseState

__all__ = [
    "ActRefusedError",
    "Acte",
    "Garde",
    "Parution",
    "ReleaseState",
    "Situation",
    "archive",
    "read_parution",
    "read_parutions",
    "release",
    "situate",
    "withdraw",
]
