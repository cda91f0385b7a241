"""What a dossier as a whole says: who applies, whose each paper is, what does not fit, what counts, and the risk."""

import json
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from blocks.base.asking import Decision
from blocks.base.canonical import canonical_bytes, digest_of
from blocks.providers.language_model import LanguageModel
from tasks.assign import assign_paper, name_applicants
from tasks.classify import classify_paper
from tasks.collect import papers_of, read_upload, refused_upload
from tasks.depict import report_chart, report_page
from tasks.extract import extract_paper
from tasks.offline.mortgage.risk import annuity
from tasks.reconcile import reconcile_dossier
from tasks.schemas.document import DocumentText, PageText, Refusal
from tasks.schemas.dossier import ReadUpload
from tasks.schemas.paper import OFFLINE_READER
from tasks.schemas.source_file import SourceFile
from tasks.schemas.underwriting import CreditCheck, RiskReport, UnderwriterAnswer
from tasks.schemas.underwriting_settings import UnderwritingSettings
from tasks.split import split_upload
from tasks.submit import outcome_of, proposed_answer, review_of
from tasks.underwrite import applicant_report, weigh_risk
from tasks.verify import verify_debts, verify_income
from tests.worlds import dossier

OFFLINE = LanguageModel()
SETTINGS = UnderwritingSettings()


def upload(name: str, text: str) -> ReadUpload:
    """What the stages make of one file."""
    digest = digest_of(text.encode())
    pages = tuple(
        PageText(number=number, source="text layer", text=page, confidence=1)
        for number, page in enumerate(text.split("\f"), 1)
    )
    file = SourceFile(name=name, digest=digest)
    papers = split_upload.fn(DocumentText(digest=digest, pages=pages))
    if isinstance(papers, Refusal):
        return refused_upload(file, papers)
    classified = [classify_paper.fn(paper, model=OFFLINE) for paper in papers]
    facts = [
        extract_paper.fn(paper, what.kind, model=OFFLINE)
        for paper, what in zip(papers, classified, strict=True)
    ]
    return read_upload(file, papers, classified, facts)


def weigh(
    papers: Mapping[str, str],
    *,
    credit: CreditCheck | None = None,
    settings: UnderwritingSettings = SETTINGS,
    uploads: tuple[ReadUpload, ...] = (),
) -> RiskReport:
    """The report on a dossier, as the flow makes it."""
    uploads = uploads or tuple(upload(name, text) for name, text in papers.items())
    read, rules = papers_of(uploads), settings.rules
    applicants = name_applicants.fn(read, borrower=settings.borrower, co_borrower=settings.co_borrower)
    owned = tuple(assign_paper.fn(paper, applicants) for paper in read)
    findings = reconcile_dossier.fn(applicants, owned, uploads, rules)
    checked = credit or CreditCheck(name="", status="checked", score=760, reference="r")
    reports = tuple(
        applicant_report(
            one,
            verify_income.fn(one, owned, rules),
            verify_debts.fn(one, owned, rules),
            checked.model_copy(update={"name": one.name}),
        )
        for one in applicants.people
    )
    return weigh_risk.fn(applicants, reports, owned, uploads, findings, rules)


def rules_of(report: RiskReport) -> set[str]:
    """The names of what was found."""
    return {finding.rule for finding in report.findings}


def with_application(**changes: Any) -> dict[str, str]:
    """The dossier with another application."""
    told = json.loads(dossier.PAPERS["application.json"])
    told["declared"] |= {name: value for name, value in changes.items() if name in told["declared"]}
    told["loan"] |= {name: value for name, value in changes.items() if name in told["loan"]}
    told |= {name: value for name, value in changes.items() if name == "co_borrower"}
    return {**dossier.PAPERS, "application.json": json.dumps(told)}


def test_a_dossier_without_a_fault_is_advised_to_be_approved():
    report = weigh(dossier.PAPERS)
    assert report.findings == ()
    assert (report.suggestion, report.risk, report.as_of) == ("approve", "low", "2025-12-01")
    [nora] = report.applicants
    assert (nora.income.wages_a_year, nora.income.a_month) == (Decimal(78000), Decimal(6500))
    assert (nora.debts.consumer_a_month, nora.debts.counted_a_month) == (Decimal(310), Decimal(310))
    assert (report.dti, report.ltv) == (Decimal("34.1"), Decimal("80.0"))


def test_the_share_of_income_is_what_a_calculator_says():
    assert annuity(Decimal(240000), Decimal("0.07"), 30) == Decimal("1596.73")
    report = weigh(dossier.PAPERS)
    home = Decimal("1596.73") + Decimal(300000) * Decimal("0.0125") / 12
    assert report.loan.a_month == home
    assert report.dti == ((home + 310) / 6500 * 100).quantize(Decimal("0.1"))


