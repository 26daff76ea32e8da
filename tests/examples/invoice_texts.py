"""Invoices of many countries, layouts and traps, written for these tests; each with its true total (gross)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InvoiceText:
    """The text of one invoice, its true total, and whether a careful finder can be sure of it."""

    name: str
    total: str
    text: str
    plain: bool = False  # Nothing tricky: to be found with high confidence.


INVOICES = (
    InvoiceText(
        "english_with_vat",
        "1434.00",
        """
Harbour Lane Studio Ltd                                         INVOICE
12 Quay Street, Bristol BS1 4QA
VAT Reg No: GB 123 4567 89                    Invoice No: HL-2024-0117
Tel: +44 117 496 0123                         Invoice date: 14 March 2024

Description                         Qty      Unit price        Amount
Brand guidelines                      1        £ 750.00      £ 750.00
Poster design                         3        £ 148.33      £ 445.00
Subtotal                                                   £ 1,195.00
VAT 20%                                                      £ 239.00
Total                                                      £ 1,434.00
""",
        plain=True,
    ),
    InvoiceText(
        "german_with_mwst",
        "1.487,50".replace(".", "").replace(",", "."),
        """
Tischlerei Birkenhof GmbH
Am Anger 4, 07743 Jena            Rechnung Nr. 2023-0815
USt-IdNr. DE811223344             Rechnungsdatum: 05.06.2023

Pos  Bezeichnung             Menge   Einzelpreis   Gesamtpreis
1    Regal, Eiche               2        400,00        800,00
2    Montage                    1        450,00        450,00

Nettobetrag                                          1.250,00 €
zzgl. 19 % MwSt.                                       237,50 €
Rechnungsbetrag                                      1.487,50 €

Zahlbar innerhalb von 14 Tagen ohne Abzug.
IBAN DE12 5001 0517 0648 4898 90
""",
        plain=True,
    ),
    InvoiceText(
        "german_skonto_below_the_total",
        "1190.00",
        """
Malerbetrieb Sonnfeld                         Rechnung 4711
Datum 02.02.2024

Innenanstrich Treppenhaus                         1.000,00
Summe netto                                       1.000,00
MwSt 19%                                            190,00
Gesamtbetrag                                  EUR 1.190,00
Bei Zahlung bis 12.02.2024 abzgl. 2% Skonto   EUR 1.166,20
""",
    ),
    InvoiceText(
        "french_ht_tva_ttc",
        "1258.80",
        """
SARL Atelier du Verger                  FACTURE N° F2024-031
8 rue des Lilas, 37000 Tours            Date : 21/05/2024
SIRET 512 345 678 00012

Désignation                  Qté     PU HT       Total HT
Table en chêne                 1    899,00         899,00
Livraison                      1    150,00         150,00

Total HT                                     1 049,00 €
TVA 20 %                                       209,80 €
Total TTC                                    1 258,80 €
Net à payer                                  1 258,80 €
""",
        plain=True,
    ),
    InvoiceText(
        "french_acompte",
        "2400.00",
        """
Menuiserie Lacombe                       Facture n° 88
Date de facture : 3 février 2024

Fourniture et pose de fenêtres                 2 000,00
Total HT                                       2 000,00 €
TVA 20,00 %                                      400,00 €
Total TTC                                      2 400,00 €
Acompte versé le 10/01/2024                     -720,00 €
Reste à payer                                  1 680,00 €
""",
    ),
    InvoiceText(
        "dutch_btw",
        "605.00",
        """
Fietsenmakerij De Spaak              FACTUUR
Factuurnummer: 20240042
Factuurdatum: 11-04-2024

Omschrijving            Aantal     Prijs      Bedrag
Onderhoudsbeurt             4     € 75,00    € 300,00
Nieuwe wielen               2    € 100,00    € 200,00
Subtotaal                                    € 500,00
21% BTW                                      € 105,00
Totaal te betalen                            € 605,00
KvK 12345678   BTW NL001234567B01   IBAN NL91ABNA0417164300
""",
        plain=True,
    ),
    InvoiceText(
        "spanish_iva",
        "363.00",
        """
Imprenta Olmedo S.L.          FACTURA 2024/118
CIF B12345678                 Fecha: 09/07/2024

Concepto                   Cantidad   Precio    Importe
Tarjetas de visita            1000      0,12     120,00
Carteles A2                     60      3,00     180,00

