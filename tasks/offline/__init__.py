"""
The offline readers: rules, not a language model. Most of it reads invoices and receipts; the last part, running text.

It reads German, English, French, Dutch and Polish papers and Malaysian receipts by labels, layout and arithmetic, costs
nothing and needs no network. It knows no vendor and no form. What it cannot find is None; how sure it is of the rest follows
from labels and from sums that agree, not from a model's opinion.

    read_invoice.py   the door: layout text in, Invoice out
    second_reading.py what a language model read, held against what the rules read
    categories.py     the account of each position, by the words of the chart

    grid.py           rows and cells with their columns
    fold.py           one plain spelling for matching
    numbers.py        amounts and quantities in all formats
    currencies.py     signs, names and ISO 4217 codes
    dates.py          dates in all formats, day-first or month-first by evidence

    labels.py         the words beside facts, the titles of papers, the legal forms of companies
    near.py           what stands beside a label
    identity.py       the number of the document
    dating.py         the date of the document
    locale.py         its language and currency
    names.py          what a name looks like, and when two are the same
    vendor.py         who sends the bill

    amount_labels.py  what the words beside an amount make of it
    claims.py         each labelled amount of the page
    tax_rows.py       tax tables, told by arithmetic
    proofs.py         the sums that bear out a total
    amounts.py        net, tax and total
    adjustments.py    charges and discounts of the whole document, where they close the sum

    line_items.py     the positions: the door of the modules below
    line_labels.py    the words of table heads and of the rows that end a table
    table_header.py   the heading of the positions and its columns
    table_rows.py     a row cut into texts and numbers
    line_roles.py     which number is quantity, price, amount
    line_names.py     the description of a position, over several rows
    line_table.py     the positions under a heading
    line_free.py      positions without a heading: the rows that add up to a sum
    line_choice.py    of the rows that may be positions, those that are

    mortgage/         the papers of a loan dossier: a reader of its own
    summary.py        the door to summaries: the most central sentences of a text
    sentences.py      running text cut into sentences
    words.py          the words that carry meaning
    named.py          the door to what a text names
    named_dates.py    its dates
    named_money.py    its sums of money
    capitals.py       words with capitals in a row
    organizations.py  firms, banks, authorities and the like
    people.py         persons
    party.py          what both have in common
    party_words.py    the words that make a name one of them
    places.py         countries, cities, regions and addresses
    place_names.py    their names, as far as they are known
"""
