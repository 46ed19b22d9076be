// Files dropped on the form are chosen in its file input; their names and sizes are said below it.
const form = document.querySelector("form[data-drop]");
if (form) {
  const input = form.querySelector("input[type=file]");
  const field = input.closest(".drop");
  const chosen = form.querySelector("[data-chosen]");
  const say = () => {
    chosen.textContent = [...input.files].map((file) => `${file.name} (${(file.size / 1048576).toFixed(1)} MB)`).join(", ");
  };
  const over = (event, state) => {
    event.preventDefault();
    field.toggleAttribute("data-over", state);
  };
  for (const name of ["dragenter", "dragover"]) form.addEventListener(name, (event) => over(event, true));
  form.addEventListener("dragleave", (event) => over(event, false));
  form.addEventListener("drop", (event) => {
    over(event, false);
    if (event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      say();
    }
  });
  input.addEventListener("change", say);
}
