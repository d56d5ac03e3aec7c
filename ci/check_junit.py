#!/usr/bin/env python3
"""Reads junit.xml with another implementation than the one that wrote it.

usage: check_junit.py DIR

Compares DIR/junit.xml, as the expat parser of the standard library sees it, with
DIR/summary.json and DIR/run.json: same counts, same variants, no report that is greener than
another. Exit codes: 0 they agree, 1 they do not.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

ENDS = {"failure": "failed", "error": "broken", "skipped": "skipped"}


def end(case):
    """How a case ended, and the text that a reader shows for it."""
    found = [child for child in case if child.tag in ENDS]
    assert len(found) <= 1, f"{case.get('name')} ends in more than one way"
    if not found:
        return "passed"
    assert (found[0].text or "").strip(), f"{case.get('name')} has no text"
    assert found[0].get("message"), f"{case.get('name')} has no message"
    return ENDS[found[0].tag]


def count(element):
    """The numbers that an element gives must be those of its cases."""
    cases = list(element.iter("testcase"))
    ends = [end(case) for case in cases]
    seen = {
        "tests": len(cases),
        "failures": ends.count("failed"),
        "errors": ends.count("broken"),
        "skipped": ends.count("skipped"),
    }
    for name, number in seen.items():
        assert element.get(name) == str(number), f"{element.get('name')}: {name} is not {number}"
    return seen


def main(folder):
    root = ElementTree.parse(folder / "junit.xml").getroot()
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert root.tag == "testsuites", root.tag
    assert summary["format"] == 1 and run["format"] == 1, "unknown format"

    total = count(root)
    for suite in root.findall("testsuite"):
        count(suite)
        for case in suite.findall("testcase"):
            assert case.get("classname").count(".") == 1, case.get("classname")

    variants, complaints = summary["counts"]["variants"], len(summary["complaints"])
    assert total["failures"] == variants["failed"], "failures"
    assert total["errors"] == variants["broken"] + complaints, "errors"
    assert total["skipped"] == variants["skipped"] + variants["not_started"], "skipped"
    assert total["tests"] == sum(variants.values()) + complaints, "tests"
    red = total["failures"] + total["errors"] > 0
    assert red == (summary["exit_code"] != 0), "JUnit and exit code disagree"

    passed = [case for case in root.iter("testcase") if end(case) == "passed"]
    flaky = [case for case in passed if any(child.tag.startswith("flaky") for child in case)]
    assert len(flaky) == summary["counts"]["flaky"], "flaky"
    reruns = {child.tag for case in root.iter("testcase") if case not in passed for child in case}
    assert not any(tag.startswith("flaky") for tag in reruns), "flaky and not passed"

    listed = [
        (scenario["name"], variant["name"], variant["verdict"])
        for scenario in summary["scenarios"]
        for variant in scenario["variants"]
    ]
    ran = [(trial["scenario"], trial["variant"], trial["verdict"]) for trial in run["trials"]]
    assert sorted(listed) == sorted(ran), "summary.json and run.json list other variants"
    suites = [suite for suite in root.findall("testsuite") if suite.get("name") != "run"]
    assert len(suites) == len(summary["scenarios"]), "suites"
    for suite, scenario in zip(suites, summary["scenarios"]):
        known = {"provider", "seed", "target", "virtual-seconds", *scenario["labels"]}
        for case in suite.findall("testcase"):
            names = {item.get("name") for item in case.iterfind("properties/property")}
            assert known <= names, f"{case.get('name')} lacks {sorted(known - names)}"
    print(f"{len(suites)} suites, {total['tests']} cases: JUnit, summary and run agree")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        main(pathlib.Path(sys.argv[1]))
    except (AssertionError, ElementTree.ParseError, OSError, KeyError, ValueError) as error:
        sys.exit(f"check_junit: {error!r}")
