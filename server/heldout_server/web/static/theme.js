// Light, dark or the system's choice. Runs in <head>, before anything is painted, so that a dark
// page never flashes white; also marks that scripts run, which shows the buttons that need them.
(() => {
  const root = document.documentElement;
  const KEY = "heldout-theme";
  root.classList.add("js");

  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage can be forbidden; the system's choice is a fine answer
    }
  };
  const show = (choice) => {
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute(
        "aria-pressed",
        String(button.dataset.themeChoice === (choice ?? "auto")),
      );
    }
  };

  show(stored());
  addEventListener("DOMContentLoaded", () => show(stored()));
  addEventListener("storage", (event) => event.key === KEY && show(event.newValue));
  addEventListener("click", (event) => {
    const choice = event.target.closest?.("[data-theme-choice]")?.dataset.themeChoice;
    if (!choice) return;
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // shown on this page only, then
    }
    show(choice);
  });
})();
