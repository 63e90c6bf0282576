--- What a user may set, and its defaults.

local M = {}

---@class firesteel.Options
---@field cmd? string[] The server's command; by default $FIRESTEEL_SERVER_PATH or `firesteel` on the PATH, with `lsp`.
---@field filetypes? string[] In which buffers the server runs; by default in all texts.
---@field root_markers string[] What the folder of a project is known by.
---@field settings firesteel.Settings The server's settings, as docs/configuration.md names them, such as `{ suggest = { max_lines = 3 } }`.
---@field ghost_text 'auto'|'core'|'extmark'|'off' Who draws suggestions: Neovim's own module where there is one (auto), or ours.
---@field debounce_ms integer How long our own module waits after a key; Neovim's own always waits 200 ms.
---@field join_undo boolean Whether the hunks of a streamed edit are undone together.
M.defaults = {
  cmd = nil,
  filetypes = nil,
  root_markers = { 'firesteel.toml', 'Cargo.toml', 'pyproject.toml', 'package.json', 'go.mod', '.git' },
  settings = {},
  ghost_text = 'auto',
  debounce_ms = 20,
  join_undo = true,
}

--- How long the server may take to say its version, in milliseconds.
local VERSION_TIMEOUT_MS = 10000

---@type firesteel.Options
M.options = vim.deepcopy(M.defaults)

--- Lays the user's options over the defaults; what is misspelt is said.
---@param opts? table
function M.set(opts)
  opts = opts or {}
  for name in pairs(opts) do
    if M.defaults[name] == nil and name ~= 'cmd' and name ~= 'filetypes' then
      vim.notify(('Firesteel: unknown option %s'):format(name), vim.log.levels.WARN)
    end
  end
  M.options = vim.tbl_deep_extend('force', vim.deepcopy(M.defaults), opts)
end

--- The command that starts the server.
---@return string[]
function M.command()
  if M.options.cmd then
    return M.options.cmd
  end
  local path = vim.env.FIRESTEEL_SERVER_PATH
  return { path and path ~= '' and path or 'firesteel', 'lsp' }
end

--- What a program answers to `--version` that is the server.
local VERSION = '^firesteel %d+%.%d+'

--- How the server is had, for messages.
M.INSTALL = '`pip install firesteel` or `npm install --global firesteel`, or set $FIRESTEEL_SERVER_PATH or `cmd`'

--- Looks whether the server can be started, without waiting for it.
---@param callback fun(why?: string, version?: string) Why not, in a line for the user; or its version.
function M.check(callback)
  local program = M.command()[1]
  if vim.fn.executable(program) == 0 then
    return callback(('%s cannot be run'):format(program))
  end
  local function ended(result)
    local said = vim.trim(result.stdout or '')
    local why
    if not said:find(VERSION) then
      local instead = said ~= '' and said or vim.trim(result.stderr or '')
      why = ('%s is not Firesteel: to --version it says “%s”'):format(program, vim.split(instead, '\n')[1]:sub(1, 80))
    end
    vim.schedule(function()
      callback(why, said)
    end)
  end
  local ok, problem = pcall(vim.system, { program, '--version' }, { text = true, timeout = VERSION_TIMEOUT_MS }, ended)
  if not ok then
    callback(('%s cannot be run: %s'):format(program, problem))
  end
end

--- Whether Neovim's own inline completion draws the suggestions.
---@return boolean
function M.uses_core()
  local wanted = M.options.ghost_text
  return wanted ~= 'extmark' and wanted ~= 'off' and vim.lsp.inline_completion ~= nil
end

return M
