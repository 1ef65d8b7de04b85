"""sweep.py against processes that were orphaned on purpose."""

import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import sweep


class SweepTest(unittest.TestCase):
    def start(self, folder, command):
        return subprocess.Popen(command, env={**os.environ, sweep.VARIABLE: folder}, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def test_ends_orphans_that_carry_the_mark_and_their_descendants_and_removes_the_folder(self):
        folder = tempfile.mkdtemp(prefix="taffrail-sweep-")
        # The inner process drops the variable, as a process in a container has an environment of its own.
        with self.start(folder, ["sh", "-c", "env -i sleep 600 & echo $!; exec sleep 600"]) as parent:
            child = int(parent.stdout.readline())
            deadline = time.monotonic() + 30
            while child not in sweep.belonging(sweep.processes(), folder) and time.monotonic() < deadline:
                time.sleep(0.01)
            sweep.sweep(folder)
            self.assertNotEqual(parent.wait(10), 0)
        self.assertNotIn(child, sweep.processes())
        self.assertFalse(Path(folder).exists())

    def test_leaves_the_processes_of_another_run_alone(self):
        mine, other = (tempfile.mkdtemp(prefix="taffrail-sweep-") for _ in range(2))
        with self.start(other, ["sleep", "600"]) as process:
            sweep.sweep(mine)
            self.assertIsNone(process.poll())
            sweep.sweep(other)
            process.wait(10)

    def test_refuses_folders_that_no_test_run_made(self):
        for folder in ["/", "/usr", tempfile.gettempdir(), os.path.join(tempfile.gettempdir(), "mine")]:
            with self.subTest(folder), self.assertRaises(ValueError):
                sweep.sweep(folder)


if __name__ == "__main__":
    unittest.main()
