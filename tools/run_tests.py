#!/usr/bin/env python3
"""Everything that is checked, one step after the other; `make test` and CI run it.

Each step prints what it did, how long it took and, when it failed, what there is to act on. A failing step does not stop the ones that
can do without it. The last line is "N passed, N failed": test cases of every kind, and one for each static check and build.
Exit status 1 if anything failed or nothing ran.

Usage: run_tests.py [STEP…]   without names all but those on demand, in order; --list prints them.
"""

import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import sweep

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "results"
# Lines of a failing command's output that are shown: enough for a compiler's first errors.
SHOWN_LINES = 100
# The processes that `run` waits for, and whether a signal has ended them all: whoever starts one adds it and then looks, and whoever
# ends them says so first, so that none is missed.
UNDER_WAY = set()
ENDING = threading.Event()
# Fewer requests than this mean that the description was not understood, not that the API is right.
LEAST_API_CASES = 300


class Failed(Exception):
    """A step's single check did not hold; the text is what there is to act on."""


class Counts:
    def __init__(self, passed=0, failed=0, details=""):
        self.passed, self.failed, self.details = passed, failed, details

    def __iadd__(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.details += other.details
        return self


def shorten(text):
    """The part of a long output that matters: from the first failure on, not more than SHOWN_LINES."""
    lines = text.strip().splitlines()
    if len(lines) > SHOWN_LINES:
        first = next((i for i, line in enumerate(lines) if re.search(r"FAILED:|\berror\b|Error:", line)), 0)
        first = min(first, len(lines) - SHOWN_LINES)
        lines = lines[first : first + SHOWN_LINES] + ["…"]
    return "\n".join(lines)


def run(command, seconds, folder=ROOT, environment=None):
    """Runs a command in a process group of its own and returns (status, output); on a timeout or a signal the whole group ends.

    The output goes through a file: the end of a pipe comes only when the last process that holds it ends, and a daemon that a test
    has left behind, in a session of its own, would keep us waiting beyond every limit.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        UNDER_WAY.add(process)
        if ENDING.is_set():
            end_group(process)
        try:
            status, note = process.wait(seconds), ""
        except subprocess.TimeoutExpired:
            end_group(process)
            status, note = 124, f"\nended after {seconds} s without coming to an end: {' '.join(map(str, command))}"
        except BaseException:
            end_group(process)
            raise
        finally:
            UNDER_WAY.discard(process)
        output.seek(0)
        return status, output.read().decode(errors="replace") + note


def end_group(process):
    for number, patience in ((signal.SIGTERM, 15), (signal.SIGKILL, 15)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        if number == signal.SIGTERM:
            time.sleep(0.2)  # what the leader left behind in its group gets the SIGKILL


def check(command, seconds, folder=ROOT):
    """One check: passed when the command ends with status 0."""
    status, output = run(command, seconds, folder)
    if status != 0:
        raise Failed(shorten(output) or f"{' '.join(map(str, command))} ended with status {status}")
    return Counts(passed=1)


# The static checks.


def format_step():
    names = subprocess.run(["git", "ls-files", "-z", "*.cpp", "*.hpp"], cwd=ROOT, check=True, capture_output=True).stdout
    files = [name for name in names.decode().split("\0") if name and (ROOT / name).exists()]
    return check(["clang-format-19", "--dry-run", "-Werror", *files], 120)


def layers_step():
    return check([sys.executable, "tools/check_layers.py"], 60)


def tracked_step():
    return check([sys.executable, "tools/check_tracked.py"], 60)


def tools_step():
    """The unit tests of the Python tools."""
    status, output = run([sys.executable, "-m", "unittest", "discover", "-s", "tools", "-p", "*_test.py"], 300)
    ran = re.search(r"^Ran (\d+) tests?", output, re.MULTILINE)
    if not ran:
        raise Failed(shorten(output))
    bad = sum(int(n) for n in re.findall(r"(?:failures|errors|unexpected successes)=(\d+)", output))
    if status != 0 and bad == 0:
        bad = 1
    return Counts(max(int(ran[1]) - bad, 0), bad, shorten(output) + "\n" if bad else "")


# The web page.


def web_install_step():
    return check(["tools/npm_ci.sh", "web"], 600)


def npm(script, seconds=300):
    return lambda: check(["npm", "run", "--silent", script], seconds, ROOT / "web")


def gist(failure, name):
    """One line of a failure's message and stack: what went wrong, what was waited for and which line of the test it was."""
    lines = [line.strip() for line in failure.splitlines()]
    waited = next((line for line in lines if line.startswith("- waiting for")), "")
    place = next((line for line in lines if Path(name).name + ":" in line), "")
    return " ".join(filter(None, [lines[0], waited, re.sub(r".*/", "", place).rstrip(")")]))


def vitest_counts(file, status, output):
    """Reads vitest's JSON report. A file that could not even be loaded counts as one failure."""
    if not file.exists():
        raise Failed(shorten(output))
    report = json.loads(file.read_text())
    counts = Counts()
    for suite in report["testResults"]:
        name = os.path.relpath(suite["name"], ROOT)
        if suite["status"] == "failed" and not any(t["status"] == "failed" for t in suite["assertionResults"]):
            counts += Counts(failed=1, details=f"{name}: {suite.get('message') or 'could not be run'}\n")
        for test in suite["assertionResults"]:
            if test["status"] == "passed":
                counts.passed += 1
                if test["failureMessages"]:
                    counts.details += f"passed at the second try: {name}: {test['fullName']}: {gist(test['failureMessages'][0], name)}\n"
            elif test["status"] == "failed":
                text = "\n".join(line for message in test["failureMessages"] for line in message.splitlines()[:25])
                counts += Counts(failed=1, details=f"{name}: {test['fullName']}\n{text}\n")
            elif test["status"] in ("pending", "skipped", "todo"):
                counts.details += f"not run: {name}: {test['fullName']}\n"
    if status != 0 and counts.failed == 0:
        counts += Counts(failed=1, details=shorten(output) + "\n")
    return counts


def vitest(folder, seconds, environment=None, files=()):
    report = RESULTS / f"{folder}.json"
    report.unlink(missing_ok=True)
    command = ["npx", "--no-install", "vitest", "run", "--reporter=default", "--reporter=json", f"--outputFile.json={report}", *files]
    status, output = run(command, seconds, ROOT / folder, environment)
    (RESULTS / f"{folder}.log").write_text(output)
    return vitest_counts(report, status, output)


def web_test_step():
    return vitest("web", 600)


# The C++ sources.


def configure(preset):
    status, output = run(["cmake", "--preset", preset, "--log-level=WARNING"], 300)
    if status != 0:
        raise Failed(shorten(output))


def build(preset, target, seconds=3000):
    def step():
        configure(preset)
        return check(["cmake", "--build", f"build/{preset}", "--target", target, "--", "-k", "5"], seconds)

    return step


def tidy_step():
    configure("release")
    return check([sys.executable, "tools/tidy.py", "build/release"], 2400)


def programs(preset, kind):
    lines = (ROOT / "build" / preset / "programs.txt").read_text().splitlines()
    found = [Path(line.split(" ", 1)[1]) for line in lines if line.startswith(kind + " ")]
    if not found:
        raise Failed(f"build/{preset}/programs.txt lists no program of the kind {kind}")
    return found


SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1",
    "ASAN_SYMBOLIZER_PATH": shutil.which("llvm-symbolizer-19") or "",
    "TSAN_SYMBOLIZER_PATH": shutil.which("llvm-symbolizer-19") or "",
}


