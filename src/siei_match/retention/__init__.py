"""What leaves, and what is put right, in every file that stands there.

    purger(sortie, avant, acteur)                  campaigns past their term leave every file
    exclure(…), lever(…), rectifier(…), retirer(…) a person's rights, at once and in later runs

Modules: `folder` (one campaign's folder), `released` (the copy that platforms see), `rewrite` (all
of them and both databases, as one whole), `historique` (what may still be counted), `purge`,
`rights`, `values` (what a rectified value may be). Each act is audited just before it takes place.
"""

from siei_match.retention.folder import Modification
from siei_match.retention.purge import Purge, purge_campaigns
from siei_match.retention.rewrite import rewrite
from siei_match.retention.rights import (
    Effect,
    exclude,
    lever,
    list_rectifications,
    rectifier,
    withdraw,
)

__all__ = [
    "Effect",
    "Modification",
    "Purge",
    "exclude",
    "lever",
    "list_rectifications",
    "purge_campaigns",
    "rectifier",
    "rewrite",
    "withdraw",
]
