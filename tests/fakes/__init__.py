"""What is outside of the product elsewhere: scriptable here, and it counts.

openai_server.py  an OpenAI-compatible endpoint on loopback
web_server.py     a web server on loopback, as ill-natured as a test wants it
"""
