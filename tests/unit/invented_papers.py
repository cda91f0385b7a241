"""Invented invoices and receipts in many layouts, with what a person reads off them. No real company, person or number."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """One invented page and its facts; a fact that is not named here is not looked at, None means it is not on the page."""

    name: str
    facts: dict[str, str | None]
    text: str


PAPERS = (
    Paper(
        "american cloud bill, long date with a blank before the comma, total in a sentence label",
        {
            "vendor": "Nimbus Web Services, Inc.",
            "invoice_number": "42183017",
            "date": "2014-08-03",
            "currency": "USD",
            "total": "4.11",
        },
        """
Nimbus Web Services Invoice
Email or talk to us about your account or bill, visit nimbus.com/contact-us/

                                                                 Invoice Summary
Account number:  12340123                                        Invoice Number:                    42183017
Address:                                                         Invoice Date:               August 3 , 2014
Jane Roe
500 Elm Ave.                                                     TOTAL AMOUNT DUE ON August 3 , 2014   $4.11
Springfield, IL, 62704, US

This invoice is for the billing period July 1 - July 31 , 2014

Greetings from Nimbus Web Services, we're writing to provide you with an electronic invoice for your use of our services.

Summary
NWS Service Charges                                                                          $4.11
    Charges                                                                                  $4.11
    Credits                                                                                  $0.00
    Tax                                                                                      $0.00
Total for this invoice                                                                       $4.11

Nimbus Web Services, Inc.    410 Terry Lane North, Seattle, WA 98109
""",
    ),
    Paper(
        "office furniture, references in a table head, untaxed amount, paid part",
        {
            "vendor": "Blue Interior",
            "invoice_number": "INV/2021/00012",
            "date": "2021-05-17",
            "currency": "USD",
            "net": "233.20",
            "tax": "34.98",
            "total": "268.18",
        },
        """
Blue Interior
4557 De Silva St
Fremont CA 94538
United States
                                                          Deco Addict
                                                          77 Santa Barbara Rd
                                                          Pleasant Hill CA 94523

Invoice INV/2021/00012

Invoice Date:          Due Date:             Source:            Reference:
05/17/2021             06/30/2021            S00021             XX-77

Description                              Quantity     Unit Price     Taxes          Amount
Office chair                             2.000        70.00          Tax 15.00%     $ 140.00
Desk lamp                                4.000        23.30          Tax 15.00%      $ 93.20

                                                      Untaxed Amount                $ 233.20
                                                      Tax 15%                        $ 34.98
                                                      Total                         $ 268.18
                                                      Paid on 05/20/2021            $ 100.00
                                                      Amount Due                    $ 168.18

Please use the following communication for your payment : INV/2021/00012
+1 555-555-5556   info@blue-interior.example.com   http://www.blueinterior.com
""",
    ),
    Paper(
        "french internet bill, total of your bill, address window right",
        {
            "vendor": "Fibre Rapide SAS",
            "invoice_number": "562044387",
            "date": "2015-07-02",
            "currency": "EUR",
            "net": "24.99",
            "tax": "5.00",
            "total": "29.99",
        },
        """
Fibre Rapide SAS                                          Facture n° 562044387
Service abonnés                                           Date de la facture : 02 juillet 2015
75371 PARIS CEDEX 08                                      Identifiant : 7 654 321

                                                          M. JEAN EXEMPLE
                                                          3 RUE DE LA GARE
                                                          38000 GRENOBLE

Période du 01 juillet 2015 au 31 juillet 2015

Abonnement                                                    HT              TVA          TTC
Forfait fibre                                               24,99 €         5,00 €       29,99 €
Total de votre facture TTC                                                                29,99 €

