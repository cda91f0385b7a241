"""
The offline reader of the papers of a mortgage dossier: rules, not a language model.

It reads American papers by their titles, labels and layout, costs nothing and needs no network. It knows no bank, no employer and
no layout of one. What it cannot find has no value.

    classify.py       what a paper is
    kind_labels.py    the words that say so, with their weight
    split.py          where one paper ends and the next begins in a file

    read_paper.py     the door to the facts: text and kind in, facts out
    beside.py         what stands beside a label, or in a box under it
    days.py           days, periods and years
    masking.py        social security numbers cut to their end
    people.py         the person a paper is about, and when two names are one person's
    wages.py          W-2 and pay stub
    accounts.py       bank statements
    debts.py          statements of loans and cards
    declared.py       loan applications, as a form and as data

    owners.py         who applies, and whose a paper is
    shelf.py          the papers of one applicant, by what they are
    income.py         what counts as income
    obligations.py    what is owed, and how much of it counts
    contradictions.py where the papers of one applicant contradict each other
    gaps.py           what a dossier lacks, holds twice, or holds of somebody else
    risk.py           shares of income and price, and what a person is advised
"""
