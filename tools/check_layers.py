#!/usr/bin/env python3
"""Fails on an #include under src/ that does not point down.

The floors stand in layers.json, ground floor first. A component may include itself, every component on a lower floor, the component
whose subfolder it is (source/docker includes source), and what "sideways" lists for it. A source file in a folder that is on no floor
is an error as well, so that a new component is put somewhere on purpose.

Usage: check_layers.py [ROOT]   ROOT holds src/ and tools/layers.json; the default is this repository.
Prints one line per violation and exits with status 1 if there are any.
"""

import json
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
SUFFIXES = {".hpp", ".cpp", ".h", ".cc", ".ipp"}


class Layers:
    """Which floor each component is on."""

    def __init__(self, description):
        self.floor = {name: number for number, names in enumerate(description["floors"]) for name in names}
        self.sideways = {name: set(others) for name, others in description.get("sideways", {}).items()}

    def component_of(self, path):
        """The innermost component that holds a path relative to src/, or None."""
        folders = path.split("/")[:-1]
        for length in range(len(folders), 0, -1):
            name = "/".join(folders[:length])
            if name in self.floor:
                return name
        return None

    def allows(self, source, target):
        return (
            source == target
            or self.floor[target] < self.floor[source]
            or source.startswith(target + "/")
            or target in self.sideways.get(source, ())
        )


def violations(root):
    """Yields "file:line: what is wrong" for every include that breaks the order."""
    layers = Layers(json.loads((root / "tools" / "layers.json").read_text()))
    src = root / "src"
    for path in sorted(p for p in src.rglob("*") if p.suffix in SUFFIXES):
        relative = path.relative_to(src).as_posix()
        source = layers.component_of(relative)
        if source is None:
            yield f"src/{relative}:1: is in no component that tools/layers.json puts on a floor"
            continue
        text = path.read_text(errors="replace")
        for match in INCLUDE.finditer(text):
            included = match[2]
            place = f"src/{relative}:{text.count(chr(10), 0, match.start(2)) + 1}"
            if ".." in included.split("/"):
                yield f"{place}: {included}: write includes from src/ on, without .."
                continue
            target = layers.component_of(included)
            # <net/if.h> is the system's: in angle brackets only an existing file of ours counts.
            if target is None or (match[1] == "<" and not (src / included).exists()):
                continue
            if not layers.allows(source, target):
                way = "up" if layers.floor[target] > layers.floor[source] else "sideways"
                yield f"{place}: {source} (floor {layers.floor[source]}) includes {included}, which points {way} (floor {layers.floor[target]})"


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    found = list(violations(root))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
