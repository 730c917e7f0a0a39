// A page to practise with: choose a variant, type, and be told at once. The right answers stand in the page as data.

const checks = JSON.parse(document.getElementById("checks").textContent);
const sheet = document.getElementById("sheet");
const problem = document.getElementById("problem");
const variant = document.getElementById("variant");
let right = new Map(); // answer -> whether it is right, of those that were checked

// ---- choosing --------------------------------------------------------------------------------------------------

/** The check of an answer in the variant on show. */
function checkOf(answer) {
  return checks[problem.value][Number(variant.value) - 1][answer];
}

function show() {
  const templates = document.querySelectorAll(`template[data-question="${problem.value}"]`);
  sheet.replaceChildren(templates[Number(variant.value) - 1].content.cloneNode(true));
  for (const field of sheet.querySelectorAll(".field")) {
    const told = document.createElement("span");
    told.className = "feedback";
    told.setAttribute("role", "status");
    field.append(told);
  }
  right = new Map();
  count();
  reachScrolling();
  notice("");
}

/** Another variant than this one: the next, and after the last the first. */
function another() {
  variant.value = String(Number(variant.value) % variant.options.length + 1);
  choose();
}

function choose() {
  history.replaceState(null, "", `#${problem.value}-${variant.value}`);
  show();
  notice(say("chosen", { variant: variant.value }));
}