Le montant de 29,99 € sera prélevé le 10 juillet 2015 sur votre compte.
Fibre Rapide SAS au capital de 3 441 812 € - RCS Paris 421 938 861 - TVA intracommunautaire FR 60 421938861
""",
    ),
    Paper(
        "german telephone bill with amounts in columns and a window line",
        {
            "vendor": "Fernklang Deutschland GmbH",
            "invoice_number": "7201 3344 5566",
            "date": "2019-03-05",
            "currency": "EUR",
            "net": "33.57",
            "tax": "6.38",
            "total": "39.95",
        },
        """
Fernklang Deutschland GmbH, Postfach 10 20 30, 50998 Köln
                                                                              Seite             1/2
Frau                                                                          Datum             05.03.2019
Erika Beispiel                                                                Kundennummer      2201234567
Musterweg 12                                                                  Rechnungsnummer   7201 3344 5566
20095 Hamburg

Ihre Rechnung für März 2019

                                                                              Betrag (EUR)
Monatliche Beträge                                                            33,57
Summe (netto)                                                                 33,57
Umsatzsteuer 19 %                                                             6,38
Zu zahlender Betrag                                                           39,95

Der Rechnungsbetrag wird nicht vor dem 15.03.2019 von Ihrem Konto abgebucht.
Fernklang Deutschland GmbH, Sitz Köln, Amtsgericht Köln HRB 5919, Geschäftsführung: M. Muster, USt-IdNr. DE122265872
""",
    ),
    Paper(
        "dutch invoice with tax over a base",
        {
            "vendor": "Fietsenmaker De Ketting B.V.",
            "invoice_number": "2021.0123",
            "date": "2021-11-03",
            "currency": "EUR",
            "net": "100.00",
            "tax": "21.00",
            "total": "121.00",
        },
        """
FACTUUR

Jansen Bouw
t.a.v. de heer P. Jansen
Dorpsstraat 5
1234 AB Ons Dorp

Factuurnummer:       2021.0123                          Fietsenmaker De Ketting B.V.
Factuurdatum:        3 november 2021                    Kerkplein 1
Vervaldatum:         17 november 2021                   3511 AA Utrecht
Klantnummer:         10045                              KvK 12345678
                                                        BTW NL001234567B01
                                                        IBAN NL91ABNA0417164300

Omschrijving                         Aantal        Prijs        Totaal
Onderhoudsbeurt fiets                   2          50,00        100,00

                                     Totaal excl. BTW            € 100,00
                                     BTW 21% over 100,00          € 21,00
                                     Totaal te betalen           € 121,00

Gelieve het bedrag binnen 14 dagen over te maken o.v.v. het factuurnummer.
""",
    ),
    Paper(
        "polish invoice, seller and buyer side by side, thousands with blanks",
        {
            "vendor": "Zielony Ogród Sp. z o.o.",
            "invoice_number": "FV/12/03/2021",
            "date": "2021-03-12",
            "currency": "PLN",
            "net": "1000.00",
            "tax": "230.00",
            "total": "1230.00",
        },
        """
                                        FAKTURA VAT NR FV/12/03/2021
                                                                        Data wystawienia: 12.03.2021
                                                                        Data sprzedaży: 10.03.2021
                                                                        Termin płatności: 26.03.2021

Sprzedawca                                          Nabywca
Zielony Ogród Sp. z o.o.                            Jan Przykładowy
ul. Kwiatowa 7                                      ul. Długa 1/2
00-001 Warszawa                                     30-001 Kraków
NIP: 521-000-00-00                                  NIP: 676-000-00-00

Lp.  Nazwa towaru/usługi     J.m.   Ilość   Cena netto   Wartość netto   VAT %   Kwota VAT   Wartość brutto
1    Kosiarka                szt.   2       500,00       1 000,00        23      230,00      1 230,00

                                            Razem        1 000,00                230,00      1 230,00
                                            w tym        1 000,00        23      230,00      1 230,00

