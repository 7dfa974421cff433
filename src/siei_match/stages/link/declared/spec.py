"""What a linkage compares, as data: traits and their ordered levels, classes, blocking passes.

A data set is linked by declaring it, in TOML (`schemas/liaison/`): which columns make which trait,
of which kind (`kinds/`), what each level is worth before anything is counted, and which pairs are
searched. Level 0 of every trait is `absent`: neither agreement nor disagreement, weight zero. The
others go from the strongest agreement to disagreement.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from siei_match.reference.contracts import schemas_root
from siei_match.reference.errors import SettingsError
from siei_match.stages.link.declared.lines import line_of
from siei_match.stages.link.declared.names import HEARD, HOUSEHOLD, NAMES_ALIKE, SpecFile, TraitSpec


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

    def without_absent(self, present: Collection[str]) -> "Spec":
        """Return the linkage without the optional sources of which there is no row."""
        optional = set(self.file.sources_facultatives) - set(present)
        kept = tuple(source for source in self.sources if source not in optional)
        return replace(self, file=self.file.model_copy(update={"sources": kept}))

    @property
    def columns(self) -> list[str]:
        """The columns that make a record: those of traits and keys, each once, in order."""
        traits = [c for t in self.traits for c in t.columns]
        keys = [part.partition(":")[0] for p in self.file.blocs.passes for part in p.cle]
        both = [*traits, *keys, *self.file.blocs.decoupe]
        return [c for c in dict.fromkeys(both) if c not in NAMES_ALIKE]

    def most_against(self, klass: str | None, column: str) -> float:
        """Return how much a column of weights speaks against a class at most (`plafonds`)."""
        declared = self.file.classes[klass].plafonds if klass else {}
        return declared.get(column.partition("_")[2], float("inf"))

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
        traits = tuple(_trait(name, declared) for name, declared in file.traits.items())
        by_name = {t.name: t for t in traits}
        _check_names(file, by_name)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"The declaration of the linkage is wrong at {place}"
            f"{line_of(first['loc'], texts or {})}: {first['msg']}.",
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
        name=name,
        kind=declared.genre,
        columns=declared.colonnes,
        levels=tuple(levels),
        m=tuple(level.m for level in levels.values()),
        u=tuple(level.u for level in levels.values()),
        households={
            klass: tuple(getattr(level, klass) for level in levels.values())
            for klass in HOUSEHOLD
            if all(getattr(level, klass) is not None for level in levels.values())
        },
        frequent=tuple(
            code for code, level in enumerate(levels.values(), start=1) if level.frequence
        ),
        declared=declared,
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
    _check_features(file, by_name)
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


def _check_features(file: SpecFile, by_name: Mapping[str, Trait]) -> None:
    """Refuse what a feature named by its path, or a linkage without names, cannot give.

    Raises:
        SettingsError: it is asked for; the message says which.
    """
    valued = [*file.certitude.memes, *(m for c in file.classes.values() for m in c.memes)]
    named = sorted({n for n in valued if n in by_name and by_name[n].declared.is_named})
    if named:
        raise SettingsError(
            f"The declaration of the linkage counts the values of {', '.join(named)}, of which a "
            "feature named by its path tells the likeness only.",
            remedy="Take it out of certitude and memes, or declare it of another kind.",
        )
    numbers = {c for t in by_name.values() if t.declared.comme == "nombre" for c in t.columns}
    worded = [t for t in by_name.values() if t.declared.comme == "texte" and t.kind != "date"]
    texts = {c for t in worded for c in t.columns}
    if numbers & texts:
        raise SettingsError(
            f"The declaration of the linkage reads {', '.join(sorted(numbers & texts))} as a number "
            "and as a text.",
            remedy="Give the file the column twice, under two names.",
        )
    kinds = {t.kind for t in by_name.values()}
    heard = {part for p in file.blocs.passes for part in p.cle} & HEARD
    if heard and not {"noms", "prenoms"} <= kinds:
        raise SettingsError(
            f"The blocking passes ask for {', '.join(sorted(heard))}, which are made of names.",
            remedy="Declare a trait of kind noms and one of kind prenoms, or block on columns.",
        )


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
            remedy="Correct the file; schemas/liaison/siei.toml shows every key.",
        ) from None
    base = raw.pop("reprend", None)
    return raw if base is None else _read_toml(path.with_name(base), texts) | raw


@cache
def siei() -> Spec:
    """Return the declared linkage of the SIEI extracts."""
    return read_spec(schemas_root() / "liaison" / "siei.toml")
