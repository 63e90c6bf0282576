// What is tried in VS Code, each in a fresh one.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// What the scripted model says: a line at a time, and after the fourth it waits until the test lets it go on.
const STREAMED = Array.from({ length: 8 }, (_, index) => `Line ${index + 1} of what the model says.`);
const [BEFORE_WAIT, LAST] = [STREAMED[2], STREAMED[7]];
const STREAMING = { script: { replies: [{ text: STREAMED.join('\n'), rate: 20.0, delta_chars: 31, hold: [4, 'go'] }] } };

const BODY = 'Result<f64, ShapeError> {\n    shape.size(7).ok_or(ShapeError::Empty)\n}';
const GROWING = { script: { replies: [{ text: BODY, rate: 20.0, delta_chars: 6, hold: [7, 'go'] }] } };

const MARGIN = 'pub fn checked_margin(shape: &Shape) -> ';

// The port of the discard service, at which nobody listens.
const NOBODY = { env: { FIRESTEEL_MODEL_URL: 'ws://127.0.0.1:9/v1', FIRESTEEL_MODEL_KEY: 'none', FIRESTEEL_MODEL_NAME: 'scripted-model' } };

/** The lines that were not there before; every other line must be as it was. */
function added(before, after) {
  const rest = before.split('\n');
  const lines = after.split('\n').filter((line) => line !== rest[0] || rest.shift() === undefined);
  assert.deepEqual(rest, [], `the rest of the file changed:\n${after}`);
  return lines;
}

export const scenarios = [];

function scenario(name, file, run, options) {
  scenarios.push({ name, file, run, options });
}

scenario('ghost text in a Rust file is accepted by Tab', 'src/lib.rs', async (editor) => {
  await editor.press('Control+End');
  const ghost = await editor.typeForGhost(`${MARGIN}R`, /^esult/);
  await editor.screenshot('rust');
  await editor.type('es');
  await editor.waitGhost(/^ult/);
  await editor.press('Tab');
  await editor.wait('the accepted text', async () => (await editor.saved()).includes(`${MARGIN}R${ghost}`));
});

scenario('ghost text in a Python file is accepted by word', 'report.py', async (editor) => {
  await editor.press('Control+End');
  await editor.typeForGhost('def read_dates(path):\nwith open(path) as file:\nrows =', /^ list/);
  await editor.press('Control+ArrowRight');
  await editor.wait('the word', async () => /rows = list/.test(await editor.saved()));
});

scenario('ghost text of several lines grows while it streams', 'src/lib.rs', async (editor) => {
  const below = 'pub fn parse';
  await editor.goTo(editor.lineOf(below));
  await editor.press('Control+Shift+Enter');
  await editor.watchFrames(below);
  await editor.insert(MARGIN);
  const first = await editor.waitGhost(/^Result/);
  assert.ok(!first.includes('Empty)'), `it came in one piece: ${first}`);
  editor.goOn();
  await editor.waitGhost(/ok_or\(ShapeError::Empty\)/);
  const seen = (await editor.frames()).slice((await editor.frames()).findIndex((frame) => frame.ghost));
  assert.ok(seen.every((frame) => frame.ghost), 'ghost text vanishes while it grows');
  const tops = seen.map((frame) => frame.top).filter((top) => top !== undefined);
  assert.ok(tops.every((top, index) => index === 0 || top >= tops[index - 1]), `the code below jumps: ${[...new Set(tops)]}`);
  await editor.screenshot('ghost');
  await editor.press('Tab');
  await editor.wait('the accepted lines', async () => (await editor.saved()).includes(`${MARGIN}${BODY}`));
}, GROWING);

// What fits at the mark of each of these texts; Vue is a language that this VS Code does not know.
const FITTING = 'totalOf(rows)';
const MARKED = {
  'Sums.java': 'class Sums {\n    int sum(int[] rows) {\n        return ^;\n    }\n}\n',
  'sums.cpp': 'int sum(const Rows& rows) {\n    return ^;\n}\n',
  'Sums.vue': '<script>\nexport default { sum: (rows) => ^ }\n</script>\n',
  'sums.yaml': 'sums:\n  first: ^\n',
  'sums.md': '# Sums\n\nThe sum is ^\n',
};
const UNMARKED = Object.entries(MARKED).map(([name, text]) => [name, text.replace(' ^', '')]);
const IN_EVERY_KIND = { script: { replies: [{ text: FITTING }] }, files: Object.fromEntries(UNMARKED) };

