"""What we call outside ourselves: the programs that read documents, the models that are paid, the mail.

inbox.py           where documents arrive: folders and buckets
page_reader.py     documents to pages of text, and the refusals; the door of this folder for documents
layout.py          characters or words with positions to rows and columns of text
pages.py           what a page is made of, for both sides of a process border
pdf_pages.py       PDF through PDFium (child process only)
pdf_drawing.py     a PDF page drawn, and which of its glyphs can be seen there (child process only)
image_pages.py     PNG, JPEG, TIFF through Pillow (child process only)
text_pages.py      plain text
reader_process.py  our side of the reading process
reader_child.py    its side: forks one limited process a document
ocr_engine.py      our side of the OCR process: one picture at a time
ocr_child.py       its side: RapidOCR, loaded once
accounting.py      the books: rows of posted invoices, each posted once
accounting_tables.py  the tables of the books, and how older books get them
child_process.py   start a module of ours as a process of its own
sandbox.py         what a process gives up before it touches a stranger's bytes
wire.py            frames of JSON and bytes between processes
bureau_settings.py which credit bureau is asked: a part of the profile's settings
credit_bureau.py   a credit bureau over HTTP: one paid enquiry about one person
language_model.py  ask a language model for typed facts; the offline readers stand behind the same door
model_line.py      the line to a provider of models: what an SDK sends goes through a till
model_settings.py  the settings of language models
settings.py        the settings of all that is called outside
paid_calls.py      a paid request and its answer, and the till through which it is bought
capture.py         the capture proxy as a worker sees it
capture_frames.py  what that proxy writes
look_up.py         ask a provider what became of a request
prices.py          what a request costs, at most and in the end
web.py             one document of one web address, where the profile allows its host
web_allowed.py     the list of hosts that may be asked, and web addresses taken apart
web_address.py     which addresses of the internet a name may stand for
web_line.py        a connection to one checked address, until one moment
web_body.py        the body of an answer, unpacked, and never more than is allowed
mail.py            e-mails: the door, the message and the errors
mail_folder.py     the offline mailbox: a folder of .eml files
mail_route.py      from settings to the mailbox or the server
mail_server.py     a mail server, by SMTP
"""
