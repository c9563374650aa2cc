// The chat page: shows the lines that the server has, sends what the person says, and keeps both in step.
// Order, history and what was seen are the server's; the page only remembers what it could not send yet.

import { $, focusComposer, here, post, start } from "./page.js";
import { arrive, changed, follow, following, oldest, prepend, setToday } from "./lines.js";
import { grow, say, sayHint } from "./saying.js";
import { acknowledgeSoon, connect, wasAcknowledged, whenClockTells } from "./hearing.js";

const log = $("log");

// ---- older lines ----------------------------------------------------------------------------------------------------

$("older").addEventListener("click", async ({ currentTarget: button }) => {
  button.disabled = true;
  const answer = await fetch(`${here}/history?before=${oldest}`, { headers: { Accept: "application/json" } }).catch(() => null);
  button.disabled = false;
  if (!answer?.ok) return;
  const { lines, more } = await answer.json();
  button.hidden = !more;
  prepend(lines);
});

// ---- not me, and the demo's clock -----------------------------------------------------------------------------------

$("not-me").addEventListener("click", () => $("leave").showModal());
$("stay").addEventListener("click", () => $("leave").close());
$("go").addEventListener("click", async () => {
  const answer = await post(`${here}/forget`, {}).catch(() => null);
  if (answer?.ok || answer?.status === 401 || answer?.status === 403) location.replace(here);
  else { $("leave").close(); sayHint("Dat lukte nu niet. Probeer het zo nog eens."); }
});

function showClock(clock) {
  const shown = $("clock");
  if (!shown) return;
  shown.dateTime = clock.now;
  shown.textContent = `${clock.short}, ${clock.time}`;
  const speed = $("speed");
  if (document.activeElement === speed || Number(speed.value) === clock.speed) return;
  if (![...speed.options].some((option) => Number(option.value) === clock.speed)) {
    speed.append(new Option(`${clock.speed} × zo snel`, clock.speed));
  }
  speed.value = String(clock.speed);
}

async function turnClock(body, control) {
  control.setAttribute("aria-busy", "true");
  const answer = await post("/demo/clock", body).catch(() => null);
  control.removeAttribute("aria-busy");
  if (answer?.ok) showClock(await answer.json());
  else sayHint("De klok luisterde even niet. Probeer het nog eens.");
}

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => turnClock({ advance: button.dataset.advance }, button));
}
$("speed")?.addEventListener("change", ({ target }) => turnClock({ speed: Number(target.value) }, target));

whenClockTells(showClock);

// ---- begin ----------------------------------------------------------------------------------------------------------

function fit() {
  // iOS lays its keyboard over the page; only the visual viewport knows what is left.
  const view = window.visualViewport;
  if (view) document.documentElement.style.setProperty("--height", `${view.height}px`);
}

window.visualViewport?.addEventListener("resize", () => {
  const follows = following();
  fit();
  if (follows && $("welcome").hidden) log.scrollTop = log.scrollHeight;
});

$("no-script").remove();
$("send").disabled = false; // Before this a press on it would load the page anew, and lose the words.
setToday(document.body.dataset.today);
const lines = JSON.parse($("history").textContent);
wasAcknowledged(Math.max(0, ...lines.filter((line) => line.seen && !line.you).map((line) => line.seq)));
arrive(lines);
fit();
grow();
changed();
acknowledgeSoon();
follow(false);
requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
connect();
if (start) {
  history.replaceState(null, "", here);
  say({ id: `start-${start}`, start });
}
focusComposer();
