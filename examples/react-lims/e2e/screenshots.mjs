// Pictures of the page in its states, to be looked at: node e2e/screenshots.mjs URL DIRECTORY
// against a server that was started with --demo --web-dir dist.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open, signIn, startBrowser } from './browser.mjs';

// not localhost, where socket.io-client takes no notice of a page that goes offline
const [url = 'http://127.0.0.1:8001', directory = 'screenshots'] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
const browser = await startBrowser();

async function shoot(page, name) {
  await page.screenshot({ path: join(directory, `${name}.png`) });
  console.log(name);
}

function authorized() {
  return { headers: { Authorization: `Bearer ${ada}` } };
}

async function put(token, id, quantity) {
  const response = await fetch(`${url}/api/inventory/items/${id}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ quantity }),
  });
  if (!response.ok) {
    throw new Error(await response.text());
  }
}

async function tokenOf(username, password) {
  const body = new URLSearchParams({ username, password });
  return (await (await fetch(`${url}/api/token`, { method: 'POST', body })).json()).access_token;
}

await fetch(`${url}/api/register`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ email: 'ada@example.org', username: 'ada', full_name: 'Ada Byron', password: 'analytical' }),
});
const ada = await tokenOf('ada', 'analytical');
const amount = () => 100 + Math.floor(Math.random() * 900);

for (const colorScheme of ['light', 'dark']) {
  const door = await open(browser, url, { colorScheme });
  await shoot(door, `${colorScheme}-sign-in`);
  await signIn(door, 'admin', 'wrong');
  await door.getByText('Incorrect username or password').waitFor();
  await shoot(door, `${colorScheme}-wrong-password`);

  const page = await open(browser, url, { colorScheme });
  await signIn(page, 'admin', 'password');
  await page.locator('tbody tr[data-id]').first().waitFor();
  await page.getByRole('switch', { name: /Users/ }).check();
  await shoot(page, `${colorScheme}-quiet`);
  await put(ada, 2, amount());
  await put(ada, 5, amount());
  await page.locator('.toast').nth(1).waitFor();
  await page.waitForTimeout(350);
  await shoot(page, `${colorScheme}-live`);
  await page.getByRole('button', { name: /Glucose.*Change/ }).click();
  await page.getByLabel(/Quantity of Glucose/).fill('-1');
  await put(ada, 8, amount());
  await page.getByText(/Changed meanwhile/).waitFor();
  await shoot(page, `${colorScheme}-edit`);
  await page.keyboard.press('Escape');
  for (let i = 0; i < 60; i++) {
    await put(ada, 1 + (i % 8), amount());
  }
  await page.waitForTimeout(100);
  await shoot(page, `${colorScheme}-busy`);
  await page.getByLabel('Find in the inventory').fill('unobtainium');
  await shoot(page, `${colorScheme}-no-match`);
  await page.getByLabel('Find in the inventory').fill('');
  await page.context().setOffline(true);
  await page.getByText('The connection is lost').waitFor();
  await shoot(page, `${colorScheme}-disconnected`);
  await page.context().setOffline(false);
  await page.getByText('The connection is lost').waitFor({ state: 'detached' });
  await page.getByRole('switch', { name: /Inventory/ }).uncheck();
  await page.setViewportSize({ width: 820, height: 1180 });
  await put(ada, 4, amount());
  await shoot(page, `${colorScheme}-tablet-off`);
  await page.getByRole('switch', { name: /Inventory/ }).check();
  await page.waitForTimeout(400);
  await shoot(page, `${colorScheme}-tablet`);
  await page.setViewportSize({ width: 390, height: 844 });
  await shoot(page, `${colorScheme}-phone`);

  const waiting = await open(browser, url, { colorScheme });
  await waiting.routeWebSocket(/socket\.io/, () => {});
  await waiting.reload(); // pages are routed from their start only
  await signIn(waiting, 'admin', 'password');
  await waiting.getByText('Connecting…').waitFor();
  await shoot(waiting, `${colorScheme}-waiting`);
}
const items = await (await fetch(`${url}/api/inventory/items?limit=1000`, authorized())).json();
const page = await open(browser, url);
await signIn(page, 'admin', 'password');
await page.locator('tbody tr[data-id]').first().waitFor();
for (const { id } of items) {
  await fetch(`${url}/api/inventory/items/${id}`, { ...authorized(), method: 'DELETE' });
}
await page.getByText('Nothing is in stock').waitFor();
await shoot(page, 'light-empty');
await browser.close();
