// What the phone page shows. Built from elements, never from markup: what a stranger wrote cannot run.
import { app, askPermit, attach, begin, change, corrected, finish, has, of, place, render, say, tried, words } from "./phone.js";
import { open as openPacket, proofOf, wordProof } from "./seal.js";

const main = document.getElementById("main");
const figures = new Map(); // what was opened, in memory alone
const tries = new Map();
let film = null;

function h(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(3).filter((each) => each !== null && each !== undefined && each !== false));
  return made;
}

const button = (text, work, kind = "") => h("button", { type: "button", class: `wide ${kind}`, onclick: () => tried(work) }, text);
const card = (...children) => h("section", { class: "card" }, ...children);
const title = (text) => h("h2", {}, text);
const quiet = (text) => h("p", { class: "quiet" }, text);
const clockOf = (iso) => (iso ? new Date(iso).toLocaleTimeString("zh-CN", { timeZone: document.body.dataset.zone, hour: "2-digit", minute: "2-digit", hour12: false }) : "");

export function draw() {
  const typed = new Map([...main.querySelectorAll("input[name], textarea[name], select[name]")].map((each) => [each.name, each.type === "file" ? null : each.value]));
  const focus = document.activeElement?.name;
  const shown = app.visit ? door(app.day.stops.find((stop) => stop.visit === app.visit)) : list();
  main.replaceChildren(...[app.wrong && h("p", { class: "wrong", role: "alert" }, app.wrong), app.signedOut && signedOut(), ...shown].filter(Boolean));
  for (const [name, value] of typed) {
    const again = main.querySelector(`[name="${name}"]`);
    if (again && value) again.value = value;
    if (again && name === focus) again.focus();
  }
}

const signedOut = () => card(h("p", {}, words.signed_out), h("a", { class: "wide button", href: document.body.dataset.signIn }, words.sign_in));

// ---- the day ----
function list() {
  const day = app.day;
  if (app.ended) return [card(h("p", {}, words.ended))];
  if (!day) return [card(h("p", {}, app.noDay ? words.no_day : app.online ? words.begin : words.offline), button(words.begin, begin, "primary"))];
  const stops = day.leads ? day.stops.map(stopCard) : [];
  return [
    day.leads ? h("div", { class: "row" }, title(words.route), h("span", { class: "quiet" }, `${day.team} · ${day.on}`)) : quiet(words.mate_page),
    ...stops, day.leads && !stops.length && card(quiet(words.no_stops)), badgeCard(day), refusedCard(),
    button(words.refresh, begin), button(words.end_day, finish, "danger"),
  ].filter(Boolean);
}

function stopCard(stop) {
  const state = has(stop.visit, "check_out") ? ["good", words.done] : has(stop.visit, "check_in") ? ["soon", words.at_door] : stop.gone ? ["plain", words.gone] : ["info", words.next];
  return h("button", { type: "button", class: "card stop", onclick: () => { app.visit = stop.visit; render(); scrollTo(0, 0); } },
    h("span", { class: "place" }, String(stop.place)),
    h("span", { class: "what" }, h("b", {}, `${clockOf(stop.begins)}–${clockOf(stop.ends)}`), h("span", {}, stop.address), h("span", { class: "quiet" }, `${words.ask_for} ${stop.ask_for} · ${stop.number}`)),
    h("span", { class: `mark ${state[0]}` }, state[1]));
}

function badgeCard(day) {
  return h("details", { class: "card", open: !day.leads }, h("summary", {}, words.badge),
    h("div", { class: "badge" }, h("img", { src: day.badge.picture, alt: words.badge, width: 220, height: 220 }), h("span", { class: "code" }, day.badge.code), h("b", {}, day.name), h("span", {}, day.staff_no), quiet(words.badge_hint),
      h("p", {}, words.word, " ", h("code", { class: "code word" }, day.word)), quiet(words.word_hint)));
}

function refusedCard() {
  const rows = app.records.filter((row) => row.why);
  return rows.length ? card(title(words.refused_records), h("ul", {}, rows.map((row) => h("li", {}, `${row.kind} ${row.why}`)))) : null;
}

// ---- one visit ----
function door(stop) {
  if (!stop) { app.visit = null; return list(); }
  const rows = of(stop.visit);
  const latest = (kind) => rows.filter((row) => row.kind === kind).at(-1)?.data;
  const out = has(stop.visit, "check_out");
  const checked = has(stop.visit, "check_in");
  const parts = [head(stop)];
  const rules = app.day.stopped[stop.visit];
  if (rules && !out) parts.push(h("section", { class: "card stopped", role: "alert" }, title(words.leave_now), h("p", {}, words.stopped), quiet(rules.join(", "))));
  if (out) parts.push(card(h("p", { class: "mark good" }, words.done), quiet(words.saved)));
  else if (!checked) parts.push(...before(stop));
  else parts.push(...atDoor(stop, latest));
  return parts;
}

