#!/usr/bin/env python3
"""Holds a running demo server to docs/openapi.yaml: schemathesis makes requests from the description, good ones and bad ones, and compares
the answers with it. Nothing may be answered with a server error, with a status, type or shape that is not described, with a refusal of
what the description allows or with consent to what it forbids.

Usage: check_api.py [BINARY]   the default is build/release/taffrail. Takes 90 s at most, with the same requests every time.
tools/api_check/ holds its configuration, what it is taught about this API (hooks.py), and the packages that it needs, installed below
build/ when they are not there.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tools" / "api_check"
ENVIRONMENT = ROOT / "build" / "api-check"
# The server prints its address when it listens, and the demo is there at once.
START_SECONDS = 20
RUN_SECONDS = 180


def install():
    """A virtual environment with exactly what requirements.txt lists."""
    installed = ENVIRONMENT / "installed-requirements.txt"
    wanted = (FOLDER / "requirements.txt").read_text()
    if installed.exists() and installed.read_text() == wanted:
        return
    print("Installing schemathesis into build/api-check", flush=True)
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    pip = [ENVIRONMENT / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--requirement", FOLDER / "requirements.txt"], check=True)
    installed.write_text(wanted)


class Server:
    """A demo server on a free port of the loopback address, with a data directory of its own."""

    def __init__(self, binary):
        self.folder = tempfile.mkdtemp(prefix="taffrail-api-")
        self.log = open(Path(self.folder) / "log", "w+")
        command = [binary, "serve", "--source", "demo", "--listen", "127.0.0.1:0", "--data", Path(self.folder) / "data"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def url(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:\d+", self.output())
            if found:
                urllib.request.urlopen(found[0] + "/readyz", timeout=START_SECONDS).close()
                return found[0]
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start:\n{self.output()}")

    def output(self):
        return (Path(self.folder) / "log").read_text(errors="replace")

    def ids(self, url):
        with urllib.request.urlopen(url + "/api/v1/containers", timeout=START_SECONDS) as answer:
            return [container["id"] for container in json.load(answer)["containers"]]

    def stop(self):
        """Ends it, and says whether it was still there and ended well."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        return self.process.returncode

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def check(binary):
    server = Server(binary)
    try:
        url = server.url()
        command = [
            ENVIRONMENT / "bin" / "schemathesis",
            "--config-file",
            FOLDER / "schemathesis.toml",
            "run",
            ROOT / "docs" / "openapi.yaml",
            "--url",
            url,
        ]
        environment = {**os.environ, "PYTHONPATH": str(FOLDER), "SCHEMATHESIS_HOOKS": "hooks", "TAFFRAIL_IDS": ",".join(server.ids(url))}
        # From a folder of its own: what it remembers of earlier runs would change this one.
        status = subprocess.run(command, cwd=server.folder, env=environment, timeout=RUN_SECONDS + 60).returncode
        ended = server.stop()
        if ended != 0:
            print(f"the server ended with status {ended}:\n{server.output()[-4000:]}")
            return 1
        return status
    finally:
        server.stop()
        server.remove()


def main(arguments):
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    install()
    return check(Path(arguments[0]).resolve() if arguments else ROOT / "build" / "release" / "taffrail")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
