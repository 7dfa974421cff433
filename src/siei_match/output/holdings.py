"""Where names may stand in an output folder: declared once, for all that must find them.

Purge, exclusion, the right of access and the search of every byte in the tests go over this
declaration. Whoever writes a new file with a name adds its place here, or the search fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from siei_match.output.folder import LISTS
from siei_match.output.layout import BASES, CAMPAGNES, MEMOIRE, PUBLISHED, STAGING
from siei_match.reference.files import DRAFT

DEPOTS: Final = "depots"
"""In DIR/memoire: what platforms sent to the page and have not confirmed."""
SHOWN_PAIRS: Final = f"{MEMOIRE}/relecture"
"""What clerks see on the page of the pairs in doubt: values of both rows."""


@dataclass(frozen=True)
class Holding:
    """A place where names stand: `place` is a pattern of paths in the output folder.

    `passing`: it lasts as long as something is being done, so whatever removes names removes it
    whole. `content` says to a person what it holds.
    """

    place: str
    content: str
    passing: bool = False


MOVED: Final = "votre entrée sur une liste, ou votre sortie"

HOLDINGS: Final = (
    Holding(f"{CAMPAGNES}/*/{LISTS}/*/mouvements.csv", MOVED),
    Holding(f"{PUBLISHED}/*/{LISTS}/*/mouvements.csv", MOVED),
    Holding(f"{CAMPAGNES}/*/{LISTS}/*", "votre ligne de la liste"),
    Holding(f"{PUBLISHED}/*/{LISTS}/*", "la même, remise à la plateforme"),
    Holding(f"{BASES[1]}*", "vos lignes de listes"),
    Holding(f"{MEMOIRE}/rectifications.parquet", "vos valeurs rectifiées"),
    Holding(
        f"{MEMOIRE}/{DEPOTS}/*",
        "un fichier de réponses déposé sur la page et pas encore confirmé : il peut vous nommer",
        passing=True,
    ),
    Holding(
        f"{SHOWN_PAIRS}/*",
        "vos lignes, montrées à un relecteur parce qu’elles ressemblent à d’autres",
        passing=True,
    ),
    Holding(f"*{DRAFT}", "un fichier en cours d’écriture : il peut vous nommer", passing=True),
    Holding(f"{STAGING}*/*", "un traitement en cours : il peut vous nommer", passing=True),
)


def holding_of(name: str) -> Holding | None:
    """Return the declared place in which a path of the output folder stands, None if in none."""
    return next((held for held in HOLDINGS if fnmatchcase(name, held.place)), None)


def passing_files(sortie: Path) -> Iterator[tuple[str, Holding]]:
    """Give each file that lasts only as long as something is done, but the stagings of runs.

    Those are removed, or taken up, by whoever locks the folder (`staging.remove_leftovers`).
    """
    for path in sorted(sortie.rglob("*")):
        name = path.relative_to(sortie).as_posix()
        held = holding_of(name)
        # The log is written by whoever acts, with no lock on the folder: its drafts are theirs.
        ours = not name.startswith((STAGING, f"{MEMOIRE}/.audit"))
        if held is not None and held.passing and ours and path.is_file():
            yield name, held
