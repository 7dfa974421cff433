"""campagne.toml and its folder: what is accepted, and what each bad delivery is told."""

import hashlib
import os

import polars as pl
import pytest

from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract import read_delivery
from siei_match.stages.extract.questions import find_questions
from tests.livraisons import assert_says, colonnes, deliver, rangee, texte, write


def refusal(dossier):
    with pytest.raises(DeliveryError) as echec:
        read_delivery(dossier)
    return echec.value


def append(dossier, toml):
    with (dossier / "campagne.toml").open("a", encoding="utf-8") as flux:
        flux.write(toml)


def replace(dossier, avant, apres):
    chemin = dossier / "campagne.toml"
    contenu = chemin.read_text(encoding="utf-8")
    assert avant in contenu
    chemin.write_text(contenu.replace(avant, apres, 1), encoding="utf-8")


def test_a_whole_delivery_is_read_in_its_order_without_warning(tmp_path):
    livraison = read_delivery(deliver(tmp_path))
    assert livraison.campagne.code == "2026-10"
    assert livraison.campagne.start_year == 2026
    assert len(livraison.fichiers) == 11
    assert livraison.fichiers[0].nom == "scolarite_2025-2026.csv"
    assert livraison.avertissements == ()


def test_an_absent_optional_extract_is_a_warning_that_says_what_is_lost(tmp_path):
    absents = ["missions_locales", "diplomes_agricoles", "contrats", "retours"]
    livraison = read_delivery(deliver(tmp_path, sans=absents))
    assert len(livraison.avertissements) == 4
    for absent in absents:
        assert any(
            str(a).startswith(f"{absent} is absent: ")
            and a.rapport.startswith(f"L’extrait {absent} n’a pas été fourni : ")
            for a in livraison.avertissements
        )


@pytest.mark.parametrize("absent", ["scolarite", "diplomes", "agricole", "apprentissage"])
def test_a_required_extract_that_is_not_listed_stops(tmp_path, absent):
    assert_says(
        refusal(deliver(tmp_path, sans=[absent])), "campagne.toml", "required extract", absent
    )


def test_a_folder_that_does_not_exist_stops(tmp_path):
    assert_says(refusal(tmp_path / "nulle-part"), "nulle-part", "no such folder")


def test_a_folder_without_campagne_toml_stops(tmp_path):
    assert_says(refusal(tmp_path), "campagne.toml is missing")


@pytest.mark.parametrize(
    ("contenu", "dit"),
    [
        (b"[campagne\n", "not valid TOML"),
        (b"[campagne]\ncode = \"\xe9t\xe9\"\n", "UTF-8"),
        (b"", "campagne: is missing"),
        (b"[campagne]\n[autre]\n", "unknown part autre"),
        (b"campagne = 3\nfichiers = 4\n", "campagne"),
        (b"avertissements = []\n", "unknown part avertissements"),
    ],
)  # fmt: skip
def test_a_campagne_toml_that_cannot_be_read_stops(tmp_path, contenu, dit):
    write(tmp_path, "campagne.toml", contenu)
    assert_says(refusal(tmp_path), "campagne.toml", dit)


