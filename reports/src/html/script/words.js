// Words that every part shares: durations, moments, plurals.

const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

/** A duration as a person says it: `850 ms`, `12.5 s`, `4 min 35 s`, `2 h 5 min`. */
function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${seconds}.${Math.floor((ms % 1000) / 100)} s`;
  if (ms < 3_600_000) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** A moment, exact: `30.059 s`, `1:05:30.059`. */
function moment(ms) {
  const two = (n) => String(n).padStart(2, "0");
  const rest = String(ms % 1000).padStart(3, "0");
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}.${rest} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}.${rest}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}.${rest}`;
}

/** The last part of `namespace/name`. */
const shortName = (object) => object.slice(object.lastIndexOf("/") + 1);

const clip = (text, most) => (text.length > most ? `${text.slice(0, most)}…` : text);
