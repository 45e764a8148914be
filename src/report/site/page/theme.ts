/** Dark, light, or what the system says; remembered where the browser allows it. */
import { h } from "./dom.js";

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];
const key = "leasehold-theme";

export function themeButton(): HTMLElement {
  let theme = remembered();
  const button = h("button", { type: "button", id: "theme" });
  const show = (): void => {
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
    remember(theme);
    show();
  });
  show();
  return button;
}

/** A page from the disk may have no storage: then the choice lasts as long as the page. */
function remembered(): Theme {
  try {
    const value = localStorage.getItem(key);
    return themes.find((theme) => theme === value) ?? "system";
  } catch {
    return "system";
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Without storage the choice is not kept; nothing else depends on it.
  }
}
