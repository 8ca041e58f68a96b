"use strict";

// Forms that change something ask before they are sent; without scripts a box must be ticked.
document.documentElement.classList.add("scripted");
for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.querySelector(".sure input").required = false;
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.confirm)) event.preventDefault();
  });
}

const period = 2000; // milliseconds between two looks
const kept = 150; // looks that a plot has
const fewest = 30; // looks that the width of a plot stands for at least
const samples = [];
const plots = [...document.querySelectorAll("figure[data-lines]")].map(makePlot);
if (plots.length) look();

function makePlot(figure) {
  const svg = element("svg", { viewBox: "0 0 300 100", preserveAspectRatio: "none", role: "img" });
  svg.append(element("line", { class: "base", x1: 0, x2: 300, y1: 99.5, y2: 99.5 }));
  const top = document.createElement("span");
  top.className = "top";
  figure.querySelector("figcaption").append(top);
  const legend = document.createElement("div");
  legend.className = "legend";
  const lines = figure.dataset.lines.split(" ").map((one, i) => {
    const [name, title] = one.split(":");
    const line = element("polyline", { class: "s" + i });
    const value = document.createElement("b");
    value.className = "s" + i;
    value.dataset.figure = name;
    const label = document.createElement("span");
    label.append(value, " " + title);
    legend.append(label);
    svg.append(line);
    return { name, line, value };
  });
  figure.append(svg, legend);
  return { lines, top, rate: "rate" in figure.dataset, bytes: "bytes" in figure.dataset };
}

function element(name, attributes) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  return e;
}

async function look() {
  let fresh = false;
  try {
    const reply = await fetch("/live", { credentials: "same-origin" });
    if (reply.status === 401) return location.assign("/login");
    if (reply.ok) {
      samples.push(await reply.json());
      if (samples.length > kept) samples.shift();
      plots.forEach(draw);
      report(samples[samples.length - 1]);
      fresh = true;
    }
  } catch (_) { /* the server is away: the next look may find it */ }
  document.getElementById("stale").hidden = fresh;
  setTimeout(look, period);
}

// report shows the health of a look where the page has it.
function report(look) {
  const ready = document.getElementById("ready");
  ready.textContent = look.ready ? "Not ready: " + look.ready : "Ready";
  ready.parentElement.classList.toggle("bad", Boolean(look.ready));
  ready.parentElement.classList.toggle("good", !look.ready);
  for (const { name, value } of look.health ?? []) {
    const cell = document.querySelector(`[data-health="${name}"]`);
    if (cell) cell.textContent = value;
  }
}

function draw(plot) {
  let most = 0;
  for (const one of plot.lines) {
    one.points = samples.map((s, i) => {
      const now = s[one.name] ?? 0;
      if (!plot.rate) return now;
      const before = samples[i - 1];
      return before ? Math.max(0, now - (before[one.name] ?? 0)) * 1000 / Math.max(1, s.at - before.at) : NaN;
    });
    for (const n of one.points) if (n > most) most = n;
  }
  plot.top.textContent = most > 0 ? "up to " + show(most, plot) : "";
  for (const one of plot.lines) {
    const span = Math.max(fewest, one.points.length), step = 300 / (span - 1), from = span - one.points.length;
    one.line.setAttribute("points", one.points.map((n, i) => [n, i]).filter(([n]) => !isNaN(n))
      .map(([n, i]) => ((from + i) * step).toFixed(1) + "," + (98 - (most ? n / most : 0) * 94).toFixed(1)).join(" "));
    const last = one.points[one.points.length - 1];
    one.value.textContent = isNaN(last) ? "–" : show(last, plot);
  }
}

function show(n, plot) {
  if (plot.bytes) {
    let unit = 0;
    while (n >= 1024 && unit < 4) { n /= 1024; unit++; }
    return n.toFixed(unit ? 1 : 0) + " " + ["B", "KiB", "MiB", "GiB", "TiB"][unit];
  }
  return n >= 100 || Number.isInteger(n) ? Math.round(n).toLocaleString("en") : n.toFixed(1);
}
