// Tiles and charts: the server tells what it counted so far, and two answers make a rate.
import { Chart } from './charts.js';
import { byId, bytes, count, duration, element, milliseconds, rate } from './dom.js';

const SLOW_LAG_MS = 5_000;

/** A quantile of what was counted between two answers, in ms, from a histogram's bounds. */
export function quantile(before, now, q) {
  const counts = now.map((bucket, i) => bucket.count - (before[i]?.count ?? 0));
  const all = counts.at(-1);
  if (!(all > 0)) {
    return undefined;
  }
  const rank = all * q;
  const i = counts.findIndex((c) => c >= rank);
  const upper = now[i].ms;
  if (upper === null) {
    return now.at(-2).ms; // beyond the last bound: at least that
  }
  const lower = i === 0 ? 0 : now[i - 1].ms;
  const below = i === 0 ? 0 : counts[i - 1];
  return lower + ((upper - lower) * (rank - below)) / (counts[i] - below);
}

export class Figures {
  #before;
  #tiles = new Map();
  #throughput = new Chart(byId('throughput'), 'Throughput', ['changes/s', 'deliveries/s'], rate, 10);
  #latency = new Chart(byId('latency'), 'Latency', ['50 %', '99 %'], milliseconds, 10);
  #lag = new Chart(byId('lag'), 'Waiting changes', ['relay', 'this node'], count, 10);

  /** Takes an answer; or nothing, if none came. */
  show(now) {
    if (!now) {
      this.#before = undefined;
      byId('checks').replaceChildren();
      [this.#throughput, this.#latency, this.#lag].forEach((chart) => chart.add(undefined, undefined));
      return;
    }
    const at = performance.now();
    const before = this.#before;
    this.#before = { ...now, at };
    const restarted = before && now.uptimeMs < before.uptimeMs;
    const seconds = before && !restarted ? (at - before.at) / 1000 : undefined;
    const per = (name) => seconds && Math.max(0, (now.hub[name] - before.hub[name]) / seconds);
    const half = seconds && quantile(before.latency, now.latency, 0.5);
    const most = seconds && quantile(before.latency, now.latency, 0.99);
    this.#throughput.add(per('changes'), per('deliveries'));
    this.#latency.add(half, most);
    this.#lag.add(now.log.waiting, now.log.behind);
    this.#showTiles(now, per, [half, most]);
    this.#showChecks(now.health.checks);
    byId('version').textContent = `${now.version} · up ${duration(now.uptimeMs)}`;
  }

  #showTiles({ hub, log }, per, [half, most]) {
    const or = (value, format) => (value === undefined ? '–' : format(value));
    this.#tile('Connections', count(hub.connections), `${bytes(hub.pendingBytes)} waiting`);
    this.#tile('Subscriptions', count(hub.subscriptions), `${count(hub.behind)} behind`);
    this.#tile('Feeds', count(hub.feeds), 'different ones');
    this.#tile('Changes/s', or(per('changes'), rate), `${count(hub.changes)} since start`);
    this.#tile('Deliveries/s', or(per('deliveries'), rate), `${count(hub.deliveries)} since start`);
    this.#tile('Latency', or(half, milliseconds), `99 %: ${or(most, milliseconds)}`);
    this.#tile(
      'Relay lag',
      or(log.lagMs, milliseconds),
      `${count(log.waiting)} changes wait`,
      log.lagMs > SLOW_LAG_MS,
    );
    this.#tile('Database', or(log.databaseBytes, bytes), `${or(log.kept, count)} in the log`);
  }

  #tile(name, value, detail, bad = false) {
    let tile = this.#tiles.get(name);
    if (!tile) {
      tile = element('div', 'tile', element('dt', '', name), element('dd'), element('dd', 'small'));
      this.#tiles.set(name, tile);
      byId('tiles').append(tile);
    }
    tile.children[1].textContent = value;
    tile.children[2].textContent = detail;
    tile.classList.toggle('bad', bad);
  }

  #showChecks(checks) {
    const badges = checks
      .filter((check) => check.name !== 'closing' || !check.up)
      .map((check) => {
        const text = check.up ? check.name : `${check.name}: ${check.reason}`;
        return element('li', check.up ? 'badge' : 'badge bad', `${check.up ? '✓' : '✗'} ${text}`);
      });
    byId('checks').replaceChildren(...badges);
  }
}
