"""What a declaration may not say of its files: dates that nothing reads, columns and sources that there are not."""

from collections.abc import Iterator

import polars as pl

from siei_match.stages.link.declared.faults import DeclarationFaultError as Fault
from siei_match.stages.link.declared.faults import unknown
from siei_match.stages.link.declared.names import DateSpec, SpecFile
from siei_match.stages.link.declared.readings import file_columns


def find_faults_of_files(file: SpecFile) -> Iterator[Fault]:
    """Return what is said of dates, of columns by source and of unknown values, and leads nowhere."""
    for name, date in file.dates.items():
        yield from _date(file, name, date)
    known = file_columns(file)
    for source, columns in file.colonnes.items():
        if source not in file.sources:
            yield Fault(("colonnes", source), unknown("source", source, file.sources))
        for column in columns:
            if column not in known:
                yield Fault(("colonnes", source, column), unknown("column", column, known))
    for column, form in file.inconnus.items():
        if column not in known:
            yield Fault(("inconnus", column), unknown("column", column, known))
        if not is_expression(form):
            yield Fault(("inconnus", column), "no regular expression")


def _date(file: SpecFile, name: str, date: DateSpec) -> Iterator[Fault]:
    used = {c for t in file.traits.values() for c in t.colonnes}
    used |= {part.partition(":")[0] for p in file.blocs.passes for part in p.cle}
    at = ("dates", name)
    if len({*date.colonnes}) < len(date.colonnes):
        yield Fault((*at, "colonnes"), "year, month and day need three names")
    if not used & {*date.colonnes}:
        yield Fault(
            (*at, "colonnes"),
            f"no trait and no key has {', '.join(date.colonnes)}: name them in a trait of kind date",
        )
    if isinstance(date.forme, str):
        return
    for source in date.forme:
        if source not in file.sources:
            yield Fault((*at, "forme", source), unknown("source", source, file.sources))
    for source in file.sources:
        if source not in date.forme and file.colonnes.get(source, {}).get(name) is not False:
            yield Fault(
                (*at, "forme"),
                f"the form of {source} is expected too, or {name} = false in colonnes.{source}",
            )


def is_expression(form: str) -> bool:
    """Tell whether polars reads a text as a regular expression."""
    try:
        pl.Series([""]).str.contains(form)
    except pl.exceptions.ComputeError:
        return False
    return True
