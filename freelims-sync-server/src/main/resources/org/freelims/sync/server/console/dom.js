// Elements made of text. Nothing here, or anywhere in the console, turns text into HTML.

export const byId = (id) => document.getElementById(id);

/** Makes an element with classes and children; strings become text. */
export function element(name, classes = '', ...children) {
  const made = document.createElement(name);
  if (classes) {
    made.className = classes;
  }
  made.append(...children);
  return made;
}

/** Shows or hides something, with a text. */
export function say(id, text) {
  const where = byId(id);
  if (where.textContent !== text) {
    where.textContent = text;
  }
  where.hidden = text === '';
}

const plain = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });

export const count = (value) => (value === undefined ? '–' : plain.format(value));
export const rate = (value) => (value >= 100 ? plain.format(value) : fine.format(value));

export function milliseconds(ms) {
  if (ms === undefined || Number.isNaN(ms)) {
    return '–';
  }
  return ms < 1000 ? `${rate(ms)} ms` : duration(ms);
}

export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 60) {
    return `${fine.format(seconds)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let left = value;
  while (left >= 1024 && unit < units.length - 1) {
    left /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? plain.format(left) : fine.format(left)} ${units[unit]}`;
}
