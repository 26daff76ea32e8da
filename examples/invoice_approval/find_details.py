"""Finds vendor, number and date in the text of an invoice, and says when the paper may be no invoice at all.

No vendor is named and no layout assumed: a number or date counts by the words beside, above or before it.
"""

import datetime as dt
import re
import unicodedata

text: str  # The input of the task.

LINE_CHARACTERS_MAX, LINES_MAX = 600, 3000
RAW = [line[:LINE_CHARACTERS_MAX] for line in text.splitlines()]
RAW = RAW if len(RAW) <= LINES_MAX else RAW[: LINES_MAX // 2] + RAW[-LINES_MAX // 2 :]

INVOICE = "invoice|(?<!ab)rechnung|facture|factuur|fattura|factura|fatura|faktura|lasku|receipt|bill|folio|recu"
INVOICE_TITLE = (
    "(?:[^ ]*(?:tax|vat|your|ihre|votre|uw|no|nr|num(?:ber|ero)|date|data|datum)[^ ]* (?:de |of |di |da )?)?"
)
INVOICE_TITLE += (
    rf"(?!pro-? ?forma)[a-z-]*(?:{INVOICE})(?!s? ?-?(?:pro-? ?forma|to\b|add|adr|anschr|empf|korr|betrag|sum|recip))"
)
NO_INVOICE = (
    r"\bnot an? (?:invoice|bill)\b|keine rechnung|pas une facture|geen factuur|no es una factura|non .{1,25} fattura"
)
# What takes money back, asks again for it or only announces it, wherever it is named in few words.
UNLIKE = r"credit ?(?:note|memo)|gutschrift|\bavoir\b|creditnota|creditfactuur|nota (?:di|de) credit|nota de abono|kreditno|kreditfakt|storno|korygu"
UNLIKE += r"|rectificat|refund|erstattung|adjustment note|nota credito|^abono\b|opravny dan|dobropis|rechnungskorrektur|korrekturrechnung"
UNLIKE += r"|statement of acc|account statement|^(?:customer |monthly )?statement$|kontoauszug|mahnung|payment reminder|releve de compte|zahlungserinnerung|estratto conto|rekeningoverzicht"
UNLIKE += r"|extracto de cuenta|extrato de conta|kontoutdrag|kontoudtog|^(?:relance|herinnering|aanmaning|rykker|upominka|betalningspaminnelse)$"
UNLIKE += r"|recordatorio de pago|sollecito|aviso de pagamento|wezwanie do zap|ponaglenie"
PROFORMA = r"pro-? ?forma|(?:fakt\w+|fact\w+|fattura|fatura|invoice|rechnung) pro-? ?forma|zalohova fakt"
# What else has amounts: it is no invoice unless an invoice is named too, and named first.
OTHER = r"quotation|\bquote\b|estimate\b|order (?:confirm|acknowl)|purchase order|delivery (?:note|docket)|packing (?:slip|list)"
OTHER += r"|(?:reservation|booking|registration)s? (?:is |are )?confirm|confirmed? (?:reservation|booking)|for your order|buchungsbest|reservierungsbest|bestellbest"
OTHER += r"|remittance|expense (?:report|claim)|pay ?slip|payroll|pay stub|bulletin de paie|lohnabrechnung|\bnomina\b|busta paga|\bangebot"
OTHER += r"|kostenvoranschlag|auftragsbest|\bbestellung\b|lieferschein(?!-)|\bdevis\b|bon de (?:commande|livraison)|pakbon|offerte?\b"
OTHER += r"|confirmation de commande|orderbevestig|preventivo|conferma d.?ordine|presupuesto|albaran|\bpedido|\boferta\b|orcamento|encomenda"
OTHER += r"|orderbekraft|orderbekr|ordrebekr|\btilbud|nabidka|objednavk|dodaci list|zamowieni|\bwz\b|tarjous|arajanlat|guia de remessa|documento di trasporto|foljesedel|folgeseddel"
TITLE_LINES = 8
MONTH_NAMES = (
    "jan ene gen sty.feb fev lut.mar mrt maa.apr abr avr kwi.may mai mei maj mag.jun juin giu cze.jul juil jui lug lip"
)
MONTH_NAMES += ".aug ago aou sie.sep set wrz.oct okt out ott paz.nov lis.dec dez dic des gru"
MONTHS: dict[str, int] = {
    name: month for month, names in enumerate(MONTH_NAMES.split("."), 1) for name in names.split()
}
MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")[a-z]*\.?"
DATES = (
    r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)(?!\d)",
    rf"(?<!\d)(?P<d>\d\d?)(?:\.|st|nd|rd|th|er)?[ -](?:de )?(?P<m>{MONTH})(?: de)?[ ,-]{{1,2}}(?P<y>\d{{4}}|\d\d)(?!\d)",
    rf"(?<![a-z])(?P<m>{MONTH}) (?P<d>\d\d?)(?:st|nd|rd|th)? ?,? ?(?P<y>\d{{4}})(?!\d)",
    r"(?<!\d)(?P<d>\d\d?)(?P<s>[-/.]) ?(?P<m>\d\d?)(?P=s) ?(?P<y>\d{4}|\d\d)(?!\d)",
)


PLAIN = {"ß": "s", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "æ": "a", "Æ": "a", "đ": "d", "−": "-"}


def fold(raw: str) -> str:
    """Lower-case letters without accents, each at its old place."""
    for letter in set(raw):
        if ord(letter) > 127 and (letter in PLAIN or letter.isalpha() or letter.isdecimal()):
            raw = raw.replace(letter, PLAIN.get(letter) or unicodedata.normalize("NFKD", letter)[:1])
    return raw.lower()


