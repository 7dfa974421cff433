"""Read campagne.toml and check that the folder holds what it lists, before any row is read."""

import stat
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from siei_match.reference.delivery import EXTENSIONS, Fichier, Livraison
from siei_match.reference.errors import Avertissement, DeliveryError
from siei_match.reference.files import file_sha256
from siei_match.reference.vocabulary import (
    DIPLOMES_AGRICOLES,
    EXTRAITS,
    EXTRAITS_INSCRIPTION,
    EXTRAITS_REQUIS,
    MISSIONS_LOCALES,
    RETOURS,
)

CAMPAGNE_TOML: Final = "campagne.toml"
TAILLE_MAX: Final = 1 << 20
"""Bytes of a campagne.toml; a real one has two thousand."""
PERTES: Final = {
    DIPLOMES_AGRICOLES: (
        "agricultural diplomas are unknown: their holders may be listed",
        "les diplômes agricoles sont inconnus, leurs titulaires peuvent figurer sur une liste",
    ),
    MISSIONS_LOCALES: (
        "nobody is marked as followed by a mission locale",
        "personne n’est indiqué comme suivi par une mission locale",
    ),
    RETOURS: (
        "what platforms answered to earlier lists is not taken into account",
        "ce que les plateformes ont répondu aux listes précédentes n’est pas pris en compte",
    ),
}
"""What is lost when an optional extract is absent."""
UNLISTED: Final = tuple(sorted(EXTRAITS, key=len, reverse=True))
"""The longest first: `diplomes_agricoles.csv` is none of `diplomes`."""


def read_delivery(dossier: Path) -> Livraison:
    """Read `dossier`/campagne.toml and check its files: all there, none forgotten, sums right.

    No row is read. The result's `avertissements` say what an absent or unlisted file costs.

    Raises:
        DeliveryError: the folder is not what campagne.toml or the contract announces.
    """
    livraison = read_declaration(dossier)
    _check_names(livraison.fichiers)
    _check_required(livraison.fichiers)
    unlisted = _find_unlisted(dossier, livraison.fichiers)
    for fichier in livraison.fichiers:
        _check_file(dossier, fichier)
    said = (*_warn_unlisted(unlisted), *_warn(livraison))
    return livraison.model_copy(update={"avertissements": said})


def read_declaration(dossier: Path) -> Livraison:
    """Read `dossier`/campagne.toml alone: none of its files is looked at.

    Raises:
        DeliveryError: it is missing or says something else than the contract.
    """
    return _parse(_read_toml(dossier))


