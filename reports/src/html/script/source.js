// The scenario's text: what ran is marked with how it ended, what failed with its message. A line
// of an operation leads to its moment, and an event to its line.

class Source {
  /** `tell` has `select(event, isNear)`. */
  constructor(text, page, events, tell) {
    Object.assign(this, { page, events, tell });
    this.lines = text.split("\n");
    this.elements = new Map();
    this.element = el("section", { class: "source", "aria-label": "Scenario" },
      el("ol", { class: "code" }, this.rows()));
  }

  rows() {
    const begun = new Map();
    for (const event of this.events) {
      const line = event.kind === "step" ? this.page.lines[event.operation] : 0;
      if (!line) continue;
      const known = begun.get(line) ?? { first: event, last: event };
      begun.set(line, { first: known.first, last: event });
    }
    const findings = new Map();
    for (const event of this.events) {
      if (event.kind !== "finding" || !event.place) continue;
      const { line } = event.place;
      findings.set(line, [...(findings.get(line) ?? []), event]);
    }
    return this.lines.map((text, at) => this.row(at + 1, text, begun.get(at + 1), findings.get(at + 1)));
  }

  row(number, text, begun, findings) {
    const mark = begun ? this.stepButton(number, begun) : el("span", { class: "no-mark" });
    const row = el("li", { class: findings ? "line is-bad" : "line" },
      el("span", { class: "gutter" }, mark, el("span", { class: "number" }, number)),
      el("code", {}, coloured(text)),
      findings?.map((finding) => this.remark(finding)));
    this.elements.set(number, row);
    return row;
  }

  stepButton(number, { first, last }) {
    const how = tone(last);
    const sign = { good: "✓", bad: "✗", warn: "!", plain: "▸" }[how];
    return el("button", {
      class: `step tone-${how}`, title: told(last),
      "aria-label": `line ${number}: ${clip(told(last), 200)}; show the moment`,
      onclick: () => this.tell.select(how === "bad" ? last : first, true),
    }, sign);
  }

  remark(finding) {
    const { column, width } = finding.place;
    const under = `${" ".repeat(Math.max(0, column - 1))}${"^".repeat(Math.min(80, Math.max(1, width)))}`;
    return el("div", { class: `remark tone-${tone(finding)}` },
      el("code", { "aria-hidden": "true" }, under), el("br"),
      clip(`${finding.property}: ${finding.title}`, 400), " ",
      el("button", { class: "link", onclick: () => this.tell.select(finding, true) },
        `at ${moment(finding.at)}`));
  }

  /** Marks the line that an event belongs to: its own, or that of the operation that was going on. */
  mark(event) {
    for (const row of this.element.querySelectorAll(".here, .there")) {
      row.classList.remove("here", "there");
    }
    if (!event) return;
    const own = event.kind === "step" ? this.page.lines[event.operation]
      : event.kind === "finding" ? event.place?.line : 0;
    const line = own || this.page.lines[this.operationAt(event)];
    if (line) this.reveal(line, own ? "here" : "there");
  }

  operationAt(event) {
    for (let at = event.index; at >= 0; at -= 1) {
      const one = this.events[at];
      if (one.kind === "step") return one.operation;
    }
    return -1;
  }

  /** Brings a line into view, and marks it with what stands below it. */
  reveal(line, how = "here") {
    const indent = (text) => text.search(/[^ -]/);
    const first = indent(this.lines[line - 1] ?? "");
    for (let at = line; at <= this.lines.length; at += 1) {
      const text = this.lines[at - 1];
      const begins = text.trimStart().startsWith("- ") && indent(text) <= first;
      if (at > line && text.trim() && (indent(text) < first || begins)) break;
      if (at - line > 60) break;
      this.elements.get(at)?.classList.add(how);
    }
    const row = this.elements.get(line);
    if (!row) return;
    const box = this.element;
    const top = row.offsetTop - box.offsetTop;
    if (top < box.scrollTop + 20 || top > box.scrollTop + box.clientHeight - 60) {
      box.scrollTop = Math.max(0, top - box.clientHeight / 3);
    }
  }
}

/** Comments and keys, told apart. */
function coloured(text) {
  const comment = text.match(/(^|\s)#.*$/);
  const end = comment ? comment.index : text.length;
  const key = text.slice(0, end).match(/^(\s*(?:- )*)([A-Za-z][\w.-]*)(:)(\s|$)/);
  const code = text.slice(0, end);
  return [
    key ? [key[1], el("b", {}, key[2]), code.slice(key[1].length + key[2].length)] : code,
    comment && el("i", {}, text.slice(end)),
  ];
}
