"""A model that has a name: DIR/memoire/modeles/<sha256>.json, approved by a person.

The file holds how often levels are reached and what taught them: shares and counts, of no value and
nobody. It is known by its hash: a run that is told the hash applies that very file, or nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, NonNegativeInt, ValidationError

from siei_match.output.audit import Actor, read_entries
from siei_match.output.estimates import EstimatedErrors, GroupRecord, Record
from siei_match.output.layout import MEMOIRE
from siei_match.output.placing import placing
from siei_match.reference.errors import SettingsError
from siei_match.reference.files import bytes_sha256, dump_json, output_guard

MODELS: Final = Path(MEMOIRE) / "modeles"
ACT: Final = "modele"
NAME: Final = r"^[a-z0-9][a-z0-9._-]{0,63}$"
HASH: Final = r"^[0-9a-f]{64}$"


class TaughtBy(Record):
    """A campaign that taught a model."""

    campagne: str
    manifeste_sha256: str = Field(pattern=HASH)
    lignes: dict[str, NonNegativeInt]
    """Its valid rows, by extract."""
    erreurs: EstimatedErrors
    """What its run expected of its own errors."""
    groupes: tuple[GroupRecord, ...]
    """What its run did for groups of people; small counts are hidden there already."""


class BoundsRecord(Record):
    """How far a delivery may be from what the model was taught (`stages.link.model.pinned.Bounds`)."""

    m: Annotated[float, Field(gt=0)]
    u: Annotated[float, Field(gt=0)]
    motifs: Annotated[float, Field(gt=0)]
    candidates: Annotated[float, Field(gt=0)]
    fiches_par_personne: Annotated[float, Field(gt=0)]


class ModelFile(Record):
    """A trained model."""

    format: Literal[1] = 1
    nom: str = Field(pattern=NAME)
    version: str
    """Of the software that trained it."""
    appris_de: tuple[TaughtBy, ...] = Field(min_length=1)
    modele: dict[str, Any]
    """As `WeightModel.artefact` tells it."""
    profil: dict[str, Any]
    """How the campaigns looked that taught it (`Profile.told`)."""
    bornes: BoundsRecord

    def text(self) -> str:
        """Return the file's text: one way only to write it."""
        return dump_json(self.model_dump(mode="json"))

    @property
    def sha256(self) -> str:
        return bytes_sha256(self.text().encode("utf-8"))


def parse_model(content: bytes, name: str) -> ModelFile:
    """Return the model that a file holds; `name` is the file's, for the error.

    Raises:
        SettingsError: it is none.
    """
    try:
        return ModelFile.model_validate_json(content)
    except ValidationError:
        raise SettingsError(
            f"{name} is no model of siei-match, or is damaged.",
            remedy="`siei train` writes one.",
        ) from None


def read_model_file(path: Path) -> ModelFile:
    """Return the model of a file.

    Raises:
        SettingsError: it cannot be read, or is none.
    """
    try:
        return parse_model(path.read_bytes(), path.name)
    except OSError as failure:
        raise SettingsError(
            f"{path} cannot be read ({failure.strerror}).",
            remedy="Give a model that `siei train` wrote.",
        ) from None


def approve_model(
    sortie: Path, model: ModelFile, actor: Actor, motif: str, more: Mapping[str, str] | None = None
) -> Path:
    """Keep a model where runs find it, by its hash; who approves it and why stands in the audit log, with `more`.

    Raises:
        OutputError: the disk or the audit log refuses.
    """
    path = sortie / MODELS / f"{model.sha256}.json"
    with output_guard(sortie):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    details: dict[str, str | int] = {"approuve": model.nom, "motif": motif, **(more or {})}
    with placing(sortie, ACT, actor, folder=path.parent, details=details) as drafts:
        drafts.add(path, (MODELS / path.name).as_posix()).write_text(model.text(), "utf-8")
    return path


def find_model(sortie: Path, sha256: str) -> ModelFile:
    """Return the approved model that has this hash.

    Raises:
        SettingsError: nobody approved it, or its file is no longer what was approved.
    """
    path = sortie / MODELS / f"{sha256}.json"
    name = (MODELS / path.name).as_posix()
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    approved = any(
        entry.acte == ACT and entry.fichiers.get(name) == sha256 for entry in read_entries(sortie)
    )
    if not approved or bytes_sha256(content) != sha256:
        why = "is not what was approved, or is missing" if approved else "was approved by nobody"
        raise SettingsError(
            f"The model {sha256[:12]}… of the setting `modele` {why}.",
            remedy="`siei model list` shows those approved, `siei model approve` approves one; without the "
            "setting a run learns its own.",
        )
    return parse_model(content, path.name)


def approved_models(sortie: Path) -> dict[str, ModelFile]:
    """Return the models that stand in an output folder by their hash, in the order of their approval.

    Raises:
        OutputError: the audit log cannot be read.
        SettingsError: the file of one is damaged.
    """
    told = [
        sealed
        for entry in read_entries(sortie)
        if entry.acte == ACT
        for name, sealed in entry.fichiers.items()
        if name.startswith(f"{MODELS.as_posix()}/")
    ]
    # Approved again, it is in force anew.
    last = sorted({sealed: place for place, sealed in enumerate(told)}.items(), key=lambda t: t[1])
    return {sealed: find_model(sortie, sealed) for sealed, _ in last}


def list_models(sortie: Path, sha256: str | None) -> list[Path]:
    """Return the file of the model that a run applies, if it applies one."""
    return [sortie / MODELS / f"{sha256}.json"] if sha256 else []
