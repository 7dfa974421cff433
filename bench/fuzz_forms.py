"""What can be wrong in the forms that providers deliver: workbooks, SIECLE's XML, JSON, and their descriptions."""

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from xml.sax.saxutils import escape

from bench.fuzz_base import Depot, Nu
from bench.fuzz_mutations import Mutation, put_bytes
from siei_match.reference.delivery import JSON_EXTRACTS
from siei_match.simulate.real.json_files import GUARDIAN, fregata, sygne

PROLOGUE = '<?xml version="1.0" encoding="{}"?>'
ENCODINGS = (
    "ISO-8859-15",
    "UTF-8",
    "utf-16",
    "windows-1252",
    "KLINGON",
    "ISO-8859-1",
    "UTF-7",
    "",
    "ascii",
)
BOMB = (
    '<!DOCTYPE z [<!ENTITY a "ZQXXZQXX"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE z [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ODS = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
Parts = dict[str, bytes]
RARELY = 0.12
"""How often each thing is wrong that has a file refused: several can be at once, and most files shall be read."""


def rarely(des: Random, plain: str, *odd: str) -> str:
    """Return what a sound file has, or rarely something else."""
    return des.choice(odd) if des.random() < RARELY else plain


def zipped(des: Random, parts: Parts) -> bytes:
    """Return a zip of parts, whole or damaged in one way of those that zips are."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in parts.items():
            archive.writestr(name, octets)
    whole = held.getvalue()
    where = des.randrange(len(whole))
    flags = bytearray(whole)
    flags[6] |= 1
    flags[whole.rfind(b"PK\x01\x02") + 8] |= 1
    return des.choice(
        (whole,) * 50
        + (whole[:where], whole[:where] + b"\xff" + whole[where + 1 :], bytes(flags), whole[where:],
           whole + b"ZQXX", gzip.compress(whole), b"PK\x05\x06" + b"\0" * 18)
    )  # fmt: skip


def _cell(column: int, row: int, text: str) -> str:
    name, left = "", column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        name = chr(65 + rest) + name
    return f'<c r="{name}{row}" t="inlineStr"><is><t>{escape(_plain(text))}</t></is></c>'


def _plain(text: str) -> str:
    return "".join(
        c for c in text if c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff"
    )


def _rows(depot: Depot) -> list[list[str]]:
    return [depot.cible.colonnes, *depot.cible.rangees]


def xlsx(des: Random, depot: Depot) -> None:
    """Deliver a workbook with something in its sheet, or in its parts, that a sheet may not have."""
    rows = [
        "".join(_cell(j, i, v) for j, v in enumerate(row)) for i, row in enumerate(_rows(depot), 1)
    ]
    lines = [f'<row r="{i}">{row}</row>' for i, row in enumerate(rows, 1)]
    rank = des.randrange(len(lines))
    odd = "" if des.random() < 0.5 else des.choice((
        "", "", '<c r="XFD2"><v>1</v></c>', '<c r="ZZZZZZ2"><v>1</v></c>', '<c r="A2"><f>HYPERLINK("ZQXX")</f></c>',
        '<c r="B2"><f>1+1</f><v>2</v></c>', '<c r="A99999999999"><v>1</v></c>', '<c r=""><v>1</v></c>',
        '<c r="C2" t="s"><v>999999999</v></c>', '<c r="C2" t="s"><v>-1</v></c>', '<c r="C2" t="e"><v>#REF!</v></c>',
        '<c r="C2" s="99"><v>1e999</v></c>', '<c r="C2" t="d"><v>ZQXX</v></c>', '<c><v>40000.9999999999</v></c>',
        "<c r='D2' t='b'><v>7</v></c>", "<x>" * 80, "<c r='A2'><v>" + "9" * 100_000 + "</v></c>",
    ))  # fmt: skip
    lines[rank] = des.choice((
        lines[rank], lines[rank].replace("<row", '<row hidden="1"', 1), lines[rank].replace("<row r=", "<row q=", 1),
        f'<row r="{des.choice(("1048577", "-1", "x", "1"))}">{rows[rank]}</row>',
    )).replace("</row>", odd + "</row>")  # fmt: skip
    # What stands in the first row is a heading, which a log may name.
    lines[0] = lines[0].replace("ZQXX", "AUTRE")
    merged = rarely(des, "", *('<mergeCells><mergeCell ref="A2:B3"/></mergeCells>', '<mergeCells><mergeCell ref="A1:XFD1"/>'
                         "</mergeCells>", '<mergeCells><mergeCell ref="ZQXX"/></mergeCells>'))  # fmt: skip
    head = PROLOGUE.format(rarely(des, "UTF-8", *ENCODINGS)) + rarely(des, "", BOMB, OUTSIDE)
    sheet = f'{head}<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData>{merged}</worksheet>'
    parts = {
        "[Content_Types].xml": b"<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><sheets><sheet name="ZQXX" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>".encode(),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
        f'Target="{rarely(des, "worksheets/s.xml", "../../../etc/passwd", "http://x.invalid/", "")}" Type="x/worksheet"/>'
        "</Relationships>".encode(),
        "xl/worksheets/s.xml": sheet.encode("utf-8", "replace"),
    }  # fmt: skip
    change: Callable[[Parts], object] = des.choice((*(lambda p: None,) * 20, lambda p: p.update({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0ZQXX"}),
        lambda p: p.pop(des.choice(list(p))), lambda p: p.update({"xl/sharedStrings.xml": b"<sst><si><t>ZQXX"}),
        lambda p: p.update({"xl/styles.xml": b"<styleSheet><numFmts/><cellXfs><xf numFmtId='x'/></cellXfs></styleSheet>"}),
        lambda p: p.update({"xl/worksheets/s.xml": p["xl/worksheets/s.xml"] + b" " * (1 << 27)}),
    ))  # fmt: skip
    change(parts)
    depot.cible.lignes = len(depot.cible.rangees)
    depot.cible.nom = f"{depot.cible.extrait}.xlsx"
    put_bytes(depot, zipped(des, parts))


def ods(des: Random, depot: Depot) -> None:
    """Deliver an OpenDocument sheet, in which one cell or row may stand for a million."""
    many = des.choice(("2", "1000000", "99999999999", "-1", "x", ""))
    texts = [
        "".join(
            f"<table:table-cell><text:p>{escape(_plain(v))}</text:p></table:table-cell>"
            for v in row
        )
        for row in _rows(depot)
    ]
    rank = des.randrange(len(texts))
    texts[rank] += "" if des.random() < 0.5 else des.choice((
        "", f'<table:table-cell table:number-columns-repeated="{many}"/>', "<table:covered-table-cell/>",
        f'<table:table-cell table:number-columns-repeated="{many}"><text:p>ZQXX</text:p></table:table-cell>',
        '<table:table-cell table:number-rows-spanned="2"><text:p>ZQXX</text:p></table:table-cell>',
        '<table:table-cell table:formula="of:=1+1"/>', '<table:table-cell office:value-type="date" office:date-value="ZQXX"/>',
        '<table:table-cell office:value-type="float" office:value="nan"/>', "<text:p>" * 80,
    ))  # fmt: skip
    # What stands in the first row is a heading, which a log may name.
    texts[0] = texts[0].replace("ZQXX", "AUTRE")
    lines = [f"<table:table-row>{text}</table:table-row>" for text in texts]
    lines[rank] = lines[rank].replace(
        "<table:table-row>",
        des.choice(("<table:table-row>", f'<table:table-row table:number-rows-repeated="{many}">',
                    '<table:table-row table:visibility="collapse">')), 1)  # fmt: skip
    head = PROLOGUE.format(rarely(des, "UTF-8", *ENCODINGS)) + rarely(des, "", BOMB, OUTSIDE)
    content = (
        f"{head}<office:document-content {ODS}><office:body><office:spreadsheet><table:table table:name='ZQXX'>{''.join(lines)}"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    # A row that stands for many is as many.
    depot.cible.lignes = None if "rows-repeated" in content else len(depot.cible.rangees)
    depot.cible.nom = f"{depot.cible.extrait}.ods"
    put_bytes(depot, zipped(des, {"content.xml": content.encode("utf-8", "replace")}))


def siecle(des: Random, depot: Depot) -> None:
    """Deliver an export of SIECLE, cut, bombed, of another encoding, or with ids that lead nowhere."""
    encoding = rarely(des, "ISO-8859-15", *ENCODINGS)
    pupils = [
        f'<ELEVE ELEVE_ID="{des.choice(("1", "2", "", str(i)))}"><NOM>ZQXX{i}</NOM><PRENOM>ZQÉ</PRENOM>'
        f"<DATE_NAISS>1{i}/05/2008</DATE_NAISS><CODE_MEF>10310019110</CODE_MEF><ADRESSE_ID>{des.choice(('7', '8', ''))}</ADRESSE_ID>"
        f"{des.choice(('', '<SCOLARITE_AN_DERNIER><CODE_RNE>0750652B</CODE_RNE></SCOLARITE_AN_DERNIER>'))}</ELEVE>"
        for i in range(des.choice((0, 1, 6)))
    ]
    odd = "" if des.random() < 0.5 else des.choice((
        "", "", "<a>" * 70, "<ELEVE>" * 3, f"<NOM>{'ZQXX' * 9000}</NOM>", "".join(f"<p{i}>1</p{i}>" for i in range(700)),
        "<ELEVE/>", "&a;", "&#0;", "<![CDATA[ZQXX]]>", "<!-- ZQXX -->", "<?ZQXX?>", "<ELEVE ELEVE_ID='9' ELEVE_ID='9'/>",
        "<x:ELEVE><NOM>ZQXX</NOM></x:ELEVE>", "<ELEVE ELEVE_ID='" + "9" * 20_000 + "'/>", "\x01",
    ))  # fmt: skip
    year = rarely(des, "2025", "2026", "ZQXX", "", "99999999")
    text = (
        PROLOGUE.format(encoding) + rarely(des, "", BOMB, OUTSIDE)
        + f"<{rarely(des, 'BEE_ELEVES', 'BEE_RESPONSABLES')}><PARAMETRES><UAJ>0750652B</UAJ><ANNEE_SCOLAIRE>{year}</ANNEE_SCOLAIRE>"
        f"</PARAMETRES><DONNEES><ELEVES>{''.join(pupils)}{odd}</ELEVES><STRUCTURES><STRUCTURES_ELEVE ELEVE_ID='1'><STRUCTURE>"
        "<CODE_STRUCTURE>INACTIFS</CODE_STRUCTURE></STRUCTURE></STRUCTURES_ELEVE></STRUCTURES><ADRESSES><ADRESSE ADRESSE_ID='7'>"
        "<CODE_POSTAL>01000</CODE_POSTAL></ADRESSE><ADRESSE/></ADRESSES></DONNEES></BEE_ELEVES>"
    )  # fmt: skip
    rows = sum(1 + ("<SCOLARITE_AN_DERNIER>" in pupil) for pupil in pupils) + _count_pupils(odd)
    octets = text.encode(rarely(des, "iso-8859-15", "utf-8", "utf-16"), "replace")
    octets = des.choice((*(octets,) * 9, octets[: des.randrange(len(octets))]))
    guardians = (
        b"<BEE_RESPONSABLES><PERSONNE PERSONNE_ID='1'><NOM>ZQXX</NOM></PERSONNE><RESPONSABLE_ELEVE><ELEVE_ID>99</ELEVE_ID><PERSONNE_ID>77"
        b"</PERSONNE_ID><RESP_LEGAL>1</RESP_LEGAL></RESPONSABLE_ELEVE><RESPONSABLE_ELEVE/></BEE_RESPONSABLES>"
    )
    beside = des.choice((*(guardians,) * 20, guardians[:80], b"", b"ZQXX", octets))
    end = des.choice((".xml", ".xml", ".xml.gz", ".zip"))
    # Guardians may be listed too, and pupils without addresses have those of the file beside.
    of = des.choice(("ElevesAvec", "ElevesAvec", "ElevesAvec", "ElevesSans", "ResponsablesAvec"))
    depot.cible.nom = f"{of}Adresses{end}"
    # Guardians that are listed are columns of their pupils' rows.
    depot.cible.lignes = 0 if of.startswith("Resp") and end != ".zip" else rows
    if end == ".zip":
        names = des.choice(
            (
                *(("Eleves.xml", "Responsables.xml"),) * 12,
                ("Eleves.xml", "a/Eleves.xml"),
                ("../Eleves.xml", "x"),
                ("x", "y"),
            )
        )
        octets = zipped(des, dict(zip(names, (octets, beside), strict=True)))
    else:
        named = f"ResponsablesAvecAdresses{des.choice(('.xml', end))}"
        held = gzip.compress(beside) if named.endswith(".gz") and des.random() < 0.7 else beside
        depot.autour.append(lambda dossier: (dossier / named).write_bytes(held) and None)
    if end == ".xml.gz":
        packed = gzip.compress(octets)
        octets = des.choice(
            (*(packed,) * 12, octets, packed[: len(packed) // 2], zlib.compress(octets))
        )
    put_bytes(depot, octets)


def _count_pupils(odd: str) -> int:
    return len(re.findall(r"<(?:x:)?ELEVE\b", odd))


ODD_OBJECTS = (
    {}, {"ine": None}, {"nom": "ZQXX", "apprenant": []}, {"scolarite": [], "nom": 1e999}, {"nom": {"nom": "ZQXX"}, "INE": "ZQXX"},
    {"scolarite": "ZQXX", "apprenant": True}, {"nom": ["ZQXX"], "x" * 5000: 1}, {"apprenant": {"adressesApprenant": [{}, None, "ZQXX"]}},
)  # fmt: skip
"""Objects that are a row each, whatever they say."""


def objects(des: Random, depot: Depot) -> None:
    """Deliver JSON: deep, cut, of numbers that are none, of objects that are others."""
    flat = [dict(zip(depot.cible.colonnes, row, strict=False)) for row in depot.cible.rangees]
    shape = fregata if depot.cible.extrait == "agricole" else sygne
    told: list[object] = list(flat)
    if depot.cible.extrait in JSON_EXTRACTS and des.random() < 0.8:
        told = [shape(dict.fromkeys(GUARDIAN) | row) for row in flat]
        if shape is sygne:
            paths = ", ".join(f"{column} = {json.dumps(path)}" for column, path in GUARDIAN.items())
            depot.cible.toml["colonnes"] = Nu(f"{{ {paths} }}")
    for _ in range(des.choice((0, 0, 1, 3))):
        told.insert(des.randrange(1, len(told)), des.choice(ODD_OBJECTS))
    text = json.dumps(told, ensure_ascii=des.random() < 0.5, indent=des.choice((None, None, 1)))
    where = des.randrange(1, len(text))
    whole, rows = text, len(told)
    text = text if des.random() < 0.6 else des.choice((
        "\n".join(map(json.dumps, told)), "\r\n\r\n".join(map(json.dumps, told)), "\ufeff" + text, text[:where], text + "ZQXX", "[" * 100_000, '{"a":' * 100_000, "[1e999, NaN]", "null", "[]", "[null]", "{}",
        text[:-1] + ', {"nom": ' + "[" * 500 + "]" * 500 + "}]", '"ZQXX"', text[:where] + "\0" + text[where:],
        "[" + ", ".join(["{}"] * 1000) + "]", '[{"nom": "' + "ZQXX" * 500_000 + '"}]', '[{"nom": ' + "9" * 10_000 + "}]",
        "[" + text, text * 2, '[{"nom": "\\ud800"}]',
    ))  # fmt: skip
    depot.cible.lignes = rows if whole.startswith(text) else None
    octets = text.encode(rarely(des, "utf-8", "utf-16", "iso-8859-15"), "replace")
    depot.cible.nom = f"{depot.cible.extrait}{des.choice(('.json', '.jsonl', '.json.gz'))}"
    put_bytes(depot, gzip.compress(octets) if depot.cible.nom.endswith(".gz") else octets)


def described(des: Random, depot: Depot) -> None:
    """Describe columns that are not there, two for one, or words and dates that mean nothing."""
    columns = depot.cible.colonnes
    one, other = des.choice(columns), des.choice(columns)
    told = des.choice((
        {one: "AUTRE"}, {one: other}, {one: one, other: one}, {"AUTRE": one}, {one: ""}, {one: " "}, dict.fromkeys(columns, ""),
        {one: one.lower() + " "}, {one: "\u00e9" * 500}, {c: c for c in columns}, {one: "#1"},
    ))  # fmt: skip
    inside = ", ".join(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in told.items())
    depot.cible.toml["colonnes"] = Nu(f"{{ {inside} }}")
    if des.random() < 0.3:
        words = json.dumps(des.choice(("AUTRE", "", "1", one)))
        depot.cible.toml["valeurs"] = Nu(f"{{ {json.dumps(one)} = {{ {words} = {words} }} }}")
    if des.random() < 0.3:
        formats = des.choice(("JJ/MM/AAAA", "MM/JJ/AA", "AUTRE", "", "JJJJ", "AAAA"))
        depot.cible.toml["formats_dates"] = Nu(json.dumps([formats]))
    if des.random() < 0.2:
        depot.cible.toml["feuille"] = des.choice(("AUTRE", "", "x" * 300))


FORMES: tuple[Mutation, ...] = (xlsx, ods, siecle, objects, described)
"""Other forms than text, each with what can be wrong in it: the last change of a delivery but a description."""
