// What every part of the chat page knows: the page itself, how to post, and how to tell about trouble with the line.

export const { practice, name, token, mark, start, longest } = document.body.dataset;
export const here = `/chat/${practice}`;
export const $ = (id) => document.getElementById(id);

export const element = (tag, props = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), props);
  made.append(...children);
  return made;
};

// Who types on glass gets no keyboard over what they came to read.
export function focusComposer() {
  if (matchMedia("(pointer: fine)").matches) $("text").focus({ preventScroll: true });
}

export const post = (path, body, more = {}) => fetch(path, {
  method: "POST",
  headers: { "Content-Type": "application/json", "Accept": "application/json", "X-Nabij-Token": token },
  body: JSON.stringify(body),
  credentials: "same-origin",
  ...more,
});

const PATIENCE = 2_500; // a short cut of the line is nobody's business
const status = $("status");
const troubles = new Map();
let patience = 0;

export function trouble(what, words) {
  if (words) troubles.set(what, words);
  else troubles.delete(what);
  if (troubles.size) {
    if (!status.hidden) showTrouble();
    else patience ||= setTimeout(showTrouble, PATIENCE);
    return;
  }
  clearTimeout(patience);
  patience = 0;
  status.hidden = true;
  status.replaceChildren();
}

function showTrouble() {
  const call = (number) => element("a", { href: `tel:${number}`, textContent: number });
  const words = troubles.get("send") ?? troubles.get("hear");
  const help = troubles.has("send") ? [" Is er nu gevaar? Bel ", call("112"), ". Wil je praten? Bel ", call("113"), "."] : [];
  if (status.firstChild?.textContent === words) return;
  status.replaceChildren(words, ...help);
  status.hidden = false;
}
