// Events told to a person: one line each, a group for filters, a tone for colours.

/** Groups of events, in the order of their lanes. */
const GROUPS = [
  ["steps", "Steps"],
  ["findings", "Findings"],
  ["faults", "Faults"],
  ["operator", "Operator lives"],
  ["jobs", "AAP jobs"],
  ["objects", "Objects"],
  ["conditions", "Conditions"],
  ["calls", "API calls"],
  ["aap", "AAP and EDA calls"],
  ["watch", "Watch events"],
  ["marks", "Transitions"],
  ["log", "Log lines"],
  ["world", "World"],
];

function group(event) {
  switch (event.kind) {
    case "step": return "steps";
    case "finding": return "findings";
    case "fault": return "faults";
    case "operator": return "operator";
    case "job": return "jobs";
    case "webhook": return "aap";
    case "revision": return "objects";
    case "request": return isKube(event) ? "calls" : "aap";
    case "reply": return event.request && !isKube(event.request) ? "aap" : "calls";
    case "watch": return "watch";
    case "mark": return "marks";
    case "log": return "log";
    default: return "world";
  }
}

const isKube = (request) => request.to !== "aap" && request.to !== "eda";

/** `good`, `bad`, `warn` or `plain`. */
function tone(event) {
  switch (event.kind) {
    case "step": return event.outcome ? OUTCOME_TONES[event.outcome.is] : "plain";
    case "finding": return event.warns ? "warn" : "bad";
    case "fault": return "warn";
    case "operator": return event.life === "ended" ? "bad"
      : event.life === "killed" ? "warn" : event.life === "started" ? "good" : "plain";
    case "job": return jobTone(event.status);
    case "webhook": return event.accepted ? "good" : "bad";
    case "request": return event.reply ? tone(event.reply) : "warn";
    case "reply": return event.error ? "bad" : event.status >= 500 ? "bad"
      : event.status >= 400 ? "warn" : "plain";
    case "log": return event.level === "ERROR" ? "bad" : event.level === "WARN" ? "warn" : "plain";
    case "restless": return "bad";
    case "truncated": case "left-out": return "warn";
    default: return "plain";
  }
}

const OUTCOME_TONES = { done: "good", unmet: "bad", broken: "bad" };

function jobTone(status) {
  if (status === "successful") return "good";
  if (status === "failed" || status === "error") return "bad";
  return status === "canceled" ? "warn" : "plain";
}

/** The event in one line. */
function told(event) {
  switch (event.kind) {
    case "step": return toldStep(event);
    case "finding": return `${event.property}: ${event.title}`;
    case "fault": {
      const on = event.request ? ` on ${toldCall(event.request)}` : "";
      return `fault ${event.fault}: ${event.effect}${on}`;
    }
    case "operator": return toldLife(event);
    case "job": {
      const why = event.explanation ? `: ${event.explanation}` : "";
      return `${event.role} job ${event.job} ${event.moment} (${event.status})${why}`;
    }
    case "webhook": {
      const note = event.note ? `: ${event.note}` : "";
      return `eda ${event.accepted ? "accepts" : "refuses"} ${event.endpoint}${note}`;
    }
    case "revision": return toldRevision(event);
    case "request": return `${event.from} → ${event.to}: ${toldCall(event)}${toldEnd(event)}`;
    case "reply": {
      const to = event.request ? ` to ${toldCall(event.request)}` : "";
      return `${event.error || event.status}${to}${event.unchanged ? " (unchanged)" : ""}`;
    }
    case "watch": return `${event.to} sees ${event.resource} ${event.object} ${event.change} `
      + `(${event.revision})`;
    case "mark": return `transition ${event.mark} · ${event.object}`;
    case "log": return `${event.level} ${event.text}`;
    case "rest": return "the world is at rest";
    case "restless": return `the world did not rest: ${event.last}`;
    case "truncated": return `${plural(event.events, "event")} not recorded: the trace was full`;
    case "left-out": return `${plural(event.events, "event")} left out here; the trace has them`;
    default: return event.kind;
  }
}

function toldStep(event) {
  const what = `step ${event.step}, ${event.phase === "try" ? "" : `${event.phase} `}${event.verb}`;
  const { outcome } = event;
  if (!outcome) return `${what} begins`;
  if (outcome.is === "done") return `${what} is done${outcome.at_once ? " (held at once)" : ""}`;
  if (outcome.is === "unmet") return `${what} is not met: ${outcome.expected}`;
  return `${what} is broken: ${outcome.why}`;
}

function toldLife(event) {
  if (event.life === "started") return `operator started, life ${event.nth} (${event.provider})`;
  if (event.life === "killed") return `operator killed by ${event.by}`;
  if (event.life === "ended") return `operator ended by itself: ${event.why}`;
  return "operator stopped";
}

function toldCall(request) {
  return [request.verb, request.about, request.object].filter(Boolean).join(" ");
}

function toldEnd(request) {
  const { reply } = request;
  if (!reply) return " (no answer)";
  const unchanged = reply.unchanged ? ", unchanged" : "";
  return ` → ${reply.error || reply.status}${unchanged} (${duration(reply.at - request.at)})`;
}

function toldRevision(event) {
  const what = `${event.by} ${{ added: "adds", modified: "changes", deleted: "deletes" }[event.change]}`;
  const changes = event.change === "modified" ? standingChanges(event) : [];
  const phase = event.change === "added" ? event.body?.status?.phase : null;
  const more = changes.length > 0 ? `: ${changes.join(", ")}` : phase ? `: phase ${phase}` : "";
  return `${what} ${event.type} ${event.object} (${event.revision})${more}`;
}

/** What changed of phase, conditions and jobs, in words; else the fields that changed. */
function standingChanges(event) {
  const now = event.body?.status ?? {};
  const old = event.before?.body?.status ?? {};
  const words = [];
  if (now.phase !== old.phase) words.push(`phase ${old.phase ?? "none"} → ${now.phase ?? "none"}`);
  const former = new Map(conditions(old).map((one) => [one.type, one.status]));
  for (const { type, status, reason } of conditions(now)) {
    if (former.get(type) !== status) words.push(`${type} ${status}${reason ? ` (${reason})` : ""}`);
  }
  return words.length > 0 ? words : changedPaths(event.before?.body, event.body).slice(0, 3);
}

const conditions = (status) => (Array.isArray(status?.conditions) ? status.conditions : []);

/** Paths of what differs, but for the revision's own number. */
function changedPaths(old, now, path = "") {
  if (old === now || path === "metadata.resourceVersion") return [];
  const isParted = (value) => value !== null && typeof value === "object";
  if (!isParted(old) || !isParted(now)) return [path];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .flatMap((key) => changedPaths(old[key], now[key], path ? `${path}.${key}` : key));
}