Base imponible                                   300,00 €
IVA 21%                                           63,00 €
TOTAL A PAGAR                                    363,00 €
""",
        plain=True,
    ),
    InvoiceText(
        "spanish_with_irpf_held_back",
        "1210.00",
        """
Marta Ruiz, traductora        Factura 7/2024
Fecha 30/06/2024
Traducción jurada                              1.000,00
Base imponible                                 1.000,00 €
IVA 21%                                          210,00 €
Retención IRPF 15%                              -150,00 €
Total a pagar                                  1.060,00 €
""",
    ),
    InvoiceText(
        "italian_iva",
        "732.00",
        """
Officina Bellini S.r.l.               Fattura n. 45/2024
P.IVA 01234567890                     Data 18/09/2024

Descrizione                 Q.tà   Prezzo     Importo
Revisione motore               1   450,00      450,00
Ricambi                        1   150,00      150,00

Imponibile                                    € 600,00
IVA 22%                                       € 132,00
Totale fattura                                € 732,00
""",
        plain=True,
    ),
    InvoiceText(
        "polish_vat",
        "1230.00",
        """
Usługi Informatyczne Kowalczyk            Faktura VAT 12/03/2024
NIP 521-300-12-34                         Data wystawienia: 2024-03-12

Lp  Nazwa            Ilość  Cena netto  Wartość netto  VAT   Kwota VAT  Wartość brutto
1   Serwis sieci         2      500,00       1 000,00  23%      230,00        1 230,00
Razem                                        1 000,00           230,00        1 230,00

Do zapłaty: 1 230,00 PLN
""",
        plain=True,
    ),
    InvoiceText(
        "swedish_moms",
        "2500.00",
        """
Bygg & Trä AB                      Faktura
Org.nr 556677-8899                 Fakturanr 10234
                                   Fakturadatum 2024-08-30
Arbete 8 tim                       1 600,00
Material                             400,00
Netto                              2 000,00
Moms 25%                             500,00
Att betala SEK                     2 500,00
""",
        plain=True,
    ),
    InvoiceText(
        "danish_moms",
        "1562.50",
        """
Nørrebro Cykler ApS                         FAKTURA 5521
CVR 12345678                                Dato: 14.05.2024

Cykel, brugt                                      1.000,00
Lås                                                 250,00
Subtotal                                          1.250,00
Moms 25%                                            312,50
I alt DKK                                         1.562,50
""",
        plain=True,
    ),
    InvoiceText(
        "norwegian_mva",
        "12500.00",
        """
Fjordutsikt Regnskap AS             Faktura 301
Fakturadato 01.10.2024
Regnskap, 3. kvartal                10 000,00
Sum eks. mva                        10 000,00
Mva 25 %                             2 500,00
Å betale                         kr 12 500,00
""",
        plain=True,
    ),
    InvoiceText(
        "finnish_alv",
        "248.00",
        """
Järven Puutarha Oy                LASKU
Y-tunnus 1234567-8                Laskun numero 778
                                  Laskun pvm 3.6.2024
Nurmikon leikkuu        2 kpl     100,00     200,00
Veroton                                      200,00
ALV 24 %                                      48,00
Maksettava yhteensä                          248,00 EUR
""",
        plain=True,
    ),
    InvoiceText(
        "czech_dph",
        "12100.00",
        """
Strojírna Vltava s.r.o.          FAKTURA - daňový doklad č. 2024010
IČ 12345678  DIČ CZ12345678      Datum vystavení: 15.01.2024
Oprava stroje                          10 000,00
Základ daně                            10 000,00 Kč
DPH 21 %                                2 100,00 Kč
Celkem k úhradě                        12 100,00 Kč
""",
        plain=True,
    ),
    InvoiceText(
        "portuguese_iva",
        "184.50",
        """
Padaria Aurora Lda                 Fatura FT 2024/77
NIF 501234567                      Data: 2024-02-20
Pão e bolos para evento              150,00
Total sem IVA                        150,00 €
IVA 23%                               34,50 €
Total a pagar                        184,50 €
""",
        plain=True,
    ),
    InvoiceText(
        "swiss_apostrophes",
        "13462.50",
        """
Alpenblick Architektur AG           Rechnung R-2024-19
MWST-Nr. CHE-123.456.789            Datum 28.03.2024
Honorar Vorprojekt                  CHF   10'000.00
Honorar Bauprojekt                  CHF    2'500.00
Zwischensumme                       CHF   12'500.00
MWST 7.7%                           CHF      962.50
Total                               CHF   13'462.50
""",
        plain=True,
    ),
    InvoiceText(
        "indian_lakhs_and_gst",
        "145729.99",
        """
