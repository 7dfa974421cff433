"""The command that writes a campagne.toml from a folder of extracts."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from siei_match.cli.options import say


def prepare(
    dossier: Annotated[Path, Parameter(help="The folder of the extracts, as they were delivered.")],
    /,
    *,
    code: Annotated[
        str | None, Parameter(help="The campaign's code; default: the folder's name.")
    ] = None,
    date_observation: Annotated[
        str | None,
        Parameter(help="The day of observation, AAAA-MM-JJ; default: the 15th, to confirm."),
    ] = None,
    date_extraction: Annotated[
        str | None,
        Parameter(
            help="The day on which all files were extracted, AAAA-MM-JJ; default: a question."
        ),
    ] = None,
    definition: Annotated[
        Literal["legale", "operationnelle"],
        Parameter(help="Which diploma takes a person off the lists."),
    ] = "legale",
    overwrite: Annotated[
        bool, Parameter(help="Replace a campagne.toml that is there.", negative=())
    ] = False,
) -> None:
    """Write campagne.toml from a folder: extract, year, encoding, rows and SHA-256 of each file.

    What the files do not tell is a question, in French, that `siei check` refuses until somebody
    has answered it. Nothing else in the folder is touched.

    Example: `siei prepare livraisons/2026-10 --date-extraction 2026-10-10`
    """
    from siei_match.campaign.preparation import Given, prepare_delivery
    from siei_match.campaign.summaries import tell_declared

    given = Given(
        code=code,
        date_observation=read_day(date_observation, "--date-observation"),
        date_extraction=read_day(date_extraction, "--date-extraction"),
        definition=definition,
    )
    say(tell_declared(prepare_delivery(dossier, given, overwrite=overwrite)))


def read_day(text: str | None, option: str) -> date | None:
    """Return the day that an option says.

    Raises:
        SettingsError: it is no day.
    """
    from siei_match.reference.errors import SettingsError

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise SettingsError(f"{option} is no day.", remedy="Write it as AAAA-MM-JJ.") from None
