"""What a declaration may not say though each of its keys is well formed: names that lead nowhere.

Each check returns the faults it finds, so that all of them are told at once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from siei_match.stages.link.declared.faults import DeclarationFaultError, unknown
from siei_match.stages.link.declared.file_checks import find_faults_of_files, is_expression
from siei_match.stages.link.declared.key_checks import find_faults_of_blocks
from siei_match.stages.link.declared.kinds import FORMS
from siei_match.stages.link.declared.names import SPOKEN, SpecFile
from siei_match.stages.link.declared.readings import reading_of
from siei_match.stages.link.declared.traits import AMONG, HOUSEHOLD, TraitSpec

Fault = DeclarationFaultError
Faults = Iterator[DeclarationFaultError]
ONE_VALUE: Final = frozenset(
    "categorie lieu identifiant code texte code_postal nombre initiale".split()
)
"""Kinds that read one value of one column."""
VALUED: Final = ONE_VALUE | {"noms", "prenoms", "nom_complet", "date"}
"""Kinds of which values are counted: identical traits are told by them."""
RESERVED_TRAITS: Final = frozenset(
    "a b ga gb pa pb bits proof prior presence rebased twinship paires source_a source_b rid fiche groupe personne "
    "poids probabilite issue revue ensemble separates_pair forte".split()
)
"""Names of columns that stand beside the traits'."""
RESERVED_COLUMNS: Final = frozenset("rid fiche source cle extrait fichier ligne".split())
"""Names of columns that stand beside the files'."""


def find_faults(file: SpecFile) -> Faults:
    """Return all that a declaration names and does not hold, or cannot have."""
    for check in (
        _sources,
        _traits,
        _references,
        _features,
        find_faults_of_files,
        _classes,
        _certainty,
        find_faults_of_blocks,
    ):
        yield from check(file)
    limits = file.seuils
    if limits.lien is not None and limits.doute is not None and limits.doute > limits.lien:
        yield Fault(("seuils", "doute"), "it is above seuils.lien")


def _sources(file: SpecFile) -> Faults:
    for name, times in Counter(file.sources).items():
        if times > 1:
            yield Fault(("sources",), f"{name} stands there {times} times")
    once = () if isinstance(file.un_par_source, bool) else file.un_par_source
    for key, named in (
        ("un_par_source", once),
        ("sources_facultatives", file.sources_facultatives),
    ):
        for name in named:
            if name not in file.sources:
                yield Fault((key,), unknown("source", name, file.sources))
    if file.un_par_source is True and len(file.sources) == 1:
        yield Fault(
            ("un_par_source",), "with one source, nobody could have two rows: leave it false"
        )


def _traits(file: SpecFile) -> Faults:
    for name, trait in file.traits.items():
        if name in RESERVED_TRAITS:
            yield Fault(("traits", name), f"a trait cannot be named {name}: take another name")
        for column in trait.colonnes:
            if column in RESERVED_COLUMNS or column in SPOKEN:
                yield Fault(
                    ("traits", name, "colonnes"),
                    f"a column cannot be named {column} here: rename it in the file",
                )
        if trait.genre == "autres_prenoms" and not any(
            other.genre == "prenoms" and other.colonnes == trait.colonnes
            for other in file.traits.values()
        ):
            yield Fault(
                ("traits", name, "colonnes"),
                "no trait of kind prenoms has the same columns, of which autres_prenoms reads the others",
            )
    yield from _readings(file)


def _readings(file: SpecFile) -> Faults:
    """A column is a number, a text, a list or a part of a date, for all that read it."""
    readings: dict[str, dict[str, str]] = {}
    for name, trait in file.traits.items():
        for column in trait.colonnes:
            readings.setdefault(column, {}).setdefault(reading_of(trait), name)
    written = {c for date in file.dates.values() for c in date.colonnes}
    for column, found in readings.items():
        # A part of a date is a whole number, which may be compared as a number or as one value too.
        if "date" in found or column in written:
            found = {r: n for r, n in found.items() if r not in ("number", "value", "date")}
            found |= {"date": ""} if found else {}
        else:
            found = {("text" if r == "value" else r): n for r, n in found.items()}
        if len(found) > 1:
            name = next(n for n in reversed(found.values()) if n)
            yield Fault(
                ("traits", name, "colonnes"),
                f"the declaration reads {column} as a {' and as a '.join(sorted(found))}: give the "
                "file the column twice, under two names",
            )


def _references(file: SpecFile) -> Faults:
    for name, trait in file.traits.items():
        at = ("traits", name)
        lists = [c for t in file.traits.values() if t.genre == "ensemble" for c in t.colonnes]
        for key, named in (("croise", trait.croise), ("frequences_avec", trait.frequences_avec)):
            if named is not None:
                yield from _named((*at, key), [named], file, ("noms",))
        if trait.ecrit_dans is not None and trait.ecrit_dans not in lists:
            said = unknown("column of a trait of kind ensemble", trait.ecrit_dans, lists)
            yield Fault((*at, "ecrit_dans"), said)
        if trait.propres is not None and not is_expression(trait.propres):
            yield Fault((*at, "propres"), "no regular expression")
        if trait.redit is not None:
            yield from _repeated(at, trait, file)
        yield from _among(at, trait, file)
        if trait.appris_si is not None:
            for key, names in trait.appris_si:
                yield from _named((*at, "appris_si", key), names, file)


