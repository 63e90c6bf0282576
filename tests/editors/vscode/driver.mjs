// Runs the scenarios in a real VS Code: driver.mjs RESULTS [PATTERN].
// Each is said on a line of its own, and added to RESULTS as `pass …` or `fail …`.

import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Editor } from './editor.mjs';
import { scenarios } from './scenarios.mjs';

const [results, pattern = ''] = process.argv.slice(2);
const product = join(process.env.FIRESTEEL_VSCODE, 'code-server/lib/vscode/product.json');
const { version } = JSON.parse(readFileSync(product, 'utf8'));

async function run({ name, file, options, run }) {
  let editor;
  try {
    editor = await Editor.open(file, options);
    const said = await run(editor);
    await editor.screenshot(name.replaceAll(/\W+/g, '-'));
    return { verdict: 'pass', said };
  } catch (error) {
    await editor?.screenshot(`failed-${name.replaceAll(/\W+/g, '-')}`).catch(() => undefined);
    const told = await editor?.notifications().catch(() => []);
    return { verdict: 'fail', said: `${error.stack}\nnotifications: ${JSON.stringify(told)}` };
  } finally {
    await editor?.close();
  }
}

for (const scenario of scenarios) {
  const name = `vscode ${version}: ${scenario.name}`;
  if (!new RegExp(pattern).test(name)) continue;
  const start = Date.now();
  const { verdict, said } = await run(scenario);
  appendFileSync(results, `${verdict} ${name}\n`);
  console.log(`${verdict} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)${said ? `\n${said}` : ''}`);
}
process.exit(0);
