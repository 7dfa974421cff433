"""How the columns of a declared data set are read: as texts, numbers, lists or parts of dates."""

from siei_match.stages.link.declared.names import SpecFile
from siei_match.stages.link.declared.traits import TraitSpec


def reading_of(trait: TraitSpec) -> str:
    """Return how the kind of a trait reads its columns."""
    if trait.reads_numbers:
        return "number"
    if trait.genre == "date" or trait.comme == "date":
        return "date"
    if trait.genre == "ensemble":
        return "list"
    return "value" if trait.genre == "categorie" else "text"


def file_columns(file: SpecFile) -> list[str]:
    """Return the columns that are read in the files: those of traits and keys, and dates before they are parted."""
    parts = {c for date in file.dates.values() for c in date.colonnes}
    return [*(c for c in key_columns(file) if c not in parts), *file.dates]


def key_columns(file: SpecFile) -> dict[str, str]:
    """Return the columns that keys may be made of, and how each is read."""
    found: dict[str, str] = dict.fromkeys(file.blocs.colonnes, "text")
    found |= {c: reading_of(t) for t in file.traits.values() for c in t.colonnes}
    return found | {c: "date" for date in file.dates.values() for c in date.colonnes}
