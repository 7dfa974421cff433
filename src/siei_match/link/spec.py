"""What a linkage compares, as data: traits and their ordered levels, classes, blocking passes.

A data set is linked by declaring it, in TOML (`schemas/liaison/`): which columns make which trait,
of which kind (`kinds/`), what each level is worth before anything is counted, and which pairs are
searched. Level 0 of every trait is `absent`: neither agreement nor disagreement, weight zero. The
others go from the strongest agreement to disagreement.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from siei_match.contracts import schemas_root
from siei_match.errors import SettingsError

ABSENT: Final = 0
HOUSEHOLD: Final = ("jumeaux", "fratrie")
"""Classes of people who share a home: each level says how likely it is between them."""
EVERYBODY: Final = "tous"
WITHOUT_IDENTIFIER: Final = "sans_identifiant"
PARTIAL_DATE: Final = "date_partielle"
NAMES_ALIKE: Final = frozenset({"son", "paire", "lettre", "jour_et_mois"})
"""Parts of a blocking key that are made of several columns."""
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "noms": ("egal", "partie", "proche", "courriel", "lointain", "different"),
    "prenoms": (
        "egal", "inverse", "inverse_proche", "entendu", "courriel", "partie", "autre", "proche",
        "lointain", "courants", "different",
    ),
    "autres_prenoms": ("egal", "different"),
    "date": (
        "egal", "partiel", "inversion", "un_chiffre", "un_jour", "deux_elements", "different",
    ),
    "categorie": ("egal", "different"),
    "lieu": ("egal", "departement", "different"),
    "ensemble": ("egal", "different"),
    "adresse": ("egal", "proche", "commune", "departement", "different"),
    "sejours": ("compatibles", "simultanees"),
    "identifiant": ("egal", "voisin", "different"),
    "texte": ("egal", "proche", "lointain", "different"),
    "code": ("egal", "voisin", "different"),
}  # fmt: skip
"""The kinds of traits and the levels that each can tell, best first."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(_Strict):
    """P(level | same person), P(level | strangers), P(level | twins), P(level | siblings)."""

    m: float = Field(gt=0, lt=1)
    u: float = Field(gt=0, lt=1)
    jumeaux: float | None = Field(default=None, gt=0, lt=1)
    fratrie: float | None = Field(default=None, gt=0, lt=1)
    frequence: bool = False
    """Agreeing is worth what the value is rare."""


class Repeats(_Strict):
    """A trait that says again what another has said, up to one of its levels."""

    trait: str
    jusqu_a: str


class Settled(_Strict):
    """Pairs that settle a trait where no label teaches it: these traits equal, one of those too."""

    egaux: tuple[str, ...]
    un_de: tuple[str, ...]


class TraitSpec(_Strict):
    """A compared trait as declared; see `schemas/liaison/siei.toml` for every key."""

    genre: str
    colonnes: tuple[str, ...]
    niveaux: dict[str, Level]
    frequences: str | None = None
    plafond: float = 16.0
    meilleur: bool = False
    appris: bool = True
    croise: str | None = None
    redit: Repeats | None = None
    ecrit_dans: str | None = None
    """The column of e-mails that may spell this name."""
    appris_si: Settled | None = None

    @model_validator(mode="after")
    def levels_of_the_kind(self) -> "TraitSpec":
        """Refuse levels that the kind cannot tell, or half of a household's probabilities."""
        if tuple(self.niveaux) != KINDS.get(self.genre, ()):
            raise ValueError(f"genre {self.genre}: levels must be {KINDS.get(self.genre)}")
        for klass in HOUSEHOLD:
            given = {getattr(level, klass) is None for level in self.niveaux.values()}
            if len(given) > 1:
                raise ValueError(f"{klass} is given for some levels only")
        return self


class ClassSpec(_Strict):
    taux: float = Field(gt=0)
    traits: tuple[str, ...] = ()
    memes: tuple[str, ...] = ()
    autres: tuple[str, ...] = ()


class CertaintySpec(_Strict):
    identifiant: str | None = None
    memes: tuple[str, ...] = ()
    contredit: tuple[str, ...] = ()


class PassSpec(_Strict):
    nom: str
    cle: tuple[str, ...] = Field(min_length=1)
    cherchent: str = EVERYBODY


class BlocksSpec(_Strict):
    passes: tuple[PassSpec, ...] = Field(min_length=1)
    decoupe: tuple[str, ...] = ()


class DateSpec(_Strict):
    """A date written as text: the columns of its year, month and day, and where their digits are."""

    colonnes: tuple[str, str, str]
    forme: Literal["AAAAMMJJ", "AAAA-MM-JJ", "JJ/MM/AAAA", "JJMMAAAA"]


class SpecFile(_Strict):
    sources: tuple[str, ...] = Field(min_length=1)
    traits: dict[str, TraitSpec]
    blocs: BlocksSpec
    classes: dict[str, ClassSpec] = {}
    certitude: CertaintySpec = CertaintySpec()
    un_par_source: bool = False
    """A person stands once at most in each source: rows of one source are never one person."""
    dates: dict[str, DateSpec] = {}
    """Columns of dates in the files, for data that do not come from `normalise`."""


