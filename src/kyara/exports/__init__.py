"""What results are handed on as: the HTML report now, training sets and tables later.

Reads results and changes none; knows no model and asks no extractor.
"""
