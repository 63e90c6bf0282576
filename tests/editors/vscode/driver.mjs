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
    await run(editor);
    await editor.screenshot(name.replaceAll(/\W+/g, '-'));
    return undefined;
  } catch (error) {
    await editor?.screenshot(`failed-${name.replaceAll(/\W+/g, '-')}`).catch(() => undefined);
    const told = await editor?.notifications().catch(() => []);
    return `${error.stack}\nnotifications: ${JSON.stringify(told)}`;
  } finally {
    await editor?.close();
  }
}

for (const scenario of scenarios) {
  const name = `vscode ${version}: ${scenario.name}`;
  if (!new RegExp(pattern).test(name)) continue;
  const start = Date.now();
  const problem = await run(scenario);
  const verdict = problem ? 'fail' : 'pass';
  appendFileSync(results, `${verdict} ${name}\n`);
  console.log(`${verdict} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)${problem ? `\n${problem}` : ''}`);
}
process.exit(0);
