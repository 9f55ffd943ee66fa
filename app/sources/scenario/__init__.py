"""A made-up week of mentions of three invented brands: what ``squall demo`` replays.

week.py        the mentions, a pure function of a seed
calendar.py    when things happen: the daily cycle and the two waves
profiles.py    who is talked about, how much, where and in which mood
phrasebook.py  texts written from templates, so that few are alike
people.py      who writes
texts/         the templates, in English and Polish
watchlist.yaml the watch list that finds the brands
"""
