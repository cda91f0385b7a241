"""What is outside of the product elsewhere: scriptable here, and it counts.

credit_bureau.py  a credit bureau on loopback that bills each key once
openai_server.py  an OpenAI-compatible endpoint on loopback
paid_model.py     the same, slow, and it bills when it finishes
web_server.py     a web server on loopback, as ill-natured as a test wants it
"""
