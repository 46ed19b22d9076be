// Ticks every box of a name that is shown, or none if all were ticked.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tick-all]");
  if (!button) return;
  const boxes = [...document.querySelectorAll(`input[type=checkbox][name="${button.dataset.tickAll}"]`)].filter((box) => box.offsetParent);
  const all = boxes.every((box) => box.checked);
  boxes.forEach((box) => { box.checked = !all; });
});
