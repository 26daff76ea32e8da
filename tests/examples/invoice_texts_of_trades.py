"""Invoices as particular trades write them: marketplaces, telephony, energy, travel, hosting, customs, letting."""

from tests.examples.invoice_texts import InvoiceText

INVOICES_OF_TRADES = (
    InvoiceText(
        "marketplace_order_with_promotion",
        "25.98",
        """
Order placed: October 1, 2024              Bazaar Online, Inc.
Final details for order 114-5558-2211
1 of: Desk lamp                                  $22.99
1 of: Bulb E27                                    $4.99
Item(s) Subtotal:                                $27.98
Shipping & Handling:                              $5.99
Free shipping:                                   -$5.99
Promotion applied:                               -$4.00
Total before tax:                                $23.98
Estimated tax to be collected:                    $2.00
Grand Total:                                     $25.98
Visa ending in 4242: October 1, 2024:            $25.98
""",
        plain=True,
    ),
    InvoiceText(
        "telephone_bill_with_instalment_of_a_phone",
        "74.97",
        """
Funkstern Mobil GmbH                  Rechnung 8881234567
Kundennummer 1234567                  Rechnungsdatum 03.05.2024

Mobilfunk Vertrag Allnet                              41,9916
Auslandspakete                                         4,1933
Nettobetrag                                              46,18 €
19 % Umsatzsteuer                                         8,77 €
Rechnungsbetrag Mobilfunk                                54,95 €
Ratenzahlung Gerät (Rate 3 von 24)                       20,02 €
Zu zahlender Betrag                                      74,97 €
""",
    ),
    InvoiceText(
        "energy_bill_with_instalments_paid",
        "1190.00",
        """
Stromwerk Talheim                     Jahresrechnung 2023
Rechnungsnummer 77001122              Datum 15.01.2024
Verbrauch 4.000,00 kWh
Arbeitspreis                                          900,00 €
Grundpreis                                            100,00 €
Nettobetrag                                         1.000,00 €
Umsatzsteuer 19 %                                     190,00 €
Bruttobetrag                                        1.190,00 €
Abzüglich gezahlter Abschläge                      -1.320,00 €
Guthaben                                             -130,00 €
Neuer monatlicher Abschlag ab 01.02.2024              110,00 €
""",
    ),
    InvoiceText(
        "hotel_folio_with_city_tax",
        "335.50",
        """
Hotel Lindenhof                       Rechnung 2024-3391
Zimmer 204   Anreise 02.03.2024   Abreise 05.03.2024
Übernachtung 3 x 99,00                297,00
Frühstück    3 x 10,00                 30,00
Kurtaxe                                 8,50
Gesamtbetrag                          335,50 EUR
Enthaltene MwSt 7%  19,43   auf 277,57
Enthaltene MwSt 19%  4,79   auf 25,21
Bezahlt Kreditkarte                   335,50 EUR
""",
    ),
    InvoiceText(
        "train_ticket",
        "59.80",
        """
Online-Ticket                         Auftrag ABC123
Positionen            Preis     MwSt D 7%
ICE Fahrkarte       55,90 €        3,66 €
Reservierung         3,90 €        0,26 €
Summe               59,80 €        3,92 €
Zahlung über PayPal 59,80 €
""",
    ),
    InvoiceText(
        "hosting_with_vat_zero_reverse_charge",
        "44.40",
        """
Serverland Oy                         Invoice R0012345
Invoice date 2024-04-04               Customer no. K55

Product            Quantity   Unit price   Total (excl. VAT)
Cloud server A         1        € 24.4000            € 24.40
Cloud server B         1        € 20.0000            € 20.00
Total (excl. VAT)                                    € 44.40
VAT (0 %)                                             € 0.00
Total to pay                                         € 44.40
Reverse charge: the recipient owes the VAT.
""",
        plain=True,
    ),
    InvoiceText(
        "customs_and_duties",
        "158.20",
        """
Parcel Express                        Duty and tax invoice 5566
Date 11/06/2024
Declared value of goods             USD 640.00
Import duty                          USD 64.00
Import VAT                           USD 79.20
Disbursement fee                     USD 15.00
Total amount due                    USD 158.20
""",
    ),
    InvoiceText(
        "letting_with_deposit_to_be_returned",
        "1450.00",
        """
Seaside Lets Ltd                      Invoice 2024-LET-9
Issue date: 12 May 2024
Rent, one week                          £1,250.00
Cleaning                                  £200.00
Total                                   £1,450.00
Refundable deposit                        £300.00
Total to pay before arrival             £1,750.00
""",
    ),
    InvoiceText(
        "app_store_receipt",
        "9.99",
        """
Receipt
Order ID: MXQ4T8ZZ1        Document: 188441122
Date: 14 Feb 2024
Cloud storage 2TB (monthly)      £9.99
Subtotal                         £8.33
VAT charged at 20%               £1.66
TOTAL                            £9.99
""",
        plain=True,
    ),
    InvoiceText(
        "airline_with_fare_breakdown",
        "312.45",
        """
Skyhop Airways                        Travel receipt  05 Jul 2024
Fare                                  EUR 210.00
Fuel surcharge                         EUR 60.00
Airport taxes                          EUR 42.45
Total fare                            EUR 312.45
Payment: MasterCard                   EUR 312.45
""",
        plain=True,
    ),
    InvoiceText(
        "invoice_in_dollars_with_home_currency",
        "1150.00",
        """
Kiwi Components Ltd                   Tax Invoice INV-0088
Date 3 Mar 2024                       GST No. 123-456-789
Modules                               1,000.00
Subtotal                              1,000.00
GST 15%                                 150.00
TOTAL NZD                             1,150.00
Paid in USD at 0.6090                   700.35
""",
    ),
    InvoiceText(
        "subscription_with_proration_and_credit",
        "21.00",
        """
Chartly Inc.                          Invoice 5A1B-0003
Remaining time on Pro plan              $30.00
Unused time on Basic plan               -$9.00
Subtotal                                $21.00
Total                                   $21.00
Applied balance                        -$21.00
Amount due                               $0.00
""",
    ),
    InvoiceText(
        "medical_bill_with_insurance",
        "420.00",
        """
Riverside Clinic                      Patient statement 9921
Service date 04/12/2024
Consultation                            $220.00
Laboratory                              $200.00
Total charges                           $420.00
Insurance adjustment                   -$150.00
Insurance paid                         -$200.00
Patient balance                          $70.00
""",
    ),
    InvoiceText(
        "lawyer_with_expenses_free_of_tax",
        "2480.00",
        """
Kanzlei Dr. Ahrens                    Rechnung 24/0099
Rechnungsdatum 30.09.2024
Honorar                               2.000,00 €
Zwischensumme                         2.000,00 €
19 % USt                                380,00 €
Auslagen (Gerichtskosten, ohne USt)     100,00 €
Endbetrag                             2.480,00 €
""",
    ),
    InvoiceText(
        "brazilian_boleto",
        "350.75",
        """
Academia Corpo Leve Ltda              Fatura 0099
Data de emissão 05/04/2024            Vencimento 10/04/2024
Mensalidade                           R$ 320,00
Taxa                                   R$ 30,75
Total                                 R$ 350,75
Valor a pagar                         R$ 350,75
""",
        plain=True,
    ),
    InvoiceText(
        "total_printed_before_the_rows",
        "88.00",
        """
Pixel Prints                          Invoice 4410
Total due                             $88.00
Due by 04/30/2024

Details
Canvas                                $60.00
Frame                                 $28.00
Total                                 $88.00
""",
        plain=True,
    ),
    InvoiceText(
        "two_subtotals_and_a_surcharge",
        "1166.00",
        """
Nordlicht Veranstaltung AG            Rechnung 17     Datum 11.11.2023
Bühne                                 500,00
Summe Technik                         500,00
Personal                              600,00
Summe Personal                        600,00
Zuschlag 6 %                           66,00
Gesamtsumme                         1.166,00 CHF
""",
    ),
    InvoiceText(
        "minimum_charge_and_limit",
        "45.00",
        """
Locksmith Now                         Bill 301      02/02/2024
Call-out                              45.00
Minimum charge                        45.00
Total                                 45.00
Credit limit                          5,000.00
""",
    ),
    InvoiceText(
        "pay_either_amount",
        "200.00",
        """
Membership Society                    Invoice 2024
Annual fee                            200.00
Amount due                            200.00
With optional donation                220.00
""",
    ),
    InvoiceText(
        "hours_times_rate",
        "3332.00",
        """
Code & Kaffee UG                      Rechnung 2024-06
Leistungszeitraum Mai 2024            Datum: 01.06.2024
Pos  Leistung        Stunden   Satz     Betrag
1    Entwicklung       35,00  80,00   2.800,00
Summe netto                           2.800,00
Umsatzsteuer 19%                        532,00
Summe brutto                          3.332,00
""",
        plain=True,
    ),
    InvoiceText(
        "second_page_repeats_the_table",
        "1785.00",
        """
Garten Grün GmbH       Rechnung 88      Datum 04.04.2024
Seite 1 von 2
Pflanzen                                1.000,00
Übertrag                                1.000,00
\f
Seite 2 von 2
Übertrag                                1.000,00
Erde                                      500,00
Nettosumme                              1.500,00
MwSt. 19 %                                285,00
Gesamtsumme                             1.785,00
""",
    ),
    InvoiceText(
        "hungarian_forint",
        "25400",
        """
Balaton Bolt Kft.          Számla 2024/55
Kelt: 2024.05.02
Munkadíj                            20 000 Ft
Nettó összesen                      20 000 Ft
ÁFA 27%                              5 400 Ft
Fizetendő                           25 400 Ft
""",
        plain=True,
    ),
    InvoiceText(
        "discount_on_every_row",
        "171.00",
        """
Bücherstube Falk            Rechnung 9      Datum 09.09.2024
Titel         Preis    Rabatt    Betrag
Atlas        100,00    10,00      90,00
Lexikon       90,00     9,00      81,00
Summe        190,00    19,00     171,00
""",
    ),
    InvoiceText(
        "loan_and_interest",
        "512.50",
        """
Autohaus Kreditbank                   Invoice 0445     Date 2024-02-01
Loan amount                           25,000.00
Principal                                400.00
Interest                                 112.50
Total payment due                        512.50
""",
    ),
    InvoiceText(
        "gross_then_less_returns",
        "150.00",
        """
Farm Supply                           Invoice 661     Date 06/10/2024
Feed                                  $200.00
Invoice total                         $200.00
Less returns                          -$50.00
Amount payable                        $150.00
""",
    ),
)
