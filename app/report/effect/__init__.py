"""What a response did to a crisis, held against what would have come without it.

fading.py    how the crisis fades by itself, and how far the counts after a response are from that
measured.py  when that can be told, and the figures
told.py      the same as lines of text
"""
