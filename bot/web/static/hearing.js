// What the server says: the event stream, and telling it what was shown.

import { here, mark, post, trouble } from "./page.js";
import { append, arrive, changed, follow, following, newest, setToday, showNews, shown, speak } from "./lines.js";
import { expectAnswer } from "./saying.js";

const HIDDEN_FOR = 30_000, SILENT_FOR = 45_000, LONGEST_PAUSE = 20_000;
let onClock = () => {};

export const whenClockTells = (handler) => { onClock = handler; };

// ---- the stream -----------------------------------------------------------------------------------------------------

let source = null;
let heard = 0;          // when the stream last said something
let returning = null;   // lines since (re)connecting, until the server says that this is all
let again = 0;
let tries = 0;

export function connect() {
  if (document.hidden) return; // Whoever looks again connects.
  clearTimeout(again);
  source?.close();
  heard = Date.now();
  returning = newest ? [] : null;
  source = new EventSource(`${here}/events?who=${mark}&after=${newest}`);
  source.addEventListener("open", () => { tries = 0; heard = Date.now(); trouble("hear", ""); acknowledgeSoon(); });
  source.addEventListener("line", (event) => onLine(JSON.parse(event.data)));
  source.addEventListener("spoken", (event) => onSpoken(JSON.parse(event.data)));
  source.addEventListener("clock", (event) => beat(JSON.parse(event.data)));
  source.addEventListener("gone", () => { source.close(); location.reload(); });
  source.addEventListener("full", () => { disconnect(); trouble("hear", "Dit gesprek staat in veel vensters open. Hier loopt het weer mee als je terugkomt."); });
  source.addEventListener("error", () => {
    trouble("hear", "Even geen verbinding. We proberen het opnieuw.");
    if (returning === null) returning = [];
    if (source?.readyState === EventSource.CLOSED) {
      clearTimeout(again);
      again = setTimeout(connect, Math.min(LONGEST_PAUSE, 1_000 * 2 ** tries++) * (0.5 + Math.random()));
    }
  });
}

function disconnect() {
  clearTimeout(again);
  source?.close();
  source = null;
}

function onLine(line) {
  heard = Date.now();
  if (returning) { returning.push(line); return; }
  // The page is called something else from now on, or holds nothing but a receipt; the words are read first.
  if (line.kind === "discreet" || line.kind === "erased") setTimeout(() => location.reload(), 1_500);
  settle(() => append(line), !line.you, line.you);
}

function onSpoken({ html: words }) {
  settle(() => speak(words), true, false);
}

function beat(clock) {
  heard = Date.now();
  setToday(clock.day);
  onClock(clock);
  const lines = returning?.filter((line) => line.seq > newest) ?? [];
  returning = null;
  if (!lines.length) return;
  // Who never left (a short cut of the line) has nothing to come back to.
  const away = Date.now() - looked > HIDDEN_FOR || !document.hasFocus();
  const add = () => (away ? arrive(lines) : lines.forEach((line) => append(line)));
  settle(add, lines.some((line) => !line.you), lines.some((line) => line.you));
}

function settle(add, bot, own) {
  const follows = following();
  if (bot) expectAnswer(false);
  add();
  changed();
  acknowledgeSoon();
  if (follows || own) follow();
  else if (bot) showNews();
}

let looked = Date.now();
let leaving = 0;
document.addEventListener("visibilitychange", () => {
  clearTimeout(leaving);
  if (document.hidden) {
    looked = Date.now();
    leaving = setTimeout(disconnect, HIDDEN_FOR);
    return;
  }
  if (!source || source.readyState === EventSource.CLOSED) connect();
  acknowledgeSoon();
  setTimeout(() => { looked = Date.now(); }, 5_000);
});
addEventListener("online", connect);
addEventListener("pagehide", () => { acknowledge(); disconnect(); });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
setInterval(() => { if (source && Date.now() - heard > SILENT_FOR) connect(); }, 5_000);

// ---- what was shown -------------------------------------------------------------------------------------------------

let acked = 0;
let acking = 0;

export function wasAcknowledged(seq) {
  acked = Math.max(acked, seq);
}

export function acknowledgeSoon() {
  if (acking || document.hidden || shown <= acked) return;
  acking = setTimeout(async () => {
    const arrived = await acknowledge();
    acking = 0;
    if (arrived) acknowledgeSoon();
    else setTimeout(acknowledgeSoon, 5_000);
  }, 200);
}

async function acknowledge() {
  const seq = shown;
  if (document.hidden || seq <= acked) return true;
  const answer = await post(`${here}/ack`, { seq }, { keepalive: true }).catch(() => null);
  if (answer?.ok) wasAcknowledged(seq);
  return Boolean(answer?.ok);
}
