// Lanes: what a timeline shows beneath each other. An item of a lane is a bar or a point, and
// belongs to the event that began it.

/** Lanes of objects that get one of their own. */
const OBJECT_LANES_MAX = 200;
/** Lanes of jobs. */
const JOB_LANES_MAX = 200;

class Lane {
  constructor(id, group, label, thin = false) {
    Object.assign(this, { id, group, label, height: thin ? 15 : 22, all: [], items: [] });
  }

  bar(event, to, text, tone, look = "solid") {
    this.all.push({ event, from: event.at, to: Math.max(to, event.at), text, tone, look });
  }

  point(event, look = "dot") {
    this.all.push({ event, from: event.at, to: event.at, text: "", tone: tone(event), look });
  }

  /** Keeps the items whose events pass, and what makes drawing fast: see `firstSeen`. */
  keep(passes) {
    this.items = passes ? this.all.filter((item) => passes(item.event)) : this.all;
    const count = this.items.length;
    this.starts = new Float64Array(count);
    this.ends = new Float64Array(count);
    this.bad = new Uint32Array(count + 1);
    let end = -1;
    this.items.forEach((item, at) => {
      end = Math.max(end, item.to);
      this.starts[at] = item.from;
      this.ends[at] = end;
      this.bad[at + 1] = this.bad[at] + (item.tone === "bad" ? 1 : 0);
    });
  }

  /** The first item that may reach into a view that begins at this moment. */
  firstSeen(ms) {
    return lowerBound(this.ends, ms);
  }
}

/** The lanes of a page, in the order of GROUPS; only those that have something to show. */
function buildLanes(page, events) {
  const builder = new LaneBuilder(page);
  for (const event of events) builder.add(event);
  builder.close();
  const lanes = [...builder.lanes.values()].filter((lane) => lane.all.length > 0);
  const order = new Map(GROUPS.map(([id], at) => [id, at]));
  // conditions stand below their object
  const rank = (lane) => order.get(lane.group === "conditions" ? "objects" : lane.group);
  lanes.sort((a, b) => rank(a) - rank(b) || (a.rank ?? 0) - (b.rank ?? 0));
  for (const lane of lanes) lane.all.sort((a, b) => a.from - b.from);
  return lanes;
}

class LaneBuilder {
  constructor(page) {
    this.page = page;
    this.lanes = new Map();
    /** What has begun and not ended, by lane: `{event, text, tone, look}`. */
    this.open = new Map();
    this.objects = new Map();
    this.jobs = 0;
  }

  lane(id, group, label, thin) {
    let lane = this.lanes.get(id);
    if (!lane) {
      lane = new Lane(id, group, label, thin);
      this.lanes.set(id, lane);
    }
    return lane;
  }

  /** Ends what is open in a lane, and begins something else there. */
  turn(lane, event, next) {
    const open = this.open.get(lane.id);
    if (open) lane.bar(open.event, event?.at ?? this.page.endedAt, open.text, open.tone, open.look);
    if (next) this.open.set(lane.id, { event, ...next });
    else this.open.delete(lane.id);
  }

  add(event) {
    this[event.kind]?.(event);
  }

  close() {
    for (const id of [...this.open.keys()]) this.turn(this.lanes.get(id), null, null);
  }

  step(event) {
    const lane = this.lane("steps", "steps", "Steps");
    if (!event.outcome) {
      this.turn(lane, event, { text: `${event.step}: ${event.verb}`, tone: "plain" });
      return;
    }
    const open = this.open.get(lane.id);
    if (open) {
      Object.assign(open, { tone: tone(event), look: event.outcome.is === "done" ? "solid" : "hatch" });
      open.event.ends = event;
    }
    this.turn(lane, event, null);
    if (event.outcome.is !== "done") lane.point(event, "cross");
  }

  finding(event) {
    this.lane("findings", "findings", "Findings").point(event, event.warns ? "square" : "cross");
  }

  fault(event) {
    this.lane("faults", "faults", "Faults").point(event, "triangle");
  }

  operator(event) {
    const lane = this.lane("operator", "operator", "Operator lives");
    const began = event.life === "started";
    this.turn(lane, event, began ? { text: `life ${event.nth} · ${event.provider}`, tone: "good" } : null);
    if (event.life === "killed" || event.life === "ended") lane.point(event, "cross");
  }

