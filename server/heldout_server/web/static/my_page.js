// One's own page: tries that come in by themselves, and a file that is dropped. Without scripts it
// is a page with forms.
// Everybody's scores are told; one's own page is made anew for each reader, so it asks seldom, and
// often only while a file of theirs is on its way.
const WAITING_MS = 1000;
const CALM_MS = 10_000;
const page = document.querySelector("[data-me-page]");

/** Fetches what changes and puts it in, but for a part that somebody is using just now. */
async function refresh() {
  const answer = await fetch(page.dataset.nowFrom, { cache: "no-store", redirect: "error" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of page.querySelectorAll("[data-now]")) {
    const next = fresh.getElementById(part.id);
    if (!next || part.isEqualNode(next) || part.contains(document.activeElement)) continue;
    part.replaceChildren(...document.adoptNode(next).childNodes);
  }
}

function follow() {
  let timer = null;
  let last = Date.now();
  const ask = () => {
    timer = null;
    last = Date.now();
    refresh().catch(() => {}); // the next event asks again
  };
  const soon = () => {
    const pause = page.querySelector("[data-under-way]") ? WAITING_MS : CALM_MS;
    timer ??= setTimeout(ask, Math.max(150, last + pause * (0.5 + Math.random()) - Date.now()));
  };
  const source = new EventSource(page.dataset.events);
  for (const kind of ["board", "queue", "reload"]) source.addEventListener(kind, soon);
  addEventListener("pagehide", () => source.close());
  setInterval(soon, CALM_MS);
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

function say(form, words, hint = "") {
  const place = form.querySelector("[data-send-error]");
  const line = (text) => Object.assign(document.createElement("p"), { textContent: text });
  place.hidden = !words;
  place.replaceChildren(...(words ? [line(words), line(hint)] : []));
}

function showSending(form, share) {
  form.querySelector("[data-sending]").hidden = share === null;
  form.querySelector("[type=submit]").disabled = share !== null;
  if (share === null) return;
  form.querySelector("[data-progress]").value = Math.round(share * 100);
  form.querySelector("[data-sent-words]").textContent =
    share < 1 ? `Sending, ${Math.round(share * 100)}%` : "Sent, being recorded…";
}

function answered(form, request) {
  showSending(form, null);
  let answer = {};
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    // nothing came, or a page: somebody has signed out here
  }
  if (answer.done) location.assign(`/c/${page.dataset.slug}/me?done=${answer.done}`);
  else if (request.responseURL.endsWith("/join")) location.assign(request.responseURL);
  else if (answer.detail) say(form, answer.detail, answer.hint);
  else say(form, "The file did not arrive.", "Look at the connection, then send it again.");
}

function send(form) {
  const [file] = form.elements.file.files;
  if (!file) return;
  say(form, "");
  if (file.size > Number(form.dataset.mostBytes)) {
    say(form, `${file.name} is larger than the ${form.dataset.most} that are taken here.`);
    return;
  }
  form.elements.key.value = newKey();
  const request = new XMLHttpRequest(); // fetch can't tell how much has been sent
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", ({ loaded, total }) =>
    showSending(form, total ? loaded / total : 0),
  );
  for (const end of ["load", "error", "abort"]) {
    request.addEventListener(end, () => answered(form, request));
  }
  showSending(form, 0);
  request.send(new FormData(form));
}

function makeDrop(form) {
  const over = (on) => form.classList.toggle("is-over", on);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  form.addEventListener("dragleave", () => over(false));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (!event.dataTransfer.files.length) return;
    form.elements.file.files = event.dataTransfer.files;
    send(form);
  });
}

if (page) {
  document.documentElement.dataset.me = page.dataset.me;
  try {
    const mine = { id: page.dataset.me, name: page.dataset.myName };
    localStorage.setItem(`heldout-me-${page.dataset.slug}`, JSON.stringify(mine));
  } catch {
    // the board then doesn't know which row is mine
  }
  const form = page.querySelector("[data-drop]");
  if (form) makeDrop(form);
  follow();
}
