"""Fictional vendors, buyers and what they sell. None of them exists."""

from dataclasses import replace
from decimal import Decimal

from deployments.samples.invoice import Firm, Language, SampleLine


def iban(country: str, account: str) -> str:
    """An IBAN with right check digits over an *account* that no bank holds, in groups of four."""
    letters = "".join(str(int(mark, 36)) for mark in account + country + "00")
    whole = f"{country}{98 - int(letters) % 97:02d}{account}"
    return " ".join(whole[place : place + 4] for place in range(0, len(whole), 4))


LINDENHOF = Firm(
    name="Kontor Lindenhof GmbH",
    trade="Büromöbel und Einrichtung",
    street="Speicherstraße 14",
    town="20457 Hamburg",
    vat_id="DE000482731",
    iban=iban("DE", "999999990000204170"),
    mail="rechnung@lindenhof.example",
    phone="+49 40 0000 417",
)
HARROW = Firm(
    name="Harrow & Pike Ltd",
    trade="Web hosting and support",
    street="8 Cornmarket Row",
    town="Bristol BS1 9ZZ",
    vat_id="GB 000 4417 29",
    iban=iban("GB", "HOLD99999900044172"),
    mail="accounts@harrowpike.example",
    phone="+44 117 000 4417",
)
BEAUME = Firm(
    name="Atelier Beaumé SARL",
    trade="Imprimerie et papeterie",
    street="27, rue des Tanneurs",
    town="69009 Lyon",
    vat_id="FR 00 000482731",
    iban=iban("FR", "99999999990000482731099"),
    mail="facturation@beaume.example",
    phone="+33 4 00 00 48 27",
)
VEENSTRA = Firm(
    name="Veenstra Koffie B.V.",
    trade="Koffie en thee voor kantoor",
    street="Prinsengracht 3001",
    town="1017 ZZ Amsterdam",
    vat_id="NL000048273B00",
    iban=iban("NL", "HOLD0000482731"),
    mail="administratie@veenstra.example",
    phone="+31 20 000 4827",
)
SOSNOWA = Firm(
    name="Hurtownia Sosnowa Sp. z o.o.",
    trade="Artykuły biurowe",
    street="ul. Świętojańska 118",
    town="81-391 Gdynia",
    vat_id="000-048-27-31",
    iban=iban("PL", "999999990000000004827310"),
    mail="biuro@sosnowa.example",
    phone="+48 58 000 48 27",
)
NORTHGATE = Firm(
    name="Northgate Freight Ltd",
    trade="Road and sea freight",
    street="41 Dock Parade",
    town="Hull HU1 9ZZ",
    vat_id="GB 000 4827 31",
    iban=iban("GB", "HOLD99999900048273"),
    mail="billing@northgate.example",
    phone="+44 1482 000 482",
)
AMERICAN = Firm(
    name="Ridge Supply, Inc.",
    trade="Industrial supplies",
    street="1200 Juniper Ave, Suite 4",
    town="Denver, CO 80299",
    vat_id="00-0048273",
    iban="routing 000000000, account 48273100",
    mail="billing@ridgesupply.example",
    phone="+1 303 555 0148",
)
VENDORS: dict[Language, tuple[Firm, ...]] = {
    "de": (LINDENHOF, replace(LINDENHOF, name="Bäckerei Sonntag", trade="", mail="kontakt@sonntag.example")),
    "en": (HARROW, NORTHGATE, replace(NORTHGATE, name="Studio Fable", mail="hello@fable.example")),
    "fr": (
        BEAUME,
        replace(BEAUME, name="Cabinet Morel & Fils", trade="Conseil", mail="contact@morel.example"),
    ),
    "nl": (
        VEENSTRA,
        replace(VEENSTRA, name="Drukkerij De Vaart", trade="Drukwerk", mail="post@devaart.example"),
    ),
    "pl": (SOSNOWA, replace(SOSNOWA, name="Piekarnia Wierzbicki", trade="", mail="biuro@wierzbicki.example")),
}