  job(event) {
    const id = `job ${event.job}`;
    if (!this.lanes.has(id) && this.jobs >= JOB_LANES_MAX) {
      this.lane("jobs", "jobs", "further jobs").point(event, "diamond");
      return;
    }
    if (!this.lanes.has(id)) this.jobs += 1;
    const lane = this.lane(id, "jobs", `${event.role} job ${event.job}`);
    const over = ["successful", "failed", "error", "canceled"].includes(event.status)
      || event.moment === "purged";
    const turns = event.moment === "launched" || event.moment === "status" || over;
    if (!turns) {
      lane.point(event, "diamond");
      return;
    }
    const text = event.status;
    const look = { running: "solid", failed: "hatch", error: "hatch" }[event.status] ?? "light";
    this.turn(lane, event, over ? null : { text, tone: tone(event), look });
    if (over) lane.point(event, tone(event) === "bad" ? "cross" : "diamond");
  }

  webhook(event) {
    this.lane("webhooks", "aap", "EDA events").point(event, "diamond");
  }

  request(event) {
    const name = `${event.from} → ${event.to}`;
    const lane = this.lane(`call ${name}`, group(event), name);
    const look = event.reply?.error || !event.reply ? "hatch" : "solid";
    lane.bar(event, event.reply?.at ?? event.at, event.verb, tone(event), look);
  }

  watch(event) {
    this.lane(`watch ${event.to}`, "watch", `${event.to} sees`).point(event);
  }

  mark(event) {
    this.lane("marks", "marks", "Transitions").point(event, "diamond");
  }

  log(event) {
    this.lane("log", "log", "Log lines").point(event, "square");
  }

  rest(event) {
    this.lane("world", "world", "World").point(event, "diamond");
  }

  restless(event) {
    this.lane("world", "world", "World").point(event, "cross");
  }

  truncated(event) {
    this.restless(event);
  }

  "left-out"(event) {
    this.lane("left-out", "world", "Left out").point(event, "square");
  }

  revision(event) {
    const own = this.ownLanes(event);
    if (!own) {
      this.lane("other objects", "objects", "other objects").point(event, "diamond");
      return;
    }
    const { lane, conditionLanes } = own;
    const gone = event.change === "deleted";
    const status = event.body?.status ?? {};
    const phase = gone ? null : String(status.phase ?? status.printableStatus ?? "there");
    const open = this.open.get(lane.id);
    if (open?.text !== phase) {
      this.turn(lane, event, gone ? null : { text: phase, tone: phaseTone(phase), look: "light" });
    }
    lane.point(event, gone ? "cross" : "diamond");
    for (const { type, status: value } of gone ? [] : conditions(status)) {
      this.condition(own, event, String(type), String(value));
    }
    if (gone) for (const one of conditionLanes.values()) this.turn(one, event, null);
  }

  condition({ lane, conditionLanes, rank }, event, type, value) {
    let below = conditionLanes.get(type);
    if (!below) {
      below = this.lane(`${lane.id} ${type}`, "conditions", type, true);
      below.rank = rank + (conditionLanes.size + 1) / 1000;
      conditionLanes.set(type, below);
    }
    if (this.open.get(below.id)?.text === value) return;
    const look = { True: "solid", False: "hollow" }[value] ?? "hatch";
    this.turn(below, event, { text: value, tone: "plain", look });
  }

  /** Namespaces and the like, which never change, share a lane; so does what is one too many. */
  ownLanes(event) {
    const key = `${event.cluster}/${event.type}/${event.object}`;
    let own = this.objects.get(key);
    if (!own) {
      const plain = ["Namespace", "ConfigMap", "ServiceAccount", "CustomResourceDefinition"];
      if (plain.includes(event.type) || this.objects.size >= OBJECT_LANES_MAX) return null;
      const lane = this.lane(`object ${key}`, "objects", `${event.type} ${shortName(event.object)}`);
      lane.rank = this.objects.size;
      own = { lane, rank: lane.rank, conditionLanes: new Map() };
      this.objects.set(key, own);
    }
    return own;
  }
}

function phaseTone(phase) {
  if (["Running", "Ready", "Active"].includes(phase)) return "good";
  return ["Failed", "Error"].includes(phase) ? "bad" : "plain";
}
