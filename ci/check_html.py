#!/usr/bin/env python3
"""Reads report.html with other implementations than the one that wrote it.

usage: check_html.py DIR

DIR/report.html as html.parser and zlib of the standard library see it, compared with
DIR/summary.json; its script as node sees it, where there is one. Exit codes: 0 all is well, 1 not.
"""
import base64
import hashlib
import html.parser
import json
import pathlib
import re
import shutil
import subprocess
import sys
import zlib

VOID = {"meta", "link", "br", "input"}


class Reader(html.parser.HTMLParser):
    """Checks nesting, and gathers what is compared."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.rows, self.data, self.code = [], set(), [], {}, {}
        self.policy, self.links = "", []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        assert len(values) == len(attributes), f"an attribute twice in <{tag}>"
        assert not any(name.startswith("on") for name in values), f"<{tag}> has a handler"
        if "id" in values:
            assert values["id"] not in self.ids, f"the id {values['id']} stands twice"
            self.ids.add(values["id"])
        if "data-trial" in values:
            self.rows.append(values)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        for name in ("href", "src"):
            if name in values:
                self.links.append(values[name])
        if tag not in VOID:
            self.open.append((tag, values))

    def handle_startendtag(self, tag, attributes):
        assert tag in VOID, f"<{tag}/> has no meaning in HTML"
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1][0] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        tag, values = self.open[-1] if self.open else ("", {})
        if tag in ("script", "style"):
            place = self.data if "id" in values else self.code
            key = values.get("id", tag)
            place[key] = place.get(key, "") + data


def inflate(data):
    """The text of an element, which may be compressed."""
    if data.startswith("{"):
        return data
    return zlib.decompress(base64.b64decode(data, validate=True), -15).decode()


def check(folder):
    text = (folder / "report.html").read_bytes().decode("utf-8", "strict")
    summary = json.loads((folder / "summary.json").read_text())
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open, f"not closed: {reader.open}"
    hostile = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert not hostile, f"the document holds {hostile[0]!r}"
    assert all(link.startswith("#") or link == "data:," for link in reader.links), reader.links
    for tag in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(reader.code[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in reader.policy, f"the policy forbids the {tag}"
    assert "default-src 'none'" in reader.policy

    variants = [one for scenario in summary["scenarios"] for one in scenario["variants"]]
    seen = sorted(row["data-standing"] for row in reader.rows)
    assert seen == sorted(one["verdict"] for one in variants), "other verdicts than summary.json"
    pages = {name: json.loads(inflate(text)) for name, text in reader.data.items()
             if name.startswith("page-")}
    for row in reader.rows:
        page = pages.get(f"page-{row['data-trial']}")
        assert (page is not None) == ("data-kept" in row), f"no page for {row}"
        if page:
            events = sum(1 for one in page["rows"] if one[1] != 14)
            assert events == int(row["data-kept"]), f"{row}: the page has {events} events"
    for name, packed in reader.data.items():
        inflate(packed)
    return reader.code["script"], len(reader.rows), len(pages), len(text)


def main():
    folder = pathlib.Path(sys.argv[1])
    script, rows, pages, size = check(folder)
    print(f"{folder}/report.html: {rows} variants, {pages} timelines, {size / 1e6:.1f} MB")
    node = shutil.which("node")
    if not node:
        print("no node on the PATH: the script was not parsed")
        return 0
    told = subprocess.run([node, "--check", "-"], input=script.encode(), capture_output=True)
    assert told.returncode == 0, told.stderr.decode()
    return 0


if __name__ == "__main__":
    sys.exit(main())
