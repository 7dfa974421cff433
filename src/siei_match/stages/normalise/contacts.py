"""Telephones and e-mails: one spelling for one line, nothing where the number says nothing."""

from itertools import pairwise

import polars as pl

from siei_match.reference.nomenclatures import dialling_codes
from siei_match.stages.normalise.text import mend

MOST_SHARED = 50
"""A number given by more people than that is a school's or a helpdesk's: no evidence."""

# The nine digits after the trunk 0 or the country code.
NEW = r"([1-9]\d{8})"
NATIONAL = rf"^0?{NEW}$"
DIALLING = rf"^(?:\+|00)?(?:33|262|269|508|590|594|596)0?{NEW}$"
"""Overseas codes take the same nine digits; a lost plus sign is forgiven."""
SAINT_PIERRE = r"^(?:\+|00)508(\d{6})$"
FOREIGN = r"^\+([1-9]\d{7,14})$"
FRENCH = r"^\+(?:33|262|508|590|594|596)"
FRENCH_NEW = FRENCH + r"[0-9]{9}$"

_REPEATED_DIGIT = "(?:0{8}|1{8}|2{8}|3{8}|4{8}|5{8}|6{8}|7{8}|8{8}|9{8})"
_SUITE = "(?:12345678|23456789|98765432|01020304)"
DUMMIES = (
    # Numbers that begin with 08 are services: nobody's own.
    rf"{FRENCH}(?:8[0-9]{{8}}|[0-9]{_REPEATED_DIGIT}|[0-9]{_SUITE}|{_SUITE}[0-9]|102030405)$"
    rf"|^\+(?:[0-9]{_REPEATED_DIGIT}|[0-9]?{_SUITE}[0-9]?|102030405)$"
)
"""What is typed to get past a compulsory field (0600000000, 0123456789, 0612345678), and services."""

MAIL = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"
USUAL_MAIL = r"^[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$"
"""An address that is written already as it is compared."""
USUAL = r"^0[1-9][0-9]{8}$"
"""A French number that needs no reading: all but a few of them."""


def read_phones(values: pl.Series) -> pl.Series:
    """Return telephones as `+33612345678`, overseas `+262…`, abroad `+` and the digits.

    A French number is known by its nine digits, whatever code it was written with: `0692…`,
    `+262 692…` and `+33 692…` are one line. Doing it twice changes nothing.
    """
    nine = values.str.slice(1)
    quick = pl.select(pl.format("+{}{}", _code(pl.lit(nine)), nine)).to_series()
    return mend(values, values.str.contains(USUAL), quick, _read_unusual_phones)


def _code(nine: pl.Expr) -> pl.Expr:
    """The country code of nine French digits: overseas departments have their own."""
    codes = dialling_codes()
    return nine.str.slice(0, 3).replace_strict(codes["prefixe"], codes["indicatif"], default="33")


def _read_unusual_phones(values: pl.Series) -> pl.Series:
    raw = pl.col("brut")
    cleaned = values.rename("brut").to_frame()
    cleaned = cleaned.with_columns(
        raw.str.normalize("NFKC")
        .str.replace_all(r"[^0-9+]", "")
        .str.replace(r"^(\+?)0{2}([1-9])", "+${2}")
    )
    nine = pl.coalesce(
        raw.str.extract(NATIONAL),
        raw.str.extract(DIALLING),
        pl.lit("508") + raw.str.extract(SAINT_PIERRE),
    )
    abroad = pl.when(~raw.str.contains(FRENCH)).then(raw.str.extract(FOREIGN))
    read = cleaned.with_columns(nine_digits=nine, foreign=abroad)
    number = pl.coalesce(
        pl.format("+{}{}", _code(pl.col("nine_digits")), "nine_digits"), pl.format("+{}", "foreign")
    )
    return read.select(number.alias(values.name)).to_series()


def drop_made_up_phones(values: pl.Series) -> pl.Series:
    """Empty the telephones, as `read_phones` writes them, that say nothing of who gives them.

    They are no evidence for the linkage; a list shows them all the same, since one person in a
    million does answer to 06 12 34 56 78, and the coordinator may judge.
    """
    number = pl.col("numero")
    shown = pl.when(~number.str.contains(DUMMIES)).then(number)
    return values.rename("numero").to_frame().select(shown.alias(values.name)).to_series()


