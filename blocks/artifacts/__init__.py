"""The bytes: content-addressed, written once, checked on every read.

bucket.py    an object store: create-only writes, whole reads
envelope.py  the one reader and writer of stored bytes: version, media type, compression, checksum
local.py     a folder: temporary file, fsync, link, fsync of the folder
memory.py    a dictionary, for the profile `memory`
moving.py    copy envelopes from one shelf to another
names.py     where an envelope lies on a shelf that has paths
store.py     put and get by digest, over any shelf
"""
