"""An audit that skipped something is no audit."""

from cloche_deploy.audit import findings


def test_a_skipped_package_is_a_finding() -> None:
    report = {"dependencies": [{"name": "a", "skip_reason": "not found"}]}
    assert list(findings(report)) == ["a was not audited: not found"]


def test_an_empty_report_is_a_finding() -> None:
    assert list(findings({})) == ["nothing was audited"]


def test_a_vulnerability_says_where_it_is_mended() -> None:
    vulnerable = {"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}
    sound = {"name": "b", "version": "1", "vulns": []}
    report = {"dependencies": [vulnerable, sound]}
    assert list(findings(report)) == ["a 1: X-1, mended in 2"]