Razem do zapłaty: 1 230,00 zł
Słownie: jeden tysiąc dwieście trzydzieści złotych 00/100
Sposób zapłaty: przelew
""",
    ),
    Paper(
        "british invoice, net, vat and gross in one row under their heads",
        {
            "vendor": "Hedge & Sons Ltd",
            "invoice_number": "SI-10442",
            "date": "2022-02-01",
            "currency": "GBP",
            "net": "250.00",
            "tax": "50.00",
            "total": "300.00",
        },
        """
                                              Hedge & Sons Ltd
                              The Old Yard, Mill Lane, Leeds LS1 1AA  Tel: 0113 496 0000
                                     VAT Reg No: GB 123 4567 89

INVOICE TO                                                              SALES INVOICE
Brook Farm                                                              Invoice No     SI-10442
Long Road                                                               Tax Point      01/02/2022
York YO1 1AA                                                            Your Order     13/12

Details                                                  Net            VAT %       VAT
Hedge trimming 25 hours at £10.00                        250.00         20.00       50.00

                                                         Net Total      VAT Total   Invoice Total
                                                         £250.00        £50.00      £300.00

Payment due by 03/03/2022. Bank: Sort code 00-00-00 Account 12345678
""",
    ),
    Paper(
        "american form, values under labels in boxes, previous balance",
        {
            "vendor": "CONTROSA LTD.",
            "invoice_number": "INV-100",
            "date": "2019-11-15",
            "currency": "USD",
            "net": "100.00",
            "tax": "10.00",
            "total": "110.00",
        },
        """
CONTROSA LTD.                                                             INVOICE
Controsa Headquarters
123 456th St                                                              INVOICE: INV-100
New York, NY, 10001                                                       INVOICE DATE: 11/15/2019
                                                                          DUE DATE: 12/15/2019
                                                                          CUSTOMER NAME: MIGHTY CORPORATION
                                                                          SERVICE PERIOD: 10/14/2019 - 11/14/2019
                                                                          CUSTOMER ID: CID-12345
BILL TO:                          SHIP TO:                        SERVICE ADDRESS:
Mighty Finance                    Mighty Delivery                 Mighty Services
123 Bill St                       123 Ship St                     123 Service St
Redmond WA, 98052                 Redmond WA, 98052               Redmond WA, 98052

SALESPERSON      P.O. NUMBER      REQUISITIONER      SHIPPED VIA      TERMS
                 PO-3333

QUANTITY         DESCRIPTION                               UNIT PRICE          TOTAL
1                Test for 23 fields                                $1.00          $100.00

                                                           SUBTOTAL          $100.00
                                                           SALES TAX          $10.00
                                                           TOTAL             $110.00
                                                           PREVIOUS UNPAID BALANCE   $500.00
                                                           AMOUNT DUE        $610.00

THANK YOU FOR YOUR BUSINESS!
REMIT TO:
Controsa Billing
123 Remit St
New York, NY, 10001
""",
    ),
    Paper(
        "swiss invoice with apostrophes and rounding to five rappen",
        {
            "vendor": "Alpenblick Treuhand AG",
            "invoice_number": "RE-2020-0815",
            "date": "2020-06-30",
            "currency": "CHF",
            "total": "1346.25",
        },
        """
Alpenblick Treuhand AG
Seestrasse 1
8001 Zürich
CHE-123.456.789 MWST

Herr
Beat Beispiel
Dorfweg 3
6300 Zug

Zürich, 30. Juni 2020

Rechnung Nr. RE-2020-0815

Bezeichnung                              Stunden      Ansatz           Betrag CHF
Steuererklärung                          10.00        125.00             1'250.00

Zwischentotal                                                            1'250.00
MWST 7.7%                                                                   96.25
Rundungsdifferenz                                                            0.00
Total CHF                                                                1'346.25

