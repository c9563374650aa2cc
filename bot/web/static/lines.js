// The lines of the conversation on the screen, and where in it the person is.

import { $, element, focusComposer, here, name } from "./page.js";

const [log, list, pill] = ["log", "lines", "pill"].map($);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const html = window.trustedTypes?.createPolicy("nabij", { createHTML: (safe) => safe }) ?? { createHTML: (safe) => safe };

export let newest = 0;        // seq of the last line here
export let oldest = Infinity; // seq of the first
export let shown = 0;         // seq of the last line of the bot
let today = "";               // local date of the practice's clock
let fresh = null;             // where reading goes on: the first line of what the bot said last
let onTap = () => {};
const waiting = [];           // bubbles of what the server has not said back yet

export const whenTapped = (handler) => { onTap = handler; };

// ---- one line -------------------------------------------------------------------------------------------------------

function bubble(line) {
  const words = element("div", { className: "text" });
  if (line.html === undefined) {
    words.dir = "auto";
    words.textContent = line.text;
  } else {
    words.innerHTML = html.createHTML(line.html);
    for (const link of words.querySelectorAll('a[href^="tel:"]')) link.removeAttribute("target");
  }
  const speaker = element("span", { className: "sr", textContent: line.you ? "Jij: " : `${name}: ` });
  const box = element("div", { className: "bubble" }, speaker, words);
  if (line.picture) {
    const src = `${here}/picture/${line.id}.png`;
    box.append(element("img", { className: "picture", alt: line.picture, width: 800, height: 500, src }));
  }
  if (line.time) box.append(element("time", { dateTime: line.at, textContent: line.time }));
  return box;
}

function lineElement(line) {
  const item = element("li", { className: `line ${line.you ? "you" : "bot"}` }, bubble(line));
  item.dataset.seq = line.seq;
  item.dataset.day = line.day;
  item.dataset.date = line.date;
  item.dataset.at = line.at;
  if (line.id) item.dataset.id = line.id;
  if (line.buttons?.length) {
    const short = line.buttons.every((label) => label.length <= 3);
    const group = element("div", { className: short ? "buttons short" : "buttons" });
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Antwoorden");
    line.buttons.forEach((label, index) => {
      const button = element("button", { type: "button", textContent: label });
      button.addEventListener("click", () => onTap(line.id, index, label));
      group.append(button);
    });
    item.append(group);
  }
  return item;
}

export function choose(message, index) {
  const buttons = list.querySelectorAll(`[data-id="${message}"] .buttons button`);
  buttons.forEach((button, at) => {
    if (at === index) button.setAttribute("aria-pressed", "true");
    else button.removeAttribute("aria-pressed");
  });
}

function quietOlderButtons() {
  const groups = [...list.querySelectorAll(".buttons")];
  const last = groups.at(-1);
  const answered = last?.querySelector("[aria-pressed]");
  for (const group of groups) group.classList.toggle("old", group !== last || Boolean(answered));
}

export function changed() {
  quietOlderButtons();
  $("welcome").hidden = list.querySelector(".line") !== null;
}

// ---- days -----------------------------------------------------------------------------------------------------------

function dayWords(day, date) {
  const yesterday = new Date(`${today}T12:00:00Z`);
  yesterday.setUTCDate(yesterday.getUTCDate() - 1);
  if (day === today) return "Vandaag";
  return day === yesterday.toISOString().slice(0, 10) ? "Gisteren" : date;
}

function separator(item) {
  const { day, date } = item.dataset;
  const words = element("span", { textContent: dayWords(day, date) });
  const made = element("li", { className: "day" }, words);
  Object.assign(made.dataset, { day, date });
  return made;
}

export function setToday(day) {
  if (day === today) return;
  today = day;
  for (const item of list.querySelectorAll(".day")) item.firstChild.textContent = dayWords(item.dataset.day, item.dataset.date);
}

// ---- adding lines ---------------------------------------------------------------------------------------------------

export function append(line, into = list) {
  if (line.seq <= newest) return null;
  newest = line.seq;
  oldest = Math.min(oldest, line.seq);
  if (!line.you) shown = line.seq;
  if (line.tapped) choose(line.tapped.message, line.tapped.button);
  if (line.you) forgetWaiting(line);
  const item = lineElement(line);
  const before = list.querySelector(".line.pending");
  const previous = [...list.querySelectorAll(".line:not(.pending)")].at(-1);
  const place = into === list ? (made) => list.insertBefore(made, before) : (made) => into.append(made);
  if (previous?.dataset.day !== line.day) place(separator(item));
  place(item);
  // What was decided in one moment is read together, from its first line.
  if (line.you) fresh = null;
  else if (fresh?.dataset.at !== line.at) fresh = item;
  return item;
}

