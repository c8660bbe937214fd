"""The web edition, built as `make site` does, and what a page of it is read for."""

from __future__ import annotations

import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

from tests.support.lab import ROOT

# Sphinx in a process that can open no connection
OFFLINE = """
import socket, sys
from sphinx.cmd.build import main

def refuse(*_):
    raise OSError("the build must not use the network")

socket.socket.connect = socket.getaddrinfo = refuse
sys.exit(main(sys.argv[1:]))
"""


def build(folder: Path) -> float:
    """Build the site in both languages into the folder; the seconds it took. AssertionError shows what Sphinx says."""
    start = time.monotonic()
    for language, place in (("en", folder), ("zh", folder / "zh")):
        options = ["--fail-on-warning", "--keep-going", "--quiet", "--doctree-dir", str(folder.parent / language)]
        command = [sys.executable, "-c", OFFLINE, *options, "--tag", language, "--conf-dir", "site", ".", str(place)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return time.monotonic() - start


class Html(HTMLParser):
    """The targets of a page's links, and of what it loads; its ids."""

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.loads, self.ids = [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids |= {attributes[name] for name in ("id", "name") if name in attributes}
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        if tag == "link" and "href" in attributes:
            self.loads.append(attributes["href"])
        if "src" in attributes:
            self.loads.append(attributes["src"])
