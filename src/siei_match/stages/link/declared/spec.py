"""What a linkage compares, as data: traits and their ordered levels, classes, blocking passes.

A data set is linked by declaring it, in TOML (`schemas/liaison/`): which columns make which trait,
of which kind (`kinds/`), what each level is worth before anything is counted, and which pairs are
searched. Level 0 of every trait is `absent`: neither agreement nor disagreement, weight zero. The
others go from the strongest agreement to disagreement.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from siei_match.reference.contracts import schemas_root
from siei_match.reference.errors import SettingsError
from siei_match.reference.listing import first_of
from siei_match.stages.link.declared.checks import find_faults
from siei_match.stages.link.declared.faults import Place, fault_of
from siei_match.stages.link.declared.kinds import start_of
from siei_match.stages.link.declared.lines import line_of
from siei_match.stages.link.declared.names import MODEL_AT, SPOKEN, SpecFile
from siei_match.stages.link.declared.readings import reading_of
from siei_match.stages.link.declared.traits import HOUSEHOLD, TraitSpec

INVERTED: Final = ("inverse", "inverse_proche")
"""Levels of a first name that stands in the surname's place."""
MOST_FAULTS: Final = 5
"""Faults that a message tells: the others are seen once these are mended."""


@dataclass(frozen=True)
class Trait:
    """A compared trait, ready to use.

    Args:
        name: as in `liens`.
        kind: of `FORMS`, or the path of a feature.
        columns: of the rows.
        levels: names of levels 1..n, best first.
        m: start values of P(level | same person), by level, before any counting.
        u: start values of P(level | two strangers of the country).
        households: P(level | twins), P(level | siblings) for the traits that tell them apart;
            none where they are as alike as one person's own rows (surname, address).
        among: P(level | two strangers who agree in the traits of `parmi`), before any counting;
            none where the declaration names no such trait.
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
    among: tuple[float, ...] | None
    frequent: tuple[int, ...]
    declared: TraitSpec

    def code(self, level: str) -> int:
        return self.levels.index(level) + 1

    @property
    def inverted(self) -> list[int]:
        """The codes of its levels that say that it is exchanged with the surname."""
        return [self.code(level) for level in INVERTED if level in self.levels]

    @property
    def tells_twins(self) -> bool:
        """Whether it is a child's own: not a telephone or an e-mail, which a home may share, and seldom does."""
        return bool(self.households) and self.kind != "ensemble"


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

    def without_absent(self, present: Collection[str]) -> "Spec":
        """Return the linkage without the optional sources of which there is no row."""
        optional = set(self.file.sources_facultatives) - set(present)
        kept = tuple(source for source in self.sources if source not in optional)
        return replace(self, file=self.file.model_copy(update={"sources": kept}))

    @property
    def once(self) -> tuple[bool, ...]:
        """Tell of each source whether a person stands there once at most."""
        said = self.file.un_par_source
        return tuple(said if isinstance(said, bool) else name in said for name in self.sources)

    @property
    def columns(self) -> list[str]:
        """The columns that make a record: those of traits and keys, each once, in order."""
        traits = [c for t in self.traits for c in t.columns]
        keys = [part.partition(":")[0] for p in self.file.blocs.passes for part in p.cle]
        both = [*traits, *keys, *self.file.blocs.decoupe]
        return [c for c in dict.fromkeys(both) if c not in SPOKEN]

    @property
    def readings(self) -> dict[str, str]:
        """How each of `columns` is read: `text`, `list`, `number` or `date` (a part of one)."""
        found = dict.fromkeys(self.columns, "text")
        for trait in self.traits:
            told = reading_of(trait.declared)
            found |= dict.fromkeys(trait.columns, "text" if told == "value" else told)
        parts = (t.columns for t in self.traits if reading_of(t.declared) == "date")
        written = (date.colonnes for date in self.file.dates.values())
        return found | {c: "date" for columns in (*parts, *written) for c in columns}

    def most_against(self, klass: str | None, column: str) -> float:
        """Return how much a column of weights speaks against a class at most (`plafonds`)."""
        declared = self.file.classes[klass].plafonds if klass else {}
        return declared.get(column.partition("_")[2], float("inf"))

    @property
    def most_fiches(self) -> int:
        """How many distinct records one person has at most."""
        return self.file.fiches_par_personne

    def of_kind(self, kind: str) -> Trait | None:
        return next((t for t in self.traits if t.kind == kind), None)

    @property
    def identifier(self) -> Trait | None:
        name = self.file.certitude.identifiant
        return self.by_name[name] if name else None


