"""Count, slice after slice, what says whether a file is what its provider usually sends.

Nothing is read twice: the counts come from the valid rows as they are written, and from the rules
that validation has counted anyway.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Campagne, Fichier, former_years
from siei_match.reference.nomenclatures import commune_history, describe_diplomes, describe_mefs
from siei_match.reference.tallies import ColumnTally, FileTally
from siei_match.reference.vocabulary import AVERTISSEMENT
from siei_match.stages.validate.gate import RuleCounts
from siei_match.stages.validate.plausible.sketch import Sketch

LIMIT: Final = "taux_vide_max"
"""A field whose declaration has it decides something (contract, section 1)."""
LOWEST: Final = "taux_vide_min"
"""The same for a column that is full of dates only where something went wrong: an exit."""
CONTRADICTION: Final = "annee_scolaire_concordante"
ORDER: Final = "ordre"
CODED: Final = ("mef", "diplome", "commune")
UNDECIDED_AGE: Final = 16
"""Under it everybody goes to school: who was there last year is there this year."""


def deciding(extrait: str) -> tuple[Mapping[str, Any], ...]:
    """Return the fields of an extract that decide who is on a list, and on which."""
    fields = declaration(f"extraits/{extrait}").fields
    return tuple(field for field in fields if LIMIT in field["siei"])


def _list_dates(extrait: str) -> tuple[str, ...]:
    fields = declaration(f"extraits/{extrait}").fields
    return tuple(field["name"] for field in fields if field["siei"]["kind"] == "date")


class FileCounter:
    """The counts of one file while its slices go by."""

    def __init__(self, fichier: Fichier, campagne: Campagne) -> None:
        self.fichier = fichier
        self._campagne = campagne
        self._fields = deciding(fichier.extrait)
        self._kinds = {f["siei"]["kind"]: f["name"] for f in self._fields}
        self._dates = _list_dates(fichier.extrait)
        self._last: date | None = None
        self._rows = 0
        self._nulls = dict.fromkeys((field["name"] for field in self._fields), 0)
        self._values: dict[str, list[pl.DataFrame]] = {}
        self.people = Sketch()
        """Of those whose INE can be read."""
        self.children = Sketch()
        """Of those among them who must go to school."""

    def add(self, valides: pl.DataFrame) -> None:
        """Count a slice of valid rows; the last year that SIECLE's export recalls is another file's."""
        if former := former_years(self.fichier):
            valides = valides.filter(~pl.col("ANNEE_SCOLAIRE").is_in(former))
        self._rows += valides.height
        nulls = valides.select(
            _absent(field).sum().alias(field["name"]) for field in self._fields
        ).row(0, named=True)
        for name, n in nulls.items():
            self._nulls[name] += n
        for kind in (*CODED, "uai", "session"):
            if kind in self._kinds:
                name = self._kinds[kind]
                counted = valides.select(pl.col(name).alias("value")).drop_nulls()
                self._values.setdefault(name, []).append(counted.group_by("value").len())
        self._follow_events(valides)
        if "ine" in self._kinds and "uai" in self._kinds:
            ine = pl.col(self._kinds["ine"])
            born = valides.select(ine=ine, young=_is_child(self._campagne.date_observation))
            self.people.add(born["ine"])
            self.children.add(born.filter("young")["ine"])

    def _follow_events(self, valides: pl.DataFrame) -> None:
        """Keep the last day on which something began or ended: what is announced for later is no event."""
        told = (
            pl.col(name).filter(pl.col(name) <= self.fichier.date_extraction).max()
            for name in self._dates
        )
        days = valides.select(told).row(0) if self._dates else ()
        self._last = max((day for day in (self._last, *days) if day is not None), default=None)

    @property
    def rows(self) -> int:
        return self._rows

    def values(self, kind: str) -> pl.DataFrame:
        """Return `value`, `len`: how often each value of a column of that kind stands there."""
        parts = self._values.get(self._kinds.get(kind, ""), [])
        empty = pl.DataFrame(schema={"value": pl.String, "len": pl.UInt32})
        named = [part.with_columns(pl.col("value").cast(pl.String)) for part in parts]
        return pl.concat([empty, *named]).group_by("value").sum()

    def tally(self, rules: RuleCounts) -> FileTally:
        """Return the counts of the file; `rules` are those of its broken rules."""
        columns = tuple(self._tally_column(field, rules) for field in self._fields)
        fichier = self.fichier
        last = self._last.isoformat() if self._last else None
        return FileTally(
            fichier.extrait, fichier.nom, fichier.annee_scolaire, self._rows, columns, last
        )

    def _tally_column(self, field: Mapping[str, Any], rules: RuleCounts) -> ColumnTally:
        name, kind = field["name"], field["siei"]["kind"]
        broken = sum(
            n
            for (gravite, rule, column), n in rules.items()
            if gravite == AVERTISSEMENT and column == name and rule != CONTRADICTION
        )
        orders = _orders(self.fichier.extrait, name)
        conflicts = sum(
            n
            for (_, rule, column), n in rules.items()
            if rule in orders or (rule == CONTRADICTION and column == name)
        )
        # A rejected row breaks warning rules too, and a warning may leave a value: neither is a loss.
        unread = min(broken, self._nulls[name])
        return ColumnTally(
            colonne=name,
            vides=self._nulls[name] - unread,
            illisibles=unread,
            inconnues=self._unknown(kind) if kind in CODED else 0,
            conflits=min(conflicts, self._rows),
        )

    def _unknown(self, kind: str) -> int:
        found = self.values(kind)
        unknown = found.filter(~pl.col("value").is_in(_known(kind, found["value"], self._campagne)))
        return int(unknown["len"].sum())


def _absent(field: Mapping[str, Any]) -> pl.Expr:
    # A birth date without its day tells no age.
    name = "naissance_jour" if field["siei"]["kind"] == "naissance" else field["name"]
    return pl.col(name).is_null()


def _orders(extrait: str, column: str) -> frozenset[str]:
    """Return the rules that say that this column comes before another that it should follow."""
    rules = declaration(f"extraits/{extrait}").siei["regles"]
    return frozenset(
        rule["rule"] for rule in rules if rule["kind"] == ORDER and rule["colonnes"][-1] == column
    )


def _is_child(day: date) -> pl.Expr:
    """True where somebody is surely under 16 on a day."""
    born = pl.date(pl.col("naissance_annee"), pl.col("naissance_mois"), pl.col("naissance_jour"))
    return (born > day.replace(year=day.year - UNDECIDED_AGE)).fill_null(value=False)


def _known(kind: str, codes: pl.Series, campagne: Campagne) -> pl.Series:
    """Return those of some codes that lead anywhere."""
    day = campagne.date_observation
    if kind == "commune":
        return commune_history()["code"].implode()
    described = describe_mefs(codes, day) if kind == "mef" else describe_diplomes(codes, day)
    return described.filter(pl.col("cycle") != "inconnu")[kind].implode()
