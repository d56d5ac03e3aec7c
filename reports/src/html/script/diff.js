// The difference of two versions of an object, as lines: what stays, what goes, what comes.

/** Lines `{sign: " " | "-" | "+", depth, text}` of two values; undefined is what is not there. */
function difference(old, now) {
  const lines = [];
  compare(lines, 0, "", old, now);
  return lines;
}

const isParted = (value) => value !== null && typeof value === "object";

function compare(lines, depth, label, old, now) {
  if (isParted(old) && isParted(now) && Array.isArray(old) === Array.isArray(now)) {
    if (label) lines.push({ sign: " ", depth, text: label });
    const below = label ? depth + 1 : depth;
    for (const [key, name] of parts(old, now)) {
      compare(lines, below, `${name}:`, pick(old, key), pick(now, key));
    }
    return;
  }
  if (old !== undefined && old === now) {
    write(lines, " ", depth, label, now);
    return;
  }
  if (old !== undefined) write(lines, "-", depth, label, old);
  if (now !== undefined) write(lines, "+", depth, label, now);
}

/** Keys of both; of lists whose items have a `type` or a `name`, those. */
function parts(old, now) {
  const name = Array.isArray(now) ? nameOfItems([...old, ...now]) : null;
  const keys = (of) => (name ? of.map((item) => item[name]) : Object.keys(of));
  const all = [...new Set([...keys(now), ...keys(old)])];
  if (!Array.isArray(now)) all.sort();
  return all.map((key) => [name ? { name, key } : key, name ? `- ${name} ${key}`
    : Array.isArray(now) ? `- ${key}` : key]);
}

function nameOfItems(items) {
  return ["type", "name"].find((name) =>
    items.every((item) => isParted(item) && typeof item[name] === "string")) ?? null;
}

function pick(of, key) {
  return isParted(key) ? of.find((item) => item[key.name] === key.key) : of[key];
}

/** A value as lines, its parts below it. */
function write(lines, sign, depth, label, value) {
  const space = label ? `${label} ` : "";
  if (!isParted(value) || Object.keys(value).length === 0) {
    lines.push({ sign, depth, text: `${space}${JSON.stringify(value)}` });
    return;
  }
  if (label) lines.push({ sign, depth, text: label });
  const keys = Object.keys(value);
  if (!Array.isArray(value)) keys.sort();
  for (const key of keys) {
    const below = label ? depth + 1 : depth;
    write(lines, sign, below, Array.isArray(value) ? `- ${key}:` : `${key}:`, value[key]);
  }
}

/** Lines with what is far from a change folded into one. */
function folded(lines, around = 2) {
  const near = new Array(lines.length).fill(false);
  lines.forEach((line, at) => {
    if (line.sign !== " ") near.fill(true, Math.max(0, at - around), at + around + 1);
  });
  const out = [];
  let hidden = 0;
  lines.forEach((line, at) => {
    // a line that leads to a change stays: it says where we are
    const leads = line.text.endsWith(":") && near[at + 1] && lines[at + 1].depth > line.depth;
    if (near[at] || leads) {
      if (hidden > 0) out.push({ sign: "…", depth: 0, text: plural(hidden, "equal line") });
      hidden = 0;
      out.push(line);
    } else {
      hidden += 1;
    }
  });
  if (hidden > 0) out.push({ sign: "…", depth: 0, text: plural(hidden, "equal line") });
  return out;
}

/** Lines as elements. Signs are text, so that no colour is needed to read them. */
function diffBlock(lines) {
  const names = { "-": "gone", "+": "new", "…": "fold", " ": "same" };
  return el("pre", { class: "diff", tabindex: "0", "aria-label": "difference" },
    lines.map((line) => el("span", { class: `line ${names[line.sign]}` },
      `${line.sign} ${"  ".repeat(line.depth)}${line.text}`)));
}
