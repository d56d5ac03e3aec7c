// The timeline: a canvas under the pointer and the keys. It shows what it is told to, and tells
// what was picked; the variant decides.

const MINIMAP = 30;

class Timeline {
  /** `tell` has `select(event)`, `leave()` and `zoomed()`. */
  constructor(lanes, moments, end, tell) {
    Object.assign(this, { all: lanes, lanes: [], end, moments, tell });
    this.findings = [];
    this.selected = null;
    this.range = null;
    this.scale = new EvenTime(end);
    this.view = { from: 0, to: 1 };
    this.canvas = el("canvas", { class: "lanes", "aria-hidden": "true" });
    this.spacer = el("div", { class: "spacer" });
    this.scroller = el("div", {
      class: "scroller", tabindex: "0", role: "application", "aria-label":
        "Timeline. Left and right go to the event before and after, up and down to another lane, "
        + "plus and minus zoom, 0 shows all, Enter goes to the details.",
      "aria-roledescription": "timeline",
    }, this.canvas, this.spacer);
    this.minimap = el("canvas", { class: "minimap", "aria-hidden": "true" });
    this.tip = el("div", { class: "tip", hidden: true });
    this.element = el("div", { class: "timeline" }, this.minimap, this.scroller, this.tip);
    this.painter = new Painter(this.canvas);
    this.redraw = oncePerFrame(() => this.draw());
    this.listen();
  }

  listen() {
    const on = (element, name, act) => element.addEventListener(name, (event) => act.call(this, event));
    new ResizeObserver(() => this.redraw()).observe(this.scroller);
    on(this.scroller, "scroll", this.redraw);
    this.scroller.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    on(this.scroller, "pointerdown", this.press);
    on(this.scroller, "pointermove", this.move);
    on(this.scroller, "pointerup", this.release);
    on(this.scroller, "pointercancel", this.release);
    on(this.scroller, "pointerleave", () => this.hideTip());
    on(this.scroller, "keydown", this.key);
    on(this.minimap, "pointerdown", this.pressMinimap);
    on(this.minimap, "pointermove", (event) => event.buttons === 1 && this.pressMinimap(event));
  }

  /** Shows these events only. */
  filter(passes, isShown) {
    for (const lane of this.all) lane.keep(passes);
    this.lanes = this.all.filter((lane) => isShown(lane.group) && lane.items.length > 0);
    let top = 0;
    for (const lane of this.lanes) {
      lane.top = top;
      top += lane.height;
    }
    this.height = top;
    this.spacer.style.height = `${top + AXIS}px`;
    this.scroller.style.height = `clamp(140px, ${top + AXIS + 4}px, 60vh)`;
    this.redraw();
  }

  /** Shortens quiet times, or does not. */
  shorten(on) {
    const from = this.scale.toTime(this.view.from);
    const to = this.scale.toTime(this.view.to);
    this.scale = on ? new ShortGaps(this.end, this.moments) : new EvenTime(this.end);
    this.show(from, to);
  }

  /** Shows from one moment to another. */
  show(from, to) {
    this.look(this.scale.toUnit(from), this.scale.toUnit(to));
  }

  look(from, to) {
    const span = Math.min(1, Math.max(this.scale.least, to - from));
    const start = Math.min(Math.max(0, from + (to - from - span) / 2), 1 - span);
    this.view = { from: start, to: start + span };
    this.tell.zoomed();
    this.redraw();
  }

  zoom(factor, at = (this.view.from + this.view.to) / 2) {
    const span = Math.min(1, Math.max(this.scale.least, (this.view.to - this.view.from) * factor));
    const part = (at - this.view.from) / (this.view.to - this.view.from);
    const from = Math.min(Math.max(0, at - part * span), 1 - span);
    this.look(from, from + span);
  }

  pan(part) {
    const by = part * (this.view.to - this.view.from);
    const from = Math.min(Math.max(0, this.view.from + by), 1 - (this.view.to - this.view.from));
    this.look(from, from + this.view.to - this.view.from);
  }

  fit() {
    this.look(0, 1);
  }

  /** Marks an event, and brings it into view. */
  mark(event, isNear = false) {
    this.selected = event;
    if (event) {
      const unit = this.scale.toUnit(event.at);
      const span = isNear ? Math.min(this.view.to - this.view.from, this.spanAround(event)) :
        this.view.to - this.view.from;
      if (isNear || unit < this.view.from || unit > this.view.to) {
        const from = Math.min(Math.max(0, unit - span / 2), 1 - span);
        this.look(from, from + span);
      }
      this.reveal(event);
    }
    this.redraw();
  }

