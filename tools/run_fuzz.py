#!/usr/bin/env python3
"""Runs every libFuzzer target of build/fuzz for a while, starting from its corpus: run_fuzz.py [--seconds N] [TARGET…]

What was found stands in build/fuzz/found/TARGET/, inputs that reached new code in build/fuzz/corpus/TARGET/ (add the telling ones to
fuzz/corpus). Exit status 1 if a target found a fault.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "fuzz"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("targets", nargs="*")
    arguments = parser.parse_args()
    programs = [Path(line.split(" ", 1)[1]) for line in (BUILD / "programs.txt").read_text().splitlines() if line.startswith("fuzz ")]
    programs = [program for program in programs if not arguments.targets or program.name in arguments.targets]
    faulty = []
    for program in programs:
        grown, found = BUILD / "corpus" / program.name, BUILD / "found" / program.name
        for folder in (grown, found):
            folder.mkdir(parents=True, exist_ok=True)
        seeds = ROOT / "fuzz" / "corpus" / program.name
        print(f"── {program.name}: {arguments.seconds} s on {os.cpu_count()} cores", flush=True)
        command = [
            program,
            f"-max_total_time={arguments.seconds}",
            f"-fork={os.cpu_count()}",
            "-timeout=10",
            "-rss_limit_mb=2048",
            f"-artifact_prefix={found}/",
            grown,
            *([seeds] if seeds.is_dir() else []),
        ]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
        lines = done.stderr.strip().splitlines()
        if done.returncode != 0:
            faulty.append(program.name)
            print("\n".join(lines[-60:]))
        # With -fork, the progress line before the last has what counts: runs, coverage, and crashes of the jobs.
        print("   " + next((line for line in reversed(lines) if line.startswith("#")), lines[-1] if lines else ""), flush=True)
    print(f"{len(programs) - len(faulty)} passed, {len(faulty)} failed" + (f": {', '.join(faulty)}" if faulty else ""))
    return 1 if faulty or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
