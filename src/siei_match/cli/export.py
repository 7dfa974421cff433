"""The command that hands lists out: export."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from siei_match.cli.options import Par, SettingsFile, Sortie, name_actor, say


def export(
    campagne: Annotated[str, Parameter(help="The campaign's code, e.g. 2026-10.")],
    /,
    *,
    psad: Annotated[
        tuple[str, ...],
        Parameter(
            help="One or more platforms' codes, or non_affecte.", consume_multiple=True, negative=()
        ),
    ],
    sortie: Sortie,
    format: Annotated[  # noqa: A002 - the option's name
        Literal["csv", "xlsx", "parquet"],
        Parameter(help="xlsx keeps every code and date as text: the safest for a spreadsheet."),
    ] = "xlsx",
    reponses: Annotated[
        bool, Parameter(help="Add columns for the platform's answers to a workbook.", negative=())
    ] = False,
    vers: Annotated[Path | None, Parameter(help="Where to write; default: here.")] = None,
    encrypt: Annotated[
        str | None,
        Parameter(
            help="Encrypt with age: a public key (age1…), or a TOML file that gives each "
            "platform's. Only the holder of the secret key opens the file."
        ),
    ] = None,
    unreleased: Annotated[
        bool,
        Parameter(
            help="Export what the last run prepared, which nobody released; the log says so.",
            negative=(),
        ),
    ] = False,
    mouvements: Annotated[
        bool,
        Parameter(
            help="Add who entered the list and who left it since the campaign before, and why.",
            negative=(),
        ),
    ] = False,
    par: Par = None,
    reglages: SettingsFile = None,
) -> None:
    """Export a campaign's released lists, one file per platform, yours alone to read.

    They are those that the platforms see. A campaign that nobody released is refused, but with
    `--unreleased`. The audit log notes each file before you get it.

    Example: `siei export 2026-10 --psad PSAD-001-01 --sortie out --format xlsx --reponses`
    """
    from siei_match.release.export import export_list, read_keys

    keys = read_keys(encrypt, psad) if encrypt else {}
    actor = name_actor(par, reglages)
    for code in psad:
        made = export_list(
            sortie,
            campagne,
            code,
            [format],
            vers,
            actor=actor,
            answers=reponses,
            keys=keys.get(code, ()),
            unreleased=unreleased,
            movements=mouvements,
        )
        say([str(path) for path in made])
