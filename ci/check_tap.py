#!/usr/bin/env python3
"""Reads results.tap with another implementation than the one that wrote it.

usage: check_tap.py DIR

Compares DIR/results.tap, read by the rules of TAP 14, with DIR/summary.json: same points, same
verdicts, no report that is greener than another. Exit codes: 0 they agree, 1 they do not.
"""
import json
import pathlib
import re
import sys

POINT = re.compile(r"^(not )?ok (\d+) - (.*)$")
# a directive begins at a `#` that no `\` stands before
DIRECTIVE = re.compile(r"(?<!\\)(?:\\\\)*\s#\s*(SKIP|TODO)\b\s*(.*)$", re.IGNORECASE)


def points(lines):
    """The test points: ok, skipped, the verdict in the block behind it."""
    assert next(lines) == "TAP version 14", "no version"
    plan = re.fullmatch(r"1\.\.(\d+)", next(lines))
    assert plan, "no plan"
    found = []
    for line in lines:
        point = POINT.match(line)
        assert point, f"no test point: {line[:80]}"
        assert int(point[2]) == len(found) + 1, f"{point[2]} is not the next number"
        assert next(lines) == "  ---", f"point {point[2]} has no block"
        block = {}
        for field in lines:
            if field == "  ...":
                break
            key, _, value = field.strip().partition(": ")
            block[key] = json.loads(value)
        else:
            raise AssertionError(f"the block of point {point[2]} has no end")
        skipped = DIRECTIVE.search(point[3])
        found.append((point[1] is None, bool(skipped), block["verdict"]))
    assert len(found) == int(plan[1]), f"{plan[1]} planned, {len(found)} seen"
    return found


def main(folder):
    text = (folder / "results.tap").read_text(encoding="utf-8")
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    found = points(iter(text.splitlines()))
    counts = summary["counts"]["variants"]
    for verdict, count in counts.items():
        seen = [point for point in found if point[2] == verdict.replace("_", " ")]
        assert len(seen) == count, f"{len(seen)} points are {verdict}, {count} variants are"
        good = verdict in ("passed", "skipped", "not_started")
        skipped = verdict in ("skipped", "not_started")
        assert all(point[:2] == (good, skipped) for point in seen), verdict
    complaints = [point for point in found if point[2] == "complaint"]
    assert len(complaints) == len(summary["complaints"]), "complaints"
    assert not any(point[0] for point in complaints), "a complaint is ok"
    red = not all(point[0] for point in found)
    assert red == (summary["exit_code"] != 0), "TAP and exit code disagree"
    print(f"{len(found)} points: TAP and summary agree")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        main(pathlib.Path(sys.argv[1]))
    except (AssertionError, OSError, KeyError, ValueError, StopIteration) as error:
        sys.exit(f"check_tap: {error!r}")
