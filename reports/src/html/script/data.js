// Pages: inflated, and turned back into events. The other end is rows.rs, delta.rs and pack.rs.

const KINDS = [
  "request", "reply", "watch", "revision", "job", "webhook", "fault", "step", "operator", "mark",
  "log", "rest", "restless", "truncated", "left-out",
];
const CHANGES = ["added", "modified", "deleted"];

/** The text of an element, which may be compressed; null if there is none. */
async function inflate(id) {
  const element = byId(id);
  if (!element) return null;
  if (element.type === "application/json") return element.textContent;
  const packed = atob(element.textContent);
  const bytes = new Uint8Array(packed.length);
  for (let at = 0; at < packed.length; at += 1) bytes[at] = packed.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}

/**
 * The page of a trial: what its head says, and `events`. Each event has its number in the trace
 * (`n`), its moment (`at`), its `kind`, and the fields of its kind; calls know their `reply`,
 * replies their `request`, revisions the one `before` them.
 */
async function loadPage(trial) {
  const text = await inflate(`page-${trial}`);
  if (text === null) return null;
  const page = JSON.parse(text);
  const reader = new Reader(page);
  page.events = page.rows.map((row) => reader.read(row));
  delete page.rows;
  page.leftOut = page.events.reduce((sum, event) => sum + (event.events ?? 0), 0);
  return page;
}

class Reader {
  constructor(page) {
    this.page = page;
    this.at = 0;
    this.n = 0;
    this.requests = new Map();
    this.latest = new Map();
    this.jobs = new Map();
  }

  read(row) {
    this.at += row[0];
    const event = { n: this.n, at: this.at, kind: KINDS[row[1]] };
    this.n += event.kind === "left-out" ? row[2] : 1;
    this[event.kind]?.(event, row.slice(2));
    return event;
  }

  request(event, [call, place, body]) {
    const [from, to, method, path, verb, about, object] =
      this.page.calls[place].map((word) => this.page.texts[word]);
    Object.assign(event, { call, from, to, method, path, verb, about, object, body, reply: null });
    this.requests.set(call, event);
  }

  reply(event, [call, status, unchanged, error, body]) {
    const request = this.requests.get(call) ?? null;
    Object.assign(event, { call, status, unchanged: Boolean(unchanged), error, body, request });
    if (request) request.reply = event;
  }

  watch(event, [to, change, resource, object, revision]) {
    const { texts } = this.page;
    Object.assign(event, { to: texts[to], change: CHANGES[change], resource: texts[resource],
      object: texts[object], revision });
  }

  revision(event, [place, by, change, revision, delta]) {
    const [cluster, type, object] = this.page.objects[place];
    const before = this.latest.get(place) ?? null;
    const body = typeof delta === "string" ? delta : applied(before?.body, delta);
    Object.assign(event, { place, cluster, type, object, by: this.page.texts[by],
      change: CHANGES[change], revision, before, body });
    if (event.change === "deleted") this.latest.delete(place);
    else this.latest.set(place, event);
  }

  job(event, [job, role, moment, status, more]) {
    const { texts } = this.page;
    Object.assign(event, more, { job, role: texts[role], moment: texts[moment],
      status: texts[status] });
    if (event.moment === "launched") this.jobs.set(job, event);
    event.launch = this.jobs.get(job) ?? null;
    event.object ??= event.launch?.object ?? "";
  }

  webhook(event, [fields]) {
    Object.assign(event, fields);
  }

  fault(event, [fields]) {
    Object.assign(event, fields);
    event.request = this.requests.get(fields.call) ?? null;
  }

  step(event, [operation, step, verb, phase, outcome]) {
    const { texts } = this.page;
    Object.assign(event, { operation, step: texts[step], verb: texts[verb], phase: texts[phase],
      outcome: outcome ?? null });
  }

  operator(event, [fields]) {
    Object.assign(event, fields);
  }

  mark(event, [mark, object]) {
    Object.assign(event, { mark: this.page.texts[mark], object: this.page.texts[object] });
  }

  log(event, [level, text]) {
    Object.assign(event, { level: this.page.texts[level], text });
  }

  restless(event, [last]) {
    event.last = last;
  }

  truncated(event, [events]) {
    event.events = events;
  }

  "left-out"(event, [events]) {
    event.events = events;
  }
}

/** A change applied: `[value]` sets, `0` removes, an object goes on below. Nothing is altered. */
function applied(old, delta) {
  if (Array.isArray(delta)) return delta[0];
  const fresh = Array.isArray(old) ? [...old] : { ...old };
  for (const [key, change] of Object.entries(delta)) {
    if (change === 0) delete fresh[key];
    else fresh[key] = applied(fresh[key], change);
  }
  return fresh;
}
