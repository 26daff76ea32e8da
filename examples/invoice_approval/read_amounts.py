"""Reads every sum of money in the text of an invoice, and what the words beside or above it say it is.

No vendor is named and no layout assumed. Whether an amount is the total is not judged here but in `find_total.py`.
"""

import re
import unicodedata
from dataclasses import dataclass

text: str  # The input of the task.

LINE_CHARACTERS_MAX, LINES_MAX = 600, 3000
RAW = [line[:LINE_CHARACTERS_MAX] for line in text.splitlines()]
CUT = len(RAW) > LINES_MAX or any(len(line) > LINE_CHARACTERS_MAX for line in text.splitlines())
RAW = RAW if len(RAW) <= LINES_MAX else RAW[: LINES_MAX // 2] + RAW[-LINES_MAX // 2 :]

# What the words beside an amount say it is; without accents, the first that fits counts (see `kind_of`).
WORDS = r"""
odd capital|unit price|per unit|prix unit|einzelpreis|\bpoints\b|credit limit|minimum|mindest|weight|gewicht|poids|\bqty|quantity|total (?:hours|items|stunden|pieces|units)
odd (?:gegenstands|streit|geschafts|verfahrens)wert|versicherungssumme|sum insured|insured value|montant assure|objektwert
odd \bsave\b|savings|exchange rate|kurs\b|if paid|bei zahlung|skonto|escompte|early pay|prompt pay|cash discount|suggested|year to date|\bytd\b|indemnit
previous previous|\bprior (?:bal|inv|stat|month)|forward|opening bal|last (?:bill|invoice|statement)|arrears|vortrag|ubertrag|ruckstand|anterior|ancien solde
previous (?:solde|saldo) (?:prec|ant|pop)|precedent|vorig|tidligere|foregaende|zalegl|a reporter|predchoz|past due|overdue|\bowed\b|(?:carried|brought) over
previous (?:old|earlier) bal|open (?:items|invoices)|last month|altsaldo|\b(?:offen|ausstehend)e[rn]? (?:posten|forder|rechn)|aus vor|impaye|arretrat|insolut
previous achterstand|restant[ie]|\bdeuda
change \bchange\b|ruckgeld|wechselgeld|rendu|wisselgeld|cambio|\bresto\b(?! (?:a|por|da) )|vaxel|byttepenge|reszta
net sub ?-?tot|zwischens|sous[- ]tot|tussentot|delsum|valisumma|mezisoucet|parcial|page total|seitensumme|czesciow|\bbase\b|taxable|imponib|assessable|grundlag|warenwert
net \bzaklad dan|incidencia|iliquido|\bunderlag
tax \b(?:vat|tax|taxes|[cis]?gst|hst|pst|qst|mwst|ust|tva|btw|iva|igic|moms|mva|dph|alv|afa|kdv|pdv|cess|taxe)\b|\bdan \d|podatek|steuer\b|belasting|impuesto|imposta|imposto
thereof \bdavon\b|thereof|of which|\bdont\b|waarvan|\bdi cui\b|\bharav\b|\bheraf\b|\bz toho\b|\bw tym\b|enthalten
tax arvonlisav|merverdiavgift|premieskatt
excluding \bexcl|\bexkl|\bex\.? |\bohne\b|\bhors\b|\bht\b|h\.t|before|pre-?tax|\bsin\b|\bsem\b|\bzonder\b|\bfara\b|nelkul|senza|esclus|untaxed|\bbez\b|\beks|\buden\b|\butan\b|veroton
including \bincl|\binkl|\bwith\b|\bafter\b|\bmit\b|\bavec\b|\bcon\b|\bmed\b|compres
held withh|deduct|retention|retencion|ritenuta|irpf|retenue|\btds\b|(?<!payments/)(?<!payments / )\bcredits?\b(?! card)|gutschrift|donation|voucher|coupon|gutschein|mahngebuhr
rounding \bround|(?<!g)rundung|arrond|avrund|afrund|zaokr|redond|arrotond|arredond|afrond
tip \btips?\b|gratuity|trinkgeld|pourboire|\bfooi\b|propina|mancia|gorjeta|napiwek|dricks|drikkepenge|spropitne|service charge|bedienung
less discount|rabat|remise|reduction|korting|descuento|\bdto\b|sconto|alennus|sleva|desconto|promo|nachlass
paid \bpaid|prepaid|payments? ?/ ?credits?|payments? (?:received|made|applied)|^(?:less )?payments?(?: \(|,|$)|thank you|already|received|deposit|down ?payment|advance
paid anzahlung|abschlag|vorauszahl|bezahlt|gezahlt|aanbetal|betaald|voldaan|vooruit|acompte|\bdeja|\bregle\b|encaisse|^virement|pagad[ao]|valor pago|anticip|acconto|versat
paid pagato|zaplacono|zaliczk|wplacon|betalt|forskud|forudbet|forskott|maksettu|ennakko|zaplaceno|uhrazen|zaloh|adiantam|a cuenta|\bvisa\b|master ?card|maestro|\bamex\b|^card\b
paid (?:credit|debit|bank) ?card|kartenzahl|(?:ec|giro|kredit)-?karte|\bcarte\b|con tarjeta|\bcash\b|\bbar\b|especes|kontant|contant|\bpin\b|gotowk|swish|\bideal\b|paypal
paid tendered|gegeben
full \bttc\b|t\.t\.c|brutto|gross|toutes taxes|tax included|\btvac\b|ivato|iva inc|s dph
added shipping|delivery|handling|freight|postage|versand|porto|fracht|lieferung|livraison|frais de port|verzend|bezorg|envio|portes|spedizione|trasporto|transporte|frakt|fragt
added wysylk|dostaw|doprav|postovne|toimitus|surcharge|zuschlag|toeslag|supplement|recargo
rest balance|\brest|verbleib|\bnoch\b|\bnog\b|offen|solde|saldo|outstanding|openstaand|remain|zbyva|doplat|pozostal|kvar|aterst|gjenst|pendiente|residuo|em divida
due \bdue\b|payable|\bto pay|to be paid|pay this|unpaid|zu zahlen|zahlbetrag|fallig|uberweis|zahlsumme|dovuto|net a|\ba (?:payer|pagar|regler|betale)|montant du\b|te betalen
due te voldoen|da pagare|do zaplaty|att betala|at betale|til betaling|maksettava|k uhrade|fizetendo
gross grand total|total general|gesamtbetrag|endbetrag|endsumme|rechnungs(?:betrag|beitrag|summe|total)|invoice (?:total|amount|value)|total (?:of |for )?(?:this |the )?invoice
gross total[eo]? (?:facture|fattura|factura|documento|(?:da )?fatura)|import[eo] totale?|montant total|total amount|order total|totalbel|genel toplam|factuur(?:bedrag|totaal)
gross faktura(?:bel|tot)|totaalbedrag|eindtotaal|celkova castka|vegosszeg|loppusumma
total total|totaal|gesamt|summe\b|\bsomme|montant|\bsuma\b|import[eo]|razem|ogolem|celkem|spolu|ukupno|yhteensa|\bsumm?a?\b|\bi alt|belopp|belob|bedrag|betrag|toplam|osszesen
total \bamount\b|valor|kwota|castka
"""
WORD: dict[str, str] = {}
for entry in WORDS.strip().split("\n"):
    word, patterns = entry.split(" ", 1)
    WORD[word] = f"{WORD[word]}|{patterns}" if word in WORD else patterns
WORD["due"] += "|" + WORD["rest"]
NAMED = ("total", "gross", "due", "rest")
ANY_NAME = f"{WORD['due']}|{WORD['gross']}|{WORD['total']}"
# Said where no tax is asked for; with no tax on the page, the total is then the sum of the rows.
UNTAXED = r"reverse charge|kleinunternehmer|19 (?:abs\. ?1 )?ustg|293 ?b\b|steuerfrei|steuerschuldnerschaft|exent[oa]|tax exempt|autoliquidation"
UNTAXED += r"|verlegd|vrijgesteld|esente|inversione contabile|forfettario|regime di franchigia|zwolnion|odwrotne|osvobozen|neplatce|nejsem platce"
UNTAXED += r"|undantag|omvand|fritaget|omvendt|inversion del sujeto|isencao|not (?:vat|gst|tax) registered|no (?:vat|gst|tax) (?:is )?(?:charged|applie)"

CODES = "EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|INR|JPY|CNY|AUD|CAD|NZD|SGD|HKD|MXN|BRL|ZAR|AED|TRY|ILS"
OTHER_SIGNS = (
    "€=EUR $=USD £=GBP ₹=INR ¥=JPY ₺=TRY ₪=ILS us$=USD a$=AUD c$=CAD r$=BRL rs=INR rs.=INR zl=PLN kc=CZK ft=HUF "
)
OTHER_SIGNS += "lei=RON fr.=CHF sfr.=CHF euro=EUR euros=EUR kr= kr.="
SIGNS: dict[str, str] = {code.lower(): code for code in CODES.split("|")}
SIGNS |= {pair.split("=")[0]: pair.split("=")[1] for pair in OTHER_SIGNS.split()}
MONEY = "(?:" + "|".join([re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True)]) + ")"
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
MONTH = r"(?:jan|ene|gen|sty|feb|fev|lut|mar|mrt|maa|apr|abr|avr|kwi|may|mai|mei|maj|mag|jun|juin|giu|cze|jul|juil|jui|lug|lip|aug|ago|aou|sie|sep|set|wrz|oct|okt|out|ott|paz|nov|lis|dec|dez|dic|des|gru)[a-z]*\.?"
DATE = re.compile(
    r"(?<!\d)\d{4}[-/.]\d\d?[-/.]\d\d?(?!\d)|(?<!\d)\d\d?([-/.]) ?\d\d?\1 ?(?:\d{4}|\d\d)(?!\d)"
    rf"|(?<!\d)\d\d?(?:\.|st|nd|rd|th|er)?[ -](?:de )?{MONTH}(?: de)?[ ,-]{{1,2}}(?:\d{{4}}|\d\d)(?!\d)"
    rf"|(?<![a-z]){MONTH} \d\d?(?:st|nd|rd|th)? ?,? ?\d{{4}}(?!\d)"
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
ALONE: dict[str, bool] = {}


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
    if "thereof" in words:
        return "odd"
    for kind in ("held", "rounding", "tip", "less", "paid", "full", "added"):
        if kind in words and not (kind in ("paid", "rounding") and "due" in words):
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


def is_alone(line: str) -> bool:
    """Whether a line holds amounts and no words."""
    if line not in ALONE:
        ALONE[line] = not cells_of(re.sub(AMOUNT, "", line))
    return ALONE[line]


def label_above(lines: list[str], row: int, found: re.Match[str], *, alone: bool) -> tuple[str, str]:
    """The label that stands over an amount which has none beside it, seen through rows that are amounts alone."""
    seen = 0
    for upper in range(row - 1, max(row - 8, -1), -1):
        cells = list(re.finditer(r"\S+(?: \S+)*", lines[upper]))
        over = [cell for cell in cells if cell.start() <= found.end() and cell.end() >= found.start()]
        if alone and over and is_alone(lines[upper]):
            continue
        if over or (alone and len(cells) == 1):
            label = (over or cells)[0].group(0).strip(" :.*")
            return ("", "") if re.search(r"\d[.,]\d\d\b", label) else (label, kind_of(label))
        seen += 1
        if seen == 3 or (cells and not alone):
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
    for found in list(DATE.finditer(line)):
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
        alone = is_alone(line)
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


def read_rates(lines: list[str], rows: list[int]) -> list[float]:
    """The rates in hundredths of a percent: what stands before a percent sign, or alone in a row with several amounts."""
    found = {int(whole + (part + "00")[:2]) for line in lines for whole, part in re.findall(RATE, line)}
    for row in {row for row in rows if rows.count(row) > 1}:
        for whole, part in re.findall(r"(?<!\S)(\d{1,2})(?:[.,](\d{1,2}))?(?!\S)", lines[row]):
            found.add(int(whole + (part + "00")[:2]))
    return [rate for rate in sorted(found) if 200 <= rate <= 3000]


def commonest(values: list[str]) -> str:
    """The value that stands there most often."""
    return max(sorted(set(values)), key=lambda value: values.count(value), default="")  # noqa: PLW0108 not in the subset


def crowns() -> str:
    """Whose crowns "kr" are, by the words around them."""
    return [*[code for word, code in (("mva", "NOK"), ("cvr", "DKK"), ("moms", "SEK")) if word in text.lower()], ""][0]


def find_currency(amounts: list[Amount]) -> str:
    """The currency of most amounts, else the one that is written out; which dollars `$` are is said by a code."""
    codes = commonest([code for line in RAW for code in re.findall(rf"\b(?:{CODES})\b", line)])
    dollars = codes if codes and "USD" not in text else "USD"
    for amount in amounts:
        amount.currency = dollars if amount.currency == "USD" else amount.currency
    return commonest([amount.currency for amount in amounts if amount.currency]) or codes or crowns()


MARK = commonest([mark for line in RAW for mark in re.findall(r"\d([.,])\d\d(?![\d.,%]| ?%)", line)])
LINES = [without_dates(fold(line)) for line in RAW]
amounts = read_amounts(LINES, MARK)
rates = read_rates(LINES, [amount.row for amount in amounts])
untaxed = any(re.search(UNTAXED, line) for line in LINES)
currency = find_currency(amounts)
doubts = ["the text is too long to be read whole"] if CUT else []
