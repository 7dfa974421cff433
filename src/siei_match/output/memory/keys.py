"""Under which secret keys people are known, and which were forgotten on purpose.

DIR/memoire/cles.json      names of keys, never a key
"""

import json
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output.audit import Actor
from siei_match.output.layout import MEMOIRE
from siei_match.output.placing import placing
from siei_match.output.prepared import newest_prepared
from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, dump_json, write_text

FORGOTTEN: Final = Path(MEMOIRE) / "cles.json"


def read_known(sortie: Path) -> pl.DataFrame:
    """Return `id_personne`, `cle`: under which keys the newest register knows each person.

    Raises:
        OutputError: the register cannot be read.
    """
    campaign = newest_prepared(sortie)
    if campaign is None:
        return pl.DataFrame(schema={"id_personne": pl.String, "cle": pl.String})
    register = campaign.table("registre")
    return register.select("id_personne", pl.col("cle").cast(pl.String)).unique()


def read_forgotten(sortie: Path) -> frozenset[str]:
    """Return the names of the keys that somebody said are gone for good.

    Raises:
        OutputError: the file is damaged.
    """
    path = sortie / FORGOTTEN
    try:
        told = json.loads(path.read_text("utf-8"))
        return frozenset(str(name) for name in told["oubliees"])
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, KeyError, TypeError):
        raise OutputError(
            f"{path} is damaged or not yours to read.",
            remedy="Restore it from a back-up, or remove it and forget the keys again.",
        ) from None


def note_forgotten(sortie: Path, name: str, actor: Actor, lost: dict[str, int]) -> None:
    """Note that a key is gone for good, and what is lost with it, in counts.

    Raises:
        OutputError: the disk or the audit log refuses.
    """
    path = sortie / FORGOTTEN
    names = sorted({*read_forgotten(sortie), name})
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    details: dict[str, str | int] = {"oubliee": name, **lost}
    with placing(sortie, "cle", actor, folder=path.parent, details=details) as drafts:
        write_text(drafts.add(path, FORGOTTEN.as_posix()), dump_json({"oubliees": names}), PRIVATE)
