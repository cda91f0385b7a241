"""The words that say what a paper of a loan dossier is, with their weight.

A word is matched without spaces, marks and case, so that what OCR runs together is found as well. One that begins with `^` counts
only as a title: alone in its cell, or nearly. One that begins with `~` is a regular expression over the folded text.
"""

from tasks.schemas.paper import PaperKind

Words = dict[str, float]

KINDS: dict[PaperKind, Words] = {
    "loan_application": {
        "uniform residential loan application": 8, "^residential loan application": 6, "^mortgage application": 6,
        "^loan application": 6, "^mortgage loan application": 7, "fannie mae form 1003": 3, "freddie mac form 65": 3,
        "gross monthly income": 1, "^borrower information": 1.5, "loan purpose": 1, "occupancy": 0.5,
        "list name(s) of other borrower": 1, "loan originator": 1, "application for home loan": 6,
    },
    "w2": {
        "wage and tax statement": 6, "form w-2": 2, "wages, tips, other comp": 3, "social security wages": 2,
        "medicare wages and tips": 2, "medicare tax withheld": 1, "allocated tips": 1, "nonqualified plans": 0.5,
        "employer identification number": 0.5, "employer's state id": 1, "statutory employee": 1, "^w-2": 2,
    },
    "pay_stub": {
        "earnings statement": 5, "statement of earnings": 5, "pay stub": 4, "pay slip": 4, "payslip": 4, "pay statement": 4,
        "pay advice": 4, "earnings and deductions": 3, "gross pay": 2, "gross earnings": 2, "net pay": 2, "take home pay": 2,
        "pay period": 2, "period ending": 1.5, "period beginning": 1.5, "pay date": 1, "year to date": 1, r"~\bytd\b": 1,
        "deductions": 1, "federal withholding": 1, "earnings": 0.5, "hourly rate": 0.5, "check date": 0.5,
        "direct deposit advice": 3,
    },
    "payroll_check": {
        "payroll check": 7, "pay to the order of": 3, "pay to the": 1.5, "void after": 2, "authorized signature": 1.5,
        "non-negotiable": 1.5, "this amount": 1, r"~\bdollars\b": 0.5,
    },
    "tax_return_1040": {
        "u.s. individual income tax return": 7, "individual income tax return": 5, "form 1040": 3, "adjusted gross income": 3,
        "filing status": 2, "standard deduction": 1.5, "taxable income": 1, "total income": 1, "wages, salaries, tips": 2,
        "amount you owe": 1, "schedule c": 0.5, "schedule e": 0.5, "1040-sr": 2, "qualifying surviving spouse": 1,
        "itemized deductions": 1,
    },
    "1099_misc": {"1099-misc": 7, "miscellaneous information": 3, "miscellaneous income": 3, "fishing boat proceeds": 2},
    "1099_nec": {"1099-nec": 7, "^nonemployee compensation": 3},
    "1099_div": {"1099-div": 7, "total ordinary dividends": 3, "dividends and distributions": 3},
    "1099_int": {"1099-int": 7, "early withdrawal penalty": 2, "^interest income": 2},
    "1099_r": {r"~\b1099-? ?r\b": 7, "distributions from pensions": 3, "gross distribution": 2},
    "1099_g": {r"~\b1099-? ?g\b": 7, "certain government payments": 4, "unemployment compensation": 1},
    "social_security_benefits": {
        "ssa-1099": 7, "social security benefit statement": 6, "benefit verification letter": 5, "your social security benefits": 3,
        "supplemental security income": 1,
    },
    "profit_and_loss": {
        "profit and loss": 6, "profit & loss": 6, "income statement": 3, "gross profit": 2, "net profit": 2, "operating expenses": 2,
        "cost of goods sold": 2, "net income": 1,
    },
    "employment_verification": {
        "verification of employment": 6, "employment verification": 6, "date of hire": 1, "probability of continued employment": 3,
        "form 1005": 3,
    },
    "bank_statement": {
        "bank statement": 5, "^statement of account": 3, "consolidated statement": 2, "beginning balance": 2, "ending balance": 2,
        "opening balance": 1.5, "closing balance": 1.5, "previous balance": 0.5, "deposits": 1, "withdrawals": 1.5, "checking": 1.5,
        "savings": 1, "total deposits": 1, "daily balance": 1, "account summary": 0.5, "statement period": 0.5, "member fdic": 2,
        "direct dep": 0.5, "atm": 0.5, "overdraft": 1, "account holder": 0.5,
    },
    "account_statement": {
        "^account statement": 4, "account valuation": 3, "brokerage": 2, "investment option": 2, "unit price": 1, "market value": 1.5,
        "portfolio": 1, "vested balance": 3, "retirement savings": 2, "401(k) statement": 4, "asset allocation": 2, "holdings": 1,
        "securities": 1, "total account value": 2, "investment statement": 4, "ira statement": 4, "mutual fund": 1.5,
    },
    "credit_card_statement": {
        "credit card statement": 7, "minimum payment": 3, "credit limit": 3, "credit line": 2, "available credit": 2,
        "cash advance": 1, "purchases": 1, "payment due date": 1, "annual percentage rate": 0.5, "credit utilization": 1,
        "late payment warning": 2, "cardmember": 2,
    },
    "auto_loan_statement": {
        "auto loan statement": 7, "auto loan": 3, "car loan": 3, "vehicle loan": 4, "auto finance": 3, "retail installment": 3,
        r"~^ {0,90}vehicle\b": 2, "vehicle identification": 1.5, r"~\bvin\b": 1, "lease statement": 2, "motor credit": 2,
        "remaining term": 0.5, "loan summary": 0.5,
    },
    "student_loan_statement": {
        "student loan": 6, "federal direct": 2, "direct subsidized": 3, "direct unsubsidized": 3, "repayment plan": 2, "deferment": 1, "forbearance": 1, "loan servicer": 1,
        "income-driven": 2, "income-based repayment": 2, "education loan": 4, "stafford": 1, "loan summary": 0.5,
    },
    "personal_loan_statement": {
        "personal loan": 6, "installment loan": 4, "consumer loan": 4, "^loan statement": 4, "line of credit statement": 5,
        "loan summary": 0.5,
    },
    "mortgage_statement": {
        "mortgage statement": 7, "escrow balance": 2, "escrow": 1, "monthly mortgage payment": 2, "mortgage account": 2,
        "home loan statement": 6, "home equity": 2, "unpaid principal": 1.5, "outstanding principal": 1, "mortgage loan statement": 7,
        "loan summary": 0.5,
    },
    "mortgage_interest_1098": {"mortgage interest statement": 7, "mortgage interest received": 4, r"~\bform 1098\b": 4},
    "rental_income_statement": {
        "rental income": 4, "rental property": 1.5, "monthly rent": 2, "tenant": 1, "vacancy": 1, "rent roll": 5,
        "real estate owned": 3, "lease term": 1,
    },
    "lease": {
        "lease agreement": 6, "rental agreement": 6, "landlord": 2, "lessee": 2, "lessor": 2, "tenant": 1, "security deposit": 1,
        "premises": 1,
    },
    "purchase_agreement": {
        "purchase agreement": 6, "purchase and sale": 6, "contract of sale": 6, "real estate contract": 6, "sales contract": 5,
        "contract to buy": 6, "earnest money": 2, "purchase price": 1.5, "closing date": 1, r"~\bseller\b": 1, r"~\bbuyer\b": 1,
        "offer to purchase": 5, "contingency": 0.5, "contingent upon": 0.5,
    },
    "appraisal": {"appraisal report": 7, "appraised value": 3, "^appraisal": 4, "comparable sale": 3, "subject property": 1, "appraiser": 1},
    "property_tax_bill": {"property tax": 5, "tax bill": 3, "assessed value": 3, "parcel number": 2, "county treasurer": 2},
    "homeowners_insurance": {
        "homeowners insurance": 6, "homeowner's insurance": 6, "home insurance": 3, "hazard insurance": 5, "insured property": 2,
        "named insured": 2, "policy number": 1.5, "dwelling": 2, "declarations page": 3, "annual premium": 1.5,
    },
    "borrower_authorization": {
        "borrower authorization": 7, "borrower's authorization": 7, "authorization to release": 5, "certification and authorization": 6,
        "i hereby authorize": 3, "i authorize": 1.5, "authorization and consent": 3, "credit authorization": 5,
        "consent to obtain": 2, "credit history and credit report": 1, "4506-c": 0.5, "request for transcript of tax return": 5,
    },
    "drivers_license": {
        "driver license": 4, "drivers license": 3, "driver's license": 4, "driving licence": 4, r"~(?:^ {0,90}|  )driver {0,90}$": 2,
        r"~(?:^ {0,90}|  )license {0,90}$": 1.5, r"~\bdl\b(?! state)": 1, r"~\bdob\b": 1.5, r"~\bexp\b": 1.5, r"~\bclass\b": 1,
        r"~\bhgt": 1, r"~\beyes\b": 1, r"~\bsex\b": 0.5, r"~\bendorsements?\b|\boa?end\b": 0.5, "organ donor": 1, r"~\biss\b": 0.5,
        r"~\brest(rictions)?\b": 0.5, "operator license": 3,
    },
    "state_id": {
        "identification card": 5, "identity card": 5, "state id": 3, "real id": 1, r"~\bdob\b": 1, r"~\bexp\b": 1,
        r"~\bhgt": 1, r"~\beyes\b": 1, "not a driver": 2,
    },
    "passport": {
        "passport": 5, "passeport": 3, "given names": 2, "nationality": 1.5, "place of birth": 1.5, "surname": 1,
        "date of expiration": 1, "department of state": 1, r"~p<[a-z<]{3}": 3, "passport no": 1,
    },
    "social_security_card": {"this number has been established for": 8, "^social security": 2, "social security administration": 1},
    "gift_letter": {"gift letter": 7, "gift of": 1, "donor": 2, "no repayment": 3, "gift funds": 3},
    "explanation_letter": {"letter of explanation": 7, "explanation letter": 6, "to whom it may concern": 2},
    "divorce_decree": {"divorce decree": 7, "dissolution of marriage": 6, "decree of divorce": 7, "petitioner": 2, "respondent": 2},
    "credit_report": {
        "^credit report": 6, "credit bureau report": 6, "tri-merge": 4, "tradelines": 3, "tradeline": 2, "credit score": 1, "equifax": 1.5,
        "experian": 1.5, "transunion": 1.5, "inquiries": 1,
    },
    "benefit_application": {
        "application for benefits": 7, "application for assistance": 6, "food stamps": 2, "medicaid": 1.5,
        "supplemental nutrition assistance": 2, "temporary assistance": 1.5,
    },
    "invoice": {
        "^invoice": 4, "^rechnung": 4, "rechnung": 2, "^facture": 4, "^factuur": 4, "^faktura": 4, "^tax invoice": 3, "bill to": 2,
        "invoice number": 2, "invoice no": 2, "invoice date": 1.5, "balance due": 1, "amount due": 0.5, "subtotal": 1, "due date": 0.5,
        "unit price": 1, "quantity": 0.5, "verkaufer": 1, "lieferdatum": 1, "umsatzsteuer": 1, "payment terms": 1,
    },
    "receipt": {
        "receipt": 3, "^tax invoice": 3, "^cash receipt": 3, r"~^ {0,90}cash\b": 2, r"~^ {0,90}change\b": 2.5, r"~\bgst\b": 1.5, "cashier": 2,
        "rounding": 1.5, "please come again": 2, "thank you": 1, "kassenbon": 4, r"~\btotal\b": 0.5, "tendered": 2,
    },
    "utility_bill": {
        "utility bill": 6, "electric bill": 4, "meter reading": 3, r"~\bkwh\b": 3, "service address": 2, "gas usage": 2, "water usage": 2,
    },
}  # fmt: skip
"""Kind to words to weight. The heaviest words are the titles that papers of the kind have."""