/** The variant that the address names, as in #Q1-7. */
function chooseByAddress() {
  const [, name, number] = location.hash.match(/^#(Q\d+)-(\d+)$/) ?? [];
  if (name in checks) problem.value = name;
  if (Number(number) >= 1 && Number(number) <= variant.options.length) variant.value = String(Number(number));
}

// ---- reading ---------------------------------------------------------------------------------------------------

/**
 * A typed number, or null. Read are 12, -0.5, .5, 1,5 (a decimal comma), 3/4, 2e-3, 2*10^-3, and any minus sign; all
 * else is left to whoever marks an exam, who reads more.
 */
function readNumber(text) {
  const plain = text.trim().replace(/[−–‐]/g, "-").replace(/\s+/g, "").replace(/[×·]/g, "*");
  const power = plain.match(/^(.+)\*10(?:\^|\*\*)\(?([-+]?\d+)\)?$/);
  if (power) {
    const factor = readNumber(power[1]);
    return factor === null ? null : factor * 10 ** Number(power[2]);
  }
  const [above, below, ...more] = plain.split("/");
  if (more.length) return null;
  const top = decimal(above);
  if (below === undefined || top === null) return top;
  const bottom = decimal(below);
  return bottom ? top / bottom : null;
}

function decimal(text) {
  return /^[-+]?(\d+[.,]?\d*|[.,]\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text.replace(",", ".")) : null;
}

/** What stands in the boxes of an answer, row by row, without the empty rows and columns around it. */
function filled(field) {
  const grid = field.querySelector("[data-columns]");
  const rows = grid ? rowsOf(grid) : [[...field.querySelectorAll("[data-box]")]];
  const texts = rows.map((row) => row.map((box) => box.value.trim()));
  const height = texts.findLastIndex((row) => row.some(Boolean)) + 1;
  const width = Math.max(0, ...texts.map((row) => row.findLastIndex(Boolean) + 1));
  return { texts: texts.slice(0, height).map((row) => row.slice(0, width)), rows };
}

// ---- judging ---------------------------------------------------------------------------------------------------

/** What to tell of an answer: {word, holes, right, cells} with `cells` a mask of those that are right. */
function judge(field, check) {
  const { texts } = filled(field);
  if (!texts.length) return { word: "blank" };
  if (check.kind === "own") return { word: check.says ? "own" : "words", holes: check };
  if (check.kind === "choice") return named(check, (other) => other.option === texts[0][0]);
  const numbers = field.querySelector("[data-columns]") ? texts : [texts[0][0].split(/[x×*,;\s]+/i).filter(Boolean)];
  if (check.kind === "place") return judgePlace(check, numbers[0]);
  return judgeNumbers(check, check.shape.length ? numbers : texts);
}

function judgePlace(check, parts) {
  const place = parts.map((part) => part.replace(/[()[\]]/g, "")).filter(Boolean).map(Number);
  if (place.length !== 2 || !place.every(Number.isInteger)) return { word: "place" };
  return named(check, (other) => other.places.some(([row, column]) => row === place[0] && column === place[1]));
}

function judgeNumbers(check, texts) {
  const odd = texts.flat().find((text) => text && readNumber(text) === null);
  if (odd !== undefined) return { word: "unreadable", holes: { text: odd } };
  const numbers = texts.map((row) => row.map((text) => (text ? readNumber(text) : null)));
  const told = named(check, (other) => sameShape(other, numbers) && inside({ ...other, also: [] }, numbers).every(Boolean));
  if (told.right || told.holes?.says) return told;
  if (!sameShape(check, numbers)) return wrongShape(check, numbers);
  const cells = inside(check, numbers);
  if (cells.length === 1) return told;
  return { ...told, word: "some", holes: { right: cells.filter(Boolean).length, all: cells.length }, cells };
}

/** Right, or the first mistake that gives what is typed, or just wrong. */
function named(check, fits) {
  if (fits(check) || check.also?.some(fits)) return { word: "right", right: true };
  const mistake = check.mistakes.find((other) => fits(other));
  if (!mistake) return { word: "wrong", right: false };
  return { word: mistake.later ? "follows" : "mistake", holes: { says: mistake.says }, right: false };
}

function sizes(shape) {
  return shape.length === 2 ? shape : [1, shape[0] ?? 1];
}

function sameShape({ shape }, numbers) {
  const [height, width] = sizes(shape);
  return numbers.length === height && numbers.every((row) => row.length === width);
}

/** Which cells lie within their intervals, row by row; `also` are those of whoever goes on with rounded figures. */
function inside({ low, high, also = [] }, numbers) {
  const all = [{ low, high }, ...also];
  const fits = (number, i) => all.some((one) => one.low[i] <= number && number <= one.high[i]);
  return numbers.flat().map((number, i) => number !== null && fits(number, i));
}

function wrongShape({ shape }, numbers) {
  const [height, width] = sizes(shape);
  if (height === 1) return { word: "size", holes: { wanted: width, given: numbers.flat().length }, right: false };
  const holes = { wanted: `${height} × ${width}`, given: `${numbers.length} × ${numbers[0].length}` };
  return { word: "shape", holes, right: false };
}

// ---- telling ---------------------------------------------------------------------------------------------------

function tell(field) {
  const answer = field.querySelector("[data-box]").dataset.box;
  const told = judge(field, checkOf(answer));
  const place = field.querySelector(".feedback");
  place.textContent = say(told.word, told.holes);
  place.className = `feedback ${told.right === undefined ? "" : told.right ? "right" : "wrong"}`;
  right.set(answer, told.right === true);
  markCells(field, told.cells ?? []);
  count();
}

/** Mark the wrong cells of a grid. */
function markCells(field, cells) {
  const { texts, rows } = filled(field);
  const width = texts[0]?.length ?? 0;
  rows.forEach((row, i) => row.forEach((box, j) => {
    const wrong = i < texts.length && j < width && cells[i * width + j] === false;
    if (wrong) box.setAttribute("aria-invalid", "true");
    else box.removeAttribute("aria-invalid");
  }));
}

/** Whether so many boxes of a field are filled that it can be judged without being asked to. */
function isComplete(field) {
  const { texts } = filled(field);
  const { shape } = checkOf(field.querySelector("[data-box]").dataset.box);
  return texts.flat().filter(Boolean).length >= (field.querySelector("[data-columns]") ? sizes(shape)[0] * sizes(shape)[1] : 1);
}

function count() {
  const all = new Set([...sheet.querySelectorAll("[data-box]")].map((box) => box.dataset.box));
  const done = [...right.values()].filter(Boolean).length;
  document.getElementById("counter").textContent = say("counter", { right: done, all: all.size });
}

function onChange(event) {
  const field = event.target.closest?.("#sheet .field");
  if (!field) return;
  if (isComplete(field)) tell(field);
  else {
    field.querySelector(".feedback").textContent = "";
    markCells(field, []);
  }
}

document.addEventListener("change", onChange);
document.addEventListener("input", (event) => { // a pasted matrix, which is no change of one box
  if (event.target.closest?.("#sheet [data-columns]") && !event.isTrusted) onChange(event);
});
problem.addEventListener("change", choose);
variant.addEventListener("change", choose);
document.getElementById("another").addEventListener("click", another);
document.getElementById("check").addEventListener("click", () => sheet.querySelectorAll(".field").forEach(tell));
chooseByAddress();
show();
