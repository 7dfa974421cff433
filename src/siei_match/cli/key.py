"""The commands on the secret key: which are held, a new one in force, an old one forgotten."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from siei_match.cli.options import Par, SettingsFile, Sortie, name_actor, say

app = App(
    name="cle",
    help="The secret key of the identifiers: renew it, see which are held.\n\nExample: `siei cle list --sortie out`",
)


@app.command(name="list")
def list_(*, sortie: Sortie, reglages: SettingsFile = None) -> None:
    """Say which keys are held, and how many people are known under each; never a key.

    Example: `siei cle list --sortie out`
    """
    from siei_match.campaign.keys import count_keys
    from siei_match.campaign.summaries import tell_keys
    from siei_match.reference.settings import load_settings

    say(tell_keys(count_keys(sortie, load_settings(reglages))))


@app.command
def renew(*, sortie: Sortie, reglages: SettingsFile = None, par: Par = None) -> None:
    """Put a new key in force, in the key's file; the old one stays, after it, until forgotten.

    Identifiers do not change. From the next run on fingerprints are made with the new key, and who
    is seen again is known by it. Back the file up.

    Example: `siei cle renew --sortie out`
    """
    from siei_match.reference.settings import key_id, load_settings, renew_key

    _require_log(sortie)
    new, old = renew_key(load_settings(reglages))
    _note(sortie, par, reglages, {"en_vigueur": key_id(new), "remplacee": key_id(old)})
    say(
        [
            f"Key {key_id(new)} is in force; {key_id(old)} is kept to recognise people.",
            "Back the key's file up. After the next runs, see `siei cle list`, then "
            f"`siei cle forget {key_id(old)}`.",
        ]
    )


@app.command
def forget(
    nom: Annotated[str, Parameter(help="The key's name, as `siei cle list` shows it.")],
    /,
    *,
    sortie: Sortie,
    anyway: Annotated[
        bool, Parameter(negative=(), help="Forget it although something still needs it.")
    ] = False,
    reglages: SettingsFile = None,
    par: Par = None,
) -> None:
    """Forget a replaced key: who is known under it alone is no longer recognised.

    Refused as long as it is needed: no run was made since it was replaced; people known under it
    alone are excluded, had a value put right or were answered for; clerks' judgements were made
    under it. A key that is lost may be forgotten too: later runs then go on without it.

    Example: `siei cle forget 1a2b3c4d --sortie out`
    """
    from siei_match.campaign.keys import forget as forget_for_good
    from siei_match.reference.settings import load_settings

    _require_log(sortie)
    actor = name_actor(par, reglages)
    lost = forget_for_good(sortie, nom, load_settings(reglages), actor, anyway=anyway)
    say([f"Key {nom} is forgotten: {lost.people} people known under it alone."])


def _require_log(sortie: Path) -> None:
    from siei_match.output.audit import require_writable

    require_writable(sortie)


def _note(sortie: Path, par: str | None, reglages: Path | None, details: dict[str, str]) -> None:
    from siei_match.output.audit import append

    actor = name_actor(par, reglages)
    append(
        sortie,
        "cle",
        actor,
        details=details,
        fichiers={},
    )