def gtest_counts(report, program, status, output):
    """Reads GoogleTest's JSON report; a program that ended without one crashed, which is a failure of its own."""
    if not report.exists():
        return Counts(failed=1, details=f"{program.name} ended with status {status} before its report:\n{shorten(output)}\n")
    counts = Counts()
    for suite in json.loads(report.read_text())["testsuites"]:
        for test in suite["testsuite"]:
            if test.get("result") == "SKIPPED" or test.get("status") == "NOTRUN":
                counts.details += f"not run: {suite['name']}.{test['name']}\n"
            elif test.get("failures"):
                text = "\n".join(failure["failure"] for failure in test["failures"][:3])
                counts += Counts(failed=1, details=f"{program.name}: {suite['name']}.{test['name']}\n{text}\n")
            else:
                counts.passed += 1
    if status != 0 and counts.failed == 0:  # for example a leak that the sanitizer found at the end
        counts += Counts(failed=1, details=f"{program.name} ended with status {status}:\n{shorten(output)}\n")
    if counts.passed + counts.failed == 0:
        counts += Counts(failed=1, details=f"{program.name} ran no test\n")
    return counts


def side_by_side(function, items):
    """The sum of what the function counts of each, as many at a time as there are processors; in order."""
    counts = Counts()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        try:
            for one in pool.map(function, items):
                counts += one
        except BaseException:
            # A signal comes to this thread alone; the pool would wait for what the others have started.
            ENDING.set()
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(UNDER_WAY):
                end_group(process)
            raise
    return counts


def unit_tests(preset):
    def run_one(program):
        if not program.exists():
            return Counts(failed=1, details=f"{program.name} was not built\n")
        report = RESULTS / f"{preset}-{program.name}.json"
        report.unlink(missing_ok=True)
        status, output = run([program, f"--gtest_output=json:{report}", "--gtest_brief=1"], 600, ROOT, SANITIZER_OPTIONS)
        return gtest_counts(report, program, status, output)

    # No test asserts a duration, and each has folders and ports of its own: they do not mind company.
    return lambda: side_by_side(run_one, programs(preset, "test"))


def corpus(preset):
    """Every fuzz target takes its whole corpus."""

    def run_one(program):
        status, output = run([program, ROOT / "fuzz" / "corpus" / program.name], 300, ROOT, SANITIZER_OPTIONS)
        if status == 0:
            return Counts(passed=1)
        return Counts(failed=1, details=f"{program.name} ended with status {status}:\n{shorten(output)}\n")

    return lambda: side_by_side(run_one, programs(preset, "fuzz"))


