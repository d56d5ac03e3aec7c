// From virtual time to the unit interval and back: in proportion, or with quiet times shortened.

/** In proportion to time. */
class EvenTime {
  constructor(end) {
    this.end = Math.max(end, 1);
    // a view is never shorter than some milliseconds
    this.least = Math.min(1, 5 / this.end);
  }

  toUnit(ms) {
    return ms / this.end;
  }

  toTime(unit) {
    return unit * this.end;
  }
}

/** Each gap between two moments takes room by its logarithm: bursts and long waits both show. */
class ShortGaps {
  constructor(end, moments) {
    this.times = [0];
    this.places = [0];
    let place = 0;
    for (const ms of [...moments, end]) {
      const gap = ms - this.times.at(-1);
      if (gap <= 0) continue;
      place += Math.log1p(gap / 10);
      this.times.push(ms);
      this.places.push(place);
    }
    const whole = Math.max(place, 1e-9);
    this.places = this.places.map((one) => one / whole);
    if (this.times.length === 1) {
      this.times.push(1);
      this.places.push(1);
    }
    this.least = Math.min(1, 4 / this.times.length);
  }

  toUnit(ms) {
    return between(this.times, this.places, ms);
  }

  toTime(unit) {
    return between(this.places, this.times, unit);
  }
}

/** The value at `x` of the line through (xs, ys). */
function between(xs, ys, x) {
  const at = Math.min(Math.max(lowerBound(xs, x), 1), xs.length - 1);
  const part = (x - xs[at - 1]) / (xs[at] - xs[at - 1]);
  return ys[at - 1] + part * (ys[at] - ys[at - 1]);
}

/** The first place in a sorted list whose value is not below `value`. */
function lowerBound(list, value) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const NICE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 3e4, 6e4, 12e4, 3e5, 6e5,
  12e5, 18e5, 36e5, 72e5, 216e5, 432e5, 864e5];

/** Moments that an axis of so many pixels labels, for a view of a scale. */
function ticks(scale, view, pixels) {
  const room = 96;
  const count = Math.max(1, Math.floor(pixels / room));
  const from = scale.toTime(view.from);
  const to = scale.toTime(view.to);
  if (scale instanceof EvenTime) {
    const step = NICE.find((one) => one >= (to - from) / count) ?? NICE.at(-1);
    const first = Math.ceil(from / step) * step;
    const many = Math.min(200, Math.floor((to - first) / step) + 1);
    return Array.from({ length: Math.max(0, many) }, (_, nth) => first + nth * step);
  }
  return Array.from({ length: count }, (_, nth) =>
    Math.round(scale.toTime(view.from + ((view.to - view.from) * (nth + 0.5)) / count)));
}
