"""How each kind of value is read: an expression that gives the value, or null if it cannot be read.

A field's rule follows from it: it is broken where something was received and nothing can be read.
The input of every reader is text as `cleaning` leaves it, null where empty.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

import polars as pl

from siei_match.reference import identifiers
from siei_match.stages.validate.dates import READABLE_YEARS

Field = Mapping[str, Any]
Reader = Callable[[Field], pl.Expr]


def read_field(field: Field) -> pl.Expr:
    """Return the expression that reads a field of a declaration, named as the field."""
    return READERS[field["siei"]["kind"]](field).alias(field["name"])


def _text(field: Field) -> pl.Expr:
    return pl.col(field["name"])


def _capitals(field: Field) -> pl.Expr:
    return _text(field).str.to_uppercase().str.replace_all(r"\s+", "")


def _keep(value: pl.Expr, right: pl.Expr) -> pl.Expr:
    return pl.when(right).then(value)


def _pad(value: pl.Expr, width: int) -> pl.Expr:
    """Give back the leading zero that a spreadsheet took off a number one digit short."""
    court = value.str.contains(f"^[0-9]{{{width - 1}}}$")
    return pl.when(court).then(pl.lit("0") + value).otherwise(value)


def _ine(field: Field) -> pl.Expr:
    return _keep(_capitals(field), identifiers.is_ine(_capitals(field)))


def _uai(field: Field) -> pl.Expr:
    # Its control letter tells whether the zero that is given back was there.
    code = _capitals(field)
    code = pl.when(code.str.len_bytes() == 7).then(pl.lit("0") + code).otherwise(code)
    return _keep(code, identifiers.is_uai(code))


def _mef(field: Field) -> pl.Expr:
    return _keep(_capitals(field), identifiers.is_mef(_capitals(field)))


def _diplome(field: Field) -> pl.Expr:
    code = _pad(_capitals(field), 8)
    return _keep(code, identifiers.is_diplome(code))


def _commune(field: Field) -> pl.Expr:
    code = _pad(_capitals(field), 5)
    return _keep(code, identifiers.is_commune(code))


def _three_digit_country(field: Field) -> pl.Expr:
    """SIECLE's three digits; of the five of the code officiel géographique the last three."""
    code = _last_three(_text(field))
    return _keep(code, code.str.contains("^[0-9]{3}$"))


def _last_three(country: pl.Expr) -> pl.Expr:
    five = country.str.len_bytes() == 5
    return pl.when(five).then(country.str.strip_prefix("99")).otherwise(country)


def _pays_cog(field: Field) -> pl.Expr:
    """Five digits, of which SIECLE leaves out the first two: 109 is 99109."""
    code = _text(field)
    code = pl.when(code.str.len_bytes() == 3).then(pl.lit("99") + code).otherwise(code)
    return _keep(code, identifiers.is_foreign(code))


def _code(field: Field) -> pl.Expr:
    """One of the values of the declaration, whatever its case, its accents and its apostrophe."""
    read = _text(field).str.replace_all("’", "'", literal=True)
    if width := field["siei"].get("largeur"):
        read = _pad(read, width)
    known = {value.upper(): value for value in field["constraints"]["enum"]}
    # Capitals often lose their accents: SCOLARITE is Scolarité.
    known = {_plain(value): meant for value, meant in known.items()} | known
    return read.str.to_uppercase().replace_strict(known, default=None, return_dtype=pl.String)


def _psad(field: Field) -> pl.Expr:
    """The code of a platform: one that exists, where those that do are told."""
    return _code(field) if "enum" in field.get("constraints", {}) else _text(field)


def _plain(value: str) -> str:
    letters = unicodedata.normalize("NFKD", value)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _civilite(field: Field) -> pl.Expr:
    civilite = _capitals(field).str.strip_suffix(".")
    return _keep(civilite, civilite.is_in(field["constraints"]["enum"]))


def _telephone(field: Field) -> pl.Expr:
    """Ten French digits (`0612345678`), or a foreign number after `+`."""
    digits = _text(field).str.replace_all(r"[\s.\-/()_]", "")
    digits = digits.str.replace(r"^00", "+")
    # A spreadsheet takes the plus off +33612345678.
    digits = digits.str.replace(r"^(?:\+330?|33)([1-9][0-9]{8})$", "0$1")
    digits = _pad(digits, 10)
    right = digits.str.contains(r"^(?:0[1-9][0-9]{8}|\+[1-9][0-9]{6,14})$")
    # What still begins with +33 is a French number with digits missing or too many.
    return _keep(digits, right & ~digits.str.starts_with("+33"))


def _mail(field: Field) -> pl.Expr:
    motif = field["constraints"]["pattern"]
    return _keep(_text(field), _text(field).str.contains(f"^(?:{motif})$"))


def _code_postal(field: Field) -> pl.Expr:
    """Five digits, or another country's code; only a French one can have lost its zero."""
    code = _text(field).str.to_uppercase()
    french = _pad(code.str.replace_all(" ", "", literal=True), 5)
    foreign = pl.lit(value=False)
    if column := field["siei"].get("colonne_pays"):
        foreign = (_last_three(pl.col(column)) != "100").fill_null(value=False)
    is_french = ~foreign & french.str.contains("^[0-9]{5}$")
    motif = field["constraints"]["pattern"]
    other = _keep(code, code.str.contains(f"^(?:{motif})$"))
    return pl.when(is_french).then(french).otherwise(other)


def _annee_scolaire(field: Field) -> pl.Expr:
    year = _text(field).str.replace_all(r"[\s]", "").str.replace("/", "-", literal=True)
    debut = year.str.extract(r"^([0-9]{4})-[0-9]{4}$").cast(pl.Int32)
    fin = year.str.extract(r"^[0-9]{4}-([0-9]{4})$").cast(pl.Int32)
    return _keep(year, fin == debut + 1)


def _session(field: Field) -> pl.Expr:
    year = _text(field).str.extract("^([0-9]{4})$").cast(pl.Int16)
    return _keep(year, year.is_between(*READABLE_YEARS))


READERS: Final[Mapping[str, Reader]] = {
    "texte": _text,
    "nom": _text,
    "prenom": _text,
    "ine": _ine,
    "uai": _uai,
    "mef": _mef,
    "diplome": _diplome,
    "commune": _commune,
    "pays_trois_chiffres": _three_digit_country,
    "pays_cog": _pays_cog,
    "sexe": _code,
    "code": _code,
    "psad": _psad,
    "civilite": _civilite,
    "telephone": _telephone,
    "courriel": _mail,
    "code_postal": _code_postal,
    "annee_scolaire": _annee_scolaire,
    "session": _session,
}
"""By kind of value; `date` and `naissance` are read apart (dates.py), `jamais_lu` is not."""
