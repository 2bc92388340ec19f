import { useEffect, useState } from 'react';

const THEME = 'freelims-theme';
const THEMES = { auto: 'System colours', light: 'Light', dark: 'Dark' } as const;
type Theme = keyof typeof THEMES;

export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(() => {
    const kept = localStorage.getItem(THEME) ?? '';
    return kept in THEMES ? (kept as Theme) : 'auto';
  });

  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    localStorage.setItem(THEME, theme);
  }, [theme]);

  return (
    <select
      className="theme"
      aria-label="Colours"
      value={theme}
      onChange={(event) => setTheme(event.target.value as Theme)}
    >
      {Object.entries(THEMES).map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
}