Zahlbar innert 30 Tagen
""",
    ),
    Paper(
        "german supermarket receipt with a tax table by letters",
        {
            "vendor": "Frischmarkt Müller oHG",
            "date": "2020-02-24",
            "currency": "EUR",
            "total": "12.34",
            "invoice_number": "4711",
        },
        """
              FRISCHMARKT
           Frischmarkt Müller oHG
           Hauptstr. 1
           53111 Bonn
         UID Nr.: DE812706034
                                  EUR
MILCH 3,5%                       1,09 B
BROT                             2,49 B
WEIN                             8,76 A
--------------------------------------
SUMME                EUR        12,34
======================================
Geg. BAR             EUR        20,00
Rückgeld BAR         EUR         7,66

Steuer  %     Netto      Steuer     Brutto
A= 19,0%       7,36        1,40       8,76
B=  7,0%       3,35        0,23       3,58
Gesamtbetrag  10,71        1,63      12,34

24.02.2020     18:33      Bon-Nr.:4711
Markt:0551     Kasse:3    Bed.:222222

        Vielen Dank für Ihren Einkauf
""",
    ),
    Paper(
        "malaysian restaurant, service charge, tax, rounding, letters for digits",
        {
            "vendor": "KEDAI MAKAN SEDAP SDN BHD",
            "date": "2018-06-04",
            "currency": "MYR",
            "total": "25.65",
            "invoice_number": "A0012345",
        },
        """
        KEDAI MAKAN SEDAP SDN BHD
            (1234567-K)
        NO 3, JALAN SS 2/24
        47300 PETALING JAYA
        GST ID : 000123456789

            TAX INVOICE
BILL NO : A0012345
DATE : 04/06/2018 13:22:10       TABLE: 7

2 NASI LEMAK                        17.00
2 TEH O AIS                          5.00

SUBTOTAL                            22.OO
SVC CHG 10%                          2.20
GST 6%                               1.45
ROUNDING ADJ                         0.00
TOTAL (RM)                          25.65
CASH                                50.00
CHANGE                              24.35
        TERIMA KASIH
""",
    ),
    Paper(
        "american hardware receipt",
        {
            "vendor": "HOMETOWN TOOLS",
            "date": "2019-12-28",
            "currency": "USD",
            "net": "43.97",
            "tax": "3.63",
            "total": "47.60",
        },
        """
             HOMETOWN TOOLS
          1200 W MAIN ST
          TULSA, OK 74103
          (918) 555-0188

12/28/19  3:41 PM        REG 02   CLK 117

0401  HAMMER 16OZ             18.99
0777  WOOD SCREWS  2 @ 4.99    9.98
0912  SAW BLADE               15.00

      SUBTOTAL                43.97
      SALES TAX 8.25%          3.63
      TOTAL                  $47.60
      DEBIT CARD             $47.60

AUTH CODE 009911
    RETURNS WITHIN 90 DAYS
""",
    ),
    Paper(
        "french small business without tax, sender at the left, credit transfer",
        {
            "vendor": "Atelier du Bois",
            "invoice_number": "2020-017",
            "date": "2020-09-14",
            "currency": "EUR",
            "total": "480.00",
        },
        """
Atelier du Bois                                                          FACTURE
14 chemin des Vignes
26000 Valence                                                            Facture N° : 2020-017
Siret : 123 456 789 00012                                                Date : 14/09/2020
contact@atelierdubois.fr
                                                                         Facturé à :
                                                                         Mairie de Bourg
                                                                         1 place du Marché
                                                                         26300 Bourg

Désignation                               Qté       Prix unitaire     Total
Restauration d'un banc                    4         120,00 €          480,00 €

                                                    Total à payer     480,00 €
TVA non applicable, art. 293 B du CGI
Date limite de paiement : 14/10/2020
""",
    ),
    Paper(
        "utility bill, what is due and nothing else",
        {"vendor": "City Water Works", "date": "2020-01-15", "currency": "USD", "total": "88.40"},
        """
City Water Works                                         Statement Date          January 15, 2020
P.O. Box 100                                             Account Number          0099-1234
Austin, TX 78701                                         Due Date                February 5, 2020

