"""The command that hands out what siei.duckdb hides."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from siei_match.cli.options import Par, SettingsFile, Sortie, name_actor, say


def detail(
    *,
    sortie: Sortie,
    vers: Annotated[Path, Parameter(help="The DuckDB file to write, readable by you alone.")],
    motif: Annotated[str, Parameter(help="Why, for the audit log.")],
    par: Par = None,
    reglages: SettingsFile = None,
) -> None:
    """Write decisions and outcomes with every school, training, age and day: for who is entitled.

    siei.duckdb shows these only where enough people share them (setting `grossierete`): most people are alone of their
    school, age and training. Who took the file, when and why stands in the audit log.

    Example: `siei detail --sortie out --vers detail.duckdb --motif "étude 12, convention du 3 mars"`
    """
    from siei_match.release.detail import write_detail

    count = write_detail(sortie, vers, name_actor(par, reglages), motif)
    say([f"{count} campaigns in detail; noted in the audit log.", f"  {vers}"])
