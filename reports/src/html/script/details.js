// The details of one event: its fields, its body, what it belongs to, and for a revision the
// difference to the one before it or to any other.

class Details {
  /** `tell` has `select(event)` and `line(number)`. */
  constructor(page, events, tell) {
    Object.assign(this, { page, events, tell });
    this.element = el("section", { class: "details", tabindex: "-1", "aria-label": "Details" });
  }

  show(event) {
    if (!event) {
      refill(this.element, el("p", { class: "hint" },
        "Pick an event on the timeline or in the list: its content shows here."));
      return;
    }
    refill(this.element,
      el("h3", {}, el("span", { class: "at" }, moment(event.at)), " ", clip(told(event), 600)),
      this.links(event),
      event.kind === "finding" ? findingBlock(event) : null,
      event.kind === "revision" ? this.versions(event) : this.fields(event));
  }

  /** What it belongs to. */
  links(event) {
    const to = (other, text) => other && other !== event && el("button", {
      class: "link", onclick: () => this.tell.select(other),
    }, text);
    const operation = this.page.lines[event.operation];
    const near = (step) => event.kind === "revision" && this.revision(event, step);
    return el("p", { class: "links" },
      to(event.reply, "its answer"), to(event.request, "its request"),
      to(event.launch, "its launch"), to(event.ends, "its end"),
      to(near(-1), "← revision before"), to(near(1), "revision after →"),
      operation > 0 && el("button", { class: "link", onclick: () => this.tell.line(operation) },
        `line ${operation} of the scenario`),
      event.place && event.kind === "finding" && el("button", {
        class: "link", onclick: () => this.tell.line(event.place.line),
      }, `line ${event.place.line} of the scenario`));
  }

  revisions(event) {
    return this.events.filter((one) => one.kind === "revision" && one.place === event.place);
  }

  revision(event, step) {
    const all = this.revisions(event);
    return all[all.indexOf(event) + step] ?? null;
  }

  versions(event) {
    if (typeof event.body === "string") return el("p", { class: "hint" }, event.body);
    const block = el("div");
    const show = (other) => {
      const lines = difference(other?.body, event.body);
      refill(block, el("p", { class: "hint" }, other
        ? `revision ${other.revision} → ${event.revision}` : `revision ${event.revision}, whole`),
      diffBlock(other ? folded(lines) : lines.map((line) => ({ ...line, sign: " " }))));
    };
    const others = this.revisions(event).filter((one) => one !== event
      && typeof one.body !== "string");
    const choice = el("select", {
      onchange: () => show(others[Number(choice.value)] ?? null),
    }, el("option", { value: "-1" }, "nothing: the whole object"), others.map((one, at) =>
      el("option", { value: at, selected: one === event.before },
        `${one.revision} at ${moment(one.at)} by ${one.by}`)));
    show(event.before && typeof event.before.body !== "string" ? event.before : null);
    return [el("label", { class: "compare" }, "compare with ", choice), block];
  }

  fields(event) {
    const hidden = ["n", "at", "index", "kind", "body", "variables", "reply", "request", "launch",
      "ends", "before", "traceback", "excerpt", "differences", "text"];
    const rows = Object.entries(event)
      .filter(([key, value]) => !hidden.includes(key) && value !== null && value !== undefined
        && value !== "" && event.kind !== "finding")
      .map(([key, value]) => el("tr", {}, el("th", { scope: "row" }, key),
        el("td", {}, typeof value === "object" ? JSON.stringify(value) : value)));
    const block = (name, value) => value !== undefined && value !== null && value !== "" && [
      el("h4", {}, name),
      el("pre", { tabindex: "0" },
        typeof value === "string" ? value : JSON.stringify(value, null, 2)),
    ];
    return [rows.length > 0 && el("table", { class: "fields" }, el("tbody", {}, rows)),
      block("text", event.text), block("body", event.body), block("variables", event.variables),
      block("traceback", event.traceback),
      event.reply && block("answer", event.reply.body)];
  }
}

/** A finding as the terminal tells it. */
function findingBlock(finding) {
  const part = (name, value) => value && el("tr", {}, el("th", { scope: "row" }, name),
    el("td", {}, el("pre", {}, value)));
  return el("table", { class: "fields" }, el("tbody", {},
    part("expected", finding.expected), part("seen", finding.seen),
    part("differences", (finding.differences ?? []).join("\n")),
    part("hint", finding.hint), part("object", finding.object),
    part("last events", (finding.excerpt ?? [])
      .map((line) => `${moment(line.at)}  ${line.text}`).join("\n"))));
}
