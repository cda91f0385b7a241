"""A loan dossier of fictional people, as text files that our own code writes: small, complete, with one of each fault, or
of fifty papers; and a language model that reads it as the rules do."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from tasks.offline.mortgage.classify import classify
from tasks.offline.mortgage.read_paper import read_paper

APPLICANT, CO_APPLICANT, OTHER = "Nora Winterfeld", "Ida Lindqvist", "Piet Bakker"

APPLICATION = {
    "applicant": APPLICANT,
    "declared": {
        "dob": "1988-04-02",
        "streetAddress": "14 Quay Street",
        "city": "Bristol",
        "state": "RI",
        "zipCode": "02809",
        "annualIncome": 78000,
        "monthlyDebt": 310,
    },
    "loan": {
        "loanPurpose": "Purchase",
        "loanAmount": 240000,
        "propertyStreet": "9 Harbor Lane",
        "propertyCity": "Warren",
        "propertyState": "RI",
        "propertyZip": "02885",
        "occupancyType": "PrimaryResidence",
        "productType": "30-Year Fixed",
    },
}


def w2(year: int, *, person: str = APPLICANT, wages: str = "78,000.00", ssn: str = "XXX-XX-4410") -> str:
    """A W-2 as boxes: labels over their values."""
    given, family = person.split()
    return f"""
 22222      a Employee's social security number
                 {ssn}                       OMB No. 1545-0008
 b Employer identification number (EIN)          1 Wages, tips, other compensation   2 Federal income tax withheld
   05-1234567                                       {wages}                            9,360.00
 c Employer's name, address, and ZIP code        3 Social security wages             4 Social security tax withheld
   Tidewater Instruments Inc                        {wages}                            4,836.00
   200 Dockside Road                             5 Medicare wages and tips           6 Medicare tax withheld
   Bristol, RI 02809                                {wages}                            1,131.00
 e Employee's first name and initial   Last name
   {given}                             {family}
   14 Quay Street
   Bristol, RI 02809
Form W-2  Wage and Tax Statement        {year}        Department of the Treasury - Internal Revenue Service
"""


def stub(start: str, end: str, *, this_year: str, person: str = APPLICANT) -> str:
    """A pay stub of two weeks."""
    return f"""
Tidewater Instruments Inc                                      PAY STATEMENT
200 Dockside Road, Bristol, RI 02809

Employee name: {person}                                  Period beginning:  {start}
SSN: XXX-XX-4410                                               Period ending:     {end}
                                                               Pay date:          {end}
Earnings              Rate        Hours        This period         Year to date
Regular              37.50        80.00           3,000.00         {this_year}
Gross pay                                        $3,000.00         {this_year}
Federal income tax                                 360.00
Net pay                                          $2,210.40
"""


def statement(
    month: int, begin: str, end: str, *, deposits: str = "6,000.00", person: str = APPLICANT
) -> str:
    """A bank statement of a month with 30 days."""
    return f"""
Narragansett Savings Bank                                      Statement of Account
                                                               Statement period: {month:02}/01/2025 to {month:02}/30/2025
Customer name: {person}
Account number: ****7781

Beginning balance             {begin}
Total deposits                {deposits}
Total withdrawals             1,500.00
Ending balance                {end}

Date       Description                     Withdrawals        Deposits       Balance
{month:02}/05      Payroll Tidewater                                  6,000.00
{month:02}/11      Rent                              1,500.00
"""


LICENSE = f"""
RHODE ISLAND                       DRIVER LICENSE
 DL 7719002        CLASS 10
 LN: {APPLICANT.split()[1].upper()}
 FN: {APPLICANT.split(maxsplit=1)[0].upper()}
 DOB: 04/02/1988       EXP: 04/02/2029
 ADDRESS:
 14 QUAY ST
 BRISTOL, RI 02809
 SEX F   HGT 5-06   EYES BLU
"""

AUTHORIZATION = f"""
        BORROWER AUTHORIZATION
Borrower name: {APPLICANT}
I hereby authorize the lender to obtain my credit report and to verify my employment.
Signature: {APPLICANT}            Date: December 1, 2025
"""

CAR_LOAN = f"""
OCEAN STATE MOTOR CREDIT                      Auto Loan Statement
Borrower: {APPLICANT}
Account number: XXXX-3310
Vehicle: 2021 hatchback
Original loan amount:          $18,000.00
Current principal balance:     $9,450.00
Monthly payment:               $310.00
"""

CONTRACT = f"""
         RESIDENTIAL PURCHASE AGREEMENT
