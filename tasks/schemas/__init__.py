"""The words the verbs speak: frozen pydantic models, no I/O.

analysis.py          what is found out about documents, and one report over all
analysis_settings.py what a user may set for `analyze_documents`
arrival.py           documents on their way in
categorized.py       an invoice with a place in the books for each line
category_choice.py   what a language model answers when it is asked for accounts
chart_of_accounts.py what lines can be booked to, and the words that lead there
check_rules.py       what is close enough, sure enough, early enough
document.py          what comes in, and what reading makes of it
dossier.py           a loan dossier: uploads, applicants, whose each paper is, findings
doubt.py             what a rule is not sure of
email.py             an e-mail from the brief to its end
email_settings.py    what a user may set for `send_email`
frozen.py            the base of every schema: immutable, closed, compared by value
invoice.py           the facts of an invoice, each with the text it was read from
invoice_settings.py  what a user may set for `process_invoices`
outcome.py           how the life of one document ends
paper.py             a paper of a loan dossier, what it is, and whose it is
paper_facts.py       the facts of a paper, by what it is
review.py            what a person is shown of an invoice, and what may be answered
source_file.py       a file as it was found, before it is a document
underwriting.py      income, debts, credit and risk of applicants, and what an underwriter decides
underwriting_review.py  what an underwriter is shown, as a person reads it
underwriting_settings.py  what a user may set for `underwrite_mortgage`
"""