Saraswati Textiles Pvt. Ltd.                TAX INVOICE
GSTIN 27AABCS1234F1Z5                       Invoice No. ST/23-24/118
                                            Date: 18-Nov-2023
Sl  Description          HSN    Qty     Rate        Amount
1   Cotton fabric        5208   500     200.00    1,00,000.00
2   Silk fabric          5007    47     500.00      23,499.99
Taxable Value                                   1,23,499.99
CGST 9%                                            11,115.00
SGST 9%                                            11,115.00
Grand Total                                 Rs. 1,45,729.99
Amount in words: Rupees One Lakh Forty Five Thousand Seven Hundred Twenty Nine and Ninety Nine Paise Only
""",
        plain=True,
    ),
    InvoiceText(
        "american_sales_tax",
        "216.50",
        """
Prairie Hardware Supply                        Invoice #10021
400 Main St, Omaha NE 68102                    Date 10/03/2024
Phone (402) 555-0182

Item                     Qty     Price      Total
Deck screws 5lb            4     12.50      50.00
Cedar boards              10     15.00     150.00
Subtotal                                  $200.00
Sales tax 8.25%                            $16.50
Amount Due                                $216.50
""",
        plain=True,
    ),
    InvoiceText(
        "saas_without_tax",
        "49.00",
        """
Invoice
Invoice number    8A3F-0007
Date of issue     April 2, 2024
Date due          April 2, 2024

Nimbus Notes, Inc.                      Bill to
548 Market St                           Jordan Fields
San Francisco, CA 94104                 jordan@example.com

$49.00 due April 2, 2024

Description                         Qty    Unit price    Amount
Team plan (Apr 2 - May 2, 2024)       1        $49.00    $49.00
                                           Subtotal      $49.00
                                           Total         $49.00
                                           Amount due    $49.00
""",
        plain=True,
    ),
    InvoiceText(
        "prepaid_nothing_due",
        "100.00",
        """
Sunrise Domains LLC          Invoice 5512
Date: 2024-01-08
Domain renewal, 5 years           $100.00
Sub Total                         $100.00
Total                             $100.00
Payment received 01/08/2024      -$100.00
Balance due                         $0.00
""",
        plain=True,
    ),
    InvoiceText(
        "prepaid_where_only_the_rest_is_named",
        "1000.00",
        """
Workshop Hall Ltd            Invoice 77
Date 2024-05-05
Hall hire                        1,000.00
Deposit received                   300.00
Amount due                         700.00
""",
    ),
    InvoiceText(
        "deposit_with_total",
        "1000.00",
        """
Workshop Hall Ltd            Invoice 78
Date 2024-05-06
Hall hire                          $800.00
Catering                           $200.00
Total                            $1,000.00
Deposit paid                      -$300.00
Balance due                        $700.00
""",
    ),
    InvoiceText(
        "balance_carried_forward",
        "60.00",
        """
City Water Utility                 Statement date 06/30/2024
Account 00451-22
Previous balance                   $42.10
Current charges                    $60.00
Total amount due                  $102.10
""",
    ),
    InvoiceText(
        "earlier_balance_and_tax",
        "119.00",
        """
Stadtwerke Musterhausen            Rechnung 9001
Rechnungsdatum 01.03.2024
Netto                               100,00
USt 19 %                             19,00
Rechnungsbetrag                     119,00
Rückstand aus Vormonat               50,00
Zu zahlen                           169,00
""",
    ),
    InvoiceText(
        "credit_note",
        "-119.00",
        """
Werkzeug Handel GmbH            Gutschrift Nr. G-2024-5
Datum: 12.02.2024
Rückgabe Bohrmaschine              100,00
MwSt 19%                            19,00
Gesamtbetrag                       119,00 EUR
""",
    ),
    InvoiceText(
        "negative_total",
        "-59.50",
        """
Papeterie Claire              Facture d'avoir 2024-9
Retour marchandise              -49,58
Total HT                        -49,58 €
TVA 20%                          -9,92 €
Total TTC                       -59,50 €
""",
    ),
    InvoiceText(
        "zero_total",
        "0.00",
        """
