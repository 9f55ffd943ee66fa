"""The post-mortem of one crisis, of its events and the brand's windows alone.

gathered.py  one crisis among all events
counted.py   the brand's windows around it
times.py     how long it took to detect, acknowledge, answer, recover
periods.py   before, during and after; the peak
kpi.py       series from files of figures, such as orders and refunds
figures.py   all of it as one value, the JSON
chart.py     the picture (SVG)
page.py      the page (HTML, self-contained)
markdown.py  the same as Markdown
"""
