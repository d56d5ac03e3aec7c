// The document in few words. Whatever a trace holds enters it as text, never as markup.

const byId = (id) => document.getElementById(id);

/** What a browser would obey or hide (controls, marks that reorder text) as an escape. */
// eslint-disable-next-line no-control-regex
const HOSTILE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;
function shown(text) {
  return String(text).replace(HOSTILE, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

/**
 * An element: el("button", {class: "small", onclick: act, "aria-label": "…"}, "text", child, …).
 * Attributes that are false, null or undefined are left out; children too.
 */
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, shown(value));
  }
  return fill(element, children);
}

function fill(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : shown(child));
  }
  return element;
}

/** Replaces all that is in an element. */
function refill(element, ...children) {
  element.replaceChildren();
  return fill(element, children);
}

/** Runs at most once a frame, however often it is asked for. */
function oncePerFrame(act) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      act();
    });
  };
}
