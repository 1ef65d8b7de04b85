"""How run_tests.py counts what the other runners report, and how it ends what hangs."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import run_tests


class GtestTest(unittest.TestCase):
    def counts(self, tests, status):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            if tests is not None:
                report.write_text(json.dumps({"testsuites": [{"name": "Ring", "testsuite": tests}]}))
            return run_tests.gtest_counts(report, Path("ring_test"), status, "the output")

    def test_counts_each_case_and_shows_why_one_failed(self):
        failures = [{"failure": "ring_test.cpp:7\nExpected equality"}]
        counts = self.counts([{"name": "A", "status": "RUN", "result": "COMPLETED"}, {"name": "B", "status": "RUN", "result": "COMPLETED", "failures": failures}], 1)
        self.assertEqual((counts.passed, counts.failed), (1, 1))
        self.assertIn("Ring.B\nring_test.cpp:7", counts.details)

    def test_counts_a_crash_a_leak_and_a_program_without_tests_as_failures(self):
        self.assertEqual(self.counts(None, -11).failed, 1)
        leaked = self.counts([{"name": "A", "status": "RUN", "result": "COMPLETED"}], 1)
        self.assertEqual((leaked.passed, leaked.failed), (1, 1))
        self.assertIn("the output", leaked.details)
        self.assertEqual(self.counts([], 0).failed, 1)

    def test_names_what_was_skipped_and_counts_it_as_neither(self):
        counts = self.counts([{"name": "A", "status": "RUN", "result": "COMPLETED"}, {"name": "B", "status": "RUN", "result": "SKIPPED"}], 0)
        self.assertEqual((counts.passed, counts.failed), (1, 0))
        self.assertIn("not run: Ring.B", counts.details)


class VitestTest(unittest.TestCase):
    def counts(self, suites, status):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            if suites is not None:
                report.write_text(json.dumps({"testResults": suites}))
            return run_tests.vitest_counts(report, status, "the output")

    def suite(self, status, *tests, message=""):
        broke = {"passed": []}
        asserted = [
            {"status": state.removesuffix(" at last"), "fullName": f"case {n}", "failureMessages": broke.get(state, ["it broke\nat x.ts:3"])}
            for n, state in enumerate(tests)
        ]
        return {"name": str(run_tests.ROOT / "web/a.test.ts"), "status": status, "message": message, "assertionResults": asserted}

    def test_counts_each_case_and_shows_why_one_failed(self):
        counts = self.counts([self.suite("failed", "passed", "failed", "skipped"), self.suite("passed", "passed")], 1)
        self.assertEqual((counts.passed, counts.failed), (2, 1))
        self.assertIn("web/a.test.ts: case 1\nit broke\nat x.ts:3", counts.details)
        self.assertIn("not run: web/a.test.ts: case 2", counts.details)

    def test_tells_of_a_case_that_passed_at_the_second_try(self):
        counts = self.counts([self.suite("passed", "passed", "passed at last")], 0)
        self.assertEqual((counts.passed, counts.failed), (2, 0))
        self.assertEqual(counts.details, "passed at the second try: web/a.test.ts: case 1: it broke\n")

    def test_counts_a_file_that_cannot_be_loaded_as_a_failure(self):
        counts = self.counts([self.suite("failed", message="no such module")], 1)
        self.assertEqual((counts.passed, counts.failed), (0, 1))
        self.assertIn("no such module", counts.details)

    def test_counts_a_bad_end_after_good_cases_as_a_failure(self):
        self.assertEqual(self.counts([self.suite("passed", "passed")], 1).failed, 1)

    def test_refuses_a_run_without_a_report(self):
        with self.assertRaises(run_tests.Failed):
            self.counts(None, 1)


class RunTest(unittest.TestCase):
    def test_ends_a_program_that_takes_too_long_and_what_it_started(self):
        status, output = run_tests.run(["sh", "-c", "sleep 600 & echo $!; wait"], 3)
        self.assertEqual(status, 124)
        child = int(output.splitlines()[0])
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.lives(child):
            time.sleep(0.02)
        self.assertFalse(self.lives(child))

    def test_does_not_wait_for_a_daemon_that_holds_the_output(self):
        for script, seconds, expected in (("exit 3", 600, 3), ("sleep 600", 3, 124)):
            status, output = run_tests.run(["sh", "-c", f"setsid sleep 600 & echo $!; {script}"], seconds)
            self.assertEqual(status, expected)
            os.kill(int(output.splitlines()[0]), signal.SIGKILL)

    def lives(self, pid):
        try:
            return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
        except FileNotFoundError:
            return False

    def test_shows_a_long_output_from_its_first_error_on(self):
        text = "\n".join(["fine"] * 300 + ["a.cpp:1: error: no"] + ["note"] * 300)
        shown = run_tests.shorten(text).splitlines()
        self.assertEqual(shown[0], "a.cpp:1: error: no")
        self.assertEqual(len(shown), run_tests.SHOWN_LINES + 1)


class StepsTest(unittest.TestCase):
    def test_runs_what_is_on_demand_only_when_it_is_named(self):
        for names, expected in (([], ["usual"]), (["rare"], ["rare"]), (["rare", "usual"], ["usual", "rare"])):
            ran = []
            steps = [(name, "", [], lambda name=name: ran.append(name) or run_tests.Counts(passed=1)) for name in ("usual", "rare")]
            with mock.patch.multiple(run_tests, STEPS=steps, ON_DEMAND={"rare"}), contextlib.redirect_stdout(io.StringIO()):
                self.assertEqual(run_tests.run_steps(set(names)), 0)
            self.assertEqual(ran, expected)


class LastLineTest(unittest.TestCase):
    def test_prints_the_sums_in_the_promised_form_last(self):
        script = Path(run_tests.__file__)
        done = subprocess.run([sys.executable, script, "layers"], capture_output=True, text=True, check=False)
        self.assertRegex(done.stdout.splitlines()[-1], r"^\d+ passed, \d+ failed$")

    def test_prints_them_when_a_signal_ends_the_run(self):
        self.end_by_a_signal("run_tests.check(['sleep', '600'], 600)")

    def test_ends_all_that_runs_side_by_side_when_a_signal_ends_the_run(self):
        self.end_by_a_signal("run_tests.side_by_side(lambda seconds: run_tests.check(['sleep', seconds], 600), ['600', '601', '602'])")

    def test_sums_what_ran_side_by_side_in_order(self):
        def count(name):
            time.sleep(0.1 if name == "a" else 0)
            return run_tests.Counts(1, 1, name)

        counts = run_tests.side_by_side(count, "abc")
        self.assertEqual((counts.passed, counts.failed, counts.details), (3, 3, "abc"))

    def end_by_a_signal(self, hangs):
        script = f"import run_tests, sys; run_tests.STEPS = [('good', '', [], lambda: run_tests.Counts(passed=2)), ('hangs', '', [], lambda: {hangs})]; sys.exit(run_tests.main([]))"
        with subprocess.Popen([sys.executable, "-c", script], cwd=Path(run_tests.__file__).parent, stdout=subprocess.PIPE, text=True) as process:
            lines = []
            while not lines or not lines[-1].startswith("── hangs"):
                lines.append(process.stdout.readline())
            process.terminate()
            rest = process.stdout.read()
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assertEqual(rest.splitlines()[-1], "2 passed, 1 failed")

    def test_refuses_a_step_that_does_not_exist(self):
        done = subprocess.run([sys.executable, run_tests.__file__, "dance"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
