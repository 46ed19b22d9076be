// Draws <div data-chart="kind" data-source="id of a JSON script"> with the library of the plotly wheel.
// Money arrives in minor units, shares from 0 to 1. The table behind each chart has the same numbers exactly.
import { formatMinor } from "./grid.js";

const word = (name) => document.getElementById("words")?.dataset[name] ?? name;
const group = new Intl.NumberFormat("en-US");

function tones() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: read("text"), muted: read("muted"), line: read("line"), surface: read("surface"), accent: read("accent"), heat: [read("heat-0"), read("heat-1")],
    good: read("mark-good"), soon: read("mark-soon"), bad: read("mark-bad"), plain: read("chart-6"), info: read("chart-1"),
    series: [1, 2, 3, 4, 5, 6].map((number) => read(`chart-${number}`)), font: read("font"),
  };
}

const veil = (colour, share) => `color-mix(in srgb, ${colour} ${share}%, transparent)`;

// The library does not know color-mix(); the browser does, so let it work the colour out.
function plainColour(expression) {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const sample = document.createElement("span");
  sample.style.color = expression;
  document.body.append(sample);
  const computed = getComputedStyle(sample).color;
  sample.remove();
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = computed;
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = probe.getImageData(0, 0, 1, 1).data;
  return `rgba(${red},${green},${blue},${(alpha / 255).toFixed(2)})`;
}

function write(value, unit) {
  if (value === null || value === undefined) return "—";
  if (unit === "money") return formatMinor(BigInt(value));
  if (unit === "percent") return `${(value * 100).toFixed(1)}%`;
  return group.format(value);
}
const scale = (value, unit) => (value === null ? null : unit === "money" ? Number(value) / 100 : value);
const tickFormat = (unit) => ({ money: ",.3~s", percent: ".0%", count: ",d" })[unit] ?? ",";

function axes(data, tone) {
  const common = { gridcolor: tone.line, zerolinecolor: tone.line, linecolor: tone.line, tickcolor: tone.line, automargin: true, tickfont: { color: tone.muted }, title: { font: { color: tone.muted, size: 12 } }, fixedrange: true };
  const named = { ...common, type: "category", showgrid: false, nticks: 12, tickangle: 0 };
  const most = Math.max(0, ...(data.series ?? []).flatMap((each) => each.values).map(Number));
  const ticks = data.unit === "count" && most < 6 ? { dtick: 1 } : { nticks: 6 }; // no 0, 0, 1, 1 on the axis of a small count
  const valued = { ...common, tickformat: tickFormat(data.unit), rangemode: "tozero", ...ticks };
  const every = data.horizontal ? { ...named, nticks: undefined, dtick: 1 } : named;
  const titled = (axis, text) => ({ ...axis, title: { ...axis.title, text: text ?? "" } });
  return data.horizontal
    ? { xaxis: titled(valued, data.value_title), yaxis: { ...titled(every, data.name_title), autorange: "reversed" } }
    : { xaxis: titled(named, data.name_title), yaxis: titled(valued, data.value_title) };
}

// Plain text only: the library would write bold as an inline style, which the policy refuses.
function hover(name, labels, values, unit) {
  return values.map((value, at) => `${`${labels[at]}`.replaceAll("\n", "<br>")}<br>${name ? `${name}: ` : ""}${write(value, unit)}`);
}

// bars, stacked, lines: {labels: [..], hints?: [.. lines], series: [{name, values: [..], tone?, outlined?}], unit, horizontal?, name_title?, value_title?, focus?}
function series(kind) {
  return (data, tone) => {
    const traces = data.series.map((each, at) => {
      const colour = each.tone ? tone[each.tone] : tone.series[at % tone.series.length];
      // An outline around nothing would still draw a line.
      const values = each.values.map((value) => (each.outlined && !value ? null : scale(value, data.unit)));
      const base = { name: each.name, hovertext: hover(each.name, data.hints ?? data.labels, each.values, data.unit), hoverinfo: "text" };
      if (kind === "lines") return { ...base, type: "scatter", mode: "lines+markers", x: data.labels, y: values, line: { color: colour, width: 2 }, marker: { size: 6, color: colour } };
      const placed = data.horizontal ? { x: values, y: data.labels, orientation: "h" } : { x: data.labels, y: values };
      return { ...base, type: "bar", ...placed, marker: each.outlined ? { color: plainColour(veil(colour, 16)), line: { color: colour, width: 1.5 } } : { color: colour }, text: data.show ? each.values.map((value) => write(value, data.unit)) : undefined, textposition: data.show ? "auto" : "none", textfont: { size: 11 }, textangle: 0, constraintext: "none", cliponaxis: false };
    });
    const legend = data.series.length > 1;
    return [traces, { barmode: kind === "stacked" ? "stack" : "group", bargap: 0.35, showlegend: legend, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, traceorder: "normal", font: { color: tone.muted } }, ...axes(data, tone), shapes: focus(data, tone) }];
  };
}

// A dotted line at one label: today, now.
function focus(data, tone) {
  const at = data.labels.indexOf(data.focus);
  if (data.focus === undefined || at < 0) return [];
  return [{ type: "line", xref: "x", yref: "paper", x0: at, x1: at, y0: 0, y1: 1, line: { color: tone.muted, width: 1, dash: "dot" }, layer: "below" }];
}

