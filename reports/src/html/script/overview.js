// The overview: its table is plain markup; here it gets filters, and tells what can be opened.

/** Entries by address, in the order of the table. */
function readEntries() {
  const entries = new Map();
  let before = null;
  let scenario = null;
  for (const row of document.querySelectorAll("table.variants tr")) {
    if (row.classList.contains("scenario")) {
      scenario = { row, data: row.dataset, title: row.querySelector(".title").textContent,
        id: row.querySelector(".id").textContent, rows: [] };
      continue;
    }
    const link = row.querySelector("a");
    if (!link || !scenario) continue;
    const address = link.getAttribute("href").slice(1);
    const [name, variant] = address.split("/").map(decodeURIComponent);
    const entry = {
      address, row, before, after: null, scenario: name, variant, title: scenario.title,
      shows: row.querySelector(".shows")?.textContent ?? "", trial: row.dataset.trial,
      source: scenario.data.source, standing: row.dataset.standing, replay: row.dataset.replay,
      hasPage: row.dataset.kept !== undefined,
    };
    if (before) before.after = entry;
    before = entry;
    scenario.rows.push(entry);
    entry.of = scenario;
    entries.set(address, entry);
  }
  return entries;
}

/** A text and choices above the table. */
function buildFilter(entries) {
  const all = [...entries.values()];
  const values = (of) => [...new Set(all.map(of))].filter(Boolean).sort();
  const choices = [
    ["verdict", (entry) => entry.standing],
    ["priority", (entry) => entry.of.data.priority],
    ["category", (entry) => entry.of.data.category],
    ["provider", (entry) => entry.row.children[3].textContent],
  ].map(([name, of]) => ({ name, of, select: choice(name, values(of)) }))
    .filter(({ select }) => select.options.length > 2);
  const text = el("input", { type: "search", placeholder: "scenario, variant or text", id: "search",
    "aria-label": "Filter variants by text" });
  const count = el("span", { class: "count", role: "status" });
  const words = new Map(all.map((entry) =>
    [entry, `${entry.of.id} ${entry.scenario} ${entry.title} ${entry.row.textContent}`.toLowerCase()]));
  const apply = () => {
    const wanted = text.value.trim().toLowerCase().split(/\s+/);
    let some = 0;
    for (const entry of all) {
      const is = wanted.every((word) => words.get(entry).includes(word))
        && choices.every(({ of, select }) => select.value === "" || of(entry) === select.value);
      entry.row.hidden = !is;
      some += is ? 1 : 0;
    }
    for (const scenario of new Set(all.map((entry) => entry.of))) {
      scenario.row.hidden = scenario.rows.every((entry) => entry.row.hidden);
    }
    count.textContent = some === all.length ? plural(some, "variant") : `${some} of ${plural(all.length, "variant")}`;
  };
  for (const { select } of choices) select.addEventListener("change", apply);
  text.addEventListener("input", apply);
  refill(byId("filter"), text, choices.map(({ name, select }) => el("label", {}, `${name} `, select)), count);
  apply();
}

const choice = (name, values) => el("select", { name }, el("option", { value: "" }, "any"),
  values.map((value) => el("option", { value }, value)));