Open Cloud Hosting            Invoice 31
Date 2024-06-01
Free tier usage                 $0.00
Subtotal                        $0.00
Tax                             $0.00
Total                           $0.00
""",
    ),
    InvoiceText(
        "discount_between",
        "96.00",
        """
Garden Goods                    Invoice 812
Date 2024-04-04
Rake                            £40.00
Spade                           £60.00
Total                          £100.00
Discount 20%                   -£20.00
VAT 20%                         £16.00
Amount payable                  £96.00
""",
    ),
    InvoiceText(
        "unknown_language_net_called_total",
        "122.00",
        """
Ξενοδοχείο Αιγαίο                        Τιμολόγιο 55
15/07/2024
Διανυκτέρευση                          100,00
Total                                  100,00
ΦΠΑ 22%                                 22,00
Πληρωτέο                               122,00
""",
    ),
    InvoiceText(
        "two_currencies",
        "100.00",
        """
Globex Trading                 Invoice 90
Date 2024-03-03
Consulting                     USD 100.00
Total USD                          100.00
Total EUR                           92.50
""",
    ),
    InvoiceText(
        "cash_receipt_with_change",
        "12.87",
        """
CORNER BAKERY
21/09/2024 14:05   Till 3
Sourdough                 4.20
Coffee x2                 5.90
Croissant                 2.77
TOTAL                    12.87
CASH                     20.00
CHANGE                    7.13
Items 4
""",
        plain=True,
    ),
    InvoiceText(
        "german_receipt_tax_included",
        "23.80",
        """
Buchhandlung am Markt
Bon 5581   12.11.2024 16:20
Roman                        14,00 A
Kalender                      9,80 A
SUMME               EUR      23,80
Gegeben EC-Karte             23,80
enthaltene MwSt 19%           3,80
""",
    ),
    InvoiceText(
        "total_on_the_line_below",
        "845.25",
        """
Blue Fern Consulting              Invoice 2024-15
Issued: 5 May 2024

Strategy workshop                                700.00
Travel                                           105.00
Subtotal                                         805.00
Tax (5%)                                          40.25

                                         Amount due
                                         845.25 USD
""",
        plain=True,
    ),
    InvoiceText(
        "header_row_over_values",
        "357.00",
        """
Kiesel Druck GmbH       Rechnung 2210      07.08.2024
Flyer                       200,00
Plakate                     100,00

Netto          MwSt 19%        Gesamtbetrag
300,00            57,00              357,00
""",
        plain=True,
    ),
    InvoiceText(
        "columns_side_by_side",
        "238.00",
        """
Fotostudio Lumen                       Rechnung 66
                                       Datum 01.02.2024
Porträtserie                                          200,00
Bankverbindung: Sparkasse              Nettosumme     200,00 €
IBAN DE02 1203 0000 0000 2020 51       19% USt         38,00 €
BIC BYLADEM1001                        Gesamtsumme    238,00 €
""",
        plain=True,
    ),
    InvoiceText(
        "several_tax_rates",
        "3271.00",
        """
Feinkost Orsini KG              Rechnung 4402
Rechnungsdatum 19.04.2024
Wein 19%                                  1.500,00
Brot 7%                                   1.300,00
Summe netto                               2.800,00
MwSt 19% auf 1.500,00                       285,00
MwSt 7% auf 1.300,00                         91,00
Versand brutto                               95,00
Gesamtbetrag                              3.271,00
""",
    ),
    InvoiceText(
        "page_totals",
        "600.00",
        """
Long List Ltd                   Invoice 3000
Date 2024-01-31
Part A                          100.00
Part B                          200.00
Page total                      300.00

Carried forward                 300.00
Part C                          300.00
Total                           600.00
""",
    ),
    InvoiceText(
        "shipping_after_total",
        "57.50",
        """
Tea Merchants                   Invoice 12
Date: 2024-02-02
Darjeeling                      £20.00
Assam                           £30.00
Total                           £50.00
Delivery                         £7.50
To pay                          £57.50
""",
    ),
    InvoiceText(
        "two_invoices_in_one_file",
        "120.00",
        """
Office Cleaning Co              Invoice 1
Cleaning                        100.00
VAT 20%                          20.00
Total                           120.00

Office Cleaning Co              Invoice 2
Cleaning                        200.00
VAT 20%                          40.00
Total                           240.00
""",
    ),
    InvoiceText(
        "yen_without_decimals",
        "11000",
        """
