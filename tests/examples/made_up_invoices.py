"""Invoices put together at random: words known and unknown, five languages, discounts, tips, payments, tables of tax."""

import random
from collections.abc import Callable
from dataclasses import dataclass

UNKNOWN_WORDS = ("Zulmak", "Brelfon", "Kastrivo", "Oopla", "Vintar", "Querp", "Dolmisk")
WORDS = {
    "en": {
        "net": ("Subtotal", "Net amount", "Total excl. VAT", "Taxable amount", "Total before tax"),
        "tax": ("VAT {rate}%", "Sales tax", "Tax ({rate}%)", "GST {rate}%"),
        "gross": ("Total", "Grand total", "Total incl. VAT", "Invoice total", "Amount due", "Total due"),
        "paid": ("Paid", "Deposit received", "Payment received", "Less: advance"),
        "left": ("Balance due", "Amount due", "Remaining to pay"),
        "earlier": ("Previous balance", "Balance brought forward"),
        "less": ("Discount 10%", "Discount"),
        "added": ("Shipping", "Delivery", "Handling"),
        "tip": ("Tip", "Gratuity", "Service charge"),
        "rounding": ("Rounding", "Round off"),
    },
    "de": {
        "net": ("Netto", "Zwischensumme", "Summe netto", "Nettobetrag"),
        "tax": ("MwSt {rate}%", "zzgl. {rate}% USt", "Umsatzsteuer {rate} %"),
        "gross": ("Gesamtbetrag", "Rechnungsbetrag", "Summe", "Gesamt", "Endbetrag", "Total", "Zu zahlen"),
        "paid": ("Anzahlung", "bereits gezahlt", "Abschlag"),
        "left": ("Restbetrag", "noch zu zahlen", "Offener Betrag"),
        "earlier": ("Rückstand", "Vortrag"),
        "less": ("Rabatt 10%", "Rabatt"),
        "added": ("Versand", "Porto"),
        "tip": ("Trinkgeld", "Bedienung"),
        "rounding": ("Rundung", "Rundungsdifferenz"),
    },
    "fr": {
        "net": ("Total HT", "Sous-total", "Montant HT"),
        "tax": ("TVA {rate}%", "Dont TVA {rate} %"),
        "gross": ("Total TTC", "Montant TTC", "Net à payer", "Total", "Total à payer"),
        "paid": ("Acompte", "Déjà réglé"),
        "left": ("Reste à payer", "Solde à régler"),
        "earlier": ("Solde antérieur", "Solde précédent"),
        "less": ("Remise", "Réduction"),
        "added": ("Frais de port", "Livraison"),
        "tip": ("Pourboire",),
        "rounding": ("Arrondi",),
    },
    "nl": {
        "net": ("Subtotaal", "Totaal excl. BTW"),
        "tax": ("BTW {rate}%", "{rate}% BTW"),
        "gross": ("Totaal", "Totaal incl. BTW", "Te betalen", "Totaalbedrag"),
        "paid": ("Aanbetaling", "Reeds betaald"),
        "left": ("Nog te betalen", "Openstaand"),
        "earlier": ("Vorig saldo",),
        "less": ("Korting",),
        "added": ("Verzendkosten",),
        "tip": ("Fooi",),
        "rounding": ("Afronding",),
    },
    "es": {
        "net": ("Base imponible", "Subtotal"),
        "tax": ("IVA {rate}%",),
        "gross": ("Total", "Total factura", "Total a pagar", "Importe total"),
        "paid": ("Anticipo", "Pagado"),
        "left": ("Pendiente de pago", "Resta por pagar"),
        "earlier": ("Saldo anterior",),
        "less": ("Descuento",),
        "added": ("Gastos de envío", "Portes"),
        "tip": ("Propina",),
        "rounding": ("Redondeo",),
    },
}


@dataclass(frozen=True, slots=True)
class MadeUpInvoice:
    """The text, the true total in hundredths, and whether all its words are known ones."""

    text: str
    total: int
    known: bool


def written(hundredths: int, style: str) -> str:
    """An amount as people of one place write it."""
    whole, part = divmod(abs(hundredths), 100)
    grouped = f"{whole:,}"
    text = {
        "comma": f"{grouped}.{part:02d}",
        "dot": f"{grouped.replace(',', '.')},{part:02d}",
        "space": f"{grouped.replace(',', ' ')},{part:02d}",
        "apostrophe": f"{grouped.replace(',', chr(39))}.{part:02d}",
        "plain": f"{whole}.{part:02d}",
        "plain comma": f"{whole},{part:02d}",
    }[style]
    return f"-{text}" if hundredths < 0 else text


