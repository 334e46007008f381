"""Documents made by hand, as small as their formats allow."""

import io
import zipfile
from collections.abc import Mapping, Sequence

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
REL = "http://schemas.openxmlformats.org/package/2006/relationships"
CT = "http://schemas.openxmlformats.org/package/2006/content-types"
_MAIN = "application/vnd.openxmlformats-officedocument."


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP container."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def package(main: str, kind: str, members: Mapping[str, str | bytes]) -> bytes:
    """Return an OOXML package whose main part is `main`."""
    types = (
        f'<Types xmlns="{CT}"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{main}" ContentType="{_MAIN}{kind}.main+xml"/></Types>'
    )
    relations = relationships({"rId1": ("officeDocument", main)})
    return zipped({"[Content_Types].xml": types, "_rels/.rels": relations, **members})


def relationships(targets: Mapping[str, tuple[str, str]]) -> str:
    """Return a part of relationships: id → (kind, target)."""
    lines = (
        f'<Relationship Id="{name}" Type="{R}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{REL}">{"".join(lines)}</Relationships>'


def docx(body: str, *, before: str = "") -> bytes:
    """Return a DOCX with this body; `before` stands between the declaration and the root."""
    document = f'<?xml version="1.0"?>{before}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return package(
        "word/document.xml", "wordprocessingml.document", {"word/document.xml": document}
    )


def words(text: str, style: str = "") -> str:
    """Return a paragraph of a DOCX."""
    mark = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{mark}<w:r><w:t>{text}</w:t></w:r></w:p>"


def xlsx(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """Return an XLSX with the cells of each sheet."""
    members: dict[str, str | bytes] = {}
    listed, targets = "", {}
    for number, (name, rows) in enumerate(sheets.items(), 1):
        listed += f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        targets[f"rId{number}"] = ("worksheet", f"worksheets/sheet{number}.xml")
        members[f"xl/worksheets/sheet{number}.xml"] = _sheet(rows)
    members["xl/workbook.xml"] = (
        f'<workbook xmlns="{S}" xmlns:r="{R}"><sheets>{listed}</sheets></workbook>'
    )
    members["xl/_rels/workbook.xml.rels"] = relationships(targets)
    return package("xl/workbook.xml", "spreadsheetml.sheet", members)


def _sheet(rows: Sequence[Sequence[str]]) -> str:
    lines = ""
    for number, row in enumerate(rows, 1):
        cells = (
            f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
            for column, text in enumerate(row)
            if text
        )
        lines += f'<row r="{number}">{"".join(cells)}</row>'
    return f'<worksheet xmlns="{S}"><sheetData>{lines}</sheetData></worksheet>'


def pptx(slides: Sequence[str], *, notes: str = "") -> bytes:
    """Return a PPTX; each slide is the content of its shape tree. The notes belong to the first slide."""
    members: dict[str, str | bytes] = {}
    listed, targets = "", {}
    for number, shapes in enumerate(slides, 1):
        listed += f'<p:sldId id="{255 + number}" r:id="rId{number}"/>'
        targets[f"rId{number}"] = ("slide", f"slides/slide{number}.xml")
        members[f"ppt/slides/slide{number}.xml"] = _slide("sld", shapes)
    if notes:
        members["ppt/slides/_rels/slide1.xml.rels"] = relationships(
            {"rId1": ("notesSlide", "../notesSlides/notesSlide1.xml")}
        )
        members["ppt/notesSlides/notesSlide1.xml"] = _slide("notes", shape([notes], place="body"))
    members["ppt/presentation.xml"] = (
        f'<p:presentation xmlns:p="{P}" xmlns:r="{R}"><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>'
    )
    members["ppt/_rels/presentation.xml.rels"] = relationships(targets)
    return package("ppt/presentation.xml", "presentationml.presentation", members)


def _slide(root: str, shapes: str) -> str:
    return f'<p:{root} xmlns:p="{P}" xmlns:a="{A}"><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:{root}>'


def shape(paragraphs: Sequence[str], *, place: str = "") -> str:
    """Return a shape of a slide; runs of a paragraph are separated by `~`."""
    mark = f'<p:nvPr><p:ph type="{place}"/></p:nvPr>' if place else "<p:nvPr/>"
    lines = "".join(
        "<a:p>" + "".join(f"<a:r><a:t>{run}</a:t></a:r>" for run in text.split("~")) + "</a:p>"
        for text in paragraphs
    )
    return f"<p:sp><p:nvSpPr>{mark}</p:nvSpPr><p:txBody>{lines}</p:txBody></p:sp>"


def odt(body: str) -> bytes:
    """Return an ODT with this body of text."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    content = (
        f'<office:document-content xmlns:office="{office}" xmlns:text="{text}"><office:body>'
        f"<office:text>{body}</office:text></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    return zipped(
        {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": "<manifest/>"}
    )


def pdf(pages: Sequence[Sequence[tuple[int, int, str]]], *, more: Sequence[str] = ()) -> bytes:
    """Return a PDF; a page is a list of (letter size, height on the page, text)."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, lines in enumerate(pages):
        shown = " ".join(
            f"/F1 {size} Tf 1 0 0 1 50 {height} Tm ({text}) Tj" for size, height, text in lines
        )
        stream = f"BT {shown} ET"
        objects.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {5 + 2 * number} 0 R>>"
        )
        objects.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream")
    return _with_cross_references([*objects, *more])


def _with_cross_references(objects: Sequence[str]) -> bytes:
    written, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    tail = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(written)}\n%%EOF"
    )
    return written + tail.encode()