def cells_of(part: str) -> list[str]:
    """The pieces between wide gaps that hold words."""
    cells = [cell.strip(" :.*|=") for cell in re.split(r" {2,}|\t", part)]
    return [cell for cell in cells if re.search(r"[^\W\d_]", cell)]


def without_dates(line: str) -> str:
    """The line with spaces where dates stood."""
    for pattern in DATES:
        for found in list(re.finditer(pattern, line)):
            line = line[: found.start()] + " " * (found.end() - found.start()) + line[found.end() :]
    return line


def is_wrong_paper(lines: list[str]) -> bool:
    """Whether short words name a credit note, or another paper and no invoice, or it is said that this is none."""
    short = [cell for line in lines for cell in cells_of(line) if len(cell.split()) < 7]
    short += [" ".join(cell.split()[-4:]) for line in lines[:TITLE_LINES] for cell in cells_of(line)]
    invoice = [place for place, cell in enumerate(short) if re.match(INVOICE_TITLE, cell)]
    if any(re.search(UNLIKE, cell) or (not invoice and re.search(f"{OTHER}|{PROFORMA}", cell)) for cell in short):
        return True
    first = short[: invoice[0] if invoice else 0]
    if any(re.fullmatch(rf"(?:{OTHER})[a-z]*", cell) or re.match(PROFORMA, cell) for cell in first):
        return True
    return any(re.search(NO_INVOICE, line) for line in lines)


def label_above(lines: list[str], row: int, found: re.Match[str]) -> str:
    """The words that stand over what has none beside it."""
    for upper in range(row - 1, max(row - 4, -1), -1):
        cells = list(re.finditer(r"\S+(?: \S+)*", lines[upper]))
        for cell in cells:
            if cell.start() <= found.end() and cell.end() >= found.start():
                return cell.group(0).strip(" :.*")
        if cells:
            break
    return ""


PAPER = r"(?:invoice|rechnungs?|facture|factuur|fattura|factura|fatura|faktura|laskun?|receipt|bill|folio|booking)-? *"
NUMBER_WORDS = (
    r"(?:numbers?|nummer|numero|no\b|nr\b|num\b|id\b|n°|n\b|#)[.:#°º ]*",
    r"[.:#°º]* *(?:nr|no|n)?[.:#°º]* *",
)


def find_number(raw: list[str], lines: list[str]) -> str:
    """What stands beside or under the words for the invoice's number."""
    for words in NUMBER_WORDS:
        for row, line in enumerate(lines):
            for label in re.finditer(PAPER + words, line):
                for place, start in ((row, label.end()), (row + 1, label.start())):
                    number = (
                        re.match(r"(?=[\w/.-]*\d)[a-z0-9][\w/.-]*[a-z0-9]", lines[place][start:])
                        if place < len(lines)
                        else None
                    )
                    if number and (place == row or not re.search("[a-z]", line[label.end() : label.end() + 3])):
                        return raw[place][start : start + number.end()]
    return ""


OTHER_DATE = "due|fallig|limit|eche|verval|scad|venc|deliver|liefer|order|termin|forfall"


def find_date(lines: list[str]) -> str:
    """The date called the invoice's, else the first that is not called a due date or another."""
    best = (0, 0, "")
    for row, line in enumerate(lines):
        for order, pattern in enumerate(DATES):
            for found in re.finditer(pattern, line):
                beside = re.split(r"  +", line[: found.start()].rstrip())[-1]
                label = beside if re.search("[a-z]", beside) else label_above(lines, row, found)
                year, month, day = found.group("y"), found.group("m"), int(found.group("d"))
                number = int(month) if month.isdigit() else MONTHS.get(month[:4]) or MONTHS[month[:3]]
                if number > 12 or (order == 3 and found.group("s") == "/" and "$" in text and day <= 12):
                    number, day = day, number
                points = 3 * bool(re.search(r"dat|fecha|pvm|issue|emis|wystaw|\bdu\b|\bvom\b", label))
                points += 2 * bool(re.search(PAPER, label)) - 9 * bool(re.search(OTHER_DATE, label))
                try:
                    iso = dt.date(int(year) + 2000 * (len(year) == 2), number, day).isoformat()
                except ValueError:
                    continue
                best = max(best, (points + 1, -row, iso))
    return best[2]


def find_vendor(raw: list[str]) -> str:
    """The first company that is not addressed, by its legal form; else the first words of the page."""
    form = r"\b(?:GmbH(?: & Co\.? KG)?|AG|KG|OHG|UG|Inc|LLC|LLP|Ltd|Limited|Corp|PLC|B\.?V|N\.V|SAS?U?|SARL|EURL|S\.?r\.?l|"
    form += r"S\.?p\.?A|S\.L|S\.A|Lda|Oy|AB|AS|ApS|Sp\. z o\.o|s\.r\.o|Pvt\.? Ltd|KK)\b\.?"
    cells = [cell.strip() for line in raw for cell in re.split(r" {2,}", line) if cell.strip()]
    for before, cell in zip(["", *cells], cells, strict=False):
        found = re.search(form, cell)
        if found and not re.search(
            r"(?i)(?:bill|billed|ship|sold) to|attn|customer|client|kunde|:$", f"{before} {cell[:8]}"
        ):
            return re.split(r" [-–|•] |: ", cell[: found.end()] if found.start() else cell)[-1]
    names = [cell for cell in cells if not re.search(r"(?i)invoice|rechnung|fact|fakt|fatt|fatur|receipt|\d", cell)]
    return names[0] if names else ""


FOLDED = [fold(line) for line in RAW]
LINES = [without_dates(line) for line in FOLDED]
number, date, vendor = find_number(RAW, LINES), find_date(FOLDED), find_vendor(RAW)
doubts = ["this may be no invoice, or a credit note"] if is_wrong_paper(LINES) else []
