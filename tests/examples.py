"""How many examples a property is tried on: fewer at each `make test`, all in `make test-all`.

Each run draws others, so that the many runs of a day try more than one long run does.
"""

import math

from hypothesis import settings

WHOLE = 100


def register_profiles() -> None:
    """Have "quick" hold, unless `--hypothesis-profile=whole` is given; a busy machine is no fault."""
    settings.register_profile("quick", max_examples=25, deadline=None)
    settings.register_profile("whole", max_examples=WHOLE, deadline=None)
    settings.load_profile("quick")


def examples(whole: int) -> int:
    """Return how many of `whole` examples the profile in force asks for."""
    return math.ceil(whole * settings().max_examples / WHOLE)