function head(stop) {
  return card(
    h("button", { type: "button", class: "back", onclick: () => { app.visit = null; render(); } }, `‹ ${words.back}`),
    h("h2", {}, stop.address),
    h("p", {}, `${words.ask_for} `, h("b", {}, stop.ask_for)),
    quiet(`${stop.number} · ${words.between} ${stop.window.join("–")} · ${words.known} ${stop.known_on || "—"}`), quiet(`${words.purpose}: ${stop.purpose}`));
}

const permitHolds = (stop) => stop.permit && Date.parse(stop.permit.until) > corrected();

function before(stop) {
  const parts = [];
  if (!app.day.read) {
    parts.push(card(title(words.forbidden), h("ul", { class: "forbidden" }, app.day.lists.forbidden.map((each) => h("li", {}, each.word))), button(words.forbidden_read, () => change({ read: true }), "primary")));
    return parts;
  }
  parts.push(card(
    permitHolds(stop) ? h("p", { class: "mark good" }, `${words.permit_until} ${clockOf(stop.permit.until)}`) : quiet(stop.permit ? words.permit_over : words.permit_hint),
    stop.rules?.length ? h("p", { class: "wrong" }, `${words.permit_refused}: ${stop.rules.join(", ")}`) : null,
    button(words.permit, () => askPermit(stop.visit), permitHolds(stop) ? "" : "primary")));
  if (permitHolds(stop)) parts.push(checkIn(stop));
  return parts;
}

function checkIn(stop) {
  const fields = app.day.mates.map((mate) => h("label", { class: "field" }, `${words.mate_word} ${mate.name} (${mate.staff_no})`, h("input", { name: `word-${mate.id}`, autocapitalize: "characters", autocomplete: "off", maxlength: 12 })));
  return card(title(words.check_in), ...fields, button(words.check_in, () => checkedIn(stop), "primary"));
}

async function checkedIn(stop) {
  const people = [app.day.user], said = {};
  for (const mate of app.day.mates) {
    const typed = proofOf(main.querySelector(`[name="word-${mate.id}"]`)?.value || "");
    if (!typed) continue;
    if ((await wordProof(typed, app.day.salt)) !== mate.proof) return render(`${words.word_wrong} ${mate.name}`);
    people.push(mate.id);
    said[String(mate.id)] = typed;
  }
  if (people.length < app.day.least) return render(words.too_few);
  const where = await place();
  await say(stop.visit, "forbidden_read", { codes: app.day.lists.forbidden.map((each) => each.code) });
  await say(stop.visit, "check_in", { people, words: said, place: where });
}

function atDoor(stop, latest) {
  const who = latest("door")?.who;
  const notice = latest("notice");
  if (!who || app.open === "who") return [whoCard(stop)];
  const row = app.day.lists.doors.find((each) => each.code === who);
  const said = h("section", { class: `card ${row.leave ? "stopped" : ""}` }, h("p", {}, h("b", {}, row.word)), h("p", { class: "say" }, row.say), button(words.who_else, () => again(stop)));
  if (row.leave) return [said, resultCard(stop, row, notice, latest), outCard(stop)].filter(Boolean);
  if (who === "nobody") return [said, letterCard(stop, latest), resultCard(stop, row, notice, latest), outCard(stop)].filter(Boolean);
  if (!has(stop.visit, "badges")) return [badgesCard(stop)];
  if (!notice) return [noticeCard(stop)];
  return [said, ...spoken(stop, row, notice, latest)].filter(Boolean);
}

function badgesCard(stop) {
  return card(h("div", { class: "badge" }, h("img", { src: app.day.badge.picture, alt: words.badge, width: 200, height: 200 }), h("span", { class: "code" }, app.day.badge.code)), quiet(words.badge_hint), button(words.badges, () => say(stop.visit, "badges", {}), "primary"));
}

function noticeCard(stop) {
  return card(title(words.record), h("p", { class: "say" }, words.record_say), button(words.record_yes, () => startFilm(stop), "primary"),
    button(words.record_no, () => say(stop.visit, "notice", { way: "audio_video", refused: true })));
}

function whoCard(stop) {
  const chosen = (code) => { app.open = null; return say(stop.visit, "door", { who: code }); };
  return card(title(words.who), ...app.day.lists.doors.map((each) => button(each.word, () => chosen(each.code))));
}

function spoken(stop, row, notice, latest) {
  const talk = row.identity && !notice.refused ? identity(stop, latest) : [];
  return [...talk, letterCard(stop, latest), cashCard(stop, latest), othersCard(stop, latest), filmCard(stop, notice), resultCard(stop, row, notice, latest), outCard(stop)];
}

