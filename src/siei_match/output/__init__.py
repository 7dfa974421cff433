"""The output folder: staging beside what stands there, then everything in place at once.

    DIR/.en-cours-<code>/           one run's staging, its owner's alone (0700)
        travail/                    tables between two stages; they never leave it
        parts/                      what parts of a stage gave, with processes or Dask; so does scratch/
        campagne/                   becomes DIR/campagnes/<code>/
        siei.duckdb, listes.duckdb  become DIR/siei.duckdb and DIR/listes.duckdb
    DIR/.en-cours-<work>/           a draft of changes to several campaigns (`open_draft`)
    DIR/.journal.json               a placing that has begun; the next start finishes it
    DIR/memoire/                    what outlives campaigns (0700)

Until the journal stands, a run that stops leaves what stood in place untouched. Once it
stands, everything to place is on the disk: the renames are finished by whoever comes next.
"""

from siei_match.output.executions import EXECUTIONS, note_execution
from siei_match.output.folder import (
    MANIFESTE,
    CampaignFolder,
    contacts_name,
    is_list,
    list_name,
    movements_name,
    read_table,
)
from siei_match.output.journal import JOURNAL
from siei_match.output.layout import (
    BASES,
    BEFORE,
    CAMPAGNES,
    CODE,
    MEMOIRE,
    PUBLISHED,
    STAGING,
    Staging,
)
from siei_match.output.lock import LOCK
from siei_match.output.prepared import (
    PreparedCampaign,
    newest_prepared,
    prepared_campaigns,
    read_earlier,
    released_folder,
    require_prepared,
)
from siei_match.output.staging import (
    Draft,
    abandon,
    is_preparing,
    locked,
    open_draft,
    open_staging,
    place_draft,
    place_staging,
    remove_leftovers,
)
from siei_match.output.standing import mark_placed, placed

__all__ = [
    "BASES",
    "BEFORE",
    "CAMPAGNES",
    "CODE",
    "EXECUTIONS",
    "JOURNAL",
    "LOCK",
    "MANIFESTE",
    "MEMOIRE",
    "PUBLISHED",
    "STAGING",
    "CampaignFolder",
    "Draft",
    "PreparedCampaign",
    "Staging",
    "abandon",
    "contacts_name",
    "is_list",
    "is_preparing",
    "list_name",
    "locked",
    "mark_placed",
    "movements_name",
    "newest_prepared",
    "note_execution",
    "open_draft",
    "open_staging",
    "place_draft",
    "place_staging",
    "placed",
    "prepared_campaigns",
    "read_earlier",
    "read_table",
    "released_folder",
    "remove_leftovers",
    "require_prepared",
]