scenario('ghost text comes in files of every language, known to VS Code or not, and is accepted', 'report.py', async (editor) => {
  for (const [name, text] of Object.entries(MARKED)) {
    await editor.show(name);
    const before = text.split(' ^')[0].split('\n');
    await editor.goTo(`${before.length}:${before.at(-1).length + 1}`);
    await editor.type(' ');
    await editor.waitGhost(/^totalOf\(rows\)/);
    await editor.press('Tab');
    const saved = await editor.saved();
    assert.equal(saved, text.replace('^', FITTING), name);
  }
}, IN_EVERY_KIND);

scenario('ghost text comes in an untitled text, and is accepted', 'report.py', async (editor) => {
  await editor.command('New Untitled Text File', 'File');
  await editor.page.waitForSelector('.tab.active:has-text("Untitled-1")');
  await editor.typeForGhost('sum = ', /^totalOf\(rows\)/);
  await editor.press('Tab');
  await editor.page.waitForSelector(`.editor-instance .view-line:has-text("sum = ${FITTING}")`);
}, IN_EVERY_KIND);

const NOTEBOOK = {
  cells: ['rows = load()', 'print(rows)'].map((source) => (
    { cell_type: 'code', source, metadata: {}, outputs: [], execution_count: null }
  )),
  metadata: { language_info: { name: 'python' } },
  nbformat: 4,
  nbformat_minor: 5,
};

scenario('ghost text comes in a cell of a notebook, and is accepted', 'report.py', async (editor) => {
  await editor.show('sums.ipynb');
  await editor.page.locator('.notebook-editor .cell .view-lines').first().click();
  await editor.press('Control+End');
  await editor.type('\nsum = ');
  await editor.waitGhost(/^totalOf\(rows\)/);
  await editor.screenshot('notebook');
  await editor.press('Tab');
  const [first, second] = JSON.parse(await editor.saved()).cells;
  assert.equal([first.source].flat().join(''), `rows = load()\nsum = ${FITTING}`);
  assert.equal([second.source].flat().join(''), 'print(rows)');
}, { ...IN_EVERY_KIND, files: { 'sums.ipynb': JSON.stringify(NOTEBOOK) } });

const CRLF = { 'src/lib.rs': readFileSync(join(process.env.FIRESTEEL_WORKSPACE, 'src/lib.rs'), 'utf8').replaceAll('\n', '\r\n') };

scenario('a file with CRLF keeps its line ends through ghost text and a streamed edit', 'src/lib.rs', async (editor) => {
  const before = await editor.saved();
  await editor.press('Control+End');
  await editor.insert(MARGIN);
  await editor.waitGhost(/ok_or\(ShapeError::Empty\)/);
  await editor.press('Tab');
  await editor.goTo(`${editor.lineOf('fn parse')}:9`);
  await editor.act('Document this');
  const after = await editor.wait('the last line', async () => {
    const text = await editor.saved();
    return text.includes(LAST) && text;
  });
  const parse = 'pub fn parse';
  const comment = STREAMED.map((line) => `/// ${line}\r\n`).join('');
  assert.equal(after, before.replace(parse, comment + parse) + (MARGIN + BODY).replaceAll('\n', '\r\n'));
}, { script: { replies: [{ text: BODY }, { text: STREAMED.join('\n'), rate: 20.0, delta_chars: 31 }] }, files: CRLF });

scenario('a code action of the embedded engine lands whole', 'src/lib.rs', async (editor) => {
  const before = await editor.saved();
  await editor.goTo(`${editor.lineOf('fn parse')}:9`);
  await editor.act('Document this');
  const after = await editor.wait('the comment', async () => {
    const text = await editor.saved();
    return text.includes('/// TODO: what `parse` is for.') && text;
  });
  assert.ok(added(before, after).every((line) => line.startsWith('///')));
});

