"""The output folder: staging beside what stands there, then everything in place at once.

    DIR/.en-cours-<code>/           one run's staging, its owner's alone (0700)
        travail/                    tables between two stages; never put in place
        campagne/                   becomes DIR/campagnes/<code>/
        siei.duckdb, listes.duckdb  become DIR/siei.duckdb and DIR/listes.duckdb
    DIR/.en-cours-<work>/           a draft of changes to several campaigns (`open_draft`)
    DIR/.journal.json               a placing that has begun; the next start finishes it
    DIR/memoire/                    what outlives campaigns (0700)

Until the journal stands, a run that stops leaves the last state untouched. Once it
stands, everything to place is on the disk: the renames are finished by whoever comes next.
"""

from siei_match.output.executions import EXECUTIONS, note_execution
from siei_match.output.journal import JOURNAL
from siei_match.output.layout import (
    BASES,
    CAMPAGNES,
    CODE,
    MANIFESTE,
    MEMOIRE,
    STAGING,
    Staging,
    newest,
    previous_signalements,
    published_campaigns,
    read_previous,
    read_published,
)
from siei_match.output.lock import LOCK
from siei_match.output.staging import (
    Draft,
    abandon,
    locked,
    open_draft,
    open_staging,
    publish_draft,
    publish_staging,
    remove_leftovers,
)

__all__ = [
    "BASES",
    "CAMPAGNES",
    "CODE",
    "EXECUTIONS",
    "JOURNAL",
    "LOCK",
    "MANIFESTE",
    "MEMOIRE",
    "STAGING",
    "Draft",
    "Staging",
    "abandon",
    "locked",
    "newest",
    "note_execution",
    "open_draft",
    "open_staging",
    "previous_signalements",
    "publish_draft",
    "publish_staging",
    "published_campaigns",
    "read_previous",
    "read_published",
    "remove_leftovers",
]