// Somebody else comes to the door: the question is asked anew, and the figures close.
function again(stop) {
  figures.delete(stop.visit);
  app.open = "who";
  render();
}

function identity(stop, latest) {
  const passed = has(stop.visit, "identity") && of(stop.visit).some((row) => row.kind === "identity" && row.data.passed);
  if (passed) return [figureCard(stop), entryCard(stop, latest)];
  if (has(stop.visit, "sealed")) return [card(h("p", { class: "wrong" }, words.sealed_gone))];
  if (!stop.sealed) return [card(title(words.identity), quiet(words.no_packet), button(words.passed, () => say(stop.visit, "identity", { way: "document", passed: true })))];
  return [card(title(words.identity), h("label", { class: "field" }, words.digits, h("input", { name: "digits", inputmode: "text", autocomplete: "off", maxlength: 6, autocapitalize: "characters" })), quiet(words.digits_hint), button(words.check, () => checkIdentity(stop), "primary"))];
}

async function checkIdentity(stop) {
  const field = main.querySelector("[name=digits]");
  const found = await openPacket(stop.sealed, proofOf(field.value));
  field.value = "";
  if (found) {
    figures.set(stop.visit, found);
    return say(stop.visit, "identity", { way: "digits", passed: true });
  }
  const used = (tries.get(stop.visit) || stop.used || 0) + 1;
  tries.set(stop.visit, used);
  const stops = app.day.stops.map((each) => (each.visit === stop.visit ? { ...each, used, sealed: used >= app.day.tries ? null : each.sealed } : each));
  await change({ stops });
  await say(stop.visit, "identity", { way: "digits", passed: false });
  if (used >= app.day.tries) return say(stop.visit, "sealed", {});
  render(`${words.wrong_digits} ${app.day.tries - used}`);
}

function figureCard(stop) {
  const held = figures.get(stop.visit);
  const shown = app.open === `figures ${stop.visit}`;
  if (!held) return card(h("p", { class: "mark good" }, words.passed), quiet(words.digits_hint), !shown && stop.sealed ? h("label", { class: "field" }, words.digits, h("input", { name: "digits", autocomplete: "off", maxlength: 6 })) : null, stop.sealed ? button(words.check, () => reopen(stop)) : null);
  if (!shown) return card(h("p", { class: "mark good" }, `${words.passed}: ${held.name}`), button(words.show, async () => { app.open = `figures ${stop.visit}`; await say(stop.visit, "amount", {}); }, "primary"));
  return card(h("dl", { class: "figures" }, h("dt", {}, words.past_due), h("dd", {}, held.past_due), h("dt", {}, words.total), h("dd", {}, held.total)), quiet(`${words.as_of} ${held.as_of}`), button(words.hide, () => { app.open = null; render(); }));
}

async function reopen(stop) {
  const found = await openPacket(stop.sealed, proofOf(main.querySelector("[name=digits]").value));
  if (found) figures.set(stop.visit, found);
  render(found ? "" : words.failed);
}

function entryCard(stop, latest) {
  const given = latest("entry");
  if (given) return card(quiet(given.consent ? words.enter_yes : words.enter_no));
  return card(title(words.enter), button(words.enter_yes, () => say(stop.visit, "entry", { consent: true, entered: true })), button(words.enter_no, () => say(stop.visit, "entry", { consent: false, entered: false })));
}

function letterCard(stop, latest) {
  const left = latest("letter");
  return card(left ? h("p", { class: "mark good" }, words.letter) : button(words.letter, () => say(stop.visit, "letter", { left: true })),
    left && picture(words.photo, (file) => attach(stop.visit, "letter", file)), picture(words.photo_site, (file) => attach(stop.visit, "site", file)), pictures(stop));
}

function pictures(stop) {
  const made = of(stop.visit).filter((row) => row.kind === "evidence" && row.data.what !== "recording").length;
  return made ? quiet(`${words.files}: ${made}`) : null;
}

function cashCard(stop, latest) {
  if (!latest("cash")) return card(button(words.cash, () => say(stop.visit, "cash", {})));
  return card(h("div", { class: "badge" }, h("p", { class: "say" }, words.cash_say), h("img", { src: app.day.pay_picture, alt: app.day.pay_at, width: 160, height: 160 }), quiet(words.cash_done)));
}

function othersCard(stop, latest) {
  const told = latest("told");
  if (told) return card(quiet(told.told ? words.told_yes : words.told_no));
  return h("details", { class: "card" }, h("summary", {}, words.other_asks), h("p", { class: "say" }, words.other_say), button(words.told_no, () => say(stop.visit, "told", { told: false })), button(words.told_yes, () => say(stop.visit, "told", { told: true })));
}