scenario('a code action streams while the user types', 'src/lib.rs', async (editor) => {
  const before = await editor.saved();
  await editor.goTo(`${editor.lineOf('fn parse')}:9`);
  await editor.act('Document this');
  await editor.page.waitForSelector(`.view-line:has-text("${BEFORE_WAIT}")`);
  assert.equal(await editor.page.locator('.view-line', { hasText: LAST }).count(), 0, 'the model did not wait');
  await editor.goTo(editor.lineOf('fn checked_depth'));
  await editor.type('fn meanwhile() {}\n');
  await editor.screenshot('stream');
  editor.goOn();
  const after = await editor.wait('the last line', async () => {
    const text = await editor.saved();
    return text.includes(LAST) && text;
  });
  const lines = added(before, after);
  assert.deepEqual(lines, ['fn meanwhile() {}', ...STREAMED.map((line) => `/// ${line}`)]);
}, STREAMING);

scenario('an edit is cancelled by its key, and what had landed stays', 'src/lib.rs', async (editor) => {
  await editor.goTo(`${editor.lineOf('fn parse')}:9`);
  await editor.act('Document this');
  await editor.page.waitForSelector(`.view-line:has-text("${BEFORE_WAIT}")`);
  await editor.press('Shift+Alt+Backspace');
  await editor.wait('the end of the progress', async () => {
    return (await editor.page.locator('.notification-toast, .statusbar-item', { hasText: 'Firesteel: document' }).count()) === 0;
  });
  const after = await editor.saved();
  assert.ok(after.includes(BEFORE_WAIT) && !after.includes(LAST), after);
}, STREAMING);

const OLD = 'def total(rows, currency="EUR"):\n    if not rows:\n        raise ValueError("no rows")\n    return f"{sum(rows)} {currency}"';
const PLAIN = 'def total(rows):\n    return sum(rows)';
// It stops in its last line until it is told otherwise.
const HELD = { text: OLD.replace('\n', '\n    checked = True\n'), rate: 20.0, delta_chars: 20, hold: [6, 'go'] };

scenario('an instruction is typed into its box and carried out, and the edit is reverted', 'report.py', async (editor) => {
  const before = await editor.saved();
  await editor.goTo(`${editor.lineOf('def total')}:6`);
  await editor.press('Shift+Alt+E');
  await editor.answer('What is to be done here?', 'Make it plain');
  await editor.wait('the plain function', async () => (await editor.saved()) === before.replace(OLD, PLAIN));
  await editor.command('Revert last edit');
  await editor.wait('the text as it was', async () => (await editor.saved()) === before);
}, { script: { replies: [{ text: PLAIN }] } });

scenario('an edit under way is redirected from the palette', 'report.py', async (editor) => {
  const before = await editor.saved();
  await editor.goTo(`${editor.lineOf('def total')}:6`);
  await editor.press('Shift+Alt+E');
  await editor.answer('What is to be done here?', 'Note that it is checked');
  await editor.page.waitForSelector('.view-line:has-text("checked = True")');
  await editor.command('Redirect the edit');
  await editor.answer('What is to be done instead?', 'Revert that and make it plain');
  await editor.wait('the plain function', async () => (await editor.saved()) === before.replace(OLD, PLAIN));
}, { script: { replies: [HELD, { text: PLAIN }] } });

scenario('an explanation opens beside the code, and what is typed goes into the code', 'report.py', async (editor) => {
  await editor.goTo(editor.lineOf('def total'));
  await editor.act('Explain');
  await editor.page.waitForSelector('.tab:has-text("Explain")');
  await editor.insert('x = 1\n');
  await editor.wait('the line in the code', async () => (await editor.saved()).includes('x = 1\ndef total'));
}, { script: { replies: [{ text: 'It adds up.' }] } });

