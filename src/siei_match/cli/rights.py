"""The commands that act on a person's data: exclude, take back, put right; and the purge."""

import sys
from datetime import date
from typing import Annotated, Literal

from cyclopts import Parameter

from siei_match.cli.options import Par, SettingsFile, Sortie, name_actor, say
from siei_match.cli.person import app

Identifier = Annotated[str, Parameter(help="An id_personne or an id_signalement.")]
Colonne = Annotated[str, Parameter(help="A column of the lists, e.g. nom_naissance.")]


@app.command
def exclude(
    identifiant: Identifier,
    /,
    *,
    motif: Annotated[Literal["opposition", "erreur", "autre"], Parameter(help="Why.")],
    jusqu_au: Annotated[date, Parameter(help="The last day, AAAA-MM-JJ.")],
    sortie: Sortie,
    par: Par = None,
    reglages: SettingsFile = None,
) -> None:
    """Leave a person out of everything that stands there, at once, and of every run until a day.

    Their rows are counted as rejected (rule personne_exclue). The keyed fingerprints by which
    they are recognised stay: without them they would come back.

    Example: `siei personne exclude ID --motif opposition --jusqu-au 2028-08-31 --sortie out`
    """
    from siei_match.retention import exclude as exclude_person

    effect = exclude_person(sortie, identifiant, motif, jusqu_au, name_actor(par, reglages))
    say([f"{effect.id_personne} is excluded until {jusqu_au}.", _written(effect.campagnes)])


@app.command
def lift(
    identifiant: Identifier, /, *, sortie: Sortie, par: Par = None, reglages: SettingsFile = None
) -> None:
    """End an exclusion: the next run takes the person back. Nothing that stands there changes.

    Example: `siei personne lift ID --sortie out`
    """
    from siei_match.retention import lever as end_exclusion

    effect = end_exclusion(sortie, identifiant, name_actor(par, reglages))
    say([f"{effect.id_personne} is no longer excluded.", "Run a campaign again to take them back."])


@app.command
def rectify(
    identifiant: Identifier,
    /,
    *,
    colonne: Colonne,
    motif: Annotated[str, Parameter(help="Why, without the value.")],
    sortie: Sortie,
    valeur: Annotated[
        str | None,
        Parameter(help="The right value, '' to empty it; left out: a line of the standard input."),
    ] = None,
    par: Par = None,
    reglages: SettingsFile = None,
) -> None:
    """Put a value right on every list, prepared or released, at once, and in every later run.

    A commune is given as its INSEE code, or its name and postal code; it changes the platform from
    the next run on. Without `--valeur` the value stays out of the shell's history.

    Example: `siei personne rectify ID --colonne nom_naissance --motif "faute" --sortie out`
    """
    from siei_match.retention import rectifier as rectify_value

    given = sys.stdin.readline() if valeur is None else valeur
    effect = rectify_value(sortie, identifiant, colonne, given, motif, name_actor(par, reglages))
    say([f"{colonne} of {effect.id_personne} is put right.", _written(effect.campagnes)])


@app.command
def rectifications(
    identifiant: Identifier,
    /,
    *,
    sortie: Sortie,
    withdraw: Annotated[
        str | None, Parameter(help="A column: withdraw its rectification.", negative=())
    ] = None,
    par: Par = None,
    reglages: SettingsFile = None,
) -> None:
    """Show which values of a person were put right, without the values; or withdraw one.

    Example: `siei personne rectifications ID --sortie out`
    """
    from siei_match.retention import list_rectifications
    from siei_match.retention import withdraw as withdraw_rectification

    if withdraw is not None:
        effect = withdraw_rectification(sortie, identifiant, withdraw, name_actor(par, reglages))
        again = "Run a campaign again to show what the extracts say."
        say([f"The rectification of {withdraw} of {effect.id_personne} is withdrawn.", again])
    told = list_rectifications(sortie, identifiant)
    lines = [
        f"  {row['colonne']:<22} {row['decidee_le']}  by {row['par']}  {row['motif']}"
        for row in told.iter_rows(named=True)
    ]
    say([f"{told.height} values put right.", *lines])


def purge(
    *,
    avant: Annotated[date, Parameter(help="Campaigns that observed before this day go.")],
    sortie: Sortie,
    dry_run: Annotated[bool, Parameter(help="Say what would go.", negative=())] = False,
    tout: Annotated[
        bool, Parameter(help="Go on where no campaign would remain.", negative=())
    ] = False,
    par: Par = None,
    reglages: SettingsFile = None,
) -> None:
    """Remove campaigns past their term from every file: folders, databases, copies, memory.

    What can still be counted stays, anonymous: table historique of siei.duckdb. The extracts that
    the providers sent, and lists exported elsewhere, are yours to remove.

    Example: `siei purge --avant 2027-01-01 --sortie out --dry-run`
    """
    from siei_match.retention import purge_campaigns

    told = purge_campaigns(sortie, avant, name_actor(par, reglages), tout=tout, dry_run=dry_run)
    verb = "would go" if dry_run else "are gone"
    lines = [f"Campaigns before {avant}: {', '.join(told.campagnes) or 'none'}."]
    if told.nothing:
        lines.append("Nothing to remove.")
    else:
        lines += [f"  {told.fichiers:>12,} files {verb}"]
        lines += [f"  {count:>12,} rows of {table}" for table, count in told.lignes.items()]
        lines += [f"  {told.personnes:>12,} people of whom nothing is left"]
    if told.unknown:
        lines.append(
            f"Not siei-match's, left as they are: {', '.join(told.unknown)}. Look at them."
        )
    say(lines)


def _written(campagnes: tuple[str, ...]) -> str:
    if not campagnes:
        return "No campaign held it: nothing was written again."
    return f"Written again: {', '.join(campagnes)}, both databases."