def test_everything_says_that_rules_read_it():
    report = weigh(dossier.PAPERS)
    assert report.read_by == OFFLINE_READER
    assert OFFLINE_READER in report_page(report)
    assert review_of(report).read_by == OFFLINE_READER


def test_the_order_in_which_uploads_are_given_changes_no_byte_of_the_findings():
    files = list(dossier.FAULTY.items())
    first = weigh(dict(files))
    random.Random(7).shuffle(files)
    other = weigh(dict(files))
    fields = ("suggestion", "risk", "reasons", "loan", "dti", "ltv", "applicants", "wanted_papers")
    assert [canonical_bytes(getattr(first, name)) for name in fields] == [
        canonical_bytes(getattr(other, name)) for name in fields
    ]
    assert report_chart(first) == report_chart(other)


def test_foreign_broken_and_doubled_papers_are_named_and_count_for_nothing():
    report = weigh(dossier.FAULTY)
    owners = {line.paper: line.owner for line in report.papers}
    assert (owners["packet.txt, page 1"], owners["packet.txt, page 2"]) == ("other person", "other person")
    assert [one.file for one in report.broken] == ["nothing.txt"]
    told = {
        rule: next(f.papers for f in report.findings if f.rule == rule)
        for rule in ("duplicate", "broken file")
    }
    assert told == {"duplicate": ("second-copy.txt", "w2-2024.txt"), "broken file": ("nothing.txt",)}
    assert report.applicants[0].income.wages_a_year == Decimal(78000)


def test_the_same_bytes_under_two_names_count_once():
    one = upload("a/w2.txt", dossier.w2(2024))
    uploads = [upload(name, text) for name, text in dossier.PAPERS.items()]
    copy = one.model_copy(update={"file": "b/w2.txt", "same_as": "w2-2024.txt"})
    report = weigh({}, uploads=(*uploads, copy))
    assert "duplicate" in rules_of(report)
    assert len(report.papers) == len(dossier.PAPERS)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"dob": "1979-01-01"}, "day of birth"),
        ({"streetAddress": "77 Elsewhere Road"}, "address"),
        ({"annualIncome": 120000}, "declared income"),
        ({"monthlyDebt": 1900}, "declared debts"),
        ({"loanAmount": 260000}, "loan amount"),
        ({"propertyStreet": "1 Other Street"}, "property"),
    ],
)
def test_an_application_that_the_papers_contradict_is_found(changes: dict[str, Any], rule: str):
    assert rules_of(weigh(with_application(**changes))) == {rule}


@pytest.mark.parametrize(
    ("file", "text", "rule"),
    [
        ("bank-10.txt", dossier.statement(10, "$24,500.00", "$31,000.00"), "statement does not add up"),
        ("bank-10.txt", dossier.statement(10, "$20,000.00", "$24,500.00"), "statements do not follow"),
        (
            "bank-10.txt",
            dossier.statement(10, "$24,500.00", "$30,000.00", deposits="7,000.00"),
            "rows and deposits",
        ),
        ("stub-2.txt", dossier.stub("11/15/2025", "11/28/2025", this_year="69,000.00"), "year to date"),
        ("w2-2024.txt", dossier.w2(2024, wages="61,000.00"), "incomes differ"),
        ("w2-2023.txt", dossier.w2(2023, ssn="XXX-XX-9999"), "social security number"),
        ("car.txt", dossier.CAR_LOAN.replace("$18,000.00", "$8,000.00"), "balance above loan"),
        ("license.txt", dossier.LICENSE.replace("2029", "2024"), "card has run out"),
        ("contract.txt", dossier.CONTRACT.replace("$60,000.00", "$50,000.00"), "price"),
    ],
)
def test_a_paper_that_contradicts_itself_or_another_is_found(file: str, text: str, rule: str):
    assert rule in rules_of(weigh({**dossier.PAPERS, file: text}))


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("license.txt", "a driver's license"),
        ("authorization.txt", "authorization"),
        ("w2-2023.txt", "the W-2 for 2023"),
        ("bank-09.txt", "bank statements of 2 months (1 there)"),
        ("contract.txt", "the purchase agreement"),
    ],
)
def test_a_paper_that_is_missing_is_asked_for(file: str, wanted: str):
    papers = {name: text for name, text in dossier.PAPERS.items() if name != file}
    report = weigh(papers)
    assert report.suggestion == "ask for papers"
    [told] = report.wanted_papers
    assert told.startswith(f"{dossier.APPLICANT}: ")
    assert wanted in told
    assert proposed_answer(report)["papers"] == [told]


def test_a_dossier_in_which_nobody_applies_stops():
    report = weigh({"invoice.txt": "INVOICE\nBill to: Somebody Else\nInvoice number: 1\nBalance due 12.00"})
    assert (report.applicants, report.risk, report.dti) == ((), "high", None)
    assert "nobody applies" in rules_of(report)


