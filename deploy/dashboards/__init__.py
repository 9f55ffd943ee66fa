"""Grafana's dashboards as code: ``python -m deploy.dashboards`` writes them to deploy/grafana.

panels.py    what every panel and dashboard has in common
brands.py    what people say of each brand, and what was expected
pipeline.py  is Squall itself well?
crises.py    what is open, and how long each step takes
"""
