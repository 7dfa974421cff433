"""Fields that cannot be meant: far too long, or a quote that was opened and never closed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.streams import CheckedStream

CARACTERES_MAX: Final = 10_000
SAUTS_MAX: Final = 20
BLOC: Final = 1 << 24
"""Bytes that one row may take."""

_SAUT: Final = r"\r\n|\r|\n"
_MORCEAU: Final = 1 << 20
# Where a field stands: nothing read, plain text, within quotes, just after a quote within quotes.
_DEBUT, _NU, _CITE, _FERME = range(4)


def check_fields(frame: pl.DataFrame, fichier: Fichier) -> None:
    """Stop at a field over 10,000 characters or 20 line breaks; `frame` numbers rows in `ligne`.

    Raises:
        DeliveryError: names the file and the row.
    """
    textes = [c for c, dtype in frame.schema.items() if dtype == pl.String]
    if not textes or frame.is_empty():
        return
    longueurs = frame.select(pl.col(textes).str.len_bytes().max()).row(0)
    longs = [c for c, n in zip(textes, longueurs, strict=True) if n and n > CARACTERES_MAX]
    # Without as many characters there cannot be more line breaks than that.
    amples = [c for c, n in zip(textes, longueurs, strict=True) if n and n > SAUTS_MAX]
    for column in amples:
        if frame[column].str.contains(r"[\r\n]").any():
            sauts = pl.col(column).str.count_matches(_SAUT)
            _refuse(frame, sauts > SAUTS_MAX, fichier, too_long=False)
    for column in longs:
        _refuse(frame, pl.col(column).str.len_chars() > CARACTERES_MAX, fichier, too_long=True)


def _refuse(frame: pl.DataFrame, trop: pl.Expr, fichier: Fichier, *, too_long: bool) -> None:
    ligne = frame.select(pl.col("ligne").filter(trop).min()).item()
    if ligne is not None:
        raise runaway(fichier, ligne, too_long=too_long)


def runaway(fichier: Fichier, ligne: int | None, *, too_long: bool) -> DeliveryError:
    """Return the error of a field that runs away, at a row if it is known."""
    where = f"row {ligne}" if ligne else "a row"
    if too_long:
        return DeliveryError(
            f"{fichier.nom}: {where} holds a field of more than {CARACTERES_MAX} characters.",
            remedy="Look there for a separator or a quote that is missing; ask for a new file.",
        )
    return DeliveryError(
        f"{fichier.nom}: {where} opens a quote that is not closed in its field "
        f"(over {SAUTS_MAX} line breaks, or the end of the file).",
        remedy="Close or double that quote, or ask its provider for a new file.",
    )


def check_row(texte: str, ligne: int, fichier: Fichier, separateur: str, *, cite: bool) -> None:
    """Stop at a row of another number of fields if one of its fields runs away.

    Raises:
        DeliveryError: names the file and the row.
    """
    sauts = texte.count("\n") + texte.count("\r")
    if len(texte) > CARACTERES_MAX or sauts > SAUTS_MAX:
        for mesure in measure_rows([texte, "\n"], separateur, cite=cite):
            if mesure.s_emballe:
                raise runaway(fichier, ligne, too_long=mesure.sauts <= SAUTS_MAX)


def locate_runaway(
    flux: CheckedStream, separateur: str, *, cite: bool, entete: bool
) -> DeliveryError:
    """Read a file again, slowly, to name the row at which reading it quickly failed."""
    morceaux = iter(lambda: flux.read(_MORCEAU).decode("utf-8", "replace"), "")
    for ligne, mesure in enumerate(measure_rows(morceaux, separateur, cite=cite), int(not entete)):
        if mesure.s_emballe or mesure.ouverte:
            too_long = not mesure.ouverte and mesure.sauts <= SAUTS_MAX
            return runaway(flux.fichier, ligne, too_long=too_long)
    return DeliveryError(
        f"{flux.fichier.nom}: a row is longer than {BLOC} bytes.",
        remedy="Look for a line break that is missing, or ask its provider for a new file.",
    )


@dataclass(frozen=True)
class RowMeasure:
    """The longest field of a row, its most line breaks, and whether a quote stayed open."""

    longueur: int
    sauts: int
    ouverte: bool = False

    @property
    def s_emballe(self) -> bool:
        return self.longueur > CARACTERES_MAX or self.sauts > SAUTS_MAX


def measure_rows(morceaux: Iterable[str], separateur: str, *, cite: bool) -> Iterator[RowMeasure]:
    """Measure the rows of a text that are not blank, as pyarrow cuts them; stop at an open quote.

    A quote opens a field at its first character only, and is doubled within; after it closes, the
    rest of the field is plain. Without `cite`, quotes are letters.
    """
    jetons = re.compile(rf"\r\n|[\r\n{re.escape(separateur)}{chr(34) if cite else ''}]")
    etat, champ, rangee, vide = _DEBUT, RowMeasure(0, 0), RowMeasure(0, 0), True
    for jeton in _cut(morceaux, jetons):
        saut = jeton[0] in "\r\n"
        if etat == _CITE:
            if jeton == '"':
                etat = _FERME
                continue
            champ = RowMeasure(champ.longueur + len(jeton), champ.sauts + saut)
            if champ.s_emballe:
                break
        elif saut or jeton == separateur:
            rangee = RowMeasure(
                max(rangee.longueur, champ.longueur), max(rangee.sauts, champ.sauts)
            )
            champ, etat, vide = RowMeasure(0, 0), _DEBUT, vide and saut
            if saut and not vide:
                yield rangee
                rangee, vide = RowMeasure(0, 0), True
        else:
            ouvre = cite and jeton == '"' and etat != _NU
            # The quote that opens a field is no part of it; one doubled within is.
            longueur = 0 if ouvre and etat == _DEBUT else len(jeton)
            champ = RowMeasure(champ.longueur + longueur, champ.sauts)
            etat, vide = (_CITE if ouvre else _NU), False
            if champ.s_emballe:
                # Known by now: a file of quotes alone would be read to its end, one by one.
                yield RowMeasure(champ.longueur, champ.sauts, ouverte=ouvre)
                return
    if etat == _CITE:
        yield RowMeasure(champ.longueur, champ.sauts, ouverte=True)


def _cut(morceaux: Iterable[str], jetons: re.Pattern[str]) -> Iterator[str]:
    """Cut a text at its separators, quotes and line breaks, all given back."""
    for morceau in morceaux:
        fin = 0
        for jeton in jetons.finditer(morceau):
            if jeton.start() > fin:
                yield morceau[fin : jeton.start()]
            yield jeton[0]
            fin = jeton.end()
        if fin < len(morceau):
            yield morceau[fin:]
