"""The offline reader of invoices and receipts: rules, not a language model.

It reads German, English, French, Dutch and Polish papers and Malaysian receipts by labels, layout and arithmetic, costs
nothing and needs no network. It knows no vendor and no form. What it cannot find is None; how sure it is of the rest follows
from labels and from sums that agree, not from a model's opinion.

    read_invoice    the door: layout text in, Invoice out

    grid            rows and cells with their columns
    fold            one plain spelling for matching
    numbers         amounts and quantities in all formats
    currencies      signs, names and ISO 4217 codes
    dates           dates in all formats, day-first or month-first by evidence

    labels          the words beside facts, the titles of papers, the legal forms of companies
    near            what stands beside a label
    identity        the number of the document
    dating          the date of the document
    locale          its language and currency
    names           what a name looks like, and when two are the same
    vendor          who sends the bill

    amount_labels   what the words beside an amount make of it
    claims          each labelled amount of the page
    tax_rows        tax tables, told by arithmetic
    proofs          the sums that bear out a total
    amounts         net, tax and total

    adjustments     charges and discounts of the whole document, where they close the sum
    line_items      the positions (line_choice, line_free, line_labels, line_names, line_roles, line_table, table_header,
                    table_rows)
    categories      the account of each position, by the words of the chart
"""
