"""A JupyterLab, a web server and a browser of one's own, for tests that look at a page."""

from __future__ import annotations

import functools
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = """--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync
  --no-first-run --disable-quic --force-color-profile=srgb""".split()
TOKEN = "course"

NO_CHROMIUM = "no chromium was found: install it (Debian: apt install chromium)"
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


@contextmanager
def chromium() -> Iterator:
    """A browser without a window; the test is skipped where playwright is not installed."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def wait_for(question: Callable, seconds: float = 60.0):
    """The first true answer; AssertionError after that many seconds."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        """Write nothing between the tests' dots."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which the folder's files are served on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """The address of a JupyterLab that shows `folder / "notebooks"`, asks no questions, keeps its settings in `folder`."""
    quiet = folder / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    log = folder / "log.txt"
    with log.open("w") as output:
        command = [sys.executable, "-m", "jupyterlab", *_arguments(folder, port)]
        lab = subprocess.Popen(command, stdout=output, stderr=output, env=_environment(folder))

    def is_up() -> bool:
        assert lab.poll() is None, log.read_text()
        try:
            return urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=5).status == 200
        except OSError:
            return False

    try:
        wait_for(is_up, 90)
        yield address
    finally:
        lab.terminate()
        try:
            lab.wait(20)
        except subprocess.TimeoutExpired:
            lab.kill()


def _arguments(folder: Path, port: int) -> list[str]:
    arguments = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1", "--no-browser"]
    arguments += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder / 'notebooks'}"]
    arguments += ["--LabApp.news_url=None", "--expose-app-in-browser", "--LabApp.extension_manager=readonly"]
    return arguments + (["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])


def _environment(folder: Path) -> dict[str, str]:
    own = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings"}
    own |= {"JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython"}
    places = {name: str(folder / place) for name, place in own.items()}
    return os.environ | places | {"PYTHONPATH": str(ROOT), "D2L_HELPERS_STATIC": ""}
