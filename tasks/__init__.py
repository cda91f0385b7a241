"""The verbs: one module each, every function a stage or pure. They act in the world the profile names.

assign.py      who applies, and whose each paper of a loan dossier is
categorize.py  an account for each line of an invoice
check.py       facts to doubts, by pure rules
classify.py    what a paper of a loan dossier is
collect.py     what was read of the uploads of a dossier, side by side
depict.py      a risk report as a page and a chart
draft.py       a brief to an e-mail that nobody has approved
enquire.py     what a credit bureau says of an applicant
extract.py     text to the facts of an invoice or of a paper of a loan dossier
fetch.py       what lies in a bucket or on the web, or arrived, is kept where every machine finds it
find.py        text to the dates, money, parties and places that it names
gather.py      what is given to be read, wherever it lies, to a list of sources
offline/       the offline readers: rules, not a language model
post.py        invoices without doubts, or with settled ones, to rows in the books, exactly once
present.py     an outcome as a page for people
prompts/       the instructions that language models get
read.py        documents to text, page by page
receive.py     files to documents
reconcile.py   what of a dossier contradicts itself, is missing, there twice, or somebody else's
report.py      analyses to one report, and its page
review.py      what a person is asked about an invoice, and what the answer makes of it
schemas/       the words the verbs speak: frozen pydantic models, no I/O
send.py        an approved e-mail goes out
split.py       an upload that holds several papers becomes several
submit.py      what an underwriter is shown of a dossier, and what the answer makes of it
summarize.py   text to a few sentences
take.py        each document that arrives is taken by one run
underwrite.py  the risk of a loan, from what was verified and what does not fit
verify.py      what an applicant earns and owes, as papers document it
wake.py        runs that stand still go on
weigh.py       why an e-mail is a risk, by pure rules
"""

import blocks.profile  # noqa: F401  says how the world is opened
