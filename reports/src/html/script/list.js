// The list of events: the timeline in words, for readers of screens and for reading on. Only the
// rows in view are in the document, whatever the list's length.

const ROW = 23;
/** Browsers cannot lay out arbitrarily high elements: longer lists scroll in larger steps. */
const HIGHEST = 8_000_000;

class EventList {
  /** `tell` has `select(event)` and `leave()`. */
  constructor(tell) {
    this.tell = tell;
    this.events = [];
    this.selected = -1;
    this.rows = el("div", { class: "rows", role: "presentation" });
    this.spacer = el("div", { class: "spacer", role: "presentation" });
    this.element = el("div", {
      class: "list", tabindex: "0", role: "listbox", "aria-label": "Events",
      onkeydown: (event) => this.key(event), onscroll: () => this.redraw(),
    }, this.spacer, this.rows);
    this.redraw = oncePerFrame(() => this.draw());
    new ResizeObserver(() => this.redraw()).observe(this.element);
  }

  show(events) {
    const event = this.events[this.selected];
    this.events = events;
    this.selected = event ? events.indexOf(event) : -1;
    this.tall = Math.min(HIGHEST, events.length * ROW);
    this.spacer.style.height = `${this.tall}px`;
    this.redraw();
  }

  mark(event) {
    this.selected = event ? placeOf(this.events, event) : -1;
    if (this.selected >= 0) {
      const first = this.first();
      const many = this.many();
      if (this.selected < first + 1 || this.selected > first + many - 2) {
        this.scrollTo(this.selected - Math.floor(many / 2));
      }
    }
    this.redraw();
  }

  many() {
    return Math.max(1, Math.floor(this.element.clientHeight / ROW));
  }

  /** The row at the top. */
  first() {
    const most = Math.max(1, this.tall - this.element.clientHeight);
    const rows = Math.max(0, this.events.length - this.many());
    return Math.round(Math.min(1, this.element.scrollTop / most) * rows);
  }

  scrollTo(row) {
    const rows = Math.max(1, this.events.length - this.many());
    const most = Math.max(0, this.tall - this.element.clientHeight);
    this.element.scrollTop = (Math.min(Math.max(0, row), rows) / rows) * most;
  }

  draw() {
    const first = this.first();
    const last = Math.min(this.events.length, first + this.many() + 2);
    this.rows.style.transform = `translateY(${this.element.scrollTop}px)`;
    const rows = [];
    for (let at = first; at < last; at += 1) rows.push(this.row(at));
    refill(this.rows, rows);
    const isThere = this.selected >= first && this.selected < last;
    this.element.setAttribute("aria-activedescendant", isThere ? `row-${this.selected}` : "");
  }

  row(at) {
    const event = this.events[at];
    return el("div", {
      class: `row tone-${tone(event)}`, role: "option", id: `row-${at}`,
      "aria-selected": String(at === this.selected), "aria-setsize": this.events.length,
      "aria-posinset": at + 1, onclick: () => this.tell.select(event),
    }, el("span", { class: "at" }, moment(event.at)),
    el("span", { class: "kind" }, event.kind),
    el("span", { class: "what" }, clip(told(event), 400)));
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -this.many(), PageDown: this.many(),
      Home: -Infinity, End: Infinity }[event.key];
    if (by !== undefined) this.tell.step(by);
    else if (event.key === "Enter") this.tell.leave();
    else return;
    event.preventDefault();
  }
}

/** The place of an event in a list that is ordered by `index`; -1 if it is not there. */
function placeOf(events, event) {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle].index < event.index) low = middle + 1;
    else high = middle;
  }
  return events[low] === event ? low : -1;
}