Service Address: 12 OAK ST, AUSTIN, TX 78702

Previous Balance                                     $75.10
Payment Received - Thank You                        -$75.10
Balance Forward                                       $0.00
Water 5,000 gallons                                  $40.40
Wastewater                                           $48.00
Total Current Charges                                $88.40
Total Amount Due                                     $88.40
Amount Due After 02/05/2020                          $92.82
""",
    ),
    Paper(
        "german rental invoice, label and value in one sentence, paid in advance",
        {
            "vendor": "Wagenpark Nord GmbH",
            "invoice_number": "M-88/2018",
            "date": "2018-10-01",
            "currency": "EUR",
            "net": "200.00",
            "tax": "38.00",
            "total": "238.00",
        },
        """
Wagenpark Nord GmbH · Hafenstraße 9 · 24103 Kiel

Firma
Küstenbau AG
Strandweg 4
24105 Kiel

Rechnung Nr. M-88/2018 vom 01.10.2018
Ihr Auftrag vom 20.09.2018, Leistungszeitraum 21.09.2018 bis 30.09.2018

Pos  Bezeichnung                 Menge    Einzelpreis      Gesamtpreis
1    Transporter, 10 Tage        10       20,00 €          200,00 €

Nettobetrag                                               200,00 €
zzgl. 19 % MwSt.                                           38,00 €
Rechnungsbetrag                                           238,00 €
abzüglich Anzahlung vom 20.09.2018                       -100,00 €
Restbetrag                                                138,00 €

Bitte zahlen Sie bis zum 15.10.2018. Bei Zahlung innerhalb von 8 Tagen gewähren wir 2 % Skonto (4,76 €).
Geschäftsführer: N. Nord  |  Amtsgericht Kiel HRB 123  |  USt-IdNr. DE111222333
""",
    ),
    Paper(
        "indian hotel, rupees without decimals on one line, grand total",
        {"vendor": "Lotus Stay", "date": "2017-12-31", "currency": "INR", "total": "1939.00"},
        """
                                   Lotus Stay
                                   INVOICE
Booking ID: LSAB1234                                       Date: 31/12/2017
Guest Name: Ravi Example

Room tariff                                                ₹ 1,731.25
GST @12%                                                     ₹ 207.75
Grand Total                                                ₹ 1,939.00
Payment made                                                   ₹ 0.00
Balance due                                                ₹ 1,939.00
""",
    ),
    Paper(
        "letter with a company in the footer only",
        {
            "vendor": "Südwind Energie GmbH & Co. KG",
            "invoice_number": "90-4411",
            "date": "2016-04-20",
            "currency": "EUR",
            "total": "1190.00",
        },
        """
                                                                                    RECHNUNG

Autohaus Stern
Herr Klaus Stern
Ringstraße 20
70173 Stuttgart

                                                               Rechnungs-Nr.        90-4411
                                                               Datum                20.04.2016
                                                               Kunden-Nr.           4711
                                                               Lieferdatum          18.04.2016

Artikel                     Menge          Preis          Summe
Solarmodul                  10 Stk         100,00         1.000,00

                                           Summe          1.000,00
                                           19% USt          190,00
                                           Gesamt EUR     1.190,00

Fällig am 04.05.2016

Südwind Energie GmbH & Co. KG          Bank: Musterbank               Geschäftsführer: S. Wind
Bergstr. 4, 79098 Freiburg             IBAN DE02 1203 0000 0000 2020 51   HRA 1234 Freiburg
info@suedwind-energie.de               BIC BYLADEM1001                USt-ID DE999888777
""",
    ),
    Paper(
        "credit note, printed negative",
        {
            "vendor": "Papeterie Lumière SARL",
            "invoice_number": "AV-0007",
            "date": "2021-01-08",
            "currency": "EUR",
            "net": "50.00",
            "tax": "10.00",
            "total": "60.00",
        },
        """
