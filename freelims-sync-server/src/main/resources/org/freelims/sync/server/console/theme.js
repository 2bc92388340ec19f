// Light, dark, or what the system has.
import { byId } from './dom.js';

const KEY = 'freelims-sync-console-theme';
const THEMES = ['system', 'light', 'dark'];

function show(theme) {
  if (theme === 'system') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
  byId('theme').textContent = `Theme: ${theme}`;
}

/** Shows the theme that was chosen here before, and lets the button choose the next. */
export function startTheme() {
  let theme = localStorage.getItem(KEY);
  if (!THEMES.includes(theme)) {
    theme = 'system';
  }
  show(theme);
  byId('theme').addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem(KEY, theme);
    show(theme);
  });
}
