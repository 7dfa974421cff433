"""The commands on a whole campaign: run, check, simulate."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from siei_match.cli.failing import tell_failure
from siei_match.cli.options import (
    DONE,
    FAILED,
    CampagneDir,
    Engine,
    Journal,
    Memory,
    Par,
    Scheduler,
    SettingsFile,
    Sortie,
    name_actor,
    say,
)
from siei_match.cli.releases import tell_awaited_gates
from siei_match.reference.errors import DeliveryError


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
    replace: Annotated[
        bool,
        Parameter(
            negative=(), help="Run other inputs under the code of a campaign that is released."
        ),
    ] = False,
    moteur: Engine = "threads",
    ordonnanceur: Scheduler = None,
    memoire: Memory = None,
    par: Par = None,
    journal: Journal = "texte",
) -> None:
    """Run a whole campaign: from the extracts to one list per platform.

    Everything is prepared beside the output and put in place at the very end: a run that fails,
    or is killed, leaves what stood there as it was. Running again on the same campaign replaces
    it whole; once it is released, other inputs under its code are refused without `--replace`.
    Earlier campaigns in the same output folder give people their identifiers back.

    Example: `siei run sample_data/2026-10 --sortie out`
    """
    from siei_match.campaign.progress import follow
    from siei_match.campaign.story import run_campaign
    from siei_match.campaign.summaries import tell_prepared
    from siei_match.reference.engines import EngineChoice, read_memory
    from siei_match.reference.settings import load_settings

    progress = follow(journal)
    settings = load_settings(reglages, taux_rejet_max=taux_rejet_max, delai_entree=delai_entree)
    actor = name_actor(par, sealed=False)
    try:
        prepared = run_campaign(
            campagne_dir,
            sortie,
            settings,
            progress=progress,
            actor=actor,
            resume=resume,
            dry=dry_run,
            replace=replace,
            engine=EngineChoice(moteur, ordonnanceur, read_memory(memoire)),
        )
    except DeliveryError as refused:
        raise point_to_check(refused, campagne_dir) from None
    gates = [] if dry_run else tell_awaited_gates(sortie, prepared.code, settings)
    say([*tell_prepared(prepared), *gates])


def point_to_check(refused: DeliveryError, campagne_dir: Path) -> DeliveryError:
    """Say in the remedy of a refused delivery how to see all that is wrong with it."""
    if refused.found or refused.code != refused.CODE:
        refused.remedy += (
            f" `siei check {campagne_dir} --sheets FOLDER` reads every file and writes what each "
            "provider has to correct."
        )
    return refused


def refresh(
    dossiers: Annotated[
        tuple[Path, ...],
        Parameter(help="Folders of deliveries, where they are no longer where they were read."),
    ] = (),
    /,
    *,
    sortie: Sortie,
    reglages: SettingsFile = None,
    dry_run: Annotated[
        bool, Parameter(negative=(), help="Say which campaigns are to be run again; run none.")
    ] = False,
    par: Par = None,
    journal: Journal = "texte",
) -> None:
    """Run again the campaigns made before an earlier one was run again, oldest first.

    A campaign reads the identifiers and lists of those before it: when one of these changes, the
    later ones are out of date (`siei run` says so, a gate holds their release). Each is run from
    the same delivery with the same settings as last time, or nothing is run; each is placed whole.

    Example: `siei refresh --sortie out`
    """
    from siei_match.campaign.progress import follow
    from siei_match.campaign.refresh import refresh_campaigns
    from siei_match.campaign.summaries import tell_refreshed
    from siei_match.output.freshness import find_stale
    from siei_match.reference.settings import load_settings

    progress = follow(journal)
    done = refresh_campaigns(
        sortie,
        load_settings(reglages),
        folders=dossiers,
        progress=progress,
        actor=name_actor(par, sealed=False),
        dry=dry_run,
    )
    say(tell_refreshed(done, find_stale(sortie)))


def check(
    campagne_dir: CampagneDir,
    /,
    *,
    reglages: SettingsFile = None,
    sheets: Annotated[
        Path | None,
        Parameter(
            help="A folder for what each provider has to correct: a workbook in French per "
            "provider, without any value of a person."
        ),
    ] = None,
    journal: Journal = "texte",
) -> int:
    """Validate a delivery without running it: what would be rejected, where, and why.

    Reads every file, also after one that cannot be read. Prints, per file, the rows read, valid
    and rejected, then where each rule was broken, then what is implausible: columns that decide,
    school years, volumes. Writes nothing but the `--sheets` asked for. Exit code 1 when `siei run`
    would stop on this delivery.

    Example: `siei check sample_data/2026-10 --sheets corrections`
    """
    from siei_match.campaign.progress import follow
    from siei_match.campaign.sheets import write_sheets
    from siei_match.campaign.story import check_delivery
    from siei_match.campaign.summaries import tell_checked
    from siei_match.reference.settings import load_settings
    from siei_match.stages.validate import RejectionLimit

    progress = follow(journal)
    settings = load_settings(reglages)
    limit = RejectionLimit.of(settings)
    checked = check_delivery(campagne_dir, settings, progress=progress)
    written = [] if sheets is None else write_sheets(checked, limit, sheets)
    # An error may concern several extracts: it is told once.
    for error in {id(refused.error): refused.error for refused in checked.refused}.values():
        tell_failure(error)
    say([*tell_checked(checked, limit), *(f"  sheet  {path}" for path in written)])
    return FAILED if checked.stops(limit) else DONE


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
    contrats: Annotated[
        bool, Parameter(negative=(), help="Deliver apprentices' contracts too; the same truth.")
    ] = False,
    situations: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Missions locales tell what each young person did, a row each; the same truth.",
        ),
    ] = False,
    siecle: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Deliver what SIECLE's exports also tell: the school of the year before, a second "
            "guardian; the same truth.",
        ),
    ] = False,
    formats: Annotated[
        Literal["contrat", "reels"],
        Parameter(
            help="The contract's files; or SIECLE's XML, SYGNE's and FREGATA's JSON, workbooks and other "
            "headings, described, with contracts, situations and what SIECLE also tells."
        ),
    ] = "contrat",
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
    made = simulate_france(
        dossier, personnes, graine, rates, campagnes, definition,
        contrats=contrats, situations=situations, siecle=siecle, formats=formats,
    )  # fmt: skip
    say(
        [
            f"{made.personnes} fictive people, {made.lignes} rows.",
            *(f"  {code:<10} {path}" for code, path in made.campagnes.items()),
            f"  {'truth':<10} {made.truth}",
        ]
    )
