// Keys, menus, dialogs, toasts, and what happens when the server does not answer. Tables: grid.js.
import { enhanceGrids } from "./grid.js";

export const word = (name) => document.getElementById("words")?.dataset[name] ?? name;

const typing = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;

// ---- toasts ----
export function toast(text, tone = "info") {
  const line = document.createElement("p");
  line.className = `toast toast-${tone}`;
  line.textContent = text;
  document.getElementById("toasts")?.append(line);
  if (tone !== "error") setTimeout(() => line.remove(), 6000);
  line.addEventListener("click", () => line.remove());
}

// ---- dialogs: data-open="id" opens <dialog id>, Esc closes ----
function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) openDialog(opener.dataset.open);
  document.querySelectorAll("details[data-menu][open], details.popover[open]").forEach((menu) => {
    if (!menu.contains(event.target) || event.target.closest("[data-open]")) menu.open = false;
  });
  const found = document.getElementById("found");
  if (found && !event.target.closest(".search")) found.replaceChildren();
});

// ---- keys ----
let awaitingRoom = false;
function goToRoom(key) {
  const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
  if (link) location.assign(link.href);
}
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  if (event.key === "Escape") {
    document.querySelectorAll("details[data-menu][open], details.popover[open]").forEach((menu) => (menu.open = false));
    document.getElementById("found")?.replaceChildren();
    if (typing(event.target)) event.target.blur();
    return;
  }
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (awaitingRoom) {
    awaitingRoom = false;
    goToRoom(event.key);
    event.preventDefault();
  } else if (event.key === "g") {
    awaitingRoom = true;
    setTimeout(() => (awaitingRoom = false), 1500);
  } else if (event.key === "/") {
    document.querySelector("[data-search]")?.focus();
    event.preventDefault();
  } else if (event.key === "?") {
    openDialog("keys-help");
    event.preventDefault();
  }
});

// Results of a search are walked with the arrow keys.
document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.(".search") || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const links = [...document.querySelectorAll("#found a")];
  if (!links.length) return;
  const step = event.key === "ArrowDown" ? 1 : -1;
  const next = links[links.indexOf(document.activeElement) + step];
  (next ?? document.querySelector("[data-search]")).focus();
  event.preventDefault();
});

// ---- forms that change things at once ----
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submit-on-change]")) event.target.form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  const asked = event.target.dataset.confirm;
  if (asked && !window.confirm(asked)) event.preventDefault();
});

// ---- the server's answers ----
document.addEventListener("htmx:responseError", (event) => toast(event.detail.xhr.getResponseHeader("X-Message") || word("failed"), "error"));
document.addEventListener("htmx:sendError", () => toast(word("offline"), "error"));
document.addEventListener("htmx:afterSettle", (event) => enhanceGrids(event.target));

document.querySelector(".error-summary")?.focus();
document.querySelectorAll(".toast").forEach((line) => line.addEventListener("click", () => line.remove()));
document.querySelectorAll(".toast-success").forEach((line) => setTimeout(() => line.remove(), 6000));
enhanceGrids(document);
