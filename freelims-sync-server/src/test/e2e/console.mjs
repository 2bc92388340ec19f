// The console in Chromium against a real server: node console.mjs CASE URL [DIRECTORY]
//
// Who runs this script plays the administrator: it reads orders from standard output, one JSON object a line, and answers
// each with a line on standard input. The server has the accounts grace, an administrator, and ada, who is none.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const PASSWORD = 'analytical';
const [name, url, directory] = process.argv.slice(2);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
const complaints = [];

/** `stop`, `start`: the server; `sql`: runs statements; `flow`, `ebb`: 10,000 changes a minute begin, end. */
async function order(what, argument = '') {
  console.log(JSON.stringify({ order: what, argument }));
  return (await answers.next()).value;
}

async function opened(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, ...options });
  const page = await context.newPage();
  page.on('request', (request) => {
    const to = new URL(request.url());
    if (to.host !== new URL(url).host) {
      complaints.push(`asked ${to.host}`);
    }
  });
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML|^Refused to/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${url}/console`);
  return page;
}

async function signIn(page, username = 'grace', password = PASSWORD) {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function inside(options) {
  const page = await opened(options);
  await signIn(page);
  await page.locator('#state', { hasText: 'Live' }).waitFor();
  await page.locator('#capture tbody tr').nth(6).waitFor();
  return page;
}

const rows = (page) => page.locator('#notifications tr:not(:has(.empty))');
const tile = (page, title) => page.locator('.tile', { has: page.locator('dt', { hasText: title }) });

async function assertAccessible(page, when) {
  // axe makes elements of its own from text, so it is run where the page's policy is not
  const { violations } = await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8') + '; axe.run()');
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`),
  );
  assert.deepEqual(found, [], `not accessible, ${when}`);
}

async function shoot(page, picture) {
  if (directory) {
    mkdirSync(directory, { recursive: true });
    await page.screenshot({ path: join(directory, `${picture}.png`), fullPage: true });
  }
}

