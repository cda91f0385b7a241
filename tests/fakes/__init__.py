"""Providers that cost money elsewhere: scriptable here, and they count.

credit_bureau.py  a credit bureau on loopback that bills each key once
openai_server.py  an OpenAI-compatible endpoint on loopback
"""
