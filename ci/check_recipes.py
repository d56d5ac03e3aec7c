#!/usr/bin/env python3
"""Checks the CI recipes of ci/recipes beyond what a schema says.

usage: check_recipes.py PROGRAM

* Every `osac-e2e` command line in a recipe is one that PROGRAM understands.
* The Tekton task, for which there is no schema in a package registry: its shape, and that each
  `$(...)` in it is declared.
* Only GitHub's own actions and those of this repository are used.

Needs ruamel.yaml, which check-jsonschema brings. Exit codes: 0 clean, 1 not.
"""
import pathlib
import re
import shlex
import subprocess
import sys

from ruamel.yaml import YAML

ROOT = pathlib.Path(__file__).parent / "recipes"
CALL = re.compile(r'(?:"\$PROGRAM"|target/release/osac-e2e) ((?:run|report)\b.*)')
# what ends a command, or begins what is filled in later
REST = re.compile(r'\s(?:"\$\{|"\$@"|"\$\(|\$[A-Z]|[|&>;]).*')


def texts(node):
    """All texts of a document, with the breaks of folded blocks as blanks."""
    if isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


def calls(document):
    """The command lines of a document, without what is only known when it runs."""
    for text in texts(document):
        for match in CALL.finditer(text):
            line = match.group(1).replace('"$seed"', "7").replace('"seeds/$seed"', "seeds/7")
            yield REST.sub("", line.replace('"reports=$RUN"', "reports=x"))


def check_calls(name, document, program):
    """Every command line is understood; with --help nothing is run."""
    found = list(calls(document))
    assert found or name.name == "scenarios.yml", f"{name}: no call of osac-e2e"
    for line in found:
        done = subprocess.run(
            [program, *shlex.split(line), "--help"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{name}: `{line}`: {done.stderr.strip()}"
    return len(found)


def check_actions(name, document):
    """No action of a third party."""
    for text in texts(document):
        if re.fullmatch(r"[\w.-]+/[\w./-]+@\S+", text):
            assert text.startswith("actions/"), f"{name}: {text} is nobody's that we know"


def check_tekton(name, task):
    """The shape of a task, and that what it refers to is declared."""
    assert task["apiVersion"] == "tekton.dev/v1" and task["kind"] == "Task", name
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", task["metadata"]["name"]), name
    spec = task["spec"]
    known = {"description", "workspaces", "params", "results", "steps"}
    assert set(spec) <= known, f"{name}: {sorted(set(spec) - known)}"
    declared = {
        kind: {item["name"]: item for item in spec.get(kind, [])}
        for kind in ("workspaces", "params", "results")
    }
    for step in spec["steps"]:
        assert {"name", "image", "script"} <= set(step), f"{name}: {step.get('name')}"
        assert set(step) <= {"name", "image", "script", "workingDir", "args"}, name
        for text in texts(step):
            for kind, item in re.findall(r"\$\((workspaces|params|results)\.([\w-]+)", text):
                assert item in declared[kind], f"{name}: {kind}.{item} is not declared"
            for item in re.findall(r"\$\(params\.([\w-]+)\[\*\]\)", text):
                assert declared["params"][item]["type"] == "array", f"{name}: {item} is no array"


def main(program):
    yaml = YAML(typ="safe")
    files = sorted(path for path in ROOT.rglob("*") if path.suffix in (".yml", ".yaml"))
    count = 0
    for path in files:
        document = yaml.load(path.read_text(encoding="utf-8"))
        count += check_calls(path.relative_to(ROOT), document, program)
        check_actions(path.relative_to(ROOT), document)
        if path.name == "tekton.yaml":
            check_tekton(path.relative_to(ROOT), document)
    print(f"{len(files)} recipes, {count} calls of osac-e2e: all are understood")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        main(sys.argv[1])
    except (AssertionError, KeyError, OSError, ValueError) as error:
        sys.exit(f"check_recipes: {error!r}")
