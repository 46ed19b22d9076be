// The case desk by keyboard. The server draws everything; this file chooses codes, posts, and loads the next case.
// A result is three codes: line, party, outcome. Digits choose whichever of them is next; two digits name an outcome.
import { toast } from "../forbear.js";

const word = (name) => document.getElementById("desk-words")?.dataset[name] ?? name;
const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const desk = () => document.getElementById("desk");
const form = () => document.getElementById("wrap");
const call = () => document.getElementById("call")?.dataset ?? {};
const live = () => "live" in call();
const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), select, textarea") !== null;
const token = () => form().elements.csrfmiddlewaretoken.value;

// ---- codes ----
const chosen = (group) => form().elements[group].value;
const chips = (group) => all(`[data-group="${group}"] .chip`, form());
const chip = (group) => chips(group).find((one) => one.dataset.code === chosen(group));
let firstDigit = "";

function choose(group, code) {
  form().elements[group].value = code;
  if (group === "line") { clear("party"); clear("outcome"); clear("reason"); }
  if (group === "party") clear("outcome");
  const outcome = group === "outcome" ? chip("outcome") : null;
  if (outcome?.dataset.reason && !chosen("reason")) form().elements.reason.value = outcome.dataset.reason;
  firstDigit = "";
  complain("");
  draw();
  if (outcome) showNeeds(outcome.dataset.needs.split(" ").filter(Boolean), true);
}
const clear = (group) => { form().elements[group].value = ""; };

const talks = () => "talk" in (chip("line")?.dataset ?? {});
const rightParty = () => "right" in (chip("party")?.dataset ?? {});
const stage = () => {
  if (!live()) return "dial";
  if (!chosen("line")) return "line";
  if (!talks()) return "save";
  if (!chosen("party")) return "party";
  if (!chosen("outcome")) return "outcome";
  return rightParty() && !chosen("reason") && chosen("outcome") !== "B33" ? "reason" : "save";
};

function draw() {
  if (!form()) return;
  if ("identity" in call() && !chosen("line")) {
    form().elements.line.value = "L01";
    form().elements.party.value = "P1";
  }
  for (const group of ["line", "party", "outcome", "reason"]) {
    for (const one of chips(group)) one.setAttribute("aria-pressed", String(one.dataset.code === chosen(group)));
  }
  for (const group of ["line", "party", "outcome"]) $(`[data-group="${group}"]`).classList.toggle("settled", Boolean(chosen(group)));
  $('[data-group="party"]').hidden = !talks();
  $('[data-group="outcome"]').hidden = !chosen("party");
  $('[data-group="reason"]').hidden = !(rightParty() && chosen("outcome"));
  for (const one of chips("outcome")) one.hidden = !one.dataset.parties.split(" ").includes(chosen("party"));
  for (const one of chips("party")) {
    one.disabled = one.dataset.code === "P1" && !("identity" in call());
    one.hidden = "third" in call() ? !("third" in one.dataset) : false;
  }
  $("#stage").textContent = word(stage()) + (firstDigit ? ` ${firstDigit}_` : "");
  if (!chosen("outcome")) showNeeds([], false);
}

// What the network said is the line result, until the collector says otherwise.
document.addEventListener("htmx:afterSwap", () => {
  const said = document.getElementById("phone")?.dataset;
  if (!said || !form()) return;
  if (said.line && !chosen("line")) choose("line", said.line);
  tick();
});

function showNeeds(needs, focus) {
  for (const fields of all("[data-needs].fields", form())) {
    const name = fields.dataset.needs;
    fields.hidden = !(needs.includes(name) || (name === "note" && form().elements.note.value));
  }
  const field = needs.filter((name) => name !== "promise").map((name) => $(`[data-needs="${name}"] :is(input, select, textarea)`, form()))[0];
  if (focus && field) field.focus();
}

function digit(key) {
  const now = stage();
  if (now === "dial") return complain(word("first"));
  if (now === "outcome" || (now === "save" && chosen("party") && firstDigit)) {
    if (!firstDigit) { firstDigit = key; return draw(); }
    const code = `B${firstDigit}${key}`;
    firstDigit = "";
    const found = chips("outcome").find((one) => one.dataset.code === code && !one.hidden);
    return found ? choose("outcome", code) : draw();
  }
  const group = now === "save" ? "line" : now;
  const found = chips(group).find((one) => one.dataset.key === key && !one.hidden && !one.disabled);
  if (found) choose(group, found.dataset.code);
}

