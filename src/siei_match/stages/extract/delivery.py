"""Read campagne.toml and check that the folder holds what it lists, before any row is read."""

import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from siei_match.reference.delivery import Delivery, Fichier
from siei_match.reference.errors import DeliveryError, Notice
from siei_match.reference.files import file_sha256
from siei_match.reference.toml_text import parse_toml
from siei_match.reference.vocabulary import (
    CONTRATS,
    DIPLOMES_AGRICOLES,
    MISSIONS_LOCALES,
    REQUIRED_EXTRACTS,
    RETOURS,
)
from siei_match.stages.extract.agreement import (
    require_agreement,
    warn_of_dates,
    warn_of_folder,
)
from siei_match.stages.extract.doubles import check_doubles
from siei_match.stages.extract.questions import require_answered
from siei_match.stages.extract.unchanged import note_states
from siei_match.stages.extract.unlisted import require_listed, warn_unlisted

CAMPAGNE_TOML: Final = "campagne.toml"
Check = Callable[[], None]
LARGEST: Final = 1 << 20
"""Bytes of a campagne.toml; a real one has two thousand."""
LOSSES: Final = {
    DIPLOMES_AGRICOLES: (
        "agricultural diplomas are unknown: their holders may be listed",
        "les diplômes agricoles sont inconnus, leurs titulaires peuvent figurer sur une liste",
    ),
    MISSIONS_LOCALES: (
        "nobody is marked as followed by a mission locale",
        "personne n’est indiqué comme suivi par une mission locale",
    ),
    CONTRATS: (
        "apprentices who began since 31 December, or before autumn's SIFA, may be listed",
        "les apprentis dont le contrat a commencé depuis le dernier recensement SIFA peuvent figurer sur "
        "une liste",
    ),
    RETOURS: (
        "of what platforms answered to earlier lists, only what was collected here counts",
        "ce que les plateformes ont répondu aux listes précédentes n’est pas pris en compte",
    ),
}
"""What is lost when an optional extract is absent."""


def read_delivery(dossier: Path) -> Delivery:
    """Read `dossier`/campagne.toml and check its files: all there, none forgotten, sums right.

    No row is read. The result's `avertissements` say what an absent or unlisted file costs.

    Raises:
        DeliveryError: the folder is not what campagne.toml or the contract announces.
    """
    delivery = read_declaration(dossier)
    states = note_states(dossier, delivery.fichiers)
    for _, check in list_checks(dossier, delivery):
        check()
    return warned(dossier, delivery).seen(states)


def list_checks(dossier: Path, delivery: Delivery) -> Iterator[tuple[Fichier | None, Check]]:
    """Name what is checked before a row is read, with the file that it is about if it is one."""
    yield None, lambda: require_agreement(delivery, CAMPAGNE_TOML)
    yield None, lambda: _check_names(delivery.fichiers)
    yield None, lambda: _check_required(delivery.fichiers)
    yield None, lambda: require_listed(dossier, delivery.fichiers)
    for fichier in delivery.fichiers:
        yield fichier, partial(_check_file, dossier, fichier)
    yield None, lambda: check_doubles(dossier, delivery.fichiers)


def warned(dossier: Path, delivery: Delivery) -> Delivery:
    """Return the delivery with what it lacks, and what stands in its folder for nothing."""
    unlisted = tuple(warn_unlisted(dossier, delivery.fichiers))
    said = (
        *warn_of_folder(dossier, delivery.campagne.code),
        *unlisted,
        *_warn(delivery),
        *warn_of_dates(delivery),
    )
    return delivery.model_copy(update={"avertissements": said})


def read_declaration(dossier: Path) -> Delivery:
    """Read `dossier`/campagne.toml alone: none of its files is looked at.

    Raises:
        DeliveryError: it is missing or says something else than the contract.
    """
    return _parse(_read_toml(dossier))