  /** How much to show around an event: a tenth of the whole, or some seconds. */
  spanAround(event) {
    const near = this.scale.toUnit(event.at + 15_000) - this.scale.toUnit(event.at - 15_000);
    return Math.min(1, Math.max(this.scale.least, Math.max(0.25, near)));
  }

  reveal(event) {
    const lane = this.lanes.find((one) => one.items.some((item) => item.event === event));
    if (!lane) return;
    const { scrollTop, clientHeight } = this.scroller;
    if (lane.top < scrollTop || lane.top + lane.height > scrollTop + clientHeight - AXIS) {
      this.scroller.scrollTop = Math.max(0, lane.top - clientHeight / 3);
    }
  }

  gutter() {
    return Math.round(Math.min(210, this.scroller.clientWidth * 0.3));
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.scroller;
    if (width === 0) return;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.scene = {
      width, height, gutter: this.gutter(), scroll: this.scroller.scrollTop, lanes: this.lanes,
      scale: this.scale, view: this.view, selected: this.selected, findings: this.findings,
      range: this.range,
    };
    this.painter.draw(this.scene);
    this.drawMinimap();
  }

  /** Another theme. */
  repaint() {
    this.painter.renew();
    this.redraw();
  }

  drawMinimap() {
    const width = this.minimap.clientWidth;
    const ratio = window.devicePixelRatio || 1;
    this.minimap.width = Math.round(width * ratio);
    this.minimap.height = Math.round(MINIMAP * ratio);
    const pen = this.minimap.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { colours } = this.painter;
    pen.fillStyle = colours.stripe;
    pen.fillRect(0, 0, width, MINIMAP);
    const counts = this.density(Math.max(1, Math.floor(width / 3)));
    const most = Math.max(1, ...counts);
    pen.fillStyle = colours.faint;
    counts.forEach((count, at) => {
      if (count === 0) return;
      const tall = 3 + (Math.log1p(count) / Math.log1p(most)) * (MINIMAP - 8);
      pen.fillRect(at * 3, MINIMAP - tall, 2, tall);
    });
    for (const finding of this.findings) {
      pen.fillStyle = colours.tones[tone(finding)];
      pen.fillRect(this.scale.toUnit(finding.at) * width - 1, 0, 3, MINIMAP);
    }
    const from = this.view.from * width;
    const wide = Math.max(4, (this.view.to - this.view.from) * width);
    pen.globalAlpha = 0.15;
    pen.fillStyle = colours.mark;
    pen.fillRect(from, 0, wide, MINIMAP);
    pen.globalAlpha = 1;
    pen.strokeStyle = colours.mark;
    pen.strokeRect(from + 0.5, 0.5, wide - 1, MINIMAP - 1);
  }

  /** How many events stand in each of so many parts of the whole. */
  density(parts) {
    if (this.known?.scale === this.scale && this.known.counts.length === parts) {
      return this.known.counts;
    }
    const counts = new Array(parts).fill(0);
    for (const ms of this.moments) {
      counts[Math.min(parts - 1, Math.max(0, Math.floor(this.scale.toUnit(ms) * parts)))] += 1;
    }
    this.known = { scale: this.scale, counts };
    return counts;
  }

  // --- the pointer

  wheel(event) {
    const isZoom = event.ctrlKey || event.metaKey;
    const along = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!isZoom && !along) return;
    event.preventDefault();
    if (isZoom) {
      const { x } = this.point(event);
      this.zoom(Math.exp(Math.sign(event.deltaY) * 0.25), this.unit(x));
    } else {
      this.pan((event.deltaX || event.deltaY) / this.scroller.clientWidth);
    }
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  unit(x) {
    const { gutter, width } = this.scene;
    return this.view.from + ((x - gutter) / (width - gutter)) * (this.view.to - this.view.from);
  }

  press(event) {
    if (event.button > 1 || !this.scene) return;
    const at = this.point(event);
    // the scroll bar is not ours
    if (at.x < this.scene.gutter || at.x > this.scene.width) return;
    this.drag = { ...at, view: { ...this.view }, pans: event.button === 1 || event.shiftKey, far: false };
    this.scroller.setPointerCapture(event.pointerId);
  }

