// The phone page of a visiting team. Everything that happens is written down here first and sent when there is a network:
// once, in any order, again and again until the server says that it has it.
import { canonical, sha256 } from "./seal.js";
import * as store from "./store.js";
import { draw, showHelp } from "./screens.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
export const words = read("words");
const addresses = read("addresses");
const EVERY = 15000; // milliseconds between tries to send
const HELP_AGAIN = 3000; // milliseconds between tries to get help
const BATCH = 50;
const START = "0".repeat(64);

export const app = { day: null, records: [], waiting: 0, files: [], signedOut: false, online: navigator.onLine, visit: null, open: null };

// ---- talking to the server ----
function token() {
  return document.cookie.split("; ").find((each) => each.startsWith("csrftoken="))?.slice(10) || document.body.dataset.csrf;
}

class Refused extends Error {
  constructor(status, said) { super(said.why || ""); this.status = status; this.said = said; }
}

async function post(address, body) {
  const form = body instanceof FormData;
  const headers = { "X-CSRFToken": token(), Accept: "application/json", ...(form ? {} : { "Content-Type": "application/json" }) };
  let answer;
  try {
    answer = await fetch(address, { method: "POST", headers, body: form ? body : JSON.stringify(body), credentials: "same-origin" });
  } catch (error) {
    app.online = false;
    throw error;
  }
  app.online = true;
  // A sign-in page instead of an answer: the session has ended, what is kept here stays.
  app.signedOut = answer.redirected || answer.status === 403;
  if (app.signedOut) throw new Refused(403, { why: "signed_out" });
  const said = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : { why: String(answer.status) };
  if (!answer.ok) throw new Refused(answer.status, said);
  return said;
}

// ---- the day ----
export async function begin() {
  const day = await post(addresses.day, { device: store.device(), phone_at: new Date().toISOString() });
  const before = await store.kept("day");
  await store.keep("day", { ...day, read: before?.day === day.day ? before.read : false, stopped: before?.stopped || {} });
  await load();
}

async function load() {
  app.day = await store.kept("day");
  app.records = await store.records();
  app.waiting = app.records.filter((row) => !row.sent).length;
  app.files = await store.fileNames();
  const today = new Date(corrected()).toLocaleDateString("en-CA", { timeZone: document.body.dataset.zone });
  if (app.day && app.day.on < today) await forget();
}

export const corrected = () => Date.now() + (app.day?.skew_ms || 0);

export async function change(part) {
  app.day = { ...app.day, ...part };
  await store.keep("day", app.day);
  render();
}

export async function finish() {
  await send();
  if (app.waiting || app.files.length) return render(words.not_sent_yet);
  await post(addresses.end, { day: app.day.day });
  await forget();
  app.ended = true;
  render();
}

async function forget() {
  await store.forgetDay();
  Object.assign(app, { day: null, visit: null, open: null });
  app.records = await store.records();
}

// ---- writing down ----
export const of = (visit) => app.records.filter((row) => row.visit === visit);
export const has = (visit, kind) => of(visit).some((row) => row.kind === kind);

let line = Promise.resolve();
export function say(visit, kind, data, file) {
  line = line.then(() => navigator.locks.request("visits", () => writeDown(visit, kind, data, file)));
  return line;
}

async function writeDown(visit, kind, data, file) {
  const head = (await store.kept(`head ${visit}`)) || { seq: 0, hash: START };
  const seq = head.seq + 1;
  const given = kind === "check_out" ? { ...data, last: seq } : data;
  const core = { id: crypto.randomUUID(), visit, seq, kind, at: new Date().toISOString(), data: given };
  const hash = await sha256(`${head.hash}\n${canonical(core)}`);
  await store.write({ ...core, previous: head.hash, hash, day: app.day.day }, { seq, hash }, file);
  app.records = await store.records();
  app.waiting = app.records.filter((row) => !row.sent).length;
  app.files = await store.fileNames();
  render();
  send();
}

export async function attach(visit, what, blob) {
  if (!blob || !blob.size) return;
  if (blob.size > app.day.bytes_max) return render(words.failed);
  const content = await blob.arrayBuffer();
  const id = crypto.randomUUID();
  const data = { evidence: id, what, sha256: await sha256(content), bytes: content.byteLength };
  await say(visit, "evidence", data, { id, type: blob.type, content });
}

export function place() {
  const micro = (degrees) => Math.round(degrees * 1e6);
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve(null);
    const found = ({ coords }) => resolve({ lat: micro(coords.latitude), lon: micro(coords.longitude), acc: Math.min(100000, Math.round(coords.accuracy)) });
    navigator.geolocation.getCurrentPosition(found, () => resolve(null), { enableHighAccuracy: true, timeout: 8000, maximumAge: 30000 });
  });
}

