"""The commands on a whole campaign: run, check, simulate."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from siei_match.cli.options import (
    DONE,
    FAILED,
    CampagneDir,
    Journal,
    Par,
    SettingsFile,
    Sortie,
    name_actor,
    say,
)


def run(
    campagne_dir: CampagneDir,
    /,
    *,
    sortie: Sortie,
    reglages: SettingsFile = None,
    taux_rejet_max: Annotated[
        float | None,
        Parameter(
            help="Largest share of a file's rows that may be rejected (default 0.02).",
            validator=Number(gte=0, lte=1),
        ),
    ] = None,
    delai_entree: Annotated[
        int | None,
        Parameter(
            help="Days after the observation within which an enrolment counts (default 0).",
            validator=Number(gte=0, lte=365),
        ),
    ] = None,
    resume: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Go on where a run with --resume stopped; if this one stops, keep what is done "
            "(personal data, in a folder of yours alone).",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        Parameter(negative=(), help="Do everything, put nothing in place, and show the counts."),
    ] = False,
    par: Par = None,
    journal: Journal = "texte",
) -> None:
    """Run a whole campaign: from the extracts to one list per platform.

    Everything is prepared beside the output and put in place at the very end: a run that fails,
    or is killed, leaves what stood there as it was. Running again on the same campaign replaces
    it whole. Earlier campaigns in the same output folder give people their identifiers back.

    Example: `siei run sample_data/2026-10 --sortie out`
    """
    from siei_match.campaign.progress import follow
    from siei_match.campaign.story import run_campaign
    from siei_match.campaign.summaries import tell_prepared
    from siei_match.reference.settings import load_settings

    progress = follow(journal)
    settings = load_settings(reglages, taux_rejet_max=taux_rejet_max, delai_entree=delai_entree)
    actor = name_actor(par, sealed=False)
    prepared = run_campaign(
        campagne_dir,
        sortie,
        settings,
        progress=progress,
        actor=actor,
        resume=resume,
        dry=dry_run,
    )
    say(tell_prepared(prepared))


def check(
    campagne_dir: CampagneDir, /, *, reglages: SettingsFile = None, journal: Journal = "texte"
) -> int:
    """Validate a delivery without running it: what would be rejected, and why.

    Prints, per file, the rows read, valid and rejected, then how often each rule was broken, then
    what is implausible: columns that decide, school years, volumes.
    Writes nothing. Exit code 1 when `siei run` would stop on this delivery.

    Example: `siei check sample_data/2026-10`
    """
    from siei_match.campaign.progress import follow
    from siei_match.campaign.story import check_delivery
    from siei_match.campaign.summaries import tell_checked
    from siei_match.reference.settings import load_settings

    progress = follow(journal)
    settings = load_settings(reglages)
    checked = check_delivery(campagne_dir, settings, progress=progress)
    say(tell_checked(checked, settings.taux_rejet_max))
    stops = checked.above(settings.taux_rejet_max) or checked.plausibility.stops
    return FAILED if stops else DONE


def simulate(
    dossier: Annotated[Path, Parameter(help="Where to write: one folder per campaign.")],
    /,
    *,
    personnes: Annotated[
        int, Parameter(help="How many people live there.", validator=Number(gte=100))
    ],
    graine: Annotated[int, Parameter(help="The seed: same seed, same bytes.")],
    campagnes: Annotated[
        tuple[str, ...],
        Parameter(name="--campagne", help="A campaign's code; can be repeated.", negative=()),
    ] = ("2026-10", "2027-03"),
    definition: Annotated[
        Literal["legale", "operationnelle"],
        Parameter(help="Which diploma takes a person off the lists."),
    ] = "legale",
    taux: Annotated[
        Path | None, Parameter(help="A TOML file of error rates; what it leaves out is default.")
    ] = None,
) -> None:
    """Make fictive campaigns, with their truth: the same people in successive deliveries.

    Names and communes are real ones drawn at random; nobody is. `verite/` says which row is which
    person and who left, so that a run can be scored.

    Example: `siei simulate /tmp/france --personnes 3000 --graine 1`
    """
    from siei_match.simulate import SimulatedRates
    from siei_match.simulate import simulate as simulate_france

    rates = SimulatedRates.from_toml(taux) if taux else SimulatedRates()
    made = simulate_france(dossier, personnes, graine, rates, campagnes, definition)
    say(
        [
            f"{made.personnes} fictive people, {made.lignes} rows.",
            *(f"  {code:<10} {path}" for code, path in made.campagnes.items()),
            f"  {'truth':<10} {made.truth}",
        ]
    )