Papeterie Lumière SARL - 3 rue du Lac - 74000 Annecy

Avoir N° AV-0007                                            Date : 08/01/2021
sur facture F-0101 du 04/01/2021
                                                            Client : Lycée Modèle
Désignation                         Qté       P.U. HT       Montant HT
Cahiers repris                      10        5,00 €         -50,00 €
                                              Total HT       -50,00 €
                                              TVA 20 %       -10,00 €
                                              Total TTC      -60,00 €
""",
    ),
    Paper(
        "receipt with the total on the row after its label",
        {"vendor": "MINI MART 88 ENTERPRISE", "date": "2017-07-16", "currency": "MYR", "total": "7.50"},
        """
      MINI MART 88 ENTERPRISE
      NO.5 JLN INDAH 3, TMN INDAH
      81200 JOHOR BAHRU

16/7/2017  9:02:11 PM   Receipt# 000451
MINERAL WATER      3 x 1.50        4.50 Z
TISSUE                             3.00 S
TOTAL
                                  RM7.50
CASH                             RM10.00
CHANGE                            RM2.50
""",
    ),
    Paper(
        "paper with two totals that differ and no reason given",
        {"vendor": "Twofold Trading", "date": "2021-06-01", "currency": "EUR"},
        """
Twofold Trading                         Invoice No. 77
                                        Invoice date: 2021-06-01
Consulting                              EUR 900.00
Invoice total                           EUR 900.00

Total amount payable                    EUR 950.00
""",
    ),
    Paper(
        "fast food receipt, total includes tax",
        {
            "vendor": "BURGER HUT RESTAURANTS SDN BHD",
            "date": "2018-03-12",
            "currency": "MYR",
            "total": "15.90",
            "tax": "0.90",
        },
        """
      BURGER HUT RESTAURANTS SDN BHD
      (65351-M)
      GST ID: 000504664064
      Level 6, Bangunan TH, Damansara
TEL NO. 03-7843 3388

TAX INVOICE
ORD #07 -REG #19- 12/03/2018 19:30:44
QTY ITEM                             TOTAL
1 L Spicy Meal                       15.90
TakeOut Total (incl GST)             15.90
Total Rounded                        15.90
Cash Tendered                        20.00
Change                                4.10
TOTAL INCLUDES 6% GST                 0.90
""",
    ),
    Paper(
        "bakery delivery invoice",
        {
            "vendor": "ROTI SEGAR BAKERIES (KL) SDN BHD",
            "invoice_number": "7892F711",
            "date": "2017-08-15",
            "currency": "MYR",
            "total": "32.74",
        },
        """
ROTI SEGAR BAKERIES (KL) SDN BHD (139386 X)
Lot 3, Jalan Pelabur 23/1,
40300 Shah Alam, Selangor.
Tel: 03- 55423228  Fax: 03- 55423213
GST ID: 000381399040
TAX INVOICE / ADJUSTMENT NOTE
CASH  VE04: RETAILER
MAKASSAR FRESH MARKET SDN BHD
GROUND FLOOR, LOT 1 & LOT 2, JLN BS 7/1
Invoice No.: 7892F711                VE04: SLIM
Date : 15/08/2017                    TIME: 05:10:33
Description          Qty     U.P     Total RM
WHITE BREAD           10    2.78        27.80
TOTAL 0% supplies:                      27.80
TOTAL 6% supplies (excl. GST):           4.66
GST:                                     0.28
Total Payable:                          32.74
E. & O.E.
Received above goods in good order condition.
""",
    ),
    Paper(
        "cloud host invoice, from and for",
        {
            "vendor": "Octo Droplets LLC",
            "invoice_number": "439193840",
            "date": "2022-03-01",
            "currency": "USD",
            "total": "4.35",
        },
        """
Octo                                                       Final invoice for the February 2022 billing period

