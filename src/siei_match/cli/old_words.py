"""The commands' words of before 0.1.0: hidden, and understood for one version more.

Scripts, crontabs and the notes of those who work here hold them. They stand in no help and no page.
`--remplace` never was the option's name: people who look for it type it so.
"""

from collections.abc import Mapping, Sequence
from typing import Final

COMMANDS: Final[Mapping[tuple[str, str], str]] = {
    ("personne", "chercher"): "find",
    ("personne", "montrer"): "show",
    ("personne", "exclure"): "exclude",
    ("personne", "lever"): "lift",
    ("personne", "rectifier"): "rectify",
    ("cle", "etat"): "list",
    ("cle", "renouveler"): "renew",
    ("cle", "oublier"): "forget",
}
OPTIONS: Final[Mapping[tuple[str, ...], Mapping[str, str]]] = {
    ("run",): {"--reprendre": "--resume", "--a-blanc": "--dry-run", "--remplace": "--replace"},
    ("release",): {
        "--retirer": "--withdraw",
        "--archiver": "--archive",
        "--simuler": "--dry-run",
    },
    ("export",): {"--chiffrer": "--encrypt"},
    ("purge",): {"--simuler": "--dry-run"},
    ("personne", "rectifications"): {"--retirer": "--withdraw"},
}


def in_todays_words(arguments: Sequence[str]) -> list[str]:
    """Return a command line in today's words; a value is never touched, nor what follows `--`."""
    said = list(arguments)
    if len(said) > 1:
        said[1] = COMMANDS.get((said[0], said[1]), said[1])
    known = OPTIONS.get(tuple(said[:1])) or OPTIONS.get(tuple(said[:2])) or {}
    end = said.index("--") if "--" in said else len(said)
    return [_option(word, known) for word in said[:end]] + said[end:]


def _option(word: str, known: Mapping[str, str]) -> str:
    name, equals, value = word.partition("=")
    return known.get(name, name) + equals + value
