// Copy buttons. Rooms use http://LAN-ADDRESS, where browsers withhold navigator.clipboard, so the
// text is selected and copied the old way, and left selected when even that is refused.
const SAID_FOR_MS = 2000;

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

async function copy(element) {
  if (navigator.clipboard && isSecureContext) {
    try {
      await navigator.clipboard.writeText(element.textContent);
      return true;
    } catch {
      // permission refused: go on with the selection
    }
  }
  select(element);
  return document.execCommand("copy");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const source = button && document.getElementById(button.dataset.copy);
  if (!source) return;
  const words = button.querySelector("span");
  words.setAttribute("role", "status");
  words.textContent = (await copy(source)) ? "Copied" : "Press Ctrl+C";
  setTimeout(() => (words.textContent = "Copy"), SAID_FOR_MS);
});
