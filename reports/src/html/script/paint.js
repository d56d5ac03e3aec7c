// Draws lanes on a canvas. What is too small to be told apart is drawn as one: the work depends on
// the pixels, not on the number of events.

const AXIS = 24;
/** Lanes with more items than this are thinned while they are drawn. */
const DENSE = 2_000;

/** The colours of the theme in force. */
function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    tones: { good: colour("good"), bad: colour("bad"), warn: colour("warn"), plain: colour("plain") },
    ink: colour("ink"), faint: colour("faint"), line: colour("line"), ground: colour("ground"),
    stripe: colour("stripe"), mark: colour("mark"),
  };
}

class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.colours = palette();
    this.hatches = new Map();
  }

  /** Another theme. */
  renew() {
    this.colours = palette();
    this.hatches.clear();
  }

  /**
   * Draws a scene: `{width, height, gutter, scroll, lanes, scale, view, selected, findings, range}`.
   * The lanes know their `top`.
   */
  draw(scene) {
    const ratio = window.devicePixelRatio || 1;
    const { canvas, pen } = this;
    if (canvas.width !== Math.round(scene.width * ratio)
      || canvas.height !== Math.round(scene.height * ratio)) {
      canvas.width = Math.round(scene.width * ratio);
      canvas.height = Math.round(scene.height * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = this.colours.ground;
    pen.fillRect(0, 0, scene.width, scene.height);
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    this.scene = scene;
    this.span = scene.view.to - scene.view.from;
    this.room = scene.width - scene.gutter;
    this.grid();
    for (const lane of scene.lanes) {
      const top = lane.top - scene.scroll + AXIS;
      if (top + lane.height > AXIS && top < scene.height) this.lane(lane, top);
    }
    this.moments();
    this.axis();
    this.labels();
  }

  /** The pixel of a moment. */
  x(ms) {
    const { scale, view, gutter } = this.scene;
    return gutter + ((scale.toUnit(ms) - view.from) / this.span) * this.room;
  }

  /** The moment of a pixel. */
  ms(x) {
    const { scale, view, gutter } = this.scene;
    return scale.toTime(view.from + ((x - gutter) / this.room) * this.span);
  }

  grid() {
    const { pen, scene } = this;
    this.ticks = ticks(scene.scale, scene.view, this.room);
    pen.strokeStyle = this.colours.line;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const ms of this.ticks) {
      const x = Math.round(this.x(ms)) + 0.5;
      pen.moveTo(x, AXIS);
      pen.lineTo(x, scene.height);
    }
    pen.stroke();
  }

  lane(lane, top) {
    const { pen, scene } = this;
    pen.save();
    pen.beginPath();
    pen.rect(scene.gutter, Math.max(top, AXIS), this.room, lane.height);
    pen.clip();
    pen.fillStyle = this.colours.line;
    pen.fillRect(scene.gutter, top + lane.height - 1, this.room, 1);
    const end = this.ms(scene.width + 8);
    let at = lane.firstSeen(this.ms(scene.gutter - 8));
    while (at < lane.items.length && lane.starts[at] <= end) at = this.item(lane, at, top);
    pen.restore();
  }

  /** Draws an item, or as many as share its pixels; the place of the next. */
  item(lane, at, top) {
    const item = lane.items[at];
    const x = this.x(item.from);
    if (lane.items.length > DENSE) {
      const next = Math.max(at + 1, lowerBound(lane.starts, this.ms(x + 3)));
      if (next - at > 1) {
        const worst = lane.bad[next] > lane.bad[at] ? "bad" : item.tone;
        this.cluster(x, top, lane.height, next - at, worst);
        return next;
      }
    }
    const next = lane.items[at + 1];
    const free = next ? this.x(next.from) - x : Infinity;
    if (item.to > item.from || item.text) this.bar(item, x, top, lane.height, free);
    else this.glyph(item, x, top + lane.height / 2);
    return at + 1;
  }

  cluster(x, top, height, count, worst) {
    const { pen } = this;
    const tall = Math.min(1, 0.35 + Math.log10(count) / 4) * (height - 6);
    pen.fillStyle = this.colours.tones[worst];
    pen.fillRect(x - 1, top + (height - tall) / 2, 3, tall);
  }

  /** A bar; its text takes no more than the pixels up to the next item. */
  bar(item, x, top, height, free) {
    const { pen } = this;
    const from = Math.max(x, this.scene.gutter - 4);
    const wide = Math.max(2, Math.min(this.x(item.to), this.scene.width + 4) - from);
    const high = height - 6;
    const colour = this.colours.tones[item.tone];
    const picked = item.event === this.scene.selected || item.event.ends === this.scene.selected;
    pen.globalAlpha = item.look === "hollow" ? 0 : item.look === "light" ? 0.28 : 0.55;
    pen.fillStyle = item.look === "hatch" ? this.hatch(colour) : colour;
    pen.fillRect(from, top + 3, wide, high);
    pen.globalAlpha = 1;
    pen.fillStyle = colour;
    pen.fillRect(from, top + 3, 2, high);
    pen.strokeStyle = picked ? this.colours.mark : colour;
    pen.lineWidth = picked ? 2 : 1;
    if (wide > 4 || picked) pen.strokeRect(from + 0.5, top + 3.5, wide - 1, high - 1);
    const room = Math.min(wide, free < 1 ? wide : free - (from - x));
    if (room > 26 && item.text) this.barText(item.text, from, top, room, height);
  }

  barText(text, from, top, wide, height) {
    const { pen } = this;
    pen.font = height < 20 ? "10px system-ui, sans-serif" : "11.5px system-ui, sans-serif";
    const most = Math.floor((wide - 9) / 6);
    if (most < 2) return;
    pen.fillStyle = this.colours.ink;
    pen.fillText(clip(shown(text), most), from + 5, top + height / 2, wide - 7);
  }

  glyph(item, x, y) {
    const { pen } = this;
    const picked = item.event === this.scene.selected;
    const r = picked ? 6 : 4;
    pen.fillStyle = this.colours.tones[item.tone];
    pen.strokeStyle = picked ? this.colours.mark : this.colours.ground;
    pen.lineWidth = picked ? 2 : 1;
    pen.beginPath();
    if (item.look === "cross") {
      pen.strokeStyle = picked ? this.colours.mark : this.colours.tones[item.tone];
      pen.lineWidth = 2.5;
      pen.moveTo(x - r, y - r);
      pen.lineTo(x + r, y + r);
      pen.moveTo(x + r, y - r);
      pen.lineTo(x - r, y + r);
      pen.stroke();
      return;
    }
    shape(pen, item.look, x, y, r);
    pen.fill();
    pen.stroke();
  }

  hatch(colour) {
    let pattern = this.hatches.get(colour);
    if (!pattern) {
      const tile = el("canvas", { width: "6", height: "6" });
      const pen = tile.getContext("2d");
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      pen.beginPath();
      for (const at of [-6, 0, 6]) {
        pen.moveTo(at, 6);
        pen.lineTo(at + 6, 0);
      }
      pen.stroke();
      pattern = this.pen.createPattern(tile, "repeat");
      this.hatches.set(colour, pattern);
    }
    return pattern;
  }

  /** Lines through all lanes: findings, the selected event; the range that is being dragged. */
  moments() {
    const { pen, scene } = this;
    const through = (ms, colour, dash) => {
      const x = Math.round(this.x(ms)) + 0.5;
      if (x < scene.gutter) return;
      pen.strokeStyle = colour;
      pen.setLineDash(dash);
      pen.beginPath();
      pen.moveTo(x, AXIS);
      pen.lineTo(x, scene.height);
      pen.stroke();
      pen.setLineDash([]);
    };
    pen.lineWidth = 1.5;
    for (const finding of scene.findings) {
      through(finding.at, this.colours.tones[tone(finding)], [5, 3]);
    }
    if (scene.selected) through(scene.selected.at, this.colours.mark, []);
    if (scene.range) {
      pen.globalAlpha = 0.2;
      pen.fillStyle = this.colours.mark;
      pen.fillRect(scene.range.from, AXIS, scene.range.to - scene.range.from, scene.height);
      pen.globalAlpha = 1;
    }
  }

  axis() {
    const { pen, scene } = this;
    pen.font = "11px system-ui, sans-serif";
    pen.fillStyle = this.colours.ground;
    pen.fillRect(0, 0, scene.width, AXIS);
    pen.fillStyle = this.colours.faint;
    for (const ms of this.ticks) {
      const x = this.x(ms);
      if (x >= scene.gutter) pen.fillText(axisLabel(ms), x + 3, AXIS / 2, 92);
    }
    pen.fillStyle = this.colours.line;
    pen.fillRect(0, AXIS - 1, scene.width, 1);
  }

  labels() {
    const { pen, scene } = this;
    pen.fillStyle = this.colours.ground;
    pen.fillRect(0, AXIS, scene.gutter, scene.height - AXIS);
    pen.save();
    pen.beginPath();
    pen.rect(0, AXIS, scene.gutter - 4, scene.height - AXIS);
    pen.clip();
    const most = Math.floor((scene.gutter - 14) / 5.9);
    for (const lane of scene.lanes) {
      const y = lane.top - scene.scroll + AXIS + lane.height / 2;
      if (y < AXIS - 12 || y > scene.height + 12) continue;
      const thin = lane.height < 20;
      pen.font = thin ? "10.5px system-ui, sans-serif" : "12px system-ui, sans-serif";
      pen.fillStyle = thin ? this.colours.faint : this.colours.ink;
      pen.fillText(clip(shown(lane.label), most), thin ? 18 : 6, y, scene.gutter - (thin ? 22 : 10));
    }
    pen.restore();
    pen.fillStyle = this.colours.line;
    pen.fillRect(scene.gutter - 1, 0, 1, scene.height);
  }
}

function shape(pen, look, x, y, r) {
  if (look === "triangle") {
    pen.moveTo(x, y - r - 1);
    pen.lineTo(x + r + 1, y + r);
    pen.lineTo(x - r - 1, y + r);
  } else if (look === "diamond") {
    pen.moveTo(x, y - r);
    pen.lineTo(x + r, y);
    pen.lineTo(x, y + r);
    pen.lineTo(x - r, y);
  } else if (look === "square") {
    pen.rect(x - r + 1, y - r + 1, 2 * r - 2, 2 * r - 2);
  } else {
    pen.arc(x, y, r - 0.5, 0, 7);
  }
  pen.closePath();
}

/** A moment on the axis: no more digits than it needs. */
function axisLabel(ms) {
  if (ms === 0) return "0";
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms % 60_000 === 0 && ms < 3_600_000) return `${ms / 60_000} min`;
  if (ms % 1000 === 0 && ms < 60_000) return `${ms / 1000} s`;
  return moment(ms).replace(".000", "");
}
