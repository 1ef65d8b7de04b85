#!/usr/bin/env python3
"""Ends what a test run with real engines left behind: processes, mounts, control groups and files.

A run works in one folder and hands its path to everything it starts in the variable TEST_RUN_DIR. Engines pass their environment
on to containerd and its shims, so whatever carries that variable with that path, and whatever descends from it (the processes in the
containers), belongs to the run, however it was orphaned.

Usage: sweep.py FOLDER   FOLDER must lie in the folder for temporary files and be named taffrail-…
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VARIABLE = "TEST_RUN_DIR"


def processes():
    """Maps each process to (its parent, its environment as bytes); what may not be read or has just ended is left out."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            status = Path("/proc", entry, "stat").read_text()
            environment = Path("/proc", entry, "environ").read_bytes()
        except OSError:
            continue
        # The name in parentheses may hold spaces and parentheses; the state and the parent follow the last one.
        state, parent = status.rpartition(")")[2].split()[:2]
        if state != "Z":
            found[int(entry)] = (int(parent), environment)
    return found


def belonging(table, folder):
    """The processes of a run: those that carry its mark and their descendants, but for this process and its ancestors."""
    mark = f"{VARIABLE}={folder}\0".encode()
    mine, ancestor = set(), os.getpid()
    while ancestor in table:
        mine.add(ancestor)
        ancestor = table[ancestor][0]
    found = {pid for pid, (_, environment) in table.items() if mark in environment + b"\0" and pid not in mine}
    grew = True
    while grew:
        children = {pid for pid, (parent, _) in table.items() if parent in found and pid not in mine}
        grew = not children <= found
        found |= children
    return found


def end_processes(folder):
    """Kills until none is left; an engine may start another one meanwhile."""
    deadline = time.monotonic() + 15
    ended = set()
    while time.monotonic() < deadline:
        left = belonging(processes(), folder)
        if not left:
            break
        for pid in left:
            ended.add(pid)
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
    return ended


def mounts_under(folder):
    """Mount points below a folder, the innermost first. The kernel writes blanks in paths as octal."""
    points = [line.split()[4].encode().decode("unicode_escape") for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return sorted((p for p in points if p == folder or p.startswith(folder + "/")), key=len, reverse=True)


def sweep(folder):
    """Ends, unmounts and removes everything of the run that worked in this folder."""
    folder = os.path.realpath(folder)
    if os.path.dirname(folder) != os.path.realpath(tempfile.gettempdir()) or not os.path.basename(folder).startswith("taffrail-"):
        raise ValueError(f"{folder} is no test run's folder")
    end_processes(folder)
    for _ in range(3):  # mounts may be stacked
        for point in mounts_under(folder):
            subprocess.run(["umount", "--lazy", point], check=False, stderr=subprocess.DEVNULL)
    for group in containers_of(folder):
        for found in Path("/sys/fs/cgroup").glob(f"**/docker/{group}"):
            try:
                found.rmdir()
            except OSError:
                pass  # busy for a moment or gone; an empty group costs nothing
    shutil.rmtree(folder, ignore_errors=True)


def containers_of(folder):
    return [path.name for path in Path(folder).glob("*/data/containers/*") if path.is_dir()]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: sweep.py FOLDER")
    sweep(sys.argv[1])
