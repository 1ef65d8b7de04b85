"""check_tracked.py against texts that hold what must not be published."""

import unittest

import check_tracked


class TrackedTest(unittest.TestCase):
    def count(self, text, name="src/a.cpp"):
        return len(list(check_tracked.findings_in(name, text)))

    def test_refuses_paths_of_a_developers_machine(self):
        for path in ["/home/jo/taffrail/a", "/Users/Jo/src", "/root/x", "/workspace/main/a.cpp"]:
            with self.subTest(path):
                self.assertEqual(self.count(f'see "{path}"\n'), 1)

    def test_accepts_the_paths_that_a_program_means(self):
        for path in ["/var/lib/taffrail", "/sys/fs/cgroup/memory", "https://example.org/home/index", "--root/--runroot", "/home", "/home/me/.local", "src/root/x"]:
            with self.subTest(path):
                self.assertEqual(self.count(f'see "{path}"\n'), 0)

    def test_refuses_the_address_of_a_registry_in_a_lockfile_only(self):
        line = '  "resolved": "https://registry.example/x.tgz",\n'
        self.assertEqual(self.count(line, "web/package-lock.json"), 1)
        self.assertEqual(self.count(line, "web/x.json"), 0)

    def test_refuses_leftovers_of_a_merge(self):
        self.assertEqual(self.count("<" * 7 + " HEAD\na\n" + "=" * 7 + "\nb\n" + ">" * 7 + " x\n"), 3)

    def test_says_the_line(self):
        self.assertTrue(next(iter(check_tracked.findings_in("a", "\n\n/root/x\n"))).startswith("a:3:"))


if __name__ == "__main__":
    unittest.main()