// ---- sending ----
let sending = null;
export function send() {
  sending ??= sendAll().catch((error) => {
    if (!(error instanceof TypeError || error instanceof Refused)) console.warn(error.name);
  }).finally(() => { sending = null; render(); });
  return sending;
}

async function sendAll() {
  for (;;) {
    const unsent = app.records.filter((row) => !row.sent);
    if (!unsent.length) break;
    const day = unsent[0].day;
    const batch = unsent.filter((row) => row.day === day).sort((a, b) => (b.kind === "sos") - (a.kind === "sos")).slice(0, BATCH);
    const answer = await post(addresses.sync, { day, sent_at: new Date().toISOString(), events: batch.map(bare) });
    const fates = Object.fromEntries([...answer.taken, ...answer.known].map((id) => [id, ""]));
    await store.settle({ ...fates, ...answer.set_aside });
    await heed(answer);
    await reread();
    if (!Object.keys(fates).length && !Object.keys(answer.set_aside).length) break;
  }
  await sendFiles();
}

const bare = ({ id, visit, seq, kind, at, previous, hash, data }) => ({ id, visit, seq, kind, at, previous, hash, data });

async function reread() {
  app.records = await store.records();
  app.waiting = app.records.filter((row) => !row.sent).length;
  app.files = await store.fileNames();
}

async function heed(answer) {
  if (!app.day) return;
  const stopped = { ...app.day.stopped, ...answer.stop };
  const gone = answer.gone || [];
  app.day = { ...app.day, stopped, stops: app.day.stops.map((stop) => ({ ...stop, gone: gone.includes(stop.visit) })) };
  await store.keep("day", app.day);
}

async function sendFiles() {
  for (const id of await store.fileNames()) {
    const record = app.records.find((row) => row.kind === "evidence" && row.data.evidence === id);
    if (!record?.sent) continue;
    const form = new FormData();
    form.append("day", record.day);
    form.append("file", await store.file(id), "file");
    try {
      await post(addresses.evidence.replace("00000000-0000-0000-0000-000000000000", id), form);
      await store.dropFile(id);
    } catch (error) {
      if (!(error instanceof Refused) || error.status === 403) throw error;
      await store.settle({ [record.id]: error.message }); // kept here and named; the visit says it is missing
    }
  }
  await reread();
}

// ---- permits and help ----
export async function askPermit(visit) {
  const answer = await post(addresses.permit, { day: app.day.day, visit });
  const stops = app.day.stops.map((stop) => (stop.visit === visit ? { ...stop, permit: answer.permit, rules: answer.rules } : stop));
  await change({ stops });
}

// Numbers to call stand there at once; the alarm itself is tried until it has gone out or the dialog is closed.
export async function callForHelp() {
  const dialog = document.getElementById("help");
  showHelp(false, null);
  const where = await Promise.race([place(), new Promise((resolve) => setTimeout(resolve, 1500, null))]);
  if (dialog.open) showHelp(false, where);
  if (!app.day) return;
  const leads = app.day.leads && app.visit;
  if (leads) await say(app.visit, "sos", { place: where });
  const deliver = leads ? helpRecorded : () => post(addresses.sos, { day: app.day.day, ...(where ? { place: where } : {}) }).then(() => true, () => false);
  while (!await deliver()) {
    if (!dialog.open) return;
    await new Promise((resolve) => setTimeout(resolve, HELP_AGAIN));
  }
  if (dialog.open) showHelp(true, where);
}

async function helpRecorded() {
  await send();
  return !app.records.some((row) => row.kind === "sos" && !row.sent);
}

// ---- the page ----
// What went wrong stays until the next thing is tried; a send in the background does not take it away.
export function render(wrong) {
  if (wrong !== undefined) app.wrong = wrong;
  const state = document.getElementById("state");
  const left = app.waiting + app.files.length;
  state.textContent = `${app.online ? words.online : words.offline}${left ? ` · ${words.unsent} ${left}` : ""}`;
  state.dataset.tone = app.online ? "good" : "soon";
  draw();
}

export async function tried(work) {
  app.wrong = "";
  try {
    await work();
  } catch (error) {
    render(error instanceof Refused && error.message && error.status === 409 ? error.message : words.failed);
  }
}

async function open() {
  document.getElementById("sos").addEventListener("click", callForHelp);
  addEventListener("online", () => { app.online = true; send(); });
  addEventListener("offline", () => { app.online = false; render(); });
  setInterval(send, EVERY);
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(addresses.worker, { scope: location.pathname });
  navigator.storage?.persist?.();
  await load();
  render();
  await send();
  if (!app.day) await begin().catch((error) => { app.noDay = error.status === 404; });
  render();
}

open();