@pytest.mark.parametrize(
    ("avant", "apres", "dit"),
    [
        ('code = "2026-10"', 'code = "octobre"', "campagne.code"),
        ('code = "2026-10"', 'code = "2026-13"', "campagne.code"),
        ('code = "2026-10"', 'code = "2026-10"\ncoed = 1', "campagne.coed: unknown key"),
        ("date_observation = 2026-10-15", "", "campagne.date_observation: is missing"),
        ("date_observation = 2026-10-15", "date_observation = 2026-08-31", "date_observation must"),
        ('"2026-2027"', '"2026-2028"', "campagne.annee_scolaire: must be two years"),
        ('"legale"', '"large"', "campagne.definition"),
        ('extrait = "scolarite"', 'extrait = "sygne"', "fichiers number 1 (scolarite_2025-2026"),
        ('annee_scolaire = "2025-2026"', "", "annee_scolaire is missing: scolarite"),
        ('nom = "scolarite_2025-2026.csv"', 'nom = "../scolarite.csv"', "plain name"),
        ('nom = "scolarite_2025-2026.csv"', 'nom = "/etc/passwd"', "plain name"),
        ('nom = "scolarite_2025-2026.csv"', 'nom = "a\\\\b.csv"', "plain name"),
        ('nom = "scolarite_2025-2026.csv"', 'nom = ""', "plain name"),
        ('nom = "scolarite_2025-2026.csv"', 'nom = "scolarite.xls"', "must end in"),
        ("date_extraction", 'encodage = "latin1"\ndate_extraction', "encodage"),
        ("date_extraction", "lignes = -1\ndate_extraction", "lignes"),
        ("date_extraction", 'sha256 = "abc"\ndate_extraction', "sha256"),
        ("date_extraction", "taille = 3\ndate_extraction", "taille: unknown key"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(tmp_path, avant, apres, dit):
    dossier = deliver(tmp_path)
    replace(dossier, avant, apres)
    assert_says(refusal(dossier), "campagne.toml", dit)


def test_a_year_on_an_extract_without_years_stops(tmp_path):
    dossier = deliver(tmp_path)
    replace(dossier, 'nom = "diplomes.csv"', 'nom = "diplomes.csv"\nannee_scolaire = "2025-2026"')
    assert_says(refusal(dossier), "no meaning for diplomes")


def test_a_file_listed_but_missing_stops(tmp_path):
    dossier = deliver(tmp_path)
    (dossier / "diplomes.csv").unlink()
    assert_says(refusal(dossier), "diplomes.csv", "missing")


def test_a_folder_in_the_place_of_a_file_stops(tmp_path):
    dossier = deliver(tmp_path)
    (dossier / "diplomes.csv").unlink()
    (dossier / "diplomes.csv").mkdir()
    assert_says(refusal(dossier), "diplomes.csv", "missing")


@pytest.mark.parametrize("nom", ["scolarite_2024-2025.csv.gz", "Diplomes_bis.TXT"])
def test_a_required_extract_that_is_there_but_not_listed_stops(tmp_path, nom):
    dossier = deliver(tmp_path)
    write(dossier, nom, b"x")
    assert_says(refusal(dossier), nom, "not listed")


@pytest.mark.parametrize("nom", ["retours2.parquet", "Diplomes_agricoles_bis.csv"])
def test_an_optional_one_is_left_unread_with_a_warning(tmp_path, nom):
    dossier = deliver(tmp_path)
    write(dossier, nom, b"x")
    (said,) = read_delivery(dossier).avertissements
    assert said.journal.endswith(f"and not read: {nom}.")


def test_the_names_of_unlisted_files_are_shown_whatever_they_are(tmp_path):
    dossier = deliver(tmp_path)
    for nom in (b"retours\x1b[31m.csv", b"retours\xff.csv"):
        (dossier / os.fsdecode(nom)).write_bytes(b"x")
    (said,) = read_delivery(dossier).avertissements
    assert "retours\\u001b[31m.csv, retours\\udcff.csv" in said.rapport


HARMLESS = ["LISEZMOI.txt", "readme.md", ".scolarite.csv", "scolarite.sha256", "scolarite.zip",
            "Guide de la scolarite.pdf", "scolarite_2025-2026.csv.md5"]  # fmt: skip


def test_other_files_of_the_folder_are_ignored(tmp_path):
    dossier = deliver(tmp_path)
    (dossier / "verite").mkdir()
    (dossier / "scolarite.csv").mkdir()
    for nom in HARMLESS:
        write(dossier, nom, b"Bonjour.\n")
    assert read_delivery(dossier).avertissements == ()


@pytest.mark.parametrize(
    ("nom", "contenu", "extrait"),
    [
        ("SIECLE_partie2.csv", b"x", "scolarite"),
        ("agricole.xlsx", b"PK", "agricole"),
        ("apprentissage_2026-2027 (2).txt", b"x", "apprentissage"),
        ("Copie de scolarité.csv", b"x", "scolarite"),
        ("export_Scolarite.json", b"{}", "scolarite"),
        ("SYGNE-2026.json", b"[]", "scolarite"),
        ("diplomes.tsv", b"x", "diplomes"),
        # What its first line says, whatever it is called, in whatever it was written.
        ("suite.csv", ";".join(colonnes("scolarite")).encode(), "scolarite"),
        ("suite.txt", ("\n" + ",".join(f'"{c}"' for c in colonnes("scolarite"))).encode(), "scolarite"),
        ("suite.csv.gz", ";".join(colonnes("agricole")).upper().encode(), "agricole"),
        ("suite.csv", "\t".join(colonnes("diplomes")).encode("utf-16"), "diplomes"),
        ("cfa.txt", b";".join([b"x"] * 47), "apprentissage"),
        ("cfa.dat", b"|".join([b"x"] * 47), "apprentissage"),
        ("retours_bis.csv", ";".join(colonnes("scolarite")).encode(), "scolarite"),
    ],
)  # fmt: skip
def test_an_unlisted_file_that_looks_like_a_required_one_stops(tmp_path, nom, contenu, extrait):
    dossier = deliver(tmp_path)
    write(dossier, nom, contenu)
    assert_says(refusal(dossier), "not listed in campagne.toml", f"{nom} (looks like {extrait})")


def test_a_part_of_a_listed_file_stops_whatever_they_are_called(tmp_path):
    dossier = deliver(tmp_path)
    (dossier / "scolarite_2025-2026.csv").rename(dossier / "Export BEE n°1.csv")
    replace(dossier, "scolarite_2025-2026.csv", "Export BEE n°1.csv")
    write(dossier, "export_bee_2.csv", b"x")
    assert_says(refusal(dossier), "export_bee_2.csv (looks like scolarite)")


def test_an_unlisted_parquet_is_known_by_its_columns(tmp_path):
    dossier = deliver(tmp_path)
    pl.DataFrame(schema=dict.fromkeys(colonnes("agricole"), pl.String)).write_parquet(
        dossier / "x.parquet"
    )
    assert_says(refusal(dossier), "x.parquet (looks like agricole)")


@pytest.mark.parametrize("nom", ["verite.parquet", "statistiques.xlsx", "x.csv", "y.xml", "z.json"])
def test_an_unlisted_file_that_may_be_data_is_told(tmp_path, nom):
    dossier = deliver(tmp_path)
    write(dossier, nom, b"a;b\n1;2\n")
    (said,) = read_delivery(dossier).avertissements
    assert said.journal.endswith(f"and not read: {nom}.")
    assert said.rapport == f"Présents mais absents de campagne.toml, non lus : {nom}."


def people(extrait, n):
    return texte(extrait, [rangee(extrait, **{column_of(extrait): f"NOM{i}"}) for i in range(n)])


def column_of(extrait):
    return {"agricole": "nomUsuel", "apprentissage": "NOM"}.get(extrait, "NOM_DE_FAMILLE")


@pytest.mark.parametrize("compressed", [False, True])
def test_the_same_bytes_under_two_names_stop(tmp_path, compressed):
    """A year in the place of the other, or a file listed twice: 654 listed instead of 75."""
    dossier = deliver(tmp_path)
    nom = "scolarite_2026-2027.csv" + (".gz" if compressed else "")
    (dossier / "scolarite_2026-2027.csv").unlink()
    for each in ("scolarite_2025-2026.csv", nom):
        write(dossier, each, people("scolarite", 10))
    replace(dossier, 'nom = "scolarite_2026-2027.csv"', f'nom = "{nom}"')
    said = refusal(dossier)
    assert_says(said, f"scolarite_2025-2026.csv and {nom} hold the same bytes")
    assert "for 2025-2026 and 2026-2027" in said.what


def test_a_file_listed_under_another_name_too_stops_however_short(tmp_path):
    dossier = deliver(tmp_path)
    write(dossier, "d.csv", (dossier / "diplomes.csv").read_bytes())
    append(dossier, '[[fichiers]]\nextrait="diplomes"\nnom="d.csv"\ndate_extraction=2026-10-10\n')
    assert_says(refusal(dossier), "diplomes.csv and d.csv hold the same bytes.")


def test_two_files_of_a_heading_alone_are_no_double(tmp_path):
    dossier = deliver(tmp_path)
    for nom in ("diplomes.csv", "diplomes_agricoles.csv"):
        write(dossier, nom, ";".join(colonnes("diplomes")) + "\n")
    assert read_delivery(dossier).avertissements == ()


@pytest.mark.parametrize(("n", "stops"), [(9, False), (10, True)])
@pytest.mark.parametrize("extrait", ["apprentissage", "agricole", "diplomes"])
@pytest.mark.parametrize("parquet", [False, True])
def test_a_few_people_may_be_the_same_in_two_files(tmp_path, extrait, n, stops, parquet):
    dossier = deliver(tmp_path)
    names = ("diplomes.csv", "diplomes_agricoles.csv") if extrait == "diplomes" else tuple(
        f"{extrait}_{year}.csv" for year in ("2025-2026", "2026-2027")
    )  # fmt: skip
    for nom in names:
        if parquet:
            (dossier / nom).unlink()
            replace(dossier, f'nom = "{nom}"', f'nom = "{nom}.parquet"')
            rows = [rangee(extrait, **{column_of(extrait): f"NOM{i}"}) for i in range(n)]
            frame = pl.DataFrame(rows, schema=colonnes(extrait), orient="row")
            frame.write_parquet(dossier / f"{nom}.parquet")
        else:
            write(dossier, nom, people(extrait, n))
    if stops:
        assert_says(refusal(dossier), "hold the same bytes")
    else:
        read_delivery(dossier)


def test_files_of_one_length_and_other_bytes_are_no_double(tmp_path):
    dossier = deliver(tmp_path)
    sizes = {(dossier / f"scolarite_{y}.csv").stat().st_size for y in ("2025-2026", "2026-2027")}
    assert len(sizes) == 1
    assert read_delivery(dossier).avertissements == ()


def test_a_file_listed_twice_stops(tmp_path):
    dossier = deliver(tmp_path)
    append(dossier, '[[fichiers]]\nextrait="diplomes"\nnom="diplomes.csv"\n'
                    "date_extraction=2026-10-10\n")  # fmt: skip
    assert_says(refusal(dossier), "diplomes.csv", "listed twice")


def test_a_right_checksum_passes_in_any_case_and_a_wrong_one_stops(tmp_path):
    dossier = deliver(tmp_path)
    sha256 = hashlib.sha256((dossier / "diplomes.csv").read_bytes()).hexdigest().upper()
    replace(dossier, 'nom = "diplomes.csv"', f'nom = "diplomes.csv"\nsha256 = "{sha256}"')
    read_delivery(dossier)
    write(dossier, "diplomes.csv", b"changed")
    assert_says(refusal(dossier), "diplomes.csv", "SHA-256", sha256.lower())


def test_a_file_of_no_bytes_stops(tmp_path):
    dossier = deliver(tmp_path)
    write(dossier, "diplomes.csv", b"")
    assert_says(refusal(dossier), "diplomes.csv", "empty (0 bytes)")


def test_the_byte_order_mark_of_an_editor_is_accepted(tmp_path):
    dossier = deliver(tmp_path)
    contenu = (dossier / "campagne.toml").read_text(encoding="utf-8")
    write(dossier, "campagne.toml", contenu, "utf-8-sig")
    assert read_delivery(dossier).campagne.definition == "legale"


def test_a_declaration_as_deep_as_it_is_long_is_looked_through() -> None:
    """The fuzzer's seeds 700116, 700412 and 700426: brackets alone."""
    deep: list[object] = ["?"]
    for _ in range(50_000):
        deep = [deep]
    (place,) = find_questions({"campagne": deep})
    assert place.startswith("campagne number 1 number 1")
    assert find_questions(
        {"campagne": {"code": "?"}, "fichiers": [{"nom": "a.csv", "lignes": "?"}]}
    ) == [
        "campagne.code",
        "fichiers number 1 (a.csv).lignes",
    ]
