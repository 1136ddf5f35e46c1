/**
 * What the page does in the browser, as classic script: draws the charts, keeps their time axes together, filters tables.
 * It builds no markup from strings and evaluates none, so it runs under a policy without `unsafe-inline` or `unsafe-eval`.
 */
export const PAGE_SCRIPT: string = `(function () {
"use strict";
var linked = [];
var shown = null;
var whole = JSON.parse(document.getElementById("time-range").textContent);
var label = document.getElementById("time-label");

var tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
document.body.appendChild(tip);
function tooltip(handler, event, item, value) {
  if (value === null || value === undefined || value === "") { tip.hidden = true; return; }
  tip.textContent = "";
  var pairs = typeof value === "object" ? Object.keys(value).map(function (key) { return [key, value[key]]; }) : [["", value]];
  pairs.forEach(function (pair) {
    var name = document.createElement("span");
    name.textContent = pair[0];
    var text = document.createElement("b");
    text.textContent = String(pair[1]);
    tip.appendChild(name);
    tip.appendChild(text);
  });
  tip.hidden = false;
  var box = tip.getBoundingClientRect();
  var left = event.clientX + 14 + box.width > window.innerWidth ? event.clientX - box.width - 14 : event.clientX + 14;
  tip.style.left = Math.max(4, left) + "px";
  tip.style.top = Math.max(4, Math.min(event.clientY + 14, window.innerHeight - box.height - 4)) + "px";
}
window.addEventListener("scroll", function () { tip.hidden = true; }, { passive: true });
window.addEventListener("keydown", function (event) { if (event.key === "Escape") tip.hidden = true; });

function two(value) { return (value < 10 ? "0" : "") + value; }
function clock(ms) {
  var seconds = Math.floor(ms / 1000) % 86400;
  var day = Math.floor(ms / 86400000) - Math.floor(whole[0] / 86400000) + 1;
  return (whole[1] - whole[0] > 86400000 ? "day " + day + ", " : "") + two(Math.floor(seconds / 3600)) + ":" + two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
}
function same(a, b) { return a === b || (a && b && a[0] === b[0] && a[1] === b[1]); }
function showRange(range) {
  range = range ? [+range[0], +range[1]] : null;
  if (same(range, shown)) return;
  shown = range;
  linked.forEach(function (view) { view.signal("zoom_t", range).runAsync(); });
  if (label) label.textContent = range ? clock(range[0]) + " to " + clock(range[1]) : "whole run";
}
function moveRange(scale, shift) {
  var from = shown || whole;
  var span = Math.min((from[1] - from[0]) * scale, whole[1] - whole[0]);
  var start = (from[0] + from[1]) / 2 - span / 2 + span * shift;
  start = Math.max(whole[0], Math.min(start, whole[1] - span));
  showRange(span >= whole[1] - whole[0] ? null : [Math.round(start), Math.round(start + span)]);
}
document.querySelectorAll("[data-range]").forEach(function (button) {
  button.addEventListener("click", function () {
    var how = button.getAttribute("data-range").split(",");
    if (how[0] === "all") showRange(null); else moveRange(+how[0], +how[1]);
  });
});

function draw(holder) {
  var spec = JSON.parse(document.getElementById(holder.getAttribute("data-spec")).textContent);
  var view = new vega.View(vega.parse(spec, null, { ast: true }), {
    expr: vega.expressionInterpreter, renderer: "svg", container: holder, hover: true, tooltip: tooltip, logLevel: vega.Error
  });
  return view.runAsync().then(function () {
    if (!spec.signals.some(function (signal) { return signal.name === "zoom_t"; })) return;
    linked.push(view);
    view.addSignalListener("zoom_t", function (name, range) { showRange(range); });
    if (shown) view.signal("zoom_t", shown).runAsync();
  });
}
var holders = Array.prototype.slice.call(document.querySelectorAll("[data-spec]"));
// Between two charts the page answers to the reader, in a hidden tab too.
var pause = new MessageChannel();
pause.port1.onmessage = next;
function next() {
  var holder = holders.shift();
  if (!holder) { pause.port1.close(); document.documentElement.setAttribute("data-drawn", ""); return; }
  draw(holder).catch(function (error) {
    holder.textContent = "This chart could not be drawn: " + error.message;
  }).then(function () { pause.port2.postMessage(0); });
}
next();

document.querySelectorAll("form[data-filter]").forEach(function (form) {
  var rows = Array.prototype.slice.call(document.querySelectorAll("#" + form.getAttribute("data-filter") + " tbody tr"));
  var count = form.querySelector("output");
  function apply() {
    var words = form.elements.words.value.toLowerCase().split(/\\s+/).filter(Boolean);
    var policy = form.elements.policy.value;
    var changes = form.elements.changes.checked;
    var visible = 0;
    rows.forEach(function (row) {
      var text = row.textContent.toLowerCase();
      var keep = (policy === "" || row.getAttribute("data-policy") === policy) && (!changes || row.hasAttribute("data-change")) &&
        words.every(function (word) { return text.indexOf(word) >= 0; });
      row.hidden = !keep;
      if (keep) visible++;
    });
    count.textContent = visible + " of " + rows.length + " shown";
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  apply();
});
})();`;