def test_one_misfiled_application_makes_no_co_borrower():
    stray = json.dumps({"applicant": dossier.OTHER, "annualIncome": 1, "loanAmount": 2})
    report = weigh({**dossier.PAPERS, "stray.json": stray})
    assert [one.name for one in report.applicants] == [dossier.APPLICANT]
    assert next(line.owner for line in report.papers if line.paper == "stray.json") == "other person"


def test_a_co_borrower_is_whom_the_application_or_the_settings_name():
    named = weigh(
        {**with_application(co_borrower=dossier.OTHER), "w2-piet.txt": dossier.w2(2024, person=dossier.OTHER)}
    )
    told = UnderwritingSettings(borrower=dossier.OTHER, co_borrower=dossier.APPLICANT)
    turned = weigh({**dossier.PAPERS, "w2-piet.txt": dossier.w2(2024, person=dossier.OTHER)}, settings=told)
    assert [one.name for one in named.applicants] == [dossier.APPLICANT, dossier.OTHER]
    assert [one.name for one in turned.applicants] == [dossier.OTHER, dossier.APPLICANT]


def test_a_loan_on_which_nothing_is_paid_now_counts_by_its_balance():
    loan = f"STUDENT LOAN STATEMENT\nBorrower: {dossier.APPLICANT}\nCurrent balance: $22,000.00\nMonthly payment: $0.00\n"
    report = weigh({**dossier.PAPERS, "student.txt": loan})
    assert report.debts_a_month == Decimal(310) + Decimal(220)
    assert rules_of(report) == {"payment assumed"}


def test_an_income_that_is_only_declared_counts_for_nothing():
    papers = {name: text for name, text in dossier.PAPERS.items() if not name.startswith(("w2", "stub"))}
    report = weigh(papers)
    assert (report.income_a_month, report.dti) == (0, None)
    assert "no income" in rules_of(report)


@pytest.mark.parametrize(
    ("credit", "rule", "advice"),
    [
        (CreditCheck(name="", status="not made", reason="no bureau"), "no credit check", "ask for papers"),
        (CreditCheck(name="", status="unknown person"), "unknown to the bureau", "ask for papers"),
        (CreditCheck(name="", status="checked", score=540), "", "decline"),
        (CreditCheck(name="", status="checked", score=760, bankruptcies=1), "", "decline"),
        (
            CreditCheck.model_validate(
                {"name": "", "status": "checked", "score": 760, "accounts": [{"creditor": "Quay", "monthly_payment": "450"}]}
            ),
            "debt without a paper",
            "ask for papers",
        ),
    ],
)  # fmt: skip
def test_what_the_credit_file_says_counts(credit: CreditCheck, rule: str, advice: str):
    report = weigh(dossier.PAPERS, credit=credit)
    assert rules_of(report) == ({rule} if rule else set())
    assert report.suggestion == advice


def test_too_much_debt_is_advised_to_be_declined():
    report = weigh({**dossier.PAPERS, "car.txt": dossier.CAR_LOAN.replace("$310.00", "$1,900.00")})
    assert (report.suggestion, report.risk) == ("decline", "high")
    assert "at most 43 % may" in report.reasons[0]


def test_text_of_a_paper_is_shown_as_text():
    hostile = dossier.CAR_LOAN.replace("OCEAN STATE MOTOR CREDIT", "<script>alert(1)</script> | **X**")
    page = report_page(weigh({**dossier.PAPERS, "car.txt": hostile}))
    assert "<script>" not in page


def test_an_answer_ends_the_dossier_as_it_says():
    report = weigh(dossier.PAPERS)
    verdicts = {
        "approved": UnderwriterAnswer(verdict="approve"),
        "declined": UnderwriterAnswer(verdict="decline", reason="too much debt"),
        "papers wanted": UnderwriterAnswer(verdict="ask for papers", papers=("a gift letter",)),
    }
    for status, answer in verdicts.items():
        outcome = outcome_of(
            report, Decision[UnderwriterAnswer](approved=True, answer=answer, decided_by="ada")
        )
        assert (outcome.status, outcome.decided_by, outcome.reason) == (status, "ada", answer.reason)
    rejected = outcome_of(report, Decision[UnderwriterAnswer](approved=False, decided_by="ada", reason="no"))
    assert (rejected.status, rejected.reason) == ("declined", "no")


@pytest.mark.parametrize(
    "answer", [{}, {"verdict": "decline"}, {"verdict": "ask for papers"}, {"verdict": "perhaps"}]
)
def test_an_answer_without_a_verdict_or_a_reason_is_none(answer: dict[str, Any]):
    with pytest.raises(ValueError, match=r"verdict|why|which|Input"):
        UnderwriterAnswer.model_validate(answer)
