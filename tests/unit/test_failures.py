"""No failure, of whatever library, shows a value of a row."""

import errno
import traceback

import duckdb
import polars as pl
import pytest

from siei_match.reference.errors import DeliveryError, OutputError, SieiError
from siei_match.reference.failures import Failure, explain, shield

NOM = "KERVADEC"


def fail_in_polars() -> None:
    pl.DataFrame({"nom": [NOM]}).select(pl.col("nom").str.to_integer())


def fail_in_duckdb() -> None:
    duckdb.sql(f"select cast('{NOM}' as integer)").fetchall()


def fail_in_python() -> None:
    int(NOM)


def fail_by_assertion() -> None:
    raise DeliveryError("a.csv: 3 rows.", remedy="Ask again.") from ValueError(NOM)


@pytest.mark.parametrize(
    "failing", [fail_in_polars, fail_in_duckdb, fail_in_python, fail_by_assertion]
)
def test_a_shielded_failure_shows_no_value(failing) -> None:
    with pytest.raises(SieiError) as told:
        shield(failing)()
    assert NOM not in "".join(traceback.format_exception(told.value))
    assert told.value.what
    assert told.value.remedy


def test_our_own_errors_keep_their_class_and_words() -> None:
    told = explain(DeliveryError("a.csv: 3 rows.", remedy="Ask again."))
    assert type(told) is DeliveryError
    assert (told.what, told.remedy) == ("a.csv: 3 rows.", "Ask again.")


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "out/x.parquet"), "out/x.parquet"),
        (OSError(errno.ENOSPC, "No space left on device"), "Free some space"),
        (OSError("No space left on device (os error 28)"), "Free some space"),
        (PermissionError(errno.EACCES, "Permission denied", "out"), "right to"),
        (MemoryError(), "memory"),
        (duckdb.IOException("Could not write: No space left on device"), "Free some space"),
        (pl.exceptions.ComputeError("whatever"), "polars"),
    ],
)
def test_a_failure_of_the_machine_says_what_to_do(failure: Exception, words: str) -> None:
    told = explain(failure)
    assert words in str(told)


def test_only_what_a_network_share_may_repair_is_transient() -> None:
    stale, full = explain(OSError(errno.ESTALE, "Stale")), explain(OSError(errno.ENOSPC, "Full"))
    assert isinstance(stale, Failure)
    assert stale.transient
    assert isinstance(full, Failure | OutputError)
    assert not getattr(full, "transient", False)


def test_an_interruption_passes_through() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shield(interrupt)()