def build_spec(raw: Mapping[str, Any], texts: Mapping[str, str] | None = None) -> Spec:
    """Check a declaration and make it ready.

    Args:
        raw: what TOML says.
        texts: by name, the files it comes from, for messages to name the line.

    Raises:
        SettingsError: a key is missing, unknown or refused; the message names it.
    """
    try:
        file = SpecFile.model_validate(raw)
    except ValidationError as error:
        # Keys of a dict of tables are checked as such too: the deepest place tells most.
        raise _refusal([fault_of(e, MODEL_AT) for e in error.errors()], texts or {}) from None
    faults = [(fault.place, fault.said) for fault in find_faults(file)]
    if faults:
        raise _refusal(faults, texts or {})
    traits = tuple(
        _trait(name, declared, tuple(k for k in HOUSEHOLD if k in file.classes))
        for name, declared in file.traits.items()
    )
    by_name = {t.name: t for t in traits}
    classes = {
        name: (
            [f"{name}_{t.name}" for t in traits if name in t.households]
            if name in HOUSEHOLD
            else [f"poids_{trait}" for trait in declared.traits]
        )
        for name, declared in file.classes.items()
    }
    return Spec(file, traits, by_name, classes)


def _refusal(faults: list[tuple[Place, str]], texts: Mapping[str, str]) -> SettingsError:
    """Return the error that tells the first faults, each with its place and its line."""
    told = [
        f"{'.'.join(str(part) for part in place) or 'its top'}{line_of(place, texts)}: {said}"
        for place, said in faults
    ]
    listed = first_of(told, MOST_FAULTS, "; and {} more", sign="; at ")
    return SettingsError(
        f"The declaration of the linkage is wrong at {listed}.",
        remedy="Correct it; docs/declaration.md lists every key, kind and level.",
    )


def _trait(name: str, declared: TraitSpec, classes: tuple[str, ...]) -> Trait:
    levels = declared.levels
    return Trait(
        name=name,
        kind=declared.genre,
        columns=declared.colonnes,
        levels=tuple(levels),
        m=tuple(level.m for level in levels.values()),
        u=tuple(level.u for level in levels.values()),
        households={
            klass: shares
            for klass in classes
            if (shares := _household(declared, tuple(levels), klass)) is not None
        },
        among=_among(declared) if declared.parmi else None,
        frequent=tuple(
            code for code, level in enumerate(levels.values(), start=1) if level.frequence
        ),
        declared=declared,
    )


def _among(declared: TraitSpec) -> tuple[float, ...]:
    levels = declared.levels.values()
    return tuple(level.u if level.parmi is None else level.parmi for level in levels)


def _household(
    declared: TraitSpec, levels: tuple[str, ...], klass: str
) -> tuple[float, ...] | None:
    """Return P(level | two of a household): as declared, or as the kind has it, or None."""
    given = [getattr(level, klass) for level in declared.niveaux.values()]
    if given and given[0] is not None and len(given) == len(levels):
        return tuple(getattr(declared.niveaux[level], klass) for level in levels)
    if declared.is_named:
        return None
    starts = [start_of(declared.genre, level) for level in levels]
    shares = [s.twins if klass == HOUSEHOLD[0] else s.siblings for s in starts]
    known = [share for share in shares if share is not None]
    if len(known) < len(shares):
        return None
    return tuple(share / sum(known) for share in known)


def read_spec(path: Path) -> Spec:
    """Read a declared linkage; `reprend` names a declaration beside it, which it changes.

    Raises:
        SettingsError: the file cannot be read, or is no declaration.
    """
    texts: dict[str, str] = {}
    return build_spec(_read_toml(path, texts), texts)


def _read_toml(path: Path, texts: dict[str, str]) -> dict[str, Any]:
    try:
        texts[path.name] = path.read_text("utf-8")
        raw = tomllib.loads(texts[path.name])
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{path.name}: cannot be read as TOML ({type(error).__name__}).",
            remedy="Correct the file; docs/declaration.md lists every key.",
        ) from None
    _take_up_lists(raw, path)
    base = raw.pop("reprend", None)
    if base is None:
        return raw
    if not isinstance(base, str) or path.with_name(base).name in texts:
        raise SettingsError(
            f"{path.name}: reprend names {base}, which is no other declaration beside it.",
            remedy="Name the file of the declaration that this one changes.",
        )
    return _read_toml(path.with_name(base), texts) | raw


def _take_up_lists(raw: dict[str, Any], path: Path) -> None:
    """Put the groups of names that a CSV beside the declaration holds in the place of its name."""
    traits = raw.get("traits")
    for trait in traits.values() if isinstance(traits, dict) else ():
        name = trait.get("surnoms") if isinstance(trait, dict) else None
        if not isinstance(name, str):
            continue
        try:
            lines = path.with_name(name).read_text("utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"{path.name}: the list of names {name} cannot be read ({type(error).__name__}).",
                remedy="Put it beside the declaration: UTF-8 text, a group of names a line.",
            ) from None
        groups = ([one.strip() for one in re.split("[,;]", line)] for line in lines)
        trait["surnoms"] = [kept for group in groups if (kept := [one for one in group if one])]


@cache
def siei() -> Spec:
    """Return the declared linkage of the SIEI extracts."""
    return read_spec(schemas_root() / "liaison" / "siei.toml")
