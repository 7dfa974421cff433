"""The command on a declared data set: what its blocking passes miss, and which ones the data suggest."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from siei_match.cli.options import say

if TYPE_CHECKING:
    import polars as pl


def passes(
    declaration: Annotated[
        Path, Parameter(help="The declaration of the data set (docs/declaration.md), a TOML file.")
    ],
    fichiers: Annotated[
        tuple[str, ...],
        Parameter(help="Per source of the declaration: SOURCE=FILE, a CSV or Parquet file."),
    ],
    /,
    *,
    separateur: Annotated[
        str | None,
        Parameter(
            help="What separates the columns of a CSV. Without it, that of ; , tab and | which its first line has most."
        ),
    ] = None,
    graine: Annotated[int, Parameter(help="The seed of the sample.")] = 0,
    paires: Annotated[
        float,
        Parameter(help="Pairs per record that a suggested pass may make.", validator=Number(gt=0)),
    ] = 30.0,
) -> None:
    """Say how many true pairs the passes of a declaration do not bring together, and suggest some.

    A sample of records is compared with all others, without any blocking; limits are those of the sample.
    Writes nothing.

    Example: `siei passes docs/exemples/foyers.toml printemps=printemps.csv automne=automne.csv`
    """
    from siei_match.stages.link import estimate_unmet, read_rows, read_spec, suggest_passes

    spec = read_spec(declaration)
    rows = read_rows(read_sources(fichiers, separateur), spec)
    lines = [f"{rows.height:,} rows of {len(spec.sources)} sources."]
    if spec.file.blocs.passes:
        unmet = estimate_unmet(rows, spec, seed=graine)
        lines.append(
            f"The {len(spec.file.blocs.passes)} declared passes bring about {unmet.met:.0f} true pairs together and miss "
            f"{unmet.expected:.0f} ({unmet.low:.0f} to {unmet.high:.0f}; {unmet.sample} records compared with all)."
        )
    suggested = suggest_passes(rows, spec, most_pairs=paires, seed=graine)
    lines.append(f"{len(suggested)} passes that the data suggest, the most worth first:")
    for one in suggested:
        key = ", ".join(f'"{part}"' for part in one.key)
        lines += [
            "[[blocs.passes]]",
            f'nom = "{"_".join(one.key).replace(":", "_")}"',
            f"cle = [{key}]  # {one.pairs:,} pairs; with those above, {one.together:.1%} of the likely pairs",
        ]
    say(lines)


def separator_of(path: Path) -> str:
    """Return what separates the columns of a CSV by its first line."""
    from siei_match.stages.extract.headings import cut_heading

    with path.open(encoding="utf-8", errors="replace") as file:
        return cut_heading(file.readline())[0]


def read_sources(files: tuple[str, ...], separator: str | None) -> "dict[str, pl.DataFrame]":
    """Return the files of a data set by their source, all columns as text where they are CSV.

    Raises:
        SettingsError: an argument is not SOURCE=FILE; DeliveryError: a file cannot be read.
    """
    import polars as pl

    from siei_match.reference.errors import DeliveryError, SettingsError

    found: dict[str, pl.DataFrame] = {}
    for told in files:
        source, sign, name = told.partition("=")
        if not sign or not source or not name:
            raise SettingsError(
                "A file is given without its source.",
                remedy="Write SOURCE=FILE, as printemps=a.csv.",
            )
        path = Path(name)
        try:
            found[source] = (
                pl.read_parquet(path, glob=False)
                if path.suffix == ".parquet"
                else pl.read_csv(
                    path,
                    separator=separator or separator_of(path),
                    infer_schema=False,
                    glob=False,
                )
            )
        except (OSError, pl.exceptions.PolarsError):
            raise DeliveryError(
                f"{path.name} cannot be read as a table.",
                remedy="Give a CSV (--separateur) or a Parquet file.",
            ) from None
    return found
