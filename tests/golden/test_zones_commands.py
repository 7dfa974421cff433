"""`siei zones`: a territory looked at before it is used, on the sample campaigns and on small tables."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from siei_match.campaign.zones import check_zones, compare_zones
from siei_match.cli.program import main
from siei_match.output import newest_prepared
from tests.zones import SHIPPED

DAY = date(2027, 3, 15)


def write(folder: Path, communes: str) -> Path:
    folder.mkdir()
    (folder / "psad.csv").write_text("code;nom\nouest;Ouest\nest;Est\n", "utf-8")
    (folder / "psad_communes.csv").write_text("code_commune;psad\n" + communes, "utf-8")
    return folder


def test_the_zones_that_ship_leave_no_gap_and_hold_everybody_listed(sample) -> None:
    found = check_zones(SHIPPED, DAY, sample[0])
    last = newest_prepared(sample[0])
    assert (found.zones, found.gaps.height, found.campaign) == (383, 0, "2027-03")
    assert found.communes == found.sizes["communes"].sum()
    placed = last.lists("psad").filter(pl.col("psad") != "non_affecte")
    assert found.sizes["listed"].sum() == placed.height > 50


def test_gaps_are_told_and_end_with_1(tmp_path: Path, capsys) -> None:
    folder = write(tmp_path / "a", "01004;est\n")
    assert main(["zones", "check", str(folder), "--day", "2026-10-15"]) == 1
    said = capsys.readouterr()
    text = said.out + said.err
    assert "34,968 communes of today are in no zone" in text
    assert "01001 L'Abergement-Clémenciat" in text


def test_a_commune_in_two_zones_is_named(tmp_path: Path, capsys) -> None:
    folder = write(tmp_path / "a", "01004;est\n01004;ouest\n")
    assert main(["zones", "check", str(folder), "--day", "2026-10-15"]) == 1
    assert "01004" in capsys.readouterr().err


def test_who_would_move_is_counted_and_small_counts_are_hidden(
    sample, tmp_path: Path, capsys
) -> None:
    shipped = (SHIPPED / "psad_communes.csv").read_text("utf-8")
    zones = (SHIPPED / "psad.csv").read_text("utf-8")
    after = tmp_path / "after"
    after.mkdir()
    (after / "psad.csv").write_text(zones, "utf-8")
    (after / "psad_communes.csv").write_text(shipped.replace("PSAD-075-01", "PSAD-077-01"), "utf-8")
    found = compare_zones(SHIPPED, after, DAY, sample[0])
    [move] = found.moves.rows(named=True)
    assert (move["before"], move["after"], move["communes"]) == ("PSAD-075-01", "PSAD-077-01", 1)
    paris = newest_prepared(sample[0]).lists("psad").filter(psad="PSAD-075-01").height
    assert move["listed"] == paris
    assert move["hidden"] == (0 < paris < 5)
    assert (
        main(
            [
                "zones",
                "compare",
                str(SHIPPED),
                str(after),
                "--day",
                "2027-03-15",
                "--sortie",
                str(sample[0]),
            ]
        )
        == 0
    )
    said = capsys.readouterr()
    assert ("hidden" in said.out + said.err) == move["hidden"]
    assert compare_zones(SHIPPED, SHIPPED, DAY).moves.height == 0


@pytest.mark.parametrize("day", ["2026-12-31", "2027-01-01"])
def test_a_territory_is_that_of_its_day(tmp_path: Path, day: str) -> None:
    folder = write(tmp_path / "a", "")
    (folder / "psad_communes.csv").write_text(
        "code_commune;psad;valide_du;valide_au\n01004;est;;2026-12-31\n01004;ouest;2027-01-01;\n",
        "utf-8",
    )
    sizes = check_zones(folder, date.fromisoformat(day)).sizes.filter(communes=1)
    assert sizes["psad"].to_list() == [{"2026-12-31": "est", "2027-01-01": "ouest"}[day]]
