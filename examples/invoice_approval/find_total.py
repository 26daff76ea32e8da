"""Finds the total among the amounts of an invoice, and says how sure it is.

A total is trusted only when evidence that does not rest on its own name agrees: net and tax add up to it, the table of tax
rates or the rows above do, what was paid equals it, or it is named a second time. Whatever speaks against it takes the trust
away: above all an amount that may be the total instead, unless arithmetic explains how it differs.
"""

from dataclasses import dataclass
from typing import Any

amounts: list[dict[str, Any]]  # The inputs of the task, those that go on as they are included.
rates: list[float]
untaxed: bool
paper_doubts: list[str]
text_doubts: list[str]

TOTALS_MAX, RIVALS_MAX = 40, 3
LAST = 12  # So many taxes and costs, from the end, are tried in sums of several.
CENT = 10000  # A rate is in hundredths of a percent, so this is one cent of "amount times rate".
NAMED = ("total", "gross", "due", "rest")
SUMS = ("net", *NAMED)
ON_TOP = ("added", "tip", "rounding")


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


@dataclass
class Proof:
    """What agrees with a total besides its own name, and whether the tax is accounted for in it."""

    weight: float
    reason: str
    taxed: bool = False


@dataclass
class Candidate:
    """A value that may be the total: where it stands as one, what agrees with it, and the earlier sums that became it."""

    value: int
    here: list[Amount]
    kinds: set[str]
    proofs: list[Proof]
    taxed: bool
    earlier: list[int]


@dataclass
class RateRow:
    """A row that holds a net amount and the tax on it by a rate that the paper names."""

    row: int
    net: int
    tax: int


def rate_rows(amounts: list[Amount], rates: list[float]) -> list[RateRow]:
    """The rows of tables of tax rates; which amount is what, their arithmetic says."""
    found: list[RateRow] = []
    in_row: dict[int, list[Amount]] = {}
    for amount in amounts:
        in_row[amount.row] = [*in_row.get(amount.row, []), amount]
    for row, several in in_row.items():
        pairs = [
            (net, tax) for at, net in enumerate(several) for tax in several[at + 1 :] if is_tax_on(net, tax, rates)
        ]
        if pairs:
            net, tax = pairs[-1]
            found.append(RateRow(row, net.value, tax.value))
            rename_row(several, net, tax)
    return found


def is_tax_on(net: Amount, tax: Amount, rates: list[float]) -> bool:
    """Whether one amount is the tax on the other, to the cent."""
    return tax.value > 99 and any(abs(net.value * rate - tax.value * 10000) <= CENT for rate in rates)


def rename_row(several: list[Amount], net: Amount, tax: Amount) -> None:
    """Where all amounts of a rate's row stand under one label, gives each the kind that it has."""
    if several[-1].kind == "tax" and net.kind == "part":
        for amount in several:
            amount.kind = "part"
        net.kind, tax.kind = "net", "tax"


