#!/usr/bin/env python3
"""Runs clang-tidy over our C++ sources that have changed, in parallel, and remembers what it found clean.

clang-tidy takes seconds per file, and half an hour for all of them where nothing is known. What has landed has been checked, so only
what differs from the last landed commit is looked at: changed sources, and for each changed header one source that includes it, for
a finding in a header shows in every source that does. That commit is where this branch leaves origin's main branch; on that branch
itself, the one before. Everything is looked at when no such commit can be found (a copy without history), when what decides about
findings has changed (DECISIVE), and with --all.

The answer for a file depends on it, the headers it includes, the configuration and the compiler's arguments: one is skipped when a
hash of all these is known to be clean. The hashes stand as empty files in $XDG_CACHE_HOME/taffrail/tidy, independent of where the
checkout is. Entries unused for 30 days are dropped.

Usage: tidy.py BUILD_DIR [--all | SOURCE…]   BUILD_DIR holds compile_commands.json. Exit status 1 if clang-tidy complains.
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
# A change of these may change what is found in any file.
DECISIVE = {".clang-tidy", "tools/tidy.py", "cmake/toolchain.cmake", "CMakePresets.json"}
# Where what has landed stands, the likeliest first.
LANDED = ("origin/main", "origin/master", "origin/HEAD")


def cache_folder():
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "taffrail" / "tidy"


class Hasher:
    """Hashes a source with every header of ours that it includes, directly or not."""

    def __init__(self, root):
        self.root = root
        self.included = {}  # path -> (digest of the bytes, the paths of ours it includes)
        self.closures = {}

    def read(self, path):
        if path not in self.included:
            data = path.read_bytes()
            # Includes are written from src/ on; one that is not there is the system's.
            ours = [self.root / "src" / name.decode(errors="replace") for name in INCLUDE.findall(data)]
            self.included[path] = (hashlib.sha256(data).digest(), [p for p in ours if p.is_file()])
        return self.included[path]

    def closure(self, source):
        """The source and every header of ours that it includes."""
        if source not in self.closures:
            seen, todo = set(), [source]
            while todo:
                path = todo.pop()
                if path not in seen:
                    seen.add(path)
                    todo.extend(self.read(path)[1])
            self.closures[source] = seen
        return self.closures[source]

    def digest(self, source, salt):
        total = hashlib.sha256(salt)
        for path in sorted(self.closure(source)):
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


def git(root, *arguments):
    """What git says, or None where it fails: no repository, no such commit."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def landed_commit(root):
    """The commit that what stands here is to be compared with, or None."""
    head = git(root, "rev-parse", "--verify", "HEAD")
    for branch in LANDED:
        base = git(root, "merge-base", "HEAD", branch)
        if base is None:
            continue
        if base != head:
            return base.strip()
        parent = git(root, "rev-parse", "--verify", "HEAD~1")  # fails in a shallow clone
        return parent.strip() if parent else None
    return None


def changed_since(root, commit):
    """The paths that differ from the commit, those that git does not know yet included; None where git cannot say."""
    tracked = git(root, "diff", "--name-only", "-z", commit)
    fresh = git(root, "ls-files", "--others", "--exclude-standard", "-z")
    if tracked is None or fresh is None:
        return None
    return {name for name in (tracked + fresh).split("\0") if name}


def affected(candidates, changed, hasher):
    """Of the candidates those that have changed, and for each changed header that none of these includes one that does."""
    chosen = [path for path in candidates if path in changed]
    seen = set().union(*(hasher.closure(path) for path in chosen))
    for header in sorted(path for path in changed if path.suffix == ".hpp" and path.is_file()):
        if header in seen:
            continue
        users = [path for path in candidates if header in hasher.closure(path)]
        if not users:
            continue  # a header that nothing includes is compiled by the `headers` step alone
        # Its own source, else whoever is quickest to check.
        best = min(users, key=lambda path: (path.stem != header.stem, len(hasher.closure(path)), path))
        chosen.append(best)
        seen |= hasher.closure(best)
    return set(chosen)


def choose(root, candidates, hasher):
    """(the sources to look at, why these)"""
    commit = landed_commit(root)
    changed = changed_since(root, commit) if commit else None
    if changed is None:
        return set(candidates), "all, for no landed commit is known"
    if decisive := sorted(changed & DECISIVE):
        return set(candidates), f"all, for {', '.join(decisive)} changed since {commit[:9]}"
    return affected(candidates, {root / name for name in changed}, hasher), f"changed since {commit[:9]}"


def check(build, path):
    # clang-tidy says "N warnings generated" on standard error whatever happens.
    done = subprocess.run([CLANG_TIDY, "--quiet", "-p", str(build), str(path)], capture_output=True, text=True)
    complaint = done.stdout.strip()
    if done.returncode != 0 and not complaint:
        complaint = done.stderr.strip() or f"{CLANG_TIDY} ended with status {done.returncode}"
    return complaint if done.returncode != 0 else ""


def main(arguments):
    build = Path(arguments[0]).resolve()
    everything = "--all" in arguments
    wanted = {Path(name).resolve() for name in arguments[1:] if name != "--all"}
    version = subprocess.run([CLANG_TIDY, "--version"], capture_output=True, check=True).stdout
    salt = version + (ROOT / ".clang-tidy").read_bytes()
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    hasher = Hasher(ROOT)
    compiled = list(sources(build, wanted))
    chosen, why = {path for path, _ in compiled}, "all" if everything else "named"
    if not everything and not wanted:
        chosen, why = choose(ROOT, sorted(chosen), hasher)
    todo, known = {}, 0
    for path, command in compiled:
        if path not in chosen:
            continue
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
    print(
        f"clang-tidy: {len(todo)} files in {time.monotonic() - started:.0f} s, {known} known to be clean, {failed} with findings ({why})"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
