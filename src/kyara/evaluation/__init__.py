"""Judges answers against true labels: scores with intervals, paired comparisons, curves and their pictures.

It knows answers and truths, never who gave the answers, from what evidence, or at what cost.
"""