Sakura Design KK                Invoice 2024-3
Date 2024-03-31
Logo design                     ¥10,000
Subtotal                        ¥10,000
Consumption tax 10%              ¥1,000
Total                           ¥11,000
""",
        plain=True,
    ),
    InvoiceText(
        "ambiguous_thousands",
        "1250",
        """
Quick Fix                       Bill 9
Repair                          1.250
Total                           $1.250
""",
    ),
    InvoiceText(
        "hotel_with_lone_total",
        "310.00",
        """
Hotel Meridiana                 Folio 8812
Arrival 02.03.2024  Departure 04.03.2024
Total charges                   310.00 EUR
""",
    ),
    InvoiceText(
        "withholding_and_rounding_india",
        "1180.00",
        """
Deccan Services                 Tax Invoice 20
Date 01-04-2024
Service                          1,000.00
IGST 18%                           180.00
Round off                           -0.40
TDS 10%                           -100.00
Net payable                      1,079.60
""",
    ),
    InvoiceText(
        "total_savings_and_points",
        "31.40",
        """
FRESH MARKET                    08/08/2024
Apples                   4.40
Cheese                  12.00
Wine                    15.00
TOTAL                   31.40
VISA ****1234           31.40
Total savings            6.20
Points earned             314
""",
        plain=True,
    ),
    InvoiceText(
        "statement_of_account",
        "300.00",
        """
Northern Paper Co               Statement of account 31/05/2024
Invoice 101   02/05/2024    100.00
Invoice 102   12/05/2024    200.00
Invoice 103   22/05/2024    300.00
Total outstanding           600.00
""",
    ),
    InvoiceText(
        "quantities_like_money",
        "321.30",
        """
Energie Nord                    Rechnung 8080     Datum 15.01.2024
Verbrauch 1.500,00 kWh  x 0,18      270,00 €
Netto                               270,00 €
USt 19 %                             51,30 €
Rechnungsbetrag                     321,30 €
""",
        plain=True,
    ),
    InvoiceText(
        "quantity_beside_total",
        "150.00",
        """
Stahlbau Rost                   Rechnung 5
Datum 02.05.2024
Schrauben         2     30,00         60,00
Muttern           3     30,00         90,00
Gesamt            5                  150,00 €
""",
        plain=True,
    ),
    InvoiceText(
        "net_only_total_called_total_without_tax_words",
        "1190.00",
        """
Freie Beratung                  Rechnung 3
Beratung                        600,00
Reisekosten                     400,00
Total                         1.000,00
19 % Zuschlag                   190,00
                              1.190,00
""",
    ),
    InvoiceText(
        "late_fee_notice",
        "250.00",
        """
Lakeside Storage                Invoice 410
Date 2024-09-01
Storage unit                    $250.00
Total due by 09/15              $250.00
Total due after 09/15           $275.00
""",
    ),
    InvoiceText(
        "instalments",
        "1200.00",
        """
Language School                 Invoice 2024-77
Course fee                    1,200.00
Instalment 1 of 3               400.00
Amount due now                  400.00
Remaining balance               800.00
""",
    ),
    InvoiceText(
        "usd_no_labels_known",
        "77.00",
        """
Muebles Arce
Silla                            77.00
""",
    ),
    InvoiceText(
        "spaces_between_quantity_and_price",
        "300.00",
        """
Kaffee Rösterei                 Rechnung 14
Datum 03.03.2024
Bohnen 2 150,00                 300,00
Summe                           300,00 €
""",
    ),
    InvoiceText(
        "tip_and_service",
        "57.50",
        """
Trattoria Nonna                 Check 221      06/06/2024
Pasta                           20.00
Pizza                           30.00
Subtotal                        50.00
Total                           50.00
Tip                              7.50
Card charged                    57.50
""",
    ),
    InvoiceText(
        "gift_card",
        "80.00",
        """
Toy Box                         Order invoice 61
Robot                           $50.00
Puzzle                          $30.00
Order total                     $80.00
Gift voucher                   -$20.00
Amount due                      $60.00
""",
    ),
    InvoiceText(
        "amounts_in_prose",
        "90.00",
        """
Lighthouse Press                Invoice 72       Date 2024-10-10
A late fee of $250.00 is charged on all invoices not settled within sixty days of the date above.
Proof reading                   $60.00
Printing                        $30.00
Invoice total                   $90.00
""",
        plain=True,
    ),
)