Contract date: 11/28/2025
Buyer: {APPLICANT}
Seller: Owen Example
Property address: 9 Harbor Lane, Warren, RI 02885
Purchase price: $300,000.00
Down payment: $60,000.00
Loan amount: $240,000.00
Earnest money: $3,000.00
"""

PAPERS: dict[str, str] = {
    "application.json": json.dumps(APPLICATION, indent=1),
    "authorization.txt": AUTHORIZATION,
    "bank-09.txt": statement(9, "$20,000.00", "$24,500.00"),
    "bank-10.txt": statement(10, "$24,500.00", "$29,000.00"),
    "car.txt": CAR_LOAN,
    "contract.txt": CONTRACT,
    "license.txt": LICENSE,
    "stub-1.txt": stub("11/01/2025", "11/14/2025", this_year="69,000.00"),
    "stub-2.txt": stub("11/15/2025", "11/28/2025", this_year="72,000.00"),
    "w2-2023.txt": w2(2023),
    "w2-2024.txt": w2(2024),
}
"""A dossier without a fault: file to text."""

FAULTY: dict[str, str] = {
    **PAPERS,
    "packet.txt": "".join(
        [
            w2(2024, person=OTHER, ssn="XXX-XX-9001"),
            stub("11/01/2025", "11/14/2025", this_year="9.00", person=OTHER),
        ]
    ),
    "second-copy.txt": w2(2024) + "\nCopy C, for the employee's records\n",
    "nothing.txt": "Potato",
}
"""The same with a packet of somebody else, a second copy under other bytes, and a file that says nothing."""


def _earlier_stub(number: int) -> str:
    """The pay stub of the year's pay period *number*, before those of `PAPERS`."""
    start = dt.date(2025, 11, 1) - dt.timedelta(weeks=2 * (23 - number))
    end = start + dt.timedelta(days=13)
    return stub(f"{start:%m/%d/%Y}", f"{end:%m/%d/%Y}", this_year=f"{3000 * number:,}.00")


def _co_applicants(text: str) -> str:
    """A paper of the applicant as the co-applicant has it."""
    for name, other in zip(APPLICANT.split(), CO_APPLICANT.split(), strict=True):
        text = text.replace(name, other).replace(name.upper(), other.upper())
    return text.replace("XXX-XX-4410", "XXX-XX-5521")


_BOTH_HAVE = ("authorization", "bank-09", "bank-10", "license", "stub-1", "stub-2", "w2-2023", "w2-2024")

FIFTY: dict[str, str] = {
    **FAULTY,
    "application.json": json.dumps({**APPLICATION, "co_borrower": CO_APPLICANT}, indent=1),
    **{f"stub-earlier-{number:02}.txt": _earlier_stub(number) for number in range(1, 23)},
    **{f"w2-{year}.txt": w2(year) for year in (2021, 2022)},
    **{
        f"bank-{month:02}.txt": statement(
            month, f"${4500 * month - 20500:,}.00", f"${4500 * month - 16000:,}.00"
        )
        for month in (5, 6, 7, 8)
    },
    **{f"co-{name}.txt": _co_applicants(PAPERS[f"{name}.txt"]) for name in _BOTH_HAVE},
    "stub-1-again.txt": PAPERS["stub-1.txt"],
}
"""Fifty papers of two applicants and somebody else: the same with more of each kind, and one file twice with the same bytes."""

BROKEN = b"%PDF-1.7\nthis is no PDF"


def write(folder: Path, papers: dict[str, str] = PAPERS) -> Path:
    """Write *papers* into *folder*, and one file that cannot be read where they have faults."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in papers.items():
        (folder / name).write_text(text, encoding="utf-8")
    if papers is not PAPERS:
        (folder / "broken.pdf").write_bytes(BROKEN)
    return folder


def read_by_rules(request: dict[str, Any]) -> dict[str, Any]:
    """What a language model says that sorts and reads a paper as the rules do, to a request for Chat Completions."""
    text = request["messages"][-1]["content"].removeprefix("<document>\n").removesuffix("\n</document>")
    choice = classify(text)
    is_sorting = "kind" in request["tools"][0]["function"]["parameters"]["properties"]
    return (choice if is_sorting else read_paper(choice.kind, text)).model_dump(mode="json")
