"""What a person would give of themself, as the pipeline compares it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.errors import SieiError
from siei_match.reference.identifiers import is_ine
from siei_match.reference.nomenclatures import commune_labels, communes
from siei_match.stages.normalise.names import normalise_names
from siei_match.stages.normalise.places import clean_code, normalise_labels, today

JOUR: Final = (
    re.compile(r"(?P<jour>\d{1,2})[/.-](?P<mois>\d{1,2})[/.-](?P<annee>\d{4})"),
    re.compile(r"(?P<annee>\d{4})-(?P<mois>\d{2})-(?P<jour>\d{2})"),
)
ABROAD: Final = re.compile(r"99[1-5]\d{2}")


class RequestError(SieiError):
    """What was given of a person cannot be looked for. The message never repeats it."""

    CODE = "personne"


@dataclass(frozen=True)
class PersonSought:
    """Normalised: names in capitals, communes of today, an INE of a known kind."""

    nom: str | None = None
    prenom: str | None = None
    naissance: date | None = None
    communes: tuple[str, ...] = ()
    ine: str | None = None

    @property
    def criteria(self) -> str:
        """Name what was given, for the audit log: never its value."""
        given = {"ine": self.ine, "nom": self.nom, "prenom": self.prenom,
                 "naissance": self.naissance, "commune": self.communes}  # fmt: skip
        return " ".join(name for name, value in given.items() if value)


def read_request(
    name: str | None,
    prenom: str | None,
    naissance: str | None,
    commune: str | None,
    ine: str | None,
) -> PersonSought:
    """Read what was typed.

    Raises:
        RequestError: too little was given, or something of it cannot be read.
    """
    if ine is None and None in (name, prenom, naissance):
        raise RequestError(
            "A name, a first name and a birth date are needed, or an INE.",
            remedy="Give --nom, --prenom and --naissance, or --ine.",
        )
    names = normalise_names(pl.Series([name, prenom], dtype=pl.String))
    for option, given, read in zip(("nom", "prenom"), (name, prenom), names, strict=True):
        if given is not None and read is None:
            raise RequestError(f"--{option} holds no name.", remedy="Give it as it is spelled.")
    return PersonSought(
        nom=names[0],
        prenom=names[1],
        naissance=None if naissance is None else _read_day(naissance),
        communes=() if commune is None else _read_communes(commune),
        ine=None if ine is None else _read_ine(ine),
    )


def _read_day(text: str) -> date:
    for form in JOUR:
        if found := form.fullmatch(text.strip()):
            try:
                return date(*(int(found[part]) for part in ("annee", "mois", "jour")))
            except ValueError:
                break
    raise RequestError("--naissance is no day.", remedy="Give it as JJ/MM/AAAA.")


def _read_ine(text: str) -> str:
    compact = pl.Series([re.sub(r"\s", "", text).upper()])
    if not pl.select(is_ine(pl.lit(compact))).item():
        raise RequestError(
            "--ine is no INE.",
            remedy="It has 11 characters; copy it from a school certificate.",
        )
    return str(compact[0])


def _read_communes(text: str) -> tuple[str, ...]:
    """Return the communes of today that a code, a postal code or a name may mean."""
    typed = text.strip()
    code = pl.select(today(clean_code(pl.lit(typed)))).item()
    if code is not None:
        return (str(code),)
    if ABROAD.fullmatch(typed):
        return (typed,)
    if typed.isdigit():
        held = communes().filter(pl.col("codes_postaux").list.contains(typed))["code"]
    else:
        label = normalise_labels(pl.Series([typed]))[0]
        held = commune_labels().filter(libelle=label)["commune"].unique().sort()
    if held.is_empty():
        raise RequestError(
            "--commune is no commune.", remedy="Give its INSEE code, or leave --commune out."
        )
    return tuple(held)


def vary(visit: PersonSought) -> pl.DataFrame:
    """Return `tables/traits`, a row per way in which a source may have written the person.

    `rid` numbers the rows; `gap` says what is not as it was given: nothing, name and first name
    inverted, day and month swapped, one part of a compound name.
    """
    rows: list[dict[str, Any]] = [{"ine": visit.ine, "gap": ""}] if visit.ine else []
    for name, prenom, day, gap in _variants(visit):
        named = {"nom_naissance": name, "prenom1": prenom, "naissance_annee": day.year,
                 "naissance_mois": day.month, "naissance_jour": day.day,
                 "gap": gap}  # fmt: skip
        rows += [{**named, "naissance_lieu": lieu} for lieu in visit.communes or (None,)]
    schema = {**declaration("tables/traits").polars_schema, "gap": pl.String}
    return pl.DataFrame(rows, schema=schema).with_columns(
        rid=pl.int_range(pl.len(), dtype=pl.UInt32)
    )


def _variants(visit: PersonSought) -> Iterator[tuple[str, str, date, str]]:
    name, prenom, day = visit.nom, visit.prenom, visit.naissance
    if name is None or prenom is None or day is None:
        return
    yield name, prenom, day, ""
    yield prenom, name, day, "noms_inverses"
    if day.day <= 12 and day.day != day.month:
        yield name, prenom, date(day.year, day.day, day.month), "jour_mois_inverses"
    for part in name.split() if " " in name else ():
        yield part, prenom, day, "partie_du_nom"
    if " " in prenom:
        yield name, prenom.split()[0], day, "partie_du_prenom"
