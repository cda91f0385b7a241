"""The nouns of infrastructure, on four floors; imports only ever go down.

    profile -> durable -> state | artifacts | providers -> base

artifacts/  the bytes: content-addressed, written once, checked on every read
base/       the ground floor: time, digests, money, errors, fault points
durable/    the engine room: stages that are never done twice
profile.py  one named world: which state, which store, which model
providers/  what we call and pay: page readers, OCR, language models, the books
state/      the record: what is true about runs and stages, in SQL
"""
