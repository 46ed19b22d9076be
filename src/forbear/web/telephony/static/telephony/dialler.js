// The dialler's panel: two keys and a countdown. The server draws and decides everything else.
const panel = () => document.getElementById("dialler");
const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), select, textarea") !== null;

document.addEventListener("keydown", (event) => {
  if (!panel() || document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "s" && (typing(event.target) || event.target.closest?.(".search"))) return;
  const button = ["s", "F7"].includes(key) ? panel().querySelector(`[data-dialler-key="${key}"]`) : null;
  if (!button || event.repeat) return;
  event.preventDefault();
  button.click();
});

// Counted by the server's clock: the difference is taken when the panel is drawn.
let ahead = 0;
let drawn = null;
function tick() {
  if (!panel()) return;
  if (drawn !== panel()) { drawn = panel(); ahead = Date.parse(drawn.dataset.now) - Date.now(); }
  for (const one of panel().querySelectorAll(".countdown")) {
    const seconds = Math.max(0, Math.ceil((Date.parse(one.dataset.at) - Date.now() - ahead) / 1000));
    one.textContent = seconds >= 60 ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : `${seconds} s`;
  }
}
setInterval(tick, 500);
tick();
