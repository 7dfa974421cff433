"""Write the campagne.toml of a folder of extracts: what `siei prepare` does.

What the files tell is written; what they do not is a question (`?`), which no run accepts; what is
only likely is proposed under a line `# ?`, for a person to confirm.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from siei_match.campaign.described_before import read_answers
from siei_match.campaign.sheets.words import word_fault
from siei_match.output import CODE
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import EXTENSIONS
from siei_match.reference.errors import DeliveryError, SettingsError
from siei_match.reference.files import SHARED, output_guard, replacing, write_text
from siei_match.reference.french import french_date
from siei_match.reference.listing import AUTRES, first_of
from siei_match.reference.vocabulary import ENROLMENT_EXTRACTS, EXTRACTS, REQUIRED_EXTRACTS
from siei_match.stages.extract import CAMPAGNE_TOML
from siei_match.stages.extract.headings import Told
from siei_match.stages.extract.questions import QUESTION
from siei_match.stages.extract.recognition import Recognised, recognise
from siei_match.stages.extract.siecle import hold_addresses, is_companion

MIDDLE: Final = 15
"""The day of the month that is proposed: that of every campaign so far."""
FIRST_MONTH: Final = 9
MOST_HEADINGS: Final = 30
NAMED_YEARS: Final = 5
"""Other school years of a file that are named; there are rarely two."""


@dataclass(frozen=True)
class Given:
    """What a person says beforehand, so that it is no question: None where nothing is said."""

    code: str | None = None
    date_observation: date | None = None
    date_extraction: date | None = None
    definition: str = "legale"


@dataclass(frozen=True)
class DeclaredDelivery:
    """The campagne.toml that was written, and the questions it holds, in French."""

    path: Path
    fichiers: tuple[Recognised, ...]
    aside: tuple[str, ...]
    """Names of what stands in the folder and is not listed."""
    questions: tuple[str, ...]


NOTHING_GIVEN: Final = Given()


def prepare_delivery(
    dossier: Path, given: Given = NOTHING_GIVEN, *, overwrite: bool = False
) -> DeclaredDelivery:
    """Write `dossier`/campagne.toml from the files that stand there.

    Args:
        dossier: a folder of extracts; its name is the campaign's code where it is one.
        given: what is said beforehand.
        overwrite: replace a campagne.toml that is there.

    Raises:
        DeliveryError: there is no such folder, no file in it is an extract, or a campagne.toml
            stands there already.
        SettingsError: the code that is given is none.
        OutputError: the disk refuses.
    """
    path = dossier / CAMPAGNE_TOML
    if given.code is not None and _propose_day(given.code) is None:
        raise SettingsError(
            "What was given is not a campaign's code.",
            remedy="A code is a year and month: 2026-10.",
        )
    names = _list_names(dossier)
    if path.exists() and not overwrite:
        raise DeliveryError(
            f"{path}: is there already.",
            remedy="Give --overwrite to write it anew: what it says of a file's extract, columns, words and dates is kept, and what "
            "else was written there by hand is lost.",
            code="declaration",
        )
    known = [name for name in names if name.lower().endswith(EXTENSIONS)]
    beside = hold_addresses(known)
    read = [name for name in known if not is_companion(name) and name not in beside]
    told = read_answers(path)
    found = sorted((_recognise(dossier / name, told.get(name)) for name in read), key=_order)
    if not any(file.extrait for file in found):
        raise DeliveryError(
            f"{dossier}: none of its {len(names)} files is an extract of the contract.",
            remedy="Put the extracts there as they were delivered; docs/colonnes.md shows their columns.",
            code="declaration",
        )
    aside = tuple(name for name in names if name not in known)
    lines = list(_write_declaration(dossier, found, aside, given))
    with output_guard(dossier), replacing(path, SHARED, among_others=True) as draft:
        write_text(draft, "\n".join(lines) + "\n", SHARED, among_others=True)
    questions = tuple(line.removeprefix("# ? ") for line in lines if line.startswith("# ? "))
    return DeclaredDelivery(path, tuple(found), aside, questions)


def _list_names(dossier: Path) -> list[str]:
    try:
        files = [path.name for path in dossier.iterdir() if path.is_file()]
    except OSError as failure:
        raise DeliveryError(
            f"{dossier}: cannot be listed ({failure.strerror}).",
            remedy="Give the folder where the extracts stand.",
            code="declaration",
        ) from None
    return sorted(name for name in files if name != CAMPAGNE_TOML and not name.startswith("."))


def _recognise(path: Path, told: Told | None) -> Recognised:
    try:
        return recognise(path, told)
    except OSError as failure:
        raise DeliveryError(
            f"{path.name}: cannot be read ({failure.strerror}).",
            remedy="Check the disk and the file's access rights.",
            code="fichier_illisible",
        ) from None


def _order(file: Recognised) -> tuple[int, str, str]:
    rank = EXTRACTS.index(file.extrait) if file.extrait else len(EXTRACTS)
    return rank, file.annee_scolaire or "", file.nom


def _write_declaration(
    dossier: Path, files: Sequence[Recognised], aside: Sequence[str], given: Given
) -> Iterator[str]:
    named = dossier.resolve().name
    code = given.code or (named if _propose_day(named) else None)
    day = given.date_observation or _propose_day(code)
    yield "# Écrit par `siei prepare` d’après les fichiers du dossier. Une ligne « # ? » est une question :"
    yield '# y répondre, puis l’effacer. Une valeur "?" arrête `siei check` et `siei run`.'
    yield "[campagne]"
    if code is None:
        yield "# ? code : année et mois de la campagne, par exemple 2026-10"
    yield f"code = {_text(code or QUESTION)}"
    if given.date_observation is None:
        proposed = " (le 15 du mois est proposé : à confirmer)" if day else ""
        yield f"# ? date_observation : jour auquel la situation de chacun est observée{proposed}"
    yield f"date_observation = {day or _text(QUESTION)}"
    yield f"annee_scolaire = {_text(_school_year(day) if day else QUESTION)}"
    yield f"definition = {_text(given.definition)}"
    yield from _ask_for_missing(files, day)
    for file in files:
        yield ""
        yield from _write_file(dossier, file, given)
    if aside:
        yield ""
        yield f"# Laissés de côté, aucun extrait n’a ces extensions : {', '.join(aside)}"


def _write_file(dossier: Path, file: Recognised, given: Given) -> Iterator[str]:
    yield from (f"# ? {file.nom} : {question}" for question in _ask(file))
    yield "[[fichiers]]"
    yield f"extrait = {_text(file.extrait or QUESTION)}"
    yield f"nom = {_text(file.nom)}"
    if file.extrait in ENROLMENT_EXTRACTS:
        yield f"annee_scolaire = {_text(file.annee_scolaire or QUESTION)}"
    if given.date_extraction is None:
        changed = datetime.fromtimestamp((dossier / file.nom).stat().st_mtime, UTC).date()
        yield (
            f"# ? {file.nom} : date_extraction, jour où le fournisseur l’a extrait "
            f"(le fichier est du {french_date(changed)})"
        )
    yield f"date_extraction = {given.date_extraction or _text(QUESTION)}"
    if file.lignes is not None:
        yield f"lignes = {file.lignes}"
    yield f"sha256 = {_text(file.sha256)}"
    if file.encodage != "utf-8":
        yield f"encodage = {_text(file.encodage)}"
    if _needs_separator(file):
        yield f"separateur = {_text(file.separator)}"
    if file.feuille is not None:
        yield f"feuille = {_text(file.feuille)}"
    if file.told.formats_dates:
        yield f"formats_dates = [{', '.join(map(_text, file.told.formats_dates))}]"
    if file.proposed or (file.missing and file.extrait):
        yield "[fichiers.colonnes]"
        yield from (f"{column} = {_text(text)}" for column, text in file.proposed.items())
        yield from (f"{column} = {_text(QUESTION)}" for column in file.missing)
    for column in dict.fromkeys((*file.told.valeurs, *file.words)):
        said, words = file.told.valeurs.get(column, {}), file.words.get(column, {})
        yield f"[fichiers.valeurs.{column}]"
        yield from (f"{_text(word)} = {_text(own)}" for word, own in said.items())
        yield from (f"{_text(word)} = {_text(own or QUESTION)}" for word, own in words.items())


def _ask(file: Recognised) -> Iterator[str]:
    """Ask what the file does not tell, or tells twice."""
    if file.extrait is None:
        yield f"de quel extrait est-ce un fichier ? ({', '.join(EXTRACTS)}) Sinon, effacer ce paragraphe"
        return
    if file.ambiguous:
        yield "diplomes ou diplomes_agricoles ? Leurs colonnes sont les mêmes"
    if file.missing:
        unused = first_of([f"« {text} »" for text in file.unused], MOST_HEADINGS, AUTRES)
        among = f", parmi ceux qui restent ({unused})" if unused else " dans le fichier"
        yield (
            f"colonnes de l’extrait {file.extrait} manquantes : {', '.join(file.missing)}. En donner "
            f'l’en-tête{among}, ou "" si le fichier n’a pas cette colonne'
        )
    if any(file.told.colonnes.get(column) != text for column, text in file.proposed.items()):
        yield "ses en-têtes ne sont pas ceux du contrat : vérifier [fichiers.colonnes] ci-dessous"
    for column in file.words:
        known = ", ".join(_known_words(file.extrait, column))
        yield (
            f"{column} : ses mots ne sont pas ceux du contrat ({known}) : vérifier "
            f"[fichiers.valeurs.{column}] ci-dessous"
        )
    yield from _ask_of_rows(file)


def _ask_of_rows(file: Recognised) -> Iterator[str]:
    """Ask what the rows do not tell, and how they could be read."""
    if file.extrait in ENROLMENT_EXTRACTS and file.annee_scolaire is None:
        yield "de quelle année scolaire ? Ni son nom ni ses lignes ne le disent"
    if file.years and file.named_year and file.named_year != file.annee_scolaire:
        yield f"son nom dit {file.named_year}, ses lignes {file.annee_scolaire}"
    if file.other_years:
        others = ", ".join(f"{year} ({n} lignes)" for year, n in file.other_years[:NAMED_YEARS])
        yield f"il contient aussi d’autres années scolaires : {others}"
    if file.titles:
        yield (
            f"des titres ({file.titles} lignes) y précèdent les en-têtes : demander un export sans eux, ou un classeur "
            "(.xlsx, .ods), où ils ne comptent pas"
        )
    if file.error is not None:
        what, todo = word_fault(file.error)
        yield f"ses lignes n’ont pas pu être comptées. {what} {todo}"


def _known_words(extrait: str, column: str) -> list[str]:
    fields = declaration(f"extraits/{extrait}").fields
    return next(field["constraints"]["enum"] for field in fields if field["name"] == column)


def _needs_separator(file: Recognised) -> bool:
    # SIFA may have `|`, which reading sees by itself.
    return file.separator not in (";", "|")


def _ask_for_missing(files: Sequence[Recognised], day: date | None) -> Iterator[str]:
    present = {file.extrait for file in files}
    for extrait in REQUIRED_EXTRACTS:
        if extrait not in present:
            yield f"# ? extrait {extrait} : obligatoire, aucun fichier reconnu"
    if day is None:
        return
    start = int(_school_year(day)[:4])
    for extrait in ENROLMENT_EXTRACTS:
        years = {file.annee_scolaire for file in files if file.extrait == extrait}
        for year in (f"{start - 1}-{start}", f"{start}-{start + 1}"):
            if years and None not in years and year not in years:
                yield f"# ? extrait {extrait} : aucun fichier pour {year}"


def _propose_day(code: str | None) -> date | None:
    try:
        known = code is not None and CODE.fullmatch(code)
        return date.fromisoformat(f"{code}-{MIDDLE}") if known else None
    except ValueError:
        return None


def _school_year(day: date) -> str:
    start = day.year if day.month >= FIRST_MONTH else day.year - 1
    return f"{start}-{start + 1}"


def _text(value: str) -> str:
    # A basic string of TOML escapes as JSON does.
    return json.dumps(value, ensure_ascii=False)
