#!/usr/bin/env python3
"""Runs clang-tidy over our C++ sources, in parallel, and remembers what it found clean.

clang-tidy takes seconds per file. Its answer depends on the file, the headers it includes, the configuration and the compiler's
arguments, so a file is skipped when a hash of all these is known to be clean. The hashes stand as empty files in
$XDG_CACHE_HOME/taffrail/tidy, independent of where the checkout is. Entries unused for 30 days are dropped.

Usage: tidy.py BUILD_DIR [SOURCE…]   BUILD_DIR holds compile_commands.json. Exit status 1 if clang-tidy complains.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLANG_TIDY = "clang-tidy-19"
INCLUDE = re.compile(rb'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
KEEP_SECONDS = 30 * 24 * 3600


def cache_folder():
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "taffrail" / "tidy"


class Hasher:
    """Hashes a source with every header of ours that it includes, directly or not."""

    def __init__(self, root):
        self.root = root
        self.included = {}  # path -> (digest of the bytes, the paths of ours it includes)

    def read(self, path):
        if path not in self.included:
            data = path.read_bytes()
            # Includes are written from src/ on; one that is not there is the system's.
            ours = [self.root / "src" / name.decode(errors="replace") for name in INCLUDE.findall(data)]
            self.included[path] = (hashlib.sha256(data).digest(), [p for p in ours if p.is_file()])
        return self.included[path]

    def digest(self, source, salt):
        seen, todo = set(), [source]
        while todo:
            path = todo.pop()
            if path not in seen:
                seen.add(path)
                todo.extend(self.read(path)[1])
        total = hashlib.sha256(salt)
        for path in sorted(seen):
            total.update(str(path.relative_to(self.root)).encode() + b"\0" + self.read(path)[0])
        return total.hexdigest()


def sources(build, wanted):
    """Yields (path, compiler arguments without the folders' names) for every source of ours in the build."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = Path(entry["file"]).resolve()
        # The sets of headers are compiled from generated files; clang-tidy sees the headers through the sources.
        if not path.is_relative_to(ROOT / "src") and not path.is_relative_to(ROOT / "fuzz"):
            continue
        if wanted and path not in wanted:
            continue
        arguments = entry["command"].replace(str(build), "BUILD").replace(str(ROOT), "ROOT")
        yield path, arguments


def check(build, path):
    # clang-tidy says "N warnings generated" on standard error whatever happens.
    done = subprocess.run([CLANG_TIDY, "--quiet", "-p", str(build), str(path)], capture_output=True, text=True)
    complaint = done.stdout.strip()
    if done.returncode != 0 and not complaint:
        complaint = done.stderr.strip() or f"{CLANG_TIDY} ended with status {done.returncode}"
    return complaint if done.returncode != 0 else ""


def main(arguments):
    build = Path(arguments[0]).resolve()
    wanted = {Path(name).resolve() for name in arguments[1:]}
    version = subprocess.run([CLANG_TIDY, "--version"], capture_output=True, check=True).stdout
    salt = version + (ROOT / ".clang-tidy").read_bytes()
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    hasher = Hasher(ROOT)
    todo, known = {}, 0
    for path, command in sources(build, wanted):
        stamp = cache / hasher.digest(path, salt + command.encode())
        if stamp.exists():
            stamp.touch()
            known += 1
        else:
            todo.setdefault(path, stamp)
    failed = 0
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        running = {pool.submit(check, build, path): path for path in todo}
        for done in concurrent.futures.as_completed(running):
            path, complaint = running[done], done.result()
            if complaint:
                failed += 1
                print(complaint, flush=True)
            else:
                todo[path].touch()
    for stamp in cache.iterdir():
        if time.time() - stamp.stat().st_mtime > KEEP_SECONDS:
            stamp.unlink()
    print(f"clang-tidy: {len(todo)} files in {time.monotonic() - started:.0f} s, {known} known to be clean, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
