// <table data-grid="name">: sort, filter, column choice, saved views, export, row movement, count and sum of what is shown.
// A cell's data-value holds what sorts and sums (plain number, minor units, ISO date); its text is what is read.
// th: data-kind text|count|number|money|percent|day, data-sum money|count for a sum, data-fixed to leave a column in place.

const word = (name) => document.getElementById("words")?.dataset[name] ?? name;
const NUMERIC = new Set(["count", "number", "money", "percent"]);
const group = new Intl.NumberFormat("en-US");

export function formatMinor(minor) {
  const sign = minor < 0n ? "−" : "";
  const size = minor < 0n ? -minor : minor;
  return `${sign}${group.format(size / 100n)}.${String(size % 100n).padStart(2, "0")}`;
}

export function enhanceGrids(root) {
  const tables = root.querySelectorAll?.("table[data-grid]:not([data-ready])") ?? [];
  tables.forEach((table) => new Grid(table));
}

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

class Grid {
  constructor(table) {
    table.dataset.ready = "1";
    this.table = table;
    this.name = table.dataset.grid;
    this.heads = [...table.tHead.rows[0].cells];
    this.rows = [...table.tBodies[0].rows];
    this.state = { filter: "", sort: null, down: false, off: [] };
    this.tools();
    this.heads.forEach((head, index) => this.sorter(head, index));
    this.rows.forEach((row) => row.setAttribute("tabindex", "-1"));
    if (this.rows[0]) this.rows[0].setAttribute("tabindex", "0");
    table.addEventListener("keydown", (event) => this.key(event));
    table.addEventListener("click", (event) => this.point(event));
    this.apply();
  }

  // ---- the strip above the table ----
  tools() {
    this.input = make("input", { type: "search", placeholder: word("filter"), "aria-label": word("filter") });
    this.input.addEventListener("input", () => { this.state.filter = this.input.value; this.apply(); });
    this.total = make("span", { class: "grid-sum", "aria-live": "polite" });
    const exporter = make("button", { type: "button", class: "button button-small" }, word("export"));
    exporter.addEventListener("click", () => this.export());
    this.strip = make("div", { class: "grid-tools" }, this.input, this.columnChoice(), this.viewChoice(), exporter, this.total);
    const place = this.table.closest(".table-scroll") ?? this.table;
    place.before(this.strip);
  }

  popover(title, body) {
    return make("details", { class: "popover" }, make("summary", { class: "button button-small" }, title), body);
  }

  columnChoice() {
    const body = make("div");
    this.boxes = this.heads.map((head, index) => {
      const box = make("input", { type: "checkbox" });
      box.checked = true;
      box.addEventListener("change", () => {
        this.state.off = this.boxes.flatMap((each, at) => (each.checked ? [] : [at]));
        this.apply();
      });
      if (head.textContent.trim() && !("fixed" in head.dataset)) body.append(make("label", {}, box, head.textContent.trim()));
      return box;
    });
    return this.popover(word("columns"), body);
  }

  viewChoice() {
    this.viewList = make("div");
    const details = this.popover(word("views"), this.viewList);
    this.drawViews();
    return details;
  }

  stored() {
    try { return JSON.parse(localStorage.getItem(`grid:${this.name}`)) ?? {}; } catch { return {}; }
  }

  store(views) {
    try { localStorage.setItem(`grid:${this.name}`, JSON.stringify(views)); } catch { /* a full or forbidden store only loses the convenience */ }
    this.drawViews();
  }

  drawViews() {
    const views = this.stored();
    const lines = Object.entries(views).map(([name, state]) => {
      const use = make("button", { type: "button", class: "button button-small button-quiet" }, name);
      use.addEventListener("click", () => this.restore(state));
      const forget = make("button", { type: "button", class: "button button-small button-quiet", "aria-label": `${word("forget")} ${name}` }, "✕");
      forget.addEventListener("click", () => { const rest = { ...views }; delete rest[name]; this.store(rest); });
      return make("div", { class: "row spread" }, use, forget);
    });
    const name = make("input", { type: "text", placeholder: word("viewName"), "aria-label": word("viewName"), maxlength: "40" });
    const save = make("button", { type: "button", class: "button button-small" }, word("saveView"));
    save.addEventListener("click", () => {
      if (name.value.trim()) this.store({ ...this.stored(), [name.value.trim()]: { ...this.state } });
    });
    this.viewList.replaceChildren(...lines, name, save);
  }

  restore(state) {
    this.state = { ...this.state, ...state };
    this.input.value = this.state.filter;
    this.boxes.forEach((box, index) => (box.checked = !this.state.off.includes(index)));
    this.apply();
  }

