"""The form of a declared linkage (`schemas/liaison/*.toml`): what each key means, and what is refused."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from siei_match.stages.link.toolkit import build_feature, feature_class

ABSENT: Final = 0
HOUSEHOLD: Final = ("jumeaux", "fratrie")
"""Classes of people who share a home: each level says how likely it is between them."""
DATE_PARTS: Final = 3
EVERYBODY: Final = "tous"
WITHOUT_IDENTIFIER: Final = "sans_identifiant"
PARTIAL_DATE: Final = "date_partielle"
NAMES_ALIKE: Final = frozenset({"son", "paire", "lettre", "jour_et_mois"})
"""Parts of a blocking key that are made of several columns."""
HEARD: Final = frozenset({"son", "paire", "lettre"})
"""Those of them that are made of the words of names."""
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
    seuil: float | None = None
    """Of a feature named by its path: the similarity from which the level holds."""


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

    comme: Literal["texte", "nombre", "date"] = "texte"
    """What a feature named by its path reads in its columns; a date is three numbers, read as one."""
    arguments: dict[str, Any] = {}
    """Of the feature's constructor, after the names of the columns."""

    @property
    def is_named(self) -> bool:
        """Whether the kind is a feature of recordlinkage, or of anybody's, named by its path."""
        return "." in self.genre

    @field_validator("genre")
    @classmethod
    def feature_is_there(cls, genre: str) -> str:
        """Refuse a path that leads to no feature."""
        if "." in genre:
            feature_class(genre)
        return genre

    @model_validator(mode="after")
    def levels_of_the_kind(self) -> "TraitSpec":
        """Refuse levels that the kind cannot tell, or half of a household's probabilities."""
        if self.is_named:
            self._fits_a_feature()
        elif tuple(self.niveaux) != KINDS.get(self.genre, ()):
            raise ValueError(f"genre {self.genre}: levels must be {KINDS.get(self.genre)}")
        elif (
            self.arguments
            or self.comme != "texte"
            or any(seuil is not None for seuil in self._thresholds())
        ):
            raise ValueError(f"genre {self.genre}: arguments, comme and seuil are a feature's only")
        for klass in HOUSEHOLD:
            given = {getattr(level, klass) is None for level in self.niveaux.values()}
            if len(given) > 1:
                raise ValueError(f"{klass} is given for some levels only")
        return self

    def _thresholds(self) -> list[float | None]:
        return [level.seuil for level in self.niveaux.values()]

    def _fits_a_feature(self) -> None:
        """Refuse levels that do not cut a similarity from top to bottom, and what it cannot have."""
        *cut, last = self._thresholds() or [0.0]
        known = [seuil for seuil in cut if seuil is not None]
        if not cut or last is not None or len(known) < len(cut):
            raise ValueError("each level but the last, which is the rest, must have a seuil")
        if known != sorted(set(known), reverse=True):
            raise ValueError("the seuil of each level must be below that of the level before")
        if any(level.frequence for level in self.niveaux.values()):
            raise ValueError(
                "frequence is no feature's: a similarity does not say which value agrees"
            )
        if self.croise or self.ecrit_dans or self.frequences:
            raise ValueError(
                "croise, ecrit_dans and frequences are of the kinds of names and places"
            )
        if self.comme == "date" and len(self.colonnes) != DATE_PARTS:
            raise ValueError("comme date: the columns must be year, month and day")
        build_feature(self.genre, self.feature_columns(""), self.arguments, self.comme)

    def feature_columns(self, name: str) -> tuple[str, ...]:
        """Return what the trait's columns are called in the records that features read."""
        return (name,) if self.comme == "date" else tuple(f"{name}.{c}" for c in self.colonnes)


class ClassSpec(_Strict):
    taux: float = Field(gt=0)
    traits: tuple[str, ...] = ()
    memes: tuple[str, ...] = ()
    autres: tuple[str, ...] = ()
    plafonds: dict[str, float] = {}
    """How much a trait speaks against this class at most, in bits, however rare its value."""


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
    sources_facultatives: tuple[str, ...] = ()
    """Sources that weigh on nothing where a data set has no row of them."""
    traits: dict[str, TraitSpec]
    blocs: BlocksSpec
    classes: dict[str, ClassSpec] = {}
    certitude: CertaintySpec = CertaintySpec()
    un_par_source: bool = False
    """A person stands once at most in each source: rows of one source are never one person."""
    dates: dict[str, DateSpec] = {}
    """Columns of dates in the files, for data that do not come from `normalise`."""
