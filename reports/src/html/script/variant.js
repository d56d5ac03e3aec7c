// The part for one variant: timeline, list, details and the scenario's text, joined. Here stands
// what is selected, what is filtered, and who is told of it.

class Variant {
  /** `entry` is the variant's row of the overview; see overview.js. */
  constructor(entry, page, source) {
    Object.assign(this, { entry, page });
    this.events = withFindings(page);
    this.findings = this.events.filter((event) => event.kind === "finding");
    this.hidden = new Set();
    this.text = "";
    this.selected = null;
    const lanes = buildLanes(page, this.events);
    const moments = this.events.map((event) => event.at);
    const select = (event, isNear) => this.select(event, isNear);
    const step = (by) => this.step(by);
    const leave = () => this.details.element.focus();
    this.timeline = new Timeline(lanes, moments, page.endedAt,
      { select, step, leave, zoomed: () => this.showView() });
    this.timeline.findings = this.findings;
    this.list = new EventList({ select, step, leave });
    this.details = new Details(page, this.events, { select, line: (line) => this.toLine(line) });
    this.source = source === null ? null : new Source(source, page, this.events, { select });
    this.groups = GROUPS.filter(([id]) => lanes.some((lane) => lane.group === id));
    this.view = el("span", { class: "view", "aria-live": "off" });
    this.count = el("span", { class: "count" });
    this.live = el("div", { class: "unseen", role: "status", "aria-live": "polite" });
    this.element = el("div", { class: "variant" }, this.head(), this.reasons(), this.toolbar(),
      this.filters(), this.timeline.element, this.panes(), this.live);
    this.filter();
    this.details.show(null);
    this.showView();
  }

  // --- what it is made of