// What came while nobody looked: lessons before the newest one are folded away, so that no backlog meets the person.
export function arrive(lines) {
  const unread = lines.filter((line) => !line.you && !line.seen);
  const missed = unread.filter((line) => line.unasked).slice(0, -1);
  let fold = null;
  let marked = false;
  for (const line of lines) {
    if (line.seq <= newest) continue;
    if (missed.includes(line)) {
      if (!fold) {
        fold = element("ol", { className: "lines" });
        const many = missed.length === 1 ? "1 eerder bericht" : `${missed.length} eerdere berichten`;
        const box = element("details", { className: "earlier" }, element("summary", { textContent: many }), fold);
        list.insertBefore(element("li", { className: "folded" }, box), list.querySelector(".line.pending"));
      }
      append(line, fold);
      continue;
    }
    const isFirstNew = !marked && unread.includes(line) && (newest > 0 || missed.length > 0);
    if (isFirstNew) {
      const made = element("li", { className: "new" }, element("span", { textContent: "Nieuw" }));
      made.dataset.at = line.at;
      list.insertBefore(made, list.querySelector(".line.pending"));
      marked = true;
      append(line);
      fresh = made;
      continue;
    }
    append(line);
  }
}

export function prepend(lines) {
  if (!lines.length) return;
  oldest = lines[0].seq;
  log.setAttribute("aria-live", "off");
  const height = log.scrollHeight;
  const made = document.createDocumentFragment();
  let day = "";
  for (const line of lines) {
    const item = lineElement(line);
    if (line.day !== day) made.append(separator(item));
    day = line.day;
    made.append(item);
  }
  if (list.firstElementChild?.matches(".day") && list.firstElementChild.dataset.day === day) list.firstElementChild.remove();
  list.prepend(made);
  for (const line of lines) if (line.tapped) choose(line.tapped.message, line.tapped.button);
  quietOlderButtons();
  log.scrollTop += log.scrollHeight - height;
  setTimeout(() => log.setAttribute("aria-live", "polite"), 100);
}

// What was said past the database: it is in no history.
export const speak = (words) => list.append(element("li", { className: "line bot" }, bubble({ html: words })));

// ---- what the person just said --------------------------------------------------------------------------------------

export function appendWaiting(body, words) {
  const item = element("li", { className: "line you pending" }, bubble({ you: true, text: words }));
  list.append(item);
  waiting.push({ body, item });
  fresh = null;
  return item;
}

export function removeWaiting(body) {
  const at = waiting.findIndex((one) => one.body === body);
  if (at >= 0) waiting.splice(at, 1)[0].item.remove();
}

// The server's own line takes the place of our bubble, in the order in which things were said.
function forgetWaiting({ text: words, tapped }) {
  const at = waiting.findIndex(({ body }) =>
    tapped ? body.message === tapped.message && body.button === tapped.button : body.text === words);
  if (at >= 0) waiting.splice(at, 1)[0].item.remove();
}

// ---- scrolling ------------------------------------------------------------------------------------------------------

const gap = () => log.scrollHeight - log.clientHeight - log.scrollTop;
let gliding = 0; // until when we are scrolling ourselves: the end is not in view yet, and still where the person is
export const following = () => gap() < 96 || Date.now() < gliding;

function scrollTo(top, smooth) {
  const glides = smooth && !calm.matches;
  gliding = glides ? Date.now() + 600 : 0;
  log.scrollTo({ top, behavior: glides ? "smooth" : "instant" });
}

export function follow(smooth = true) {
  // A long answer is read from its beginning: never scroll its first line out of sight.
  // And so is the welcome, where nothing was said yet.
  const bottom = $("welcome").hidden ? log.scrollHeight - log.clientHeight : 0;
  const first = fresh?.isConnected ? fresh.getBoundingClientRect().top - log.getBoundingClientRect().top + log.scrollTop - 12 : bottom;
  const top = Math.min(bottom, first);
  scrollTo(top, smooth);
  pill.textContent = "Verder lezen";
  pill.hidden = bottom - top < 96;
}

export const toEnd = () => scrollTo(log.scrollHeight, true);

export function showNews() {
  if (gap() <= 96) return;
  pill.textContent = "Nieuwe berichten";
  pill.hidden = false;
}

for (const own of ["wheel", "pointerdown", "touchmove", "keydown"]) log.addEventListener(own, () => { gliding = 0; }, { passive: true });
log.addEventListener("scroll", () => { if (gap() < 96) pill.hidden = true; }, { passive: true });
pill.addEventListener("click", () => { toEnd(); focusComposer(); });
