// Addresses, the theme, and what is shown: `#scenario/variant?at=…&event=…`, or the overview.

const entries = readEntries();
let open = null;
let asked = 0;

async function route() {
  const ask = ++asked;
  const [address, query = ""] = location.hash.slice(1).split("?");
  const entry = entries.get(address);
  if (!entry) {
    showOverview(address);
    return;
  }
  if (open?.entry !== entry) {
    const opened = await openVariant(entry);
    if (ask !== asked) return;
    open = opened;
  }
  byId("overview").hidden = true;
  byId("variant").hidden = false;
  document.title = `${entry.scenario}/${entry.variant} · ${entry.standing} · osac-e2e`;
  open.goTo?.(new URLSearchParams(query));
}

async function openVariant(entry) {
  const place = byId("variant");
  refill(place, el("p", { class: "hint", role: "status" }, "Reading the timeline…"));
  byId("overview").hidden = true;
  place.hidden = false;
  window.scrollTo(0, 0);
  try {
    const page = await loadPage(entry.trial);
    const source = await inflate(`source-${entry.source}`);
    if (page === null) {
      refill(place, noPage(entry));
      return { entry };
    }
    const variant = new Variant(entry, page, source);
    refill(place, variant.element);
    place.querySelector("h1").focus({ preventScroll: true });
    return variant;
  } catch (error) {
    refill(place, noPage(entry, String(error)));
    return { entry };
  }
}

function noPage(entry, error) {
  const why = error ? `its timeline cannot be read: ${error}`
    : "there is no timeline of it here: it did not run, or the report was full; its trace has all";
  return [el("p", {}, el("a", { href: "#variants", class: "button" }, "← All variants")),
    el("h1", { tabindex: "-1" }, `${entry.scenario} / ${entry.variant}`),
    el("p", {}, el("span", { class: `badge is-${entry.standing.replace(" ", "-")}` }, entry.standing)),
    el("p", {}, why)];
}

function showOverview(address) {
  const wasOpen = open?.entry;
  open = null;
  byId("variant").hidden = true;
  byId("overview").hidden = false;
  refill(byId("variant"));
  document.title = overviewTitle;
  const target = wasOpen ? wasOpen.row : byId(address);
  target?.scrollIntoView({ block: wasOpen ? "center" : "start" });
  wasOpen?.row.querySelector("a").focus({ preventScroll: true });
}

const overviewTitle = document.title;

/** Dark or light: as the system says, until somebody says otherwise. */
function themeButton() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const now = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");
  const button = el("button", { class: "theme", onclick: () => {
    root.dataset.theme = now() === "dark" ? "light" : "dark";
    remember(root.dataset.theme);
    renew();
  } });
  const renew = () => {
    button.textContent = now() === "dark" ? "☀ Light" : "☾ Dark";
    open?.timeline?.repaint();
  };
  const known = remember();
  if (known === "dark" || known === "light") root.dataset.theme = known;
  dark.addEventListener("change", renew);
  renew();
  return button;
}

/** Where pages may keep nothing, the choice is forgotten with the page. */
function remember(theme) {
  try {
    if (theme) localStorage.setItem("osac-e2e-theme", theme);
    return localStorage.getItem("osac-e2e-theme");
  } catch {
    return null;
  }
}

document.querySelector("header.top").append(themeButton());
document.documentElement.classList.add("scripted");
if (entries.size > 0) buildFilter(entries);
window.addEventListener("hashchange", route);
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, select, textarea");
  if (event.key === "Escape" && open) {
    if (isTyping) event.target.blur();
    else location.hash = "#variants";
    return;
  }
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const isDone = open ? open.key?.(event) : event.key === "/" && (byId("search")?.focus(), true);
  if (isDone) event.preventDefault();
});
route();
