// What pages do beyond links and forms: keys, menus, tabs, copying. Everything works without it.

"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Tell something in passing; read aloud by screen readers. */
function notice(text) {
  const line = document.createElement("p");
  line.textContent = text;
  $("#notices").append(line);
  setTimeout(() => line.remove(), 5000);
}

// --- addresses ------------------------------------------------------------------------------

// Links and forms that stay on the page while its address changes go by the address of now.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-param]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const url = new URL(location.href);
  url.searchParams.set(link.dataset.param, link.dataset.value);
  url.searchParams.delete("page_num");
  link.href = url;
}, true);

document.addEventListener("submit", (event) => {
  const back = $("input[data-back]", event.target);
  if (back) back.value = location.pathname + location.search;
  // What is not said is not in the address, so that it can be shared.
  if (event.target.method !== "get" || event.defaultPrevented) return;
  const empty = [...event.target.elements].filter((field) => field.name && field.value === "");
  empty.forEach((field) => { field.disabled = true; });
  setTimeout(() => empty.forEach((field) => { field.disabled = false; }));
});

// --- the watch list -------------------------------------------------------------------------

/** Press a star where it is; if that fails, by the form itself, whose answer says why. */
document.addEventListener("submit", async (event) => {
  const star = event.submitter;
  if (!star?.matches(".star") || star.dataset.plain) return;
  event.preventDefault();
  const form = new URLSearchParams(new FormData(event.target, star));
  form.set("words", star.title ? "" : "1");
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "button#star" };
  const answer = await fetch(event.target.action, { method: "POST", body: form, headers }).catch(() => null);
  if (!answer?.ok) {
    star.dataset.plain = "yes";
    event.target.requestSubmit(star);
    return;
  }
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  const turned = made.content.firstElementChild;
  star.replaceWith(turned);
  turned.focus();
});

// --- menus, dialogs, tabs -------------------------------------------------------------------

document.addEventListener("click", (event) => {
  for (const menu of $$("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

/** Copy a text. Without https a page has no clipboard; what is selected can be copied all the same. */
async function copy(element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  const folded = element.closest("details:not([open])");
  if (folded) folded.open = true;
  getSelection().selectAllChildren(element);
  document.execCommand("copy");
  getSelection().removeAllRanges();
  if (folded) folded.open = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await copy($("code", button.parentElement));
  button.classList.add("done");
  notice(button.dataset.copy);
  setTimeout(() => button.classList.remove("done"), 1500);
});

/** Show the sections of a group one at a time, under a row of tabs. */
function tabs(group) {
  const parts = $$("[data-tab]", group);
  const row = document.createElement("div");
  row.className = "tabs";
  row.setAttribute("role", "tablist");
  const show = (chosen) => parts.forEach((part, place) => {
    part.hidden = part !== chosen;
    row.children[place].setAttribute("aria-selected", part === chosen);
    row.children[place].tabIndex = part === chosen ? 0 : -1;
  });
  for (const part of parts) {
    const button = document.createElement("button");
    button.type = "button";
    button.role = "tab";
    button.textContent = part.dataset.tab;
    button.addEventListener("click", () => show(part));
    part.role = "tabpanel";
    row.append(button);
  }
  row.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const places = [...row.children];
    const next = places[(places.indexOf(document.activeElement) + step + places.length) % places.length];
    next.click();
    next.focus();
  });
  parts[0].before(row);
  show(parts[0]);
}

// --- pictures that do not load --------------------------------------------------------------

document.addEventListener("error", (event) => {
  if (event.target.matches?.(".thumb img")) event.target.remove();
}, true);

// --- tables of products ---------------------------------------------------------------------

/** Label the cells by the heads of their columns, for narrow screens where each row is a card. */
function cards(table) {
  const labels = [...table.tHead.rows[0].cells].map(
    (head) => head.abbr || head.textContent.trim().replace(/\s+/g, " "));
  for (const row of table.tBodies[0].rows) {
    for (const cell of row.cells) cell.dataset.label ??= labels[cell.cellIndex];
  }
  table.classList.add("cards");
}

/** Tell a number in full where the pointer is on one that is cut short, such as 1.2 K. */
document.addEventListener("pointerover", (event) => {
  const cell = event.target.closest?.("[data-cards] td[data-value]:not([class^=of-], [title])");
  const text = cell?.firstChild.textContent ?? "";
  if (!/\d\s?\p{L}+\s*$/u.test(text)) return;
  const dollars = { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" };
  cell.title = Number(cell.dataset.value).toLocaleString(
    document.documentElement.lang, text.includes("$") ? dollars : {});
});

// --- keys -----------------------------------------------------------------------------------

function rows() { return $$("tbody tr[data-row]"); }

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("on"));
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
  all.forEach((row) => row.classList.toggle("on", row === next));
  next.scrollIntoView({ block: "nearest" });
  $("a", next)?.focus({ preventScroll: true });
}

const KEYS = {
  "/": () => $("[data-search]")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  n: () => $("a[rel=next]")?.click(),
  p: () => $("a[rel=prev]")?.click(),
  f: () => ($("[data-open-panel]")?.offsetParent ? $("[data-open-panel]").click() : $(".panel summary, .panel input")?.focus()),
  "?": () => $("#keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of $$("details[data-menu][open]")) {
      menu.open = false;
      $("summary", menu).focus();
    }
  }
  const typing = event.composedPath()[0].closest?.("input:not([type=radio],[type=checkbox],[type=range]), textarea, select, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

// --- begin, and again for what htmx brings --------------------------------------------------

function begin(root) {
  for (const group of $$("[data-tabs]", root)) if (!$(".tabs", group)) tabs(group);
  for (const table of $$("table[data-cards]:not(.cards)", root)) cards(table);
}

document.documentElement.classList.add("js");
begin(document);
{
  // On narrow screens the row of views scrolls: the one that is shown is in sight.
  const [views, current] = [$(".views"), $(".views [aria-current]")];
  if (current) {
    const room = views.clientWidth - current.offsetWidth;
    views.scrollLeft = current.offsetLeft - views.offsetLeft - room / 2;
  }
}
document.addEventListener("htmx:after:swap", () => begin(document));
