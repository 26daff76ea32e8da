"""Office documents and e-mails written by hand, whole and broken, for the tests of text extraction."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "application/vnd.openxmlformats-officedocument"


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file of these parts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return data.getvalue()


def package(main: str, main_type: str, parts: Mapping[str, str | bytes], types: Mapping[str, str]) -> bytes:
    """An Office document with this main part, the others, and their content types."""
    overrides = {main: main_type, **types}
    content_types = (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + "".join(f'<Override PartName="/{name}" ContentType="{MAIN}.{kind}+xml"/>' for name, kind in overrides.items())
        + "</Types>"
    )
    return packed({"[Content_Types].xml": content_types, "_rels/.rels": relations((main, "officeDocument")), **parts})


def relations(*targets: tuple[str, str]) -> str:
    """The relations of a part, numbered from 1."""
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (target, kind) in enumerate(targets, 1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{each}</Relationships>'


def paragraph(text: str, style: str = "") -> str:
    """A paragraph of a Word document."""
    shown = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{shown}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def word_table(rows: Sequence[Sequence[str]]) -> str:
    """A table of a Word document; a cell may hold elements."""
    cells = [
        "".join(f"<w:tc>{cell if cell.startswith('<') else paragraph(cell)}</w:tc>" for cell in row) for row in rows
    ]
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


PAGE_BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
WHOLE_BODY = (
    paragraph("Offer 4711", "Heading1")
    + '<w:p><w:r><w:t>Dear </w:t></w:r><w:r><w:t xml:space="preserve">Ada,</w:t></w:r><w:r><w:tab/><w:t>see</w:t></w:r>'
    + '<w:hyperlink r:id="rId9"><w:r><w:t xml:space="preserve"> our terms</w:t></w:r></w:hyperlink>'
    + "<w:r><w:br/><w:t>second line</w:t></w:r></w:p>"
    + '<w:p><w:ins w:id="1"><w:r><w:t>inserted</w:t></w:r></w:ins>'
    + '<w:del w:id="2"><w:r><w:delText>deleted</w:delText></w:r></w:del></w:p>'
    + "<w:sdt><w:sdtContent>"
    + paragraph("in a content control")
    + "</w:sdtContent></w:sdt>"
    + '<w:p><w:r><w:t>with a note</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    + '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    + '<mc:Choice Requires="wps"><w:drawing><w:txbxContent>'
    + paragraph("in a text box")
    + "</w:txbxContent></w:drawing></mc:Choice>"
    + "<mc:Fallback><w:pict><w:txbxContent>"
    + paragraph("in a text box")
    + "</w:txbxContent></w:pict></mc:Fallback>"
    + "</mc:AlternateContent></w:r></w:p>"
    + word_table(
        [["Item", "Price"], ["Chair", "120.50"], ["Desk", word_table([["left", "right"]]) + paragraph("340.00")]]
    )
    + PAGE_BREAK
    + paragraph("on the second page")
)


def word(body: str = WHOLE_BODY, **more: str) -> bytes:
    """A Word document with this body, a header, a footer and a footnote."""
    parts = {
        "word/document.xml": f"{HEAD}<w:document {W} {R}><w:body>{body}"
        '<w:sectPr><w:headerReference w:type="default" r:id="rId1"/><w:footerReference w:type="default" r:id="rId2"/></w:sectPr>'
        "</w:body></w:document>",
        "word/header1.xml": f"{HEAD}<w:hdr {W}>{paragraph('Made Up Ltd')}</w:hdr>",
        "word/footer1.xml": f"{HEAD}<w:ftr {W}>{paragraph('Bank 12 34')}</w:ftr>",
        "word/footnotes.xml": f'{HEAD}<w:footnotes {W}><w:footnote w:type="separator" w:id="0"/>'
        f'<w:footnote w:id="2">{paragraph("the small print")}</w:footnote></w:footnotes>',
        "word/_rels/document.xml.rels": relations(
            ("header1.xml", "header"), ("footer1.xml", "footer"), ("footnotes.xml", "footnotes")
        ),
    }
    types = {
        "word/header1.xml": "wordprocessingml.header",
        "word/footer1.xml": "wordprocessingml.footer",
        "word/footnotes.xml": "wordprocessingml.footnotes",
    }
    return package("word/document.xml", "wordprocessingml.document.main", parts | more, types)


def slides(*shapes_of: str, notes: str = "") -> bytes:
    """A presentation whose slides hold these shapes, the last with notes."""
    numbers = range(1, len(shapes_of) + 1)
    parts: dict[str, str | bytes] = {
        "ppt/presentation.xml": f"{HEAD}<p:presentation {P} {R}><p:sldIdLst>"
        + "".join(f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' for number in numbers)
        + "</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(*((f"slides/slide{number}.xml", "slide") for number in numbers)),
    }
    types = {}
    for number, shapes in zip(numbers, shapes_of, strict=True):
        parts[f"ppt/slides/slide{number}.xml"] = (
            f"{HEAD}<p:sld {P} {A} {R}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        )
        types[f"ppt/slides/slide{number}.xml"] = "presentationml.slide"
    if notes:
        last = len(shapes_of)
        parts[f"ppt/slides/_rels/slide{last}.xml.rels"] = relations(("../notesSlides/notesSlide1.xml", "notesSlide"))
        parts["ppt/notesSlides/notesSlide1.xml"] = (
            f"{HEAD}<p:notes {P} {A} {R}><p:cSld><p:spTree>{shape(notes, 'body')}{shape('1', 'sldNum')}"
            "</p:spTree></p:cSld></p:notes>"
        )
        types["ppt/notesSlides/notesSlide1.xml"] = "presentationml.notesSlide"
    return package("ppt/presentation.xml", "presentationml.presentation.main", parts, types)


def shape(text: str, kind: str = "") -> str:
    """A shape with these lines of text."""
    placeholder = f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>' if kind else "<p:nvPr/>"
    lines = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="s"/><p:cNvSpPr/>{placeholder}</p:nvSpPr><p:spPr/>'
        f"<p:txBody><a:bodyPr/>{lines}</p:txBody></p:sp>"
    )


def slide_table(rows: Sequence[Sequence[str]]) -> str:
    """A table on a slide."""
    cells = [
        "".join(f"<a:tc><a:txBody><a:bodyPr/><a:p><a:r><a:t>{cell}</a:t></a:r></a:p></a:txBody></a:tc>" for cell in row)
        for row in rows
    ]
    body = "".join(f'<a:tr h="1">{row}</a:tr>' for row in cells)
    return (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="t"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
        "<p:xfrm/><a:graphic>"
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/table">'
        f"<a:tbl><a:tblPr/><a:tblGrid/>{body}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )


def sheets(**cells: str) -> bytes:
    """A workbook: each sheet by its name, its `sheetData` as XML."""
    numbers = range(1, len(cells) + 1)
    parts: dict[str, str | bytes] = {
        "xl/workbook.xml": f"{HEAD}<workbook {S} {R}><sheets>"
        + "".join(
            f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
            for number, name in zip(numbers, cells, strict=True)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations(
            *((f"worksheets/sheet{number}.xml", "worksheet") for number in numbers)
        ),
    }
    types = {}
    for number, data in zip(numbers, cells.values(), strict=True):
        parts[f"xl/worksheets/sheet{number}.xml"] = f"{HEAD}<worksheet {S}><sheetData>{data}</sheetData></worksheet>"
        types[f"xl/worksheets/sheet{number}.xml"] = "spreadsheetml.worksheet"
    return package("xl/workbook.xml", "spreadsheetml.sheet.main", parts, types)


def sheet_row(number: int, *values: str | float | bool) -> str:
    """A row of a sheet."""
    cells = []
    for column, value in zip("ABCDEFGH", values, strict=False):
        place = f'r="{column}{number}"'
        if isinstance(value, bool):
            cells.append(f'<c {place} t="b"><v>{int(value)}</v></c>')
        elif isinstance(value, str):
            cells.append(f'<c {place} t="inlineStr"><is><t>{value}</t></is></c>')
        else:
            cells.append(f"<c {place}><v>{value}</v></c>")
    return f'<row r="{number}">{"".join(cells)}</row>'


def mail(body: str, html: str = "", **attached: tuple[str, bytes]) -> EmailMessage:
    """An e-mail with this body and these attachments: `name=(media type, content)`, where `_` in a name stands for a dot."""
    message = EmailMessage()
    message["From"], message["To"] = "Ada <ada@example.com>", "bob@example.com"
    message["Subject"], message["Date"] = "Grüße — the offer", "Wed, 04 Mar 2026 05:06:07 +0000"
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    for name, (media_type, content) in attached.items():
        main, sub = media_type.split("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name.replace("_", "."))
    return message
