// One key acknowledges: the key that dials, so that the hand stays where it is.
const button = document.querySelector("[data-acknowledge]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "F2" || !button || event.repeat) return;
  event.preventDefault();
  button.click();
});