BUYER = Firm(
    name="Marlowe Analytics GmbH",
    street="Gartenweg 5",
    town="10115 Berlin",
    country="Germany",
    vat_id="DE000771904",
)

BUYERS = (
    BUYER,
    Firm(name="Ostrava Labs s.r.o.", street="Nádražní 12", town="702 00 Ostrava", vat_id="CZ00077190"),
    Firm(name="Jane Merrick", street="22 Orchard Close", town="Leeds LS1 9ZZ"),
    Firm(
        name="Société Valmont SAS", street="4, place du Marché", town="33000 Bordeaux", vat_id="FR00000077190"
    ),
)
"""Who buys, a person among them."""

CURRENCY: dict[Language, tuple[str, ...]] = {
    "de": ("EUR",),
    "en": ("GBP", "USD", "EUR"),
    "fr": ("EUR",),
    "nl": ("EUR",),
    "pl": ("PLN", "EUR"),
}

RATES: dict[Language, tuple[str, str]] = {
    "de": ("19", "7"),
    "en": ("20", "5"),
    "fr": ("20", "5.5"),
    "nl": ("21", "9"),
    "pl": ("23", "8"),
}

WARES: dict[Language, tuple[tuple[str, str, str], ...]] = {
    "de": (
        ("Schreibtisch Eiche 160 x 80 cm", "489.00", "Stk."),
        ("Bürostuhl mit Netzrücken", "214.50", "Stk."),
        ("Montage vor Ort", "68.00", "Std."),
        ("Rollcontainer abschließbar", "159.90", "Stk."),
        ("Kopierpapier A4, 80 g/m²", "4.79", "Pack"),
        ("Lieferung frei Bordsteinkante", "39.00", ""),
        ("Fachbuch Arbeitsplatzgestaltung", "34.90", "Stk."),
    ),
    "en": (
        ("Managed web hosting, monthly", "86.00", ""),
        ("Domain renewal, 12 months", "14.25", ""),
        ("Support hours, senior engineer", "95.00", "h"),
        ("Off-site backup, 500 GB", "23.40", ""),
        ("TLS certificate, wildcard", "129.00", ""),
        ("Pallet freight, dock to dock", "312.75", ""),
        ("Training workshop, half day", "540.00", ""),
    ),
    "fr": (
        ("Impression brochures A5, 24 pages", "1.85", ""),
        ("Papier à lettres à en-tête", "0.21", ""),
        ("Création graphique", "62.00", "h"),
        ("Livre d'or relié main", "48.50", ""),
        ("Frais de livraison", "18.90", ""),
        ("Cartes de visite, lot de 100", "27.00", ""),
    ),
    "nl": (
        ("Koffiebonen Ethiopië, 1 kg", "18.95", ""),
        ("Groene thee, doos 100 zakjes", "11.40", ""),
        ("Onderhoud espressomachine", "125.00", ""),
        ("Huur koffiemachine, per maand", "79.00", ""),
        ("Bezorgkosten", "7.50", ""),
        ("Melkkan roestvrij staal", "22.80", ""),
    ),
    "pl": (
        ("Papier ksero A4, ryza 500 ark.", "21.90", "szt."),
        ("Segregator dźwigniowy 75 mm", "12.40", "szt."),
        ("Długopis żelowy niebieski", "3.85", "szt."),
        ("Toner do drukarki laserowej", "248.00", "szt."),
        ("Książka: Podstawy księgowości", "69.00", "szt."),
        ("Dostawa kurierska", "18.50", "usł."),
    ),
}


def line(language: Language, ware: int, quantity: str, *, low: bool = False) -> SampleLine:
    """Position *ware* of the language's price list, at the standard or the *low* tax rate."""
    description, price, unit = WARES[language][ware]
    rate = Decimal(RATES[language][low])
    return SampleLine(description, Decimal(quantity), Decimal(price), rate, unit)
