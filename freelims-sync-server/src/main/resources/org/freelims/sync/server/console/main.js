// Puts the console together: the door, then figures every second, tables every three, and live notifications.
import { byId, milliseconds, say } from './dom.js';
import { Figures } from './figures.js';
import { Notifications } from './notifications.js';
import { ask, signIn, SignInNeeded, signOut, token } from './session.js';
import { Sync } from './sync.js';
import { showTables } from './tables.js';
import { startTheme } from './theme.js';

const FIGURES_MS = 1_000;
const TABLES_MS = 3_000;
const STATES = {
  live: ['Live', 'badge'],
  connecting: ['Connecting…', 'badge warn'],
  refused: ['Not connected', 'badge bad'],
  unreached: ['Out of reach', 'badge bad'],
};

const figures = new Figures();
const notifications = new Notifications();
let running;

function door(problem = '') {
  running?.stop();
  running = undefined;
  signOut();
  byId('console').hidden = true;
  byId('door').hidden = false;
  say('sign-in-problem', problem);
  byId('username').focus();
}

/** One visit, from sign-in to sign-out. */
class Visit {
  #stopped = false;
  #sync;
  #reached = true;
  #connection = 'connecting';

  constructor() {
    byId('door').hidden = true;
    byId('console').hidden = false;
    this.#sync = new Sync(token(), {
      onNotification: (message) => notifications.add(message),
      onState: (state) => this.#state(state),
      onSignedOut: () => door('Your sign-in has ended.'),
    });
    this.#repeat(FIGURES_MS, () => this.#askFigures());
    this.#repeat(TABLES_MS, async () => showTables(await ask('lists')));
  }

  stop() {
    this.#stopped = true;
    this.#sync.stop();
    notifications.reset();
  }

  async #repeat(everyMs, work) {
    while (!this.#stopped) {
      try {
        await work();
      } catch (error) {
        if (this.#stopped) {
          return;
        }
        if (error instanceof SignInNeeded) {
          door(error.message);
          return;
        }
      }
      await new Promise((done) => setTimeout(done, everyMs));
    }
  }

  async #askFigures() {
    try {
      const now = await ask('figures');
      if (!this.#stopped) {
        this.#reached = true;
        figures.show(now);
      }
    } catch (error) {
      if (!(error instanceof SignInNeeded)) {
        this.#reached = false;
        figures.show();
      }
      throw error;
    } finally {
      this.#showTrouble();
    }
  }

  #state(state) {
    this.#connection = state;
    this.#showTrouble();
  }

  #showTrouble() {
    const [text, classes] = STATES[this.#reached ? this.#connection : 'unreached'];
    byId('state').textContent = text;
    byId('state').className = classes;
    if (!this.#reached) {
      say('trouble', 'The server can’t be reached. What is shown is from before; this page tries again by itself.');
    } else if (this.#connection === 'refused') {
      say(
        'trouble',
        'The server lets this page in, but not its live connection. If you reach the server by a name, start it with --server-name and that name.',
      );
    } else {
      say('trouble', '');
    }
  }
}

async function enter() {
  try {
    await ask('figures');
  } catch (error) {
    door(error.message);
    return;
  }
  running = new Visit();
}

byId('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  say('sign-in-problem', '');
  try {
    await signIn(byId('username').value, byId('password').value);
    byId('password').value = '';
  } catch (error) {
    const unreachable = !(error instanceof SignInNeeded);
    say('sign-in-problem', unreachable ? 'The server can’t be reached.' : error.message);
    return;
  }
  byId('who').textContent = byId('username').value;
  sessionStorage.setItem('freelims-sync-console-who', byId('username').value);
  await enter();
});

byId('sign-out').addEventListener('click', () => door());

byId('test').addEventListener('click', async () => {
  const button = byId('test');
  button.disabled = true;
  try {
    const { ms } = await ask('test', 'POST');
    button.textContent = `Came back after ${milliseconds(ms)}`;
  } catch (error) {
    button.textContent = error instanceof SignInNeeded ? error.message : `In vain: ${error.message}`;
  }
  setTimeout(() => {
    button.disabled = false;
    button.textContent = 'Send a test notification';
  }, 3000);
});

startTheme();
byId('who').textContent = sessionStorage.getItem('freelims-sync-console-who') ?? '';
if (token()) {
  await enter();
} else {
  door();
}
