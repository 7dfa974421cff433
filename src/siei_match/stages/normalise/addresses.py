"""Addresses as they are compared: number and street, spelled in full, nothing else."""

import polars as pl

from siei_match.reference.nomenclatures import street_types
from siei_match.stages.normalise.text import fold_letters, squeeze

# A flat, a staircase or a floor: right of the front door, it differs from file to file. PORTE
# alone may be a street (AVENUE DE LA PORTE D ORLEANS): a digit must follow.
COMPLEMENT = (
    r"\b(?:(?:APT|APPT|APPART|APPARTEMENT|BAT|BATIMENT|ESC|ESCALIER|LOGEMENT|LOGT|BAL|BTE)"
    r" (?:NO? )?(?:\d{1,4}[A-Z]?|[A-C])\b"
    r"|(?:ETG|ETAGE|PORTE|PTE|CHAMBRE|CHB) (?:NO? )?\d{1,4}[A-Z]?\b"
    r"|\d{1,2}(?:E|EME|ER) (?:ETG|ETAGE)\b)"
)
# What the post office adds: a box, a special line.
POST = r"\b(?:BP|CS|TSA|CIDEX|BOITE POSTALE|CEDEX)(?: \d{1,6})?\b"
# Of 12/14 the first number stands for the door.
NUMBER = r"^0*(\d{1,5})(?: \d{1,5})* ?(BIS|TER|QUATER|[A-Z])? (.*)$"
ROUTE = r"^(?:\d|(?:ALLEE|AVENUE|BOULEVARD|CHEMIN|CLOS|COURS|HAMEAU|IMPASSE|LIEU DIT|PLACE|QUAI|ROUTE|RUE)\b)"
REPETITIONS = {"B": "BIS", "T": "TER", "Q": "QUATER"}
TITRES = {"ST": "SAINT", "STE": "SAINTE", "GAL": "GENERAL", "DR": "DOCTEUR", "MAL": "MARECHAL"}


def normalise_addresses(values: pl.Series) -> pl.Series:
    """Return one line of address: `12B AV. du Gal-Leclerc, Apt 3` → `12 BIS AVENUE DU GENERAL LECLERC`.

    Flats, staircases, floors and post boxes are dropped. Doing it twice changes nothing.
    """
    line = pl.col("ligne")
    folded = fold_letters(values).rename("ligne").to_frame()
    bare = folded.select(squeeze(line.str.replace_all(r"[^A-Z0-9]+", " ")))
    removed = rf"{COMPLEMENT}|{POST}"
    # Taking one away can bring another together (APT APT 3 4): until nothing is left to take.
    while bare.select(line.str.contains(removed).any()).item():
        bare = bare.select(squeeze(line.str.replace_all(removed, "")))
    titled = line
    for short, full in TITRES.items():
        titled = titled.str.replace_all(rf"\b{short}\b", full)
    return _spell_street(bare.select(titled))["ligne"].rename(values.name)


def _spell_street(frame: pl.DataFrame) -> pl.DataFrame:
    """Number without leading zeros, BIS and TER in full, the kind of way in full."""
    line, kinds = pl.col("ligne"), street_types()
    # A single R after the number is the street's (12 R PASTEUR), any other letter the number's.
    split = line.str.replace(r"^(\d+(?: \d+)*) ?R ", "${1} RUE ")
    number = split.str.extract(NUMBER, 1)
    suffix = split.str.extract(NUMBER, 2)
    rest = pl.coalesce(split.str.extract(NUMBER, 3), split)
    kind = rest.str.extract(r"^(\S+)", 1)
    spelled = kind.replace(kinds["abrege"], kinds["voie"])
    after = rest.str.extract(r"^\S+(.*)$", 1)
    return frame.select(
        ligne=squeeze(
            pl.concat_str(
                number,
                suffix.replace(REPETITIONS),
                pl.concat_str(spelled, after),
                separator=" ",
                ignore_nulls=True,
            )
        )
    )


def choose_street(frame: pl.DataFrame) -> pl.Series:
    """Return the line of an address that holds its street: the first that looks like one.

    No line does in a hamlet: then all of them, in order.
    """
    lines = [pl.when(pl.col(c).str.contains(ROUTE)).then(pl.col(c)) for c in frame.columns]
    whole = pl.concat_str(pl.all(), separator=" ", ignore_nulls=True).replace("", None)
    return frame.select(adresse=pl.coalesce(*lines, whole))["adresse"]
