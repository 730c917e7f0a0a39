// What all pages do: boxes to type into, grids that arrows move in and that a pasted matrix fills, words, notices.
"use strict";

const page = document.body.dataset;
const words = JSON.parse(document.getElementById("words").textContent);

/** A fixed word of the page, with its holes filled: say("counter", {done: 3, all: 20}). */
function say(name, holes = {}) {
  return words[name].replace(/\{(\w+)\}/g, (all, hole) => String(holes[hole] ?? all));
}

/** All boxes, in the order of the page; the name of a box is the column of its answer. */
function boxes() {
  return [...document.querySelectorAll("[data-box]")];
}

/** What is typed, by column; halves of characters, which no file can hold, become question marks. */
function typed() {
  return Object.fromEntries(boxes().map((box) => [box.name, wellFormed(box.value)]));
}

function wellFormed(text) {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

/** Put texts into the boxes of their columns; boxes without one become empty. */
function fill(texts) {
  for (const box of boxes()) {
    box.value = typeof texts[box.name] === "string" ? texts[box.name] : "";
  }
}

/** Tell something, to eyes and to screen readers. */
function notice(text) {
  document.getElementById("notice").textContent = text;
}

// ---- grids -----------------------------------------------------------------------------------------------------

/** The boxes of a grid, row by row. */
function rowsOf(grid) {
  const cells = [...grid.querySelectorAll("[data-box]")];
  const width = Number(grid.dataset.columns);
  return Array.from({ length: cells.length / width }, (_, row) => cells.slice(row * width, (row + 1) * width));
}

/** The grid of a box, with its place in it; null for a box that stands alone. */
function placeOf(box) {
  const grid = box.closest("[data-columns]");
  if (!grid) return null;
  const rows = rowsOf(grid);
  const row = rows.findIndex((cells) => cells.includes(box));
  return { rows, row, column: rows[row].indexOf(box) };
}

/** Where a key leads from a box: a neighbour in its grid; with Enter the next box of the page. */
function neighbour(box, key) {
  if (key === "Enter") {
    const all = boxes();
    return all[all.indexOf(box) + 1];
  }
  const place = placeOf(box);
  if (!place) return undefined;
  const { rows, row, column } = place;
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (!(key in steps) || !atEdge(box, key)) return undefined;
  return rows[row + steps[key][0]]?.[column + steps[key][1]];
}

/** Whether an arrow would leave the text of a box. */
function atEdge(box, key) {
  if (key === "ArrowLeft") return box.selectionStart === 0 && box.selectionEnd === 0;
  if (key === "ArrowRight") return box.selectionStart === box.value.length;
  return true;
}

function onKey(event) {
  const box = event.target;
  if (!box.matches?.("input[data-box]") || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (event.isComposing) return;
  const next = neighbour(box, event.key);
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.select?.();
}

/**
 * The cells of a pasted matrix, as texts: rows of a spreadsheet, `1 2; 3 4`, `[[1,2],[3,4]]`, or NumPy's spelling of it.
 * Within brackets commas part cells; elsewhere spaces do, and commas only where that makes rows as wide as the grid, so
 * that 1,5 stays one number.
 */
function matrixOf(text, width) {
  const whole = text.trim();
  if (whole.startsWith("[")) {
    const rows = whole.match(/\[[^[\]]*\]/g) ?? [];
    return rows.map((row) => row.slice(1, -1).split(/[,;]\s*|\s+/).filter(Boolean)).filter((row) => row.length);
  }
  if (whole.includes("\t")) {
    return text.replace(/\r?\n$/, "").split(/\r?\n/).map((row) => row.split("\t").map((cell) => cell.trim()));
  }
  const rows = whole.split(/\s*[;\n]\s*/).filter(Boolean);
  const byCommas = rows.map((row) => row.split(","));
  if (width > 1 && !rows.some((row) => /\s/.test(row)) && byCommas.every((row) => row.length === width)) return byCommas;
  return rows.map((row) => row.replace(/,(?=\s)/g, "").split(/\s+/).filter(Boolean));
}

function onPaste(event) {
  const place = event.target.matches?.("[data-box]") ? placeOf(event.target) : null;
  if (!place) return;
  let cells = matrixOf(event.clipboardData.getData("text/plain"), place.rows[0].length);
  if (cells.length <= 1 && (cells[0]?.length ?? 0) <= 1) return;
  event.preventDefault();
  if (place.rows.length === 1 && cells.every((row) => row.length === 1)) cells = [cells.flat()];
  paste(place, cells);
}

/** Put cells into a grid from a place on, or from its first box on where they fit only there. */
function paste({ rows, row, column }, cells) {
  const height = cells.length;
  const width = Math.max(...cells.map((line) => line.length));
  const fits = (top, left) => top + height <= rows.length && left + width <= rows[0].length;
  const [top, left] = !fits(row, column) && fits(0, 0) ? [0, 0] : [row, column];
  cells.forEach((line, i) => line.forEach((text, j) => {
    const box = rows[top + i]?.[left + j];
    if (box) box.value = text;
  }));
  rows[0][0].dispatchEvent(new Event("input", { bubbles: true }));
  const holes = { rows: height, columns: width, high: rows.length, wide: rows[0].length };
  notice(say(fits(top, left) ? "pasted" : "pasted-too-large", holes));
}

// ---- what is too wide for a narrow screen can be scrolled with the keyboard --------------------------------------

function reachScrolling() {
  for (const part of document.querySelectorAll(".formula, .wide, pre, .cells")) {
    const wide = part.scrollWidth > part.clientWidth;
    if (wide && !part.querySelector("input, a")) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}

document.addEventListener("keydown", onKey);
document.addEventListener("paste", onPaste);
window.addEventListener("resize", reachScrolling);
document.addEventListener("toggle", reachScrolling, true);
reachScrolling();
document.getElementById("no-script")?.remove();