class Evidence:
    """The amounts of one document, and what they say for and against a total."""

    def __init__(self, amounts: list[Amount], rates: list[float], *, untaxed: bool) -> None:
        self.amounts = amounts
        self.rates = rates
        self.untaxed = untaxed
        self.known: dict[tuple[str, ...], list[int]] = {}
        self.table = rate_rows(amounts, rates)
        self.largest = max([a.value for a in amounts], default=0)
        self.named = [a for a in amounts if a.kind in NAMED or (a.value == self.largest and a.kind == "")]
        self.columns: dict[tuple[str, str], int] = {}
        for a in amounts:
            self.columns[a.kind, a.label] = self.columns.get((a.kind, a.label), 0) + a.value
        taxes = [a.value for a in amounts if a.kind == "tax" and a.value][-LAST:]
        self.taxes = {sum(taxes)} | {a + b for i, a in enumerate(taxes) for b in [0, *taxes[:i]]}
        self.taxes |= {a + b + c for i, a in enumerate(taxes) for j, b in enumerate(taxes[:i]) for c in taxes[:j]}

    def values(self, *kinds: str) -> list[int]:
        """The amounts of these kinds, and their sum."""
        if kinds not in self.known:
            found = [abs(a.value) for a in self.amounts if a.kind in kinds]
            self.known[kinds] = [*found, sum(found)]
        return self.known[kinds]

    def signed(self, *kinds: str) -> list[int]:
        """What amounts of these kinds may add to a sum, nothing included."""
        found = [a.value for a in self.amounts if a.kind in kinds]
        return [0, *found[-LAST:], sum(found)]

    def adds_up(self, total: Amount) -> float:
        """How well the rows above a total add up to it; less when unknown words stand among the sums."""
        rows = {a.row: a for a in self.amounts if a.row < total.row}
        sums = [a.row for a in rows.values() if a.kind in SUMS or (a.kind == "tax" and a.value)]
        sums_begin = max(sums, default=total.row)
        with_tax = without_tax = count = 0
        unknown = False
        for amount in reversed(list(rows.values())):
            if amount.value and amount.kind in ("", "tax", "less", "part", *ON_TOP):
                unknown = unknown or (amount.kind == "" and amount.row > sums_begin)
                count += 1
                with_tax += -abs(amount.value) if amount.kind == "less" else amount.value
                without_tax += -abs(amount.value) if amount.kind == "less" else amount.value * (amount.kind != "tax")
                if total.value in (with_tax, without_tax):
                    unknown = unknown or (count > 1 and self.adds_up(amount) > 0)  # The top row is a sum itself.
                    return 0.5 if unknown else 2.0 if count > 1 else 1.0
        return 0.0

    def steps(self, total: Amount) -> Amount | None:
        """The earlier sum that becomes the total by the reductions, costs and taxes between the two, if one does."""
        value = total.value
        for amount in reversed([a for a in self.amounts if a.row < total.row and a.value]):
            if amount.kind in SUMS and amount.value == value != total.value:
                return amount
            if amount.kind in ("tax", *ON_TOP):
                value -= amount.value
            elif amount.kind == "less":
                value += abs(amount.value)
            elif amount.kind not in (*SUMS, "odd", "part"):
                break
        return None

    def table_adds_up(self, value: int) -> bool:
        """Whether net and tax of all rates add up to it: of one table, as there may be another of the rows sold."""
        tables: list[list[RateRow]] = []
        for rated in self.table:
            if not tables or rated.row - tables[-1][-1].row > 3:
                tables.append([])
            tables[-1].append(rated)
        for table in tables:
            sums = [rated.net + rated.tax for rated in table]
            if value == sum(sums) or (len(sums) > 2 and value == sums[-1] == sum(sums[:-1])):
                return True
        return False

    def candidate(self, value: int) -> Candidate:
        """What there is to say for a value."""
        here = [a for a in self.named if a.value == value]
        earlier = [step.value for step in [self.steps(a) for a in here] if step]
        proofs = self.proofs(value, here, earlier)
        return Candidate(value, here, {a.kind for a in here}, proofs, any(p.taxed for p in proofs), earlier)

    def proofs(self, value: int, here: list[Amount], earlier: list[int]) -> list[Proof]:
        """What agrees with a total besides its own name."""
        found: list[Proof] = []
        nets = set(self.values("net", "part", "total")) - {0}
        on_top = set(self.signed(*ON_TOP)) | set(self.signed("tip", "rounding"))
        if any(tax and value - tax - extra in nets for tax in self.taxes for extra in on_top):
            found.append(Proof(2.0, "net and tax add up to it", taxed=True))
        elif self.table_adds_up(value):
            found.append(Proof(2.0, "the table of tax rates adds up to it", taxed=True))
        elif any(t > 99 and abs(value * r - t * (10000 + r)) <= CENT for t in self.taxes for r in self.rates):
            found.append(Proof(2.0, "the tax in it is that share of it", taxed=True))
        elif value in self.values("net")[:-1] and not any(self.taxes):
            found.append(Proof(1.0, "it equals the net amount, without tax"))
        if self.untaxed and not any(self.taxes):
            found.append(Proof(1.0, "it is said that no tax is due"))
        if weight := max([self.adds_up(a) for a in here]):
            alone = weight == 1 and value == self.largest and not any(self.taxes)
            found.append(Proof(1.5 if alone else weight, "the rows above add up to it"))
        if earlier:
            found.append(Proof(2.0, "an earlier sum becomes it, step by step"))
        if any(self.row_adds_up(a) for a in here):
            found.append(Proof(2.0, "the amounts in its row add up to it"))
        back = self.values("due", "rest", "change")
        if any(paid and (value - paid in [0, *back] or paid - value in back) for paid in self.values("paid")):
            found.append(Proof(1.5, "what was paid agrees with it"))
        if len({a.label for a in here if a.kind}) > 1:
            found.append(Proof(1.5 if len({a.kind for a in here}) > 1 else 1.0, "it is named more than once"))
        return found

    def row_adds_up(self, total: Amount) -> bool:
        """Whether the amounts before it in its row, which stand under its label, add up to it."""
        parts = [b.value for b in self.amounts if b.row == total.row and b.kind == "part" and b.end <= total.start]
        return any(sum(parts[-count:]) == total.value for count in range(2, len(parts) + 1))

    def doubts(self, total: Candidate) -> list[str]:
        """What speaks against a total."""
        value, here, kinds, taxed, paid = total.value, total.here, total.kinds, total.taxed, self.values("paid")
        last = max([a.row for a in self.amounts if a is here[-1] or (a.value == value and a.kind in ("paid", *NAMED))])
        below = [a for a in self.amounts if a.row > last and a.value]
        unknown = [abs(a.value) for a in below if a.kind == ""]
        like_tax = any(abs(u * 100 - value * rate) <= 50 for u in unknown[:3] for rate in range(3, 28))
        negative = any(a.value < 0 and a.kind == "" for a in below)
        currencies = {a.currency for a in self.named if a.currency}
        left = kinds == {"rest"} and not taxed
        sums = [a for a in self.amounts if a.kind in SUMS and 0 < a.value < value]
        unnamed = {a.value: a.row for a in self.amounts if a.kind == ""}
        between = any(unnamed.get(value - b.value, 0) > b.row for b in sums)
        previous = {abs(a.value) for a in self.amounts if a.kind == "previous"} - {0}
        unpaid, paid = previous - set(paid), [amount for amount in paid if amount not in previous]
        may_be_left = any(paid) and kinds <= {"due", "rest"} and value not in paid and not taxed
        below_kinds = ("less", *ON_TOP) if taxed else ("less", "tax", *ON_TOP)
        reasons = [
            (any(self.values("held")), "something is credited or held back"),
            (bool(unpaid) and not taxed, "an earlier balance is carried forward"),
            (not taxed and between, "something unknown is added to a sum"),
            (any(a.kind in below_kinds for a in below), "a reduction, a cost or a tax stands below it"),
            (not taxed and (like_tax or negative), "something unknown stands below it"),
            (self.goes_on(value), "something unknown makes another amount of it"),
            (left or may_be_left, "it may be what is left after a payment"),
            (any(a.doubtful for a in here) or len(currencies) > 1, "its number or currency can be read in two ways"),
        ]
        return [reason for holds, reason in reasons if holds] + self.rivals(total)

    def goes_on(self, value: int) -> bool:
        """Whether what follows a value is taken off it and leaves the amount after that; net and tax of it are not."""
        taxes = self.taxes | {rated.tax for rated in self.table} | {sum([rated.tax for rated in self.table])}
        # A total that is printed before the rows is no sum of anything yet.
        first = min([place for place, a in enumerate(self.amounts) if a.value != value], default=0)
        amounts = self.amounts[first:]
        for whole, part, left in zip(amounts, amounts[1:], amounts[2:], strict=False):
            below = whole.value == value and whole.row < part.row < left.row
            paid = part.kind in ("paid", *NAMED) or left.kind == "paid"
            if (
                below
                and not paid
                and left.value == value - abs(part.value) > 0
                and not taxes & {abs(part.value), left.value}
            ):
                return True
        return False

    def rivals(self, total: Candidate) -> list[str]:
        """Other amounts that may be the total instead, where nothing explains how they differ."""
        found: list[str] = []
        for other in self.amounts:
            larger = other.value > total.value and not self.explains_more(other, total)
            smaller = 0 < other.value < total.value and other.kind in NAMED and not self.explains_less(other, total)
            if (larger or smaller) and len(found) < RIVALS_MAX:
                found.append(f"{show(other.value)} is there too")
        return found

    def explains_more(self, other: Amount, total: Candidate) -> bool:
        """Whether it is plain why an amount is larger than the total and still is not the total."""
        gap = other.value - total.value
        change = other.kind == "paid" and gap in self.values("change")
        carried = other.kind in NAMED and gap in self.values("previous")
        less = [reduction for reduction in self.values("less") if reduction]
        reduced = gap in less or any(other.value - reduction in self.values("net") for reduction in less)
        reduced = reduced or (other.kind == "net" and total.taxed and bool(less))
        named = other.kind in ("odd", "previous") or other.value in total.earlier
        return bool(named or change or carried or reduced)

    def explains_less(self, other: Amount, total: Candidate) -> bool:
        """Whether it is plain what a smaller amount is that is called a total too."""
        a_part = other.kind == "total" and total.taxed and bool(total.kinds & {"gross", "due", "rest"})
        gap_explained = total.value - other.value in [*self.taxes, *self.values("paid", "added", "tip")]
        column = self.columns[other.kind, other.label]
        return a_part or gap_explained or other.value in self.taxes or column in (total.value, 2 * total.value)


