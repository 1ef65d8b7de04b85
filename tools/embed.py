#!/usr/bin/env python3
"""Turns the built page and the API description into one C++ source that holds them.

    tools/embed.py --page web/dist --openapi docs/openapi.yaml --out build/…/embedded_data.cpp

Each file is there as it is, with brotli -q 11 and with gzip -9 (those two only where they are smaller). The bytes are taken in by the
assembler's .incbin from a folder beside the output, so the source stays small and compiles at once. It is run at every build (the page may
have come or gone) and leaves alone what would not change.
"""
import argparse
import gzip
import hashlib
import pathlib
import re
import subprocess
import sys

# Vite puts eight characters of a hash of the content before the extension of what it bundles.
HASHED = re.compile(r"-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
COMPRESSIBLE = {".html", ".js", ".mjs", ".css", ".svg", ".json", ".txt", ".xml", ".webmanifest", ".wasm", ".ico", ".map"}


def write_if_changed(path: pathlib.Path, data: bytes) -> None:
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


class Blobs:
    """The pieces of data, each a file under a name of its content, so that an unchanged one is not compressed again."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.symbols: dict[str, pathlib.Path] = {}

    def add(self, digest: str, coding: str, make) -> tuple[str, int]:
        path = self.folder / f"{digest}.{coding}"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(make())
        symbol = f"taffrail_blob_{digest}_{coding}"
        self.symbols[symbol] = path
        return symbol, path.stat().st_size


def view(blob: tuple[str, int] | None) -> str:
    return "{}" if blob is None else f"{{{blob[0]}, {blob[1]}}}"


def embed_file(blobs: Blobs, name: str, data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()[:16]
    identity = blobs.add(digest, "identity", lambda: data)
    smaller: dict[str, tuple[str, int] | None] = {"gzip": None, "brotli": None}
    if pathlib.PurePath(name).suffix in COMPRESSIBLE:
        # No name and no time inside, so that equal input gives equal output.
        gz = blobs.add(digest, "gzip", lambda: gzip.compress(data, 9, mtime=0))
        br = blobs.add(digest, "brotli", lambda: subprocess.run(["brotli", "-q", "11", "-c"], input=data, capture_output=True, check=True).stdout)
        smaller = {"gzip": gz if gz[1] < len(data) else None, "brotli": br if br[1] < len(data) else None}
    immutable = "true" if HASHED.search(name) else "false"
    return f'    {{"{name}", {view(identity)}, {view(smaller["gzip"])}, {view(smaller["brotli"])}, "{digest}", {immutable}}},\n'


def generate(page: pathlib.Path, openapi: pathlib.Path, folder: pathlib.Path) -> str:
    blobs = Blobs(folder)
    rows = ""
    if (page / "index.html").exists():
        files = sorted((p for p in page.rglob("*") if p.is_file()), key=lambda p: p.relative_to(page).as_posix())
        for file in files:
            name = file.relative_to(page).as_posix()
            if not re.fullmatch(r"[A-Za-z0-9._/-]+", name):
                sys.exit(f"embed.py: {name}: a name outside A-Z a-z 0-9 . _ / -")
            rows += embed_file(blobs, name, file.read_bytes())
    api = openapi.read_bytes()
    description = blobs.add(hashlib.sha256(api).hexdigest()[:16], "identity", lambda: api)

    out = "// Made by tools/embed.py.\n#include <array>\n\n#include \"api/embedded_assets.hpp\"\n\n"
    for symbol, path in sorted(blobs.symbols.items()):
        out += f'__asm__(".pushsection .rodata\\n.balign 16\\n{symbol}:\\n.incbin \\"{path}\\"\\n.byte 0\\n.popsection\\n");\n'
        out += f'extern "C" const char {symbol}[];\n'
    count = rows.count("\n")
    out += "\nnamespace taffrail::api {\nnamespace {\n\n"
    if count:
        out += f"constexpr std::array<Asset, {count}> page{{{{\n{rows}}}}};\n\n"
    out += "}  // namespace\n\n"
    out += "std::span<const Asset> embedded_page() { return " + ("page" if count else "{}") + "; }\n\n"
    out += f"std::string_view embedded_openapi() {{ return {view(description)}; }}\n\n}}  // namespace taffrail::api\n"
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=pathlib.Path, required=True)
    parser.add_argument("--openapi", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    write_if_changed(arguments.out, generate(arguments.page, arguments.openapi, arguments.out.parent / "blobs").encode())


if __name__ == "__main__":
    main()
