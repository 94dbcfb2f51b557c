/**
 * Light or dark: as the system has it, until the visitor decides otherwise. A classic script, run
 * before the first paint, so that the page does not flash in the other theme.
 */
(() => {
  const KEY = "clipline-theme";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const system = () => dark.matches ? "dark" : "light";
  const current = () => root.dataset["theme"] ?? system();

  /** Storage may be forbidden; the theme then lasts as long as the page. */
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  /** @param {string | null} theme */
  const store = (theme) => {
    try {
      if (theme === null) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // Nothing depends on it.
    }
  };

  const chosen = stored();
  if (chosen === "dark" || chosen === "light") root.dataset["theme"] = chosen;

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const show = () => button?.setAttribute("aria-pressed", String(current() === "dark"));
    show();
    dark.addEventListener("change", show);
    button?.addEventListener("click", () => {
      const next = current() === "dark" ? "light" : "dark";
      if (next === system()) delete root.dataset["theme"];
      else root.dataset["theme"] = next;
      store(root.dataset["theme"] ?? null);
      show();
    });
  });
})();