// ---- promise and note ----
function openPromise() {
  if ("third" in call()) return complain(word("third"));
  if (!("identity" in call())) return complain(word("identity"));
  draw();
  const amount = minor(form().elements.amount.value);
  const toCure = Number($("#promise-fields").dataset.toCure || 0);
  choose("outcome", toCure && amount < toCure ? "B02" : "B01");
  showNeeds(["promise"], false);
  document.activeElement.blur();
}
const minor = (text) => Math.round(Number(text.replaceAll(",", "")) * 100);

// The panel of the agreements: its first open field or button, in the order in which one talks.
function negotiate() {
  const panel = document.getElementById("negotiate");
  if (!panel?.querySelector("form")) return complain(word("identity"));
  panel.scrollIntoView({ block: "start" });
  const order = ["details.means[open] #means-reason", "#code", "#send-code", "[data-option]", "summary"];
  order.map((where) => panel.querySelector(where)).find(Boolean)?.focus();
}

function openNote() {
  const fields = $('[data-needs="note"]', form());
  fields.hidden = false;
  $("textarea", fields).focus();
}

function complain(text, field) {
  const line = $("#wrap-error");
  line.textContent = text;
  line.hidden = !text;
  const wrong = field && $(`[name="${field === "callback" ? "callback_at" : field}"]:not([type=hidden])`, form());
  if (wrong) { showNeeds([wrong.closest("[data-needs]")?.dataset.needs], false); wrong.focus(); }
}

// ---- the server ----
async function post(url, body, extra = {}) {
  try {
    return await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token(), ...extra } });
  } catch {
    toast(document.getElementById("words").dataset.offline, "error");
    return null;
  }
}

// A part of the screen: the call bar, and out of band whatever changes with it.
async function part(url, body = new FormData()) {
  await window.htmx.ajax("POST", url, { target: "#call", swap: "outerHTML", values: Object.fromEntries(body) });
  draw();
  tick();
}

function dial(point) {
  const body = new FormData();
  body.append("point", point);
  return part(form().dataset.dial, body);
}

let saving = false;
async function save() {
  if (saving) return;
  saving = true;
  try {
    if (!live()) return await saveOutsideACall();
    const body = new FormData(form());
    if (!chosen("outcome").match(/^B0[12]$/)) for (const name of ["amount", "due_on", "pay_channel"]) body.delete(name);
    await settle(await post(form().action, body));
  } finally {
    saving = false;
  }
}

async function saveOutsideACall() {
  const text = form().elements.note.value.trim();
  if (text) {
    const answer = await post(form().dataset.note, new FormData(form()));
    if (!answer?.ok) return settle(answer);
    toast(word("noted"), "success");
  }
  return go(desk().dataset.next);
}

// A refusal stays on the screen with the field that is wrong; a success opens the next case.
async function settle(answer) {
  if (!answer) return;
  const said = await answer.json().catch(() => ({}));
  if (answer.ok && said.next) return go(said.next);
  if (answer.ok) return toast(said.message ?? "", "success");
  complain(said.message ?? document.getElementById("words").dataset.failed, said.field);
}

// ---- the next case is fetched while this one is worked ----
const fetched = new Map();
function preload() {
  const url = desk()?.dataset.next;
  if (!url || url === desk().dataset.home || fetched.has(url)) return;
  fetched.clear();
  fetched.set(url, fetch(url, { headers: { "X-Desk-Preload": "1" } }).then((answer) => (answer.ok ? answer.text() : null), () => null));
}

async function go(url) {
  const text = await (fetched.get(url) ?? null);
  fetched.clear();
  const next = text && new DOMParser().parseFromString(text, "text/html");
  const screen = next?.getElementById("desk");
  if (!screen) return location.assign(url);
  desk().replaceWith(document.adoptNode(screen));
  document.title = next.title;
  $(".breadcrumb").replaceWith(document.adoptNode(next.querySelector(".breadcrumb")));
  history.pushState({}, "", url);
  window.htmx.process(desk());
  begin();
  window.htmx.trigger("#meter", "refresh");  // what was fetched ahead may be minutes old
}
window.addEventListener("popstate", () => location.reload());

