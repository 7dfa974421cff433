"""The commands. Each reads its arguments, calls one function, prints counts and places.

Exit codes (contract, section 2): 0 done; 1 the run failed or was interrupted, nothing published
changed; 2 wrong usage. Heavy modules are imported by the command that needs them, so that the
help answers at once.
"""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter
from cyclopts.validators import Number

from siei_match import __version__

DONE, FAILED, MISUSED = 0, 1, 2

app = App(
    name="siei",
    version=__version__,
    help="Find the young people who left school without a diploma, from four administrations' "
    "extracts, and prepare one list per platform (PSAD).\n\n"
    "No personal value is logged, nor shown but by `explain --dossier`. Exit codes: 0 done, 1 failed (nothing published "
    "changed), 2 wrong usage.",
    help_format="markdown",
    help_epilogue="Settings: a TOML file (--reglages) and SIEI_* variables; README.md lists them.",
    version_flags=["--version"],
    # Ours to tell: exit code 1, as the contract says of every run that did not end.
    suppress_keyboard_interrupt=False,
)

Reglages = Annotated[
    Path | None, Parameter(name="--reglages", help="A TOML file of settings (see README.md).")
]
Sortie = Annotated[
    Path, Parameter(name="--sortie", help="The output folder: all campaigns, side by side.")
]
CampagneDir = Annotated[
    Path, Parameter(help="The campaign's folder: campagne.toml and the extracts it lists.")
]


@app.command
def run(
    campagne_dir: CampagneDir,
    /,
    *,
    sortie: Sortie,
    reglages: Reglages = None,
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
) -> None:
    """Run a whole campaign: from the extracts to one list per platform.

    Everything is prepared beside the output and put in place at the very end: a run that fails,
    or is killed, leaves what was published as it was. Running again on the same campaign replaces
    it whole. Earlier campaigns in the same output folder give people their identifiers back.

    Example: `siei run sample_data/2026-10 --sortie out`
    """
    from siei_match.campaign import run_campaign
    from siei_match.progress import follow
    from siei_match.settings import load_settings
    from siei_match.summaries import tell_publication

    suivi = follow()
    settings = load_settings(reglages, taux_rejet_max=taux_rejet_max, delai_entree=delai_entree)
    publication = run_campaign(campagne_dir, sortie, settings, suivi=suivi)
    _say(tell_publication(publication))


@app.command
def check(campagne_dir: CampagneDir, /, *, reglages: Reglages = None) -> int:
    """Validate a delivery without running it: what would be rejected, and why.

    Prints, per file, the rows read, valid and rejected, then how often each rule was broken.
    Writes nothing. Exit code 1 when `siei run` would stop on this delivery.

    Example: `siei check sample_data/2026-10`
    """
    from siei_match.campaign import check_delivery
    from siei_match.progress import follow
    from siei_match.settings import load_settings
    from siei_match.summaries import tell_controle

    suivi = follow()
    limite = load_settings(reglages).taux_rejet_max
    controle = check_delivery(campagne_dir, suivi=suivi)
    _say(tell_controle(controle, limite))
    return FAILED if controle.above(limite) else DONE


@app.command
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
    from siei_match.simulate import Taux
    from siei_match.simulate import simulate as simulate_france

    rates = Taux.from_toml(taux) if taux else Taux()
    made = simulate_france(dossier, personnes, graine, rates, campagnes, definition)
    _say(
        [
            f"{made.personnes} fictive people, {made.lignes} rows.",
            *(f"  {code:<10} {chemin}" for code, chemin in made.campagnes.items()),
            f"  {'truth':<10} {made.verite}",
        ]
    )


@app.command
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
    vers: Annotated[Path | None, Parameter(help="Where to write; default: here.")] = None,
) -> None:
    """Export published lists of a campaign, one file per platform, readable by you alone.

    Example: `siei export 2026-10 --psad PSAD-001-01 --sortie out --format xlsx`
    """
    from siei_match.publish import export_liste

    for code in psad:
        _say([str(path) for path in export_liste(sortie, campagne, code, [format], vers)])


@app.command
def explain(
    campagne: Annotated[str, Parameter(help="The campaign's code, e.g. 2026-10.")],
    identifiant: Annotated[str, Parameter(help="An id_personne or an id_signalement.")],
    /,
    *,
    sortie: Sortie,
    dossier: Annotated[
        Path | None,
        Parameter(
            help="The campaign's input folder: shows the values of the rows, on a terminal only."
        ),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        Literal["texte", "json"], Parameter(help="texte, in French, or json for programs.")
    ] = "texte",
) -> None:
    """Explain one person: their rows, what tied them, who was refused and why, the decision.

    Nothing nominative is shown without `--dossier`.

    Example: `siei explain 2026-10 ID --sortie out`
    """
    from siei_match.explain import explain_person
    from siei_match.explain.show import NOMINATIVE, present, require_terminal

    if dossier is not None:
        require_terminal(sys.stdout)
    explication = explain_person(sortie, campagne, identifiant, dossier=dossier)
    if explication.nominative:
        print(NOMINATIVE, file=sys.stderr)  # noqa: T201
    present(explication, sys.stdout, format)


INTERRUPTED = "Interrupted."
RUN_AGAIN = "Nothing published changed: run again when ready."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never show a traceback."""
    from rich.console import Console

    listen_to_ctrl_c()
    try:
        outcome = app(
            arguments,
            exit_on_error=False,
            print_error=True,
            error_console=Console(stderr=True),
            result_action="return_value",
        )
    except CycloptsError:
        return MISUSED
    except BrokenPipeError:
        # The reader of our output (head, less) has left: there is nobody to tell.
        sys.stderr.close()
        return FAILED
    except BaseException as failure:
        # No traceback, whatever it is: it could quote a value.
        if isinstance(failure, SystemExit):
            raise
        if isinstance(failure, KeyboardInterrupt):
            return _fail(INTERRUPTED, RUN_AGAIN)
        from siei_match.failures import explain

        told = explain(failure)
        return _fail(told.what, told.remedy)
    return outcome if isinstance(outcome, int) else DONE


def listen_to_ctrl_c() -> None:
    """End at once on Ctrl-C: an exception raised inside native code may abort the process."""
    # Only the main thread may listen to signals, and only Python's own handler is replaced.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler and in_main_thread():
        signal.signal(signal.SIGINT, _end_at_once)


def _end_at_once(number: int, frame: FrameType | None) -> None:
    worksite = sys.modules.get("siei_match.worksite")
    if worksite is not None:
        worksite.abandon()
    os.write(sys.stderr.fileno(), f"siei: {INTERRUPTED}\n  → {RUN_AGAIN}\n".encode())
    os._exit(FAILED)


def in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def entry() -> None:
    """Run the command line as a program: what native libraries print is not shown.

    A panic in Rust or C writes to the process's standard error by itself, and may quote a value;
    Python gets its exception all the same, and `main` tells it without values.
    """
    own = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = os.fdopen(own, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    sys.exit(main())


def _fail(what: str, remedy: str) -> int:
    print(f"siei: {what}\n  → {remedy}", file=sys.stderr)  # noqa: T201
    return FAILED


def _say(lines: Sequence[str]) -> None:
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    entry()
