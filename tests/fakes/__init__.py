"""Providers that cost money elsewhere: scriptable here, and they count.

openai_server.py  an OpenAI-compatible endpoint on loopback
paid_model.py     the same, slow, and it bills when it finishes
"""