def _read_toml(dossier: Path) -> dict[str, Any]:
    path = dossier / CAMPAGNE_TOML
    if not dossier.is_dir():
        raise DeliveryError(
            f"{dossier}: there is no such folder.", remedy="Give the campaign's input folder."
        )
    try:
        _require_text(path)
        return parse_toml(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DeliveryError(
            f"{dossier}: {CAMPAGNE_TOML} is missing.",
            remedy=f"`siei prepare {dossier}` writes one from the files; docs/contract.md shows one.",
            code="declaration",
        ) from None
    except OSError as failure:
        raise DeliveryError(
            f"{path}: cannot be read ({failure.strerror}).",
            remedy="Check its access rights.",
            code="declaration",
        ) from None
    except UnicodeDecodeError:
        raise DeliveryError(
            f"{path}: is not written in UTF-8.",
            remedy="Save it again in UTF-8.",
            code="declaration",
        ) from None
    except (ValueError, RecursionError) as failure:
        # A number of thousands of digits is a ValueError, and no TOMLDecodeError.
        raise DeliveryError(
            f"{path}: is not valid TOML ({failure}).",
            remedy="Correct that line; text and file names stand between double quotes.",
            code="declaration",
        ) from None


def _require_text(path: Path) -> None:
    """Refuse what would never end being read: a pipe, a device, a file that is no declaration."""
    state = path.stat()
    if not stat.S_ISREG(state.st_mode) or state.st_size > LARGEST:
        raise DeliveryError(
            f"{path}: is no file of at most {LARGEST} bytes.",
            remedy=f"Write {CAMPAGNE_TOML} as a plain text file; docs/contract.md shows one.",
            code="declaration",
        )


def _parse(content: dict[str, Any]) -> Delivery:
    # The delivery's own warnings are ours to write, not campagne.toml's.
    unknown = sorted(set(content) - {"campagne", "fichiers"})
    if unknown:
        raise DeliveryError(
            f"{CAMPAGNE_TOML}: unknown part {', '.join(unknown)}.",
            remedy="It holds one [campagne] and one [[fichiers]] per file, nothing else.",
            code="declaration",
        )
    require_answered(content, CAMPAGNE_TOML)
    try:
        return Delivery.model_validate(content)
    except ValidationError as failure:
        raise DeliveryError(
            f"{CAMPAGNE_TOML}: {'; '.join(_tell(failure, content))}.",
            remedy="Correct it; docs/contract.md, section 1, shows every key.",
            code="declaration",
        ) from None


def _tell(failure: ValidationError, content: dict[str, Any]) -> Iterator[str]:
    for error in failure.errors(include_input=False, include_url=False, include_context=False):
        place = list(error["loc"])
        if len(place) > 1 and place[0] == "fichiers":
            place[:2] = [_name_file(content, place[1])]
        message = error["msg"].removeprefix("Value error, ")
        message = {
            "extra_forbidden": "unknown key",
            "missing": "is missing",
        }.get(error["type"], message)
        yield f"{'.'.join(map(str, place))}: {message}"


def _name_file(content: dict[str, Any], rang: Any) -> str:
    try:
        name = content["fichiers"][rang]["nom"]
    except (LookupError, TypeError):
        name = None
    number = rang + 1 if isinstance(rang, int) else rang
    return f"fichiers number {number}" + (
        f" ({name})" if isinstance(name, str) and name.isprintable() else ""
    )


def _check_names(fichiers: Iterable[Fichier]) -> None:
    twice = sorted(name for name, n in Counter(f.nom for f in fichiers).items() if n > 1)
    if twice:
        raise DeliveryError(
            f"{CAMPAGNE_TOML}: {', '.join(twice)} is listed twice.",
            remedy="List each file once: its rows would count double.",
            code="fichier_en_double",
            fichiers=", ".join(twice),
        )


def _check_required(fichiers: Iterable[Fichier]) -> None:
    listed = {fichier.extrait for fichier in fichiers}
    missing = [extrait for extrait in REQUIRED_EXTRACTS if extrait not in listed]
    if missing:
        raise DeliveryError(
            f"{CAMPAGNE_TOML}: required extract not listed: {', '.join(missing)}.",
            remedy="Ask its provider for it: without it, people in training would be listed.",
            code="extrait_absent",
            extraits=", ".join(missing),
        )


def _check_file(dossier: Path, fichier: Fichier) -> None:
    path = dossier / fichier.nom
    if not path.is_file():
        raise DeliveryError(
            f"{fichier.nom}: listed in {CAMPAGNE_TOML} but missing from {dossier}.",
            remedy="Copy it there, or remove it from the list.",
            code="fichier_absent",
        )
    try:
        if path.stat().st_size == 0:
            raise DeliveryError(
                f"{fichier.nom}: the file is empty (0 bytes).",
                remedy="Copy it again; a delivery without rows has at least its header.",
                code="fichier_vide",
            )
        found = file_sha256(path) if fichier.sha256 else None
    except OSError as failure:
        raise DeliveryError(
            f"{fichier.nom}: cannot be read ({failure.strerror}).",
            remedy="Check the disk and the file's access rights.",
            code="fichier_illisible",
        ) from None
    if fichier.sha256 and found != fichier.sha256.lower():
        raise DeliveryError(
            f"{fichier.nom}: its SHA-256 is {found}, {CAMPAGNE_TOML} announces "
            f"{fichier.sha256.lower()}.",
            remedy="The file was changed or damaged on its way: copy it again from its provider.",
            code="sha256",
        )


def _warn(delivery: Delivery) -> Iterator[Notice]:
    listed = {fichier.extrait for fichier in delivery.fichiers}
    for extrait, (lost, loss) in LOSSES.items():
        if extrait not in listed:
            yield Notice(
                f"{extrait} is absent: {lost}.",
                f"L’extrait {extrait} n’a pas été fourni : {loss}.",
                absent=extrait,
            )
