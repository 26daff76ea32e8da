"""Finds vendor, number, date, currency and total in the text of an invoice, and says how sure it is of the total.

No vendor is named and no layout assumed. Every amount gets a kind from the words beside or above it. A total is trusted
only when evidence that does not rest on the same words agrees: net and tax add up to it, the rows above do, what was
paid equals it, or it is named a second time. Whatever speaks against it takes the trust away.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

text: str  # The input of the task.

LINE_CHARACTERS_MAX, LINES_MAX, TOTALS_MAX = 600, 3000, 40
RAW = [line[:LINE_CHARACTERS_MAX] for line in text.splitlines()]
CUT = len(RAW) > LINES_MAX or any(len(line) > LINE_CHARACTERS_MAX for line in text.splitlines())
RAW = RAW if len(RAW) <= LINES_MAX else RAW[: LINES_MAX // 2] + RAW[-LINES_MAX // 2 :]

# What the words beside an amount say it is; without accents, the first that fits counts (see `kind_of`).
WORDS = r"""
odd capital|unit price|per unit|prix unit|einzelpreis|\bpoints\b|credit limit|minimum|mindest|weight|gewicht|poids|\bqty|quantity|total (?:hours|items|stunden|pieces|units)
odd \bsave\b|savings|exchange rate|kurs\b|if paid|bei zahlung|skonto|escompte|early pay|prompt pay|cash discount|suggested|year to date|\bytd\b
previous previous|prior|forward|opening bal|last (?:bill|invoice|statement)|arrears|vortrag|ubertrag|ruckstand|anterior|ancien solde|(?:solde|saldo) (?:prec|ant|pop)|precedent
previous vorig|tidligere|foregaende|zalegl|a reporter|predchoz|past due|overdue|\bowed\b|(?:carried|brought) over|(?:old|earlier) bal|open (?:items|invoices)|last month
previous altsaldo|\b(?:offen|ausstehend)e[rn]? (?:posten|forder|rechn)|aus vor|impaye|arretrat|insolut|achterstand|restant[ie]|\bdeuda
change \bchange\b|ruckgeld|wechselgeld|rendu|wisselgeld|cambio|\bresto\b|vaxel|byttepenge|reszta
net sub ?-?tot|zwischens|sous[- ]tot|tussentot|delsum|valisumma|mezisoucet|parcial|page total|seitensumme|czesciow|\bbase\b|taxable|imponib|assessable|grundlag|warenwert
tax \b(?:vat|tax|taxes|[cis]?gst|hst|pst|qst|mwst|ust|tva|btw|iva|igic|moms|mva|dph|alv|afa|kdv|pdv|cess|taxe)\b|podatek|steuer\b|omzetbelasting|impuesto|imposta|arvonlisav
tax merverdiavgift
excluding \bexcl|\bexkl|\bex\.? |\bohne\b|\bhors\b|\bht\b|h\.t|before|pre-?tax|\bsin\b|senza|esclus|untaxed|\bbez\b|\beks|\buden\b|\butan\b|veroton
including \bincl|\binkl|\bwith\b|\bafter\b|\bmit\b|\bavec\b|\bcon\b|\bmed\b|compres
held withh|retencion|ritenuta|irpf|retenue|\btds\b|\bcredits?\b|gutschrift|round|rundung|arrond|avrund|zaokr|redond|\btip\b|gratuity|trinkgeld|pourboire|donation|voucher
held coupon|gutschein|mahngebuhr
less discount|rabat|remise|reduction|korting|descuento|sconto|alennus|sleva|desconto|promo
paid \bpaid|prepaid|payments? (?:received|made)|^(?:less )?payments?(?: \(|,|$)|thank you|already|received|deposit|down ?payment|advance|anzahlung|abschlag|vorauszahl|bezahlt
paid gezahlt|betaald|voldaan|vooruit|acompte|\bdeja|regle\b|encaisse|pagad[ao]|anticip|acconto|versat|pagato|zaplacono|zaliczk|wplacon|betalt|forskud|forskott|maksettu|ennakko
paid zaplaceno|zaloh|adiantam|\bvisa\b|master ?card|maestro|\bamex\b|^card\b|(?:credit|debit|bank) ?card|kartenzahl|(?:ec|giro|kredit)-?karte|\bcarte\b|con tarjeta|\bcash\b
paid \bbar\b|especes|kontant|contant|\bpin\b|gotowk|swish|\bideal\b|paypal|tendered|gegeben
full \bttc\b|t\.t\.c|brutto|gross|toutes taxes|tax included|\btvac\b|ivato|iva inc|s dph
added shipping|delivery|handling|freight|postage|versand|porto|fracht|lieferung|livraison|frais de port|verzend|envio|portes|spedizione|trasporto|frakt|fragt|wysylk|dostaw
added doprav|toimitus|surcharge|zuschlag|toeslag|supplement|recargo
rest balance|\brest|\bnoch\b|\bnog\b|offen|solde|saldo|outstanding|openstaand|remain|zbyva|pozostal|kvar|gjenst
due \bdue\b|payable|\bto pay|to be paid|pay this|unpaid|zu zahlen|zahlbetrag|fallig|uberweis|zahlsumme|dovuto|net a|\ba (?:payer|pagar|regler|betale)|montant du\b|te betalen
due te voldoen|da pagare|do zaplaty|att betala|at betale|til betaling|maksettava|k uhrade|fizetendo
gross grand total|total general|gesamtbetrag|endbetrag|endsumme|rechnungs(?:betrag|summe|total)|invoice (?:total|amount|value)|total (?:of |for )?(?:this |the )?invoice
gross total[eo]? (?:facture|fattura|factura|documento|fatura)|import[eo] totale?|montant total|total amount|order total|totalbel|genel toplam|factuur(?:bedrag|totaal)
gross faktura(?:bel|tot)|totaalbedrag|eindtotaal|celkova castka|vegosszeg|loppusumma
total total|totaal|gesamt|summe\b|\bsomme|montant|\bsuma\b|import[eo]|razem|ogolem|celkem|spolu|ukupno|yhteensa|\bsumm?a?\b|\bi alt|belopp|belob|bedrag|betrag|toplam|osszesen
total \bamount\b|valor|kwota|castka
paper credit ?(?:note|memo)|gutschrift|\bavoir\b|creditnota|creditfactuur|nota (?:di|de) credit|nota de abono|kreditno|kreditfakt|storno|korygu|rectificat|refund|erstattung
paper statement of acc|account statement|kontoauszug|mahnung|payment reminder|releve de compte|zahlungserinnerung|estratto conto|rechnungskorrektur|korrekturrechnung
paper adjustment note|nota credito|^abono\b|opravny dan|^pro-? ?forma|faktura pro-? ?forma
other quotation|\bquote\b|estimate\b|order (?:confirm|acknowl)|purchase order|delivery (?:note|docket)|packing (?:slip|list)|(?:reservation|booking|registration) confirm
other confirmed? (?:reservation|booking)|for your order|buchungsbest|reservierungsbest|bestellbest|remittance|expense (?:report|claim)|pay ?slip|payroll|pay stub
other bulletin de paie|lohnabrechnung|\bnomina\b|busta paga|\bangebot|kostenvoranschlag|auftragsbest|\bbestellung\b|lieferschein(?!-)|\bdevis\b|bon de (?:commande|livraison)
other pakbon|offerte?\b|confirmation de commande|orderbevestig|preventivo|conferma d.?ordine|presupuesto|albaran|\bpedido|\boferta\b|orcamento|encomenda|orderbekraft|orderbekr
other ordrebekr|\btilbud|nabidka|objednavk|dodaci list|zamowieni|\bwz\b|tarjous|arajanlat
"""
WORD: dict[str, str] = {}
for entry in WORDS.strip().split("\n"):
    word, patterns = entry.split(" ", 1)
    WORD[word] = f"{WORD[word]}|{patterns}" if word in WORD else patterns
WORD["due"] += "|" + WORD["rest"]
NAMED = ("total", "gross", "due", "rest")
ANY_NAME = f"{WORD['due']}|{WORD['gross']}|{WORD['total']}"

CODES = "EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|INR|JPY|CNY|AUD|CAD|NZD|SGD|HKD|MXN|BRL|ZAR|AED|TRY|ILS"
OTHER_SIGNS = (
    "€=EUR $=USD £=GBP ₹=INR ¥=JPY ₺=TRY ₪=ILS us$=USD a$=AUD c$=CAD r$=BRL rs=INR rs.=INR zl=PLN kc=CZK ft=HUF "
)
OTHER_SIGNS += "lei=RON fr.=CHF sfr.=CHF euro=EUR euros=EUR kr= kr.="
SIGNS: dict[str, str] = {code.lower(): code for code in CODES.split("|")}
SIGNS |= {pair.split("=")[0]: pair.split("=")[1] for pair in OTHER_SIGNS.split()}
MONEY = "(?:" + "|".join([re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True)]) + ")"
INVOICE = "invoice|(?<!ab)rechnung|facture|factuur|fattura|factura|fatura|faktura|lasku|receipt|bill|folio|recu"
INVOICE_TITLE = (
    "(?:[^ ]*(?:tax|vat|your|ihre|votre|uw|no|nr|num(?:ber|ero)|date|data|datum)[^ ]* (?:de |of |di |da )?)?"
)
INVOICE_TITLE += rf"[a-z-]*(?:{INVOICE})(?!s? ?-?(?:to\b|add|adr|anschr|empf|korr|betrag|sum|recip))"
NO_INVOICE = (
    r"\bnot an? (?:invoice|bill)\b|keine rechnung|pas une facture|geen factuur|no es una factura|non .{1,25} fattura"
)
TITLE_LINES = 8
THREE_DECIMALS = r"\b(?:tnd|kwd|omr|bhd|jod|iqd|lyd|dt|kd)\b|dinar"
# A space parts thousands only in a document that does not part them otherwise, or not at all.
PARTED = r"\d[.,'’]\d{3}[.,]\d\d(?!\d)|(?<![\d.,])\d{4,}[.,]\d\d(?![\d.,])"
SPACE = "" if any(re.search(PARTED, line) for line in RAW) else r"|(?: \d{3})+"
NUMBER = rf"\d{{1,3}}(?:(?:\.\d{{3}})+|(?:,\d{{3}})+|(?:['’]\d{{3}})+{SPACE})(?:[.,]\d\d?)?"
NUMBER += r"|\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d\d)?|\d+(?:[.,]\d+)?"
AMOUNT = re.compile(
    rf"(?<![\w.,/:#*'])(?<!\w-)(\()?(?:([-−–]) ?)?(?:(?<![a-z])({MONEY}) ?)?(?:([-−–]) ?)?({NUMBER})(?:[.,][-–—]+)?"
    rf"(?: ?({MONEY})(?![a-z]| ?\d))?(-(?=\s|$))?(\))?(?![\w%]|[.,:/'’-]\d| ?%)"
)
UNITS = re.compile(r" ?(?:[km]wh|k?g|lbs?|k?m|m2|m3|[cm]m|[kmgt]b|h|hrs?|st[kd]?|pcs|x|l|min|units?|days?|tage)\b")
RATE = re.compile(r"(?<![\d.,])(\d{1,2})(?:[.,](\d{1,2}))? ?%")
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


@dataclass
class Amount:
    """A sum of money: in hundredths, where it stands, and what the words beside it say it is."""

    value: int
    row: int
    start: int
    end: int
    label: str
    kind: str
    currency: str
    doubtful: bool


PLAIN = {"ß": "s", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "æ": "a", "Æ": "a", "đ": "d", "−": "-"}
KNOWN: dict[str, str] = {}


def fold(raw: str) -> str:
    """Lower-case letters without accents, each at its old place."""
    for letter in set(raw):
        if ord(letter) > 127 and (letter in PLAIN or letter.isalpha() or letter.isdecimal()):
            raw = raw.replace(letter, PLAIN.get(letter) or unicodedata.normalize("NFKD", letter)[:1])
    return raw.lower()


def kind_of(label: str) -> str:
    """What the words beside an amount say it is; nothing when they say nothing, or talk."""
    if label not in KNOWN:
        words = {word for word in WORD if re.search(WORD[word], label)} if len(label.split()) < 10 else set()
        KNOWN[label] = kind_that_counts(words, label)
    return KNOWN[label]


def kind_that_counts(words: set[str], label: str) -> str:
    """The kind that counts when several fit."""
    named = words & {"due", "gross", "total"}
    for kind in ("odd", "previous", "change", "net"):
        if kind in words:
            return kind
    if "tax" in words:
        return "net" if "excluding" in words else "gross" if named and words & {"including", "full"} else "tax"
    for kind in ("held", "less", "paid", "full", "added"):
        if kind in words and not (kind == "paid" and "due" in words):
            return "gross" if kind == "full" else kind
    if "due" not in words and (re.search(r"\bnet\b|nett", label) or (named and "excluding" in words)):
        return "net"
    return [*[kind for kind in ("rest", "due", "gross", "total") if kind in words], ""][0]


def cells_of(part: str) -> list[str]:
    """The pieces between wide gaps that hold words."""
    cells = [cell.strip(" :.*|=") for cell in re.split(r" {2,}|\t", part)]
    return [cell for cell in cells if re.search(r"[^\W\d_]", cell) and not re.fullmatch(MONEY, cell)]


def label_of(part: str) -> tuple[str, str]:
    """The label before an amount, and its kind; the piece before the last belongs to it when the last says nothing."""
    cells = cells_of(part)[-2:]
    if len(cells) == 2 and (cells[1].startswith("(") or not kind_of(cells[1])) and kind_of(" ".join(cells)):
        cells = [" ".join(cells)]
    return (cells[-1], kind_of(cells[-1])) if cells else ("", "")


def label_above(lines: list[str], row: int, found: re.Match[str], *, alone: bool) -> tuple[str, str]:
    """The label that stands over an amount which has none beside it."""
    for upper in range(row - 1, max(row - 4, -1), -1):
        cells = list(re.finditer(r"\S+(?: \S+)*", lines[upper]))
        for cell in cells:
            if (cell.start() <= found.end() and cell.end() >= found.start()) or (alone and len(cells) == 1):
                label = cell.group(0).strip(" :.*")
                return ("", "") if re.search(r"\d[.,]\d\d\b", label) else (label, kind_of(label))
        if cells:
            break
    return "", ""


def hundredths(number: str, mark: str) -> int | None:
    """The number in hundredths, given the document's decimal mark; None when it cannot be a sum of money."""
    plain = re.sub(r"[ '’]", "", number)
    marks = re.findall(r"[.,]", plain)
    whole, part = plain, ""
    if len(set(marks)) == 2 or (len(marks) == 1 and (marks[0] == mark or not re.search(r"[.,]\d{3}$", plain))):
        whole, part = plain.rsplit(marks[-1], 1)
    whole = re.sub(r"[.,]", "", whole)
    if len(part) > 2 or len(whole) > 9 or (len(whole) > 1 and whole[0] == "0"):
        return None
    return int(whole) * 100 + int((part + "00")[:2])


def without_dates(line: str) -> str:
    """The line with spaces where dates stood."""
    for pattern in DATES:
        for found in list(re.finditer(pattern, line)):
            line = line[: found.start()] + " " * (found.end() - found.start()) + line[found.end() :]
    return line


def read_amounts(lines: list[str], mark: str) -> list[Amount]:
    """Every sum of money in reading order."""
    amounts: list[Amount] = []
    threes = {found[4] for line in lines for found in AMOUNT.findall(line) if re.fullmatch(r"\d+[.,]\d{3}", found[4])}
    if mark or (len(threes) > 1 and not any(re.search(THREE_DECIMALS, line) for line in lines)):
        threes = set()  # It is clear whether three digits after a mark are thousands.
    for row, line in enumerate(lines):
        in_row: list[Amount] = []
        alone = not cells_of(re.sub(AMOUNT, "", line))
        for found in AMOUNT.finditer(line):
            amount = read_amount(lines, row, found, in_row, mark, alone=alone)
            if amount:
                amount.doubtful = amount.doubtful or found.group(5) in threes
                in_row.append(amount)
        amounts += in_row
    return amounts


def read_amount(
    lines: list[str], row: int, found: re.Match[str], before: list[Amount], mark: str, *, alone: bool
) -> Amount | None:
    """One sum of money; in a row under one label the last one counts, and those before it are parts."""
    opened, sign, symbol, sign2, number, symbol2, minus, closed = found.groups()
    part, rest = lines[row][before[-1].end if before else 0 : found.start()], lines[row][found.end() :]
    near = re.search(rf"(?<![a-z])({MONEY})\s*$", part)
    symbol = symbol or symbol2 or (near.group(1) if near else "")
    value = hundredths(number, mark)
    label, kind = label_of(part)
    bare = not symbol and not re.search(r"[.,]\d\d$", number)
    if value is None or (not symbol and UNITS.match(rest)) or (bare and (kind not in NAMED or value < 10000)):
        return None
    if not label and before and not alone:
        label, kind = before[-1].label, before[-1].kind
        before[-1].kind = "part" if kind else ""
    elif not label:
        label, kind = label_above(lines, row, found, alone=alone)
        kind = kind if alone or kind in ("gross", "due", "rest") else ""
    if not kind and kind_of(" ".join(cells_of(rest)[:1])) == "gross":
        kind = "gross"
    if len(re.split(r"  +", part)[-1].split()) + len(re.split(r"  +", rest)[0].split()) > 9:
        kind = "" if re.search(ANY_NAME, lines[row]) else "odd"  # Somebody talks of money.
    if sign or sign2 or minus or (opened and closed and not symbol):
        value = -value
    # Three digits after a space may be the rest of a longer number.
    cut = re.match(r"\d{3}(?!\d)", number) and re.search(r"(?<![\d.,])\d{1,3} $", lines[row][: found.start(5)])
    return Amount(value, row, found.start(), found.end(), label, kind, SIGNS.get(symbol, ""), bare or bool(cut))


def is_wrong_paper(lines: list[str]) -> bool:
    """Whether short words name a credit note, or another paper and no invoice, or it is said that this is none."""
    short = [cell for line in lines for cell in cells_of(line) if len(cell.split()) < 7]
    short += [" ".join(cell.split()[-4:]) for line in lines[:TITLE_LINES] for cell in cells_of(line)]
    invoice = any(re.match(INVOICE_TITLE, cell) for cell in short)
    if any(re.search(WORD["paper"], cell) or (not invoice and re.search(WORD["other"], cell)) for cell in short):
        return True
    return any(re.search(NO_INVOICE, line) for line in lines)


class Evidence:
    """The amounts of one document, and what they say for and against a total."""

    def __init__(self, lines: list[str], amounts: list[Amount]) -> None:
        self.amounts = amounts
        self.known: dict[tuple[str, ...], list[int]] = {}
        self.named = [a for a in amounts if a.kind in NAMED]
        self.rates = {int(whole + (part + "00")[:2]) for line in lines for whole, part in re.findall(RATE, line)}
        self.wrong_paper = is_wrong_paper(lines)
        taxes = [a.value for a in amounts if a.kind == "tax" and a.value][-12:]
        self.taxes = {sum(taxes)} | {a + b for i, a in enumerate(taxes) for b in [0, *taxes[:i]]}
        self.taxes |= {a + b + c for i, a in enumerate(taxes) for j, b in enumerate(taxes[:i]) for c in taxes[:j]}

    def values(self, *kinds: str) -> list[int]:
        """The amounts of these kinds, and their sum."""
        if kinds not in self.known:
            found = [abs(a.value) for a in self.amounts if a.kind in kinds]
            self.known[kinds] = [*found, sum(found)]
        return self.known[kinds]

    def adds_up(self, total: Amount) -> float:
        """How well the rows above a total add up to it; less when unknown words stand among the sums."""
        rows = {a.row: a for a in self.amounts if a.row < total.row}
        sums = [a.row for a in rows.values() if a.kind in ("net", *NAMED) or (a.kind == "tax" and a.value)]
        sums_begin = max(sums, default=total.row)
        with_tax = without_tax = count = 0
        unknown = False
        for amount in reversed(list(rows.values())):
            if amount.value and amount.kind in ("", "tax", "less", "part", "added"):
                unknown = unknown or (amount.kind == "" and amount.row > sums_begin)
                count += 1
                with_tax += -abs(amount.value) if amount.kind == "less" else amount.value
                without_tax += -abs(amount.value) if amount.kind == "less" else amount.value * (amount.kind != "tax")
                if total.value in (with_tax, without_tax):
                    unknown = unknown or (count > 1 and self.adds_up(amount) > 0)  # The top row is a sum itself.
                    return 0.5 if unknown else 2.0 if count > 1 else 1.0
        return 0.0

    def proofs(self, value: int) -> list[tuple[float, str]]:
        """What agrees with a total besides its own name."""
        here = [a for a in self.named if a.value == value]
        found: list[tuple[float, str]] = []
        nets = set(self.values("net", "part", "total"))
        if any(tax and value - tax in nets for tax in self.taxes):
            found.append((2.0, "net and tax add up to it"))
        elif any(t > 99 and abs(value * r - t * (10000 + r)) <= 10000 for t in self.taxes for r in self.rates if r):
            found.append((2.0, "the tax in it is that share of it"))
        elif value in self.values("net")[:-1] and not any(self.taxes):
            found.append((1.0, "it equals the net amount, without tax"))
        if weight := max(self.adds_up(a) for a in here):
            found.append((weight, "the rows above add up to it"))
        rows = [
            [b.value for b in self.amounts if b.row == a.row and b.kind == "part" and b.end <= a.start] for a in here
        ]
        if any(sum(parts[-count:]) == value for parts in rows for count in range(2, len(parts) + 1)):
            found.append((2.0, "the amounts in its row add up to it"))
        back = self.values("due", "rest", "change")
        if any(paid and (value - paid in [0, *back] or paid - value in back) for paid in self.values("paid")):
            found.append((1.5, "what was paid agrees with it"))
        if len({a.label for a in here}) > 1:
            found.append((1.5 if len({a.kind for a in here}) > 1 else 1.0, "it is named more than once"))
        return found

    def doubts(self, value: int, *, taxed: bool) -> list[str]:
        """What speaks against a total; `taxed` when the tax agrees with it."""
        here = [a for a in self.named if a.value == value]
        kinds, paid = {a.kind for a in here}, self.values("paid")
        below = [a for a in self.amounts if a.row > here[-1].row and a.value]
        unknown = [abs(a.value) for a in below if a.kind == ""]
        like_tax = any(abs(u * 100 - value * rate) <= 50 for u in unknown[:3] for rate in range(3, 28))
        negative = any(a.value < 0 and a.kind == "" for a in below)
        halves = any(value - u in unknown for u in unknown)
        currencies = {a.currency for a in self.named if a.currency}
        left = kinds == {"rest"} and not taxed
        sums = [a for a in self.amounts if a.kind in ("net", *NAMED) and 0 < a.value < value]
        last = {a.value: a.row for a in self.amounts if a.kind == ""}
        between = any(last.get(value - b.value, 0) > b.row for b in sums)
        previous = {abs(a.value) for a in self.amounts if a.kind == "previous"} - {0}
        unpaid, paid = previous - set(paid), [amount for amount in paid if amount not in previous]
        below_kinds = ("less", "added") if taxed else ("less", "added", "tax")
        reasons = [
            (CUT, "the text is too long to be read whole"),
            (self.wrong_paper, "this may be no invoice, or a credit note"),
            (any(self.values("held")), "something is credited, rounded or held back"),
            (bool(unpaid) and not taxed, "an earlier balance is carried forward"),
            (not taxed and between, "something unknown is added to a sum"),
            (any(a.kind in below_kinds for a in below), "a reduction, a cost or a tax stands below it"),
            (not taxed and (like_tax or negative or halves), "something unknown stands below it"),
            (
                left or (any(paid) and kinds <= {"due", "rest"} and value not in paid),
                "it may be what is left after a payment",
            ),
            (any(a.doubtful for a in here) or len(currencies) > 1, "its number or currency can be read in two ways"),
        ]
        rivals = [a.value for a in self.amounts if self.rivals(a, value, kinds, taxed=taxed)]
        return [reason for holds, reason in reasons if holds] + [f"{show(rival)} is there too" for rival in rivals]

    def rivals(self, other: Amount, value: int, kinds: set[str], *, taxed: bool) -> bool:
        """Whether another amount may be the total instead, and nothing explains how it differs."""
        gap = abs(other.value - value)
        if other.value > value:
            change = other.kind == "paid" and gap in self.values("change")
            carried = other.kind in NAMED and gap in self.values("previous")
            reduced = gap in self.values("less") or (other.kind == "net" and taxed and any(self.values("less")))
            return not (other.kind in ("odd", "previous") or reduced or change or carried)
        if other.kind not in NAMED or other.value in (value, 0) or other.value < 0:
            return False
        a_part = other.kind == "total" and taxed and kinds != {"total"}
        return not (a_part or gap in self.taxes or gap in self.values("paid", "added") or other.value in self.taxes)


def show(value: int) -> str:
    """Hundredths as decimal text."""
    return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"


def commonest(values: list[str]) -> str:
    """The value that stands there most often."""
    return max(sorted(set(values)), key=lambda value: values.count(value), default="")  # noqa: PLW0108 not in the subset


def find_total(lines: list[str], amounts: list[Amount]) -> tuple[Amount | None, float, list[str]]:
    """The best total, how sure it is, and why."""
    evidence = Evidence(lines, amounts)
    best: tuple[float, int, list[str]] = (0.0, 0, [])
    for value in sorted({a.value for a in evidence.named if a.value > 0})[-TOTALS_MAX:]:
        proofs = evidence.proofs(value)
        doubts = evidence.doubts(value, taxed=any("tax" in reason and weight == 2 for weight, reason in proofs))
        name = max(0.5 if a.kind == "total" else 1.0 for a in evidence.named if a.value == value)
        score = sum(weight for weight, _ in proofs) + name
        best = max(best, (score / 100 if doubts else score, value, [reason for _, reason in proofs] + doubts))
    score, value, reasons = best
    if not value:
        return (max(amounts, key=lambda a: a.value) if amounts else None), 0.1, ["no amount is named as the total"]
    found = max([a for a in evidence.named if a.value == value], key=lambda a: a.currency)
    return found, 0.95 if score >= 3 else 0.9 if score >= 2 else 0.6 if score >= 1 else 0.4, reasons


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
                label = beside if re.search("[a-z]", beside) else label_above(lines, row, found, alone=False)[0]
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


def find_currency(chosen: Amount | None, amounts: list[Amount]) -> str:
    """The currency beside the total, else the one that most amounts have, else one that is written out."""
    codes = [code for line in RAW for code in re.findall(rf"\b(?:{CODES})\b", line)]
    sign = chosen.currency if chosen and chosen.currency else commonest([a.currency for a in amounts if a.currency])
    return commonest(codes) if codes and (not sign or (sign == "USD" and "USD" not in codes)) else sign or crowns()


def crowns() -> str:
    """Whose crowns "kr" are, by the words around them."""
    return [*[code for word, code in (("mva", "NOK"), ("cvr", "DKK"), ("moms", "SEK")) if word in text.lower()], ""][0]


vendor, number, date, currency, total, confidence, reasons = "", "", "", "", "0.00", 0.0, ["the text cannot be read"]
try:
    MARK = commonest([mark for line in RAW for mark in re.findall(r"\d([.,])\d\d(?![\d.,%]| ?%)", line)])
    FOLDED = [fold(line) for line in RAW]
    LINES = [without_dates(line) for line in FOLDED]
    AMOUNTS = read_amounts(LINES, MARK)
    chosen, confidence, reasons = find_total(LINES, AMOUNTS)
    total, currency = show(chosen.value) if chosen else "0.00", find_currency(chosen, AMOUNTS)
    number, date, vendor = find_number(RAW, LINES), find_date(FOLDED), find_vendor(RAW)
except re.error:
    confidence = 0.0  # A pattern that would take too long on this text is given up, and a person asked.
