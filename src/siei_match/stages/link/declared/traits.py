"""The form of a compared trait in a declaration: its keys, its levels, and what is refused."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import Field, field_validator, model_validator

from siei_match.stages.link.declared.faults import Strict, refused, unknown
from siei_match.stages.link.declared.kinds import FORMS, OF_ONE_KIND, start_of
from siei_match.stages.link.toolkit import build_feature, feature_class

TWINS: Final = "jumeaux"
HOUSEHOLD: Final = (TWINS, "fratrie")
"""Classes of people who share a home: each level says how likely it is between them."""
AMONG: Final = "parmi"
"""Two strangers who bear one name, or agree in what else a trait names: they are alike in more than chance has it."""
DATE_PARTS: Final = 3
FEWEST_OF_A_GROUP: Final = 2
ROUNDED: Final = 0.02
"""How far from 1 the probabilities of a trait's levels may be: people round them."""


class Level(Strict):
    """A level of a trait, and what it weighs before anything is counted: log2(`m` / `u`)."""

    m: float = Field(gt=0, lt=1)
    """P(level | same person). All levels of a trait together: 1."""
    u: float = Field(gt=0, lt=1)
    """P(level | two strangers). All levels of a trait together: 1."""
    jumeaux: float | None = Field(default=None, gt=0, lt=1)
    """P(level | twins), for all levels of the trait or none."""
    fratrie: float | None = Field(default=None, gt=0, lt=1)
    """P(level | brothers and sisters), for all levels of the trait or none."""
    parmi: float | None = Field(default=None, gt=0, lt=1)
    """P(level | two strangers who agree in the traits of `parmi`), for all levels or none. Without it `u`."""
    frequence: bool = False
    """Agreeing is worth what the value is rare: log2(`m` / share of the value)."""
    seuil: float | None = None
    """Of a feature named by its path: the similarity from which the level holds."""


class Repeats(Strict):
    """A trait that says again what another has said (a first name tells the sex)."""

    trait: str
    """The trait that has said it."""
    jusqu_a: str
    """The farthest of its levels at which it has: this trait then counts only against."""


class Settled(Strict):
    """Pairs of which the trait is learnt where no label teaches it."""

    egaux: tuple[str, ...] = Field(min_length=1)
    """Traits that are all at their first level (`initiale` too, of that kind: of two letters it is all that can agree)."""
    un_de: tuple[str, ...] = Field(min_length=1)
    """Traits of which one at least is so."""