def show(value: int) -> str:
    """Hundredths as decimal text."""
    return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"


def find_total(evidence: Evidence, doubts: list[str]) -> tuple[Amount | None, float, list[str]]:
    """The best total, how sure it is, and why; the doubts are those that speak against any."""
    best: tuple[float, int, list[str]] = (0.0, 0, [])
    for value in sorted({a.value for a in evidence.named if a.value > 0})[-TOTALS_MAX:]:
        candidate = evidence.candidate(value)
        names = candidate.kinds - {""}
        if not names and not (candidate.taxed and any(evidence.values("net"))):
            continue  # Nothing calls it a total, and nothing a net amount of which it could be one.
        against = doubts + evidence.doubts(candidate)
        name = 1.0 if names - {"total"} else 0.5 if names else 0.0
        score = sum([proof.weight for proof in candidate.proofs]) + name
        reasons = [proof.reason for proof in candidate.proofs] + against
        best = max(best, (score / 100 if against else score, value, reasons))
    score, value, reasons = best
    if not value:
        largest = max(evidence.amounts, key=lambda a: a.value) if evidence.amounts else None
        return largest, 0.1, ["no amount is named as the total", *doubts]
    found = max([a for a in evidence.named if a.value == value], key=lambda a: a.currency)
    return found, 0.95 if score >= 3 else 0.9 if score >= 2 else 0.6 if score >= 1 else 0.4, reasons


READ = [Amount(**amount) for amount in amounts]
chosen, confidence, reasons = find_total(Evidence(READ, rates, untaxed=untaxed), text_doubts + paper_doubts)
total = show(chosen.value) if chosen else "0.00"
currency = chosen.currency if chosen and chosen.currency else currency
