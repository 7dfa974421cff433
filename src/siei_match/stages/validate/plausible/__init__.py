"""Plausible: whether a delivery is what its providers usually send, from counts alone.

`tally` counts one file, `counted` puts the files of a school year together; `columns`, `years`,
`spread` and `seen_again` judge, `judging` asks them all. Limits are wide: they stop what is broken.
"""

from siei_match.stages.validate.plausible.judging import Plausibility, judge, require_plausible
from siei_match.stages.validate.plausible.tally import FileCounter

__all__ = ["FileCounter", "Plausibility", "judge", "require_plausible"]
