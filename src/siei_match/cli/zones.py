"""The commands on a territory: what its tables leave out, and who would move."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from siei_match.cli.options import DONE, FAILED, say

if TYPE_CHECKING:
    from siei_match.campaign.zones import Redrawing, Territory

SHOWN = 10
app = App(
    name="zones",
    help="Look at the platforms' territory before it is used.\n\n"
    "Example: `siei zones check zones --day 2026-10-15 --sortie out`",
)

Day = Annotated[
    date, Parameter(name="--day", help="The day of observation: rows in force on it are read.")
]
Lists = Annotated[
    Path | None, Parameter(name="--sortie", help="An output folder: people of its last campaign.")
]


@app.command
def check(
    dossier: Annotated[Path, Parameter(help="The folder with psad.csv and psad_communes.csv.")],
    /,
    *,
    day: Day,
    sortie: Lists = None,
) -> int:
    """Check a territory: every commune in one zone, gaps, neighbours, sizes.

    Ends with 1 where a commune of today is in no zone, or where a run would refuse the tables. A
    commune none of whose postal neighbours is of its zone is told: it may be right.

    Example: `siei zones check zones --day 2026-10-15 --sortie out`
    """
    from siei_match.campaign.zones import check_zones

    found = check_zones(dossier, day, sortie)
    say(tell_territory(found))
    return FAILED if found.gaps.height else DONE


@app.command
def compare(
    before: Annotated[Path, Parameter(help="A folder of zones.")],
    after: Annotated[Path, Parameter(help="Another.")],
    /,
    *,
    day: Day,
    sortie: Lists = None,
) -> int:
    """Say who would move if one territory took another's place: communes, population, young people listed.

    Counts alone; of 1 to 4 young people no count is told, nor what would give it back.

    Example: `siei zones compare zones-2026 zones-2027 --day 2027-03-15 --sortie out`
    """
    from siei_match.campaign.zones import compare_zones

    say(tell_redrawing(compare_zones(before, after, day, sortie)))
    return DONE


def tell_territory(found: "Territory") -> list[str]:
    """Return what is shown of a territory."""
    sizes = found.sizes
    chosen = sizes.head(3).extend(sizes.tail(3)) if sizes.height > 6 else sizes
    listed = f", listed in {found.campaign}" if found.campaign else ""
    return [
        f"{found.zones} platforms, {found.communes:,} communes, {found.split} of them split by postal code.",
        f"  gaps        {found.gaps.height:,} communes of today are in no zone"
        + _name(found.gaps.select("code", "nom").rows()),
        f"  neighbours  {found.alone.height:,} communes are apart from all that share a postal code"
        + _name(found.alone.rows()),
        f"  sizes       smallest and largest: communes, inhabitants{listed}",
        *(
            f"    {psad:<20}{communes:>7,}{people:>12,}"
            + ("" if told is None else f"{count:>9,}" if told else f"{'hidden':>9}")
            for psad, communes, people, count, told in chosen.iter_rows()
        ),
    ]


def tell_redrawing(found: "Redrawing") -> list[str]:
    """Return what is shown of a territory that would replace another."""
    from siei_match.campaign.zones import hide_small

    moves = found.moves
    if moves.is_empty():
        return ["Nothing moves."]
    whose = f"young people listed in {found.campaign}" if found.campaign else "no campaign given"
    total = int(moves["listed"].sum())
    return [
        f"{moves['communes'].sum():,} communes would move, {moves['population'].sum():,} inhabitants, "
        f"{hide_small(total)} {whose}.",
        f"  {'from':<20}{'to':<20}{'communes':>9}{'inhabitants':>13}{'listed':>8}",
        *(
            f"  {old:<20}{new:<20}{communes:>9,}{people:>13,}{'hidden' if hidden else f'{count:,}':>8}"
            for old, new, communes, people, count, hidden in moves.iter_rows()
        ),
        f"  {hide_small(found.unplaced)} whose address names no commune stay where they are listed.",
    ]


def _name(rows: list[tuple[str, ...]]) -> str:
    told = "; ".join(" ".join(row) for row in rows[:SHOWN])
    more = f"; and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return f": {told}{more}." if rows else "."