@dataclass(frozen=True)
class Trait:
    """A compared trait, ready to use.

    Args:
        name: as in `liens`.
        kind: of `KINDS`.
        columns: of the rows.
        levels: names of levels 1..n, best first.
        m: start values of P(level | same person), by level, before any counting.
        u: start values of P(level | two strangers of the country).
        households: P(level | twins), P(level | siblings) for the traits that tell them apart;
            none where they are as alike as one person's own rows (surname, address, phone).
        frequent: codes of the levels whose agreement is worth what the value is rare.
        declared: the rest of the declaration.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    levels: tuple[str, ...]
    m: tuple[float, ...]
    u: tuple[float, ...]
    households: Mapping[str, tuple[float, ...]]
    frequent: tuple[int, ...]
    declared: TraitSpec

    def code(self, level: str) -> int:
        return self.levels.index(level) + 1


@dataclass(frozen=True)
class Spec:
    """A declared linkage. `classes`: weights that speak against each way of being two people."""

    file: SpecFile
    traits: tuple[Trait, ...]
    by_name: Mapping[str, Trait] = field(repr=False)
    classes: Mapping[str, list[str]]

    @property
    def sources(self) -> tuple[str, ...]:
        return self.file.sources

    @property
    def columns(self) -> list[str]:
        """The columns that make a record: those of traits and keys, each once, in order."""
        traits = [c for t in self.traits for c in t.columns]
        keys = [part.partition(":")[0] for p in self.file.blocs.passes for part in p.cle]
        both = [*traits, *keys, *self.file.blocs.decoupe]
        return [c for c in dict.fromkeys(both) if c not in NAMES_ALIKE]

    def of_kind(self, kind: str) -> Trait | None:
        return next((t for t in self.traits if t.kind == kind), None)

    @property
    def identifier(self) -> Trait | None:
        name = self.file.certitude.identifiant
        return self.by_name[name] if name else None


def build_spec(raw: Mapping[str, Any]) -> Spec:
    """Check a declaration and make it ready.

    Raises:
        SettingsError: a key is missing, unknown or refused; the message names it.
    """
    try:
        file = SpecFile.model_validate(raw)
        traits = tuple(_trait(name, declared) for name, declared in file.traits.items())
        by_name = {t.name: t for t in traits}
        _check_names(file, by_name)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"The declaration of the linkage is wrong at {place}: {first['msg']}.",
            remedy="Compare it with schemas/liaison/siei.toml, which shows every key.",
        ) from None
    classes = {
        name: (
            [f"{name}_{t.name}" for t in traits if name in t.households]
            if name in HOUSEHOLD
            else [f"poids_{trait}" for trait in declared.traits]
        )
        for name, declared in file.classes.items()
    }
    return Spec(file, traits, by_name, classes)


def _trait(name: str, declared: TraitSpec) -> Trait:
    levels = declared.niveaux
    return Trait(
        name,
        declared.genre,
        declared.colonnes,
        tuple(levels),
        tuple(level.m for level in levels.values()),
        tuple(level.u for level in levels.values()),
        {
            klass: tuple(getattr(level, klass) for level in levels.values())
            for klass in HOUSEHOLD
            if all(getattr(level, klass) is not None for level in levels.values())
        },
        tuple(code for code, level in enumerate(levels.values(), start=1) if level.frequence),
        declared,
    )


def _check_names(file: SpecFile, by_name: Mapping[str, Trait]) -> None:
    """Refuse what names a trait or a column that the declaration does not hold.

    Raises:
        SettingsError: it does; the message says which.
    """
    certain = file.certitude
    named = [certain.identifiant, *certain.memes, *certain.contredit]
    for declared in file.classes.values():
        named += [*declared.traits, *declared.memes, *declared.autres]
    for trait in file.traits.values():
        named += [trait.croise, trait.redit.trait if trait.redit else None]
        if trait.appris_si is not None:
            named += [*trait.appris_si.egaux, *trait.appris_si.un_de]
    columns = {c for t in by_name.values() for c in t.columns} | NAMES_ALIKE
    keys = [part.partition(":")[0] for p in file.blocs.passes for part in p.cle]
    unknown = [n for n in named if n and n not in by_name]
    mails = [t.ecrit_dans for t in file.traits.values() if t.ecrit_dans]
    unknown += [c for c in (*keys, *file.blocs.decoupe, *mails) if c not in columns]
    if unknown:
        raise SettingsError(
            f"The declaration of the linkage names {', '.join(sorted(set(unknown)))}, "
            "which is no trait or column of it.",
            remedy="Correct the name, or declare the trait.",
        )


def read_spec(path: Path) -> Spec:
    """Read a declared linkage; `reprend` names a declaration beside it, which it changes.

    Raises:
        SettingsError: the file cannot be read, or is no declaration.
    """
    return build_spec(_read_toml(path))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{path.name}: cannot be read as TOML ({type(error).__name__}).",
            remedy="Correct the file; schemas/liaison/siei.toml shows every key.",
        ) from None
    base = raw.pop("reprend", None)
    return raw if base is None else _read_toml(path.with_name(base)) | raw


@cache
def siei() -> Spec:
    """Return the declared linkage of the SIEI extracts."""
    return read_spec(schemas_root() / "liaison" / "siei.toml")
