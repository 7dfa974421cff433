"""The values of pairs in doubt, put down for the page, which has no right to the extracts.

    DIR/memoire/relecture/<campagne>.parquet     schemas/tables/valeurs_relecture.json, 0600

Whoever holds the extracts puts them down and takes them away; whatever removes somebody's data
removes the file whole (`output.holdings`).
"""

from pathlib import Path
from typing import Final

import polars as pl

from siei_match.explain.show import clean
from siei_match.explain.values import VALUES
from siei_match.explain.wording import VALUES as LABELS
from siei_match.output import locked, require_prepared
from siei_match.output.audit import Actor
from siei_match.output.holdings import SHOWN_PAIRS
from siei_match.output.placing import placing
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, write_parquet
from siei_match.review.export import name_places, read_blocs
from siei_match.review.pairs import pairs_to_review
from siei_match.review.sheet import NONE, PairBlock, compare

TABLE: Final = "tables/valeurs_relecture"


def show_pairs(
    sortie: Path, campagne: str, dossier: Path, actor: Actor, *, second_clerc: bool = True
) -> int:
    """Put down the values of a campaign's pairs to review; return how many pairs there are.

    Args:
        sortie: the output folder.
        campagne: the campaign's code.
        dossier: its input folder, whose files must be the run's to the byte.
        actor: who does it, noted in the audit log before the file is there.
        second_clerc: what one clerk has said and would alone decide awaits another one: it is shown too.

    Raises:
        OutputError: the campaign is unknown, the folder is locked, or a disk refused.
        DeliveryError: the folder is not the run's.
    """
    prepared = require_prepared(sortie, campagne)
    pairs = pairs_to_review(sortie, campagne, second_clerc=second_clerc)
    places = name_places()
    rows = [row for bloc in read_blocs(prepared, dossier, pairs) for row in _tell(bloc, places)]
    table = conform(pl.DataFrame(rows, schema=declaration(TABLE).polars_schema), TABLE)
    path = place_of(sortie, campagne)
    details: dict[str, str | int] = {"quoi": "valeurs_relecture", "campagne": campagne}
    details["paires"] = pairs.height
    with locked(sortie):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with placing(sortie, "export", actor, folder=path.parent, details=details) as drafts:
            write_parquet(table, drafts.add(path), PRIVATE)
    return pairs.height


def hide_pairs(sortie: Path, campagne: str) -> bool:
    """Take the values of a campaign's pairs away; return whether there were any."""
    path = place_of(sortie, campagne)
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def read_shown(sortie: Path, campagne: str, id_paire: str) -> pl.DataFrame:
    """Return the values of one pair, in their order; no row where nobody put them down.

    Raises:
        OutputError: the file is damaged.
    """
    path = place_of(sortie, campagne)
    if not path.exists():
        return pl.DataFrame(schema=declaration(TABLE).polars_schema)
    try:
        return pl.read_parquet(path, glob=False).filter(id_paire=id_paire).sort("rang")
    except (OSError, pl.exceptions.PolarsError):
        raise OutputError(
            f"{path} is damaged or not yours to read.",
            remedy=f"Put it down again: `siei review show {campagne}`.",
        ) from None


def place_of(sortie: Path, campagne: str) -> Path:
    return sortie / SHOWN_PAIRS / f"{campagne}.parquet"


def _tell(bloc: PairBlock, places: dict[str, str]) -> list[dict[str, object]]:
    """Return a row per trait of which one of the two rows says something."""
    told = []
    for rank, (name, (show, _)) in enumerate(VALUES.items()):
        said = [clean(show(row) or "") if row is not None else "" for row in (bloc.a, bloc.b)]
        if name == "lieu_naissance":
            said = [f"{code} {places[code]}" if code in places else code for code in said]
        if any(said):
            sign = compare(bloc, name)
            told.append({
                "id_paire": bloc.pair["id_paire"], "rang": rank, "trait": LABELS.get(name, name),
                "valeur_a": said[0] or None, "valeur_b": said[1] or None,
                "signe": None if sign == NONE else sign,
            })  # fmt: skip
    return told