def normalise_phones(values: pl.Series) -> pl.Series:
    """Return telephones as the linkage compares them: read, the made-up and the services absent."""
    return drop_made_up_phones(read_phones(values))


def show_phones(values: pl.Series) -> pl.Series:
    """Return normalised telephones as a French reader writes them: `06 12 34 56 78`."""
    number = pl.col("numero")
    pairs = [number.str.slice(start, size) for start, size in _PAIRS]
    shown = (
        pl.when(number.str.contains(FRENCH_NEW))
        .then(pl.format("0{} {} {} {} {}", *pairs))
        .otherwise(number)
    )
    return values.rename("numero").to_frame().select(shown.alias(values.name)).to_series()


_PAIRS = ((-9, 1), (-8, 2), (-6, 2), (-4, 2), (-2, 2))


def normalise_mails(values: pl.Series) -> pl.Series:
    """Return e-mail addresses in lower case without white space; absent if it is not one."""
    return mend(values, values.str.contains(USUAL_MAIL), values, _read_unusual_mails)


def _read_unusual_mails(values: pl.Series) -> pl.Series:
    mail = pl.col("courriel")
    return (
        values.rename("courriel")
        .to_frame()
        .select(
            mail.str.normalize("NFKC").str.replace_all(r"[\s\p{Cc}\p{Cf}]", "").str.to_lowercase()
        )
        .select(mail.str.replace(r"^(?:mailto:)+", ""))
        .select(pl.when(mail.str.contains(MAIL)).then(mail).alias(values.name))
        .to_series()
    )


def holders(lists: pl.Series, people: pl.Series) -> pl.DataFrame:
    """Return `telephone`, `personne`: who gives which number, both as numbers of 64 bits.

    Args:
        lists: telephones of each row.
        people: something that tells people apart, the same length.
    """
    rows = pl.DataFrame({"telephone": lists, "personne": people}).explode("telephone")
    return rows.drop_nulls("telephone").with_columns(pl.col("telephone").hash())


def shared_phones(given: pl.DataFrame) -> pl.Series:
    """Return the telephones of `holders` that more than `MOST_SHARED` different people give."""
    often = given.group_by("telephone").len().filter(pl.col("len") > MOST_SHARED)
    return (
        given.join(often, on="telephone", how="semi")
        .group_by("telephone")
        .agg(pl.col("personne").n_unique())
        .filter(pl.col("personne") > MOST_SHARED)["telephone"]
    )


def drop_phones(lists: pl.Series, shared: pl.Series) -> pl.Series:
    """Return lists of telephones without those of `shared_phones`; absent where none is left."""
    if shared.is_empty():
        return lists
    rows = lists.to_frame("telephone").with_row_index("rang")
    each = rows.explode("telephone").drop_nulls("telephone")
    kept = each.filter(~pl.col("telephone").hash().is_in(shared.implode()))
    grouped = kept.group_by("rang", maintain_order=True).agg("telephone")
    left = rows.select("rang").join(grouped, on="rang", how="left", maintain_order="left")
    return left["telephone"].rename(lists.name)


def gather(frame: pl.DataFrame, rows: int) -> pl.Series:
    """Return the values of all columns of each row as one list, in order, without repetition.

    A network of comparisons between columns, since sorting a million little lists takes twenty
    times as long.
    """
    columns = frame.columns
    if not columns:
        return pl.repeat(None, rows, dtype=pl.List(pl.String), eager=True)
    for last in range(len(columns) - 1, 0, -1):
        for left, right in pairwise(columns[: last + 1]):
            a, b = pl.col(left), pl.col(right)
            # Absent goes last; of two equal values one is left.
            swapped = (a > b) | (a.is_null() & b.is_not_null())
            frame = frame.with_columns(
                pl.when(swapped).then(b).otherwise(a).alias(left),
                pl.when(swapped).then(a).when(a != b).then(b).alias(right),
            )
    # Joined then split: ten times as fast as building lists and taking the absent out. No
    # telephone and no e-mail holds a line break.
    joined = pl.concat_str(pl.all(), separator="\n", ignore_nulls=True)
    return frame.select(liste=joined.replace("", None).str.split("\n"))["liste"]
