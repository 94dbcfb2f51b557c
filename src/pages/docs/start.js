// deno-lint-ignore-file
/* Starts Swagger UI in the visitor's theme, and mends what it leaves out for keyboards and screen readers. */
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  /** What the visitor chose in the playground; storage may be forbidden. */
  let chosen = null;
  try {
    chosen = localStorage.getItem("clipline-theme");
  } catch {
    // The system's it is.
  }
  const follow = () =>
    root.classList.toggle("dark-mode", chosen ? chosen === "dark" : dark.matches);
  dark.addEventListener("change", follow);
  follow();

  const LABELS = {
    "#servers": "Server",
    "textarea.body-param__text": "Request body",
    ".parameters select, .parameters input": "Parameter",
    ".response select, .content-type": "Media type",
  };
  const REGIONS = { ".information-container": "About", ".scheme-container": "Server" };
  const improve = () => {
    for (const [selector, label] of Object.entries(LABELS)) {
      for (const element of document.querySelectorAll(selector)) {
        if (!element.hasAttribute("aria-label")) element.setAttribute("aria-label", label);
      }
    }
    for (const [selector, label] of Object.entries(REGIONS)) {
      const region = document.querySelector(selector);
      region?.setAttribute("role", "region");
      region?.setAttribute("aria-label", label);
    }
    for (const heading of document.querySelectorAll("h3.opblock-tag, .models > h4")) {
      heading.setAttribute("aria-level", "2");
    }
    for (const heading of document.querySelectorAll(".opblock-body h4, .responses-inner h4")) {
      heading.setAttribute("aria-level", "3");
    }
    for (const heading of document.querySelectorAll(".responses-inner h5")) {
      heading.setAttribute("aria-level", "4");
    }
    for (const code of document.querySelectorAll(".microlight, .opblock-body pre")) {
      code.setAttribute("tabindex", "0");
    }
  };
  addEventListener("DOMContentLoaded", () => {
    const place = document.getElementById("swagger-ui");
    new MutationObserver(improve).observe(place, { childList: true, subtree: true });
    window.ui = SwaggerUIBundle({
      url: "openapi.json",
      dom_id: "#swagger-ui",
      validatorUrl: null,
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0,
    });
  });
})();
