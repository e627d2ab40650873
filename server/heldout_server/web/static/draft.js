// A file for a new contest, and the look at it, taken again when something else is chosen. Without
// scripts both are plain forms.
import { makeDrop } from "./file_drop.js";

const drop = document.querySelector("[data-drop]");
if (drop) makeDrop(drop, { next: ({ to }) => to, afterwards: "Sent, being looked at…" });

const draft = document.querySelector("[data-draft]");
draft?.addEventListener("change", (event) => {
  if (event.target.closest("[data-look]"))
    draft.requestSubmit(draft.querySelector("[data-look-button]"));
});
