"""
Sample documents of fictional firms, drawn by our own code, each with the truth about it.

    __main__.py    `python -m deployments.samples FOLDER` writes the sample documents
    demo.py        the main job on the samples, then once more (`make demo`)
    collection.py  the sample documents by name, and how each one should end
    invoice.py     SampleInvoice: what an invoice says, and the sums that follow from it
    invent.py      any number of different invoices, each from a seed
    firms.py       fictional vendors, buyers and what they sell
    wording.py     labels, dates and amounts in German, English, French, Dutch and Polish
    more_labels.py the wider choice of labels, as invoices in the wild word them
    sheet.py       one page of paper: text, rules and boxes in millimetres
    parts.py       what the layouts share: tables, totals, footers
    layouts.py     five ways to arrange an invoice on a page, and make_invoice
    mixed.py       a page whose blocks are placed by a seed
    till.py        a till receipt with a text layer
    receipt.py     a till receipt, photographed
    photograph.py  a clean picture made to look like a scan or a photo
"""