function picture(text, work, accept = "image/*") {
  return h("label", { class: "wide button file" }, text, h("input", { type: "file", accept, capture: "environment", onchange: (event) => tried(() => work(event.target.files[0])) }));
}

// ---- recording: pieces of a minute, each whole and hashed as it ends, so that a dead phone loses one at most ----
const PIECE = 60000;

async function startFilm(stop) {
  let stream = null;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240, facingMode: "environment" } });
  } catch {
    stream = null;
  }
  await say(stop.visit, "notice", { way: "audio_video", refused: false });
  if (!stream || !window.MediaRecorder) return render(words.no_camera);
  film = { visit: stop.visit, stream, going: true };
  piece();
  render();
}

function piece() {
  const held = film;
  const recorder = new MediaRecorder(held.stream, { videoBitsPerSecond: 250000, audioBitsPerSecond: 32000 });
  held.recorder = recorder;
  recorder.ondataavailable = (event) => { held.last = attach(held.visit, "recording", event.data); };
  recorder.onstop = () => { if (held.going) piece(); };
  recorder.start();
  setTimeout(() => recorder.state === "recording" && recorder.stop(), PIECE);
}

async function stopFilm() {
  if (!film) return;
  const held = film;
  film = null;
  held.going = false;
  const ended = new Promise((resolve) => held.recorder.addEventListener("stop", resolve));
  if (held.recorder.state === "recording") { held.recorder.stop(); await ended; }
  await held.last;
  held.stream.getTracks().forEach((track) => track.stop());
  render();
}

function filmCard(stop, notice) {
  if (notice?.refused) return null;
  const pieces = of(stop.visit).filter((row) => row.kind === "evidence" && row.data.what === "recording").length;
  const going = film?.visit === stop.visit;
  return card(h("p", { class: going ? "mark soon" : "quiet" }, `${words.recording}: ${going ? "●" : pieces}`), going ? button(words.record_stop, stopFilm) : picture(words.record_attach, (file) => attach(stop.visit, "recording", file), "video/*,audio/*"));
}

// ---- result and check-out ----
function resultCard(stop, row, notice, latest) {
  const given = latest("result");
  const passed = of(stop.visit).some((each) => each.kind === "identity" && each.data.passed);
  const codes = notice?.refused ? ["V10", "V11", "V12"] : row.results.filter((code) => code !== "V01" || passed);
  const list = h("select", { name: "result" }, h("option", { value: "" }, "—"), codes.map((code) => h("option", { value: code }, app.day.lists.results[code].word)));
  const talk = h("select", { name: "talk" }, h("option", { value: "" }, words.talk_none), app.day.lists.talks.map((each) => h("option", { value: each.code }, each.word)));
  const save = () => (list.value ? saved() : render(words.result));
  const saved = () => say(stop.visit, "result", { code: list.value, talk: list.value === "V01" ? talk.value : "", note: main.querySelector("[name=note]").value.slice(0, 500) });
  return card(title(words.result), given && h("p", { class: "mark good" }, app.day.lists.results[given.code].word), h("label", { class: "field" }, words.result, list),
    passed && h("label", { class: "field" }, words.talk, talk), h("label", { class: "field" }, words.note, h("textarea", { name: "note", rows: 2, maxlength: 500 })), button(words.save, save, given ? "" : "primary"));
}

function outCard(stop) {
  if (!has(stop.visit, "result")) return null;
  return button(words.check_out, async () => {
    await stopFilm();
    const where = await place();
    figures.delete(stop.visit);
    app.open = null;
    await say(stop.visit, "check_out", { place: where });
  }, "primary");
}

// ---- help ----
export function showHelp(sent, where) {
  const dialog = document.getElementById("help");
  const number = app.day?.control || "";
  const stop = app.day?.stops.find((each) => each.visit === app.visit);
  const text = encodeURIComponent(["SOS", stop?.number || app.day?.team || "", where ? `${where.lat / 1e6},${where.lon / 1e6}` : ""].join(" "));
  dialog.replaceChildren(
    h("h2", { id: "help-title" }, words.sos), h("p", { class: "say" }, words.sos_leave), h("p", { class: sent ? "mark good" : "wrong" }, sent ? words.sos_sent : words.sos_waiting),
    number && h("a", { class: "wide button danger", href: `tel:${number}` }, `${words.sos_call} ${number}`), number && h("a", { class: "wide button", href: `sms:${number}?body=${text}` }, words.sos_sms),
    ...(app.day?.emergency || ["110"]).map((each) => h("a", { class: "wide button", href: `tel:${each}` }, `${words.sos_police} ${each}`)),
    h("button", { type: "button", class: "wide", onclick: () => dialog.close() }, words.close));
  if (!dialog.open) dialog.showModal();
}

