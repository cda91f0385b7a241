"""How well real documents are read: `evaluate.py` scores a run against the truth, `texts.py` feeds it from layout texts.

`mortgage.py` runs and scores a loan dossier, `mortgage_truth.py` knows how the truth about one is compared.
`analyses.py` scores summaries and names against those of humans, with `rouge.py`.
"""