def _repeated(at: tuple[str, ...], trait: TraitSpec, file: SpecFile) -> Faults:
    assert trait.redit is not None  # noqa: S101
    told = file.traits.get(trait.redit.trait)
    yield from _named((*at, "redit", "trait"), [trait.redit.trait], file)
    if told is trait:
        yield Fault((*at, "redit", "trait"), "a trait cannot repeat itself")
    elif told is not None and trait.redit.jusqu_a not in told.told:
        said = unknown(f"level of {trait.redit.trait}", trait.redit.jusqu_a, told.told)
        yield Fault((*at, "redit", "jusqu_a"), said)


def _among(at: tuple[str, ...], trait: TraitSpec, file: SpecFile) -> Faults:
    yield from _named((*at, AMONG), [*trait.parmi], file, VALUED)
    for name, last in trait.parmi.items():
        told = file.traits.get(name)
        if told is trait:
            yield Fault((*at, AMONG, name), "a trait says nothing of itself")
        elif told is not None and last not in told.told:
            yield Fault((*at, AMONG, name), unknown(f"level of {name}", last, told.told))
    given = [level for level, said in trait.niveaux.items() if said.parmi is not None]
    if given and not trait.parmi:
        yield Fault((*at, "niveaux", given[0], AMONG), "the trait names no parmi: among whom?")


def _named(
    place: Sequence[str | int], names: Iterable[str], file: SpecFile, kinds: Iterable[str] = ()
) -> Faults:
    """Return a fault for each name that is no trait, or none of the kinds."""
    wanted = {*kinds}
    for name in names:
        trait = file.traits.get(name)
        if trait is None:
            fitting = [n for n, t in file.traits.items() if not wanted or t.genre in wanted]
            yield Fault(place, f"it names {name}: " + unknown("trait", name, fitting))
        elif wanted and trait.genre not in wanted:
            yield Fault(
                place, f"it names {name}, of kind {trait.genre}; {' or '.join(sorted(wanted))} is expected"
            )  # fmt: skip


def _features(file: SpecFile) -> Faults:
    valued: dict[tuple[str, ...], tuple[str, ...]] = {("certitude", "memes"): file.certitude.memes}
    valued |= {("classes", name, "memes"): c.memes for name, c in file.classes.items()}
    for place, names in valued.items():
        for name in names:
            if name in file.traits and file.traits[name].is_named:
                yield Fault(
                    place,
                    f"it counts the values of {name}, of which a feature named by its path tells the "
                    "likeness only",
                )


def _classes(file: SpecFile) -> Faults:
    for name, declared in file.classes.items():
        at = ("classes", name)
        for key, kinds in (("traits", ()), ("memes", VALUED), ("autres", ONE_VALUE)):
            named = [n for n in getattr(declared, key) if n not in file.traits]
            known = [n for n in getattr(declared, key) if n in file.traits]
            of_kinds = [n for n in known if not file.traits[n].is_named]
            yield from _named((*at, key), named + of_kinds, file, kinds)
        for trait in declared.plafonds:
            if declared.traits and trait not in declared.traits:
                said = unknown(f"trait of the class {name}", trait, declared.traits)
                yield Fault((*at, "plafonds", trait), said)
        if bool(declared.memes) != bool(declared.autres):
            yield Fault(
                (*at, "memes"), "memes and autres go together: who is counted agrees and differs"
            )
        if name not in HOUSEHOLD and not declared.traits:
            yield Fault((*at, "traits"), "the traits that tell such people apart are expected")
        if name in HOUSEHOLD:
            yield from _household(file, name)


def _household(file: SpecFile, name: str) -> Faults:
    at = ("classes", name)
    for key in ("traits", "memes", "autres", "plafonds"):
        if getattr(file.classes[name], key):
            yield Fault(
                (*at, key), f"{name} are told apart by the levels that give {name}; leave it out"
            )
    if not any(tells_apart(trait, name) for trait in file.traits.values()):
        yield Fault(at, f"no trait tells them apart: no level of any gives {name}")


def tells_apart(trait: TraitSpec, klass: str) -> bool:
    """Whether a trait tells two of a household apart, as declared or as its kind has it."""
    if any(getattr(level, klass) is not None for level in trait.niveaux.values()):
        return True
    form = FORMS.get(trait.genre)
    return form is not None and any(s.twins is not None for s in form.levels.values())


def _certainty(file: SpecFile) -> Faults:
    certain = file.certitude
    if certain.identifiant is not None:
        place = ("certitude", "identifiant")
        yield from _named(place, [certain.identifiant], file, ("identifiant", "code", "categorie"))
    known = [n for n in certain.memes if n not in file.traits or not file.traits[n].is_named]
    yield from _named(("certitude", "memes"), known, file, VALUED)
    told = ONE_VALUE | {"autres_prenoms"}
    yield from _named(("certitude", "contredit"), certain.contredit, file, told)
