"""What tidy.py looks at, tried in repositories of a few files."""

import subprocess
import tempfile
import unittest
from pathlib import Path

import tidy


class Choosing(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name).resolve()
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "t")
        self.git("config", "user.email", "t@example.com")
        self.write("a.hpp", "")
        self.write("b.hpp", '#include "a.hpp"\n')
        self.write("a.cpp", '#include "a.hpp"\n')
        self.write("b.cpp", '#include "b.hpp"\n')
        self.write("c.cpp", "")
        self.write("other.cpp", '#include "b.hpp"\n#include "c.hpp"\n')
        self.write("c.hpp", "")
        self.land()

    def git(self, *arguments):
        subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True)

    def write(self, name, text, folder="src"):
        path = self.root / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "x")

    def land(self):
        self.commit()
        self.git("update-ref", "refs/remotes/origin/main", "HEAD")

    def chosen(self):
        """The names that are looked at."""
        candidates = sorted((self.root / "src").glob("*.cpp"))
        return {path.name for path in tidy.choose(self.root, candidates, tidy.Hasher(self.root))[0]}

    ALL = {"a.cpp", "b.cpp", "c.cpp", "other.cpp"}

    def test_only_what_differs_from_the_last_landed_commit_is_looked_at(self):
        self.write("c.cpp", "int one;\n")
        self.commit()
        self.assertEqual(self.chosen(), {"c.cpp"})
        self.write("a.cpp", "int two;\n")  # not committed yet
        self.write("new.cpp", "")  # not even known to git
        self.assertEqual(self.chosen(), {"a.cpp", "c.cpp", "new.cpp"})

    def test_a_changed_header_is_looked_at_through_one_source(self):
        self.write("a.hpp", "int one;\n")
        self.commit()
        self.assertEqual(self.chosen(), {"a.cpp"}, "its own")
        self.write("c.hpp", "int two;\n")
        self.assertEqual(self.chosen(), {"other.cpp"} | {"a.cpp"}, "the only one that includes it")
        self.write("other.cpp", '#include "b.hpp"\n#include "c.hpp"\nint three;\n')
        self.assertEqual(self.chosen(), {"other.cpp"}, "which sees both headers")

    def test_what_has_just_landed_is_looked_at_on_the_main_branch_itself(self):
        self.write("b.cpp", '#include "b.hpp"\nint one;\n')
        self.land()
        self.assertEqual(self.chosen(), {"b.cpp"})

    def test_without_a_landed_commit_everything_is_looked_at(self):
        self.git("update-ref", "-d", "refs/remotes/origin/main")
        self.assertEqual(self.chosen(), self.ALL, "no origin")

    def test_without_history_everything_is_looked_at(self):
        # The first commit is the landed one, as in a shallow clone.
        self.assertEqual(self.chosen(), self.ALL)

    def test_everything_is_looked_at_when_what_decides_about_findings_has_changed(self):
        self.write(".clang-tidy", "Checks: x\n", ".")
        self.commit()
        self.assertEqual(self.chosen(), self.ALL)

    def test_a_branch_that_is_behind_is_compared_with_where_it_left(self):
        self.git("checkout", "--quiet", "-b", "work")
        self.write("a.cpp", "int one;\n")
        self.commit()
        self.git("checkout", "--quiet", "main")
        self.write("c.cpp", "int two;\n")
        self.land()
        self.git("checkout", "--quiet", "work")
        self.assertEqual(self.chosen(), {"a.cpp"})


if __name__ == "__main__":
    unittest.main()
