"""Read a large generated export of SIECLE, and the same pupils as CSV: seconds per million, and memory.

python -m bench.siecle [--pupils 600000] [--folder DIR]

Prints the size of both, the seconds that reading each takes (and those of processors, which others on the machine
lengthen less) and the most memory that its process held.
Guardians are as many as pupils. 600,000 pupils are about 1 GB of XML.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from siei_match.reference.delivery import Fichier
from siei_match.stages.extract import read_slices

PUPILS = "ElevesAvecAdresses.xml"
GUARDIANS = "ResponsablesAvecAdresses.xml"
TEXT = "scolarite.csv"
HEAD = '<?xml version="1.0" encoding="ISO-8859-15"?>\n<{root} VERSION="2.1">\n'
PUPIL = """  <ELEVE ELEVE_ID="{i}" ELENOET="{i}"><ID_NATIONAL>{i:09d}AB</ID_NATIONAL><INE_RNIE>{i:09d}AB</INE_RNIE>
    <NOM_DE_FAMILLE>NOMÉ{i}</NOM_DE_FAMILLE><NOM_USAGE>NOMÉ{i}</NOM_USAGE><PRENOM>Maëlys</PRENOM><PRENOM2>Zoé</PRENOM2>
    <DATE_NAISS>12/05/2008</DATE_NAISS><DOUBLEMENT>0</DOUBLEMENT><CODE_SEXE>2</CODE_SEXE><CODE_PAYS>100</CODE_PAYS>
    <CODE_DEPARTEMENT_NAISS>001</CODE_DEPARTEMENT_NAISS><CODE_COMMUNE_INSEE_NAISS>01053</CODE_COMMUNE_INSEE_NAISS>
    <CODE_REGIME>2</CODE_REGIME><DATE_ENTREE>01/09/2025</DATE_ENTREE><TEL_PORTABLE>06{i:08d}</TEL_PORTABLE>
    <MEL>eleve{i}@exemple.fr</MEL><CODE_MEF>10310019110</CODE_MEF><CODE_STATUT>ST</CODE_STATUT><ADRESSE_ID>{i}</ADRESSE_ID>
    <SCOLARITE_AN_DERNIER><CODE_STRUCTURE>4A</CODE_STRUCTURE><CODE_RNE>0750652B</CODE_RNE><SIGLE>CLG</SIGLE>
      <DENOM_PRINC>COLLEGE</DENOM_PRINC><CODE_COMMUNE_INSEE>75106</CODE_COMMUNE_INSEE></SCOLARITE_AN_DERNIER></ELEVE>
"""
CLASS = """  <STRUCTURES_ELEVE ELEVE_ID="{i}" ELENOET="{i}"><STRUCTURE><CODE_STRUCTURE>3A</CODE_STRUCTURE><TYPE_STRUCTURE>D</TYPE_STRUCTURE>
    </STRUCTURE></STRUCTURES_ELEVE>
"""
HOME = """  <ADRESSE ADRESSE_ID="{i}"><LIGNE1_ADRESSE>{i} rue des Œillets</LIGNE1_ADRESSE><CODE_POSTAL>01000</CODE_POSTAL>
    <CODE_COMMUNE_INSEE>01053</CODE_COMMUNE_INSEE><LIBELLE_POSTAL>BOURG EN BRESSE</LIBELLE_POSTAL><CODE_PAYS>100</CODE_PAYS></ADRESSE>
"""
PERSON = """  <PERSONNE PERSONNE_ID="{i}"><NOM_DE_FAMILLE>NOMÉ{i}</NOM_DE_FAMILLE><PRENOM>Anne</PRENOM><LC_CIVILITE>MME</LC_CIVILITE>
    <TEL_PERSONNEL>02{i:08d}</TEL_PERSONNEL><TEL_PORTABLE>07{i:08d}</TEL_PORTABLE><MEL>resp{i}@exemple.fr</MEL>
    <ADRESSE_ID>{i}</ADRESSE_ID></PERSONNE>
"""
LINK = """  <RESPONSABLE_ELEVE><ELEVE_ID>{i}</ELEVE_ID><PERSONNE_ID>{i}</PERSONNE_ID><RESP_LEGAL>1</RESP_LEGAL>
    <CODE_PARENTE>10</CODE_PARENTE></RESPONSABLE_ELEVE>
"""


def generate(folder: Path, pupils: int) -> None:
    """Write both documents, part after part."""
    for name, root, parts in (
        (PUPILS, "BEE_ELEVES", {"ELEVES": PUPIL, "STRUCTURES": CLASS, "ADRESSES": HOME}),
        (GUARDIANS, "BEE_RESPONSABLES", {"PERSONNES": PERSON, "RESPONSABLES": LINK}),
    ):
        with (folder / name).open("w", encoding="iso-8859-15") as file:
            file.write(HEAD.format(root=root))
            file.write(
                "<PARAMETRES><UAJ>0750652B</UAJ><ANNEE_SCOLAIRE>2025</ANNEE_SCOLAIRE></PARAMETRES>\n<DONNEES>\n"
            )
            for part, model in parts.items():
                file.write(f"<{part}>\n")
                file.writelines(model.format(i=i) for i in range(pupils))
                file.write(f"</{part}>\n")
            file.write(f"</DONNEES></{root}>\n")


def read(folder: Path, name: str) -> tuple[int, float, float, float]:
    """Read a file to its end: rows, seconds that it took, those of processors, most memory held in MB."""
    fichier = Fichier(
        extrait="scolarite", nom=name, annee_scolaire="2025-2026", date_extraction=date(2026, 10, 1)
    )
    start, worked = time.monotonic(), time.process_time()
    rows = 0
    for number, part in enumerate(read_slices(folder, fichier)):
        rows += part.frame.height
        if name == PUPILS:
            own = part.frame.drop("ligne")
            with (folder / TEXT).open("ab" if number else "wb") as file:
                own.write_csv(file, separator=";", include_header=not number)
    seconds, worked = time.monotonic() - start, time.process_time() - worked
    return rows, seconds, worked, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Measure the XML, then the CSV of the same rows, each in a process of its own."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--pupils", type=int, default=600_000)
    asked.add_argument("--folder", type=Path)
    asked.add_argument("--only", help=argparse.SUPPRESS)
    wanted = asked.parse_args()
    if wanted.only:
        print(*read(wanted.folder, wanted.only))
        return 0
    with tempfile.TemporaryDirectory(dir=wanted.folder) as place:
        folder = Path(place)
        generate(folder, wanted.pupils)
        for name in (PUPILS, TEXT):
            told = subprocess.run(
                [sys.executable, "-m", "bench.siecle", "--folder", place, "--only", name],
                check=True, capture_output=True, text=True,
            ).stdout.split()  # fmt: skip
            rows, seconds, worked, memory = int(told[0]), *(float(word) for word in told[1:])
            size = (
                sum(p.stat().st_size for p in folder.glob("*.xml" if name == PUPILS else TEXT))
                / 1e9
            )
            print(
                f"{name}: {size:.2f} GB, {rows} rows of {wanted.pupils} pupils in {seconds:.0f} s, "
                f"({worked:.0f} s of processors): {1e6 * seconds / wanted.pupils:.0f} s per million pupils "
                f"({1e6 * worked / wanted.pupils:.0f}), {memory:.0f} MB of memory"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