# The built binary with real engines and a real browser.


def e2e_step():
    status, output = run(["tools/npm_ci.sh", "e2e"], 600)
    if status != 0:
        raise Failed(shorten(output))
    check(["npm", "run", "--silent", "check"], 300, ROOT / "e2e")
    folder = tempfile.mkdtemp(prefix="taffrail-e2e-")
    try:
        return vitest("e2e", 2400, {sweep.VARIABLE: folder})
    finally:
        sweep.sweep(folder)


def api_step():
    """One check; the output tells every request that was answered otherwise than described."""
    status, output = run([sys.executable, "tools/check_api.py"], 400)
    (RESULTS / "api.log").write_text(output)
    cases = re.search(r"^  (\d+) generated, (\d+) passed$", output, re.MULTILINE)
    if status != 0 or not cases or cases[1] != cases[2] or int(cases[1]) < LEAST_API_CASES:
        # What failed stands at the end, after the progress.
        raise Failed("\n".join(output.strip().splitlines()[-SHOWN_LINES:]))
    return Counts(passed=1, details=f"{cases[1]} requests\n")


# name, what it does, the steps it cannot do without, the function
STEPS = [
    ("format", "clang-format", [], format_step),
    ("layers", "includes point down", [], layers_step),
    ("tracked", "no private paths, registries or merge leftovers", [], tracked_step),
    ("tools", "unit tests of the tools", [], tools_step),
    ("web-install", "npm packages of the page", [], web_install_step),
    ("web-check", "types of the page", ["web-install"], npm("check")),
    ("web-lint", "lint of the page", ["web-install"], npm("lint")),
    ("web-test", "unit tests of the page", ["web-install"], web_test_step),
    ("web-build", "production build of the page", ["web-install"], npm("build")),
    ("web-size", "size budgets of the page", ["web-build"], npm("size")),
    ("build", "release build", ["web-build"], build("release", "all")),
    ("unit", "unit tests, release", ["build"], unit_tests("release")),
    ("corpus", "fuzz corpus, release", ["build"], corpus("release")),
    ("headers", "each public header compiles on its own", [], build("release", "all_verify_interface_header_sets")),
    ("tidy", "clang-tidy", ["build"], tidy_step),
    ("build-asan", "build with address and undefined behaviour sanitizers", ["web-build"], build("asan", "tests")),
    ("unit-asan", "unit tests, sanitizers", ["build-asan"], unit_tests("asan")),
    ("corpus-asan", "fuzz corpus, sanitizers", ["build-asan"], corpus("asan")),
    ("api", "the API is as docs/openapi.yaml describes it", ["build"], api_step),
    ("e2e", "real engines and a real browser", ["build"], e2e_step),
    ("build-tsan", "build with the thread sanitizer", [], build("tsan", "tests")),
    ("unit-tsan", "unit tests, thread sanitizer", ["build-tsan"], unit_tests("tsan")),
]
# Run only when they are named (`make tsan`): a third build of everything would double the time of a first run.
ON_DEMAND = {"build-tsan", "unit-tsan"}


def run_step(name, title, missing, function):
    started = time.monotonic()
    print(f"── {name}: {title}", flush=True)
    try:
        counts = function() if not missing else Counts(failed=1, details=f"not run, because {missing[0]} failed\n")
    except Failed as failure:
        counts = Counts(failed=1, details=f"{failure}\n")
    except Exception as error:  # a tool that is missing, a report that cannot be read
        counts = Counts(failed=1, details=f"{type(error).__name__}: {error}\n")
    if counts.details:
        print("   " + counts.details.rstrip("\n").replace("\n", "\n   "))
    state = "FAILED" if counts.failed else "ok"
    print(f"   {state}: {counts.passed} passed, {counts.failed} failed, {time.monotonic() - started:.0f} s", flush=True)
    return counts


def run_steps(names):
    total, broken = Counts(), set()
    try:
        for name, title, needs, function in STEPS:
            if name not in names if names else name in ON_DEMAND:
                continue
            counts = run_step(name, title, [need for need in needs if need in broken], function)
            if counts.failed:
                broken.add(name)
            total += Counts(counts.passed, counts.failed)
    except BaseException:  # a signal: whoever reads the last line must not take what was not run for passed
        total.failed += 1
        print(f"ended by a signal\n{total.passed} passed, {total.failed} failed", flush=True)
        raise
    if broken:
        print(f"failed steps: {', '.join(name for name, *_ in STEPS if name in broken)}")
    print(f"{total.passed} passed, {total.failed} failed", flush=True)
    return 1 if total.failed or not total.passed else 0


def main(arguments):
    known = [name for name, *_ in STEPS]
    if arguments == ["--list"]:
        for name, title, *_ in STEPS:
            print(f"{name:12} {title}")
        return 0
    unknown = [name for name in arguments if name not in known]
    if unknown:
        print(f"no such step: {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    RESULTS.mkdir(parents=True, exist_ok=True)
    # A signal ends the step under way and what it started, then this program.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    return run_steps(set(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
