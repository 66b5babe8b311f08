"""The list of the slowest files: what each phase of each test took, added up."""

import pytest
from support.times_plugin import told


def report(node: str, when: str, seconds: float) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=node,
        location=("", None, ""),
        keywords={},
        outcome="passed",
        longrepr=None,
        when=when,  # type: ignore[arg-type]
        duration=seconds,
    )


def test_phases_and_tests_of_a_file_are_added_up() -> None:
    text = told(
        {
            "passed": [report("a.py::test_x", "call", 1.0), report("b.py::test_y[1]", "call", 2.0)],
            "": [report("a.py::test_x", "setup", 3.5)],
            "warnings": [],
        }
    )
    assert text == "    4.5 s  a.py\n    2.0 s  b.py\n    6.5 s  in all 2 files\n"
