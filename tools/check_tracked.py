#!/usr/bin/env python3
"""Looks at every tracked file for what must not be published: paths of a developer's machine, addresses of a package registry or
mirror in a lockfile, leftovers of a merge.

Usage: check_tracked.py [ROOT]. Prints one line per finding and exits with status 1 if there are any.
"""

import re
import subprocess
import sys
from pathlib import Path

# The folders that people and their machines keep checkouts in. Paths that a program means, such as /var/lib, are fine, and so is the
# home of "me", who stands for anybody in tests.
DEVELOPER_PATH = re.compile(r"(?<![\w./-])/(?:home/(?!me/)[a-z][\w.-]*|Users/[A-Z]\w*|root|work|workspace|mnt/[a-z]\w*)/[\w.]+")
# npm writes the address that a package came from unless .npmrc says omit-lockfile-registry-resolved=true.
REGISTRY = re.compile(r'"resolved":\s*"https?://')
CONFLICT = re.compile(r"^(?:<{7} |>{7} |={7}$)", re.MULTILINE)


def findings_in(name, text):
    """Yields "file:line: what is wrong" for one file's text."""

    def place(match):
        return f"{name}:{text.count(chr(10), 0, match.start()) + 1}"

    for match in DEVELOPER_PATH.finditer(text):
        yield f"{place(match)}: a path of somebody's machine: {match[0]}"
    if name.endswith("package-lock.json"):
        for match in REGISTRY.finditer(text):
            yield f"{place(match)}: a registry's address in a lockfile (set omit-lockfile-registry-resolved=true)"
    for match in CONFLICT.finditer(text):
        yield f"{place(match)}: a leftover of a merge"


def findings(root):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True).stdout
    for name in listed.decode().split("\0"):
        path = root / name
        if not name or path.is_symlink() or not path.is_file() or name.startswith(("fuzz/corpus/", "tools/check_tracked")):
            continue
        data = path.read_bytes()
        if b"\0" in data[:8192]:
            continue
        text = data.decode(errors="replace")
        yield from findings_in(name, text)


def main(arguments):
    found = list(findings(Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
