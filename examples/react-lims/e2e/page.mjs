// The page in Chromium against a real server: node e2e/page.mjs CASE URL
//
// Who runs this script plays the administrator: it reads orders from standard output, one JSON object a line, and answers
// each with a line on standard input. The server has the accounts ada and grace, both with the password "analytical".
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { open, signIn, startBrowser } from './browser.mjs';

const PROMPT_MS = 2_000;
const PASSWORD = 'analytical';
const [name, url] = process.argv.slice(2);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await startBrowser();

/** `stop`, `start`: the server; `other`: starts a second one on its database, returns its address; `sql`: runs statements. */
async function order(what, argument = '') {
  console.log(JSON.stringify({ order: what, argument }));
  return (await answers.next()).value;
}

async function opened(username, options) {
  const page = await open(browser, url, options);
  await signIn(page, username, PASSWORD);
  await page.locator('tbody tr[data-id]').first().waitFor();
  await page.locator('.badge', { hasText: 'Live' }).waitFor();
  return page;
}

const cell = (page, id) => page.locator(`tr[data-id="${id}"] .quantity`);
const shows = (page, id, amount, timeout = 10_000) =>
  page.locator(`tr[data-id="${id}"] .quantity`, { hasText: amount }).waitFor({ timeout });
const line = (page, resource) => page.locator('.subscriptions li', { hasText: resource });

async function edit(page, id, quantity) {
  await cell(page, id).click();
  await page.locator('.edit input').fill(String(quantity));
  await page.keyboard.press('Enter');
}

/** What the table shows: each record's id, quantity with unit and batch. */
function table(page) {
  return page.locator('tbody tr[data-id]').evaluateAll((rows) =>
    rows
      .map((row) => [
        row.dataset.id,
        row.querySelector('.quantity').innerText.replace(/\s+/g, ' '),
        row.querySelector('.batch').innerText,
      ])
      .sort((a, b) => a[0] - b[0])
      .map((texts) => texts.join(' | ')),
  );
}

/** What the table should show, by the web API. */
async function stock(base, token) {
  const response = await fetch(`${base}/api/inventory/items?limit=1000`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const number = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 6 });
  return (await response.json())
    .sort((a, b) => a.id - b.id)
    .map((i) => `${i.id} | ${number.format(i.quantity)} ${i.unit} | ${i.batch_number ?? '–'}`);
}

async function tokenOf(base, username) {
  const body = new URLSearchParams({ username, password: PASSWORD });
  return (await (await fetch(`${base}/api/token`, { method: 'POST', body })).json()).access_token;
}

async function rest(base, token, method, path, json) {
  const response = await fetch(`${base}/api/${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(json),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.text()}`);
}

