// The list of live notifications: all are kept, up to a bound; a few are shown, and not more often than eyes can follow.
import { byId, count, element } from './dom.js';

const KEPT = 2000;
const SHOWN = 100;
const PAINT_MS = 250;

const time = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

export class Notifications {
  #kept = [];
  #heard = 0;
  #frozen; // what is shown while paused
  #heardWhenPaused = 0;
  #timer;
  #open = new Set();

  constructor() {
    byId('filter').addEventListener('input', () => this.#paint());
    byId('action').addEventListener('change', () => this.#paint());
    byId('pause').addEventListener('click', () => this.#pause());
    byId('clear').addEventListener('click', () => this.#clear());
    byId('notifications').addEventListener('click', (event) => this.#toggle(event));
    this.#paint();
  }

  add(notification) {
    const data = JSON.stringify(notification.data);
    const { position, action, resource, id, at, actor } = notification;
    const text = `${resource} ${id} ${actor ?? ''} ${data}`.toLowerCase();
    this.#kept.unshift({ position, action, resource, id, at, actor, data, text });
    this.#kept.length = Math.min(this.#kept.length, KEPT);
    this.#heard += 1;
    this.#timer ??= setTimeout(() => this.#paint(), PAINT_MS);
  }

  /** Forgets everything: somebody else may sit down here. */
  reset() {
    this.#heard = 0;
    this.#heardWhenPaused = 0;
    this.#clear();
  }

  #clear() {
    this.#kept = [];
    this.#frozen = this.#frozen && [];
    this.#open.clear();
    this.#paint();
  }

  #pause() {
    this.#frozen = this.#frozen ? undefined : [...this.#kept];
    this.#heardWhenPaused = this.#heard;
    byId('pause').setAttribute('aria-pressed', String(this.#frozen !== undefined));
    byId('pause').textContent = this.#frozen ? 'Go on' : 'Pause';
    this.#paint();
  }

  #toggle(event) {
    const position = event.target.closest('tr')?.dataset.position;
    if (position === undefined || getSelection()?.type === 'Range') {
      return;
    }
    if (!this.#open.delete(position)) {
      this.#open.add(position);
    }
    this.#paint();
  }

  #paint() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const wanted = byId('filter').value.trim().toLowerCase();
    const action = byId('action').value;
    const matching = (this.#frozen ?? this.#kept).filter(
      (n) => (action === '' || n.action === action) && (wanted === '' || n.text.includes(wanted)),
    );
    const rows = matching.slice(0, SHOWN).map((n) => this.#row(n));
    if (rows.length === 0) {
      rows.push(this.#nothing(wanted !== '' || action !== ''));
    }
    byId('notifications').replaceChildren(...rows);
    this.#note(matching.length);
  }

  #note(matching) {
    const parts = [`${count(this.#heard)} since this page was opened`];
    if (matching > SHOWN) {
      parts.push(`the newest ${SHOWN} of ${count(matching)} kept are shown`);
    }
    if (this.#frozen) {
      parts.unshift(`Paused: ${count(this.#heard - this.#heardWhenPaused)} came meanwhile`);
    }
    byId('note').textContent = parts.join(' · ');
  }

  #row(notification) {
    const { position, action, resource, id, at, actor, data } = notification;
    const open = this.#open.has(position);
    const row = element(
      'tr',
      open ? 'open' : '',
      element('td', 'time', time.format(new Date(at))),
      element('td', action, action),
      element('td', '', resource),
      element('td', 'id', id),
      element('td', '', actor ?? ''),
      element('td', 'data', open ? JSON.stringify(JSON.parse(data), null, 2) : data.slice(0, 400)),
    );
    row.dataset.position = position;
    return row;
  }

  #nothing(filtered) {
    const text = filtered
      ? 'Nothing like that came yet.'
      : 'Nothing has changed since this page was opened. Changes appear here as they are committed.';
    const cell = element('td', 'empty', text);
    cell.colSpan = 6;
    return element('tr', '', cell);
  }
}