class TraitSpec(Strict):
    """A compared trait."""

    genre: str
    """The kind, of those below, or the import path of a feature of recordlinkage's kind."""
    colonnes: tuple[str, ...] = ()
    """The columns of the files that it reads, as many as the kind asks for."""
    niveaux: dict[str, Level] = Field(default_factory=dict)
    """What levels weigh at first. Those left out share what is left, in the proportions of the kind."""
    frequences: Literal["patronymes", "prenoms", "lieux"] | None = None
    """A list of France (INSEE) on which the shares of rare values lean. Without it they are those counted."""
    frequences_avec: str | None = None
    """Of `prenoms`: the trait of kind `noms` among whose bearers a first name that is equal is counted too: names of one origin go together."""
    plafond: float | None = Field(default=None, gt=0)
    """The most bits that the trait may add. By default the kind's; 16 for a feature named by its path."""
    meilleur: bool = False
    """Between groups of rows the best agreement counts, not the mean: a person truly has several."""
    appris: bool = True
    """Whether `m` is learnt, from labels or by EM. `false` keeps what is declared."""
    croise: str | None = None
    """Of `prenoms`: the trait of kind `noms` with which it may be exchanged; `inverse` tells it, once."""
    redit: Repeats | None = None
    """The trait says again what another one has said: what agrees is not counted twice."""
    parmi: dict[str, str] = Field(default_factory=dict)
    """Traits, each with the farthest of its levels: two strangers who agree in them are alike in this one too. Learnt from the data."""
    ecrit_dans: str | None = None
    """Of `noms` and `prenoms`: the column of e-mails (of an `ensemble`) that may spell the name."""
    appris_si: Settled | None = None
    """Where no label teaches `m`, of which pairs it is learnt. Without it a trait that tells twins apart keeps what is declared."""
    surnoms: tuple[tuple[str, ...], ...] = ()
    """Of `prenoms`: groups of names for one person (`[["ROBERT", "BOB"]]`), or a CSV beside the declaration, a group a line."""
    propres: str | None = None
    """Of `identifiant`: a regular expression of numbers that a source gives of its own. Where two differ and one is such, nothing is told."""
    ecarts: tuple[float, ...] = (1.0,)
    """Of `nombre`: how far apart `proche` may be, and `lointain` if two are given."""
    prefixes: tuple[int, ...] = ()
    """Of `code_postal`: how many first characters make `secteur` and `departement`. By default 3, and the French département."""
    separateur: str | None = Field(default=None, min_length=1)
    """Of `ensemble`: what stands between the values of a text. Without it a text is one value."""
    parties: dict[Literal["numero", "rue", "localite", "code_postal"], str] = Field(
        default_factory=dict
    )
    """Of `domicile`: which column is what: `numero`, `rue`, `localite`, `code_postal`; `rue`, and one of the last two, at least. A place that all share tells nobody apart (`population`)."""
    comme: Literal["texte", "nombre", "date"] = "texte"
    """What a feature named by its path reads in its columns; a date is three numbers, read as one."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """Of the constructor of a feature named by its path, after the names of the columns."""

    @property
    def is_named(self) -> bool:
        """Whether the kind is a feature of recordlinkage, or of anybody's, named by its path."""
        return "." in self.genre

    @property
    def reads_numbers(self) -> bool:
        return self.comme == "nombre" or self.genre == "nombre"

    @property
    def cap(self) -> float:
        """The most bits that the trait may add."""
        known = FORMS.get(self.genre)
        return self.plafond or (known.cap if known else 16.0)

    @property
    def told(self) -> tuple[str, ...]:
        """The levels that the trait tells, best first."""
        if self.is_named:
            return tuple(self.niveaux)
        form = FORMS[self.genre]
        return tuple(
            level
            for level in form.levels
            if level in self.niveaux
            or (level not in form.named and self._asks_for(form.asked.get(level)))
        )

    def _asks_for(self, key: str | None) -> bool:
        if key == "ecarts":
            return len(self.ecarts) > 1
        return key is None or bool(getattr(self, key))

    @property
    def levels(self) -> Mapping[str, Level]:
        """All levels told: as declared, or else what the declared ones leave, as the kind shares it."""
        if len(self.niveaux) == len(self.told):
            return {name: self.niveaux[name] for name in self.told}
        return filled(self.genre, self.told, self.niveaux)

    @model_validator(mode="before")
    @classmethod
    def columns_of_parts(cls, raw: Any) -> Any:
        """Take the columns of a home from its parts."""
        parts = raw.get("parties") if isinstance(raw, dict) else None
        if isinstance(parts, dict) and "colonnes" not in raw:
            return raw | {"colonnes": list(parts.values())}
        return raw

    @field_validator("genre")
    @classmethod
    def kind_is_known(cls, genre: str) -> str:
        """Refuse a kind that does not exist, or a path that leads to no feature."""
        if "." in genre:
            feature_class(genre)
        elif genre not in FORMS:
            raise refused(unknown("kind", genre, FORMS))
        return genre

    @model_validator(mode="after")
    def fits_its_kind(self) -> "TraitSpec":
        """Refuse levels, columns and keys that the kind does not know, and shares that are none."""
        if self.is_named:
            self._fits_a_feature()
        else:
            check_kind(self)
        check_shares(self)
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
        if self.frequences or {*OF_ONE_KIND} & self.model_fields_set:
            raise ValueError(
                f"{', '.join(OF_ONE_KIND)} and frequences are of the kinds, not of a feature"
            )
        if not self.colonnes:
            raise refused("names no column", "colonnes")
        if self.comme == "date" and len(self.colonnes) != DATE_PARTS:
            raise ValueError("comme date: the columns must be year, month and day")
        build_feature(self.genre, self.feature_columns(""), self.arguments, self.comme)

    def feature_columns(self, name: str) -> tuple[str, ...]:
        """Return what the trait's columns are called in the records that features read."""
        return (name,) if self.comme == "date" else tuple(f"{name}.{c}" for c in self.colonnes)