const CASES = {
  async door() {
    const page = await opened();
    await signIn(page, 'grace', 'difference');
    await page.getByRole('alert').getByText('Incorrect username or password').waitFor();
    await signIn(page, 'ada');
    await page.getByText('not an administrator’s').waitFor();
    assert.equal(await page.locator('#console').isVisible(), false);
    await signIn(page);
    await page.locator('#state', { hasText: 'Live' }).waitFor();
    await page.reload();
    await page.locator('#state', { hasText: 'Live' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('User name').waitFor();
    await page.reload();
    await page.getByLabel('User name').waitFor();
  },

  async change() {
    const page = await inside();
    await page.getByText('Nothing has changed since').waitFor();
    await order('sql', "INSERT INTO locations (name) VALUES ('<img src=x onerror=alert(1)><b>Cold</b>')");
    const row = rows(page).first();
    await row.getByText('locations').waitFor();
    assert.match(await row.innerText(), /<img src=x onerror=alert\(1\)><b>Cold<\/b>/, 'text stays text');
    assert.equal(await page.locator('#notifications img, #notifications b').count(), 0);
    await row.click();
    await page.locator('tr.open').getByText('"description": null').waitFor();
    await page.locator('#connections td', { hasText: 'user:' }).first().waitFor();
    await page.locator('#feeds td.expression', { hasText: '*' }).first().waitFor();
    await page.locator('#capture tr', { hasText: 'locations' }).getByText('✓ captured').waitFor();
    await order('sql', 'ALTER TABLE samples DISABLE TRIGGER "0_freelims_sync"');
    await page.locator('#capture tr', { hasText: 'samples' }).getByText('✗ trigger off').waitFor();
    await order('sql', 'ALTER TABLE samples ENABLE ALWAYS TRIGGER "0_freelims_sync"');
  },

  async test() {
    const page = await inside();
    await page.getByRole('button', { name: 'Send a test notification' }).click();
    await page.getByRole('button', { name: /Came back after [0-9.]+ ms/ }).waitFor();
    await rows(page).first().getByText('A test from the console').waitFor();
  },

  async filter() {
    const page = await inside();
    await order('sql', "INSERT INTO locations (name) VALUES ('Cold room'), ('Hood'); UPDATE locations SET description = 'swept' WHERE name = 'Hood'");
    await rows(page).nth(2).waitFor();
    await page.getByLabel('Filter').fill('cold');
    assert.deepEqual(await rows(page).locator('td:nth-child(2)').allInnerTexts(), ['create']);
    await page.getByLabel('Filter').fill('');
    await page.getByLabel('Action').selectOption('update');
    assert.equal(await rows(page).count(), 1);
    await page.getByLabel('Action').selectOption('');
    await page.getByRole('button', { name: 'Pause' }).click();
    await order('sql', "INSERT INTO locations (name) VALUES ('Cellar')");
    await page.getByText('Paused: 1 came meanwhile').waitFor();
    assert.equal(await page.getByText('Cellar').count(), 0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await rows(page).first().getByText('Cellar').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('Nothing has changed since').waitFor();
  },

  async restart() {
    const page = await inside();
    await order('sql', "INSERT INTO locations (name) VALUES ('Before')");
    await rows(page).first().getByText('Before').waitFor();
    await order('stop');
    await page.getByText('The server can’t be reached').waitFor();
    assert.notEqual(await page.locator('#state').innerText(), 'Live');
    await order('sql', "INSERT INTO locations (name) VALUES ('Meanwhile')");
    await order('start');
    await page.locator('#state', { hasText: 'Live' }).waitFor();
    await rows(page).first().getByText('Meanwhile').waitFor();
    assert.equal(await rows(page).count(), 2, 'resumed: nothing lost, nothing twice');
    await page.locator('#trouble').waitFor({ state: 'hidden' });
  },

  async ended() {
    const page = await inside();
    await order('sql', "UPDATE users SET is_admin = false WHERE username = 'grace'");
    await page.getByText('not an administrator’s').waitFor();
    assert.equal(await page.locator('#console').isVisible(), false);
    await order('sql', "UPDATE users SET is_admin = true WHERE username = 'grace'");
  },

  /** In both themes: the door, empty, 10,000 notifications a minute, disconnected; and on a tablet. */
  async states() {
    for (const colorScheme of ['light', 'dark']) {
      const door = await opened({ colorScheme, bypassCSP: true });
      await signIn(door, 'grace', 'difference');
      await door.getByText('Incorrect username or password').waitFor();
      await assertAccessible(door, `${colorScheme}, door`);
      await shoot(door, `${colorScheme}-door`);
      const page = await inside({ colorScheme, bypassCSP: true });
      await assertAccessible(page, `${colorScheme}, empty`);
      await shoot(page, `${colorScheme}-empty`);

      await order('flow');
      await page.waitForFunction(() => Number(document.querySelector('#note').textContent.replaceAll(',', '').match(/^\d+/)?.[0]) > 1200);
      const began = Date.now();
      const heard = async () => Number((await page.locator('#note').innerText()).replaceAll(',', '').match(/^\d+/)[0]);
      const first = await heard();
      await page.waitForTimeout(6000);
      const perMinute = ((await heard()) - first) * 60000 / (Date.now() - began);
      console.log(`${colorScheme}: ${Math.round(perMinute)} notifications a minute shown`);
      assert.ok(perMinute > 5000, `${perMinute} a minute`);
      const answered = Date.now();
      await page.getByLabel('Filter').fill('batch');
      await page.getByLabel('Filter').fill('');
      assert.ok(Date.now() - answered < 3000, 'the page answers while busy');
      assert.ok((await rows(page).count()) <= 100);
      await shoot(page, `${colorScheme}-busy`);
      await page.getByRole('button', { name: 'Pause' }).click();
      await rows(page).first().click();
      await assertAccessible(page, `${colorScheme}, busy, paused, one open`);
      await page.setViewportSize({ width: 820, height: 1180 });
      await page.getByRole('button', { name: 'Go on' }).click();
      await shoot(page, `${colorScheme}-tablet`);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(wider, false, 'nothing sticks out on a tablet');
      await page.setViewportSize({ width: 1280, height: 1000 });
      await order('ebb');

      await page.context().setOffline(true);
      await page.getByText('The server can’t be reached').waitFor();
      await assertAccessible(page, `${colorScheme}, disconnected`);
      await shoot(page, `${colorScheme}-disconnected`);
      await page.context().close();
    }
    const page = await inside({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(16, 23, 26)');
  },
};

let failed = false;
try {
  await CASES[name]();
  assert.deepEqual(complaints, []);
} catch (error) {
  failed = true;
  console.error(error, complaints);
  for (const context of browser.contexts()) {
    for (const page of context.pages()) {
      console.error(`--- ${page.url()}\n${(await page.locator('body').innerText()).slice(0, 3000)}`);
    }
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
