// What an exam's page does beyond: keeps answers in this browser, counts them, saves them as a file, forgets them.

const KEPT = `quizgen/${page.exam}/${page.tag}`;
let savedState = null; // what the last file says; null before there is one

function student() {
  return page.student || wellFormed(document.getElementById("student")?.value.trim() ?? "");
}

/** Everything that is typed, as one text that can be compared. */
function state() {
  return JSON.stringify([student(), typed()]);
}

// ---- the file --------------------------------------------------------------------------------------------------

/** CRC-32 of some bytes, going on from an earlier one. */
function crc32(bytes, before = 0) {
  let crc = ~before;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** The checksum of a file's texts, as quizgen/submissions/savedfile.py has it: it shows damage, and signs nothing. */
function checkOf(exam, tag, who, saved, answers) {
  const encoder = new TextEncoder();
  const pairs = Object.keys(answers).sort().flatMap((name) => [name, answers[name]]);
  let crc = crc32(encoder.encode("quizgen answers 1\n"));
  for (const part of [exam, tag, who, saved, ...pairs]) {
    const bytes = encoder.encode(part);
    crc = crc32(encoder.encode(`${bytes.length}:`), crc);
    crc = crc32(encoder.encode(","), crc32(bytes, crc));
  }
  return crc.toString(16).padStart(8, "0");
}

/** The time here, with its zone: 2026-11-21T10:02:03+01:00. */
function timeHere() {
  const now = new Date();
  const east = -now.getTimezoneOffset();
  const clock = new Date(now.getTime() + east * 60000).toISOString().slice(0, 19);
  const two = (number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  return `${clock}${east < 0 ? "-" : "+"}${two(east / 60)}:${two(east % 60)}`;
}

function fileText() {
  const [who, saved, answers] = [student(), timeHere(), typed()];
  const about = { quizgen: "answers", format: 1, exam: page.exam, tag: page.tag, student: who, saved };
  return `${JSON.stringify({ ...about, answers, check: checkOf(page.exam, page.tag, who, saved, answers) }, null, 1)}\n`;
}

function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([fileText()], { type: "application/json" }));
  link.download = `${page.tag}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  savedState = state();
  keep();
  notice(say(student() ? "saved" : "saved-nameless", { file: link.download, time: clockText() }));
}

function clockText(time = new Date()) {
  return time.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

// ---- kept in this browser ----------------------------------------------------------------------------------------

/** The browser's storage, or null where a page may not have one. */
function storage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function keep() {
  const kept = { student: student(), answers: typed(), time: Date.now(), saved: savedState };
  try {
    storage().setItem(KEPT, JSON.stringify(kept));
  } catch {
    notice(say("not-kept"));
  }
}

/** Put back what was kept; gives when that was, or null if nothing was. */
function restore(text) {
  let kept = null;
  try {
    kept = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof kept?.answers !== "object" || kept.answers === null) return null;
  fill(kept.answers);
  const name = document.getElementById("student");
  if (name && typeof kept.student === "string") name.value = kept.student;
  savedState = typeof kept.saved === "string" ? kept.saved : null;
  return new Date(kept.time);
}

function restoreOnLoad() {
  const time = restore(storage()?.getItem(KEPT) ?? "");
  if (time && !isBlank()) notice(say("restored", { time: clockText(time) }));
}

/** Take out everything that was typed. */
function forget() {
  fill({});
  const name = document.getElementById("student");
  if (name) name.value = "";
  savedState = null;
  count();
}

function clear() {
  storage()?.removeItem(KEPT);
  forget();
  notice(say("cleared"));
}

// ---- how far ---------------------------------------------------------------------------------------------------

function isBlank() {
  return boxes().every((box) => !box.value.trim());
}

function isUnsaved() {
  return !isBlank() && state() !== savedState;
}

/** How many answers have anything in them. */
function count() {
  const all = new Set(boxes().map((box) => box.dataset.box));
  const done = new Set(boxes().filter((box) => box.value.trim()).map((box) => box.dataset.box));
  document.getElementById("counter").textContent = say("counter", { done: done.size, all: all.size });
}

function onInput() {
  keep();
  count();
}

const asking = document.getElementById("clear-dialog");

document.addEventListener("input", onInput);
document.getElementById("save").addEventListener("click", save);
document.getElementById("clear").addEventListener("click", () => {
  document.getElementById("clear-unsaved").hidden = !isUnsaved();
  asking.showModal();
});
asking.addEventListener("close", () => {
  if (asking.returnValue === "clear") clear();
  asking.returnValue = "";
});
window.addEventListener("beforeunload", (event) => {
  if (isUnsaved()) event.preventDefault();
});
window.addEventListener("storage", (event) => { // the same page in another tab
  if (event.key !== KEPT && event.key !== null) return;
  if (event.newValue === null) forget();
  else restore(event.newValue);
  count();
});
window.addEventListener("pageshow", (event) => { // the browser's own way back knows nothing of a clearing
  if (event.persisted && !storage()?.getItem(KEPT)) forget();
});

restoreOnLoad();
count();
document.getElementById("bar").hidden = false;
