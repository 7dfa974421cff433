"""The form of a declared linkage (`schemas/liaison/*.toml`): what each key means, and what is refused."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

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
    traits: dict[str, TraitSpec]
    blocs: BlocksSpec
    classes: dict[str, ClassSpec] = {}
    certitude: CertaintySpec = CertaintySpec()
    un_par_source: bool = False
    """A person stands once at most in each source: rows of one source are never one person."""
    dates: dict[str, DateSpec] = {}
    """Columns of dates in the files, for data that do not come from `normalise`."""
