// j and k move, h marks as handled, u asks why and Enter undoes, Enter opens the case.
const replies = () => [...document.querySelectorAll("[data-reply]")];
const current = () => document.activeElement?.closest("[data-reply]");

function step(by) {
  const all = replies();
  const at = current() ? all.indexOf(current()) + by : 0;
  all[Math.min(Math.max(at, 0), all.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, select, textarea, button, a") || !replies().length) return;
  const here = current() ?? replies()[0];
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "h") here.querySelector("[data-handled]")?.click();
  else if (event.key === "u") here.querySelector(".why")?.focus();
  else if (event.key === "Enter") here.querySelector("[data-open-case]")?.click();
  else return;
  event.preventDefault();
});
replies()[0]?.focus({ preventScroll: true });