  head() {
    const { entry, page } = this;
    const facts = [
      ["verdict", el("span", { class: `badge is-${entry.standing.replace(" ", "-")}` }, entry.standing)],
      ["provider", page.provider], ["virtual time", duration(page.endedAt)],
      ["events", this.kept()],
      ["planned faults", page.plannedFaults.join(", ")], ["covers", page.covers.join(", ")],
      ["checked", page.checked.map((one) => `${one.property} ×${one.times}`).join(", ")],
      ["replay", entry.replay && el("code", {}, entry.replay)],
    ];
    return el("header", { class: "head" },
      el("nav", { "aria-label": "Variants" },
        el("a", { href: "#variants", class: "button" }, "← All variants"),
        this.neighbour(entry.before, "previous"), this.neighbour(entry.after, "next"),
        el("a", { href: "#timeline-part", class: "skip", onclick: (event) => {
          event.preventDefault();
          this.timeline.scroller.focus();
        } }, "Skip to the timeline")),
      el("h1", { tabindex: "-1" }, entry.scenario, " / ", entry.variant),
      el("p", { class: "title" }, entry.title, entry.shows && el("br"), entry.shows),
      el("dl", { class: "facts" }, facts.filter(([, value]) => value)
        .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
  }

  neighbour(other, word) {
    return other && el("a", { href: `#${other.address}`, class: "button",
      title: `${other.scenario}/${other.variant}` }, word === "next" ? "Next →" : "← Previous");
  }

  kept() {
    const { leftOut } = this.page;
    const kept = this.events.filter((one) => one.kind !== "left-out" && one.kind !== "finding").length;
    if (leftOut === 0) return String(kept);
    return `${kept} shown, ${plural(leftOut, "event")} left out (the trace has them)`;
  }

  /** Findings, each with the way to its moment. */
  reasons() {
    if (this.findings.length === 0) return null;
    return el("section", { class: "reasons", "aria-label": "Findings" }, this.findings.map((one) =>
      el("article", { class: `reason tone-${tone(one)}` },
        el("h2", {}, `${one.property}: ${one.title}`, " ",
          el("button", { onclick: () => this.select(one, true) }, `show the moment, ${moment(one.at)}`)),
        findingBlock(one))));
  }

  toolbar() {
    const { timeline } = this;
    const button = (text, label, onclick) =>
      el("button", { onclick, "aria-label": label, title: label }, text);
    this.gaps = el("input", { type: "checkbox", onchange: () => timeline.shorten(this.gaps.checked) });
    this.search = el("input", { type: "search", placeholder: "filter events by text (press /)",
      "aria-label": "Filter events by text", oninput: () => {
        this.text = this.search.value.trim().toLowerCase();
        this.filter();
      } });
    return el("div", { class: "toolbar", role: "toolbar", "aria-label": "Timeline", id: "timeline-part" },
      button("+", "Zoom in (+)", () => timeline.zoom(0.6, timeline.centre())),
      button("−", "Zoom out (-)", () => timeline.zoom(1 / 0.6, timeline.centre())),
      button("Fit", "Show all (0)", () => timeline.fit()),
      button("◀", "Earlier (Shift+Left)", () => timeline.pan(-0.5)),
      button("▶", "Later (Shift+Right)", () => timeline.pan(0.5)),
      this.findings.length > 0 && button("✗ Next finding", "Next finding (n)", () => this.nextFinding()),
      el("label", {}, this.gaps, " shorten quiet times"),
      this.search, this.count, this.view,
      el("span", { class: "hint" }, "drag: zoom to a range · Ctrl+wheel: zoom · Shift+drag: pan"));
  }

  filters() {
    const all = (on) => {
      this.hidden = new Set(on ? [] : this.groups.map(([id]) => id));
      for (const box of this.boxes.values()) box.checked = on;
      this.filter();
    };
    this.boxes = new Map();
    return el("fieldset", { class: "filters" }, el("legend", {}, "Lanes"),
      this.groups.map(([id, name]) => {
        const box = el("input", { type: "checkbox", checked: true, onchange: () => {
          if (box.checked) this.hidden.delete(id);
          else this.hidden.add(id);
          this.filter();
        } });
        this.boxes.set(id, box);
        return el("label", {}, box, ` ${name}`);
      }),
      el("button", { onclick: () => all(true) }, "all"), el("button", { onclick: () => all(false) }, "none"));
  }

  panes() {
    return el("div", { class: "panes" },
      el("div", { class: "pane" }, el("h2", {}, "Events"), this.list.element),
      el("div", { class: "pane" }, el("h2", {}, "Details"), this.details.element),
      this.source && el("div", { class: "pane wide" }, el("h2", {}, "Scenario"), this.source.element));
  }

  // --- what it does

  filter() {
    const { text, hidden } = this;
    const passes = text === "" ? null : (event) => lowered(event).includes(text);
    this.shownEvents = this.events.filter((event) =>
      !hidden.has(group(event)) && (passes === null || passes(event)));
    this.timeline.filter(passes, (id) => !hidden.has(id));
    this.list.show(this.shownEvents);
    const all = this.events.length;
    const some = this.shownEvents.length;
    this.count.textContent = some === all ? plural(all, "event") : `${some} of ${plural(all, "event")}`;
  }

  select(event, isNear = false) {
    if (event && !this.shownEvents.includes(event)) this.showAll();
    this.selected = event;
    this.timeline.mark(event, isNear);
    this.list.mark(event);
    this.details.show(event);
    this.source?.mark(event);
    if (!event) return;
    this.live.textContent = `${moment(event.at)}, ${clip(told(event), 300)}`;
    history.replaceState(null, "", `#${this.entry.address}?at=${event.at}&event=${event.index}`);
  }

  /** What is selected is shown, whatever was filtered. */
  showAll() {
    this.hidden.clear();
    this.text = "";
    this.search.value = "";
    for (const box of this.boxes.values()) box.checked = true;
    this.filter();
  }

  /** So many events on, among those that are shown. */
  step(by) {
    const { shownEvents: events } = this;
    if (events.length === 0) return;
    const here = this.selected ? placeOf(events, this.selected) : -1;
    const to = here < 0 && Number.isFinite(by) ? 0 : here + by;
    this.select(events[Math.min(Math.max(0, to), events.length - 1)]);
  }

  nextFinding() {
    const at = this.findings.indexOf(this.selected);
    this.select(this.findings[(at + 1) % this.findings.length], true);
  }

  toLine(line) {
    this.source?.reveal(line);
    this.source?.element.scrollIntoView({ block: "nearest" });
  }

  /** The event that an address asks for: by its place, else the last one up to a moment. */
  goTo(query) {
    const at = Number(query.get("at") ?? NaN);
    const named = this.events[Number(query.get("event") ?? NaN)];
    const isNamed = named && (Number.isNaN(at) || named.at === at);
    const before = () => this.events[lowerBound(this.events.map((one) => one.at), at + 1) - 1];
    const event = isNamed ? named : Number.isNaN(at) ? null : before();
    if (event && event !== this.selected) this.select(event, true);
  }

  showView() {
    if (!this.view) return;
    const { scale, view } = this.timeline;
    this.view.textContent = `${moment(Math.round(scale.toTime(view.from)))} – `
      + moment(Math.round(scale.toTime(view.to)));
  }

  /** Keys that work wherever the focus is, but in what is typed into. */
  key(event) {
    if (event.key === "/") this.search.focus();
    else if (event.key === "n" && this.findings.length > 0) this.nextFinding();
    else if (event.key === "g") this.gaps.click();
    else return false;
    return true;
  }
}

/** The page's events with its findings among them, each at the end of its moment, numbered. */
function withFindings(page) {
  const warns = page.checked.length > 0;
  const findings = page.findings.map((finding) => ({ kind: "finding", warns, ...finding }));
  findings.sort((a, b) => a.at - b.at);
  const all = [];
  let next = 0;
  for (const event of page.events) {
    while (next < findings.length && findings[next].at < event.at) all.push(findings[next++]);
    all.push(event);
  }
  all.push(...findings.slice(next));
  all.forEach((event, index) => {
    event.index = index;
  });
  return all;
}

/** What a filter looks at, kept once it was asked for. */
const LOWERED = new WeakMap();
function lowered(event) {
  let text = LOWERED.get(event);
  if (text === undefined) {
    text = `${event.kind} ${told(event)}`.toLowerCase();
    LOWERED.set(event, text);
  }
  return text;
}