From                                                       Details
Octo Droplets LLC                                          Invoice number:        439193840
101 Avenue of the Example                                  Date of issue:         March 1, 2022
10th Floor                                                 Payment due on:        March 1, 2022
New York, NY 10013

For                                                        Summary
My Team                                                    Total usage charges    $4.35
me@example.com                                             Subtotal               $4.35
                                                           Total due              $4.35

                                                           A credit card on file will be charged within 24 hours.
Product usage charges
Droplets                                                   Hours    Start          End            $4.35
s-1vcpu (web)                                              672      02-01 00:00    03-01 00:00    $4.35
""",
    ),
    Paper(
        "subscription invoice in stripes",
        {
            "vendor": "Paperplane Software Inc.",
            "invoice_number": "5BF2A1C9-0003",
            "date": "2022-08-01",
            "currency": "USD",
            "total": "20.00",
        },
        """
Invoice                                                                      Paperplane

Invoice number   5BF2A1C9-0003
Date of issue    August 1, 2022
Date due         August 1, 2022

Paperplane Software Inc.                         Bill to
548 Market St                                    Jane Roe
San Francisco, California 94104                  12 Elm Street
United States                                    Portland, Oregon 97201
support@paperplane.example                       United States

$20.00 due August 1, 2022

Description                                      Qty         Unit price          Amount
Pro plan                                         1           $20.00              $20.00
Aug 1 - Sep 1, 2022

                                                 Subtotal                        $20.00
                                                 Total                           $20.00
                                                 Amount due                      $20.00 USD
""",
    ),
    Paper(
        "german marketplace invoice",
        {
            "vendor": "Technik Welt e.K.",
            "invoice_number": "DE20211234",
            "date": "2021-04-03",
            "currency": "EUR",
            "total": "23.98",
            "net": "20.15",
            "tax": "3.83",
        },
        """
                                                                  Rechnung
Rechnungsadresse                                                  Zahlungsreferenznummer   7Gh3Kd
Max Mustermann                                                    Verkauft von             Technik Welt e.K.
Musterallee 3                                                     USt-IDNr.                DE123123123
10115 Berlin                                                      Rechnungsdatum           03 April 2021
DE                                                                /Lieferdatum
                                                                  Rechnungsnummer          DE20211234
                                                                  Zahlbetrag               23,98 €
Lieferadresse                    Verkauft von
Max Mustermann                   Technik Welt e.K.
Musterallee 3                    Werkstr. 8
10115 Berlin                     76131 Karlsruhe

Bestelldatum 02 April 2021       Bestellnummer 305-1234567-7654321
Beschreibung                                  Menge    Stückpreis      USt. %    Stückpreis        Zwischensumme
                                                       (ohne USt.)               (inkl. USt.)      (inkl. USt.)
USB Kabel 2m                                  2        10,08 €         19%       11,99 €           23,98 €
Versandkosten                                          0,00 €                    0,00 €             0,00 €
                                                                                 Gesamtpreis       23,98 €
USt. %      Zwischensumme (ohne USt.)         USt.
19%         20,15 €                           3,83 €
Gesamt      20,15 €                           3,83 €
""",
    ),
    Paper(
        "french supermarket ticket",
        {"vendor": "SUPER MARCHE DES HALLES", "date": "2019-06-21", "currency": "EUR", "total": "23.45"},
        """
         SUPER MARCHE DES HALLES
           12 RUE DU MARCHE
            69002 LYON
          TEL 04 78 00 00 00

BAGUETTE TRADITION              1,10
FROMAGE COMTE                  12,35
VIN ROUGE                      10,00

TOTAL A PAYER  EUR             23,45
CB                             23,45

TVA     HT       TTC
5,50%  12,75   0,70  13,45
20,00%  8,33   1,67  10,00

21/06/19 18:42   CAISSE 04  TICKET 001234
    MERCI DE VOTRE VISITE