/** Fails with what axe finds wrong, in the page as it is. */
async function assertAccessible(page, when) {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run());
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`),
  );
  assert.deepEqual(found, [], `not accessible, ${when}`);
}

const CASES = {
  async change() {
    const [mine, hers, mineToo] = await Promise.all(['ada', 'grace', 'ada'].map((u) => opened(u)));
    const began = Date.now();
    await edit(mine, 1, 77.5);
    await Promise.all(
      [hers, mineToo].map(async (page) => {
        await shows(page, 1, '77.5', PROMPT_MS);
        assert.equal(await page.locator('tr[data-id="1"] td.number .changed').count(), 1);
        assert.equal(await page.locator('.changed').count(), 1, 'only what changed is marked');
        const toast = page.locator('.toast', { hasText: '77.5' });
        await toast.waitFor({ timeout: PROMPT_MS });
        assert.match(await toast.innerText(), /changed Ethanol\s+500 → 77.5 mL/);
      }),
    );
    console.log(`there after ${Date.now() - began} ms`);
    await mine.locator('.latest li', { hasText: 'You changed Ethanol' }).waitFor();
    assert.equal(await mine.locator('.toast').count(), 0, 'no toast for one’s own change');
    await shows(mine, 1, '77.5');
    await mine.locator('.changed').waitFor({ state: 'detached' });
  },

  async restart() {
    const pages = await Promise.all(['ada', 'grace'].map((u) => opened(u)));
    await order('sql', 'UPDATE inventory_items SET quantity = 3 WHERE id = 2');
    await Promise.all(pages.map((page) => shows(page, 2, '3')));
    await order('stop');
    for (const page of pages) {
      await page.getByText('The connection is lost').waitFor();
      assert.equal(await page.locator('.badge').innerText(), 'Reconnecting…');
      await line(page, 'Inventory').getByText('Waiting for the server').waitFor();
      await shows(page, 2, '3');
    }
    await edit(pages[0], 2, 4);
    await pages[0].getByText('The server can’t be reached').waitFor();
    await pages[0].keyboard.press('Escape');

    const other = await order('other');
    const token = await tokenOf(other, 'grace');
    for (let i = 0; i < 40; i++) {
      await rest(other, token, 'PUT', `inventory/items/${1 + (i % 3)}`, { quantity: 1000 + i });
    }
    await rest(other, token, 'POST', 'inventory/items', {
      chemical_id: 1,
      location_id: 1,
      quantity: 5,
      unit: 'kg',
      batch_number: 'BY-REST',
    });
    await order('sql', "INSERT INTO chemicals (id, name) VALUES (900, 'Unobtainium')");
    await order(
      'sql',
      `INSERT INTO inventory_items (chemical_id, location_id, quantity, unit, batch_number)
         SELECT 900, 1, n, 'g', 'SQL-' || n FROM generate_series(1, 20) n;
       UPDATE inventory_items SET quantity = quantity + 0.25 WHERE batch_number LIKE 'SQL-%';
       DELETE FROM inventory_items WHERE batch_number IN ('SQL-7', 'SQL-11');
       DELETE FROM inventory_items WHERE id = 4`,
    );
    const expected = await stock(other, token);
    await order('start');

    // One seen while connected, then 40 + 1 by REST and 20 + 20 + 2 + 1 by SQL.
    const changes = 1 + 40 + 1 + 20 + 20 + 2 + 1;
    for (const page of pages) {
      await page.locator('.badge', { hasText: 'Live' }).waitFor();
      await line(page, 'Inventory').getByText(`${changes} changes`).waitFor();
      await page.getByText('Unobtainium').first().waitFor();
      assert.deepEqual(await table(page), expected);
      assert.equal(await page.getByText('The connection is lost').count(), 0);
      await page.locator('.toast', { hasText: 'by others' }).waitFor();
    }
    await edit(pages[0], 2, 8.25);
    await shows(pages[1], 2, '8.25', PROMPT_MS);
    await line(pages[1], 'Inventory').getByText(`${changes + 1} changes`).waitFor();
  },

  async password() {
    const page = await open(browser, url);
    await signIn(page, 'ada', 'difference');
    const alert = page.getByRole('alert');
    await alert.getByText('Incorrect username or password').waitFor();
    assert.equal(await page.locator('table').count(), 0);
    await signIn(page, 'ada', PASSWORD);
    await page.locator('tbody tr[data-id]').first().waitFor();
    await page.reload();
    await page.locator('tbody tr[data-id]').first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('User name').waitFor();
    await page.reload();
    await page.getByLabel('User name').waitFor();
  },

  async ended() {
    const page = await opened('joan');
    await order('sql', "UPDATE users SET is_active = false WHERE username = 'joan'");
    await order('stop');
    await order('start');
    await page.getByText('Your sign-in has ended').waitFor();
    await page.getByLabel('User name').waitFor();
  },

  async unsubscribe() {
    const [off, on] = await Promise.all(['ada', 'grace'].map((u) => opened(u)));
    await order('sql', 'UPDATE inventory_items SET quantity = 11 WHERE id = 5');
    await Promise.all([off, on].map((page) => shows(page, 5, '11')));
    await off.getByRole('switch', { name: /Inventory/ }).uncheck();
    await off.getByText('not kept up to date').waitFor();
    await order('sql', 'UPDATE inventory_items SET quantity = 12 WHERE id = 5');
    await order('sql', "UPDATE locations SET description = 'swept' WHERE id = 1");
    await shows(on, 5, '12');
    // The locations' change was committed later: what it does not bring with it was not sent.
    await line(off, 'Locations').getByText('1 change').waitFor();
    await shows(off, 5, '11');
    assert.equal(await off.locator('.toast', { hasText: '12' }).count(), 0);
    await off.getByRole('switch', { name: /Inventory/ }).check();
    await shows(off, 5, '12');
    await line(off, 'Inventory').getByText('2 changes').waitFor();
  },

  async refused() {
    const page = await opened('grace');
    await page.getByRole('switch', { name: /Users/ }).click();
    await line(page, 'Users').getByText('Refused').waitFor();
    assert.equal(await page.getByRole('switch', { name: /Users/ }).isChecked(), false);
    await edit(page, 3, -1);
    await page.locator('.edit input:invalid').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('switch', { name: /Samples/ }).check();
    await line(page, 'Samples').getByText('0 records').waitFor();
  },

  async accessible() {
    for (const colorScheme of ['light', 'dark']) {
      const door = await open(browser, url, { colorScheme });
      await signIn(door, 'ada', 'difference');
      await door.getByText('Incorrect username or password').waitFor();
      await assertAccessible(door, `${colorScheme}, wrong password`);
      const page = await opened('ada', { colorScheme, reducedMotion: 'reduce' });
      await assertAccessible(page, `${colorScheme}, quiet`);
      await order('sql', 'UPDATE inventory_items SET quantity = quantity + 1, batch_number = id');
      await page.locator('.toast').first().waitFor();
      const style = await page
        .locator('.changed')
        .first()
        .evaluate((light) => {
          const { animationTimingFunction, opacity } = getComputedStyle(light);
          return [animationTimingFunction, opacity];
        });
      assert.deepEqual(style, ['steps(1)', '1'], 'a light that does not fade');
      await cell(page, 1).click();
      await assertAccessible(page, `${colorScheme}, with toasts, changed cells and an editor`);
      await page.keyboard.press('Escape');
      await page.waitForFunction(() => document.activeElement?.className === 'quantity');
      await page.getByLabel('Find in the inventory').fill('nothing like that');
      await assertAccessible(page, `${colorScheme}, nothing found`);
    }
  },
};

let failed = false;
try {
  await CASES[name]();
} catch (error) {
  failed = true;
  console.error(error);
  for (const context of browser.contexts()) {
    for (const page of context.pages()) {
      console.error(`--- ${page.url()}\n${await page.locator('body').innerText()}`);
    }
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
