"""The commands on models: train one, compare it, approve it, list those approved."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from siei_match.cli.options import DONE, Par, SettingsFile, Sortie, name_actor, say
from siei_match.reference.seat import system_user

if TYPE_CHECKING:
    from siei_match.output.models import ModelFile

ModelPath = Annotated[Path, Parameter(help="A model that `siei train` wrote.")]


def train(
    campagnes: Annotated[
        tuple[str, ...], Parameter(help="Codes of campaigns that stand in the output folder.")
    ],
    /,
    *,
    sortie: Sortie,
    nom: Annotated[str, Parameter(help="What the model is called, e.g. siei-2027.")],
    vers: Annotated[
        Path | None, Parameter(help="The file to write; default: NOM.json, here.")
    ] = None,
) -> int:
    """Train a model from what the runs of some campaigns learnt, and write it with its card.

    Reads their manifests alone: no row of anybody. Nothing is in force before a person has compared
    (`siei model compare`) and approved it (`siei model approve`), and the setting `modele` names its hash.

    Example: `siei train 2026-10 2027-03 --sortie out --nom siei-2027`
    """
    from siei_match.reference.files import output_guard, write_text
    from siei_match.release.model_card import write_card
    from siei_match.release.training import train as train_model

    model = train_model(sortie, campagnes, nom)
    target = vers or Path.cwd() / f"{nom}.json"
    card = target.with_suffix(".md")
    with output_guard(target.parent):
        write_text(target, model.text())
        write_text(card, write_card(model))
    say(
        [
            f"Model {nom}, taught by {len(model.appris_de)} campaigns, hash {model.sha256}.",
            f"  {target}",
            f"  {card}",
            f"Next: siei model compare {target} --sortie {sortie}, then siei model approve.",
        ]
    )
    return DONE


app = App(
    name="model",
    help="Trained models: compare, approve, list.\n\nExample: `siei model list --sortie out`",
)


@app.command
def compare(model: ModelPath, /, *, sortie: Sortie, reglages: SettingsFile = None) -> None:
    """Compare a model with the one in force: the setting `modele`, else the one approved last.

    What moved by half a bit or more, levels then priors, and the errors that the campaigns of both expect.

    Example: `siei model compare siei-2027.json --sortie out`
    """
    from siei_match.output.models import read_model_file
    from siei_match.reference.settings import load_settings
    from siei_match.release.models import compare_models, in_force

    read = read_model_file(model)
    before = in_force(sortie, load_settings(reglages).modele)
    lines = [f"{read.nom}  {read.sha256}", *tell_errors(read)]
    if before is None:
        say([*lines, "No model is in force in this folder: runs learn their own."])
        return
    moved = compare_models(before, read)
    say(
        [
            *lines,
            f"in force: {before.nom}  {before.sha256}",
            *tell_errors(before),
            f"{len(moved)} weights or priors moved by half a bit or more"
            + (", in bits:" if moved else "."),
            *(f"  {m.what:<40}{m.before:>+8.1f}  → {m.after:>+6.1f}" for m in moved),
        ]
    )


def tell_errors(model: "ModelFile") -> list[str]:
    """Say what the campaigns that taught a model expect of their errors."""
    lines = []
    for one in model.appris_de:
        whole = one.erreurs.ensemble
        told = (
            f"missed {whole.taux_manques.estimation:.2%}, false {whole.taux_faux.estimation:.2%}"
            if whole
            else f"errors not estimated ({one.erreurs.motif})"
        )
        lines.append(f"  {one.campagne}  {told}")
    return lines


@app.command
def approve(
    model: ModelPath,
    /,
    *,
    sortie: Sortie,
    motif: Annotated[str, Parameter(help="Why, for the audit log.")],
    par: Par = None,
    confirm: Annotated[
        str | None, Parameter(help="Confirm what another person asked for, by its name.")
    ] = None,
    reglages: SettingsFile = None,
) -> None:
    """Approve a model: kept in the output folder by its hash, with who and why in the audit log.

    A run applies it once the setting `modele` is that hash. Where the setting `deux_personnes` holds `modele`, this
    asks only: another person, by another user of the system, confirms with --confirm and the name that is printed.

    Example: `siei model approve siei-2027.json --sortie out --motif "compared on 2027-03"`
    """
    from siei_match.output.models import read_model_file
    from siei_match.reference.settings import load_settings
    from siei_match.release import models

    read, settings = read_model_file(model), load_settings(reglages)
    actor, seat = name_actor(par, reglages), system_user()
    if confirm:
        models.confirm_approval(
            sortie, read, confirm, settings, actor=actor, motif=motif, seat=seat
        )
    elif models.takes_two(settings):
        asked = models.ask_approval(sortie, read, actor, motif, seat=seat)
        until = f"{asked.ends(settings):%Y-%m-%d %H:%M} UTC"
        say(
            [
                f"Not in force yet: it takes two people. Asked for as {asked.id}, void after {until}.",
                f"Somebody else: siei model approve {model} --sortie {sortie} --motif … --confirm {asked.id}",
            ]
        )
        return
    else:
        models.approve(sortie, read, actor, motif, settings)
    say(
        [
            f"Approved: {read.nom}. For runs to apply it, in the settings:",
            f'modele = "{read.sha256}"',
        ]
    )


@app.command(name="list")
def list_(*, sortie: Sortie) -> None:
    """Show the approved models, the last approved last.

    Example: `siei model list --sortie out`
    """
    from siei_match.output.models import approved_models

    found = approved_models(sortie)
    say(
        [
            f"{len(found)} approved models.",
            *(
                f"  {sealed}  {model.nom}  from {', '.join(one.campagne for one in model.appris_de)}"
                for sealed, model in found.items()
            ),
        ]
    )