// ---- clocks: the server's, so that a wrong watch on this machine changes nothing ----
let ahead = 0;
const setClock = () => { ahead = Date.parse(desk().dataset.now) - Date.now(); };
function tick() {
  const now = Date.now() + ahead;
  for (const timer of all("[data-since]")) {
    const end = timer.dataset.until ? Date.parse(timer.dataset.until) : now;
    const seconds = Math.max(0, Math.round((end - Date.parse(timer.dataset.since)) / 1000));
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
  for (const clock of all(".local-clock")) {
    const [, sign, hours, minutes] = clock.dateTime.match(/([+-])(\d\d):(\d\d)$/) ?? [0, "+", 0, 0];
    clock.textContent = new Date(now + Number(`${sign}1`) * (hours * 60 + Number(minutes)) * 60_000).toISOString().slice(11, 16);
  }
  for (const due of all("#queue [data-at]")) {
    if (!due.dataset.told && Math.abs(Date.parse(due.dataset.at) - now) < 60_000) {
      due.dataset.told = "1";
      toast(`${word("late")}: ${$(".queue-name", due).firstChild.textContent}`, "warning");
    }
  }
}
setInterval(tick, 1000);

// ---- keys ----
const press = (key) => { const button = $(`#desk [data-key="${key}"]:not(.chip)`) ?? (key === "F2" ? $("#desk [data-next-number]") : null); if (button) button.click(); return Boolean(button); };
document.addEventListener("keydown", (event) => {
  if (!desk() || $("dialog[open]") || event.target.closest?.(".search")) return;
  const key = event.key;
  if (key === "Enter" && (event.ctrlKey || event.metaKey)) save();
  else if (key === "F6" && !live()) complain(word("first"));
  else if (key === "F6" && "third" in call()) complain(word("never"));
  else if (/^F[24689]$/.test(key)) press(key);
  else if (key === "Escape") undo(event);
  else if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  else if (/^\d$/.test(key)) digit(key);
  else if (key === "p" || key === "P") openPromise();
  else if (key === "n" || key === "N") openNote();
  else if (key === "a" || key === "A") negotiate();
  else return;
  event.preventDefault();
});

function undo(event) {
  if (typing(event.target)) return event.target.blur();
  const last = ["reason", "outcome", "party", "line"].find((group) => chosen(group));
  if (firstDigit) firstDigit = "";
  else if (last) clear(last);
  else if (!live()) return location.assign(desk().dataset.home);
  complain("");
  draw();
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("#desk button");
  if (!target) return;
  if (target.dataset.dial) dial(target.dataset.dial);
  else if (target.dataset.post) part(target.dataset.post);
  else if (target.dataset.form === "promise") openPromise();
  else if (target.dataset.form === "note") openNote();
  else if ("emergency" in target.dataset) { if (window.confirm(word("emergency"))) emergency(); }
  else if (target.dataset.later) later(target.dataset.later);
  else if ("ask" in target.dataset) post(form().dataset.ask, promiseBody()).then(settle);
  else if (target.getAttribute("aria-pressed") === "true") { clear(target.closest("[data-group]").dataset.group); draw(); }
  else if (target.classList.contains("chip")) choose(target.closest("[data-group]").dataset.group, target.dataset.code);
});
const promiseBody = () => new FormData(form());
async function emergency() {
  const answer = await post(form().dataset.emergency, new FormData(form()));
  if (answer?.ok) location.reload();
}
function later(at) {
  const body = new FormData(form());
  body.append("at", at);
  post(form().dataset.later, body).then(settle);
}
document.addEventListener("submit", (event) => { if (event.target === form()) { event.preventDefault(); save(); } });
document.addEventListener("input", (event) => {
  if (event.target.id !== "amount") return;
  const toCure = Number($("#promise-fields").dataset.toCure || 0);
  form().elements.outcome.value = toCure && minor(event.target.value) < toCure ? "B02" : "B01";
  draw();
});

function begin() {
  if (!desk()) return;
  draw();
  tick();
  $('#queue [aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  setTimeout(preload, 300);
}
if (desk()) setClock();
begin();