  // ---- sorting ----
  sorter(head, index) {
    if (!head.textContent.trim() || "fixed" in head.dataset) return;
    const button = make("button", { type: "button", class: "sort" });
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      this.state.down = this.state.sort === index ? !this.state.down : NUMERIC.has(head.dataset.kind);
      this.state.sort = index;
      this.apply();
    });
  }

  value(row, index) {
    const cell = row.cells[index];
    return cell?.dataset.value ?? cell?.textContent.trim() ?? "";
  }

  compare(left, right, index) {
    const [a, b] = [this.value(left, index), this.value(right, index)];
    if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1; // the unknown comes last either way
    const order = NUMERIC.has(this.heads[index].dataset.kind) ? Number(a) - Number(b) : a.localeCompare(b, document.documentElement.lang);
    return this.state.down ? -order : order;
  }

  // ---- showing ----
  apply() {
    const { filter, sort, off } = this.state;
    const wanted = filter.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
    if (sort !== null) this.rows.sort((left, right) => this.compare(left, right, sort));
    this.heads.forEach((head, index) => {
      if (index === sort) head.setAttribute("aria-sort", this.state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    const body = this.table.tBodies[0];
    if (sort !== null) body.append(...this.rows);
    this.rows.forEach((row) => {
      const text = row.textContent.toLocaleLowerCase();
      row.hidden = !wanted.every((part) => text.includes(part));
    });
    for (const row of this.table.rows) [...row.cells].forEach((cell, index) => { if (row.cells.length === this.heads.length) cell.hidden = off.includes(index); });
    this.summarise();
  }

  summarise() {
    const shown = this.rows.filter((row) => !row.hidden);
    const parts = [`${group.format(shown.length)}${shown.length === this.rows.length ? "" : ` ${word("of")} ${group.format(this.rows.length)}`} ${word("rows")}`];
    this.heads.forEach((head, index) => {
      if (!head.dataset.sum || this.state.off.includes(index)) return;
      const sum = shown.reduce((total, row) => total + BigInt(this.value(row, index) || 0), 0n);
      parts.push(`${head.textContent.trim()} ${head.dataset.sum === "money" ? formatMinor(sum) : group.format(sum)}`);
    });
    this.total.textContent = parts.join(" · ");
    if (!shown.length && this.rows.length) this.total.textContent = word("none");
  }

  // ---- keyboard ----
  key(event) {
    const row = event.target.closest("tbody tr");
    if (!row || event.target.closest("input, select, textarea")) return;
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (step) { this.move(row, step); event.preventDefault(); }
    if (event.key === "Enter" && event.target === row) row.querySelector("a, button")?.click();
  }

  move(row, step) {
    const shown = [...this.table.tBodies[0].rows].filter((each) => !each.hidden);
    const next = row ? shown[shown.indexOf(row) + step] : shown[0];
    if (!next) return;
    this.rows.forEach((each) => each.setAttribute("tabindex", "-1"));
    next.setAttribute("tabindex", "0");
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  point(event) {
    const row = event.target.closest("tbody tr");
    if (row && !event.target.closest("a, button, input, select, label")) row.focus();
  }

  // ---- export of what is shown ----
  export() {
    const columns = this.heads.map((_, index) => index).filter((index) => !this.state.off.includes(index) && this.heads[index].textContent.trim());
    const safe = (text) => {
      const plain = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text.replaceAll(",", ""))) ? `'${text}` : text; // no formula from a stranger's note
      return /[",\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
    };
    const line = (cells) => cells.map((text) => safe(text.trim().replace(/\s+/g, " "))).join(",");
    const shown = [...this.table.tBodies[0].rows].filter((row) => !row.hidden);
    const lines = [line(columns.map((index) => this.heads[index].textContent)), ...shown.map((row) => line(columns.map((index) => row.cells[index]?.textContent ?? "")))];
    const blob = new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" });
    const link = make("a", { href: URL.createObjectURL(blob), download: `${this.name}.csv` });
    link.click();
    URL.revokeObjectURL(link.href);
    document.dispatchEvent(new CustomEvent("forbear:exported", { detail: { grid: this.name, rows: shown.length } }));
  }
}

// `f` filters the first table of the page, `j` enters it.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, tbody") || document.querySelector("dialog[open]")) return;
  if (event.key === "f") { document.querySelector(".grid-tools input[type=search]")?.focus(); event.preventDefault(); }
  if (event.key === "j") document.querySelector("table[data-grid] tbody tr[tabindex='0']")?.focus();
});
