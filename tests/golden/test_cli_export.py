"""`siei export` gives a platform its list, in a file that only its owner reads."""

import stat

import polars as pl

from siei_match.cli import main


def test_several_platforms_at_once(published, tmp_path, capsys) -> None:
    listes = published[0] / "campagnes" / "2026-10" / "listes"
    codes = sorted(path.name.removeprefix("psad=") for path in listes.iterdir())[:2]
    arguments = [
        "export",
        "2026-10",
        "--unreleased",
        "--psad",
        *codes,
        "--sortie",
        str(published[0]),
    ]
    for kind in ("csv", "xlsx", "parquet"):
        assert main([*arguments, "--format", kind, "--vers", str(tmp_path)]) == 0
        said = capsys.readouterr().out.split()
        expected = [tmp_path / f"liste-2026-10-{code}.{kind}" for code in codes]
        assert said == [str(path) for path in expected]
        assert [stat.S_IMODE(path.stat().st_mode) for path in expected] == [0o600, 0o600]
    assert pl.read_parquet(expected[0]).columns[0] == "id_signalement"


def test_an_unknown_campaign_or_platform_is_named(published, tmp_path, capsys) -> None:
    for campagne, psad in (("2031-10", "non_affecte"), ("2026-10", "nulle-part")):
        arguments = [
            "export",
            campagne,
            "--unreleased",
            "--psad",
            psad,
            "--sortie",
            str(published[0]),
        ]
        assert main([*arguments, "--vers", str(tmp_path)]) == 1
        said = capsys.readouterr().err
        assert campagne in said
        assert "→" in said
    assert list(tmp_path.iterdir()) == []
