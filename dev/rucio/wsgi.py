"""Rucio's REST server for gunicorn.

CTAO's names start with "/", so paths hold "//". Apache, in front of Rucio elsewhere, merges slashes; here this does.
"""
import re

from rucio.web.rest.flaskapi.v1.main import application as rucio


def application(environ, start_response):
    environ["PATH_INFO"] = re.sub(r"/{2,}", "/", environ.get("PATH_INFO", ""))
    return rucio(environ, start_response)
