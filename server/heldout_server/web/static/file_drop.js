// A form with a file that is dropped or chosen, and sent with its progress. Without scripts it is a
// plain form.
export function say(form, words, hint = "") {
  const place = form.querySelector("[data-send-error]");
  const line = (text) => Object.assign(document.createElement("p"), { textContent: text });
  place.hidden = !words;
  place.replaceChildren(...(words ? [line(words), line(hint)] : []));
}

function showSending(form, share, afterwards = "") {
  form.querySelector("[data-sending]").hidden = share === null;
  form.querySelector("[type=submit]").disabled = share !== null;
  if (share === null) return;
  form.querySelector("[data-progress]").value = Math.round(share * 100);
  form.querySelector("[data-sent-words]").textContent =
    share < 1 ? `Sending, ${Math.round(share * 100)}%` : afterwards;
}

function answered(form, request, next) {
  let answer = {};
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    // nothing came, or a page: somebody has signed out here
  }
  const address = next(answer, request);
  if (address) {
    location.assign(address); // the words stay until the next page is there
    return;
  }
  showSending(form, null);
  if (answer.detail) say(form, answer.detail, answer.hint);
  else say(form, "The file did not arrive.", "Look at the connection, then send it again.");
}

function send(form, { ready, next, afterwards }) {
  const [file] = form.elements.file.files;
  if (!file) return;
  say(form, "");
  if (!ready(form, file)) return;
  const request = new XMLHttpRequest(); // fetch can't tell how much has been sent
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", ({ loaded, total }) =>
    showSending(form, total ? loaded / total : 0, afterwards),
  );
  for (const end of ["load", "error", "abort"]) {
    request.addEventListener(end, () => answered(form, request, next));
  }
  const body = new FormData(form);
  showSending(form, 0);
  request.send(body);
}

/**
 * `ready` is asked before a file is sent, and says itself why not; `next` gives the address that an
 * answer leads to, if any; `afterwards` are the words while the answer is awaited.
 */
export function makeDrop(form, { ready = () => true, next, afterwards }) {
  const sending = () => send(form, { ready, next, afterwards });
  const over = (on) => form.classList.toggle("is-over", on);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sending();
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
    sending();
  });
  // Coming back to the page with “Back” finds it as it was.
  addEventListener("pageshow", () => showSending(form, null));
}
