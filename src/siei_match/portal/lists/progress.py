"""How far a platform is with its list: whom to call, whom to call again, who is done; pure frames."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode

import polars as pl

from siei_match.collect.words import fold
from siei_match.reference.vocabulary import A_VERIFIER

AGAIN: Final = "contacte_sans_reponse"
"""The answer that asks for another call whether a day is given or not."""
PAGE: Final = 50
FOUND_MAX: Final = 100
"""Rows that a search shows: who finds more says more."""
SEARCHED: Final = (
    "nom_naissance", "nom_usage", "prenoms", "responsable_nom", "commune", "courriel",
)  # fmt: skip
CALLED: Final = ("telephones", "responsable_telephone")
DIGITS: Final = 4
"""From so many digits on, what is searched for is a number."""


class Tab(StrEnum):
    """The value of `tab` in an address."""

    TO_CALL = "contacter"
    AGAIN = "rappeler"
    DONE = "traites"
    LEFT = "partis"


@dataclass(frozen=True)
class Filters:
    """What of a list is shown; the names of the fields are those of the address."""

    tab: Tab = Tab.TO_CALL
    mineurs: bool = False
    nouveaux: bool = False
    verifier: bool = False
    never: bool = False
    due: bool = False
    suivis: bool = False
    miens: bool = False
    commune: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> "Filters":
        """Read an address's query; what is no filter is none."""
        given = asked.get("tab", "")
        return cls(
            tab=Tab(given) if given in set(Tab) else Tab.TO_CALL,
            commune=asked.get("commune", ""),
            **{f.name: asked.get(f.name) == "1" for f in fields(cls) if f.type is bool},
        )

    def query(self, page: int = 1, tab: str | None = None) -> str:
        """Return the query of an address that shows the same, another page or tab of it."""
        told = {"tab": tab or str(self.tab)}
        told |= {name: "1" for name, value in vars(self).items() if value is True}
        told |= {"commune": self.commune} if self.commune else {}
        return urlencode(told | ({"page": str(page)} if page > 1 else {}))

    def narrow(self, today: date) -> Iterator[pl.Expr]:
        """Give what must hold of a row that is shown, whatever the tab."""
        if self.mineurs:
            yield pl.col("minor")
        if self.nouveaux:
            yield pl.col("new")
        if self.verifier:
            yield pl.col("situation") == A_VERIFIER
        if self.never:
            yield pl.col("attempts") == 0
        if self.due:
            yield pl.col("rappel") <= today
        if self.suivis:
            yield pl.col("suivi_mission_locale") == "oui"
        if self.miens:
            yield pl.col("mine")
        if self.commune:
            yield pl.col("commune") == self.commune


def mark_progress(liste: pl.DataFrame, answers: pl.DataFrame, about_this: pl.Expr) -> pl.DataFrame:
    """Add to a list how far its platform is with each young person.

    Input: tables/liste; `AnswerLog.of_list`; which answers are about this list. Adds `minor`, `new`, `attempts` (answers ever given, those taken back excepted), the last one that
    stands and is about this list (`retour`, `day`, `rappel`, `psad_destination`), and `tab`. What
    was known before the day of observation has had its effect on the list: it is history.
    """
    standing = answers.filter("stands")
    tried = standing.group_by("id_signalement").agg(attempts=pl.len())
    last = (
        standing.filter(about_this)
        .group_by("id_signalement", maintain_order=True)
        .agg(pl.col("retour", "day", "rappel", "psad_destination").last())
    )
    again = (pl.col("retour") == AGAIN) | pl.col("rappel").is_not_null()
    return (
        liste.join(tried, on="id_signalement", how="left", maintain_order="left")
        .join(last, on="id_signalement", how="left", maintain_order="left")
        .with_columns(
            minor=pl.col("public") == "obligation_formation",
            new=pl.col("premier_signalement") >= pl.col("campagne"),
            attempts=pl.col("attempts").fill_null(0),
            tab=pl.when(pl.col("retour").is_null())
            .then(pl.lit(str(Tab.TO_CALL)))
            .when(again)
            .then(pl.lit(str(Tab.AGAIN)))
            .otherwise(pl.lit(str(Tab.DONE))),
        )
        .pipe(sort_by_need)
    )


def sort_by_need(marked: pl.DataFrame) -> pl.DataFrame:
    """Sort by what to do first: calls that are due, then minors, the new, those who left last."""
    order = ["rappel", "minor", "new", "date_sortie", "nom_naissance", "prenoms", "id_signalement"]
    return marked.sort(
        order, descending=[False, True, True, True, False, False, False], nulls_last=True
    )


def find_next(marked: pl.DataFrame, one: str, today: date) -> str | None:
    """Return whom to call next: after this one where this one still waits, else the first; None where nobody waits.

    Those who were never called come first, then those whose call is due. Input: `mark_progress`.
    """
    due = (pl.col("rappel") <= today) | (pl.col("rappel").is_null() & (pl.col("day") < today))
    waiting = [
        waits
        for rows in (
            marked.filter(tab=str(Tab.TO_CALL)),
            marked.filter(due, tab=str(Tab.AGAIN)),
        )
        for waits in rows["id_signalement"].to_list()
    ]
    at = waiting.index(one) + 1 if one in waiting else 0
    return next((waits for waits in [*waiting[at:], *waiting[:at]] if waits != one), None)


def count_tabs(marked: pl.DataFrame) -> dict[str, int]:
    """Count the young people of each tab; those who left are counted elsewhere."""
    counted = Counter(marked["tab"].to_list())
    return {str(tab): counted[str(tab)] for tab in Tab}


def search(marked: pl.DataFrame, words: str) -> pl.DataFrame:
    """Return the rows in which every word stands, whatever its accents; or the number, its spaces."""
    digits = "".join(c for c in words if c.isdigit())
    letters = _plain(words).split()
    if len(digits) >= DIGITS and not any(c.isalpha() for c in words):
        # 06 39 98 and +33 6 39 98 are one number.
        wanted = digits.removeprefix("0").removeprefix("33")
        held = pl.concat_str(pl.col(CALLED), separator=",", ignore_nulls=True)
        return marked.filter(held.str.replace_all(r"[^\d,]", "").str.contains(wanted, literal=True))
    if not letters:
        return marked.clear()
    said = pl.concat_str(pl.col(SEARCHED), separator=" ", ignore_nulls=True)
    text = said.map_elements(_plain, return_dtype=pl.String)
    return marked.filter(pl.all_horizontal(text.str.contains(w, literal=True) for w in letters))


def _plain(text: str) -> str:
    # Two letters to a keyboard, one to Unicode.
    return fold(text.casefold().replace("œ", "oe").replace("æ", "ae"))


def cut_page(rows: pl.DataFrame, page: int) -> tuple[list[dict[str, Any]], int, int]:
    """Return one page of rows, which one it is, and how many there are."""
    pages = max(-(-rows.height // PAGE), 1)
    shown = min(max(page, 1), pages)
    return rows.slice((shown - 1) * PAGE, PAGE).to_dicts(), shown, pages