// sankey: {sides: [[name, ..], [name, ..]], links: [{from, to, value, tone?, words?}], unit}
function sankey(data, tone) {
  const total = data.links.reduce((sum, link) => sum + Number(link.value), 0) || 1;
  const pad = 0.03;
  const nodes = [];
  const places = data.sides.map((names, side) => {
    const weights = names.map((_, at) => data.links.filter((link) => (side === 0 ? link.from : link.to) === at).reduce((sum, link) => sum + Number(link.value), 0));
    let top = 0;
    const room = 1 - pad * (names.length - 1);
    return names.map((name, at) => {
      const share = (weights[at] / total) * room;
      const centre = Math.min(0.999, Math.max(0.001, top + share / 2));
      top += share + pad;
      nodes.push({ label: `${name}`, x: side === 0 ? 0.001 : 0.999, y: centre, words: `${name}: ${write(weights[at], data.unit)}` });
      return nodes.length - 1;
    });
  });
  const name = (side, at) => data.sides[side][at];
  const trace = {
    type: "sankey", arrangement: "fixed", valueformat: ",d",
    node: { label: nodes.map((node) => node.label), x: nodes.map((node) => node.x), y: nodes.map((node) => node.y), pad: 8, thickness: 14, color: tone.series[0], line: { width: 0 }, customdata: nodes.map((node) => node.words), hovertemplate: "%{customdata}<extra></extra>" },
    link: {
      source: data.links.map((link) => places[0][link.from]), target: data.links.map((link) => places[1][link.to]), value: data.links.map((link) => Number(link.value)),
      color: data.links.map((link) => plainColour(veil(tone[link.tone ?? "plain"], link.tone && link.tone !== "plain" ? 55 : 22))),
      customdata: data.links.map((link) => `${name(0, link.from)} → ${name(1, link.to)}${link.words ? `<br>${link.words}` : ""}<br>${write(link.value, data.unit)}`), hovertemplate: "%{customdata}<extra></extra>",
    },
  };
  return [[trace], { margin: { l: 8, r: 8, t: 8, b: 12 } }];
}

// heatmap: {rows: [..], columns: [..], values: [[..]], unit, row_title?, column_title?, words?: [[..]]}
function heatmap(data, tone) {
  const named = { type: "category", showgrid: false, automargin: true, tickfont: { color: tone.muted }, linecolor: tone.line, ticks: "", fixedrange: true };
  const trace = {
    type: "heatmap", x: data.columns, y: data.rows, z: data.values, xgap: 2, ygap: 2, zmin: 0, zmax: data.unit === "percent" ? 1 : undefined,
    colorscale: tone.heat.map((colour, at) => [at, colour]), showscale: false, textfont: { color: tone.text }, text: data.values.map((line) => line.map((value) => (value === null ? "" : write(value, data.unit)))),
    texttemplate: "%{text}", hoverongaps: false, hovertext: data.values.map((line, row) => line.map((value, column) => `${data.rows[row]} → ${data.columns[column]}<br>${write(value, data.unit)}${data.words?.[row]?.[column] ? `<br>${data.words[row][column]}` : ""}`)), hoverinfo: "text",
  };
  return [[trace], { xaxis: { ...named, side: "top", title: { text: data.column_title ?? "", font: { color: tone.muted, size: 12 } } }, yaxis: { ...named, autorange: "reversed", title: { text: data.row_title ?? "", font: { color: tone.muted, size: 12 } } } }];
}

// waterfall: {labels: [..], values: [..], totals: [index of bars that are totals], unit}
function waterfall(data, tone) {
  const totals = new Set(data.totals ?? []);
  const trace = {
    type: "waterfall", x: data.labels, y: data.values.map((value) => scale(value, data.unit)), measure: data.values.map((_, at) => (totals.has(at) ? "total" : "relative")),
    text: data.values.map((value) => write(value, data.unit)), textposition: "outside", cliponaxis: false, hovertext: hover("", data.labels, data.values, data.unit), hoverinfo: "text",
    increasing: { marker: { color: tone.series[1] } }, decreasing: { marker: { color: tone.good } }, totals: { marker: { color: tone.series[0] } }, connector: { line: { color: tone.line, width: 1 } },
  };
  return [[trace], { showlegend: false, ...axes(data, tone) }];
}

const KINDS = { bars: series("bars"), stacked: series("stacked"), lines: series("lines"), sankey, heatmap, waterfall };

function draw(place) {
  const source = document.getElementById(place.dataset.source);
  const kind = KINDS[place.dataset.chart];
  if (!source || !kind) throw new Error(`no such chart: ${place.dataset.chart} from ${place.dataset.source}`);
  const tone = tones();
  const [traces, layout] = kind(JSON.parse(source.textContent), tone);
  place.replaceChildren();
  const base = {
    margin: { l: 8, r: 16, t: 24, b: 8 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: tone.font, size: 12, color: tone.text }, dragmode: false,
    hoverlabel: { bgcolor: tone.surface, bordercolor: tone.plain, font: { family: tone.font, color: tone.text, size: 12 }, align: "left" },
  };
  window.Plotly.newPlot(place, traces, { ...base, ...layout }, { displayModeBar: false, responsive: true, locale: "en" });
  place.dataset.drawn = "1";
}

export function drawCharts(root = document) {
  root.querySelectorAll("[data-chart]:not([data-drawn])").forEach((place) => {
    if (!window.Plotly) {
      place.innerHTML = `<p class="state empty"></p>`;
      place.firstChild.textContent = word("noLibrary");
      place.closest(".chart")?.querySelector("details")?.setAttribute("open", "");
      return;
    }
    draw(place);
  });
}

// A table behind a closed <details> has no size; charts inside one are drawn when it opens.
document.addEventListener("toggle", (event) => event.target.open && drawCharts(event.target), true);
document.addEventListener("htmx:afterSettle", (event) => drawCharts(event.target));
drawCharts();