""",
    ),
    Paper(
        "dutch till receipt",
        {"vendor": "Bakkerij De Krokante Korst", "date": "2021-02-06", "currency": "EUR", "total": "12.34"},
        """
      Bakkerij De Krokante Korst
        Markt 3, 5611 EB Eindhoven
        BTW nr NL001122334B55

Volkoren brood        2 x 2,60     5,20
Appeltaart                         7,14
                               --------
TOTAAL                         EUR 12,34
PIN                            EUR 12,34
Terug                          EUR  0,00

BTW 9% over 11,32                   1,02

06-02-2021 10:15  Bon: 20817
   Bedankt en tot ziens
""",
    ),
    Paper(
        "polish fiscal receipt",
        {
            "vendor": "SKLEP POD LIPĄ",
            "date": "2020-10-02",
            "currency": "PLN",
            "total": "30.00",
            "tax": "5.61",
        },
        """
            SKLEP POD LIPĄ
        ANNA PRZYKŁAD, UL. LIPOWA 1
            90-001 ŁÓDŹ
          NIP 725-000-00-00
2020-10-02                     nr wydr.123456
          PARAGON FISKALNY
KAWA ZIARNISTA       1 * 30,00      30,00 A
SPRZEDAŻ OPODATK. A                  30,00
PTU A 23,00%                          5,61
SUMA PTU                              5,61
SUMA PLN                             30,00
GOTÓWKA PLN                          50,00
RESZTA PLN                           20,00
""",
    ),
    Paper(
        "contractor without cents",
        {
            "vendor": "Bob's Roofing LLC",
            "invoice_number": "2041",
            "date": "2023-04-18",
            "currency": "USD",
            "total": "1450",
        },
        """
Bob's Roofing LLC
88 Barn Rd, Dayton, OH 45402
(937) 555-0100

INVOICE                                              # 2041
                                                     Date: 4/18/2023
To: Mary Moe
    5 Hill St, Dayton, OH 45410

Roof repair, labor                                   $1,200
Materials                                              $250
                                                     ------
TOTAL                                                $1,450
Thank you!
""",
    ),
    Paper(
        "french invoice with label above value boxes",
        {
            "vendor": "Menuiserie Duval SARL",
            "invoice_number": "F2021-118",
            "date": "2021-09-30",
            "currency": "EUR",
            "net": "1500.00",
            "tax": "300.00",
            "total": "1800.00",
        },
        """
Menuiserie Duval SARL                                        Société Exemple
ZA des Pins                                                  45 avenue de la Paix
40000 Mont-de-Marsan                                         33000 Bordeaux

   Numéro de facture        Date             Code client       Echéance
   F2021-118                30/09/2021       C0042             31/10/2021

Référence     Désignation                    Qté      P.U. HT      Montant HT
POR01         Porte chêne                    3        500,00       1 500,00

   Total HT          TVA 20,00 %        Total TTC         Acompte         Net à payer
   1 500,00          300,00             1 800,00          800,00          1 000,00 €

Menuiserie Duval SARL au capital de 8 000 € - RCS Mont-de-Marsan 444 555 666 - N° TVA FR12444555666
""",
    ),
    Paper(
        "german handwritten style, only brutto with vat inside",
        {"vendor": "Gasthof Zur Linde", "date": "2022-07-17", "currency": "EUR", "total": "84.60"},
        """
        Gasthof Zur Linde
        Inh. Karl Koch
        Dorfstr. 8, 87561 Oberstdorf
        St.-Nr. 123/456/78901

Rechnung Nr. 00321            Tisch 12
17.07.2022  20:44

2  Schweinebraten      16,90      33,80
2  Forelle             19,90      39,80
2  Bier 0,5             5,50      11,00
------------------------------------------
Gesamt                            84,60 EUR
inkl. 19% MwSt                    13,51
Es bediente Sie: Anna
""",
    ),
)
