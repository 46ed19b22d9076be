// One key per answer: j and k move, y approves, x asks why and Enter declines.
const questions = () => [...document.querySelectorAll("[data-question]")];
const current = () => document.activeElement?.closest("[data-question]") ?? questions()[0];

function step(by) {
  const all = questions();
  all[Math.min(Math.max(all.indexOf(current()) + by, 0), all.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("input, select, textarea");
  if (typing?.classList.contains("why") && event.key === "Enter") {
    event.preventDefault();
    return typing.form.querySelector('[value="no"]').click();
  }
  if (typing || !questions().length) return;
  if (event.key === "j") step(document.activeElement?.closest("[data-question]") ? 1 : 0);
  else if (event.key === "k") step(-1);
  else if (event.key === "y") current().querySelector('[value="yes"]').click();
  else if (event.key === "x") current().querySelector(".why").focus();
  else return;
  event.preventDefault();
});
questions()[0]?.focus({ preventScroll: true });