def make_invoice(seed: int) -> MadeUpInvoice:
    """The same invoice for the same seed."""
    rnd = random.Random(seed)
    language = rnd.choice(list(WORDS))
    style = rnd.choice(["comma", "plain", "apostrophe"] if language == "en" else ["dot", "space", "plain comma"])
    unknown = rnd.choice([0.0, 0.0, 0.1, 0.3, 0.5, 1.0])
    rate = rnd.choice([5, 7, 10, 19, 20, 21, 25])
    before = rnd.choice(["", "€ ", "$", "EUR ", "£"])
    after = "" if before else rnd.choice(["", " €", " EUR"])

    def word(kind: str) -> str:
        return rnd.choice(UNKNOWN_WORDS if rnd.random() < unknown else WORDS[language][kind]).format(rate=rate)

    items = [(rnd.randint(1, 9), rnd.randint(100, 30_000)) for _ in range(rnd.randint(1, 6))]
    net = sum(count * price for count, price in items)
    sums: list[tuple[str, int]] = []
    if rnd.random() < 0.2:
        reduction = net // 10
        sums.append((word("less"), rnd.choice([-reduction, reduction])))
        net -= reduction
    if rnd.random() < 0.25:
        sums.append((word("added"), added := rnd.randint(300, 3000)))
        net += added
    total, tax = _with_tax(rnd, word, sums, net, rate)
    table = [f"{rate}%{written(total - tax, style):>20}{written(tax, style):>16}{written(total, style):>18}"]
    total = _after_the_total(rnd, word, sums, total)
    wide = rnd.random() < 0.7
    lines = ["Firma Example Ltd", f"Invoice 2024-{rnd.randint(1, 99)}", "Date 03.04.2024", ""]
    for count, price in items:
        name, amount = (
            rnd.choice(["Widget", "Service", "Cable", "Lamp"]),
            before + written(count * price, style) + after,
        )
        row = f"{name:<25}{count:>6}{written(price, style):>14}{amount:>18}"
        lines.append(row if wide else f"{name} {count} {written(price, style)} {amount}")
    for name, value in sums:
        amount = before + written(value, style) + after
        lines.append(f"{name:<40}{amount:>23}" if wide else f"{name} {amount}")
    if tax and rnd.random() < 0.3:
        lines += ["", *table]
    return MadeUpInvoice("\n".join(lines), total, known=not unknown)


def _after_the_total(rnd: random.Random, word: Callable[[str], str], sums: list[tuple[str, int]], total: int) -> int:
    match rnd.randint(0, 12):
        case 0:
            paid = rnd.choice([total, total * 3 // 10])
            sums += [(word("paid"), rnd.choice([paid, -paid])), (word("left"), total - paid)]
        case 1:
            earlier = rnd.randint(1000, 20_000)
            sums += [(word("earlier"), earlier), (word("left"), total + earlier)]
        case 2:
            sums.append((word("gross"), total))
        case 3:
            reduction = total // 20
            sums += [(word("less"), rnd.choice([-reduction, reduction])), (word("gross"), total := total - reduction)]
        case 4:
            kind = rnd.choice(["added", "tip"])
            sums += [(word(kind), added := rnd.randint(100, 900)), (word("gross"), total := total + added)]
        case 5:
            sums += [(word("rounding"), -(total % 100)), (word("gross"), total := total - total % 100)]
        case _:
            pass
    return total


def _with_tax(
    rnd: random.Random, word: Callable[[str], str], sums: list[tuple[str, int]], net: int, rate: int
) -> tuple[int, int]:
    mode = rnd.choice(["on top", "on top", "inside", "none"])
    tax = {"on top": round(net * rate / 100), "inside": round(net * rate / (100 + rate)), "none": 0}[mode]
    total = net + tax if mode == "on top" else net
    if rnd.random() < 0.7:
        sums.append((word("net"), total - tax))
    if tax:
        sums.append((word("tax"), tax))
    if rnd.random() < 0.93:
        sums.append((word("gross"), total))
    return total, tax
