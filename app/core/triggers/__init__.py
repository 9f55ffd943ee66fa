"""What besides volume, negatives and their share makes a sign: reach, ratings, the answers to one
post, and risk keywords.
"""