def check_kind(trait: TraitSpec) -> None:
    """Refuse what the kind of a trait does not know.

    Raises:
        PydanticCustomError: the message says what, and what is known.
    """
    form = FORMS[trait.genre]
    for level in trait.niveaux:
        if level not in form.levels:
            raise refused(
                f"{unknown('level', level, form.levels)}; its levels must be of genre {trait.genre}",
                "niveaux", level,
            )  # fmt: skip
    for key in ("arguments", "comme"):
        if key in trait.model_fields_set:
            raise refused(f"{key} is a feature's only, named by its import path", key)
    for name, given in trait.niveaux.items():
        if given.seuil is not None:
            raise refused("seuil is a feature's only, named by its import path", "niveaux", name)
    for key in sorted({*OF_ONE_KIND} & trait.model_fields_set - form.keys):
        raise refused(f"{key} is of the kind {' or '.join(OF_ONE_KIND[key])}", key)
    least, most = form.columns
    if not least <= len(trait.colonnes) <= most:
        wanted = str(least) if least == most else f"{least} or more"
        raise refused(f"genre {trait.genre} reads {wanted} columns, not {len(trait.colonnes)}",
                      "colonnes")  # fmt: skip
    if len({*trait.colonnes}) < len(trait.colonnes):
        raise refused("a column stands there twice", "colonnes")
    check_own_keys(trait)


def check_own_keys(trait: TraitSpec) -> None:
    """Refuse values that make no sense of the keys that some kinds alone know."""
    steps, prefixes = trait.ecarts, trait.prefixes
    if not (1 <= len(steps) <= 2 and steps[0] >= 0 and list(steps) == sorted({*steps})):
        raise refused("one or two numbers are expected, the smaller first", "ecarts")
    if prefixes and not (
        len(prefixes) <= 2 and prefixes[-1] > 0 and [*prefixes] == sorted({*prefixes}, reverse=True)
    ):
        raise refused("one or two numbers of characters are expected, the larger first", "prefixes")
    if any(len(group) < FEWEST_OF_A_GROUP for group in trait.surnoms):
        raise refused("each group must hold two names or more", "surnoms")
    if trait.genre == "domicile":
        if "rue" not in trait.parties or not {"localite", "code_postal"} & {*trait.parties}:
            raise refused("rue, and localite or code_postal, are expected", "parties")
        if tuple(trait.parties.values()) != trait.colonnes:
            raise refused("are those of parties: leave them out", "colonnes")


def check_shares(trait: TraitSpec) -> None:
    """Refuse probabilities of levels that do not sum to one, and those given for half of the levels."""
    for klass in (*HOUSEHOLD, AMONG):
        given = sum(getattr(level, klass) is not None for level in trait.niveaux.values())
        if 0 < given < len(trait.told):
            raise refused(f"{klass} is given for some levels only", "niveaux")
    whole = len(trait.niveaux) == len(trait.told)
    for key in ("m", "u", *HOUSEHOLD, AMONG):
        shares = [getattr(level, key) for level in trait.niveaux.values()]
        total = sum(share for share in shares if share is not None)
        if total and ((whole and abs(total - 1) > ROUNDED) or (not whole and total >= 1)):
            expected = "1" if whole else "less than 1, since levels are left out"
            raise refused(
                f"the {key} of its levels sum to {total:.4g}, not to {expected}", "niveaux"
            )


def filled(kind: str, told: Sequence[str], given: Mapping[str, Level]) -> dict[str, Level]:
    """Return all levels: those left out share what the others leave, as their kind has it."""
    starts = {name: start_of(kind, name) for name in told if name not in given}

    def scale(key: Literal["m", "u"]) -> float:
        left = 1.0 - sum(getattr(level, key) for level in given.values())
        return float(left / sum(getattr(start, key) for start in starts.values()))

    of_m, of_u = scale("m"), scale("u")
    return {
        name: given[name]
        if name in given
        else Level.model_construct(
            m=(starts[name].m or 0.0) * of_m,
            u=(starts[name].u or 0.0) * of_u,
            frequence=starts[name].rare,
        )
        for name in told
    }
