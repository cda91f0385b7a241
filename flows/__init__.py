"""The contents page: one file, one business process.

analyze_documents.py documents from anywhere to one report: summaries, and what they name
intake.py            documents that arrive in a folder or a bucket are taken once, and processed
maintenance/         what the system runs for itself
process_invoices.py  invoices and receipts from files to posted rows; what is doubtful waits for a person
send_email.py        an e-mail is drafted, approved by a person, and sent
underwrite_mortgage.py  a loan dossier is read and verified; an underwriter decides about the risk
"""
