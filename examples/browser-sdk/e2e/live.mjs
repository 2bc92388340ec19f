// The client against a real server, over a restart: node e2e/live.mjs node|chromium URL TOKEN
//
// Who runs this plays the administrator: it reads orders from standard output, one JSON object a line, and answers each with
// a line on standard input. Node.js before 22 needs --experimental-websocket.
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';

const [where, url, token] = process.argv.slice(2);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function order(what, argument = '') {
  console.log(JSON.stringify({ order: what, argument }));
  return (await answers.next()).value;
}

/** Runs in the page or here: what the client hears ends up in `heard`. */
function watch({ SyncClient }, sync, token, heard) {
  const client = new SyncClient({ url: sync, token, onState: (state) => heard.push(state) });
  client.subscribe('inventory?unit=g', 'snapshot', {
    onSnapshot: (rows) => heard.push(`${rows.length} rows`),
    onNotification: ({ action, data }) => heard.push(`${action} ${data.batch_number} ${data.quantity}`),
    onLeft: ({ id }) => heard.push(`left ${id}`),
    onEnded: ({ message }) => heard.push(`ended: ${message}`),
  });
  client.subscribe('users', 'now', { onEnded: ({ code }) => heard.push(code) });
}

const sync = `${url.replace(/^http/, 'ws')}/sync`;
let read;
let end = () => {};
if (where === 'node') {
  const heard = [];
  watch(await import('../dist/client.js'), sync, token, heard);
  read = () => heard;
} else {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  end = () => browser.close();
  const page = await browser.newPage();
  await page.goto(`${url}/e2e/page.html`);
  await page.evaluate(`window.heard = []; (${watch})(FreelimsSync, ${JSON.stringify(sync)}, ${JSON.stringify(token)}, heard)`);
  read = () => page.evaluate('heard');
}

async function hears(what) {
  for (let heard = await read(); !heard.includes(what); heard = await read()) {
    assert.ok(Date.now() < deadline, `waited in vain for "${what}" and heard ${JSON.stringify(heard)}`);
    await after(20);
  }
}

const deadline = Date.now() + 60_000;
let failed = false;
try {
  await hears('0 rows');
  await hears('FORBIDDEN');
  const insert = 'INSERT INTO inventory_items (chemical_id, location_id, quantity, unit, batch_number) VALUES';
  await order('sql', `${insert} (1, 1, 1, 'g', 'A'), (1, 1, 1, 'mL', 'other'), (1, 1, 2, 'g', 'B')`);
  await hears('create B 2');
  await order('stop');
  await hears('waiting');
  for (let i = 0; i < 50; i++) {
    await order('sql', `UPDATE inventory_items SET quantity = ${100 + i} WHERE batch_number IN ('A', 'other')`);
  }
  await order('sql', "UPDATE inventory_items SET unit = 'kg' WHERE batch_number = 'B'");
  await order('sql', `${insert} (1, 1, 7, 'g', 'C')`);
  await order('start');
  await hears('create C 7');
  await order('sql', "UPDATE inventory_items SET quantity = 8 WHERE batch_number = 'C'");
  await hears('update C 8');
  const heard = (await read()).filter((text) => !/^(connect|wait|left|FORB)/.test(text));
  assert.deepEqual(heard, [
    '0 rows',
    'create A 1',
    'create B 2',
    ...Array.from({ length: 50 }, (_, i) => `update A ${100 + i}`),
    'create C 7',
    'update C 8',
  ]);
  assert.equal((await read()).filter((text) => text.startsWith('left')).length, 1);
} catch (error) {
  failed = true;
  console.error(error);
}
await end();
process.exit(failed ? 1 : 0);