  move(event) {
    const at = this.point(event);
    if (!this.drag) {
      this.hover(at);
      return;
    }
    this.drag.far ||= Math.abs(at.x - this.drag.x) > 5;
    if (!this.drag.far) return;
    this.hideTip();
    if (this.drag.pans) {
      const { gutter, width } = this.scene;
      const by = ((this.drag.x - at.x) / (width - gutter)) * (this.view.to - this.view.from);
      const span = this.view.to - this.view.from;
      const from = Math.min(Math.max(0, this.drag.view.from + by), 1 - span);
      this.look(from, from + span);
    } else {
      this.range = { from: Math.min(at.x, this.drag.x), to: Math.max(at.x, this.drag.x) };
      this.redraw();
    }
  }

  release(event) {
    const { drag, range } = this;
    this.drag = null;
    this.range = null;
    if (!drag) return;
    if (range) {
      this.look(Math.max(0, this.unit(range.from)), Math.min(1, this.unit(range.to)));
    } else if (!drag.far && event.type === "pointerup") {
      const hit = this.hit(drag);
      if (hit) this.tell.select(hit.event);
    }
    this.redraw();
  }

  pressMinimap(event) {
    const box = this.minimap.getBoundingClientRect();
    const unit = (event.clientX - box.left) / box.width;
    const span = this.view.to - this.view.from;
    const from = Math.min(Math.max(0, unit - span / 2), 1 - span);
    this.look(from, from + span);
  }

  /** The item under a point: the nearest beginning, else the bar that covers it. */
  hit({ x, y }) {
    if (!this.scene || y < AXIS) return null;
    const above = y - AXIS + this.scroller.scrollTop;
    const lane = this.lanes.find((one) => above >= one.top && above < one.top + one.height);
    if (!lane) return null;
    const ms = this.painter.ms(x);
    const next = lowerBound(lane.starts, ms);
    let best = null;
    let far = 7;
    for (let at = Math.max(0, next - 40); at < Math.min(lane.items.length, next + 40); at += 1) {
      const away = Math.abs(this.painter.x(lane.items[at].from) - x);
      if (away < far) [best, far] = [lane.items[at], away];
    }
    for (let at = next - 1; !best && at >= 0 && lane.ends[at] >= ms; at -= 1) {
      if (lane.items[at].to >= ms) best = lane.items[at];
    }
    return best;
  }

  hover(at) {
    const item = this.hit(at);
    this.scroller.classList.toggle("over", Boolean(item));
    if (!item) {
      this.hideTip();
      return;
    }
    const { event } = item;
    const more = item.to > item.from ? ` · ${duration(item.to - item.from)}` : "";
    refill(this.tip, el("b", {}, moment(event.at), more), " ", clip(told(event), 300));
    this.tip.hidden = false;
    const { width } = this.scene;
    this.tip.style.left = `${Math.max(4, Math.min(at.x + 14, width - this.tip.offsetWidth - 8))}px`;
    this.tip.style.top = `${at.y + MINIMAP + 18}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  // --- the keys

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const acts = {
      ArrowLeft: () => (event.shiftKey ? this.pan(-0.2) : this.tell.step(-1)),
      ArrowRight: () => (event.shiftKey ? this.pan(0.2) : this.tell.step(1)),
      ArrowUp: () => this.otherLane(-1),
      ArrowDown: () => this.otherLane(1),
      "+": () => this.zoom(0.6, this.centre()),
      "=": () => this.zoom(0.6, this.centre()),
      "-": () => this.zoom(1 / 0.6, this.centre()),
      0: () => this.fit(),
      Home: () => this.tell.step(-Infinity),
      End: () => this.tell.step(Infinity),
      Enter: () => this.tell.leave(),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** What zooming by key keeps in place: the selected event, if it is in view. */
  centre() {
    const unit = this.selected ? this.scale.toUnit(this.selected.at) : -1;
    const isSeen = unit >= this.view.from && unit <= this.view.to;
    return isSeen ? unit : (this.view.from + this.view.to) / 2;
  }

  /** The event of the lane above or below that is nearest in time. */
  otherLane(by) {
    const holds = (lane) => lane.items.some((item) => item.event === this.selected);
    const here = this.selected ? this.lanes.findIndex(holds) : -1;
    const lane = this.lanes[Math.min(Math.max(0, here + by), this.lanes.length - 1)];
    if (!lane) return;
    const ms = this.selected?.at ?? this.scale.toTime(this.view.from);
    const next = lowerBound(lane.starts, ms);
    const near = [next - 1, next].filter((at) => at >= 0 && at < lane.items.length);
    near.sort((a, b) => Math.abs(lane.starts[a] - ms) - Math.abs(lane.starts[b] - ms));
    if (near.length > 0) this.tell.select(lane.items[near[0]].event);
  }
}
