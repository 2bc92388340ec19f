// The tables below: connections, feeds, captured tables.
import { byId, bytes, count, duration, element } from './dom.js';

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** The time if it is today's, else the day. */
function when(text) {
  const then = new Date(text);
  return (then.toDateString() === new Date().toDateString() ? clock : day).format(then);
}

const COLUMNS = {
  connections: [
    ['Who', (s) => s.principal || 'not signed in'],
    ['From', (s) => s.address],
    ['Subscriptions', (s) => count(s.subscriptions), 'number'],
    ['Behind', (s) => count(s.behind), 'number'],
    ['Waiting', (s) => bytes(s.pendingBytes), 'number'],
    ['Sent', (s) => bytes(s.writtenBytes), 'number'],
    ['Open', (s) => duration(s.openMs), 'number'],
  ],
  feeds: [
    ['Subscription', (f) => f.expression, 'expression'],
    ['Members', (f) => count(f.members), 'number'],
  ],
  capture: [
    ['Table', (t) => t.table],
    ['Resource', (t) => t.resource],
    ['Status', (t) => element('span', t.active ? 'badge' : 'badge bad', t.active ? '✓ captured' : '✗ trigger off')],
    ['Changes', (t) => count(t.changes), 'number'],
    ['Last', (t) => (t.last ? when(t.last) : '–')],
    ['Key', (t) => (t.key ?? []).join(', ')],
    ['Left out', (t) => (t.excluded ?? []).join(', ') || '–'],
  ],
};

const NOTHING = {
  connections: 'Nobody is connected.',
  feeds: 'Nobody has subscribed to anything.',
  capture: 'No table is captured.',
};

function show(name, rows) {
  const columns = COLUMNS[name];
  const head = columns.map(([title, , classes = '']) => element('th', classes, title));
  const body = rows.map((row) =>
    element('tr', '', ...columns.map(([, cell, classes = '']) => element('td', classes, cell(row)))),
  );
  if (body.length === 0) {
    const cell = element('td', 'empty', NOTHING[name]);
    cell.colSpan = columns.length;
    body.push(element('tr', '', cell));
  }
  byId(name).replaceChildren(
    element('thead', '', element('tr', '', ...head)),
    element('tbody', '', ...body),
  );
}

/** Shows an answer of the server. */
export function showTables({ sessions = [], feeds = [], capture = [] }) {
  show('connections', sessions);
  show('feeds', feeds);
  show('capture', capture);
}
