"""check_layers.py against small trees, most of them with a violation."""

import tempfile
import unittest
from pathlib import Path

import check_layers

LAYERS = """{"floors": [["base"], ["net", "text"], ["source", "source/cgroup", "source/docker", "source/files"], ["app"]],
             "sideways": {"source/docker": ["source/cgroup"]}}"""


class LayersTest(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "tools").mkdir()
            (root / "tools" / "layers.json").write_text(LAYERS)
            for name, text in files.items():
                (root / "src" / name).parent.mkdir(parents=True, exist_ok=True)
                (root / "src" / name).write_text(text)
            return list(check_layers.violations(root))

    def test_accepts_includes_that_point_down_or_stay_at_home(self):
        self.assertEqual(
            self.check(
                {
                    "base/result.hpp": "#include <vector>\n",
                    "base/result.cpp": '#include "base/result.hpp"\n',
                    "source/source.hpp": '#include "text/line.hpp"\n',
                    "source/docker/docker.hpp": '#include "source/source.hpp"\n#include "source/docker/client.hpp"\n',
                    "app/main.cpp": '#include "base/result.hpp"\n#include "source/docker/docker.hpp"\n',
                }
            ),
            [],
        )

    def test_refuses_an_include_that_points_up(self):
        found = self.check({"base/result.cpp": '// a comment\n#include "base/result.hpp"\n#include "app/config.hpp"\n'})
        self.assertEqual(len(found), 1)
        self.assertIn("src/base/result.cpp:3", found[0])
        self.assertIn("up", found[0])

    def test_refuses_a_neighbour_on_the_same_floor(self):
        found = self.check({"net/http.cpp": '#include "text/utf8.hpp"\n'})
        self.assertEqual(len(found), 1)
        self.assertIn("sideways", found[0])

    def test_refuses_one_kind_of_source_in_another_but_for_the_listed_exception(self):
        self.assertEqual(self.check({"source/docker/a.cpp": '#include "source/cgroup/reader.hpp"\n'}), [])
        self.assertEqual(len(self.check({"source/cgroup/a.cpp": '#include "source/docker/client.hpp"\n'})), 1)
        self.assertEqual(len(self.check({"source/files/a.cpp": '#include "source/cgroup/reader.hpp"\n'})), 1)

    def test_refuses_a_seam_that_includes_its_kinds(self):
        self.assertEqual(len(self.check({"source/source.cpp": '#include "source/docker/docker.hpp"\n'})), 1)

    def test_refuses_a_folder_that_is_on_no_floor(self):
        found = self.check({"helpers/x.hpp": "\n"})
        self.assertEqual(len(found), 1)
        self.assertIn("src/helpers/x.hpp", found[0])

    def test_refuses_a_way_out_of_the_folder_by_dots(self):
        self.assertEqual(len(self.check({"text/a.cpp": '#include "../app/config.hpp"\n'})), 1)

    def test_sees_includes_however_they_are_spaced(self):
        self.assertEqual(len(self.check({"base/a.hpp": '  #  include"app/config.hpp"\n'})), 1)

    def test_takes_system_headers_with_the_name_of_a_component_for_what_they_are(self):
        self.assertEqual(self.check({"base/a.cpp": "#include <net/if.h>\n"}), [])
        self.assertEqual(len(self.check({"base/a.cpp": "#include <net/http.hpp>\n", "net/http.hpp": "\n"})), 1)


class RepositoryTest(unittest.TestCase):
    def test_puts_every_component_of_the_build_on_a_floor(self):
        root = Path(__file__).resolve().parent.parent
        listed = set(check_layers.Layers(check_layers.json.loads((root / "tools/layers.json").read_text())).floor)
        built = {p.parent.relative_to(root / "src").as_posix() for p in (root / "src").rglob("CMakeLists.txt")}
        self.assertEqual(built - listed, set())

    def test_keeps_the_consumers_of_the_pipeline_above_it_and_apart(self):
        root = Path(__file__).resolve().parent.parent
        layers = check_layers.Layers(check_layers.json.loads((root / "tools/layers.json").read_text()))
        for consumer, other in (("history", "alert"), ("alert", "history")):
            self.assertTrue(layers.allows(consumer, "pipeline"))
            self.assertTrue(layers.allows(consumer, "store"))
            self.assertTrue(layers.allows("api", consumer))
            self.assertFalse(layers.allows("pipeline", consumer))
            self.assertFalse(layers.allows(consumer, other))


if __name__ == "__main__":
    unittest.main()