def _read_toml(dossier: Path) -> dict[str, Any]:
    chemin = dossier / CAMPAGNE_TOML
    if not dossier.is_dir():
        raise DeliveryError(
            f"{dossier}: there is no such folder.", remedy="Give the campaign's input folder."
        )
    try:
        _require_text(chemin)
        return tomllib.loads(chemin.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DeliveryError(
            f"{dossier}: {CAMPAGNE_TOML} is missing.",
            remedy="Write it beside the extracts; docs/contract.md shows one.",
        ) from None
    except OSError as failure:
        raise DeliveryError(
            f"{chemin}: cannot be read ({failure.strerror}).", remedy="Check its access rights."
        ) from None
    except UnicodeDecodeError:
        raise DeliveryError(
            f"{chemin}: is not written in UTF-8.", remedy="Save it again in UTF-8."
        ) from None
    except (ValueError, RecursionError) as failure:
        # A number of thousands of digits is a ValueError, and no TOMLDecodeError.
        raise DeliveryError(
            f"{chemin}: is not valid TOML ({failure}).",
            remedy="Correct that line; text and file names stand between double quotes.",
        ) from None


def _require_text(chemin: Path) -> None:
    """Refuse what would never end being read: a pipe, a device, a file that is no declaration."""
    etat = chemin.stat()
    if not stat.S_ISREG(etat.st_mode) or etat.st_size > TAILLE_MAX:
        raise DeliveryError(
            f"{chemin}: is no file of at most {TAILLE_MAX} bytes.",
            remedy=f"Write {CAMPAGNE_TOML} as a plain text file; docs/contract.md shows one.",
        )


def _parse(contenu: dict[str, Any]) -> Livraison:
    # The delivery's own warnings are ours to write, not campagne.toml's.
    inconnues = sorted(set(contenu) - {"campagne", "fichiers"})
    if inconnues:
        raise DeliveryError(
            f"{CAMPAGNE_TOML}: unknown part {', '.join(inconnues)}.",
            remedy="It holds one [campagne] and one [[fichiers]] per file, nothing else.",
        )
    try:
        return Livraison.model_validate(contenu)
    except ValidationError as failure:
        raise DeliveryError(
            f"{CAMPAGNE_TOML}: {'; '.join(_tell(failure, contenu))}.",
            remedy="Correct it; docs/contract.md, section 1, shows every key.",
        ) from None


def _tell(failure: ValidationError, contenu: dict[str, Any]) -> Iterator[str]:
    for error in failure.errors(include_input=False, include_url=False, include_context=False):
        place = list(error["loc"])
        if len(place) > 1 and place[0] == "fichiers":
            place[:2] = [_name_file(contenu, place[1])]
        message = error["msg"].removeprefix("Value error, ")
        message = {
            "extra_forbidden": "unknown key",
            "missing": "is missing",
        }.get(error["type"], message)
        yield f"{'.'.join(map(str, place))}: {message}"


def _name_file(contenu: dict[str, Any], rang: Any) -> str:
    try:
        nom = contenu["fichiers"][rang]["nom"]
    except (LookupError, TypeError):
        nom = None
    number = rang + 1 if isinstance(rang, int) else rang
    return f"fichiers number {number}" + (
        f" ({nom})" if isinstance(nom, str) and nom.isprintable() else ""
    )


def _check_names(fichiers: Iterable[Fichier]) -> None:
    twice = sorted(nom for nom, n in Counter(f.nom for f in fichiers).items() if n > 1)
    if twice:
        raise DeliveryError(
            f"{CAMPAGNE_TOML}: {', '.join(twice)} is listed twice.",
            remedy="List each file once: its rows would count double.",
        )


def _check_required(fichiers: Iterable[Fichier]) -> None:
    listed = {fichier.extrait for fichier in fichiers}
    missing = [extrait for extrait in EXTRAITS_REQUIS if extrait not in listed]
    if missing:
        raise DeliveryError(
            f"{CAMPAGNE_TOML}: required extract not listed: {', '.join(missing)}.",
            remedy="Ask its provider for it: without it, people in training would be listed.",
        )


def _find_unlisted(dossier: Path, fichiers: Iterable[Fichier]) -> list[str]:
    """Return the unlisted files of optional extracts; of a required one, all of it must be read."""
    listed = {fichier.nom for fichier in fichiers}
    try:
        present = sorted(entree.name for entree in dossier.iterdir())
    except OSError as failure:
        raise DeliveryError(
            f"{dossier}: cannot be listed ({failure.strerror}).", remedy="Check its access rights."
        ) from None
    unlisted = {
        nom: next((e for e in UNLISTED if nom.lower().startswith(e)), None)
        for nom in present
        if nom not in listed and nom.lower().endswith(EXTENSIONS)
    }
    if forgotten := [nom for nom, extrait in unlisted.items() if extrait in EXTRAITS_REQUIS]:
        raise DeliveryError(
            f"{dossier}: present but not listed in {CAMPAGNE_TOML}: {', '.join(forgotten)}.",
            remedy="List it under [[fichiers]], or move it out of the folder.",
        )
    return [nom for nom, extrait in unlisted.items() if extrait]


def _check_file(dossier: Path, fichier: Fichier) -> None:
    chemin = dossier / fichier.nom
    if not chemin.is_file():
        raise DeliveryError(
            f"{fichier.nom}: listed in {CAMPAGNE_TOML} but missing from {dossier}.",
            remedy="Copy it there, or remove it from the list.",
        )
    try:
        if chemin.stat().st_size == 0:
            raise DeliveryError(
                f"{fichier.nom}: the file is empty (0 bytes).",
                remedy="Copy it again; a delivery without rows has at least its header.",
            )
        found = file_sha256(chemin) if fichier.sha256 else None
    except OSError as failure:
        raise DeliveryError(
            f"{fichier.nom}: cannot be read ({failure.strerror}).",
            remedy="Check the disk and the file's access rights.",
        ) from None
    if fichier.sha256 and found != fichier.sha256.lower():
        raise DeliveryError(
            f"{fichier.nom}: its SHA-256 is {found}, {CAMPAGNE_TOML} announces "
            f"{fichier.sha256.lower()}.",
            remedy="The file was changed or damaged on its way: copy it again from its provider.",
        )


def _warn_unlisted(noms: Sequence[str]) -> Iterator[Avertissement]:
    if noms:
        named = ", ".join(noms)
        yield Avertissement(
            f"Present but not listed in {CAMPAGNE_TOML}, and not read: {named}.",
            f"Présents mais absents de {CAMPAGNE_TOML}, non lus : {named}.",
        )


def _warn(livraison: Livraison) -> Iterator[Avertissement]:
    listed = {fichier.extrait for fichier in livraison.fichiers}
    for extrait, (lost, perte) in PERTES.items():
        if extrait not in listed:
            yield Avertissement(
                f"{extrait} is absent: {lost}.",
                f"L’extrait {extrait} n’a pas été fourni : {perte}.",
            )
    rentree = livraison.campagne.rentree
    for extrait in EXTRAITS_INSCRIPTION:
        years = {f.annee_scolaire for f in livraison.fichiers if f.extrait == extrait}
        now, before = f"{rentree}-{rentree + 1}", f"{rentree - 1}-{rentree}"
        if now not in years:
            yield Avertissement(
                f"{extrait} has no file for {now}: people enrolled there this year may be listed.",
                f"L’extrait {extrait} n’a pas de fichier pour {now} : "
                "les jeunes qui y sont inscrits cette année peuvent figurer sur une liste.",
            )
        if before not in years:
            yield Avertissement(
                f"{extrait} has no file for {before}: nobody comes into scope through it.",
                f"L’extrait {extrait} n’a pas de fichier pour {before} : "
                "aucun jeune n’entre dans le champ par cet extrait.",
            )