scenario('a rename goes on at its next places by one key', 'report.py', async (editor) => {
  const line = editor.lineOf('def total');
  await editor.goTo(`${line}:11`);
  await editor.press('Control+Shift+ArrowRight');
  await editor.type('items');
  for (const place of ['if not items:', 'sum(items)']) {
    await editor.press('Shift+Alt+N');
    await editor.page.waitForSelector(`.view-line:has-text("${place}")`);
  }
  assert.match(await editor.saved(), /def total\(items, currency.*\n +if not items:\n.*\n.*sum\(items\)/);
});

scenario('hover shows the signature', 'src/lib.rs', async (editor) => {
  await editor.goTo(`${editor.lineOf('fn checked_width')}:9`);
  const hover = editor.page.locator('.monaco-hover:visible', { hasText: 'pub fn checked_width(shape: &Shape)' });
  await editor.wait('the hover', async () => {
    await editor.press('Control+K');
    await editor.press('Control+I');
    return hover.first().waitFor({ timeout: 2000 }).then(() => true, () => false);
  });
  await editor.screenshot('hover');
});

scenario('the status bar says that the embedded engine answers', 'src/lib.rs', async (editor) => {
  await editor.status(/Firesteel: local/);
});

scenario('the status bar shows a model that cannot be reached', 'src/lib.rs', async (editor) => {
  await editor.press('Control+End');
  await editor.type(MARGIN);
  await editor.wait('the warning', () => editor.page.locator('.statusbar-item.warning-kind', { hasText: 'Firesteel' }).count());
}, NOBODY);

// A model that says how much of its quota is used, and then that all of it is.
const SPENT = { type: 'error', status: 429, error: { code: 'usage_limit_reached', message: 'later' } };
const METERED = {
  script: {
    otherwise: { upgrade_headers: [['x-codex-primary-used-percent', '12']] },
    replies: [{ text: 'Result<f64, ShapeError> {' }, { end: { error: SPENT } }],
  },
};

scenario('the status bar tells of the quota', 'src/lib.rs', async (editor) => {
  await editor.tooltip(/12 % of the quota is used/);
  await editor.press('Control+End');
  await editor.typeForGhost(MARGIN, /^Result/);
  // What is typed against the ghost text is asked for anew.
  await editor.type('zzz qqq');
  await editor.tooltip(/The quota is used up/);
}, METERED);

scenario('the status bar tells why nothing is suggested', 'report.py', async (editor) => {
  await editor.press('Control+End');
  await editor.type('zzz qqq');
  await editor.tooltip(/No suggestion: /);
});

scenario('suggestion statistics are shown', 'src/lib.rs', async (editor) => {
  await editor.press('Control+End');
  await editor.typeForGhost(`${MARGIN}R`, /^esult/);
  await editor.press('Tab');
  await editor.wait('the accepted text', async () => (await editor.saved()).includes(`${MARGIN}Result`));
  await editor.command('Show suggestion statistics');
  await editor.page.waitForSelector('.notifications-toasts :text("1 accepted,")');
});

scenario('the menu opens from the status bar and explains silence', 'report.py', async (editor) => {
  await editor.press('Control+End');
  await editor.type('zzz qqq');
  await editor.page.locator('.statusbar-item', { hasText: 'Firesteel' }).first().click();
  await editor.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Why no suggestion?' }).click();
  await editor.page.waitForSelector('.notifications-toasts :text("Firesteel:")');
});

const TRIED = { script: { replies: [{ text: '1' }, { text: '1' }, { text: '1' }] } };

scenario('the walkthrough tests the model by a button, and says which text came', 'src/lib.rs', async (editor) => {
  await editor.command('Open Walkthrough...', 'Welcome');
  await editor.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Firesteel' }).first().click();
  await editor.page.waitForSelector(':text("Choose a model")');
  await editor.screenshot('walkthrough');
  await editor.page.locator('.monaco-button', { hasText: 'Test the model' }).first().click();
  let told;
  await editor.wait('the outcome', async () => {
    told = (await editor.notifications()).find((text) => /scripted-model.*\bms\b/s.test(text));
    return told;
  });
  return told;
}, TRIED);

scenario('the walkthrough opens a sample, and the next key has a suggestion there', 'src/lib.rs', async (editor) => {
  await editor.command('Open Walkthrough...', 'Welcome');
  await editor.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Firesteel' }).first().click();
  await editor.page.locator('.getting-started-step', { hasText: 'Type' }).first().click();
  await editor.page.locator('.monaco-button', { hasText: 'Try it in a sample' }).first().click();
  await editor.page.waitForSelector('.tab.active:has-text("Untitled")');
  await editor.typeForGhost(' ', /text\.strip\(\)/);
  await editor.screenshot('sample');
});

scenario('without a model an edit is not asked for, but a model is offered', 'report.py', async (editor) => {
  await editor.press('Shift+Alt+E');
  await editor.wait('the offer', async () => (await editor.notifications()).some((text) => /needs a model/.test(text)));
  assert.equal(await editor.page.locator('.quick-input-widget:visible').count(), 0, 'an instruction is asked for');
  assert.ok(await editor.page.locator('.notifications-center .monaco-button', { hasText: 'Set Up a Model' }).count());
});

scenario('a model is chosen in the picker', 'src/lib.rs', async (editor) => {
  await editor.command('Switch model');
  await editor.page.waitForSelector('.quick-input-list .monaco-list-row:has-text("scripted-model")');
  await editor.screenshot('picker');
}, TRIED);

const HOST = { host: fileURLToPath(new URL('host/index.js', import.meta.url)) };

scenario('in the extension host: commands, settings, secrets, providers and restarts', 'src/lib.rs', async (editor) => {
  const code = await editor.ended;
  const passed = editor.log.filter((line) => line.startsWith('pass ')).join('\n');
  // What failed is said last, after all that VS Code itself has to say.
  assert.equal(code, 0, `${passed}\n${editor.log.at(-1)}`);
  return passed;
}, HOST);

// Without this variable the server is the one inside the .vsix, unless a setting names another.
const BUNDLED = { env: { FIRESTEEL_SERVER_PATH: '' } };

scenario('the server inside the .vsix is started', 'src/lib.rs', async (editor) => {
  await editor.status(/Firesteel: local/);
  await editor.press('Control+End');
  await editor.typeForGhost(`${MARGIN}R`, /^esult/);
}, BUNDLED);

// A program, but another one.
const OF_THE_WORKSPACE = { ...BUNDLED, settings: { 'firesteel.serverPath': '/bin/echo' } };

scenario('a trusted workspace chooses the server; what is none is said with a way out, everywhere, until it is mended', 'src/lib.rs', async (editor) => {
  await editor.wait('the error', () => editor.page.locator('.statusbar-item.error-kind', { hasText: 'Firesteel' }).count());
  const told = (await editor.notifications()).filter((text) => text.startsWith('Firesteel'));
  assert.equal(told.length, 1, JSON.stringify(told));
  assert.match(told[0], /^Firesteel: \/bin\/echo is not Firesteel/);
  for (const way of ['Choose…', 'Install…', 'Open Log']) {
    assert.ok(await editor.page.locator('.notifications-center .monaco-button', { hasText: way }).count(), `there is no “${way}”`);
  }
  await editor.screenshot('no-server');
  await editor.press('Escape');
  await editor.command('Why no suggestion?');
  await editor.wait('the same reason', async () => (await editor.notifications()).some((text) => /no suggestion, since \/bin\/echo/.test(text)));
  editor.set({});
  await editor.status(/Firesteel: local/);
  assert.equal(await editor.page.locator('.statusbar-item.error-kind', { hasText: 'Firesteel' }).count(), 0);
}, OF_THE_WORKSPACE);

scenario('a server that is nowhere is said to be', 'src/lib.rs', async (editor) => {
  await editor.wait('the error', () => editor.page.locator('.statusbar-item.error-kind', { hasText: 'Firesteel' }).count());
  const told = (await editor.notifications()).find((text) => text.startsWith('Firesteel'));
  assert.match(told, /firesteel\.serverPath names \/nowhere\/firesteel, which is no program/);
}, { ...BUNDLED, settings: { 'firesteel.serverPath': '/nowhere/firesteel' } });

scenario('a server that ends by itself comes back, and the red goes', 'src/lib.rs', async (editor) => {
  await editor.status(/Firesteel: local/);
  editor.killServer();
  await editor.wait('no error', async () => {
    const [items, errors] = [editor.page.locator('.statusbar-item', { hasText: 'Firesteel: local' }), editor.page.locator('.statusbar-item.error-kind', { hasText: 'Firesteel' })];
    return (await items.count()) && !(await errors.count()) && editor.serverRuns();
  });
  await editor.press('Control+End');
  await editor.typeForGhost(`${MARGIN}R`, /^esult/);
});

scenario('a workspace that is not trusted does not choose the server', 'src/lib.rs', async (editor) => {
  await editor.page.waitForSelector('.statusbar-item:has-text("Restricted Mode")');
  await editor.status(/Firesteel: local/);
}, { ...OF_THE_WORKSPACE, untrusted: true });
