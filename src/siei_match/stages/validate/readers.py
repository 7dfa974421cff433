"""How each kind of value is read: an expression that gives the value, or null if it cannot be read.

A field's rule follows from it: it is broken where something was received and nothing can be read.
The input of every reader is trimmed text, null where empty.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import polars as pl

from siei_match.reference import identifiers

Field = Mapping[str, Any]
Reader = Callable[[Field], pl.Expr]

ANNEES_LISIBLES: Final = (1900, 2100)
"""Dates outside, such as 31/12/9999, say "none" in their provider's software."""


def read_field(field: Field) -> pl.Expr:
    """Return the expression that reads a field of a declaration, named as the field."""
    return READERS[field["siei"]["kind"]](field).alias(field["name"])


def _texte(field: Field) -> pl.Expr:
    return pl.col(field["name"])


def _capitales(field: Field) -> pl.Expr:
    return _texte(field).str.to_uppercase().str.replace_all(r"\s+", "")


def _keep(valeur: pl.Expr, juste: pl.Expr) -> pl.Expr:
    return pl.when(juste).then(valeur)


def _pad(valeur: pl.Expr, largeur: int) -> pl.Expr:
    """Give back the leading zero that a spreadsheet took off a number one digit short."""
    court = valeur.str.contains(f"^[0-9]{{{largeur - 1}}}$")
    return pl.when(court).then(pl.lit("0") + valeur).otherwise(valeur)


def _ine(field: Field) -> pl.Expr:
    return _keep(_capitales(field), identifiers.is_ine(_capitales(field)))


def _uai(field: Field) -> pl.Expr:
    return _keep(_capitales(field), identifiers.is_uai(_capitales(field)))


def _mef(field: Field) -> pl.Expr:
    return _keep(_capitales(field), identifiers.is_mef(_capitales(field)))


def _diplome(field: Field) -> pl.Expr:
    code = _pad(_capitales(field), 8)
    return _keep(code, identifiers.is_diplome(code))


def _commune(field: Field) -> pl.Expr:
    code = _pad(_capitales(field), 5)
    return _keep(code, identifiers.is_commune(code))


def _pays_trois_chiffres(field: Field) -> pl.Expr:
    return _keep(_texte(field), _texte(field).str.contains("^[0-9]{3}$"))


def _pays_cog(field: Field) -> pl.Expr:
    return _keep(_texte(field), identifiers.is_etranger(_texte(field)))


def _code(field: Field) -> pl.Expr:
    """One of the values of the declaration, whatever its case and its apostrophe."""
    lu = _texte(field).str.replace_all("’", "'", literal=True)
    if largeur := field["siei"].get("largeur"):
        lu = _pad(lu, largeur)
    connus = {valeur.upper(): valeur for valeur in field["constraints"]["enum"]}
    return lu.str.to_uppercase().replace_strict(connus, default=None, return_dtype=pl.String)


def _civilite(field: Field) -> pl.Expr:
    civilite = _capitales(field).str.strip_suffix(".")
    return _keep(civilite, civilite.is_in(field["constraints"]["enum"]))


def _telephone(field: Field) -> pl.Expr:
    """Ten French digits (`0612345678`), or a foreign number after `+`."""
    chiffres = _texte(field).str.replace_all(r"[\s.\-/()_]", "")
    chiffres = chiffres.str.replace(r"^00", "+")
    # A spreadsheet takes the plus off +33612345678.
    chiffres = chiffres.str.replace(r"^(?:\+330?|33)([1-9][0-9]{8})$", "0$1")
    chiffres = _pad(chiffres, 10)
    juste = chiffres.str.contains(r"^(?:0[1-9][0-9]{8}|\+[1-9][0-9]{6,14})$")
    # What still begins with +33 is a French number with digits missing or too many.
    return _keep(chiffres, juste & ~chiffres.str.starts_with("+33"))


def _courriel(field: Field) -> pl.Expr:
    motif = field["constraints"]["pattern"]
    return _keep(_texte(field), _texte(field).str.contains(f"^(?:{motif})$"))


def _code_postal(field: Field) -> pl.Expr:
    """Five digits, or another country's code; only a French one can have lost its zero."""
    code = _texte(field).str.to_uppercase()
    francais = _pad(code.str.replace_all(" ", "", literal=True), 5)
    etranger = pl.lit(value=False)
    if colonne := field["siei"].get("colonne_pays"):
        etranger = (pl.col(colonne) != "100").fill_null(value=False)
    est_francais = ~etranger & francais.str.contains("^[0-9]{5}$")
    motif = field["constraints"]["pattern"]
    autre = _keep(code, code.str.contains(f"^(?:{motif})$"))
    return pl.when(est_francais).then(francais).otherwise(autre)


def _annee_scolaire(field: Field) -> pl.Expr:
    annee = _texte(field).str.replace_all(r"[\s]", "").str.replace("/", "-", literal=True)
    debut = annee.str.extract(r"^([0-9]{4})-[0-9]{4}$").cast(pl.Int32)
    fin = annee.str.extract(r"^[0-9]{4}-([0-9]{4})$").cast(pl.Int32)
    return _keep(annee, fin == debut + 1)


def _session(field: Field) -> pl.Expr:
    annee = _texte(field).str.extract("^([0-9]{4})$").cast(pl.Int16)
    return _keep(annee, annee.is_between(*ANNEES_LISIBLES))


def _date(field: Field) -> pl.Expr:
    formats = field["siei"].get("formats") or [field["siei"]["format"]]
    lues = [_texte(field).pipe(_compact, f).str.to_date(f, strict=False) for f in formats]
    jour = pl.coalesce(lues)
    return _keep(jour, jour.dt.year().is_between(*ANNEES_LISIBLES))


def _compact(valeur: pl.Expr, format_attendu: str) -> pl.Expr:
    """Give back to a JJMMAAAA the leading zero of its day."""
    return _pad(valeur, 8) if format_attendu == "%d%m%Y" else valeur


READERS: Final[Mapping[str, Reader]] = {
    "texte": _texte,
    "nom": _texte,
    "prenom": _texte,
    "ine": _ine,
    "uai": _uai,
    "mef": _mef,
    "diplome": _diplome,
    "commune": _commune,
    "pays_trois_chiffres": _pays_trois_chiffres,
    "pays_cog": _pays_cog,
    "sexe": _code,
    "code": _code,
    "civilite": _civilite,
    "telephone": _telephone,
    "courriel": _courriel,
    "code_postal": _code_postal,
    "annee_scolaire": _annee_scolaire,
    "session": _session,
    "date": _date,
}
"""By kind of value; `naissance` is read apart (births.py), `jamais_lu` is not."""
