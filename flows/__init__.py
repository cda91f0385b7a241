"""The contents page: one file, one business process.

process_invoices.py  invoices and receipts from files to posted rows; what is doubtful waits for a person
"""
