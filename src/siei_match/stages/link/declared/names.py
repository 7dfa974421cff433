"""The form of a declared linkage (`schemas/liaison/*.toml`): what each key means, and what is refused."""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, Field, field_validator

from siei_match.stages.link.declared.faults import Strict, refused
from siei_match.stages.link.declared.traits import Level, Repeats, Settled, TraitSpec

ABSENT: Final = 0
DATE_MARKS: Final = ("AAAA", "MM", "JJ")
ANY_FORM: Final = "AAAAMMJJ"
EVERYBODY: Final = "tous"
WITHOUT_IDENTIFIER: Final = "sans_identifiant"
PARTIAL_DATE: Final = "date_partielle"
SPOKEN: Final = ("son", "paire", "lettre", "jour_et_mois")
"""Parts of a blocking key that are made of several columns."""
HEARD: Final = frozenset({"son", "paire", "lettre"})
"""Those of them that are made of the words of names."""
SEEKERS = Literal["tous", "sans_identifiant", "date_partielle"]


class ClassSpec(Strict):
    """A way of being two people other than strangers (`jumeaux`, `fratrie`, or any other name)."""

    taux: float = Field(gt=0)
    """How many such people a person has, before any count: .03 of births are twins', and few have more than one or two brothers and sisters of these ages."""
    traits: tuple[str, ...] = ()
    """The traits that tell them apart. Of `jumeaux` and `fratrie` they are those of the kinds marked ◇, and those whose levels say so."""
    memes: tuple[str, ...] = ()
    """Traits that they have in common: they are then counted in the data, on rows of one source."""
    autres: tuple[str, ...] = ()
    """Of those counted: traits that must differ."""
    plafonds: dict[str, float] = Field(default_factory=dict)
    """How much a trait speaks against this class at most, in bits, however rare its value."""


class CertaintySpec(Strict):
    """What makes two rows one person before any candidate is searched."""

    identifiant: str | None = None
    """The trait that names its holder: pairs that share it are labels, from which `m` is learnt."""
    memes: tuple[str, ...] = ()
    """Traits which, all identical and rare together, make rows one person."""
    contredit: tuple[str, ...] = ()
    """Traits of which a difference leaves such rows to the likeness tier."""


class PassSpec(Strict):
    """A blocking pass: rows that share its key are compared."""

    nom: str
    """Its name, in counts."""
    cle: tuple[str, ...] = Field(min_length=1)
    """Columns, `col:N` (the first N characters of a column), and `son`, `paire`, `lettre`, `jour_et_mois`."""
    cherchent: SEEKERS = "tous"
    """Who seeks a partner: `tous`, `sans_identifiant` (rows that no identifier places), `date_partielle`."""


class BlocksSpec(Strict):
    """Which pairs are compared."""

    passes: tuple[PassSpec, ...] = Field(default=(), min_length=1)
    """One or more. `suggest_passes` proposes some from the data."""
    decoupe: tuple[str, ...] = ()
    """Columns of which pairs in a block of more than 400 rows must share one."""
    colonnes: tuple[str, ...] = ()
    """Columns that keys are made of though no trait compares them."""


class DateSpec(Strict):
    """A date written in one column of text, by the name of that column."""

    colonnes: tuple[str, str, str]
    """What its year, month and day are called in traits and keys."""
    forme: str | dict[str, str]
    """Where they are: `AAAA`, `MM` and `JJ` once each, with what stands between (`JJ/MM/AAAA`, `AAAAMMJJ`); by source where they write it otherwise."""

    @field_validator("forme", mode="before")
    @classmethod
    def three_parts(cls, forme: Any) -> Any:
        """Refuse a form that does not say where year, month and day are."""
        for one in forme.values() if isinstance(forme, dict) else [forme]:
            if not isinstance(one, str):
                raise refused("a text, or a table of texts by source, is expected")
            check_form(one)
        return forme

    def form_in(self, source: str) -> str:
        """Return the form in which a source writes the date; where it says none, its column is refused or absent."""
        return self.forme if isinstance(self.forme, str) else self.forme.get(source, ANY_FORM)


def check_form(form: str) -> None:
    """Refuse a form of a date without its three parts, or with letters between them."""
    rest = form
    for mark in DATE_MARKS:
        if rest.count(mark) != 1:
            raise refused(f"AAAA, MM and JJ are expected once each, not {form}")
        rest = rest.replace(mark, "")
    if re.search(r"\w", rest):
        raise refused(f"only AAAA, MM, JJ and signs between them are expected, not {form}")


class ThresholdSpec(Strict):
    """Where `link` is not told otherwise: by default .5 without an identifier, .9 with one."""

    lien: float | None = Field(default=None, gt=0, lt=1)
    """The probability from which two rows are one person."""
    doute: float | None = Field(default=None, gt=0, lt=1)
    """The probability from which a pair is doubtful."""


class SpecFile(Strict):
    """The whole declaration."""

    sources: tuple[str, ...] = Field(min_length=1)
    """The files, by name, in their order."""
    sources_facultatives: tuple[str, ...] = ()
    """Sources that weigh on nothing where a data set has no row of them."""
    traits: dict[str, TraitSpec] = Field(min_length=1)
    """What is compared, by name."""
    blocs: BlocksSpec = BlocksSpec.model_construct()
    """Which pairs are compared."""
    classes: dict[str, ClassSpec] = Field(default_factory=dict)
    """Ways of being two people other than strangers."""
    certitude: CertaintySpec = CertaintySpec()
    """What makes two rows one person beforehand."""
    un_par_source: bool | tuple[str, ...] = False
    """A person stands once at most in each source, or in those named: two rows of it are never one person."""
    population: int | None = Field(default=None, gt=0)
    """How many people the rows are drawn from: among more there are more namesakes. By default the eight million of 16 to 25 in France; a whole register has as many as rows."""
    fiches_par_personne: int = Field(default=60, gt=1)
    """How many distinct records one person has at most; two groups that would have more stay two. By default those of two school years of all sources."""
    dates: dict[str, DateSpec] = Field(default_factory=dict)
    """Columns of dates written as text."""
    colonnes: dict[str, dict[str, str | Literal[False]]] = Field(default_factory=dict)
    """By source, what it calls a column otherwise (`street = "mailing_street"`), and those that it does not have (`street = false`)."""
    inconnus: dict[str, str] = Field(default_factory=dict)
    """By column, as the declaration calls it, values that say nothing: a regular expression of the whole value, in capitals or not (`"none|n/a|not given.*"`)."""
    seuils: ThresholdSpec = ThresholdSpec()
    """Probabilities from which a pair is a link, or a doubt."""


MODEL_AT: Final[Mapping[tuple[str, ...], type[BaseModel]]] = {
    (): SpecFile,
    ("traits", "*"): TraitSpec,
    ("traits", "*", "niveaux", "*"): Level,
    ("traits", "*", "redit"): Repeats,
    ("traits", "*", "appris_si"): Settled,
    ("blocs",): BlocksSpec,
    ("blocs", "passes", "*"): PassSpec,
    ("dates", "*"): DateSpec,
    ("certitude",): CertaintySpec,
    ("classes", "*"): ClassSpec,
    ("seuils",): ThresholdSpec,
}
"""Which table of a declaration each model is, `*` for any name or number."""
