// What the person says: the composer, and the queue of what the server has not taken yet.

import { $, focusComposer, here, longest, post, trouble } from "./page.js";
import { appendWaiting, changed, choose, following, removeWaiting, toEnd, whenTapped } from "./lines.js";

const [form, text, hint, typing] = ["composer", "text", "hint", "typing"].map($);
const TYPING_AFTER = 350, TYPING_FOR = 8_000, ANSWER_WITHIN = 15_000, LONGEST_PAUSE = 15_000;

const queue = [];
let sending = false;
let expecting = 0;

// ---- the queue ------------------------------------------------------------------------------------------------------

function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function say(said, words) {
  const body = { id: freshId(), ...said };
  const item = words === undefined ? null : appendWaiting(body, words);
  queue.push({ body, item });
  changed();
  toEnd();
  pump();
}

whenTapped((message, index, label) => {
  choose(message, index);
  say({ message, button: index }, label);
});

async function pump() {
  if (sending) return;
  sending = true;
  for (let tries = 0; queue.length; ) {
    expectAnswer();
    const entry = queue[0];
    const answer = await post(`${here}/messages`, entry.body, { signal: AbortSignal.timeout(ANSWER_WITHIN) }).catch(() => null);
    if (answer?.ok) {
      tries = 0;
      queue.shift();
      entry.item?.classList.add("sent");
      trouble("send", "");
    } else if (answer && answer.status < 500 && answer.status !== 429 && answer.status !== 408) {
      queue.shift();
      await refused(entry, answer);
    } else {
      expectAnswer(false);
      trouble("send", "Je bericht is nog niet aangekomen. We blijven het proberen.");
      await pause(Math.min(LONGEST_PAUSE, 1_000 * 2 ** tries++));
    }
  }
  sending = false;
}

async function refused({ body }, answer) {
  expectAnswer(false);
  const { error } = await answer.json().catch(() => ({}));
  removeWaiting(body);
  if (body.text && !text.value) {
    text.value = body.text;
    grow();
  }
  sayHint(error ?? "Dat lukte niet. Vernieuw de pagina en probeer het nog eens.");
  changed();
}

function pause(milliseconds) {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
  });
}

export function expectAnswer(yes = true) {
  clearTimeout(expecting);
  if (!yes) { typing.hidden = true; return; }
  expecting = setTimeout(() => {
    const follows = following();
    typing.hidden = false;
    if (follows) toEnd();
    expecting = setTimeout(() => { typing.hidden = true; }, TYPING_FOR);
  }, TYPING_AFTER);
}

// ---- composer -------------------------------------------------------------------------------------------------------

const length = (words) => [...words].length;
const thousands = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ".");

export function sayHint(words) {
  hint.textContent = words;
  hint.hidden = !words;
}

export function grow() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, innerHeight * 0.35)}px`;
  const over = length(text.value) - longest;
  const much = over === 1 ? "Dat is 1 teken" : `Dat zijn ${thousands(over)} tekens`;
  if (over > 0) sayHint(`${much} te veel: er passen er ${thousands(longest)} in een bericht. Stuur het in een paar stukjes.`);
  else sayHint("");
}

text.addEventListener("input", grow);
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const words = text.value.toWellFormed?.() ?? text.value;
  if (!words.trim() || length(words) > longest) return text.focus();
  text.value = "";
  grow();
  text.focus();
  say({ text: words }, words);
});
$("welcome").addEventListener("click", (event) => {
  const word = event.target.closest("[data-say]")?.dataset.say;
  if (word) { say({ text: word }, word); focusComposer(); }
});
