"""Digests: a brand's day or week in figures, and causes that come again; of windows and events.

periods.py    from when to when a day or a week of a time zone is
counted.py    the windows of all brands in a period and the one before
told.py       the crises, as they stood at the period's end
behind.py     what was behind their negatives
score.py      the composite score
made.py       all of it as one record a brand
recurring.py  causes that come again
standing.py   whether a record takes the place of the one that is published
markdown.py   the records for people
"""
