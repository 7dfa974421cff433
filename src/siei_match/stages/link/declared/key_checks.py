"""What blocking passes may not ask for: columns that nothing declares, keys that cannot be made."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from siei_match.stages.link.declared.faults import DeclarationFaultError as Fault
from siei_match.stages.link.declared.faults import unknown
from siei_match.stages.link.declared.names import HEARD, SPOKEN, SpecFile
from siei_match.stages.link.declared.readings import key_columns

NAMED: Final = ("noms", "prenoms", "nom_complet")
"""Kinds whose words are heard."""


def find_faults_of_blocks(file: SpecFile) -> Iterator[Fault]:
    """Return what the blocking passes name and nothing declares, or cannot be a key."""
    readings = key_columns(file)
    for name, times in Counter(p.nom for p in file.blocs.passes).items():
        if times > 1:
            yield Fault(("blocs", "passes"), f"{times} passes are named {name}")
    for column in file.blocs.decoupe:
        if column not in readings:
            yield Fault(("blocs", "decoupe"), _no_column(column, readings))
        elif readings[column] == "list":
            yield Fault(
                ("blocs", "decoupe"), f"{column} holds lists, of which pairs cannot share one"
            )
    for number, passe in enumerate(file.blocs.passes):
        yield from _key(("blocs", "passes", number), passe.cle, file, readings)
        at = ("blocs", "passes", number, "cherchent")
        if passe.cherchent == "sans_identifiant" and file.certitude.identifiant is None:
            yield Fault(at, "no certitude.identifiant is declared, which rows could be without")
        if passe.cherchent == "date_partielle" and not _has(file, "date"):
            yield Fault(at, "no trait of kind date is declared")


def _no_column(column: str, readings: Mapping[str, str]) -> str:
    said = unknown("column", column, [*readings, *SPOKEN])
    return f"it names {column}: {said}; if the files have it, name it in blocs.colonnes"


def _key(
    at: tuple[str | int, ...], key: tuple[str, ...], file: SpecFile, readings: Mapping[str, str]
) -> Iterator[Fault]:
    place = (*at, "cle")
    for part in key:
        column, colon, length = part.partition(":")
        if part in SPOKEN:
            continue
        if column not in readings:
            yield Fault(place, _no_column(column, readings))
        elif colon and not (length.isdecimal() and int(length) > 0):
            yield Fault(
                place, f"{part}: a number of characters, 1 or more, is expected after the colon"
            )
        elif colon and readings[column] not in ("text", "value"):
            yield Fault(
                place, f"{part}: {column} is no text, of which there would be first characters"
            )
    several = [p for p in key if p in ("son", "paire") or readings.get(p) == "list"]
    if len(several) > 1:
        yield Fault(
            place, f"{' and '.join(several)} each give a row several keys: one a pass is possible"
        )
    if "lettre" in key and "son" not in key:
        yield Fault(place, "lettre is of the other name than son's, and needs son beside it")
    if "jour_et_mois" in key and not _has(file, "date"):
        yield Fault(place, "jour_et_mois needs a trait of kind date")
    yield from _heard(place, key, file)


def _heard(place: tuple[str | int, ...], key: tuple[str, ...], file: SpecFile) -> Iterator[Fault]:
    both = _has(file, "noms") and _has(file, "prenoms")
    enough = both or _has(file, "nom_complet")
    for part in sorted(HEARD & {*key}):
        if part == "son" and not enough and not any(_has(file, kind) for kind in NAMED):
            yield Fault(place, "the blocking passes ask for son, which is made of names: declare a trait "
                        f"of kind {' or '.join(NAMED)}, or block on columns")  # fmt: skip
        elif part != "son" and not enough:
            yield Fault(place, f"the blocking passes ask for {part}, which is made of two names: declare "
                        "traits of kinds noms and prenoms, or nom_complet, or block on columns")  # fmt: skip


def _has(file: SpecFile, kind: str) -> bool:
    return any(trait.genre == kind for trait in file.traits.values())
