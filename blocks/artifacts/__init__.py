"""The bytes: content-addressed, written once, checked on every read.

envelope.py  the one reader and writer of stored bytes: version, media type, compression, checksum
local.py     a folder: temporary file, fsync, link, fsync of the folder
memory.py    a dictionary, for the profile `memory`
store.py     put and get by digest, over any shelf
"""
