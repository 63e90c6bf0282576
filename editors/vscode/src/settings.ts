// The settings as the server takes them: what is set in VS Code, and the key from the secret storage.

import * as vscode from 'vscode';

/** The key's name in the secret storage. */
export const KEY = 'firesteel.model.key';

/** Where the server expects the settings of a workspace that the user does not trust: they only tighten. */
const UNTRUSTED_WORKSPACE = 'untrusted_workspace';

/** The settings of the moment as a change of earlier ones: what nobody sets any more is null, and the workspace's are whole. */
export async function readChange(context: vscode.ExtensionContext): Promise<object> {
  const names = Object.keys(properties(context)).map((name) => name.replace(/^firesteel\./, ''));
  const nothing = Object.fromEntries([...names, 'model.key'].map((name) => [name, null]));
  return { ...nothing, [UNTRUSTED_WORKSPACE]: {}, ...(await readSettings(context)) };
}

export async function readSettings(context: vscode.ExtensionContext): Promise<object> {
  const configuration = vscode.workspace.getConfiguration();
  const settings: Record<string, unknown> = {};
  const untrusted: Record<string, unknown> = {};
  for (const name of Object.keys(properties(context))) {
    if (name === 'firesteel.serverPath') continue;
    const own = name.replace(/^firesteel\./, '');
    const { user, workspace } = valuesOf(configuration, name);
    // What nobody has set is left out; the server knows its own defaults.
    if (vscode.workspace.isTrusted) {
      if (isSet(user) || isSet(workspace)) settings[own] = configuration.get<unknown>(name);
      continue;
    }
    if (isSet(user)) settings[own] = user;
    if (isSet(workspace)) untrusted[own] = workspace;
  }
  const key = await context.secrets.get(KEY);
  if (key) settings['model.key'] = key;
  return Object.keys(untrusted).length > 0 ? { ...settings, [UNTRUSTED_WORKSPACE]: untrusted } : settings;
}

function properties(context: vscode.ExtensionContext): Record<string, unknown> {
  const groups: { properties: Record<string, unknown> }[] = context.extension.packageJSON.contributes.configuration;
  return Object.assign({}, ...groups.map((group) => group.properties));
}

/** A setting's value in the user's own settings, and in those that came with the workspace. */
function valuesOf(configuration: vscode.WorkspaceConfiguration, name: string): { user: unknown; workspace: unknown } {
  const values = configuration.inspect<unknown>(name);
  return { user: values?.globalValue, workspace: values?.workspaceFolderValue ?? values?.workspaceValue };
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
