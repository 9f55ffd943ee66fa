"""What people look at: pictures, pages and tables, made of windows and crisis events.

spans.py     crises put together from their events
bins.py      windows added up
timeline.py  the picture (PNG)
page.py      the page (HTML, self-contained)
live.py      the live table of a terminal
story.py     the page of one crisis as it stands
postmortem/  the post-mortem of one crisis: page, Markdown and JSON
"""
