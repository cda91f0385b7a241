"""How well real documents are read: `evaluate.py` scores a run against the truth, `texts.py` feeds it from layout texts.

`analyses.py` scores summaries and names against those of humans, with `rouge.py`.
"""
