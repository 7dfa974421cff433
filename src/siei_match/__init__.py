"""siei-match: who left school without a diploma, found across four administrations."""

import os

__version__ = "0.1.0"

# polars keeps what it frees for itself, for good: a national run held twice what it used. Whoever
# says otherwise in the environment is heard; once polars is loaded this says nothing any more.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF", "background_thread:true,dirty_decay_ms:500,muzzy_decay_ms:0"
)
