"""Who was one person last time: what the register of the last campaign tells a linkage."""

from functools import partial

import polars as pl

from siei_match.campaign.earlier import ask_register
from siei_match.campaign.worksite import Worksite
from siei_match.output import newest_prepared, prepared_campaigns
from siei_match.reference.settings import load_keys
from siei_match.stages.identify.fingerprints import TRAITS
from siei_match.stages.identify.recalling import recall
from siei_match.stages.link.model.model import to_bits
from siei_match.stages.link.people.held import Before


def recall_people(worksite: Worksite, code: str) -> Before | None:
    """Return whose rows were whose last time; None for the first campaign of a folder.

    A campaign that is run again remembers its own last run, to which the campaign before it gave its memory.
    """
    sortie = worksite.staging.sortie
    last = prepared_campaigns(sortie).get(code) or newest_prepared(sortie, code)
    if last is None:
        return None

    def whose(rids: pl.Series) -> pl.DataFrame:
        traits = worksite.read_rows("traits", pl.DataFrame([rids.alias("rid")]), "rid", *TRAITS)
        return recall(traits, partial(ask_register, last), load_keys(worksite.reglages))

    return Before(recall=whose, keep_bits=to_bits(worksite.reglages.seuil_maintien))
